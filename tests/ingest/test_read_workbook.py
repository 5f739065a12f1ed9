"""Workbooks: titles, headings, cells as a person would type them, and rows of which it is not guessed what they say."""

import datetime
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet

from graph.errors import UnknownName
from ingest.readers.read import ReadOptions, hidden_sheets, read
from tests.ingest.oldworkbooks import ods, xls, xlsb
from tests.ingest.tablefiles import content, file, refusal

pytestmark = pytest.mark.slow

NO_RESULT = "The cell is a formula without a stored result; formulas are not evaluated."
ERROR = "The cell is an error."
LOST_DIGITS = "Of a number this long, Excel has lost the digits after the 15th."


def workbook(folder: Path, fill: Callable[[Worksheet], None], *, name: str = "t.xlsx") -> Path:
    """A workbook of one sheet, 企业, that is filled in by the test."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "企业"
    fill(sheet)
    book.save(folder / name)
    return folder / name


def rows(*lines: tuple[object, ...]) -> Callable[[Worksheet], None]:
    """Fills a sheet with rows."""

    def fill(sheet: Worksheet) -> None:
        for line in lines:
            sheet.append(list(line))

    return fill


def package(folder: Path, sheet: str, name: str = "t.xlsx", **parts: str) -> Path:
    """The smallest .xlsx around the XML of a sheet; parts by their names without `xl/` and `.xml`."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    link = f'xmlns:r="{office}"'
    relations = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
    content = {
        "_rels/.rels": f'<Relationships {relations}><Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships {relations}><Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{office}/sharedStrings" Target="/xl/sharedStrings.xml"/>'
        f'<Relationship Id="r3" Type="{office}/styles" Target="styles.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {main} {link}><sheets><sheet name="表" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": f"<worksheet {main}><sheetData>{sheet}</sheetData></worksheet>",
        **{f"xl/{part}.xml": text.replace("MAIN", main) for part, text in parts.items()},
    }
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, text in content.items():
            archive.writestr(part, text)
    return folder / name


def line(number: int, *cells: str) -> str:
    """The XML of a row, in which each cell that does not say where it is stands after the one before."""
    placed = [
        cell if " r=" in cell else cell.replace("<c", f'<c r="{letter}{number}"', 1)
        for letter, cell in zip("ABCDEFGH", cells, strict=False)
    ]
    return f'<row r="{number}">{"".join(placed)}</row>'


def inline(*texts: str) -> list[str]:
    """The XML of cells with text in them."""
    return [f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts]


HEADINGS = line(1, *inline("a", "b"))


def test_every_visible_sheet_with_headings_is_a_table(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name, state in (
        ("企业", "visible"),
        ("草稿", "hidden"),
        ("旧", "veryHidden"),
        ("空", "visible"),
        ("产品", "visible"),
    ):
        sheet = book.create_sheet(name)
        sheet.sheet_state = state
        if name != "空":
            rows(("名称", "城市"), (name, "上海"))(sheet)
    book.save(tmp_path / "t.xlsx")

    parts = list(read(tmp_path / "t.xlsx"))

    assert [(part.name, part.columns.to_pylist(), dict(part.counted)) for part in parts] == [
        ("t.xlsx[企业]", [{"名称": "企业", "城市": "上海"}], {"hidden-sheet": 2}),
        ("t.xlsx[产品]", [{"名称": "产品", "城市": "上海"}], {}),
    ]
    assert hidden_sheets(tmp_path / "t.xlsx") == ["草稿", "旧"]


def test_a_sheet_can_be_asked_for_also_a_hidden_one(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    rows(("a", "b"), (1, 2))(book.create_sheet("一"))
    hidden = book.create_sheet("二")
    hidden.sheet_state = "hidden"
    rows(("a", "b"), (3, 4))(hidden)
    book.save(tmp_path / "t.xlsx")

    assert content(tmp_path / "t.xlsx", sheet="二").rows == [{"a": "3", "b": "4"}]
    with pytest.raises(UnknownName, match=r"did you mean 一"):
        content(tmp_path / "t.xlsx", sheet="一 ")


def test_a_workbook_without_a_table_to_be_seen_is_refused(tmp_path: Path) -> None:
    assert refusal(workbook(tmp_path, rows())) == ("t.xlsx has no visible sheet with headings; is it empty, or hidden?")


def test_titles_above_the_headings_are_skipped_and_counted(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        rows(("2023年名录",), (), (None, None, "单位：万元"), ("名称", "城市", "营收"), ("甲", "上海", 5))(sheet)
        sheet.merge_cells("A1:C1")

    found = content(workbook(tmp_path, fill))

    assert (found.rows, found.numbers) == ([{"名称": "甲", "城市": "上海", "营收": "5"}], [5])
    assert found.counted == {"title-row": 2, "blank-row": 1, "excel-number": 1}


def test_headings_of_two_rows_are_the_lower_ones_after_the_upper_where_they_repeat(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        rows(("名录",), ("名称", "2022年", None, "2023年"), (None, "营收", "利润", "营收"), ("甲", 1, 2, 3))(sheet)
        for merged in ("A1:D1", "A2:A3", "B2:C2"):
            sheet.merge_cells(merged)

    found = content(workbook(tmp_path, fill))

    assert found.rows == [{"名称": "甲", "2022年 营收": "1", "利润": "2", "2023年 营收": "3"}]
    assert (found.numbers, found.problems) == ([4], [])
    assert found.counted == {"title-row": 1, "heading-row": 1, "excel-number": 3}


def test_the_row_of_the_headings_can_be_given(tmp_path: Path) -> None:
    path = workbook(tmp_path, rows(("x", "y"), ("a", "b"), ("1", "2")))

    assert content(path, header_row=2).rows == [{"a": "1", "b": "2"}]
    assert "has no headings in row 7" in refusal(path, header_row=7)


def test_a_formula_without_a_result_among_the_headings_is_refused_with_its_cell(tmp_path: Path) -> None:
    message = refusal(workbook(tmp_path, rows(("a", '="b"&"c"'), ("1", "2"))))

    assert message.startswith(
        "t.xlsx[企业]: B1: the headings cannot be read. The cell is a formula without a stored result"
    )


@pytest.mark.parametrize(
    ("value", "code", "text", "counted"),
    [
        (5, "General", "5", "number"),
        (5.0, "0.00", "5", "number"),
        (-0.0, "General", "0", "number"),
        (0.1 + 0.2, "0.0", "0.3", "number"),
        (1234567.5, "#,##0.00", "1234567.5", "number"),
        (1e-7, "0.00E+00", "1e-07", "number"),
        (123456789012345, "0", "123456789012345", "number"),
        (0.125, "0.0%", "12.5%", "percent"),
        (0.07, "0%", "7%", "percent"),
        (1, "0%", "100%", "percent"),
        (12.5, '0.0"%"', "12.5", "number"),
        (1, "000000", "000001", "leading-zeros"),
        (600519, "000000", "600519", "leading-zeros"),
        (datetime.date(2020, 9, 30), "yyyy-mm-dd", "2020-09-30", "date"),
        (datetime.date(2020, 9, 30), 'yyyy"年"m"月"d"日"', "2020-09-30", "date"),
        (datetime.datetime(2020, 9, 30, 8, 30), "m/d/yy h:mm", "2020-09-30T08:30:00", "date"),
        (datetime.datetime(2020, 9, 30, 0, 0), "m/d/yy h:mm", "2020-09-30", "date"),
        (datetime.time(8, 30), "h:mm", "08:30:00", "date"),
        (datetime.date(1900, 1, 1), "yyyy-mm-dd", "1900-01-01", "date"),
        (datetime.timedelta(hours=36, minutes=5), "[h]:mm:ss", "36:05:00", "duration"),
        (True, "General", "true", "boolean"),
        (False, "General", "false", "boolean"),
    ],
)
def test_a_value_is_the_text_that_a_person_would_type(
    tmp_path: Path, value: object, code: str, text: str, counted: str
) -> None:
    def fill(sheet: Worksheet) -> None:
        rows(("名称", "值"), ("甲", value))(sheet)
        sheet["B2"].number_format = code

    found = content(workbook(tmp_path, fill))

    assert found.rows == [{"名称": "甲", "值": text}]
    assert (found.problems, found.counted) == ([], {f"excel-{counted}": 1})


def test_days_count_from_1904_where_the_workbook_says_so(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    sheet = book.worksheets[0]
    rows(("a", "b"), ("1", datetime.date(2020, 9, 30)))(sheet)
    book.save(tmp_path / "t.xlsx")

    assert content(tmp_path / "t.xlsx").rows == [{"a": "1", "b": "2020-09-30"}]


@pytest.mark.parametrize("number", [27, 31, 36, 50, 57, 58])
def test_the_built_in_formats_of_chinese_excel_are_dates(tmp_path: Path, number: int) -> None:
    assert number not in BUILTIN_FORMATS
    styles = f'<styleSheet MAIN><cellXfs><xf numFmtId="0"/><xf numFmtId="{number}"/></cellXfs></styleSheet>'
    path = package(tmp_path, HEADINGS + line(2, "<c><v>1</v></c>", '<c s="1"><v>44104</v></c>'), styles=styles)

    assert content(path).rows == [{"a": "1", "b": "2020-09-30"}]


@pytest.mark.parametrize(
    ("cell", "value", "reason"),
    [
        ('<c><f t="array" ref="B2">SUM(A1:A9)</f></c>', "", NO_RESULT),
        ("<c><f>A1+1</f><v></v></c>", "", NO_RESULT),
        ("<c><f/></c>", "", NO_RESULT),
        ('<c t="e"><v>#N/A</v></c>', "#N/A", ERROR),
        ('<c t="e"><f>A9</f><v>#REF!</v></c>', "#REF!", ERROR),
        ("<c><v>3.1010419900101101E+17</v></c>", "3.10104199001011e+17", LOST_DIGITS),
        ("<c><v>310104199001011000</v></c>", "310104199001011000", LOST_DIGITS),
        ('<c s="1"><v>1E+300</v></c>', "1e+300", LOST_DIGITS),
        ("<c><v>1E+999</v></c>", "inf", LOST_DIGITS),
    ],
)
def test_a_cell_of_which_it_is_not_clear_what_it_says_costs_itself_and_not_its_row(
    tmp_path: Path, cell: str, value: str, reason: str
) -> None:
    styles = '<styleSheet MAIN><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    path = package(tmp_path, HEADINGS + line(2, *inline("x"), cell) + line(3, *inline("y", "z")), styles=styles)

    found = content(path)

    assert (found.rows, found.numbers) == ([{"a": "x", "b": None}, {"a": "y", "b": "z"}], [2, 3])
    assert (found.problems, found.unreadable) == ([], [(2, "b", value, reason)])


@pytest.mark.parametrize(
    ("cell", "text", "counted"),
    [
        ("<c><f>A1+1</f><v>2</v></c>", "2", {"excel-formula": 1, "excel-number": 1}),
        ('<c t="str"><f>A1</f><v>text</v></c>', "text", {"excel-formula": 1}),
        ('<c t="str"><f>IF(A1="","","x")</f><v></v></c>', None, {"excel-formula": 1}),
        ('<c t="b"><f>A1=A1</f><v>1</v></c>', "true", {"excel-formula": 1, "excel-boolean": 1}),
        ('<c><f t="shared" si="0" ref="B2:B3">A2*2</f><v>2</v></c>', "2", {"excel-formula": 1, "excel-number": 1}),
        ('<c><f t="shared" si="0"/><v>4</v></c>', "4", {"excel-formula": 1, "excel-number": 1}),
        ("<c s='1'><f>1/8</f><v>0.125</v></c>", "12.5%", {"excel-formula": 1, "excel-percent": 1}),
        ("<c>\n <f>A1</f>\n <v>2</v></c>", "2", {"excel-formula": 1, "excel-number": 1}),
    ],
)
def test_of_a_formula_the_stored_result_is_taken_and_counted(
    tmp_path: Path, cell: str, text: str | None, counted: dict[str, int]
) -> None:
    styles = '<styleSheet MAIN><cellXfs><xf numFmtId="0"/><xf numFmtId="10"/></cellXfs></styleSheet>'

    found = content(package(tmp_path, HEADINGS + line(2, *inline("x"), cell), styles=styles))

    assert (found.rows, found.counted, found.faults) == ([{"a": "x", "b": text}], counted, [])


def test_a_cell_that_should_be_a_number_and_is_none_is_the_text_that_is_stored(tmp_path: Path) -> None:
    assert content(package(tmp_path, HEADINGS + line(2, "<c><v>oops</v></c>", "<c><v>1_000</v></c>"))).rows == [
        {"a": "oops", "b": "1_000"}
    ]


def test_formulas_that_do_not_say_where_they_are_make_the_workbook_refused(tmp_path: Path) -> None:
    message = refusal(package(tmp_path, HEADINGS + "<row r='2'><c><f>A1</f><v>1</v></c></row>"))

    assert message.endswith("open it and save it again: cells do not say where they are.")


def test_a_long_number_that_a_program_wrote_in_full_is_kept(tmp_path: Path) -> None:
    found = content(package(tmp_path, HEADINGS + line(2, *inline("x"), "<c><v>12345678901234567890123</v></c>")))

    assert found.rows == [{"a": "x", "b": "12345678901234567890123"}]


def test_a_merged_cell_says_the_same_for_each_row_that_it_covers(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        rows(("城市", "企业"), ("苏州市", "甲"), (None, "乙"), (None, "丙"), ("合肥市", "丁"), (None, "戊"))(sheet)
        sheet.merge_cells("A2:A4")
        sheet.merge_cells("A5:A6")

    found = content(workbook(tmp_path, fill))

    assert [(row["城市"], row["企业"]) for row in found.rows] == [
        ("苏州市", "甲"), ("苏州市", "乙"), ("苏州市", "丙"), ("合肥市", "丁"), ("合肥市", "戊")
    ]  # fmt: skip
    assert (found.problems, found.counted) == ([], {"merged-cell": 3})


def test_a_merged_cell_makes_no_row_of_an_empty_one_and_says_nothing_to_the_right(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        rows(
            ("城市", "企业"), ("上海", "甲"), (None, None), (None, "乙"), ("合计", None), ("#N/A", "丁"), (None, "戊")
        )(sheet)
        sheet["A6"].data_type = "e"
        for merged in ("A2:A4", "A5:B5", "A6:A7", "D2:D9", "A8:A20"):
            sheet.merge_cells(merged)

    found = content(workbook(tmp_path, fill))

    assert [(number, row["城市"], row["企业"]) for number, row in zip(found.numbers, found.rows, strict=True)] == [
        (2, "上海", "甲"), (4, "上海", "乙"), (5, "合计", None), (6, None, "丁"), (7, None, "戊")
    ]  # fmt: skip
    assert found.unreadable == [(6, "城市", "#N/A", ERROR), (7, "城市", "#N/A", ERROR)]


def test_a_merged_cell_reaches_over_many_rows(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        rows(("城市", "企业"), ("上海", "0"), *((None, str(n)) for n in range(1, 4_500)))(sheet)
        sheet.merge_cells("A2:A4500")

    found = content(workbook(tmp_path, fill), chunk_rows=1_000)

    assert [row["城市"] for row in found.rows] == ["上海"] * 4_499 + [None]
    assert found.counted == {"merged-cell": 4_498}


def test_merged_ranges_that_lie_on_each_other_do_not_take_for_ever(tmp_path: Path) -> None:
    ranges = "".join(f'<mergeCell ref="A1:XFD{row}"/>' for row in range(20, 20_020))
    far = [
        line(number, f'<c r="A{number}"><v>1</v></c>', f'<c r="XFD{number}"><v>1</v></c>') for number in range(2, 60)
    ]
    path = package(tmp_path, HEADINGS + "".join(far))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].replace(
        b"</sheetData>", f"</sheetData><mergeCells>{ranges}</mergeCells>".encode()
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**parts, "xl/worksheets/sheet1.xml": sheet}.items():
            archive.writestr(name, data)

    assert "have the same heading" in refusal(path)


def test_a_note_far_to_the_right_is_a_column(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        rows(("a", "b"), *((f"{n}", "x") for n in range(2, 32)))(sheet)
        sheet["XFD2"] = "备注"
        sheet["H30"] = "?"

    found = content(workbook(tmp_path, fill))

    assert list(found.rows[0].items()) == [("a", "2"), ("b", "x"), ("column_8", None), ("column_16384", "备注")]
    assert (len(found.rows), found.rows[28]["column_8"], found.problems) == (30, "?", [])
    assert found.counted == {"unnamed-column": 2}


def test_the_last_row_of_a_sheet_may_be_far_away(tmp_path: Path) -> None:
    found = content(package(tmp_path, HEADINGS + line(1_048_576, *inline("x", "y"))))

    assert (found.numbers, found.counted) == ([1_048_576], {"blank-row": 1_048_574})


def test_text_is_put_together_from_runs_without_readings_and_with_escapes_undone(tmp_path: Path) -> None:
    strings = (
        "<sst MAIN><si><t>a</t></si><si><r><t xml:space='preserve'>上 </t></r><r><t>海</t></r>"
        "<rPh sb='0' eb='1'><t>shanghai</t></rPh></si><si><t>x_x000D_y_x005F_x0041_ &amp; _xD800_</t></si></sst>"
    )
    cells = ['<c t="s"><v>1</v></c>', '<c t="s"><v>2</v></c>']

    found = content(package(tmp_path, HEADINGS + line(2, *cells), sharedStrings=strings))

    assert found.rows == [{"a": "上 海", "b": "x\ry_x0041_ & _xD800_"}]


def test_names_with_a_prefix_are_read(tmp_path: Path) -> None:
    path = package(tmp_path, "")
    sheet = HEADINGS + line(2, *inline("x", "y"))
    for tag in ("row", "c", "is", "t"):
        sheet = sheet.replace(f"<{tag}", f"<x:{tag}").replace(f"</{tag}>", f"</x:{tag}>")
    sheet = sheet.replace("<x:c x:t=", "<x:c t=")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    namespace = 'xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    parts["xl/worksheets/sheet1.xml"] = (
        f"<x:worksheet {namespace}><x:sheetData>{sheet}</x:sheetData></x:worksheet>".encode()
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)

    assert content(path).rows == [{"a": "x", "b": "y"}]


def test_iso_dates_of_strict_workbooks_are_dates(tmp_path: Path) -> None:
    cells = ['<c t="d"><v>2020-09-30T00:00:00Z</v></c>', '<c t="d"><v>2020-09-30T08:30:00</v></c>']

    assert content(package(tmp_path, HEADINGS + line(2, *cells))).rows == [
        {"a": "2020-09-30", "b": "2020-09-30T08:30:00"}
    ]


@pytest.mark.parametrize(
    "sheet",
    [
        '<row r="x"/>',
        line(2, '<c t="s"><v>7</v></c>'),
        line(2, '<c t="s"><v>x</v></c>'),
        line(2, '<c r="2"><v>1</v></c></c>'),
    ],
    ids=["no number", "no text", "no index", "unclosed"],
)
def test_a_sheet_that_cannot_be_is_refused(tmp_path: Path, sheet: str) -> None:
    message = refusal(package(tmp_path, HEADINGS + sheet))

    assert message.startswith("t.xlsx is not a sound")


@pytest.mark.parametrize(
    ("sheet", "limit"),
    [
        (line(2, '<c r="XFD1048576"><v>1</v></c>'), "4 GB of memory"),
        (line(999_999_999_999, *inline("x")), "4 GB of memory"),
        (line(2, f'<c r="{"A" * 1_200_000}2"><v>1</v></c>'), "4 GB of memory"),
        (line(1_000_000, '<c r="AF1000000"><v>1</v></c>'), "30,000,000 cells (1000000 × 32)"),
    ],
    ids=["far", "absurd row", "absurd column", "many cells"],
)
def test_a_cell_far_to_the_right_or_below_takes_no_memory_and_is_refused_with_what_to_do(
    tmp_path: Path, sheet: str, limit: str
) -> None:
    assert f"has a sheet that takes more than {limit}; remove what stands far to the right or below" in refusal(
        package(tmp_path, HEADINGS + sheet)
    )


LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)


@pytest.mark.parametrize("part", ["workbook", "worksheets/sheet1", "sharedStrings", "styles"])
def test_entities_are_refused_in_every_part(tmp_path: Path, part: str) -> None:
    path = package(
        tmp_path, HEADINGS + line(2, *inline("x", "y")), sharedStrings="<sst MAIN/>", styles="<styleSheet MAIN/>"
    )
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    parts[f"xl/{part}.xml"] = LAUGHS + parts[f"xl/{part}.xml"].replace("x</t>", "&i;</t>")
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)

    assert "it declares a document type, which could define entities" in refusal(path)


def test_an_archive_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
        archive.writestr("table.csv", "a,b\n")

    assert refusal(tmp_path / "t.xlsx") == (
        "t.xlsx is an archive or another document, not a workbook: unpack an archive and load the tables in it; "
        "save the table of a document as .xlsx."
    )


def test_a_zip_bomb_is_refused_by_what_it_declares(tmp_path: Path) -> None:
    path = package(tmp_path, HEADINGS + "<!--" + " " * (80 << 20) + "-->")

    assert refusal(path).startswith("t.xlsx unpacks to 80 MB, which no workbook does")


def test_a_part_that_is_larger_than_it_declares_is_not_inflated_further(tmp_path: Path) -> None:
    path = package(tmp_path, HEADINGS + "<!--" + " " * (80 << 20) + "-->")
    with zipfile.ZipFile(path) as archive:
        true_size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    lie = path.read_bytes().replace(true_size.to_bytes(4, "little"), (5_000).to_bytes(4, "little"))
    path.write_bytes(lie)

    assert "t.xlsx is not a sound workbook" in refusal(path)


def test_a_part_that_is_damaged_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path, rows(("a", "b"), *((f"x{n}", f"{n * n}") for n in range(2_000))))
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        at = archive.getinfo("xl/worksheets/sheet1.xml").header_offset + 5_000
    data[at : at + 50] = bytes(50)
    path.write_bytes(data)

    assert "t.xlsx is not a sound workbook" in refusal(path)


@pytest.mark.parametrize("name", ["t.xlsx", "t.xls", "t.et"])
def test_a_workbook_with_a_password_is_refused(tmp_path: Path, name: str) -> None:
    start = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1_000)

    assert refusal(file(tmp_path, name, start + "EncryptedPackage".encode("utf-16-le"))) == (
        f"{name} is encrypted; open it and save it without a password."
    )


OLD = (
    ("证券代码", "企业名称", "注册资本"),
    ("600001", "上海甲股份有限公司", 5000.5),
    ("688002", "苏州乙股份有限公司", 8000.0),
)


@pytest.mark.parametrize(
    ("name", "data"),
    [("t.xls", xls(*OLD)), ("t.et", xls(*OLD)), ("t.xlsb", xlsb(*OLD)), ("t.ods", ods(*OLD)), ("t.xls.gz", xls(*OLD)),
     ("t.ods", ods(*OLD, (None,), repeated=1_000_000)), ("t.xlsx", xls(*OLD)), ("t.csv", ods(*OLD))],
)  # fmt: skip
def test_workbooks_in_other_formats_are_read_whatever_they_are_called(tmp_path: Path, name: str, data: bytes) -> None:
    found = content(file(tmp_path, name, data))

    assert found.rows == [
        {"证券代码": "600001", "企业名称": "上海甲股份有限公司", "注册资本": "5000.5"},
        {"证券代码": "688002", "企业名称": "苏州乙股份有限公司", "注册资本": "8000"},
    ]
    assert (found.numbers, found.counted) == ([2, 3], {"excel-number": 2, "hidden-unknown": 1})


def test_a_hidden_sheet_of_an_old_workbook_is_counted_and_not_read(tmp_path: Path) -> None:
    path = file(tmp_path, "t.xls", xls(*OLD, hidden="草稿"))

    assert [(part.name, dict(part.counted)) for part in read(path)] == [
        ("t.xls[企业]", {"hidden-sheet": 1, "hidden-unknown": 1, "excel-number": 2})
    ]
    assert (hidden_sheets(path), len(content(path, sheet="草稿").rows)) == (["草稿"], 2)


@pytest.mark.parametrize("name", ["t.xls", "t.et", "t.wps"])
def test_an_old_workbook_that_is_damaged_is_refused_with_what_to_do(tmp_path: Path, name: str) -> None:
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1_000)

    assert f"{name} is not a sound workbook; open it and save it again" in refusal(file(tmp_path, name, data))


@pytest.mark.parametrize("name", ["t.xls", "t.ods", "t.et", "t.numbers"])
def test_text_that_is_named_as_a_workbook_is_refused_with_what_to_do(tmp_path: Path, name: str) -> None:
    assert "save it as .xlsx" in refusal(file(tmp_path, name, "<table><tr><td>a</td></tr></table>"))


def test_a_workbook_with_macros_is_read_and_they_are_not_looked_at(tmp_path: Path) -> None:
    path = workbook(tmp_path, rows(("a", "b"), (1, 2)), name="t.xlsm")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0")

    assert content(path).rows == [{"a": "1", "b": "2"}]


def test_each_of_several_cells_is_named(tmp_path: Path) -> None:
    path = workbook(tmp_path, rows(("a", "b", "c"), ("=1+1", "=2+2", "x"), ("y", "z", "=3")))

    assert [(row, field) for row, field, _, _ in content(path).unreadable] == [(2, "a"), (2, "b"), (3, "c")]


def test_progress_is_told_over_all_sheets(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    rows(("a", "b"), (1, 2))(book.worksheets[0])
    rows(("a", "b"), *((n, n * n) for n in range(5_000)))(book.create_sheet("二"))
    book.save(tmp_path / "t.xlsx")
    told: list[int] = []

    for _ in read(tmp_path / "t.xlsx", progress=lambda done, of: told.append(done)):
        pass

    assert told == sorted(told)
    assert told[-1] == (tmp_path / "t.xlsx").stat().st_size


def test_parts_of_several_sheets_follow_each_other(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    rows(("a", "b"), (1, 2), (3, 4), (5, 6))(book.worksheets[0])
    rows(("c", "d"), (7, 8))(book.create_sheet("二"))
    book.save(tmp_path / "t.xlsx")

    parts = list(read(tmp_path / "t.xlsx", ReadOptions(chunk_rows=2)))

    assert [(part.name, part.rows.to_pylist()) for part in parts] == [
        ("t.xlsx[Sheet]", [2, 3]),
        ("t.xlsx[Sheet]", [4]),
        ("t.xlsx[二]", [2]),
    ]
