"""Text as people write it into values: what is converted is counted, what cannot be read says why."""

from collections.abc import Sequence
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.ontology import EDGE_TYPES, NODE_TYPES, Property, ValueType
from graph.texts import Language, Text
from ingest.validate import converted, unit_of_heading, without_blanks

PROPERTIES = {p.name: p for kind in NODE_TYPES for p in kind.properties}
PROPERTIES |= {p.name: p for kind in EDGE_TYPES for p in kind.properties}


def read(name: str, *texts: str | None, unit: str | None = None) -> list[object]:
    values: list[object] = converted(PROPERTIES[name], pa.array(texts, pa.string()), unit).values.to_pylist()
    return values


def flaw(name: str, text: str, unit: str | None = None) -> str:
    found = converted(PROPERTIES[name], pa.array([text], pa.string()), unit)
    assert found.values.to_pylist() == [None]
    reason = Text.unpacked(found.flaws[0].as_py())
    assert reason.todo.id != "common.todo"
    return reason.in_(Language.ZH)


def done(name: str, *texts: str, unit: str | None = None) -> dict[str, int]:
    return dict(converted(PROPERTIES[name], pa.array(texts, pa.string()), unit).counted)


# --- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12.0),
        ("-0", 0.0),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1,234", 1234.0),
        ("1,234,567.5", 1_234_567.5),
        ("１２３．５", 123.5),
        ("1.5亿元", 15_000.0),
        ("300万元", 300.0),
        ("3,000,000元", 300.0),
        ("300万", 300.0),
        ("5000万人民币", 5000.0),
        ("2 亿", 20_000.0),
    ],
)
def test_a_number_with_a_unit_is_in_the_unit_of_the_property(text: str, value: float) -> None:
    assert read("registered_capital_10k_cny", text) == [value]


@pytest.mark.parametrize(("text", "value"), [("30", 30.0), ("30亩", 30.0), ("2000平方米", 3.0), ("2公顷", 30.0)])
def test_an_area_is_in_mu(text: str, value: float) -> None:
    assert read("area_mu", text) == [value]


@pytest.mark.parametrize(
    ("text", "value"), [("0.125", 0.125), ("12.5%", 0.125), ("１２．５％", 0.125), ("100%", 1.0), ("5‰", 0.005)]
)
def test_a_share_is_a_fraction(text: str, value: float) -> None:
    assert read("share", text) == [value]


def test_a_bare_number_is_in_the_unit_of_its_column() -> None:
    assert read("registered_capital_10k_cny", "5", unit="亿元") == [50_000.0]
    assert read("share", "45", unit="%") == [0.45]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("registered_capital_10k_cny", "nan"),
        ("registered_capital_10k_cny", "inf"),
        ("registered_capital_10k_cny", "-inf"),
        ("registered_capital_10k_cny", "三万五"),
        ("registered_capital_10k_cny", "1,23"),
        ("registered_capital_10k_cny", "12,34,567"),
        ("registered_capital_10k_cny", "1e"),
        ("registered_capital_10k_cny", "."),
        ("registered_capital_10k_cny", "--5"),
        ("registered_capital_10k_cny", "5万吨"),
        ("registered_capital_10k_cny", "5亩"),
        ("registered_capital_10k_cny", "-1"),
        ("registered_capital_10k_cny", "1e999"),
        ("registered_capital_10k_cny", "1e999999999"),
        ("share", "45"),
        ("share", "-0.1"),
        ("share", "101%"),
        ("employees", "1.5"),
        ("rank", "0"),
        ("rank", "9223372036854775808"),
    ],
)
def test_what_is_no_such_number_says_why(name: str, text: str) -> None:
    assert flaw(name, text)


def test_each_conversion_is_counted() -> None:
    assert done("registered_capital_10k_cny", "1,234", "1,234", "3万元", "１", "7") == {
        "thousands-separator": 2,
        "unit": 1,
        "full-width": 1,
    }
    assert done("share", "5%", "0.5") == {"percent": 1}
    assert done("registered_capital_10k_cny", "7", unit="亿元") == {"unit-of-column": 1}


@given(st.lists(st.floats(min_value=0, allow_nan=False, allow_infinity=False), min_size=1))
def test_a_number_reads_as_it_was_written(numbers: list[float]) -> None:
    assert read("registered_capital_10k_cny", *map(repr, numbers)) == numbers


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("注册资本（万元）", "万元"),
        ("注册资本(单位：亿元)", "亿元"),
        ("份额[%]", "%"),
        ("名称（中文）", None),
        ("名称", None),
        ("（万元）注册资本", None),
    ],
)
def test_the_unit_of_a_heading_stands_at_its_end(heading: str, unit: str | None) -> None:
    assert unit_of_heading(heading) == unit


def test_a_heading_of_brackets_and_blanks_without_end_is_looked_at_once() -> None:
    assert unit_of_heading(f"({' ' * 1_000_000}x") is None
    assert unit_of_heading(f"{'(' * 1_000_000}万元)") == "万元"
    assert unit_of_heading(f"{'[单位]' * 200_000} x y") is None
    assert unit_of_heading(f"{'[报告期' * 200_000}]") is None


# --- dates, truths, choices ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["2021-10-09", "20211009", "2021/10/9", "2021.10.09", "2021年10月9日", "2021-10-09 00:00:00", "2021-10-09T08:30:00Z",
     "44478", "44478.0", "２０２１-１０-０９"],
)  # fmt: skip
def test_a_day_is_read_however_it_is_written(text: str) -> None:
    assert read("listed_on", text) == [date(2021, 10, 9)]


@pytest.mark.parametrize(
    "text", ["2021-02-29", "2021-13-01", "2021", "2021-10", "10/09/2021", "昨天", "12", "99999999"]
)
def test_what_is_no_day_says_why(text: str) -> None:
    assert flaw("listed_on", text)


@pytest.mark.parametrize(("text", "value"), [("true", True), ("是", True), ("否", False), ("N", False), ("1", True)])
def test_yes_and_no_are_read(text: str, value: bool) -> None:
    assert read("is_listed", text) == [value]


def test_what_is_neither_yes_nor_no_says_why() -> None:
    assert flaw("is_listed", "也许")


def test_a_choice_is_told_by_its_value_or_names() -> None:
    assert read("level", "district", "县级", "Province") == ["district", "district", "province"]
    assert read("input_class", "2", "关键") == [2, 2]
    assert "可选值" in flaw("level", "乡")


# --- texts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["甲\x00", "甲\x07乙", "甲\u2028乙", "\x7f"])
def test_a_control_character_is_told(text: str) -> None:
    assert flaw("name_zh", text) == "含有控制字符"


def test_a_text_of_2000_characters_is_read_and_one_of_2001_is_not() -> None:
    assert read("name_zh", "长" * 2000) == ["长" * 2000]
    assert "2000" in flaw("name_zh", "长" * 2001)


def test_several_texts_stand_between_bars_and_blanks_among_them_do_not_count() -> None:
    assert read("aliases", "甲| 乙 ||—", "", None, "丙") == [["甲", "乙"], None, None, ["丙"]]


def test_one_bad_text_of_several_is_told() -> None:
    assert flaw("aliases", "甲|乙\x01")


def test_marks_of_an_empty_cell_are_not_known_and_counted() -> None:
    known, marks = without_blanks(pa.array([" — ", "无", "N/A", "", None, "NA", " 甲 ", "待定"]), ("待定",))

    assert known.to_pylist() == [None, None, None, None, None, "NA", "甲", None]
    assert marks == 4


ANY_PROPERTY = st.sampled_from([p for p in PROPERTIES.values() if not p.derived])


@given(prop=ANY_PROPERTY, texts=st.lists(st.none() | st.text() | st.sampled_from(["1", "5%", "是", "2020-01-01"])))
def test_each_text_has_a_value_or_a_reason_and_an_empty_cell_has_neither(
    prop: Property, texts: Sequence[str | None]
) -> None:
    known, _ = without_blanks(pa.array(texts, pa.string()))
    found = converted(prop, known)

    assert len(found.values) == len(found.flaws) == len(texts)
    for text, value, reason in zip(known.to_pylist(), found.values.to_pylist(), found.flaws.to_pylist(), strict=True):
        assert text is not None or (value is None and reason is None)
        assert text is None or (value is None) != (reason is None) or prop.type is ValueType.TEXTS
