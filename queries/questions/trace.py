"""What a product rests on and what rests on it, tier by tier, up and down the chain."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, NamedTuple

import networkx as nx
from pydantic import Field

from graph.texts import Text
from queries.answer import Answer, Row, cut_note
from queries.makers import Kinds, Maker, maker_conventions, maker_evidence, makers_by_product
from queries.paths import names_of
from queries.reader import Reader
from queries.registry import question
from queries.scope import Confidence, Limit, Places, Several, find_all, scope
from queries.sections import Sections
from queries.verdicts import (
    GAPS,
    GRAVITY,
    HHI_ABOVE,
    SHARE_BELOW,
    Judged,
    Thresholds,
    Verdict,
    verdict_text,
    verdicts_on,
)  # fmt: skip

_SECTIONS = Sections(__file__)

_NAMED = 20
"""Makers, links back and groups that are named and cited; all are counted."""
_ESSENTIAL = 2
"""The input class of what a product cannot be made without."""


class Directions(StrEnum):
    """Which ways to trace."""

    BOTH = "both"
    UP = "up"
    DOWN = "down"


class InputKind(StrEnum):
    """What an input is to the product; equipment makes it and is no part of it."""

    MATERIAL = "material"
    COMPONENT = "component"
    SOFTWARE = "software"
    SERVICE = "service"
    EQUIPMENT = "equipment"


class Direction(StrEnum):
    """Where a product lies, seen from the starts."""

    START = "start"
    UP = "up"
    DOWN = "down"


class Traced(Row):
    """A product that a trace reaches."""

    key = ("direction", "product_id")
    table = (
        "direction", "tier", "name_zh", "through_name", "via_kind_name", "input_kind", "is_essential", "verdict_text", "makers",
        "makers_elsewhere", "leads_back_to",
    )  # fmt: skip

    direction: Direction
    tier: int
    product_id: str
    name_zh: str
    through_id: str | None
    through_name: str
    via_kind_id: str | None
    via_kind_name: str | None
    ways: int
    input_kind: InputKind | None
    is_essential: bool | None
    verdict: Verdict
    verdict_text: Text
    makers: int
    makers_elsewhere: int
    maker_names: list[str]
    leads_back_to: list[str]
    back_links: int
    is_on_cycle: bool
    evidence_ids: list[str]


class TraceAnswer(Answer):
    """What was traced."""

    rows: list[Traced]
    tiers: dict[Direction, list[int]]
    verdicts: dict[Verdict, int]
    groups: list[list[str]]

    def in_short(self, reader: Reader) -> Text:
        """How many products each way, and how many of them are gaps."""
        ways = [
            Text("trace.headline.way" if sum(sizes) else "trace.headline.nothing", direction=way, products=sum(sizes))
            for way, sizes in self.tiers.items()
        ]
        gaps = [Text("trace.headline.gap", verdict=v, count=n) for v in GAPS if (n := self.verdicts[v])]
        return Text("trace.headline" if gaps else "trace.headline.no_gap", ways=ways, gaps=gaps)


@question(order=50)
def trace(
    reader: Reader,
    *,
    subjects: Annotated[list[str], Field(min_length=1, max_length=1_000)],
    directions: Directions = Directions.BOTH,
    input_kinds: Several[InputKind] = [],
    tiers: Annotated[int, Field(ge=1, le=50)] = 3,
    places: Places = [],
    min_confidence: Confidence = 0.0,
    limit: Limit = 200,
) -> TraceAnswer:
    """What products rest on and what rests on them, tier by tier."""
    where, limits = scope(reader, places), Thresholds(min_confidence=min_confidence)
    starts, without = starting_products(reader, subjects)
    asked = [d for d in (Direction.UP, Direction.DOWN) if directions in (Directions.BOTH, d.value)]
    walks = [_walk(reader, starts, direction, tiers, input_kinds) for direction in asked]
    everyone = {product for walk in walks for product in walk.tier}
    judged = verdicts_on(reader, everyone, where, limits)
    # Tier by tier, up before down, the gravest verdicts first; the starts once.
    found = sorted(
        (tier, number, GRAVITY[Verdict(judged[product].verdict)], product)
        for number, walk in enumerate(walks) for product, tier in walk.tier.items() if tier or not number
    )  # fmt: skip
    shown = [(walks[number], product) for _, number, _, product in found[:limit]]
    makers = makers_by_product(reader, {product for _, product in shown}, where, min_confidence)
    groups = sorted({tuple(group) for walk in walks for group in walk.groups})[:_NAMED]
    cited = [link for walk, product in shown for link in walk.cited(product)]
    ends = [one for link in cited for one in (link.near_id, link.far_id, link.recorded_id)]
    names = names_of(reader, [*(product for _, product in shown), *ends, *(one for group in groups for one in group)])
    narrower = {maker.made_id for own in makers.values() for maker in own if maker.steps}
    kinds = Kinds(reader, narrower | {link.near_id for link in cited if link.is_via_kind})
    counts = Counter(judged[product].verdict for product in everyone)
    return TraceAnswer(
        rows=[_row(walk, judged[product], makers.get(product, ()), names, kinds) for walk, product in shown],
        tiers={walk.direction: walk.sizes for walk in walks},
        verdicts={verdict: counts[verdict] for verdict in Verdict},
        groups=[[names[product] for product in group[:_NAMED]] for group in groups],
        looked_at=len(everyone),
        looked_at_what=Text("common.products"),
        conventions=[
            Text("trace.walk_means"),
            *([Text("trace.kinds_are", kinds=input_kinds)] if input_kinds else []),
            Text("trace.via_kind_means"),
            Text("trace.back_means"),
            Text("trace.verdicts_are", share_below=SHARE_BELOW, hhi_above=HHI_ABOVE),
            Text("trace.order_is"),
            *maker_conventions(),
            *where.conventions,
        ],
        notes=[*_notes(walks, starts, without, tiers), *cut_note(len(found), limit)],
    )


def _notes(walks: "Sequence[_Walk]", starts: Sequence[str], without: Sequence[str], tiers: int) -> list[Text]:
    notes = [Text("trace.note.without_products", subject=name) for name in without]
    for walk in walks:
        if walk.beyond:
            notes.append(Text("trace.note.beyond", direction=walk.direction, tiers=tiers, products=walk.beyond))
        if starts and not walk.sizes:
            notes.append(Text("trace.note.nothing", direction=walk.direction))
    return notes


# --- walks -----------------------------------------------------------------------------------------------------------


class _SubjectProduct(NamedTuple):
    subject_id: str
    product_id: str


class _Link(NamedTuple):
    """An input between a product and the next one of a walk, on record at the nearer one or at a broader kind of it."""

    near_id: str
    far_id: str
    recorded_id: str
    input_class: int | None
    input_kind: str | None
    edge_id: str

    @property
    def is_via_kind(self) -> bool:
        """Whether it is on record at a broader kind only."""
        return self.recorded_id != self.near_id


subject_products = _SECTIONS.rows("subject_products", _SubjectProduct)
inputs = _SECTIONS.rows("inputs", _Link)
uses = _SECTIONS.rows("uses", _Link)


def starting_products(reader: Reader, subjects: Sequence[str]) -> tuple[list[str], list[str]]:
    """The ids of the products that subjects stand for, ascending: a product for itself, an enterprise for what it makes
    itself, a technology for what needs it; and the names of subjects that stand for none. Raises as `find_one` does.
    """
    named = find_all(reader, ("Product", "Enterprise", "Technology"), "subject", subjects)
    others = [one for one in named if not one.id.startswith("product:")]
    found = subject_products(reader, subject_ids=[one.id for one in others])
    products = {one.id for one in named if one not in others} | {row.product_id for row in found}
    known = {row.subject_id for row in found}
    return sorted(products), [one.name for one in others if one.id not in known]


@dataclass(frozen=True, slots=True)
class _Walk:
    """What a walk one way reached: the tier of each product, and the best link between each two."""

    direction: Direction
    tier: Mapping[str, int]
    links: "nx.DiGraph[str]"
    groups: Sequence[Sequence[str]]  # products that feed each other, by id
    beyond: int  # products in the tier after the last

    @property
    def sizes(self) -> list[int]:
        """How many products each tier from 1 has."""
        found = Counter(self.tier.values())
        return [found[tier] for tier in range(1, max(found, default=0) + 1)]

    def reached_by(self, product: str) -> list[_Link]:
        """The links from the tier before, the best first."""
        return [edge["link"] for near, edge in self.links.pred[product].items() if self.tier[near] < self.tier[product]]

    def back(self, product: str) -> list[_Link]:
        """The links to products of the same tier or a nearer one, by their ids."""
        onto = sorted(self.links.succ[product].items())
        return [edge["link"] for far, edge in onto if self.tier[far] <= self.tier[product]]

    def cited(self, product: str) -> list[_Link]:
        """The links that a row cites: the one it is reached through, and those that lead back."""
        return [*self.reached_by(product)[:1], *self.back(product)[:_NAMED]]


def _walk(reader: Reader, starts: Sequence[str], direction: Direction, tiers: int, kinds: Sequence[InputKind]) -> _Walk:
    read = inputs if direction is Direction.UP else uses
    tier = dict.fromkeys(starts, 0)
    links: nx.DiGraph[str] = nx.DiGraph()
    links.add_nodes_from(starts)
    frontier = list(starts)
    # The tier after the last is found for what the last leads back to, and to be counted.
    for number in range(1, tiers + 2):
        for link in read(reader, product_ids=frontier, input_kinds=list(kinds)):
            if not links.has_edge(link.near_id, link.far_id):
                links.add_edge(link.near_id, link.far_id, link=link)
        frontier = sorted(links.nodes - tier.keys())
        if number <= tiers:
            tier |= dict.fromkeys(frontier, number)
    links.remove_nodes_from(frontier)
    parts = nx.strongly_connected_components(links)
    return _Walk(direction, tier, links, [sorted(part) for part in parts if len(part) > 1], len(frontier))


# --- rows ------------------------------------------------------------------------------------------------------------


def _row(walk: _Walk, judged: Judged, makers: Sequence[Maker], names: Mapping[str, str], kinds: Kinds) -> Traced:
    product, verdict, elsewhere = judged.product_id, Verdict(judged.verdict), len(makers) - judged.makers
    reached, back = walk.reached_by(product), walk.back(product)
    link = reached[0] if reached else None
    via = link.recorded_id if link and link.is_via_kind else None
    named = ([maker for maker in makers if maker.is_here] or makers)[:_NAMED]
    cited = [one for of in walk.cited(product) for one in (of.edge_id, *kinds.edges(of.near_id, of.recorded_id))]
    return Traced(
        direction=walk.direction if link else Direction.START,
        tier=walk.tier[product],
        product_id=product,
        name_zh=names[product],
        through_id=link.near_id if link else None,
        through_name=names[link.near_id] if link else "",
        via_kind_id=via,
        via_kind_name=names[via] if via else None,
        ways=len(reached),
        input_kind=InputKind(link.input_kind) if link and link.input_kind else None,
        is_essential=link.input_class == _ESSENTIAL if link and link.input_class is not None else None,
        verdict=verdict,
        verdict_text=verdict_text(verdict, elsewhere, sum(maker.is_unplaced for maker in makers)),
        makers=judged.makers,
        makers_elsewhere=elsewhere,
        maker_names=sorted(maker.name for maker in named),
        leads_back_to=[names[step.far_id] for step in back[:_NAMED]],
        back_links=len(back),
        is_on_cycle=any(product in group for group in walk.groups),
        evidence_ids=list(dict.fromkeys([product, *cited, *maker_evidence(named, kinds)])),
    )
