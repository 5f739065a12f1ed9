"""The report of a load: numbers that add up, reasons by frequency, and the same on disk as in memory."""

import csv
import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from graph.texts import Language, Text
from ingest.pipeline import Checked, Settings
from tests.ingest.datasets import checked_at, dataset, examples, problems

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    """Two products, of them one twice and disputed, and rows that are wrong in three ways: 3, 2 and 1 of each."""
    folder = tmp_path_factory.mktemp("report")
    rows = [
        {"id": "product:a", "name_zh": "光刻胶", "recovery_days": "1,000", "hs_code": "1"},
        {"id": "product:a", "name_zh": "光致抗蚀剂", "hs_code": "2"},
        {"id": "product:b", "hs_code": "—", "remark": "x"},
        {"id": "product:c", "as_of": HOSTILE},
        {"id": "product:d", "as_of": "2020-13-01"},
        {"id": "product:e", "as_of": "?"},
        {"id": "product:f", "recovery_days": "=1+1"},
    ]
    inputs = [
        {"from_id": "product:a", "to_id": "product:b"},
        {"from_id": "product:a", "to_id": "product:x"},
        {"from_id": "product:a", "to_id": "product:y"},
        {"from_id": "product:a", "to_id": "product:z"},
    ]
    home = Settings(folder / "home")
    return checked_at(dataset(folder / "d", products=rows, input_of=inputs), settings=home)


def test_all_numbers_of_a_report_add_up(dirty: Checked) -> None:
    report = dirty.report

    assert (report.read, report.loaded, report.merged, report.quarantined) == (12, 5, 1, 6)
    assert report.read == report.loaded + report.merged + report.quarantined
    assert sum(t.read for t in report.tables) + sum(report.added.values()) == report.read
    assert all(t.read == t.accepted + t.quarantined for t in report.tables)
    assert all(k.claims == k.loaded + k.merged + k.quarantined for k in report.kinds)
    assert [sum(getattr(k, name) for k in report.kinds) for name in ("loaded", "merged")] == [5, 1]
    assert [(k.what, k.disputed) for k in report.kinds if k.disputed] == [("Product", 1)]
    assert {t.file: t.unread_columns for t in report.tables}["products.csv"] == ("remark",)
    assert (report.converted["thousands-separator"], report.converted["blank-mark"]) == (1, 1)


def test_reasons_come_by_frequency_each_with_its_first_rows_and_what_to_do(dirty: Checked) -> None:
    reasons = dirty.report.reasons
    counted = Counter((field, reason) for _, _, field, _, reason in problems(dirty))

    assert [r.count for r in reasons] == sorted((r.count for r in reasons), reverse=True)
    assert {(r.field, r.reason.packed()): r.count for r in reasons} == dict(counted)
    assert (reasons[0].what, reasons[0].count) == ("INPUT_OF", 3)
    assert examples(reasons)[0][1] == (
        "input_of.csv:3 product:x",
        "input_of.csv:4 product:y",
        "input_of.csv:5 product:z",
    )
    assert all(r.hint.id != "common.todo" for r in reasons)


def test_the_first_problem_is_none_that_comes_of_another_one(tmp_path: Path) -> None:
    sources = [{"id": "source:s", "name_zh": "名录", "kind": "website"}]
    folder = dataset(tmp_path / "d", sources=sources, products=[{"id": "product:a"}, {"id": "product:b"}])

    said = Text("common.list", items=checked_at(folder).report.first_problem()).in_(Language.EN)

    assert said.startswith("sources.csv:2 website: kind: ")


def test_the_files_of_a_run_hold_what_the_report_says(dirty: Checked) -> None:
    assert json.loads((dirty.folder / "report.json").read_text(encoding="utf-8")) == json.loads(
        json.dumps(asdict(dirty.report), default=lambda text: {language: text.in_(language) for language in Language})
    )
    with (dirty.folder / "quarantine.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    lost = [row for row in rows if row["row_is_loaded"] == "false"]
    assert len(lost) == dirty.report.quarantined == pq.read_metadata(dirty.folder / "quarantine.parquet").num_rows
    assert len(rows) - len(lost) == dirty.report.values == pq.read_metadata(dirty.folder / "values.parquet").num_rows
    assert [row["value"] for row in rows if row["field"] == "recovery_days"] == ["'=1+1"]
    assert next(row["value"] for row in rows if row["row"] == "5") == HOSTILE
    assert dirty.folder == dirty.folder.parent / dirty.run_id


def test_coverage_tells_how_many_have_a_property(dirty: Checked) -> None:
    found = {(c.what, c.property): (c.known, c.total) for c in dirty.report.coverage}

    assert found["Product", "name_zh"] == (3, 3)
    assert found["Product", "hs_code"] == (1, 3)
    assert found["INPUT_OF", "cost_share"] == (0, 1)
    assert ("Product", "search_text") not in found


def test_tables_that_no_mapping_speaks_of_are_named_with_the_shipped_mapping_that_does(tmp_path: Path) -> None:
    folder = dataset(tmp_path / "d", products=[{"id": "product:a", "name_zh": "光刻胶"}])
    (folder / "deals.csv").write_text("who,whom\n甲,乙\n", encoding="utf-8")
    (folder / "notes.md").write_text("no table", encoding="utf-8")
    for name in ("providers", "inputs", "provision", "sequence", "stages"):
        (folder / f"{name}.csv").write_text("x,y\n1,2\n", encoding="utf-8")

    report = checked_at(folder, settings=Settings(tmp_path / "home")).report

    assert {"deals.csv", "provision.csv"} <= set(report.unread_tables)
    assert not {"products.csv", "notes.md"} & set(report.unread_tables)
    assert report.fitting_mappings == ["chip-supply-chain"]
