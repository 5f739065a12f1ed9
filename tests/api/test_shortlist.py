"""The shortlist: ticked on any page, kept in the browser, carried away and shared; what others put into it stays text."""

import csv
import io
from pathlib import Path
from urllib.parse import quote

import openpyxl
import pytest
import yaml
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page

from tests.browser import Watched

_HOSTILE = "<img src=x onerror=alert(1)>=cmd|' /C calc'!A0"


def _opened(watched: Watched, address: str) -> Page:
    page = watched.open(address)
    page.wait_for_selector("#listed table, #said:not(:empty)")
    return page


def _taken(page: Page, form: str) -> bytes:
    with page.expect_download() as download:
        page.locator(f"[data-form={form}]").press("Enter")
    return Path(download.value.path()).read_bytes()


@pytest.mark.browser
def test_things_are_ticked_by_keyboard_noted_and_carried_away(browser_page: Watched, address: str) -> None:
    page = browser_page.open(f"{address}/ask/gaps?language=en")
    names = [page.locator("#findings tbody tr").nth(at).locator("a").first.inner_text() for at in (0, 2)]
    for at in (0, 2):
        page.locator("#findings .star").nth(at).press("Enter")
    page = browser_page.open(f"{address}/nodes/place:320500?language=en")
    page.locator(".bar .star").press("Space")
    page.locator("main table .star").first.press("Enter")
    page.locator("main table .star").first.press("Enter")  # and off again
    assert page.locator("#shortlist").inner_text() == "★ 3"
    page.locator("#shortlist").press("Enter")
    page.wait_for_selector("#listed tbody tr")
    page = _opened(browser_page, f"{address}/shortlist?language=en")
    assert page.locator("#listed tbody a").all_inner_texts() == [*names, "Suzhou"]
    page.locator("#listed input").first.fill('=1+1 "甲", 乙')
    page = _opened(browser_page, f"{address}/shortlist?language=en")
    assert page.locator("#listed input").first.input_value() == '=1+1 "甲", 乙'
    data = _taken(page, "csv")
    table = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert data.startswith(b"\xef\xbb\xbf") and table[0][:2] == ["name", "type"]
    assert [row[0] for row in table[1:]] == [*names, "Suzhou"] and table[1][3] == '\'=1+1 "甲", 乙'
    book = openpyxl.load_workbook(io.BytesIO(_taken(page, "xlsx")))
    cells = [[cell.value for cell in row] for row in book.worksheets[0]]
    assert [row[0] for row in cells[1:]] == [*names, "Suzhou"] and cells[1][3] == '=1+1 "甲", 乙'
    assert book.worksheets[0]["D2"].data_type == "s"
    kept = yaml.safe_load(_taken(page, "yaml"))
    assert [one["name"] for one in kept["items"]] == [*names, "Suzhou"] and kept["items"][0]["note"] == '=1+1 "甲", 乙'
    assert (page.locator("#list-link").get_attribute("href") or "").endswith(kept["link"])
    page.locator("#listed tbody button").first.press("Enter")
    page.wait_for_selector("#listed tbody tr:nth-child(3)", state="detached")
    assert page.locator("#listed tbody a").all_inner_texts() == [names[1], "Suzhou"]
    assert browser_page.complaints == []


@pytest.mark.browser
def test_a_link_shows_somebody_elses_list_names_what_vanished_and_runs_nothing(
    browser_page: Watched, address: str
) -> None:
    link = f"{address}/shortlist#id=product:etcher&note={quote(_HOSTILE)}&id=product:gone-by-now&id={quote(_HOSTILE)}"
    page = _opened(browser_page, link)
    said = page.locator("#said").inner_text()
    assert "product:gone-by-now" in said and "图中没有" in said
    assert page.locator("#listed img").count() == 0 and page.locator("#listed tbody tr").count() == 3
    assert page.locator("#listed tbody tr").first.locator("td").nth(3).inner_text() == _HOSTILE
    assert page.locator("#shortlist").inner_text() == "☆ 0"
    page.locator("#list-keep").press("Enter")
    page.wait_for_selector("#listed input")
    assert page.locator("#shortlist").inner_text() == "★ 3"
    assert page.locator("#listed input").first.input_value() == _HOSTILE
    assert browser_page.complaints == []


@pytest.mark.browser
def test_a_spoilt_storage_is_an_empty_list(browser_page: Watched, address: str) -> None:
    page = browser_page.open(f"{address}/shortlist")
    for kept in ("{", "null", '"x"', '[1, null, {"id": 5}, {"id": ""}]', '{"id": "product:etcher"}'):
        page.evaluate("kept => localStorage.setItem('shortlist', kept)", kept)
        page = _opened(browser_page, f"{address}/shortlist")
        assert "清单是空的" in page.locator("#said").inner_text() and page.locator("#listed *").count() == 0, kept
    assert browser_page.complaints == []


@pytest.mark.browser
def test_an_address_of_many_things_is_bounded(browser_page: Watched, address: str) -> None:
    many = "&".join(f"id=product:p{n}&note={'x' * 90}" for n in range(900))
    page = _opened(browser_page, f"{address}/shortlist#{many}")
    assert page.locator("#listed tbody tr").count() == 200
    assert page.locator("#list-link").get_attribute("href") is None


@pytest.mark.browser
def test_without_script_the_page_says_why_it_is_empty(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(f"{address}/shortlist")
    assert "kept in the browser" in page.locator("main").inner_text()
    context.close()


def test_the_api_bounds_what_it_is_asked(client: TestClient) -> None:
    rows = client.post("/api/shortlist?language=en", json={"items": [{"id": "product:etcher"}, {"id": "x"}]}).json()[
        "rows"
    ]
    assert [(row["is_there"], row["kind"]) for row in rows] == [(True, "product"), (False, "")]
    mistaken: list[list[dict[str, str]]] = [
        [{"id": "a"}] * 201, [{"id": "a" * 301}], [{"id": "a", "note": "x" * 501}], [{}],
    ]  # fmt: skip
    for items in mistaken:
        assert client.post("/api/shortlist", json={"items": items}).status_code == 422
    assert client.post("/api/shortlist", json={"items": [], "form": "exe"}).status_code == 422
    assert client.post("/api/shortlist", json={"items": [], "form": "csv"}).status_code == 200


@pytest.mark.browser
def test_an_exported_list_is_taken_in_again_beside_what_is_there(
    browser_page: Watched, address: str, tmp_path: Path
) -> None:
    page = browser_page.open(f"{address}/nodes/chain:integrated-circuits")
    tiles = page.locator(".board .tiles li")
    names = [tiles.nth(at).locator(".tile span").inner_text() for at in (0, 1)]
    for at in (0, 1):
        tiles.nth(at).locator(".star").press("Enter")
    page = _opened(browser_page, f"{address}/shortlist")
    page.locator("#listed input").first.fill(_HOSTILE)
    file = tmp_path / "list.yaml"
    file.write_bytes(_taken(page, "yaml"))
    for _ in names:
        page.locator("#listed tbody button").first.press("Enter")
        page.wait_for_timeout(200)
    assert page.locator("#shortlist").inner_text() == "☆ 0"
    page.locator(".import summary").click()
    page.locator(".import input").set_input_files(file)
    page.locator(".import button").click()
    page.wait_for_selector("#listed tbody tr:nth-child(2)")
    assert page.locator("#listed tbody a").all_inner_texts() == names
    assert page.locator("#listed input").first.input_value() == _HOSTILE
    page.locator("#listed input").first.fill("自己的")
    page.locator(".import textarea").fill(file.read_text(encoding="utf-8"))
    page.locator(".import button").click()
    page.get_by_text("文件有 2 项，新放入 0 项").wait_for()
    assert page.locator("#listed input").first.input_value() == "自己的"
    page.locator(".import textarea").fill("items:\n- id: product:etcher\n  note: [1]\n")
    page.locator(".import button").click()
    page.get_by_text("YAML:3").wait_for()
    assert page.locator("#shortlist").inner_text() == "★ 2"
    assert [one for one in browser_page.complaints if "422" not in one] == []


@pytest.mark.parametrize("text", ["", "[]", "items: 5", "items: [&a {id: x}, *a]", "items: [{id: " + "x" * 400 + "}]",
                                  "items: [" + "{id: x}, " * 201 + "]", "x: " + "[" * 90, "a: " + "b" * 70_000])  # fmt: skip
def test_a_file_that_is_no_list_is_refused_with_a_sentence(client: TestClient, text: str) -> None:
    answer = client.post("/api/shortlist/file?language=en", content=text.encode())
    assert answer.status_code == 422 and answer.json()["error"]["message"]
    sent = {"origin": "http://elsewhere.example"}
    assert client.post("/api/shortlist/file", content=b"items: []", headers=sent).status_code == 422
    assert client.post("/api/shortlist/file", content=b"items: []").json() == []
