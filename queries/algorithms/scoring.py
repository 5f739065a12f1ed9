"""Scores of alternatives by several indicators: SAW and TOPSIS, and whether a grade or rank rests on the weights.

A row of the matrix is an alternative, a column an indicator; `is_gain` says of each whether more is better. NaN is "not
known": it is left out of a column's least and greatest, and the score of its row is NaN.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from queries.algorithms.arrays import BoolArray, FloatArray

_TIE = 1e-12
"""Scores nearer than that are equal: they are sums of rounded products."""


class Scale(StrEnum):
    """How a column is made comparable."""

    MIN_MAX = "min_max"
    VECTOR = "vector"


class Method(StrEnum):
    """How columns become a score: the weighted sum, or the nearness to the best of each."""

    SAW = "saw"
    TOPSIS = "topsis"


class Stability(NamedTuple):
    """For each alternative, in which part of the draws its grade, and its rank, is that of the given weights."""

    grade: FloatArray
    rank: FloatArray


def min_max(
    matrix: ArrayLike, is_gain: ArrayLike, low: ArrayLike | None = None, high: ArrayLike | None = None
) -> FloatArray:
    """Each column from 0, its worst, to 1, its best: (x − low) / (high − low), of a cost 1 − that.

    `low` and `high` are a column's least and greatest where they are not given, or NaN; beyond them a value counts as they
    do. A column whose low and high are equal tells nothing apart: each known value in it is 1. Where only one end is given and
    no value is beyond it, each counts as that end.

    >>> min_max([[4, 4], [1, 5], [3, 2], [4, 2]], [True, False]).round(4).tolist()
    [[1.0, 0.3333], [0.0, 0.0], [0.6667, 1.0], [1.0, 1.0]]
    """
    values, gain = _checked(matrix, is_gain)
    least, most = extremes(values)
    given_low, given_high = (
        np.full(values.shape[1], np.nan) if end is None else np.asarray(end, dtype=float) for end in (low, high)
    )
    has_low, has_high = ~np.isnan(given_low), ~np.isnan(given_high)
    lowest, highest = np.where(has_low, given_low, least), np.where(has_high, given_high, most)
    # Halved, so that the difference of two large numbers is no infinity.
    width = highest / 2 - lowest / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.clip((values / 2 - lowest / 2) / width, 0.0, 1.0)
    scaled: FloatArray = np.where(gain, part, 1.0 - part)
    scaled[:, ~(width > 0)] = 1.0
    is_all_low, is_all_high = has_low & ~has_high & (most <= lowest), has_high & ~has_low & (least >= highest)
    scaled[:, np.where(gain, is_all_low, is_all_high)] = 0.0
    scaled[np.isnan(values)] = np.nan
    return scaled


def vector(matrix: ArrayLike) -> FloatArray:
    """Each column divided by its Euclidean length √Σ x²; a column of zeros stays.

    >>> vector([[3, 0], [4, 0]]).tolist()
    [[0.6, 0.0], [0.8, 0.0]]
    """
    values = np.asarray(matrix, dtype=float)
    largest = np.nanmax(np.abs(values), axis=0, initial=0.0)
    relative = values / np.where(largest > 0, largest, 1.0)
    length = np.sqrt(np.nansum(relative**2, axis=0))
    scaled: FloatArray = relative / np.where(length > 0, length, 1.0)
    return scaled


def saw(scaled: ArrayLike, weights: ArrayLike) -> FloatArray:
    """Simple additive weighting (Hwang, Yoon 1981): Σ_j w_j n_ij, with weights normalised to 1.

    `weights` may be a matrix with a row for each draw; then the score has a column for each.

    >>> saw([[1, 0.5], [0, 1]], [3, 1]).tolist()
    [0.875, 0.25]
    """
    values = np.asarray(scaled, dtype=float)
    score: FloatArray = values @ _weights(weights, values.shape[1]).T
    return score


def topsis(
    scaled: ArrayLike,
    weights: ArrayLike,
    is_gain: ArrayLike | None = None,
    ends: tuple[FloatArray, FloatArray] | None = None,
) -> FloatArray:
    """TOPSIS (Hwang, Yoon 1981): C_i = d⁻ / (d⁺ + d⁻), the distances of w_j n_ij to the worst and the best of each column.

    `scaled` is what `min_max` gives, where all are gains, or `vector`, where `is_gain` says which are. Where all alternatives
    are equal each is the best: 1. `weights` as in `saw`. `ends` are the least and the greatest of each column where these are
    not those of the alternatives, as where a rule says them.

    >>> topsis(min_max([[4, 4], [1, 5], [3, 2], [4, 2]], [True, False]), [0.5, 0.5]).round(4).tolist()
    [0.6126, 0.0, 0.7829, 1.0]
    >>> topsis(vector([[4, 4], [1, 5], [3, 2], [4, 2]]), [0.5, 0.5], [True, False]).round(4).tolist()
    [0.629, 0.0, 0.7739, 1.0]
    """
    values, gain = _checked(scaled, np.ones(np.shape(scaled)[-1], dtype=bool) if is_gain is None else is_gain)
    weight = _weights(weights, values.shape[1]) ** 2
    least, most = ends or extremes(values)
    to_best = np.sqrt((values - np.where(gain, most, least)) ** 2 @ weight.T)
    to_worst = np.sqrt((values - np.where(gain, least, most)) ** 2 @ weight.T)
    both = to_best + to_worst
    nearness: FloatArray = np.where(both == 0, 1.0, to_worst / np.where(both == 0, 1.0, both))
    return nearness


def graded(score: ArrayLike, floors: ArrayLike) -> FloatArray:
    """How many of some floors each score reaches: 0 where it reaches none, NaN where it is not known.

    >>> graded([0.2, 0.6, 0.9], [0.6, 0.8]).tolist()
    [0.0, 1.0, 2.0]
    """
    given = np.asarray(score, dtype=float)
    grade: FloatArray = np.searchsorted(np.sort(np.asarray(floors, dtype=float)), given + _TIE, side="right").astype(
        float
    )
    grade[np.isnan(given)] = np.nan
    return grade


def ranks(score: ArrayLike) -> FloatArray:
    """The rank of each alternative, 1 the best; equals have the same, and the next is as if they had not. NaN where not known.

    >>> ranks([0.5, 0.9, 0.5]).tolist()
    [2.0, 1.0, 2.0]
    """
    from scipy.stats import rankdata  # Half a second, which no other question need wait for.

    given = -np.round(np.asarray(score, dtype=float), 12)
    found: FloatArray = rankdata(given, method="min", axis=0, nan_policy="omit").astype(float)
    found[np.isnan(given)] = np.nan
    return found


def rank_stability(
    score: Callable[[FloatArray], FloatArray], weights: ArrayLike, floors: ArrayLike, draws: int = 10_000, seed: int = 0
) -> Stability:
    """In which part of the draws of weights, uniform over all that sum to 1, each grade and rank is that of the given ones.

    `score` gives the scores by a matrix of weights, a row each. Equal arguments give equal parts.

    >>> rank_stability(lambda w: saw([[1.0, 1.0], [0.0, 0.0]], w), [0.5, 0.5], [0.5], draws=100).rank.tolist()
    [1.0, 1.0]
    """
    policy = np.atleast_2d(np.asarray(weights, dtype=float))
    drawn = np.random.default_rng(seed).dirichlet(np.ones(policy.shape[1]), size=draws)
    as_given, by_draw = score(policy), score(drawn)
    unknown = np.isnan(as_given[:, 0])
    grade = (graded(by_draw, floors) == graded(as_given, floors)).mean(axis=1)
    rank = np.zeros(len(unknown))
    if not unknown.all():
        rank[~unknown] = (ranks(by_draw[~unknown]) == ranks(as_given[~unknown])).mean(axis=1)
    grade[unknown], rank[unknown] = np.nan, np.nan
    return Stability(grade, rank)


def needed(
    scaled: FloatArray,
    is_gain: ArrayLike,
    target: FloatArray,
    score: Callable[[FloatArray], FloatArray],
    steps: int = 50,
) -> FloatArray:
    """What each value of the matrix alone must become for its row to reach the target; NaN where no value up to the column's
    best does.

    `score` gives the scores of a matrix by its rows alone, better where a value is, so that bisection finds the least change.

    >>> needed(np.array([[0.2, 1.0]]), [True, True], np.array([0.8]), lambda m: saw(m, [1, 1])).round(6).tolist()
    [[0.6, nan]]
    """
    least, most = extremes(scaled)
    least, most = np.minimum(least, 0.0), np.maximum(most, 1.0)
    best = np.where(np.asarray(is_gain, dtype=bool), most, least)
    found = np.full(scaled.shape, np.nan)
    for column in range(scaled.shape[1]):
        near, far = scaled[:, column].copy(), np.full(len(scaled), best[column])
        moved = scaled.copy()
        moved[:, column] = far
        can = score(moved) >= target - _TIE
        for _ in range(steps):
            moved[:, column] = (near + far) / 2
            is_enough = score(moved) >= target - _TIE
            far, near = np.where(is_enough, moved[:, column], far), np.where(is_enough, near, moved[:, column])
        found[can, column] = far[can]
    return found


def extremes(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The least and the greatest known value of each column; 0 where none is known.

    >>> [ends.tolist() for ends in extremes(np.array([[3.0, np.nan], [1.0, np.nan]]))]
    [[1.0, 0.0], [3.0, 0.0]]
    """
    known = ~np.isnan(values)
    is_any = known.any(axis=0)
    least: FloatArray = np.where(is_any, np.where(known, values, np.inf).min(axis=0, initial=np.inf), 0.0)
    most: FloatArray = np.where(is_any, np.where(known, values, -np.inf).max(axis=0, initial=-np.inf), 0.0)
    return least, most


def _checked(matrix: ArrayLike, is_gain: ArrayLike) -> tuple[FloatArray, BoolArray]:
    values, gain = np.asarray(matrix, dtype=float), np.asarray(is_gain, dtype=np.bool_)
    if values.ndim != 2 or gain.shape != (values.shape[1],):
        raise ValueError(f"the matrix is {values.shape}, is_gain {gain.shape}; there must be a value for each column")
    if np.isinf(values).any():
        raise ValueError("the matrix holds an infinite value; what is not known is NaN")
    return values, gain


def _weights(weights: ArrayLike, columns: int) -> FloatArray:
    given = np.asarray(weights, dtype=float)
    if given.shape[-1] != columns:
        raise ValueError(f"{given.shape[-1]} weights for {columns} indicators")
    if not (np.isfinite(given).all() and (given >= 0).all()):
        raise ValueError("a weight is negative or not a number")
    largest = given.max(axis=-1, keepdims=True)
    if not (largest > 0).all():
        raise ValueError("no weight is positive")
    given = given / largest  # so that the sum of large ones is no infinity
    normalised: FloatArray = given / given.sum(axis=-1, keepdims=True)
    return normalised
