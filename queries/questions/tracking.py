"""Whether centres keep to research and incubation: their shares over the years, drift, over-recruitment, reports that lack."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean
from typing import ClassVar, NamedTuple

from graph.rules import FactorFigure, LeastFigure, PartFigure, RuleFile, RulePart
from graph.texts import Measure, Share, Text, label
from queries.answer import Answer, OverYears, Row, cut_note
from queries.centres import (
    FLOWS,
    STOCKS,
    Center,
    CenterName,
    Report,
    Reported,
    Resident,
    RulesName,
    Year,
    by_resident,
    called_value,
    center_id,
    centers,
    is_sales_only,
    jump,
    known_values,
    last_before,
    left_out,
    main_area_share,
    main_revenue_share,
    missing_years,
    names,
    newer_years,
    nothing_reported,
    on_record,
    ratio,
    replaced,
    reported,
    resident_rows,
    rules_conventions,
    total,
    usual_year,
)
from queries.reader import Reader
from queries.registry import question
from queries.scope import Limit, Several, called

_NAMED = 5
_CITED = 100


class By(StrEnum):
    """What a row is of."""

    CENTER = "center"
    RESIDENT = "resident"


class State(StrEnum):
    """What is to be said of a year, the gravest first."""

    DRIFTING = "drifting"
    RECRUITING = "recruiting"
    CHECK = "check"
    MISSING = "missing"
    UNKNOWN = "unknown"
    STEADY = "steady"


class HighTech(RulePart):
    """What a high-tech enterprise spends on R&D, as part of its sales by their size, and has in R&D staff."""

    rnd_small: PartFigure
    rnd_middle: PartFigure
    rnd_large: PartFigure
    small_to_10k_cny: LeastFigure
    middle_to_10k_cny: LeastFigure
    staff: PartFigure

    def least_rnd(self, sales: float) -> float:
        """The least part of sales in 10 k CNY."""
        if sales <= self.small_to_10k_cny.value:
            return self.rnd_small.value
        return (self.rnd_middle if sales <= self.middle_to_10k_cny.value else self.rnd_large).value


class TrackingRules(RuleFile):
    """From where on a year is flagged."""

    main_share: PartFigure
    drift: PartFigure
    moved_per_resident: LeastFigure
    jump: FactorFigure
    high_tech: HighTech


class Tracked(Row):
    """A year of a centre, or of a resident in one."""

    key = ("year", "center_id", "enterprise_id")
    table = (
        "center_name", "enterprise_name", "year", "state", "main_revenue_share", "main_area_share", "change", "signs", "rnd_staff_share", "peers",
        "rnd_internal", "reports", "missing",
    )  # fmt: skip
    shares = ("main_revenue_share", "main_area_share", "rnd_staff_share", "change", "peers")
    of_some = ("enterprise_name", "missing")

    year: int
    center_id: str
    center_name: str
    enterprise_id: str | None
    enterprise_name: str | None
    state: State
    signs: list[Text]
    main_revenue_share: float | None
    main_area_share: float | None
    change: float | None
    rnd_staff_share: float | None
    rnd_internal: float | None
    peers: float | None
    reports: int
    missing: int | None
    evidence_ids: list[str]


class Yearly(Row):
    """A year of a centre as its residents reported it, put together; of a year that nobody reported nothing is known."""

    key = ("year",)
    table = (
        "year", "reports", "missing", "main_revenue_share", "main_area_m2", "other_area_m2", "rnd_internal_10k_cny",
        "rnd_external_10k_cny", "staff", "rnd_staff", "incubated_firms", "graduates",
    )  # fmt: skip
    shares = ("main_revenue_share",)

    year: int
    reports: int
    missing: int
    main_revenue_share: float | None
    main_area_m2: float | None
    other_area_m2: float | None
    rnd_internal_10k_cny: float | None
    rnd_external_10k_cny: float | None
    staff: float | None
    rnd_staff: float | None
    incubated_firms: float | None
    graduates: float | None


class TrackingAnswer(Answer):
    """The years, the newest and gravest first; of the centre that is asked for its timeline."""

    listed: ClassVar[tuple[str, ...]] = ("timeline",)

    rows: list[Tracked]
    timeline: list[Yearly]
    counts: dict[State, int]
    latest: dict[State, int]
    main_share_by_year: dict[int, float]

    def in_short(self, reader: Reader) -> Text:
        """How many of the latest year have each state, and the first of the gravest."""
        first = self.rows[0]
        year, parts = first.year, [Text("tracking.headline.part", state=one, count=n) for one, n in self.latest.items()]
        name = called(reader, first.enterprise_id or first.center_id)
        if not first.signs:
            return Text("tracking.headline.none", year=year, parts=parts)
        return Text("tracking.headline", year=year, parts=parts, first=name, signs=first.signs)

    def over_years(self) -> tuple[Text, list[OverYears]]:
        """The timeline, amount by amount."""
        years = [row.year for row in self.timeline]

        def drawn(about: str, *names: str, **kind: bool) -> OverYears:
            series = [
                (label("tracking", "column", name), [getattr(row, name) for row in self.timeline]) for name in names
            ]
            return OverYears(
                series[0][0] if about in names else Text(f"tracking.timeline.{about}"), years, series, **kind
            )

        return label("tracking", "answer", "timeline"), [
            drawn("main_revenue_share", "main_revenue_share", is_share=True),
            drawn("area", "main_area_m2", "other_area_m2"), drawn("rnd", "rnd_internal_10k_cny", "rnd_external_10k_cny", is_money=True),
            *(drawn(name, name) for name in ("staff", "rnd_staff", "incubated_firms", "graduates")),
        ] if years else []  # fmt: skip


@question(order=146)
def tracking(
    reader: Reader,
    *,
    by: By = By.CENTER,
    center: CenterName = "",
    since: Year | None = None,
    states: Several[State] = [],
    rules: RulesName = "2026",
    limit: Limit = 200,
) -> TrackingAnswer:
    """Whether centres keep to research and incubation, year by year; which reports are missing."""
    chosen = center_id(reader, center)
    read = reader.rules("tracking", rules, TrackingRules)
    followed = _Followed(reader, chosen, read, since)
    every = followed.rows(by)
    kept = [row for row in every if (since is None or row.year >= since) and (not states or row.state in states)]
    latest = Counter(row.state for row in kept if row.year == kept[0].year)
    has_any = bool(followed.years)
    note = [Text("tracking.none_of_these")] if has_any and not kept else []
    strange = left_out(reader, followed.strangers)
    return TrackingAnswer(
        rows=kept[:limit],
        timeline=[row for row in (followed.timeline(chosen[0]) if chosen else []) if since is None or row.year >= since],
        counts={one: sum(row.state is one for row in kept) for one in State},
        latest={one: latest[one] for one in State if latest[one]},
        main_share_by_year={year: share for year, share in followed.main_shares().items() if since is None or year >= since},
        looked_at=len(every),
        looked_at_what=Text("tracking.years"),
        conventions=[
            Text(
                "tracking.means.drifting", main_share=Share(read.main_share.value), drift=Share(read.drift.value),
            ),
            Text("tracking.means.recruiting", moved=Measure(read.moved_per_resident.value)),
            Text("tracking.means.check", jump=Measure(read.jump.value), staff=Share(read.high_tech.staff.value)),
            Text("tracking.means.missing"), Text("tracking.means.peers"), Text("centres.year_means"),
            *rules_conventions(read, reader),
        ],
        notes=[
            *strange, *([] if has_any or strange else [Text("tracking.nothing"), *nothing_reported(bool(followed.centers))]), *note,
            *followed.newer, *missing_years(sorted({one.year for one in followed.years})),
            *replaced(followed.years, {who: row.name for who, row in followed.called.items()}), *cut_note(len(kept), limit),
        ],
    )  # fmt: skip


# --- years -------------------------------------------------------------------------------------------------------------


class _Sign(NamedTuple):
    state: State
    text: Text


@dataclass(frozen=True, slots=True)
class _Expected:
    """A report that a resident owes for a year: all of it, or some quarters."""

    resident: Resident
    year: int
    quarters: tuple[int, ...] = ()


class _Followed:
    """What is reported and what is owed, by centre and resident."""

    def __init__(self, reader: Reader, chosen: Sequence[str], rules: TrackingRules, since: int | None) -> None:
        self.rules = rules
        self.centers: Mapping[str, Center] = {one.id: one for one in centers(reader, chosen)}
        record = on_record(reader)
        usual = usual_year(record.years)
        # Who asks for a later year is told who has not reported it yet; nobody else is to hear that all are late with it.
        last = max((row.year for row in record.rows), default=0) if since and usual and since > usual else usual or 0
        everywhere = [row for row in record.rows if row.year <= last]
        raw = [row for row in everywhere if not chosen or row.center_id in chosen]
        self.newer = newer_years(record.years, last or None, "since")
        self.strangers = [row for row in record.strangers if not chosen or row.center_id in chosen]
        self.years = reported(raw)
        self.by_resident = by_resident(self.years)
        self.by_center: dict[str, dict[int, list[Reported]]] = defaultdict(lambda: defaultdict(list))
        for one in self.years:
            self.by_center[one.center_id][one.year].append(one)
        self.residents = resident_rows(reader, center_ids=chosen)
        ids = {one.enterprise_id for one in self.years}
        self.called = {row.enterprise_id: row for row in names(reader, enterprise_ids=ids)}
        self.owed = {
            (one.resident.enterprise_id, one.resident.center_id, one.year): one
            for one in self._owed(sorted({row.year for row in everywhere}), raw)
        }

    def main_shares(self) -> dict[int, float]:
        """The main business' part of all revenue, by year."""
        by_year: dict[int, list[Reported]] = defaultdict(list)
        for one in self.years:
            by_year[one.year].append(one)
        shares = {year: main_revenue_share(own) for year, own in sorted(by_year.items())}
        return {year: share for year, share in shares.items() if share is not None}

    def timeline(self, center: str) -> list[Yearly]:
        """Every year of a centre, from the first that was reported or is owed to the last that anybody anywhere reported."""
        by_year = self.by_center.get(center, {})
        owed = Counter(one.year for one in self.owed.values())
        years = {*by_year, *owed} if by_year else set[int]()
        return [
            self._yearly(year, by_year.get(year, []), owed[year])
            for year in (range(min(years), max(years) + 1) if years else ())
        ]

    def _yearly(self, year: int, own: Sequence[Reported], missing: int) -> Yearly:
        names = {name.removesuffix("_10k_cny").removesuffix("_m2"): name for name in Yearly.model_fields}
        known = {field: total(own, name) for name, field in names.items() if name in (*FLOWS, *STOCKS)}
        share = main_revenue_share(own)
        return Yearly(year=year, reports=len(own), missing=missing, main_revenue_share=share, **known)

    def _owed(self, on_record: Sequence[int], raw: Sequence[Report]) -> Iterator[_Expected]:
        """Of each resident every year from when it came, or from the first that anybody reported to its centre, to the last
        that anybody anywhere did."""
        there: dict[tuple[str, str, int], set[int]] = defaultdict(set)
        for row in raw:
            there[row.enterprise_id, row.center_id, row.year].add(row.quarter or 0)
        for resident in self.residents:
            if resident.resident_status != "resident" or not on_record:
                continue
            start = min(self.by_center.get(resident.center_id, on_record))
            for year in range(max(start, resident.since.year if resident.since else start), on_record[-1] + 1):
                own = there.get((resident.enterprise_id, resident.center_id, year))
                if not own:
                    yield _Expected(resident, year)
                elif 0 not in own and len(own) < 4:
                    yield _Expected(resident, year, tuple(q for q in (1, 2, 3, 4) if q not in own))

    def rows(self, by: By) -> list[Tracked]:
        found = self._of_centers() if by is By.CENTER else self._of_residents()
        order = [*State]
        return sorted(
            found, key=lambda row: (-row.year, order.index(row.state), row.center_id, row.enterprise_id or "")
        )

    # --- by centre ---

    def _of_centers(self) -> Iterator[Tracked]:
        owed: dict[tuple[str, int], list[_Expected]] = defaultdict(list)
        for expected in self.owed.values():
            owed[expected.resident.center_id, expected.year].append(expected)
        shares = {
            (center, year): main_revenue_share(own)
            for center, by_year in self.by_center.items()
            for year, own in by_year.items()
        }
        for center, year in sorted({*shares, *owed}):
            by_year, missing = self.by_center.get(center, {}), owed[center, year]
            own, before = by_year.get(year, []), last_before(by_year, year) or []
            signs = [
                *self._drift(own, before), *self._recruiting(own), *self._centre_checks(center, own), *self._lacking(missing),
            ]  # fmt: skip
            others = [share for (at, when), share in shares.items() if when == year and at != center]
            yield self._row(center, None, year, own, before, signs, others, len(missing))

    def _drift(self, own: Sequence[Reported], before: Sequence[Reported]) -> Iterator[_Sign]:
        for name, share_of in (("revenue", main_revenue_share), ("area", main_area_share)):
            now, earlier = share_of(own), share_of(before)
            if now is not None and earlier is not None and earlier - now >= self.rules.drift.value - 1e-9:
                said = Text(f"tracking.sign.fell_{name}", year=before[0].year, earlier=Share(earlier), now=Share(now))
                yield _Sign(State.DRIFTING, said)
            if now is not None and now < self.rules.main_share.value - 1e-9:
                yield _Sign(
                    State.DRIFTING,
                    Text(f"tracking.sign.low_{name}", now=Share(now), floor=Share(self.rules.main_share.value)),
                )

    def _recruiting(self, own: Sequence[Reported]) -> Iterator[_Sign]:
        moved = known_values(own, "moved_registrations")
        if moved and sum(moved) / len(moved) > self.rules.moved_per_resident.value:
            yield _Sign(State.RECRUITING, Text("tracking.sign.moved", moved=Measure(sum(moved)), residents=len(moved)))
        selling = [self._name(one) for one in own if is_sales_only(one)]
        if selling:
            yield _Sign(State.RECRUITING, Text("tracking.sign.sales_only", count=len(selling), names=selling[:_NAMED]))

    def _centre_checks(self, center: str, own: Sequence[Reported]) -> Iterator[_Sign]:
        main, other = total(own, "main_area"), total(own, "other_area")
        floor = self.centers[center].floor_area_m2
        if floor is not None and (main or 0) + (other or 0) > floor:
            yield _Sign(
                State.CHECK, Text("tracking.sign.area", area=Measure((main or 0) + (other or 0)), floor=Measure(floor))
            )
        doubtful = [self._name(one) for one in own if any(self._checks(one))]
        if doubtful:
            yield _Sign(State.CHECK, Text("tracking.sign.doubtful", count=len(doubtful), names=doubtful[:_NAMED]))

    def _lacking(self, owed: Sequence[_Expected]) -> Iterator[_Sign]:
        if owed:
            called = [one.resident.name for one in owed]
            yield _Sign(State.MISSING, Text("tracking.sign.lacking", count=len(called), names=called[:_NAMED]))

    # --- by resident ---

    def _of_residents(self) -> Iterator[Tracked]:
        for center, by_year in self.by_center.items():
            for year, together in by_year.items():
                shares = {one.enterprise_id: main_revenue_share([one]) for one in together}
                for one in together:
                    who = one.enterprise_id
                    partial = self.owed.get((who, center, year))
                    before = self._before(one)
                    earlier = [before] if before else []
                    signs = [*self._drift([one], earlier), *self._recruiting([one]), *self._checks(one)]
                    if partial:
                        quarters = [str(quarter) for quarter in partial.quarters]
                        signs.append(_Sign(State.MISSING, Text("tracking.sign.quarters", quarters=quarters)))
                    peers = [share for other, share in shares.items() if other != who]
                    yield self._row(center, who, year, [one], earlier, signs, peers, int(partial is not None))
        for expected in self.owed.values():
            if not expected.quarters:
                own = expected.resident
                sign = _Sign(State.MISSING, Text("tracking.sign.no_report", year=expected.year))
                yield self._row(own.center_id, own.enterprise_id, expected.year, [], [], [sign], [], 1, own)

    def _before(self, one: Reported) -> Reported | None:
        return last_before(self.by_resident[one.enterprise_id, one.center_id], one.year)

    def _checks(self, one: Reported) -> Iterator[_Sign]:
        """What in a report is not plausible."""
        value = one.values
        if value["rnd_staff"] is not None and value["staff"] is not None and value["rnd_staff"] > value["staff"]:
            yield _Sign(
                State.CHECK, Text("tracking.sign.staff", rnd=Measure(value["rnd_staff"]), staff=Measure(value["staff"]))
            )
        before = self._before(one)
        for name in (*FLOWS, *STOCKS):
            if changed := jump(before, one, name, self.rules.jump.value):
                earlier, now = (Measure(value) for value in changed)
                said = Text("tracking.sign.jump", what=called_value(name), earlier=earlier, now=now)
                yield _Sign(State.CHECK, said)
        known = self.called.get(one.enterprise_id)
        if known is not None and known.is_high_tech:
            yield from self._high_tech(one)

    def _high_tech(self, one: Reported) -> Iterator[_Sign]:
        internal, external, main, other, staff, rnd_staff = (
            one.values[name]
            for name in ("rnd_internal", "rnd_external", "main_revenue", "other_revenue", "staff", "rnd_staff")
        )
        rules = self.rules.high_tech
        if None not in (internal, external, main, other) and (sales := (main or 0) + (other or 0)) > 0:
            part, least = ((internal or 0) + (external or 0)) / sales, rules.least_rnd(sales)
            if part < least - 1e-9:
                yield _Sign(State.CHECK, Text("tracking.sign.high_tech_rnd", part=Share(part), least=Share(least)))
        if rnd_staff is not None and staff and rnd_staff / staff < rules.staff.value - 1e-9:
            said = Text("tracking.sign.high_tech_staff", part=Share(rnd_staff / staff), least=Share(rules.staff.value))
            yield _Sign(State.CHECK, said)

    def _name(self, one: Reported) -> str:
        return self.called[one.enterprise_id].name

    def _row(
        self, center: str, who: str | None, year: int, own: Sequence[Reported], before: Sequence[Reported],
        signs: Sequence[_Sign], peers: Sequence[float | None], missing: int, resident: Resident | None = None,
    ) -> Tracked:  # fmt: skip
        now, earlier, area = main_revenue_share(own), main_revenue_share(before), main_area_share(own)
        known = [one for one in peers if one is not None]
        order = [*State]
        states = sorted((one.state for one in signs), key=order.index)
        is_unknown = now is None and area is None
        ids = [center, *([who] if who else []), *[cited for one in own for cited in one.cited][:_CITED]]
        return Tracked(
            year=year, center_id=center, center_name=self.centers[center].name, enterprise_id=who,
            enterprise_name=resident.name if resident else self.called[who].name if who else None,
            state=states[0] if states else State.UNKNOWN if is_unknown else State.STEADY,
            signs=[one.text for one in sorted(signs, key=lambda one: order.index(one.state))],
            main_revenue_share=now, main_area_share=area,
            change=now - earlier if now is not None and earlier is not None else None,
            rnd_staff_share=ratio(own, "rnd_staff", ("staff",)), rnd_internal=total(own, "rnd_internal"),
            peers=fmean(known) if known else None, reports=len(own), missing=missing or None,
            evidence_ids=[*ids, *([resident.edge_id] if resident else [])],
        )  # fmt: skip
