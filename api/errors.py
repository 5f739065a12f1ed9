"""Errors over HTTP: one shape for programs, one page for people."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException

from api.deps import language_for
from api.pages import error_page
from graph.errors import CorridorError, NotFound, QueryStopped, QueryTimeout, StoreUnavailable, UsageError


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
    404: {"model": ErrorAnswer, "description": "没有这个编号 no such id"},
    422: {"model": ErrorAnswer, "description": "参数有误 a bad argument"},
    503: {"model": ErrorAnswer, "description": "图库不可用 the store is away or too slow"},
}

_STATUS: tuple[tuple[type[CorridorError], int], ...] = (
    (NotFound, 404),
    (UsageError, 422),
    (QueryTimeout, 503),
    (QueryStopped, 503),
    (StoreUnavailable, 503),
)


def add_error_handlers(app: FastAPI) -> None:
    """Every error as `ErrorAnswer`, or as a page where a page was asked for."""

    @app.exception_handler(CorridorError)
    def ours(request: Request, error: CorridorError) -> Response:
        status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
        return _answer(request, Problem(status=status, code=type(error).__name__, message=str(error)))

    @app.exception_handler(RequestValidationError)
    def bad_request(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"][1:])
        return _answer(
            request, Problem(status=422, code="BadArgument", message=f"{field}: {first['msg']}", field=field)
        )

    @app.exception_handler(ValidationError)
    def bad_parameters(request: Request, error: ValidationError) -> Response:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        return _answer(
            request, Problem(status=422, code="BadArgument", message=f"{field}: {first['msg']}", field=field)
        )

    @app.exception_handler(HTTPException)
    def plain(request: Request, error: HTTPException) -> Response:
        problem = Problem(status=error.status_code, code=HTTPStatus(error.status_code).name, message=str(error.detail))
        return _answer(request, problem)

    @app.exception_handler(Exception)
    def unexpected(request: Request, error: Exception) -> Response:
        message = "服务内部错误，请把操作步骤告诉维护者。 An internal error; tell the maintainers what you did."
        return _answer(request, Problem(status=500, code="Internal", message=message))


def _answer(request: Request, problem: Problem) -> Response:
    if request.url.path.startswith(("/api/", "/health/", "/openapi")):
        return JSONResponse(ErrorAnswer(error=problem).model_dump(), problem.status)
    return HTMLResponse(error_page(problem.status, problem.message, language_for(request)), problem.status)
