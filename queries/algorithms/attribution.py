"""Whose is it: one amount in several ledgers, each of which divides it among places without counting anything twice.

A ledger maps places to parts of an amount; `None` stands for the place that is not known, or not agreed. In each the sum is
the amount: what nobody may claim is not lost, it is nobody's.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from math import factorial, fsum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from queries.algorithms.arrays import FloatArray

EXACT_CONTRIBUTORS = 12
"""Contributors up to which every coalition is worth looking at: 2¹² of them."""
_WHOLE = 1e-9


class Term(NamedTuple):
    """The part that a place has of what is counted from a day to a day, both included; either may be open."""

    place: str
    share: float
    begins: date | None = None
    ends: date | None = None


class Agreed(NamedTuple):
    """The parts of places over a period, the part of it over which nothing holds, and the days where terms contradict."""

    shares: dict[str, float]
    open_share: float
    contradicting: list[date]
    """The first day of each stretch on which the parts are not 1 together, or a place has two."""


def agreed_shares(terms: Sequence[Term], begins: date, ends: date) -> Agreed:
    """What terms give each place of what is counted evenly over a period, both days included.

    On a day the parts of the places that have one must be 1 together, and each place may have one: a stretch of days where
    that does not hold is contradicting, and gives nobody anything.

    >>> half = Term("place:a", 0.5), Term("place:b", 0.5)
    >>> agreed_shares(half, date(2023, 1, 1), date(2023, 12, 31)).shares
    {'place:a': 0.5, 'place:b': 0.5}
    >>> agreed_shares(half[:1], date(2023, 1, 1), date(2023, 12, 31)).contradicting
    [datetime.date(2023, 1, 1)]
    """
    if begins > ends:
        raise ValueError(f"the period begins on {begins}, after it ends on {ends}")
    for term in terms:
        if not 0 <= term.share <= 1:
            raise ValueError(f"{term.place} has a part of {term.share}; it must be 0–1")
    after = ends + timedelta(days=1)
    starts = [term.begins for term in terms if term.begins]
    stops = [term.ends + timedelta(days=1) for term in terms if term.ends and term.ends < date.max]
    cuts = sorted({begins, after, *(day for day in (*starts, *stops) if begins < day < after)})
    days: dict[str, list[float]] = {}
    contradicting: list[date] = []
    for start, stop in pairwise(cuts):
        own = [t for t in terms if (t.begins or start) <= start and (t.ends or start) >= start]
        places = [term.place for term in own]
        if own and (len(set(places)) < len(places) or abs(fsum(t.share for t in own) - 1) > _WHOLE):
            contradicting.append(start)
        elif own:
            for term in own:
                days.setdefault(term.place, []).append(term.share * (stop - start).days)
    length = (after - begins).days
    shares = {place: fsum(parts) / length for place, parts in sorted(days.items())}
    return Agreed(shares, max(1 - fsum(shares.values()), 0.0), contradicting)


def divided(amount: float, shares: Mapping[str | None, float]) -> dict[str | None, float]:
    """An amount by parts that are 1 together; the last takes what rounding leaves, so that the sum is the amount.

    >>> divided(10.0, {"place:a": 0.25, None: 0.75})
    {'place:a': 2.5, None: 7.5}
    """
    if abs(fsum(shares.values()) - 1) > _WHOLE or any(share < 0 for share in shares.values()):
        raise ValueError(f"the parts {dict(shares)} are not 1 together, or one is negative")
    parts = {place: amount * share for place, share in shares.items()}
    last = next(reversed(parts))
    return parts | {last: amount - fsum(part for place, part in parts.items() if place != last)}


def shapley(contributors: int, value: Callable[[NDArray[np.int64]], FloatArray]) -> FloatArray:
    """The Shapley value of each contributor (Shapley 1953): what it adds, averaged over all orders of coming; exact.

    φ_i = Σ_{S ∌ i} |S|! (n − |S| − 1)! / n! · (v(S ∪ i) − v(S)). `value` gives v of coalitions, each a number whose bit i says
    whether i is in it; v of nobody must be 0. Σ φ = v of all.

    >>> shapley(2, lambda s: np.where(s == 3, 10.0, 0.0)).tolist()  # neither gets anything without the other
    [5.0, 5.0]
    """
    if not 0 <= contributors <= EXACT_CONTRIBUTORS:
        raise ValueError(f"{contributors} contributors; exact up to {EXACT_CONTRIBUTORS}: sample orders instead")
    coalitions = np.arange(1 << contributors, dtype=np.int64)
    worth, sizes = _worth(value, coalitions), np.bitwise_count(coalitions).astype(np.int64)
    weight = np.array(
        [factorial(s) * factorial(contributors - s - 1) / factorial(contributors) for s in range(contributors)]
    )
    found = np.zeros(contributors)
    for one in range(contributors):
        without = coalitions[coalitions >> one & 1 == 0]
        found[one] = weight[sizes[without]] @ (worth[without | 1 << one] - worth[without])
    return found


def sampled_shapley(
    contributors: int, value: Callable[[NDArray[np.int64]], FloatArray], draws: int = 2_000, seed: int = 0
) -> FloatArray:
    """The Shapley value by orders drawn at random (Castro, Gómez, Tejada 2009), each beside its reverse; up to 62 contributors.

    Σ φ = v of all in every order, and so here; equal arguments give equal values. Coalitions as in `shapley`.

    >>> sampled_shapley(13, lambda s: np.bitwise_count(s).astype(float), draws=4).tolist() == [1.0] * 13
    True
    """
    if not 0 <= contributors <= 62:
        raise ValueError(f"{contributors} contributors; a coalition is a number of 62 bits")
    rng = np.random.default_rng(seed)
    orders = rng.permuted(np.tile(np.arange(contributors), (draws, 1)), axis=1)
    orders = np.concatenate([orders, orders[:, ::-1]])
    coalitions = np.cumsum(np.int64(1) << orders, axis=1, dtype=np.int64)
    worth = _worth(value, coalitions.ravel()).reshape(coalitions.shape)
    _worth(value, np.zeros(1, np.int64))  # which must be 0
    added = np.diff(worth, axis=1, prepend=0.0)
    found: FloatArray = np.bincount(orders.ravel(), weights=added.ravel(), minlength=contributors) / len(orders)
    return found


def _worth(value: Callable[[NDArray[np.int64]], FloatArray], coalitions: NDArray[np.int64]) -> FloatArray:
    worth = np.asarray(value(coalitions), dtype=float)
    if not np.isfinite(worth).all():
        raise ValueError("a coalition is worth no finite amount")
    if (worth[coalitions == 0] != 0).any():
        raise ValueError("nobody must be worth 0")
    return worth


def contributed(amount: float, home_alone: float, commissioned: Sequence[float]) -> FloatArray:
    """What of an amount is due to the host of the centre, to the home of its resident, and to each who was commissioned.

    The host without a resident reaches nothing, the home without the centre the part `home_alone`, and of either the part
    e_j / (I + Σ e) is lost without the one who was paid e_j for it, I being 1 and e in parts of what was spent inside:
    v(S) = amount · g(S) · (1 − Σ_{j ∉ S} q_j). Shapley values, exact up to 10 commissioned ones, else by sampled orders.

    >>> contributed(100.0, 0.0, []).tolist(), contributed(100.0, 0.5, []).tolist()
    ([50.0, 50.0], [25.0, 75.0])
    """
    spent = np.asarray(commissioned, dtype=float)
    if not 0 <= home_alone <= 1 or (spent < 0).any():
        raise ValueError("home_alone is a part, 0–1, and what was paid is not negative")
    part = spent / (1 + spent.sum())
    players = 2 + len(part)

    def value(coalitions: NDArray[np.int64]) -> FloatArray:
        has_host, has_home = coalitions & 1, coalitions >> 1 & 1
        reached = has_home * np.where(has_host, 1.0, home_alone)
        lost = np.zeros(len(coalitions))
        for number, one in enumerate(part, 2):
            lost += np.where(coalitions >> number & 1, 0.0, one)
        worth: FloatArray = amount * reached * (1 - lost)
        return worth

    return (shapley if players <= EXACT_CONTRIBUTORS else sampled_shapley)(players, value)
