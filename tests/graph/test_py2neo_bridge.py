"""py2neo 2021.2.4 beside our store, on the real server."""

from datetime import date

import py2neo
import pytest

from graph.errors import DataError
from graph.model import Edge, Node, Subgraph, Value
from graph.py2neo_bridge import from_py2neo, rows_frame, to_py2neo
from graph.store import Cell, GraphStore
from tests.graphs import EDGES, NODES, graph_of

EVIDENCE: dict[str, Value] = {"source_ids": ("source:test", "source:b"), "as_of": date(2020, 9, 30)}
SMALL = Subgraph.of(
    [
        Node("enterprise:smee", "Enterprise", {"name_zh": "上海微电子", "aliases": (), "is_listed": False, **EVIDENCE}),
        Node("product:scanner", "Product", {"name_zh": "光刻机 \"'\\", "recovery_days": 730.5, **EVIDENCE}),
        Node("product:photoresist", "Product", {"name_zh": "光刻胶", "recovery_days": None, **EVIDENCE}),
    ],
    [
        Edge(
            "MAKES|enterprise:smee|product:scanner",
            "MAKES",
            "enterprise:smee",
            "product:scanner",
            {"rank": 1, "share": 0.5, "status": "documented", **EVIDENCE},
        )
    ],
)


def known(subgraph: Subgraph) -> Subgraph:
    """The same without the properties that are not known: a database keeps no nulls."""

    def left(properties: object) -> dict[str, Value]:
        assert isinstance(properties, dict)
        return {key: value for key, value in properties.items() if value is not None}

    return Subgraph.of(
        [Node(n.id, n.label, left(n.properties)) for n in subgraph.nodes],
        [Edge(e.id, e.type, e.from_id, e.to_id, left(e.properties)) for e in subgraph.edges],
    )


def read(store: GraphStore) -> Subgraph:
    nodes = [row["node"] for row in store.fetch(NODES, {})]
    edges = [row["edge"] for row in store.fetch(EDGES, {})]
    return Subgraph.of([n for n in nodes if isinstance(n, Node)], [e for e in edges if isinstance(e, Edge)])


def test_there_and_back_without_a_server() -> None:
    assert from_py2neo(to_py2neo(SMALL)) == known(SMALL)
    assert from_py2neo(to_py2neo(Subgraph())) == Subgraph()


@pytest.mark.neo4j
@pytest.mark.parametrize("verb", ["create", "merge"])
def test_what_py2neo_writes_our_store_reads(neo4j_store: GraphStore, neo4j_url: str, verb: str) -> None:
    getattr(py2neo.Graph(neo4j_url), verb)(to_py2neo(SMALL))
    assert read(neo4j_store) == known(SMALL)


@pytest.mark.neo4j
def test_merging_twice_makes_nothing_twice(neo4j_store: GraphStore, neo4j_url: str) -> None:
    graph = py2neo.Graph(neo4j_url)
    graph.merge(to_py2neo(SMALL))
    graph.merge(to_py2neo(SMALL))
    assert read(neo4j_store) == known(SMALL)


@pytest.mark.neo4j
def test_what_our_store_writes_py2neo_reads(neo4j_store: GraphStore, neo4j_url: str) -> None:
    graph_of(
        neo4j_store,
        ["enterprise:a", {"id": "product:b", "aliases": ["乙", "b"]}],
        [("MAKES", "enterprise:a", "product:b", {"valid_from": date(2019, 1, 2)})],
    )
    found = py2neo.Graph(neo4j_url).run("MATCH p = (:Enterprise)-[:MAKES]->(:Product) RETURN p").to_subgraph()
    assert from_py2neo(found) == read(neo4j_store)
    derived = py2neo.Graph(neo4j_url).run("MATCH p = (:Product)<--(:Enterprise)-->(:Area) RETURN p").to_subgraph()
    assert {type(edge).__name__ for edge in derived.relationships} == {"MAKES", "CAN_SUPPLY", "IN_AREA"}
    assert from_py2neo(derived) == read(neo4j_store)


def test_what_has_no_id_of_ours_is_refused() -> None:
    with pytest.raises(DataError, match="has no property id"):
        from_py2neo(py2neo.Subgraph([py2neo.Node("Product", name="x")]))
    with pytest.raises(DataError, match="none of the ontology"):
        from_py2neo(py2neo.Subgraph([py2neo.Node("Person", id="person:x")]))


def test_rows_become_a_table_in_their_order() -> None:
    rows: list[dict[str, Cell]] = [
        {"b": 1, "a": "光刻胶", "node": SMALL.nodes[0]},
        {"b": None, "a": "x", "node": SMALL.nodes[1]},
    ]
    frame = rows_frame(rows)
    assert list(frame.columns) == ["b", "a", "node"]
    assert frame["node"].tolist() == ["enterprise:smee", "product:photoresist"]
    assert frame["b"].isna().tolist() == [False, True]
    assert rows_frame([]).empty
