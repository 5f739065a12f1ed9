"""Where nodes stand that join a picture later: beside what they belong to, in its lanes, and nothing else moves."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from graph.model import Edge, Node
from graph.ontology import NODE_TYPES
from graph.texts import Language
from viz.layout import LABEL_SIZE, LEAST_COLUMN, LINE_ROOM, TIER_MARGIN, Lane, Layout, breadth, wrapped

_ABOVE, _BELOW, _BADGE = 18.0, 14.0, 46.0
"""Room above a node and between it and its label, and beside it for how many neighbours more it has."""
_STEP, _REACH = 8.0, 600
"""Heights are tried every so many units, so many times up and down: a lane of 500 nodes is no higher."""
_NEW_LANE = 140.0
_SIDE = {"outer": 0, "actor": 1, "product": 2, "rank": 1}

Box = tuple[float, float, float, float]


def grown(
    layout: Layout,
    placed: Mapping[str, Node],
    fresh: Sequence[Node],
    edges: Sequence[Edge],
    anchor: str | None,
    language: Language,
) -> Layout:
    """The layout with more nodes in it, none of those that are `placed` moved; equal for equal steps.

    A new node stands in the tier that its edges to the anchor, or else to any other node, say: inputs a tier before what they
    go into, others in the tier of what they touch, and as near to that in height as there is room. Tiers beyond the first and
    the last get lanes of their own.
    """
    growth = _Growth(layout, placed, language)
    around: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        around[edge.from_id].append(edge)
        around[edge.to_id].append(edge)
    waiting = list(fresh)
    while waiting:
        # What touches nothing on the canvas yet waits for what does.
        ready = [node for node in waiting if growth.beside(node, around[node.id])] or waiting
        for node in ready:
            growth.add(node, around[node.id], anchor)
        waiting = [node for node in waiting if node not in ready]
    return Layout(growth.positions, tuple(growth.lanes))


class _Growth:
    """A picture to which nodes are added one by one."""

    def __init__(self, layout: Layout, placed: Mapping[str, Node], language: Language) -> None:
        self.positions = dict(layout.positions)
        self.lanes = list(layout.lanes)
        self._language = language
        self._labels = {node_id: node.label for node_id, node in placed.items()}
        self._boxes = [self._box(node, *self.positions[node_id]) for node_id, node in placed.items()]
        self._is_ranked = bool(self.lanes) and self.lanes[0].key.endswith(":rank")

    def beside(self, node: Node, edges: Sequence[Edge]) -> list[tuple[Edge, str]]:
        """The edges of a node to those on the canvas, each with the node there."""
        both = ((edge, edge.to_id if edge.from_id == node.id else edge.from_id) for edge in edges)
        return [(edge, other) for edge, other in both if other in self.positions and other != node.id]

    def add(self, node: Node, edges: Sequence[Edge], anchor: str | None) -> None:
        """Give a node its place."""
        beside = self.beside(node, edges)
        beside.sort(key=lambda one: (one[1] != anchor, one[0].type != "INPUT_OF", one[0].id))
        lane = self._lane(node, beside)
        wish = self.positions[beside[0][1]][1] if beside else 0.0
        x, y = self._free(node, lane, wish)
        self.positions[node.id] = (round(x, 1), round(y, 1))
        self._labels[node.id] = node.label
        self._boxes.append(self._box(node, x, y))
        if node.label not in lane.labels:
            held = tuple(t.label for t in NODE_TYPES if t.label in (*lane.labels, node.label))[:3]
            self.lanes[self.lanes.index(lane)] = replace(lane, labels=held)

    # --- lanes ---

    def _lane(self, node: Node, beside: Sequence[tuple[Edge, str]]) -> Lane:
        """The lane where a node belongs, made where it lies beyond all others."""
        tier, side = self._tier(node, beside), self._side(node, beside)
        tiers = [lane.tier for lane in self.lanes]
        if not tiers or not min(tiers) <= tier <= max(tiers):
            self._widen(tier)
        near = min({lane.tier for lane in self.lanes}, key=lambda one: (abs(one - tier), one))
        own = [lane for lane in self.lanes if lane.tier == near]
        return min(own, key=lambda lane: abs(_SIDE[lane.key.partition(":")[2]] - _SIDE[side]))

    def _tier(self, node: Node, beside: Sequence[tuple[Edge, str]]) -> int:
        if not beside:
            return self.lanes[0].tier if self.lanes else 0
        edge, other = beside[0]
        tier = self._lane_at(self.positions[other][0]).tier
        if self._is_ranked or edge.type == "INPUT_OF":
            return tier + (1 if edge.to_id == node.id else -1)
        return tier

    def _side(self, node: Node, beside: Sequence[tuple[Edge, str]]) -> str:
        if self._is_ranked:
            return "rank"
        if node.label == "Product":
            return "product"
        return "actor" if any(self._labels[other] == "Product" for _, other in beside) else "outer"

    def _widen(self, tier: int) -> None:
        """Lanes for a tier before the first or after the last."""
        sides = ("rank",) if self._is_ranked else ("actor", "product")
        width = _NEW_LANE * len(sides)
        is_first = bool(self.lanes) and tier < self.lanes[0].tier
        start = self.lanes[0].x_min - TIER_MARGIN - width if is_first else 0.0
        if self.lanes and not is_first:
            start = self.lanes[-1].x_max + TIER_MARGIN
        new = [
            Lane(f"{tier}:{side}", tier, (), start + number * _NEW_LANE, start + (number + 1) * _NEW_LANE)
            for number, side in enumerate(sides)
        ]
        self.lanes = [*new, *self.lanes] if is_first else [*self.lanes, *new]

    def _lane_at(self, x: float) -> Lane:
        return min(self.lanes, key=lambda lane: max(lane.x_min - x, x - lane.x_max, 0.0))

    # --- room ---

    def _free(self, node: Node, lane: Lane, wish: float) -> tuple[float, float]:
        """The place in a lane, nearest to a height, where a node and its label cover no other."""
        columns = {x for x, _ in self.positions.values() if lane.x_min <= x <= lane.x_max}
        count = max(1, int((lane.x_max - lane.x_min) // LEAST_COLUMN))
        width = (lane.x_max - lane.x_min) / count
        columns |= {lane.x_min + (number + 0.5) * width for number in range(count)} if not columns else set()
        steps = np.arange(_REACH)
        tried = wish + np.concatenate([[0.0], np.repeat(steps[1:] * _STEP, 2) * np.tile([1.0, -1.0], _REACH - 1)])
        found = [(*self._first_free(node, x, tried), x) for x in sorted(columns)]
        _, y, x = min(found)
        return x, y

    def _first_free(
        self, node: Node, x: float, tried: "np.ndarray[tuple[int], np.dtype[np.float64]]"
    ) -> tuple[int, float]:
        """The first of some heights at which nothing is covered, and which of them it is; the last where none is free."""
        left, top, right, bottom = self._box(node, x, 0.0)
        near = np.array([box for box in self._boxes if box[0] < right and box[2] > left]).reshape(-1, 4)
        is_free = ~((tried[:, None] + top < near[:, 3]) & (tried[:, None] + bottom > near[:, 1])).any(axis=1)
        first = int(is_free.argmax()) if is_free.any() else len(tried) - 1
        return first, float(tried[first])

    def _box(self, node: Node, x: float, y: float) -> Box:
        lines = wrapped(node.name_in(self._language)).split("\n")
        half = max(map(breadth, lines)) * LABEL_SIZE / 4 + 4
        return x - half, y - _ABOVE, x + max(half, _BADGE), y + _BELOW + LINE_ROOM * len(lines)
