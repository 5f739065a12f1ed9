"""Where the nodes of a picture stand: tiers of products from left to right, the same at every call.

Each tier has two lanes, products on the right and what touches them first (enterprises, technologies, institutes,
centres) on the left: in one column the edges to makers would run through other nodes. What touches no product at all
(a place, say) gets a lane further left. Nodes stand in lanes in an order with few crossings, near their neighbours.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from graph.model import Subgraph
from graph.ontology import NODE_TYPES
from graph.texts import Language

Numbers = NDArray[np.float64]
Indices = NDArray[np.int64]

LABEL_SIZE = 14
"""Height of a letter of a label; the unit of all distances is a fourteenth of it."""
LINE = 16
"""Most half-width letters in a line of a label: eight Chinese characters."""
FOLD = 14
"""A lane with more nodes than this is folded into several columns."""

_CLOSING, _OPENING = frozenset("）】》”、，。·)]-,."), frozenset("（【《“([")
_NODE_ROOM, LINE_ROOM = 31.0, 15.0
LEAST_COLUMN, _COLUMN_AIR = 88.0, 22.0
TIER_MARGIN = 12.0
_SWEEPS = 8
_OUTER, _ACTOR, _PRODUCT = 0, 1, 2
_OFF_THE_LINE = 24.0


@dataclass(frozen=True, slots=True)
class Lane:
    """A vertical band of nodes: its tier (0 is the most upstream), what stands in it, and its reach in x.

    `labels` are the types of its nodes, at most three. The key is the tier and `outer`, `actor` or `product`; `rank` where there is no product, so no upstream either.
    """

    key: str
    tier: int
    labels: tuple[str, ...]
    x_min: float
    x_max: float


@dataclass(frozen=True, slots=True)
class Layout:
    """A position for each node (x to the right, y downwards, in units of a label of 14), and the lanes."""

    positions: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    lanes: tuple[Lane, ...] = ()


def layered(subgraph: Subgraph, language: Language = Language.ZH, *, is_to_grow: bool = False) -> Layout:
    """The picture of a subgraph, layered from left to right; equal for equal subgraphs.

    The tier of a product, 0 for the most upstream, is the longest path over INPUT_OF in the subgraph, edges that close a cycle
    dropped. Without any product all nodes are ranked so, over all
    edges. Tiers without nodes take no room; one of products alone has some for their makers where the picture `is_to_grow`. No node, with its label below it, its name in the language as
    `wrapped` breaks it, covers another.
    """
    if not subgraph.nodes:
        return Layout()
    index = {node.id: i for i, node in enumerate(subgraph.nodes)}
    pairs = sorted({(index[e.from_id], index[e.to_id]) for e in subgraph.edges if e.from_id != e.to_id})
    edges = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    tier, kind = _tiers_and_kinds(subgraph, index, edges)
    used, lane = np.unique(tier * 3 + kind, return_inverse=True)
    order = _order(lane, edges)
    folds = [_columns(count) for count in np.bincount(lane)]
    lanes, steps, empty = _lanes(subgraph, language, lane, used, folds, is_to_grow=is_to_grow)
    x, y = _positions(lane, order, edges, lanes, steps, folds)
    # On one line with two products, a maker would seem to be a stop of the edge between them.
    y = y - np.where(kind == _ACTOR, _OFF_THE_LINE, 0.0)
    return Layout(
        {node.id: (float(x[i]), float(y[i])) for i, node in enumerate(subgraph.nodes)},
        tuple(sorted((*lanes, *empty), key=lambda one: one.x_min)),
    )


def longest_paths(count: int, edges: Iterable[tuple[int, int]]) -> list[int]:
    """For each of `count` nodes, the length of the longest path that ends there, edges that close a cycle dropped.

    >>> longest_paths(4, [(0, 1), (1, 2), (0, 2), (2, 1)])
    [0, 1, 2, 0]
    """
    following: list[list[int]] = [[] for _ in range(count)]
    for source, target in sorted(edges):
        following[source].append(target)
    rank = [0] * count
    for node, kept in reversed(_finished(following)):
        for target in kept:
            rank[target] = max(rank[target], rank[node] + 1)
    return rank


def wrapped(text: str) -> str:
    """A label in at most two lines of eight Chinese characters, cut with an ellipsis; the tooltip has all of it.

    >>> wrapped("上海微电子装备集团股份")
    '上海微电子装\\n备集团股份'
    >>> wrapped("photoresist for ArF immersion")
    'photoresist for\\nArF immersion'
    >>> wrapped("Electrostatic chuck"), wrapped("Nextool Technology Co., Ltd.")
    ('Electrostatic\\nchuck', 'Nextool\\nTechnology…')
    """
    text = " ".join(text.split())
    if breadth(text) <= LINE:
        return text
    half = max(8, min(LINE, (breadth(text) + 1) // 2 + 2))
    lines: list[str] = []
    while text and len(lines) < 2:
        rooms = (half, LINE) if not lines and breadth(text) <= 2 * LINE else (LINE,)
        heads = [_head(text, room) for room in rooms]
        line = next((head for head in heads if head == text or _may_cut(text, len(head))), heads[0])
        lines.append(line.strip())
        text = text[len(line) :].lstrip()
    if text:
        lines[-1] = _head(lines[-1], LINE - 2).rstrip() + "…"
    return "\n".join(lines)


def _head(text: str, room: int) -> str:
    """As much of a text as fits, not cut inside a word of letters nor before a closing mark, where that can be."""
    end = len(text)
    while breadth(text[:end]) > room:
        end -= 1
    end = max(end, 1)
    fit = next((cut for cut in range(end, end // 3, -1) if _may_cut(text, cut)), end)
    return text[:fit]


def _may_cut(text: str, cut: int) -> bool:
    before, after = text[cut - 1 : cut], text[cut : cut + 1]
    is_word = before.isascii() and after.isascii() and before.isalnum() and after.isalnum()
    return not is_word and after not in _CLOSING and before not in _OPENING


def breadth(text: str) -> int:
    """How many half-width letters a text is wide."""
    return sum(1 if ord(letter) < 0x2E80 else 2 for letter in text)


def _finished(following: list[list[int]]) -> list[tuple[int, list[int]]]:
    """Nodes in the order a depth-first search leaves them, each with its edges that close no cycle.

    It starts at nodes without inputs: from elsewhere a cycle would be cut at an arbitrary place.
    """
    count = len(following)
    inputs = Counter(target for targets in following for target in targets)
    state = [0] * count
    finished: list[tuple[int, list[int]]] = []
    for start in sorted(range(count), key=lambda node: (inputs[node] > 0, node)):
        if state[start]:
            continue
        state[start] = 1
        stack = [(start, iter(following[start]))]
        kept: dict[int, list[int]] = {start: []}
        while stack:
            node, targets = stack[-1]
            for target in targets:
                if state[target] != 1:
                    kept[node].append(target)
                if state[target] == 0:
                    state[target] = 1
                    kept[target] = []
                    stack.append((target, iter(following[target])))
                    break
            else:
                stack.pop()
                state[node] = 2
                finished.append((node, kept[node]))
    return finished


def _tiers_and_kinds(subgraph: Subgraph, index: Mapping[str, int], edges: Indices) -> tuple[Indices, Indices]:
    """Of each node its tier and which lane of the tier it stands in."""
    count = len(subgraph.nodes)
    is_product = np.array([node.label == "Product" for node in subgraph.nodes])
    if not is_product.any():
        ranks = longest_paths(count, [(int(a), int(b)) for a, b in edges])
        return np.array(ranks, dtype=np.int64), np.full(count, _ACTOR, dtype=np.int64)
    kind = np.full(count, _OUTER, dtype=np.int64)
    kind[is_product] = _PRODUCT
    tier = _product_tiers(subgraph, index)
    _spread(tier, kind, edges)
    return tier, kind


def _product_tiers(subgraph: Subgraph, index: Mapping[str, int]) -> Indices:
    """The tiers of products; a number larger than any tier for the other nodes.

    A product that no INPUT_OF reaches stands beside the one it is a kind of, not among the raw materials.
    """
    inputs = [(index[e.from_id], index[e.to_id]) for e in subgraph.edges if e.type == "INPUT_OF"]
    kinds = [(index[e.from_id], index[e.to_id]) for e in subgraph.edges if e.type == "KIND_OF"]
    rank = longest_paths(len(subgraph.nodes), inputs)
    placed = {node for pair in inputs for node in pair}
    for narrower, broader in kinds:
        for one, other in ((narrower, broader), (broader, narrower)):
            if one not in placed and other in placed:
                rank[one] = rank[other]
    products = [i for i, node in enumerate(subgraph.nodes) if node.label == "Product"]
    result = np.full(len(rank), np.iinfo(np.int64).max, dtype=np.int64)
    result[products] = [rank[i] for i in products]
    return result


def _spread(tier: Indices, kind: Indices, edges: Indices) -> None:
    """Give the other nodes the lowest tier they touch, nearest first; what touches nothing comes first of all."""
    far = np.iinfo(np.int64).max
    placed = kind == _PRODUCT
    level = _ACTOR
    both = np.concatenate([edges, edges[:, ::-1]])
    while True:
        reach = both[placed[both[:, 0]] & ~placed[both[:, 1]]]
        if not len(reach):
            break
        np.minimum.at(tier, reach[:, 1], tier[reach[:, 0]])
        fresh = np.unique(reach[:, 1])
        kind[fresh] = level
        placed[fresh] = True
        level = _OUTER
    tier[~placed] = tier[placed].min()
    tier[tier == far] = 0


def _order(lane: Indices, edges: Indices) -> Indices:
    """The place of each node in its lane, counted from the top: of two start orders the one with fewer crossings."""
    across = edges[lane[edges[:, 0]] != lane[edges[:, 1]]]
    starts = (np.arange(len(lane), dtype=np.float64), _spectral(len(lane), edges))
    found = [_swept(lane, _ranked(lane, start), across) for start in starts]
    return min(found, key=lambda pair: pair[0])[1]


def _spectral(count: int, edges: Indices) -> Numbers:
    """A coordinate in which neighbours are near: power iteration towards the second eigenvector of the random walk.

    The start vector is fixed (ARPACK's is random), and so is the number of steps.
    """
    ones = np.ones(len(edges))
    graph = coo_array((ones, (edges[:, 0], edges[:, 1])), shape=(count, count))
    walk = (graph + graph.T).tocsr()
    degree = np.asarray(walk.sum(axis=1)).ravel() + 1.0
    vector = np.cos(np.arange(count) * 2.399963)
    for _ in range(100):
        vector = 0.5 * vector + 0.5 * (walk @ vector + vector) / degree
        vector -= (degree @ vector) / degree.sum()
        vector /= np.abs(vector).max() or 1.0
    result: Numbers = np.round(vector, 9)
    return result


def _ranked(lane: Indices, key: Numbers) -> Indices:
    """The place of each node in its lane by a key; ties by index, which is by id."""
    sequence = np.lexsort((np.arange(len(lane)), key, lane))
    starts = np.concatenate([[0], np.cumsum(np.bincount(lane))])
    order = np.empty(len(lane), dtype=np.int64)
    order[sequence] = np.arange(len(lane)) - starts[lane[sequence]]
    return order


def _swept(lane: Indices, order: Indices, edges: Indices) -> tuple[int, Indices]:
    """The best order met while sweeping barycentres to and fro, and its number of crossings."""
    sizes = np.bincount(lane)
    sweeps = (_Pull(lane, edges, forward=True), _Pull(lane, edges, forward=False))
    columns = np.arange(len(sizes), dtype=np.float64)

    def counted(candidate: Indices) -> tuple[int, Indices]:
        height = candidate - (sizes[lane] - 1) / 2
        return crossings(columns, lane, height, edges), candidate

    best = counted(order)
    idle = 0
    for turn in range(_SWEEPS):
        order = sweeps[turn % 2].swept(order)
        found = counted(order)
        idle = 0 if found[0] < best[0] else idle + 1
        best = min(best, found, key=lambda pair: pair[0])
        if idle == 3 or best[0] == 0:
            break
    return best


class _Pull:
    """The edges that pull each lane towards the lanes already ordered, sorted by lane once for all sweeps."""

    def __init__(self, lane: Indices, edges: Indices, *, forward: bool) -> None:
        both = np.concatenate([edges, edges[:, ::-1]])
        step = lane[both[:, 1]] - lane[both[:, 0]]
        both = both[step > 0] if forward else both[step < 0]
        weight = 1.0 / np.abs(lane[both[:, 1]] - lane[both[:, 0]])
        target_lane = lane[both[:, 1]]
        sequence = np.argsort(target_lane, kind="stable")
        self._sources, self._targets, self._weights = both[sequence, 0], both[sequence, 1], weight[sequence]
        lanes = int(lane.max()) + 1
        bounds = np.searchsorted(target_lane[sequence], np.arange(lanes + 1))
        numbers = range(lanes) if forward else range(lanes - 1, -1, -1)
        self._slices = [(n, slice(int(bounds[n]), int(bounds[n + 1]))) for n in numbers]
        members = np.argsort(lane, kind="stable")
        starts = np.concatenate([[0], np.cumsum(np.bincount(lane))])
        self._members = [members[a:b] for a, b in pairwise(starts)]

    def swept(self, order: Indices) -> Indices:
        """The order after each lane was sorted by the mean place of its neighbours behind."""
        result = order.copy()
        place = np.empty(len(order))
        for number, part in self._slices:
            members = self._members[number]
            own = (result[members] + 0.5) / len(members)
            total = np.bincount(self._targets[part], self._weights[part], len(order))[members]
            moment = np.bincount(self._targets[part], self._weights[part] * place[self._sources[part]], len(order))[
                members
            ]
            wish = np.where(total > 0, moment / np.maximum(total, 1e-12), own)
            sequence = np.lexsort((members, own, np.round(wish, 9)))
            result[members[sequence]] = np.arange(len(members))
            place[members] = (result[members] + 0.5) / len(members)
        return result


def crossings(columns: Numbers, column: Indices, y: Numbers, edges: Indices) -> int:
    """How many pairs of straight edges cross: `columns` are the x in rising order, `column` and `y` say where each node is.

    Edges that meet in a node, or run within one column, do not count. Between two neighbouring columns the edges are
    ordered once at the left and once at the right; each pair that changes places crosses there, and nowhere else.

    >>> xs, column, y = np.array([0.0, 1.0]), np.array([0, 0, 1, 1]), np.array([0.0, 1.0, 0.0, 1.0])
    >>> crossings(xs, column, y, np.array([[0, 3], [1, 2]])), crossings(xs, column, y, np.array([[0, 2], [1, 3]]))
    (1, 0)
    """
    ends = np.where((column[edges[:, 0]] <= column[edges[:, 1]])[:, None], edges, edges[:, ::-1])
    left, right = column[ends[:, 0]], column[ends[:, 1]]
    spans = right - left
    edge = np.repeat(np.arange(len(ends)), spans)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(spans) - spans, spans)
    gap = left[edge] + step
    x_left, x_right = columns[left[edge]], columns[right[edge]]
    y_left, y_right = y[ends[edge, 0]], y[ends[edge, 1]]
    slope = (y_right - y_left) / (x_right - x_left)
    before = np.round(y_left + slope * (columns[gap] - x_left), 6)
    after = np.round(y_left + slope * (columns[gap + 1] - x_left), 6)
    first = np.lexsort((after, before, gap))
    second = np.lexsort((np.arange(len(first)), after[first], gap[first]))
    rank = np.empty(len(first), dtype=np.int64)
    rank[second] = np.arange(len(first))
    return _inversions(rank)


def _inversions(rank: Indices) -> int:
    """How many pairs of a permutation of 0…n-1 stand in falling order, in O(n log n) without a Python loop over n.

    From the highest bit down the sequence is split stably into zeros and ones; a one before a zero in a part is a
    pair that falls. A part of values with equal higher bits starts where its smallest value will end.
    """
    count, total = len(rank), 0
    positions = np.arange(count)
    for bit in reversed(range(max(count - 1, 0).bit_length())):
        one = (rank >> bit) & 1
        start = (rank >> (bit + 1)) << (bit + 1)
        ones_before = np.cumsum(one) - one
        ones_before -= ones_before[start]
        total += int(ones_before[one == 0].sum())
        place = start + np.where(one == 1, (1 << bit) + ones_before, positions - start - ones_before)
        split = np.empty_like(rank)
        split[place] = rank
        rank = split
    return total


def _columns(count: int) -> int:
    """How many columns a lane is folded into: as few as hold `FOLD` each, but no wider than a wide picture is.

    >>> [_columns(n) for n in (1, 14, 15, 40, 600)]
    [1, 1, 2, 3, 14]
    """
    return min(ceil(count / FOLD), ceil(sqrt(count / 3.5)))


def _lanes(
    subgraph: Subgraph, language: Language, lane: Indices, used: Indices, folds: Sequence[int], *, is_to_grow: bool
) -> tuple[tuple[Lane, ...], list[float], list[Lane]]:
    """The lanes, as wide as the longest label of each needs, the distances of rows that the highest needs, and lanes beside
    products that wait for nodes where the picture is to grow.
    """
    labels: list[Counter[str]] = [Counter() for _ in used]
    widths, steps = [LEAST_COLUMN] * len(used), [0.0] * len(used)
    for node, number in zip(subgraph.nodes, lane, strict=True):
        labels[number][node.label] += 1
        lines = wrapped(node.name_in(language)).split("\n")
        widths[number] = max(widths[number], max(map(breadth, lines)) * LABEL_SIZE / 2 + _COLUMN_AIR)
        steps[number] = max(steps[number], _NODE_ROOM + LINE_ROOM * len(lines))
    has_products = any(held["Product"] for held in labels)
    lanes: list[Lane] = []
    empty: list[Lane] = []
    x = 0.0
    for number, code in enumerate(used):
        tier, kind = divmod(int(code), 3)
        if lanes and lanes[-1].tier != tier:
            x += TIER_MARGIN
        if is_to_grow and kind == _PRODUCT and int(code) - 1 not in used:
            empty.append(Lane(f"{tier}:actor", tier, (), x, x + LEAST_COLUMN))
            x += LEAST_COLUMN
        held = tuple(t.label for t in NODE_TYPES if labels[number][t.label])[:3]
        key = f"{tier}:{('outer', 'actor', 'product')[kind] if has_products else 'rank'}"
        lanes.append(Lane(key, tier, held, x, x + widths[number] * folds[number]))
        x = lanes[-1].x_max
    return tuple(lanes), steps, empty


def _positions(
    lane: Indices,
    order: Indices,
    edges: Indices,
    lanes: Sequence[Lane],
    steps: Sequence[float],
    folds: Sequence[int],
) -> tuple[Numbers, Numbers]:
    """Coordinates of all nodes: columns staggered by order, y by isotonic regression towards the neighbours."""
    from scipy.optimize import isotonic_regression  # Half a second, which a command without a picture need not wait.

    fold = np.array(folds)[lane]
    x_min = np.array([band.x_min for band in lanes])[lane]
    width = np.array([band.x_max - band.x_min for band in lanes])[lane]
    x = x_min + (order % fold + 0.5) * width / fold
    sizes = np.bincount(lane)
    y = (order - (sizes[lane] - 1) / 2) * np.array(steps)[lane] / fold
    members = [np.flatnonzero(lane == number) for number in range(len(sizes))]
    members = [m[np.argsort(order[m])] for m in members]
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(len(lane), len(lane)))
    touches = (graph + graph.T).tocsr()
    degree = np.asarray(touches.sum(axis=1)).ravel()
    rows = [touches[m] for m in members]
    back_and_forth = [*range(len(members)), *reversed(range(len(members)))]
    for number in back_and_forth * 3:
        inside = members[number]
        least = np.arange(len(inside)) * steps[number] / folds[number]
        mean = (rows[number] @ y) / np.maximum(degree[inside], 1.0)
        wish = np.where(degree[inside] > 0, mean, y[inside])
        y[inside] = isotonic_regression(wish - least).x + least
    return np.round(x, 1), np.round(y - (y.min() + y.max()) / 2, 1)
