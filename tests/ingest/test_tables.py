"""Tables as people have them: what a table is, which rows are records, what stands around the cells, what a bad value costs."""

import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from graph.errors import SourceUnreadable
from graph.texts import Language
from ingest.mapping.proposal import proposed
from ingest.pipeline import Checked
from tests.ingest.datasets import checked_at, problems, rows_of

pytestmark = pytest.mark.slow


def table(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def workbook(folder: Path, name: str, title: str, *rows: tuple[str | int | None, ...]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    path = folder / name
    path.write_bytes(content.getvalue())
    return path


def names(result: Checked, label: str = "Enterprise") -> set[object]:
    return {row["name_zh"] for row in rows_of(result, label)}


def pairs(result: Checked, edge: str, *properties: str) -> set[tuple[object, ...]]:
    """The edges of a type by the names of their ends."""
    known = {row["id"]: row["name_zh"] for label in ("Enterprise", "Product", "Place", "Institute", "Technology", "Center", "Plant")
             for row in rows_of(result, label)}  # fmt: skip
    return {
        (known[row["from_id"]], known[row["to_id"]], *(row[name] for name in properties))
        for row in rows_of(result, edge)
    }


def capitals(result: Checked) -> dict[object, object]:
    return {row["name_zh"]: row["registered_capital_10k_cny"] for row in rows_of(result, "Enterprise")}


# --- what a table is -------------------------------------------------------------------------------------------------

MAKERS = {"杭州子机械有限公司", "芜湖丑电子股份有限公司"}


@pytest.mark.parametrize(
    ("name", "text", "because"),
    [
        ("a.csv", "序号,企业名称\n1,杭州子机械有限公司\n2,芜湖丑电子股份有限公司\n", "企业名称"),
        ("b.csv", "名称\n杭州子机械有限公司\n芜湖丑电子股份有限公司\n", "look like enterprises"),
        ("c.csv", "name,field\n杭州子机械有限公司,机械\n芜湖丑电子股份有限公司,电子\n", "look like enterprises"),
        ("d.csv", "申报单位,批次\n杭州子机械有限公司,一\n芜湖丑电子股份有限公司,二\n", "look like enterprises"),
        (
            "e.csv",
            "附表\n浙江省第六批专精特新企业名单\n企 业 名 称,批次\n杭州子机械有限公司,一\n芜湖丑电子股份有限公司,二\n",
            "专精特新",
        ),
    ],
)
def test_a_list_of_names_is_a_list_of_enterprises_and_says_why(
    tmp_path: Path, name: str, text: str, because: str
) -> None:
    result = checked_at(table(tmp_path, name, text))

    assert names(result) == MAKERS
    first = result.report.taken[0].in_(Language.EN)
    assert first.startswith(f"{name} → enterprise: ")
    assert because in first


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.csv", "代码,名称,现价\n300750.SZ,宁德时代,1\n600104.SH,上汽集团,2\n"),
        ("q.csv", "code,name,:LABEL\n300750,宁德时代,Company\n600104,上汽集团,Company\n"),
        ("r.csv", "A股代码,证券简称,扩位证券简称,公司英文全称\n300750,宁德时代,x,CATL\n600104,上汽集团,y,SAIC\n"),
    ],
)
def test_codes_of_shares_make_a_list_of_enterprises(tmp_path: Path, name: str, text: str) -> None:
    result = checked_at(table(tmp_path, name, text))

    assert {(row["stock_code"], row["name_zh"]) for row in rows_of(result, "Enterprise")} == {
        ("300750.SZ", "宁德时代"),
        ("600104.SH", "上汽集团"),
    }
    assert rows_of(result, "Sector") == []


@pytest.mark.parametrize(
    ("name", "text", "choices"),
    [
        ("x.csv", "代码,名称\nA01,农业\nB02,采矿\n", ("Sector",)),
        ("x.csv", "name,field\n光刻机,半导体\n", ("Technology",)),
        ("x.csv", "名称\n光刻胶\n硅片\n", ("--type",)),
        ("产品.csv", "名称,备注\n杭州子机械有限公司,x\n芜湖丑电子股份有限公司,y\n", ("Product", "Enterprise")),
        ("x.csv", "上游,下游\n硅片,杭州子机械有限公司\n", ("INPUT_OF", "SUPPLIES")),
        ("x.csv", "企业名称,供应商,客户\n杭州子机械有限公司,甲厂,乙厂\n", ("SUPPLIES", "Enterprise")),
        ("x.csv", "杭州子机械有限公司,杭州市\n芜湖丑电子股份有限公司,芜湖市\n", ("looks like data",)),
    ],
)
def test_what_may_be_of_two_types_is_asked_with_the_choices_and_never_guessed(
    tmp_path: Path, name: str, text: str, choices: Sequence[str]
) -> None:
    path = table(tmp_path, name, text)

    with pytest.raises(SourceUnreadable) as asked:
        checked_at(path)

    assert [choice for choice in choices if choice not in str(asked.value)] == []
    assert f"corridor inspect {path} --type" in str(asked.value)


def test_the_type_that_a_person_chooses_is_taken(tmp_path: Path) -> None:
    path = table(tmp_path, "x.csv", "代码,名称\nA01,农业\nB02,采矿\n")
    (tmp_path / "m.yaml").write_text(
        proposed(path, "投入产出部门", is_draft=True).to_yaml(Language.ZH), encoding="utf-8"
    )

    assert names(checked_at(path, mappings=[tmp_path / "m.yaml"]), "Sector") == {"农业", "采矿"}
    with pytest.raises(SourceUnreadable, match="There is no type"):
        proposed(path, "行会", is_draft=True)


@pytest.mark.parametrize(
    ("chosen", "text", "made"),
    [
        ("企业", "谁,做什么\n子机械厂,齿轮\n", {"Enterprise": {"子机械厂"}}),
        ("生产", "谁,做什么\n子机械厂,齿轮\n", {"Enterprise": {"子机械厂"}, "Product": {"齿轮"}}),
        ("生产", "单位,做什么\n子机械有限公司,齿轮\n", {"Enterprise": {"子机械有限公司"}, "Product": {"齿轮"}}),
    ],
)
def test_a_type_is_drafted_where_no_heading_tells_a_column_and_the_draft_says_so(
    tmp_path: Path, chosen: str, text: str, made: dict[str, set[str]]
) -> None:
    path = table(tmp_path, "x.csv", text)
    draft = proposed(path, chosen, is_draft=True)
    (tmp_path / "m.yaml").write_text(draft.to_yaml(Language.ZH), encoding="utf-8")

    result = checked_at(path, mappings=[tmp_path / "m.yaml"])

    assert any("没有标题说明" in note.in_(Language.ZH) for note in draft.unsure)
    assert {label: names(result, label) for label in made} == made


@pytest.mark.parametrize(
    "text",
    [
        "姓名,电话\n张三,1\n",
        "代码,名称\nA01,农业\n",
        "上游,下游\n硅片,杭州子机械有限公司\n",
        "甲,乙\n1,2\n",
        "企业名称,主营产品\n杭州子机械有限公司,齿轮、轴承\n",
    ],
)
def test_a_draft_is_offered_for_every_table_with_its_questions_as_comments(tmp_path: Path, text: str) -> None:
    draft = proposed(table(tmp_path, "x.csv", text), is_draft=True)

    yaml = draft.to_yaml(Language.ZH)
    assert "file: x.csv" in yaml
    assert ("# 不确定" in yaml) == bool(draft.asked)
    assert bool(draft.asked) != bool(draft.content["tables"])


# --- usual layouts ---------------------------------------------------------------------------------------------------


def test_enterprises_and_products_say_who_makes_what_also_several_in_a_cell(tmp_path: Path) -> None:
    text = "企业名称,主营产品,市场份额,所在市\n杭州子机械有限公司,齿轮、轴承,,杭州市\n芜湖丑电子股份有限公司,,,芜湖市\n同上,电容器,30%,〃\n"

    result = checked_at(table(tmp_path, "x.csv", text))

    assert names(result) == MAKERS
    assert pairs(result, "MAKES", "share") == {
        ("杭州子机械有限公司", "齿轮", None),
        ("杭州子机械有限公司", "轴承", None),
        ("芜湖丑电子股份有限公司", "电容器", 0.3),
    }
    assert pairs(result, "LOCATED_IN") == {("杭州子机械有限公司", "杭州市"), ("芜湖丑电子股份有限公司", "芜湖市")}
    assert (problems(result), result.report.converted["as-above"]) == ([], 2)


def test_suppliers_and_buyers_are_supplies_between_enterprises(tmp_path: Path) -> None:
    text = "供货商,采购方,产品,采购金额（亿元）\n杭州子机械有限公司,芜湖丑电子股份有限公司,轴承,1.5\n合计,,,1.5\n"

    result = checked_at(table(tmp_path, "往来.csv", text))

    assert pairs(result, "SUPPLIES", "amount_10k_cny") == {("杭州子机械有限公司", "芜湖丑电子股份有限公司", 15_000.0)}
    assert {row["product_id"] for row in rows_of(result, "SUPPLIES")} == {
        row["id"] for row in rows_of(result, "Product")
    }


def test_upstream_and_downstream_are_products_or_enterprises_as_their_values_look(tmp_path: Path) -> None:
    goods = checked_at(table(tmp_path, "x.csv", "上游,下游\n钢材,齿轮\n齿轮,减速器\n"))
    firms = checked_at(table(tmp_path, "y.csv", "上游,下游\n杭州子机械有限公司,芜湖丑电子股份有限公司\n"))

    assert pairs(goods, "INPUT_OF") == {("钢材", "齿轮"), ("齿轮", "减速器")}
    assert pairs(firms, "SUPPLIES") == {("杭州子机械有限公司", "芜湖丑电子股份有限公司")}


@pytest.mark.parametrize(
    ("headings", "cells", "place"),
    [
        ("所属地市", "嘉兴市", "嘉兴市"),
        ("所在市,所属县（市、区）", "金华市,义乌市", "义乌市"),
        ("省    份,城     市", "浙江,湖州", "湖州市"),
        ("所属省份,所属地市,所属区县", "上海市,上海市,松江区", "松江区"),
        ("地区", "安徽省宣城市", "宣城市"),
        ("注册地", "苏州工业园区", "苏州市"),
        ("省（区、市）", "浙江", "浙江省"),
        ("所在省/市,区/县", "浙江省,平湖市", "平湖市"),
        ("办公地址,注册地址", "上海市松江区一路1号,浙江省湖州市吴兴区二路2号", "吴兴区"),
    ],
)
def test_no_column_that_says_where_a_company_is_stays_unread(
    tmp_path: Path, headings: str, cells: str, place: str
) -> None:
    result = checked_at(table(tmp_path, "x.csv", f"企业名称,{headings}\n某某机械有限公司,{cells}\n"))

    assert pairs(result, "LOCATED_IN") == {("某某机械有限公司", place)}


def test_a_region_that_is_no_place_places_nothing(tmp_path: Path) -> None:
    result = checked_at(table(tmp_path, "x.csv", "企业名称,地区,城市\n杭州子机械有限公司,华东,杭州\n"))

    assert pairs(result, "LOCATED_IN") == {("杭州子机械有限公司", "杭州市")}
    assert result.report.tables[0].unread_columns == ("地区",)


def test_a_list_whose_title_says_high_tech_marks_all_and_says_that_it_is_to_be_checked(tmp_path: Path) -> None:
    rows = (("安徽省2024年高新技术企业名单",), ("序号", "企业名称", "证书编号"), (1, "芜湖丑电子股份有限公司", "GR1"))
    certain = checked_at(workbook(tmp_path, "x.xlsx", "Sheet1", *rows))
    intended = checked_at(workbook(tmp_path, "y.xlsx", "Sheet1", ("拟认定高新技术企业培育库",), *rows[1:]))

    assert [row["is_high_tech"] for row in rows_of(certain, "Enterprise")] == [True]
    assert any("check" in line.in_(Language.EN) for line in certain.report.taken)
    assert [row["is_high_tech"] for row in rows_of(intended, "Enterprise")] == [None]


def test_institutes_are_told_by_the_ends_of_their_names(tmp_path: Path) -> None:
    result = checked_at(table(tmp_path, "x.csv", "单位名称,城市\n嘉兴大学,嘉兴\n合肥某研究院,合肥\n"))

    assert {(row["name_zh"], row["kind"]) for row in rows_of(result, "Institute")} == {
        ("嘉兴大学", "university"),
        ("合肥某研究院", "research_institute"),
    }


def test_persons_among_shareholders_become_no_enterprises(tmp_path: Path) -> None:
    text = "股东,被投资企业,持股比例\n李四,杭州子机械有限公司,60%\n某某集团有限公司,杭州子机械有限公司,40%\n"

    result = checked_at(table(tmp_path, "x.csv", text))

    assert pairs(result, "OWNS", "share") == {("某某集团有限公司", "杭州子机械有限公司", 0.4)}
    assert "李四" not in names(result)


# --- rows that are no records ----------------------------------------------------------------------------------------


def test_totals_notes_section_heads_signatures_and_headings_again_are_counted_and_shown(tmp_path: Path) -> None:
    rows = (
        ("序号", "企业名称", "注册资本（万元）", "注册地址"),
        ("一、机械（2家）",),
        (1, "杭州子机械有限公司", 100, "浙江省杭州市"),
        ("小计", None, 100),
        ("（二）电子",),
        ("序号", "企业名称", "注册资本（万元）", "注册地址"),
        ("芜湖市",),
        (2, "芜湖丑电子股份有限公司", 200, "安徽省芜湖市"),
        (3,),
        ("总  计", "2家", 300),
        ("备注：各区申报，排名不分先后",),
        ("制表人：王", None, "审核：张"),
        ("芜湖市经济和信息化局",),
        ("2025年3月",),
    )

    result = checked_at(workbook(tmp_path, "x.xlsx", "Sheet1", *rows))

    assert capitals(result) == {"杭州子机械有限公司": 100, "芜湖丑电子股份有限公司": 200}
    assert problems(result) == []
    found = {what: n for what, n in result.report.converted.items() if what.endswith(("-row", "heading"))}
    assert found == {"section-row": 3, "total-row": 2, "repeated-heading": 1, "template-row": 1, "note-row": 1,
                     "signature-row": 3}  # fmt: skip
    assert result.report.left_out[0].in_(Language.ZH) == "x.xlsx[Sheet1]:2 一、机械（2家）（小标题）"
    assert (result.report.tables[0].rows, result.report.tables[0].no_records) == (13, 11)


def test_names_that_have_such_words_in_them_stay(tmp_path: Path) -> None:
    kept = [
        "合计科技有限公司",
        "备注文具股份公司",
        "第一机床厂",
        "三一重工股份有限公司",
        "一、丙电子有限公司",
        "苏州市政集团",
    ]
    rows = [("企业名称", "产品"), *((name, "示例件") for name in kept)]

    result = checked_at(workbook(tmp_path, "x.xlsx", "Sheet1", *rows))

    assert names(result) == {*kept} - {"一、丙电子有限公司"} | {"丙电子有限公司"}
    assert result.report.left_out == []


def test_a_list_of_one_column_has_them_too_and_a_list_of_places_keeps_its_places(tmp_path: Path) -> None:
    text = "企业名称\n杭州市\n杭州子机械有限公司\n（芜湖市）\n芜湖丑电子股份有限公司\n以上共2家\n……\n"
    data = {"json": '[{"name_zh": "合计", "recovery_days": 1}]', "csv": "名称,级别\n苏州市,地级\n上海市,省级\n"}

    assert names(checked_at(table(tmp_path, "x.csv", text))) == MAKERS
    assert names(checked_at(table(tmp_path, "products.json", data["json"])), "Product") == {"合计"}
    assert len(rows_of(checked_at(table(tmp_path, "places.csv", data["csv"])), "Place")) == 2


# --- around the cells ------------------------------------------------------------------------------------------------


def test_a_unit_above_below_or_in_the_name_of_the_sheet_or_at_the_end_of_a_heading_counts(tmp_path: Path) -> None:
    heading, row = ("企业名称", "注册资本", "职工人数"), ("杭州子机械有限公司", 30_000_000, 12)
    files = [
        workbook(tmp_path, "a.xlsx", "企业", ("单位：元、人",), heading, row),
        workbook(tmp_path, "b.xlsx", "企业", ("2025年企业表（金额单位：元）",), heading, row),
        workbook(tmp_path, "c.xlsx", "企业（元）", heading, row),
        workbook(tmp_path, "d.xlsx", "企业", heading, (None, "（元）", "（人）"), row),
        workbook(tmp_path, "e.xlsx", "企业", heading, row, ("单位：元",)),
        workbook(tmp_path, "f.xlsx", "企业", ("企业名称", "注册资本元", "职工人数"), row),
        table(tmp_path, "g.csv", "企业名称,注册资本,职工人数\n,元,\n杭州子机械有限公司,30000000,12\n"),
        table(tmp_path, "h.csv", "单位：万元\n企业名称,注册资本,职工人数\n杭州子机械有限公司,3000万元,12\n"),
    ]

    found = [rows_of(checked_at(file), "Enterprise") for file in files]

    assert [[(row["registered_capital_10k_cny"], row["employees"]) for row in rows] for rows in found] == [
        [(3_000.0, 12)]
    ] * len(files)


def test_two_units_of_one_measure_above_are_asked(tmp_path: Path) -> None:
    result = checked_at(table(tmp_path, "企业.csv", "单位：元、万元\n企业名称,注册资本\n杭州子机械有限公司,300\n"))

    assert capitals(result) == {"杭州子机械有限公司": None}
    assert result.report.value_reasons[0].reason.id == "ingest.unit_open"


@pytest.mark.parametrize(
    ("cells", "shares", "set_aside"),
    [
        (("35", "12.5", "0.6", "1"), [0.35, 0.125, 0.006, 0.01], 0),
        (("0.35", "0.125"), [0.35, 0.125], 0),
        (("35%", "12.5%"), [0.35, 0.125], 0),
        (("1", "1"), [None, None], 2),
        (("35%", "0.6"), [0.35, None], 1),
        (("0.35", "0.2", "0.1", "45"), [None] * 4, 4),
    ],
)
def test_shares_without_signs_are_judged_by_the_whole_column_and_asked_where_two_readings_fit(
    tmp_path: Path, cells: Sequence[str], shares: list[float | None], set_aside: int
) -> None:
    rows = "".join(f"某集团有限公司,第{n}家有限公司,{cell}\n" for n, cell in enumerate(cells))

    result = checked_at(table(tmp_path, "持股.csv", f"股东,被投资企业,持股比例\n{rows}"))

    by_name = {name: share for _, name, share in pairs(result, "OWNS", "share")}
    assert [by_name[f"第{n}家有限公司"] for n in range(len(cells))] == shares
    assert (result.report.values, result.report.quarantined) == (set_aside, 0)


def test_a_stated_unit_settles_what_was_asked(tmp_path: Path) -> None:
    for unit, share in (("%", 0.01), ("小数", 1.0)):
        text = f"股东,被投资企业,持股比例（{unit}）\n某集团有限公司,杭州子机械有限公司,1\n"
        assert {s for *_, s in pairs(checked_at(table(tmp_path, "x.csv", text)), "OWNS", "share")} == {share}


# --- values ----------------------------------------------------------------------------------------------------------


def test_a_bad_value_costs_itself_and_not_the_company_with_its_places(tmp_path: Path) -> None:
    text = (
        "企业名称,统一社会信用代码,证券代码,注册资本,上市日期,高新技术企业,城市\n"
        '杭州子机械有限公司,330100000054321,未上市,"1,370.50(万元人民币)",未上市,2021年认定,杭州\n'
        "芜湖丑电子股份有限公司,,838765.OC,人民币2000万元整,2021-03,是,芜湖\n"
        "湖州寅材料有限公司,,,300万美元,2021-03-05,否,湖州\n"
    )

    result = checked_at(table(tmp_path, "企业.csv", text))

    assert capitals(result) == {
        "杭州子机械有限公司": 1370.5,
        "芜湖丑电子股份有限公司": 2000,
        "湖州寅材料有限公司": None,
    }
    assert len(pairs(result, "LOCATED_IN")) == 3
    assert problems(result) == []
    assert {(row["stock_code"], row["listed_on"]) for row in rows_of(result, "Enterprise")} == {
        (None, None),
        ("838765.NQ", None),
        (None, date(2021, 3, 5)),
    }
    assert {(r.field, r.examples[0].in_(Language.EN)) for r in result.report.value_reasons} == {
        ("uscc", "企业.csv:2 330100000054321"),
        ("is_high_tech", "企业.csv:2 2021年认定"),
        ("listed_on", "企业.csv:3 2021-03"),
        ("registered_capital_10k_cny", "企业.csv:4 300万美元"),
    }


def test_names_lose_what_one_cannot_see_and_what_lists_put_around_them(tmp_path: Path) -> None:
    name = "杭州子机械有限公司"
    noisy = ["杭州子\u200b机械有限公司", f"{name}\u200e", f"\ufeff{name}", f"1、{name}", f"（2）{name}*", f"• {name}①",
             f"{name}[1]", f"3.{name}（注2）", f"★{name}", name]  # fmt: skip
    rows = [("企业名称", "城市"), *((one, "杭州") for one in noisy)]

    result = checked_at(workbook(tmp_path, "x.xlsx", "Sheet1", *rows))

    assert names(result) == {name}
    assert result.report.converted["invisible-character"] >= 3
    assert result.report.converted["name-mark"] >= 6


def test_numbers_and_signs_that_belong_to_a_name_stay(tmp_path: Path) -> None:
    kept = {"3M中国有限公司", "360数字安全集团", "三一重工股份有限公司", "某厂（上海）", "传化****限公司"}
    goods = {"1,4-丁二醇", "3.5英寸硬盘", "(R)-环氧丙烷"}

    firms = checked_at(workbook(tmp_path, "x.xlsx", "Sheet1", ("企业名称",), *((one,) for one in kept)))
    products = checked_at(workbook(tmp_path, "y.xlsx", "Sheet1", ("产品名称",), *((one,) for one in goods)))

    assert names(firms) == kept
    assert names(products, "Product") == goods


def test_one_company_in_traditional_and_simplified_characters_is_joined_and_found_by_either(tmp_path: Path) -> None:
    one = table(tmp_path, "a.csv", "企業名稱,所在地區\n臺州寅電機有限公司,蕪湖市\n")
    other = table(tmp_path, "b.csv", "企业名称,城市\n台州寅电机有限公司,芜湖\n")

    result = checked_at(one, other)

    (row,) = rows_of(result, "Enterprise")
    assert "|台州寅电机有限公司|" in str(row["search_text"])
    assert {place for _, place in pairs(result, "LOCATED_IN")} == {"芜湖市"}
