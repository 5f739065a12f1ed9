"""A picture to take away: as SVG, as a page of its own, or as a graph that other programs read."""

from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from api.deps import attached, spoken_in
from api.runs import run_named
from graph.batches import batches_of_rows
from graph.errors import NotFound
from graph.exchange import write
from graph.model import Subgraph
from graph.ontology import EDGE_TYPE, NODE_TYPE
from graph.texts import Language, Text
from queries.evidence import critical_edges, evidence_subgraph, sources_of
from queries.reader import Reader
from viz.layout import Lane, Layout, layered
from viz.page import Drawing, graph_page, picture_svg
from viz.still import Caption

_MOST = 2_000


class Form(StrEnum):
    """In what form a picture is taken away; a PNG is made of the SVG by whoever shows it."""

    SVG = "svg"
    HTML = "html"
    GRAPHML = "graphml"
    GEXF = "gexf"


TYPES = {
    Form.SVG: "image/svg+xml",
    Form.HTML: "text/html",
    Form.GRAPHML: "application/graphml+xml",
    Form.GEXF: "application/gexf+xml",
}
"""What each form is to a browser."""


class Band(BaseModel):
    """A vertical band of a picture, as `viz.layout.Lane`."""

    model_config = ConfigDict(allow_inf_nan=False)

    key: str = Field("", max_length=60)
    tier: int = 0
    labels: list[str] = Field([], max_length=3)
    x_min: float = Field(alias="from")
    x_max: float = Field(alias="to")


class Seen(BaseModel):
    """What is to be in a picture, and where it stands; ids that the graph does not have are left out."""

    model_config = ConfigDict(allow_inf_nan=False)

    ids: list[str] = Field(
        min_length=1,
        max_length=8_000,
        description="nodes and edges, as `evidence_ids` of answers; the ends of edges with them",
    )
    form: Form = Form.SVG
    title: str = Field("", max_length=300)
    subtitle: str = Field("", max_length=600)
    width: int = Field(1920, ge=200, le=10_000)
    height: int = Field(1080, ge=200, le=10_000)
    focus: str = Field("", max_length=300)
    marked: list[str] = Field([], max_length=8_000)
    positions: dict[str, tuple[float, float]] = Field({}, description="worked out anew where any node has none")
    lanes: list[Band] = Field([], max_length=200)


def taken(reader: Reader, home: Path, seen: Seen, language: Language) -> Response:
    """The picture in the form that was asked for. Raises `NotFound` where nothing of it is in the graph."""
    found = evidence_subgraph(reader, seen.ids, limit=_MOST)
    if not found.nodes:
        raise NotFound(seen.ids[0])
    headers = spoken_in(language) | attached(f"picture.{seen.form}")
    if seen.form in (Form.GRAPHML, Form.GEXF):
        content = as_file(found, reader.store.run_id() or "-", seen.form)
        return Response(content, media_type=TYPES[seen.form], headers=headers)
    drawing = Drawing(
        found, _layout(found, seen, language), seen.focus or None, critical_edge_ids=critical_edges(reader, found),
        highlighted_ids=frozenset(seen.marked), sources=sources_of(reader, (*found.nodes, *found.edges)), language=language,
    )  # fmt: skip
    stamp = stamp_of(reader, home, language)
    if seen.form is Form.HTML:
        html = graph_page(drawing, title=seen.title, subtitle=seen.subtitle, stamp=stamp)
        return HTMLResponse(html, headers=headers)
    svg = picture_svg(drawing, Caption(seen.title, seen.subtitle, stamp), (seen.width, seen.height))
    return Response(svg, media_type=TYPES[Form.SVG], headers=headers)


def _layout(found: Subgraph, seen: Seen, language: Language) -> Layout:
    """Where the nodes stand for who sees them; worked out where that is not said of all."""
    known = [seen.positions.get(node.id) for node in found.nodes]
    if any(one is None or not all(abs(part) < 1e6 for part in one) for one in known):
        return layered(found, language=language)
    lanes = [
        Lane(one.key, one.tier, tuple(label for label in one.labels if label in NODE_TYPE), one.x_min, one.x_max)
        for one in seen.lanes
    ]
    return Layout({node.id: seen.positions[node.id] for node in found.nodes}, tuple(lanes))


def as_file(found: Subgraph, run_id: str, form: str) -> bytes:
    """A part of the graph as a file of an exchange format."""
    nodes = [
        (NODE_TYPE[one.label], {"id": one.id, **one.properties})
        for one in sorted(found.nodes, key=lambda one: one.label)
    ]
    edges = [
        (EDGE_TYPE[one.type], {"id": one.id, "from_id": one.from_id, "to_id": one.to_id, **one.properties})
        for one in sorted(found.edges, key=lambda one: one.type)
    ]
    with TemporaryDirectory(prefix="corridor-") as folder:
        target = Path(folder, "picture")
        write(batches_of_rows([*nodes, *edges]), run_id, target, form)
        return target.read_bytes()


def stamp_of(reader: Reader, home: Path, language: Language) -> str:
    """Of which day the facts are, and of which load of which datasets."""
    run = run_named(home, reader.store.run_id() or "")
    return Text("pages.still.stamp", day=reader.store.day() or Text("common.unknown"), run=run).in_(language)
