"""Whose statistics it is: what residents do in centres, in four ledgers that each divide the same total among places."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from math import fsum
from typing import Any, NamedTuple

from pydantic import PrivateAttr

from graph.rules import FactorFigure, PartFigure, RuleFile
from graph.texts import Measure, Text
from queries.algorithms.attribution import Term, agreed_shares, contributed, divided
from queries.amounts import money
from queries.answer import Answer, OverYears, Row, counted, cut_note, row_with
from queries.centres import (
    Center,
    CenterName,
    Reported,
    RulesName,
    Year,
    by_resident,
    called_of,
    center_id,
    centers,
    jump,
    last_before,
    left_out,
    missing_years,
    newer_years,
    nothing_reported,
    on_record,
    places_of,
    replaced,
    rules_conventions,
    usual_year,
)
from queries.reader import Reader
from queries.registry import question
from queries.scope import Limit, called, called_each
from queries.sections import Sections, by_first

_SECTIONS = Sections(__file__)
_DRAWN = 4
"""Places whose cost and benefit are drawn."""
_NAMED = 5
"""Residents named in a row; all are counted."""
_SMALL = 1e-9


class Indicator(StrEnum):
    """What is attributed."""

    RND = "rnd"
    OUTPUT = "output"
    TAX = "tax"
    FIRMS = "firms"


_VALUE = {Indicator.RND: "rnd_internal", Indicator.OUTPUT: "output", Indicator.TAX: "tax"}


class AttributionRules(RuleFile):
    """What the ledger by contribution assumes: the part that the home of a resident would reach without the centre; and by what
    factor an amount must differ from the year before to be doubted."""

    home_alone: PartFigure
    jump: FactorFigure


_COUNTED = ("performance", "registration", "difference", "agreed", "shapley")
"""What is counted in what the indicator is counted in."""


class Attributed(Row):
    """A place and what it counts in each ledger; without reports, a centre and what each ledger would give the place."""

    key = ("year", "center_id", "place_id")
    table = (
        "name_zh", "center_name", "claim", "year", "performance", "registration", "difference", "agreed", "shapley", "caused_by",
        "support", "flow_in", "flow_out",
    )  # fmt: skip
    money = ("support", "flow_in", "flow_out")
    of_some = ("center_name", "residents", "caused_by", "year", "performance", "registration", "difference", "agreed", "shapley", "support", "flow_in", "flow_out",
               "claim")  # fmt: skip

    year: int | None
    center_id: str | None
    center_name: str | None
    place_id: str | None
    name_zh: Text
    indicator: Indicator
    performance: float | None
    registration: float | None
    agreed: float | None
    shapley: float | None
    difference: float | None
    residents: int | None
    caused_by: list[str] | None
    support: float | None
    flow_in: float | None
    flow_out: float | None
    claim: Text | None
    evidence_ids: list[str]

    def is_money(self, field: str) -> bool:
        """What the ledgers count is money of every indicator but firms."""
        return field in self.money or (field in _COUNTED and self.indicator is not Indicator.FIRMS)


class AttributionAnswer(Answer):
    """The places, and the total that each ledger divides, by year."""

    rows: list[Attributed]
    indicator: Indicator
    totals: dict[int, float]
    commissioned_inside: dict[int, float]
    money = ("commissioned_inside",)
    _every: list[Attributed] = PrivateAttr([])

    @classmethod
    def of(cls, rows: list[Attributed], limit: int, **given: Any) -> "AttributionAnswer":
        """An answer of the first rows; its sentence and its years are of all of them."""
        answer = cls(rows=rows[:limit], **given)
        answer._every = rows
        return answer

    def is_money(self, field: str) -> bool:
        """What the ledgers divide is money of every indicator but firms."""
        return field in self.money or (field == "totals" and self.indicator is not Indicator.FIRMS)

    def _amount(self, value: float) -> Text:
        return money(value) if self.is_money("totals") else Text("attribution.firms", count=Measure(value))

    def in_short(self, reader: Reader) -> Text:
        """Where the ledgers differ most; without reports, that no amount is known and who would claim it."""
        disputed = [row for row in self._every if row.difference]
        year = max(self.totals, default=None)
        if year is None:
            return self._claimed(reader)
        what = Text(f"attribution.indicator.{self.indicator}")
        if not disputed:
            return Text("attribution.headline.same", year=year, what=what, total=self._amount(self.totals[year]))
        most = max(disputed, key=lambda row: (row.year or 0, abs(row.difference or 0.0)))
        return Text(
            "attribution.headline", year=most.year, what=what, total=self._amount(self.totals[most.year or year]),
            place=most.name_zh, difference=self._amount(most.difference or 0.0), caused_by=most.caused_by,
        )  # fmt: skip

    def over_years(self) -> tuple[Text, list[OverYears]]:
        """Of the places that put most in, or get most by agreement, the support put in and what they get, by contribution where
        nothing is agreed, year by year.
        """
        told = [row.year for row in self._every if row.year is not None]
        years = [*range(min(told), max(told) + 1)] if told else []
        at = {(row.place_id, row.year): row for row in self._every if row.place_id and row.year is not None}
        most: dict[str, tuple[float, float]] = {}
        for (place, _), row in at.items():
            put, got = most.get(place or "", (0.0, 0.0))
            most[place or ""] = put + (row.support or 0.0), got + (row.agreed or 0.0)
        first = sorted(most, key=lambda place: (*(-amount for amount in most[place]), place))[:_DRAWN]
        named = {row.place_id: row.name_zh for row in at.values()}
        what = Text(f"attribution.indicator.{self.indicator}")
        found = []
        for place in first if len(years) > 1 else ():
            own = [at.get((place, year)) for year in years]
            for kind in ("support", "agreed" if most[place][1] else "shapley"):
                about = Text(f"attribution.over_years.{kind}", place=named[place], what=what)
                found.append(
                    OverYears(
                        about,
                        years,
                        [(about, [getattr(row, kind) if row else None for row in own])],
                        is_money=kind == "support" or self.is_money("totals"),
                    )
                )
        return Text("attribution.over_years"), found

    def _claimed(self, reader: Reader) -> Text:
        """What each ledger would say of the first centre."""
        own = [row for row in self._every if row.center_id == self._every[0].center_id]
        has_split = not any(row.claim and row.claim.id.endswith("no_split") for row in own)
        return Text(
            "attribution.headline.disputed" if len(own) > 1 else "attribution.headline.undisputed", centers=self.looked_at,
            center=called(reader, own[0].center_id or ""), host=own[0].name_zh, home=own[-1].name_zh,
            third=Text("attribution.third.split" if has_split else "attribution.third.no_split"),
        )  # fmt: skip


@question(order=142)
def attribution(
    reader: Reader,
    *,
    indicator: Indicator = Indicator.RND,
    center: CenterName = "",
    year: Year | None = None,
    all_years: bool = False,
    rules: RulesName = "2026",
    limit: Limit = 200,
) -> AttributionAnswer:
    """Whose statistics: the place of performance, of registration, by agreement, by contribution."""
    chosen = center_id(reader, center)
    read = reader.rules("attribution", rules, AttributionRules)
    every = {one.id: one for one in centers(reader, chosen)}
    record = on_record(reader, chosen)
    years, usual = record.years, usual_year(record.years)
    found = sorted({one.year for one in years})
    is_usual = year is None and not all_years
    wanted = [year] if year is not None else found if all_years else [usual] if usual is not None else []
    facts = [one for one in years if one.year in wanted]
    ledgers = _Ledgers(reader, every, facts, indicator, read.home_alone.value)
    rows = ledgers.rows() if facts else _claims(reader, list(every.values()), indicator)
    strange = left_out(reader, record.strangers)
    claims_only = [Text("attribution.claims_only")] if every else []
    return AttributionAnswer.of(
        rows,
        limit,
        indicator=indicator,
        totals={one: ledgers.total(one) for one in wanted if facts},
        commissioned_inside={one: ledgers.inside(one) for one in wanted if facts and indicator is Indicator.RND},
        looked_at=len(facts) or len(every),
        looked_at_what=Text("attribution.years" if facts else "attribution.centers"),
        conventions=[
            *(Text(f"attribution.means.{ledger}") for ledger in ("performance", "registration", "agreed", "shapley")),
            Text(f"attribution.means.{indicator}"),
            Text("centres.year_means"),
            *rules_conventions(read, reader),
        ],
        notes=[
            *([] if facts else claims_only),
            *strange,
            *([] if facts or strange else nothing_reported(bool(every), year, found)),
            *(missing_years(found) if all_years else []),
            *(newer_years(years, usual) if is_usual else []),
            *ledgers.notes(),
            *_jumps(years, facts, indicator, read.jump.value, ledgers.called),
            *cut_note(len(rows), limit),
        ],
    )


def _jumps(
    years: Sequence[Reported], facts: Sequence[Reported], indicator: Indicator, factor: float, called: Mapping[str, str]
) -> list[Text]:
    """Whose amounts differ so much from the year before that the unit may be wrong."""
    if indicator is Indicator.FIRMS:
        return []
    own = by_resident(years)
    doubtful = [
        called[one.enterprise_id] for one in facts
        if jump(last_before(own[one.enterprise_id, one.center_id], one.year), one, _VALUE[indicator], factor)
    ]  # fmt: skip
    named = list(dict.fromkeys(doubtful))[:_NAMED]
    return [Text("attribution.note.jump", count=len(doubtful), factor=Measure(factor), names=named)] if doubtful else []


# --- without reports ---------------------------------------------------------------------------------------------------


def _claims(reader: Reader, every: Sequence[Center], indicator: Indicator) -> list[Attributed]:
    """What each ledger would give the places of each centre, the survey's own dispute first."""
    ids = [one.id for one in every]
    agreed = by_first(terms(reader, center_ids=ids, indicator=indicator))
    found: list[Attributed] = []
    known = called_each(reader, {place for one in every for place in (one.host, one.sender) if place})
    for one in sorted(every, key=lambda one: (one.id != "center:jinhua-shanghai", one.id)):
        parts = agreed.get(one.id, [])
        split = "split" if parts else "no_split"
        is_here = one.has_registered_residents is True
        claims: list[tuple[str | None, str]] = [(one.host, f"host_registered_{split}" if is_here else f"host_{split}")]
        if not is_here and one.sender != one.host:
            claims.append((one.sender, f"sender_{split}"))
        for place, claim in claims:
            found.append(
                _row(
                    None, one.id, one.name, place, known, indicator=indicator, claim=Text(f"attribution.claim.{claim}"),
                    evidence_ids=[one.id, *([place] if place else []), *one.evidence, *(term.edge_id for term in parts)],
                )
            )  # fmt: skip
    return found


def _row(
    year: int | None,
    center: str | None,
    center_name: str | None,
    place: str | None,
    known: Mapping[str, Text],
    **given: object,
) -> Attributed:
    name = known.get(place, Text.both(place, place)) if place else Text("attribution.nowhere")
    given |= {"year": year, "center_id": center, "center_name": center_name, "place_id": place, "name_zh": name}
    return row_with(Attributed, **given)


# --- the ledgers -------------------------------------------------------------------------------------------------------


class _Commission(NamedTuple):
    report_id: str
    party_id: str
    amount: float | None
    edge_id: str


class _Term(NamedTuple):
    center_id: str
    place_id: str
    term: str
    share: float | None
    applies_from: date | None
    applies_to: date | None
    edge_id: str


commissions = _SECTIONS.rows("commissions", _Commission)
terms = _SECTIONS.rows("terms", _Term)


@dataclass(slots=True)
class _Of:
    """What a place has in a year, by ledger, and what that rests on."""

    parts: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    disputed: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    residents: set[str] = field(default_factory=set)
    evidence: dict[str, None] = field(default_factory=dict)

    def sum(self, name: str) -> float | None:
        return fsum(self.parts[name]) if name in self.parts else None


class _Ledgers:
    """The four ledgers of some years of residents: each divides every amount that is known, whole."""

    def __init__(
        self,
        reader: Reader,
        every: Mapping[str, Center],
        facts: Sequence[Reported],
        indicator: Indicator,
        home_alone: float,
    ) -> None:
        self.reader, self.every, self.facts, self.indicator = reader, every, facts, indicator
        self.home_alone = home_alone
        self.by_place: dict[tuple[int, str | None], _Of] = defaultdict(_Of)
        self.amounts: dict[int, list[float]] = defaultdict(list)
        self.flows: dict[int, list[float]] = defaultdict(list)
        self.counts: dict[str, int] = defaultdict(int)
        self.contradicting: dict[str, date] = {}
        reports = [report for one in facts for report in one.report_ids]
        self.commissions = by_first(commissions(reader, report_ids=reports))
        self.terms = by_first(terms(reader, center_ids={one.center_id for one in facts}, indicator=indicator))
        parties = {one.party_id for own in self.commissions.values() for one in own}
        agreeing = {term.place_id for own in self.terms.values() for term in own}
        self.at = places_of(reader, {one.enterprise_id for one in facts} | parties | agreeing)
        self.called = called_of(reader, {one.enterprise_id for one in facts})
        self.centers_of = Counter((one.enterprise_id, one.year) for one in facts)
        for one in facts:
            self._book(one)

    def total(self, year: int) -> float:
        return fsum(self.amounts[year])

    def inside(self, year: int) -> float:
        """What was paid for external R&D to somebody in a place of the corridor, or another known place."""
        return fsum(self.flows[year])

    def _book(self, one: Reported) -> None:
        self.counts["claimed_twice"] += one.is_claimed_twice
        self.counts["quarters"] += one.quarters in (1, 2, 3)
        host, home = self.every[one.center_id].host, self.at.get(one.enterprise_id)
        paid = [row for report in one.report_ids for row in self.commissions.get(report, [])]
        self._book_flows(one, host, paid)
        if one.values["support"] is not None:
            self._of(one, self.every[one.center_id].sender).parts["support"].append(one.values["support"])
        amount = (
            1 / self.centers_of[one.enterprise_id, one.year]
            if self.indicator is Indicator.FIRMS
            else one.values[_VALUE[self.indicator]]
        )
        if amount is None:
            self.counts["unknown"] += 1
            return
        self.amounts[one.year].append(amount)
        cited = [one.enterprise_id, one.center_id, *one.cited]
        ledgers: dict[str, Mapping[str | None, float]] = {
            "performance": {host: amount},
            "registration": {home: amount},
            "agreed": self._agreed(one, amount),
            "shapley": self._contributed(one, amount, host, home, paid),
        }
        for ledger, parts in ledgers.items():
            for place, part in parts.items():
                own = self._of(one, place)
                own.parts[ledger].append(part)
                own.residents.add(one.enterprise_id)
                own.evidence.update(dict.fromkeys(cited))
        if host != home:
            self._of(one, host).disputed[one.enterprise_id].append(amount)
            self._of(one, home).disputed[one.enterprise_id].append(-amount)

    def _of(self, one: Reported, place: str | None) -> _Of:
        return self.by_place[one.year, place]

    def _book_flows(self, one: Reported, host: str | None, paid: Sequence["_Commission"]) -> None:
        if self.indicator is not Indicator.RND:
            return
        for row in paid:
            to = self.at.get(row.party_id)
            if row.amount is None or to is None:
                self.counts["flow_unknown"] += 1
                continue
            self.flows[one.year].append(row.amount)
            self._of(one, host).parts["flow_out"].append(row.amount)
            self._of(one, to).parts["flow_in"].append(row.amount)

    def _agreed(self, one: Reported, amount: float) -> Mapping[str | None, float]:
        own = self.terms.get(one.center_id, [])
        if any(row.share is None for row in own):
            self.counts["share_unknown"] += 1
            return {None: amount}
        known = [Term(row.place_id, row.share or 0.0, row.applies_from, row.applies_to) for row in own]
        found = agreed_shares(known, date(one.year, 1, 1), date(one.year, 12, 31))
        for day in found.contradicting[:1]:
            self.contradicting.setdefault(self.every[one.center_id].name, day)
        shares: dict[str | None, float] = {place: share for place, share in found.shares.items()}
        if found.open_share > _SMALL or not shares:
            shares[None] = found.open_share
        for row in own:
            self._of(one, self.at.get(row.place_id, row.place_id)).evidence[row.edge_id] = None
        parts: dict[str | None, float] = defaultdict(float)
        for place, part in divided(amount, shares).items():
            parts[self.at.get(place, place) if place else None] += part
        return parts

    def _contributed(
        self, one: Reported, amount: float, host: str | None, home: str | None, paid: Sequence["_Commission"]
    ) -> Mapping[str | None, float]:
        internal = one.values["rnd_internal"]
        known = [row for row in paid if row.amount and internal] if self.indicator is not Indicator.FIRMS else []
        due = contributed(amount, self.home_alone, [(row.amount or 0.0) / (internal or 1.0) for row in known])
        parts: dict[str | None, list[float]] = defaultdict(list)
        for place, part in zip([host, home, *(self.at.get(row.party_id) for row in known)], due, strict=True):
            parts[place].append(part)
        return {place: fsum(own) for place, own in parts.items()}

    def rows(self) -> list[Attributed]:
        """A row a year and place, the newest year and the greatest dispute first, what is nobody's last."""
        known = called_each(self.reader, {place for _, place in self.by_place if place})
        found = [self._row(year, place, own, known) for (year, place), own in self.by_place.items()]
        return sorted(found, key=_order)

    def _row(self, year: int, place: str | None, own: _Of, known: Mapping[str, Text]) -> Attributed:
        has = bool(self.amounts[year])
        ledger: dict[str, float | None] = {
            name: own.sum(name) or 0.0 if has else None for name in ("performance", "registration", "agreed", "shapley")
        }
        causes = {who: fsum(parts) for who, parts in own.disputed.items()}
        most = sorted(causes, key=lambda who: (-abs(causes[who]), who))
        return _row(
            year, None, None, place, known, indicator=self.indicator, **ledger, difference=fsum(causes.values()) if has else None,
            residents=len(own.residents), caused_by=[self.called.get(who, who) for who in most[:_NAMED]],
            support=own.sum("support"), flow_in=own.sum("flow_in"), flow_out=own.sum("flow_out"),
            evidence_ids=[*([place] if place else []), *own.evidence],
        )  # fmt: skip

    def notes(self) -> list[Text]:
        """What was left out, and what contradicts."""
        own = {name: self.counts[name] for name in ("unknown", "flow_unknown", "share_unknown")}
        shared = {name: self.counts[name] for name in ("claimed_twice", "quarters")}
        empty = bool(self.facts) and not self.terms
        return [
            *([Text("attribution.note.no_agreement")] if empty else []),
            *(
                Text("attribution.note.contradicting", center=name, day=day)
                for name, day in sorted(self.contradicting.items())
            ),
            *counted("attribution.note", own),
            *replaced(self.facts, self.called),
            *counted("centres", shared),
        ]


def _order(row: Attributed) -> tuple[int, bool, float, str]:
    return -(row.year or 0), row.place_id is None, -abs(round(row.difference or 0.0, 6)), row.place_id or ""
