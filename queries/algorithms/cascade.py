"""How losses spread from firm to firm, compiled: the inner loop of ESRI.

A step looks only at the links of firms that have something new to pass on; where these are so many that going through all
links in order is quicker (they then come from memory one after another), it does that. Losses only grow, so a step adds
what is new to what is there.

Several cascades spread together, each in a lane of its own: a link is fetched once for all, and the processor adds up their
numbers at once. What a step looks at is what any of them needs, but each passes on and stops as if it were alone.

Imported where it is called, not on top: numba takes half a second to import, and most commands spread nothing.
Everything compiled is in this file, because numba's cache does not see that a called function in another one changed.
"""

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, ParamSpec, TypeVar

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic, models, overload, register_model
from numpy.typing import NDArray

from queries.algorithms.arrays import BoolArray, FloatArray, IntArray

P = ParamSpec("P")
R = TypeVar("R")
Int32Array = NDArray[np.int32]
Flags = NDArray[np.uint8]
Lanes = tuple[bool, ...]
"""One for each lane. A tuple, because its type says how many there are, which the compiler must know."""

FLOOR = 1e-10
"""Below this part of a product's market nobody is left to be replaced by, and σ is 1."""


class Channel(NamedTuple):
    """One direction of spreading: the loss of a firm is the largest of its slots, a slot is Σ weight × what tails pass."""

    slot_start: IntArray  # (n + 1) the slots of firm i are slot_start[i] … slot_start[i + 1] − 1
    in_start: IntArray  # (n + 1) the links into firm i, slot by slot …
    in_slot: Int32Array  # (links) … the slot that they add to …
    goes_on: FloatArray  # (links) … 0 for the first one of a slot, 1 for others …
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
    """What a block of cascades knows of one channel; zero between blocks.

    Stacks are arrays filled up to one of `heights`, with what belongs there in any lane.
    """

    lanes: Lanes
    high: FloatArray  # (n, lanes) the largest of ψ and of the slots, which may be more than 1
    loss: FloatArray  # (n, lanes) 1 − h
    passed: FloatArray  # (n, lanes) how much of σ × loss was passed on, with what is passed on in the next step
    sums: FloatArray  # (slots, lanes) ℓ
    hit: Int32Array  # (n) a stack: firms with a loss …
    is_hit: Flags  # (n) … and whether a firm is in it
    risen: Int32Array  # (n) a stack: firms whose loss may rise in this step …
    is_risen: Flags  # (n) … and whether a firm is in it
    passing: Int32Array  # (n) a stack: firms that pass on more in the next step …
    more: FloatArray  # (n, lanes) … and how much, by place in the stack
    lost: FloatArray  # (products, lanes) Σ s_out × loss of the makers
    is_moved: Flags  # (products) whether more of it was lost in this step …
    moved: Int32Array  # (products) … and these products, as a stack
    first_maker: Int32Array  # (products) + 1: the makers that may pass on more, as a linked list …
    next_maker: Int32Array  # (n) + 1; the last one points at itself, so that 0 says that a firm is in no list
    heights: IntArray  # of the four stacks, and whether `sums` are out of date


_HIT, _RISEN, _PASSING, _MOVED, _STALE = range(5)

_QUICKER = 6
"""How many times quicker a link is in order than alone (in one lane 3 to 4 at 10,000 firms, 10 to 13 at 100,000; in 8
lanes at 10,000 firms 6, 12 and 20 took the same time)."""

_SEVERAL = 8
_IN_CACHE = 30_000


def lanes_for(firms: int, shocks: int) -> int:
    """How many cascades are best spread together: several, while the cache of a processor holds what they know.

    Measured with 7.5 links a firm, 8 against 1: mostly 2 to 3 times as quick at 10,000 firms, 1.4 times at 30,000; at 100,000
    half as quick where losses stay small, and no quicker where they do not. 4 and 16 lanes were slower at 10,000.
    """
    return _SEVERAL if firms <= _IN_CACHE and shocks >= _SEVERAL // 2 else 1


def workspace(wiring: Wiring, lanes: int) -> tuple[Losses, Losses]:
    """What a thread needs to spread blocks of so many cascades, empty."""
    down, up = (_losses(*pair, lanes) for pair in zip(wiring.channels, wiring.markets, strict=True))
    return down, up


def _losses(channel: Channel, market: Market, lanes: int) -> Losses:
    firms, products = len(market.product), len(market.total)
    high, loss, passed, more = (np.zeros((firms, lanes)) for _ in range(4))
    hit, risen, passing, next_maker = np.zeros((4, firms), np.int32)
    is_hit, is_risen = np.zeros((2, firms), np.uint8)
    moved, first_maker = np.zeros((2, products), np.int32)
    return Losses(
        (True,) * lanes, high, loss, passed, np.zeros((channel.slot_start[-1], lanes)),
        hit, is_hit, risen, is_risen, passing, more,
        np.zeros((products, lanes)), np.zeros(products, np.uint8), moved, first_maker, next_maker,
        np.zeros(5, np.int64),
    )  # fmt: skip


# --- the numbers of all lanes at once --------------------------------------------------------------------------------

# LLVM makes no vectors of loops as short as a row of lanes, so it is told to. What has a row's numbers can be added and
# multiplied like an array, but lives in registers.

if TYPE_CHECKING:

    def _row(lanes: Lanes, array: FloatArray, index: int) -> FloatArray:
        """The numbers in a row of an array."""

    def _set_row(array: FloatArray, index: int, vector: FloatArray) -> None:
        """Write a row of an array."""

    def _filled(lanes: Lanes, number: float) -> FloatArray:
        """The same number in all lanes."""

    def _where_more(left: FloatArray, right: FloatArray, then: FloatArray, otherwise: FloatArray) -> FloatArray:
        """`then` in lanes where left > right, `otherwise` in others."""

    def _is_any_more(left: FloatArray, right: FloatArray) -> bool:
        """Whether left > right in any lane."""

else:

    class _Vector(types.Type):
        """The numbers of all lanes."""

        def __init__(self, lanes):
            self.lanes = lanes
            super().__init__(f"Vector({lanes})")

    @register_model(_Vector)
    class _VectorModel(models.PrimitiveModel):
        def __init__(self, manager, kind):
            super().__init__(manager, kind, ir.VectorType(ir.DoubleType(), kind.lanes))

    def _place(context, builder, kind, array, index, lanes):
        """Where a row begins."""
        data = context.make_array(kind)(context, builder, array).data
        number = builder.mul(builder.sext(index, ir.IntType(64)), ir.IntType(64)(lanes))
        return builder.bitcast(builder.gep(data, [number]), ir.VectorType(ir.DoubleType(), lanes).as_pointer())

    @intrinsic
    def _row(typing, lanes, array, index):
        def emit(context, builder, signature, given):
            return builder.load(_place(context, builder, array, given[1], given[2], lanes.count), align=8)

        return _Vector(lanes.count)(lanes, array, index), emit

    @intrinsic
    def _set_row(typing, array, index, vector):
        def emit(context, builder, signature, given):
            builder.store(given[2], _place(context, builder, array, given[0], given[1], vector.lanes), align=8)
            return context.get_dummy_value()

        return types.void(array, index, vector), emit

    @intrinsic
    def _filled(typing, lanes, number):
        def emit(context, builder, signature, given):
            none = ir.VectorType(ir.DoubleType(), lanes.count)(ir.Undefined)
            first = builder.insert_element(none, given[1], ir.IntType(32)(0))
            return builder.shuffle_vector(first, none, ir.VectorType(ir.IntType(32), lanes.count)(None))

        return _Vector(lanes.count)(lanes, types.float64), emit

    @intrinsic
    def _where_more(typing, left, right, then, otherwise):
        def emit(context, builder, signature, given):
            return builder.select(builder.fcmp_ordered(">", given[0], given[1]), given[2], given[3])

        return left(left, left, left, left), emit

    @intrinsic
    def _is_any_more(typing, left, right):
        def emit(context, builder, signature, given):
            bits = builder.bitcast(builder.fcmp_ordered(">", given[0], given[1]), ir.IntType(left.lanes))
            return builder.icmp_unsigned("!=", bits, bits.type(0))

        return types.boolean(left, left), emit

    def _make_operator(symbol, name):
        @intrinsic
        def apply(typing, left, right):
            def emit(context, builder, signature, given):
                return getattr(builder, name)(*given)

            return left(left, left), emit

        @overload(symbol)
        def chosen(left, right):
            if isinstance(left, _Vector) and isinstance(right, _Vector):
                return lambda left, right: apply(left, right)
            return None

    _make_operator(operator.add, "fadd")
    _make_operator(operator.sub, "fsub")
    _make_operator(operator.mul, "fmul")
    _make_operator(operator.truediv, "fdiv")


# --- compiled --------------------------------------------------------------------------------------------------------


def _compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function compiled, kept on disk where numba finds a folder that it may write to.

    It tries NUMBA_CACHE_DIR, `__pycache__` beside this file, then the user's cache folder, and raises where it may
    write to none, as in a container with a read-only file system: there every process compiles anew.
    """
    try:
        return njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:
        return njit(nogil=True, error_model="numpy")(function)


@_compiled
def _may_rise(losses: Losses, firm: int) -> None:
    """Note that the loss of a firm may rise."""
    if not losses.is_risen[firm]:
        losses.is_risen[firm] = 1
        losses.risen[losses.heights[_RISEN]] = firm
        losses.heights[_RISEN] += 1


@_compiled
def _pass_along_links(channel: Channel, losses: Losses) -> None:
    """Add what is new to the slots at the ends of links."""
    lanes = losses.lanes
    for k in range(losses.heights[_PASSING]):
        firm, more = losses.passing[k], _row(lanes, losses.more, k)
        for link in range(channel.out_start[firm], channel.out_start[firm + 1]):
            slot, head = channel.out_slot[link], channel.out_head[link]
            total = _row(lanes, losses.sums, slot) + _filled(lanes, channel.out_weight[link]) * more
            _set_row(losses.sums, slot, total)
            high = _row(lanes, losses.high, head)
            if _is_any_more(total, high):
                _set_row(losses.high, head, _where_more(total, high, total, high))
                _may_rise(losses, head)


@_compiled
def _add_up_all(channel: Channel, losses: Losses, least: FloatArray, is_kept: bool) -> None:
    """Add up every slot anew, of firms that can still lose more in a lane that runs.

    To write the sums down takes longer than to add them up, so they are kept only where a step along links may be next.
    """
    lanes = losses.lanes
    zero = _filled(lanes, 0.0)
    most = _where_more(_filled(lanes, np.inf), _row(lanes, least, 0), _filled(lanes, 1.0), zero)
    for firm in range(len(losses.loss)):
        before = _row(lanes, losses.high, firm)
        if not _is_any_more(most, before):
            continue
        total, high = zero, before
        for link in range(channel.in_start[firm], channel.in_start[firm + 1]):
            brought = _filled(lanes, channel.weight[link]) * _row(lanes, losses.passed, channel.tail[link])
            # No link takes anything away, so a sum that is not complete is never more than its slot.
            total = _where_more(_filled(lanes, channel.goes_on[link]), zero, total + brought, brought)
            high = _where_more(total, high, total, high)
            if is_kept:
                _set_row(losses.sums, channel.in_slot[link], total)
        if _is_any_more(high, before):
            _set_row(losses.high, firm, high)
            _may_rise(losses, firm)


@_compiled
def _settle(market: Market, losses: Losses, least: FloatArray, largest: FloatArray) -> None:
    """Let firms lose what they were raised to, and note what they pass on next; `largest` rises to theirs."""
    lanes, has_market = losses.lanes, len(market.total) > 0
    one, infinite = _filled(lanes, 1.0), _filled(lanes, np.inf)
    waiting, top = _row(lanes, least, 0), _row(lanes, largest, 0)
    for k in range(losses.heights[_RISEN]):
        firm = losses.risen[k]
        losses.is_risen[firm] = 0
        if not losses.is_hit[firm]:
            losses.is_hit[firm] = 1
            losses.hit[losses.heights[_HIT]] = firm
            losses.heights[_HIT] += 1
        before, high = _row(lanes, losses.loss, firm), _row(lanes, losses.high, firm)
        loss = _where_more(one, high, high, one)
        # A lane that has stopped stays as it was.
        loss = _where_more(infinite, waiting, loss, before)
        rise = loss - before
        top = _where_more(rise, top, rise, top)
        _set_row(losses.loss, firm, loss)
        if has_market:
            product = market.product[firm]
            lost = _row(lanes, losses.lost, product) + _filled(lanes, market.sales[firm]) * rise
            _set_row(losses.lost, product, lost)
            may_pass = _is_any_more(loss - _row(lanes, losses.passed, firm), waiting)
            _note_in_market(market, losses, firm, may_pass)
        else:
            _note(losses, firm, loss, waiting)
    losses.heights[_RISEN] = 0
    _set_row(largest, 0, top)


@_compiled
def _note_in_market(market: Market, losses: Losses, firm: int, may_pass: bool) -> None:
    product = market.product[firm]
    if not losses.is_moved[product]:
        losses.is_moved[product] = 1
        losses.moved[losses.heights[_MOVED]] = product
        losses.heights[_MOVED] += 1
    if may_pass and not losses.next_maker[firm]:
        first = losses.first_maker[product]
        losses.next_maker[firm] = first if first else firm + 1
        losses.first_maker[product] = firm + 1


@_compiled
def _weigh(market: Market, losses: Losses, least: FloatArray) -> None:
    """Note what firms pass on next: a maker's loss weighs more when other makers of the product have lost more."""
    lanes = losses.lanes
    waiting, zero = _row(lanes, least, 0), _filled(lanes, 0.0)
    for k in range(losses.heights[_MOVED]):
        product = losses.moved[k]
        losses.is_moved[product] = 0
        left = _filled(lanes, market.total[product]) - _row(lanes, losses.lost, product)
        left = _where_more(left, _filled(lanes, FLOOR * market.total[product]), left, zero)
        firm = losses.first_maker[product] - 1
        while firm >= 0:
            sales = _filled(lanes, market.sales[firm])
            # σ = min(1, sales / left), and 1 where nobody is left. Without sales it is nothing, which is never more.
            sigma = sales / _where_more(left, sales, left, sales)
            _note(losses, firm, sigma * _row(lanes, losses.loss, firm), waiting)
            following = losses.next_maker[firm] - 1
            firm = following if following != firm else -1
    losses.heights[_MOVED] = 0


@_compiled
def _note(losses: Losses, firm: int, weighed: FloatArray, waiting: FloatArray) -> None:
    """Note what a firm passes on next, of σ × its loss: all that is new in lanes where that is more than waits."""
    lanes, place = losses.lanes, losses.heights[_PASSING]
    passed = _row(lanes, losses.passed, firm)
    more = weighed - passed
    if _is_any_more(more, waiting):
        _set_row(losses.more, place, _where_more(more, waiting, more, _filled(lanes, 0.0)))
        _set_row(losses.passed, firm, _where_more(more, waiting, weighed, passed))
        losses.passing[place] = firm
        losses.heights[_PASSING] += 1


@_compiled
def _step(channel: Channel, market: Market, losses: Losses, least: FloatArray, largest: FloatArray) -> None:
    """Pass on what was noted, and note what to pass on next in lanes where it is more than `least` (lanes).

    `largest` (lanes) becomes the largest rise of a loss, or stays where it is more.
    """
    links = 0
    for k in range(losses.heights[_PASSING]):
        links += channel.out_start[losses.passing[k] + 1] - channel.out_start[losses.passing[k]]
    is_few = _QUICKER * links <= len(channel.tail)
    if is_few and not losses.heights[_STALE]:
        _pass_along_links(channel, losses)
    else:
        # In one lane they are few enough to be kept always.
        is_kept = is_few or len(losses.lanes) == 1
        _add_up_all(channel, losses, least, is_kept)
        losses.heights[_STALE] = not is_kept
    losses.heights[_PASSING] = 0
    _settle(market, losses, least, largest)
    _weigh(market, losses, least)


@_compiled
def _spread(
    wiring: Wiring, both: tuple[Losses, Losses], least: FloatArray,
    epsilon: float, max_steps: int, steps: IntArray, is_converged: BoolArray,
) -> None:  # fmt: skip
    """Let the losses spread, in each lane until its largest rise is ≤ `epsilon`.

    Step 0 only notes the shock. Both channels go through one call, because the compiler copies it at each place.
    """
    largest = np.zeros(len(least))
    for taken in range(max_steps + 1):
        largest[:] = 0.0
        for c in range(2):
            _step(wiring.channels[c], wiring.markets[c], both[c], least, largest)
        if taken == 0:
            continue
        is_running = False
        for lane in range(len(steps)):
            if least[lane] < np.inf:
                steps[lane] = taken
                is_converged[lane] = largest[lane] <= epsilon
                if is_converged[lane]:
                    least[lane] = np.inf
                else:
                    is_running = True
        if not is_running:
            return


@_compiled
def _score(both: tuple[Losses, Losses], weight: FloatArray, scores: FloatArray) -> None:
    """Σ weight × loss in each lane, by the larger loss of both channels, down, up: rows of `scores` (3, lanes)."""
    lanes = both[0].lanes
    total = _filled(lanes, 0.0)
    for c in range(2):
        losses, other, own = both[c], both[1 - c], _filled(lanes, 0.0)
        for k in range(losses.heights[_HIT]):
            firm = losses.hit[k]
            counts, loss = _filled(lanes, weight[firm]), _row(lanes, losses.loss, firm)
            own = own + counts * loss
            # A firm that both channels hit counts once, with the first.
            if c == 0 or not other.is_hit[firm]:
                others = _row(lanes, other.loss, firm)
                total = total + counts * _where_more(loss, others, loss, others)
        _set_row(scores, 1 + c, own)
    _set_row(scores, 0, total)


@_compiled
def _clear(channel: Channel, market: Market, losses: Losses) -> None:
    zero = _filled(losses.lanes, 0.0)
    for k in range(losses.heights[_HIT]):
        firm = losses.hit[k]
        losses.is_hit[firm] = 0
        _set_row(losses.high, firm, zero)
        _set_row(losses.loss, firm, zero)
        _set_row(losses.passed, firm, zero)
        for slot in range(channel.slot_start[firm], channel.slot_start[firm + 1]):
            _set_row(losses.sums, slot, zero)
        if len(market.total) > 0:
            product = market.product[firm]
            _set_row(losses.lost, product, zero)
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
    """Spread shocks, block after block of as many as the workspace has lanes; it holds the losses of the last afterwards.

    Shock k takes the parts ψ > 0 of the capacity of the firms at the places start[k] … start[k + 1] − 1, each once. What it
    costs is written into `scores` (shocks, 3): Σ weight × the larger loss of both channels, down, up.
    """
    lanes = len(both[0].lanes)
    costs = np.zeros((3, lanes))
    for first in range(0, len(steps), lanes):
        block = slice(first, min(first + lanes, len(steps)))
        # What a firm lost waits until it is more than this; in a lane that has stopped, or has no shock, for ever.
        least = np.full(lanes, np.inf)
        least[: block.stop - first] = negligible
        for c in range(2):
            _clear(wiring.channels[c], wiring.markets[c], both[c])
            for k in range(first, block.stop):
                for place in range(start[k], start[k + 1]):
                    both[c].high[firms[place], k - first] = capacity_lost[place]
                    _may_rise(both[c], firms[place])
        _spread(wiring, both, least, epsilon, max_steps, steps[block], is_converged[block])
        _score(both, weight, costs)
        scores[block] = costs[:, : block.stop - first].T
