"""Several servers before one database: each keeps nothing of the graph, so all answer from what is there, also by routing."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from graph.open_store import open_store
from tests.graphs import graph_of

pytestmark = pytest.mark.neo4j

ROOT = Path(__file__).parents[2]
HOME = [("LOCATED_IN", "enterprise:e", "place:1")]
PLACE = {"id": "place:1", "name_zh": "甲", "in_corridor": True}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def served(store: str, home: Path) -> Iterator[str]:
    """The address of a server process over a store."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port), "--store", store]
    environment = {**os.environ, "CORRIDOR_HOME": str(home), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(600):
                try:
                    httpx.get(f"{address}/health/live", timeout=5).raise_for_status()
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield address
        finally:
            process.terminate()


def makers(address: str) -> list[tuple[str, int]]:
    answer = httpx.get(f"{address}/api/ask/gaps", params={"verdicts": ["single_source", "not_on_record"]}, timeout=60)
    return [(row["product_id"], row["makers"]) for row in answer.raise_for_status().json()["rows"]]


def test_two_servers_answer_from_one_database_over_a_routing_address(neo4j_url: str, tmp_path: Path) -> None:
    routed = neo4j_url.replace("bolt://", "neo4j://")
    store = open_store(routed)
    try:
        graph_of(store, [PLACE, "enterprise:e", "product:a"], HOME)
        with ExitStack() as both:
            servers = [both.enter_context(served(routed, tmp_path / name)) for name in ("one", "two")]
            assert [makers(one) for one in servers] == [[("product:a", 0)]] * 2
            # What another process loads both see with their next answer, though each keeps answers.
            graph_of(store, [PLACE, "enterprise:e", "product:a"], [*HOME, ("MAKES", "enterprise:e", "product:a")])
            assert [makers(one) for one in servers] == [[("product:a", 1)]] * 2
    finally:
        store.close()
