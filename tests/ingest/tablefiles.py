"""Tables written as files of every format, and what is read from a file, whole."""

import csv
import datetime
import gzip
import io
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl.cell import WriteOnlyCell

from graph.errors import SourceUnreadable
from graph.texts import Language, Text
from ingest.readers.read import ReadOptions, RowProblem, read

Value = str | int | float | bool | datetime.date | None
Columns = Mapping[str, Sequence[Value]]
FORMATS = ("csv", "tsv", "xlsx", "parquet", "json", "jsonl")


@dataclass(frozen=True)
class Content:
    """All parts of the only table of a file."""

    rows: list[dict[str, object]]
    numbers: list[int]
    problems: list[RowProblem]
    counted: dict[str, int]
    faults: list[RowProblem]

    @property
    def complaints(self) -> list[tuple[int, str, str, str]]:
        """Row, field, value and the English sentence of each row that is left out."""
        return [(p.row, p.field, p.value, english(p.reason)) for p in self.problems]

    @property
    def unreadable(self) -> list[tuple[int, str, str, str]]:
        """Row, field, value and the English sentence of each cell that is left out."""
        return [(p.row, p.field, p.value, english(p.reason)) for p in self.faults]


def english(message: str) -> str:
    """What a text says in English."""
    return Text.unpacked(message).in_(Language.EN)


def content(path: Path, **options: str | int) -> Content:
    """What a file with one table holds."""
    parts = list(read(path, ReadOptions(**options)))  # type: ignore[arg-type]
    assert len({(part.name, part.columns.schema) for part in parts}) == 1
    rows = [row for part in parts for row in part.columns.to_pylist()]
    numbers = [number for part in parts for number in part.rows.to_pylist()]
    assert len(rows) == len(numbers) or not parts[0].columns.column_names
    counted = sum((Counter(part.counted) for part in parts), Counter[str]())
    problems = [problem for part in parts for problem in part.problems]
    return Content(rows, numbers, problems, dict(counted), [fault for part in parts for fault in part.faults])


def refusal(path: Path, **options: str | int) -> str:
    """The message with which a file is refused, without the folder it is in."""
    with pytest.raises(SourceUnreadable) as refused:
        for _ in read(path, ReadOptions(**options)):  # type: ignore[arg-type]
            pass
    message = str(refused.value)
    assert "\n" not in message
    return message.replace(f"{path.parent}/", "")


def file(folder: Path, name: str, data: str | bytes) -> Path:
    """A file with this content; packed where the name ends with .gz."""
    path = folder / name
    data = data.encode() if isinstance(data, str) else data
    path.write_bytes(gzip.compress(data, 1) if name.lower().endswith(".gz") else data)
    return path


def table(folder: Path, name: str, columns: Columns) -> Path:
    """A table written in the format that the name says."""
    return file(folder, name, _WRITERS[name.removesuffix(".gz").rpartition(".")[2]](columns))


def _rows(columns: Columns) -> list[tuple[Value, ...]]:
    return list(zip(*columns.values(), strict=True))


def _delimited(columns: Columns, delimiter: str = ",") -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_typed(value) for value in row] for row in _rows(columns))
    return text.getvalue()


def _typed(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _objects(columns: Columns) -> list[dict[str, Value]]:
    rows = [dict(zip(columns, row, strict=True)) for row in _rows(columns)]
    return [{k: str(v) if isinstance(v, datetime.date) else v for k, v in row.items()} for row in rows]


def _parquet(columns: Columns) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(dict(columns)), sink)
    return sink.getvalue()


def _workbook(columns: Columns) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("企业")
    for row in [tuple(columns), *_rows(columns)]:
        cells = [WriteOnlyCell(sheet, value) for value in row]  # type: ignore[arg-type]
        for cell in cells:
            if isinstance(cell.value, str):
                cell.data_type = "s"
        sheet.append(cells)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


_WRITERS: dict[str, Callable[[Columns], str | bytes]] = {
    "csv": _delimited,
    "tsv": lambda columns: _delimited(columns, "\t"),
    "xlsx": _workbook,
    "parquet": _parquet,
    "json": lambda columns: json.dumps(_objects(columns), ensure_ascii=False),
    "jsonl": lambda columns: "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in _objects(columns)),
}
