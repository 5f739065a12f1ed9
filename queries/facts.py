"""The graph as columns: each type read once a run, its nodes numbered, its edges as pairs of numbers.

Questions that look at all products or all makers work on these arrays instead of rows: a hundred thousand nodes are
read in a second or two and then stay, so that the next question takes milliseconds (`queries.runner.kept`).
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import chain
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from graph.errors import UnknownName
from graph.model import edge_id
from graph.ontology import EDGE_TYPE, NODE_TYPE, label_of
from graph.statements import edge_columns_query, node_columns_query
from graph.store import arrow_schema
from queries.algorithms.arrays import BoolArray, FloatArray, IntArray
from queries.algorithms.structure import Adjacency, adjacency, edge_places
from queries.reader import Reader, kept

K = TypeVar("K", bound=StrEnum)
_LEFT_OUT = frozenset({"source_ids", "as_of", "valid_from", "valid_to", "evidence", "search_text", "address"})
"""Properties that no question computes with; what shows them reads the nodes and edges themselves."""

_FEW = 500
"""So many ids are searched for one by one, in the order of ids; for more a table of all is made."""


class _Columns:
    """The properties of nodes or edges as arrays, each made once and not to be changed."""

    table: pa.Table

    def floats(self, name: str) -> FloatArray:
        """A number of each, NaN where it is not known."""
        if name not in self._floats:
            column = pc.fill_null(pc.cast(self.table[name], pa.float64()), np.nan)
            self._floats[name] = np.asarray(column).astype(np.float64)
            self._floats[name].flags.writeable = False
        return self._floats[name]

    @cached_property
    def _floats(self) -> dict[str, FloatArray]:
        return {}

    def is_true(self, name: str) -> BoolArray:
        """Whether each has a property, not known counted as not."""
        return np.asarray(pc.fill_null(self.table[name], False)).astype(np.bool_)


@dataclass(frozen=True, eq=False)
class Things(_Columns):
    """The nodes of one label in the order of their ids. A node's place in it is its number, from 0."""

    label: str
    table: pa.Table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def id(self, number: int) -> str:
        """The id of a node."""
        return str(self.table["id"][int(number)].as_py())

    def ids(self, numbers: IntArray) -> list[str]:
        """The ids of some nodes."""
        return self.texts("id", numbers)  # type: ignore[return-value]

    def texts(self, name: str, numbers: IntArray) -> list[str | None]:
        """A property of some nodes, as Python has it."""
        values = self._list(name)
        return [values[number] for number in np.asarray(numbers).tolist()]

    def _list(self, name: str) -> list[str | None]:
        if name not in self._lists:
            self._lists[name] = self.table[name].to_pylist()
        return self._lists[name]

    @cached_property
    def _lists(self) -> dict[str, list[str | None]]:
        """Columns that were asked for, as Python has them: rows ask for a few values a hundred times."""
        return {}

    def names(self, numbers: IntArray) -> list[str]:
        """What people call some nodes: the short name where there is one, else the Chinese name."""
        full = self.texts("name_zh", numbers)
        if "short_name" not in self.table.column_names:
            return [str(name) for name in full]
        return [str(short or name) for short, name in zip(self.texts("short_name", numbers), full, strict=True)]

    def name(self, number: int) -> str:
        """What people call a node."""
        short = self._list("short_name")[number] if "short_name" in self.table.column_names else None
        return str(short or self._list("name_zh")[number])

    def numbers(self, ids: pa.Array | Sequence[str]) -> IntArray:
        """The numbers of some ids, −1 for one that is not there."""
        if not len(ids):
            return np.zeros(0, np.int64)
        if len(ids) <= _FEW and not isinstance(ids, pa.Array | pa.ChunkedArray):
            return np.array([self._number(one) for one in ids], np.int64)
        given = ids if isinstance(ids, pa.Array | pa.ChunkedArray) else pa.array(ids, pa.string())
        places = pc.index_in(given, value_set=self.table["id"].combine_chunks())
        return np.asarray(pc.fill_null(places, -1)).astype(np.int64)

    def _number(self, node_id: str) -> int:
        place = bisect_left(range(len(self)), node_id, key=self.id)
        return place if place < len(self) and self.id(place) == node_id else -1


@dataclass(frozen=True, eq=False)
class Links(_Columns):
    """The edges of one type between two labels: `tail[k]` and `head[k]` are the numbers of the ends of edge k.

    In the order of tail, then head; the walks and the choice among equals go by that order.
    """

    type: str
    tails: Things
    heads: Things
    tail: IntArray
    head: IntArray
    table: pa.Table  # the properties, row k of edge k

    def __len__(self) -> int:
        return len(self.tail)

    def id(self, number: int) -> str:
        """The id of an edge."""
        return self.ids(np.array([number]))[0]

    def ids(self, numbers: IntArray) -> list[str]:
        """The ids of some edges."""
        key = EDGE_TYPE[self.type].key
        keys = self.table[key].take(pa.array(numbers)).to_pylist() if key else [None] * len(numbers)
        tails, heads = self.tails.ids(self.tail[numbers]), self.heads.ids(self.head[numbers])
        return [
            edge_id(self.type, a, b, *([c] if c is not None else ()))
            for a, b, c in zip(tails, heads, keys, strict=True)
        ]

    @cached_property
    def forward(self) -> Adjacency:
        """The edges that leave each node."""
        return adjacency(max(len(self.tails), len(self.heads)), self.tail, self.head)

    @cached_property
    def backward(self) -> Adjacency:
        """The edges that reach each node."""
        return adjacency(max(len(self.tails), len(self.heads)), self.head, self.tail)


def or_none(value: float | None) -> float | None:
    """A number of an array as an answer gives it: `None` where it is not known (NaN, infinite or none).

    >>> or_none(0.0), or_none(float("nan"))
    (0.0, None)
    """
    return float(value) if value is not None and np.isfinite(value) else None


def yes_no(value: int) -> bool | None:
    """A verdict of an array as an answer gives it: 1 yes, 0 no, −1 `None`, not known."""
    return None if value < 0 else bool(value)


def counted(numbers: IntArray, kinds: type[K]) -> dict[K, int]:
    """How often each member of an enumeration is there, by its place in it."""
    return dict(zip(kinds, np.bincount(numbers, minlength=len(kinds)).tolist(), strict=True))


def of_node(links: Adjacency, number: int) -> IntArray:
    """The numbers of the links of a node."""
    return links.edge[links.start[number] : links.start[number + 1]]


def links_at(links: Adjacency, numbers: IntArray) -> IntArray:
    """How many links each of some nodes has."""
    return links.start[numbers + 1] - links.start[numbers]


def spread(around: Adjacency, nodes: IntArray) -> tuple[IntArray, IntArray]:
    """Every link of some nodes, node by node: the place in `nodes`, and the number of the link."""
    return np.repeat(np.arange(len(nodes)), links_at(around, nodes)), around.edge[edge_places(around.start, nodes)]


def _texts(column: pa.ChunkedArray) -> NDArray[np.str_]:
    return np.asarray(pc.fill_null(column, "").to_pylist(), dtype=np.str_)


@kept
def things(reader: Reader, label: str) -> Things:
    """Every node of a label."""
    kind = NODE_TYPE[label]
    names = tuple(p.name for p in kind.properties if p.name not in _LEFT_OUT)
    table = reader.fetch_table(node_columns_query(label, names), {})
    schema = arrow_schema(kind)
    table = table.cast(pa.schema([schema.field(name) for name in table.column_names]))
    return Things(label, table.sort_by("id").combine_chunks())


@kept
def links(reader: Reader, edge_type: str, from_label: str, to_label: str) -> Links:
    """Every edge of a type between two labels; where nothing can join itself, as no product is its own input, none that does."""
    kind = EDGE_TYPE[edge_type]
    names = tuple(p.name for p in kind.properties if p.name not in _LEFT_OUT)
    table = reader.fetch_table(edge_columns_query(edge_type, from_label, to_label, names), {})
    schema = arrow_schema(kind)
    table = table.cast(pa.schema([schema.field(name) for name in table.column_names])).combine_chunks()
    tails, heads = things(reader, from_label), things(reader, to_label)
    tail, head = tails.numbers(table["from_id"]), heads.numbers(table["to_id"])
    keep = (tail >= 0) & (head >= 0)
    if from_label == to_label and not kind.may_join_itself:
        keep &= tail != head
    order = np.flatnonzero(keep)
    # Parallel edges by their key, which their ids end with: engines hand them out in any order.
    apart = np.unique(_texts(table[kind.key]), return_inverse=True)[1] if kind.key else np.zeros(len(table), np.int64)
    order = order[np.lexsort((apart[order], head[order], tail[order]))]
    rows = table.drop_columns(["from_id", "to_id"]).take(pa.array(order))
    return Links(edge_type, tails, heads, tail[order], head[order], rows)


@kept
def named(reader: Reader, label: str) -> Mapping[str, int]:
    """The number of the node of each id, key (the id without its prefix), name, short name and alias, in lower case."""
    nodes = things(reader, label)
    given = [name for name in ("id", "name_zh", "name_en", "short_name") if name in nodes.table.column_names]
    columns = [enumerate(nodes.table[name].to_pylist()) for name in given if nodes.table[name].null_count < len(nodes)]
    keys = enumerate(id_.partition(":")[2] for id_ in nodes.ids(np.arange(len(nodes))))
    found: dict[str, int] = {}
    for number, text in chain(*columns, keys, _aliases(nodes)):
        # Of several nodes of one name the first.
        if text and found.setdefault(text.lower(), number) > number:
            found[text.lower()] = number
    return found


def _aliases(nodes: Things) -> Iterable[tuple[int, str]]:
    if "aliases" not in nodes.table.column_names:
        return []
    column = nodes.table["aliases"]
    return zip(pc.list_parent_indices(column).to_pylist(), pc.list_flatten(column).to_pylist(), strict=True)


def number_of(reader: Reader, label: str, what: str, text: str) -> int:
    """The number of the node of a label with this id, key, name or alias. Raises `UnknownName`, with the nearest names."""
    return found_named(reader, (label,), what, text)[1]


def found_named(reader: Reader, labels: Sequence[str], what: str, text: str) -> tuple[str, int]:
    """The label and number of the node with this id, key, name or alias, of the first label that has one.

    Raises `UnknownName`, with the nearest names of all the labels.
    """
    found = _node_named(reader, labels, text)
    if found is None:
        raise UnknownName(what, text, {name for label in labels for name in named(reader, label)})
    return found


def _node_named(reader: Reader, labels: Sequence[str], text: str) -> tuple[str, int] | None:
    # An id needs no table of names, which of a hundred thousand nodes takes a quarter of a second.
    for label in labels:
        if label == label_of(text) and (number := int(things(reader, label).numbers([text])[0])) >= 0:
            return label, number
    for label in labels:
        if (known := named(reader, label).get(text.lower())) is not None:
            return label, known
    return None


def all_named(reader: Reader, labels: Sequence[str], what: str, texts: Sequence[str]) -> list[tuple[str, int]]:
    """The label and number of the node of each text, once. A text that no node is named may hold several names: 甲、乙.

    Raises `UnknownName` as `found_named` does.
    """
    found: dict[tuple[str, int], None] = {}
    for text in texts:
        is_known = _node_named(reader, labels, text) is not None
        parts = [text] if is_known else [part.strip() for part in re.split("[、,，;；]", text) if part.strip()]
        found.update(dict.fromkeys(found_named(reader, labels, what, part) for part in parts or [text]))
    return list(found)
