"""Vouchers: how many a second, a million of them to the end, 10,000 debts set off, and payers killed at any moment.

`python -m bench.vouchers [VOUCHERS [ROUNDS]]`, 1,000,000 vouchers on SQLite and 200 rounds of kill -9 on each database by
default. SQLite is a file here, PostgreSQL the server of Debian's package with its own settings, on the same disk.
"""

import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix

from bench.run import machine
from ledger.chain import Entry
from ledger.ledger import Ledger
from ledger.netting import Pair, netted
from ledger.requests import Asked, Close
from tests.ledger.killed import killed_rounds
from tests.ledger.vouchers import CLERK, HANGZHOU, HEFEI, JIAXING, PLACES, SONGJIANG, SUZHOU, budget, issue, redeem
from tests.postgres import programs, running_postgres

OFFICES = (SONGJIANG, JIAXING, SUZHOU, HEFEI, HANGZHOU)
CLIENTS, EACH, DEBTS = 20, 100, 10_000
A_TIME = 1_000


@contextmanager
def ledgers() -> Iterator[list[tuple[str, str]]]:
    """The addresses of an empty ledger on each database."""
    found = programs()
    if found is None:
        sys.exit("PostgreSQL is not installed")
    with tempfile.TemporaryDirectory(prefix="corridor-ledger-") as folder, running_postgres(found) as server:
        yield [("SQLite", f"sqlite:///{Path(folder) / 'ledger.sqlite'}"), ("PostgreSQL", server)]


def opened(url: str) -> Ledger:
    """A ledger with budgets, on a day of 2026."""
    ledger = Ledger(url, PLACES.__contains__, now=lambda: datetime(2026, 8, 15, tzinfo=UTC))
    ledger.book_all([(budget(office, 10**14), CLERK) for office in OFFICES])
    return ledger


def writes(ledger: Ledger, book: Callable[[Asked], object]) -> float:
    """Entries a second of clients that ask again when they are answered; raises `AssertionError` where one is lost."""
    before = ledger.entries(limit=1)[0].number

    def client(number: int) -> None:
        for one in range(EACH):
            book(issue(amount_fen=100, holder=f"firm-{number}-{one % 7}"))

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    began = time.perf_counter()
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    seconds = time.perf_counter() - began
    assert ledger.entries(limit=1)[0].number - before == CLIENTS * EACH
    return CLIENTS * EACH / seconds


def to_the_end(ledger: Ledger, count: int) -> None:
    """Issue, redeem and settle so many vouchers, of the size of the real ones."""
    draw = random.Random(1)
    began = time.perf_counter()
    ids: list[tuple[str, int]] = []
    for first in range(0, count, A_TIME):
        asked: list[Asked] = []
        amounts = [min(int(draw.lognormvariate(14.2, 0.9)), 30_000_000) for _ in range(A_TIME)]
        for number, fen in enumerate(amounts, first):
            asked.append(issue(draw.choice(OFFICES), fen, holder=f"firm-{number}", mode=draw.choice(("通用", "通兑"))))
        ids += [(entry.subject, fen) for entry, fen in zip(booked(ledger, asked), amounts, strict=True)]
    print(f"  issued {count:,}: {count / (time.perf_counter() - began):,.0f} a second", flush=True)
    began = time.perf_counter()
    for first in range(0, count, A_TIME):
        part = ids[first : first + A_TIME]
        booked(ledger, [redeem(one, draw.choice(OFFICES), fen) for one, fen in part])
    print(f"  redeemed {count:,}: {count / (time.perf_counter() - began):,.0f} a second", flush=True)
    acts: tuple[tuple[str, Callable[[], object]], ...] = (
        ("closed the period", lambda: ledger.book(Close(period="2026Q2"), CLERK)),
        ("a page of vouchers", lambda: ledger.vouchers(limit=50)),
        ("sums by place", lambda: ledger.sums()),
        ("followed the chain and compared all", lambda: ledger.check()),
    )
    for name, act in acts:
        began = time.perf_counter()
        act()
        print(f"  {name}: {time.perf_counter() - began:.2f} s", flush=True)
    found = ledger.statement("2026Q2")
    print(f"  owed {found.gross_fen:,} fen, to be paid {found.residual_fen:,}, through a centre {found.central_fen:,}")


def booked(ledger: Ledger, asked: Sequence[Asked]) -> list[Entry]:
    """The entries of requests, none of which is refused."""
    done = ledger.book_all([(one, CLERK) for one in asked])
    found = [one for one in done if isinstance(one, Entry)]
    assert len(found) == len(asked), next(one for one in done if not isinstance(one, Entry))
    return found


def by_programme(owed: dict[Pair, int]) -> int:
    """What remains by a linear programme (HiGHS), in floating point."""
    places = {one: number for number, one in enumerate(sorted({one for pair in owed for one in pair}))}
    rows = [places[a] for a, _ in owed] + [places[b] for _, b in owed]
    signs = [-1] * len(owed) + [1] * len(owed)
    ends = coo_matrix((signs, (rows, [*range(len(owed))] * 2))).tocsr()
    amounts = np.array([*owed.values()], dtype=float)
    bounds = np.column_stack([np.zeros(len(owed)), amounts])
    return round(float(linprog(np.ones(len(owed)), A_eq=ends, b_eq=ends @ amounts, bounds=bounds).fun))


def pair_by_pair(owed: dict[Pair, int]) -> int:
    """What remains as a spreadsheet does it: each two set off what they owe each other."""
    return sum(max(fen - owed.get((b, a), 0), 0) for (a, b), fen in owed.items())


def set_off() -> None:
    """10,000 debts between 1,000 who owe."""
    draw = random.Random(1)
    owed: dict[Pair, int] = {}
    while len(owed) < DEBTS:
        a, b = draw.sample(range(1_000), 2)
        owed[f"p{a}", f"p{b}"] = min(int(draw.lognormvariate(14.2, 0.9)), 30_000_000)
    gross = sum(owed.values())
    ways: tuple[tuple[str, Callable[[], int]], ...] = (("network simplex (ours, of networkx)", lambda: netted(owed).residual_fen), ("linear programme", lambda: by_programme(owed)),
                      ("pair by pair", lambda: pair_by_pair(owed)))  # fmt: skip
    for name, way in ways:
        began = time.perf_counter()
        left = way()
        seconds = time.perf_counter() - began
        print(f"  {name}: {seconds:.2f} s, set off {1 - left / gross:.1%}, to be paid {left:,} of {gross:,} fen")


def main() -> None:
    """All of it."""
    count, rounds = (int(sys.argv[n]) if len(sys.argv) > n else default for n, default in ((1, 1_000_000), (2, 200)))
    print(machine())
    print(f"{DEBTS:,} debts set off")
    set_off()
    for part in ("writes", "end", "kills"):
        with ledgers() as both:
            for name, url in both:
                ledger = opened(url)
                if part == "writes":
                    alone = writes(ledger, lambda asked: ledger.book_all([(asked, CLERK)]))  # noqa: B023
                    together = writes(ledger, lambda asked: ledger.book(asked, CLERK))  # noqa: B023
                    print(
                        f"{name}, {CLIENTS} clients: {alone:,.0f} a second one by one, {together:,.0f} together",
                        flush=True,
                    )
                elif part == "kills":
                    told, unsaid = killed_rounds(ledger, url, rounds, 3)
                    print(f"{name}, {rounds} kills: {told:,} acknowledged and kept, {unsaid} kept before they were acknowledged,"
                          " none lost, none paid twice", flush=True)  # fmt: skip
                elif name == "SQLite":
                    print(f"{name}, {count:,} vouchers")
                    to_the_end(ledger, count)
                ledger.close()


if __name__ == "__main__":
    main()
