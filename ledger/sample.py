"""A year of vouchers that nobody issued (示例), drawn from the rule files by a seed, in a ledger of its own."""

import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from math import log
from pathlib import Path
from random import Random
from typing import NamedTuple

from graph.errors import UsageError
from graph.texts import Text
from ledger.chain import Entry
from ledger.ledger import Filter, Ledger
from ledger.requests import SAMPLE, Asked, Close, Correct, Issue, Redeem, SetBudget, Void
from ledger.rules import HolderKind, Mode, VoucherRules, covers, province_of, voucher_rules

YEAR = 2025
_RULES = ("delta-2021", "shanghai-2")
"""Of rules in several versions the last: no place issues by two at a time."""
_EACH = 240
"""Vouchers of an office: with nine offices as many as a real year has, of which a good three years made 7,000."""
_MEAN_YUAN, _SPREAD = 24_000, 1.15
"""Of a log-normal amount: the mean of the real ones, and a tail that reaches the ceiling of 300,000."""
_TEAMS, _AGAIN, _REDEEMED, _VOIDED, _SHORT = 0.08, 0.35, 0.68, 0.05, 0.4
"""How many holders are teams, have had a voucher before; how many vouchers pay, are taken back, run for 120 days only."""
_WHY = "示例，虚构"


class _Plan(NamedTuple):
    """A voucher to be, and what becomes of it when."""

    issue: Issue
    end: date | None
    redeem: dict[str, object] | None


def made(path: Path, is_place: Callable[[str], bool]) -> int:
    """How many entries the sample in a file has, which is made where there is none.

    Raises `UsageError` where another ledger is in the place of it.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".sample-", dir=path.parent) as folder:
            _fill(draft := Path(folder) / path.name, is_place)
            os.replace(draft, path)
    ledger = Ledger(f"sqlite:///{path}", is_place)
    try:
        if not ledger.is_sample():
            raise UsageError(Text("ledger.no_sample", path=path))
        return ledger.entries(limit=1)[0].number
    finally:
        ledger.close()


def examples() -> list[Asked]:
    """One request of each kind that tables have, right as it is, for who fills such tables."""
    office = voucher_rules(_RULES[0]).offices[0].place
    plan = next(one for one in _plans(Random(YEAR), _RULES[0], office) if one.redeem)
    told = {"voucher": f"v{office[6:]}-{YEAR}-00000002"}
    budget = SetBudget(office=office, year=YEAR, amount_fen=10**9, why=_WHY)
    return [budget, plan.issue, Redeem.model_validate({**told, **(plan.redeem or {})}), Void(**told, why=_WHY)]


def _fill(path: Path, is_place: Callable[[str], bool]) -> None:
    today = date(YEAR, 1, 1)
    ledger = Ledger(f"sqlite:///{path}", is_place, now=lambda: datetime(*today.timetuple()[:3], 2, tzinfo=UTC))
    draw = Random(YEAR)
    acts: defaultdict[date, list[Asked]] = defaultdict(list)
    plans: defaultdict[date, list[_Plan]] = defaultdict(list)
    for name in _RULES:
        for office in voucher_rules(name).offices:
            own = [*_plans(draw, name, office.place)]
            total = sum(one.issue.amount_fen for one in own)
            acts[today].append(
                SetBudget(office=office.place, year=YEAR, amount_fen=total * 5 // 4 // 10**7 * 10**7, why=_WHY)
            )
            for one in own:
                plans[_booking_day(one.issue.valid_from or today)].append(one)
    while today.year == YEAR:
        if 10 <= today.day < 17:
            ledger.expire(SAMPLE)
            _settle(ledger, today)
        entries = _booked(ledger, [*acts[today], *(one.issue for one in plans[today])])[len(acts[today]) :]
        for plan, entry in zip(plans[today], entries, strict=True):
            if plan.end and plan.end.year == YEAR:
                told = {"voucher": entry.subject}
                asked = Redeem.model_validate({**told, **plan.redeem}) if plan.redeem else Void(**told, why=_WHY)
                acts[_booking_day(plan.end)].append(asked)
        today += timedelta(7)
    ledger.close()


def _booking_day(day: date) -> date:
    """Once a week an office books what came: the first such day that is not before a day."""
    return day + timedelta(-(day - date(YEAR, 1, 1)).days % 7)


def _settle(ledger: Ledger, today: date) -> None:
    """The quarter before closes when ten days have passed; what was wrong in it is put right in the running one."""
    if today.month not in (4, 7, 10):
        return
    before, running = (f"{YEAR}Q{(today.month - 1) // 3 + more}" for more in (0, 1))
    _booked(ledger, [Close(period=before)])
    wrong = next(one for one in ledger.vouchers(Filter(period=before, mode=Mode.TONGDUI), limit=_EACH * 9)
                 if province_of(one.office) != province_of(one.institution_place))  # fmt: skip
    debtor, creditor = province_of(wrong.institution_place), province_of(wrong.office)
    _booked(ledger, [Correct(about=wrong.ended_by, period=running, debtor=debtor, creditor=creditor,
                             amount_fen=wrong.paid_fen // 10, why=_WHY)])  # fmt: skip


def _booked(ledger: Ledger, asked: list[Asked]) -> list[Entry]:
    found: list[Entry] = []
    for one in ledger.book_all([(one, SAMPLE) for one in asked]) if asked else []:
        if not isinstance(one, Entry):
            raise one
        found.append(one)
    return found


def _plans(draw: Random, name: str, office: str) -> Iterator[_Plan]:
    """The vouchers of an office, each within what its holder may have in a year."""
    rules = voucher_rules(name)
    places = [one.place for each in _RULES for one in voucher_rules(each).offices]
    left: dict[str, int] = {}
    for _ in range(_EACH):
        day = date(YEAR, 1, 2) + timedelta(draw.randrange(362))
        known = [one for one, fen in left.items() if fen >= 10**5]
        if known and draw.random() < _AGAIN:
            holder = draw.choice(known)
        else:
            kind = "team" if draw.random() < _TEAMS else "firm"
            holder = f"sample-{kind}-{office[6:]}-{len(left) + 1:03}"
            left[holder] = rules.ceiling_fen(HolderKind(kind))
        yuan = draw.lognormvariate(log(_MEAN_YUAN) - _SPREAD**2 / 2, _SPREAD)
        fen = min(max(int(yuan), 1_000) // 100 * 10_000, left[holder])
        left[holder] -= fen
        issue = _issue(draw, rules, name, office, holder, fen, day)
        yield _Plan(issue, *_ending(draw, rules, issue, day, places))


def _issue(draw: Random, rules: VoucherRules, name: str, office: str, holder: str, fen: int, day: date) -> Issue:
    kind, number = ("team", "团队") if "team" in holder else ("firm", "企业")
    modes = sorted({mode for pair in rules.modes if pair.issuer in ("*", province_of(office)) for mode in pair.modes})
    return Issue(
        office=office, holder=holder, holder_name=f"示例{number}{office[6:]}{holder[-3:]}", holder_place=office,
        holder_kind=HolderKind(kind), members=draw.randrange(3, 9) if kind == "team" else None, mode=draw.choice(modes),
        amount_fen=fen, rules=name, valid_from=day,
        expires_on=day + timedelta(120) if draw.random() < _SHORT else None,
    )  # fmt: skip


def _ending(
    draw: Random, rules: VoucherRules, issue: Issue, day: date, places: list[str]
) -> tuple[date | None, dict[str, object] | None]:
    """When a voucher ends before it runs out, and how it is redeemed if it is."""
    end, chance = day + timedelta(draw.randrange(10, 110)), draw.random()
    if chance >= _REDEEMED:
        return (end, None) if chance < _REDEEMED + _VOIDED else (None, None)
    payable = [
        one for one in places if any(covers(area.place, one) for area in rules.institutions)
        and any(pair.allows(Mode(issue.mode), province_of(issue.office), province_of(one)) for pair in rules.modes)
    ]  # fmt: skip
    place, service = draw.choice(payable), draw.choice([*rules.catalogue])
    paid = issue.amount_fen if draw.random() < 0.7 else issue.amount_fen * draw.randrange(60, 100) // 10**6 * 10**4
    number = draw.randrange(1, 13)
    return end, {
        "institution": f"sample-lab-{place[6:]}-{number:02}", "institution_name": f"示例机构{place[6:]}{number:02}",
        "institution_place": place, "service": service, "redeemed_on": end, "amount_fen": paid,
        "contract_on": day + timedelta(draw.randrange(1, 10)),
        "contract_fen": int(paid / rules.share_of_contract.value * draw.uniform(1.01, 1.6)) // 100 * 100,
    }  # fmt: skip
