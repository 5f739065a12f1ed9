"""What reading gives, whatever the file was: columns of text under headings, and the rows that cannot be laid so."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

import pyarrow as pa
import pyarrow.compute as pc

from graph.texts import Text
from ingest.readers.headings import Headings

Progress = Callable[[int, int], None]
"""Told how many bytes of the file are done, and how many there are. Of a file packed with gzip they are packed bytes,
but for workbooks and Parquet, which have to be unpacked before."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that cannot be laid under its headings, or a cell that cannot be read. A row may have more than one.

    `row` is the number a spreadsheet shows: the headings of a file that begins with them stand in row 1, and a cell of
    several lines makes no more rows. In JSON Lines it is the line, in JSON the position in the list, from 1.
    `field` is a heading, "" where it is the whole row. `value` is what was found, cut to 80 characters.
    `reason` is a text (`Text.packed`), whose `todo` says what to do.
    """

    row: int
    field: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A `RowProblem` of which it is not known yet where it is."""

    value: str
    reason: str

    def at(self, row: int, heading: str = "") -> RowProblem:
        """The problem in a row, of the whole row unless a heading is given."""
        return RowProblem(row, heading, self.value, self.reason)


def headings_unread(where: str, fault: Fault) -> Text:
    """Why headings, which a table cannot do without, are not taken."""
    why = Text.unpacked(fault.reason)
    return Text("ingest.headings_unread", where=where, why=why, todo=why.todo)


@dataclass(frozen=True, slots=True)
class RawTable:
    """A part of a table: rows in their order, and the problems found on the way to the last of them.

    `name` is what messages call the table: `company.json`, `companies.xlsx[企业]`. All parts of a table have the same
    columns, each of text or of lists of text; null is an empty cell, and no text is empty. `rows` are the numbers of
    the rows (int64). A row of the file is in `rows`, or in `problems`, or was blank. `faults` are the cells that cannot
    be read, in the order of their rows: null stands in their place, so that whoever does not need the cell has the row.
    A row with nothing else in it is in `faults` alone.

    `above` is what stands above the headings, cell by cell: titles, a unit.

    `counted` says what was converted or left out on reading, as numbers of this part alone:
    `blank-row`, `title-row` (above the headings), `heading-row` (beyond the first, where headings take several),
    `hidden-sheet`, `unnamed-column` (data under an empty heading, now called `column_7`), `trailing-delimiter` (rows),
    `byte-order-mark` (at the start of a line), `encoding:gb18030` and the like (rows), `single-as-list` (cells of a
    column that has lists elsewhere), `nested` (cells that are JSON text now), `html-entity` (cells with &amp;, <br> and the like), `stray-cell` (values further down under an
    empty heading, left out) and, as numbers of cells of workbooks, `excel-date`, `excel-duration`, `excel-number`,
    `excel-percent`, `excel-leading-zeros`, `excel-boolean`, `excel-formula` (stored results that were taken),
    `merged-cell` (what a merged cell says in the rows below its first) `hidden-row` (rows that a person does not
    see), `hidden-column` (the same of columns) and `struck-row` (rows with a text that is struck through); `hidden-unknown` is 1 of a workbook that does not tell which rows
    are hidden.
    """

    name: str
    columns: pa.Table
    rows: pa.Array
    problems: tuple[RowProblem, ...]
    counted: Mapping[str, int]
    faults: tuple[RowProblem, ...] = ()
    above: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What is known of a file beforehand; what is `None` is found out.

    `format` is csv, tsv, xlsx (any workbook), parquet, json or jsonl. `sheet` is an exact name, also of a hidden sheet; without it
    every visible sheet that has headings is read. `header_row` counts from 1; rows above it are titles. `records` is
    the path to the list of rows in a JSON document, "data.items"; its last step may be "*": the values of an object,
    whose names become a column "*". `fields` is the path to the headings where the rows are arrays, "data.fields".
    A part has at most `chunk_rows` rows.
    """

    format: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    records: str | None = None
    fields: str | None = None
    delimiter: str | None = None
    chunk_rows: int = 500_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows as a format finds them: one column a heading, blank rows still among them."""

    columns: Sequence[pa.Array]
    rows: pa.Array
    problems: Sequence[RowProblem] = ()
    counted: Mapping[str, int] = field(default_factory=dict)
    faults: Sequence[RowProblem] = ()


def null_if_empty(column: pa.Array) -> pa.Array:
    """The column with nulls for empty texts and empty lists."""
    size = pc.list_value_length(column) if pa.types.is_list(column.type) else pc.binary_length(column)
    return pc.if_else(pc.equal(size, 0), pa.scalar(None, column.type), column)


def assembled(
    name: str,
    found: Headings,
    stretches: Iterable[Stretch],
    chunk_rows: int,
    per_row: str = "",
    above: tuple[str, ...] = (),
) -> Iterator[RawTable]:
    """The stretches as parts of a table: without blank rows, of at most `chunk_rows` rows (and about as many problems).

    At least one part is yielded. A column without a heading stays where the first part has data in it; otherwise it is
    left out, and values that stand there further down are counted. `per_row` is counted once for each row.
    """
    assembly = _Assembly(name, found, per_row, above)
    for stretch in stretches:
        assembly.add(stretch)
        while assembly.waiting >= chunk_rows:
            yield assembly.part(chunk_rows)
    if assembly.waiting or assembly.counted or assembly.dropped is None:
        yield assembly.part(chunk_rows)


class _Assembly:
    """What has been read and not handed out."""

    def __init__(self, name: str, found: Headings, per_row: str, above: tuple[str, ...]) -> None:
        self._name, self._found, self._per_row, self._above = name, found, per_row, above
        self._tables: list[pa.Table] = []
        self._rows = 0
        self._problems: list[RowProblem] = []
        self._faults: list[RowProblem] = []
        self.counted: Counter[str] = Counter()
        self.dropped: list[int] | None = None
        """The columns that are left out; not known before the first part."""

    @property
    def waiting(self) -> int:
        return max(self._rows, len(self._problems))

    def add(self, stretch: Stretch) -> None:
        self.counted.update(stretch.counted)
        self._problems += stretch.problems
        self._faults += sorted(stretch.faults, key=lambda fault: fault.row)
        table = pa.table([*stretch.columns, stretch.rows], names=[*self._found.names, ""])
        blank = _blank(stretch.columns)
        if blank is not None:
            without_fault = set(stretch.rows.filter(blank).to_pylist()) - {fault.row for fault in stretch.faults}
            self.counted["blank-row"] += len(without_fault)
            table = table.filter(pc.invert(blank))
        self._rows += len(table)
        if len(table) or not self._tables:
            self._tables.append(table)

    def part(self, chunk_rows: int) -> RawTable:
        table = pa.concat_tables(self._tables)
        table, rest = table.slice(0, chunk_rows), table.slice(chunk_rows)
        self._tables, self._rows = [rest], len(rest)
        self._drop_columns(table)
        kept = [index for index in range(len(self._found.names)) if index not in (self.dropped or ())]
        rows = pa.concat_arrays([pa.array([], pa.int64()), *table.column(-1).chunks])
        self.counted[self._per_row] += len(table) if self._per_row else 0
        counted = {what: number for what, number in self.counted.items() if number}
        problems, self._problems, self.counted = self._problems, [], Counter()
        last = rows[-1].as_py() if len(rest) else math.inf
        faults = tuple(takewhile(lambda fault: fault.row <= last, self._faults))
        self._faults = self._faults[len(faults) :]
        return RawTable(self._name, table.select(kept), rows, tuple(problems), counted, faults, self._above)

    def _drop_columns(self, table: pa.Table) -> None:
        if self.dropped is None:
            empty = {index for index in self._found.unnamed if table.column(index).null_count == len(table)}
            self.dropped = sorted(empty)
            self.counted["unnamed-column"] += len(self._found.unnamed) - len(empty)
        self.counted["stray-cell"] += sum(len(table) - table.column(index).null_count for index in self.dropped)


def _blank(columns: Sequence[pa.Array]) -> pa.Array | None:
    """Which rows have nothing but white space; `None` where there is no such row, or no column."""
    blank = None
    for column in columns:
        empty = pc.is_null(column)
        if pa.types.is_string(column.type):
            empty = pc.or_(empty, pc.fill_null(pc.utf8_is_space(column), False))
        blank = empty if blank is None else pc.and_(blank, empty)
        if not pc.any(blank).as_py():
            return None
    return blank
