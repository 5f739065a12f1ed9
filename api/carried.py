"""An answer as a file to take away: a table that a spreadsheet opens in the reader's language, or all of it as JSON."""

import csv
import io
from collections.abc import Sequence
from functools import partial

from fastapi.responses import JSONResponse, Response

from api.deps import attached, spoken, spoken_in
from api.question_pages import Take, View, carried, form_of
from graph.model import plain_cell
from graph.texts import Language, Text, day_text
from queries.answer import Answer, as_json
from queries.reader import Reader
from queries.registry import Question
from queries.tables import names_in, with_names

FILES = {
    Take.CSV: "text/csv",
    Take.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""The kinds of files that an answer's rows are in."""

_Values = Sequence[str | int | float]


def carried_away(reader: Reader, one: Question, answer: Answer, view: View, take: Take, language: Language) -> Response:
    """The answer as a file: rows and columns as the reader looks at them, JSON of the whole answer."""
    if take is Take.JSON:
        return said(answer, language)
    columns, rows = carried(reader, one, answer, view, language)
    table: list[_Values] = [[column.carried.in_(language) for column in columns], *rows]
    content = as_csv(table) if take is Take.CSV else as_xlsx(table, _about(reader, one, answer, language))
    return Response(content, media_type=FILES[take], headers=spoken_in(language) | attached(f"{one.name}.{take}"))


def said(answer: Answer, language: Language) -> JSONResponse:
    """An answer as JSON in a language."""
    return spoken(as_json(answer, language), language)


def as_csv(table: Sequence[_Values]) -> bytes:
    """A table as CSV that a spreadsheet reads as UTF-8 and runs nothing of."""
    text = io.StringIO()
    csv.writer(text).writerows([plain_cell(one) if isinstance(one, str) else one for one in row] for row in table)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(table: Sequence[_Values], about: Sequence[tuple[str, str]]) -> bytes:
    """A table as a workbook, with what must be known about it."""
    from api.workbook import workbook  # With openpyxl, which a server need not wait for at its start.

    return workbook(table, about)


def _about(reader: Reader, one: Question, answer: Answer, language: Language) -> list[tuple[str, str]]:
    """The names of both sheets, then line by line what was asked and answered, and what it rests on."""
    asked, notes = form_of(reader, one, answer.parameters, language).fields, [*answer.beside(), *answer.notes]
    names = names_in(reader, [answer.headline, *notes], language)
    told = partial(with_names, names=names, language=language)
    day = [(Text("common.answer.as_of").in_(language), day_text(answer.as_of, language))] if answer.as_of else []
    lines = [(Text("common.answer.question").in_(language), one.title.in_(language))]
    lines += [(Text("common.answer.headline").in_(language), told(answer.headline)), *day]
    lines += [(field.label, Text("common.list", items=field.said).in_(language)) for field in asked if field.said]
    for part, texts in (("notes", dict.fromkeys(notes)), ("conventions", answer.conventions)):
        lines += [(Text(f"common.answer.{part}").in_(language), told(text)) for text in texts]
    sheets = tuple(Text(f"common.answer.{part}").in_(language) for part in ("rows", "notes"))
    return [(sheets[0], sheets[1]), *lines]
