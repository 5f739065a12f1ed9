"""Records as a person knows them: by name and place."""

from collections.abc import Iterable, Sequence

import duckdb
import pyarrow as pa

from ingest.places.gazetteer import gazetteer
from ingest.resolution.sql import statement


def described(database: duckdb.DuckDBPyConnection, labels: Sequence[str], ids: Iterable[str]) -> dict[str, str]:
    """Name and place of records, as a person knows them: 长城甲机械有限公司（浙江省嘉兴市南湖区）."""
    asked = pa.chunked_array([pa.array(sorted(ids), pa.string())])
    places = dict(zip(asked.to_pylist(), places_of(database, asked).to_pylist(), strict=True))
    database.register("asked", pa.table({"id": asked}))
    found: dict[str, str] = {}
    for label in labels if len(asked) else ():
        rows = database.execute(
            f"SELECT id, arg_min(name_zh, (part, n)) FROM claims_{label} SEMI JOIN asked USING (id) GROUP BY id"
        ).fetchall()
        found |= {record: f"{name}{_bracketed_place(places[record])}" for record, name in rows}
    database.unregister("asked")
    return found


def _bracketed_place(code: str | None) -> str:
    division = gazetteer().division(code) if code else None
    if division is None:
        return ""
    path = (*reversed(gazetteer().ancestors(division.code)), division.code)
    return f"（{''.join(d.name for d in map(gazetteer().division, path) if d)}）"


def places_of(database: duckdb.DuckDBPyConnection, ids: pa.ChunkedArray) -> pa.Array:
    """The code of the finest place that each record is said to be in; null where none is."""
    has_places = "SELECT count(*) FROM duckdb_columns() WHERE table_name = 'claims_LOCATED_IN'"
    if not len(ids) or not database.execute(has_places).fetchall()[0][0]:
        return pa.nulls(len(ids), pa.string())
    database.register("asked", pa.table({"id": ids, "i": pa.array(range(len(ids)))}))
    found = database.sql(statement("finest_places")).to_arrow_table()
    database.unregister("asked")
    return found["code"].combine_chunks()
