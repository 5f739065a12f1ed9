"""The API and the pages as a client meets them."""

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from api.app import create_app
from api.keys import hash_of_key
from graph.exchange import write
from graph.ontology import DERIVED_EDGE_TYPES, DERIVED_NODE_TYPES, NODE_TYPES
from graph.open_store import open_store
from graph.store import GraphStore
from ingest.dataset import datasets_at
from ingest.pipeline import Settings, load
from ledger.requests import MakeKey, at_the_machine
from queries.registry import questions
from queries.saved import question_named
from tests.api.conftest import client_of
from tests.graphs import graph_of
from tests.ingest.datasets import dataset
from tests.queries.random_graphs import random_batches
from viz.page import CONTENT_SECURITY_POLICY

PAGES = ["/", "/search", "/search?q=芯片", "/subgraph/product:etcher", "/ask/gaps", "/ask/chains", "/docs"]


@pytest.mark.slow
def test_every_route_keeps_to_its_description(ladybug_store: GraphStore, tmp_path: Path) -> None:
    """Over a random graph, which has things of every type with anything missing, and answers sooner than the bundled one."""
    write(random_batches(2023), "random", tmp_path / "data", "csv")
    folder = dataset(tmp_path / "data", sources=[{"id": "source:test", "name_zh": "来源", "kind": "register"}])
    load(datasets_at([folder]), ladybug_store, Settings(tmp_path))
    app = create_app(ladybug_store, tmp_path, hosts=["testserver"])
    key = MakeKey(name="all", scopes=["joint-office", "settlement"], hash=hash_of_key("corridor_test"))
    app.state.ledger.book(key, at_the_machine("test"))
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) > 10
    for operation in operations:

        @given(case=operation.as_strategy())
        @settings(max_examples=5, derandomize=True, suppress_health_check=list(HealthCheck))
        def keeps(case: Case[Any]) -> None:
            # A chain or node that does not exist is a name no schema can list; refusing it is right.
            case.call_and_validate(
                headers={"Authorization": "Bearer corridor_test"}, excluded_checks=[positive_data_acceptance]
            )

        keeps()


def test_the_server_lives_and_is_ready(client: TestClient, bundled: GraphStore) -> None:
    assert client.get("/health/live").json() == {"status": "live"}
    ready = client.get("/health/ready").json()
    assert ready["engine"] == "ladybug"
    assert ready["nodes"] + ready["edges"] == sum(bundled.counts().values())


@pytest.mark.parametrize(
    "path", ["/health/ready", "/api/search?q=a", "/api/nodes/product:a", "/api/ask/gaps", "/api/subgraph/product:a"]
)
def test_a_store_that_is_away_is_a_503_in_one_shape(path: str, tmp_path: Path) -> None:
    client = client_of(create_app(open_store(f"ladybug://{tmp_path}/none.lbug")))
    answer = client.get(path)
    assert answer.status_code == 503
    assert set(answer.json()["error"]) == {"status", "code", "message", "field"}
    assert "corridor load" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/nodes/product:none", 404, "NotFound"),
        ("/api/nodes/nonsense", 404, "NotFound"),
        ("/api/subgraph/product:none", 404, "NotFound"),
        ("/api/subgraph/product:etcher?limit=0", 422, "BadArgument"),
        ("/api/subgraph/product:etcher?kinds=Prodct", 422, "UnknownName"),
        ("/api/ask/gasp", 422, "UnknownName"),
        ("/api/ask/gaps?limit=x", 422, "BadArgument"),
        ("/api/ask/gaps?nonsense=1", 422, "BadArgument"),
        ("/api/ask/gaps?chain=集成电", 422, "UnknownName"),
        ("/api/ask/partners?subject=product:none", 404, "NotFound"),
        ("/api/search", 422, "BadArgument"),
        ("/api/nowhere", 404, "NOT_FOUND"),
    ],
)
def test_every_error_has_one_shape(client: TestClient, path: str, status: int, code: str) -> None:
    answer = client.get(path)
    error = answer.json()["error"]
    assert (answer.status_code, error["status"], error["code"]) == (status, status, code)
    assert error["message"]


def test_an_unknown_name_proposes_the_nearest(client: TestClient) -> None:
    assert "集成电路" in client.get("/api/ask/gaps?chain=集成电").json()["error"]["message"]
    assert "gaps" in client.get("/api/ask/gasp").json()["error"]["message"]


def test_an_error_of_a_page_is_a_page(client: TestClient) -> None:
    answer = client.get("/subgraph/product:none")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "product:none" in answer.text


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_there_and_keeps_to_itself(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_every_question_that_needs_nothing_has_a_route_and_a_page(client: TestClient) -> None:
    for one in questions():
        if not any(field.is_required() for field in one.parameters.model_fields.values()):
            assert client.get(f"/api/ask/{one.name}").status_code == 200
            assert client.get(f"/ask/{one.name}").status_code == 200
    assert [q["name"] for q in client.get("/api/ask").json()] == [q.name for q in questions()]


def test_an_answer_over_http_is_the_answer(client: TestClient, bundled: GraphStore) -> None:
    over_http = client.get(
        "/api/ask/gaps", params={"chain": "集成电路", "places": ["苏州", "杭州市"], "limit": 5}
    ).json()
    asked = question_named("gaps").ask(bundled, chain="集成电路", places=["苏州", "杭州市"], limit=5)
    assert over_http == asked.model_dump(mode="json")
    assert over_http["looked_at"] > 40
    assert all("MATCH" in ran["cypher"] for ran in over_http["statements"])


def test_a_node_comes_with_its_sources(client: TestClient) -> None:
    answer = client.get("/api/nodes/center:wuhu-jiuting").json()
    if "error" in answer:
        found = client.get("/api/search?q=芜湖产业协同创新中心").json()["rows"][0]["node_id"]
        answer = client.get(f"/api/nodes/{found}").json()
    assert answer["node"]["properties"]["investment_100m_cny"] == 10
    assert [source["id"] for source in answer["sources"]] == answer["node"]["properties"]["source_ids"]


def test_a_subgraph_says_what_it_leaves_out(client: TestClient) -> None:
    whole = client.get("/api/subgraph/chain:integrated-circuits?limit=2000").json()
    part = client.get("/api/subgraph/chain:integrated-circuits?limit=20").json()
    assert len(part["nodes"]) == 20
    assert part["truncated"] is True
    assert part["total_nodes"] == whole["total_nodes"] == len(whole["nodes"])


def test_only_kinds_asked_for_are_given_besides_the_focus(client: TestClient) -> None:
    answer = client.get("/api/subgraph/product:etcher?kinds=Enterprise").json()
    assert {node["label"] for node in answer["nodes"] if node["id"] != "product:etcher"} == {"Enterprise"}


def test_hostile_names_stay_text_in_every_answer(tmp_path: Path) -> None:
    store = open_store(f"ladybug://{tmp_path}/g.lbug", buffer_pool_mib=128)
    hostile = "<script>alert(1)</script>{{7*7}}'\""
    graph_of(store, [{"id": "product:a", "name_zh": hostile, "search_text": f"|{hostile.lower()}|"}, "product:b"],
             [("INPUT_OF", "product:a", "product:b")])  # fmt: skip
    client = client_of(create_app(store))
    assert client.get("/api/nodes/product:a").json()["node"]["name"] == hostile
    for path in ("/subgraph/product:a", "/search?q=<script>", "/ask/routes?start=product:a&target=product:b"):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert "49" not in page.partition("{{7*7}}")[0][-5:]


def test_the_description_of_the_api_names_what_the_ontology_says(client: TestClient) -> None:
    described = str(client.get("/openapi.json").json())
    assert "uscc (USCC · 18 characters, GB 32100.)" in described
    assert "/api/ask/key_technologies" in described


def test_the_page_of_the_api_asks_no_other_host(client: TestClient) -> None:
    page = client.get("/docs").text
    assert "http" not in page.replace("http-equiv", "")
    for file in ("swagger-ui.css", "swagger-ui-bundle.js", "start.js"):
        assert client.get(f"/docs/{file}").status_code == 200


def test_what_a_load_derives_is_in_no_search_node_or_neighbourhood(client: TestClient) -> None:
    derived = {prop.name for kind in NODE_TYPES for prop in kind.derived}
    types = {*(kind.label for kind in DERIVED_NODE_TYPES), *(kind.type for kind in DERIVED_EDGE_TYPES)}
    for node_id in ("product:photoresist", "place:310117", "enterprise:chery-automobile"):
        node = client.get(f"/api/nodes/{node_id}").json()["node"]
        around = client.get(f"/api/subgraph/{node_id}?depth=2&limit=500").json()
        assert derived.isdisjoint(node["properties"])
        assert all(derived.isdisjoint(one["properties"]) and one["label"] not in types for one in around["nodes"])
        assert around["edges"] and types.isdisjoint(edge["type"] for edge in around["edges"])
    for text in ("area", "corridor", "everywhere", "松江"):
        rows = client.get(f"/api/search?q={text}&limit=100").json()["rows"]
        assert types.isdisjoint(row["label"] for row in rows)
        assert not [row for row in rows if row["node_id"].startswith("area:")]
    assert client.get("/api/nodes/area:corridor").status_code == 404
    assert client.get("/api/subgraph/area:corridor").status_code == 404
