"""How many descendants each node has, compiled; imported where it is called, see `compiled`."""

import numpy as np

from graph.compiled import compiled
from queries.algorithms.arrays import IntArray
from queries.algorithms.structure import Adjacency


def descendant_counts(edges: Adjacency, most: int) -> IntArray:
    """The descendants of each node, itself never, counted up to `most`; (nodes).

    Takes at most nodes × (most + the edges looked through until then) steps; `rustworkx.descendants` has no bound.

    >>> from queries.algorithms.structure import adjacency
    >>> descendant_counts(adjacency(4, [0, 1, 2, 2], [1, 2, 0, 3]), 2)  # a cycle of three, and node 3
    array([2, 2, 2, 0])
    """
    return _counts(edges.start, edges.head, most)


@compiled
def _counts(start: IntArray, head: IntArray, most: int) -> IntArray:
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
