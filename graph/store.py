"""What every graph store can do."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from itertools import chain, zip_longest
from typing import Protocol, TypeVar, cast

import pyarrow as pa

from graph.cypher import Query
from graph.errors import QueryRejected
from graph.model import Edge, Node, Value
from graph.ontology import (
    DERIVED_EDGE_TYPES,
    DERIVED_NODE_TYPES,
    EDGE_TYPE,
    EDGE_TYPES,
    NODE_TYPE,
    NODE_TYPES,
    EdgeType,
    NodeType,
    ValueType,
)
from graph.texts import Text

Parameter = str | int | float | bool | date | None | Sequence[str]
Cell = Value | Node | Edge | tuple["Cell", ...] | Mapping[str, "Cell"]
"""What a statement returns in a column; of a path the nodes and edges in order."""
T = TypeVar("T")
Progress = Callable[[Text | str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""

ARROW_TYPES: Mapping[ValueType, pa.DataType] = {
    ValueType.TEXT: pa.string(),
    ValueType.TEXTS: pa.list_(pa.string()),
    ValueType.INTEGER: pa.int64(),
    ValueType.NUMBER: pa.float64(),
    ValueType.FRACTION: pa.float64(),
    ValueType.BOOLEAN: pa.bool_(),
    ValueType.DATE: pa.date32(),
}


def in_turns(nodes: Sequence[T], edges: Sequence[T]) -> list[T]:
    """The steps of a path in order: node, edge, node …

    >>> in_turns(["a", "b"], ["a-b"])
    ['a', 'a-b', 'b']
    """
    return [step for step in chain.from_iterable(zip_longest(nodes, edges)) if step is not None]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one node type, or of one edge type between two labels, as an Arrow table (`arrow_schema`)."""

    kind: NodeType | EdgeType
    table: pa.Table
    ends: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        """The label or the edge type that the rows are of."""
        return self.kind.name


def counted(rows: Iterable[Mapping[str, Cell]]) -> dict[str, int]:
    """How many there are of every label and edge type, zeros included, by rows of `name` and `count`."""
    return dict.fromkeys((*NODE_TYPE, *EDGE_TYPE), 0) | {str(row["name"]): cast(int, row["count"]) for row in rows}


@dataclass(frozen=True, slots=True)
class Changes:
    """How many nodes and edges a load added, gave other values, removed, and found as they should be."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0


def arrow_schema(kind: NodeType | EdgeType) -> pa.Schema:
    """Columns of a batch: `from_id`, `to_id` for edges, then `id`, then the properties in the ontology's order."""
    ends = [("from_id", pa.string()), ("to_id", pa.string())] if isinstance(kind, EdgeType) else []
    return pa.schema([*ends, ("id", pa.string()), *((p.name, ARROW_TYPES[p.type]) for p in kind.properties)])


def stored_schema(kind: NodeType | EdgeType) -> pa.Schema:
    """`arrow_schema` with the properties that a load derives (`graph.derivations`)."""
    schema = arrow_schema(kind)
    for prop in kind.stored[len(kind.properties) :]:
        schema = schema.append(pa.field(prop.name, ARROW_TYPES[prop.type]))
    return schema


def batch_shapes() -> list[tuple[NodeType | EdgeType, tuple[str, str] | None]]:
    """Every node type, then every edge type with each pair of labels that it joins, in the ontology's order."""
    edges = [(edge_type, ends) for edge_type in EDGE_TYPES for ends in edge_type.ends]
    return [*((node_type, None) for node_type in NODE_TYPES), *edges]


_NO_SECRET = re.compile(r"(?:[\w+.-]*:/{0,3})?[^:@?]*(?::\d{1,5})?(?:/[^:@?]*)?")


def printable(url: str) -> str:
    """An address as far as it may be shown: without user and password, also where it is mistyped.

    >>> printable("bolt://neo4j:secret@db:7687"), printable("bolt:/neo4j:secret"), printable("blot://db:7687")
    ('…@db:7687', 'bolt:/…', 'blot://db:7687')
    """
    if _NO_SECRET.fullmatch(url):
        return url
    _, is_given, place = url.rpartition("@")
    if is_given and _NO_SECRET.fullmatch(place):
        return f"…@{place}"
    return f"{re.match(r'(?:[a-z0-9+]*:/{0,2})?', url)[0]}…"  # type: ignore[index]


def not_evidence(what: str, name: str) -> QueryRejected:
    """The error of a statement that returns a whole node or edge of a type that is derived or not of the ontology."""
    if name in {kind.label for kind in DERIVED_NODE_TYPES} | {kind.type for kind in DERIVED_EDGE_TYPES}:
        return QueryRejected(Text("errors.derived_whole", name=name))
    return QueryRejected(f"a {what} of {name or 'no label'} is not of the ontology; return its properties")


class Graph(Protocol):
    """A graph that queries read."""

    @property
    def dialect(self) -> str:
        """Which engine it is: "ladybug" or "neo4j"."""
        ...

    def fetch(self, query: Query, parameters: Mapping[str, Parameter]) -> list[dict[str, Cell]]:
        """The rows of a query, in its order; nodes and edges decoded, lists as tuples.

        Raises `QueryTimeout`, `StoreUnavailable`, `QueryRejected`.
        """
        ...

    def fetch_foreign(self, query: Query, parameters: Mapping[str, Parameter], most: int) -> list[dict[str, Cell]]:
        """The first rows of a statement that a user wrote, in a process of its own (`graph.worker`).

        A graph in memory is in no other process: there it runs in this one, under the limit on time alone.
        Raises `QueryStopped` too, and `GraphChanged` where a load replaced the graph of a snapshot.
        """
        ...

    def fetch_table(self, query: Query, parameters: Mapping[str, Parameter]) -> pa.Table:
        """The rows of a query that returns plain values, as an Arrow table: columns, not objects."""
        ...

    def run_id(self) -> str | None:
        """The id of the run that the graph is of; `None` where nothing was ever loaded."""
        ...

    def day(self) -> date | None:
        """The day whose facts the graph holds; `None` where nothing was ever loaded."""
        ...

    def counts(self) -> dict[str, int]:
        """How many nodes each label and edges each type has, zeros included."""
        ...


class Snapshot(Graph, Protocol):
    """One graph, whatever is loaded meanwhile; for one thread at a time."""

    def stop(self) -> None:
        """Let nothing more be read: what runs is interrupted where the engine can. Any thread may call it."""
        ...


class GraphStore(Graph, Protocol):
    """A graph: read by queries, replaced as a whole. Safe to use from several threads."""

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """The graph as it is now, for an answer of several statements.

        Raises `StoreUnavailable` also for a graph that another version of the program made, and, where the engine keeps
        no old graphs, `GraphChanged` at the end: then what was read may be of two graphs.
        """
        ...

    def tables(self, progress: Progress | None = None) -> Iterator[Batch]:
        """The whole graph, types in the ontology's order, each in one or more batches of at least one row.

        Nodes are in the order of their ids, edges in that of `from_id`, then `id`. What `replace` makes of them is an
        equal graph, on either engine.
        """
        ...

    def replace(
        self, batches: Iterable[Batch], run_id: str, progress: Progress | None = None, day: date | None = None
    ) -> Changes | None:
        """Make the graph hold exactly those of these rows that are in force on a day, today by default (`graph.validity`),
        and what is derived of them (`graph.derivations`), all or nothing, and keep the run's id and the day with it.

        A reader sees the old graph, then the new one; on Neo4j, which has no snapshots, a statement that runs while
        the load commits can meet both, which `snapshot` notices. The answer says what that changed; `None` where the
        engine writes everything anew and does not know (`graph.difference` finds it out beforehand).
        """
        ...

    def first(self, query: Query, parameters: Mapping[str, Parameter], most: int) -> list[dict[str, Cell]]:
        """As `fetch_foreign` in this process: what a worker calls. One statement; the engine itself must say that it reads."""
        ...

    def check(self) -> None:
        """Read all that is kept and raise `StoreUnavailable` where it is not what the last load wrote.

        Raises `UsageError` where the engine itself watches over its pages (Neo4j).
        """
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
