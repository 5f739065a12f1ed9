"""Reach over links between ids. No graph store is touched here; measures of arrays are in `queries.analytics`."""

from collections import deque
from collections.abc import Mapping, Sequence

Links = Mapping[str, Sequence[str]]


def reached(links: Links, start: str) -> dict[str, int]:
    """Everything that links lead to from `start`, with the least number of steps; `start` itself never, even on a cycle.

    >>> reached({"a": ["b"], "b": ["c", "a"]}, "a")
    {'b': 1, 'c': 2}
    """
    steps = {start: 0}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for there in links.get(here, ()):
            if there not in steps:
                steps[there] = steps[here] + 1
                queue.append(there)
    del steps[start]
    return steps
