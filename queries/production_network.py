"""The production network: enterprises' makings of products, and the sales between them, on record or derived.

Its nodes are lines: one enterprise's making of one product. An enterprise that makes several products has several, so that
the loss of one of them does not stop the others. Ids become numbers here, once; algorithms take the arrays.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.texts import Text
from queries.algorithms.arrays import BoolArray, FloatArray, IntArray, sums_by
from queries.reader import Reader, kept
from queries.sections import Sections

_SECTIONS = Sections(__file__)

MOST_LINKS = 2_000_000
"""Derived links at most: beyond, fewer makers of each product are linked, and the answer says so."""


class LinkSource(StrEnum):
    """Where the links between enterprises come from."""

    RECORDED = "recorded"
    DERIVED = "derived"
    BOTH = "both"


class _Making(NamedTuple):
    enterprise_id: str
    product_id: str
    share: float | None
    rank: int | None


class _NarrowerMaker(NamedTuple):
    product_id: str
    enterprise_id: str
    made_id: str
    steps: int


class _Sale(NamedTuple):
    supplier_id: str
    buyer_id: str
    product_id: str | None
    amount_10k_cny: float | None
    share: float | None
    share_of: str | None
    sale_id: str


class _Input(NamedTuple):
    input_id: str
    product_id: str
    input_class: int | None
    cost_share: float | None
    is_equipment: bool


class _Outside(NamedTuple):
    enterprise_id: str
    cost_share: float | None
    revenue_share: float | None


making = _SECTIONS.table("making", _Making)
narrower_makers = _SECTIONS.table("narrower_makers", _NarrowerMaker)
sales = _SECTIONS.table("sales", _Sale)
inputs = _SECTIONS.table("inputs", _Input)
outside_shares = _SECTIONS.table("outside_shares", _Outside)


@dataclass(frozen=True, slots=True, eq=False)
class ProductionNetwork:
    """Lines by enterprise and product, and the links between them by buyer, supplier and sale.

    Enterprises and products have the numbers of their places in the sorted ids. A line whose product is not known has the
    number len(product_ids) + enterprise: nobody else makes it.
    """

    enterprise_ids: pa.Array
    product_ids: pa.Array
    enterprise: IntArray  # (lines)
    product: IntArray  # (lines)
    is_recorded: BoolArray  # (lines) whether a MAKES edge says so; else only a sale does
    share: FloatArray  # (lines) of the product's supply; Σ = 1 for each product
    supplier: IntArray  # (links) numbers of lines
    buyer: IntArray  # (links)
    sales: FloatArray  # (links) > 0
    delivered: (
        IntArray  # (links) the product as which it is used: a broader one where the supplier makes a narrower kind
    )
    input_class: FloatArray  # (links) of the input between the two products, NaN where it is not known
    sale: IntArray  # (links) the recorded sale, −1 for a derived link
    sale_ids: pa.ChunkedArray  # of recorded sales
    outside_cost_share: FloatArray  # (enterprises) NaN where not known
    outside_revenue_share: FloatArray  # (enterprises)
    most_makers: int  # of each product that are linked
    unlinked: int  # lines that derived links leave out
    without_amount: int  # recorded sales whose amount is not known
    without_basis: int  # of these, those whose share is not of the buyer's purchases and says nothing here
    equipment: int  # inputs of equipment between products of the network
    equipment_sales: int  # recorded sales that are left out since the buyer needs what is sold as equipment alone

    def __len__(self) -> int:
        return len(self.enterprise)

    @property
    def recorded_links(self) -> int:
        """How many links are of recorded sales."""
        return int((self.sale >= 0).sum())

    @property
    def firm_links(self) -> tuple[int, int]:
        """How many links there are from one enterprise to another, and how many of them are on record."""
        pairs = self.enterprise[self.supplier] * len(self.enterprise_ids) + self.enterprise[self.buyer]
        return len(np.unique(pairs)), len(np.unique(pairs[self.sale >= 0]))

    @property
    def narrower_links(self) -> int:
        """How many links bring a narrower kind of what the buyer needs."""
        return int((self.delivered != self.product[self.supplier]).sum())

    def product_id(self, line: int) -> str | None:
        """What a line makes, where that is known."""
        return self.id_of(int(self.product[line]))

    def id_of(self, number: int) -> str | None:
        """The id of a product, where it is known."""
        return self.product_ids[number].as_py() if number < len(self.product_ids) else None

    def enterprise_id(self, line: int) -> str:
        """Whose a line is."""
        return str(self.enterprise_ids[int(self.enterprise[line])].as_py())


@kept
def production_network(
    reader: Reader, source: LinkSource, most_makers: int, min_confidence: float = 0.0, with_equipment: bool = False
) -> ProductionNetwork:
    """The network. Derived links join at most `most_makers` makers of each product, those of the largest shares, then
    ranks, then ids. Equipment is no flow: links of it are left out but `with_equipment`.
    """
    reader.tell(Text("common.doing.network"))
    makes, sold = making(reader, min_confidence=min_confidence), sales(reader)
    if source is LinkSource.DERIVED:
        sold = sold.slice(0, 0)
    sold_ids = sorted(set(sold["product_id"].drop_null().to_pylist()))
    known = inputs(reader, sold_ids=sold_ids, with_equipment=with_equipment)
    is_flow = pc.or_(pc.invert(pc.cast(known["is_equipment"], pa.bool_())), with_equipment)
    goes_into, left_out = known.filter(is_flow), known.filter(pc.invert(is_flow))
    enterprise_ids = _ids(makes["enterprise_id"], sold["supplier_id"], sold["buyer_id"])
    product_ids = _ids(makes["product_id"], sold["product_id"], known["input_id"], known["product_id"])
    given = _Given(
        len(enterprise_ids), len(product_ids),
        _numbers(enterprise_ids, makes["enterprise_id"]), _numbers(product_ids, makes["product_id"]),
        _floats(makes["share"]), _floats(makes["rank"]),
        _numbers(enterprise_ids, sold["supplier_id"]), _numbers(enterprise_ids, sold["buyer_id"]),
        _numbers(product_ids, sold["product_id"]), _floats(sold["amount_10k_cny"]),
        _of_purchases(sold),
        _numbers(product_ids, goes_into["input_id"]), _numbers(product_ids, goes_into["product_id"]),
        _floats(goes_into["cost_share"]),
        _numbers(product_ids, left_out["input_id"]), _numbers(product_ids, left_out["product_id"]),
    )  # fmt: skip
    reader.tell(Text("common.doing.network"))
    lines = _lines(given)
    derived, used, unlinked = None, most_makers, 0
    if source is not LinkSource.RECORDED:
        narrower = narrower_makers(reader, sold_ids=sold_ids, min_confidence=min_confidence)
        makers = _makers(lines, _narrower(narrower, given, lines, enterprise_ids, product_ids))
        derived, used, unlinked = _derived(makers, given, most_makers)
    recorded, is_left_out = _recorded(lines, given)
    found = _together(derived, recorded) if derived else recorded
    found = _of(found, np.lexsort((found.delivered, found.sale, found.supplier, found.buyer)))
    classes = np.append(_floats(goes_into["input_class"]), np.nan)
    outside = outside_shares(reader)
    at = _numbers(_texts(outside["enterprise_id"]), pa.chunked_array([enterprise_ids]))
    cost, revenue = (np.append(_floats(outside[name]), np.nan)[at] for name in ("cost_share", "revenue_share"))
    return ProductionNetwork(
        enterprise_ids, product_ids, lines.enterprise, lines.product, lines.is_recorded, lines.share,
        found.supplier, found.buyer, found.amount, found.delivered,
        classes[given.input_between(found.delivered, lines.product[found.buyer])], found.sale,
        sold["sale_id"], cost, revenue, used, unlinked, int(np.isnan(given.amount).sum()),
        int((np.isnan(given.amount) & np.isnan(given.part) & np.asarray(sold["share"].is_valid())).sum()),
        int(np.asarray(known["is_equipment"]).sum()), int(is_left_out.sum()),
    )  # fmt: skip


# --- ids as numbers ----------------------------------------------------------------------------------------------------


def _texts(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays([pc.cast(chunk, pa.string()) for chunk in column.chunks] or [pa.array([], pa.string())])


def _ids(*columns: pa.ChunkedArray) -> pa.Array:
    """The texts of some columns, sorted, each once."""
    found = pc.unique(pa.concat_arrays([_texts(column) for column in columns])).drop_null()
    return found.take(pc.sort_indices(found))


def _numbers(ids: pa.Array, column: pa.ChunkedArray) -> IntArray:
    """The places of texts in the ids, −1 for none."""
    return np.asarray(pc.fill_null(pc.index_in(_texts(column), value_set=ids), -1)).astype(np.int64)


def _floats(column: pa.ChunkedArray) -> FloatArray:
    """Numbers, NaN where not known."""
    return np.asarray(pc.fill_null(pc.cast(column, pa.float64()), np.nan)).astype(np.float64)


def _of_purchases(sold: pa.Table) -> FloatArray:
    """What part of its purchases of the product a sale is for the buyer, NaN where that is not known."""
    is_said = pc.equal(sold["share_of"], "buyer_purchases")
    return _floats(pc.if_else(pc.fill_null(is_said, False), sold["share"], None))


@dataclass(frozen=True, slots=True, eq=False)
class _Given:
    """What the sections found, with numbers for ids: makings, sales, inputs."""

    enterprises: int
    products: int
    maker: IntArray
    made: IntArray
    share: FloatArray
    rank: FloatArray
    seller: IntArray
    buyer: IntArray
    sold: IntArray  # −1 where not known
    amount: FloatArray
    part: FloatArray  # of the buyer's purchases
    input: IntArray
    into: IntArray
    cost_share: FloatArray
    equipment: IntArray  # what is no flow …
    equips: IntArray  # … into what

    def input_between(self, tail: IntArray, head: IntArray) -> IntArray:
        """The place of the flow of each product into each other, −1 where there is none."""
        return self._between(self.input, self.into, tail, head)

    def is_equipment(self, tail: IntArray, head: IntArray) -> BoolArray:
        """Whether each product is left out as equipment of each other."""
        return self._between(self.equipment, self.equips, tail, head) >= 0

    def _between(self, one: IntArray, other: IntArray, tail: IntArray, head: IntArray) -> IntArray:
        if not len(one):
            return np.full(len(tail), -1)
        size = self.products + self.enterprises
        keys = one * size + other
        order = np.argsort(keys)
        wanted = tail * size + head
        place = order[np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)]
        return np.where(keys[place] == wanted, place, -1)


# --- lines -------------------------------------------------------------------------------------------------------------


class _Lines(NamedTuple):
    enterprise: IntArray
    product: IntArray
    is_recorded: BoolArray
    share: FloatArray
    rank: FloatArray


def _lines(given: _Given) -> _Lines:
    """What is made, what only a sale says is made, and one line for whoever trades and has no product; by enterprise and
    product.
    """
    size = given.products + given.enterprises
    recorded = given.maker * size + given.made
    is_said = given.sold >= 0
    known = np.union1d(recorded, given.seller[is_said] * size + given.sold[is_said])
    bare = np.setdiff1d(np.union1d(given.seller, given.buyer), known // size)
    known = np.union1d(known, bare * size + given.products + bare)
    made = np.full(len(known), -1)
    made[np.searchsorted(known, recorded)] = np.arange(len(recorded))
    share = filled_shares(known % size, np.append(given.share, np.nan)[made])
    return _Lines(known // size, known % size, made >= 0, share, np.append(given.rank, np.nan)[made])


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


# --- links -------------------------------------------------------------------------------------------------------------


class _Sales(NamedTuple):
    supplier: IntArray
    buyer: IntArray
    amount: FloatArray
    delivered: IntArray
    sale: IntArray
    part: FloatArray  # of the buyer's purchases of the product, NaN where not known


class _Makers(NamedTuple):
    """Who supplies each product: its lines, or where there is none the lines of narrower kinds, alike; those that count
    first, first.
    """

    product: IntArray
    line: IntArray
    share: FloatArray
    is_own: BoolArray  # whether the line is of the product itself: then it also buys what goes into it


C = TypeVar("C", bound=NamedTuple)


def _of(columns: C, places: BoolArray | IntArray) -> C:
    return columns._make(column[places] for column in columns)


def _joined(first: C, second: C) -> C:
    return first._make(np.concatenate(pair) for pair in zip(first, second, strict=True))


def _narrower(rows: pa.Table, given: _Given, lines: _Lines, enterprises: pa.Array, products: pa.Array) -> _Makers:
    """The makers of narrower kinds of what nobody makes itself, each by the fewest steps."""
    size = given.products + given.enterprises
    product, maker, made = (
        _numbers(ids, rows[name])
        for ids, name in ((products, "product_id"), (enterprises, "enterprise_id"), (products, "made_id"))
    )
    # By product, enterprise and steps: the first of each pair. What goes into nothing that is made is no product here.
    _, first = np.unique(product * size + maker, return_index=True)
    first = first[product[first] >= 0]
    first = first[np.lexsort((maker[first], _floats(rows["steps"])[first], product[first]))]
    product = product[first]
    line = np.searchsorted(lines.enterprise * size + lines.product, maker[first] * size + made[first])
    share = 1 / np.bincount(product, minlength=1)[product]
    return _Makers(product, line, share, np.zeros(len(line), np.bool_))


def _makers(lines: _Lines, narrower: _Makers) -> _Makers:
    order = np.lexsort((np.arange(len(lines.rank)), lines.rank, -lines.share, lines.product))
    own = _Makers(lines.product[order], order, lines.share[order], np.ones(len(order), np.bool_))
    both = _joined(own, narrower)
    return _of(both, np.argsort(both.product, kind="stable"))


def _derived(makers: _Makers, given: _Given, most: int) -> tuple[_Sales, int, int]:
    """Every linked maker of an input supplies every linked maker of the product, how many are linked, and how many are not."""
    start = np.searchsorted(makers.product, np.arange(given.products + 1))
    buys = np.bincount(makers.product[makers.is_own], minlength=given.products)[: given.products]
    while True:
        sellers, buyers = np.minimum(np.diff(start), most)[given.input], np.minimum(buys, most)[given.into]
        pairs = sellers * buyers
        if pairs.sum() <= MOST_LINKS or most == 1:
            break
        most //= 2
    within_product = (
        np.arange(len(makers.line)) - np.append(start, len(makers.line))[np.minimum(makers.product, given.products)]
    )
    is_linked = (within_product < most) & (makers.product < given.products)
    weight = np.where(is_linked, makers.share, 0)
    whole = sums_by(makers.product, weight, given.products + given.enterprises)[makers.product]
    weight = np.divide(weight, whole, out=weight, where=weight > 0)
    edge, within = _expanded(np.zeros(len(pairs), np.int64), pairs)
    supplier = start[given.input[edge]] + within // buyers[edge]
    buyer = start[given.into[edge]] + within % buyers[edge]
    amount = given.cost_share[edge] * weight[supplier] * weight[buyer]
    found = _Sales(
        makers.line[supplier],
        makers.line[buyer],
        amount,
        given.input[edge],
        np.full(len(edge), -1),
        np.full(len(edge), np.nan),
    )
    unlinked = makers.is_own & ~is_linked & (makers.product < given.products)
    return _of(found, amount > 0), most, int(unlinked.sum())


def _recorded(lines: _Lines, given: _Given) -> tuple[_Sales, BoolArray]:
    """Recorded sales between lines, and which of all are left out: of the product sold, or of all products of the supplier
    alike; to the buyer's lines that need it, or to all of them alike, but not where it is equipment. A sale without an
    amount counts as the median of the known ones.
    """
    size = given.products + given.enterprises
    line_of = lines.enterprise * size + lines.product
    first = np.searchsorted(lines.enterprise, np.arange(given.enterprises + 1))
    lines_of = np.diff(first)
    is_said = given.sold >= 0
    own = np.searchsorted(line_of, given.seller * size + np.maximum(given.sold, 0))
    lowest = np.where(is_said, own, first[given.seller])
    sale, supplier = _expanded(lowest, np.where(is_said, 1, lines_of[given.seller]))
    each, buyer = _expanded(first[given.buyer[sale]], lines_of[given.buyer[sale]])
    pairs = lines.product[supplier[each]], lines.product[buyer]
    is_needed, is_equipment = given.input_between(*pairs) >= 0, given.is_equipment(*pairs)
    has_need, has_equipment = (np.bincount(each[is_so], minlength=len(sale)) > 0 for is_so in (is_needed, is_equipment))
    is_kept = np.where(has_need[each], is_needed, ~has_equipment[each])
    each, buyer = each[is_kept], buyer[is_kept]
    is_known = ~np.isnan(given.amount)
    typical = float(np.median(given.amount[is_known])) if is_known.any() else 1.0
    amount = np.where(is_known, given.amount, typical * np.where(np.isnan(given.part), 1, given.part))
    sellers, buyers = np.unique(each), np.bincount(each, minlength=len(sale))
    of_sale = np.bincount(sale[sellers], minlength=len(amount))
    value = amount[sale[each]] / of_sale[sale[each]] / buyers[each]
    part = np.where(is_said, given.part, np.nan)[sale[each]]
    found = _Sales(supplier[each], buyer, value, lines.product[supplier[each]], sale[each], part)
    return _of(found, value > 0), of_sale == 0


def _expanded(first: IntArray, count: IntArray) -> tuple[IntArray, IntArray]:
    """For each place k the numbers first[k] … first[k] + count[k] − 1: k and the number."""
    place = np.repeat(np.arange(len(first)), count)
    within = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count)
    return place, first[place] + within


def _together(derived: _Sales, recorded: _Sales) -> _Sales:
    """Recorded sales take the place of derived ones to the same line of the same product, and their total; where all of them
    say what part of its purchases they are for the buyer, others than their suppliers keep the rest.
    """
    if not len(derived.sale) or not len(recorded.sale):
        return derived if len(derived.sale) else recorded
    size = int(max(derived.delivered.max(), recorded.delivered.max())) + 1
    slots, at = np.unique(recorded.buyer * size + recorded.delivered, return_inverse=True)
    keys, group = np.unique(derived.buyer * size + derived.delivered, return_inverse=True)
    totals = sums_by(group, derived.amount, len(keys))
    place = np.minimum(np.searchsorted(keys, slots), len(keys) - 1)
    target = np.where(keys[place] == slots, totals[place], totals.mean())
    is_whole = sums_by(at, recorded.part, len(slots)) > 0  # NaN where one of them is not known
    weight = np.where(is_whole[at], recorded.part, recorded.amount)
    said = sums_by(at, weight, len(slots))

    of_slot = np.full(len(keys), -1)
    of_slot[place[keys[place] == slots]] = np.flatnonzero(keys[place] == slots)
    slot = of_slot[group]
    supplied = np.unique(recorded.supplier * len(slots) + at)
    is_other = (slot >= 0) & ~np.isin(derived.supplier * len(slots) + slot, supplied)
    left = sums_by(slot[is_other], derived.amount[is_other], len(slots))
    rest = np.where(is_whole & (left > 0) & (said < 1 - 1e-9), 1 - said, 0)
    amount = np.where(is_other, derived.amount * (target * rest / np.where(left > 0, left, 1))[slot], derived.amount)
    kept = _of(derived._replace(amount=amount), (slot < 0) | (is_other & (rest > 0)[slot]))
    found = _joined(kept, recorded._replace(amount=weight * (target * (1 - rest) / said)[at]))
    return _of(found, found.amount > 0)
