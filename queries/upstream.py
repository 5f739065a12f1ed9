"""What products cannot do without: needed inputs, and the part of the graph that a product needs, tier by tier."""

from dataclasses import dataclass
from typing import NamedTuple

from queries.reader import Reader
from queries.scope import Named
from queries.sections import Sections

_SECTIONS = Sections(__file__)


class Input(NamedTuple):
    """A product that goes into another and is needed for it."""

    input_id: str
    product_id: str
    name: str


needed_inputs = _SECTIONS.rows("needed_inputs", Input)


@dataclass(frozen=True, slots=True)
class Upstream:
    """A product and what it needs, up to some tiers.

    `tiers` has the products with the fewest steps up to each, nearest first, then by id; `inputs` the needed inputs between
    them. `beyond` counts the products that these need directly and that are not among them.
    """

    tiers: dict[str, int]
    names: dict[str, str]
    inputs: list[tuple[str, str]]
    beyond: int


def upstream(reader: Reader, product: Named, tiers: int, unknown_is_needed: bool, most: int = 100_000) -> Upstream:
    """A product with what it needs, `tiers` up and `most` products, nearest first, then by id."""
    tier, names, inputs = {product.id: 0}, {product.id: product.name}, list[tuple[str, str]]()
    frontier = [product.id]
    for step in range(1, tiers + 2):
        rows = needed_inputs(reader, product_ids=frontier, unknown_is_needed=unknown_is_needed) if frontier else []
        names.update((row.input_id, row.name) for row in rows)
        inputs += [(row.input_id, row.product_id) for row in rows]
        room = most - len(tier) if step <= tiers else 0
        frontier = sorted({row.input_id for row in rows} - tier.keys())[:room]
        tier.update(dict.fromkeys(frontier, step))
    return Upstream(tier, names, [pair for pair in inputs if pair[0] in tier], len(names) - len(tier))
