"""A picture taken away: as SVG and PNG with all that explains it, as a page of its own, as GraphML and GEXF."""

from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import networkx as nx
import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page

from api.app import create_app
from graph.open_store import open_store
from graph.store import GraphStore
from tests.api.conftest import client_of
from tests.browser import Watched
from tests.graphs import graph_of

_SVG = "{http://www.w3.org/2000/svg}"


def _taken(page: Page, form: str) -> bytes:
    if page.locator(".take").get_attribute("open") is None:
        page.locator(".take summary").press("Enter")
    with page.expect_download() as download:
        page.locator(f"[data-take={form}]").press("Enter")
    assert download.value.suggested_filename.endswith(f".{form}")
    return Path(download.value.path()).read_bytes()


def _texts(svg: bytes) -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(svg).iter(f"{_SVG}text")]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("language", "day", "sources"), [("zh", "事实日期", "来源（"), ("en", "facts as of", "Sources (")]
)
def test_what_is_seen_is_taken_away_by_keyboard(
    browser_page: Watched, address: str, bundled: GraphStore, language: str, day: str, sources: str
) -> None:
    page = browser_page.open(f"{address}/subgraph/product:etcher?language={language}")
    page.locator("[data-filter=Enterprise]").click()
    shown = page.evaluate("() => corridor.seen().ids.filter((id) => !id.includes('|'))")
    assert shown and not any(one.startswith("enterprise:") for one in shown)
    texts = _texts(_taken(page, "svg"))
    assert texts[0] == page.locator("h1").inner_text()
    told = "\n".join(texts)
    assert day in told and sources in told and (bundled.run_id() or "?") in told and " data " in told
    page.locator("#take-size").evaluate("e => { e.value = '1280×720'; }")
    png = _taken(page, "png")
    assert png[16:24] == (1280).to_bytes(4) + (720).to_bytes(4) and len(png) > 20_000
    assert {*nx.read_graphml(BytesIO(_taken(page, "graphml"))).nodes} == set(shown)
    assert {*nx.read_gexf(BytesIO(_taken(page, "gexf"))).nodes} == set(shown)
    assert browser_page.complaints == []


@pytest.mark.browser
def test_the_picture_of_an_answer_becomes_a_page_that_opens_offline(
    browser_page: Watched, address: str, tmp_path: Path
) -> None:
    page = browser_page.open(f"{address}/ask/gaps?limit=10&language=en")
    headline = page.locator(".headline").inner_text()
    assert headline in _texts(_taken(page, "svg"))
    html = _taken(page, "html").decode()
    browser_page.requests.clear()
    alone = browser_page.open_file(tmp_path, html)
    assert alone.locator("html").get_attribute("data-ready") == "picture"
    assert headline in _texts(_taken(alone, "svg"))
    assert (browser_page.complaints, browser_page.requests) == ([], [])


def test_evidence_of_an_answer_is_drawn_by_the_api_as_it_stands(client: TestClient) -> None:
    rows = client.get("/api/ask/gaps?limit=3").json()["rows"]
    ids = [one for row in rows for one in row["evidence_ids"]]
    for form, read in (("graphml", nx.read_graphml), ("gexf", nx.read_gexf)):
        graph = read(BytesIO(client.post("/api/picture", json={"ids": ids, "form": form}).content))
        assert {one for one in ids if "|" not in one} <= {*graph.nodes}
        assert graph.number_of_edges() == len({one for one in ids if "|" in one})
    answer = client.post(
        "/api/picture?language=en", json={"ids": ids, "title": "<script>", "width": 800, "height": 600}
    )
    root = ElementTree.fromstring(answer.content)
    assert (root.get("width"), root.get("height"), root.findtext(f"{_SVG}title")) == ("800", "600", "<script>")


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"ids": ["product:nowhere"]}, 404),
        ({"ids": []}, 422),
        ({"ids": ["'; DROP"]}, 404),
        ({"ids": ["product:etcher"], "form": "exe"}, 422),
        ({"ids": ["product:etcher"], "width": 10**9}, 422),
        ({"ids": ["product:etcher"], "positions": {"product:etcher": [1e300, 0]}}, 200),
        ({"ids": ["product:etcher", "product:nowhere", "MAKES|a|b"], "positions": {"x": [0, 0]}}, 200),
        ({"ids": ["product:etcher"], "positions": {"product:etcher": [0, 0]}, "lanes": [{"from": 0, "to": 0}]}, 200),
    ],
)
def test_what_cannot_be_drawn_is_said(client: TestClient, asked: dict[str, object], status: int) -> None:
    for form in ("svg", "html", "graphml"):
        assert client.post("/api/picture", json={"form": form, **asked}).status_code == status


def test_hostile_names_stay_text_in_every_form(tmp_path: Path) -> None:
    store = open_store(f"ladybug://{tmp_path}/g.lbug", buffer_pool_mib=128)
    hostile = '"><script>alert(1)</script>&'
    graph_of(store, [{"id": "product:a", "name_zh": hostile}, "product:b"], [("INPUT_OF", "product:a", "product:b")])
    client = client_of(create_app(store, tmp_path))
    asked = {"ids": ["INPUT_OF|product:a|product:b"], "title": hostile, "width": 200, "height": 10_000}
    svg = client.post("/api/picture", json=asked)
    assert "<script" not in svg.text and hostile in _texts(svg.content)
    graph = nx.read_graphml(BytesIO(client.post("/api/picture", json={**asked, "form": "graphml"}).content))
    assert graph.nodes["product:a"]["name_zh"] == hostile
    assert "<script>alert" not in client.post("/api/picture", json={**asked, "form": "html"}).text
    store.close()
