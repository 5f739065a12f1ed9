"""The application on a port: what a connection may take, and how long it may rest."""

import sys
from asyncio import TimerHandle, Transport
from collections.abc import Callable
from http import HTTPStatus

import h11
import uvicorn
from fastapi import FastAPI, Request
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.errors import refusal

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
            app, host=host, port=port, http=_Bounded, ws="none", log_level="error", access_log=False, server_header=False,
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
    _last = b""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head = self._later(_HEAD_SECONDS, self.transport.abort)

    def data_received(self, data: bytes) -> None:
        self._last = data[:_MAX_HEAD_BYTES]
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._head = self._off(self._head)
        elif self._head is None and self.timeout_keep_alive_task is None:
            self._head = self._later(_HEAD_SECONDS, self.transport.abort)

    def send_400_response(self, msg: str) -> None:
        """Say in the shape of other errors that what came is no request, as far as it can be read."""
        answer = refusal(_as_far_as_read(self._last), 400, {"Connection": "close"})
        reason = HTTPStatus.BAD_REQUEST.phrase.encode()
        for event in (
            h11.Response(status_code=400, headers=answer.raw_headers, reason=reason),
            h11.Data(data=bytes(answer.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

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


def _as_far_as_read(head: bytes) -> Request:
    """What a head that is no request's says of the address and of who reads the answer."""
    first, *lines = head.split(b"\r\n")
    path, _, query = (*first.split(b" "), b"/")[1].partition(b"?")
    fields = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
    return Request({"type": "http", "path": path.decode("latin-1"), "query_string": query, "headers": fields})
