"""Redeems vouchers until it is killed: `python -m tests.ledger.payer URL`, one line before and one after each.

Numbers of vouchers come on standard input; `+v` is said before a voucher is redeemed, `=v` when that is on the disk.
"""

import sys
from datetime import UTC, datetime

from ledger.ledger import Ledger
from tests.ledger.vouchers import CLERK, PLACES, redeem


def main() -> None:
    """Redeem what comes in."""
    ledger = Ledger(sys.argv[1], PLACES.__contains__, now=lambda: datetime(2026, 8, 15, tzinfo=UTC))
    ledger.vouchers(limit=1)
    print("ready", flush=True)
    for line in sys.stdin:
        voucher = line.strip()
        print(f"+{voucher}", flush=True)
        ledger.book(redeem(voucher, amount_fen=100, request=f"pay {voucher}"), CLERK)
        print(f"={voucher}", flush=True)


if __name__ == "__main__":
    main()
