"""The shortlist that a reader keeps in the browser: what its things are in the graph, and the list as a file."""

from collections.abc import Sequence
from enum import StrEnum
from urllib.parse import urlencode

import yaml
from fastapi.responses import Response
from pydantic import BaseModel, Field, TypeAdapter

from api.carried import FILES, as_csv, as_xlsx
from api.deps import attached, spoken_in
from api.pages import LINKS
from api.question_pages import Take
from api.saved_page import sent_yaml
from graph.model import Node
from graph.ontology import NODE_TYPE
from graph.texts import Language, Text, word
from queries.reader import Reader
from queries.scope import nodes, scope
from queries.verdicts import Verdict, verdicts_on
from viz.page import list_page
from viz.picture import facts_of, key_facts

MOST = 200
"""Things on a list."""


class Form(StrEnum):
    """In what form a list is answered."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    YAML = "yaml"


class Item(BaseModel):
    """A thing on the list, and what its reader notes beside it."""

    id: str = Field(max_length=300)
    note: str = Field("", max_length=500)


class Shortlist(BaseModel):
    """What a reader has put together."""

    items: list[Item] = Field(max_length=MOST)
    form: Form = Form.JSON


_FILE = TypeAdapter(Shortlist)


def items_in(text: str) -> list[Item]:
    """The things of a list as `as_yaml` writes it; names, the link and the load are for people.

    Raises `SavedQuestionError`, with the line.
    """
    return sent_yaml(text, _FILE).items


class ListedOut(BaseModel):
    """A thing of the list as the graph knows it; what the graph does not have has no name."""

    id: str
    is_there: bool
    name: str = ""
    kind: str = ""
    facts: str = ""
    note: str = ""


class ShortlistOut(BaseModel):
    """The list in its order, and the load it was looked up in."""

    rows: list[ListedOut]
    run_id: str


def shortlist_page(language: Language) -> str:
    """The page that the browser fills."""
    return list_page(
        Text("pages.shortlist").in_(language), [], links=LINKS, language=language, template="shortlist.html"
    )


def listed(reader: Reader, asked: Shortlist, language: Language) -> ShortlistOut:
    """What the things of the list are."""
    found = {node.id: node for node in nodes(reader, [item.id for item in asked.items])}
    products = [one for one, node in found.items() if node.label == "Product"]
    judged = {one: Verdict(row.verdict) for one, row in verdicts_on(reader, products, scope(reader, [])).items()}
    rows = [_listed(item, found.get(item.id), judged.get(item.id), language) for item in asked.items]
    return ShortlistOut(rows=rows, run_id=reader.store.run_id() or "")


def _listed(item: Item, node: Node | None, verdict: Verdict | None, language: Language) -> ListedOut:
    if node is None:
        return ListedOut(id=item.id, is_there=False, note=item.note)
    known = facts_of(NODE_TYPE[node.label].properties, node.properties, language)
    facts = [*([word(verdict).in_(language)] if verdict else []), *key_facts(known, language, 3)]
    return ListedOut(
        id=item.id, is_there=True, name=node.name_in(language), kind=NODE_TYPE[node.label].in_(language), facts=" · ".join(facts),
        note=item.note,
    )  # fmt: skip


def carried_list(found: ShortlistOut, form: Form, language: Language) -> Response:
    """The list as a file."""
    if form is Form.YAML:
        content, kind = as_yaml(found).encode(), "application/yaml; charset=utf-8"
    else:
        table = _table(found.rows, language)
        kind = FILES[Take(form)]
        content = as_csv(table) if form is Form.CSV else as_xlsx(table, _about(found, language))
    return Response(content, media_type=kind, headers=spoken_in(language) | attached(f"shortlist.{form}"))


def as_yaml(found: ShortlistOut) -> str:
    """The list as text to share; `link` leads to it on the server that has the graph."""
    pairs = [pair for row in found.rows for pair in (("id", row.id), *([("note", row.note)] if row.note else []))]
    items = [
        {key: text for key, text in (("id", row.id), ("name", row.name), ("note", row.note)) if text}
        for row in found.rows
    ]
    content = {"run": found.run_id, "link": f"/shortlist#{urlencode(pairs)}", "items": items}
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False)


def _table(rows: Sequence[ListedOut], language: Language) -> list[list[str]]:
    heads = [Text(f"script.list.{name}").in_(language) for name in ("name", "kind", "facts", "note")]
    heads.append(Text("common.column.id").in_(language))
    gone = Text("script.list.gone").in_(language)
    return [heads, *([row.name or gone, row.kind, row.facts, row.note, row.id] for row in rows)]


def _about(found: ShortlistOut, language: Language) -> list[tuple[str, str]]:
    """The names of both sheets, then which load the list was looked up in."""
    sheets = Text("pages.shortlist").in_(language), Text("common.answer.notes").in_(language)
    return [sheets, (Text("dossier.cover.load").in_(language), found.run_id)]
