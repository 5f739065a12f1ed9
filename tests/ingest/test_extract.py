"""Files as text: rows with the lines they start in, and one sentence where a file cannot be used."""

import csv
from pathlib import Path

import pytest

from graph.errors import SourceUnreadable
from ingest.extract import RawRow, raw_rows
from ingest.sources import tables
from tests.ingest.datasets import dataset, products

_LINE = "product:a,甲,,source:s,2020-09-30"


def _rows(folder: Path) -> list[RawRow]:
    return list(raw_rows(next(table for table in tables(folder) if table.path.name == "products.csv")))


def _ids(folder: Path) -> list[tuple[int, str]]:
    return [(row.line, row.cells["id"]) for row in _rows(folder)]


def _refusal(folder: Path) -> str:
    with pytest.raises(SourceUnreadable) as refused:
        _rows(folder)
    message = str(refused.value)
    assert "\n" not in message
    return message.replace(str(folder), "DATASET")


def test_cells_lie_under_their_headings_as_they_were_found(tmp_path: Path) -> None:
    folder = dataset(tmp_path, products='as_of, id ,name_zh,source_ids\n 2020-09-30 ,product:a,"甲, ""乙""",\n')

    cells = {"as_of": " 2020-09-30 ", "id": "product:a", "name_zh": '甲, "乙"', "source_ids": ""}
    assert _rows(folder) == [RawRow("products.csv", 2, cells)]


def test_a_row_has_the_line_it_starts_in(tmp_path: Path) -> None:
    text = products('product:a,"甲\n乙\n丙",,,', "", 'product:b,"丁\n",,,', "product:c,戊,,,")

    assert _ids(dataset(tmp_path, products=text)) == [(2, "product:a"), (6, "product:b"), (8, "product:c")]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte-order-mark"])
def test_every_line_end_and_a_byte_order_mark_are_read(tmp_path: Path, newline: str, mark: bytes) -> None:
    text = products(_LINE, _LINE.replace(":a", ":b"))

    folder = dataset(tmp_path, products=mark + text.replace("\n", newline).encode())

    assert _ids(folder) == [(2, "product:a"), (3, "product:b")]


def test_the_last_line_needs_no_line_end(tmp_path: Path) -> None:
    assert _ids(dataset(tmp_path, products=products(_LINE).rstrip())) == [(2, "product:a")]


def test_headings_alone_are_a_table_of_no_rows(tmp_path: Path) -> None:
    assert _rows(dataset(tmp_path, products=products())) == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("product:a,甲", "有 2 格，表头有 5 格 has 2 cells, the headings are 5"),
        (f"{_LINE},,", "有 7 格，表头有 5 格 has 7 cells, the headings are 5"),
    ],
    ids=["too few", "too many"],
)
def test_a_row_that_is_not_as_long_as_the_headings_says_so(tmp_path: Path, line: str, problem: str) -> None:
    rows = _rows(dataset(tmp_path, products=products(line, _LINE)))

    assert [(row.line, row.problem) for row in rows] == [(2, problem), (3, "")]


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n"], ids=["nothing", "byte-order-mark", "blank line"])
def test_an_empty_file_has_no_headings(tmp_path: Path, content: bytes) -> None:
    assert _refusal(dataset(tmp_path, products=content)) == (
        "DATASET/products.csv 是空文件，没有表头。 DATASET/products.csv is empty: it has no headings."
    )


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_another_encoding_is_refused_with_what_to_do(tmp_path: Path, encoding: str) -> None:
    line = 3 if encoding == "gb18030" else 1
    text = products("product:a,a,,source:s,2020-09-30", "product:b,光刻胶,,source:s,2020-09-30")

    assert _refusal(dataset(tmp_path, products=text.encode(encoding))) == (
        f"DATASET/products.csv:{line}: 不是 UTF-8 编码，请另存为 UTF-8。 "
        "This is not UTF-8 text; save the file as UTF-8."
    )


def test_a_wrong_byte_far_into_a_file_is_found_in_its_line(tmp_path: Path) -> None:
    text = products(*[_LINE] * 20_000).encode() + b"product:b,\xff,,source:s,2020-09-30\n"

    assert _refusal(dataset(tmp_path, products=text)).startswith("DATASET/products.csv:20002: 不是 UTF-8 编码")


def test_an_unterminated_quote_is_refused_with_the_line_it_opens_in(tmp_path: Path) -> None:
    text = products(_LINE, 'product:b,"乙,,source:s,2020-09-30', _LINE, _LINE)

    assert _refusal(dataset(tmp_path, products=text)) == (
        "DATASET/products.csv:3: CSV 格式有误。 Not well-formed CSV: unexpected end of data."
    )


def test_text_after_a_closing_quote_is_refused(tmp_path: Path) -> None:
    assert _refusal(dataset(tmp_path, products=products('product:a,"甲"乙,,,'))).startswith(
        "DATASET/products.csv:2: CSV 格式有误。 Not well-formed CSV: ',' expected after '\"'"
    )


def test_a_field_larger_than_csv_takes_is_refused(tmp_path: Path) -> None:
    text = products(_LINE, f"product:b,{'长' * (csv.field_size_limit() + 1)},,source:s,2020-09-30")

    assert _refusal(dataset(tmp_path, products=text)) == (
        "DATASET/products.csv:3: CSV 格式有误。 Not well-formed CSV: field larger than field limit (131072)."
    )


def test_an_unknown_column_proposes_the_nearest(tmp_path: Path) -> None:
    text = "id,name_zh,source_id,as_of\n"

    assert _refusal(dataset(tmp_path, products=text)) == (
        "DATASET/products.csv: 未知的列 'source_id' unknown column；是否应为 source_ids？ Should it be source_ids?"
    )


@pytest.mark.parametrize("heading", ["", "1234", "run_id2", "search_text"])
def test_a_column_that_no_row_can_have_is_refused(tmp_path: Path, heading: str) -> None:
    text = f"id,name_zh,source_ids,as_of,{heading}\n"

    assert f"未知的列 {heading!r} unknown column" in _refusal(dataset(tmp_path, products=text))


def test_an_edge_table_has_no_column_for_ids(tmp_path: Path) -> None:
    folder = dataset(tmp_path, makes="id,from_id,to_id,source_ids,as_of,status\n")
    table = next(table for table in tables(folder) if table.path.name == "makes.csv")

    with pytest.raises(SourceUnreadable, match="未知的列 'id'"):
        list(raw_rows(table))


def test_a_repeated_column_is_refused(tmp_path: Path) -> None:
    assert _refusal(dataset(tmp_path, products="id,name_zh,id,source_ids,as_of\n")) == (
        "DATASET/products.csv: 重复的列 ['id']。 Repeated columns."
    )


def test_missing_required_columns_are_all_named(tmp_path: Path) -> None:
    assert _refusal(dataset(tmp_path, products="id,as_of\n")) == (
        "DATASET/products.csv: 缺少必需的列 ['name_zh', 'source_ids']。 Required columns are missing."
    )
