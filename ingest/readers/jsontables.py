"""JSON and JSON Lines: objects as rows, or arrays under headings that stand elsewhere in the document.

Both are read twice, the first time for the columns: any row may have a name that no row before it had, and a column
with one list in it is a column of lists.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from graph.errors import SourceUnreadable
from ingest.readers.documents import Document, Item
from ingest.readers.encodings import encoding_of
from ingest.readers.headings import headings, shown
from ingest.readers.jsonvalues import Decoder, objects_in_lines, text_of, written
from ingest.readers.rawtable import (
    Fault,
    Progress,
    RawTable,
    ReadOptions,
    RowProblem,
    Stretch,
    assembled,
    null_if_empty,
)
from ingest.readers.text import LONG_LINE, MAX_LINE, WRONG_BYTES, Encoding, text_blocks

_ROWS_AT_ONCE = 1_000
_NESTING = frozenset({list, dict})
_MARKS = re.compile(f"{WRONG_BYTES}|{LONG_LINE}".encode())


class _Batch(NamedTuple):
    """Rows that follow each other, with their numbers, and the problems of those that are left out."""

    numbers: Sequence[int]
    rows: Sequence[Mapping[str, object]]
    problems: Sequence[RowProblem] = ()
    nested: int = 0
    byte_order_marks: int = 0


def read_json_lines(path: Path, options: ReadOptions, progress: Progress | None) -> Iterator[RawTable]:
    """The parts of a file with an object in each line. A line that is no object becomes a problem."""
    encoding = encoding_of(path, options.encoding)
    names = _lines(path, encoding, None, exactly=False)
    rows = _lines(path, encoding, progress, exactly=True)
    return _tables(path, names, rows, (), encoding, options)


def read_json(path: Path, options: ReadOptions, progress: Progress | None) -> Iterator[RawTable]:
    """The parts of the list at `records`. An item that is no object (with `fields`: no array) becomes a problem.

    Raises `SourceUnreadable` where the document is not JSON, or has no such list.
    """
    encoding = encoding_of(path, options.encoding)
    fields = _fields(path, encoding, options.fields) if options.fields else ()
    steps = options.records.split(".") if options.records else []
    names = _items(Document(path, encoding, exactly=False), steps, fields, encoding)
    rows = _items(Document(path, encoding, progress), steps, fields, encoding)
    return _tables(path, names, rows, fields, encoding, options)


def _tables(
    path: Path,
    names: Iterable[_Batch],
    batches: Iterable[_Batch],
    fields: Sequence[str],
    encoding: Encoding,
    options: ReadOptions,
) -> Iterator[RawTable]:
    columns = _Columns(fields)
    if not columns.see(names) and not fields:
        raise SourceUnreadable(f"{path} 中没有记录，因此没有列。 {path} has no records, and so no columns.")
    per_row = "" if encoding.name == "utf-8" else f"encoding:{encoding.name}"
    found = headings(path.name, list(columns.names))
    yield from assembled(path.name, found, map(columns.stretch, batches), options.chunk_rows, per_row)


class _Columns:
    """The names of all columns, in the order in which they are first met, and which of them have lists."""

    def __init__(self, fields: Sequence[str]) -> None:
        self.names: dict[str, None] = dict.fromkeys(fields)
        self._lists: set[str] = set()

    def see(self, batches: Iterable[_Batch]) -> bool:
        """Take note of the rows; whether there was anything but blank lines."""
        has_rows = False
        for batch in batches:
            met = set[str]().union(*batch.rows)
            has_rows = has_rows or bool(met or batch.problems)
            if not met <= self.names.keys():
                self.names |= dict.fromkeys(chain.from_iterable(batch.rows))
            if list in map(type, chain.from_iterable(row.values() for row in batch.rows)):
                self._lists |= {name for row in batch.rows for name, cell in row.items() if isinstance(cell, list)}
        return has_rows

    def stretch(self, batch: _Batch) -> Stretch:
        """The columns of these rows."""
        counted = Counter({"nested": batch.nested, "byte-order-mark": batch.byte_order_marks})
        columns = [self._column(name, [row.get(name) for row in batch.rows], counted) for name in self.names]
        return Stretch(columns, pa.array(batch.numbers, pa.int64()), batch.problems, counted)

    def _column(self, name: str, cells: Sequence[object], counted: Counter[str]) -> pa.Array:
        if name in self._lists:
            listed = [_as_list(cell) for cell in cells]
            counted["single-as-list"] += sum(
                1 for cell, items in zip(cells, listed, strict=True) if items and cell is not items
            )
            return null_if_empty(pa.array(listed, pa.list_(pa.string())))
        try:
            return null_if_empty(pa.array(cells, pa.string()))
        except pa.ArrowTypeError:
            return null_if_empty(pa.array([text_of(cell) for cell in cells], pa.string()))


def _as_list(cell: object) -> object:
    if cell is None or isinstance(cell, list):
        return cell
    return [text_of(cell)] if cell != "" else None


class _Gathered:
    """Rows that are looked at one by one."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._rows: list[Mapping[str, object]] = []
        self._problems: list[RowProblem] = []
        self._nested = 0

    def __len__(self) -> int:
        return len(self._rows) + len(self._problems)

    def batch(self) -> _Batch:
        return _Batch(self._numbers, self._rows, self._problems, self._nested)

    def refuse(self, number: int, *faults: Fault) -> None:
        self._problems += [fault.at(number) for fault in faults]

    def add(self, number: int, value: object, source: str | bytes) -> None:
        """Add a value, which becomes a problem where it is no object."""
        if not isinstance(value, dict):
            self.refuse(number, _no_object(value, source))
            return
        cells: Mapping[str, object] = value
        if not _NESTING.isdisjoint(map(type, value.values())):
            try:
                cells = {name: _cell(cell) for name, cell in value.items()}
            except RecursionError:
                self.refuse(number, Fault("", _found(source), *_TOO_DEEP))
                return
            self._nested += sum(map(_is_nested, value.values()))
        self._numbers.append(number)
        self._rows.append(cells)


def _lines(path: Path, encoding: Encoding, progress: Progress | None, *, exactly: bool) -> Iterator[_Batch]:
    decoder = Decoder()
    number = 1
    for block in text_blocks(path, encoding, progress):
        lines = block.data.splitlines()
        for start in range(0, len(lines), _ROWS_AT_ONCE):
            some = lines[start : start + _ROWS_AT_ONCE]
            numbers = range(number, number + len(some))
            together = [] if block.marked else objects_in_lines(some, exactly=exactly)
            if together:
                yield _together(number, together, ())
            else:
                yield _line_by_line(numbers, some, decoder, encoding if block.marked else None)
            number += len(some)
        if block.byte_order_marks:
            yield _Batch((), (), byte_order_marks=block.byte_order_marks)


def _line_by_line(numbers: range, lines: Sequence[bytes], decoder: Decoder, marked: Encoding | None) -> _Batch:
    """The batch of some lines. `marked` is the encoding of the file where there may be marks in them."""
    gathered = _Gathered()
    for number, line in zip(numbers, lines, strict=True):
        if not line.strip():
            gathered.add(number, {}, line)
        elif marked and _MARKS.search(line):
            gathered.refuse(number, _marked(line.decode(), marked))
        else:
            _add_line(gathered, number, line, decoder)
    return gathered.batch()


def _add_line(gathered: _Gathered, number: int, line: bytes, decoder: Decoder) -> None:
    try:
        value = decoder.line(line)
    except RecursionError:
        gathered.refuse(number, Fault("", _found(line), *_TOO_DEEP))
    except ValueError as error:
        gathered.refuse(number, _not_json(line, str(error)))
    else:
        if decoder.faults:
            gathered.refuse(number, *decoder.faults)
        else:
            gathered.add(number, value, line)


def _items(document: Document, steps: Sequence[str], fields: Sequence[str], encoding: Encoding) -> Iterator[_Batch]:
    number = 1
    gathered = _Gathered()
    for item in document.items(steps):
        if isinstance(item, list) or len(gathered) >= _ROWS_AT_ONCE:
            yield gathered.batch()
            gathered = _Gathered()
        if isinstance(item, list):
            yield _together(number, item, fields)
            number += len(item)
            continue
        if not encoding.is_checked and WRONG_BYTES in item.source:
            gathered.refuse(number, _marked(item.source, encoding))
        elif item.faults:
            gathered.refuse(number, *item.faults)
        else:
            _add_item(gathered, number, item, fields)
        number += 1
    yield gathered.batch()


def _together(first: int, values: Sequence[object], fields: Sequence[str]) -> _Batch:
    """The batch of values that have been read at once, which have no faults."""
    rows = [value for value in values if isinstance(value, dict)]
    kinds = map(type, chain.from_iterable(row.values() for row in rows))
    if not fields and len(rows) == len(values) and _NESTING.isdisjoint(kinds):
        return _Batch(range(first, first + len(rows)), rows)
    gathered = _Gathered()
    for number, value in enumerate(values, first):
        _add_item(gathered, number, Item(None, value, "", ()), fields)
    return gathered.batch()


def _add_item(gathered: _Gathered, number: int, item: Item, fields: Sequence[str]) -> None:
    """Add an item; an array is laid under the fields where there are any."""
    value = item.value
    if fields:
        if not isinstance(value, list) or len(value) != len(fields):
            gathered.refuse(number, _not_as_long(value, fields, item.source))
            return
        value = dict(zip(fields, value, strict=True))
    if item.name is not None and isinstance(value, dict):
        value = {"*": item.name, **value}
    gathered.add(number, value, item.source)


def _fields(path: Path, encoding: Encoding, steps: str) -> list[str]:
    """The headings at a path. Raises `SourceUnreadable` where they are not a list of texts, or repeat."""
    found: list[object] = []
    for item in Document(path, encoding).items(steps.split(".")):
        found += item if isinstance(item, list) else [item.value]
    if not found or not all(type(value) is str for value in found):
        raise SourceUnreadable(f"{path}: 路径 {steps!r} 处不是表头的列表。 There is no list of headings at this path.")
    names = [str(value) for value in found]
    headings(path.name, names)
    return names


def _not_as_long(value: object, fields: Sequence[str], source: str) -> Fault:
    reason = "本行不是数组。 The row is no array."
    if isinstance(value, list):
        zh, en = (
            f"有 {len(value)} 项，表头有 {len(fields)} 项",
            f"has {len(value)} items, the headings are {len(fields)}",
        )
        reason = f"本行{zh}。 The row {en}."
    return Fault("", shown(source or written(value)), reason, "请补上或删去该行的项。 Add or remove items of the row.")


def _is_nested(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, list | dict) for item in value))


def _cell(value: object) -> object:
    return [text_of(item) for item in value] if isinstance(value, list) else text_of(value)


def _found(source: str | bytes) -> str:
    return shown(source if isinstance(source, str) else source.decode(errors="replace"))


def _marked(source: str, encoding: Encoding) -> Fault:
    if LONG_LINE in source:
        size = f"{MAX_LINE >> 20} MB"
        return Fault(
            "",
            "",
            f"本行超过 {size}。 The line is longer than {size}.",
            "请检查是否缺少换行。 See whether line ends are missing.",
        )
    return Fault(
        "",
        shown(source.replace(WRONG_BYTES, "\ufffd")),
        f"有字节不是文件的编码 {encoding.name}。 There are bytes that are not in the encoding of the file, {encoding.name}.",
        "请将该行改为同一编码，或重新导出。 Write the row again in the encoding of the other rows.",
    )


_TOO_DEEP = ("嵌套过深。 It is nested too deeply.", "请检查该行。 Look at the row: no table has such cells.")


def _not_json(line: bytes, error: str) -> Fault:
    hint = "请改正该行，或从原系统重新导出。 Correct the line, or export it again."
    return Fault("", _found(line), f"本行不是有效的 JSON。 The line is not JSON: {error}.", hint)


def _no_object(value: object, source: str | bytes) -> Fault:
    hint = "数组请用 fields 指明表头；否则请改为对象。 Arrays need `fields`, where their headings stand; or write an object."
    return Fault("", _found(source or written(value)), "本行不是 JSON 对象。 The row is not a JSON object.", hint)
