"""Headings: which row they stand in, and what they say."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from graph.errors import SourceUnreadable
from graph.texts import Text

SEARCHED_ROWS = 20
"""Headings are looked for in so many rows at the top."""

MAX_COLUMNS = 16_384
"""Of a table, as Excel has it."""

_SHOWN_CHARACTERS = 80
_YEAR = re.compile(r"(19|20)\d\d")
_NUMBER_OR_DATE = re.compile(r"[-+−\d.,:/%T ]+")


@dataclass(frozen=True, slots=True)
class Headings:
    """The names of the columns. `unnamed` are the indexes of those that the file gives no name: `column_7`."""

    names: Sequence[str]
    unnamed: frozenset[int]


def shown(value: str) -> str:
    """A value as a message shows it: at most 80 characters."""
    return value if len(value) <= _SHOWN_CHARACTERS else f"{value[: _SHOWN_CHARACTERS - 1]}…"


def headings(
    name: str, cells: Sequence[str | None], columns: Sequence[int] = (), label: Callable[[int], str] = str
) -> Headings:
    """The headings that these cells say: outer and repeated white space, line ends and invisible marks removed.

    `columns` are their columns, from 1, where they are not all there are; `label` is what a person calls a column.
    Raises `SourceUnreadable` where two columns have the same heading.
    """
    check_width(name, len(cells))
    columns = columns or range(1, len(cells) + 1)
    names = [plain(cell or "") for cell in cells]
    unnamed = frozenset(index for index, heading in enumerate(names) if not heading)
    names = [heading or f"column_{column}" for heading, column in zip(names, columns, strict=True)]
    places: dict[str, list[str]] = {}
    for heading, column in zip(names, columns, strict=True):
        places.setdefault(heading, []).append(label(column))
    repeated = "; ".join(
        f"{shown(heading)!r} ({shown(', '.join(at))})" for heading, at in places.items() if len(at) > 1
    )
    if repeated:
        raise SourceUnreadable(Text("ingest.headings_repeated", name=name, repeated=repeated))
    return Headings(names, unnamed)


def check_width(name: str, columns: int) -> None:
    """Raise `SourceUnreadable` where a table has more columns than any table has."""
    if columns > MAX_COLUMNS:
        raise SourceUnreadable(Text("ingest.too_many_columns", name=name, most=MAX_COLUMNS))


def plain(heading: str) -> str:
    """A heading as it is compared: white space of any kind is one space, marks of no width are gone."""
    return " ".join(heading.replace("\ufeff", "").replace("\u200b", "").split())


def heading_row(rows: Sequence[Sequence[str | None]]) -> int | None:
    """The index of the row that has the headings; `None` where every row is empty.

    The first with texts in half as many cells as most rows fill, so that a title, a unit or a date above the table is
    none; a number or a date is no text, a year is. Where most rows fill one cell, or there is no such row: the first
    that is not empty.
    """
    filled = [sum(1 for cell in row if cell and cell.strip()) for row in rows]
    counts = sorted(count for count in filled if count)
    if not counts:
        return None
    several = [count for count in counts if count > 1]  # Titles and notes fill one cell, however many there are.
    counts = several if len(several) > max(1, len(counts) // 4) else counts
    usual = counts[len(counts) // 2]
    texts = [sum(1 for cell in row if cell and _is_text(cell.strip())) for row in rows]
    enough = max(2, (usual + 1) // 2)
    found = [index for index, count in enumerate(texts) if usual > 1 and count >= enough]
    return found[0] if found else next(index for index, count in enumerate(filled) if count)


def _is_text(cell: str) -> bool:
    return bool(cell) and (not _NUMBER_OR_DATE.fullmatch(cell) or bool(_YEAR.fullmatch(cell)))
