"""What lies within some steps of a node."""

from typing import Annotated

from pydantic import Field

from graph.ontology import label_of
from graph.texts import Text
from queries.answer import Answer, Row
from queries.paths import relation_text
from queries.reader import Reader
from queries.registry import question
from queries.scope import find_node, name_of
from queries.surroundings import surroundings


class Neighbour(Row):
    """A node near another."""

    key = ("node_id",)
    table = ("name_zh", "label", "relations")

    node_id: str
    label: str
    name_zh: str
    relations: list[Text]
    evidence_ids: list[str]


class NeighbourhoodAnswer(Answer):
    """What surrounds a node."""

    rows: list[Neighbour]

    def in_short(self, reader: Reader) -> Text:
        """How many nodes are near."""
        return Text("neighbourhood.headline", nodes=self.looked_at, rows=len(self.rows))


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
    names = {one: name_of(found) for one, found in around.nodes.items()}
    relations: dict[str, list[str]] = {one: [] for one in sorted(names)}
    for edge in sorted(around.edges, key=lambda edge: edge.id):
        relations[edge.from_id].append(edge.id)
        relations[edge.to_id].append(edge.id)
    rows = [
        Neighbour(
            node_id=one, label=label_of(one) or "", name_zh=names[one],
            relations=[relation_text(edge, names) for edge in own], evidence_ids=[one, *own],
        )
        for one, own in relations.items()
    ]  # fmt: skip
    hidden = around.total_nodes - len(rows)
    return NeighbourhoodAnswer(
        rows=rows, looked_at=around.total_nodes, looked_at_what=Text("neighbourhood.nodes"),
        conventions=[Text("neighbourhood.convention")],
        notes=[Text("neighbourhood.hidden", count=hidden)] if hidden else [],
    )  # fmt: skip
