"""Ways through the graph as a reader follows them: nodes, the edges between them, and both in words.

Questions keep ways as numbers; what is shown of them is looked up together, once for an answer.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from graph.ontology import EDGE_TYPE
from queries.facts import Links, Things, of_node
from queries.making import Makers, way_up

Node = tuple[Things, int]


@dataclass(frozen=True, slots=True)
class Step:
    """An edge, walked from its tail to its head or back."""

    links: Links
    number: int
    is_along: bool = True

    @property
    def start(self) -> Node:
        """The node that it leaves."""
        side = self.links.tails, self.links.tail
        nodes, ends = side if self.is_along else (self.links.heads, self.links.head)
        return nodes, int(ends[self.number])

    @property
    def end(self) -> Node:
        """The node that it reaches."""
        return Step(self.links, self.number, not self.is_along).start


Way = tuple[Step, ...]
"""At least one step, each from where the one before ends."""


def nodes_of(way: Way) -> list[Node]:
    """The nodes of a way, in order."""
    return [way[0].start, *(step.end for step in way)]


def back(way: Way) -> Way:
    """The same way from its end to its start."""
    return tuple(Step(step.links, step.number, not step.is_along) for step in reversed(way))


def step_between(links: Links, tail: int, head: int, *, is_along: bool = True) -> Step:
    """The first edge from one node to another; there must be one."""
    around = of_node(links.forward, tail)
    return Step(links, int(around[links.head[around] == head][0]), is_along)


def made_steps(found: Makers, kinds: Links, pair: int) -> Way:
    """From a maker to what it makes and, where it makes a narrower kind, up to the product that it counts for."""
    up = way_up(kinds, int(found.made[pair]), int(found.product[pair])) if found.steps[pair] else []
    climbed = [step_between(kinds, here, there) for here, there in pairwise(up)]
    return (Step(found.makes, int(found.link[pair])), *climbed)


class Texts:
    """The ids and names of all nodes and edges of some ways, each type read once."""

    def __init__(self, ways: Iterable[Way], beside: Iterable[Node] = ()) -> None:
        numbers: dict[Things, set[int]] = defaultdict(set)
        edges: dict[Links, set[int]] = defaultdict(set)
        for way in ways:
            for step in way:
                edges[step.links].add(step.number)
            for nodes, number in nodes_of(way):
                numbers[nodes].add(number)
        for nodes, number in beside:
            numbers[nodes].add(number)
        self._ids: dict[Node, str] = {}
        self._names: dict[Node, str] = {}
        self._edges: dict[tuple[Links, int], str] = {}
        for nodes, wanted in numbers.items():
            keys = [(nodes, number) for number in sorted(wanted)]
            found = np.array(sorted(wanted), np.int64)
            self._ids.update(zip(keys, nodes.ids(found), strict=True))
            self._names.update(zip(keys, nodes.names(found), strict=True))
        for links, wanted in edges.items():
            found = np.array(sorted(wanted), np.int64)
            self._edges.update(zip(((links, n) for n in sorted(wanted)), links.ids(found), strict=True))

    def id(self, node: Node) -> str:
        """The id of a node."""
        return self._ids[node]

    def name(self, node: Node) -> str:
        """What people call a node."""
        return self._names[node]

    def node_ids(self, way: Way) -> list[str]:
        """The ids of the nodes of a way, in order."""
        return [self._ids[node] for node in nodes_of(way)]

    def evidence(self, ways: Sequence[Way]) -> list[str]:
        """The ids of the nodes and edges of ways, each once, way by way."""
        found: dict[str, None] = {}
        for way in ways:
            found.update(dict.fromkeys(self.node_ids(way)))
            found.update(dict.fromkeys(self._edges[step.links, step.number] for step in way))
        return list(found)

    def words(self, way: Way) -> str:
        """A way in words: 甲 → 生产 → 光刻胶 → 投入 → 芯片; an edge walked back has its arrows the other way."""
        parts = [self._names[way[0].start]]
        for step in way:
            said = EDGE_TYPE[step.links.type].zh
            parts += [f"→ {said} →" if step.is_along else f"← {said} ←", self._names[step.end]]
        return " ".join(parts)
