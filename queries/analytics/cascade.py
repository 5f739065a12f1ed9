"""How losses spread from firm to firm, compiled: the inner loop of ESRI.

A step looks only at the links of firms that have something new to pass on; where these are so many that going through all
links in order is quicker (they then come from memory one after another), it does that. Sums and losses only grow, so a
step adds what is new to what is there.

Imported where it is called, not on top: numba takes half a second to import, and most commands spread nothing.
Everything compiled is in this file, because numba's cache does not see that a called function in another one changed.
"""

from collections.abc import Callable
from typing import NamedTuple, ParamSpec, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

from queries.analytics.arrays import BoolArray, FloatArray, IntArray

P = ParamSpec("P")
R = TypeVar("R")
Int32Array = NDArray[np.int32]
Flags = NDArray[np.uint8]

FLOOR = 1e-10
"""Below this part of a product's market nobody is left to be replaced by, and σ is 1."""


class Channel(NamedTuple):
    """One direction of spreading: the loss of a firm is the largest of its slots, a slot is Σ weight × what tails pass."""

    slot_start: IntArray  # (n + 1) the slots of firm i are slot_start[i] … slot_start[i + 1] − 1
    link_start: IntArray  # (slots + 1) the links into a slot …
    tail: Int32Array  # (links) … whose loss they carry
    weight: FloatArray  # (links) Λ
    out_start: IntArray  # (n + 1) the same links again, by the firm whose loss they carry …
    out_slot: Int32Array  # (links) … the slot that they add to
    out_head: Int32Array  # (links) … and its firm
    out_weight: FloatArray  # (links)


class Market(NamedTuple):
    """Who can replace whom: makers of the same product. Of no products where nobody can be replaced."""

    product: Int32Array  # (n)
    sales: FloatArray  # (n) s_out
    total: FloatArray  # (products) Σ s_out


class Wiring(NamedTuple):
    """The channel from suppliers to buyers and the one from buyers to suppliers, each with its market."""

    channels: tuple[Channel, Channel]
    markets: tuple[Market, Market]


class Losses(NamedTuple):
    """What one cascade knows of one channel; zero between cascades. Stacks are arrays filled up to one of `heights`."""

    loss: FloatArray  # (n) 1 − h
    rise: FloatArray  # (n) how much of it came in this step
    passed: FloatArray  # (n) how much of σ × loss was passed on
    sums: FloatArray  # (slots) ℓ
    hit: Int32Array  # (n) a stack: firms with a loss
    risen: Int32Array  # (n) a stack: firms whose loss rose in this step
    passing: Int32Array  # (n) a stack: firms that pass on more in the next step …
    more: FloatArray  # (n) … and how much, by place in the stack
    lost: FloatArray  # (products) Σ s_out × loss of the makers
    is_moved: Flags  # (products) whether more of it was lost in this step …
    moved: Int32Array  # (products) … and these products, as a stack
    first_maker: Int32Array  # (products) + 1: the makers that may pass on more, as a linked list …
    next_maker: Int32Array  # (n) + 1; the last one points at itself, so that 0 says that a firm is in no list
    heights: IntArray  # of the four stacks


_HIT, _RISEN, _PASSING, _MOVED = range(4)

_QUICKER = 6
"""How many times quicker a link is in order than alone (measured: 3 to 4 at 10,000 firms, 10 to 13 at 100,000)."""


def workspace(wiring: Wiring) -> tuple[Losses, Losses]:
    """What a thread needs for its cascades, empty."""
    down, up = (_losses(*pair) for pair in zip(wiring.channels, wiring.markets, strict=True))
    return down, up


def _losses(channel: Channel, market: Market) -> Losses:
    firms, products = len(market.product), len(market.total)
    loss, rise, passed, more = np.zeros((4, firms))
    hit, risen, passing, next_maker = np.zeros((4, firms), np.int32)
    moved, first_maker = np.zeros((2, products), np.int32)
    return Losses(
        loss, rise, passed, np.zeros(len(channel.link_start) - 1), hit, risen, passing, more,
        np.zeros(products), np.zeros(products, np.uint8), moved, first_maker, next_maker, np.zeros(4, np.int64),
    )  # fmt: skip


# --- compiled --------------------------------------------------------------------------------------------------------


def _compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function compiled, kept on disk where numba finds a folder that it may write to.

    It tries NUMBA_CACHE_DIR, `__pycache__` beside this file, then the user's cache folder, and raises where it may
    write to none, as in a container with a read-only file system: there every process compiles anew.
    """
    try:
        return njit(cache=True, nogil=True)(function)
    except RuntimeError:
        return njit(nogil=True)(function)


@_compiled
def _raise(losses: Losses, firm: int, loss: float) -> None:
    """Raise the loss of a firm, if that is more."""
    before = losses.loss[firm]
    rise = min(loss, 1.0) - before
    if rise <= 0:
        return
    if losses.rise[firm] == 0:
        losses.risen[losses.heights[_RISEN]] = firm
        losses.heights[_RISEN] += 1
        if before == 0:
            losses.hit[losses.heights[_HIT]] = firm
            losses.heights[_HIT] += 1
    losses.rise[firm] += rise
    losses.loss[firm] = before + rise


@_compiled
def _pass_along_links(channel: Channel, losses: Losses) -> None:
    """Add what is new to the slots at the ends of links."""
    for k in range(losses.heights[_PASSING]):
        firm, more = losses.passing[k], losses.more[k]
        losses.passed[firm] += more
        for link in range(channel.out_start[firm], channel.out_start[firm + 1]):
            slot = channel.out_slot[link]
            losses.sums[slot] += channel.out_weight[link] * more
            _raise(losses, channel.out_head[link], losses.sums[slot])


@_compiled
def _add_up_all(channel: Channel, losses: Losses) -> None:
    """Add up every slot anew."""
    for k in range(losses.heights[_PASSING]):
        losses.passed[losses.passing[k]] += losses.more[k]
    for firm in range(len(losses.loss)):
        for slot in range(channel.slot_start[firm], channel.slot_start[firm + 1]):
            total = 0.0
            for link in range(channel.link_start[slot], channel.link_start[slot + 1]):
                total += channel.weight[link] * losses.passed[channel.tail[link]]
            losses.sums[slot] = total
            _raise(losses, firm, total)


@_compiled
def _note_risen(market: Market, losses: Losses, negligible: float) -> float:
    """Note what firms pass on next, σ = 1, or which may and in which markets; the largest rise of this step."""
    largest = 0.0
    for k in range(losses.heights[_RISEN]):
        firm = losses.risen[k]
        rise = losses.rise[firm]
        losses.rise[firm] = 0.0
        largest = max(largest, rise)
        more = losses.loss[firm] - losses.passed[firm]
        if len(market.total) > 0:
            _note_in_market(market, losses, firm, rise, more > negligible)
        elif more > negligible:
            losses.passing[losses.heights[_PASSING]] = firm
            losses.more[losses.heights[_PASSING]] = more
            losses.heights[_PASSING] += 1
    losses.heights[_RISEN] = 0
    return largest


@_compiled
def _note_in_market(market: Market, losses: Losses, firm: int, rise: float, may_pass: bool) -> None:
    product = market.product[firm]
    losses.lost[product] += market.sales[firm] * rise
    if not losses.is_moved[product]:
        losses.is_moved[product] = 1
        losses.moved[losses.heights[_MOVED]] = product
        losses.heights[_MOVED] += 1
    if may_pass and not losses.next_maker[firm]:
        first = losses.first_maker[product]
        losses.next_maker[firm] = first if first else firm + 1
        losses.first_maker[product] = firm + 1


@_compiled
def _weigh(market: Market, losses: Losses, negligible: float) -> None:
    """Note what firms pass on next: a maker's loss weighs more when other makers of the product have lost more."""
    for k in range(losses.heights[_MOVED]):
        product = losses.moved[k]
        losses.is_moved[product] = 0
        left = market.total[product] - losses.lost[product]
        is_gone = left <= FLOOR * market.total[product]
        firm = losses.first_maker[product] - 1
        while firm >= 0:
            sigma = 1.0 if is_gone else min(1.0, market.sales[firm] / left)
            more = sigma * losses.loss[firm] - losses.passed[firm]
            if more > negligible:
                losses.passing[losses.heights[_PASSING]] = firm
                losses.more[losses.heights[_PASSING]] = more
                losses.heights[_PASSING] += 1
            following = losses.next_maker[firm] - 1
            firm = following if following != firm else -1
    losses.heights[_MOVED] = 0


@_compiled
def _step(channel: Channel, market: Market, losses: Losses, negligible: float) -> float:
    """Pass on what the last step noted; the largest rise of a loss."""
    links = 0
    for k in range(losses.heights[_PASSING]):
        links += channel.out_start[losses.passing[k] + 1] - channel.out_start[losses.passing[k]]
    if _QUICKER * links <= len(channel.tail):
        _pass_along_links(channel, losses)
    else:
        _add_up_all(channel, losses)
    losses.heights[_PASSING] = 0
    largest = _note_risen(market, losses, negligible)
    _weigh(market, losses, negligible)
    return largest


@_compiled
def _spread(
    wiring: Wiring, both: tuple[Losses, Losses], firms: IntArray, capacity_lost: FloatArray,
    epsilon: float, negligible: float, max_steps: int,
) -> tuple[int, bool]:  # fmt: skip
    """Take the parts ψ of the capacity of different firms, and let the losses spread until the largest rise is ≤ `epsilon`.

    Step 0 only notes the shock. Both channels go through one call, because the compiler copies it at each place.
    """
    for losses in both:
        for k in range(len(firms)):
            _raise(losses, firms[k], capacity_lost[k])
    for taken in range(max_steps + 1):
        largest = 0.0
        for c in range(2):
            rise = _step(wiring.channels[c], wiring.markets[c], both[c], negligible)
            largest = max(largest, rise)
        if largest <= epsilon and taken > 0:
            return taken, True
    return max_steps, False


@_compiled
def _score(both: tuple[Losses, Losses], weight: FloatArray, scores: FloatArray) -> None:
    """Σ weight × loss, by the larger loss of both channels, down, up."""
    for c in range(2):
        losses, other = both[c], both[1 - c]
        for k in range(losses.heights[_HIT]):
            firm = losses.hit[k]
            lost = weight[firm] * losses.loss[firm]
            scores[1 + c] += lost
            # Equal losses count once, with the first channel.
            if losses.loss[firm] > other.loss[firm] or (losses.loss[firm] == other.loss[firm] and c == 0):
                scores[0] += lost


@_compiled
def _clear(channel: Channel, market: Market, losses: Losses) -> None:
    for k in range(losses.heights[_HIT]):
        firm = losses.hit[k]
        losses.loss[firm] = 0.0
        losses.passed[firm] = 0.0
        losses.sums[channel.slot_start[firm] : channel.slot_start[firm + 1]] = 0.0
        if len(market.total) > 0:
            product = market.product[firm]
            losses.lost[product] = 0.0
            losses.is_moved[product] = 0
            losses.first_maker[product] = 0
            losses.next_maker[firm] = 0
    losses.heights[:] = 0


@_compiled
def spread_each(
    wiring: Wiring, both: tuple[Losses, Losses], start: IntArray, firms: IntArray, capacity_lost: FloatArray,
    weight: FloatArray, epsilon: float, negligible: float, max_steps: int,
    scores: FloatArray, steps: IntArray, is_converged: BoolArray,
) -> None:  # fmt: skip
    """Spread shocks one after another in an empty workspace, which holds the losses of the last one afterwards.

    Shock k takes the parts ψ > 0 of the capacity of the firms at the places start[k] … start[k + 1] − 1, each once. What it
    costs is written into `scores` (shocks, 3): Σ weight × the larger loss of both channels, down, up.
    """
    for k in range(len(steps)):
        for c in range(2):
            _clear(wiring.channels[c], wiring.markets[c], both[c])
        hit = slice(start[k], start[k + 1])
        steps[k], is_converged[k] = _spread(
            wiring, both, firms[hit], capacity_lost[hit], epsilon, negligible, max_steps
        )
        _score(both, weight, scores[k])
