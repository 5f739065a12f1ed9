"""How losses spread from firm to firm, compiled: the inner loop of ESRI, which looks only where there are losses.

Many cascades run side by side, one in each lane: a link's weight and end are then read once for losses that lie beside
each other in memory, which takes a quarter of the time of one cascade after another (measured at 10,000 firms). The place
of a cascade that has ended is given to the last one that runs, so that no lane is carried along for nothing.

Imported where it is called, not on top: numba takes half a second to import, and most commands spread nothing.
Everything compiled is in this file, because numba's cache does not see that a called function in another one changed.
"""

from collections.abc import Callable
from typing import NamedTuple, ParamSpec, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

from queries.analytics.arrays import FloatArray, IntArray

P = ParamSpec("P")
R = TypeVar("R")
Int32Array = NDArray[np.int32]
Flags = NDArray[np.uint8]

LANES = 16
"""Cascades side by side. Half as many take a third longer, twice as many make the losses too long for a core's cache."""

FLOOR = 1e-10
"""Below this part of a product's market nobody is left to be replaced by, and σ is 1."""


class Channel(NamedTuple):
    """One direction of spreading: the loss of a firm is the largest of its slots, a slot is Σ weight × what tails pass."""

    slot_start: IntArray  # (n + 1) the slots of firm i are slot_start[i] … slot_start[i + 1] − 1
    link_start: IntArray  # (slots + 1) the links of a slot
    tail: Int32Array  # (links) whose loss a link carries
    weight: FloatArray  # (links) Λ
    out_start: IntArray  # (n + 1) the links that carry the loss of firm i …
    out_head: Int32Array  # (links) … and to whom


class Market(NamedTuple):
    """Who can replace whom: makers of the same product. Of no products where nobody can be replaced."""

    product: Int32Array  # (n)
    sales: FloatArray  # (n) s_out
    total: FloatArray  # (products) Σ s_out
    maker_start: IntArray  # (products + 1)
    maker: Int32Array  # (n) by product


class Losses(NamedTuple):
    """What is known of one channel; zero between cascades. `passed` is `loss` itself where nobody can be replaced."""

    loss: FloatArray  # (n, lanes) 1 − h
    passed: FloatArray  # (n, lanes) σ × loss
    is_hit: Flags  # (n) whether any lane has a loss …
    hit: Int32Array  # (n) … and these firms, as a stack
    passing: Int32Array  # (n) a stack: firms that pass on more than in the last step
    lost: FloatArray  # (products, lanes) Σ s_out × loss of the makers
    is_moved: Flags  # (products) whether more of it was lost in the last step …
    moved: Int32Array  # (products) … and these products, as a stack
    heights: IntArray  # of the three stacks


class Scratch(NamedTuple):
    """Room for one step."""

    risen: FloatArray  # (n, lanes) what the losses of the firms reached would be
    reached: Int32Array  # (n) a stack
    is_reached: Flags  # (n)
    total: FloatArray  # (lanes) of one slot
    rise: FloatArray  # (lanes) of one firm
    largest: FloatArray  # (lanes) the largest rise of a loss in this step


class Wiring(NamedTuple):
    """Both channels, and the market of the one from suppliers to buyers."""

    down: Channel
    up: Channel
    market: Market
    no_market: Market


class Workspace(NamedTuple):
    """What a thread needs for its cascades."""

    down: Losses
    up: Losses
    scratch: Scratch


_HIT, _PASSING, _MOVED = 0, 1, 2


def workspace(wiring: Wiring, lanes: int = LANES) -> Workspace:
    """An empty workspace."""
    firms = len(wiring.market.product)
    room = np.zeros((3, lanes))
    scratch = Scratch(
        np.zeros((firms, lanes)), np.zeros(firms, np.int32), np.zeros(firms, np.uint8), room[0], room[1], room[2]
    )
    return Workspace(_losses(wiring.market, lanes), _losses(wiring.no_market, lanes), scratch)


def _losses(market: Market, lanes: int) -> Losses:
    firms, products = len(market.product), len(market.total)
    loss = np.zeros((firms, lanes))
    passed = np.zeros((firms, lanes)) if products else loss
    hit, passing = np.zeros((2, firms), np.int32)
    lost, moved = np.zeros((products, lanes)), np.zeros(products, np.int32)
    is_hit, is_moved = np.zeros(firms, np.uint8), np.zeros(products, np.uint8)
    return Losses(loss, passed, is_hit, hit, passing, lost, is_moved, moved, np.zeros(3, np.int64))


def shock(wiring: Wiring, ws: Workspace, lane: IntArray, firm: IntArray, capacity_lost: FloatArray) -> None:
    """Take parts 0 < ψ ≤ 1 of the capacity of firms, each in a lane of a workspace that is empty."""
    _shock(wiring.market, ws.down, lane, firm, capacity_lost)
    _shock(wiring.no_market, ws.up, lane, firm, capacity_lost)


def _shock(market: Market, losses: Losses, lane: IntArray, firm: IntArray, capacity_lost: FloatArray) -> None:
    losses.loss[firm, lane] = capacity_lost
    firms = np.unique(firm)
    losses.is_hit[firms] = 1
    losses.hit[: len(firms)] = losses.passing[: len(firms)] = firms
    products = np.unique(market.product[firm]) if len(market.total) else firms[:0]
    losses.is_moved[products] = 1
    losses.moved[: len(products)] = products
    losses.heights[:] = len(firms), len(firms), len(products)
    if len(products):
        np.add.at(losses.lost, (market.product[firm], lane), market.sales[firm] * capacity_lost)


def step(wiring: Wiring, ws: Workspace, width: int) -> FloatArray:
    """One step in the lanes 0…width−1; the largest rise of a loss in each of them."""
    ws.scratch.largest[:] = 0.0
    _step(wiring.down, wiring.market, ws.down, ws.scratch, width)
    _step(wiring.up, wiring.no_market, ws.up, ws.scratch, width)
    return ws.scratch.largest[:width]


def score_each(
    wiring: Wiring, ws: Workspace, firms: IntArray, weight: FloatArray, epsilon: float, max_steps: int,
    scores: FloatArray, steps: IntArray,
) -> None:  # fmt: skip
    """What each of `firms`, at most as many as lanes, costs when it fails alone and whole.

    Writes Σ weight × loss into `scores` (firms, 3), by the larger loss of both channels, down, up; and into `steps` how
    many there were, negative where `max_steps` ended them. A cascade ends when its largest rise is ≤ `epsilon`.
    """
    width = len(firms)
    of_lane = np.arange(width)
    shock(wiring, ws, of_lane, firms, np.ones(width))
    for taken in range(1, max_steps + 1):
        is_settled = step(wiring, ws, width) <= epsilon
        # From the last on, so that a lane that takes an ended one's place has been looked at.
        for lane in np.flatnonzero(is_settled | (taken == max_steps))[::-1].tolist():
            ended = of_lane[lane]
            width -= 1
            scores[ended] = _end_lane(ws.down, ws.up, weight, lane, width)
            steps[ended] = taken if is_settled[lane] else -taken
            of_lane[lane] = of_lane[width]
        if not width:
            break
    for losses in (ws.down, ws.up):
        losses.is_hit[:] = 0
        losses.is_moved[:] = 0
        losses.heights[:] = 0


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
def _push(losses: Losses, stack: Int32Array, which: int, item: int) -> None:
    stack[losses.heights[which]] = item
    losses.heights[which] += 1


@_compiled
def _weigh(market: Market, losses: Losses, part: FloatArray, width: int) -> None:
    """Find what firms pass on: a maker's loss weighs more when other makers of the product have lost more."""
    losses.heights[_PASSING] = 0
    for k in range(losses.heights[_MOVED]):
        product = losses.moved[k]
        losses.is_moved[product] = 0
        for lane in range(width):
            left = market.total[product] - losses.lost[product, lane]
            # σ is at most 1, so an infinite part says that nobody is left.
            part[lane] = 1.0 / left if left > FLOOR * market.total[product] else np.inf
        for m in range(market.maker_start[product], market.maker_start[product + 1]):
            firm = market.maker[m]
            if not losses.is_hit[firm]:
                continue
            is_more = False
            sales = max(market.sales[firm], 1e-300)  # 0 × infinity is no number
            for lane in range(width):
                passed = min(sales * part[lane], 1.0) * losses.loss[firm, lane]
                is_more |= passed > losses.passed[firm, lane]
                losses.passed[firm, lane] = passed
            if is_more:
                _push(losses, losses.passing, _PASSING, firm)
    losses.heights[_MOVED] = 0


@_compiled
def _reach(channel: Channel, losses: Losses, scratch: Scratch) -> int:
    """Find the firms that those which pass on more have links to; how many they are."""
    links = 0
    for k in range(losses.heights[_PASSING]):
        firm = losses.passing[k]
        links += channel.out_start[firm + 1] - channel.out_start[firm]
    firms = len(scratch.reached)
    if 2 * links > len(channel.tail):
        # Nearly everyone is reached: to look who is takes longer than it saves.
        for firm in range(firms):
            scratch.reached[firm] = firm
        return firms
    count = 0
    for k in range(losses.heights[_PASSING]):
        firm = losses.passing[k]
        for link in range(channel.out_start[firm], channel.out_start[firm + 1]):
            head = channel.out_head[link]
            if not scratch.is_reached[head]:
                scratch.is_reached[head] = 1
                scratch.reached[count] = head
                count += 1
    for k in range(count):
        scratch.is_reached[scratch.reached[k]] = 0
    return count


@_compiled
def _add_slot(channel: Channel, passed: FloatArray, first: int, end: int, total: FloatArray, width: int) -> None:
    for lane in range(width):
        total[lane] = channel.weight[first] * passed[channel.tail[first], lane]
    for link in range(first + 1, end):
        tail, weight = channel.tail[link], channel.weight[link]
        for lane in range(width):
            total[lane] += weight * passed[tail, lane]


@_compiled
def _add_up(channel: Channel, passed: FloatArray, scratch: Scratch, count: int, width: int) -> None:
    """Find what the losses of the firms reached would be: the largest of their slots."""
    risen, total = scratch.risen, scratch.total
    for k in range(count):
        firm = scratch.reached[k]
        for lane in range(width):
            risen[k, lane] = 0.0
        for slot in range(channel.slot_start[firm], channel.slot_start[firm + 1]):
            first, end = channel.link_start[slot], channel.link_start[slot + 1]
            if end == first + 1:
                # The only supplier of an essential product: the commonest slot, and no sum is needed.
                tail, weight = channel.tail[first], channel.weight[first]
                for lane in range(width):
                    risen[k, lane] = max(risen[k, lane], weight * passed[tail, lane])
            elif end > first:
                _add_slot(channel, passed, first, end, total, width)
                for lane in range(width):
                    risen[k, lane] = max(risen[k, lane], total[lane])


@_compiled
def _settle(market: Market, losses: Losses, scratch: Scratch, count: int, width: int) -> None:
    """Raise the losses of the firms reached."""
    losses.heights[_PASSING] = 0
    for k in range(count):
        firm = scratch.reached[k]
        is_more = False
        for lane in range(width):
            loss = losses.loss[firm, lane]
            risen = max(min(scratch.risen[k, lane], 1.0), loss)
            losses.loss[firm, lane] = risen
            scratch.rise[lane] = risen - loss
            is_more |= risen > loss
        if not is_more:
            continue
        for lane in range(width):
            scratch.largest[lane] = max(scratch.largest[lane], scratch.rise[lane])
        if not losses.is_hit[firm]:
            losses.is_hit[firm] = 1
            _push(losses, losses.hit, _HIT, firm)
        if len(market.total) == 0:
            _push(losses, losses.passing, _PASSING, firm)
            continue
        product = market.product[firm]
        for lane in range(width):
            losses.lost[product, lane] += market.sales[firm] * scratch.rise[lane]
        if not losses.is_moved[product]:
            losses.is_moved[product] = 1
            _push(losses, losses.moved, _MOVED, product)


@_compiled
def _step(channel: Channel, market: Market, losses: Losses, scratch: Scratch, width: int) -> None:
    if len(market.total) > 0:
        _weigh(market, losses, scratch.total, width)
    count = _reach(channel, losses, scratch)
    _add_up(channel, losses.passed, scratch, count, width)
    _settle(market, losses, scratch, count, width)


@_compiled
def _move_lane(losses: Losses, source: int, target: int) -> None:
    """Put what a lane holds into another's place, and nothing into its own."""
    for k in range(losses.heights[_HIT]):
        firm = losses.hit[k]
        losses.passed[firm, target] = losses.passed[firm, source]
        losses.loss[firm, target] = losses.loss[firm, source]
        losses.passed[firm, source] = 0.0
        losses.loss[firm, source] = 0.0
    for product in range(len(losses.lost)):
        losses.lost[product, target] = losses.lost[product, source]
        losses.lost[product, source] = 0.0


@_compiled
def _end_lane(down: Losses, up: Losses, weight: FloatArray, lane: int, last: int) -> tuple[float, float, float]:
    """Σ weight × loss in a lane, by the larger loss of both channels, down, up; the last lane takes its place."""
    largest, total_down, total_up = 0.0, 0.0, 0.0
    for k in range(down.heights[_HIT]):
        firm = down.hit[k]
        loss = down.loss[firm, lane]
        total_down += weight[firm] * loss
        largest += weight[firm] * max(loss, up.loss[firm, lane])
    for k in range(up.heights[_HIT]):
        firm = up.hit[k]
        loss = up.loss[firm, lane]
        total_up += weight[firm] * loss
        if not down.is_hit[firm]:
            largest += weight[firm] * loss
    _move_lane(down, last, lane)
    _move_lane(up, last, lane)
    return largest, total_down, total_up
