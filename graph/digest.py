"""What tells whether a row still says the same: a 64-bit number over its known values.

Neo4j keeps it with each node and edge, so that a load compares numbers instead of reading every value back. It is
the lower half of the MD5 of the known values, each behind its property's name and its length: equal on every machine
and version, and not changed by a property that the ontology gains and no row has. Of 2**64 numbers two different rows
meet in one only by a chance that need not be reckoned with; nobody is kept from making such rows on purpose.
"""

import pyarrow as pa

from graph.ontology import EdgeType, NodeType, Property, ValueType
from graph.scratch import scratch
from graph.store import Batch


def digests(batch: Batch) -> pa.Array:
    """The number of each row of a batch, in order, as signed 64-bit integers.

    The id is not part of it, nor are an edge's ends: rows are compared under their id.
    """
    rows = _with_bits(batch.kind, batch.table)
    if not rows.num_rows:
        return pa.array([], pa.int64())
    present = [prop for prop in batch.kind.stored if prop.name in rows.column_names]
    known = [prop for prop in present if rows.column(prop.name).null_count < rows.num_rows]
    parts = ", ".join([*map(_part, known), "''"])
    with scratch() as connection:
        connection.register("rows", rows)
        found = connection.sql(f"SELECT md5_number_lower(concat({parts})) AS digest FROM rows").to_arrow_table()
    return found.column("digest").cast(pa.uint64()).combine_chunks().view(pa.int64())


def _with_bits(kind: NodeType | EdgeType, table: pa.Table) -> pa.Table:
    """The table with the bits of its fractional numbers in their place: how a number is written out may change."""
    for prop in kind.stored:
        if prop.type in (ValueType.NUMBER, ValueType.FRACTION) and prop.name in table.column_names:
            at = table.schema.get_field_index(prop.name)
            bits = pa.chunked_array([chunk.view(pa.int64()) for chunk in table.column(at).chunks], pa.int64())
            table = table.set_column(at, prop.name, bits)
    return table


def _part(prop: Property) -> str:
    """An SQL expression: name, length and value, or null where the value is not known, which `concat` passes over."""
    column = f'"{prop.name}"'
    value = f"CAST(to_json({column}) AS VARCHAR)" if prop.type is ValueType.TEXTS else f"CAST({column} AS VARCHAR)"
    value = f"CASE WHEN {column} IS NULL THEN NULL ELSE {value} END"
    return f"'{prop.name}=' || strlen({value}) || ':' || {value} || ';'"
