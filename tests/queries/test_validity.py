"""A graph is of one day: what has ended by then, or has not begun, is not in it and counts for nothing."""

from datetime import date

import pytest

from graph.difference import difference, total
from graph.store import GraphStore
from graph.validity import InForce
from queries.centres import resident_rows
from queries.questions.gaps import gaps
from queries.reader import Kept, Reader
from queries.saved import question_named
from queries.verdicts import Verdict
from tests.graphs import Edge, Item, batches_of

PLACE: Item = {"id": "place:340100", "name_zh": "合肥市", "in_corridor": True}
NODES: list[str | Item] = [PLACE, "product:p", "enterprise:a", "enterprise:b"]
MADE_UNTIL: list[Edge] = [
    ("MAKES", "enterprise:a", "product:p", {"valid_to": date(2025, 6, 30)}),
    ("MAKES", "enterprise:b", "product:p", {"valid_from": date(2026, 1, 1)}),
    ("LOCATED_IN", "enterprise:a", "place:340100"),
    ("LOCATED_IN", "enterprise:b", "place:340100"),
]


@pytest.mark.parametrize(
    ("day", "makers"),
    [
        (date(2025, 6, 30), ["a"]),
        (date(2025, 7, 1), []),
        (date(2025, 12, 31), []),
        (date(2026, 1, 1), ["b"]),
    ],
)
def test_a_fact_counts_from_its_first_day_to_its_last(memory: GraphStore, day: date, makers: list[str]) -> None:
    memory.replace(batches_of(NODES, MADE_UNTIL), f"until-{day}", day=day)
    [row] = gaps(memory, verdicts=list(Verdict)).rows
    assert (row.maker_names, memory.day()) == (makers, day)


def test_who_was_a_resident_stays_as_one_who_left(store: GraphStore) -> None:
    ended = {"valid_to": date(2025, 6, 30)}
    said: list[tuple[str, Item]] = [
        ("a", {"resident_status": "resident", **ended}), ("b", {"resident_status": "left", **ended}),
        ("d", {"resident_status": "intends", **ended}), ("e", {"resident_status": "resident", "valid_to": date(2026, 1, 1)}),
        ("f", {"resident_status": "resident", "valid_from": date(2026, 1, 2)}),
    ]  # fmt: skip
    edges: list[Edge] = [("RESIDENT_OF", f"enterprise:{who}", "center:c", one) for who, one in said]
    batches = batches_of(["center:c", *(f"enterprise:{who}" for who, _ in said)], edges)
    store.replace(batches, "residents", day=date(2026, 1, 1))
    rows = resident_rows(Reader(store), center_ids=[])
    assert {row.enterprise_id[-1]: row.resident_status for row in rows} == {"a": "left", "b": "left", "e": "resident"}
    assert InForce(batches, date(2026, 1, 1)).left_out() == 2
    assert total(difference(store.tables(), InForce(batches, date(2026, 1, 1)))).changed == 0


def test_what_is_not_in_force_is_counted_and_nothing_else_is_left_out() -> None:
    facts = InForce(batches_of(NODES, MADE_UNTIL), date(2025, 12, 31))
    assert facts.left_out() == 2
    assert sum(batch.table.num_rows for batch in facts) == len(NODES) + 2


def test_facts_that_can_be_gone_through_once_only_are_all_there() -> None:
    facts = InForce(iter(batches_of(NODES, MADE_UNTIL)), date(2026, 1, 1))
    assert [sum(b.table.num_rows for b in facts) for _ in range(2)] == [len(NODES) + 3] * 2


def test_an_answer_says_its_day_and_is_not_kept_for_another(store: GraphStore) -> None:
    kept = Kept()
    for day, makers in ((date(2025, 1, 1), ["a"]), (date(2026, 1, 1), ["b"])):
        store.replace(batches_of(NODES, MADE_UNTIL), "one-run", day=day)
        answer = question_named("gaps").ask(Reader(store, kept), verdicts=["single_source"])
        assert (answer.as_of, answer.rows[0].maker_names) == (day, makers)  # type: ignore[attr-defined]


def test_an_equal_graph_of_another_day_differs_only_in_what_ended(store: GraphStore) -> None:
    batches = batches_of(NODES, MADE_UNTIL)
    store.replace(batches, "one-run", day=date(2025, 1, 1))
    changes = total(difference(store.tables(), InForce(batches, date(2026, 1, 1))))
    assert (changes.added, changes.removed, changes.changed) == (1, 1, 0)
