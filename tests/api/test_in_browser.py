"""The served pages in a real browser, over the bundled dataset."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from api.app import create_app
from graph.open_store import open_store
from graph.store import GraphStore
from tests.api.conftest import served
from tests.browser import Watched
from tests.graphs import graph_of

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(bundled: GraphStore) -> Iterator[str]:
    with served(create_app(bundled)) as url:
        yield url


def _stayed_home(watched: Watched, address: str) -> bool:
    return {urlsplit(url).netloc for url in watched.requests} <= {urlsplit(address).netloc} and not watched.complaints


@pytest.mark.parametrize(
    "path", ["/", "/subgraph/product:etcher", "/ask/gaps", "/ask/key_technologies", "/search?q=机器人"]
)
def test_a_page_is_drawn_without_complaint_or_request_elsewhere(browser_page: Watched, address: str, path: str) -> None:
    browser_page.open(f"{address}{path}")
    assert _stayed_home(browser_page, address), browser_page.complaints


def test_a_click_on_a_finding_leads_to_its_picture(browser_page: Watched, address: str) -> None:
    page = browser_page.open(f"{address}/")
    link = page.locator("table a").first
    name = link.inner_text()
    link.click()
    page.wait_for_selector("html[data-ready]")
    assert page.url.startswith(f"{address}/subgraph/product:")
    assert name in page.title()


def test_a_search_from_any_page_leads_to_what_it_finds(browser_page: Watched, address: str) -> None:
    page = browser_page.open(f"{address}/subgraph/product:etcher")
    page.keyboard.press("/")
    page.keyboard.type("lvdexiebo")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/(search|subgraph)"))
    page.wait_for_selector("html[data-ready]")
    assert "绿的谐波" in page.content()


def test_the_picture_of_a_chain_says_what_it_leaves_out(browser_page: Watched, address: str) -> None:
    page = browser_page.open(f"{address}/subgraph/chain:automobile-nev")
    assert re.search(r"共 \d+ 个节点，显示 150 个，隐藏 \d+ 个", page.inner_text("body"))


def test_another_language_keeps_the_page_and_stays_chosen(browser_page: Watched, address: str) -> None:
    page = browser_page.open(f"{address}/ask/gaps?limit=5&language=zh")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    with page.expect_navigation():
        page.get_by_role("link", name="English").click()
    page.wait_for_selector("html[data-ready][lang=en]")
    assert page.url == f"{address}/ask/gaps?limit=5"
    page.locator("#canvas").focus()
    page.keyboard.press("ArrowLeft")
    assert re.search(r", relations: \d+", page.locator("#said").inner_text())
    assert browser_page.open(f"{address}/").locator("html").get_attribute("lang") == "en"
    with page.expect_navigation():
        page.get_by_role("link", name="中文").click()
    page.wait_for_selector("html[data-ready][lang=zh-CN]")
    assert _stayed_home(browser_page, address), browser_page.complaints


def test_a_hostile_name_stays_text(browser_page: Watched, tmp_path: Path) -> None:
    store = open_store(f"ladybug://{tmp_path}/g.lbug", buffer_pool_mib=128)
    hostile = "<script>document.title='owned'</script><img src=x onerror=alert(1)>"
    graph_of(store, [{"id": "product:a", "name_zh": hostile}, "product:b"], [("INPUT_OF", "product:a", "product:b")])
    with served(create_app(store)) as address:
        page = browser_page.open(f"{address}/subgraph/product:a")
        assert page.locator("h1").first.inner_text().startswith("<script>") or hostile in page.inner_text("body")
        assert "owned" not in page.title() or hostile in page.title()
        assert _stayed_home(browser_page, address), browser_page.complaints


def test_the_page_of_the_api_works_offline(browser_page: Watched, address: str) -> None:
    page = browser_page.page
    page.goto(f"{address}/docs")
    page.get_by_text("/api/ask/gaps").first.wait_for()
    assert _stayed_home(browser_page, address), browser_page.complaints
