"""What a load derives, read back from the stores, against plain answers and in cases made by hand."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from random import Random

import pyarrow as pa
import pytest

from graph.derivations import with_derived
from graph.errors import DataError, QueryRejected
from graph.ontology import LOCATED
from graph.open_store import open_store
from graph.store import Batch, Changes, GraphStore
from tests.graph.derived_rows import read_back, taken_from
from tests.graphs import Edge, Item, batches_of, graph_of, rows_of
from tests.oracle.derived import derived
from tests.queries.random_graphs import random_batches

pytestmark = pytest.mark.slow


def drawn(seed: int) -> list[Batch]:
    """A random graph with places of GB/T 2260, each in up to two others, circles among them, and nodes in two batches."""
    rng = Random(seed + 9_000)
    batches = random_batches(seed)
    home: dict[str, object] = rng.choice(
        [{"id": "place:CHN"}, {"id": "place:cn-1", "name_zh": "中国"}, {"id": "place:x", "aliases": ["PRC"]}]
    )
    nodes: list[str | Item] = [
        {"id": "place:310000", "level": rng.choice(["province", "prefecture"])},
        {"id": "place:310117", "level": "district", "in_corridor": rng.choice([True, None])},
        {"id": "place:330500", "level": "prefecture", "in_corridor": rng.choice([True, False])},
        *([{**home, "level": rng.choice(["country", "country", None, "province"])}] if rng.random() < 0.6 else []),
        *([{"id": "place:USA", "level": "country"}] if rng.random() < 0.3 else []),
    ]
    ids = [str(node["id"]) for node in nodes if not isinstance(node, str)]
    drawn_ids = [id_ for batch in batches if batch.name == "Place" for id_ in batch.table["id"].to_pylist()]
    located = [id_ for b in batches if b.name in {*LOCATED} - {"Place"} for id_ in b.table["id"].to_pylist()]
    pairs = {(a, b) for a in ids for b in rng.sample(ids + drawn_ids, 2) if rng.random() < 0.5}
    stands = {(id_, rng.choice(ids)) for id_ in located if rng.random() < 0.4}
    edges: list[Edge] = [*(("PART_OF", *pair) for pair in pairs), *(("LOCATED_IN", *pair) for pair in stands)]
    return sorted([*batches, *batches_of(nodes, edges)], key=lambda batch: batch.ends is not None)


# --- against plain answers -------------------------------------------------------------------------------------------


def test_what_a_load_derives_is_what_loops_over_dicts_find() -> None:
    for seed in range(20):
        batches = drawn(seed)
        assert taken_from(with_derived(batches)) == derived(batches), seed


def test_what_a_load_derives_is_what_loops_over_dicts_find_in_many_graphs() -> None:
    for seed in range(20, 35):
        batches = drawn(seed)
        assert taken_from(with_derived(batches)) == derived(batches), seed


def test_what_a_load_derives_is_read_back_from_the_store() -> None:
    store = open_store("ladybug://:memory:", buffer_pool_mib=512)
    for seed in range(3):
        batches = drawn(seed)
        store.replace(batches, str(seed))
        assert read_back(store) == derived(batches), seed
    store.close()


@pytest.mark.neo4j
def test_both_engines_hold_the_same(neo4j_store: GraphStore, ladybug_store: GraphStore) -> None:
    batches = drawn(25)
    total = sum(batch.table.num_rows for batch in with_derived(batches))
    neo4j_store.replace(batches, "first")
    ladybug_store.replace(batches, "first")
    assert read_back(neo4j_store) == read_back(ladybug_store) == derived(batches)
    assert neo4j_store.replace(batches, "again") == Changes(unchanged=total)


# --- cases made by hand ----------------------------------------------------------------------------------------------


def worked_out(nodes: Sequence[str | Item], edges: Sequence[Edge] = ()) -> dict[str, list[dict[str, object]]]:
    """Rows with what is derived of this graph, by label or type."""
    found: dict[str, list[dict[str, object]]] = {}
    for batch in with_derived(batches_of(nodes, edges)):
        found.setdefault(batch.name, []).extend(batch.table.to_pylist())
    return found


def of(rows: Sequence[dict[str, object]], *names: str) -> list[tuple[object, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def test_a_maker_of_a_narrower_product_can_supply_the_broader_one_and_its_share_says_nothing_of_that() -> None:
    made = {"share": 0.4, "confidence": 0.9}
    found = worked_out(
        ["enterprise:e", "product:arf", "product:resist", "product:chemical"],
        [
            ("MAKES", "enterprise:e", "product:arf", made),
            ("KIND_OF", "product:arf", "product:resist"),
            ("KIND_OF", "product:resist", "product:chemical"),
        ],
    )
    assert of(found["CAN_SUPPLY"], "to_id", "steps", "made_id", "share", "confidence") == [
        ("product:arf", 0, None, 0.4, 0.9),
        ("product:chemical", 2, "product:arf", None, 0.9),
        ("product:resist", 1, "product:arf", None, 0.9),
    ]
    assert of(found["Product"], "id", "makers", "direct_makers") == [
        ("product:arf", 1, 1), ("product:resist", 1, 0), ("product:chemical", 1, 0),
    ]  # fmt: skip


def test_a_surer_longer_way_gets_an_edge_of_its_own_and_a_less_sure_one_does_not() -> None:
    def makes(product: str, confidence: float | None) -> Edge:
        return ("MAKES", "enterprise:e", product, {"confidence": confidence})

    found = worked_out(
        ["enterprise:e", "product:a", "product:b", "product:c", "product:d", "product:e"],
        [
            makes("product:a", 0.5), makes("product:b", 0.5), makes("product:c", 0.9), makes("product:d", None),
            makes("product:e", 0.95),
            ("KIND_OF", "product:b", "product:a"),
            ("KIND_OF", "product:c", "product:b"),
            ("KIND_OF", "product:d", "product:c"),
            ("KIND_OF", "product:e", "product:d"),
        ],
    )  # fmt: skip
    ways = [row for row in found["CAN_SUPPLY"] if row["to_id"] == "product:a"]
    assert of(ways, "id", "steps", "made_id", "confidence") == [
        ("CAN_SUPPLY|enterprise:e|product:a", 0, None, 0.5),
        ("CAN_SUPPLY|enterprise:e|product:a|product:c", 2, "product:c", 0.9),
        ("CAN_SUPPLY|enterprise:e|product:a|product:e", 4, "product:e", 0.95),
    ]
    assert of(found["Product"], "makers")[0] == (1,)
    assert found["Area"][-1]["supplies"] == 5


def test_of_ways_that_are_as_short_the_surest_is_named_then_the_first_by_id() -> None:
    found = worked_out(
        ["enterprise:e", "enterprise:f", "product:a", "product:b", "product:c"],
        [
            ("KIND_OF", "product:b", "product:a"),
            ("KIND_OF", "product:c", "product:a"),
            ("MAKES", "enterprise:e", "product:b", {"confidence": 0.5}),
            ("MAKES", "enterprise:e", "product:c", {"confidence": 0.6}),
            ("MAKES", "enterprise:f", "product:c"),
            ("MAKES", "enterprise:f", "product:b"),
        ],
    )
    ways = [row for row in found["CAN_SUPPLY"] if row["to_id"] == "product:a"]
    assert of(ways, "from_id", "made_id") == [("enterprise:e", "product:c"), ("enterprise:f", "product:b")]


def test_confidences_that_hardly_differ_are_told_apart_however_many_enterprises_come_before() -> None:
    before = [f"enterprise:{n:05}" for n in range(20_000)]
    edges: list[Edge] = [("MAKES", e, "product:a", {"confidence": 0.5}) for e in before]
    sure, surer = 0.9, 0.9 + 1e-15
    edges += [
        ("MAKES", "enterprise:z", "product:a", {"confidence": sure}),
        ("MAKES", "enterprise:z", "product:b", {"confidence": surer}),
        ("KIND_OF", "product:b", "product:a"),
    ]
    found = worked_out([*before, "enterprise:z", "product:a", "product:b"], edges)
    ways = [row for row in found["CAN_SUPPLY"] if row["from_id"] == "enterprise:z" and row["to_id"] == "product:a"]
    assert of(ways, "steps", "confidence") == [(0, sure), (1, surer)]


def test_on_a_cycle_a_product_does_not_count_itself() -> None:
    ids = ["product:a", "product:b", "product:c"]
    edges: list[Edge] = [
        *(("INPUT_OF", a, b) for a, b in zip(ids, [*ids[1:], ids[0]], strict=True)),
        ("INPUT_OF", "product:a", "product:a"),
        ("KIND_OF", "product:a", "product:b"),
        ("KIND_OF", "product:b", "product:a"),
        ("MAKES", "enterprise:e", "product:a"),
    ]
    found = worked_out([*ids, "enterprise:e"], edges)
    assert of(found["Product"], "downstream", "inputs", "needed_by") == [(2, 1, 1)] * 3
    assert of(found["CAN_SUPPLY"], "to_id", "steps") == [("product:a", 0), ("product:b", 1)]


def test_what_depends_on_a_product_is_counted_up_to_a_thousand() -> None:
    ids = [f"product:{n:04}" for n in range(1_003)]
    chain: list[Edge] = [("INPUT_OF", a, b) for a, b in pairwise(ids)]
    found = worked_out([*ids, "technology:t"], [*chain, ("NEEDS", ids[0], "technology:t")])
    assert of(found["Product"], "downstream")[:4] == [(1_000,), (1_000,), (1_000,), (999,)]
    assert of(found["Technology"], "needed_by", "dependents") == [(1, 1_000)]


def test_essential_products_come_first_then_those_that_most_depends_on_then_by_id() -> None:
    found = worked_out(
        ["product:a", "product:b", "product:c", "product:d"],
        [
            ("INPUT_OF", "product:d", "product:c", {"input_class": 2}),
            ("INPUT_OF", "product:c", "product:b", {"input_class": 1}),
            ("INPUT_OF", "product:a", "product:b"),
            ("INPUT_OF", "product:b", "product:b", {"input_class": 2}),
        ],
    )
    assert of(found["Product"], "id", "is_essential", "downstream", "priority") == [
        ("product:a", None, 1, 2_000), ("product:b", None, 0, 2_001), ("product:c", False, 1, 2_000), ("product:d", True, 2, 998),
    ]  # fmt: skip


def test_an_enterprise_that_is_only_known_to_be_in_shanghai_is_not_in_the_area_of_songjiang() -> None:
    found = worked_out(
        [
            {"id": "place:310000", "level": "province"},
            {"id": "place:310117", "level": "district", "in_corridor": True},
            "enterprise:in-shanghai", "enterprise:in-songjiang", "enterprise:nowhere", "center:c", "institute:i",
        ],
        [
            ("PART_OF", "place:310117", "place:310000"),
            ("LOCATED_IN", "enterprise:in-shanghai", "place:310000"),
            ("LOCATED_IN", "enterprise:in-songjiang", "place:310117"),
            ("LOCATED_IN", "center:c", "place:310117"),
        ],
    )  # fmt: skip
    inside = {(row["from_id"], str(row["to_id"]).removeprefix("area:")) for row in found["IN_AREA"]}
    assert {area for node, area in inside if node == "place:310117"} == {"310117", "310000", "corridor", "everywhere"}
    inside = {(node, area) for node, area in inside if not str(node).startswith("place:")}
    assert inside == {
        ("enterprise:in-shanghai", "310000"), ("enterprise:in-shanghai", "everywhere"),
        ("enterprise:in-songjiang", "310117"), ("enterprise:in-songjiang", "310000"),
        ("enterprise:in-songjiang", "corridor"), ("enterprise:in-songjiang", "everywhere"),
        ("enterprise:nowhere", "everywhere"), ("institute:i", "everywhere"),
        ("center:c", "310117"), ("center:c", "310000"), ("center:c", "corridor"), ("center:c", "everywhere"),
    }  # fmt: skip


def test_an_enterprise_in_several_places_of_an_area_is_in_it_once() -> None:
    found = worked_out(
        ["place:1", "place:2", {"id": "place:3", "in_corridor": True}, {"id": "place:4", "in_corridor": True}, "enterprise:e"],
        [
            ("PART_OF", "place:1", "place:3"), ("PART_OF", "place:2", "place:3"), ("PART_OF", "place:1", "place:4"),
            ("LOCATED_IN", "enterprise:e", "place:1"), ("LOCATED_IN", "enterprise:e", "place:2"),
        ],
    )  # fmt: skip
    rows = [row for row in found["IN_AREA"] if row["from_id"] == "enterprise:e"]
    assert [str(row["to_id"])[5:] for row in rows] == ["1", "2", "3", "4", "corridor", "everywhere"]


@pytest.mark.parametrize(
    ("place", "level", "parent", "city"),
    [
        ("place:310117", "district", "place:310000", "place:310000"),
        ("place:310000", "province", None, "place:310000"),
        ("place:330411", "district", "place:330400", "place:330400"),
        ("place:330400", "prefecture", "place:330000", "place:330400"),
        ("place:330000", "province", None, None),
        ("place:469001", "district", "place:460000", "place:469001"),
    ],
)
def test_the_city_of_a_place_is_its_prefecture_or_municipality_else_the_district_itself(
    place: str, level: str, parent: str | None, city: str | None
) -> None:
    levels = {
        "place:310000": "province",
        "place:330400": "prefecture",
        "place:330000": "province",
        "place:460000": "province",
    }
    nodes: list[str | Item] = [{"id": id_, "level": known} for id_, known in ({**levels, place: level}).items()]
    edges: list[Edge] = [("PART_OF", place, parent)] if parent else []
    assert (place, city) in of(worked_out(nodes, edges)["Place"], "id", "city_id")


@pytest.mark.parametrize(
    ("home", "country"),
    [
        ({"id": "place:CHN"}, "place:CHN"),
        ({"id": "place:156"}, "place:156"),
        ({"id": "place:china"}, "place:china"),
        ({"id": "place:x", "name_zh": "中国"}, "place:x"),
        ({"id": "place:x", "name_en": "China"}, "place:x"),
        ({"id": "place:x", "aliases": ["华", "PRC"]}, "place:x"),
        ({"id": "place:x", "level": "country", "name_zh": "中国"}, "place:x"),
        ({"id": "place:x", "level": "district", "name_en": "China"}, "place:CHN"),
        ({"id": "place:FRA", "level": "country"}, "place:CHN"),
    ],
)
def test_a_place_with_a_code_and_no_country_on_record_is_in_the_home_country_by_whatever_that_is_called(
    home: Item, country: str
) -> None:
    found = worked_out([{"id": "place:310117", "level": "district"}, home])
    assert of(found["Place"], "id", "country_id")[0] == ("place:310117", country)


def test_a_country_on_record_counts_more_than_the_code_and_a_place_without_either_is_of_unknown_country() -> None:
    found = worked_out(
        [
            {"id": "place:810000", "level": "province"},
            {"id": "place:FRA", "level": "country"},
            {"id": "place:lyon", "level": "prefecture"},
            {"id": "place:moon", "level": "province"},
        ],
        [("PART_OF", "place:lyon", "place:FRA"), ("PART_OF", "place:810000", "place:FRA")],
    )
    assert of(found["Place"], "id", "country_id", "province_id") == [
        ("place:810000", "place:FRA", "place:810000"),
        ("place:FRA", "place:FRA", None),
        ("place:lyon", "place:FRA", None),
        ("place:moon", None, "place:moon"),
    ]


def test_a_chain_of_places_of_any_length_leads_to_its_country_and_a_circle_ends() -> None:
    ids = [f"place:{n:02}" for n in range(40)]
    edges: list[Edge] = [("PART_OF", a, b) for a, b in pairwise(ids)]
    edges += [("PART_OF", "place:x", "place:y"), ("PART_OF", "place:y", "place:x")]
    levels = {**dict.fromkeys([*ids, "place:x", "place:y"], "district"), ids[-1]: "country"}
    found = worked_out([{"id": id_, "level": level} for id_, level in levels.items()], edges)
    assert of(found["Place"], "country_id") == [(ids[-1],)] * 40 + [(None,)] * 2


def test_scale_is_the_mean_of_ranks_by_what_is_known() -> None:
    found = worked_out(
        [
            {"id": "enterprise:a", "employees": 10, "revenue_10k_cny": 5.0},
            {"id": "enterprise:b", "employees": 20},
            {"id": "enterprise:c", "employees": 20, "revenue_10k_cny": 1.0},
            {"id": "enterprise:d", "employees": 2**63 - 1},
            "enterprise:e",
        ]
    )
    assert of(found["Enterprise"], "scale") == [((0.25 + 1.0) / 2,), (0.75,), ((0.75 + 0.5) / 2,), (1.0,), (None,)]


def test_a_graph_without_places_or_makers_has_the_two_areas_of_no_place_and_an_empty_one_too() -> None:
    assert of(worked_out([])["Area"], "id", "place_id", "supplies") == [
        ("area:corridor", None, 0), ("area:everywhere", None, 0),
    ]  # fmt: skip
    found = worked_out(["product:a", "enterprise:e", "technology:t"])
    assert of(found["Product"], "makers", "unplaced_makers", "downstream", "priority") == [(0, 0, 0, 2_001)]
    assert of(found["IN_AREA"], "to_id") == [("area:everywhere",)]
    assert "CAN_SUPPLY" not in found
    assert of(found["Technology"], "masters", "needed_by", "dependents") == [(0, 0, 0)]


# --- batches of any shape --------------------------------------------------------------------------------------------


def taken(batches: Sequence[Batch]) -> dict[tuple[str, tuple[str, str] | None], list[object]]:
    found: dict[tuple[str, tuple[str, str] | None], list[object]] = {}
    for batch in with_derived(batches):
        found.setdefault((batch.name, batch.ends), []).extend(batch.table.to_pylist())
    return {key: sorted(rows, key=str) for key, rows in found.items()}


def in_small_batches(batches: Sequence[Batch]) -> list[Batch]:
    """The same rows, backwards, two to a batch, of all labels in turn, an empty batch of each before."""
    parts = [Batch(b.kind, b.table.slice(0, 0), b.ends) for b in batches]
    for start in range(0, max(batch.table.num_rows for batch in batches), 2):
        for batch in batches:
            backwards = batch.table.take(list(reversed(range(batch.table.num_rows))))
            if start < batch.table.num_rows:
                parts.append(Batch(batch.kind, backwards.slice(start, 2), batch.ends))
    return sorted(parts, key=lambda batch: batch.ends is not None)


def in_chunks(batches: Sequence[Batch]) -> list[Batch]:
    """The same rows, each a chunk of its own."""
    return [
        Batch(b.kind, pa.concat_tables([b.table.slice(at, 1) for at in range(b.table.num_rows)]), b.ends)
        for b in batches
        if b.table.num_rows
    ]


def encoded(batches: Sequence[Batch]) -> list[Batch]:
    """Every other batch with its ids as a dictionary or as large texts."""
    found = []
    for number, batch in enumerate(batches):
        table, type_ = batch.table, (pa.dictionary(pa.int32(), pa.string()), pa.large_string(), pa.string())[number % 3]
        for name in ("id", "from_id", "to_id"):
            if name in table.column_names:
                at = table.column_names.index(name)
                table = table.set_column(at, name, table[name].cast(pa.string()).cast(type_))
        found.append(Batch(batch.kind, table, batch.ends))
    return found


@pytest.mark.parametrize("shape", [in_small_batches, in_chunks, encoded], ids=lambda shape: shape.__name__)
@pytest.mark.parametrize("seed", range(8))
def test_it_does_not_matter_how_rows_are_spread_over_batches(
    seed: int, shape: Callable[[Sequence[Batch]], list[Batch]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.derivations._ROWS_AT_A_TIME", 3)
    batches = drawn(seed)
    assert taken(shape(batches)) == taken(batches)


def test_a_stream_that_can_be_gone_through_once_only_gives_the_same() -> None:
    batches = drawn(3)
    once = iter(batches)
    found: dict[tuple[str, tuple[str, str] | None], list[object]] = {}
    for batch in with_derived(once):
        found.setdefault((batch.name, batch.ends), []).extend(batch.table.to_pylist())
    assert {key: sorted(rows, key=str) for key, rows in found.items()} == taken(batches)
    assert next(once, None) is None


class Again:
    """Batches that can be gone through any number of times, one held at a time."""

    def __init__(self, batches: Sequence[Batch]) -> None:
        self._batches = batches
        self.times = 0

    def __iter__(self) -> Iterator[Batch]:
        self.times += 1
        return iter(self._batches)


def test_what_can_be_gone_through_again_is_and_is_not_held() -> None:
    batches = Again(drawn(5))
    list(with_derived(batches))
    assert batches.times == 2


def test_nodes_that_come_after_edges_are_refused() -> None:
    batches = batches_of(["product:a"], [("INPUT_OF", "product:a", "product:a")])
    with pytest.raises(DataError, match="nodes have to come before edges"):
        list(with_derived([batches[1], batches[0]]))


@pytest.mark.neo4j
def test_neo4j_takes_batches_in_any_order(neo4j_store: GraphStore) -> None:
    batches = drawn(7)
    neo4j_store.replace(batches[::-1], "backwards")
    assert read_back(neo4j_store) == derived(batches)


@pytest.mark.parametrize("ends", [("enterprise:none", "product:a"), ("enterprise:e", "product:none")])
def test_an_edge_without_its_ends_is_counted_nowhere_and_refused_by_the_store(
    ladybug_store: GraphStore, ends: tuple[str, str]
) -> None:
    nodes: list[str | Item] = ["enterprise:e", "product:a"]
    edges: list[Edge] = [("MAKES", *ends, {"share": 0.5}), ("MAKES", "enterprise:e", "product:a", {"share": 0.1})]
    assert of(worked_out(nodes, edges)["CAN_SUPPLY"], "from_id", "to_id", "share") == [
        ("enterprise:e", "product:a", 0.1)
    ]
    with pytest.raises(QueryRejected):
        graph_of(ladybug_store, nodes, edges)


# --- only what depends on a change is written ------------------------------------------------------------------------


@pytest.mark.neo4j
def test_one_edge_that_changes_changes_only_what_depends_on_it(neo4j_store: GraphStore) -> None:
    nodes: list[str | Item] = [
        "place:p",
        "enterprise:e",
        "enterprise:f",
        "product:a",
        "product:b",
        "product:c",
        "product:d",
    ]
    kept: list[Edge] = [
        ("LOCATED_IN", "enterprise:e", "place:p"), ("KIND_OF", "product:a", "product:b"),
        ("INPUT_OF", "product:b", "product:d"), ("MAKES", "enterprise:f", "product:d"),
    ]  # fmt: skip

    def batches(*edges: Edge) -> list[Batch]:
        return batches_of(nodes, [*kept, *edges])

    def total(found: Sequence[Batch]) -> int:
        return sum(batch.table.num_rows for batch in with_derived(found))

    first = batches(("MAKES", "enterprise:e", "product:a", {"confidence": 0.5}))
    neo4j_store.replace(first, "1")
    surer = batches(("MAKES", "enterprise:e", "product:a", {"confidence": 0.7}))
    # The edge, and what it says of product:a and product:b.
    assert neo4j_store.replace(surer, "2") == Changes(changed=3, unchanged=total(surer) - 3)
    # It goes, with its two; counts of two products and of the areas of the place and everywhere are others.
    without = batches()
    assert neo4j_store.replace(without, "3") == Changes(changed=4, removed=3, unchanged=total(without) - 4)
    assert neo4j_store.replace(without, "4") == Changes(unchanged=total(without))
    assert read_back(neo4j_store) == derived(without)
    assert rows_of(neo4j_store.tables()) == rows_of(without)
