"""Tracking: drift, over-recruitment, wrong units, missing reports, over small and drawn graphs."""

from datetime import date

import pytest

from graph.store import GraphStore
from graph.texts import Language
from queries.questions.tracking import State, Tracked, TrackingAnswer
from queries.saved import question_named
from tests.graphs import Edge, Item, holding

EDGES: list[Edge] = [
    ("RESIDENT_OF", "enterprise:a", "center:c", {"resident_status": "resident", "since": date(2023, 1, 1)})
]


def asked(store: GraphStore, reports: list[Item], edges: list[Edge] = EDGES, **given: object) -> list[Tracked]:
    nodes: list[str | Item] = [
        {"id": "center:c", "floor_area_m2": 1000.0},
        {"id": "enterprise:a", "is_high_tech": True},
    ]
    made = [{"id": f"report:{n}", **one} for n, one in enumerate(reports)]
    whose: list[Edge] = [("REPORTED", "enterprise:a", str(one["id"])) for one in made]
    where: list[Edge] = [("REPORTED_FOR", str(one["id"]), "center:c") for one in made]
    holding(store, [*nodes, *made], [*edges, *whose, *where])
    answer = question_named("tracking").ask(store, **{"by": "resident", **given})
    assert isinstance(answer, TrackingAnswer)
    return answer.rows


def said(row: Tracked) -> list[str]:
    return [sign.in_(Language.EN) for sign in row.signs]


def year(when: int, main: float | None, other: float | None = 10.0, **values: object) -> Item:
    return {"year": when, "main_revenue_10k_cny": main, "other_revenue_10k_cny": other, **values}


def test_a_fall_of_the_main_share_is_drift_with_both_years_as_evidence(memory: GraphStore) -> None:
    now, before = asked(memory, [year(2023, 190.0), year(2024, 40.0)])
    assert (now.year, now.state, before.state) == (2024, State.DRIFTING, State.STEADY)
    assert said(now)[0] == "main share of revenue fell from 95% in 2023 to 80%"
    assert now.change == pytest.approx(-0.15)


def test_a_missing_year_is_on_the_list_and_not_zero(memory: GraphStore) -> None:
    rows = asked(memory, [year(2023, 190.0), year(2025, 190.0)])
    assert [(row.year, row.state, row.main_revenue_share) for row in rows] == [
        (2025, State.STEADY, 0.95), (2024, State.MISSING, None), (2023, State.STEADY, 0.95),
    ]  # fmt: skip
    assert [row.year for row in asked(memory, [year(2023, 190.0), year(2025, 190.0)], states=["missing"])] == [2024]


def test_the_timeline_of_a_centre_has_every_year_and_a_missing_one_is_not_known(memory: GraphStore) -> None:
    told = {"main_area_m2": 300.0, "other_area_m2": 20.0, "staff": 40, "rnd_internal_10k_cny": 0.0}
    asked(memory, [year(2023, 190.0, **told), year(2025, 90.0, **told)])
    answer = question_named("tracking").ask(memory, center="center:c")
    assert isinstance(answer, TrackingAnswer)
    shown = [
        (row.year, row.reports, row.missing, row.main_area_m2, row.staff, row.rnd_internal_10k_cny)
        for row in answer.timeline
    ]
    assert shown == [(2023, 1, 0, 300, 40, 0), (2024, 0, 1, None, None, None), (2025, 1, 0, 300, 40, 0)]
    assert [row.main_revenue_share for row in answer.timeline] == [0.95, None, 0.9]
    assert all(row.rnd_external_10k_cny is None for row in answer.timeline)
    drawn = answer.over_years()[1]
    assert {tuple(one.years) for one in drawn} == {(2023, 2024, 2025)} and drawn[0].series[0][1] == [0.95, None, 0.9]
    later = question_named("tracking").ask(memory, center="center:c", since=2024)
    assert isinstance(later, TrackingAnswer) and [row.year for row in later.timeline] == [2024, 2025]


def test_quarters_that_lack_are_named(memory: GraphStore) -> None:
    rows = asked(memory, [year(2024, 10.0, quarter=1), year(2024, 10.0, quarter=3)])
    assert [(row.state, said(row), row.missing) for row in rows] == [(State.MISSING, ["quarters 2, 4 are missing"], 1)]


def test_who_has_left_owes_no_report(memory: GraphStore) -> None:
    edges: list[Edge] = [("RESIDENT_OF", "enterprise:a", "center:c", {"resident_status": "left"})]
    assert [row.state for row in asked(memory, [year(2023, 190.0), year(2025, 190.0)], edges)] == [
        State.STEADY,
        State.STEADY,
    ]


def test_a_figure_in_another_unit_is_to_be_checked(memory: GraphStore) -> None:
    now = asked(memory, [year(2023, 190.0, output_10k_cny=12.5), year(2024, 190.0, output_10k_cny=125_000.0)])[0]
    assert now.state is State.CHECK and said(now) == ["output 12.5 → 125,000: check the unit"]


def test_a_resident_that_only_sells_and_moves_firms_in_is_a_sign_of_over_recruitment(memory: GraphStore) -> None:
    row = asked(memory, [year(2024, None, 50.0, rnd_internal_10k_cny=0.0, rnd_staff=0, moved_registrations=3)])[0]
    assert row.state is State.RECRUITING
    assert said(row) == ["3 registrations moved in by 1 resident", "1 only sell: a"]


def test_more_area_than_the_building_has_and_more_researchers_than_people_are_to_be_checked(memory: GraphStore) -> None:
    report = year(2023, 190.0, main_area_m2=1200.0, other_area_m2=0.0, rnd_staff=9, staff=5)
    row = asked(memory, [report], by="center")[0]
    assert said(row) == ["reported area 1,200 m² exceeds the floor area 1,000 m²", "figures of 1 to check: a"]


def test_a_high_tech_firm_below_the_conditions_is_to_be_checked(memory: GraphStore) -> None:
    report = year(2023, 900.0, 100.0, rnd_internal_10k_cny=40.0, rnd_external_10k_cny=0.0, rnd_staff=1, staff=20)
    assert said(asked(memory, [report])[0]) == [
        "high-tech firm with R&D of 4% of revenue, below 5%", "high-tech firm with 5% R&D staff, below 10%",
    ]  # fmt: skip
