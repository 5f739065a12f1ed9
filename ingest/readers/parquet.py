"""Parquet: typed columns as text, row groups one after the other."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from graph.errors import SourceUnreadable
from graph.texts import Text
from ingest.readers.files import on_disk
from ingest.readers.headings import Headings, headings, plain, shown
from ingest.readers.moments import moment_text
from ingest.readers.rawtable import Progress, RawTable, ReadOptions, RowProblem, Stretch, assembled, null_if_empty

_ROWS_AT_ONCE = 50_000
_BUFFERED_BYTES = 1 << 20
_FIRST_ROW = 2
"""A spreadsheet would show the names of the columns in row 1."""


def read_parquet(path: Path, options: ReadOptions, progress: Progress | None) -> Iterator[RawTable]:
    """The parts of a Parquet file.

    Numbers are the shortest text that is read back as the same number, dates and times ISO 8601 (without a time at
    midnight), nested values compact JSON. Raises `SourceUnreadable` where the file is cut off or damaged.
    """
    with on_disk(path) as file:
        size = file.stat().st_size
        try:
            table = pq.ParquetFile(file, buffer_size=_BUFFERED_BYTES)
            found = headings(path.name, table.schema_arrow.names)
            yield from assembled(path.name, found, _stretches(table, found, size, progress), options.chunk_rows)
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise SourceUnreadable(Text("ingest.no_parquet", path=path, error=shown(plain(str(error))))) from error


def _stretches(table: pq.ParquetFile, found: Headings, size: int, progress: Progress | None) -> Iterator[Stretch]:
    row = _FIRST_ROW
    schema = table.schema_arrow
    # A table without rows has no batches, but has columns.
    yield _stretch(pa.record_batch([pa.nulls(0, column.type) for column in schema], schema), np.arange(0), found)
    for batch in table.iter_batches(_ROWS_AT_ONCE, use_threads=False):
        yield _stretch(batch, np.arange(row, row + len(batch)), found)
        row += len(batch)
        if progress is not None:
            progress(size * (row - _FIRST_ROW) // max(table.metadata.num_rows, 1), size)


def _stretch(batch: pa.RecordBatch, rows: "np.ndarray[tuple[int], np.dtype[np.int64]]", found: Headings) -> Stretch:
    counted: Counter[str] = Counter()
    faults: list[RowProblem] = []
    columns = []
    for heading, column in zip(found.names, batch.columns, strict=True):
        text, wrong = _readable(column)
        columns.append(null_if_empty(text))
        faults += [RowProblem(int(rows[index]), heading, "", "ingest.cell_no_text") for index in wrong]
        if _is_nested(column.type):
            counted["nested"] += len(column) - column.null_count
    return Stretch(columns, pa.array(rows, pa.int64()), (), counted, faults)


def _readable(column: pa.Array) -> tuple[pa.Array, list[int]]:
    """The column as text, and the indexes of the values that are none."""
    try:
        return _text(column), []
    except (pa.ArrowInvalid, UnicodeDecodeError):
        pass
    texts, wrong = [], []
    for index in range(len(column)):
        try:
            texts.append(_text(column.slice(index, 1)))
        except (pa.ArrowInvalid, UnicodeDecodeError):
            texts.append(_text(pa.nulls(1, column.type)))
            wrong.append(index)
    return pa.concat_arrays(texts), wrong


def _is_nested(kind: pa.DataType) -> bool:
    return bool(pa.types.is_nested(kind)) and (not _is_list(kind) or bool(pa.types.is_nested(kind.value_type)))


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _text(column: pa.Array) -> pa.Array:
    """The column as text or as lists of text. Raises `ArrowInvalid` where bytes are no text."""
    kind = column.type
    if isinstance(kind, pa.ExtensionType):
        return _text(column.storage)
    if pa.types.is_dictionary(kind):
        return _text(column.dictionary_decode())
    if _is_list(kind):
        return _list_of_texts(column)
    if pa.types.is_timestamp(kind) or pa.types.is_time(kind):
        return _moments(column)
    if pa.types.is_duration(kind):
        return pa.array([value and moment_text(value) for value in column.to_pylist()], pa.string())
    if pa.types.is_nested(kind):
        return pa.array([_json(value) for value in column.to_pylist(maps_as_pydicts="strict")], pa.string())
    if pa.types.is_primitive(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind):
        return column.cast(pa.string())
    # Arrow does not look whether what a file calls text is text, except on the way from bytes.
    return column.cast(pa.binary()).cast(pa.string())


def _list_of_texts(column: pa.Array) -> pa.Array:
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    items = column.flatten()
    if pa.types.is_nested(items.type):
        texts = pa.array([_json(value) for value in items.to_pylist(maps_as_pydicts="strict")], pa.string())
    else:
        texts = _text(items)
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), texts, mask=column.is_null())


def _json(value: object) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _moments(column: pa.Array) -> pa.Array:
    if pa.types.is_time(column.type):
        return _without_zeros(column.cast(pa.string()))
    zone = "%z" if column.type.tz else ""
    text = _without_zeros(pc.strftime(column, format=f"%Y-%m-%dT%H:%M:%S{zone}"))
    if zone:
        return pc.replace_substring_regex(text, r"([+-]\d\d)(\d\d)$", r"\1:\2")
    return pc.replace_substring_regex(text, "T00:00:00$", "")


def _without_zeros(text: pa.Array) -> pa.Array:
    """Times without zeros at the end of their fractions of a second."""
    text = pc.replace_substring_regex(text, r"(\.\d*?)0+([+-]\d{4})?$", r"\1\2")
    return pc.replace_substring_regex(text, r"\.([+-]\d{4})?$", r"\1")
