"""Certification of centres by a rule file: the indicators of a year, gates first, then a score, its grade and how firm it is."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, NamedTuple, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from graph.errors import refused
from graph.rules import Figure, PartFigure, RuleFile, RulePart
from graph.texts import Measure, Share, Text, word
from queries.algorithms.arrays import BoolArray, FloatArray, or_none
from queries.algorithms.scoring import (
    Method,
    Scale,
    extremes,
    graded,
    min_max,
    needed,
    rank_stability,
    ranks,
    saw,
    topsis,
    vector,
)  # fmt: skip
from queries.centres import (
    Center,
    Report,
    Reported,
    Resident,
    called_of,
    centers,
    is_sales_only,
    known_values,
    left_out,
    main_area_share,
    main_revenue_share,
    newer_years,
    on_record,
    ratio,
    replaced,
    resident_rows,
    rules_conventions,
    total,
    usual_year,
)  # fmt: skip
from queries.reader import Reader
from queries.sections import Sections, by_first

_SECTIONS = Sections(__file__)
_CITED = 100
_NAMED = 5


class Indicator(StrEnum):
    """What a rule file can weigh, or make a gate: of one centre in one year."""

    MAIN_AREA_SHARE = "main_area_share"
    MAIN_REVENUE_SHARE = "main_revenue_share"
    RND_PER_M2 = "rnd_per_m2"
    RND_STAFF_SHARE = "rnd_staff_share"
    PATENTS_PER_100_STAFF = "patents_per_100_staff"
    FIRMS_PER_1000_M2 = "firms_per_1000_m2"
    INCUBATED_FIRMS = "incubated_firms"
    GRADUATES = "graduates"
    CONTRACTS = "contracts"
    INDUSTRIALISED = "industrialised"
    HIGH_TECH_SHARE = "high_tech_share"
    MOVED_PER_RESIDENT = "moved_per_resident"
    SALES_ONLY_SHARE = "sales_only_share"
    REPORTED_SHARE = "reported_share"
    FLOOR_AREA_M2 = "floor_area_m2"
    YEARS_RUNNING = "years_running"


class CenterType(StrEnum):
    """A type of centre, as centres have it."""

    RD_BRANCH = "rd_branch"
    COMPREHENSIVE = "comprehensive"


_SHARES = (
    Indicator.MAIN_AREA_SHARE, Indicator.MAIN_REVENUE_SHARE, Indicator.RND_STAFF_SHARE, Indicator.HIGH_TECH_SHARE,
    Indicator.SALES_ONLY_SHARE, Indicator.REPORTED_SHARE,
)  # fmt: skip
_MOST_WEIGHT = 1e6
"""Far above any weight that means something; sums of much larger ones are no numbers any more."""


def _check_shares(indicator: Indicator, *figures: Figure | None) -> None:
    """Raise where a figure of a share is not from 0 to 1."""
    for figure in figures:
        if figure and indicator in _SHARES and not 0 <= figure.value <= 1:
            raise refused("rule_no_share", indicator=indicator.value, value=f"{figure.value:g}")


def _check_each_once(indicators: Sequence[Indicator]) -> None:
    twice = next((one for one in indicators if indicators.count(one) > 1), None)
    if twice:
        raise refused("rule_twice", indicator=twice.value)


class Gate(RulePart):
    """What a centre must reach, or must not exceed, to be certified at all."""

    indicator: Indicator
    floor: Figure | None = None
    ceiling: Figure | None = None

    @model_validator(mode="after")
    def _check_bound(self) -> Self:
        if self.floor is None and self.ceiling is None:
            raise refused("rule_gate")
        _check_shares(self.indicator, self.floor, self.ceiling)
        return self


class Weighed(RulePart):
    """An indicator of the score. `low` and `high` are its worst and best where the rule says them, else those of the centres."""

    indicator: Indicator
    weight: Figure
    is_gain: bool = True
    low: Figure | None = None
    high: Figure | None = None

    @model_validator(mode="after")
    def _check_weight(self) -> Self:
        if self.weight.value < 0:
            raise refused("rule_weight", value=f"{self.weight.value:g}")
        if self.weight.value > _MOST_WEIGHT:
            raise refused("rule_weight_large", value=f"{self.weight.value:g}", most=f"{_MOST_WEIGHT:g}")
        _check_shares(self.indicator, self.low, self.high)
        if self.low and self.high and self.low.value >= self.high.value:
            raise refused("rule_ends", low=f"{self.low.value:g}", high=f"{self.high.value:g}")
        return self


class Grade(RulePart):
    """A grade, the score from which it holds, and the support that follows from it."""

    zh: str
    en: str
    floor: PartFigure
    support: Figure | None = None

    @property
    def text(self) -> Text:
        """Its name."""
        return Text.both(self.zh, self.en)


class CertificationRules(RuleFile):
    """How centres are certified. `center_types` limits it to centres of these types, `entry_classes` are told and not checked."""

    center_types: list[CenterType] = []  # noqa: RUF012
    entry_classes: list[str] = []  # noqa: RUF012
    method: Method
    scale: Scale = Scale.MIN_MAX
    gates: list[Gate] = []  # noqa: RUF012
    indicators: Annotated[list[Weighed], Field(min_length=1)]
    grades: Annotated[list[Grade], Field(min_length=1)]

    @property
    def weights(self) -> list[float]:
        """The weight of each indicator, 1 together."""
        whole = sum(one.weight.value for one in self.indicators)
        return [one.weight.value / whole for one in self.indicators]

    @field_validator("grades")
    @classmethod
    def _check_grades(cls, grades: list[Grade]) -> list[Grade]:
        floors = [grade.floor.value for grade in grades]
        if floors != sorted(set(floors)):
            raise refused("rule_grades")
        return grades

    @field_validator("indicators")
    @classmethod
    def _check_weights(cls, indicators: list[Weighed]) -> list[Weighed]:
        if not any(one.weight.value for one in indicators):
            raise refused("rule_weights")
        _check_each_once([one.indicator for one in indicators])
        return indicators

    @field_validator("gates")
    @classmethod
    def _check_gates(cls, gates: list[Gate]) -> list[Gate]:
        _check_each_once([gate.indicator for gate in gates])
        return gates


class Standing(StrEnum):
    """What came of it."""

    GRADED = "graded"
    BELOW = "below"
    GATE = "gate"
    ALONE = "alone"
    OPEN = "open"
    NO_REPORT = "no_report"


def rule_conventions(rules: CertificationRules, reader: Reader) -> list[Text]:
    """What the rules weigh, ask for and grade, after which document, and which of their numbers nobody has published."""
    return [
        Text(f"certifying.means.{rules.method}"), Text(f"certifying.scale.{rules.scale}"),
        Text("certifying.means.weights", weights=[
            Text("certifying.weight", indicator=one.indicator, weight=Share(weight))
            for one, weight in zip(rules.indicators, rules.weights, strict=True)
        ]),
        Text("certifying.means.gates", gates=[_gate(one) for one in rules.gates] or [Text("certifying.no_gate")]),
        Text("certifying.means.grades", grades=[
            Text("certifying.grade_from", grade=one.text, floor=Measure(one.floor.value)) for one in rules.grades
        ]),
        Text("certifying.means.unknown"), Text("certifying.means.lift"), Text("centres.year_means"),
        *rules_conventions(rules, reader),
        *([Text("certifying.entry_classes", classes=rules.entry_classes)] if rules.entry_classes else []),
    ]  # fmt: skip


def _gate(gate: Gate) -> Text:
    if gate.floor:
        return Text("certifying.floor", indicator=gate.indicator, value=Measure(gate.floor.value))
    return Text(
        "certifying.ceiling", indicator=gate.indicator, value=Measure(gate.ceiling.value if gate.ceiling else 0.0)
    )


# --- what is known of a centre in a year -------------------------------------------------------------------------------


class _Industrialised(NamedTuple):
    center_id: str
    projects: int
    industrialised: int


industrialised = _SECTIONS.rows("industrialised", _Industrialised)


@dataclass(frozen=True, slots=True)
class Measured:
    """A centre, what its residents reported of the year, and each indicator; one that is not known is not there.

    `impossible` are indicators that are not known because somebody's part is larger than its whole, with whose.
    """

    centre: Center
    year: int | None
    years: Sequence[Reported]
    values: Mapping[Indicator, float]
    impossible: Mapping[Indicator, Sequence[str]]
    newer: Sequence[Text] = ()
    strangers: Sequence[Report] = ()


def report_notes(reader: Reader, found: Sequence[Measured]) -> list[Text]:
    """What to say of the reports that some centres are judged by: newer ones, others' ones, replaced and impossible ones."""
    years = [year for one in found for year in one.years]
    whose: dict[Indicator, list[str]] = defaultdict(list)
    for one in found:
        for name, own in one.impossible.items():
            whose[name] += own
    called = called_of(reader, {year.enterprise_id for year in years})
    return [
        *(found[0].newer if found else ()), *left_out(reader, [row for one in found for row in one.strangers]),
        *replaced(years, called),
        *(Text("certifying.impossible", indicator=name, count=len(own), names=[called.get(who, who) for who in own[:_NAMED]])
          for name, own in whose.items()),
    ]  # fmt: skip


def measured(reader: Reader, year: int | None) -> list[Measured]:
    """Every centre by its indicators of a year, where none is named of `usual_year`."""
    every = centers(reader, [])
    by_center: dict[str, list[Reported]] = defaultdict(list)
    record = on_record(reader)
    usual = usual_year(record.years)
    wanted = year if year is not None else usual
    newer = newer_years(record.years, usual) if year is None else []
    for one in record.years:
        if one.year == wanted:
            by_center[one.center_id].append(one)
    residents = by_first(resident_rows(reader, center_ids=[]))
    projects = {row.center_id: row for row in industrialised(reader, center_ids=[one.id for one in every])}
    found = []
    for centre in every:
        own = by_center[centre.id]
        values = _values(centre, wanted, own, residents.get(centre.id, []), projects.get(centre.id))
        impossible = _impossible(centre, own)
        known = {name: float(value) for name, value in values.items() if value is not None and name not in impossible}
        strangers = [row for row in record.strangers if row.center_id == centre.id]
        found.append(Measured(centre, wanted, own, known, impossible, newer, strangers))
    return found


_OF_AREA = (Indicator.MAIN_AREA_SHARE, Indicator.RND_PER_M2, Indicator.FIRMS_PER_1000_M2)


def _impossible(centre: Center, own: Sequence[Reported]) -> dict[Indicator, list[str]]:
    """The indicators to which a resident gave a part that is larger than its whole, with those residents: a share would come
    out too high, above 1 or not, and raise a grade."""
    staff = [one.enterprise_id for one in own if is_more(one.values["rnd_staff"], one.values["staff"])]
    area = [
        one.enterprise_id
        for one in own
        if is_more((one.values["main_area"] or 0) + (one.values["other_area"] or 0), centre.floor_area_m2)
    ]
    found = {Indicator.RND_STAFF_SHARE: staff, **dict.fromkeys(_OF_AREA, area)}
    return {name: whose for name, whose in found.items() if whose}


def is_more(part: float | None, whole: float | None) -> bool:
    """Whether a part is larger than its whole, both being known."""
    return part is not None and whole is not None and part > whole


def _values(
    centre: Center,
    year: int | None,
    own: Sequence[Reported],
    residents: Sequence[Resident],
    projects: _Industrialised | None,
) -> dict[Indicator, float | None]:
    area = ("main_area", "other_area")
    reporting = {one.enterprise_id for one in own}
    present = [one for one in residents if one.resident_status == "resident"]
    rated = [one for one in residents if one.enterprise_id in reporting and one.is_high_tech is not None]
    moved = known_values(own, "moved_registrations")
    selling = [is_selling for one in own if (is_selling := is_sales_only(one)) is not None]
    patents, firms = ratio(own, "patents", ("staff",)), ratio(own, "incubated_firms", area)
    opened = centre.opened_on
    return {
        Indicator.MAIN_AREA_SHARE: main_area_share(own),
        Indicator.MAIN_REVENUE_SHARE: main_revenue_share(own),
        Indicator.RND_PER_M2: ratio(own, "rnd_internal", area),
        Indicator.RND_STAFF_SHARE: ratio(own, "rnd_staff", ("staff",)),
        Indicator.PATENTS_PER_100_STAFF: None if patents is None else 100 * patents,
        Indicator.FIRMS_PER_1000_M2: None if firms is None else 1000 * firms,
        Indicator.INCUBATED_FIRMS: total(own, "incubated_firms"),
        Indicator.GRADUATES: total(own, "graduates"),
        Indicator.CONTRACTS: total(own, "contracts"),
        Indicator.INDUSTRIALISED: projects.industrialised if projects else None,
        Indicator.HIGH_TECH_SHARE: sum(bool(one.is_high_tech) for one in rated) / len(rated) if rated else None,
        Indicator.MOVED_PER_RESIDENT: sum(moved) / len(moved) if moved else None,
        Indicator.SALES_ONLY_SHARE: sum(selling) / len(selling) if selling else None,
        Indicator.REPORTED_SHARE: sum(one.enterprise_id in reporting for one in present) / len(present)
        if present
        else None,
        Indicator.FLOOR_AREA_M2: centre.floor_area_m2,
        Indicator.YEARS_RUNNING: year - opened.year if year and opened and opened.year <= year else None,
    }


# --- gates and scores --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judged:
    """A centre with what came of it; scores where it passed the gates. `unknown` are gates and indicators that are not known."""

    found: Measured
    standing: Standing
    failed: Text | None = None
    unknown: tuple[Indicator, ...] = ()
    score: float | None = None
    least: float | None = None
    most: float | None = None
    grade: int = 0
    rank: int | None = None
    grade_holds: float | None = None
    rank_holds: float | None = None
    scaled: tuple[float, ...] = ()
    needed: tuple[float, ...] = ()

    @property
    def centre(self) -> Center:
        """The centre."""
        return self.found.centre

    @property
    def evidence_ids(self) -> list[str]:
        """The centre and the first of the reports that it rests on."""
        return [self.centre.id, *[cited for year in self.found.years for cited in year.cited][:_CITED]]


def judged(found: Sequence[Measured], rules: CertificationRules, draws: int) -> list[Judged]:
    """What came of each centre that the rules are for: none reported, a gate, or a score among those that passed the gates."""
    left: list[Judged] = []
    passed: list[Measured] = []
    for one in found:
        if rules.center_types and one.centre.type not in rules.center_types:
            continue
        why_not = next((text for gate in rules.gates if (text := failed(one, gate))), None)
        if not one.years:
            left.append(Judged(one, Standing.NO_REPORT))
        elif why_not:
            left.append(Judged(one, Standing.GATE, why_not))
        else:
            passed.append(one)
    if len(passed) == 1 and relative(rules):
        # Beside itself alone it is the best and the worst of each: a score of 1 that says nothing.
        return [*left, Judged(passed[0], Standing.ALONE)]
    return [*left, *(_scored(passed, rules, draws) if passed else [])]


def relative(rules: CertificationRules) -> list[Indicator]:
    """The indicators whose scale is made of the centres that are compared, since the rules do not say its ends."""
    weighed = [one for one in rules.indicators if one.weight.value]
    return [one.indicator for one in weighed if rules.scale is Scale.VECTOR or not (one.low and one.high)]


def failed(one: Measured, gate: Gate) -> Text | None:
    """How a centre fails a gate; `None` where it does not, or that is not known."""
    value = one.values.get(gate.indicator)
    said = {"indicator": gate.indicator, "value": Measure(value or 0.0)}
    if value is not None and gate.floor and value < gate.floor.value:
        return Text("certifying.under", floor=Measure(gate.floor.value), **said)
    if value is not None and gate.ceiling and value > gate.ceiling.value:
        return Text("certifying.over", ceiling=Measure(gate.ceiling.value), **said)
    return None


def _scored(passed: Sequence[Measured], rules: CertificationRules, draws: int) -> list[Judged]:
    """The score of each, with the interval where an indicator is not known, its grade and rank, and how firm they are."""
    names = [one.indicator for one in rules.indicators]
    gain = np.array([one.is_gain for one in rules.indicators])
    weights = np.array([one.weight.value for one in rules.indicators])
    floors = np.array([grade.floor.value for grade in rules.grades])
    raw = np.array([[one.values.get(name, np.nan) for name in names] for one in passed])
    scaled, better, score = _scorer(raw, gain, rules)
    worst, best = _filled(scaled, ~better), _filled(scaled, better)
    exact, least, most = (score(columns, weights) for columns in (scaled, worst, best))
    grade_least, grade_most = graded(least, floors), graded(most, floors)
    firm = rank_stability(lambda drawn: score(scaled, drawn), weights, floors, draws)
    rank = ranks(exact)
    target = floors[np.minimum(grade_least.astype(int), len(floors) - 1)]
    lifted = needed(worst, better, target, lambda moved: score(moved, weights))
    gates = [gate.indicator for gate in rules.gates]
    return [
        Judged(
            one, _standing(grade_least[i], grade_most[i], not one.values.keys() >= {*gates}), None,
            tuple(name for name in dict.fromkeys([*gates, *names]) if name not in one.values),
            or_none(exact[i]), or_none(least[i]), or_none(most[i]), int(grade_least[i]),
            int(rank[i]) if not np.isnan(rank[i]) else None, or_none(firm.grade[i]), or_none(firm.rank[i]),
            tuple(scaled[i].tolist()), tuple(_raw(lifted[i], raw, gain, rules).tolist()) if grade_least[i] < len(floors) else (),
        )
        for i, one in enumerate(passed)
    ]  # fmt: skip


def _standing(least: float, most: float, has_open_gate: bool) -> Standing:
    if has_open_gate or least != most:
        return Standing.OPEN
    return Standing.GRADED if least > 0 else Standing.BELOW


def ends(rules: CertificationRules) -> tuple[FloatArray, FloatArray]:
    """The worst and the best value of each indicator that the rules say; NaN where they do not."""
    low = np.array([one.low.value if one.low else np.nan for one in rules.indicators])
    return low, np.array([one.high.value if one.high else np.nan for one in rules.indicators])


def _scorer(
    raw: FloatArray, gain: BoolArray, rules: CertificationRules
) -> tuple[FloatArray, BoolArray, Callable[[FloatArray, FloatArray], FloatArray]]:
    """The comparable columns, in which of them more is better, and what gives the scores of such columns by weights: the scale
    stays that of these centres."""
    low, high = ends(rules)
    is_min_max = rules.scale is Scale.MIN_MAX
    scaled = min_max(raw, gain, low, high) if is_min_max else vector(raw)
    better = gain | is_min_max  # Which turns costs round.
    if rules.method is Method.SAW:
        return scaled, better, lambda columns, weights: saw(np.where(better, columns, -columns), weights)
    # Where the rule says an end, or a value is not known, which may be anything, the column goes from 0 to 1.
    is_whole = is_min_max & (~np.isnan(low) | ~np.isnan(high) | np.isnan(scaled).any(axis=0))
    least, most = extremes(scaled)
    fixed = np.where(is_whole, 0.0, least), np.where(is_whole, 1.0, most)
    return scaled, better, lambda columns, weights: topsis(columns, weights, better, fixed)


def _filled(scaled: FloatArray, is_most: BoolArray) -> FloatArray:
    """The columns with the greatest, or the least, of each in place of what is not known."""
    least, most = extremes(scaled)
    end = np.where(is_most, np.maximum(most, 1.0), np.minimum(least, 0.0))
    filled: FloatArray = np.where(np.isnan(scaled), end, scaled)
    return filled


def _raw(wanted: FloatArray, raw: FloatArray, gain: BoolArray, rules: CertificationRules) -> FloatArray:
    """What comparable values are in the indicators' own units; NaN where all centres are beyond the one end that is given."""
    if rules.scale is Scale.VECTOR:
        in_units: FloatArray = wanted * np.sqrt(np.nansum(raw**2, axis=0))
        return in_units
    low, high = ends(rules)
    seen = ~np.isnan(raw)
    low = np.where(np.isnan(low), np.where(seen, raw, np.inf).min(axis=0), low)
    high = np.where(np.isnan(high), np.where(seen, raw, -np.inf).max(axis=0), high)
    with np.errstate(invalid="ignore"):
        found: FloatArray = np.where(gain, low + wanted * (high - low), high - wanted * (high - low))
    return np.where(np.isfinite(found) & (high > low), found, np.nan)


# --- what came of it --------------------------------------------------------------------------------------------------


def grade_text(one: Judged, rules: CertificationRules) -> Text:
    """The grade, or what stands for it."""
    if one.standing is Standing.GRADED:
        return rules.grades[one.grade - 1].text
    return Text(f"certifying.grade.{one.standing}")


def support(one: Judged, rules: CertificationRules) -> Figure | None:
    """What follows from the grade of a centre; `None` where it has none, or nothing follows from it."""
    return rules.grades[one.grade - 1].support if one.standing is Standing.GRADED else None


def why(one: Judged, rules: CertificationRules) -> Text:
    """Why it is that grade, or none."""
    if one.standing is Standing.NO_REPORT:
        return Text("certifying.why.no_report")
    if one.failed:
        return one.failed
    if one.standing is Standing.ALONE:
        return Text("certifying.why.alone", indicators=[word(name) for name in relative(rules)])
    if one.unknown and one.score is None:
        least, most = Measure(one.least or 0.0), Measure(one.most or 0.0)
        return Text("certifying.why.open", unknown=[word(name) for name in one.unknown], least=least, most=most)
    if one.standing is Standing.OPEN:
        return Text("certifying.why.open_gate", unknown=[word(name) for name in one.unknown])
    key = "graded" if one.standing is Standing.GRADED else "below"
    floor = rules.grades[max(one.grade - 1, 0)].floor.value
    return Text(f"certifying.why.{key}", score=Measure(one.score or one.least or 0.0), floor=Measure(floor))
