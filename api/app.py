"""The server: pages, API, static files, and the headers that keep a page to itself."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI, Request, Response

from api.errors import add_error_handlers
from api.routes import ask, claims, compare, data, health, pages
from graph.store import GraphStore
from queries.reader import Kept
from viz.page import CONTENT_SECURITY_POLICY

_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def create_app(store: GraphStore, home: Path = Path(".corridor"), questions: Path | None = None) -> FastAPI:
    """The application over a store, the folder of the claims it was loaded from, and that of kept questions.

    Opening it reads nothing: a store that is away, or claims that are, are said by each answer.
    """
    app = FastAPI(
        title="corridor",
        summary="G60 科创走廊产业链知识图谱 Knowledge graph of industrial chains",
        docs_url=None,
        redoc_url=None,
    )
    app.state.store = store
    app.state.kept = Kept()
    app.state.home = home
    app.state.questions = questions or home / "questions"
    for module in (health, data, ask, compare, claims, pages):
        app.include_router(module.router)
    pages.mount_static(app)
    add_error_handlers(app)

    @app.middleware("http")
    async def keep_to_itself(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        response.headers.update(_HEADERS)
        return response

    return app
