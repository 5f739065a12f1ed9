"""Nodes by name, alias, code or pinyin."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from graph.model import searchable
from graph.ontology import label_of
from graph.statements import found_nodes_query
from graph.store import Cell, Parameter
from graph.texts import Text
from queries.answer import Answer, Row
from queries.reader import Reader
from queries.registry import question


class Hit(Row):
    """A node that a search found."""

    key = ("node_id",)
    table = ("name_zh", "name_en", "label", "node_id", "business")
    of_some = ("name_en", "business")

    node_id: str
    name_zh: str
    name_en: str | None
    closeness: int
    label: str
    business: Text | None
    evidence_ids: list[str]


class SearchAnswer(Answer):
    """What a search found."""

    rows: list[Hit]

    def in_short(self, reader: Reader) -> Text:
        """How many were found, and the nearest."""
        return Text(
            "search.headline", rows=len(self.rows), name=Text.both(self.rows[0].name_zh, self.rows[0].name_en or "")
        )


@question(order=150)
def search(
    reader: Reader,
    *,
    text: Annotated[str, Field(min_length=1, max_length=200)],
    limit: Annotated[int, Field(ge=1, le=500)] = 20,
) -> SearchAnswer:
    """Nodes by name, alias, code or pinyin, enterprises by their main business too."""
    normal = searchable(text)
    # In the search text each name stands between two bars.
    given: dict[str, Parameter] = {"text": normal, "whole": f"|{normal}|", "beginning": f"|{normal}", "limit": limit}
    rows = [_hit(row) for row in (reader.fetch(found_nodes_query(), given) if normal else ())]
    more = [Text("search.more")] if len(rows) == limit else []
    return SearchAnswer(
        rows=rows, looked_at=len(rows), looked_at_what=Text("search.matches"),
        conventions=[Text("search.convention")], notes=more if rows else [Text("search.nothing")],
    )  # fmt: skip


def _hit(row: Mapping[str, Cell]) -> Hit:
    label = label_of(str(row["node_id"])) or ""
    zh, en = row["business_zh"] or row["business_en"], row["business_en"] or row["business_zh"]
    business = None if label == "Enterprise" else Text.both("", "")
    return Hit.model_validate({
        **{name: row[name] for name in ("node_id", "name_zh", "name_en", "closeness")}, "label": label,
        "business": Text.both(str(zh), str(en)) if zh else business, "evidence_ids": [row["node_id"]],
    })  # fmt: skip
