"""What much depends on and few hold."""

from graph.store import GraphStore
from queries.weak_points import Kind, WeakPoint, weak_points
from tests.graphs import Edge, Item, graph_of

HEFEI: Item = {"id": "place:340100", "name_zh": "合肥市", "in_corridor": True}
NEED: Edge = ("NEEDS", "product:a", "technology:t")


def technology(store: GraphStore, edges: list[Edge], chain: str = "") -> WeakPoint:
    """The row of a technology that `product:a` needs, which goes into b, which goes into c; all of one chain."""
    nodes: list[str | Item] = [
        "chain:x", "chain:y", HEFEI, "place:110000", *(f"product:{i}" for i in "abcd"), "technology:t",
        *(f"enterprise:{i}" for i in ("here", "there", "maker")), "institute:i",
    ]  # fmt: skip
    graph_of(store, nodes, [
        *(("PART_OF", f"product:{i}", "chain:x") for i in "abc"), ("PART_OF", "product:d", "chain:y"), NEED,
        ("INPUT_OF", "product:a", "product:b"), ("INPUT_OF", "product:b", "product:c"),
        ("LOCATED_IN", "enterprise:here", "place:340100"), ("LOCATED_IN", "enterprise:maker", "place:340100"),
        ("LOCATED_IN", "enterprise:there", "place:110000"), ("LOCATED_IN", "institute:i", "place:340100"),
        *edges,
    ])  # fmt: skip
    return weak_points(store, chain=chain, kinds=[Kind.TECHNOLOGY]).rows[0]


def test_the_score_is_dependents_times_thinness_and_its_parts_are_shown(memory: GraphStore) -> None:
    row = technology(memory, [("MASTERS", "enterprise:here", "technology:t")])
    assert (row.dependents, row.direct_products, row.holders, row.thinness, row.score) == (3, 1, 1, 0.5, 1.5)
    assert (row.holder_names, row.is_upper_bound) == (["here"], False)


def test_nobody_on_record_makes_the_score_an_upper_bound(memory: GraphStore) -> None:
    row = technology(memory, [])
    assert (row.holders, row.holders_elsewhere, row.score, row.is_upper_bound) == (0, 0, 3.0, True)


def test_a_holder_elsewhere_does_not_thicken_but_is_on_record(memory: GraphStore) -> None:
    row = technology(memory, [("MASTERS", "enterprise:there", "technology:t")])
    assert (row.holders, row.holders_elsewhere, row.score, row.is_upper_bound) == (0, 1, 3.0, False)
    assert row.holder_names == ["there"]


def test_making_a_product_that_needs_a_technology_is_not_mastering_it(memory: GraphStore) -> None:
    row = technology(
        memory, [("MAKES", "enterprise:maker", "product:a"), ("RESEARCHES", "institute:i", "technology:t")]
    )
    assert (row.holders, row.near_holders, row.researchers) == (0, 1, 1)


def test_dependence_on_a_cycle_does_not_count_the_product_itself(memory: GraphStore) -> None:
    cycle: list[Edge] = [("INPUT_OF", "product:a", "product:b"), ("INPUT_OF", "product:b", "product:a")]
    graph_of(memory, ["chain:c", "product:a", "product:b"],
             [("PART_OF", "product:a", "chain:c"), ("PART_OF", "product:b", "chain:c"), *cycle])  # fmt: skip
    rows = weak_points(memory, kinds=[Kind.PRODUCT]).rows
    assert [(row.id, row.dependents, row.direct_products) for row in rows] == [("product:a", 1, 1), ("product:b", 1, 1)]


def test_the_measures_of_a_technology_do_not_depend_on_the_chain_asked_for(memory: GraphStore) -> None:
    also: list[Edge] = [("NEEDS", "product:d", "technology:t")]
    rows = [technology(memory, also, chain) for chain in ("", "x", "y")]
    assert [(row.direct_products, row.dependents) for row in rows] == [(2, 4)] * 3
    assert rows[0] == rows[1] == rows[2]


def test_only_the_chokepoint_list_leaves_products_in(memory: GraphStore) -> None:
    technology(memory, [])
    rows = weak_points(memory, key_only=True).rows
    assert {row.kind for row in rows} == {Kind.PRODUCT}
