"""How near enterprises are to products, over arrays; goes with the last question that uses it."""

import numpy as np
from scipy.sparse import csc_array, csr_array

from queries.algorithms.arrays import BoolArray, FloatArray, IntArray
from queries.algorithms.relatedness import largest_density, sparse_density
from queries.facts import links, things
from queries.making import makers
from queries.reader import Reader, kept


def largest_near(reader: Reader, is_counted: BoolArray) -> FloatArray:
    """The largest density, around each product, of the enterprises counted that do not hold it.

    NaN where nothing is known to go with it: nobody anywhere holds it and something else.
    """
    return largest_density(_has(reader), _products(reader), _held(reader), is_counted)


def nearest(reader: Reader, is_counted: BoolArray, numbers: IntArray) -> list[IntArray]:
    """Near to each of some products: of the enterprises counted those that do not hold it and have
    something that goes with it, the nearest first, of equals by id.
    """
    held = _held(reader)
    found = sparse_density(_has(reader), _products(reader)[numbers]).tocsc()
    each = []
    for place, number in enumerate(numbers.tolist()):
        own = slice(found.indptr[place], found.indptr[place + 1])
        enterprise, value = found.indices[own].astype(np.int64), found.data[own]
        holders = held.indices[held.indptr[number] : held.indptr[number + 1]]
        keep = is_counted[enterprise] & ~np.isin(enterprise, holders)
        each.append(enterprise[keep][np.lexsort((enterprise[keep], -value[keep].round(9)))])
    return each


@kept
def _has(reader: Reader) -> csr_array:
    """Which products every enterprise makes and, numbered after them, which technologies it masters; 0 and 1."""
    makes = links(reader, "MAKES", "Enterprise", "Product")
    masters = links(reader, "MASTERS", "Enterprise", "Technology")
    products = len(makes.heads)
    ends = np.concatenate([makes.tail, masters.tail]), np.concatenate([makes.head, products + masters.head])
    return csr_array((np.ones(len(ends[0])), ends), (len(makes.tails), products + len(masters.heads)))


@kept
def _held(reader: Reader) -> csc_array:
    """Who makes what, (enterprises, products): who makes a narrower product makes the broader one."""
    making = makers(reader)
    shape = (len(making.makes.tails), len(making.makes.heads))
    return csc_array((np.ones(len(making.enterprise)), (making.enterprise, making.product)), shape)


def _products(reader: Reader) -> IntArray:
    return np.arange(len(things(reader, "Product")))
