"""The smallest datasets, written in a test: rows as dicts or whole files as text, in a folder of their own."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from graph.ontology import EDGE_TYPES, NODE_TYPES, EdgeType, NodeType
from graph.texts import Language
from ingest.dataset import datasets_at
from ingest.pipeline import Checked, Settings, checked
from ingest.report import Reason

Cells = Mapping[str, str]
DEFAULT = Settings()
Problem = tuple[str, int, str, str, str]
"""File, row, field, value and reason of a row that is not loaded."""

SOURCE: Cells = {"id": "source:s", "name_zh": "名录", "kind": "register"}
_TYPES: tuple[NodeType | EdgeType, ...] = (*NODE_TYPES, *EDGE_TYPES)
_KINDS = {kind.file: kind for kind in _TYPES}
_USUAL = {"source_ids": "source:s", "as_of": "2020-09-30", "status": "documented", "level": "prefecture",
          "kind": "university", "resident_status": "intends"}  # fmt: skip


def dataset(folder: Path, **tables: str | bytes | Sequence[Cells]) -> Path:
    """A folder with one file a keyword (`products=` writes products.csv), and `SOURCE` where no sources are given.

    Text and bytes are written as they are. Rows get the cells that their type requires and a test does not care
    about; `name_zh` is then the id's slug.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {"sources": [SOURCE], **tables}.items():
        file = f"{name}.csv"
        if not isinstance(content, str | bytes):
            content = _table(file, content)
        (folder / file).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def products(*lines: str) -> str:
    """The text of a products.csv with the usual headings and these lines."""
    return "\n".join(["id,name_zh,recovery_days,source_ids,as_of", *lines, ""])


def checked_at(*paths: Path, mappings: Sequence[str | Path] = (), settings: Settings = DEFAULT) -> Checked:
    """What datasets at some places would load."""
    return checked(datasets_at(paths, [str(mapping) for mapping in mappings]), settings)


def problems(result: Checked) -> list[Problem]:
    """The rows that are not loaded, in the order of their report."""
    return [
        (str(row["file"]), int(row["row"]), str(row["field"]), str(row["value"]), str(row["reason"]))
        for row in result.problems.to_pylist()
    ]


def examples(reasons: Sequence[Reason]) -> list[tuple[str, tuple[str, ...]]]:
    """Field and examples of reasons."""
    return [(one.field, tuple(text.in_(Language.EN) for text in one.examples)) for one in reasons]


def rows_of(result: Checked, name: str) -> list[dict[str, object]]:
    """The nodes of a label or the edges of a type, by id."""
    found = [row for batch in result.batches if batch.name == name for row in batch.table.to_pylist()]
    return sorted(found, key=lambda row: str(row["id"]))


def account(result: Checked) -> tuple[int, int, int, int]:
    """Rows read, loaded, merged and quarantined."""
    return result.report.read, result.report.loaded, result.report.merged, result.report.quarantined


def _table(file: str, rows: Sequence[Cells]) -> str:
    kind = _KINDS[file]
    ids = ["id"] if isinstance(kind, NodeType) else ["from_id", "to_id"]
    required = {name: _USUAL.get(name, "") for name in [*ids, *(p.name for p in kind.properties if p.required)]}
    filled = [{**required, **_named(row), **row} for row in rows]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(key for row in filled for key in row)), lineterminator="\n")
    writer.writeheader()
    writer.writerows(filled)
    return text.getvalue()


def _named(row: Cells) -> Cells:
    return {"name_zh": row["id"].partition(":")[2]} if "id" in row else {}
