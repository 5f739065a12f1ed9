"""Rows of answers as tables for people: which columns, under what headings, and values as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import get_args

from pydantic.fields import FieldInfo

from queries.answer import Row

UNKNOWN = "未知"
"""How "not known" is shown; an empty cell could be read as none."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A column: the field of the row, what stands above it, and whether it holds numbers."""

    field: str
    zh: str
    en: str
    is_number: bool


def headings(row_type: type[Row], *, everything: bool = False) -> list[Heading]:
    """The columns of a row type that people read; all of them where everything is asked for.

    The Chinese heading is the first word of the field's description, the English one its name.
    """
    names = row_type.model_fields if everything or not row_type.table else row_type.table
    return [_heading(name, row_type.model_fields[name]) for name in names]


def _heading(name: str, info: FieldInfo) -> Heading:
    zh = (info.description or name).partition(" ")[0]
    en = name.removesuffix("_zh").replace("_", " ")
    kinds = get_args(info.annotation) or (info.annotation,)
    return Heading(name, en if zh.isascii() else zh, en, is_number=int in kinds or float in kinds)


def cell_text(value: object, most: int = 1_000) -> str:
    """A value as a reader sees it: not known is said, numbers have at most three decimals, lists at most `most` items.

    >>> cell_text(None), cell_text(0.33333), cell_text(True), cell_text(["甲", "乙", "丙"], most=2)
    ('未知', '0.333', '是', '甲、乙 等 3 项')
    """
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    if isinstance(value, Enum):
        return str(getattr(value, "zh", value.value))
    if isinstance(value, Sequence) and not isinstance(value, str):
        shown = "、".join(map(cell_text, value[:most])) or "—"
        return f"{shown} 等 {len(value)} 项" if len(value) > most else shown
    return str(value)
