"""Statements that users wrote run in processes of their own, where they can do no harm to the one that answers.

A worker opens the store for reading, then gives up what it needs no more: on Ladybug it can open no file or socket, on
either engine it can write none, and its memory and processor time are bounded. It is killed where a statement takes
longer than it may, planning included, and whatever ends it ends it alone; the next statement gets a new one.
"""

import os
import pickle
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from weakref import finalize

from graph.cypher import Query
from graph.errors import CorridorError, QueryStopped, QueryTimeout, StoreUnavailable, TooMuchMemory
from graph.open_store import open_store
from graph.store import Cell, Parameter
from graph.texts import Language, Text

_PROCESSES = 2
_START_SECONDS = 60.0
_GRACE_SECONDS = 0.5
"""The engine's own limit comes first: a worker that it stopped can go on."""
_MEMORY_MIB = 512
"""What a statement may take besides the engine's own pool of pages, which is as large at most."""
_MAX_ANSWER_BYTES = 32 << 20
_Rows = list[dict[str, Cell]]


@dataclass(frozen=True, slots=True)
class Opening:
    """What a worker opens. Another stamp is another graph at the same address."""

    url: str
    timeout_seconds: float
    buffer_pool_mib: int = _MEMORY_MIB
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    stamp: tuple[int, ...] = ()


class Workers:
    """The workers of a store, a few at most; they start when they are needed and stay for the next statement."""

    def __init__(self) -> None:
        self._places = threading.BoundedSemaphore(_PROCESSES)
        self._idle: list[_Worker] = []
        finalize(self, _stop, self._idle)

    def first(self, opening: Opening, query: Query, parameters: Mapping[str, Parameter], most: int) -> _Rows:
        """The first rows of a statement, no more than `most`.

        Raises `QueryTimeout`, `QueryStopped` where it ended its worker, `StoreUnavailable` also where all workers are
        busy for as long as a statement may take, `QueryRejected`.
        """
        query.check_parameters(parameters)
        until = time.monotonic() + opening.timeout_seconds
        if not self._places.acquire(timeout=opening.timeout_seconds):
            raise StoreUnavailable(Text("saved.busy"))
        try:
            for worker in self._waiting(opening):
                with suppress(StoreUnavailable):  # It may hold a graph that was just replaced.
                    return self._asked(worker, query, parameters, most, until)
            return self._asked(_Worker(opening), query, parameters, most, until)
        finally:
            self._places.release()

    def close(self) -> None:
        """Let the workers go."""
        _stop(self._idle)

    def _waiting(self, opening: Opening) -> "list[_Worker]":
        """A worker that has the graph open, where there is one; those of other graphs are let go."""
        with suppress(IndexError):
            while True:
                worker = self._idle.pop()
                if worker.opening == opening:
                    return [worker]
                worker.stop()
        return []

    def _asked(
        self, worker: "_Worker", query: Query, parameters: Mapping[str, Parameter], most: int, until: float
    ) -> _Rows:
        try:
            return worker.first(query, parameters, most, until)
        except StoreUnavailable:
            worker.stop()
            raise
        finally:
            if worker.lives:
                self._idle.append(worker)


def _stop(workers: "list[_Worker]") -> None:
    while workers:
        workers.pop().stop()


class _Worker:
    """A process that has a store open."""

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self._ours, theirs = Pipe()
        with theirs:
            # A clean program: it neither runs the main module again, as multiprocessing would, nor sees our environment.
            command = [sys.executable, "-P", "-c", "from graph.worker import serve; serve()", str(theirs.fileno())]
            environment = {"PYTHONPATH": os.pathsep.join(filter(None, [*sys.path, str(Path(__file__).parents[1])]))}
            self._process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], env=environment, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        self._send(opening)
        self._received("", _START_SECONDS)

    @property
    def lives(self) -> bool:
        """Whether it can be asked."""
        return not self._ours.closed

    def first(self, query: Query, parameters: Mapping[str, Parameter], most: int, until: float) -> _Rows:
        """The rows of a statement; where it does not end in time, the worker does."""
        self._send((query, dict(parameters), most))
        return self._received(query.name, max(until - time.monotonic(), 0) + _GRACE_SECONDS)

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        self._ours.close()

    def _send(self, what: object) -> None:
        with suppress(OSError):  # It died; that nothing comes back says so.
            self._ours.send(what)

    def _received(self, doing: str, seconds: float) -> _Rows:
        try:
            if not self._ours.poll(seconds):
                self.stop()
                raise QueryTimeout(Text("errors.timeout", name=doing, seconds=self.opening.timeout_seconds))
            answer: _Rows | CorridorError = pickle.loads(self._ours.recv_bytes(_MAX_ANSWER_BYTES))
        except (EOFError, OSError):
            self.stop()
            raise QueryStopped(Text("saved.died", name=doing)) from None
        if isinstance(answer, CorridorError):
            raise answer
        return answer


# --- inside the process -----------------------------------------------------------------------------------------------


def serve() -> None:
    """Answer statements, one after the other, until nobody asks any more."""
    with Connection(int(sys.argv[1])) as parent:
        opening: Opening = parent.recv()
        try:
            store = open_store(
                opening.url, user=opening.user, password=opening.password, timeout_seconds=opening.timeout_seconds,
                buffer_pool_mib=min(opening.buffer_pool_mib, _MEMORY_MIB),
            )  # fmt: skip
            store.run_id()
            # What it may have to say is read while it can open files.
            for one in ("errors.timeout", "saved.busy", "store.changed"):
                Text(one, name="", seconds=0).in_(Language.EN)
        except CorridorError as error:
            parent.send(error)
            return
        _confine(has_files=store.dialect == "neo4j")
        parent.send([])
        with suppress(EOFError):
            while True:
                query, parameters, most = parent.recv()
                _allow_processor_seconds(opening.timeout_seconds)
                try:
                    answer = pickle.dumps(store.first(query, parameters, most))
                except (MemoryError, TooMuchMemory):
                    answer = b""
                except CorridorError as error:
                    answer = pickle.dumps(error)
                if not 0 < len(answer) <= _MAX_ANSWER_BYTES:
                    answer = pickle.dumps(QueryStopped(Text("saved.too_large", name=query.name)))
                parent.send_bytes(answer)


def _confine(*, has_files: bool) -> None:
    """Bound this process for good: no core file, no writing, no more memory, and no file or socket but those it has.

    It comes after the process that answers, which must stay at hand while statements take all cores.
    """
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    used = Path("/proc/self/statm")
    if used.exists():
        most = int(used.read_text().split()[0]) * resource.getpagesize() + (_MEMORY_MIB << 20)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    if not has_files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1, 1))


def _allow_processor_seconds(seconds: float) -> None:
    """Die by itself long after the parent should have ended it: the parent may be gone."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    most = int(usage.ru_utime + usage.ru_stime + (seconds + 5) * (os.cpu_count() or 1))
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))
