"""How much rests on few: concentration of shares, chokepoints, strategic dependency, and how near a verdict is to tipping.

Shares are fractions and are normalised to sum 1 in each group, so amounts in any one unit do as well.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from queries.algorithms.arrays import BoolArray, FloatArray, IntArray, amounts, fractions, indices, sums_by


def hhi(amount: ArrayLike) -> float:
    """Herfindahl–Hirschman index Σ s² of the shares s of amounts ≥ 0; in [1/n, 1]. Source: Hirschman 1964, AER 54:761.

    1 / HHI is the effective number of sources. Raises `ValueError` where no amount is positive.

    >>> hhi([0.5, 0.3, 0.2]), hhi([2, 2])
    (0.38, 0.5)
    """
    return float(hhi_by_group(amount, np.zeros(np.size(amount), np.int64))[0])


def hhi_by_group(amount: ArrayLike, group: ArrayLike) -> FloatArray:
    """The HHI of each group 0…g−1; `group` has a number for each amount.

    Raises `ValueError` for a group without a positive amount, and where there is none at all.

    >>> hhi_by_group([2, 2, 5], [0, 0, 1])
    array([0.5, 1. ])
    """
    share, number, groups = _shares(amount, group)
    return sums_by(number, share**2, groups)


def hhi_bounds(share: ArrayLike, *, tolerance: float = 0.02) -> tuple[float, float]:
    """The least and the largest HHI of a market, some shares of which are unknown (NaN); both 0–1, NaN without a source.

    Known shares s are fractions 0–1 of the whole market, r = max(0, 1 − Σ s) is the rest. Σ x² under Σ x = r is least where
    all x are equal and largest where one is r. So HHI lies between Σ s² + r² / m and Σ s² + r²

    - with m unknown sources, which share the rest;
    - with none, where Σ s < 1 − `tolerance`: whoever has the rest is not on record, and m is arbitrarily large.

    With none and Σ s ≥ 1 − `tolerance`, and wherever Σ s > 1, shares are taken to be rounded and are divided by Σ s; r is 0.
    Raises `ValueError` for a share that is neither NaN nor a fraction.

    >>> tuple(round(bound, 4) for bound in hhi_bounds([0.9, np.nan, 0.02]))  # 0.81 + 0.0004 + 0.08²: one has all the rest
    (0.8168, 0.8168)
    >>> hhi_bounds([np.nan, np.nan])
    (0.5, 1.0)
    >>> tuple(round(bound, 4) for bound in hhi_bounds([0.02, 0.02]))  # 0.0008, and 0.96² more
    (0.0008, 0.9224)
    >>> tuple(round(bound, 4) for bound in hhi_bounds([0.6, 0.4]))
    (0.52, 0.52)
    """
    least, most = hhi_bounds_by(np.zeros(np.size(share), np.int64), share, 1, tolerance=tolerance)
    return float(least[0]), float(most[0])


def hhi_bounds_by(
    group: ArrayLike, share: ArrayLike, groups: int, *, tolerance: float = 0.02
) -> tuple[FloatArray, FloatArray]:
    """The `hhi_bounds` of each group 0…groups−1, (groups) and (groups); `group` has a number for each share.

    >>> least, most = hhi_bounds_by([0, 0, 2], [0.5, np.nan, 0.5], 3)
    >>> least, most
    (array([0.5 ,  nan, 0.25]), array([0.5, nan, 0.5]))
    """
    given = np.asarray(share, dtype=np.float64)
    is_unknown = np.isnan(given)
    known = fractions("share", np.where(is_unknown, 0.0, given))
    number = indices("group", group, groups, len(known))
    total = sums_by(number, known, groups)
    unknown = sums_by(number, is_unknown.astype(np.float64), groups)
    is_rounded = (total > 1) | ((unknown == 0) & (total >= 1 - tolerance) & (total > 0))
    squares = sums_by(number, known**2, groups) / np.where(is_rounded, total, 1.0) ** 2
    rest = np.where(is_rounded, 0.0, 1 - total)
    squares[np.bincount(number, minlength=groups) == 0] = np.nan
    spread = np.divide(rest**2, unknown, out=np.zeros(groups), where=unknown > 0)
    return squares + spread, squares + rest**2


@dataclass(frozen=True, slots=True, eq=False)
class LargestPlace:
    """What the loss of one place would take from each group."""

    share: FloatArray  # (groups) 0–1
    place: IntArray  # (groups) the smallest number of equals


def largest_place(amount: ArrayLike, group: ArrayLike, place: ArrayLike) -> LargestPlace:
    """The place that most of each group's amount is in, and its share; `place` has a number ≥ 0 for each amount.

    Raises `ValueError` as `hhi_by_group` does.

    >>> found = largest_place([3, 1, 4, 7], [0, 0, 0, 1], [5, 5, 6, 5])
    >>> found.share, found.place
    (array([0.5, 1. ]), array([5, 5]))
    """
    share, number, groups = _shares(amount, group)
    where = indices("place", place, below=2**31, size=len(share))
    pairs, pair = np.unique(number * (int(where.max()) + 1) + where, return_inverse=True)
    in_place = sums_by(pair, share, len(pairs))
    owner, place_of_pair = np.divmod(pairs, int(where.max()) + 1)
    # Of each group the largest first; equals stay in the order of places.
    order = np.lexsort((-in_place, owner))
    first = order[np.searchsorted(owner[order], np.arange(groups))]
    return LargestPlace(in_place[first], place_of_pair[first])


def _shares(amount: ArrayLike, group: ArrayLike) -> tuple[FloatArray, IntArray, int]:
    given = amounts("amount", amount)
    number = indices("group", group, below=2**31, size=len(given))
    if not len(given):
        raise ValueError("no amounts, so no shares")
    groups = int(number.max()) + 1
    total = sums_by(number, given, groups)
    if (total <= 0).any():
        raise ValueError(f"group {int(np.argmin(total))} has no positive amount, so no shares")
    return given / total[number], number, groups


def chokepoint_index(
    is_essential: ArrayLike, foreign_share: ArrayLike, concentration: ArrayLike, relatedness: ArrayLike
) -> FloatArray:
    """essential × foreign share × HHI × (1 − relatedness density), 0–1, for each input: ours, a composite.

    High where an input without which nothing is made comes from few and from abroad, and nobody here makes anything like
    it. All arguments are arrays of one length; the last three hold fractions. Raises `ValueError` for others.

    >>> chokepoint_index([True, False], [0.8, 0.8], [0.5, 0.5], [0.25, 0.25])
    array([0.3, 0. ])
    """
    essential = np.asarray(is_essential, dtype=np.bool_)
    size = essential.size
    foreign = fractions("foreign_share", foreign_share, size)
    concentrated = fractions("concentration", concentration, size)
    related = fractions("relatedness", relatedness, size)
    return np.where(essential, foreign * concentrated * (1 - related), 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Dependency:
    """The three criteria of strategic dependency, for each product, and whether all of them hold."""

    outside_hhi: FloatArray
    outside_in_imports: FloatArray  # 0–1; 0 where nothing is imported
    outside_to_exports: FloatArray  # ≥ 0; infinite where something is imported and nothing exported
    is_dependent: BoolArray


def strategic_dependency(
    outside_hhi: ArrayLike,
    outside_imports: ArrayLike,
    imports: ArrayLike,
    exports: ArrayLike,
    *,
    hhi_above: float = 0.4,
    share_above: float = 0.5,
    ratio_above: float = 1.0,
) -> Dependency:
    """Whether a product's imports depend on few outside sources. Source: European Commission SWD(2021) 352, section 3.

    HHI of the outside sources > `hhi_above`, outside imports / all imports > `share_above`, outside imports / own exports
    > `ratio_above`. Arrays have one value for each product, amounts are in one unit.
    Raises `ValueError` where outside imports are more than all imports.

    >>> found = strategic_dependency([0.5, 0.5], [6, 6], [10, 10], [5, 7])
    >>> found.outside_in_imports, found.outside_to_exports.round(2), found.is_dependent
    (array([0.6, 0.6]), array([1.2 , 0.86]), array([ True, False]))
    """
    concentrated = fractions("outside_hhi", outside_hhi)
    size = len(concentrated)
    outside = amounts("outside_imports", outside_imports, size)
    bought, sold = amounts("imports", imports, size), amounts("exports", exports, size)
    if (outside > bought).any():
        place = int(np.argmax(outside > bought))
        raise ValueError(f"outside_imports[{place}] is {outside[place]}, more than imports[{place}] = {bought[place]}")
    share = np.divide(outside, bought, out=np.zeros(size), where=bought > 0)
    ratio = np.divide(outside, sold, out=np.where(outside > 0, np.inf, 0.0), where=sold > 0)
    is_dependent = (concentrated > hhi_above) & (share > share_above) & (ratio > ratio_above)
    return Dependency(concentrated, share, ratio, is_dependent)


def hhi_flip_margins(amount: ArrayLike, threshold: float) -> FloatArray:
    """How far each share alone must move for the HHI to come to the threshold: signed, infinite where no move does it.

    When share i moves to x, the others keep their proportions and are scaled by (1 − x) / (1 − s_i). With
    q = (HHI − s_i²) / (1 − s_i)², the HHI of the others among themselves, the new index is x² + (1 − x)² q, which is the
    threshold θ at x = (q ± √(θ (1 + q) − q)) / (1 + q). Of the two in 0–1 the nearer to s_i is taken, and the margin is
    x − s_i. The verdict's flip margin is the smallest absolute value. A share of 1 has no others to scale.

    >>> hhi_flip_margins([0.6, 0.4], 0.68).round(6)  # 0.8² + 0.2²
    array([ 0.2, -0.2])
    """
    share = _shares(amount, np.zeros(np.size(amount), np.int64))[0]
    _require_fraction("threshold", threshold)
    rest = 1 - share
    with np.errstate(divide="ignore", invalid="ignore"):
        others = (np.sum(share**2) - share**2) / rest**2
        root = np.sqrt(threshold * (1 + others) - others)
        candidates = np.stack([(others - root) / (1 + others), (others + root) / (1 + others)])
    return _nearest(candidates, share, rest > 0)


def share_flip_margins(amount: ArrayLike, is_counted: ArrayLike, threshold: float) -> FloatArray:
    """How far each share alone must move for the sum of the counted ones to come to the threshold: signed, or infinite.

    With a = (Σ counted − s_i [i counted]) / (1 − s_i), the counted part of the others, the sum is x [i counted] + a (1 − x)
    when share i moves to x and the others keep their proportions; it is θ at x = (θ − a) / ([i counted] − a). The margin is
    x − s_i, infinite where x is not in 0–1. A share of 1 has no others to scale.

    >>> share_flip_margins([0.2, 0.2, 0.6], [True, False, False], 0.3).round(6)
    array([ 0.1,  inf, -0.2])
    """
    share = _shares(amount, np.zeros(np.size(amount), np.int64))[0]
    _require_fraction("threshold", threshold)
    counted = np.asarray(is_counted, dtype=np.bool_)
    if counted.shape != share.shape:
        raise ValueError(f"is_counted has {counted.size} values; it must have {len(share)}")
    rest = 1 - share
    with np.errstate(divide="ignore", invalid="ignore"):
        others = (share[counted].sum() - share * counted) / rest
        candidate = (threshold - others) / (counted - others)
    return _nearest(candidate[None], share, rest > 0)


def _nearest(candidates: FloatArray, share: FloatArray, has_others: BoolArray) -> FloatArray:
    """The move from each share to the nearest candidate in 0–1, allowing for the rounding of one at its border."""
    is_allowed = (candidates >= -1e-12) & (candidates <= 1 + 1e-12) & has_others
    moves = np.where(is_allowed, np.clip(candidates, 0, 1) - share, np.inf)
    nearest: FloatArray = np.take_along_axis(moves, np.abs(moves).argmin(axis=0)[None], axis=0)[0]
    return nearest


def _require_fraction(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"{name} is {value}; it must be a fraction 0–1")
