"""What every store promises, on both engines."""

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest

from graph.cypher import Query
from graph.errors import CypherError, GraphChanged, QueryRejected, QueryTimeout, StoreUnavailable, UsageError
from graph.model import Edge, Node, Value
from graph.ontology import EDGE_TYPE, EDGE_TYPES, NODE_TYPE, NODE_TYPES
from graph.open_store import open_store
from graph.statements import nodes_query
from graph.store import Batch, Cell, GraphStore
from graph.texts import Language, Text
from tests.graphs import (
    AS_OF,
    EDGES,
    NODES,
    RUN_ID,
    batches_of,
    chain_of_products,
    everything,
    graph_of,
    hostile_graph,
    rows_of,
)

pytestmark = pytest.mark.slow

IDS = Query("ids", "MATCH (p:Product) RETURN p.id AS id ORDER BY id")
NAMED = Query("named", "MATCH (p:Product) WHERE p.name_zh = $name RETURN p.id AS id ORDER BY id", ("name",))

# Of 24 nodes that all feed each other there are about 24**7 trails of six edges.
EXPLODING = Query("exploding", "MATCH (a:Product)-[:INPUT_OF*1..6]->(b:Product) RETURN count(*) AS trails")
DENSE_IDS = [f"product:{i}" for i in range(24)]
DENSE = [("INPUT_OF", a, b) for a in DENSE_IDS for b in DENSE_IDS if a != b]

TEXTS = ["光刻胶", 'a\n\t"quoted" \\ \'', "", "😀 é ي", "x" * 2_000, "$limit", "<script>"]


def product_ids(store: GraphStore) -> list[Cell]:
    return [row["id"] for row in store.fetch(IDS, {})]


@pytest.mark.parametrize(
    ("label", "name", "values"),
    [
        ("Enterprise", "short_name", TEXTS),
        ("Enterprise", "aliases", [["上海微电子", "SMEE"], [""], [], ["a|b"]]),
        ("Product", "recovery_days", [0.0, 0.1, -1e-300, 1e300, 3.0]),
        ("Technology", "foreign_share", [0.0, 1.0, 1 / 3]),
        ("Technology", "is_key", [True, False]),
        ("Enterprise", "listed_on", [date(1, 1, 1), date(2020, 2, 29), date(9999, 12, 31)]),
    ],
)
def test_values_of_nodes_come_back_as_they_went_in(
    store: GraphStore, label: str, name: str, values: Sequence[object]
) -> None:
    ids = [f"{label.lower()}:{number}" for number in range(len(values))]
    graph_of(store, [{"id": id_, name: value} for id_, value in zip(ids, values, strict=True)])
    found = {row["id"]: row[name] for row in store.fetch(nodes_query(label), {"ids": ids})}
    expected = [tuple(value) if isinstance(value, list) else value for value in values]
    assert [found[id_] for id_ in ids] == expected
    assert [type(found[id_]) for id_ in ids] == [type(value) for value in expected]


def test_values_of_edges_come_back_as_they_went_in(store: GraphStore) -> None:
    own: dict[str, Value] = {
        "rank": 2**53,
        "share": 0.1,
        "evidence": "年报 “主营”",
        "valid_from": date(2019, 1, 1),
        "confidence": 1.0,
    }
    graph_of(store, ["enterprise:a", "product:b"], [("MAKES", "enterprise:a", "product:b", own)])
    common: dict[str, Value] = {"source_ids": ("source:test",), "as_of": AS_OF, "status": "documented"}
    expected = Edge("MAKES|enterprise:a|product:b", "MAKES", "enterprise:a", "product:b", {**own, **common})
    assert store.fetch(EDGES, {}) == [{"edge": expected, "id": expected.id}]


def test_an_edge_keeps_its_direction_whichever_way_it_is_asked(store: GraphStore) -> None:
    graph_of(store, ["product:a", "product:b"], [("INPUT_OF", "product:b", "product:a")])
    query = Query("back", "MATCH (a:Product {id: 'product:a'})-[r]-(b) RETURN r AS edge, b.id AS id ORDER BY id")
    [row] = store.fetch(query, {})
    assert isinstance(row["edge"], Edge)
    assert (row["edge"].from_id, row["edge"].to_id, row["id"]) == ("product:b", "product:a", "product:b")


def test_parallel_edges_that_their_key_tells_apart_stay_apart(store: GraphStore) -> None:
    sale = ("SUPPLIES", "enterprise:a", "enterprise:b")
    edges = [(*sale, {"product_id": "product:x"}), (*sale, {"product_id": "product:y"})]
    graph_of(store, ["enterprise:a", "enterprise:b"], edges)
    assert store.counts()["SUPPLIES"] == 2


def test_an_unknown_value_is_absent_and_an_empty_one_is_not(store: GraphStore) -> None:
    graph_of(store, [{"id": "enterprise:a", "short_name": "", "aliases": [], "uscc": None}])
    [row] = store.fetch(NODES, {})
    assert isinstance(row["node"], Node)
    properties = row["node"].properties
    assert (properties["short_name"], properties["aliases"], "uscc" in properties) == ("", (), False)
    scalar = Query("scalar", "MATCH (e:Enterprise) RETURN e.uscc AS uscc, e.aliases AS aliases, e.id AS id ORDER BY id")
    assert store.fetch(scalar, {}) == [{"uscc": None, "aliases": (), "id": "enterprise:a"}]


def test_counts_name_every_label_and_type_zeros_included(store: GraphStore) -> None:
    graph_of(store, ["product:a", "product:b"], [("INPUT_OF", "product:a", "product:b")])
    names = [t.label for t in NODE_TYPES] + [t.type for t in EDGE_TYPES]
    assert store.counts() == {**dict.fromkeys(names, 0), "Product": 2, "INPUT_OF": 1}


def test_rows_come_in_the_querys_order(store: GraphStore) -> None:
    graph_of(store, ["product:b", "product:c", "product:a"])
    assert product_ids(store) == ["product:a", "product:b", "product:c"]


def test_a_query_that_finds_nothing_gives_no_rows_and_its_columns(store: GraphStore) -> None:
    graph_of(store, ["enterprise:a"])
    assert store.fetch(IDS, {}) == []
    table = store.fetch_table(IDS, {})
    assert (table.column_names, table.num_rows) == (["id"], 0)


def test_a_table_holds_the_rows_that_fetch_gives(store: GraphStore) -> None:
    graph_of(store, [{"id": "product:a", "recovery_days": 1.5}, "product:b"])
    text = "MATCH (p:Product) RETURN p.id AS id, p.recovery_days AS days, p.as_of AS as_of ORDER BY id"
    query = Query("table", text)
    assert store.fetch_table(query, {}).to_pylist() == store.fetch(query, {})


@pytest.mark.parametrize("ids", [["product:a"], ("product:a",), [], ()])
def test_lists_and_tuples_bind_alike_and_an_empty_one_means_all(store: GraphStore, ids: Sequence[str]) -> None:
    graph_of(store, ["product:a", "product:b"])
    text = "MATCH (p:Product) WHERE size($ids) = 0 OR p.id IN $ids RETURN p.id AS id ORDER BY id"
    found = [row["id"] for row in store.fetch(Query("some", text, ("ids",)), {"ids": ids})]
    assert found == (["product:a"] if ids else ["product:a", "product:b"])


def test_a_parameter_is_a_value_never_a_part_of_the_statement(store: GraphStore) -> None:
    graph_of(store, [{"id": f"product:{number}", "name_zh": text} for number, text in enumerate(TEXTS)])
    for number, text in enumerate(TEXTS):
        assert store.fetch(NAMED, {"name": text}) == [{"id": f"product:{number}"}], text


@pytest.mark.parametrize("parameters", [{}, {"name": "a", "limit": 1}, {"nome": "a"}])
def test_missing_and_unknown_parameters_are_refused_before_anything_runs(
    store: GraphStore, parameters: dict[str, str]
) -> None:
    graph_of(store, ["product:a"])
    with pytest.raises(CypherError, match=r"query named: parameters \['name'\] expected"):
        store.fetch(NAMED, parameters)


def test_a_statement_that_is_no_cypher_is_rejected_with_its_name(store: GraphStore) -> None:
    graph_of(store, ["product:a"])
    with pytest.raises(QueryRejected, match=f"broken on {store.dialect}"):
        store.fetch(Query("broken", "MATCH (p:Product) RETURN"), {})


def test_fetch_cannot_write(store: GraphStore) -> None:
    """Neo4j refuses writes in a transaction with read access, Ladybug in a file that is open read-only."""
    graph_of(store, ["product:a"])
    with pytest.raises(QueryRejected):
        store.fetch(Query("write", "MATCH (p:Product) SET p.name_zh = 'x' RETURN p.id AS id"), {})
    assert everything(store) == everything(graph_of(store, ["product:a"]))


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (a:Area) RETURN a AS whole, a.id AS id ORDER BY id",
        "MATCH (e:Enterprise)-[r:CAN_SUPPLY]->(p:Product) RETURN r AS whole, p.id AS id ORDER BY id",
        "MATCH (e:Enterprise)-[r]->(x) RETURN r AS whole, x.id AS id ORDER BY id",
    ],
)
def test_what_is_derived_is_no_evidence_and_not_returned_whole(store: GraphStore, text: str) -> None:
    graph_of(store, ["enterprise:e", "product:a"], [("MAKES", "enterprise:e", "product:a")])
    with pytest.raises(QueryRejected, match=r"derived at load.*return its properties"):
        store.fetch(Query("whole", text), {})


def test_a_node_that_is_returned_has_no_derived_properties_and_counts_name_no_derived_type(store: GraphStore) -> None:
    graph_of(store, ["enterprise:e", "product:a"], [("MAKES", "enterprise:e", "product:a")])
    counts, rows = everything(store)
    named = {name for row in rows for thing in row.values() if isinstance(thing, Node) for name in thing.properties}
    assert named == {"name_zh", "source_ids", "as_of", "search_text"}
    assert list(counts) == [*NODE_TYPE, *EDGE_TYPE]
    makers = Query("makers", "MATCH (p:Product) RETURN p.makers AS makers, p.id AS id ORDER BY id")
    assert store.fetch(makers, {}) == [{"makers": 1, "id": "product:a"}]


def test_a_second_load_of_the_same_rows_changes_nothing(store: GraphStore) -> None:
    nodes, edges = chain_of_products(5)
    first = everything(graph_of(store, nodes, edges))
    assert everything(graph_of(store, nodes, edges)) == first
    assert everything(graph_of(store, nodes, edges, run_id="later"))[0] == first[0]


@pytest.mark.parametrize("second_run", ["another dataset", RUN_ID])
def test_what_a_load_does_not_contain_is_gone_after_it(store: GraphStore, second_run: str) -> None:
    """Also under the same run id: the same files may yield fewer rows once a rule is stricter."""
    nodes, edges = chain_of_products(3)
    graph_of(store, [*nodes, "enterprise:e"], [*edges, ("MAKES", "enterprise:e", "product:0")])
    graph_of(store, nodes, edges[:1], run_id=second_run)
    counts = store.counts()
    assert (counts["Product"], counts["INPUT_OF"], counts["MAKES"], counts["Enterprise"]) == (3, 1, 0, 0)


def test_a_value_that_became_unknown_is_forgotten(store: GraphStore) -> None:
    graph_of(store, [{"id": "product:a", "hs_code": "3707"}])
    graph_of(store, ["product:a"], run_id="later")
    [row] = store.fetch(NODES, {})
    assert isinstance(row["node"], Node)
    assert "hs_code" not in row["node"].properties


@pytest.mark.parametrize("ends", [("product:1", "product:none"), ("product:none", "product:1")])
def test_a_load_with_a_dangling_edge_leaves_the_old_graph(store: GraphStore, ends: tuple[str, str]) -> None:
    before = everything(graph_of(store, *chain_of_products(3)))
    with pytest.raises(QueryRejected, match="is an input of"):
        graph_of(store, ["product:1"], [("INPUT_OF", *ends)], run_id="bad")
    assert everything(store) == before


def test_a_load_whose_batches_fail_halfway_leaves_the_old_graph(store: GraphStore) -> None:
    before = everything(graph_of(store, *chain_of_products(3)))

    def batches() -> Iterator[Batch]:
        yield from batches_of(["product:x"])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.replace(batches(), "bad")
    assert everything(store) == before


def test_progress_ends_where_the_rows_end(store: GraphStore) -> None:
    seen: list[tuple[str, int, int]] = []

    def report(doing: Text | str, done: int, total: int) -> None:
        seen.append((doing if isinstance(doing, str) else doing.in_(Language.ZH), done, total))

    store.replace(batches_of(*chain_of_products(3)), RUN_ID, report)
    # Ladybug learns how much is derived only while it loads and does not count it.
    areas, total = {"ladybug": (0, 5), "neo4j": (2, 7)}[store.dialect]
    assert seen == [("产品", 3, total), ("区域", 3 + areas, total), ("投入", 5 + areas, total)]


def test_an_exploding_path_is_stopped_and_the_store_still_answers(store: GraphStore, short: GraphStore) -> None:
    graph_of(store, DENSE_IDS, DENSE)
    started = time.monotonic()
    with pytest.raises(QueryTimeout, match=r"exploding.*stopped after 0\.5 s"):
        short.fetch(EXPLODING, {})
    assert time.monotonic() - started < 10
    assert len(product_ids(short)) == len(DENSE_IDS)


@pytest.fixture
def short(store: GraphStore, request: pytest.FixtureRequest) -> GraphStore:
    """The same graph, opened with a limit of half a second."""
    if store.dialect == "neo4j":
        url = request.getfixturevalue("neo4j_url")
    else:
        url = f"ladybug://{request.getfixturevalue('tmp_path') / 'graph.lbug'}"
    result = open_store(url, timeout_seconds=0.5, buffer_pool_mib=256)
    request.addfinalizer(result.close)
    return result


def test_readers_go_on_while_the_graph_is_replaced(store: GraphStore) -> None:
    """They see one graph or the other. Neo4j may mix them at the moment of a commit, which a snapshot notices."""
    versions = [batches_of(*chain_of_products(100, f"v{number}")) for number in range(2)]
    store.replace(versions[0], "v0")
    query = Query(
        "versions", "MATCH (a:Product)-[r:INPUT_OF]->(b:Product) RETURN a.name_en AS a, r.evidence AS r, b.name_en AS b"
    )
    done = threading.Event()

    def answer() -> tuple[int, frozenset[Cell]]:
        with store.snapshot() as graph:
            rows = [*graph.fetch(query, {}), *graph.fetch(query, {})]
            return len(rows), frozenset({graph.run_id(), *(value for row in rows for value in row.values())})

    def read() -> list[tuple[int, frozenset[Cell]]]:
        seen = []
        while not done.is_set():
            with suppress(GraphChanged):
                seen.append(answer())
        return seen

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        for number in range(1, 4):
            store.replace(versions[number % 2], f"v{number % 2}")
        done.set()
        seen = {answer for reader in readers for answer in reader.result()}
    assert seen == {(198, frozenset({"v0"})), (198, frozenset({"v1"}))}


def test_two_loads_at_once_leave_one_of_the_two_graphs(store: GraphStore) -> None:
    versions = [batches_of(*chain_of_products(n, f"v{n}")) for n in (40, 50)]

    def load(number: int) -> str:
        try:
            store.replace(versions[number], f"v{(40, 50)[number]}")
        except StoreUnavailable:
            return "refused"
        return "loaded"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(load, [0, 1]))
    assert "loaded" in outcomes
    counts, rows = everything(store)
    assert counts["Product"] in (40, 50)
    assert counts["INPUT_OF"] == counts["Product"] - 1
    things = [thing for row in rows for thing in row.values() if isinstance(thing, Node | Edge)]
    said = {thing.properties["name_en" if isinstance(thing, Node) else "evidence"] for thing in things}
    assert said == {store.run_id()} == {f"v{counts['Product']}"}


@pytest.mark.parametrize("url", ["http://h", "graph.lbug", "", "ladybug://", "kuzu:///x", "neo4j+x://h", "bolt://h:x"])
def test_an_address_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(UsageError):
        open_store(url)


def test_the_graph_knows_of_which_run_it_is_and_no_row_says_so(store: GraphStore) -> None:
    graph_of(store, ["product:a"], run_id="first")
    graph_of(store, ["product:a", "product:b"], run_id="second")
    assert store.run_id() == "second"
    assert len(everything(store)[1]) == 2


def test_what_a_store_hands_out_as_tables_is_what_it_was_given(store: GraphStore) -> None:
    batches = hostile_graph()
    store.replace(batches, RUN_ID)
    told: list[tuple[str, int, int]] = []
    found = list(store.tables(lambda *step: told.append(step)))
    assert rows_of(found) == rows_of(batches)
    total = sum(batch.table.num_rows for batch in batches)
    assert (told[0][2], told[-1][1:]) == (total, (total, total))


def test_tables_come_in_the_ontologys_order_and_their_rows_in_that_of_ids(store: GraphStore) -> None:
    edges: list[tuple[str, str, str]] = [
        ("INPUT_OF", "product:b", "product:a"),
        ("INPUT_OF", "product:a-1", "product:a"),
        ("INPUT_OF", "product:a", "product:b"),
        ("LOCATED_IN", "institute:i", "place:p"),
        ("LOCATED_IN", "enterprise:e", "place:p"),
    ]
    graph_of(store, ["product:b", "product:a-1", "product:a", "institute:i", "enterprise:e", "place:p"], edges)
    found = [(batch.name, batch.ends, batch.table.column("id").to_pylist()) for batch in store.tables()]
    assert found == [
        ("Place", None, ["place:p"]),
        ("Enterprise", None, ["enterprise:e"]),
        ("Institute", None, ["institute:i"]),
        ("Product", None, ["product:a", "product:a-1", "product:b"]),
        ("LOCATED_IN", ("Enterprise", "Place"), ["LOCATED_IN|enterprise:e|place:p"]),
        ("LOCATED_IN", ("Institute", "Place"), ["LOCATED_IN|institute:i|place:p"]),
        (
            "INPUT_OF",
            ("Product", "Product"),
            [f"INPUT_OF|product:{pair}" for pair in ("a|product:b", "a-1|product:a", "b|product:a")],
        ),
    ]


def test_an_empty_graph_has_no_tables(store: GraphStore) -> None:
    store.replace([], RUN_ID)
    assert (list(store.tables()), store.run_id()) == ([], RUN_ID)


@pytest.mark.neo4j
@pytest.mark.parametrize("batches", [hostile_graph(), []], ids=["hostile", "empty"])
def test_a_graph_goes_from_one_engine_to_the_other_and_back(
    neo4j_store: GraphStore, ladybug_store: GraphStore, tmp_path: Path, batches: list[Batch]
) -> None:
    ladybug_store.replace(batches, RUN_ID)
    neo4j_store.replace(ladybug_store.tables(), RUN_ID)
    assert rows_of(neo4j_store.tables()) == rows_of(batches)
    back = open_store(f"ladybug://{tmp_path / 'back.lbug'}", buffer_pool_mib=256)
    back.replace(neo4j_store.tables(), RUN_ID)
    assert rows_of(back.tables()) == rows_of(batches)
    back.close()


def test_a_reload_of_what_a_store_hands_out_leaves_it_as_it_was(store: GraphStore) -> None:
    store.replace(hostile_graph(), RUN_ID)
    before = rows_of(store.tables())
    store.replace(list(store.tables()), RUN_ID)
    assert rows_of(store.tables()) == before
