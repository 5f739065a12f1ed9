"""The tables of the ledger, as the migrations make them. Their columns are the fields of `Entry`, `Obligation` and the rows of `ledger.state`."""

from typing import Any

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text

from ledger.chain import Entry
from ledger.state import KEYS, Budget, Closed, Holder, Key, Kind, Obligation, Voucher

METADATA = MetaData()

_TYPES = {int: BigInteger, str: Text}


def _table(name: str, row: type[Entry] | type[Obligation] | Kind, keys: int) -> Table:
    columns: list[Column[Any]] = [
        Column(
            field,
            Integer if field == "year" else _TYPES[kind],
            primary_key=number < keys,
            nullable=False,
            autoincrement=False,
        )
        for number, (field, kind) in enumerate(row.__annotations__.items())
    ]
    return Table(name, METADATA, *columns)


ENTRIES = _table("entries", Entry, 1)
OBLIGATIONS = _table("obligations", Obligation, 1)
ROWS: dict[Kind, Table] = {
    kind: _table(name, kind, KEYS[kind])
    for kind, name in (
        (Voucher, "vouchers"),
        (Budget, "budgets"),
        (Holder, "holders"),
        (Closed, "periods"),
        (Key, "keys"),
    )
}
VOUCHERS = ROWS[Voucher]
