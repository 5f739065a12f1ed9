"""How losses spread from firm to firm, compiled: the inner loop of ESRI, whose formulas `esri` has.

A step looks at the frontier, the firms with a loss, and at the edges of those that have more to pass on. Losses only grow,
so it adds what is new to what is there. Imported where it is called; see `compiled`.
"""

from typing import NamedTuple

import numpy as np

from graph.compiled import compiled
from queries.algorithms.arrays import BoolArray, FloatArray, Int32Array, IntArray

FLOOR = 1e-10
"""Below this part of a product's market nobody is left to be replaced by, and σ is 1."""


class Channel(NamedTuple):
    """One direction of spreading: the loss of a firm is the largest of its slots ℓ, a slot is Σ Λ × what is passed on."""

    slot_start: IntArray  # (n + 1) the slots of firm i are slot_start[i] … slot_start[i + 1] − 1
    slot_firm: Int32Array  # (slots)
    edge_start: IntArray  # (n + 1) the edges that carry the loss of firm i are edge_start[i] … edge_start[i + 1] − 1
    edge_slot: Int32Array  # (edges) the slot that an edge adds to
    weight: FloatArray  # (edges) Λ, fractions


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
    """What a cascade knows of one channel; zero before it."""

    slots: FloatArray  # (slots) ℓ
    psi: FloatArray  # (n) ψ
    loss: FloatArray  # (n) 1 − h
    passed: FloatArray  # (n) how much of σ × loss was passed on
    lost: FloatArray  # (products) Σ s_out × loss of the makers
    is_hit: BoolArray  # (n) whether a firm is in the frontier …
    hit: Int32Array  # (n) … which is filled …
    hits: IntArray  # (1) … up to here


@compiled
def _no_losses(channel: Channel, market: Market) -> Losses:
    firms = len(market.product)
    return Losses(
        np.zeros(len(channel.slot_firm)), np.zeros(firms), np.zeros(firms), np.zeros(firms),
        np.zeros(len(market.total)), np.zeros(firms, np.bool_), np.zeros(firms, np.int32), np.zeros(1, np.int64),
    )  # fmt: skip


# Arrays that a loop uses have names of their own: the compiler counts references to those of a tuple at each use, which
# takes ten times as long as the loop.


@compiled
def _pass_on(channel: Channel, market: Market, losses: Losses, negligible: float) -> None:
    """Add σ × loss of each firm, as far as it is new and more than waits, to the slots at the ends of its edges.

    σ = min(1, s_out / Σ s_out h over the makers of its product), and 1 where nobody is left or nobody may step in.
    """
    slot_firm, edge_start, edge_slot, weight = channel.slot_firm, channel.edge_start, channel.edge_slot, channel.weight
    product, sales, total = market.product, market.sales, market.total
    slots, loss, passed, lost = losses.slots, losses.loss, losses.passed, losses.lost
    is_hit, hit, hits = losses.is_hit, losses.hit, losses.hits[0]
    has_market = len(total) > 0
    for k in range(losses.hits[0]):
        firm = hit[k]
        weighed = loss[firm]
        if has_market:
            left = total[product[firm]] - lost[product[firm]]
            if left > max(sales[firm], FLOOR * total[product[firm]]):
                weighed *= sales[firm] / left
        more = weighed - passed[firm]
        if more > negligible:
            passed[firm] = weighed
            for edge in range(edge_start[firm], edge_start[firm + 1]):
                slot = edge_slot[edge]
                if slots[slot] == 0:
                    head = slot_firm[slot]
                    if not is_hit[head]:
                        is_hit[head] = True
                        hit[hits] = head
                        hits += 1
                slots[slot] += weight[edge] * more
    if len(hit) // 4 < hits < len(hit):
        # Of so many it is quicker to look at all in order, whose edges come from memory one after another.
        hit[:], is_hit[:], hits = np.arange(len(hit)), True, len(hit)
    losses.hits[0] = hits


@compiled
def _settle(channel: Channel, market: Market, losses: Losses) -> float:
    """Let firms of the frontier lose the largest of ψ and their slots, 1 at most. The largest rise of a loss."""
    slot_start, slots, psi, loss, hit = channel.slot_start, losses.slots, losses.psi, losses.loss, losses.hit
    product, sales, lost = market.product, market.sales, losses.lost
    has_market = len(lost) > 0
    largest = 0.0
    for k in range(losses.hits[0]):
        firm = hit[k]
        high = psi[firm]
        for slot in range(slot_start[firm], slot_start[firm + 1]):
            high = max(high, slots[slot])
        rise = min(1.0, high) - loss[firm]
        if rise > 0:
            loss[firm] += rise
            largest = max(largest, rise)
            if has_market:
                lost[product[firm]] += sales[firm] * rise
    return largest


@compiled
def _spread(
    wiring: Wiring, both: tuple[Losses, Losses], negligible: float, epsilon: float, max_steps: int
) -> tuple[int, bool]:
    """Let losses spread until the largest rise of a step is ≤ ε: how many steps, and whether it came to that."""
    for step in range(1, max_steps + 1):
        largest = 0.0
        for c in range(2):
            _pass_on(wiring.channels[c], wiring.markets[c], both[c], negligible)
            largest = max(largest, _settle(wiring.channels[c], wiring.markets[c], both[c]))
        if largest <= epsilon:
            return step, True
    return max_steps, False


@compiled
def _score(both: tuple[Losses, Losses], weight: FloatArray, scores: FloatArray) -> None:
    """Σ weight × loss by the larger loss of both channels, down, up, into `scores` (3)."""
    down, up = both[0].loss, both[1].loss
    scores[:] = 0.0
    for c in range(2):
        hit, is_hit_down = both[c].hit, both[0].is_hit
        for k in range(both[c].hits[0]):
            firm = hit[k]
            scores[1 + c] += weight[firm] * both[c].loss[firm]
            # A firm that both channels hit counts once.
            if c == 0 or not is_hit_down[firm]:
                scores[0] += weight[firm] * max(down[firm], up[firm])


@compiled
def _shock(channel: Channel, market: Market, losses: Losses, firms: IntArray, capacity_lost: FloatArray) -> None:
    """Forget the last cascade, and let firms lose the parts ψ of their capacity."""
    slot_start, slots, hit = channel.slot_start, losses.slots, losses.hit
    psi, loss, passed, is_hit = losses.psi, losses.loss, losses.passed, losses.is_hit
    for k in range(losses.hits[0]):
        firm = hit[k]
        slots[slot_start[firm] : slot_start[firm + 1]] = 0.0
        psi[firm] = loss[firm] = passed[firm] = 0.0
        is_hit[firm] = False
    losses.lost[:] = 0.0
    losses.hits[0] = len(firms)
    hit[: len(firms)] = firms
    psi[firms] = capacity_lost
    is_hit[firms] = True
    _settle(channel, market, losses)


@compiled
def spread_each(
    wiring: Wiring, start: IntArray, firms: IntArray, capacity_lost: FloatArray, weight: FloatArray,
    epsilon: float, negligible: float, max_steps: int,
    scores: FloatArray, steps: IntArray, is_converged: BoolArray,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Spread shocks one after another. Returns the losses (n), down and up, of the last.

    Shock k takes the parts ψ > 0 of the capacity of the firms at the places start[k] … start[k + 1] − 1, each once. What it
    costs is written into `scores` (shocks, 3): Σ weight × the larger loss of both channels, down, up.
    """
    channels, markets = wiring
    both = _no_losses(channels[0], markets[0]), _no_losses(channels[1], markets[1])
    for shock in range(len(steps)):
        places = slice(start[shock], start[shock + 1])
        for c in range(2):
            _shock(channels[c], markets[c], both[c], firms[places], capacity_lost[places])
        steps[shock], is_converged[shock] = _spread(wiring, both, negligible, epsilon, max_steps)
        _score(both, weight, scores[shock])
    return both[0].loss, both[1].loss
