"""The smallest graphs, written in a test: plain dicts in, batches out, what a test does not care about filled in."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from hashlib import sha256
from itertools import count

import pyarrow as pa
import pyarrow.compute as pc

from graph.cypher import Query
from graph.errors import StoreUnavailable
from graph.model import edge_id
from graph.ontology import EDGE_TYPE, NODE_TYPE, EdgeType, NodeType, Property, label_of
from graph.store import Batch, Cell, GraphStore, arrow_schema
from ingest.search_text import search_texts

NODES = Query("nodes", f"MATCH (n:{'|'.join(NODE_TYPE)}) RETURN n AS node, n.id AS id ORDER BY id")
EDGES = Query("edges", f"MATCH (a)-[r:{'|'.join(EDGE_TYPE)}]->(b) RETURN r AS edge, r.id AS id ORDER BY id")
"""Every node and edge that somebody's data hold: what a load derives of them is no evidence and not among them."""
RUN_ID = "test"
_RUNS = count()
AS_OF = date(2020, 9, 30)

Item = Mapping[str, object]
Edge = tuple[str, str, str] | tuple[str, str, str, Item]


def batches_of(nodes: Sequence[str | Item] = (), edges: Sequence[Edge] = ()) -> list[Batch]:
    """Batches of these rows, sorted as a load sorts them.

    A node is its id (`"product:a"`; the prefix gives the label) or a mapping with `id` and properties. An edge is
    `(type, from_id, to_id)` with an optional mapping of properties. Required properties that are not given are filled:
    `name_zh` is the id's slug, `source_ids` is `["source:test"]`, `as_of` is `AS_OF`, `status` is "documented", a choice
    is its first. No node is added: an edge to an id that is not given is a dangling edge.
    """
    by_label: dict[str, list[Item]] = {}
    for node in nodes:
        values = {"id": node} if isinstance(node, str) else dict(node)
        label = label_of(str(values["id"]))
        if label is None:
            raise ValueError(f"{values['id']!r} has no prefix of the ontology")
        by_label.setdefault(label, []).append(_filled(NODE_TYPE[label], values))
    by_ends: dict[tuple[str, tuple[str, str]], list[Item]] = {}
    for edge_type, from_id, to_id, *rest in edges:
        kind = EDGE_TYPE[edge_type]
        values = {**(rest[0] if rest else {}), "from_id": from_id, "to_id": to_id}
        key = [str(values[kind.key])] if kind.key and values.get(kind.key) else []
        values.setdefault("id", edge_id(edge_type, from_id, to_id, *key))
        ends = (label_of(from_id) or "", label_of(to_id) or "")
        by_ends.setdefault((edge_type, ends), []).append(_filled(kind, values))
    node_batches = [Batch(NODE_TYPE[label], _table(NODE_TYPE[label], rows)) for label, rows in by_label.items()]
    edge_batches = [Batch(EDGE_TYPE[t], _table(EDGE_TYPE[t], rows), ends) for (t, ends), rows in by_ends.items()]
    return node_batches + edge_batches


def graph_of(
    store: GraphStore, nodes: Sequence[str | Item] = (), edges: Sequence[Edge] = (), run_id: str | None = None
) -> GraphStore:
    """The store, holding exactly these nodes and edges (`batches_of`), as a run of its own where none is named."""
    store.replace(batches_of(nodes, edges), run_id or f"{RUN_ID}{next(_RUNS)}")
    return store


def holding(store: GraphStore, nodes: Sequence[str | Item], edges: Sequence[Edge]) -> GraphStore:
    """The same for who only asks: what the store holds already is not loaded again."""
    run_id = f"{RUN_ID}-{sha256(repr((nodes, edges)).encode()).hexdigest()}"
    with suppress(StoreUnavailable):  # It may hold nothing.
        if store.run_id() == run_id:
            return store
    return graph_of(store, nodes, edges, run_id)


def chain_of_products(length: int, version: str | None = None) -> tuple[list[str | Item], list[Edge]]:
    """Products `product:0` … each an input of the next: nodes and edges for `graph_of`.

    Every node says the version as its `name_en`, every edge as its `evidence`.
    """
    nodes: list[str | Item] = [{"id": f"product:{i}", "name_en": version} for i in range(length)]
    said = {"evidence": version}
    return nodes, [("INPUT_OF", f"product:{i}", f"product:{i + 1}", said) for i in range(length - 1)]


def rows_of(batches: Iterable[Batch]) -> dict[tuple[str, tuple[str, str] | None], list[Item]]:
    """Every row by its id, under its type and its ends: equal graphs have equal ones."""
    found: dict[tuple[str, tuple[str, str] | None], list[Item]] = {}
    for batch in batches:
        assert batch.table.schema.equals(arrow_schema(batch.kind)), batch.name
        found.setdefault((batch.name, batch.ends), []).extend(batch.table.to_pylist())
    return {key: sorted(rows, key=lambda row: str(row["id"])) for key, rows in sorted(found.items(), key=str)}


def everything(store: GraphStore) -> tuple[dict[str, int], list[dict[str, Cell]]]:
    """How much of each type a store holds, and every node and edge."""
    return store.counts(), store.fetch(NODES, {}) + store.fetch(EDGES, {})


HOSTILE_TEXTS = [
    "光刻胶 😀 é ي 𠮷",
    "",
    " ",
    'a "quoted" \\ \\" \'; DROP',
    "a;b,c|d\te",
    "line one\nline two\r\nline three",
    "\r",
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(A1)",
    "'=1",
    "''",
    "$rows",
    "<script>&amp;]]>",
    "null",
    "NULL",
    "NaN",
    "x" * 2_000,
]
"""Texts that a format, a parser or a spreadsheet might take for something else."""


def hostile_graph() -> list[Batch]:
    """A graph with every type of value, known and unknown, at its limits, and with hostile texts and ids."""
    texts: list[str | Item] = [
        {"id": f"enterprise:{n}", "name_zh": text, "short_name": text, "aliases": [text, "b", text]}
        for n, text in enumerate(HOSTILE_TEXTS)
    ]
    values: list[str | Item] = [
        {"id": "enterprise:dates", "listed_on": date(1, 1, 1), "is_listed": True, "employees": 2**63 - 1},
        {"id": "enterprise:days", "listed_on": date(9999, 12, 31), "is_listed": False, "employees": 0},
        {"id": "product:tiny", "recovery_days": 5e-324},
        {"id": "product:huge", "recovery_days": 1.7976931348623157e308},
        {"id": "product:third", "recovery_days": 1 / 3, "hs_code": "0370"},
        {"id": "product:whole", "recovery_days": 3.0},
        {"id": "product:bare", "name_en": None},
        {"id": "place:310117", "latitude": -0.0, "longitude": 121.25, "in_corridor": True},
        "chain:c",
        "institute:i",
    ]
    edges: list[Edge] = [
        ("MAKES", "enterprise:0", "product:tiny", {"rank": 1, "share": 0.1, "evidence": text, "confidence": 1.0})
        for text in HOSTILE_TEXTS[:1]
    ]
    edges += [
        ("SUPPLIES", "enterprise:1", f"enterprise:{n}", {"product_id": "product:tiny", "evidence": text})
        for n, text in enumerate(HOSTILE_TEXTS)
    ]
    edges += [
        ("LOCATED_IN", "enterprise:0", "place:310117", {"valid_from": date(2019, 1, 1)}),
        ("LOCATED_IN", "institute:i", "place:310117"),
        ("INPUT_OF", "product:tiny", "product:huge", {"input_class": 2}),
        ("PART_OF", "product:tiny", "chain:c", {"stage": "upstream"}),
    ]
    return batches_of(texts + values, edges)


def _filled(kind: NodeType | EdgeType, values: Item) -> Item:
    filled = dict(values)
    for prop in kind.properties:
        if prop.required:
            filled.setdefault(prop.name, _default(prop, str(values["id"])))
    unknown = filled.keys() - {f.name for f in arrow_schema(kind)}
    if unknown:
        raise ValueError(f"{values['id']}: {sorted(unknown)} not in the ontology")
    return filled


def _default(prop: Property, id_: str) -> object:
    if prop.choices:
        return prop.choices[0].value
    return {"name_zh": id_.partition(":")[2], "source_ids": ["source:test"], "as_of": AS_OF, "year": 2024, "term": "1"}[
        prop.name
    ]


def _table(kind: NodeType | EdgeType, rows: Sequence[Item]) -> pa.Table:
    table = pa.Table.from_pylist([dict(row) for row in rows], schema=arrow_schema(kind))
    if isinstance(kind, NodeType) and kind.is_searched:
        found = pc.coalesce(table["search_text"], search_texts(table.drop_columns(["search_text"])))
        table = table.set_column(table.column_names.index("search_text"), "search_text", found)
    return table
