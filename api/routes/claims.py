"""Where facts come from: the claims on a node or edge, and pairs of records that a person should look at."""

from collections.abc import Sequence
from datetime import date

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from api.answering import Looking
from api.deps import Home, OneGraph
from api.errors import RESPONSES
from graph.store import Graph
from ingest.provenance import Provenance, Run, provenance_of, run_of
from viz.page import Column, Link, Links, Section, Table, list_page

router = APIRouter(tags=["claims"], responses=RESPONSES, route_class=Looking)


class SaidOut(BaseModel):
    """One value of a claim."""

    property: str
    zh: str = Field(description="属性 name of the property")
    value: str | int | float | bool | date | list[str]
    text: str | None = Field(description="原文 text as found, where it differs from the value")
    wins: bool = Field(description="采用 whether the graph shows it")


class ClaimOut(BaseModel):
    """What one row of a source says of the thing."""

    record: str = Field(description="id by which the source's record is known")
    file: str = Field(description="file, and sheet")
    row: int = Field(description="row of the file, the headings being row 1")
    source_ids: list[str]
    as_of: date | None
    is_correction: bool = Field(description="更正 whether a person says it")
    values: list[SaidOut]


class JoinOut(BaseModel):
    """Two records that were taken for the same."""

    id: str
    left_id: str
    right_id: str
    tier: str = Field(description="decision, identifier, name or probable")
    probability: float | None
    why: str


class ClaimsAnswer(BaseModel):
    """All that is known of where a node or edge comes from; claims in the order of precedence."""

    id: str
    run_id: str
    precedence: str = Field(description="which claim wins")
    claims: list[ClaimOut]
    joins: list[JoinOut]
    set_aside: list[str] = Field(description="values that are not shown because it is not certain whose they are")


class ReviewAnswer(BaseModel):
    """Pairs that may be the same, for a person to decide."""

    run_id: str
    pairs: list[JoinOut]


def _run(graph: Graph, home: Home) -> Run:
    return run_of(home, graph.run_id())


def _answer(found: Provenance) -> ClaimsAnswer:
    return ClaimsAnswer.model_validate(found, from_attributes=True)


@router.get("/api/nodes/{node_id}/claims")
def node_claims(graph: OneGraph, home: Home, node_id: str) -> ClaimsAnswer:
    """一个节点的全部声明，未被采用的也在内。 Every claim on a node, the losing ones too."""
    return _answer(provenance_of(_run(graph, home), node_id))


@router.get("/api/edges/{edge_id}/claims")
def edge_claims(graph: OneGraph, home: Home, edge_id: str) -> ClaimsAnswer:
    """一条关系的全部声明。 Every claim on an edge."""
    return _answer(provenance_of(_run(graph, home), edge_id))


@router.get("/api/review")
def pairs_to_review(graph: OneGraph, home: Home) -> ReviewAnswer:
    """待人判断是否同一的记录对。 Pairs of records that may be the same."""
    run = _run(graph, home)
    return ReviewAnswer(run_id=run.folder.name, pairs=[JoinOut.model_validate(row) for row in _pairs(run)])


def _pairs(run: Run) -> list[dict[str, object]]:
    return run.table("review")


@router.get("/explain/{thing:path}", include_in_schema=False, response_class=HTMLResponse)
def explain_page(graph: OneGraph, home: Home, thing: str) -> str:
    """Where a fact comes from, as a page."""
    found = provenance_of(_run(graph, home), thing)
    columns = (
        Column("采用", "shown"), Column("属性", "property"), Column("值", "value"), Column("原文", "as found"),
        Column("位置", "where"), Column("来源", "sources"), Column("截至", "as of"), Column("记录", "record"),
    )  # fmt: skip
    rows = [
        (
            "✓" if said.wins else "—",
            f"{said.zh} {said.property}",
            _shown(said.value),
            said.text or "",
            f"{claim.file}:{claim.row}",
            tuple(Link(source, node_id=source) for source in claim.source_ids),
            claim.as_of.isoformat() if claim.as_of else None,
            claim.record,
        )
        for claim in found.claims
        for said in claim.values
    ]
    sections = [Section("声明 Claims", f"取舍规则 precedence: {found.precedence}", table=Table(columns, rows))]
    if found.joins:
        sections.append(
            Section(
                "归并 Joined",
                "撤销 undo: corridor merges undo ID",
                table=_pair_table([vars_of(j) for j in found.joins]),
            )
        )
    if found.set_aside:
        sections.append(Section("暂搁置 Set aside", " ".join(found.set_aside)))
    return list_page(
        f"来历 Where it comes from · {thing}", sections, subtitle=f"批次 run {found.run_id}", links=Links()
    )


@router.get("/review", include_in_schema=False, response_class=HTMLResponse)
def review_page(graph: OneGraph, home: Home) -> str:
    """Pairs to review, as a page."""
    run = _run(graph, home)
    pairs = _pairs(run)
    text = (
        "这些记录可能是同一事物，由人判断：corridor review；决定写入决定文件，可撤销。 These may be the same; decide with corridor review."
        if pairs
        else "没有待复核的记录对。 There is no pair to review."
    )
    sections = [Section(f"待复核 To review ({len(pairs)})", text, table=_pair_table(pairs) if pairs else None)]
    return list_page("待复核 To review", sections, subtitle=f"批次 run {run.folder.name}", links=Links())


def _pair_table(pairs: Sequence[dict[str, object]]) -> Table:
    columns = (
        Column("编号", "id"), Column("甲", "left"), Column("乙", "right"), Column("依据", "tier"),
        Column("概率", "probability", is_number=True), Column("为何", "why"),
    )  # fmt: skip
    rows = []
    for pair in pairs:
        left, right, probability = str(pair["left_id"]), str(pair["right_id"]), pair["probability"]
        shown = round(probability, 4) if isinstance(probability, float) else None
        rows.append(
            (
                str(pair["id"]),
                Link(left, node_id=left),
                Link(right, node_id=right),
                str(pair["tier"]),
                shown,
                str(pair["why"]),
            )
        )
    return Table(columns, rows)


def vars_of(join: object) -> dict[str, object]:
    """The fields of a join by name."""
    return {name: getattr(join, name) for name in JoinOut.model_fields}


def _shown(value: object) -> str:
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)
