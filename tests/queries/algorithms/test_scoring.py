"""SAW and TOPSIS against loops, the published reference, and what must hold of any matrix."""

import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.algorithms.scoring import graded, min_max, needed, rank_stability, ranks, saw, topsis, vector
from tests.oracle.centres import plain_min_max, plain_saw, plain_topsis, plain_vector
from tests.queries.algorithms.plain_esri import Floats

pytestmark = pytest.mark.slow

REFERENCE = [[4.0, 4.0], [1.0, 5.0], [3.0, 2.0], [4.0, 2.0]]
KNOWN = st.one_of(st.sampled_from([0.0, 0.0, 1.0, -3.0, 1e6, 0.25]), st.floats(-1e3, 1e3).map(lambda x: round(x, 3)))
VALUE = st.one_of(KNOWN, KNOWN, KNOWN, st.just(math.nan))
WEIGHT = st.one_of(st.just(0.0), st.floats(0.01, 5))


@st.composite
def matrices(draw: st.DrawFn, known: bool = False) -> tuple[list[list[float]], list[bool], list[float]]:
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    value = KNOWN if known else VALUE
    matrix = draw(st.lists(st.lists(value, min_size=columns, max_size=columns), min_size=rows, max_size=rows))
    gains = draw(st.lists(st.booleans(), min_size=columns, max_size=columns))
    weights = [draw(st.floats(0.01, 5)), *draw(st.lists(WEIGHT, min_size=columns - 1, max_size=columns - 1))]
    return matrix, gains, weights


def same(found: Floats, plain: list[float]) -> bool:
    return bool(np.allclose(found, plain, rtol=1e-9, atol=1e-9, equal_nan=True))


def test_the_reference_of_two_normalisations() -> None:
    gains, weights = [True, False], [0.5, 0.5]
    assert topsis(min_max(REFERENCE, gains), weights).round(4).tolist() == [0.6126, 0, 0.7829, 1]
    assert topsis(vector(REFERENCE), weights, gains).round(4).tolist() == [0.6290, 0, 0.7739, 1]


@given(matrices())
def test_scores_are_those_of_loops(case: tuple[list[list[float]], list[bool], list[float]]) -> None:
    matrix, gains, weights = case
    scaled = min_max(matrix, gains)
    assert np.allclose(scaled, plain_min_max(matrix, gains), atol=1e-9, equal_nan=True)
    assert same(saw(scaled, weights), plain_saw(scaled.tolist(), weights))
    every = [True] * len(gains)
    assert same(topsis(scaled, weights), plain_topsis(scaled.tolist(), [w / sum(weights) for w in weights], every))
    by_length = vector(matrix)
    assert np.allclose(by_length, plain_vector(matrix), atol=1e-9, equal_nan=True)
    assert same(
        topsis(by_length, weights, gains), plain_topsis(by_length.tolist(), [w / sum(weights) for w in weights], gains)
    )


@given(matrices())
def test_what_is_not_known_is_never_a_zero(case: tuple[list[list[float]], list[bool], list[float]]) -> None:
    """A row with a value that is not known has no score, and its other values still count in their columns alone."""
    matrix, gains, weights = case
    for score in (saw(min_max(matrix, gains), weights), topsis(vector(matrix), weights, gains)):
        for row, value in zip(matrix, score, strict=True):
            assert math.isnan(value) == any(math.isnan(x) for x in row)
            assert math.isnan(value) or -1e-9 <= value <= 1 + 1e-9


@given(matrices(known=True), st.permutations(range(6)), st.floats(0.1, 50))
def test_neither_order_nor_unit_matters(
    case: tuple[list[list[float]], list[bool], list[float]], order: list[int], unit: float
) -> None:
    matrix, gains, weights = case
    score = topsis(min_max(matrix, gains), weights)
    turned = [i for i in order if i < len(matrix)]
    assert np.allclose(topsis(min_max([matrix[i] for i in turned], gains), weights), score[turned], atol=1e-7)
    assert np.allclose(topsis(min_max((np.array(matrix) * unit).tolist(), gains), weights), score, atol=1e-6)
    assert np.allclose(
        saw(min_max(matrix, gains), [w * 7 for w in weights]), saw(min_max(matrix, gains), weights), atol=1e-9
    )


@given(matrices(known=True), st.integers(0, 5))
def test_a_better_value_never_lowers_the_weighted_sum(
    case: tuple[list[list[float]], list[bool], list[float]], which: int
) -> None:
    matrix, gains, weights = case
    low, high = np.min(matrix, axis=0) - 5, np.max(matrix, axis=0) + 5
    row, column = which % len(matrix), which % len(gains)
    better = [list(one) for one in matrix]
    better[row][column] += 3 if gains[column] else -3
    before, after = (saw(min_max(m, gains, low, high), weights) for m in (matrix, better))
    assert after[row] >= before[row] - 1e-9


def test_ties_share_a_rank_and_zero_and_constant_columns_tell_nothing_apart() -> None:
    matrix = [[0.0, 5.0, 1.0], [0.0, 5.0, 1.0], [0.0, 5.0, 0.0]]
    for score in (saw(min_max(matrix, [True] * 3), [1, 1, 1]), topsis(vector(matrix), [1, 1, 1], [True] * 3)):
        assert score[0] == score[1] > score[2]
        assert ranks(score).tolist() == [1, 1, 3]
    assert topsis(vector([[0.0], [0.0]]), [1], [True]).tolist() == [1, 1]


def test_one_alternative_is_the_best_of_itself() -> None:
    assert saw(min_max([[3.0, 7.0]], [True, False]), [1, 2]).tolist() == [1]
    assert topsis(min_max([[3.0, 7.0]], [True, False]), [1, 2]).tolist() == [1]


@pytest.mark.parametrize(("weights", "why"), [
    ([1, -1], "negative"), ([0, 0], "no weight is positive"), ([1, math.nan], "not a number"), ([1], "1 weights for 2"),
    ([math.inf, 1], "not a number"),
])  # fmt: skip
def test_weights_that_are_none_are_refused(weights: list[float], why: str) -> None:
    for score in (saw, topsis):
        with pytest.raises(ValueError, match=why):
            score([[1.0, 2.0]], weights)


def test_an_infinite_value_is_refused() -> None:
    with pytest.raises(ValueError, match="infinite"):
        min_max([[math.inf]], [True])


def test_a_grade_holds_from_its_floor_on() -> None:
    assert graded([0.39, 0.4, 0.1 + 0.2 + 0.1, 1.0, math.nan], [0.4, 0.7]).tolist()[:4] == [0, 1, 1, 2]
    assert math.isnan(graded([math.nan], [0.4])[0])


@given(matrices(known=True), st.floats(0, 1))
def test_what_is_needed_just_reaches_the_target(
    case: tuple[list[list[float]], list[bool], list[float]], target: float
) -> None:
    matrix, gains, weights = case
    scaled = min_max(matrix, gains)
    wanted = needed(scaled, [True] * len(gains), np.full(len(matrix), target), lambda m: saw(m, weights))
    for i, row in enumerate(scaled):
        for j, value in enumerate(wanted[i]):
            moved = row.copy()
            moved[j] = 1.0 if math.isnan(value) else value
            reached = saw([moved], weights)[0]
            assert reached < target if math.isnan(value) else reached >= target - 1e-9
            if not math.isnan(value) and value > row[j] + 1e-6:
                moved[j] = value - 1e-6
                assert saw([moved], weights)[0] <= target + 1e-9


def test_stability_is_the_part_of_draws_and_the_same_again() -> None:
    matrix = min_max([[1.0, 0.0], [0.0, 1.0]], [True, True])
    found = rank_stability(lambda w: saw(matrix, w), [0.6, 0.4], [0.5], draws=4_000)
    # The first leads, and reaches the floor, where its weight is over one half: half of all weights.
    assert found.rank.tolist() == pytest.approx([0.5, 0.5], abs=0.03)
    assert found.grade.tolist() == pytest.approx([0.5, 0.5], abs=0.03)
    again = rank_stability(lambda w: saw(matrix, w), [0.6, 0.4], [0.5], draws=4_000)
    assert again.rank.tolist() == found.rank.tolist()
    unknown = rank_stability(lambda w: saw([[math.nan, 1.0], [1.0, 0.5]], w), [1, 1], [0.5], draws=50)
    assert math.isnan(unknown.rank[0]) and unknown.rank[1] == 1


def test_the_stability_of_two_hundred_centres_takes_at_most_two_seconds() -> None:
    matrix = np.random.default_rng(3).random((200, 12))
    scaled = min_max(matrix, [True] * 12)
    started = time.process_time()
    found = rank_stability(lambda w: topsis(scaled, w), np.ones(12), [0.4, 0.6])
    assert len(found.rank) == 200 and time.process_time() - started < 2


@pytest.mark.parametrize(("is_gain", "low", "high", "wanted"), [
    (True, 0.9, math.nan, 0.0), (True, math.nan, 0.1, 1.0), (False, 0.9, math.nan, 1.0), (False, math.nan, 0.1, 0.0),
])  # fmt: skip
def test_values_that_are_all_beyond_the_one_end_that_is_given_count_as_it(
    is_gain: bool, low: float, high: float, wanted: float
) -> None:
    assert min_max([[0.5], [0.3]], [is_gain], [low], [high]).tolist() == [[wanted], [wanted]]


def test_weights_as_large_as_numbers_go_are_weights() -> None:
    assert saw([[1.0, 0.0], [0.0, 1.0]], [1e308, 1e308]).tolist() == [0.5, 0.5]
