"""The ledger as files for somebody who trusts no program of ours: every entry as a line of a table, and what it ends in."""

import csv
import json
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

import orjson

from graph.durable import whole_file
from graph.model import plain_cell
from ledger.chain import GENESIS, Entry
from ledger.ledger import Ledger

_AMOUNTS = ("office", "period", "debtor", "creditor", "amount_fen")
"""What a spreadsheet sums up, taken out of the body of an entry."""
COLUMNS = (*Entry._fields, *_AMOUNTS)
_READ = 10_000
HOW = (
    "Each line of ledger.csv is an entry. Take off a ' at the beginning of a cell. hash = SHA-256, in hexadecimal, of the "
    "JSON object of number (as a number), at, kind, subject, actor, request, asked and body (as the object that the cell "
    "holds), keys in order, no spaces, UTF-8, followed by previous, the hash of the line before; of the first line it is "
    "64 zeros. office, period, debtor, creditor and amount_fen repeat what body says, so that sums can be made. Debts "
    "between provinces are the lines of kind redeem and correct whose debtor and creditor differ; a line of kind close has "
    "the payments of its period."
)


def export(ledger: Ledger, folder: Path) -> Entry | None:
    """Write `ledger.csv` and `ledger.json` into a folder; the last entry, which both end in.

    Raises `OSError`, and before anything is written `LedgerBroken`: what is handed to somebody is sound.
    """
    ledger.check()
    folder.mkdir(parents=True, exist_ok=True)
    with whole_file(folder / "ledger.csv") as file:
        text = TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
        last, count = _written(ledger, text)
        text.flush()
        text.detach()
    head = {"entries": count, "hash": last.hash if last else GENESIS, "at": last.at if last else None, "how": HOW}
    with whole_file(folder / "ledger.json") as file:
        file.write(json.dumps(head, ensure_ascii=False, indent=2).encode())
    return last


def _written(ledger: Ledger, file: TextIO) -> tuple[Entry | None, int]:
    """Write all entries; the last one and how many there are."""
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    last, count = None, 0
    while entries := ledger.entries(limit=_READ, after=last.number if last else 0):
        for entry in entries:
            body = orjson.loads(entry.body)
            said = {**{name: body.get(name, "") for name in _AMOUNTS}, **entry._asdict()}
            writer.writerow([_cell(said[name]) for name in COLUMNS])
        last, count = entries[-1], count + len(entries)
    return last, count


def _cell(value: object) -> object:
    """A value such that no spreadsheet takes it for a formula, and that taking off a first ' gives back."""
    if not isinstance(value, str):
        return value
    return f"'{value}" if value.startswith("'") else plain_cell(value)
