"""On how many sources a product, a technology or a chain rests: by enterprise, group, city, province and country."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from math import floor
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field

from graph.texts import Share, Text
from queries.algorithms.arrays import FloatArray
from queries.algorithms.concentration import hhi_flip_margins, share_flip_margins
from queries.answer import Answer, Row, counted, cut_note
from queries.makers import Kinds, maker_conventions
from queries.reader import Reader
from queries.registry import question
from queries.scope import (
    ChainName,
    Confidence,
    Limit,
    Names,
    Places,
    Scope,
    called,
    called_each,
    chain_ids,
    find_all,
    name_of,
    nodes,
    scope,
)
from queries.sections import Sections
from queries.sources import (
    ROUNDING,
    WHOLE,
    Source,
    is_known,
    kinds_of_sources,
    rest_of,
    source_evidence,
    sources_by_subject,
    subject_count,
    technologies_of,
    weights,
)

_SECTIONS = Sections(__file__)


class What(StrEnum):
    """What rests on sources."""

    PRODUCT = "product"
    TECHNOLOGY = "technology"
    CHAIN = "chain"


class By(StrEnum):
    """What counts as one source."""

    ENTERPRISE = "enterprise"
    GROUP = "group"
    CITY = "city"
    PROVINCE = "province"
    COUNTRY = "country"


_NAMED = 20
"""Sources named and cited in a row; all are counted."""
_CITED = 500
"""Ways of supplying cited in a row; all are counted."""


class Concentration(Row):
    """A product, technology or chain, and on how few sources it rests."""

    key = ("subject_id",)
    table = (
        "name_zh", "sources", "groups", "hhi", "hhi_most", "is_hhi_exact", "effective_sources", "largest_source",
        "largest_share", "largest_city", "largest_city_share", "is_concentrated", "flip_margin", "outside_share",
        "is_dependent",
    )  # fmt: skip
    scores = ("hhi", "hhi_most")
    shares = (
        "known_share",
        "largest_share",
        "largest_city_share",
        "outside_share",
        "outside_share_least",
        "outside_share_most",
    )

    subject_id: str
    name_zh: str
    name_en: str | None
    is_essential: bool | None
    downstream: int | None
    is_by_place: bool
    sources: int
    unplaced: int
    groups: int
    known_share: float
    hhi: float | None
    hhi_most: float | None
    is_hhi_exact: bool | None
    effective_sources: float | None
    hhi_alike: float | None
    largest_source: Text | None
    largest_share: float | None
    largest_city: str | None
    largest_city_share: float | None
    is_concentrated: bool | None
    flip_margin: float | None
    inside: int
    outside: int
    outside_share: float | None
    outside_share_least: float | None
    outside_share_most: float | None
    outside_hhi: float | None
    outside_hhi_most: float | None
    outside_to_inside: float | None
    is_dependent: bool | None
    outside_flip_margin: float | None
    source_names: list[str]
    evidence_ids: list[str]


class ConcentrationAnswer(Answer):
    """The concentrations."""

    rows: list[Concentration]

    def in_short(self, reader: Reader) -> Text:
        """How many of the rows are concentrated or dependent by known shares, of how many these say nothing, and the first."""
        first, told = self.rows[0], ("is_concentrated", "is_dependent")
        concentrated, dependent = (sum(bool(getattr(row, name)) for row in self.rows) for name in told)
        unknown = sum(row.is_concentrated is None for row in self.rows)
        unsaid = Text("concentration.headline.open", count=unknown) if unknown else ""
        if not first.sources:
            return Text("concentration.headline.silent", rows=len(self.rows))
        if not concentrated and not dependent:
            return Text("concentration.headline.none", rows=len(self.rows), open=unsaid)
        largest, share = first.largest_source, first.largest_share
        return Text(
            "concentration.headline", rows=len(self.rows), concentrated=concentrated, dependent=dependent, open=unsaid,
            name=called(reader, first.subject_id),
            largest=Text("concentration.headline.largest", source=largest, share=Share(share)) if largest and share else "",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is looked at, where, and what the verdicts depend on. `subject_ids` empty is all, of products those of `chains`."""

    what: What
    by: By
    subject_ids: Sequence[str]
    chains: Sequence[str]
    where: Scope
    min_confidence: float
    hhi_above: float
    share_above: float
    ratio_above: float

    @property
    def outside_above(self) -> float:
        """outside / inside > r says that the outside share is above r / (1 + r)."""
        return max(self.share_above, self.ratio_above / (1 + self.ratio_above))


@question(order=30)
def concentration(
    reader: Reader,
    *,
    chain: ChainName = "",
    subjects: Names = [],
    what: What = What.PRODUCT,
    by: By = By.ENTERPRISE,
    places: Places = [],
    hhi_above: Annotated[float, Field(ge=0, le=1)] = 0.4,
    outside_share_above: Annotated[float, Field(ge=0, le=1)] = 0.5,
    outside_ratio_above: Annotated[float, Field(ge=0)] = 1.0,
    min_confidence: Confidence = 0.0,
    limit: Limit = 50,
) -> ConcentrationAnswer:
    """On how few sources it rests, and on whom outside."""
    where, chains = scope(reader, places), [] if subjects else chain_ids(reader, chain)
    ids = [one.id for one in find_all(reader, (what.title(),), what, subjects)]
    asked = _Asked(
        what, by, ids, chains, where, min_confidence, hhi_above, outside_share_above, outside_ratio_above
    )  # fmt: skip
    if what is What.TECHNOLOGY and chains:
        asked = replace(asked, subject_ids=technologies_of(reader, chains=chains), chains=[])
    found, chosen, silence = list[_Found](), 0, 0
    if asked.subject_ids or asked.chains or not chains:
        found, chosen, silence = (_of_chains if what is What.CHAIN else _of_subjects)(reader, asked, limit)
    return ConcentrationAnswer(
        rows=_rows(reader, asked, found), looked_at=chosen, looked_at_what=Text(f"concentration.what.{what}"),
        conventions=_conventions(asked), notes=_notes(found, chosen, silence, limit),
    )  # fmt: skip


def _conventions(asked: _Asked) -> list[Text]:
    limits = {"hhi": asked.hhi_above, "share": asked.share_above, "ratio": asked.ratio_above}
    is_technology, is_by_maker = asked.what is What.TECHNOLOGY, asked.by in (By.ENTERPRISE, By.GROUP)
    before = ("hhi", "least_and_most", "apart", "alike", "city")
    after = {
        "group": asked.by is By.GROUP, "masters": is_technology, "narrower": not is_technology,
        "each_alike": asked.what is What.CHAIN, "plants": not is_by_maker and not is_technology,
        "provided": not is_by_maker and not is_technology, "confidence": asked.min_confidence > 0,
    }  # fmt: skip
    return [
        Text("concentration.convention.by", by=Text(f"concentration.by.{asked.by}")),
        *([] if is_technology else [Text("makers.sites")]),
        *(Text(f"concentration.convention.{one}") for one in before),
        *asked.where.conventions,
        *(
            Text(f"concentration.convention.{one}", **limits)
            for one in ("here_and_elsewhere", "concentrated", "dependent")
        ),
        *([] if is_technology else maker_conventions()),
        *(
            Text(f"concentration.convention.{one}", least=asked.min_confidence)
            for one, is_said in after.items()
            if is_said
        ),
    ]


def _notes(found: "Sequence[_Found]", chosen: int, silence: int, limit: int) -> list[Text]:
    if not chosen:
        return [Text("concentration.note.nothing")]
    told = [one.measured for one in found if one.measured.sources]
    counts = {
        "silent": silence,
        "inexact": sum(not is_known(one.hhi, one.hhi_most) for one in told),
        "unplaced": sum(one.unplaced > 0 for one in told),
    }
    return [*cut_note(chosen, limit), *counted("concentration.note", counts, told=len(told))]


# --- measures ------------------------------------------------------------------------------------------------------------


class _Measured(NamedTuple):
    """A subject with its measures as a row has them; `None` where not known."""

    subject_id: str
    name_zh: str
    name_en: str | None
    is_essential: bool | None = None
    downstream: int | None = None
    sources: int = 0
    unplaced: int = 0
    groups: int = 0
    known_share: float = 0.0
    hhi: float | None = None
    hhi_most: float | None = None
    is_hhi_exact: bool | None = None
    inside: int = 0
    outside: int = 0
    outside_share_least: float | None = None
    outside_share_most: float | None = None
    outside_hhi: float | None = None
    outside_hhi_most: float | None = None
    is_concentrated: bool | None = None
    is_dependent: bool | None = None


class _Silent(NamedTuple):
    subject_id: str
    name_zh: str
    name_en: str | None
    is_essential: bool | None
    downstream: int | None


class _Member(NamedTuple):
    chain_id: str
    name_zh: str
    name_en: str | None
    product_id: str | None
    edge_id: str | None


by_enterprise = _SECTIONS.rows("by_enterprise", _Measured)
by_place = _SECTIONS.rows("by_place", _Measured)
spoken = _SECTIONS.count("spoken", "subjects")
silent = _SECTIONS.rows("silent", _Silent)
chain_products = _SECTIONS.rows("chain_products", _Member)


@dataclass(frozen=True, slots=True)
class _Found:
    """A subject with its measures and the products that it stands for: itself, or those of a chain, each with the edge."""

    measured: _Measured
    products: Mapping[str, str | None]


def _of_subjects(reader: Reader, asked: _Asked, limit: int) -> tuple[list[_Found], int, int]:
    """The first of the products or technologies, how many there are, and how many of these have no source on record."""
    prefix, level = f"{asked.what}:", asked.by.value
    chosen = {
        "prefix": prefix, "subject_ids": asked.subject_ids, "chains": asked.chains,
        "min_confidence": asked.min_confidence,
    }  # fmt: skip
    judged = {
        **chosen, "areas": asked.where.areas, "around": asked.where.around, "hhi_above": asked.hhi_above,
        "outside_above": asked.outside_above, "limit": limit,
    }  # fmt: skip
    is_by_enterprise = asked.by is By.ENTERPRISE
    found = by_enterprise(reader, **judged) if is_by_enterprise else by_place(reader, level=level, **judged)
    every = len(asked.subject_ids) or subject_count(reader, asked.what, asked.chains)
    silence = every - spoken(reader, level=level, **chosen)
    if len(found) < limit and silence:
        without = silent(reader, level=level, limit=limit - len(found), **chosen)
        found += [_Measured(*row) for row in without]
    return [_Found(row, {row.subject_id: None}) for row in found], every, silence


# --- chains: their products' sources added up ----------------------------------------------------------------------------


def _of_chains(reader: Reader, asked: _Asked, limit: int) -> tuple[list[_Found], int, int]:
    chosen = list(asked.subject_ids) or list(asked.chains)
    rows = chain_products(reader, chains=chosen)
    products = {row.product_id for row in rows if row.product_id}
    sources = sources_by_subject(reader, products, asked.by.value, asked.where, asked.min_confidence)
    found = []
    for _, group in groupby(rows, key=lambda row: row.chain_id):
        members = list(group)
        edges = {row.product_id: row.edge_id for row in members if row.product_id}
        supplied = [sources[product] for product in edges if product in sources]
        found.append(_Found(_of_chain(members[0], supplied, asked), edges))
    found.sort(key=lambda one: _order(one.measured))
    return found[:limit], len(found), sum(not one.measured.sources for one in found)


def _order(row: _Measured) -> tuple[bool, int, bool, int, str]:
    """As `by_enterprise` orders."""
    told = row.is_dependent, row.is_concentrated
    place = 0 if told[0] else 1 if told[1] else 2 if None in told else 3
    hhi = -floor((row.hhi or 0.0) * 1e9 + 0.5)
    return not row.sources, place, not row.is_concentrated, hhi, row.subject_id


_Part = tuple[bool, str]
"""A place of the level, or a source apart (true)."""


@dataclass(slots=True)
class _Sums:
    """What comes from one enterprise or place of the level: all, and outside."""

    known: float = 0.0
    out: float = 0.0
    spread: float = 1.0
    is_apart: bool = False


def _of_chain(chain: _Member, products: Sequence[Sequence[Source]], asked: _Asked) -> _Measured:
    """The measures of a chain as `by_place` has them of a product: each product counts alike, so that the whole is how
    many there are.
    """
    if not products:
        return _Measured(*chain[:3])
    parts: dict[object, _Sums] = {}
    rest = out_most = known = 0.0
    for sources in products:
        scale, left = rest_of(sources)
        rest += left
        for source in sources:
            # One and the same enterprise may make two products in two places.
            key = (source.part, source.places, source.lost)
            part = parts.setdefault(key, _Sums(spread=source.spread, is_apart=source.part[0]))
            share = (source.share or 0.0) / scale
            known += source.share or 0.0
            part.known += share
            part.out += share if source.is_outside else 0.0
            out_most += share if source.may_be_outside else 0.0
    whole, sums, everyone = len(products), list(parts.values()), defaultdict[str, list[Source]](list)
    for one in (one for own in products for one in own):
        everyone[one.id].append(one)
    least, most = _hhi(sums, rest, whole)
    outside = sum(all(one.is_outside for one in own) for own in everyone.values())
    out = sum(part.out for part in sums)
    out_most += rest
    away: tuple[float | None, float | None] = (None, None)
    if outside and out_most > 0:
        away = _outside_hhi(sums, out, out_most)
    shares = (out / whole, out_most / whole)
    return _Measured(
        *chain[:3], None, None, len(everyone),
        sum(any(one.lost for one in own) for own in everyone.values()), len(parts), known / whole, least, most,
        not rest and not any(part.is_apart for part in sums),
        sum(any(one.is_in for one in own) for own in everyone.values()), outside,
        *shares, *away, _above(least, most, asked.hhi_above), _is_dependent(shares, away, asked),
    )  # fmt: skip


def _hhi(parts: Sequence[_Sums], rest: float, whole: float) -> tuple[float, float]:
    """The least and the most HHI."""
    squares = sum(part.known**2 / part.spread for part in parts)
    largest = max((part.known for part in parts if not part.is_apart), default=0.0)
    loose = rest + sum(part.known for part in parts if part.is_apart)
    return squares / whole**2, min((squares + 2 * loose * largest + loose**2) / whole**2, 1.0)


def _outside_hhi(parts: Sequence[_Sums], out: float, out_most: float) -> tuple[float, float]:
    """The same of what is outside, `out` at least and `out_most` at most."""
    squares = sum(part.out**2 / part.spread for part in parts)
    largest = max((part.out for part in parts if not part.is_apart), default=0.0)
    loose = out_most - sum(part.out for part in parts if not part.is_apart)
    most = squares + 2 * loose * largest + loose**2
    return squares / out_most**2, min(most / out**2, 1.0) if out > 0 else 1.0


def _above(least: float | None, most: float | None, threshold: float) -> bool | None:
    """Whether what lies between is above a threshold; `None` where that is not known."""
    if least is None or most is None:
        return None
    return True if least > threshold + ROUNDING else False if most <= threshold + ROUNDING else None


def _is_dependent(shares: tuple[float, float], away: tuple[float | None, float | None], asked: _Asked) -> bool | None:
    """Whether both what is outside and its HHI are above."""
    both = _above(*shares, asked.outside_above), _above(*away, asked.hhi_above)
    return False if False in both or asked.hhi_above >= 1 else True if both == (True, True) else None


# --- rows ----------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Supply:
    """A source of a row and what comes from it: by known shares, and where those of unknown share supply alike."""

    source: Source
    known: float = 0.0
    alike: float = 0.0


def _supply(products: Iterable[Sequence[Source]]) -> list[_Supply]:
    """The sources of products that count alike, each once for where it is, by id; what comes from them adds up to 1 at most."""
    found: dict[tuple[object, ...], _Supply] = {}
    each = [sources for sources in products if sources]
    for sources in each:
        scale, _ = rest_of(sources)
        for source, weight in zip(sources, weights(sources), strict=True):
            where = (source.places, source.lost, source.is_in, source.is_outside, source.may_be_outside)
            own = found.setdefault((source.id, *where), _Supply(source))
            own.known += (source.share or 0.0) / scale / len(each)
            own.alike += weight / len(each)
    supply = [found[one] for one in sorted(found)]
    if not any(one.known for one in supply):
        for one in supply:
            one.known = one.alike
    return supply


def _by_part(supply: Iterable[_Supply], is_alike: bool = False) -> dict[_Part, float]:
    """What comes from each part; a source in several places is divided alike among these (an assumption)."""
    found: dict[_Part, float] = {}
    for one in supply:
        parts = [*((False, place) for place in one.source.places), *[(True, one.source.id)] * one.source.lost]
        for part in parts:
            found[part] = found.get(part, 0.0) + (one.alike if is_alike else one.known) / len(parts)
    return dict(sorted(found.items()))


def _rows(reader: Reader, asked: _Asked, found: Sequence[_Found]) -> list[Concentration]:
    products = {product for one in found for product in one.products}
    by_level = sources_by_subject(reader, products, asked.by.value, asked.where, asked.min_confidence)
    by_city = by_level
    if asked.by is not By.CITY:
        by_city = sources_by_subject(reader, products, By.CITY.value, asked.where, asked.min_confidence)
    kinds = kinds_of_sources(reader, (one for own in by_level.values() for one in own))
    every = [one for sources in (by_level, by_city) for own in sources.values() for one in own]
    names = {one.id: one.name for one in every}
    places = {place for one in every for place in one.places}
    names = {node.id: name_of(node) for node in nodes(reader, places - names.keys())} | names
    supplies = [_supply(by_level.get(product, ()) for product in one.products) for one in found]
    largest_parts = [_largest(supply) for supply in supplies]
    texts = called_each(reader, {part[1] for part, _ in largest_parts if part})
    rows = []
    for one, supply, (largest, largest_share) in zip(found, supplies, largest_parts, strict=True):
        measured, parts, alike = one.measured, _by_part(supply), _by_part(supply, is_alike=True)
        city, city_share = _largest(_supply(by_city.get(product, ()) for product in one.products))
        is_share_known = measured.known_share >= WHOLE - ROUNDING and is_known(
            measured.outside_share_least, measured.outside_share_most
        )
        share = measured.outside_share_least if is_share_known else None
        margins = hhi_flip_margins(list(parts.values()), asked.hhi_above) if measured.is_hhi_exact else np.zeros(0)
        amounts = defaultdict[str, float](float)
        for own in supply:
            amounts[own.source.id] += own.known
        ids = sorted(amounts, key=lambda id_: -round(amounts[id_], 12))[:_NAMED]
        cited = [source for product in one.products for source in by_level.get(product, ()) if source.id in ids]
        rows.append(Concentration(
            **measured._asdict(),
            is_by_place=any(own.source.is_place for own in supply),
            effective_sources=1 / measured.hhi if measured.hhi and measured.is_hhi_exact else None,
            hhi_alike=sum(share**2 for share in alike.values()) if alike else None,
            largest_source=_called(largest, texts) if largest else None,
            largest_share=largest_share,
            largest_city=names[city[1]] if city and not city[0] else None,
            largest_city_share=city_share if city and not city[0] else None,
            flip_margin=_least(margins),
            outside_share=share,
            outside_to_inside=share / (1 - share) if share is not None and share < 1 - ROUNDING else None,
            outside_flip_margin=_outside_flip(measured, supply, asked.outside_above) if is_share_known else None,
            source_names=[names[id_] for id_ in ids],
            evidence_ids=_evidence(one, cited[:_CITED], kinds),
        ))  # fmt: skip
    return rows


def _largest(supply: Sequence[_Supply]) -> tuple[_Part | None, float | None]:
    """The part that is the largest whoever has what is not known, and its share; of equals the first by id.

    The only part on record also without a share, where that is not known or may not be the largest.
    """
    parts = _by_part(supply)
    if not any(one.source.share for one in supply):
        parts = dict.fromkeys(parts, 0.0)
    best = max(parts, key=lambda part: round(parts[part], 12), default=None)
    if best is None:
        return None, None
    others = [share for part, share in parts.items() if part != best]
    is_certain = parts[best] > 0 and parts[best] + ROUNDING >= max(others, default=0.0) + 1 - sum(parts.values())
    return (best, parts[best]) if is_certain else (None if others else best, None)


def _called(part: _Part, texts: Mapping[str, Text]) -> Text:
    is_apart, id_ = part
    name = texts.get(id_, Text("concentration.home"))
    return Text("concentration.of_unknown_place", name=name) if is_apart else name


def _outside_flip(found: _Measured, supply: Sequence[_Supply], threshold: float) -> float | None:
    """The least move of one source's share that takes the outside share across what the verdict asks of it.

    `None` where not every share is known and whose it is.
    """
    is_certain = not any(own.source.may_be_outside and not own.source.is_outside for own in supply)
    is_whole = found.known_share > 0 and abs(sum(own.known for own in supply) - 1) < ROUNDING
    if not is_certain or not is_whole:
        return None
    shares, away = [own.known for own in supply], [own.source.is_outside for own in supply]
    return _least(share_flip_margins(shares, away, threshold))


def _least(margins: FloatArray) -> float | None:
    least = np.abs(margins).min(initial=np.inf)
    return float(least) if np.isfinite(least) else None


def _evidence(found: _Found, cited: Sequence[Source], kinds: Kinds) -> list[str]:
    """The subject, the edges that make the shown sources its sources, and those that say where they are."""
    products = dict.fromkeys(one.subject_id for one in cited)
    of_chain = [edge for product in products if (edge := found.products[product])]
    located = dict.fromkeys(edge for source in cited for edge in source.located_ids)
    return [found.measured.subject_id, *of_chain, *source_evidence(cited, kinds), *located]
