"""Loops compiled by numba, kept on disk where that is possible."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function compiled, kept on disk where numba finds a folder that it may write to.

    It tries NUMBA_CACHE_DIR, `__pycache__` beside the function's file, then the user's cache folder, and raises where it
    may write to none, as in a container with a read-only file system: there every process compiles anew.
    """
    try:
        return njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:
        return njit(nogil=True, error_model="numpy")(function)
