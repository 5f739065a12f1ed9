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
from ingest.dataset import BUNDLED
from ingest.pipeline import Checked

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
    "technology:iclip",
    "technology:transmission-electron-microscope",
    "technology:underwater-connector",
}
"""Key technologies of the deep sea and the laboratory, which no product of ours needs."""

LISTS = {"dataset", "maintainers"}
"""Kinds of sources that make a fact listed at most."""
FIGURES = (
    "products.foreign_share.csv", "products.recovery.csv", "technologies.foreign_share.csv", "enterprises.control.csv",
    "enterprises.figures.csv", "enterprises.business.csv", "centers.counts.csv",
)  # fmt: skip
"""Tables that say more of nodes which others name: each value with its own source."""


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
    for file in FIGURES:
        yield from rows(file)


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
def test_every_row_loads_and_none_repeats_another(bundled_checked: Checked) -> None:
    result = bundled_checked

    # What a figure is of is named in a table of its own too: the two rows are one node.
    assert (result.report.quarantined, result.report.merged) == (0, sum(len(rows(file)) for file in FIGURES))
    assert result.report.loaded + result.report.merged == result.report.read


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
        if (BUNDLED / node_type.file).exists() and node_type.label != "Source"
        for name, count in Counter(row["name_zh"] for row in rows(node_type.file)).items()
        if count > 1
    ]

    assert repeated == []


def test_every_place_has_a_name_in_english() -> None:
    assert [row["name_zh"] for row in rows("places.csv") if not row["name_en"]] == []


@pytest.mark.parametrize("name", ["name_zh", "name_en"])
def test_a_technology_and_a_product_have_names_that_tell_them_apart(name: str) -> None:
    made = {row[name].casefold() for row in rows("products.csv") if row[name]}
    assert [row["id"] for row in rows("technologies.csv") if row[name].casefold() in made] == []


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
    assert [row["where"] for row in rows("institutes.csv") if row["id"] not in located
            and not row["source_ids"].startswith("source:web-")] == []  # fmt: skip


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


def test_at_least_200_plants_stand_somewhere_and_are_operated_by_somebody() -> None:
    plants = by_id("plants.csv").keys()

    assert len(plants) >= 200
    assert plants - cities_of("plant").keys() == plants - {row["to_id"] for row in rows("operates.csv")} == set()


def test_sales_holdings_and_shares_are_on_record() -> None:
    assert len(rows("supplies.csv")) >= 200 and len(rows("owns.csv")) >= 200
    assert len({row["to_id"] for row in rows("makes.csv") if row["share"]}) >= 60
    assert len(rows("products.foreign_share.csv")) >= 80 and len(rows("products.recovery.csv")) >= 60
    assert all(row["input_kind"] for row in rows("input_of.csv"))


@pytest.mark.parametrize(("file", "value", "told_by"), [
    ("makes.csv", "share", ("share_market", "share_basis", "share_year")),
    ("products.foreign_share.csv", "id", ("foreign_basis", "foreign_year")),
    ("technologies.foreign_share.csv", "id", ("foreign_basis", "foreign_year")),
    ("makes.csv", "capacity", ("capacity_unit",)),
])  # fmt: skip
def test_a_figure_says_what_it_is_of(file: str, value: str, told_by: tuple[str, ...]) -> None:
    assert [row["where"] for row in rows(file) if row[value] and not all(row[name] for name in told_by)] == []


def test_the_nine_places_and_no_others_are_in_the_corridor() -> None:
    inside = {row["id"]: row["name_zh"] for row in rows("places.csv") if row["in_corridor"] == "true"}

    assert inside == NINE_PLACES


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
        if row["level"] not in ("province", "country") and parents.get(row["id"]) not in above:
            wrong.append(f"{row['where']} {row['id']} in {parents.get(row['id'])}")

    assert wrong == []


def test_the_nine_places_have_points() -> None:
    places = by_id("places.csv")

    assert [place for place in NINE_PLACES if not (places[place]["latitude"] and places[place]["longitude"])] == []


def test_codes_and_names_of_places_agree_with_the_standard() -> None:
    # The list at hand has the thirty-one provinces of the mainland; GB/T 2260 has this one too.
    standard = {"710000": "台湾省"}
    for table in ("provinces", "cities", "areas"):
        with shared(f"places/{table}.csv").open(encoding="utf-8") as file:
            standard |= {row["code"].ljust(6, "0"): row["name"] for row in csv.DictReader(file)}
    found = {row["where"]: (row["id"].removeprefix("place:"), row["name_zh"]) for row in rows("places.csv")
             if row["level"] != "country"}  # fmt: skip

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
    sent = {row["from_id"]: row["to_id"] for row in rows("sent_by.csv")}

    assert SENT_BY.items() <= sent.items() and len(sent) >= 20
    assert by_id("centers.csv").keys() == sent.keys()


def test_the_centres_stand_in_songjiang_and_the_similar_ones_elsewhere_in_shanghai() -> None:
    places = cities_of("center")

    assert {
        id_: places[id_] for id_ in SENT_BY if id_ not in OUTSIDE_SONGJIANG and places[id_] != {"place:310117"}
    } == {}
    assert [id_ for id_ in OUTSIDE_SONGJIANG if "place:310117" in places[id_]] == []


def test_an_intention_is_no_residence() -> None:
    intends = {(row["from_id"], row["to_id"]) for row in rows("resident_of.csv") if row["resident_status"] == "intends"}

    for enterprise in ("enterprise:chery-automobile", "enterprise:688165.SH", "enterprise:conch-holdings"):
        assert (enterprise, "center:wuhu-jiuting") in intends


# --- enterprises and what they make ----------------------------------------------------------------------------------


def test_an_enterprise_is_located_in_one_place() -> None:
    located = cities_of("enterprise")

    assert {id_: sorted(cities) for id_, cities in located.items() if len(cities) > 1} == {}
    # Who only owns, buys or stands abroad may stand where no document says.
    known = {
        row["id"]
        for row in rows("enterprises.csv")
        if not row["source_ids"].startswith(("source:web-", "source:go-stock"))
    }
    assert known - located.keys() == set()


def test_the_publisher_of_a_disclosure_is_the_company_whose_code_it_bears() -> None:
    enterprises = {id_.removeprefix("enterprise:").lower(): row for id_, row in by_id("enterprises.csv").items()}
    wrong = []
    for row in rows("sources.csv"):
        slug = row["id"].removeprefix("source:disclosure-")
        if slug != row["id"] and slug in enterprises and row["publisher"] != enterprises[slug]["name_zh"]:
            wrong.append(f"{row['where']} {row['id']} {row['publisher']} ≠ {enterprises[slug]['name_zh']}")

    assert wrong == []


def test_a_stock_code_is_that_of_the_id_but_in_beijing_which_gave_new_ones() -> None:
    code = re.compile(r"^enterprise:(\d{6}\.(?:SH|SZ|BJ)|\d{4,5}\.HK)$")

    assert [f"{row['where']} {row['id']} {row['stock_code']}" for row in rows("enterprises.csv")
            if (match := code.match(row["id"])) and row["stock_code"] not in ("", match[1])
            and not re.fullmatch(r"920\d{3}\.BJ", row["stock_code"])] == []  # fmt: skip


def test_what_is_documented_rests_on_a_document_and_what_is_inferred_says_how_sure() -> None:
    sources = by_id("sources.csv")
    wrong = []
    for kind in EDGE_TYPES:
        for row in rows(kind.file) if (BUNDLED / kind.file).exists() else ():
            kinds = {sources[source]["kind"] for source in sources_of(row)}
            confidence = float(row["confidence"] or "nan")
            fits = {"documented": bool(kinds - LISTS), "listed": True, "inferred": confidence < 1}[row["status"]]
            if not fits or not 0 < confidence <= 1:
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
        if row["status"] == "inferred" or "source:szse-list" not in sources_of(row):
            continue
        entry = shenzhen().get(row["from_id"].removeprefix("enterprise:"))
        found = "not in the list" if entry is None else f"{entry['省份']} {entry['城市']} {entry['注册地址']}"
        if entry is None or not _stands_in(places[row["to_id"]], entry):
            wrong.append(f"{row['where']} {row['from_id']} {places[row['to_id']]['name_zh']}: {found}")

    assert wrong == []


def _stands_in(place: Row, entry: Row) -> bool:
    if place["level"] == "district":
        return place["name_zh"].removesuffix("区") in entry["注册地址"]
    return place["name_zh"] == entry["城市"] or place["name_zh"].startswith(entry["省份"])


def test_provinces_of_listed_enterprises_agree_with_the_lists() -> None:
    places = by_id("places.csv")
    wrong = []
    for row in rows("located_in.csv"):
        area = listed().get(row["from_id"].removeprefix("enterprise:"), {}).get("area")
        if not area or not re.fullmatch(r"place:\d{6}", row["to_id"]):
            continue
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
        if sources_of(row)[-1] == "source:chain-knowledge-graph" and row["status"] == "listed":
            theirs = graph_products().get(row["from_id"].removeprefix("enterprise:")[:6], set())
            quoted = [name for names in re.findall("「(.+?)」", row["evidence"]) for name in re.split("[、/]", names)]
            if not quoted or not all(any(_speak_of_one(name, their) for their in theirs) for name in quoted):
                wrong.append(f"{row['where']} {row['from_id']} {row['evidence']}")

    assert wrong == []


def _speak_of_one(name: str, their: str) -> bool:
    """Whether two names have two letters in a row in common."""
    return any(name[at : at + 2] in their for at in range(len(name) - 1))


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
        if "source:cn-schools" not in sources_of(row) or row["status"] == "inferred":
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

    assert len(ours) == len(listed_names)
    # What one must master is not called as the thing that is made of it.
    assert {row["name_zh"] for row in ours} & {row["name_zh"] for row in rows("products.csv")} == set()
    assert [row["where"] for row in ours if "source:stdaily-2018" not in sources_of(row)] == []


def test_key_technologies_are_needed_by_products_but_for_those_beyond_the_seven_chains() -> None:
    needed = {row["to_id"] for row in rows("needs.csv")}

    assert {
        row["id"] for row in rows("technologies.csv") if row["is_key"] == "true"
    } - needed == BEYOND_THE_SEVEN_CHAINS
