"""Which centres may be certified and with which grade: gates first, then a score by the indicators of a rule file."""

from typing import Annotated

import numpy as np
from pydantic import Field

from graph.texts import Measure, Share, Text, word
from queries.answer import Answer, Row, cut_note
from queries.centres import CenterName, RulesName, Year, center_id, nothing_reported, reported_years
from queries.certifying import (
    CertificationRules,
    Judged,
    Standing,
    grade_text,
    judged,
    measured,
    report_notes,
    rule_conventions,
    support,
    why,
)
from queries.reader import Reader
from queries.registry import question
from queries.scope import Limit, called


class Certified(Row):
    """A centre and its grade, or why it has none."""

    key = ("center_id",)
    table = (
        "name_zh", "grade", "score", "why", "grade_holds", "other_grade", "lift", "parts", "rank", "rank_holds", "support",
    )  # fmt: skip
    shares = ("grade_holds", "rank_holds")
    scores = ("score", "score_least", "score_most", "other_score")
    of_some = (
        "score",
        "rank",
        "support",
        "grade_holds",
        "rank_holds",
        "other_grade",
        "other_score",
        "score_least",
        "score_most",
    )

    center_id: str
    name_zh: str
    year: int | None
    standing: Standing
    grade: Text
    score: float | None
    score_least: float | None
    score_most: float | None
    rank: int | None
    why: Text
    support: Text | None
    grade_holds: float | None
    rank_holds: float | None
    lift: list[Text]
    parts: list[Text]
    unknown: list[Text]
    residents: int
    other_grade: Text | None
    other_score: float | None
    evidence_ids: list[str]


class CertificationAnswer(Answer):
    """The centres, the best first, and how many stand how."""

    rows: list[Certified]
    counts: dict[Standing, int]

    def in_short(self, reader: Reader) -> Text:
        """How many are certified, which is the best, and how many are not for which reason."""
        parts = [Text("certification.headline.part", standing=one, count=n) for one, n in self.counts.items() if n]
        best = next((row for row in self.rows if row.standing is Standing.GRADED), None)
        if best is None:
            return Text("certification.headline.none", looked=self.looked_at, parts=parts)
        return Text(
            "certification.headline",
            looked=self.looked_at,
            parts=parts,
            best=called(reader, best.center_id),
            grade=best.grade,
        )


@question(order=144)
def certification(
    reader: Reader,
    *,
    rules: RulesName = "incubator-2018",
    against: RulesName = "",
    center: CenterName = "",
    year: Year | None = None,
    draws: Annotated[int, Field(ge=1, le=20_000)] = 10_000,
    limit: Limit = 200,
) -> CertificationAnswer:
    """Which centres may be certified, with which grade, and why."""
    read = reader.rules("certification", rules, CertificationRules)
    other = reader.rules("certification", against, CertificationRules) if against else None
    asked = center_id(reader, center)
    found = measured(reader, year)
    every = judged(found, read, draws)
    beside = {one.centre.id: one for one in judged(found, other, 1)} if other else {}
    rows = [_row(one, read, beside.get(one.centre.id), other) for one in sorted(every, key=_order)]
    kept = [row for row in rows if not asked or row.center_id in asked]
    has_any = any(one.years for one in found)
    return CertificationAnswer(
        rows=kept[:limit],
        counts={one: sum(row.standing is one for row in kept) for one in Standing},
        looked_at=len(kept),
        looked_at_what=Text("attribution.centers"),
        conventions=[
            *rule_conventions(read, reader), Text("certification.means.stability", draws=draws),
            *([Text("certification.against", name=other.name, source=other.source_text)] if other else []),
        ],
        notes=[*([] if has_any or any(one.strangers for one in found) else nothing_reported(bool(found), year, reported_years(reader))),
               *report_notes(reader, [one for one in found if not asked or one.centre.id in asked]), *cut_note(len(kept), limit)],
    )  # fmt: skip


# --- rows --------------------------------------------------------------------------------------------------------------


def _order(one: Judged) -> tuple[int, float, str]:
    return (
        [*Standing].index(one.standing),
        -round(one.score if one.score is not None else one.least or 0.0, 9),
        one.centre.id,
    )


def _row(
    one: Judged, rules: CertificationRules, other: Judged | None, other_rules: CertificationRules | None
) -> Certified:
    supported = support(one, rules)
    is_less = one.score is None and one.least is not None
    return Certified(
        center_id=one.centre.id,
        name_zh=one.centre.name,
        year=one.found.year if one.found.years else None,
        standing=one.standing,
        grade=grade_text(one, rules),
        score=one.score,
        score_least=one.least if is_less else None,
        score_most=one.most if is_less else None,
        rank=one.rank,
        why=why(one, rules),
        support=Text("certification.supported", share=Share(supported.value), of=supported.unit_text)
        if supported
        else None,
        grade_holds=one.grade_holds,
        rank_holds=one.rank_holds,
        lift=_lift(one, rules),
        parts=_parts(one, rules),
        unknown=[word(name) for name in one.unknown],
        residents=len(one.found.years),
        other_grade=grade_text(other, other_rules) if other and other_rules else None,
        other_score=other.score if other else None,
        evidence_ids=one.evidence_ids,
    )


def _lift(one: Judged, rules: CertificationRules) -> list[Text]:
    """What each indicator alone would have to be for the next grade, where that can be reached."""
    found = []
    for weighed, value in zip(rules.indicators, one.needed, strict=bool(one.needed)):
        if not np.isnan(value):
            now = one.found.values.get(weighed.indicator)
            current = Measure(now) if now is not None else Text("common.unknown")
            found.append(Text("certification.lift", indicator=weighed.indicator, now=current, to=Measure(value)))
    return found


def _parts(one: Judged, rules: CertificationRules) -> list[Text]:
    """Of each indicator its value, what that is on the scale, and the weight."""
    return [
        Text(
            "certification.part", indicator=weighed.indicator, value=Measure(one.found.values[weighed.indicator]),
            scaled=Measure(scaled), weight=Measure(weight), product=Measure(scaled * weight),
        )
        for weighed, weight, scaled in zip(rules.indicators, rules.weights, one.scaled, strict=bool(one.scaled))
        if weighed.indicator in one.found.values
    ]  # fmt: skip
