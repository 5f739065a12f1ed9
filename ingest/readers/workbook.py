"""Workbooks: every sheet that has headings is a table."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import pyarrow as pa
from openpyxl.utils.cell import get_column_letter

from graph.errors import SourceUnreadable, UnknownName
from ingest.readers.celltext import CellTexts
from ingest.readers.files import seekable
from ingest.readers.headings import SEARCHED_ROWS, Headings, heading_row, headings, plain
from ingest.readers.rawtable import Fault, Progress, RawTable, ReadOptions, RowProblem, Stretch, assembled, stray_cell
from ingest.readers.sheetxml import Row
from ingest.readers.xlsx import Merge, Package, Sheet

_ROWS_AT_ONCE = 10_000
_MOST_HEADING_ROWS = 5


def sheet_names(path: Path) -> list[str]:
    """The names of the visible sheets. Raises `SourceUnreadable` where the file is no .xlsx workbook."""
    with seekable(path) as file:
        return [sheet.name for sheet in Package(path, file).sheets if not sheet.is_hidden]


def read_workbook(path: Path, options: ReadOptions, progress: Progress | None) -> Iterator[RawTable]:
    """The parts of the tables in a workbook, sheet by sheet.

    A row with a formula, an error or merged cells is a problem: it is not guessed what it says. Raises
    `SourceUnreadable` where no sheet has headings, `UnknownName` where there is no sheet of the name asked for.
    """
    with seekable(path) as file:
        package = Package(path, file)
        sheets = _chosen(package, options.sheet)
        counted = {"hidden-sheet": 0 if options.sheet else len(package.sheets) - len(sheets)}
        by_sheet = _SheetProgress(package, sheets, progress)
        is_found = False
        for sheet in sheets:
            found = _Table(package, sheet, f"{path.name}[{sheet.name}]", options.header_row, by_sheet)
            if found.is_table:
                yield from found.parts(options.chunk_rows, {} if is_found else counted)
                is_found = True
        if not is_found:
            raise SourceUnreadable(
                f"{path} 中没有带表头的可见工作表。 {path} has no visible sheet with headings; is it empty, or hidden?"
            )


def _chosen(package: Package, name: str | None) -> list[Sheet]:
    if name is None:
        return [sheet for sheet in package.sheets if not sheet.is_hidden]
    found = [sheet for sheet in package.sheets if sheet.name == name]
    if not found:
        raise UnknownName("sheet", name, [sheet.name for sheet in package.sheets])
    return found


class _SheetProgress:
    """Turns bytes of sheets into bytes of the file, for `Progress`."""

    def __init__(self, package: Package, sheets: Sequence[Sheet], progress: Progress | None) -> None:
        self._size, self._progress = package.size, progress
        self._all = max(sum(package.unpacked_bytes(sheet) for sheet in sheets), 1)
        self._before = self._now = 0

    def next_sheet(self) -> Callable[[int], None]:
        """What is to hear the bytes of the next sheet."""
        self._before, self._now = self._before + self._now, 0
        return self._hear

    def _hear(self, done: int) -> None:
        self._now = done
        if self._progress is not None:
            self._progress(self._size * min(self._before + done, self._all) // self._all, self._size)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the headings are: their columns (from 1) and the last row they take, and what was counted above."""

    found: Headings
    columns: Mapping[int, int]
    last_row: int
    counted: Mapping[str, int]


class _Table:
    """A sheet, read as far as its headings."""

    def __init__(
        self, package: Package, sheet: Sheet, name: str, header_row: int | None, progress: _SheetProgress
    ) -> None:
        self._name = name
        self._texts = CellTexts(package.formats, package.epoch)
        self._merges = package.merges(sheet)
        self._rows = package.rows(sheet, progress.next_sheet())
        self._top = list(islice(self._rows, max(SEARCHED_ROWS, header_row or 0)))
        self.is_table = bool(self._top)
        if self.is_table:
            top = _Top(name, self._top, self._merges, self._texts)
            self._layout = top.layout(header_row)
            self._texts.counted.clear()

    def parts(self, chunk_rows: int, counted: Mapping[str, int]) -> Iterator[RawTable]:
        layout = self._layout
        rows = chain((row for row in self._top if row.number > layout.last_row), self._rows)
        body = _Body(layout, self._merges, self._texts)
        above = Stretch(
            [pa.array([], pa.string())] * len(layout.columns),
            pa.array([], pa.int64()),
            counted={**layout.counted, **counted},
        )
        batches = iter(lambda: list(islice(rows, _ROWS_AT_ONCE)), [])
        yield from assembled(self._name, layout.found, chain([above], map(body.stretch, batches)), chunk_rows)


class _Top:
    """The first rows of a sheet, among which the headings are looked for."""

    def __init__(self, name: str, rows: Sequence[Row], merges: Sequence[Merge], texts: CellTexts) -> None:
        self._name = name
        self._numbers = [row.number for row in rows]
        self._columns = sorted({cell.column for row in rows for cell in row.cells})
        self._merges = [merge for merge in merges if merge.top <= self._numbers[-1]]
        self._cells = {(row.number, cell.column): texts.text(cell) for row in rows for cell in row.cells}

    def layout(self, header_row: int | None) -> _Layout:
        first = header_row or self._first_heading_row()
        bottoms = [merge.bottom for merge in self._merges if merge.top <= first <= merge.bottom]
        last = max([first, *(bottom for bottom in bottoms if bottom < first + _MOST_HEADING_ROWS)])
        names = self._names(first, last)
        if not any(names):
            raise SourceUnreadable(
                f"{self._name} 的第 {first} 行没有表头。 {self._name} has no headings in row {first}."
            )
        titles = sum(1 for number in self._numbers if number < first)
        return _Layout(
            headings(self._name, names, self._columns, get_column_letter),
            {column: index for index, column in enumerate(self._columns)},
            last,
            {"title-row": titles, "blank-row": first - 1 - titles, "heading-row": last - first},
        )

    def _first_heading_row(self) -> int:
        """The number of the row. A cell that is merged over several columns is a title, or a heading of headings."""
        wide = [merge for merge in self._merges if merge.left < merge.right]
        single = [[None if _holder(wide, row, column) else self._shown(row, column) for column in self._columns]
                  for row in self._numbers]  # fmt: skip
        index = heading_row(single)
        if index is None:
            index = heading_row([[self._shown(row, column) for column in self._columns] for row in self._numbers])
        return self._numbers[index or 0]

    def _names(self, first: int, last: int) -> list[str]:
        """The lowest headings; those that repeat come after what stands above them."""
        names = [self._heading(last, column) for column in self._columns]
        repeated = {name for name in names if name and names.count(name) > 1}
        for index, column in enumerate(self._columns):
            if names[index] in repeated:
                above = (self._heading(row, column) for row in range(last - 1, first - 2, -1))
                group = next((text for text in above if text not in ("", names[index])), "")
                names[index] = f"{group} {names[index]}".strip()
        return names

    def _heading(self, row: int, column: int) -> str:
        merge = _holder(self._merges, row, column)
        text = self._cells.get((merge.top, merge.left) if merge else (row, column))
        if isinstance(text, Fault):
            place = f"{self._name}: {get_column_letter(column)}{row}"
            raise SourceUnreadable(f"{place}: 表头无法读取 The heading cannot be read: {text.reason} {text.hint}")
        return plain(text or "")

    def _shown(self, row: int, column: int) -> str | None:
        text = self._cells.get((row, column))
        return text.value if isinstance(text, Fault) else text


def _holder(merges: Sequence[Merge], row: int, column: int) -> Merge | None:
    """The merged range that a cell is in."""
    for merge in merges:
        if merge.top <= row <= merge.bottom and merge.left <= column <= merge.right:
            return merge
    return None


class _Body:
    """The rows below the headings, which come in order."""

    def __init__(self, layout: _Layout, merges: Sequence[Merge], texts: CellTexts) -> None:
        self._layout, self._texts = layout, texts
        self._coming = [merge for merge in reversed(merges) if merge.bottom > layout.last_row]
        self._here: list[Merge] = []
        self._last_row = layout.last_row

    def stretch(self, rows: Sequence[Row]) -> Stretch:
        """The columns of some rows."""
        self._texts.counted.clear()
        width = len(self._layout.columns)
        lines: list[list[str | None]] = []
        numbers: list[int] = []
        problems: list[RowProblem] = []
        for row in rows:
            line: list[str | None] = [None] * width
            problem = self._lay(row, line)
            if problem is None:
                lines.append(line)
                numbers.append(row.number)
            else:
                problems.append(problem)
        counted = {**self._texts.counted, "blank-row": rows[-1].number - self._last_row - len(rows)}
        self._last_row = rows[-1].number
        columns = [pa.array([line[index] for line in lines], pa.string()) for index in range(width)]
        return Stretch(columns, pa.array(numbers, pa.int64()), problems, counted)

    def _lay(self, row: Row, line: list[str | None]) -> RowProblem | None:
        """Fill the line with the texts of a row; the problem where it has one."""
        merge = self._merge_in(row.number)
        if merge is not None:
            return self._merged(row.number, merge)
        for cell in row.cells:
            index = self._layout.columns.get(cell.column)
            text = self._texts.text(cell)
            if isinstance(text, Fault):
                return text.at(row.number, "" if index is None else self._layout.found.names[index])
            if index is not None:
                line[index] = text
            elif text is not None:
                return stray_cell(row.number, "", f"{get_column_letter(cell.column)}{row.number}: {text}")
        return None

    def _merge_in(self, row: int) -> Merge | None:
        while self._coming and self._coming[-1].top <= row:
            self._here.append(self._coming.pop())
        if self._here:
            self._here = [merge for merge in self._here if merge.bottom >= row]
        return self._here[0] if self._here else None

    def _merged(self, row: int, merge: Merge) -> RowProblem:
        index = self._layout.columns.get(merge.left)
        corners = f"{get_column_letter(merge.left)}{merge.top}:{get_column_letter(merge.right)}{merge.bottom}"
        return RowProblem(
            row,
            "" if index is None else self._layout.found.names[index],
            corners,
            "该行有合并单元格。 The row has merged cells.",
            "请取消合并，并在每一格填上内容。 Unmerge the cells and fill in each of them.",
        )
