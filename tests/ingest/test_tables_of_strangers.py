"""Tables that nobody laid out for this program: many in one load, each a dataset of its own, and what a careful person reads there."""

from pathlib import Path

import openpyxl
import pytest

from graph.errors import SourceUnreadable
from graph.texts import Language
from ingest.pipeline import Checked
from tests.ingest.datasets import problems, rows_of
from tests.ingest.oldworkbooks import ods
from tests.ingest.test_tables import names, pairs, table, workbook
from tests.ingest.test_tables_of_others import said, seen

pytestmark = pytest.mark.slow


def loaded(folder: Path, **texts: str) -> Checked:
    """Some CSV tables in one load."""
    return seen(*(table(folder, f"{name}.csv", text) for name, text in texts.items()))


def doubts(result: Checked) -> str:
    return "\n".join(line.in_(Language.EN) for line in result.report.taken)


def asked(folder: Path, text: str, name: str = "x.csv") -> str:
    with pytest.raises(SourceUnreadable) as refused:
        seen(table(folder, name, text))
    return refused.value.text.in_(Language.EN)


# --- what is the size of a number --------------------------------------------------------------------------------------


def test_numbers_whose_unit_nothing_says_are_asked_and_never_scaled(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="企业名称,注册资本,币种\n甲一有限公司,5000,人民币\n甲二有限公司,300,美元\n甲三有限公司,3万元,人民币\n",
        b="供应商,采购商,金额\n乙一有限公司,乙二有限公司,5000\n",
        c="申报单位,项目名称,产品名称,总投资,建设周期\n丙一有限公司,年产十万套减速器项目,减速器,5.2,24个月\n丙二有限公司,年产两万吨薄膜项目,薄膜,5.2亿元,18\n",
    )

    capital = {row["name_zh"]: row["registered_capital_10k_cny"] for row in rows_of(result, "Enterprise")}
    assert [capital[f"甲{n}有限公司"] for n in "一二三"] == [None, None, 3]
    assert pairs(result, "SUPPLIES", "amount_10k_cny") == {("乙一有限公司", "乙二有限公司", None)}
    plans = {(row["cost_10k_cny"], row["lead_time_days"]) for row in rows_of(result, "Proposal")}
    assert plans == {(None, 720), (52_000, None)}
    assert [reason for reason, _ in said(result)].count("no unit is said, or two are") == 4
    assert "金额 names no unit, and its bare numbers (5000) are not read" in doubts(result)


# --- who stands beside whom --------------------------------------------------------------------------------------------


def test_ends_are_called_in_more_ways_and_each_tie_leads_the_right_way(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="整机企业,配套企业,配套产品,年配套额（万元）\n甲一有限公司,甲二有限公司,减速器,1200\n",
        b="链主企业,上游企业,下游企业\n乙一有限公司,乙二有限公司、乙三有限公司,乙四有限公司\n",
        c="企业名称,一级供应商,二级供应商\n丙一有限公司,丙二有限公司,丙三有限公司\n",
        d="层级,股东名称,持股比例,被投资企业名称\n1,某控股集团有限公司,60%,丁一有限公司\n",
        e="龙头企业,配套单位\n戊一有限公司,戊二有限公司\n",
    )

    assert pairs(result, "SUPPLIES") == {
        ("甲二有限公司", "甲一有限公司"), ("乙二有限公司", "乙一有限公司"), ("乙三有限公司", "乙一有限公司"),
        ("乙一有限公司", "乙四有限公司"), ("丙二有限公司", "丙一有限公司"), ("丙三有限公司", "丙二有限公司"),
        ("戊二有限公司", "戊一有限公司")}  # fmt: skip
    assert pairs(result, "OWNS", "share") == {("某控股集团有限公司", "丁一有限公司", 0.6)}
    assert problems(result) == []


def test_who_may_stand_either_way_is_said_and_not_read(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="企业名称,配套企业\n甲一有限公司,甲二有限公司\n",
        b="企业名称,二级供应商,协作单位\n乙一有限公司,乙二有限公司,乙三有限公司\n",
    )

    assert (names(result), rows_of(result, "SUPPLIES")) == ({"甲一有限公司", "乙一有限公司"}, [])
    for heading in ("配套企业", "二级供应商", "协作单位"):
        assert f"{heading} does not say who supplies whom" in doubts(result)


# --- projects, plants, equipment -----------------------------------------------------------------------------------------


def test_projects_that_are_applied_for_are_read_with_who_proposes_them_and_what_they_fill(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="申报单位,项目名称,补链产品\n甲一有限公司,年产十万套减速器项目,减速器\n",
        b="申报企业,项目名称,总投资（万元）\n乙一有限公司,薄膜项目,300\n",
    )

    found = {
        row["id"]: row["name_zh"] for label in ("Enterprise", "Proposal", "Product") for row in rows_of(result, label)
    }
    ties = {
        (edge, found[row["from_id"]], found[row["to_id"]])
        for edge in ("PROPOSES", "FILLS")
        for row in rows_of(result, edge)
    }
    assert ties == {("PROPOSES", "甲一有限公司", "年产十万套减速器项目"), ("FILLS", "年产十万套减速器项目", "减速器"),
                    ("PROPOSES", "乙一有限公司", "薄膜项目")}  # fmt: skip
    assert {row["cost_10k_cny"] for row in rows_of(result, "Proposal")} == {None, 300}


@pytest.mark.parametrize(
    "text",
    [
        "企业名称,项目名称,产品名称\n甲有限公司,年产十万套减速器项目,减速器\n",
        "企业名称,项目名称,总投资（万元）\n甲有限公司,年产十万套减速器项目,500\n",
        "序号,项目名称,建设单位,建设地点,总投资（亿元）,工程进度\n1,晶圆制造项目,甲有限公司,昆山市,12,主体施工\n",
    ],
)
def test_projects_of_enterprises_that_may_be_built_already_are_asked(tmp_path: Path, text: str) -> None:
    question = asked(tmp_path, text)

    assert ("Proposal (proposed project)" in question, "Enterprise (enterprise)" in question) == (True, True)


def test_what_stands_beside_a_plant_is_the_plants(tmp_path: Path) -> None:
    text = (
        "集团,工厂名称,工厂地址,主要产品,设计产能,单位,员工数（人）\n"
        "某控股集团有限公司,昆山工厂,江苏省苏州市昆山市,减速器,10,万套/年,300\n"
        ",合肥工厂,安徽省合肥市肥西县,减速器,5,万套/年,200\n"
    )
    result = loaded(tmp_path, a=text)

    plants = {row["id"]: row["name_zh"] for row in rows_of(result, "Plant")}
    assert {(plants[row["from_id"]], row["capacity"], row["capacity_unit"]) for row in rows_of(result, "MAKES")} == {
        ("昆山工厂", 10, "万套/年"), ("合肥工厂", 5, "万套/年")}  # fmt: skip
    assert ([row["employees"] for row in rows_of(result, "Enterprise")], len(rows_of(result, "OPERATES"))) == (
        [None],
        2,
    )


def test_a_capacity_without_its_unit_is_not_read_and_equipment_is_made_by_who_developed_it(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="企业名称,产品名称,设计产能\n甲一有限公司,薄膜,10\n",
        首台套="装备名称,研制单位\n五轴联动加工中心,乙一有限公司\n焊接工作站,乙二有限公司、乙三有限公司\n",
    )

    assert pairs(result, "MAKES", "capacity") == {
        ("甲一有限公司", "薄膜", None), ("乙一有限公司", "五轴联动加工中心", None), ("乙二有限公司", "焊接工作站", None),
        ("乙三有限公司", "焊接工作站", None)}  # fmt: skip
    assert "设计产能 names no unit" in doubts(result)


# --- what a table is -----------------------------------------------------------------------------------------------------


def test_enterprises_in_a_table_of_something_else_are_never_left_unread(tmp_path: Path) -> None:
    assert "Enterprise (enterprise)" in asked(tmp_path, "技术名称,领域,持有单位\n谐波减速,机器人,甲有限公司\n")
    assert "Enterprise" in asked(
        tmp_path, "平台名称,依托单位,所在地\n减速器研究中心,甲有限公司,苏州\n量子实验室,合肥大学,合肥\n"
    )


def test_headings_that_say_little_tell_no_type_however_many_they_are(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="名称,类型,经营者,身份证号,电话,地址\n老王五金店,个体工商户,王伟,320503198001011234,13800001111,苏州市姑苏区\n",
    )

    assert (names(result), rows_of(result, "Center")) == ({"老王五金店"}, [])
    assert not any("王伟" in str(row) or "3205" in str(row.values()) for row in rows_of(result, "Enterprise"))


def test_a_day_that_not_each_row_has_costs_no_row(tmp_path: Path) -> None:
    lines = '{"supplier": "甲一有限公司", "customer": "甲二有限公司", "product": "轴承", "date": "2023-05"}\n'
    result = seen(table(tmp_path, "x.ndjson", f'{lines}{{"supplier": "甲三有限公司", "customer": "甲二有限公司"}}\n'))

    assert pairs(result, "SUPPLIES") == {("甲一有限公司", "甲二有限公司"), ("甲三有限公司", "甲二有限公司")}
    assert (problems(result), result.report.tables[0].unread_columns) == ([], ("date",))


# --- rows and cells ------------------------------------------------------------------------------------------------------


def test_sums_behind_a_year_or_a_city_and_footnotes_of_marks_are_no_records(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="年度,客户,销售额（万元）\n2023,甲一有限公司,12\n2023,合计,12\n",
        b="城市,企业名称,职工人数\n苏州市,乙一有限公司,5\n苏州市,小计,5\n,合计科技有限公司,6\n",
        c="企业名称,城市\n①丙一有限公司*,苏州\n丙二有限公司，,合肥\n*为上市公司,\n",
    )

    assert names(result) == {"甲一有限公司", "乙一有限公司", "合计科技有限公司", "丙一有限公司", "丙二有限公司"}
    assert [line.in_(Language.EN) for line in result.report.left_out] == [
        "a.csv:3 合计 (a total)", "b.csv:3 苏州市 (a total)", "c.csv:4 *为上市公司 (a note)"]  # fmt: skip


def test_a_name_that_is_broken_before_its_trade_is_one_and_names_below_each_other_are_two(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a='企业名称,城市\n"苏州甲精密\n机械有限公司",苏州\n',
        b='企业名称,供应商\n乙一有限公司,"乙二有限公司\n精密乙三有限公司"\n',
    )

    assert names(result) == {"苏州甲精密机械有限公司", "乙一有限公司", "乙二有限公司", "精密乙三有限公司"}


def test_lists_in_a_document_are_each_a_product_and_objects_are_no_addresses(tmp_path: Path) -> None:
    text = (
        '[{"企业名称": "甲一有限公司", "产品": ["减速器", "轴承"], "地址": {"市": "苏州"}},'
        ' {"企业名称": "甲二有限公司", "产品": [], "地址": {"市": "合肥"}}]'
    )
    result = seen(table(tmp_path, "企业.json", text))

    assert pairs(result, "MAKES") == {("甲一有限公司", "减速器"), ("甲一有限公司", "轴承")}
    assert {row["address"] for row in rows_of(result, "Enterprise")} == {None}
    assert (problems(result), result.report.tables[0].unread_columns) == ([], ("地址",))


def test_a_workbook_that_does_not_tell_its_hidden_rows_is_said_to_be_read_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "x.ods").write_bytes(ods(("企业名称",), ("甲一有限公司",)))
    result = seen(tmp_path / "x.ods")

    assert names(result) == {"甲一有限公司"}
    assert "it is not known which rows and columns are hidden" in doubts(result)


# --- layouts -------------------------------------------------------------------------------------------------------------


def test_tables_side_by_side_are_read_each_under_its_own_headings(tmp_path: Path) -> None:
    same = ("序号", "企业名称", "城市")
    result = seen(
        workbook(tmp_path, "a.xlsx", "S", (*same, None, *same), (1, "甲一有限公司", "苏州", None, 2, "甲二有限公司", "嘉兴")),
        workbook(tmp_path, "b.xlsx", "S", ("名单",), (*same[:2], *same[:2]), (1, "乙一有限公司", 2, "乙二有限公司")),
        workbook(tmp_path, "c.xlsx", "S", ("企业名称", "城市", None, "产品名称", "海关编码"),
                 ("丙一有限公司", "合肥", None, "轴承", "8482"), ("丙二有限公司", "合肥"), ("丙三有限公司", "合肥")),
        workbook(tmp_path, "d.xlsx", "S", ("企业名称", "城市", None, "联系人", "电话"), ("丁一有限公司", "合肥", None, "王", 1)),
    )  # fmt: skip

    assert names(result) == {
        *(f"{row}{n}有限公司" for row, last in (("甲", 2), ("乙", 2), ("丙", 3), ("丁", 1)) for n in "一二三"[:last])
    }
    assert (names(result, "Product"), rows_of(result, "MAKES"), problems(result)) == ({"轴承"}, [], [])
    assert [line.in_(Language.EN).partition(" ")[0] for line in result.report.taken if "→" in line.in_(Language.EN)] == [
        "a.xlsx[S/1]", "a.xlsx[S/2]", "b.xlsx[S/1]", "b.xlsx[S/2]", "c.xlsx[S/1]", "c.xlsx[S/2]", "d.xlsx[S]"]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (
            "企业名称,城市,,产品名称,海关编码\n甲有限公司,合肥,,轴承,8482\n",
            "if of two, move one to a sheet or file of its own",
        ),
        ("企业名称,城市,,产品名称,海关编码\n甲有限公司,合肥,,轴承,8482\n乙有限公司,合肥,,,\n", "save it as .xlsx"),
        ("企业名称，城市，产品\n甲有限公司，合肥，轴承\n", "part the cells by commas"),
    ],
)
def test_what_may_be_one_table_or_two_or_is_not_parted_is_refused_with_what_to_do(
    tmp_path: Path, text: str, what: str
) -> None:
    assert what in asked(tmp_path, text)


def test_a_heading_merged_over_two_columns_with_its_cells_is_one_column(tmp_path: Path) -> None:
    path = workbook(tmp_path, "x.xlsx", "S", ("企业名称", None, None, "城市"), ("甲一有限公司", None, None, "苏州"))
    book = openpyxl.load_workbook(path)
    for reach in ("A1:C1", "A2:C2"):
        book["S"].merge_cells(reach)
    book.save(path)

    assert pairs(seen(path), "LOCATED_IN") == {("甲一有限公司", "苏州市")}


def test_institutes_among_members_are_institutes_and_a_row_without_a_name_is_told(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="成员单位,角色,城市\n甲一有限公司,牵头,苏州\n合肥大学,成员,合肥\n甲二研究院有限公司,成员,苏州\n,成员,苏州\n",
    )

    assert names(result) == {"甲一有限公司", "甲二研究院有限公司"}
    assert [(row["name_zh"], row["kind"]) for row in rows_of(result, "Institute")] == [("合肥大学", "university")]
    assert [(row, reason) for _, row, what, _, reason in problems(result) if what == "id"] == [(5, "ingest.required")]
    assert pairs(result, "LOCATED_IN") == {
        ("甲一有限公司", "苏州市"),
        ("甲二研究院有限公司", "苏州市"),
        ("合肥大学", "合肥市"),
    }


def test_headings_below_those_that_group_them_are_named(tmp_path: Path) -> None:
    text = "基本信息,,经营情况,\n企业名称,城市,营业收入（万元）,职工人数\n甲有限公司,苏州,100,5\n"

    assert "the headings stand in row 2" in asked(tmp_path, text)


# --- places --------------------------------------------------------------------------------------------------------------


def test_columns_of_places_are_called_in_more_ways_and_read_as_what_places_most(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="企业名称,省市区\n甲一有限公司,江苏省/苏州市/昆山市\n",
        b="企业名称,总部所在地\n乙一有限公司,苏州\n",
        c="企业名称,所属区（市）县\n丙一有限公司,平湖市\n",
        d="企业名称,注册地\n丁一有限公司,苏州昆山\n丁二有限公司,安徽省合肥市高新区\n",
        e="企业名称,所在园区\n戊一有限公司,苏州工业园区\n",
        f="企业名称,注册地,生产基地\n己一有限公司,江苏省苏州市,安徽省合肥市\n",
        g="Company Name,City,Province\nFoo Ltd.,Suzhou,Jiangsu\n",
    )

    assert pairs(result, "LOCATED_IN") == {
        ("甲一有限公司", "昆山市"), ("乙一有限公司", "苏州市"), ("丙一有限公司", "平湖市"), ("丁一有限公司", "昆山市"),
        ("丁二有限公司", "合肥市"), ("戊一有限公司", "苏州市"), ("己一有限公司", "苏州市"),
        ("Foo Ltd.", "苏州市")}  # fmt: skip
    assert (rows_of(result, "Plant"), problems(result)) == ([], [])


def test_quotation_marks_are_no_part_of_a_name_and_a_sign_of_yuan_says_its_unit(tmp_path: Path) -> None:
    result = loaded(tmp_path, a='企业名称,注册资本\n“甲一有限公司”,"¥500,000"\n')

    assert [(row["name_zh"], row["registered_capital_10k_cny"]) for row in rows_of(result, "Enterprise")] == [
        ("甲一有限公司", 50)
    ]


def test_places_beside_both_ends_are_theirs_and_keep_namesakes_apart(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="供应商名称,供应商地址,客户名称,客户所在市\n甲一有限公司,江苏省苏州市,甲二有限公司,嘉兴\n甲一有限公司,上海市松江区,甲二有限公司,嘉兴\n",
        b="高校,院系,合作企业\n合肥大学,机械学院,乙一有限公司、乙二有限公司\n",
        c="企业名称,控股股东,持股比例,实际控制人\n丙一有限公司,某集团有限公司,51%,王伟\n",
        d='name,products\n丁一有限公司,"减速器,轴承"\n',
        e='企业名称,主营产品\n戊一有限公司,"1,4-丁二醇,薄膜"\n',
    )

    assert sorted(str(name) for name, _ in pairs(result, "LOCATED_IN")) == [
        "甲一有限公司",
        "甲一有限公司",
        "甲二有限公司",
    ]
    assert len(rows_of(result, "SUPPLIES")) == 2
    assert pairs(result, "COOPERATES_WITH") == {("乙一有限公司", "合肥大学"), ("乙二有限公司", "合肥大学")}
    assert pairs(result, "OWNS", "share") == {("某集团有限公司", "丙一有限公司", 0.51)}
    assert names(result, "Product") == {"减速器", "轴承", "1,4-丁二醇,薄膜"}


def test_of_measures_that_differ_by_a_remark_the_plain_one_is_read_or_none(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="企业名称,产品名称,市场占有率（国内）,市场占有率（全球）\n甲一有限公司,减速器,30%,5%\n",
        b="企业名称,注册资本（实缴，万元）,注册资本（万元）\n乙一有限公司,3,5\n",
        c="企业名称,年营业收入（2023年，万元）\n丙一有限公司,100\n",
        d="企业名称,工厂,产品\n丁一有限公司,2家,减速器\n丁二有限公司,有,轴承\n",
    )

    told = {
        row["name_zh"]: (row["registered_capital_10k_cny"], row["revenue_10k_cny"])
        for row in rows_of(result, "Enterprise")
    }
    assert (told["乙一有限公司"], told["丙一有限公司"]) == ((5, None), (None, 100))
    assert pairs(result, "MAKES", "share") == {
        ("甲一有限公司", "减速器", None), ("丁一有限公司", "减速器", None), ("丁二有限公司", "轴承", None)}  # fmt: skip
    assert (rows_of(result, "Plant"), result.report.tables[0].unread_columns) == (
        [], ("市场占有率（国内）", "市场占有率（全球）"))  # fmt: skip


def test_what_goes_into_a_product_and_comes_of_it_is_each_a_product(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="产品名称,上游原材料,下游应用\n伺服电机,硅钢片、漆包线,汽车\n",
        产业链="产品,上游产品,下游产品\n减速器,钢球、柔轮,机械臂、机床\n",
        c="上游产品,下游产品\n铜箔、隔膜,电池\n",
    )
    listed = seen(table(tmp_path, "p.json", '[{"企业名称": "甲有限公司", "产品": ["轴承、齿轮", "电机"]}]'))

    assert pairs(result, "INPUT_OF") == {
        ("硅钢片", "伺服电机"), ("漆包线", "伺服电机"), ("钢球", "减速器"), ("柔轮", "减速器"), ("减速器", "机械臂"),
        ("减速器", "机床"), ("铜箔", "电池"), ("隔膜", "电池")}  # fmt: skip
    assert rows_of(result, "Chain") == []
    assert names(listed, "Product") == {"轴承", "齿轮", "电机"}


def test_more_headings_are_read_as_what_they_say(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="企业名称（中文）,企业名称（英文）\n甲一有限公司,Jia One Co. Ltd.\n",
        b="公司中文名称,公司英文名称\n甲二有限公司,Jia Two Co. Ltd.\n",
        c="Supplier,Buyer,Product,Value (RMB m)\nYi Ltd.,Bing Inc.,motor,12\n",
        d="供应商,采购单位,标的物,年度金额（万元）\n丁一有限公司,丁二有限公司,铸件,30\n",
        e="Company;Shareholder;Stake (%)\nWu Inc.;Ji Capital LLC;25\nWu Inc.;John Smith;15\n",
        f="产品名称,国产化率,国外主要企业,国内主要企业\n光刻胶,5%,JSR,己有限公司\n",
        g="标的公司,总部,核心产品,2023年营收（亿元）\n庚有限公司,杭州滨江,工业相机,3.2\n",
        h="id,name,city\n1,Xin Ltd.,Shanghai\n",
        j="Parent part,Component,Qty\nRobot joint,Harmonic drive,1\n",
        i="被投企业,投资方\n壬有限公司,国投创业基金\n",
    )

    known = {row["name_zh"]: row for row in rows_of(result, "Enterprise")}
    assert [known[f"甲{n}有限公司"]["name_en"] for n in "一二"] == ["Jia One Co. Ltd.", "Jia Two Co. Ltd."]
    assert known["庚有限公司"]["revenue_10k_cny"] == 32_000
    amounts = pairs(result, "SUPPLIES", "amount_10k_cny")
    assert amounts == {("Yi Ltd.", "Bing Inc.", 1200), ("丁一有限公司", "丁二有限公司", 30)}
    assert names(result, "Product") == {"motor", "铸件", "光刻胶", "工业相机", "Robot joint", "Harmonic drive"}
    assert pairs(result, "INPUT_OF") == {("Harmonic drive", "Robot joint")}
    assert pairs(result, "OWNS", "share") == {("Ji Capital LLC", "Wu Inc.", 0.25), ("国投创业基金", "壬有限公司", None)}
    assert pairs(result, "MAKES") == {("己有限公司", "光刻胶"), ("庚有限公司", "工业相机")}
    assert "persons and others (John Smith) set aside" in doubts(result)
    assert doubts(result).count("persons and others") == 1
    assert known["Xin Ltd."]["id"] in {row["from_id"] for row in rows_of(result, "LOCATED_IN")}


def test_levels_of_readiness_and_areas_are_read_as_they_are_written(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="高校,技术名称,成熟度\n浙江大学,谐波减速,TRL6\n东南大学,量子密钥,TRL 4\n复旦大学,光刻,7级\n",
        b="飞地名称,派出地,建筑面积（平方米）,占地（亩）\n甲飞地,金华市,2.5万,1.2万\n",
    )

    assert {row["readiness_level"] for row in rows_of(result, "RESEARCHES")} == {6, 4, 7}
    assert [(row["floor_area_m2"], row["area_mu"]) for row in rows_of(result, "Center")] == [(25_000, 12_000)]
    assert said(result) == []


def test_a_company_beside_what_has_another_name_is_not_its_english_name(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        products="name,company\nReducer,Alpha Ltd.\n",
        centers="center,company\nBeta Center,Beta Inc.\n",
        a="企业名称,name\n甲有限公司,Gamma Ltd.\n",
    )

    rows = [row for label in ("Enterprise", "Product", "Center") for row in rows_of(result, label)]
    assert rows and {row.get("name_en") for row in rows} == {None}
