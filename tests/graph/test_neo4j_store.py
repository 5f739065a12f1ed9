"""What is particular to the Neo4j server: constraints, addresses, retries."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import neo4j
import pytest

from graph.cypher import RUN_RECORD, Query
from graph.errors import QueryRejected, StoreUnavailable, UsageError
from graph.ontology import NODE_TYPES
from graph.store import GraphStore, open_store
from tests.graphs import batches_of, graph_of
from tests.neo4j_server.server import TEST_MARK


@pytest.mark.neo4j
def test_every_label_has_a_unique_id_after_a_load(neo4j_store: GraphStore, neo4j_url: str) -> None:
    graph_of(neo4j_store, ["product:a"])
    with neo4j.GraphDatabase.driver(neo4j_url) as driver:
        found = driver.execute_query("SHOW CONSTRAINTS YIELD type, labelsOrTypes, properties").records
    unique = {(record["labelsOrTypes"][0], *record["properties"]) for record in found if record["type"] == "UNIQUENESS"}
    assert unique == {(RUN_RECORD, "graph"), *((node_type.label, "id") for node_type in NODE_TYPES)}


@pytest.mark.neo4j
def test_a_load_leaves_alone_what_is_not_of_the_ontology(neo4j_store: GraphStore, neo4j_url: str) -> None:
    graph_of(neo4j_store, ["product:a"])
    with neo4j.GraphDatabase.driver(neo4j_url) as driver:
        assert driver.execute_query(f"MATCH (n:{TEST_MARK}) RETURN count(n) AS n").records[0]["n"] == 1


@pytest.mark.neo4j
def test_the_server_tells_nothing_about_names_it_does_not_know(
    neo4j_store: GraphStore, caplog: pytest.LogCaptureFixture
) -> None:
    neo4j_store.fetch(Query("typo", "MATCH (p:Prodct) RETURN p.id AS id ORDER BY id"), {})
    assert caplog.records == []


@pytest.mark.neo4j
def test_a_node_of_no_known_label_is_a_defect(neo4j_store: GraphStore) -> None:
    with pytest.raises(QueryRejected, match=TEST_MARK):
        neo4j_store.fetch(Query("mark", f"MATCH (n:{TEST_MARK}) RETURN n AS node"), {})


@pytest.mark.neo4j
def test_a_load_that_meets_a_deadlock_ends_well(neo4j_store: GraphStore, neo4j_url: str) -> None:
    """Two transactions that want what the other holds: the server ends one, and a managed load is tried again.

    The other holds the product, and asks for the enterprise once the load holds that and goes for the product.
    """
    graph_of(neo4j_store, ["enterprise:a", "product:b"])
    begun: list[str] = []
    holds = threading.Event()

    def other(transaction: neo4j.ManagedTransaction) -> None:
        transaction.run("MATCH (n:Product {id: 'product:b'}) SET n.name_zh = 'other'").consume()
        begun.append("other")
        if len(begun) == 1:
            holds.wait(10)
        transaction.run("MATCH (n:Enterprise {id: 'enterprise:a'}) SET n.name_zh = 'other'").consume()

    def progress(what: str, done: int, total: int) -> None:
        begun.append(what)
        holds.set()

    with neo4j.GraphDatabase.driver(neo4j_url) as driver, driver.session() as session, ThreadPoolExecutor(1) as pool:
        first = pool.submit(session.execute_write, other)
        while not begun:
            time.sleep(0.01)
        neo4j_store.replace(
            batches_of([{"id": "enterprise:a", "name_en": "later"}, {"id": "product:b", "name_en": "later"}]),
            "later",
            progress,
        )
        first.result()
    assert begun.count("other") + begun.count("企业") == 3, "one of the two was ended and tried again"
    assert {key: n for key, n in neo4j_store.counts().items() if n} == {"Enterprise": 1, "Product": 1}


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_a_server_that_is_away_is_said_within_seconds(scheme: str) -> None:
    store = open_store(f"{scheme}://127.0.0.1:1")
    started = time.monotonic()
    with pytest.raises(StoreUnavailable, match="Cannot reach Neo4j"):
        store.counts()
    assert time.monotonic() - started < 15
    store.close()


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError, match="NEO4J_PASSWORD") as caught:
        open_store("bolt://neo4j:hunter2@127.0.0.1:7687")
    assert "hunter2" not in str(caught.value)
