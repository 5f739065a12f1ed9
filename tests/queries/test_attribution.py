"""Whose statistics it is: four ledgers over small graphs, drawn ones, and the survey's own dispute."""

from datetime import date
from pathlib import Path

import pytest

from graph.errors import RuleError
from graph.rules import read_rules
from graph.store import GraphStore
from graph.texts import Language
from queries.questions.attribution import AttributionAnswer, AttributionRules
from queries.saved import question_named
from tests.graphs import Edge, Item, graph_of, holding
from tests.queries.test_agreement import LEDGERS

SONGJIANG, JINHUA, SUZHOU = "place:310117", "place:330700", "place:320500"
PLACES: list[str | Item] = [
    {"id": SONGJIANG, "level": "district", "in_corridor": True, "name_zh": "松江区"},
    {"id": "place:310000", "level": "province", "name_zh": "上海市"},
    {"id": JINHUA, "level": "prefecture", "in_corridor": True, "name_zh": "金华市"},
    {"id": SUZHOU, "level": "prefecture", "in_corridor": True, "name_zh": "苏州市"},
]
CENTRE: Item = {"id": "center:jinhua-shanghai", "name_zh": "金华（上海）科创中心"}
STANDS: list[Edge] = [
    ("PART_OF", SONGJIANG, "place:310000"), ("LOCATED_IN", "center:jinhua-shanghai", SONGJIANG),
    ("SENT_BY", "center:jinhua-shanghai", JINHUA),
]  # fmt: skip
ENTERPRISE: str | Item = "enterprise:a"
FIRM: list[Edge] = [
    ("LOCATED_IN", "enterprise:a", JINHUA), ("RESIDENT_OF", "enterprise:a", "center:jinhua-shanghai", {"resident_status": "resident"}),
    ("REPORTED", "enterprise:a", "report:a"), ("REPORTED_FOR", "report:a", "center:jinhua-shanghai"),
]  # fmt: skip


def asked(store: GraphStore, nodes: list[str | Item], edges: list[Edge], **given: object) -> AttributionAnswer:
    holding(store, [*PLACES, CENTRE, *nodes], [*STANDS, *edges])
    answer = question_named("attribution").ask(store, **given)
    assert isinstance(answer, AttributionAnswer)
    return answer


def by_place(answer: AttributionAnswer, *fields: str) -> dict[str | None, list[object]]:
    return {row.place_id: [getattr(row, name) for name in fields] for row in answer.rows}


def report(**values: object) -> Item:
    return {"id": "report:a", "year": 2024, **values}


def test_the_dispute_of_the_survey_is_told_without_any_amount(memory: GraphStore) -> None:
    answer = asked(memory, [], [])
    said = {row.place_id: str(row.claim.in_(Language.EN)) for row in answer.rows if row.claim}
    assert said.keys() == {SONGJIANG, JINHUA}
    assert said[SONGJIANG].startswith("A (performance) counts here; C is empty")
    assert said[JINHUA].startswith("B (registration) counts here unless a legal person is founded")
    assert "金华（上海）科创中心" in answer.headline.in_(Language.ZH)


def test_residents_registered_where_the_centre_stands_leave_nothing_to_dispute(memory: GraphStore) -> None:
    graph_of(memory, [*PLACES, {**CENTRE, "has_registered_residents": True}], STANDS)
    answer = question_named("attribution").ask(memory)
    assert isinstance(answer, AttributionAnswer)
    assert [row.place_id for row in answer.rows] == [SONGJIANG]


def test_each_ledger_divides_the_same_total(memory: GraphStore) -> None:
    terms: list[Edge] = [
        ("AGREED_SPLIT", "center:jinhua-shanghai", place, {"term": "1", "indicator": "rnd", "share": share})
        for place, share in ((SONGJIANG, 0.4), (JINHUA, 0.6))
    ]
    answer = asked(memory, [ENTERPRISE, report(rnd_internal_10k_cny=100.0)], [*FIRM, *terms])
    assert by_place(answer, *LEDGERS, "difference") == {
        SONGJIANG: [100.0, 0.0, 40.0, 50.0, 100.0], JINHUA: [0.0, 100.0, 60.0, 50.0, -100.0],
    }  # fmt: skip
    assert answer.totals == {2024: 100.0}


def test_an_agreement_for_half_a_year_leaves_the_other_half_to_nobody_and_does_not_move_the_first_two(
    memory: GraphStore,
) -> None:
    term = {"term": "1", "indicator": "tax", "share": 1.0, "applies_from": None, "applies_to": None}
    nodes = [ENTERPRISE, report(tax_10k_cny=366.0)]
    none = asked(memory, nodes, FIRM, indicator="tax")
    half = asked(
        memory, nodes,
        [*FIRM, ("AGREED_SPLIT", "center:jinhua-shanghai", JINHUA, {**term, "applies_from": date(2024, 7, 1)})], indicator="tax",
    )  # fmt: skip
    assert by_place(none, "agreed")[None] == [366.0]
    assert {k: v[0] for k, v in by_place(half, "agreed").items()} == {SONGJIANG: 0.0, JINHUA: 184.0, None: 182.0}
    assert (
        by_place(half, "performance", "registration")[JINHUA] == by_place(none, "performance", "registration")[JINHUA]
    )


@pytest.mark.parametrize("parts", [(0.5, 0.4), (0.6, 0.6), (0.0, 0.9)])
def test_parts_that_are_not_one_together_are_named_and_give_nobody_anything(
    memory: GraphStore, parts: tuple[float, float]
) -> None:
    terms: list[Edge] = [
        ("AGREED_SPLIT", "center:jinhua-shanghai", place, {"term": "1", "indicator": "rnd", "share": share})
        for place, share in zip((SONGJIANG, JINHUA), parts, strict=True)
    ]
    answer = asked(memory, [ENTERPRISE, report(rnd_internal_10k_cny=100.0)], [*FIRM, *terms])
    assert by_place(answer, "agreed")[None] == [100.0]
    assert any("contradicts itself from Jan 1, 2024" in note.in_(Language.EN) for note in answer.notes)


def test_external_spend_inside_the_corridor_is_a_flow_and_not_added(memory: GraphStore) -> None:
    paid: list[Edge] = [
        ("COMMISSIONED", "report:a", "enterprise:b", {"amount_10k_cny": 25.0}), ("LOCATED_IN", "enterprise:b", SUZHOU),
    ]  # fmt: skip
    nodes: list[str | Item] = [
        "enterprise:a",
        "enterprise:b",
        report(rnd_internal_10k_cny=75.0, rnd_external_10k_cny=25.0),
    ]
    answer = asked(memory, nodes, [*FIRM, *paid])
    assert answer.totals == {2024: 75.0} and answer.commissioned_inside == {2024: 25.0}
    assert by_place(answer, "flow_out")[SONGJIANG] == [25.0] and by_place(answer, "flow_in")[SUZHOU] == [25.0]
    assert sum(row.shapley or 0 for row in answer.rows) == pytest.approx(75.0)
    assert [row.performance for row in answer.rows if row.place_id == SUZHOU] == [0.0]


def test_what_is_not_reported_is_not_known_and_what_is_reported_twice_counts_once(memory: GraphStore) -> None:
    again = {**report(rnd_internal_10k_cny=80.0, reported_on=date(2025, 2, 1)), "id": "report:b"}
    other = {**report(), "id": "report:c"}
    edges: list[Edge] = [
        *FIRM, ("REPORTED", "enterprise:a", "report:b"), ("REPORTED_FOR", "report:b", "center:jinhua-shanghai"),
        ("RESIDENT_OF", "enterprise:b", "center:jinhua-shanghai", {"resident_status": "left"}),
        ("REPORTED", "enterprise:b", "report:c"), ("REPORTED_FOR", "report:c", "center:jinhua-shanghai"),
    ]  # fmt: skip
    first = report(rnd_internal_10k_cny=100.0, reported_on=date(2025, 1, 1))
    answer = asked(memory, ["enterprise:a", "enterprise:b", first, again, other], edges)
    assert answer.totals == {2024: 80.0}
    notes = " ".join(note.in_(Language.EN) for note in answer.notes)
    assert "1 more is left out: a." in notes and "1 year of residents does not state" in notes


def test_a_year_needs_all_four_quarters(memory: GraphStore) -> None:
    quarters = [{**report(rnd_internal_10k_cny=10.0 * n, quarter=n), "id": f"report:{n}"} for n in (1, 2, 3, 4)]
    edges: list[Edge] = [*FIRM[:2]]
    for n in (1, 2, 3, 4):
        edges += [
            ("REPORTED", "enterprise:a", f"report:{n}"),
            ("REPORTED_FOR", f"report:{n}", "center:jinhua-shanghai"),
        ]
    whole = asked(memory, ["enterprise:a", *quarters], edges)
    assert whole.totals == {2024: 100.0}
    part = asked(memory, ["enterprise:a", *quarters[:3]], edges[:-2])
    assert part.totals == {2024: 0.0} and by_place(part, "performance") == {}


def test_a_firm_in_two_centres_is_one_firm(memory: GraphStore) -> None:
    nodes: list[str | Item] = [ENTERPRISE, "center:other", report(), {"id": "report:b", "year": 2024}]
    edges: list[Edge] = [
        *FIRM, ("LOCATED_IN", "center:other", SUZHOU), ("REPORTED", "enterprise:a", "report:b"),
        ("RESIDENT_OF", "enterprise:a", "center:other", {"resident_status": "resident"}),
        ("REPORTED_FOR", "report:b", "center:other"),
    ]  # fmt: skip
    answer = asked(memory, nodes, edges, indicator="firms")
    assert answer.totals == {2024: 1.0}
    assert by_place(answer, "performance", "registration") == {
        JINHUA: [0.0, 1.0], SONGJIANG: [0.5, 0.0], SUZHOU: [0.5, 0.0], None: [0.0, 0.0],
    }  # fmt: skip


def test_a_year_of_which_nothing_is_reported_names_those_that_are(memory: GraphStore) -> None:
    answer = asked(memory, [ENTERPRISE, report(rnd_internal_10k_cny=1.0)], FIRM, year=2019)
    assert [note.in_(Language.EN) for note in answer.notes if note.id == "centres.other_years"] == [
        "No report is on record of 2019; there are some of 2024."
    ]


def test_cost_and_benefit_of_a_place_are_drawn_over_the_years_and_a_missing_one_is_not_known(
    memory: GraphStore,
) -> None:
    told = [{**report(rnd_internal_10k_cny=amount, support_10k_cny=support), "id": f"report:{year}", "year": year}
            for year, amount, support in ((2022, 10.0, 2.0), (2024, 30.0, None))]  # fmt: skip
    edges: list[Edge] = [(kind, *ends) for one in told for kind, ends in
                         (("REPORTED", ("enterprise:a", str(one["id"]))), ("REPORTED_FOR", (str(one["id"]), str(CENTRE["id"]))))]  # fmt: skip
    split: list[Edge] = [("AGREED_SPLIT", str(CENTRE["id"]), place, {"term": "t", "indicator": "rnd", "share": share})
                         for place, share in ((JINHUA, 0.6), (SONGJIANG, 0.4))]  # fmt: skip
    drawn = asked(memory, [ENTERPRISE, *told], [*FIRM[:2], *edges, *split], all_years=True).over_years()[1]
    assert {tuple(one.years) for one in drawn} == {(2022, 2023, 2024)}
    values = {one.about.in_(Language.EN): [*one.series[0][1]] for one in drawn}
    assert next(own for about, own in values.items() if "support" in about) == [2.0, None, None]
    assert [6.0, None, 18.0] in values.values() and [4.0, None, 12.0] in values.values()
    assert asked(memory, [ENTERPRISE, *told], [*FIRM[:2], *edges], year=2024).over_years()[1] == []


def test_years_in_between_that_nobody_reported_are_named(memory: GraphStore) -> None:
    told = [{**report(rnd_internal_10k_cny=1.0), "id": f"report:{year}", "year": year} for year in (2020, 2021, 2024)]
    edges: list[Edge] = [(kind, *ends) for one in told for kind, ends in
                         (("REPORTED", ("enterprise:a", str(one["id"]))), ("REPORTED_FOR", (str(one["id"]), str(CENTRE["id"]))))]  # fmt: skip
    for given in ({"all_years": True}, {"year": 2022}):
        answer = asked(memory, [ENTERPRISE, *told], [*FIRM[:2], *edges], **given)
        assert "2022, 2023" in " ".join(
            note.in_(Language.EN) for note in answer.notes if note.id == "centres.years_missing"
        )


@pytest.mark.parametrize(("before", "after"), [("value: 0\n", "value: 1.5\n"), ("value: 100\n", "value: 0\n")])
def test_a_number_of_the_rules_that_makes_no_sense_is_refused(tmp_path: Path, before: str, after: str) -> None:
    shipped = Path("graph/rules/attribution-2026.yaml").read_text(encoding="utf-8")
    assert before in shipped
    (tmp_path / "attribution-t.yaml").write_text(shipped.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(RuleError, match=r"attribution-t\.yaml:"):
        read_rules("attribution", "t", AttributionRules, tmp_path)
