"""What a question answers: rows, and what is needed to doubt them."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from graph.cypher import Query, pasteable
from graph.model import Json


class Row(BaseModel):
    """One row of an answer. `None` means "not known".

    `table` names the fields that a table for people shows; every field is in JSON and CSV. `bar` is the number that a
    page draws as bars, none by default. `key` names the fields that tell a row of an answer from the others, also from
    those of another answer to the question.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    key: ClassVar[tuple[str, ...]] = ()
    table: ClassVar[tuple[str, ...]] = ()
    bar: ClassVar[str] = ""


class Ran(Row):
    """A statement that ran for an answer, so that a reader can run it again."""

    name: str = Field(description="name of the section")
    cypher: str = Field(description="the statement as the engine got it")
    parameters: dict[str, object] = Field(description="its parameters")
    paste: str = Field(
        default="", description="the same, ready to paste: for Neo4j Browser with :param lines, for Ladybug with values"
    )
    query: Query = Field(exclude=True, repr=False)

    def pasted_into(self, dialect: str) -> str:
        """The statement ready to paste into an engine, also into another than the one it ran on."""
        return pasteable(self.query, self.parameters, dialect)


class Answer(Row):
    """What a question answers: rows, and what is needed to doubt them."""

    question: str = Field(default="", description="name of the question")
    parameters: dict[str, object] = Field(default={}, description="what was asked, defaults filled in")
    looked_at: int = Field(description="how many things were looked at; rows are among them")
    looked_at_what: str = Field(description="what these things are")
    conventions: list[str] = Field(description="definitions and thresholds that were used")
    as_of: date | None = Field(
        default=None, description="the day of asking: the graph holds the facts that are in force on it"
    )
    notes: list[str] = Field(default=[], description="what a reader must know about this very answer")
    statements: list[Ran] = Field(default=[], description="the Cypher that ran and its parameters")


def cut_note(found: int, shown: int) -> list[str]:
    """What to say where an answer has more rows than it shows; nothing where it shows all.

    >>> cut_note(3, 2), cut_note(2, 2)
    (['共 3 行，只列前 2 行。 The first 2 of 3 rows are shown.'], [])
    """
    return [f"共 {found} 行，只列前 {shown} 行。 The first {shown} of {found} rows are shown."] if found > shown else []


def as_of_text(answer: Answer) -> list[str]:
    """Which day's facts an answer rests on, in words; nothing where that is not known."""
    return [f"只算 {answer.as_of} 有效的事实。 Facts in force on {answer.as_of} count."] if answer.as_of else []


def evidence_ids(rows: Sequence[Row]) -> list[str]:
    """The ids of nodes and edges that rows rest on, each once, in the order of the rows."""
    found: dict[str, None] = {}
    for row in rows:
        ids = getattr(row, "evidence_ids", [])
        found.update(dict.fromkeys(ids))
    return list(found)


def as_json(row: Row) -> dict[str, Json]:
    """A row as JSON holds it."""
    dumped: dict[str, Json] = row.model_dump(mode="json")
    return dumped
