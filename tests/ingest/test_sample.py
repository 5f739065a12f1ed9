"""The sample years: they load alone and beside the facts, everything in them says that it is invented, and nothing else does."""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from graph.store import GraphStore
from ingest.dataset import BUNDLED, SAMPLE, datasets_at
from ingest.pipeline import checked
from queries.answer import rows_of
from queries.saved import question_named

_REAL = ("places.csv", "part_of.csv", "sources.csv")
"""Tables of places, which are real."""


@cache
def rows(folder: Path) -> list[tuple[str, Mapping[str, str]]]:
    found = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as table:
            found += [(path.name, row) for row in csv.DictReader(table)]
    return found


def test_it_loads_alone_and_beside_the_facts_with_nothing_set_aside() -> None:
    alone, beside = checked(datasets_at([SAMPLE])), checked(datasets_at([BUNDLED, SAMPLE]))
    assert (alone.quarantined, alone.report.values, beside.quarantined, beside.report.values) == (0, 0, 0, 0)


def test_every_row_says_that_it_is_invented() -> None:
    invented = [(file, row) for file, row in rows(SAMPLE) if file not in _REAL]
    assert [row for _, row in invented if row["source_ids"] != "source:sample"] == []
    assert [row for _, row in invented if "from_id" in row and row["evidence"] != "示例，虚构"] == []
    assert [row["name_zh"] for _, row in invented if "id" in row and not row["name_zh"].startswith("示例")] == []
    ids = [row["id"] for _, row in invented if "id" in row]
    assert [one for one in ids if ":sample-" not in one] == [] and len(set(ids)) == len(ids)


def test_no_invented_thing_is_among_the_facts_and_places_are_the_same() -> None:
    facts = [row for _, row in rows(BUNDLED)]
    assert [row for row in facts if "sample-" in str(row) or "示例" in row.get("name_zh", "")] == []
    assert "source:sample" not in {row.get("id") for row in facts}
    real = {row["id"]: row for file, row in rows(BUNDLED) if file == "places.csv"}
    assert [row for file, row in rows(SAMPLE) if file == "places.csv" and real[row["id"]] != row] == []


def test_invented_edges_join_invented_things_to_each_other_or_to_places() -> None:
    ends = {
        row[end] for file, row in rows(SAMPLE) if file not in _REAL and "from_id" in row for end in ("from_id", "to_id")
    }
    assert [one for one in ends if ":sample-" not in one and not one.startswith("place:")] == []


@pytest.mark.parametrize("asked", ["attribution", "certification", "tracking", "lineage"])
def test_each_question_about_centres_has_something_to_say_of_it(memory: GraphStore, asked: str) -> None:
    result = checked(datasets_at([SAMPLE]))
    memory.replace(result.batches, result.run_id)
    answer = question_named(asked).ask(memory)
    assert rows_of(answer)
    # What every kind of answer has of it: a drift, a wrong unit, a missing report; a failed gate; a contradiction.
    said = answer.model_dump_json()
    wanted = {
        "attribution": ["矛盾"], "certification": ["门槛：", "优秀"],
        "tracking": ["降到", "须核对", "缺报", "只销售"], "lineage": ["示例工厂"],
    }  # fmt: skip
    assert [one for one in wanted[asked] if one not in said] == []
