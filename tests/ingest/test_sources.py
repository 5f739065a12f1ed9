"""Folders of tables: what is found in one, and what is said where there is none."""

from pathlib import Path

import pytest

from graph.errors import SourceUnreadable
from ingest.sources import BUNDLED, run_id, tables
from tests.ingest.datasets import dataset, products


def _refusal(folder: Path) -> str:
    with pytest.raises(SourceUnreadable) as refused:
        run_id(tables(folder))
    message = str(refused.value)
    assert "\n" not in message
    return message.replace(str(folder), "DATASET")


def test_nodes_stand_before_edges_whatever_the_names_of_their_files(tmp_path: Path) -> None:
    found = tables(dataset(tmp_path, input_of=[], products=[], chains=[], part_of=[]))

    assert [table.path.name for table in found] == [
        "chains.csv", "products.csv", "sources.csv", "part_of.csv", "input_of.csv",
    ]  # fmt: skip


def test_files_that_are_no_tables_are_left_alone(tmp_path: Path) -> None:
    dataset(tmp_path, products=[])
    (tmp_path / "README.md").write_text("about")

    assert [table.path.name for table in tables(tmp_path)] == ["products.csv", "sources.csv"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert _refusal(tmp_path / "away") == (
        "没有可读的数据集文件夹 DATASET。 There is no dataset folder DATASET to read: No such file or directory."
    )


def test_a_file_given_as_a_folder_is_named(tmp_path: Path) -> None:
    file = tmp_path / "products.csv"
    file.write_text(products())

    assert (
        _refusal(file)
        == "没有可读的数据集文件夹 DATASET。 There is no dataset folder DATASET to read: Not a directory."
    )


def test_a_name_that_no_folder_can_have_is_one_sentence(tmp_path: Path) -> None:
    assert _refusal(tmp_path / ("x" * 5000)).endswith("to read: File name too long.")


def test_a_folder_without_tables_is_named(tmp_path: Path) -> None:
    (tmp_path / "products.xlsx").write_bytes(b"PK")

    assert _refusal(tmp_path) == "DATASET 中没有 CSV 表。 DATASET holds no CSV table."


@pytest.mark.parametrize(
    ("file", "nearest"), [("product.csv", "products.csv"), ("Products.CSV", "products.csv"), ("make.csv", "makes.csv")]
)
def test_a_file_name_no_type_has_proposes_the_nearest(tmp_path: Path, file: str, nearest: str) -> None:
    (tmp_path / file).write_text(products())

    assert _refusal(tmp_path) == (
        f"DATASET/{file}：没有类型存放在此文件名下，是否应为 {nearest}？ "
        f"No type is stored under this file name; should it be {nearest}?"
    )


def test_a_file_name_near_to_none_lists_all(tmp_path: Path) -> None:
    (tmp_path / "0123456789.csv").write_text("")

    message = _refusal(tmp_path)

    assert "centers.csv, chains.csv, cooperates_with.csv, enterprises.csv" in message


def test_a_folder_named_as_a_table_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "products.csv").mkdir()

    assert _refusal(tmp_path) == ("无法读取 DATASET/products.csv。 Cannot read DATASET/products.csv: Is a directory.")


def test_equal_content_has_an_equal_run_id_wherever_it_lies(tmp_path: Path) -> None:
    row = products("product:a,甲,,source:s,2020-09-30")

    assert run_id(tables(dataset(tmp_path / "x", products=row))) == run_id(
        tables(dataset(tmp_path / "y", products=row))
    )


def test_any_other_content_has_another_run_id(tmp_path: Path) -> None:
    row = "product:a,甲,,source:s,2020-09-30"
    datasets = [
        dataset(tmp_path / "1", products=products(row)),
        dataset(tmp_path / "2", products=products(row, row)),
        dataset(tmp_path / "3", products=products(row.replace("甲", "乙"))),
        dataset(tmp_path / "4", products=products(row), chains=""),
        dataset(tmp_path / "5", chains=products(row)),
    ]

    assert len({run_id(tables(folder)) for folder in datasets}) == len(datasets)


def test_the_bundled_dataset_is_a_dataset() -> None:
    assert tables(BUNDLED)
