"""On how few sources things rest."""

from typing import Any

import pytest

from graph.errors import UnknownName
from graph.store import GraphStore
from graph.texts import Language, Text
from queries.questions.concentration import By, Concentration, What, concentration
from queries.registry import find_question
from tests.graphs import Edge, Item, graph_of, holding

PLACES: list[str | Item] = [
    {"id": "place:310000", "name_zh": "上海市", "level": "province"},
    {"id": "place:310117", "name_zh": "松江区", "level": "district", "in_corridor": True},
    {"id": "place:340000", "name_zh": "安徽省", "level": "province"},
    {"id": "place:340100", "name_zh": "合肥市", "level": "prefecture", "in_corridor": True},
    {"id": "place:110000", "name_zh": "北京市", "level": "province"},
    {"id": "place:country-japan", "name_zh": "日本", "level": "country"},
]
INSIDE: list[Edge] = [
    ("PART_OF", "place:310117", "place:310000"),
    ("PART_OF", "place:340100", "place:340000"),
]


def near(value: float) -> Any:
    """A number but for its rounding."""
    return pytest.approx(value)


def said(text: Text | None) -> str | None:
    return text.in_(Language.EN) if text else None


def graph(store: GraphStore, nodes: list[str | Item], edges: list[Edge]) -> GraphStore:
    """A graph with the places."""
    return holding(store, [*PLACES, *nodes], [*INSIDE, *edges])


def made(store: GraphStore, shares: dict[str, float | None], *more: Edge) -> GraphStore:
    """`product:a` made by enterprises with these shares: h in 合肥, s in 松江, b in 北京, n nowhere on record."""
    at = {"h": "place:340100", "s": "place:310117", "b": "place:110000", "j": "place:country-japan"}
    edges: list[Edge] = [("MAKES", f"enterprise:{e}", "product:a", {"share": share}) for e, share in shares.items()]
    edges += [("LOCATED_IN", f"enterprise:{e}", at[e[0]]) for e in shares if e[0] in at]
    nodes: list[str | Item] = ["chain:c", "product:a", "product:b", "technology:t"]
    return graph(store, [*nodes, *(f"enterprise:{e}" for e in shares)], [*edges, *more])


def first(store: GraphStore, **given: object) -> Concentration:
    return concentration(store, subjects=["a"], **given).rows[0]  # type: ignore[arg-type]


def test_known_shares_give_the_exact_hhi_its_effective_number_and_flip_margin(memory: GraphStore) -> None:
    row = first(made(memory, {"h": 0.6, "s": 0.4}), hhi_above=0.68)
    assert (row.hhi, row.is_hhi_exact, row.known_share) == (near(0.52), True, 1.0)
    assert row.effective_sources == near(1 / 0.52)
    # 0.8² + 0.2² = 0.68: either share must move by 0.2.
    assert (row.is_concentrated, row.flip_margin) == (False, near(0.2))
    assert (said(row.largest_source), row.largest_share) == ("h", near(0.6))


@pytest.mark.parametrize(
    ("shares", "least", "most"),
    [
        ({"h": 0.9, "s": None, "b": 0.02}, 0.9**2 + 0.02**2, 0.9**2 + 0.08**2 + 0.02**2),
        ({"h": None, "s": None}, 0.0, 1.0),
        ({"h": None}, 0.0, 1.0),
        ({"h": 0.02, "s": 0.02}, 0.0008, 0.0008 + 0.96**2),
        ({"h": 0.6, "s": 0.4}, 0.52, 0.52),
        ({"h": 0.9, "s": None, "b": None}, 0.9**2, 0.9**2 + 0.1**2),
        ({"h": 0.49, "s": 0.49}, 0.5, 0.5),
        ({"h": 1.2, "s": 0.4}, 0.75**2 + 0.25**2, 0.75**2 + 0.25**2),
        ({"h": 0.0, "s": 0.0}, 0.0, 1.0),
    ],
)
def test_known_shares_stand_and_what_they_leave_gives_the_least_and_the_most_hhi(
    memory: GraphStore, shares: dict[str, float | None], least: float, most: float
) -> None:
    row = first(made(memory, shares))
    assert (row.hhi, row.hhi_most) == (near(least), near(most))
    assert row.is_concentrated is (True if least > 0.4 else False if most <= 0.4 else None)


def test_one_unknown_share_leaves_the_known_largest_first(memory: GraphStore) -> None:
    row = first(made(memory, {"h": 0.9, "s": None, "b": 0.02}))
    assert (said(row.largest_source), row.largest_share, row.is_hhi_exact, row.known_share) == (
        "h",
        0.9,
        False,
        near(0.92),
    )
    assert row.source_names == ["h", "b", "s"]
    small = first(made(memory, {"h": 0.02, "s": 0.02}), hhi_above=0.0)
    assert (small.is_concentrated, small.largest_source, small.largest_share, small.is_hhi_exact) == (
        True,
        None,
        None,
        False,
    )


def test_who_is_largest_is_said_where_known_shares_leave_no_doubt_and_the_only_one_on_record_is_named(
    memory: GraphStore,
) -> None:
    two = first(made(memory, {"h": None, "s": None}))
    assert (two.largest_source, two.largest_share, two.largest_city, two.largest_city_share) == (None,) * 4
    headline = find_question("concentration").ask(memory, subjects=["a"]).headline.in_(Language.EN)
    assert two.is_concentrated is None and "none of the 1 listed can be said to be concentrated" in headline
    assert "of 1 too few shares are known" in headline
    one = first(made(memory, {"h": None}))
    assert (said(one.largest_source), one.largest_share, one.largest_city, one.effective_sources) == (
        "h",
        None,
        "合肥市",
        None,
    )
    away = first(made(memory, {"b": None}))
    assert (away.outside_share, away.outside_share_least, away.outside_share_most, away.is_dependent) == (
        None, 0.0, 1.0, None,
    )  # fmt: skip
    near_half = first(made(memory, {"h": 0.4, "s": 0.3, "b": None}))
    assert (near_half.largest_source, near_half.largest_share) == (None, None)


def test_enterprises_of_one_city_are_one_source_by_city(memory: GraphStore) -> None:
    store = made(memory, {"h1": 0.3, "h2": 0.3, "s": 0.4})
    row = first(store, by=By.CITY)
    assert (row.sources, row.groups, row.hhi) == (3, 2, near(0.36 + 0.16))
    assert (row.largest_city, row.largest_city_share) == ("合肥市", near(0.6))
    assert first(store).groups == 3


def test_songjiang_counts_to_the_city_of_shanghai_and_both_lie_in_china(memory: GraphStore) -> None:
    store = made(memory, {"s": None, "h": None, "j": None})
    assert first(store, by=By.CITY).source_names == ["h", "j", "s"]
    assert first(store, by=By.CITY).unplaced == 1  # the one of which only the country is known
    assert first(store, by=By.PROVINCE).groups == 3
    row = first(store, by=By.COUNTRY)
    assert (row.groups, row.largest_source, row.largest_share, row.unplaced) == (2, None, None, 0)


def test_an_enterprise_of_unknown_place_stands_alone_and_makes_the_hhi_a_least_value(memory: GraphStore) -> None:
    row = first(made(memory, {"h": 0.5, "n": 0.5}), by=By.CITY)
    assert (row.unplaced, row.groups, row.hhi, row.is_hhi_exact) == (1, 2, 0.5, False)
    assert (row.largest_city, row.largest_city_share) == ("合肥市", 0.5)


def test_places_that_provide_it_replace_its_makers_and_a_negligible_share_is_nothing(memory: GraphStore) -> None:
    provided: list[Edge] = [
        ("PROVIDES", "place:country-japan", "product:a", {"share": 0.8}),
        ("PROVIDES", "place:110000", "product:a", {"share": 0.2}),
        ("PROVIDES", "place:340000", "product:a", {"is_negligible": True}),
    ]
    store = made(memory, {"h": 1.0}, *provided)
    row = first(store, by=By.COUNTRY)
    assert (row.is_by_place, row.sources, row.groups) == (True, 3, 2)
    assert (row.hhi, row.is_hhi_exact) == (near(0.68), True)
    assert "PROVIDES|place:country-japan|product:a" in row.evidence_ids
    assert first(store).is_by_place is False


def test_a_place_too_wide_for_the_level_is_a_source_of_unknown_place_there(memory: GraphStore) -> None:
    provided: list[Edge] = [
        ("PROVIDES", "place:country-japan", "product:a", {"share": 0.9}),
        ("PROVIDES", "place:340100", "product:a", {"share": 0.1}),
    ]
    row = first(made(memory, {"h": 1.0}, *provided), by=By.CITY)
    # Nine tenths may come from any number of cities, or from one.
    assert (row.sources, row.unplaced, row.hhi, row.hhi_most, row.is_hhi_exact) == (2, 1, near(0.01), 1.0, False)
    assert (row.is_concentrated, row.outside_share, row.is_dependent) == (None, near(0.9), None)
    assert (said(row.largest_source), row.largest_city, row.largest_city_share) == (
        "日本 (place not known)",
        None,
        None,
    )
    alone = first(made(memory, {"h": 1.0}, provided[0]), by=By.CITY)
    assert (alone.sources, alone.is_dependent, alone.outside_share_least) == (1, None, near(0.9))
    assert first(made(memory, {"h": 1.0}, *provided), by=By.COUNTRY).is_dependent is True


def test_what_part_of_an_enterprise_here_and_elsewhere_is_here_is_not_known(memory: GraphStore) -> None:
    also: Edge = ("LOCATED_IN", "enterprise:h", "place:110000")
    row = first(made(memory, {"h": 0.7, "s": 0.3}, also))
    assert (row.outside_share, row.outside_share_least, row.outside_share_most) == (None, 0.0, near(0.7))
    assert (row.inside, row.outside, row.is_dependent) == (2, 0, None)
    assert first(made(memory, {"h": 0.2, "s": 0.8}, also)).is_dependent is False  # at most a fifth
    by_city = first(made(memory, {"h": 0.7, "s": 0.3}, also), by=By.CITY)
    assert (by_city.groups, by_city.hhi, by_city.hhi_most) == (2, near(0.49 / 2 + 0.09), 1.0)


def test_the_outside_share_is_judged_by_what_it_is_at_least_and_at_most(memory: GraphStore) -> None:
    row = first(made(memory, {"b": 0.9, "n": None}))
    assert (row.outside_share, row.outside_share_least, row.outside_share_most) == (None, near(0.9), near(1.0))
    assert (row.is_dependent, row.outside_hhi) == (True, near(0.81))
    rest = first(made(memory, {"b": 0.1, "h": 0.2}))
    assert (rest.outside_share_least, rest.outside_share_most, rest.is_dependent) == (near(0.1), near(0.8), None)


def test_sources_count_from_a_confidence_on(memory: GraphStore) -> None:
    store = graph(memory, ["product:a", "enterprise:h", "enterprise:s"], [
        ("MAKES", "enterprise:h", "product:a", {"share": 0.5, "confidence": 0.9}),
        ("MAKES", "enterprise:s", "product:a", {"share": 0.5, "confidence": 0.4}),
    ])  # fmt: skip
    row = first(store, min_confidence=0.6)
    assert (row.sources, row.known_share, row.hhi, row.hhi_most) == (1, 0.5, near(0.25), near(0.5))


def test_dependency_needs_few_sources_outside_a_large_share_and_a_large_ratio(memory: GraphStore) -> None:
    row = first(made(memory, {"h": 0.25, "b": 0.75}))
    assert (row.outside_share, row.outside_hhi, row.outside_to_inside) == (0.75, 1.0, 3.0)
    assert (row.is_dependent, row.outside_flip_margin) == (True, near(0.25))
    assert first(made(memory, {"h": 0.25, "b": 0.75}), outside_ratio_above=3).is_dependent is False
    alone = first(made(memory, {"b": None}))
    assert (alone.outside_share, alone.outside_to_inside, alone.is_dependent) == (None, None, None)
    unknown = first(made(memory, {"b": None, "h": None}))
    assert (unknown.outside_share, unknown.is_dependent) == (None, None)
    assert first(made(memory, {"n": 0.5, "b": 0.5})).is_dependent is None


def test_a_maker_of_a_narrower_product_is_a_source_of_unknown_share(memory: GraphStore) -> None:
    also: list[Edge] = [("KIND_OF", "product:b", "product:a"), ("MAKES", "enterprise:h", "product:b", {"share": 1.0})]
    row = first(graph(memory, ["product:a", "product:b", "enterprise:h"], also))
    assert (row.sources, row.known_share, row.is_hhi_exact) == (1, 0.0, False)


def test_a_technology_rests_on_those_who_master_it_and_a_chain_on_all_its_makers(memory: GraphStore) -> None:
    edges: list[Edge] = [
        ("MASTERS", "enterprise:h", "technology:t"), ("PART_OF", "product:a", "chain:c"),
        ("PART_OF", "product:b", "chain:c"), ("MAKES", "enterprise:h", "product:b"),
    ]  # fmt: skip
    store = made(memory, {"h": None, "s": None}, *edges)
    row = concentration(store, what=What.TECHNOLOGY).rows[0]
    assert (row.sources, row.hhi, row.downstream, row.is_essential) == (1, 0.0, None, None)
    row = concentration(store, what=What.CHAIN, chain="c").rows[0]
    # b rests on h, a on h and s: if alike 3/4 and 1/4, but by no known share.
    assert (row.sources, row.largest_source, row.largest_share) == (2, None, None)
    assert (row.hhi, row.hhi_most, row.hhi_alike, row.is_hhi_exact) == (0.0, 1.0, 0.625, False)


def test_what_known_shares_decide_comes_before_what_has_few_makers_on_record_alone(memory: GraphStore) -> None:
    answer = find_question("concentration").ask(
        made(memory, {"h": 0.7, "s": None}, ("MAKES", "enterprise:s", "product:b"))
    )
    rows: list[Concentration] = answer.rows  # type: ignore[attr-defined]
    assert [(row.subject_id, row.is_concentrated) for row in rows] == [("product:a", True), ("product:b", None)]
    assert answer.headline.in_(Language.EN) == (
        "By known shares 1 of 2 listed are concentrated and 0 depend on outside; of 1 too few shares are known to say; "
        "first a, of which h has 70%."
    )


def test_what_nobody_is_on_record_for_comes_last_and_has_no_index(memory: GraphStore) -> None:
    answer = concentration(made(memory, {"h": None, "s": None, "b": None}))
    assert [row.subject_id for row in answer.rows] == ["product:a", "product:b"]
    row = answer.rows[1]
    assert (row.sources, row.hhi, row.is_concentrated, row.is_dependent, row.effective_sources) == (0,) + (None,) * 4
    assert "concentration.note.silent" in [note.id for note in answer.notes]


def test_unknown_names_are_refused_and_an_empty_graph_has_nothing(memory: GraphStore) -> None:
    with pytest.raises(UnknownName):
        concentration(made(memory, {"h": None}), subjects=["zz"])
    assert concentration(graph_of(memory, run_id="empty")).rows == []


def with_plants(store: GraphStore, own: dict[str, Any], *plants: tuple[str, str, float | None]) -> GraphStore:
    """`product:a` made by e of 北京, of which these plants are: name, place and share; and by s of 松江."""
    edges: list[Edge] = [
        ("MAKES", "enterprise:e", "product:a", own), ("LOCATED_IN", "enterprise:e", "place:110000"),
        ("MAKES", "enterprise:s", "product:a", {"share": 0.4}), ("LOCATED_IN", "enterprise:s", "place:310117"),
    ]  # fmt: skip
    for plant, at, share in plants:
        edges += [
            ("OPERATES", "enterprise:e", f"plant:{plant}"), ("LOCATED_IN", f"plant:{plant}", at),
            ("MAKES", f"plant:{plant}", "product:a", {"share": share}),
        ]  # fmt: skip
    nodes: list[str | Item] = ["product:a", "enterprise:e", "enterprise:s", *(f"plant:{one[0]}" for one in plants)]
    return graph(store, nodes, edges)


def test_makers_count_where_their_plants_are_and_not_at_the_seat(memory: GraphStore) -> None:
    row = first(with_plants(memory, {"share": 0.6}, ("p", "place:340100", None)), by=By.CITY, places=["合肥市"])
    assert (row.groups, row.hhi, row.is_hhi_exact, row.largest_city) == (2, near(0.52), True, "合肥市")
    assert (row.inside, row.outside, row.outside_share) == (1, 1, near(0.4))
    assert "LOCATED_IN|plant:p|place:340100" in row.evidence_ids
    assert "LOCATED_IN|enterprise:e|place:110000" not in row.evidence_ids


def test_plants_of_known_share_are_sources_of_their_own_by_place_and_one_by_enterprise(memory: GraphStore) -> None:
    store = with_plants(memory, {"share": 0.5}, ("p", "place:340100", 0.4), ("q", "place:110000", 0.2))
    row = first(store, by=By.CITY)
    assert (row.sources, row.groups, row.hhi, row.is_hhi_exact) == (3, 3, near(0.16 + 0.16 + 0.04), True)
    row = first(store)
    # Their shares are added up, whatever the enterprise's own says.
    assert (row.sources, row.hhi, said(row.largest_source), row.largest_share) == (2, near(0.52), "e", near(0.6))


def test_how_a_known_share_is_divided_over_plants_is_not_known_by_place(memory: GraphStore) -> None:
    store = with_plants(memory, {"share": 0.6}, ("p", "place:340100", None), ("q", "place:110000", None))
    row = first(store, by=By.CITY)
    assert (row.sources, row.known_share, row.hhi, row.hhi_most) == (2, near(1.0), near(0.18 + 0.16), 1.0)
    assert first(store).hhi == near(0.52)
    assert "MAKES|enterprise:e|product:a" in first(store).evidence_ids


def test_a_plant_of_unknown_place_leaves_open_where_its_maker_makes_it(memory: GraphStore) -> None:
    row = first(
        with_plants(memory, {"share": 0.6}, ("p", "place:340100", None), ("q", "place:340000", None)), by=By.CITY
    )
    assert (row.unplaced, row.is_hhi_exact, row.hhi) == (1, False, near(0.18 + 0.16))


def test_enterprises_that_one_controls_are_one_source_by_group(memory: GraphStore) -> None:
    owns: Edge = ("OWNS", "enterprise:h1", "enterprise:h2", {"share": 0.8})
    store = made(memory, {"h1": 0.3, "h2": 0.3, "s": 0.4}, owns)
    row = first(store, by=By.GROUP)
    assert (row.sources, row.groups, row.hhi, said(row.largest_source)) == (3, 2, near(0.36 + 0.16), "h1")
    assert first(store).groups == 3
    answer = concentration(store, by=By.GROUP)
    assert answer.conventions[0].in_(Language.EN) == "Sources are counted by group."


def test_the_most_sources_that_may_be_is_no_number_of_sources(memory: GraphStore) -> None:
    assert first(made(memory, {"h": None, "s": None})).effective_sources is None
    assert first(made(memory, {"h": 1.0})).effective_sources == 1.0
