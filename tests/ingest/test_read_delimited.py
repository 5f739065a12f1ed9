"""CSV and its kin: delimiters, titles, quotes, line ends, rows that do not fit."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import UsageError
from graph.texts import Language, Text
from ingest.readers.read import ReadOptions, read
from tests.ingest.tablefiles import content, file, refusal

CELLS = "The row has {} cells, the headings are {}."
QUOTE = "A quote opens in line {} and does not close at the end of its cell."


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found_out(tmp_path: Path, delimiter: str) -> None:
    rows = [["名称", "别名", "注"], ["甲", "a,b;c|d", "x"], ["乙", "", "1\t2"], ["丙", "e", 'say "hi"']]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)

    found = content(file(tmp_path, "t.csv", text.getvalue()))

    assert [[value or "" for value in row.values()] for row in found.rows] == rows[1:]


def test_lists_in_cells_do_not_pass_for_columns(tmp_path: Path) -> None:
    found = content(file(tmp_path, "t.csv", "id,aliases\n1,a|b|c\n2,d|e|f\n3,g|h|i\n"))

    assert found.rows[0] == {"id": "1", "aliases": "a|b|c"}


def test_the_line_in_which_excel_names_the_delimiter_is_obeyed(tmp_path: Path) -> None:
    found = content(file(tmp_path, "t.csv", "sep=;\na;b\n1,5;x\n2,5;y\n"))

    assert (found.rows, found.numbers) == ([{"a": "1,5", "b": "x"}, {"a": "2,5", "b": "y"}], [3, 4])
    assert found.counted == {"title-row": 1}


def test_a_given_delimiter_is_used(tmp_path: Path) -> None:
    found = content(file(tmp_path, "t.csv", "a,x^b,y\n1,2^3,4\n"), delimiter="^")

    assert found.rows == [{"a,x": "1,2", "b,y": "3,4"}]


@pytest.mark.parametrize("delimiter", ["", ",,", "，", '"', "\n"])
def test_a_delimiter_that_is_no_single_character_is_a_mistake_of_the_caller(tmp_path: Path, delimiter: str) -> None:
    with pytest.raises(UsageError, match="not one ASCII character"):
        content(file(tmp_path, "t.csv", "a,b\n"), delimiter=delimiter)


def test_a_single_column_is_a_table(tmp_path: Path) -> None:
    found = content(file(tmp_path, "t.csv", 'id\n甲\n\n"乙\n丙"\n丁,戊\n'))

    assert (found.rows, found.numbers) == ([{"id": "甲"}, {"id": "乙\n丙"}], [2, 4])
    assert found.complaints == [(5, "", "丁,戊", CELLS.format(2, 1))]
    assert found.counted == {"blank-row": 1}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_every_line_end_is_read_and_rows_are_numbered_as_a_spreadsheet_does(tmp_path: Path, newline: str) -> None:
    text = 'a,b\n1,"x\ny"\n\n2,z\n3\n4,"w"\n,\n5,v'.replace("\n", newline)

    found = content(file(tmp_path, "t.csv", text))

    assert [row["b"] for row in found.rows] == [f"x{newline}y", "z", "w", "v"]
    assert found.numbers == [2, 4, 6, 8]
    assert found.complaints == [(5, "", "3", CELLS.format(1, 2))]
    assert found.counted == {"blank-row": 2}


@pytest.mark.parametrize(
    ("line", "cells"), [("1,2", 2), ("1", 1), ("1,2,3,4", 4), ('1,"2,3"', 2), ("1,2,3,,x", 5)], ids=str
)
def test_a_row_of_too_few_or_too_many_cells_is_a_problem(tmp_path: Path, line: str, cells: int) -> None:
    found = content(file(tmp_path, "t.csv", f"a,b,c\n{line}\n4,5,6\n"))

    assert (found.rows, found.numbers) == ([{"a": "4", "b": "5", "c": "6"}], [3])
    assert found.complaints == [(2, "", line, CELLS.format(cells, 3))]
    assert Text.unpacked(found.problems[0].reason).todo.in_(Language.EN) == (
        "Add or remove delimiters; a text that has the delimiter in it needs quotes."
    )


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_delimiters_at_the_end_of_rows_are_counted_and_left_out(tmp_path: Path, newline: str) -> None:
    text = "a,b\n1,2,\n3,4\n5,6,,,\n7,8,9\n".replace("\n", newline)

    found = content(file(tmp_path, "t.csv", text))

    assert [list(row.values()) for row in found.rows] == [["1", "2"], ["3", "4"], ["5", "6"]]
    assert found.numbers == [2, 3, 4]
    assert found.complaints == [(5, "", "7,8,9", CELLS.format(3, 2))]
    assert found.counted == {"trailing-delimiter": 2}


def test_delimiters_at_the_end_of_every_line_are_no_column(tmp_path: Path) -> None:
    found = content(file(tmp_path, "t.csv", "a,b,\n1,2,\n3,4,\n"))

    assert (found.rows, found.counted) == ([{"a": "1", "b": "2"}, {"a": "3", "b": "4"}], {})


def test_a_title_above_the_headings_is_skipped_and_counted(tmp_path: Path) -> None:
    text = "长三角企业名录,,,\n\n单位：万元,,,\n名称,城市,营收,2023\n甲,上海,1,2\n"

    found = content(file(tmp_path, "t.csv", text))

    assert (found.rows, found.numbers) == ([{"名称": "甲", "城市": "上海", "营收": "1", "2023": "2"}], [5])
    assert found.counted == {"title-row": 2, "blank-row": 1}


def test_the_row_of_the_headings_can_be_given(tmp_path: Path) -> None:
    path = file(tmp_path, "t.csv", "x,y,z\na,b,c\n1,2,3\n")

    assert content(path, header_row=2).rows == [{"a": "1", "b": "2", "c": "3"}]
    assert content(path, header_row=2).numbers == [3]
    assert "no headings" in refusal(file(tmp_path, "u.csv", "a,b\n\n1,2\n"), header_row=2)
    assert refusal(path, header_row=9) == "t.csv has no headings in its first 3 rows."


def test_a_single_column_with_a_wide_row_in_it_keeps_its_heading(tmp_path: Path) -> None:
    found = content(file(tmp_path, "t.csv", "id\n1\n2\n3,x\n"))

    assert (found.rows, [problem.row for problem in found.problems]) == ([{"id": "1"}, {"id": "2"}], [4])


def test_numbers_do_not_pass_for_headings_but_years_do(tmp_path: Path) -> None:
    found = content(file(tmp_path, "t.csv", "地区,2022,2023\n上海,1,2\n"))

    assert found.rows == [{"地区": "上海", "2022": "1", "2023": "2"}]


def test_a_quote_inside_a_cell_is_a_character(tmp_path: Path) -> None:
    found = content(file(tmp_path, "t.csv", 'a,b\n5" pipe,2\n"3""",x"y"z\n"ok" ,4\n'))

    assert [list(row.values()) for row in found.rows] == [['5" pipe', "2"], ['3"', 'x"y"z'], ["ok ", "4"]]
    assert found.problems == []


def test_an_unclosed_quote_costs_its_own_row_only(tmp_path: Path) -> None:
    found = content(file(tmp_path, "t.csv", 'a,b\n"1\n2","x"\n3,"甲\n4,乙\n5,丙\n'))

    assert [list(row.values()) for row in found.rows] == [["1\n2", "x"], ["4", "乙"], ["5", "丙"]]
    assert found.numbers == [2, 4, 5]
    assert [(p.row, p.value) for p in found.problems] == [(3, '"甲')]
    assert found.complaints[0][3] == QUOTE.format(4)


def test_a_quote_that_is_closed_by_the_next_one_does_not_swallow_rows(tmp_path: Path) -> None:
    found = content(file(tmp_path, "t.csv", 'a,b\n1,"甲\n2,乙\n3,"丙"\n4,丁\n'))

    assert [list(row.values()) for row in found.rows] == [["2", "乙"], ["3", "丙"], ["4", "丁"]]
    assert (found.numbers, [p.row for p in found.problems]) == ([3, 4, 5], [2])


@pytest.mark.parametrize("cell", ['"甲"乙', '"他说"好"了"', '"a""'])
def test_text_after_a_closing_quote_is_a_problem(tmp_path: Path, cell: str) -> None:
    found = content(file(tmp_path, "t.csv", f"a,b\n1,{cell}\n2,x\n"))

    assert (found.rows, found.numbers) == ([{"a": "2", "b": "x"}], [3])
    assert [reason for _, _, _, reason in found.complaints] == [QUOTE.format(2)]


def test_an_unclosed_quote_in_a_single_column_is_a_problem(tmp_path: Path) -> None:
    found = content(file(tmp_path, "t.csv", 'a\n1\n"2\n3\n'))

    assert (found.rows, found.complaints) == ([{"a": "1"}, {"a": "3"}], [(3, "", '"2', QUOTE.format(3))])


def test_a_quote_that_is_wrong_in_the_headings_is_refused_with_its_line(tmp_path: Path) -> None:
    assert QUOTE.format(1) in refusal(file(tmp_path, "t.csv", 'a,"b\n1,2\n'))


def test_control_characters_are_kept(tmp_path: Path) -> None:
    found = content(file(tmp_path, "t.csv", "a,b\n1\0,\x08x\x1f\n2,\u2028\ufdd0\n"))

    assert found.rows == [{"a": "1\0", "b": "\x08x\x1f"}, {"a": "2", "b": "\u2028\ufdd0"}]


def test_words_for_nothing_are_kept_as_words(tmp_path: Path) -> None:
    found = content(file(tmp_path, "t.csv", "a,b\nNA,null\nNaN,\n"))

    assert found.rows == [{"a": "NA", "b": "null"}, {"a": "NaN", "b": None}]


def test_problems_come_with_the_part_in_which_they_were_met(tmp_path: Path) -> None:
    path = file(tmp_path, "t.csv", "a,b\n" + "1\n" * 5)

    parts = list(read(path, ReadOptions(chunk_rows=2)))

    assert [len(part.rows) for part in parts] == [0]
    assert [problem.row for problem in parts[0].problems] == [2, 3, 4, 5, 6]


CELL = st.text(st.sampled_from('a,"\n 甲'), max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.sampled_from(["a", ",", '"', "\n", "\r\n", " ", "甲"]), max_size=12), max_size=8))
def test_every_row_is_read_or_is_a_problem_or_is_blank(tmp_path: Path, lines: list[list[str]]) -> None:
    text = "x,y\n" + "".join("".join(line) + "\n" for line in lines)

    found = content(file(tmp_path, "t.csv", text), delimiter=",")

    numbers = sorted({*found.numbers, *(problem.row for problem in found.problems)})
    assert len(numbers) == len(found.numbers) + len(found.problems)
    last = max(numbers, default=1)
    assert len(numbers) + found.counted.get("blank-row", 0) >= last - 1
    assert set(numbers) <= set(range(2, last + 1))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_what_the_csv_module_writes_is_read_back(
    tmp_path: Path, rows: list[tuple[str, str]], newline: str, quotes_all: bool
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=newline, quoting=csv.QUOTE_ALL if quotes_all else csv.QUOTE_MINIMAL)
    writer.writerows([("编号", "甲", "乙"), *((f"n{at}", *row) for at, row in enumerate(rows))])

    found = content(file(tmp_path, "t.csv", text.getvalue()), delimiter=",")

    assert [tuple(value or "" for value in row.values())[1:] for row in found.rows] == rows
    assert found.problems == []


PIECES = st.lists(st.sampled_from(["a", ",", '"', "\n", "\r", "\r\n", " ", "甲", "\n\ufeffa"]), max_size=40)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PIECES.map("".join), st.integers(1, 12), st.sampled_from(["utf-8", "gb18030"]))
def test_it_makes_no_difference_where_the_file_is_cut_into_blocks(
    tmp_path: Path, text: str, size: int, encoding: str
) -> None:
    path = file(tmp_path, "t.csv", f"x,y{' ' * 20}\n{text}\n1,2\n".encode(encoding))
    whole = content(path, delimiter=",", header_row=1, encoding=encoding)

    with pytest.MonkeyPatch.context() as small:
        small.setattr("ingest.readers.files.BLOCK", size)
        in_blocks = content(path, delimiter=",", header_row=1, encoding=encoding)

    assert in_blocks == whole
