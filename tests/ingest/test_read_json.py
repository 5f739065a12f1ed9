"""JSON documents and JSON Lines: numbers as written, lists, nested values, and rows that are no rows."""

import json
from pathlib import Path

import pytest

from ingest.readers.read import read
from tests.ingest.tablefiles import content, file, refusal


def objects(folder: Path, kind: str, *rows: str) -> Path:
    """The rows as lines, or as items of a list."""
    return file(folder, f"t.{kind}", "\n".join(rows) if kind == "jsonl" else f"[{','.join(rows)}]")


both = pytest.mark.parametrize("kind", ["jsonl", "json"])


@both
def test_numbers_keep_the_digits_they_are_written_with(tmp_path: Path, kind: str) -> None:
    numbers = ["1.0", "688012", "8471.30", "1e5", "-0", "123456789012345678901234567890", "0.1", "1E400", "-12"]

    found = content(objects(tmp_path, kind, *(f'{{"a": {number}}}' for number in numbers)))

    assert ([row["a"] for row in found.rows], found.problems) == (numbers, [])


@both
def test_a_whole_file_of_integers_and_truth_values_is_text(tmp_path: Path, kind: str) -> None:
    found = content(objects(tmp_path, kind, '{"a":1,"b":true}', '{"a":"x","b":null}', '{"a":-7,"b":false}'))

    assert found.rows == [{"a": "1", "b": "true"}, {"a": "x", "b": None}, {"a": "-7", "b": "false"}]


@both
def test_columns_are_all_names_in_the_order_in_which_they_are_met(tmp_path: Path, kind: str) -> None:
    found = content(objects(tmp_path, kind, '{"b":"1"}', '{"a":"2"}', '{"c":"3","b":"4"}'), chunk_rows=1)

    assert found.rows == [
        {"b": "1", "a": None, "c": None},
        {"b": None, "a": "2", "c": None},
        {"b": "4", "a": None, "c": "3"},
    ]


@both
def test_a_column_with_a_list_in_it_is_a_column_of_lists(tmp_path: Path, kind: str) -> None:
    rows = ['{"a":"x"}', '{"a":["y",1,true,null]}', '{"a":[]}', '{"a":null}', '{"a":0}', '{"a":""}', '{"a":[1.50]}']

    found = content(objects(tmp_path, kind, *(row.replace("}", ',"n":"1"}') for row in rows)), chunk_rows=1)

    assert [row["a"] for row in found.rows] == [["x"], ["y", "1", "true", None], None, None, ["0"], None, ["1.50"]]
    assert found.counted == {"single-as-list": 2}


@both
def test_nested_values_are_compact_json(tmp_path: Path, kind: str) -> None:
    found = content(objects(tmp_path, kind, '{"a": {"名": [1.0, "é\\n"]}, "b": [{"c": 1}, "d", [null]]}'))

    assert found.rows == [{"a名": ["1.0", "é\n"], "a": '{"名":[1.0,"é\\n"]}', "b": ['{"c":1}', "d", "[null]"]}]
    assert found.counted == {"nested": 2}


@both
@pytest.mark.parametrize(
    ("row", "value", "reason"),
    [
        ('["1"]', '["1"]', "The row is not a JSON object."),
        ("[1, NaN]", "[1,NaN]", "The row is not a JSON object."),
        ("7", "7", "The row is not a JSON object."),
        ("null", "null", "The row is not a JSON object."),
        ('{"\\ud800": 1}', "\ufffd", "There is half a surrogate pair, which is no text."),
    ],
)
def test_a_row_that_is_no_row_is_a_problem(tmp_path: Path, kind: str, row: str, value: str, reason: str) -> None:
    found = content(objects(tmp_path, kind, '{"a": "1"}', row, '{"a": "3"}'))

    assert (found.rows, found.numbers) == ([{"a": "1"}, {"a": "3"}], [1, 3])
    assert (found.complaints, found.faults) == ([(2, "", value, reason)], [])


@both
@pytest.mark.parametrize(
    ("cell", "value", "reason"),
    [
        ('"a": NaN', "NaN", "NaN and Infinity are not JSON."),
        ('"a": -Infinity', "-Infinity", "NaN and Infinity are not JSON."),
        ('"a": [1, NaN]', "NaN", "NaN and Infinity are not JSON."),
        ('"a": "1", "a": "2"', "1, 2", "A name stands twice in one object."),
        ('"a" : "1", "a":"2"', "1, 2", "A name stands twice in one object."),
        ('"a": [{"b": 1, "b": 2}]', "1, 2", "A name stands twice in one object."),
        ('"a": "\\ud800"', "\ufffd", "There is half a surrogate pair, which is no text."),
        ('"a": ["\\uDC00x"]', "\ufffdx", "There is half a surrogate pair, which is no text."),
    ],
)
def test_a_value_that_cannot_be_taken_costs_itself_and_not_its_row(
    tmp_path: Path, kind: str, cell: str, value: str, reason: str
) -> None:
    found = content(objects(tmp_path, kind, '{"n": "1"}', f'{{"n": "2", {cell}}}', '{"n": "3", "a": null}'))

    assert found.rows == [{"n": "1", "a": None}, {"n": "2", "a": None}, {"n": "3", "a": None}]
    assert (found.problems, found.unreadable) == ([], [(2, "a", value, reason)])


@pytest.mark.parametrize(
    "line", ['{"a": 1', "{'a': 1}", '{"a": 1} {"a": 2}', '{"a": 1},', "oops", '{"a": "x\ty"}', '{"a": 01}', "{,}"]
)
def test_a_line_that_is_not_json_is_a_problem(tmp_path: Path, line: str) -> None:
    found = content(file(tmp_path, "t.jsonl", f'{{"a": 1}}\n{line}\n\n{{"a": 3}}\n'))

    assert (found.rows, found.numbers) == ([{"a": "1"}, {"a": "3"}], [1, 4])
    assert [(row, value) for row, _, value, _ in found.complaints] == [(2, line)]
    assert found.complaints[0][3].startswith("The line is not JSON: ")
    assert found.counted == {"blank-row": 1}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_end_in_any_way(tmp_path: Path, newline: str) -> None:
    found = content(file(tmp_path, "t.jsonl", newline.join(['{"a":"1\u2028"}', "", '{"a":"2"}'])))

    assert (found.rows, found.numbers) == ([{"a": "1\u2028"}, {"a": "2"}], [1, 3])


def test_a_character_that_marks_wrong_bytes_elsewhere_is_kept(tmp_path: Path) -> None:
    found = content(file(tmp_path, "t.jsonl", '{"a":"\ufdd0","b":1.50}\n{"a":"x"}\n'))

    assert [row["a"] for row in found.rows] == ["\ufdd0", "x"]


def test_byte_order_marks_where_files_were_joined_are_removed_and_counted(tmp_path: Path) -> None:
    found = content(file(tmp_path, "t.jsonl", '\ufeff{"a":"1"}\n\ufeff{"a":"2"}\n'))

    assert (found.rows, found.counted) == ([{"a": "1"}, {"a": "2"}], {"byte-order-mark": 1})


def test_objects_that_share_lines_are_told_from_one_in_each(tmp_path: Path) -> None:
    found = content(file(tmp_path, "t.jsonl", '{"a":1},{"a":2}\n{"a":[{"b":3}\n{"b":4}]}\n'))

    assert (found.rows, [problem.row for problem in found.problems]) == ([], [1, 2, 3])


def test_a_file_of_nothing_but_problems_shows_them(tmp_path: Path) -> None:
    parts = list(read(file(tmp_path, "t.jsonl", '[1]\n{"a"\n')))

    assert [(part.columns.num_columns, len(part.rows), len(part.problems)) for part in parts] == [(0, 0, 2)]


@both
def test_nesting_that_is_too_deep_is_no_stack_trace(tmp_path: Path, kind: str) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    path = objects(tmp_path, kind, '{"a": 1}', f'{{"a": {deep}}}')

    if kind == "json":
        assert refusal(path) == "t.json:1: not well-formed JSON: it is nested too deeply."
    else:
        assert content(path).complaints == [(2, "", f'{{"a": {"[" * 73}…', "It is nested too deeply.")]


@both
def test_nesting_that_can_be_parsed_but_not_written_is_no_stack_trace(tmp_path: Path, kind: str) -> None:
    deep = "[" * 200 + "]" * 200

    found = content(objects(tmp_path, kind, '{"a": 1}', f'{{"a": {deep}}}'))

    assert found.rows[0] in ({"a": ["1"]}, {"a": "1"})
    assert [row["a"] for row in found.rows[1:]] in ([], [[deep[1:-1]]])
    assert len(found.rows) + len(found.problems) == 2


@both
def test_a_cell_that_is_nested_too_deeply_costs_itself_and_not_its_row(tmp_path: Path, kind: str) -> None:
    deep = "[" * 300 + "]" * 300

    found = content(objects(tmp_path, kind, '{"n": "1", "a": 1}', f'{{"n": "2", "a": {deep}}}'))

    assert found.rows == [{"n": "1", "a": ["1"]}, {"n": "2", "a": None}]
    assert found.unreadable == [(2, "a", "", "It is nested too deeply.")]


def test_rows_can_stand_deep_in_a_document_under_headings_elsewhere(tmp_path: Path) -> None:
    document = {"code": 0, "data": {"items": [["甲", 1.5], ["乙"], {"a": 1}, ["丙", None]], "fields": ["名称", "数"]}}
    path = file(tmp_path, "t.json", json.dumps(document))

    found = content(path, records="data.items", fields="data.fields")

    assert (found.rows, found.numbers) == ([{"名称": "甲", "数": "1.5"}, {"名称": "丙", "数": None}], [1, 4])
    assert [(row, reason) for row, _, _, reason in found.complaints] == [
        (2, "The row has 1 items, the headings are 2."),
        (3, "The row is no array."),
    ]


def test_the_values_of_an_object_can_be_rows_with_their_names(tmp_path: Path) -> None:
    path = file(tmp_path, "t.json", '{"cities": {"3101": {"name": "上海"}, "3205": {"name": "苏州"}}}')

    found = content(path, records="cities.*")

    assert found.rows == [{"*": "3101", "name": "上海"}, {"*": "3205", "name": "苏州"}]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ('{"data": {"items": [1], "n": {"x": [2]}}, "more": []}', "data.items, data.n.x, more"),
        ('{"3101": {"a": 1}, "3205": {"b": []}}', "*"),
        ('{"a": 1}', "-"),
        ('"text"', "-"),
    ],
)
def test_a_document_without_a_list_at_the_top_names_the_lists_it_has(tmp_path: Path, text: str, paths: str) -> None:
    message = refusal(file(tmp_path, "t.json", text))

    assert message == (
        f"t.json: there is no list of rows at the top; give the path to one as records. There are: {paths}."
    )


@pytest.mark.parametrize(("records", "fields"), [("items", "nope"), ("items", "items"), ("items", "mixed")])
def test_headings_that_are_no_list_of_texts_are_refused(tmp_path: Path, records: str, fields: str) -> None:
    path = file(tmp_path, "t.json", '{"items": [[1]], "mixed": ["a", 1]}')

    assert "no list of" in refusal(path, records=records, fields=fields)


def test_headings_that_repeat_are_refused(tmp_path: Path) -> None:
    path = file(tmp_path, "t.json", '{"items": [[1, 2]], "fields": ["a", "a"]}')

    assert "'a' (1, 2)" in refusal(path, records="items", fields="fields")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[\n{"a": 1},\n{"a": 2', 3),
        ('[\n{"a": 1},\n{"a": 2}\n', 4),
        ('[\n{"a": 1}\n{"a": 2}]', 3),
        ('[\n{"a": 1},\n]', 3),
        ('[{"a": 1}]\n[{"a": 2}]', 2),
        ("[oops]", 1),
        ('{"a": [1], b: 2}', 1),
    ],
)
def test_a_document_that_is_not_json_is_refused_with_the_line(tmp_path: Path, text: str, line: int) -> None:
    records = {"records": "a"} if text.startswith("{") else {}

    message = refusal(file(tmp_path, "t.json", text), format="json", **records)

    assert message.startswith(f"t.json:{line}: not well-formed JSON: ")


@pytest.mark.parametrize("text", ["[]", " [ ] ", '{"items": []}'])
def test_a_list_of_nothing_has_no_columns(tmp_path: Path, text: str) -> None:
    records = {"records": "items"} if "items" in text else {}

    assert refusal(file(tmp_path, "t.json", text), **records) == ("t.json has no records, and so no columns.")


def test_a_number_that_is_cut_by_the_end_of_a_block_is_whole(tmp_path: Path) -> None:
    number, text = 12345678901234567, "x" * 150_000
    rows = ",".join([f'[{number}, "{text}", {number}]'] * 30)

    found = content(file(tmp_path, "t.json", f'{{"f": ["a", "b", "c"], "r": [{rows}]}}'), records="r", fields="f")

    assert [(row["a"], row["c"]) for row in found.rows] == [(str(number), str(number))] * 30


def test_objects_of_a_long_list_are_all_read(tmp_path: Path) -> None:
    plain: list[dict[str, object]] = [{"a": index, "b": "x" * 90} for index in range(6_000)]
    odd: list[dict[str, object]] = [
        {"a": '}},{"x', "b": []},
        {"a": "2", "c": {"d": {"e": 1}}},
        {"a": 1.5},
        {"a": "last"},
    ]
    rows = [*plain, *odd, *plain, *odd]

    found = content(file(tmp_path, "t.json", json.dumps(rows)))

    assert [row["a"] for row in found.rows] == [str(row["a"]) for row in rows]
    assert found.numbers == list(range(1, len(rows) + 1))


def test_objects_that_are_named_otherwise_in_each_row_make_no_columns(tmp_path: Path) -> None:
    rows = [f'{{"n": "{n}", "a": {{"k{n}": 1}}, "b": {{"c": {n}}}}}' for n in range(100)]
    found = content(objects(tmp_path, "jsonl", *rows))

    assert found.rows[99] == {"n": "99", "a": '{"k99":1}', "b c": "99", "b": '{"c":99}', **dict.fromkeys(
        f"a k{n}" for n in range(30))}  # fmt: skip
