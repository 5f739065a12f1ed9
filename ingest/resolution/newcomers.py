"""What counts apart though another may be meant: names that a data set brings and no other knows, plants of nobody on record; and
what stands in several places."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from graph.errors import nearest
from graph.ontology import Kind, NodeType
from graph.texts import Text
from ingest.mapping.values import ids
from ingest.resolution.folding import GraphFile
from ingest.resolution.sql import quoted, statement

_NAMED = 1_000
"""Names that a report lists; all are counted."""


def newcomers(database: duckdb.DuckDBPyConnection, kinds: Sequence[Kind]) -> list[Text]:
    """Of each type that a name tells, how many things came in by a name alone beside known ones, and what the first may mean."""
    told = [kind for kind in kinds if isinstance(kind, NodeType) and kind.is_told_by_name]
    return [text for kind in told for text in _of_type(database, kind)]


def to_look_at(database: duckdb.DuckDBPyConnection, files: Sequence[GraphFile]) -> Iterator[Text]:
    """Plants that make something and that nobody is on record as operating: each counts as a source of its own; and enterprises
    that stand in several places of which none lies in another, as where two lists say it of one."""
    read = {path.stem: f"SELECT * FROM read_parquet({quoted(path)})" for *_, path in files}
    operated = read.get("OPERATES-Enterprise-Plant", "SELECT '' AS to_id")
    for text, *parts in (
        ("ingest.unoperated", "Plant", "MAKES-Plant-Product"),
        ("ingest.astride", "Enterprise", "LOCATED_IN-Enterprise-Place"),
    ):
        if read.keys() >= {*parts}:
            things, edges = (read[part] for part in parts)
            sql = statement(text.removeprefix("ingest."), things=things, edges=edges, operated=operated)
            if names := [str(one) for (one,) in database.execute(sql).fetchall()]:
                yield Text(text, count=len(names), names=names[:_NAMED])


def _of_type(database: duckdb.DuckDBPyConnection, kind: NodeType) -> Iterator[Text]:
    counted = f"SELECT count(DISTINCT dataset) FROM claims_{kind.label} WHERE dataset >= 0"
    if database.execute(counted).fetchall()[0][0] < 2:
        return
    rows: list[dict[str, Any]] = (
        database.sql(statement("names_by_data_set", label=kind.label)).to_arrow_table().to_pylist()
    )
    own = [row for row in rows if len(row["datasets"]) == 1]
    made = ids(kind.label, pa.array([row["name"] for row in own], pa.string())).to_pylist()
    by_name = [row for row, id_of_name in zip(own, made, strict=True) if row["id"] == id_of_name]
    # A data set whose things have ids of their own names what it means.
    with_ids = Counter(row["datasets"][0] for row in own) - Counter(row["datasets"][0] for row in by_name)
    new = [row for row in by_name if row["datasets"][0] not in with_ids]
    new_ids = {row["id"] for row in new}
    known = sorted(
        {name for row in rows if row["id"] not in new_ids for name in (row["name"], *(row["aliases"] or ()))}
    )
    if new and known:
        yield Text(
            "ingest.newcomers", what=kind.text, count=len(new), names=[_shown(row, known) for row in new[:_NAMED]]
        )


def _shown(row: dict[str, Any], known: list[str]) -> Text:
    near = nearest(row["name"], known)
    named = Text("ingest.example", file=Text.unpacked(row["file"]), row=row["row"], value=row["name"])
    return Text("ingest.newcomer", named=named, near=near) if near else named
