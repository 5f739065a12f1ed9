"""The values that the packages hand to each other: nodes, edges, subgraphs. Frozen and JSON-ready."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from opencc import OpenCC

from graph.texts import Language

Value = str | int | float | bool | date | None | tuple[str, ...]
"""What a property can hold; `None` is "not known"."""

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]

_SEPARATOR = "|"


def edge_id(edge_type: str, from_id: str, to_id: str, *key: str) -> str:
    """The identity of an edge: its type, its ends, and what tells parallel edges apart.

    >>> edge_id("MAKES", "enterprise:a", "product:b")
    'MAKES|enterprise:a|product:b'
    """
    return _SEPARATOR.join((edge_type, from_id, to_id, *key))


def is_edge_id(text: str) -> bool:
    """Whether an id has the form of an edge's: a type and two ends (node ids hold no `|`; validation sees to that)."""
    return text.count(_SEPARATOR) >= 2


def ends(id_of_edge: str) -> tuple[str, str, str]:
    """Type, source id and target id of an edge, read from its id.

    >>> ends("MAKES|enterprise:a|product:b")
    ('MAKES', 'enterprise:a', 'product:b')
    """
    edge_type, from_id, to_id = id_of_edge.split(_SEPARATOR)[:3]
    return edge_type, from_id, to_id


def nodes_of(id_of_any: str) -> tuple[str, ...]:
    """The ends of an edge, or the node itself, by id.

    >>> nodes_of("MAKES|enterprise:a|product:b"), nodes_of("product:b")
    (('enterprise:a', 'product:b'), ('product:b',))
    """
    return ends(id_of_any)[1:] if is_edge_id(id_of_any) else (id_of_any,)


def key_of(id_of_edge: str) -> str | None:
    """What tells an edge from those parallel to it, read from its id; `None` where nothing does.

    >>> key_of("SUPPLIES|enterprise:a|enterprise:b|product:c"), key_of("MAKES|enterprise:a|product:b")
    ('product:c', None)
    """
    return _SEPARATOR.join(id_of_edge.split(_SEPARATOR)[3:]) or None


@dataclass(frozen=True, slots=True)
class Node:
    """One thing: its id, its label (a name in the ontology) and its known properties."""

    id: str
    label: str
    properties: Mapping[str, Value] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name a Chinese reader knows it by: short name, else Chinese name, else id."""
        return self.name_in(Language.ZH)

    def name_in(self, language: Language) -> str:
        """The name a reader of a language knows it by; the Chinese one where it has none in English."""
        chinese = ("short_name", "name_zh")
        keys = (*chinese, "name_en") if language is Language.ZH else ("name_en", *chinese)
        return next((str(self.properties[key]) for key in keys if self.properties.get(key)), self.id)

    def to_json(self) -> dict[str, Json]:
        """`{"id", "label", "name", "properties"}`; dates as ISO text, lists as arrays."""
        return {"id": self.id, "label": self.label, "name": self.name, "properties": _json(self.properties)}


@dataclass(frozen=True, slots=True)
class Edge:
    """One directed relation between two nodes, with the evidence it rests on in its properties."""

    id: str
    type: str
    from_id: str
    to_id: str
    properties: Mapping[str, Value] = field(default_factory=dict)

    def to_json(self) -> dict[str, Json]:
        """`{"id", "type", "from_id", "to_id", "properties"}`."""
        return {
            "id": self.id,
            "type": self.type,
            "from_id": self.from_id,
            "to_id": self.to_id,
            "properties": _json(self.properties),
        }


@dataclass(frozen=True, slots=True)
class Subgraph:
    """A part of the graph: nodes and edges unique and sorted by id, no edge without its ends.

    `total_nodes` is how many nodes there were to show, `truncated` whether some were left out.
    """

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    total_nodes: int = 0
    truncated: bool = False

    @classmethod
    def of(cls, nodes: Iterable[Node], edges: Iterable[Edge], total_nodes: int | None = None) -> "Subgraph":
        """The subgraph of these nodes and of those of the edges whose two ends are among them."""
        by_id = {node.id: node for node in nodes}
        kept = {edge.id: edge for edge in edges if edge.from_id in by_id and edge.to_id in by_id}
        total = len(by_id) if total_nodes is None else max(total_nodes, len(by_id))
        return cls(
            nodes=tuple(by_id[key] for key in sorted(by_id)),
            edges=tuple(kept[key] for key in sorted(kept)),
            total_nodes=total,
            truncated=total > len(by_id),
        )

    def to_json(self) -> dict[str, Json]:
        """`{"nodes", "edges", "total_nodes", "truncated"}`."""
        return {
            "nodes": [node.to_json() for node in self.nodes],
            "edges": [edge.to_json() for edge in self.edges],
            "total_nodes": self.total_nodes,
            "truncated": self.truncated,
        }


def searchable(text: str) -> str:
    """A text as search compares it: lower case, one width, single spaces, simplified characters, nothing invisible; without
    `|`, which stands between names.

    >>> searchable("ＳＭＩＣ （上海）|有限公司"), searchable("蘇州\u200b丙電子")
    ('smic (上海) 有限公司', '苏州丙电子')
    """
    seen = text if text.isascii() else _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return simplified(" ".join(seen.lower().replace("|", " ").split()))


_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Marks of no width and of direction."""


def simplified(text: str) -> str:
    """The text in simplified characters, by OpenCC's word lists.

    >>> simplified("蘇州丙電子有限公司"), simplified("乾坤")
    ('苏州丙电子有限公司', '乾坤')
    """
    return text if text.isascii() else _converter().convert(text)


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")


def plain_cell(text: str) -> str:
    """The text such that no spreadsheet takes it for a formula.

    >>> plain_cell("=1+1"), plain_cell("光刻胶")
    ("'=1+1", '光刻胶')
    """
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else text


def to_json(value: Value) -> Json:
    """A property value as JSON holds it.

    >>> to_json(date(2020, 9, 30)), to_json(("a", "b"))
    ('2020-09-30', ['a', 'b'])
    """
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    return value


def _json(properties: Mapping[str, Value]) -> dict[str, Json]:
    return {key: to_json(value) for key, value in properties.items() if value is not None}
