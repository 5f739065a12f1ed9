"""One table, whatever the format: the same columns, rows, numbers of rows and refusals."""

import datetime
import re
from pathlib import Path

import pyarrow as pa
import pytest
from _pytest.mark.structures import ParameterSet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import SourceUnreadable, UnknownName, UsageError
from ingest.readers.read import ReadOptions, detected_format, read
from tests.ingest.tablefiles import FORMATS, Value, content, file, refusal, table

COLUMNS: dict[str, list[Value]] = {
    "名称": ["甲", '乙, "丙"', "a|b\n二行", "  丁\t"],
    "代码": ["000001", "1e5", "TRUE", "=1+1"],
    "数量": [1, -20, None, 123456789012345],
    "占比": [0.1, None, 1e-7, 2.5],
    "日期": [datetime.date(2020, 9, 30), datetime.date(1999, 12, 31), None, datetime.date(2024, 2, 29)],
    "上市": [True, False, None, True],
}
ROWS = [
    {"名称": "甲", "代码": "000001", "数量": "1", "占比": "0.1", "日期": "2020-09-30", "上市": "true"},
    {"名称": '乙, "丙"', "代码": "1e5", "数量": "-20", "占比": None, "日期": "1999-12-31", "上市": "false"},
    {"名称": "a|b\n二行", "代码": "TRUE", "数量": None, "占比": "1e-07", "日期": None, "上市": None},
    {"名称": "  丁\t", "代码": "=1+1", "数量": "123456789012345", "占比": "2.5", "日期": "2024-02-29", "上市": "true"},
]
DATA = Path(__file__).parents[3] / "shared" / "data"


def lines_from(suffix: str, first: int, count: int) -> list[int]:
    """The numbers of rows that directly follow each other below the headings; JSON has none."""
    return list(range(first - 1, first - 1 + count) if suffix.startswith("json") else range(first, first + count))


@pytest.mark.parametrize("packed", ["", ".gz"])
@pytest.mark.parametrize("suffix", FORMATS)
def test_a_table_is_the_same_in_every_format(tmp_path: Path, suffix: str, packed: str) -> None:
    found = content(table(tmp_path, f"table.{suffix}{packed}", COLUMNS))

    if suffix == "parquet":
        found.rows[2]["占比"] = str(float(str(found.rows[2]["占比"])))
    assert found.rows == ROWS
    assert found.numbers == lines_from(suffix, 2, 4)
    assert found.problems == []


@pytest.mark.parametrize("suffix", ["csv", "tsv", "xlsx", "parquet"])
def test_headings_alone_are_a_table_without_rows(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"table.{suffix}"
    if suffix == "parquet":
        pa.parquet.write_table(pa.table({"a": pa.array([], pa.string()), "b": pa.array([], pa.int8())}), path)
    else:
        table(tmp_path, path.name, {"a": [], "b": []})

    parts = list(read(path))

    assert [(part.columns.column_names, len(part.rows), part.problems, dict(part.counted)) for part in parts] == [
        (["a", "b"], 0, (), {})
    ]


@pytest.mark.parametrize("suffix", FORMATS)
def test_rows_without_content_are_counted_and_keep_the_numbers_true(tmp_path: Path, suffix: str) -> None:
    path = table(tmp_path, f"table.{suffix}", {"a": ["1", None, " ", "4"], "b": ["x", "", None, None]})

    found = content(path)

    assert found.rows == [{"a": "1", "b": "x"}, {"a": "4", "b": None}]
    assert found.numbers == [number for number in lines_from(suffix, 2, 4) if number not in lines_from(suffix, 3, 2)]
    assert (found.problems, found.counted) == ([], {"blank-row": 2})


@pytest.mark.parametrize("suffix", FORMATS)
def test_headings_are_compared_without_white_space_of_any_kind(tmp_path: Path, suffix: str) -> None:
    found = content(table(tmp_path, f"t.{suffix}", {" 企业\u3000名称\n": ["甲"], "\u200b所在 \xa0 地 ": ["乙"]}))

    assert found.rows == [{"企业 名称": "甲", "所在 地": "乙"}]


@pytest.mark.parametrize("suffix", FORMATS)
def test_repeated_headings_are_refused_with_their_columns(tmp_path: Path, suffix: str) -> None:
    path = table(tmp_path, f"t.{suffix}", {"城市": ["甲"], "x": ["1"], " 城市 ": ["乙"]})

    columns = "A, C" if suffix == "xlsx" else "1, 3"
    name = "t.xlsx[企业]" if suffix == "xlsx" else path.name
    assert refusal(path) == (
        f"{name}: columns have the same heading (the columns are in brackets): '城市' ({columns}); "
        "rename or remove one of them."
    )


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_column_without_a_heading_is_kept_if_it_has_data(tmp_path: Path, suffix: str) -> None:
    found = content(table(tmp_path, f"t.{suffix}", {"a": ["1", "2"], "": [None, "x"], "c": ["y", "z"]}))

    assert found.rows == [{"a": "1", "column_2": None, "c": "y"}, {"a": "2", "column_2": "x", "c": "z"}]
    assert found.counted == {"unnamed-column": 1}


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_column_without_heading_and_data_is_left_out(tmp_path: Path, suffix: str) -> None:
    found = content(table(tmp_path, f"t.{suffix}", {"a": ["1", "2"], "b": ["x", "y"], "": [None, ""]}))

    assert (found.rows, found.counted) == ([{"a": "1", "b": "x"}, {"a": "2", "b": "y"}], {})


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_value_that_turns_up_late_in_a_column_without_heading_is_counted(tmp_path: Path, suffix: str) -> None:
    path = table(tmp_path, f"t.{suffix}", {"a": ["1", "2", "3"], "b": ["x", "y", "z"], "": [None, None, "!"]})

    found = content(path, chunk_rows=1)

    assert ([list(row) for row in found.rows], found.problems) == ([["a", "b"]] * 3, [])
    assert found.counted == {"stray-cell": 1}


@pytest.mark.parametrize("suffix", FORMATS)
def test_parts_have_at_most_so_many_rows_and_the_same_columns(tmp_path: Path, suffix: str) -> None:
    path = table(tmp_path, f"t.{suffix}", {"a": [str(n) for n in range(7)], "b": ["x"] * 7})

    parts = list(read(path, ReadOptions(chunk_rows=3)))

    assert [part.rows.to_pylist() for part in parts] == [
        lines_from(suffix, 2, 3),
        lines_from(suffix, 5, 3),
        lines_from(suffix, 8, 1),
    ]
    assert [part.columns["a"].to_pylist() for part in parts] == [["0", "1", "2"], ["3", "4", "5"], ["6"]]
    assert {part.columns.schema.to_string() for part in parts} == {"a: string\nb: string"}


@pytest.mark.parametrize("suffix", FORMATS)
def test_progress_is_told_up_to_the_size_of_the_file(tmp_path: Path, suffix: str) -> None:
    path = table(tmp_path, f"t.{suffix}", COLUMNS)
    told: list[tuple[int, int]] = []

    for _ in read(path, progress=lambda done, of: told.append((done, of))):
        pass

    assert told == sorted(told)
    assert told[-1] == (path.stat().st_size, path.stat().st_size)


_MARKUP = re.compile("<.*>|&.*;", re.DOTALL)
"""What web pages write around texts or for a sign: readers take it off."""
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), max_size=12).filter(
    lambda text: not _MARKUP.search(text)
)
XML_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff_") | st.just("\n")
).filter(lambda text: not text or bool(text.strip() and not _MARKUP.search(text)))
"""Excel keeps other characters as _x0001_, and blanks alone as they are, which the library that writes here does not."""


@pytest.mark.parametrize("suffix", FORMATS)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_text_is_read_as_it_was_written(tmp_path: Path, suffix: str, data: st.DataObject) -> None:
    texts = data.draw(st.lists(st.tuples(*[XML_TEXT if suffix == "xlsx" else TEXT] * 2), min_size=1, max_size=8))
    columns: dict[str, list[Value]] = {
        "编号": [f"n{index}" for index in range(len(texts))],
        "甲": [first for first, _ in texts],
        "乙": [second for _, second in texts],
    }

    found = content(table(tmp_path, f"t.{suffix}", columns))

    assert found.rows == [
        {"编号": f"n{index}", "甲": first or None, "乙": second or None} for index, (first, second) in enumerate(texts)
    ]
    assert found.problems == []


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.csv", "a\n1", "csv"),
        ("A.CSV.GZ", "a\n1", "csv"),
        ("a.tsv", "a\n1", "tsv"),
        ("a.txt", "a\tb\n1\t2", "csv"),
        ("table", "a,b", "csv"),
        ("a.json", '{"a": 1}\n{"a": 2}\n', "jsonl"),
        ("a.json", '{"a": NaN}\n\n{"a": 2}\n', "jsonl"),
        ("a.json", '[1]\n{"a": 2}\n', "jsonl"),
        ("a.json", '{"a": 1}\noops\n', "jsonl"),
        ("a.json", "\ufeff" + '{"a": 1}\n{"a": 2}\n', "jsonl"),
        ("a.json", '[\n{"a": 1},\n{"a": 2}]', "json"),
        ("a.json", '[{"a": 1},\n{"a": 2}]', "json"),
        ("a.json", '{"data":\n{"items": []}}', "json"),
        ("a.json", '{"data": 1}', "json"),
        ("a.jsonl", '{"data": 1}', "jsonl"),
        ("a.jsonl.gz", '{"data": 1}', "jsonl"),
        ("a.ndjson", '[{"a": 1}]', "json"),
        ("a.txt", '{"a": 1}\n{"a": 2}\n', "jsonl"),
        ("a.json", '{"a": 1}\n{"a": 2}\n'.encode("utf-16"), "jsonl"),
    ],
)
def test_the_format_is_seen_by_name_and_content(tmp_path: Path, name: str, data: str | bytes, expected: str) -> None:
    assert detected_format(file(tmp_path, name, data)) == expected


@pytest.mark.parametrize(
    ("suffix", "name"), [("xlsx", "a.csv"), ("xlsx", "a.xlsm"), ("parquet", "a.xlsx"), ("xlsx", "a.xls")]
)
def test_content_decides_where_the_name_is_wrong(tmp_path: Path, suffix: str, name: str) -> None:
    path = table(tmp_path, f"t.{suffix}", {"a": ["1"], "b": ["2"]}).rename(tmp_path / name)

    assert detected_format(path) == suffix
    assert content(path).rows == [{"a": "1", "b": "2"}]


@pytest.mark.parametrize(
    ("name", "data"), [("a.pdf", "%PDF-1.7"), ("a.docx", "PK\x03\x04"), ("a.html", "<table>"), ("a.md", "# a")]
)
def test_what_is_no_table_is_refused_with_the_formats_that_can_be_read(tmp_path: Path, name: str, data: str) -> None:
    with pytest.raises(SourceUnreadable) as refused:
        detected_format(file(tmp_path, name, data))

    assert str(refused.value).endswith(
        "These can be read: .csv .tsv .xlsx .xlsm .xls .xlsb .ods .parquet .json .jsonl (.gz)."
    )


def test_a_format_that_does_not_exist_proposes_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="did you mean json"):
        next(read(file(tmp_path, "a.csv", "a"), ReadOptions(format="jsno")))


@pytest.mark.parametrize("options", [ReadOptions(header_row=0), ReadOptions(chunk_rows=0)])
def test_numbers_that_cannot_be_are_a_mistake_of_the_caller(tmp_path: Path, options: ReadOptions) -> None:
    with pytest.raises(UsageError, match="counts from 1; it cannot be 0"):
        next(read(file(tmp_path, "a.csv", "a"), options))


def real(name: str, rows: int, *, slow: bool = False, **options: str) -> ParameterSet:
    """One of the files that are kept beside the project, and how many rows it has."""
    return pytest.param(name, options, rows, id=name, marks=pytest.mark.slow if slow else ())


@pytest.mark.parametrize(
    ("name", "options", "rows"),
    [
        real("chain-knowledge-graph/company.json", 4_654),
        real("chain-knowledge-graph/industry.json", 511),
        real("chain-knowledge-graph/company_industry.json", 4_430),
        real("chain-knowledge-graph/industry_industry.json", 480),
        real("chain-knowledge-graph/company_product.json", 53_785, slow=True),
        real("chain-knowledge-graph/product.json", 95_559, slow=True),
        real("chain-knowledge-graph/product_product.json", 110_153, slow=True),
        real("listed-companies/szse_a_share_list_2025.csv", 2_870),
        real("listed-companies/go-stock.stock_basic.json", 5_418, records="data.items", fields="data.fields"),
        real("institutes/ror_corridor.json", 315),
        real("institutes/py92.cn_schools.csv", 2_779),
        real("io-table-2007/direct_input_135.csv", 13_862),
        real("io-table-2007/hs8_to_io135.csv", 7_428),
        real("places/provinces.csv", 31),
        real("places/cities.csv", 342),
        real("places/areas.csv", 2_978),
        real("places/corridor_cities.json", 12, records="*"),
        real("kag-supplychain/Company.csv", 103),
        real("kag-supplychain/Product.csv", 78),
        real("kag-supplychain/Industry.csv", 10),
        real("key-technologies/stdaily_2018_35.json", 35, records="items"),
        real("report/seed_facts.json", 9, records="cities"),
    ],
)
def test_real_files_have_all_their_rows(name: str, options: dict[str, str], rows: int) -> None:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{DATA} is not there: it is not part of the project")

    found = content(path, **options)

    assert (len(found.rows), found.problems) == (rows, [])
