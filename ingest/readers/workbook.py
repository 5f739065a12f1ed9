"""Workbooks (.xlsx, .xls, .xlsb, .ods): every visible sheet that has headings is a table."""

import pickle
import re
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import accumulate, chain
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from graph.errors import SourceUnreadable, UnknownName
from graph.texts import Text
from ingest.readers.cellmarks import HIDDEN, Mark, check_archive, damaged, hidden_columns, marks, tells_hidden
from ingest.readers.celltext import Cell, CellText, CellTexts
from ingest.readers.files import on_disk
from ingest.readers.headings import SEARCHED_ROWS, Headings, heading_row, headings, plain, tables_beside
from ingest.readers.rawtable import (
    Fault,
    Progress,
    RawTable,
    ReadOptions,
    RowProblem,
    Stretch,
    assembled,
    headings_unread,
)

MAX_CELLS = 30_000_000
"""Of a sheet, from its first to its last row and column, empty ones among them."""

MAX_MEMORY = 4 << 30
"""Bytes that the process may take that reads a workbook; 30 million cells take half of it."""

BESIDE = "/"
"""Behind the name of a sheet, which cannot have it, and before the number of one of several tables side by side there."""

_PROGRAM = Path(__file__).with_name("sheetrows.py")
_MOST_HEADING_ROWS = 5
_YEAR = re.compile(r"(19|20)\d\d\s*(年|年度|年末)?")

Row = list[Cell | Fault]


class _Merge(NamedTuple):
    """A range of merged cells, as rows and columns from 0, all included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(slots=True)
class _Sheet:
    """The rows of a sheet, batch by batch; the first row and column that have anything in them count from 0."""

    name: str
    row: int
    column: int
    height: int
    merges: Sequence[_Merge]
    batches: Iterator[list[Row]]
    part: str = ""
    """Which of several tables side by side it is, as it is called behind the name of the sheet."""

    def sides(self, path: Path) -> list[range]:
        """The columns of each table of several that stand side by side."""
        first = next(self.batches)
        self.batches = chain([first], self.batches)
        rows = [[None if cell in ("", None) else str(cell) for cell in row] for row in first]
        # Ranges may lie on each other by the thousand: how many begin and end at each column is counted, not each of their columns.
        change = Counter[int]()
        for merge in (one for one in self.merges if one.top - self.row < SEARCHED_ROWS):
            change.update({merge.left + 1: 1})
            change.subtract({merge.right + 1: 1})
        over = enumerate(accumulate(change[column] for column in range(max(change, default=0))))
        merged = {column - self.column for column, depth in over if depth}
        return tables_beside(f"{path.name}[{self.name}]", rows, merged)

    def side(self, sides: Sequence[range], number: int) -> "_Sheet":
        """One of them."""
        at = sides[number - 1]
        rows = ([row[at.start : at.stop] for row in batch] for batch in self.batches)
        return replace(self, column=self.column + at.start, batches=rows, part=f"{BESIDE}{number}")


def hidden_sheets(path: Path) -> list[str]:
    """The names of the hidden sheets of a workbook. Raises `SourceUnreadable` where the file is none."""
    with _opened(path) as book:
        return [name for name, is_hidden in book.sheets if is_hidden]


def read_workbook(path: Path, options: ReadOptions, progress: Progress | None) -> Iterator[RawTable]:
    """The parts of the tables in a workbook, sheet by sheet.

    Of a formula the stored result is taken, and a merged cell says the same for each row that it covers. A formula
    without a result, an error or a number that has lost digits is a fault of its cell. Raises `SourceUnreadable` where
    no sheet has headings, `UnknownName` where there is no sheet of the name asked for.
    """
    with _opened(path) as book:
        names = [name for name, _ in book.sheets]
        is_side = options.sheet and options.sheet not in names
        wanted, _, side = options.sheet.rpartition(BESIDE) if options.sheet and is_side else (options.sheet, "", "")
        chosen = [name for name, is_hidden in book.sheets if name == wanted or not (options.sheet or is_hidden)]
        if options.sheet and not chosen:
            raise UnknownName("sheet", options.sheet, names)
        counted = {"hidden-sheet": 0 if options.sheet else len(book.sheets) - len(chosen)}
        counted["hidden-unknown"] = int(not tells_hidden(book.file))
        is_found = False
        for sheet in book.read(chosen, progress):
            if not sheet.height:
                continue
            sides = [] if options.header_row or (options.sheet and not side) else sheet.sides(path)
            batches = [*sheet.batches] if sides else []
            beside = [replace(sheet, batches=iter(batches)).side(sides, number + 1) for number in range(len(sides))]
            for one in [found for found in beside if found.part == f"{BESIDE}{side}"] or beside or [sheet]:
                table = _Table(path, book.file, one, options.header_row)
                yield from table.parts(options.chunk_rows, {} if is_found else counted)
                is_found = True
    if not is_found:
        raise SourceUnreadable(Text("ingest.no_sheet", path=path))


# --- the process that reads ------------------------------------------------------------------------------------------


@contextmanager
def _opened(path: Path) -> Iterator["_Book"]:
    with on_disk(path) as file:
        check_archive(path, file)
        command = (sys.executable, "-I", "-S", str(_PROGRAM), _packages(), str(file), str(MAX_MEMORY), str(MAX_CELLS))
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            yield _Book(path, file, process)
        finally:
            process.kill()
            process.communicate()


def _packages() -> str:
    """The folder that calamine is in."""
    found = find_spec("python_calamine")
    return str(Path(found.origin).parents[1]) if found and found.origin else ""


class _Book:
    """A workbook as the program `sheetrows.py` hands it over."""

    def __init__(self, path: Path, file: Path, process: subprocess.Popen[bytes]) -> None:
        if process.stdin is None or process.stdout is None:
            raise AssertionError("both are pipes")
        self._path, self.file, self._process = path, file, process
        self._asked, self._told = process.stdin, process.stdout
        self.sheets: list[tuple[str, bool]] = []
        """Name of each worksheet, in the order of the tabs, and whether a person who opens the file does not see it."""
        match self._next():
            case ("sheets", list(sheets)):
                self.sheets = sheets

    def read(self, names: Sequence[str], progress: Progress | None) -> Iterator[_Sheet]:
        """The sheets of these names; the rows of one are to be taken before the next."""
        with suppress(BrokenPipeError):  # It has ended: why is told below.
            pickle.dump(names, self._asked)
            self._asked.flush()
        size = self.file.stat().st_size
        for number, _ in enumerate(names, 1):
            match self._next():
                case ("sheet", str(name), int(row), int(column), int(height), list(merged)):
                    merges = sorted({_Merge(*start, *end) for start, end in merged if start != end})
                    batches = self._batches()
                    yield _Sheet(name, row, column, height, merges, batches)
                    deque(batches, 0)  # A sheet without rows is not gone through.
            if progress is not None:
                progress(size * number // len(names), size)

    def _batches(self) -> Iterator[list[Row]]:
        while True:
            match self._next():
                case ("rows", list(rows)):
                    yield rows
                case _:
                    return

    def _next(self) -> object:
        try:
            message: object = pickle.load(self._told)
        except (EOFError, pickle.UnpicklingError):
            # A process that does not get memory is ended by a signal; one that meets a fault of calamine's ends itself.
            is_ended = self._process.wait() < 0
            message = ("refused", "memory", "") if is_ended else ("refused", "damage", "calamine gave up")
        match message:
            case ("refused", "memory", _):
                raise self._too_large(Text("ingest.sheet_too_large.memory", size=MAX_MEMORY >> 30))
            case ("refused", "cells", str(size)):
                raise self._too_large(Text("ingest.sheet_too_large.cells", most=MAX_CELLS, size=size))
            case ("refused", _, str(why)):
                raise damaged(self._path, self.file, why)
        return message

    def _too_large(self, most: Text) -> SourceUnreadable:
        return SourceUnreadable(Text("ingest.sheet_too_large", path=self._path, most=most))


# --- tables ----------------------------------------------------------------------------------------------------------


class _Marks:
    """The marks of a sheet, taken as far as they are needed."""

    def __init__(self, found: Iterator[Mark]) -> None:
        self._found = found
        self._next = next(found, None)

    def up_to(self, row: int | None) -> list[Mark]:
        """Those that come next, up to a row; without one, all that are left."""
        taken = []
        while self._next is not None and (row is None or self._next.row <= row):
            taken.append(self._next)
            self._next = next(self._found, None)
        return taken


class _Table:
    """A sheet, read as far as its headings."""

    def __init__(self, path: Path, file: Path, sheet: _Sheet, header_row: int | None) -> None:
        self._sheet, self._name = sheet, f"{path.name}[{sheet.name}{sheet.part}]"
        self._marks = _Marks(marks(path, file, sheet.name))
        self._hidden = hidden_columns(path, file, sheet.name)
        self._first = next(sheet.batches)
        self._first_marks = self._marks.up_to(sheet.row + len(self._first) - 1)
        top = [list(row) for row in self._first[: max(SEARCHED_ROWS, (header_row or 0) - sheet.row)]]
        texts = _columns(top, sheet.row, sheet.column, self._first_marks, CellTexts())
        self._layout = _Top(self._name, sheet, texts).layout(header_row)

    def parts(self, chunk_rows: int, counted: Mapping[str, int]) -> Iterator[RawTable]:
        """The rows below the headings; `counted` goes with the first part."""
        layout = self._layout
        nothing = [pa.array([], pa.string())] * len(layout.found.names)
        reach = {*range(self._sheet.column, self._sheet.column + len(layout.found.names))}
        hidden = {"hidden-column": len(self._hidden & reach)}
        above = Stretch(nothing, pa.array([], pa.int64()), counted={**layout.counted, **counted, **hidden})
        yield from assembled(self._name, layout.found, chain([above], self._stretches()), chunk_rows, "", layout.above)
        self._marks.up_to(None)  # So that what is damaged further down is met.

    def _stretches(self) -> Iterator[Stretch]:
        body = _Body(self._layout, self._sheet)
        start = self._sheet.row
        skipped = max(self._layout.last_row + 1 - start, 0)
        batches = chain([(self._first[skipped:], self._first_marks)], ((batch, None) for batch in self._sheet.batches))
        start += skipped
        for rows, found in batches:
            if rows:
                yield body.stretch(rows, start, self._marks.up_to(start + len(rows) - 1) if found is None else found)
            start += len(rows)


def _columns(rows: list[Row], top: int, left: int, found: Sequence[Mark], texts: CellTexts) -> list[list[CellText]]:
    """The cells as text, column by column; `top` and `left` is where the first stands. Marked cells change in `rows`."""
    for mark in found:
        row, column = mark.row - top, mark.column - left
        if 0 <= row < len(rows) and 0 <= column < len(rows[row]):
            rows[row][column] = texts.marked(rows[row][column], mark)
    return [texts.column(cells) for cells in zip(*rows, strict=True)]


class _Layout(NamedTuple):
    """The headings, the last row that they take (from 0), what was counted above, and what stands there."""

    found: Headings
    last_row: int
    counted: Mapping[str, int]
    above: tuple[str, ...]


class _Top:
    """The first rows of a sheet, among which the headings are looked for; a merged cell says its text in all its cells."""

    def __init__(self, name: str, sheet: _Sheet, columns: Sequence[Sequence[CellText]]) -> None:
        self._name, self._top, self._left = name, sheet.row, sheet.column
        self._rows = [list(row) for row in zip(*columns, strict=True)]
        self._shown = [[cell.value if isinstance(cell, Fault) else cell for cell in row] for row in self._rows]
        self._single = [list(row) for row in self._shown]
        self._merges = [merge for merge in sheet.merges if merge.top < sheet.row + len(self._rows)]
        room = len(self._rows) * len(columns)
        for merge in self._merges:
            rows = range(merge.top - self._top, min(merge.bottom - self._top + 1, len(self._rows)))
            reach = range(merge.left - self._left, min(merge.right - self._left + 1, len(columns)))
            room -= len(rows) * len(reach)
            if room >= 0 <= min(rows.start, reach.start):  # Ranges that lie on each other could go on for ever.
                self._spread(rows, reach)

    def _spread(self, rows: range, reach: range) -> None:
        text = self._rows[rows.start][reach.start] if rows and reach else None
        for row in rows:
            self._rows[row][reach.start : reach.stop] = [text] * len(reach)
            if len(reach) > 1:
                self._single[row][reach.start : reach.stop] = [None] * len(reach)

    def layout(self, header_row: int | None) -> _Layout:
        """Where the headings are; those of a given row (from 1), or the likeliest."""
        first = self._first_heading_row() if header_row is None else header_row - 1
        bottoms = [merge.bottom for merge in self._merges if merge.top <= first <= merge.bottom]
        last = max([first, *(bottom for bottom in bottoms if bottom < first + _MOST_HEADING_ROWS)])
        names = self._names(first, last)
        if not any(names):
            raise SourceUnreadable(Text("ingest.no_headings_in_row", name=self._name, row=first + 1))
        titles = [row for row in self._shown[: max(first - self._top, 0)] if any(row)]
        return _Layout(
            headings(self._name, names, range(self._left + 1, self._left + 1 + len(names)), _letters),
            last,
            {"title-row": len(titles), "blank-row": first - len(titles), "heading-row": last - first},
            tuple(cell for row in titles for cell in row if cell),
        )

    def _first_heading_row(self) -> int:
        """The number of the row. A cell that is merged over several columns is a title, or a heading of headings."""
        index = heading_row(self._single)
        return self._top + ((heading_row(self._shown) or 0) if index is None else index)

    def _names(self, first: int, last: int) -> list[str]:
        """The lowest headings; those that repeat, or are a year, come after what stands above them."""
        names = self._headings(last)
        for column in range(len(names) - 1, 0, -1):
            below = (row[column] for row in self._shown[last - self._top :])
            if names[column] == names[column - 1] and not any(below):  # One cell over two columns, in each row.
                names[column] = ""
        rows = ([_plain(text) for text in self._row(row)] for row in range(last - 1, first - 2, -1))
        above = [row for row in rows if len({*row}) > 1]  # A title over all columns says nothing of one.
        times = Counter(names)
        for column, name in enumerate(names):
            if name and (times[name] > 1 or _YEAR.fullmatch(name)):
                group = next((row[column] for row in above if row[column] not in ("", name)), "")
                names[column] = f"{group} {name}".strip()
        return names

    def _row(self, row: int) -> Sequence[CellText]:
        index = row - self._top
        return self._rows[index] if 0 <= index < len(self._rows) else [None] * len(self._rows[0])

    def _headings(self, row: int) -> list[str]:
        cells = self._row(row)
        for column, text in enumerate(cells, self._left + 1):
            if isinstance(text, Fault):
                raise SourceUnreadable(headings_unread(f"{self._name}: {_letters(column)}{row + 1}", text))
        return [_plain(text) for text in cells]


def _plain(text: CellText) -> str:
    return plain(text) if isinstance(text, str) else ""


def _letters(column: int) -> str:
    """What a spreadsheet calls a column, which counts from 1.

    >>> _letters(1), _letters(26), _letters(27), _letters(16_384)
    ('A', 'Z', 'AA', 'XFD')
    """
    before, letter = divmod(column - 1, 26)
    return (_letters(before) if before else "") + chr(ord("A") + letter)


class _Body:
    """The rows below the headings, which come in order."""

    def __init__(self, layout: _Layout, sheet: _Sheet) -> None:
        self._names, self._left = layout.found.names, sheet.column
        reach = range(sheet.column, sheet.column + len(self._names))
        self._merges = [m for m in sheet.merges if layout.last_row < m.top < m.bottom and m.left in reach]
        self._said: dict[_Merge, CellText] = {}

    def stretch(self, rows: list[Row], start: int, found: Sequence[Mark]) -> Stretch:
        """The columns of some rows, of which the first has this number (from 0)."""
        texts = CellTexts()
        columns = _columns(rows, start, self._left, found, texts)
        texts.counted["merged-cell"] += self._spread(columns, start)
        for what, marked in (
            ("hidden-row", {mark.row - start for mark in found if mark.kind == HIDDEN}),
            ("struck-row", {mark.row - start for mark in found if mark.is_struck}),
        ):
            cells = zip(*columns, strict=True) if marked else ()
            texts.counted[what] += sum(row in marked and any(row_cells) for row, row_cells in enumerate(cells))
        faults: list[RowProblem] = []
        for name, column in zip(self._names, columns, strict=True):
            if Fault in set(map(type, column)):
                faults += [text.at(row, name) for row, text in enumerate(column, start + 1) if isinstance(text, Fault)]
                column[:] = [None if isinstance(text, Fault) else text for text in column]
        numbers = pa.array(range(start + 1, start + 1 + len(rows)), pa.int64())
        return Stretch([pa.array(column, pa.string()) for column in columns], numbers, (), texts.counted, faults)

    def _spread(self, columns: list[list[CellText]], start: int) -> int:
        """Give each row that a merged cell covers, and that has anything in it, what the cell says; to how many."""
        end, count, room = start + len(columns[0]), 0, len(columns) * len(columns[0])
        here = [merge for merge in self._merges if merge.top < end]
        is_blank = [not any(row) for row in zip(*columns, strict=True)] if here else []
        for merge in here:
            column = columns[merge.left - self._left]
            room -= min(merge.bottom + 1, end) - max(merge.top, start)
            if room < 0:
                break  # Ranges that lie on each other could go on for ever.
            if merge.top >= start:
                self._said[merge] = column[merge.top - start]
            for row in range(max(merge.top + 1, start), min(merge.bottom + 1, end)):
                if self._said.get(merge) is not None and column[row - start] is None and not is_blank[row - start]:
                    column[row - start] = self._said[merge]
                    count += 1
        self._merges = [merge for merge in self._merges if merge.bottom >= end]
        return count
