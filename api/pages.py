"""Pages put together: questions and pictures read from the graph, handed to `viz`."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import get_args, get_origin
from urllib.parse import urlencode

from pydantic.fields import FieldInfo

from graph.model import Edge, Node, ends, is_edge_id
from graph.ontology import label_of
from graph.texts import Language, Text, number_text, share_text, word
from queries.answer import Answer, Row, as_of_text, evidence_ids
from queries.compare import COMPARISON, Comparison
from queries.evidence import critical_edges, evidence_subgraph
from queries.reader import Reader
from queries.registry import QUESTIONS, Question
from queries.scope import all_chains, nodes
from queries.tables import Heading, cell_text, heading, headings
from viz.layout import layered
from viz.page import (
    Bar,
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
_FOUND = 100
_DRAWN = 12
_ITEMS = 4
"""Items of a list that a cell of a table shows."""
LINKS = Links()


def ask_page(reader: Reader, one: Question, given: Mapping[str, object], language: Language) -> str:
    """The page of a question: the picture of its findings and the table of its rows; a form where nothing is given.

    Raises `pydantic.ValidationError` for bad parameters.
    """
    title = one.title.in_(language)
    fields = one.parameters.model_fields
    if any(info.is_required() and name not in given for name, info in fields.items()):
        section = Section(one.doc.in_(language), form=_form(reader, one, given, language))
        return list_page(title, [section], links=LINKS, language=language)
    answer = one.ask(reader, **given)
    rows = rows_of(answer)
    found = evidence_subgraph(reader, evidence_ids(rows), limit=_FINDINGS_NODES)
    form = _form(reader, one, answer.parameters, language)
    return graph_page(
        found,
        layered(found, language=language),
        title=_asked(one, given, form, language),
        subtitle=counted(answer).in_(language),
        hidden=found.total_nodes - len(found.nodes),
        critical_edge_ids=critical_edges(reader, found),
        highlighted_ids=[str(row_id) for row in rows for row_id in (_node_id(row),) if row_id],
        sources=sources_of(reader, (*found.nodes, *found.edges)),
        findings=table_of(reader, one, rows, language),
        form=form,
        notes=[note.in_(language) for note in (*as_of_text(answer), *answer.notes)],
        charts=[*_counts(answer, language), *_bars(reader, one, rows, language)],
        also=_also(one, given, language),
        evidence=Evidence(
            [text.in_(language) for text in answer.conventions], [(ran.name, ran.paste) for ran in answer.statements]
        ),
        links=LINKS,
        language=language,
    )


def _asked(one: Question, given: Mapping[str, object], form: Form, language: Language) -> str:
    """The question with what was given for its parameters, as they stand in its form."""
    said = []
    for field in form.fields:
        if field.name in given:
            texts = [dict(field.choices).get(value, value) for value in field.values]
            said.append(Text("pages.given", name=field.label, value=texts))
    return (Text("pages.asked", question=one.title, given=said) if said else one.title).in_(language)


def _also(one: Question, given: Mapping[str, object], language: Language) -> list[Link]:
    """Where else the answer is: as data, beside that of an earlier load, its parameters as a file to keep."""
    asked = f"?{urlencode(given, doseq=True)}" if given else ""
    addresses = {
        "compare": f"/compare/{one.name}",
        "keep": f"/ask/{one.name}/kept.yaml",
        "json": f"/api/ask/{one.name}",
    }
    if one.name not in QUESTIONS:
        del addresses["keep"]
    return [Link(Text(f"pages.also.{name}").in_(language), f"{path}{asked}") for name, path in addresses.items()]


def _counts(answer: Answer, language: Language) -> list[Chart]:
    """The fields of an answer that count by something, as bars."""
    found = []
    for name in type(answer).model_fields:
        value = getattr(answer, name)
        if isinstance(value, dict) and value and all(isinstance(n, int | float) for n in value.values()):
            bars = [(cell_text(key, language), float(n)) for key, n in value.items() if n]
            found.append(_chart(heading(type(answer), name), bars, language))
    return [chart for chart in found if chart.bars]


def _bars(reader: Reader, one: Question, rows: Sequence[Row], language: Language) -> list[Chart]:
    """The first rows by the number that the question draws."""
    field = one.row_type.bar
    drawn = rows[:_DRAWN] if field else []
    names = names_of(reader, drawn, language)
    values = [
        (names.get(_named_by(row, "name_zh") or "", str(getattr(row, "name_zh", ""))), getattr(row, field))
        for row in drawn
    ]
    known = [(label, float(value)) for label, value in values if value is not None]
    return [_chart(heading(one.row_type, field), known, language)] if known else []


def _chart(shown: Heading, values: Sequence[tuple[str, float]], language: Language) -> Chart:
    full = max((value for _, value in values), default=0.0) or 1.0
    as_text = share_text if shown.is_share else number_text
    bars = [Bar(label, max(value, 0.0) / full, as_text(value, language)) for label, value in values[:_DRAWN]]
    return Chart((shown.hint or shown.text).in_(language), bars)


def _form(reader: Reader, one: Question, given: Mapping[str, object], language: Language) -> Form:
    """What asks a question again, filled with what was given."""
    fields = one.parameters.model_fields
    return Form(f"/ask/{one.name}", [_field(reader, one, name, info, given, language) for name, info in fields.items()])


def _field(
    reader: Reader, one: Question, name: str, info: FieldInfo, given: Mapping[str, object], language: Language
) -> Field:
    kinds = get_args(info.annotation) or (info.annotation,)
    value = given.get(name, "" if info.is_required() else info.default)
    values = [v for v in (value if isinstance(value, list | tuple) else [value]) if v is not None]
    choices = _choices(reader, name, kinds, language)
    chains = dict(all_chains(reader)) if name == "chain" else {}
    texts = [str(v).lower() if isinstance(v, bool) else str(v) for v in values]
    return Field(
        name=name,
        label=one.label(name).in_(language),
        hint=one.hint(name).in_(language),
        values=[
            next((value for value, said in choices if text in (value, said, chains.get(value))), text) for text in texts
        ],
        choices=choices,
        is_multiple=get_origin(info.annotation) is list,
        is_required=info.is_required(),
        is_number=int in kinds or float in kinds,
    )


def _choices(reader: Reader, name: str, kinds: Sequence[object], language: Language) -> list[tuple[str, str]]:
    """What a field can be, where that is a short list."""
    if name == "chain":
        named = {node.id: node.name_in(language) for node in nodes(reader, dict(all_chains(reader)))}
        return [("", Text("pages.all").in_(language)), *((one, named[one]) for one, _ in all_chains(reader))]
    if bool in kinds:
        return [("false", cell_text(False, language)), ("true", cell_text(True, language))]
    members = [member for kind in kinds if isinstance(kind, type) and issubclass(kind, StrEnum) for member in kind]
    return [(member.value, word(member).in_(language)) for member in members]


def counted(answer: Answer) -> Text:
    """How much was looked at, and how much of it is listed."""
    return Text("pages.counted", looked=answer.looked_at, what=answer.looked_at_what, rows=len(rows_of(answer)))


def compare_page(
    reader: Reader, one: Question, runs: Sequence[str], before: str, after: str, given: Mapping[str, object],
    answer: Comparison | None, language: Language,
) -> str:  # fmt: skip
    """What differs in the answers on two runs; without an answer the form that asks for them."""
    choices = [("", Text("pages.graph_now").in_(language)), *((run, run) for run in runs)]
    given_values = {name: value if isinstance(value, list) else [value] for name, value in given.items()}
    before_label, after_label = (Text(f"pages.{name}_run").in_(language) for name in ("before", "after"))
    form = Form(
        f"/compare/{one.name}",
        [
            Field("before", before_label, "", [before], choices[1:], is_required=True),
            Field("after", after_label, "", [after], choices),
            *(
                Field(name, one.label(name).in_(language), values=[*map(str, own)])
                for name, own in given_values.items()
            ),
        ],
    )
    about = one.doc if runs else Text("pages.no_run")
    sections = [Section(one.title.in_(language), about.in_(language), form=form if runs else None)]
    if answer is not None:
        said = Text("pages.differ", rows=len(answer.rows), unchanged=answer.unchanged)
        counts = Counter(row.change for row in answer.rows)
        bars = [Bar(word(c).in_(language), n / len(answer.rows), str(n)) for c, n in counts.items()]
        section = Section(
            Text("pages.differences").in_(language), " ".join(text.in_(language) for text in (said, *answer.notes)),
            table=table_of(reader, COMPARISON, answer.rows[:_COMPARED], language),
            chart=Chart(Text("pages.rows_by_change").in_(language), bars),
        )  # fmt: skip
        sections.append(section)
    return list_page(Text("pages.compare", question=one.title).in_(language), sections, links=LINKS, language=language)


def error_page(status: int, message: str, language: Language) -> str:
    """The page of an error: what happened and what to do."""
    return list_page(f"{status}", [Section(Text("pages.error").in_(language), message)], links=LINKS, language=language)


def rows_of(answer: Answer) -> list[Row]:
    """The rows of an answer; none where its type has no rows."""
    rows: list[Row] = getattr(answer, "rows", [])
    return rows


def table_of(reader: Reader, one: Question, rows: Iterable[Row], language: Language) -> Table:
    """The rows of a question's answer as a table, what they name linked and in the reader's language."""
    columns, rows = headings(one.row_type), list(rows)
    names = names_of(reader, rows, language)
    return Table(
        [Column(column.text.in_(language), is_number=column.is_number) for column in columns],
        [[_cell(row, column, names, language) for column in columns] for row in rows],
    )


def _cell(row: Row, column: Heading, names: Mapping[str, str], language: Language) -> Cell:
    if getattr(row, column.field) is None:
        return None
    node_id = _named_by(row, column.field)
    if node_id:
        return Link(names.get(node_id, column.cell(row, language)), node_id=node_id)
    return column.cell(row, language, _ITEMS, names)


def names_of(reader: Reader, rows: Iterable[Row], language: Language) -> dict[str, str]:
    """What a reader of another language than the rows' calls the nodes that rows name or rest on, by id and by their name
    in the rows; a name that two of them have stays as it is.
    """
    if language is Language.ZH:
        return {}
    rows = list(rows)
    ids = {node_id for row in rows for field in type(row).model_fields if (node_id := _named_by(row, field))}
    for one in evidence_ids(rows):
        ids.update(ends(one)[1:] if is_edge_id(one) else [one])
    found = nodes(reader, ids | {chain_id for chain_id, _ in all_chains(reader)})
    called: dict[str, set[str]] = {}
    for node in found:
        for name in {node.name, str(node.properties.get("name_zh"))}:
            called.setdefault(name, set()).add(node.name_in(language))
    alone = {name: own.pop() for name, own in called.items() if len(own) == 1}
    return alone | {node.id: node.name_in(language) for node in found}


def _named_by(row: Row, field: str) -> str | None:
    """The node whose name a field holds: `carrier_name` that of `carrier_id`, `name_zh` the last that tells the row apart."""
    if field == "name_zh":
        keys: Sequence[str] = [key for key in row.key if key.endswith("id")]
    else:
        keys = [f"{name}_id" for end in ("_name", "_zh") if (name := field.removesuffix(end)) != field]
    values = (getattr(row, key, None) for key in reversed(keys))
    return next((value for value in values if isinstance(value, str) and label_of(value)), None)


def _node_id(row: Row) -> str | None:
    """The node that a row is about: its first field that is the id of one."""
    for field, value in row:
        if field.endswith("id") and isinstance(value, str) and label_of(value):
            return value
    return None


def sources_of(reader: Reader, things: Iterable[Node | Edge]) -> dict[str, Node]:
    """The sources that the facts of some nodes and edges name, by id."""
    ids: set[str] = set()
    for one in things:
        value = one.properties.get("source_ids")
        ids.update(value if isinstance(value, tuple) else ())
    return {node.id: node for node in nodes(reader, ids)}
