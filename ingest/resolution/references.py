"""Ends of edges that name a node by a property: `?2.Enterprise.stock_code=688012.SH`, 2 being the dataset that says so.

A dataset means its own records first: a code there is that of the record which has it there, whatever other lists say.
Only where it has none of its own is the node sought among those of all. Where several nodes fit equally well the
reference tells none, and the edge waits for a person.
"""

from collections.abc import Iterable

import duckdb
import pyarrow.compute as pc

from graph.ontology import NODE_TYPE, EdgeType
from ingest.names import normalised_names

REFERENCE = "?"
NO_NODE = "没有这个节点，或它已被隔离 no such node, or it is in quarantine"
NO_NODE_HINT = "先提供这个节点，或核对名称与编号 give the node too, or check its name or id"
SEVERAL = "有多个节点符合 several nodes have it"

_NAME = "name_zh"


def resolve_references(
    connection: duckdb.DuckDBPyConnection, edge_types: Iterable[EdgeType], labels: Iterable[str]
) -> None:
    """Make `refs`: `ref` and the `entity` it tells, or `reason` and `hint` why it tells none.

    Needs the views `c_TYPE`, the tables `s_LABEL` (part, n, entity, flaw) and `aside` of `ingest/resolution/resolve.py`.
    """
    connection.execute("CREATE TABLE refs (ref VARCHAR, entity VARCHAR, reason VARCHAR, hint VARCHAR)")
    ends = [(t.type, end) for t in edge_types for end in ("from_id", "to_id")]
    if not ends:
        return
    asked = " UNION ".join(f"SELECT {end} AS ref FROM c_{name} WHERE {end} LIKE '{REFERENCE}%'" for name, end in ends)
    shape = r"(?s)^\?(\d+)\.(\w+)\.(\w+)=(.*)$"
    connection.execute(
        "CREATE TABLE asked AS SELECT ref, m.dataset::INTEGER AS dataset, m.label, m.property, m.value FROM (SELECT ref, "
        f"regexp_extract(ref, '{shape}', ['dataset', 'label', 'property', 'value']) AS m FROM ({asked}))"
    )
    known = set(labels)
    pairs = connection.execute("SELECT DISTINCT label, property FROM asked ORDER BY label, property").fetchall()
    for label, prop in pairs:
        if label in known:
            _tell(connection, label, prop)
    connection.execute(
        f"INSERT INTO refs SELECT ref, NULL, '{NO_NODE}', '{NO_NODE_HINT}' FROM asked ANTI JOIN refs USING (ref)"
    )


def _tell(connection: duckdb.DuckDBPyConnection, label: str, prop: str) -> None:
    """Add what the references by one property of a label tell: of the candidates the best kind, if it is one node."""
    if prop == _NAME:
        _by_names(connection, label)
    else:
        _by_values(connection, label, prop)
    connection.execute(
        "INSERT INTO refs SELECT ref, CASE WHEN min(entity) = max(entity) THEN min(entity) END, "
        f"CASE WHEN min(entity) <> max(entity) THEN '{SEVERAL}' END, CASE WHEN min(entity) <> max(entity) THEN "
        "'用编号指明，或由人判定 name its id, or let a person decide: ' || min(entity) || ', ' || max(entity) END FROM "
        "(SELECT ref, entity, kind, min(kind) OVER (PARTITION BY ref) AS best FROM (SELECT a.ref, t.entity, CASE "
        "WHEN a.dataset = t.dataset THEN t.kind WHEN t.kind = 1 THEN NULL ELSE t.kind + 10 END AS kind "
        "FROM candidates t JOIN asked_keys a USING (key)) WHERE kind IS NOT NULL) WHERE kind = best GROUP BY ref"
    )


def _by_values(connection: duckdb.DuckDBPyConnection, label: str, prop: str) -> None:
    """Candidates by a property's value: kind 0, or 1 where the value was set aside."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE candidates AS SELECT c.{prop}::VARCHAR AS key, c.dataset, s.entity, "
        f"CASE WHEN a.id IS NULL THEN 0 ELSE 1 END AS kind FROM c_{label} c JOIN s_{label} s USING (part, n) LEFT JOIN "
        f"(SELECT DISTINCT id, value FROM aside WHERE label = '{label}' AND property = '{prop}') a "
        f"ON c.id = a.id AND c.{prop}::VARCHAR = a.value WHERE s.flaw IS NULL AND c.{prop} IS NOT NULL"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE asked_keys AS SELECT *, value AS key FROM asked "
        f"WHERE label = '{label}' AND property = '{prop}'"
    )


def _by_names(connection: duckdb.DuckDBPyConnection, label: str) -> None:
    """Candidates by name: kind 0 the main name, 2 any other name."""
    lists = [p.name for p in NODE_TYPE[label].properties if p.name in ("aliases", "former_names")]
    short = ", [short_name]" if any(p.name == "short_name" for p in NODE_TYPE[label].properties) else ", []"
    others = f"flatten([{', '.join(f'coalesce({name}, [])' for name in lists)}{short}])"
    stands = f"FROM c_{label} JOIN s_{label} USING (part, n) WHERE flaw IS NULL"
    names = connection.sql(
        f"SELECT name_zh AS name, dataset, entity, 0 AS kind {stands} UNION "
        f"SELECT unnest({others}) AS name, dataset, entity, 2 AS kind {stands}"
    ).to_arrow_table()
    keyed = names.append_column("key", normalised_names(names["name"]))
    _table(connection, "candidates", keyed.filter(pc.is_valid(keyed["key"])))
    asked = connection.sql(f"SELECT * FROM asked WHERE label = '{label}' AND property = '{_NAME}'").to_arrow_table()
    _table(connection, "asked_keys", asked.append_column("key", normalised_names(asked["value"])))


def _table(connection: duckdb.DuckDBPyConnection, name: str, content: object) -> None:
    connection.register("given", content)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM given")
    connection.unregister("given")
