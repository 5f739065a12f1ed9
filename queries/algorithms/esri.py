"""ESRI: the part of all output that a production network loses when one of its firms, or several, fail.

Source: Diem, Borsos, Reisch, Kertész, Thurner 2022, Quantifying firm-level economic systemic risk from nation-wide
supply networks, Sci. Rep. 12:7719. W_ij ≥ 0 are the sales of firm i to firm j, p_i is the product that i makes, ψ_i the
part of its capacity that a shock takes. h = 1 − loss of every firm starts at 1 − ψ and falls, step by step:

- downstream, from suppliers to buyers: h^d_j ← min(min_k (1 − ℓ_jk) over essential products k, 1 − Σ_k ℓ_jk over
  substitutable ones, 1 − ψ_j), where ℓ_jk = Σ_{i: p_i=k} σ_i Λ^d_ij (1 − h^d_i), with
  Λ^d_ij = W_ij / Σ_{l: p_l=p_i} W_lj for an essential product, W_ij / s^in_j for a substitutable one, 0 for a negligible;
- upstream, from buyers to suppliers: h^u_i ← min(1 − Σ_j Λ^u_ij (1 − h^u_j), 1 − ψ_i), where Λ^u_ij = W_ij / s^out_i;
- replaceability σ_i = min(1, s^out_i / Σ_{l: p_l=p_i} s^out_l h^d_l): other makers of the product step in as far as they
  are still there; σ = 1 where nobody may.

s^in and s^out are sums over the edges at hand. A firm that also buys and sells outside them has an outside share o of its
cost and revenue, and what spreads to it is multiplied by 1 − o (which is s^in / C, s^out / R with known cost and revenue).
Both loops step together and stop when the largest fall of a step is ≤ ε (the authors take 0.01). A firm passes on what it
lost once that has grown by more than δ, the negligible; what is less waits until it adds up. That is what makes the ESRI of
all firms quick: most of what a cascade reaches it hardly touches. With o ≥ o₀ everywhere and σ = 1, the loss of every firm
is then within (ε + δ)(1 − o₀) / o₀ of the limit. Where losses can go round a cycle of firms none of which has an outside
share, there is no such bound and results depend on ε: such a network is labelled closed.

ESRI = Σ_i w_i (1 − min(h^d_i, h^u_i)), with w_i = s^out_i / Σ s^out where no other weight is given.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from queries.algorithms.arrays import BoolArray, FloatArray, IntArray, amounts, fractions, indices, sums_by

if TYPE_CHECKING:
    from queries.algorithms import cascade

Progress = Callable[[int, int], None]
"""Called with how many firms are done, and how many are asked for."""


class InputClass(IntEnum):
    """What the loss of an input does to its buyer."""

    NEGLIGIBLE = 0
    SUBSTITUTABLE = 1
    ESSENTIAL = 2


@dataclass(frozen=True, eq=False)
class ProductionNetwork:
    """A production network: firms and their sales, with the parts Λ of a supplier's or buyer's loss that an edge passes on."""

    supplier: IntArray  # (edges)
    buyer: IntArray  # (edges)
    product: IntArray  # (firms)
    sales_total: FloatArray  # (firms) s_out
    purchases_total: FloatArray  # (firms) s_in
    weight: FloatArray  # (firms) Σ = 1
    is_closed: bool  # whether values depend on ε because some cycle of firms has no outside share
    down: FloatArray = field(repr=False)  # (edges) Λ^d
    up: FloatArray = field(repr=False)  # (edges) Λ^u
    slot: IntArray = field(repr=False)  # (edges) which of its buyer's losses an edge adds to
    slot_buyer: IntArray = field(repr=False)  # (slots)

    @property
    def firms(self) -> int:
        """How many firms there are."""
        return len(self.product)

    @cached_property
    def wirings(self) -> "dict[bool, cascade.Wiring]":
        """The network as the compiled loop reads it, by whether makers can be replaced; made when it is first shocked."""
        return {}


@dataclass(frozen=True, slots=True)
class _Loop:
    """How a loop runs, and when it ends."""

    epsilon: float
    negligible: float
    max_steps: int
    is_replaceable: bool


@dataclass(frozen=True, slots=True, eq=False)
class SystemicRisk:
    """ESRI of firms; values are fractions of all output, 0–1. All arrays have one value for each firm asked for."""

    firm: IntArray
    esri: FloatArray
    downstream: FloatArray  # by h^d alone
    upstream: FloatArray  # by h^u alone
    steps: IntArray
    is_converged: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class Damage:
    """What one shock does. Arrays have one value for each firm."""

    left_downstream: FloatArray  # h^d
    left_upstream: FloatArray  # h^u
    loss: FloatArray  # 1 − min(h^d, h^u)
    weight: FloatArray
    carrier_edge: IntArray  # the edge whose end lost most, among those that determined the firm's loss; −1: none
    is_carried_by_buyer: BoolArray  # whether the loss came from the buyer of that edge, not from its supplier
    esri: float
    downstream: float
    upstream: float
    steps: int
    is_converged: bool


# --- the network -----------------------------------------------------------------------------------------------------


def production_network(
    supplier: ArrayLike,
    buyer: ArrayLike,
    sales: ArrayLike,
    product: ArrayLike,
    *,
    input_class: ArrayLike = InputClass.ESSENTIAL,
    outside_cost_share: ArrayLike = 0.0,
    outside_revenue_share: ArrayLike = 0.0,
    weight: ArrayLike | None = None,
    delivered: ArrayLike | None = None,
) -> ProductionNetwork:
    """The production network of firms 0…n−1 that sell `sales[m]` ≥ 0 (any one unit) from `supplier[m]` to `buyer[m]`.

    `product` (n) is what a firm makes, as a number ≥ 0. `input_class` is one `InputClass`, one for each edge, or one for
    each pair of products as a square array [supplier's, buyer's]; the edges of one product to one buyer have one class.
    The outside shares (one, or one for each firm) are 1 − s_in / C and 1 − s_out / R where cost C and revenue R are
    known. `weight` (n) is what a firm counts in ESRI, by default its sales. `delivered` has the product as which each edge
    is used, by default the one that its supplier makes: what stands in for one and the same input is one product. Edges of
    no sales carry nothing.

    Raises `ValueError` for numbers out of range, for no firms, and where no firm has a weight.

    >>> chain = production_network([0, 1], [1, 2], [1, 1], [0, 1, 2])
    >>> chain.weight, chain.is_closed
    (array([0.5, 0.5, 0. ]), False)
    """
    made = indices("product", product, below=2**31)
    firms = len(made)
    if firms == 0:
        raise ValueError("the network has no firms")
    sold = amounts("sales", sales)
    seller = indices("supplier", supplier, firms, len(sold))
    bought_by = indices("buyer", buyer, firms, len(sold))
    brings = made[seller] if delivered is None else indices("delivered", delivered, 2**31, len(sold))
    classes = _class_of_edges(input_class, made, brings, bought_by)
    sales_total = sums_by(seller, sold, firms)
    purchases_total = sums_by(bought_by, sold, firms)
    slot, slot_buyer = _slots(classes, brings, bought_by)
    inside_cost = 1 - fractions("outside_cost_share", outside_cost_share, firms)
    inside_revenue = 1 - fractions("outside_revenue_share", outside_revenue_share, firms)
    whole = sums_by(slot, sold, len(slot_buyer))[slot]
    whole = np.where(classes == InputClass.ESSENTIAL, whole, purchases_total[bought_by])
    whole = np.where(classes == InputClass.NEGLIGIBLE, np.inf, whole)
    down = _ratio(sold, whole) * inside_cost[bought_by]
    up = _ratio(sold, sales_total[seller]) * inside_revenue[seller]
    is_closed = _has_full_cycle(seller, bought_by, down, slot, firms) or _has_full_cycle(
        bought_by, seller, up, seller, firms
    )
    return ProductionNetwork(
        seller, bought_by, made, sales_total, purchases_total, _weights(weight, sales_total), is_closed,
        down, up, slot, slot_buyer,
    )  # fmt: skip


def _class_of_edges(input_class: ArrayLike, product: IntArray, brings: IntArray, buyer: IntArray) -> IntArray:
    given = np.asarray(input_class)
    if given.ndim == 2:
        if given.shape[0] != given.shape[1] or given.shape[0] <= product.max(initial=-1):
            raise ValueError(f"input_class is {given.shape}; it must be square with a row for each product")
        given = given[brings, product[buyer]]
    classes = indices("input_class", given, below=len(InputClass), size=len(brings))
    pair = buyer * (int(brings.max(initial=0)) + 1) + brings
    order = np.argsort(pair, kind="stable")
    differs = (np.diff(pair[order]) == 0) & (np.diff(classes[order]) != 0)
    if differs.any():
        a, b = order[np.argmax(differs)], order[np.argmax(differs) + 1]
        raise ValueError(
            f"input_class[{a}] is {classes[a]} and input_class[{b}] is {classes[b]}; both links bring product "
            f"{brings[a]} to firm {buyer[a]}, which must have one class"
        )
    return classes


def _slots(classes: IntArray, brings: IntArray, buyer: IntArray) -> tuple[IntArray, IntArray]:
    """The losses that a buyer's loss is the largest of: one for each essential product, one for all others together."""
    others = int(brings.max(initial=0)) + 1
    what = np.where(classes == InputClass.ESSENTIAL, brings, others)
    keys, slot = np.unique(buyer * (others + 1) + what, return_inverse=True)
    return slot.astype(np.int64), keys // (others + 1)


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    """part / whole, 0 where the whole is 0: what is not there passes nothing on."""
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def _weights(weight: ArrayLike | None, sales_total: FloatArray) -> FloatArray:
    given = sales_total if weight is None else amounts("weight", weight, len(sales_total))
    total = float(given.sum())
    if total <= 0:
        raise ValueError("no firm sells anything, so none has a weight; give weight" if weight is None
                         else "weight is 0 for every firm")  # fmt: skip
    return given / total


def _has_full_cycle(tail: IntArray, head: IntArray, passed: FloatArray, slot: IntArray, firms: int) -> bool:
    """Whether losses can go round through slots that let nothing out, so that they need not die down."""
    if not len(tail):
        return False
    # An outside share below a billionth of the whole counts as none: so many steps nobody waits for.
    is_full = (passed > 0) & (sums_by(slot, passed, int(slot.max()) + 1)[slot] >= 1 - 1e-9)
    if (tail[is_full] == head[is_full]).any():
        return True
    full = coo_array((np.ones(is_full.sum()), (tail[is_full], head[is_full])), (firms, firms)).tocsr()
    components, _ = connected_components(full, directed=True, connection="strong")
    return bool(components < firms)


# --- shocks ----------------------------------------------------------------------------------------------------------


def systemic_risk(
    net: ProductionNetwork,
    *,
    firms: ArrayLike | None = None,
    group: ArrayLike | None = None,
    is_replaceable: bool = True,
    epsilon: float = 1e-3,
    negligible: float | None = None,
    max_steps: int = 1_000,
    threads: int | None = None,
    progress: Progress | None = None,
) -> SystemicRisk:
    """ESRI of each firm, or of each of `firms`: what is lost when it fails alone and whole.

    `group` has a number 0…g−1 for each firm: those of one group fail together, and `firms` are the numbers of groups.

    `negligible` is δ, in 0…ε and ε / 100 where not given; with 0 it is the loop as published, to rounding. Time is
    proportional to the edges that losses reach, memory to firms and edges, once for each thread (by default one for each
    processor). `progress` is called in the calling thread; what it raises ends the work.
    Raises `ValueError` for a firm that is not in the network.

    >>> systemic_risk(production_network([0, 0], [1, 2], [1, 3], [0, 1, 2])).esri  # all sales are firm 0's
    array([1.  , 0.25, 0.75])
    """
    together = np.arange(net.firms) if group is None else indices("group", group, net.firms, net.firms)
    groups = int(together.max()) + 1
    asked = np.arange(groups) if firms is None else indices("firms", firms, groups)
    loop = _loop(epsilon, negligible, max_steps, is_replaceable)
    order = np.argsort(together, kind="stable")
    first = np.searchsorted(together[order], np.arange(groups + 1))
    counts = first[asked + 1] - first[asked]
    start = np.concatenate([[0], np.cumsum(counts)])
    hit = order[np.arange(start[-1]) + np.repeat(first[asked] - start[:-1], counts)]
    each = _spread(net, loop, start, hit, np.ones(len(hit)), threads, progress)
    total, down, up = each.scores.T
    return SystemicRisk(asked, total, down, up, each.steps, each.is_converged)


def damage(
    net: ProductionNetwork,
    capacity_lost: ArrayLike,
    *,
    is_replaceable: bool = True,
    epsilon: float = 1e-3,
    negligible: float | None = None,
    max_steps: int = 1_000,
) -> Damage:
    """What a shock ψ (n), the part 0–1 of each firm's capacity that it takes, does to every firm.

    On a cycle the carriers of two firms may be each other: a carrier is whose loss counts most in the end, not whose came
    first. ε and δ are those of `systemic_risk`, so that a firm's failure costs its ESRI.
    Raises `ValueError` for a ψ outside 0–1.

    >>> found = damage(production_network([0, 1], [1, 2], [1, 1], [0, 1, 2]), [0, 0.5, 0])
    >>> found.esri, found.loss, found.carrier_edge, found.is_carried_by_buyer
    (0.5, array([0.5, 0.5, 0.5]), array([ 0, -1,  1]), array([ True, False, False]))
    """
    psi = fractions("capacity_lost", capacity_lost, net.firms)
    loop = _loop(epsilon, negligible, max_steps, is_replaceable)
    hit = np.flatnonzero(psi)
    found = _spread(net, loop, np.array([0, len(hit)]), hit, psi[hit], threads=1, progress=None)
    down, up = found.losses
    edge, is_buyers = _carriers(net, psi, down, up, is_replaceable)
    total, total_down, total_up = found.scores[0].tolist()
    return Damage(
        1 - down, 1 - up, np.maximum(down, up), net.weight, edge, is_buyers,
        total, total_down, total_up, int(found.steps[0]), bool(found.is_converged[0]),
    )  # fmt: skip


def _loop(epsilon: float, negligible: float | None, max_steps: int, is_replaceable: bool) -> _Loop:
    if not 0 <= epsilon < 1:
        raise ValueError(f"epsilon is {epsilon}; it must be in 0–1, 1 left out")
    waiting = epsilon / 100 if negligible is None else negligible
    if not 0 <= waiting <= epsilon:
        raise ValueError(f"negligible is {waiting}; it must be in 0…epsilon")
    if max_steps < 1:
        raise ValueError(f"max_steps is {max_steps}; it must be at least 1")
    return _Loop(epsilon, waiting, max_steps, is_replaceable)


@dataclass(frozen=True, slots=True, eq=False)
class _Spread:
    """What came of shocks; where there is only one, also its losses, down and up."""

    scores: FloatArray  # (shocks, 3) ESRI, by h^d alone, by h^u alone
    steps: IntArray
    is_converged: BoolArray
    losses: tuple[FloatArray, FloatArray]


def _spread(
    net: ProductionNetwork, loop: _Loop, start: IntArray, firms: IntArray, capacity_lost: FloatArray,
    threads: int | None, progress: Progress | None,
) -> _Spread:  # fmt: skip
    """Spread shocks; shock k takes capacity of the firms at the places start[k] … start[k + 1] − 1."""
    from queries.algorithms.cascade import spread_each

    if loop.is_replaceable not in net.wirings:
        net.wirings[loop.is_replaceable] = _wiring(net, loop.is_replaceable)
    wiring = net.wirings[loop.is_replaceable]
    shocks = len(start) - 1
    scores, steps, is_converged = np.zeros((shocks, 3)), np.zeros(shocks, np.int64), np.zeros(shocks, np.bool_)
    losses = np.zeros(net.firms), np.zeros(net.firms)

    def work(first: int, end: int) -> int:
        nonlocal losses
        losses = spread_each(
            wiring, start[first : end + 1], firms, capacity_lost, net.weight,
            loop.epsilon, loop.negligible, loop.max_steps,
            scores[first:end], steps[first:end], is_converged[first:end],
        )  # fmt: skip
        return end - first

    _in_threads(work, shocks, threads or os.cpu_count() or 1, progress)
    return _Spread(np.minimum(scores, 1.0), steps, is_converged, losses)


def _wiring(net: ProductionNetwork, is_replaceable: bool) -> "cascade.Wiring":
    """The network as the compiled loop reads it; it is not changed, so threads share it."""
    from queries.algorithms.cascade import Market, Wiring

    products, product = np.unique(net.product, return_inverse=True)
    total = sums_by(product, net.sales_total, len(products))
    market = Market(product.astype(np.int32), net.sales_total, total)
    no_market = market._replace(total=total[:0])
    down = _channel(net.supplier, net.slot, net.slot_buyer, net.down, net.firms)
    up = _channel(net.buyer, net.supplier, np.arange(net.firms), net.up, net.firms)
    return Wiring((down, up), (market if is_replaceable else no_market, no_market))


def _channel(tail: IntArray, slot: IntArray, slot_firm: IntArray, passed: FloatArray, firms: int) -> "cascade.Channel":
    """The edges that pass anything on, by the firm whose loss they carry."""
    from queries.algorithms.cascade import Channel

    carrying = np.flatnonzero(passed)
    order = carrying[np.argsort(tail[carrying], kind="stable")]
    every = np.arange(firms + 1)
    return Channel(
        np.searchsorted(slot_firm, every), slot_firm.astype(np.int32),
        np.searchsorted(tail[order], every), slot[order].astype(np.int32), passed[order],
    )  # fmt: skip


def _in_threads(work: Callable[[int, int], int], size: int, threads: int, progress: Progress | None) -> None:
    """Do all parts of the work. The compiled loop lets other threads run meanwhile."""
    # Parts are small enough for progress and for an even share of hubs.
    part = max(1, min(256, size // (8 * threads)))
    bounds = pairwise([*range(0, size, part), size])
    with ThreadPoolExecutor(threads) as pool:
        running = [pool.submit(work, first, end) for first, end in bounds]
        done = 0
        try:
            for future in as_completed(running):
                done += future.result()
                if progress:
                    progress(done, size)
        finally:
            pool.shutdown(cancel_futures=True)


# --- who passed it on ------------------------------------------------------------------------------------------------


def _carriers(
    net: ProductionNetwork, psi: FloatArray, loss_down: FloatArray, loss_up: FloatArray, is_replaceable: bool
) -> tuple[IntArray, BoolArray]:
    sigma = _sigma(net, loss_down) if is_replaceable else np.ones(net.firms)
    passed_down = net.down * (sigma * loss_down)[net.supplier]
    passed_up = net.up * loss_up[net.buyer]
    in_slot = sums_by(net.slot, passed_down, len(net.slot_buyer))[net.slot]
    by_supplier = _first_of_largest(net.buyer, [passed_down, in_slot], net.firms)
    by_buyer = _first_of_largest(net.supplier, [passed_up], net.firms)
    is_buyers = (loss_up > loss_down) & (loss_up > psi)
    edge = np.where(is_buyers, by_buyer, by_supplier)
    return np.where(np.maximum(loss_down, loss_up) > psi, edge, -1), is_buyers


def _sigma(net: ProductionNetwork, loss_down: FloatArray) -> FloatArray:
    from queries.algorithms.cascade import FLOOR

    _, product = np.unique(net.product, return_inverse=True)
    total = sums_by(product, net.sales_total, net.firms)[product]
    left = total - sums_by(product, net.sales_total * loss_down, net.firms)[product]
    sigma = np.ones(net.firms)
    np.divide(net.sales_total, left, out=sigma, where=left > FLOOR * total)
    return np.minimum(sigma, 1.0)


def _first_of_largest(firm: IntArray, keys: list[FloatArray], firms: int) -> IntArray:
    """The edge of each firm that is largest in the last key, then in those before; −1 for a firm without edges."""
    found = np.full(firms, -1)
    # Rounded, so that what is equal but for the order of sums stays a tie.
    order = np.lexsort((*(-key.round(9) for key in keys), firm))
    owner, first = np.unique(firm[order], return_index=True)
    found[owner] = order[first]
    return found
