"""The ledger on both databases: a SQLite file, and an empty schema of a real PostgreSQL."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from ledger.ledger import Ledger
from tests.conftest import skip_or_fail
from tests.ledger.vouchers import PLACES, TODAY
from tests.postgres import programs, running_postgres

Opened = Callable[[], Ledger]
"""Opens the same ledger once more, as another process would."""


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A running PostgreSQL."""
    found = programs()
    if found is None:
        skip_or_fail("POSTGRES", "PostgreSQL is not installed")
        return
    with running_postgres(found, "fsync=off") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a ledger that is not there yet; the test runs once on each database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    server = str(request.getfixturevalue("postgres_url"))
    engine = sa.create_engine(server.replace("postgresql:", "postgresql+pg8000:"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"):  # A tenth of the time of a database.
            connection.execute(sa.text(statement))
    engine.dispose()
    return server


@pytest.fixture
def opened(ledger_url: str) -> Iterator[Opened]:
    """Opens the ledger, each time anew, on the day `TODAY`."""
    found: list[Ledger] = []

    def once_more() -> Ledger:
        found.append(
            Ledger(ledger_url, PLACES.__contains__, now=lambda: datetime(*TODAY.timetuple()[:3], 12, tzinfo=UTC))
        )
        return found[-1]

    yield once_more
    for one in found:
        one.close()


@pytest.fixture
def ledger(opened: Opened) -> Ledger:
    """A ledger with nothing in it."""
    return opened()
