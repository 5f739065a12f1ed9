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
    no end. Who was a resident stays as one who left: what was reported until then has to be of a resident.
    """

    batches: Iterable[Batch]
    day: date

    def __post_init__(self) -> None:
        if isinstance(self.batches, Iterator):
            object.__setattr__(self, "batches", list(self.batches))

    def __iter__(self) -> Iterator[Batch]:
        for batch in self.batches:
            rows = _in_force(batch, self.day) if batch.ends else batch.table
            if rows.num_rows:
                yield Batch(batch.kind, rows, batch.ends)

    def left_out(self) -> int:
        """How many rows are not in force."""
        edges = (batch for batch in self.batches if batch.ends)
        return sum(batch.table.num_rows - _in_force(batch, self.day).num_rows for batch in edges)


def _in_force(batch: Batch, day: date) -> pa.Table:
    table, today = batch.table, pa.scalar(day, pa.date32())
    has_begun = pc.fill_null(pc.less_equal(table["valid_from"], today), True)
    has_ended = pc.fill_null(pc.less(table["valid_to"], today), False)
    if batch.name == "RESIDENT_OF":
        status = table["resident_status"]
        has_left = pc.and_(has_ended, pc.not_equal(status, "intends"))
        place = table.schema.get_field_index("resident_status")
        table = table.set_column(place, table.schema.field(place), pc.if_else(has_left, "left", status))
        has_ended = pc.and_not(has_ended, has_left)
    return table.filter(pc.and_not(has_begun, has_ended))
