"""Tables out of other people's programs: what stands beside, behind and below a value is never taken for it."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from graph.errors import SourceUnreadable
from graph.texts import Language, Text
from ingest.mapping.proposal import proposed
from ingest.pipeline import Checked, Settings
from tests.ingest.datasets import checked_at, dataset, problems, rows_of
from tests.ingest.test_tables import capitals, names, pairs, table, workbook

pytestmark = pytest.mark.slow

ONE, TWO, THREE = "杭州子机械有限公司", "芜湖丑电子股份有限公司", "湖州寅材料有限公司"


def seen(*paths: Path, mappings: Sequence[Path] = ()) -> Checked:
    return checked_at(*paths, mappings=mappings, settings=Settings(with_probable=False))


def said(result: Checked) -> list[tuple[str, str]]:
    """Why values are set aside, and the first example."""
    return [(r.reason.in_(Language.EN), r.examples[0].in_(Language.EN)) for r in result.report.value_reasons]


# --- units -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["万美元", "百万円", "USD million", "USD 10k", "万港元", "新台币千元"])
def test_a_unit_in_the_heading_that_is_none_of_ours_is_never_taken_for_ours(tmp_path: Path, unit: str) -> None:
    result = seen(table(tmp_path, "企业.csv", f"企业名称,注册资本（{unit}）\n{ONE},500\n"))

    assert capitals(result) == {ONE: None}
    assert said(result) == [(f"the unit {unit!r} does not fit", "企业.csv:2 500")]


@pytest.mark.parametrize(
    ("unit", "capital"),
    [
        ("RMB million", 50_000),
        ("10 k CNY", 500),
        ("CNY 10k", 500),
        ("10000 yuan", 500),
        ("100 m CNY", 5_000_000),
        ("RMB", 0.05),
    ],
)
def test_our_money_is_read_as_it_is_written_in_english(tmp_path: Path, unit: str, capital: float) -> None:
    result = seen(table(tmp_path, "企业.csv", f"企业名称,注册资本（{unit}）\n{ONE},500\n"))

    assert capitals(result) == {ONE: capital}


def test_spaces_part_thousands_as_commas_do(tmp_path: Path) -> None:
    result = seen(
        table(tmp_path, "企业.csv", f"企业名称,注册资本（万元）\n{ONE},5 000\n{TWO},1 234 567.5\n{THREE},50 00\n")
    )

    assert capitals(result) == {ONE: 5000, TWO: 1234567.5, THREE: None}


@pytest.mark.parametrize("remark", ["同比增长%", "2025年目标", "全国排名", "占比"])
def test_a_remark_that_makes_another_measure_of_a_heading_leaves_the_column_unread(tmp_path: Path, remark: str) -> None:
    result = seen(table(tmp_path, "企业.csv", f"企业名称,营业收入（{remark}）\n{ONE},12\n"))

    assert [row["revenue_10k_cny"] for row in rows_of(result, "Enterprise")] == [None]
    assert result.report.tables[0].unread_columns == (f"营业收入（{remark}）",)


def test_of_one_measure_in_several_years_the_last_is_taken(tmp_path: Path) -> None:
    text = f"企业名称,营业收入（2021年）,营业收入（2023年）,营业收入（2022年）\n{ONE},1万元,3万元,2万元\n"

    result = seen(table(tmp_path, "企业.csv", text))

    assert [row["revenue_10k_cny"] for row in rows_of(result, "Enterprise")] == [3]
    assert result.report.tables[0].unread_columns == ("营业收入（2021年）", "营业收入（2022年）")


@pytest.mark.parametrize(
    ("heading", "beside", "cells", "read"),
    [
        ("注册资本", "单位", [("5000", "万元"), ("3", "亿元"), ("300", "万美元")], [5_000, 30_000, None]),
        ("注册资本（万）", "币种", [("5000", "人民币"), ("300", "美元"), ("3亿元", "人民币")], [5_000, None, 30_000]),
    ],
)
def test_amounts_take_the_unit_and_currency_of_the_column_beside_them(
    tmp_path: Path, heading: str, beside: str, cells: Sequence[tuple[str, str]], read: Sequence[float | None]
) -> None:
    rows = "".join(f"{name},{','.join(cell)}\n" for name, cell in zip((ONE, TWO, THREE), cells, strict=True))

    result = seen(table(tmp_path, "企业.csv", f"企业名称,{heading},{beside}\n{rows}"))

    assert list(map(capitals(result).get, (ONE, TWO, THREE))) == read
    assert (len(said(result)), result.report.tables[0].unread_columns) == (1, ())


def test_percent_signs_beside_bare_numbers_of_both_sizes_are_asked(tmp_path: Path) -> None:
    rows = "".join(f"某集团有限公司,{name},{share}\n" for name, share in ((ONE, "12%"), (TWO, "0.12"), (THREE, "12")))

    result = seen(table(tmp_path, "持股.csv", f"股东,被投资企业,持股比例\n{rows}"))

    assert {(name, share) for _, name, share in pairs(result, "OWNS", "share")} == {
        (ONE, 0.12), (TWO, None), (THREE, None)}  # fmt: skip


@pytest.mark.parametrize("cell", ["10-15%", ">50%", "约30%", "15%左右", "30%以上", "20%～25%", "近3%"])
def test_ranges_and_rough_numbers_are_set_aside_as_such(tmp_path: Path, cell: str) -> None:
    result = seen(table(tmp_path, "x.csv", f"企业名称,产品名称,市场份额\n{ONE},轴承,{cell}\n{TWO},轴承,20%\n"))

    assert pairs(result, "MAKES", "share") == {(ONE, "轴承", None), (TWO, "轴承", 0.2)}
    assert said(result) == [("is a range or a rough number", f"x.csv:2 {cell}")]


@pytest.mark.parametrize(
    "cell",
    [
        "2020/3/5 0:00:00", "2020年3月5日 10:30", "2020-3-5 星期四", "二〇二〇年三月五日", "05-Mar-2020", "5 March 2020",
        '"March 5, 2020"', "民國109年3月5日",
    ],
)  # fmt: skip
def test_days_are_read_in_every_form_that_means_one_day(tmp_path: Path, cell: str) -> None:
    result = seen(table(tmp_path, "企业.csv", f"企业名称,上市日期\n{ONE},{cell}\n"))

    assert [row["listed_on"] for row in rows_of(result, "Enterprise")] == [date(2020, 3, 5)]


@pytest.mark.parametrize("cell", ["5/3/2020", "2020年", "109年3月5日", "20年3月5日", "Foo 5 2020"])
def test_days_that_may_be_two_or_none_are_set_aside(tmp_path: Path, cell: str) -> None:
    result = seen(table(tmp_path, "企业.csv", f"企业名称,上市日期\n{ONE},{cell}\n"))

    assert ([row["listed_on"] for row in rows_of(result, "Enterprise")], len(said(result))) == ([None], 1)


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "noise",
    [
        "等",
        "等12家",
        "等3家企业",
        "（见注1）",
        "【新增】",
        "（本部）",
        "（曾用名：杭州子机械厂）",
        "(原杭州子机械厂)",
        "（更名前：杭州子机械厂）",
    ],
)
def test_names_lose_what_lists_hang_on_them(tmp_path: Path, noise: str) -> None:
    result = seen(table(tmp_path, "x.csv", f"企业名称,城市\n{ONE}{noise},杭州\n丁（上海）有限公司,上海\n"))

    assert names(result) == {ONE, "丁（上海）有限公司"}
    former = {row["name_zh"]: row["former_names"] for row in rows_of(result, "Enterprise")}
    assert former[ONE] == (["杭州子机械厂"] if "机械厂" in noise else None)


@pytest.mark.parametrize(
    "remark", ["（已注销）", "(注销)", "（吊销，未注销）", "（停业）", "【已注销】", "（原子厂）（已停产）"]
)
def test_that_a_company_is_no_more_is_said_and_no_part_of_its_name(tmp_path: Path, remark: str) -> None:
    result = seen(table(tmp_path, "企业.csv", f"企业名称,城市\n{ONE}{remark},杭州\n{TWO},芜湖\n"))

    assert names(result) == {ONE, TWO}
    assert [line.in_(Language.EN) for line in result.report.taken if "1 that they are no more" in line.in_(Language.EN)]
    assert result.report.converted["closed-company"] > 0


def test_a_column_of_states_that_nothing_reads_says_which_companies_are_no_more(tmp_path: Path) -> None:
    assert not seen(table(tmp_path, "y.csv", "企业名称\n甲（破产清算）服务有限公司\n")).report.taken[1:]
    text = f"企业名称,经营状态\n{ONE},存续（在营、开业、在册）\n{TWO},注销\n{THREE},吊销，未注销\n"

    result = seen(table(tmp_path, "企业.csv", text))

    assert names(result) == {ONE, TWO, THREE}
    assert [line for line in result.report.taken if "经营状态 says of 2" in line.in_(Language.EN)]


@pytest.mark.parametrize(
    ("cell", "name", "told"),
    [
        (f"{ONE}（简称“子机械”）", ONE, {"short_name": "子机械"}),
        (f"{ONE}(Hangzhou Zi Machinery Ltd.)", ONE, {"name_en": "Hangzhou Zi Machinery Ltd."}),
        (f"{ONE}(Shanghai Branch)", f"{ONE}(Shanghai Branch)", {"name_en": None}),
        (f"{ONE}（现更名为{TWO}）", TWO, {}),
        (f"{ONE}（原名：子厂、子机械厂）", ONE, {"former_names": ["子厂", "子机械厂"]}),
        ("丁（Shanghai Pudong）有限公司", "丁（Shanghai Pudong）有限公司", {"name_en": None}),
    ],
)
def test_other_names_behind_a_name_are_other_names(
    tmp_path: Path, cell: str, name: str, told: dict[str, object]
) -> None:
    (row,) = rows_of(seen(table(tmp_path, "企业.csv", f"企业名称\n{cell}\n")), "Enterprise")

    assert (row["name_zh"], {key: row[key] for key in told}) == (name, told)


def test_a_year_to_come_is_not_the_last_of_several(tmp_path: Path) -> None:
    head = "企业名称,2022年营业收入（万元）,2023年营业收入（万元）,2099年营业收入（万元）"
    (row,) = rows_of(seen(table(tmp_path, "企业.csv", f"{head}\n{ONE},1,2,900\n")), "Enterprise")

    assert row["revenue_10k_cny"] == 2


def test_codes_behind_names_are_codes_and_tell_namesakes_apart(tmp_path: Path) -> None:
    codes = ("91330106MA2C00001H", "91310000132612172J")
    text = f"企业名称（信用代码）\n{ONE}（{codes[0]}）\n{ONE}（信用代码：{codes[1]}）\n海康威视（002415.SZ）\n"

    result = seen(table(tmp_path, "企业.csv", text))

    assert {(row["name_zh"], row["uscc"], row["stock_code"]) for row in rows_of(result, "Enterprise")} == {
        (ONE, codes[0], None), (ONE, codes[1], None), ("海康威视", None, "002415.SZ")}  # fmt: skip


def test_names_that_are_summed_up_in_one_cell_are_each_a_name(tmp_path: Path) -> None:
    result = seen(table(tmp_path, "供应.csv", f"供应商,采购商\n{ONE}、{TWO}等12家,{THREE}\n"))

    assert pairs(result, "SUPPLIES") == {(ONE, THREE), (TWO, THREE)}


def test_numbers_stand_ins_and_pieces_of_names_are_no_enterprises(tmp_path: Path) -> None:
    none = ["有限公司", "股份有限公司", "客户A", "第一名", "供应商2", "0000100001", "保密", "nan"]
    rows = "".join(f"{name},{ONE}\n" for name in (*none, TWO, "360集团", "A公司"))

    result = seen(table(tmp_path, "供应.csv", f"供应商,采购商\n{rows}"))

    assert names(result) == {ONE, TWO, "360集团", "A公司"}
    assert [row for _, row, what, *_ in problems(result) if what == "from_id"] == [*range(2, 10)]


def test_a_name_that_is_broken_within_its_cell_is_one_name(tmp_path: Path) -> None:
    rows = (("企业名称", "城市"), ("杭州子机械\n有限公司", "杭州"), ("芜湖丑电子\n股份有限公司", "芜湖"))

    assert names(seen(workbook(tmp_path, "x.xlsx", "Sheet1", *rows))) == {ONE, TWO}


def test_several_former_names_in_a_cell_are_several(tmp_path: Path) -> None:
    result = seen(table(tmp_path, "企业.csv", f"企业名称,曾用名\n{ONE},子厂；子机械厂\n"))

    assert [row["former_names"] for row in rows_of(result, "Enterprise")] == [["子厂", "子机械厂"]]


@pytest.mark.parametrize(
    ("cell", "goods"),
    [
        ("轴承（滚动、滑动），齿轮，减速器等", {"轴承（滚动、滑动）", "齿轮", "减速器"}),
        ("1.轴承；2.齿轮；3、3.5英寸硬盘", {"轴承", "齿轮", "3.5英寸硬盘"}),
        ("①电容②电阻", {"电容", "电阻"}),
        ("电机及其控制器的研发、生产和销售。", {"电机及其控制器"}),
        ("轴承┋齿轮", {"轴承", "齿轮"}),
    ],
)
def test_products_in_a_cell_are_what_a_person_reads_there(tmp_path: Path, cell: str, goods: set[object]) -> None:
    result = seen(table(tmp_path, "x.csv", f'企业名称,主营产品\n{ONE},"{cell}"\n{TWO},(空)\n'))

    assert (names(result, "Product"), problems(result)) == (goods, [])


def test_products_in_a_cell_of_supplies_are_a_supply_each_and_the_amount_is_of_none_alone(tmp_path: Path) -> None:
    text = f"供应商,供应产品,采购商,金额（万元）\n{ONE},电机、电控,{TWO},100\n{ONE},轴承,{TWO},30\n{THREE},,{TWO},5\n"

    result = seen(table(tmp_path, "供应商.csv", text))

    goods = {row["id"]: row["name_zh"] for row in rows_of(result, "Product")}
    assert {(goods.get(row["product_id"]), row["amount_10k_cny"]) for row in rows_of(result, "SUPPLIES")} == {
        ("电机", None), ("电控", None), ("轴承", 30), (None, 5)}  # fmt: skip
    assert said(result) == [("is said of several things of the row together, and of none alone", "供应商.csv:2 100")]
    listed = seen(table(tmp_path, "y.csv", f"供应商名称,供应产品,城市\n{ONE},电机、电控,杭州\n"))
    assert pairs(listed, "MAKES") == {(ONE, "电机"), (ONE, "电控")}


def test_a_share_of_several_products_or_an_amount_of_several_suppliers_is_of_none_alone(tmp_path: Path) -> None:
    made = seen(table(tmp_path, "x.csv", f"企业名称,产品名称,市场份额\n{ONE},电机、电控,10%\n{TWO},轴承,20%\n"))
    sold = seen(table(tmp_path, "y.csv", f"供应商,采购商,金额（万元）\n{ONE}、{TWO},{THREE},10\n"))

    assert pairs(made, "MAKES", "share") == {(ONE, "电机", None), (ONE, "电控", None), (TWO, "轴承", 0.2)}
    assert pairs(sold, "SUPPLIES", "amount_10k_cny") == {(ONE, THREE, None), (TWO, THREE, None)}


# --- columns ---------------------------------------------------------------------------------------------------------


def test_codes_under_the_heading_of_a_name_are_no_names(tmp_path: Path) -> None:
    rows = f"100001,{ONE},200001,{THREE},50000\n100002,{TWO},200001,{THREE},70000\n"
    both = seen(table(tmp_path, "x.csv", f"供应商,供应商名称,客户,客户名称,金额（元）\n{rows}"))

    assert pairs(both, "SUPPLIES", "amount_10k_cny") == {(ONE, THREE, 5.0), (TWO, THREE, 7.0)}
    with pytest.raises(SourceUnreadable, match="Enterprise"):
        seen(table(tmp_path, "y.csv", "供应商,客户,金额（元）\n100001,200001,50000\n"))
    assert "column: 飞地名称" in proposed(
        table(tmp_path, "z.csv", "序号,飞地名称,建成时间\n1,甲园,2016年4月\n"), is_draft=True
    ).to_yaml(Language.ZH)


def test_the_questions_of_a_survey_are_headings(tmp_path: Path) -> None:
    text = (
        "序号,来源,1、您的企业名称是：,2、企业所在城市：,3、主营产品,4、是否为高新技术企业？,5、年营业收入（万元）\n"
        f"1,微信,{ONE},杭州,轴承┋齿轮,是,1000\n2,微信,{TWO},芜湖,(空),否,(跳过)\n"
    )

    result = seen(table(tmp_path, "问卷.csv", text))

    assert {(r["name_zh"], r["is_high_tech"], r["revenue_10k_cny"]) for r in rows_of(result, "Enterprise")} == {
        (ONE, True, 1000.0), (TWO, False, None)}  # fmt: skip
    assert pairs(result, "MAKES") == {(ONE, "轴承"), (ONE, "齿轮")}
    assert (problems(result), said(result)) == ([], [])


def test_enterprises_in_a_file_that_is_called_products_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="Enterprise"):
        seen(table(tmp_path, "产品.csv", f"企业名称,批次\n{ONE},1\n{TWO},1\n"))


def test_a_list_of_products_that_names_their_makers_says_who_makes_what(tmp_path: Path) -> None:
    made = seen(table(tmp_path, "产品.csv", f"企业名称,产品名称,市场份额\n{ONE},轴承,12%\n"))
    told = seen(table(tmp_path, "products.csv", f"产品名称,海关编码,生产企业\n轴承,8482,{ONE}\n"))

    assert pairs(made, "MAKES", "share") == {(ONE, "轴承", 0.12)}
    assert [row["hs_code"] for row in rows_of(told, "Product")] == ["8482"]


@pytest.mark.parametrize(
    "headings",
    [
        ("企业名称 Company Name", "城市 City", "注册资本（元） Registered Capital", "主要产品 Main Products"),
        ("企业名称/Company", "城市/City", "注册资本（元）/Registered Capital", "主要产品/Products"),
        ("企业详细名称：", "所在市：", "2023年注册资本（元）：", "主要产品（多选） [多选题]"),
        ("单位名称（盖章）", "单位所在地（市、县）", "2023年末注册资本（元）", "主要产品及服务"),
    ],
)
def test_headings_in_two_languages_with_years_and_remarks_are_those_of_the_plain_ones(
    tmp_path: Path, headings: tuple[str, ...]
) -> None:
    result = seen(
        workbook(tmp_path, "x.xlsx", "S", headings, (ONE, "杭州", 5_000_000, "轴承"), (TWO, "芜湖", 10, "电容"))
    )

    assert capitals(result) == {ONE: 500, TWO: 0.001}
    assert pairs(result, "MAKES") == {(ONE, "轴承"), (TWO, "电容")}
    assert pairs(result, "LOCATED_IN") == {(ONE, "杭州市"), (TWO, "芜湖市")}


@pytest.mark.parametrize(
    ("headings", "merged"),
    [
        ((("企业名称", "营业收入（亿元）", None, "职工人数", None), (None, 2022, 2023, 2022, 2023)), ("B1:C1", "D1:E1")),
        ((("企业名称", "2023年", None, "2022年", None),
          (None, "职工人数", "营业收入（亿元）", "职工人数", "营业收入（亿元）")), ("B1:C1", "D1:E1")),
    ],
)  # fmt: skip
def test_of_years_under_a_merged_heading_the_last_is_taken(
    tmp_path: Path, headings: tuple[tuple[str | int | None, ...], ...], merged: tuple[str, ...]
) -> None:
    cells: tuple[int, ...] = (1, 2, 10, 20) if headings[1][1] == 2022 else (20, 2, 10, 1)
    path = workbook(tmp_path, "x.xlsx", "S", *headings, (ONE, *cells), (TWO, *cells))
    book = openpyxl.load_workbook(path)
    for reach in ("A1:A2", *merged):
        book["S"].merge_cells(reach)
    book.save(path)

    assert {(row["revenue_10k_cny"], row["employees"]) for row in rows_of(seen(path), "Enterprise")} == {(20_000, 20)}


def test_of_two_sheets_or_rows_of_two_years_the_later_counts_and_the_earlier_stays_on_record(tmp_path: Path) -> None:
    path = workbook(
        tmp_path, "供应.xlsx", "2023年", ("供应商", "客户", "金额（万元）"), (ONE, TWO, 150), (THREE, TWO, 7)
    )
    book = openpyxl.load_workbook(path)
    for row in (("供应商", "客户", "金额（万元）"), (ONE, TWO, 100)):
        (book["2022年"] if "2022年" in book.sheetnames else book.create_sheet("2022年")).append(row)
    book.move_sheet("2022年", -1)
    book.save(path)
    text = f"年份,企业名称,营业收入（万元）\n2022,{ONE},100\n2023,{ONE},150\n2021,{ONE},50\n"

    sheets, rows = seen(path), seen(table(tmp_path, "企业.csv", text))

    assert pairs(sheets, "SUPPLIES", "amount_10k_cny", "as_of") == {
        (ONE, TWO, 150, date(2023, 12, 31)), (THREE, TWO, 7, date(2023, 12, 31))}  # fmt: skip
    assert sum("the later counts" in line.in_(Language.EN) for line in sheets.report.taken) == 2
    assert [(row["revenue_10k_cny"], row["as_of"]) for row in rows_of(rows, "Enterprise")] == [
        (150, date(2023, 12, 31))
    ]
    assert (rows.report.merged, problems(rows)) == (2, [])


@pytest.mark.parametrize("mark", ["√", "●", "1", "是"])
def test_marks_in_a_table_of_enterprises_by_products_are_who_makes_what(tmp_path: Path, mark: str) -> None:
    text = f"企业名称,城市,电机,轴承,减速器\n{ONE},杭州,{mark},,{mark}\n{TWO},芜湖,,{mark},\n"

    said = seen(table(tmp_path, "企业产品对照表.csv", text))
    unsaid = seen(table(tmp_path, "x.csv", text))
    titles = seen(table(tmp_path, "重点产品企业.csv", text.replace("电机,轴承", "专精特新,轴承")))

    assert pairs(said, "MAKES") == {(ONE, "电机"), (ONE, "减速器"), (TWO, "轴承")}
    assert (names(unsaid), rows_of(unsaid, "Product"), rows_of(titles, "Product")) == ({ONE, TWO}, [], [])
    assert "hold marks only and are not read" in unsaid.report.taken[-1].in_(Language.EN)


def test_numbers_of_batches_and_pieces_are_no_marks(tmp_path: Path) -> None:
    result = seen(table(tmp_path, "产品名单.csv", f"企业名称,批次,件数\n{ONE},1,1\n{TWO},1,1\n"))

    assert rows_of(result, "Product") == []


def test_each_institute_of_a_cell_is_of_its_own_kind(tmp_path: Path) -> None:
    result = seen(table(tmp_path, "x.csv", f"企业名称,合作高校院所\n{ONE},浙江大学、合肥微电子研究所\n"))

    assert {(row["name_zh"], row["kind"]) for row in rows_of(result, "Institute")} == {
        ("浙江大学", "university"), ("合肥微电子研究所", "research_institute")}  # fmt: skip


def test_enterprises_that_a_list_of_a_chain_names_are_read(tmp_path: Path) -> None:
    result = seen(
        table(tmp_path, "图谱.csv", f"产业链,环节,代表企业\n集成电路,上游,{ONE}、{TWO}\n集成电路,中游,{THREE}\n")
    )

    assert names(result) == {ONE, TWO, THREE}


@pytest.mark.parametrize("cell", ["浙江/杭州", "浙江-杭州", "杭州市|滨江区", "浙江省，杭州市"])
def test_parts_of_a_place_may_be_parted_by_any_stroke(tmp_path: Path, cell: str) -> None:
    result = seen(table(tmp_path, "企业.csv", f'企业名称,所在地\n某某有限公司,"{cell}"\n'))

    assert {place for _, place in pairs(result, "LOCATED_IN")} <= {"杭州市", "滨江区"} != set()
    assert problems(result) == []


def test_letters_that_no_credit_code_has_are_read_as_the_digits_they_look_like(tmp_path: Path) -> None:
    result = seen(
        table(tmp_path, "企业.csv", f"企业名称,统一社会信用代码\n{ONE},9I3301o6MA2Co0001H\n{TWO},9I330I06MA2C00002H\n")
    )

    assert {row["uscc"] for row in rows_of(result, "Enterprise")} == {"91330106MA2C00001H", None}
    assert (result.report.converted["code-letters"], result.report.values) == (1, 1)


# --- rows and files --------------------------------------------------------------------------------------------------


def test_rows_of_a_second_table_in_a_sheet_are_set_aside_with_the_reason(tmp_path: Path) -> None:
    rows = (("企业名称", "城市"), (ONE, "杭州"), (TWO, "芜湖"), (None, None), ("产品名称", "产业链"), ("轴承", "机械"))

    result = seen(workbook(tmp_path, "x.xlsx", "Sheet1", *rows))

    assert names(result) == {ONE, TWO}
    assert {(row, Text.unpacked(reason)) for _, row, _, _, reason in problems(result)} == {
        (row, Text("ingest.second_table", row=5, headings=["产品名称", "产业链"])) for row in (5, 6)
    }
    assert (result.report.sheets[0].loaded, result.report.sheets[0].set_aside) == (2, 2)


def test_breakdowns_page_numbers_and_trade_heads_are_no_records(tmp_path: Path) -> None:
    rows = (
        ("序号", "企业名称", "注册资本（万元）"),
        (None, "机械行业", None),
        (1, ONE, 100),
        (None, "其中：国有", 100),
        ("第 1 页，共 2 页", None, None),
        (2, TWO, 200),
        ("— 2 —", None, None),
        ("（此件公开发布）", None, None),
    )

    result = seen(workbook(tmp_path, "x.xlsx", "Sheet1", *rows))

    assert (capitals(result), problems(result)) == ({ONE: 100, TWO: 200}, [])
    assert [text.in_(Language.EN).split(" ")[0] for text in result.report.left_out] == [
        f"x.xlsx[Sheet1]:{row}" for row in (2, 4, 5, 7, 8)
    ]


def test_what_only_the_first_row_of_a_group_says_is_said_of_each_where_the_layout_is_plain(tmp_path: Path) -> None:
    more = ("杭州辰机械有限公司", "芜湖午电子有限公司")
    rows = (("序号", "城市", "企业名称"), (1, "杭州", ONE), (2, None, more[0]), (None, "杭州 汇总", None),
            (3, "芜湖", TWO), (4, None, more[1]), (None, "总计", None))  # fmt: skip
    holes = f"城市,企业名称\n杭州,{ONE}\n,{more[0]}\n芜湖,{TWO}\n湖州,{THREE}\n"

    plain = seen(workbook(tmp_path, "x.xlsx", "Sheet1", *rows))
    unsure = seen(table(tmp_path, "y.csv", holes))

    assert pairs(plain, "LOCATED_IN") == {(ONE, "杭州市"), (more[0], "杭州市"), (TWO, "芜湖市"), (more[1], "芜湖市")}
    assert (problems(plain), plain.report.converted["as-above"]) == ([], 2)
    assert "first row of a group only" in plain.report.taken[-1].in_(Language.EN)
    assert pairs(unsure, "LOCATED_IN") == {(ONE, "杭州市"), (TWO, "芜湖市"), (THREE, "湖州市")}
    assert "1 empty cells of 城市 are not read as above" in unsure.report.taken[-1].in_(Language.EN)


@pytest.mark.parametrize(("heading", "value"), [
    ("股票代码", "688165.SH"), ("统一社会信用代码", "91310000607230912X"), ("简称", "甲"), ("注册资本（万元）", "500"),
])  # fmt: skip
def test_what_is_one_enterprises_own_is_never_that_of_those_below_it(tmp_path: Path, heading: str, value: str) -> None:
    result = seen(table(tmp_path, "x.csv", f"{heading},企业名称,城市\n{value},{ONE},杭州\n,{TWO},芜湖\n"))

    said = [note.in_(Language.EN) for note in result.report.taken]
    assert result.report.converted.get("as-above", 0) == 0 and not any("as above" in text for text in said)


def test_a_code_beside_a_name_that_is_filled_down_is_filled_down_with_it(tmp_path: Path) -> None:
    rows = f"企业名称,股票代码,主营产品\n{ONE},688165.SH,轴承\n,,电机\n{TWO},300124.SZ,齿轮\n,,油泵\n"
    result = seen(table(tmp_path, "x.csv", rows))

    assert pairs(result, "MAKES") == {(ONE, "轴承"), (ONE, "电机"), (TWO, "齿轮"), (TWO, "油泵")}


@pytest.mark.parametrize(
    "row", ["Company,City,Employees", "ent_name,city,emp_num", "必填,必填,选填", "（必填）,（下拉选择）,（数字）"]
)
def test_a_second_row_of_headings_or_of_how_to_fill_them_in_is_no_record(tmp_path: Path, row: str) -> None:
    result = seen(table(tmp_path, "x.csv", f"企业名称,城市,职工人数\n{row}\n{ONE},杭州,10\nBosch,Germany,\n"))

    assert names(result) == {ONE, "Bosch"}
    assert [text.in_(Language.EN).split(" ")[0] for text in result.report.left_out] == ["x.csv:2"]


def test_a_column_that_numbers_rows_does_so_in_two_languages_and_section_heads_are_shown(tmp_path: Path) -> None:
    rows = (
        ("序号 No.", "省市", "企业名称"),
        (1, "浙江省（1家）", None),
        (2, None, ONE),
        (3, "安徽省（1家）", None),
        (4, None, TWO),
    )

    result = seen(workbook(tmp_path, "x.xlsx", "S", *rows))

    assert (names(result), problems(result)) == ({ONE, TWO}, [])
    assert [text.in_(Language.EN) for text in result.report.left_out] == [
        "x.xlsx[S]:2 浙江省（1家） (a section head)", "x.xlsx[S]:4 安徽省（1家） (a section head)"]  # fmt: skip


@pytest.mark.parametrize("text", ["导出时间：2024-01-01 10:00", "打印日期：2024年1月1日"])
def test_what_a_program_prints_below_a_table_is_no_record(tmp_path: Path, text: str) -> None:
    result = seen(table(tmp_path, "x.csv", f"企业名称,城市\n{ONE},杭州\n{TWO},芜湖\n{text},\n"))

    assert (names(result), problems(result)) == ({ONE, TWO}, [])


@pytest.mark.parametrize(
    "text",
    [
        f"企业名称\t城市\n{ONE}\t杭州\n",
        f"企业名称,城市\n{ONE},杭州\n",
    ],
)
def test_text_that_is_called_xls_is_read_as_a_spreadsheet_reads_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "企业.xls"
    path.write_bytes(text.encode("gb18030"))

    assert pairs(seen(path), "LOCATED_IN") == {(ONE, "杭州市")}


@pytest.mark.parametrize("name", ["企业.xls", "企业.csv"])
@pytest.mark.parametrize(
    "start", ["<html><table>", "<!DOCTYPE html>", "  <table border=1>", '<?xml version="1.0"?>', "MIME-Version: 1.0\n"]
)
def test_a_web_page_under_the_name_of_a_table_is_said_to_be_one(tmp_path: Path, name: str, start: str) -> None:
    with pytest.raises(SourceUnreadable, match="is a web page or XML"):
        seen(table(tmp_path, name, f"{start}<tr><td>企业名称</td></tr><tr><td>{ONE}</td></tr></table>"))


def test_a_document_with_one_list_in_it_is_that_list(tmp_path: Path) -> None:
    text = f'{{"code": 0, "data": {{"total": 1, "list": [{{"企业名称": "{ONE}", "上市日期": "2020-01-02"}}]}}}}'

    (row,) = rows_of(seen(table(tmp_path, "企业.json", text)), "Enterprise")

    assert (row["name_zh"], row["listed_on"]) == (ONE, date(2020, 1, 2))


def test_a_row_of_a_list_that_does_not_say_how_sure_it_is_is_listed(tmp_path: Path) -> None:
    said = {"": "", ",核实状态": ",推定"}
    results = [
        seen(table(tmp_path, "x.csv", f"企业名称,产品名称{head}\n{ONE},齿轮{cell}\n")) for head, cell in said.items()
    ]
    assert [row["status"] for result in results for row in rows_of(result, "MAKES")] == ["listed", "inferred"]


def test_how_far_a_centre_is_is_not_made_up_of_how_sure_its_row_is(tmp_path: Path) -> None:
    centers = "id,name_zh,source_ids,as_of\ncenter:a,甲科创中心,source:s,2024-01-01\n"
    said = "id,name_zh,status,source_ids,as_of\ncenter:b,乙科创中心,在建,source:s,2024-01-01\n"

    assert [row["status"] for row in rows_of(checked_at(dataset(tmp_path / "a", centers=centers)), "Center")] == [None]
    assert [row["status"] for row in rows_of(checked_at(dataset(tmp_path / "b", centers=said)), "Center")] == ["在建"]
