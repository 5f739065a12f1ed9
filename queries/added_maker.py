"""What one more maker of a product would change: the verdict on it, and when the largest on record stops output lost, days supplied.

Neither of the last two is the sum of what makers change alone, so that both are worked out again for each product, on the links of the
network that the product is on and on what it goes into, two tiers down.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from queries.algorithms.arrays import FloatArray, IntArray, sums_by
from queries.algorithms.esri import ProductionNetwork as Wired
from queries.algorithms.esri import damage
from queries.algorithms.esri import production_network as wired_network
from queries.algorithms.survival import chain, survival
from queries.makers import Maker
from queries.production_network import LinkSource, filled_shares, production_network
from queries.reader import Reader
from queries.sections import Sections
from queries.upstream import Use
from queries.verdicts import HHI_ABOVE, Judged, Verdict

_SECTIONS = Sections(__file__)

OUTSIDE = 0.5
"""Part of cost and revenue outside the network where that is not known, as `cascade` has it by default."""
STOCK_DAYS, END_STOCK_DAYS, RECOVERY_DAYS, SPARE = 30.0, 15.0, 90.0, 0.2
"""As `survival` has them by default."""
_EPSILON = 1e-6
_MAKERS_LINKED = 30
_TIERS = 2
_MOST_PRODUCTS = 60


uses = _SECTIONS.rows("uses", Use)


# --- ESRI ----------------------------------------------------------------------------------------------------------------


class _Links(NamedTuple):
    """The arrays of a network that an added maker changes."""

    product: IntArray  # (lines)
    outside: FloatArray  # (2, lines) of cost, of revenue
    supplier: IntArray  # (links) …
    buyer: IntArray
    sales: FloatArray
    delivered: IntArray
    input_class: FloatArray


class AddedRisk:
    """The network of production, in which makers can be added."""

    def __init__(self, reader: Reader) -> None:
        self._net = production_network(reader, LinkSource.BOTH, _MAKERS_LINKED, 0.0, False)
        net = self._net
        outside = np.stack([net.outside_cost_share, net.outside_revenue_share])[:, net.enterprise]
        self._links = _Links(
            net.product, np.where(np.isnan(outside), OUTSIDE, outside), net.supplier, net.buyer, net.sales,
            net.delivered, np.where(np.isnan(net.input_class), 1, net.input_class),
        )  # fmt: skip

    @cached_property
    def _before(self) -> Wired:
        return _wired(self._links)

    def saved(self, product_ids: Sequence[str], done: Callable[[int], None]) -> dict[str, float | None]:
        """For each product what part of all output is no longer lost when its largest maker stops, once one more maker has an
        equal part; `None` where no maker of it, or nobody who buys from them, is on record.
        """
        found = dict[str, float | None]()
        for one in product_ids:
            done(1)
            largest = self._largest(one)
            found[one] = None if largest is None else self._less(largest, self._with([one]))
        return found

    def saved_together(self, product_ids: Sequence[str], done: Callable[[int], None]) -> float:
        """Σ over the products of the same, with one more maker of each at once."""
        stopped = [largest for one in product_ids if (largest := self._largest(one)) is not None]
        if not stopped:
            return 0.0
        after, total = self._with(product_ids), 0.0
        for largest in stopped:
            done(1)
            total += self._less(largest, after)
        return total

    def _largest(self, product: str) -> int | None:
        """The line of its largest maker; `None` where no maker, or nobody who buys it, is on record."""
        number, lines = self._lines(product)
        is_sold = len(lines) and (self._links.delivered == number).any()
        return int(lines[np.argmax(self._net.share[lines])]) if is_sold else None

    def _with(self, products: Sequence[str]) -> Wired:
        """The network with one more maker of each of some products that any is on record of."""
        made = [number for number, lines in map(self._lines, products) if len(lines)]
        return _wired(_with(self._links, made))

    def _less(self, stopped: int, after: Wired) -> float:
        return max(0.0, _lost(self._before, stopped) - _lost(after, stopped))

    def _lines(self, product: str) -> tuple[int, IntArray]:
        found = pc.index_in(pa.scalar(product), value_set=self._net.product_ids).as_py()
        number = -1 if found is None else int(found)
        return number, np.flatnonzero(self._net.product == number)


def _wired(links: _Links) -> Wired:
    return wired_network(
        links.supplier, links.buyer, links.sales, links.product, input_class=links.input_class.astype(np.int64),
        outside_cost_share=links.outside[0], outside_revenue_share=links.outside[1], delivered=links.delivered,
    )  # fmt: skip


def _lost(wired: Wired, stopped: int) -> float:
    psi = np.zeros(wired.firms)
    psi[stopped] = 1.0
    return damage(wired, psi, is_replaceable=True, epsilon=_EPSILON).esri


def _with(links: _Links, products: Sequence[int]) -> _Links:
    """The links with one more maker of each product: it sells 1 / (makers + 1) of what all sell, to the same buyers, and buys
    that part of what they buy; the totals are as before.
    """
    for product in products:
        line, part = len(links.product), 1 / (1 + int((links.product == product).sum()))
        sells, buys = links.delivered == product, links.product[links.buyer] == product
        columns = []
        for is_one, end in ((sells, links.buyer), (buys, links.supplier)):
            pairs, at = np.unique(
                np.stack([end[is_one], links.delivered[is_one], links.input_class[is_one].astype(np.int64)]), axis=1,
                return_inverse=True,
            )  # fmt: skip
            columns.append((pairs, sums_by(np.ravel(at), links.sales[is_one], pairs.shape[1]) * part))
        (out, sold), (into, bought) = columns
        scaled = links.sales * np.where(sells, 1 - part, 1) * np.where(buys, 1 - part, 1)
        links = _Links(
            np.append(links.product, product), np.hstack([links.outside, np.full((2, 1), OUTSIDE)]),
            np.concatenate([links.supplier, np.full(len(sold), line), into[0]]),
            np.concatenate([links.buyer, out[0], np.full(len(bought), line)]),
            np.concatenate([scaled, sold, bought]), np.concatenate([links.delivered, out[1], into[1]]),
            np.concatenate([links.input_class, out[2].astype(np.float64), into[2].astype(np.float64)]),
        )  # fmt: skip
    return links


# --- survival --------------------------------------------------------------------------------------------------------------


def days_gained(
    reader: Reader, product_ids: Sequence[str], makers: Mapping[str, Sequence[Maker]]
) -> dict[str, float | None]:
    """For each product how many more days, of the `RECOVERY_DAYS` until its largest maker is back, what it goes into is
    supplied, once one more maker has an equal part; `None` where no maker is on record.
    """
    users = _users(reader, product_ids)
    found: dict[str, float | None] = {}
    for one in product_ids:
        shares = [np.nan if maker.share is None else maker.share for maker in makers.get(one, ())]
        if not shares:
            found[one] = None
            continue
        largest = float(filled_shares(np.zeros(len(shares), np.int64), np.array(shares)).max())
        part = 1 / (len(shares) + 1)
        before, after = (_supplied(one, users, left) for left in (1 - largest, (1 - largest) * (1 - part) + part))
        found[one] = round(max(0.0, after - before), 6)
    return found


def _users(reader: Reader, product_ids: Collection[str]) -> dict[str, list[str]]:
    """What products go into, two tiers down."""
    found: dict[str, list[str]] = {}
    frontier = sorted(set(product_ids))
    for _ in range(_TIERS):
        found |= {one: [] for one in frontier}
        for row in uses(reader, product_ids=frontier):
            found[row.product_id].append(row.used_in_id)
        frontier = sorted({one for own in found.values() for one in own} - found.keys())
    return found


def _supplied(product: str, users: Mapping[str, Sequence[str]], left: float) -> float:
    """How many days, `RECOVERY_DAYS` at most, all that a product goes into is supplied where that part of its making is left."""
    place, pairs = {product: 0}, list[tuple[int, int]]()
    queue = [product]
    for here in queue:
        for there in users.get(here, ()):
            if there not in place and len(place) < _MOST_PRODUCTS:
                place[there] = len(place)
                queue.append(there)
            if there in place and place[there] > place[here]:
                pairs.append((place[here], place[there]))
    tail, head = np.array(pairs, np.int64).reshape(-1, 2).T
    count = len(place)
    into = np.bincount(tail, minlength=count)
    demand = (into == 0).astype(np.float64)
    capacity = np.full(count, 1 + SPARE)
    capacity[0] = left * (1 + SPARE)
    if capacity[0] >= 1:
        return RECOVERY_DAYS
    one = survival(
        chain(
            capacity=capacity, stock=np.where(demand > 0, END_STOCK_DAYS, STOCK_DAYS), demand=demand,
            loss_per_unit=demand, source=tail, user=head, material=tail, units=1 / into[tail],
        ),
        RECOVERY_DAYS, [[]],
    )  # fmt: skip
    return min(float(one.survival_time[0]), RECOVERY_DAYS)


# --- the verdict -----------------------------------------------------------------------------------------------------------


def verdict_with(
    judged: Judged, is_essential: bool | None, makers: Sequence[Maker], added: Mapping[str, str]
) -> Verdict:
    """The verdict on a product once some enterprises, each of a group, make it here too, or where nobody is named somebody else,
    at least: of their share nothing is known, and none gives a city an advantage.
    """
    verdict = Verdict(judged.verdict)
    if verdict in (Verdict.MISSING, Verdict.NOT_ON_RECORD):
        return Verdict.SINGLE_SOURCE
    here = [maker for maker in makers if maker.is_here]
    fresh = added.keys() - {maker.enterprise_id for maker in here if not maker.steps}
    if verdict in (Verdict.STRONG, Verdict.SUPPLIED) or (added and not fresh):
        return verdict
    groups = {maker.group_id for maker in here} | {added[one] for one in fresh}
    if len(groups) + (not added) == 1:
        return Verdict.SINGLE_SOURCE
    known = [maker.share for maker in here if maker.share is not None]
    hhi = least_hhi(known, len(here) - len(known) + max(len(fresh), 1))
    return Verdict.CONCENTRATED if is_essential and hhi > HHI_ABOVE else Verdict.SUPPLIED


def least_hhi(known: Sequence[float], unknown: int) -> float:
    """The least HHI of makers of which some shares are known, as the verdicts have it.

    >>> least_hhi([], 2), round(least_hhi([0.6], 1), 3)
    (0.5, 0.52)
    """
    total, squares = sum(known), sum(share * share for share in known)
    if not total:
        return 1 / unknown
    rest = 0.0 if total >= 1 else min(unknown * squares / total, 1 - total)
    return (squares + rest * rest / unknown) / (total + rest) ** 2
