"""The statements of this folder, each in a file of its own."""

from pathlib import Path

import duckdb
import pyarrow as pa


def statement(file: str, /, **parts: object) -> str:
    """The text of `file.sql` with its `{parts}` filled in."""
    return (Path(__file__).parent / f"{file}.sql").read_text(encoding="utf-8").format(**parts)


def make_table(database: duckdb.DuckDBPyConnection, name: str, content: pa.Table) -> None:
    """Make a table of rows; one of the name goes."""
    database.register("given", content)
    database.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM given")
    database.unregister("given")


def quoted(path: Path) -> str:
    """The path as a text of SQL."""
    text = str(path).replace("'", "''")
    return f"'{text}'"
