"""The whole graph as one network of numbers, for walks: which edges each node has, without properties.

Twenty milliseconds a walk instead of one statement for each label and step, each of which reads a whole table on an
embedded engine. Properties of what a walk keeps are read afterwards, by id.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from graph.model import Edge, edge_id, ends
from graph.ontology import EDGE_TYPE, EDGE_TYPES, NODE_TYPES, label_of
from graph.statements import edge_columns_query
from queries.algorithms.arrays import BoolArray, IntArray
from queries.algorithms.structure import Adjacency, adjacency, edge_places
from queries.facts import Things, things
from queries.runner import Reader, kept

Reads = Callable[[Things, IntArray], list[str]]
_TYPES = tuple(kind.type for kind in EDGE_TYPES)


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Every node and edge. Nodes are numbered in the order of their ids: labels by their prefix, then by id."""

    labels: dict[str, tuple[int, Things]]  # label → the number of its first node, its nodes
    tail: IntArray
    head: IntArray
    type: IntArray  # of each edge, its place in the ontology's edge types
    keys: dict[int, str]  # what tells parallel edges apart, of those that have it
    firsts: Sequence[int]  # of each label that has nodes
    label_names: Sequence[str]  # these labels
    around: Adjacency  # the edges of each node in either direction: link k < edges leaves it, k − edges reaches it

    def label(self, number: int) -> str:
        """The label of a node."""
        return self.label_names[bisect_right(self.firsts, number) - 1]

    def number(self, node_id: str) -> int:
        """The number of a node, −1 where it is not there."""
        label = label_of(node_id)
        if label not in self.labels:
            return -1
        first, nodes = self.labels[label]
        found = int(nodes.numbers([node_id])[0])
        return first + found if found >= 0 else -1

    def numbers(self, ids: Sequence[str]) -> IntArray:
        """The numbers of nodes, −1 for what is not there."""
        found = np.full(len(ids), -1, np.int64)
        labels = np.array([label_of(i) or "" for i in ids], dtype=object)
        for label, (first, nodes) in self.labels.items():
            at = np.flatnonzero(labels == label)
            if len(at):
                own = nodes.numbers([ids[i] for i in at.tolist()])
                found[at] = np.where(own >= 0, own + first, -1)
        return found

    def ids(self, numbers: IntArray) -> list[str]:
        """The ids of nodes."""
        return self._texts(numbers, lambda nodes, own: nodes.ids(own))

    def names(self, numbers: IntArray) -> list[str]:
        """What people call nodes."""
        return self._texts(numbers, lambda nodes, own: nodes.names(own))

    def _texts(self, numbers: IntArray, read: Reads) -> list[str]:
        found = np.empty(len(numbers), dtype=object)
        for first, nodes in self.labels.values():
            at = np.flatnonzero((numbers >= first) & (numbers < first + len(nodes)))
            if len(at):
                found[at] = read(nodes, numbers[at] - first)
        return list(found)

    def edges(self, numbers: IntArray) -> list[Edge]:
        """Edges with their ids and ends, without properties."""
        tails, heads = self.ids(self.tail[numbers]), self.ids(self.head[numbers])
        found = []
        for number, a, b in zip(numbers.tolist(), tails, heads, strict=True):
            key = self.keys.get(number)
            found.append(edge_id(_TYPES[self.type[number]], a, b, *([key] if key else [])))
        return [Edge(one, *ends(one)) for one in found]

    def edges_of(self, nodes: IntArray, types: Collection[str]) -> tuple[IntArray, IntArray]:
        """The edges of some nodes that are of these types and join two nodes, and the node at the other end of each.

        An edge between two of the nodes is there twice.
        """
        places = self.around.edge[edge_places(self.around.start, nodes)]
        edges = len(self.tail)
        number = places % max(edges, 1)
        other = np.where(places < edges, self.head[number], self.tail[number])
        keep = self.is_of(types)[self.type[number]] & (self.tail[number] != self.head[number])
        return number[keep], other[keep]

    @staticmethod
    def is_of(types: Collection[str]) -> BoolArray:
        """Which of the ontology's edge types are among these."""
        return np.array([name in types for name in _TYPES])

    def degrees(self, nodes: IntArray, types: Collection[str]) -> IntArray:
        """How many edges of these types each of some nodes has, those to itself left out."""
        counts = self.around.start[nodes + 1] - self.around.start[nodes]
        places = self.around.edge[edge_places(self.around.start, nodes)]
        number = places % max(len(self.tail), 1)
        keep = self.is_of(types)[self.type[number]] & (self.tail[number] != self.head[number])
        return np.bincount(np.repeat(np.arange(len(nodes)), counts)[keep], minlength=len(nodes))


@kept
def network(reader: Reader) -> Network:
    """The whole graph, sources left out: they are properties of what rests on them."""
    labels: dict[str, tuple[int, Things]] = {}
    size = 0
    for kind in sorted(NODE_TYPES, key=lambda kind: kind.prefix):
        nodes = things(reader, kind.label)
        labels[kind.label] = (size, nodes)
        size += len(nodes)
    none = np.zeros(0, np.int64)
    tails, heads, types = [none], [none], [none]
    keys: dict[int, str] = {}
    edges = 0
    for number, edge_type in enumerate(EDGE_TYPES):
        for from_label, to_label in edge_type.ends:
            if not (len(labels[from_label][1]) and len(labels[to_label][1])):
                continue
            table = reader.fetch_table(
                edge_columns_query(edge_type.type, from_label, to_label, (edge_type.key,) if edge_type.key else ()), {}
            )
            (first_tail, tail_nodes), (first_head, head_nodes) = labels[from_label], labels[to_label]
            tails.append(first_tail + tail_nodes.numbers(table["from_id"].cast(pa.string())))
            heads.append(first_head + head_nodes.numbers(table["to_id"].cast(pa.string())))
            types.append(np.full(table.num_rows, number))
            if edge_type.key:
                values = table[EDGE_TYPE[edge_type.type].key].to_pylist()
                keys |= {edges + place: value for place, value in enumerate(values) if value}
            edges += table.num_rows
    tail, head = np.concatenate(tails), np.concatenate(heads)
    around = adjacency(size, np.concatenate([tail, head]), np.concatenate([head, tail]))
    filled = {label: first for label, (first, nodes) in labels.items() if len(nodes)}
    return Network(
        labels, tail, head, np.concatenate(types), keys, list(filled.values()), list(filled), around
    )  # fmt: skip
