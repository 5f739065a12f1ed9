"""The calculation sheet of one centre: each gate and each indicator with its numbers, so that anybody can reckon it again."""

from enum import StrEnum

import numpy as np

from graph.texts import Share, Text
from queries.algorithms.arrays import or_none
from queries.answer import Answer, Row
from queries.centres import RulesName, Year, nothing_reported, reported_years
from queries.certifying import (
    CertificationRules,
    Gate,
    Indicator,
    Judged,
    Standing,
    Weighed,
    failed,
    grade_text,
    judged,
    measured,
    report_notes,
    rule_conventions,
    support,
    why,
)  # fmt: skip
from queries.reader import Reader
from queries.registry import question
from queries.scope import called, find_one


class Part(StrEnum):
    """Whether an indicator is a gate or counts in the score."""

    GATE = "gate"
    SCORE = "score"


class Outcome(StrEnum):
    """What an indicator comes to."""

    PASSED = "passed"
    FAILED = "failed"
    COUNTED = "counted"
    NOT_KNOWN = "not_known"


class Line(Row):
    """A gate or an indicator of the score, with its numbers."""

    key = ("part", "indicator")
    table = (
        "indicator",
        "outcome",
        "value",
        "worst",
        "best",
        "scaled",
        "weight",
        "product",
        "part",
        "wanted",
        "source",
    )
    of_some = ("worst", "best", "scaled", "weight", "product", "wanted")

    part: Part
    indicator: Indicator
    value: float | None
    outcome: Outcome
    worst: float | None
    best: float | None
    is_gain: bool | None
    scaled: float | None
    weight: float | None
    product: float | None
    wanted: float | None
    source: Text
    evidence_ids: list[str]


class CertificateAnswer(Answer):
    """The lines of the sheet, and what they come to."""

    rows: list[Line]
    center_id: str
    center: str
    year: int | None
    standing: Standing
    grade: Text
    score: float | None
    why: Text

    def in_short(self, reader: Reader) -> Text:
        """The grade and why."""
        year = str(self.year) if self.year else Text("common.unknown")
        return Text(
            "certificate.headline", center=called(reader, self.center_id), year=year, grade=self.grade, why=self.why
        )


@question(order=145)
def certificate(
    reader: Reader, *, center: str, rules: RulesName = "incubator-2018", year: Year | None = None
) -> CertificateAnswer:
    """How the grade of one centre comes about, number by number."""
    read = reader.rules("certification", rules, CertificationRules)
    named = find_one(reader, ("Center",), "center", center)
    found = measured(reader, year)
    # Of a type that the rules are not for it is judged by nothing.
    unjudged = (Judged(each, Standing.NO_REPORT) for each in found)
    one = next(each for each in (*judged(found, read, 1), *unjudged) if each.centre.id == named.id)
    supported = support(one, read)
    rows = [*(_gate(one, gate) for gate in read.gates), *_lines(one, read)]
    is_meant = not read.center_types or one.centre.type in read.center_types
    return CertificateAnswer(
        rows=rows, center_id=named.id, center=named.name, year=one.found.year, standing=one.standing,
        grade=grade_text(one, read), score=one.score, why=why(one, read), looked_at=len(rows),
        looked_at_what=Text("certificate.lines"),
        conventions=[Text(f"certificate.means.{read.method}"), *rule_conventions(read, reader)],
        notes=[
            *([] if one.found.years or one.found.strangers else nothing_reported(True, one.found.year, reported_years(reader, [named.id]))),
            *report_notes(reader, [one.found]), *([] if is_meant else [Text("certificate.other_type")]),
            *([Text("certificate.supported", grade=grade_text(one, read), value=Share(supported.value), of=supported.unit_text)]
              if supported else []),
        ],
    )  # fmt: skip


def _gate(one: Judged, gate: Gate) -> Line:
    value, figure = one.found.values.get(gate.indicator), gate.floor or gate.ceiling
    outcome = Outcome.NOT_KNOWN
    if value is not None:
        outcome = Outcome.FAILED if failed(one.found, gate) else Outcome.PASSED
    return Line(
        part=Part.GATE, indicator=gate.indicator, value=value, outcome=outcome, worst=gate.floor.value if gate.floor else None,
        best=gate.ceiling.value if gate.ceiling else None, is_gain=None, scaled=None, weight=None, product=None, wanted=None,
        source=Text("certificate.sourced", source=figure.because) if figure and figure.status == "sourced" else _assumed(),
        evidence_ids=one.evidence_ids,
    )  # fmt: skip


def _lines(one: Judged, rules: CertificationRules) -> list[Line]:
    nothing = [float("nan")] * len(rules.indicators)
    columns = zip(rules.indicators, one.scaled or nothing, rules.weights, one.needed or nothing, strict=True)
    return [_line(one, *column) for column in columns]


def _line(one: Judged, weighed: Weighed, scaled: float, weight: float, wanted: float) -> Line:
    value = one.found.values.get(weighed.indicator)
    is_known = not np.isnan(scaled)
    figures = [figure for figure in (weighed.weight, weighed.low, weighed.high) if figure]
    said = list(dict.fromkeys(figure.because for figure in figures if figure.status == "sourced"))
    worst, best = ((figure.value if figure else None) for figure in (weighed.low, weighed.high))
    return Line(
        part=Part.SCORE, indicator=weighed.indicator, value=value,
        outcome=Outcome.COUNTED if is_known else Outcome.NOT_KNOWN,
        worst=worst if weighed.is_gain else best, best=best if weighed.is_gain else worst, is_gain=weighed.is_gain,
        scaled=scaled if is_known else None, weight=weight, product=scaled * weight if is_known else None,
        wanted=or_none(wanted),
        source=Text("certificate.partly", source=said) if said else _assumed(), evidence_ids=one.evidence_ids,
    )  # fmt: skip


def _assumed() -> Text:
    return Text("certificate.assumed")
