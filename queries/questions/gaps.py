"""Where a chain has gaps: products that nobody in the places makes, that rest on one maker, that are concentrated."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, ClassVar, NamedTuple

import numpy as np
from pydantic import Field

from graph.texts import Text
from queries.algorithms.concentration import hhi_flip_margins
from queries.answer import Answer, Row, cut_note
from queries.makers import (
    Kinds,
    Maker,
    foreign_among,
    kinds_of_makers,
    maker_conventions,
    maker_evidence,
    makers_by_product,
    nearest,
)
from queries.reader import Reader
from queries.registry import question
from queries.scope import ChainName, Confidence, Limit, Places, Several, all_chains, called_each, chain_ids, scope
from queries.sections import Sections
from queries.sources import LONG_AGO, foreign_text
from queries.verdicts import (
    GAPS,
    HHI_ABOVE,
    SHARE_BELOW,
    Judged,
    Thresholds,
    Verdict,
    verdict_conventions,
    verdict_counts,
    verdict_text,
    verdicts_on,
    worst,
)

_SECTIONS = Sections(__file__)

_NAMED = 20
"""Makers named and cited in a row; all are counted."""
_CITED = 100
"""Uses cited in a row; all are counted."""


class Gap(Row):
    """A product, the verdict on it, and what the verdict rests on."""

    key = ("product_id",)
    table = (
        "name_zh", "verdict_text", "foreign_text", "is_essential", "downstream", "makers", "makers_elsewhere", "maker_names",
        "groups", "chains", "makers_unplaced", "flip_margin",
    )  # fmt: skip
    scores = ("hhi", "hhi_most")
    shares = ("local_share", "foreign_share_least", "foreign_share_most")
    spans: ClassVar[Mapping[str, tuple[str, str]]] = {"foreign_text": ("foreign_share_least", "foreign_share_most")}
    of_some = ("foreign_text", "chains")

    product_id: str
    name_zh: str
    name_en: str | None
    chains: list[str]
    stages: list[str]
    verdict: Verdict
    verdict_text: Text
    is_essential: bool | None
    makers: int
    groups: int
    makers_foreign: int
    makers_foreign_most: int
    makers_elsewhere: int
    makers_unplaced: int
    by_narrower: int
    cities: int
    hhi: float | None
    hhi_most: float | None
    is_hhi_exact: bool | None
    local_share: float | None
    foreign_share_least: float | None
    foreign_share_most: float | None
    foreign_basis: str | None
    foreign_year: int | None
    foreign_text: Text | None
    needed_by: int
    downstream: int
    flip_margin: int | None
    share_flip_margin: float | None
    would_change: Text
    maker_names: list[str]
    evidence_ids: list[str]


class GapsAnswer(Answer):
    """The gaps."""

    rows: list[Gap]
    counts: dict[Verdict, int]
    by_chain: dict[str, dict[Verdict, int]]
    by_place: dict[str, int]

    def in_short(self, reader: Reader) -> Text:
        """How many products have each verdict that is a gap."""
        parts = [Text("gaps.headline.part", verdict=v, count=n) for v in GAPS if (n := self.counts[v])]
        return Text("gaps.headline", looked=self.looked_at, parts=parts)


@question(order=20)
def gaps(
    reader: Reader,
    *,
    chain: ChainName = "",
    places: Places = [],
    verdicts: Several[Verdict] = [],
    share_below: Annotated[float, Field(ge=0, le=1)] = SHARE_BELOW,
    hhi_above: Annotated[float, Field(ge=0, le=1)] = HHI_ABOVE,
    min_confidence: Confidence = 0.0,
    limit: Limit = 50,
) -> GapsAnswer:
    """Which links nobody here makes, rest on one maker, are concentrated."""
    where, chains = scope(reader, places), chain_ids(reader, chain)
    limits = Thresholds(share_below, hhi_above, min_confidence)
    counts = verdict_counts(reader, where, chains, limits)
    wanted = verdicts or list(GAPS)
    found = worst(reader, where, chains, limits, [v for v in wanted if counts.by_verdict[v]], limit)
    makers = makers_by_product(reader, [row.product_id for row in found], where, min_confidence)
    names = dict(all_chains(reader))
    return GapsAnswer(
        rows=_gaps(reader, found, makers, chains, where.areas, hhi_above),
        counts=counts.by_verdict,
        by_chain={names[one]: own for one, own in counts.by_chain.items()},
        by_place={row.name_zh: row.products for row in made_in(reader, cities=where.cities, chains=chains)},
        looked_at=counts.products,
        looked_at_what=Text("common.products"),
        conventions=[*maker_conventions(), *verdict_conventions(where, limits)],
        notes=[
            *_notes(sum(counts.by_verdict[v] for v in set(wanted)), limit, counts.products, chain),
            *_old(reader, found),
        ],
    )


def gaps_on(
    reader: Reader, product_ids: Sequence[str], places: Sequence[str], made: Sequence[Maker] | None = None
) -> list[Gap]:
    """The verdict on each of some products, gaps or not, and what it rests on, as `gaps` has it where nothing else is given.

    `made` are the rows of their makers, where they are at hand."""
    where = scope(reader, places)
    found = list(verdicts_on(reader, product_ids, where).values())
    makers = makers_by_product(reader, product_ids, where) if made is None else nearest(made)
    return _gaps(reader, found, makers, (), where.areas, HHI_ABOVE)


def _notes(found: int, limit: int, chosen: int, chain: str) -> list[Text]:
    if not chosen:
        return [Text("common.no_product_of_chain" if chain else "common.no_product")]
    return cut_note(found, limit)


def _old(reader: Reader, found: Sequence[Judged]) -> list[Text]:
    """Of which products listed the makers on record are all of long ago."""
    day = (reader.graph()[1] or date.today()) - timedelta(days=math.ceil(365.25 * LONG_AGO))
    rows = last_told(reader, product_ids=[row.product_id for row in found], before=day) if found else []
    names = called_each(reader, [row.product_id for row in rows[:_NAMED]])
    return [Text("gaps.note.old", count=len(rows), day=day, names=list(names.values()))] if rows else []


# --- rows --------------------------------------------------------------------------------------------------------------


class _Product(NamedTuple):
    product_id: str
    name_zh: str
    name_en: str | None
    is_essential: bool | None
    makers: int
    needed_by: int
    downstream: int
    foreign_least: float | None
    foreign_most: float | None
    foreign_basis: str | None
    foreign_year: int | None


class _Membership(NamedTuple):
    product_id: str
    chain_id: str
    name_zh: str
    stage: str | None


class _Use(NamedTuple):
    product_id: str
    used_in_id: str
    edge_id: str


class _Provision(NamedTuple):
    product_id: str
    edge_id: str


class _Told(NamedTuple):
    product_id: str
    last: date


class _MadeIn(NamedTuple):
    place_id: str
    name_zh: str
    products: int


products = _SECTIONS.rows("products", _Product)
memberships = _SECTIONS.rows("memberships", _Membership)
uses = _SECTIONS.rows("uses", _Use)
provisions = _SECTIONS.rows("provisions", _Provision)
last_told = _SECTIONS.rows("last_told", _Told)
made_in = _SECTIONS.rows("made_in", _MadeIn)


def _gaps(
    reader: Reader,
    found: Sequence[Judged],
    makers: Mapping[str, Sequence[Maker]],
    chains: Sequence[str],
    areas: Sequence[str],
    hhi_above: float,
) -> list[Gap]:
    ids = [row.product_id for row in found]
    if not ids:
        return []
    kinds = kinds_of_makers(reader, (maker for of_product in makers.values() for maker in of_product))
    known = {row.product_id: row for row in products(reader, product_ids=ids)}
    belongs, goes_into, given = defaultdict[str, list[_Membership]](list), defaultdict(list), defaultdict(list)
    for membership in memberships(reader, product_ids=ids, chains=chains):
        belongs[membership.product_id].append(membership)
    for use in uses(reader, product_ids=ids):
        goes_into[use.product_id].append(use.edge_id)
    for provision in provisions(reader, product_ids=ids, areas=areas):
        given[provision.product_id].append(provision.edge_id)
    return [
        _gap(
            reader, row, known[row.product_id], makers.get(row.product_id, ()), belongs[row.product_id], kinds,
            [*sorted(goes_into[row.product_id][:_CITED]), *given[row.product_id][:_CITED]], hhi_above,
        )
        for row in found
    ]  # fmt: skip


def _gap(
    reader: Reader,
    row: Judged,
    product: _Product,
    makers: Sequence[Maker],
    belongs: Sequence[_Membership],
    kinds: Kinds,
    cited: Sequence[str],
    hhi_above: float,
) -> Gap:
    verdict = Verdict(row.verdict)
    local = [maker for maker in makers if maker.is_here]
    named = (local or makers)[:_NAMED]
    shares = [maker.share for maker in local if maker.share is not None]
    from_abroad, may_be = foreign_among(maker.control_country for maker in local)
    unplaced = sum(maker.is_unplaced for maker in makers)
    flip = _flip_margin(verdict, row.makers, row.groups, bool(shares and sum(shares)), product.is_essential, hhi_above)
    return Gap(
        product_id=row.product_id,
        name_zh=product.name_zh,
        name_en=product.name_en,
        chains=[one.name_zh for one in belongs],
        stages=list(dict.fromkeys(one.stage for one in belongs if one.stage)),
        verdict=verdict,
        verdict_text=verdict_text(verdict, len(makers) - row.makers, unplaced),
        is_essential=product.is_essential,
        makers=row.makers,
        groups=row.groups,
        makers_foreign=from_abroad,
        makers_foreign_most=may_be,
        makers_elsewhere=len(makers) - row.makers,
        makers_unplaced=unplaced,
        by_narrower=row.by_narrower,
        cities=row.cities,
        hhi=row.hhi,
        hhi_most=row.hhi_most,
        is_hhi_exact=row.is_exact if row.makers else None,
        local_share=row.local_share,
        foreign_share_least=product.foreign_least,
        foreign_share_most=product.foreign_most,
        foreign_basis=product.foreign_basis,
        foreign_year=product.foreign_year,
        foreign_text=_foreign(reader, product),
        needed_by=product.needed_by,
        downstream=product.downstream,
        flip_margin=flip,
        share_flip_margin=_share_flip(shares, product.is_essential, hhi_above) if row.is_exact else None,
        would_change=_would_change(verdict, flip),
        maker_names=sorted(maker.name for maker in named),
        evidence_ids=[row.product_id, *maker_evidence(named, kinds), *cited],
    )


def _foreign(reader: Reader, product: _Product) -> Text | None:
    """The foreign share on record; `None` where neither its least nor its most is."""
    least, most = product.foreign_least, product.foreign_most
    if least is None and most is None:
        return None
    return foreign_text(
        reader, least or 0.0, 1.0 if most is None else most, product.foreign_basis or "unknown", product.foreign_year
    )


def _flip_margin(
    verdict: Verdict, here: int, groups: int, has_shares: bool, is_essential: bool | None, hhi_above: float
) -> int | None:
    """The least number of independent makers more (fewer, if negative) on record that changes the verdict, RCA left aside.

    Of equals the gain. `None` where shares decide the verdict.
    """
    if verdict in (Verdict.MISSING, Verdict.NOT_ON_RECORD, Verdict.SINGLE_SOURCE, Verdict.NARROWER_ONLY) or not here:
        return 1
    if has_shares and is_essential:
        return None
    to_one = 1 - groups
    if not is_essential or not hhi_above:
        return to_one
    enough = math.ceil(1 / hhi_above)
    to_other_side = enough - here if here < enough else enough - 1 - here
    return min(to_other_side, to_one, key=lambda margin: (abs(margin), margin < 0))


def _share_flip(shares: Sequence[float], is_essential: bool | None, hhi_above: float) -> float | None:
    """The least move of one maker's share, the others keeping their proportions, that takes HHI across the threshold."""
    if len(shares) < 2 or not is_essential or not 0 < hhi_above < 1:
        return None
    margins = np.abs(hhi_flip_margins(np.array(shares), hhi_above))
    return float(np.nanmin(margins)) if np.isfinite(margins).any() else None


def _would_change(verdict: Verdict, flip: int | None) -> Text:
    if verdict in (Verdict.NOT_ON_RECORD, Verdict.MISSING, Verdict.NARROWER_ONLY):
        return Text(f"gaps.changed_if.{verdict}")
    if flip is None:
        return Text("gaps.changed_if.shares")
    return Text("gaps.changed_if.more" if flip > 0 else "gaps.changed_if.fewer", makers=abs(flip))
