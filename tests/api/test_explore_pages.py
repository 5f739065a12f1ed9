"""Pages about things over the real application: what they say, where they lead, what small graphs lack."""

import gzip
import html
import re
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from graph.ontology import NODE_TYPES
from graph.store import GraphStore
from tests.api.conftest import client_of
from tests.graphs import Edge, Item, graph_of

SUZHOU: Item = {"id": "place:320500", "name_zh": "苏州市", "in_corridor": True, "level": "prefecture",
                "latitude": 31.3, "longitude": 120.6}  # fmt: skip
BEIJING: Item = {"id": "place:110000", "name_zh": "北京市", "level": "province"}
HOSTILE = "<script>alert(1)</script>\"'&"


def text_of(page: str) -> str:
    """What a reader sees of a page, in one line."""
    body = re.sub(r"<script.*?</script>", " ", page.partition("<main")[2], flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def shown(client: TestClient, path: str, language: str = "zh") -> str:
    answer = client.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def of(store: GraphStore, nodes: list[str | Item], edges: list[Edge]) -> TestClient:
    return client_of(create_app(graph_of(store, nodes, edges)))


@pytest.fixture(scope="module")
def chain(one_store: GraphStore) -> TestClient:
    """A chain with a product that one enterprise of 苏州 makes at a plant, and one that is made elsewhere alone."""
    nodes: list[str | Item] = [
        SUZHOU, BEIJING, {"id": "chain:c", "name_zh": "光刻链"},
        {"id": "product:p", "name_zh": "光刻胶", "foreign_share_min": 0.2, "foreign_share_max": 0.9, "foreign_year": 2023,
         "recovery_days": 120.0}, {"id": "product:q", "name_zh": "树脂"},
        {"id": "enterprise:e", "name_zh": "甲公司", "control_country": "JPN"}, {"id": "enterprise:o", "name_zh": "母公司"},
        {"id": "enterprise:n", "name_zh": "乙公司"}, {"id": "plant:f", "name_zh": "甲公司工厂"},
        {"id": "technology:t", "name_zh": "合成技术", "foreign_share_min": 0.5, "foreign_share_max": 1.0,
         "foreign_basis": "imports", "foreign_year": 2018, "foreign_words": "大部分依赖进口"},
        {"id": "source:s", "name_zh": "甲公司年报", "kind": "annual_report", "url": "https://example.org/report.pdf"},
    ]  # fmt: skip
    said: Item = {"source_ids": ["source:s"], "evidence": "年报第 8 页"}
    till: Item = {"product_id": "product:p", "amount_10k_cny": 1500.0, "valid_from": date(2021, 3, 1),
                  "valid_to": date(2099, 2, 28)}  # fmt: skip
    edges: list[Edge] = [
        ("PART_OF", "product:p", "chain:c", {"stage": "upstream"}), ("PART_OF", "product:q", "chain:c", {"stage": "upstream"}),
        ("LOCATED_IN", "enterprise:e", "place:320500"), ("LOCATED_IN", "enterprise:n", "place:110000"),
        ("LOCATED_IN", "plant:f", "place:320500"), ("OPERATES", "enterprise:e", "plant:f"),
        ("MAKES", "plant:f", "product:p", said), ("MAKES", "enterprise:e", "product:p", {"share": 0.4, "rank": 1, **said}),
        ("MAKES", "enterprise:n", "product:p"), ("MAKES", "enterprise:n", "product:q"),
        ("INPUT_OF", "product:q", "product:p", {"input_class": 2}), ("NEEDS", "product:p", "technology:t"),
        ("OWNS", "enterprise:o", "enterprise:e", {"share": 0.7}),
        ("SUPPLIES", "enterprise:e", "enterprise:n", till),
    ]  # fmt: skip
    return of(one_store, nodes, edges)


def test_who_is_controlled_from_a_country_is_not_said_to_have_no_controller_and_the_country_leads_to_its_claim(
    client: TestClient,
) -> None:
    page = client.get("/nodes/enterprise:002158.SZ", headers={"Accept-Language": "en"}).text
    assert "of its controller the country alone is on record" in page
    assert '<a href="/explain/enterprise:002158.SZ">Taiwan</a>' in page


def test_a_verdict_that_counts_makers_says_that_most_comes_from_abroad_and_a_concentration_is_a_least_one(
    client: TestClient,
) -> None:
    def judged(verdict: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = client.get(f"/api/ask/gaps?verdicts={verdict}&limit=1000&language=en").json()[
            "rows"
        ]
        return rows

    few, strong = (
        judged("concentrated")[0],
        next(row for row in judged("strong") if (row["foreign_share_least"] or 0) >= 0.5),
    )
    shown = {
        row["product_id"]: client.get(f"/nodes/{row['product_id']}", headers={"Accept-Language": "en"}).text
        for row in (few, strong)
    }
    assert f"Yet the foreign share is {strong['foreign_text']}" in shown[strong["product_id"]]
    assert "HHI at least 0." in shown[few["product_id"]] and "Yet the foreign share" not in shown[few["product_id"]]


def test_a_product_has_its_verdict_with_reason_makers_and_questions(chain: TestClient) -> None:
    page = shown(chain, "/nodes/product:p")
    said = text_of(page)
    for text in ("断链风险（区内仅一个来源，区外另有 1 家）", "区内生产者 1 家，只算一个来源；区外有 1 家", "20%–90%", "120 天", "光刻链 · 上游",
                 "区内有 1 家；可能在区内（地点未定）未见记录；区外有 1 家", "甲公司工厂", "企业整体", "40%", "年报第 8 页"):  # fmt: skip
        assert text in said, text
    assert 'href="https://example.org/report.pdf"' in page
    assert 'href="/explain/MAKES%7Cplant:f%7Cproduct:p"' in page
    for question in (
        "candidates?product",
        "cascade?shocks",
        "survival?scope",
        "trace?subjects",
        "concentration?subjects",
    ):
        assert f'href="/ask/{question}=product%3Ap"' in page
    assert 'href="/subgraph/product:p"' in page and 'href="/nodes/technology:t"' in page


def test_a_technology_says_at_once_how_much_of_it_comes_from_abroad_and_in_whose_words(chain: TestClient) -> None:
    said = text_of(shown(chain, "/nodes/technology:t"))
    assert "概况 国外占比 50%–100% · 大部分依赖进口 · 进口占表观消费 · 2018" in said


def test_a_maker_with_a_plant_here_and_one_elsewhere_is_one_maker_here(ladybug_store: GraphStore) -> None:
    client = of(
        ladybug_store,
        [SUZHOU, BEIJING, "product:p", "enterprise:e", "plant:here", "plant:there"],
        [
            ("LOCATED_IN", "enterprise:e", "place:110000"), ("LOCATED_IN", "plant:here", "place:320500"),
            ("LOCATED_IN", "plant:there", "place:110000"), ("OPERATES", "enterprise:e", "plant:here"),
            ("OPERATES", "enterprise:e", "plant:there"), ("MAKES", "plant:here", "product:p"), ("MAKES", "plant:there", "product:p"),
        ],
    )  # fmt: skip
    said = text_of(shown(client, "/nodes/product:p"))
    assert "区内有 1 家；可能在区内（地点未定）未见记录；区外未见记录" in said
    assert "e 区内 here 苏州市" in said and "e 区外 there 北京市" in said


def test_of_many_relations_the_first_are_shown_and_it_is_said(ladybug_store: GraphStore) -> None:
    makers = [f"enterprise:e{number}" for number in range(230)]
    edges: list[Edge] = [("MAKES", one, "product:a/b?c#d") for one in makers]
    edges += [("MASTERS", one, "technology:t") for one in makers]
    client = of(ladybug_store, ["product:a/b?c#d", "technology:t", *makers], edges)
    said = text_of(shown(client, "/nodes/technology:t"))
    assert "掌握者 · 200+ 这类关系多于 200 条，只读了前 200 条" in said
    page = shown(client, "/nodes/product:a%2Fb%3Fc%23d")
    assert (
        "从哪里看 全部地区（图中没有走廊）" in text_of(page)
        and "区内有 230 家；" in text_of(page)
        and "多于 200 条" in text_of(page)
    )
    assert page.count('href="/explain/MAKES') == 200
    assert client.get("/subgraph/product:a%2Fb%3Fc%23d").status_code == 200


def test_a_product_can_be_judged_from_one_place(chain: TestClient) -> None:
    said = text_of(shown(chain, "/nodes/product:p?place=北京市"))
    assert "从哪里看 北京市 、 走廊九城" in said and "断链风险（区内仅一个来源" in said
    assert "缺链" in text_of(shown(chain, "/nodes/product:q"))


def test_a_place_of_which_no_product_of_a_chain_is_on_record_is_not_said_to_have_0(ladybug_store: GraphStore) -> None:
    wuhu: Item = {**SUZHOU, "id": "place:340200", "name_zh": "芜湖市"}
    client = of(ladybug_store, [SUZHOU, wuhu, "enterprise:a", "enterprise:b", "product:p", "product:q", "chain:c", "chain:d"],
                [("LOCATED_IN", "enterprise:a", "place:320500"), ("LOCATED_IN", "enterprise:b", "place:340200"),
                 ("MAKES", "enterprise:a", "product:p"), ("MAKES", "enterprise:b", "product:q"),
                 ("PART_OF", "product:p", "chain:c"), ("PART_OF", "product:q", "chain:d")])  # fmt: skip
    assert "低于平均：d 未见生产记录（全链 1 种产品）" in text_of(shown(client, "/"))
    assert "d none on record (1 product in the chain)" in text_of(shown(client, "/", "en"))


def test_a_product_of_which_only_a_broader_kind_is_made_here_says_why_that_is_not_missing(
    ladybug_store: GraphStore,
) -> None:
    client = of(ladybug_store, [SUZHOU, BEIJING, "enterprise:a", "enterprise:b", "product:dram", "product:hbm"],
                [("LOCATED_IN", "enterprise:a", "place:320500"), ("LOCATED_IN", "enterprise:b", "place:110000"),
                 ("MAKES", "enterprise:a", "product:dram"), ("MAKES", "enterprise:b", "product:hbm"),
                 ("KIND_OF", "product:hbm", "product:dram")])  # fmt: skip
    for language, why in (
        ("zh", "区外有 1 家，产地都已知；但区内有人生产它的上位品"),
        ("en", "Yet somebody here makes a broader kind"),
    ):
        page = text_of(shown(client, "/nodes/product:hbm", language))
        assert why in page and "at unknown places: 0" not in page


def test_an_enterprise_that_makes_nothing_on_record_says_first_what_it_does_or_that_this_is_not_known(
    ladybug_store: GraphStore,
) -> None:
    business = {"business_zh": "家电", "business_en": "home appliances"}
    client = of(ladybug_store, [{"id": "enterprise:a", **business}, "enterprise:b", "enterprise:c", "product:p"],
                [("SUPPLIES", "enterprise:a", "enterprise:b"), ("MAKES", "enterprise:c", "product:p")])  # fmt: skip
    assert "概况 主营业务 家电 注册地" in text_of(shown(client, "/nodes/enterprise:a"))
    assert "main business home appliances" in text_of(shown(client, "/nodes/enterprise:a", "en"))
    assert "概况 主营业务 未知 注册地" in text_of(shown(client, "/nodes/enterprise:b"))
    assert "概况 注册地" in text_of(shown(client, "/nodes/enterprise:c"))


def test_an_enterprise_says_where_it_is_who_controls_it_and_what_it_makes(chain: TestClient) -> None:
    page = shown(chain, "/nodes/enterprise:e")
    said = text_of(page)
    for text in (
        "注册地 苏州市",
        "基地所在 苏州市",
        "所属集团 母公司",
        "控制方所在国家或地区 日本",
        "在基地生产 · 1",
        "70%",
        "1,500 万元",
        "2021年3月1日 2099年2月28日",
    ):
        assert text in said, text
    assert 'href="/ask/partners?subject=enterprise%3Ae"' in page and 'href="/ask/cuts?product=product%3Ap"' in page
    assert re.search(r"图中没有现行的以下各类事实，不等于没有：[^。]*掌握 masters\.csv", said)
    # The product that a sale is of is named, not its id.
    assert re.search(r'<td><a href="/nodes/product:p">光刻胶</a></td>', page)


def test_what_a_planned_plant_is_to_make_stands_apart_with_the_day_of_its_record(ladybug_store: GraphStore) -> None:
    plan: Item = {"id": "plant:plan", "name_zh": "规划工厂", "progress": "planned", "as_of": date(2023, 7, 19)}
    client = of(
        ladybug_store, [SUZHOU, BEIJING, "product:p", "product:q", "enterprise:e", "plant:f", plan],
        [
            ("OPERATES", "enterprise:e", "plant:f"), ("OPERATES", "enterprise:e", "plant:plan"), ("MAKES", "plant:f", "product:p"),
            ("MAKES", "plant:plan", "product:q"), ("LOCATED_IN", "plant:f", "place:320500"), ("LOCATED_IN", "plant:plan", "place:110000"),
        ],
    )  # fmt: skip
    said = text_of(shown(client, "/nodes/enterprise:e"))
    assert "基地所在 苏州市 规划、在建或停产的基地所在 北京市" in said
    assert "在基地生产 · 1" in said and "规划、在建或停产的基地，不计为生产 · 1" in said
    assert re.search(r"q 规划工厂 规划（2023年7月19日的记录）", said) and said.count("规划（2023年7月19日的记录）") == 2
    assert "planned (on record of Jul 19, 2023): what stands below does not count" in text_of(
        shown(client, "/nodes/plant:plan", "en")
    )
    assert "进展 已投产" not in text_of(shown(client, "/nodes/plant:f"))


def test_a_chain_is_a_board_that_can_be_filtered(chain: TestClient) -> None:
    tiles = re.compile(r'class="tile verdict (\w+)" href="([^"]+)"')
    page = shown(chain, "/nodes/chain:c")
    assert tiles.findall(page) == [("missing", "/nodes/product:q"), ("single_source", "/nodes/product:p")]
    assert "2 种产品：缺链 1、断链风险 1" in text_of(page)
    assert tiles.findall(shown(chain, "/nodes/chain:c?verdict=missing")) == [("missing", "/nodes/product:q")]
    assert tiles.findall(shown(chain, "/nodes/chain:c?technology=technology:t&verdict=")) == [
        ("single_source", "/nodes/product:p")
    ]
    outside = shown(chain, "/nodes/chain:c?place=place:110000")
    assert re.search('<option value="place:110000"[^>]* selected', outside)
    seen = tiles.findall(outside)
    assert seen == [(kind, f"/nodes/{one}?place=place%3A110000") for kind, one in
                    (("single_source", "product:q"), ("single_source", "product:p"))]  # fmt: skip
    nothing = text_of(shown(chain, "/nodes/chain:c?verdict=strong"))
    assert "没有产品符合所选条件" in nothing


def test_a_place_has_strengths_gaps_enterprises_and_questions(chain: TestClient) -> None:
    page = shown(chain, "/nodes/苏州市")
    said = text_of(page)
    for text in (
        "光刻链 1 2 50% 1 1 1",
        "1 种产品在走廊内只有一个来源，在此地",
        "树脂",
        "企业 · 1",
        "甲公司 1 1 是",
    ):
        assert text in said, text
    assert 'href="/ask/next_products?city=place%3A320500"' in page
    assert "强弱只对走廊九城比较" in text_of(shown(chain, "/nodes/place:110000"))


def test_every_kind_of_thing_has_a_page(client: TestClient, bundled: GraphStore) -> None:
    counts = bundled.counts()
    ids = {batch.kind.label: batch.table["id"][0].as_py() for batch in bundled.tables() if hasattr(batch.kind, "label")}
    for kind in NODE_TYPES:
        if counts[kind.label]:
            page = shown(client, f"/nodes/{ids[kind.label]}", "en")
            assert ids[kind.label] in text_of(page) and kind.en in text_of(page)


def test_enterprises_of_a_place_come_page_by_page(client: TestClient) -> None:
    pages = [shown(client, f"/nodes/place:320500?page={number}") for number in (1, 2, 10_000)]
    heading = re.search(r"企业 · (\d+)", text_of(pages[0]))
    assert heading
    last = -(-int(heading[1]) // 25)
    turns = [re.findall(r'aria-current="page">(\d+)<|[?]page=(\d+)"', page) for page in pages]
    assert turns[0] == [("1", ""), ("", "2"), ("", "3"), ("", str(last))]
    assert turns[2] == [("", "1"), ("", str(last - 2)), ("", str(last - 1)), (str(last), "")]
    listed = [re.findall(r'href="/nodes/(enterprise:[^"]+)"', page.partition("企业 · ")[2]) for page in pages[:2]]
    assert len(listed[0]) >= 25 and not set(listed[0][:25]) & set(listed[1][:25])


def test_the_board_of_a_bundled_chain_counts_what_gaps_counts_and_is_small(client: TestClient) -> None:
    answer = client.get("/api/ask/gaps?chain=chain:integrated-circuits&limit=1").json()
    page = shown(client, "/nodes/chain:integrated-circuits")
    found = re.findall(r'class="tile verdict (\w+)"', page)
    assert {kind: found.count(kind) for kind in answer["counts"]} == answer["counts"]
    for path in ("/nodes/chain:integrated-circuits", "/nodes/place:320500", "/"):
        assert len(gzip.compress(shown(client, path).encode())) < 150_000


def test_home_leads_to_the_places_and_the_weakest_links_of_the_chains(client: TestClient) -> None:
    page = shown(client, "/")
    assert len(set(re.findall(r'href="/nodes/(place:\d+)"', page))) == 9
    for row in client.get("/api/ask/chains").json()["rows"]:
        assert f'href="/nodes/{row["chain_id"]}"' in page
        [worst] = client.get(f"/api/ask/gaps?chain={row['chain_id']}&limit=1").json()["rows"]
        assert f'href="/nodes/{worst["product_id"]}"' in page
    assert 'href="/matrix"' in page and 'href="/map"' in page and 'href="/ask/gaps"' in page


def test_a_cell_of_the_matrix_is_what_the_gaps_of_the_place_say(client: TestClient) -> None:
    page = shown(client, "/matrix")
    cells = re.findall(r'href="/ask/gaps\?chain=([^"&]+)&amp;places=([^"]+)" title="[^"]*">(\d+)/(\d+)', page)
    assert len(cells) == 9 * 7
    for chain_id, place, made, products in cells[::13]:
        chain_id, place = chain_id.replace("%3A", ":"), place.replace("%3A", ":")
        counts = client.get(f"/api/ask/gaps?chain={chain_id}&places={place}&limit=1").json()["counts"]
        assert sum(counts.values()) == int(products)
        assert int(made) == sum(n for kind, n in counts.items() if kind not in ("missing", "not_on_record"))


def test_a_place_without_a_line_on_the_map_says_why(ladybug_store: GraphStore) -> None:
    nodes: list[str | Item] = [
        SUZHOU,
        {"id": "place:330100", "name_zh": "杭州市", "in_corridor": True},
        "enterprise:e",
        "enterprise:f",
    ]
    edges: list[Edge] = [("LOCATED_IN", "enterprise:e", "place:320500"), ("OWNS", "enterprise:e", "enterprise:f")]
    said = text_of(shown(of(ladybug_store, nodes, edges), "/map"))
    assert "苏州市没有线：它的企业和院所有 1 条供应、持股、合作记录，1 条对方地点未定。" in said
    assert "杭州市没有线：图中没有它的企业和院所的供应、持股、合作记录" in said and "不等于没有往来" in said


def test_the_map_draws_every_place_and_lists_the_flows(client: TestClient) -> None:
    page = shown(client, "/map", "en")
    assert page.count("<circle") == 9
    drawn = re.findall(r'stroke-width="([\d.]+)"><title>([^<]+) → ([^<]+): ([^<]+), (\d+)</title>', page)
    rows = re.findall(r'<a href="/nodes/place:\d+">([^<]+)</a></td><td><a href="/nodes/place:\d+">([^<]+)</a></td>'
                      r'<td>([^<]+)</td><td class="number">(\d+)</td>', page)  # fmt: skip
    assert rows and sorted((start, end, kind, count) for _, start, end, kind, count in drawn) == sorted(rows)
    widest = max(drawn, key=lambda one: int(one[4]))
    assert float(widest[0]) == max(float(one[0]) for one in drawn) == 14.0


@pytest.mark.parametrize(
    ("nodes", "edges", "said"),
    [
        ([], [], ["图中没有地区（places.csv", "图中没有产业链（chains.csv", "图是空的：自带的数据用 corridor demo 载入"]),
        (["product:p", "enterprise:e"], [("MAKES", "enterprise:e", "product:p")], ["图中没有产业链", "现有：企业 1、产品 1"]),
        (["chain:c", "product:p"], [("PART_OF", "product:p", "chain:c")], ["图中没有地区", "未见记录 1", "图中没有生产者（makes.csv）"]),
        ([{"id": "chain:c", "name_zh": "同名"}, {"id": "chain:d", "name_zh": "同名"}, SUZHOU, "product:p"],
         [("PART_OF", "product:p", "chain:d")], ["同名 没有缺口", "同名 未见记录 1"]),
        (["chain:c", "chain:d", SUZHOU], [], ["没有缺口", "图中没有生产者（makes.csv）"]),
        ([SUZHOU, "enterprise:e"], [("LOCATED_IN", "enterprise:e", "place:320500")], ["苏州市", "没有在此生产产业链产品的记录"]),
    ],
)  # fmt: skip
def test_the_first_page_says_what_a_graph_lacks_and_what_to_load(
    ladybug_store: GraphStore, nodes: list[str | Item], edges: list[Edge], said: list[str]
) -> None:
    client = of(ladybug_store, nodes, edges)
    page = text_of(shown(client, "/"))
    assert [text for text in said if text not in page] == []
    for path in ("/matrix", "/map", *(f"/nodes/{one if isinstance(one, str) else one['id']}" for one in nodes)):
        assert client.get(path).status_code == 200


def test_hostile_names_stay_text_and_open_nothing(ladybug_store: GraphStore) -> None:
    nodes: list[str | Item] = [
        {**SUZHOU, "name_zh": HOSTILE}, *({"id": one, "name_zh": HOSTILE, "name_en": HOSTILE} for one in
        ("chain:c", "product:p", "enterprise:e", "technology:t", "center:c", "plant:f")),
        {"id": "source:s", "name_zh": HOSTILE, "kind": "dataset", "url": "javascript:alert(1)"},
    ]  # fmt: skip
    said: Item = {"source_ids": ["source:s"], "evidence": HOSTILE}
    edges: list[Edge] = [
        ("PART_OF", "product:p", "chain:c", said), ("MAKES", "enterprise:e", "product:p", said), ("NEEDS", "product:p", "technology:t", said),
        ("LOCATED_IN", "enterprise:e", "place:320500", said), ("SENT_BY", "center:c", "place:320500", said),
        ("OPERATES", "enterprise:e", "plant:f", said), ("MAKES", "plant:f", "product:p", said),
    ]  # fmt: skip
    client = of(ladybug_store, nodes, edges)
    for path in ("/", "/matrix", "/map", *(f"/nodes/{one['id']}" for one in nodes if not isinstance(one, str))):
        page = shown(client, path)
        assert "<script>alert" not in page and 'href="javascript' not in page, path
        assert html.escape("<script>alert(1)</script>") in page, path


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nodes/product:none", 404), ("/nodes/nobody-has-this-name", 422), ("/nodes/chain:integrated-circuits?verdict=bad", 422),
        ("/nodes/chain:integrated-circuits?place=nowhere", 422), ("/nodes/place:320500?page=0", 422),
        ("/nodes/place:320500?page=x", 422),
    ],
)  # fmt: skip
def test_what_does_not_exist_or_is_no_value_is_said_on_a_page(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path, headers={"Accept": "text/html", "Accept-Language": "zh"})
    assert (answer.status_code, "<h1" in answer.text) == (status, True)


def test_a_search_leads_to_the_pages_of_things(client: TestClient) -> None:
    assert re.search(r'<a href="/nodes/product:etcher">', shown(client, "/search?q=刻蚀设备"))


def test_the_page_of_a_centre_shows_its_years_and_what_its_closing_costs(ladybug_store: GraphStore) -> None:
    nodes: list[str | Item] = [
        SUZHOU, {"id": "center:c", "name_zh": "苏州中心"}, "center:bare", "enterprise:a", "enterprise:b",
        {"id": "report:1", "year": 2023, "main_area_m2": 300.0, "other_area_m2": 25.0, "graduates": 0},
        {"id": "report:2", "year": 2025, "main_area_m2": 250.0, "other_area_m2": 75.0, "graduates": 2},
    ]  # fmt: skip
    edges: list[Edge] = [
        ("LOCATED_IN", "center:c", "place:320500"), ("SENT_BY", "center:c", "place:320500"), ("LOCATED_IN", "enterprise:a", "place:320500"),
        ("RESIDENT_OF", "enterprise:a", "center:c", {"resident_status": "resident", "since": date(2022, 1, 1)}),
        ("SUPPLIES", "enterprise:a", "enterprise:b", {"amount_10k_cny": 5.0}),
        *((kind, *ends) for n in (1, 2) for kind, ends in (("REPORTED", ("enterprise:a", f"report:{n}")), ("REPORTED_FOR", (f"report:{n}", "center:c")))),
    ]  # fmt: skip
    client = of(ladybug_store, nodes, edges)
    page = shown(client, "/nodes/center:c")
    assert 'aria-label="面积（m²），按用途. 2023: 300 + 25; 2024: 未知 + 未知; 2025: 250 + 75"' in page
    assert 'aria-label="毕业企业. 2023: 0; 2024: 未知; 2025: 2"' in page
    said = text_of(page)
    assert "2024 0 1 — — —" in said and "有记录的联系" in said and "损失总产出的" in said
    assert "/ask/scenarios?shocks=center%3Ac" in page and page.count("<rect") == page.count('<rect class="k') > 0
    english = shown(client, "/nodes/center:c", "en")
    assert "If it closes" in english and "2024: not known" in english
    bare = text_of(shown(client, "/nodes/center:bare"))
    assert "没有入驻企业的填报" in bare and "会损失多少产出未知" in bare


def test_a_column_that_no_row_has_anything_in_is_not_there(ladybug_store: GraphStore) -> None:
    client = of(ladybug_store, [{"id": "product:a", "name_zh": "甲"}, {"id": "enterprise:b", "name_zh": "甲厂"}], [])
    found = client.get("/search?q=甲&language=zh").text
    assert "甲厂" in found and "英文名" not in found and "主营业务" not in found
    found = client.get("/ask/gaps?language=zh").text.partition('id="findings"')[2]
    assert "判定" in found and "产业链" not in found.partition("</thead>")[0]
