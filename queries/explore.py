"""Walking the graph: search, what surrounds a node, the picture of a finding."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field

from graph.errors import NotFound, UnknownName
from graph.model import Edge, Node, Subgraph, ends, is_edge_id, searchable
from graph.ontology import EDGE_TYPE, EDGE_TYPES, NODE_TYPE, label_of
from graph.statements import edges_query, nodes_query
from queries.algorithms.arrays import IntArray
from queries.answer import Answer, Row
from queries.facts import named
from queries.network import Network, network
from queries.reader import Reader
from queries.registry import question
from queries.sections import section

MAX_ROWS = 20_000
"""Edges read in one step of a walk; a hub has more, and the walk says that it was cut."""

_CONDUCTORS = frozenset({"Product"})
"""Labels that a walk goes through. A place, chain or enterprise joins everything to everything: a walk may start or
end there, but a path through it says nothing about a supply chain."""

_HOLDERS = frozenset({"Enterprise", "Technology"})
_PATH_CONDUCTORS = frozenset({"Product", "Enterprise", "Technology", "Institute", "Center"})
_TECHNOLOGIES_PER_PRODUCT = 2
_ENTERPRISES_PER_PRODUCT = 3


class FoundNode(NamedTuple):
    """A node that a search found."""

    node_id: str
    name_zh: str
    name_en: str | None
    closeness: int


@section
def found_nodes(reader: Reader, *, text: str, whole: str, beginning: str, limit: int) -> list[FoundNode]:
    """Nodes whose search text holds `text`, first those that hold `whole`, then those that hold `beginning`."""


def _hits(reader: Reader, text: str, limit: int) -> list[FoundNode]:
    """Nodes that a text finds. In the search text each name stands between two bars."""
    normal = searchable(text)
    if not normal:
        return []
    return found_nodes(reader, text=normal, whole=f"|{normal}|", beginning=f"|{normal}", limit=limit)


class Hit(Row):
    """A node that a search found, with its type."""

    key = ("node_id",)
    table = ("name_zh", "name_en", "label", "node_id")

    node_id: str = Field(description="id")
    name_zh: str = Field(description="名称")
    name_en: str | None = Field(description="name")
    closeness: int = Field(description="0 equal to the text, 1 begins with it, 2 holds it")

    label: str = Field(description="类型 type")
    evidence_ids: list[str] = Field(description="the node")


class SearchAnswer(Answer):
    """What a search found."""

    rows: list[Hit]


@question(zh="检索", en="Search", order=150)
def search(
    reader: Reader,
    *,
    text: Annotated[
        str, Field(min_length=1, max_length=200, description="名称、别名、代码或拼音 name, alias, code or pinyin")
    ],
    limit: Annotated[int, Field(ge=1, le=500, description="行数 rows")] = 20,
) -> SearchAnswer:
    """按名称、别名、代码或拼音检索。 Nodes by name, alias, code or pinyin."""
    found = _hits(reader, text, limit)
    rows = [Hit(**row._asdict(), label=label_of(row.node_id) or "", evidence_ids=[row.node_id]) for row in found]
    return SearchAnswer(
        rows=rows, looked_at=len(rows), looked_at_what="匹配的节点 nodes that match",
        conventions=["检索不分大小写和全半角。 Case and width of letters do not matter."],
        notes=[] if rows else ["没有匹配的名称；可试拼音、简称或代码。 Nothing matches; try pinyin, a short name or a code."],
    )  # fmt: skip


def find_node(reader: Reader, text: str, labels: Collection[str] = ()) -> Node:
    """The node of this id, or of exactly this name. Raises `NotFound`, or `UnknownName` with the nearest names."""
    if ":" in text and label_of(text):
        found = node_of_id(reader, text)
        if not _is_of(found.id, labels):
            raise NotFound(text)
        return found
    hits = [hit for hit in _hits(reader, text, 50) if _is_of(hit.node_id, labels)]
    exact = [hit for hit in hits if hit.closeness == 0]
    if len(exact) == 1:
        return nodes(reader, [exact[0].node_id])[0]
    if hits:
        raise UnknownName("node", text, [f"{hit.name_zh} ({hit.node_id})" for hit in exact or hits])
    kinds = labels or [label for label in NODE_TYPE if label != "Source"]
    raise UnknownName("node", text, {name for label in kinds for name in named(reader, label)})


def node_of_id(reader: Reader, node_id: str) -> Node:
    """The node of this id. Raises `NotFound`."""
    found = nodes(reader, [node_id])
    if not found:
        raise NotFound(node_id)
    return found[0]


def _is_of(node_id: str, labels: Collection[str]) -> bool:
    return not labels or label_of(node_id) in labels


def nodes(reader: Reader, ids: Iterable[str]) -> list[Node]:
    """The nodes of these ids that exist, by id."""
    found: list[Node] = []
    for label, of_label in _by_label(ids).items():
        rows = reader.fetch(nodes_query(label), {"ids": of_label})
        found += [row["node"] for row in rows if isinstance(row["node"], Node)]
    return sorted(found, key=lambda node: node.id)


def _by_label(ids: Iterable[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for node_id in sorted(set(ids)):
        label = label_of(node_id)
        if label:
            groups[label].append(node_id)
    return groups


def evidence_subgraph(reader: Reader, ids: Sequence[str], limit: int) -> Subgraph:
    """The nodes and edges that a finding rests on, the ends of the edges among them: the first `limit` nodes."""
    edge_ids = [i for i in ids if is_edge_id(i)]
    wanted: dict[str, None] = {}
    for one in ids:
        wanted.update(dict.fromkeys(ends(one)[1:] if is_edge_id(one) else (one,)))
    kept = set(islice(wanted, limit))
    return Subgraph.of(nodes(reader, kept), edges(reader, edge_ids), total_nodes=len(wanted))


def edges(reader: Reader, ids: Iterable[str]) -> list[Edge]:
    """The edges of these ids that exist."""
    groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for edge in sorted(set(ids)):
        edge_type, from_id, to_id = ends(edge)
        pair = (label_of(from_id) or "", label_of(to_id) or "")
        if edge_type in EDGE_TYPE and pair in EDGE_TYPE[edge_type].ends:
            groups[edge_type, *pair].append(edge)
    found: list[Edge] = []
    for key, of_type in groups.items():
        rows = reader.fetch(edges_query(*key), {"ids": of_type, "from_ids": sorted({ends(i)[1] for i in of_type})})
        found += [row["edge"] for row in rows if isinstance(row["edge"], Edge)]
    return found


# --- what surrounds a node -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The best part of what lies around a node, by id, and what is left out.

    `nodes` are as many as were asked for, the best first; `edges` join them and are without properties; `more` is how
    many edges each of them has to nodes that are not among them.
    """

    focus_id: str
    nodes: Mapping[str, str]  # id → name
    edges: Sequence[Edge]
    total_nodes: int
    more: Mapping[str, int]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """Surroundings with the properties of their nodes and edges."""

    focus_id: str
    subgraph: Subgraph
    more: Mapping[str, int]
    is_cut: bool


_STRUCTURE = tuple(t.type for t in EDGE_TYPES if t.type not in ("LOCATED_IN", "PART_OF", "SECTOR_INPUT_OF"))
_ALL = tuple(t.type for t in EDGE_TYPES)


def neighbourhood_picture(
    reader: Reader,
    node_id: str,
    *,
    depth: int = 1,
    labels: Collection[str] = (),
    limit: int = 150,
    with_holders: bool = False,
) -> Picture:
    """`surroundings`, with properties."""
    found = surroundings(reader, node_id, depth=depth, labels=labels, limit=limit, with_holders=with_holders)
    drawn = edges(reader, [edge.id for edge in found.edges])
    shown = Subgraph.of(nodes(reader, found.nodes), drawn, total_nodes=found.total_nodes)
    return Picture(found.focus_id, shown, found.more, found.is_cut)


def surroundings(
    reader: Reader,
    node_id: str,
    *,
    depth: int = 1,
    labels: Collection[str] = (),
    limit: int = 150,
    with_holders: bool = False,
) -> Surroundings:
    """What lies within `depth` steps of a node, the best `limit` nodes of it.

    `with_holders` adds the makers and technologies of the outermost products, one step further.

    All of it where it fits, else in this order: the chain of products, then technologies (two a product), then enterprises (three a product),
    then nodes of other types, then whatever else is next to the node itself; near before far, many edges before few,
    then by id. Raises `NotFound`.
    """
    net = network(reader)
    focus = net.number(node_id)
    if focus < 0:
        raise NotFound(node_id)
    walk = _Walk(net, focus)
    steps = {focus: 0}
    frontier, walked, is_cut = np.array([focus]), [np.zeros(0, np.int64)], False
    for step in range(1, depth + 1):
        numbers, others, cut = walk.step(frontier)
        walked.append(numbers)
        is_cut |= cut
        fresh = [n for n in np.unique(others).tolist() if n not in steps and (not labels or net.label(n) in labels)]
        steps.update(dict.fromkeys(fresh, step))
        frontier = np.array([n for n in fresh if net.label(n) in _CONDUCTORS], np.int64)
    closing, beyond, cut = walk.step(frontier)
    if with_holders:
        held = [
            n for n in np.unique(beyond).tolist() if net.label(n) in _HOLDERS and (not labels or net.label(n) in labels)
        ]
        steps = {**dict.fromkeys(held, depth + 1), **steps}
    known = np.array(sorted(steps))
    links = np.unique(np.concatenate([*walked, closing]))
    links = links[np.isin(net.tail[links], known) & np.isin(net.head[links], known)]
    kept = np.array(_kept(net, steps, links, focus, limit))
    between = np.unique(np.concatenate([links, walk.step(kept)[0]]))
    drawn = between[np.isin(net.tail[between], kept) & np.isin(net.head[between], kept)]
    return Surroundings(
        node_id, dict(zip(net.ids(kept), net.names(kept), strict=True)), net.edges(drawn), len(steps),
        walk.more(kept, drawn), is_cut or cut,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Walk:
    """A walk from a node: it follows places and chains only where it starts at one."""

    net: Network
    focus: int

    def types_from(self, label: str) -> tuple[str, ...]:
        """The edge types that lead on from nodes of a label."""
        return _ALL if label == self.net.label(self.focus) and label in ("Place", "Chain") else _STRUCTURE

    def by_label(self, nodes: IntArray) -> Iterable[tuple[str, IntArray]]:
        """Nodes of one label after the other."""
        for label, (first, things) in self.net.labels.items():
            own = nodes[(nodes >= first) & (nodes < first + len(things))]
            if len(own):
                yield label, own

    def step(self, nodes: IntArray) -> tuple[IntArray, IntArray, bool]:
        """The edges that lead on from some nodes, the nodes at their other ends, and whether there were too many."""
        edges_, others, is_cut = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], False
        for label, own in self.by_label(nodes):
            number, other = self.net.edges_of(own, self.types_from(label))
            is_cut |= len(number) > MAX_ROWS
            edges_.append(number[:MAX_ROWS])
            others.append(other[:MAX_ROWS])
        return np.concatenate(edges_), np.concatenate(others), is_cut

    def more(self, nodes: IntArray, drawn: IntArray) -> dict[str, int]:
        """How many edges each node has that are not drawn, where there are any."""
        shown: dict[int, int] = defaultdict(int)
        for tail, head, kind in zip(
            self.net.tail[drawn].tolist(), self.net.head[drawn].tolist(), self.net.type[drawn].tolist(), strict=True
        ):
            for node in (tail, head):
                shown[node] += _ALL[kind] in self.types_from(self.net.label(node))
        found: dict[str, int] = {}
        for label, own in self.by_label(nodes):
            degrees = self.net.degrees(own, self.types_from(label))
            hidden = degrees - np.array([shown[n] for n in own.tolist()])
            found |= {i: n for i, n in zip(self.net.ids(own), hidden.tolist(), strict=True) if n > 0}
        return found


def _kept(net: Network, steps: Mapping[int, int], links: IntArray, focus: int, limit: int) -> list[int]:
    """The best nodes: numbers are in the order of ids, so that equals stand by id."""
    if len(steps) <= limit:
        return list(steps)
    ends_ = list(zip(net.tail[links].tolist(), net.head[links].tolist(), strict=True))
    degree: dict[int, int] = defaultdict(int)
    for pair in ends_:
        for node in pair:
            degree[node] += 1
    ordered = sorted(steps, key=lambda n: (steps[n], -degree[n], n))
    chosen = {focus: None}
    products = [n for n in ordered if net.label(n) == "Product" and n != focus]
    chosen.update(dict.fromkeys(products[: limit - 1]))
    trunk = list(chosen)
    for label, most in (("Technology", _TECHNOLOGIES_PER_PRODUCT), ("Enterprise", _ENTERPRISES_PER_PRODUCT)):
        chosen.update(dict.fromkeys(_attached(net, ends_, trunk, label, most, degree)))
    chosen.update(dict.fromkeys(n for n in ordered if net.label(n) not in ("Product", "Technology", "Enterprise")))
    near = {node for pair in ends_ if focus in pair for node in pair}
    chosen.update(dict.fromkeys(n for n in ordered if n in near))
    return list(islice(chosen, limit))


def _attached(
    net: Network,
    ends_: Sequence[tuple[int, int]],
    trunk: Sequence[int],
    label: str,
    most: int,
    degree: Mapping[int, int],
) -> list[int]:
    """At most `most` nodes of the label for each product of the trunk, those with the most edges first."""
    by_product: dict[int, set[int]] = defaultdict(set)
    for tail, head in ends_:
        for product, other in ((tail, head), (head, tail)):
            if net.label(other) == label:
                by_product[product].add(other)
    picked: dict[int, None] = {}
    for product in trunk:
        best = sorted(by_product[product], key=lambda n: (-degree[n], n))
        picked.update(dict.fromkeys(best[:most]))
    return list(picked)


class Neighbour(Row):
    """A node near another."""

    key = ("node_id",)
    table = ("name_zh", "label", "relations")

    node_id: str = Field(description="id")
    label: str = Field(description="类型 type")
    name_zh: str = Field(description="名称")
    relations: list[str] = Field(description="与图中其他节点的关系 its relations in the picture")
    evidence_ids: list[str] = Field(description="ids of the node and of its edges in the picture")


class NeighbourhoodAnswer(Answer):
    """What surrounds a node."""

    rows: list[Neighbour]


@question(zh="周边", en="Neighbourhood", order=160)
def neighbourhood(
    reader: Reader,
    *,
    node: Annotated[str, Field(description="节点编号或名称 id or name of a node")],
    depth: Annotated[int, Field(ge=1, le=4, description="步数 steps")] = 1,
    limit: Annotated[int, Field(ge=1, le=2_000, description="节点数 nodes")] = 150,
) -> NeighbourhoodAnswer:
    """一个节点几步之内有什么。 What lies within some steps of a node."""
    found = surroundings(reader, find_node(reader, node).id, depth=depth, limit=limit)
    relations: dict[str, list[Edge]] = defaultdict(list)
    for edge in sorted(found.edges, key=lambda edge: edge.id):
        relations[edge.from_id].append(edge)
        relations[edge.to_id].append(edge)
    rows = [
        Neighbour(
            node_id=node_id, label=label_of(node_id) or "", name_zh=found.nodes[node_id],
            relations=[relation_text(edge, found.nodes) for edge in relations[node_id]],
            evidence_ids=[node_id, *(edge.id for edge in relations[node_id])],
        )
        for node_id in sorted(found.nodes)
    ]  # fmt: skip
    hidden = found.total_nodes - len(rows)
    return NeighbourhoodAnswer(
        rows=rows, looked_at=found.total_nodes,
        looked_at_what="节点 nodes",
        conventions=["只经产品向外走；地区与产业链不作中转。 The walk passes through products only."],
        notes=[f"另有 {hidden} 个节点未列。 {hidden} more nodes are not shown."] if hidden else [],
    )  # fmt: skip


def relation_text(edge: Edge, names: Mapping[str, str]) -> str:
    """An edge as a Chinese reader reads it."""
    return f"{names[edge.from_id]} {EDGE_TYPE[edge.type].zh} {names[edge.to_id]}"
