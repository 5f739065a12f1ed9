"""Relatedness and complexity, against loops over the definitions."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from queries.algorithms.relatedness import (
    complexity,
    density,
    largest_density,
    proximity,
    revealed_comparative_advantage,
    specialisation,
)
from tests.queries.algorithms.plain_esri import Floats


def random_made(rng: np.random.Generator, makers: int, products: int) -> Floats:
    """Zeros and ones; some products that nobody makes and makers of nothing."""
    return np.where(rng.random((makers, products)) < rng.choice([0.2, 0.5]), 1.0, 0.0)


def plain_proximity(made: Floats) -> Floats:
    products = made.shape[1]
    found = np.zeros((products, products))
    for p in range(products):
        for q in range(products):
            both, most = (made[:, p] * made[:, q]).sum(), max(made[:, p].sum(), made[:, q].sum())
            found[p, q] = both / most if most else 0
    return found


def plain_density(made: Floats) -> Floats:
    near = plain_proximity(made)
    found = np.zeros(made.shape)
    for c in range(made.shape[0]):
        for p in range(made.shape[1]):
            others = [q for q in range(made.shape[1]) if q != p]
            whole = sum(near[p, q] for q in others)
            found[c, p] = sum(made[c, q] * near[p, q] for q in others) / whole if whole else 0
    return found


def test_advantage_proximity_and_density_are_as_defined() -> None:
    rng = np.random.default_rng(42)
    for _ in range(40):
        amounts = rng.integers(0, 4, (rng.integers(1, 6), rng.integers(1, 8))) * 1.0
        if not amounts.any():
            continue
        found = revealed_comparative_advantage(amounts).toarray()
        for c, p in zip(*np.nonzero(amounts), strict=True):
            share, average = amounts[c, p] / amounts[c].sum(), amounts[:, p].sum() / amounts.sum()
            assert found[c, p] == pytest.approx(share / average)
        assert (found[amounts == 0] == 0).all()
        made = random_made(rng, *amounts.shape)
        asked = rng.permutation(amounts.shape[1])[:3]
        np.testing.assert_allclose(proximity(made, asked).toarray(), plain_proximity(made)[asked])
        np.testing.assert_allclose(density(made, asked).toarray(), plain_density(made)[:, asked])
        np.testing.assert_allclose(density(csr_array(made), asked).toarray(), plain_density(made)[:, asked])


def test_the_largest_density_is_that_of_the_makers_counted_that_do_not_hold_the_product() -> None:
    rng = np.random.default_rng(7)
    for _ in range(40):
        made = random_made(rng, int(rng.integers(1, 6)), int(rng.integers(1, 8)))
        asked = rng.permutation(made.shape[1])[:3]
        held, is_counted = random_made(rng, len(made), len(asked)), rng.random(len(made)) < 0.7
        expected = np.full(len(asked), np.nan)
        for k, p in enumerate(asked):
            if np.delete(plain_proximity(made)[p], p).any():
                is_asked = is_counted & (held[:, k] == 0)
                expected[k] = plain_density(made)[is_asked, p].max(initial=0)
        np.testing.assert_allclose(largest_density(made, asked, csr_array(held), is_counted), expected)


def test_an_advantage_of_just_one_is_one() -> None:
    # 2/6 over 3/9 is 1, also where floats would round one of the two quotients.
    counts = [[2, 4], [1, 2]]
    assert revealed_comparative_advantage(counts).toarray().tolist() == [[1, 1], [1, 1]]
    assert specialisation(revealed_comparative_advantage(counts)).toarray().tolist() == [[1, 1], [1, 1]]


@given(st.integers(0, 2**32))
def test_density_is_a_fraction_and_grows_with_what_is_made(seed: int) -> None:
    rng = np.random.default_rng(seed)
    made = random_made(rng, 5, 7)
    found = density(made, np.arange(7)).toarray()
    assert ((found >= 0) & (found <= 1 + 1e-12)).all()
    rest = np.delete(np.arange(7), 3)
    assert density(made[:, rest], [0]).shape == (5, 1)


def test_making_a_product_does_not_make_it_seem_near() -> None:
    made = [[1, 0, 0], [1, 1, 0], [0, 1, 1]]
    assert density(made, [0])[0, 0] == 0


# --- complexity ------------------------------------------------------------------------------------------------------


def plain_eci(made: Floats) -> Floats:
    diversity, ubiquity = made.sum(axis=1), made.sum(axis=0)
    walk = (made / ubiquity) @ made.T / diversity[:, None]
    values, vectors = np.linalg.eig(walk)
    second = np.real(vectors[:, np.argsort(-np.real(values))[1]])
    found: Floats = (second - second.mean()) / second.std()
    return found * float(np.sign(np.corrcoef(found, diversity)[0, 1]))


def nested(rng: np.random.Generator, makers: int, products: int) -> Floats:
    """Who makes much makes also what few make, with some noise; nobody and nothing is left out."""
    fitness, difficulty = np.sort(rng.random(makers)), np.sort(rng.random(products))
    made = np.where(fitness[:, None] + rng.normal(0, 0.15, (makers, products)) > difficulty, 1.0, 0.0)
    made[:, 0] = 1
    made[-1] = 1
    return made


def test_eci_is_the_second_eigenvector_with_the_sign_of_diversity() -> None:
    rng = np.random.default_rng(1)
    for _ in range(30):
        made = nested(rng, 9, 20)
        found = complexity(made)
        np.testing.assert_allclose(found.eci, plain_eci(made), atol=1e-6)
        # The complexity of a product is, up to scale, the mean of that of its makers.
        mean = (made.T @ found.eci) / made.sum(axis=0)
        np.testing.assert_allclose(found.pci, (mean - mean.mean()) / mean.std(), atol=1e-6)
        assert 0 <= found.third <= found.second < 1


def test_a_large_matrix_is_decomposed_sparsely_and_alike() -> None:
    made = nested(np.random.default_rng(2), 320, 400)
    np.testing.assert_allclose(complexity(csr_array(made)).eci, plain_eci(made), atol=1e-6)


def test_what_has_no_order_is_refused() -> None:
    with pytest.raises(ValueError, match="maker 1 has nothing in the matrix"):
        complexity([[1, 1], [0, 0]])
    with pytest.raises(ValueError, match="product 0 has nothing in the matrix"):
        complexity([[0, 1], [0, 1]])
    with pytest.raises(
        ValueError, match="makers fall into 2 parts that share no product; maker 2 is apart from maker 0"
    ):
        complexity([[1, 1, 0], [1, 1, 0], [0, 0, 1]])
    with pytest.raises(ValueError, match="all makers make the same products"):
        complexity([[1, 1], [1, 1]])
    with pytest.raises(ValueError, match="neither 0 nor 1"):
        complexity([[1, 2], [1, 1]])
    with pytest.raises(ValueError, match=r"amount \[0, 1\] is -1.0; it must be a finite number ≥ 0"):
        revealed_comparative_advantage([[1, -1]])
    with pytest.raises(ValueError, match=r"amount \[1, 0\] is nan"):
        revealed_comparative_advantage([[1, 1], [np.nan, 1]])
    with pytest.raises(ValueError, match=r"products\[0\] is 2; it must be a whole number in 0…1"):
        density([[1, 1]], [2])


def test_a_hundred_thousand_products_are_never_paired_as_a_whole() -> None:
    rng = np.random.default_rng(0)
    makers, products, each = 5_000, 100_000, 20
    row = np.repeat(np.arange(makers), each)
    made = csr_array((np.ones(makers * each), (row, rng.integers(0, products, makers * each))), (makers, products))
    made.data[:] = 1
    start = time.process_time()
    assert density(made, np.arange(50)).shape == (makers, 50)
    # A dense pairing of products would be 80 GB; this takes some hundredths of a second.
    assert time.process_time() - start < 5


def test_where_diversity_does_not_tell_the_sign_there_is_no_complexity() -> None:
    with pytest.raises(ValueError, match="sign"):
        complexity([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]])
