"""Whether what is asked may be done, by the rules and by what was done before; each refusal has its reason."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, NamedTuple

from graph.errors import Missing, NotAllowed, Refused
from graph.texts import Text
from ledger.chain import Entry, entry_after
from ledger.names import one_of_both
from ledger.netting import Pair
from ledger.requests import (
    EVERYTHING,
    MOST_FEN,
    Actor,
    Asked,
    Close,
    Correct,
    Decided,
    Expire,
    Issue,
    MakeKey,
    Redeem,
    Revoke,
    SetBudget,
    Void,
)
from ledger.rules import HolderKind, Mode, VoucherRules, covers, days_of, province_of
from ledger.settlement import settled
from ledger.state import State, Voucher, paid_by

ENDED = {"redeemed": "already_redeemed", "void": "voided", "expired": "expired"}
"""Why a voucher that has ended takes nothing more, by its state."""
CHINA = timezone(timedelta(hours=8))
"""Where days and periods begin and end: all places of the ledger have one time."""


class Judged(NamedTuple):
    """What an entry will say: what it is about and its body."""

    subject: str
    body: dict[str, Any]


class Judge:
    """Books requests on a state: by rules of a name, what is a place and a clock, which are given."""

    def __init__(
        self, rules: Callable[[str], VoucherRules], is_place: Callable[[str], bool], now: Callable[[], datetime]
    ) -> None:
        self._rules, self._is_place, self._now = rules, is_place, now

    def booked(self, state: State, asked: Asked, actor: Actor) -> Entry:
        """The entry of a request, put into the state; that of an equal one before, where there is one.

        Raises `Refused` with the reason, `NotAllowed` where the actor has no scope for it, and leaves the state as it was.
        """
        if before := state.seen.get((actor.name, asked.request)) if asked.request else None:
            if before[1] != asked.digest():
                raise Refused("request_reused", request=asked.request, entry=before[0])
            return Entry(before[0], "", asked.kind, "", actor.name, asked.request, before[1], "{}", "", "")
        judged = _JUDGED[type(asked)](self, state, asked, actor)
        at = self._now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        said = {"at": at, "kind": asked.kind, "subject": judged.subject, "actor": actor.name,
                "request": asked.request, "asked": asked.digest()}  # fmt: skip
        entry = entry_after(state.number, state.head, said, judged.body)
        state.apply(entry, judged.body)
        return entry

    # --- vouchers ----------------------------------------------------------------------------------------------------

    def issue(self, state: State, asked: Issue, actor: Actor) -> Judged:
        """A new voucher."""
        may(actor, f"office:{asked.office[6:]}", "joint-office")
        rules, start = self._rules(asked.rules), asked.valid_from or self._today()
        expiry = asked.expires_on or rules.expiry(start)
        self._check_amount(asked.amount_fen)
        self._check_places(asked.office, asked.holder_place)
        _refuse_unless(rules.holds_on(start), "rules_not_in_force", rules=asked.rules, day=start)
        _refuse_unless(
            start <= expiry <= rules.expiry(start), "validity", start=start, end=expiry, last=rules.expiry(start)
        )
        self._check_may_issue(rules, asked, start)
        year, ceiling = start.year, rules.ceiling_fen(asked.holder_kind)
        used = state.held_by(asked.holder, year)
        _refuse_unless(used + asked.amount_fen <= ceiling, "ceiling", holder=asked.holder, year=str(year),
                       used=yuan(used), ceiling=yuan(ceiling), amount=yuan(asked.amount_fen))  # fmt: skip
        budget = state.budget(asked.office, year)
        left = budget.amount_fen - budget.committed_fen
        _refuse_unless(
            asked.amount_fen <= left, "budget", office=asked.office, year=str(year), left=yuan(left),
            amount=yuan(asked.amount_fen),
        )  # fmt: skip
        body = asked.model_dump(mode="json", exclude={"request"}, exclude_none=True)
        dated = {
            "year": year,
            "valid_from": start.isoformat(),
            "expires_on": expiry.isoformat(),
            "ceiling_fen": ceiling,
        }
        return Judged(f"v{asked.office[6:]}-{year}-{state.number + 1:08}", {**body, **dated})

    def _check_may_issue(self, rules: VoucherRules, asked: Issue, day: date) -> None:
        province = province_of(asked.office)
        _refuse_unless(any(area.holds(asked.office, day) for area in rules.offices), "place", place=asked.office)
        is_eligible = any(area.holds(asked.holder_place, day) for area in rules.holders)
        _refuse_unless(is_eligible and covers(asked.office, asked.holder_place), "place", place=asked.holder_place)
        has_mode = any(pair.issuer in ("*", province) and asked.mode in pair.modes for pair in rules.modes)
        _refuse_unless(has_mode, "mode", mode=_mode(asked.mode), issuer=province, institution="*")
        least = rules.team_members_min.value
        if asked.holder_kind is HolderKind.TEAM:
            _refuse_unless((asked.members or 0) >= least, "team", members=asked.members or 0, least=int(least))

    def redeem(self, state: State, asked: Redeem, actor: Actor) -> Judged:
        """A voucher pays."""
        voucher = _voucher(state, asked.voucher)
        may(actor, f"office:{voucher.office[6:]}", f"office:{asked.institution_place[6:]}", "joint-office")
        _check_open(voucher)
        day, rules = asked.redeemed_on or self._today(), self._rules(voucher.rules)
        _refuse_unless(day <= self._today(), "future", day=day)
        self._check_amount(asked.contract_fen)
        self._check_amount(asked.amount_fen)
        self._check_places(asked.institution_place)
        start, end = date.fromisoformat(voucher.valid_from), date.fromisoformat(voucher.expires_on)
        _refuse_unless(start <= day, "before_issue", voucher=voucher.id, day=day, start=start)
        _refuse_unless(day <= end, "expired", voucher=voucher.id, day=end)
        _refuse_unless(
            start <= asked.contract_on <= min(day, end),
            "contract_day",
            day=asked.contract_on,
            start=start,
            end=min(day, end),
        )
        most = rules.most_of_contract_fen(asked.contract_fen)
        _refuse_unless(
            asked.amount_fen <= voucher.amount_fen, "face", amount=yuan(asked.amount_fen), face=yuan(voucher.amount_fen)
        )
        _refuse_unless(asked.amount_fen <= most, "share", amount=yuan(asked.amount_fen), most=yuan(most))
        contract = paid_by(voucher.holder, asked.model_dump())
        paid = state.paid_of(contract)
        _refuse_unless(paid + asked.amount_fen <= most, "share_together", institution=asked.institution, day=asked.contract_on,
                       contract=yuan(asked.contract_fen), paid=yuan(paid), amount=yuan(asked.amount_fen), most=yuan(most))  # fmt: skip
        self._check_may_pay(rules, voucher, asked, day)
        period = rules.period(day)
        _refuse_unless(not state.is_closed(period), "period_closed", period=period)
        body = asked.model_dump(mode="json", exclude={"request", "voucher", "related", "ineligible"}, exclude_none=True)
        issuer, institution = province_of(voucher.office), province_of(asked.institution_place)
        creditor = institution if voucher.mode == Mode.TONGDUI else issuer
        return Judged(voucher.id, {**body, "redeemed_on": day.isoformat(), "period": period, "mode": voucher.mode,
                                   "debtor": issuer, "creditor": creditor})  # fmt: skip

    def _check_may_pay(self, rules: VoucherRules, voucher: Voucher, asked: Redeem, day: date) -> None:
        is_eligible = any(area.holds(asked.institution_place, day) for area in rules.institutions)
        _refuse_unless(is_eligible, "place", place=asked.institution_place)
        issuer, institution, mode = (
            province_of(voucher.office),
            province_of(asked.institution_place),
            Mode(voucher.mode),
        )
        is_allowed = any(pair.allows(mode, issuer, institution) for pair in rules.modes)
        _refuse_unless(is_allowed, "mode", mode=_mode(mode), issuer=issuer, institution=institution)
        _refuse_unless(asked.service in rules.catalogue, "service", service=asked.service, known=list(rules.catalogue))
        if asked.ineligible:
            reason = rules.refusals.get(asked.ineligible)
            raise Refused("ineligible", why=reason.text if reason else asked.ineligible)
        related = asked.related or one_of_both(
            (voucher.holder, voucher.holder_name), (asked.institution, asked.institution_name)
        )
        _refuse_unless(not related, "related", holder=voucher.holder, institution=asked.institution, why=related)

    def void(self, state: State, asked: Void, actor: Actor) -> Judged:
        """A voucher is taken back."""
        voucher = _voucher(state, asked.voucher)
        may(actor, f"office:{voucher.office[6:]}", "joint-office")
        _check_open(voucher)
        return Judged(voucher.id, {"why": asked.why})

    def expire(self, state: State, asked: Expire, actor: Actor) -> Judged:
        """A voucher ran out."""
        voucher = _voucher(state, asked.voucher)
        may(actor, f"office:{voucher.office[6:]}", "settlement", "joint-office")
        _check_open(voucher)
        is_over = voucher.expires_on < self._today().isoformat()
        _refuse_unless(is_over, "not_expired", voucher=voucher.id, day=date.fromisoformat(voucher.expires_on))
        return Judged(voucher.id, {"expires_on": voucher.expires_on})

    def budget(self, state: State, asked: SetBudget, actor: Actor) -> Judged:
        """An office's budget of a year."""
        may(actor, f"office:{asked.office[6:]}", "joint-office")
        self._check_amount(asked.amount_fen)
        self._check_places(asked.office)
        held = state.budget(asked.office, asked.year).committed_fen
        _refuse_unless(asked.amount_fen >= held, "budget_held", held=yuan(held), amount=yuan(asked.amount_fen))
        return Judged(f"{asked.office}/{asked.year}", asked.model_dump(mode="json", exclude={"request"}))

    # --- settlement --------------------------------------------------------------------------------------------------

    def close(self, state: State, asked: Close, actor: Actor) -> Judged:
        """A period ends, with what remains to be paid."""
        may(actor, "settlement")
        _refuse_unless(not state.is_closed(asked.period), "period_closed", period=asked.period)
        end = days_of(asked.period).end
        _refuse_unless(end < self._today(), "period_runs", period=asked.period, day=end)
        if not state.is_used(asked.period):
            raise Missing("no_period", period=asked.period)
        owed = {pair: amount for pair, amount in state.owed[asked.period].items() if amount}
        return Judged(asked.period, settled(asked.period, owed).model_dump(mode="json", exclude={"is_sample"}))

    def correct(self, state: State, asked: Correct, actor: Actor) -> Judged:
        """An obligation that puts an earlier entry right."""
        may(actor, "settlement")
        self._check_amount(asked.amount_fen)
        self._check_places(asked.debtor, asked.creditor)
        debtor, creditor = province_of(asked.debtor), province_of(asked.creditor)
        _refuse_unless(debtor != creditor, "one_province", place=debtor)
        _refuse_unless(asked.about <= state.number, "no_entry", entry=asked.about, last=state.number)
        self._check_corrects(state, asked, (debtor, creditor))
        _refuse_unless(not state.is_closed(asked.period), "period_closed", period=asked.period)
        start = days_of(asked.period).start
        _refuse_unless(start <= self._today(), "period_to_come", period=asked.period, day=start)
        body = asked.model_dump(mode="json", exclude={"request", "period"})
        return Judged(asked.period, {**body, "debtor": debtor, "creditor": creditor})

    def _check_corrects(self, state: State, asked: Correct, pair: Pair) -> None:
        """A correction is about a debt, moves no more than that, neither alone nor together with others, and between provinces
        that have to do with it."""
        debt = state.debt(asked.about)
        if debt is None:
            raise Refused("no_debt", entry=asked.about)
        _refuse_unless(asked.amount_fen <= debt.amount_fen, "over_debt", entry=asked.about,
                       amount=yuan(asked.amount_fen), most=yuan(debt.amount_fen))  # fmt: skip
        known, provinces = {debt.debtor, debt.creditor}, {*pair}
        if not provinces <= known and debt.rules:
            rules = self._rules(debt.rules)
            known |= {province_of(area.place) for area in (*rules.offices, *rules.institutions)}
        strange = sorted(provinces - known)
        _refuse_unless(not strange, "other_province", entry=asked.about, places=strange, known=sorted(known))
        owed, paid = state.owed_for(debt.of, pair, asked.amount_fen), state.debts[debt.of].amount_fen
        _refuse_unless(owed <= paid, "over_debt_together", entry=debt.of, owed=yuan(owed), most=yuan(paid))

    # --- the graph ---------------------------------------------------------------------------------------------------

    def decide(self, state: State, asked: Decided, actor: Actor) -> Judged:
        """A decision that was written down."""
        may(actor, *asked.scopes)
        return Judged(asked.about, asked.model_dump(mode="json", exclude={"request", "about", "scopes"}))

    # --- keys --------------------------------------------------------------------------------------------------------

    def key(self, state: State, asked: MakeKey, actor: Actor) -> Judged:
        """A new key."""
        may(actor, EVERYTHING)
        _refuse_unless(state.key(asked.name) is None, "key_there", name=asked.name)
        self._check_places(*(f"place:{scope[7:]}" for scope in asked.scopes if scope.startswith("office:")))
        return Judged(asked.name, {"hash": asked.hash, "scopes": sorted(set(asked.scopes))})

    def revoke(self, state: State, asked: Revoke, actor: Actor) -> Judged:
        """A key is taken back."""
        may(actor, EVERYTHING)
        key = state.key(asked.name)
        _refuse_unless(key is not None and not key.revoked_by, "no_key", name=asked.name)
        return Judged(asked.name, {"why": asked.why})

    # --- what several check ------------------------------------------------------------------------------------------

    def _today(self) -> date:
        return day_of(self._now())

    def _check_amount(self, fen: int) -> None:
        _refuse_unless(0 < fen <= MOST_FEN, "amount", amount=fen, most=MOST_FEN)

    def _check_places(self, *places: str) -> None:
        for place in places:
            _refuse_unless(self._is_place(place), "unknown_place", place=place)


_JUDGED: dict[type[Asked], Callable[..., Judged]] = {
    Issue: Judge.issue, Redeem: Judge.redeem, Void: Judge.void, Expire: Judge.expire, SetBudget: Judge.budget,
    Close: Judge.close, Correct: Judge.correct, Decided: Judge.decide, MakeKey: Judge.key, Revoke: Judge.revoke,
}  # fmt: skip


def day_of(moment: datetime) -> date:
    """The day that it is in China.

    >>> day_of(datetime(2026, 12, 31, 15, 59, tzinfo=UTC)), day_of(datetime(2026, 12, 31, 16, 0, tzinfo=UTC))
    (datetime.date(2026, 12, 31), datetime.date(2027, 1, 1))
    """
    return moment.astimezone(CHINA).date()


def yuan(fen: int) -> str:
    """An amount in yuan, exactly.

    >>> yuan(2400000), yuan(-1), yuan(123456789)
    ('24,000.00', '-0.01', '1,234,567.89')
    """
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}.{rest:02}"


def _mode(mode: Mode) -> Text:
    return Text(f"ledger.mode.{mode}")


def may(actor: Actor, *scopes: str) -> None:
    """Raise `NotAllowed` where an actor has none of some scopes; that of an office is good for all places in it."""
    for has in actor.scopes:
        for needed in scopes:
            if has in (EVERYTHING, needed):
                return
            both = has.startswith("office:") and needed.startswith("office:")
            if both and covers(f"place:{has[7:]}", f"place:{needed[7:]}"):
                return
    raise NotAllowed(actor.name, [scope for scope in scopes if scope != EVERYTHING])


def _refuse_unless(is_right: bool, reason: str, **values: object) -> None:
    if not is_right:
        raise Refused(reason, **values)


def _voucher(state: State, voucher_id: str) -> Voucher:
    voucher = state.voucher(voucher_id)
    if voucher is None:
        raise Missing("unknown_voucher", voucher=voucher_id)
    return voucher


def _check_open(voucher: Voucher) -> None:
    if voucher.status in ENDED:
        raise Refused(ENDED[voucher.status], voucher=voucher.id, entry=voucher.ended_by, day=voucher.expires_on)
