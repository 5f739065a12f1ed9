"""The graph as a folder of CSV tables in the layout of a dataset, for people with spreadsheets.

A cell that a spreadsheet would run as a formula has a `'` before it, as has one that begins with `'`: on return one is
taken off, and nothing is lost. An empty cell is a value that is not known, a lone `'` a text that is empty. Items of a
list stand between `|`; a `|` or a `\\` in an item has a `\\` before it, and `\\e` alone is a list without items. In a
checked dataset only formula-like texts need any of this. Derived properties are left out: a load computes them.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path

from graph.batches import batches_of_rows
from graph.errors import SourceUnreadable
from graph.exchange_files import Head, empty_folder, read_run, refuse_other_tables, write_run
from graph.model import Value, edge_id
from graph.ontology import KIND, EdgeType, NodeType, Property, ValueType
from graph.store import Batch
from graph.texts import Text

_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r", "\n")


def written_text(text: str) -> str:
    """A text as it stands in a cell.

    >>> written_text("=1+1"), written_text("光刻胶"), written_text("'"), written_text("")
    ("'=1+1", '光刻胶', "''", "'")
    """
    return f"'{text}" if not text or text.startswith((*_RUN_BY_SPREADSHEETS, "'")) else text


def read_text(cell: str) -> str | None:
    """The text that stands in a cell; `None` where nothing does.

    >>> read_text("'=1+1"), read_text("''"), read_text("'"), read_text("")
    ('=1+1', "'", '', None)
    """
    return cell.removeprefix("'") if cell else None


def written_texts(items: Sequence[str]) -> str:
    """A list of texts as it stands in a cell.

    >>> written_texts(["a", "b|c"]), written_texts([]), written_texts([""])
    ('a|b\\\\|c', '\\\\e', "'")
    """
    if not items:
        return "\\e"
    return written_text("|".join(re.sub(r"([|\\])", r"\\\1", item) for item in items))


def read_texts(cell: str) -> tuple[str, ...] | None:
    """The list of texts that stands in a cell; `None` where nothing does.

    >>> read_texts("a|b\\\\|c"), read_texts("\\\\e"), read_texts("'"), read_texts("")
    (('a', 'b|c'), (), ('',), None)
    """
    text = read_text(cell)
    if text is None or text == "\\e":
        return None if text is None else ()
    parts = re.findall(r"((?:\\.|[^\\|])*)(\||$)", text, re.S)
    items = tuple(re.sub(r"\\(.)", r"\1", item, flags=re.S) for item, _ in parts)
    # At the end of the text the expression matches once more, with nothing, unless the text ends in a separator.
    return items[:-1] if len(parts) > 1 and parts[-2][1] == "" else items


def write_csv(batches: Iterable[Batch], run_id: str, target: Path) -> None:
    """Write the tables that have rows, and `run.json`, into a new or empty folder."""
    empty_folder(target)
    head = Head(run_id)
    for name, group in groupby(head.counting(batches), key=lambda batch: batch.name):
        kind = KIND[name]
        columns = _columns(kind)
        with (target / kind.file).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)  # Ends lines with \r\n, and so quotes a cell that has only a \r.
            writer.writerow(columns)
            for batch in group:
                cells = [_written(columns[heading], batch.table.column(heading).to_pylist()) for heading in columns]
                writer.writerows(zip(*cells, strict=True))
    write_run(target, head)


def read_csv(source: Path) -> tuple[Head, Iterator[Batch]]:
    """The head and the rows of such a folder; derived properties are not known in them."""
    refuse_other_tables(source, ".csv", {kind.file for kind in KIND.values()})
    return read_run(source), batches_of_rows(_rows(source))


def _columns(kind: NodeType | EdgeType) -> dict[str, ValueType]:
    own = ["id"] if isinstance(kind, NodeType) else ["from_id", "to_id"]
    properties: Iterable[Property] = (p for p in kind.properties if not p.derived)
    return dict.fromkeys(own, ValueType.TEXT) | {p.name: p.type for p in properties}


def _written(type_: ValueType, values: Sequence[object]) -> list[str]:
    return ["" if value is None else _cell(type_, value) for value in values]


def _cell(type_: ValueType, value: object) -> str:
    if isinstance(value, list):
        return written_texts(value)
    if type_ is ValueType.BOOLEAN:
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return written_text(value) if isinstance(value, str) else repr(value)


def _rows(source: Path) -> Iterator[tuple[NodeType | EdgeType, Mapping[str, Value]]]:
    for kind in KIND.values():
        path = source / kind.file
        if not path.is_file():
            continue
        columns = _columns(kind)
        text = io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")
        reader = csv.reader(text, strict=True)
        headings = next(reader, [])
        if headings != list(columns):
            more = ", ".join(heading for heading in headings if heading not in columns)
            raise SourceUnreadable(Text("errors.headings", path=path, more=more or "—"))
        for cells in reader:
            yield kind, _row(path, reader.line_num, kind, columns, cells)


def _row(
    path: Path, line: int, kind: NodeType | EdgeType, columns: Mapping[str, ValueType], cells: Sequence[str]
) -> Mapping[str, Value]:
    try:
        row = {name: _READ[type_](cell) for (name, type_), cell in zip(columns.items(), cells, strict=True) if cell}
    except (ValueError, KeyError) as error:
        raise SourceUnreadable(Text("errors.row_unread", where=f"{path}:{line}", error=error)) from error
    if isinstance(kind, EdgeType):
        key = [str(row[kind.key])] if kind.key and row.get(kind.key) else []
        row["id"] = edge_id(kind.type, str(row.get("from_id")), str(row.get("to_id")), *key)
    return row


_READ: Mapping[ValueType, Callable[[str], Value]] = {
    ValueType.TEXT: read_text,
    ValueType.TEXTS: read_texts,
    ValueType.INTEGER: int,
    ValueType.NUMBER: float,
    ValueType.FRACTION: float,
    ValueType.BOOLEAN: lambda cell: {"true": True, "false": False}[cell],
    ValueType.DATE: date.fromisoformat,
}
