"""How steady grades and ranks of 200 invented centres are over 10,000 draws of weights, beside a loop over draws in pandas and one
over cells, as a sheet has it.

`python -m bench.certifying`, a part of `make bench`; a minute.
"""

import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from queries.algorithms.arrays import FloatArray
from queries.algorithms.scoring import min_max, rank_stability, saw, topsis

CENTRES, INDICATORS, DRAWS = 200, 12, 10_000
BY_CELLS = 200
"""Draws of the loop over cells, whose time is multiplied up: all would take minutes."""
FLOORS = (0.4, 0.6, 0.8)
MOST_SECONDS = 2.0


def ours(scaled: FloatArray, weights: FloatArray) -> FloatArray:
    """As `certification` asks it, by weighted sums."""
    return rank_stability(lambda drawn: saw(scaled, drawn), weights, FLOORS, DRAWS).rank


def ours_topsis(scaled: FloatArray, weights: FloatArray) -> FloatArray:
    """As `certification` asks it, by nearness to the best."""
    return rank_stability(lambda drawn: topsis(scaled, drawn), weights, FLOORS, DRAWS).rank


def by_pandas(scaled: FloatArray, weights: FloatArray) -> FloatArray:
    """A loop over draws of a frame's weighted sum and its ranks."""
    frame = pd.DataFrame(scaled)
    given = _pandas_ranks(frame, weights)
    same = np.zeros(len(frame))
    for drawn in np.random.default_rng(0).dirichlet(np.ones(INDICATORS), size=DRAWS):
        same += _pandas_ranks(frame, drawn) == given
    return same / DRAWS


def by_cells(scaled: FloatArray, weights: FloatArray) -> FloatArray:
    """Sums cell by cell, a rank as the count of what is greater: SUMPRODUCT and RANK of a sheet."""
    rows, draws = scaled.tolist(), np.random.default_rng(0).dirichlet(np.ones(INDICATORS), size=BY_CELLS).tolist()
    given = _cell_ranks(rows, weights.tolist())
    same = [0] * len(rows)
    for drawn in draws:
        same = [count + (one == own) for count, one, own in zip(same, _cell_ranks(rows, drawn), given, strict=True)]
    return np.array(same) / BY_CELLS


def _pandas_ranks(frame: pd.DataFrame, weights: FloatArray) -> FloatArray:
    score = (frame * weights).sum(axis=1).round(12)
    return np.array(score.rank(method="min", ascending=False).tolist())


def _cell_ranks(rows: list[list[float]], weights: list[float]) -> list[int]:
    scores = [round(sum(value * weight for value, weight in zip(row, weights, strict=True)), 12) for row in rows]
    return [1 + sum(other > score for other in scores) for score in scores]


WAYS: dict[str, tuple[Callable[[FloatArray, FloatArray], FloatArray], float]] = {
    "ours, weighted sum": (ours, 1.0), "ours, TOPSIS": (ours_topsis, 1.0), "a loop over draws, pandas": (by_pandas, 1.0),
    "a loop over cells": (by_cells, DRAWS / BY_CELLS),
}  # fmt: skip


def main() -> int:
    """Print the seconds of each way; 1 where ours takes over two, or another finds another part of the draws."""
    rng = np.random.default_rng(1)
    scaled = min_max(rng.lognormal(0, 1, (CENTRES, INDICATORS)), rng.random(INDICATORS) < 0.7)
    weights = rng.dirichlet(np.ones(INDICATORS))
    table = Table(title=f"{CENTRES} centres, {INDICATORS} indicators, {DRAWS:,} draws")
    for heading in ("way", "seconds", "times ours"):
        table.add_column(heading, justify="left" if heading == "way" else "right")
    ours(scaled[:2], weights)  # Imports are no part of it.
    seconds, found = {}, {}
    for name, (way, times) in WAYS.items():
        start = time.perf_counter()
        found[name] = way(scaled, weights)
        seconds[name] = (time.perf_counter() - start) * times
    first = next(iter(WAYS))
    for name, taken in seconds.items():
        table.add_row(name, f"{taken:.2f}", f"{taken / seconds[first]:.1f} ×")
    Console().print(table)
    is_equal = np.array_equal(found[first], found["a loop over draws, pandas"])
    print("the loop in pandas finds the same" if is_equal else "the loop in pandas finds another part of the draws")
    return int(not is_equal or max(list(seconds.values())[:2]) > MOST_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
