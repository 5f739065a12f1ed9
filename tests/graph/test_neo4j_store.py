"""What is particular to the Neo4j server: constraints, addresses, retries."""

import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import neo4j
import pyarrow as pa
import pytest

from graph.cypher import Query
from graph.errors import QueryRejected, StoreUnavailable, UsageError
from graph.ontology import EDGE_TYPE, NODE_TYPE, STORED_NODE_TYPES
from graph.open_store import open_store
from graph.statements import RUN_RECORD, neo4j_create, neo4j_delete, neo4j_rows, neo4j_update, replanned
from graph.store import Batch, Changes, GraphStore, arrow_schema
from graph.texts import Language, Text
from tests.graphs import batches_of, chain_of_products, graph_of, hostile_graph, rows_of
from tests.neo4j_server.server import TEST_MARK

AREAS = 2
"""Areas of a graph without places: the corridor, and everywhere."""


@pytest.mark.neo4j
def test_every_label_has_a_unique_id_after_a_load(neo4j_store: GraphStore, neo4j_url: str) -> None:
    graph_of(neo4j_store, ["product:a"])
    with neo4j.GraphDatabase.driver(neo4j_url) as driver:
        found = driver.execute_query("SHOW CONSTRAINTS YIELD type, labelsOrTypes, properties").records
    unique = {(record["labelsOrTypes"][0], *record["properties"]) for record in found if record["type"] == "UNIQUENESS"}
    assert unique == {(RUN_RECORD, "graph"), *((node_type.label, "id") for node_type in STORED_NODE_TYPES)}


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

    def progress(what: Text | str, done: int, total: int) -> None:
        begun.append(what.in_(Language.ZH) if isinstance(what, Text) else what)
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
def test_a_server_that_is_away_is_said_within_seconds() -> None:
    def ask(scheme: str) -> None:
        store = open_store(f"{scheme}://127.0.0.1:1")
        with pytest.raises(StoreUnavailable, match="Cannot reach Neo4j"):
            store.counts()
        store.close()

    started = time.monotonic()
    with ThreadPoolExecutor() as pool:
        list(pool.map(ask, ["bolt", "neo4j"]))
    assert time.monotonic() - started < 15


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError, match="NEO4J_PASSWORD") as caught:
        open_store("bolt://neo4j:hunter2@127.0.0.1:7687")
    assert "hunter2" not in str(caught.value)


# --- loads write differences -----------------------------------------------------------------------------------------


def written(url: str, work: Callable[[], object]) -> tuple[int, ...]:
    """How many nodes and edges are new, gone, and have other properties after something was done; no run records."""
    each = "RETURN elementId(n) AS id, properties(n) AS p"
    query = f"MATCH (n) {each} UNION ALL MATCH ()-[n]->() {each}"
    with neo4j.GraphDatabase.driver(url) as driver:
        before = {r["id"]: r["p"] for r in driver.execute_query(query).records if "run_id" not in r["p"]}
        work()
        after = {r["id"]: r["p"] for r in driver.execute_query(query).records if "run_id" not in r["p"]}
    kept = before.keys() & after.keys()
    return len(after.keys() - kept), len(before.keys() - kept), sum(before[id_] != after[id_] for id_ in kept)


@pytest.mark.neo4j
def test_a_load_writes_only_what_is_new_other_or_gone(neo4j_store: GraphStore, neo4j_url: str) -> None:
    """What is derived of products changes with their chain: every product that stays has other counts."""
    nodes, edges = chain_of_products(6)
    assert neo4j_store.replace(batches_of(nodes, edges), "1") == Changes(added=11 + AREAS)
    assert neo4j_store.replace(batches_of(nodes, edges), "2") == Changes(unchanged=11 + AREAS)
    assert written(neo4j_url, lambda: neo4j_store.replace(batches_of(nodes, edges), "3")) == (0, 0, 0)

    changed = [{"id": "product:0", "hs_code": "1"}, *nodes[1:5], "product:new"]
    kept = [("INPUT_OF", "product:0", "product:1", {"cost_share": 0.5}), *edges[1:4]]
    batches = batches_of(changed, [*kept, ("INPUT_OF", "product:new", "product:0")])
    assert written(neo4j_url, lambda: neo4j_store.replace(batches, "4")) == (2, 2, 2 + 4)
    assert rows_of(neo4j_store.tables()) == rows_of(batches)
    assert neo4j_store.replace(batches, "5") == Changes(unchanged=11 + AREAS)


@pytest.mark.neo4j
def test_a_users_own_nodes_and_edges_stay_as_long_as_the_node_they_hang_on(
    neo4j_store: GraphStore, neo4j_url: str
) -> None:
    graph_of(neo4j_store, ["product:a", "product:b"])
    with neo4j.GraphDatabase.driver(neo4j_url) as driver:
        driver.execute_query(
            "MATCH (a:Product {id: 'product:a'}) MATCH (b:Product {id: 'product:b'}) "
            f"CREATE (m:{TEST_MARK} {{mine: 1}}) CREATE (m)-[:NOTE {{on: 'a'}}]->(a) CREATE (m)-[:NOTE {{on: 'b'}}]->(b)"
        )
        graph_of(neo4j_store, [{"id": "product:a", "name_zh": "other"}])
        found = driver.execute_query(f"MATCH (m:{TEST_MARK} {{mine: 1}})-[r]->(x) RETURN r.on AS on, x.name_zh AS name")
        driver.execute_query(f"MATCH (m:{TEST_MARK} {{mine: 1}}) DETACH DELETE m")
    assert [(record["on"], record["name"]) for record in found.records] == [("a", "other")]


@pytest.mark.neo4j
@pytest.mark.parametrize(
    "tampering",
    [
        "CREATE (:Product {name_zh: 'no id'})",
        "CREATE (:Product {id: 5, digest: 'x'})",
        "CREATE (:Product {id: ['a'], digest: 1.5})",
        "CREATE (:Product {id: 'product:' + '\\u001e' + 'x'})",
        "MATCH (a:Product {id: 'product:0'}) CREATE (a)-[:INPUT_OF]->(a)",
        "MATCH (a:Product {id: 'product:0'})-[r]->(b) CREATE (a)-[c:INPUT_OF]->(b) SET c = properties(r)",
        "MATCH (a:Product {id: 'product:0'}) SET a.digest = null, a.name_zh = 'x'",
        "MATCH (a:Product {id: 'product:0'}) SET a.digest = a.digest + 1, a.mine = true",
        "MATCH (a:Product {id: 'product:0'})-[r]->() DELETE r",
        "MATCH (a:Product {id: 'product:0'}) DETACH DELETE a",
    ],
)
def test_whatever_others_did_to_the_graph_a_load_makes_it_what_it_should_be(
    neo4j_store: GraphStore, neo4j_url: str, tampering: str
) -> None:
    batches = batches_of(*chain_of_products(3))
    neo4j_store.replace(batches, "1")
    with neo4j.GraphDatabase.driver(neo4j_url) as driver:
        driver.execute_query(tampering)
        neo4j_store.replace(batches, "2")
        mine = driver.execute_query("MATCH (n:Product) WHERE n.mine IS NOT NULL RETURN count(n) AS n").records[0]["n"]
    assert (rows_of(neo4j_store.tables()), mine) == (rows_of(batches), 0)
    assert neo4j_store.replace(batches, "3") == Changes(unchanged=5 + AREAS)


@pytest.mark.neo4j
def test_an_id_that_is_given_twice_is_refused_and_nothing_changes(neo4j_store: GraphStore) -> None:
    neo4j_store.replace(batches_of(*chain_of_products(3)), "1")
    edges = [("INPUT_OF", "product:0", "product:1")] * 2
    with pytest.raises(QueryRejected, match="given to more than one row"):
        neo4j_store.replace(batches_of(["product:0", "product:1"], edges), "2")
    assert (neo4j_store.counts()["Product"], neo4j_store.run_id()) == (3, "1")


@pytest.mark.neo4j
@pytest.mark.parametrize("many", [1, 1_000])
def test_every_value_is_written_and_written_over_with_few_rows_as_with_many(
    neo4j_store: GraphStore, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr("graph.neo4j_store._WORTH_A_PLAN", many)
    batches = hostile_graph()
    rows = sum(batch.table.num_rows for batch in batches)
    older = []
    for batch in batches:
        days = pa.array([date(2000, 1, 1)] * batch.table.num_rows)
        at = batch.table.column_names.index("as_of")
        older.append(Batch(batch.kind, batch.table.set_column(at, "as_of", days), batch.ends))
    neo4j_store.replace(older, "older")
    assert rows_of(neo4j_store.tables()) != rows_of(batches)
    changes = neo4j_store.replace(batches, "newer")
    assert changes and changes.changed == rows
    assert rows_of(neo4j_store.tables()) == rows_of(batches)


def operators(plan: dict[str, Any]) -> list[str]:
    """The names of a plan's steps, the last first."""
    return [
        re.split("[(@]", plan["operatorType"])[0],
        *(name for child in plan.get("children", []) for name in operators(child)),
    ]


@pytest.mark.neo4j
def test_every_statement_of_a_load_finds_rows_by_index_or_by_element_id(
    neo4j_store: GraphStore, neo4j_url: str
) -> None:
    neo4j_store.replace(batches_of(*chain_of_products(300)), "1")
    product, input_of = NODE_TYPE["Product"], EDGE_TYPE["INPUT_OF"]
    schema = arrow_schema(input_of).append(pa.field("element_id", pa.string()))
    texts = {f"c{at}": "" for at in range(len(schema))}
    marks = {"row_end": "|", "unknown": "?", "empty": "[]", "item_end": ","}
    statements = {
        neo4j_create(input_of, None): "NodeUniqueIndexSeek",
        neo4j_update(product): "NodeByElementIdSeek",
        neo4j_update(input_of): "DirectedRelationshipByElementIdSeek",
        neo4j_create(input_of, None, arrow_schema(input_of)): "NodeUniqueIndexSeek",
        neo4j_update(
            product, pa.schema([pa.field("id", pa.string()), schema.field("element_id")])
        ): "NodeByElementIdSeek",
        neo4j_update(input_of, schema): "DirectedRelationshipByElementIdSeek",
        neo4j_delete(product): "NodeByElementIdSeek",
        neo4j_delete(input_of): "DirectedRelationshipByElementIdSeek",
        neo4j_rows(product, None): "NodeIndexScan",
        neo4j_rows(input_of, None): "PartialSort",
    }
    with neo4j.GraphDatabase.driver(neo4j_url, notifications_min_severity="OFF") as driver, driver.session() as session:
        for statement, wanted in statements.items():
            parameters = {**texts, **marks, "element_ids": [], "rows": []}
            plan = session.run(replanned(f"EXPLAIN {statement}"), parameters).consume().plan
            assert plan is not None
            found = operators(plan)
            assert wanted in found, (statement, found)
            # A product of two unique seeks is one row; what must not be is a look at every node or edge.
            assert not {
                "AllNodesScan",
                "DirectedAllRelationshipsScan",
                "Sort",
                "NodeByLabelScan",
            } & set(found)
