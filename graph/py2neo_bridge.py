"""To and from py2neo, for notebooks that use it: subgraphs and tables.

py2neo is no longer maintained (last release 2021.2.4); everything else here uses the official driver. Installed with
the extra `corridor[py2neo]`.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd
import py2neo
from interchange.time import Date

from graph.errors import DataError
from graph.model import Edge, Node, Subgraph, Value
from graph.ontology import DERIVED_EDGE_TYPES, DERIVED_NODE_TYPES, NODE_TYPE
from graph.store import Cell

_NOT_SAID = frozenset({"id", "digest"})
"""What a node or edge has beside its properties: its identity, and what a load compares it by."""
_DERIVED = frozenset({*(kind.label for kind in DERIVED_NODE_TYPES), *(kind.type for kind in DERIVED_EDGE_TYPES)})


def to_py2neo(subgraph: Subgraph) -> py2neo.Subgraph:
    """The subgraph as py2neo knows it, merged by label and `id`: `Graph.merge` or `Graph.create` writes it.

    What is not known is left out. `total_nodes` and `truncated` have no place there.
    """
    nodes = {node.id: _py2neo_node(node) for node in subgraph.nodes}
    edges = [
        py2neo.Relationship(nodes[edge.from_id], edge.type, nodes[edge.to_id], **_plain(edge.id, edge.properties))
        for edge in subgraph.edges
    ]
    return py2neo.Subgraph(list(nodes.values()), edges)


def from_py2neo(subgraph: py2neo.Subgraph) -> Subgraph:
    """The subgraph of a py2neo one whose nodes and relationships have ids of ours, as those read from our graph do.

    What a load derives is left out: types, and properties of other types (`graph.derivations`).
    Raises `DataError` where one has none, or a node has no label of the ontology.
    """
    nodes = [_node(node) for node in subgraph.nodes if _DERIVED.isdisjoint(node.labels)]
    edges = [
        Edge(_id(edge), type(edge).__name__, _id(edge.start_node), _id(edge.end_node), _values(edge))
        for edge in subgraph.relationships
        if type(edge).__name__ not in _DERIVED
    ]
    return Subgraph.of(nodes, edges)


def rows_frame(rows: Sequence[Mapping[str, Cell]]) -> pd.DataFrame:
    """A question's rows as a table, a column for each field in the rows' order; nodes and edges as their ids."""
    return pd.DataFrame([{key: _cell(value) for key, value in row.items()} for row in rows])


def _py2neo_node(node: Node) -> py2neo.Node:
    result = py2neo.Node(node.label, **_plain(node.id, node.properties))
    result.__primarylabel__ = node.label
    result.__primarykey__ = "id"
    return result


def _plain(id_: str, properties: Mapping[str, Value]) -> dict[str, object]:
    known = {key: value for key, value in properties.items() if value is not None}
    return {"id": id_, **{key: list(value) if isinstance(value, tuple) else value for key, value in known.items()}}


def _node(node: py2neo.Node) -> Node:
    label = next((name for name in sorted(node.labels) if name in NODE_TYPE), None)
    if label is None:
        raise DataError(f"a py2neo node with the labels {sorted(node.labels)} has none of the ontology")
    derived = {prop.name for prop in NODE_TYPE[label].derived}
    return Node(_id(node), label, {name: value for name, value in _values(node).items() if name not in derived})


def _id(entity: py2neo.Entity) -> str:
    if not isinstance(entity["id"], str):
        raise DataError(f"{entity!r} has no property id, by which corridor knows nodes and edges")
    return entity["id"]


def _values(entity: py2neo.Entity) -> dict[str, Value]:
    return {key: _value(entity[key]) for key in entity if key not in _NOT_SAID}


def _value(value: object) -> Value:
    if isinstance(value, list):
        return tuple(str(item) for item in value)
    if isinstance(value, Date):
        return date(value.year, value.month, value.day)
    if isinstance(value, str | int | float | bool | date):
        return value
    raise DataError(f"a property of type {type(value).__name__}, which no property of corridor has")


def _cell(value: Cell) -> Value:
    if isinstance(value, Node | Edge):
        return value.id
    return str(value) if isinstance(value, tuple | Mapping) else value
