"""Pages put together: questions and pictures read from the store, handed to `viz`."""

import json
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import get_args, get_origin

from pydantic.fields import FieldInfo

from graph.model import Node, Subgraph
from graph.ontology import NODE_TYPE, label_of
from graph.store import GraphStore
from queries.chains import all_chains, area
from queries.explore import evidence_subgraph, find_node, neighbourhood_picture, nodes
from queries.gaps import critical_edges
from queries.library import question_named, questions
from queries.runner import Answer, Question, Ran, Reader, Recorder, Row, evidence_ids
from queries.tables import cell_text, headings
from viz.layout import layered
from viz.page import Card, Cell, Column, Evidence, Field, Form, Link, Links, Section, Table, graph_page, list_page

MAX_PICTURE_NODES = 500
"""More than this no reader takes in and no browser draws at ease."""

_FINDINGS_NODES = 80
_SHOWN_PARAMETERS = 400
_WORST = 8
_LINKS = Links()


def subgraph_page(
    store: GraphStore, node: str, *, depth: int, limit: int, labels: Sequence[str], is_served: bool
) -> str:
    """The page of what surrounds a node, given by id or name. Raises `NotFound`, `UnknownName`."""
    reader = Recorder(store)
    picture = neighbourhood_picture(
        reader,
        find_node(reader, node).id,
        depth=depth,
        labels=labels,
        limit=min(limit, MAX_PICTURE_NODES),
        with_holders=True,
    )
    found = picture.subgraph
    focus = next(n for n in found.nodes if n.id == picture.focus_id)
    kind = NODE_TYPE[focus.label]
    return graph_page(
        found,
        layered(found),
        title=focus.name,
        subtitle=f"{kind.zh} {kind.en} · {depth} 步之内 within {depth} steps",
        focus_id=focus.id,
        hidden=found.total_nodes - len(found.nodes),
        more=picture.more,
        critical_edge_ids=critical_edges(reader, area(reader, [])),
        sources=_sources(reader, found),
        links=_LINKS if is_served else None,
    )


def ask_page(store: GraphStore, one: Question, given: Mapping[str, object]) -> str:
    """The page of a question: the picture of its findings and the table of its rows; a form where nothing is given.

    Raises `pydantic.ValidationError` for bad parameters.
    """
    fields = one.parameters.model_fields
    if any(info.is_required() and name not in given for name, info in fields.items()):
        section = Section(one.doc.splitlines()[0], form=_form(store, one, given))
        return list_page(f"{one.zh} {one.en}", [section], links=_LINKS)
    answer = one.ask(store, **given)
    rows: list[Row] = getattr(answer, "rows", [])
    reader = Recorder(store)
    found = evidence_subgraph(reader, evidence_ids(rows), limit=_FINDINGS_NODES)
    return graph_page(
        found,
        layered(found),
        title=f"{one.zh} {one.en}",
        subtitle=" ".join((_counted(answer, rows), *answer.notes)),
        hidden=found.total_nodes - len(found.nodes),
        critical_edge_ids=critical_edges(reader, area(reader, [])),
        highlighted_ids=[str(row_id) for row in rows for row_id in (_node_id(row),) if row_id],
        sources=_sources(reader, found),
        findings=_table(one, rows),
        form=_form(store, one, answer.parameters),
        evidence=Evidence(answer.conventions, [(ran.name, _runnable(ran)) for ran in answer.statements]),
        links=_LINKS,
    )


def _runnable(ran: Ran) -> str:
    """A statement with its parameters; of a long one, the first characters."""
    values = json.dumps(ran.parameters, ensure_ascii=False)
    shown = values if len(values) <= _SHOWN_PARAMETERS else f"{values[:_SHOWN_PARAMETERS]}…"
    return f"{ran.cypher}\n\n// {shown}"


def _form(store: GraphStore, one: Question, given: Mapping[str, object]) -> Form:
    """What asks a question again, filled with what was given."""
    return Form(
        f"/ask/{one.name}", [_field(store, name, info, given) for name, info in one.parameters.model_fields.items()]
    )


def _field(store: GraphStore, name: str, info: FieldInfo, given: Mapping[str, object]) -> Field:
    kinds = get_args(info.annotation) or (info.annotation,)
    value = given.get(name, "" if info.is_required() else info.default)
    values = value if isinstance(value, list | tuple) else [value]
    zh, _, _ = (info.description or name).partition("（")
    return Field(
        name=name,
        zh=zh.partition(" ")[0],
        hint=info.description or "",
        values=[str(v).lower() if isinstance(v, bool) else str(v) for v in values],
        choices=_choices(store, name, kinds),
        is_multiple=get_origin(info.annotation) is list,
        is_required=info.is_required(),
        is_number=int in kinds or float in kinds,
    )


def _choices(store: GraphStore, name: str, kinds: Sequence[object]) -> list[tuple[str, str]]:
    """What a field can be, where that is a short list."""
    if name == "chain":
        return [("", "全部 all"), *((c.chain_id, c.name_zh) for c in all_chains(Recorder(store)))]
    if bool in kinds:
        return [("false", "否 no"), ("true", "是 yes")]
    members = [member for kind in kinds if isinstance(kind, type) and issubclass(kind, StrEnum) for member in kind]
    return [(member.value, f"{getattr(member, 'zh', '')} {member.value}".strip()) for member in members]


def _counted(answer: Answer, rows: Sequence[Row]) -> str:
    return f"看了 {answer.looked_at} 个{answer.looked_at_what}，列出 {len(rows)} 行。"


def home_page(store: GraphStore) -> str:
    """The first page: chains, the worst findings, all questions."""
    chains = question_named("chains")
    overview = chains.ask(store)
    sections = [
        Section(
            "产业链 Chains",
            "点开一条产业链看它的产品与生产者。 Open a chain to see its products and makers.",
            cards=[_chain_card(row) for row in _rows_of(overview)],
        ),
        *(_worst(store, name) for name in ("gaps", "weak_points")),
        Section(
            "可以提的问题 Questions",
            cards=[Card(f"{q.zh} {q.en}", q.doc.splitlines()[0], href=f"/ask/{q.name}") for q in questions()],
        ),
    ]
    return list_page(
        "corridor · G60 科创走廊产业链",
        sections,
        subtitle="断链在哪里、谁能补上，每个回答都有依据。 Where chains break and who could fill in, with evidence.",
        links=_LINKS,
    )


def _chain_card(row: Row) -> Card:
    values = row.model_dump()
    coverage = values["coverage"]
    return Card(
        values["name_zh"],
        values["name_en"] or "",
        href=_LINKS.picture_of(values["chain_id"]),
        facts=[
            f"产品 products {values['products']}",
            f"区内有生产者 made here {values['with_local_maker']}"
            + (f"（{coverage:.0%}）" if coverage is not None else ""),
            f"区内企业 makers {values['local_makers']}",
            f"卡脖子技术 key technologies {values['key_technologies']}",
        ],
    )


def _worst(store: GraphStore, name: str) -> Section:
    one = question_named(name)
    answer = one.ask(store, limit=_WORST)
    return Section(
        f"{one.zh} {one.en}", one.doc.splitlines()[0], table=_table(one, _rows_of(answer)), href=f"/ask/{name}"
    )


def search_page(store: GraphStore, text: str) -> str:
    """What a search found, as a page; without a text it says what can be searched for."""
    if not text.strip():
        hint = Section("检索 Search", "请输入名称、别名、代码或拼音。 Type a name, alias, code or pinyin.")
        return list_page("检索 Search", [hint], links=_LINKS)
    one = question_named("search")
    answer = one.ask(store, text=text, limit=100)
    section = Section(
        f"“{text}”", " ".join((_counted(answer, _rows_of(answer)), *answer.notes)), table=_table(one, _rows_of(answer))
    )
    return list_page("检索 Search", [section], query=text, links=_LINKS)


def error_page(status: int, message: str) -> str:
    """An error as a page."""
    return list_page(f"{status}", [Section("出错了 Something is wrong", message)], links=_LINKS)


def _rows_of(answer: Answer) -> list[Row]:
    rows: list[Row] = getattr(answer, "rows", [])
    return rows


def _table(one: Question, rows: Iterable[Row]) -> Table:
    columns = headings(one.row_type)
    return Table(
        [Column(h.zh, h.en, is_number=h.is_number) for h in columns],
        [[_cell(row, h.field) for h in columns] for row in rows],
    )


def _cell(row: Row, field: str) -> Cell:
    value = getattr(row, field)
    node_id = _node_id(row)
    if field == "name_zh" and node_id:
        return Link(str(value), node_id=node_id)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return round(value, 3) if isinstance(value, float) else value
    return cell_text(value)


def _node_id(row: Row) -> str | None:
    """The node that a row is about: its first field that is the id of one."""
    for field, value in row:
        if field.endswith("id") and isinstance(value, str) and label_of(value):
            return value
    return None


def _sources(reader: Reader, found: Subgraph) -> dict[str, Node]:
    """The sources that the facts of a subgraph name, by id."""
    properties = [*(node.properties for node in found.nodes), *(edge.properties for edge in found.edges)]
    ids: set[str] = set()
    for values in properties:
        value = values.get("source_ids")
        ids.update(value if isinstance(value, tuple) else ())
    return {node.id: node for node in nodes(reader, ids)}
