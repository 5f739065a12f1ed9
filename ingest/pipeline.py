"""A dataset into a graph: read, checked, resolved, loaded in one step; every row accounted for."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from itertools import chain
from pathlib import Path

import pyarrow as pa
from pypinyin import lazy_pinyin, load_single_dict
from pypinyin.contrib.mmseg import seg

from graph.errors import DataError, UsageError
from graph.model import searchable
from graph.ontology import EdgeType, NodeType
from graph.rows import Row
from graph.store import Batch, GraphStore, Progress, arrow_schema
from ingest.extract import raw_rows
from ingest.resolve import Resolved, edges_by_ends, resolved_edges, resolved_nodes
from ingest.sources import Table, run_id, tables
from ingest.validate import QuarantinedRow, ValidRow, validated

# On its own pypinyin reads 长 as zhǎng; in names of places and firms (长三角, 长鑫, 长电) it is cháng.
load_single_dict({ord("长"): "cháng,zhǎng"})

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
    batches = tuple(chain.from_iterable(_batches(t.kind, resolved[t.kind.file]) for t in found))
    return Checked(stamp, batches, read, loaded, merged, tuple(quarantined))


def load(dataset: Path, store: GraphStore, progress: Progress | None = None) -> Checked:
    """Make the graph hold what the dataset says, all or nothing, and say what happened to each row."""
    result = checked(dataset, progress)
    if not result.loaded:
        first = "; ".join(f"{row.file}:{row.line} {row.field}: {row.reason}" for row in result.quarantined[:1])
        raise DataError(
            f"{dataset}: 没有一行可以载入，原图保持不变。 No row can be loaded; the graph stays as it was. {first}".strip()
        )
    store.replace(result.batches, result.run_id, progress)
    return result


def write_quarantine(rows: Sequence[QuarantinedRow], path: Path) -> None:
    """Write the rows as a CSV table. Cells that a spreadsheet would run as a formula are quoted with `'`.

    Raises `UsageError` where the file cannot be written.
    """
    names = [f.name for f in fields(QuarantinedRow)]
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(names)
            writer.writerows([plain_cell(str(getattr(row, name))) for name in names] for row in rows)
    except OSError as error:
        raise UsageError(f"无法写入 {path}。 Cannot write {path}: {error.strerror}.") from error


def plain_cell(text: str) -> str:
    """The text such that no spreadsheet takes it for a formula.

    >>> plain_cell("=1+1"), plain_cell("光刻胶")
    ("'=1+1", '光刻胶')
    """
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else text


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


def _batches(kind: NodeType | EdgeType, part: Resolved) -> list[Batch]:
    rows = [part.rows[key] for key in sorted(part.rows)]
    if isinstance(kind, NodeType):
        return [Batch(kind, _arrow(kind, rows))] if rows else []
    return [Batch(kind, _arrow(kind, group), ends) for ends, group in edges_by_ends(kind, rows).items()]


def _arrow(kind: NodeType | EdgeType, rows: Iterable[Row]) -> pa.Table:
    values: list[Mapping[str, object]] = [vars(row) for row in rows]
    if isinstance(kind, NodeType):
        values = [{**node, "search_text": search_text(node)} for node in values]
    return pa.Table.from_pylist(values, schema=arrow_schema(kind))


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
    texts = map(searchable, (*names, str(values["id"]), *pinyin))
    return f"|{'|'.join(dict.fromkeys(texts))}|"


def _pinyin(name: str) -> tuple[str, str]:
    syllables = [syllable for word in seg.cut(name) for syllable in _syllables(word)]
    return "".join(syllables), "".join(syllable[0] for syllable in syllables)


@cache
def _syllables(word: str) -> list[str]:
    """How one word is read, kept because names share few words. What is not Chinese comes in single letters."""
    return lazy_pinyin(word)
