"""What a city could add next."""

from math import cos, pi
from statistics import fmean, pstdev
from typing import Any

import pytest

from graph.errors import AmbiguousName, UnknownName
from graph.store import GraphStore
from graph.texts import Text
from queries.questions.next_products import NextProduct, next_products
from queries.verdicts import Verdict
from tests.graphs import Edge, Item, graph_of, holding

pytestmark = pytest.mark.slow

_RUNS = iter(range(10_000))
CITIES: list[str | Item] = [{"id": f"place:{c}", "level": "prefecture", "in_corridor": True} for c in "xyz"]


def near(value: float) -> Any:
    """A number but for its rounding."""
    return pytest.approx(value)


def graph(store: GraphStore, made: dict[str, str], *more: Edge) -> GraphStore:
    """Enterprises by name with what they make; the first letter of a name is the city it is in."""
    nodes: list[str | Item] = [
        *CITIES,
        "chain:c",
        *(f"product:{p}" for p in "abcdn"),
        *(f"enterprise:{e}" for e in made),
    ]
    edges: list[Edge] = [("MAKES", f"enterprise:{e}", f"product:{p}") for e, products in made.items() for p in products]
    edges += [("LOCATED_IN", f"enterprise:{e}", f"place:{e[0]}") for e in made if e[0] in "xyz"]
    return holding(store, nodes, [*edges, *more])


def rows(store: GraphStore, **given: Any) -> dict[str, NextProduct]:
    return {row.product_id[-1]: row for row in next_products(store, city="x", **given).rows}


def test_density_is_the_part_of_what_is_near_that_the_city_has(memory: GraphStore) -> None:
    # x: a; y: a, b; z: b, c. By counts RCA ≥ 1: x a 2.5, y a 1.25, y b 1.25, z b 1.25, z c 2.5.
    found = rows(graph(memory, {"x1": "a", "y1": "ab", "z1": "bc"}))
    assert sorted(found) == ["b", "c", "d", "n"]
    # φ(b, a) = 1/2, φ(b, c) = 1/2, of which x has a; nothing that x has goes with c.
    assert (found["b"].density, found["c"].density, found["d"].density) == (near(0.5), 0.0, None)
    assert (found["b"].rca, found["b"].makers_here, found["b"].cities, found["b"].makers) == (0.0, 0, 2, 2)


def test_who_in_the_city_makes_what_goes_with_it_is_near(memory: GraphStore) -> None:
    found = rows(graph(memory, {"x1": "a", "x2": "d", "y1": "ab", "z1": "bc"}))
    assert (found["b"].near_names, found["b"].near, found["b"].near_density) == (["x1"], 1, near(0.5))
    assert "MAKES|enterprise:x1|product:a" in found["b"].evidence_ids
    assert (found["n"].near_names, found["n"].near_density) == ([], None)


def test_gaps_are_judged_in_the_places_and_not_on_record_is_not_known(memory: GraphStore) -> None:
    found = rows(graph(memory, {"x1": "a", "y1": "b", "q": "d"}, ("LOCATED_IN", "enterprise:q", "place:x")))
    assert (found["b"].verdict, found["b"].fills_gap) == (Verdict.SINGLE_SOURCE, True)
    assert (found["n"].verdict, found["n"].fills_gap, found["n"].is_lower_bound) == (Verdict.NOT_ON_RECORD, None, True)


def test_complexity_gain_is_measured_from_what_the_city_has(memory: GraphStore) -> None:
    # Cities and products form a path x a y b z c: the second eigenvector is cos(iπ/5) along it, turned so that y and z,
    # which have two products, are the more complex: a −cos 36°, b cos 72°, c 1, standardised.
    found = rows(graph(memory, {"x1": "a", "y1": "ab", "z1": "bc"}))
    raw = [-cos(pi / 5), cos(2 * pi / 5), 1.0]
    a, b, c = ((value - fmean(raw)) / pstdev(raw) for value in raw)
    gain = {name: row.complexity_gain for name, row in found.items()}
    assert (found["b"].pci, found["c"].pci) == (near(b), near(c))
    assert (gain["b"], gain["c"]) == (near(b - a), near(c - a))
    assert (found["b"].complexity_part, found["c"].complexity_part) == (near(0.0), near(1.0))
    assert (gain["n"], found["n"].complexity_part) == (None, None)


def test_the_score_is_the_weighted_mean_of_its_parts(memory: GraphStore) -> None:
    store = graph(memory, {"x1": "a", "y1": "ab", "z1": "bc"})
    only = {"near_weight": 0.0, "complexity_weight": 0.0, "gap_weight": 0.0}
    assert rows(store, **only)["b"].score == near(0.5)
    row = rows(store)["b"]
    assert row.density is not None and row.near_density is not None and row.complexity_part is not None
    whole = 0.4 * row.density + 0.2 * row.near_density + 0.1 * row.complexity_part + 0.3 * bool(row.fills_gap)
    assert row.score == near(whole)
    assert rows(store, density_weight=0.0, **only)["b"].score == 0


def test_where_complexity_is_not_identified_it_is_not_known_and_the_answer_says_why(memory: GraphStore) -> None:
    answer = next_products(graph(memory, {"x1": "a", "y1": "b"}), city="x")
    assert {row.pci for row in answer.rows} == {None}
    assert Text("next_products.no_complexity.apart") in answer.notes


def test_where_diversity_does_not_tell_the_sign_complexity_is_not_known(memory: GraphStore) -> None:
    # Each city has an advantage in both of its two products, so that none is more diverse than another.
    answer = next_products(graph(memory, {"x1": "ab", "y1": "bc", "z1": "cd"}), city="x")
    assert {row.pci for row in answer.rows} == {None}
    assert Text("next_products.no_complexity.sign") in answer.notes
    assert Text("next_products.complexity_means") in answer.conventions


def test_makers_below_the_confidence_asked_for_do_not_count(memory: GraphStore) -> None:
    nodes = [*CITIES, "product:a", "product:b", *(f"enterprise:{c}" for c in "xyz")]
    sure: list[Edge] = [("MAKES", f"enterprise:{e}", f"product:{p}", {"confidence": 0.9})
                        for e, p in ("xa", "ya", "yb", "zb")]  # fmt: skip
    located: list[Edge] = [("LOCATED_IN", f"enterprise:{c}", f"place:{c}") for c in "xyz"]
    unsure: Edge = ("MAKES", "enterprise:x", "product:b", {"confidence": 0.01})
    graph_of(memory, nodes, [*sure, *located, unsure], f"next{next(_RUNS)}")
    found = {row.product_id: row for row in next_products(memory, city="x", min_confidence=0.5).rows}
    assert (found["product:b"].makers_here, found["product:b"].makers) == (0, 2)
    assert Text("makers.least_confidence", least=0.5) in next_products(memory, city="x", min_confidence=0.5).conventions


def test_a_narrower_kind_only_does_not_fill_the_gap(memory: GraphStore) -> None:
    found = rows(graph(memory, {"x1": "a", "y1": "b", "z1": "b"}, ("KIND_OF", "product:b", "product:n")))
    assert (found["n"].verdict, found["n"].fills_gap) == (Verdict.NARROWER_ONLY, True)


def test_without_a_corridor_all_cities_are_compared_and_a_province_is_none(memory: GraphStore) -> None:
    nodes: list[str | Item] = [{"id": f"place:{c}", "level": "prefecture"} for c in "xy"]
    nodes += [{"id": "place:p", "level": "province"}, "product:a", "product:b", "enterprise:1", "enterprise:2"]
    edges: list[Edge] = [("MAKES", "enterprise:1", "product:a"), ("LOCATED_IN", "enterprise:1", "place:x"),
                         ("MAKES", "enterprise:2", "product:b"), ("LOCATED_IN", "enterprise:2", "place:y")]  # fmt: skip
    graph_of(memory, nodes, edges, "next everywhere")
    answer = next_products(memory, city="x")
    assert [(row.product_id, row.cities, row.makers) for row in answer.rows] == [("product:b", 1, 1)]
    assert Text("scope.no_corridor") in answer.conventions
    province = next_products(memory, city="place:p")
    assert (province.rows, len(province.notes)) == ([], 1)


def test_one_place_that_is_named_is_the_city_and_of_several_one_is_asked_for(memory: GraphStore) -> None:
    store = graph(memory, {"x1": "a", "y1": "ab", "z1": "bc"})
    assert next_products(store, places=["x"]).rows == next_products(store, city="x").rows != []
    for places in ([], ["x", "y"], ["corridor"], ["全部"]):
        assert next_products(store, places=places).notes == [Text("next_products.note.which_city")]


def test_a_name_of_several_is_refused_with_the_choices(memory: GraphStore) -> None:
    twice: list[str | Item] = [{"id": f"place:{c}", "name_zh": "甲", "in_corridor": True} for c in "xy"]
    with pytest.raises(AmbiguousName, match="place:y"):
        next_products(graph_of(memory, twice, [], "next twice"), city="甲")


def test_a_place_within_a_compared_one_is_answered_for_by_that(memory: GraphStore) -> None:
    store = graph(memory, {"x1": "a", "y1": "ab", "z1": "bc"}, ("PART_OF", "place:y", "place:x"))
    answer = next_products(store, city="y")
    assert answer.notes[0] == Text("next_products.note.within", place="y", city="x")


def test_unknown_names_are_refused_and_a_city_that_makes_nothing_is_near_to_nothing(memory: GraphStore) -> None:
    store = graph(memory, {"y1": "ab", "z1": "bc"})
    with pytest.raises(UnknownName):
        next_products(store, city="zz")
    found = rows(store)
    assert (found["b"].density, found["b"].near, found["b"].complexity_gain) == (0.0, 0, None)
    empty = next_products(graph_of(memory, CITIES, run_id="next empty"), city="x")
    assert (empty.rows, empty.looked_at) == ([], 0)
