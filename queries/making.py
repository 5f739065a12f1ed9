"""Who makes what and where, over all products at once: what every question about gaps and concentration starts from."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from queries.algorithms.arrays import BoolArray, IntArray
from queries.algorithms.structure import Adjacency, adjacency, edge_places
from queries.areas import Area
from queries.facts import Links, links, of_node, spread, things
from queries.reader import Reader, kept


@dataclass(frozen=True, slots=True, eq=False)
class Makers:
    """Each product with each enterprise that counts as a maker of it, in the order of product, then enterprise.

    A maker of a narrower product counts for the broader one. `steps[k]` is how many KIND_OF steps lie between what the
    enterprise makes, `made[k]`, and the product: 0 where it makes the product itself; the nearest of several.
    """

    product: IntArray
    enterprise: IntArray
    steps: IntArray
    made: IntArray
    link: IntArray  # the number of the MAKES edge
    start: IntArray  # (products + 1): the makers of product p are start[p] … start[p + 1] − 1
    makes: Links

    def of(self, product: int) -> slice:
        """The places of the makers of a product."""
        return slice(int(self.start[product]), int(self.start[product + 1]))


@kept
def makers(reader: Reader) -> Makers:
    """The makers on record of every product, each enterprise once for each."""
    makes = links(reader, "MAKES", "Enterprise", "Product")
    kinds = links(reader, "KIND_OF", "Product", "Product")
    made, broader, steps = broader_products(kinds, np.unique(makes.head))
    at, link = spread(makes.backward, made)
    product, origin, steps = broader[at], made[at], steps[at]
    enterprise = makes.tail[link]
    order = np.lexsort((origin, steps, enterprise, product))
    product, enterprise = product[order], enterprise[order]
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = (product[1:] != product[:-1]) | (enterprise[1:] != enterprise[:-1])
    best = order[is_first]
    product = product[is_first]
    start = np.searchsorted(product, np.arange(len(makes.heads) + 1))
    return Makers(product, enterprise[is_first], steps[best], origin[best], link[best], start, makes)


def broader_products(kinds: Links, origins: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Each origin with itself and every product that it is a kind of, and the fewest steps there: (origin, broader, steps)."""
    size = max(len(kinds.tails), 1)
    known = frontier = origins * size + origins
    found, steps = [known], [np.zeros(len(known), np.int64)]
    forward = kinds.forward
    while len(frontier):
        origin, here = frontier // size, frontier % size
        at, link = spread(forward, here)
        reached = np.unique(origin[at] * size + kinds.head[link])
        frontier = np.setdiff1d(reached, known, assume_unique=True)
        known = np.union1d(known, frontier)
        found.append(frontier)
        steps.append(np.full(len(frontier), len(steps)))
    pairs = np.concatenate(found)
    return pairs // size, pairs % size, np.concatenate(steps)


def way_up(kinds: Links, made: int, product: int) -> list[int]:
    """The products from a narrower one up to a broader one, both among them, by the fewest steps; of equals the least ids.

    Empty where the one is no kind of the other.
    """
    ways: dict[int, list[int]] = {made: [made]}
    queue = [made]
    for here in queue:
        if here == product:
            return ways[here]
        for link in of_node(kinds.forward, here):
            there = int(kinds.head[link])
            if there not in ways:
                ways[there] = [*ways[here], there]
                queue.append(there)
    return []


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """Where the nodes of a label are, seen from an area: a node may be in several of its cities.

    `may_be_inside` is true where no place is known, or only one that an asked place lies in (上海 for 松江).
    """

    is_inside: BoolArray
    may_be_inside: BoolArray
    node: IntArray  # with `city`: every pair of a node and a city of the area that it is in, by node
    city: IntArray  # numbers of places
    start: IntArray  # (nodes + 1)

    def cities(self, number: int) -> IntArray:
        """The cities of the area that a node is in."""
        return self.city[self.start[number] : self.start[number + 1]]


def located(reader: Reader, label: str, area: Area) -> Located:
    """Where the enterprises, institutes or centres are."""
    nodes = things(reader, label)
    at = links(reader, "LOCATED_IN", label, "Place")
    city = area.city_of[at.head] if len(at) else np.zeros(0, np.int64)
    width = len(at.heads) + 1  # a city may stand for a place without node (`areas.HOME`)
    pairs = np.unique(at.tail[city >= 0] * width + city[city >= 0])
    node, cities = pairs // width, pairs % width
    is_inside = np.full(len(nodes), area.is_everywhere)
    is_inside[node] = True
    is_elsewhere = np.zeros(len(nodes), np.bool_)
    if len(at):
        is_elsewhere[at.tail[(city < 0) & ~area.is_around[at.head]]] = True
    start = np.searchsorted(node, np.arange(len(nodes) + 1))
    return Located(is_inside, ~is_inside & ~is_elsewhere, node, cities, start)


def per_pair(where: Located, nodes: IntArray) -> tuple[IntArray, IntArray]:
    """For each node, also named several times, each of its cities: the places in `nodes`, and the cities."""
    counts = where.start[nodes + 1] - where.start[nodes]
    return np.repeat(np.arange(len(nodes)), counts), where.city[edge_places(where.start, nodes)]


@kept
def downstream_counts(reader: Reader) -> IntArray:
    """How many products each product goes into, through any number of steps, itself never; counted up to `MOST_COUNTED`."""
    from queries.algorithms.reach import descendant_counts

    inputs = links(reader, "INPUT_OF", "Product", "Product")
    return descendant_counts(inputs.forward, MOST_COUNTED)


@kept
def all_uses(reader: Reader) -> Adjacency:
    """From each product to what it goes into, and from each technology (numbered after the products) to what needs it."""
    inputs, needs = links(reader, "INPUT_OF", "Product", "Product"), links(reader, "NEEDS", "Product", "Technology")
    products = len(inputs.tails)
    return adjacency(
        products + len(needs.heads),
        np.concatenate([inputs.tail, products + needs.head]),
        np.concatenate([inputs.head, needs.tail]),
    )


@kept
def technology_dependents(reader: Reader) -> IntArray:
    """How many products need each technology or depend on one that does; counted up to `MOST_COUNTED`."""
    from queries.algorithms.reach import descendant_counts

    return descendant_counts(all_uses(reader), MOST_COUNTED)[len(things(reader, "Product")) :]


MAKER_CONVENTION = (
    "“有记录”指数据中有企业生产它或其细分产品的记录；没有记录不等于没有企业生产。 "
    "On record means that the data name an enterprise that makes it or a narrower kind; no record is not 'none'."
)
MOST_COUNTED = 1_000
"""Dependents are counted up to here: all of a large graph from each of its products would take a square of time."""


def evidence_of_makers(reader: Reader, found: Makers, pairs: Sequence[int]) -> list[str]:
    """The ids of the edges that say so: MAKES, and KIND_OF on the way up where a narrower product is made."""
    kinds = links(reader, "KIND_OF", "Product", "Product")
    ids = found.makes.ids(found.link[np.asarray(pairs, np.int64)])
    for pair in pairs:
        if found.steps[pair]:
            ids += ids_along(kinds, way_up(kinds, int(found.made[pair]), int(found.product[pair])))
    return sorted(set(ids))


def ids_along(kinds: Links, way: Sequence[int]) -> list[str]:
    """The ids of the edges between the nodes of a way."""
    wanted = []
    for here, there in pairwise(way):
        around = of_node(kinds.forward, here)
        wanted.append(int(around[kinds.head[around] == there][0]))
    return kinds.ids(np.asarray(wanted, np.int64))


def makers_of_each(
    reader: Reader, is_inside: BoolArray, products: IntArray, most: int
) -> list[tuple[list[str], list[str]]]:
    """For each product the names of its makers here, or elsewhere where there is none here, and the ids of the edges that
    say so: of the first `most` makers by id. `is_inside` is of enterprises.
    """
    found = makers(reader)
    pairs = edge_places(found.start, products)
    owner = np.repeat(np.arange(len(products)), found.start[products + 1] - found.start[products])
    is_local = is_inside[found.enterprise[pairs]]
    has_local = np.bincount(owner[is_local], minlength=len(products)) > 0
    is_kept = is_local | ~has_local[owner]
    pairs, owner = pairs[is_kept], owner[is_kept]
    first = np.searchsorted(owner, np.arange(len(products)))
    is_kept = np.arange(len(owner)) - first[owner] < most
    pairs, owner = pairs[is_kept], owner[is_kept]
    names, ids = found.makes.tails.names(found.enterprise[pairs]), found.makes.ids(found.link[pairs])
    kinds = links(reader, "KIND_OF", "Product", "Product")
    bounds = np.searchsorted(owner, np.arange(len(products) + 1)).tolist()
    each = []
    for lo, hi in pairwise(bounds):
        cited = set(ids[lo:hi])
        for pair in pairs[lo:hi][found.steps[pairs[lo:hi]] > 0].tolist():
            cited.update(ids_along(kinds, way_up(kinds, int(found.made[pair]), int(found.product[pair]))))
        each.append((sorted(names[lo:hi]), sorted(cited)))
    return each
