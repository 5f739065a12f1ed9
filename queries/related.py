"""How near enterprises are to products by what they make today: the density of relatedness over enterprises."""

import numpy as np
from scipy.sparse import csr_array

from queries.algorithms.arrays import BoolArray, FloatArray, IntArray
from queries.algorithms.relatedness import density
from queries.facts import links
from queries.reader import Reader, kept


@kept
def made_matrix(reader: Reader) -> csr_array:
    """Who makes what on record, directly: (enterprises, products), 0 and 1."""
    makes = links(reader, "MAKES", "Enterprise", "Product")
    ends = makes.tail.astype(np.int32), makes.head.astype(np.int32)
    return csr_array((np.ones(len(makes)), ends), (len(makes.tails), len(makes.heads)))


def densities(reader: Reader, products: IntArray) -> FloatArray:
    """ω of every enterprise around some products, (enterprises, products); NaN where that is not known.

    It is not for an enterprise of which no product is on record, and around a product that nobody makes, or whose makers
    make nothing else.
    """
    made = made_matrix(reader)
    found = density(made, products)
    found[np.diff(made.indptr) == 0] = np.nan
    found[:, ~_has_neighbours(reader)[products]] = np.nan
    return found


@kept
def _has_neighbours(reader: Reader) -> BoolArray:
    """Whether somebody who makes the product makes another."""
    makes = links(reader, "MAKES", "Enterprise", "Product")
    makes_several = np.bincount(makes.tail, minlength=len(makes.tails)) > 1
    return np.bincount(makes.head[makes_several[makes.tail]], minlength=len(makes.heads)) > 0


def related_to(reader: Reader, products: IntArray) -> FloatArray:
    """Of every enterprise the largest density around any of some products; NaN where it is not known around any."""
    found = densities(reader, products)
    return np.fmax.reduce(found, axis=1, initial=np.nan) if found.size else np.full(len(found), np.nan)
