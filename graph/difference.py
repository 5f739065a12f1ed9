"""What tells two graphs apart, type by type: rows that came, rows that went, rows that say something else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from graph.model import Value
from graph.ontology import KIND, EdgeType, NodeType
from graph.scratch import scratch
from graph.store import Batch, Changes, arrow_schema


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A node or edge whose values are others, with the old and the new value of each property that is."""

    id: str
    values: Mapping[str, tuple[Value, Value]]


@dataclass(frozen=True, slots=True)
class TypeDifference:
    """What tells the rows of one type apart.

    `properties` says in how many changed rows a property is another, the most frequent first. Examples are the first by
    id.
    """

    name: str
    changes: Changes
    properties: Mapping[str, int] = field(default_factory=dict)
    added_examples: tuple[str, ...] = ()
    removed_examples: tuple[str, ...] = ()
    changed_examples: tuple[ChangedRow, ...] = ()


def difference(old: Iterable[Batch], new: Iterable[Batch], examples: int = 5) -> list[TypeDifference]:
    """What tells two graphs apart, types in the ontology's order; types that neither has rows of are left out.

    `difference(store.tables(), batches)` says what `store.replace(batches, …)` would do. Both graphs are held in memory.
    """
    before, after = _by_type(old), _by_type(new)
    return [
        _of_type(name, kind, _whole(kind, before.get(name, [])), _whole(kind, after.get(name, [])), examples)
        for name, kind in KIND.items()
        if name in before or name in after
    ]


def total(differences: Iterable[TypeDifference]) -> Changes:
    """The numbers of all types together."""
    changes = [one.changes for one in differences]
    return Changes(
        added=sum(c.added for c in changes),
        changed=sum(c.changed for c in changes),
        removed=sum(c.removed for c in changes),
        unchanged=sum(c.unchanged for c in changes),
    )


def _by_type(batches: Iterable[Batch]) -> dict[str, list[pa.Table]]:
    found: dict[str, list[pa.Table]] = {}
    for batch in batches:
        if batch.table.num_rows:
            found.setdefault(batch.name, []).append(batch.table)
    return found


def _whole(kind: NodeType | EdgeType, tables: Sequence[pa.Table]) -> pa.Table:
    return pa.concat_tables([arrow_schema(kind).empty_table(), *tables])


def _of_type(name: str, kind: NodeType | EdgeType, before: pa.Table, after: pa.Table, examples: int) -> TypeDifference:
    names = [p.name for p in kind.properties]
    compared = ", ".join(f'b."{p}" IS DISTINCT FROM a."{p}" AS "{p}"' for p in names)
    is_changed = " OR ".join(f'"{p}"' for p in names)
    sums = ", ".join(f'count(*) FILTER ("{p}") AS "{p}"' for p in names)
    with scratch() as connection:
        connection.register("b", before)
        connection.register("a", after)
        connection.execute(
            f"CREATE TEMP TABLE changed AS FROM (SELECT id, {compared} FROM b JOIN a USING (id)) WHERE {is_changed}"
        )
        added, added_ids = _only_in(connection, "a", "b", examples)
        removed, removed_ids = _only_in(connection, "b", "a", examples)
        [counts] = connection.sql(f"SELECT count(*) AS rows, {sums} FROM changed").to_arrow_table().to_pylist()
        rows = connection.sql(f"FROM changed ORDER BY id LIMIT {examples}").to_arrow_table().to_pylist()
    changed = int(counts["rows"])
    often = sorted(((p, int(counts[p])) for p in names if counts[p]), key=lambda item: (-item[1], item[0]))
    return TypeDifference(
        name,
        Changes(added, changed, removed, after.num_rows - added - changed),
        dict(often),
        added_ids,
        removed_ids,
        _changed_rows(before, after, {row["id"]: [p for p in names if row[p]] for row in rows}),
    )


def _only_in(
    connection: duckdb.DuckDBPyConnection, here: str, there: str, examples: int
) -> tuple[int, tuple[str, ...]]:
    """How many ids only one of the tables has, and the first of them."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE lone AS SELECT id FROM {here} ANTI JOIN {there} USING (id)")
    ids = connection.sql(f"FROM lone ORDER BY id LIMIT {examples}").to_arrow_table().column("id").to_pylist()
    count = connection.sql("SELECT count(*) AS rows FROM lone").to_arrow_table().column("rows")[0].as_py()
    return count, tuple(ids)


def _changed_rows(before: pa.Table, after: pa.Table, properties: Mapping[str, Sequence[str]]) -> tuple[ChangedRow, ...]:
    old, new = _rows(before, list(properties)), _rows(after, list(properties))
    return tuple(ChangedRow(id_, {p: (old[id_][p], new[id_][p]) for p in names}) for id_, names in properties.items())


def _rows(table: pa.Table, ids: Sequence[str]) -> dict[str, dict[str, Value]]:
    found = table.filter(pc.is_in(table.column("id"), value_set=pa.array(ids, pa.string()))).to_pylist()
    return {row["id"]: {key: tuple(v) if isinstance(v, list) else v for key, v in row.items()} for row in found}
