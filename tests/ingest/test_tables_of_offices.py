"""Tables as parks, customs, exchanges and purchasing hand them out: many in one load, and what a careful person reads there."""

from pathlib import Path

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
    assert (names(result, "Project"), problems(result)) == ({"减速器研发", "光刻胶攻关", "轴承钢关键技术研究"}, [])
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
