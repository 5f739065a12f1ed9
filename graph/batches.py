"""Rows read from files as batches: sorted out by the labels that their edges join."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, islice

import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import DataError
from graph.model import Value
from graph.ontology import NODE_TYPE, EdgeType, NodeType, label_of
from graph.store import Batch, arrow_schema

_ROWS_PER_BATCH = 50_000


def batches_of_table(kind: NodeType | EdgeType, table: pa.Table) -> Iterator[Batch]:
    """The rows of one type as a batch for each pair of labels that edges of the type join; none where no rows.

    Raises `DataError` where an edge's ends have ids of other types.
    """
    if isinstance(kind, NodeType):
        if table.num_rows:
            yield Batch(kind, table)
        return
    found = 0
    for pair in kind.ends:
        from_prefix, to_prefix = (f"{NODE_TYPE[label].prefix}:" for label in pair)
        is_of_pair = pc.and_(
            pc.starts_with(table.column("from_id"), from_prefix), pc.starts_with(table.column("to_id"), to_prefix)
        )
        rows = table.filter(is_of_pair)
        found += rows.num_rows
        if rows.num_rows:
            yield Batch(kind, rows, pair)
    if found != table.num_rows:
        raise DataError(
            f"{kind.type}：{table.num_rows - found} 行的两端不是它连接的类型。 The ends of {table.num_rows - found} rows "
            f"of {kind.type} are not of the types that it joins."
        )


def batches_of_rows(rows: Iterable[tuple[NodeType | EdgeType, Mapping[str, Value]]]) -> Iterator[Batch]:
    """Rows, each with its type, as batches in their order; those that follow each other and are alike in one.

    A value that a row does not have is not known. Raises `DataError` as `batches_of_table` does, and where a value is
    not what its property holds.
    """
    for (_, pair), group in groupby(rows, key=_shape):
        alike = iter(group)
        while part := list(islice(alike, _ROWS_PER_BATCH)):
            kind = part[0][0]
            try:
                table = pa.Table.from_pylist([dict(row) for _, row in part], schema=arrow_schema(kind))
            except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
                raise DataError(f"{kind.en}: 值的类型不符。 A value is not of its property's type: {error}") from error
            if isinstance(kind, NodeType):
                yield Batch(kind, table)
            else:
                yield Batch(kind, table, pair)


def _shape(item: tuple[NodeType | EdgeType, Mapping[str, Value]]) -> tuple[str, tuple[str, str] | None]:
    kind, row = item
    if isinstance(kind, NodeType):
        return kind.label, None
    pair = (label_of(str(row.get("from_id"))) or "", label_of(str(row.get("to_id"))) or "")
    if pair not in kind.ends:
        raise DataError(
            f"{kind.type} {row.get('id')!r}：两端不是它连接的类型。 The ends of {row.get('id')!r} are not of the types that "
            f"{kind.type} joins."
        )
    return kind.type, pair
