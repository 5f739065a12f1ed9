"""What a question answers: rows, and what is needed to doubt them."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, ClassVar, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from graph.cypher import Query, pasteable
from graph.model import Json
from graph.texts import Language, Text, context, described

if TYPE_CHECKING:
    from queries.reader import Reader

K = TypeVar("K", bound=Enum)


class Row(BaseModel):
    """One row of an answer. `None` means "not known"; what its fields are called and mean stands in the catalogue, under
    `column.…` of its module, or of `common`.

    `table` names the fields that a table for people shows; every field is in JSON and CSV. `shares` names the fields
    that are parts of a whole (0–1), which people read in percent, `scores` others between 0 and 1; `spans` those that say in
    words between what such a number is, with the fields of the least and the most; `money` those of amounts in 10 k CNY whose names
    do not say so. `of_some` names those that
    not every answer has, shown where one has them. `key` names the fields that tell a row of an answer from the others,
    also from those of another answer to the question. `is_own` where somebody's statement names the columns: they are called
    what they are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=described)
    key: ClassVar[tuple[str, ...]] = ()
    table: ClassVar[tuple[str, ...]] = ()
    shares: ClassVar[tuple[str, ...]] = ()
    scores: ClassVar[tuple[str, ...]] = ()
    spans: ClassVar[Mapping[str, tuple[str, str]]] = {}
    of_some: ClassVar[tuple[str, ...]] = ()
    money: ClassVar[tuple[str, ...]] = ()
    is_own: ClassVar[bool] = False

    def is_money(self, field: str) -> bool:
        """Whether a field holds amounts in 10 k CNY, which people read with their unit."""
        return is_money(type(self), field)


def is_money(row_type: type[Row], field: str) -> bool:
    """Whether a field of such rows holds amounts in 10 k CNY, as its name or the type says; of somebody's statement none does."""
    return not row_type.is_own and (field.endswith("_10k_cny") or field in row_type.money)


R = TypeVar("R", bound=Row)


def row_with(kind: type[R], **known: object) -> R:
    """A row of which no more is known."""
    return kind.model_validate(dict.fromkeys(kind.model_fields) | known)


class Ran(Row):
    """A statement that ran for an answer, so that a reader can run it again.

    `cypher` is as the engine got it; `paste` is ready to paste: for Neo4j Browser with :param lines, for Ladybug with values.
    """

    name: str
    cypher: str
    parameters: dict[str, object]
    paste: str = ""
    query: Query = Field(exclude=True, repr=False)

    def pasted_into(self, dialect: str) -> str:
        """The statement ready to paste into an engine, also into another than the one it ran on."""
        return pasteable(self.query, self.parameters, dialect)


class Plot(NamedTuple):
    """A line through points, left to right, of parts of a whole over amounts, and the point that is marked."""

    about: Text
    across: Text
    up: Text
    points: Sequence[tuple[float, float]]
    marked: tuple[float, float]


class OverYears(NamedTuple):
    """Amounts that add up, over years, each `None` where it is not known; parts of a whole where `is_share`, in 10 k CNY where
    `is_money`.
    """

    about: Text
    years: Sequence[int]
    series: Sequence[tuple[Text, Sequence[float | None]]]
    is_share: bool = False
    is_money: bool = False


class Answer(Row):
    """What a question answers: rows, and what is needed to doubt them.

    `headline` says in a sentence what it comes to, and why where nothing was found. `looked_at` things were looked at, rows are
    among them; `conventions` are definitions and thresholds that were used, `notes` what a reader must know about this very
    answer; `as_of` is the day of asking, on which its facts are in force. `is_charted_first` where its charts say more than its
    rows. `listed` names the fields that hold rows of other kinds, each shown as a table of its own. `about` are the parameters, with
    the type of node that they name, of which alone the headline is.
    """

    is_charted_first: ClassVar[bool] = False
    listed: ClassVar[tuple[str, ...]] = ()
    about: ClassVar[tuple[tuple[str, str], ...]] = (("places", "Place"), ("chain", "Chain"))

    question: str = ""
    parameters: dict[str, object] = {}
    headline: Text = Text("common.headline.none")
    looked_at: int
    looked_at_what: Text
    conventions: list[Text]
    as_of: date | None = None
    notes: list[Text] = []
    statements: list[Ran] = []

    def in_short(self, reader: "Reader") -> Text:
        """The headline of an answer that has rows; the reader knows what nodes are called."""
        return Text("common.headline.rows", rows=len(rows_of(self)))

    def charted(self) -> dict[str, dict[object, float]]:
        """What it counts by something, by the field that the catalogue names: its fields that do."""
        values = {name: getattr(self, name) for name in type(self).model_fields if name != "parameters"}
        return {
            name: dict(value)
            for name, value in values.items()
            if isinstance(value, dict) and all(isinstance(number, int | float) for number in value.values())
        }

    def plotted(self) -> list[Plot]:
        """What it says of one amount over another, as lines."""
        return []

    def over_years(self) -> tuple[Text, list[OverYears]]:
        """What it says of years: what that is called, and amount by amount."""
        return Text("common.answer.rows"), []

    def beside(self) -> list[Text]:
        """What stands beside the headline, since it must not be read without."""
        return []


def rows_of(answer: Answer) -> list[Row]:
    """The rows of an answer."""
    rows: list[Row] = getattr(answer, "rows", [])
    return rows


def cut_note(found: int, shown: int) -> list[Text]:
    """What to say where an answer has more rows than it shows; nothing where it shows all."""
    return [Text("common.shown", found=found, shown=shown)] if found > shown else []


def left_off_note(left_off: Mapping[K, int]) -> list[Text]:
    """How many rows of each kind an answer leaves off; nothing where it shows all."""
    parts = [Text("common.of_kind", kind=kind, count=count) for kind, count in left_off.items() if count]
    return [Text("common.left_off", kinds=parts)] if parts else []


def cut_of(answer: Answer) -> Text | None:
    """The note that says how many rows an answer found and shows; `None` where it shows all."""
    return next((note for note in answer.notes if note.id == "common.shown"), None)


def counted(texts: str, counts: Mapping[str, int], **values: object) -> list[Text]:
    """What to say of what there is any of: the text `texts`.name with its count.

    >>> [text.in_(Language.EN) for text in counted("cuts.note", {"without_maker": 0, "beyond": 3})]
    ['3 products farther up are left out.']
    """
    return [Text(f"{texts}.{name}", count=count, **values) for name, count in counts.items() if count]


def as_of_text(answer: Answer) -> list[Text]:
    """Which day's facts an answer rests on; nothing where that is not known."""
    return [Text("common.as_of", day=answer.as_of)] if answer.as_of else []


def evidence_ids(rows: Sequence[Row]) -> list[str]:
    """The ids of nodes and edges that rows rest on, each once, in the order of the rows."""
    found: dict[str, None] = {}
    for row in rows:
        ids = getattr(row, "evidence_ids", [])
        found.update(dict.fromkeys(ids))
    return list(found)


def as_json(row: Row, language: Language) -> dict[str, Json]:
    """A row or an answer as JSON holds it, its texts in a language."""
    dumped: dict[str, Json] = row.model_dump(mode="json", context=context(language))
    return dumped
