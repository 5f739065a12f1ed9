"""How near a verdict on concentration is to tipping."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.algorithms.concentration import hhi_flip_margins, share_flip_margins
from tests.queries.algorithms.plain_esri import Floats


def hhi(amounts: list[float] | Floats) -> float:
    share = np.array(amounts) / sum(amounts)
    return float((share**2).sum())


@pytest.mark.parametrize(("amounts", "match"), [
    ([0, 0], "no positive amount"), ([], "no positive amount"),
    ([-1, 2], r"amount\[0\] is -1.0; it must be a finite number ≥ 0"), ([1, float("nan")], r"amount\[1\] is nan"),
])  # fmt: skip
def test_amounts_without_shares_are_refused(amounts: list[float], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        hhi_flip_margins(amounts, 0.4)


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
