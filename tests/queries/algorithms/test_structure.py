"""What hangs on what: networkx and search through all possibilities give the same answers."""

import itertools
import math
from collections.abc import Iterator

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.algorithms.structure import (
    adjacency,
    articulation_points,
    betweenness,
    bridges,
    dominators,
    immediate_dominators,
    k_shortest_paths,
    minimum_cut,
    supplier_disjoint_sources,
    tiers,
    trace,
)

Links = tuple[list[int], list[int]]


def random_links(rng: np.random.Generator, nodes: int) -> Links:
    """Cycles, self-loops, links that double another, nodes without links."""
    count = int(rng.integers(0, 2 * nodes + 1))
    return rng.integers(0, nodes, count).tolist(), rng.integers(0, nodes, count).tolist()


def cases(seed: int, count: int, least: int = 1, most: int = 8) -> Iterator[tuple[int, Links, np.random.Generator]]:
    rng = np.random.default_rng(seed)
    for _ in range(count):
        nodes = int(rng.integers(least, most + 1))
        yield nodes, random_links(rng, nodes), rng


def digraph(nodes: int, links: Links) -> "nx.DiGraph[int]":
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(nodes))
    graph.add_edges_from((a, b) for a, b in zip(*links, strict=True) if a != b)
    return graph


def without(graph: "nx.DiGraph[int]", node: int) -> "nx.DiGraph[int]":
    return graph.subgraph(n for n in graph if n != node)


def is_joined(graph: "nx.DiGraph[int]", sources: set[int], targets: set[int]) -> bool:
    return any(s in graph and t in graph and nx.has_path(graph, s, t) for s in sources for t in targets)


def test_articulation_points_and_bridges_are_those_whose_loss_leaves_more_parts() -> None:
    for nodes, links, _ in cases(0, 200):
        graph = digraph(nodes, links).to_undirected()
        parts = nx.number_connected_components(graph)
        cut_vertices = [
            node
            for node in sorted(graph)
            if graph.degree(node) and nx.number_connected_components(graph.subgraph(set(graph) - {node})) > parts
        ]
        assert articulation_points(nodes, *links).tolist() == cut_vertices
        parting = []
        for a, b in sorted((min(e), max(e)) for e in graph.edges):
            fewer = graph.copy()
            fewer.remove_edge(a, b)
            if nx.number_connected_components(fewer) > parts:
                parting.append([a, b])
        assert bridges(nodes, *links).tolist() == parting


def test_the_dominator_is_the_last_node_that_every_way_passes() -> None:
    for nodes, links, rng in cases(1, 200):
        graph, sources = digraph(nodes, links), set(rng.integers(0, nodes, 2).tolist())
        found = immediate_dominators(nodes, *links, sources=sorted(sources))
        for node in range(nodes):
            if not is_joined(graph, sources, {node}):
                assert node not in found
                continue
            above = {
                n for n in range(nodes)
                if n != node and not is_joined(without(graph, n), sources - {n}, {node})
            }  # fmt: skip
            expected = next((n for n in above if above - {n} <= _dominated_by(found, n)), None)
            assert found[node] == expected
            assert _dominated_by(found, node) == above


def _dominated_by(found: object, node: int) -> set[int]:
    assert isinstance(found, dict)
    above = set()
    while found[node] is not None:
        node = found[node]
        above.add(node)
    return above


def test_on_every_way_lists_the_nodes_without_which_no_target_is_reached() -> None:
    for nodes, links, rng in cases(2, 300):
        graph = digraph(nodes, links)
        sources, targets = (set(rng.integers(0, nodes, 2).tolist()) for _ in range(2))
        found = dominators(nodes, *links, sources=sorted(sources), targets=sorted(targets))
        if not is_joined(graph, sources, targets):
            assert found is None
            continue
        needed = {n for n in range(nodes) if not is_joined(without(graph, n), sources - {n}, targets - {n})}
        assert found is not None
        assert set(found) == needed
        for one, next_one in itertools.pairwise(found):
            assert nx.has_path(graph, one, next_one)


def test_betweenness_counts_shortest_ways_through_a_node() -> None:
    for nodes, links, _ in cases(3, 100, least=3):
        expected = nx.betweenness_centrality(digraph(nodes, links))
        np.testing.assert_allclose(betweenness(nodes, *links), [expected[n] for n in range(nodes)], atol=1e-12)


# --- ways ------------------------------------------------------------------------------------------------------------

YEN = {"CD": 3, "CE": 2, "DF": 4, "ED": 1, "EF": 2, "EG": 3, "FG": 2, "FH": 1, "GH": 2}


def test_yens_example_is_reproduced() -> None:
    tail, head = ([ord(pair[end]) - ord("C") for pair in YEN] for end in (0, 1))
    found = k_shortest_paths(6, tail, head, list(YEN.values()), sources=[0], targets=[5], most=3)
    assert [(way.cost, "".join(chr(ord("C") + n) for n in way.nodes)) for way in found][:2] == [
        (5, "CEFH"),
        (7, "CEGH"),
    ]
    assert found[2].cost == 8


def test_the_shortest_ways_are_the_cheapest_of_all_simple_ways() -> None:
    for nodes, links, rng in cases(4, 200, least=2, most=6):
        costs = rng.choice([0.0, 1.0, 2.5], len(links[0])).tolist()
        sources, targets = (sorted(set(rng.integers(0, nodes, 2).tolist())) for _ in range(2))
        cheapest: dict[tuple[int, int], float] = {}
        for a, b, cost in zip(*links, costs, strict=True):
            cheapest[a, b] = min(cost, cheapest.get((a, b), math.inf))
        expected = []
        for size in range(1, nodes + 1):
            for way in itertools.permutations(range(nodes), size):
                pairs = list(itertools.pairwise(way))
                if way[0] in sources and way[-1] in targets and all(pair in cheapest for pair in pairs):
                    expected.append(sum(cheapest[pair] for pair in pairs))
        found = k_shortest_paths(nodes, *links, costs, sources, targets, most=5)
        assert [way.cost for way in found] == pytest.approx(sorted(expected)[:5])
        assert len({one.nodes for one in found}) == len(found)
        for one in found:
            assert one.cost == pytest.approx(sum(cheapest[pair] for pair in itertools.pairwise(one.nodes)))


def test_without_sources_or_a_way_there_are_no_ways() -> None:
    assert k_shortest_paths(2, [0], [1], [1], sources=[], targets=[1], most=3) == []
    assert k_shortest_paths(2, [0], [1], [1], sources=[1], targets=[0], most=3) == []
    assert k_shortest_paths(2, [0], [1], [1], sources=[0], targets=[1], most=0) == []
    with pytest.raises(ValueError, match=r"cost\[0\] is -1.0; it must be a finite number ≥ 0"):
        k_shortest_paths(2, [0], [1], [-1], sources=[0], targets=[1], most=1)
    with pytest.raises(ValueError, match="cost has 2 values; it must have 1"):
        k_shortest_paths(2, [0], [1], [1, 2], sources=[0], targets=[1], most=1)


CLRS = {"sa": 16, "sb": 13, "ac": 12, "ba": 4, "bd": 14, "cb": 9, "ct": 20, "dc": 7, "dt": 4}  # a…d are v1…v4


def test_the_flow_network_of_clrs_is_reproduced() -> None:
    names = "sabcdt"
    tail, head = ([names.index(pair[end]) for pair in CLRS] for end in (0, 1))
    found = minimum_cut(6, tail, head, list(CLRS.values()), start=0, end=5)
    assert found.flow == 23
    assert {names[n] for n in np.flatnonzero(found.is_source_side)} == {"s", "a", "b", "d"}
    assert [list(CLRS)[link] for link in found.edges] == ["ac", "dc", "dt"]


def test_the_cut_carries_as_much_as_flows() -> None:
    for nodes, links, rng in cases(5, 200, least=2):
        capacity = rng.integers(0, 5, len(links[0]))
        graph: nx.DiGraph[int] = nx.DiGraph()
        graph.add_nodes_from(range(nodes))
        for a, b, c in zip(*links, capacity.tolist(), strict=True):
            before = graph.get_edge_data(a, b, {"capacity": 0})["capacity"]
            graph.add_edge(a, b, capacity=before + c)
        found = minimum_cut(nodes, *links, capacity, start=0, end=nodes - 1)
        assert found.flow == nx.maximum_flow_value(graph, 0, nodes - 1)
        assert found.flow == capacity[found.edges].sum()
        assert found.is_source_side[0]
        assert not found.is_source_side[nodes - 1]


def test_what_cannot_be_cut_is_refused() -> None:
    with pytest.raises(ValueError, match="start and end are both 1; a cut parts two nodes"):
        minimum_cut(2, [0], [1], [1], start=1, end=1)
    with pytest.raises(ValueError, match="capacities reach 4000000000; take a larger unit"):
        minimum_cut(2, [0], [1], [2_000_000_000], start=0, end=1)
    with pytest.raises(ValueError, match="capacity has values of type float64; they must be whole numbers"):
        minimum_cut(2, [0], [1], [0.5], start=0, end=1)
    with pytest.raises(ValueError, match="node 1 is both source and target"):
        supplier_disjoint_sources(2, [0], [1], sources=[0, 1], targets=[1])
    with pytest.raises(ValueError, match=r"tail\[0\] is 2; it must be a whole number in 0…1"):
        tiers(2, [2], [1])


def test_as_few_firms_sever_all_ways_as_there_are_disjoint_ones() -> None:
    for nodes, links, rng in cases(6, 200, least=2, most=7):
        graph, order = digraph(nodes, links), rng.permutation(nodes).tolist()
        targets, sources = set(order[: nodes // 3 + 1]), set(order[nodes // 3 + 1 :][:3])
        found = supplier_disjoint_sources(nodes, *links, sources=sorted(sources), targets=sorted(targets))
        others = [n for n in range(nodes) if n not in targets]
        fewest = next(
            size
            for size in range(nodes)
            for lost in itertools.combinations(others, size)
            if not is_joined(graph.subgraph(set(graph) - set(lost)), sources, targets)
        )
        assert found.count == len(found.cut) == fewest
        assert not targets & set(found.cut)
        assert not is_joined(graph.subgraph(set(graph) - set(found.cut)), sources, targets)


# --- tiers and walks -------------------------------------------------------------------------------------------------


def test_tiers_are_the_longest_way_where_there_is_no_cycle() -> None:
    for nodes, links, _ in cases(7, 100):
        forward = ([min(a, b) for a, b in zip(*links, strict=True)], [max(a, b) for a, b in zip(*links, strict=True)])
        graph = digraph(nodes, forward)
        expected = [0] * nodes
        for node in nx.topological_sort(graph):
            expected[node] = max((expected[before] + 1 for before in graph.predecessors(node)), default=0)
        assert tiers(nodes, *forward).tolist() == expected


def test_tiers_rise_along_every_link_between_groups_and_from_the_entry_of_a_cycle() -> None:
    for nodes, links, _ in cases(8, 200):
        graph, found = digraph(nodes, links), tiers(nodes, *links)
        group = {n: frozenset(g) for g in nx.strongly_connected_components(graph) for n in g}
        assert ((found >= 0) & (found < nodes)).all()
        for a, b in graph.edges:
            assert group[a] == group[b] or found[a] < found[b]
        # No tier is skipped: a node of tier t has a supplier of tier t − 1.
        assert all(t == 0 or (t - 1) in found[list(graph.predecessors(n))] for n, t in enumerate(found.tolist()))


@given(st.integers(0, 2**32), st.integers(0, 4))
def test_a_walk_reaches_every_node_by_the_fewest_steps(seed: int, most_tiers: int) -> None:
    rng = np.random.default_rng(seed)
    nodes = int(rng.integers(1, 9))
    links, starts = random_links(rng, nodes), rng.integers(0, nodes, 2)
    found = trace(adjacency(nodes, *links), starts, most_tiers=most_tiers)
    graph = digraph(nodes, links)
    graph.add_edges_from((-1, int(s)) for s in starts)
    steps = {n: d - 1 for n, d in nx.single_source_shortest_path_length(graph, -1).items() if 0 < d <= most_tiers + 1}
    assert dict(zip(found.nodes.tolist(), found.tier.tolist(), strict=True)) == steps
    walked = [m for m, a in enumerate(links[0]) if a in steps and steps[a] < most_tiers]
    assert sorted(found.edges.tolist()) == walked
    for link, is_back in zip(found.edges.tolist(), found.is_back.tolist(), strict=True):
        assert is_back == (steps[links[1][link]] <= steps[links[0][link]])


def test_a_walk_from_nowhere_reaches_nothing() -> None:
    assert trace(adjacency(6, [0, 0, 0, 0, 1], [4, 3, 2, 1, 5]), []).nodes.tolist() == []


def test_a_network_without_nodes_or_links_has_no_structure() -> None:
    assert tiers(0, [], []).tolist() == []
    assert tiers(2, [], []).tolist() == [0, 0]
    assert articulation_points(0, [], []).tolist() == []
    assert bridges(2, [], []).tolist() == []
    assert supplier_disjoint_sources(2, [], [], sources=[0], targets=[1]).count == 0
    assert immediate_dominators(1, [], [], sources=[]) == {}
    assert betweenness(1, [], []).tolist() == [0]
