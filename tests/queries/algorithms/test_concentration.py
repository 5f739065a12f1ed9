"""Concentration of shares and how near a verdict is to tipping."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.algorithms.concentration import (
    chokepoint_index,
    hhi,
    hhi_bounds,
    hhi_bounds_by,
    hhi_by_group,
    hhi_flip_margins,
    largest_place,
    share_flip_margins,
    strategic_dependency,
)
from tests.queries.algorithms.plain_esri import Floats

AMOUNTS = st.lists(st.floats(0, 1e6), min_size=1, max_size=12).filter(lambda values: sum(values) > 1e-3)


@given(AMOUNTS)
def test_hhi_lies_between_equal_shares_and_one_source(amounts: list[float]) -> None:
    found = hhi(amounts)
    assert 1 / len(amounts) - 1e-12 <= found <= 1 + 1e-12
    assert found == pytest.approx(sum((a / sum(amounts)) ** 2 for a in amounts))


@given(AMOUNTS, st.floats(1e-3, 1e3))
def test_the_unit_of_amounts_does_not_matter(amounts: list[float], factor: float) -> None:
    assert hhi([a * factor for a in amounts]) == pytest.approx(hhi(amounts))


def test_groups_are_measured_apart() -> None:
    rng = np.random.default_rng(0)
    group, place, amount = rng.integers(0, 20, 300), rng.integers(0, 4, 300), rng.random(300)
    group[:20] = np.arange(20)
    by_group, largest = hhi_by_group(amount, group), largest_place(amount, group, place)
    for g in range(20):
        own = amount[group == g]
        assert by_group[g] == pytest.approx(hhi(own))
        places = Counter[int]()
        for p, a in zip(place[group == g], own, strict=True):
            places[int(p)] += a
        assert (largest.place[g], largest.share[g]) == (
            places.most_common(1)[0][0],
            pytest.approx(max(places.values()) / own.sum()),
        )


def test_of_places_that_are_equally_large_the_first_is_named() -> None:
    assert largest_place([1, 1, 2], [0, 0, 0], [9, 9, 4]).place.tolist() == [4]


def test_a_group_without_amounts_is_refused() -> None:
    with pytest.raises(ValueError, match="group 1 has no positive amount"):
        hhi_by_group([1, 0, 2], [0, 1, 2])
    with pytest.raises(ValueError, match="group 1 has no positive amount"):
        hhi_by_group([1, 2], [0, 2])
    with pytest.raises(ValueError, match="no amounts"):
        hhi([])
    with pytest.raises(ValueError, match=r"amount\[0\] is -1.0; it must be a finite number ≥ 0"):
        hhi([-1, 2])
    with pytest.raises(ValueError, match=r"amount\[1\] is nan"):
        hhi([1, float("nan")])


# --- bounds where shares are unknown ---------------------------------------------------------------------------------

KNOWN = st.lists(st.floats(0, 1), max_size=5)


def splits(rest: float, into: int, rng: np.random.Generator) -> Floats:
    """Ways to split a rest: alike, to one alone, and at random, a row each."""
    parts = np.concatenate([np.full((1, into), 1 / into), np.eye(into), rng.dirichlet(np.full(into, 0.5), 200)])
    return parts * rest


@given(KNOWN, st.integers(1, 4), st.integers(0, 2**32))
def test_however_unknown_sources_split_the_rest_the_hhi_lies_in_its_bounds(
    known: list[float], m: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    least, most = hhi_bounds(rng.permutation([*known, *[np.nan] * m]))
    total = sum(known)
    share = np.array(known) / max(total, 1)
    found = (share**2).sum() + (splits(max(0.0, 1 - total), m, rng) ** 2).sum(axis=1)
    assert (found.min(), found.max()) == pytest.approx((least, most))


@given(KNOWN.filter(lambda known: len(known) > 0), st.integers(0, 2**32))
def test_a_rest_outside_the_record_may_be_one_source_or_any_number(known: list[float], seed: int) -> None:
    least, most = hhi_bounds(known)
    total = sum(known)
    if total >= 0.98:
        assert least == most == pytest.approx(hhi(known))
        return
    squares = (np.array(known) ** 2).sum()
    assert (least, most) == pytest.approx((squares, squares + (1 - total) ** 2))
    for into in (1, 2, 1_000):
        found = squares + (splits(1 - total, into, np.random.default_rng(seed)) ** 2).sum(axis=1)
        assert found.min() >= least - 1e-12
        assert found.max() <= most + 1e-12
    assert found.min() == pytest.approx(least, abs=2e-3)


@given(st.lists(st.tuples(st.integers(0, 3), st.one_of(st.just(float("nan")), st.floats(0, 1))), max_size=12))
def test_bounds_of_groups_are_those_of_each_alone(pairs: list[tuple[int, float]]) -> None:
    least, most = hhi_bounds_by([g for g, _ in pairs], [s for _, s in pairs], 5)
    expected = [hhi_bounds([s for g, s in pairs if g == number]) for number in range(5)]
    np.testing.assert_allclose(np.stack([least, most], axis=1), expected, atol=1e-12)
    assert np.isnan([least[4], most[4]]).all()


def test_bounds_at_the_edges_of_what_is_known() -> None:
    assert hhi_bounds([0.5, 0.49]) == pytest.approx((hhi([50, 49]),) * 2)
    assert hhi_bounds([0.5, 0.49], tolerance=0) == pytest.approx((0.4901, 0.4902))
    assert hhi_bounds([0.8, 0.8, np.nan]) == (0.5, 0.5)
    assert hhi_bounds([0.0]) == (0.0, 1.0)
    assert np.isnan(hhi_bounds([])).all()
    with pytest.raises(ValueError, match=r"share\[1\] is 30.0; it must be a fraction 0–1"):
        hhi_bounds([np.nan, 30])


# --- chokepoints and dependency --------------------------------------------------------------------------------------


def test_a_chokepoint_is_essential_foreign_concentrated_and_unrelated() -> None:
    assert chokepoint_index([True], [1], [1], [0]).tolist() == [1]
    for changed in ([False], [1], [1], [0]), ([True], [0], [1], [0]), ([True], [1], [0], [0]), ([True], [1], [1], [1]):
        assert chokepoint_index(*changed).tolist() == [0]
    with pytest.raises(ValueError, match=r"foreign_share\[0\] is 80.0; it must be a fraction 0–1"):
        chokepoint_index([True], [80], [1], [0])
    with pytest.raises(ValueError, match="relatedness has 2 values; it must have 1"):
        chokepoint_index([True], [1], [1], [0, 0])


def test_a_strategic_dependency_needs_all_three_criteria_and_more_than_the_thresholds() -> None:
    found = strategic_dependency([0.5, 0.4, 0.5, 0.5, 0.5], [6, 6, 5, 6, 0], [10, 10, 10, 10, 0], [5, 5, 4, 6, 0])
    assert found.is_dependent.tolist() == [True, False, False, False, False]
    assert found.outside_in_imports[4] == found.outside_to_exports[4] == 0
    nothing_exported = strategic_dependency([1], [1], [1], [0])
    assert nothing_exported.outside_to_exports.tolist() == [np.inf]
    assert nothing_exported.is_dependent.tolist() == [True]
    with pytest.raises(ValueError, match=r"outside_imports\[0\] is 2.0, more than imports\[0\] = 1.0"):
        strategic_dependency([1], [2], [1], [1])


# --- flip margins ----------------------------------------------------------------------------------------------------


def moved(amounts: list[float], item: int, to: float) -> Floats:
    """The shares after one moved and the others were scaled."""
    share = np.array(amounts) / sum(amounts)
    scaled: Floats = share * (1 - to) / (1 - share[item])
    scaled[item] = to
    return scaled


SHARES = st.lists(st.floats(0.01, 1), min_size=2, max_size=6)
GRID = np.linspace(0, 1, 41)


@given(SHARES, st.floats(0.05, 1))
def test_the_hhi_margin_is_the_least_move_that_meets_the_threshold(amounts: list[float], threshold: float) -> None:
    share = np.array(amounts) / sum(amounts)
    before = hhi(amounts)
    for item, margin in enumerate(hhi_flip_margins(amounts, threshold)):
        if np.isfinite(margin):
            assert hhi(moved(amounts, item, share[item] + margin)) == pytest.approx(threshold, abs=1e-9)
        for to in GRID:
            if abs(to - share[item]) < abs(margin) - 1e-9:
                after = hhi(moved(amounts, item, to))
                assert (before > threshold) == (after > threshold) or abs(after - threshold) < 1e-9


@given(SHARES, st.data(), st.floats(0, 1))
def test_the_share_margin_is_the_least_move_that_meets_the_threshold(
    amounts: list[float], data: st.DataObject, threshold: float
) -> None:
    counted = np.array(data.draw(st.lists(st.booleans(), min_size=len(amounts), max_size=len(amounts))))
    share = np.array(amounts) / sum(amounts)
    before = share[counted].sum()
    for item, margin in enumerate(share_flip_margins(amounts, counted, threshold)):
        if np.isfinite(margin):
            after = moved(amounts, item, share[item] + margin)[counted].sum()
            assert after == pytest.approx(threshold, abs=1e-6)
        for to in GRID:
            if abs(to - share[item]) < abs(margin) - 1e-6:
                after = moved(amounts, item, to)[counted].sum()
                assert (before < threshold) == (after < threshold) or abs(after - threshold) < 1e-6


def test_a_single_source_has_no_others_to_scale() -> None:
    assert hhi_flip_margins([3], 0.4).tolist() == [np.inf]
    assert hhi_flip_margins([3, 0], 0.5).tolist() == [np.inf, 0.5]
    assert share_flip_margins([1], [True], 0.3).tolist() == [np.inf]
    with pytest.raises(ValueError, match="threshold is 40; it must be a fraction 0–1"):
        hhi_flip_margins([1, 1], 40)
    with pytest.raises(ValueError, match="is_counted has 1 values; it must have 2"):
        share_flip_margins([1, 1], [True], 0.3)
