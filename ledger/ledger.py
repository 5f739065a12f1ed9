"""The ledger: requests booked as entries of a chain, many in one transaction, and what they make read and checked."""

import sys
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from threading import Lock
from typing import Any, NamedTuple, TypeVar

import orjson
import sqlalchemy as sa
from pydantic import ValidationError

from graph.errors import CorridorError, LedgerBroken, Missing, NoLedger, UsageError
from graph.texts import Text
from ledger.chain import GENESIS, Entry, canonical, hash_of
from ledger.database import Database
from ledger.judge import ENDED, Judge, day_of
from ledger.names import key_of
from ledger.netting import Pair
from ledger.requests import (
    SAMPLE,
    Actor,
    Asked,
    Close,
    Correct,
    Expire,
    Issue,
    MakeKey,
    Redeem,
    Revoke,
    SetBudget,
    Void,
    checked_period,
)
from ledger.rules import Mode, VoucherRules, voucher_rules
from ledger.settlement import Statement, settled
from ledger.state import KEYS, STATUSES, Budget, Closed, Debt, Holder, Key, Obligation, Paid, State, Voucher, paid_by
from ledger.tables import ENTRIES, OBLIGATIONS, ROWS, VOUCHERS

MOST_AT_ONCE = 1_000
"""Requests in one transaction: others wait for it."""
_GATHER_SECONDS = 0.005
"""What a writer waits at most for as many as asked before: those who just got their answer ask again in that time."""
_READ = 10_000

R = TypeVar("R", bound=tuple[Any, ...])
_Waiting = tuple[Asked, Actor, "Future[Entry]"]


def _now() -> datetime:
    return datetime.now(UTC)


class Filter(NamedTuple):
    """Which vouchers: those of a status, an office's, a mode's, a period's, and with a text in id, holder or institution."""

    status: str = ""
    office: str = ""
    mode: str = ""
    period: str = ""
    text: str = ""

    def clauses(self) -> list[sa.ColumnElement[bool]]:
        """The conditions."""
        exact = [
            VOUCHERS.c[name] == value
            for name in ("status", "office", "mode", "period")
            if (value := getattr(self, name))
        ]
        names = ("id", "holder", "holder_name", "institution", "institution_name")
        like = [VOUCHERS.c[name].contains(self.text, autoescape=True) for name in names] if self.text else []
        return [*exact, *([sa.or_(*like)] if like else [])]


class Sum(NamedTuple):
    """Vouchers of an office, a mode and a status: how many, of how much, and what of it is paid."""

    office: str
    mode: str
    status: str
    vouchers: int
    amount_fen: int
    paid_fen: int


class Ledger:
    """Vouchers, their settlement and keys in a database.

    `is_place` says whether there is a place of an id, `rules` gives the rules of a name, `now` the time. Threads may share it: what
    they ask for at the same time is booked in one transaction.
    """

    def __init__(
        self, url: str, is_place: Callable[[str], bool], rules: Callable[[str], VoucherRules] = voucher_rules,
        now: Callable[[], datetime] = _now,
    ) -> None:  # fmt: skip
        self.database = Database(url)
        self._rules, self._is_place, self._now = rules, is_place, now
        self._queue: deque[_Waiting] = deque()
        self._writer = ThreadPoolExecutor(1, "ledger")
        self._together = 0
        self._holders = _Holders()

    def close(self) -> None:
        """Let go of the database."""
        self._writer.shutdown()
        self.database.close()

    # --- booking -----------------------------------------------------------------------------------------------------

    def book(self, asked: Asked, actor: Actor) -> Entry:
        """The entry of a request, on the disk. Raises `Refused`, `NotAllowed`, `LedgerUnavailable`, and then nothing is booked.

        Where the database goes away in between it may be booked: the same request with the same key says so.
        """
        mine: Future[Entry] = Future()
        self._queue.append((asked, actor, mine))
        self._writer.submit(self._answer)
        return mine.result()

    def _answer(self) -> None:
        """Book what is waited for, and tell each; what goes wrong with the database goes wrong for all of them."""
        if not self._queue:  # They were booked with others.
            return
        end = time.monotonic() + _GATHER_SECONDS
        while len(self._queue) < self._together and time.monotonic() < end:
            time.sleep(_GATHER_SECONDS / 10)
        batch = [self._queue.popleft() for _ in range(min(len(self._queue), MOST_AT_ONCE))]
        self._together = len(batch)
        results: list[Entry | BaseException | None] = []
        try:
            results = [*self.book_all([(asked, actor) for asked, actor, _ in batch])]
        finally:
            for (_, _, waiting), result in zip(batch, results or [sys.exc_info()[1]] * len(batch), strict=True):
                waiting.set_result(result) if isinstance(result, Entry) else waiting.set_exception(result)

    def book_all(self, requests: Sequence[tuple[Asked, Actor]]) -> list[Entry | CorridorError]:
        """Of each request its entry, or why it is none, in one transaction."""
        judge = Judge(cache(self._rules), self._is_place, self._now)
        with self.database.writing() as connection:
            has_holders = any(isinstance(asked, Issue | Redeem) for asked, _ in requests)
            issued = self._holders.read(connection) if has_holders else {}
            state = _state_for(connection, [asked for asked, _ in requests], issued)
            results: list[Entry | CorridorError] = []
            for asked, actor in requests:
                try:
                    results.append(judge.booked(state, asked, actor))
                except CorridorError as error:
                    results.append(error)
            self._save(connection, state)
            again = [one.number for one in results if isinstance(one, Entry) and not one.hash]
            if again:
                before = {one.number: one for one in _rows(connection, Entry, ENTRIES, ENTRIES.c.number.in_(again))}
                results = [before[one.number] if isinstance(one, Entry) and not one.hash else one for one in results]
        return results

    def _save(self, connection: sa.Connection, state: State) -> None:
        """Write what is new and what changed; on PostgreSQL in one message, since each waits for its answer."""
        kept: list[tuple[sa.Table, list[Any], int]] = [(ENTRIES, state.entries, 0), (OBLIGATIONS, state.obligations, 0)]
        kept += [
            (ROWS[kind], [state.rows[kind][key] for key in sorted(of)], KEYS[kind])
            for kind, of in state.changed.items()
        ]
        written = [one for one in kept if one[1]]
        if self.database.is_sqlite:
            # By the driver itself: SQLAlchemy takes longer over the values of a row than we over what they are.
            for table, rows, keys in written:
                names, marks = ", ".join(rows[0]._fields), ", ".join("?" * len(rows[0]))
                text = f"INSERT INTO {table} ({names}) VALUES ({marks}){_instead(table, keys)}"
                connection.exec_driver_sql(text, rows)
        elif written:
            parts = [
                f"w{table} AS (INSERT INTO {table} SELECT * FROM json_populate_recordset(CAST(NULL AS {table}), "
                f"CAST(:{table} AS json)){_instead(table, keys)})"
                for table, _, keys in written
            ]
            said = {str(table): orjson.dumps([row._asdict() for row in rows]).decode() for table, rows, _ in written}
            connection.execute(sa.text(f"WITH {', '.join(parts)} SELECT 1"), said)

    def expire(self, actor: Actor) -> int:
        """How many vouchers that ran out gave back what they held."""
        count, today = 0, day_of(self._now()).isoformat()
        while True:
            with self.database.reading() as connection:
                over = [VOUCHERS.c.status == "issued", VOUCHERS.c.expires_on < today]
                found = connection.execute(sa.select(VOUCHERS.c.id).where(*over).limit(MOST_AT_ONCE)).scalars().all()
            booked = self.book_all([(Expire(voucher=one), actor) for one in found]) if found else []
            count += sum(isinstance(one, Entry) for one in booked)
            for one in booked:  # One that has ended meanwhile is what was asked for.
                if isinstance(one, CorridorError) and getattr(one, "reason", "") not in ENDED.values():
                    raise one
            if not found:
                return count

    # --- reading -----------------------------------------------------------------------------------------------------

    def last_number(self) -> int:
        """The number of the last entry; 0 where there is none, or no ledger."""
        with suppress(NoLedger):
            return next((one.number for one in self.entries(limit=1)), 0)
        return 0

    def entry_of(self, hashed: str) -> Entry | None:
        """The entry that has a hash."""
        with self.database.reading() as connection:
            return next(_rows(connection, Entry, ENTRIES, ENTRIES.c.hash == hashed), None)

    def is_sample(self) -> bool:
        """Whether all in it is invented: its first entry says so, and cannot be taken out of the chain."""
        with suppress(NoLedger), self.database.reading() as connection:
            first = connection.execute(sa.select(ENTRIES.c.actor).where(ENTRIES.c.number == 1)).scalar()
            return first == SAMPLE.name
        return False

    def chosen(self, asked: Filter) -> Filter:
        """A filter as the ledger writes what it says. Raises `UsageError` for what no voucher could ever be."""
        if asked.status and asked.status not in STATUSES:
            raise UsageError(Text("ledger.bad_status", value=asked.status, known=[*STATUSES]))
        if asked.mode and asked.mode not in {*Mode, "通用", "通兑"}:
            raise UsageError(Text("ledger.bad_mode", value=asked.mode, known=[*map(str, Mode)]))
        if asked.office and not self._is_place(asked.office):
            raise UsageError(Text("ledger.refused.unknown_place", place=asked.office))
        mode = Mode(asked.mode).value if asked.mode else ""
        return asked._replace(mode=mode, period=checked_period(asked.period) if asked.period else "")

    def vouchers(self, chosen: Filter = Filter(), limit: int = 50, offset: int = 0) -> list[Voucher]:  # noqa: B008
        """Some vouchers, the last issued first."""
        with self.database.reading() as connection:
            wanted = sa.select(VOUCHERS).where(*chosen.clauses()).order_by(VOUCHERS.c.issued_by.desc())
            return [Voucher(*row) for row in connection.execute(wanted.limit(limit).offset(offset))]

    def voucher(self, voucher_id: str) -> Voucher | None:
        """The voucher of an id."""
        with self.database.reading() as connection:
            return next(_rows(connection, Voucher, VOUCHERS, VOUCHERS.c.id == voucher_id), None)

    def history(self, voucher_id: str) -> tuple[Voucher, list[Entry]]:
        """The voucher of an id and all that was booked on it, at one moment. Raises `Missing`."""
        with self.database.reading() as connection:
            voucher = next(_rows(connection, Voucher, VOUCHERS, VOUCHERS.c.id == voucher_id), None)
            if voucher is None:
                raise Missing("unknown_voucher", voucher=voucher_id)
            booked = _rows(connection, Entry, ENTRIES, ENTRIES.c.subject == voucher_id, order=ENTRIES.c.number)
            return voucher, list(booked)

    def sums(self, chosen: Filter = Filter()) -> list[Sum]:  # noqa: B008
        """Sums by office, mode and status."""
        kinds = [VOUCHERS.c.office, VOUCHERS.c.mode, VOUCHERS.c.status]
        amounts = [sa.cast(sa.func.sum(VOUCHERS.c[name]), sa.BigInteger) for name in ("amount_fen", "paid_fen")]
        with self.database.reading() as connection:
            wanted = sa.select(*kinds).add_columns(sa.func.count(), *amounts).where(*chosen.clauses())
            return [Sum(*row) for row in connection.execute(wanted.group_by(*kinds).order_by(*kinds))]

    def entries(self, subject: str = "", limit: int = 50, *, after: int | None = None) -> list[Entry]:
        """Entries about a subject, or of all; the last first, or in their order those after a number."""
        clauses = [ENTRIES.c.subject == subject] if subject else []
        if after is not None:
            clauses.append(ENTRIES.c.number > after)
        order = ENTRIES.c.number if after is not None else ENTRIES.c.number.desc()
        with self.database.reading() as connection:
            wanted = sa.select(ENTRIES).where(*clauses).order_by(order).limit(limit)
            return [Entry(*row) for row in connection.execute(wanted)]

    def budgets(self) -> list[Budget]:
        """All budgets."""
        return self._all(Budget)

    def periods(self) -> list[Closed]:
        """The closed periods."""
        return self._all(Closed)

    def api_keys(self) -> list[Key]:
        """All keys, the revoked ones too."""
        return self._all(Key)

    def key_of(self, hashed: str) -> Key | None:
        """The good key of a hash."""
        with self.database.reading() as connection:
            found = _rows(connection, Key, ROWS[Key], ROWS[Key].c.hash == hashed, ROWS[Key].c.revoked_by == 0)
            return next(found, None)

    def open_periods(self) -> list[str]:
        """Periods that something was booked into and that are not closed."""
        with self.database.reading() as connection:
            used = connection.execute(sa.select(VOUCHERS.c.period).where(VOUCHERS.c.period != "").distinct()).scalars()
            owed = connection.execute(sa.select(OBLIGATIONS.c.period).distinct()).scalars()
            return sorted({*used, *owed} - {one.period for one in _rows(connection, Closed, ROWS[Closed])})

    def owed(self, period: str) -> dict[Pair, int]:
        """What each province owes each other in a period, before anything is set off."""
        with self.database.reading() as connection:
            return _owed(connection, period)

    def statement(self, period: str) -> Statement:
        """The statement of a closed period, or what it would be if it were closed now. Raises `Missing` where nothing is booked."""
        is_sample = self.is_sample()
        with self.database.reading() as connection:
            closed = next(_rows(connection, Closed, ROWS[Closed], ROWS[Closed].c.period == period), None)
            if closed is not None:
                try:
                    found = Statement.model_validate_json(closed.statement)
                except ValidationError as error:
                    raise LedgerBroken(Text("ledger.broken.row", table=ROWS[Closed].name, row=period)) from error
                marks = {"is_closed": True, "entry": closed.entry, "is_sample": is_sample}
                return found.model_copy(update=marks)
            owed = _owed(connection, period)
            paid = sa.select(VOUCHERS.c.id).where(VOUCHERS.c.status == "redeemed", VOUCHERS.c.period == period).limit(1)
            if not owed and connection.execute(paid).first() is None:
                raise Missing("no_period", period=period)
        return settled(period, owed).model_copy(update={"is_sample": is_sample})

    def _all(self, kind: type[R]) -> list[R]:
        table = ROWS[kind]  # type: ignore[index]
        with self.database.reading() as connection:
            return list(_rows(connection, kind, table))

    # --- checking ----------------------------------------------------------------------------------------------------

    def check(self) -> State:
        """The state that all entries make, when each follows the one before and what is kept is what they make.

        Raises `LedgerBroken` with the first entry, or the first row, that is wrong.
        """
        with self.database.reading() as connection:
            state = replayed(_rows(connection, Entry, ENTRIES, order=ENTRIES.c.number))
            _check_end(connection, state.number)
            for kind, table in ROWS.items():
                _compare(table.name, _rows(connection, kind, table), state.rows[kind], KEYS[kind])
            owed = {(one.entry,): one for one in state.obligations}
            _compare(OBLIGATIONS.name, _rows(connection, Obligation, OBLIGATIONS), owed, 1)
        return state


def replayed(entries: Iterable[Entry]) -> State:
    """What entries make. Raises `LedgerBroken` at the first that does not follow, or does not say what its hash says."""
    state = State()
    for entry in entries:
        for is_right, why in (
            (entry.number == state.number + 1, "number"),
            (entry.previous == state.head, "previous"),
        ):
            if not is_right:
                raise LedgerBroken(Text(f"ledger.broken.{why}", entry=entry.number, expected=state.number + 1))
        try:
            body = orjson.loads(entry.body)
            if canonical(body).decode() != entry.body or hash_of(entry, body) != entry.hash:
                raise LedgerBroken(Text("ledger.broken.hash", entry=entry.number))
            state.apply(entry, body)
        except (ValueError, KeyError, TypeError) as error:
            raise LedgerBroken(Text("ledger.broken.body", entry=entry.number)) from error
        state.entries.clear()
        state.seen.clear()
        state.debts.clear()
        state.paid.clear()
    return state


_BY_ENTRY = [VOUCHERS.c.issued_by, VOUCHERS.c.ended_by, OBLIGATIONS.c.entry, ROWS[Closed].c.entry, ROWS[Key].c.made_by,
             ROWS[Key].c.revoked_by]  # fmt: skip
"""Columns that say by which entry a row is as it is."""


def _check_end(connection: sa.Connection, last: int) -> None:
    """Raise `LedgerBroken` where the tables know of an entry after the last one: a chain that is cut follows on to its end."""
    known = [connection.execute(sa.select(sa.func.max(column))).scalar() or 0 for column in _BY_ENTRY]
    if max(known) > last:
        raise LedgerBroken(Text("ledger.broken.cut", last=last, known=max(known)))
    if not last and connection.execute(sa.select(ROWS[Budget].c.office).limit(1)).first():
        raise LedgerBroken(Text("ledger.broken.cut", last=0, known=1))


def _instead(table: sa.Table, keys: int) -> str:
    """What puts a row in the place of the one with the same first fields; nothing where rows are only added."""
    names = [column.name for column in table.columns]
    rest = ", ".join(f"{name} = excluded.{name}" for name in names[keys:])
    return f" ON CONFLICT ({', '.join(names[:keys])}) DO UPDATE SET {rest}" if keys else ""


def _compare(name: str, kept: Iterable[tuple[Any, ...]], made: dict[tuple[Any, ...], Any], keys: int) -> None:
    there = set()
    for row in kept:
        there.add(row[:keys])
        if made.get(row[:keys]) != row:
            raise LedgerBroken(Text("ledger.broken.row", table=name, row="/".join(map(str, row[:keys]))))
    if gone := next((key for key in made if key not in there), None):
        said = {"kept": len(there), "made": len(made), "row": "/".join(map(str, gone))}
        raise LedgerBroken(Text("ledger.broken.rows", table=name, **said))


_Issued = Mapping[str, Mapping[str, Sequence[int]]]


class _Holders:
    """By their keys, the ids that holders have in the vouchers, each with the entries that issued them; only the vouchers since
    the last time are read.
    """

    def __init__(self) -> None:
        self._issued: defaultdict[str, dict[str, list[int]]] = defaultdict(dict)
        self._read = 0
        self._lock = Lock()

    def read(self, connection: sa.Connection) -> _Issued:
        """Those of now, for who alone writes."""
        last = connection.execute(sa.select(sa.func.max(VOUCHERS.c.issued_by))).scalar() or 0
        with self._lock:
            if last < self._read:  # A copy of an earlier day is in its place.
                self._issued.clear()
                self._read = 0
            wanted = sa.select(VOUCHERS.c.holder, VOUCHERS.c.issued_by).where(VOUCHERS.c.issued_by > self._read)
            for holder, entry in connection.execute(wanted, execution_options={"yield_per": _READ}):
                self._issued[key_of(holder)].setdefault(holder, []).append(entry)
            self._read = last
            return self._issued


def _state_for(connection: sa.Connection, requests: Sequence[Asked], issued: _Issued) -> State:
    """The part of the state that some requests are about; `issued` are the ids of holders by their keys, with their vouchers."""
    last = connection.execute(
        sa.select(ENTRIES.c.number, ENTRIES.c.hash).order_by(ENTRIES.c.number.desc()).limit(1)
    ).first()
    state = State(*(last or (0, GENESIS)))
    keys = {one.request for one in requests if one.request}
    if keys:
        seen = sa.select(ENTRIES.c.actor, ENTRIES.c.request, ENTRIES.c.number, ENTRIES.c.asked)
        found = connection.execute(seen.where(ENTRIES.c.request.in_(sorted(keys))))
        state.seen = {(actor, request): (number, asked) for actor, request, number, asked in found}
    ids = {one.voucher for one in requests if isinstance(one, Redeem | Void | Expire)}
    vouchers = list(_rows(connection, Voucher, VOUCHERS, VOUCHERS.c.id.in_(sorted(ids)))) if ids else []
    state.take(vouchers)
    offices = {v.office for v in vouchers} | {one.office for one in requests if isinstance(one, Issue | SetBudget)}
    asking = {one.holder for one in requests if isinstance(one, Issue)}
    holders = (
        {v.holder for v in vouchers} | asking | {one for holder in asking for one in issued.get(key_of(holder), ())}
    )
    named = {one.name for one in requests if isinstance(one, MakeKey | Revoke)}
    for kind, values in ((Budget, offices), (Holder, holders), (Key, named)):
        if values:
            table = ROWS[kind]
            state.take(_rows(connection, kind, table, table.c[kind._fields[0]].in_(sorted(values))))
    closing = {one.period for one in requests if isinstance(one, Close)}
    if any(isinstance(one, Redeem | Correct | Close) for one in requests):
        state.take(_rows(connection, Closed, ROWS[Closed]))
    for period in closing:
        state.owed[period].update(_owed(connection, period))
        state.take(list(_rows(connection, Voucher, VOUCHERS, VOUCHERS.c.period == period, limit=1)))
    redeemed = {one.voucher for one in requests if isinstance(one, Redeem)}
    paying = {key_of(one.holder) for one in vouchers if one.id in redeemed}
    for paid in _paid(connection, [one for key in paying for own in issued[key].values() for one in own]):
        state.pay(paid)
    state.debts = _debts(connection, {one.about for one in requests if isinstance(one, Correct)})
    return state


def _paid(connection: sa.Connection, issued: Sequence[int]) -> Iterator[Paid]:
    """What the vouchers that some entries issued paid of contracts."""
    wanted = sa.select(VOUCHERS.c.holder, ENTRIES.c.number, ENTRIES.c.body)
    wanted = wanted.join(ENTRIES, ENTRIES.c.number == VOUCHERS.c.ended_by).where(ENTRIES.c.kind == "redeem")
    for first in range(0, len(issued), _READ):  # No database takes any number of parameters.
        part = wanted.where(VOUCHERS.c.issued_by.in_(issued[first : first + _READ]))
        yield from (_paid_by(*row) for row in connection.execute(part))


def _paid_by(holder: str, entry: int, body: str) -> Paid:
    try:
        return paid_by(holder, orjson.loads(body))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LedgerBroken(Text("ledger.broken.body", entry=entry)) from error


def _debts(connection: sa.Connection, about: set[int]) -> dict[int, Debt]:
    """What the redemptions that some corrections lead back to say of debts, and all their corrections."""
    if not about:
        return {}
    # Corrections are few, and their subjects are periods: an index finds them.
    corrections = (ENTRIES.c.kind == "correct", ENTRIES.c.subject.between("2", "3"))
    said = {
        entry.number: _debt(entry) for entry in _rows(connection, Entry, ENTRIES, *corrections, order=ENTRIES.c.number)
    }
    of: dict[int, int] = {}
    for number, (before, *_) in said.items():
        of[number] = of.get(before, before)
    redemptions = (ENTRIES.c.kind == "redeem", ENTRIES.c.number.in_(sorted({of.get(one, one) for one in about})))
    found: dict[int, Debt] = {}
    for entry in list(_rows(connection, Entry, ENTRIES, *redemptions)):
        rules = connection.execute(sa.select(VOUCHERS.c.rules).where(VOUCHERS.c.id == entry.subject)).scalar()
        found[entry.number] = Debt(*_debt(entry)[1:], rules or "", entry.number)
    more = {one: Debt(*said[one][1:], found[of[one]].rules, of[one]) for one in said if of[one] in found}
    return found | more


def _debt(entry: Entry) -> tuple[int, str, str, int]:
    """Which entry a redemption or a correction is about, itself of a redemption, and who owes whom how much."""
    try:
        body = orjson.loads(entry.body)
        return int(body.get("about", entry.number)), body["debtor"], body["creditor"], int(body["amount_fen"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LedgerBroken(Text("ledger.broken.body", entry=entry.number)) from error


def _owed(connection: sa.Connection, period: str) -> dict[Pair, int]:
    pair = [OBLIGATIONS.c.debtor, OBLIGATIONS.c.creditor]
    total = sa.cast(sa.func.sum(OBLIGATIONS.c.amount_fen), sa.BigInteger)
    wanted = sa.select(*pair).add_columns(total).where(OBLIGATIONS.c.period == period).group_by(*pair)
    return {(debtor, creditor): int(fen) for debtor, creditor, fen in connection.execute(wanted)}


def _rows(
    connection: sa.Connection,
    kind: type[R],
    table: sa.Table,
    *clauses: sa.ColumnElement[bool],
    order: sa.Column[Any] | None = None,
    limit: int | None = None,
) -> Iterator[R]:
    """Rows of a table as they come; in the order of a column if one is given."""
    wanted = sa.select(table).where(*clauses).order_by(*([] if order is None else [order])).limit(limit)
    for row in connection.execute(wanted, execution_options={"yield_per": _READ}):
        yield kind(*row)
