"""Every question, on both engines and by the oracle: one answer."""

import os
from collections.abc import Mapping
from random import Random
from typing import Any
from zlib import crc32

import networkx as nx
import pytest

from graph.store import Batch, GraphStore
from queries.answer import Answer, rows_of
from queries.compare import row_key
from queries.questions.attribution import AttributionAnswer
from queries.reader import Reader
from queries.registry import questions
from queries.saved import question_named
from queries.surroundings import surroundings
from tests import oracle
from tests.oracle import Facts, facts_of
from tests.queries.random_graphs import random_batches

pytestmark = pytest.mark.slow

LEDGERS = ("performance", "registration", "agreed", "shapley")
_SETS = ("evidence_ids", "relations")

Asked = tuple[str, Mapping[str, Any]]


def plain(answer: Answer) -> list[dict[str, Any]]:
    """The rows as the oracle gives them: evidence and relations as sets."""
    return [with_sets(row.model_dump(mode="json")) for row in answer.rows]  # type: ignore[attr-defined]


def with_sets(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, **{key: set(row[key]) for key in _SETS if isinstance(row.get(key), list | set)}}


def by_oracle(facts: Facts, asked: Asked) -> list[dict[str, Any]]:
    name, given = asked
    rows = getattr(oracle, name)(facts, **given)
    within = 1e-6 if name in _PROGRAMMES else 2e-9
    return [near(with_sets(row), within) for row in (rows[0] if name == "neighbourhood" else rows)]


_PROGRAMMES = ("survival",)
"""Questions answered by linear programmes, which solve to about seven digits."""


def near(value: Any, within: float = 2e-9) -> Any:
    """What equals a value whose fractions are that near, however deep they stand: engines add in orders of their own."""
    if isinstance(value, dict):
        return {key: near(one, within) for key, one in value.items()}
    if isinstance(value, list):
        return [near(one, within) for one in value]
    return pytest.approx(value, rel=within, abs=within) if isinstance(value, float) else value


def whole(answer: Answer) -> dict[str, Any]:
    """Everything an answer says but for the statements, which may differ between engines."""
    return answer.model_dump(mode="json", exclude={"statements"})


def questions_about(facts: Facts, rng: Random) -> list[Asked]:
    """Every question at least once, with parameters drawn from what the graph holds, and from what it does not."""
    places = rng.choice(
        [[], ["corridor"], ["everywhere"], rng.sample(facts.ids("place"), k=min(2, len(facts.ids("place"))))]
    )
    chain = rng.choice(["", *facts.ids("chain")])
    subjects = facts.ids("product") + facts.ids("enterprise")
    nodes = [i for i in sorted(facts.nodes) if not i.startswith("source:")]
    start = rng.choice(nodes)
    return [
        ("chains", {"places": places}),
        ("gaps", {"chain": chain, "places": places, "limit": 10_000}),
        ("gaps", {
            "places": places, "verdicts": rng.sample(list(oracle.VERDICTS), k=3),
            "hhi_above": rng.choice([0.0, 0.15, 0.45, 0.6, 1.0]), "share_below": rng.choice([0.0, 0.15, 0.5]),
            "limit": rng.choice([1, 3, 50]),
        }),
        ("key_technologies", {"chain": chain, "places": places, "key_only": False}),
        ("key_technologies", {"kind": "product", "places": places, "limit": rng.choice([1, 3, 10_000])}),
        ("key_technologies", {"places": ["everywhere"], "limit": rng.choice([1, 50])}),
        ("next_products", {"city": rng.choice(facts.ids("place")), "places": places, "chain": chain, "limit": 10_000}),
        ("next_products", {
            "city": rng.choice(facts.ids("place")), "density_weight": rng.choice([0.0, 1.0]), "gap_weight": 0.0,
            "complexity_weight": rng.choice([0.0, 0.5]), "limit": 3,
        }),
        ("sectors", {"suppliers": rng.choice([1, 5]), "labour_share": rng.choice([None, 0.2, 1.0])}),
        ("sectors", {"product": rng.choice(facts.ids("product"))}),
        *(("sectors", {"sector": sector}) for sector in facts.ids("sector")),
        *_about_concentration(facts, rng, places, chain),
        ("partners", {"subject": rng.choice(subjects), "places": places, "limit": 10_000}),
        ("partners", {"subject": rng.choice(subjects), "roles": rng.sample(list(oracle.ROLES), k=2), "limit": 3}),
        ("partners", {
            "subject": rng.choice(facts.ids("enterprise") or subjects), "places": places, "weight_place": 0.0,
            "weight_relatedness": rng.choice([0.0, 1.0]),
        }),
        ("candidates", {"chain": chain, "places": places, "per_gap": rng.choice([1, 2, 50]), "limit": 1_000}),
        ("candidates", {"product": rng.choice(facts.ids("product")), "places": places}),
        ("candidates", {
            "product": rng.choice(facts.ids("product")), "kinds": rng.sample(list(oracle.KINDS), k=2),
            "weight_density": rng.choice([0.0, 1.0]), "limit": 2,
        }),
        ("candidates", {"places": places, "min_confidence": 0.8, "per_gap": 50, "limit": 1_000}),
        ("science_chain", {"chain": chain, "places": places, "limit": 1_000}),
        ("science_chain", {"key_only": True, "unknown_counts": rng.choice([0.0, 1.0]), "limit": 2}),
        ("science_chain", {"chain": chain, "places": places, "min_confidence": 0.8}),
        *(("science_chain", {"technology": t, "places": places}) for t in facts.ids("technology")[:1]),
        ("search", {"text": rng.choice(["p", "E1", "名", "名ｐ１", "  ", "|", "' OR 1=1 //", "\\", "mp2"])}),
        ("neighbourhood", {
            "node": start, "depth": rng.choice([1, 2, 3]), "limit": rng.choice([1, 2, 3, 5, 8, 150]),
        }),
        *what_if(facts, Random(rng.random())),
        *_about_centres(facts, rng),
        *_about_a_fund(facts, Random(7), places),
        *(("cooperation", {"subject": one, "places": places, "min_confidence": rng.choice([0.0, 0.0, 0.8])})
          for one in (*facts.ids("technology")[:1], *facts.ids("product")[:2])),
        ("what_is_missing", {"chain": chain, "places": places, "limit": 1_000}),
        ("what_is_missing", {"limit": 3}),
        ("data_quality", {"chain": chain, "years": rng.choice([1, 3, 40])}),
    ]  # fmt: skip


def _about_centres(facts: Facts, rng: Random) -> list[Asked]:
    """Questions about centres and what their residents report."""
    center = rng.choice(["", *facts.ids("center")])
    return [
        ("attribution", {"indicator": rng.choice(["rnd", "rnd", "output", "tax", "firms"]), "center": center}),
        ("attribution", {"all_years": True, "limit": rng.choice([1, 1_000])}),
        ("attribution", {"year": 2023, "indicator": "rnd"}),
        *(
            ("certificate", {"center": one, "rules": rng.choice(["incubator-2018", "g60-2023"])})
            for one in facts.ids("center")
        ),
        ("lineage", {"center": center}),
        ("lineage", {"where": ["host", "home", "not_yet"], "limit": rng.choice([2, 200])}),
        ("tracking", {"by": "center", "center": center}),
        ("tracking", {"by": "resident", "since": rng.choice([None, 2023])}),
        (
            "tracking",
            {"by": "resident", "states": rng.sample(["missing", "check", "drifting", "steady"], k=2), "limit": 3},
        ),
        ("certification", {"draws": 20, "against": rng.choice(["", "shengzhou-2020"])}),
        ("certification", {"rules": "g60-2023", "draws": 20, "year": rng.choice([None, 2023]), "center": center}),
        ("certification", {"rules": "shengzhou-2020", "draws": 20, "against": "g60-2023"}),
    ]


def what_if(facts: Facts, rng: Random) -> list[Asked]:
    """Questions about what rests on what, and about what happens if something stops."""
    things = facts.ids("product") + facts.ids("enterprise") + facts.ids("technology")
    places = rng.choice([[], ["everywhere"], rng.sample(facts.ids("place"), k=1)])
    shocks = things + facts.ids("place") + facts.ids("center") + facts.ids("plant")
    ends = [i for i in sorted(facts.nodes) if not i.startswith("source:")]
    return [
        ("trace", {"subjects": rng.sample(things, k=rng.randint(1, min(3, len(things)))), "places": places}),
        ("trace", {
            "subjects": [rng.choice(facts.ids("product"))], "directions": rng.choice(["up", "down"]),
            "tiers": rng.choice([1, 2, 6]), "limit": rng.choice([1, 3, 50]),
        }),
        ("trace", {
            "subjects": [rng.choice(facts.ids("product"))],
            "input_kinds": rng.choice([["equipment"], ["material", "component"]]),
        }),
        *(("cascade", {
            "shocks": rng.sample(shocks, k=number), "share": rng.choice([0.4, 1.0]),
            "links": rng.choice(["recorded", "derived", "both"]), "unknown_class": rng.choice([0, 1, 2]),
            "replaceable": rng.random() < 0.5, "weights": rng.choice(["sales", "products"]), "epsilon": 1e-12,
            "most_makers": rng.choice([1, 2, 30]), "places": places, "min_confidence": rng.choice([0.0, 0.0, 0.9]),
            "equipment_lag_days": rng.choice([None, None, 30.0]),
        }) for number in (0, 1, min(2, len(shocks)))),
        ("scenarios", {"shocks": rng.sample(shocks, k=min(2, len(shocks))), "share": rng.choice([0.4, 1.0])}),
        ("scenarios", {"shocks": rng.sample(shocks, k=1), "or_shocks": rng.sample(shocks, k=1), "or_share": 0.5}),
        *(("routes", {
            "start": rng.sample(ends, k=rng.choice([1, 1, 2])), "target": rng.sample(ends, k=rng.choice([1, 1, 2])),
            "most": rng.choice([1, 3, 8]), "most_steps": rng.choice([1, 3, 5]), "cost": cost,
            "along": rng.random() < 0.3,
        }) for cost in ("steps", "confidence", "share")),
        *(("cuts", {
            "product": rng.choice(facts.ids("product")), "tiers": rng.choice([1, 2, 5]),
            "unknown_is_needed": rng.random() < 0.7, "places": places, "limit": rng.choice([2, 50]),
            "min_confidence": rng.choice([0.0, 0.0, 0.9]), "equipment_lag_days": rng.choice([None, None, 30.0]),
        }) for _ in range(2)),
        *(("survival", {
            "scope": rng.choice(facts.ids("product") + facts.ids("chain")), "equipment_lag_days": lag,
            "fails": rng.choice(["product", "city", "node"]), "tiers": rng.choice([1, 2, 5]),
            "spare": rng.choice([0.0, 0.3, 1.0]), "stock_days": rng.choice([0.0, 10.0, 40.0]),
            "end_stock_days": rng.choice([0.0, 25.0]), "unknown_is_needed": rng.random() < 0.5, "places": places,
            "min_confidence": rng.choice([0.0, 0.0, 0.9]),
        }) for lag in (None, rng.choice([0.0, 12.0, 60.0]))),
    ]  # fmt: skip


def _about_a_fund(facts: Facts, rng: Random, places: list[str]) -> list[Asked]:
    """Each project alone, and all with a budget for none: which of several are best is the algorithm's to prove."""
    given: dict[str, Any] = {"places": places, "weight_esri": 0.0, "weight_survival": 0.0, "early_middle_share": 0.0}
    return [
        ("fund", {**given, "budget_10k_cny": 1.0}),
        *(("fund", {**given, "projects": [one], "unknown_counts": rng.choice([0.0, 0.5, 1.0]),
                    "budget_10k_cny": rng.choice([1_500.0, 12_600.0, 9e8])}) for one in facts.ids("proposal")),
    ]  # fmt: skip


def _about_concentration(facts: Facts, rng: Random, places: list[str], chain: str) -> list[Asked]:
    what = rng.choice(["product", "technology", "chain"])
    thresholds = {
        "hhi_above": rng.choice([0.0, 0.15, 0.45, 0.6, 1.0]), "outside_share_above": rng.choice([0.0, 0.15, 0.55]),
        "outside_ratio_above": rng.choice([0.0, 0.3, 1.7]),
    }  # fmt: skip
    given: dict[str, Any] = {"chain": chain, "what": what, "places": places, "limit": 10_000, **thresholds}
    return [
        *(("concentration", {**given, "by": by}) for by in ("enterprise", "group", "city", "province", "country")),
        ("concentration", {"subjects": rng.sample(facts.ids("product"), k=1), "by": "city", "places": ["everywhere"]}),
        ("concentration", {"what": "chain", "by": rng.choice(["city", "group"]), "places": places, "limit": 2}),
    ]


# --- random graphs ---------------------------------------------------------------------------------------------------


_TURNS = int(os.environ.get("CORRIDOR_RANDOM_GRAPHS_TURNS", "6"))
"""A graph is asked one part of so many of the questions; graphs of so many seeds in a row are asked all of them."""
_GRAPHS = int(os.environ.get("CORRIDOR_RANDOM_GRAPHS", "8"))
"""How many are drawn: the same ones each time, so that more are worth their time after a change of a question."""
_ON_BOTH = int(os.environ.get("CORRIDOR_RANDOM_GRAPHS_ON_BOTH", "6"))
_FROM = int(os.environ.get("CORRIDOR_RANDOM_GRAPHS_FROM", "1104"))
"""How many others are asked on both engines, and the seed of the first."""


def way(asked: Asked) -> tuple[str, ...]:
    """What tells a question from those that differ in the things that they are about: its name, what is given, and by what it counts."""
    name, given = asked
    return (name, *given, *(str(given[one]) for one in ("by", "cost") if one in given))


def drawn(seed: int) -> tuple[list[Batch], Facts, list[Asked]]:
    """The graph of a seed and the part of the questions about it whose turn it is."""
    batches = random_batches(seed)
    facts = facts_of(batches)
    every = questions_about(facts, Random(seed))
    return batches, facts, [one for one in every if (seed - crc32("|".join(way(one)).encode())) % _TURNS == 0]


@pytest.mark.parametrize("seeds", [range(2023, 2031), range(1104, 1110)], ids=["oracle", "both"])
def test_every_question_is_asked_in_every_way_and_graphs_have_every_shape(seeds: range) -> None:
    every = {way(one) for seed in range(30) for one in questions_about(facts_of(random_batches(seed)), Random(seed))}
    assert {name for name, *_ in every} == {q.name for q in questions()}
    graphs = [drawn(seed)[1:] for seed in seeds]
    assert every - {way(one) for _, part in graphs for one in part} == set()
    assert {shape for facts, _ in graphs for shape in shapes(facts)} == {*_SHAPES}


_SHAPES = ("cycle", "loop", "isolated node", "parallel edges", "name beyond the first plane")


def shapes(facts: Facts) -> list[str]:
    """What a graph has of that on which questions stumble."""
    ends = [(edge["type"], edge["from_id"], edge["to_id"]) for edge in facts.edges]
    at = {end for _, *both in ends for end in both}
    return [shape for shape, is_there in zip(_SHAPES, (
        any(len(part) > 1 for part in nx.strongly_connected_components(facts.inputs)),
        any(a == b for _, a, b in ends),
        not facts.nodes.keys() <= at,
        len(set(ends)) < len(ends),
        any(max(node["name_zh"]) > "\uffff" for node in facts.nodes.values()),
    ), strict=True) if is_there]  # fmt: skip


def test_answers_on_random_graphs_are_the_oracles(memory: GraphStore) -> None:
    for seed in range(2023, 2023 + _GRAPHS):
        batches, facts, questions_now = drawn(seed)
        memory.replace(batches, f"test{seed}")
        for asked in questions_now:
            name, given = asked
            answer = question_named(name).ask(memory, **given)
            assert plain(answer) == by_oracle(facts, asked), (seed, asked)
            keys = [row_key(row) for row in rows_of(answer)]
            assert len(set(keys)) == len(keys), ("the declared key tells rows apart", seed, asked)


def test_answers_about_centres_are_the_oracles_and_each_ledger_has_one_total(memory: GraphStore) -> None:
    for seed in range(4):
        batches = random_batches(seed)
        memory.replace(batches, f"centres{seed}")
        facts = facts_of(batches)
        for asked in _about_centres(facts, Random(seed)):
            name, given = asked
            answer = question_named(name).ask(memory, **given)
            assert plain(answer) == by_oracle(facts, asked), (seed, asked)
            if isinstance(answer, AttributionAnswer) and given.get("limit") != 1:
                for year, total in answer.totals.items():
                    own = [row for row in answer.rows if row.year == year]
                    for ledger in LEDGERS if own else ():
                        assert sum(getattr(row, ledger) or 0.0 for row in own) == pytest.approx(total), ledger


def test_what_a_picture_leaves_out_is_counted_as_the_oracle_does(memory: GraphStore) -> None:
    for seed in range(8):
        batches = random_batches(seed)
        memory.replace(batches, f"test{seed}")
        facts = facts_of(batches)
        rng = Random(seed)
        given: dict[str, Any] = {"depth": rng.choice([1, 2, 3]), "limit": rng.choice([1, 3, 5, 150])}
        node = rng.choice(sorted(facts.nodes))
        around = surroundings(Reader(memory), node, **given)
        _, total, more = oracle.neighbourhood(facts, node, **given)
        assert (around.total_nodes, around.more) == (total, more), (seed, node, given)


@pytest.mark.neo4j
def test_both_engines_answer_alike_on_random_graphs(neo4j_store: GraphStore, memory: GraphStore) -> None:
    for seed in range(_FROM, _FROM + _ON_BOTH):
        batches, facts, questions_now = drawn(seed)
        memory.replace(batches, f"test{seed}")
        neo4j_store.replace(batches, f"test{seed}")
        for asked in questions_now:
            name, given = asked
            answer = question_named(name).ask(neo4j_store, **given)
            assert whole(answer) == near(whole(question_named(name).ask(memory, **given))), (seed, asked)
            assert plain(answer) == by_oracle(facts, asked), (seed, asked)
