"""Headings: which row they stand in, and what they say."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from operator import itemgetter

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
    if found:
        return found[0]
    # A title stands above the one heading of a list of names.
    first, *more = [index for index, count in enumerate(filled) if count][:2]
    title, below = ("".join(cell or "" for index in at for cell in rows[index]).strip() for at in ([first], more))
    is_below = _is_one_heading(below) and (not _is_one_heading(title) or ("名" in below and "名" not in title))
    return more[0] if filled[first] == 1 and is_below else first


def tables_beside(name: str, rows: Sequence[Sequence[str | None]], merged: Collection[int] = ()) -> list[range]:
    """The columns of each table of several that stand side by side; none where there is one. `merged` are columns, by index, that are empty
    as the cell before reaches over them.

    There are several where the same headings come again, or where an empty column stands between headings of which each side has
    two or more and goes down another number of rows. Raises `SourceUnreadable` where it may be one table, or two.
    """
    top = heading_row(rows[:SEARCHED_ROWS])
    if top is None:
        return []
    heads = [plain(cell or "") for cell in rows[top]]
    is_empty = [
        not any(row[column] for row in rows[top:] if column < len(row)) and column not in merged
        for column in range(len(heads))
    ]
    runs = [
        [column for column, _ in run] for empty, run in groupby(enumerate(is_empty), key=itemgetter(1)) if not empty
    ]
    sides = [range(run[0], run[-1] + 1) for run in runs]
    for width in range(2, len(heads) // 2 + 1) if len(sides) == 1 and all(heads) else ():
        if heads == heads[:width] * (len(heads) // width):
            return [range(start, start + width) for start in range(0, len(heads), width)]
    told = [[heads[column] for column in side if heads[column]] for side in sides]
    if len(sides) < 2 or min(map(len, told)) < 2 or not all(_BEGINS.fullmatch(one[0]) for one in told):
        return []
    ends = [max(number for number, row in enumerate(rows) if any(row[side.start : side.stop])) for side in sides]
    if len(set(ends)) == 1 and len({*chain(*told)}) == sum(map(len, told)):
        raise SourceUnreadable(Text("ingest.one_or_two", name=name, first=told[0], second=told[1]))
    return sides


_BEGINS = re.compile(r"序号|编号|no\.?|.*(名称|全称|企业|公司|单位|产品|供应商|客户|上游|下游)|.*name", re.IGNORECASE)
"""What the first heading of a table says."""


def _is_one_heading(text: str) -> bool:
    """Whether the only cell of a row is the heading of a list, and neither its title nor a company.

    >>> [_is_one_heading(text) for text in ("企业名称", "3M中国有限公司", "2024年度浙江省专精特新企业")]
    [True, False, False]
    """
    return len(text) < 9 and bool(_BEGINS.fullmatch(text)) and "有限公司" not in text


def _is_text(cell: str) -> bool:
    return bool(cell) and (not _NUMBER_OR_DATE.fullmatch(cell) or bool(_YEAR.fullmatch(cell)))
