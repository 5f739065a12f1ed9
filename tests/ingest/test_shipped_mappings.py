"""Each shipped mapping keeps what its dataset means and counts what it gets wrong: small files with its traps, and the real ones."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from graph.derivations import with_derived
from graph.texts import Text
from ingest.mapping.mapping import shipped_names
from ingest.pipeline import Checked
from tests.ingest.datasets import account, checked_at, examples, problems, rows_of

pytestmark = pytest.mark.slow

DATA = Path(__file__).parents[3] / "shared" / "data"
SELF = "ingest.joined_to_itself"
NO_NODE = "ingest.no_node"
SEVERAL = "ingest.several_nodes"


def written(folder: Path, **files: str) -> Path:
    """A folder with these files; `a__csv=` writes a.csv, the first empty line is left out."""
    for name, text in files.items():
        path = folder / name.replace("__", ".")
        path.write_text(text.lstrip("\n"), encoding="utf-8")
    return folder


def lines(*rows: Mapping[str, object]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def names(result: Checked, label: str) -> dict[object, object]:
    return {row["id"]: row["name_zh"] for row in rows_of(result, label)}


def joined(result: Checked, edge_type: str, source: str, target: str, *properties: str) -> set[tuple[object, ...]]:
    """The edges of a type by the names of their ends."""
    left, right = names(result, source), names(result, target)
    return {
        (left[row["from_id"]], right[row["to_id"]], *(row[name] for name in properties))
        for row in rows_of(result, edge_type)
    }


def reasons(result: Checked) -> list[tuple[str, int, str, str]]:
    """File, row, field and reason of each row that is not loaded, in order; of choices, that there are some."""
    found = ((file, row, field, Text.unpacked(reason)) for file, row, field, _, reason in problems(result))
    return sorted(
        (file, row, field, said.id if "choices" in said.values else said.packed()) for file, row, field, said in found
    )


# --- ChainKnowledgeGraph ---------------------------------------------------------------------------------------------


def company(fullname: str, code: str, time: str = "2020-07-20") -> dict[str, object]:
    return {"name": fullname[:4], "fullname": fullname, "code": code, "location": "上海证券交易所", "time": time}


def link(from_entity: str, rel: str, to_entity: str) -> dict[str, object]:
    return {"from_entity": from_entity, "rel": rel, "to_entity": to_entity}


def sold(company_code: str, product_name: str, rel_weight: float) -> dict[str, object]:
    return {"company_code": company_code, "product_name": product_name, "rel_weight": rel_weight, "rel": "主营产品"}


@pytest.fixture(scope="module")
def chain_graph(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    products = ("硅片", "芯片", "光刻胶", "ABS镭雕料", "腌菜", "榨菜", "上装类\b")
    folder = written(
        tmp_path_factory.mktemp("tables"),
        company__json=lines(
            company("安集微电子科技股份有限公司", "688019"),
            company("上海硅产业集团股份有限公司", "688126.SH", "上海证券交易所"),
            company("北京龙软科技股份有限公司", "688078"),
            company("江苏卓易信息科技股份有限公司", "688078"),
        ),
        industry__json=lines({"code": "110100", "name": "种植业"}, {"code": "110000", "name": "农林牧渔"}),
        product__json=lines(*({"name": name} for name in products)),
        company_industry__json=lines(
            {"company_code": "688019.SH", "industry_code": "110100", "rel": "所属行业"},
            {"company_code": "688019.SH", "industry_code": "640401", "rel": "所属行业"},
        ),
        industry_industry__json=lines({"from_code": "110100", "rel": "上级行业", "to_code": "110000"}),
        company_product__json=lines(
            sold("688019.SH", "芯片", -59.0),
            sold("688019.SH", "光刻胶", 3.2),
            sold("688019.SH", "硅片", 0.5),
            sold("688019.SH", "硅片", 0.5),
            sold("688126.SH", "硅片", 0.9),
            sold("688078.SH", "芯片", 0.9),
            sold("600999.SH", "芯片", 0.9),
        ),
        product_product__json=lines(
            link("芯片", "上游材料", "硅片"),
            link("硅片", "下游产品", "芯片"),
            link("光刻胶", "下游产品", "芯片"),
            link("ABS镭雕料", "上游材料", "ABS镭雕料"),
            link("芯片", "上游材料", "没有的料"),
            link("腌菜", "产品小类", "榨菜"),
            link("榨菜", "上游材料", "腌菜"),
            link("榨菜", "产品小类", "榨菜"),
        ),
        industry_up__json=lines({"industry": "大众出版", "ups": {"磷肥及磷化工": 4}}),
    )
    return checked_at(folder, mappings=["chain-knowledge-graph"])


def test_upstream_materials_and_downstream_products_are_inputs_in_opposite_directions(chain_graph: Checked) -> None:
    assert joined(chain_graph, "INPUT_OF", "Product", "Product") == {("硅片", "芯片"), ("光刻胶", "芯片")}
    assert joined(chain_graph, "KIND_OF", "Product", "Product") == {("榨菜", "腌菜")}
    assert joined(chain_graph, "PART_OF", "Sector", "Sector") == {("种植业", "农林牧渔")}


def test_a_weight_of_a_product_is_a_rank_and_never_a_share(chain_graph: Checked) -> None:
    assert joined(chain_graph, "MAKES", "Enterprise", "Product", "rank", "share", "share_basis") == {
        ("安集微电子科技股份有限公司", "光刻胶", 1, None, None),
        ("安集微电子科技股份有限公司", "硅片", 2, None, None),
        ("安集微电子科技股份有限公司", "芯片", 4, None, None),
        ("上海硅产业集团股份有限公司", "硅片", 1, None, None),
    }


def test_a_code_with_or_without_its_exchange_is_one_and_a_code_of_two_companies_is_nobodys(
    chain_graph: Checked,
) -> None:
    found = {row["name_zh"]: (row["stock_code"], row["listed_on"]) for row in rows_of(chain_graph, "Enterprise")}
    assert {name: code for name, (code, _) in found.items()} == {
        "安集微电子科技股份有限公司": "688019.SH",
        "上海硅产业集团股份有限公司": "688126.SH",
        "北京龙软科技股份有限公司": None,
        "江苏卓易信息科技股份有限公司": None,
    }
    assert str(found["安集微电子科技股份有限公司"][1]) == "2020-07-20"
    assert found["上海硅产业集团股份有限公司"][1] is None
    assert (chain_graph.report.to_review, chain_graph.report.set_aside) == (1, 2)


def test_what_the_chain_graph_gets_wrong_is_counted_with_its_reason(chain_graph: Checked) -> None:
    # Read: 4 companies, 2 industries, 7 products, 2 + 1 memberships, 7 makers, 8 links, 1 source.
    assert account(chain_graph) == (32, 22, 2, 8)
    assert reasons(chain_graph) == [
        ("company_industry.json", 2, "to_id", NO_NODE),
        ("company_product.json", 6, "from_id", SEVERAL),
        ("company_product.json", 7, "from_id", NO_NODE),
        ("product.json", 7, "name_zh", "ingest.control_character"),
        ("product_product.json", 4, "to_id", SELF),
        ("product_product.json", 5, "from_id", NO_NODE),
        ("product_product.json", 7, "to_id",
         Text("ingest.contradicts", other="KIND_OF").packed()),
        ("product_product.json", 8, "to_id", SELF),
    ]  # fmt: skip


# --- the input-output table ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def io_table(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    folder = written(
        tmp_path_factory.mktemp("tables"),
        sectors135__csv="code,name\n001,农业\n003,畜牧业\n",
        sectors42__csv="code,name\n01,农林牧渔业\n10.0,造纸印刷及文教体育用品制造业\n",
        direct_input_135__csv="""
input_sector,output_sector,direct_coefficient,flow_10k_cny
001,001,np.float64(0.08551240841546578),np.float64(21086504.7)
001,003,0.122,1
003,001,1.2e-05,1
003,003,np.float64(nan),1
""",
        direct_input_42__csv="""
input_sector,output_sector,direct_coefficient
01,10.0,np.float64(1.697104189045132e-05)
10.0,01,np.float64(-0.1)
""",
        hs8_to_io135__csv="hs8,product,io_code\n01011010,种马,003\n44111499,,003\n99999999,无此部门之物,139\n",
    )
    return checked_at(folder, mappings=["io-table-2007"])


def test_coefficients_of_both_classifications_are_numbers_and_keep_apart(io_table: Checked) -> None:
    assert {(row["from_id"], row["to_id"], row["coefficient"]) for row in rows_of(io_table, "SECTOR_INPUT_OF")} == {
        ("sector:io135-001", "sector:io135-001", 0.08551240841546578),
        ("sector:io135-001", "sector:io135-003", 0.122),
        ("sector:io135-003", "sector:io135-001", 1.2e-05),
        ("sector:io135-003", "sector:io135-003", None),
        ("sector:io42-10", "sector:io42-01", None),
        ("sector:io42-01", "sector:io42-10", 1.697104189045132e-05),
    }
    assert {(row["id"], row["code"], row["classification"]) for row in rows_of(io_table, "Sector")} == {
        ("sector:io135-001", "001", "io-2007-135"),
        ("sector:io135-003", "003", "io-2007-135"),
        ("sector:io42-01", "01", "io-2007-42"),
        ("sector:io42-10", "10", "io-2007-42"),
    }


def test_goods_keep_the_zeros_of_their_customs_code_and_a_sector_that_does_not_exist_is_said(io_table: Checked) -> None:
    assert {(row["id"], row["hs_code"]) for row in rows_of(io_table, "Product")} == {
        ("product:hs-01011010", "01011010"),
        ("product:hs-99999999", "99999999"),
    }
    assert [(file, row, field) for file, row, field, _ in reasons(io_table)] == [
        ("hs8_to_io135.csv", 3, "from_id"),
        ("hs8_to_io135.csv", 3, "name_zh"),
        ("hs8_to_io135.csv", 4, "to_id"),
    ]
    assert account(io_table) == (17, 14, 0, 3)
    assert examples(io_table.report.value_reasons) == [
        ("coefficient", ("direct_input_135.csv:5 np.float64(nan)",)),
        ("coefficient", ("direct_input_42.csv:3 np.float64(-0.1)",)),
    ]


# --- KAG -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kag(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    folder = written(
        tmp_path_factory.mktemp("tables"),
        Company__csv='id,name,product\nCSF1,传化****限公司,"化工,化工-橡胶"\nCSF2,三角***份限公司,\nCSF3,某司,未声明\n',
        CompanyUpdate__csv="id,name,products\nCSF1,传化****限公司,化工-橡胶\n",
        Industry__csv="id\n原材料\n原材料-化工\n",
        Product__csv="""
id,belongToIndustry,hasSupplyChain
化工,原材料-化工,"轮胎-斜交,未声明,从未声明"
化工,原材料-化工,轮胎-斜交
化工-橡胶,原材料-化工,
轮胎-斜交,原材料,
""",
        Person__csv="id,name\n0,臧*\n",
    )
    return checked_at(folder, mappings=["kag-supplychain"])


def test_a_path_of_categories_is_a_kind_and_a_supply_chain_leads_downstream(kag: Checked) -> None:
    assert joined(kag, "KIND_OF", "Product", "Product") == {("化工-橡胶", "化工")}
    assert joined(kag, "INPUT_OF", "Product", "Product") == {("化工", "轮胎-斜交")}
    assert joined(kag, "PART_OF", "Sector", "Sector") == {("原材料-化工", "原材料")}
    assert joined(kag, "MAKES", "Enterprise", "Product") == {
        ("传化****限公司", "化工"),
        ("传化****限公司", "化工-橡胶"),
    }


def test_each_of_several_targets_in_a_cell_is_counted_and_so_are_undeclared_ones(kag: Checked) -> None:
    # Companies 3 + 3 makers (an empty cell is none) + 1 update; industries 2 + 1; products 4, kinds 2, sectors 4,
    # inputs 4; the source.
    assert account(kag) == (25, 17, 4, 4)
    assert reasons(kag) == [
        ("Company.csv", 4, "to_id", NO_NODE),
        ("Product.csv", 2, "to_id", NO_NODE),
        ("Product.csv", 2, "to_id", NO_NODE),
        ("Product.csv", 5, "to_id", NO_NODE),
    ]


# --- the chip supply chain -------------------------------------------------------------------------------------------


def chip_tables(folder: Path) -> Path:
    return written(
        folder,
        inputs__csv="""
input_name,input_id,type,stage_name,stage_id
Photoresists,N1,material_resource,Fabrication,S2
EUV photoresists,N2,material_resource,Fabrication,S2
Lithography,N3,process,Fabrication,S2
Core IP,N4,design_resource,,
""",
        providers__csv="""
provider_name,alias,provider_id,provider_type,country
JPN,,P1,country,
CHN,,P2,country,
JSR,,P3,organization,JPN
Nobody,,P4,organization,
ASML,,P5,organization,NLD
""",
        provision__csv="""
provider_name,provider_id,provided_name,provided_id,share_provided,negligible_market_share
JPN,P1,Photoresists,N1,91,
CHN,P2,Photoresists,N1,,negligible
DEU,P9,Photoresists,N1,8,
JSR,P3,Photoresists,N1,27.5,
JSR,P3,Fabrication,S2,10,
JPN,P1,Design,S1,60,
JPN,P1,EUV photoresists,N2,150,
Some firm,P10,EUV photoresists,N2,1,
""",
        sequence__csv="""
input_name,input_id,goes_into_name,goes_into_id,is_type_of_name,is_type_of_id
Photoresists,N1,Lithography,N3,,
EUV photoresists,N2,,,Photoresists,N1
Core IP,N4,,,,
""",
        stages__csv="stage_name,stage_id\nDesign,S1\nFabrication,S2\n",
    )


@pytest.fixture(scope="module")
def chips(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    return checked_at(chip_tables(tmp_path_factory.mktemp("tables")), mappings=["chip-supply-chain"])


def test_countries_provide_and_organisations_make_with_percentages_as_fractions(chips: Checked) -> None:
    assert joined(chips, "PROVIDES", "Place", "Product", "share", "is_negligible") == {
        ("JPN", "Photoresists", 0.91, None),
        ("CHN", "Photoresists", None, True),
        ("DEU", "Photoresists", 0.08, None),
        ("JPN", "EUV photoresists", None, None),
    }
    assert joined(chips, "MAKES", "Enterprise", "Product", "share", "share_basis") == {
        ("JSR", "Photoresists", 0.275, "value")
    }
    assert joined(chips, "LOCATED_IN", "Enterprise", "Place") == {("JSR", "JPN"), ("ASML", "NLD")}
    assert examples(chips.report.value_reasons) == [("share", ("provision.csv:8 150",))]


def test_the_home_country_is_recognised_by_its_code_of_three_letters(tmp_path: Path) -> None:
    (tmp_path / "名单.csv").write_text("企业名称,所在市\n苏州甲材料有限公司,苏州市\n", encoding="utf-8")
    (tmp_path / "chips").mkdir()

    result = checked_at(chip_tables(tmp_path / "chips"), tmp_path / "名单.csv", mappings=["chip-supply-chain"])

    places = [row for batch in with_derived(result.batches) if batch.name == "Place" for row in batch.table.to_pylist()]
    assert {row["country_id"] for row in places if row["id"] == "place:320500"} == {"place:country-chn"}


def test_a_sequence_gives_inputs_and_kinds_and_a_stage_is_a_segment_of_the_one_chain(chips: Checked) -> None:
    assert joined(chips, "INPUT_OF", "Product", "Product") == {("Photoresists", "Lithography")}
    assert joined(chips, "KIND_OF", "Product", "Product") == {("EUV photoresists", "Photoresists")}
    assert joined(chips, "PART_OF", "Product", "Chain", "segment") == {
        ("Photoresists", "半导体供应链", "Fabrication"),
        ("EUV photoresists", "半导体供应链", "Fabrication"),
        ("Lithography", "半导体供应链", "Fabrication"),
        ("Core IP", "半导体供应链", None),
    }
    # Inputs 4 + 4, stages 2 of one chain, providers 5 + 2 countries + 2, provision 6 + 2 countries, sequence 2, the source.
    assert account(chips) == (30, 26, 2, 2)
    assert [(file, row, field) for file, row, field, _ in reasons(chips)] == [
        ("provision.csv", 9, "from_id"),
        ("provision.csv", 9, "id"),
    ]
    assert {t.file: t.passed_over for t in chips.report.tables}["provision.csv"] == 0


# --- lists of places, companies, institutes --------------------------------------------------------------------------


def test_an_exchange_list_keeps_its_text_and_places_a_company_by_all_it_says(tmp_path: Path) -> None:
    heading = "公司全称,英文名称,注册地址,A股代码,A股简称,A股上市日期,省份,城市,所属行业"
    written(tmp_path, szse_a_share_list_x__csv=f"""
{heading}
万科企业股份有限公司,"CHINA VANKE CO., LTD.",广东省深圳市盐田区大梅沙环梅路33号,000002,万  科Ａ,1991-01-29,广东,深圳市,K 房地产
某松江路公司,X,吉林省吉林市松江路1号,301229,某,2022-03-30,吉林,吉林市,C 制造业
矛盾公司,X,浙江省杭州市西湖区一路1号,300001,矛,2009-10-30,江苏,南京市,C 制造业
""")  # fmt: skip

    result = checked_at(tmp_path, mappings=["szse-list"])

    by_name = {row["name_zh"]: row for row in rows_of(result, "Enterprise")}
    assert (by_name["万科企业股份有限公司"]["id"], by_name["万科企业股份有限公司"]["short_name"]) == (
        "enterprise:000002.SZ",
        "万  科Ａ",
    )
    placed = {row["from_id"]: row["to_id"] for row in rows_of(result, "LOCATED_IN")}
    assert placed == {"enterprise:000002.SZ": "place:440308", "enterprise:301229.SZ": "place:220200"}
    assert [(row, field) for _, row, field, _ in reasons(result)] == [(4, "to_id")]
    assert {row["id"]: row["name_zh"] for row in rows_of(result, "Sector")} == {
        "sector:csrc-k": "房地产",
        "sector:csrc-c": "制造业",
    }


def test_the_exchanges_own_download_is_read_whatever_it_is_called_and_however_it_spaces_headings(
    tmp_path: Path,
) -> None:
    written(tmp_path, A股列表__csv="""
板块,公司全称,英文名称,注册地址,A股代码,A股简称,A股上市日期,A股总股本,省    份,城     市,所属行业
主板,万科企业股份有限公司,"CHINA VANKE CO., LTD.",大梅沙环梅路33号,000002,万  科Ａ,1991-01-29,"9,724,196,533",广东,深圳市,K 房地产
""")  # fmt: skip

    result = checked_at(tmp_path / "A股列表.csv", mappings=["szse-list"])

    assert [row["id"] for row in rows_of(result, "Enterprise")] == ["enterprise:000002.SZ"]
    assert [row["to_id"] for row in rows_of(result, "LOCATED_IN")] == ["place:440300"]
    assert "省 份" not in result.report.tables[0].unread_columns


def test_a_list_of_stocks_knows_who_left_the_exchange_and_what_an_area_is(tmp_path: Path) -> None:
    fields = ["ts_code", "name", "area", "industry", "list_date", "fullname", "list_status", "enname"]
    items = [
        ["688012.SH", "中微公司", "上海", "专用机械", "20190722", "中微半导体设备（上海）股份有限公司", "L", "AMEC"],
        ["600001.SH", "邯郸钢铁(退)", None, None, "19980122", "邯郸钢铁股份有限公司", "D", None],
        ["600002.SH", "齐鲁石化", "山东", "石油加工", "19980408", "淄博齐鲁石油化工股份有限公司", "D", None],
        ["T00018.SH", "上港集箱(退)", "上海", "港口", "20000719", "上海港集装箱股份有限公司", "D", None],
    ]
    text = json.dumps({"code": 0, "data": {"fields": fields, "items": items}}, ensure_ascii=False)
    written(tmp_path, stock_basic__json=text)

    result = checked_at(tmp_path / "stock_basic.json", mappings=["go-stock"])

    assert {(row["id"], row["is_listed"], str(row["listed_on"])) for row in rows_of(result, "Enterprise")} == {
        ("enterprise:688012.SH", True, "2019-07-22"),
        ("enterprise:600001.SH", False, "1998-01-22"),
        ("enterprise:600002.SH", False, "1998-04-08"),
    }
    located = [(row["to_id"], row["status"]) for row in rows_of(result, "LOCATED_IN")]
    assert located == [("place:370300", "inferred"), ("place:310000", "inferred")]
    assert {(field, reason) for _, _, field, reason in reasons(result)} >= {("id", "ingest.no_stock_code")}


def test_organisations_are_placed_by_number_and_companies_among_them_are_passed_over(tmp_path: Path) -> None:
    rows = [
        {"ror": "https://ror.org/0027d9x02", "name": "Suzhou Institute", "zh": ["苏州纳米所", "纳米所"],
         "types": ["facility", "funder"], "geonames": 1886760},
        {"ror": "https://ror.org/00xxxxx00", "name": "Suzhou University", "zh": [],
         "types": ["education"], "geonames": 1793511},
        {"ror": "https://ror.org/00k642b80", "name": "Alibaba", "zh": ["阿里巴巴"], "types": ["company"], "geonames": 1808926},
    ]  # fmt: skip
    written(tmp_path, ror_x__json=json.dumps(rows, ensure_ascii=False))

    result = checked_at(tmp_path / "ror_x.json", mappings=["ror"])

    assert {(row["id"], row["name_zh"], row["kind"]) for row in rows_of(result, "Institute")} == {
        ("institute:ror-0027d9x02", "苏州纳米所", "research_institute"),
        ("institute:ror-00xxxxx00", "Suzhou University", "university"),
    }
    assert [(row["from_id"], row["to_id"]) for row in rows_of(result, "LOCATED_IN")] == [
        ("institute:ror-0027d9x02", "place:320500")
    ]
    assert result.report.tables[0].passed_over == 1


def test_a_university_in_a_county_level_city_is_placed_there_and_a_contradiction_is_said(tmp_path: Path) -> None:
    written(
        tmp_path,
        cn_schools__csv="""
学校,省份,城市,层次
昆山杜克大学,江苏,昆山,本科
河北工业大学,河北,天津,本科
宿州学院,安徽,宿州,本科
""",
    )

    result = checked_at(tmp_path / "cn_schools.csv", mappings=["universities"])

    assert joined(result, "LOCATED_IN", "Institute", "Place") == {("昆山杜克大学", "昆山市"), ("宿州学院", "宿州市")}
    assert reasons(result) == [("cn_schools.csv", 3, "to_id", "ingest.place.contradicts")]


def test_the_districts_of_a_municipality_belong_to_it_directly(tmp_path: Path) -> None:
    written(
        tmp_path,
        provinces__csv='code,name\n31,"上海市"\n33,"浙江省"\n',
        cities__csv='code,name,provinceCode\n3101,"市辖区",31\n3301,"杭州市",33\n',
        areas__csv='code,name,cityCode,provinceCode\n310117,"松江区",3101,31\n330106,"西湖区",3301,33\n',
    )

    result = checked_at(tmp_path, mappings=["gb2260"])

    assert joined(result, "PART_OF", "Place", "Place") == {
        ("松江区", "上海市"),
        ("杭州市", "浙江省"),
        ("西湖区", "杭州市"),
    }
    assert account(result) == (9, 9, 0, 0)


# --- the real files --------------------------------------------------------------------------------------------------

REAL: Sequence[tuple[str, str, tuple[int, int, int, int]]] = (
    ("ror", "institutes/ror_corridor.json", (464, 464, 0, 0)),
    ("kag-supplychain", "kag-supplychain", (1_769, 550, 174, 1_045)),
    ("gb2260", "places", (6_648, 6_648, 0, 0)),
    ("universities", "institutes/py92.cn_schools.csv", (6_265, 6_263, 0, 2)),
    ("io-table-2007", "io-table-2007", (30_584, 30_565, 0, 19)),
    ("go-stock", "listed-companies/go-stock.stock_basic.json", (21_950, 16_647, 5_303, 0)),
    ("szse-list", "listed-companies/szse_a_share_list_2025.csv", (13_221, 10_370, 2_851, 0)),
    ("chain-knowledge-graph", "chain-knowledge-graph", (269_573, 259_988, 423, 9_162)),
)
_NOT_AT_HAND = ("centre-reports", "chip-supply-chain", "fund-projects")


def test_every_shipped_mapping_is_tried_on_its_real_files() -> None:
    assert sorted([name for name, *_ in REAL] + [*_NOT_AT_HAND]) == sorted(shipped_names())


@pytest.mark.parametrize(("mapping", "path", "expected"), REAL, ids=[name for name, *_ in REAL])
def test_every_row_of_the_real_files_is_accounted_for(
    mapping: str, path: str, expected: tuple[int, int, int, int]
) -> None:
    if not (DATA / path).exists():
        pytest.skip("needs the datasets beside the project (../shared/data), which are absent here")

    result = checked_at(DATA / path, mappings=[mapping])

    assert result.report.read == result.report.loaded + result.report.merged + result.report.quarantined
    assert account(result) == expected
    assert sum(reason.count for reason in result.report.reasons) == result.report.quarantined
    assert all(t.read == t.accepted + t.quarantined for t in result.report.tables)
