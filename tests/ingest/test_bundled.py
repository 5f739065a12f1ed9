"""The bundled corridor dataset keeps its rules. A violation is shown as file:line and what is wrong there."""

import csv
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import networkx as nx
import pytest

from graph.ontology import EDGE_TYPES, NODE_TYPES, EdgeType, NodeType
from ingest.dataset import BUNDLED, datasets_at
from ingest.pipeline import checked

Row = dict[str, str]

SHARED = Path(__file__).parents[3] / "shared" / "data"
NINE_PLACES = {
    "place:310117": "松江区",
    "place:330400": "嘉兴市",
    "place:330100": "杭州市",
    "place:330700": "金华市",
    "place:320500": "苏州市",
    "place:330500": "湖州市",
    "place:341800": "宣城市",
    "place:340200": "芜湖市",
    "place:340100": "合肥市",
}
PRODUCTS_AT_LEAST = {
    "chain:integrated-circuits": 40,
    "chain:automobile-nev": 40,
    "chain:high-end-equipment": 40,
    "chain:artificial-intelligence": 20,
    "chain:biomedicine": 20,
    "chain:new-energy": 20,
    "chain:new-materials": 20,
}
SENT_BY = {
    "center:jinhua-shanghai": "place:330700",
    "center:zhejiang-g60-base": "place:330000",
    "center:xuancheng-shanghai": "place:341800",
    "center:huzhou-nanxun": "place:330503",
    "center:huzhou-anji": "place:330523",
    "center:huzhou-deqing": "place:330521",
    "center:wuhu-jiuting": "place:340200",
    "center:fudan-shangyu": "place:330600",
    "center:ruian-jiading": "place:330381",
    "center:xuzhou-zhangjiang": "place:320300",
}
OUTSIDE_SONGJIANG = {"center:fudan-shangyu", "center:ruian-jiading", "center:xuzhou-zhangjiang"}
DAY_OF_THE_LISTS = "2025-08-12"
"""Who was listed later is in neither list of companies."""

BEYOND_THE_SEVEN_CHAINS = {
    "technology:aero-engine-nacelle",
    "technology:airworthiness-standard",
    "technology:aviation-design-software",
    "technology:aviation-steel",
    "technology:high-strength-stainless-steel",
    "technology:transmission-electron-microscope",
    "technology:underwater-connector",
}
"""Key technologies of aircraft, rockets, the deep sea and the laboratory, which no product of ours needs."""

REGISTERS = {"register", "survey", "dataset", "standard"}
"""Kinds of sources at hand that can be looked up again: what makes a row verified."""


@cache
def rows(file: str) -> list[Row]:
    """The rows of a bundled table, each with its place under `where`."""
    with (BUNDLED / file).open(encoding="utf-8", newline="") as table:
        reader = csv.DictReader(table)
        return [{**row, "where": f"{file}:{reader.line_num}"} for row in reader]


@cache
def by_id(file: str) -> dict[str, Row]:
    return {row["id"]: row for row in rows(file)}


def sources_of(row: Row) -> list[str]:
    return row.get("source_ids", "").split("|") if row.get("source_ids") else []


def every_row() -> Iterator[Row]:
    kinds: tuple[NodeType | EdgeType, ...] = (*NODE_TYPES, *EDGE_TYPES)
    for kind in kinds:
        if (BUNDLED / kind.file).exists():
            yield from rows(kind.file)


def shared(path: str) -> Path:
    """A file to look facts up in; the test is skipped where the folder is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not here: facts cannot be compared with the registers")
    return SHARED / path


def names_of(row: Row) -> list[str]:
    return [row["name_zh"], *filter(None, row["aliases"].split("|"))]


def cities_of(kind: str) -> dict[str, set[str]]:
    """Ids of the kind's nodes to the places they are located in."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows("located_in.csv"):
        if row["from_id"].startswith(f"{kind}:"):
            found[row["from_id"]].add(row["to_id"])
    return found


# --- the rows fit the ontology and each other ------------------------------------------------------------------------


@pytest.mark.slow
def test_every_row_loads_and_none_repeats_another() -> None:
    result = checked(datasets_at([BUNDLED]))

    assert (result.quarantined, result.merged, result.loaded) == (0, 0, result.read)


def test_cells_have_no_stray_blanks() -> None:
    stray = re.compile(r"^\s|\s$|[\r\n\t\u00a0\u3000\u200b\ufeff]|  ")

    assert [f"{row['where']} {name}={value!r}" for row in every_row() for name, value in row.items()
            if value and stray.search(value)] == []  # fmt: skip


@pytest.mark.parametrize("file", ["input_of.csv", "kind_of.csv"])
def test_products_lead_nowhere_back_to_themselves(file: str) -> None:
    graph = nx.DiGraph((row["from_id"], row["to_id"]) for row in rows(file))

    assert list(nx.simple_cycles(graph)) == []


def test_every_source_is_used() -> None:
    used = {source for row in every_row() for source in sources_of(row)}

    assert [row["where"] + " " + row["id"] for row in rows("sources.csv") if row["id"] not in used] == []


def test_no_two_nodes_of_a_type_have_one_name() -> None:
    repeated = [
        f"{node_type.file} {name}"
        for node_type in NODE_TYPES
        if (BUNDLED / node_type.file).exists()
        for name, count in Counter(row["name_zh"] for row in rows(node_type.file)).items()
        if count > 1
    ]

    assert repeated == []


def test_no_product_is_known_under_the_name_of_another() -> None:
    """Two products may share an alias (ESC is a brake system and a chuck), but a name belongs to one."""
    owner = {row["name_zh"]: row["id"] for row in rows("products.csv")}

    assert [f"{row['where']} {name}" for row in rows("products.csv") for name in names_of(row)
            if owner.get(name, row["id"]) != row["id"]] == []  # fmt: skip


# --- how much is there -----------------------------------------------------------------------------------------------


def test_at_least_250_enterprises_are_located_in_the_nine_places() -> None:
    here = [id_ for id_, cities in cities_of("enterprise").items() if cities & NINE_PLACES.keys()]

    assert len(here) >= 250


def test_every_one_of_the_nine_places_has_enterprises_and_institutes() -> None:
    for kind in ("enterprise", "institute"):
        assert NINE_PLACES.keys() <= {place for cities in cities_of(kind).values() for place in cities}


def test_at_least_120_institutes_have_a_place() -> None:
    located = cities_of("institute")

    assert len(located) >= 120
    assert [row["where"] for row in rows("institutes.csv") if row["id"] not in located] == []


def test_the_seven_chains_have_their_products() -> None:
    counts = Counter(row["to_id"] for row in rows("part_of.csv") if row["to_id"].startswith("chain:"))

    assert counts.keys() == PRODUCTS_AT_LEAST.keys() == by_id("chains.csv").keys()
    assert {chain: counts[chain] for chain, least in PRODUCTS_AT_LEAST.items() if counts[chain] < least} == {}


def test_every_product_is_part_of_a_chain_with_a_stage() -> None:
    stages = {row["from_id"]: row["stage"] for row in rows("part_of.csv") if row["to_id"].startswith("chain:")}

    assert [f"{row['where']} {row['id']}" for row in rows("products.csv") if not stages.get(row["id"])] == []


def test_every_product_is_an_input_or_has_one() -> None:
    joined = {row[end] for row in rows("input_of.csv") for end in ("from_id", "to_id")}

    assert [f"{row['where']} {row['id']}" for row in rows("products.csv") if row["id"] not in joined] == []


def test_every_input_has_its_class() -> None:
    assert [row["where"] for row in rows("input_of.csv") if not row["input_class"]] == []


def test_the_large_chains_are_at_least_four_steps_deep() -> None:
    inputs = nx.DiGraph((row["from_id"], row["to_id"]) for row in rows("input_of.csv"))
    depth = {}
    for chain, least in PRODUCTS_AT_LEAST.items():
        if least == 40:
            members = [row["from_id"] for row in rows("part_of.csv") if row["to_id"] == chain]
            depth[chain] = nx.dag_longest_path_length(inputs.subgraph(members))

    assert {chain: steps for chain, steps in depth.items() if steps < 4} == {}


def test_at_least_300_makers_are_on_record() -> None:
    assert len(rows("makes.csv")) >= 300


# --- places ----------------------------------------------------------------------------------------------------------


def test_the_nine_places_and_no_others_are_in_the_corridor() -> None:
    inside = {row["id"]: row["name_zh"] for row in rows("places.csv") if row["in_corridor"] == "true"}

    assert inside == NINE_PLACES
    assert [row["where"] for row in rows("places.csv") if row["in_corridor"] not in {"true", "false"}] == []


def test_songjiang_is_a_district_and_shanghai_is_not_in_the_corridor() -> None:
    places = by_id("places.csv")

    levels = {place: places[place]["level"] for place in NINE_PLACES}
    assert levels == {place: "district" if place == "place:310117" else "prefecture" for place in NINE_PLACES}
    assert (places["place:310000"]["level"], places["place:310000"]["in_corridor"]) == ("province", "false")


def test_every_place_below_a_province_is_part_of_the_place_its_code_says() -> None:
    parents = {row["from_id"]: row["to_id"] for row in rows("part_of.csv") if row["from_id"].startswith("place:")}
    wrong = []
    for row in rows("places.csv"):
        code = row["id"].removeprefix("place:")
        above = {f"place:{code[:2]}0000", f"place:{code[:4]}00"} - {row["id"]}
        if row["level"] != "province" and parents.get(row["id"]) not in above:
            wrong.append(f"{row['where']} {row['id']} in {parents.get(row['id'])}")

    assert wrong == []


def test_the_nine_places_have_points() -> None:
    places = by_id("places.csv")

    assert [place for place in NINE_PLACES if not (places[place]["latitude"] and places[place]["longitude"])] == []


def test_codes_and_names_of_places_agree_with_the_standard() -> None:
    standard: dict[str, str] = {}
    for table in ("provinces", "cities", "areas"):
        with shared(f"places/{table}.csv").open(encoding="utf-8") as file:
            standard |= {row["code"].ljust(6, "0"): row["name"] for row in csv.DictReader(file)}
    found = {row["where"]: (row["id"].removeprefix("place:"), row["name_zh"]) for row in rows("places.csv")}

    assert [f"{where} {code} {name}, standard {standard.get(code)}"
            for where, (code, name) in found.items() if standard.get(code) != name] == []  # fmt: skip


def test_points_of_the_nine_places_agree_with_geonames() -> None:
    cities = json.loads(shared("places/corridor_cities.json").read_text(encoding="utf-8")).values()
    points = {(city["latitude"], city["longitude"]) for city in cities}
    places = by_id("places.csv")
    ours = {place: (float(places[place]["latitude"]), float(places[place]["longitude"])) for place in NINE_PLACES}

    assert {place: point for place, point in ours.items() if point not in points} == {}


# --- centres and who is there ----------------------------------------------------------------------------------------


def test_the_centres_of_the_survey_are_there_with_who_sent_them() -> None:
    assert {row["from_id"]: row["to_id"] for row in rows("sent_by.csv")} == SENT_BY
    assert by_id("centers.csv").keys() == SENT_BY.keys()


def test_the_centres_stand_in_songjiang_and_the_similar_ones_elsewhere_in_shanghai() -> None:
    places = cities_of("center")

    assert {
        id_: places[id_] for id_ in SENT_BY if id_ not in OUTSIDE_SONGJIANG and places[id_] != {"place:310117"}
    } == {}
    assert [id_ for id_ in OUTSIDE_SONGJIANG if "place:310117" in places[id_]] == []


def test_figures_of_the_centres_are_those_of_the_survey() -> None:
    figures = ("mode", "center_type", "area_mu", "investment_100m_cny")
    known = {row["id"]: tuple(row[name] for name in figures) for row in rows("centers.csv")}

    assert known == {
        "center:jinhua-shanghai": ("bought", "", "", ""),
        "center:zhejiang-g60-base": ("redeveloped", "", "500", ""),
        "center:xuancheng-shanghai": ("bought", "comprehensive", "", ""),
        "center:huzhou-nanxun": ("bought", "", "", ""),
        "center:huzhou-anji": ("bought", "", "", ""),
        "center:huzhou-deqing": ("bought", "", "", ""),
        "center:wuhu-jiuting": ("self_built", "", "30", "10"),
        **{id_: ("", "", "", "") for id_ in OUTSIDE_SONGJIANG},
    }
    assert len(by_id("centers.csv")["center:jinhua-shanghai"]["functions"].split("|")) == 5


def test_three_enterprises_intend_to_enter_and_none_is_resident() -> None:
    residents = {
        (row["from_id"], row["to_id"]): (row["resident_status"], row["source_ids"]) for row in rows("resident_of.csv")
    }

    assert residents == {
        (enterprise, "center:wuhu-jiuting"): ("intends", "source:survey-2021")
        for enterprise in ("enterprise:chery-automobile", "enterprise:688165.SH", "enterprise:conch-holdings")
    }
    names = [by_id("enterprises.csv")[enterprise]["name_zh"] for enterprise, _ in residents]
    assert sorted(names) == ["埃夫特智能机器人股份有限公司", "奇瑞汽车股份有限公司", "安徽海螺集团有限责任公司"]


# --- enterprises and what they make ----------------------------------------------------------------------------------


def test_an_enterprise_is_located_in_one_place() -> None:
    located = cities_of("enterprise")

    assert {id_: sorted(cities) for id_, cities in located.items() if len(cities) > 1} == {}
    assert [f"{row['where']} {row['id']}" for row in rows("enterprises.csv") if row["id"] not in located] == []


def test_a_stock_code_is_the_id_and_says_that_it_is_listed() -> None:
    code = re.compile(r"^enterprise:(\d{6}\.(?:SH|SZ|BJ)|\d{4,5}\.HK)$")
    wrong = []
    for row in rows("enterprises.csv"):
        match = code.match(row["id"])
        listed = ("true", match[1]) if match else (row["is_listed"] if row["is_listed"] != "true" else "?", "")
        if (row["is_listed"], row["stock_code"]) != listed:
            wrong.append(f"{row['where']} {row['id']} is_listed={row['is_listed']} stock_code={row['stock_code']}")

    assert wrong == []


def test_a_maker_is_named_by_a_source_of_its_own() -> None:
    """Its disclosure or site: a source whose publisher is the company, or that bears its code or slug."""
    sources, enterprises = by_id("sources.csv"), by_id("enterprises.csv")
    wrong = []
    for row in rows("makes.csv"):
        slug = row["from_id"].removeprefix("enterprise:").lower()
        enterprise = enterprises[row["from_id"]]
        own = [
            id_
            for id_ in sources_of(row)
            if id_ in {f"source:disclosure-{slug}", f"source:site-{slug}"}
            or (sources[id_]["kind"] in {"annual_report", "company_site"}
                and sources[id_]["publisher"] in {enterprise["name_zh"], enterprise["short_name"]})
        ]  # fmt: skip
        if not own:
            wrong.append(f"{row['where']} {row['from_id']} {row['to_id']} {row['source_ids']}")

    assert wrong == []


def test_the_publisher_of_a_disclosure_is_the_company_whose_code_it_bears() -> None:
    enterprises = {id_.removeprefix("enterprise:").lower(): row for id_, row in by_id("enterprises.csv").items()}
    wrong = []
    for row in rows("sources.csv"):
        slug = row["id"].removeprefix("source:disclosure-")
        if slug != row["id"] and slug in enterprises and row["publisher"] != enterprises[slug]["name_zh"]:
            wrong.append(f"{row['where']} {row['id']} {row['publisher']} ≠ {enterprises[slug]['name_zh']}")

    assert wrong == []


def test_what_is_verified_rests_on_a_register_and_what_is_inferred_says_how_sure() -> None:
    sources = by_id("sources.csv")
    wrong = []
    for kind in EDGE_TYPES:
        if not (BUNDLED / kind.file).exists():
            continue
        for row in rows(kind.file):
            kinds = {sources[source]["kind"] for source in sources_of(row)}
            confidence = float(row["confidence"] or "nan")
            fits = confidence == 1 and kinds & REGISTERS if row["status"] == "verified" else 0.5 <= confidence < 1
            if not fits:
                wrong.append(f"{row['where']} {row['status']} {row['confidence']} {row['source_ids']}")

    assert wrong == []


def test_every_edge_says_what_its_source_says_in_at_most_80_characters() -> None:
    assert [
        f"{row['where']} {row['evidence']!r}"
        for kind in EDGE_TYPES
        if (BUNDLED / kind.file).exists()
        for row in rows(kind.file)
        if not 0 < len(row["evidence"]) <= 80
    ] == []


def test_unknown_figures_are_empty() -> None:
    """Shares and recovery times are not known to any source at hand, but for one published shareholding."""
    assert [row["where"] for row in rows("makes.csv") if row["share"] or row["share_basis"]] == []
    assert [row["where"] for row in rows("input_of.csv") if row["cost_share"]] == []
    assert [row["where"] for row in rows("products.csv") if row["recovery_days"]] == []


def test_no_source_is_a_package_download() -> None:
    download = re.compile(r"pypi|npmjs|registry|files[.]python[h]osted|\.(?:whl|tgz|tar\.gz|zip)$")

    assert [row["where"] for row in rows("sources.csv") if download.search(row["url"])] == []


# --- against the registers -------------------------------------------------------------------------------------------


@cache
def shenzhen() -> dict[str, Row]:
    """The Shenzhen exchange's list by our code."""
    with shared("listed-companies/szse_a_share_list_2025.csv").open(encoding="utf-8-sig", newline="") as file:
        return {f"{row['A股代码']}.SZ": row for row in csv.DictReader(file)}


@cache
def listed() -> dict[str, Row]:
    """The list of all listed companies by our code."""
    data = json.loads(shared("listed-companies/go-stock.stock_basic.json").read_text(encoding="utf-8"))["data"]
    return {row[0]: dict(zip(data["fields"], row, strict=True)) for row in data["items"]}


def _plain(name: str) -> str:
    return re.sub(r"\s", "", name).replace("（", "(").replace("）", ")")


def test_listed_enterprises_are_in_the_lists_under_their_names() -> None:
    wrong = []
    for row in rows("enterprises.csv"):
        code = row["stock_code"]
        if not code or code.endswith(".HK") or row["as_of"] > DAY_OF_THE_LISTS:
            continue
        registered = {_plain(name) for name in (shenzhen().get(code, {}).get("公司全称"),
                                                listed().get(code, {}).get("fullname")) if name}  # fmt: skip
        if _plain(row["name_zh"]) not in registered:
            wrong.append(f"{row['where']} {code} {row['name_zh']} ≠ {sorted(registered)}")

    assert wrong == []


def test_days_of_listing_are_those_of_the_lists() -> None:
    wrong = []
    for row in rows("enterprises.csv"):
        days = {shenzhen().get(row["stock_code"], {}).get("A股上市日期", ""),
                _iso(listed().get(row["stock_code"], {}).get("list_date", ""))} - {""}  # fmt: skip
        if row["listed_on"] and days and row["listed_on"] not in days:
            wrong.append(f"{row['where']} {row['stock_code']} {row['listed_on']} ≠ {sorted(days)}")

    assert wrong == []


def _iso(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else ""


def test_verified_cities_of_shenzhen_companies_are_those_of_the_exchange() -> None:
    places = by_id("places.csv")
    wrong = []
    for row in rows("located_in.csv"):
        if row["status"] != "verified" or "source:szse-list" not in sources_of(row):
            continue
        entry = shenzhen().get(row["from_id"].removeprefix("enterprise:"))
        found = "not in the list" if entry is None else f"{entry['省份']} {entry['城市']} {entry['注册地址']}"
        if entry is None or not _stands_in(places[row["to_id"]], entry):
            wrong.append(f"{row['where']} {row['from_id']} {places[row['to_id']]['name_zh']}: {found}")

    assert wrong == []


def _stands_in(place: Row, entry: Row) -> bool:
    if place["level"] == "district":
        return f"市{place['name_zh'].removesuffix('区')}" in entry["注册地址"]
    return place["name_zh"] == entry["城市"] or place["name_zh"].startswith(entry["省份"])


def test_provinces_of_listed_enterprises_agree_with_the_lists() -> None:
    places = by_id("places.csv")
    wrong = []
    for row in rows("located_in.csv"):
        area = listed().get(row["from_id"].removeprefix("enterprise:"), {}).get("area")
        province = places[f"place:{row['to_id'].removeprefix('place:')[:2]}0000"]["name_zh"]
        city = places[row["to_id"]]["name_zh"]
        if area and not (province.startswith(area) or city.startswith(area)):
            wrong.append(f"{row['where']} {row['from_id']} {city} ({province}), list {area}")

    assert wrong == []


@cache
def graph_products() -> dict[str, set[str]]:
    """Six digits to the products that ChainKnowledgeGraph has the company make."""
    found: dict[str, set[str]] = defaultdict(set)
    with shared("chain-knowledge-graph/company_product.json").open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            found[row["company_code"][:6]].add(row["product_name"])
    return found


def test_makers_from_the_chain_knowledge_graph_make_there_what_the_evidence_quotes() -> None:
    wrong = []
    for row in rows("makes.csv"):
        if "source:chain-knowledge-graph" in sources_of(row):
            theirs = graph_products().get(row["from_id"].removeprefix("enterprise:")[:6], set())
            quoted = re.findall("「(.+?)」", row["evidence"])
            if not quoted or not theirs.issuperset(quoted):
                wrong.append(f"{row['where']} {row['from_id']} {row['evidence']}")

    assert wrong == []


def test_verified_makers_make_a_product_of_that_name_in_the_chain_knowledge_graph() -> None:
    """What is quoted equals, contains, or is contained in the product's name or one of its aliases."""
    products = by_id("products.csv")
    wrong = []
    for row in rows("makes.csv"):
        if row["status"] == "verified":
            quoted = re.findall("「(.+?)」", row["evidence"])
            if not any(_same(a, b) for a in quoted for b in names_of(products[row["to_id"]])):
                wrong.append(f"{row['where']} {row['from_id']} {products[row['to_id']]['name_zh']} {row['evidence']}")

    assert wrong == []


def _same(a: str, b: str) -> bool:
    a, b = _plain(a).casefold(), _plain(b).casefold()
    return a in b or b in a


def test_institutes_with_a_ror_id_are_in_its_registry_with_their_city() -> None:
    registry = {row["ror"].rpartition("/")[2]: row for row in
                json.loads(shared("institutes/ror_corridor.json").read_text(encoding="utf-8"))}  # fmt: skip
    towns = {"Kunshan": "Suzhou", "Zhangjiagang": "Suzhou", "Changshu": "Suzhou", "Dongyang": "Jinhua"}
    located, places = cities_of("institute"), by_id("places.csv")
    wrong = []
    for row in rows("institutes.csv"):
        if not row["ror_id"] and not row["id"].startswith("institute:ror-"):
            continue
        id_ = row["ror_id"].rpartition("/")[2]
        entry = registry.get(id_)
        cities = {places[place]["name_en"] for place in located[row["id"]]}
        city = entry and towns.get(entry["city"], entry["city"])
        if row["id"] != f"institute:ror-{id_}" or city not in cities | (
            {"Shanghai"} if "Songjiang" in cities else set()
        ):
            wrong.append(f"{row['where']} {row['id']} {row['name_zh']} {sorted(cities)}, registry {city}")

    assert wrong == []


def test_universities_of_the_list_are_in_the_city_the_list_says() -> None:
    with shared("institutes/py92.cn_schools.csv").open(encoding="utf-8-sig", newline="") as file:
        listed_in = {row["学校"]: (row["城市"], row["省份"]) for row in csv.DictReader(file)}
    institutes, places = by_id("institutes.csv"), by_id("places.csv")
    wrong = []
    for row in rows("located_in.csv"):
        if "source:cn-schools" not in sources_of(row) or row["status"] != "verified":
            continue
        found = [listed_in[name] for name in names_of(institutes[row["from_id"]]) if name in listed_in]
        place = places[row["to_id"]]
        if not found or not any(_is_city(place["name_zh"], *entry) for entry in found):
            wrong.append(f"{row['where']} {institutes[row['from_id']]['name_zh']} {place['name_zh']}, list {found}")

    assert wrong == []


def _is_city(place: str, city: str, province: str) -> bool:
    towns = {
        "昆山": "苏州市",
        "常熟": "苏州市",
        "张家港": "苏州市",
        "太仓": "苏州市",
        "义乌": "金华市",
        "东阳": "金华市",
    }
    return towns.get(city, place[:-1]) in {place, city} or place in {f"{city}市", f"{province}市", f"{city}区"}


def test_key_technologies_are_the_35_of_the_newspaper() -> None:
    listed_names = [
        item["name"]
        for item in json.loads(shared("key-technologies/stdaily_2018_35.json").read_text(encoding="utf-8"))["items"]
    ]
    ours = [row for row in rows("technologies.csv") if row["is_key"] == "true"]

    assert sorted(row["name_zh"] for row in ours) == sorted(listed_names)
    assert [row["where"] for row in ours if "source:stdaily-2018" not in sources_of(row)] == []


def test_key_technologies_are_needed_by_products_but_for_those_beyond_the_seven_chains() -> None:
    needed = {row["to_id"] for row in rows("needs.csv")}

    assert {
        row["id"] for row in rows("technologies.csv") if row["is_key"] == "true"
    } - needed == BEYOND_THE_SEVEN_CHAINS
