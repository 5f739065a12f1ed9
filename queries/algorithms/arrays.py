"""Arrays as the measures take them: checked once where they come in, with an error that says what and where; and added up."""

from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

IntArray = NDArray[np.int64]
Int32Array = NDArray[np.int32]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
N = TypeVar("N", np.int64, np.float64)


def amounts(name: str, values: ArrayLike, size: int | None = None) -> FloatArray:
    """Finite numbers ≥ 0 as a flat array; one number stands for `size` equal ones.

    Raises `ValueError` with the name, the place and the value of the first that is none.

    >>> amounts("sales", [1, 2.5]), amounts("share", 0.5, 2)
    (array([1. , 2.5]), array([0.5, 0.5]))
    """
    return _numbers(name, values, size, np.inf, "a finite number ≥ 0")


def fractions(name: str, values: ArrayLike, size: int | None = None) -> FloatArray:
    """Numbers in 0–1 as a flat array; one number stands for `size` equal ones. Raises `ValueError` as `amounts` does.

    >>> fractions("outside_cost_share", [0.1, 1.2])
    Traceback (most recent call last):
    ValueError: outside_cost_share[1] is 1.2; it must be a fraction 0–1
    """
    return _numbers(name, values, size, 1.0, "a fraction 0–1")


def indices(name: str, values: ArrayLike, below: int, size: int | None = None) -> IntArray:
    """Whole numbers in 0…below−1 as a flat array. Raises `ValueError` as `amounts` does.

    >>> indices("supplier", [0, 3], below=3)
    Traceback (most recent call last):
    ValueError: supplier[1] is 3; it must be a whole number in 0…2
    """
    given = np.asarray(values)
    if given.size == 0:
        given = given.astype(np.int64)
    if given.dtype.kind not in "iub":
        raise ValueError(f"{name} has values of type {given.dtype}; they must be whole numbers")
    found = _of_size(name, given.astype(np.int64), size)
    _refuse(name, found, (found < 0) | (found >= below), f"a whole number in 0…{below - 1}")
    return found


def sums_by(group: IntArray, values: FloatArray, groups: int) -> FloatArray:
    """Σ values of each group 0…groups−1, in the order of the values; 0 for an empty group.

    >>> sums_by(np.array([0, 2, 0]), np.array([1.0, 2.0, 3.0]), 4)
    array([4., 0., 2., 0.])
    """
    return np.bincount(group, values, groups).astype(np.float64, copy=False)


def or_none(value: float) -> float | None:
    """A number as an answer has it: `None` where it is NaN, which says that it is not known."""
    return None if np.isnan(value) else float(value)


def _numbers(name: str, values: ArrayLike, size: int | None, most: float, meaning: str) -> FloatArray:
    found = _of_size(name, np.asarray(values, dtype=np.float64), size)
    # Written so that NaN is refused too: no comparison with it holds.
    _refuse(name, found, ~((found >= 0) & (found <= most) & np.isfinite(found)), meaning)
    return found


def _of_size(name: str, found: NDArray[N], size: int | None) -> NDArray[N]:
    if found.ndim == 0 and size is not None:
        return np.full(size, found)
    if found.ndim != 1:
        raise ValueError(f"{name} has {found.ndim} dimensions; it must be a flat array")
    if size is not None and len(found) != size:
        raise ValueError(f"{name} has {len(found)} values; it must have {size}")
    return found


def _refuse(name: str, found: NDArray[N], is_wrong: BoolArray, meaning: str) -> None:
    if is_wrong.any():
        place = int(np.argmax(is_wrong))
        raise ValueError(f"{name}[{place}] is {found[place]}; it must be {meaning}")
