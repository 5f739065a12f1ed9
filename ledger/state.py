"""What the entries make of vouchers, budgets, periods and keys: one way from an entry to it, for booking and for replay."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from ledger.chain import GENESIS, Entry
from ledger.names import key_of
from ledger.netting import Pair

STATUSES = ("issued", "redeemed", "void", "expired")


class Voucher(NamedTuple):
    """A voucher as it stands: `issued`, `redeemed`, `void` or `expired`. Days are ISO texts; `paid_fen` and
    `ended_by` are 0 until it ends, `issued_by` and `ended_by` numbers of entries.
    """

    id: str
    issued_by: int
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
    status: str = "issued"
    paid_fen: int = 0
    institution: str = ""
    institution_name: str = ""
    institution_place: str = ""
    service: str = ""
    period: str = ""
    ended_by: int = 0


class Budget(NamedTuple):
    """What an office may promise in a year, and what of it vouchers hold or have paid."""

    office: str
    year: int
    amount_fen: int = 0
    committed_fen: int = 0


class Holder(NamedTuple):
    """What a holder's vouchers of a year hold or have paid, whoever issued them."""

    holder: str
    year: int
    committed_fen: int = 0


class Obligation(NamedTuple):
    """What one province owes another for a redemption or a correction, by the entry that says so."""

    entry: int
    period: str
    debtor: str
    creditor: str
    amount_fen: int


class Debt(NamedTuple):
    """What a redemption or a correction says of two provinces, which are one where nothing is owed; by which rules, where that
    is known, and which redemption it leads back to.
    """

    debtor: str
    creditor: str
    amount_fen: int
    rules: str
    of: int


class Paid(NamedTuple):
    """What a voucher pays of a contract of its holder with an institution; both, and the contract's number, by `key_of`."""

    holder: str
    institution: str
    contract: str
    contract_on: str
    contract_fen: int
    amount_fen: int

    def may_be_of_one_contract(self, other: "Paid") -> bool:
        """Whether two of the same holder and institution are of one number, or of one day and amount where one of both has no
        number.
        """
        if self.contract and other.contract:
            return self.contract == other.contract
        return (self.contract_on, self.contract_fen) == (other.contract_on, other.contract_fen)


class Closed(NamedTuple):
    """A period that is closed, by which entry; `statement` is the body of that entry."""

    period: str
    entry: int
    statement: str


class Key(NamedTuple):
    """A key for the API by its hash; `revoked_by` is the entry that took it back, 0 while it is good."""

    name: str
    hash: str
    scopes: str
    made_by: int
    revoked_by: int = 0


Row = Voucher | Budget | Holder | Closed | Key
Kind = type[Row]
KEYS: dict[Kind, int] = {Voucher: 1, Budget: 2, Holder: 2, Closed: 1, Key: 1}
"""How many of its first fields tell a row from others of its kind."""


class State:
    """All rows, or those that some requests are about, after an entry; it notes which changed."""

    def __init__(self, number: int = 0, head: str = GENESIS) -> None:
        self.number, self.head = number, head
        self.rows: dict[Kind, dict[tuple[Any, ...], Any]] = {kind: {} for kind in KEYS}
        self.changed: dict[Kind, set[tuple[Any, ...]]] = {kind: set() for kind in KEYS}
        self.seen: dict[tuple[str, str], tuple[int, str]] = {}
        self.owed: defaultdict[str, defaultdict[Pair, int]] = defaultdict(lambda: defaultdict(int))
        self.entries: list[Entry] = []
        self.obligations: list[Obligation] = []
        self.debts: dict[int, Debt] = {}
        self.paid: defaultdict[tuple[str, str], list[Paid]] = defaultdict(list)
        self._spelt: defaultdict[tuple[str, int], set[str]] = defaultdict(set)

    def voucher(self, voucher_id: str) -> Voucher | None:
        """The voucher of an id."""
        found: Voucher | None = self.rows[Voucher].get((voucher_id,))
        return found

    def budget(self, office: str, year: int) -> Budget:
        """The budget of an office and year; nothing where none is set."""
        found: Budget = self.rows[Budget].get((office, year), Budget(office, year))
        return found

    def holder(self, holder: str, year: int) -> Holder:
        """What a holder has of a year."""
        found: Holder = self.rows[Holder].get((holder, year), Holder(holder, year))
        return found

    def held_by(self, holder: str, year: int) -> int:
        """What a holder has of a year, in fen, however its id was typed each time."""
        return sum(self.holder(one, year).committed_fen for one in self._spelt[key_of(holder), year])

    def paid_of(self, contract: Paid) -> int:
        """What other vouchers paid of a contract, in fen."""
        own = self.paid[contract.holder, contract.institution]
        return sum(one.amount_fen for one in own if one.may_be_of_one_contract(contract))

    def pay(self, paid: Paid) -> None:
        """Add what a voucher paid of a contract."""
        self.paid[paid.holder, paid.institution].append(paid)

    def is_used(self, period: str) -> bool:
        """Whether something was booked into a period."""
        return bool(self.owed[period]) or any(one.period == period for one in self.rows[Voucher].values())

    def debt(self, entry: int) -> Debt | None:
        """What an entry says of a debt between provinces; `None` of one that says nothing of any."""
        return self.debts.get(entry)

    def owed_for(self, redemption: int, more: Pair, amount_fen: int) -> int:
        """What provinces owe for a redemption by all its corrections and one more, each by what remains of what it owes and is
        owed."""
        balances: Counter[str] = Counter()
        own = [((one.debtor, one.creditor), one.amount_fen) for one in self.debts.values() if one.of == redemption]
        for (debtor, creditor), fen in (*own, (more, amount_fen)):
            balances.update({debtor: -fen})
            balances.update({creditor: fen})
        return sum(fen for fen in balances.values() if fen > 0)

    def is_closed(self, period: str) -> bool:
        """Whether a period is closed."""
        return (period,) in self.rows[Closed]

    def key(self, name: str) -> Key | None:
        """The key of a name."""
        found: Key | None = self.rows[Key].get((name,))
        return found

    def take(self, rows: Iterable[Row]) -> None:
        """Add rows as they are kept."""
        for row in rows:
            self.rows[type(row)][row[: KEYS[type(row)]]] = row
            if isinstance(row, Holder):
                self._spelt[key_of(row.holder), row.year].add(row.holder)

    def put(self, row: Row) -> None:
        """Change a row."""
        self.take([row])
        self.changed[type(row)].add(row[: KEYS[type(row)]])

    def apply(self, entry: Entry, body: dict[str, Any]) -> None:
        """What an entry says, done; `body` is what its own says."""
        _APPLIED[entry.kind](self, entry, body)
        self.number, self.head = entry.number, entry.hash
        self.entries.append(entry)
        if entry.request:
            self.seen[entry.actor, entry.request] = entry.number, entry.asked

    def owe(self, obligation: Obligation) -> None:
        """Add an obligation."""
        self.obligations.append(obligation)
        self.owed[obligation.period][obligation.debtor, obligation.creditor] += obligation.amount_fen


def _issue(state: State, entry: Entry, body: dict[str, Any]) -> None:
    said = {name: body[name] for name in Voucher._fields if name in body}
    voucher = Voucher(id=entry.subject, issued_by=entry.number, **said)
    state.put(voucher)
    _commit(state, voucher, voucher.amount_fen)


def _commit(state: State, voucher: Voucher, fen: int) -> None:
    """A voucher holds so much more of its office's budget and its holder's year."""
    budget, holder = state.budget(voucher.office, voucher.year), state.holder(voucher.holder, voucher.year)
    state.put(budget._replace(committed_fen=budget.committed_fen + fen))
    state.put(holder._replace(committed_fen=holder.committed_fen + fen))


def _redeem(state: State, entry: Entry, body: dict[str, Any]) -> None:
    said = {name: body[name] for name in ("institution", "institution_name", "institution_place", "service", "period")}
    paid = body["amount_fen"]
    voucher = _ended(state, entry, status="redeemed", paid_fen=paid, **said)
    state.pay(paid_by(voucher.holder, body))
    state.debts[entry.number] = Debt(body["debtor"], body["creditor"], paid, voucher.rules, entry.number)
    if body["debtor"] != body["creditor"]:
        state.owe(Obligation(entry.number, body["period"], body["debtor"], body["creditor"], paid))


def paid_by(holder: str, body: Mapping[str, Any]) -> Paid:
    """What a redemption of a holder's voucher pays of a contract, by its body or request."""
    called = (key_of(holder), key_of(body["institution"]), key_of(body.get("contract", "")))
    return Paid(*called, str(body["contract_on"]), body["contract_fen"], body["amount_fen"])


def _ended(state: State, entry: Entry, **said: Any) -> Voucher:
    """A voucher that ends gives back what it does not pay; as it stands then."""
    voucher = state.voucher(entry.subject)
    if voucher is None:
        raise KeyError(entry.subject)
    if voucher.status != "issued":
        raise ValueError(entry.subject)
    ended = voucher._replace(ended_by=entry.number, **said)
    state.put(ended)
    _commit(state, ended, ended.paid_fen - voucher.amount_fen)
    return ended


def _void(state: State, entry: Entry, body: dict[str, Any]) -> None:
    _ended(state, entry, status="void")


def _expire(state: State, entry: Entry, body: dict[str, Any]) -> None:
    _ended(state, entry, status="expired")


def _budget(state: State, entry: Entry, body: dict[str, Any]) -> None:
    state.put(state.budget(body["office"], body["year"])._replace(amount_fen=body["amount_fen"]))


def _close(state: State, entry: Entry, body: dict[str, Any]) -> None:
    state.put(Closed(entry.subject, entry.number, entry.body))


def _correct(state: State, entry: Entry, body: dict[str, Any]) -> None:
    said = (body["debtor"], body["creditor"], body["amount_fen"])
    if before := state.debt(body["about"]):
        state.debts[entry.number] = Debt(*said, before.rules, before.of)
    state.owe(Obligation(entry.number, entry.subject, *said))


def _decide(state: State, entry: Entry, body: dict[str, Any]) -> None:
    """Nothing here: it is the graph's file of decisions that has it."""


def _key(state: State, entry: Entry, body: dict[str, Any]) -> None:
    state.put(Key(entry.subject, body["hash"], " ".join(body["scopes"]), entry.number))


def _revoke(state: State, entry: Entry, body: dict[str, Any]) -> None:
    key = state.key(entry.subject)
    if key is None:
        raise KeyError(entry.subject)
    state.put(key._replace(revoked_by=entry.number))


_APPLIED: dict[str, Callable[[State, Entry, dict[str, Any]], None]] = {
    "issue": _issue, "redeem": _redeem, "void": _void, "expire": _expire, "budget": _budget, "close": _close,
    "correct": _correct, "decide": _decide, "key": _key, "revoke": _revoke,
}  # fmt: skip
