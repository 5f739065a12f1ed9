"""Datasets: folders that hold one table a node or edge type, named as the ontology says."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from graph.errors import SourceUnreadable
from graph.ontology import EDGE_TYPES, NODE_TYPES, EdgeType, NodeType

BUNDLED = Path(__file__).parent / "data"
"""The corridor dataset that comes with the program."""

_KINDS: tuple[NodeType | EdgeType, ...] = (*NODE_TYPES, *EDGE_TYPES)
_KIND_OF_FILE = {kind.file: kind for kind in _KINDS}


@dataclass(frozen=True, slots=True)
class Table:
    """One file of a dataset and the type its rows are of."""

    path: Path
    kind: NodeType | EdgeType


def tables(dataset: Path) -> list[Table]:
    """The tables of a dataset folder, nodes before edges, in the ontology's order.

    Raises `SourceUnreadable` where there is no such folder, no table in it, or a table that no type is stored in.
    """
    try:
        names = sorted(path.name for path in dataset.iterdir() if path.suffix.lower() == ".csv")
    except OSError as error:
        raise SourceUnreadable(
            f"没有可读的数据集文件夹 {dataset}。 There is no dataset folder {dataset} to read: {error.strerror}."
        ) from error
    unknown = [name for name in names if name not in _KIND_OF_FILE]
    if unknown:
        near = ", ".join(get_close_matches(unknown[0], _KIND_OF_FILE, n=1) or sorted(_KIND_OF_FILE))
        raise SourceUnreadable(
            f"{dataset / unknown[0]}：没有类型存放在此文件名下，是否应为 {near}？ "
            f"No type is stored under this file name; should it be {near}?"
        )
    if not names:
        raise SourceUnreadable(f"{dataset} 中没有 CSV 表。 {dataset} holds no CSV table.")
    return [Table(dataset / file, kind) for file, kind in _KIND_OF_FILE.items() if file in names]


def run_id(files: Sequence[Table]) -> str:
    """Twelve hexadecimal digits that stand for the content of the files: equal data, equal id.

    Raises `SourceUnreadable` where a file cannot be read.
    """
    digest = hashlib.sha256()
    for table in files:
        try:
            content = table.path.read_bytes()
        except OSError as error:
            raise SourceUnreadable(f"无法读取 {table.path}。 Cannot read {table.path}: {error.strerror}.") from error
        digest.update(f"{table.path.name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:12]
