"""Loops that no library has, compiled by numba where numpy would hold everything at once or Python take minutes.

Modules that use it are imported where they are called, not on top: numba takes half a second to import, and most commands
need none of it. A compiled function and those that it calls stand in one file, because numba's cache does not see that a
called one in another file changed.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function compiled, kept on disk where numba finds a folder that it may write to; other threads run meanwhile.

    It tries NUMBA_CACHE_DIR, `__pycache__` beside the function's file, then the user's cache folder, and raises where it
    may write to none, as in a container with a read-only file system: there every process compiles anew.

    >>> compiled(lambda number: number + 1)(2)
    3
    """
    try:
        return njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:
        return njit(nogil=True, error_model="numpy")(function)
