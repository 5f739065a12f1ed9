"""The server's application: pages, API, static files; who may ask, how much, and what keeps a page to itself."""

from collections.abc import Sequence
from pathlib import Path

from anyio import CapacityLimiter
from fastapi import FastAPI, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.answering import Places
from api.deps import language_for
from api.errors import HEADERS, Problem, add_error_handlers, error_answer
from api.routes import ask, claims, compare, data, explore, health, pages
from api.routes.assistants import ForAssistants
from api.runs import RunGraphs
from api.settings import LOCAL_HOSTS
from graph.store import GraphStore
from graph.texts import Text
from queries.reader import Kept

_MAX_BODY_BYTES = 64 << 10
_LOOKS_AT_ONCE, _LOOKS_WAITING = 4, 512
_WAIT_SECONDS = 60.0


def create_app(
    store: GraphStore,
    home: Path = Path(".corridor"),
    questions: Path | None = None,
    *,
    hosts: Sequence[str] = LOCAL_HOSTS,
    questions_at_once: int = 2,
    questions_waiting: int = 16,
) -> FastAPI:
    """The application over a store, the folder of the claims it was loaded from, and that of kept questions.

    Opening it reads nothing: a store that is away, or claims that are, are said by each answer. It answers under the names
    `hosts`, and so many questions at once; so many more wait, and the rest is told to come again.
    """
    assistants = ForAssistants(list(hosts))
    app = FastAPI(
        lifespan=assistants.running,
        title="corridor",
        summary="Knowledge graph of industrial chains",
        docs_url=None,
        redoc_url=None,
    )
    app.state.store = store
    app.state.kept = Kept()
    app.state.runs = RunGraphs(home)
    app.state.home = home
    app.state.questions = questions or home / "questions"
    app.state.questions_asked = Places(questions_at_once, questions_waiting, _WAIT_SECONDS)
    app.state.looks = Places(_LOOKS_AT_ONCE, _LOOKS_WAITING, _WAIT_SECONDS)
    app.state.readiness = CapacityLimiter(_LOOKS_AT_ONCE)
    for router in (
        health.router,
        data.router,
        ask.router,
        compare.router,
        claims.router,
        explore.router,
        pages.router,
        pages.questions,
    ):
        app.include_router(router)
    app.router.routes.append(assistants.route())
    pages.mount_static(app)
    add_error_handlers(app)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)
    app.add_middleware(GZipMiddleware, compresslevel=5)
    app.add_middleware(_Guarded)
    return app


class _Guarded:
    """Around everything: no large body comes in, HEAD is GET without its body, and every answer keeps to itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_head = scope["method"] == "HEAD"

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            elif is_head:
                message = {**message, "body": b""}
            await send(message)

        if _is_large(Headers(scope=scope)):
            request = Request(scope)
            text = Text("server.large_body", most=_MAX_BODY_BYTES >> 10).in_(language_for(request))
            answer = error_answer(request, Problem(status=413, code="TooLarge", message=text))
            answer.headers["Connection"] = "close"
            await answer(scope, receive, guarded)
            return
        await self._app({**scope, "method": "GET"} if is_head else scope, receive, guarded)


def _is_large(headers: Headers) -> bool:
    """Whether a body is too large, or comes without a word on how large it is."""
    length = headers.get("content-length", "0")
    return "transfer-encoding" in headers or not length.isdecimal() or int(length) > _MAX_BODY_BYTES
