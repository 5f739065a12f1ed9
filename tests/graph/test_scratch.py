"""Databases to work something out in, which are used again: nobody finds what another left there."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from graph.scratch import scratch, scratch_database

TABLES = "SELECT table_name FROM information_schema.tables ORDER BY ALL"
SETTINGS = (
    "SELECT current_setting('memory_limit'), current_setting('threads'), current_setting('max_temp_directory_size')"
)


def fill(database: duckdb.DuckDBPyConnection) -> None:
    database.execute("CREATE TABLE kept AS SELECT 1 AS a")
    database.execute("CREATE TEMP TABLE passing AS SELECT 1 AS a")
    database.register("given", pa.table({"a": [1]}))


def test_a_database_begins_empty_and_as_it_is_asked_for_whatever_was_done_in_the_one_before(tmp_path: Path) -> None:
    with scratch_database(tmp_path) as database:
        usual = database.execute(SETTINGS).fetchall()
    with scratch_database(tmp_path, memory_limit="100MiB", threads=1) as database:
        assert database.execute(SETTINGS).fetchall() != usual
        database.execute("SET max_temp_directory_size = '1GiB'")
        fill(database)
        assert len(database.execute(TABLES).fetchall()) == 3
    with scratch_database(tmp_path) as database:
        assert database.execute(TABLES).fetchall() == []
        assert database.execute(SETTINGS).fetchall()[0][:2] == usual[0][:2]
        assert database.execute(SETTINGS).fetchall()[0][2] != "1.0 GiB"


def test_after_a_failure_the_next_begins_empty_too(tmp_path: Path) -> None:
    with pytest.raises(duckdb.CatalogException), scratch_database(tmp_path) as database:
        fill(database)
        database.execute("FROM nothing")
    with scratch_database(tmp_path) as database:
        assert database.execute(TABLES).fetchall() == []


def test_two_at_once_see_nothing_of_each_other(tmp_path: Path) -> None:
    with scratch_database(tmp_path) as one, scratch_database(tmp_path) as other:
        fill(one)
        assert other.execute(TABLES).fetchall() == []
    with scratch() as first, scratch() as second:
        first.execute("CREATE TEMP TABLE passing AS SELECT 1 AS a")
        first.register("given", pa.table({"a": [1]}))
        assert second.execute(TABLES).fetchall() == []


def test_what_does_not_fit_into_memory_goes_into_the_folder_of_each(tmp_path: Path) -> None:
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        with scratch_database(folder, memory_limit="20MiB", threads=1) as database:
            database.execute("CREATE TABLE much AS SELECT md5(range::VARCHAR) AS text FROM range(1_000_000)")
            assert any(one.is_file() for one in folder.rglob("*"))
        assert not any(folder.iterdir())
