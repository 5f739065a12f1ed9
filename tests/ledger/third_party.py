"""Checks the files of `corridor ledger export` with nothing but Python: `python third_party.py FOLDER`.

It says at which entry the chain breaks, or what the provinces' balances of each closed period are.
"""

import csv
import hashlib
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

HASHED = ("at", "kind", "subject", "actor", "request", "asked")
REPEATED = ("office", "period", "debtor", "creditor", "amount_fen")


def main(folder: Path) -> None:
    """Check a folder; ends with the reason where something is wrong."""
    head = json.loads((folder / "ledger.json").read_text(encoding="utf-8"))
    previous, count, balances = "0" * 64, 0, Counter[tuple[str, str]]()
    csv.field_size_limit(1 << 30)
    with (folder / "ledger.csv").open(encoding="utf-8-sig", newline="") as file:
        for line in csv.DictReader(file):
            row = {name: cell.removeprefix("'") for name, cell in line.items()}
            body, count = json.loads(row["body"]), count + 1
            if (row["number"], row["previous"], row["hash"]) != (str(count), previous, hashed(row, body, previous)):
                sys.exit(f"the chain breaks at entry {count}")
            if any(row[name] != str(body.get(name, "")) for name in REPEATED):
                sys.exit(f"the columns of entry {count} are not what its body says")
            previous = row["hash"]
            if row["kind"] in ("redeem", "correct"):
                book(balances, row["period"] or row["subject"], body)
            if row["kind"] == "close":
                check_period(balances, row["subject"], body)
    if (head["entries"], head["hash"]) != (count, previous):
        sys.exit(f"the files end at entry {count}, but should at {head['entries']}")
    print(f"{count} entries, {previous}")


def hashed(row: dict[str, str], body: Any, previous: str) -> str:
    """The hash that an entry should have."""
    entry = {**{name: row[name] for name in HASHED}, "number": int(row["number"]), "body": body}
    text = json.dumps(entry, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode() + previous.encode()).hexdigest()


def book(balances: Counter[tuple[str, str]], period: str, debt: Any) -> None:
    """Add a debt to the balances of both."""
    balances[period, debt["debtor"]] -= debt["amount_fen"]
    balances[period, debt["creditor"]] += debt["amount_fen"]


def check_period(balances: Counter[tuple[str, str]], period: str, closing: Any) -> None:
    """Print the balances of a period; end where its payments do not settle them."""
    paid = Counter[tuple[str, str]]()
    for payment in closing["payments"]:
        book(paid, period, payment)
    owed = {place: fen for (of, place), fen in sorted(balances.items()) if of == period and fen}
    if owed != {place: fen for (_, place), fen in sorted(paid.items()) if fen}:
        sys.exit(f"the payments of {period} do not settle what is owed")
    print(period, json.dumps(owed))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
