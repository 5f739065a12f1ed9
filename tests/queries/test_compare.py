"""One question on two graphs: what appeared, what vanished, what is judged otherwise, and nothing where nothing is."""

from collections.abc import Iterator

import pytest

from graph.errors import NotFound, UnknownName
from graph.open_store import open_store
from graph.store import GraphStore
from graph.texts import Language, Text
from queries.compare import Change, compared
from queries.registry import Question, questions
from queries.saved import question_named
from tests.graphs import Edge, Item, graph_of

NODES: list[str | Item] = [
    "product:a",
    "product:b",
    {"id": "place:1", "in_corridor": True},
    "enterprise:e",
    "enterprise:f",
]
HOME: list[Edge] = [("LOCATED_IN", "enterprise:e", "place:1"), ("LOCATED_IN", "enterprise:f", "place:1")]
ONE: Edge = ("MAKES", "enterprise:e", "product:a")
OTHER: Edge = ("MAKES", "enterprise:f", "product:a")


@pytest.fixture
def later() -> Iterator[GraphStore]:
    store = open_store("ladybug://:memory:", buffer_pool_mib=512)
    yield store
    store.close()


def said(text: Text | None) -> str:
    return "" if text is None else text.in_(Language.ZH)


def test_a_verdict_that_changed_comes_first_with_both_verdicts(memory: GraphStore, later: GraphStore) -> None:
    graph_of(memory, NODES, [*HOME, ONE])
    graph_of(later, [*NODES, "product:c"], [*HOME, ONE, OTHER])
    found = compared(question_named("gaps"), memory, later, {})
    assert [(row.change, row.row_id, said(row.before), said(row.after)) for row in found.rows] == [
        (Change.VERDICT, "product:a", "断链风险（有记录的仅此一个来源）", "有供给"),
        (Change.APPEARED, "product:c", "不在列", "未见记录"),
    ]
    assert "区内生产者：1 → 2" in [said(one) for one in found.rows[0].differences]
    assert (found.unchanged, found.looked_at) == (1, 3)


def test_what_vanished_is_said_with_its_earlier_evidence(memory: GraphStore, later: GraphStore) -> None:
    graph_of(memory, NODES, [*HOME, ONE])
    graph_of(later, NODES[1:], HOME)
    row = compared(question_named("gaps"), memory, later, {}).rows[0]
    assert (row.change, row.row_id, said(row.after)) == (Change.VANISHED, "product:a", "不在列")
    assert "MAKES|enterprise:e|product:a" in row.evidence_ids


def test_equal_graphs_do_not_differ(memory: GraphStore, later: GraphStore) -> None:
    for store in (memory, later):
        graph_of(store, NODES, [*HOME, ONE])
    found = compared(question_named("gaps"), memory, later, {"verdicts": ["single_source"]})
    assert (found.rows, found.unchanged) == ([], 1)
    assert found.notes[0] == Text("compare.same")


def test_values_that_moved_without_changing_the_verdict_are_said(memory: GraphStore, later: GraphStore) -> None:
    graph_of(memory, NODES, [*HOME, ONE])
    graph_of(later, NODES, [*HOME, ONE, ("INPUT_OF", "product:a", "product:b")])
    found = compared(question_named("gaps"), memory, later, {})
    assert [(row.change, row.row_id) for row in found.rows] == [(Change.VALUES, "product:a")]
    assert "全部下游：0 → 1" in [said(one) for one in found.rows[0].differences]


def test_what_only_the_later_graph_knows_has_no_rows_in_the_earlier(memory: GraphStore, later: GraphStore) -> None:
    graph_of(memory, NODES, HOME)
    graph_of(later, [*NODES, "product:c"], [*HOME, ("INPUT_OF", "product:a", "product:c")])
    for name in ("c", "product:c"):
        found = compared(question_named("trace"), memory, later, {"subjects": [name], "tiers": 1})
        assert [(row.change, row.row_id) for row in found.rows] == [
            (Change.APPEARED, "start product:c"), (Change.APPEARED, "up product:a"),
        ]  # fmt: skip
        assert any(note.id == "compare.not_before" for note in found.notes)
        assert found.conventions
    found = compared(question_named("neighbourhood"), later, memory, {"node": "product:c"})
    assert [row.change for row in found.rows] == [Change.VANISHED, Change.VANISHED]


def test_what_neither_graph_knows_is_refused(memory: GraphStore, later: GraphStore) -> None:
    for store in (memory, later):
        graph_of(store, NODES, HOME)
    with pytest.raises(UnknownName, match="subject"):
        compared(question_named("trace"), memory, later, {"subjects": ["nothing"]})
    with pytest.raises(NotFound):
        compared(question_named("neighbourhood"), memory, later, {"node": "product:nothing"})


def test_a_verdict_is_no_part_of_what_tells_rows_apart(memory: GraphStore, later: GraphStore) -> None:
    graph_of(memory, NODES, [*HOME, ONE])
    graph_of(later, NODES, [*HOME, ONE, OTHER])
    found = compared(question_named("trace"), memory, later, {"subjects": ["a"]})
    assert [(row.change, row.row_id) for row in found.rows] == [(Change.VERDICT, "start product:a")]


@pytest.mark.parametrize("one", questions(), ids=lambda one: one.name)
def test_every_question_declares_what_tells_its_rows_apart(one: Question) -> None:
    assert one.row_type.key
    assert set(one.row_type.key) <= set(one.row_type.model_fields)
