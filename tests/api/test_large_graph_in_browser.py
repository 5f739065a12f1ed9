"""Each part of the browser on ChainKnowledgeGraph: 95,526 products and no places, by clicks and keys in both languages."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from api.app import create_app
from api.cli import commands
from graph.open_store import open_store
from tests.api.conftest import served
from tests.api.test_walk_in_browser import click_on, ids, richest
from tests.browser import Watched

pytestmark = [pytest.mark.browser, pytest.mark.slow]

GRAPH = Path(__file__).parents[3] / "shared" / "data" / "chain-knowledge-graph"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not GRAPH.is_dir():
        pytest.skip("needs ChainKnowledgeGraph beside the project (../shared/data), which is absent here")
    home = tmp_path_factory.mktemp("large")
    url = f"ladybug://{home / 'graph.lbug'}"
    asked = ["load", str(GRAPH), "--mapping", "chain-knowledge-graph", "--home", str(home), "--store", url]
    loaded = CliRunner().invoke(commands, asked)
    assert loaded.exit_code == 1, loaded.output  # Rows that lead to nothing are set aside, which is said.
    store = open_store(url)
    with served(create_app(store, home)) as base:
        yield base
    store.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_answers_are_read_walked_and_carried_away(browser_page: Watched, address: str, language: str) -> None:
    none, of, files = {
        "zh": ("图中没有地区", "95526 个产品中", "下载的文件有前 10000 行"),
        "en": ("no places", "of 95526 products", "files to download have the first 10000"),
    }[language]
    page = browser_page.page
    page.context.add_cookies([{"name": "language", "value": language, "url": address}])
    assert none in browser_page.open(f"{address}/").locator("main").inner_text()

    page.keyboard.press("/")
    page.keyboard.type("电池")
    page.locator("[role=option]").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/nodes/product:*")
    page.wait_for_selector("html[data-ready]")
    assert page.locator("h1").inner_text() == "电池"
    product = page.url.rpartition("/")[2]

    browser_page.open(f"{address}/subgraph/{product}?limit=80")
    before = ids(page)
    click_on(page, richest(page))
    page.keyboard.press("Enter")
    page.wait_for_function("count => corridor.drawn.nodes.getIds().length > count", arg=len(before))
    assert 0 < len(ids(page) - before) <= 15 and before <= ids(page)
    page.locator("#undo").click()
    page.wait_for_function("count => corridor.drawn.nodes.getIds().length === count", arg=len(before))

    browser_page.open(f"{address}/ask/gaps?limit=200")
    assert of in page.locator(".headline").inner_text() and files in page.locator(".said").first.inner_text()
    rows = page.locator("#findings tbody tr:visible")
    page.locator("input[name=filter]").fill("石")
    page.keyboard.press("Enter")
    page.wait_for_url("**filter=**")
    page.wait_for_selector("html[data-ready]")
    assert 0 < rows.count() <= 25 and all("石" in text for text in rows.all_inner_texts())
    rows.first.locator("input").check()
    page.locator(".listing button[type=submit]").last.click()
    page.wait_for_url("**rows=product**")
    page.wait_for_selector("html[data-ready=picture]")
    assert page.locator("tr input:checked").count() == 1 and len(ids(page)) > 1

    maker = json.loads(page.request.get(f"{address}/api/ask/search?text=宁德时代").text())["rows"][0]["node_id"]
    browser_page.open(f"{address}/ask/cascade?shocks={maker}")
    assert "%" in page.locator(".headline").inner_text() and rows.count() > 0
    with page.expect_download() as file:
        page.get_by_role("link", name="XLSX").click()
    book = CalamineWorkbook.from_filelike(io.BytesIO(Path(file.value.path()).read_bytes()))
    assert book.get_sheet_by_index(0).to_python()[1][1] == "宁德时代"
    assert browser_page.complaints == []
    assert all(one.startswith(address) for one in browser_page.requests)
