"""What lies around a node: a walk through products, the best part of it, and how much is left out."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import cast

from graph.errors import NotFound
from graph.model import Edge, Node, Subgraph, ends
from graph.ontology import EDGE_TYPES, label_of
from graph.statements import adjacent_query, degree_query
from queries.evidence import edges
from queries.reader import Reader
from queries.scope import nodes

MAX_EDGES = 20_000
"""Edges read in one step of a walk for one label; a hub has more, and the walk says that it was cut."""

_CONDUCTOR = "Product"
"""The label that a walk goes through. A place, chain or enterprise joins everything to everything: a walk may start or
end there, but a path through it says nothing about a supply chain."""
_HOLDERS = ("Enterprise", "Technology")
_PER_PRODUCT = {"Technology": 2, "Enterprise": 3}
_OF_HUBS = ("LOCATED_IN", "PART_OF", "SECTOR_INPUT_OF")
"""Edge types that are followed only from a place or a chain that the walk starts at."""
_FLOWS = ("INPUT_OF", "MAKES", "SECTOR_INPUT_OF", "SUPPLIES")
"""Edge types along which something flows, from upstream to downstream."""
_RANKED = 1_000
"""Neighbours of a hub that are put in order by their edges."""
_ALL = tuple(t.type for t in EDGE_TYPES)
_JOINED = frozenset(label for kind in EDGE_TYPES for pair in kind.ends for label in pair)
"""The labels that edges join to others; a source is named by facts, not joined to them."""
_STRUCTURE = tuple(t for t in _ALL if t not in _OF_HUBS)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The best part of what lies around a node, and what is left out.

    `nodes` are as many as were asked for, the best first; `edges` join them and are without properties; `more` is how many edges
    each of them has to nodes that are not among them; `is_cut` where a hub has more edges than are read.
    """

    focus_id: str
    nodes: Mapping[str, Node]
    edges: Sequence[Edge]
    total_nodes: int
    more: Mapping[str, int]
    is_cut: bool

    def subgraph(self, reader: Reader) -> Subgraph:
        """The nodes and edges with their properties."""
        drawn = edges(reader, [edge.id for edge in self.edges])
        return Subgraph.of(self.nodes.values(), drawn, total_nodes=self.total_nodes)


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

    All of it where it fits, else in this order: the chain of products, then technologies (two a product), then enterprises
    (three a product), then nodes of other types, then the others; near before far, many edges before few, then
    by id. Raises `NotFound`.
    """
    walk = _Walk(reader, node_id)
    steps = {node_id: 0}
    frontier = [node_id]
    for step in range(1, depth + 1):
        reached = walk.step(frontier)
        fresh = sorted(n for n in reached if n not in steps and (not labels or label_of(n) in labels))
        steps.update(dict.fromkeys(fresh, step))
        frontier = [n for n in fresh if label_of(n) == _CONDUCTOR]
    beyond = walk.step(frontier)
    if with_holders:
        held = [n for n in beyond if label_of(n) in _HOLDERS and (not labels or label_of(n) in labels)]
        steps = {**dict.fromkeys(held, depth + 1), **steps}
    kept = _best(steps, walk.among(steps), node_id, limit)
    walk.step([n for n in kept if n not in walk.left])
    drawn = walk.among(kept)
    found = {node.id: node for node in nodes(reader, kept)}
    if node_id not in found:
        raise NotFound(node_id)
    return Surroundings(
        node_id, {n: found[n] for n in kept}, [Edge(one, *ends(one)) for one in drawn], len(steps), walk.more(kept, drawn),
        walk.is_cut,
    )  # fmt: skip


class Way(StrEnum):
    """Which neighbours of a node are asked for: all, what flows to it, where it flows to."""

    OPEN = "open"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Opened:
    """Neighbours of a node, the best first; the edges that join them to it, to each other and to what was there; how many
    edges lead on from each of them and from the node.
    """

    ids: Sequence[str]
    edge_ids: Sequence[str]
    left: Mapping[str, int]


def opened(reader: Reader, node_id: str, shown: Collection[str], way: Way, most: int) -> Opened:
    """The best `most` neighbours of a node that are not among those shown: products first, then technologies, enterprises,
    others; of a kind those with the most edges, then by id.
    """
    walk = _Walk(reader, node_id)
    beside = walk.step([node_id]) if way is Way.OPEN else walk.along(node_id, is_up=way is Way.UP)
    best = _in_order(reader, sorted(beside - set(shown)))[:most]
    walk.step(best)
    return Opened(best, walk.among({*shown, *best}), walk.left)


def joined(reader: Reader, ids: Sequence[str], shown: Collection[str]) -> Opened:
    """Some nodes as if they were neighbours: what joins them to each other and to those shown."""
    walk = _Walk(reader, "")
    walk.step(ids)
    return Opened(ids, walk.among({*shown, *ids}), walk.left)


def _in_order(reader: Reader, ids: Sequence[str]) -> list[str]:
    order = (_CONDUCTOR, "Technology", "Enterprise")
    rank = {label: number for number, label in enumerate(order)}
    degree: dict[str, int] = {}
    for label, own in _by_label(ids[:_RANKED]):
        rows = reader.fetch(degree_query(label, _STRUCTURE), {"ids": own})
        degree.update((str(row["node_id"]), cast(int, row["edges"])) for row in rows)
    return sorted(ids, key=lambda n: (rank.get(label_of(n) or "", len(order)), -degree.get(n, 0), n))


class _Walk:
    """A walk from a node, and the edges it has seen: id → type and ends."""

    def __init__(self, reader: Reader, focus: str) -> None:
        self.left: dict[str, int] = {}
        self.is_cut = False
        self._reader = reader
        self._focus_label = label_of(focus)
        self._seen: dict[str, tuple[str, str, str]] = {}

    def step(self, ids: Iterable[str]) -> set[str]:
        """The nodes at the other ends of the edges that lead on from some nodes, which are `left` by so many edges each."""
        reached: set[str] = set()
        for label, own in _by_label(ids):
            types = self._types_from(label)
            rows = self._reader.fetch_table(adjacent_query(label, types, MAX_EDGES + 1, is_ordered=False), {"ids": own})
            self.left.update({**dict.fromkeys(own, 0), **Counter(rows["node_id"].to_pylist())})
            if len(rows) > MAX_EDGES:
                self.is_cut = True
                rows = self._reader.fetch_table(adjacent_query(label, types, MAX_EDGES), {"ids": own})
                counted = self._reader.fetch(degree_query(label, types), {"ids": own})
                self.left.update((str(row["node_id"]), cast(int, row["edges"])) for row in counted)
            for edge_id, node_id in zip(*(rows[name].to_pylist() for name in ("edge_id", "node_id")), strict=True):
                self._seen[edge_id] = joined = ends(edge_id)
                reached.add(joined[1 if joined[2] == node_id else 2])
        return reached

    def along(self, node_id: str, *, is_up: bool) -> set[str]:
        """Of the nodes next to one those from which something flows to it, or to which it flows."""
        self.step([node_id])
        here, there = (2, 1) if is_up else (1, 2)
        return {one[there] for one in self._seen.values() if one[0] in _FLOWS and one[here] == node_id}

    def among(self, ids: Collection[str]) -> list[str]:
        """The edges seen so far that join two of these nodes."""
        known = set(ids)
        return [one for one, (_, start, end) in self._seen.items() if start in known and end in known]

    def more(self, ids: Sequence[str], drawn: Iterable[str]) -> dict[str, int]:
        """How many edges each node has that are not drawn, where there are any."""
        shown: dict[str, int] = defaultdict(int)
        for one in drawn:
            kind, *joined = ends(one)
            for node in joined:
                shown[node] += kind in self._types_from(label_of(node) or "")
        hidden = {node: self.left.get(node, 0) - shown[node] for node in ids}
        return {node: count for node, count in hidden.items() if count > 0}

    def _types_from(self, label: str) -> tuple[str, ...]:
        """The edge types that lead on from nodes of a label: of places and chains only where the walk starts at one."""
        return _ALL if label == self._focus_label and label in ("Place", "Chain") else _STRUCTURE


def _by_label(ids: Iterable[str]) -> list[tuple[str, list[str]]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for node in ids:
        groups[label_of(node) or ""].append(node)
    return sorted((label, own) for label, own in groups.items() if label in _JOINED)


def _best(steps: Mapping[str, int], drawn: Sequence[str], focus: str, limit: int) -> list[str]:
    """The best nodes, at most `limit` (`surroundings`)."""
    if len(steps) <= limit:
        return list(steps)
    pairs = [ends(one)[1:] for one in drawn]
    degree: dict[str, int] = defaultdict(int)
    for pair in pairs:
        for node in pair:
            degree[node] += 1
    ordered = sorted(steps, key=lambda n: (steps[n], -degree[n], n))
    chosen = {focus: None}
    products = [n for n in ordered if label_of(n) == _CONDUCTOR and n != focus]
    chosen.update(dict.fromkeys(products[: limit - 1]))
    trunk = list(chosen)
    for label, most in _PER_PRODUCT.items():
        chosen.update(dict.fromkeys(_beside(pairs, trunk, focus, label, most, degree)))
    chosen.update(dict.fromkeys(n for n in ordered if label_of(n) not in (_CONDUCTOR, *_HOLDERS)))
    chosen.update(dict.fromkeys(ordered))
    return list(islice(chosen, limit))


def _beside(
    pairs: Sequence[Sequence[str]],
    trunk: Sequence[str],
    focus: str,
    label: str,
    most: int,
    degree: Mapping[str, int],
) -> list[str]:
    """At most `most` nodes of the label for each product of the trunk, the focus apart, those with the most edges first."""
    around: dict[str, set[str]] = defaultdict(set)
    for one, two in pairs:
        for product, other in ((one, two), (two, one)):
            if label_of(other) == label and other != focus:
                around[product].add(other)
    return [n for product in trunk for n in sorted(around[product], key=lambda n: (-degree[n], n))[:most]]
