"""Verdicts over arrays; goes with the last question that uses it."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.sparse import coo_array

from queries.algorithms.arrays import BoolArray, FloatArray, IntArray, first_places
from queries.algorithms.relatedness import revealed_comparative_advantage, specialisation
from queries.areas import Area
from queries.facts import links
from queries.making import (
    Located,
    Makers,
    downstream_counts,
    located,
    makers,
    per_pair,
)
from queries.reader import Reader, kept

SHARE_BELOW, HHI_ABOVE = 0.3, 0.4
"""The thresholds of the verdicts where none are given."""
ESSENTIAL = 2
"""The `input_class` of an input without which the product cannot be made."""


class Verdict(StrEnum):
    """What is said of a product, the gravest first."""

    MISSING = "missing"
    SINGLE_SOURCE = "single_source"
    WEAK = "weak"
    CONCENTRATED = "concentrated"
    NOT_ON_RECORD = "not_on_record"
    STRONG = "strong"
    SUPPLIED = "supplied"

    @property
    def zh(self) -> str:
        """Its Chinese name."""
        return VERDICT_ZH[self]


VERDICT_ZH = {
    Verdict.MISSING: "缺链",
    Verdict.SINGLE_SOURCE: "断链风险",
    Verdict.WEAK: "弱链",
    Verdict.CONCENTRATED: "集中",
    Verdict.NOT_ON_RECORD: "未见记录",
    Verdict.STRONG: "强链",
    Verdict.SUPPLIED: "有供给",
}
_GAPS = (Verdict.MISSING, Verdict.SINGLE_SOURCE, Verdict.WEAK, Verdict.CONCENTRATED, Verdict.NOT_ON_RECORD)
_GRAVITY = {verdict: number for number, verdict in enumerate(Verdict)}


_NAMED = 20
"""Makers named and cited in a row; all are counted."""


# --- verdicts on all products at once ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Supplied:
    """Every product (by number) with what verdicts are made of, thresholds apart; NaN where not known."""

    here: IntArray
    anywhere: IntArray
    unplaced: IntArray
    by_narrower: IntArray
    cities: IntArray
    index: FloatArray
    is_exact: BoolArray
    local_share: FloatArray
    is_essential: IntArray  # 1 yes, 0 no, −1 not known
    made_product: IntArray  # with `made_city`: every product and asked city where somebody makes it
    made_city: IntArray
    is_strong: BoolArray  # RCA ≥ 1 in two cities
    is_inside: BoolArray  # of enterprises


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Every product with its verdict, a place in `Verdict`."""

    verdict: IntArray
    supply: Supplied
    hhi_above: float


def judged(reader: Reader, where: Area, share_below: float = SHARE_BELOW, hhi_above: float = HHI_ABOVE) -> Judged:
    """The verdict on every product."""
    found = _supplied(reader, where)
    here = found.here
    is_over = (found.is_essential == 1) & (found.index > hhi_above)
    is_below = found.local_share < share_below  # not so where it is NaN
    is_missing = (here == 0) & (found.anywhere > 0) & (found.unplaced == 0)
    verdict = np.select(
        [is_missing, here == 0, here == 1, is_over & is_below, is_over, found.is_strong],
        [_GRAVITY[v] for v in (Verdict.MISSING, Verdict.NOT_ON_RECORD, Verdict.SINGLE_SOURCE, Verdict.WEAK,
                               Verdict.CONCENTRATED, Verdict.STRONG)],
        _GRAVITY[Verdict.SUPPLIED],
    )  # fmt: skip
    return Judged(verdict, found, hhi_above)


def gravest_first(reader: Reader, found: Judged, products: IntArray, most: int | None = None) -> IntArray:
    """Products as a planner should look at them: the gravest verdict, essential, much depended on; the first `most`."""
    is_essential = found.supply.is_essential[products] == 1
    keys = (found.verdict[products], ~is_essential, -downstream_counts(reader)[products], products)
    return products[first_places(keys, len(products) if most is None else most)]


@kept
def _supplied(reader: Reader, where: Area) -> Supplied:
    found, places = makers(reader), located(reader, "Enterprise", where)
    products = len(found.makes.heads)
    local = places.is_inside[found.enterprise]

    def count(of: BoolArray) -> IntArray:
        return np.bincount(found.product[of], minlength=products)

    here = count(local)
    made_product, made_city, is_strong = _made_in(found, places, local)
    return Supplied(
        here, np.diff(found.start), count(places.may_be_inside[found.enterprise]), count(local & (found.steps > 0)),
        np.bincount(made_product, minlength=products), *_concentration(found, local, here),
        essential(reader), made_product, made_city, is_strong, places.is_inside,
    )  # fmt: skip


def _concentration(found: Makers, local: BoolArray, here: IntArray) -> tuple[FloatArray, BoolArray, FloatArray]:
    """HHI of the makers here (the least possible where a share is not known), whether it is exact, and their share."""
    share = np.where(found.steps == 0, found.makes.floats("share")[found.link], np.nan)
    is_known = local & ~np.isnan(share)
    size = len(here)
    known = np.bincount(found.product[is_known], minlength=size)
    total = np.bincount(found.product[is_known], share[is_known], minlength=size)
    squares = np.bincount(found.product[is_known], share[is_known] ** 2, minlength=size)
    are_all_known = (here > 0) & (known == here)
    is_exact = are_all_known & (total > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        index = np.where(is_exact, squares / total**2, np.where(here > 0, 1 / here, np.nan))
    return index, is_exact, np.where(are_all_known, total, np.nan)


def _made_in(found: Makers, places: Located, local: BoolArray) -> tuple[IntArray, IntArray, BoolArray]:
    """Every product and asked city where somebody makes it, and which products are strong: RCA ≥ 1 in two cities."""
    at, city = per_pair(places, found.enterprise[local])
    product = found.product[local][at]
    products = len(found.makes.heads)
    is_strong = np.zeros(products, np.bool_)
    if not len(product):
        return product, city, is_strong
    cities, row = np.unique(city, return_inverse=True)
    made = coo_array((np.ones(len(product)), (row, product)), (len(cities), products)).tocsr()
    columns = np.unique(product)
    advantage = specialisation(revealed_comparative_advantage(made[:, columns]))
    is_strong[columns] = advantage.sum(axis=0) >= 2
    pair = made.tocoo()
    return pair.col.astype(np.int64), cities[pair.row], is_strong


@kept
def essential(reader: Reader) -> IntArray:
    """Of each product whether some product needs it as an essential input: 1 yes, 0 no, −1 where no class is known."""
    inputs = links(reader, "INPUT_OF", "Product", "Product")
    found = np.full(len(inputs.tails), -1, np.int64)
    class_ = inputs.floats("input_class")
    found[inputs.tail[~np.isnan(class_)]] = 0
    found[inputs.tail[class_ == ESSENTIAL]] = 1
    return found
