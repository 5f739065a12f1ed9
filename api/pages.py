"""What pages of answers and pages of things share: tables of rows, names in the reader's language, sources, errors."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from urllib.parse import quote, urlencode

from graph.errors import UsageError
from graph.model import Edge, Node
from graph.ontology import NODE_TYPE, label_of
from graph.texts import Language, Text, label
from queries.answer import Answer, Row, rows_of
from queries.reader import Reader
from queries.tables import Heading, heading, headings, is_told, named_by, names_in_rows
from viz.page import Cell, Column, Field, Form, Link, Links, Section, Table, list_page

Pairs = Sequence[tuple[str, str]]
"""The parameters of an address, each as often as it is given."""

MAX_PICTURE_NODES = 500
"""More than this no reader takes in and no browser draws at ease."""

LONGEST_ADDRESS = 6_000
"""Letters of an address that a page makes: proxies and servers take 8 KB at least with all headers, and some programs that pass
links on cut longer ones. They also write `:` as `%3A`, so the server takes twice as many."""

MAX_BODY_BYTES = 256 << 10
"""What the server takes of a request."""

_NEAR_PAGES = 2
_ITEMS = 4
"""Items of a list that a cell of a table shows."""
LINKS = Links()


def counted(answer: Answer) -> Text:
    """How much was looked at, and how much of it is listed."""
    return Text("pages.counted", looked=answer.looked_at, what=answer.looked_at_what, rows=len(rows_of(answer)))


def error_page(
    status: int, message: str, language: Language, path: str, asked: Pairs, error: Exception | None, wrong: str
) -> str:
    """The page of an error: what happened and what to do, with what was asked to mend, and what may have been meant.

    `wrong` is the parameter that is, where it is one.
    """
    names = dict.fromkeys(name for name, _ in asked if name != "language")
    values = {name: [value for key, value in asked if key == name] for name in names}
    is_wrong = {name: name == wrong or any(_named_in(error, value) for value in own) for name, own in values.items()}
    fields = [
        Field(name, label("explore", "parameter", name).in_(language), values=own, is_wrong=is_wrong[name])
        for name, own in values.items()
    ]
    form = Form(path, fields) if any(is_wrong.values()) else None
    heading = Text("pages.error").in_(language)
    section = Section(heading, message, form=form, links=near(path, asked, error, language))
    return list_page(f"{heading} · {status}", [section], links=LINKS, language=language)


def awaiting_page(title: str, path: str, asked: Pairs, called: Mapping[str, str], language: Language) -> str:
    """The page that waits for another that takes long, says what is being done, and gives way to it; without a script it leads there.
    `called` are the names of what was asked by id."""
    href, domain = address(path, asked), path.rpartition("/")[2] if path.startswith("/ask/") else "explore"
    facts: list[tuple[str, Cell]] = [
        (label(domain, "parameter", name).in_(language), called.get(value, value))
        for name, value in asked
        if value and name != "language"
    ]
    about = Text("pages.awaited").in_(language)
    section = Section(title, about, facts=facts, links=[Link(Text("pages.awaited.there").in_(language), href)])
    page = {"awaited": href}
    return list_page(title, [section], links=LINKS, language=language, template="awaiting.html", page=page)


def near(path: str, asked: Pairs, error: Exception | None, language: Language) -> list[Link]:
    """The same address with each of the names that may have been meant."""
    if not isinstance(error, UsageError) or not error.name:
        return []
    found = []
    for meant, called in error.near.items():
        text = called.in_(language)
        instead = [(name, value.replace(error.name, meant)) for name, value in asked]
        if instead == [*asked]:
            path_instead = path.replace(error.name, meant)
            found += [Link(text, address(path_instead, asked))] if path_instead != path else []
        else:
            found.append(Link(text, address(path, instead)))
    return found


def _named_in(error: Exception | None, value: str) -> bool:
    return isinstance(error, UsageError) and bool(error.name) and error.name in value


def address(path: str, pairs: Pairs) -> str:
    """A path of ours with parameters."""
    return f"{quote(path, safe='/:')}?{urlencode(pairs)}" if pairs else quote(path, safe="/:")


def turned(at: int, last: int, to: Callable[[int], str]) -> list[Link]:
    """The first page, the last, and those around this one, which leads nowhere; none where there is but one."""
    near = {1, *range(at - _NEAR_PAGES, at + _NEAR_PAGES + 1), last}
    return [Link(str(n), "" if n == at else to(n)) for n in sorted(near) if 1 <= n <= last] if last > 1 else []


def held(reader: Reader) -> Mapping[str, int]:
    """How many nodes and edges of each type there are: to count them takes as long as all else of a small page."""
    return reader.once("counts", lambda apart: apart.store.counts())


def nothing_loaded(reader: Reader) -> list[Text]:
    """What to load, where the graph has nothing."""
    counts = held(reader)
    return [] if any(counts[label] for label in NODE_TYPE) else [Text("explore.empty_graph")]


_SAMPLED = {
    "attribution": "Report", "certification": "Report", "certificate": "Report", "tracking": "Report", "lineage": "Project",
    "fund": "Proposal",
}  # fmt: skip
"""What questions rest on that only a user's own tables or the invented sample have."""


def sample(reader: Reader, question: str) -> list[Text]:
    """How to see an example of a question, where the graph has nothing of what it rests on."""
    label = _SAMPLED.get(question)
    return [Text("pages.sample")] if label and not held(reader)[label] else []


def table_of(
    reader: Reader, row_type: type[Row], rows: Iterable[Row], language: Language, fields: Sequence[str] = ()
) -> Table:
    """Rows of a type as a table, of some fields or those it shows, what they name linked and in the reader's language."""
    rows = list(rows)
    columns = [heading(row_type, name) for name in fields] or headings(row_type)
    columns = [column for column in columns if is_told(row_type, column.field, rows)]
    names = names_in_rows(reader, rows, language)
    return Table(
        [Column(column.text.in_(language), is_number=column.is_number) for column in columns],
        [[cell_of(row, column, names, language) for column in columns] for row in rows],
    )


def cell_of(row: Row, column: Heading, names: Mapping[str, str], language: Language) -> Cell:
    """What a table shows of a row in a column; what it names leads to its page."""
    value = getattr(row, column.field)
    if value is None:
        return None
    if isinstance(value, Node):
        return Link(value.name_in(language), node_id=value.id)
    if isinstance(value, Edge):
        return Link(column.cell(row, language), LINKS.claims_of(value.id))
    if row.is_own and isinstance(value, str) and ":" in value and label_of(value):
        return Link(value, node_id=value)
    node_id = named_by(row, column.field)
    if node_id:
        return Link(names.get(node_id) or column.cell(row, language, names=names), node_id=node_id)
    return column.cell(row, language, _ITEMS, names)


def node_id_of(row: Row) -> str | None:
    """The node that a row is about: its first field that is the id of one."""
    for field, value in row:
        if field.endswith("id") and isinstance(value, str) and label_of(value):
            return value.partition("@")[0]
    return None
