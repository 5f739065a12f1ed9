"""What the pages hold, read without a browser."""

import hashlib
import json
import re
from base64 import b64encode
from dataclasses import replace
from html import unescape

import pytest

from graph.model import Json, Subgraph
from graph.texts import Language
from tests.viz.sample import CRITICAL, SOURCES, chip_chain, edge, node
from viz.layout import layered
from viz.page import Card, Column, Drawing, Link, Links, Section, Table, graph_page, list_page, static_files

HOSTILE = "</script><script>alert(1)</script><!--{{7*7}}\"'href=javascript:alert(1)<img src=x onerror=alert(1)>"


def graph_data(html: str) -> dict[str, Json]:
    """The data of the picture, as the browser reads it."""
    found = re.search(r'<script type="application/json" id="graph">(.*?)</script>', html, re.S)
    assert found
    data: dict[str, Json] = json.loads(found[1])
    return data


def at(value: Json, *path: str | int) -> Json:
    """What stands at a path in JSON."""
    for step in path:
        if isinstance(value, dict):
            value = value[str(step)]
        else:
            assert isinstance(value, list)
            value = value[int(step)]
    return value


def without_scripts(html: str) -> str:
    return re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.S)


def test_vis_network_is_the_one_that_was_measured() -> None:
    content = static_files()["vis-network.min.js"].encode()
    assert hashlib.sha256(content).hexdigest() == "f3c1229464749a6f5a80c80867189edfdc0198be0d015c3d770aff196cb6c0a1"


def test_own_files_can_stand_in_a_script_element() -> None:
    for text in static_files().values():
        assert "</script" not in text.lower() and "<!--" not in text and "\r" not in text


def test_hostile_names_stay_text_in_both_kinds_of_page() -> None:
    subgraph = Subgraph.of([node("product:x", "Product", HOSTILE)], [])
    table = Table((Column(HOSTILE),), ((HOSTILE,), (Link(HOSTILE, href="javascript:alert(1)"),)))
    for links in (None, Links()):
        html = graph_page(Drawing(subgraph, layered(subgraph)), title=HOSTILE, subtitle=HOSTILE, links=links)
        plain = list_page(
            HOSTILE, [Section(HOSTILE, HOSTILE, [Card(HOSTILE, href="javascript:x")], table)], links=links
        )
        for text in (html, plain):
            assert "<script>alert" not in text and "<img" not in text and "{{7*7}}" in unescape(text)
            assert not re.search(r'href="javascript', text)
        assert at(graph_data(html), "about", "nodes", "product:x", "name") == HOSTILE


def test_a_linked_page_has_no_inline_script_and_no_style_attribute() -> None:
    html = graph_page(Drawing(chip_chain(), layered(chip_chain())), title="图", links=Links(static="/files"))
    assert re.findall(r"<script(?! src=)[^>]*>", html) == [
        '<script type="application/json" id="texts">', '<script type="application/json" id="graph">',
    ]  # fmt: skip
    assert not re.search(r"<style|\sstyle=|\son\w+=", html)
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    elsewhere = {"query.js", "write.js"}
    assert set(re.findall(r'(?:src|href)="/files/([^?"]+)\?v=', html)) == set(static_files()) - elsewhere


def test_a_written_page_names_every_script_and_style_by_hash_and_no_other_host() -> None:
    html = graph_page(Drawing(chip_chain(), layered(chip_chain()), sources=SOURCES), title="图")
    policy = unescape(re.search(r'Content-Security-Policy" content="([^"]+)"', html)[1])  # type: ignore[index]
    contents = re.findall(r"<(?:script|style)>(.*?)</(?:script|style)>", html, re.S)
    hashes = [f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in contents]
    assert len(hashes) == 4 and all(one in policy for one in hashes)
    assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy and "http" not in policy
    assert not re.search(r'(?:src|href)="(?!data:|#)', without_scripts(html))


def test_the_page_says_how_many_nodes_were_cut() -> None:
    subgraph = chip_chain()
    html = graph_page(Drawing(replace(subgraph, total_nodes=len(subgraph.nodes) + 245), layered(subgraph)), title="图")
    assert "共 312 个节点，显示 67 个，隐藏 245 个" in html


def test_an_empty_subgraph_says_why() -> None:
    html = graph_page(Drawing(Subgraph(), layered(Subgraph())), title="图", subtitle="两步之内没有节点。")
    assert "没有可以显示的节点" in html and "两步之内没有节点。" in html and 'id="canvas"' not in html


def test_the_picture_draws_what_the_ontology_and_the_edges_say() -> None:
    subgraph = Subgraph.of(
        [node("enterprise:m", "Enterprise", "甲"), node("product:p", "Product", "乙")],
        [edge("MAKES", "enterprise:m", "product:p", share=0.5, status="inferred", confidence=0.8)],
    )
    data = graph_data(
        graph_page(
            Drawing(subgraph, layered(subgraph), more={"product:p": 3}, critical_edge_ids={subgraph.edges[0].id}),
            title="图",
        )
    )
    assert [[at(data, "nodes", i, key) for key in ("id", "shape", "fill", "more")] for i in (0, 1)] == [
        ["enterprise:m", "dot", "#1f6fb4", 0],
        ["product:p", "hexagon", "#2e7d5b", 3],
    ]
    shown = [at(data, "edges", 0, key) for key in ("from", "to", "width", "dashes", "tone")]
    assert shown == ["enterprise:m", "product:p", 5.0, [6, 4], "critical"]
    assert at(data, "options", "physics") == {"enabled": False}
    assert at(data, "options", "layout") == {"improvedLayout": False}


def test_the_panel_gets_titles_units_choices_and_sources() -> None:
    subgraph = chip_chain()
    data = graph_data(graph_page(Drawing(subgraph, layered(subgraph), sources=SOURCES), title="图"))
    assert at(data, "about", "nodes", "product:scanner", "facts") == [
        ["恢复天数", "90 天"],
        ["截至", "2024年12月31日"],
    ]
    claim = at(data, "about", "edges", "MAKES|enterprise:中微公司|product:etcher")
    assert at(claim, "status") == "有据" and at(claim, "confidence") == "100%"
    assert at(claim, "facts") == [
        ["份额", "50%"],
        ["份额口径", "金额"],
        ["位次", "1"],
    ]
    assert at(data, "about", "sources", "source:report") == {
        "title": "2023年年度报告",
        "publisher": "中微公司",
        "asOf": "2024年3月19日",
        "kind": "年报",
        "url": "https://example.com/report.pdf",
    }


def test_a_reader_of_english_gets_names_facts_units_and_dates_in_english() -> None:
    subgraph = chip_chain()
    html = graph_page(
        Drawing(subgraph, layered(subgraph, language=Language.EN), sources=SOURCES, language=Language.EN),
        title="Picture",
    )
    data = graph_data(html)
    assert '<html lang="en">' in html and ">showing " in html
    about = at(data, "about", "nodes", "product:scanner")
    assert (at(about, "name"), at(about, "otherName")) == ("lithography scanner", "光刻机")
    assert at(about, "facts") == [["recovery time", "90 days"], ["as of", "Dec 31, 2024"]]
    claim = at(data, "about", "edges", "MAKES|enterprise:中微公司|product:etcher")
    assert at(claim, "facts") == [["share", "50%"], ["share basis", "value"], ["rank", "1"]]
    assert at(data, "about", "relations", "MAKES") == {"name": "makes", "back": "is made by"}
    assert at(data, "about", "sources", "source:report", "kind") == "annual report"


def test_a_source_that_is_not_at_hand_is_named_by_its_id() -> None:
    subgraph = Subgraph.of([node("product:p", "Product", "乙", source_ids=("source:lost",))], [])
    data = graph_data(graph_page(Drawing(subgraph, layered(subgraph)), title="图"))
    assert at(data, "about", "sources", "source:lost", "title") == "source:lost"


def test_a_table_shows_what_is_not_known_as_such_and_links_nodes() -> None:
    table = Table((Column("产品"), Column("数", is_number=True)), ((Link("乙", node_id="product:乙"), None),))
    html = list_page("页", [Section("表", table=table)], links=Links())
    assert '<a href="/nodes/product:%E4%B9%99">乙</a>' in html and 'title="未知">—' in html
    assert "没有结果。" in list_page("页", [Section("表", table=Table((Column("甲"),), ()))], links=Links())


def test_large_pictures_hide_edges_while_they_move() -> None:
    for count, is_hidden in ((1499, False), (1500, True)):
        subgraph = Subgraph.of([node(f"product:{i}", "Product", str(i)) for i in range(count)], [])
        data = graph_data(graph_page(Drawing(subgraph, layered(subgraph)), title="图"))
        assert at(data, "options", "interaction", "hideEdgesOnDrag") is is_hidden


@pytest.mark.parametrize("links", [None, Links()])
def test_two_renderings_are_equal(links: Links | None) -> None:
    pages = [
        graph_page(Drawing(chip_chain(), layered(chip_chain()), critical_edge_ids=CRITICAL), title="图", links=links)
        for _ in "ab"
    ]
    assert pages[0] == pages[1]
