"""The report of a chain and of a place: each finding has evidence, the file is whole, paper holds every row."""

import re
import time
from collections.abc import Iterator
from html import unescape
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import expect
from typer.testing import CliRunner

from api import dossier as dossier_module
from api.app import create_app
from api.cli import commands
from api.dossier import dossier
from graph.open_store import open_store
from graph.store import GraphStore
from graph.texts import Language
from queries.reader import Kept, Reader
from tests.api.conftest import client_of, served
from tests.browser import Watched
from tests.conftest import skip_or_fail
from tests.graphs import graph_of

_CHAIN, _PLACE = "chain:integrated-circuits", "place:320500"


@pytest.fixture(scope="module")
def reader(bundled: GraphStore) -> Iterator[Reader]:
    yield Reader(bundled, Kept())


@pytest.fixture(
    scope="module", params=[(thing, language) for thing in (_CHAIN, _PLACE) for language in Language], ids=str
)
def html(request: pytest.FixtureRequest, reader: Reader, bundled_home: Path) -> str:
    thing, language = request.param
    return dossier(reader, bundled_home, thing, language, is_served=False)


def test_each_finding_has_evidence_and_each_evidence_its_sources(html: str) -> None:
    findings = re.findall(r"<li>(.*?)<span class=\"cites\">\[(.*?)\]</span></li>", html, re.S)
    assert len(findings) >= 15
    evidence = dict(re.findall(r'<tr id="e(\d+)">(.*?)</tr>', html, re.S))
    assert list(evidence) == [str(n) for n in range(1, len(evidence) + 1)]
    cited = set()
    for said, numbers in findings:
        ranges = [part.split("–") for part in re.sub("<.*?>", "", numbers).split(", ")]
        own = {n for part in ranges for n in range(int(part[0]), int(part[-1]) + 1)}
        assert own, said
        cited |= own
    assert cited == {int(n) for n in evidence}
    sources = set(re.findall(r'<li id="s(\d+)">', html))
    assert set(re.findall(r'href="#s(\d+)"', html)) <= sources
    without = [row for row in evidence.values() if "#s" not in row and "· " not in row]
    assert len(without) < len(evidence) / 10


def test_a_report_speaks_one_language_and_says_unknown_not_none(html: str) -> None:
    told = re.sub(r"<(script|style).*?</\1>|https?://[^\s\"<]+", "", html, flags=re.S)
    assert "explore." not in told and "dossier." not in told
    is_chinese = 'lang="zh-CN"' in html
    assert ("未知" in told) == is_chinese and ("not known" in told) != is_chinese


def test_what_a_place_lacks_is_not_called_missing_in_the_corridor(html: str) -> None:
    headings = re.findall(r"<h3[^>]*>(.*?)</h3>", html, re.S)
    called = [one for one in headings if re.fullmatch(r"(缺链|断链风险|missing:?|single source:?) \d+", one.strip())]
    assert bool(called) == ("place:320500" not in html), headings


def test_a_report_names_its_day_run_and_dataset(client: TestClient, bundled: GraphStore) -> None:
    page = client.get(f"/report/{_CHAIN}?language=en").text
    assert (bundled.run_id() or "?") in page and " · data · " in page
    assert f"/report/{_CHAIN}?format=html" in page
    file = client.get(f"/report/{_CHAIN}?language=en&format=html")
    assert "attachment" in file.headers["content-disposition"]
    assert "<style>" in file.text and 'href="/' not in file.text and 'src="' not in file.text


def test_what_is_neither_chain_nor_place_has_no_report(client: TestClient) -> None:
    assert client.get("/report/product:etcher").status_code == 422
    assert client.get("/report/chain:nowhere").status_code == 404
    assert client.get(f"/report/{_CHAIN}?format=docx").status_code == 422


def test_a_chain_of_nothing_and_hostile_names_are_told_as_they_are(tmp_path: Path) -> None:
    store = open_store(f"ladybug://{tmp_path}/g.lbug", buffer_pool_mib=128)
    hostile = "<script>alert(1)</script>"
    nodes = [
        {"id": "chain:a", "name_zh": hostile},
        {"id": "chain:b", "name_zh": "空链"},
        {"id": "product:p", "name_zh": hostile},
    ]
    graph_of(store, nodes, [("PART_OF", "product:p", "chain:a")])
    client = client_of(create_app(store, tmp_path))
    page = client.get("/report/chain:a?language=zh").text
    assert "<script>alert" not in page and "&lt;script&gt;" in page
    empty = client.get("/report/chain:b?language=zh").text
    assert "没有产品" in empty and "不等于不依赖" in empty
    store.close()


def test_the_command_writes_the_same_file(bundled_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(f"ladybug://{tmp_path}/g.lbug", buffer_pool_mib=128)
    graph_of(store, [{"id": "chain:a", "name_zh": "链"}], [])
    store.close()
    target = tmp_path / "folder" / "a.html"
    given = ["report", "chain:a", "--language", "en", "--out", str(target), "--store", f"ladybug://{tmp_path}/g.lbug"]
    result = CliRunner().invoke(commands, given)
    assert result.exit_code == 0, result.output
    assert "Report on a chain" in target.read_text(encoding="utf-8")


@pytest.mark.browser
def test_paper_holds_every_row_under_repeated_heads(browser_page: Watched, tmp_path: Path) -> None:
    """On few sheets: to read the text of one takes half a second."""
    if find_spec("pypdf") is None:
        skip_or_fail("BROWSER", "pypdf is not installed (make venv)")
    store = open_store(f"ladybug://{tmp_path}/g.lbug", buffer_pool_mib=128)
    products = [f"product:{number:02}" for number in range(70)]
    graph_of(store, ["chain:a", *products], [("PART_OF", product, "chain:a") for product in products])
    html = dossier(Reader(store, Kept()), tmp_path, "chain:a", Language.EN, is_served=False)
    store.close()
    page = browser_page.open_file(tmp_path, html)
    assert not browser_page.complaints and not browser_page.requests
    paper = import_module("pypdf").PdfReader(BytesIO(page.pdf(prefer_css_page_size=True)))
    pages = [" ".join(normalize("NFKC", one.extract_text()).split()) for one in paper.pages]
    text = "".join(pages).replace(" ", "")
    rows = re.findall(r"<tr>(.*?)</tr>", html.partition(">All products</h2>")[2].partition("</table>")[0], re.S)[1:]
    names = [unescape(re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)[1]).strip() for row in rows]
    assert len(names) > 50 and [name for name in names if re.sub(r"\s+", "", name) not in text] == []
    assert 3 < len(pages) < 20 and all(f"{n} / {len(pages)}" in one for n, one in enumerate(pages, 1))
    assert sum("makers here" in one for one in pages) >= 2
    assert sum("record" in one and "as of" in one for one in pages) >= 2


@pytest.mark.browser
def test_whoever_comes_to_a_report_is_told_what_is_being_done(
    browser_page: Watched, bundled: GraphStore, bundled_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked_out = dossier_module._cascade

    def slowly(*given: Any) -> Any:
        time.sleep(0.2)  # On any machine it takes a while then.
        return worked_out(*given)

    monkeypatch.setattr(dossier_module, "_cascade", slowly)
    with served(create_app(bundled, bundled_home)) as address:
        page = browser_page.page
        page.goto(f"{address}/report/{_CHAIN}")
        expect(page.locator(".lead, section p").filter(has_text="正在算")).to_be_visible()
        expect(page.locator(".running")).to_contain_text("报告 · ", timeout=30_000)
        page.keyboard.press("Escape")
        expect(page.locator(".running")).to_contain_text("已取消")
        monkeypatch.setattr(dossier_module, "_cascade", worked_out)
        page.get_by_role("link", name="直接打开").click()
        page.wait_for_selector("section.cover", timeout=60_000)
        page.go_back()  # where the reader came from, not the page that waited
        assert page.url == "about:blank"
        page.go_forward()
        page.wait_for_selector("section.cover", timeout=60_000)
        with page.expect_download() as downloading:
            page.get_by_role("link", name="存为一个文件").click()
        assert 'section class="cover"' in downloading.value.path().read_text(encoding="utf-8")
        expect(page.locator(".running")).to_be_hidden()
        assert browser_page.complaints == []
