"""The server's application: pages, API, static files; who may ask, how much, and what keeps a page to itself."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from anyio import CapacityLimiter, create_task_group
from anyio.to_thread import run_sync
from fastapi import FastAPI, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.answering import Places
from api.errors import HEADERS, add_error_handlers, error_answer
from api.keys import Pace
from api.money import ledger_at
from api.pages import MAX_BODY_BYTES
from api.routes import (
    ask,
    claims,
    compare,
    data,
    decisions,
    explore,
    health,
    ledger,
    pages,
    picture,
    query,
    shortlist,
    templates,
)
from api.routes.assistants import ForAssistants
from api.runs import RunGraphs
from api.settings import LOCAL_HOSTS
from graph.rules import own_rules
from graph.store import GraphStore
from graph.texts import Text
from queries.algorithms.warm import warm
from queries.reader import Kept

_LOOKS_AT_ONCE, _LOOKS_WAITING = 4, 512
_WRITES_AT_ONCE = 32
"""What comes to be booked at the same time is booked in one transaction."""
_WAIT_SECONDS = 60.0
_LOADS_WAITING, _LOAD_SECONDS = 16, 600.0
_SHOWN = 100
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^\s:@/?#\[\]\\]+)(?::\d*)?")


def create_app(
    store: GraphStore,
    home: Path = Path(".corridor"),
    questions: Path | None = None,
    *,
    hosts: Sequence[str] = LOCAL_HOSTS,
    questions_at_once: int = 2,
    questions_waiting: int = 16,
    query_page: bool = True,
    ledger_url: str = "",
    read_with_key: bool = False,
    decisions_file: Path | None = None,
) -> FastAPI:
    """The application over a store, the folder of the claims it was loaded from, and that of kept questions.

    Opening it reads nothing: a store that is away, or claims that are, are said by each answer. It answers under the names
    `hosts`, and so many questions at once; so many more wait, and the rest is told to come again. With `query_page` readers may
    write statements of their own. The ledger is at `ledger_url`, a file of `home` by default; with `read_with_key` it is read
    with a key only. What is decided with a key goes into `decisions_file`, decisions.csv of `home` by default.
    """
    assistants = ForAssistants(list(hosts))
    app = FastAPI(
        lifespan=partial(_running, assistants),
        title="corridor",
        summary="Knowledge graph of industrial chains",
        docs_url=None,
        redoc_url=None,
    )
    app.state.store = store
    app.state.kept = Kept(rules=own_rules(home))
    app.state.runs = RunGraphs(home)
    app.state.home = home
    app.state.query_page = query_page
    app.state.questions = questions or home / "questions"
    app.state.questions_asked = Places(questions_at_once, questions_waiting, _WAIT_SECONDS)
    app.state.writes = Places(_WRITES_AT_ONCE, _LOOKS_WAITING, _WAIT_SECONDS)
    app.state.ledger = ledger_at(ledger_url, home)
    app.state.read_with_key = read_with_key
    app.state.pace = Pace()
    app.state.decisions = decisions_file or home / "decisions.csv"
    app.state.loads = Places(1, _LOADS_WAITING, _LOAD_SECONDS)
    app.state.looks = Places(_LOOKS_AT_ONCE, _LOOKS_WAITING, _WAIT_SECONDS)
    app.state.readiness = CapacityLimiter(_LOOKS_AT_ONCE)
    app.state.answered = set()
    app.state.is_warm = True
    for router in (
        health.router,
        data.router,
        ask.router,
        compare.router,
        claims.router,
        picture.router,
        shortlist.router,
        templates.router,
        explore.router,
        pages.router,
        pages.questions,
        query.router,
        query.saved,
        ledger.writing,
        ledger.reading,
        ledger.pages,
        decisions.router,
        decisions.reading,
    ):
        # Included, each route would be made anew for each application: 0.2 s of the first answer (fastapi 0.165).
        app.router.routes.extend(router.routes)
    app.router.routes.append(assistants.route())
    pages.mount_static(app)
    add_error_handlers(app)
    app.add_middleware(GZipMiddleware, compresslevel=5)
    app.add_middleware(_Guarded, hosts=[host.lower() for host in hosts])
    return app


@asynccontextmanager
async def _running(assistants: ForAssistants, app: FastAPI) -> AsyncIterator[None]:
    """While the application runs: what is compiled is got ready meanwhile, since the first answer would wait for it."""
    app.state.is_warm = False

    async def warmed() -> None:
        await run_sync(warm, abandon_on_cancel=True)
        app.state.is_warm = True

    async with assistants.running(app), create_task_group() as tasks:
        tasks.start_soon(warmed)
        yield
        tasks.cancel_scope.cancel()
    app.state.ledger.close()


class _Guarded:
    """Around everything: no strange name and no large body comes in, HEAD is GET without its body, and every answer is
    whole and keeps to itself.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        self._app = app
        self._hosts = hosts

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

        answer = self._refused(scope) or self._app
        # A part of a file is not given: what says so, or that there is none, would be no answer of ours.
        headers = [(name, value) for name, value in scope["headers"] if name != b"range"]
        await answer({**scope, "method": "GET" if is_head else scope["method"], "headers": headers}, receive, guarded)

    def _refused(self, scope: Scope) -> ASGIApp | None:
        request = Request(scope)
        host = request.headers.get("host", "")
        if not self._is_ours(host):
            return error_answer(request, 400, "UnknownHost", Text("server.unknown_host", host=repr(host[:_SHOWN])))
        if _is_large(request.headers):
            text = Text("server.large_body", most=MAX_BODY_BYTES >> 10)
            return error_answer(request, 413, "TooLarge", text, {"Connection": "close"})
        return None

    def _is_ours(self, host: str) -> bool:
        """Whether the server has this name, with or without a port: it itself, or by `*` or `*.example`."""
        found = _HOST.fullmatch(host.lower())
        return found is not None and any(
            found[1] == name or (name.startswith("*") and found[1].endswith(name[1:])) for name in self._hosts
        )


def _is_large(headers: Headers) -> bool:
    """Whether a body is too large, or comes without a word on how large it is."""
    length = headers.get("content-length", "0")
    return "transfer-encoding" in headers or not length.isdecimal() or int(length) > MAX_BODY_BYTES
