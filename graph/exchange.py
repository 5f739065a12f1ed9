"""The graph as files of formats that other programs read, and back from them.

`parquet`  a folder with one Parquet file a type: everything, in types; the quickest
`jsonl`    one file with one JSON object a line: the run, then the nodes, then the edges; unknown values left out
`csv`      a folder in the layout of a dataset, for spreadsheets and `corridor load` (`graph.exchange_csv`)
`graphml`  one XML file for yEd, Gephi, igraph, networkx (`graph.exchange_xml`)
`gexf`     one XML file for Gephi (`graph.exchange_xml`)

Each says in its head, a folder in `.run.json`, which run it is of and how many rows of each type there are; what has
others is not read. What is written is read back value for value, except that `csv` leaves derived properties out, which a load computes.
Numbers that are infinite or none at all, which no checked dataset has, are refused by `jsonl`.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from graph.batches import batches_of_rows, batches_of_table
from graph.durable import ordinary, whole_file, writable
from graph.errors import DataError, SourceUnreadable, UnknownName
from graph.exchange_csv import read_csv, write_csv
from graph.exchange_files import (
    Head,
    empty_folder,
    head_of,
    read_run,
    refuse_derived,
    refuse_other_tables,
    write_run,
)
from graph.exchange_xml import read_gexf, read_graphml, write_gexf, write_graphml
from graph.model import Value
from graph.ontology import KIND, EdgeType, NodeType, ValueType, derived_names
from graph.store import Batch, arrow_schema
from graph.texts import Text

_ROWS_PER_BATCH = 50_000
_MAX_LINE_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class _Format:
    write: Callable[[Iterable[Batch], str, Path], None]
    read: Callable[[Path], tuple[Head, Iterator[Batch]]]


def write(batches: Iterable[Batch], run_id: str, target: Path, format: str) -> None:
    """Write a graph to a file or, for `parquet` and `csv`, to a new or empty folder.

    The batches of a type follow each other, as those of `GraphStore.tables` do. A file that is there is replaced once
    the new one is complete. Raises `UnknownName` for a format that is none, `UsageError` where the target cannot be
    written or its folder is not empty.
    """
    writer = _format(format)
    with writable(target):
        writer.write(batches, run_id, target)


def read(source: Path, format: str) -> tuple[str, Iterator[Batch]]:
    """The run's id and the rows of a graph that `write` wrote, for `GraphStore.replace`.

    The rows are read while they are asked for, of the XML formats all at once. Raises `UnknownName` for a format that is
    none; `SourceUnreadable` where the source is missing, is not of the format or has not the rows that it says it has,
    and `DataError` where its rows do not fit the ontology, each also while rows are read.
    """
    reader = _format(format)
    with _said_of(source):
        head, batches = reader.read(source)
    return head.run_id, _whole(source, head, batches)


def _whole(source: Path, said: Head, batches: Iterator[Batch]) -> Iterator[Batch]:
    found = Head(said.run_id)
    with _said_of(source):
        yield from found.counting(batches)
    for name in sorted(said.rows.keys() | found.rows.keys()):
        there, told = found.rows.get(name, 0), said.rows.get(name, 0)
        if there != told:
            raise SourceUnreadable(Text("durable.not_whole", source=source, name=name, there=there, said=told))


@contextmanager
def _said_of(source: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, UnicodeDecodeError, csv.Error, pa.ArrowException) as error:
        raise SourceUnreadable(Text("errors.cannot_read", path=source, why=error)) from error


def _format(name: str) -> _Format:
    if name not in FORMATS:
        raise UnknownName("format", name, FORMATS)
    return FORMATS[name]


# --- Parquet ---------------------------------------------------------------------------------------------------------


def _write_parquet(batches: Iterable[Batch], run_id: str, target: Path) -> None:
    empty_folder(target)
    head = Head(run_id)
    for name, group in groupby(head.counting(batches), key=lambda batch: batch.name):
        with pq.ParquetWriter(target / f"{name}.parquet", arrow_schema(KIND[name]), compression="zstd") as writer:
            for batch in group:
                writer.write_table(batch.table)
    write_run(target, head)


def _read_parquet(source: Path) -> tuple[Head, Iterator[Batch]]:
    refuse_other_tables(source, ".parquet", {f"{name}.parquet" for name in KIND})
    return read_run(source), _parquet_batches(source)


def _parquet_batches(source: Path) -> Iterator[Batch]:
    for name, kind in KIND.items():
        path = source / f"{name}.parquet"
        if path.is_file():
            try:
                with pq.ParquetFile(path) as file:
                    for part in file.iter_batches(_ROWS_PER_BATCH):
                        table = _without_derived(kind, part).cast(arrow_schema(kind))
                        table.validate(full=True)  # Texts that are none would come out of the graph as they went in.
                        yield from batches_of_table(kind, table)
            except (pa.ArrowInvalid, ValueError, KeyError) as error:  # KeyError: a column that is there twice
                raise SourceUnreadable(Text("errors.no_parquet", path=path, error=error)) from error


def _without_derived(kind: NodeType | EdgeType, part: pa.RecordBatch) -> pa.Table:
    """The rows without what a load derives anew, which other programs may have written into the table."""
    derived = {prop.name for prop in kind.stored[len(kind.properties) :]}
    return pa.Table.from_batches([part]).select([name for name in part.schema.names if name not in derived])


# --- JSON Lines ------------------------------------------------------------------------------------------------------


def _write_jsonl(batches: Iterable[Batch], run_id: str, target: Path) -> None:
    head = Head(run_id)
    longest = len(Head(run_id, dict.fromkeys(KIND, 10**15)).to_json().encode())
    with whole_file(target) as file:
        file.write(b" " * longest + b"\n")
        for batch in head.counting(batches):
            _check_finite(batch)
            for part in batch.table.to_batches(max_chunksize=_ROWS_PER_BATCH):
                lines = [_json_line(batch.name, row) for row in part.to_pylist()]
                file.write(b"".join(lines))
        file.seek(0)
        file.write(head.to_json().encode())  # How many rows there are is known at the end; spaces follow.


def _json_line(name: str, row: Mapping[str, Value]) -> bytes:
    known = {key: value for key, value in row.items() if value is not None}
    return orjson.dumps({"type": name, **known}) + b"\n"


def _check_finite(batch: Batch) -> None:
    for column in batch.table.columns:
        if pa.types.is_floating(column.type) and pc.all(pc.is_finite(column)).as_py() is False:
            raise DataError(Text("errors.not_finite", name=batch.name))


def _read_jsonl(source: Path) -> tuple[Head, Iterator[Batch]]:
    with ordinary(source) as file:
        head = head_of(f"{source}:1", file.readline(_MAX_LINE_BYTES).decode())
    return head, batches_of_rows(_json_rows(source))


def _json_rows(source: Path) -> Iterator[tuple[NodeType | EdgeType, Mapping[str, Value]]]:
    with ordinary(source) as file:
        file.readline(_MAX_LINE_BYTES)
        for number, line in enumerate(iter(lambda: file.readline(_MAX_LINE_BYTES), b""), 2):
            row = _json(source, number, line)
            name = str(row.pop("type", ""))
            kind = KIND.get(name)
            if kind is None:
                refuse_derived(f"{source}:{number}", name)
                raise SourceUnreadable(Text("durable.no_type", where=f"{source}:{number}", name=name))
            unknown = row.keys() - set(arrow_schema(kind).names) - derived_names(kind)
            if unknown:
                raise SourceUnreadable(
                    Text("durable.no_property", where=f"{source}:{number}", kind=name, name=min(unknown))
                )
            yield kind, _valued(source, number, kind, row)


def _json(source: Path, number: int, line: bytes) -> dict[str, Value]:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise SourceUnreadable(Text("errors.no_json", where=f"{source}:{number}", error=error)) from error
    if not isinstance(row, dict):
        raise SourceUnreadable(Text("errors.no_object", where=f"{source}:{number}"))
    return row


_JSON_TYPES: Mapping[ValueType, tuple[type, ...]] = {
    ValueType.TEXT: (str,),
    ValueType.TEXTS: (list,),
    ValueType.INTEGER: (int,),
    ValueType.NUMBER: (int, float),
    ValueType.FRACTION: (int, float),
    ValueType.BOOLEAN: (bool,),
    ValueType.DATE: (str,),
}
"""What a value of JSON is, exactly: Arrow would cut 1.5 to 1, take true for 1 and a text for a list of letters."""


def _valued(source: Path, number: int, kind: NodeType | EdgeType, row: dict[str, Value]) -> Mapping[str, Value]:
    for prop in kind.properties:
        value = row.get(prop.name)
        if value is None:
            continue
        where = f"{source}:{number}: {prop.name}"
        if prop.type is ValueType.INTEGER and isinstance(value, float) and value.is_integer():
            row[prop.name] = int(value)  # Programs that know no whole numbers write 2 as 2.0.
        elif type(value) not in _JSON_TYPES[prop.type]:
            raise SourceUnreadable(Text("errors.not_of_type", where=where, value=value, type=prop.type))
        elif prop.type is ValueType.DATE:
            try:
                row[prop.name] = date.fromisoformat(str(value))
            except ValueError as error:
                raise SourceUnreadable(Text("errors.no_date", where=where, error=error)) from error
    return row


FORMATS: Mapping[str, _Format] = {
    "parquet": _Format(_write_parquet, _read_parquet),
    "jsonl": _Format(_write_jsonl, _read_jsonl),
    "csv": _Format(write_csv, read_csv),
    "graphml": _Format(write_graphml, read_graphml),
    "gexf": _Format(write_gexf, read_gexf),
}
"""The formats by the names that `write` and `read` know them by."""
