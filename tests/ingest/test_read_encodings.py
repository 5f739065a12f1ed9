"""Encodings: found out where that is safe, said where it is not, and a few wrong lines are a few wrong rows."""

from pathlib import Path

import pytest

from graph.errors import UsageError
from tests.ingest.tablefiles import content, file, refusal

NAMES = [
    "华东光电",
    "松江新材料",
    "嘉兴智能制造",
    "杭州集成电路",
    "金华汽车零部件",
    "宣城生物医药",
    "芜湖机器人",
    "合肥显示",
]
TEXT = "名称,城市\n" + "".join(f"{name},城市{index}\n" for index, name in enumerate(NAMES))
ROWS = [{"名称": name, "城市": f"城市{index}"} for index, name in enumerate(NAMES)]


@pytest.mark.parametrize(
    ("encoding", "counted"),
    [
        ("utf-8", {}),
        ("utf-8-sig", {}),
        ("utf-16", {"encoding:utf-16": 8}),
        ("utf-32", {"encoding:utf-32": 8}),
        ("gb18030", {"encoding:gb18030": 8}),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("packed", ["", ".gz"])
def test_an_encoding_is_found_out(
    tmp_path: Path, encoding: str, counted: dict[str, int], newline: str, packed: str
) -> None:
    found = content(file(tmp_path, f"t.csv{packed}", TEXT.replace("\n", newline).encode(encoding)))

    assert (found.rows, found.numbers, found.problems, found.counted) == (ROWS, list(range(2, 10)), [], counted)


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030", "utf-8-sig"])
def test_json_lines_and_documents_can_be_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    lines = file(tmp_path, "lines.json", '{"名称": "华东光电"}\n{"名称": "松江新材料"}\n'.encode(encoding))
    document = file(tmp_path, "document.json", '[{"名称": "华东光电"}, {"名称": "松江新材料"}]'.encode(encoding))

    rows = [{"名称": "华东光电"}, {"名称": "松江新材料"}]
    assert (content(lines).rows, content(document).rows) == (rows, rows)


def test_a_few_lines_in_gb18030_do_not_make_a_utf8_file_something_else(tmp_path: Path) -> None:
    data = TEXT.encode() + "苏州纳米,甲\n".encode("gb18030") + "湖州新能源,乙\n".encode()

    found = content(file(tmp_path, "t.csv", data))

    assert [row["名称"] for row in found.rows] == [*NAMES, "湖州新能源"]
    assert found.numbers == [*range(2, 10), 11]
    assert [(row, field, reason) for row, field, _, reason in found.unreadable] == [
        (10, "名称", "There are bytes that are not in the encoding of the file, utf-8."),
        (10, "城市", "There are bytes that are not in the encoding of the file, utf-8."),
    ]


def test_a_few_lines_in_utf8_are_not_read_as_other_characters_of_a_gb18030_file(tmp_path: Path) -> None:
    data = TEXT.encode("gb18030") + "苏州纳米,甲\n".encode() + "湖州新能源,乙\n".encode("gb18030")

    found = content(file(tmp_path, "t.csv", data))

    assert [row["名称"] for row in found.rows] == [*NAMES, None, "湖州新能源"]
    assert found.unreadable == [
        (10, "名称", "\ufffd苏州纳米", "There are bytes that are not in the encoding of the file, gb18030.")
    ]


def test_wrong_bytes_inside_a_quoted_cell_of_several_lines_cost_that_cell(tmp_path: Path) -> None:
    data = b'a,b\n1,"x\ny\xff\nz"\n2,w\n'

    found = content(file(tmp_path, "t.csv", data + "3,中文\n".encode()))

    assert [(row["a"], row["b"]) for row in found.rows] == [("1", None), ("2", "w"), ("3", "中文")]
    assert [(p.row, p.field, p.value) for p in found.faults] == [(2, "b", "x\ny\ufffd\nz")]


def test_a_file_that_ends_within_a_character_loses_its_last_cell_only(tmp_path: Path) -> None:
    found = content(file(tmp_path, "t.csv", TEXT.encode()[:-3] + "州".encode()[:2]))

    assert (found.rows[:-1], found.problems, [p.row for p in found.faults]) == (ROWS[:-1], [], [9])


def test_one_wrong_byte_in_an_ascii_file_costs_one_cell(tmp_path: Path) -> None:
    found = content(file(tmp_path, "t.csv", b"a,b\n" + b"1,x\n" * 50 + b"2,M\xfcller\n"))

    assert [(p.row, p.field, p.value) for p in found.faults] == [(52, "b", "M\ufffdller")]
    assert (len(found.rows), found.rows[-1]) == (51, {"a": "2", "b": None})


def test_wrong_bytes_in_json_cost_the_value_they_are_in(tmp_path: Path) -> None:
    lines = file(tmp_path, "t.jsonl", '{"a": "中文", "b": 1}\n'.encode() + b'{"a": "\xff", "b": 2}\n{"b": 3}\n')
    document = file(tmp_path, "t.json", '[{"a": "中文", "b": 1},'.encode() + b'{"a": "\xff", "b": 2},{"b": 3}]')

    for path in (lines, document):
        found = content(path)
        assert [(row["a"], row["b"]) for row in found.rows] == [("中文", "1"), (None, "2"), (None, "3")]
        assert [(p.row, p.field, p.value) for p in found.faults] == [(2, "a", "\ufffd")]


def test_a_row_of_which_nothing_can_be_read_is_known_by_its_cells(tmp_path: Path) -> None:
    found = content(file(tmp_path, "t.jsonl", '{"a": "中文"}\n'.encode() + b'{"a": "\xff"}\n{"a": " "}\n'))

    assert (found.rows, [fault.row for fault in found.faults]) == ([{"a": "中文"}], [2])
    assert found.counted == {"blank-row": 1}


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_long_document_in_one_line_is_looked_at_to_its_end(tmp_path: Path, encoding: str) -> None:
    texts = ["企业名录" * 500] * 10_000
    data = f'[{{"a": "x"}},{",".join(f"[{chr(34)}{text}{chr(34)}]" for text in texts)}'.encode(encoding)
    path = file(tmp_path, "t.json", data + b',{"a": "\xff"},{"a": "y"}]')

    found = content(path)

    assert found.rows == [{"a": "x"}, {"a": "y"}]
    assert (len(found.problems), [fault.value for fault in found.faults]) == (10_000, ["\ufffd"])


def test_wrong_bytes_in_the_headings_are_refused(tmp_path: Path) -> None:
    assert "the headings cannot be read" in refusal(file(tmp_path, "t.csv", b"a,\xffb\n" + TEXT.encode()))


@pytest.mark.parametrize("encoding", ["big5", "cp950"])
def test_big5_is_found_out_where_enough_of_it_reads_as_traditional_characters(tmp_path: Path, encoding: str) -> None:
    text = "公司,縣市\n臺灣積體電路製造,新竹縣\n聯華電子,新竹縣\n"
    found = content(file(tmp_path, "t.csv", text.encode(encoding)))

    assert found.rows == [{"公司": "臺灣積體電路製造", "縣市": "新竹縣"}, {"公司": "聯華電子", "縣市": "新竹縣"}]
    assert found.counted == {"encoding:cp950": 2}


@pytest.mark.parametrize("encoding", ["big5", "cp1252", "shift_jis", "euc_jp", "euc_kr", "gbk"])
def test_an_encoding_that_would_be_guessed_wrong_is_refused_until_it_is_said(tmp_path: Path, encoding: str) -> None:
    japanese, traditional = (
        "会社,都市\nソニーグループ,とうきょう\n",
        "公司,縣市\n臺灣積體電路製造,新竹縣\n聯華電子,新竹縣\n",
    )
    text = {"big5": "公司,縣市\n聯電,新竹縣\n", "gbk": traditional, "euc_kr": "회사명,도시\n삼성전자주식회사,수원시\n현대자동차,서울특별시\n", "cp1252": "nom,ville\nSociété Générale,Orléans\n",
            "shift_jis": japanese, "euc_jp": japanese}[encoding]  # fmt: skip
    path = file(tmp_path, "t.csv", text.encode(encoding))

    assert refusal(path) == (
        "t.csv is not UTF-8 and does not read as GB18030 or Big5; save it as UTF-8, or say its encoding (such as big5, gb18030)."
    )
    headings, first, *_ = (line.split(",") for line in text.splitlines())
    assert content(path, encoding=encoding).rows[0] == dict(zip(headings, first, strict=True))


def test_utf16_without_a_mark_is_refused_until_it_is_said(tmp_path: Path) -> None:
    path = file(tmp_path, "t.csv", "id,name\n1,x\n".encode("utf-16-le"))

    assert "UTF-16 without a byte order mark" in refusal(path)
    assert content(path, encoding="utf-16-le").rows == [{"id": "1", "name": "x"}]


@pytest.mark.parametrize("name", ["utf8000", "zip", "base64", ""])
def test_a_name_that_is_no_encoding_is_a_mistake_of_the_caller(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="No encoding is called"):
        content(file(tmp_path, "t.csv", "a,b\n"), encoding=name)


def test_wrong_bytes_of_a_given_encoding_cost_their_cell(tmp_path: Path) -> None:
    found = content(file(tmp_path, "t.csv", "甲,乙\n臺,灣\n".encode("big5") + b"\xff,x\n"), encoding="big5")

    assert (found.rows, [(p.row, p.field, p.value) for p in found.faults]) == (
        [{"甲": "臺", "乙": "灣"}, {"甲": None, "乙": "x"}],
        [(3, "甲", "\ufffd")],
    )


def test_byte_order_marks_where_files_were_joined_are_removed_and_counted(tmp_path: Path) -> None:
    found = content(file(tmp_path, "t.csv", "\ufeffa,b\n1,x\ufeff\n\ufeff2,y\n"))

    assert found.rows == [{"a": "1", "b": "x\ufeff"}, {"a": "2", "b": "y"}]
    assert found.counted == {"byte-order-mark": 1}
