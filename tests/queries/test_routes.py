"""The best ways and the next best: by steps, confidence and share, from several starts to several targets."""

import re
from pathlib import Path
from random import Random

import pytest

from graph.cypher import read_queries
from graph.errors import AmbiguousName, UnknownName
from graph.ontology import EDGE_TYPES
from graph.store import GraphStore
from graph.texts import Language
from queries.questions import routes
from queries.questions.routes import RoutesAnswer
from queries.saved import question_named
from tests.graphs import Edge, Item, chain_of_products, graph_of
from tests.oracle import facts_of
from tests.queries.random_graphs import random_batches
from tests.queries.test_agreement import by_oracle, plain, what_if

pytestmark = pytest.mark.slow

YEN = {"c d": 3, "c e": 2, "d f": 4, "e d": 1, "e f": 2, "e g": 3, "f g": 2, "f h": 1, "g h": 2}
"""The example of Yen's algorithm: costs are 1 / share of what an enterprise sells another."""
NODES: list[str | Item] = [
    *(f"enterprise:{name}" for name in "cdefgh"), "product:p", "product:q",
    {"id": "place:x", "name_zh": "合肥市", "aliases": ["合肥"]}, "chain:c",
]  # fmt: skip
EDGES: list[Edge] = [
    *(("SUPPLIES", f"enterprise:{pair[0]}", f"enterprise:{pair[-1]}", {"share": 1 / cost}) for pair, cost in YEN.items()),
    ("MAKES", "enterprise:c", "product:p", {"confidence": 0.9}),
    ("MAKES", "enterprise:h", "product:q", {"confidence": 0.8}),
    ("INPUT_OF", "product:p", "product:q", {"confidence": 0.4}),
    ("LOCATED_IN", "enterprise:c", "place:x"),
    ("LOCATED_IN", "enterprise:h", "place:x"),
    ("PART_OF", "product:p", "chain:c"),
    ("PART_OF", "product:q", "chain:c"),
]  # fmt: skip


def asked(store: GraphStore, edges: list[Edge] = EDGES, run_id: str = "yen", **given: object) -> RoutesAnswer:
    graph_of(store, NODES, edges, f"routes-{run_id}")
    answer = question_named("routes").ask(store, **given)
    assert isinstance(answer, RoutesAnswer)
    return answer


def ways(answer: RoutesAnswer) -> list[str]:
    """Each way as its nodes' names in a row."""
    found: dict[int, str] = {}
    for row in answer.rows:
        found[row.route] = found.get(row.route, row.from_name) + row.to_name
    return list(found.values())


def test_the_three_best_ways_of_the_published_example(memory: GraphStore) -> None:
    sales = [e for e in EDGES if e[0] == "SUPPLIES"]
    given = {"start": ["enterprise:c"], "target": ["enterprise:h"], "cost": "share"}
    answer = asked(memory, sales, "sales", along=True, **given)
    # Of two ways that cost 8 the one of fewer steps comes first.
    assert ways(answer) == ["cefh", "cegh", "cdfh"]
    assert answer.costs == pytest.approx([5, 7, 8])
    # Either way, from d to e too.
    assert ways(asked(memory, sales, "sales", **given)) == ["cefh", "cegh", "cdefh"]


def test_steps_are_what_counts_unless_something_else_is_asked_for(memory: GraphStore) -> None:
    answer = asked(memory, start=["enterprise:c"], target=["enterprise:h"], most=2)
    # Through the products; the place that both are in is no way.
    assert ways(answer) == ["cpqh", "cdfh"]
    row = answer.rows[1]
    assert (row.relation, row.route, row.step, row.route_cost) == ("INPUT_OF", 1, 2, 3.0)
    assert row.relation_text.in_(Language.ZH) == "p 投入 q"
    assert row.evidence_ids == ["product:p", "INPUT_OF|product:p|product:q", "product:q"]


def test_the_most_reliable_way_has_the_largest_product_of_confidences(memory: GraphStore) -> None:
    answer = asked(memory, start=["enterprise:c"], target=["enterprise:h"], cost="confidence", most=1)
    assert ways(answer) == ["cpqh"]
    assert answer.reliability == pytest.approx([0.9 * 0.4 * 0.8])
    answer = asked(
        memory, start=["enterprise:c"], target=["enterprise:h"], cost="confidence", unknown_confidence=1, most=1
    )
    assert answer.reliability == pytest.approx([1.0])
    assert [note.in_(Language.EN) for note in answer.notes] == ["3 steps of these ways rest on an assumed value."]


def test_a_place_may_be_an_end_and_is_never_passed(memory: GraphStore) -> None:
    assert ways(asked(memory, start=["合肥"], target=["q"], most=1)) == ["合肥市hq"]
    assert ways(asked(memory, start=["enterprise:c"], target=["合肥", "product:q"], most=2)) == ["c合肥市", "cpq"]
    both = ways(asked(memory, start=["enterprise:c", "合肥"], target=["合肥", "enterprise:h"], most=8))
    assert {"c合肥市", "合肥市h"} <= set(both)
    assert not {"c合肥市h", "合肥市c合肥市"} & set(both)


def test_every_relation_between_two_nodes_of_a_path_is_shown(memory: GraphStore) -> None:
    parallel: list[Edge] = [
        *EDGES,
        ("OWNS", "enterprise:c", "enterprise:d", {"share": 0.6}),
        ("SUPPLIES", "enterprise:d", "enterprise:c", {"product_id": "product:p"}),
    ]
    answer = asked(memory, parallel, "parallel", start=["enterprise:c"], target=["enterprise:d"], cost="share", most=1)
    row = answer.rows[0]
    # The holding is the better way; what the one sells the other is told beside it.
    assert row.relation == "OWNS"
    assert [said.in_(Language.ZH) for said in row.relations] == ["c 持股 d", "c 供应 d", "d 供应 c"]
    assert row.cost == pytest.approx(1 / 0.6)
    assert row.evidence_ids == [
        "enterprise:c", "OWNS|enterprise:c|enterprise:d", "SUPPLIES|enterprise:c|enterprise:d",
        "SUPPLIES|enterprise:d|enterprise:c|product:p", "enterprise:d",
    ]  # fmt: skip


def test_an_ambiguous_end_is_refused_with_the_choices(memory: GraphStore) -> None:
    nodes: list[str | Item] = [{"id": "product:a", "name_zh": "电池"}, {"id": "chain:b", "name_zh": "电池"}]
    graph_of(memory, nodes)
    with pytest.raises(AmbiguousName, match=r"chain:b.*product:a"):
        question_named("routes").ask(memory, start=["电池"], target=["product:a"])


def test_only_what_lies_between_the_ends_is_read(memory: GraphStore) -> None:
    nodes, edges = chain_of_products(40)
    graph_of(memory, nodes, edges)
    answer = question_named("routes").ask(memory, start=["product:0"], target=["product:4"])
    assert isinstance(answer, RoutesAnswer)
    read = [ran.parameters["node_ids"] for ran in answer.statements if ran.name == "relations"]
    assert (len(answer.rows), answer.looked_at) == (4, 6)
    assert read == [["product:0"], ["product:4"], ["product:1"], ["product:2"], ["product:3"]]


def test_several_starts_and_targets_share_one_ranking(memory: GraphStore) -> None:
    assert ways(asked(memory, start=["d、p"], target=["h", "g"], most=3)) == ["dfg", "dfh", "deg"]


def test_no_way_a_way_of_no_steps_and_an_unknown_name(memory: GraphStore) -> None:
    answer = asked(memory, start=["enterprise:c"], target=["enterprise:h"], most_steps=2)
    assert answer.rows == []
    assert [note.in_(Language.EN) for note in answer.notes] == ["No way within 2 steps."]
    answer = asked(memory, start=["p"], target=["p"], most=1)
    assert (answer.rows, answer.costs) == ([], [0.0])
    assert [note.id for note in answer.notes] == ["routes.note.no_steps"]
    with pytest.raises(UnknownName, match="合肥"):
        asked(memory, start=["合肥县"], target=["p"])


def test_one_way_between_two_things_is_the_shortest_path(memory: GraphStore) -> None:
    for seed in range(4):
        batches = random_batches(seed)
        memory.replace(batches, f"routes{seed}")
        facts = facts_of(batches)
        ids = [i for i in sorted(facts.nodes) if not i.startswith("source:")]
        rng = Random(seed)
        for _ in range(6):
            start, target, most = rng.choice(ids), rng.choice(ids), rng.choice([2, 6])
            found = question_named("routes").ask(memory, start=[start], target=[target], most=1, most_steps=most)
            rows = by_oracle(facts, ("path", {"start": start, "target": target, "most_steps": most}))
            assert [{key: row[key] for key in rows[0] if key != "evidence_ids"} for row in plain(found)] == [
                {key: value for key, value in row.items() if key != "evidence_ids"} for row in rows
            ], (seed, start, target)
            assert all(a["evidence_ids"] >= b["evidence_ids"] for a, b in zip(plain(found), rows, strict=True))


def test_the_oracle_says_the_same_of_random_graphs(memory: GraphStore) -> None:
    for seed in range(8):
        batches = random_batches(seed)
        memory.replace(batches, f"routes{seed}")
        facts = facts_of(batches)
        for question in what_if(facts, Random(seed)):
            if question[0] == "routes":
                answer = question_named("routes").ask(memory, **question[1])
                assert plain(answer) == by_oracle(facts, question), (seed, question)


def test_a_path_may_use_every_type_of_edge_and_no_label_is_left_out() -> None:
    """A pair of labels that no section speaks of would be a path that is never found, which reads as none."""
    spoken = []
    for section in read_queries(Path(routes.__file__).with_suffix(".cypher")).values():
        near, types, far = (set(named.split("|")) for named in re.findall(r"\b[nrm]:([A-Za-z_|]+)", section.text))
        spoken.append((near, types, far))
    lacking = [
        (kind.type, ends)
        for kind in EDGE_TYPES
        for ends in kind.ends
        if not any(
            kind.type in types and ((ends[0] in near and ends[1] in far) or (ends[1] in near and ends[0] in far))
            for near, types, far in spoken
        )
    ]
    assert lacking == []
