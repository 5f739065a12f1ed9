"""The query page and saved views over the real app: what may be asked, what is said where it may not, what leaves the page."""

import csv
import html
import io
import json
import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import yaml
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from api.app import create_app
from api.cli import commands
from api.pages import LONGEST_ADDRESS
from api.query_page import EXAMPLES
from graph.open_store import open_store
from graph.store import GraphStore
from queries.registry import questions
from queries.saved import read_saved
from queries.sections import sections_of
from tests.api.conftest import client_of
from tests.api.test_languages import GIVEN
from tests.graphs import chain_of_products, graph_of
from tests.queries.test_hostile_questions import BAD, CALLS, READS, STATEMENTS

pytestmark = pytest.mark.slow

MARKUP = "<img src=x onerror=alert(1)>\"'&"
IDS = ["enterprise:e", "product:a", "product:b"]
EDGES = [("MAKES", "enterprise:e", "product:a"), ("INPUT_OF", "product:a", "product:b")]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
    store = open_store(f"ladybug://{tmp_path_factory.mktemp('small')}/g.lbug", timeout_seconds=10, buffer_pool_mib=256)
    yield graph_of(store, IDS, EDGES)
    store.close()


@pytest.fixture(scope="module")
def small(store: GraphStore) -> TestClient:
    return client_of(create_app(store))


def asked(client: TestClient, cypher: str, status: int = 200, parameters: str = "", language: str = "en") -> str:
    """The page of a statement, whichever way it is short enough to be asked."""
    given = {"cypher": cypher, "parameters": parameters}
    long = len(urlencode(given)) > LONGEST_ADDRESS
    headers = {"Accept-Language": language}
    found = (
        client.post("/query", data=given, headers=headers)
        if long
        else client.get("/query", params=given, headers=headers)
    )
    assert found.status_code == status, re.sub(r"<[^>]*>", " ", found.text)[:900]
    return found.text


def cells(text: str) -> list[list[str]]:
    """The cells of the rows of a page, without the ticks."""
    body = text.partition('id="findings"')[2].partition("</table>")[0]
    rows = re.findall(r"<tr[^>]*>\s*<td(.*?)</tr>", body, re.S)
    return [[said(one) for one in re.findall(r"<td[^>]*>(.*?)</td>", f"<td{row}", re.S)][1:] for row in rows]


def said(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", markup)).strip()


def faults(text: str) -> list[tuple[str, str]]:
    """What is said to be wrong, with the place that is marked."""
    items = re.findall(r"<li data-start.*?<p>(.*?)</p>(.*?)</li>", text, re.S)
    return [(said(one), said((re.findall(r"<mark>(.*?)</mark>", rest, re.S) or [""])[0])) for one, rest in items]


# --- what may be asked ------------------------------------------------------------------------------------------------


AROUND = ("{}", READS + "; {}", f"/* ' */ {{}}; /* ' */ {READS}")


@pytest.mark.parametrize(
    "text", [AROUND[n % 3].format(harm.lower() if n % 2 else harm) for n, harm in enumerate(STATEMENTS)]
)
def test_what_does_more_than_read_is_refused_by_the_page_too(store: GraphStore, small: TestClient, text: str) -> None:
    page = asked(small, text, 422)
    assert faults(page) and 'id="findings"' not in page and "secret\n" not in page
    assert store.counts()["Product"] == 2


@pytest.mark.parametrize("call", CALLS)
def test_what_is_no_listed_function_is_refused_by_the_page_too(small: TestClient, call: str) -> None:
    assert faults(asked(small, f"MATCH (p:Product) WHERE {call} = 1 {READS[18:]}", 422))


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_kept_question_is_no_import_either(small: TestClient, name: str) -> None:
    answer = small.post("/api/saved", content=BAD[name].encode(), headers={"Accept-Language": "en"})
    assert answer.status_code in (413, 422) and len(answer.json()["error"]["message"]) < 1_500


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ("[" * 3_000, "nested"), ("a: &a [x, x]\nb: [*a, *a]", "anchor"), ("x: !!python/name:os.system", "tag"),
        ("names: {a: 1}", "cannot be"), ("names: 2026-01-01", "cannot be"), ("names:", "cannot be"), ("- a", "names with values"),
        ("Names: x", "form"), ("names: .nan", "number"), ("names: x\nnames: y", "twice"), ("names: [a, 1]", "cannot be"), ("{", "YAML"),
        ("names: x\nother: y", "other"), ("", "names"),
    ],
)  # fmt: skip
def test_parameters_that_are_none_are_said(small: TestClient, parameters: str, why: str) -> None:
    page = asked(small, "MATCH (p:Product) WHERE p.name_zh = $names RETURN p.id AS id ORDER BY id", 422, parameters)
    assert "$names" in page and 'id="findings"' not in page
    problem = said(page.partition('id="problem"')[2].partition("</div>")[0])
    assert any(why in one for one in (problem, *(text for text, _ in faults(page)))), problem


@pytest.mark.parametrize(
    ("text", "place", "why"),
    [
        ("MATCH (p:Product)\nWHERE p.name_zg = 'x'\nRETURN p.id AS id ORDER BY id", "name_zg", "Line 2, column 9: .*name_zh"),
        ("MATCH (p:Prodct) RETURN p.id AS id ORDER BY id", "Prodct", "Line 1, column 10: .*Product"),
        ("MATCH (p:Product) RETURN p.id AS id", "id", "Line 1, column 34: .*ORDER BY"),
        ("MATCH (p:Product)\nRETURN p.opened_on AS x, p.id AS id ORDER BY id", "opened_on", "Line 2, column 10: .*property"),
        ("MATCH (p:Product)-[:INPUT_OF*1..2]->(q)\nRETURN r.id AS id ORDER BY id", "r", "Line 2, column 8: .*there are p, q"),
        ("MATCH (p:Product)-[:INPUT_OF*1..2]->(q)\nRETURN q.id + AS id ORDER BY id", "id", "Line 2, column 18: "),
        ("MATCH (p:Product) RETURN p.id AS id ORDER BY id LIMIT $n", "LIMIT $n", "Line 1, column 49: "),
        ("MATCH (p:Product) // all\nRETURN p.id AS id ORDER BY id", "// all", "Line 1, column 19: "),
        ("MATCH (p:Product) WHERE p.name_zh = '𠮷甲' AND p.nmae = 1 RETURN p.id AS id ORDER BY id", "nmae", "Line 1, column 48: "),
        ("MATCH (p:Product) RETURN p.id ORDER BY p.id", "", "AS"),
        ("RETURN", "", "AS"),
        ("(" * 3_000, "(", "too deep"),
        ("x" * 10_001, "", "10,001"),
        ("光" * 6_000, "光", ""),
    ],
)  # fmt: skip
def test_a_mistake_is_said_with_its_place(small: TestClient, text: str, place: str, why: str) -> None:
    found = faults(asked(small, text, 422))
    assert any(marked.startswith(place) and re.search(why, one) for one, marked in found), found


def test_a_place_counts_as_browsers_do_and_its_caret_stands_below_it(small: TestClient) -> None:
    text = "MATCH (p:Product) WHERE p.name_zh = '𠮷甲' AND p.nmae = 1 RETURN p.id AS id ORDER BY id"
    page = asked(small, text, 422)
    start, end = map(int, re.search(r'data-start="(\d+)" data-end="(\d+)"', page).groups())  # type: ignore[union-attr]
    assert text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le") == "nmae"
    line, caret = html.unescape(re.sub("</?mark>", "", page.partition("<pre>")[2].partition("</pre>")[0])).split("\n")
    assert len(caret.rstrip("^")) == line.index("nmae") and caret.count("\u3000") == 2 and caret.endswith(" ^^^^")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_whatever_a_statement_returns_is_shown(small: TestClient, language: str) -> None:
    text = (
        "MATCH way = (e:Enterprise)-[m:MAKES]->(p:Product) OPTIONAL MATCH (p)<-[:MAKES]-(o:Plant) "
        "RETURN e AS maker, m AS made, way AS way, [p, p] AS both, {id: p.id} AS map, o AS nothing, [NULL, 'x'] AS holes, p.id AS id ORDER BY id"
    )
    page = asked(small, text, language=language)
    makes, unknown = ("生产", "未知") if language == "zh" else ("makes", "not known")
    joined = "、" if language == "zh" else ", "
    assert cells(page) == [
        [
            "e", f"{makes} (enterprise:e → product:a)", f"e —{makes}→ a", f"a{joined}a", "id: product:a", "—",
            f"{unknown}{joined}x", "product:a",
        ]
    ]  # fmt: skip
    assert 'href="/nodes/enterprise:e"' in page and 'href="/explain/MAKES%7Centerprise:e%7Cproduct:a"' in page
    drawn = json.loads(re.search(r'id="graph">(.*?)</script>', page, re.S)[1])  # type: ignore[index]
    assert {node["id"] for node in drawn["nodes"]} == {"enterprise:e", "product:a"} and len(drawn["edges"]) == 1
    answer = small.get("/query", params={"cypher": text, "format": "json"}).json()["rows"][0]
    assert (answer["maker"]["id"], answer["map"], answer["nothing"], answer["holes"]) == (
        "enterprise:e", {"id": "product:a"}, None, [None, "x"],
    )  # fmt: skip


def test_the_edges_of_a_long_way_and_a_result_without_rows_are_shown(small: TestClient) -> None:
    page = asked(small, "MATCH (p:Product)-[r:INPUT_OF*1..2]->(q:Product) RETURN r AS r, q.id AS id ORDER BY id")
    assert cells(page)[0][0].count("→") == 1
    assert "No row fits." in asked(small, "MATCH (p:Product) WHERE p.id = 'x' RETURN p.id AS id ORDER BY id")


def test_rows_of_millions_are_cut_and_that_is_said(tmp_path: Path) -> None:
    store = graph_of(open_store(f"ladybug://{tmp_path}/g.lbug", buffer_pool_mib=256), *chain_of_products(2_300))
    text = "MATCH (a:Product), (b:Product) RETURN a.id AS a_id, b.id AS b_id ORDER BY a_id, b_id"
    client = client_of(create_app(store))
    page = asked(client, text)
    assert "The first 10000 rows are shown." in page and "Rows 1–25 of 10000" in page and len(cells(page)) == 25
    assert len(page) < 400_000
    store.close()


def test_a_worker_that_is_killed_is_a_sentence_beside_the_statement(tmp_path: Path) -> None:
    store = graph_of(
        open_store(f"ladybug://{tmp_path}/g.lbug", timeout_seconds=30, buffer_pool_mib=256), *chain_of_products(2_000)
    )
    client = client_of(create_app(store))
    slow = "MATCH (a:Product), (b:Product), (c:Product) WHERE a.id + b.id <> c.id RETURN count(a) AS n, min(c.id) AS id ORDER BY id"
    ours = str(os.getpid())

    def workers() -> list[int]:
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
                if parent == ours and b"graph.worker" in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
            except OSError:
                continue
        return found

    before = set(workers())

    def kill() -> None:
        until = time.monotonic() + 30
        while not set(workers()) - before and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(1.5)
        for one in set(workers()) - before:
            os.kill(one, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    page = asked(client, slow, 503)
    killer.join()
    assert "took the engine down" in page and "min(c.id)" in page
    assert cells(asked(client, "MATCH (p:Product) RETURN p.id AS id ORDER BY id LIMIT 1")) == [["product:0"]]
    store.close()


# --- the page ---------------------------------------------------------------------------------------------------------


def test_what_is_short_gets_an_address_and_what_is_long_is_posted(small: TestClient) -> None:
    short = small.post("/query", data={"cypher": READS, "parameters": "", "sort": "-id"}, follow_redirects=False)
    assert short.status_code == 303
    assert parse_qs(urlsplit(short.headers["location"]).query) == {"cypher": [READS], "sort": ["-id"]}
    names = json.dumps({"names": [f"产品{n}" for n in range(2_000)] + ["a"]}, ensure_ascii=False)
    text = "MATCH (p:Product) WHERE p.name_zh IN $names RETURN p.id AS id ORDER BY id"
    page = asked(small, text, parameters=names)
    assert cells(page) == [["product:a"]] and 'class="listing" method="post"' in page and "data-long" in page
    sorted_by = small.post("/query", data={"cypher": text, "parameters": names, "format": "csv"})
    assert sorted_by.content.decode("utf-8-sig").split() == ["id", "product:a"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 422), ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, 422),
        ({"Sec-Fetch-Site": "same-site"}, 422), ({"Origin": "http://localhost"}, 200),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 200), ({}, 200),
    ],
)  # fmt: skip
def test_another_site_posts_nothing(small: TestClient, headers: dict[str, str], status: int) -> None:
    for path in ("/query", "/query/kept.yaml"):
        assert small.post(path, data={"cypher": READS}, headers=headers).status_code == status
    content = "views: [{name: a, address: /ask/gaps}]"
    assert small.post("/api/saved", content=content, headers=headers).status_code == status


def test_rows_are_sorted_filtered_paged_and_carried_away(client: TestClient) -> None:
    text = "MATCH (p:Product) RETURN p.name_zh AS name, p.makers AS makers, p.id AS id ORDER BY id"
    page = client.get("/query", params={"cypher": text, "sort": "-makers", "page": "2"}).text
    counts = [int(row[1]) for row in cells(page) if row[1].isdigit()]
    assert len(counts) >= 25 and counts == sorted(counts, reverse=True)
    links = [html.unescape(one) for one in re.findall(r'href="(/query\?[^"]*)"', page)]
    assert {dict(parse_qs(urlsplit(one).query)).get("cypher", [""])[0] for one in links} == {text}
    href = next(one for one in links if "format=csv" in one)
    rows = list(csv.reader(io.StringIO(client.get(href).content.decode("utf-8-sig"))))
    assert len(rows) > 700 and [row[2] for row in rows[1:3]] == [r["id"] for r in by_makers(client, text)[:2]]
    assert client.get(next(one for one in links if "format=xlsx" in one)).content[:2] == b"PK"
    assert client.get("/query", params={"cypher": text, "format": "pdf"}).status_code == 422
    assert client.get("/query", params={"cypher": text, "sort": "nothing"}).status_code == 422


def by_makers(client: TestClient, text: str) -> list[dict[str, str]]:
    rows = client.get("/query", params={"cypher": text, "format": "json"}).json()["rows"]
    known = [row for row in rows if row["makers"] is not None]
    return sorted(known, key=lambda row: row["makers"], reverse=True)


def test_what_is_asked_anew_is_answered_anew(small: TestClient) -> None:
    for one in IDS[1:]:
        text = f"MATCH (p:Product) WHERE p.id = '{one}' RETURN p.id AS id ORDER BY id"
        assert cells(asked(small, text)) == [[one]]


def test_markup_stays_text(small: TestClient) -> None:
    text = f"MATCH (p:Product) WHERE p.name_zh <> $x AND p.name_zh <> '{MARKUP[:29]}' RETURN p.id AS id ORDER BY id"
    given = {
        "cypher": text,
        "parameters": json.dumps({"x": f"</textarea></script>{MARKUP}"}),
        "name": MARKUP,
        "title": MARKUP,
    }
    for path in ("/query", "/query/kept.yaml"):
        page = small.post(path, data=given, headers={"Accept-Language": "en"}).text
        assert "<img" not in page and "</textarea></script><" not in page
    assert "&lt;img src=x" in asked(small, f"MATCH (p:{MARKUP}) RETURN p.id AS id", 422)


def test_a_statement_is_kept_and_asked_in_the_terminal_and_by_the_server(
    store: GraphStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(create_app(store, tmp_path))
    text = "MATCH (p:Product)\nWHERE p.name_zh IN $names\nRETURN p.id AS product_id ORDER BY product_id"
    given = {"cypher": text, "parameters": "names: [a]", "name": "my-products", "title": f"我的产品 {MARKUP}"}
    answer = client.post("/query/kept.yaml", data=given)
    assert 'filename="my-products.yaml"' in answer.headers["content-disposition"]
    assert "cypher: |-\n  MATCH (p:Product)\n  WHERE" in answer.text
    (tmp_path / "questions").mkdir()
    (tmp_path / "questions" / "my-products.yaml").write_text(answer.text, encoding="utf-8")
    assert client.get("/api/ask/my-products", params={"names": "b"}).json()["rows"][0]["product_id"] == "product:b"
    saved = client.get("/saved").text
    href = next(html.unescape(one) for one in re.findall(r'href="(/query\?[^"]*)"', saved))
    assert "<img" not in saved and cells(client.get(href).text) == [["product:a"]]
    monkeypatch.setenv("CORRIDOR_HOME", str(tmp_path))
    monkeypatch.setenv("CORRIDOR_STORE", _url(store))
    done = CliRunner().invoke(commands, ["ask", "my-products", "--format", "json"])
    assert json.loads(done.stdout)["rows"][0]["product_id"] == "product:a"
    assert client.post("/query/kept.yaml", data={**given, "name": "我的"}).status_code == 422
    assert client.post("/query/kept.yaml", data={**given, "name": "gaps"}).status_code == 422
    assert client.post("/query/kept.yaml", data={**given, "cypher": "CREATE (p:Product)"}).status_code == 422
    assert [path.name for path in (tmp_path / "questions").iterdir()] == ["my-products.yaml"]


def _url(store: GraphStore) -> str:
    return f"ladybug://{store._path}"  # type: ignore[attr-defined]


def test_where_the_page_is_off_nothing_leads_to_it(store: GraphStore, tmp_path: Path) -> None:
    (tmp_path / "questions").mkdir()
    text = f"name: own\nzh: 自己的\ncypher: {READS}\n"
    (tmp_path / "questions" / "own.yaml").write_text(text, encoding="utf-8")
    client = client_of(create_app(store, tmp_path, query_page=False))
    for method, path in (("GET", "/query"), ("POST", "/query"), ("POST", "/query/kept.yaml")):
        answer = client.request(method, path, params={"cypher": READS}, headers={"Accept-Language": "en"})
        assert answer.status_code == 403 and "switched off" in answer.text
    for path in ("/", "/saved", "/ask/chains", "/ask/own"):
        assert 'href="/query' not in client.get(path).text, path
    on = client_of(create_app(store, tmp_path))
    assert 'href="/query' in on.get("/ask/own").text and 'href="/query"' in on.get("/").text
    assert client.get("/ask/own").status_code == 200


@pytest.mark.parametrize("name", sections_of(EXAMPLES))
def test_an_example_finds_something(client: TestClient, name: str) -> None:
    page = client.get("/query").text
    links = [html.unescape(one) for one in re.findall(r'href="(/query\?[^"]*)"', page)]
    number = [*sections_of(EXAMPLES)].index(name)
    assert cells(client.get(links[number]).text)


def test_the_statements_of_our_own_answers_open_and_run_or_say_why_not(client: TestClient) -> None:
    given = {one.name: "" for one in questions()} | {name: text for name, text in GIVEN.items()}
    opened, refused = dict[str, str](), dict[str, str]()
    for name, text in given.items():
        page = client.get(f"/ask/{name}?{text}", headers={"Accept-Language": "en"}).text
        evidence = page.partition('class="evidence"')[2]
        for heading, rest in re.findall(r"<h3>(\w.*?)</h3>(.*?)<pre", evidence, re.S):
            called = said(heading).split(" ")[0]
            if link := re.search(r'href="(/query\?[^"]*)"', heading):
                opened[called] = html.unescape(link[1])
            elif "·" not in heading:
                refused[called] = said(rest)
    assert len(opened) > 70 and all(client.get(href).status_code == 200 for href in opened.values())
    assert len(refused) < 30 and all(why.startswith("It cannot be opened") for why in refused.values()), refused


# --- saved views ------------------------------------------------------------------------------------------------------


def test_views_and_kept_questions_are_imported(small: TestClient) -> None:
    views = [
        {"name": MARKUP, "address": "/ask/gaps?chain=x#a", "saved_on": "2026-01-01"},
        {"name": "首页", "address": "/"},
    ]
    content = yaml.safe_dump({"views": views}, allow_unicode=True).encode()
    assert small.post("/api/saved", content=content).json() == [views[0], {**views[1], "saved_on": ""}]
    kept = f"name: own\nen: Own\ncypher: {READS.replace('RETURN', 'WHERE p.id = $id RETURN')}\n"
    found = small.post(
        "/api/saved", content=f"{kept}parameters: {{id: {{type: text, zh: id, default: 'product:a'}}}}"
    ).json()
    assert found[0]["name"] == "Own" and cells(small.get(found[0]["address"]).text) == [["product:a"]]
    mine = "name: mine\nzh: 我的\nquestion: gaps\ngiven: {places: [everywhere], limit: 1}\n"
    address = small.post("/api/saved", content=mine.encode()).json()[0]["address"]
    assert address == "/ask/gaps?places=everywhere&limit=1" and small.get(address).status_code == 200


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "//evil.example/", "/\\evil.example", "https://evil.example", "", "ask", "/a b", "/" + "a" * 9_000, "/\x0b"],
)  # fmt: skip
def test_an_address_of_elsewhere_is_no_view(small: TestClient, address: str) -> None:
    content = json.dumps({"views": [{"name": "a", "address": address}]})
    assert small.post("/api/saved", content=content).status_code == 422


@pytest.mark.parametrize(
    "content",
    [
        b"", b"views:", b"views: [" + b"[" * 3_000, b"views: &a [*a]", b"x: " + b"y" * 70_000, b"\xff\xfe", b"views: [{name: a}]",
        b"views: [{name: a, address: /, more: 1}]", json.dumps({"views": [{"name": "a", "address": "/"}] * 501}).encode(),
        json.dumps({"views": [{"name": "a" * 201, "address": "/"}]}).encode(), b"a: !!python/object/apply:os.system ['x']",
    ],
)  # fmt: skip
def test_what_is_no_file_of_views_is_one_sentence(small: TestClient, content: bytes) -> None:
    answer = small.post("/api/saved", content=content, headers={"Accept-Language": "en"})
    assert answer.status_code in (413, 422)
    message = answer.json()["error"]["message"]
    assert message and len(message) < 600


def test_a_saved_view_of_a_changed_graph_says_what_vanished(small: TestClient) -> None:
    page = small.get("/ask/gaps?rows=product:gone|x&rows=product:a", headers={"Accept-Language": "en"}).text
    assert "1 row that the link ticks is not in this answer: product:gone|x." in page
    for path in ("/nodes/product:gone", "/subgraph/product:gone"):
        answer = small.get(path, headers={"Accept-Language": "en"})
        assert answer.status_code == 404 and "product:gone" in answer.text
    for path in ("/ask/cuts?product=gone", "/ask/gaps?chain=gone", "/ask/gaps?columns=gone", "/ask/gaps?sort=gone"):
        answer = small.get(path, headers={"Accept-Language": "en"})
        assert answer.status_code == 422 and "gone" in answer.text


def test_a_kept_question_that_was_changed_is_asked_anew(store: GraphStore, tmp_path: Path) -> None:
    client = client_of(create_app(store, tmp_path))
    (tmp_path / "questions").mkdir()
    path = tmp_path / "questions" / "own.yaml"
    for one in IDS[1:]:
        path.write_text(f"name: own\nzh: 自己的\ncypher: {READS.replace('RETURN', f'WHERE p.id = {one!r} RETURN')}\n")
        assert read_saved(path).name == "own"
        assert [row["id"] for row in client.get("/api/ask/own").json()["rows"]] == [one]
