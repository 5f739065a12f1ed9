"""The smallest datasets, written in a test: rows as dicts or whole files as text, in a folder of their own."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from graph.ontology import EDGE_TYPES, NODE_TYPES, EdgeType, NodeType
from graph.rows import row_model

Cells = Mapping[str, str]

SOURCE: Cells = {"id": "source:s", "name_zh": "名录", "kind": "register"}
_TYPES: tuple[NodeType | EdgeType, ...] = (*NODE_TYPES, *EDGE_TYPES)
_KINDS = {kind.file: kind for kind in _TYPES}
_USUAL = {"source_ids": "source:s", "as_of": "2020-09-30", "status": "verified", "level": "prefecture",
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


def _table(file: str, rows: Sequence[Cells]) -> str:
    fields = row_model(_KINDS[file]).model_fields
    required = {name: _USUAL.get(name, "") for name, field in fields.items() if field.is_required()}
    filled = [{**required, **_named(row), **row} for row in rows]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(key for row in filled for key in row)), lineterminator="\n")
    writer.writeheader()
    writer.writerows(filled)
    return text.getvalue()


def _named(row: Cells) -> Cells:
    return {"name_zh": row["id"].partition(":")[2]} if "id" in row else {}
