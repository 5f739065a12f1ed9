"""What sectors need of each other, in all."""

from typing import Any

import pytest

from graph.errors import AmbiguousName, UnknownName
from graph.store import GraphStore
from graph.texts import Text
from queries.questions.sectors import SectorsAnswer, sectors
from tests.graphs import Edge, Item, graph_of

_RUNS = iter(range(10_000))


def near(value: object) -> Any:
    """Numbers but for their rounding."""
    return pytest.approx(value)


def table(store: GraphStore, coefficients: dict[str, float | None], *more: Edge, **given: Any) -> SectorsAnswer:
    """Sectors a and b of one classification, o of another; "ab" is what of a goes into b. Product p is in b."""
    nodes: list[str | Item] = [
        *({"id": f"sector:{i}", "code": f"0{i}", "classification": "two"} for i in "ab"),
        {"id": "sector:o", "classification": "one"}, "product:p", "product:q",
    ]  # fmt: skip
    edges: list[Edge] = [
        ("SECTOR_INPUT_OF", f"sector:{pair[0]}", f"sector:{pair[1]}", {"coefficient": value})
        for pair, value in coefficients.items()
    ]
    return sectors(graph_of(store, nodes, [*edges, *more], f"sectors{next(_RUNS)}"), **given)


def test_total_requirements_go_through_all_steps(memory: GraphStore) -> None:
    answer = table(memory, {"ab": 0.5, "ba": 0.5}, sector="b")
    row = answer.rows[0]
    # (I − A)⁻¹ − I = [[1/3, 2/3], [2/3, 1/3]].
    assert (row.supplier_names, row.direct, row.total) == (["a", "b"], [0.5, 0.0], near([2 / 3, 1 / 3]))
    assert (row.direct_sum, row.total_sum, row.backward, row.forward) == (0.5, near(1.0), near(1.0), near(1.0))


def test_a_sector_needs_of_itself(memory: GraphStore) -> None:
    row = table(memory, {"aa": 0.5}, sector="0A").rows[0]
    assert (row.supplier_names, row.direct, row.total) == (["a"], [0.5], near([1.0]))


def test_linkages_and_influence_follow_the_direction_of_supply(memory: GraphStore) -> None:
    answer = table(memory, {"ab": 1.0}, labour_share=0.5)
    rows = {row.id: row for row in answer.rows}
    a, b = rows["sector:a"], rows["sector:b"]
    # (I − A)⁻¹ = [[1, 1], [0, 1]]; influence as in Acemoglu's two-firm case: (1 + 0.5) / 4, 1 / 4.
    assert (a.backward, a.forward, b.backward, b.forward) == (near(2 / 3), near(4 / 3), near(4 / 3), near(2 / 3))
    assert (a.influence, b.influence) == (near(0.375), near(0.25))
    assert [row.id for row in answer.rows] == ["sector:a", "sector:b"]


def test_the_classification_with_the_most_coefficients_is_used_unless_another_is_asked_for(memory: GraphStore) -> None:
    coefficients: dict[str, float | None] = {"ab": 0.2, "ba": 0.1, "oo": 0.3}
    assert table(memory, coefficients).classification == "two"
    assert [row.id for row in table(memory, coefficients, classification="one").rows] == ["sector:o"]
    assert table(memory, coefficients, sector="o").classification == "one"


def test_a_product_inherits_its_sectors_weights_only_where_it_has_none(memory: GraphStore) -> None:
    within: Edge = ("IN_SECTOR", "product:p", "sector:b")
    row = table(memory, {"ab": 0.2}, within, product="p").rows[0]
    assert (row.id, row.is_inherited, row.sector_zh, row.supplier_names, row.direct) == (
        "product:p",
        True,
        "b",
        ["a"],
        [0.2],
    )
    own: Edge = ("INPUT_OF", "product:q", "product:p", {"cost_share": 0.7})
    row = table(memory, {"ab": 0.2}, within, own, product="p").rows[0]
    assert (row.is_inherited, row.supplier_names, row.direct, row.total) == (False, ["q"], [0.7], [])
    assert row.backward is not None
    alone = table(memory, {"ab": 0.2}, own, product="p").rows[0]
    assert (alone.is_inherited, alone.sector_id, alone.backward) == (False, None, None)
    assert table(memory, {"ab": 0.2}, product="q").rows == []


def test_coefficients_that_are_not_productive_have_no_total_and_the_answer_says_so(memory: GraphStore) -> None:
    answer = table(memory, {"ab": 2.0, "ba": 1.0})
    assert {(row.total_sum, row.backward, row.influence) for row in answer.rows} == {(None, None, None)}
    assert answer.notes == [Text("sectors.note.no_total"), Text("sectors.note.no_alpha")]


def test_an_unknown_coefficient_is_left_out_and_counted(memory: GraphStore) -> None:
    answer = table(memory, {"ab": None, "ba": 0.5}, sector="b")
    assert (answer.rows[0].inputs, answer.rows[0].direct_sum) == (0, 0.0)
    assert answer.notes[0] == Text("sectors.note.unknown", count=1)


def test_a_code_of_several_sectors_of_a_classification_is_refused_with_the_choices(memory: GraphStore) -> None:
    nodes: list[str | Item] = [{"id": f"sector:{i}", "code": "1", "classification": c} for i, c in ("ax", "bx", "cy")]
    edges: list[Edge] = [("SECTOR_INPUT_OF", "sector:a", "sector:b", {"coefficient": 0.1})]
    graph = graph_of(memory, nodes, edges, "sectors of one code")
    with pytest.raises(AmbiguousName, match="sector:b"):
        sectors(graph, sector="1")
    assert [row.id for row in sectors(graph, sector="1", classification="y").rows] == ["sector:c"]


def test_unknown_names_are_refused_and_an_empty_graph_has_no_sectors(memory: GraphStore) -> None:
    for given in ({"sector": "zz"}, {"classification": "zz"}, {"product": "zz"}):
        with pytest.raises(UnknownName):
            table(memory, {"ab": 0.5}, **given)
    answer = sectors(graph_of(memory, run_id="no sectors"))
    assert (answer.rows, answer.classification, len(answer.notes)) == ([], None, 1)
