"""The pages in a real Chromium: written files, and linked pages under the strict policy."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page

from graph.model import Subgraph
from graph.texts import Language
from tests.browser import Watched
from tests.viz.sample import CRITICAL, SOURCES, chip_chain, edge, node
from tests.viz.test_layout import large
from tests.viz.test_page import HOSTILE
from viz.layout import layered
from viz.page import (
    CONTENT_SECURITY_POLICY,
    Answered,
    Column,
    Drawing,
    Form,
    Line,
    Links,
    Listing,
    Section,
    Table,
    answer_page,
    graph_page,
    list_page,
    static_files,
)  # fmt: skip

pytestmark = pytest.mark.browser


def sample_page(links: Links | None = None, *, focus: str | None = "product:foundry") -> str:
    subgraph = chip_chain()
    drawing = Drawing(
        replace(subgraph, total_nodes=len(subgraph.nodes) + 245), layered(subgraph), focus,
        {"product:foundry": 12, "enterprise:中芯国际": 7}, CRITICAL, sources=SOURCES,
    )  # fmt: skip
    return graph_page(drawing, title="晶圆代工：上下游两步", subtitle="晶圆代工周边两步", links=links)


def hostile_page(links: Links | None) -> str:
    subgraph = Subgraph.of(
        [node("product:x", "Product", HOSTILE, name_en=HOSTILE), node("enterprise:y", "Enterprise", HOSTILE)],
        [edge("MAKES", "enterprise:y", "product:x", evidence=HOSTILE, source_ids=("source:bad",))],
    )
    source = {"source:bad": node("source:bad", "Source", HOSTILE, url="javascript:alert(1)", publisher=HOSTILE)}
    drawing = Drawing(subgraph, layered(subgraph), "product:x", sources=source)
    return graph_page(drawing, title=HOSTILE, subtitle=HOSTILE, links=links)


class Served:
    """A server of pages by path, of the static files, and of one search answer; every answer under the policy."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        served = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body, kind = served.answer(self.path)
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, target: str) -> tuple[bytes, str]:
        parts = urlsplit(target)
        files = static_files()
        name = parts.path.rpartition("/")[2]
        if parts.path.startswith("/static/") and name in files:
            return files[name].encode(), "text/javascript" if name.endswith(".js") else "text/css"
        if parts.path == "/api/search":
            rows = [{"node_id": "product:etcher", "name_zh": "刻蚀机", "name_en": None, "label": "Product"},
                    {"node_id": "product:other", "name_zh": "别处的产品", "name_en": None, "label": "Product"}]  # fmt: skip
            return json.dumps({"rows": rows, "q": parse_qs(parts.query)}).encode(), "application/json"
        return self.pages.get(parts.path, "").encode(), "text/html; charset=utf-8"


@pytest.fixture
def served() -> Iterator[Served]:
    served = Served()
    thread = Thread(target=served.server.serve_forever, daemon=True)
    thread.start()
    yield served
    served.server.shutdown()
    served.server.server_close()
    thread.join()


def said(page: Page) -> str:
    return page.locator("#said").inner_text()


def heading(page: Page) -> str:
    return page.locator("#details h2").inner_text()


def test_a_written_file_needs_no_other_and_complains_of_nothing(browser_page: Watched, tmp_path: Path) -> None:
    page = browser_page.open_file(tmp_path, sample_page())
    assert page.locator("html").get_attribute("data-ready") == "picture"
    assert (browser_page.complaints, browser_page.requests) == ([], [])


def test_a_linked_page_works_under_the_strict_policy(browser_page: Watched, served: Served) -> None:
    served.pages["/subgraph/product:foundry"] = sample_page(Links())
    page = browser_page.open(f"{served.address}/subgraph/product:foundry")
    page.keyboard.press("t")
    page.keyboard.press("t")
    page.locator("#theme").click()
    page.mouse.move(400, 300)
    page.mouse.wheel(0, 300)
    assert browser_page.complaints == []
    assert all(request.startswith(served.address) for request in browser_page.requests)


@pytest.mark.parametrize("is_linked", [False, True])
def test_hostile_names_are_shown_and_run_nothing(
    browser_page: Watched, served: Served, tmp_path: Path, is_linked: bool
) -> None:
    served.pages["/x"] = hostile_page(Links())
    page = (
        browser_page.open(f"{served.address}/x") if is_linked else browser_page.open_file(tmp_path, hostile_page(None))
    )
    assert heading(page) == HOSTILE
    assert page.locator("#details .evidence").inner_text() == HOSTILE
    assert page.locator("#details img, #details script, #details a[href^=javascript]").count() == 0
    page.keyboard.press("t")
    assert page.locator("#table tbody button").first.inner_text() == HOSTILE
    assert browser_page.complaints == []


def test_a_click_on_a_node_opens_its_facts_relations_and_sources(browser_page: Watched, tmp_path: Path) -> None:
    subgraph = Subgraph.of([node("enterprise:m", "Enterprise", "中微公司")], [])
    page = browser_page.open_file(
        tmp_path, graph_page(Drawing(subgraph, layered(subgraph), sources=SOURCES), title="图")
    )
    box = page.locator("#canvas").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 40 + (box["height"] - 40) / 2 - 15)
    page.wait_for_selector("#details dl")
    assert heading(page) == "中微公司"
    assert "G60科创走廊集成电路产业链调研报告" in page.locator("#details .sources").inner_text()


def test_relations_say_direction_standing_evidence_and_source(browser_page: Watched, tmp_path: Path) -> None:
    page = browser_page.open_file(tmp_path, sample_page(focus="product:etcher"))
    relation = page.locator("#details .relations li", has_text="中微公司").first
    text = relation.inner_text()
    for part in ("有据", "置信度 100%", "截至 2024年12月31日", "年报称", "2023年年度报告", "年报"):
        assert part in text
    link = relation.locator(".sources a")
    assert link.get_attribute("href") == "https://example.com/report.pdf"
    assert link.get_attribute("rel") == "noopener noreferrer"
    assert "← 生产者" in page.locator("#details").inner_text() and "投入 →" in page.locator("#details").inner_text()
    relation.locator(".jump").click()
    assert heading(page) == "中微公司"
    assert "生产 →" in page.locator("#details").inner_text()


def test_the_status_line_says_what_is_selected_and_what_was_cut(browser_page: Watched, tmp_path: Path) -> None:
    page = browser_page.open_file(tmp_path, sample_page())
    assert said(page) == "晶圆代工，产品，14 条关系，另有 12 个邻居未显示"
    assert "共 312 个节点，显示 67 个，隐藏 245 个" in page.locator("#count").inner_text()


def test_the_keyboard_walks_along_relations_and_lanes(browser_page: Watched, tmp_path: Path) -> None:
    page = browser_page.open_file(tmp_path, sample_page())
    page.locator("#canvas").focus()
    page.keyboard.press("ArrowLeft")
    assert heading(page) in ("华虹公司", "中芯国际", "晶合集成")
    page.keyboard.press("ArrowRight")
    assert heading(page) == "晶圆代工"
    page.keyboard.press("ArrowRight")
    first = heading(page)
    page.keyboard.press("ArrowDown")
    assert heading(page) != first
    page.keyboard.press("Enter")
    assert "已打开详情" in said(page) and page.locator("#details").evaluate("e => e === document.activeElement")
    page.keyboard.press("Escape")
    assert page.locator("#canvas").evaluate("e => e === document.activeElement")
    page.keyboard.press("Escape")
    assert said(page) == "晶圆代工周边两步"
    page.keyboard.press("/")
    assert page.locator("input[name=q]").evaluate("e => e === document.activeElement")


def test_the_canvas_is_one_tab_stop(browser_page: Watched, tmp_path: Path) -> None:
    page = browser_page.open_file(tmp_path, sample_page())
    page.locator("#canvas").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.getElementById('legend').contains(document.activeElement)")


def test_the_legend_filters(browser_page: Watched, tmp_path: Path) -> None:
    page = browser_page.open_file(tmp_path, sample_page())
    technologies = page.locator("#legend button[data-filter=Technology]")
    assert technologies.inner_text().split() == ["技术", "6"]
    technologies.click()
    assert technologies.get_attribute("aria-pressed") == "false"
    page.locator("#as-table").click()
    assert page.locator("#table tbody tr:visible", has_text="技术").count() == 0
    assert page.locator("#table tbody tr:visible").count() == 61
    names = [text.split()[0] for text in page.locator("#legend button").all_inner_texts()]
    assert names == ["企业", "高校院所", "产品", "技术", "推定", "唯一关键来源"]


def test_lines_from_a_chain_to_its_products_wait_to_be_asked_for(browser_page: Watched, tmp_path: Path) -> None:
    part = chip_chain()
    chain = node("chain:ic", "Chain", "集成电路")
    members = [edge("PART_OF", n.id, "chain:ic") for n in part.nodes if n.label == "Product"]
    subgraph = Subgraph.of([*part.nodes, chain], [*part.edges, *members])
    page = browser_page.open_file(tmp_path, graph_page(Drawing(subgraph, layered(subgraph)), title="图"))
    entry = page.locator("#legend button[data-filter='#member']")
    assert entry.get_attribute("aria-pressed") == "false" and "18" in entry.inner_text()
    entry.click()
    assert entry.get_attribute("aria-pressed") == "true" and browser_page.complaints == []


def test_the_table_holds_the_same_nodes_and_sorts(browser_page: Watched, tmp_path: Path) -> None:
    page = browser_page.open_file(tmp_path, sample_page())
    page.keyboard.press("t")
    assert page.locator("#canvas").is_hidden() and page.locator("#table tbody tr").count() == 67
    page.locator("#table th .sort", has_text="关系").click()
    assert page.locator("#table tbody tr").first.inner_text().startswith("晶圆代工")
    page.locator("#table tbody button", has_text="光刻机").first.click()
    assert page.locator("#table").is_hidden() and heading(page) == "光刻机"


def test_a_row_of_an_answer_selects_its_node_and_is_marked_with_it(browser_page: Watched, served: Served) -> None:
    subgraph = chip_chain()
    lines = [Line(("光刻机",), "光刻机", "1", "product:scanner"), Line(("别处",), "别处", "2", is_here=False)]
    listing = Listing(
        [Column("产品", href="/x?sort=name_zh")], lines, [("name_zh", "产品", True)], ["name_zh"], "第 1–1 行，共 2 行"
    )
    served.pages["/x"] = answer_page(
        Answered("问", Form("/x", []), "答", listing=listing, drawn=Drawing(subgraph, layered(subgraph))),
        links=Links(), language=Language.ZH,
    )  # fmt: skip
    page = browser_page.open(f"{served.address}/x")
    assert page.locator("#findings tbody tr:visible").count() == 1
    page.locator("#findings button[data-node]").click()
    assert heading(page) == "光刻机" and page.url == f"{served.address}/x"
    assert page.locator("tr.selected").count() == 1
    page.emulate_media(media="print")
    assert page.locator("#findings tbody tr:visible").count() == 2 and page.locator("input:visible").count() == 0
    assert browser_page.complaints == []


def test_a_written_file_searches_the_picture(browser_page: Watched, tmp_path: Path) -> None:
    page = browser_page.open_file(tmp_path, sample_page())
    page.locator("input[name=q]").fill("etch")
    page.wait_for_selector("#suggestions li")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert heading(page) == "刻蚀机"


def test_a_linked_page_suggests_from_the_server_and_goes_there(browser_page: Watched, served: Served) -> None:
    served.pages["/p"] = sample_page(Links())
    served.pages["/nodes/product:other"] = list_page("别处", [], links=Links())
    page = browser_page.open(f"{served.address}/p")
    assert page.locator("#details .centre").count() == 0
    page.locator("input[name=q]").fill("刻蚀")
    page.locator("#suggestions li").first.click()
    assert heading(page) == "刻蚀机"
    assert page.locator("#details .centre").get_attribute("href") == "/subgraph/product:etcher"
    page.locator("input[name=q]").fill("别处")
    page.locator("#suggestions li", has_text="别处的产品").click()
    page.wait_for_url("**/nodes/product:other")
    assert browser_page.complaints == []


def test_labels_begin_at_ten_pixels_and_far_out_the_main_nodes_are_named_instead(
    browser_page: Watched, tmp_path: Path
) -> None:
    subgraph = large(500)
    page = browser_page.open_file(tmp_path, graph_page(Drawing(subgraph, layered(subgraph)), title="图"))
    assert page.locator("html").get_attribute("data-ready") == "picture"
    assert page.locator("#map").is_visible()
    canvas = page.locator("#canvas")
    assert float(canvas.get_attribute("data-label-px") or 0) >= 10 and canvas.get_attribute("data-named") == "0"
    page.mouse.move(400, 400)
    page.mouse.wheel(0, 600)
    for _ in range(12):
        page.keyboard.press("-")
    page.wait_for_selector("#map", state="hidden")
    assert float(canvas.get_attribute("data-label-px") or 0) < 8
    assert 5 <= int(canvas.get_attribute("data-named") or 0) <= 24
    page.keyboard.press("0")
    page.wait_for_selector("#canvas[data-named='0']")
    assert float(canvas.get_attribute("data-label-px") or 0) >= 10
    assert page.evaluate(
        "document.scrollingElement.scrollHeight <= innerHeight && document.scrollingElement.scrollWidth <= innerWidth"
    )
    assert browser_page.complaints == []


def test_the_theme_is_a_choice(browser_page: Watched, tmp_path: Path) -> None:
    page = browser_page.open_file(tmp_path, sample_page())
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("#theme").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_the_picture_is_exported_as_png(browser_page: Watched, tmp_path: Path) -> None:
    page = browser_page.open_file(tmp_path, sample_page())
    page.locator(".take summary").click()
    page.locator("#take-size").select_option("1280×720")
    with page.expect_download() as download:
        page.locator("[data-take=png]").click()
    assert download.value.suggested_filename.endswith(".png")
    data = Path(download.value.path()).read_bytes()
    assert data.startswith(b"\x89PNG") and data[16:24] == (1280).to_bytes(4) + (720).to_bytes(4)
    assert page.locator(".take button").count() == 2


def test_a_plain_page_and_an_empty_picture_are_ready_and_quiet(browser_page: Watched, served: Served) -> None:
    table = Table((Column("产品"), Column("数", is_number=True)), (("甲", 2), ("乙", 10), ("丙", None)))
    served.pages["/"] = list_page("走廊", [Section("表", table=table)], links=Links())
    served.pages["/empty"] = graph_page(Drawing(Subgraph(), layered(Subgraph())), title="空", links=Links())
    page = browser_page.open(f"{served.address}/")
    page.locator("th .sort", has_text="数").click()
    assert re.findall("[甲乙丙]", page.locator("tbody").inner_text()) == ["乙", "甲", "丙"]
    browser_page.open(f"{served.address}/empty")
    assert browser_page.complaints == []
