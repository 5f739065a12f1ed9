"""Errors over HTTP: one shape for programs, one page for people."""

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException

from api.deps import language_for, spoken_in
from api.pages import error_page
from graph.errors import (
    CorridorError,
    GraphChanged,
    Missing,
    NoKey,
    NotAllowed,
    NotFound,
    QueryStopped,
    QueryTimeout,
    Refused,
    ServerBusy,
    StoreUnavailable,
    SwitchedOff,
    TooMuchMemory,
    TooOften,
    UsageError,
    wrong,
)
from graph.texts import Text, is_known
from ledger.requests import field_called
from viz.page import CONTENT_SECURITY_POLICY

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
"""What every answer says to a browser, so that a page keeps to itself."""

_OF_PROGRAMS = ("api", "health", "openapi.json")


class Problem(BaseModel):
    """What went wrong."""

    status: int = Field(description="HTTP status")
    code: str = Field(description="name of the kind of error, for programs")
    message: str = Field(description="what was found, where, and what to do, for people")
    field: str = Field(default="", description="the parameter that is wrong, where it is one")


class ErrorAnswer(BaseModel):
    """The one shape of every error of the API."""

    error: Problem


RESPONSES: dict[int | str, dict[str, object]] = {
    404: {"model": ErrorAnswer, "description": "no such id"},
    422: {"model": ErrorAnswer, "description": "a bad argument"},
    503: {"model": ErrorAnswer, "description": "the store is away or too slow, or too many ask"},
}

_STATUS: tuple[tuple[type[CorridorError], int], ...] = (
    (NotFound, 404),
    (SwitchedOff, 403),
    (UsageError, 422),
    (QueryTimeout, 503),
    (QueryStopped, 503),
    (StoreUnavailable, 503),
    (TooMuchMemory, 503),
    (GraphChanged, 503),
    (ServerBusy, 503),
    (Missing, 404),
    (Refused, 409),
    (NotAllowed, 403),
    (NoKey, 401),
    (TooOften, 429),
)


def status_of(error: CorridorError) -> int:
    """The HTTP status that says an error."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


_AGAIN = {"Retry-After": "2"}
_SAYS: tuple[tuple[type[CorridorError], dict[str, str]], ...] = (
    (ServerBusy, _AGAIN),
    (GraphChanged, _AGAIN),
    (TooOften, _AGAIN),
    (NoKey, {"WWW-Authenticate": 'Basic realm="corridor", charset="UTF-8"'}),
)
"""Headers of errors: when to come again, and for browsers that a key is to be typed in."""


def add_error_handlers(app: FastAPI) -> None:
    """Every error as `ErrorAnswer`, or as a page where a page was asked for."""

    @app.exception_handler(CorridorError)
    async def ours(request: Request, error: CorridorError) -> Response:
        headers = next((headers for kind, headers in _SAYS if isinstance(error, kind)), {})
        code = error.reason if isinstance(error, Refused) else type(error).__name__
        return error_answer(request, status_of(error), code, error.text, headers, error=error)

    @app.exception_handler(RequestValidationError)
    async def bad_request(request: Request, error: RequestValidationError) -> Response:
        return _bad_argument(request, error.errors()[0], 1)

    @app.exception_handler(ValidationError)
    async def bad_parameters(request: Request, error: ValidationError) -> Response:
        return _bad_argument(request, error.errors(include_url=False)[0], 0)

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> Response:
        return refusal(request, error.status_code, {"Allow": "GET, HEAD"} if error.status_code == 405 else {})

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        return error_answer(request, 500, "Internal", Text("pages.internal_error"))


def _bad_argument(request: Request, first: ErrorDetails, beside: int) -> Response:
    """What is wrong with the first argument that is; `beside` parts of its place say where arguments come from."""
    if first["type"] == "json_invalid":  # Its place is a character of the body, which is no field.
        return error_answer(
            request, 422, "BadArgument", Text("errors.no_json_body", position=int(first["loc"][-1]) + 1)
        )
    field = ".".join(str(part) for part in first["loc"][beside:])
    given = first.get("input")
    called = field_called(field) if request.scope["path"].startswith("/api/ledger/") else None
    where = called.in_(language_for(request)) if called else field
    # Of an address the page shows it; a text of a body may be long, and a key.
    where = f"{where} = {_shown(given)}" if field and isinstance(given, bool | int | float) else where
    return error_answer(request, 422, "BadArgument", wrong(first, where or Text("errors.body")), field=field)


def _shown(value: bool | int | float) -> str:
    """A value of JSON as a message shows it: of a long number how large it is."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) >= 10**15:
        return f"10^{len(str(abs(value))) - 1}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def refusal(request: Request, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """The answer to what no route takes: the status says why."""
    known = f"server.refused.{status}"
    text = Text(known) if is_known(known) else Text("server.refused.other", status=status)
    return error_answer(request, status, HTTPStatus(status).name, text, headers)


def error_answer(
    request: Request, status: int, code: str, text: Text, headers: Mapping[str, str] | None = None, field: str = "",
    error: CorridorError | None = None,
) -> Response:  # fmt: skip
    """The answer that says what went wrong, in the reader's language and the shape that was asked for."""
    language = language_for(request)
    message = text.in_(language)
    said = {**HEADERS, **spoken_in(language), **(headers or {})}
    # Not by `request.url`, which raises for some hosts and paths.
    if request.scope["path"].strip("/").split("/")[0] in _OF_PROGRAMS:
        problem = Problem(status=status, code=code, message=message, field=field)
        return JSONResponse(ErrorAnswer(error=problem).model_dump(), status, said)
    path, asked = request.scope["path"], parse_qsl(request.scope.get("query_string", b"").decode("latin-1"))
    return HTMLResponse(error_page(status, message, language, path, asked, error, field), status, said)
