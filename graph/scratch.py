"""Databases in memory to work something out in. To open one takes 30 ms, longer than most work on few rows: they are used again."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

_IDLE: list[duckdb.DuckDBPyConnection] = []
"""Databases that nobody works in."""
_SETTINGS = ("max_temp_directory_size", "memory_limit", "preserve_insertion_order", "threads")
"""What may be set in a database and stays so."""


@contextmanager
def scratch() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection for few rows: what it registers and its temporary tables are its own, and gone afterwards."""
    with _shared().cursor() as connection:
        yield connection


@cache
def _shared() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@contextmanager
def scratch_database(near: Path | None = None, **settings: object) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database of its own for any number of rows: what does not fit into memory goes into a folder in `near`, by default
    where temporary files go; left alone, DuckDB makes one where it stands. All of it is gone afterwards. It shows no progress, which
    DuckDB does in notebooks and in processes started by others.
    """
    with TemporaryDirectory(prefix="corridor-", dir=near) as folder, ExitStack() as at_the_end:
        spilled = Path(folder, "spilled")
        whole = _IDLE.pop() if _IDLE else duckdb.connect()
        at_the_end.callback(whole.close)
        with whole.cursor() as database:
            database.execute("SET temp_directory = '{}'".format(str(spilled).replace("'", "''")))
            for name in _SETTINGS:
                database.execute(f"SET {name} = '{settings[name]}'" if name in settings else f"RESET {name}")
            database.execute("SET enable_progress_bar = false")
            database.execute("ATTACH ':memory:' AS scratch")
            database.execute("USE scratch")
            yield database
            database.execute("USE memory")
            database.execute("DETACH scratch")
        if not spilled.exists():  # Once used, the folder cannot be changed.
            at_the_end.pop_all()
            _IDLE.append(whole)
