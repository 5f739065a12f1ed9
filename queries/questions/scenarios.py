"""What if this stops, or that: what is lost where and at which tier, beside another shock, and how long a chain lasts."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from graph.texts import Measure, Share, Text
from queries.answer import Answer, Row
from queries.questions.cascade import CascadeAnswer, Part, Sort
from queries.questions.survival import MOST_CASES, Fails, SurvivalAnswer, Survived
from queries.reader import Reader
from queries.registry import answer_to, question
from queries.scope import ChainName, Names, called, called_each, find_one

_FIRST = 8
"""Products named that break first."""

Lost = Annotated[float, Field(gt=0, le=1)]
"""The part of its capacity that what stops loses."""


class Compared(Row):
    """What is lost in a city, in a chain or at a tier: in the scenario, and in the other one."""

    key = ("part_id",)
    table = ("sort", "part_name", "loss", "or_loss", "difference", "beyond", "or_beyond", "who", "stops", "or_stops")
    shares = ("loss", "or_loss", "difference", "beyond", "or_beyond")
    of_some = ("or_loss", "difference", "or_beyond", "or_stops")

    part_id: str
    sort: Sort
    part_name: Text
    loss: float
    or_loss: float | None
    difference: float | None
    beyond: float
    or_beyond: float | None
    stops: int
    or_stops: int | None
    who: list[str]
    evidence_ids: list[str]


class ScenariosAnswer(Answer):
    """What a scenario costs, and another one where it is asked for; which links of a chain break first."""

    about = ()
    shares = ("esri", "or_esri", "by_city", "by_chain", "by_tier")
    is_charted_first = True

    rows: list[Compared]
    stopped: list[Text]
    or_stopped: list[Text]
    esri: float
    or_esri: float | None
    breaks_first: dict[Text, float]
    said: list[Text]
    rests: Text

    def in_short(self, reader: Reader) -> Text:
        """Which of two scenarios is worse and by how much; of one what it costs."""
        if self.or_esri is None:
            return self.said[0]
        (more, worse), (less, other) = sorted(
            [(self.esri, self.stopped), (self.or_esri, self.or_stopped)], key=lambda one: -one[0]
        )
        if round(more - less, 9) == 0:
            return Text("scenarios.headline.alike", one=worse, other=other, share=Share(more), rests=self.rests)
        return Text(
            "scenarios.headline.worse", worse=worse, other=other, more=Share(more), less=Share(less), difference=Measure(100 * (more - less)), rests=self.rests,
        )  # fmt: skip

    def charted(self) -> dict[str, dict[object, float]]:
        """Of one scenario what is lost beyond what stopped; two are compared row by row."""
        by: dict[str, dict[object, float]] = {}
        for row in self.rows if self.or_esri is None else ():
            by.setdefault(f"by_{row.sort}", {})[row.part_name] = row.loss if row.sort is Sort.TIER else row.beyond
        for name in by.keys() - {"by_tier"}:
            by[name] = dict(sorted(by[name].items(), key=lambda part: -part[1]))
        return {**by, **super().charted()}

    def beside(self) -> list[Text]:
        return self.said if self.or_esri is not None else self.said[1:]


@question(order=55)
def scenarios(
    reader: Reader,
    *,
    shocks: Annotated[Names, Field(min_length=1)],
    share: Lost = 1.0,
    or_shocks: Names = [],
    or_share: Lost = 1.0,
    chain: ChainName = "",
) -> ScenariosAnswer:
    """What is lost in each chain, city and tier if something stops, beside something else, and what breaks first in a chain."""
    first = _cascade(reader, shocks, share)
    other = _cascade(reader, or_shocks, or_share) if or_shocks else None
    both = sorted((one for one in (first, other) if one), key=lambda one: -(one.esri or 0.0))
    said = [first.headline, *([other.headline] if other else []), *first.beside()]
    breaks, products = dict[Text, float](), _survival(reader, chain, Fails.PRODUCT) if chain else None
    if products:
        name = called(reader, find_one(reader, ("Chain",), "chain", chain).id)
        breaks, days = _breaks_first(reader, products, name)
        stopped = {*first.stopped_ids, *(other.stopped_ids if other else ())}
        rows = [*products.rows, *_survival(reader, chain, Fails.CITY).rows]
        said += [days, *(_lasts(reader, name, row) for row in rows if (row.place_id or row.id) in stopped)]
    # Of what each of these lists this lists nothing.
    notes = dict.fromkeys(
        note for one in (first, other, products) if one for note in one.notes if note.id != "common.shown"
    )
    conventions = dict.fromkeys(text for one in (first, products) if one for text in one.conventions)
    return ScenariosAnswer(
        rows=_compared(first, other), stopped=first.stopped, or_stopped=other.stopped if other else [],
        esri=first.esri or 0.0, or_esri=(other.esri or 0.0) if other else None,
        breaks_first=breaks, said=said, rests=first.rests(*(one.esri_recorded for one in both)), looked_at=first.looked_at, looked_at_what=first.looked_at_what,
        notes=[*notes], conventions=[*conventions],
    )  # fmt: skip


def _cascade(reader: Reader, shocks: Sequence[str], share: float) -> CascadeAnswer:
    # To the end: what differs between two scenarios must not be what is left out.
    return answer_to(reader, "cascade", CascadeAnswer, shocks=shocks, share=share, epsilon=1e-12, limit=1)


def _survival(reader: Reader, chain: str, fails: Fails) -> SurvivalAnswer:
    return answer_to(reader, "survival", SurvivalAnswer, scope=chain, fails=fails, limit=MOST_CASES)


def _breaks_first(reader: Reader, answer: SurvivalAnswer, chain: Text) -> tuple[dict[Text, float], Text]:
    """The products of a chain that cost most until they are back, of those of which it is on record how long that takes, with
    that loss; and which first leave customers without, and after how many days.
    """
    ranked = [row for row in answer.rows[: answer.ranked] if row.survival_days is not None]
    fewest = min((row.survival_days or 0.0 for row in ranked), default=None)
    if fewest is None:
        return {}, answer.headline
    soonest = [row for row in ranked if row.survival_days == fewest]
    names = called_each(reader, [row.id for row in (*ranked[:_FIRST], *soonest[:_FIRST])])
    said = Text(
        "scenarios.breaks", chain=chain, products=len(soonest), names=[names[row.id] for row in soonest[:_FIRST]],
        rows=len(ranked), others=answer.looked_at - len(ranked), days=Measure(fewest),
    )  # fmt: skip
    return {names[row.id]: row.lost_product_days or 0.0 for row in ranked[:_FIRST]}, said


def _lasts(reader: Reader, chain: Text, row: Survived) -> Text:
    """How long a chain lasts if a product or a city stops as a whole."""
    names = {"name": called(reader, row.place_id or row.id), "chain": chain}
    if row.survival_days is None or row.gap_days is None:
        return Text("scenarios.lasts.long" if row.is_lasting else "scenarios.lasts.unknown", **names)
    return Text("scenarios.lasts", days=Measure(row.survival_days), gap=Measure(row.gap_days), **names)


def _compared(first: CascadeAnswer, other: CascadeAnswer | None) -> list[Compared]:
    """The parts of one scenario as they are; the chains and cities of either of two, the largest difference first."""
    if other is None:
        return [_row(one, one, None) for one in first.parts]
    mine, others = (
        {one.part_id: one for one in answer.parts if one.sort is not Sort.TIER} for answer in (first, other)
    )
    rows = []
    for part_id in {**mine, **others}:
        one, beside = mine.get(part_id), others.get(part_id)
        none = (one or others[part_id]).model_copy(update={"loss": 0.0, "beyond": 0.0, "stops": 0, "who": []})
        shown = beside if beside and (one is None or beside.loss > one.loss) else one
        rows.append(_row(shown or none, one or none, beside or none))
    return sorted(rows, key=lambda row: (-abs(round(row.difference or 0.0, 9)), row.part_id))


def _row(shown: Part, one: Part, beside: Part | None) -> Compared:
    return Compared(
        part_id=one.part_id, sort=one.sort, part_name=one.part_name, loss=one.loss, beyond=one.beyond, stops=one.stops,
        or_loss=beside.loss if beside else None, difference=round(beside.loss - one.loss, 12) if beside else None,
        or_beyond=beside.beyond if beside else None, or_stops=beside.stops if beside else None,
        who=shown.who, evidence_ids=shown.evidence_ids,
    )  # fmt: skip
