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


def articulation_points(nodes: int, tail: ArrayLike, head: ArrayLike) -> IntArray:
    """Nodes whose loss leaves more components than before, directions apart; ascending. Source: Tarjan 1972.

    >>> articulation_points(4, [0, 1, 2, 2], [1, 2, 0, 3])  # a triangle with a tail
    array([2])
    """
    return np.array(sorted(rx.articulation_points(_undirected(nodes, tail, head))), np.int64)


def bridges(nodes: int, tail: ArrayLike, head: ArrayLike) -> IntArray:
    """Pairs of joined nodes whose parting leaves more components than before, directions apart; (k, 2).

    The smaller node of a pair first, pairs ascending. Source: Tarjan 1974, Inf. Process. Lett. 2:160.

    >>> bridges(4, [0, 1, 2, 2], [1, 2, 0, 3])
    array([[2, 3]])
    """
    found = sorted((min(pair), max(pair)) for pair in rx.bridges(_undirected(nodes, tail, head)))
    return np.array(found, np.int64).reshape(-1, 2)


def immediate_dominators(nodes: int, tail: ArrayLike, head: ArrayLike, sources: ArrayLike) -> Mapping[int, int | None]:
    """The immediate dominator of each node reached from `sources`: the last other node on every path from any of them.

    `None` where there is none: for a source, and for a node that disjoint paths lead to. Source: Cooper, Harvey,
    Kennedy 2006.

    >>> immediate_dominators(5, [0, 1, 1, 2, 3], [1, 2, 3, 4, 4], sources=[0])
    {0: None, 1: 0, 2: 1, 3: 1, 4: 1}
    """
    source, target = _simple_edges(nodes, tail, head)
    starts = np.unique(indices("sources", sources, nodes))
    graph = _digraph(nodes + 1, np.append(source, [nodes] * len(starts)), np.append(target, starts))
    found = rx.immediate_dominators(graph, nodes)
    return {node: None if found[node] == nodes else found[node] for node in sorted(found) if node != nodes}


def dominators(
    nodes: int, tail: ArrayLike, head: ArrayLike, sources: ArrayLike, targets: ArrayLike
) -> list[int] | None:
    """The nodes on every path from any source to any target, in the order of the paths; `None` where there is no path.

    >>> dominators(5, [0, 1, 2, 2], [2, 2, 3, 4], sources=[0, 1], targets=[3, 4])
    [2]
    """
    source, target = _simple_edges(nodes, tail, head)
    ends = np.unique(indices("targets", targets, nodes))
    above = immediate_dominators(nodes + 1, np.append(source, ends), np.append(target, [nodes] * len(ends)), sources)
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
    graph = _digraph(nodes, *_simple_edges(nodes, tail, head))
    found = rx.digraph_betweenness_centrality(graph, normalized=True)
    # Added up by several threads, in any order: without the last places two answers are equal.
    return np.array([found[node] for node in range(nodes)]).round(12)


# --- paths and cuts ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Path:
    """A path, its nodes and edges in order, and what its edges cost together."""

    cost: float
    nodes: tuple[int, ...]
    edges: tuple[int, ...] = ()


_TIE = 1e-9
"""Costs that differ by less are equal: sums of the same costs in another order are."""


def k_shortest_paths(
    nodes: int, tail: ArrayLike, head: ArrayLike, cost: ArrayLike, sources: ArrayLike, targets: ArrayLike, most: int,
    most_edges: int | None = None,
) -> list[Path]:  # fmt: skip
    """The `most` cheapest paths from any source to any target, the cheapest first; fewer where there are fewer.

    `cost` ≥ 0 of each edge adds up along a path: −ln(reliability) makes the cheapest path the most reliable one, 1/share
    the one over the largest shares. Of paths of equal cost the one of fewer edges comes first, then of the smaller source,
    then of the smaller edge where they part. Of parallel edges the cheapest counts, the first of equals.
    `most_edges` bounds the edges of a path. Source: Yen 1971, Manage. Sci. 17:712; the spur from a node is the cheapest
    walk within the edges left (Bellman 1958), which is a path where no shorter one costs as little.
    Not `networkx.shortest_simple_paths`, which has no bound on edges and leaves the order of equals open.

    >>> k_shortest_paths(3, [0, 1, 0], [1, 2, 2], [1, 1, 3], sources=[0], targets=[2], most=2)
    [Path(cost=2.0, nodes=(0, 1, 2), edges=(0, 1)), Path(cost=3.0, nodes=(0, 2), edges=(2,))]
    """
    price = amounts("cost", cost)
    source, target = _edges(nodes, tail, head)
    if len(price) != len(source):
        raise ValueError(f"cost has {len(price)} values; it must have {len(source)}")
    starts, ends = np.unique(indices("sources", sources, nodes)), np.unique(indices("targets", targets, nodes))
    if most < 1 or not len(starts) or not len(ends):
        return []
    bound = nodes - 1 if most_edges is None else min(most_edges, nodes - 1)
    network = _between(nodes, source, target, price, starts, ends, bound)
    found: list[_Path] = []
    waiting: dict[tuple[int, ...], _Path] = {}
    first = network.onward((network.start,), frozenset())
    if first:
        waiting[first.edges] = first
    while waiting and len(found) < most:
        best = min(waiting.values(), key=lambda path: path.order)
        del waiting[best.edges]
        found.append(best)
        if len(found) < most:
            for path in _beside(network, best, found):
                waiting.setdefault(path.edges, path)
    return [network.path(one) for one in found]


@dataclass(frozen=True, slots=True)
class _Path:
    """A path from the node before all sources to the one behind all targets."""

    cost: float
    nodes: tuple[int, ...]
    edges: tuple[int, ...]

    @property
    def order(self) -> tuple[float, int, tuple[int, ...]]:
        return (round(self.cost, 9), len(self.edges), self.edges)


@dataclass(frozen=True, slots=True, eq=False)
class _Between:
    """The nodes and edges that paths within the bound can use, by node that they leave and by number."""

    number: IntArray  # (nodes) the number that a node had
    edge: IntArray  # (edges) the number that an edge had, −1 for those of the first and last node
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
        nodes, edges, spent = [here], list[int](), 0.0
        while here != self.end:
            left -= 1
            places = np.arange(self.first[here], self.first[here + 1])
            rest = spent + price[places] + costs[left][self.head[places]]
            place = int(places[np.argmax(rest <= total + _TIE)])
            spent += float(price[place])
            here = int(self.head[place])
            nodes.append(here)
            edges.append(place)
        return _Path(spent, tuple(nodes), tuple(edges))

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

    def path(self, found: _Path) -> Path:
        """The path as the caller numbers it."""
        edges = self.edge[list(found.edges[1:-1])]
        return Path(found.cost, tuple(self.number[list(found.nodes[1:-1])].tolist()), tuple(edges.tolist()))


def _beside(network: _Between, best: _Path, found: Sequence[_Path]) -> Iterator[_Path]:
    """The best paths that leave a path at each of its nodes, by none of the edges by which paths found before leave it."""
    for k in range(len(best.edges)):
        taken = frozenset(path.edges[k] for path in found if path.edges[:k] == best.edges[:k] and len(path.edges) > k)
        spur = network.onward(best.nodes[: k + 1], taken)
        if spur:
            cost = float(network.price[list(best.edges[:k])].sum()) + spur.cost
            yield _Path(cost, best.nodes[:k] + spur.nodes, best.edges[:k] + spur.edges)


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
    edge = np.flatnonzero((place[source] >= 0) & (place[target] >= 0) & (source != target))
    # Of parallel edges the cheapest, then the first.
    edge = edge[np.lexsort((edge, price[edge], target[edge], source[edge]))]
    is_first = np.ones(len(edge), np.bool_)
    is_first[1:] = (np.diff(source[edge]) != 0) | (np.diff(target[edge]) != 0)
    edge = edge[is_first]
    edge = edge[np.lexsort((edge, source[edge]))]
    starts, ends = place[starts], place[ends]
    starts, ends = starts[starts >= 0], ends[ends >= 0]
    size = len(number)
    tail = np.concatenate([place[source[edge]], np.full(len(starts), size), ends])
    head = np.concatenate([place[target[edge]], starts, np.full(len(ends), size + 1)])
    paid = np.concatenate([price[edge], np.zeros(len(starts) + len(ends))])
    edge = np.concatenate([edge, np.full(len(starts) + len(ends), -1)])
    order = np.argsort(tail, kind="stable")
    first = np.searchsorted(tail[order], np.arange(size + 3))
    return _Between(
        np.append(number, [-1, -1]),
        edge[order],
        tail[order],
        head[order],
        paid[order],
        first,
        size,
        size + 1,
        bound + 2,
    )


@dataclass(frozen=True, slots=True, eq=False)
class MinimumCut:
    """A maximum flow and the cut that bounds it."""

    flow: int
    edges: IntArray  # whose loss stops the flow, ascending: the minimum cut nearest to the start
    is_source_side: BoolArray  # (nodes) whether a node is on the start's side of it


def minimum_cut(nodes: int, tail: ArrayLike, head: ArrayLike, capacity: ArrayLike, start: int, end: int) -> MinimumCut:
    """The maximum flow from `start` to `end` over edges of whole capacities ≥ 0, and the minimum cut, which equals it.

    Source: Ford and Fulkerson 1956, Can. J. Math. 8:399. Raises `ValueError` for capacities that are not whole or not well below 2³¹, and where start is end.

    >>> found = minimum_cut(3, [0, 0, 1], [1, 2, 2], [5, 1, 3], start=0, end=2)
    >>> found.flow, found.edges, found.is_source_side
    (4, array([1, 2]), array([ True,  True, False]))
    """
    source, target = _edges(nodes, tail, head)
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
    is_source_side = np.zeros(nodes, np.bool_)
    is_source_side[breadth_first_order(left, start, return_predecessors=False)] = True
    edges = np.flatnonzero(is_source_side[source] & ~is_source_side[target] & (size > 0))
    return MinimumCut(int(found.flow_value), edges, is_source_side)


@dataclass(frozen=True, slots=True)
class DisjointSources:
    """How many firms must fail to part the sources from the targets, and which do."""

    count: int
    cut: tuple[int, ...]


def supplier_disjoint_sources(
    nodes: int, tail: ArrayLike, head: ArrayLike, sources: ArrayLike, targets: ArrayLike, lasting: ArrayLike = ()
) -> DisjointSources:
    """The most paths from sources to targets that share no firm, and the fewest firms that sever all, nearest to sources.

    Sources can fail, targets cannot: they are what is to be supplied. Nor can the `lasting` nodes, which are no firms;
    each source must be one. The two numbers are equal (Menger 1927, Fund. Math. 10:96); both come from a maximum flow on
    nodes split in two. 0 and no firms where there is no path.
    Raises `ValueError` for a node that is both source and target.

    >>> supplier_disjoint_sources(5, [0, 1, 2, 3], [2, 2, 3, 4], sources=[0, 1], targets=[4])  # all goes through 2, then 3
    DisjointSources(count=1, cut=(2,))
    """
    source, target = _simple_edges(nodes, tail, head)
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
    cut = minimum_cut(2 * nodes + 2, tails, heads, capacity, 2 * nodes, 2 * nodes + 1)
    return DisjointSources(cut.flow, tuple(cut.edges.tolist()))


# --- components, tiers, breadth-first search -------------------------------------------------------------------------------------------------


def tiers(nodes: int, tail: ArrayLike, head: ArrayLike) -> IntArray:
    """How far down a chain each node stands: the most steps from a node without suppliers, 0 for one itself.

    Edges within a cycle that do not lead away from where the cycle is entered (the fewest steps from nodes without
    suppliers, or from its smallest node where it has none outside) are left out; what remains has no cycle.

    >>> tiers(4, [0, 1, 2, 0], [1, 2, 1, 3])  # 2 → 1 leads back
    array([0, 1, 2, 1])
    """
    source, target = _simple_edges(nodes, tail, head)
    part = _strong_components(nodes, source, target)
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
    edge: IntArray  # (edges) the number that an edge had
    head: IntArray  # (edges)


def adjacency(nodes: int, tail: ArrayLike, head: ArrayLike) -> Adjacency:
    """The edges that leave each node. Exchange tail and head to go from buyers to suppliers.

    >>> found = adjacency(3, [2, 0, 0], [0, 1, 2])
    >>> found.start, found.edge, found.head
    (array([0, 2, 2, 3]), array([1, 2, 0]), array([1, 2, 0]))
    """
    source, target = _edges(nodes, tail, head)
    order = np.argsort(source, kind="stable")
    return Adjacency(np.searchsorted(source[order], np.arange(nodes + 1)), order, target[order])


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """What a search reached: nodes in the order of tier and number, edges in the order in which they were followed."""

    nodes: IntArray
    tier: IntArray  # (nodes reached) the fewest steps from a start; 0 for the starts
    edges: IntArray
    is_back: BoolArray  # (edges followed) whether it leads to a node of the same tier or an earlier one, as on a cycle


def trace(around: Adjacency, starts: ArrayLike, *, most_tiers: int | None = None) -> Trace:
    """Breadth-first search from the starts, tier by tier; every node once, so cycles end. Source: Moore 1959.

    Edges of the last tier are not followed. Not scipy's or rustworkx's, which begin at one node, have no bounds and say no edges: this one takes time for what is
    reached, not for the whole graph, apart from one flag a node.

    >>> found = trace(adjacency(4, [0, 1, 2, 2], [1, 2, 0, 3]), [0], most_tiers=2)
    >>> found.nodes, found.tier, found.edges, found.is_back
    (array([0, 1, 2]), array([0, 1, 2]), array([0, 1]), array([False, False]))
    """
    size = len(around.start) - 1
    frontier = np.unique(indices("starts", starts, size))
    is_reached = np.zeros(size, np.bool_)
    is_reached[frontier] = True
    nodes, followed, is_back = [frontier], [], []
    while len(frontier) and (most_tiers is None or len(nodes) <= most_tiers):
        places = edge_places(around.start, frontier)
        heads = around.head[places]
        is_new = ~is_reached[heads]
        frontier = np.unique(heads[is_new])
        is_reached[frontier] = True
        followed.append(around.edge[places])
        is_back.append(~is_new)
        nodes.append(frontier)
    return Trace(
        np.concatenate(nodes), np.repeat(np.arange(len(nodes)), [len(found) for found in nodes]),
        np.concatenate([*followed, np.zeros(0, np.int64)]), np.concatenate([*is_back, np.zeros(0, np.bool_)]),
    )  # fmt: skip


def edge_places(start: IntArray, nodes: IntArray) -> IntArray:
    """The places in `Adjacency.edge` of all edges of some nodes, node by node; a node may be named several times.

    >>> edge_places(np.array([0, 2, 2, 3]), np.array([2, 0]))
    array([2, 0, 1])
    """
    counts = start[nodes + 1] - start[nodes]
    before = np.cumsum(counts) - counts
    places: IntArray = np.arange(counts.sum()) + np.repeat(start[nodes] - before, counts)
    return places


# --- edges -----------------------------------------------------------------------------------------------------------


def _edges(nodes: int, tail: ArrayLike, head: ArrayLike) -> tuple[IntArray, IntArray]:
    source = indices("tail", tail, nodes)
    return source, indices("head", head, nodes, len(source))


def _simple_edges(nodes: int, tail: ArrayLike, head: ArrayLike) -> tuple[IntArray, IntArray]:
    """Each pair once and no node with itself: rustworkx takes neither into account."""
    source, target = _edges(nodes, tail, head)
    pairs = np.unique((source * nodes + target)[source != target])
    return pairs // max(nodes, 1), pairs % max(nodes, 1)


def _undirected(nodes: int, tail: ArrayLike, head: ArrayLike) -> "rx.PyGraph[None, None]":
    graph: rx.PyGraph[None, None] = rx.PyGraph(multigraph=False)
    graph.add_nodes_from([None] * nodes)
    pairs = np.sort(np.stack(_simple_edges(nodes, tail, head), axis=1), axis=1)
    graph.add_edges_from_no_data([(a, b) for a, b in np.unique(pairs, axis=0).tolist()])
    return graph


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


def _strong_components(nodes: int, source: IntArray, target: IntArray) -> IntArray:
    edges = _matrix(nodes, source, target, np.ones(len(source)))
    _, part = connected_components(edges, directed=True, connection="strong")
    found: IntArray = np.asarray(part, np.int64)
    return found
