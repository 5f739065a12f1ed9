"""The ledger of the settings, and what it asks of the graph: whether a holder and an institution are related."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from graph.rules import own_rules
from graph.store import Graph
from graph.texts import Text
from ingest.places.gazetteer import gazetteer
from ledger.ledger import Ledger
from ledger.requests import Asked, Redeem
from ledger.rules import voucher_rules
from queries.ownership import Groups
from queries.reader import Reader

SAMPLE = "sample"
"""What stands for the address of the ledger of the invented year (示例), which is beside one's own."""


def ledger_at(url: str, home: Path) -> Ledger:
    """The ledger at an address, by the rules of a folder; a SQLite file in that folder where no address is given, and that of
    the invented year where it is `sample`."""
    files = {"": home / "ledger.sqlite", SAMPLE: _sample_file(home)}
    return Ledger(
        f"sqlite:///{files[url]}" if url in files else url, _is_place, partial(voucher_rules, own=own_rules(home))
    )


def sample_ledger(home: Path) -> Text:
    """Make the ledger of the invented year where it is not there; what to say of it. Raises `UsageError`."""
    from ledger.sample import made

    path = _sample_file(home)
    return Text("ledger.sample_made", entries=made(path, _is_place), path=path)


def _sample_file(home: Path) -> Path:
    return home / "ledger-sample.sqlite"


def _is_place(place: str) -> bool:
    """Whether there is a place of an id today. Divisions are read when it is first asked, not by each command and server."""
    found = gazetteer().division(place.removeprefix("place:"))
    return found is not None and found.until is None


def place_name(place: str) -> str:
    """What a place is called, in Chinese as in its code table."""
    found = gazetteer().division(place.removeprefix("place:"))
    return found.name if found else place


def with_relations(ledger: Ledger, requests: Sequence[Asked], graph: AbstractContextManager[Graph]) -> list[Asked]:
    """Requests with what the graph says of who is related; the graph is opened once, and only where one needs it.

    Raises `StoreUnavailable` where the graph cannot say.
    """
    pairs = [_firms(ledger, one) for one in requests]
    if not any(pairs):
        return [*requests]
    with graph as opened:
        reader = Reader(opened)
        return [_related(reader, one, firms) for one, firms in zip(requests, pairs, strict=True)]


def _firms(ledger: Ledger, asked: Asked) -> list[str]:
    """Holder and institution of a redemption where both are enterprises of the graph and nobody said how they are related."""
    if not isinstance(asked, Redeem) or asked.related:
        return []
    voucher = ledger.voucher(asked.voucher)
    both = [voucher.holder, asked.institution] if voucher else []
    return both if all(one.startswith("enterprise:") for one in both) else []


def _related(reader: Reader, asked: Asked, firms: list[str]) -> Asked:
    groups = Groups(reader, firms)  # Of the two alone: a third that both own would join them.
    if not groups.are_joined(firms):
        return asked
    return asked.model_copy(update={"related": "; ".join(groups.evidence(firms))[:200]})
