"""Rows against the ontology: each bad cell is named with its line, value and reason; the others load."""

from datetime import date
from pathlib import Path

import pytest

from ingest.pipeline import Checked, checked
from ingest.validate import QuarantinedRow
from tests.ingest.datasets import Cells, dataset

EMPTY = "必需的格为空 a required cell is empty"


def _only_quarantined(result: Checked) -> QuarantinedRow:
    assert (result.read, result.loaded, result.merged) == (3, 2, 0)
    (row,) = result.quarantined
    return row


def _quarantined_product(folder: Path, cells: Cells) -> QuarantinedRow:
    """What is said of a product with these cells that stands in line 3, under a good one."""
    return _only_quarantined(checked(dataset(folder, products=[{"id": "product:good"}, {"id": "product:a", **cells}])))


def _loaded(result: Checked, label: str, column: str) -> list[object]:
    (batch,) = [batch for batch in result.batches if batch.kind.en == label]
    values: list[object] = batch.table.column(column).to_pylist()
    return values


@pytest.mark.parametrize(
    "id_", ["enterprise:a", "a", "product:", "product:甲", "product:a b", "product:a|b", "Product:a", "product:a\nb"]
)
def test_an_id_that_is_not_the_prefix_and_a_slug_is_quarantined(tmp_path: Path, id_: str) -> None:
    assert _quarantined_product(tmp_path, {"id": id_}) == QuarantinedRow(
        "products.csv", 3, "id", id_, "String should match pattern '^product:[A-Za-z0-9][A-Za-z0-9._-]*$'"
    )


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("2020-13-01", "Value error, month must be in 1..12"),
        ("2021-02-29", "Value error, day is out of range for month"),
        ("2020/09/30", "Value error, Invalid isoformat string: '2020/09/30'"),
        ("2020-09-30T00:00", "Value error, Invalid isoformat string: '2020-09-30T00:00'"),
        ("", EMPTY),
    ],
)
def test_a_bad_date_is_quarantined(tmp_path: Path, value: str, reason: str) -> None:
    assert _quarantined_product(tmp_path, {"as_of": value}) == QuarantinedRow("products.csv", 3, "as_of", value, reason)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("nan", "Input should be a finite number"),
        ("inf", "Input should be a finite number"),
        ("-inf", "Input should be a finite number"),
        ("1e999", "Input should be a finite number"),
        ("-1", "Input should be greater than or equal to 0"),
        ("1,000", "Input should be a valid number, unable to parse string as a number"),
        ("三十", "Input should be a valid number, unable to parse string as a number"),
    ],
)
def test_a_number_that_is_none_is_quarantined(tmp_path: Path, value: str, reason: str) -> None:
    row = _quarantined_product(tmp_path, {"recovery_days": value})

    assert row == QuarantinedRow("products.csv", 3, "recovery_days", value, reason)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", EMPTY),
        (" \t", EMPTY),
        ("甲\x00", "Value error, has the control character U+0000"),
        ("甲\x07乙", "Value error, has the control character U+0007"),
        ("甲\u2028乙", "Value error, has the control character U+2028"),
    ],
)
def test_a_name_that_cannot_be_shown_is_quarantined(tmp_path: Path, value: str, reason: str) -> None:
    row = _quarantined_product(tmp_path, {"name_zh": value})

    assert row == QuarantinedRow("products.csv", 3, "name_zh", value.strip(" \t"), reason)


def test_a_name_over_2000_characters_is_quarantined_and_shown_shortened(tmp_path: Path) -> None:
    row = _quarantined_product(tmp_path, {"name_zh": "长" * 2001})

    assert row == QuarantinedRow(
        "products.csv", 3, "name_zh", "长" * 80 + "… (2001)", "String should have at most 2000 characters"
    )


@pytest.mark.parametrize(("value", "shown"), [("甲|x\x01", "甲|x\x01"), ("长" * 2001, "长" * 80 + "… (2001)")])
def test_one_bad_item_of_a_list_quarantines_the_row(tmp_path: Path, value: str, shown: str) -> None:
    row = _quarantined_product(tmp_path, {"aliases": value})

    assert (row.line, row.field, row.value) == (3, "aliases", shown)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("foreign_share", "1.5", "Input should be less than or equal to 1"),
        ("foreign_share", "-0.1", "Input should be greater than or equal to 0"),
        ("foreign_share", "50%", "Input should be a valid number, unable to parse string as a number"),
        ("is_key", "yes", "Input should be a valid boolean"),
        ("is_key", "是", "Input should be a valid boolean"),
        ("is_key", "1", "Input should be a valid boolean"),
    ],
)
def test_a_bad_fraction_or_boolean_is_quarantined(tmp_path: Path, field: str, value: str, reason: str) -> None:
    rows = [{"id": "technology:good"}, {"id": "technology:a", field: value}]

    assert _only_quarantined(checked(dataset(tmp_path, technologies=rows))) == QuarantinedRow(
        "technologies.csv", 3, field, value, reason
    )


def test_a_choice_that_is_not_known_is_quarantined_with_the_known_ones(tmp_path: Path) -> None:
    rows = [{"id": "place:330100"}, {"id": "place:330106", "level": "county"}]

    assert _only_quarantined(checked(dataset(tmp_path, places=rows))) == QuarantinedRow(
        "places.csv", 3, "level", "county", "Input should be 'country', 'province', 'prefecture' or 'district'"
    )


@pytest.mark.parametrize(
    ("rank", "reason"),
    [
        ("0", "Input should be greater than or equal to 1"),
        ("1.5", "Input should be a valid integer, unable to parse string as an integer"),
        ("9223372036854775808", "Input should be less than or equal to 9223372036854775807"),
    ],
)
def test_an_integer_that_no_store_can_hold_is_quarantined(tmp_path: Path, rank: str, reason: str) -> None:
    makes = [{"from_id": "enterprise:a", "to_id": "product:a", "rank": rank}]
    folder = dataset(tmp_path, enterprises=[{"id": "enterprise:a"}], products=[{"id": "product:a"}], makes=makes)

    assert checked(folder).quarantined == (QuarantinedRow("makes.csv", 2, "rank", rank, reason),)


def test_a_row_of_the_wrong_length_is_quarantined_with_its_text(tmp_path: Path) -> None:
    text = "id,name_zh,source_ids,as_of\nproduct:a,甲,source:s,2020-09-30\nproduct:b,乙,丙,source:s,2020-09-30\n"

    assert _only_quarantined(checked(dataset(tmp_path, products=text))) == QuarantinedRow(
        "products.csv",
        3,
        "",
        "product:b 乙 丙 source:s",
        "有 5 格，表头有 4 格 has 5 cells, the headings are 4",
    )


def test_only_the_first_problem_of_a_row_is_told(tmp_path: Path) -> None:
    row = _quarantined_product(tmp_path, {"name_zh": "", "as_of": "never"})

    assert (row.field, row.reason) == ("name_zh", EMPTY)


def test_cells_are_converted_and_blanks_around_them_do_not_count(tmp_path: Path) -> None:
    center = {
        "id": " center:a ",
        "name_zh": "\u3000甲 乙\t",
        "aliases": " 丙 || 丁 |",
        "mode": " bought ",
        "area_mu": " 30 ",
        "opened_on": " 2020-09-30 ",
        "address": " ",
    }
    result = checked(dataset(tmp_path, centers=[center], technologies=[{"id": "technology:a", "is_key": " TRUE "}]))

    columns = ("id", "name_zh", "aliases", "mode", "area_mu", "opened_on", "address", "source_ids")
    assert result.quarantined == ()
    assert [_loaded(result, "innovation centre", column) for column in columns] == [
        ["center:a"], ["甲 乙"], [["丙", "丁"]], ["bought"], [30.0], [date(2020, 9, 30)], [None], [["source:s"]],
    ]  # fmt: skip
    assert _loaded(result, "technology", "is_key") == [True]


def test_the_bounds_of_a_fraction_belong_to_it(tmp_path: Path) -> None:
    rows = [{"id": "technology:a", "foreign_share": "0"}, {"id": "technology:b", "foreign_share": "1"}]

    assert _loaded(checked(dataset(tmp_path, technologies=rows)), "technology", "foreign_share") == [0.0, 1.0]
