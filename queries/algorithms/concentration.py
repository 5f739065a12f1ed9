"""How near a verdict on concentration is to tipping: the least move of a share that changes it.

Shares are fractions and are normalised to sum 1, so amounts in any one unit do as well.
"""

import numpy as np
from numpy.typing import ArrayLike

from queries.algorithms.arrays import BoolArray, FloatArray, amounts


def hhi_flip_margins(amount: ArrayLike, threshold: float) -> FloatArray:
    """How far each share alone must move for the HHI, Σ s² (Hirschman 1964, AER 54:761), to come to the threshold: signed,
    infinite where no move does it.

    When share i moves to x, the others keep their proportions and are scaled by (1 − x) / (1 − s_i). With
    q = (HHI − s_i²) / (1 − s_i)², the HHI of the others among themselves, the new index is x² + (1 − x)² q, which is the
    threshold θ at x = (q ± √(θ (1 + q) − q)) / (1 + q). Of the two in 0–1 the nearer to s_i is taken, and the margin is
    x − s_i. The verdict's flip margin is the smallest absolute value. A share of 1 has no others to scale.

    >>> hhi_flip_margins([0.6, 0.4], 0.68).round(6)  # 0.8² + 0.2²
    array([ 0.2, -0.2])
    """
    share = _shares(amount)
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
    share = _shares(amount)
    _require_fraction("threshold", threshold)
    counted = np.asarray(is_counted, dtype=np.bool_)
    if counted.shape != share.shape:
        raise ValueError(f"is_counted has {counted.size} values; it must have {len(share)}")
    rest = 1 - share
    with np.errstate(divide="ignore", invalid="ignore"):
        others = (share[counted].sum() - share * counted) / rest
        candidate = (threshold - others) / (counted - others)
    return _nearest(candidate[None], share, rest > 0)


def _shares(amount: ArrayLike) -> FloatArray:
    given = amounts("amount", amount)
    if not given.sum() > 0:
        raise ValueError("no positive amount, so no shares")
    share: FloatArray = given / given.sum()
    return share


def _nearest(candidates: FloatArray, share: FloatArray, has_others: BoolArray) -> FloatArray:
    """The move from each share to the nearest candidate in 0–1, allowing for the rounding of one at its border."""
    is_allowed = (candidates >= -1e-12) & (candidates <= 1 + 1e-12) & has_others
    moves = np.where(is_allowed, np.clip(candidates, 0, 1) - share, np.inf)
    nearest: FloatArray = np.take_along_axis(moves, np.abs(moves).argmin(axis=0)[None], axis=0)[0]
    return nearest


def _require_fraction(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"{name} is {value}; it must be a fraction 0–1")
