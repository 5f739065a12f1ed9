"""The query page and saved views in a real browser, by keyboard, in both languages."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from api.app import create_app
from graph.open_store import open_store
from tests.api.conftest import served
from tests.browser import Watched
from tests.graphs import chain_of_products, graph_of

pytestmark = pytest.mark.browser

READS = "MATCH (p:Product)-[:INPUT_OF]->(q:Product)\nRETURN p AS one, q AS other, p.id AS id\nORDER BY id"
MARKUP = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("small")
    (folder / "questions").mkdir()
    (folder / "questions" / "own.yaml").write_text(
        f"name: own\nzh: {MARKUP}自存\ncypher: |\n  {READS.replace(chr(10), chr(10) + '  ')}\n", encoding="utf-8"
    )
    store = graph_of(open_store(f"ladybug://{folder}/g.lbug", buffer_pool_mib=256), *chain_of_products(40))
    with served(create_app(store, folder)) as url:
        yield url
    store.close()


def rows(page: Page) -> list[str]:
    return page.locator("#findings tbody tr:not(.elsewhere)").all_inner_texts()


def test_a_statement_is_written_completed_and_run_by_keyboard(browser_page: Watched, address: str) -> None:
    page = browser_page.open(f"{address}/query")
    expect(page.locator("#cypher")).to_be_focused()
    page.keyboard.type("MATCH (p:Produ")
    expect(page.locator("#words li").first).to_contain_text("Product")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.type(")-[:INPUT_")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("]->(q:Product) WHERE p.中文")
    expect(page.locator("#words li").first).to_contain_text("name_zh")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.type(" = $name ")
    page.keyboard.press("Control+ ")
    expect(page.locator("#words li[aria-selected=true]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("#words")).to_be_hidden()
    page.keyboard.type("RETURN p AS one, q AS other, q.id AS id ORDER BY id")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    page.keyboard.type("name: '7'")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("html[data-ready=picture]")
    assert [row.split() for row in rows(page)] == [["◎", "7", "8", "product:8"]]
    text = "MATCH (p:Product)-[:INPUT_OF]->(q:Product) WHERE p.name_zh = $name RETURN p AS one, q AS other, q.id AS id ORDER BY id"
    assert page.locator("#cypher").input_value() == text and "cypher=" in page.url
    page.reload()
    assert len(rows(page)) == 1
    page.go_back()
    page.wait_for_selector("html[data-ready]")
    assert not page.url.endswith("ORDER+BY+id") and not browser_page.complaints


def test_the_place_of_a_mistake_is_selected(browser_page: Watched, address: str) -> None:
    page = browser_page.open(f"{address}/query")
    page.locator("[data-language=en]").click()
    page.wait_for_selector("html[lang^=en][data-ready]")
    page.locator("#cypher").fill("MATCH (p:Product)\nRETURN q.id AS id ORDER BY id")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#faults")
    assert "Line 2, column 8" in page.locator("#faults").inner_text()
    chosen = page.evaluate(
        "() => { const t = document.getElementById('cypher'); return t.value.slice(t.selectionStart, t.selectionEnd); }"
    )
    assert chosen == "q" and page.locator("#faults pre").inner_text().split("\n")[1].endswith("       ^")
    # The status of a refused statement is what the console tells.
    assert all("422" in one for one in browser_page.complaints)


def test_what_is_posted_is_sorted_and_paged_too(browser_page: Watched, address: str) -> None:
    page = browser_page.open(f"{address}/query")
    names = json.dumps({"names": [str(n) for n in range(40)] + ["填" * 4_000]}, ensure_ascii=False)
    page.locator("#cypher").fill(READS.replace("RETURN", "WHERE p.name_zh IN $names RETURN"))
    page.locator("#parameters").fill(names)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#findings")
    assert page.url == f"{address}/query" and len(rows(page)) == 25
    page.locator("#findings th a", has_text="other").click()
    page.wait_for_selector("#findings th[aria-sort]")
    page.locator(".pages a").first.click()
    page.wait_for_selector(".pages [aria-current]:has-text('2')")
    assert page.url == f"{address}/query" and len(rows(page)) == 14
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert len(Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()) == 40
    assert not browser_page.complaints


def test_a_page_is_saved_renamed_shared_deleted_and_imported(browser: Browser, address: str, tmp_path: Path) -> None:
    rename, delete, nothing = "Rename", "Delete", "Nothing is saved"
    export, copy, bring = "Export as YAML file", "Copy YAML", "Import"
    context = browser.new_context(viewport={"width": 1280, "height": 720}, locale="en-US")
    watched = Watched(context.new_page())
    watched.page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    watched.page.on("dialog", lambda dialog: watched.complaints.append(dialog.message))
    page = watched.open(f"{address}/ask/gaps?places=everywhere&sort=-downstream")
    page.locator("#save").press("Enter")
    name = page.locator("#saving input")
    expect(name).to_be_focused()
    name.fill(f"{MARKUP} 1")
    page.keyboard.press("Enter")
    expect(page.locator("#saving [role=status]")).to_contain_text(MARKUP)
    page.locator("#saving a").click()
    page.wait_for_url("**/saved")
    views = page.locator(".views li")
    assert views.count() == 1 and page.locator(".views img").count() == 0
    views.get_by_role("button", name=rename).click()
    views.locator("input:not([type])").fill("我的缺口")
    page.keyboard.press("Enter")
    assert views.locator("a").inner_text() == "我的缺口"
    with page.expect_download() as download:
        page.get_by_role("button", name=export).click()
    content = Path(download.value.path()).read_text(encoding="utf-8")
    assert 'name: "我的缺口"\n  address: "/ask/gaps?places=everywhere&sort=-downstream"' in content
    page.get_by_role("button", name=copy).click()
    page.wait_for_selector("#saved-said:not(:empty)")
    views.get_by_role("button", name=delete).click()
    assert nothing in views.inner_text()
    box, do = page.locator("#saved textarea"), page.locator("#saved .import button")
    if not box.is_visible():  # It is open where the text could not be copied.
        page.locator("#saved summary").click()
    assert bring in page.locator("#saved summary").inner_text()
    box.fill("views: &a [*a]")
    do.click()
    expect(page.locator("#saved-said")).to_contain_text("YAML:1")
    box.fill("name: own\nzh: 问\nquestion: gaps\ngiven: {limit: 3}\n")
    do.click()
    expect(views.locator("a")).to_have_text(["问"])
    file = tmp_path / "views.yaml"
    file.write_text(content, encoding="utf-8")
    page.locator("#saved input[type=file]").set_input_files(file)
    do.click()
    expect(views.locator("a")).to_have_text(["我的缺口", "问"])
    views.locator("a").first.click()
    page.wait_for_selector("#findings, .empty")
    assert page.url == f"{address}/ask/gaps?places=everywhere&sort=-downstream"
    assert not watched.complaints
    context.close()


def test_what_a_browser_holds_that_is_no_view_is_left_out(browser_page: Watched, address: str) -> None:
    page = browser_page.open(f"{address}/saved")
    bad = [
        {"name": "a", "address": "javascript:alert(1)"}, {"name": "a", "address": "//evil.example"}, {"address": "/"}, None, 1,
        {"name": MARKUP, "address": "/ask/gaps"},
    ]  # fmt: skip
    for value, count in ((json.dumps(bad), 1), ("{", 0), ('{"a": 1}', 0)):
        page.evaluate("value => localStorage.setItem('saved', value)", value)
        page.reload()
        page.wait_for_selector("html[data-ready]")
        assert page.locator(".views a").count() == count
    assert page.get_by_role("link", name=f"{MARKUP}自存").count() == 1
    page.get_by_role("link", name="在查询页打开").click()
    page.wait_for_selector("#findings")
    assert len(rows(page)) == 25 and not browser_page.complaints


def test_the_pages_fit_a_phone(browser_page: Watched, address: str) -> None:
    browser_page.page.set_viewport_size({"width": 390, "height": 844})
    for path in ("/query", f"/query?{urlencode({'cypher': READS})}", "/saved"):
        page = browser_page.open(f"{address}{path}")
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390, path
    assert not browser_page.complaints


def test_what_is_too_much_to_send_stays_in_the_form_with_a_sentence(browser_page: Watched, address: str) -> None:
    page = browser_page.open(f"{address}/query?language=zh")
    much = "names: [" + "中文名称, " * 8_000 + "]"
    page.locator("#cypher").fill(READS)
    page.locator("#parameters").fill(much)
    for key in ("Control+Enter", "Control+Enter"):
        page.locator("#cypher").press(key)
        expect(page.get_by_role("alert")).to_contain_text("没有发送")
    assert page.locator("#cypher").input_value() == READS and page.locator("#parameters").input_value() == much
    page.locator("#parameters").fill("")
    page.locator("#cypher").fill(READS + " // " + "x" * 70_000)
    page.locator("#cypher").press("Control+Enter")
    expect(page.locator("#faults")).to_contain_text("10,000")
    assert len(page.locator("#cypher").input_value()) > 70_000
    assert [one for one in browser_page.complaints if "422" not in one] == []
