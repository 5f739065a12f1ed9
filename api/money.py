"""The ledger of the settings, and what it asks of the graph: whether a holder and an institution are related."""

from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from graph.store import Graph
from ingest.places.gazetteer import gazetteer
from ledger.ledger import Ledger
from ledger.requests import Asked, Redeem
from ledger.rules import voucher_rules
from queries.ownership import Groups
from queries.reader import Reader


def ledger_at(url: str, home: Path) -> Ledger:
    """The ledger at an address, by the rules of a folder; a SQLite file in that folder where no address is given."""
    return Ledger(url or f"sqlite:///{home / 'ledger.sqlite'}", _is_place, partial(voucher_rules, own=own_rules(home)))


def own_rules(home: Path) -> Path:
    """Where a user's own rule files are."""
    return home / "rules"


def _is_place(place: str) -> bool:
    """Whether there is a place of an id today. Divisions are read when it is first asked, not by each command and server."""
    found = gazetteer().division(place.removeprefix("place:"))
    return found is not None and found.until is None


def place_name(place: str) -> str:
    """What a place is called, in Chinese as in its code table."""
    found = gazetteer().division(place.removeprefix("place:"))
    return found.name if found else place


def with_relations(ledger: Ledger, asked: Asked, graph: AbstractContextManager[Graph]) -> Asked:
    """A request with what the graph says of who is related; the graph is opened only where both are enterprises of it.

    Raises `StoreUnavailable` where the graph cannot say.
    """
    voucher = ledger.voucher(asked.voucher) if isinstance(asked, Redeem) and not asked.related else None
    if voucher is None or not isinstance(asked, Redeem):
        return asked
    both = [voucher.holder, asked.institution]
    if not all(one.startswith("enterprise:") for one in both):
        return asked
    with graph as opened:
        groups = Groups(Reader(opened), both)
    if not groups.are_joined(both):
        return asked
    return asked.model_copy(update={"related": "; ".join(groups.evidence(both))[:200]})
