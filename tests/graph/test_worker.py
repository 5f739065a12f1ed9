"""Users' statements in a process of their own: whatever one does, it ends alone, in time, and leaves nothing behind.

The statements here come past the check (`graph.subset`), which would refuse most of them: this is what holds without it.
"""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.cypher import Query
from graph.errors import CorridorError, GraphChanged, QueryRejected, QueryStopped, QueryTimeout, StoreUnavailable
from graph.open_store import open_store
from graph.store import GraphStore
from graph.texts import Language
from tests.graphs import chain_of_products, graph_of

pytestmark = pytest.mark.slow
LIMIT = 2.0
FOR_EVER = 60.0
"""Seconds that no statement which is stopped takes, however busy the machine is; one that is not stopped takes hours."""
COUNT = 400
PRODUCTS = Query("products", "MATCH (p:Product) RETURN p.id AS id ORDER BY id")
ENDLESS = "MATCH (a:Product), (b:Product), (c:Product), (d:Product) WHERE a.id + b.id < c.id + d.id"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
    """A file with products, each an input of the next."""
    opened = open_store(
        f"ladybug://{tmp_path_factory.mktemp('graph')}/graph.lbug", timeout_seconds=LIMIT, buffer_pool_mib=256
    )
    graph_of(opened, *chain_of_products(COUNT))
    yield opened
    opened.close()


def ids(store: GraphStore, most: int = 1_000) -> list[object]:
    return [row["id"] for row in store.fetch_foreign(PRODUCTS, {}, most)]


def test_it_answers_as_the_store_itself_and_no_more_rows_than_asked(store: GraphStore) -> None:
    query = Query(
        "all",
        "MATCH (p:Product)-[r:INPUT_OF]->(q:Product) WHERE p.id IN $ids RETURN p, r, q.aliases AS names, q.as_of AS day, "
        "p.id AS id ORDER BY id",
        ("ids",),
    )
    given = {"ids": ["product:3", "product:4"]}
    found = store.fetch(query, given)
    assert store.fetch_foreign(query, given, 10) == found and len(found) == 2
    assert store.fetch_foreign(query, given, 1) == found[:1]


def test_parameters_that_are_none_are_refused_before_anything_starts(store: GraphStore) -> None:
    with pytest.raises(CorridorError, match="expected"):
        store.fetch_foreign(PRODUCTS, {"x": 1}, 1)


HARM: dict[str, tuple[str, type[CorridorError] | tuple[type[CorridorError], ...]]] = {
    "endless": (f"{ENDLESS} RETURN count(*) AS n, min(a.id + d.id) AS id ORDER BY id", QueryTimeout),
    "planning": (
        f"MATCH (p:Product) WHERE {' OR '.join(f'p.id = {n!r}' for n in map(str, range(9_000)))} RETURN p.id AS id",
        (QueryStopped, QueryTimeout),
    ),
    "brackets": (f"MATCH (p:Product) WHERE {'(' * 3_500}true{')' * 3_500} RETURN p.id AS id", (QueryStopped, QueryTimeout)),
    "long text": ("RETURN size(repeat('ab', 1000000000)) AS n", QueryStopped),
    "long list": ("UNWIND range(1, 200000000) AS x WITH collect(x) AS xs RETURN size(xs) AS n", (QueryStopped, QueryTimeout)),
    "many rows": (f"{ENDLESS} RETURN a.id AS a, b.id AS b, c.id AS c, d.id AS d ", (QueryStopped, QueryTimeout)),
    "large answer": ("RETURN repeat('ab', 20000000) AS text", (QueryStopped, QueryTimeout)),
}  # fmt: skip


@pytest.mark.parametrize("name", HARM)
def test_a_statement_that_would_take_all_ends_in_time_with_a_sentence_and_alone(store: GraphStore, name: str) -> None:
    text, error = HARM[name]
    ids(store)
    started = time.monotonic()
    with pytest.raises(error) as caught:
        store.fetch_foreign(Query("harm", text), {}, 50)
    assert time.monotonic() - started < FOR_EVER
    assert caught.value.text.in_(Language.ZH).startswith("查询 harm ")
    assert caught.value.text.in_(Language.EN).startswith("Query harm ")
    assert len(ids(store)) == COUNT == store.counts()["Product"]


@pytest.mark.parametrize(
    "text",
    [
        "COPY (MATCH (p:Product) RETURN p.id) TO '{folder}/new.csv'",
        "LOAD FROM '{folder}/secret.csv' RETURN *",
        "LOAD WITH HEADERS (a STRING) FROM '{folder}/secret.csv' RETURN a",
        "ATTACH '{folder}/other.lbug' AS other (dbtype lbug)",
        "EXPORT DATABASE '{folder}'",
        "IMPORT DATABASE '{folder}'",
        "INSTALL httpfs",
        "LOAD EXTENSION '{folder}/secret.csv'",
        "CREATE (p:Product {{id: 'product:new'}})",
        "MATCH (p:Product) DETACH DELETE p",
        "MATCH (p:Product) RETURN p.id; MATCH (p:Product) DETACH DELETE p",
        "MATCH (p:Product) RETURN p.id AS id; COPY (MATCH (p:Product) RETURN p.id) TO '{folder}/new.csv'",
    ],
)
def test_what_the_check_would_miss_neither_writes_nor_reads_a_file(
    store: GraphStore, tmp_path: Path, text: str
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "secret.csv").write_text("a\nsecret\n", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(QueryRejected) as caught:
        store.fetch_foreign(Query("harm", text.format(folder=folder)), {}, 50)
    assert "\nsecret" not in str(caught.value)
    assert [path for path in sorted(tmp_path.rglob("*")) if path.is_file()] == [p for p in before if p.is_file()]
    assert len(ids(store)) == COUNT


def test_a_replaced_graph_is_answered_from_at_the_next_statement(store: GraphStore) -> None:
    assert len(ids(store)) == COUNT
    graph_of(store, *chain_of_products(7))
    assert len(ids(store)) == 7
    graph_of(store, *chain_of_products(COUNT))


def test_a_snapshot_asks_no_worker_once_its_graph_is_replaced(store: GraphStore) -> None:
    with store.snapshot() as graph:
        assert len(graph.fetch_foreign(PRODUCTS, {}, 1_000)) == COUNT
        graph_of(store, *chain_of_products(7))
        assert graph.counts()["Product"] == COUNT
        with pytest.raises(GraphChanged):
            graph.fetch_foreign(PRODUCTS, {}, 1_000)
    graph_of(store, *chain_of_products(COUNT))


def test_a_worker_that_is_killed_from_outside_is_replaced(store: GraphStore) -> None:
    ids(store)
    before = children()
    for one in before:
        os.kill(one, 9)
    with pytest.raises(QueryStopped):
        ids(store)
    assert len(ids(store)) == COUNT
    store.close()
    assert children() == set()


def test_more_than_the_places_wait_no_longer_than_a_statement_may_take(store: GraphStore) -> None:
    endless = Query("harm", HARM["endless"][0])
    ends: list[tuple[type[Exception], float]] = []

    def ask() -> None:
        started = time.monotonic()
        with pytest.raises((QueryTimeout, StoreUnavailable)) as caught:
            store.fetch_foreign(endless, {}, 50)
        ends.append((caught.type, time.monotonic() - started))

    ids(store)
    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    started = time.monotonic()
    assert store.counts()["Product"] == COUNT and time.monotonic() - started < LIMIT
    for thread in threads:
        thread.join()
    assert len(ends) == 10 and {kind for kind, _ in ends} == {QueryTimeout, StoreUnavailable}
    # One after the other they would take five times the limit; a second worker starts first, on a busy machine slowly.
    assert max(seconds for _, seconds in ends) < 4 * LIMIT
    assert len(ids(store)) == COUNT


def children() -> set[int]:
    """The processes that this one has started and that still run."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        found |= {int(pid) for pid in (task / "children").read_text().split()}
    return {pid for pid in found if "graph.worker" in Path(f"/proc/{pid}/cmdline").read_text()}
