"""What provinces owe each other in a period, what of it is set off, and what remains to be paid."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from ledger.netting import Pair, netted
from ledger.requests import Fen, Period
from ledger.rules import PlaceId


class Debt(BaseModel):
    """What one province owes another."""

    model_config = ConfigDict(frozen=True)

    debtor: PlaceId
    creditor: PlaceId
    amount_fen: Fen


class Statement(BaseModel):
    """A period's debts, and the payments that remain when as much as possible is set off without new debts."""

    model_config = ConfigDict(frozen=True)

    period: Period
    is_closed: bool
    is_sample: bool = Field(default=False, description="whether the ledger is the invented one (示例)")
    entry: int | None = Field(description="entry of the ledger that closed it")
    owed: list[Debt] = Field(description="what was owed, before anything was set off")
    payments: list[Debt] = Field(description="what remains to be paid")
    gross_fen: int = Field(description="sum of what was owed")
    residual_fen: int = Field(description="sum of what remains to be paid")
    cleared_fen: int = Field(description="what is set off")
    net_fen: int = Field(description="half of all balances: the least that must move if new debts were made")
    central_fen: int = Field(description="what would move if all paid to a centre and were paid by it")


def settled(period: str, owed: Mapping[Pair, int]) -> Statement:
    """The statement of what is owed."""
    found = netted(owed)
    return Statement(
        period=period, is_closed=False, entry=None, owed=_debts(owed), payments=_debts(found.payments),
        gross_fen=found.gross_fen, residual_fen=found.residual_fen, cleared_fen=found.cleared_fen, net_fen=found.net_fen,
        central_fen=found.central_fen,
    )  # fmt: skip


def _debts(owed: Mapping[Pair, int]) -> list[Debt]:
    return [Debt(debtor=a, creditor=b, amount_fen=fen) for (a, b), fen in sorted(owed.items())]
