"""Rows of answers as tables for people: which columns, under what headings, and values as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from queries.runner import Row

UNKNOWN = "未知"
"""How "not known" is shown; an empty cell could be read as none."""

_HIDDEN = frozenset({"evidence_ids", "path", "closeness"})


@dataclass(frozen=True, slots=True)
class Heading:
    """A column: the field of the row, and what stands above it."""

    field: str
    zh: str
    en: str


def headings(row_type: type[Row], *, everything: bool = False) -> list[Heading]:
    """The columns of a row type that people read; all of them where everything is asked for.

    A description starts with the Chinese heading, a space, then English.
    """
    names = list(row_type.model_fields)
    shown = [n for n in names if everything or (n not in _HIDDEN and f"{n}_zh" not in names)]
    return [_heading(name, row_type.model_fields[name].description or name) for name in shown]


def _heading(name: str, description: str) -> Heading:
    zh, _, en = description.partition(" ")
    if zh.isascii():
        zh, en = name, description
    return Heading(name, zh, en or name)


def cell_text(value: object) -> str:
    """A value as a reader sees it: not known is said, numbers have at most three decimals.

    >>> cell_text(None), cell_text(0.33333), cell_text(True), cell_text(["甲", "乙"])
    ('未知', '0.333', '是', '甲、乙')
    """
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "、".join(map(cell_text, value)) or "—"
    return str(value)
