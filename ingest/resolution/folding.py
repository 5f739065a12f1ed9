"""The claims that stand as one row a thing, each property with the value that wins, written as the files of a graph."""

from collections.abc import Collection
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from graph.ontology import NODE_TYPE, EdgeType, NodeType, Property, ValueType
from graph.store import arrow_schema
from ingest.claims import Kind, id_columns, name_of
from ingest.mapping.mapping import settable
from ingest.resolution.claim_files import TOGETHER, order_of_precedence
from ingest.resolution.sql import quoted, statement

ROWS_PER_BATCH = 200_000

GraphFile = tuple[str, tuple[str, str] | None, Path]
"""A type, the ends of its edges, and the file of its rows."""


def write_nodes(
    database: duckdb.DuckDBPyConnection, node_type: NodeType, folder: Path, aside: Collection[str]
) -> list[GraphFile]:
    """Write the nodes of a type; of the properties `aside` some values are not shown."""
    from ingest.search_text import search_texts  # With pypinyin, whose dictionary takes half a second.

    path = folder / f"{node_type.label}.parquet"
    fold(database, node_type, aside)
    schema = arrow_schema(node_type)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in database.sql("SELECT * FROM folded ORDER BY id").to_arrow_reader(ROWS_PER_BATCH):
            table = pa.Table.from_batches([batch])
            table = table.append_column("search_text", search_texts(table))
            writer.write_table(table.select(schema.names).cast(schema))
    return [(node_type.label, None, path)] if rows_of(path) else []


def write_edges(
    database: duckdb.DuckDBPyConnection, edge_type: EdgeType, folder: Path, aside: Collection[str]
) -> list[GraphFile]:
    """Write the edges of a type, a file for each pair of ends; of the properties `aside` some values are not shown."""
    name = edge_type.type
    fold(database, edge_type, aside)
    written: list[GraphFile] = []
    columns = ", ".join(arrow_schema(edge_type).names)
    for a, b in edge_type.ends:
        path = folder / f"{name}-{a}-{b}.parquet"
        where = f"from_id LIKE '{NODE_TYPE[a].prefix}:%' AND to_id LIKE '{NODE_TYPE[b].prefix}:%'"
        database.execute(
            f"COPY (SELECT {columns} FROM folded WHERE {where} ORDER BY from_id, to_id, id) TO {quoted(path)} "
            "(FORMAT parquet, COMPRESSION zstd)"
        )
        if rows_of(path):
            written.append((name, (a, b), path))
        else:
            path.unlink()
    return written


def rows_of(path: Path) -> int:
    """The rows of a Parquet file."""
    return int(pq.read_metadata(path).num_rows)


def disputed(database: duckdb.DuckDBPyConnection, kind: Kind) -> int:
    """How many things of the type that was folded last have claims that give one property several values."""
    single = [p.name for p in settable(kind) if p.type is not ValueType.TEXTS and p.name not in TOGETHER]
    if not single:
        return 0
    several = " OR ".join(f"count(DISTINCT {name}) > 1" for name in single)
    rows = database.execute(f"SELECT count(*) FROM (SELECT id FROM ranked GROUP BY id HAVING {several})").fetchall()
    return int(rows[0][0])


def fold(database: duckdb.DuckDBPyConnection, kind: Kind, aside: Collection[str]) -> None:
    """Make `folded`, one row a thing, and `ranked`, the claims on things with several.

    Needs `claims_TYPE`, `standing_TYPE`, `merged` and the table `aside`, which has values of the properties `aside`.
    """
    properties = settable(kind)
    ids = list(dict.fromkeys(["id", *id_columns(kind)]))
    shown = [
        f"{statement('not_aside', property=p.name)} AS {p.name}" if p.name in aside else f"c.{p.name}"
        for p in properties
    ]
    winners = [f"{_with_lost_names(kind)} AS aliases" if p.name == "aliases" else f"x.{p.name}" for p in properties]
    database.execute(
        statement(
            "fold",
            name=name_of(kind),
            ids=", ".join(f"k.{name}" for name in ids),
            shown=", ".join(shown),
            precedence=order_of_precedence(kind),
            winners=", ".join([*(f"x.{name}" for name in ids), *winners]),
            grouped=", ".join(f"s.{name}" for name in ids),
            united=", ".join(f"{_united(p)} AS {p.name}" for p in properties),
            all_names=_all_names(kind),
        )
    )


def _united(prop: Property) -> str:
    """The value of a property out of the claims `s` on one thing."""
    name = f"s.{prop.name}"
    if prop.name in TOGETHER:
        return f"coalesce(arg_min({name}, s.precedence) FILTER (s.part < 0), arg_min_null({name}, s.precedence) FILTER (s.part >= 0))"
    if prop.type is ValueType.TEXTS:
        corrected = f"arg_min({name}, s.precedence) FILTER (s.part < 0)"
        united = f"list_sort(list_distinct(flatten(list({name}) FILTER ({name} IS NOT NULL))))"
        return f"coalesce({corrected}, {united})" if prop.name != "source_ids" else united
    return f"arg_min({name}, s.precedence)"


def _names(kind: Kind) -> list[str]:
    return (
        [p.name for p in kind.properties if p.name in ("name_zh", "short_name")] if isinstance(kind, NodeType) else []
    )


def _all_names(kind: Kind) -> str:
    lists = [f"list(DISTINCT s.{name}) FILTER (s.{name} IS NOT NULL)" for name in _names(kind)]
    return f"list_concat({', '.join(lists)}, [])" if lists else "NULL"


def _with_lost_names(kind: Kind) -> str:
    """The aliases, with the names that lost."""
    winning = ", ".join(f"x.{name}" for name in _names(kind))
    lost = f"list_filter(x.all_names, lambda v: NOT list_contains([{winning}], v))"
    united = f"list_sort(list_distinct(list_concat(coalesce(x.aliases, []), coalesce({lost}, []))))"
    return f"CASE WHEN len({united}) = 0 THEN NULL ELSE {united} END"
