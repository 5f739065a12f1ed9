"""kill -9 in the middle of a load leaves the old graph or the new one, never a part."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from graph.cypher import Query
from graph.store import GraphStore
from tests.graphs import chain_of_products, graph_of

ROOT = Path(__file__).parents[2]
VERSIONS = Query(
    "versions",
    "MATCH (a:Product)-[r:INPUT_OF]->(b:Product) "
    "RETURN a.name_en AS a, r.evidence AS r, b.name_en AS b, count(r) AS edges ORDER BY a, r, b",
)
OLD, NEW = 50, 400


@pytest.mark.slow
def test_a_killed_load_leaves_the_old_graph_or_the_new_one(store: GraphStore, request: pytest.FixtureRequest) -> None:
    url = _url(store, request)
    whole = {OLD: ("old", OLD - 1), NEW: ("new", NEW - 1)}
    delays = random.Random(10)
    seen = []
    for _ in range(3):
        graph_of(store, *chain_of_products(OLD, "old"), run_id="old")
        _load_and_kill(url, delays.uniform(0, 0.4))
        counts = store.counts()
        run, edges = whole[counts["Product"]]
        assert counts["INPUT_OF"] == edges
        assert store.run_id() == run
        assert store.fetch(VERSIONS, {}) == [{"a": run, "r": run, "b": run, "edges": edges}]
        seen.append(run)
    print(f"{store.dialect}: {seen.count('old')} old, {seen.count('new')} new")


def test_what_a_killed_load_left_behind_is_gone_after_the_next(ladybug_store: GraphStore, tmp_path: Path) -> None:
    graph_of(ladybug_store, ["product:a"])
    for leftover in ("graph.lbug.building", "graph.lbug.building.wal", "graph.lbug.building.shadow"):
        (tmp_path / leftover).write_bytes(b"half a page")
    graph_of(ladybug_store, ["product:a", "product:b"])
    assert ladybug_store.counts()["Product"] == 2
    assert sorted(file.name for file in tmp_path.iterdir()) == ["graph.lbug", "graph.lbug.lock"]


def _load_and_kill(url: str, after_seconds: float) -> None:
    command = [sys.executable, "-m", "tests.graph.loader", url, str(NEW), "new"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as loader:
        assert loader.stdout
        assert loader.stdout.readline() == "ready\n"
        time.sleep(after_seconds)
        loader.kill()


def _url(store: GraphStore, request: pytest.FixtureRequest) -> str:
    if store.dialect == "neo4j":
        return str(request.getfixturevalue("neo4j_url"))
    return f"ladybug://{request.getfixturevalue('tmp_path') / 'graph.lbug'}"
