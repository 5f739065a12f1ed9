"""How requests are answered: each of one graph, so many at a time, and no longer than somebody waits for it.

Routes of questions take places apart from those of single things, so that heavy ones keep nobody from a look; the health
of the server takes none.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import ExitStack, asynccontextmanager, suppress
from threading import Lock
from types import TracebackType
from typing import Any, TypeVar

import anyio
from anyio.to_thread import run_sync
from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from graph.errors import Abandoned, GraphChanged, ServerBusy
from graph.store import GraphStore, Snapshot
from graph.texts import Text

_TRIES = 4
_STOP_AGAIN_SECONDS = 0.2
"""An interrupt that comes while a statement is still planned is lost."""
_LEFT = 499
_BODY_SECONDS = 10.0

T = TypeVar("T")
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Places:
    """So many at a time, so many more that wait in order; for others there is no place."""

    def __init__(self, at_once: int, waiting: int, wait_seconds: float) -> None:
        self._limiter = anyio.CapacityLimiter(at_once)
        self._most_waiting = waiting
        self._wait_seconds = wait_seconds

    @property
    def waiting(self) -> int:
        """How many wait."""
        return self._limiter.statistics().tasks_waiting

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place for as long as it is held. Raises `ServerBusy` at once where too many wait, or after a long wait."""
        if self._limiter.available_tokens <= 0 and self.waiting >= self._most_waiting:
            raise ServerBusy(Text("server.busy"))
        try:
            with anyio.fail_after(self._wait_seconds):
                await self._limiter.acquire()
        except TimeoutError:
            raise ServerBusy(Text("server.busy")) from None
        try:
            yield
        finally:
            self._limiter.release()


class Answering:
    """One attempt at an answer: the graph it is of, opened when it is first asked for."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._held = ExitStack()
        self._opening = Lock()
        self._graphs: list[Snapshot] = []
        self._is_stopped = False
        self.doing: Text | None = None

    def graph(self, store: GraphStore | None = None) -> Snapshot:
        """The graph as it is for all of this answer; of another store one that is held as long."""
        with self._opening:
            if store is None and self._graphs:
                return self._graphs[0]
            found = self._held.enter_context((store or self._store).snapshot())
            self._graphs.append(found)
            return found

    def tell(self, doing: Text) -> None:
        """Keep what is being done, for who asks. Raises `Abandoned` where nobody waits for it any more."""
        if self._is_stopped:
            raise Abandoned(doing)
        self.doing = doing

    def stop(self) -> None:
        """Let what is done for this answer end."""
        self._is_stopped = True
        for graph in self._graphs:
            graph.stop()

    async def __aenter__(self) -> "Answering":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the graphs. Raises `GraphChanged` where the answer may be of two."""
        if self._graphs:
            with anyio.CancelScope(shield=True):
                await run_sync(self._held.__exit__, kind, error, trace)


class Looking(APIRoute):
    """A route that looks at one thing or a few, which takes little."""

    places = "looks"

    def get_route_handler(self) -> Handler:
        """What answers a request: as FastAPI makes it, within a place, of one graph."""
        answer = super().get_route_handler()

        async def within_a_place(request: Request) -> Response:
            if not await _has_come(request):
                return Response(status_code=_LEFT)
            request.app.state.answered.add(request)
            with anyio.CancelScope() as scope:
                watching = asyncio.create_task(_stop_when_left(request, scope))
                try:
                    async with getattr(request.app.state, self.places).place():
                        return await _of_one_graph(request, answer)
                finally:
                    watching.cancel()
                    request.app.state.answered.discard(request)
            return Response(status_code=_LEFT)

        return within_a_place


class Asking(Looking):
    """A route that asks a question, which may take all that the machine has."""

    places = "questions_asked"


async def _has_come(request: Request) -> bool:
    """Whether all of a request came in time: whoever watches for its end later would take its body away."""
    with anyio.move_on_after(_BODY_SECONDS), suppress(ClientDisconnect):
        await request.body()
        return True
    return False


async def _of_one_graph(request: Request, answer: Handler) -> Response:
    async def attempt(answering: Answering) -> Response:
        request.state.answering = answering
        return await answer(request)

    return await of_one_graph(request.app.state.store, attempt)


async def of_one_graph(store: GraphStore, attempt: Callable[[Answering], Awaitable[T]]) -> T:
    """What an attempt gives, made again where a load replaced the graph meanwhile. Raises `GraphChanged` at the end."""
    for _ in range(_TRIES):
        with suppress(GraphChanged):
            async with Answering(store) as answering:
                made = await attempt(answering)
            return made
    raise GraphChanged(Text("store.changed"))


async def _stop_when_left(request: Request, scope: anyio.CancelScope) -> None:
    """Wait until the client goes; then end what is done for it, of which a thread may be in the middle."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
    while True:
        if answering := getattr(request.state, "answering", None):
            answering.stop()
        await asyncio.sleep(_STOP_AGAIN_SECONDS)
