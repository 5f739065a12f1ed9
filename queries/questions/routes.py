"""Ways through the graph between things: the shortest, the most reliable, the one over the largest shares, and others."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import Field

from graph.model import ends
from graph.ontology import EDGE_TYPE, NODE_TYPES, label_of
from graph.texts import Measure, Share, Text
from queries.algorithms.structure import k_shortest_paths
from queries.answer import Answer, Row
from queries.paths import Path, Step, names_on, relation_text
from queries.reader import Reader
from queries.registry import question
from queries.scope import find_all
from queries.sections import Sections

_SECTIONS = Sections(__file__)

CONDUCTORS = ("Center", "Enterprise", "Institute", "Plant", "Product", "Project", "Result", "Technology")
"""Labels that a path goes through. A place, chain or sector joins everything to everything, and a report only says what somebody
did: a path may only begin or end there."""
_LABELS = tuple(kind.label for kind in NODE_TYPES if kind.is_searched)


class Cost(StrEnum):
    """What a step costs."""

    STEPS = "steps"
    CONFIDENCE = "confidence"
    SHARE = "share"


class RouteStep(Row):
    """One step of a way."""

    key = ("route", "step", "from_id", "to_id")
    table = ("route", "step", "from_name", "relation_text", "to_name", "relations", "route_cost")

    route: int
    step: int
    from_id: str
    from_name: str
    relation: str
    to_id: str
    to_name: str
    relation_text: Text
    relations: list[Text]
    cost: float
    route_cost: float
    evidence_ids: list[str]


class RoutesAnswer(Answer):
    """Ways, step by step; no rows where there is none."""

    rows: list[RouteStep]
    costs: list[float]
    reliability: list[float] | None

    def in_short(self, reader: Reader) -> Text:
        """How many ways, and how long the best is."""
        steps = sum(row.route == 1 for row in self.rows)
        best = "headline_reliable" if self.reliability else "headline"
        share = Share(self.reliability[0] if self.reliability else 0.0)
        return Text(f"routes.{best}", ways=len(self.costs), steps=steps, cost=Measure(self.costs[0]), share=share)


Ends = Annotated[list[str], Field(min_length=1, max_length=100)]
Assumed = Annotated[float, Field(gt=0, le=1)]


@question(order=140)
def routes(
    reader: Reader,
    *,
    start: Ends,
    target: Ends,
    most: Annotated[int, Field(ge=1, le=50)] = 3,
    most_steps: Annotated[int, Field(ge=1, le=12)] = 6,
    cost: Cost = Cost.STEPS,
    along: bool = False,
    unknown_confidence: Assumed = 0.5,
    unknown_share: Assumed = 0.1,
) -> RoutesAnswer:
    """The best ways between some things, and the next best."""
    prices = _Prices(cost, unknown_confidence, unknown_share)
    starts, targets = (sorted(one.id for one in find_all(reader, _LABELS, "node", texts)) for texts in (start, target))
    network = _Network(reader, prices, along, starts, targets)
    found = _best(network, most, most_steps)
    names = names_on(reader, [path for _, path in found if path])
    assumed = sum(network.edges[step.edge_id][1] for _, path in found for step in path)
    costs = [spent for spent, _ in found]
    said = {
        "no_way": not found,
        "few_ways": 0 < len(found) < most,
        "no_steps": not set(starts).isdisjoint(targets),
        "assumed": assumed,
    }
    return RoutesAnswer(
        rows=[row for number, (_, path) in enumerate(found, 1) for row in _steps(network, names, number, path)],
        costs=costs,
        reliability=[math.exp(-c) for c in costs] if cost is Cost.CONFIDENCE else None,
        looked_at=len(network.tiers[0] | network.tiers[1]),
        looked_at_what=Text("routes.nodes"),
        conventions=[
            Text("routes.walk_along" if along else "routes.walk_either_way"),
            Text(f"routes.cost_of.{cost}", unknown_confidence=unknown_confidence, unknown_share=unknown_share),
            Text("routes.parallel_mean"),
            Text("routes.order_is", most_steps=most_steps),
        ],
        notes=[
            Text(f"routes.note.{key}", most_steps=most_steps, ways=len(found), steps=assumed)
            for key, is_so in said.items()
            if is_so
        ],
    )


# --- what lies around ------------------------------------------------------------------------------------------------


class _Relation(NamedTuple):
    edge_id: str
    confidence: float | None
    share: float | None


relations = _SECTIONS.rows("relations", _Relation)
relations_of_ends = _SECTIONS.rows("relations_of_ends", _Relation)


@dataclass(frozen=True, slots=True)
class _Prices:
    """What a step over a relation costs."""

    cost: Cost
    unknown_confidence: float
    unknown_share: float

    def of(self, relation: _Relation) -> tuple[float, bool]:
        """The cost of the step, infinite where it is no way; and whether it rests on an assumed value."""
        if self.cost is Cost.STEPS:
            return 1.0, False
        if self.cost is Cost.CONFIDENCE:
            known = relation.confidence
            value = self.unknown_confidence if known is None else known
            return abs(math.log(value)) if value else math.inf, known is None
        has_share = {"share", "cost_share"} & {one.name for one in EDGE_TYPE[ends(relation.edge_id)[0]].properties}
        value = relation.share if relation.share is not None else self.unknown_share if has_share else 1.0
        return 1 / value if value else math.inf, relation.share is None and bool(has_share)


@dataclass(eq=False)
class _Network:
    """The part of the graph around starts and targets, read tier by tier from both: `tiers` are the nodes reached so far,
    `frontiers` the outermost. Every path of as many steps as tiers were read lies in `edges`, which have their prices.
    """

    reader: Reader
    prices: _Prices
    is_along: bool
    starts: Sequence[str]
    targets: Sequence[str]
    edges: dict[str, tuple[float, bool]] = field(default_factory=dict)
    tiers: list[set[str]] = field(init=False)
    frontiers: list[set[str]] = field(init=False)
    _around: dict[str, list[Step]] = field(default_factory=dict)
    _read: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.tiers = [set(self.starts), set(self.targets)]
        self.frontiers = [set(self.starts), set(self.targets)]
        outer = sorted(one for one in self.tiers[0] | self.tiers[1] if not _conducts(one))
        self._add(relations_of_ends(self.reader, node_ids=outer) if outer else [])

    def widen(self) -> None:
        """Read one tier more, on the side where fewer nodes have to be read."""
        side = min((0, 1), key=lambda one: (len(self.frontiers[one]), len(self.tiers[one])))
        fresh = sorted(one for one in self.frontiers[side] - self._read if _conducts(one))
        self._read.update(fresh)
        self._add(relations(self.reader, node_ids=fresh) if fresh else [])
        reached = {
            step.end_id for one in self.frontiers[side] for step in self._around.get(one, ()) if self._leads(step, side)
        }
        reached -= self.tiers[side]
        self.tiers[side] |= reached
        # What conducts nothing is an end only, never gone on from.
        self.frontiers[side] = {one for one in reached if _conducts(one)}

    def price(self, step: Step) -> float:
        """What a step costs; infinite where it is no way."""
        return self.edges[step.edge_id][0]

    def _leads(self, step: Step, side: int) -> bool:
        is_open = _conducts(step.end_id) or step.end_id in (self.targets, self.starts)[side]
        is_ahead = not self.is_along or step.is_along == (side == 0)
        return is_open and is_ahead and math.isfinite(self.price(step))

    def _add(self, rows: Iterable[_Relation]) -> None:
        for row in rows:
            if row.edge_id not in self.edges:
                self.edges[row.edge_id] = self.prices.of(row)
                for step in (Step(row.edge_id), Step(row.edge_id, is_along=False)):
                    self._around.setdefault(step.start_id, []).append(step)

    def between(self, one: str, other: str) -> list[str]:
        """The ids of all edges between two nodes."""
        return sorted({step.edge_id for step in self._around[one] if step.end_id == other})

    def steps(self) -> list[Step]:
        """The steps that a path may take, by edge id."""
        ways = [Step(edge) for edge in sorted(self.edges)]
        if not self.is_along:
            ways = [step for way in ways for step in (way, Step(way.edge_id, is_along=False))]
        return [step for step in ways if math.isfinite(self.price(step))]


def _conducts(node_id: str) -> bool:
    return label_of(node_id) in CONDUCTORS


# --- paths -----------------------------------------------------------------------------------------------------------

_Costed = tuple[float, Path]


def _best(network: _Network, most: int, most_steps: int) -> list[_Costed]:
    """The best paths. Where steps are what counts, the network grows only as far as paths are found: all within it are
    better than any beyond.
    """
    found: list[_Costed] = []
    for bound in range(most_steps + 1):
        if bound:
            network.widen()
        is_met = bool(network.tiers[0] & network.tiers[1])
        if is_met and (bound == most_steps or network.prices.cost is Cost.STEPS):
            found = _best_within(network, most, bound)
        if len(found) == most:
            break
    return found


def _best_within(network: _Network, most: int, bound: int) -> list[_Costed]:
    """The best paths; from each start that is a target too and conducts nothing apart, so that none goes on through it."""
    starts, targets = set(network.starts), set(network.targets)
    both = sorted(one for one in starts & targets if not _conducts(one))
    steps = network.steps()
    found = [(one, 0.0, Path()) for one in both]
    for some, others in [(starts - set(both), targets), *(({one}, targets - {one}) for one in both)]:
        # What conducts nothing is left as a start and reached as a target, never passed.
        open_steps = [
            step for step in steps
            if (_conducts(step.start_id) or step.start_id in some) and (_conducts(step.end_id) or step.end_id in others)
        ]  # fmt: skip
        nodes = sorted({*some, *others, *(one for step in open_steps for one in (step.start_id, step.end_id))})
        number = {one: place for place, one in enumerate(nodes)}
        ways = k_shortest_paths(
            len(nodes), [number[step.start_id] for step in open_steps], [number[step.end_id] for step in open_steps],
            [network.price(step) for step in open_steps], [number[one] for one in some], [number[one] for one in others],
            most, bound,
        )  # fmt: skip
        found += [(nodes[way.nodes[0]], way.cost, tuple(open_steps[link] for link in way.edges)) for way in ways]
    found.sort(key=lambda one: (round(one[1], 9), len(one[2]), one[0], [step.edge_id for step in one[2]]))
    return [(spent, path) for _, spent, path in found[:most]]


def _steps(network: _Network, names: Mapping[str, str], number: int, path: Path) -> list[RouteStep]:
    between = [network.between(step.start_id, step.end_id) for step in path]
    return [
        RouteStep(
            route=number,
            step=place,
            from_id=step.start_id,
            from_name=names[step.start_id],
            relation=step.type,
            to_id=step.end_id,
            to_name=names[step.end_id],
            relation_text=relation_text(step.edge_id, names),
            relations=list(dict.fromkeys(relation_text(edge, names) for edge in edges)),
            cost=network.price(step),
            route_cost=sum(map(network.price, path)),
            evidence_ids=[step.start_id, *edges, step.end_id],
        )
        for place, (step, edges) in enumerate(zip(path, between, strict=True), 1)
    ]
