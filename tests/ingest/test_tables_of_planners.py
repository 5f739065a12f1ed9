"""Tables as planners and analysts have them: registers' exports, annual reports, lists by city, centres; many in one load."""

from pathlib import Path

import openpyxl
import pytest

from graph.texts import Language
from tests.ingest.datasets import problems, rows_of
from tests.ingest.test_tables import names, pairs, table, workbook
from tests.ingest.test_tables_of_others import said, seen
from tests.ingest.test_tables_of_strangers import asked, doubts, loaded

pytestmark = pytest.mark.slow


# --- where rows are -----------------------------------------------------------------------------------------------------


def test_a_sheet_list_or_file_that_is_called_after_a_place_says_where_its_rows_are(tmp_path: Path) -> None:
    head = ("企业名称", "主营产品")
    book = workbook(tmp_path, "a.xlsx", "苏州市", head, ("甲有限公司", "电容"))
    opened = openpyxl.load_workbook(book)
    other = opened.create_sheet("2.嘉兴（1家）")
    for row in (head, ("甲有限公司", "电阻")):
        other.append(row)
    opened.save(book)
    result = seen(
        book,
        table(tmp_path, "企业.json", '{"苏州": [{"企业名称": "乙有限公司"}], "合肥": [{"企业名称": "乙有限公司"}]}'),
        table(tmp_path, "芜湖.csv", "企业名称,区县\n丙一有限公司,\n丙二有限公司,鸠江区\n"),
        table(tmp_path, "苏州市吴中区.csv", "企业名称\n戊有限公司\n"),
        table(tmp_path, "合肥市2023年专精特新企业名单.csv", "企业名称\n戊有限公司\n"),
        table(tmp_path, "上海客户名单.csv", "企业名称\n己有限公司\n"),
        table(tmp_path, "重点企业.csv", "企业名称,注册地所在省份,注册地所在城市\n丁有限公司,安徽省,合肥市\n"),
    )

    assert sorted((str(name), str(place)) for name, place in pairs(result, "LOCATED_IN")) == [
        ("丁有限公司", "合肥市"), ("丙一有限公司", "芜湖市"), ("丙二有限公司", "鸠江区"), ("乙有限公司", "合肥市"),
        ("乙有限公司", "苏州市"), ("戊有限公司", "合肥市"), ("戊有限公司", "吴中区"), ("甲有限公司", "嘉兴市"), ("甲有限公司", "苏州市")]  # fmt: skip
    assert len(rows_of(result, "Enterprise")) == 10
    assert "whose name or title says a place (嘉兴" in doubts(result)


def test_centres_are_where_they_are_set_down_and_sent_by_who_sent_them(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="飞地名称,派出地,落地城市,运营主体,启用时间,入驻企业数\n甲科创飞地,嘉兴市,上海市,嘉兴运营有限公司,2021-03-01,30\n",
        b="中心名称,建设方,落户地\n乙科创中心,芜湖市人民政府,杭州市滨江区\n",
    )

    assert pairs(result, "LOCATED_IN") == {("甲科创飞地", "上海市"), ("乙科创中心", "滨江区")}
    assert pairs(result, "SENT_BY") == {("甲科创飞地", "嘉兴市")}
    assert "运营主体 names organisations that are not read" in doubts(result)
    assert {str(row["opened_on"]) for row in rows_of(result, "Center")} == {"2021-03-01", "None"}


def test_a_cell_of_a_place_that_is_an_error_costs_nobody_and_several_in_a_cell_are_each_there(tmp_path: Path) -> None:
    book = workbook(
        tmp_path,
        "x.xlsx",
        "S",
        ("企业名称", "城市", "产品"),
        ("甲一有限公司", "#N/A", "轴承"),
        ("甲二有限公司", "合肥", "电机"),
    )
    result = seen(
        book,
        table(tmp_path, "y.csv", "城市,代表企业\n苏州,乙一有限公司、乙二有限公司\n合肥,乙三有限公司\n"),
        table(tmp_path, "z.csv", "企业名称,所属街镇\n丙一有限公司,上海市松江区新桥镇\n丙二有限公司,九亭镇\n"),
    )

    assert pairs(result, "LOCATED_IN") == {
        ("甲二有限公司", "合肥市"), ("乙一有限公司", "苏州市"), ("乙二有限公司", "苏州市"), ("乙三有限公司", "合肥市"),
        ("丙一有限公司", "松江区")}  # fmt: skip
    assert ("甲一有限公司", "轴承") in pairs(result, "MAKES")
    assert {(row, what) for _, row, what, *_ in problems(result)} == {(2, "to_id"), (3, "to_id")}


# --- who a row is of ----------------------------------------------------------------------------------------------------


def test_what_lists_say_behind_and_around_names_is_no_part_of_them_or_is_told(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="企业名称,城市\n甲一有限公司（拟上市）,苏州\n甲二有限公司（2023年新增）,苏州\n甲三有限公司（高新区）,苏州\n",
        b="序号,企业名称,产品\n1,乙一有限公司,轴承\n以下为2023年新增企业,,\n2,乙二有限公司,电机\n",
        c="原企业名称,现企业名称\n丙旧厂,丙有限公司\n",
        取消高新技术企业资格名单="企业名称\n丁有限公司\n",
        拟认定高新技术企业名单="申领企业,所属区县\n戊有限公司,吴中区\n",
    )

    assert names(result) == {"甲一有限公司", "甲二有限公司", "甲三有限公司（高新区）", "乙一有限公司", "乙二有限公司", "丙有限公司",
                             "丁有限公司", "戊有限公司"}  # fmt: skip
    known = {row["name_zh"]: row for row in rows_of(result, "Enterprise")}
    assert known["丙有限公司"]["former_names"] == ["丙旧厂"]
    assert {row["is_high_tech"] for row in known.values()} == {None}
    assert "(甲三有限公司（高新区）) is read as part of them" in doubts(result)
    assert ([len(result.report.left_out)], problems(result)) == ([1], [])


def test_codes_of_hong_kong_are_told_by_their_heading_or_exchange(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="股份代號,股份名稱,行業\n00700,騰訊控股,軟件服務\n1810,小米集團,資訊科技\n",
        b="股票代码,交易所,公司名称\n02594,HKEX,甲有限公司\n600036,SSE,乙有限公司\n",
        c="H股代码,A股代码,公司名称\n03968,601939,丙有限公司\n",
        d="股票代码,板块,公司名称\n688001,科创板,丁有限公司\n",
    )

    assert {(row["name_zh"], row["stock_code"]) for row in rows_of(result, "Enterprise")} == {
        ("騰訊控股", "0700.HK"), ("小米集團", "1810.HK"), ("甲有限公司", "2594.HK"), ("乙有限公司", "600036.SH"),
        ("丙有限公司", "601939.SH"), ("丁有限公司", "688001.SH")}  # fmt: skip
    assert "Sector (sector), Enterprise (enterprise)" in asked(
        tmp_path, "申领主体,行业\n甲工作者联盟,机械\n乙研发组织,电子\n"
    )


# --- amounts and shares -------------------------------------------------------------------------------------------------


def test_a_currency_beside_an_amount_counts_whatever_its_column_is_called_and_ours_changes_no_unit(
    tmp_path: Path,
) -> None:
    result = loaded(
        tmp_path,
        a="企业名称,注册资金（万）,注册币种\n甲一有限公司,5000,人民币元\n甲二有限公司,200,美元\n甲三有限公司,300,美金\n",
        b="企业名称,注册资本,资本币别\n乙一有限公司,5000,人民币元\n",
    )

    capital = {row["name_zh"]: row["registered_capital_10k_cny"] for row in rows_of(result, "Enterprise")}
    assert capital == {"甲一有限公司": 5000, "甲二有限公司": None, "甲三有限公司": None, "乙一有限公司": None}
    assert len(said(result)) == 3


def test_shares_of_two_markets_are_not_taken_one_for_both_and_those_of_sales_are_of_them(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="企业名称,产品,市场范围,市场份额\n甲一有限公司,轴承,全球,5%\n甲一有限公司,轴承,全国,30%\n甲二有限公司,电机,全国,12%\n",
        b="公司名称,客户名称,销售额（万元）,占年度销售总额比例\n乙一有限公司,乙二有限公司,100,12%\n",
        c="公司名称,供应商名称,占年度采购总额比例\n丙一有限公司,丙二有限公司,12%\n",
        d="企业名称,产品,现有产能（万吨/年）,在建产能（万吨/年）\n丁一有限公司,薄膜,10,5\n",
        e="供应商,客户,占比\n戊一有限公司,戊二有限公司,30%\n",
        f="Supplier,Customer,Share of sales\nFoo Ltd.,Bar Ltd.,30%\n",
    )

    assert pairs(result, "MAKES", "share") == {
        ("甲一有限公司", "轴承", None), ("甲二有限公司", "电机", 0.12), ("丁一有限公司", "薄膜", None)}  # fmt: skip
    assert pairs(result, "SUPPLIES", "share", "share_of") == {
        ("乙一有限公司", "乙二有限公司", 0.12, "supplier_revenue"), ("丙二有限公司", "丙一有限公司", 0.12, "all_purchases"),
        ("戊一有限公司", "戊二有限公司", None, None), ("Foo Ltd.", "Bar Ltd.", 0.3, "supplier_revenue")}  # fmt: skip
    assert "占比 does not say of what it is a share" in doubts(result)
    assert pairs(result, "MAKES", "capacity") >= {("丁一有限公司", "薄膜", 10)}
    assert len(said(result)) == 1


# --- layouts and columns ------------------------------------------------------------------------------------------------


def test_a_table_on_its_side_with_groups_before_its_headings_is_refused_as_such(tmp_path: Path) -> None:
    text = "类别,项目,甲有限公司,乙有限公司\n基本,注册资本（万元）,5,3\n基本,所在地,苏州,合肥\n经营,营业收入（万元）,12,9\n"

    assert "Transpose" in asked(tmp_path, text)


def test_hospitals_buy_and_are_no_enterprises(tmp_path: Path) -> None:
    result = loaded(tmp_path, a="采购人,中标人\n合肥市第一人民医院,甲一有限公司\n乙医院有限公司,甲一有限公司\n")

    assert pairs(result, "SUPPLIES") == {("甲一有限公司", "乙医院有限公司")}
    assert {reason for *_, reason in problems(result)} == {"ingest.no_firm"}


def test_who_buys_needs_or_deals_in_goods_does_not_make_them(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="客户名称,产品,城市\n甲有限公司,轴承,苏州\n",
        b="需求企业,技术名称\n乙有限公司,谐波减速\n",
        c="供应商名称,供应商类别,物料\n丙一有限公司,原厂,轴承\n丙二有限公司,代理商,芯片\n",
        d="产品名称,生产企业,应用企业\n减速器,丁一有限公司,丁二有限公司\n",
    )

    assert pairs(result, "MAKES") == {("丙一有限公司", "轴承"), ("丁一有限公司", "减速器")}
    assert (rows_of(result, "MASTERS"), problems(result)) == ([], [])
    for because in ("(by “客户名称”)", "(by “需求企业”)", "供应商类别 says 代理商"):
        assert because in doubts(result)
    assert "应用企业 names organisations that are not read" in doubts(result)
    assert "供应商类别 names" not in doubts(result)


def test_owners_that_are_no_organisations_are_named_and_the_chinese_of_two_names_is_read(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="企业名称,投资方\n甲有限公司,红杉中国、苏州创投集团\n",
        b="Company (EN),Company (CN)\nSuzhou Yi Ltd.,苏州乙有限公司\n",
        c="项目公司,出资方,出资比例\n丙一有限公司,丙二有限公司,30%\n",
        d="企业名称,工厂所在地1,总部\n丁有限公司,合肥,苏州\n",
    )

    assert pairs(result, "OWNS", "share") == {
        ("苏州创投集团", "甲有限公司", None),
        ("丙二有限公司", "丙一有限公司", 0.3),
    }
    assert names(result) == {
        "甲有限公司",
        "苏州创投集团",
        "苏州乙有限公司",
        "丙一有限公司",
        "丙二有限公司",
        "丁有限公司",
    }
    assert pairs(result, "LOCATED_IN") == {("丁有限公司", "苏州市")}
    assert "persons and others (红杉中国) set aside" in doubts(result)


@pytest.mark.parametrize(
    "remark", ["上半年", "2023年1-9月", "一季度", "其中研发", "境外", "累计", "三年平均", "2023Q1", "月均"]
)
def test_an_amount_of_a_part_of_the_year_or_of_the_whole_is_not_read_as_the_whole(tmp_path: Path, remark: str) -> None:
    text = f"企业名称,营业收入（{remark}）（万元）,职工人数（{remark}）\n甲有限公司,12,3\n"

    (row,) = rows_of(seen(table(tmp_path, "x.csv", text)), "Enterprise")

    assert (row["revenue_10k_cny"], row["employees"]) == (None, None)


def test_thousands_are_thousands_and_a_planned_capacity_is_none(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="Company,Employees ('000),Revenue (RMB '000)\nFoo Ltd.,12,1200\n",
        b="企业名称,员工人数（千人）\n甲有限公司,3\n",
        c="企业名称,产品,设计产能（规划）\n乙有限公司,轴承,10\n",
        d="企业名称,产品,设计产能（理论）\n丙有限公司,轴承,10\n",
    )

    known = {row["name_zh"]: row for row in rows_of(result, "Enterprise")}
    assert (known["Foo Ltd."]["employees"], known["Foo Ltd."]["revenue_10k_cny"]) == (12_000, 120)
    assert known["甲有限公司"]["employees"] == 3_000
    assert pairs(result, "MAKES", "capacity") == {("乙有限公司", "轴承", None), ("丙有限公司", "轴承", None)}


def test_signs_of_web_pages_links_and_codes_of_places_are_read_and_no_name_is_torn_by_them(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a='企业名称,城市\n甲&amp;乙（苏州）有限公司,苏州\n&nbsp;丙有限公司,苏州\n"=HYPERLINK(""http://a"",""丁有限公司"")",苏州\n=A1&B2,苏州\n',
        b="企业名称,所在地\n戊有限公司,340100\n",
    )

    assert names(result) == {"甲&乙（苏州）有限公司", "丙有限公司", "丁有限公司", "戊有限公司"}
    assert ("戊有限公司", "合肥市") in pairs(result, "LOCATED_IN")
    assert ("=A1&B2", "ingest.no_name") in {(value, reason) for *_, value, reason in problems(result)}
    assert result.report.converted["html-entity"] == 2


def test_amounts_that_rows_say_of_one_company_each_another_are_not_taken_one_for_all(tmp_path: Path) -> None:
    text = "企业名称,城市,注册资本（万元）,职工人数\n甲有限公司,苏州,300,5\n甲有限公司,苏州,500,5\n乙有限公司,合肥,30,\n乙有限公司,合肥,30,\n"
    result = loaded(tmp_path, a=text, b="年度,企业名称,注册资本（万元）\n2021,丙有限公司,3\n2022,丙有限公司,4\n")

    capital = {
        row["name_zh"]: (row["registered_capital_10k_cny"], row["employees"]) for row in rows_of(result, "Enterprise")
    }
    assert capital == {"甲有限公司": (None, 5), "乙有限公司": (30, None), "丙有限公司": (4, None)}
    assert [len(r.examples) for r in result.report.value_reasons] == [2]


def test_shares_and_quantities_behind_names_are_no_part_of_them_and_are_told(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="企业名称,主营产品\n甲有限公司,减速器（60%）、轴承（40%）\n乙有限公司,芯片 70%；12英寸硅片10万片/年\n",
        b="企业名称,主要供应商\n丙一有限公司,丙二有限公司（30%）、丙三有限公司（20%）\n",
        c="企业名称,股东\n丁一有限公司,丁二集团有限公司（51%）、王伟（49%）\n",
    )

    assert names(result, "Product") == {"减速器", "轴承", "芯片", "12英寸硅片"}
    assert pairs(result, "SUPPLIES") == {("丙二有限公司", "丙一有限公司"), ("丙三有限公司", "丙一有限公司")}
    assert pairs(result, "OWNS") == {("丁二集团有限公司", "丁一有限公司")}
    assert doubts(result).count("the amounts behind") == 3


def test_goods_that_are_not_made_yet_or_only_dealt_in_are_not_read_as_made(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="企业名称,产品\n甲一有限公司,芯片（在研）\n甲二有限公司,布（非织造）\n甲三有限公司,机床（代理）\n",
        b="企业名称,产品名称,产业化阶段\n乙一有限公司,减速器,已量产\n乙二有限公司,本体,中试阶段\n乙三有限公司,薄膜,\n",
        c="企业名称,产品,是否量产\n丙一有限公司,电机,是\n丙二有限公司,电控,否\n",
        d="企业名称,产品,经营状态\n丁有限公司,齿轮,存续\n",
    )

    assert pairs(result, "MAKES") == {
        ("甲二有限公司", "布（非织造）"), ("乙一有限公司", "减速器"), ("乙三有限公司", "薄膜"), ("丙一有限公司", "电机"),
        ("丁有限公司", "齿轮")}  # fmt: skip
    assert {value for *_, value, reason in problems(result) if reason == "ingest.not_made"} == {
        "芯片（在研）",
        "机床（代理）",
    }
    assert "rows of which 产业化阶段 says 中试阶段 tell of nothing that is so" in doubts(result)


def test_words_for_the_rest_no_days_and_titles_of_closed_firms_are_told(tmp_path: Path) -> None:
    rest = ["其他", "其余5家", "前五名合计", "个人"]
    result = loaded(
        tmp_path,
        a="供应商,客户\n" + "".join(f"甲有限公司,{name}\n" for name in (*rest, "乙有限公司")),
        b="企业名称,上市日期\n丙有限公司,1899-12-30\n",
        注销企业名单="企业名称\n丁有限公司\n",
    )

    assert names(result) == {"甲有限公司", "乙有限公司", "丙有限公司", "丁有限公司"}
    assert [reason for reason, _ in said(result)] == ["there is no such day"]
    assert "its title says 注销" in doubts(result)


def test_names_below_a_heading_that_groups_them_are_of_the_group(tmp_path: Path) -> None:
    rows = (("供应商信息", None, "采购方信息", None, "金额（万元）"), ("名称", "城市", "名称", "城市", None))
    path = workbook(tmp_path, "x.xlsx", "S", *rows, ("甲有限公司", "苏州", "乙有限公司", "芜湖", 30))
    book = openpyxl.load_workbook(path)
    for reach in ("A1:B1", "C1:D1", "E1:E2"):
        book["S"].merge_cells(reach)
    book.save(path)
    result = seen(path)

    assert pairs(result, "SUPPLIES", "amount_10k_cny") == {("甲有限公司", "乙有限公司", 30)}
    assert pairs(result, "LOCATED_IN") == {("甲有限公司", "苏州市"), ("乙有限公司", "芜湖市")}


@pytest.mark.parametrize(
    "text", ["名称,类型\n甲有限公司,企业\n光刻胶,产品\n", "id,name,label\n1,甲有限公司,Company\n2,光刻胶,Product\n"]
)
def test_rows_of_several_types_are_asked(tmp_path: Path, text: str) -> None:
    assert "says that rows are of several types" in asked(tmp_path, text)


def test_a_tie_that_has_ended_is_read_with_its_end(tmp_path: Path) -> None:
    text = "供应商,采购商,关系开始时间,关系结束时间\n甲有限公司,乙有限公司,2019-01-01,2022-12-31\n丙有限公司,乙有限公司,2019-01-01,\n"
    result = loaded(tmp_path, a=text)

    ends = {(one, str(day)) for one, _, day in pairs(result, "SUPPLIES", "valid_to")}
    assert ends == {("甲有限公司", "2022-12-31"), ("丙有限公司", "None")}


def test_ties_that_have_ended_or_not_begun_are_told_and_not_read(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="企业名称,合作高校,合作状态\n甲一有限公司,苏州大学,已终止\n甲二有限公司,合肥大学,合作中\n",
        b="供应商,客户,合作状态\n乙一有限公司,乙二有限公司,洽谈中\n乙三有限公司,乙二有限公司,\n",
        c="股东,被投资企业,持股比例,状态\n丙一有限公司,丙二有限公司,51%,已退出\n",
        d="企业名称,产品,上市状态\n丁有限公司,轴承,未上市\n",
    )

    assert pairs(result, "COOPERATES_WITH") == {("甲二有限公司", "合肥大学")}
    assert (pairs(result, "SUPPLIES"), rows_of(result, "OWNS")) == ({("乙三有限公司", "乙二有限公司")}, [])
    assert pairs(result, "MAKES") == {("丁有限公司", "轴承")}
    assert (names(result) >= {"甲一有限公司", "乙一有限公司", "丙二有限公司"}, problems(result)) == (True, [])


def test_bills_of_materials_with_a_column_a_level_say_what_goes_into_what(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="一级部件,二级部件,三级部件\n机器人,减速器,轴承\n机器人,减速器,齿轮\n机器人,控制器,\n",
        BOM="层级1,层级2\n机床,主轴\n",
    )

    assert pairs(result, "INPUT_OF") == {
        ("减速器", "机器人"), ("轴承", "减速器"), ("齿轮", "减速器"), ("控制器", "机器人"), ("主轴", "机床")}  # fmt: skip
    assert (problems(result), rows_of(result, "KIND_OF")) == ([], [])
    assert "KIND_OF (is a kind of)" in asked(tmp_path, "一级环节,二级环节\n上游,减速器\n中游,本体\n")
    assert "type unknown" in asked(tmp_path, "一级部件,二级部件\n机器人,\n,减速器\n")
    assert "INPUT_OF" not in asked(tmp_path, "零部件名,一级供应商,二级供应商\n轴,甲有限公司,乙有限公司\n")


def test_revenue_of_months_is_no_years_and_of_several_years_of_rows_the_last_counts(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="企业名称,季度,营业收入（万元）\n甲有限公司,2023Q1,300\n",
        b="企业名称,年月,营业收入（万元）\n乙有限公司,2023-01,300\n",
        一季度营收="企业名称,营业收入（万元）\n丙有限公司,300\n",
        d="企业名称,报告期,营业收入（万元）\n丁有限公司,2023年报,300\n",
        e="企业名称,员工人数,统计年份\n戊有限公司,300,2021\n戊有限公司,350,2022\n",
        f="企业名称,员工人数\n己有限公司,300\n己有限公司,350\n",
    )

    known = {row["name_zh"]: (row["revenue_10k_cny"], row["employees"]) for row in rows_of(result, "Enterprise")}
    assert known == {"甲有限公司": (None, None), "乙有限公司": (None, None), "丙有限公司": (None, None),
                     "丁有限公司": (300, None), "戊有限公司": (None, 350), "己有限公司": (None, None)}  # fmt: skip
    assert (doubts(result).count("is not read as a year's revenue"), len(said(result))) == (3, 1)


def test_residents_of_centres_are_read_with_since_when_and_whether_they_are_still_there(tmp_path: Path) -> None:
    book = workbook(
        tmp_path, "x.xlsx", "入驻", ("企业", "中心", "入驻日期"), ("戊有限公司", "戊科创中心", "2022-03-01")
    )
    result = seen(
        book,
        table(tmp_path, "a.csv", "中心名称,入驻企业,入驻时间,状态\n甲中心,甲一有限公司,2021-03-15,在驻\n甲中心,甲二有限公司,2021-06-01,已退出\n"),
        table(tmp_path, "b.csv", "企业名称,所在飞地,入驻日期,派出地\n乙有限公司,乙科创飞地,2022-03-01,嘉兴市\n"),
        table(tmp_path, "c.csv", "拟入驻企业,飞地名称\n丙有限公司,丙科创飞地\n"),
        table(tmp_path, "d.csv", "飞地名称,所在城市,入驻企业,入驻率\n丁科创飞地,上海,丁一有限公司、丁二有限公司,80%\n"),
    )  # fmt: skip

    found = {(str(a), b, c, str(d)) for a, b, c, d in pairs(result, "RESIDENT_OF", "resident_status", "since")}
    assert found == {
        ("甲一有限公司", "甲中心", "resident", "2021-03-15"), ("甲二有限公司", "甲中心", "left", "2021-06-01"),
        ("乙有限公司", "乙科创飞地", "resident", "2022-03-01"), ("丙有限公司", "丙科创飞地", "intends", "None"),
        ("丁一有限公司", "丁科创飞地", "resident", "None"), ("丁二有限公司", "丁科创飞地", "resident", "None"),
        ("戊有限公司", "戊科创中心", "resident", "2022-03-01")}  # fmt: skip
    assert pairs(result, "LOCATED_IN") == {("丁科创飞地", "上海市")}
    assert pairs(result, "SENT_BY") == {("乙科创飞地", "嘉兴市")}
    assert "no column says the state of residence: by its heading 拟入驻企业 it is read as “intends”" in doubts(result)


def test_a_list_of_those_who_intend_to_be_residents_or_were_such_makes_nobody_one(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        意向入驻企业名单="企业名称,入驻中心\n甲有限公司,甲科创中心\n",
        b="拟入驻企业,统一社会信用代码,飞地名称\n乙有限公司,91330100799655058B,乙科创飞地\n",
        c="申请入驻企业,飞地名称\n丙有限公司,丙科创飞地\n",
        退出入驻企业="企业名称,所在中心,入驻时间\n丁有限公司,丁科创中心,2020-03-01\n",
        e="企业名称,所在中心,入驻时间,迁出时间\n戊有限公司,戊科创中心,2020-03-01,2022-03-01\n",
        模拟芯片="企业名称,所在中心,入驻时间\n己有限公司,己科创中心,2020-03-01\n",
    )

    assert pairs(result, "RESIDENT_OF", "resident_status") == {
        ("甲有限公司", "甲科创中心", "intends"), ("乙有限公司", "乙科创飞地", "intends"), ("丙有限公司", "丙科创飞地", "intends"),
        ("己有限公司", "己科创中心", "resident")}  # fmt: skip
    assert "by its heading 意向入驻企业名单 it is read as “intends”" in doubts(result)
    assert problems(result) == []
    assert len(names(result)) == 6


def test_plants_are_read_with_who_operates_them(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="工厂名称,所属企业,主要产品,地址,投产日期\n甲合肥工厂,甲有限公司,电机,安徽省合肥市肥西县1号,2019-09-01\n",
        生产基地="企业名称,基地名称,基地地址,投产时间,主要产品\n乙有限公司,乙一号基地,嘉兴市南湖区1号,2016-05-01,转向器\n",
    )

    assert pairs(result, "OPERATES") == {("甲有限公司", "甲合肥工厂"), ("乙有限公司", "乙一号基地")}
    assert pairs(result, "LOCATED_IN") == {("甲合肥工厂", "肥西县"), ("乙一号基地", "南湖区")}
    assert pairs(result, "MAKES") == {("甲合肥工厂", "电机"), ("乙一号基地", "转向器")}
    assert "Plant (plant), Enterprise (enterprise)" in asked(
        tmp_path, "基地名称,运营企业,客户,城市\n丙基地,丙一有限公司,丙二有限公司,合肥\n"
    )


def test_an_enterprise_that_lists_place_apart_is_named(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="企业名称,所在地\n甲有限公司,杭州市滨江区\n乙有限公司,上海市松江区\n",
        b="企业名称,所在地\n甲有限公司,杭州市余杭区\n乙有限公司,上海市\n",
        located_in="from_id,to_id,as_of,status,valid_from,valid_to\n"
        "enterprise:z,place:320500,2024-01-01,documented,,2019-12-31\nenterprise:z,place:340100,2024-01-01,documented,2020-01-01,\n",
        enterprises="id,name_zh,as_of\nenterprise:z,丙有限公司,2024-01-01\n",
    )

    said = [line.in_(Language.EN) for line in result.report.newcomers]
    assert [line for line in said if "甲有限公司" in line]
    assert not [line for line in said if "乙有限公司" in line or "丙有限公司" in line]  # Which moved.
