"""CSV and its kin: any delimiter, any encoding that `ingest.readers.encodings` knows, titles above the headings."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as pa_csv

from graph.errors import SourceUnreadable, UsageError
from graph.texts import Text
from ingest.readers.encodings import encoding_of
from ingest.readers.headings import (
    SEARCHED_ROWS,
    Headings,
    check_width,
    heading_row,
    headings,
    plain,
    shown,
    tables_beside,
)
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
from ingest.readers.records import REFUSED, Records, Refused, record_ends, whole_records
from ingest.readers.text import LONG_LINE, WRONG_BYTES, Block, Encoding, line_end, long_line, text_blocks, wrong_bytes

DELIMITERS = ",\t;|"

_HEAD = 1 << 16
_MARKS = re.compile(f"[{WRONG_BYTES}{LONG_LINE}{REFUSED}]")
_ROW_MARKS = re.compile(f"[{LONG_LINE}{REFUSED}]")
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
"""What Excel writes and reads as the first line of a CSV file to name the delimiter."""


def read_delimited(
    usual_delimiter: str, path: Path, options: ReadOptions, progress: Progress | None
) -> Iterator[RawTable]:
    """The parts of a delimited text file; `usual_delimiter` is the likeliest where none is given.

    Raises `SourceUnreadable` where there are no headings, they repeat, or they cannot be read.
    """
    encoding = encoding_of(path, options.encoding)
    blocks = text_blocks(path, encoding, progress)
    first_block = next(blocks, Block(b""))
    delimiter = _checked(options.delimiter) or _delimiter(first_block.data, usual_delimiter)
    if options.header_row is None and tables_beside(path.name, _rows(_lines(first_block.data), delimiter)):
        raise SourceUnreadable(Text("ingest.side_by_side", name=path.name))
    records = whole_records(chain([first_block], blocks), delimiter)
    first = next((some for some in records if some.data), None)
    if first is None or not first.data.strip():
        raise SourceUnreadable(Text("ingest.empty_file", path=path))
    top = _Top(path, first, delimiter, options.header_row, encoding)
    parser = _Parser(top.headings, delimiter, encoding, top.row)
    stretches = chain([top.above], map(parser.stretch, chain([top.rest], records)))
    per_row = "" if encoding.name == "utf-8" else f"encoding:{encoding.name}"
    try:
        yield from assembled(path.name, top.headings, stretches, options.chunk_rows, per_row, top.texts)
    except pa.ArrowInvalid as error:
        raise SourceUnreadable(Text("ingest.csv_unparsed", path=path, error=shown(plain(str(error))))) from error


def _checked(delimiter: str | None) -> str | None:
    if delimiter is not None and (len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n'):
        raise UsageError(Text("ingest.delimiter_unusable", delimiter=delimiter))
    return delimiter


def _delimiter(data: bytes, usual: str) -> str:
    """The delimiter that gives the most of the first rows the same number of cells, more than one."""
    lines = _lines(data)
    named = _SEPARATOR_LINE.match(lines[0]) if lines else None
    if named and named[1] in DELIMITERS:
        return named[1]
    return max(usual + DELIMITERS.replace(usual, ""), key=lambda delimiter: _regularity(lines, delimiter))


def _lines(data: bytes) -> list[str]:
    whole_lines = len(data) if len(data) < _HEAD else line_end(data, _HEAD)
    return data[: whole_lines or _HEAD].decode(errors="ignore").splitlines(keepends=True)


def _rows(lines: Sequence[str], delimiter: str, most: int | None = None) -> list[list[str]]:
    try:
        return list(islice(csv.reader(lines, delimiter=delimiter), most))
    except csv.Error:
        return []


def _regularity(lines: Sequence[str], delimiter: str) -> tuple[int, int]:
    rows = _rows(lines, delimiter, SEARCHED_ROWS)
    widths = Counter(len(row) for row in rows if len(row) > 1)
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    return (count, width)


class _Top:
    """The first records: what stands above the headings, the headings, and the rest below."""

    def __init__(self, path: Path, first: Records, delimiter: str, given_row: int | None, encoding: Encoding) -> None:
        ends = record_ends(first.data, delimiter, given_row or SEARCHED_ROWS)
        texts = [first.data[start:end].decode(errors="replace") for start, end in zip([0, *ends], ends, strict=False)]
        for text in texts:
            check_width(path.name, text.count(delimiter) + 1 if '"' not in text else 0)
        rows = [_cells(text, delimiter) for text in texts]
        index = heading_row(rows) if given_row is None else given_row - 1
        if index is None or index >= len(rows) or not any(cell.strip() for cell in rows[index]):
            raise SourceUnreadable(Text("ingest.no_headings_in_rows", path=path, rows=len(rows)))
        self.row = index + 1
        refusal = next((text for text in texts[: self.row] if _MARKS.search(text)), None)
        if refusal is not None:
            fault = _marked(refusal, first.refused, encoding)
            raise SourceUnreadable(headings_unread(str(path), fault))
        self.headings = headings(path.name, rows[index])
        titles = sum(1 for row in rows[:index] if any(cell.strip() for cell in row))
        self.texts = tuple(cell.strip() for row in rows[:index] for cell in row if cell.strip())
        self.above = Stretch(
            _nothing(len(rows[index])),
            pa.array([], pa.int64()),
            counted={"title-row": titles, "blank-row": index - titles},
        )
        self.rest = Records(first.data[ends[index] :], first.marked, first.byte_order_marks, first.refused)


def _nothing(columns: int) -> list[pa.Array]:
    return [pa.array([], pa.string())] * columns


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return [text]


class _Parser:
    """Records to columns, with the numbers of their rows."""

    def __init__(self, found: Headings, delimiter: str, encoding: Encoding, row: int) -> None:
        self._found, self._delimiter, self._encoding, self._row = found, delimiter, encoding, row

    def stretch(self, records: Records) -> Stretch:
        """The columns of the records, which come after those of the last call."""
        invalid: list[pa_csv.InvalidRow] = []
        columns = self._parsed(records.data, invalid) if records.data else _nothing(len(self._found.names))
        numbers = self._row + np.arange(1, len(columns[0]) + len(invalid) + 1)
        self._row += len(numbers)
        is_valid = np.ones(len(numbers), bool)
        is_valid[[row.number - 1 for row in invalid]] = False
        misfits = _MisfitRows(self._found, self._delimiter, self._encoding, records.refused)
        misfits.counted["byte-order-mark"] = records.byte_order_marks
        for row in invalid:
            misfits.add(int(numbers[row.number - 1]), row.text, row.actual_columns)
        rows = pa.array(numbers[is_valid], pa.int64())
        if misfits.shortened:
            columns, rows = self._with_shortened(columns, rows, misfits.shortened)
        if records.marked or records.refused:
            columns, rows = misfits.without_marks(columns, rows)
        return Stretch(columns, rows, misfits.problems, misfits.counted, misfits.faults)

    def _parsed(self, data: bytes, invalid: list[pa_csv.InvalidRow]) -> list[pa.Array]:
        def keep(row: pa_csv.InvalidRow) -> str:
            invalid.append(row)
            return "skip"

        names = [str(index) for index in range(len(self._found.names))]
        table = pa_csv.read_csv(
            pa.py_buffer(data),
            # Rows are numbered by a single thread only, and a block that holds all is never cut within a row.
            read_options=pa_csv.ReadOptions(use_threads=False, column_names=names, block_size=len(data) + 1),
            parse_options=pa_csv.ParseOptions(
                delimiter=self._delimiter,
                newlines_in_values=b'"' in data,
                ignore_empty_lines=False,
                invalid_row_handler=keep,
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types={name: pa.string() for name in names},
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
        return [column.chunk(0) if column.num_chunks else pa.array([], pa.string()) for column in table.columns]

    def _with_shortened(
        self, columns: list[pa.Array], rows: pa.Array, shortened: dict[int, str]
    ) -> tuple[list[pa.Array], pa.Array]:
        more = self._parsed("\n".join(shortened.values()).encode(), [])
        rows = pa.concat_arrays([rows, pa.array(shortened, pa.int64())])
        order = pc.sort_indices(rows)
        return [pa.concat_arrays(pair).take(order) for pair in zip(columns, more, strict=True)], rows.take(order)


class _MisfitRows:
    """What is wrong with the rows that do not fit, and those of them that do after all."""

    def __init__(self, found: Headings, delimiter: str, encoding: Encoding, refused: Sequence[Refused]) -> None:
        self._found, self._delimiter, self._encoding, self._refused = found, delimiter, encoding, refused
        self.problems: list[RowProblem] = []
        self.faults: list[RowProblem] = []
        self.counted: Counter[str] = Counter()
        self.shortened: dict[int, str] = {}
        """Rows without the empty cells beyond the headings, by number."""

    def add(self, row: int, text: str, cells: int) -> None:
        """Look at a row that has another number of cells than there are headings."""
        expected = len(self._found.names)
        if _MARKS.search(text):
            self.problems.append(_marked(text, self._refused, self._encoding).at(row))
        elif not text.strip():
            self.counted["blank-row"] += 1
        elif cells > expected and text.endswith(self._delimiter * (cells - expected)):
            self.shortened[row] = text[: expected - cells]
            self.counted["trailing-delimiter"] += 1
        else:
            self.problems.append(
                RowProblem(row, "", shown(text), Text("ingest.row_width", cells=cells, expected=expected).packed())
            )

    def without_marks(self, columns: list[pa.Array], rows: pa.Array) -> tuple[list[pa.Array], pa.Array]:
        """The columns with nulls where bytes are wrong, without the rows that marks stand for."""
        is_kept = np.ones(len(rows), bool)
        for at, (heading, column) in enumerate(zip(self._found.names, columns, strict=True)):
            is_marked = pc.fill_null(pc.match_substring_regex(column, _MARKS.pattern), False)
            for index in np.flatnonzero(is_marked.to_numpy(zero_copy_only=False)):
                text, row = column[int(index)].as_py(), rows[int(index)].as_py()
                if _ROW_MARKS.search(text):
                    self.problems.append(_marked(text, self._refused, self._encoding).at(row))
                    is_kept[index] = False
                elif is_kept[index]:
                    self.faults.append(wrong_bytes(text, self._encoding).at(row, heading))
            columns[at] = pc.if_else(is_marked, pa.scalar(None, pa.string()), column)
        return [column.filter(pa.array(is_kept)) for column in columns], rows.filter(pa.array(is_kept))


def _marked(text: str, refused: Sequence[Refused], encoding: Encoding) -> Fault:
    """Why there is a mark in a text."""
    if LONG_LINE in text:
        return long_line()
    if REFUSED not in text:
        return wrong_bytes(text, encoding)
    quote = refused[int(text.partition(REFUSED)[2])]
    return Fault(quote.value, Text("ingest.quote_open", line=quote.line).packed())
