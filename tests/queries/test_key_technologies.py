"""Chokepoints: what much depends on, that comes from few and abroad, and that nobody is near."""

from typing import Any

import pytest

from graph.errors import UnknownName
from graph.store import GraphStore
from graph.texts import Text
from queries.questions.key_technologies import KeyTechnology, Kind, Part, key_technologies
from tests.graphs import Edge, Item, graph_of

pytestmark = pytest.mark.slow

HEFEI: Item = {"id": "place:340100", "name_zh": "合肥市", "level": "prefecture", "in_corridor": True}
BEIJING: Item = {"id": "place:110000", "level": "province"}
JAPAN: Item = {"id": "place:japan", "level": "country"}
_RUNS = iter(range(10_000))


def near(value: float) -> Any:
    """A number but for its rounding."""
    return pytest.approx(value)


def graph(store: GraphStore, edges: list[Edge], foreign_share: float | None = None) -> GraphStore:
    """`product:a` needs technology t and goes into b, which goes into c; all of chain x."""
    nodes: list[str | Item] = [
        "chain:x", "chain:y", HEFEI, BEIJING, JAPAN, *(f"product:{i}" for i in "abcd"), "institute:i",
        {"id": "technology:t", "is_key": True, "foreign_share": foreign_share}, {"id": "technology:u", "is_key": False},
        *(f"enterprise:{i}" for i in ("here", "there", "maker")),
    ]  # fmt: skip
    edges = [
        *(("PART_OF", f"product:{i}", "chain:x") for i in "abc"), ("PART_OF", "product:d", "chain:y"),
        ("NEEDS", "product:a", "technology:t"), ("NEEDS", "product:d", "technology:u"),
        ("INPUT_OF", "product:a", "product:b"), ("INPUT_OF", "product:b", "product:c"),
        ("LOCATED_IN", "enterprise:here", "place:340100"), ("LOCATED_IN", "enterprise:maker", "place:340100"),
        ("LOCATED_IN", "enterprise:there", "place:110000"), ("LOCATED_IN", "institute:i", "place:340100"),
        *edges,
    ]  # fmt: skip
    return graph_of(store, nodes, edges, f"key{next(_RUNS)}")


def technology(store: GraphStore, edges: list[Edge], foreign_share: float | None = None, **given: Any) -> KeyTechnology:
    return key_technologies(graph(store, edges, foreign_share), **given).rows[0]


def test_the_index_is_the_product_of_its_parts_at_least_and_at_most(memory: GraphStore) -> None:
    edges: list[Edge] = [
        # Who masters it elsewhere makes b and c too; who is here makes one of the two: half of what is near.
        ("MASTERS", "enterprise:there", "technology:t"), ("MAKES", "enterprise:there", "product:b"),
        ("MAKES", "enterprise:there", "product:c"), ("MAKES", "enterprise:maker", "product:b"),
    ]  # fmt: skip
    row = technology(memory, edges, 0.8)
    # φ(t, b) = 1 / max(1, 2), φ(t, c) = 1 / 1; the maker has b: density 0.5 / 1.5.
    assert (row.is_essential, row.foreign_share, row.hhi, row.relatedness) == (True, 0.8, 1.0, near(1 / 3))
    # Who is near may or may not come to hold it.
    assert (row.index_least, row.index) == (near(0.8 * 2 / 3), near(0.8))
    assert (row.is_upper_bound, row.unknown_parts) == (True, [])
    assert (row.near, row.near_names, row.elsewhere_names) == (1, ["maker"], ["there"])


def test_what_is_not_known_counts_as_its_worst_and_is_named(memory: GraphStore) -> None:
    row = technology(memory, [])
    assert (row.index, row.is_upper_bound, row.hhi, row.relatedness) == (1.0, True, None, None)
    assert row.unknown_parts == [Part.FOREIGN_SHARE, Part.HOLDERS, Part.RELATEDNESS]


def test_two_holders_of_unknown_shares_halve_it_at_most_wherever_they_are(memory: GraphStore) -> None:
    held: list[Edge] = [("MASTERS", "enterprise:here", "technology:t"), ("MASTERS", "enterprise:there", "technology:t")]
    row = technology(memory, held, 0.8)
    assert (row.index, row.hhi, row.hhi_most, row.is_hhi_exact) == (near(0.8), 0.5, 1.0, False)
    assert (row.holders, row.holders_elsewhere, row.holder_names) == (1, 1, ["here"])


def test_nothing_from_abroad_is_no_chokepoint_whatever_else_is_unknown(memory: GraphStore) -> None:
    row = technology(memory, [], 0.0)
    assert (row.index, row.is_upper_bound) == (0.0, False)


def test_the_index_is_not_nothing_because_the_only_holder_has_a_neighbour(memory: GraphStore) -> None:
    edges: list[Edge] = [
        ("MASTERS", "enterprise:there", "technology:t"), ("MAKES", "enterprise:there", "product:b"),
        ("MAKES", "enterprise:maker", "product:b"),
    ]  # fmt: skip
    row = technology(memory, edges, 0.8)
    # The maker makes all that goes with it and still does not hold it.
    assert (row.relatedness, row.index_least, row.index, row.is_upper_bound) == (1.0, 0.0, near(0.8), True)


def test_what_is_known_to_be_high_comes_before_what_only_unknown_parts_put_on_top(memory: GraphStore) -> None:
    edges: list[Edge] = [
        ("MASTERS", "enterprise:there", "technology:t"), ("MAKES", "enterprise:there", "product:b"),
        ("MAKES", "enterprise:there", "product:c"), ("MAKES", "enterprise:maker", "product:b"),
    ]  # fmt: skip
    rows = key_technologies(graph(memory, edges, 0.5), key_only=False).rows
    assert [(row.id, row.index_least, row.index) for row in rows] == [
        ("technology:t", near(0.5 * 2 / 3), 0.5), ("technology:u", 0.0, 1.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "country",
    [
        {"id": "place:CHN", "name_zh": "中国"},
        {"id": "place:country-china", "name_zh": "中华人民共和国"},
        {"id": "place:home", "name_zh": "本国", "aliases": ["China"]},
        {"id": "place:156", "name_zh": "本国"},
        None,
    ],
)
def test_home_is_home_whatever_the_country_is_called(memory: GraphStore, country: Item | None) -> None:
    nodes: list[str | Item] = ["product:a", "product:b", "enterprise:e", HEFEI, JAPAN]
    edges: list[Edge] = [
        ("LOCATED_IN", "enterprise:e", "place:340100"), ("MAKES", "enterprise:e", "product:a", {"share": 1.0}),
        ("INPUT_OF", "product:a", "product:b", {"input_class": 2}),
    ]  # fmt: skip
    if country:
        nodes.append({**country, "level": "country"})
        edges.append(("PROVIDES", str(country["id"]), "product:b", {"share": 1.0}))
    rows = key_technologies(graph_of(memory, nodes, edges, f"home{next(_RUNS)}"), kind=Kind.PRODUCT).rows
    found = {row.id: (row.foreign_share, row.index, row.is_upper_bound) for row in rows}
    assert found["product:a"] == (0.0, 0.0, False)
    if country:
        assert found["product:b"] == (0.0, 0.0, False)


def test_a_country_that_is_not_known_makes_the_foreign_share_unknown(memory: GraphStore) -> None:
    makes: list[Edge] = [
        ("MAKES", "enterprise:e", "product:a", {"share": 0.4}),
        ("MAKES", "enterprise:f", "product:a", {"share": 0.6}),
    ]
    at: list[Edge] = [("LOCATED_IN", "enterprise:e", "place:japan"), ("LOCATED_IN", "enterprise:f", "place:park")]
    nodes: list[str | Item] = [
        "product:a",
        "enterprise:e",
        "enterprise:f",
        JAPAN,
        {"id": "place:park", "level": "district"},
    ]
    row = key_technologies(graph_of(memory, nodes, [*makes, *at], "park"), kind=Kind.PRODUCT).rows[0]
    assert (row.foreign_share, row.foreign_share_least, row.foreign_share_most) == (None, near(0.4), near(1.0))


def test_what_depends_on_it_is_followed_to_the_final_products(memory: GraphStore) -> None:
    row = technology(memory, [])
    assert (row.dependents, row.direct_products, row.final_products, row.final_names) == (3, 1, 1, ["c"])


def test_making_a_product_that_needs_a_technology_is_not_mastering_it(memory: GraphStore) -> None:
    edges: list[Edge] = [("MAKES", "enterprise:maker", "product:a"), ("RESEARCHES", "institute:i", "technology:t")]
    row = technology(memory, edges)
    assert (row.holders, row.makers_of_dependents, row.user_names) == (0, 1, ["maker"])
    assert (row.researchers, row.researcher_names) == (1, ["i"])
    assert "RESEARCHES|institute:i|technology:t" in row.evidence_ids


def test_only_the_list_by_default_and_all_when_asked(memory: GraphStore) -> None:
    store = graph(memory, [])
    assert [row.id for row in key_technologies(store).rows] == ["technology:t"]
    assert [row.id for row in key_technologies(store, key_only=False).rows] == ["technology:t", "technology:u"]
    answer = key_technologies(store, chain="y")
    assert (answer.rows, answer.looked_at) == ([], 0)
    assert answer.notes == [Text("key_technologies.note.none_listed")]


def test_the_measures_of_a_technology_do_not_depend_on_the_chain_asked_for(memory: GraphStore) -> None:
    also: list[Edge] = [("NEEDS", "product:d", "technology:t")]
    rows = [technology(memory, also, chain=chain) for chain in ("", "x", "y")]
    assert [(row.direct_products, row.dependents) for row in rows] == [(2, 4)] * 3
    assert rows[0] == rows[1] == rows[2]


def test_a_product_has_a_foreign_share_only_where_shares_by_country_are_known(memory: GraphStore) -> None:
    edges: list[Edge] = [
        ("PROVIDES", "place:japan", "product:a", {"share": 0.9}), ("PROVIDES", "place:110000", "product:a", {"share": 0.1}),
        ("MAKES", "enterprise:there", "product:a"), ("MAKES", "enterprise:here", "product:b"),
    ]  # fmt: skip
    rows = {row.id: row for row in key_technologies(graph(memory, edges), kind=Kind.PRODUCT).rows}
    assert (rows["product:a"].foreign_share, rows["product:b"].foreign_share) == (near(0.9), None)
    assert (rows["product:a"].researchers, rows["product:a"].makers_of_dependents) == (None, None)


def test_dependence_on_a_cycle_does_not_count_the_product_itself(memory: GraphStore) -> None:
    cycle: list[Edge] = [("INPUT_OF", "product:a", "product:b"), ("INPUT_OF", "product:b", "product:a")]
    rows = key_technologies(graph_of(memory, ["product:a", "product:b"], cycle, "cycle"), kind=Kind.PRODUCT).rows
    assert [(row.id, row.dependents, row.direct_products, row.final_products) for row in rows] == [
        ("product:a", 1, 1, 0), ("product:b", 1, 1, 0),
    ]  # fmt: skip


def test_a_product_that_is_only_substitutable_is_no_chokepoint(memory: GraphStore) -> None:
    edges: list[Edge] = [("INPUT_OF", "product:a", "product:b", {"input_class": 1})]
    rows = key_technologies(graph_of(memory, ["product:a", "product:b"], edges, "class"), kind=Kind.PRODUCT).rows
    assert {row.id: (row.is_essential, row.index) for row in rows} == {
        "product:a": (False, 0.0),
        "product:b": (None, 1.0),
    }


def test_unknown_names_are_refused_and_an_empty_graph_has_nothing(memory: GraphStore) -> None:
    with pytest.raises(UnknownName):
        key_technologies(graph(memory, []), chain="zz")
    answer = key_technologies(graph_of(memory, run_id="empty key"))
    assert (answer.rows, len(answer.notes)) == ([], 1)
