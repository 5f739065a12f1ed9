"""The application on a port: what a connection may take, and how long it may rest."""

import sys
from asyncio import TimerHandle, Transport
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

_MAX_HEAD_BYTES = 16 << 10
_HEAD_SECONDS = 10.0
_WRITE_SECONDS = 20.0
_KEEP_ALIVE_SECONDS = 5
_STOP_SECONDS = 10
_SWITCH_SECONDS = 0.0005
"""How long a thread that reckons keeps the interpreter from the one that takes requests, which waits so for each event.
With Python's own 5 ms two such threads let it see some hundred events a second.
"""


def server_of(app: FastAPI, host: str, port: int) -> uvicorn.Server:
    """The server that answers with an application at an address; `run` answers until it is stopped."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    return uvicorn.Server(
        uvicorn.Config(
            app, host=host, port=port, http=_Bounded, log_level="error", access_log=False, server_header=False,
            h11_max_incomplete_event_size=_MAX_HEAD_BYTES, timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_STOP_SECONDS,
        )
    )  # fmt: skip


class _Bounded(H11Protocol):
    """A connection that is cut where a request's head does not come, or nothing of an answer is taken, for some seconds.

    uvicorn itself bounds only how long a connection rests between two requests.
    """

    _head: TimerHandle | None = None
    _write: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head = self._later(_HEAD_SECONDS, self.transport.abort)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._head = self._off(self._head)
        elif self._head is None and self.timeout_keep_alive_task is None:
            self._head = self._later(_HEAD_SECONDS, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._head, self._write = self._off(self._head), self._off(self._write)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._expect_less(self.transport.get_write_buffer_size() + 1)

    def resume_writing(self) -> None:
        self._write = self._off(self._write)
        super().resume_writing()

    def _expect_less(self, than: int) -> None:
        left = self.transport.get_write_buffer_size()
        if left >= than:
            self.transport.abort()
        else:
            self._write = self._later(_WRITE_SECONDS, lambda: self._expect_less(left))

    def _later(self, seconds: float, work: Callable[[], None]) -> TimerHandle:
        return self.loop.call_later(seconds, work)

    def _off(self, timer: TimerHandle | None) -> TimerHandle | None:
        if timer is not None:
            timer.cancel()
        return None
