"""The served pages in a real browser, over the bundled dataset."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FloatRect, Page

from api.app import create_app
from graph.open_store import open_store
from tests.api.conftest import served
from tests.browser import Watched
from tests.graphs import graph_of

pytestmark = pytest.mark.browser


def _stayed_home(watched: Watched, address: str) -> bool:
    return {urlsplit(url).netloc for url in watched.requests} <= {urlsplit(address).netloc} and not watched.complaints


def test_the_first_page_leads_to_a_chain_its_board_to_a_product_and_that_to_its_picture(
    browser_page: Watched, address: str
) -> None:
    page = browser_page.open(f"{address}/")
    page.get_by_role("link", name="集成电路", exact=True).click()
    page.wait_for_url("**/nodes/chain:integrated-circuits")
    page.get_by_label("判定").select_option("missing")
    page.locator(".asking button").click()
    page.wait_for_url("**verdict=missing**")
    signs = page.locator(".tile b").all_inner_texts()
    assert set(signs) == {"✕"} and page.get_by_label("判定").input_value() == "missing"
    name = page.locator(".tile span").first.inner_text()
    page.locator(".tile").first.click()
    page.wait_for_url("**/nodes/product:*")
    assert page.locator("h1").inner_text() == name and "缺链" in page.inner_text("main")
    page.get_by_role("link", name="图", exact=True).click()
    page.wait_for_selector("html[data-ready=picture]")
    assert name in page.title()
    page.locator("#canvas").focus()
    page.keyboard.press("ArrowLeft")
    page.locator("#details").get_by_role("link", name="页面").click()
    page.wait_for_url("**/nodes/*")
    assert _stayed_home(browser_page, address), browser_page.complaints


def test_a_cell_of_the_matrix_is_reached_by_keyboard_and_opens_its_question(
    browser_page: Watched, address: str
) -> None:
    page = browser_page.open(f"{address}/matrix")
    cell = page.locator(".matrix td a").first
    page.locator(".matrix tbody th a").first.focus()
    page.keyboard.press("Tab")
    assert cell.evaluate("cell => cell === document.activeElement")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ask/gaps?chain=chain%3A*")
    assert _stayed_home(browser_page, address), browser_page.complaints


def test_boards_and_places_fit_a_phone(browser_page: Watched, address: str) -> None:
    browser_page.page.set_viewport_size({"width": 390, "height": 844})
    for path in (
        "/",
        "/matrix",
        "/map",
        "/nodes/chain:integrated-circuits",
        "/nodes/place:320500",
        "/nodes/product:etcher",
    ):
        page = browser_page.open(f"{address}{path}")
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390, path


def test_a_search_from_any_page_leads_to_what_it_finds(browser_page: Watched, address: str) -> None:
    page = browser_page.open(f"{address}/subgraph/product:etcher")
    page.keyboard.press("/")
    page.keyboard.type("lvdexiebo")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/(search|nodes)"))
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


def _box(page: Page, selector: str) -> FloatRect:
    box = page.locator(selector).bounding_box()
    assert box
    return box


def test_an_answer_is_sorted_filtered_and_drawn_by_clicks_and_the_address_holds_it(
    browser_page: Watched, address: str
) -> None:
    page = browser_page.open(f"{address}/ask/gaps?limit=60")
    rows = page.locator("#findings tbody tr:visible")
    assert rows.count() == 25 and _box(page, ".headline")["y"] < 120
    page.locator("#findings th a", has_text="区外生产者").click()
    page.wait_for_url("**sort=-makers_elsewhere**")
    first = rows.first.locator("a").inner_text()
    rows.first.locator("input").check()
    page.get_by_role("button", name="画勾选的行").click()
    page.wait_for_selector("html[data-ready=picture]")
    assert "勾选的 1 行中画出 1 行" in page.locator(".drawn .above").inner_text()
    assert "sort=-makers_elsewhere" in page.url and "rows=product" in page.url and "limit=60" in page.url
    assert rows.first.locator("a").inner_text() == first and rows.first.locator("input").is_checked()
    rows.first.locator("button[data-node]").click()
    assert page.locator("#details h2").inner_text() == first and page.locator("tr.selected").count() == 1
    page.locator("input[name=filter]").fill("机器人")
    page.keyboard.press("Enter")
    page.wait_for_url("**filter=**")
    assert rows.count() < 25 and all("机器人" in text for text in rows.all_inner_texts())
    page.go_back()
    assert rows.count() == 25
    page.locator(".asked summary").click()
    page.locator("select[name=chain]").select_option("chain:integrated-circuits")
    page.get_by_role("button", name="提问").click()
    page.wait_for_url("**chain=**")
    page.wait_for_selector("html[data-ready]")
    assert "集成电路" in page.title() and "集成电路" in page.locator(".asked summary").inner_text()
    assert _stayed_home(browser_page, address), browser_page.complaints


def test_a_phone_stacks_an_answer_and_its_table_scrolls_inside_itself(browser_page: Watched, address: str) -> None:
    browser_page.page.set_viewport_size({"width": 390, "height": 844})
    for path in ("/ask/gaps?limit=30", "/subgraph/product:etcher"):
        page = browser_page.open(f"{address}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert _box(page, "#canvas")["width"] > 340
    page = browser_page.open(f"{address}/ask/gaps?limit=30")
    assert page.locator(".listing .scroll").evaluate("e => e.scrollWidth > e.clientWidth")


def test_paper_gets_every_row_and_the_headings_on_each_sheet(browser_page: Watched, address: str) -> None:
    page = browser_page.open(f"{address}/ask/gaps?limit=60")
    names = page.locator("#findings tbody tr td:nth-child(2)").all_text_contents()
    assert len(names) == 60
    page.emulate_media(media="print")
    assert page.locator("#findings tbody tr:visible").count() == 60
    assert page.locator("button:visible, input:visible, #canvas:visible").count() == 0
    assert page.locator("details.notes li").first.is_visible()
    assert page.locator("thead").first.evaluate("e => getComputedStyle(e).display") == "table-header-group"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lines_and_legend_stand_out_from_the_ground(browser_page: Watched, address: str, theme: str) -> None:
    page = browser_page.open(f"{address}/ask/gaps?limit=30")
    page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
    names = ("canvas", "band", "band-product", "edge", "edge-chain", "critical", "mark", "muted")
    colors = page.evaluate(
        "names => names.map((n) => getComputedStyle(document.documentElement).getPropertyValue(`--${n}`).trim())", names
    )
    grounds, lines = colors[:3], colors[3:]
    assert [c for ground in grounds for c in lines if _contrast(c, ground) < 3] == []


def _contrast(one: str, other: str) -> float:
    """The contrast of two colours by WCAG 2.2."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_parameter_that_names_something_is_completed(browser_page: Watched, address: str) -> None:
    page = browser_page.open(f"{address}/ask/cascade?shocks=苏州")
    page.locator(".asked summary").click()
    page.locator(".asking input[name=shocks]").fill("苏州; 长鑫存")
    page.wait_for_selector("#names-shocks option", state="attached")
    assert (page.locator("#names-shocks option").first.get_attribute("value") or "").startswith("苏州; 长鑫存储")
    page.locator(".asking input[name=places]").fill("杭")
    page.wait_for_selector("#names-places option", state="attached")
    names = page.locator("#names-places option").evaluate_all("all => all.map((one) => one.value)")
    assert "杭州市" in names and "杭可科技" not in names
    page.locator("input[name=q]").fill("杭州")
    page.wait_for_selector("#suggestions li")
    page.locator("input[name=q]").press("x")
    page.locator("input[name=q]").press("ArrowDown")
    page.locator("input[name=q]").press("Enter")
    page.wait_for_url("**/search?q=**")
    assert _stayed_home(browser_page, address), browser_page.complaints


LOOKED_AT = (
    "/",
    "/matrix",
    "/map",
    "/nodes/chain:artificial-intelligence",
    "/nodes/place:320500",
    "/nodes/product:photoresist",
    "/subgraph/product:photoresist",
    "/ask/gaps?chain=chain:artificial-intelligence&limit=9",
    "/ask/key_technologies",
    "/search?q=机器人",
    "/ask/cascade?shocks=product:photoresist&limit=9",
    "/explain/product:photoresist",
    "/review",
)
REFUSED = "/ask/gaps?chain=xyz"
"""Of which the browser says that it was refused."""


def test_axe_core_finds_nothing_to_mend_and_the_browser_nothing_to_complain_of(
    browser_page: Watched, address: str
) -> None:
    found = {}
    for path in (*LOOKED_AT, REFUSED):
        browser_page.page.emulate_media(color_scheme="light")
        page = browser_page.open(f"{address}{path}")
        assert path == REFUSED or _stayed_home(browser_page, address), browser_page.complaints
        # What is dark differs in its colours alone.
        for theme, rules in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
            page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            violations = Axe().run(page, options={"resultTypes": ["violations"], **rules}).response["violations"]
            found[theme, path] = [(one["impact"], one["id"], one["nodes"][0]["html"]) for one in violations]
    assert {where: wrong for where, wrong in found.items() if wrong} == {}
