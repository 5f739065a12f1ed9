"""Tables as parks, customs, exchanges and purchasing hand them out: many in one load, and what a careful person reads there."""

from pathlib import Path

import openpyxl
import pytest

from tests.ingest.datasets import problems, rows_of
from tests.ingest.test_tables import names, pairs, table, workbook
from tests.ingest.test_tables_of_others import said, seen
from tests.ingest.test_tables_of_strangers import asked, doubts, loaded

pytestmark = pytest.mark.slow


# --- bills of materials ------------------------------------------------------------------------------------------------


def test_bills_of_materials_by_level_say_what_goes_into_what(tmp_path: Path) -> None:
    made = {
        "层级一.csv": "层级,物料编码,物料名称,用量\n1,A,整机甲,1\n2,B,部甲,6\n3,C,件甲,12\n2,D,部甲二,6\n",
        "BOM二.csv": "序号,名称,数量\n1,整机乙,1\n1.1,部乙,6\n1.1.1,件乙,2\n1.2,部乙二,6\n",
        "层级三.csv": "层次,零部件名称,用量\n0,整机丙,1\n.1,部丙,6\n..2,件丙,2\n.1,部丙二,6\n",
        "层级四.csv": "BOM Level,Part Name,Qty\nLevel 1,整机丁,1\nLevel 2,部丁,6\nLevel 3,件丁,2\nLevel 2,部丁二,6\n",
    }
    indented: list[tuple[str | int | None, ...]] = [
        ("物料名称", "用量"),
        ("整机戊", 1),
        ("  部戊", 6),
        ("    件戊", 6),
        ("  部戊二", 2),
    ]
    files = [table(tmp_path, name, text) for name, text in made.items()]
    result = seen(*files, workbook(tmp_path, "层级五.xlsx", "S", *indented))

    assert pairs(result, "INPUT_OF") == {
        pair
        for one in "甲乙丙丁戊"
        for pair in ((f"部{one}", f"整机{one}"), (f"件{one}", f"部{one}"), (f"部{one}二", f"整机{one}"))
    }
    assert (problems(result), rows_of(result, "KIND_OF")) == ([], [])


def test_a_level_that_is_missing_costs_its_row_its_place_and_suppliers_stand_beside_parts(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="层级,物料名称,用量\n1,机床,1\n3,轴承,2\n2,主轴,6\n",
        b="层级,零件名称,供应商\n1,机器人,\n2,减速器,甲一有限公司\n3,齿轮,甲二有限公司\n",
    )

    assert pairs(result, "INPUT_OF") == {("主轴", "机床"), ("减速器", "机器人"), ("齿轮", "减速器")}
    assert pairs(result, "MAKES") == {("甲一有限公司", "减速器"), ("甲二有限公司", "齿轮")}
    assert [(file, row, reason) for file, row, _, _, reason in problems(result)] == [
        ("a.csv", 3, "ingest.level_unclear")
    ]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("层级,名称\n1,集成电路\n2,存储器\n", "INPUT_OF (is an input of), KIND_OF (is a kind of)"),
        ("父件编码,子件编码,用量\nA,B,6\nB,C,2\n", "has codes where names are needed"),
        ("父件编码,子件编码,子件名称\nA,B,减速器\nB,C,轴承\n", "has codes where names are needed"),
    ],
)
def test_what_is_below_another_without_saying_how_is_asked(tmp_path: Path, text: str, what: str) -> None:
    assert what in asked(tmp_path, text)


def test_persons_beside_companies_in_one_cell_are_no_companies(tmp_path: Path) -> None:
    result = loaded(tmp_path, a="企业名称,股东\n甲一有限公司,王伟、某集团有限公司\n")

    assert names(result) == {"甲一有限公司", "某集团有限公司"}
    assert pairs(result, "OWNS") == {("某集团有限公司", "甲一有限公司")}
    assert "only organisations" in doubts(result)


# --- projects and capacities ---------------------------------------------------------------------------------------------


def test_research_projects_are_read_with_who_carries_them_out(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="项目名称,承担单位,参与单位,项目编号,立项年度,经费（万元）\n"
        "减速器研发,甲一有限公司、合肥大学,乙一有限公司,2023YFB001,2023,500\n光刻胶攻关,苏州大学,乙一有限公司,2023YFB002,2023,300\n",
        b="课题名称,牵头单位\n轴承钢关键技术研究,甲二有限公司\n",
    )

    found = {row["id"]: row["name_zh"] for label in ("Enterprise", "Project") for row in rows_of(result, label)}
    ties = {(found[row["from_id"]], found[row["to_id"]]) for row in rows_of(result, "RUNS")}
    assert ties == {("甲一有限公司", "减速器研发"), ("甲二有限公司", "轴承钢关键技术研究")}
    assert names(result, "Project") == {"减速器研发", "光刻胶攻关", "轴承钢关键技术研究"}
    assert [(row, value, reason) for _, row, _, value, reason in problems(result)] == [
        (3, "苏州大学", "ingest.not_taken")
    ]
    assert ("institutes in 承担单位" in doubts(result), "参与单位 says who takes part" in doubts(result)) == (
        True,
        True,
    )


def test_projects_that_may_be_built_or_researched_are_asked(tmp_path: Path) -> None:
    text = "项目名称,承担单位,总投资（万元）\n年产10万套减速器项目,甲有限公司,500\n"

    assert "Project (project), Proposal (proposed project)" in asked(tmp_path, text)


def test_a_capacity_is_counted_in_what_stands_behind_it_in_its_cell(tmp_path: Path) -> None:
    cells = (
        "10万套/年",
        "3 GWh",
        "1.2亿片/年",
        '"5,000吨"',
        "１０万m2／年",
        "约5000吨",
        "5000",
        "3条线，10万套",
        "5000吨左右",
    )
    lines = "".join(f"甲{n}有限公司,产品{n},{cell}\n" for n, cell in enumerate(cells))
    result = loaded(
        tmp_path,
        a=f"企业名称,产品名称,产能\n{lines}",
        b="申报单位,项目名称,产品名称,产能（吨/年）,总投资（万元）\n乙一有限公司,薄膜项目,薄膜,5000,300\n",
    )

    made = {(row["capacity"], row["capacity_unit"]) for row in rows_of(result, "MAKES") if row["capacity"] is not None}
    assert made == {(10, "万套/年"), (3, "GWh"), (1.2, "亿片/年"), (5000, "吨"), (10, "万m2／年")}
    assert len(rows_of(result, "MAKES")) == 9
    assert [(row["capacity"], row["capacity_unit"]) for row in rows_of(result, "Proposal")] == [(5000, "吨/年")]
    assert sorted(reason for reason, _ in said(result)) == [
        "is a range or a rough number", "no unit is said, or two are", "the unit '条线,10万套' does not fit"]  # fmt: skip


# --- codes, zones, days --------------------------------------------------------------------------------------------------


def test_codes_of_classifications_and_days_that_nothing_keeps_are_told(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="企业名称,国民经济行业代码,成立日期,注册时间\n甲一有限公司,C3670,2010-05-06,2010-05-06\n甲二有限公司,3985,2011-01-01,2011-01-01\n",
        b="企业名称,商品编码,出口额（万元）\n乙一有限公司,8483409000,500\n",
        c="产品名称,税则号列\n减速器,8483.40.90\n",
        d="产品名称,商品编码\n轴承,SKU-01\n",
    )

    firms = rows_of(result, "Enterprise")
    assert {(row["stock_code"], row["listed_on"], str(row["id"]).startswith("enterprise:r-")) for row in firms} == {
        (None, None, True)
    }
    assert {(row["name_zh"], row["hs_code"]) for row in rows_of(result, "Product")} == {
        ("减速器", "8483.40.90"), ("轴承", None)}  # fmt: skip
    for what in ("国民经济行业代码 holds codes of industries", "商品编码 holds codes of goods (HS), as 8483409000"):
        assert what in doubts(result)
    assert result.report.tables[0].unread_columns == ("国民经济行业代码", "成立日期", "注册时间")


def test_zones_without_a_city_are_placed_where_only_one_has_them(tmp_path: Path) -> None:
    zones = {"漕河泾开发区": "上海市", "张江": "上海市", "苏州工业园区": "苏州市", "昆山经济技术开发区": "昆山市",
             "松江经济技术开发区": "松江区", "嘉兴经开区": "嘉兴市", "东湖高新区": None, "漕河泾开发区海宁分区": None}  # fmt: skip
    result = loaded(
        tmp_path,
        a="企业名称,所在园区\n" + "".join(f"{zone}甲有限公司,{zone}\n" for zone in zones),
        b="企业名称,所在园区\n乙一有限公司,高新区\n乙二有限公司,合肥高新区\n乙三有限公司,经开区\n",
    )

    assert pairs(result, "LOCATED_IN") == {(f"{zone}甲有限公司", place) for zone, place in zones.items() if place}
    assert [row for _, row, *_ in problems(result)] == [8, 9]
    assert "2 of its values, as 高新区, 经开区, name no city" in doubts(result)


# --- documents -----------------------------------------------------------------------------------------------------------


def test_documents_are_read_as_programs_write_them(tmp_path: Path) -> None:
    made = {
        "a": '{"甲一有限公司": {"城市": "苏州", "产品": ["减速器"]}, "甲二有限公司": {"城市": "合肥"}}',
        "b": '{"enterprises": [{"name": "乙一有限公司"}], "products": [{"name": "轴承"}], "total": 2}',
        "c": '[["企业名称", "城市"], ["丙一有限公司", "苏州"]]',
        "d": '{"columns": ["企业名称", "城市"], "index": [0], "data": [["丁一有限公司", "苏州"]]}',
        "e": '{"企业名称": "戊一有限公司", "城市": "苏州"}',
        "f": '[{"企业名称": "己一有限公司", "products": [{"name": "齿轮", "n": 3}, {"name": "电机"}]}]',
    }
    result = seen(*(table(tmp_path, f"{name}.json", text) for name, text in made.items()))

    assert names(result) == {"甲一有限公司", "甲二有限公司", *(f"{one}一有限公司" for one in "乙丙丁戊己")}
    assert names(result, "Product") == {"减速器", "轴承", "齿轮", "电机"}
    assert pairs(result, "MAKES") == {("甲一有限公司", "减速器"), ("己一有限公司", "齿轮"), ("己一有限公司", "电机")}
    assert ("丙一有限公司", "苏州市") in pairs(result, "LOCATED_IN")
    assert "of the objects in products only name is read" in doubts(result)


def test_a_graph_in_a_document_is_asked(tmp_path: Path) -> None:
    text = '{"nodes": [{"id": 1, "name": "甲有限公司"}], "links": [{"source": 1, "target": 2}]}'

    assert "this is a graph (nodes, links)" in asked(tmp_path, text, "x.json")


# --- rows and headings ---------------------------------------------------------------------------------------------------


def test_amounts_that_rows_give_the_same_two_are_not_taken_one_for_all(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="供应商,客户,产品,金额（万元）\n甲一有限公司,甲二有限公司,轴承,100\n甲一有限公司,甲二有限公司,轴承,200\n甲一有限公司,甲二有限公司,电机,50\n",
        b="年度,供应商,客户,金额（万元）\n2021,乙一有限公司,乙二有限公司,5\n2022,乙一有限公司,乙二有限公司,7\n",
        c="企业名称,基地,产品,单位,设计产能\n丙一有限公司,昆山基地,减速器,万套/年,10\n丙一有限公司,合肥基地,减速器,万套/年,5\n",
    )

    assert pairs(result, "SUPPLIES", "amount_10k_cny") == {
        ("甲一有限公司", "甲二有限公司", None), ("甲一有限公司", "甲二有限公司", 50), ("乙一有限公司", "乙二有限公司", 7)}  # fmt: skip
    assert [reason for reason, _ in said(result)] == [
        "several rows say this of the same, each another: whether they are to be added, are of different markets or days, "
        "or one is wrong, nothing says"
    ]
    assert {row["capacity"] for row in rows_of(result, "MAKES")} == {10, 5}


def test_who_buys_and_is_no_enterprise_is_told_and_members_are_what_they_are(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="采购人,中标人,中标金额（万元）\n合肥大学,甲一有限公司,5\n苏州市公安局,甲一有限公司,6\n甲二有限公司,甲一有限公司,7\n",
        b="会员单位,会员类别\n乙一有限公司,理事\n苏州大学,会员\n",
    )

    assert names(result) == {"甲一有限公司", "甲二有限公司", "乙一有限公司"}
    assert names(result, "Institute") == {"苏州大学"}
    assert {(row, reason) for _, row, _, _, reason in problems(result)} == {
        (2, "ingest.no_firm"),
        (3, "ingest.no_firm"),
    }


def test_headings_of_terminals_and_lists_of_one_column_are_read(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a='代码,名称,营业总收入[报告期]2023年报[单位]亿元,员工总数 [单位] 人\n="688012",甲一公司,62.64,1700\n',
        高企="江苏省2023年第一批高新技术企业名单\n企业名称\n乙一有限公司\n乙二有限公司\n",
        c="供应商名称,城市 City,产品 Product\n丙一有限公司,苏州 Suzhou,汽车（辆）\n",
    )

    known = {row["name_zh"]: row for row in rows_of(result, "Enterprise")}
    assert known.keys() == {"甲一公司", "乙一有限公司", "乙二有限公司", "丙一有限公司"}
    assert [known["甲一公司"][name] for name in ("stock_code", "revenue_10k_cny", "employees")] == [
        "688012.SH", 626_400, 1700]  # fmt: skip
    assert pairs(result, "LOCATED_IN") == {
        ("丙一有限公司", "苏州市"), ("乙一有限公司", "江苏省"), ("乙二有限公司", "江苏省")}  # fmt: skip
    assert pairs(result, "MAKES") == {("丙一有限公司", "汽车")}


def test_years_under_a_heading_over_them_are_of_it(tmp_path: Path) -> None:
    rows = (
        ("企业名称", "营业收入（万元）", None, "城市"),
        (None, 2021, 2022, None),
        ("甲一有限公司", 100, 150, "苏州"),
    )
    path = workbook(tmp_path, "x.xlsx", "S", *rows)
    book = openpyxl.load_workbook(path)
    for reach in ("A1:A2", "B1:C1", "D1:D2"):
        book["S"].merge_cells(reach)
    book.save(path)

    assert [row["revenue_10k_cny"] for row in rows_of(seen(path), "Enterprise")] == [150]
