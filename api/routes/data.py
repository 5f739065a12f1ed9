"""Nodes, search and subgraphs as JSON."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, JsonValue

from api.deps import Reading
from api.errors import RESPONSES
from graph.errors import UnknownName
from graph.model import Node
from graph.ontology import EDGE_TYPES, NODE_TYPE, NODE_TYPES, Property
from graph.texts import Language
from queries.answer import Answer
from queries.evidence import node_of_id
from queries.questions.search import Hit
from queries.saved import question_named
from queries.scope import nodes
from queries.surroundings import neighbourhood_picture

router = APIRouter(prefix="/api", tags=["graph"], responses=RESPONSES)


def _described(prop: Property) -> str:
    """What a property holds, for programs: its name, then name, unit, sentence and choices in English."""
    parts = (prop.en, prop.unit_in(Language.EN), prop.doc, ", ".join(choice.value for choice in prop.choices))
    return f"{prop.name} ({' · '.join(part for part in parts if part)})"


_NODE_PROPERTIES = "; ".join(f"{t.label}: " + ", ".join(_described(p) for p in t.properties) for t in NODE_TYPES)
_EDGE_PROPERTIES = "; ".join(f"{t.type}: " + ", ".join(p.name for p in t.properties) for t in EDGE_TYPES)


class NodeOut(BaseModel):
    """A node."""

    id: str = Field(description="id")
    label: str = Field(description="one of " + ", ".join(t.label for t in NODE_TYPES))
    name: str = Field(description="name to show")
    properties: dict[str, JsonValue] = Field(
        description=f"known properties; absent means not known. {_NODE_PROPERTIES}"
    )


class EdgeOut(BaseModel):
    """An edge."""

    id: str = Field(description="id")
    type: str = Field(description="one of " + ", ".join(t.type for t in EDGE_TYPES))
    from_id: str = Field(description="source node")
    to_id: str = Field(description="target node")
    properties: dict[str, JsonValue] = Field(
        description=f"known properties; absent means not known. {_EDGE_PROPERTIES}"
    )


class NodeAnswer(BaseModel):
    """A node and the sources of its facts."""

    node: NodeOut
    sources: list[NodeOut] = Field(description="the sources that its source_ids name")


class SubgraphAnswer(BaseModel):
    """A part of the graph."""

    focus_id: str = Field(description="the node that was asked for")
    nodes: list[NodeOut]
    edges: list[EdgeOut]
    total_nodes: int = Field(description="how many nodes there were to give")
    truncated: bool = Field(description="whether some were left out")
    more: dict[str, int] = Field(description="edges that a node has to nodes which are not given")


class SearchResults(Answer):
    """What a search found."""

    rows: list[Hit]


@router.get("/search")
def search_nodes(
    reader: Reading,
    q: Annotated[str, Query(min_length=1, max_length=200, description="name, alias, code or pinyin")],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> SearchResults:
    """Nodes by name, alias, code or pinyin."""
    return SearchResults(**dict(question_named("search").ask(reader, text=q, limit=limit)))


@router.get("/nodes/{node_id}")
def one_node(reader: Reading, node_id: str) -> NodeAnswer:
    """One node, its properties and sources."""
    node = node_of_id(reader, node_id)
    source_ids = node.properties.get("source_ids") or ()
    found = nodes(reader, source_ids if isinstance(source_ids, tuple) else ())
    return NodeAnswer(node=_node(node), sources=[_node(source) for source in found])


@router.get("/subgraph/{node_id}")
def subgraph(
    reader: Reading,
    node_id: str,
    depth: Annotated[int, Query(ge=1, le=4, description="steps along the chain of products")] = 1,
    kinds: Annotated[list[str], Query(description="labels, empty for all")] = [],
    limit: Annotated[int, Query(ge=1, le=2_000, description="nodes at most")] = 150,
) -> SubgraphAnswer:
    """What surrounds a node, with makers and technologies of products."""
    check_labels(kinds)
    picture = neighbourhood_picture(reader, node_id, depth=depth, labels=kinds, limit=limit, with_holders=True)
    found = picture.subgraph
    return SubgraphAnswer(
        focus_id=picture.focus_id,
        nodes=[_node(node) for node in found.nodes],
        edges=[EdgeOut.model_validate(edge.to_json()) for edge in found.edges],
        total_nodes=found.total_nodes,
        truncated=found.truncated or picture.is_cut,
        more=dict(picture.more),
    )


def check_labels(labels: list[str]) -> None:
    """Raise `UnknownName` for what is no label."""
    for label in labels:
        if label not in NODE_TYPE:
            raise UnknownName("node type", label, NODE_TYPE)


def _node(node: Node) -> NodeOut:
    return NodeOut.model_validate(node.to_json())
