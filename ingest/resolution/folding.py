"""The claims that stand as one row a thing, each property with the value that wins, written as the files of a graph."""

from collections.abc import Collection
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from graph.ontology import NODE_TYPE, EdgeType, Kind, NodeType, Property, ValueType
from graph.store import arrow_schema
from ingest.claims import id_columns
from ingest.mapping.mapping import settable
from ingest.resolution.claim_files import TOGETHER, order_of_precedence
from ingest.resolution.sql import quoted, statement

ROWS_PER_BATCH = 200_000

GraphFile = tuple[str, tuple[str, str] | None, Path]
"""A type, the ends of its edges, and the file of its rows."""


def write_nodes(database: duckdb.DuckDBPyConnection, node_type: NodeType, folder: Path) -> list[GraphFile]:
    """Write the nodes of the type that was folded last."""
    from ingest.search_text import search_texts  # With pypinyin, whose dictionary takes half a second.

    path = folder / f"{node_type.label}.parquet"
    schema = arrow_schema(node_type)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in database.sql("SELECT * FROM folded ORDER BY id").to_arrow_reader(ROWS_PER_BATCH):
            table = pa.Table.from_batches([batch])
            if node_type.is_searched:
                table = table.append_column("search_text", search_texts(table))
            writer.write_table(table.select(schema.names).cast(schema))
    return [(node_type.label, None, path)] if rows_of(path) else []


def write_edges(database: duckdb.DuckDBPyConnection, edge_type: EdgeType, folder: Path) -> list[GraphFile]:
    """Write the edges of the type that was folded last, a file for each pair of ends."""
    name = edge_type.type
    written: list[GraphFile] = []
    columns = ", ".join(arrow_schema(edge_type).names)
    ends = "split_part(from_id, ':', 1), split_part(to_id, ':', 1)"
    there = set(database.execute(f"SELECT DISTINCT {ends} FROM folded").fetchall())
    for a, b in edge_type.ends:
        from_prefix, to_prefix = NODE_TYPE[a].prefix, NODE_TYPE[b].prefix
        if (from_prefix, to_prefix) not in there:
            continue
        path = folder / f"{name}-{a}-{b}.parquet"
        where = f"from_id LIKE '{from_prefix}:%' AND to_id LIKE '{to_prefix}:%'"
        database.execute(
            f"COPY (SELECT {columns} FROM folded WHERE {where} ORDER BY from_id, to_id, id) TO {quoted(path)} "
            "(FORMAT parquet, COMPRESSION zstd)"
        )
        written.append((name, (a, b), path))
    return written


def rows_of(path: Path) -> int:
    """The rows of a Parquet file."""
    return int(pq.read_metadata(path).num_rows)


def disputed(database: duckdb.DuckDBPyConnection, kind: Kind) -> int:
    """How many things of the type that was folded last have several values of one property. Needs `ranked`."""
    single = [p.name for p in settable(kind) if p.type is not ValueType.TEXTS and p.name not in TOGETHER]
    if not single:
        return 0
    several = " OR ".join(f"min({name}) <> max({name})" for name in single)
    rows = database.execute(f"SELECT count(*) FROM (SELECT id FROM ranked GROUP BY id HAVING {several})").fetchall()
    return int(rows[0][0])


def fold(database: duckdb.DuckDBPyConnection, kind: Kind, aside: Collection[str]) -> int:
    """Make `folded`, one row a thing, `several`, the things with several claims, and, if there are any, `ranked`, these claims.
    How many have several.

    Needs `claims_TYPE`, `standing_TYPE`, `merged` and the table `aside`, which has values of the properties `aside`.
    """
    properties = settable(kind)
    ids = list(dict.fromkeys(["id", *id_columns(kind)]))
    shown = [
        f"{statement('not_aside', property=p.name)} AS {p.name}" if p.name in aside else f"c.{p.name}"
        for p in properties
    ]
    taken = {"name": kind.name, "ids": ", ".join(f"k.{name}" for name in ids), "shown": ", ".join(shown)}
    several = int(database.execute(statement("several", name=kind.name)).fetchall()[0][0])
    database.execute(statement("fold", **taken))
    if not several:
        return 0
    winners = [f"{_OF_NAMES[p.name](kind)} AS {p.name}" if p.name in _OF_NAMES else f"x.{p.name}" for p in properties]
    database.execute(
        statement(
            "fold_several",
            **taken,
            precedence=order_of_precedence(kind),
            winners=", ".join([*(f"x.{name}" for name in ids), *winners]),
            grouped=", ".join(f"s.{name}" for name in ids),
            united=", ".join(f"{_united(p)} AS {p.name}" for p in properties),
            all_names=_all_names(kind),
            names_in_order="list(s.name_zh ORDER BY s.precedence) FILTER (s.name_zh IS NOT NULL)"
            if _names(kind)
            else "NULL",
            corrected_name="arg_min(s.name_zh, s.precedence) FILTER (s.part < 0)" if _names(kind) else "NULL",
        )
    )
    return several


def _united(prop: Property) -> str:
    """The value of a property out of the claims `s` on one thing."""
    name = f"s.{prop.name}"
    if prop.name == "former_names":
        name = "list_filter(s.former_names, lambda f: f IS DISTINCT FROM s.name_zh)"  # A row may repeat the name it has now.
    if prop.name in TOGETHER:
        return f"coalesce(arg_min({name}, s.precedence) FILTER (s.part < 0), arg_min_null({name}, s.precedence) FILTER (s.part >= 0))"
    if prop.type is ValueType.TEXTS:
        corrected = f"arg_min({name}, s.precedence) FILTER (s.part < 0)"
        united = f"list_sort(list_distinct(flatten(list({name}) FILTER ({name} IS NOT NULL))))"
        return f"coalesce({corrected}, {united})" if prop.name != "source_ids" else united
    return f"arg_min({name}, s.precedence)"


# --- names -----------------------------------------------------------------------------------------------------------


def _names(kind: Kind) -> list[str]:
    own = {p.name for p in kind.properties} if isinstance(kind, NodeType) else set()
    return [name for name in ("name_zh", "short_name") if name in own]


def _all_names(kind: Kind) -> str:
    lists = [f"list(DISTINCT s.{name}) FILTER (s.{name} IS NOT NULL)" for name in _names(kind)]
    return f"list_concat({', '.join(lists)}, [])" if lists else "NULL"


def _former(kind: Kind) -> str:
    return "coalesce(x.former_names, [])" if any(p.name == "former_names" for p in kind.properties) else "[]"


def lesser_names(kind: Kind) -> str:
    """The property that holds names which are not the present one while another is at hand."""
    return "aliases" if isinstance(kind, NodeType) and kind.is_told_by_name else "former_names"


def _present_name(kind: Kind) -> str:
    """The first name, in the order of precedence, that no claim calls a former one, or an alias where names tell things; the
    first where all are.
    """
    lesser = lesser_names(kind)
    if not any(p.name == lesser for p in kind.properties):
        return "x.name_zh"
    present = f"list_filter(x.names_in_order, lambda v: NOT list_contains(list_transform(coalesce(x.{lesser}, []), {_PLAIN}), {_plain('v')}))"
    return f"coalesce(x.corrected_name, {present}[1], x.name_zh)"


def _with_lost_names(kind: Kind) -> str:
    """The aliases, with the names that lost and are no former ones."""
    winning = ", ".join([_present_name(kind), *(f"x.{name}" for name in _names(kind)[1:])])
    lost = f"list_filter(x.all_names, lambda v: NOT list_contains(list_concat([{winning}], {_former(kind)}), v))"
    united = f"list_sort(list_distinct(list_concat(coalesce(x.aliases, []), coalesce({lost}, []))))"
    return f"CASE WHEN len({united}) = 0 THEN NULL ELSE {united} END"


def _without_present_name(kind: Kind) -> str:
    """The former names, without the one that is in use again."""
    return f"nullif(list_filter(x.former_names, lambda v: {_plain('v')} <> {_plain(_present_name(kind))}), [])"


def _plain(name: str) -> str:
    return f"lower(translate({name}, '（） ', '()'))"


_PLAIN = f"lambda f: {_plain('f')}"
_OF_NAMES = {"name_zh": _present_name, "aliases": _with_lost_names, "former_names": _without_present_name}
"""What a thing's names are made of all that its claims call it, where it has several."""
