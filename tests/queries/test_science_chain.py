"""Where the path from science to industry breaks off."""

import pytest

from graph.errors import AmbiguousName, UnknownName
from graph.store import GraphStore
from graph.texts import Language, Text
from queries.questions.science_chain import ScienceChainAnswer, Stage, State, TechnologyPath, science_chain
from tests.graphs import Edge, Item, graph_of, holding

pytestmark = pytest.mark.slow

NODES: list[str | Item] = [
    {"id": "place:340100", "name_zh": "合肥市", "in_corridor": True}, "place:110000", "chain:c",
    {"id": "technology:t", "name_zh": "抛光", "is_key": True, "field": "材料"},
    "product:pad", "product:chip", "product:phone", "enterprise:a", "enterprise:b", "institute:i", "center:z",
]  # fmt: skip
WHOLE: list[Edge] = [
    ("RESEARCHES", "institute:i", "technology:t"),
    ("LOCATED_IN", "institute:i", "place:340100"),
    ("MASTERS", "enterprise:a", "technology:t"),
    ("MAKES", "enterprise:a", "product:pad"),
    ("LOCATED_IN", "enterprise:a", "place:340100"),
    ("NEEDS", "product:pad", "technology:t"),
    ("PART_OF", "product:pad", "chain:c"),
    ("INPUT_OF", "product:pad", "product:chip"),
    ("MAKES", "enterprise:b", "product:chip"),
    ("LOCATED_IN", "enterprise:b", "place:340100"),
]


def asked(store: GraphStore, edges: list[Edge], chain: str = "", unknown_counts: float = 0.5) -> ScienceChainAnswer:
    graph = holding(store, NODES, edges)
    return science_chain(graph, chain=chain, unknown_counts=unknown_counts)


def only(answer: ScienceChainAnswer) -> TechnologyPath:
    assert len(answer.rows) == 1, answer.rows
    return answer.rows[0]


def without(*types_and_tails: tuple[str, str]) -> list[Edge]:
    return [edge for edge in WHOLE if edge[:2] not in types_and_tails]


def test_a_path_that_is_whole_has_no_break(memory: GraphStore) -> None:
    row = only(asked(memory, WHOLE))
    assert {row.science, row.technology, row.product, row.industry} == {State.HERE}
    assert (row.break_texts, row.brokenness, row.score, row.centre) == ([], 0, 0, State.NOT_ON_RECORD)
    assert row.reason.in_(Language.ZH) == "i → 研究 → 抛光 ← 掌握 ← a → 生产 → pad → 属于 → c"
    assert row.path == ["institute:i", "technology:t", "enterprise:a", "product:pad", "chain:c"]
    assert (row.needed_by, row.dependents, row.products, row.makers, row.chains) == (1, 2, ["pad"], ["a"], ["c"])


def test_a_stage_that_is_only_elsewhere_is_a_known_break_and_one_not_on_record_is_none(memory: GraphStore) -> None:
    edges = without(("MASTERS", "enterprise:a"), ("LOCATED_IN", "institute:i"))
    elsewhere: list[Edge] = [("MAKES", "enterprise:b", "product:pad"), ("LOCATED_IN", "institute:i", "place:110000")]
    row = only(asked(memory, [*edges, *elsewhere]))
    assert (row.science, row.technology, row.product) == (State.ELSEWHERE, State.NOT_ON_RECORD, State.HERE)
    assert [said.in_(Language.ZH) for said in row.break_texts] == ["源头断点（仅区外有）", "转化断点（未见记录）"]
    # One of four stages is missing, another may be: (1 + 0.5) / 4, of two products that depend on it.
    assert (row.breaks, row.unknowns, row.brokenness, row.score) == (1, 1, 0.375, 0.75)
    assert (row.institutes_here, row.institutes_elsewhere, row.makers_here, row.makers_without) == (0, 1, 2, 2)
    assert only(asked(memory, [*edges, *elsewhere], unknown_counts=0)).brokenness == 0.25


def test_a_holder_of_unknown_place_leaves_the_stage_open(memory: GraphStore) -> None:
    row = only(asked(memory, without(("LOCATED_IN", "institute:i"))))
    assert (row.science, row.breaks, row.unknowns) == (State.UNPLACED, 0, 1)


def test_residents_bring_a_technology_to_a_centre_and_those_who_intend_to_do_not(memory: GraphStore) -> None:
    def centre(status: str) -> tuple[State, list[str]]:
        row = only(
            asked(
                memory,
                [
                    *WHOLE,
                    ("LOCATED_IN", "center:z", "place:340100"),
                    ("RESIDENT_OF", "enterprise:a", "center:z", {"resident_status": status}),
                ],
            )
        )
        return row.centre, row.centres

    assert centre("resident") == (State.HERE, ["z"])
    assert centre("intends") == (State.NOT_ON_RECORD, [])


def test_industry_is_what_the_product_goes_into_or_an_end_product_itself(memory: GraphStore) -> None:
    assert only(asked(memory, without(("MAKES", "enterprise:b")))).industry is State.NOT_ON_RECORD
    assert only(asked(memory, without(("INPUT_OF", "product:pad")))).industry is State.HERE
    through: list[Edge] = [("INPUT_OF", "product:chip", "product:phone"), ("MAKES", "enterprise:b", "product:phone")]
    assert only(asked(memory, [*without(("MAKES", "enterprise:b")), *through])).industry is State.HERE


def test_who_masters_it_and_makes_none_of_its_products_is_joined_over_the_product(memory: GraphStore) -> None:
    row = only(asked(memory, without(("MAKES", "enterprise:a"))))
    assert row.reason.in_(Language.ZH) == "i → 研究 → 抛光 ← 需要技术 ← pad → 属于 → c"
    assert row.product is State.NOT_ON_RECORD
    assert row.break_texts == [Text("science_chain.break.product", state=State.NOT_ON_RECORD)]
    assert "MASTERS|enterprise:a|technology:t" in row.evidence_ids


def test_a_technology_of_which_nothing_is_on_record_is_a_row(memory: GraphStore) -> None:
    row = only(asked(memory, []))
    assert (row.unknowns, row.score, row.reason.in_(Language.ZH), row.path) == (4, 0, "抛光", ["technology:t"])
    assert row.evidence_ids == ["technology:t"]


def test_a_chain_asks_for_the_technologies_of_its_products(memory: GraphStore) -> None:
    assert [r.technology_id for r in asked(memory, WHOLE, chain="c").rows] == ["technology:t"]
    answer = asked(memory, without(("PART_OF", "product:pad")), chain="c")
    assert (answer.rows, answer.notes) == ([], [Text("science_chain.note.none_asked")])


def test_what_most_depends_on_comes_first_among_equally_broken(memory: GraphStore) -> None:
    nodes: list[str | Item] = ["technology:a", "technology:b", *(f"product:{p}" for p in "xyz")]
    edges: list[Edge] = [
        ("NEEDS", "product:z", "technology:a"),
        ("NEEDS", "product:x", "technology:b"),
        ("INPUT_OF", "product:x", "product:y"),
        ("INPUT_OF", "product:y", "product:x"),
    ]
    answer = science_chain(graph_of(memory, nodes, edges, "science ordered"))
    assert [(r.technology_id, r.dependents, r.brokenness) for r in answer.rows] == [
        ("technology:b", 2, 0.5),
        ("technology:a", 1, 0.5),
    ]
    assert answer.by_stage[Stage.SCIENCE] == {
        State.HERE: 0,
        State.UNPLACED: 0,
        State.ELSEWHERE: 0,
        State.NOT_ON_RECORD: 2,
    }


def test_a_record_that_is_not_sure_enough_makes_no_maker(memory: GraphStore) -> None:
    sure: list[Edge] = [(*edge[:3], {"confidence": 0.9}) for edge in WHOLE if edge[:2] == ("MAKES", "enterprise:b")]
    graph = graph_of(memory, NODES, [*without(("MAKES", "enterprise:b")), *sure], "science unsure")
    row = only(science_chain(graph, min_confidence=0.9))
    assert (row.product, row.industry, row.makers) == (State.NOT_ON_RECORD, State.HERE, [])


def test_where_no_place_is_marked_as_of_the_corridor_everywhere_is_meant(memory: GraphStore) -> None:
    nodes: list[str | Item] = ["technology:t", "institute:i"]
    answer = science_chain(graph_of(memory, nodes, [("RESEARCHES", "institute:i", "technology:t")], "science anywhere"))
    assert only(answer).science is State.HERE
    assert Text("scope.no_corridor") in answer.conventions


def test_a_name_of_several_technologies_is_refused_with_the_choices(memory: GraphStore) -> None:
    nodes: list[str | Item] = [{"id": f"technology:{t}", "name_zh": "刻蚀"} for t in "ab"]
    with pytest.raises(AmbiguousName, match="technology:b"):
        science_chain(graph_of(memory, nodes, [], "science of two"), technology="刻蚀")


def test_an_unknown_technology_proposes_names(memory: GraphStore) -> None:
    with pytest.raises(UnknownName, match="抛光"):
        science_chain(graph_of(memory, NODES, WHOLE, "science of none"), technology="抛光术")


def test_an_empty_graph_has_no_technology(memory: GraphStore) -> None:
    answer = science_chain(graph_of(memory, [], [], "science of nothing"))
    assert (answer.rows, answer.notes) == ([], [Text("science_chain.note.none")])
