"""The ledger over HTTP: requests booked for who has a key, and what stands in it, for programs and as pages."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from api.answering import Looking
from api.deps import Speaking
from api.errors import RESPONSES, ErrorAnswer
from api.keys import actor_of
from api.ledger_pages import Naming, no_ledger_page, settlement_page, statement_page, voucher_page, vouchers_page
from api.money import with_relations
from graph.errors import NoLedger
from graph.rules import own_rules
from ledger.chain import Entry
from ledger.ledger import Filter, Ledger
from ledger.requests import Actor, Asked, Close, Correct, Expire, Issue, Redeem, SetBudget, Void, checked_period
from ledger.settlement import Statement
from ledger.state import Voucher


class Writing(Looking):
    """A route that books."""

    places = "writes"


REFUSED: dict[int | str, dict[str, object]] = {
    401: {"model": ErrorAnswer, "description": "no key, or none that is good"},
    403: {"model": ErrorAnswer, "description": "the key has no scope for this"},
    409: {"model": ErrorAnswer, "description": "refused; `code` is the reason"},
    429: {"model": ErrorAnswer, "description": "more often than a key may ask"},
}
writing = APIRouter(prefix="/api/ledger", tags=["ledger"], responses={**RESPONSES, **REFUSED}, route_class=Writing)
reading = APIRouter(prefix="/api", tags=["ledger"], responses={**RESPONSES, **REFUSED}, route_class=Looking)
pages = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, route_class=Looking)


def _ledger(request: Request) -> Ledger:
    found: Ledger = request.app.state.ledger
    return found


TheLedger = Annotated[Ledger, Depends(_ledger)]


def _actor(request: Request, ledger: TheLedger) -> Actor:
    return _who(request, ledger, reads=False)


def _who(request: Request, ledger: Ledger, *, reads: bool) -> Actor:
    host = request.client.host if request.client else ""
    return actor_of(ledger, request.headers.get("authorization", ""), request.app.state.pace, host, reads=reads)


Who = Annotated[Actor, Depends(_actor)]
"""Who writes, by the key."""


def _may_read(request: Request, ledger: TheLedger) -> None:
    if request.app.state.read_with_key:
        _who(request, ledger, reads=True)


_READS = [Depends(_may_read)]


class Booked(BaseModel):
    """An entry of the ledger; a request that came before is answered by its first entry."""

    entry: int = Field(description="number of the entry")
    at: str = Field(description="when it was booked, UTC")
    subject: str = Field(description="what it is about: the id of the voucher, the period")
    hash: str = Field(description="hash of the entry, which the next one builds on")


def _books(kind: type[Asked], about: str) -> None:
    """The route that books requests of a kind."""

    def book(request: Request, ledger: TheLedger, who: Who, asked: Asked) -> Booked:
        [asked] = with_relations(ledger, [asked], request.app.state.store.snapshot())
        entry = ledger.book(asked, who)
        return Booked(entry=entry.number, at=entry.at, subject=entry.subject, hash=entry.hash)

    book.__annotations__["asked"] = kind
    writing.add_api_route(
        f"/{kind.kind}", book, methods=["POST"], name=kind.kind, description=about, response_model=Booked
    )


for _kind, _about in (
    (Issue, "Issue a voucher; `subject` is its id. Scope: the office of the issuer."),
    (Redeem, "Redeem a voucher. Scope: the office of the issuer or of the institution's place."),
    (Void, "Void a voucher. Scope: the office of the issuer."),
    (Expire, "Let a voucher that ran out give back what it holds. Scope: the office of the issuer, settlement."),
    (SetBudget, "Set an office's budget of a year. Scope: the office."),
    (Close, "Close a settlement period. Scope: settlement."),
    (Correct, "Correct an earlier entry in a period that is open. Scope: settlement."),
):
    _books(_kind, _about)


class VoucherOut(BaseModel):
    """A voucher as it stands."""

    id: str
    issued_by: int = Field(description="number of the entry")
    office: str
    holder: str
    holder_name: str
    holder_place: str
    holder_kind: str
    mode: str
    rules: str
    year: int
    amount_fen: int
    valid_from: str
    expires_on: str
    status: str
    paid_fen: int
    institution: str
    institution_name: str
    institution_place: str
    service: str
    period: str
    ended_by: int = Field(description="number of the entry, 0 while it is good")


class EntryOut(BaseModel):
    """An entry of the ledger: who did what."""

    number: int
    at: str
    kind: str
    subject: str
    actor: str
    request: str
    body: str = Field(description="what it says, as canonical JSON")
    previous: str
    hash: str


class OneVoucher(BaseModel):
    """A voucher and all entries about it."""

    voucher: VoucherOut
    entries: list[EntryOut]


Limit = Annotated[int, Query(ge=1, le=1_000)]
_PLAIN = r"^[^\x00-\x1f\x7f]*$"  # PostgreSQL takes no NUL in a text.
Short = Annotated[str, Query(max_length=200, pattern=_PLAIN)]
Called = Annotated[str, Path(max_length=200, pattern=_PLAIN)]
Place = Annotated[str, Query(max_length=200, pattern=_PLAIN, description="as place:310117")]


def _filter(
    ledger: TheLedger, status: Short = "", office: Place = "", mode: Short = "", period: Short = "", text: Short = ""
) -> Filter:
    return ledger.chosen(Filter(status, office, mode, period, text.strip()))


Chosen = Annotated[Filter, Depends(_filter)]


@reading.get("/vouchers", response_model=list[VoucherOut], dependencies=_READS)
def vouchers(
    ledger: TheLedger, chosen: Chosen, limit: Limit = 50, offset: Annotated[int, Query(ge=0, le=10**9)] = 0
) -> list[Voucher]:
    """Vouchers, the last issued first."""
    return ledger.vouchers(chosen, limit, offset)


@reading.get("/vouchers/{voucher_id}", response_model=OneVoucher, dependencies=_READS)
def voucher(ledger: TheLedger, voucher_id: Called) -> OneVoucher:
    """A voucher and all that was booked on it."""
    found, booked = ledger.history(voucher_id)
    return OneVoucher.model_validate({"voucher": found, "entries": booked}, from_attributes=True)


@reading.get("/ledger/entries", response_model=list[EntryOut], dependencies=_READS)
def entries(ledger: TheLedger, subject: Short = "", limit: Limit = 50) -> list[Entry]:
    """The last entries: who did what."""
    return ledger.entries(subject, limit)


@reading.get("/settlement", response_model=list[str], dependencies=_READS)
def periods(ledger: TheLedger) -> list[str]:
    """The periods that something was booked into, the closed ones too."""
    return sorted({*ledger.open_periods(), *(one.period for one in ledger.periods())})


@reading.get("/settlement/{period}", response_model=Statement, dependencies=_READS)
def settlement(ledger: TheLedger, period: Called) -> Statement:
    """What provinces owe each other in a period, and what remains to be paid; a preview where it is open."""
    return ledger.statement(checked_period(period))


def _naming(request: Request, language: Speaking) -> Naming:
    state = request.app.state
    return Naming(state.store, language, own_rules(state.home), is_sample=state.ledger.is_sample())


@pages.get("/vouchers", dependencies=_READS)
def vouchers_html(
    request: Request,
    ledger: TheLedger,
    language: Speaking,
    chosen: Chosen,
    page: Annotated[int, Query(ge=1, le=10**7)] = 1,
) -> str:
    """The vouchers, as a page."""
    naming = _naming(request, language)
    try:
        return vouchers_page(ledger, chosen, page, naming)
    except NoLedger as error:
        return no_ledger_page("vouchers", error.text, naming)


@pages.get("/vouchers/{voucher_id}", dependencies=_READS)
def voucher_html(request: Request, ledger: TheLedger, language: Speaking, voucher_id: Called) -> str:
    """A voucher and all that was booked on it, as a page."""
    return voucher_page(ledger, voucher_id, _naming(request, language))


@pages.get("/settlement", dependencies=_READS)
def settlement_html(request: Request, ledger: TheLedger, language: Speaking, period: Short = "") -> str:
    """The settlement of a period, as a page."""
    naming = _naming(request, language)
    try:
        return settlement_page(ledger, period, naming)
    except NoLedger as error:
        return no_ledger_page("settlement", error.text, naming)


@pages.get("/settlement/{period}/statement", dependencies=_READS)
def statement_html(request: Request, ledger: TheLedger, language: Speaking, period: Called) -> str:
    """The settlement statement of a period, for paper."""
    return statement_page(ledger, period, _naming(request, language))
