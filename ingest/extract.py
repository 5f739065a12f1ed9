"""Rows as found in a table: text under its headings, with the file and line they stand in."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from graph.errors import SourceUnreadable
from graph.ontology import EdgeType, NodeType
from graph.rows import row_model
from ingest.sources import Table


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as text, and the line it starts in. `problem` says why it cannot even be laid under its headings."""

    file: str
    line: int
    cells: dict[str, str]
    problem: str = ""


def raw_rows(table: Table) -> Iterator[RawRow]:
    """The rows of a table, in order.

    Raises `SourceUnreadable`, with the file and what to do, where the file is not UTF-8 text, has no headings,
    misses a required column or has one that the type does not know.
    """
    reader = csv.reader(io.StringIO(_text(table.path), newline=""), strict=True)
    line = 1
    try:
        headings = [heading.strip() for heading in next(reader, [])]
        _check_headings(table.path, table.kind, headings)
        line = reader.line_num + 1
        for cells in reader:
            if cells:
                yield _row(table.path.name, line, headings, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise SourceUnreadable(f"{table.path}:{line}: CSV 格式有误。 Not well-formed CSV: {error}.") from error


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SourceUnreadable(
            f"{path}:{line}: 不是 UTF-8 编码，请另存为 UTF-8。 This is not UTF-8 text; save the file as UTF-8."
        ) from error
    except OSError as error:
        raise SourceUnreadable(f"无法读取 {path}。 Cannot read {path}: {error.strerror}.") from error


def _row(file: str, line: int, headings: list[str], cells: list[str]) -> RawRow:
    if len(cells) != len(headings):
        problem = (
            f"有 {len(cells)} 格，表头有 {len(headings)} 格 has {len(cells)} cells, the headings are {len(headings)}"
        )
        return RawRow(file, line, dict(zip(headings, cells, strict=False)), problem)
    return RawRow(file, line, dict(zip(headings, cells, strict=True)))


def _check_headings(path: Path, kind: NodeType | EdgeType, headings: list[str]) -> None:
    fields = row_model(kind).model_fields
    known = set(fields) - ({"id"} if isinstance(kind, EdgeType) else set())
    if not headings:
        raise SourceUnreadable(f"{path} 是空文件，没有表头。 {path} is empty: it has no headings.")
    for heading in headings:
        if heading not in known:
            near = get_close_matches(heading, known, n=1)
            hint = f"；是否应为 {near[0]}？ Should it be {near[0]}?" if near else "。"
            raise SourceUnreadable(f"{path}: 未知的列 {heading!r} unknown column{hint}")
    repeated = {heading for heading in headings if headings.count(heading) > 1}
    if repeated:
        raise SourceUnreadable(f"{path}: 重复的列 {sorted(repeated)}。 Repeated columns.")
    missing = [name for name in known if fields[name].is_required() and name not in headings]
    if missing:
        raise SourceUnreadable(f"{path}: 缺少必需的列 {sorted(missing)}。 Required columns are missing.")
