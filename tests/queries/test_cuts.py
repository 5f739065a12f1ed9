"""What a chain hangs on: sole makers, least cuts, joints and bridges of small chains that one can draw."""

from random import Random

import pytest

from graph.errors import AmbiguousName, UnknownName
from graph.store import GraphStore
from graph.texts import Language, Text
from queries.questions.cuts import Cut, CutsAnswer, Role
from queries.saved import question_named
from tests.graphs import Edge, Item, graph_of
from tests.oracle import facts_of
from tests.queries.random_graphs import random_batches
from tests.queries.test_agreement import by_oracle, plain, what_if

# ore (a, b) → steel (c) → car (d, e); paint (f, g) → car; glass → car, which nobody makes on record.
NODES: list[str | Item] = [
    *(f"product:{name}" for name in ("ore", "steel", "car", "paint", "glass")),
    *(f"enterprise:{name}" for name in "abcdefg"),
    {"id": "place:hefei", "in_corridor": True}, {"id": "place:far", "in_corridor": False},
]  # fmt: skip
ESSENTIAL: Item = {"input_class": 2}
EDGES: list[Edge] = [
    ("INPUT_OF", "product:ore", "product:steel", ESSENTIAL),
    ("INPUT_OF", "product:steel", "product:car", ESSENTIAL),
    ("INPUT_OF", "product:paint", "product:car", ESSENTIAL),
    ("INPUT_OF", "product:glass", "product:car"),
    *(("MAKES", f"enterprise:{e}", f"product:{p}")
      for e, p in (("a", "ore"), ("b", "ore"), ("c", "steel"), ("d", "car"), ("e", "car"), ("f", "paint"), ("g", "paint"))),
]  # fmt: skip


def cut(
    store: GraphStore, run_id: str = "car", edges: list[Edge] = EDGES, product: str = "car", **given: object
) -> CutsAnswer:
    graph_of(store, NODES, edges, f"cuts-{run_id}")
    answer = question_named("cuts").ask(store, **{"product": product, "places": ["全部"], **given})
    assert isinstance(answer, CutsAnswer)
    return answer


def row_of(answer: CutsAnswer, id_: str) -> Cut:
    return next(row for row in answer.rows if row.id == id_)


def test_the_sole_maker_of_an_input_stops_the_product(memory: GraphStore) -> None:
    answer = cut(memory)
    assert (answer.fewest, answer.fewest_products, answer.without_maker) == (1, ["steel"], 1)
    row = answer.rows[0]
    assert (row.id, row.sole_products, row.severed, row.severs_target) == (
        "enterprise:c",
        ["steel"],
        ["car", "steel"],
        True,
    )
    assert Role.SOLE_MAKER in row.roles
    assert Role.LEAST_CUT in row.roles
    assert row.evidence_ids == ["enterprise:c", "MAKES|enterprise:c|product:steel"]
    assert not any(row.severs_target for row in answer.rows if row.id in ("enterprise:a", "enterprise:f"))


def test_where_each_has_another_maker_no_single_stop_is_named(memory: GraphStore) -> None:
    answer = cut(memory, "pair", product="ore")
    assert [row.severs for row in answer.rows] == [0, 0]
    assert answer.headline.in_(Language.EN).startswith("Everywhere: No product stops with any one of them")


def test_ways_that_share_no_enterprise_are_counted_for_each_input(memory: GraphStore) -> None:
    said = [(s.name_zh, s.makers, s.ways, s.cut) for s in cut(memory).sources]
    # Of the product itself: two makers, and two ways to them, whichever input they come by.
    assert (said[0][:3], len(said[0][3])) == (("car", 2, 2), 2)
    assert said[1:] == [("steel", 1, 1, ["c"]), ("paint", 2, 2, ["f", "g"]), ("glass", 0, None, [])]


def test_all_ways_of_one_input_pass_its_maker(memory: GraphStore) -> None:
    answer = cut(memory, product="steel")
    assert {row.id for row in answer.rows if Role.ON_EVERY_WAY in row.roles} == {"enterprise:c", "product:ore"}
    assert {row.id for row in answer.rows if Role.ARTICULATION in row.roles} == {"enterprise:c", "product:ore"}
    # a and b each hang on ore alone, ore on c, c on steel.
    assert row_of(answer, "enterprise:a").bridges_to == ["ore"]
    # Of 4 · 3 ordered pairs of others six have a shortest way through ore: none from it, those from a and b to c and steel.
    assert row_of(answer, "product:ore").betweenness == pytest.approx(4 / 12)


def test_an_input_of_unknown_class_may_be_left_out(memory: GraphStore) -> None:
    answer = cut(memory, unknown_is_needed=False)
    assert answer.without_maker == 0
    assert [s.name_zh for s in answer.sources] == ["car", "steel", "paint"]


def test_equipment_is_left_out_unless_a_lag_is_given(memory: GraphStore) -> None:
    equipment: Item = {"input_class": 2, "input_kind": "equipment"}
    edges = [(*e[:3], equipment) if e[1] == "product:paint" and e[0] == "INPUT_OF" else e for e in EDGES]
    answer = cut(memory, "equipment", edges)
    assert [s.name_zh for s in answer.sources] == ["car", "steel", "glass"]
    assert Text("common.equipment.left_out", inputs=1, days=None) in answer.conventions
    answer = cut(memory, "equipment", edges, equipment_lag_days=90)
    assert [s.name_zh for s in answer.sources] == ["car", "steel", "paint", "glass"]
    assert Text("common.equipment.input", inputs=1, days=90.0) in answer.conventions


def test_an_enterprise_has_its_own_name_wherever_it_makes_things(memory: GraphStore) -> None:
    plant: list[Edge] = [("OPERATES", "enterprise:c", "plant:f"), ("MAKES", "plant:f", "product:steel")]
    graph_of(memory, [*NODES, {"id": "plant:f", "name_zh": "一厂"}], [*EDGES, *plant], "cuts-plant")
    answer = question_named("cuts").ask(memory, product="car", places=["全部"])
    assert isinstance(answer, CutsAnswer)
    row = row_of(answer, "enterprise:c")
    assert (row.name_zh, row.sole_products, row.evidence_ids) == (
        "c", ["steel"], ["enterprise:c", "MAKES|plant:f|product:steel", "OPERATES|enterprise:c|plant:f"],
    )  # fmt: skip


def test_only_makers_of_the_places_count(memory: GraphStore) -> None:
    located: list[Edge] = [("LOCATED_IN", f"enterprise:{e}", "place:hefei") for e in "acdefg"]
    answer = cut(memory, "places", [*EDGES, *located, ("LOCATED_IN", "enterprise:b", "place:far")], places=[])
    assert row_of(answer, "enterprise:a").sole_products == ["ore"]
    assert row_of(answer, "enterprise:a").severed == ["car", "steel", "ore"]


def test_a_cycle_does_not_go_on_for_ever(memory: GraphStore) -> None:
    answer = cut(memory, "cycle", [*EDGES, ("INPUT_OF", "product:steel", "product:ore", ESSENTIAL)])
    assert row_of(answer, "enterprise:c").severed == ["car", "steel", "ore"]


def test_what_is_cut_off_is_said(memory: GraphStore) -> None:
    answer = cut(memory, tiers=1, limit=1)
    assert Text("cuts.note.beyond", count=1, names=[]) in answer.notes
    assert answer.notes[-1].id == "common.shown"


def test_a_product_without_inputs_and_an_unknown_one(memory: GraphStore) -> None:
    answer = cut(memory, product="glass")
    assert (answer.rows, answer.fewest, answer.sources[0].ways) == ([], None, None)
    assert answer.notes[0] == Text("cuts.note.nothing_needed")
    with pytest.raises(UnknownName, match="glass"):
        cut(memory, product="glas")


@pytest.mark.slow
def test_the_oracle_says_the_same_of_random_graphs(memory: GraphStore) -> None:
    for seed in range(8):
        batches = random_batches(seed)
        memory.replace(batches, f"cuts{seed}")
        facts = facts_of(batches)
        for question in what_if(facts, Random(seed)):
            if question[0] == "cuts":
                answer = question_named("cuts").ask(memory, **question[1])
                assert plain(answer) == by_oracle(facts, question), (seed, question)


def test_a_sole_maker_here_says_how_many_there_are_elsewhere(memory: GraphStore) -> None:
    located: list[Edge] = [("LOCATED_IN", f"enterprise:{e}", "place:hefei") for e in "acdefg"]
    answer = cut(memory, "elsewhere", [*EDGES, *located, ("LOCATED_IN", "enterprise:b", "place:far")], places=[])
    ore, steel = row_of(answer, "enterprise:a"), row_of(answer, "enterprise:c")
    assert (ore.makers_elsewhere, ore.severs_own_supply_only) == (1, True)
    assert (steel.makers_elsewhere, steel.severs_own_supply_only) == (0, False)
    assert [(s.name_zh, s.makers, s.makers_elsewhere) for s in cut(memory, "car", product="steel").sources] == [
        ("steel", 1, 0),
        ("ore", 2, 0),
    ]


def test_makers_that_ownership_joins_are_no_second_source(memory: GraphStore) -> None:
    # f and g have an owner of an owner in common; d holds shares in c, which is no second maker of the car.
    owned: list[Edge] = [
        ("OWNS", "enterprise:holding", "enterprise:sub"),
        ("OWNS", "enterprise:sub", "enterprise:f"),
        ("OWNS", "enterprise:holding", "enterprise:g"),
        ("OWNS", "enterprise:d", "enterprise:c"),
    ]
    graph_of(memory, [*NODES, "enterprise:holding", "enterprise:sub"], [*EDGES, *owned], "cuts-owned")
    answer = question_named("cuts").ask(memory, product="car", places=["全部"])
    assert isinstance(answer, CutsAnswer)
    assert {s.name_zh: s.is_one_group for s in answer.sources} == {
        "car": False,
        "paint": True,
        "steel": None,
        "glass": None,
    }
    assert Text("cuts.note.joined", count=1, names=["paint"]) in answer.notes
    paint = row_of(answer, "enterprise:f")
    assert paint.group_products == ["paint"]
    assert {i for i in paint.evidence_ids if i.startswith("OWNS")} == {
        "OWNS|enterprise:holding|enterprise:sub", "OWNS|enterprise:sub|enterprise:f", "OWNS|enterprise:holding|enterprise:g",
    }  # fmt: skip


def test_makers_of_low_confidence_may_be_left_out(memory: GraphStore) -> None:
    edges: list[Edge] = [
        (*e[:3], {"confidence": 0.4 if e[1] == "enterprise:b" else 0.9}) if e[0] == "MAKES" else e for e in EDGES
    ]
    assert row_of(cut(memory, "sure", edges, min_confidence=0.5), "enterprise:a").sole_products == ["ore"]


def test_a_name_of_two_products_is_refused_with_the_choices(memory: GraphStore) -> None:
    nodes: list[str | Item] = [
        {"id": "product:a", "name_zh": "钢", "search_text": "|钢|"},
        {"id": "product:b", "name_zh": "钢", "search_text": "|钢|"},
    ]
    graph_of(memory, nodes, [], "cuts-twice")
    with pytest.raises(AmbiguousName, match="product:b"):
        question_named("cuts").ask(memory, product="钢")
