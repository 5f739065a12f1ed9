"""Tables as clerks keep them: several in a cell, terms of contracts, what a column says of who takes part, columns that nobody sees."""

from pathlib import Path

import openpyxl
import pytest

from graph.texts import Language
from tests.ingest.datasets import problems, rows_of
from tests.ingest.test_tables import capitals, names, pairs, table, workbook
from tests.ingest.test_tables_of_others import said, seen
from tests.ingest.test_tables_of_strangers import doubts, loaded

pytestmark = pytest.mark.slow


def test_several_places_in_a_cell_are_each_where_it_is_and_parts_of_one_are_one(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="企业名称,地址\n甲一有限公司,苏州市吴中区东吴路1号、3号；合肥市蜀山区长江路2号\n甲二有限公司,杭州市滨江区长河路1号、上海路口\n",
        b="企业名称,所在城市\n乙一有限公司,苏州/合肥\n乙二有限公司,浙江省/杭州市\n",
        c="供应商,供应商所在地,采购商\n丙一有限公司,无锡,丙二有限公司\n",
        d="链主企业,配套企业,链主所在地\n丁一有限公司,丁二有限公司,芜湖\n丁一有限公司,丁三有限公司,合肥\n",
        合肥市蜀山区专精特新企业名单="企业名称\n戊一有限公司\n",
        e="Company Name,HQ City,坐落\n己一有限公司,Suzhou,吴中区\n",
    )

    assert pairs(result, "LOCATED_IN") == {
        ("甲一有限公司", "吴中区"), ("甲一有限公司", "蜀山区"), ("甲二有限公司", "滨江区"), ("乙一有限公司", "苏州市"),
        ("乙一有限公司", "合肥市"), ("乙二有限公司", "杭州市"), ("丙一有限公司", "无锡市"), ("丁一有限公司", "芜湖市"),
        ("丁一有限公司", "合肥市"), ("戊一有限公司", "蜀山区"), ("己一有限公司", "吴中区")}  # fmt: skip
    assert len([row for row in rows_of(result, "Enterprise") if row["name_zh"] == "丁一有限公司"]) == 2
    assert problems(result) == []


def test_blanks_and_signs_part_legal_names_and_what_each_does_in_a_bid_is_no_part_of_them(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="中标单位,采购人\n甲一有限公司 甲二有限公司,甲九有限公司\n甲三有限公司 & 甲四有限公司,甲九有限公司\n"
        "甲五有限公司（牵头）、甲六有限公司（联合体成员）,甲九有限公司\n甲七有限公司 上海分公司,甲九有限公司\n",
    )

    assert {name for name, _ in pairs(result, "SUPPLIES")} == {
        *(f"甲{n}有限公司" for n in "一二三四五六"), "甲七有限公司 上海分公司"}  # fmt: skip


def test_who_takes_part_in_what_an_institute_does_need_not_master_it(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="高校,技术名称,合作企业\n浙江大学,量子通信技术,甲一有限公司\n",
        b="技术名称,合作企业\n光刻技术,乙一有限公司\n",
        合作="合作高校,合作企业,合作内容,合作期限\n复旦大学,丙一有限公司,电机,2019-2021\n南京大学,丙二有限公司,电控,2022年3月至今\n",
    )

    assert pairs(result, "RESEARCHES") == {("浙江大学", "量子通信技术")}
    assert rows_of(result, "MASTERS") == []
    ties = {(*one[:2], *map(str, one[2:])) for one in pairs(result, "COOPERATES_WITH", "valid_from", "valid_to")}
    assert ties == {
        ("甲一有限公司", "浙江大学", "None", "None"), ("丙一有限公司", "复旦大学", "2019-01-01", "2021-12-31"),
        ("丙二有限公司", "南京大学", "2022-03-01", "None")}  # fmt: skip
    assert "need not make or master" in doubts(result)


def test_terms_and_shares_of_supplies_are_read_as_what_they_say(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="公司名称,报告期,供应商名称,采购内容,采购额（万元）,占年度采购总额比例（%）\n甲一有限公司,2023年度,甲二有限公司,轴承,1200,12.5\n"
        "甲一有限公司,2022年度,甲二有限公司,轴承,1000,11.0\n",
        b="供货单位,收货单位,货物,合作起始,合作截止\n乙一有限公司,乙二有限公司,轴承,2021-03,2030年\n",
        c="股东,被投企业,持股比例（%）\n丙集团有限公司,丙一有限公司,0.51\n丁集团有限公司,丁一有限公司,0.3\n",
        d="股东,被投企业,持股比例（%）\n戊集团有限公司,戊一有限公司,0.5\n己集团有限公司,己一有限公司,80\n",
        e="企业名称,上年营收（亿元）,营收（亿元）,注册资本\n庚一有限公司,2,3,5千万\n",
        某某股份有限公司供应商="供应商名称,采购金额（万元）\n辛一有限公司,300\n",
    )

    told = pairs(result, "SUPPLIES", "amount_10k_cny", "share", "share_of", "valid_from", "valid_to")
    assert {(*one[:5], *map(str, one[5:])) for one in told} == {
        ("甲二有限公司", "甲一有限公司", 1200, 0.125, "all_purchases", "None", "None"),
        ("乙一有限公司", "乙二有限公司", None, None, None, "2021-03-01", "2030-12-31")}  # fmt: skip
    assert {(a, share) for a, _, share in pairs(result, "OWNS", "share")} == {
        ("丙集团有限公司", None), ("丁集团有限公司", None), ("戊集团有限公司", 0.005), ("己集团有限公司", 0.8)}  # fmt: skip
    assert said(result) == [("the numbers of this column can be read in two ways", "c.csv:2 0.51")]
    firm = next(row for row in rows_of(result, "Enterprise") if row["name_zh"] == "庚一有限公司")
    assert (firm["revenue_10k_cny"], capitals(result)["庚一有限公司"]) == (30_000, 5_000)
    assert "the title names 某某股份有限公司" in doubts(result)


def test_columns_that_nobody_sees_objects_and_firms_that_are_no_more_are_told(tmp_path: Path) -> None:
    book = workbook(tmp_path, "a.xlsx", "S", ("企业名称", "供应商", "备注"), ("甲一有限公司", "甲二有限公司", "x"))
    opened = openpyxl.load_workbook(book)
    opened.worksheets[0].column_dimensions["B"].hidden = True
    opened.save(book)
    result = seen(
        book,
        table(
            tmp_path,
            "b.json",
            '[{"企业名称": "乙一有限公司", "联系": {"邮箱": "x"}, "suppliers": [{"name": "乙二有限公司"}]}]',
        ),
        table(tmp_path, "c.csv", "企业名称,是否注销\n丙一有限公司,是\n丙二有限公司,否\n"),
    )

    assert pairs(result, "SUPPLIES") == {("甲二有限公司", "甲一有限公司"), ("乙二有限公司", "乙一有限公司")}
    assert names(result) == {f"{one}有限公司" for one in ("甲一", "甲二", "乙一", "乙二", "丙一", "丙二")}
    for text in (
        "1 column of a.xlsx that is hidden",
        "联系 holds nested objects",
        "是否注销 says of 1 that they are no more",
    ):
        assert text in doubts(result)


def test_what_stands_around_names_and_rows_of_other_programs_is_no_part_of_them_or_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "资料"
    folder.mkdir()
    table(folder, "旧表.zip", "PK")
    table(folder, "戊.csv", "企业名称\n戊一有限公司\n")
    result = seen(
        folder,
        table(tmp_path, "a.csv", "企业名称,城市\n【甲一有限公司】,苏州\n《甲二有限公司》<br/>,苏州\n<b>甲三有限公司</b>,苏州\n甲四有限公司-苏州,苏州\n"),
        table(tmp_path, "b.csv", "企业名称,城市\n乙一有限公司,合肥\n※ 以上为省级,\n# end,\n"),
        table(tmp_path, "c.csv", "编码,名称,生产厂家,类型\nP1,轴承,丙一有限公司,有限责任公司\n"),
        workbook(tmp_path, "d.xlsx", "S", ("企业名称", "城市"), ("#N/A", "苏州"), ("丁一有限公司", "合肥")),
    )  # fmt: skip

    assert names(result) == {
        "甲一有限公司",
        "甲二有限公司",
        "甲三有限公司",
        "甲四有限公司-苏州",
        "乙一有限公司",
        "丙一有限公司",
        "丁一有限公司",
        "戊一有限公司",
    }
    assert [one.in_(Language.EN) for one in result.report.no_tables] == ["旧表.zip (an archive: unpack it)"]
    assert ("丁一有限公司", "合肥市") in pairs(result, "LOCATED_IN")
    assert {(file, row) for file, row, *_ in problems(result)} == {("d.xlsx[S]", 2)}
    for text in ("behind 1 of the names in 企业名称 (甲四有限公司-苏州)", "名称 does not say what it names"):
        assert text in doubts(result)
    assert "类型 names organisations" not in doubts(result)


def test_where_a_plant_is_splits_no_firm_that_has_several(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        生产基地="工厂名称,企业名称,所在地,产品\n甲滁州工厂,甲精密有限公司,滁州市,减速器\n甲江阴工厂,甲精密有限公司,江阴市,减速器\n",
        b="企业名称,注册地,工厂,所在城市\n乙精密有限公司,苏州市,乙芜湖工厂,芜湖市\n乙精密有限公司,苏州市,乙合肥工厂,合肥市\n",
        c="企业名称,所在地,工厂\n丙精密有限公司,嘉兴市,丙一号工厂\n",
    )

    assert len(rows_of(result, "Enterprise")) == 3
    assert pairs(result, "LOCATED_IN") == {
        ("甲滁州工厂", "滁州市"), ("甲江阴工厂", "江阴市"), ("乙精密有限公司", "苏州市"), ("乙芜湖工厂", "芜湖市"),
        ("乙合肥工厂", "合肥市"), ("丙精密有限公司", "嘉兴市")}  # fmt: skip


def test_where_each_of_several_firms_beside_one_is_said_to_be_is_said_of_them(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="集团名称,子公司名称,持股比例,注册地\n甲集团有限公司,甲一有限公司,100%,桐乡市\n甲集团有限公司,甲二有限公司,65%,湖州市\n",
        b="公司名称,子公司名称,注册地,持股比例（%）\n乙股份有限公司,乙一有限公司,嘉兴市,100\n乙股份有限公司,乙二有限公司,合肥市,51\n",
        c="核心企业,供应商名称,所在城市\n丙汽车有限公司,丙一有限公司,芜湖市\n丙汽车有限公司,丙二有限公司,苏州市\n",
        d="链主企业,所在城市,配套企业\n丁汽车有限公司,合肥市,丁一有限公司\n丁汽车有限公司,合肥市,丁二有限公司\n",
        f="企业名称,股东名称,住所,持股比例\n戊有限公司,戊集团有限公司,苏州市虎丘区1号,60%\n戊有限公司,王伟,合肥市蜀山区2号,40%\n",
        e="Parent,Subsidiary,City,Ownership %\nAlpha Ltd.,Beta Ltd.,Shanghai,100%\nAlpha Ltd.,Gamma Ltd.,Hefei,60%\n",
    )

    assert pairs(result, "LOCATED_IN") == {
        ("甲一有限公司", "桐乡市"), ("甲二有限公司", "湖州市"), ("乙一有限公司", "嘉兴市"), ("乙二有限公司", "合肥市"),
        ("丙一有限公司", "芜湖市"), ("丙二有限公司", "苏州市"), ("丁汽车有限公司", "合肥市"), ("Beta Ltd.", "上海市"),
        ("Gamma Ltd.", "合肥市")}  # fmt: skip
    assert pairs(result, "OWNS", "share") == {
        ("甲集团有限公司", "甲一有限公司", 1.0), ("甲集团有限公司", "甲二有限公司", 0.65), ("乙股份有限公司", "乙一有限公司", 1.0),
        ("乙股份有限公司", "乙二有限公司", 0.51), ("戊集团有限公司", "戊有限公司", 0.6), ("Alpha Ltd.", "Beta Ltd.", 1.0), ("Alpha Ltd.", "Gamma Ltd.", 0.6)}  # fmt: skip
    assert pairs(result, "SUPPLIES") == {
        ("丙一有限公司", "丙汽车有限公司"), ("丙二有限公司", "丙汽车有限公司"), ("丁一有限公司", "丁汽车有限公司"),
        ("丁二有限公司", "丁汽车有限公司")}  # fmt: skip
    assert len(rows_of(result, "Enterprise")) == 17
    assert "persons and others (王伟) set aside" in doubts(result)


def test_whom_a_firm_ties_are_read_whatever_stands_behind_them(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="企业名称,主要客户,区县\n甲有限公司,甲一有限公司,松江区\n甲有限公司,甲二有限公司,青浦区\n",
        b="企业名称,配套企业,城市\n乙有限公司,乙一有限公司,苏州市\n乙有限公司,乙二有限公司,上海市\n",
    )
    lists = '[{"企业名称": "丙有限公司", "供应商": ["丙一有限公司", "丙二有限公司"], "所在市": ["苏州市", "上海市"]}]'

    assert pairs(result, "SUPPLIES") == {("甲有限公司", "甲一有限公司"), ("甲有限公司", "甲二有限公司")}
    assert pairs(seen(table(tmp_path, "x.json", lists)), "SUPPLIES") == {
        ("丙一有限公司", "丙有限公司"), ("丙二有限公司", "丙有限公司")}  # fmt: skip
