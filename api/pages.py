"""Pages put together: questions and pictures read from the graph, handed to `viz`."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from graph.model import Node, Subgraph, ends, is_edge_id
from graph.ontology import NODE_TYPE, label_of
from graph.texts import Language, Text
from queries.answer import Answer, Row, evidence_ids, rows_of
from queries.evidence import critical_edges
from queries.reader import Reader
from queries.registry import Question, questions
from queries.saved import question_named, saved_questions
from queries.scope import all_chains, corridor_places, find_node, nodes
from queries.surroundings import neighbourhood_picture
from queries.tables import Heading, headings
from viz.layout import layered
from viz.page import (
    Card,
    Cell,
    Column,
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


def subgraph_page(
    reader: Reader, node: str, language: Language, *, depth: int, limit: int, labels: Sequence[str], is_served: bool
) -> str:
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
        layered(found, language=language),
        title=focus.name_in(language),
        subtitle=Text("pages.around", kind=kind.text, depth=depth).in_(language),
        focus_id=focus.id,
        hidden=found.total_nodes - len(found.nodes),
        more=picture.more,
        critical_edge_ids=critical_edges(reader, found),
        sources=sources_of(reader, found),
        links=LINKS if is_served else None,
        language=language,
    )


def counted(answer: Answer) -> Text:
    """How much was looked at, and how much of it is listed."""
    return Text("pages.counted", looked=answer.looked_at, what=answer.looked_at_what, rows=len(rows_of(answer)))


def home_page(reader: Reader, folder: Path, language: Language) -> str:
    """The first page: chains, the worst findings, all questions and those that users keep."""
    overview = question_named("chains").ask(reader)
    cards = [_chain_card(row, language) for row in rows_of(overview)]
    sections = [
        Section(Text("pages.chains").in_(language), Text("pages.open_chain").in_(language), cards=cards),
        *(_worst(reader, name, language) for name in ("gaps", "key_technologies")),
        Section(Text("pages.questions").in_(language), cards=[_question_card(q, language) for q in questions()]),
        *_kept(folder, language),
    ]
    title, lead = Text("pages.home").in_(language), Text("pages.home.lead").in_(language)
    return list_page(title, sections, subtitle=lead, links=LINKS, language=language)


def _question_card(one: Question, language: Language) -> Card:
    return Card(one.title.in_(language), one.doc.in_(language), href=f"/ask/{one.name}")


def _kept(folder: Path, language: Language) -> list[Section]:
    """The questions that users keep, and what is wrong with files that are none."""
    found, problems = saved_questions(folder)
    if not found and not problems:
        return []
    cards = [_question_card(q, language) for q in found]
    return [
        Section(Text("pages.kept").in_(language), " ".join(problem.in_(language) for problem in problems), cards=cards)
    ]


def _chain_card(row: Row, language: Language) -> Card:
    values = row.model_dump()
    facts = [Text(f"pages.chain.{name}", count=values[name]) for name in ("products", "with_local_maker", "local_makers",
             "key_technologies")]  # fmt: skip
    return Card(
        (language is Language.EN and values["name_en"]) or values["name_zh"],
        href=LINKS.picture_of(values["chain_id"]),
        facts=[fact.in_(language) for fact in facts],
    )


def _worst(reader: Reader, name: str, language: Language) -> Section:
    one = question_named(name)
    table = _table(reader, one, rows_of(one.ask(reader, limit=_WORST)), language)
    return Section(one.title.in_(language), one.doc.in_(language), table=table, href=f"/ask/{name}")


def search_page(reader: Reader, text: str, language: Language) -> str:
    """What a search found, as a page; without a text it says what can be searched for."""
    title = Text("pages.search").in_(language)
    if not text.strip():
        return list_page(
            title, [Section(title, Text("pages.search.hint").in_(language))], links=LINKS, language=language
        )
    one = question_named("search")
    answer = one.ask(reader, text=text, limit=_FOUND)
    notes = " ".join(note.in_(language) for note in (counted(answer), *answer.notes))
    section = Section(
        Text("pages.search.of", text=text).in_(language), notes, table=_table(reader, one, rows_of(answer), language)
    )
    return list_page(f"{title} · {text}", [section], query=text, links=LINKS, language=language)


def error_page(status: int, message: str, language: Language) -> str:
    """The page of an error: what happened and what to do."""
    return list_page(f"{status}", [Section(Text("pages.error").in_(language), message)], links=LINKS, language=language)


def _table(reader: Reader, one: Question, rows: Iterable[Row], language: Language) -> Table:
    columns, rows = headings(one.row_type), list(rows)
    names = reader_names(reader, rows, language)
    return Table(
        [Column(column.text.in_(language), is_number=column.is_number) for column in columns],
        [[cell_of(row, column, names, language) for column in columns] for row in rows],
    )


def cell_of(row: Row, column: Heading, names: Mapping[str, str], language: Language) -> Cell:
    """What a table shows of a row in a column; what it names leads to its page."""
    if getattr(row, column.field) is None:
        return None
    node_id = _named_by(row, column.field)
    if node_id:
        return Link(names.get(node_id, column.cell(row, language)), node_id=node_id)
    return column.cell(row, language, _ITEMS, names)


def reader_names(reader: Reader, rows: Iterable[Row], language: Language) -> dict[str, str]:
    """What a reader of another language than the rows' calls the nodes that rows name or rest on, by id and by their name
    in the rows; a name that two of them have stays as it is.
    """
    if language is Language.ZH:
        return {}
    rows = list(rows)
    ids = {node_id for row in rows for field in type(row).model_fields if (node_id := _named_by(row, field))}
    for one in evidence_ids(rows):
        ids.update(ends(one)[1:] if is_edge_id(one) else [one])
    ids |= {chain_id for chain_id, _ in all_chains(reader)} | {row.place_id for row in corridor_places(reader)}
    found = nodes(reader, ids)
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


def node_id_of(row: Row) -> str | None:
    """The node that a row is about: its first field that is the id of one."""
    for field, value in row:
        if field.endswith("id") and isinstance(value, str) and label_of(value):
            return value
    return None


def sources_of(reader: Reader, found: Subgraph) -> dict[str, Node]:
    """The sources that the facts of a subgraph name, by id."""
    properties = [*(node.properties for node in found.nodes), *(edge.properties for edge in found.edges)]
    ids: set[str] = set()
    for values in properties:
        value = values.get("source_ids")
        ids.update(value if isinstance(value, tuple) else ())
    return {node.id: node for node in nodes(reader, ids)}
