"""The files of the ledger, checked by a program that knows nothing of ours."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from graph.errors import LedgerBroken
from ledger.audit import export
from ledger.ledger import Ledger
from ledger.requests import Close, Void
from tests.ledger.vouchers import CLERK, HEFEI, JIAXING, SONGJIANG, SUZHOU, budget, issue, redeem

pytestmark = pytest.mark.slow

PROGRAM = Path(__file__).with_name("third_party.py")
NAMES = ["=cmd|' /C calc'!A0", "'quoted", '券"持有人\\', "-1", "x\u3000\ud7ff", "é\uffff"]


@pytest.fixture
def exported(ledger: Ledger, tmp_path: Path) -> Path:
    """The files of a ledger with a closed period."""
    for office in (SONGJIANG, JIAXING, SUZHOU, HEFEI):
        ledger.book(budget(office), CLERK)
    for number, (office, place, fen) in enumerate(
        [(SONGJIANG, JIAXING, 3000), (JIAXING, SUZHOU, 2000), (SUZHOU, SONGJIANG, 1000), (HEFEI, HEFEI, 500)]
    ):
        made = ledger.book(issue(office, fen, holder=NAMES[number], request=NAMES[number]), CLERK)
        ledger.book(redeem(made.subject, place, fen, institution_name=NAMES[-1 - number]), CLERK)
    ledger.book(Void(voucher=ledger.book(issue(), CLERK).subject, why="两行\n\t\x01\x7f\x80\u2028"), CLERK)
    ledger.book(Close(period="2026Q2"), CLERK)
    export(ledger, tmp_path / "audit")
    return tmp_path / "audit"


def checked(folder: Path) -> str:
    done = subprocess.run([sys.executable, "-I", PROGRAM, folder], capture_output=True, text=True, encoding="utf-8")
    return done.stdout + done.stderr


@pytest.mark.parametrize("change", ["body = '{'", "kind = 'zzz'"])
def test_of_a_ledger_that_was_changed_nothing_is_written(ledger: Ledger, tmp_path: Path, change: str) -> None:
    ledger.book(budget(), CLERK)
    name = "entries_no_update" if ledger.database.is_sqlite else "entries_only_added ON entries"
    with ledger.database.writing() as connection:
        connection.execute(sa.text(f"DROP TRIGGER {name}"))
        connection.execute(sa.text(f"UPDATE entries SET {change}"))
    with pytest.raises(LedgerBroken, match="Entry 1"):
        export(ledger, tmp_path / "audit")
    assert not (tmp_path / "audit").exists()


def test_a_third_party_finds_the_same_balances(exported: Path) -> None:
    said = checked(exported)
    assert '2026Q2 {"place:310000": -2000, "place:320000": 1000, "place:330000": 1000}' in said
    assert "15 entries" in said


def test_a_spreadsheet_finds_the_same_sums(exported: Path) -> None:
    with (exported / "ledger.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    redeemed = [line for line in lines if line["kind"] == "redeem" and line["debtor"] != line["creditor"]]
    assert sum(int(line["amount_fen"]) for line in redeemed) == 6000
    assert not any(cell.startswith(("=", "-", "+", "@")) for line in lines for cell in line.values())


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('""amount_fen"":3000', '""amount_fen"":3001', "breaks at entry 5"),
        ("cli:test", "cli:tess", "breaks at entry 1"),
        (",place:310000,place:330000,3000\r\n", ",place:310000,place:330000,1\r\n", "columns of entry 6"),
    ],
)
def test_a_changed_file_is_found(exported: Path, before: str, after: str, says: str) -> None:
    file = exported / "ledger.csv"
    text = file.read_bytes().decode("utf-8-sig")
    assert before in text
    file.write_bytes(text.replace(before, after, 1).encode("utf-8-sig"))
    assert says in checked(exported)


def test_a_cut_file_is_found(exported: Path) -> None:
    file = exported / "ledger.csv"
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-1]))
    assert "should at 15" in checked(exported)
