"""Statements made from the ontology: tables and constraints, writing, reading whole types and single nodes and edges."""

import glob
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pyarrow as pa

from graph.cypher import Query
from graph.ontology import (
    DERIVED_EDGE_TYPES,
    EDGE_TYPE,
    NODE_TYPE,
    NODE_TYPES,
    STORED_EDGE_TYPES,
    STORED_NODE_TYPES,
    EdgeType,
    NodeType,
    ValueType,
)

RUN_RECORD = "CorridorLoad"
"""The label of the one node that says which run the graph is of. It is not in the ontology, and no query names it."""

COMMIT_MARK = "CorridorCommit"
"""The label of a node that is there while a load commits, on Neo4j, where others see a commit in parts."""

_LADYBUG_TYPES = {
    ValueType.TEXT: "STRING",
    ValueType.TEXTS: "STRING[]",
    ValueType.INTEGER: "INT64",
    ValueType.NUMBER: "DOUBLE",
    ValueType.FRACTION: "DOUBLE",
    ValueType.BOOLEAN: "BOOLEAN",
    ValueType.DATE: "DATE",
}


def ladybug_schema() -> list[str]:
    """The table definitions of the embedded engine, one statement a node or edge type."""
    return [*map(_node_table, STORED_NODE_TYPES), *map(_edge_table, STORED_EDGE_TYPES)]


def _columns(kind: NodeType | EdgeType) -> str:
    return ", ".join(f"{name} {type_}" for name, type_ in ladybug_columns(kind).items())


def ladybug_columns(kind: NodeType | EdgeType) -> dict[str, str]:
    """The columns of a type's table and their types, the ends of edges apart. A derived edge is no evidence and has no id."""
    own = {} if kind in DERIVED_EDGE_TYPES else {"id": "STRING"}
    return own | {p.name: _LADYBUG_TYPES[p.type] for p in kind.stored}


def _node_table(node_type: NodeType) -> str:
    return f"CREATE NODE TABLE {node_type.label}({_columns(node_type)}, PRIMARY KEY(id))"


def _edge_table(edge_type: EdgeType) -> str:
    ends = ", ".join(f"FROM {a} TO {b}" for a, b in edge_type.ends)
    return f"CREATE REL TABLE {edge_type.type}({', '.join(filter(None, (ends, _columns(edge_type))))})"


def ladybug_copy(kind: NodeType | EdgeType, ends: tuple[str, str] | None, origin: str) -> str:
    """The statement that loads rows into a type's table: an Arrow table, by its name in the caller, or `ladybug_file`."""
    if isinstance(kind, NodeType):
        return f"COPY {kind.label} FROM {origin}"
    options = f" (from='{ends[0]}', to='{ends[1]}')" if ends and len(kind.ends) > 1 else ""
    return f"COPY {kind.type} FROM {origin}{options}"


def ladybug_file(path: Path) -> str:
    """A file as `ladybug_copy` names it, which the engine would take for a pattern.

    >>> ladybug_file(Path("a[b]/it's.parquet"))
    "'a[[]b]/it\\\\'s.parquet'"
    """
    text = glob.escape(str(path)).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{text}'"


def ladybug_run_record() -> list[str]:
    """The statements that make the table of the run record and write `$run_id`, `$loaded_at`, `$day` and `$schema` into it.

    Its only row has no `id`, by which queries know what is theirs.
    """
    return [
        f"CREATE NODE TABLE {RUN_RECORD}(run_id STRING PRIMARY KEY, loaded_at TIMESTAMP, day DATE, schema STRING)",
        f"CREATE (:{RUN_RECORD} {{run_id: $run_id, loaded_at: $loaded_at, day: $day, schema: $schema}})",
    ]


@cache
def schema_digest() -> str:
    """What tells the ontology of a graph from another: a graph of another lacks what questions ask for."""
    return hashlib.md5("\n".join(ladybug_schema()).encode(), usedforsecurity=False).hexdigest()


def neo4j_constraints() -> list[str]:
    """Uniqueness of each label's id, which also gives the index that every look-up by id uses; one run record."""
    return [
        *(
            f"CREATE CONSTRAINT {t.prefix}_id IF NOT EXISTS FOR (n:{t.label}) REQUIRE n.id IS UNIQUE"
            for t in STORED_NODE_TYPES
        ),
        # Rows in the order of priority are read along the index until enough are found.
        "CREATE INDEX product_priority IF NOT EXISTS FOR (p:Product) ON (p.priority)",
        f"CREATE CONSTRAINT corridor_load IF NOT EXISTS FOR (n:{RUN_RECORD}) REQUIRE n.graph IS UNIQUE",
    ]


NEO4J_INDEXES = "SHOW INDEXES YIELD name RETURN collect(name) AS names"
"""The names of what the constraints and indexes made that are there."""

NEO4J_LOCK = f"MERGE (load:{RUN_RECORD} {{graph: 'corridor'}}) SET load.locked = true REMOVE load.locked"
"""Waits until no other load is under way: two that both compare with the old graph would leave a mixture."""

NEO4J_RUN_RECORD = (
    f"MERGE (load:{RUN_RECORD} {{graph: 'corridor'}}) "
    "SET load.run_id = $run_id, load.loaded_at = datetime($loaded_at), load.day = $day, load.schema = $schema"
)
_RUN = "load.run_id AS run_id, load.day AS day, load.schema AS schema"
RUN_QUERY = Query(
    "run",
    f"MATCH (load:{RUN_RECORD}) RETURN {_RUN}",
    overrides={
        "neo4j": f"MATCH (load:{RUN_RECORD}) OPTIONAL MATCH (mark:{COMMIT_MARK}) "
        f"RETURN {_RUN}, toString(load.loaded_at) AS loaded_at, timestamp() - mark.at AS committing_ms"
    },
)
"""Which run the graph is of, and the day whose facts it holds; on Neo4j also since when a load commits."""
NEO4J_MARK = f"MERGE (mark:{COMMIT_MARK}) SET mark.at = timestamp()"
NEO4J_UNMARK = f"MATCH (mark:{COMMIT_MARK}) DELETE mark"
NEO4J_COUNTED = "CALL db.prepareForReplanning(60)"
"""Has the indexes counted anew, which the server would do at its leisure, and what was planned for the old graph forgotten."""


def replanned(statement: str) -> str:
    """The statement, planned for the graph as it is now.

    A plan that was made for a graph of a few edges scans them all for an element id; kept for a graph of many, it would
    do so for every row (5.26.12).
    """
    return f"CYPHER replan=force {statement}"


@cache
def neo4j_held() -> str:
    """Of which types the graph holds anything, and of each how much: `name`, `count`, told by the server's own counts."""
    return _neo4j_held((*STORED_NODE_TYPES, *STORED_EDGE_TYPES))


def _neo4j_held(kinds: Sequence[NodeType | EdgeType]) -> str:
    counts = (f"MATCH {_any(kind)} RETURN '{kind.name}' AS name, count(n) AS count" for kind in kinds)
    return f"CALL () {{ {' UNION ALL '.join(counts)} }} WITH name, count WHERE count > 0 RETURN name, count"


def neo4j_known(kind: NodeType | EdgeType) -> str:
    """What the graph has of a type: column `known`, texts that `graph.column_texts.known_rows` takes apart.

    Of each row its id, digest and element id; by the last it is found again in one step. What others wrote may have
    anything for an id, a mark among its characters too: that is no id of ours. Joined on the server, because the
    driver spends 60 µs on a row of three values (neo4j 6.4.1); in groups, because adding to a text copies it.
    """
    given = "toStringOrNull(n.id)"
    own = f"CASE WHEN {given} CONTAINS $row_end OR {given} CONTAINS $value_end THEN '' ELSE coalesce({given}, '') END"
    row = f"{own} + $value_end + coalesce(toStringOrNull(toIntegerOrNull(n.digest)), '') + $value_end + elementId(n)"
    return (
        f"MATCH {_any(kind)} WITH collect({row}) AS rows UNWIND range(0, size(rows) - 1, 200) AS i "
        "RETURN reduce(text = '', row IN rows[i..i + 200] | text + row + $row_end) AS known"
    )


def neo4j_create(kind: NodeType | EdgeType, ends: tuple[str, str] | None, table: pa.Schema | None = None) -> str:
    """Create the rows that `column_texts` made parameters of; returns how many found their ends as `written`.

    Of the schema it matters which columns are nullable: only in these the mark of an unknown value is looked for. Without one
    the rows are those of `$rows`, each with its ends and its `values`: the driver spends more on them, the server plans once.
    """
    rows, values, set_values = (
        (_rows_of(table), f" {_map(kind, table)}", "") if table else ("UNWIND $rows AS row", "", "SET n = row.values ")
    )
    if isinstance(kind, NodeType):
        return f"{rows} CREATE (n:{kind.label}{values}) {set_values}RETURN count(n) AS written"
    from_label, to_label = ends or kind.ends[0]
    return (
        f"{rows} MATCH (a:{from_label} {{id: {_at('from_id', table)}}}) USING INDEX a:{from_label}(id) "
        f"MATCH (b:{to_label} {{id: {_at('to_id', table)}}}) USING INDEX b:{to_label}(id) "
        f"CREATE (a)-[n:{kind.type}{values}]->(b) {set_values}RETURN count(n) AS written"
    )


def neo4j_update(kind: NodeType | EdgeType, table: pa.Schema | None = None) -> str:
    """Give the nodes or edges of column `element_id` the values of the other columns and no others; `$rows` as for `neo4j_create`."""
    rows, values = (_rows_of(table), _map(kind, table)) if table else ("UNWIND $rows AS row", "row.values")
    return (
        f"{rows} MATCH {_any(kind, typed=False)} WHERE elementId(n) = {_at('element_id', table)} "
        f"SET n = {values} RETURN count(n) AS written"
    )


def _at(column: str, table: pa.Schema | None) -> str:
    return f"c{table.get_field_index(column)}[i]" if table else f"row.{column}"


def neo4j_delete(kind: NodeType | EdgeType) -> str:
    """Delete the nodes or edges of `$element_ids`, a node with every edge that is left on it."""
    verb = "DETACH DELETE" if isinstance(kind, NodeType) else "DELETE"
    return f"UNWIND $element_ids AS element_id MATCH {_any(kind, typed=False)} WHERE elementId(n) = element_id {verb} n"


def neo4j_rows(kind: NodeType | EdgeType, ends: tuple[str, str] | None) -> str:
    """Every row of a type, with the columns of its Arrow schema: nodes by id, edges by their source's id, then theirs.

    The index on ids gives that order; edges are sorted source by source, so that the server holds no type as a whole.
    """
    values = ", ".join(f"n.{name} AS {name}" for name in ("id", *(p.name for p in kind.properties)))
    if isinstance(kind, NodeType):
        return f"MATCH (n:{kind.label}) WHERE n.id IS NOT NULL RETURN {values} ORDER BY id"
    from_label, to_label = ends or kind.ends[0]
    return (
        f"MATCH (a:{from_label}) USING INDEX a:{from_label}(id) WHERE a.id IS NOT NULL "
        f"MATCH (a)-[n:{kind.type}]->(b:{to_label}) "
        f"RETURN a.id AS from_id, b.id AS to_id, {values} ORDER BY from_id, id"
    )


def ladybug_rows(kind: NodeType | EdgeType, ends: tuple[str, str] | None) -> str:
    """Every row of a type, with the columns of its Arrow schema, in no order."""
    values = ", ".join(f"n.{name} AS {name}" for name in ("id", *(p.name for p in kind.properties)))
    if isinstance(kind, NodeType):
        return f"MATCH (n:{kind.label}) RETURN {values}"
    from_label, to_label = ends or kind.ends[0]
    return f"MATCH (a:{from_label})-[n:{kind.type}]->(b:{to_label}) RETURN a.id AS from_id, b.id AS to_id, {values}"


def _any(kind: NodeType | EdgeType, *, typed: bool = True) -> str:
    """A pattern that binds `n` to a node or an edge."""
    if isinstance(kind, NodeType):
        return f"(n:{kind.label})" if typed else "(n)"
    return f"()-[n:{kind.type}]->()" if typed else "()-[n]->()"


def _rows_of(table: pa.Schema) -> str:
    """Takes apart what `column_texts` put together; `c0[i]` is then the text of row i in the first column."""
    columns = ", ".join(f"split($c{at}, $row_end) AS c{at}" for at in range(len(table)))
    return f"WITH {columns} UNWIND range(0, size(c0) - 1) AS i"


def _map(kind: NodeType | EdgeType, table: pa.Schema) -> str:
    types = {p.name: p.type for p in kind.stored} | {"id": ValueType.TEXT, "digest": ValueType.INTEGER}
    values = (f"{f.name}: {_value(at, types[f.name], f.nullable)}" for at, f in enumerate(table) if f.name in types)
    return f"{{{', '.join(values)}}}"


_FROM_TEXT = {
    ValueType.TEXT: "{}",
    ValueType.INTEGER: "toInteger({})",
    ValueType.NUMBER: "toFloat({})",
    ValueType.FRACTION: "toFloat({})",
    ValueType.BOOLEAN: "toBoolean({})",
    ValueType.DATE: "date({})",
    ValueType.TEXTS: "CASE {0} WHEN $empty THEN [] ELSE split({0}, $item_end) END",
}


def _value(at: int, type_: ValueType, is_nullable: bool) -> str:
    return _FROM_TEXT[type_].format(f"nullIf(c{at}[i], $unknown)" if is_nullable else f"c{at}[i]")


@cache
def count_queries() -> tuple[Query, ...]:
    """How many nodes each label, and edges each type, has: columns `name` and `count`, no row for those without any.

    The embedded engine takes a millisecond to begin a statement; Neo4j knows how many there are of each.
    """
    nodes = f"MATCH (n:{'|'.join(NODE_TYPE)}) RETURN label(n) AS name, count(n) AS count"
    edges = f"MATCH ()-[n:{'|'.join(EDGE_TYPE)}]->() RETURN label(n) AS name, count(n) AS count"
    return (
        Query("count_nodes", nodes, overrides={"neo4j": _neo4j_held([*NODE_TYPE.values()])}),
        Query("count_edges", edges, overrides={"neo4j": _neo4j_held([*EDGE_TYPE.values()])}),
    )


@cache
def nodes_query(label: str) -> Query:
    """The nodes of one label among `$ids`: columns `id` and the properties, which take a third of the time of whole nodes."""
    columns = _columns_of("n", NODE_TYPE[label])
    text = f"UNWIND $ids AS node_id\nMATCH (n:{NODE_TYPE[label].label} {{id: node_id}})\nRETURN {columns}\nORDER BY id"
    return Query(f"nodes_{label}", text, ("ids",))


def _columns_of(name: str, kind: NodeType | EdgeType) -> str:
    return ", ".join(f"{name}.{column} AS {column}" for column in ("id", *(p.name for p in kind.properties)))


_SEARCHED = "|".join(kind.label for kind in NODE_TYPES if kind.is_searched)


@cache
def named_nodes_query() -> Query:
    """The nodes of every type that people search, whose search text holds `$whole`: a name between its two bars."""
    text = (
        f"MATCH (n:{_SEARCHED})\nWHERE n.search_text CONTAINS $whole\n"
        "RETURN n.id AS node_id, n.name_zh AS name_zh, n.name_en AS name_en, n.short_name AS short_name, "
        "n.aliases AS aliases\nORDER BY node_id\nLIMIT 200"
    )
    return Query("named_nodes", text, ("whole",), "Nodes of a name, code or pinyin. One row a node.")


@cache
def found_nodes_query() -> Query:
    """The nodes of every type that people search, whose search text holds `$text`, and enterprises whose business does."""
    text = (
        f"MATCH (n:{_SEARCHED})\nWHERE n.search_text CONTAINS $text OR toLower(n.business_zh) CONTAINS $text "
        "OR toLower(n.business_en) CONTAINS $text\n"
        "RETURN n.id AS node_id, n.name_zh AS name_zh, n.name_en AS name_en, n.business_zh AS business_zh, "
        "n.business_en AS business_en, CASE WHEN n.search_text CONTAINS $whole THEN 0 "
        "WHEN n.search_text CONTAINS $beginning THEN 1 WHEN n.search_text CONTAINS $text THEN 2 ELSE 3 END AS closeness\n"
        "ORDER BY closeness, node_id\nLIMIT $limit"
    )
    doc = (
        "Nodes whose names, codes or pinyin hold the text: equal ones first, then those that begin with it; then enterprises "
        "whose business holds it. One row a node."
    )
    return Query("found_nodes", text, ("text", "whole", "beginning", "limit"), doc)


@cache
def names_query(label: str) -> Query:
    """What the nodes of a label are called, to propose the nearest of: every name, by id."""
    names = [p.name for p in NODE_TYPE[label].properties if p.name in ("name_zh", "name_en", "short_name", "aliases")]
    columns = ", ".join(f"n.{name} AS {name}" for name in ("id", *names))
    return Query(f"names_{label}", f"MATCH (n:{NODE_TYPE[label].label})\nRETURN {columns}\nORDER BY id")


@cache
def edges_query(edge_type: str, from_label: str, to_label: str, *, is_from: bool) -> Query:
    """The edges of one type between two labels among `$ids`, whose sources, else targets, are `$end_ids`: columns `id` and the
    properties.
    """
    kind = EDGE_TYPE[edge_type]
    text = (
        f"MATCH (a:{NODE_TYPE[from_label].label})-[r:{kind.type}]->(b:{NODE_TYPE[to_label].label})\n"
        f"WHERE {'a' if is_from else 'b'}.id IN $end_ids AND r.id IN $ids\nRETURN {_columns_of('r', kind)}"
    )
    return Query(f"edges_{edge_type}", text, ("end_ids", "ids"))


@cache
def adjacent_query(label: str, edge_types: tuple[str, ...], most: int, *, is_ordered: bool = True) -> Query:
    """The edges of some types at the nodes `$ids` of a label, either way: the first `most` by id, else any `most`.

    Columns `edge_id`, which names the other end too, and `node_id`; an edge from a node to itself is left out.
    """
    own = [t for t in edge_types if any(label in pair for pair in EDGE_TYPE[t].ends)]
    text = (
        f"MATCH (n:{NODE_TYPE[label].label})-[r:{'|'.join(own)}]-(m)\nWHERE n.id IN $ids AND n <> m\n"
        "RETURN r.id AS edge_id, n.id AS node_id\n"
        f"{f'ORDER BY edge_id, node_id{chr(10)}' if is_ordered else ''}LIMIT {most}"
    )
    return Query(f"adjacent_{label}", text, ("ids",), "The edges at some nodes. One row an edge and node.")


@cache
def degree_query(label: str, edge_types: tuple[str, ...]) -> Query:
    """How many edges of some types each of the nodes `$ids` of a label has, those to itself left out."""
    own = [t for t in edge_types if any(label in pair for pair in EDGE_TYPE[t].ends)]
    text = (
        f"MATCH (n:{NODE_TYPE[label].label})-[r:{'|'.join(own)}]-(m)\nWHERE n.id IN $ids AND n <> m\n"
        "RETURN n.id AS node_id, count(r) AS edges\nORDER BY node_id"
    )
    return Query(f"degree_{label}", text, ("ids",), "How many edges some nodes have. One row a node.")
