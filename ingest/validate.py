"""Rows against the ontology: those that fit, and those that do not, with the reason."""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from graph.model import edge_id
from graph.ontology import EdgeType, NodeType
from graph.rows import Row, row_model
from ingest.extract import RawRow

_SHOWN_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class ValidRow:
    """A row that fits its type, and where it stands."""

    file: str
    line: int
    row: Row


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row that is not loaded: where it stands, which field is wrong with what value, and why."""

    file: str
    line: int
    field: str
    value: str
    reason: str


def validated(kind: NodeType | EdgeType, rows: Iterable[RawRow]) -> tuple[list[ValidRow], list[QuarantinedRow]]:
    """The rows as values of the type, and those that break it. Each row is in exactly one of the two."""
    model = row_model(kind)
    valid: list[ValidRow] = []
    quarantined: list[QuarantinedRow] = []
    for raw in rows:
        if raw.problem:
            quarantined.append(
                QuarantinedRow(raw.file, raw.line, "", _shown(" ".join(raw.cells.values())), raw.problem)
            )
            continue
        try:
            row = model.model_validate(raw.cells)
        except ValidationError as error:
            quarantined.append(_quarantined(raw, error.errors(include_url=False)[0]))
            continue
        valid.append(ValidRow(raw.file, raw.line, _with_identity(kind, row)))
    return valid, quarantined


def _with_identity(kind: NodeType | EdgeType, row: Row) -> Row:
    """An edge's id is made of its ends; a node's stands in the row."""
    if isinstance(kind, NodeType):
        return row
    values = vars(row)
    key = [str(values[kind.key])] if values.get(kind.key) else []
    return row.model_copy(update={"id": edge_id(kind.type, str(values["from_id"]), str(values["to_id"]), *key)})


def _quarantined(raw: RawRow, error: ErrorDetails) -> QuarantinedRow:
    field = str(error["loc"][0]) if error["loc"] else ""
    value = _shown(raw.cells.get(field, ""))
    if not value.strip():
        return QuarantinedRow(raw.file, raw.line, field, "", "必需的格为空 a required cell is empty")
    return QuarantinedRow(raw.file, raw.line, field, value, str(error["msg"]))


def _shown(value: str) -> str:
    return value if len(value) <= _SHOWN_CHARACTERS else f"{value[:_SHOWN_CHARACTERS]}… ({len(value)})"
