"""How long a chain supplies its customers when a part of it stops, and what is lost until it is back: TTS and TTR."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain as joined
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field

from graph.ontology import label_of
from queries.algorithms.arrays import BoolArray, FloatArray, IntArray, sums_by
from queries.algorithms.structure import adjacency, trace
from queries.algorithms.structure import tiers as tiers_of
from queries.algorithms.survival import Chain, chain
from queries.algorithms.survival import survival as survived
from queries.answer import Answer, Row, cut_note
from queries.makers import (
    Kinds,
    Maker,
    kinds_of_makers,
    maker_conventions,
    maker_evidence,
    makers_by_product,
)
from queries.production_network import filled_shares
from queries.reader import Reader, kept
from queries.registry import question
from queries.scope import Confidence, Limit, Named, Places, Scope, find_one
from queries.scope import scope as scope_of
from queries.sections import Sections
from queries.upstream import upstream
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
        "name_zh",
        "makers",
        "recovery_days",
        "survival_days",
        "gap_days",
        "lost_product_days",
        "exposure",
        "binding_name",
    )
    bar = "survival_days"

    id: str
    name_zh: str
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
    sites: int
    products: int
    final_products: list[str]
    is_ranked_whole: bool


@question(order=70)
def survival(
    reader: Reader,
    *,
    scope: Annotated[
        str, Field(min_length=1)
    ],
    fails: Fails = Fails.PRODUCT,
    tiers: Annotated[int, Field(ge=1, le=20)] = 3,
    recovery_days: Annotated[
        float, Field(ge=0, le=3_650)
    ] = 90.0,
    stock_days: Annotated[
        float, Field(ge=0, le=3_650)
    ] = 30.0,
    end_stock_days: Annotated[
        float, Field(ge=0, le=3_650)
    ] = 15.0,
    spare: Annotated[
        float, Field(ge=0, le=10)
    ] = 0.2,
    unknown_is_needed: bool = True,
    places: Places = [],
    min_confidence: Confidence = 0.0,
    limit: Limit = 50,
) -> SurvivalAnswer:  # fmt: skip
    """How many days final products are supplied when a product or a city
    stops, and what is lost until it is back."""
    where = scope_of(reader, places)
    assumed = _Assumed(recovery_days, stock_days, end_stock_days, spare, unknown_is_needed, min_confidence)
    named = find_one(reader, ("Chain", "Product"), "chain or product", scope)
    plan, sites, cases, found = _outcome(reader, named, fails, tiers, assumed, where)
    answer = SurvivalAnswer(
        rows=[], sites=len(sites), products=len(plan.products),
        final_products=[one.name for one, is_final in zip(plan.products, plan.is_final, strict=True) if is_final][:_NAMED],
        is_ranked_whole=not (plan.left_out or plan.beyond), looked_at=len(cases), looked_at_what="中断 disruptions",
        conventions=_conventions(assumed, where),
    )  # fmt: skip
    if not cases:
        nothing = "范围内没有产品记录。 No product is on record there." if not plan.products else (
            "范围内没有可定位的生产者，无城市可中断。 No maker on record is in a city of the places."
        )  # fmt: skip
        return answer.model_copy(update={"notes": [nothing]})
    order = _in_order(found)
    shown = order[:limit]
    kinds = kinds_of_makers(reader, (maker for k in shown for maker in cases[k].makers[:_NAMED]))
    return answer.model_copy(update={
        "rows": [_row(plan, cases[k], found, k, kinds) for k in shown],
        "notes": [*_notes(plan, cases, found.failed), *cut_note(len(order), limit)],
    })  # fmt: skip


@kept
def _outcome(
    reader: Reader, named: Named, fails: Fails, tiers: int, assumed: "_Assumed", where: Scope
) -> "tuple[_Plan, list[_Site], list[_Case], _Found]":
    plan = _plan(reader, named, tiers, assumed.unknown_is_needed)
    sites = _sites(reader, plan, where, assumed.min_confidence)
    cases = _cases(plan, sites, fails, assumed.recovery_days)
    return plan, sites, cases, _solved(plan, assumed, cases[:MOST_CASES])


def _conventions(assumed: "_Assumed", where: Scope) -> list[str]:
    recovery, stock, end_stock = assumed.recovery_days, assumed.stock_days, assumed.end_stock_days
    spare, unknown_is_needed = assumed.spare, assumed.unknown_is_needed
    return [
        "TTS/TTR（Simchi-Levi 等 2015）线性规划：TTS 为全部终端需求可满足的最长天数，损失为恢复期内最小的终端缺供。 Linear programmes of Simchi-Levi et al. "
        "2015: TTS is the longest time for which all final demand is met, the loss is the least final demand not met until "
        "recovery.",
        f"恢复天数取自产品记录，无记录按 {recovery:g} 天（假设）。 Recovery times are those on record, else {recovery:g} days (assumed).",
        f"图中没有库存与产能：假设中间品库存 {stock:g} 天、终端产品 {end_stock:g} 天，产能为正常产量的 {1 + spare:g} 倍。 The graph has no stock and no "
        f"capacity: stocks of {stock:g} days of inputs and {end_stock:g} days of final products and capacities of "
        f"{1 + spare:g} × normal output are assumed.",
        "每种产品的正常产量为每天 1，平均供给范围内的各用途；各城市按生产份额分担，份额未知则各企业均分。 The normal output of each product is 1 a day, in "
        "equal parts for its uses here; cities share it by their makers' shares, makers alike where these are not known.",
        f"必需投入：关键投入{'与类别未知的投入' if unknown_is_needed else ''}；可替代、可忽略的不计。 Needed are essential inputs"
        f"{' and those of unknown class' if unknown_is_needed else ''}; substitutable and negligible ones are left out.",
        "没有生产者记录的产品视为照常供应，除非它本身中断。 A product without a maker on record is taken to be supplied, unless it is what stops.",
        "损失以终端产品一天的正常销量为单位，各终端产品等值；图中没有利润。 Losses are in days of normal sales of one final product, all of them "
        "worth the same: the graph has no margins.",
        *maker_conventions(assumed.min_confidence),
        *where.conventions,
    ]


def _notes(plan: "_Plan", cases: "Sequence[_Case]", failed: int) -> list[str]:
    notes = [
        "库存、产能为假设值，天数只宜比较先后。 Stocks and capacities are assumed: compare the days, do not plan by them."
    ]
    assumed = sum(case.is_assumed for case in cases)
    if assumed:
        notes.append(
            f"{len(cases)} 个中断中 {assumed} 个的恢复天数为假设。 {assumed} of {len(cases)} recovery times are assumed."
        )
    if plan.left_out:
        notes.append(
            f"上限 {MOST_PRODUCTS} 种产品：{plan.left_out} 个离终端较远的产品未计入，视为照常供应。 {plan.left_out} products farther from the "
            f"final ones are left out and taken to be supplied (at most {MOST_PRODUCTS})."
        )
    if len(cases) > MOST_CASES:
        notes.append(
            f"只算离终端最近的 {MOST_CASES} 个中断，共 {len(cases)} 个。 Of {len(cases)} disruptions the {MOST_CASES} nearest to final "
            "products are solved."
        )
    if plan.back:
        notes.append(f"{plan.back} 条循环回指的投入未计入。 {plan.back} inputs that lead back on a cycle are left out.")
    if plan.beyond:
        notes.append(f"更上游还有 {plan.beyond} 个产品未追溯。 {plan.beyond} products further up are not traced.")
    if failed:
        notes.append(
            f"{failed} 个规划无解，以空值列出。 {failed} programmes have no solution and are shown without values."
        )
    return notes


# --- which products, and what needs what -----------------------------------------------------------------------------


class _ChainProduct(NamedTuple):
    product_id: str


class _ChainInput(NamedTuple):
    input_id: str
    product_id: str


class _Product(NamedTuple):
    product_id: str
    name: str
    recovery_days: float | None


chain_products = _SECTIONS.rows("chain_products", _ChainProduct)
chain_inputs = _SECTIONS.rows("chain_inputs", _ChainInput)
products = _SECTIONS.rows("products", _Product)


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """The products of a programme by id, and the needed inputs between them as places among them."""

    products: list[_Product]
    is_final: BoolArray
    tail: IntArray
    head: IntArray
    uses: IntArray  # (products) how many parts its output is in
    steps: IntArray  # (products) to the nearest final product
    left_out: int
    back: int
    beyond: int


def _plan(reader: Reader, named: Named, tiers_up: int, unknown_is_needed: bool) -> _Plan:
    chosen, pairs, beyond = _needed(reader, named, tiers_up, unknown_is_needed)
    place = {one: number for number, one in enumerate(chosen)}
    # What all is made for does not go into itself again.
    inside = [(place[a], place[b]) for a, b in pairs if a in place and b in place and a != named.id]
    tail, head = np.array(sorted(inside), np.int64).reshape(-1, 2).T
    depth = tiers_of(len(chosen), tail, head)
    is_onward = depth[tail] < depth[head]
    tail, head = tail[is_onward], head[is_onward]
    is_final = np.array([one == named.id for one in chosen], np.bool_)
    if not is_final.any():
        is_final = np.bincount(tail, minlength=len(chosen)) == 0
    reached = trace(adjacency(len(chosen), head, tail), np.flatnonzero(is_final))
    nearest = reached.nodes[:MOST_PRODUCTS]
    keep = np.sort(nearest)
    at = np.full(len(chosen), -1)
    at[keep] = np.arange(len(keep))
    is_kept = (at[tail] >= 0) & (at[head] >= 0)
    tail, head = at[tail[is_kept]], at[head[is_kept]]
    rows = products(reader, product_ids=[chosen[number] for number in keep]) if len(keep) else []
    return _Plan(
        rows, is_final[keep], tail, head, np.bincount(tail, minlength=len(keep)) + is_final[keep],
        reached.tier[:MOST_PRODUCTS][np.argsort(nearest)], len(reached.nodes) - len(keep), int((~is_onward).sum()), beyond,
    )  # fmt: skip


def _needed(
    reader: Reader, named: Named, tiers_up: int, unknown_is_needed: bool
) -> tuple[list[str], Sequence[tuple[str, str]], int]:
    """The products of a chain, or a product and what it needs, by id; the inputs between them; how many are left out."""
    if label_of(named.id) == "Chain":
        inputs = chain_inputs(reader, chain_id=named.id, unknown_is_needed=unknown_is_needed)
        return [row.product_id for row in chain_products(reader, chain_id=named.id)], inputs, 0
    needed = upstream(reader, named, tiers_up, unknown_is_needed)
    return sorted(needed.tiers), needed.inputs, needed.beyond


# --- where they are made ---------------------------------------------------------------------------------------------


_ELSEWHERE = Named("", "区外或地点未定")
"""The city of makers outside the places or of unknown place."""


@dataclass(frozen=True, slots=True, eq=False)
class _Site:
    """A product in a city, `None` where it has no maker on record."""

    product: int  # its place in the plan
    city: Named | None
    share: float  # of the product's normal output; Σ = 1 for each product
    makers: list[Maker]


def _sites(reader: Reader, plan: _Plan, where: Scope, min_confidence: float) -> list[_Site]:
    """Where every product is made, by product and city: each maker counts in the first of its cities, elsewhere where it is
    in none of them.
    """
    made = makers_by_product(reader, [one.product_id for one in plan.products], where, min_confidence)
    at = cities_of(reader, {maker.enterprise_id for makers in made.values() for maker in makers}, where)
    sites = []
    for number, product in enumerate(plan.products):
        makers = made.get(product.product_id, [])
        shares = np.array([np.nan if maker.share is None else maker.share for maker in makers])
        parts = filled_shares(np.zeros(len(makers), np.int64), shares).tolist()
        own: dict[Named, _Site] = {}
        for maker, part in zip(makers, parts, strict=True):
            city = at.get(maker.enterprise_id, [_ELSEWHERE])[0]
            site = own.get(city, _Site(number, city, 0.0, []))
            own[city] = replace(site, share=site.share + part, makers=[*site.makers, maker])
        sites += [own[city] for city in sorted(own)] or [_Site(number, None, 1.0, [])]
    return sites


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """What stops together."""

    products: IntArray  # places in the plan …
    shares: FloatArray  # … and the part of each one's output that stops
    makers: list[Maker]
    product: int  # its place in the plan, −1 for all of a city
    city: Named | None  # `None` for everywhere
    recovery_days: float
    is_assumed: bool


def _cases(plan: _Plan, sites: Sequence[_Site], fails: Fails, recovery_days: float) -> list[_Case]:
    """Everything that may stop, nearest to the final products first."""
    recorded = np.array([np.nan if p.recovery_days is None else p.recovery_days for p in plan.products])
    days = np.where(np.isnan(recorded), recovery_days, recorded)
    cases = []
    for own, product, city in _groups(plan, sites, fails):
        stopped, place = np.unique([site.product for site in own], return_inverse=True)
        longest = float(days[stopped].max())
        is_assumed = bool(np.isnan(recorded[stopped][days[stopped] == longest]).all())
        share = np.minimum(sums_by(place, np.array([site.share for site in own]), len(stopped)), 1)
        makers = list(joined.from_iterable(site.makers for site in own))
        cases.append(_Case(stopped, share, makers, product, city, longest, is_assumed))
    return cases


def _groups(plan: _Plan, sites: Sequence[_Site], fails: Fails) -> list[tuple[list[_Site], int, Named | None]]:
    """The sites that stop together, the product and the city that they are of."""
    nearest = np.argsort(plan.steps, kind="stable").tolist()
    of_product = {number: [site for site in sites if site.product == number] for number in nearest}
    if fails is Fails.PRODUCT:
        return [(of_product[number], number, None) for number in nearest]
    if fails is Fails.CITY:
        cities = sorted({site.city for site in sites if site.city and site.city.id})
        return [([site for site in sites if site.city == city], -1, city) for city in cities]
    return [([site], number, site.city) for number in nearest for site in of_product[number] if site.city]


# --- the programmes --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What each disruption does; NaN where the programme has no solution."""

    survival_days: FloatArray  # infinite where the rest lasts for ever
    gap_days: FloatArray
    loss: FloatArray
    binding: IntArray  # place of the final product in the plan, −1 where nothing runs out
    lost: FloatArray  # (disruptions, products)
    failed: int

    @property
    def exposure(self) -> FloatArray:
        """Loss / largest loss."""
        return self.loss / (np.nanmax(self.loss, initial=0) or 1)


@dataclass(frozen=True, slots=True)
class _Assumed:
    """What the graph does not have; hashable, so that what follows from it is kept."""

    recovery_days: float
    stock_days: float
    end_stock_days: float
    spare: float
    unknown_is_needed: bool
    min_confidence: float


def _programme(plan: _Plan, assumed: _Assumed, case: _Case) -> Chain:
    """One site for each product. Sites of a product are alike and stand in for each other, so that what stops in some of
    them only takes that part of the product's capacity; stocks stay.
    """
    left = np.ones(len(plan.products))
    left[case.products] -= case.shares
    demand = plan.is_final.astype(np.float64)
    return chain(
        capacity=np.maximum(left, 0) * (1 + assumed.spare),
        stock=np.where(plan.is_final, assumed.end_stock_days, assumed.stock_days),
        demand=demand,
        loss_per_unit=demand,
        source=plan.tail,
        user=plan.head,
        material=plan.tail,
        units=1 / plan.uses[plan.tail],
    )


def _solved(plan: _Plan, assumed: _Assumed, cases: Sequence[_Case]) -> _Found:
    found = _Found(
        np.full(len(cases), np.inf), np.zeros(len(cases)), np.zeros(len(cases)), np.full(len(cases), -1),
        np.zeros((len(cases), len(plan.products))), 0,
    )  # fmt: skip
    failed = 0
    for k, case in enumerate(cases):
        # Where what is left makes the normal output of each product, nothing is ever short.
        if ((1 - case.shares) * (1 + assumed.spare) >= 1).all():
            continue
        try:
            one = survived(_programme(plan, assumed, case), case.recovery_days, [[]])
        except RuntimeError:
            found.survival_days[k] = found.gap_days[k] = found.loss[k] = np.nan
            failed += 1
            continue
        found.survival_days[k], found.gap_days[k], found.loss[k] = one.survival_time[0], one.gap[0], one.loss[0]
        found.binding[k], found.lost[k] = one.binding[0], one.lost[0]
    return replace(found, failed=failed)


def _in_order(found: _Found) -> list[int]:
    """The longest gaps first, then the largest losses, then the shortest times; what has no solution last."""
    days = np.where(np.isfinite(found.survival_days), found.survival_days, np.inf)
    order: list[int] = np.lexsort((days.round(6), -found.loss.round(6), -found.gap_days.round(6))).tolist()
    return order


# --- rows ------------------------------------------------------------------------------------------------------------


def _row(plan: _Plan, case: _Case, found: _Found, k: int, kinds: Kinds) -> Survived:
    stopped = [plan.products[number].product_id for number in case.products[:_NAMED]]
    binding = plan.products[found.binding[k]] if found.binding[k] >= 0 else None
    lost = found.lost[k].round(6)
    worst = [n for n in np.argsort(-lost, kind="stable") if lost[n] > 0][:5]
    is_solved = not np.isnan(found.loss[k])
    lasts = bool(np.isinf(found.survival_days[k]))
    identity, name = _named(plan, case)
    place = [case.city.id] if case.city and case.city.id else []
    return Survived(
        id=identity,
        name_zh=name,
        product_ids=stopped,
        place_id=place[0] if place else None,
        makers=len(case.makers),
        recovery_days=case.recovery_days,
        is_recovery_assumed=case.is_assumed,
        survival_days=_rounded(found.survival_days[k]) if is_solved and not lasts else None,
        is_lasting=lasts if is_solved else None,
        gap_days=_rounded(found.gap_days[k]) if is_solved else None,
        lost_product_days=_rounded(found.loss[k]) if is_solved else None,
        exposure=_rounded(found.exposure[k]) if is_solved else None,
        binding_id=binding.product_id if binding else None,
        binding_name=binding.name if binding else None,
        lost_products=[plan.products[number].name for number in worst],
        evidence_ids=[*stopped, *place, *maker_evidence(case.makers[:_NAMED], kinds)],
    )


def _rounded(value: float) -> float:
    """A programme solves to about seven digits; what is beyond differs from machine to machine. No −0."""
    return round(float(value), 6) + 0.0


def _named(plan: _Plan, case: _Case) -> tuple[str, str]:
    """Id and name of what stops: a product, a place, or both."""
    where = (case.city.id or "elsewhere", case.city.name) if case.city else ("", "")
    if case.product < 0:
        return where
    product = plan.products[case.product]
    what = (product.product_id, product.name)
    return (f"{what[0]}@{where[0]}", f"{what[1]}@{where[1]}") if case.city else what
