"""Parquet: every type as text that says the same."""

import datetime
import decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest.readers.read import read
from tests.ingest.tablefiles import content

UTC = datetime.UTC
AT = datetime.datetime(2020, 9, 30, 8, 30, 0, 120_000)
MIDNIGHT = datetime.datetime(2020, 9, 30)


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        (pa.array(["甲", "", None], pa.large_string()), ["甲", None, None]),
        (pa.array(["x", "y", "x"]).dictionary_encode(), ["x", "y", "x"]),
        (pa.array([1, -(2**63), None], pa.int64()), ["1", "-9223372036854775808", None]),
        (pa.array([2**64 - 1], pa.uint64()), ["18446744073709551615"]),
        (pa.array([1.0, 0.1, 1 / 3, 1e22], pa.float64()), ["1", "0.1", "0.3333333333333333", "1e+22"]),
        (pa.array([0.1, float("nan"), float("inf")], pa.float32()), ["0.1", "nan", "inf"]),
        (pa.array([decimal.Decimal("1.50")], pa.decimal128(9, 2)), ["1.50"]),
        (pa.array([True, False, None]), ["true", "false", None]),
        (pa.array([MIDNIGHT.date()], pa.date32()), ["2020-09-30"]),
        (pa.array([AT, MIDNIGHT, None], pa.timestamp("us")), ["2020-09-30T08:30:00.12", "2020-09-30", None]),
        (pa.array([AT.replace(microsecond=0)], pa.timestamp("ns")), ["2020-09-30T08:30:00"]),
        (pa.array([AT], pa.timestamp("ms", "Asia/Shanghai")), ["2020-09-30T16:30:00.12+08:00"]),
        (pa.array([MIDNIGHT], pa.timestamp("s", "UTC")), ["2020-09-30T00:00:00+00:00"]),
        (pa.array([datetime.time(8, 30), datetime.time(8, 30, 0, 5)]), ["08:30:00", "08:30:00.000005"]),
        (pa.array([datetime.timedelta(hours=36), None]), ["36:00:00", None]),
        (pa.array([b"text", None]), ["text", None]),
        (pa.nulls(2), [None, None]),
        (pa.array([["a", None, ""], [], None]), [["a", None, ""], None, None]),
        (pa.array([[1.5], [2]], pa.large_list(pa.float32())), [["1.5"], ["2"]]),
        (pa.array([[1, 2], None], pa.list_(pa.int8(), 2)), [["1", "2"], None]),
        (pa.array([[MIDNIGHT]], pa.list_(pa.timestamp("us"))), [["2020-09-30"]]),
        (pa.array([{"名": 1, "b": None}, None]), ['{"名":1,"b":null}', None]),
        (pa.array([[{"a": 1}, None]]), [['{"a":1}', None]]),
        (pa.array([[[1], [2, 3]]]), [["[1]", "[2,3]"]]),
        (pa.array([[("k", 1.5)]], pa.map_(pa.string(), pa.float64())), ['{"k":1.5}']),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
def test_a_typed_column_is_text_that_says_the_same(tmp_path: Path, column: pa.Array, texts: list[object]) -> None:
    pq.write_table(pa.table({"n": range(len(column)), "x": column}), tmp_path / "t.parquet", store_schema=True)

    found = content(tmp_path / "t.parquet")

    assert ([row["x"] for row in found.rows], found.problems) == (texts, [])


def test_bytes_that_are_no_text_cost_their_cell(tmp_path: Path) -> None:
    offsets, data = pa.array([0, 1, 3, 6], pa.int32()), b"a\xff\xfeabc"
    broken = pa.Array.from_buffers(pa.string(), 3, [None, offsets.buffers()[1], pa.py_buffer(data)])
    listed = pa.ListArray.from_arrays(pa.array([0, 1, 1, 3], pa.int32()), pa.array([b"x", b"y", b"\xff"]))
    pq.write_table(pa.table({"a": broken, "b": listed, "n": [1, 2, 3]}), tmp_path / "t.parquet")

    found = content(tmp_path / "t.parquet")

    assert [list(row.values()) for row in found.rows] == [["a", ["x"], "1"], [None, None, "2"], ["abc", None, "3"]]
    assert found.unreadable == [
        (3, "a", "", "The bytes in the cell are not text in UTF-8."),
        (4, "b", "", "The bytes in the cell are not text in UTF-8."),
    ]


def test_row_groups_are_read_one_after_the_other(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": range(120_000)}), tmp_path / "t.parquet", row_group_size=7_000)

    parts = list(read(tmp_path / "t.parquet"))

    assert [(part.rows[0].as_py(), part.rows[-1].as_py(), len(part.rows)) for part in parts] == [(2, 120_001, 120_000)]
