"""Certification: gates, scores, grades and how firm they are, over small and drawn graphs; mistakes in rule files."""

import re
from pathlib import Path

import pytest

from graph.errors import RuleError, UnknownName
from graph.rules import read_rules, rule_files
from graph.store import GraphStore
from graph.texts import Language
from queries.certifying import CertificationRules, Standing
from queries.questions.certificate import CertificateAnswer
from queries.questions.certification import CertificationAnswer, Certified
from queries.reader import Kept, Reader
from queries.saved import question_named
from tests.graphs import Edge, Item, graph_of, holding

RULES = """zh: 试
en: test
source: 试
method: saw
gates:
- indicator: main_area_share
  floor: {value: 0.75, status: assumption}
indicators:
- indicator: rnd_staff_share
  weight: {value: 3, status: assumption}
  low: {value: 0, status: assumption}
  high: {value: 1, status: assumption}
- indicator: high_tech_share
  weight: {value: 1, status: assumption}
  low: {value: 0, status: assumption}
  high: {value: 1, status: assumption}
grades:
- {zh: 合格, en: pass, floor: {value: 0.5, status: assumption}}
- {zh: 优秀, en: excellent, floor: {value: 0.8, status: assumption}}
"""


def centre(name: str, *, high_tech: bool | None = True, **values: object) -> tuple[list[str | Item], list[Edge]]:
    given = {"main_area_m2": 900.0, "other_area_m2": 100.0, "rnd_staff": 60, "staff": 100, **values}
    return (
        [f"center:{name}", {"id": f"enterprise:{name}", "is_high_tech": high_tech}, {"id": f"report:{name}", "year": 2024, **given}],
        [
            ("RESIDENT_OF", f"enterprise:{name}", f"center:{name}", {"resident_status": "resident"}),
            ("REPORTED", f"enterprise:{name}", f"report:{name}"), ("REPORTED_FOR", f"report:{name}", f"center:{name}"),
        ],
    )  # fmt: skip


def asked(
    store: GraphStore, folder: Path, *centres: tuple[list[str | Item], list[Edge]], text: str = RULES, **given: object
) -> dict[str, Certified]:
    holding(store, [node for nodes, _ in centres for node in nodes], [edge for _, edges in centres for edge in edges])
    folder.mkdir(exist_ok=True)
    (folder / "certification-t.yaml").write_text(text, encoding="utf-8")
    answer = question_named("certification").ask(
        Reader(store, Kept(rules=folder)), **{"rules": "t", "draws": 200, **given}
    )
    assert isinstance(answer, CertificationAnswer)
    return {row.center_id: row for row in answer.rows}


def test_a_gate_comes_before_any_score(memory: GraphStore, tmp_path: Path) -> None:
    rows = asked(memory, tmp_path, centre("a"), centre("b", other_area_m2=500.0))
    assert (rows["center:a"].standing, rows["center:b"].standing) == (Standing.GRADED, Standing.GATE)
    assert rows["center:b"].score is None
    assert rows["center:b"].why.in_(Language.EN) == "gate: main business share of area 0.643, below 0.75"


def test_the_score_is_the_weighted_sum_and_says_what_would_lift_it(memory: GraphStore, tmp_path: Path) -> None:
    row = asked(memory, tmp_path, centre("a"))["center:a"]
    assert row.score == pytest.approx((3 * 0.6 + 1) / 4)
    assert row.grade.in_(Language.EN) == "pass"
    assert [one.in_(Language.EN) for one in row.lift] == ["R&D staff share 0.6 → 0.733"]
    again = asked(memory, tmp_path, centre("a", rnd_staff=74))["center:a"]
    assert again.grade.in_(Language.EN) == "excellent" and again.lift == []


_COST = ("- indicator: high_tech_share", "- indicator: moved_per_resident\n  is_gain: false")


def test_a_cost_lifts_a_grade_by_falling(memory: GraphStore, tmp_path: Path) -> None:
    row = asked(memory, tmp_path, centre("a", moved_registrations=2), text=RULES.replace(*_COST))["center:a"]
    assert row.score == pytest.approx(0.45)
    assert [one.in_(Language.EN) for one in row.lift] == [
        "R&D staff share 0.6 → 0.667", "moved-in registrations per resident 2 → 0.8",
    ]  # fmt: skip


def test_a_cost_that_is_not_known_is_at_its_worst_where_it_is_greatest(memory: GraphStore, tmp_path: Path) -> None:
    rules = RULES.replace(*_COST).replace("method: saw", "method: saw\nscale: vector")
    row = asked(memory, tmp_path, centre("a"), centre("b", moved_registrations=2), text=rules)["center:a"]
    assert [row.score_least, row.score_most] == pytest.approx([0.75 / 2**0.5 - 0.25, 0.75 / 2**0.5])


def test_what_is_not_known_is_neither_zero_nor_full(memory: GraphStore, tmp_path: Path) -> None:
    open_ = asked(memory, tmp_path, centre("a", high_tech=None, rnd_staff=60))["center:a"]
    assert (open_.standing, open_.score) == (Standing.OPEN, None)
    assert [open_.score_least, open_.score_most] == pytest.approx([0.45, 0.7])
    sure = asked(memory, tmp_path, centre("a", high_tech=None, rnd_staff=70))["center:a"]
    assert (sure.standing, sure.grade.in_(Language.EN)) == (Standing.GRADED, "pass")
    gate = asked(memory, tmp_path, centre("a", main_area_m2=None))["center:a"]
    assert gate.standing is Standing.OPEN


def test_a_grade_that_no_weights_change_holds_in_each_draw(memory: GraphStore, tmp_path: Path) -> None:
    rows = asked(memory, tmp_path, centre("a", rnd_staff=100), centre("b", high_tech=False, rnd_staff=10))
    assert (rows["center:a"].grade_holds, rows["center:a"].rank_holds) == (1.0, 1.0)
    assert rows["center:b"].standing is Standing.BELOW


_OPEN_ENDED = RULES.replace("  low: {value: 0, status: assumption}\n  high: {value: 1, status: assumption}\n", "", 1)


@pytest.mark.parametrize(
    "text", [_OPEN_ENDED, _OPEN_ENDED.replace("saw", "topsis"), RULES.replace("saw", "saw\nscale: vector")]
)
def test_a_centre_with_nothing_to_compare_it_with_is_not_scored_against_itself(
    text: str, memory: GraphStore, tmp_path: Path
) -> None:
    alone = asked(memory, tmp_path, centre("a"), centre("b", other_area_m2=500.0), text=text)["center:a"]
    assert (alone.standing, alone.score, alone.rank, alone.support) == (Standing.ALONE, None, None, None)
    assert "R&D staff share" in alone.why.in_(Language.EN) and "nothing to compare" in alone.why.in_(Language.EN)
    sheet = question_named("certificate").ask(Reader(memory, Kept(rules=tmp_path)), center="center:a", rules="t")
    assert isinstance(sheet, CertificateAnswer) and (sheet.standing, sheet.score) == (Standing.ALONE, None)
    both = asked(memory, tmp_path, centre("a"), centre("b", rnd_staff=10), text=text)["center:a"]
    assert both.score is not None


@pytest.mark.parametrize(("before", "after"), [("0.8", "1.2"), ("0.5", "-0.1"), ("0.8", "0.5"), ("0.8", "0.4")])
def test_floors_of_grades_that_no_score_can_meet_are_refused_with_their_line(
    before: str, after: str, tmp_path: Path
) -> None:
    name = "excellent" if before == "0.8" else "pass"
    line = next(one for one in RULES.splitlines() if f"en: {name}" in one)
    (tmp_path / "certification-t.yaml").write_text(RULES.replace(line, line.replace(before, after)), encoding="utf-8")
    with pytest.raises(RuleError) as refused:
        read_rules("certification", "t", CertificationRules, tmp_path)
    is_order = after in ("0.5", "0.4")
    number = RULES.splitlines().index("grades:" if is_order else line) + 1
    assert f"certification-t.yaml:{number}:" in str(refused.value)


def test_days_in_the_wrong_order_are_refused_with_their_line(tmp_path: Path) -> None:
    text = RULES.replace("method: saw", "valid_from: 2024-01-01\nvalid_to: 2023-01-01\nmethod: saw")
    (tmp_path / "certification-t.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RuleError, match=r"certification-t.yaml:5: valid_to: "):
        read_rules("certification", "t", CertificationRules, tmp_path)


def test_the_sheet_of_a_centre_can_be_reckoned_again(memory: GraphStore, tmp_path: Path) -> None:
    score = asked(memory, tmp_path, centre("a"))["center:a"].score
    sheet = question_named("certificate").ask(Reader(memory, Kept(rules=tmp_path)), center="center:a", rules="t")
    assert isinstance(sheet, CertificateAnswer)
    assert [(row.indicator.value, row.value, row.outcome.value) for row in sheet.rows] == [
        ("main_area_share", 0.9, "passed"), ("rnd_staff_share", 0.6, "counted"), ("high_tech_share", 1.0, "counted"),
    ]  # fmt: skip
    assert sum(row.product or 0.0 for row in sheet.rows) == pytest.approx(score) == sheet.score
    assert all("no public source" in row.source.in_(Language.EN) for row in sheet.rows)


def test_two_rule_files_stand_side_by_side(memory: GraphStore, tmp_path: Path) -> None:
    row = asked(memory, tmp_path, centre("a"), against="shengzhou-2020")["center:a"]
    assert row.other_grade is not None and row.other_grade.in_(Language.EN) == "not determined"


def test_a_rule_file_that_changes_answers_anew(memory: GraphStore, tmp_path: Path) -> None:
    graph_of(memory, *centre("a"))
    reader = Reader(memory, Kept(rules=tmp_path))
    file = tmp_path / "certification-t.yaml"
    grades = []
    for floor in ("0.5", "0.75"):
        file.write_text(RULES.replace("value: 0.5,", f"value: {floor},"), encoding="utf-8")
        answer = question_named("certification").ask(reader, rules="t", draws=10)
        assert isinstance(answer, CertificationAnswer)
        grades.append(answer.rows[0].standing)
    assert grades == [Standing.GRADED, Standing.BELOW]


@pytest.mark.parametrize(
    ("before", "after", "line", "why"),
    [
        ("- indicator: high_tech_share", "- indicator: high_tec_share", 13, "indicator"),
        ("- indicator: main_area_share", "- indicator: area", 6, "indicator"),
        ("weight: {value: 3,", "weight: {value: -3,", 9, "negative"),
        ("high: {value: 1,", "high: {value: 0,", 9, "below high"),
        ("floor: {value: 0.8,", "floor: {value: 0.5,", 1, "order"),
        ("method: saw", "method: guess", 4, "method"),
        ("method: saw", "center_types: [nosuch]\nmethod: saw", 4, "center_types"),
        ("gates:\n", "gates:\n- indicator: graduates\n", 6, "floor or a ceiling"),
        (
            "floor: {value: 0.75,",
            "floor: {value: 1.75,",
            6,
            "main_area_share is a share and must be from 0 to 1, not 1.75",
        ),
        ("high: {value: 1,", "high: {value: 80,", 9, "rnd_staff_share is a share"),
        ("- indicator: high_tech_share", "- indicator: rnd_staff_share", 8, "rnd_staff_share is there more than once"),
        ("weight: {value: 3,", "weight: {value: 1.0e+308,", 9, "must not be above"),
    ],
)
def test_a_mistake_in_a_rule_file_is_named_with_its_line(
    tmp_path: Path, before: str, after: str, line: int, why: str
) -> None:
    (tmp_path / "certification-t.yaml").write_text(RULES.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(RuleError) as error:
        read_rules("certification", "t", CertificationRules, tmp_path)
    assert f"certification-t.yaml:{line}" in str(error.value) and why in str(error.value)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "certification-t", ""])
def test_no_path_is_a_rule_file(memory: GraphStore, name: str) -> None:
    graph_of(memory, *centre("a"))
    with pytest.raises(UnknownName):
        question_named("certification").ask(memory, rules=name)


def test_every_shipped_rule_file_can_be_read() -> None:
    found = [one.name for one in rule_files("certification")]
    assert found == ["g60-2023", "incubator-2018", "shengzhou-2020"]
    for name in found:
        assert read_rules("certification", name, CertificationRules).unsourced()


@pytest.mark.parametrize("question", ["certification", "tracking", "attribution"])
def test_numbers_without_a_public_source_are_named_as_people_call_them(memory: GraphStore, question: str) -> None:
    graph_of(memory, *centre("a"))
    said = [text for text in question_named(question).ask(memory).conventions if text.id == "centres.unsourced"]
    for language in Language:
        assert not re.search(r"[a-z]_[a-z]|[a-z]\.[a-z0-9]|figure", said[0].in_(language)), said[0].in_(language)
