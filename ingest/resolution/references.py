"""Ends of edges that name a node by a property: `?2.Enterprise.stock_code=688012.SH`, 2 being the dataset that says so; with
the place of the node where the table gives it: `?2.Enterprise.name_zh@330402=长城甲机械有限公司`.

A dataset means its own records first: a code there is that of the record which has it there, whatever other lists say.
Only where it has none of its own is the node sought among those of all. Where several nodes fit equally well the
reference tells none, and the edge waits for a person, with the choices.
"""

from collections.abc import Iterable, Sequence

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from graph.ontology import NODE_TYPE, EdgeType
from graph.texts import Text
from ingest.names import normalised_names
from ingest.resolution.described import described, places_of
from ingest.resolution.sql import make_table, statement

REFERENCE = "?"
NO_NODE = "ingest.no_node"

_NAME = "name_zh"
_CHOICES = 5


def resolve_references(
    database: duckdb.DuckDBPyConnection, edge_types: Iterable[EdgeType], labels: Iterable[str]
) -> None:
    """Make `refs`: `ref` and the `entity` it means, or the `reason` why it means none.

    Needs the views `claims_TYPE`, the tables `standing_LABEL` and `aside`.
    """
    database.execute("CREATE TABLE refs (ref VARCHAR, entity VARCHAR, reason VARCHAR, choices VARCHAR[])")
    ends = [(t.type, end) for t in edge_types for end in ("from_id", "to_id")]
    if not ends:
        return
    references = " UNION ".join(
        f"SELECT {end} AS ref FROM claims_{name} WHERE {end} LIKE '{REFERENCE}%'" for name, end in ends
    )
    database.execute(statement("asked_references", references=references))
    known = set(labels)
    for label, prop in database.execute("SELECT DISTINCT label, property FROM asked ORDER BY ALL").fetchall():
        if label in known:
            asked = database.sql(
                f"SELECT * FROM asked WHERE label = '{label}' AND property = '{prop}'"
            ).to_arrow_table()
            if prop == _NAME:
                make_table(database, "candidates", _candidates_by_name(database, label))
                asked = asked.append_column("key", normalised_names(asked["value"]))
            else:
                database.execute(statement("candidates_by_value", label=label, property=prop))
                asked = asked.append_column("key", asked["value"])
            make_table(database, "asked_keys", asked)
            _place_candidates(database)
            database.execute(statement("settle_references"))
    database.execute(f"INSERT INTO refs SELECT ref, NULL, '{NO_NODE}', [] FROM asked ANTI JOIN refs USING (ref)")
    _name_choices(database, list(known))


def _place_candidates(database: duckdb.DuckDBPyConnection) -> None:
    """Where the candidates are, if any reference says where it means."""
    is_asked = database.execute("SELECT count(place) FROM asked_keys").fetchall()[0][0]
    ids = database.sql(f"SELECT DISTINCT entity FROM candidates WHERE {bool(is_asked)}").to_arrow_table()["entity"]
    make_table(database, "candidate_places", pa.table({"id": ids, "code": places_of(database, ids)}))


def _name_choices(database: duckdb.DuckDBPyConnection, labels: Sequence[str]) -> None:
    """Say of references that several nodes fit which these are."""
    unclear = database.execute("SELECT ref, choices FROM refs WHERE len(choices) > 1").fetchall()
    who = described(database, labels, {one for _, choices in unclear for one in choices})
    said = [
        {"ref": ref, "said": Text("ingest.several_nodes", choices=[f"{who[one]} {one}" for one in choices[:_CHOICES]]).packed()}
        for ref, choices in unclear
    ]  # fmt: skip
    make_table(
        database, "unclear", pa.Table.from_pylist(said, pa.schema([("ref", pa.string()), ("said", pa.string())]))
    )
    database.execute("UPDATE refs SET reason = said FROM unclear WHERE refs.ref = unclear.ref")


def _candidates_by_name(database: duckdb.DuckDBPyConnection, label: str) -> pa.Table:
    """The nodes of each name: kind 0 the main name, 2 any other name."""
    properties = {p.name for p in NODE_TYPE[label].properties}
    lists = [f"coalesce({name}, [])" for name in ("aliases", "former_names") if name in properties]
    others = f"flatten([{', '.join([*lists, '[short_name]' if 'short_name' in properties else '[]'])}])"
    stands = f"FROM claims_{label} c JOIN standing_{label} s USING (part, n)"
    names = database.sql(
        f"SELECT name_zh AS name, c.dataset, s.id AS entity, 0 AS kind {stands} UNION "
        f"SELECT unnest({others}) AS name, c.dataset, s.id AS entity, 2 AS kind {stands}"
    ).to_arrow_table()
    keyed = names.append_column("key", normalised_names(names["name"]))
    return keyed.filter(pc.is_valid(keyed["key"]))
