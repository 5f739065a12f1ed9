"""Who supplies whom: the network of enterprises, from recorded sales, or from what makes and needs what.

Its nodes are lines: one enterprise's making of one product. An enterprise that makes several products has several, so that
the loss of one of them does not stop the others.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from queries.algorithms.arrays import BoolArray, FloatArray, IntArray, sums_by
from queries.algorithms.structure import tiers
from queries.facts import Links, Things, links, things
from queries.reader import Reader, kept

MOST_LINKS = 2_000_000
"""Derived links at most: beyond, fewer makers of each product are linked, and the answer says so."""


class LinkSource(StrEnum):
    """Where the links between enterprises come from."""

    RECORDED = "recorded"
    DERIVED = "derived"
    BOTH = "both"


@dataclass(frozen=True, slots=True, eq=False)
class Firms:
    """Lines, and the sales between them.

    A line whose product is not known has the number len(products) + enterprise: nobody else makes it.
    """

    enterprise: IntArray  # (lines)
    product: IntArray  # (lines)
    makes: IntArray  # (lines) the MAKES edge, −1 where only a sale says so
    share: FloatArray  # (lines) of the product's supply; Σ = 1 for each product
    supplier: IntArray  # (links) numbers of lines; links in the order of buyer, supplier, sale
    buyer: IntArray  # (links)
    sales: FloatArray  # (links) > 0
    input: IntArray  # (links) the INPUT_OF edge between the two products, −1 where there is none
    sale: IntArray  # (links) the SUPPLIES edge, −1 for a derived link
    most_makers: int  # of each product that are linked
    unlinked: int  # lines that derived links leave out
    without_amount: int  # recorded sales whose amount is not known

    def __len__(self) -> int:
        return len(self.enterprise)


@kept
def firms(reader: Reader, source: LinkSource, most_makers: int) -> Firms:
    """The network. Derived links join at most `most_makers` makers of each product, those of the largest shares, then
    ranks, then ids.
    """
    products, enterprises = things(reader, "Product"), things(reader, "Enterprise")
    inputs = links(reader, "INPUT_OF", "Product", "Product")
    makes = links(reader, "MAKES", "Enterprise", "Product")
    sales = links(reader, "SUPPLIES", "Enterprise", "Enterprise")
    sold = products.numbers(sales.table["product_id"]) if source is not LinkSource.DERIVED else np.zeros(0, np.int64)
    enterprise, product, made = _lines(makes, sales, sold, len(products), len(enterprises))
    share = filled_shares(product, np.append(makes.floats("share"), np.nan)[made])
    lines = _Lines(enterprise, product, made, share)
    derived, used, unlinked = _Sales.none(), most_makers, 0
    if source is not LinkSource.RECORDED:
        rank = np.append(makes.floats("rank"), np.nan)[made]
        derived, used, unlinked = _derived(lines, rank, inputs, most_makers)
    recorded, without_amount = _Sales.none(), 0
    if source is not LinkSource.DERIVED:
        recorded, without_amount = _recorded(lines, sales, sold, inputs, len(products))
    found = _together(derived, recorded, product)
    found = found.of(np.lexsort((found.sale, found.supplier, found.buyer)))
    return Firms(
        enterprise, product, made, share, found.supplier, found.buyer, found.amount,
        edge_between(inputs, product[found.supplier], product[found.buyer]), found.sale, used, unlinked, without_amount,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    enterprise: IntArray
    product: IntArray
    makes: IntArray
    share: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Sales:
    supplier: IntArray
    buyer: IntArray
    amount: FloatArray
    sale: IntArray

    @staticmethod
    def none() -> "_Sales":
        nobody = np.zeros(0, np.int64)
        return _Sales(nobody, nobody, np.zeros(0), nobody)

    def of(self, is_kept: BoolArray | IntArray) -> "_Sales":
        return _Sales(self.supplier[is_kept], self.buyer[is_kept], self.amount[is_kept], self.sale[is_kept])


def _lines(
    makes: Links, sales: Links, sold: IntArray, products: int, enterprises: int
) -> tuple[IntArray, IntArray, IntArray]:
    """Enterprise, product and MAKES edge of each line, by enterprise and product."""
    size = products + enterprises
    recorded = makes.tail * size + makes.head
    known = recorded
    if len(sold):
        is_said = sold >= 0
        known = np.union1d(known, sales.tail[is_said] * size + sold[is_said])
        # Whoever trades and has no product is a line of its own.
        traders = np.union1d(sales.tail, sales.head)
        bare = np.setdiff1d(traders, known // size)
        known = np.union1d(known, bare * size + products + bare)
    made = np.full(len(known), -1, np.int64)
    made[np.searchsorted(known, recorded)] = np.arange(len(makes))
    return known // size, known % size, made


def filled_shares(product: IntArray, share: FloatArray) -> FloatArray:
    """Shares that sum to 1 for each product: one that is not known is the mean of those that are; all equal where none is
    or all are 0.
    """
    _, group = np.unique(product, return_inverse=True)
    groups = int(group.max(initial=-1)) + 1
    is_known = ~np.isnan(share)
    total = sums_by(group, np.where(is_known, share, 0), groups)
    known = np.bincount(group[is_known], minlength=groups)
    mean = np.divide(total, known, out=np.ones(groups), where=known > 0)
    filled = np.where(is_known, share, mean[group])
    whole = sums_by(group, filled, groups)
    filled = np.where(whole[group] > 0, filled, 1)
    return filled / sums_by(group, filled, groups)[group]


def _derived(lines: _Lines, rank: FloatArray, inputs: Links, most: int) -> tuple[_Sales, int, int]:
    """Every linked maker of an input supplies every linked maker of the product, and how many are linked."""
    products = len(inputs.tails)
    # The makers of a product stand together, those that count first.
    order = np.lexsort((np.arange(len(rank)), rank, -lines.share, lines.product))
    order = order[lines.product[order] < products]
    start = np.searchsorted(lines.product[order], np.arange(products + 1))
    while True:
        count = np.minimum(np.diff(start), most)
        pairs = count[inputs.tail] * count[inputs.head]
        if pairs.sum() <= MOST_LINKS or most == 1:
            break
        most //= 2
    at = np.arange(len(order)) - start[lines.product[order]] < most
    weight = np.zeros(len(rank))
    weight[order[at]] = lines.share[order[at]]
    whole = sums_by(lines.product[order], weight[order], products)
    edge = np.repeat(np.arange(len(inputs)), pairs)
    within = np.arange(len(edge)) - np.repeat(np.cumsum(pairs) - pairs, pairs)
    buyers = count[inputs.head[edge]]
    supplier = order[start[inputs.tail[edge]] + within // buyers]
    buyer = order[start[inputs.head[edge]] + within % buyers]
    weight = np.divide(weight, whole[np.minimum(lines.product, products - 1)], out=weight, where=weight > 0)
    amount = cost_shares(inputs)[edge] * weight[supplier] * weight[buyer]
    found = _Sales(supplier, buyer, amount, np.full(len(edge), -1))
    return found.of(amount > 0), most, int((~at).sum())


def cost_shares(inputs: Links) -> FloatArray:
    """Of each input its part of the product's cost: where not known, the mean of the product's known ones, and where none
    is known, the inputs count alike and sum to 1.
    """
    products = len(inputs.tails)
    share = inputs.floats("cost_share")
    is_known = ~np.isnan(share)
    known = np.bincount(inputs.head[is_known], minlength=products)
    every = np.bincount(inputs.head, minlength=products)
    mean = sums_by(inputs.head[is_known], share[is_known], products) / np.maximum(known, 1)
    typical = np.where(known > 0, mean, 1 / np.maximum(every, 1))
    return np.where(is_known, share, typical[inputs.head])


def _recorded(lines: _Lines, sales: Links, sold: IntArray, inputs: Links, products: int) -> tuple[_Sales, int]:
    """Recorded sales between lines: of the product sold, or of all products of the supplier alike; to the buyer's lines
    that need it, or to all of them alike.
    """
    size = products + len(sales.tails)
    line_of = lines.enterprise * size + lines.product
    first = np.searchsorted(lines.enterprise, np.arange(len(sales.tails) + 1))
    lines_of = np.diff(first)
    is_said = sold >= 0
    lowest = np.where(is_said, np.searchsorted(line_of, sales.tail * size + np.maximum(sold, 0)), first[sales.tail])
    sale, supplier = _expanded(lowest, np.where(is_said, 1, lines_of[sales.tail]))
    each, buyer = _expanded(first[sales.head[sale]], lines_of[sales.head[sale]])
    is_needed = edge_between(inputs, lines.product[supplier[each]], lines.product[buyer]) >= 0
    is_kept = is_needed | (np.bincount(each[is_needed], minlength=len(sale)) == 0)[each]
    each, buyer = each[is_kept], buyer[is_kept]
    amount = sales.floats("amount_10k_cny")
    is_known = ~np.isnan(amount)
    typical = float(np.median(amount[is_known])) if is_known.any() else 1.0
    share = sales.floats("share")
    amount = np.where(is_known, amount, typical * np.where(np.isnan(share), 1, share))
    part = amount[sale] / np.bincount(sale, minlength=len(sales))[sale]
    part = part[each] / np.bincount(each, minlength=len(sale))[each]
    found = _Sales(supplier[each], buyer, part, sale[each])
    return found.of(part > 0), int((~is_known).sum())


def _expanded(first: IntArray, count: IntArray) -> tuple[IntArray, IntArray]:
    """For each place k the numbers first[k] … first[k] + count[k] − 1: k and the number."""
    place = np.repeat(np.arange(len(first)), count)
    within = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count)
    return place, first[place] + within


def _together(derived: _Sales, recorded: _Sales, product: IntArray) -> _Sales:
    """Recorded sales take the place of derived ones to the same line of the same product, and their total."""
    if not len(derived.sale) or not len(recorded.sale):
        return derived if len(derived.sale) else recorded
    size = int(product.max()) + 1
    slots, at = np.unique(recorded.buyer * size + product[recorded.supplier], return_inverse=True)
    keys, group = np.unique(derived.buyer * size + product[derived.supplier], return_inverse=True)
    totals = sums_by(group, derived.amount, len(keys))
    place = np.minimum(np.searchsorted(keys, slots), len(keys) - 1)
    target = np.where(keys[place] == slots, totals[place], totals.mean())
    scale = target / sums_by(at, recorded.amount, len(slots))
    rest = derived.of(~np.isin(keys[group], slots))
    return _Sales(
        np.concatenate([rest.supplier, recorded.supplier]), np.concatenate([rest.buyer, recorded.buyer]),
        np.concatenate([rest.amount, recorded.amount * scale[at]]), np.concatenate([rest.sale, recorded.sale]),
    )  # fmt: skip


def edge_between(inputs: Links, tail: IntArray, head: IntArray) -> IntArray:
    """The number of the edge from each tail to each head, −1 where there is none. Edges stand in the order of tail and head."""
    if not len(inputs):
        return np.full(len(tail), -1)
    size = max(len(inputs.tails), int(tail.max(initial=0)) + 1, int(head.max(initial=0)) + 1)
    keys = inputs.tail * size + inputs.head
    wanted = tail * size + head
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, place, -1)


@kept
def product_tiers(reader: Reader) -> IntArray:
    """How far down its chain each product stands (`structure.tiers`)."""
    inputs = links(reader, "INPUT_OF", "Product", "Product")
    return tiers(len(inputs.tails), inputs.tail, inputs.head)


def line_names(products: Things, numbers: IntArray) -> list[str]:
    """What lines make, by product number; 未知产品 where it is not known."""
    if not len(products):
        return ["未知产品"] * len(numbers)
    names = products.names(np.minimum(numbers, len(products) - 1))
    return [n if k < len(products) else "未知产品" for n, k in zip(names, numbers.tolist(), strict=True)]
