"""The largest sum that a maker has around each product, compiled: the inner loop of the largest density.

Imported where it is called; see `compiled`.
"""

import numpy as np

from graph.compiled import compiled
from queries.algorithms.arrays import BoolArray, FloatArray, Int32Array


@compiled
def largest_sums(
    start: Int32Array, near: Int32Array, value: FloatArray, maker_start: Int32Array, maker: Int32Array,
    holder_start: Int32Array, holder: Int32Array, is_counted: BoolArray,
) -> FloatArray:  # fmt: skip
    """For each product the largest Σ value > 0 of what is near it and one maker makes; 0 where there is none.

    Products near product p are at the places start[p] … start[p + 1] − 1, makers and holders of each likewise. Holders of
    the product and makers that do not count are left out. scipy's product of matrices would hold all sums at once.

    >>> largest_sums(*(np.array(a) for a in (  # near product 0 are products 1 (0.5) and 2 (0.25); maker 1 makes both
    ...     [0, 2], [1, 2], [0.5, 0.25], [0, 0, 2, 3], [0, 1, 1], [0, 0], np.zeros(0, np.int64), [True, True])))
    array([0.75])
    """
    largest = np.zeros(len(start) - 1)
    sums = np.zeros(len(is_counted))
    reached = np.zeros(len(is_counted), np.int64)
    for product in range(len(largest)):
        size = 0
        for place in range(start[product], start[product + 1]):
            for at in range(maker_start[near[place]], maker_start[near[place] + 1]):
                if sums[maker[at]] == 0:
                    reached[size] = maker[at]
                    size += 1
                sums[maker[at]] += value[place]
        for at in range(holder_start[product], holder_start[product + 1]):
            sums[holder[at]] = 0.0
        for who in reached[:size]:
            if is_counted[who]:
                largest[product] = max(largest[product], sums[who])
            sums[who] = 0.0
    return largest
