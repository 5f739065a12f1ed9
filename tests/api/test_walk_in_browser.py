"""The walk in a real browser: clicks, keys, right clicks, back and reload over the bundled dataset."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from playwright.sync_api import Browser, Page

from api.app import create_app
from api.pages import LONGEST_ADDRESS
from api.server import server_of
from graph.store import GraphStore
from tests.browser import Watched

pytestmark = pytest.mark.browser

START = "product:etcher"
SAID = {
    "zh": {"open": "展开 15 个", "shut": "收起 15 个", "again": "重新展开 15 个", "start": "是起点", "ways": "找到", "undo": "没有可撤销的",
           "filter": "筛选", "apply": "应用", "replace": "谁能替代它", "stop": "停产会怎样", "hide": "隐去", "from": "从这里出发的路径"},
    "en": {"open": ": 15 more", "shut": ": 15 collapsed", "again": ": 15 shown again", "start": "is the start", "ways": "paths found",
           "undo": "nothing to undo", "filter": "Filters", "apply": "Apply", "replace": "Who could replace it",
           "stop": "What if it stops", "hide": "Hide", "from": "Path from here"},
}  # fmt: skip


def start(watched: Watched, address: str, path: str = f"/subgraph/{START}", language: str = "zh") -> Page:
    watched.page.context.add_cookies([{"name": "language", "value": language, "url": address}])
    return watched.open(f"{address}{path}")


def until_said(page: Page, text: str) -> None:
    page.locator("#said", has_text=text).wait_for(timeout=20_000)


def ids(page: Page) -> set[str]:
    found: list[str] = page.evaluate("corridor.drawn.nodes.getIds()")
    return set(found)


def places(page: Page) -> dict[str, list[float]]:
    found: dict[str, list[float]] = page.evaluate(
        "Object.fromEntries(corridor.drawn.nodes.get().map(({ id, x, y }) => [id, [x, y]]))"
    )
    return found


def richest(page: Page, nth: int = 0) -> str:
    """The node in view with the most neighbours that are not shown, or the one after it."""
    found: str = page.evaluate(
        """nth => corridor.drawn.nodes.get().filter(({ id }) => {
          const { top } = corridor.drawn.onPage(id);
          return top > 140 && top < innerHeight - 60;
        }).sort((a, b) => b.more - a.more)[nth].id""",
        nth,
    )
    return found


def click_on(page: Page, node: str, button: str = "left") -> None:
    at = page.evaluate("id => corridor.drawn.onPage(id)", node)
    page.mouse.click(at["left"], at["top"], button="right" if button == "right" else "left")


def asked(page: Page) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(page.url).query, keep_blank_values=True)


def test_keys_expand_collapse_undo_and_redo_and_nothing_moves(browser_page: Watched, address: str) -> None:
    page, said = start(browser_page, address, language="en"), SAID["en"]
    before, node = places(page), richest(page)
    view = page.evaluate("[corridor.drawn.network.getScale(), corridor.drawn.network.getViewPosition()]")
    click_on(page, node)
    page.keyboard.press("Enter")
    until_said(page, said["open"])
    opened = places(page)
    assert len(opened) == len(before) + 15 and {one: opened[one] for one in before} == before
    assert view == page.evaluate("[corridor.drawn.network.getScale(), corridor.drawn.network.getViewPosition()]")
    assert ("step", f"open:{node}") in asked(page) and ("at", node) in asked(page)
    page.keyboard.press("Backspace")
    until_said(page, said["shut"])
    assert places(page) == before
    page.keyboard.press("Enter")
    until_said(page, said["again"])
    assert places(page) == opened
    page.keyboard.press("z")
    until_said(page, said["shut"])
    assert places(page) == before and page.locator("#redo").is_enabled()
    page.locator("#redo").click()
    until_said(page, said["again"])
    assert places(page) == opened
    for _ in range(3):
        page.locator("#undo").click()
        page.wait_for_timeout(300)
    page.wait_for_selector("#undo:disabled")
    page.locator("#canvas").focus()
    page.keyboard.press("z")
    until_said(page, said["undo"])
    assert places(page) == before and browser_page.complaints == []


def test_opened_neighbours_are_drawn_once(browser_page: Watched, address: str) -> None:
    page = start(browser_page, address)
    click_on(page, richest(page))
    page.wait_for_timeout(300)
    page.evaluate("window.drawings = 0; corridor.drawn.network.on('afterDrawing', () => { window.drawings += 1; })")
    page.keyboard.press("Enter")
    until_said(page, SAID["zh"]["open"])
    page.wait_for_timeout(300)
    assert page.evaluate("window.drawings") == 1


def test_who_stops_at_a_node_has_its_neighbours_before_the_key(browser_page: Watched, address: str) -> None:
    page = start(browser_page, address)
    node = richest(page)
    with page.expect_response(lambda answer: f"open:{node}" in unquote(answer.url)) as early:
        click_on(page, node)
    early.value.finished()
    page.route("**/subgraph/**", lambda route: route.abort())
    page.keyboard.press("Enter")
    until_said(page, SAID["zh"]["open"])


def test_who_walks_on_gives_up_the_last_node_and_has_the_next(browser_page: Watched, address: str) -> None:
    page = start(browser_page, address)
    node, last = richest(page), richest(page, 1)
    page.route(lambda url: f"open:{last}" in unquote(url), lambda _: None)
    with page.expect_request(lambda asked: f"open:{last}" in unquote(asked.url)):
        click_on(page, last)
    with (
        page.expect_event("requestfailed", lambda failed: f"open:{last}" in unquote(failed.url)),
        page.expect_response(lambda answer: f"open:{node}" in unquote(answer.url)) as early,
    ):
        click_on(page, node)
    early.value.finished()
    page.route("**/subgraph/**", lambda route: route.abort())
    page.keyboard.press("Enter")
    until_said(page, SAID["zh"]["open"])
    assert browser_page.complaints == []


def test_what_was_asked_for_early_is_asked_for_again_after_a_while(browser_page: Watched, address: str) -> None:
    browser_page.page.clock.install()
    page = start(browser_page, address)
    node = richest(page)
    with page.expect_response(lambda answer: f"open:{node}" in unquote(answer.url)) as early:
        click_on(page, node)
    early.value.finished()
    page.clock.fast_forward(40_000)
    with page.expect_response(lambda answer: f"open:{node}" in unquote(answer.url)):
        page.keyboard.press("Enter")
    until_said(page, SAID["zh"]["open"])


def test_back_reload_and_a_copied_link_show_the_same(browser_page: Watched, browser: Browser, address: str) -> None:
    page = start(browser_page, address)
    node = richest(page)
    click_on(page, node)
    page.keyboard.press("Enter")
    until_said(page, "展开 15 个")
    page.locator("#legend button[data-filter=Technology]").click()
    page.keyboard.press("Shift+Tab")  # away from the legend: its keys are the picture's again
    opened, link = places(page), page.url
    assert ("off", "Technology") in asked(page)
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert places(page) == opened and page.url == link
    assert page.locator("#legend button[data-filter=Technology]").get_attribute("aria-pressed") == "false"
    page.go_back()
    page.wait_for_selector("#legend button[data-filter=Technology][aria-pressed=true]")
    page.go_back()
    page.wait_for_selector(f"#canvas[data-nodes='{len(opened) - 15}']")
    page.go_forward()
    page.wait_for_selector(f"#canvas[data-nodes='{len(opened)}']")
    page.goto(f"{address}/")
    page.go_back()
    page.wait_for_selector("html[data-ready=picture]")
    assert ids(page) == set(opened)
    context = browser.new_context(viewport={"width": 1280, "height": 720}, locale="zh-CN")
    other = Watched(context.new_page()).open(link)
    assert (
        places(other) == opened
        and other.locator("#details h2").inner_text() == page.locator("#details h2").inner_text()
    )
    context.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_menu_of_a_node_opens_by_right_click_and_by_keyboard(
    browser_page: Watched, address: str, language: str
) -> None:
    page, said = start(browser_page, address, language=language), SAID[language]
    node = richest(page)
    menu = page.locator("#menu")
    click_on(page, node, "right")
    assert menu.is_visible() and page.locator("#menu [role=menuitem]").first.evaluate(
        "e => e === document.activeElement"
    )
    texts = menu.locator("[role=menuitem]").all_inner_texts()
    assert len(texts) == len(set(texts)) == 11 and {said["replace"], said["stop"], said["hide"]} <= set(texts)
    page.keyboard.press("Escape")
    assert menu.is_hidden() and page.locator("#canvas").evaluate("e => e === document.activeElement")
    for key in ("m", "Shift+F10", "ContextMenu"):
        page.keyboard.press(key)
        assert menu.is_visible(), key
        page.keyboard.press("Escape")
    page.keyboard.press("m")
    page.keyboard.press("End")
    page.keyboard.press("ArrowDown")
    assert page.locator("#menu [role=menuitem]").first.evaluate("e => e === document.activeElement")
    while page.evaluate("document.activeElement.textContent") != said["hide"]:
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**step=hide**")
    page.wait_for_selector(f"#canvas[data-nodes='{len(ids(page))}']")
    assert node not in ids(page)
    page.locator("#undo").click()
    page.wait_for_selector("#undo:disabled")
    page.wait_for_timeout(500)
    click_on(page, node, "right")
    page.get_by_role("menuitem", name=said["replace"]).click()
    page.wait_for_url("**/ask/candidates?product=*")
    assert browser_page.complaints == []


def test_up_and_down_of_the_menu_follow_the_chain(browser_page: Watched, address: str) -> None:
    page = start(browser_page, address)
    node, before = richest(page), places(page)
    for name, step in (("展开上游", "up"), ("展开下游", "down")):
        click_on(page, node, "right")
        page.get_by_role("menuitem", name=name).click()
        page.wait_for_url(f"**step={step}:**")
    page.wait_for_timeout(300)
    assert {one: places(page)[one] for one in before} == before and len(ids(page)) > len(before)


def test_paths_between_several_starts_and_an_end_are_drawn_apart(browser_page: Watched, address: str) -> None:
    page, said = start(browser_page, address, language="zh"), SAID["zh"]
    page.locator("#canvas").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("p")
    until_said(page, said["start"])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("m")
    page.get_by_role("menuitem", name=said["from"]).click()
    until_said(page, said["start"])
    page.wait_for_url(re.compile("step=from.*step=from"))
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("p")
    until_said(page, said["ways"])
    widths = page.evaluate(
        """() => { const all = corridor.drawn.edges.get();
          return [all.filter((e) => e.isMarked), all.filter((e) => !e.isMarked)].map((some) => some.map((e) => e.width)); }"""
    )
    assert widths[0] and min(widths[0]) > max(widths[1])
    hollow = page.evaluate(
        "corridor.drawn.nodes.get().filter((n) => !n.isMarked).every((n) => n.color.background !== n.fill)"
    )
    assert hollow and browser_page.complaints == []


def test_filters_and_limits_are_chosen_in_a_form_and_stand_in_the_address(browser_page: Watched, address: str) -> None:
    page, said = start(browser_page, address, language="en"), SAID["en"]
    before = places(page)
    page.locator("#filters summary", has_text=said["filter"]).click()
    page.locator("#filters select[name=place]").select_option("place:320500")
    page.get_by_role("button", name=said["apply"], exact=True).click()
    page.wait_for_url("**place=place:320500**")
    page.wait_for_selector("#chosen:has-text('1')")
    left = places(page)
    assert 0 < len(left) < len(before) and left.items() <= before.items()
    assert {name for name, _ in asked(page)} <= {"place", "at", "run"}
    page.locator("#filters summary").click()
    page.locator("#filters select[name=place]").select_option("")
    page.locator("#filters select[name=limit]").select_option("40")
    page.get_by_role("button", name=said["apply"], exact=True).click()
    page.wait_for_selector("#canvas[data-nodes='40']")
    assert ("limit", "40") in asked(page) and "place" not in dict(asked(page))
    page.keyboard.press("Escape")
    page.locator("#canvas").focus()
    page.keyboard.press("z")
    page.wait_for_selector(f"#canvas[data-nodes='{len(left)}']")
    assert browser_page.complaints == []


def test_the_table_is_walked_as_the_picture_is(browser_page: Watched, address: str) -> None:
    page = start(browser_page, address)
    before = len(ids(page))
    page.keyboard.press("t")
    page.locator("#table th .sort", has_text="未显示").click()
    row = page.locator("#table tbody tr").first.locator("[data-node]")
    node = row.get_attribute("data-node")
    row.focus()
    page.keyboard.press("m")
    page.get_by_role("menuitem", name="展开", exact=True).press("Enter")
    until_said(page, "展开 15 个")
    assert page.locator("#table tbody tr").count() == before + 15 and page.locator("#canvas").is_hidden()
    assert page.evaluate("document.activeElement.dataset.node") == node
    page.locator("#table th .sort", has_text="未显示").click()
    assert page.locator("th[aria-sort]").count() == 1


def test_a_walk_too_long_for_a_link_is_not_done_and_a_file_is_offered(browser_page: Watched, address: str) -> None:
    pair = "&step=hide:product:scanner"
    long = f"/subgraph/{START}?depth=1" + pair * (2 * ((LONGEST_ADDRESS - 30) // len(pair) // 2))
    page = start(browser_page, address, long)
    click_on(page, richest(page))
    page.wait_for_timeout(400)
    before = len(ids(page))
    page.keyboard.press("Enter")
    page.locator("#trouble").wait_for()
    assert "太长" in page.locator("#trouble").inner_text() and len(ids(page)) == before
    with page.expect_download() as download:
        page.locator("#as-file").click()
    assert download.value.suggested_filename.endswith(".html") and browser_page.complaints == []


@contextmanager
def serving(store: GraphStore, port: int) -> Iterator[int]:
    server = server_of(create_app(store), "127.0.0.1", port)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield int(server.servers[0].sockets[0].getsockname()[1])
    server.should_exit = True
    thread.join(timeout=10)


def test_a_server_that_goes_away_is_said_and_asked_again(browser_page: Watched, bundled: GraphStore) -> None:
    with serving(bundled, 0) as port:
        page = start(browser_page, f"http://127.0.0.1:{port}")
        node = richest(page)
        click_on(page, node)
    before = len(ids(page))
    page.keyboard.press("Enter")
    page.locator("#trouble").wait_for()
    assert "暂时连不上" in page.locator("#trouble").inner_text() and len(ids(page)) == before
    page.locator("input[name=q]").fill("刻蚀")
    page.locator("#suggestions li", has_text="没有回答").wait_for()
    with serving(bundled, port):
        page.locator("#suggestions li", has_text="刻蚀").first.wait_for()
        until_said(page, "图库已恢复")
        assert page.locator("#trouble").is_hidden() and len(ids(page)) == before + 15
        assert ("step", f"open:{node}") in asked(page)
