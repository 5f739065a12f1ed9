"""What is made together: specialisation, proximity of products, density around a product, complexity.

A maker is a city, or an enterprise: rows of a matrix (makers, products), dense or sparse. The density of an enterprise
around a product that it does not make says how near it is to making it, and so who could fill a gap.
Sources: Balassa 1965, Manch. Sch. 33:99 (RCA); Hidalgo, Klinger, Barabási, Hausmann 2007, Science 317:482 (proximity,
density); Hidalgo and Hausmann 2009, PNAS 106:10570, and Hausmann et al. 2014, The Atlas of Economic Complexity (ECI).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import coo_array, csr_array, diags_array, issparse, sparray
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import svds

from queries.algorithms.arrays import BoolArray, FloatArray, indices

_NO_AGREEMENT = 1e-6
"""A sum of ECI × diversity nearer to 0 than this is rounding."""
_BLOCK = 4_096
"""Products around which densities are held at a time."""
_DENSE = 300
"""Up to this many makers or products the matrix is decomposed whole, which is exact and fast enough."""


def revealed_comparative_advantage(amount: "ArrayLike | sparray") -> csr_array:
    """RCA_cp = (x_cp / Σ_p x_cp) / (Σ_c x_cp / Σ x) for amounts x ≥ 0; only where x is positive, 1 for an average share.

    Computed as x Σx / (Σ_p x Σ_c x), which is exact for counts, so that an advantage of just 1 is one.
    Raises `ValueError` for a negative number or one that is not finite.

    >>> revealed_comparative_advantage([[1, 0], [1, 2]]).toarray()
    array([[2.        , 0.        ],
           [0.66666667, 1.33333333]])
    """
    matrix = _matrix(amount)
    found = matrix.tocoo()
    of_maker, of_product = matrix.sum(axis=1), matrix.sum(axis=0)
    maker, product = found.coords
    advantage = found.data * matrix.sum() / (of_maker[maker] * of_product[product])
    return csr_array((advantage, (maker, product)), shape=matrix.shape)


def specialisation(advantage: csr_array) -> csr_array:
    """M = [RCA ≥ 1], as 0 and 1.

    >>> specialisation(revealed_comparative_advantage([[1, 0], [1, 2]])).toarray()
    array([[1., 0.],
           [0., 1.]])
    """
    found = advantage.tocoo()
    is_special = found.data >= 1
    maker, product = (axis[is_special] for axis in found.coords)
    return csr_array((np.ones(len(maker)), (maker, product)), shape=advantage.shape)


def proximity(made: "ArrayLike | sparray", products: ArrayLike) -> csr_array:
    """φ_pq = (MᵀM)_pq / max(k_p, k_q) of the `products` p asked for (rows) to all products q; 0–1, k = makers of each.

    It is the smaller of the two conditional chances that a maker of one makes the other; φ_pp = 1 where anybody makes p.
    Only rows asked for are built. Raises `ValueError` for numbers that are not 0 or 1.

    >>> proximity([[1, 1, 0], [1, 0, 1]], [0]).toarray()
    array([[1. , 0.5, 0.5]])
    """
    matrix = _zeros_and_ones(made)
    asked = indices("products", products, below=matrix.shape[1])
    makers = matrix.sum(axis=0)
    together = (matrix.tocsc()[:, asked].T @ matrix).tocoo()
    row, column = together.coords
    near = together.data / np.maximum(makers[asked][row], makers[column])
    return csr_array((near, (row, column)), shape=together.shape)


def density(made: "ArrayLike | sparray", products: ArrayLike) -> csr_array:
    """ω_cp = Σ_{q≠p} M_cq φ_pq / Σ_{q≠p} φ_pq: which part of what is near product p a maker c makes; 0–1.

    The result has a row a maker and a column a product asked for; it is sparse, since most of many makers and products have
    nothing to do with each other: 0 where nothing is near the product, as for one that nobody makes.

    >>> density([[1, 1, 0], [1, 0, 1], [0, 1, 1]], [0]).toarray()
    array([[0.5],
           [0.5],
           [1. ]])
    """
    matrix = _zeros_and_ones(made)
    others = _near_others(matrix, products)
    around = (matrix @ others.T).tocoo()
    maker, product = around.coords
    return csr_array((around.data / others.sum(axis=1)[product], (maker, product)), shape=around.shape)


def largest_density(
    made: "ArrayLike | sparray", products: ArrayLike, held: sparray, is_counted: BoolArray
) -> FloatArray:
    """The largest `density` around each product asked for, of the makers counted that do not hold it.

    `held` (makers, products asked for) says who does; 0 where nobody else is near, NaN where no other product is near it.
    Of a hundred thousand products the densities of all makers are twenty million: they are never held together, but for some
    thousands of products at a time.

    >>> made = [[1, 1, 0], [1, 0, 1], [0, 1, 1]]
    >>> largest_density(made, [0], csr_array([[0], [0], [1]]), np.array([True, True, True]))
    array([0.5])
    """
    matrix, asked = _zeros_and_ones(made), np.asarray(products)
    makers, holders = matrix[is_counted], held.tocsr()[is_counted].tocsc()
    found = np.full(len(asked), np.nan)
    for first in range(0, len(asked), _BLOCK):
        part = slice(first, first + _BLOCK)
        others = _near_others(matrix, asked[part])
        whole, around = others.sum(axis=1), (makers @ others.T).tocsc()
        left = around - around.multiply(holders[:, part])
        largest = left.max(axis=0).toarray().ravel() if left.shape[0] else np.zeros(left.shape[1])
        np.divide(largest, whole, out=found[part], where=whole > 0)
    return found


def density_of_one(made: csr_array, own: FloatArray) -> FloatArray:
    """ω of one maker of the products that are 1 in `own` around every other; NaN where nobody makes it or nothing goes with it,
    and around the own ones.

    For few makers and many products: those that the same makers make are near to the same things, so they are counted,
    not listed. Nine makers make at most 511 kinds of products, however many products there are.

    >>> density_of_one(csr_array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]]), np.array([1.0, 1.0, 0.0]))
    array([nan, nan,  1.])
    """
    found = np.full(made.shape[1], np.nan)
    columns = made.tocsc()
    patterns: dict[bytes, int] = {}
    of = np.array([
        patterns.setdefault(np.sort(columns.indices[a:b]).tobytes(), len(patterns))
        for a, b in zip(columns.indptr[:-1], columns.indptr[1:], strict=True)
    ], np.int64)  # fmt: skip
    if not len(of):
        return found
    first = np.unique(of, return_index=True)[1]
    near = proximity(columns[:, first].tocsr(), np.arange(len(first)))
    count = np.bincount(of)
    # The product itself is left out, on both sides.
    whole = near @ count - near.diagonal()
    around = near @ np.bincount(of, own)
    of_pattern = np.divide(around, whole, out=np.full(len(first), np.nan), where=whole > 1e-12)
    others = own == 0
    found[others] = of_pattern[of[others]]
    return found


def _near_others(matrix: csr_array, products: ArrayLike) -> csr_array:
    """The proximity of the products asked for to all others, in the order of these."""
    near = proximity(matrix, products).tocoo()
    row, column = near.coords
    # A product is not near itself: who makes it would seem near to making it.
    is_other = column != indices("products", products, below=matrix.shape[1])[row]
    return csr_array((near.data[is_other], (row[is_other], column[is_other])), shape=near.shape)


@dataclass(frozen=True, slots=True, eq=False)
class Complexity:
    """ECI of makers and PCI of products: each with mean 0 and standard deviation 1."""

    eci: FloatArray
    pci: FloatArray
    second: float  # the eigenvalue, 0–1, that both belong to; the first is 1
    third: float  # near the second: the order is barely identified, and little changes would turn it


class NotOrdered(ValueError):
    """Makers and products have no order by complexity; `why` is "alike", "sign" or "apart"."""

    def __init__(self, why: str, message: str) -> None:
        super().__init__(message)
        self.why = why


def complexity(made: "ArrayLike | sparray") -> Complexity:
    """ECI and PCI by the second eigenvector of M̃_cc' = Σ_p M_cp M_c'p / (k_c k_p), and its counterpart for products.

    An eigenvector has no sign of its own: it is the one in which ECI correlates positively with diversity k_c. Raises
    `NotOrdered` where ECI does not correlate with it at all, so that either sign would do, for a matrix that falls into
    parts that share nothing, and for one in which all makers make the same; `ValueError` for a maker without product or a
    product without maker.

    >>> found = complexity([[1, 1, 1], [0, 1, 1], [0, 0, 1]])
    >>> found.eci.round(2), found.pci.round(2)
    (array([ 1.22,  0.  , -1.22]), array([ 1.22,  0.  , -1.22]))
    """
    matrix = _zeros_and_ones(made)
    _require_one_whole(matrix)
    diversity, ubiquity = matrix.sum(axis=1), matrix.sum(axis=0)
    scaled = diags_array(diversity**-0.5) @ matrix @ diags_array(ubiquity**-0.5)
    left, values, right = _largest_three(scaled)
    if values[1] < 1e-9:
        raise NotOrdered("alike", "all makers make the same products, so none is more complex than another")
    eci, pci = _standard(left[:, 1] * diversity**-0.5), _standard(right[1] * ubiquity**-0.5)
    agreement = float(eci @ (diversity - diversity.mean()))
    if abs(agreement) < _NO_AGREEMENT:
        raise NotOrdered("sign", "ECI does not correlate with diversity, so its sign would be arbitrary")
    sign = np.sign(agreement)
    return Complexity(sign * eci, sign * pci, float(values[1] ** 2), float(values[2] ** 2))


def _largest_three(scaled: csr_array) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Singular vectors and values, the largest first; 0 for a third that does not exist."""
    if min(scaled.shape) <= _DENSE:
        left, values, right = np.linalg.svd(scaled.toarray(), full_matrices=False)
        return left, np.append(values, [0.0, 0.0]), right
    # A fixed start, so that equal input gives equal output.
    start = np.linspace(1, 2, min(scaled.shape))
    left, values, right = svds(scaled, k=3, v0=start)
    order = np.argsort(-values)
    return left[:, order], values[order], right[order]


def _standard(values: FloatArray) -> FloatArray:
    standard: FloatArray = (values - values.mean()) / values.std()
    return standard


def _require_one_whole(matrix: csr_array) -> None:
    makers, products = matrix.shape
    for what, sums in (("maker", matrix.sum(axis=1)), ("product", matrix.sum(axis=0))):
        if (sums == 0).any():
            raise ValueError(f"{what} {int(np.argmin(sums))} has nothing in the matrix; leave it out")
    row, column = matrix.tocoo().coords
    both = coo_array((np.ones(len(row)), (row, makers + column)), (makers + products, makers + products))
    parts, part = connected_components(both, directed=False)
    if parts > 1:
        apart = np.flatnonzero(part[:makers] != part[0])
        raise NotOrdered(
            "apart", f"makers fall into {parts} parts that share no product; maker {apart[0]} is apart from maker 0"
        )


def _zeros_and_ones(made: "ArrayLike | sparray") -> csr_array:
    matrix = _matrix(made)
    if not (matrix.data == 1).all():
        raise ValueError("the matrix has numbers that are neither 0 nor 1; take specialisation() first")
    return matrix


def _matrix(amount: "ArrayLike | sparray") -> csr_array:
    """A matrix of numbers ≥ 0 without stored zeros."""
    matrix = csr_array(amount if issparse(amount) else np.atleast_2d(np.asarray(amount)), dtype=np.float64, copy=True)
    matrix.sum_duplicates()
    wrong = ~((matrix.data >= 0) & np.isfinite(matrix.data))
    if wrong.any():
        row, column = (axis[np.argmax(wrong)] for axis in matrix.tocoo().coords)
        raise ValueError(f"amount [{row}, {column}] is {matrix[row, column]}; it must be a finite number ≥ 0")
    matrix.eliminate_zeros()
    return matrix
