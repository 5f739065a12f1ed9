"""How many nodes each node leads to."""

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt

_SOON = 4_000_000
"""Nodes × edges below which the loop is over before numba and what it kept of the compiled loop are loaded, which takes a second."""


def reach_counts(
    nodes: int, tail: npt.NDArray[np.int64], head: npt.NDArray[np.int64], most: int
) -> npt.NDArray[np.int64]:
    """Nodes that each of `nodes` leads to along edges tail → head, through any number of steps, itself never.

    Counted up to `most`, so that it takes at most nodes × (most + the edges looked through until then) steps.

    >>> reach_counts(3, np.array([0, 1, 2]), np.array([1, 2, 0]), 1000).tolist()
    [2, 2, 2]
    """
    order = np.argsort(tail, kind="stable")
    start = np.searchsorted(tail[order], np.arange(nodes + 1))
    count = _counts if nodes * len(tail) < _SOON else _compiled()
    return count(start, head[order], most)


@cache
def _compiled() -> Callable[[npt.NDArray[np.int64], npt.NDArray[np.int64], int], npt.NDArray[np.int64]]:
    from graph.compiled import compiled

    return compiled(_counts)


def _counts(start: npt.NDArray[np.int64], head: npt.NDArray[np.int64], most: int) -> npt.NDArray[np.int64]:
    nodes = len(start) - 1
    counts = np.zeros(nodes, np.int64)
    seen_by = np.full(nodes, -1, np.int64)
    queue = np.zeros(most + 1, np.int64)
    for node in range(nodes):
        seen_by[node] = node
        queue[0] = node
        first, size = 0, 1
        while first < size and size <= most:
            here = queue[first]
            first += 1
            for place in range(start[here], start[here + 1]):
                there = head[place]
                if seen_by[there] != node:
                    seen_by[there] = node
                    queue[size] = there
                    size += 1
                    if size > most:
                        break
        counts[node] = size - 1
    return counts
