"""What hangs on what in a directed graph: articulation points, bridges, dominators, paths, cuts, components, tiers.

Nodes are numbers 0…nodes−1, edges go from `tail[m]` to `head[m]`: from supplier to buyer, or from input to product.
Parallel edges and self-loops change none of the answers. A path has no node twice, a walk may.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import rustworkx as rx
from numpy.typing import ArrayLike
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components, maximum_flow

from queries.algorithms.arrays import BoolArray, FloatArray, IntArray, amounts, indices

_MOST = 2**31 - 1
"""The largest capacity that scipy's maximum flow can hold."""


# --- what falls apart ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class WeakJoints:
    """Where a network, taken without directions, falls apart."""

    nodes: IntArray  # articulation points, ascending
    pairs: IntArray  # (k, 2) bridges, the smaller number first, ascending


def weak_joints(nodes: int, tail: ArrayLike, head: ArrayLike) -> WeakJoints:
    """Articulation points and bridges: nodes and pairs whose loss leaves more parts than before. Source: Tarjan 1972.

    >>> found = weak_joints(4, [0, 1, 2, 2], [1, 2, 0, 3])  # a triangle with a tail
    >>> found.nodes, found.pairs
    (array([2]), array([[2, 3]]))
    """
    source, target = _simple_links(nodes, tail, head)
    pairs = np.unique(np.sort(np.stack([source, target], axis=1), axis=1), axis=0)
    graph = rx.PyGraph[None, None](multigraph=False)
    graph.add_nodes_from([None] * nodes)
    graph.extend_from_edge_list([(int(a), int(b)) for a, b in pairs])
    joints = sorted(rx.articulation_points(graph))
    bridges = sorted((min(pair), max(pair)) for pair in rx.bridges(graph))
    return WeakJoints(np.array(joints, np.int64), np.array(bridges, np.int64).reshape(-1, 2))


def dominators(nodes: int, tail: ArrayLike, head: ArrayLike, sources: ArrayLike) -> Mapping[int, int | None]:
    """The immediate dominator of each node reached from `sources`: the last other node on every path from any of them.

    `None` where there is none: for a source, and for a node that disjoint paths lead to. Source: Cooper, Harvey,
    Kennedy 2006.

    >>> dominators(5, [0, 1, 1, 2, 3], [1, 2, 3, 4, 4], sources=[0])
    {0: None, 1: 0, 2: 1, 3: 1, 4: 1}
    """
    source, target = _simple_links(nodes, tail, head)
    starts = np.unique(indices("sources", sources, nodes))
    graph = _digraph(nodes + 1, np.append(source, [nodes] * len(starts)), np.append(target, starts))
    found = rx.immediate_dominators(graph, nodes)
    return {node: None if found[node] == nodes else found[node] for node in sorted(found) if node != nodes}


def on_every_way(
    nodes: int, tail: ArrayLike, head: ArrayLike, sources: ArrayLike, targets: ArrayLike
) -> list[int] | None:
    """The nodes on every path from any source to any target, in the order of the paths; `None` where there is no path.

    >>> on_every_way(5, [0, 1, 2, 2], [2, 2, 3, 4], sources=[0, 1], targets=[3, 4])
    [2]
    """
    source, target = _simple_links(nodes, tail, head)
    ends = np.unique(indices("targets", targets, nodes))
    above = dominators(nodes + 1, np.append(source, ends), np.append(target, [nodes] * len(ends)), sources)
    if nodes not in above:
        return None
    found: list[int] = []
    node = above[nodes]
    while node is not None:
        found.append(node)
        node = above[node]
    return found[::-1]


def betweenness(nodes: int, tail: ArrayLike, head: ArrayLike) -> FloatArray:
    """The mean share of shortest paths between two other nodes that pass each node, over all ordered pairs; (nodes), 0–1.

    Source: Brandes 2001, J. Math. Sociol. 25:163. Every edge has length 1.

    >>> betweenness(3, [0, 1], [1, 2])  # one of the two ordered pairs of others has a path, through node 1
    array([0. , 0.5, 0. ])
    """
    graph = _digraph(nodes, *_simple_links(nodes, tail, head))
    found = rx.digraph_betweenness_centrality(graph, normalized=True)
    # Added up by several threads, in any order: without the last places two answers are equal.
    return np.array([found[node] for node in range(nodes)]).round(12)


# --- paths and cuts ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Way:
    """A path, its nodes and edges in order, and what its edges cost together."""

    cost: float
    nodes: tuple[int, ...]
    links: tuple[int, ...] = ()


_TIE = 1e-9
"""Costs that differ by less are equal: sums of the same costs in another order are."""


def shortest_ways(
    nodes: int, tail: ArrayLike, head: ArrayLike, cost: ArrayLike, sources: ArrayLike, targets: ArrayLike, most: int,
    most_links: int | None = None,
) -> list[Way]:  # fmt: skip
    """The `most` cheapest paths from any source to any target, the cheapest first; fewer where there are fewer.

    `cost` ≥ 0 of each edge adds up along a path: −ln(reliability) makes the cheapest path the most reliable one, 1/share
    the one over the largest shares. Of paths of equal cost the one of fewer edges comes first, then of the smaller source,
    then of the smaller edge where they part. Of parallel edges the cheapest counts, the first of equals.
    `most_links` bounds the edges of a path. Source: Yen 1971, Manage. Sci. 17:712; the spur from a node is the cheapest
    walk within the edges left (Bellman 1958), which is a path where no shorter one costs as little.
    Not `networkx.shortest_simple_paths`, which has no bound on edges and leaves the order of equals open.

    >>> shortest_ways(3, [0, 1, 0], [1, 2, 2], [1, 1, 3], sources=[0], targets=[2], most=2)
    [Way(cost=2.0, nodes=(0, 1, 2), links=(0, 1)), Way(cost=3.0, nodes=(0, 2), links=(2,))]
    """
    price = amounts("cost", cost)
    source, target = _links(nodes, tail, head)
    if len(price) != len(source):
        raise ValueError(f"cost has {len(price)} values; it must have {len(source)}")
    starts, ends = np.unique(indices("sources", sources, nodes)), np.unique(indices("targets", targets, nodes))
    if most < 1 or not len(starts) or not len(ends):
        return []
    bound = nodes - 1 if most_links is None else min(most_links, nodes - 1)
    network = _between(nodes, source, target, price, starts, ends, bound)
    found: list[_Path] = []
    waiting: dict[tuple[int, ...], _Path] = {}
    first = network.onward((network.start,), frozenset())
    if first:
        waiting[first.links] = first
    while waiting and len(found) < most:
        best = min(waiting.values(), key=lambda path: path.order)
        del waiting[best.links]
        found.append(best)
        if len(found) < most:
            for path in _beside(network, best, found):
                waiting.setdefault(path.links, path)
    return [network.way(path) for path in found]


@dataclass(frozen=True, slots=True)
class _Path:
    """A path from the node before all sources to the one behind all targets."""

    cost: float
    nodes: tuple[int, ...]
    links: tuple[int, ...]

    @property
    def order(self) -> tuple[float, int, tuple[int, ...]]:
        return (round(self.cost, 9), len(self.links), self.links)


@dataclass(frozen=True, slots=True, eq=False)
class _Between:
    """The nodes and edges that paths within the bound can use, by node that they leave and by number."""

    number: IntArray  # (nodes) the number that a node had
    link: IntArray  # (edges) the number that an edge had, −1 for those of the first and last node
    tail: IntArray
    head: IntArray
    price: FloatArray
    first: IntArray  # the places of the edges of node i are first[i] … first[i + 1] − 1
    start: int
    end: int
    bound: int  # edges at most, those of the first and last node among them

    def onward(self, root: tuple[int, ...], taken: frozenset[int]) -> _Path | None:
        """The best spur from the last node of a root that meets no other of its nodes and begins with no edge taken."""
        is_open = np.ones(len(self.number), np.bool_)
        is_open[list(root[:-1])] = False
        price = np.where(is_open[self.head] & is_open[self.tail], self.price, np.inf)
        price[list(taken)] = np.inf
        here, left = root[-1], self.bound - (len(root) - 1)
        costs = self._least_costs(price, left)
        total = float(costs[min(left, len(costs) - 1)][here])
        if np.isinf(total):
            return None
        left = next(k for k, cost in enumerate(costs) if cost[here] <= total + _TIE)
        nodes, links, spent = [here], list[int](), 0.0
        while here != self.end:
            left -= 1
            places = np.arange(self.first[here], self.first[here + 1])
            rest = spent + price[places] + costs[left][self.head[places]]
            place = int(places[np.argmax(rest <= total + _TIE)])
            spent += float(price[place])
            here = int(self.head[place])
            nodes.append(here)
            links.append(place)
        return _Path(spent, tuple(nodes), tuple(links))

    def _least_costs(self, price: FloatArray, most: int) -> list[FloatArray]:
        """The least cost from each node to the end within 0, 1, … edges, as far as more edges make a difference."""
        least = np.full(len(self.number), np.inf)
        least[self.end] = 0
        costs = [least]
        has_links = np.diff(self.first) > 0
        for _ in range(most):
            reached = np.minimum.reduceat(price + least[self.head], self.first[:-1][has_links])
            further = least.copy()
            further[has_links] = np.minimum(least[has_links], reached)
            if np.array_equal(further, least):
                break
            costs.append(further)
            least = further
        return costs

    def way(self, path: _Path) -> Way:
        """The path as the caller numbers it."""
        links = self.link[list(path.links[1:-1])]
        return Way(path.cost, tuple(self.number[list(path.nodes[1:-1])].tolist()), tuple(links.tolist()))


def _beside(network: _Between, best: _Path, found: Sequence[_Path]) -> Iterator[_Path]:
    """The best paths that leave a path at each of its nodes, by none of the edges by which paths found before leave it."""
    for k in range(len(best.links)):
        taken = frozenset(path.links[k] for path in found if path.links[:k] == best.links[:k] and len(path.links) > k)
        spur = network.onward(best.nodes[: k + 1], taken)
        if spur:
            cost = float(network.price[list(best.links[:k])].sum()) + spur.cost
            yield _Path(cost, best.nodes[:k] + spur.nodes, best.links[:k] + spur.links)


def _between(
    nodes: int, source: IntArray, target: IntArray, price: FloatArray, starts: IntArray, ends: IntArray, bound: int
) -> _Between:
    """The part of a network that lies on walks from the starts to the ends within a bound, with a node before and behind."""
    steps = np.full((2, nodes), bound + 1)
    for side, (a, b, origin) in enumerate(((source, target, starts), (target, source, ends))):
        reached = trace(adjacency(nodes, a, b), origin, most_tiers=bound)
        steps[side, reached.nodes] = reached.tier
    number = np.flatnonzero(steps.sum(axis=0) <= bound)
    place = np.full(nodes, -1)
    place[number] = np.arange(len(number))
    link = np.flatnonzero((place[source] >= 0) & (place[target] >= 0) & (source != target))
    # Of parallel edges the cheapest, then the first.
    link = link[np.lexsort((link, price[link], target[link], source[link]))]
    is_first = np.ones(len(link), np.bool_)
    is_first[1:] = (np.diff(source[link]) != 0) | (np.diff(target[link]) != 0)
    link = link[is_first]
    link = link[np.lexsort((link, source[link]))]
    starts, ends = place[starts], place[ends]
    starts, ends = starts[starts >= 0], ends[ends >= 0]
    size = len(number)
    tail = np.concatenate([place[source[link]], np.full(len(starts), size), ends])
    head = np.concatenate([place[target[link]], starts, np.full(len(ends), size + 1)])
    paid = np.concatenate([price[link], np.zeros(len(starts) + len(ends))])
    link = np.concatenate([link, np.full(len(starts) + len(ends), -1)])
    order = np.argsort(tail, kind="stable")
    first = np.searchsorted(tail[order], np.arange(size + 3))
    return _Between(
        np.append(number, [-1, -1]),
        link[order],
        tail[order],
        head[order],
        paid[order],
        first,
        size,
        size + 1,
        bound + 2,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A maximum flow and the cut that bounds it."""

    flow: int
    links: IntArray  # whose loss stops the flow, ascending: the minimum cut nearest to the start
    is_before: BoolArray  # (nodes) whether a node is on the start's side of it


def least_cut(nodes: int, tail: ArrayLike, head: ArrayLike, capacity: ArrayLike, start: int, end: int) -> Cut:
    """The maximum flow from `start` to `end` over edges of whole capacities ≥ 0, and the minimum cut, which equals it.

    Source: Ford and Fulkerson 1956, Can. J. Math. 8:399. Raises `ValueError` for capacities that are not whole or not well below 2³¹, and where start is end.

    >>> found = least_cut(3, [0, 0, 1], [1, 2, 2], [5, 1, 3], start=0, end=2)
    >>> found.flow, found.links, found.is_before
    (4, array([1, 2]), array([ True,  True, False]))
    """
    source, target = _links(nodes, tail, head)
    size = indices("capacity", capacity, _MOST, len(source))
    ends = indices("start and end", [start, end], nodes)
    if start == end:
        raise ValueError(f"start and end are both {start}; a cut parts two nodes")
    is_kept = source != target
    graph = _matrix(nodes, source[is_kept], target[is_kept], size[is_kept])
    largest = max(2 * int(graph.data.max(initial=0)), int(graph[[start]].sum()))
    if largest > _MOST:
        raise ValueError(f"capacities reach {largest}; take a larger unit, so that they stay below 2³¹")
    found = maximum_flow(graph.astype(np.int32), *ends.tolist())
    left = graph - found.flow
    left.eliminate_zeros()
    is_before = np.zeros(nodes, np.bool_)
    is_before[breadth_first_order(left, start, return_predecessors=False)] = True
    links = np.flatnonzero(is_before[source] & ~is_before[target] & (size > 0))
    return Cut(int(found.flow_value), links, is_before)


@dataclass(frozen=True, slots=True)
class Severance:
    """How many firms must fail to part the sources from the targets, and which do."""

    ways: int
    firms: tuple[int, ...]


def disjoint_ways(
    nodes: int, tail: ArrayLike, head: ArrayLike, sources: ArrayLike, targets: ArrayLike, lasting: ArrayLike = ()
) -> Severance:
    """The most paths from sources to targets that share no firm, and the fewest firms that sever all, nearest to sources.

    Sources can fail, targets cannot: they are what is to be supplied. Nor can the `lasting` nodes, which are no firms;
    each source must be one. The two numbers are equal (Menger 1927, Fund. Math. 10:96); both come from a maximum flow on
    nodes split in two. 0 and no firms where there is no path.
    Raises `ValueError` for a node that is both source and target.

    >>> disjoint_ways(5, [0, 1, 2, 3], [2, 2, 3, 4], sources=[0, 1], targets=[4])  # all goes through 2, then 3
    Severance(ways=1, firms=(2,))
    """
    source, target = _simple_links(nodes, tail, head)
    starts, ends = np.unique(indices("sources", sources, nodes)), np.unique(indices("targets", targets, nodes))
    both = np.intersect1d(starts, ends)
    if len(both):
        raise ValueError(f"node {both[0]} is both source and target; nothing parts it from itself")
    everyone = np.arange(nodes)
    # More than can flow: every source is left over an edge of capacity 1.
    many = len(starts) + 1
    # Node i is entered at i and left at nodes + i, over an edge that stands for the firm itself.
    within = np.ones(nodes, np.int64)
    within[ends] = many
    within[indices("lasting", lasting, nodes)] = many
    tails = np.concatenate([everyone, source + nodes, np.full(len(starts), 2 * nodes), ends + nodes])
    heads = np.concatenate([everyone + nodes, target, starts, np.full(len(ends), 2 * nodes + 1)])
    capacity = np.concatenate([within, np.full(len(source) + len(starts) + len(ends), many)])
    cut = least_cut(2 * nodes + 2, tails, heads, capacity, 2 * nodes, 2 * nodes + 1)
    return Severance(cut.flow, tuple(int(link) for link in cut.links))


# --- components, tiers, breadth-first search -------------------------------------------------------------------------------------------------


def cycles(nodes: int, tail: ArrayLike, head: ArrayLike) -> list[list[int]]:
    """The strongly connected components of two nodes or more, each ascending, in the order of their first nodes.

    Source: Tarjan 1972, SIAM J. Comput. 1:146.

    >>> cycles(4, [0, 1, 2, 3], [1, 0, 3, 3])
    [[0, 1]]
    """
    source, target = _links(nodes, tail, head)
    part = _strong_parts(nodes, source, target)
    order = np.argsort(part, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(part[order])) + 1)
    return sorted(group.tolist() for group in groups if len(group) > 1)


def tiers(nodes: int, tail: ArrayLike, head: ArrayLike) -> IntArray:
    """How far down a chain each node stands: the most steps from a node without suppliers, 0 for one itself.

    Edges within a cycle that do not lead away from where the cycle is entered (the fewest steps from nodes without
    suppliers, or from its smallest node where it has none outside) are left out; what remains has no cycle.

    >>> tiers(4, [0, 1, 2, 0], [1, 2, 1, 3])  # 2 → 1 leads back
    array([0, 1, 2, 1])
    """
    source, target = _simple_links(nodes, tail, head)
    part = _strong_parts(nodes, source, target)
    is_inner = part[source] == part[target]
    has_supplier = np.zeros(nodes, np.bool_)
    has_supplier[part[target[~is_inner]]] = True
    # Of each part that nothing outside supplies: its smallest node.
    parts, first = np.unique(part, return_index=True)
    starts = np.sort(first[~has_supplier[parts]])
    steps = np.full(nodes, nodes)
    reached = trace(adjacency(nodes, source, target), starts)
    steps[reached.nodes] = reached.tier
    is_kept = ~is_inner | (steps[source] < steps[target])
    found = np.zeros(nodes, np.int64)
    graph = _digraph(nodes, source[is_kept], target[is_kept])
    for tier, members in enumerate(rx.topological_generations(graph)):
        found[list(members)] = tier
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Adjacency:
    """Edges in the order of the node that they leave, made once for many searches."""

    start: IntArray  # (nodes + 1) the places of the edges of node i are start[i] … start[i + 1] − 1
    link: IntArray  # (edges) the number that an edge had
    head: IntArray  # (edges)


def adjacency(nodes: int, tail: ArrayLike, head: ArrayLike) -> Adjacency:
    """The edges that leave each node. Exchange tail and head to go from buyers to suppliers.

    >>> found = adjacency(3, [2, 0, 0], [0, 1, 2])
    >>> found.start, found.link, found.head
    (array([0, 2, 2, 3]), array([1, 2, 0]), array([1, 2, 0]))
    """
    source, target = _links(nodes, tail, head)
    order = np.argsort(source, kind="stable")
    return Adjacency(np.searchsorted(source[order], np.arange(nodes + 1)), order, target[order])


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """What a search reached: nodes in the order of tier and number, edges in the order in which they were followed."""

    nodes: IntArray
    tier: IntArray  # (nodes reached) the fewest steps from a start; 0 for the starts
    links: IntArray
    is_back: BoolArray  # (edges followed) whether it leads to a node of the same tier or an earlier one, as on a cycle
    is_cut_short: bool  # whether `most_nodes` ended the search


def trace(
    links: Adjacency, starts: ArrayLike, *, most_tiers: int | None = None, most_nodes: int | None = None
) -> Trace:
    """Breadth-first search from the starts, tier by tier; every node once, so cycles end. Source: Moore 1959.

    A tier that would exceed `most_nodes` is filled with its smallest numbers. Edges of the last tier are not followed.
    Not scipy's or rustworkx's, which begin at one node, have no bounds and say no edges: this one takes time for what is
    reached, not for the whole graph, apart from one flag a node.

    >>> found = trace(adjacency(4, [0, 1, 2, 2], [1, 2, 0, 3]), [0], most_tiers=2)
    >>> found.nodes, found.tier, found.links, found.is_back
    (array([0, 1, 2]), array([0, 1, 2]), array([0, 1]), array([False, False]))
    """
    size = len(links.start) - 1
    frontier = np.unique(indices("starts", starts, size))
    room = size if most_nodes is None else max(most_nodes, len(frontier))
    is_reached = np.zeros(size, np.bool_)
    is_reached[frontier] = True
    nodes, walked, is_back, is_cut_short = [frontier], [], [], False
    while len(frontier) and (most_tiers is None or len(nodes) <= most_tiers) and not is_cut_short:
        places = link_places(links.start, frontier)
        heads = links.head[places]
        is_new = ~is_reached[heads]
        found = np.unique(heads[is_new])
        left = room - sum(map(len, nodes))
        is_cut_short = len(found) > left
        frontier = found[:left]
        is_reached[frontier] = True
        is_kept = is_reached[heads]
        walked.append(links.link[places][is_kept])
        is_back.append(~is_new[is_kept])
        nodes.append(frontier)
    return Trace(
        np.concatenate(nodes), np.repeat(np.arange(len(nodes)), [len(found) for found in nodes]),
        np.concatenate([*walked, np.zeros(0, np.int64)]), np.concatenate([*is_back, np.zeros(0, np.bool_)]), is_cut_short,
    )  # fmt: skip


def link_places(start: IntArray, nodes: IntArray) -> IntArray:
    """The places in `Adjacency.link` of all edges of some nodes, node by node; a node may be named several times.

    >>> link_places(np.array([0, 2, 2, 3]), np.array([2, 0]))
    array([2, 0, 1])
    """
    counts = start[nodes + 1] - start[nodes]
    before = np.cumsum(counts) - counts
    places: IntArray = np.arange(counts.sum()) + np.repeat(start[nodes] - before, counts)
    return places


# --- edges -----------------------------------------------------------------------------------------------------------


def _links(nodes: int, tail: ArrayLike, head: ArrayLike) -> tuple[IntArray, IntArray]:
    source = indices("tail", tail, nodes)
    return source, indices("head", head, nodes, len(source))


def _simple_links(nodes: int, tail: ArrayLike, head: ArrayLike) -> tuple[IntArray, IntArray]:
    """Each pair once and no node with itself: rustworkx takes neither into account."""
    source, target = _links(nodes, tail, head)
    pairs = np.unique((source * nodes + target)[source != target])
    return pairs // max(nodes, 1), pairs % max(nodes, 1)


def _digraph(nodes: int, source: IntArray, target: IntArray) -> "rx.PyDiGraph[None, None]":
    graph: rx.PyDiGraph[None, None] = rx.PyDiGraph(multigraph=False)
    graph.add_nodes_from([None] * nodes)
    graph.add_edges_from_no_data(list(zip(source.tolist(), target.tolist(), strict=True)))
    return graph


def _matrix(nodes: int, source: IntArray, target: IntArray, values: FloatArray | IntArray) -> csr_array:
    """Values of edges, those of parallel edges added up; scipy's graph functions read places as 32-bit numbers only."""
    matrix = csr_array((values, (source.astype(np.int32), target.astype(np.int32))), (nodes, nodes))
    matrix.sum_duplicates()
    return matrix


def _strong_parts(nodes: int, source: IntArray, target: IntArray) -> IntArray:
    links = _matrix(nodes, source, target, np.ones(len(source)))
    _, part = connected_components(links, directed=True, connection="strong")
    found: IntArray = np.asarray(part, np.int64)
    return found
