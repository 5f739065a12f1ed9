"""What a product rests on and what rests on it, tier by tier, up and down the chain."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Annotated

import numpy as np
from pydantic import Field

from queries.algorithms.arrays import IntArray
from queries.algorithms.structure import cyclic_components
from queries.algorithms.structure import trace as walked
from queries.areas import Limit, Places, area
from queries.facts import Links, all_named, counted, links, things
from queries.making import MAKER_CONVENTION, makers_of_each
from queries.questions.gaps import ESSENTIAL, HHI_ABOVE, SHARE_BELOW, VERDICT_ZH, Judged, Verdict, judged
from queries.runner import Answer, Reader, Row, cut_note, question

_NAMED = 20
"""Makers, links back and groups that are named and cited; all are counted."""

Subjects = Annotated[
    list[str],
    Field(min_length=1, max_length=1_000, description="产品、企业或技术（编号或名称，可多个） products, enterprises or technologies by id or name"),
]  # fmt: skip


class Directions(StrEnum):
    """Which ways to trace."""

    BOTH = "both"
    UP = "up"
    DOWN = "down"


class Direction(StrEnum):
    """Where a product lies, seen from the starts."""

    START = "start"
    UP = "up"
    DOWN = "down"

    @property
    def zh(self) -> str:
        """Its Chinese name."""
        return _DIRECTION_ZH[self]


_DIRECTION_ZH = {Direction.START: "起点", Direction.UP: "上游", Direction.DOWN: "下游"}


class Traced(Row):
    """A product that a trace reaches."""

    table = (
        "direction",
        "tier",
        "name_zh",
        "through_name",
        "is_essential",
        "verdict_zh",
        "makers",
        "makers_elsewhere",
        "leads_back_to",
    )
    bar = "makers"

    direction: Direction = Field(description="方向 start, up (what the starts need) or down (what needs them)")
    tier: int = Field(description="层级 the fewest steps from a start; 0 for the starts")
    product_id: str = Field(description="id of the product")
    name_zh: str = Field(description="产品")
    through_id: str | None = Field(description="id of the product that it is reached through; null for the starts")
    through_name: str = Field(
        description="经由 the product one tier nearer that it is reached through, of several the first by id; empty for the starts"
    )
    ways: int = Field(description="经由数 how many products one tier nearer it is reached through")
    is_essential: bool | None = Field(
        description="此投入是否关键 whether the input between the two is essential; null where its class is not known"
    )
    verdict: Verdict = Field(description="判定代码 verdict of the question gaps")
    verdict_zh: str = Field(description="判定 verdict, in Chinese")
    makers: int = Field(description="区内生产者 makers on record in the places")
    makers_elsewhere: int = Field(
        description="区外生产者 makers on record elsewhere, those of unknown place among them"
    )
    maker_names: list[str] = Field(
        description="生产者 makers here, or elsewhere where there is none here; the first 20 by id"
    )
    leads_back_to: list[str] = Field(
        description="回指 products of its own tier or a nearer one that the walk leads to from it; the first 20 by id"
    )
    back_links: int = Field(description="回指数 how many links lead back so")
    is_on_cycle: bool = Field(description="在循环上 whether it goes into itself through products that were traced")
    evidence_ids: list[str] = Field(
        description="ids of the product, of the link it is reached through, of links back and of makers; 20 each at most"
    )


class TraceAnswer(Answer):
    """What was traced."""

    rows: list[Traced]
    tiers: dict[Direction, list[int]] = Field(
        description="how many products each tier from 1 has, those not shown among them"
    )
    verdicts: dict[Verdict, int] = Field(description="how many of all these products and the starts have each verdict")
    groups: list[list[str]] = Field(
        description="names of products that feed each other, groups and names by id; the first 20 of each"
    )


@question(zh="多级溯源", en="Trace up and down")
def trace(
    reader: Reader,
    *,
    subjects: Subjects,
    directions: Annotated[Directions, Field(description="方向：上游、下游或两者 up, down or both")] = Directions.BOTH,
    tiers: Annotated[int, Field(ge=1, le=50, description="最多几层 tiers at most")] = 3,
    places: Places = [],
    limit: Limit = 200,
) -> TraceAnswer:
    """从产品、企业或技术出发，逐层追溯上游投入与下游用途。 What products rest on and what rests on them, tier by tier."""
    where = area(reader, places)
    starts, without = starting_products(reader, subjects)
    found = judged(reader, where)
    inputs = links(reader, "INPUT_OF", "Product", "Product")
    asked = [d for d in (Direction.UP, Direction.DOWN) if directions in (Directions.BOTH, d.value)]
    walks = [_walk(inputs, starts, direction, tiers) for direction in asked]
    order = _in_order(walks, found)
    everyone = np.unique(np.concatenate([starts, *(walk.products for walk in walks)]))
    return TraceAnswer(
        question="", parameters={},
        rows=_shown(reader, found, walks, order[:limit]),
        tiers={walk.direction: np.bincount(walk.tier, minlength=1)[1:].tolist() for walk in walks},
        verdicts=counted(found.verdict[everyone], Verdict), groups=_groups(reader, walks),
        looked_at=len(everyone), looked_at_what="产品 products",
        conventions=[
            "只沿“投入”关系逐层走，每个产品列在最近的一层；企业以其直接生产的产品、技术以需要它的产品为起点。 The walk follows INPUT_OF, "
            "each product in its nearest tier; an enterprise starts with the products it makes itself, a technology with "
            "those that need it.",
            "回指：通向同层或更近一层产品的投入关系；循环：产品经所列产品又投入自身。 A link back leads to a product of the same or a "
            "nearer tier; on a cycle a product goes into itself through products that were traced.",
            f"判定同“断链与缺口”，份额阈值 {SHARE_BELOW:g}、集中度阈值 {HHI_ABOVE:g}。 Verdicts are those of the question gaps "
            f"with the thresholds {SHARE_BELOW:g} and {HHI_ABOVE:g}.",
            "同层先列判定最重者。 Within a tier the gravest verdicts come first.",
            MAKER_CONVENTION, *where.conventions,
        ],
        notes=_notes(walks, without, len(order), limit, tiers),
    )  # fmt: skip


def starting_products(reader: Reader, subjects: Sequence[str]) -> tuple[IntArray, list[str]]:
    """The products that subjects stand for, ascending: a product for itself, an enterprise for what it makes itself, a
    technology for what needs it; and the names of subjects that stand for none. Raises `UnknownName`.
    """
    found: list[IntArray] = [np.zeros(0, np.int64)]
    without = []
    for label, number in all_named(reader, ("Product", "Enterprise", "Technology"), "subject", subjects):
        products = np.array([number])
        if label == "Enterprise":
            makes = links(reader, "MAKES", "Enterprise", "Product")
            products = makes.head[makes.tail == number]
        elif label == "Technology":
            needs = links(reader, "NEEDS", "Product", "Technology")
            products = needs.tail[needs.head == number]
        if not len(products):
            without.append(things(reader, label).name(number))
        found.append(products)
    return np.unique(np.concatenate(found)), without


def _notes(walks: "Sequence[_Walk]", without: Sequence[str], rows: int, limit: int, tiers: int) -> list[str]:
    notes = [f"{name} 没有产品记录，未追溯。 {name} has no product on record and is not traced." for name in without]
    for walk in walks:
        zh = walk.direction.zh
        if walk.beyond:
            notes.append(
                f"{zh}第 {tiers} 层之外还有：下一层 {walk.beyond} 个产品，未追溯。 {walk.direction} is cut at tier {tiers}: the next "
                f"tier has {walk.beyond} products more."
            )
        if len(walk.products) == walk.starts and walk.starts:
            notes.append(
                f"起点没有{zh}记录；没有记录不等于没有。 Nothing is on record {walk.direction} from the starts; no record is not 'none'."
            )
    notes += cut_note(rows, limit)
    return notes


# --- walks -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Walk:
    """What a walk one way reached, the starts first, then by tier and number."""

    direction: Direction
    inputs: Links
    starts: int
    products: IntArray
    tier: IntArray
    link: IntArray  # the INPUT_OF that each is reached through, −1 for the starts
    through: IntArray  # the product that it comes from, −1 for the starts
    ways: IntArray
    back: IntArray  # links that lead back …
    back_place: IntArray  # … the place in `products` that each leaves …
    back_to: IntArray  # … and the product that it leads to
    groups: list[list[int]]  # products that feed each other
    beyond: int  # products in the tier after the last


def _walk(inputs: Links, starts: IntArray, direction: Direction, tiers: int) -> _Walk:
    is_up = direction is Direction.UP
    near, far = (inputs.head, inputs.tail) if is_up else (inputs.tail, inputs.head)
    reached = walked(inputs.backward if is_up else inputs.forward, starts, most_tiers=tiers + 1)
    is_kept = reached.tier <= tiers
    products, tier = reached.nodes[is_kept], reached.tier[is_kept]
    place = np.full(len(inputs.tails), -1, np.int64)
    place[products] = np.arange(len(products))
    # The last tier was walked for what it leads back to, and to count what lies beyond.
    inside = reached.edges[place[far[reached.edges]] >= 0]
    away, to = place[near[inside]], place[far[inside]]
    is_onward = tier[to] > tier[away]
    onward, back = inside[is_onward], inside[~is_onward]
    order = onward[np.lexsort((near[onward], far[onward]))]
    reached_to, first = np.unique(place[far[order]], return_index=True)
    link = np.full(len(products), -1, np.int64)
    link[reached_to] = order[first]
    through = np.where(link >= 0, near[link], -1) if len(inputs) else link
    back = back[np.lexsort((far[back], place[near[back]]))]
    return _Walk(
        direction, inputs, len(starts), products, tier, link, through,
        np.bincount(to[is_onward], minlength=len(products)), back, place[near[back]], far[back],
        [products[group].tolist() for group in cyclic_components(len(products), away, to)], int((~is_kept).sum()),
    )  # fmt: skip


def _in_order(walks: Sequence[_Walk], found: Judged) -> list[tuple[int, int]]:
    """Walk and place of each row: tier by tier, up before down, the gravest verdicts first; the starts once."""
    keys = []
    for number, walk in enumerate(walks):
        first = walk.starts if number else 0
        verdict = found.verdict[walk.products]
        keys += [
            (int(walk.tier[place]), number, int(verdict[place]), int(walk.products[place]), place)
            for place in range(first, len(walk.products))
        ]
    return [(key[1], key[4]) for key in sorted(keys)]


def _shown(reader: Reader, found: Judged, walks: Sequence[_Walk], order: Sequence[tuple[int, int]]) -> list[Traced]:
    made = [
        iter(_rows(reader, found, walk, np.array([place for w, place in order if w == number], np.int64)))
        for number, walk in enumerate(walks)
    ]
    return [next(made[number]) for number, _ in order]


def _groups(reader: Reader, walks: Sequence[_Walk]) -> list[list[str]]:
    products = things(reader, "Product")
    groups = sorted({tuple(sorted(group)) for walk in walks for group in walk.groups})
    return [products.names(np.array(group[:_NAMED])) for group in groups[:_NAMED]]


def _rows(reader: Reader, found: Judged, walk: _Walk, places: IntArray) -> list[Traced]:
    """The rows of some places of a walk. Each column is read once for all rows: one by one takes a millisecond a row."""
    products, chosen = things(reader, "Product"), walk.products[places]
    ids, names = products.ids(chosen), products.names(chosen)
    link, through = walk.link[places], walk.through[places]
    # A place without a nearer product reads that of the first product instead, and is not shown.
    through_ids, through_names = products.ids(np.maximum(through, 0)), products.names(np.maximum(through, 0))
    is_essential = _is_essential(walk.inputs, link)
    link_ids = walk.inputs.ids(link[link >= 0])
    links_in = iter(link_ids)
    lo, hi = (np.searchsorted(walk.back_place, places + k) for k in (0, 1))
    back_names = _each(products.names, walk.back_to, lo, hi)
    back_ids = _each(walk.inputs.ids, walk.back, lo, hi)
    made = makers_of_each(reader, found.supply.is_inside, chosen, _NAMED)
    on_cycle = {product for group in walk.groups for product in group}
    rows = []
    for k, product in enumerate(chosen.tolist()):
        verdict = list(Verdict)[found.verdict[product]]
        is_start = link[k] < 0
        rows.append(Traced(
            direction=Direction.START if is_start else walk.direction,
            tier=int(walk.tier[places[k]]),
            product_id=ids[k],
            name_zh=names[k],
            through_id=None if is_start else through_ids[k],
            through_name="" if is_start else through_names[k],
            ways=int(walk.ways[places[k]]),
            is_essential=is_essential[k],
            verdict=verdict,
            verdict_zh=VERDICT_ZH[verdict],
            makers=int(found.supply.here[product]),
            makers_elsewhere=int(found.supply.anywhere[product] - found.supply.here[product]),
            maker_names=made[k][0],
            leads_back_to=back_names[k],
            back_links=int(hi[k] - lo[k]),
            is_on_cycle=product in on_cycle,
            evidence_ids=[ids[k], *(() if is_start else (next(links_in),)), *back_ids[k], *made[k][1]],
        ))  # fmt: skip
    return rows


def _is_essential(inputs: Links, link: IntArray) -> list[bool | None]:
    """Whether inputs are essential; `None` where the class is not known, and for no input (−1)."""
    classes = np.append(inputs.floats("input_class"), np.nan)[link]
    return [None if np.isnan(class_) else bool(class_ == ESSENTIAL) for class_ in classes]


def _each(texts: Callable[[IntArray], list[str]], values: IntArray, lo: IntArray, hi: IntArray) -> list[list[str]]:
    """The texts of values[lo[k] … hi[k] − 1] for each k, of the first ones."""
    hi = np.minimum(hi, lo + _NAMED)
    said = texts(np.concatenate([values[a:b] for a, b in zip(lo, hi, strict=True)] or [values[:0]]))
    bounds = np.concatenate([[0], np.cumsum(hi - lo)])
    return [said[a:b] for a, b in pairwise(bounds.tolist())]
