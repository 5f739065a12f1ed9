"""Errors over HTTP: one shape for programs, one page for people."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException

from api.deps import language_for
from api.pages import error_page
from graph.errors import (
    CorridorError,
    GraphChanged,
    NotFound,
    QueryStopped,
    QueryTimeout,
    ServerBusy,
    StoreUnavailable,
    TooMuchMemory,
    UsageError,
    wrong,
)
from graph.texts import Text
from viz.page import CONTENT_SECURITY_POLICY

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
"""What every answer says to a browser, so that a page keeps to itself."""


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
    (UsageError, 422),
    (QueryTimeout, 503),
    (QueryStopped, 503),
    (StoreUnavailable, 503),
    (TooMuchMemory, 503),
    (GraphChanged, 503),
    (ServerBusy, 503),
)
_AGAIN = {"Retry-After": "2"}


def add_error_handlers(app: FastAPI) -> None:
    """Every error as `ErrorAnswer`, or as a page where a page was asked for."""

    @app.exception_handler(CorridorError)
    async def ours(request: Request, error: CorridorError) -> Response:
        status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
        headers = _AGAIN if isinstance(error, ServerBusy | GraphChanged) else {}
        return error_answer(
            request,
            Problem(status=status, code=type(error).__name__, message=error.text.in_(language_for(request))),
            headers,
        )

    @app.exception_handler(RequestValidationError)
    async def bad_request(request: Request, error: RequestValidationError) -> Response:
        return _bad_argument(request, error.errors()[0], 1)

    @app.exception_handler(ValidationError)
    async def bad_parameters(request: Request, error: ValidationError) -> Response:
        return _bad_argument(request, error.errors(include_url=False)[0], 0)

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> Response:
        problem = Problem(status=error.status_code, code=HTTPStatus(error.status_code).name, message=str(error.detail))
        allowed = (error.headers or {}).get("Allow")
        return error_answer(request, problem, {"Allow": allowed.replace("GET", "GET, HEAD")} if allowed else {})

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        message = Text("pages.internal_error").in_(language_for(request))
        # Made outside of what gives other answers their headers.
        return error_answer(request, Problem(status=500, code="Internal", message=message), HEADERS)


def _bad_argument(request: Request, first: ErrorDetails, beside: int) -> Response:
    """What is wrong with the first argument that is; `beside` parts of its place say where arguments come from."""
    field = ".".join(str(part) for part in first["loc"][beside:])
    message = wrong(first, field).in_(language_for(request))
    return error_answer(request, Problem(status=422, code="BadArgument", message=message, field=field))


def error_answer(request: Request, problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The answer that says what went wrong, in the shape that was asked for."""
    if request.url.path.startswith(("/api/", "/health/", "/openapi")):
        return JSONResponse(ErrorAnswer(error=problem).model_dump(), problem.status, headers)
    page = error_page(problem.status, problem.message, language_for(request))
    return HTMLResponse(page, problem.status, headers)
