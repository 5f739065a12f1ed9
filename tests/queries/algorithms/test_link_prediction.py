"""Baselines of link prediction and how their skill is measured, against networkx and counting."""

import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.link_prediction import (
    Held,
    Links,
    adamic_adar,
    hold_out,
    links,
    preferential_attachment,
    skill,
)
from queries.algorithms.arrays import FloatArray, IntArray


def random_network(rng: np.random.Generator, nodes: int) -> Links:
    return links(nodes, *rng.integers(0, nodes, (2, 3 * nodes)))


def random_bipartite(rng: np.random.Generator, makers: int, products: int) -> Links:
    count = 2 * (makers + products)
    first, second = rng.integers(0, makers, count), makers + rng.integers(0, products, count)
    return links(makers + products, first, second, side=makers)


def graph_of(known: Links) -> "nx.Graph[int]":
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(known.nodes))
    graph.add_edges_from(known.pairs.tolist())
    return graph


def test_scores_are_those_of_networkx() -> None:
    rng = np.random.default_rng(0)
    for _ in range(30):
        known = random_network(rng, int(rng.integers(3, 20)))
        graph = graph_of(known)
        pairs = [(a, b) for a, b in nx.non_edges(graph)]
        if not pairs:
            continue
        expected = [score for _, _, score in nx.adamic_adar_index(graph, pairs)]
        np.testing.assert_allclose(adamic_adar(known, np.array(pairs)), expected, atol=1e-12)
        expected = [score for _, _, score in nx.preferential_attachment(graph, pairs)]
        np.testing.assert_allclose(preferential_attachment(known, np.array(pairs)), expected)


def test_in_a_bipartite_network_company_is_met_over_three_links() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        known = random_bipartite(rng, 5, 6)
        graph = graph_of(known)
        pairs = [(m, p) for m in range(5) for p in range(5, 11) if not graph.has_edge(m, p)]
        expected = [
            sum(
                1 / math.log(graph.degree(w)) / math.log(graph.degree(x))
                for w in graph[m]
                for x in graph[w]
                if x != m and graph.has_edge(x, p)
            )
            for m, p in pairs
        ]
        np.testing.assert_allclose(adamic_adar(known, np.array(pairs).reshape(-1, 2)), expected, atol=1e-12)


def by_number(known: Links, pairs: IntArray) -> FloatArray:
    """A score with many equals that needs no network."""
    found: FloatArray = (pairs.sum(axis=1) % 4).astype(np.float64)
    return found


@pytest.mark.parametrize("is_bipartite", [False, True])
def test_skill_counts_won_comparisons_and_ranks(is_bipartite: bool) -> None:
    rng = np.random.default_rng(2)
    for seed in range(20):
        network = random_bipartite(rng, 4, 6) if is_bipartite else random_network(rng, 9)
        held = hold_out(network, 0.3, seed)
        found = skill(by_number, held, seed=0)
        graph = graph_of(network)
        ends = [(a, b) for a in range(network.nodes) for b in range(a + 1, network.nodes)]
        if is_bipartite:
            ends = [(a, b) for a, b in ends if a < 4 <= b]
        free = [pair for pair in ends if not graph.has_edge(*pair)]
        assert (found.hidden, found.compared) == (len(held.hidden), len(free))
        wins, reciprocal = 0.0, 0.0
        for a, b in held.hidden.tolist():
            score = (a + b) % 4
            wins += sum(1.0 if score > sum(f) % 4 else 0.5 if score == sum(f) % 4 else 0.0 for f in free)
            rivals = [sum(f) % 4 for f in free if a in f]
            reciprocal += 1 / (1 + sum(r > score for r in rivals) + sum(r == score for r in rivals) / 2)
        assert found.auc == pytest.approx(wins / len(held.hidden) / len(free))
        assert found.mrr == pytest.approx(reciprocal / len(held.hidden))


def test_company_tells_links_within_groups_and_a_blind_score_tells_nothing() -> None:
    rng = np.random.default_rng(3)
    group = np.arange(120) // 12
    first, second = np.nonzero(np.triu((group[:, None] == group) & (rng.random((120, 120)) < 0.5)))
    held = hold_out(links(120, first, second), 0.2, seed=1)
    assert skill(adamic_adar, held, seed=0).auc > 0.9
    blind = skill(lambda known, pairs: np.random.default_rng(9).random(len(pairs)), held, seed=0)
    assert blind.auc == pytest.approx(0.5, abs=0.1)
    assert blind.mrr < 0.2


def test_equal_seeds_give_equal_results_and_other_seeds_other_draws() -> None:
    network = random_network(np.random.default_rng(4), 200)
    one, two, other = (hold_out(network, 0.2, seed) for seed in (5, 5, 6))
    assert one.hidden.tolist() == two.hidden.tolist() != other.hidden.tolist()
    assert skill(adamic_adar, one, seed=1, most_compared=500) == skill(adamic_adar, two, seed=1, most_compared=500)


@given(st.integers(0, 2**32), st.floats(0.05, 0.9))
def test_what_is_held_back_is_not_known(seed: int, share: float) -> None:
    network = random_network(np.random.default_rng(seed), 12)
    held = hold_out(network, share, seed)
    both = sorted(held.known.pairs.tolist() + held.hidden.tolist())
    assert both == network.pairs.tolist()
    assert len(held.hidden) >= 1


@pytest.mark.parametrize("most_compared", [50, 4_000])
def test_pairs_drawn_to_compare_are_no_links_and_none_twice(most_compared: int) -> None:
    seen: list[IntArray] = []

    def watched(known: Links, pairs: IntArray) -> FloatArray:
        seen.append(pairs)
        return np.zeros(len(pairs))

    network = random_network(np.random.default_rng(7), 100)
    held = hold_out(network, 0.1, seed=0)
    assert skill(watched, held, seed=0, most_compared=most_compared).compared == most_compared
    drawn = {tuple(pair) for pair in seen[1].tolist()}
    assert len(drawn) == most_compared
    assert not drawn & {tuple(pair) for pair in network.pairs.tolist()}
    assert all(a < b for a, b in drawn)


def test_what_cannot_be_predicted_is_refused() -> None:
    with pytest.raises(ValueError, match=r"link \[0, 1\] joins two nodes of one side"):
        links(4, [0], [1], side=2)
    with pytest.raises(ValueError, match="share is 1; it must be in 0–1, both left out"):
        hold_out(links(3, [0, 1], [1, 2]), 1, seed=0)
    with pytest.raises(ValueError, match="1 of 1 links would be held back"):
        hold_out(links(3, [0], [1]), 0.5, seed=0)
    triangle = links(3, [0, 1, 0], [1, 2, 2])
    with pytest.raises(ValueError, match="every pair is a link"):
        skill(adamic_adar, Held(links(3, [0, 1], [1, 2]), triangle.pairs[1:2]), seed=0)
