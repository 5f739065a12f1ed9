"""What a budget is spent on: against every choice there is, on small random cases, and what must hold of any."""

from itertools import product
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.algorithms.fund import (
    GUARANTEE,
    Fund,
    curve,
    equal_split,
    fund,
    greedy,
    largest_first,
    optimum,
    prices,
    unmet,
)


class Drawn(NamedTuple):
    """A case as plain lists: costs, worths, gaps of each project, and limits as (members, amount or part)."""

    cost: list[int]
    worth: list[int]
    gaps: list[set[int]]
    budget: int
    caps: list[tuple[list[bool], int]]
    floors: list[tuple[list[bool], int]]
    shares: list[tuple[list[bool], float]]

    def fund(self, money: float = 1.0) -> Fund:
        pairs = [(i, g) for i, own in enumerate(self.gaps) for g in sorted(own)]
        return fund(
            [c * money for c in self.cost], self.worth, [i for i, _ in pairs], [g for _, g in pairs], self.budget * money,
            caps=[(who, a * money) for who, a in self.caps], floors=[(who, a * money) for who, a in self.floors],
            shares=self.shares,
        )  # fmt: skip

    def holds(self, x: tuple[int, ...]) -> bool:
        def spent(who: list[bool]) -> int:
            return sum(c for c, is_in, at in zip(self.cost, who, x, strict=True) if is_in and at)

        whole = spent([True] * len(x))
        return (
            whole <= self.budget
            and all(spent(who) <= most for who, most in self.caps)
            and all(spent(who) >= least for who, least in self.floors)
            and all(spent(who) >= part * whole - 1e-9 for who, part in self.shares)
        )

    def value(self, x: tuple[int, ...]) -> int:
        covered = set().union(*(own for own, at in zip(self.gaps, x, strict=True) if at))
        return sum(self.worth[g] for g in covered)

    def best(self) -> int | None:
        return max((self.value(x) for x in product((0, 1), repeat=len(self.cost)) if self.holds(x)), default=None)


@st.composite
def cases(draw: st.DrawFn, with_floors: bool = True, with_caps: bool = True) -> Drawn:
    n, g = draw(st.integers(1, 8)), draw(st.integers(1, 6))
    amount = st.integers(1, 30)
    members = st.lists(st.booleans(), min_size=n, max_size=n)
    return Drawn(
        draw(st.lists(amount, min_size=n, max_size=n)), draw(st.lists(st.integers(0, 9), min_size=g, max_size=g)),
        draw(st.lists(st.sets(st.integers(0, g - 1), max_size=3), min_size=n, max_size=n)), draw(st.integers(1, 90)),
        draw(st.lists(st.tuples(members, st.integers(0, 60)), max_size=3)) if with_caps else [],
        draw(st.lists(st.tuples(members, st.integers(0, 40)), max_size=2)) if with_floors else [],
        draw(st.lists(st.tuples(members, st.sampled_from([0.0, 0.25, 0.5, 1.0])), max_size=1)) if with_caps else [],
    )  # fmt: skip


@pytest.mark.slow
@given(cases())
def test_the_optimum_is_the_best_of_all_choices_and_breaks_no_limit(case: Drawn) -> None:
    one, best = case.fund(), case.best()
    found = optimum(one)
    if best is None:
        assert found is None and unmet(one).any()
        return
    assert found is not None
    assert found.value == pytest.approx(best) and found.bound == pytest.approx(best)
    assert case.holds(tuple(found.is_chosen.astype(int))) and not one.over(found.is_chosen).any()
    assert not unmet(one).any()
    beside = greedy(one)
    if beside:
        assert case.holds(tuple(beside.is_chosen.astype(int)))
        assert beside.value <= found.value + 1e-9 <= beside.bound + 2e-9


@pytest.mark.slow
@given(cases(with_floors=False, with_caps=False))
def test_greedy_reaches_what_khuller_moss_and_naor_prove(case: Drawn) -> None:
    best, found = case.best(), greedy(case.fund())
    assert best is not None and found is not None
    assert GUARANTEE * best - 1e-9 <= found.value <= best <= found.bound + 1e-9


@pytest.mark.slow
@given(cases(), st.sampled_from([1e-4, 1e4, 12_345.678]))
def test_in_which_money_amounts_are_given_changes_nothing(case: Drawn, money: float) -> None:
    here, there = optimum(case.fund()), optimum(case.fund(money))
    assert (here and here.value) == (there and pytest.approx(there.value))
    assert (unmet(case.fund(money)) > 0).tolist() == (unmet(case.fund()) > 0).tolist()


@pytest.mark.slow
@given(cases(with_floors=False))
def test_more_money_is_never_worth_less_and_no_price_is_below_nothing(case: Drawn) -> None:
    one = case.fund()
    budgets = [case.budget * part for part in (0.25, 0.5, 1.0, 2.0)]
    values = [value for value in curve(one, budgets, gap=0.0) if value is not None]
    assert values == sorted(values) and len(values) == 4
    found, price = optimum(one), prices(one)
    assert found is not None and price is not None and (price >= 0).all()
    assert found.value == pytest.approx(values[2])


@pytest.mark.slow
@given(cases(with_floors=False), st.integers(1, 3))
def test_plain_rules_break_no_cap_and_reach_no_more(case: Drawn, groups: int) -> None:
    one = case.fund()
    best = optimum(one)
    assert best is not None
    for chosen in (largest_first(one), equal_split(one, np.arange(len(case.cost)) % groups)):
        assert case.holds(tuple(chosen.astype(int)))
        assert one.value(chosen) <= best.value + 1e-9


def test_the_price_of_the_budget_is_what_a_part_of_the_next_project_is_worth() -> None:
    # 6 of 10 are spent on the first, the rest on a part of the second: 1 more is worth 4 / 8.
    found = prices(fund([6, 8], [9, 4], [0, 1], [0, 1], budget=10, caps=[([True, False], 100)]))
    assert found is not None
    assert found.tolist() == pytest.approx([0.5, 0])


def test_of_two_projects_for_one_gap_one_is_paid_the_cheaper() -> None:
    found = optimum(fund([5, 4], [3], [0, 1], [0, 0], budget=20))
    assert found is not None
    assert (found.is_chosen.tolist(), found.value) == ([False, True], 3)


def test_the_cheaper_of_two_for_one_gap_is_paid_also_where_money_is_plenty_and_nothing_is_printed(
    capfd: pytest.CaptureFixture[str],
) -> None:
    rng = np.random.default_rng(60)
    for _ in range(60):
        cost = rng.lognormal(9, 0.9, 40).round()
        gap, place = rng.integers(0, 60, 80), rng.integers(0, 9, 40)
        one = fund(cost, rng.lognormal(2, 1, 60), np.repeat(np.arange(40), 2), gap, cost.sum() * rng.uniform(0.1, 0.9),
                   caps=[(place == p, cost.sum() / 9) for p in range(9)], shares=[(place < 5, 0.5)])  # fmt: skip
        assert optimum(one, gap=0.001) is not None
    found = optimum(fund([50, 4, 9], [3, 1], [0, 1, 2], [0, 0, 1], budget=200))
    assert found is not None and found.is_chosen.tolist() == [False, True, True]
    assert capfd.readouterr().out == ""


def test_a_project_that_fills_nothing_is_never_paid() -> None:
    found = optimum(fund([5, 4], [3], [0], [0], budget=20))
    assert found is not None and found.is_chosen.tolist() == [True, False]


def test_floors_that_cannot_hold_are_told_apart() -> None:
    one = fund([5, 4], [3, 1], [0, 1], [0, 1], 20, floors=[([True, False], 6), ([False, True], 4), ([True, True], 12)])
    assert optimum(one) is None
    assert unmet(one).tolist() == pytest.approx([1, 0, 3])


@pytest.mark.parametrize(
    ("cost", "budget", "more", "why"),
    [
        ([1, -2], 5, {}, r"cost\[1\] is -2"),
        ([1, 0], 5, {}, r"cost\[1\] is 0"),
        ([1, float("nan")], 5, {}, r"cost\[1\] is nan"),
        ([1, 2], 0, {}, "budget is 0"),
        ([1, 2], 5, {"shares": [([True, False], 1.2)]}, r"shares\[0\] is 1.2"),
        ([1, 2], 5, {"floors": [([True, False], -1)]}, r"floors\[0\] is -1"),
        ([1, 2], 5, {"caps": [([True, False], -1)]}, r"caps\[1\] is -1"),
    ],
)
def test_bad_numbers_are_named(cost: list[float], budget: float, more: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        fund(cost, [1], [0], [0], budget, **more)  # type: ignore[arg-type]


def test_nothing_is_chosen_where_the_budget_is_below_the_cheapest() -> None:
    one = fund([5, 4], [3, 1], [0, 1], [0, 1], budget=3)
    found = optimum(one)
    assert found is not None and not found.is_chosen.any() and found.gap == 0
