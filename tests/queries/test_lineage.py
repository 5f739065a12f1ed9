"""From a centre's project to where its result is produced, over small and drawn graphs, and what is only counted."""

from datetime import date

import pytest

from graph.store import GraphStore
from graph.texts import Language
from queries.questions.cascade import CascadeAnswer, Sort
from queries.questions.lineage import LineageAnswer
from queries.saved import question_named
from tests.graphs import Edge, Item, graph_of

NODES: list[str | Item] = [
    {"id": "place:s", "level": "district", "in_corridor": True}, {"id": "place:h", "level": "prefecture", "in_corridor": True},
    {"id": "place:x", "level": "prefecture", "in_corridor": True}, {"id": "place:o", "level": "prefecture"},
    "center:c", "enterprise:e", {"id": "project:j", "started_on": date(2022, 1, 1)}, "result:r", "plant:f", "product:p",
]  # fmt: skip
EDGES: list[Edge] = [
    ("LOCATED_IN", "center:c", "place:s"), ("SENT_BY", "center:c", "place:h"), ("RUNS", "enterprise:e", "project:j"),
    ("HOSTED_BY", "project:j", "center:c"), ("YIELDS", "project:j", "result:r"), ("MAKES", "plant:f", "product:p"),
]  # fmt: skip


def asked(store: GraphStore, nodes: list[str | Item], edges: list[Edge], **given: object) -> LineageAnswer:
    graph_of(store, nodes, edges)
    answer = question_named("lineage").ask(store, **given)
    assert isinstance(answer, LineageAnswer)
    return answer


@pytest.mark.parametrize(("place", "where"), [("s", "host"), ("h", "home"), ("x", "corridor"), ("o", "outside")])
def test_a_result_is_followed_to_the_place_of_its_plant_with_the_time_it_took(
    memory: GraphStore, place: str, where: str
) -> None:
    made: list[Edge] = [
        ("INDUSTRIALISED_IN", "result:r", "plant:f", {"first_output_on": date(2023, 1, 1)}), ("LOCATED_IN", "plant:f", f"place:{place}"),
    ]  # fmt: skip
    row = asked(memory, NODES, [*EDGES, *made]).rows[0]
    assert (row.where, row.days, row.products, row.enterprises, row.is_lost) == (where, 365, ["p"], ["e"], True)


def test_a_city_is_at_home_in_the_province_that_sent_the_centre(memory: GraphStore) -> None:
    of_province: list[Edge] = [edge for edge in EDGES if edge[0] != "SENT_BY"]
    of_province += [
        ("SENT_BY", "center:c", "place:a"),
        ("PART_OF", "place:x", "place:a"),
        ("INDUSTRIALISED_IN", "result:r", "place:x"),
    ]
    nodes: list[str | Item] = [*NODES, {"id": "place:a", "level": "province"}]
    assert [row.where for row in asked(memory, nodes, of_province).rows] == ["home"]


@pytest.mark.parametrize(("sender", "where"), [("h", "unplaced"), ("a", "home")])
def test_of_a_plant_that_is_known_to_its_province_the_province_is_said(
    memory: GraphStore, sender: str, where: str
) -> None:
    edges: list[Edge] = [edge for edge in EDGES if edge[0] != "SENT_BY"]
    edges += [
        ("SENT_BY", "center:c", f"place:{sender}"),
        ("INDUSTRIALISED_IN", "result:r", "plant:f"),
        ("LOCATED_IN", "plant:f", "place:a"),
    ]
    (row,) = asked(memory, [*NODES, {"id": "place:a", "level": "province"}], edges).rows
    assert (row.where, row.place_id) == (where, "place:a")


@pytest.mark.parametrize(("place", "where"), [("s", "host"), ("h", "corridor"), ("o", "outside")])
def test_nothing_is_at_home_where_nobody_says_who_sent_the_centre(memory: GraphStore, place: str, where: str) -> None:
    not_sent = [edge for edge in EDGES if edge[0] != "SENT_BY"]
    answer = asked(memory, NODES, [*not_sent, ("INDUSTRIALISED_IN", "result:r", f"place:{place}")])
    assert [row.where for row in answer.rows] == [where]


def test_a_result_that_another_centre_also_has_is_not_lost_with_one(memory: GraphStore) -> None:
    more: list[Edge] = [("HOSTED_BY", "project:k", "center:d"), ("YIELDS", "project:k", "result:r")]
    answer = asked(memory, [*NODES, "project:k", "center:d"], [*EDGES, *more])
    assert [(row.center_id, row.where, row.is_lost) for row in answer.rows] == [
        ("center:c", "not_yet", False), ("center:d", "not_yet", False),
    ]  # fmt: skip


def test_an_output_before_the_project_is_a_contradiction_and_no_time(memory: GraphStore) -> None:
    made: Edge = ("INDUSTRIALISED_IN", "result:r", "place:h", {"first_output_on": date(2021, 1, 1)})
    answer = asked(memory, NODES, [*EDGES, made])
    assert [(row.where, row.days) for row in answer.rows] == [("home", None)]
    assert any("before the project began" in note.in_(Language.EN) for note in answer.notes)


def test_counts_that_are_published_are_told_and_no_project_is_made_up(memory: GraphStore) -> None:
    centre: Item = {"id": "center:c", "name_zh": "南浔", "projects": 32, "rights": 55, "industrialised_at_home": 3}
    answer = asked(memory, [centre], [])
    assert [row.project_id for row in answer.rows] == [None]
    assert "projects 32, rights 55, industrialised at home 3" in answer.headline.in_(Language.EN)
    assert "projects.csv" in answer.notes[0].in_(Language.EN)


# --- when the centre closes ------------------------------------------------------------------------------------------------

SOLD: list[Edge] = [
    ("LOCATED_IN", "enterprise:e", "place:s"), ("RESIDENT_OF", "enterprise:e", "center:c", {"resident_status": "resident"}),
    ("LOCATED_IN", "enterprise:buyer", "place:h"), ("LOCATED_IN", "enterprise:last", "place:o"),
    ("SUPPLIES", "enterprise:e", "enterprise:buyer", {"amount_10k_cny": 60.0}),
    ("SUPPLIES", "enterprise:buyer", "enterprise:last", {"amount_10k_cny": 40.0}),
    ("INDUSTRIALISED_IN", "result:r", "place:h"),
]  # fmt: skip
FIRMS: list[str | Item] = ["enterprise:buyer", "enterprise:last"]


def test_the_loss_when_a_centre_closes_is_that_of_cascade_over_recorded_links_and_over_all(memory: GraphStore) -> None:
    answer = asked(memory, [*NODES, *FIRMS], [*EDGES, *SOLD], center="center:c")
    for row in answer.closing:
        beside = question_named("cascade").ask(memory, shocks=["center:c"], links=row.links, epsilon=1e-12)
        assert isinstance(beside, CascadeAnswer) and beside.esri
        at = {one.part_id: one.loss for one in beside.parts_of(Sort.CITY)}
        assert (row.loss, row.direct) == (beside.esri, beside.direct)
        assert (row.at_home, row.at_host) == (at["place:h"], at["place:s"]) and row.at_home and row.at_host
        assert row.beyond == pytest.approx(beside.esri - (beside.direct or 0.0))
        assert (row.residents, row.lost_results, row.lost_at_home) == (1, 1, 1)
    assert [str(row.links) for row in answer.closing] == ["recorded", "both"]
    [said] = answer.beside()
    assert "1 result comes from it alone" in said.in_(Language.EN) and "%" in said.in_(Language.EN)


def test_what_is_lost_at_home_is_not_known_where_nobody_says_who_sent_the_centre(memory: GraphStore) -> None:
    unsent = [edge for edge in (*EDGES, *SOLD) if edge[0] != "SENT_BY"]
    answer = asked(memory, [*NODES, *FIRMS], unsent, center="center:c")
    assert [(row.at_home, bool(row.at_host), row.lost_results, row.lost_at_home) for row in answer.closing] == [
        (None, True, 1, None)
    ] * 2
    [said] = answer.beside()
    assert "(in the home city: not known)" in said.in_(Language.EN)
    assert "from it alone (produced in the home city: not known)" in said.in_(Language.EN)


def test_a_loss_over_recorded_links_that_are_none_is_not_known(memory: GraphStore) -> None:
    made: list[Edge] = [edge for edge in SOLD if edge[0] != "SUPPLIES"]
    made += [
        ("MAKES", "enterprise:e", "product:p"),
        ("MAKES", "enterprise:buyer", "product:q"),
        ("INPUT_OF", "product:p", "product:q"),
    ]
    answer = asked(memory, [*NODES, *FIRMS, "product:q"], [*EDGES, *made], center="center:c")
    recorded, every = answer.closing
    assert (recorded.loss, recorded.direct, recorded.beyond, recorded.at_home) == (None, None, None, None)
    assert every.loss
    [said] = answer.beside()
    assert "recorded links alone not known" in said.in_(Language.EN)


def test_a_loss_that_is_not_known_is_no_loss_of_nothing(memory: GraphStore) -> None:
    idle: list[Edge] = [*EDGES, ("RESIDENT_OF", "enterprise:e", "center:c", {"resident_status": "resident"})]
    for edges, said in ((idle, "not known"), (EDGES, "No resident")):
        answer = asked(memory, NODES, edges, center="center:c")
        assert answer.closing == [] and said in " ".join(text.in_(Language.EN) for text in answer.beside())
    assert asked(memory, NODES, idle).closing == []
