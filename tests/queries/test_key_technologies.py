"""Chokepoints: what much depends on, that comes from few and abroad, and that nobody is near."""

from typing import Any

import pytest

from graph.errors import UnknownName
from graph.store import GraphStore
from graph.texts import Language, Text
from queries.questions.key_technologies import Group, KeyTechnology, Kind, Part, key_technologies
from tests.graphs import Edge, Item, graph_of, holding

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
    return holding(store, nodes, edges)


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
    assert (row.index_least, row.index, row.index_most) == (near(0.8 * 2 / 3), None, near(0.8))
    assert (row.index_middle, row.unknown_parts) == (near(0.8 * 5 / 6), [])
    assert row.index_text.in_(Language.EN) == "0.53–0.8"
    assert (row.near, row.near_names, row.elsewhere_names) == (1, ["maker"], ["there"])


def test_what_is_not_known_makes_an_interval_and_is_named(memory: GraphStore) -> None:
    row = technology(memory, [])
    assert (row.index, row.index_least, row.index_most, row.hhi, row.relatedness) == (None, 0.0, 1.0, None, None)
    assert (row.group, row.index_middle, row.foreign_text) == (Group.NOT_RANKED, None, None)
    assert row.unknown_parts == [Part.FOREIGN_SHARE, Part.HOLDERS, Part.RELATEDNESS]


def test_two_holders_of_unknown_shares_halve_it_at_most_wherever_they_are(memory: GraphStore) -> None:
    held: list[Edge] = [("MASTERS", "enterprise:here", "technology:t"), ("MASTERS", "enterprise:there", "technology:t")]
    row = technology(memory, held, 0.8)
    assert (row.index_most, row.hhi, row.hhi_most, row.is_hhi_exact) == (near(0.8), 0.5, 1.0, False)
    assert (row.holders, row.holders_elsewhere, row.holder_names) == (1, 1, ["here"])


def test_nothing_from_abroad_is_no_chokepoint_whatever_else_is_unknown(memory: GraphStore) -> None:
    row = technology(memory, [], 0.0)
    assert (row.index, row.index_most) == (0.0, 0.0)


def test_the_index_is_not_nothing_because_the_only_holder_has_a_neighbour(memory: GraphStore) -> None:
    edges: list[Edge] = [
        ("MASTERS", "enterprise:there", "technology:t"), ("MAKES", "enterprise:there", "product:b"),
        ("MAKES", "enterprise:maker", "product:b"),
    ]  # fmt: skip
    row = technology(memory, edges, 0.8)
    # The maker makes all that goes with it and still does not hold it.
    assert (row.relatedness, row.index_least, row.index, row.index_most) == (1.0, 0.0, None, near(0.8))


def test_what_is_known_to_be_high_comes_before_what_only_unknown_parts_put_on_top(memory: GraphStore) -> None:
    edges: list[Edge] = [
        ("MASTERS", "enterprise:there", "technology:t"), ("MAKES", "enterprise:there", "product:b"),
        ("MAKES", "enterprise:there", "product:c"), ("MAKES", "enterprise:maker", "product:b"),
    ]  # fmt: skip
    rows = key_technologies(graph(memory, edges, 0.5), key_only=False).rows
    assert [(row.id, row.index_least, row.index_most) for row in rows] == [
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
    nodes: list[str | Item] = ["product:a", "product:b", {"id": "enterprise:e", "control_country": "CHN"}, HEFEI, JAPAN]
    edges: list[Edge] = [
        ("LOCATED_IN", "enterprise:e", "place:340100"), ("MAKES", "enterprise:e", "product:a", {"share": 1.0}),
        ("INPUT_OF", "product:a", "product:b", {"input_class": 2}),
    ]  # fmt: skip
    if country:
        nodes.append({**country, "level": "country"})
        edges.append(("PROVIDES", str(country["id"]), "product:b", {"share": 1.0}))
    rows = key_technologies(graph_of(memory, nodes, edges, f"home{next(_RUNS)}"), kind=Kind.PRODUCT).rows
    found = {row.id: (row.foreign_share, row.index) for row in rows}
    assert found["product:a"] == (0.0, 0.0)
    if country:
        assert found["product:b"] == (0.0, 0.0)


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
    assert {row.id: (row.is_essential, row.index, row.group) for row in rows} == {
        "product:a": (False, 0.0, Group.RANKED),
        "product:b": (None, None, Group.NOT_RANKED),
    }


def test_unknown_names_are_refused_and_an_empty_graph_has_nothing(memory: GraphStore) -> None:
    with pytest.raises(UnknownName):
        key_technologies(graph(memory, []), chain="zz")
    answer = key_technologies(graph_of(memory, run_id="empty key"))
    assert (answer.rows, len(answer.notes)) == ([], 1)


def listed(store: GraphStore, shares: dict[str, Item], uses: dict[str, int]) -> GraphStore:
    """Technologies of the list with what is known of their foreign share, each needed by so many products."""
    nodes: list[str | Item] = [{"id": f"technology:{one}", "is_key": True, **known} for one, known in shares.items()]
    needs: list[Edge] = [
        ("NEEDS", f"product:{one}{n}", f"technology:{one}") for one, count in uses.items() for n in range(count)
    ]
    return holding(store, [*nodes, *(edge[1] for edge in needs)], needs)


def test_the_foreign_share_is_the_interval_on_record_with_its_basis_and_year(memory: GraphStore) -> None:
    told: Item = {
        "foreign_share": 0.9,
        "foreign_share_max": 1.0,
        "foreign_basis": "not_localised",
        "foreign_year": 2024,
    }
    shares: dict[str, Item] = {"a": told, "b": {"foreign_share_max": 0.25}, "c": {"foreign_share_min": 0.5}}
    answer = key_technologies(listed(memory, shares, {"a": 1, "b": 1, "c": 1}))
    assert [(row.id[-1], row.foreign_share_least, row.foreign_share_most, row.foreign_share) for row in answer.rows] == [
        ("a", 0.9, 1.0, None), ("c", 0.5, 1.0, None), ("b", 0.0, 0.25, None),
    ]  # fmt: skip
    said = [row.foreign_text for row in answer.rows]
    assert [one.in_(Language.EN) for one in said if one] == [
        "90–100% (1 − localisation, 2024)", "50–100% (basis not known)", "0–25% (basis not known)",
    ]  # fmt: skip
    assert next(one.in_(Language.ZH) for one in said if one) == "90–100%（1−国产化率，2024）"
    assert all(Part.FOREIGN_SHARE not in row.unknown_parts for row in answer.rows)


def test_what_nothing_bounds_is_not_ranked_and_comes_after_the_least_that_is_known(memory: GraphStore) -> None:
    shares: dict[str, Item] = {
        "a": {},
        "b": {"foreign_share": 0.01},
        "c": {},
        "d": {"foreign_share": 0.9},
        "e": {"foreign_share": 0.5},
    }
    answer = key_technologies(listed(memory, shares, {"a": 1, "b": 1, "c": 2, "d": 1, "e": 1}))
    assert [(row.id[-1], row.group.value) for row in answer.rows] == [
        ("d", "ranked"), ("e", "ranked"), ("b", "ranked"), ("c", "not_ranked"), ("a", "not_ranked"),
    ]  # fmt: skip
    said = answer.notes[0].in_(Language.EN)
    assert said.startswith("Cannot rank: of 5 rows 2 cannot be told apart; lacking: holders in 5 (see: annual reports")
    assert "foreign share in 2 (see: prospectus" in said


def test_what_is_known_alike_is_tied_until_more_depends_on_one(memory: GraphStore) -> None:
    shares: dict[str, Item] = {one: {"foreign_share": 0.9} for one in "abc"}
    answer = key_technologies(listed(memory, shares, {"a": 1, "b": 1, "c": 2}))
    assert [(row.id[-1], row.group.value) for row in answer.rows] == [("c", "ranked"), ("a", "tied"), ("b", "tied")]
    assert answer.notes[0].in_(Language.ZH).startswith("无法排名：所问 3 行中 2 行不能区分")
    apart = key_technologies(listed(memory, shares, {"a": 1, "b": 3, "c": 2}))
    assert [row.id[-1] for row in apart.rows] == ["b", "c", "a"]
    assert not any("Cannot rank" in note.in_(Language.EN) for note in apart.notes)


def test_what_is_left_out_of_an_answer_that_is_cut_is_counted_among_what_cannot_be_ranked(memory: GraphStore) -> None:
    shares: dict[str, Item] = {"a": {"foreign_share": 0.5}, "b": {}, "c": {}}
    answer = key_technologies(listed(memory, shares, {"a": 1, "b": 1, "c": 1}), limit=1)
    assert [row.id[-1] for row in answer.rows] == ["a"]
    assert answer.notes[0].in_(Language.EN).startswith("Cannot rank: of 3 rows 2 cannot be told apart")


def made_here(store: GraphStore, control_country: str | None, **recorded: Any) -> KeyTechnology:
    """`product:a`, all of which one enterprise in 合肥 makes."""
    nodes: list[str | Item] = [
        HEFEI, JAPAN, {"id": "product:a", **recorded}, {"id": "enterprise:e", "control_country": control_country},
    ]  # fmt: skip
    edges: list[Edge] = [
        ("LOCATED_IN", "enterprise:e", "place:340100"), ("MAKES", "enterprise:e", "product:a", {"share": 1.0}),
    ]  # fmt: skip
    return key_technologies(holding(store, nodes, edges), kind=Kind.PRODUCT).rows[0]


@pytest.mark.parametrize(
    ("country", "share", "apart"), [("CHN", 0.0, "0"), (None, None, "0–1"), ("JPN", None, "1"), ("TWN", None, "1")]
)
def test_a_maker_here_that_is_or_may_be_controlled_from_abroad_does_not_end_dependence(
    memory: GraphStore, country: str | None, share: float | None, apart: str
) -> None:
    row = made_here(memory, country)
    assert (row.foreign_share, row.holders, row.holders_foreign_text) == (share, 1, Text.both(apart, apart))


def test_of_makers_here_each_share_counts_by_what_is_known_of_its_control(memory: GraphStore) -> None:
    nodes: list[str | Item] = [HEFEI, JAPAN, "product:a", "enterprise:abroad", "enterprise:unknown"]
    nodes += [
        {"id": "enterprise:ours", "control_country": "CHN"},
        {"id": "enterprise:theirs", "control_country": "JPN"},
    ]
    shares = {"ours": 0.5, "unknown": 0.2, "theirs": 0.125, "abroad": 0.125}
    edges: list[Edge] = [("MAKES", f"enterprise:{who}", "product:a", {"share": share}) for who, share in shares.items()]
    edges += [("LOCATED_IN", f"enterprise:{who}", "place:340100") for who in ("ours", "unknown", "theirs")]
    edges += [("LOCATED_IN", "enterprise:abroad", "place:japan")]
    row = key_technologies(graph_of(memory, nodes, edges, "control"), kind=Kind.PRODUCT).rows[0]
    assert (row.foreign_share_least, row.foreign_share_most) == (0.125, 0.5)


def test_a_place_that_provides_is_of_its_country_whoever_controls_who_makes_it_there(memory: GraphStore) -> None:
    nodes: list[str | Item] = [HEFEI, JAPAN, "product:a"]
    edges: list[Edge] = [("PROVIDES", "place:340100", "product:a", {"share": 1.0})]
    row = key_technologies(graph_of(memory, nodes, edges, "place"), kind=Kind.PRODUCT).rows[0]
    assert row.foreign_share == 0.0


def test_the_foreign_share_on_record_of_a_product_replaces_what_its_makers_say(memory: GraphStore) -> None:
    row = made_here(memory, "CHN", foreign_share_min=0.6, foreign_share_max=0.7, foreign_basis="imports")
    assert (row.foreign_share_least, row.foreign_share_most, row.foreign_basis) == (0.6, 0.7, "imports")
    assert made_here(memory, "CHN").foreign_text == Text(
        "key_technologies.foreign", share=Text.both("0", "0"), basis=Text("key_technologies.basis.derived")
    )


def test_a_product_is_held_where_its_plants_are_and_not_at_the_seat(memory: GraphStore) -> None:
    nodes: list[str | Item] = [HEFEI, BEIJING, JAPAN, "product:a", "enterprise:e", "plant:p"]
    edges: list[Edge] = [
        ("LOCATED_IN", "enterprise:e", "place:340100"), ("MAKES", "enterprise:e", "product:a", {"share": 1.0}),
        ("OPERATES", "enterprise:e", "plant:p"), ("MAKES", "plant:p", "product:a"), ("LOCATED_IN", "plant:p", "place:japan"),
    ]  # fmt: skip
    row = key_technologies(graph_of(memory, nodes, edges, "abroad"), kind=Kind.PRODUCT).rows[0]
    assert (row.foreign_share, row.holders, row.elsewhere_names) == (1.0, 0, ["e"])
