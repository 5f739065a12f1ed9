"""What every store promises, on both engines."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import count, takewhile

import pytest

from graph.cypher import Query, nodes_query
from graph.errors import CypherError, QueryRejected, QueryTimeout, UsageError
from graph.model import Edge, Node
from graph.ontology import EDGE_TYPE, EDGE_TYPES, NODE_TYPE, NODE_TYPES, EdgeType, NodeType, Property, ValueType
from graph.store import Cell, GraphStore, Parameter, open_store
from tests.graphs import AS_OF, batches_of, chain_of_products, graph_of

IDS = Query("ids", "MATCH (p:Product) RETURN p.id AS id ORDER BY id")
EDGES = Query("edges", "MATCH (a)-[r]->(b) RETURN r AS edge, r.id AS id ORDER BY id")

VALUES: Mapping[ValueType, Sequence[object]] = {
    ValueType.TEXT: ["光刻胶", "a\n\t\"quoted\" \\ '", "", "😀 é ي", "x" * 2_000, "$limit", "<script>"],
    ValueType.TEXTS: [["上海微电子", "SMEE"], [""], [], ["a|b"]],
    ValueType.INTEGER: [0, 1, -1, 2**53],
    ValueType.NUMBER: [0.0, 0.1, -1e-300, 1e300, 3.0],
    ValueType.FRACTION: [0.0, 1.0, 1 / 3],
    ValueType.BOOLEAN: [True, False],
    ValueType.DATE: [date(1, 1, 1), date(2020, 2, 29), date(9999, 12, 31)],
}


def node(store: GraphStore, node_id: str, label: str) -> Node:
    found = store.fetch(nodes_query(label), {"ids": [node_id]})[0]["node"]
    assert isinstance(found, Node)
    return found


def product_ids(store: GraphStore) -> list[Cell]:
    return [row["id"] for row in store.fetch(IDS, {})]


def own(kind: NodeType | EdgeType, value_type: ValueType) -> list[Property]:
    return [p for p in kind.properties if p.type is value_type and not p.required and p.name not in STAMPS]


STAMPS = ("search_text", "run_id")


@pytest.mark.parametrize("value_type", list(ValueType))
def test_node_values_come_back_as_they_went_in(store: GraphStore, value_type: ValueType) -> None:
    kind, prop = next((k, p) for k in NODE_TYPES for p in own(k, value_type)) if value_type is not ValueType.INTEGER else (
        None,
        None,
    )
    if kind is None or prop is None:
        pytest.skip("no node type has a property of this type; the edges' test has them")
    given = [{"id": f"{kind.prefix}:{i}", prop.name: value} for i, value in enumerate(VALUES[value_type])]
    graph_of(store, given)
    found = [node(store, row["id"], kind.label).properties[prop.name] for row in given]
    assert found == [tuple(v) if isinstance(v, list) else v for v in VALUES[value_type]]
    assert [type(v) for v in found] == [tuple if isinstance(v, list) else type(v) for v in VALUES[value_type]]
