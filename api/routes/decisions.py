"""Decisions on the graph over HTTP, for who has a key: corrections, pairs of records, reports of places' offices."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from pydantic import Field

from api.answering import Answering, Looking
from api.deciding import Correction, Pair, ReportOf, Withdrawal, withdrawal_form
from api.deps import Home, Speaking, language_for
from api.errors import RESPONSES
from api.pages import LINKS
from api.routes.ledger import REFUSED, Booked, TheLedger, Who
from graph.errors import UsageError
from graph.store import GraphStore
from graph.texts import Language, Text, word
from ingest.corrections import FIGURES
from ingest.deciding import correction, decide, pair_of, report, take_back
from ingest.decisions import Decision, Verdict, decision, read_decisions, standing
from ingest.pipeline import Settings
from ingest.provenance import Run, run_of
from ledger.judge import may
from ledger.ledger import Ledger
from ledger.requests import Actor, Decided
from queries.centres import center_rows, first_day, last_days, resident_rows
from queries.certifying import is_more
from queries.reader import Reader
from queries.scope import Named, find_one
from viz.page import Cell, Column, Link, Section, Table, list_page


class Deciding(Looking):
    """A route that loads the graph again: one at a time."""

    places = "loads"


router = APIRouter(tags=["decisions"], responses={**RESPONSES, **REFUSED}, route_class=Deciding)
reading = APIRouter(tags=["decisions"], responses=RESPONSES, route_class=Looking)


async def _file(request: Request) -> Path:
    found: Path = request.app.state.decisions
    return found


DecisionsFile = Annotated[Path, Depends(_file)]


class DecidedOut(Booked):
    """A decision that is in the file, and its entry in the ledger."""

    decision: str = Field(description="its id in the file of decisions")
    run_id: str = Field(description="id of the load that has it")


class _Desk:
    """What a request may decide with: the key's scopes, the file, the graph, the ledger, and whom to tell of progress."""

    def __init__(self, request: Request, ledger: TheLedger, who: Who, home: Home, file: DecisionsFile) -> None:
        self.actor: Actor = who
        self.ledger: Ledger = ledger
        self.store: GraphStore = request.app.state.store
        self.file = file
        self.settings = Settings(home, self.file, language=language_for(request))
        self.today = date.today().isoformat()
        self._answering: Answering = request.state.answering
        self._home = home

    def run(self) -> Run:
        """The load of the graph. It is not held: a load would wait for whoever holds it."""
        return run_of(self._home, self.store.run_id())

    def tell(self, doing: Text | str, done: int, total: int) -> None:
        """Progress of a load, which ends where the client has left."""
        self._answering.tell(doing if isinstance(doing, Text) else Text.both(doing, doing))

    def decide(self, one: Decision, scopes: Sequence[str]) -> DecidedOut:
        """Load with a decision, note it in the ledger, write it down."""
        return self._done(
            one, one.verdict, one.why, scopes,
            lambda noted: decide([one], self.store, self.settings, self.tell, noted).run_id,
        )  # fmt: skip

    def withdraw(self, one: Decision, why: str, scopes: Sequence[str]) -> DecidedOut:
        """Load without a decision, note it in the ledger, write down that it is taken back."""
        said: dict[str, Any] = {"who": self.actor.name, "when": self.today, "why": why}
        return self._done(
            one, "withdraw", why, scopes,
            lambda noted: take_back(one.id, self.store, self.settings, self.tell, noted, **said).run_id,
        )  # fmt: skip

    def _done(
        self, one: Decision, verdict: str, why: str, scopes: Sequence[str], load: Callable[[Callable[[], None]], str]
    ) -> DecidedOut:
        booked: list[Booked] = []
        asked = Decided(about=one.subject, decision=one.id, verdict=verdict, said=one.said(), why=why, scopes=[*scopes])

        def noted() -> None:
            entry = self.ledger.book(asked, self.actor)
            booked.append(Booked(entry=entry.number, at=entry.at, subject=entry.subject, hash=entry.hash))

        run_id = load(noted)
        return DecidedOut(**booked[0].model_dump(), decision=one.id, run_id=run_id)


Desk = Annotated[_Desk, Depends()]
_GRAPH = ("graph",)


@router.post("/api/decisions/correct", response_model=DecidedOut)
def correct(desk: Desk, asked: Correction) -> DecidedOut:
    """Correct a value of a node or edge, as `corridor correct` does. Scope: graph."""
    may(desk.actor, *_GRAPH)
    said = {"who": desk.actor.name, "when": desk.today, "why": asked.why}
    return desk.decide(correction(desk.run(), asked.thing, asked.property, asked.value, **said), _GRAPH)


@router.post("/api/decisions/pair", response_model=DecidedOut)
def judge_pair(desk: Desk, asked: Pair) -> DecidedOut:
    """Decide on a pair to review, as `corridor review` does, or take a merge apart. Scope: graph."""
    may(desk.actor, *_GRAPH)
    left, right = pair_of(desk.run(), asked.pair)
    one = decision(Verdict(asked.verdict), left, right, who=desk.actor.name, when=desk.today, why=asked.why)
    return desk.decide(one, _GRAPH)


@router.post("/api/decisions/withdraw", response_model=DecidedOut)
def withdraw(desk: Desk, asked: Withdrawal) -> DecidedOut:
    """Take a decision back, as `corridor decisions withdraw` does. Scope: graph; of a report, the centre's office."""
    found = next((one for one in read_decisions(desk.file) if one.id == asked.decision and not one.withdrawn), None)
    scopes = _offices(desk.store, found.object) if found and found.verdict is Verdict.REPORT else _GRAPH
    may(desk.actor, *scopes)
    if found is None:
        raise UsageError(Text("writing.no_decision", id=asked.decision[:60]))
    return desk.withdraw(found, asked.why, scopes)


@router.post("/api/reports", response_model=DecidedOut)
def write_report(desk: Desk, asked: ReportOf) -> DecidedOut:  # type: ignore[valid-type]
    """Write what a resident of a centre did in a year or quarter. Scope: the office of the place that sent the centre."""
    given: Mapping[str, Any] = asked.model_dump()  # type: ignore[attr-defined]
    center = _named(desk.store, "Center", given["center"])
    scopes = _offices(desk.store, center.id)
    may(desk.actor, *scopes)
    enterprise = _named(desk.store, "Enterprise", given["enterprise"])
    _check_resident(desk.store, enterprise, center, given)
    period = f"{given['year']}Q{given['quarter']}" if given["quarter"] else str(given["year"])
    text = Text("writing.report_of", enterprise=enterprise.name, period=period).in_(Language.ZH)
    figures = {name: _whole(given[name]) for name in FIGURES}
    said = {"who": desk.actor.name, "when": desk.today, "why": given["why"]}
    return desk.decide(report(enterprise.id, center.id, period, text, figures, **said), scopes)


def _whole(value: float | None) -> float | int | None:
    return int(value) if value is not None and value == int(value) else value


def _check_resident(store: GraphStore, enterprise: Named, center: Named, given: Mapping[str, Any]) -> None:
    """Raise `UsageError` where an enterprise was no resident of a centre then, or would fill more of it than there is."""
    with store.snapshot() as graph:
        reader = Reader(graph)
        residents = resident_rows(reader, center_ids=[center.id])
        floor = next(iter(center_rows(reader, center_ids=[center.id]))).floor_area_m2
    until = last_days(residents).get((enterprise.id, center.id), date.min)
    if first_day(given["year"], given["quarter"]) > until:
        raise UsageError(Text("writing.no_resident", enterprise=enterprise.name, center=center.name), enterprise.name)
    area = (given["main_area_m2"] or 0) + (given["other_area_m2"] or 0)
    if is_more(area, floor):
        raise UsageError(
            Text(
                "ingest.part_over_whole",
                part=f"main_area_m2 + other_area_m2 = {area:g}",
                whole=f"floor_area_m2 = {floor:g}",
            )
        )


def _named(store: GraphStore, label: str, text: str) -> Named:
    """The node of a type that an id or a name stands for. Raises `UnknownName`, `AmbiguousName`."""
    with store.snapshot() as graph:
        return find_one(Reader(graph), (label,), label.lower(), text)


def _offices(store: GraphStore, center: str) -> list[str]:
    """The scopes of whose centre it is: of the places that sent it, else of those where it stands, else of the joint office."""
    with store.snapshot() as graph:
        rows = list(center_rows(Reader(graph), center_ids=[center]))
    senders = {row.sender_id for row in rows} - {None}
    places = senders or ({row.host_id for row in rows} - {None})
    return sorted(f"office:{str(one).removeprefix('place:')}" for one in places) or ["joint-office"]


@reading.get("/api/decisions", response_model=list[Decision])
def decisions(file: DecisionsFile) -> list[Decision]:
    """What people decided, in the order of the file; withdrawn decisions too."""
    return read_decisions(file)


@reading.get("/decisions", include_in_schema=False, response_class=HTMLResponse)
def decisions_page(file: DecisionsFile, language: Speaking) -> str:
    """The same as a page, where they are taken back."""
    found = read_decisions(file)
    names = ("id", "verdict", "subject", "object", "who", "when", "reason", "withdrawn")
    columns = [Column(Text(f"cli.column.{name}").in_(language)) for name in names]
    rows: list[list[Cell]] = [
        [one.id, word(one.verdict).in_(language), Link(one.subject, LINKS.claims_of(one.subject)), one.said(), one.who, one.when,
         one.why, one.withdrawn]
        for one in reversed(found)
    ]  # fmt: skip
    holding = [
        (one.id, f"{word(one.verdict).in_(language)} · {one.subject} {one.said()}"[:200]) for one in standing(found)
    ]
    title = Text("writing.decisions").in_(language)
    how = Text("writing.decisions.about" if found else "writing.decisions.none").in_(language)
    listed = Section(f"{title} ({len(found)})", how, table=Table(columns, rows) if rows else None)
    forms = [withdrawal_form(holding, language)] if holding else []
    return list_page(title, [listed, *forms], links=LINKS, language=language)
