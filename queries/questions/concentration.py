"""On how many sources a product, a technology or a chain rests: by enterprise, city, province and country."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import numpy as np
from pydantic import Field

from queries.algorithms.arrays import BoolArray, FloatArray, IntArray, first_places, sums_by
from queries.algorithms.concentration import (
    hhi_by_group,
    hhi_flip_margins,
    largest_place,
    share_flip_margins,
    strategic_dependency,
)
from queries.algorithms.structure import edge_places
from queries.answer import Answer, Row, cut_note
from queries.areas import HOME, Area, ChainName, Level, Limit, Names, Places, area, chosen_products, places_at
from queries.facts import links, named, number_of, of_node, or_none, things, yes_no
from queries.judged import essential
from queries.making import MAKER_CONVENTION, downstream_counts, evidence_of_makers, located, makers, per_pair
from queries.reader import Reader, kept
from queries.registry import question


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


class Concentration(Row):
    """A product, technology or chain, and on how few sources it rests."""

    key = ("subject_id",)
    table = (
        "name_zh",
        "sources",
        "groups",
        "hhi",
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

    subject_id: str = Field(description="id of the product, technology or chain")
    name_zh: str = Field(description="名称")
    name_en: str | None = Field(description="name")
    is_essential: bool | None = Field(
        description="是否关键投入 whether a product needs it as an essential input; null where no class is known, and for "
        "technologies and chains"
    )
    downstream: int | None = Field(description="全部下游 products that a product goes into, up to 1000; else null")
    is_by_place: bool = Field(
        description="按供给地计 whether places on record as providing it were counted instead of enterprises"
    )
    sources: int = Field(description="来源数 enterprises (or providing places) on record")
    unplaced: int = Field(description="其中地点未知 of these, enterprises whose place at this level is not known")
    groups: int = Field(
        description="分组数 enterprises, cities, provinces or countries they make up; unplaced ones apart"
    )
    known_share: float = Field(
        description="已知份额合计 the sum of the known shares of supply, 0 where none is known; over 1 where sources disagree"
    )
    hhi: float | None = Field(description="集中度 HHI; the least possible where a share or a place is not known")
    is_hhi_exact: bool | None = Field(description="是否精确 whether all shares and places are known")
    effective_sources: float | None = Field(description="有效来源数 1 / HHI; the most possible where it is not exact")
    hhi_alike: float | None = Field(
        description="等份假设下HHI HHI if the sources supplied alike wherever a share is not known (an assumption)"
    )
    largest_source: str | None = Field(description="最大来源 the largest source; of equals the first by id")
    largest_share: float | None = Field(description="最大来源占比 its share; by count where shares are not known")
    largest_city: str | None = Field(
        description="最大城市 the city whose loss would take most; null where none is known"
    )
    largest_city_share: float | None = Field(
        description="单城暴露 what its loss would take, at least; by count where shares are not known"
    )
    is_concentrated: bool | None = Field(
        description="是否集中 whether HHI is above the threshold; null where its least value is not and it may be"
    )
    flip_margin: float | None = Field(
        description="翻转余量 how far one share must move for HHI to cross the threshold; null where not exact or none can"
    )
    inside: int = Field(description="区内来源 sources in the places")
    outside: int = Field(description="区外来源 sources known to be elsewhere")
    outside_share: float | None = Field(description="区外份额 share of the sources elsewhere; null where not known")
    outside_hhi: float | None = Field(
        description="区外集中度 HHI of the sources elsewhere; the least possible where shares are not known"
    )
    outside_to_inside: float | None = Field(
        description="区外与区内之比 supply from elsewhere / supply from the places; null where not known or nothing is here"
    )
    is_dependent: bool | None = Field(description="战略依赖 whether all three criteria hold; null where not known")
    outside_flip_margin: float | None = Field(
        description="区外份额翻转余量 how far one share must move for the outside share to cross its threshold"
    )
    source_names: list[str] = Field(description="来源 sources, the largest first; the first 20")
    evidence_ids: list[str] = Field(description="ids of the nodes and edges that the row rests on")


class ConcentrationAnswer(Answer):
    """The concentrations."""

    rows: list[Concentration]


@dataclass(frozen=True, slots=True)
class _Thresholds:
    hhi: float
    share: float
    ratio: float


@question(zh="集中度与对外依赖", en="Concentration and dependency", order=30)
def concentration(
    reader: Reader,
    *,
    chain: ChainName = "",
    subjects: Annotated[
        Names, Field(description="只看这些产品、技术或产业链（可多个；空为全部） by id or name, empty for all")
    ] = [],
    what: Annotated[What, Field(description="看什么 what is looked at")] = What.PRODUCT,
    by: Annotated[By, Field(description="按什么计来源 what counts as one source")] = By.ENTERPRISE,
    places: Places = [],
    hhi_above: Annotated[float, Field(ge=0, le=1, description="集中度阈值 concentrated where HHI is above")] = 0.4,
    outside_share_above: Annotated[
        float, Field(ge=0, le=1, description="区外份额阈值 dependent where the outside share is above")
    ] = 0.5,
    outside_ratio_above: Annotated[
        float, Field(ge=0, description="区外与区内之比阈值 dependent where outside / inside supply is above")
    ] = 1.0,
    limit: Limit = 50,
) -> ConcentrationAnswer:
    """它靠几个来源、最大的占多少、失去一城会失去多少、是否依赖区外。 On how few sources it rests, and on whom outside."""
    where = area(reader, places)
    chosen = chosen_subjects(reader, what, chain, subjects)
    limits = _Thresholds(hhi_above, outside_share_above, outside_ratio_above)
    found = _measured(reader, what, by, where, limits)
    best = _ordered(reader, found, what, chosen, limit)
    is_silent = found.whole.sources[chosen] == 0
    rows = [_row(reader, found, what, by, int(number), limits) for number in best]
    return ConcentrationAnswer(
        rows=rows, looked_at=len(chosen), looked_at_what=f"{what.zh} {what.value}s",
        conventions=_conventions(where, what, by, limits),
        notes=_notes(found, chosen, int(is_silent.sum()), limit),
    )  # fmt: skip


def chosen_subjects(reader: Reader, what: What, chain: str, subjects: Sequence[str] = ()) -> IntArray:
    """The numbers of the products, technologies or chains that are asked for. Raises `UnknownName`."""
    if subjects:
        return np.unique([number_of(reader, what.label, what.value, name) for name in subjects]).astype(np.int64)
    if not chain:
        return np.arange(len(things(reader, what.label)))
    if what is What.CHAIN:
        return np.array([number_of(reader, "Chain", "chain", chain)])
    products = chosen_products(reader, chain)
    if what is What.PRODUCT:
        return products
    needs = links(reader, "NEEDS", "Product", "Technology")
    return np.unique(needs.head[np.isin(needs.tail, products)])


# --- supply: every subject with its sources ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Supply:
    """Each subject with each of its sources, in the order of the subjects. Weights of a subject add up to 1."""

    subject: IntArray
    enterprise: IntArray  # −1 for a providing place
    place: IntArray  # −1 for an enterprise
    link: IntArray  # the number of the maker's pair, of the MASTERS edge, of the PROVIDES edge; −1 for a chain
    share: FloatArray  # as it is on record, NaN where not known
    weight: FloatArray
    start: IntArray  # (subjects + 1)
    are_shares_known: BoolArray  # (subjects) of all sources, and not all 0


def _supply_of(subjects: int, subject: IntArray, enterprise: IntArray, place: IntArray, link: IntArray,
               share: FloatArray) -> _Supply:  # fmt: skip
    """Shares where all of a subject's are known, else all sources alike."""
    order = np.argsort(subject, kind="stable")
    subject, enterprise, place, link = (a[order] for a in (subject, enterprise, place, link))
    share = share[order]
    start = np.searchsorted(subject, np.arange(subjects + 1))
    is_known = ~np.isnan(share)
    total = sums_by(subject, np.where(is_known, share, 0.0), subjects)
    are_known = (np.bincount(subject[is_known], minlength=subjects) == np.diff(start)) & (total > 0)
    by_share = are_known[subject]
    weight = np.where(by_share, share / np.where(by_share, total[subject], 1.0), 1 / np.diff(start)[subject])
    return _Supply(subject, enterprise, place, link, share, weight, start, are_known)


@kept
def _supply(reader: Reader, what: What, by: By) -> _Supply:
    if what is What.TECHNOLOGY:
        masters = links(reader, "MASTERS", "Enterprise", "Technology")
        nobody = np.full(len(masters), -1)
        unknown = np.full(len(masters), np.nan)
        return _supply_of(len(masters.heads), masters.head, masters.tail, nobody, np.arange(len(masters)), unknown)
    products = _product_supply(reader, by)
    return products if what is What.PRODUCT else _chain_supply(reader, products)


def _product_supply(reader: Reader, by: By) -> _Supply:
    """Makers of each product; where places are counted and some are on record as providing it, these instead."""
    making = makers(reader)
    count = len(making.makes.heads)
    share = np.where(making.steps == 0, making.makes.floats("share")[making.link], np.nan)
    pair = np.arange(len(making.product))
    nobody = np.full(len(pair), -1)
    if by is By.ENTERPRISE:
        return _supply_of(count, making.product, making.enterprise, nobody, pair, share)
    provides = links(reader, "PROVIDES", "Place", "Product")
    given = np.flatnonzero(places_at(reader, Level(by))[provides.tail] >= 0) if len(provides) else np.zeros(0, np.int64)
    provided = np.zeros(count, np.bool_)
    provided[provides.head[given]] = True
    keep = ~provided[making.product]
    small = np.isnan(provides.floats("share")) & provides.is_true("is_negligible")
    of_world = np.where(small, 0.0, provides.floats("share"))
    return _supply_of(
        count,
        np.concatenate([making.product[keep], provides.head[given]]),
        np.concatenate([making.enterprise[keep], np.full(len(given), -1)]),
        np.concatenate([nobody[keep], provides.tail[given]]),
        np.concatenate([pair[keep], given]),
        np.concatenate([share[keep], of_world[given]]),
    )


def _chain_supply(reader: Reader, products: _Supply) -> _Supply:
    """Every product with a source counts alike in a chain, and is divided among its own sources."""
    membership = links(reader, "PART_OF", "Product", "Chain")
    chains = len(membership.heads)
    sources = np.diff(products.start)
    keep = sources[membership.tail] > 0 if len(membership) else np.zeros(0, np.bool_)
    product, chain = membership.tail[keep], membership.head[keep]
    in_chain = np.bincount(chain, minlength=chains)
    entry = edge_places(products.start, product)
    subject = np.repeat(chain, sources[product])
    part = 1 / in_chain[subject]
    unknown = np.bincount(chain[~products.are_shares_known[product]], minlength=chains)
    # One row a source: an enterprise makes several products of a chain.
    keys = np.stack([subject, products.enterprise[entry], products.place[entry]])
    unique, row = np.unique(keys, axis=1, return_inverse=True)
    row = row.ravel()
    rows = unique.shape[1]
    weight = sums_by(row, products.weight[entry] * part, rows)
    share = sums_by(row, np.nan_to_num(products.share[entry]) * part, rows)
    start = np.searchsorted(unique[0], np.arange(chains + 1))
    are_known = (in_chain > 0) & (unknown == 0)
    return _Supply(unique[0], unique[1], unique[2], np.full(rows, -1), share, weight, start, are_known)


@dataclass(frozen=True, slots=True, eq=False)
class _Groups:
    """Sources put together: each subject with each enterprise, city, province or country, in that order.

    A source in several places is divided among them; one whose place is not known stands alone, numbered after all places.
    """

    entry: IntArray  # with `of_entry` and `part`: each source with each of its groups
    of_entry: IntArray
    part: FloatArray
    is_unplaced: BoolArray  # (sources)
    subject: IntArray
    group: IntArray
    weight: FloatArray
    start: IntArray  # (subjects + 1)


@kept
def _groups(reader: Reader, what: What, by: By) -> _Groups:
    supply = _supply(reader, what, by)
    entries = np.arange(len(supply.subject))
    if by is By.ENTERPRISE:
        entry, group, part = entries, supply.enterprise, np.ones(len(entries))
        is_unplaced = np.zeros(len(entries), np.bool_)
    else:
        entry, group, part, is_unplaced = _in_places(reader, supply, Level(by))
    subject = supply.subject[entry]
    width = int(group.max(initial=0)) + 1
    pairs, row = np.unique(subject * width + group, return_inverse=True)
    weight = sums_by(row, supply.weight[entry] * part, len(pairs))
    start = np.searchsorted(pairs // width, np.arange(len(supply.start)))
    return _Groups(entry, group, part, is_unplaced, pairs // width, pairs % width, weight, start)


def _in_places(reader: Reader, supply: _Supply, level: Level) -> tuple[IntArray, IntArray, FloatArray, BoolArray]:
    place_of = places_at(reader, level)
    first_alone = len(place_of) + 1
    anywhere = Area(level.value, place_of, np.zeros(len(place_of), np.bool_), False)
    firms = np.flatnonzero(supply.enterprise >= 0)
    given = np.flatnonzero(supply.place >= 0)
    at, city = per_pair(located(reader, "Enterprise", anywhere), supply.enterprise[firms])
    places = np.bincount(at, minlength=len(firms))
    alone = firms[places == 0]
    is_unplaced = np.zeros(len(supply.subject), np.bool_)
    is_unplaced[alone] = True
    return (
        np.concatenate([firms[at], given, alone]),
        np.concatenate([city, place_of[supply.place[given]], first_alone + supply.enterprise[alone]]),
        np.concatenate([1 / places[at], np.ones(len(given) + len(alone))]),
        is_unplaced,
    )


# --- measures of all subjects --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """Every subject with its measures; NaN where not known. Verdicts are 1 yes, 0 no, −1 not known."""

    whole: "_Concentrated"
    away: "_Outside"
    is_concentrated: IntArray
    is_dependent: IntArray
    is_essential: IntArray


def _measured(reader: Reader, what: What, by: By, where: Area, limits: _Thresholds) -> _Measured:
    found, away = _concentrated(reader, what, by), _outside(reader, what, by, where)
    is_concentrated = np.select([found.sources == 0, found.index > limits.hhi, found.is_exact], [-1, 1, 0], -1)
    is_essential = essential(reader) if what is What.PRODUCT else np.full(len(found.sources), -1)
    return _Measured(found, away, is_concentrated, _dependent(away, limits), is_essential)


@dataclass(frozen=True, slots=True, eq=False)
class _Concentrated:
    """On how many sources and groups each subject rests, and the HHI of these, the least where it is not exact."""

    sources: IntArray
    unplaced: IntArray
    groups: IntArray
    index: FloatArray
    is_exact: BoolArray
    alike: FloatArray


@kept
def _concentrated(reader: Reader, what: What, by: By) -> _Concentrated:
    supply, groups = _supply(reader, what, by), _groups(reader, what, by)
    subjects = len(supply.start) - 1
    count = np.diff(groups.start)
    unplaced = np.bincount(supply.subject[groups.is_unplaced], minlength=subjects)
    alike = _index_of(groups.subject, groups.weight, subjects)
    index = np.where(supply.are_shares_known, alike, _reciprocal(count))
    return _Concentrated(
        np.diff(supply.start), unplaced, count, index, supply.are_shares_known & (unplaced == 0), alike
    )


def _index_of(subject: IntArray, weight: FloatArray, subjects: int) -> FloatArray:
    """The HHI of each subject that has a positive weight, else NaN."""
    found = np.full(subjects, np.nan)
    keep = weight > 0
    if keep.any():
        known, number = np.unique(subject[keep], return_inverse=True)
        found[known] = hhi_by_group(weight[keep], number)
    return found


def _reciprocal(count: IntArray) -> FloatArray:
    found: FloatArray = np.divide(1.0, count, out=np.full(len(count), np.nan), where=count > 0)
    return found


def _whereabouts(reader: Reader, supply: _Supply, where: Area) -> tuple[BoolArray, BoolArray]:
    """Whether each source is in the places, and whether it may be though it is not known to be."""
    firms = located(reader, "Enterprise", where)
    is_firm = supply.enterprise >= 0
    inside = np.full(len(supply.subject), where.is_everywhere)
    maybe = np.zeros(len(supply.subject), np.bool_)
    inside[is_firm] = firms.is_inside[supply.enterprise[is_firm]]
    maybe[is_firm] = firms.may_be_inside[supply.enterprise[is_firm]]
    if not where.is_everywhere and not is_firm.all():
        inside[~is_firm] = where.city_of[supply.place[~is_firm]] >= 0
        maybe[~is_firm] = where.is_around[supply.place[~is_firm]]
    return inside, maybe


@dataclass(frozen=True, slots=True, eq=False)
class _Outside:
    """Of each subject the sources inside and outside, the share of these, their HHI and what they are to those inside."""

    inside: IntArray
    outside: IntArray
    is_outside: BoolArray  # (sources)
    share: FloatArray
    index: FloatArray
    ratio: FloatArray
    is_exact: BoolArray  # the HHI; else it is the least possible
    from_outside: FloatArray
    from_inside: FloatArray


@kept
def _outside(reader: Reader, what: What, by: By, where: Area) -> _Outside:
    supply, groups = _supply(reader, what, by), _groups(reader, what, by)
    is_inside, may_be_inside = _whereabouts(reader, supply, where)
    subjects = len(supply.start) - 1
    is_outside = ~is_inside & ~may_be_inside
    from_outside = sums_by(supply.subject, supply.weight * is_outside, subjects)
    from_inside = sums_by(supply.subject, supply.weight * is_inside, subjects)
    is_mixed = (from_outside > 0) & (from_inside > 0)
    doubtful = np.bincount(supply.subject[may_be_inside], minlength=subjects) > 0
    is_known = ~doubtful & (np.diff(supply.start) > 0) & (supply.are_shares_known | ~is_mixed)
    whole = from_outside + from_inside
    index, is_exact = _outside_index(supply, groups, is_outside)
    return _Outside(
        np.bincount(supply.subject[is_inside], minlength=subjects),
        np.bincount(supply.subject[is_outside], minlength=subjects), is_outside,
        np.divide(from_outside, whole, out=np.full(subjects, np.nan), where=is_known & (whole > 0)), index,
        np.divide(from_outside, from_inside, out=np.full(subjects, np.nan), where=is_known & (from_inside > 0)),
        is_exact, from_outside, from_inside,
    )  # fmt: skip


def _dependent(found: _Outside, limits: _Thresholds) -> IntArray:
    """The verdict on each subject: 1 dependent, 0 not, −1 not known."""
    asked = np.flatnonzero(~np.isnan(found.share) & ~np.isnan(found.index))
    verdict = np.where(found.share == 0, 0, -1)
    if len(asked):
        outside, inside = found.from_outside[asked], found.from_inside[asked]

        def holds(concentrated: FloatArray) -> BoolArray:
            return strategic_dependency(
                np.minimum(concentrated, 1), outside, outside + inside, inside,
                hhi_above=limits.hhi, share_above=limits.share, ratio_above=limits.ratio,
            ).is_dependent  # fmt: skip

        index, is_exact = found.index[asked], found.is_exact[asked]
        may_be = np.where(is_exact, holds(index), holds(np.ones(len(asked))))
        verdict[asked] = np.where(holds(index), 1, np.where(may_be, -1, 0))
    return verdict


def _outside_index(supply: _Supply, groups: _Groups, is_outside: BoolArray) -> tuple[FloatArray, BoolArray]:
    """HHI of the sources outside, the least possible where it is not exact, and whether it is."""
    subjects = len(supply.start) - 1
    keep = is_outside[groups.entry]
    entry, group = groups.entry[keep], groups.of_entry[keep]
    subject = supply.subject[entry]
    width = int(group.max(initial=0)) + 1
    pairs, row = np.unique(subject * width + group, return_inverse=True)
    weight = sums_by(row, supply.weight[entry] * groups.part[keep], len(pairs))
    by_share = _index_of(pairs // width, weight, subjects)
    count = np.bincount(pairs // width, minlength=subjects)
    unplaced = np.bincount(supply.subject[is_outside & groups.is_unplaced], minlength=subjects)
    is_known = supply.are_shares_known
    # One group alone has all, whatever its share.
    return np.where(is_known, by_share, _reciprocal(count)), (count == 1) | (is_known & (unplaced == 0))


@kept
def source_index(reader: Reader, what: What) -> tuple[FloatArray, BoolArray]:
    """The HHI of the enterprises behind every subject: the least possible where it is not exact, NaN where none is known."""
    supply, groups = _supply(reader, what, By.ENTERPRISE), _groups(reader, what, By.ENTERPRISE)
    alike = _index_of(groups.subject, groups.weight, len(supply.start) - 1)
    return np.where(supply.are_shares_known, alike, _reciprocal(np.diff(groups.start))), supply.are_shares_known


@kept
def foreign_shares(reader: Reader) -> FloatArray:
    """What part of every product's supply comes from other countries than `HOME`; NaN where a share or a place is not known."""
    supply, groups = _supply(reader, What.PRODUCT, By.COUNTRY), _groups(reader, What.PRODUCT, By.COUNTRY)
    home = named(reader, "Place").get(HOME, len(things(reader, "Place")))
    products = len(supply.start) - 1
    from_home = sums_by(groups.subject, groups.weight * (groups.group == home), products)
    is_known = supply.are_shares_known.copy()
    is_known[supply.subject[groups.is_unplaced]] = False
    return np.where(is_known, (1 - from_home).clip(0, 1), np.nan)


def _ordered(reader: Reader, found: _Measured, what: What, chosen: IntArray, most: int) -> IntArray:
    """What a planner should look at first: dependent, concentrated, essential, much depended on, few sources."""
    doubt = np.array([2, 0, 1])  # of a verdict 0 no, 1 yes, −1 not known
    keys: list[IntArray | FloatArray | BoolArray] = [
        found.whole.sources[chosen] == 0, doubt[found.is_dependent[chosen]], doubt[found.is_concentrated[chosen]]
    ]  # fmt: skip
    if what is What.PRODUCT:
        keys += [found.is_essential[chosen] != 1, -downstream_counts(reader)[chosen]]
    keys += [-np.nan_to_num(found.whole.index[chosen]).round(9), chosen]
    return chosen[first_places(keys, most)]


# --- rows ----------------------------------------------------------------------------------------------------------------


def _row(reader: Reader, found: _Measured, what: What, by: By, number: int, limits: _Thresholds) -> Concentration:
    supply, groups = _supply(reader, what, by), _groups(reader, what, by)
    nodes = things(reader, what.label)
    own = np.arange(supply.start[number], supply.start[number + 1])
    shown = own[np.argsort(-np.round(supply.weight[own], 12), kind="stable")][:_NAMED]
    in_groups = slice(int(groups.start[number]), int(groups.start[number + 1]))
    largest = _largest(reader, by, groups.group[in_groups], groups.weight[in_groups])
    city = _largest_city(reader, what, number)
    at = np.array([number])
    return Concentration(
        subject_id=nodes.id(number),
        name_zh=nodes.name(number),
        name_en=nodes.texts("name_en", at)[0],
        is_essential=yes_no(found.is_essential[number]),
        downstream=int(downstream_counts(reader)[number]) if what is What.PRODUCT else None,
        is_by_place=bool((supply.place[own] >= 0).any()),
        sources=int(found.whole.sources[number]),
        unplaced=int(found.whole.unplaced[number]),
        groups=int(found.whole.groups[number]),
        known_share=float(np.nansum(supply.share[own])),
        hhi=or_none(found.whole.index[number]),
        is_hhi_exact=bool(found.whole.is_exact[number]) if len(own) else None,
        effective_sources=or_none(1 / found.whole.index[number]),
        hhi_alike=or_none(found.whole.alike[number]),
        largest_source=largest[0],
        largest_share=largest[1],
        largest_city=city[0],
        largest_city_share=city[1],
        is_concentrated=yes_no(found.is_concentrated[number]),
        flip_margin=_least(hhi_flip_margins(groups.weight[in_groups], limits.hhi))
        if found.whole.is_exact[number]
        else None,
        inside=int(found.away.inside[number]),
        outside=int(found.away.outside[number]),
        outside_share=or_none(found.away.share[number]),
        outside_hhi=or_none(found.away.index[number]),
        outside_to_inside=or_none(found.away.ratio[number]),
        is_dependent=yes_no(found.is_dependent[number]),
        outside_flip_margin=_outside_flip(supply, found, number, own, limits),
        source_names=[_source_name(reader, supply, int(entry)) for entry in shown],
        evidence_ids=_evidence(reader, what, supply, number, shown),
    )


def _largest(reader: Reader, by: By, group: IntArray, weight: FloatArray) -> tuple[str | None, float | None]:
    """The name and share of the largest group."""
    if not len(group):
        return None, None
    best = int(np.argmax(np.round(weight, 12)))
    return _group_name(reader, by, int(group[best])), float(weight[best])


def _group_name(reader: Reader, by: By, group: int) -> str:
    places = things(reader, "Place")
    if by is By.ENTERPRISE:
        return things(reader, "Enterprise").name(group)
    if group > len(places):
        return f"{things(reader, 'Enterprise').name(group - len(places) - 1)}（地点未知）"
    return HOME if group == len(places) else places.name(group)


def _largest_city(reader: Reader, what: What, number: int) -> tuple[str | None, float | None]:
    """The city that most comes from, and what part of all that is; sources of unknown place count as elsewhere."""
    groups, places = _groups(reader, what, By.CITY), things(reader, "Place")
    own = slice(int(groups.start[number]), int(groups.start[number + 1]))
    group, weight = groups.group[own], groups.weight[own]
    is_placed = (group < len(places)) & (weight > 0)
    if not is_placed.any():
        return None, None
    placed = np.round(weight[is_placed], 12)
    largest = largest_place(placed, np.zeros(len(placed), np.int64), group[is_placed])
    return places.name(int(largest.place[0])), float(largest.share[0] * placed.sum())


def _outside_flip(supply: _Supply, found: _Measured, number: int, own: IntArray, limits: _Thresholds) -> float | None:
    """The least move of one source's share that takes the outside share across what the verdict asks of it."""
    if not supply.are_shares_known[number] or np.isnan(found.away.share[number]):
        return None
    # outside / inside > r says that the outside share is above r / (1 + r).
    threshold = max(limits.share, limits.ratio / (1 + limits.ratio))
    return _least(share_flip_margins(supply.weight[own], found.away.is_outside[own], threshold))


def _least(margins: FloatArray) -> float | None:
    least = np.abs(margins).min(initial=np.inf)
    return float(least) if np.isfinite(least) else None


def _source_name(reader: Reader, supply: _Supply, entry: int) -> str:
    if supply.enterprise[entry] >= 0:
        return things(reader, "Enterprise").name(int(supply.enterprise[entry]))
    return things(reader, "Place").name(int(supply.place[entry]))


def _evidence(reader: Reader, what: What, supply: _Supply, number: int, shown: IntArray) -> list[str]:
    """The subject, the edges that make the shown sources its sources, and those that say where they are."""
    firms, given = shown[supply.enterprise[shown] >= 0], shown[supply.place[shown] >= 0]
    at = links(reader, "LOCATED_IN", "Enterprise", "Place")
    where = [int(edge) for firm in supply.enterprise[firms] for edge in of_node(at.forward, int(firm))]
    own = things(reader, what.label).id(number)
    if what is What.TECHNOLOGY:
        said = links(reader, "MASTERS", "Enterprise", "Technology").ids(supply.link[firms])
    elif what is What.PRODUCT:
        said = evidence_of_makers(reader, makers(reader), supply.link[firms].tolist())
        said += links(reader, "PROVIDES", "Place", "Product").ids(supply.link[given])
    else:
        said = _evidence_of_chain(reader, number, supply.enterprise[firms], supply.place[given])
    return [own, *said, *at.ids(np.array(where, np.int64))]


def _evidence_of_chain(reader: Reader, chain: int, firms: IntArray, places: IntArray) -> list[str]:
    membership, making = links(reader, "PART_OF", "Product", "Chain"), makers(reader)
    provides = links(reader, "PROVIDES", "Place", "Product")
    products = membership.tail[of_node(membership.backward, chain)]
    pairs = np.flatnonzero(np.isin(making.product, products) & np.isin(making.enterprise, firms))[:_CITED]
    given = np.flatnonzero(np.isin(provides.head, products) & np.isin(provides.tail, places))[:_CITED]
    cited = np.concatenate([making.product[pairs], provides.head[given]])
    belongs = np.flatnonzero((membership.head == chain) & np.isin(membership.tail, cited))
    return membership.ids(belongs) + evidence_of_makers(reader, making, pairs.tolist()) + provides.ids(given)


_CITED = 100
"""Makers cited for a chain; all are counted."""


# --- what an answer must say ---------------------------------------------------------------------------------------------


def _conventions(where: Area, what: What, by: By, limits: _Thresholds) -> list[str]:
    said = [
        "HHI = Σ s²，份额 s 在有记录的来源之间归一；有效来源数 = 1/HHI。 HHI = Σ s², shares s made to add up to 1 over the "
        "sources on record; effective sources = 1/HHI.",
        "份额只要有一个未知，HHI 取可能的最小值 1/分组数，高于阈值即可断言集中，否则为未知；份额都已知而有来源地点未知时，各算一组，同为最小值。 "
        "Where any share is not known HHI is the least possible, 1/groups: above the threshold it is surely concentrated, "
        "else not known; where only places are not known each such source stands alone, which is the least as well.",
        "假设：份额未知处各来源等份（仅用于 hhi_alike、最大来源占比与单城暴露）。 Assumption: sources of unknown share supply "
        "alike; used for hhi_alike, largest_share and largest_city_share only.",
        "地点未知的来源在单城暴露中算作他处，故为下限。 A source of unknown place counts as elsewhere in the single-city exposure, "
        "which is the least.",
        "城市为地级市或直辖市（松江计入上海）；在多地的企业平分。 A city is a prefecture or a municipality (松江 counts to 上海); an "
        "enterprise in several is divided alike.",
        *where.conventions,
        f"集中：HHI > {limits.hhi:g}。 concentrated: HHI > {limits.hhi:g}.",
        f"战略依赖（EC SWD(2021)352）：区外来源 HHI > {limits.hhi:g}、区外份额 > {limits.share:g}、区外/区内供给 > {limits.ratio:g}，"
        "三者都成立；图中没有进出口额，以有记录的供给份额代替。 dependent (EC SWD(2021)352): HHI of sources outside > "
        f"{limits.hhi:g}, outside share > {limits.share:g}, outside / inside supply > {limits.ratio:g}, all three; the "
        "graph has no trade flows, shares of the supply on record stand for them.",
    ]  # fmt: skip
    if what is What.TECHNOLOGY:
        said.append(
            "技术的来源是有 MASTERS 记录的企业，无份额。 Sources of a technology are enterprises that master it."
        )
    else:
        said.append(MAKER_CONVENTION)
        said.append(
            "生产细分品的份额不作上位品的份额。 The share in a narrower product says nothing of the broader one's."
        )
    if what is What.CHAIN:
        said.append("链内有来源的各产品权重相同。 Each product of the chain that has a source counts alike.")
    if by is not By.ENTERPRISE and what is not What.TECHNOLOGY:
        said.append(
            "有 PROVIDES 记录到这一级的产品按供给地计，不再计企业；标为可忽略而无数的份额作 0。 A product with PROVIDES records at this "
            "level is counted by providing places, not by enterprises; a share marked negligible is taken as 0."
        )
    return said


def _notes(found: _Measured, chosen: IntArray, silent: int, limit: int) -> list[str]:
    if not len(chosen):
        return ["没有可看的对象。 There is nothing to look at."]
    notes = []
    notes += cut_note(len(chosen), limit)
    if silent:
        notes.append(
            f"{silent} 个没有来源记录，集中度未知，列在最后。 {silent} have no source on record and come last."
        )
    spoken = len(chosen) - silent
    inexact = spoken - int(found.whole.is_exact[chosen].sum())
    if inexact:
        notes.append(
            f"{spoken} 个有来源的之中，{inexact} 个的 HHI 是可能的最小值。 Of {spoken} with a source, the HHI of {inexact} is the "
            "least possible."
        )
    unplaced = int((found.whole.unplaced[chosen] > 0).sum())
    if unplaced:
        notes.append(f"{unplaced} 个有地点未知的来源。 {unplaced} have sources of unknown place.")
    return notes
