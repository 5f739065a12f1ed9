"""Requests for the tests, each right as it is."""

from datetime import date
from typing import Any

from ledger.ledger import Ledger
from ledger.requests import Issue, Redeem, SetBudget, at_the_machine

TODAY = date(2026, 8, 15)
SONGJIANG, JIAXING, SUZHOU, HEFEI, HANGZHOU = (f"place:{code}" for code in (310117, 330400, 320500, 340100, 330100))
PLACES = frozenset(
    {SONGJIANG, JIAXING, SUZHOU, HEFEI, HANGZHOU, "place:310000", "place:320000", "place:330000", "place:340000"}
)
CLERK = at_the_machine("test")


def budget(office: str = SONGJIANG, amount_fen: int = 10**12, **more: Any) -> SetBudget:
    return SetBudget(**{"office": office, "year": 2026, "amount_fen": amount_fen, "why": "plan", **more})


def issue(office: str = SONGJIANG, amount_fen: int = 2_400_000, **more: Any) -> Issue:
    said = {"office": office, "holder": "firm-1", "holder_place": office, "mode": "tongdui", "amount_fen": amount_fen,
            "rules": "delta-2021", "valid_from": "2026-04-01"}  # fmt: skip
    return Issue(**{**said, **more})


def redeem(voucher: str, institution_place: str = JIAXING, amount_fen: int = 2_400_000, **more: Any) -> Redeem:
    said = {"voucher": voucher, "institution": "lab-1", "institution_place": institution_place, "service": "testing",
            "contract_fen": 2 * amount_fen, "contract_on": "2026-05-01", "amount_fen": amount_fen,
            "redeemed_on": "2026-06-01", "contract": voucher}  # fmt: skip
    return Redeem(**{**said, **more})


def issued(ledger: Ledger, **more: Any) -> str:
    """The id of a new voucher."""
    return ledger.book(issue(**more), CLERK).subject
