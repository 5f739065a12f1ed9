"""Ledgers and Shapley values against loops over every order and every day, and what must hold of any case."""

from datetime import date, timedelta
from math import fsum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from queries.algorithms.arrays import FloatArray
from queries.algorithms.attribution import Term, agreed_shares, contributed, divided, sampled_shapley, shapley
from tests.oracle.centres import plain_agreed, plain_contributed, plain_shapley

pytestmark = pytest.mark.slow

BEGINS, ENDS = date(2023, 1, 1), date(2023, 3, 31)
DAYS = st.one_of(st.none(), st.dates(BEGINS - timedelta(20), ENDS + timedelta(20)))
SHARES = st.sampled_from([0.0, 0.25, 0.5, 0.5, 0.75, 1.0])
TERMS = st.lists(st.builds(Term, st.sampled_from(["a", "b", "c"]), SHARES, DAYS, DAYS), max_size=5)


@given(TERMS)
def test_agreed_parts_are_those_of_every_single_day(terms: list[Term]) -> None:
    found = agreed_shares(terms, BEGINS, ENDS)
    plain = plain_agreed([(t.place, t.share, t.begins, t.ends) for t in terms], BEGINS, ENDS)
    assert found.shares == pytest.approx({place: plain.get(place, 0.0) for place in found.shares})
    assert found.open_share == pytest.approx(plain.get(None, 0.0), abs=1e-9)
    assert {place for place in plain if place} <= found.shares.keys()
    assert fsum(found.shares.values()) + found.open_share == pytest.approx(1)


@given(st.floats(0, 1e9), st.lists(st.floats(0.001, 1), min_size=1, max_size=6))
def test_what_is_divided_is_neither_more_nor_less(amount: float, weights: list[float]) -> None:
    parts: dict[str | None, float] = {str(i): w / sum(weights) for i, w in enumerate(weights)}
    assert fsum(divided(amount, parts).values()) == pytest.approx(amount, rel=1e-12, abs=1e-12)


@given(st.floats(0, 1e6), st.floats(0, 1), st.lists(st.floats(0, 3), max_size=4))
def test_what_is_due_is_that_of_every_order_and_sums_to_the_amount(
    amount: float, alone: float, paid: list[float]
) -> None:
    due = contributed(amount, alone, paid)
    assert due.tolist() == pytest.approx(plain_contributed(amount, alone, paid), rel=1e-9, abs=1e-6)
    assert fsum(due) == pytest.approx(amount, rel=1e-9, abs=1e-9)
    assert (due >= -1e-9 * max(amount, 1)).all()
    # The home reaches at least as much alone as the host, and who was paid nothing is due nothing.
    assert due[1] >= due[0] - 1e-6
    assert all(part == pytest.approx(0, abs=1e-6) for part, e in zip(due[2:], paid, strict=True) if e == 0)


def game(seed: int, players: int) -> FloatArray:
    worth = np.random.default_rng(seed).integers(0, 50, 1 << players).astype(float)
    worth[0] = 0
    return worth


@given(st.integers(0, 10_000), st.integers(1, 5))
def test_shapley_values_of_any_game_are_those_of_every_order(seed: int, players: int) -> None:
    worth = game(seed, players)
    plain = plain_shapley(players, lambda there: float(worth[sum(1 << i for i in there)]))
    found = shapley(players, lambda coalitions: worth[coalitions])
    assert found.tolist() == pytest.approx(plain, abs=1e-9)
    assert found.sum() == pytest.approx(worth[-1], abs=1e-9)


def test_sampled_values_come_near_and_sum_to_the_whole() -> None:
    worth = game(1, 6)
    exact, drawn = shapley(6, lambda s: worth[s]), sampled_shapley(6, lambda s: worth[s], draws=20_000)
    assert drawn.tolist() == pytest.approx(exact.tolist(), abs=0.5)
    assert drawn.sum() == pytest.approx(worth[-1])
    assert (
        sampled_shapley(6, lambda s: worth[s], draws=50).tolist()
        == sampled_shapley(6, lambda s: worth[s], draws=50).tolist()
    )


def test_of_more_than_ten_who_were_paid_orders_are_drawn_and_the_sum_stays() -> None:
    due = contributed(100.0, 0.3, [0.1] * 11)
    assert len(due) == 13 and due.sum() == pytest.approx(100)
    with pytest.raises(ValueError, match="13 contributors"):
        shapley(13, lambda s: np.zeros(len(s)))


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_a_part_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="must be 0–1"):
        agreed_shares([Term("a", share)], BEGINS, ENDS)


def test_overlapping_terms_contradict_for_as_long_as_they_overlap() -> None:
    terms = [Term("a", 1.0, None, date(2023, 2, 9)), Term("b", 1.0, date(2023, 2, 1), None)]
    found = agreed_shares(terms, BEGINS, ENDS)
    assert found.contradicting == [date(2023, 2, 1)]
    assert found.open_share == pytest.approx(9 / 90)


@pytest.mark.parametrize("parts", [{"a": 0.5}, {"a": 1.5, "b": -0.5}, {"a": 0.7, "b": 0.7}])
def test_parts_that_are_not_one_divide_nothing(parts: dict[str | None, float]) -> None:
    with pytest.raises(ValueError, match="not 1 together"):
        divided(10.0, parts)


def test_a_game_of_nobody_or_of_no_number_is_refused() -> None:
    def no_number(coalitions: NDArray[np.int64]) -> FloatArray:
        return np.full(len(coalitions), np.nan)

    with pytest.raises(ValueError, match="nobody must be worth 0"):
        shapley(1, lambda s: np.ones(len(s)))
    with pytest.raises(ValueError, match="no finite amount"):
        shapley(1, no_number)
