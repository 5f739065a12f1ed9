"""Total requirements, linkages and influence, against sums of powers and networkx."""

import csv
import re
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from scipy.sparse import csr_array

from queries.algorithms.input_output import (
    influence_vector,
    input_shares,
    linkages,
    total_requirements,
)
from tests.queries.algorithms.plain_esri import Floats

TABLE = Path(__file__).parents[3] / ".." / "shared" / "data" / "io-table-2007"
needs_table = pytest.mark.skipif(not TABLE.exists(), reason="the input-output table of 2007 is not at ../shared/data")


def productive(rng: np.random.Generator, size: int) -> Floats:
    """Coefficients whose columns add up to less than 1, with zeros and cycles."""
    matrix = rng.random((size, size)) * (rng.random((size, size)) < 0.4)
    found: Floats = matrix / np.maximum(matrix.sum(axis=0), 1e-9) * rng.uniform(0, 0.9, size)
    return found


def test_total_requirements_are_the_sum_of_all_steps() -> None:
    rng = np.random.default_rng(0)
    for _ in range(30):
        matrix = productive(rng, int(rng.integers(1, 9)))
        power, total = matrix.copy(), matrix.copy()
        for _ in range(500):
            power = power @ matrix
            total += power
        np.testing.assert_allclose(total_requirements(matrix), total, atol=1e-9)
        np.testing.assert_allclose(total_requirements(csr_array(matrix)), total, atol=1e-9)
        assert (total_requirements(matrix) >= -1e-15).all()


def test_columns_above_one_may_still_be_productive() -> None:
    # The spectral radius decides, not the column sums: it is √(2 × 0.4) here.
    matrix = np.array([[0.0, 2.0], [0.4, 0.0]])
    np.testing.assert_allclose(total_requirements(matrix), np.linalg.inv(np.eye(2) - matrix) - np.eye(2))


@pytest.mark.parametrize("matrix", [[[1.0]], [[0, 2], [0.5, 0]], [[0.5, 0.6], [0.6, 0.5]], [[0.2, 0], [3, 1.1]]])
def test_what_needs_more_than_it_makes_is_refused(matrix: list[list[float]]) -> None:
    with pytest.raises(
        ValueError, match=r"not productive: their spectral radius is 1 or more. One unit of sector \d needs"
    ):
        total_requirements(matrix)


def test_what_is_no_matrix_of_coefficients_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the matrix is \(1, 2\); it must be square"):
        total_requirements([[0, 1]])
    with pytest.raises(ValueError, match=r"the matrix is \(1, 0\); it must be square"):
        total_requirements([])
    with pytest.raises(ValueError, match=r"coefficient \[0, 1\] is -0.1; it must be a finite number ≥ 0"):
        total_requirements([[0, -0.1], [0, 0]])
    with pytest.raises(ValueError, match=r"coefficient \[1, 0\] is nan"):
        total_requirements([[0, 0], [np.nan, 0]])
    with pytest.raises(ValueError, match=r"the matrix is \(2, 1\); linkages need"):
        linkages([[1], [0]])


def test_linkages_are_one_on_average() -> None:
    found = linkages(total_requirements(productive(np.random.default_rng(1), 7)))
    assert found.backward.mean() == pytest.approx(1)
    assert found.forward.mean() == pytest.approx(1)


def test_influence_solves_its_equation() -> None:
    rng = np.random.default_rng(3)
    for alpha in (0.15, 0.5, 1.0):
        shares = productive(rng, 8).T
        expected = alpha / 8 * np.linalg.solve(np.eye(8) - (1 - alpha) * shares.T, np.ones(8))
        np.testing.assert_allclose(influence_vector(shares, alpha), expected, atol=1e-12)
        np.testing.assert_allclose(influence_vector(csr_array(shares), alpha), expected, atol=1e-12)


def test_influence_is_pagerank_on_links_from_buyers_to_suppliers() -> None:
    rng = np.random.default_rng(4)
    supplier, buyer, amount = rng.integers(0, 12, 60), rng.integers(0, 12, 60), rng.random(60)
    buyer[:12] = np.arange(12)  # everyone buys something
    shares = input_shares(supplier, buyer, amount, 12)
    graph: nx.DiGraph[int] = nx.DiGraph()
    for s, b, a in zip(supplier.tolist(), buyer.tolist(), amount, strict=True):
        before = graph.get_edge_data(b, s, {"weight": 0.0})["weight"]
        graph.add_edge(b, s, weight=before + a)
    rank = nx.pagerank(graph, alpha=0.7, tol=1e-14, max_iter=1_000)
    found = influence_vector(shares, 0.3)
    np.testing.assert_allclose(found, [rank[i] for i in range(12)], atol=1e-10)
    assert found.sum() == pytest.approx(1)


def test_what_are_no_shares_is_refused() -> None:
    with pytest.raises(ValueError, match="labour_share is 0; it must be in 0–1, 0 left out"):
        influence_vector([[0]], 0)
    with pytest.raises(ValueError, match=r"the input shares of firm 1 add up to 1.5; they must not exceed 1"):
        influence_vector([[0, 0], [1, 0.5]], 0.5)
    with pytest.raises(ValueError, match=r"supplier\[0\] is 5; it must be a whole number in 0…1"):
        input_shares([5], [0], [1], 2)


# --- the table of 2007 -----------------------------------------------------------------------------------------------


def number(text: str) -> float:
    """The extract wraps numbers as numpy prints them."""
    return float(re.sub(r"^np\.float64\((.*)\)$", r"\1", text))


def table_of(file: str, column: str) -> Floats:
    with (TABLE / file).open(encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    place = {
        code: n
        for n, code in enumerate(sorted({row["input_sector"] for row in rows} | {row["output_sector"] for row in rows}))
    }
    found = np.zeros((len(place), len(place)))
    for row in rows:
        found[place[row["input_sector"]], place[row["output_sector"]]] = number(row[column])
    return found


@needs_table
@pytest.mark.parametrize(("file", "sectors"), [("direct_input_135.csv", 135), ("direct_input_42.csv", 42)])
def test_total_requirements_of_the_national_table(file: str, sectors: int) -> None:
    direct = table_of(file, "direct_coefficient")
    assert direct.shape == (sectors, sectors)
    total = total_requirements(direct)
    np.testing.assert_allclose(total, np.linalg.inv(np.eye(sectors) - direct) - np.eye(sectors), atol=1e-12)
    np.testing.assert_allclose(total, direct + direct @ total, atol=1e-12)
    assert (total >= direct - 1e-12).all()
