"""What stops when something stops: the published values, shocks of every kind, and what is assumed and left out."""

from random import Random

import pytest

from graph.errors import AmbiguousName, UnknownName
from graph.store import GraphStore
from graph.texts import Language, Text
from queries.questions.cascade import CascadeAnswer, Sort
from queries.saved import question_named
from tests.graphs import Edge, Item, graph_of, holding
from tests.oracle import facts_of
from tests.queries.random_graphs import random_batches
from tests.queries.test_agreement import by_oracle, plain, what_if

pytestmark = pytest.mark.slow


def asked(store: GraphStore, run_id: str, nodes: list[str | Item], edges: list[Edge], **given: object) -> CascadeAnswer:
    """The answer on a graph, which is loaded where the store does not hold it yet."""
    graph_of(store, nodes, edges, f"cascade-{run_id}")
    return told(store, **given)


def told(store: GraphStore, **given: object) -> CascadeAnswer:
    answer = question_named("cascade").ask(store, **given)
    assert isinstance(answer, CascadeAnswer)
    return answer


# --- Diem et al. 2022, Figure 1 ----------------------------------------------------------------------------------------

MADE = [1, 2, 1, 3, 4, 2, 4, 1, 2, 3, 5]
SOLD = [(2, 1), (2, 3), (7, 4), (9, 5), (3, 7), (6, 7), (10, 7), (9, 10), (7, 11), (8, 11)]
LINEAR = [0.1, 0.366667, 0.266667, 0.35, 0.1, 0.166667, 0.7, 0.1, 0.366667, 0.266667, 0.45]
LINEAR_REPLACED = [0.1, 0.3, 0.266667, 0.35, 0.1, 0.116667, 0.7, 0.1, 0.311111, 0.266667, 0.45]
LEONTIEF = [0.1, 0.5, 0.4, 0.35, 0.1, 0.3, 0.7, 0.1, 0.5, 0.4, 0.45]
LEONTIEF_REPLACED = [0.1, 0.366667, 0.4, 0.35, 0.1, 0.15, 0.7, 0.1, 0.4, 0.4, 0.45]
UPSTREAM = [0.1, 0.2, 0.2, 0.35, 0.1, 0.1, 0.7, 0.1, 0.2, 0.2, 0.45]
DOWNSTREAM = [0, 0.366667, 0.166667, 0, 0, 0.166667, 0.2, 0.1, 0.366667, 0.166667, 0]


def figure_1(store: GraphStore) -> None:
    enterprises: list[str | Item] = [
        {"id": f"enterprise:{n:02}", "outside_cost_share": 0.0, "outside_revenue_share": 0.0} for n in range(1, 12)
    ]
    products: list[str | Item] = [f"product:{n}" for n in range(1, 6)]
    makes: list[Edge] = [("MAKES", f"enterprise:{n:02}", f"product:{p}") for n, p in enumerate(MADE, 1)]
    sales: list[Edge] = [
        ("SUPPLIES", f"enterprise:{a:02}", f"enterprise:{b:02}",
         {"product_id": f"product:{MADE[a - 1]}", "amount_10k_cny": 1.0}) for a, b in SOLD
    ]  # fmt: skip
    holding(store, [*enterprises, *products], [*makes, *sales])


def test_the_published_values_of_eleven_firms(memory: GraphStore) -> None:
    figure_1(memory)
    given = {"links": "recorded", "epsilon": 1e-9}
    for class_, replaceable, expected in (
        (1, False, LINEAR), (1, True, LINEAR_REPLACED), (2, False, LEONTIEF), (2, True, LEONTIEF_REPLACED),
    ):  # fmt: skip
        answer = told(memory, unknown_class=class_, replaceable=replaceable, **given)
        assert not answer.is_epsilon_dependent
        assert [r.impact for r in sorted(answer.rows, key=lambda r: r.enterprise_id)] == pytest.approx(
            expected, abs=1e-6
        )
    rows = sorted(told(memory, unknown_class=1, replaceable=False, **given).rows, key=lambda r: r.enterprise_id)
    assert [r.impact_upstream for r in rows] == pytest.approx(UPSTREAM, abs=1e-6)
    assert [r.impact_downstream for r in rows] == pytest.approx(DOWNSTREAM, abs=1e-6)


def test_a_shock_of_one_firm_costs_its_place_in_the_ranking_and_says_who_carried_it(memory: GraphStore) -> None:
    figure_1(memory)
    answer = told(memory, links="recorded", unknown_class=2, replaceable=False, shocks=["enterprise:09"], epsilon=1e-9)
    # 9 sells a fifth of all itself; 5 and 10 need its product, 7 needs that of 10, 4 and 11 that of 7.
    assert answer.esri == pytest.approx(0.5)
    assert answer.direct == pytest.approx(0.2)
    assert sum(answer.by_product.values()) == pytest.approx(0.5)
    assert {one.part_id: one.loss for one in answer.parts_of(Sort.TIER)} == pytest.approx(
        {"tier-0": 0.2, "tier-1": 0.1, "tier-2": 0.2, "tier-3": 0.0}
    )
    assert {row.enterprise_id[-2:]: row.tier for row in answer.rows} == {
        "09": 0,
        "05": 1,
        "10": 1,
        "07": 2,
        "04": 3,
        "11": 3,
    }
    said = {r.enterprise_id: (r.loss, r.carried_by, r.carrier_id, r.carrier_product) for r in answer.rows}
    assert said["enterprise:09"] == (1.0, None, None, None)
    assert said["enterprise:10"] == (1.0, "supplier", "enterprise:09", "2")
    assert said["enterprise:07"] == (1.0, "supplier", "enterprise:10", "3")
    row = next(r for r in answer.rows if r.enterprise_id == "enterprise:10")
    assert row.evidence_ids == [
        "enterprise:10", "MAKES|enterprise:10|product:3", "SUPPLIES|enterprise:09|enterprise:10|product:2",
    ]  # fmt: skip


# --- derived links -----------------------------------------------------------------------------------------------------

HEFEI: Item = {
    "id": "place:340100",
    "name_zh": "合肥市",
    "aliases": ["合肥"],
    "in_corridor": True,
    "level": "prefecture",
}
CHIPS: list[str | Item] = ["product:resist", "product:wafer", "enterprise:a", "enterprise:b", "enterprise:w", HEFEI,
                           "technology:t", "center:z", "enterprise:idle", "plant:f", "plant:g",
                           {"id": "plant:unfinished", "progress": "building"}]  # fmt: skip
CHIP_EDGES: list[Edge] = [
    ("INPUT_OF", "product:resist", "product:wafer", {"input_class": 2}),
    ("MAKES", "enterprise:a", "product:resist", {"share": 0.75}),
    ("MAKES", "enterprise:b", "product:resist", {"share": 0.25}),
    ("MAKES", "enterprise:w", "product:wafer"),
    ("LOCATED_IN", "enterprise:a", "place:340100"),
    ("NEEDS", "product:wafer", "technology:t"),
    ("RESIDENT_OF", "enterprise:b", "center:z", {"resident_status": "resident"}),
    ("RESIDENT_OF", "enterprise:a", "center:z", {"resident_status": "intends"}),
    *(edge for one in ("f", "g", "unfinished") for edge in (
        ("OPERATES", "enterprise:a", f"plant:{one}"), ("MAKES", f"plant:{one}", "product:resist"),
    )),
]  # fmt: skip


def chips(store: GraphStore, **given: object) -> CascadeAnswer:
    """a and b make all resist, three quarters and one; w makes wafers from it, and half of its cost is paid outside."""
    return asked(store, "chips", CHIPS, CHIP_EDGES, **{"replaceable": False, "weights": "products", **given})


@pytest.mark.parametrize(
    ("shock", "share", "losses"),
    [
        ("enterprise:a", 1.0, {"a": 1.0, "w": 0.375}),
        ("enterprise:a", 0.4, {"a": 0.4, "w": 0.15}),
        ("合肥", 1.0, {"a": 1.0, "w": 0.375}),
        ("center:z", 1.0, {"b": 1.0, "w": 0.125}),
        ("product:resist", 1.0, {"a": 1.0, "b": 1.0, "w": 0.5}),
        # Half of what a makes is made there; an unfinished plant makes nothing.
        ("plant:f", 1.0, {"a": 0.5, "w": 0.1875}),
        # w fails and buys no more: half of what a and b sell goes to it.
        ("technology:t", 1.0, {"w": 1.0, "a": 0.5, "b": 0.5}),
    ],
)
def test_every_kind_of_thing_can_stop(memory: GraphStore, shock: str, share: float, losses: dict[str, float]) -> None:
    answer = chips(memory, shocks=[shock], share=share, epsilon=1e-9)
    assert {r.name_zh: r.loss for r in answer.rows} == pytest.approx(losses)


def test_derived_links_are_named_as_an_assumption(memory: GraphStore) -> None:
    answer = chips(memory)
    assert (answer.links, answer.recorded_links) == (2, 0)
    assert Text("cascade.convention.derived") in answer.conventions
    assert (answer.firm_links, answer.recorded_firm_links) == (2, 0)
    assert Text("cascade.note.recorded", links=2, recorded=0, derived=2, share=0.0, weight=0.0) in answer.notes
    assert Text("cascade.note.not_alone") in answer.notes
    assert {row.impact_recorded for row in answer.rows} == {None}
    assert "cascade.note.assumed_cost" in [note.id for note in answer.notes]


def test_makers_beyond_the_limit_are_left_out_and_counted(memory: GraphStore) -> None:
    answer = chips(memory, most_makers=1)
    assert answer.links == 1
    assert Text("cascade.note.unlinked", count=1, most_makers=1) in answer.notes


def test_what_stops_nobody_is_said(memory: GraphStore) -> None:
    for idle in ("enterprise:idle", "plant:unfinished"):
        answer = chips(memory, shocks=[idle])
        assert (answer.rows, answer.esri) == ([], None)
        assert answer.notes == [Text("cascade.note.stops_nobody", name=idle.partition(":")[2])]


def test_bad_input_is_refused(memory: GraphStore) -> None:
    with pytest.raises(UnknownName, match="合肥"):
        chips(memory, shocks=["合肥县"])
    with pytest.raises(ValueError, match="share"):
        chips(memory, share=1.5)


def test_a_recorded_sale_takes_the_place_of_derived_ones(memory: GraphStore) -> None:
    sale: Edge = ("SUPPLIES", "enterprise:b", "enterprise:w", {"product_id": "product:resist"})
    given = {"replaceable": False, "weights": "products", "shocks": ["enterprise:a"]}
    answer = asked(memory, "sale", CHIPS, [*CHIP_EDGES, sale], **given)
    assert [r.name_zh for r in answer.rows] == ["a"]
    assert (answer.links, answer.recorded_links) == (1, 1)
    assert Text("cascade.note.without_amount", count=1, most_makers=30) in answer.notes


def test_the_result_by_recorded_links_alone_stands_beside(memory: GraphStore) -> None:
    sale: Edge = ("SUPPLIES", "enterprise:a", "enterprise:idle", {"amount_10k_cny": 3.0})
    nodes, edges = [*CHIPS, "product:x"], [*CHIP_EDGES, sale, ("MAKES", "enterprise:idle", "product:x")]
    for shocks in ([], ["enterprise:a"], ["enterprise:w"]):
        both = asked(memory, "beside", nodes, edges, shocks=shocks)
        alone = told(memory, shocks=shocks, links="recorded")
        assert (both.firm_links, both.recorded_firm_links, alone.firm_links) == (3, 1, 1)
        impact = {row.enterprise_id: row.impact for row in alone.rows}
        assert {row.enterprise_id: row.impact_recorded for row in both.rows} == {
            row.enterprise_id: impact.get(row.enterprise_id) or None for row in both.rows
        }
        assert None in {row.impact_recorded for row in both.rows}, (
            "what no recorded sale reaches is not known to lose 0 %"
        )
        assert both.esri_recorded == alone.esri_recorded == (alone.esri or None)
        said = both.headline.in_(Language.EN)
        assert "(66.7% of links are derived; " in said
        is_sold = shocks != ["enterprise:w"]
        assert is_sold == (" of what these sell)" in said)
        assert is_sold != ("no sale of what stops is on record" in said), (
            "of its sales nothing is known, not that it loses 0%"
        )
        assert "all links are on record" in alone.headline.in_(Language.EN)
    derived = told(memory, shocks=["enterprise:a"], links="derived")
    assert derived.esri_recorded is None and "by derived links alone" in derived.headline.in_(Language.EN)


def lost_with_b(store: GraphStore, run_id: str, *sales: Item, **given: object) -> float:
    """What w loses of its wafers when b fails, after sales of resist by b and by a. a makes three quarters of it."""
    edges: list[Edge] = [
        ("SUPPLIES", seller, "enterprise:w", {"product_id": "product:resist", **said})
        for seller, said in zip(("enterprise:b", "enterprise:a"), sales, strict=False)
    ]
    given = {"replaceable": False, "outside_cost_share": 0, "outside_revenue_share": 0, "epsilon": 1e-9, **given}
    answer = asked(store, run_id, CHIPS, [*CHIP_EDGES, *edges], shocks=["enterprise:b"], **given)
    return next((row.loss or 0.0 for row in answer.rows if row.name_zh == "w"), 0.0)


def test_a_share_of_the_buyers_purchases_is_the_weight_of_the_input_and_others_keep_the_rest(
    memory: GraphStore,
) -> None:
    share = {"share": 0.6, "share_of": "buyer_purchases"}
    assert lost_with_b(memory, "purchases", share) == pytest.approx(0.6)
    assert lost_with_b(memory, "both", share, {"share": 0.2, "share_of": "buyer_purchases"}) == pytest.approx(0.75)
    # Where one of two sales says nothing of purchases, sales are compared by amounts: one counts as 0.6 of the other.
    assert lost_with_b(memory, "one-unknown", share, {}) == pytest.approx(0.6 / 1.6)
    # With recorded links alone all that w is on record as buying is b's.
    assert lost_with_b(memory, "alone", share, links="recorded") == pytest.approx(1)


def test_a_share_of_the_suppliers_revenue_counts_through_the_amount_alone(memory: GraphStore) -> None:
    share = {"share": 0.6, "share_of": "supplier_revenue"}
    assert lost_with_b(memory, "revenue", share, {}) == pytest.approx(0.5)
    assert lost_with_b(memory, "amount", share | {"amount_10k_cny": 10.0}, {"amount_10k_cny": 30.0}) == pytest.approx(
        0.25
    )
    assert lost_with_b(memory, "no-basis", {"share": 0.6}, {}) == pytest.approx(0.5)
    assert Text("cascade.note.without_basis", count=1, most_makers=30) in told(memory).notes


TOOLED: list[Edge] = [
    *((*edge[:3], {**edge[3], "input_kind": "material"}) if edge[0] == "INPUT_OF" else edge for edge in CHIP_EDGES),  # type: ignore[misc]
    ("INPUT_OF", "product:tool", "product:wafer", {"input_class": 2, "input_kind": "equipment"}),
    ("MAKES", "enterprise:idle", "product:tool"),
]


def test_equipment_is_no_flow_unless_a_lag_is_given(memory: GraphStore) -> None:
    given = {"shocks": ["product:tool"], "outside_cost_share": 0, "outside_revenue_share": 0, "epsilon": 1e-9}
    nodes: list[str | Item] = [*CHIPS, "product:tool"]
    answer = asked(memory, "tools", nodes, TOOLED, **given)
    assert ({row.name_zh for row in answer.rows}, answer.links) == ({"idle"}, 2)
    assert Text("common.equipment.left_out", inputs=1, days=None) in answer.conventions
    answer = told(memory, **given, equipment_lag_days=30)
    assert {row.name_zh: row.loss for row in answer.rows}["w"] == pytest.approx(1)
    assert Text("common.equipment.input", inputs=1, days=30.0) in answer.conventions


def test_a_recorded_sale_of_equipment_is_no_flow_either(memory: GraphStore) -> None:
    sale: Edge = ("SUPPLIES", "enterprise:idle", "enterprise:w", {"product_id": "product:tool"})
    given = {"shocks": ["enterprise:idle"], "unknown_class": 2, "weights": "products"}
    answer = asked(memory, "sold-tools", [*CHIPS, "product:tool"], [*TOOLED, sale], **given)
    assert ({row.name_zh for row in answer.rows}, answer.recorded_links) == ({"idle"}, 0)
    assert Text("cascade.note.equipment_sales", count=1, most_makers=30) in answer.notes
    assert told(memory, **given, equipment_lag_days=0).recorded_links == 1


def test_a_cycle_without_outside_shares_is_labelled(memory: GraphStore) -> None:
    nodes: list[str | Item] = ["product:p", "product:q", "enterprise:p", "enterprise:q"]
    edges: list[Edge] = [
        ("MAKES", "enterprise:p", "product:p"), ("MAKES", "enterprise:q", "product:q"),
        ("INPUT_OF", "product:p", "product:q"), ("INPUT_OF", "product:q", "product:p"),
    ]  # fmt: skip
    answer = asked(memory, "cycle", nodes, edges, outside_cost_share=0, outside_revenue_share=0)
    assert answer.is_epsilon_dependent
    assert Text("cascade.note.epsilon_dependent") in answer.notes
    assert not told(memory).is_epsilon_dependent


def test_without_links_nothing_spreads_and_without_makers_there_is_nobody(memory: GraphStore) -> None:
    answer = asked(memory, "apart", ["product:p", "enterprise:p"], [("MAKES", "enterprise:p", "product:p")])
    assert (answer.rows, answer.looked_at) == ([], 1)
    assert answer.notes == [Text("cascade.note.no_links")]
    answer = asked(memory, "empty", ["product:p", "enterprise:p"], [])
    assert (answer.rows, answer.looked_at) == ([], 0)
    assert answer.notes == [Text("cascade.note.nobody")]


def test_the_oracle_says_the_same_of_random_graphs(memory: GraphStore) -> None:
    for seed in range(5):
        batches = random_batches(seed)
        memory.replace(batches, f"cascade{seed}")
        facts = facts_of(batches)
        for question in what_if(facts, Random(seed)):
            if question[0] == "cascade":
                assert plain(told(memory, **question[1])) == by_oracle(facts, question), (seed, question)


def test_all_lines_of_narrower_kinds_stop_with_a_product_also_those_known_from_sales_alone(memory: GraphStore) -> None:
    nodes: list[str | Item] = ["enterprise:a", "enterprise:b", *(f"product:{p}" for p in ("all", "x", "y", "z"))]
    edges: list[Edge] = [
        ("KIND_OF", "product:x", "product:all"), ("KIND_OF", "product:y", "product:x"),
        ("KIND_OF", "product:z", "product:all"),
        ("MAKES", "enterprise:a", "product:x"), ("MAKES", "enterprise:a", "product:y"),
        ("SUPPLIES", "enterprise:a", "enterprise:b", {"product_id": "product:z", "amount_10k_cny": 1.0}),
    ]  # fmt: skip

    answer = asked(memory, "narrower", nodes, edges, shocks=["product:all"], links="recorded", weights="products")

    (maker,) = [row for row in answer.rows if row.enterprise_id == "enterprise:a"]
    assert (maker.lines, maker.loss) == (3, 1.0)


@pytest.mark.parametrize("is_turned", [False, True])
def test_of_equal_sales_the_first_by_product_is_named_whatever_the_order_of_the_store(
    memory: GraphStore, is_turned: bool
) -> None:
    nodes: list[str | Item] = ["enterprise:a", "enterprise:b", "product:x"]
    sales: list[Edge] = [
        ("SUPPLIES", "enterprise:a", "enterprise:b", {"product_id": "product:x", "amount_10k_cny": 1.0}),
        ("SUPPLIES", "enterprise:a", "enterprise:b", {"amount_10k_cny": 1.0}),
    ]
    edges = [*reversed(sales)] if is_turned else sales

    answer = asked(memory, f"equal-{is_turned}", nodes, edges, shocks=["enterprise:b"], links="recorded")

    (seller,) = [row for row in answer.rows if row.enterprise_id == "enterprise:a"]
    assert "SUPPLIES|enterprise:a|enterprise:b" in seller.evidence_ids


# silicon → power chip, a kind of chip, which goes into the car; nobody is on record as making a chip itself.
KINDS: list[str | Item] = [*(f"product:{p}" for p in ("silicon", "power", "logic", "chip", "car")),
                           *(f"enterprise:{e}" for e in "spqc")]  # fmt: skip
KIND_EDGES: list[Edge] = [
    ("KIND_OF", "product:power", "product:chip"), ("KIND_OF", "product:logic", "product:chip"),
    ("INPUT_OF", "product:silicon", "product:power", {"input_class": 2}),
    ("INPUT_OF", "product:chip", "product:car", {"input_class": 2}),
    ("MAKES", "enterprise:s", "product:silicon"), ("MAKES", "enterprise:p", "product:power"),
    ("MAKES", "enterprise:c", "product:car"),
]  # fmt: skip
WITHOUT_OUTSIDE = {"outside_cost_share": 0, "outside_revenue_share": 0, "epsilon": 1e-9}


def test_a_narrower_kind_supplies_the_users_of_the_broader_product(memory: GraphStore) -> None:
    answer = asked(memory, "kinds", KINDS, KIND_EDGES, shocks=["product:silicon"], **WITHOUT_OUTSIDE)

    assert {row.name_zh: row.loss for row in answer.rows} == {"s": 1.0, "p": 1.0, "c": 1.0}
    (car,) = [row for row in answer.rows if row.name_zh == "c"]
    assert (car.carrier_name, car.carrier_product, car.carrier_used_as) == ("p", "power", "chip")
    assert {"INPUT_OF|product:chip|product:car", "KIND_OF|product:power|product:chip"} <= set(car.evidence_ids)
    assert (answer.links, answer.narrower_links) == (2, 1)
    assert Text("cascade.convention.narrower") in answer.conventions


def test_several_narrower_kinds_are_sources_of_one_input(memory: GraphStore) -> None:
    edges: list[Edge] = [*KIND_EDGES, ("MAKES", "enterprise:q", "product:logic")]
    given = {"shocks": ["enterprise:p"], "replaceable": False, **WITHOUT_OUTSIDE}
    answer = asked(memory, "two-kinds", KINDS, edges, **given)
    assert {row.name_zh: row.loss for row in answer.rows}["c"] == pytest.approx(0.5)


def test_where_somebody_makes_the_broader_product_narrower_kinds_are_not_linked(memory: GraphStore) -> None:
    edges: list[Edge] = [*KIND_EDGES, ("MAKES", "enterprise:q", "product:chip")]
    answer = asked(memory, "broader", KINDS, edges, shocks=["product:silicon"], **WITHOUT_OUTSIDE)
    assert ({row.name_zh for row in answer.rows}, answer.narrower_links) == ({"s", "p"}, 0)


def test_makers_of_low_confidence_may_be_left_out(memory: GraphStore) -> None:
    edges: list[Edge] = [(*e[:3], {"confidence": 0.9}) if e[0] == "MAKES" else e for e in KIND_EDGES]
    unsure: Edge = ("MAKES", "enterprise:q", "product:chip", {"confidence": 0.2})
    given = {"shocks": ["product:silicon"], **WITHOUT_OUTSIDE}
    assert len(asked(memory, "all", KINDS, [*edges, unsure], **given).rows) == 2
    assert len(asked(memory, "sure", KINDS, [*edges, unsure], min_confidence=0.5, **given).rows) == 3


def test_a_name_of_two_things_is_refused_with_the_choices(memory: GraphStore) -> None:
    nodes: list[str | Item] = [{"id": i, "name_zh": "钢", "search_text": "|钢|"} for i in ("product:a", "technology:a")]
    with pytest.raises(AmbiguousName, match="technology:a"):
        asked(memory, "twice", nodes, [], shocks=["钢"])
