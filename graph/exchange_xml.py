"""The graph as GraphML and as GEXF, through networkx, for programs that draw and measure graphs.

Nodes and edges keep their ids; `label` or `edge_type` says what they are. Numbers and truths keep their types. Lists
are JSON texts, dates ISO texts. XML has no control characters, changes line breaks, and readers take an empty text for
none: so a `\\` is doubled, such characters are written `\\uXXXX` and an empty text `\\e`, and all is read back.

The whole document is in memory: 100,000 nodes and 170,000 edges take 2 GiB and 45 s of processor time in either format
(networkx 3.6.1), against 20 MiB and 0.3 s as Parquet and 120 MiB and 5 s as JSON Lines, which larger graphs go as.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import ParseError

import networkx as nx
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from graph.batches import batches_of_rows
from graph.durable import ordinary, whole_file
from graph.errors import DataError, SourceUnreadable
from graph.exchange_files import Head, head_of, refuse_derived
from graph.model import Value
from graph.ontology import EDGE_TYPE, NODE_TYPE, EdgeType, NodeType, ValueType
from graph.store import Batch, batch_shapes
from graph.texts import Text

_LABEL, _TYPE = "corridor_label", "corridor_type"
_UNSAYABLE = re.compile(r"[\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
_SAID = re.compile(r"\\(?:u([0-9a-f]{4})|(.))")


def written_text(text: str) -> str:
    """A text as it stands in the XML.

    >>> print(written_text("a\\nb\\\\c"), written_text(""))
    a\\u000ab\\\\c \\e
    """
    return _UNSAYABLE.sub(lambda found: "\\\\" if found[0] == "\\" else f"\\u{ord(found[0]):04x}", text) or "\\e"


def read_text(text: str) -> str:
    """The text that stands in the XML.

    >>> read_text(written_text("a\\nb\\\\c")) == "a\\nb\\\\c", read_text("\\\\e")
    (True, '')
    """
    return "" if text == "\\e" else _SAID.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], text)


def write_graphml(batches: Iterable[Batch], run_id: str, target: Path) -> None:
    """Write the graph as GraphML."""
    head = Head(run_id)
    graph = _graph(head.counting(batches))
    graph.graph["run"] = written_text(head.to_json())
    with whole_file(target) as file:
        nx.write_graphml_xml(graph, file)


def read_graphml(source: Path) -> tuple[Head, Iterator[Batch]]:
    """The head and the rows of a GraphML file that `write_graphml` wrote."""
    graph = _parsed(source, lambda file: nx.read_graphml(file, edge_key_type=str, force_multigraph=True))
    return head_of(source, read_text(str(graph.graph.get("run", "")))), batches_of_rows(_sorted(_rows(source, graph)))


def write_gexf(batches: Iterable[Batch], run_id: str, target: Path) -> None:
    """Write the graph as GEXF 1.2."""
    head = Head(run_id)
    graph = _graph(head.counting(batches))
    graph.graph["name"] = written_text(head.to_json())
    for _, _, id_, values in graph.edges(data=True, keys=True):
        values["id"] = id_  # Without it networkx counts the edges.
    with whole_file(target) as file:
        nx.write_gexf(graph, file)


def read_gexf(source: Path) -> tuple[Head, Iterator[Batch]]:
    """The head and the rows of a GEXF file that `write_gexf` wrote."""
    graph = _parsed(source, nx.read_gexf)
    return head_of(source, read_text(str(graph.graph.get("name", "")))), batches_of_rows(_sorted(_rows(source, graph)))


def _graph(batches: Iterable[Batch]) -> "nx.MultiDiGraph[str]":
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for batch in batches:
        for part in batch.table.to_batches(max_chunksize=10_000):
            for row in part.to_pylist():
                values = {key: _written(value) for key, value in row.items() if value is not None}
                id_ = row["id"]
                if batch.ends is None:
                    del values["id"]
                    graph.add_node(id_, **{_LABEL: batch.name}, **values)
                else:
                    del values["from_id"], values["to_id"]
                    graph.add_edge(row["from_id"], row["to_id"], key=id_, **{_TYPE: batch.name}, **values)
    return graph


def _written(value: object) -> str | int | float | bool:
    if isinstance(value, list):
        return written_text(json.dumps(value, ensure_ascii=False))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return written_text(value)
    assert isinstance(value, int | float | bool)
    return value


def _parsed(source: Path, read: Callable[[BinaryIO], "nx.Graph[str]"]) -> "nx.MultiDiGraph[str]":
    try:
        with ordinary(source) as file:
            # A document type can make a small file a large one; it would stand before the first element.
            next(iter(iterparse(file, events=("start",), forbid_dtd=True)))
            file.seek(0)
            return nx.MultiDiGraph(read(file))
    except (
        ParseError,
        DefusedXmlException,
        StopIteration,
        nx.NetworkXError,
        LookupError,
        AttributeError,
        ValueError,
        TypeError,
    ) as error:
        raise SourceUnreadable(Text("errors.unread", path=source, error=error)) from error


def _sorted(
    rows: Iterable[tuple[NodeType | EdgeType, Mapping[str, Value]]],
) -> list[tuple[NodeType | EdgeType, Mapping[str, Value]]]:
    """Rows by type, then ends: networkx hands edges over by their source, and a batch for each would take minutes."""
    order = {kind.en: number for number, (kind, _) in enumerate(batch_shapes())}

    def place(row: tuple[NodeType | EdgeType, Mapping[str, Value]]) -> tuple[int, str, str, str]:
        kind, values = row
        ends = [str(values.get(end, "")) for end in ("from_id", "to_id")]
        prefixes = "→".join(end.partition(":")[0] for end in ends)
        return order[kind.en], prefixes, ends[0], str(values["id"])

    return sorted(rows, key=place)


def _rows(source: Path, graph: "nx.MultiDiGraph[str]") -> Iterator[tuple[NodeType | EdgeType, Mapping[str, Value]]]:
    for node_id, values in graph.nodes(data=True):
        node_type = NODE_TYPE.get(str(values.get(_LABEL)))
        if node_type is None:
            refuse_derived(f"{source}: {node_id!r}", str(values.get(_LABEL)))
            raise DataError(Text("errors.no_label", path=source, id=repr(node_id)))
        yield node_type, {"id": node_id, **_values(source, node_type, node_id, values)}
    for from_id, to_id, key, values in graph.edges(data=True, keys=True):
        edge_type = EDGE_TYPE.get(str(values.get(_TYPE)))
        if edge_type is None:
            refuse_derived(f"{source}: {from_id!r} → {to_id!r}", str(values.get(_TYPE)))
            raise DataError(Text("errors.no_edge_type", path=source, id=f"{from_id!r} → {to_id!r}"))
        id_ = str(values.get("id", key))
        yield edge_type, {"from_id": from_id, "to_id": to_id, "id": id_, **_values(source, edge_type, id_, values)}


def _values(source: Path, kind: NodeType | EdgeType, id_: str, values: Mapping[str, object]) -> dict[str, Value]:
    try:
        return {p.name: _read(p.type, values[p.name]) for p in kind.properties if p.name in values}
    except (ValueError, TypeError, RecursionError) as error:
        raise DataError(Text("errors.value_unread", where=f"{source}: {id_!r}", error=error)) from error


def _read(type_: ValueType, value: object) -> Value:
    match type_:
        case ValueType.TEXT:
            return read_text(str(value))
        case ValueType.TEXTS:
            return tuple(json.loads(read_text(str(value))))
        case ValueType.DATE:
            return date.fromisoformat(str(value))
        case ValueType.BOOLEAN:
            return bool(value)
        case ValueType.INTEGER:
            return int(str(value))
        case ValueType.NUMBER | ValueType.FRACTION:
            return float(str(value))
