"""A dataset into a graph: read, checked, resolved, loaded in one step; every row accounted for."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import chain
from pathlib import Path

import pyarrow as pa
from pypinyin import Style, lazy_pinyin

from graph.errors import DataError
from graph.ontology import EdgeType, NodeType
from graph.rows import Row
from graph.store import Batch, GraphStore, Progress, arrow_schema
from ingest.extract import raw_rows
from ingest.resolve import Resolved, edges_by_ends, resolved_edges, resolved_nodes
from ingest.sources import Table, run_id, tables
from ingest.validate import QuarantinedRow, ValidRow, validated

_SEARCHED = ("name_zh", "short_name", "name_en", "stock_code", "uscc", "ror_id")


@dataclass(frozen=True, slots=True)
class Checked:
    """A dataset as it would be loaded: batches for the store, and what happened to its rows."""

    run_id: str
    batches: tuple[Batch, ...]
    read: int
    loaded: int
    merged: int
    quarantined: tuple[QuarantinedRow, ...]


def checked(dataset: Path, progress: Progress | None = None) -> Checked:
    """The dataset of a folder, validated and resolved; nothing is written.

    read = loaded + merged + quarantined. Raises `SourceUnreadable` where a file cannot be used at all.
    """
    found = tables(dataset)
    stamp = run_id(found)
    valid: dict[str, list[ValidRow]] = {}
    quarantined: list[QuarantinedRow] = []
    read = 0
    for number, table in enumerate(found, 1):
        good, bad = validated(table.kind, raw_rows(table))
        valid[table.kind.file] = good
        quarantined += bad
        read += len(good) + len(bad)
        if progress:
            progress(f"校验 check {table.path.name}", number, len(found))
    resolved = _resolved(found, valid)
    quarantined += chain.from_iterable(part.quarantined for part in resolved.values())
    loaded = sum(len(part.rows) for part in resolved.values())
    merged = sum(part.merged for part in resolved.values())
    if read != loaded + merged + len(quarantined):
        raise DataError(f"{dataset}: {read} rows read, {loaded} + {merged} + {len(quarantined)} accounted for")
    batches = tuple(chain.from_iterable(_batches(t.kind, resolved[t.kind.file], stamp) for t in found))
    return Checked(stamp, batches, read, loaded, merged, tuple(quarantined))


def load(dataset: Path, store: GraphStore, progress: Progress | None = None) -> Checked:
    """Make the graph hold what the dataset says, all or nothing, and say what happened to each row."""
    result = checked(dataset, progress)
    if not result.loaded:
        raise DataError(f"{dataset}: 没有一行可以载入，原图保持不变。 No row can be loaded; the graph stays as it was.")
    store.replace(result.batches, result.run_id, progress)
    return result


def write_quarantine(rows: Sequence[QuarantinedRow], path: Path) -> None:
    """The quarantined rows as a CSV table. Cells that a spreadsheet would run as a formula are quoted with `'`."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        names = [f.name for f in fields(QuarantinedRow)]
        writer.writerow(names)
        writer.writerows([plain_cell(str(getattr(row, name))) for name in names] for row in rows)


def plain_cell(text: str) -> str:
    """The text such that no spreadsheet takes it for a formula.

    >>> plain_cell("=1+1"), plain_cell("光刻胶")
    ("'=1+1", '光刻胶')
    """
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _resolved(found: Sequence[Table], valid: dict[str, list[ValidRow]]) -> dict[str, Resolved]:
    sources = frozenset(v.row.id for v in valid.get("sources.csv", []))
    result: dict[str, Resolved] = {}
    nodes: dict[str, dict[str, Row]] = {}
    for table in found:
        rows = valid[table.kind.file]
        if isinstance(table.kind, NodeType):
            part = resolved_nodes(rows, sources)
            nodes[table.kind.label] = part.rows
        else:
            part = resolved_edges(table.kind, rows, nodes, sources)
        result[table.kind.file] = part
    return result


def _batches(kind: NodeType | EdgeType, part: Resolved, stamp: str) -> list[Batch]:
    rows = [part.rows[key] for key in sorted(part.rows)]
    if isinstance(kind, NodeType):
        return [Batch(kind, _arrow(kind, rows, stamp))] if rows else []
    return [Batch(kind, _arrow(kind, group, stamp), ends) for ends, group in edges_by_ends(kind, rows).items()]


def _arrow(kind: NodeType | EdgeType, rows: Iterable[Row], stamp: str) -> pa.Table:
    derived = _node_values if isinstance(kind, NodeType) else _edge_values
    return pa.Table.from_pylist([{**derived(row), "run_id": stamp} for row in rows], schema=arrow_schema(kind))


def _node_values(row: Row) -> dict[str, object]:
    values = row.model_dump()
    return {**values, "search_text": search_text(values)}


def _edge_values(row: Row) -> dict[str, object]:
    return row.model_dump()


def search_text(values: Mapping[str, object]) -> str:
    """What a node is found under: names, aliases and codes in lower case, pinyin in full and as initials.

    Each stands between two bars, so that a search can tell a whole name from a part of one.

    >>> search_text({"id": "place:340100", "name_zh": "合肥市"})
    '|合肥市|place:340100|hefeishi|hfs|'
    """
    names = [str(values[key]) for key in _SEARCHED if values.get(key)]
    aliases = values.get("aliases")
    if isinstance(aliases, list):
        names += [str(alias) for alias in aliases]
    chinese = [name for name in names if not name.isascii()]
    pinyin = [style for name in chinese for style in _pinyin(name)]
    texts = (" ".join(text.lower().replace("|", " ").split()) for text in (*names, str(values["id"]), *pinyin))
    return f"|{'|'.join(dict.fromkeys(texts))}|"


def _pinyin(name: str) -> tuple[str, str]:
    syllables = lazy_pinyin(name)
    return "".join(syllables), "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))
