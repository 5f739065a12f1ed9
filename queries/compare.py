"""One question asked of two graphs, two dates or two datasets: what appeared, what vanished, what is judged otherwise."""

from collections.abc import Mapping
from enum import Enum, StrEnum
from math import isclose
from typing import get_args

from graph.errors import NotFound, UnknownName
from graph.store import GraphStore
from graph.texts import Measure, Text, word
from queries.answer import Answer, Row
from queries.reader import Reader, reader_of
from queries.registry import Question, headline
from queries.tables import headings

_MOST = 10_000


class Change(StrEnum):
    """What became of a row between the two graphs; the gravest first."""

    VERDICT = "verdict"
    VANISHED = "vanished"
    APPEARED = "appeared"
    VALUES = "values"


class Changed(Row):
    """A row of the answer that differs between the two graphs."""

    table = ("change", "name_zh", "before", "after", "differences")

    change: Change
    row_id: str
    name_zh: str
    before: Text | None
    after: Text | None
    differences: list[Text]
    evidence_ids: list[str]


class Comparison(Answer):
    """What differs, and how much does not."""

    rows: list[Changed]
    unchanged: int
    before_run: str | None
    after_run: str | None

    def in_short(self, reader: Reader) -> Text:
        """How many rows differ, and in how many the verdict does."""
        verdicts = sum(row.change is Change.VERDICT for row in self.rows)
        return Text("compare.headline", rows=len(self.rows), verdicts=verdicts, unchanged=self.unchanged)


def compared(
    one: Question, before: Reader | GraphStore, after: Reader | GraphStore, given: Mapping[str, object]
) -> Comparison:
    """A question's answers on two graphs, row by row.

    A row is known by what its type declares as its key. Whether one is listed at all can depend on a limit or on the
    verdicts asked for, so where these are not given all are. What is asked about may stand in one of the graphs only: then
    nothing is listed in the other. Raises what asking raises, where neither of them knows a name.
    """
    before, after = reader_of(before), reader_of(after)
    asked = _everything(one) | dict(given)
    first, second = _answer_on(before, one, asked), _answer_on(after, one, asked)
    if isinstance(second, Exception):
        if isinstance(first, Exception):
            raise second
        answer = first
    else:
        answer = second
    old, new = _by_key(first), _by_key(second)
    rows = [row for key in old.keys() | new.keys() if (row := _changed(one, key, old.get(key), new.get(key)))]
    rows.sort(key=lambda row: (list(Change).index(row.change), row.row_id))
    is_same = not rows and isinstance(first, Answer) and isinstance(second, Answer)
    notes = [Text("compare.same")] if is_same else []
    notes += [*_notes("compare.not_before", first), *_notes("compare.not_after", second)]
    comparison = Comparison(
        question=one.name, parameters=asked, rows=rows, unchanged=len(old.keys() & new.keys()) - sum(
            row.change in (Change.VERDICT, Change.VALUES) for row in rows
        ),
        before_run=before.graph()[0], after_run=after.graph()[0], looked_at=len(old.keys() | new.keys()),
        looked_at_what=Text("compare.rows_of_both"), conventions=answer.conventions,
        notes=list(dict.fromkeys(notes)),
        statements=answer.statements,
    )  # fmt: skip
    return comparison.model_copy(update={"headline": headline(after, comparison)})


def _everything(one: Question) -> dict[str, object]:
    """Parameters that let a question list all there is: the highest limit, every verdict."""
    fields = one.parameters.model_fields
    found: dict[str, object] = {}
    if "limit" in fields:
        bounds = [getattr(m, "le", None) for m in fields["limit"].metadata]
        found["limit"] = min([_MOST, *(int(bound) for bound in bounds if bound is not None)])
    if "verdicts" in fields:
        found["verdicts"] = [str(verdict) for verdict in get_args(fields["verdicts"].annotation)[0]]
    return found


def _answer_on(graph: Reader, one: Question, asked: Mapping[str, object]) -> Answer | UnknownName | NotFound:
    """The answer, or why there is none: the graph does not know what is asked about."""
    try:
        return one.ask(graph, **asked)
    except (UnknownName, NotFound) as error:
        return error


def _notes(where_it_is_not: str, answer: Answer | UnknownName | NotFound) -> list[Text]:
    if isinstance(answer, Answer):
        return answer.notes
    return [Text(where_it_is_not, why=str(answer))]


Key = tuple[str, ...]


def _by_key(answer: Answer | UnknownName | NotFound) -> dict[Key, Row]:
    """The rows by what tells them apart; of rows of a statement that nothing tells apart, by their place too."""
    found: dict[Key, Row] = {}
    for row in getattr(answer, "rows", []):
        key = row_key(row)
        while key in found:
            key = (*key, "+")
        found[key] = row
    return found


def row_key(row: Row) -> Key:
    """What tells a row from the others, as its type declares it."""
    values = (getattr(row, name) for name in row.key)
    return tuple("" if value is None else str(value) for value in values)


def _changed(one: Question, key: Key, old: Row | None, new: Row | None) -> Changed | None:
    shown = new or old
    assert shown is not None
    differences = _differences(one, old, new) if old and new else []
    if old and new and not differences:
        return None
    before, after = _verdict(old), _verdict(new)
    change = Change.APPEARED if old is None else Change.VANISHED if new is None else Change.VALUES
    if old and new and before != after:
        change = Change.VERDICT
    return Changed(
        change=change, row_id=" ".join(key), name_zh=str(getattr(shown, "name_zh", "") or " ".join(key)),
        before=before, after=after, differences=differences, evidence_ids=list(getattr(shown, "evidence_ids", [])),
    )  # fmt: skip


def _verdict(row: Row | None) -> Text | None:
    if row is None:
        return Text("compare.not_listed")
    verdict = getattr(row, "verdict_text", None) or getattr(row, "verdict", None)
    return word(verdict) if isinstance(verdict, Enum) else verdict


def _differences(one: Question, old: Row, new: Row) -> list[Text]:
    found = []
    for column in headings(one.row_type):
        a, b = getattr(old, column.field), getattr(new, column.field)
        is_same = (
            isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) if isinstance(a, float) and isinstance(b, float) else a == b
        )
        if not is_same:
            found.append(Text("compare.difference", column=column.text, before=_short(a), after=_short(b)))
    return found


def _short(value: object) -> object:
    return Measure(value) if isinstance(value, float) else value


COMPARISON = Question(
    "compare", Text("compare.name"), Text("compare.doc"), "compare", Row, Comparison, Changed, compared
)
"""How a comparison is shown: its rows are those of an answer."""
