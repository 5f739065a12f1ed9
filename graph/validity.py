"""Which facts are in force on a day: the graph is of one day, what has ended or not begun is not in it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from graph.store import Batch


@dataclass(frozen=True, slots=True)
class InForce:
    """The rows of batches that are in force on a day; can be gone through as often as the batches can.

    An edge is from its `valid_from` to its `valid_to`, both days included; what is not known does not limit it. Nodes have
    no end.
    """

    batches: Iterable[Batch]
    day: date

    def __post_init__(self) -> None:
        if isinstance(self.batches, Iterator):
            object.__setattr__(self, "batches", list(self.batches))

    def __iter__(self) -> Iterator[Batch]:
        for batch in self.batches:
            rows = batch.table.filter(_in_force(batch.table, self.day)) if batch.ends else batch.table
            if rows.num_rows:
                yield Batch(batch.kind, rows, batch.ends)

    def left_out(self) -> int:
        """How many rows are not in force."""
        tables = (batch.table for batch in self.batches if batch.ends)
        return sum(int(pc.sum(pc.invert(_in_force(table, self.day))).as_py() or 0) for table in tables)


def _in_force(table: pa.Table, day: date) -> pa.ChunkedArray:
    today = pa.scalar(day, pa.date32())
    has_begun = pc.fill_null(pc.less_equal(table["valid_from"], today), True)
    has_not_ended = pc.fill_null(pc.greater_equal(table["valid_to"], today), True)
    return pc.and_(has_begun, has_not_ended)
