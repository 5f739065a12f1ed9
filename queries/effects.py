"""What projects would bring: gaps closed, output no longer lost, days supplied, foreign dependence, at each product that they fill."""

from collections.abc import Mapping, Sequence
from itertools import count

from graph.texts import Text
from queries.added_maker import AddedRisk, days_gained, verdict_with
from queries.makers import Maker, makers_by_product
from queries.projects import PartOf, Product, Project, Worth
from queries.reader import Reader
from queries.scope import Scope
from queries.verdicts import GRAVITY, Judged, Verdict, verdicts_on


def judge(
    reader: Reader, found: Sequence[Project], where: Scope, weights: Mapping[PartOf, float], unknown_counts: float,
    most_evaluations: int,
) -> None:  # fmt: skip
    """Put into each project what it would bring. What has no weight is not looked at; ESRI and days are worked out for so many
    products at most, those that most depends on; a gap that is not on record counts that part of one.
    """
    own = {fill.product_id: fill for one in found for fill in one.fills}
    if not own:
        return
    ordered = sorted(own, key=lambda one: (-(own[one].downstream or 0), one))
    verdicts = verdicts_on(reader, ordered, where)
    makers = makers_by_product(reader, ordered, where)
    first, done = ordered[:most_evaluations], count(1)

    def tell(_: int) -> None:
        reader.tell(Text("fund.doing", done=next(done), size=len(first)))

    esri = AddedRisk(reader).saved(first, tell) if first and weights[PartOf.ESRI] else {}
    days = days_gained(reader, first, makers) if first and weights[PartOf.SURVIVAL] else {}
    for one in found:
        for fill in one.fills:
            product, made = fill.product_id, makers.get(fill.product_id, ())
            _close_gap(one, fill, verdicts[product], made, unknown_counts)
            _bring(one, fill, made, weights, esri.get(product), days.get(product))


def _dependents(fill: Product) -> int:
    """The product and what depends on it."""
    return 1 + (fill.downstream or 0)


def _close_gap(one: Project, fill: Product, judged: Judged, makers: Sequence[Maker], unknown_counts: float) -> None:
    groups = {by.enterprise_id: by.group_id for by in one.proposers}
    before, after = Verdict(judged.verdict), verdict_with(judged, fill.is_essential, makers, groups)
    if before is Verdict.NOT_ON_RECORD or GRAVITY[after] > GRAVITY[before]:
        one.changes.append(Text("fund.change", product=fill.text, before=before, after=after))
        known = unknown_counts if before is Verdict.NOT_ON_RECORD else 1.0
        one.worth.append(Worth(fill.product_id, PartOf.GAPS, known * _dependents(fill), _dependents(fill)))


def _bring(
    one: Project, fill: Product, makers: Sequence[Maker], weights: Mapping[PartOf, float], esri: float | None,
    days: float | None,
) -> None:  # fmt: skip
    # Whoever is the largest maker, or of its group, stops with it.
    largest = max(makers, key=lambda maker: maker.share or 0.0, default=None)
    stops_too = largest is not None and any(by.group_id == largest.group_id for by in one.proposers)
    alone = 0 if stops_too else 1
    for part, (low, high), factor in (
        (PartOf.ESRI, (esri, esri), alone), (PartOf.SURVIVAL, (days, days), alone),
        (PartOf.DEPENDENCE, _ended(one, fill), _dependents(fill)),
    ):  # fmt: skip
        if weights[part] and low is None and high is None:
            one.not_known.add(part)
        elif weights[part]:
            one.worth.append(
                Worth(fill.product_id, part, (low or 0.0) * factor, (1.0 if high is None else high) * factor)
            )


def _ended(one: Project, fill: Product) -> tuple[float | None, float | None]:
    """How much of the foreign share it ends, least and most: whoever proposes it may itself be under control from abroad."""
    low, high = (0.0, 0.0) if one.is_ours is False else fill.foreign
    return (0.0 if one.is_ours is None and low is not None else low), high
