"""How many nodes each node leads to, against networkx, as it runs on few edges and compiled as on many."""

from random import Random

import networkx as nx
import numpy as np
import pytest

from graph import reach
from graph.reach import reach_counts


@pytest.mark.parametrize("is_compiled", [False, True])
def test_each_node_leads_to_what_networkx_finds_up_to_the_most(
    monkeypatch: pytest.MonkeyPatch, is_compiled: bool
) -> None:
    monkeypatch.setattr(reach, "_SOON", 0 if is_compiled else 10**9)
    rng = Random(7)
    for nodes in (1, 2, 9, 40):
        edges = [(rng.randrange(nodes), rng.randrange(nodes)) for _ in range(nodes * rng.choice([0, 1, 2]))]
        graph = nx.DiGraph(edges)
        graph.add_nodes_from(range(nodes))
        ends = np.array(edges, np.int64).reshape(-1, 2)
        for most in (3, 1_000):
            found = reach_counts(nodes, ends[:, 0], ends[:, 1], most).tolist()
            assert found == [min(len(nx.descendants(graph, node)), most) for node in range(nodes)]
