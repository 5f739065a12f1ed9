"""JSON and JSON Lines: objects as rows, or arrays under headings that stand elsewhere in the document.

The columns are known once all rows have been seen: any row may have a name that no row before it had, and a column with
one list in it is a column of lists. So lines are read twice; a document is held in memory, and its size is limited.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from graph.errors import SourceUnreadable
from graph.texts import Text
from ingest.readers.encodings import encoding_of
from ingest.readers.headings import headings, plain, shown
from ingest.readers.jsonvalues import TOO_DEEP, fault_in, objects_in_lines, text_of, value_of
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
from ingest.readers.text import LONG_LINE, Encoding, document_text, long_line, text_blocks

MAX_DOCUMENT = 128 << 20
"""Bytes of a document in UTF-8; what is read of it takes several times as many."""

_ROWS_AT_ONCE = 1_000
_MOST_PATHS = 8
_DEEPEST_PATH = 3
_MOST_PARTS = 30
"""Names in the objects of a column that are columns too; what is called by ids has others in each row."""
_TEXTS = {str, type(None)}


class _Batch(NamedTuple):
    """Values that follow each other, with the number of the first. `is_sound`: there is no fault inside any of them."""

    first: int
    values: Sequence[object]
    is_sound: bool
    byte_order_marks: int = 0


def read_json_lines(path: Path, options: ReadOptions, progress: Progress | None) -> Iterator[RawTable]:
    """The parts of a file with an object in each line. A line that is no object becomes a problem."""
    encoding = encoding_of(path, options.encoding)
    table = _Table(path, encoding, ())
    table.see(_lines(path, encoding, None, exactly=False))
    return table.parts(_lines(path, encoding, progress, exactly=True), options.chunk_rows)


def read_json(path: Path, options: ReadOptions, progress: Progress | None) -> Iterator[RawTable]:
    """The parts of the list at `records`; without it of each list of objects. An item that is no object (with `fields`: no array)
    becomes a problem; a list of arrays has its headings in the first.

    Raises `SourceUnreadable` where the document is not JSON, is too large, has no such list, or is a graph.
    """
    encoding = encoding_of(path, options.encoding)
    document, is_sound = _document(path, encoding, progress)
    paths = [options.records] if options.records else _paths(path, document)
    for steps in paths:
        values = [document] if steps is _ITSELF else _rows_at(path, document, steps)
        fields, first = _fields(path, document, options.fields) if options.fields else [], 1
        if not fields and (heads := _heads(document, steps, values)):
            headings(path.name, heads)
            fields, first = heads, 1 + (heads is values[0])
        starts = range(first - 1, len(values), _ROWS_AT_ONCE)
        batches = [_Batch(start + 1, values[start : start + _ROWS_AT_ONCE], is_sound) for start in starts]
        name = f"{path.name}[{steps}]" if len(paths) > 1 or options.records else path.name
        table = _Table(path, encoding, fields, name)
        table.see(batches)
        yield from table.parts(batches, options.chunk_rows)


class _Table:
    """Rows as columns: all names in the order in which they are first met, and which of them have lists."""

    def __init__(self, path: Path, encoding: Encoding, fields: Sequence[str], name: str = "") -> None:
        self._path, self._encoding, self._fields, self._name = path, encoding, fields, name or path.name
        self._names: dict[str, None] = dict.fromkeys(fields)
        self._lists: set[str] = set()
        self._keys: dict[str, set[str]] = defaultdict(set)

    def see(self, batches: Iterable[_Batch]) -> None:
        """Take note of the rows. Raises `SourceUnreadable` where there are none."""
        has_rows = bool(self._fields)
        for batch in batches:
            rows = [row for value in batch.values if isinstance(row := self._row(value), dict)]
            has_rows = has_rows or any(rows) or len(rows) < len(batch.values)
            names = dict.fromkeys(chain.from_iterable(rows))
            if not names.keys() <= self._names.keys():
                self._names |= {name: None for name in names if not fault_in(name, self._encoding)}
            if list in map(type, chain.from_iterable(row.values() for row in rows)):
                self._lists |= {name for row in rows for name, cell in row.items() if isinstance(cell, list)}
        if not has_rows:
            raise SourceUnreadable(Text("ingest.no_json_records", path=self._path))

    def parts(self, batches: Iterable[_Batch], chunk_rows: int) -> Iterator[RawTable]:
        """The rows, of the values that have been seen."""
        per_row = "" if self._encoding.name == "utf-8" else f"encoding:{self._encoding.name}"
        found = headings(self._name, list(self._names))
        return assembled(self._name, found, map(self._stretch, batches), chunk_rows, per_row)

    def _row(self, value: object) -> Mapping[str, object] | Fault:
        """The value as a row: an array is laid under the fields where there are any."""
        if self._fields and isinstance(value, list) and len(value) == len(self._fields):
            return dict(zip(self._fields, value, strict=True))
        if isinstance(value, dict) and not self._fields:
            return self._with_parts(value) if dict in map(type, value.values()) else value
        return value if isinstance(value, Fault) else _no_row(value, self._fields)

    def _with_parts(self, row: Mapping[str, object]) -> dict[str, object]:
        """A row with what its objects hold as columns too: the 名称 of 企业 as 企业名称, the name of company as company name."""
        parts: dict[str, object] = {}
        for name, one in ((name, one) for name, one in row.items() if isinstance(one, dict)):
            self._keys[name].update(one)
            if len(self._keys[name]) <= _MOST_PARTS:
                parts |= {
                    f"{name}{' ' * key.isascii()}{key}": item for key, item in one.items() if not isinstance(item, dict)
                }
        return {**parts, **row}

    def _stretch(self, batch: _Batch) -> Stretch:
        counted = Counter({"byte-order-mark": batch.byte_order_marks})
        rows: list[Mapping[str, object]] = []
        numbers: list[int] = []
        problems: list[RowProblem] = []
        faults: list[RowProblem] = []
        for number, value in enumerate(batch.values, batch.first):
            row = self._row(value)
            if not batch.is_sound and not isinstance(row, Fault):
                row = next((fault for name in row if (fault := fault_in(name, self._encoding))), row)
            if isinstance(row, Fault):
                problems.append(row.at(number))
                continue
            rows.append(row if batch.is_sound else self._without_faults(number, row, faults))
            numbers.append(number)
        columns = [self._column(name, [row.get(name) for row in rows], counted) for name in self._names]
        return Stretch(columns, pa.array(numbers, pa.int64()), problems, counted, faults)

    def _without_faults(self, number: int, row: Mapping[str, object], faults: list[RowProblem]) -> dict[str, object]:
        found = {name: fault_in(cell, self._encoding) for name, cell in row.items()}
        faults += [fault.at(number, plain(name)) for name, fault in found.items() if fault]
        return {name: None if found[name] else cell for name, cell in row.items()}

    def _column(self, name: str, cells: Sequence[object], counted: Counter[str]) -> pa.Array:
        kinds = set(map(type, cells))
        if not kinds.isdisjoint((list, dict)):
            counted["nested"] += sum(map(_is_nested, cells))
        if name in self._lists:
            listed = [_as_list(cell) for cell in cells]
            pairs = zip(cells, listed, strict=True)
            counted["single-as-list"] += sum(1 for cell, items in pairs if items and not isinstance(cell, list))
            return null_if_empty(pa.array(listed, pa.list_(pa.string())))
        texts = cells if kinds <= _TEXTS else [text_of(cell) for cell in cells]
        return null_if_empty(pa.array(texts, pa.string()))


def _as_list(cell: object) -> list[str | None] | None:
    if isinstance(cell, list):
        return [text_of(item) for item in cell]
    return None if cell in (None, "") else [text_of(cell)]


def _is_nested(cell: object) -> bool:
    return isinstance(cell, dict) or (isinstance(cell, list) and any(isinstance(item, list | dict) for item in cell))


def _lines(path: Path, encoding: Encoding, progress: Progress | None, *, exactly: bool) -> Iterator[_Batch]:
    number = 1
    for block in text_blocks(path, encoding, progress):
        lines = block.data.splitlines()
        for start in range(0, len(lines), _ROWS_AT_ONCE):
            some = lines[start : start + _ROWS_AT_ONCE]
            together = [] if block.marked else objects_in_lines(some, exactly=exactly)
            yield _Batch(number, together or [_in_line(line, exactly) for line in some], bool(together))
            number += len(some)
        if block.byte_order_marks:
            yield _Batch(number, (), True, block.byte_order_marks)


def _in_line(line: bytes, exactly: bool) -> object:
    """The value in a line, {} in an empty one; a `Fault` where there is none."""
    if line.startswith(LONG_LINE.encode()):
        return long_line()
    try:
        return value_of(line, exactly=exactly)[0] if line.strip() else {}
    except RecursionError:
        return Fault(_found(line), TOO_DEEP)
    except ValueError as error:
        return Fault(_found(line), Text("ingest.line_no_json", error=str(error)).packed())


def _document(path: Path, encoding: Encoding, progress: Progress | None) -> tuple[object, bool]:
    """The value that a document is, and whether it is sound (`value_of`)."""
    text = bytearray()
    for piece in document_text(path, encoding, progress):
        text += piece.encode()
        if len(text) > MAX_DOCUMENT:
            raise SourceUnreadable(Text("ingest.json_too_large", path=path, size=f"{MAX_DOCUMENT >> 20} MB"))
    try:
        value, is_sound = value_of(bytes(text))
        return value, is_sound and encoding.is_checked
    except RecursionError as error:
        raise _broken(path, 1, Text("ingest.json_broken.deep")) from error
    except json.JSONDecodeError as error:
        several, cut = Text("ingest.json_broken.several"), Text("ingest.json_broken.cut", error=error.msg)
        raise _broken(path, error.lineno, several if error.msg == "Extra data" else cut) from error


def _broken(path: Path, line: int, why: Text) -> SourceUnreadable:
    return SourceUnreadable(Text("ingest.json_broken", where=f"{path}:{line}", why=why))


def _rows_at(path: Path, document: object, steps: str | None) -> list[object]:
    """The items of the list at a path; a last step "*" takes the values of an object, their names as a column "*"."""
    found = document
    for step in steps.split(".") if steps else ():
        if step == "*" and isinstance(found, dict):
            found = [{"*": name, **value} if isinstance(value, dict) else value for name, value in found.items()]
        else:
            found = found.get(step) if isinstance(found, dict) else None
    if isinstance(found, list):
        return found
    lists = _lists(document, ())
    paths = ", ".join(lists[:_MOST_PATHS]) or "-"
    place = Text("ingest.no_list.at", steps=steps) if steps else Text("ingest.no_list.top")
    raise SourceUnreadable(Text("ingest.no_list", path=path, place=place, paths=paths))


_ITSELF = ""
"""The path of a document that is a row."""
_NODES, _LINKS = {"nodes", "vertices", "entities", "节点", "实体"}, {"links", "edges", "relations", "边", "关系"}
_HEADS = {"columns", "fields", "header", "headers", "headings", "表头"}


def _paths(path: Path, document: object) -> Sequence[str | None]:
    """Where the rows are that a document has: in its lists of objects or arrays, in its objects of like objects, or in itself."""
    if not isinstance(document, dict):
        return [None]
    lists = _lists(document, ())
    found = [steps for steps in lists if _are_rows(_rows_at(path, document, steps), is_named=steps.endswith("*"))]
    names = {steps.rpartition(".")[2].casefold() for steps in found}
    if names & _NODES and names & _LINKS:
        raise SourceUnreadable(Text("ingest.json_graph", path=path, lists=found))
    is_row = len(document) > 1 and not all(isinstance(value, list | dict) for value in document.values())
    is_one = len(lists) == 1 and not lists[0].endswith("*")
    return found or ([_ITSELF] if is_row else lists if is_one else [None])


def _are_rows(values: Sequence[object], *, is_named: bool) -> bool:
    """Whether values are objects or arrays; the values of an object, with their names, where there are several and they say alike."""
    objects = [set(value) - {"*"} for value in values if isinstance(value, dict)]
    if is_named:
        return len(objects) > 1 and bool(set.intersection(*objects))
    return any(isinstance(value, dict | list) for value in values)


def _lists(value: object, steps: tuple[str, ...]) -> list[str]:
    """The paths to lists, and to objects of objects."""
    if isinstance(value, list):
        return [".".join(steps)]
    if not isinstance(value, dict) or len(steps) == _DEEPEST_PATH:
        return []
    if len(value) > 1 and all(isinstance(item, dict) for item in value.values()):
        return [".".join((*steps, "*"))]
    return list(chain.from_iterable(_lists(item, (*steps, name)) for name, item in value.items()))


def _heads(document: object, steps: str | None, values: Sequence[object]) -> list[str]:
    """The headings of arrays: what stands beside their list and says so, else the first of them."""
    for step in (steps or "").split(".")[:-1]:
        document = document[step] if isinstance(document, dict) else None
    beside = [one for name, one in document.items() if name.casefold() in _HEADS] if isinstance(document, dict) else []
    first = values[0] if values and isinstance(values[0], list) else []
    fitting = (one for one in (*beside, first) if isinstance(one, list) and len(one) == len(first))
    return next((one for one in fitting if all(type(cell) is str for cell in one)), [])


def _fields(path: Path, document: object, steps: str) -> list[str]:
    """The headings at a path. Raises `SourceUnreadable` where they are not a list of texts, or repeat."""
    names = _rows_at(path, document, steps)
    if not names or not all(type(name) is str for name in names):
        raise SourceUnreadable(Text("ingest.no_headings_at", path=path, steps=steps))
    headings(path.name, found := [str(name) for name in names])
    return found


def _no_row(value: object, fields: Sequence[str]) -> Fault:
    """Why a value is no row."""
    found = shown(text_of(value) or "null")
    if not fields:
        return Fault(found, "ingest.no_object")
    reason = "ingest.no_array"
    if isinstance(value, list):
        reason = Text("ingest.array_width", items=len(value), expected=len(fields)).packed()
    return Fault(found, reason)


def _found(line: bytes) -> str:
    return shown(line.decode(errors="replace"))
