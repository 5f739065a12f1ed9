"""Pages put together: questions and pictures read from the graph, handed to `viz`."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import get_args, get_origin
from urllib.parse import urlencode

from pydantic.fields import FieldInfo

from graph.model import Node, Subgraph
from graph.ontology import NODE_TYPE, label_of
from queries.answer import Answer, Row, as_of_text, evidence_ids
from queries.compare import COMPARISON, Comparison
from queries.evidence import critical_edges, evidence_subgraph
from queries.reader import Reader
from queries.registry import QUESTIONS, Question, questions
from queries.saved import question_named, saved_questions
from queries.scope import all_chains, find_node, nodes
from queries.surroundings import neighbourhood_picture
from queries.tables import cell_text, headings
from viz.layout import layered
from viz.page import (
    Bar,
    Card,
    Cell,
    Chart,
    Column,
    Evidence,
    Field,
    Form,
    Link,
    Links,
    Section,
    Table,
    graph_page,
    list_page,
)

MAX_PICTURE_NODES = 500
"""More than this no reader takes in and no browser draws at ease."""

_FINDINGS_NODES = 80
_WORST = 8
_COMPARED = 500
_DRAWN = 12
_ITEMS = 4
"""Items of a list that a cell of a table shows."""
_LINKS = Links()


def subgraph_page(reader: Reader, node: str, *, depth: int, limit: int, labels: Sequence[str], is_served: bool) -> str:
    """The page of what surrounds a node, given by id or name. Raises `NotFound`, `UnknownName`."""
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
        critical_edge_ids=critical_edges(reader, found),
        sources=_sources(reader, found),
        links=_LINKS if is_served else None,
    )


def ask_page(reader: Reader, one: Question, given: Mapping[str, object]) -> str:
    """The page of a question: the picture of its findings and the table of its rows; a form where nothing is given.

    Raises `pydantic.ValidationError` for bad parameters.
    """
    fields = one.parameters.model_fields
    if any(info.is_required() and name not in given for name, info in fields.items()):
        section = Section(one.doc.splitlines()[0], form=_form(reader, one, given))
        return list_page(f"{one.zh} {one.en}", [section], links=_LINKS)
    answer = one.ask(reader, **given)
    rows: list[Row] = getattr(answer, "rows", [])
    found = evidence_subgraph(reader, evidence_ids(rows), limit=_FINDINGS_NODES)
    return graph_page(
        found,
        layered(found),
        title=f"{one.zh} {one.en}",
        subtitle=_counted(answer, rows),
        hidden=found.total_nodes - len(found.nodes),
        critical_edge_ids=critical_edges(reader, found),
        highlighted_ids=[str(row_id) for row in rows for row_id in (_node_id(row),) if row_id],
        sources=_sources(reader, found),
        findings=_table(one, rows),
        form=_form(reader, one, answer.parameters),
        notes=[*as_of_text(answer), *answer.notes],
        charts=[*_counts(answer), *_bars(one, rows)],
        also=_also(one, given),
        evidence=Evidence(answer.conventions, [(ran.name, ran.paste) for ran in answer.statements]),
        links=_LINKS,
    )


def _also(one: Question, given: Mapping[str, object]) -> list[Link]:
    """Where else the answer is: as data, beside that of an earlier load, its parameters as a file to keep."""
    asked = f"?{urlencode(given, doseq=True)}" if given else ""
    found = [Link("对比批次 Compare", f"/compare/{one.name}{asked}"), Link("JSON", f"/api/ask/{one.name}{asked}")]
    if one.name in QUESTIONS:
        found.insert(1, Link("保存参数 Keep", f"/ask/{one.name}/kept.yaml{asked}"))
    return found


def _counts(answer: Answer) -> list[Chart]:
    """The fields of an answer that count by something, as bars."""
    found = []
    for name, info in type(answer).model_fields.items():
        value = getattr(answer, name)
        if isinstance(value, dict) and value and all(isinstance(n, int | float) for n in value.values()):
            found.append(_chart(info.description or name, [(cell_text(k), float(n)) for k, n in value.items() if n]))
    return [chart for chart in found if chart.bars]


def _bars(one: Question, rows: Sequence[Row]) -> list[Chart]:
    """The first rows by the number that the question draws."""
    field = one.row_type.bar
    values = [(str(getattr(row, "name_zh", "")), getattr(row, field)) for row in rows[:_DRAWN] if field]
    known = [(label, float(value)) for label, value in values if value is not None]
    return [_chart(one.row_type.model_fields[field].description or field, known)] if known else []


def _chart(about: str, values: Sequence[tuple[str, float]]) -> Chart:
    full = max((value for _, value in values), default=0.0) or 1.0
    return Chart(about, [Bar(label, max(value, 0.0) / full, f"{value:,.4g}") for label, value in values[:_DRAWN]])


def _form(reader: Reader, one: Question, given: Mapping[str, object]) -> Form:
    """What asks a question again, filled with what was given."""
    return Form(
        f"/ask/{one.name}", [_field(reader, name, info, given) for name, info in one.parameters.model_fields.items()]
    )


def _field(reader: Reader, name: str, info: FieldInfo, given: Mapping[str, object]) -> Field:
    kinds = get_args(info.annotation) or (info.annotation,)
    value = given.get(name, "" if info.is_required() else info.default)
    values = [v for v in (value if isinstance(value, list | tuple) else [value]) if v is not None]
    zh, _, _ = (info.description or name).partition("（")
    choices = _choices(reader, name, kinds)
    texts = [str(v).lower() if isinstance(v, bool) else str(v) for v in values]
    return Field(
        name=name,
        zh=zh.partition(" ")[0],
        hint=info.description or "",
        values=[next((value for value, said in choices if text in (value, said)), text) for text in texts],
        choices=choices,
        is_multiple=get_origin(info.annotation) is list,
        is_required=info.is_required(),
        is_number=int in kinds or float in kinds,
    )


def _choices(reader: Reader, name: str, kinds: Sequence[object]) -> list[tuple[str, str]]:
    """What a field can be, where that is a short list."""
    if name == "chain":
        return [("", "全部 all"), *all_chains(reader)]
    if bool in kinds:
        return [("false", "否 no"), ("true", "是 yes")]
    members = [member for kind in kinds if isinstance(kind, type) and issubclass(kind, StrEnum) for member in kind]
    return [(member.value, f"{getattr(member, 'zh', '')} {member.value}".strip()) for member in members]


def _counted(answer: Answer, rows: Sequence[Row]) -> str:
    return f"看了 {answer.looked_at} 个{answer.looked_at_what}，列出 {len(rows)} 行。"


def compare_page(
    one: Question, runs: Sequence[str], before: str, after: str, given: Mapping[str, object], answer: Comparison | None
) -> str:
    """What differs in the answers on two runs; without an answer the form that asks for them."""
    choices = [("", "当前图 the graph now"), *((run, run) for run in runs)]
    form = Form(
        f"/compare/{one.name}",
        [
            Field("before", "此前", "此前的批次 the earlier run", [before], choices[1:], is_required=True),
            Field("after", "此后", "此后的批次 the later run", [after], choices),
            *(Field(name, name, values=[str(v) for v in (value if isinstance(value, list) else [value])])
              for name, value in given.items()),
        ],
    )  # fmt: skip
    about = one.doc.splitlines()[0] if one.doc else ""
    if not runs:
        about = "还没有可对比的批次：每次载入都会保留，最近五次可用。 No run to compare with yet: the last five loads are kept."
    sections = [Section(f"{one.zh} {one.en}", about, form=form if runs else None)]
    if answer is not None:
        said = f"{len(answer.rows)} 处不同，{answer.unchanged} 行相同。 {len(answer.rows)} rows differ, {answer.unchanged} do not."
        counts = Counter(row.change for row in answer.rows)
        bars = [Bar(f"{c.zh} {c}", n / len(answer.rows), str(n)) for c, n in counts.items()]
        section = Section(
            "差异 Differences", " ".join((said, *answer.notes)), table=_table(COMPARISON, answer.rows[:_COMPARED]),
            chart=Chart("变化的行数 rows by change", bars),
        )  # fmt: skip
        sections.append(section)
    return list_page(f"对比 Compare · {one.zh}", sections, links=_LINKS)


def home_page(reader: Reader, folder: Path) -> str:
    """The first page: chains, the worst findings, all questions and those that users keep."""
    chains = question_named("chains")
    overview = chains.ask(reader)
    sections = [
        Section(
            "产业链 Chains",
            "点开一条产业链看它的产品与生产者。 Open a chain to see its products and makers.",
            cards=[_chain_card(row) for row in _rows_of(overview)],
        ),
        *(_worst(reader, name) for name in ("gaps", "key_technologies")),
        Section(
            "可以提的问题 Questions",
            cards=[_question_card(q) for q in questions()],
        ),
        *_kept(folder),
    ]
    return list_page(
        "corridor · G60 科创走廊产业链",
        sections,
        subtitle="断链在哪里、谁能补上，每个回答都有依据。 Where chains break and who could fill in, with evidence.",
        links=_LINKS,
    )


def _question_card(one: Question) -> Card:
    return Card(f"{one.zh} {one.en}", (one.doc.splitlines() or [""])[0], href=f"/ask/{one.name}")


def _kept(folder: Path) -> list[Section]:
    """The questions that users keep, and what is wrong with files that are none."""
    found, problems = saved_questions(folder)
    if not found and not problems:
        return []
    return [Section("自存的问题 Kept questions", " ".join(problems), cards=[_question_card(q) for q in found])]


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


def _worst(reader: Reader, name: str) -> Section:
    one = question_named(name)
    answer = one.ask(reader, limit=_WORST)
    return Section(
        f"{one.zh} {one.en}", one.doc.splitlines()[0], table=_table(one, _rows_of(answer)), href=f"/ask/{name}"
    )


def search_page(reader: Reader, text: str) -> str:
    """What a search found, as a page; without a text it says what can be searched for."""
    if not text.strip():
        hint = Section("检索 Search", "请输入名称、别名、代码或拼音。 Type a name, alias, code or pinyin.")
        return list_page("检索 Search", [hint], links=_LINKS)
    one = question_named("search")
    answer = one.ask(reader, text=text, limit=100)
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
    return cell_text(value, _ITEMS)


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
