"""Whose is it: one amount in several ledgers, each of which divides it among places without counting anything twice.

A ledger maps places to parts of an amount; `None` stands for the place that is not known, or not agreed. In each the sum is
the amount: what nobody may claim is not lost, it is nobody's.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from math import fsum
from typing import NamedTuple

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


def contributed(amount: float, home_alone: float, commissioned: Sequence[float]) -> list[float]:
    """What of an amount is due to the host of the centre, to the home of its resident, and to each who was commissioned.

    Their Shapley values (Shapley 1953: what each adds, averaged over all orders of coming) in this game: the host without a
    resident reaches nothing, the home without the centre the part a = `home_alone`, and of either the part
    q_j = e_j / (I + Σ e) is lost without the one who was paid e_j for it, I being 1 and e in parts of what was spent inside:
    v(S) = amount · g(S) · (1 − Σ_{j ∉ S} q_j).

    That is a sum of games in which some reach a part together and nothing apart, and share it alike: home alone and home with
    host, each without anybody commissioned, a (1 − Σ q) and (1 − a) (1 − Σ q), and each with one of them, a q_j and (1 − a) q_j.

    >>> contributed(100.0, 0.0, []), contributed(100.0, 0.5, []), contributed(90.0, 0.0, [1.0])
    ([50.0, 50.0], [25.0, 75.0], [37.5, 37.5, 15.0])
    """
    if not 0 <= home_alone <= 1 or any(spent < 0 for spent in commissioned):
        raise ValueError("home_alone is a part, 0–1, and what was paid is not negative")
    whole = 1 + fsum(commissioned)
    outside = [spent / whole for spent in commissioned]
    inside, with_host = 1 / whole, 1 - home_alone
    host = with_host * (inside / 2 + fsum(outside) / 3)
    home = host + home_alone * (inside + fsum(outside) / 2)
    return [amount * host, amount * home, *(amount * part * (with_host / 3 + home_alone / 2) for part in outside)]
