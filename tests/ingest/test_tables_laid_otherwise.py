"""Tables laid otherwise than a row a thing and a column a property: numbered columns, hidden rows, section heads, tables on their side."""

from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import Font

from graph.errors import SourceUnreadable
from graph.texts import Language, Text
from ingest.mapping.proposal import proposed
from ingest.pipeline import Checked
from tests.ingest.datasets import problems, rows_of
from tests.ingest.test_tables import names, pairs, table, workbook
from tests.ingest.test_tables_of_others import ONE, THREE, TWO, said, seen

pytestmark = pytest.mark.slow


# --- several of one thing in a row -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headings",
    ["供应商1,供应商2", "供应商一,供应商二", "第一大供应商,第二大供应商", "供应商（1）,供应商（2）", "供应商,供应商.1",
     "主要供应商1名称,主要供应商2名称", "Supplier 1,Supplier 2"],
)  # fmt: skip
def test_each_numbered_column_is_a_link_of_the_row(tmp_path: Path, headings: str) -> None:
    result = seen(table(tmp_path, "x.csv", f"企业名称,{headings}\n{ONE},{TWO},\n{TWO},{THREE},某铜业有限公司\n"))

    assert pairs(result, "SUPPLIES") == {(TWO, ONE), (THREE, TWO), ("某铜业有限公司", TWO)}
    assert (problems(result), result.report.tables[0].unread_columns) == ([], ())


def test_what_is_said_of_a_numbered_link_is_that_of_its_number(tmp_path: Path) -> None:
    text = (
        "企业名称,主要产品一,主要产品二,供应商1,采购额1（亿元）,供应商2,采购额2（亿元）,客户1,客户1销售额（万元）,客户1产品\n"
        f"{ONE},轴承,齿轮,{TWO},1,{THREE},2,某汽车有限公司,300,轴承\n"
    )

    result = seen(table(tmp_path, "x.csv", text))

    assert pairs(result, "MAKES") == {(ONE, "轴承"), (ONE, "齿轮")}
    assert pairs(result, "SUPPLIES", "amount_10k_cny") == {
        (TWO, ONE, 10_000), (THREE, ONE, 20_000), (ONE, "某汽车有限公司", 300)}  # fmt: skip


def test_amounts_that_are_numbered_otherwise_than_the_names_are_not_read(tmp_path: Path) -> None:
    result = seen(
        table(tmp_path, "x.csv", f"企业名称,客户1,销售额（万元）,客户2,销售额（万元）.1\n{ONE},{TWO},1,{THREE},2\n")
    )

    assert pairs(result, "SUPPLIES", "amount_10k_cny") == {(ONE, TWO, None), (ONE, THREE, None)}
    assert result.report.tables[0].unread_columns == ("销售额（万元）", "销售额（万元）.1")


def test_suppliers_and_customers_in_a_list_of_enterprises_are_ties_of_each_row(tmp_path: Path) -> None:
    text = f"企业名称,主要供应商,主要客户,母公司,上游\n{ONE},{TWO}、{THREE},华为、中兴,某某集团有限公司,钢材\n"

    result = seen(table(tmp_path, "x.csv", text))

    assert pairs(result, "SUPPLIES") == {(TWO, ONE), (THREE, ONE), (ONE, "华为"), (ONE, "中兴")}
    assert pairs(result, "OWNS") == {("某某集团有限公司", ONE)}
    assert "x.csv：主要供应商 → 企业名称：每行一条“供应”关系" in [line.in_(Language.ZH) for line in result.report.taken]
    assert result.report.tables[0].unread_columns == ("上游",)


@pytest.mark.parametrize(
    "text",
    [
        f"供应商,采购商,产品\n{ONE}、{TWO},{THREE},电机、电控\n",
        f"企业名称,主营产品\n{ONE}、{TWO},电机、电控\n",
        f"供应商,采购商\n{ONE}、{TWO},{THREE}、某汽车有限公司\n",
    ],
)
def test_cells_that_hold_equally_many_are_asked_how_they_go_together(tmp_path: Path, text: str) -> None:
    path = table(tmp_path, "x.csv", text)
    draft = proposed(path, is_draft=True).to_yaml(Language.EN)

    def read(pairing: str) -> Checked:
        edge = "- type: SUPPLIES" if "供应商" in text else "- type: MAKES"
        (tmp_path / "m.yaml").write_text(draft.replace(edge, f"{edge}\n    pairs: {pairing}"), encoding="utf-8")
        return seen(path, mappings=[tmp_path / "m.yaml"])

    asked = seen(path)
    assert (rows_of(asked, "SUPPLIES"), rows_of(asked, "MAKES")) == ([], [])
    assert [(row, reason) for _, row, _, _, reason in problems(asked)] == [(2, "ingest.pairs_unclear")]
    assert "pairs: in_order" in Text("ingest.pairs_unclear").todo.in_(Language.EN)
    counts = [len(rows_of(read(how), "SUPPLIES")) + len(rows_of(read(how), "MAKES")) for how in ("in_order", "each")]
    assert counts == [2, 4]


def test_cells_that_hold_different_numbers_are_each_with_each_unless_they_are_said_to_go_in_order(
    tmp_path: Path,
) -> None:
    path = table(tmp_path, "x.csv", f"供应商,采购商,产品\n{ONE}、{TWO},{THREE},电机、电控、轴承\n")
    draft = proposed(path, is_draft=True).to_yaml(Language.EN)
    (tmp_path / "m.yaml").write_text(
        draft.replace("- type: SUPPLIES", "- type: SUPPLIES\n    pairs: in_order"), encoding="utf-8"
    )

    in_order = seen(path, mappings=[tmp_path / "m.yaml"])

    assert (len(rows_of(seen(path), "SUPPLIES")), rows_of(in_order, "SUPPLIES")) == (6, [])
    assert [reason for *_, reason in problems(in_order)] == ["ingest.pairs_differ"]


def test_words_for_many_are_no_customers(tmp_path: Path) -> None:
    result = seen(table(tmp_path, "x.csv", f"企业名称,主要客户\n{ONE},国内主机厂、{TWO}\n{THREE},各大电网公司\n"))

    assert pairs(result, "SUPPLIES") == {(ONE, TWO)}
    assert {(value, reason) for *_, value, reason in problems(result)} == {
        ("国内主机厂", "ingest.no_name"), ("各大电网公司", "ingest.no_name")}  # fmt: skip


# --- what one does not see -------------------------------------------------------------------------------------------


def test_rows_that_are_hidden_or_filtered_out_are_read_and_counted(tmp_path: Path) -> None:
    path = workbook(
        tmp_path, "x.xlsx", "S", ("企业名称", "城市"), (ONE, "杭州"), (TWO, "芜湖"), (None, None), (THREE, "湖州")
    )
    book = openpyxl.load_workbook(path)
    for row in (3, 4, 5):
        book["S"].row_dimensions[row].hidden = True
    book["S"]["A2"].font = Font(strike=True)
    book.save(path)

    result = seen(path)

    assert names(result) == {ONE, TWO, THREE}
    assert [line.in_(Language.EN) for line in result.report.taken if "filtered" in line.in_(Language.EN)] == [
        "2 rows of x.xlsx that are hidden or filtered out in the spreadsheet are read like the others; "
        "delete what is not meant, or save the visible rows as a new file"]  # fmt: skip
    assert "1 row of x.xlsx with text that is struck through" in result.report.taken[-1].in_(Language.EN)
    assert "filtered out" in proposed(path, is_draft=True).to_yaml(Language.EN)


# --- what stands above rows ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "heads", [("浙江省", "安徽省"), ("一、浙江省（2家）", "二、安徽省（1家）"), ("【浙江省】", "（安徽省）")]
)
def test_a_place_above_its_rows_is_where_they_are(tmp_path: Path, heads: tuple[str, str]) -> None:
    text = f"序号,企业名称,城市\n{heads[0]},,\n1,{ONE},杭州\n2,{THREE},\n小计,2,\n{heads[1]},,\n3,{TWO},芜湖\n"

    result = seen(table(tmp_path, "x.csv", text))

    assert pairs(result, "LOCATED_IN") == {(ONE, "杭州市"), (THREE, "浙江省"), (TWO, "芜湖市")}
    assert (problems(result), result.report.converted["section-row"]) == ([], 2)
    assert "浙江省" in result.report.taken[-1].in_(Language.EN)


def test_a_head_right_below_another_stands_inside_it(tmp_path: Path) -> None:
    text = f"企业名称,产品\n浙江省,\n杭州市,\n{ONE},轴承\n湖州市：,\n{THREE},薄膜\n安徽省,\n芜湖市,\n{TWO},电容\n"

    assert pairs(seen(table(tmp_path, "x.csv", text)), "LOCATED_IN") == {
        (ONE, "杭州市"), (THREE, "湖州市"), (TWO, "芜湖市")}  # fmt: skip


@pytest.mark.parametrize("first", ["机械行业,,\n", "集成电路产业链,,\n", "张江科技园,,\n", ""])
def test_heads_that_are_no_places_or_not_above_all_rows_place_nothing_and_are_shown(tmp_path: Path, first: str) -> None:
    text = f"企业名称,产品,备注\n{first}{ONE},轴承,\n安徽省,,\n{TWO},电容,\n"

    result = seen(table(tmp_path, "x.csv", text))

    assert (names(result), rows_of(result, "LOCATED_IN")) == ({ONE, TWO}, [])
    assert len(result.report.left_out) == 1 + bool(first)


# --- other layouts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"企业名称,{ONE},{TWO}\n城市,杭州,芜湖\n注册资本（万元）,100,200\n主要产品,轴承,电容\n", "Transpose"),
        (f"项目,内容\n企业名称,{ONE}\n城市,杭州\n", "Transpose"),
        ("指标,2022年,2023年\n营业收入,2,3\n员工人数,20,30\n", "Transpose"),
        (f"行标签,求和项:金额\n{ONE},100\n总计,100\n", "pivot table"),
        (f"求和项:金额,列标签,\n行标签,{TWO},总计\n{ONE},100,100\n", "pivot table"),
        (f"Row Labels,Sum of amount\n{ONE},100\n", "pivot table"),
        (f"供应商,{TWO},{THREE}\n{ONE},100,2\n某铜业有限公司,1,2\n", "give each pair a row"),
    ],
)
def test_a_table_that_is_laid_otherwise_is_refused_with_what_was_seen_and_what_to_do(
    tmp_path: Path, text: str, said: str
) -> None:
    path = table(tmp_path, "x.csv", text)

    with pytest.raises(SourceUnreadable) as refused:
        seen(path)

    assert said in refused.value.text.in_(Language.EN)
    assert said in proposed(path, is_draft=True).to_yaml(Language.EN)
    table(tmp_path, "企业.csv", f"企业名称\n{ONE}\n")
    beside = seen(tmp_path)
    assert names(beside) == {ONE}
    assert [said in str(one.in_(Language.EN)) for one in beside.report.unread_tables if isinstance(one, Text)] == [True]


# --- what is whose ---------------------------------------------------------------------------------------------------


def test_the_code_of_a_listed_company_is_never_that_of_its_customers(tmp_path: Path) -> None:
    rows = f"688165,子机械,1,{TWO},否,12000000\n688165,子机械,2,{THREE},否,8000000\n"
    named = seen(table(tmp_path, "x.csv", f"证券代码,证券简称,排名,客户名称,是否上市,销售额（元）\n{rows}"))
    bare = seen(table(tmp_path, "y.csv", f"证券代码,客户名称\n688165,{TWO}\n688165,{THREE}\n"))

    assert pairs(named, "SUPPLIES", "amount_10k_cny") == {("子机械", TWO, 1200), ("子机械", THREE, 800)}
    codes = {(row["name_zh"], row["stock_code"], row["is_listed"]) for row in rows_of(named, "Enterprise")}
    assert codes == {("子机械", "688165.SH", None), (TWO, None, None), (THREE, None, None)}
    assert {row["stock_code"] for row in rows_of(bare, "Enterprise")} == {None}


@pytest.mark.parametrize("heading", ["行业代码", "邮政编码", "代码"])
def test_numbers_under_another_code_are_no_codes_of_shares(tmp_path: Path, heading: str) -> None:
    result = seen(table(tmp_path, "x.csv", f"企业名称,{heading}\n{ONE},3451\n{TWO},2594\n{THREE},688\n"))

    assert {row["stock_code"] for row in rows_of(result, "Enterprise")} == {None}


def test_goods_that_are_traded_are_not_made_by_who_trades_them(tmp_path: Path) -> None:
    text = f"进出口,企业名称,商品名称,产销国\n进口,{ONE},光刻机,荷兰\n出口,{TWO},电容,日本\n"

    result = seen(table(tmp_path, "x.csv", text))

    assert (names(result), rows_of(result, "MAKES")) == ({ONE, TWO}, [])
    assert any("need not make" in line.in_(Language.EN) for line in result.report.taken)


def test_awards_are_supplies_and_a_parts_list_says_what_goes_into_what(tmp_path: Path) -> None:
    award = f"项目名称,采购人,中标人,中标金额（万元）\n轴承采购项目,{TWO},{ONE},120.5\n"

    awarded = seen(table(tmp_path, "x.csv", award))
    parts = seen(table(tmp_path, "y.csv", "层级,父项名称,子项名称,用量\n1,减速器,轴承,2\n"))

    assert (pairs(awarded, "SUPPLIES", "amount_10k_cny"), rows_of(awarded, "Project")) == ({(ONE, TWO, 120.5)}, [])
    assert pairs(parts, "INPUT_OF") == {("轴承", "减速器")}


def test_plants_beside_their_operators_are_where_the_columns_beside_them_say(tmp_path: Path) -> None:
    rows = f"{ONE},子机械湖州工厂,浙江省,湖州市,杭州\n{ONE},子机械安徽工厂,安徽省,,杭州\n"

    result = seen(table(tmp_path, "x.csv", f"企业名称,生产基地,基地所在省,基地所在市,城市\n{rows}"))

    places = {row["id"]: row["name_zh"] for label in ("Plant", "Place", "Enterprise") for row in rows_of(result, label)}
    assert {(places[row["from_id"]], places[row["to_id"]]) for row in rows_of(result, "LOCATED_IN")} == {
        ("子机械湖州工厂", "湖州市"), ("子机械安徽工厂", "安徽省"), (ONE, "杭州市")}  # fmt: skip
    assert len(rows_of(result, "OPERATES")) == 2


def test_places_in_columns_that_share_a_beginning_are_places(tmp_path: Path) -> None:
    text = f"单位详细名称,单位所在地及行政区划-省,单位所在地及行政区划-市\n{ONE},浙江省,杭州市\n"

    assert pairs(seen(table(tmp_path, "x.csv", text)), "LOCATED_IN") == {(ONE, "杭州市")}


def test_statistics_of_places_are_asked_for_and_nothing_of_them_is_made_up(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="there is no column of level"):
        seen(table(tmp_path, "x.csv", "地区,企业单位数（个）,营业收入（亿元）\n杭州市,500,3000\n湖州市,500,2000\n"))


def test_an_amount_in_brackets_is_below_zero_and_lists_in_english_are_parted_by_commas(tmp_path: Path) -> None:
    amounts = seen(table(tmp_path, "x.csv", f"供应商,客户,金额（元）\n{ONE},{TWO},(1200.00)\n{THREE},{TWO},3000\n"))
    goods = seen(table(tmp_path, "y.csv", 'Company Name,Main Products\nFoo Ltd.,"Bearings, gears"\n'))

    assert said(amounts) == [("out of range 0 … ∞", "x.csv:2 (1200.00)")]
    assert names(goods, "Product") == {"Bearings", "gears"}


def test_a_row_that_names_a_firm_and_its_trade_is_of_the_firm(tmp_path: Path) -> None:
    trade = seen(
        table(tmp_path, "x.csv", f"单位名称,行业代码,行业名称\n{ONE},3451,滚动轴承制造\n{TWO},3983,敏感元件制造\n")
    )
    listed = seen(table(tmp_path, "y.csv", "Symbol,Name,Sector\nAAPL,Apple Inc.,Technology\n"))

    assert (names(trade), rows_of(trade, "Sector")) == ({ONE, TWO}, [])
    assert (names(listed), rows_of(listed, "Sector")) == ({"Apple Inc."}, [])


def test_products_parted_by_spaces_are_several_and_capacities_have_the_unit_of_their_heading(tmp_path: Path) -> None:
    goods = seen(table(tmp_path, "x.csv", f"企业名称,主要产品\n{ONE},轴承 齿轮 减速器\n{TWO},薄膜 电容\n"))
    whole = seen(table(tmp_path, "y.csv", f"企业名称,主要产品\n{ONE},汽车 座椅\n"))
    made = seen(table(tmp_path, "z.csv", f"企业名称,产品,产能（万吨/年）\n{ONE},薄膜,10\n"))

    assert names(goods, "Product") == {"轴承", "齿轮", "减速器", "薄膜", "电容"}
    assert names(whole, "Product") == {"汽车 座椅"}
    assert pairs(made, "MAKES", "capacity", "capacity_unit") == {(ONE, "薄膜", 10, "万吨/年")}


def test_a_person_among_shareholders_is_shown_as_what_is_not_read_there(tmp_path: Path) -> None:
    result = seen(table(tmp_path, "x.csv", f"股东,企业名称,持股比例\n李四,{ONE},60%\n某某集团有限公司,{ONE},40%\n"))

    assert pairs(result, "OWNS", "share") == {("某某集团有限公司", ONE, 0.4)}
    assert [(row, value, reason) for _, row, _, value, reason in problems(result)] == [(2, "李四", "ingest.not_taken")]


def test_kinds_down_the_first_column_are_no_headings(tmp_path: Path) -> None:
    rows = f"企业,{ONE},杭州\n企业,{TWO},芜湖\n客户,{THREE},湖州\n"

    assert names(seen(table(tmp_path, "x.csv", f"性质,名称,城市\n{rows}"))) == {ONE, TWO, THREE}


def test_codes_of_another_sheet_or_file_are_read_as_the_names_beside_them_there(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(
        workbook(tmp_path, "库.xlsx", "企业", ("企业编号", "企业名称"), ("Q1", "甲一有限公司"), ("Q2", "甲二有限公司"))
    )
    for title, *rows in (
        ("产品", ("企业编号", "产品名称"), ("Q1", "减速器"), ("Q2", "钢球")),
        ("供应关系", ("供应商编号", "客户编号", "年采购额（万元）"), ("Q1", "Q2", 600)),
        ("物料", ("物料编码", "物料名称"), ("M1", "减速器"), ("M2", "钢球")),
        ("BOM", ("父项编码", "子项编码"), ("M1", "M2")),
    ):
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "库.xlsx")
    folder = tmp_path / "folder"
    folder.mkdir()
    table(folder, "companies.csv", "id,name\n1,Alpha Ltd.\n2,Beta Inc.\n")
    table(folder, "shares.csv", "shareholder_id,company_id,stake\n1,2,30%\n")
    lists = tmp_path / "lists"
    lists.mkdir()
    table(lists, "企业.csv", "企业编号,企业名称\n1,丁一有限公司\n2,丁二有限公司\n")
    table(lists, "供应商名录.csv", "供应商编号,供应商名称\n1,丁三有限公司\n2,丁四有限公司\n")
    table(lists, "采购.csv", "供应商编号,采购单位\n1,丁一有限公司\n")
    numbered = tmp_path / "numbered"
    numbered.mkdir()
    table(numbered, "企业.csv", "编号,企业名称\n1,丙一有限公司\n2,丙二有限公司\n")
    table(numbered, "产品.csv", "编号,产品名称\n1,电机\n2,电控\n")
    parks = tmp_path / "parks"
    parks.mkdir()
    table(parks, "园区.csv", "园区编号,园区名称,职工人数\n1,甲园区,5000\n2,乙园区,6000\n")
    table(parks, "企业.csv", "企业名称,园区编号\n戊一有限公司,1\n戊二有限公司,2\n")
    result = seen(tmp_path / "库.xlsx", folder, lists, numbered, parks)

    assert pairs(result, "MAKES") == {("甲一有限公司", "减速器"), ("甲二有限公司", "钢球")}
    supplies = {("甲一有限公司", "甲二有限公司", 600), ("丁三有限公司", "丁一有限公司", None)}
    assert pairs(result, "SUPPLIES", "amount_10k_cny") == supplies
    assert pairs(result, "INPUT_OF") == {("钢球", "减速器")}
    assert pairs(result, "OWNS", "share") == {("Alpha Ltd.", "Beta Inc.", 0.3)}
    assert len(rows_of(result, "Enterprise")) == 12
    assert {row["employees"] for row in rows_of(result, "Enterprise")} == {None}
    assert problems(result) == []
    assert "供应商编号, 客户编号 holds codes of another table" in "\n".join(
        line.in_(Language.EN) for line in result.report.taken
    )


def test_tables_as_a_database_has_them_are_read_with_what_their_ids_stand_for(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    table(tmp_path / "a", "companies.csv", "company_id,name\n1,Alpha Ltd.\n2,Beta Inc.\n")
    table(tmp_path / "a", "products.csv", "product_id,name,company_id\n1,Reducer,2\n2,Bearing,1\n")
    table(tmp_path / "a", "supplies.csv", "supplier_id,customer_id,product_id\n2,1,1\n")
    table(tmp_path / "b", "企业.csv", "企业编号,名称\n1,甲有限公司\n2,乙有限公司\n")
    table(tmp_path / "b", "产品.csv", "产品编号,名称,企业编号\n1,电机,1\n2,电控,2\n")
    result = seen(tmp_path / "a", tmp_path / "b")

    assert pairs(result, "MAKES") == {
        ("Beta Inc.", "Reducer"),
        ("Alpha Ltd.", "Bearing"),
        ("甲有限公司", "电机"),
        ("乙有限公司", "电控"),
    }
    assert names(result, "Product") == {"Reducer", "Bearing", "电机", "电控"}
    (sold,) = rows_of(result, "SUPPLIES")
    assert sold["product_id"] == next(row["id"] for row in rows_of(result, "Product") if row["name_zh"] == "Reducer")
