"""Where facts come from: the claims on a node or edge, and pairs of records that a person should look at."""

from collections.abc import Mapping, Sequence
from datetime import date

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, Field

from api.answering import Looking
from api.deciding import correction_form, pair_form
from api.deps import Home, OneGraph, Reading, Speaking, spoken
from api.errors import RESPONSES
from graph.model import nodes_of
from graph.ontology import EDGE_TYPE, NODE_TYPE, label_of
from graph.store import Graph
from graph.texts import Language, Text, context, day_text, number_text
from ingest.provenance import ClaimedValue, Provenance, Run, provenance_of, run_of
from queries.scope import nodes
from viz.page import Cell, Column, Link, Links, Section, Table, list_page
from viz.picture import value_text

router = APIRouter(tags=["claims"], responses=RESPONSES, route_class=Looking)


class SaidOut(BaseModel):
    """One value of a claim."""

    property: str
    zh: str = Field(description="name of the property in Chinese")
    value: str | int | float | bool | date | list[str]
    text: str | None = Field(description="text as found, where it differs from the value")
    wins: bool = Field(description="whether the graph shows it")


class ClaimOut(BaseModel):
    """What one row of a source says of the thing."""

    record: str = Field(description="id by which the source's record is known")
    file: Text = Field(description="file, and sheet")
    row: int = Field(description="row of the file, the headings being row 1")
    source_ids: list[str]
    as_of: date | None
    is_correction: bool = Field(description="whether a person says it")
    values: list[SaidOut]


class JoinOut(BaseModel):
    """Two records that were taken for the same."""

    id: str
    left_id: str
    right_id: str
    tier: str = Field(description="decision, identifier, name or probable")
    probability: float | None
    why: Text
    left: str | None = Field(description="name and place of the left record")
    right: str | None = Field(description="name and place of the right one")


class ClaimsAnswer(BaseModel):
    """All that is known of where a node or edge comes from; claims in the order of precedence."""

    id: str
    run_id: str
    precedence: Text = Field(description="which claim wins")
    claims: list[ClaimOut]
    joins: list[JoinOut]
    set_aside: list[Text] = Field(description="values that are not shown because it is not certain whose they are")


class ReviewAnswer(BaseModel):
    """Pairs that may be the same, for a person to decide."""

    run_id: str
    pairs: list[JoinOut]


def _run(graph: Graph, home: Home) -> Run:
    return run_of(home, graph.run_id())


def _answer(found: Provenance, language: Language) -> JSONResponse:
    return _said(ClaimsAnswer.model_validate(found, from_attributes=True), language)


def _said(answer: BaseModel, language: Language) -> JSONResponse:
    return spoken(answer.model_dump(mode="json", context=context(language)), language)


@router.get("/api/nodes/{node_id}/claims", response_model=ClaimsAnswer)
def node_claims(graph: OneGraph, home: Home, language: Speaking, node_id: str) -> JSONResponse:
    """Every claim on a node, the losing ones too."""
    return _answer(provenance_of(_run(graph, home), node_id), language)


@router.get("/api/edges/{edge_id}/claims", response_model=ClaimsAnswer)
def edge_claims(graph: OneGraph, home: Home, language: Speaking, edge_id: str) -> JSONResponse:
    """Every claim on an edge."""
    return _answer(provenance_of(_run(graph, home), edge_id), language)


@router.get("/api/review", response_model=ReviewAnswer)
def pairs_to_review(graph: OneGraph, home: Home, language: Speaking) -> JSONResponse:
    """Pairs of records that may be the same."""
    run = _run(graph, home)
    pairs = [JoinOut.model_validate(row) for row in _pairs(run)]
    return _said(ReviewAnswer(run_id=run.folder.name, pairs=pairs), language)


def _pairs(run: Run) -> list[dict[str, object]]:
    return [{**row, "why": Text.unpacked(str(row["why"]))} for row in run.table("review")]


@router.get("/explain/{thing:path}", include_in_schema=False, response_class=HTMLResponse)
def explain_page(reader: Reading, home: Home, language: Speaking, thing: str) -> str:
    """Where a fact comes from, as a page."""
    found = provenance_of(_run(reader.store, home), thing)
    named = {one for claim in found.claims for one in claim.source_ids} | {*nodes_of(thing)}
    names = {node.id: node.name_in(language) for node in nodes(reader, named)}
    known = NODE_TYPE.get(label_of(thing) or "") or EDGE_TYPE.get(thing.partition("|")[0])
    properties = {prop.name: prop for prop in known.properties} if known else {}

    def value_of(said: ClaimedValue) -> Cell:
        described = properties.get(said.property)
        value = tuple(said.value) if isinstance(said.value, list) else said.value
        return value_text(described, value, language) if described else str(value)

    rows: list[list[Cell]] = [
        [
            "✓" if said.wins else "—",
            properties[said.property].in_(language) if said.property in properties else said.property,
            value_of(said),
            said.text or "",
            f"{claim.file.in_(language)}:{claim.row}",
            tuple(Link(names.get(source, source), node_id=source) for source in claim.source_ids),
            day_text(claim.as_of, language) if claim.as_of else None,
            claim.record,
        ]
        for claim in found.claims
        for said in claim.values
    ]
    columns = _columns(("shown", "property", "value", "as_found", "where", "sources", "as_of", "record"), language)
    rule = Text("claims.rule").in_(language)
    sections = [Section(Text("claims.claims").in_(language), rule, table=Table(columns, rows))]
    if found.joins:
        joins = [{name: getattr(join, name) for name in JoinOut.model_fields} for join in found.joins]
        heading, undo = (Text(f"claims.{name}").in_(language) for name in ("joined", "undo"))
        sections.append(Section(heading, undo, table=_pair_table(joins, language)))
        sections.append(pair_form(joins, language, is_joined=True))
    if found.set_aside:
        sections.append(
            Section(Text("claims.set_aside").in_(language), " ".join(one.in_(language) for one in found.set_aside))
        )
    sections.append(correction_form(found.id, language))
    ends = [names.get(one, one) for one in nodes_of(thing)]
    what = f" {EDGE_TYPE[thing.partition('|')[0]].in_(language)} ".join(ends) if len(ends) > 1 else ends[0]
    title = Text("claims.title", thing=what).in_(language)
    run = Text("claims.run", run=found.run_id).in_(language)
    return list_page(title, sections, subtitle=run, links=Links(), language=language)


@router.get("/review", include_in_schema=False, response_class=HTMLResponse)
def review_page(graph: OneGraph, home: Home, language: Speaking) -> str:
    """Pairs to review, as a page."""
    run = _run(graph, home)
    pairs = _pairs(run)
    title = Text("claims.review").in_(language)
    text = Text("claims.review.how" if pairs else "claims.review.none").in_(language)
    sections = [Section(f"{title} ({len(pairs)})", text, table=_pair_table(pairs, language) if pairs else None)]
    sections += [pair_form(pairs, language, is_joined=False)] if pairs else []
    subtitle = Text("claims.run", run=run.folder.name).in_(language)
    return list_page(title, sections, subtitle=subtitle, links=Links(), language=language)


def _columns(names: Sequence[str], language: Language) -> list[Column]:
    return [Column(Text(f"claims.column.{name}").in_(language), is_number=name == "probability") for name in names]


def _pair_table(pairs: Sequence[Mapping[str, object]], language: Language) -> Table:
    rows: list[list[Cell]] = []
    for pair in pairs:
        probability = pair["probability"]
        ends = [
            Link(str(pair[side] or pair[f"{side}_id"]), node_id=str(pair[f"{side}_id"])) for side in ("left", "right")
        ]
        shown = number_text(probability, language) if isinstance(probability, float) else None
        tier = Text(f"claims.tier.{pair['tier']}").in_(language)
        why = pair["why"].in_(language) if isinstance(pair["why"], Text) else ""
        rows.append([str(pair["id"]), *ends, tier, shown, why])
    return Table(_columns(("id", "left", "right", "tier", "probability", "why"), language), rows)
