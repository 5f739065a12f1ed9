"""What if something stops: one scenario, two beside each other, a run that is cancelled, and what cannot be asked."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Page

from api.app import create_app
from graph.open_store import open_store
from graph.store import GraphStore
from queries.algorithms.warm import warm
from queries.questions import survival
from queries.registry import find_question
from tests.api.conftest import client_of, served
from tests.browser import Watched
from tests.graphs import chain_of_products, graph_of

HOSTILE = "<img src=x onerror=alert(1)>"


def _charts(page: Page) -> dict[str, list[str]]:
    """The bars of each chart that is wholly in the first screen, by its caption."""
    found = {}
    for table in page.locator("table.bars").all():
        box = table.bounding_box()
        assert box
        if box["y"] + box["height"] <= 720:
            found[table.locator("caption").inner_text()] = table.locator("tr th").all_inner_texts()
    return found


@pytest.mark.browser
@pytest.mark.parametrize(
    ("language", "place", "link", "change", "ask", "headline", "breaks", "tier"),
    [
        ("zh", "苏州市", "如果停产", "修改", "提问", "苏州市停产：全网产出损失 ", "损失最大的环节", "第 1 级"),
        ("en", "Suzhou", "What if it stops", "change", "Ask", "Suzhou stopped: ", "costs most", "tier 1"),
    ],
)
def test_a_planner_sees_in_the_first_screen_what_stops_with_suzhou_and_what_breaks_first(
    browser_page: Watched, address: str, language: str, place: str, link: str, change: str, ask: str, headline: str,
    breaks: str, tier: str,
) -> None:  # fmt: skip
    browser_page.page.context.add_cookies([{"name": "language", "value": language, "url": address}])
    page = browser_page.open(f"{address}/nodes/place:320500")
    page.locator(".onward").get_by_role("link", name=link, exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".headline")
    page.get_by_text(change, exact=True).click()
    page.locator("select[name=chain]").select_option("chain:integrated-circuits")
    page.get_by_role("button", name=ask, exact=True).press("Enter")
    page.wait_for_url("**chain=chain**", timeout=60_000)
    page.wait_for_selector("html[data-ready]")
    assert page.locator(".headline").inner_text().startswith(headline)
    charts = _charts(page)
    assert len(charts) == 4 and any(caption.startswith(breaks) for caption in charts)
    assert any(tier in bars for bars in charts.values()) and all(len(bars) > 2 for bars in charts.values())
    assert place not in [bar for bars in charts.values() for bar in bars], "what stopped is not beyond itself"
    assert page.locator(".beside li").count() >= 2 and re.search(r"\d\.\d%", page.locator(".beside").inner_text())
    assert browser_page.complaints == []


@pytest.mark.browser
def test_two_scenarios_stand_beside_each_other_and_the_address_holds_both(browser_page: Watched, address: str) -> None:
    page = browser_page.open(f"{address}/ask/scenarios?shocks={quote('苏州')}")
    page.locator(".asked summary").click()
    page.locator("input[name=or_shocks]").fill("合肥; 芜湖")
    page.locator("input[name=or_share]").fill("0.5")
    page.keyboard.press("Enter")
    page.wait_for_url("**or_shocks=**")
    page.wait_for_selector("html[data-ready]")
    said = page.locator(".headline").inner_text()
    assert said.startswith("苏州市停产更严重") and "个百分点" in said
    assert len([text for text in page.locator(".beside li").all_inner_texts() if "停产：全网产出损失" in text]) >= 2
    heads = page.locator("#findings th").all_inner_texts()
    column = heads.index("相差")
    differences = [
        abs(float(row.locator("td").nth(column).inner_text().strip().rstrip("%")))
        for row in page.locator("#findings tbody tr:visible").all()
    ]
    assert differences == sorted(differences, reverse=True) and differences[0] > 0
    assert {"城市", "产业链"} >= set(page.locator("#findings tbody tr:visible td:nth-child(2)").all_inner_texts())
    asked = parse_qs(urlsplit(page.url).query)
    assert (asked["shocks"], asked["or_shocks"], asked["or_share"]) == (["苏州"], ["合肥; 芜湖"], ["0.5"])
    page.go_back()
    page.wait_for_function("() => !document.querySelector('.headline').textContent.includes('更严重')")
    page.go_forward()
    page.wait_for_function("() => document.querySelector('.headline').textContent.includes('更严重')")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert page.locator(".headline").inner_text() == said
    assert browser_page.complaints == []


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FastAPI]:
    """A server whose answer to `survival` of chain:c takes a while on any machine."""
    solved = survival._solved

    def slowly(*given: Any) -> Any:
        time.sleep(0.1)
        return solved(*given)

    monkeypatch.setattr(survival, "_solved", slowly)
    store = open_store(f"ladybug://{tmp_path}/g.lbug", buffer_pool_mib=256)
    nodes, edges = chain_of_products(190)
    edges += [("PART_OF", f"product:{number}", "chain:c") for number in range(190)]
    yield create_app(graph_of(store, [*nodes, "chain:c"], edges))
    store.close()


def _all_ends(app: FastAPI) -> None:
    left = time.monotonic()
    while app.state.answered:
        assert time.monotonic() - left < 10, "the work goes on"
        time.sleep(0.02)


@pytest.mark.browser
@pytest.mark.parametrize("way", ["click", "key"])
def test_a_long_run_says_what_it_does_and_what_is_cancelled_stops_and_keeps_the_form(
    browser_page: Watched, slow: FastAPI, way: str
) -> None:
    with served(slow) as url:
        page = browser_page.open(f"{url}/ask/survival")
        page.locator("input[name=scope]").fill("chain:c")
        page.locator("input[name=scope]").press("Enter")
        box = page.locator(".running")
        box.get_by_role("button", name="取消").wait_for(timeout=30_000)
        assert "正在求解" in box.inner_text() and "秒" in box.inner_text()
        assert len(slow.state.answered) == 1
        box.get_by_role("button").click() if way == "click" else page.keyboard.press("Escape")
        page.get_by_text("已取消").wait_for()
        _all_ends(slow)
        assert page.url.endswith("/ask/survival") and page.locator("input[name=scope]").input_value() == "chain:c"


@pytest.mark.browser
def test_a_long_answer_that_a_link_leads_to_is_waited_for_by_a_page_that_comes_at_once(
    browser_page: Watched, slow: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(slow) as url:
        page = browser_page.page
        page.goto(f"{url}/ask/survival?scope=chain:c")
        title = page.title()
        assert title.startswith("存续时钟") and page.locator(".facts dd").all_inner_texts() == ["c"]
        assert page.locator(".facts dt").all_inner_texts() == ["产业链或产品"]
        box = page.locator(".running")
        box.get_by_role("button", name="取消").wait_for(timeout=30_000)
        box.get_by_text("正在求解").wait_for(timeout=60_000)
        page.keyboard.press("Escape")
        page.get_by_text("已取消").wait_for()
        _all_ends(slow)
        monkeypatch.undo()
        page.get_by_role("link", name="直接打开").click()
        page.wait_for_selector(".headline", timeout=60_000)
        assert page.url.startswith(f"{url}/ask/survival?scope=chain")
    assert browser_page.complaints == []


def test_who_comes_from_elsewhere_waits_for_no_place_and_a_file_comes_as_it_is(one_store: GraphStore) -> None:
    client = client_of(create_app(graph_of(one_store, ["chain:c", "product:a"], [("PART_OF", "product:a", "chain:c")])))
    outside = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "cross-site"}
    for path in ("/ask/gaps?place=%22%3E<b>", "/compare/gaps", "/report/chain:c"):
        waiting = client.get(path, headers=outside)
        assert waiting.status_code == 200 and 'id="awaited"' in waiting.text and "<b>" not in waiting.text, path
        inside = client.get(path, headers={**outside, "Sec-Fetch-Site": "same-origin"})
        assert 'id="awaited"' not in inside.text
    assert "报告（可打印） · c" in client.get("/report/chain:c", headers=outside | {"Accept-Language": "zh"}).text
    assert client.get("/ask/none", headers=outside).status_code == 422
    assert client.get("/ask/gaps?format=csv", headers=outside).headers["content-type"].startswith("text/csv")


def test_what_is_done_is_said_in_the_readers_language_and_of_nothing_nothing(client: TestClient) -> None:
    answer = client.get("/health/doing", params={"run": "/ask/gaps?limit=5"})
    assert answer.json() == {"is_running": False, "said": ""}


# --- what cannot be asked ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", ["0", "1.5", "-1", "nan", "much"])
def test_no_loss_and_more_than_all_are_refused_with_the_form(client: TestClient, share: str) -> None:
    answer = client.get("/ask/scenarios", params={"shocks": "苏州", "or_shocks": "合肥", "or_share": share})
    assert answer.status_code == 422
    assert f'name="or_share" value="{share}" aria-invalid="true"' in answer.text and 'value="合肥"' in answer.text


def test_a_name_that_nothing_has_keeps_both_scenarios_and_leads_to_the_nearest(client: TestClient) -> None:
    answer = client.get("/ask/scenarios", params={"shocks": "苏州", "or_shocks": "合肥县"})
    assert answer.status_code == 422 and 'value="合肥县" aria-invalid="true"' in answer.text
    assert f"shocks={quote('苏州')}&amp;or_shocks=place%3A340100" in answer.text
    assert client.get("/ask/scenarios?shocks=enterprise:none").status_code == 404
    hostile = client.get("/ask/scenarios", params={"shocks": HOSTILE})
    assert hostile.status_code == 422 and HOSTILE not in hostile.text


def test_what_stops_nobody_and_a_graph_without_makers_say_so(tmp_path: Path) -> None:
    store = open_store(f"ladybug://{tmp_path}/g.lbug", buffer_pool_mib=128)
    client = client_of(create_app(store))
    nodes, edges = chain_of_products(3)
    graph_of(store, [*nodes, {"id": "product:bare", "name_zh": HOSTILE}], edges)
    answer = client.get("/ask/scenarios?shocks=product:bare", headers={"Accept-Language": "en"})
    assert answer.status_code == 200 and HOSTILE not in answer.text
    assert "No enterprise" in answer.text.partition('class="headline"')[2][:200]
    graph_of(store, [], [], "nothing")
    for path in ("/ask/scenarios", "/ask/scenarios?shocks=product:bare"):
        assert "corridor load" in client.get(path, headers={"Accept-Language": "en"}).text
    store.close()


# --- errors of other pages -----------------------------------------------------------------------------------------------


def test_a_comparison_that_cannot_be_keeps_its_form(client: TestClient, bundled: GraphStore) -> None:
    run = bundled.run_id()
    answer = client.get("/compare/gaps", params={"before": "nothing", "chain": "集成电"})
    assert answer.status_code == 422 and 'name="before"' in answer.text and 'role="alert"' in answer.text
    assert f"before={run}&amp;chain={quote('集成电')}" in answer.text
    answer = client.get("/compare/gaps", params={"before": run, "chain": "集成电"})
    assert answer.status_code == 422 and f"before={run}&amp;chain=chain%3Aintegrated-circuits" in answer.text
    answer = client.get("/compare/gaps", params={"before": run, "limit": "many"})
    assert answer.status_code == 422 and 'name="limit" value="many" aria-invalid="true"' in answer.text


@pytest.mark.parametrize(
    ("path", "kept", "meant"),
    [
        ("/nodes/chain:integrated-circuits?place=苏洲", 'name="place" value="苏洲"', "?place=place%3A320500"),
        ("/nodes/place:320500?page=x", 'name="page" value="x"', ""),
        ("/subgraph/product:etcher?depth=2&limit=x", 'name="depth" value="2"', ""),
        ("/subgraph/product:etcher?kinds=Prodct", 'name="kinds" value="Prodct"', "?kinds=Product"),
        ("/ask/gasp", "", "/ask/gaps"),
        ("/nodes/中微公", "", "/nodes/enterprise:688012.SH"),
    ],
)
def test_every_page_keeps_what_was_asked_and_leads_to_what_was_meant(
    client: TestClient, path: str, kept: str, meant: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == 422
    assert kept in answer.text and meant in answer.text.partition("<main>")[2]


# --- ready ---------------------------------------------------------------------------------------------------------------


def test_the_server_lives_before_it_is_ready_and_nothing_is_compiled_after(
    bundled: GraphStore, bundled_home: Path
) -> None:
    with served(create_app(bundled, bundled_home)) as url:
        assert httpx.get(f"{url}/health/live").json() == {"status": "live"}
        while (ready := httpx.get(f"{url}/health/ready")).status_code != 200:
            assert ready.status_code == 503 and int(ready.headers["retry-after"]) > 0
            time.sleep(0.05)
    from queries.algorithms import cascade

    warm()
    counts = len(getattr(cascade.spread_each, "signatures"))  # noqa: B009
    for name, given in (("cascade", {"shocks": ["苏州"]}), ("cascade", {}), ("next_products", {"city": "苏州"})):
        find_question(name).ask(bundled, **given)
    assert counts == len(getattr(cascade.spread_each, "signatures"))  # noqa: B009
