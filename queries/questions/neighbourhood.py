"""What lies within some steps of a node."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from graph.model import Edge
from graph.ontology import EDGE_TYPE, label_of
from queries.answer import Answer, Row
from queries.reader import Reader
from queries.registry import question
from queries.scope import find_node
from queries.surroundings import surroundings


class Neighbour(Row):
    """A node near another."""

    key = ("node_id",)
    table = ("name_zh", "label", "relations")

    node_id: str
    label: str
    name_zh: str
    relations: list[str]
    evidence_ids: list[str]


class NeighbourhoodAnswer(Answer):
    """What surrounds a node."""

    rows: list[Neighbour]


@question(order=160)
def neighbourhood(
    reader: Reader,
    *,
    node: str,
    depth: Annotated[int, Field(ge=1, le=4)] = 1,
    limit: Annotated[int, Field(ge=1, le=2_000)] = 150,
) -> NeighbourhoodAnswer:
    """What lies within some steps of a node."""
    around = surroundings(reader, find_node(reader, node).id, depth=depth, limit=limit)
    relations: dict[str, list[Edge]] = defaultdict(list)
    for edge in sorted(around.edges, key=lambda edge: edge.id):
        relations[edge.from_id].append(edge)
        relations[edge.to_id].append(edge)
    rows = [
        Neighbour(
            node_id=node_id, label=label_of(node_id) or "", name_zh=around.nodes[node_id],
            relations=[relation_text(edge, around.nodes) for edge in relations[node_id]],
            evidence_ids=[node_id, *(edge.id for edge in relations[node_id])],
        )
        for node_id in sorted(around.nodes)
    ]  # fmt: skip
    hidden = around.total_nodes - len(rows)
    return NeighbourhoodAnswer(
        rows=rows, looked_at=around.total_nodes,
        looked_at_what="节点 nodes",
        conventions=["只经产品向外走；地区与产业链不作中转。 The walk passes through products only."],
        notes=[f"另有 {hidden} 个节点未列。 {hidden} more nodes are not shown."] if hidden else [],
    )  # fmt: skip


def relation_text(edge: Edge, names: Mapping[str, str]) -> str:
    """An edge as a Chinese reader reads it."""
    return f"{names[edge.from_id]} {EDGE_TYPE[edge.type].zh} {names[edge.to_id]}"
