"""What a budget is best spent on: projects whose gaps, each counted once, are worth most (budgeted maximum coverage).

    max Σ_g w_g z_g   s.t.   z_g ≤ Σ_{i covers g} x_i,   Σ_{i∈k} c_i x_i ≤ B_k for each cap k,
                             Σ_{i∈f} c_i x_i ≥ F_f for each floor f,   Σ_{i∈s} c_i x_i ≥ q_s Σ_i c_i x_i for each share s

with x binary, solved by HiGHS (`scipy.optimize.milp`), which bounds what any choice can reach. Beside it the greedy choice by
gain per cost, or the best single project where that is worth more, then swaps. Source: Khuller, Moss, Naor 1999, The budgeted
maximum coverage problem, Inf. Process. Lett. 70:39: with one budget alone it reaches ½ (1 − 1/e) of the best (their theorem 2).
For any caps Σ w z ≤ f(S) + the fractional knapsack of what each project adds to S, whatever S is, since f is submodular: the
bound of the coverage form. Amounts are reckoned in units of the budget, so that in which money they are given changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import e
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array, eye_array, hstack, vstack

from queries.algorithms.arrays import BoolArray, FloatArray, IntArray, amounts, fractions, indices

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

GUARANTEE = (1 - 1 / e) / 2
"""What part of the best choice the greedy one reaches at least where the budget is the only limit."""
_NEAR = 1e-9
"""What part of the budget a sum of costs may be off by rounding."""
_TIGHTER = 2e-6
"""HiGHS takes a violation by 1e-6 for none; a choice that breaks a limit so is looked for again with limits that much tighter."""
_PASSES = 5


@dataclass(frozen=True, slots=True, eq=False)
class Fund:
    """Projects, what they cover, and limits as rows Σ row_i x_i ≤ limit, the budget first; amounts in units of the budget."""

    cost: FloatArray  # (projects)
    worth: FloatArray  # (gaps)
    covers: csr_array  # (gaps, projects) 1 where it does
    rows: FloatArray  # (limits, projects)
    limit: FloatArray  # (limits)
    is_floor: BoolArray  # (limits) least amounts, with signs changed
    may: BoolArray  # (projects) which can be chosen at all
    unit: float

    def covered(self, chosen: BoolArray) -> BoolArray:
        """Which gaps a choice covers."""
        found: BoolArray = self.covers @ chosen.astype(np.float64) > 0
        return found

    def value(self, chosen: BoolArray) -> float:
        """What a choice is worth."""
        return float(self.worth @ self.covered(chosen))

    def gains(self, chosen: BoolArray) -> FloatArray:
        """What each project would add to a choice."""
        found: FloatArray = self.covers.T @ (self.worth * ~self.covered(chosen))
        return found

    def over(self, chosen: BoolArray) -> FloatArray:
        """By how much a choice breaks each limit, in units of money; 0 where it holds."""
        by = self.rows @ chosen - self.limit
        return np.where(by > _NEAR, by, 0) * self.unit

    def fits(self, used: FloatArray, with_floors: bool) -> BoolArray:
        """Which projects can be added to what `used` so much of each limit, floors looked at or not."""
        is_looked_at = ~self.is_floor | with_floors
        room = (self.limit - used + _NEAR)[is_looked_at]
        found: BoolArray = self.may & (self.rows[is_looked_at] <= room[:, None]).all(axis=0)
        return found


def fund(
    cost: ArrayLike,
    worth: ArrayLike,
    project: ArrayLike,
    gap: ArrayLike,
    budget: float,
    *,
    caps: Sequence[tuple[ArrayLike, float]] = (),
    floors: Sequence[tuple[ArrayLike, float]] = (),
    shares: Sequence[tuple[ArrayLike, float]] = (),
    may: ArrayLike | None = None,
) -> Fund:
    """The choice that a budget leaves: `project[m]` covers `gap[m]`. Caps, floors and shares are (which projects count to it,
    how much); limits stand in the order budget, caps, shares, floors. `may` says which projects can be chosen at all.

    Raises `ValueError` for a cost or budget that is not above 0, an amount below 0, a share outside 0–1.

    >>> one = fund([2, 3, 4], [1, 1, 1.5], [0, 1, 2, 2], [0, 1, 1, 2], budget=5)
    >>> best = optimum(one)
    >>> best.is_chosen, best.value, greedy(one).value
    (array([False, False,  True]), 2.5, 2.5)
    """
    paid, valued = amounts("cost", cost), amounts("worth", worth)
    if not (paid > 0).all():
        raise ValueError(f"cost[{int(np.argmin(paid > 0))}] is 0; it must be above 0")
    if not 0 < budget < np.inf:
        raise ValueError(f"budget is {budget}; it must be above 0")
    covered = indices("gap", gap, len(valued))
    pairs = np.unique(np.stack([covered, indices("project", project, len(paid), len(covered))]), axis=1)
    costs, count = paid / budget, len(paid)
    limits = [(np.ones(count, np.bool_), budget), *((np.asarray(who, np.bool_), most) for who, most in caps)]
    least = [(np.asarray(who, np.bool_), amount) for who, amount in floors]
    amounts("caps", [amount for _, amount in limits])
    amounts("floors", [amount for _, amount in least])
    parts = [(np.asarray(who, np.bool_), part) for who, part in shares]
    fractions("shares", [part for _, part in parts])
    rows = [costs * who for who, _ in limits] + [costs * (part - who) for who, part in parts]
    limit = [amount / budget for _, amount in limits] + [0.0] * len(parts) + [-amount / budget for _, amount in least]
    is_floor = np.arange(len(limit)) >= len(limit) - len(least)
    return Fund(
        costs, valued, csr_array((np.ones(pairs.shape[1]), (pairs[0], pairs[1])), (len(valued), count)),
        np.array(rows + [-costs * who for who, _ in least]).reshape(-1, count), np.array(limit), is_floor,
        np.ones(count, np.bool_) if may is None else np.asarray(may, np.bool_), float(budget),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """What is chosen, what that is worth, and what no choice can exceed."""

    is_chosen: BoolArray
    value: float
    bound: float

    @property
    def gap(self) -> float:
        """What part of the bound may be missing, 0–1."""
        return max(0.0, 1 - self.value / self.bound) if self.bound > 0 else 0.0


def optimum(one: Fund, gap: float = 0.0, seconds: float = 60.0) -> Choice | None:
    """The best choice, proven to the relative `gap` where the time suffices, else the best one found with the bound reached;
    `None` where floors cannot hold together with the caps.
    """
    limit, bound, found = one.limit, np.inf, None
    for _ in range(2):
        solved = _solved(replace(one, limit=limit), gap, seconds)
        if solved is None:
            break
        chosen, above = solved
        bound = min(bound, above)
        if chosen is not None and not one.over(chosen).any():
            found = chosen
            break
        limit = one.limit - _TIGHTER
    is_proven = found is not None and one.value(found) >= bound * (1 - gap) - _NEAR
    beside = None if is_proven else greedy(one)
    if beside and (found is None or beside.value > one.value(found)):
        found = beside.is_chosen
    if found is None:
        return None
    found = _completed(one, found)
    value = one.value(found)
    return Choice(found, value, max(bound if is_proven else min(bound, upper(one, found)), value))


def _solved(one: Fund, gap: float, seconds: float) -> tuple[BoolArray | None, float] | None:
    """What HiGHS finds, and its bound; `None` where no choice holds to the limits."""
    count, gaps = len(one.cost), len(one.worth)
    limit, unit = np.concatenate([one.limit, np.zeros(gaps)]), one.worth.sum() or 1.0
    aim = np.concatenate([np.zeros(count), -one.worth / unit])
    solved = _least(one, aim, _matrix(one), limit, mip_rel_gap=gap, time_limit=seconds)
    if solved.status == 2:  # infeasible
        return None
    bound = np.inf if solved.mip_dual_bound is None else -float(solved.mip_dual_bound) * unit
    return (None if solved.x is None else solved.x[:count] > 0.5), bound


def _matrix(one: Fund) -> csr_array:
    """The limits on x, then z − (x that cover it) ≤ 0, as rows over x and z."""
    gaps = len(one.worth)
    limits = hstack([csr_array(one.rows), csr_array((len(one.limit), gaps))])
    return csr_array(vstack([limits, hstack([-one.covers, eye_array(gaps)])]))


def unmet(one: Fund) -> FloatArray:
    """What is missing of each floor at least once as few as possible are given up, each beside those that are not, in units of
    money; zeros where all can hold together.
    """
    count, floors = len(one.cost), np.flatnonzero(one.is_floor)
    missing = np.zeros(len(floors))
    if not len(floors):
        return missing
    slack = np.zeros((len(one.limit), len(floors)))
    slack[floors, np.arange(len(floors))] = one.limit[floors]
    aim = np.concatenate([np.zeros(count), np.ones(len(floors))])
    found = _least(one, aim, np.hstack([one.rows, slack]), one.limit, time_limit=20.0).x
    given_up = np.ones(len(floors), np.bool_) if found is None else found[count:] > 0.5
    limit = np.where(one.is_floor, np.inf, one.limit)
    limit[floors[~given_up]] = one.limit[floors[~given_up]]
    for place in np.flatnonzero(given_up):
        row = one.rows[floors[place]]
        most = _least(one, row, one.rows, limit, time_limit=20.0).x
        reached = 0.0 if most is None else float(row @ (most > 0.5))
        missing[place] = (reached - one.limit[floors[place]]) * one.unit
    return missing


def _least(
    one: Fund, aim: FloatArray, rows: FloatArray | csr_array, limit: FloatArray, **options: float
) -> "OptimizeResult":
    """What HiGHS finds of the x, with more unknowns behind it, that the aim is least for. Each is 0 or 1: where some are not
    HiGHS 1.12 prints to standard output, where answers and the protocol of assistants go.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp  # As `survival`: no other question need wait for it.

    return milp(
        aim, constraints=LinearConstraint(rows, -np.inf, limit), integrality=np.ones(len(aim)), options=options,
        bounds=Bounds(0, np.concatenate([one.may, np.ones(len(aim) - len(one.cost))])),
    )  # fmt: skip


# --- greedy and swap -----------------------------------------------------------------------------------------------------


def greedy(one: Fund) -> Choice | None:
    """The greedy choice by gain per cost, floors first, or the best single project, then swaps of one for one; with the bound
    of the coverage form. `None` where it finds none that holds to the floors.
    """
    found = [_grown(one, np.zeros(len(one.cost), np.bool_))]
    alone = np.where(
        one.fits(np.zeros(len(one.limit)), with_floors=False), one.gains(np.zeros(len(one.cost), np.bool_)), -1
    )
    if len(alone) and alone.max() > 0:
        single = np.zeros(len(alone), np.bool_)
        single[int(np.argmax(alone))] = True
        found.append(_grown(one, single))
    held = [chosen for chosen in found if not one.over(chosen).any()]
    if not held:
        return None
    best = _swapped(one, max(held, key=one.value))
    value = one.value(best)
    return Choice(best, value, max(upper(one, best), value))


def upper(one: Fund, chosen: BoolArray) -> float:
    """What no choice can exceed: the least, over what a greedy choice had after each step and over a choice, of its worth and
    the fractional knapsack of what each project would add to it.
    """
    empty = np.zeros(len(one.cost), np.bool_)
    return min(one.value(at) + _knapsack(one, one.gains(at)) for at in (empty, _grown(one, empty), chosen))


def _knapsack(one: Fund, gains: FloatArray) -> float:
    gains = np.where(one.may, gains, 0)
    order = np.argsort(-gains / one.cost, kind="stable")
    spent = np.cumsum(one.cost[order])
    part = np.clip(1 - (spent - one.limit[0]) / one.cost[order], 0, 1)
    return float(gains[order] @ part)


def _grown(one: Fund, start: BoolArray) -> BoolArray:
    """What is chosen, and project after project beside it: while a floor is not met those that count to it, else those that
    add most for what they cost.
    """
    chosen = start.copy()
    used = one.rows @ chosen
    while True:
        gains = one.gains(chosen)
        is_short = one.is_floor & (used > one.limit + _NEAR)
        is_open = one.fits(used, with_floors=False) & ~chosen
        helps = (one.rows[is_short] < 0).any(axis=0)
        is_open &= helps if (is_open & helps).any() else gains > 0
        if not is_open.any():
            return chosen
        best = _best(gains / one.cost, is_open)
        chosen[best] = True
        used = used + one.rows[:, best]


def without(chosen: BoolArray, place: int) -> BoolArray:
    """A choice with one project less."""
    less = chosen.copy()
    less[place] = False
    return less


def _best(worth: FloatArray, is_open: BoolArray) -> int:
    return int(np.argmax(np.where(is_open, worth, -1.0)))


def _completed(one: Fund, chosen: BoolArray) -> BoolArray:
    """A choice without what adds nothing to it, with cheaper projects where they add as much, and with whatever still fits and
    adds something.
    """
    for place in np.flatnonzero(chosen)[np.argsort(-one.cost[chosen], kind="stable")]:
        less = without(chosen, place)
        gains = one.gains(less)
        if gains[place] <= 0 and not one.over(less).any():
            chosen = less
            continue
        is_as_good = (
            one.fits(one.rows @ less, with_floors=True)
            & ~chosen
            & (one.cost < one.cost[place])
            & (gains >= gains[place])
        )
        if is_as_good.any():
            less[int(np.argmin(np.where(is_as_good, one.cost, np.inf)))] = True
            chosen = less
    return _grown(one, chosen)


def alike(one: Fund) -> IntArray:
    """For each project the number of its kind: those of one kind cost the same, cover the same and count to the same limits, so
    that nothing here tells which of them to take.

    >>> alike(fund([2, 2, 2], [1], [0, 1], [0, 0], budget=5)).tolist()
    [1, 1, 0]
    """
    told = np.vstack([one.cost, one.may, one.rows, one.covers.toarray()])
    found: IntArray = np.unique(told, axis=1, return_inverse=True)[1].ravel()
    return found


def settled(chosen: BoolArray, kinds: IntArray, rank: IntArray) -> BoolArray:
    """A choice with as many of each kind, those of the lowest ranks.

    >>> settled(np.array([True, False, False]), np.array([0, 0, 1]), np.array([2, 1, 0])).tolist()
    [False, True, False]
    """
    found = np.zeros_like(chosen)
    for kind in np.unique(kinds[chosen]):
        own = np.flatnonzero(kinds == kind)
        found[own[np.argsort(rank[own], kind="stable")][: int(chosen[own].sum())]] = True
    return found


def _swapped(one: Fund, chosen: BoolArray) -> BoolArray:
    """A choice after exchanges of one project for another that is worth more, as long as any helps, five rounds at most."""
    for _ in range(_PASSES):
        before = one.value(chosen)
        for place in np.flatnonzero(chosen).tolist():
            less = without(chosen, place)
            gains = one.gains(less)
            is_open = one.fits(one.rows @ less, with_floors=True) & ~chosen & (gains > gains[place] * (1 + _NEAR))
            if is_open.any():
                less[_best(gains, is_open)] = True
                chosen = less
        chosen = _grown(one, chosen)
        if one.value(chosen) <= before:
            return chosen
    return chosen


# --- what else one may ask -------------------------------------------------------------------------------------------------


def prices(one: Fund) -> FloatArray | None:
    """What one more unit of money in each limit would be worth, ≥ 0: the duals of the linear relaxation, in which a part of
    a project can be paid. `None` where that has no solution.
    """
    from scipy.optimize import linprog

    count, gaps = len(one.cost), len(one.worth)
    bounds = np.stack([np.zeros(count + gaps), np.concatenate([one.may, np.ones(gaps)])], axis=1)
    solved = linprog(
        np.concatenate([np.zeros(count), -one.worth]), A_ub=_matrix(one),
        b_ub=np.concatenate([one.limit, np.zeros(gaps)]), bounds=bounds,
    )  # fmt: skip
    if solved.status != 0:
        return None
    found: FloatArray = np.maximum(-solved.ineqlin.marginals[: len(one.limit)], 0) / one.unit
    return found


def curve(one: Fund, budgets: ArrayLike, gap: float = 0.01, seconds: float = 5.0) -> list[float | None]:
    """What the best choice is worth with each of some budgets in rising order, all other limits as they are; `None` where
    floors cannot hold. A larger budget never counts less: what was chosen with a smaller one still can be.
    """
    found: list[float | None] = []
    for budget in amounts("budgets", budgets):
        limit = one.limit.copy()
        limit[0] = budget / one.unit
        best = optimum(replace(one, limit=limit), gap, seconds)
        values = [value for value in (best.value if best else None, *found[-1:]) if value is not None]
        found.append(max(values, default=None))
    return found


def in_order(one: Fund, order: Sequence[int] | IntArray) -> BoolArray:
    """What is chosen by taking each project in an order if it still fits its caps, whatever it adds; floors are not looked at."""
    chosen, used = np.zeros(len(one.cost), np.bool_), np.zeros(len(one.limit))
    for place in order:
        if one.may[place] and (one.rows[:, place] <= one.limit - used + _NEAR)[~one.is_floor].all():
            chosen[place] = True
            used = used + one.rows[:, place]
    return chosen


def largest_first(one: Fund) -> BoolArray:
    """The choice of who pays the largest projects first, as long as the caps allow."""
    return in_order(one, np.argsort(-one.cost, kind="stable"))


def equal_split(one: Fund, group: ArrayLike) -> BoolArray:
    """The choice of who gives each group of projects an equal part of the budget, which it spends by gain per cost alone."""
    groups = indices("group", group, 2**31, len(one.cost))
    own = np.unique(groups)
    caps = np.array([one.cost * (groups == number) for number in own]).reshape(-1, len(one.cost))
    split = replace(
        one, rows=np.vstack([one.rows, caps]), is_floor=np.append(one.is_floor, np.zeros(len(own), np.bool_)),
        limit=np.append(one.limit, np.full(len(own), one.limit[0] / max(len(own), 1))),
    )  # fmt: skip
    order = np.argsort(-one.gains(np.zeros(len(one.cost), np.bool_)) / one.cost, kind="stable")
    return in_order(split, order)
