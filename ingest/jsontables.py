"""JSON and JSON Lines: objects as rows, or arrays under headings that stand elsewhere in the document.

Both are read twice, the first time for the columns: any row may have a name that no row before it had, and a column
with one list in it is a column of lists.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from graph.errors import SourceUnreadable
from ingest.documents import Document
from ingest.encodings import encoding_of
from ingest.headings import headings, shown
from ingest.jsonvalues import Decoder, objects_in_lines, text_of
from ingest.rawtable import Fault, Progress, RawTable, ReadOptions, RowProblem, Stretch, assembled, null_if_empty
from ingest.text import LONG_LINE, MAX_LINE, WRONG_BYTES, Block, Encoding, text_blocks

_ROWS_AT_ONCE = 20_000
_LINES_AT_ONCE = 1_000
_NESTING = frozenset({list, dict})
_MARKS = re.compile(f"[{WRONG_BYTES}{LONG_LINE}]")


class _Row(NamedTuple):
    """An object; a blank line is one without members."""

    number: int
    cells: Mapping[str, object]
    problems: Sequence[RowProblem] = ()
    nested: int = 0


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
    names: Iterable[_Row],
    rows: Iterator[_Row],
    fields: Sequence[str],
    encoding: Encoding,
    options: ReadOptions,
) -> Iterator[RawTable]:
    columns = _Columns(fields)
    if not columns.see(names) and not fields:
        raise SourceUnreadable(f"{path} 中没有记录，因此没有列。 {path} has no records, and so no columns.")
    per_row = "" if encoding.name == "utf-8" else f"encoding:{encoding.name}"
    found = headings(path.name, list(columns.names))
    batches = iter(lambda: list(islice(rows, _ROWS_AT_ONCE)), [])
    yield from assembled(path.name, found, map(columns.stretch, batches), options.chunk_rows, per_row)


class _Columns:
    """The names of all columns, in the order in which they are first met, and which of them have lists."""

    def __init__(self, fields: Sequence[str]) -> None:
        self.names: dict[str, None] = dict.fromkeys(fields)
        self._lists: set[str] = set()

    def see(self, rows: Iterable[_Row]) -> bool:
        """Take note of the rows; whether there were any, or problems."""
        has_rows = False
        for row in rows:
            has_rows = has_rows or bool(row.cells or row.problems)
            if not row.cells.keys() <= self.names.keys():
                self.names |= dict.fromkeys(row.cells)
            if list in map(type, row.cells.values()):
                self._lists.update(name for name, cell in row.cells.items() if isinstance(cell, list))
        return has_rows

    def stretch(self, rows: Sequence[_Row]) -> Stretch:
        """The columns of these rows."""
        counted = Counter({"nested": sum(row.nested for row in rows)})
        kept = [row for row in rows if not row.problems]
        columns = [self._column(name, [row.cells.get(name) for row in kept], counted) for name in self.names]
        numbers = pa.array([row.number for row in kept], pa.int64())
        return Stretch(columns, numbers, [problem for row in rows for problem in row.problems], counted)

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


def _lines(path: Path, encoding: Encoding, progress: Progress | None, *, exactly: bool) -> Iterator[_Row]:
    decoder = Decoder()
    number = 1
    for block in text_blocks(path, encoding, progress):
        lines = block.data.splitlines()
        for start in range(0, len(lines), _LINES_AT_ONCE):
            some = lines[start : start + _LINES_AT_ONCE]
            together = [] if block.marked else objects_in_lines(some, exactly=exactly)
            if together:
                yield from (_Row(at, cells) for at, cells in enumerate(together, number))
            else:
                yield from (_line(at, line, decoder, block, encoding) for at, line in enumerate(some, number))
            number += len(some)


def _line(number: int, line: bytes, decoder: Decoder, block: Block, encoding: Encoding) -> _Row:
    if not line.strip():
        return _Row(number, {})
    if block.marked and _MARKS.search(line.decode()):
        return _refused(number, [_marked(line.decode(), encoding)])
    try:
        return _row(number, decoder.line(line), decoder.faults, line)
    except RecursionError:
        return _refused(number, [_too_deep(line)])
    except ValueError as error:
        return _refused(number, [_not_json(line, str(error))])


def _items(document: Document, steps: Sequence[str], fields: Sequence[str], encoding: Encoding) -> Iterator[_Row]:
    has_names = list(steps[-1:]) == ["*"]
    for number, (name, value, source) in enumerate(document.items(steps), 1):
        faults = document.decoder.faults
        if not encoding.is_checked and _MARKS.search(source):
            faults = [_marked(source, encoding)]
        elif fields and not faults:
            value, faults = _under_fields(value, fields, source)
        row = _row(number, value, faults, source)
        if has_names and not row.problems:
            row = row._replace(cells={"*": name, **row.cells})
        yield row


def _fields(path: Path, encoding: Encoding, steps: str) -> list[str]:
    """The headings at a path. Raises `SourceUnreadable` where they are not a list of texts, or repeat."""
    found = [value for _, value, _ in Document(path, encoding).items(steps.split("."))]
    if not found or not all(type(value) is str for value in found):
        raise SourceUnreadable(f"{path}: 路径 {steps!r} 处不是表头的列表。 There is no list of headings at this path.")
    names = [str(value) for value in found]
    headings(path.name, names)
    return names


def _under_fields(value: object, fields: Sequence[str], source: str) -> tuple[object, list[Fault]]:
    """The items of an array as members of an object."""
    if isinstance(value, list) and len(value) == len(fields):
        return dict(zip(fields, value, strict=True)), []
    if isinstance(value, list):
        zh, en = (
            f"有 {len(value)} 项，表头有 {len(fields)} 项",
            f"has {len(value)} items, the headings are {len(fields)}",
        )
    else:
        zh, en = "不是数组", "is no array"
    hint = "请补上或删去该行的项。 Add or remove items of the row."
    return None, [Fault("", shown(source), f"本行{zh}。 The row {en}.", hint)]


def _row(number: int, value: object, faults: Sequence[Fault], source: str | bytes) -> _Row:
    if faults:
        return _refused(number, faults)
    if not isinstance(value, dict):
        return _refused(number, [_no_object(value, source)])
    if _NESTING.isdisjoint(map(type, value.values())):
        return _Row(number, value)
    nested = [name for name, cell in value.items() if _is_nested(cell)]
    try:
        return _Row(number, {name: _cell(cell) for name, cell in value.items()}, nested=len(nested))
    except RecursionError:
        return _refused(number, [_too_deep(source)])


def _is_nested(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, list | dict) for item in value))


def _cell(value: object) -> object:
    return [text_of(item) for item in value] if isinstance(value, list) else text_of(value)


def _refused(number: int, faults: Sequence[Fault]) -> _Row:
    return _Row(number, {}, [fault.at(number) for fault in faults])


def _found(source: str | bytes) -> str:
    return shown(source if isinstance(source, str) else source.decode())


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


def _too_deep(source: str | bytes) -> Fault:
    return Fault(
        "",
        _found(source),
        "嵌套过深。 It is nested too deeply.",
        "请检查该行。 Look at the row: no table has such cells.",
    )


def _not_json(line: bytes, error: str) -> Fault:
    return Fault(
        "",
        _found(line),
        f"本行不是有效的 JSON。 The line is not JSON: {error}.",
        "请改正该行，或从原系统重新导出。 Correct the line, or export it again.",
    )


def _no_object(value: object, source: str | bytes) -> Fault:
    hint = "数组请用 fields 指明表头；否则请改为对象。 Arrays need `fields`, where their headings stand; or write an object."
    return Fault("", _found(source), "本行不是 JSON 对象。 The row is not a JSON object.", hint)
