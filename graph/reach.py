"""How many nodes each node leads to."""

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt

_Numbers = npt.NDArray[np.int64] | list[int]
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
    numbers = (start, head[order], *(np.full(length, one) for length, one in ((nodes, 0), (nodes, -1), (most + 1, 0))))
    if nodes * len(tail) < _SOON:  # In lists, from which Python takes a number in a third of the time.
        return np.array(_counts(*(one.tolist() for one in numbers)), np.int64)
    return np.asarray(_compiled()(*numbers))


@cache
def _compiled() -> Callable[..., _Numbers]:
    from graph.compiled import compiled

    return compiled(_counts)


def _counts(start: _Numbers, head: _Numbers, counts: _Numbers, seen_by: _Numbers, queue: _Numbers) -> _Numbers:
    most = len(queue) - 1
    for node in range(len(counts)):
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
