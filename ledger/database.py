"""The database of the ledger: SQLite in a file, or PostgreSQL; its tables are made and brought up to date by Alembic."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from graph.durable import on_disk
from graph.errors import LedgerUnavailable, NoLedger, UsageError
from graph.texts import Text

_HEAD = "0001"
"""The last step of `ledger/migrations/versions`."""
_WAIT_SECONDS = 30
_WRITES = "corridor_writes"


class Database:
    """A database by its URL: `sqlite:///path` or `postgresql://user:password@host/name`. Raises `UsageError` for what is none."""

    def __init__(self, url: str) -> None:
        try:
            parsed = sa.make_url(url)
            if parsed.drivername in ("postgres", "postgresql"):
                parsed = parsed.set(drivername="postgresql+pg8000")
            # What follows a ? may be a password as well, and so may be what an @ in one leaves in the host.
            self.shown = parsed.set(query={}).render_as_string(hide_password=True)
            if "@" in (parsed.host or ""):
                self.shown = "…"
            is_file = parsed.drivername == "sqlite"
            is_known = is_file or parsed.drivername == "postgresql+pg8000"
            is_kept = not is_file or (parsed.database and ":memory:" not in parsed.database)
            if not is_known or not is_kept or set(parsed.query) - {"unix_sock"} or self.shown == "…":
                raise UsageError(Text("ledger.bad_url", url=self.shown))
            self._file = Path(str(parsed.database)) if is_file else None
            if self.is_read_only and self._file:
                parsed = parsed.set(database=_looked_at(self._file), query={"uri": "true"})
            waiting = {"timeout": _WAIT_SECONDS}
            self._engine = sa.create_engine(
                parsed,
                connect_args=waiting if self._file else {},
                pool_pre_ping=not self._file,
                pool_size=4,
                max_overflow=16,
            )
        except (ArgumentError, NoSuchModuleError, ValueError) as error:
            raise UsageError(Text("ledger.bad_url", url="…")) from error
        self._is_current = False
        if self._file:
            event.listen(self._engine, "connect", _sqlite_looked_at if self.is_read_only else _sqlite_opened)
            event.listen(self._engine, "begin", _sqlite_begun)
        else:
            event.listen(self._engine, "connect", _postgres_opened)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file."""
        return self._file is not None

    @property
    def is_read_only(self) -> bool:
        """Whether it is a file that is there, in a folder that cannot be written: it can be looked at."""
        return bool(self._file and self._file.exists() and not os.access(self._file.parent, os.W_OK))

    def upgrade(self) -> None:
        """Make the tables, or bring them up to date; nothing where they are."""
        if self._file:
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise LedgerUnavailable(Text("ledger.away", url=self.shown, why=error)) from error
        with self._connected(writes=True) as connection:
            if not self.is_sqlite:
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('corridor.ledger'))"))
            if self._version(connection) != _HEAD:
                _migrated(connection)
        self._is_current = True

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that sees one moment. Raises `LedgerUnavailable` where there is no ledger yet, or no database."""
        if self._file and not self._file.exists():
            raise NoLedger(Text("ledger.none", url=self.shown))
        with self._connected(writes=False) as connection:
            if not self._is_current:
                self._check_version(connection)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that nobody else writes beside, on tables that are up to date."""
        if not self._is_current:
            self.upgrade()
        with self._connected(writes=True) as connection:
            if not self.is_sqlite:
                connection.execute(sa.text("LOCK TABLE entries IN EXCLUSIVE MODE"))
            yield connection

    def copied(self, target: Path) -> None:
        """Write a copy of one moment into a file that is not there yet, what stands in the files beside it included.

        Raises `UsageError` where there is one, or where it is PostgreSQL or cannot be copied, `NoLedger`, `OSError`.
        """
        if not self._file:
            raise UsageError(Text("ledger.backup_server"))
        if target.exists():
            raise UsageError(Text("ledger.backup_there", path=target))
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as folder:
            draft = Path(folder) / "ledger.sqlite"
            # While it is read an `OSError` would be of the ledger; SQLite's own of a full disk is none.
            with self.reading() as connection, closing(sqlite3.connect(draft)) as copy:
                source: Any = connection.connection.driver_connection
                try:
                    source.backup(copy)
                    copy.execute("PRAGMA journal_mode = DELETE")  # Nothing beside it: it is one file.
                except sqlite3.Error as error:
                    raise UsageError(Text("errors.cannot_write", path=target, why=error)) from error
            on_disk(draft)
            os.replace(draft, target)
            on_disk(target.parent)

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()

    @contextmanager
    def _connected(self, *, writes: bool) -> Iterator[sa.Connection]:
        level = {} if self.is_sqlite or writes else {"isolation_level": "REPEATABLE READ"}
        try:
            with (
                self._engine.connect() as connection,
                connection.execution_options(**{_WRITES: writes}, **level).begin(),
            ):
                yield connection
        except (DBAPIError, PoolTimeout, OSError) as error:
            why = str(error.orig if isinstance(error, DBAPIError) else error)
            raise LedgerUnavailable(Text("ledger.away", url=self.shown, why=why)) from error

    def _check_version(self, connection: sa.Connection) -> None:
        found = self._version(connection)
        if not found:
            raise NoLedger(Text("ledger.none", url=self.shown))
        if found != _HEAD:
            raise LedgerUnavailable(Text("ledger.version", url=self.shown, found=found, ours=_HEAD))
        self._is_current = True

    def _version(self, connection: sa.Connection) -> str:
        if not sa.inspect(connection).has_table("alembic_version"):
            return ""
        found = str(connection.execute(sa.text("SELECT max(version_num) FROM alembic_version")).scalar() or "")
        if found > _HEAD:
            raise LedgerUnavailable(Text("ledger.version", url=self.shown, found=found, ours=_HEAD))
        return found


def _migrated(connection: sa.Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _looked_at(file: Path) -> str:
    """The address of a file that is not written. Where nobody has it open either, SQLite must not ask for the files beside it."""
    is_open = Path(f"{file}-wal").exists()
    return f"{file.resolve().as_uri()}?mode=ro{'' if is_open else '&immutable=1'}"


def _sqlite_looked_at(connection: sqlite3.Connection, record: Any) -> None:
    connection.isolation_level = None


def _sqlite_opened(connection: sqlite3.Connection, record: Any) -> None:
    """What is committed is on the disk, and readers see the last commit while somebody writes."""
    connection.isolation_level = None  # We begin ourselves: the driver would begin late, and not for writing.
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _postgres_opened(connection: Any, record: Any) -> None:
    """Whoever waits for another writer gives up in the end, as with SQLite."""
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = '{_WAIT_SECONDS}s'")
    cursor.close()
    connection.commit()


def _sqlite_begun(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
