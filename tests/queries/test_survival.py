"""How long a chain lasts: the published example, hand-computed chains, cycles, and what is assumed."""

from random import Random

import pytest

from graph.errors import UnknownName
from graph.store import GraphStore
from graph.texts import Language, Text
from queries.questions.survival import SurvivalAnswer
from queries.saved import question_named
from tests.graphs import Edge, Item, graph_of
from tests.oracle import facts_of
from tests.queries.random_graphs import random_batches
from tests.queries.test_agreement import by_oracle, plain, what_if

pytestmark = pytest.mark.slow


def asked(
    store: GraphStore, run_id: str, nodes: list[str | Item], edges: list[Edge], **given: object
) -> SurvivalAnswer:
    """The answer on a graph, which is loaded."""
    graph_of(store, nodes, edges, f"survival-{run_id}")
    answer = question_named("survival").ask(store, **given)
    assert isinstance(answer, SurvivalAnswer)
    return answer


def place(name: str) -> Item:
    return {"id": f"place:{name}", "in_corridor": True, "level": "prefecture"}


# --- Simchi-Levi et al. 2015: three suppliers of capacities 30, 45, 60 and two products of demands 75 and 50 ------------

SUPPLIERS: list[tuple[str, float]] = [("s1", 30 / 135), ("s2", 45 / 135), ("s3", 60 / 135)]
EXAMPLE_NODES: list[str | Item] = [
    {"id": "product:m", "recovery_days": 2.0}, "product:p1", "product:p2", "chain:c",
    *(f"enterprise:{name}" for name, _ in SUPPLIERS), *(place(name) for name, _ in SUPPLIERS),
]  # fmt: skip
EXAMPLE_EDGES: list[Edge] = [
    ("INPUT_OF", "product:m", "product:p1", {"input_class": 2}),
    ("INPUT_OF", "product:m", "product:p2", {"input_class": 2}),
    *(("PART_OF", product, "chain:c") for product in ("product:m", "product:p1", "product:p2")),
    *(("MAKES", f"enterprise:{name}", "product:m", {"share": share}) for name, share in SUPPLIERS),
    *(("LOCATED_IN", f"enterprise:{name}", f"place:{name}") for name, _ in SUPPLIERS),
]


@pytest.mark.parametrize("fails", ["node", "city"])
def test_the_published_survival_times(memory: GraphStore, fails: str) -> None:
    # 135 can be made for 125 that are asked for: 8 % to spare; the stock of 45 lasts 45 / 125 of a day.
    answer = asked(
        memory, "published", EXAMPLE_NODES, EXAMPLE_EDGES, scope="chain:c", fails=fails,
        spare=0.08, stock_days=0, end_stock_days=45 / 125,
    )  # fmt: skip
    said = {row.id.rpartition("@")[2]: row for row in answer.rows}
    assert [said[f"place:{name}"].survival_days for name, _ in SUPPLIERS] == pytest.approx(
        [2.25, 1.285714, 0.9], abs=1e-6
    )
    assert [said[f"place:{name}"].gap_days for name, _ in SUPPLIERS] == pytest.approx([0, 0.714286, 1.1], abs=1e-6)
    # 25 and 55 of 125 a day are short in the two days: as days of one of two products of equal demand, twice as many.
    losses = [said[f"place:{name}"].lost_product_days for name, _ in SUPPLIERS]
    assert losses == pytest.approx([0, 2 * 25 / 125, 2 * 55 / 125], abs=1e-6)
    assert [row.id.rpartition("@")[2] for row in answer.rows] == ["place:s3", "place:s2", "place:s1"]
    assert not said["place:s1"].is_recovery_assumed


# --- a chain by hand ---------------------------------------------------------------------------------------------------

HEFEI = place("hefei")
NODES: list[str | Item] = ["product:ore", "product:steel", "product:car", "product:paint", "enterprise:a",
                           "enterprise:b", "enterprise:c", HEFEI]  # fmt: skip
EDGES: list[Edge] = [
    ("INPUT_OF", "product:ore", "product:steel", {"input_class": 2}),
    ("INPUT_OF", "product:steel", "product:car"),
    ("INPUT_OF", "product:paint", "product:car", {"input_class": 1}),
    ("MAKES", "enterprise:a", "product:steel"),
    ("MAKES", "enterprise:b", "product:steel"),
    ("MAKES", "enterprise:c", "product:car"),
    ("LOCATED_IN", "enterprise:a", "place:hefei"),
]


def counted(answer: SurvivalAnswer) -> dict[str, object]:
    """What the notes count, by their ids."""
    return {note.id: note.values["count"] for note in answer.notes if "count" in note.values}


def test_stocks_along_the_chain_add_up(memory: GraphStore) -> None:
    answer = asked(memory, "hand", NODES, EDGES, scope="car", stock_days=30, end_stock_days=15, recovery_days=90)
    assert {r.name_zh: (r.survival_days, r.gap_days, r.lost_product_days) for r in answer.rows} == {
        "car": pytest.approx((15, 75, 75)), "steel": pytest.approx((45, 45, 45)), "ore": pytest.approx((75, 15, 15)),
    }  # fmt: skip
    first = answer.rows[0]
    assert (first.exposure, first.binding_id, first.lost_products, first.makers) == (1.0, "product:car", ["car"], 1)
    assert first.evidence_ids == ["product:car", "MAKES|enterprise:c|product:car"]
    assert "survival.convention.stock" in [text.id for text in answer.conventions]
    assert counted(answer) == {"survival.note.assumed": 3}


def test_half_of_the_steel_stops_with_the_city(memory: GraphStore) -> None:
    # a makes half of the steel: 0.6 of what is needed can be made, 0.4 a day come from 45 days of stock.
    answer = asked(memory, "hand", NODES, EDGES, scope="car", fails="city")
    assert [(r.id, r.product_ids, r.makers) for r in answer.rows] == [("place:hefei", ["product:steel"], 1)]
    assert answer.rows[0].survival_days == pytest.approx(45 / 0.4)
    assert (answer.rows[0].gap_days, answer.rows[0].is_lasting) == (0.0, False)


def test_enough_spare_capacity_lasts_for_ever(memory: GraphStore) -> None:
    answer = asked(memory, "hand", NODES, EDGES, scope="car", fails="node", spare=1)
    row = next(r for r in answer.rows if r.id == "product:steel@place:hefei")
    assert (row.survival_days, row.is_lasting, row.gap_days, row.lost_product_days) == (None, True, 0.0, 0.0)


def test_the_sentence_counts_who_lasts_until_it_is_back_as_the_rows_do(memory: GraphStore) -> None:
    answer = asked(memory, "hand", NODES, EDGES, scope="car", fails="city")
    assert answer.rows[0].gap_days == 0 and "in 1 of the 1 listed" in answer.headline.in_(Language.EN)


def test_what_is_not_on_record_is_not_ranked_and_the_largest_loss_comes_first(memory: GraphStore) -> None:
    # Ore takes longest and has no maker on record; the car's time is assumed. Steel is short for 3 of 48 days.
    nodes = [node for node in NODES if node not in ("product:ore", "product:steel", "product:paint")]
    known: list[str | Item] = [
        {"id": "product:ore", "recovery_days": 900.0}, {"id": "product:steel", "recovery_days": 48.0},
        {"id": "product:paint", "recovery_days": 47.0}, "enterprise:d",
    ]  # fmt: skip
    edges = [*EDGES[:2], ("INPUT_OF", "product:paint", "product:car", {"input_class": 2}), *EDGES[3:],
             ("MAKES", "enterprise:d", "product:paint")]  # fmt: skip
    answer = asked(memory, "known", [*nodes, *known], edges, scope="car")
    assert [row.name_zh for row in answer.rows] == ["steel", "paint", "ore", "car"]
    assert answer.ranked == 2 and Text("survival.convention.order") in answer.conventions
    said = answer.headline.in_(Language.EN)
    assert said.startswith("Of 2 disruptions with makers and recovery times on record steel (everywhere) costs most")
    assert "2 others are not ranked" in said
    chained: list[Edge] = [("PART_OF", f"product:{name}", "chain:c") for name in ("steel", "paint", "ore", "car")]
    graph_of(memory, [*nodes, *known, "chain:c"], [*edges, *chained], "survival-chained")
    scenario = question_named("scenarios").ask(memory, shocks=["enterprise:d"], chain="c")
    charted = [name.in_(Language.EN) for name in scenario.charted()["breaks_first"] if isinstance(name, Text)]
    told = " ".join(text.in_(Language.EN) for text in scenario.beside())
    assert charted == ["steel", "paint"] and "2 products with a time to recover on record" in told
    assert "by assumed stocks (steel" in told
    assert "2 others" in told and "common.shown" not in [note.id for note in scenario.notes]
    unknown = asked(memory, "hand", NODES, EDGES, scope="car")
    assert "gravest" not in (said := unknown.headline.in_(Language.EN)) and said.startswith("None is ranked")


def test_inputs_of_unknown_class_may_be_left_out(memory: GraphStore) -> None:
    answer = asked(memory, "hand", NODES, EDGES, scope="car", unknown_is_needed=False)
    assert [r.id for r in answer.rows] == ["product:car"]


def test_equipment_is_left_out_or_felt_after_its_lag(memory: GraphStore) -> None:
    tool: Edge = ("INPUT_OF", "product:tool", "product:steel", {"input_class": 2, "input_kind": "equipment"})
    nodes, edges = [*NODES, "product:tool", "chain:c"], [*EDGES, tool]
    edges += [("PART_OF", f"product:{p}", "chain:c") for p in ("ore", "steel", "car", "tool")]
    for scope in ("car", "chain:c"):
        answer = asked(memory, "tool", nodes, edges, scope=scope)
        assert ({row.name_zh for row in answer.rows}, answer.final_products) == ({"car", "steel", "ore"}, ["car"])
        assert Text("common.equipment.left_out", inputs=1, days=None) in answer.conventions
    # Ore stops steel when its stock is used up, a tool 40 days later; 30 days of each in stock, 15 of the car.
    for lag, lasts in ((0, 75), (40, 115)):
        answer = asked(memory, "tool", nodes, edges, scope="car", equipment_lag_days=lag)
        assert {r.name_zh: r.survival_days for r in answer.rows} == {
            "car": pytest.approx(15), "steel": pytest.approx(45), "ore": pytest.approx(75), "tool": pytest.approx(lasts),
        }  # fmt: skip
        assert Text("common.equipment.late_input", inputs=1, days=float(lag)) in answer.conventions


def test_what_is_made_at_a_plant_stops_with_the_city_of_the_plant(memory: GraphStore) -> None:
    nodes: list[str | Item] = ["product:car", "enterprise:a", "plant:f", HEFEI, place("wuhu")]
    edges: list[Edge] = [
        ("MAKES", "enterprise:a", "product:car"), ("LOCATED_IN", "enterprise:a", "place:hefei"),
        ("OPERATES", "enterprise:a", "plant:f"), ("MAKES", "plant:f", "product:car"), ("LOCATED_IN", "plant:f", "place:wuhu"),
    ]  # fmt: skip
    answer = asked(memory, "plant", nodes, edges, scope="car", fails="city")
    assert [row.id for row in answer.rows] == ["place:wuhu"]


def test_a_cycle_is_cut_and_said(memory: GraphStore) -> None:
    back: Edge = ("INPUT_OF", "product:steel", "product:ore", {"input_class": 2})
    answer = asked(memory, "cycle", NODES, [*EDGES, back], scope="car")
    assert {r.id for r in answer.rows} == {"product:car", "product:steel", "product:ore"}
    assert counted(answer)["survival.note.back"] == 1


def test_what_is_farther_up_is_said(memory: GraphStore) -> None:
    answer = asked(memory, "hand", NODES, EDGES, scope="car", tiers=1)
    assert (len(answer.rows), answer.is_ranked_whole) == (2, False)
    assert counted(answer)["survival.note.beyond"] == 1


def test_a_long_chain_is_cut_at_the_nearest_products(memory: GraphStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("queries.questions.survival.MOST_PRODUCTS", 2)
    answer = asked(memory, "long", NODES, EDGES, scope="car")
    assert ([r.name_zh for r in answer.rows], answer.is_ranked_whole) == (["car", "steel"], False)
    assert counted(answer)["survival.note.left_out"] == 1


def test_an_empty_chain_an_unknown_name_and_bad_numbers(memory: GraphStore) -> None:
    answer = asked(memory, "empty", ["chain:c"], [], scope="chain:c")
    assert (answer.rows, answer.notes) == ([], [Text("survival.note.no_product")])
    with pytest.raises(UnknownName):
        asked(memory, "empty", ["chain:c"], [], scope="d")
    with pytest.raises(ValueError, match="spare"):
        asked(memory, "empty", ["chain:c"], [], scope="chain:c", spare=-1)


def test_the_oracle_says_the_same_of_random_graphs(memory: GraphStore) -> None:
    for seed in range(5):
        batches = random_batches(seed)
        memory.replace(batches, f"survival{seed}")
        facts = facts_of(batches)
        for question in what_if(facts, Random(seed)):
            if question[0] == "survival":
                answer = question_named("survival").ask(memory, **question[1])
                assert plain(answer) == by_oracle(facts, question), (seed, question)


def test_makers_of_low_confidence_may_be_left_out(memory: GraphStore) -> None:
    edges: list[Edge] = [
        ("MAKES", "enterprise:a", "product:p", {"confidence": 0.9}),
        ("MAKES", "enterprise:b", "product:p", {"confidence": 0.3}),
    ]
    graph_of(memory, ["product:p", "enterprise:a", "enterprise:b"], edges, "sure")
    makers = [
        question_named("survival").ask(memory, scope="product:p", min_confidence=least).rows[0].makers  # type: ignore[attr-defined]
        for least in (0.0, 0.5)
    ]
    assert makers == [2, 1]
