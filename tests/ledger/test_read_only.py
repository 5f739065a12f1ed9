"""A ledger in a folder that cannot be written, as a copy on a disk for those who check it: it is read, and nothing is booked."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from graph.errors import LedgerUnavailable
from ledger.ledger import Ledger
from tests.ledger.vouchers import CLERK, PLACES, budget


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody may look into; those of pytest are their owner's."""
    with tempfile.TemporaryDirectory(prefix="corridor-") as name:
        yield Path(name)
        Path(name).chmod(0o755)


def as_nobody(act: Callable[[], bool]) -> bool:
    """Whether a process without rights finds an act to be right: who may do everything is kept out of no folder."""
    child = os.fork()
    if not child:
        try:
            if not os.geteuid():
                os.setuid(65_534)
            os._exit(0 if act() else 1)
        except BaseException as error:
            os.write(2, repr(error).encode())
            os._exit(2)
    return os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("is_open", [False, True])
def test_a_ledger_that_cannot_be_written_is_read(folder: Path, is_open: bool) -> None:
    url = f"sqlite:///{folder / 'ledger.sqlite'}"
    ledger = Ledger(url, PLACES.__contains__)
    ledger.book(budget(), CLERK)
    if not is_open:
        ledger.close()
    for file in folder.iterdir():
        file.chmod(0o444)
    folder.chmod(0o555)

    def is_only_read() -> bool:
        found = Ledger(url, PLACES.__contains__)
        if not found.database.is_read_only or found.check().number != 1 or len(found.budgets()) != 1:
            return False
        try:
            found.book_all([(budget(amount_fen=1), CLERK)])
        except LedgerUnavailable:
            return found.check().number == 1
        return False

    assert as_nobody(is_only_read)
    ledger.close()
