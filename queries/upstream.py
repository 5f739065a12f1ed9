"""What products cannot do without: needed inputs, and the part of the graph that a product needs, tier by tier."""

from dataclasses import dataclass
from typing import Annotated, NamedTuple

from pydantic import Field

from graph.texts import Text
from queries.reader import Reader
from queries.scope import Named
from queries.sections import Sections

_SECTIONS = Sections(__file__)


EquipmentLag = Annotated[float | None, Field(ge=0, le=3_650)]
"""The days after which missing equipment is felt; none leaves equipment out: it is no flow."""


def equipment_convention(lag_days: float | None, inputs: int, counted_as: str = "input") -> Text:
    """How equipment counts: `inputs` are left out, or felt after a lag, or `counted_as` an input like others."""
    how = "left_out" if lag_days is None else counted_as
    return Text(f"common.equipment.{how}", inputs=inputs, days=lag_days)


class Input(NamedTuple):
    """A product that goes into another and is needed for it."""

    input_id: str
    product_id: str
    name: str
    is_equipment: bool


class Use(NamedTuple):
    """A product, and what it goes into."""

    product_id: str
    used_in_id: str


needed_inputs = _SECTIONS.rows("needed_inputs", Input)
goes_into = _SECTIONS.rows("goes_into", Use)


@dataclass(frozen=True, slots=True)
class Upstream:
    """A product and what it needs, up to some tiers.

    `tiers` has the products with the fewest steps up to each, nearest first, then by id; `inputs` the needed inputs between
    them. `of_equipment` are the needed inputs of equipment into them, whether these are among the inputs or left out;
    `beyond` counts the products that they need directly and that are not among them.
    """

    tiers: dict[str, int]
    names: dict[str, str]
    inputs: list[tuple[str, str]]
    of_equipment: set[tuple[str, str]]
    beyond: int


def upstream(
    reader: Reader, product: Named, tiers: int, unknown_is_needed: bool, with_equipment: bool, most: int = 100_000
) -> Upstream:
    """A product with what it needs, `tiers` up and `most` products, nearest first, then by id."""
    tier, names, equipment = {product.id: 0}, {product.id: product.name}, set[tuple[str, str]]()
    inputs = list[tuple[str, str]]()
    frontier = [product.id]
    for step in range(1, tiers + 2):
        rows = needed_inputs(reader, product_ids=frontier, unknown_is_needed=unknown_is_needed) if frontier else []
        equipment |= {row[:2] for row in rows if row.is_equipment}
        rows = [row for row in rows if with_equipment or not row.is_equipment]
        names.update((row.input_id, row.name) for row in rows)
        inputs += [(row.input_id, row.product_id) for row in rows]
        room = most - len(tier) if step <= tiers else 0
        frontier = sorted({row.input_id for row in rows} - tier.keys())[:room]
        tier.update(dict.fromkeys(frontier, step))
    return Upstream(tier, names, [pair for pair in inputs if pair[0] in tier], equipment, len(names) - len(tier))
