"""Vouchers from issue to settlement, what is refused and why, what changed rows and clients at the same time do."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from graph.errors import CorridorError, LedgerBroken, LedgerUnavailable, NotAllowed, Refused, UsageError
from ledger.chain import Entry, entry_after
from ledger.database import Database
from ledger.ledger import Filter, Ledger, replayed
from ledger.requests import Actor, Asked, Close, Correct, Expire, MakeKey, Revoke, Void
from ledger.settlement import Debt
from ledger.tables import METADATA
from tests.ledger.conftest import Opened
from tests.ledger.vouchers import (
    CLERK,
    HANGZHOU,
    HEFEI,
    JIAXING,
    SONGJIANG,
    SUZHOU,
    budget,
    issue,
    issued,
    redeem,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def ready(ledger: Ledger) -> Ledger:
    """A ledger with budgets."""
    offices = (SONGJIANG, JIAXING, HANGZHOU, SUZHOU, HEFEI)
    ledger.book_all([(budget(office), CLERK) for office in offices])
    return ledger


def reason(ledger: Ledger, asked: Asked) -> str:
    """Why a request is refused; nothing is booked then."""
    before = ledger.entries(limit=1)
    with pytest.raises(Refused) as refused:
        ledger.book(asked, CLERK)
    assert ledger.entries(limit=1) == before
    assert "{" not in str(refused.value)
    return refused.value.reason


def test_a_voucher_is_issued_redeemed_and_settled(ready: Ledger) -> None:
    voucher = issued(ready)
    ready.book(redeem(voucher), CLERK)
    assert ready.owed("2026Q2") == {("place:310000", "place:330000"): 2_400_000}
    ready.book(Close(period="2026Q2"), CLERK)
    found = ready.vouchers(Filter(text="firm-1"))
    assert [(one.id, one.status, one.paid_fen, one.period) for one in found] == [
        (voucher, "redeemed", 2_400_000, "2026Q2")
    ]
    paid = Debt(debtor="place:310000", creditor="place:330000", amount_fen=2_400_000)
    assert (ready.statement("2026Q2").payments, ready.statement("2026Q2").is_closed) == ([paid], True)
    assert [entry.kind for entry in ready.entries(voucher)] == ["redeem", "issue"]
    ready.check()


def test_a_voucher_that_repays_its_holder_makes_no_debt_between_provinces(ready: Ledger) -> None:
    ready.book(redeem(issued(ready, mode="通用")), CLERK)
    ready.book(redeem(issued(ready), institution_place=SONGJIANG), CLERK)
    assert ready.owed("2026Q2") == {}
    assert ready.check().obligations == []


def test_what_a_voucher_does_not_pay_goes_back(ready: Ledger) -> None:
    ready.book(redeem(issued(ready, amount_fen=100), amount_fen=60), CLERK)
    ready.book(Void(voucher=issued(ready, amount_fen=100), why="withdrawn"), CLERK)
    issued(ready, amount_fen=7)
    assert [one.committed_fen for one in ready.budgets() if one.office == SONGJIANG] == [67]
    ready.check()


@pytest.mark.parametrize(
    ("why", "more"),
    [
        ("amount", {"amount_fen": 0}),
        ("amount", {"amount_fen": -5}),
        ("amount", {"amount_fen": 10**16}),
        ("unknown_place", {"holder_place": "place:999999"}),
        ("ceiling", {"amount_fen": 30_000_001}),
        ("place", {"holder_place": JIAXING}),
        ("place", {"rules": "shanghai-2"}),
        ("rules_not_in_force", {"valid_from": "2020-12-31"}),
        ("validity", {"expires_on": "2026-03-31"}),
        ("validity", {"expires_on": "2036-03-31"}),
        ("team", {"holder_kind": "team", "members": 2}),
        ("team", {"holder_kind": "team"}),
        ("ceiling", {"holder_kind": "team", "members": 3, "amount_fen": 10_000_001}),
        ("budget", {"valid_from": "2025-05-01"}),
    ],
)
def test_what_breaks_a_rule_is_not_issued(ready: Ledger, why: str, more: dict[str, Any]) -> None:
    asked = issue(**{"office": JIAXING, **more} if more.get("rules") else more)
    assert reason(ready, asked) == why


def test_the_ceiling_counts_all_vouchers_of_the_year_and_not_those_that_ended(ready: Ledger) -> None:
    first = issued(ready, amount_fen=20_000_000)
    issued(ready, amount_fen=10_000_000)
    assert reason(ready, issue(amount_fen=1)) == "ceiling"
    ready.book(Void(voucher=first, why="withdrawn"), CLERK)
    issued(ready, amount_fen=20_000_000)


def test_two_versions_of_the_rules_differ_in_their_ceiling(ready: Ledger) -> None:
    asked: dict[str, Any] = {"amount_fen": 40_000_000}
    assert reason(ready, issue(**asked, rules="shanghai-2")) == "ceiling"
    issued(ready, **asked, rules="shanghai-1")


@pytest.mark.parametrize(
    ("why", "more"),
    [
        ("amount", {"amount_fen": 0, "contract_fen": 5}),
        ("amount", {"contract_fen": -5}),
        ("share", {"contract_fen": 4_799_999}),
        ("face", {"amount_fen": 2_400_001}),
        ("unknown_place", {"institution_place": "place:123456"}),
        ("related", {"institution": "firm-1"}),
        ("related", {"related": "one group"}),
        ("service", {"service": "catering"}),
        ("ineligible", {"ineligible": "subsidised"}),
        ("ineligible", {"ineligible": "something else"}),
        ("contract_day", {"contract_on": "2026-03-31"}),
        ("contract_day", {"contract_on": "2026-06-02"}),
        ("before_issue", {"redeemed_on": "2026-03-31"}),
        ("future", {"redeemed_on": "2026-08-16"}),
        ("expired", {"redeemed_on": "2027-04-02"}),
    ],
)
def test_what_breaks_a_rule_is_not_redeemed(ready: Ledger, opened: Opened, why: str, more: dict[str, Any]) -> None:
    voucher = issued(ready, **({"expires_on": "2026-07-01"} if why == "expired" else {}))
    if why == "expired":
        more = {"redeemed_on": "2026-07-02"}
    assert reason(ready, redeem(voucher, **more)) == why
    assert ready.vouchers()[0].status == "issued"


@pytest.mark.parametrize(
    ("first", "second", "is_refused"),
    [
        ({}, {}, True),
        ({"contract": "A-1"}, {"contract": "ａ-1", "contract_on": "2026-05-02", "contract_fen": 100_010}, True),
        ({"contract": "A-1"}, {}, True),
        ({}, {"contract": "A-1"}, True),
        ({}, {"institution": "LAB-1"}, True),
        ({"contract": "A-1"}, {"contract": "A-2"}, False),
        ({}, {"contract_on": "2026-05-02"}, False),
        ({}, {"contract_fen": 100_010}, False),
        ({}, {"institution": "lab-2"}, False),
        ({}, {"contract": "", "amount_fen": 10_000}, False),
    ],
)
def test_the_vouchers_of_a_holder_pay_together_no_more_of_a_contract_than_one_may(
    ready: Ledger, opened: Opened, first: dict[str, Any], second: dict[str, Any], is_refused: bool
) -> None:
    one, other = issued(ready, holder="ＡＢ（集团）"), issued(ready, holder="ab(集团)")
    usual: dict[str, Any] = {"contract_fen": 100_000, "amount_fen": 40_000, "contract": ""}
    ready.book(redeem(one, **{**usual, **first}), CLERK)
    if is_refused:
        assert reason(opened(), redeem(other, **{**usual, **second})) == "share_together"
    else:
        opened().book(redeem(other, **{**usual, **second}), CLERK)
    ready.check()


def test_vouchers_redeemed_in_one_transaction_are_counted_together_too(ready: Ledger) -> None:
    asked = [redeem(issued(ready), contract="", amount_fen=40_000, contract_fen=100_000) for _ in range(2)]
    found = ready.book_all([(one, CLERK) for one in asked])
    assert [isinstance(one, Entry) for one in found] == [True, False]


def test_a_request_from_before_contracts_had_numbers_is_still_the_same() -> None:
    said = redeem("v1", contract="", request="r")
    assert (
        said.digest() == "09a707757ffeaa86fac43fab042ab815"
        and said.model_copy(update={"contract": "A"}).digest() != said.digest()
    )


def test_a_rule_file_says_which_places_and_modes_go_together(ready: Ledger) -> None:
    voucher = issued(ready, rules="shanghai-1")
    assert reason(ready, redeem(voucher)) == "place"
    ready.book(redeem(voucher, institution_place=SONGJIANG), CLERK)


def test_a_voucher_ends_once(ready: Ledger) -> None:
    redeemed, void = issued(ready), issued(ready)
    ready.book(redeem(redeemed), CLERK)
    ready.book(Void(voucher=void, why="withdrawn"), CLERK)
    old = issued(ready, valid_from="2026-01-01", expires_on="2026-02-01")
    assert reason(ready, Expire(voucher=issued(ready))) == "not_expired"
    assert ready.expire(CLERK) == 1 and ready.expire(CLERK) == 0
    for voucher, why in ((redeemed, "already_redeemed"), (void, "voided"), (old, "expired"), ("v1", "unknown_voucher")):
        assert reason(ready, redeem(voucher)) == why
        assert reason(ready, Void(voucher=voucher, why="again")) == why
        assert reason(ready, Expire(voucher=voucher)) == why
    ready.check()


def test_a_closed_period_takes_nothing_and_is_corrected_by_a_later_entry(ready: Ledger) -> None:
    paid = ready.book(redeem(issued(ready)), CLERK)
    assert reason(ready, Close(period="2026Q3")) == "period_runs"
    ready.book(Close(period="2026Q2"), CLERK)
    assert reason(ready, Close(period="2026Q2")) == "period_closed"
    assert reason(ready, redeem(issued(ready))) == "period_closed"
    back: dict[str, Any] = {
        "about": paid.number,
        "debtor": JIAXING,
        "creditor": SONGJIANG,
        "amount_fen": 400_000,
        "why": "too much",
    }
    assert reason(ready, Correct(period="2026Q2", **back)) == "period_closed"
    assert reason(ready, Correct(period="2026Q3", **{**back, "debtor": SONGJIANG})) == "one_province"
    assert reason(ready, Correct(period="2026Q3", **{**back, "about": 999})) == "no_entry"
    assert reason(ready, Correct(period="2026Q3", **{**back, "amount_fen": 0})) == "amount"
    ready.book(Correct(period="2026Q3", **back), CLERK)
    assert ready.owed("2026Q3") == {("place:330000", "place:310000"): 400_000}
    assert ready.open_periods() == ["2026Q3"]
    ready.check()


def test_a_correction_is_about_a_debt_and_within_it(ready: Ledger) -> None:
    voucher = issued(ready)
    paid = ready.book(redeem(voucher, amount_fen=1_000), CLERK)

    def right(**more: Any) -> Correct:
        said = {
            "about": paid.number,
            "period": "2026Q3",
            "debtor": JIAXING,
            "creditor": SONGJIANG,
            "amount_fen": 1_000,
            "why": "x",
        }
        return Correct(**{**said, **more})

    assert reason(ready, right(about=1)) == "no_debt"
    assert reason(ready, right(about=paid.number - 1)) == "no_debt"
    assert reason(ready, right(amount_fen=1_001)) == "over_debt"
    assert reason(ready, right(debtor="place:350000")) == "unknown_place"
    assert reason(ready, right(period="2026Q4")) == "period_to_come"
    back = ready.book(right(debtor=HEFEI), CLERK)  # In the wrong province: the rules know the right one.
    assert reason(ready, right(about=back.number, amount_fen=1_001)) == "over_debt"
    ready.book(right(about=back.number, debtor=SUZHOU, creditor=HEFEI, amount_fen=5), CLERK)
    shanghai = ready.book(redeem(issued(ready, rules="shanghai-1"), SONGJIANG), CLERK)
    assert reason(ready, right(about=shanghai.number)) == "other_province"
    ready.check()


def test_corrections_of_one_debt_move_together_no_more_than_it_says(ready: Ledger) -> None:
    paid = ready.book(redeem(issued(ready), amount_fen=1_000), CLERK)
    both: dict[str, Any] = {"about": paid.number, "why": "x", "period": "2026Q3", "amount_fen": 1_000}
    back = Correct(debtor=JIAXING, creditor=SONGJIANG, **both)
    first = ready.book(back, CLERK)  # Nobody owes anybody any more.
    ready.book(back, CLERK)  # It was owed the other way round.
    assert reason(ready, back) == "over_debt_together"
    assert reason(ready, back.model_copy(update={"about": first.number, "amount_fen": 1})) == "over_debt_together"
    assert reason(ready, Correct(debtor=SUZHOU, creditor=HEFEI, **{**both, "amount_fen": 1})) == "over_debt_together"
    ready.book(Correct(debtor=SONGJIANG, creditor=HEFEI, **both), CLERK)  # To Hefei, not to Shanghai.
    assert sum(ready.owed("2026Q3").values()) == 3_000
    ready.check()


def test_corrections_in_one_transaction_are_counted_together_too(ready: Ledger) -> None:
    paid = ready.book(redeem(issued(ready, mode="通用"), amount_fen=1_000), CLERK)
    asked = correction(about=paid.number, amount_fen=600)
    found = ready.book_all([(asked, CLERK), (asked, CLERK)])
    assert [isinstance(one, Entry) for one in found] == [True, False]


def test_a_period_that_nothing_is_booked_into_is_not_closed(ready: Ledger) -> None:
    issued(ready)
    assert reason(ready, Close(period="2026Q1")) == "no_period"
    assert reason(ready, Close(period="2026")) == "period_runs"
    ready.book(redeem(issued(ready), SONGJIANG), CLERK)  # Without a debt between provinces.
    ready.book(Close(period="2026Q2"), CLERK)
    ready.check()


@pytest.mark.parametrize(
    ("holder", "institution"),
    [
        ({"holder_name": "上海乙（集团）有限公司"}, {"institution_name": "上海乙(集团) 有限公司"}),
        ({"holder": "上海乙有限公司"}, {"institution_name": "上海乙 有限公司"}),
        ({"holder_name": "Ａ乙"}, {"institution": "a乙"}),
        ({"holder": "91310000a"}, {"institution": "91310000A"}),
    ],
)
def test_one_name_on_both_sides_is_related(ready: Ledger, holder: dict[str, Any], institution: dict[str, Any]) -> None:
    assert reason(ready, redeem(issued(ready, **holder), **institution)) == "related"
    ready.book(redeem(issued(ready, **holder), institution="lab", institution_name="other"), CLERK)


def test_a_holder_has_one_ceiling_however_it_is_typed(ready: Ledger, opened: Opened) -> None:
    issued(ready, holder="上海甲（集团）有限公司", amount_fen=20_000_000)
    for other in (ready, opened()):
        for spelt in ("上海甲(集团)有限公司", "上海甲 （集团） 有限公司", "上海甲【集团】有限公司"):
            assert reason(other, issue(holder=spelt, amount_fen=10_000_001)) == "ceiling"
    both = [issue(holder=spelt, amount_fen=20_000_000) for spelt in ("ＡＢ", "ab")]
    found = ready.book_all([(one, CLERK) for one in both])
    assert [isinstance(one, Entry) for one in found] == [True, False]
    issued(opened(), holder="上海甲(集团)有限公司", amount_fen=10_000_000)
    assert reason(ready, issue(holder="上海甲（集团）有限公司", amount_fen=1)) == "ceiling"
    ready.check()


def test_a_request_sent_again_is_booked_once(ready: Ledger, opened: Opened) -> None:
    asked = issue(request="r1")
    first = ready.book(asked, CLERK)
    assert opened().book(asked, CLERK) == first
    assert reason(ready, issue(request="r1", amount_fen=5)) == "request_reused"
    paying = redeem(first.subject, request="r2")
    both = ready.book_all([(paying, CLERK), (paying, CLERK)])
    assert both[0] == both[1] and len(ready.vouchers()) == 1
    assert ready.book(asked, CLERK._replace(name="another")) != first


def test_a_scope_is_good_for_its_own_place_and_act(ready: Ledger) -> None:
    shanghai, jiaxing = (Actor("a", frozenset({f"office:{code}"})) for code in ("310000", "330400"))
    clearing, reader = (Actor("c", frozenset({scope})) for scope in ("settlement", "read"))
    voucher = ready.book(issue(), shanghai).subject
    for asked, actor in ((issue(), jiaxing), (issue(), clearing), (issue(), reader), (redeem(voucher), reader),
                         (redeem(voucher, institution_place=HEFEI), jiaxing), (Close(period="2026Q2"), shanghai),
                         (Void(voucher=voucher, why="mine"), jiaxing), (budget(), jiaxing)):  # fmt: skip
        with pytest.raises(NotAllowed):
            ready.book(asked, actor)
    ready.book(redeem(voucher), jiaxing)
    ready.book(Close(period="2026Q2"), clearing)
    assert [entry.actor for entry in ready.entries(limit=3)] == ["c", "a", "a"]


def test_a_key_is_made_once_and_taken_back_once(ready: Ledger) -> None:
    key = MakeKey(name="songjiang", scopes=["office:310117"], hash="0" * 64)
    ready.book(key, CLERK)
    assert reason(ready, key.model_copy(update={"hash": "1" * 64})) == "key_there"
    found = ready.key_of("0" * 64)
    assert found and (found.name, found.scopes) == ("songjiang", "office:310117")
    with pytest.raises(NotAllowed):
        ready.book(key, Actor("songjiang", frozenset({"joint-office"})))
    ready.book(Revoke(name="songjiang", why="left"), CLERK)
    assert ready.key_of("0" * 64) is None and ready.key_of("1" * 64) is None
    assert reason(ready, Revoke(name="songjiang", why="left")) == "no_key"
    ready.check()


# --- changed from outside --------------------------------------------------------------------------------------------


def _run(ledger: Ledger, *statements: str) -> None:
    with ledger.database.writing() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


@pytest.mark.parametrize("act", ["UPDATE entries SET actor = 'x'", "DELETE FROM entries", "DELETE FROM obligations",
                                 "UPDATE obligations SET amount_fen = 1"])  # fmt: skip
def test_the_database_refuses_to_change_what_was_booked(ready: Ledger, act: str) -> None:
    ready.book(redeem(issued(ready)), CLERK)
    with pytest.raises(LedgerUnavailable, match="can only be added to"):
        _run(ready, act)
    ready.check()


def _unguarded(ledger: Ledger) -> None:
    names = (
        ("entries_no_update", "entries_no_delete") if ledger.database.is_sqlite else ("entries_only_added ON entries",)
    )
    _run(ledger, *(f"DROP TRIGGER {name}" for name in names))


@pytest.mark.parametrize(
    ("act", "says"),
    [
        ("UPDATE entries SET body = replace(body, '2400000', '2400001') WHERE number = 6", "Entry 6 does not say"),
        ("UPDATE entries SET actor = 'x' WHERE number = 3", "Entry 3 does not say"),
        ("UPDATE entries SET hash = previous WHERE number = 2", "Entry 2 does not say"),
        ("DELETE FROM entries WHERE number = 4", "Entry 4 is missing"),
        ("UPDATE entries SET body = 'x' WHERE number = 5", "Entry 5 cannot be read"),
        ("UPDATE vouchers SET paid_fen = 1", "table vouchers"),
        ("DELETE FROM vouchers", "table vouchers has 0 rows; the entries make 1: row v310117"),
        ("UPDATE entries SET body = '{\"why\": 1,' || substr(body, 2) WHERE number = 3", "Entry 3 does not say"),
        ("UPDATE budgets SET amount_fen = amount_fen + 1", "table budgets"),
        ("DELETE FROM entries WHERE number = 7", "ends at entry 6, yet"),
        ("DELETE FROM entries", "ends at entry 0, yet"),
        ("UPDATE entries SET kind = 'zzz' WHERE number = 3", "Entry 3 does not say"),
    ],
)
def test_the_check_says_where_a_row_was_changed(ready: Ledger, act: str, says: str) -> None:
    ready.book(redeem(issued(ready)), CLERK)
    _unguarded(ready)
    _run(ready, act)
    with pytest.raises(LedgerBroken, match=says):
        ready.check()


def test_nothing_corrects_an_entry_that_was_changed(ready: Ledger) -> None:
    paid = ready.book(redeem(issued(ready)), CLERK)
    _unguarded(ready)
    _run(ready, f"UPDATE entries SET body = '{{' WHERE number = {paid.number}")
    with pytest.raises(LedgerBroken, match=f"Entry {paid.number} cannot be read"):
        ready.book(correction(about=paid.number), CLERK)


def test_a_statement_that_was_changed_is_said(ready: Ledger) -> None:
    ready.book(redeem(issued(ready)), CLERK)
    ready.book(Close(period="2026Q2"), CLERK)
    _run(ready, "UPDATE periods SET statement = '{'")
    with pytest.raises(LedgerBroken, match="2026Q2"):
        ready.statement("2026Q2")


def test_the_tables_are_those_that_the_code_knows(ready: Ledger) -> None:
    with ready.database.reading() as connection:
        found = sa.inspect(connection)
        for table in METADATA.sorted_tables:
            assert [c["name"] for c in found.get_columns(table.name)] == [c.name for c in table.columns]


def test_what_is_not_there_yet_is_said_and_a_newer_ledger_is_refused(opened: Opened) -> None:
    with pytest.raises(LedgerUnavailable, match="corridor ledger upgrade"):
        opened().vouchers()
    ledger = opened()
    ledger.database.upgrade()
    assert ledger.vouchers() == [] and ledger.check().number == 0
    _run(ledger, "UPDATE alembic_version SET version_num = '9999'")
    for act in (lambda: opened().vouchers(), lambda: opened().book(budget(), CLERK)):
        with pytest.raises(LedgerUnavailable, match="9999"):
            act()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nothing",
        "mysql://a:secret@b/c",
        "sqlite://",
        "postgresql+psycopg2://a/b",
        "http://x",
        "sqlite:///:memory:",
        "postgresql://a@b/c?password=secret",
        "postgresql://a@b/c?nothing=secret",
        "postgresql://a:x@secret@b/c",
    ],
)
def test_what_is_no_address_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(UsageError) as error:
        Database(url)
    assert "secret" not in str(error.value)


def test_a_server_that_is_away_is_said() -> None:
    with pytest.raises(LedgerUnavailable):
        Ledger("postgresql://nobody@127.0.0.1:1/none", frozenset().__contains__).vouchers()


# --- at the same time ------------------------------------------------------------------------------------------------


def _at_once(clients: int, act: Any) -> list[Any]:
    """What each of some clients gets who begin together."""
    ready = threading.Barrier(clients)

    def one(number: int) -> Any:
        ready.wait()
        try:
            return act(number)
        except CorridorError as error:
            return error

    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(one, range(clients)))


@pytest.mark.parametrize("is_shared", [True, False], ids=["one server", "many servers"])
def test_of_twenty_who_redeem_one_voucher_one_does(ready: Ledger, opened: Opened, is_shared: bool) -> None:
    voucher = issued(ready)
    ledgers = [ready if is_shared else opened() for _ in range(20)]
    found = _at_once(20, lambda n: ledgers[n].book(redeem(voucher), CLERK))
    assert sum(isinstance(one, Entry) for one in found) == 1
    assert [one.reason for one in found if not isinstance(one, Entry)] == ["already_redeemed"] * 19
    assert sum(ready.owed("2026Q2").values()) == 2_400_000
    ready.check()


def test_of_two_closings_one_wins_and_the_other_is_told(ready: Ledger, opened: Opened) -> None:
    ready.book(redeem(issued(ready)), CLERK)
    ledgers = [opened(), opened()]
    found = _at_once(2, lambda n: ledgers[n].book(Close(period="2026Q2"), CLERK))
    assert sorted(type(one).__name__ for one in found) == ["Entry", "Refused"]
    assert len(ready.periods()) == 1


@pytest.mark.parametrize("is_shared", [True, False], ids=["one server", "many servers"])
def test_a_budget_is_not_passed_by_twenty_at_once(ledger: Ledger, opened: Opened, is_shared: bool) -> None:
    ledger.book(budget(amount_fen=1_000), CLERK)
    ledgers = [ledger if is_shared else opened() for _ in range(20)]

    def five(n: int) -> list[object]:
        asked = [issue(amount_fen=77, holder=f"firm-{n}", request=f"{n}-{i}") for i in range(5)]
        return [_tried(ledgers[n], one) for one in asked]

    found = [one for own in _at_once(20, five) for one in own]
    assert found.count("booked") == 1_000 // 77 and found.count("budget") == 100 - 1_000 // 77
    assert ledger.budgets()[0].committed_fen == 77 * (1_000 // 77)
    ledger.check()


def _tried(ledger: Ledger, asked: Asked) -> str:
    try:
        ledger.book(asked, CLERK)
    except Refused as refused:
        return refused.reason
    return "booked"


def test_who_lets_vouchers_expire_beside_others_is_not_refused(ready: Ledger, opened: Opened) -> None:
    for n in range(40):
        issued(ready, holder=f"firm-{n}", valid_from="2026-01-01", expires_on="2026-02-01")
    ledgers = [opened() for _ in range(8)]
    found = _at_once(8, lambda n: ledgers[n].expire(CLERK))
    assert sum(one for one in found if isinstance(one, int)) == 40 and not [
        e for e in found if isinstance(e, Exception)
    ]
    ready.check()


def test_twenty_first_users_make_the_tables_once(opened: Opened) -> None:
    ledgers = [opened() for _ in range(20)]
    found = _at_once(20, lambda n: ledgers[n].book(budget(amount_fen=n + 1), CLERK))
    assert [one for one in found if not isinstance(one, Entry)] == []
    assert ledgers[0].check().number == 20


def test_who_waits_too_long_for_another_writer_is_told(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.database._WAIT_SECONDS", 1)
    first, other = opened(), opened()
    first.book(budget(), CLERK)
    with first.database.writing(), pytest.raises(LedgerUnavailable, match="lock"):
        other.book(budget(amount_fen=5), CLERK)
    other.book(budget(amount_fen=5), CLERK)
    assert first.check().number == 2


def test_a_day_is_that_of_the_clock(ready: Ledger) -> None:
    voucher = ready.book(issue(valid_from=None), CLERK)
    assert voucher.at == "2026-08-15T12:00:00Z"
    assert ready.vouchers()[0].valid_from == date(2026, 8, 15).isoformat()


def test_days_and_periods_begin_and_end_in_china(ledger_url: str) -> None:
    now = datetime(2026, 6, 30, 15, 59, tzinfo=UTC)  # One minute to midnight.
    ledger = Ledger(ledger_url, frozenset({SONGJIANG, JIAXING}).__contains__, now=lambda: now)
    ledger.book(budget(), CLERK)
    paid, lost = (issued(ledger, expires_on="2026-06-30", holder=name) for name in ("firm-1", "firm-2"))
    ledger.book(redeem(paid, redeemed_on=None), CLERK)
    with pytest.raises(Refused, match="2026Q2"):
        ledger.book(Close(period="2026Q2"), CLERK)
    assert ledger.expire(CLERK) == 0
    now = datetime(2026, 6, 30, 16, 0, tzinfo=UTC)
    with pytest.raises(Refused, match=r"expired|ran out"):
        ledger.book(redeem(lost, redeemed_on=None), CLERK)
    ledger.book(Close(period="2026Q2"), CLERK)
    assert ledger.expire(CLERK) == 1
    assert ledger.statement("2026Q2").gross_fen == 2_400_000
    ledger.close()


@pytest.mark.parametrize(
    "letter",
    [
        "\u200b",
        "\u202e",
        "\x9b",
        "\ufeff",
        "\u00ad",
        "\u034f",
        "\u061c",
        "\u115f",
        "\u180e",
        "\u2800",
        "\u3164",
        "\ufe0f",
        "\uffa0",
        "\U000e0041",
        "\U000e0100",
    ],
)
def test_nobody_is_another_holder_by_what_cannot_be_seen(letter: str) -> None:
    for field in ("holder", "holder_name"):
        more: dict[str, Any] = {field: f"fir{letter}m"}
        with pytest.raises(ValueError, match="character 4"):
            issue(**more)


def correction(**more: Any) -> Correct:
    said = {"about": 1, "period": "2026Q3", "debtor": SONGJIANG, "creditor": JIAXING, "amount_fen": 1, "why": "x"}
    return Correct(**{**said, **more})


def test_a_period_may_be_typed_in_full_width_and_is_written_in_one_way() -> None:
    assert [correction(period=one).period for one in ("2０２６ｑ3", " 2026－05 ")] == ["2026Q3", "2026-05"]
    for wrong in ("2026-13", "2026Q5", "zz", "1999", "2026Q", ""):
        with pytest.raises(ValueError, match="2026Q2 "):
            correction(period=wrong)
    with pytest.raises(ValueError, match="less than"):
        correction(about=10**30)


def test_an_amount_is_refused_with_the_bound_that_holds(ready: Ledger) -> None:
    with pytest.raises(Refused, match=f"at most {10**14};"):
        ready.book(issue(amount_fen=10**15), CLERK)
    with pytest.raises(ValueError, match=f"at most {10**14}"):
        issue(amount_fen=10**18)


@pytest.mark.parametrize(
    "day", [1_700_000_000, "1700000000", "2026-04-01T00:00:00", "20260401", True, "２０２６-04-01"]
)
def test_a_day_is_an_iso_date(day: object) -> None:
    with pytest.raises(ValueError, match="date"):
        issue(valid_from=day)


@pytest.mark.parametrize("more", [{"about": True}, {"about": "1"}, {"about": 1.0}])
def test_a_truth_or_a_text_is_no_number(more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="about"):
        correction(**more)
    with pytest.raises(ValueError, match="members"):
        issue(holder_kind="team", members=True)


def test_the_check_finds_a_voucher_that_ends_twice(ready: Ledger) -> None:
    last = ready.book(redeem(issued(ready)), CLERK)
    said = {name: getattr(last, name) for name in ("at", "kind", "subject", "actor", "request", "asked")}
    again = entry_after(last.number, last.hash, said, orjson.loads(last.body))
    with pytest.raises(LedgerBroken, match="8"):
        replayed([*ready.entries(limit=100, after=0), again])
