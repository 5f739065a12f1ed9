"""kill -9 between redeeming and booking: no voucher is lost, none is paid twice; more rounds in `bench.vouchers`."""

import pytest

from ledger.ledger import Ledger
from tests.ledger.killed import killed_rounds
from tests.ledger.vouchers import CLERK, budget


@pytest.mark.slow
def test_a_killed_payer_loses_nothing_and_a_retry_pays_nothing_twice(ledger: Ledger, ledger_url: str) -> None:
    ledger.book(budget(), CLERK)
    told, unsaid = killed_rounds(ledger, ledger_url, 3, 7)
    print(f"{told} acknowledged, {unsaid} booked and not yet acknowledged")
    assert told > 0
