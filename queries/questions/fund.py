"""Where the next yuan should go: which projects a fund should pay, so that most gaps close, within its rules."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field, field_validator

from graph.errors import UnknownName, UsageError, refused
from graph.ontology import MONEY
from graph.rules import Figure, PartFigure, RuleFile
from graph.texts import YI, Measure, Share, Text, is_known
from queries.added_maker import RECOVERY_DAYS, AddedRisk
from queries.algorithms import fund as algorithm
from queries.algorithms.arrays import BoolArray, FloatArray, IntArray
from queries.amounts import MOST_ASKED, money, node_amounts
from queries.answer import Answer, Plot, Row, counted, cut_note, left_off_note
from queries.effects import judge
from queries.makers import maker_conventions
from queries.projects import (
    CHOICES,
    PER_GAP,
    PartOf,
    Product,
    Project,
    from_candidates,
    proposals,
    proposed,
    set_costs,
    stage_amounts,
    within,
)
from queries.questions.candidates import Kind as Come
from queries.reader import Reader
from queries.registry import question
from queries.scope import (
    ChainName,
    Fraction,
    Limit,
    Named,
    Names,
    Places,
    Scope,
    area_of,
    called,
    chain_ids,
    find_all,
    scope,
)
from queries.sources import between
from queries.verdicts import Thresholds, verdict_conventions

_GAP, _SECONDS = 0.001, 20.0
"""What HiGHS is asked to prove, and how long it may take."""
_BUDGETS = 12
_NAMED = 3
_CURVE_SECONDS = 2.0
_TOLD = 0.001
"""Part of all output that a reason speaks of; every one is in its column."""
_YOUNG = ("early", "middle")
"""Funding stages of which a fund may have to keep a least part."""


class SupportClass(StrEnum):
    """What a project is proposed for, as proposals have it."""

    FRONTIER = "frontier"
    CONSORTIUM = "consortium"
    APPLIED_BASIC = "applied_basic"
    OPEN_BID = "open_bid"


class Way(StrEnum):
    """How projects are chosen."""

    OPTIMUM = "optimum"
    GREEDY = "greedy"
    LARGEST_FIRST = "largest_first"
    EQUAL_SPLIT = "equal_split"


class _Amount(Figure):
    value: Annotated[float, Field(gt=0)]


class FundRules(RuleFile):
    """The terms of a fund: sizes by phase and most per project by class of support in 10 k CNY, parts of what is paid."""

    phases: dict[str, _Amount]
    early_middle_share: PartFigure | None = None
    most_in_one: PartFigure | None = None
    reinvest_multiple: _Amount | None = None
    most_per_project: dict[SupportClass, _Amount] = {}  # noqa: RUF012
    weights: dict[PartOf, PartFigure]

    @field_validator("weights")
    @classmethod
    def _check_weights(cls, weights: dict[PartOf, PartFigure]) -> dict[PartOf, PartFigure]:
        if not any(one.value for one in weights.values()):
            raise refused("rule_weights")
        return weights


class Standing(StrEnum):
    """Whether a project is paid."""

    CHOSEN = "chosen"
    NOT_CHOSEN = "not_chosen"


class FundedProject(Row):
    """A proposed project, what it would bring, and whether it is paid, or why not."""

    key = ("project_id",)
    table = (
        "name_zh", "is_chosen", "why", "cost_10k_cny", "gain", "gain_per_100m_cny", "enterprise", "place", "come_by", "come_score", "come_because",
        "chains", "funding_stage", "product_names", "in_greedy", "in_largest_first", "in_equal_split",
    )  # fmt: skip
    shares = ("gain", "gain_most", "gain_per_100m_cny", "adds", "esri_saved")
    scores = ("come_score",)
    of_some = ("come_by", "come_because", "come_score")

    project_id: str
    name_zh: str
    name_en: str | None
    is_chosen: bool
    enterprise: str | None
    place: str | None
    chains: list[str]
    funding_stage: str | None
    cost_10k_cny: float | None
    is_cost_assumed: bool
    lead_time_days: float | None
    capacity: float | None
    capacity_unit: str | None
    gain: float
    gain_most: float
    gain_per_100m_cny: float | None
    adds: float | None
    product_names: list[str]
    verdict_changes: list[Text]
    dependents: int
    esri_saved: float | None
    days_gained: float | None
    foreign_share_least: float | None
    foreign_share_most: float | None
    not_known: list[PartOf]
    why: Text
    come_by: Come | None
    come_score: float | None
    come_because: Text | None
    in_greedy: bool
    in_largest_first: bool
    in_equal_split: bool
    evidence_ids: list[str]


class FundLimit(Row):
    """A limit of the fund, how much of it is used, and what more of it would bring."""

    table = ("limit_name", "amount_10k_cny", "used_10k_cny", "price")
    shares = ("price",)

    limit_name: Text
    amount_10k_cny: float
    used_10k_cny: float
    price: float | None


class FundWay(Row):
    """A way to choose, and what it reaches."""

    table = ("way", "projects", "spent_10k_cny", "reached", "bound", "broken")
    shares = ("reached", "bound")

    way: Way
    projects: int
    spent_10k_cny: float
    reached: float
    bound: float | None
    broken: list[Text]


class FundFigure(Row):
    """A number of the rules."""

    table = ("figure", "amount_text", "status_text", "source")

    figure: Text
    amount: float
    unit: Text
    amount_text: Text
    status_text: Text
    source: Text


class FundAnswer(Answer):
    """The projects, chosen ones first."""

    listed: ClassVar[tuple[str, ...]] = ("ways", "limits", "figures")

    rows: list[FundedProject]
    left_off: dict[Standing, int]
    budget_10k_cny: float
    spent_10k_cny: float
    reached: float | None
    bound: float | None
    gap: float | None
    changed: int = 0
    tied: int = 0
    ways: list[FundWay]
    limits: list[FundLimit]
    figures: list[FundFigure]
    curve: list[tuple[float, float]]
    unsourced: list[str]
    esri_alone: float | None
    esri_together: float | None

    def in_short(self, reader: Reader) -> Text:
        """What the budget reaches, beside what plain ways would, and what one more 100 m CNY would add."""
        if self.reached is None or self.bound is None:
            return next(iter(self.notes))
        by_way = {one.way: one for one in self.ways}
        price = next((one.price for one in self.limits if one.price is not None), None)
        changes = "changes" if self.changed else "no_change"
        # Rows of known cost come first: where the first has none, no project can be judged, however much money there is.
        none = "fund.headline.none" if any(row.cost_10k_cny for row in self.rows) else "fund.headline.no_cost"
        return Text(
            "fund.headline" if by_way[Way.OPTIMUM].projects else none,
            budget=money(self.budget_10k_cny), projects=by_way[Way.OPTIMUM].projects, looked=self.looked_at,
            spent=money(self.spent_10k_cny), reached=Share(self.reached), bound=Share(self.bound),
            largest=Share(by_way[Way.LARGEST_FIRST].reached), split=Share(by_way[Way.EQUAL_SPLIT].reached),
            price=Text("fund.headline.price", price=Share(price)) if price else Text("fund.headline.enough"),
            changes=Text(f"fund.headline.{changes}", count=self.changed),
            tied=Text("fund.headline.tied", count=self.tied) if self.tied else "",
        )  # fmt: skip

    def beside(self) -> list[Text]:
        scores = [row.come_score for row in self.rows if row.is_chosen and row.come_score is not None]
        return [Text("fund.inferred", score=between(min(scores), max(scores)))] if scores else []

    def plotted(self) -> list[Plot]:
        """What each budget reaches."""
        if len(self.curve) < 2 or self.reached is None:
            return []
        here = (self.budget_10k_cny / YI, self.reached)
        points = [(budget / YI, reached) for budget, reached in self.curve]
        return [Plot(Text("fund.answer.curve"), Text("fund.curve.budget"), Text("fund.curve.reached"), points, here)]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of the fund."""

    reader: Reader
    where: Scope
    chains: Sequence[str]
    rules: FundRules
    budget: float
    weights: Mapping[PartOf, float]
    unknown_counts: float
    most_evaluations: int
    for_products: bool


@question(order=137, waits=True)
def fund(
    reader: Reader,
    *,
    projects: Names = [],
    candidates_for: Names = [],
    chain: ChainName = "",
    places: Places = [],
    rules: str = "g60",
    phase: str = "first",
    budget_10k_cny: Annotated[float | None, Field(gt=0, le=MOST_ASKED)] = None,
    place_budgets: Names = [],
    chain_budgets: Names = [],
    stage_budgets: Names = [],
    contributions: Names = [],
    early_middle_share: Fraction | None = None,
    most_in_one: Fraction | None = None,
    costs: Names = [],
    weight_gaps: Fraction | None = None,
    weight_esri: Fraction | None = None,
    weight_survival: Fraction | None = None,
    weight_dependence: Fraction | None = None,
    unknown_counts: Fraction = 0.5,
    most_evaluations: Annotated[int, Field(ge=0, le=10_000)] = 200,
    limit: Limit = 50,
) -> FundAnswer:
    """Which proposed projects a fund should pay."""
    terms = reader.rules("fund", rules, FundRules)
    if phase not in terms.phases:
        raise UnknownName("phase", phase, terms.phases)
    stated = zip(PartOf, (weight_gaps, weight_esri, weight_survival, weight_dependence), strict=True)
    weights = {part: _given(own, terms.weights.get(part)) or 0.0 for part, own in stated}
    if not any(weights.values()):
        raise UsageError(Text("fund.error.weights"))
    asked = _Asked(
        reader, scope(reader, places), chain_ids(reader, chain), terms, budget_10k_cny or terms.phases[phase].value,
        weights, unknown_counts, most_evaluations, bool(candidates_for),
    )  # fmt: skip
    named = [one.id for one in find_all(reader, ("Proposal",), "project", projects)]
    found = [] if candidates_for and not named else proposed(reader, named, asked.chains, asked.where)
    wanted = find_all(reader, ("Product", "Chain"), "product", candidates_for)
    found += from_candidates(reader, wanted, asked.chains, places, asked.where)
    set_costs(reader, found, costs)
    judge(reader, found, asked.where, weights, unknown_counts, most_evaluations)
    amounts = _Terms(
        node_amounts(reader, "Place", place_budgets), node_amounts(reader, "Chain", chain_budgets), stage_amounts(stage_budgets),
        node_amounts(reader, "Place", contributions), _given(early_middle_share, terms.early_middle_share),
        _given(most_in_one, terms.most_in_one),
    )  # fmt: skip
    limits = _limits(asked, found, amounts)
    return _answer(asked, found, limits, limit)


def _given(own: float | None, figure: Figure | None) -> float | None:
    return own if own is not None else figure.value if figure else None


# --- limits ----------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Limits:
    """Who counts to each limit, how much it is, and what it is called."""

    caps: list[tuple[BoolArray, float, Text]] = field(default_factory=list)
    shares: list[tuple[BoolArray, float, Text]] = field(default_factory=list)
    floors: list[tuple[BoolArray, float, Text]] = field(default_factory=list)

    @property
    def names(self) -> list[Text]:
        """What the rows of the programme are called, the budget first."""
        return [Text("fund.limit.budget"), *(name for own in (self.caps, self.shares, self.floors) for *_, name in own)]


@dataclass(frozen=True, slots=True)
class _Terms:
    """Amounts that are given for places, chains and stages, and the parts of what is paid."""

    of_places: Sequence[tuple[Named, float]]
    of_chains: Sequence[tuple[Named, float]]
    of_stages: Sequence[tuple[str, float]]
    contributions: Sequence[tuple[Named, float]]
    early_middle: float | None
    most_in_one: float | None


def _limits(asked: _Asked, found: Sequence[Project], terms: _Terms) -> _Limits:
    """All limits, and in each project what keeps it out whatever else is chosen."""
    limits, every = _Limits(), sorted({one.sited_id for one in found})
    areas = sorted({area_of(place.id) for place, _ in (*terms.of_places, *terms.contributions)})
    rows = within(asked.reader, sited_ids=every, areas=areas) if areas and every else []
    inside = {(row.sited_id, row.area_id) for row in rows}

    def counting_to(place: Named) -> BoolArray:
        return _who((one.sited_id, area_of(place.id)) in inside for one in found)

    own = [(place, counting_to(place), amount) for place, amount in terms.of_places]
    own += [(chain, _who(chain.id in one.chains for one in found), amount) for chain, amount in terms.of_chains]
    for named, members, amount in own:
        limits.caps.append((members, amount, Text("fund.limit.in", name=called(asked.reader, named.id))))
    for stage, amount in terms.of_stages:
        members = _who(one.proposal.funding_stage == stage for one in found)
        limits.caps.append((members, amount, Text("fund.limit.in", name=CHOICES["funding_stage"][stage].text)))
    for one in found:
        one.refused = one.refused or _refused(asked, one, terms.most_in_one)
    if terms.most_in_one is not None:
        _limit_enterprises(limits, found, terms.most_in_one, asked.budget)
    if terms.early_middle is not None:
        name = Text("fund.limit.early_middle", share=Share(terms.early_middle))
        limits.shares.append((_who(one.proposal.funding_stage in _YOUNG for one in found), terms.early_middle, name))
    multiple = asked.rules.reinvest_multiple
    for place, amount in terms.contributions:
        least = amount * (multiple.value if multiple else 1.0)
        limits.floors.append((counting_to(place), least, Text("fund.limit.floor", name=called(asked.reader, place.id))))
    return limits


def _limit_enterprises(limits: _Limits, found: Sequence[Project], share: float, budget: float) -> None:
    """Of an enterprise whose projects together are above the limit each counts to a cap."""
    most, by = share * budget, defaultdict[tuple[str, str, str], list[Project]](list)
    for one in found:
        for who in one.proposers:
            by[who.enterprise_id, who.name_zh, who.name_en or ""].append(one)
    for (_, *names), own in sorted(by.items(), key=lambda of: of[0]):
        if sum(one.cost or 0.0 for one in own if one.refused is None) > most:
            limits.caps.append(
                (_who(one in own for one in found), most, Text("fund.limit.enterprise", name=Text.both(*names)))
            )


def _who(flags: Iterable[bool]) -> BoolArray:
    return np.fromiter(flags, np.bool_)


def _refused(asked: _Asked, one: Project, most_in_one: float | None) -> Text | None:
    kind = one.proposal.support_class
    most = asked.rules.most_per_project.get(SupportClass(kind)) if kind else None
    cost = one.cost or 0.0
    if not one.proposal.is_here and not asked.where.is_everywhere:
        return Text("fund.why_not.elsewhere" if one.proposal.is_placed else "fund.why_not.unplaced")
    if most and kind and cost > most.value:
        return Text("fund.why_not.class", kind=CHOICES["support_class"][kind].text, most=money(most.value))
    if cost > asked.budget:
        return Text("fund.why_not.budget")
    if most_in_one is not None and cost > most_in_one * asked.budget:
        return Text("fund.why_not.one", share=Share(most_in_one), most=money(most_in_one * asked.budget))
    return None


# --- the choice ------------------------------------------------------------------------------------------------------------


def _programme(asked: _Asked, found: Sequence[Project], limits: _Limits) -> tuple[algorithm.Fund, FloatArray]:
    """The programme, its worths in parts of what all projects together would bring, and what each project may bring at most.

    Where projects bring different amounts of a part at a product, what the larger brings more is worth that difference beside.
    """
    levels = defaultdict[tuple[str, PartOf], set[float]](set)
    for worth in (worth for one in found for worth in one.worth):
        levels[worth.product_id, worth.part].add(worth.least)
    whole = {part: sum(max(own) for (_, of), own in levels.items() if of is part) for part in PartOf}
    scale = sum(asked.weights[part] for part in PartOf if whole[part]) or 1.0
    weights = {part: asked.weights[part] / whole[part] / scale if whole[part] else 0.0 for part in PartOf}
    steps = [(*key, low, high) for key, own in levels.items() for low, high in pairwise(sorted({0.0, *own}))]
    place = {(product, part, high): number for number, (product, part, _, high) in enumerate(steps)}
    pairs = [
        (n, place[w.product_id, w.part, level]) for n, one in enumerate(found) for w in one.worth
        for level in levels[w.product_id, w.part] if 0 < level <= w.least
    ]  # fmt: skip
    # What cannot be chosen is at no odds with the others: a cost that is far too large leaves the solver no digits for theirs.
    cost = [one.cost if one.cost and one.refused is None else asked.budget for one in found]
    programme = algorithm.fund(
        cost, [weights[part] * (high - low) for _, part, low, high in steps], [n for n, _ in pairs], [g for _, g in pairs], asked.budget, caps=[own[:2] for own in limits.caps],
        floors=[own[:2] for own in limits.floors], shares=[own[:2] for own in limits.shares],
        may=_who(own.refused is None for own in found),
    )  # fmt: skip
    return programme, np.array([sum(weights[w.part] * w.most for w in one.worth) for one in found])


def _answer(asked: _Asked, found: Sequence[Project], limits: _Limits, limit: int) -> FundAnswer:
    empty = FundAnswer(
        rows=[], left_off={}, budget_10k_cny=asked.budget, spent_10k_cny=0.0, reached=None, bound=None, gap=None, ways=[], limits=[],
        figures=_figures(asked.rules), curve=[], unsourced=asked.rules.unsourced(), esri_alone=None, esri_together=None,
        looked_at=len(found), looked_at_what=Text("fund.projects"), conventions=_conventions(asked),
    )  # fmt: skip
    if not found:
        has_any = bool(proposals(asked.reader, project_ids=[], areas=[]))
        why = "no_candidate" if asked.for_products else "none_asked" if has_any else "none"
        return empty.model_copy(update={"notes": [Text(f"fund.note.{why}")]})
    asked.reader.tell(Text("fund.doing.choose", size=len(found)))
    one, most = _programme(asked, found, limits)
    best, kinds = _optimum(one, found)
    nothing = np.zeros(len(found), np.bool_)
    beside = algorithm.greedy(one)
    _, city = np.unique([own.sites[0].city_id if own.sites else "" for own in found], return_inverse=True)
    chosen = {
        Way.OPTIMUM: best.is_chosen if best else nothing, Way.GREEDY: beside.is_chosen if beside else nothing,
        Way.LARGEST_FIRST: algorithm.largest_first(one), Way.EQUAL_SPLIT: algorithm.equal_split(one, city),
    }  # fmt: skip
    notes = _notes(asked, found, one, limits, best)
    rows = _rows(found, one, most, limits, chosen, kinds)
    left_off = dict(Counter(Standing.CHOSEN if row.is_chosen else Standing.NOT_CHOSEN for row in rows[limit:]))
    bounds = {way: choice.bound for way, choice in ((Way.OPTIMUM, best), (Way.GREEDY, beside)) if choice}
    together = _together(asked, found, chosen[Way.OPTIMUM])
    if together[1] is not None:
        notes.append(Text("fund.note.together", alone=Share(together[0] or 0.0), together=Share(together[1])))
    return empty.model_copy(update={
        "rows": rows[:limit], "left_off": left_off, "notes": [*notes, *cut_note(len(rows), limit), *left_off_note(left_off)],
        "spent_10k_cny": _spent(one, chosen[Way.OPTIMUM]), "reached": _rounded(best.value) if best else None,
        "bound": _rounded(best.bound) if best else None, "gap": _rounded(best.gap) if best else None,
        "ways": [_way(one, limits, way, own, bounds.get(way)) for way, own in chosen.items()] if best else [],
        "changed": len({change.values["product"] for row in rows if row.is_chosen for change in row.verdict_changes}),
        "tied": sum(bool(_others(chosen[Way.OPTIMUM], kinds, n)) for n in range(len(found)) if chosen[Way.OPTIMUM][n]),
        "limits": _prices(one, limits, chosen[Way.OPTIMUM]), "curve": _curve(one, best),
        "esri_alone": together[0], "esri_together": together[1],
    })  # fmt: skip


def _optimum(one: algorithm.Fund, found: Sequence[Project]) -> tuple[algorithm.Choice | None, IntArray]:
    """The best choice, and the kind of each project; of projects that are alike in all that is reckoned with those with the best
    score as a candidate are taken, then the first by id, whichever the solver found.
    """
    best, kinds = algorithm.optimum(one, _GAP, _SECONDS), algorithm.alike(one)
    ordered = sorted(range(len(found)), key=lambda n: (-(found[n].come_score or 0.0), found[n].id))
    rank = np.argsort(ordered)
    return best and replace(best, is_chosen=algorithm.settled(best.is_chosen, kinds, rank)), kinds


def _others(best: BoolArray, kinds: IntArray, place: int) -> list[int]:
    """Those alike that are not chosen where this one is, and the reverse."""
    others: list[int] = np.flatnonzero((kinds == kinds[place]) & (best != best[place])).tolist()
    return others


def _spent(one: algorithm.Fund, chosen: BoolArray) -> float:
    return _rounded(float(one.cost @ chosen) * one.unit)


def _rounded(value: float) -> float:
    """HiGHS solves to about seven digits; what is beyond differs from machine to machine. No −0."""
    return round(value, 6) + 0.0


def _together(asked: _Asked, found: Sequence[Project], chosen: BoolArray) -> tuple[float | None, float | None]:
    """Σ of what the products that the chosen fill bring of ESRI one by one, and worked out again with all at once."""
    own = {w.product_id: w.least for one, is_in in zip(found, chosen, strict=True) if is_in for w in one.worth
           if w.part is PartOf.ESRI and w.least}  # fmt: skip
    if not own:
        return None, None
    return _rounded(sum(own.values())), _rounded(
        AddedRisk(asked.reader).saved_together(sorted(own), lambda count: None)
    )


def _way(one: algorithm.Fund, limits: _Limits, way: Way, chosen: BoolArray, bound: float | None) -> FundWay:
    over = one.over(chosen)
    return FundWay(
        way=way, projects=int(chosen.sum()), spent_10k_cny=_spent(one, chosen), reached=_rounded(one.value(chosen)),
        bound=None if bound is None else _rounded(bound), broken=[name for name, by in zip(limits.names, over, strict=True) if by > 0],
    )  # fmt: skip


def _prices(one: algorithm.Fund, limits: _Limits, chosen: BoolArray) -> list[FundLimit]:
    """Each limit with what is used of it; of a part that must be kept both are amounts of what is paid."""
    prices, paid = algorithm.prices(one), one.cost * chosen * one.unit
    every = np.ones(len(chosen), np.bool_)
    rows = [(every, one.unit), *((who, amount) for who, amount, _ in limits.caps)]
    rows += [(who, part * float(paid.sum())) for who, part, _ in limits.shares]
    rows += [(who, amount) for who, amount, _ in limits.floors]
    return [
        FundLimit(
            limit_name=name, amount_10k_cny=_rounded(amount), used_10k_cny=_rounded(float(paid[who].sum())),
            price=None if prices is None else _rounded(float(prices[n]) * YI),
        )
        for n, (name, (who, amount)) in enumerate(zip(limits.names, rows, strict=True))
    ]  # fmt: skip


def _curve(one: algorithm.Fund, best: algorithm.Choice | None) -> list[tuple[float, float]]:
    """What each of some budgets reaches, up to one that pays everything, or one and a half times the budget; nothing where no
    project can be chosen, as where no cost is known.
    """
    if best is None or not one.may.any():
        return []
    most = min(max(float(one.cost[one.may].sum()), 1.0), 1.5)
    budgets = sorted({*(most * one.unit * n / _BUDGETS for n in range(1, _BUDGETS + 1)), one.unit})
    values = algorithm.curve(one, budgets, _GAP, _CURVE_SECONDS)
    found = [(_rounded(b), _rounded(v)) for b, v in zip(budgets, values, strict=True) if v is not None]
    return [(0.0, 0.0), *found] if not one.is_floor.any() else found


def _figures(rules: FundRules) -> list[FundFigure]:
    return [
        FundFigure(
            figure=_figure(path), amount=figure.value, unit=figure.unit_text,
            amount_text=money(figure.value) if figure.unit == MONEY else Text("fund.amount", amount=Measure(figure.value), unit=figure.unit_text), status_text=Text(f"fund.status.{figure.status}"),
            source=figure.because,
        )
        for path, figure in rules.figures()
    ]  # fmt: skip


def _figure(path: str) -> Text:
    """What people call a number of the rules; its path where a user's file has it under a name of its own."""
    return Text(f"fund.figure.{path}") if is_known(f"fund.figure.{path}") else Text.both(path, path)


# --- rows ------------------------------------------------------------------------------------------------------------------


def _rows(
    found: Sequence[Project],
    programme: algorithm.Fund,
    most: FloatArray,
    limits: _Limits,
    chosen: Mapping[Way, BoolArray],
    kinds: IntArray,
) -> list[FundedProject]:
    best = chosen[Way.OPTIMUM]
    alone = programme.gains(np.zeros(len(found), np.bool_))
    rows = []
    for n, one in enumerate(found):
        row, (least_abroad, most_abroad) = one.proposal, _foreign(one.fills)
        cost, is_in = (one.cost if one.cost and one.cost > 0 else None), bool(best[n])
        rows.append(FundedProject(
            project_id=one.id, name_zh=row.name_zh, name_en=row.name_en, is_chosen=is_in,
            enterprise="、".join(by.name_zh for by in one.proposers) or None, place="、".join(at.name_zh for at in one.sites) or None,
            chains=sorted(one.chains.values()), funding_stage=row.funding_stage,
            cost_10k_cny=one.cost, is_cost_assumed=one.is_cost_assumed, lead_time_days=row.lead_time_days,
            capacity=row.capacity, capacity_unit=row.capacity_unit, gain=_rounded(float(alone[n])),
            gain_most=_rounded(float(most[n])), gain_per_100m_cny=_rounded(float(alone[n]) / cost * YI) if cost else None,
            adds=_rounded(programme.value(best) - programme.value(algorithm.without(best, n))) if is_in else None,
            product_names=[fill.name_zh for fill in one.fills], verdict_changes=one.changes,
            dependents=max((fill.downstream or 0 for fill in one.fills), default=0), esri_saved=one.part(PartOf.ESRI),
            days_gained=one.part(PartOf.SURVIVAL), foreign_share_least=least_abroad, foreign_share_most=most_abroad,
            not_known=sorted(one.not_known), why=_tied(found, best, kinds, n, _reason(one) if is_in else _why_not(found, programme, limits, best, n)),
            come_by=one.come, come_score=one.come_score, come_because=one.come_because,
            in_greedy=bool(chosen[Way.GREEDY][n]), in_largest_first=bool(chosen[Way.LARGEST_FIRST][n]),
            in_equal_split=bool(chosen[Way.EQUAL_SPLIT][n]),
            evidence_ids=[*one.evidence],
        ))  # fmt: skip
    return sorted(rows, key=lambda row: (not row.is_chosen, -(row.gain_per_100m_cny or 0.0), -row.gain, row.project_id))


def _foreign(fills: Sequence[Product]) -> tuple[float | None, float | None]:
    known = [fill.foreign for fill in fills]
    low, high = ([pair[side] for pair in known if pair[side] is not None] for side in (0, 1))
    return max(low, default=None), max(high, default=None)  # type: ignore[type-var]


def _reason(one: Project) -> Text:
    """Which gaps it closes, and what else it brings."""
    esri, days = one.part(PartOf.ESRI), one.part(PartOf.SURVIVAL)
    said = [
        *one.changes,
        *([Text("fund.reason.esri", share=Share(esri))] if esri and esri >= _TOLD else []),
        *([Text("fund.reason.days", days=Measure(days))] if days else []),
    ]
    return (
        Text("common.list", items=said)
        if said
        else Text("fund.reason.no_gap", products=[fill.text for fill in one.fills],
                  parts=[part for part in PartOf if one.part(part)])
    )  # fmt: skip


def _tied(found: Sequence[Project], best: BoolArray, kinds: IntArray, place: int, why: Text) -> Text:
    """The reason, and by what a project was taken before others that are alike, or these before it."""
    one, others = found[place], _others(best, kinds, place)
    if one.refused is not None or not others:
        return why
    rest = [found[n] for n in others]
    by = "score" if any(one.come_score != other.come_score for other in rest) else "id"
    names = [other.name for other in rest[:_NAMED]]
    return Text("fund.tie", names=names, by=Text(f"fund.tie.by_{by}"), why=why)


def _why_not(found: Sequence[Project], programme: algorithm.Fund, limits: _Limits, best: BoolArray, place: int) -> Text:
    one = found[place]
    if one.refused is not None:
        return one.refused
    if not one.fills:
        return Text("fund.why_not.fills_nothing")
    if programme.gains(np.zeros(len(best), np.bool_))[place] <= 0:
        return Text("fund.why_not.brings_nothing")
    if programme.gains(best)[place] <= 0:
        own = {worth.product_id for worth in one.worth}
        chosen = [other for other, is_in in zip(found, best, strict=True) if is_in]
        by = [other.name for other in chosen if own & {worth.product_id for worth in other.worth}]
        return Text("fund.why_not.covered", names=by[:_NAMED])
    if programme.over(best).any():
        return Text("fund.why_not.floors")
    full = best.copy()
    full[place] = True
    broken = [name for name, over in zip(limits.names, programme.over(full), strict=True) if over > 0]
    if one.proposal.funding_stage is None and any(name.id == "fund.limit.early_middle" for name in broken):
        return Text("fund.why_not.stage_unknown", limits=broken)
    return Text("fund.why_not.limits", limits=broken)


# --- what is said ----------------------------------------------------------------------------------------------------------


def _conventions(asked: _Asked) -> list[Text]:
    rules = asked.rules
    parts = "gain", "gaps", "esri", "survival", "dependence", "choice", "price", "curve", "plain_ways"
    values = {
        "unknown_counts": asked.unknown_counts, "days": RECOVERY_DAYS, "gap": Share(_GAP), "most": asked.most_evaluations,
        "guarantee": Share(algorithm.GUARANTEE), **{f"weight_{part}": weight for part, weight in asked.weights.items()},
    }  # fmt: skip
    return [
        Text("fund.convention.rules", name=rules.name, source=rules.source_text, figures=len(rules.figures())),
        Text("fund.convention.unsourced", figures=[_figure(path) for path in rules.unsourced()]),
        *(Text(f"fund.convention.{part}", **values) for part in parts),
        *([Text("fund.convention.candidates", per_gap=PER_GAP)] if asked.for_products else []),
        *maker_conventions(),
        *verdict_conventions(asked.where, Thresholds()),
    ]


def _notes(
    asked: _Asked,
    found: Sequence[Project],
    programme: algorithm.Fund,
    limits: _Limits,
    best: algorithm.Choice | None,
) -> list[Text]:
    notes = []
    if best is None:
        missing = algorithm.unmet(programme)
        short = [
            Text("fund.note.short", name=name, by=money(by))
            for (*_, name), by in zip(limits.floors, missing, strict=True)
            if by
        ]
        notes.append(Text("fund.note.floors", floors=short))
    elif not best.is_chosen.any():
        able = [one.cost for one in found if one.cost and one.cost > 0]
        is_low = bool(able) and min(able) > asked.budget
        notes.append(
            Text(
                "fund.note.below_cheapest" if is_low else "fund.note.nothing_chosen",
                cheapest=money(min(able, default=0.0)),
            )
        )
    products = {fill.product_id for one in found for fill in one.fills}
    counts = {
        "cost_unknown": sum(not one.come and (one.cost is None or one.cost <= 0) for one in found),
        "candidates_open": sum(one.come is not None and one.cost is None for one in found),
        "cost_odd": sum(one.refused is not None and one.refused.id == "fund.why_not.cost_odd" for one in found),
        "fills_nothing": sum(not one.fills for one in found),
        "nobody": sum(not one.proposers for one in found),
        "control": sum(one.is_ours is None and any(w.part is PartOf.DEPENDENCE for w in one.worth) for one in found),
        "no_stage": sum(one.proposal.funding_stage is None for one in found),
        "not_known": sum(bool(one.not_known) for one in found),
        "not_evaluated": max(0, len(products) - asked.most_evaluations),
    }
    return notes + counted("fund.note", counts, most=asked.most_evaluations)
