"""On how many sources a product, a technology or a chain rests: by enterprise, city, province and country."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from math import floor
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field

from graph.derivations import HOME
from queries.algorithms.arrays import FloatArray
from queries.algorithms.concentration import hhi_flip_margins, share_flip_margins
from queries.answer import Answer, Row, cut_note
from queries.makers import Kinds, maker_conventions
from queries.reader import Reader
from queries.registry import question
from queries.scope import ChainName, Confidence, Limit, Names, Places, Scope, chain_ids, find_all, name_of, nodes, scope
from queries.sections import Sections
from queries.sources import (
    ANYWHERE,
    ROUNDING,
    Source,
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

    @property
    def zh(self) -> str:
        """Its Chinese name."""
        return {"product": "产品", "technology": "技术", "chain": "产业链"}[self.value]

    @property
    def plural(self) -> str:
        """Several of them."""
        return "technologies" if self is What.TECHNOLOGY else f"{self.value}s"

    @property
    def label(self) -> str:
        """The label of its nodes."""
        return self.value.title()


class By(StrEnum):
    """What counts as one source."""

    ENTERPRISE = "enterprise"
    CITY = "city"
    PROVINCE = "province"
    COUNTRY = "country"

    @property
    def zh(self) -> str:
        """Its Chinese name."""
        return {"enterprise": "企业", "city": "城市", "province": "省", "country": "国家"}[self.value]


_NAMED = 20
"""Sources named and cited in a row; all are counted."""
_CITED = 500
"""Ways of supplying cited in a row; all are counted."""


class Concentration(Row):
    """A product, technology or chain, and on how few sources it rests."""

    key = ("subject_id",)
    table = (
        "name_zh",
        "sources",
        "groups",
        "hhi",
        "hhi_most",
        "is_hhi_exact",
        "effective_sources",
        "largest_source",
        "largest_share",
        "largest_city",
        "largest_city_share",
        "is_concentrated",
        "flip_margin",
        "outside_share",
        "is_dependent",
    )
    bar = "hhi"

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
    largest_source: str | None
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
    where = scope(reader, places)
    named = [one.id for one in find_all(reader, (what.label,), what.value, subjects)]
    chains = chain_ids(reader, chain) if not named else []
    is_empty = False
    if what is What.TECHNOLOGY and chains:
        named, chains = [row.technology_id for row in technologies_of(reader, chains=chains)], []
        is_empty = not named
    asked = _Asked(
        what, by, named, chains, where, min_confidence, hhi_above, outside_share_above, outside_ratio_above
    )  # fmt: skip
    found, chosen, silence = list[_Found](), 0, 0
    if not is_empty:
        found, chosen, silence = (_of_chains if what is What.CHAIN else _of_subjects)(reader, asked, limit)
    return ConcentrationAnswer(
        rows=_rows(reader, asked, found), looked_at=chosen, looked_at_what=f"{what.zh} {what.plural}",
        conventions=_conventions(asked), notes=_notes(found, chosen, silence, limit),
    )  # fmt: skip


# --- measures ------------------------------------------------------------------------------------------------------------


class _Measured(NamedTuple):
    """A subject with its measures; `None` where not known."""

    subject_id: str
    name_zh: str
    name_en: str | None
    is_essential: bool | None
    downstream: int | None
    sources: int
    unplaced: int
    parts: int
    known: float
    hhi: float | None
    hhi_most: float | None
    is_exact: bool
    inside: int
    outside: int
    outside_least: float | None
    outside_most: float | None
    outside_hhi: float | None
    outside_hhi_most: float | None
    is_concentrated: bool | None
    is_dependent: bool | None


class _Silent(NamedTuple):
    subject_id: str
    name_zh: str
    name_en: str | None
    is_essential: bool | None
    downstream: int | None


class _Count(NamedTuple):
    subjects: int
    none_id: str


class _Part(NamedTuple):
    chain_id: str
    name_zh: str
    name_en: str | None
    product_id: str | None
    edge_id: str | None


by_enterprise = _SECTIONS.rows("by_enterprise", _Measured)
by_place = _SECTIONS.rows("by_place", _Measured)
spoken = _SECTIONS.rows("spoken", _Count)
silent = _SECTIONS.rows("silent", _Silent)
chain_products = _SECTIONS.rows("chain_products", _Part)


@dataclass(frozen=True, slots=True)
class _Found:
    """A subject with its measures and the products that it stands for: itself, or those of a chain, each with the edge."""

    measured: _Measured
    products: Mapping[str, str | None]


def _of_subjects(reader: Reader, asked: _Asked, limit: int) -> tuple[list[_Found], int, int]:
    prefix, ids, chains, sure = f"{asked.what}:", asked.subject_ids, asked.chains, asked.min_confidence
    level, areas, around = asked.by.value, asked.where.areas, asked.where.around
    if asked.by is By.ENTERPRISE:
        found = by_enterprise(
            reader, prefix=prefix, subject_ids=ids, chains=chains, areas=areas, around=around, min_confidence=sure,
            hhi_above=asked.hhi_above, outside_above=asked.outside_above, limit=limit,
        )  # fmt: skip
    else:
        found = by_place(
            reader, prefix=prefix, subject_ids=ids, chains=chains, level=level, areas=areas, around=around,
            min_confidence=sure, hhi_above=asked.hhi_above, outside_above=asked.outside_above, limit=limit,
        )  # fmt: skip
    chosen = len(ids) or sum(row.subjects for row in subject_count(reader, prefix=prefix, chains=chains))
    told = spoken(reader, prefix=prefix, subject_ids=ids, chains=chains, level=level, min_confidence=sure)
    silence = chosen - sum(row.subjects for row in told)
    if len(found) < limit and silence:
        without = silent(
            reader, prefix=prefix, subject_ids=ids, chains=chains, level=level, min_confidence=sure,
            limit=limit - len(found),
        )  # fmt: skip
        found += [_unknown(*row) for row in without]
    return [_Found(row, {row.subject_id: None}) for row in found], chosen, silence


def _unknown(
    subject_id: str, name_zh: str, name_en: str | None, is_essential: bool | None, downstream: int | None
) -> _Measured:
    own = (subject_id, name_zh, name_en, is_essential, downstream)
    return _Measured(*own, 0, 0, 0, 0.0, None, None, False, 0, 0, None, None, None, None, None, None)


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


def _order(row: _Measured) -> tuple[bool, int, int, int, str]:
    """As `by_enterprise` orders."""
    doubt = [True, None, False]
    hhi = -floor((row.hhi or 0.0) * 1e9 + 0.5)
    return not row.sources, doubt.index(row.is_dependent), doubt.index(row.is_concentrated), hhi, row.subject_id


@dataclass(slots=True)
class _Sums:
    """What comes from one enterprise or place of the level: all, and outside; `is_open` where a share of it is not known."""

    known: float = 0.0
    out: float = 0.0
    spread: float = 1.0
    is_apart: bool = False
    is_open: bool = False
    may_be_out: bool = False


def _of_chain(chain: _Part, products: Sequence[Sequence[Source]], asked: _Asked) -> _Measured:
    """The measures of a chain as `by_place` has them of a product: each product counts alike, so that the whole is how
    many there are.
    """
    if not products:
        return _unknown(chain.chain_id, chain.name_zh, chain.name_en, None, None)
    parts: dict[tuple[bool, str], _Sums] = {}
    rest = unrecorded = rest_out = rest_out_most = out_most = known = 0.0
    for sources in products:
        scale, left = rest_of(sources)
        untold = [source for source in sources if source.share is None]
        rest += left
        unrecorded += 0.0 if untold else left
        rest_out += left if untold and all(one.is_outside for one in untold) else 0.0
        rest_out_most += left if not untold or any(one.may_be_outside for one in untold) else 0.0
        for source in sources:
            part = parts.setdefault(source.part, _Sums(spread=source.spread, is_apart=source.part[0]))
            share = (source.share or 0.0) / scale
            known += source.share or 0.0
            part.known += share
            part.out += share if source.is_outside else 0.0
            out_most += share if source.may_be_outside else 0.0
            part.is_open |= source.share is None
            part.may_be_out |= source.may_be_outside
    whole, sums, everyone = len(products), list(parts.values()), {one.id: one for own in products for one in own}
    least, most = _hhi(sums, rest, unrecorded, whole)
    outside = sum(one.is_outside for one in everyone.values())
    out = rest_out + sum(part.out for part in sums)
    out_most += rest_out_most
    away: tuple[float | None, float | None] = (None, None)
    if outside and out_most > 0:
        away = _outside_hhi(sums, out, out_most, unrecorded)
    shares = (out / whole, out_most / whole)
    return _Measured(
        chain.chain_id, chain.name_zh, chain.name_en, None, None, len(everyone),
        sum(not one.places for one in everyone.values()), len(parts), known / whole, least, most,
        not rest and not any(part.is_apart for part in sums), sum(one.is_in for one in everyone.values()), outside,
        *shares, *away, _above(least, most, asked.hhi_above), _is_dependent(shares, away, asked),
    )  # fmt: skip


def _hhi(parts: Sequence[_Sums], rest: float, unrecorded: float, whole: float) -> tuple[float, float]:
    """The least and the most HHI."""
    squares = sum(part.known**2 / part.spread for part in parts)
    is_open = [part for part in parts if part.is_open]
    least, left = squares, rest - unrecorded
    if is_open:
        least += 2 * left * min(part.known / part.spread for part in is_open)
        least += left**2 / sum(part.spread for part in is_open)
    may_be_any = unrecorded > 0 or any(part.is_apart for part in parts)
    largest = max((part.known for part in (parts if may_be_any else is_open) if not part.is_apart), default=0.0)
    loose = rest + sum(part.known for part in parts if part.is_apart)
    return least / whole**2, min((squares + 2 * loose * largest + loose**2) / whole**2, 1.0)


def _outside_hhi(parts: Sequence[_Sums], out: float, out_most: float, unrecorded: float) -> tuple[float, float]:
    """The same of what is outside, `out` at least and `out_most` at most."""
    squares = sum(part.out**2 / part.spread for part in parts)
    spread = sum(part.spread for part in parts if part.may_be_out) + (ANYWHERE if unrecorded > 0 else 0.0)
    largest = max((part.out for part in parts if not part.is_apart), default=0.0)
    loose = out_most - sum(part.out for part in parts if not part.is_apart)
    most = squares + 2 * loose * largest + loose**2
    return max(squares / out_most**2, 1 / spread), min(most / out**2, 1.0) if out > 0 else 1.0


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
    """The sources of products that count alike, each once, by id; what comes from them adds up to 1 at most."""
    found: dict[str, _Supply] = {}
    each = [sources for sources in products if sources]
    for sources in each:
        scale, _ = rest_of(sources)
        for source, weight in zip(sources, weights(sources), strict=True):
            own = found.setdefault(source.id, _Supply(source))
            own.known += (source.share or 0.0) / scale / len(each)
            own.alike += weight / len(each)
    supply = [found[one] for one in sorted(found)]
    if not any(one.known for one in supply):
        for one in supply:
            one.known = one.alike
    return supply


def _by_part(supply: Iterable[_Supply], is_alike: bool = False) -> dict[tuple[bool, str], float]:
    """What comes from each part; a source in several places is divided alike among these (an assumption)."""
    found: dict[tuple[bool, str], float] = {}
    for one in supply:
        parts = [(False, place) for place in one.source.places] or [one.source.part]
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
    names = {HOME: "中国"} | {node.id: name_of(node) for node in nodes(reader, places - names.keys())} | names
    rows = []
    for one in found:
        supply = _supply(by_level.get(product, ()) for product in one.products)
        shown = sorted(supply, key=lambda own: -round(own.known, 12))[:_NAMED]
        ids = {own.source.id for own in shown}
        cited = [source for product in one.products for source in by_level.get(product, ()) if source.id in ids]
        rows.append(
            _row(
                one.measured,
                asked,
                supply,
                _by_part(_supply(by_city.get(product, ()) for product in one.products)),
                names,
            )
            | {
                "source_names": [names[own.source.id] for own in shown],
                "evidence_ids": _evidence(one, cited, kinds),
            }
        )
    return [Concentration.model_validate(row) for row in rows]


def _row(
    found: _Measured,
    asked: _Asked,
    supply: Sequence[_Supply],
    by_city: Mapping[tuple[bool, str], float],
    names: Mapping[str, str],
) -> dict[str, object]:
    parts, alike = _by_part(supply), _by_part(supply, is_alike=True)
    largest = _largest(parts, names)
    city = _largest({part: share for part, share in by_city.items() if not part[0] and share > 0}, names)
    share = found.outside_least if _is_known(found.outside_least, found.outside_most) else None
    return {
        "subject_id": found.subject_id,
        "name_zh": found.name_zh,
        "name_en": found.name_en,
        "is_essential": found.is_essential,
        "downstream": found.downstream,
        "is_by_place": any(own.source.is_place for own in supply),
        "sources": found.sources,
        "unplaced": found.unplaced,
        "groups": found.parts,
        "known_share": found.known,
        "hhi": found.hhi,
        "hhi_most": found.hhi_most,
        "is_hhi_exact": found.is_exact if found.sources else None,
        "effective_sources": 1 / found.hhi if found.hhi and found.hhi > ROUNDING else None,
        "hhi_alike": sum(share**2 for share in alike.values()) if alike else None,
        "largest_source": largest[0],
        "largest_share": largest[1],
        "largest_city": city[0],
        "largest_city_share": city[1],
        "is_concentrated": found.is_concentrated,
        "flip_margin": _least(hhi_flip_margins(list(parts.values()), asked.hhi_above)) if found.is_exact else None,
        "inside": found.inside,
        "outside": found.outside,
        "outside_share": share,
        "outside_share_least": found.outside_least,
        "outside_share_most": found.outside_most,
        "outside_hhi": found.outside_hhi,
        "outside_hhi_most": found.outside_hhi_most,
        "outside_to_inside": share / (1 - share) if share is not None and share < 1 - ROUNDING else None,
        "is_dependent": found.is_dependent,
        "outside_flip_margin": _outside_flip(found, supply, asked.outside_above),
    }


def _is_known(least: float | None, most: float | None) -> bool:
    return least is not None and most is not None and most - least < ROUNDING


def _largest(parts: Mapping[tuple[bool, str], float], names: Mapping[str, str]) -> tuple[str | None, float | None]:
    """The name and share of the largest part; of equals the first by id."""
    if not parts:
        return None, None
    best = max(parts, key=lambda part: round(parts[part], 12))
    return f"{names[best[1]]}（地点未知）" if best[0] else names[best[1]], parts[best]


def _outside_flip(found: _Measured, supply: Sequence[_Supply], threshold: float) -> float | None:
    """The least move of one source's share that takes the outside share across what the verdict asks of it.

    `None` where not every share is known and whose it is.
    """
    is_certain = not any(own.source.may_be_outside and not own.source.is_outside for own in supply)
    is_whole = found.known > 0 and abs(sum(own.known for own in supply) - 1) < ROUNDING
    if not is_certain or not is_whole or not _is_known(found.outside_least, found.outside_most):
        return None
    shares, away = [own.known for own in supply], [own.source.is_outside for own in supply]
    return _least(share_flip_margins(shares, away, threshold))


def _least(margins: FloatArray) -> float | None:
    least = np.abs(margins).min(initial=np.inf)
    return float(least) if np.isfinite(least) else None


def _evidence(found: _Found, cited: Sequence[Source], kinds: Kinds) -> list[str]:
    """The subject, the edges that make the shown sources its sources, and those that say where they are."""
    some = cited[:_CITED]
    of_chain = [edge for product in dict.fromkeys(one.subject_id for one in some) if (edge := found.products[product])]
    located = dict.fromkeys(edge for source in some for edge in source.located_ids)
    return [found.measured.subject_id, *of_chain, *source_evidence(some, kinds), *located]


# --- what an answer must say ---------------------------------------------------------------------------------------------


def _conventions(asked: _Asked) -> list[str]:
    hhi, share, ratio = asked.hhi_above, asked.share_above, asked.ratio_above
    said = [
        "HHI = Σ s²，份额 s 占该产品全部供给；已知份额合计 ≥ 0.98 的视为全部并归一；有效来源数 = 1/HHI。 HHI = Σ s² of shares s of the "
        "whole supply; known shares that add up to 0.98 or more are all of it and made to add up to 1; effective sources "
        "= 1/HHI.",
        "已知份额之余归份额未知的来源；没有份额未知的来源时，其余在记录之外。HHI 在下限与上限之间：下限把未知部分分得最散，上限全归一家（按地区"
        "计时归最大者）。下限高于阈值为集中，上限不高于阈值为不集中，否则未知。 What known shares leave is of the sources of unknown share, of "
        "sources outside the record where there is none. HHI lies between its least, with what is not known spread widest, "
        "and its most, with all of it in one (by place in the largest). Concentrated: the least is above the threshold; "
        "not: the most is not above; else not known.",
        "地点未知或在多地的来源各算一组，其分布未知：下限中分散于其所在各地，上限中归最大一组；供给地比所问级别宽的（如只知国家），可分散于任意多地。 "
        "A source of unknown place or of several is one apart and how it is divided is not known: in the least it is spread "
        "over its places, in the most it joins the largest; a providing place wider than the level may be spread over any "
        "number of places.",
        "假设：hhi_alike 中份额未知的来源等份；全无已知份额时最大来源与单城暴露也如此；在多地的企业平分。 Assumption: in hhi_alike sources "
        "of unknown share supply alike, and so in largest_share and largest_city_share where no share is known; an "
        "enterprise in several places is divided alike there.",
        "城市为地级市或直辖市（松江计入上海）。 A city is a prefecture or a municipality (松江 counts to 上海).",
        *asked.where.conventions,
        "既在所问地区又在别处的企业，其区内外之分未知。 Of an enterprise in the places and elsewhere too it is not known what is where.",
        f"集中：HHI > {hhi:g}。 concentrated: HHI > {hhi:g}.",
        f"战略依赖（EC SWD(2021)352）：区外来源 HHI > {hhi:g}、区外份额 > {share:g}、区外/区内供给 > {ratio:g}，"
        "三者都成立；图中没有进出口额，以有记录的供给份额代替。未知时按上下限判断，不能断定者为未知。 dependent (EC SWD(2021)352): HHI of "
        f"sources outside > {hhi:g}, outside share > {share:g}, outside / inside supply > {ratio:g}, all three; the "
        "graph has no trade flows, shares of the supply on record stand for them. Judged by least and most values; not "
        "known where these do not decide.",
    ]  # fmt: skip
    if asked.what is What.TECHNOLOGY:
        said.append(
            "技术的来源是有 MASTERS 记录的企业，无份额。 Sources of a technology are enterprises that master it."
        )
    else:
        said += maker_conventions()
        said.append(
            "生产细分品的份额不作上位品的份额。 The share in a narrower product says nothing of the broader one's."
        )
    if asked.what is What.CHAIN:
        said.append("链内有来源的各产品权重相同。 Each product of the chain that has a source counts alike.")
    if asked.by is not By.ENTERPRISE and asked.what is not What.TECHNOLOGY:
        said.append(
            "有 PROVIDES 记录的产品按供给地计，不再计企业；标为可忽略而无数的份额作 0。 A product with PROVIDES records is counted by "
            "providing places, not by enterprises; a share marked negligible is taken as 0."
        )
    if asked.min_confidence:
        said.append(
            f"来源记录的置信度至少 {asked.min_confidence:g}。 Sources count from a confidence of {asked.min_confidence:g} on."
        )
    return said


def _notes(found: Sequence[_Found], chosen: int, silence: int, limit: int) -> list[str]:
    if not chosen:
        return ["没有可看的对象。 There is nothing to look at."]
    notes = cut_note(chosen, limit)
    if silence:
        notes.append(
            f"{silence} 个没有来源记录，集中度未知，列在最后。 {silence} have no source on record and come last."
        )
    told = [one.measured for one in found if one.measured.sources]
    inexact, unplaced = sum(not one.is_exact for one in told), sum(one.unplaced > 0 for one in told)
    if inexact:
        notes.append(
            f"所列 {len(told)} 个有来源的之中，{inexact} 个的 HHI 只知下限与上限。 Of {len(told)} shown with a source, of {inexact} only "
            "the least and the most HHI are known."
        )
    if unplaced:
        notes.append(
            f"所列之中 {unplaced} 个有地点未知的来源。 {unplaced} of those shown have sources of unknown place."
        )
    return notes
