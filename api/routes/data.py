"""Nodes, search and subgraphs as JSON."""

from collections.abc import Callable, Hashable
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field, JsonValue

from api.answering import Looking
from api.deps import Reading
from api.errors import RESPONSES
from graph.errors import UnknownName
from graph.model import Node
from graph.ontology import EDGE_TYPES, NODE_TYPE, NODE_TYPES, Property
from graph.texts import Language
from queries.answer import Answer
from queries.evidence import node_of_id, sources_of
from queries.questions.search import Hit
from queries.reader import Reader
from queries.saved import question_named
from queries.surroundings import surroundings

router = APIRouter(prefix="/api", tags=["graph"], responses=RESPONSES, route_class=Looking)


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


@router.get("/search", response_model=SearchResults)
def search_nodes(
    reader: Reading,
    q: Annotated[str, Query(min_length=1, max_length=200, description="name, alias, code or pinyin")],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Response:
    """Nodes by name, alias, code or pinyin."""
    found = question_named("search").ask
    return _kept(reader, ("search", q, limit), lambda apart: SearchResults(**dict(found(apart, text=q, limit=limit))))


@router.get("/nodes/{node_id}", response_model=NodeAnswer)
def one_node(reader: Reading, node_id: str) -> Response:
    """One node, its properties and sources."""
    return _kept(reader, ("node", node_id), lambda apart: node_answer(apart, node_id))


def node_answer(reader: Reader, node_id: str) -> NodeAnswer:
    """A node with the sources of its facts. Raises `NotFound`."""
    node = node_of_id(reader, node_id)
    return NodeAnswer(node=_node(node), sources=[_node(source) for source in sources_of(reader, [node]).values()])


@router.get("/subgraph/{node_id}", response_model=SubgraphAnswer)
def subgraph(
    reader: Reading,
    node_id: str,
    depth: Annotated[int, Query(ge=1, le=4, description="steps along the chain of products")] = 1,
    kinds: Annotated[list[str], Query(description="labels, empty for all")] = [],
    limit: Annotated[int, Query(ge=1, le=2_000, description="nodes at most")] = 150,
) -> Response:
    """What surrounds a node, with makers and technologies of products."""
    check_labels(kinds)
    key = ("subgraph", node_id, depth, tuple(kinds), limit)
    return _kept(reader, key, lambda apart: _subgraph(apart, node_id, depth, kinds, limit))


def _subgraph(reader: Reader, node_id: str, depth: int, kinds: list[str], limit: int) -> dict[str, object]:
    """A `SubgraphAnswer`, made of what is read as it is: half the work of an answer was to check that it is right."""
    around = surroundings(reader, node_id, depth=depth, labels=kinds, limit=limit, with_holders=True)
    found = around.subgraph(reader)
    is_cut = found.truncated or around.is_cut
    return {**found.to_json(), "focus_id": around.focus_id, "truncated": is_cut, "more": around.more}


def _kept(reader: Reader, key: Hashable, make: Callable[[Reader], object]) -> Response:
    """An answer that depends on nothing but the graph, written once while that stands."""
    body = reader.once(key, lambda apart: orjson.dumps(make(apart), default=_dumped))
    return Response(body, media_type="application/json")


def _dumped(one: object) -> object:
    assert isinstance(one, BaseModel)
    return one.model_dump(mode="json")


def check_labels(labels: list[str]) -> None:
    """Raise `UnknownName` for what is no label."""
    for label in labels:
        if label not in NODE_TYPE:
            raise UnknownName("node type", label, NODE_TYPE)


def _node(node: Node) -> NodeOut:
    return NodeOut.model_validate(node.to_json())
