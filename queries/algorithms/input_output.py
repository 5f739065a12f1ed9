"""Input–output analysis: what a unit of output needs in all, how linked sectors are, and whose shocks reach the whole."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import coo_array, csc_array, eye_array, issparse, sparray
from scipy.sparse.linalg import SuperLU, splu

from queries.algorithms.arrays import FloatArray, amounts, indices, sums_by


def total_requirements(coefficients: "ArrayLike | sparray") -> FloatArray:
    """(I − A)⁻¹ − I: what of each product one unit of final use needs through all steps, itself left out.

    Source: Leontief 1936, Rev. Econ. Stat. 18:105; the statistical office calls it 完全消耗系数. `coefficients` A (n, n) ≥ 0 is
    dense or sparse; the result is dense.
    Raises `ValueError` where A is not square, has a negative number, or is not productive: then some output needs more
    than itself, and no sum of the steps exists.

    >>> total_requirements([[0.0, 0.5], [0.5, 0.0]]).round(6)
    array([[0.333333, 0.666667],
           [0.666667, 0.333333]])
    """
    matrix = _square(coefficients)
    unit = np.eye(matrix.shape[0])
    solved: FloatArray = _factorised(matrix).solve(unit)
    return solved - unit


def _square(coefficients: "ArrayLike | sparray") -> csc_array:
    given = coefficients if issparse(coefficients) else np.atleast_2d(np.asarray(coefficients, dtype=np.float64))
    matrix = csc_array(given, dtype=np.float64)
    if matrix.shape[0] != matrix.shape[1] or not matrix.shape[0]:
        raise ValueError(f"the matrix is {matrix.shape}; it must be square")
    entries = matrix.tocoo()
    wrong = ~((entries.data >= 0) & np.isfinite(entries.data))
    if wrong.any():
        place = int(np.argmax(wrong))
        raise ValueError(
            f"coefficient [{entries.coords[0][place]}, {entries.coords[1][place]}] is {entries.data[place]}; "
            "it must be a finite number ≥ 0"
        )
    return matrix


def _factorised(matrix: csc_array) -> SuperLU:
    """I − A, factorised, if A is productive.

    For A ≥ 0 the spectral radius is below 1 exactly where (I − A) x = 1 has a solution x > 0: then A x = x − 1 < x, and
    conversely x = Σ Aᵏ 1. So one solve decides it. Source: Berman and Plemmons 1994, theorem 6.2.3.
    """
    size = matrix.shape[0]
    try:
        solver = splu(csc_array(eye_array(size) - matrix))
        needed = solver.solve(np.ones(size))
    except RuntimeError:  # SuperLU: "Factor is exactly singular"
        needed = np.full(size, np.nan)
    if not (needed > 0).all():
        worst = int(np.argmax(matrix.sum(axis=0)))
        raise ValueError(
            "the coefficients are not productive: their spectral radius is 1 or more. One unit of sector "
            f"{worst} needs the most, {float(matrix.sum(axis=0)[worst]):.4g} units directly; "
            "look for shares that are not fractions of the output"
        )
    return solver


@dataclass(frozen=True, slots=True, eq=False)
class Linkages:
    """How linked sectors are, 1 on average. Above 1: a demand on it moves much; it moves with much."""

    backward: FloatArray
    forward: FloatArray


def linkages(total: ArrayLike) -> Linkages:
    """影响力系数 and 感应度系数: column and row sums of (I − A)⁻¹ over their mean, from `total_requirements` of all sectors.

    Source: Rasmussen 1956, Studies in Inter-Sectoral Relations. A row sum weighs every sector's final use alike.

    >>> found = linkages([[0.0, 1.0], [0.0, 0.0]])  # sector 1 needs a unit of sector 0
    >>> found.backward.round(3), found.forward.round(3)
    (array([0.667, 1.333]), array([1.333, 0.667]))
    """
    inverse = np.asarray(total, dtype=np.float64)
    if inverse.ndim != 2 or inverse.shape[0] != inverse.shape[1] or not inverse.size:
        raise ValueError(f"the matrix is {inverse.shape}; linkages need total requirements of all sectors")
    inverse = inverse + np.eye(len(inverse))
    mean = inverse.sum() / len(inverse)
    return Linkages(inverse.sum(axis=0) / mean, inverse.sum(axis=1) / mean)


def input_shares(supplier: ArrayLike, buyer: ArrayLike, amount: ArrayLike, firms: int) -> coo_array:
    """W (n, n): the share of supplier j in what firm i buys, in row i; a row without purchases is empty.

    >>> input_shares([0, 1], [2, 2], [3, 1], firms=3).toarray()
    array([[0.  , 0.  , 0.  ],
           [0.  , 0.  , 0.  ],
           [0.75, 0.25, 0.  ]])
    """
    sold = amounts("amount", amount)
    rows, columns = indices("buyer", buyer, firms, len(sold)), indices("supplier", supplier, firms, len(sold))
    bought = sums_by(rows, sold, firms)[rows]
    return coo_array(
        (np.divide(sold, bought, out=np.zeros(len(sold)), where=bought > 0), (rows, columns)), (firms, firms)
    )


def influence_vector(shares: "ArrayLike | sparray", labour_share: float, *, tolerance: float = 1e-12) -> FloatArray:
    """v = (α / n) [I − (1 − α) W′]⁻¹ 1: how much the whole moves with a shock to each firm; a cheap screen before ESRI.

    Source: Acemoglu, Carvalho, Ozdaglar, Tahbaz-Salehi 2012, Econometrica 80:1977, equation 4, with α the labour share,
    0 < α ≤ 1, and W the input shares (`input_shares`), rows adding up to 1 or less. Where all rows add up to 1 it is
    PageRank with damping 1 − α on the edges from buyers to suppliers, and v adds up to 1. Without the factor α, as it is
    often written, all values are 1/α times as large and their order is the same.
    Solved by repetition until no value changes by more than `tolerance`; each one shrinks the error by 1 − α.
    Raises `ValueError` for an α out of range, a negative share, and a row that adds up to more than 1.

    >>> influence_vector([[0, 0], [1, 0]], labour_share=0.5)  # firm 1 buys all from firm 0: (1 + 0.5) / 4, 1 / 4
    array([0.375, 0.25 ])
    """
    if not 0 < labour_share <= 1:
        raise ValueError(f"labour_share is {labour_share}; it must be in 0–1, 0 left out")
    matrix = _square(shares)
    rows = np.asarray(matrix.sum(axis=1)).ravel()
    if (rows > 1 + 1e-9).any():
        worst = int(np.argmax(rows))
        raise ValueError(f"the input shares of firm {worst} add up to {rows[worst]:.6g}; they must not exceed 1")
    size = len(rows)
    passed_on = (1 - labour_share) * matrix.T.tocsr()
    base = np.full(size, labour_share / size)
    found, before = base, np.zeros(size)
    while np.abs(found - before).max() > tolerance * labour_share:
        found, before = base + passed_on @ found, found
    return found
