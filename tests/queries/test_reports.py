"""Which reports count: of residents only, of a year that enough of them reported, the later one, and no impossible part."""

from datetime import date
from typing import Any

import pytest

from graph.store import GraphStore
from graph.texts import Language
from queries.answer import Answer
from queries.saved import question_named
from tests.graphs import Edge, Item, holding

ASKED = ["certification", "certificate", "tracking", "attribution"]
USUAL = {"main_area_m2": 90.0, "other_area_m2": 10.0, "staff": 10, "rnd_staff": 6, "rnd_internal_10k_cny": 5.0}


def told(
    store: GraphStore, question: str, reports: list[tuple[str, Item]], status: dict[str, str] | None = None,
    until: date | None = None, **given: object
) -> Answer:  # fmt: skip
    """What is answered of a centre with residents a to d, of which d until a day, where an enterprise reported each of some
    reports."""
    made = [{"id": f"report:{n}", **USUAL, **one} for n, (_, one) in enumerate(reports)]
    edges: list[Edge] = [
        (
            "RESIDENT_OF",
            f"enterprise:{who}",
            "center:c",
            {"resident_status": what, "valid_to": until if who == "d" else None},
        )
        for who, what in {**dict.fromkeys("abcd", "resident"), **(status or {})}.items()
    ]
    edges += [("REPORTED", f"enterprise:{who}", f"report:{n}") for n, (who, _) in enumerate(reports)]
    edges += [("REPORTED_FOR", f"report:{n}", "center:c") for n, _ in enumerate(reports)]
    firms: list[str | Item] = [{"id": f"enterprise:{who}", "name_zh": f"企业{who}"} for who in "abcdexyz"]
    holding(store, [{"id": "center:c", "floor_area_m2": 1000.0}, *firms, *made], edges)
    given |= {"center": "center:c"} if question == "certificate" else {}
    return question_named(question).ask(store, **given)


def notes(answer: Answer, kind: str) -> list[str]:
    return [note.in_(Language.EN) for note in answer.notes if note.id == kind]


def year_of(answer: Answer) -> object:
    return getattr(answer, "year", None) or max(row.year for row in answer.rows if row.year)  # type: ignore[attr-defined]


@pytest.mark.parametrize("question", ASKED)
def test_the_first_report_of_a_new_year_does_not_make_it_the_year_that_is_asked_for(
    memory: GraphStore, question: str
) -> None:
    full: list[tuple[str, Item]] = [(who, {"year": 2024}) for who in "abcd"]
    answer = told(memory, question, [*full, ("a", {"year": 2025})])
    ask = "since" if question == "tracking" else "year"
    assert year_of(answer) == 2024
    assert notes(answer, "centres.newer") == [
        f"2025: 1 resident has reported so far (4 in 2024), so it is not the year taken by default; ask with {ask}=2025."
    ]
    later: dict[str, Any] = {ask: 2025}
    assert year_of(told(memory, question, [*full, ("a", {"year": 2025})], **later)) == 2025
    half = told(memory, question, [*full, ("a", {"year": 2025}), ("b", {"year": 2025})])
    assert (year_of(half), notes(half, "centres.newer")) == (2025, [])


@pytest.mark.parametrize("question", ASKED)
def test_the_first_quarters_of_a_year_do_not_stand_for_it(memory: GraphStore, question: str) -> None:
    quarters: list[tuple[str, Item]] = [(who, {"year": 2025, "quarter": 1}) for who in "abcd"]
    answer = told(memory, question, [("a", {"year": 2024}), *quarters])
    assert year_of(answer) == 2024 and len(notes(answer, "centres.newer")) == 1


@pytest.mark.parametrize("question", ASKED)
@pytest.mark.parametrize(("status", "counts"), [({}, False), ({"x": "intends"}, False), ({"x": "left"}, True)])
def test_only_reports_of_who_is_or_was_a_resident_count(
    memory: GraphStore, question: str, status: dict[str, str], counts: bool
) -> None:
    answer = told(memory, question, [("a", {"year": 2024}), ("x", {"year": 2024})], status)
    said = notes(answer, "centres.strangers")
    assert said == ([] if counts else [
        "1 report is left out: the graph does not say that these enterprises were residents of the centre then (resident_of.csv): 企业x."
    ])  # fmt: skip
    if question == "attribution":
        assert answer.totals == {2024: 10.0 if counts else 5.0}  # type: ignore[attr-defined]
    if not counts:
        alone = told(memory, question, [("x", {"year": 2024})], status)
        assert notes(alone, "centres.strangers") == said and not notes(alone, "centres.no_report") + notes(
            alone, "tracking.nothing"
        )


@pytest.mark.parametrize("question", ASKED)
@pytest.mark.parametrize("status", ["resident", "left", "intends"])
def test_who_left_reported_of_the_time_before_and_of_no_later(memory: GraphStore, question: str, status: str) -> None:
    years: list[tuple[str, Item]] = [
        ("a", {"year": 2024}), ("d", {"year": 2023}), ("d", {"year": 2024, "quarter": 2}), ("d", {"year": 2024, "quarter": 3}),
    ]  # fmt: skip
    answer = told(memory, question, years, {"d": status}, date(2024, 6, 30))
    [said] = notes(answer, "centres.strangers")
    assert said.startswith("3 reports are" if status == "intends" else "1 report is") and said.endswith("企业d.")
    if question == "attribution":
        assert told(memory, question, years, {"d": status}, date(2024, 6, 30), all_years=True).totals == (  # type: ignore[attr-defined]
            {2024: 5.0} if status == "intends" else {2023: 5.0, 2024: 5.0}
        )


@pytest.mark.parametrize("question", ["certification", "certificate"])
@pytest.mark.parametrize(
    ("given", "unknown"),
    [
        ({"rnd_staff": 2_000}, {"rnd_staff_share"}),
        ({"main_area_m2": 1e15}, {"main_area_share", "rnd_per_m2", "firms_per_1000_m2"}),
    ],
)
def test_an_impossible_part_makes_its_indicators_not_known_and_says_whose_it_is(
    memory: GraphStore, question: str, given: Item, unknown: set[str]
) -> None:
    answer = told(memory, question, [("a", {"year": 2024}), ("b", {"year": 2024, **given})])
    found = [note for note in answer.notes if note.id == "certifying.impossible"]
    assert {str(note.values["indicator"]) for note in found} == unknown
    assert all("企业b" in note.in_(Language.EN) and "企业a" not in note.in_(Language.EN) for note in found)
    if question == "certificate":
        assert {row.indicator for row in answer.rows if row.value is None} >= unknown  # type: ignore[attr-defined]


@pytest.mark.parametrize("question", ASKED)
def test_what_a_later_report_leaves_empty_is_named(memory: GraphStore, question: str) -> None:
    first, later = {"year": 2024, "reported_on": date(2025, 1, 10)}, {"year": 2024, "reported_on": date(2025, 3, 10)}
    answer = told(memory, question, [("a", first), ("a", {**later, "rnd_staff": None, "staff": None})])
    assert len(notes(answer, "centres.later")) == 1
    assert notes(answer, "centres.emptied") == [
        "Of 1 resident a later report leaves empty what the earlier one had, so that it is not known now: 企业a (2024: R&D staff, staff)."
    ]
