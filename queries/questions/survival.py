"""How long a chain supplies its customers when a part of it stops, and what is lost until it is back: TTS and TTR."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from math import inf, isinf
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field

from graph.ontology import label_of
from graph.texts import Measure, Text
from queries.algorithms.arrays import BoolArray, FloatArray, IntArray
from queries.algorithms.structure import adjacency, trace
from queries.algorithms.structure import tiers as tiers_of
from queries.algorithms.survival import chain
from queries.algorithms.survival import survival as survived
from queries.answer import Answer, Row, counted, cut_note
from queries.makers import Kinds, Maker, kinds_of_makers, maker_conventions, maker_evidence, makers_by_product
from queries.production_network import filled_shares
from queries.reader import Reader, kept
from queries.registry import question
from queries.scope import Confidence, Limit, Named, Places, Scope, called, find_one
from queries.scope import scope as scope_of
from queries.sections import Sections
from queries.upstream import EquipmentLag, equipment_convention, upstream
from queries.whereabouts import cities_of

_SECTIONS = Sections(__file__)

MOST_PRODUCTS = 200
"""Products in one programme at most."""
MOST_CASES = 300
"""Disruptions at most: two programmes are solved for each."""
_NAMED = 20
"""Makers cited in a row; all are counted."""


class Fails(StrEnum):
    """What stops at a time."""

    PRODUCT = "product"
    CITY = "city"
    NODE = "node"


class Survived(Row):
    """Something that stops, how long customers are supplied without it, and what is lost until it is back."""

    key = ("id",)
    table = (
        "name_zh", "where", "makers", "recovery_days", "is_recovery_assumed", "survival_days", "gap_days", "lost_product_days", "exposure",
        "binding_name",
    )  # fmt: skip
    scores = ("exposure",)

    id: str
    name_zh: str
    where: Text
    product_ids: list[str]
    place_id: str | None
    makers: int
    recovery_days: float
    is_recovery_assumed: bool
    survival_days: float | None
    is_lasting: bool | None
    gap_days: float | None
    lost_product_days: float | None
    exposure: float | None
    binding_id: str | None
    binding_name: str | None
    lost_products: list[str]
    evidence_ids: list[str]


class SurvivalAnswer(Answer):
    """What stops, how long the rest lasts."""

    rows: list[Survived]
    ranked: int
    sites: int
    products: int
    final_products: list[str]
    is_ranked_whole: bool

    def in_short(self, reader: Reader) -> Text:
        """Which disruption costs most of those whose time to recover is on record, and how many are not ranked."""
        first = self.rows[0]
        counts = {
            "ranked": self.ranked, "others": self.looked_at - self.ranked, "rows": len(self.rows),
            "lasting": sum(row.gap_days == 0 for row in self.rows),
        }  # fmt: skip
        if not self.ranked or first.survival_days is None or first.gap_days is None:
            return Text(f"survival.headline.{'lasts' if self.ranked and first.is_lasting else 'unknown'}", **counts)
        product, *place = [called(reader, part) for part in first.id.split("@")]
        name = Text("survival.headline.of", product=product, where=place[0] if place else first.where)
        return Text(
            "survival.headline", name=product if first.id == first.place_id else name, days=Measure(first.survival_days),
            gap=Measure(first.gap_days), loss=Measure(first.lost_product_days or 0.0), **counts,
        )  # fmt: skip


Days = Annotated[float, Field(ge=0, le=3_650)]


@question(order=70)
def survival(
    reader: Reader,
    *,
    scope: Annotated[str, Field(min_length=1)],
    fails: Fails = Fails.PRODUCT,
    tiers: Annotated[int, Field(ge=1, le=20)] = 3,
    recovery_days: Days = 90.0,
    stock_days: Days = 30.0,
    end_stock_days: Days = 15.0,
    spare: Annotated[float, Field(ge=0, le=10)] = 0.2,
    unknown_is_needed: bool = True,
    equipment_lag_days: EquipmentLag = None,
    places: Places = [],
    min_confidence: Confidence = 0.0,
    limit: Limit = 50,
) -> SurvivalAnswer:
    """How many days final products are supplied when a product or a city stops, and what is lost until it is back."""
    where, named = scope_of(reader, places), find_one(reader, ("Chain", "Product"), "chain or product", scope)
    asked = _Asked(
        named, where, fails, tiers, recovery_days, stock_days, end_stock_days, spare, unknown_is_needed,
        equipment_lag_days, min_confidence,
    )  # fmt: skip
    plan, cases, sites = _outcome(reader, asked)
    shown = sorted(cases[:MOST_CASES], key=_order)[:limit]
    kinds = kinds_of_makers(reader, (maker for case in shown for maker in case.makers[:_NAMED]))
    largest = max((case.outcome.loss for case in cases if case.outcome), default=0.0) or 1.0
    return SurvivalAnswer(
        rows=[_row(plan, case, largest, kinds) for case in shown], ranked=sum(map(_is_ranked, cases[:MOST_CASES])), sites=sites, products=len(plan.products),
        final_products=[one.name for one, is_final in zip(plan.products, plan.is_final, strict=True) if is_final][:_NAMED],
        is_ranked_whole=not (plan.left_out or plan.beyond), looked_at=len(cases),
        looked_at_what=Text("survival.disruptions"), conventions=_conventions(asked, plan.equipment),
        notes=[*_notes(plan, cases), *cut_note(len(cases[:MOST_CASES]), limit)],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked, and what is assumed since the graph does not have it; hashable, so that what follows is kept."""

    named: Named
    where: Scope
    fails: Fails
    tiers: int
    recovery_days: float
    stock_days: float
    end_stock_days: float
    spare: float
    unknown_is_needed: bool
    equipment_lag_days: float | None
    min_confidence: float


@kept
def _outcome(reader: Reader, asked: _Asked) -> "tuple[_Plan, list[_Case], int]":
    """The plan, what may stop with what that does, and how many sites there are."""
    plan = _plan(reader, asked)
    sites = _sites(reader, plan, asked)
    cases = _cases(plan, sites, asked)
    for number, case in enumerate(cases[:MOST_CASES]):
        reader.tell(Text("survival.doing", done=number, size=min(len(cases), MOST_CASES)))
        case.outcome = _solved(plan, asked, case)
    return plan, cases, len(sites)


def _conventions(asked: _Asked, equipment: int) -> list[Text]:
    stock = {"stock": asked.stock_days, "end_stock": asked.end_stock_days, "capacity": 1 + asked.spare}
    return [
        Text("survival.convention.programmes"),
        Text("survival.convention.recovery", days=asked.recovery_days),
        Text("survival.convention.stock", **stock),
        Text("survival.convention.output"),
        Text(f"survival.convention.needed_{'unknown_too' if asked.unknown_is_needed else 'essential'}"),
        equipment_convention(asked.equipment_lag_days, equipment, "late_input"),
        Text("survival.convention.without_maker"),
        Text("survival.convention.loss"),
        Text("survival.convention.order"),
        *maker_conventions(asked.min_confidence),
        *asked.where.conventions,
    ]


def _notes(plan: "_Plan", cases: "Sequence[_Case]") -> list[Text]:
    if not cases:
        return [Text("survival.note.no_site" if plan.products else "survival.note.no_product")]
    counts = {
        "assumed": sum(case.is_assumed for case in cases),
        "left_out": plan.left_out,
        "most_cases": len(cases) if len(cases) > MOST_CASES else 0,
        "back": plan.back,
        "beyond": plan.beyond,
        "failed": sum(case.outcome is None for case in cases[:MOST_CASES]),
    }
    most = {"cases": len(cases), "most_products": MOST_PRODUCTS, "most_cases": MOST_CASES}
    return [Text("survival.note.compare_only"), *counted("survival.note", counts, **most)]


# --- which products, and what needs what -----------------------------------------------------------------------------


class _ChainInput(NamedTuple):
    input_id: str
    product_id: str
    is_equipment: bool


class _Product(NamedTuple):
    product_id: str
    name: str
    recovery_days: float | None


chain_products = _SECTIONS.ids("chain_products", "product_id")
chain_inputs = _SECTIONS.rows("chain_inputs", _ChainInput)
products = _SECTIONS.rows("products", _Product)


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """The products of a programme by id, and the needed inputs between them as places among them."""

    products: list[_Product]
    is_final: BoolArray
    tail: IntArray
    head: IntArray
    lag_days: FloatArray  # (inputs) for which the product does without
    uses: IntArray  # (products) how many parts its output is in
    steps: IntArray  # (products) to the nearest final product
    left_out: int
    back: int
    beyond: int
    equipment: int


def _plan(reader: Reader, asked: _Asked) -> _Plan:
    named, lag = asked.named, asked.equipment_lag_days
    chosen, pairs, of_equipment, beyond = _needed(reader, asked)
    place = {one: number for number, one in enumerate(chosen)}
    left_out = of_equipment if lag is None else set()
    # What all is made for does not go into itself again.
    inside = [
        (place[a], place[b], (lag or 0.0) if (a, b) in of_equipment else 0.0)
        for a, b in pairs if a in place and b in place and a != named.id and (a, b) not in left_out
    ]  # fmt: skip
    columns = np.array(sorted(inside), np.float64).reshape(-1, 3).T
    (tail, head), lag_days = columns[:2].astype(np.int64), columns[2]
    depth = tiers_of(len(chosen), tail, head)
    is_onward = depth[tail] < depth[head]
    tail, head, lag_days = tail[is_onward], head[is_onward], lag_days[is_onward]
    is_final = np.array([one == named.id for one in chosen], np.bool_)
    if not is_final.any():
        is_final = np.bincount(tail, minlength=len(chosen)) == 0
        # Equipment of the chain is not what the chain is for, unless there is nothing else.
        equips = np.isin(chosen, [a for a, b in left_out if b in place])
        is_final = is_final & ~equips if (is_final & ~equips).any() else is_final
    reached = trace(adjacency(len(chosen), head, tail), np.flatnonzero(is_final))
    nearest = reached.nodes[:MOST_PRODUCTS]
    keep = np.sort(nearest)
    at = np.full(len(chosen), -1)
    at[keep] = np.arange(len(keep))
    is_kept = (at[tail] >= 0) & (at[head] >= 0)
    tail, head = at[tail[is_kept]], at[head[is_kept]]
    rows = products(reader, product_ids=[chosen[number] for number in keep])
    return _Plan(
        rows, is_final[keep], tail, head, lag_days[is_kept], np.bincount(tail, minlength=len(keep)) + is_final[keep],
        reached.tier[:MOST_PRODUCTS][np.argsort(nearest)], len(reached.nodes) - len(keep), int((~is_onward).sum()), beyond,
        len(of_equipment),
    )  # fmt: skip


_Pair = tuple[str, str]
"""An input and what it goes into."""


def _needed(reader: Reader, asked: _Asked) -> tuple[list[str], Sequence[_Pair], set[_Pair], int]:
    """The products of a chain, or a product and what it needs, by id; the inputs between them; which inputs are equipment;
    how many products are left out.
    """
    named, unknown_too = asked.named, asked.unknown_is_needed
    if label_of(named.id) == "Chain":
        rows = chain_inputs(reader, chain_id=named.id, unknown_is_needed=unknown_too)
        of_equipment = {row[:2] for row in rows if row.is_equipment}
        return chain_products(reader, chain_id=named.id), [row[:2] for row in rows], of_equipment, 0
    needed = upstream(reader, named, asked.tiers, unknown_too, asked.equipment_lag_days is not None)
    return sorted(needed.tiers), needed.inputs, needed.of_equipment, needed.beyond


# --- where they are made, and what stops together ----------------------------------------------------------------------


_ELSEWHERE = Named("", "")
"""The city of makers outside the places or of unknown place."""


_Site = tuple[int, Named | None]
"""A product, by its place in the plan, in a city; `None` where it has no maker on record."""


def _sites(reader: Reader, plan: _Plan, asked: _Asked) -> dict[_Site, list[tuple[Maker, float]]]:
    """Who makes every product, by product and city, each with the part of its normal output: each maker counts in the first
    of the cities where it makes it, elsewhere where it is in none of them.
    """
    made = makers_by_product(reader, [one.product_id for one in plan.products], asked.where, asked.min_confidence)
    at = cities_of(reader, {maker.site_id for makers in made.values() for maker in makers}, asked.where)
    sites: dict[_Site, list[tuple[Maker, float]]] = {}
    for number, product in enumerate(plan.products):
        makers = made.get(product.product_id, [])
        shares = np.array([np.nan if maker.share is None else maker.share for maker in makers])
        parts = filled_shares(np.zeros(len(makers), np.int64), shares).tolist()
        own: dict[_Site, list[tuple[Maker, float]]] = {} if makers else {(number, None): []}
        for maker, part in zip(makers, parts, strict=True):
            own.setdefault((number, at.get(maker.site_id, [_ELSEWHERE])[0]), []).append((maker, part))
        sites |= {site: own[site] for site in sorted(own, key=lambda site: site[1] or _ELSEWHERE)}
    return sites


class _Outcome(NamedTuple):
    """What a disruption does."""

    survival_days: float  # infinite where the rest lasts for ever
    gap_days: float
    loss: float
    binding: int  # place of the final product in the plan, −1 where nothing runs out
    lost: FloatArray  # (products)


@dataclass(slots=True, eq=False)
class _Case:
    """What stops together."""

    products: IntArray  # places in the plan …
    shares: FloatArray  # … and the part of each one's output that stops
    makers: list[Maker]
    product: int  # its place in the plan, −1 for all of a city
    city: Named | None  # `None` for everywhere
    recovery_days: float
    is_assumed: bool
    outcome: _Outcome | None = None  # `None` where the programme has no solution


def _cases(plan: _Plan, sites: Mapping[_Site, Sequence[tuple[Maker, float]]], asked: _Asked) -> list[_Case]:
    """Everything that may stop, nearest to the final products first."""
    recorded = np.array([np.nan if p.recovery_days is None else p.recovery_days for p in plan.products])
    days = np.where(np.isnan(recorded), asked.recovery_days, recorded)
    cases = []
    for (product, city), own in _groups(plan, sites, asked.fails):
        shares: dict[int, float] = {}
        for site in own:
            part = sum(part for _, part in sites[site]) if sites[site] else 1.0
            shares[site[0]] = min(shares.get(site[0], 0.0) + part, 1.0)
        stopped = np.array(list(shares))
        longest = float(days[stopped].max())
        is_assumed = bool(np.isnan(recorded[stopped][days[stopped] == longest]).all())
        makers = [maker for site in own for maker, _ in sites[site]]
        cases.append(_Case(stopped, np.array(list(shares.values())), makers, product, city, longest, is_assumed))
    return cases


def _groups(plan: _Plan, sites: Iterable[_Site], fails: Fails) -> list[tuple[_Site, list[_Site]]]:
    """The sites that stop together, after the product and the city that they are of."""
    if fails is Fails.CITY:
        cities = sorted({city for _, city in sites if city and city.id})
        return [((-1, city), [site for site in sites if site[1] == city]) for city in cities]
    ordered = sorted(sites, key=lambda site: (plan.steps[site[0]], site[0]))  # of equals as they are
    if fails is Fails.NODE:
        return [(site, [site]) for site in ordered if site[1]]
    return [((number, None), list(own)) for number, own in groupby(ordered, key=lambda site: site[0])]


# --- the programmes --------------------------------------------------------------------------------------------------


def _solved(plan: _Plan, asked: _Asked, case: _Case) -> _Outcome | None:
    """What a disruption does, by a programme with one site for each product: sites of a product are alike and stand in for
    each other, so that what stops in some of them only takes that part of the product's capacity; stocks stay.
    """
    # Where what is left makes the normal output of each product, nothing is ever short.
    if ((1 - case.shares) * (1 + asked.spare) >= 1).all():
        return _Outcome(inf, 0.0, 0.0, -1, np.zeros(len(plan.products)))
    left = np.ones(len(plan.products))
    left[case.products] -= case.shares
    demand = plan.is_final.astype(np.float64)
    programme = chain(
        capacity=np.maximum(left, 0) * (1 + asked.spare),
        stock=np.where(plan.is_final, asked.end_stock_days, asked.stock_days),
        demand=demand, loss_per_unit=demand, source=plan.tail, user=plan.head, material=plan.tail,
        units=1 / plan.uses[plan.tail], held=plan.lag_days,
    )  # fmt: skip
    try:
        one = survived(programme, case.recovery_days, [[]])
    except RuntimeError:
        return None
    return _Outcome(
        float(one.survival_time[0]), float(one.gap[0]), float(one.loss[0]), int(one.binding[0]), one.lost[0]
    )


def _is_ranked(case: _Case) -> bool:
    """Whether it is on record who would stop and for how long, so that it can be set against others."""
    return bool(case.outcome and case.makers and not case.is_assumed)


def _order(case: _Case) -> tuple[bool, float, float, float]:
    """Those that are ranked first; the largest losses, then the longest gaps, then the shortest times; what has no solution last."""
    found = case.outcome
    by = (-_rounded(found.loss), -_rounded(found.gap_days), _rounded(found.survival_days)) if found else (1, 0, 0)
    return (not _is_ranked(case), *by)


# --- rows ------------------------------------------------------------------------------------------------------------


def _row(plan: _Plan, case: _Case, largest: float, kinds: Kinds) -> Survived:
    """A row; `largest` is the largest loss of any."""
    stopped = [plan.products[number].product_id for number in case.products[:_NAMED]]
    found = case.outcome
    binding = plan.products[found.binding] if found and found.binding >= 0 else None
    lost = found.lost.round(6) if found else np.zeros(0)
    city = case.city if case.city and case.city.id else None
    product = plan.products[case.product] if case.product >= 0 else None
    ids = [*([product.product_id] if product else []), *([case.city.id or "elsewhere"] if case.city else [])]
    where = Text("common.elsewhere" if case.city else "survival.everywhere")
    return Survived(
        id="@".join(ids),
        name_zh=product.name if product else city.name if city else "",
        where=Text.both(city.name, "") if city else where,
        product_ids=stopped,
        place_id=city.id if city else None,
        makers=len(case.makers),
        recovery_days=case.recovery_days,
        is_recovery_assumed=case.is_assumed,
        survival_days=_rounded(found.survival_days) if found and not isinf(found.survival_days) else None,
        is_lasting=isinf(found.survival_days) if found else None,
        gap_days=_rounded(found.gap_days) if found else None,
        lost_product_days=_rounded(found.loss) if found else None,
        exposure=_rounded(found.loss / largest) if found else None,
        binding_id=binding.product_id if binding else None,
        binding_name=binding.name if binding else None,
        lost_products=[plan.products[n].name for n in np.argsort(-lost, kind="stable") if lost[n] > 0][:5],
        evidence_ids=[*stopped, *([city.id] if city else []), *maker_evidence(case.makers[:_NAMED], kinds)],
    )


def _rounded(value: float) -> float:
    """A programme solves to about seven digits; what is beyond differs from machine to machine. No −0."""
    return round(value, 6) + 0.0
