"""An exported graph that comes back: held to the rules that the rows of a dataset are held to, before a store takes it.

A load sets wrong rows aside; an export holds none, so that one wrong row means another file than was written.
"""

import re
from collections.abc import Iterable, Iterator

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import DataError, SourceUnreadable
from graph.model import edge_id
from graph.ontology import EDGE_TYPES, NodeType
from graph.scratch import scratch_database
from graph.store import Batch
from graph.texts import Text
from ingest.claims import read_as, shown
from ingest.mapping.mapping import settable
from ingest.mapping.values import is_id
from ingest.resolution.standing import IN_A_CIRCLE, on_a_cycle

_EXCLUDED = [str((t.type, t.contradicts_reverse)) for t in EDGE_TYPES if t.contradicts_reverse]
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def checked_import(run_id: str, batches: Iterable[Batch], *, may_be_empty: bool = False) -> Iterator[Batch]:
    """The batches of an export, each checked on its way, and all together at the end.

    Raises `SourceUnreadable` where the run is none, `DataError` with type, id, property and value of the first row that a
    load would set aside, and where there is no node at all, unless that may be.
    """
    if not _RUN_ID.fullmatch(run_id):
        raise SourceUnreadable(Text("durable.no_run", run=run_id))
    with scratch_database(memory_limit="600MiB") as database:
        database.execute("CREATE TABLE nodes (kind VARCHAR, id VARCHAR)")
        database.execute("CREATE TABLE edges (kind VARCHAR, id VARCHAR, from_id VARCHAR, to_id VARCHAR)")
        database.execute("CREATE TABLE named (kind VARCHAR, id VARCHAR, source VARCHAR)")
        for batch in batches:
            _check_ids(batch)
            _check_values(batch)
            _note(database, batch)
            yield batch
        if not may_be_empty and not _first(database, "SELECT id FROM nodes"):
            raise DataError(Text("durable.nothing"))
        _check_together(database)


def _check_together(database: duckdb.DuckDBPyConnection) -> None:
    for key, statement in _TOGETHER.items():
        wrong = _first(database, statement)
        if wrong:
            kind, id_, value = wrong
            raise DataError(_said(kind, id_, value, Text(f"durable.{key}")))
    for edge_type in (t for t in EDGE_TYPES if t.is_acyclic):
        kind = edge_type.type
        pairs = database.sql("SELECT from_id, to_id, id FROM edges WHERE kind = ?", params=[kind]).to_arrow_table()
        for row in on_a_cycle(pairs).slice(0, 1).to_pylist() if pairs.num_rows else ():
            raise DataError(_said(kind, row["id"], row["to_id"], Text(IN_A_CIRCLE)))


_TOGETHER = {
    "twice": "SELECT min(kind), id, id FROM (SELECT kind, id FROM nodes UNION ALL SELECT kind, id FROM edges) "
    "GROUP BY id HAVING count(*) > 1",
    "no_node": "SELECT kind, id, one FROM (SELECT kind, id, unnest([from_id, to_id]) AS one FROM edges) "
    "ANTI JOIN nodes n ON one = n.id",
    "no_source": "SELECT kind, named.id, source FROM named "
    "ANTI JOIN (FROM nodes WHERE kind = 'Source') n ON source = n.id",
    "contradicts": "SELECT a.kind, a.id, b.id FROM edges a JOIN edges b ON a.from_id = b.to_id AND a.to_id = b.from_id "
    f"WHERE (a.kind, b.kind) IN ({', '.join(_EXCLUDED)})",
}
"""What rows are checked for that is seen of all of them only: type, id and value of those that are wrong."""


def _first(database: duckdb.DuckDBPyConnection, statement: str) -> tuple[object, ...] | None:
    found: tuple[object, ...] | None = database.execute(f"{statement} LIMIT 1").fetchone()
    return found


def _note(database: duckdb.DuckDBPyConnection, batch: Batch) -> None:
    database.register("rows", batch.table)
    if batch.ends is None:
        database.execute("INSERT INTO nodes SELECT ?, id FROM rows", [batch.name])
    else:
        database.execute("INSERT INTO edges SELECT ?, id, from_id, to_id FROM rows", [batch.name])
    if "source_ids" in batch.table.column_names:
        database.execute(
            "INSERT INTO named SELECT ?, min(id), source FROM (SELECT id, unnest(source_ids) AS source FROM rows) GROUP BY source",
            [batch.name],
        )
    database.unregister("rows")


def _check_ids(batch: Batch) -> None:
    table, kind = batch.table, batch.kind
    if isinstance(kind, NodeType):
        _refuse(
            batch, "id", table["id"], pc.invert(pc.fill_null(is_id(table["id"], kind.label), False)), "durable.no_id"
        )
        return
    for name in ("from_id", "to_id"):
        _refuse(batch, name, table[name], pc.invert(pc.fill_null(is_id(table[name]), False)), "durable.no_id")
    keys = table[kind.key].to_pylist() if kind.key else [None] * table.num_rows
    ends = zip(table["from_id"].to_pylist(), table["to_id"].to_pylist(), keys, strict=True)
    right = pa.array([edge_id(kind.type, *(part for part in parts if part)) for parts in ends], pa.string())
    _refuse(batch, "id", table["id"], pc.fill_null(pc.not_equal(table["id"], right), True), "durable.no_id")
    if not kind.may_join_itself:
        _refuse(batch, "to_id", table["to_id"], pc.equal(table["from_id"], table["to_id"]), "durable.joins_itself")


def _check_values(batch: Batch) -> None:
    for prop in settable(batch.kind):
        column = batch.table[prop.name].combine_chunks()
        text = column if pa.types.is_list(column.type) else pc.cast(column, pa.string())
        flaws = read_as(prop, text).flaws
        if flaws.null_count < len(flaws):
            first = pc.index(pc.is_valid(flaws), True).as_py()
            _raise(batch, first, prop.name, text, Text.unpacked(flaws[first].as_py()))
        if prop.required:
            is_empty = pc.equal(pc.list_value_length(text), 0) if pa.types.is_list(text.type) else pc.equal(text, "")
            _refuse(batch, prop.name, text, pc.fill_null(is_empty, True), "durable.empty")


def _refuse(batch: Batch, name: str, values: pa.Array, is_wrong: pa.Array, why: str) -> None:
    first = pc.index(is_wrong, True).as_py()
    if first >= 0:
        _raise(batch, first, name, values, Text(why))


def _raise(batch: Batch, row: int, name: str, values: pa.Array, why: Text) -> None:
    value = shown(pa.array([str(values[row].as_py())], pa.string()))[0].as_py()
    id_ = batch.table["id"][row].as_py()
    raise DataError(_said(batch.name, id_, f"{name}={value}", why))


def _said(kind: object, id_: object, value: object, why: Text) -> Text:
    return Text("durable.row", kind=kind, id=id_, value=value, why=why)
