"""Files for Neo4j's bulk importer: the way for graphs that do not fit a transaction, in a database that is empty.

A type becomes a header and a data file, its rows with the digests that a later ordinary load compares with. Rows with
a line break in a text have a file of their own, because the importer reads only files without them in parallel.
What the importer's CSV cannot say (5.26.12): a list that is empty or holds one empty text is read as no list. Such
rows, which no checked dataset has, are written without their digest, so that the next ordinary load writes them again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import reduce
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from graph.derivations import with_derived
from graph.digest import digests
from graph.durable import writable
from graph.errors import DataError, UsageError
from graph.ontology import EdgeType, NodeType, ValueType
from graph.statements import RUN_RECORD, neo4j_constraints, schema_digest
from graph.store import Batch, Progress
from graph.texts import Language, Text

_ITEM_END = "\x1f"
_TYPES: Mapping[ValueType, str] = {
    ValueType.TEXT: "string",
    ValueType.TEXTS: "string[]",
    ValueType.INTEGER: "long",
    ValueType.NUMBER: "double",
    ValueType.FRACTION: "double",
    ValueType.BOOLEAN: "boolean",
    ValueType.DATE: "date",
}


@dataclass(frozen=True, slots=True)
class ImportFiles:
    """What was written, and the arguments of `neo4j-admin` that import it when run in `folder`.

    `without_digest` is how many rows hold a list that the importer cannot read; the next load writes them again.
    """

    folder: Path
    arguments: tuple[str, ...]
    nodes: int
    edges: int
    without_digest: int


def write_import_files(
    batches: Iterable[Batch],
    run_id: str,
    folder: Path,
    *,
    compressed: bool = False,
    progress: Progress | None = None,
    language: Language = Language.EN,
) -> ImportFiles:
    """Write a graph as files for `neo4j-admin database import full`, with `import.sh`, which runs it, and a README in a language.

    The batches of a type and its ends follow each other, as those of `tables` and of a load do. Raises `UsageError`
    where the folder holds files already or cannot be written, `DataError` where an item of a list holds U+001F, which
    stands between items there.
    """
    with writable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageError(Text("errors.not_empty", folder=folder))
        with _Files(folder, ".csv.gz" if compressed else ".csv") as files:
            for batch in with_derived(batches, date.today()):
                files.add(batch)
                if progress:
                    progress(batch.kind.text, files.nodes + files.edges, files.nodes + files.edges)
        return _finished(files, run_id, language)


class _Files:
    """The data files while they are written: one open at a time, and one more for rows with line breaks."""

    def __init__(self, folder: Path, suffix: str) -> None:
        self.folder = folder
        self.suffix = suffix
        self.groups: dict[str, tuple[Batch, list[str]]] = {}
        self.nodes = self.edges = self.without_digest = 0
        self._open: dict[str, pa.NativeFile] = {}

    def __enter__(self) -> "_Files":
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def add(self, batch: Batch) -> None:
        """Write the rows of a batch."""
        if not batch.table.num_rows:
            return
        stem = "-".join((batch.name, *(batch.ends or ())))
        if stem not in self.groups:
            self._close()
            self.groups[stem] = (batch, [])
            (self.folder / f"{stem}-header.csv").write_text(_header(batch) + "\n", encoding="utf-8")
        rows = _written(batch)
        self.without_digest += rows.column("digest").null_count
        broken = _has_line_break(rows)
        self._append(stem, rows.filter(pc.invert(broken)))
        self._append(f"{stem}-multiline", rows.filter(broken))
        if batch.ends:
            self.edges += rows.num_rows
        else:
            self.nodes += rows.num_rows

    def _append(self, stem: str, rows: pa.Table) -> None:
        if not rows.num_rows:
            return
        name = f"{stem}{self.suffix}"
        if name not in self._open:
            self.groups[stem.removesuffix("-multiline")][1].append(name)
            compression = "gzip" if self.suffix.endswith(".gz") else None
            self._open[name] = pa.output_stream(str(self.folder / name), compression=compression)
        pyarrow.csv.write_csv(rows, self._open[name], pyarrow.csv.WriteOptions(include_header=False))

    def _close(self) -> None:
        for file in self._open.values():
            file.close()
        self._open = {}


def _header(batch: Batch) -> str:
    properties = [f"{p.name}:{_TYPES[p.type]}" for p in batch.kind.stored]
    if isinstance(batch.kind, NodeType):
        return ",".join([f"id:ID({batch.name})", *properties, "digest:long"])
    from_label, to_label = batch.ends or batch.kind.ends[0]
    ends = [f":START_ID({from_label})", f":END_ID({to_label})", "id:string"]
    return ",".join([*ends, *properties, "digest:long"])


def _written(batch: Batch) -> pa.Table:
    """The rows with their digests, lists as one text each."""
    table, digest = batch.table, pa.chunked_array([digests(batch)])
    for prop in batch.kind.stored:
        if prop.type is ValueType.TEXTS:
            at = table.schema.get_field_index(prop.name)
            column = table.column(at)
            if pc.any(pc.match_substring(pc.list_flatten(column), _ITEM_END)).as_py():
                raise DataError(Text("errors.separator", where=f"{batch.name}.{prop.name}"))
            texts = pc.binary_join(column, _ITEM_END)
            unsaid = pc.equal(texts, "")
            digest = pc.if_else(pc.fill_null(unsaid, False), None, digest)
            table = table.set_column(at, prop.name, pc.if_else(unsaid, None, texts))
    return table.append_column("digest", digest)


def _has_line_break(rows: pa.Table) -> pa.ChunkedArray:
    texts = [column for column in rows.columns if pa.types.is_string(column.type)]
    found = (pc.fill_null(pc.match_substring_regex(column, "[\r\n]"), False) for column in texts)
    return reduce(pc.or_, found)


def _finished(files: _Files, run_id: str, language: Language) -> ImportFiles:
    """Write what stands beside the data."""
    loaded_at = datetime.now(UTC).isoformat(timespec="seconds")
    record = pa.table(
        {
            "graph": ["corridor"],
            "run_id": [run_id],
            "loaded_at:datetime": [loaded_at],
            "day:date": [date.today().isoformat()],
            "schema": [schema_digest()],
        }
    )
    pyarrow.csv.write_csv(record, str(files.folder / f"{RUN_RECORD}.csv"))
    arguments = _arguments(files)
    script = files.folder / "import.sh"
    lines = " \\\n  ".join(f"'{argument}'" for argument in arguments[4:])
    script.write_text(
        f'#!/bin/sh\ncd "$(dirname "$0")" && exec neo4j-admin database import full neo4j \\\n  {lines} "$@"\n',
        encoding="utf-8",
    )
    script.chmod(0o755)
    (files.folder / "README.txt").write_text(f"{Text('store.import_files').in_(language)}\n", encoding="utf-8")
    (files.folder / "constraints.cypher").write_text("".join(f"{s};\n" for s in neo4j_constraints()), encoding="utf-8")
    return ImportFiles(files.folder, arguments, files.nodes, files.edges, files.without_digest)


def _arguments(files: _Files) -> tuple[str, ...]:
    # The name of the database comes first: the importer takes what follows `--nodes` for files.
    arguments = ["database", "import", "full", "neo4j", "--array-delimiter=U+001F"]
    multiline = [name for _, names in files.groups.values() for name in names if "-multiline." in name]
    if multiline:
        arguments += [f"--multiline-fields={','.join(multiline)}", "--multiline-fields-format=v2"]
    arguments.append(f"--nodes={RUN_RECORD}={RUN_RECORD}.csv")
    for stem, (batch, names) in files.groups.items():
        option = "relationships" if isinstance(batch.kind, EdgeType) else "nodes"
        arguments.append(f"--{option}={batch.name}={','.join([f'{stem}-header.csv', *names])}")
    return tuple(arguments)
