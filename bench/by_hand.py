"""What someone without corridor would write for the same questions: CSV files into networkx, and loops."""

import csv
from pathlib import Path

import networkx as nx

from graph.ontology import EDGE_TYPES, NODE_TYPES
from tests.oracle import Facts

_NO_WAY_THROUGH = ("place:", "chain:", "sector:", "source:")


def read(folder: Path) -> "nx.MultiDiGraph[str]":
    """The dataset as one graph, nothing checked."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for node_type in NODE_TYPES:
        for row in _rows(folder / node_type.file):
            graph.add_node(row["id"], **row)
    for edge_type in EDGE_TYPES:
        for row in _rows(folder / edge_type.file):
            graph.add_edge(row["from_id"], row["to_id"], type=edge_type.type, **row)
    return graph


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def walkable(facts: Facts) -> "nx.Graph[str]":
    """The graph that paths and walks go through: either direction, no places, chains, sectors."""
    graph: nx.Graph[str] = nx.Graph()
    for edge in facts.edges:
        if not edge["from_id"].startswith(_NO_WAY_THROUGH) and not edge["to_id"].startswith(_NO_WAY_THROUGH):
            graph.add_edge(edge["from_id"], edge["to_id"])
    return graph


def search(facts: Facts, text: str) -> list[str]:
    """Ids of nodes whose names hold the text."""
    return [i for i, node in facts.nodes.items() if text in node.get("search_text", "")][:20]


def neighbourhood(graph: "nx.Graph[str]", node: str, depth: int) -> list[str]:
    """Ids of what lies within some steps."""
    return sorted(nx.ego_graph(graph, node, radius=depth))


def path(graph: "nx.Graph[str]", start: str, target: str) -> list[str]:
    """Ids on a shortest path."""
    return list(nx.bidirectional_shortest_path(graph, start, target))
