"""What a question reads the graph with: it notes what ran, and keeps what can be asked again while the graph stands."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar, cast

import pyarrow as pa

from graph.cypher import Query, pasteable
from graph.errors import Abandoned, CorridorError
from graph.rules import RuleFile, read_rules
from graph.store import Cell, Graph, Parameter
from graph.texts import Text
from queries.answer import Answer, Ran

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R", bound=RuleFile)


Noted = tuple[Query, Mapping[str, Parameter]]
"""A statement that ran, with its parameters."""

_MOST_ROWS = 20_000
"""A row of answers that list much takes up to 14 KB: what is kept of them takes some hundred MiB at most."""


class Kept:
    """Values made of one graph, each with the statements that it was read with: the last `most` of them, answers of
    `_MOST_ROWS` rows together at most.

    Whoever answers for a store holds one and passes it in. Values of an older run are dropped when a newer one is asked
    about. Safe to use from several threads: one makes a value, others that need it wait for it, or for what went wrong.
    `rules` is the folder of the user's rule files, which answers are made with besides.
    """

    def __init__(self, most: int = 512, rules: Path | None = None) -> None:
        self.rules = rules
        self._most = most
        self._rows = 0
        self._graph: Hashable = None
        self._values: OrderedDict[Hashable, tuple[object, list[Noted]]] = OrderedDict()
        self._lock = threading.RLock()
        self._making: dict[Hashable, Future[tuple[object, list[Noted]]]] = {}

    def value(
        self, graph: Hashable, key: Hashable, make: Callable[[], tuple[object, list[Noted]]]
    ) -> tuple[object, list[Noted]]:
        """What `make` gave for the key in this graph, made now where it is not there."""
        with self._lock:
            if graph != self._graph:
                self._graph = graph
                self._values.clear()
                self._rows = 0
                self._making.clear()
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            making = self._making.get(key)
            if making is None:
                mine = self._making[key] = Future[tuple[object, list[Noted]]]()
        if making is not None:
            with suppress(CancelledError):
                return making.result()
            return self.value(graph, key, make)
        made = None
        try:
            made = make()
            mine.set_result(made)
            return made
        except Abandoned:
            raise  # Nobody waits for this one any more; others, whose it is too, try themselves.
        except CorridorError as error:
            mine.set_exception(error)
            raise
        finally:
            mine.cancel()  # Of one that is done it does nothing; after a fault of ours others try themselves.
            with self._lock:
                if self._making.get(key) is mine:
                    del self._making[key]
                    if made is not None:
                        self._values[key] = made
                        self._rows += _rows_of(made[0])
                while len(self._values) > self._most or self._rows > _MOST_ROWS:
                    _, (oldest, _) = self._values.popitem(last=False)
                    self._rows -= _rows_of(oldest)


def _rows_of(value: object) -> int:
    """How many rows an answer has, or would have that is written already; of what several answers share 128 rows count as one."""
    if isinstance(value, bytes | str):
        return 1 + (len(value) >> 14)
    if isinstance(value, list | frozenset):
        return 1 + (len(value) >> 7)
    return 1 + (len(getattr(value, "rows", ())) if isinstance(value, Answer) else 0)


def _untold(doing: Text) -> None:
    """Nobody waits to be told."""


@dataclass(slots=True)
class Reader:
    """A store, read for one answer: which run it is of is asked once, and each statement that runs is noted once.

    `tell` takes what is being done, for who waits, wherever that may take long; it raises `Abandoned` where nobody does.
    """

    store: Graph
    kept: Kept = field(default_factory=Kept)
    tell: Callable[[Text], None] = _untold
    _noted: dict[tuple[str, str], Noted] = field(default_factory=dict)
    _graph: list[tuple[str | None, date | None]] = field(default_factory=list)

    def fetch(self, query: Query, parameters: Mapping[str, Parameter]) -> list[dict[str, Cell]]:
        """The rows of a query, which is noted down."""
        self._note(query, parameters)
        return self.store.fetch(query, parameters)

    def fetch_foreign(self, query: Query, parameters: Mapping[str, Parameter], most: int) -> list[dict[str, Cell]]:
        """The first rows of a statement that a user wrote (`GraphStore.fetch_foreign`), which is noted down."""
        self._note(query, parameters)
        return self.store.fetch_foreign(query, parameters, most)

    def fetch_table(self, query: Query, parameters: Mapping[str, Parameter]) -> pa.Table:
        """The rows of a query as a table, which is noted down."""
        self._note(query, parameters)
        return self.store.fetch_table(query, parameters)

    def graph(self) -> tuple[str | None, date | None]:
        """The run that the graph is of, and the day whose facts it holds."""
        if not self._graph:
            self._graph.append((self.store.run_id(), self.store.day()))
        return self._graph[0]

    def rules(self, kind: str, name: str, model: type[R]) -> R:
        """The rules of a name (`graph.rules.read_rules`), the user's own before those that are shipped."""
        return read_rules(kind, name, model, self.kept.rules)

    def statements(self) -> list[Ran]:
        """What ran, each statement with its parameters once."""
        dialect = self.store.dialect
        return [
            Ran(
                name=query.name, cypher=query.text_for(dialect), parameters=dict(parameters),
                paste=pasteable(query, parameters, dialect), query=query,
            )
            for query, parameters in self._noted.values()
        ]  # fmt: skip

    def _note(self, query: Query, parameters: Mapping[str, Parameter]) -> None:
        self.tell(Text("common.doing.reading"))
        self._noted.setdefault((query.name, repr(parameters)), (query, parameters))

    def once(self, key: Hashable, make: Callable[["Reader"], T]) -> T:
        """What `make` gives, made once for the key while the run stands; its statements are noted for this answer too."""

        def made() -> tuple[object, list[Noted]]:
            apart = Reader(self.store, self.kept, self.tell, {}, self._graph)
            return make(apart), list(apart._noted.values())

        value, noted = self.kept.value(self.graph(), key, made)
        for one in noted:
            self._note(*one)
        return cast(T, value)


def reader_of(given: "Reader | Graph") -> Reader:
    """The reader itself, or one of a bare store."""
    return given if isinstance(given, Reader) else Reader(given)


def kept(function: Callable[Concatenate[Reader, P], T]) -> Callable[Concatenate[Reader, P], T]:
    """Make what a function of the graph gives once for each of its arguments (`Reader.once`); it must never be changed."""
    own = (function.__module__, function.__qualname__)

    @wraps(function)
    def given(reader: Reader, /, *args: P.args, **kwargs: P.kwargs) -> T:
        key = (own, args, tuple(sorted(kwargs.items())))
        return reader_of(reader).once(key, lambda apart: function(apart, *args, **kwargs))

    return given
