"""Rounds of kill -9 between redeeming and booking, and what must be true afterwards."""

import random
import subprocess
import sys
import time
from pathlib import Path

from ledger.ledger import Ledger
from tests.ledger.vouchers import CLERK, budget, issue, redeem

ROOT = Path(__file__).parents[2]
A_ROUND = 200
"""Vouchers of a round, more than are redeemed before it ends."""


def killed_rounds(ledger: Ledger, url: str, rounds: int, seed: int) -> tuple[int, int]:
    """Kill a payer so many times at any moment. How many payments it acknowledged, how many more were booked unsaid.

    Raises `AssertionError` where a voucher that was acknowledged is not redeemed, one was redeemed that nobody began, or a
    retry pays twice.
    """
    random_ = random.Random(seed)
    told = unsaid = 0
    for number in range(rounds):
        asked = [issue(amount_fen=100, holder=f"firm-{number}-{i % 20}") for i in range(A_ROUND)]
        booked = ledger.book_all([(one, CLERK) for one in asked])
        ids = [entry.subject for entry in booked if hasattr(entry, "subject")]
        assert len(ids) == A_ROUND
        begun, acknowledged = _paid_and_killed(url, ids, random_.randint(0, 12), random_.uniform(0, 0.03))
        # A server still commits what whoever was killed had sent; what is booked next waits for that.
        ledger.book(budget(), CLERK)
        state = {one.id: one.status for one in ledger.vouchers(limit=A_ROUND)}
        redeemed = {one for one in ids if state[one] == "redeemed"}
        assert acknowledged <= redeemed <= begun
        told, unsaid = told + len(acknowledged), unsaid + len(redeemed - acknowledged)
        before = sum(ledger.owed("2026Q2").values())
        for one in sorted(begun):
            ledger.book(redeem(one, amount_fen=100, request=f"pay {one}"), CLERK)
        assert sum(ledger.owed("2026Q2").values()) - before == 100 * len(begun - redeemed)
    ledger.check()
    return told, unsaid


def _paid_and_killed(url: str, ids: list[str], after: int, seconds: float) -> tuple[set[str], set[str]]:
    """Which vouchers a payer began to redeem, and which it said were, when it is killed a moment after so many of them."""
    command = [sys.executable, "-m", "tests.ledger.payer", url]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as payer:
        assert payer.stdin and payer.stdout
        assert payer.stdout.readline() == "ready\n"
        payer.stdin.write("".join(f"{one}\n" for one in ids))
        payer.stdin.flush()
        said = [payer.stdout.readline() for _ in range(2 * after)]
        time.sleep(seconds)
        payer.kill()
        said += payer.stdout.readlines()
    said = [line.strip() for line in said if line.endswith("\n")]
    return {line[1:] for line in said if line[0] == "+"}, {line[1:] for line in said if line[0] == "="}
