"""Where addresses and columns of places say that a company is, and what they do not say."""

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from ingest.places.gazetteer import CORRIDOR, gazetteer, place_rows
from ingest.places.places import NOT_CHINESE, NOTHING, OUTSIDE, placed

DATA = Path(__file__).parents[3] / "shared" / "data"
ABSENT = "needs the lists beside the project (../shared/data), which are absent here"


def place(**columns: str | None) -> dict[str, str | None]:
    row: dict[str, str | None] = placed(**{k: pa.array([v], pa.string()) for k, v in columns.items()}).to_pylist()[0]
    return row


def code(**columns: str | None) -> str | None:
    return place(**columns)["code"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("上海市松江区新桥镇新茸路5号", "310117"),
        ("上海市松江工业区宝胜路33号", "310117"),
        ("上海松江九亭镇久富路", "310117"),
        ("浙江省杭州市西湖区文三路90号", "330106"),
        ("浙江杭州滨江区网商路599号", "330108"),
        ("杭州市临平区南苑街道", "330113"),
        ("安徽省芜湖市鸠江区", "340207"),
        ("安徽省宣城市泾县", "341823"),
        ("安徽省合肥市高新区习友路1699号", "340100"),
        ("江苏省苏州工业园区星湖街", "320500"),
        ("浙江省义乌市稠江街道", "330782"),
        ("浙江慈溪市宗汉街道", "330282"),
        ("江苏省昆山市玉山镇", "320583"),
        ("昆山市玉山镇", "320583"),
        ("浦东新区张江路505号", "310115"),
        ("南京市江宁区", "320115"),
        ("南京江宁开发区将军大道", "320115"),
        ("吉林省吉林市昌邑区", "220202"),
        ("吉林长春", "220100"),
        ("吉林省延边朝鲜族自治州延吉市", "222401"),
        ("延边州延吉市", "222401"),
        ("海南省海口市龙华区", "460106"),
        ("海南海口", "460100"),
        ("青海省海南藏族自治州共和县", "632521"),
        ("海南州共和县", "632521"),
        ("青海省格尔木市黄河路", "632801"),
        ("河南省济源市承留镇", "419001"),
        ("湖北仙桃市沔城路", "429004"),
        ("海南省澄迈县老城工业开发区", "469023"),
        ("内蒙古包头市昆都仑区", "150203"),
        ("内蒙古自治区内蒙古霍林郭勒市", "150581"),
        ("新疆石河子市开发区", "659001"),
        ("新疆维吾尔自治区乌鲁木齐市天山区", "650102"),
        ("中国（上海）自由贸易试验区祥科路298号", "310000"),
        ("中国(浙江)自由贸易试验区杭州高新区", "330100"),
        ("湖南长沙县", "430121"),
        ("宿州市埇桥区", "341302"),
        ("（201600）上海市松江区", "310117"),
        ("注册地址：上海市松江区", "310117"),
        ("新疆维吾尔自治区伊犁哈萨克自治州察布查尔锡伯自治县", "654022"),
    ],
)
def test_an_address_is_read_from_its_start_as_far_as_it_is_sure(address: str, expected: str) -> None:
    assert place(address=address) == {
        "code": expected,
        "reason": None,
    }


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        # 301229's own address: the street is called 松江, the town is 淮安.
        ("江苏省淮安市淮阴经济开发区松江路161号", "320804"),
        ("哈尔滨市松江路1号", "230100"),
        ("上海松江路5号", "310000"),
        ("松江路5号", None),
        ("上海市南京西路1266号", "310000"),
        ("南京西路1266号", None),
        ("河南中路10号", None),
        ("中山门外大街12号", None),
        ("杭州市西湖大道1号", "330100"),
        ("杭州市西湖文三路90号", "330106"),
        ("浙江省杭州湾上虞经济技术开发区", "330000"),
        ("湖南省湘江新区东方红街道", "430000"),
        ("东区12栋", None),
    ],
)
def test_a_street_called_after_a_place_is_not_the_place(address: str, expected: str | None) -> None:
    assert code(address=address) == expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"city": "苏州"}, "320500"),
        ({"city": "宿州"}, "341300"),
        ({"province": "上海市"}, "310000"),
        ({"province": "上海", "city": "上海市", "district": "松江"}, "310117"),
        ({"province": "上海市", "city": "市辖区", "district": "松江区"}, "310117"),
        ({"province": "浙江省", "city": "嘉兴市", "district": "海盐县"}, "330424"),
        ({"province": "青海", "city": "海西州"}, "632800"),
        ({"province": "江苏", "city": "昆山"}, "320583"),
        ({"city": "义乌"}, "330782"),
        ({"city": "慈溪市"}, "330282"),
        ({"province": "吉林", "city": "吉林"}, "220200"),
        ({"province": "吉林"}, "220000"),
        # 吉林市 is in 吉林省, so that much is sure.
        ({"city": "吉林"}, "220000"),
        ({"province": "海南"}, "460000"),
        ({"province": "青海", "city": "海南"}, "632500"),
        ({"province": "河南省", "city": "省直辖县级行政区划", "district": "济源市"}, "419001"),
        ({"province": "湖北", "city": "仙桃"}, "429004"),
        ({"province": "内蒙古", "city": "包头"}, "150200"),
        ({"province": "内蒙"}, "150000"),
        ({"province": "新疆", "city": "伊犁哈萨克自治州"}, "654000"),
        ({"province": "吉林", "city": "延边"}, "222400"),
        ({"province": "深圳"}, "440300"),
        ({"province": "北京市", "district": "朝阳区"}, "110105"),
        ({"city": "南京", "district": "鼓楼区"}, "320106"),
        ({"district": "浦东新区"}, "310115"),
        ({"code": "310117"}, "310117"),
        ({"code": "3301"}, "330100"),
        ({"code": "33"}, "330000"),
        # The statistical code of a village begins with the district's; that of 苏州工业园区 with the prefecture's.
        ({"code": "310117101202"}, "310117"),
        ({"code": "320576"}, "320500"),
    ],
)
def test_the_columns_of_a_register_name_a_place_step_by_step(columns: dict[str, str], expected: str) -> None:
    assert place(**columns) == {
        "code": expected,
        "reason": None,
    }


@pytest.mark.parametrize("name", ["鼓楼区", "朝阳区", "西湖区", "新华区", "城关区"])
def test_a_district_whose_name_several_have_is_not_placed_until_the_city_is_known(name: str) -> None:
    for columns in ({"district": name}, {"address": f"{name}中山路1号"}):
        unplaced = place(**columns)
        assert unplaced["code"] is None
        assert unplaced["reason"] == "ingest.place.several"
    assert code(address="鼓楼区中山路1号", city="南京市") == "320106"
    assert code(address="西湖区文三路", province="浙江") == "330106"


def test_what_contradicts_is_placed_only_where_both_agree() -> None:
    assert place(province="浙江省", city="苏州市") == {
        "code": None,
        "reason": "ingest.place.contradicts",
    }  # fmt: skip
    columns = place(city="昆山市", district="吴江区")
    assert columns["code"] == "320500"
    assert columns["reason"] == "ingest.place.contradicts"
    assert place(province="浙江", city="杭州", district="慈溪市")["code"] == "330000"
    between = place(address="浙江省宁波市江北区", city="苏州")
    assert between["code"] is None
    assert between["reason"] == "ingest.place.contradicts"
    within = place(address="浙江省宁波市江北区", city="杭州市")
    assert within["code"] == "330000"
    assert within["reason"] == "ingest.place.contradicts"


@pytest.mark.parametrize(
    "columns",
    [
        {"address": "香港中环皇后大道中1号"},
        {"address": "中国香港特别行政区湾仔"},
        {"province": "澳门特别行政区"},
        {"province": "台湾省"},
        {"address": "开曼群岛大开曼岛"},
        {"address": "Cricket Square, Hutchins Drive, P.O. Box 2681, Grand Cayman"},
        {"address": "新加坡莱佛士坊1号"},
        {"city": "境外"},
        {"address": "Room 1, 2/F, Des Voeux Road, Central, Hong Kong"},
        {"code": "810000"},
    ],
)
def test_abroad_hong_kong_macau_and_taiwan_are_not_placed(columns: dict[str, str]) -> None:
    assert place(**columns) == {"code": None, "reason": OUTSIDE}


def test_an_english_address_says_nothing_but_does_not_stand_in_the_way() -> None:
    english = "No. 1 Zhongshan Road, Pudong New Area"
    assert place(address=english) == {"code": None, "reason": NOT_CHINESE}
    assert place(address=english, city="上海市") == {
        "code": "310000", "reason": None,
    }  # fmt: skip


def test_a_street_called_after_hong_kong_is_on_the_mainland() -> None:
    assert code(address="青岛市香港中路76号") == "370200"
    assert place(address="香港中路76号")["reason"] != OUTSIDE


def test_what_is_no_place_is_not_placed_with_a_reason() -> None:
    assert place(address=None, city="") == {"code": None, "reason": NOTHING}
    assert place(city="不存在市")["reason"] == "ingest.place.unknown"
    assert place(code="999999")["reason"] == "ingest.place.unknown_code"
    assert place(province="浙江", city="不存在市") == {
        "code": "330000",
        "reason": "ingest.place.unknown",
    }  # fmt: skip


def test_a_company_name_says_nothing() -> None:
    assert code(address="青海盐湖工业股份有限公司") is None
    assert code(address="上海电气集团股份有限公司") is None


def test_the_finest_input_decides_and_the_others_may_be_coarser() -> None:
    assert place(address="上海市松江区新桥镇", province="上海", code="310000") == {
        "code": "310117", "reason": None,
    }  # fmt: skip
    assert code(address="高新区习友路", city="合肥市", code="340100") == "340100"


def test_former_divisions_are_what_they_became_and_else_what_surely_holds_them() -> None:
    known = gazetteer()
    became = {
        "341422": "340281",  # 无为县 of the former prefecture 巢湖 is 无为市 of 芜湖.
        "342501": "341802",  # 宣州市, 宣州区
        "310227": "310117",  # 松江县, 松江区
        "330125": "330110",  # 余杭县, 余杭市, 余杭区
        "420600": "420600",  # 襄樊市 is called 襄阳市.
        "341281": "341600",  # 亳州市 became a prefecture.
    }
    held = {
        "341400": "340000",  # The prefecture 巢湖 was split among three.
        "341402": "340000",  # Its 居巢区 is 巢湖市 of 合肥, which the gazetteer does not say.
        "320502": "320500",  # 沧浪区 went up in 姑苏区.
        "340221": "340200",  # 芜湖县 is 湾沚区 of the same prefecture.
        "332528": "330000",  # 衢县 was of 金华, and is of 衢州.
        "510200": "500000",  # 重庆 left 四川.
        "442100": "460000",  # 海南 left 广东.
    }
    assert {c: known.current(c) for c in (*became, *held)} == {**became, **held}
    assert known.current("999999") is None


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("安徽省巢湖市居巢区", "340000"),
        ("安徽省巢湖市无为县", "340281"),
        ("安徽省巢湖市亚父路", "340181"),
        ("湖北省襄樊市樊城区", "420606"),
        ("浙江省绍兴县柯岩街道", "330600"),
        ("杭州市江干区", "330100"),
        ("上海市南汇区", "310000"),
    ],
)
def test_an_address_with_a_former_name_is_where_that_is_today(address: str, expected: str) -> None:
    assert code(address=address) == expected


def test_a_place_has_ancestors_and_a_row() -> None:
    known = gazetteer()
    assert [known.ancestors(c) for c in ("310117", "330106", "429004", "330000", "x")] == [
        ("310000",), ("330100", "330000"), ("420000",), (), (),
    ]  # fmt: skip
    assert place_rows(["330106", "310117", "341422", "nothing"]) == [
        _row("310000", "上海市", ["上海"], "province", None, False),
        _row("310117", "松江区", ["松江"], "district", "310000", True),
        _row("330000", "浙江省", ["浙江"], "province", None, False),
        _row("330100", "杭州市", ["杭州"], "prefecture", "330000", True),
        _row("330106", "西湖区", ["西湖"], "district", "330100", False),
        _row("340000", "安徽省", ["安徽"], "province", None, False),
        _row("340200", "芜湖市", ["芜湖"], "prefecture", "340000", True),
        _row("340281", "无为市", ["无为"], "district", "340200", False),
    ]


def _row(own: str, name: str, aliases: list[str], level: str, parent: str | None, is_in: bool) -> dict[str, object]:
    return {
        "id": f"place:{own}", "name_zh": name, "aliases": aliases, "level": level,
        "parent_id": f"place:{parent}" if parent else None, "in_corridor": is_in,
    }  # fmt: skip


def test_the_corridor_is_nine_places_of_four_provinces() -> None:
    rows = place_rows(CORRIDOR)
    assert {row["name_zh"] for row in rows if row["in_corridor"]} == {
        "松江区", "嘉兴市", "杭州市", "金华市", "苏州市", "湖州市", "宣城市", "芜湖市", "合肥市",
    }  # fmt: skip
    assert {row["name_zh"] for row in rows if row["level"] == "province"} == {"上海市", "浙江省", "江苏省", "安徽省"}


def test_no_division_lasts_under_a_name_that_another_of_its_prefecture_has() -> None:
    lasting = [d for d in gazetteer().divisions if d.until is None]
    named = [(d.parent, d.name) for d in lasting]
    assert len(set(named)) == len(named)
    assert all(gazetteer().now(d) == d.code for d in lasting)


def test_every_code_ever_is_somewhere_today() -> None:
    known = gazetteer()
    lasting = {d.code for d in known.divisions if d.until is None}
    assert {known.now(d) for d in known.divisions} <= lasting


def test_columns_in_pieces_and_empty_ones_are_placed_row_by_row() -> None:
    cities = pa.chunked_array([["苏州", None], ["宿州"]])
    assert placed(city=cities)["code"].to_pylist() == ["320500", None, "341300"]
    assert placed(address=pa.array([], pa.string())).num_rows == 0
    assert placed(city=pc.dictionary_encode(pa.array(["苏州", "苏州"])))["code"].to_pylist() == ["320500", "320500"]


def test_an_address_is_read_alike_alone_and_among_many() -> None:
    known = gazetteer()
    lasting = [d for d in known.divisions if d.until is None and d.level == "district"]
    names = [[known.division(c) for c in reversed(known.ancestors(d.code))] for d in lasting]
    full = ["".join(d.name for d in above if d) + district.name for above, district in zip(names, lasting, strict=True)]
    short = [
        "".join(d.stem for d in above if d) + district.stem for above, district in zip(names, lasting, strict=True)
    ]
    streets = ("东方路1号", "松江镇工业园区", "高新区", "", "市中心路8号")
    addresses = [f"{begin}{streets[i % 5]}" for i, begin in enumerate((*full, *short, *(text[2:] for text in full)))]

    among_many = placed(address=pa.array(addresses))

    assert among_many["code"].to_pylist()[: len(full)] == [d.code for d in lasting]
    some = range(0, len(addresses), 97)
    assert [place(address=addresses[i]) for i in some] == [among_many.slice(i, 1).to_pylist()[0] for i in some]


@pytest.mark.parametrize(
    ("province", "name", "code"),
    [
        ("江苏", "苏州纳米科技股份有限公司", "320500"),
        ("浙江", "浙江杭州鑫富药业股份有限公司", "330100"),
        ("江苏", "昆山市中科光电有限公司", "320583"),
        # Of another province, of a street, in the middle, a district's name alone: nothing is concluded.
        ("江苏", "杭州鑫富药业股份有限公司", "320000"),
        ("江苏", "南京路商业股份有限公司", "320000"),
        ("江苏", "江苏中科苏州光电有限公司", "320000"),
        ("河南", "中原大地传媒股份有限公司", "410000"),
        ("上海", "上海松江新材料有限公司", "310000"),
        (None, "苏州纳米科技股份有限公司", None),
    ],
)
def test_a_name_that_begins_with_a_place_tells_it_within_a_known_province(
    province: str | None, name: str, code: str | None
) -> None:
    assert place(province=province, name=name)["code"] == code


def test_a_name_says_nothing_where_more_than_the_province_is_known() -> None:
    assert place(province="浙江", city="杭州", name="绍兴兴欣新材料股份有限公司")["code"] == "330100"
    assert place(address="浙江省杭州市拱墅区", name="绍兴兴欣新材料股份有限公司")["code"] == "330105"


def test_the_gazetteer_has_every_district_of_another_one() -> None:
    path = DATA / "places" / "areas.csv"
    if not path.exists():
        pytest.skip(ABSENT)
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    # From 71 on, development zones and state farms that have only a statistical code.
    ours = {row["code"]: gazetteer().division(row["code"]) for row in rows if int(row["code"][4:]) < 71}
    lacking = {c for c, division in ours.items() if division is None or division.until is not None}
    # Towns and prefectures without districts; 三沙's islands and a committee; two districts joined in 2025.
    assert lacking <= {"620201", "460321", "460322", "460323", "500105", "500112", "632857"}


def test_addresses_of_listed_companies_are_where_the_exchange_says() -> None:
    path = DATA / "listed-companies" / "szse_a_share_list_2025.csv"
    if not path.exists():
        pytest.skip(ABSENT)
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    addresses, provinces, cities = (pa.array([row[name] for row in rows]) for name in ("注册地址", "省份", "城市"))
    known = gazetteer()

    by_address = placed(address=addresses)["code"].to_pylist()
    by_columns = placed(province=provinces, city=cities)["code"].to_pylist()
    together = placed(address=addresses, province=provinces, city=cities)

    assert None not in by_columns
    contradicted = [
        (row["注册地址"], row["城市"], a, c)
        for row, a, c in zip(rows, by_address, by_columns, strict=True)
        if a is None or (known.common([a, c]) not in (a, c))
    ]
    assert contradicted == []
    as_fine = sum(a == c or c in known.ancestors(a) for a, c in zip(by_address, by_columns, strict=True))
    # 18 addresses name a zone that is in no gazetteer (汾湖高新区), or a town without its city; the columns place them.
    assert as_fine >= len(rows) - 18
    assert together["reason"].null_count == len(rows)
    assert sum(not found.endswith("00") for found in together["code"].to_pylist()) >= 2_000


def test_areas_of_listed_companies_are_provinces_and_one_city() -> None:
    path = DATA / "listed-companies" / "go-stock.stock_basic.json"
    if not path.exists():
        pytest.skip(ABSENT)
    data = json.loads(path.read_text(encoding="utf-8"))["data"]
    areas = pa.array([item[data["fields"].index("area")] for item in data["items"]])

    table = placed(province=areas)

    assert table["code"].null_count == areas.null_count
    assert {found for found in table["code"].to_pylist() if found and not found.endswith("0000")} == {"440300"}
