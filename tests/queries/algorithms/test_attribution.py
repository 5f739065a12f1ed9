"""Ledgers and Shapley values against loops over every order and every day, and what must hold of any case."""

from datetime import date, timedelta
from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.algorithms.attribution import Term, agreed_shares, contributed, divided
from tests.oracle.centres import plain_agreed, plain_contributed

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
    assert due == pytest.approx(plain_contributed(amount, alone, paid), rel=1e-9, abs=1e-6)
    assert fsum(due) == pytest.approx(amount, rel=1e-9, abs=1e-9)
    assert all(part >= 0 for part in due)
    # The home reaches at least as much alone as the host, and who was paid nothing is due nothing.
    assert due[1] >= due[0] - 1e-6
    assert all(part == pytest.approx(0, abs=1e-6) for part, e in zip(due[2:], paid, strict=True) if e == 0)


def test_many_may_be_paid_and_those_paid_alike_are_due_alike() -> None:
    due = contributed(100.0, 0.3, [0.1] * 60)
    assert len(set(due[2:])) == 1 and fsum(due) == pytest.approx(100)


@pytest.mark.parametrize(("alone", "paid"), [(-0.1, []), (1.1, []), (0.5, [-1.0])])
def test_a_home_that_reaches_no_part_and_a_negative_payment_are_refused(alone: float, paid: list[float]) -> None:
    with pytest.raises(ValueError, match="home_alone is a part"):
        contributed(1.0, alone, paid)


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
