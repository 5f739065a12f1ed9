"""The endpoint for assistants, `/mcp`, beside pages and API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
from anyio.to_thread import run_sync
from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api.settings import chosen_language
from graph.errors import ServerBusy
from graph.texts import Text

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

_START_SECONDS = 60


class ForAssistants:
    """What takes the requests of assistants, made once the application runs: to import what speaks their protocol takes
    longer than a server may take to start."""

    def __init__(self, hosts: list[str]) -> None:
        self._hosts = hosts
        self._ready = anyio.Event()
        self._manager: StreamableHTTPSessionManager | None = None

    @asynccontextmanager
    async def running(self, app: FastAPI) -> AsyncIterator[None]:
        """While the application runs."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._run, app)
            yield
            tasks.cancel_scope.cancel()

    async def _run(self, app: FastAPI) -> None:
        manager = await run_sync(self._made, app)
        async with manager.run():
            self._manager = manager
            self._ready.set()
            await anyio.sleep_forever()

    def _made(self, app: FastAPI) -> "StreamableHTTPSessionManager":
        from api.assistants import Assistants, over_http

        state = app.state
        assistants = Assistants(state.store, state.kept, state.questions, state.questions_asked, chosen_language())
        return over_http(assistants, self._hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with anyio.move_on_after(_START_SECONDS):
            await self._ready.wait()
        if self._manager is None:
            raise ServerBusy(Text("server.busy"))
        await self._manager.handle_request(scope, receive, send)

    def route(self) -> Route:
        """Where it is asked."""
        return Route("/mcp", self, methods=None, include_in_schema=False)
