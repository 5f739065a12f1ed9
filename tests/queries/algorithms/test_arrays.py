"""The first rows by several keys are those that sorting all gives."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.algorithms.arrays import first_places

FEW = st.integers(0, 2)
KEYS = st.lists(st.tuples(FEW, st.booleans(), st.sampled_from([0.0, 0.5, 1.0])), max_size=12)


@given(KEYS, st.integers(0, 14))
def test_the_first_places_are_those_of_all_sorted(rows: list[tuple[int, bool, float]], most: int) -> None:
    columns: list[Any] = [
        np.array([row[k] for row in rows], dtype) for k, dtype in enumerate((np.int64, np.bool_, np.float64))
    ]
    expected = sorted(range(len(rows)), key=lambda place: (*rows[place], place))[:most]
    assert first_places(columns, most).tolist() == expected


def test_what_has_no_order_is_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        first_places([[1.0, np.nan]], 1)
