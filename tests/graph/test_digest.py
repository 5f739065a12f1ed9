"""The number that tells whether a row says the same, on every machine, today and later."""

import subprocess
import sys
from datetime import date

import pyarrow as pa
import pytest

from graph.digest import digests
from graph.store import Batch
from tests.conftest import ROOT
from tests.graphs import Item, batches_of, hostile_graph

pytestmark = pytest.mark.slow

FULL: Item = {
    "id": "enterprise:a", "name_zh": "上海微电子", "aliases": ["SMEE", "a\nb"], "is_listed": False, "employees": 1000,
    "listed_on": date(2020, 9, 30), "registered_capital_10k_cny": 0.1, "search_text": "|x|",
}  # fmt: skip


def digest(values: Item) -> int:
    [batch] = batches_of([values])
    [number] = digests(batch).to_pylist()
    return int(number)


def test_it_is_this_number_and_no_other() -> None:
    """A release that computes another one makes the next load write every row."""
    assert digest(FULL) == 6495562092344989770


def test_another_process_finds_the_same_numbers() -> None:
    program = (
        "from graph.digest import digests; from tests.graphs import hostile_graph; "
        "print([digests(batch).to_pylist() for batch in hostile_graph()])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str([digests(batch).to_pylist() for batch in hostile_graph()])


@pytest.mark.parametrize(
    "other",
    [
        {"name_zh": "上海微电子 "}, {"name_zh": ""}, {"aliases": ["SMEE\na", "b"]}, {"aliases": ["SMEE"]}, {"aliases": []},
        {"aliases": None}, {"aliases": ["SMEE", "a\nb", ""]}, {"is_listed": True}, {"is_listed": None},
        {"employees": 1001}, {"listed_on": date(2020, 9, 29)}, {"registered_capital_10k_cny": 0.1 + 1e-17 * 2},
        {"registered_capital_10k_cny": None, "revenue_10k_cny": 0.1}, {"short_name": ""},
        {"name_en": "SMEE"}, {"former_names": ["SMEE", "a\nb"], "aliases": None},
    ],
)  # fmt: skip
def test_another_value_is_another_number(other: Item) -> None:
    assert digest({**FULL, **other}) != digest(FULL)


def test_the_id_and_what_is_not_known_are_no_part_of_it() -> None:
    assert digest({**FULL, "id": "enterprise:b", "uscc": None}) == digest(FULL)


def test_it_does_not_depend_on_the_rows_beside_it_or_on_how_the_table_is_cut() -> None:
    [batch] = batches_of([{**FULL, "id": f"enterprise:{n}", "employees": n % 3 or None} for n in range(10)])
    cut = pa.concat_tables([batch.table.slice(0, 3), batch.table.slice(3)])
    assert digests(Batch(batch.kind, cut)).to_pylist() == digests(batch).to_pylist()
    one = [digests(Batch(batch.kind, batch.table.slice(n, 1)))[0].as_py() for n in range(10)]
    assert one == digests(batch).to_pylist()


def test_no_rows_have_no_numbers() -> None:
    [batch] = batches_of([FULL])
    assert digests(Batch(batch.kind, batch.table.slice(0, 0))).to_pylist() == []
