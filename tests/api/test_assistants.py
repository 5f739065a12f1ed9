"""Assistants, by the protocol's own client: over HTTP beside the pages, and over standard input and output."""

import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp_types import TextContent, TextResourceContents

from api.app import create_app
from graph.store import GraphStore
from queries.registry import questions
from tests.api.conftest import served
from tests.graphs import graph_of

ROOT = Path(__file__).parents[2]
HOSTILE = "<script>alert(1)</script>'; MATCH (n) DETACH DELETE n //"


@pytest.fixture(scope="module")
def address(bundled: GraphStore, bundled_home: Path) -> Iterator[str]:
    with served(create_app(bundled, bundled_home)) as url:
        yield f"{url}/mcp"


def asked(server: Any, ask: Callable[[Client], Awaitable[Any]]) -> Any:
    """What a client that speaks with a server gets."""

    async def run() -> Any:
        async with Client(server) as client:
            return await ask(client)

    with ThreadPoolExecutor(1) as apart:  # Tests in a browser leave a loop in the thread that ran them.
        return apart.submit(anyio.run, run).result()


def test_every_question_is_a_tool_that_only_reads_with_typed_and_described_parameters(address: str) -> None:
    found = {one.name: one for one in asked(address, lambda client: client.list_tools()).tools}
    assert found.keys() == {one.name for one in questions()}
    assert all(one.annotations.read_only_hint and one.title and one.description for one in found.values())
    limit = found["gaps"].input_schema["properties"]["limit"]
    assert (limit["type"], limit["minimum"], bool(limit["description"])) == ("integer", 1, True)
    assert found["search"].input_schema["required"] == ["text"]


def test_a_tool_answers_as_the_api_does_with_evidence_and_conventions(address: str) -> None:
    given: dict[str, str | int] = {"chain": "集成电路", "limit": 3}
    found = asked(address, lambda client: client.call_tool("gaps", given))
    there = httpx.get(address.replace("/mcp", "/api/ask/gaps"), params=given, headers={"Accept-Language": "zh"}).json()
    there.pop("statements")
    assert found.structured_content == there
    assert [json.loads(one.text) for one in found.content if isinstance(one, TextContent)] == [there]
    assert all(row["evidence_ids"] for row in there["rows"]) and there["conventions"]


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("gasp", {}, "gaps"),
        ("gaps", {"limit": 0}, "limit"),
        ("gaps", {"chian": "x"}, "chian"),
        ("gaps", {"chain": HOSTILE}, "<script>"),
        ("search", {}, "text"),
        ("partners", {"subject": HOSTILE}, "<script>"),
    ],
)
def test_what_cannot_be_asked_is_said_and_is_no_failure_of_the_server(
    address: str, name: str, given: dict[str, Any], said: str
) -> None:
    found = asked(address, lambda client: client.call_tool(name, given))
    assert found.is_error and said in found.content[0].text and "Traceback" not in found.content[0].text


def test_nodes_with_their_sources_and_the_ontology_are_resources(address: str) -> None:
    async def read(client: Client, uri: str) -> dict[str, Any]:
        [content] = (await client.read_resource(uri)).contents
        assert isinstance(content, TextResourceContents)
        found: dict[str, Any] = json.loads(content.text)
        return found

    node = asked(address, lambda client: read(client, "corridor://nodes/product:photoresist"))
    assert node["node"]["properties"]["name_zh"] == "光刻胶" and node["sources"]
    ontology = asked(address, lambda client: read(client, "corridor://ontology"))
    assert {"Enterprise", "Product", "Plant"} <= {one["type"] for one in ontology["nodes"]}
    assert next(one for one in ontology["edges"] if one["type"] == "MAKES")["joins"]


@pytest.mark.parametrize(
    "uri", ["corridor://nodes/product:none", "file:///etc/passwd", f"corridor://nodes/{'x' * 500}"]
)
def test_what_is_no_resource_is_refused_with_a_sentence(address: str, uri: str) -> None:
    async def read(client: Client) -> str:
        with pytest.raises(MCPError) as caught:
            await client.read_resource(uri)
        return caught.value.error.message

    assert "图中没有节点" in asked(address, read)


@pytest.mark.slow
def test_an_assistant_is_answered_over_standard_input_and_output(ladybug_store: GraphStore, tmp_path: Path) -> None:
    graph_of(ladybug_store, ["product:a", "enterprise:e"], [("MAKES", "enterprise:e", "product:a")])
    ladybug_store.close()
    program = StdioServerParameters(
        command=sys.executable, args=["-m", "api.cli", "mcp", "--store", f"ladybug://{tmp_path / 'graph.lbug'}"], cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "CORRIDOR_LANGUAGE": "en", "CORRIDOR_HOME": str(tmp_path / "home")},
    )  # fmt: skip

    async def ask(client: Client) -> Any:
        return client.server_info, await client.call_tool("gaps", {"places": ["everywhere"]})

    server, found = asked(program, ask)
    assert (server.name, [row["product_id"] for row in found.structured_content["rows"]]) == ("corridor", ["product:a"])
    assert "makers" in found.content[0].text


def test_a_page_of_another_site_is_not_answered(address: str) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    headers = {"Accept": "application/json, text/event-stream", "Origin": "https://elsewhere.example"}
    assert httpx.post(address, json=message, headers=headers).status_code == 403
