"""Centres and what their residents reported: years put together from reports, and the place that each counts for."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, NamedTuple, TypeVar

from pydantic import Field

from graph.model import edge_id
from graph.ontology import NODE_TYPE
from graph.rules import RuleFile
from graph.texts import Text
from queries.reader import Reader
from queries.scope import find_one
from queries.sections import Sections, by_first

_SECTIONS = Sections(__file__)
_NAMED = 5
T = TypeVar("T")

CenterName = str
"""A centre by id or name; empty for all."""
RulesName = str
"""A rule file by its name."""
Year = Annotated[int, Field(ge=1990, le=2100)]

FLOWS = (
    "rnd_internal", "rnd_external", "main_revenue", "other_revenue", "tax", "output", "contracts", "support", "graduates",
    "patents", "moved_registrations",
)  # fmt: skip
"""What quarters add to a year."""
STOCKS = ("rnd_staff", "staff", "main_area", "other_area", "incubated_firms")
"""What is so at the end of a period: of a year that of its last quarter."""

_FIELDS = {prop.name.removesuffix("_10k_cny").removesuffix("_m2"): prop for prop in NODE_TYPE["Report"].properties}


def called_value(name: str) -> Text:
    """What people call one of `FLOWS` or `STOCKS`."""
    return _FIELDS[name].text


class Report(NamedTuple):
    """A report as its resident gave it; what it left empty is not known."""

    report_id: str
    enterprise_id: str
    center_id: str
    is_claimed_twice: bool
    year: int
    quarter: int | None
    reported_on: date | None
    rnd_internal: float | None
    rnd_external: float | None
    rnd_staff: int | None
    staff: int | None
    main_area: float | None
    other_area: float | None
    main_revenue: float | None
    other_revenue: float | None
    tax: float | None
    output: float | None
    contracts: float | None
    support: float | None
    incubated_firms: int | None
    graduates: int | None
    patents: int | None
    moved_registrations: int | None


class Resident(NamedTuple):
    """An enterprise and a centre that it is, intends to be or was resident of, `until` a day where that is known."""

    center_id: str
    enterprise_id: str
    name: str
    is_high_tech: bool | None
    resident_status: str
    since: date | None
    until: date | None
    edge_id: str


class _Center(NamedTuple):
    center_id: str
    name_zh: str
    name_en: str | None
    center_type: str | None
    floor_area_m2: float | None
    opened_on: date | None
    has_registered_residents: bool | None
    host_id: str | None
    sender_id: str | None


class _Standing(NamedTuple):
    node_id: str
    place_id: str
    in_corridor: bool


class _Around(NamedTuple):
    node_id: str
    place_id: str


class _Name(NamedTuple):
    enterprise_id: str
    name: str
    is_high_tech: bool | None


center_rows = _SECTIONS.rows("centers", _Center)
report_rows = _SECTIONS.rows("reports", Report)
resident_rows = _SECTIONS.rows("residents", Resident)
standing = _SECTIONS.rows("standing", _Standing)
around = _SECTIONS.rows("around", _Around)
names = _SECTIONS.rows("names", _Name)


@dataclass(frozen=True, slots=True)
class Center:
    """A centre; `host` is the place where it stands, `sender` the one that sent it, `None` where not one is on record."""

    id: str
    name: str
    called: Text
    type: str | None
    floor_area_m2: float | None
    opened_on: date | None
    has_registered_residents: bool | None
    host: str | None
    sender: str | None
    evidence: tuple[str, ...]
    """The edges that say so."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A year of a resident in a centre: the yearly report, else its four quarters put together.

    `values` by the names of `FLOWS` and `STOCKS`; what one of the quarters does not say, or where one is missing, is not known.
    `later` counts reports of the same period that a later one replaced, `emptied` names the values that one of those had and
    the later leaves empty.
    """

    enterprise_id: str
    center_id: str
    year: int
    values: Mapping[str, float | None]
    report_ids: tuple[str, ...]
    quarters: int
    later: int
    emptied: tuple[str, ...]
    is_claimed_twice: bool
    reported_on: date | None

    @property
    def is_whole(self) -> bool:
        """Whether all of the year is reported."""
        return self.quarters in (0, 4)

    @property
    def cited(self) -> list[str]:
        """The reports, and the edges to whose they are."""
        ends = (
            (edge_id("REPORTED", self.enterprise_id, one), edge_id("REPORTED_FOR", one, self.center_id))
            for one in self.report_ids
        )
        return [*self.report_ids, *(edge for pair in ends for edge in pair)]


def center_id(reader: Reader, center: CenterName) -> list[str]:
    """The id of a centre as a list; empty where none is asked for. Raises as `find_one` does."""
    return [find_one(reader, ("Center",), "center", center).id] if center else []


def centers(reader: Reader, center_ids: Sequence[str]) -> list[Center]:
    """Some centres, all where none is named, by id."""
    rows = center_rows(reader, center_ids=center_ids)
    ends = {end for row in rows for end in (row.center_id, row.sender_id) if end}
    at = places_of(reader, ends)
    found = []
    for own in by_first(rows).values():
        senders = {at.get(row.sender_id, row.sender_id) for row in own if row.sender_id}
        one = own[0]
        edges = [edge_id("LOCATED_IN", row.center_id, row.host_id) for row in own if row.host_id]
        edges += [edge_id("SENT_BY", row.center_id, row.sender_id) for row in own if row.sender_id]
        found.append(
            Center(
                one.center_id, one.name_zh, Text.both(one.name_zh, one.name_en or one.name_zh), one.center_type, one.floor_area_m2, one.opened_on, one.has_registered_residents,
                at.get(one.center_id), next(iter(senders)) if len(senders) == 1 else None, tuple(dict.fromkeys(edges)),
            )
        )  # fmt: skip
    return found


def places_of(reader: Reader, node_ids: Collection[str]) -> dict[str, str]:
    """The place that each of some nodes counts for: the corridor's place that it is in, else its city; none where there are
    several, or no city is known."""
    inside: dict[str, set[str]] = defaultdict(set)
    cities: dict[str, set[str]] = defaultdict(set)
    for row in standing(reader, node_ids={*node_ids}):
        (inside if row.in_corridor else cities)[row.node_id].add(row.place_id)
    chosen = {node: inside.get(node) or cities[node] for node in {*inside, *cities}}
    return {node: next(iter(own)) for node, own in sorted(chosen.items()) if len(own) == 1}


def reported(rows: Sequence[Report]) -> list[Reported]:
    """Reports put together by resident, centre and year, in this order."""
    periods: dict[tuple[str, str, int], dict[int, list[Report]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        periods[row.enterprise_id, row.center_id, row.year][row.quarter or 0].append(row)
    return [_year(*key, by_quarter) for key, by_quarter in sorted(periods.items())]


def _year(enterprise: str, center: str, year: int, by_quarter: Mapping[int, Sequence[Report]]) -> Reported:
    chosen = by_quarter if 0 not in by_quarter else {0: by_quarter[0]}
    last = {
        quarter: max(own, key=lambda row: (row.reported_on or date.min, row.report_id))
        for quarter, own in sorted(chosen.items())
    }
    is_whole = 0 in last or len(last) == 4
    values: dict[str, float | None] = {}
    for name in FLOWS:
        parts = [getattr(row, name) for row in last.values()]
        values[name] = sum(parts) if is_whole and None not in parts else None
    for name in STOCKS:
        values[name] = getattr(last[max(last)], name) if is_whole else None
    days = [row.reported_on for row in last.values()]
    return Reported(
        enterprise, center, year, values, tuple(row.report_id for row in last.values()), 0 if 0 in last else len(last),
        sum(len(own) for own in chosen.values()) - len(last), _emptied(chosen, last), any(row.is_claimed_twice for row in last.values()),
        max((day for day in days if day), default=None) if None not in days else None,
    )  # fmt: skip


def _emptied(chosen: Mapping[int, Sequence[Report]], last: Mapping[int, Report]) -> tuple[str, ...]:
    """The values that a report which no longer counts had and the one in its place leaves empty."""
    lost = {
        name
        for quarter, own in chosen.items()
        for row in own
        for name in (*FLOWS, *STOCKS)
        if getattr(last[quarter], name) is None and getattr(row, name) is not None
    }
    return tuple(name for name in (*FLOWS, *STOCKS) if name in lost)


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What enterprises reported to some centres that they were resident of then; `strangers` are reports of others."""

    rows: Sequence[Report]
    years: Sequence[Reported]
    strangers: Sequence[Report]


def on_record(reader: Reader, center_ids: Sequence[str] = ()) -> OnRecord:
    """What was reported to some centres, to all where none is named. Who only intends to come has nothing to report there."""
    rows = report_rows(reader, center_ids=[*center_ids])
    own, strangers = of_residents(rows, resident_rows(reader, center_ids=[*center_ids]) if rows else [])
    return OnRecord(own, reported(own), strangers)


def of_residents(rows: Sequence[Report], residents: Sequence[Resident]) -> tuple[list[Report], list[Report]]:
    """The reports of who was a resident of the centre when their period began, and those of others."""
    until = last_days(residents)
    is_own = [
        first_day(row.year, row.quarter) <= until.get((row.enterprise_id, row.center_id), date.min) for row in rows
    ]
    return (
        [row for row, own in zip(rows, is_own, strict=True) if own],
        [row for row, own in zip(rows, is_own, strict=True) if not own],
    )


def last_days(residents: Sequence[Resident]) -> dict[tuple[str, str], date]:
    """Until when each enterprise is or was a resident of each centre; the last of all days where no end is known."""
    return {
        (one.enterprise_id, one.center_id): one.until or date.max
        for one in residents if one.resident_status != "intends"
    }  # fmt: skip


def first_day(year: int, quarter: int | None) -> date:
    """The first day of a year or a quarter of it."""
    return date(year, 3 * (quarter or 1) - 2, 1)


def usual_year(years: Sequence[Reported]) -> int | None:
    """The year taken where none is asked for: the latest in which at least half as many residents reported as in the fullest.

    The first report of a new year would otherwise leave every other centre without one. A year that is reported in part counts
    only where none is reported whole.
    """
    each = Counter(one.year for one in years if one.is_whole) or Counter(one.year for one in years)
    most = max(each.values(), default=0)
    return max((year for year, count in each.items() if 2 * count >= most), default=None)


def newer_years(years: Sequence[Reported], usual: int | None, ask: str = "year") -> list[Text]:
    """What to say of years after the one that is taken, of which few have reported so far; `ask` is the parameter that takes it."""
    each = Counter(one.year for one in years)
    if usual is None:
        return []
    return [
        Text("centres.newer", year=str(year), count=each[year], usual=str(usual), of=each[usual], ask=ask)
        for year in sorted(each) if year > usual
    ]  # fmt: skip


def called_of(reader: Reader, enterprise_ids: Collection[str]) -> dict[str, str]:
    """What some enterprises are called."""
    return {row.enterprise_id: row.name for row in names(reader, enterprise_ids={*enterprise_ids})}


def left_out(reader: Reader, strangers: Sequence[Report]) -> list[Text]:
    """What to say of reports of enterprises that were no residents of the centre then: how many, and whose."""
    if not strangers:
        return []
    whose = list(dict.fromkeys(row.enterprise_id for row in strangers))[:_NAMED]
    known = called_of(reader, whose)
    return [Text("centres.strangers", count=len(strangers), names=[known.get(one, one) for one in whose])]


def by_resident(years: Sequence[Reported]) -> dict[tuple[str, str], dict[int, Reported]]:
    """The years of each enterprise in each centre, by year."""
    found: dict[tuple[str, str], dict[int, Reported]] = defaultdict(dict)
    for one in years:
        found[one.enterprise_id, one.center_id][one.year] = one
    return found


def last_before(by_year: Mapping[int, T], year: int) -> T | None:
    """What there is of the latest year before one."""
    earlier = [one for one in by_year if one < year]
    return by_year[max(earlier)] if earlier else None


def known_values(years: Sequence[Reported], name: str) -> list[float]:
    """What is known of a value."""
    return [value for one in years if (value := one.values[name]) is not None]


def total(years: Sequence[Reported], name: str) -> float | None:
    """The sum of what is known; `None` where nothing is."""
    known = known_values(years, name)
    return sum(known) if known else None


def main_revenue_share(years: Sequence[Reported]) -> float | None:
    """The main business' part of revenue; `None` as for `ratio`."""
    return ratio(years, "main_revenue", ("main_revenue", "other_revenue"))


def main_area_share(years: Sequence[Reported]) -> float | None:
    """The main business' part of the area; `None` as for `ratio`."""
    return ratio(years, "main_area", ("main_area", "other_area"))


def ratio(years: Sequence[Reported], main: str, whole: Sequence[str]) -> float | None:
    """One amount over the sum of others, of the years that state all of them; `None` where none does, or that sum is 0."""
    sums = dict.fromkeys({main, *whole}, 0.0)
    for one in years:
        known = {name: one.values[name] for name in sums}
        if None not in known.values():
            for name, value in known.items():
                sums[name] += value or 0.0
    base = sum(sums[name] for name in whole)
    return sums[main] / base if base > 0 else None


def is_sales_only(one: Reported) -> bool | None:
    """Whether a resident sold and did no research: revenue of other business and neither R&D spend nor staff."""
    spend, staff, sold = (one.values[name] for name in ("rnd_internal", "rnd_staff", "other_revenue"))
    if spend is None or staff is None or sold is None:
        return None
    return spend == 0 and staff == 0 and sold > 0


def jump(before: Reported | None, one: Reported, name: str, factor: float) -> tuple[float, float] | None:
    """What a resident stated the last time before and in a year, where the two differ by a factor or more; 0 is no such value."""
    earlier, now = before.values[name] if before else None, one.values[name]
    if not earlier or not now or 1 / factor < now / earlier < factor:
        return None
    return earlier, now


def reported_years(reader: Reader, center_ids: Sequence[str] = ()) -> list[int]:
    """The years of which a resident's report is on record, to some centres where they are named, in order."""
    return sorted({row.year for row in on_record(reader, center_ids).rows})


def missing_years(on_record: Sequence[int]) -> list[Text]:
    """What to say of years between the first and the last on record of which there is no report at all."""
    lacking = sorted({*range(min(on_record), max(on_record))} - {*on_record}) if on_record else []
    return [Text("centres.years_missing", years=[str(year) for year in lacking])] if lacking else []


def nothing_reported(has_center: bool, asked: int | None = None, others: Sequence[int] = ()) -> list[Text]:
    """What to say where no resident's report is on record: of which year, and of which others there are; else which tables to
    load.
    """
    if others:
        what = [str(asked)] if asked is not None else []
        return [Text("centres.other_years", asked=what, years=[str(year) for year in others]), *missing_years(others)]
    return [Text("centres.no_report" if has_center else "centres.no_center")]


def replaced(years: Sequence[Reported], called: Mapping[str, str]) -> list[Text]:
    """What to say of reports of one resident, centre and period of which only the latest counts: how many, whose, and what the
    latest leaves empty.
    """
    several = [one for one in years if one.later]
    names = list(dict.fromkeys(called.get(one.enterprise_id, one.enterprise_id) for one in several))
    count = sum(one.later for one in several)
    emptied = [
        Text(
            "centres.emptied_of", name=called.get(one.enterprise_id, one.enterprise_id), year=str(one.year),
            values=[called_value(name) for name in one.emptied],
        )
        for one in several if one.emptied
    ]  # fmt: skip
    return [
        *([Text("centres.later", count=count, names=names[:_NAMED])] if count else []),
        *([Text("centres.emptied", count=len(emptied), of=emptied[:_NAMED])] if emptied else []),
    ]


def rules_conventions(rules: RuleFile, reader: Reader) -> list[Text]:
    """Which rules were used, after which document, and which of their numbers nobody has published."""
    open_figures = _unsourced(rules)
    day = reader.graph()[1]
    return [
        Text("centres.rules_are", name=rules.name, source=rules.source_text),
        *([Text("centres.rules_note", note=Text.both(rules.note, rules.note_en))] if rules.note else []),
        Text("centres.unsourced", figures=open_figures) if open_figures else Text("centres.all_sourced"),
        *([Text("centres.not_in_force", day=day)] if day and not rules.holds_on(day) else []),
    ]


def _unsourced(rules: RuleFile) -> list[Text]:
    """The numbers that have no public source, each kind once, with the indicators or grades that it is of."""
    found: dict[str, list[object]] = defaultdict(list)
    for path in rules.unsourced():
        steps = path.split(".")
        if len(steps) < 3:
            found[path] = []
            continue
        part, number, step = steps
        one = getattr(rules, part)[int(number) - 1]
        found[f"{part}.{step}"].append(one.text if part == "grades" else one.indicator)
    return [Text(f"centres.figure.{kind}", of=of) for kind, of in found.items()]
