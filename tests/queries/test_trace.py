"""What a trace reaches, in which tier, and what it says of cycles and of what it left out."""

from collections.abc import Iterator
from random import Random

import pytest

from graph.errors import AmbiguousName, UnknownName
from graph.ontology import EDGE_TYPE
from graph.open_store import open_store
from graph.store import GraphStore
from graph.texts import Text
from queries.questions.trace import Direction, InputKind, TraceAnswer
from queries.saved import question_named
from tests.graphs import Edge, Item, graph_of
from tests.oracle import facts_of
from tests.queries.random_graphs import random_batches
from tests.queries.test_agreement import by_oracle, plain, what_if

GLASS: Item = {"id": "product:glass", "name_zh": "玻璃"}
NODES: list[str | Item] = [
    "product:sand", GLASS, "product:screen", "product:phone", "product:recycler", "enterprise:e", "technology:t",
]  # fmt: skip
EDGES: list[Edge] = [
    ("INPUT_OF", "product:sand", "product:glass", {"input_class": 2}),
    ("INPUT_OF", "product:glass", "product:screen", {"input_class": 1}),
    ("INPUT_OF", "product:screen", "product:phone"),
    ("INPUT_OF", "product:glass", "product:phone"),
    ("INPUT_OF", "product:phone", "product:recycler"),
    ("INPUT_OF", "product:recycler", "product:glass"),
    ("MAKES", "enterprise:e", "product:screen"),
    ("NEEDS", "product:screen", "technology:t"),
]


@pytest.fixture(scope="module")
def phone() -> Iterator[GraphStore]:
    """The graph above, in a store of its own, so that no other test changes it."""
    store = open_store("ladybug://:memory:", buffer_pool_mib=512)
    yield graph_of(store, NODES, EDGES)
    store.close()


def traced(store: GraphStore, **given: object) -> TraceAnswer:
    answer = question_named("trace").ask(store, **given)
    assert isinstance(answer, TraceAnswer)
    return answer


def test_a_trace_of_equipment_follows_equipment_alone_and_rows_say_what_an_input_is(memory: GraphStore) -> None:
    edges: list[Edge] = [
        ("INPUT_OF", "product:sand", "product:glass", {"input_kind": "material"}),
        ("INPUT_OF", "product:screen", "product:glass", {"input_kind": "equipment"}),
        ("INPUT_OF", "product:phone", "product:screen", {"input_kind": "equipment"}),
        ("INPUT_OF", "product:recycler", "product:glass"),
    ]
    graph_of(memory, NODES, edges, "trace-kinds")
    answer = traced(memory, subjects=["玻璃"], directions="up")
    assert {(r.name_zh, r.input_kind) for r in answer.rows} == {
        ("玻璃", None), ("sand", InputKind.MATERIAL), ("screen", InputKind.EQUIPMENT), ("recycler", None),
        ("phone", InputKind.EQUIPMENT),
    }  # fmt: skip
    answer = traced(memory, subjects=["玻璃"], directions="up", input_kinds=["equipment"])
    assert [(r.tier, r.name_zh) for r in answer.rows] == [(0, "玻璃"), (1, "screen"), (2, "phone")]
    assert Text("trace.kinds_are", kinds=[InputKind.EQUIPMENT]) in answer.conventions


def test_the_kinds_of_inputs_are_those_of_the_ontology() -> None:
    choices = next(p.choices for p in EDGE_TYPE["INPUT_OF"].properties if p.name == "input_kind")
    assert [choice.value for choice in choices] == [kind.value for kind in InputKind]


def test_tiers_parents_and_links_back_of_a_cycle(phone: GraphStore) -> None:
    answer = traced(phone, subjects=["玻璃"], directions="down")
    said = [(r.tier, r.product_id, r.through_id, r.is_essential, r.leads_back_to, r.is_on_cycle) for r in answer.rows]
    assert said == [
        (0, "product:glass", None, None, [], True),
        (1, "product:screen", "product:glass", False, ["phone"], True),
        (1, "product:phone", "product:glass", None, [], True),
        (2, "product:recycler", "product:phone", None, ["玻璃"], True),
    ]
    assert (answer.tiers, answer.groups) == ({"down": [2, 1]}, [["玻璃", "phone", "recycler", "screen"]])
    assert answer.rows[1].evidence_ids == [
        "product:screen", "INPUT_OF|product:glass|product:screen", "INPUT_OF|product:screen|product:phone",
        "MAKES|enterprise:e|product:screen",
    ]  # fmt: skip


BATTERY: list[str | Item] = [
    "product:cell", "product:battery", "product:power_battery", "product:ev_battery", "product:car", "product:pack",
]  # fmt: skip
KINDS: list[Edge] = [
    ("KIND_OF", "product:power_battery", "product:battery"),
    ("KIND_OF", "product:ev_battery", "product:power_battery"),
    ("INPUT_OF", "product:cell", "product:battery", {"input_class": 2}),
    ("INPUT_OF", "product:battery", "product:car", {"input_class": 1}),
]


def test_a_narrower_product_goes_where_the_broader_one_is_an_input(memory: GraphStore) -> None:
    graph_of(memory, BATTERY, KINDS)
    answer = traced(memory, subjects=["power_battery"], directions="down")
    row = answer.rows[1]
    assert (row.product_id, row.tier, row.through_id, row.via_kind_id, row.via_kind_name, row.is_essential) == (
        "product:car", 1, "product:power_battery", "product:battery", "battery", False,
    )  # fmt: skip
    assert row.evidence_ids == [
        "product:car", "INPUT_OF|product:battery|product:car", "KIND_OF|product:power_battery|product:battery",
    ]  # fmt: skip
    assert Text("trace.via_kind_means") in answer.conventions
    # Not the other way: what goes into a narrower product need not go into the broader one.
    assert answer.tiers == {"down": [1]}


def test_a_narrower_product_needs_what_the_broader_one_needs(memory: GraphStore) -> None:
    graph_of(memory, BATTERY, KINDS)
    row = traced(memory, subjects=["ev_battery"], directions="up").rows[1]
    assert (row.product_id, row.through_id, row.via_kind_id, row.is_essential) == (
        "product:cell", "product:ev_battery", "product:battery", True,
    )  # fmt: skip
    assert row.evidence_ids[1:] == [
        "INPUT_OF|product:cell|product:battery", "KIND_OF|product:ev_battery|product:power_battery",
        "KIND_OF|product:power_battery|product:battery",
    ]  # fmt: skip


def test_a_link_of_the_product_itself_goes_before_one_of_its_kind(memory: GraphStore) -> None:
    own: list[Edge] = [
        ("INPUT_OF", "product:pack", "product:car"),
        ("INPUT_OF", "product:ev_battery", "product:pack"),
        ("INPUT_OF", "product:ev_battery", "product:car", {"input_class": 2}),
    ]
    graph_of(memory, BATTERY, [*KINDS, *own])
    rows = traced(memory, subjects=["ev_battery", "power_battery"], directions="down").rows
    car = next(row for row in rows if row.product_id == "product:car")
    assert (car.tier, car.through_id, car.via_kind_id, car.ways, car.is_essential) == (
        1, "product:ev_battery", None, 2, True,
    )  # fmt: skip


def test_a_broader_kind_that_goes_into_itself_ends_the_walk(memory: GraphStore) -> None:
    graph_of(memory, BATTERY, [*KINDS, ("INPUT_OF", "product:battery", "product:power_battery")])
    answer = traced(memory, subjects=["power_battery"])
    assert [(row.product_id, row.tier, row.via_kind_id) for row in answer.rows] == [
        ("product:power_battery", 0, None), ("product:battery", 1, None), ("product:cell", 1, "product:battery"),
        ("product:car", 1, "product:battery"),
    ]  # fmt: skip


def test_an_ambiguous_subject_is_refused_with_the_choices(memory: GraphStore) -> None:
    graph_of(memory, [{"id": "product:a", "name_zh": "电池"}, {"id": "technology:b", "name_zh": "电池"}])
    with pytest.raises(AmbiguousName, match=r"product:a.*technology:b"):
        traced(memory, subjects=["电池"])


@pytest.mark.parametrize("subject", ["enterprise:e", "technology:t", "screen"])
def test_an_enterprise_and_a_technology_stand_for_products(phone: GraphStore, subject: str) -> None:
    answer = traced(phone, subjects=[subject], tiers=1)
    assert [(r.direction, r.product_id) for r in answer.rows] == [
        ("start", "product:screen"), ("up", "product:glass"), ("down", "product:phone"),
    ]  # fmt: skip
    assert Text("trace.note.beyond", direction=Direction.UP, tiers=1, products=2) in answer.notes


def test_rows_that_are_not_shown_are_counted(phone: GraphStore) -> None:
    answer = traced(phone, subjects=["玻璃"], limit=2)
    assert (len(answer.rows), answer.looked_at, answer.tiers) == (2, 5, {"up": [2, 1, 1], "down": [2, 1]})
    assert answer.notes[-1] == Text("common.shown", found=8, shown=2)


def test_several_names_may_stand_in_one_text(phone: GraphStore) -> None:
    starts = [r.product_id for r in traced(phone, subjects=["玻璃、sand"]).rows if r.tier == 0]
    assert starts == ["product:glass", "product:sand"]


def test_an_unknown_name_is_refused_with_the_nearest(phone: GraphStore) -> None:
    with pytest.raises(UnknownName, match="玻璃"):
        traced(phone, subjects=["玻璃板"])


def test_a_subject_without_products_is_said(memory: GraphStore) -> None:
    graph_of(memory, ["enterprise:e"], [], "bare")
    answer = question_named("trace").ask(memory, subjects=["enterprise:e"])
    assert (answer.looked_at, answer.notes) == (
        0,
        [Text("trace.note.without_products", subject="e")],
    )


def test_the_oracle_says_the_same_of_random_graphs(memory: GraphStore) -> None:
    for seed in range(4):
        batches = random_batches(seed)
        memory.replace(batches, f"trace{seed}")
        facts = facts_of(batches)
        for asked in what_if(facts, Random(seed)):
            if asked[0] == "trace":
                answer = question_named("trace").ask(memory, **asked[1])
                assert plain(answer) == by_oracle(facts, asked), (seed, asked)
