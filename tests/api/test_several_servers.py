"""Several servers before one database: each keeps nothing of the graph, so all answer from what is there, also by routing."""

from contextlib import closing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from graph.open_store import open_store
from tests.api.conftest import client_of
from tests.graphs import graph_of

pytestmark = pytest.mark.neo4j

HOME = [("LOCATED_IN", "enterprise:e", "place:1")]
PLACE = {"id": "place:1", "name_zh": "甲", "in_corridor": True}


def makers(server: TestClient) -> list[tuple[str, int]]:
    answer = server.get("/api/ask/gaps", params={"verdicts": ["single_source", "not_on_record"]})
    return [(row["product_id"], row["makers"]) for row in answer.raise_for_status().json()["rows"]]


def test_two_servers_answer_from_one_database_over_a_routing_address(neo4j_url: str, tmp_path: Path) -> None:
    routed = neo4j_url.replace("bolt://", "neo4j://")
    with (
        closing(open_store(routed)) as loading,
        closing(open_store(routed)) as one,
        closing(open_store(routed)) as other,
    ):
        graph_of(loading, [PLACE, "enterprise:e", "product:a"], HOME)
        servers = [client_of(create_app(store, tmp_path / name)) for name, store in (("one", one), ("other", other))]
        assert [makers(server) for server in servers] == [[("product:a", 0)]] * 2
        # What somebody else loads both see with their next answer, though each keeps answers.
        graph_of(loading, [PLACE, "enterprise:e", "product:a"], [*HOME, ("MAKES", "enterprise:e", "product:a")])
        assert [makers(server) for server in servers] == [[("product:a", 1)]] * 2
