"""Tables of those who look for what is made, by whom and who owns it: plans, dealers and stages of a chain are no facts of that kind."""

import json
from pathlib import Path

import pytest

from tests.ingest.datasets import problems, rows_of
from tests.ingest.test_tables import capitals, names, pairs, table, workbook
from tests.ingest.test_tables_of_others import said, seen
from tests.ingest.test_tables_of_strangers import doubts, loaded

pytestmark = pytest.mark.slow


# --- what is so, and what is planned or over ---------------------------------------------------------------------------


def test_what_is_planned_being_built_or_over_is_not_made(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="企业名称,产品,建设状态\n甲一有限公司,甲,已建成\n甲二有限公司,甲,在建\n甲三有限公司,甲,建设中\n甲四有限公司,甲,预计2026年投产\n",
        b="企业名称,产品,备注\n乙一有限公司,乙,\n乙二有限公司,乙,已停产\n乙三有限公司,乙,拟上市\n乙四有限公司,乙,代理\n",
        c="企业名称,产品,经营状态,上市状态\n丙一有限公司,丙,在营,未上市\n丙二有限公司,丙,停产,未上市\n丙三有限公司,丙,注销,拟上市\n",
        d="企业名称,产品,预计投产时间\n丁一有限公司,丁,\n丁二有限公司,丁,2031-01\n",
        e="企业名称,现有产品,规划产品,拟建项目\n戊一有限公司,旧电池,新电池,新电池二期\n",
        f="企业名称,产品,拟建项目\n己一有限公司,己,己二期\n",
        规划建设产能="企业名称,产品,产能（万吨）\n庚一有限公司,庚,5\n",
        经销商名单="企业名称,产品\n辛一有限公司,辛\n",
        g="单位名称,单位性质,主营产品\n壬一有限公司,生产企业,壬\n壬二有限公司,贸易企业,壬\n壬三有限公司,,壬\n",
        h="企业名称,产品,备注\n癸一有限公司,癸,该企业已于2022年停产\n癸二有限公司,癸,行业龙头\n",
        i="企业名称,主营产品,备注\n子一有限公司,子,2025年规划新增产能\n子二有限公司,子,已停产\n",
        j="企业名称,产品类型,产品,登记状态\n丑一有限公司,应用材料,丑,存续（在营、开业）\n丑二有限公司,通用,丑,吊销，未注销\n",
    )

    assert pairs(result, "MAKES") == {
        ("甲一有限公司", "甲"), ("乙一有限公司", "乙"), ("乙三有限公司", "乙"), ("丙一有限公司", "丙"), ("丁一有限公司", "丁"),
        ("戊一有限公司", "旧电池"), ("壬一有限公司", "壬"), ("癸二有限公司", "癸"), ("子一有限公司", "子"), ("丑一有限公司", "丑")}  # fmt: skip
    assert len(names(result)) == 26
    for told in ("建设状态 says 在建, 建设中, 预计2026年投产", "备注 says 已停产, 代理", "经营状态 says 停产, 注销",
                 "预计投产时间 says 2031-01", "拟建项目 says 己二期", "(by “规划建设产能”)", "(by “经销商”)", "单位性质 says 贸易企业", "备注 says 该企业已于2022年停产"):  # fmt: skip
        assert told in doubts(result)


def test_what_a_state_says_in_other_words_further_down_counts_too(tmp_path: Path) -> None:
    rows = "".join(f"测试{n}科技有限公司,轴承,备注{n}\n" for n in range(1000))
    more = "甲一有限公司,电机,另有说明\n甲二有限公司,电机,现已停产\n"
    result = loaded(tmp_path, a=f"企业名称,产品,备注\n乙有限公司,齿轮,停产\n{rows}{more}")

    assert {maker for maker, product in pairs(result, "MAKES") if product != "轴承"} == {"甲一有限公司"}
    assert len(rows_of(result, "MAKES")) == 1001


def test_a_plant_that_is_not_built_is_none_and_in_a_list_of_plants_says_so(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="企业,基地,产品,产能（GWh）,状态\n甲有限公司,合肥基地,电池,20,已投产\n甲有限公司,芜湖基地,电池,30,在建\n",
        plants="基地名称,运营企业,状态\n宣城基地,乙有限公司,建设中\n",
    )

    assert pairs(result, "MAKES", "capacity") == {("合肥基地", "电池", 20)}
    assert pairs(result, "OPERATES") == {("甲有限公司", "合肥基地"), ("乙有限公司", "宣城基地")}
    plants = {row["name_zh"]: row["progress"] for row in rows_of(result, "Plant")}
    assert plants == {"合肥基地": None, "宣城基地": "building"}


def test_who_is_struck_off_or_gone_is_no_resident_and_a_state_of_ties_costs_no_row(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="企业名称,入驻中心,登记状态\n甲一有限公司,甲中心,存续\n甲二有限公司,甲中心,注销\n甲三有限公司,甲中心,吊销\n甲四有限公司,甲中心,迁出\n",
        b="vendor_name,buyer,material_description,status\nB1 Co. Ltd.,B2 Co. Ltd.,bolt,Active\nB3 Co. Ltd.,B2 Co. Ltd.,nut,Inactive\n",
    )

    assert pairs(result, "RESIDENT_OF") == {("甲一有限公司", "甲中心")}
    assert (pairs(result, "SUPPLIES"), rows_of(result, "MAKES")) == ({("B1 Co. Ltd.", "B2 Co. Ltd.")}, [])
    assert names(result) == {*(f"甲{n}有限公司" for n in "一二三四"), *(f"B{n} Co. Ltd." for n in "123")}
    assert (names(result, "Product"), problems(result)) == ({"bolt", "nut"}, [])


# --- what a table is ---------------------------------------------------------------------------------------------------


def test_stages_of_a_chain_side_by_side_are_each_read_and_no_ties(tmp_path: Path) -> None:
    result = seen(
        workbook(tmp_path, "x.xlsx", "产业链", ("上游", "中游", "下游"), ("甲一有限公司、甲二有限公司", "甲三有限公司", "甲四有限公司")),
        table(tmp_path, "y.csv", "产业链,上游,中游,下游\n电池,锂矿、石墨,正极,汽车\n"),
    )  # fmt: skip

    assert names(result) == {f"甲{n}有限公司" for n in "一二三四"}
    assert names(result, "Product") == {"锂矿", "石墨", "正极", "汽车"}
    assert [rows_of(result, name) for name in ("Chain", "SUPPLIES", "INPUT_OF")] == [[], [], []]
    assert "上游, 中游, 下游 stand side by side" in doubts(result)


def test_nobody_is_lost_whatever_else_the_table_is_called_after(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        产业链="产业链,环节,企业名称,产品\n集成电路,设计,甲一有限公司,控制器\n",
        高校团队="高校,学院,团队名称,合作企业\n合肥大学,机械学院,减速器团队,乙一有限公司\n",
        创新券="券号,申领企业,服务机构,金额（元）\nQ1,丙一有限公司,上海材料研究所,500\n",
        d="portfolio_company,Sector,Lead Investor\nDing Ltd.,AI,Beta Capital\n",
        e="企业名称,上游,中游,下游\n戊一有限公司,√,,\n戊二有限公司,,√,\n",
        f="企业名称,注册资本\n(名称),(万元)\n己一有限公司,5000\n",
        g="基金名称,被投企业,持股比例\n庚基金,庚一有限公司,5%\n",
    )

    firms = {f"{one}一有限公司" for one in "甲乙丙戊己庚"}
    assert names(result) == {*firms, "戊二有限公司", "Ding Ltd.", "Beta Capital", "庚基金"}
    assert (capitals(result)["己一有限公司"], names(result, "Product")) == (5000, {"控制器"})
    assert pairs(result, "OWNS") == {("Beta Capital", "Ding Ltd."), ("庚基金", "庚一有限公司")}
    assert pairs(result, "MAKES") == {("甲一有限公司", "控制器")}
    assert pairs(result, "COOPERATES_WITH") == {("乙一有限公司", "合肥大学")}
    assert "服务机构 names organisations that are not read" in doubts(result)


def test_objects_in_a_document_are_read_by_their_names(tmp_path: Path) -> None:
    rows = [{"企业": {"名称": "甲一有限公司", "城市": "苏州市"}, "产品": [{"名称": "电容"}, {"名称": "电感"}]},
            {"企业": {"名称": "甲二有限公司", "城市": "合肥市"}, "产品": []}]  # fmt: skip
    answer = {"data": {"total": 1, "rows": [{"companyName": "乙一有限公司", "address": {"city": "芜湖市"}}]}}
    result = seen(*(table(tmp_path, f"{name}.json", json.dumps(one)) for name, one in (("a", rows), ("b", answer))))

    assert pairs(result, "LOCATED_IN") == {
        ("甲一有限公司", "苏州市"), ("甲二有限公司", "合肥市"), ("乙一有限公司", "芜湖市")}  # fmt: skip
    assert pairs(result, "MAKES") == {("甲一有限公司", "电容"), ("甲一有限公司", "电感")}
    assert "nested objects" not in doubts(result)


def test_three_lists_side_by_side_and_headings_of_programs_are_read(tmp_path: Path) -> None:
    heads = ("序号", "企业名称")
    result = seen(
        workbook(tmp_path, "x.xlsx", "S", heads * 3, (1, "甲一有限公司", 2, "甲二有限公司", 3, "甲三有限公司")),
        table(tmp_path, "y.csv", "supplier_name,customer_name,product_name,cityName\n乙一有限公司,乙二有限公司,电机,苏州市\n"),
    )  # fmt: skip

    assert names(result) == {"甲一有限公司", "甲二有限公司", "甲三有限公司", "乙一有限公司", "乙二有限公司"}
    assert (pairs(result, "SUPPLIES"), names(result, "Product")) == ({("乙一有限公司", "乙二有限公司")}, {"电机"})


# --- values ------------------------------------------------------------------------------------------------------------


def test_numbers_in_words_and_places_in_english_are_read(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="企业名称,注册资本\n甲一有限公司,伍仟万元整\n甲二有限公司,一亿二千万元\n甲三有限公司,三万五\n",
        b="企业名称,股东,持股比例\n乙一有限公司,丙一有限公司,五成\n乙二有限公司,丙二有限公司,百分之五十一\n乙三有限公司,丙三有限公司,三分之一\n",
        c='Company,HQ\nD1 Ltd.,"Songjiang, Shanghai, China"\nD2 Ltd.,"Suzhou, Jiangsu"\nD3 Ltd.,"Munich, Germany"\n',
        d="Company 公司,City 城市\n戊一有限公司,Hefei 合肥\n",
    )

    assert [capitals(result)[f"甲{n}有限公司"] for n in "一二三"] == [5000, 12_000, None]
    shares = {(end, round(float(str(share)), 4)) for _, end, share in pairs(result, "OWNS", "share")}
    assert shares == {("乙一有限公司", 0.5), ("乙二有限公司", 0.51), ("乙三有限公司", 0.3333)}
    assert pairs(result, "LOCATED_IN") == {
        ("D1 Ltd.", "松江区"), ("D2 Ltd.", "苏州市"), ("戊一有限公司", "合肥市")}  # fmt: skip
    assert [example for _, example in said(result)] == ["a.csv:4 三万五"]
