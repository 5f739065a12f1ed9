"""Graphs that lack what a question asks about: each question answers, in both languages, and says why it has no row."""

import pytest

from graph.store import GraphStore
from graph.texts import Language, context
from queries.registry import questions
from tests.graphs import Edge, Item, graph_of

PLACE: Item = {"id": "place:340100", "name_zh": "合肥市", "in_corridor": True}
GRAPHS: dict[str, tuple[list[str | Item], list[Edge]]] = {
    "nothing": ([], []),
    "a place": ([PLACE], []),
    "a product": (["product:a"], []),
    "a technology": (["technology:a"], []),
    "a chain": (["chain:a"], []),
    "an enterprise": (["enterprise:a", PLACE], [("LOCATED_IN", "enterprise:a", "place:340100")]),
    "no place": (["enterprise:a", "product:a"], [("MAKES", "enterprise:a", "product:a")]),
    "no maker": (["product:a", "product:b", "chain:a", PLACE],
                 [("INPUT_OF", "product:a", "product:b"), ("PART_OF", "product:a", "chain:a")]),
}  # fmt: skip
ASKED = [one for one in questions() if not any(info.is_required() for info in one.parameters.model_fields.values())]


@pytest.mark.parametrize("graph", GRAPHS)
def test_each_question_answers_and_says_why_it_has_no_row(memory: GraphStore, graph: str) -> None:
    graph_of(memory, *GRAPHS[graph])
    silent = []
    for one in ASKED:
        answer = one.ask(memory)
        told = [answer.model_dump(mode="json", context=context(language)) for language in Language]
        if not told[0]["rows"] and not all(any(note.strip() for note in said["notes"]) for said in told):
            silent.append(one.name)
    assert silent == []


def test_questions_that_need_nothing_are_among_those_asked() -> None:
    assert {one.name for one in ASKED} >= {"chains", "gaps", "key_technologies", "concentration", "what_is_missing"}
