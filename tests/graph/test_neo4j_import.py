"""Files for the bulk importer, and what Neo4j's own importer makes of them."""

import csv
import gzip
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from graph.errors import DataError, LoadTooLarge, UsageError
from graph.neo4j_import import ImportFiles, write_import_files
from graph.open_store import open_store
from graph.store import Batch, Changes
from tests.conftest import NEO4J
from tests.graphs import Item, batches_of, chain_of_products, graph_of, hostile_graph, rows_of
from tests.neo4j_server.server import bulk_import


def test_a_type_becomes_a_header_and_rows_with_digests(tmp_path: Path) -> None:
    batches = batches_of(
        ["product:a", {"id": "product:b", "aliases": ["x", "y"], "name_en": ""}],
        [("INPUT_OF", "product:a", "product:b")],
    )
    written = write_import_files(batches, "r1", tmp_path / "out")

    header, rows = (tmp_path / "out" / "Product-header.csv"), (tmp_path / "out" / "Product.csv")
    assert header.read_text().startswith("id:ID(Product),name_zh:string,name_en:string,aliases:string[],")
    first, second = rows.read_text(encoding="utf-8").splitlines()
    assert first.startswith('"product:a","a",,,,,,,,,,,"source:test",2020-09-30,')
    assert second.startswith('"product:b","b","","x\x1fy",,,,,,,,,"source:test",2020-09-30,')
    edges = (tmp_path / "out" / "INPUT_OF-Product-Product-header.csv").read_text()
    assert edges.startswith(":START_ID(Product),:END_ID(Product),id:string,")
    assert (written.nodes, written.edges, written.without_digest) == (2 + 2, 1, 0)


def test_what_is_derived_is_in_the_files_too(tmp_path: Path) -> None:
    batches = batches_of(
        ["place:310117", "enterprise:e", "product:a", "product:b"],
        [("MAKES", "enterprise:e", "product:a", {"confidence": 0.5}), ("KIND_OF", "product:a", "product:b")],
    )
    write_import_files(batches, "r1", tmp_path / "out")

    def rows(name: str) -> list[dict[str, str]]:
        header = (tmp_path / "out" / f"{name}-header.csv").read_text().split(",")
        with (tmp_path / "out" / f"{name}.csv").open(newline="") as file:
            return [dict(zip(header, row, strict=True)) for row in csv.reader(file)]

    products = [(row["makers:long"], row["direct_makers:long"]) for row in rows("Product")]
    assert products == [("1", "1"), ("1", "0")]
    areas = [(row["id:ID(Area)"], row["supplies:long"]) for row in rows("Area")]
    assert areas == [("area:310117", "0"), ("area:corridor", "0"), ("area:everywhere", "2")]
    supplied = [
        (row[":END_ID(Product)"], row["steps:long"], row["made_id:string"], row["confidence:double"])
        for row in rows("CAN_SUPPLY-Enterprise-Product")
    ]
    assert supplied == [("product:a", "0", "", "0.5"), ("product:b", "1", "product:a", "0.5")]
    inside = [(row[":START_ID(Enterprise)"], row[":END_ID(Area)"]) for row in rows("IN_AREA-Enterprise-Area")]
    assert inside == [("enterprise:e", "area:everywhere")]


def test_the_script_runs_the_arguments_and_is_a_program(tmp_path: Path) -> None:
    written = write_import_files(hostile_graph(), "r1", tmp_path / "out")
    stub = tmp_path / "neo4j-admin"
    stub.write_text('#!/bin/sh\nfor one in "$@"; do printf "%s\\n" "$one"; done\n')
    stub.chmod(0o755)
    done = subprocess.run(
        [str(tmp_path / "out" / "import.sh"), "--overwrite-destination"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == [*written.arguments, "--overwrite-destination"]


def test_only_rows_with_a_line_break_are_in_a_file_that_may_have_them(tmp_path: Path) -> None:
    write_import_files(batches_of(["product:a", {"id": "product:b", "name_zh": "x\ny"}]), "r1", tmp_path / "out")
    assert "product:b" not in (tmp_path / "out" / "Product.csv").read_text()
    assert "product:b" in (tmp_path / "out" / "Product-multiline.csv").read_text()


def test_compressed_files_hold_the_same_rows(tmp_path: Path) -> None:
    write_import_files(batches_of(["product:a"]), "r1", tmp_path / "plain")
    write_import_files(batches_of(["product:a"]), "r1", tmp_path / "small", compressed=True)
    with gzip.open(tmp_path / "small" / "Product.csv.gz") as file:
        assert file.read() == (tmp_path / "plain" / "Product.csv").read_bytes()


def test_a_folder_that_holds_something_and_an_item_with_the_separator_are_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="is not empty"):
        write_import_files(batches_of(["product:a"]), "r1", tmp_path)
    with pytest.raises(DataError, match="U\\+001F"):
        write_import_files(batches_of([{"id": "product:a", "aliases": ["a\x1fb"]}]), "r1", tmp_path / "new")
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="Cannot write"):
        write_import_files([], "r1", tmp_path / "file" / "x")


# --- what Neo4j's importer makes of them -----------------------------------------------------------------------------

Rows = dict[tuple[str, tuple[str, str] | None], list[Item]]
SMALL_TRANSACTIONS = {"dbms.memory.transaction.total.max": "10m"}
UNSAYABLE: dict[str, list[str]] = {"product:b": [], "product:c": [""]}
"""Nodes with lists of aliases that the importer has no form for."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A server on a database that the importer made, what it held at first, and what the next load of the same did."""

    url: str
    batches: list[Batch]
    written: ImportFiles
    rows: Rows
    run_id: str | None
    changes: Changes | None
    run_id_after: str | None
    rows_after: Rows


@pytest.fixture(scope="module")
def imported(
    neo4j_servers: Callable[[Path, Mapping[str, str]], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Imported]:
    """From compressed files, which hold the same rows."""
    folder = tmp_path_factory.mktemp("imported")
    lists: list[str | Item] = [{"id": id_, "aliases": aliases} for id_, aliases in UNSAYABLE.items()]
    batches = [*batches_of(["product:a", *lists]), *hostile_graph()]
    batches.sort(key=lambda batch: (batch.ends is not None, batch.name))
    written = write_import_files(batches, "bulk", folder / "files", compressed=True)
    bulk_import(NEO4J, folder, written.folder, written.arguments)
    url = neo4j_servers(folder, SMALL_TRANSACTIONS)
    store = open_store(url)
    rows, run_id = rows_of(store.tables()), store.run_id()
    changes = store.replace(batches, "later")
    yield Imported(url, batches, written, rows, run_id, changes, store.run_id(), rows_of(store.tables()))
    store.close()


@pytest.mark.neo4j
@pytest.mark.slow
def test_the_importer_makes_the_graph_that_a_load_makes(imported: Imported) -> None:
    def without_unsayable(rows: Rows) -> Rows:
        return {key: [row for row in of_type if row["id"] not in UNSAYABLE] for key, of_type in rows.items()}

    assert without_unsayable(imported.rows) == without_unsayable(rows_of(imported.batches))
    assert (imported.run_id, imported.run_id_after) == ("bulk", "later")


@pytest.mark.neo4j
@pytest.mark.slow
def test_what_the_importer_cannot_say_the_next_load_mends_and_nothing_else(imported: Imported) -> None:
    written = imported.written
    assert written.without_digest == 2
    assert imported.changes == Changes(changed=2, unchanged=written.nodes + written.edges - 2)
    assert imported.rows_after == rows_of(imported.batches)


@pytest.mark.neo4j
@pytest.mark.slow
def test_a_later_load_takes_away_what_was_imported(imported: Imported) -> None:
    store = open_store(imported.url)
    graph_of(store, ["product:a"])
    assert {name: number for name, number in store.counts().items() if number} == {"Product": 1}
    store.close()


@pytest.mark.neo4j
@pytest.mark.slow
def test_changes_that_do_not_fit_a_transaction_are_refused_with_the_other_way_named(imported: Imported) -> None:
    store = open_store(imported.url)
    small = batches_of(*chain_of_products(100))
    store.replace(small, "small")
    with pytest.raises(LoadTooLarge, match="corridor export neo4j-import") as refused:
        store.replace(batches_of(*chain_of_products(1_500, "x" * 4_000)), "large")
    assert "neo4j-admin database import full" in str(refused.value)
    assert (rows_of(store.tables()), store.run_id()) == (rows_of(small), "small")
    store.close()
