"""Claims and pairs to review over HTTP: what they hold, the one error shape, and hostile names as text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from graph.open_store import open_store
from graph.store import GraphStore
from ingest.dataset import datasets_at
from ingest.decisions import Verdict, add_decisions, decision
from ingest.pipeline import Settings, load
from tests.api.conftest import client_of, served
from tests.browser import Watched
from tests.ingest.datasets import dataset

AMEC = "中微半导体设备（上海）股份有限公司"
HOSTILE = "<script>document.title='owned'</script>{{7*7}}'\""


@dataclass(frozen=True)
class World:
    """A store, the home it was loaded with, and the run."""

    store: GraphStore
    home: Path
    run_id: str


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two lists: a code joins two records, a name alone makes a pair to review, a name is corrected, one is hostile."""
    folder = tmp_path_factory.mktemp("claims")
    one = dataset(
        folder / "1",
        enterprises=[
            {"id": "enterprise:a", "name_zh": AMEC, "stock_code": "sh.688012", "registered_capital_10k_cny": "62,236"},
            {"id": "enterprise:p", "name_zh": "奇瑞汽车股份有限公司"},
        ],
        products=[{"id": "product:x", "name_zh": HOSTILE}],
        makes=[{"from_id": "enterprise:a", "to_id": "product:x", "evidence": HOSTILE}],
    )
    two = dataset(
        folder / "2",
        enterprises=[
            {"id": "enterprise:b", "name_zh": "中微半导体设备公司", "stock_code": "688012"},
            {"id": "enterprise:q", "name_zh": "奇瑞汽车股份有限公司"},
        ],
    )
    home = folder / "home"
    right = decision(
        Verdict.CORRECT, "enterprise:a", property_="employees", value="1000", who="李", when="2024-01-01", why="年报"
    )
    add_decisions(home / "decisions.csv", [right])
    store = open_store(f"ladybug://{folder / 'graph.lbug'}", buffer_pool_mib=128)
    run_id = load(datasets_at([one, two]), store, Settings(home, home / "decisions.csv")).run_id
    yield World(store, home, run_id)
    store.close()


@pytest.fixture(scope="module")
def client(world: World) -> TestClient:
    return client_of(create_app(world.store, world.home))


def text_of(page: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", page))


def test_a_node_comes_with_every_claim_and_what_joined_it(client: TestClient, world: World) -> None:
    answer = client.get("/api/nodes/enterprise:a/claims").json()

    assert (answer["id"], answer["run_id"]) == ("enterprise:a", world.run_id)
    assert "人工更正 > 有据" in answer["precedence"]
    assert [(c["record"], c["file"], c["row"], c["is_correction"]) for c in answer["claims"]] == [
        ("enterprise:a", "更正", 1, True),
        ("enterprise:a", "enterprises.csv", 2, False),
        ("enterprise:b", "enterprises.csv", 2, False),
    ]
    first = {said["property"]: said for said in answer["claims"][1]["values"]}
    assert (first["stock_code"]["value"], first["stock_code"]["text"], first["stock_code"]["wins"]) == (
        "688012.SH",
        "sh.688012",
        True,
    )
    assert (first["registered_capital_10k_cny"]["value"], first["registered_capital_10k_cny"]["text"]) == (
        62_236,
        "62,236",
    )
    last = {said["property"]: said["wins"] for said in answer["claims"][2]["values"]}
    assert last == {"name_zh": False, "stock_code": False}
    assert answer["claims"][1]["as_of"] == "2020-09-30"
    (join,) = answer["joins"]
    assert (join["left_id"], join["right_id"], join["tier"]) == ("enterprise:a", "enterprise:b", "identifier")
    assert client.get("/api/nodes/enterprise:b/claims").json() == answer


def test_an_edge_comes_with_its_claims(client: TestClient) -> None:
    answer = client.get(f"/api/edges/{quote('MAKES|enterprise:a|product:x')}/claims").json()

    (claim,) = answer["claims"]
    assert (claim["record"], claim["file"], claim["row"]) == ("enterprise:a → product:x", "makes.csv", 2)
    assert {said["property"]: said["value"] for said in claim["values"]} == {
        "status": "documented",
        "evidence": HOSTILE,
    }


def test_pairs_to_review_are_answered_with_the_parts_of_their_score(client: TestClient, world: World) -> None:
    answer = client.get("/api/review").json()

    (pair,) = answer["pairs"]
    assert answer["run_id"] == world.run_id
    assert (pair["left_id"], pair["right_id"], pair["tier"]) == ("enterprise:p", "enterprise:q", "name")
    assert 0.5 <= pair["probability"] < 0.99
    assert "没有可比的地点" in pair["why"]
    (pair,) = client.get("/api/review?language=en").json()["pairs"]
    assert "no place to compare" in pair["why"] and not re.search("[\u3400-\u9fff]", pair["why"].partition(": ")[2])


@pytest.mark.parametrize(
    "path",
    ["/api/nodes/product:none/claims", "/api/nodes/nonsense/claims", "/api/nodes/%00/claims", "/api/edges/MAKES%7Cx/claims",
     "/api/edges/MAKES%7Centerprise:a%7Cproduct:none/claims", "/api/edges/%7C%7C/claims"],
)  # fmt: skip
def test_an_id_that_nothing_speaks_of_is_a_404_in_the_one_shape(client: TestClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 404
    assert set(answer.json()["error"]) == {"status", "code", "message", "field"}
    assert (answer.json()["error"]["code"], bool(answer.json()["error"]["message"])) == ("NotFound", True)


@pytest.mark.parametrize("path", ["/api/nodes/product:x/claims", "/api/review"])
def test_claims_that_are_not_here_are_a_503_that_says_where_they_may_be(
    world: World, tmp_path: Path, path: str
) -> None:
    answer = client_of(create_app(world.store, tmp_path)).get(path)

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "StoreUnavailable")
    assert "CORRIDOR_HOME" in answer.json()["error"]["message"]


def test_the_page_of_a_node_s_claims_shows_them_and_their_originals(client: TestClient, world: World) -> None:
    page = client.get("/explain/enterprise:a")
    text = text_of(page.text)

    assert page.status_code == 200
    for said in (AMEC, "sh.688012", "enterprises.csv:2", "更正:1", world.run_id, "取舍规则："):
        assert said in text
    assert "corridor merges undo" in text
    assert 'href="/nodes/source:s"' in page.text


def test_sources_and_what_is_explained_are_said_by_name(client: TestClient) -> None:
    page = client.get("/explain/MAKES|enterprise:a|product:x").text
    named = re.findall(r'href="/nodes/source:s"[^>]*>(.*?)</a>', page)
    assert named and "source:s" not in named
    assert re.findall(r"<title>(.*?) · corridor</title>", page)[0].count("生产") == 1 and "MAKES" not in text_of(page)


@pytest.mark.parametrize(
    "path", ["/explain/product:x", "/explain/MAKES|enterprise:a|product:x", "/explain/<script>alert(1)"]
)
def test_hostile_names_stay_text_on_the_pages(client: TestClient, path: str) -> None:
    page = client.get(path)

    assert page.status_code == (404 if "alert" in path else 200)
    assert "<script>document" not in page.text
    assert "<script>alert" not in page.text
    assert page.status_code == 404 or HOSTILE in text_of(page.text)


def test_the_page_of_pairs_lists_them_and_says_how_to_decide(client: TestClient) -> None:
    text = text_of(client.get("/review").text)

    for said in ("待复核 (1)", "奇瑞汽车股份有限公司", "corridor review", "没有可比的地点"):
        assert said in text


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/review", "/explain/product:x", "/explain/enterprise:a"])
def test_the_pages_are_drawn_without_complaint(browser_page: Watched, world: World, path: str) -> None:
    with served(create_app(world.store, world.home)) as address:
        page = browser_page.open(f"{address}{path}")

        assert page.title() != "owned"
        assert page.locator("table tbody tr").count() > 0
        assert all(url.startswith(address) for url in browser_page.requests)
        assert browser_page.complaints == []
