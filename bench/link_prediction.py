"""Which links are likely though not on record, and how well a score finds links that were held back.

A score is a function from known links and asked pairs to numbers; higher is likelier. Networks are without directions, or
bipartite: makers 0…k−1 on one side, what they make on the other, where neighbours in common are never on the same side.
Every draw takes a seed; equal seeds give equal results.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array, diags_array

from queries.algorithms.arrays import FloatArray, IntArray, indices

_BLOCK = 4_096
"""Pairs that are scored at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """Known links of a network without directions, each once, the smaller number first."""

    nodes: int
    pairs: IntArray  # (links, 2)
    side: int | None  # in a bipartite network the number of nodes of the first side, which are the first

    @property
    def matrix(self) -> csr_array:
        """The symmetric adjacency matrix, of zeros and ones."""
        a, b = self.pairs.T
        ends = np.concatenate([a, b]), np.concatenate([b, a])
        return csr_array((np.ones(2 * len(a)), ends), (self.nodes, self.nodes))


Score = Callable[[Links, IntArray], FloatArray]
"""The scores of asked pairs (k, 2), from what is known."""


def links(nodes: int, first: ArrayLike, second: ArrayLike, *, side: int | None = None) -> Links:
    """Links between nodes 0…nodes−1, doubles and links of a node to itself left out.

    Raises `ValueError` for a node that does not exist and, with a `side`, for a link within one side.

    >>> links(3, [1, 0, 2, 2], [0, 1, 2, 0]).pairs
    array([[0, 1],
           [0, 2]])
    """
    a = indices("first", first, nodes)
    pairs = np.sort(np.stack([a, indices("second", second, nodes, len(a))], axis=1), axis=1)
    pairs = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)
    if side is not None:
        within = (pairs[:, 0] < side) == (pairs[:, 1] < side)
        if within.any():
            raise ValueError(f"link {pairs[np.argmax(within)].tolist()} joins two nodes of one side")
    return Links(nodes, pairs, side)


# --- scores ----------------------------------------------------------------------------------------------------------


def adamic_adar(known: Links, pairs: IntArray) -> FloatArray:
    """Σ 1 / ln k_w over what two nodes have in common, rare company counting more. Source: Adamic and Adar 2003.

    In a network of one kind over the neighbours w of both. In a bipartite one over the paths u – w – x – v of three links,
    Σ 1 / (ln k_w ln k_x), the same idea one step on (Daminelli, Thomas, Durán, Cannistraci 2015, New J. Phys. 17:113037).

    >>> adamic_adar(links(4, [0, 0, 1, 1], [2, 3, 2, 3]), np.array([[0, 1]])).round(4)  # 2 / ln 2
    array([2.8854])
    """
    matrix = known.matrix
    degree = matrix.sum(axis=1)
    # A node of degree 1 is nobody's company; the walk would go back over the link it came by.
    rarity = np.divide(1, np.log(np.maximum(degree, 2)), out=np.zeros(known.nodes), where=degree > 1)
    weighed = matrix @ diags_array(rarity)
    found = np.zeros(len(pairs))
    # By blocks: the nodes two links away from many at once would fill the memory.
    for start in range(0, len(pairs), _BLOCK):
        a, b = pairs[start : start + _BLOCK].T
        ends = a[:1] if (a == a[0]).all() else a
        near = weighed[ends] if known.side is None else weighed[ends] @ weighed
        # All pairs of one node, as where its links are ranked: what is near it is found once.
        shared = matrix[b] @ near.T if len(ends) < len(a) else near.multiply(matrix[b])
        found[start : start + _BLOCK] = shared.sum(axis=1)
    return found


def preferential_attachment(known: Links, pairs: IntArray) -> FloatArray:
    """k_u k_v: who has many links gets more. Source: Barabási and Albert 1999; Newman 2001 for links to come.

    >>> preferential_attachment(links(3, [0, 0], [1, 2]), np.array([[0, 1], [1, 2]]))
    array([2., 1.])
    """
    degree: FloatArray = known.matrix.sum(axis=1)
    return degree[pairs[:, 0]] * degree[pairs[:, 1]]


# --- how good a score is ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A network with some links held back."""

    known: Links
    hidden: IntArray  # (k, 2)


def hold_out(all_links: Links, share: float, seed: int) -> Held:
    """Hold back a share 0–1 of the links, drawn at random, at least one.

    Raises `ValueError` for a share out of range, and where no link or all would be held back.

    >>> held = hold_out(links(4, [0, 0, 0], [1, 2, 3]), 0.4, seed=0)
    >>> len(held.known.pairs), len(held.hidden)
    (2, 1)
    """
    if not 0 < share < 1:
        raise ValueError(f"share is {share}; it must be in 0–1, both left out")
    count = len(all_links.pairs)
    hidden = max(1, round(share * count))
    if hidden >= count:
        raise ValueError(f"{hidden} of {count} links would be held back; some must stay known")
    order = np.random.default_rng(seed).permutation(count)
    is_hidden = np.zeros(count, np.bool_)
    is_hidden[order[:hidden]] = True
    known = Links(all_links.nodes, all_links.pairs[~is_hidden], all_links.side)
    return Held(known, all_links.pairs[is_hidden])


@dataclass(frozen=True, slots=True)
class Skill:
    """How well a score finds what was held back."""

    auc: float  # the chance that a hidden link scores above a pair that is none, ties half: 0.5 is blind
    mrr: float  # mean of 1 / rank of a hidden link among all pairs of one of its ends that are not links, 0–1
    hidden: int
    compared: int  # pairs that are no links, drawn for the AUC


def skill(score: Score, held: Held, *, seed: int, most_compared: int = 100_000) -> Skill:
    """AUC and MRR of a score.

    For the AUC, pairs that are no links are drawn at random (all of them where there are no more than `most_compared`). For
    the MRR each hidden link is ranked among the pairs of its first end (bipartite: its maker) that are neither known nor
    hidden links, equals taking the mean of their ranks. Pairs within one side of a bipartite network are never asked.
    Raises `ValueError` where every pair is a link.

    >>> star = links(5, [0, 0, 0, 1], [1, 2, 3, 2])
    >>> found = skill(adamic_adar, hold_out(star, 0.25, seed=0), seed=0)
    >>> found.hidden, found.compared
    (1, 6)
    """
    others = _no_links(held, np.random.default_rng(seed), most_compared)
    if not len(others):
        raise ValueError("every pair is a link, so nothing can be told from links")
    hidden, compared = score(held.known, held.hidden), score(held.known, others)
    compared = np.sort(compared)
    # How many score less, and how many not more: their mean counts equals half.
    wins = (np.searchsorted(compared, hidden, "left") + np.searchsorted(compared, hidden, "right")) / 2
    auc = float(wins.mean() / len(compared))
    return Skill(auc, _mean_reciprocal_rank(score, held, hidden), len(hidden), len(others))


def _mean_reciprocal_rank(score: Score, held: Held, hidden: FloatArray) -> float:
    numbers = _link_numbers(held)
    total = 0.0
    for end in np.unique(held.hidden[:, 0]):
        pairs = _pairs_of(held.known, int(end))
        is_free = ~np.isin(pairs[:, 0] * held.known.nodes + pairs[:, 1], numbers)
        free = score(held.known, pairs[is_free])
        for value in hidden[held.hidden[:, 0] == end]:
            total += 1 / (1 + np.sum(free > value) + np.sum(free == value) / 2)
    return float(total / len(hidden))


def _pairs_of(known: Links, end: int) -> IntArray:
    """All pairs of a node that could be links, the smaller number first."""
    others = np.arange(known.nodes) if known.side is None else np.arange(known.side, known.nodes)
    others = others[others != end]
    return np.sort(np.stack([np.full(len(others), end), others], axis=1), axis=1)


def _link_numbers(held: Held) -> IntArray:
    """Known and hidden links as single numbers."""
    both = np.concatenate([held.known.pairs, held.hidden])
    numbers: IntArray = both[:, 0] * held.known.nodes + both[:, 1]
    return numbers


def _no_links(held: Held, rng: np.random.Generator, most: int) -> IntArray:
    """Pairs that are no links, each once: all, or as many as asked for."""
    nodes, side = held.known.nodes, held.known.side
    numbers = _link_numbers(held)
    possible = nodes * (nodes - 1) // 2 if side is None else side * (nodes - side)
    if possible - len(numbers) <= 4 * most:
        ends = range(nodes) if side is None else range(side)
        pairs = np.unique(
            np.concatenate([np.zeros((0, 2), np.int64), *(_pairs_of(held.known, e) for e in ends)]), axis=0
        )
        free = pairs[~np.isin(pairs[:, 0] * nodes + pairs[:, 1], numbers)]
        return free if len(free) <= most else rng.permutation(free)[:most]
    found = np.zeros(0, np.int64)
    while len(found) < most:
        first = rng.integers(0, nodes if side is None else side, 2 * most)
        second = rng.integers(0 if side is None else side, nodes, 2 * most)
        drawn = np.minimum(first, second) * nodes + np.maximum(first, second)
        drawn = drawn[(first != second) & ~np.isin(drawn, numbers)]
        found = np.unique(np.concatenate([found, drawn]))
    found = rng.permutation(found)[:most]
    return np.stack([found // nodes, found % nodes], axis=1)
