"""Chokepoints: technologies and products that much depends on, that come from few and from abroad, and that nobody is near."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import numpy as np
from pydantic import Field
from scipy.sparse import csc_array, csr_array

from queries.algorithms.arrays import BoolArray, FloatArray, IntArray, first_places
from queries.algorithms.concentration import chokepoint_index
from queries.algorithms.relatedness import largest_density, sparse_density
from queries.algorithms.structure import trace
from queries.answer import Answer, Row, cut_note
from queries.areas import Area, ChainName, Limit, Places, area
from queries.facts import links, links_at, of_node, or_none, things, yes_no
from queries.judged import essential
from queries.making import (
    MAKER_CONVENTION,
    MOST_COUNTED,
    all_uses,
    downstream_counts,
    evidence_of_makers,
    located,
    makers,
    technology_dependents,
)  # fmt: skip
from queries.questions.concentration import What, chosen_subjects, foreign_shares, source_index
from queries.reader import Reader, kept
from queries.registry import question

_NAMED = 20
"""Holders and researchers named and cited in a row; all are counted."""
_FINAL_NAMED = 10
_NEAR_NAMED = 5
_CITED = 100
"""Needs and uses cited in a row; all are counted."""


class Kind(StrEnum):
    """What may be a chokepoint."""

    TECHNOLOGY = "technology"
    PRODUCT = "product"

    @property
    def zh(self) -> str:
        """Its Chinese name."""
        return {"technology": "技术", "product": "产品"}[self.value]


class KeyTechnology(Row):
    """A technology or product, the parts of its chokepoint index, what depends on it and who holds it or is near."""

    key = ("id",)
    table = (
        "name_zh",
        "index",
        "is_upper_bound",
        "is_essential",
        "foreign_share",
        "hhi",
        "relatedness",
        "dependents",
        "final_names",
        "holder_names",
        "holders_elsewhere",
        "researchers",
        "near_names",
    )
    bar = "index"

    id: str = Field(description="id of the technology or product")
    name_zh: str = Field(description="名称")
    name_en: str | None = Field(description="name")
    field: str | None = Field(description="领域 field of the technology; null for products")
    is_key: bool | None = Field(
        description="在卡脖子清单上 on the chokepoint list; null where not known, and for products"
    )
    index: float = Field(
        description="卡脖子指数 essential × foreign share × HHI × (1 − relatedness), 0–1; an unknown part counts as its worst"
    )
    is_upper_bound: bool = Field(
        description="指数是否上限 whether a part is not known, so that the index is at most this"
    )
    unknown_parts: list[str] = Field(description="未知部分 the parts that are not known")
    is_essential: bool | None = Field(
        description="是否关键 whether something cannot be made without it; null where not known"
    )
    foreign_share: float | None = Field(
        description="国外占比 share of supply from outside the country; null where not known"
    )
    hhi: float | None = Field(
        description="集中度 HHI of its holders anywhere, the least possible where shares are not known; null without a holder"
    )
    is_hhi_exact: bool | None = Field(description="是否精确 whether all shares are known; null without a holder")
    relatedness: float | None = Field(
        description="相关密度 the largest density of an enterprise here that does not hold it; null where nothing is known of "
        "what goes with it"
    )
    dependents: int = Field(
        description="依赖产品 products that need it, directly or through others; counted up to 1000"
    )
    direct_products: int = Field(description="直接需要 products that need it directly")
    final_products: int = Field(description="终端产品 dependents that go into nothing themselves, of the first 1000")
    final_names: list[str] = Field(description="终端产品名 the nearest of them; the first 10")
    holders: int = Field(
        description="区内掌握者 enterprises of the places that master the technology or make the product"
    )
    holders_elsewhere: int = Field(
        description="区外掌握者 enterprises on record elsewhere, those of unknown place among them"
    )
    holder_names: list[str] = Field(description="区内掌握者名 holders here; the first 20 by id")
    elsewhere_names: list[str] = Field(description="区外掌握者名 holders elsewhere; the first 20 by id")
    makers_of_dependents: int | None = Field(
        description="区内用户 makers here of products that need the technology, whether they master it or not; null for products"
    )
    user_names: list[str] = Field(description="区内用户名 these makers; the first 20 by id")
    researchers: int | None = Field(description="区内研究机构 institutes here that work on it; null for products")
    researcher_names: list[str] = Field(description="区内研究机构名 these institutes; the first 20 by id")
    near: int = Field(description="相近企业 enterprises here that do not hold it and make something that goes with it")
    near_names: list[str] = Field(description="最相近企业 the nearest of them; the first 5")
    evidence_ids: list[str] = Field(description="ids of the nodes and edges that the row rests on")


class KeyTechnologiesAnswer(Answer):
    """The chokepoints."""

    rows: list[KeyTechnology]


@question(zh="关键技术与卡脖子环节", en="Key technologies and chokepoints", order=40)
def key_technologies(
    reader: Reader,
    *,
    chain: ChainName = "",
    places: Places = [],
    kind: Annotated[Kind, Field(description="看技术还是产品 technologies or products")] = Kind.TECHNOLOGY,
    key_only: Annotated[
        bool, Field(description="技术只列卡脖子清单上的 of technologies, only the chokepoint list")
    ] = True,
    limit: Limit = 50,
) -> KeyTechnologiesAnswer:
    """什么卡脖子：缺它不可、来自国外、来源少、区内又无人相近；谁掌握、谁在研究、谁最接近。 What chokes, and who could loosen it."""
    where = area(reader, places)
    chosen = chosen_subjects(reader, What(kind.value), chain)
    if kind is Kind.TECHNOLOGY and key_only:
        chosen = chosen[things(reader, "Technology").is_true("is_key")[chosen]]
    found = _scored(reader, kind, where)
    keys = (-found.index[chosen].round(9), -found.dependents[chosen], chosen)
    best = chosen[first_places(keys, limit)]
    near = nearest(reader, kind, found.is_inside, best)
    rows = [_row(reader, found, kind, int(number), firms) for number, firms in zip(best, near, strict=True)]
    return KeyTechnologiesAnswer(
        rows=rows, looked_at=len(chosen), looked_at_what=f"{kind.zh} {kind.value}",
        conventions=_conventions(where, kind), notes=_notes(reader, found, kind, chosen, key_only, limit),
    )  # fmt: skip


# --- the index of all technologies or products -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Scored:
    """Every technology or product with its index and parts; NaN and −1 where not known."""

    index: FloatArray
    is_essential: IntArray
    foreign_share: FloatArray
    hhi: FloatArray
    is_hhi_exact: BoolArray
    relatedness: FloatArray
    dependents: IntArray
    is_inside: BoolArray  # of enterprises
    is_researching: BoolArray  # of institutes: whether they are here
    unknown: BoolArray  # (4, things) whether each of `_PARTS` is not known


_PARTS = ("关键性 essential", "国外占比 foreign share", "持有者 holders", "相关密度 relatedness")


def _scored(reader: Reader, kind: Kind, where: Area) -> _Scored:
    hhi, is_exact = source_index(reader, What(kind.value))
    foreign = _foreign_share(reader, kind)
    is_essential = _is_essential(reader, kind)
    dependents = downstream_counts(reader) if kind is Kind.PRODUCT else technology_dependents(reader)
    relatedness = _relatedness(reader, kind, where)
    index = chokepoint_index(
        is_essential != 0, _or(foreign, 1.0), np.minimum(_or(hhi, 1.0), 1.0), np.minimum(_or(relatedness, 0.0), 1.0)
    )
    return _Scored(
        index, is_essential, foreign, hhi, is_exact, relatedness, dependents,
        located(reader, "Enterprise", where).is_inside, located(reader, "Institute", where).is_inside,
        np.stack([is_essential < 0, np.isnan(foreign), np.isnan(hhi), np.isnan(relatedness)]),
    )  # fmt: skip


def _or(values: FloatArray, unknown: float) -> FloatArray:
    return np.where(np.isnan(values), unknown, values)


def _foreign_share(reader: Reader, kind: Kind) -> FloatArray:
    if kind is Kind.TECHNOLOGY:
        return things(reader, "Technology").floats("foreign_share")
    return foreign_shares(reader)


@kept
def _is_essential(reader: Reader, kind: Kind) -> IntArray:
    """1 yes, 0 no, −1 not known. A product cannot be made without a technology that it needs: so NEEDS is defined."""
    if kind is Kind.PRODUCT:
        return essential(reader)
    needs = links(reader, "NEEDS", "Product", "Technology")
    return np.where(np.bincount(needs.head, minlength=len(needs.heads)) > 0, 1, -1)


@kept
def _relatedness(reader: Reader, kind: Kind, where: Area) -> FloatArray:
    return largest_near(reader, kind, located(reader, "Enterprise", where).is_inside)


def largest_near(reader: Reader, kind: Kind, is_counted: BoolArray) -> FloatArray:
    """The largest density, around each product or technology, of the enterprises counted that do not hold it.

    NaN where nothing is known to go with it: nobody anywhere holds it and something else.
    """
    return largest_density(_has(reader), _columns(reader, kind), _held(reader, kind), is_counted)


def nearest(reader: Reader, kind: Kind, is_counted: BoolArray, numbers: IntArray) -> list[IntArray]:
    """Near to each of some products or technologies: of the enterprises counted those that do not hold it and have
    something that goes with it, the nearest first, of equals by id.
    """
    held = _held(reader, kind)
    found = sparse_density(_has(reader), _columns(reader, kind)[numbers]).tocsc()
    each = []
    for place, number in enumerate(numbers.tolist()):
        own = slice(found.indptr[place], found.indptr[place + 1])
        enterprise, value = found.indices[own].astype(np.int64), found.data[own]
        holders = held.indices[held.indptr[number] : held.indptr[number + 1]]
        keep = is_counted[enterprise] & ~np.isin(enterprise, holders)
        each.append(enterprise[keep][np.lexsort((enterprise[keep], -value[keep].round(9)))])
    return each


@kept
def _has(reader: Reader) -> csr_array:
    """Which products every enterprise makes and, numbered after them, which technologies it masters; 0 and 1."""
    makes = links(reader, "MAKES", "Enterprise", "Product")
    masters = links(reader, "MASTERS", "Enterprise", "Technology")
    products = len(makes.heads)
    ends = np.concatenate([makes.tail, masters.tail]), np.concatenate([makes.head, products + masters.head])
    return csr_array((np.ones(len(ends[0])), ends), (len(makes.tails), products + len(masters.heads)))


def _columns(reader: Reader, kind: Kind) -> IntArray:
    """Where the products or the technologies stand in `_has`."""
    products = len(things(reader, "Product"))
    first, count = (0, products) if kind is Kind.PRODUCT else (products, len(things(reader, "Technology")))
    return np.arange(first, first + count)


@kept
def _held(reader: Reader, kind: Kind) -> csc_array:
    """Who holds what, (enterprises, products or technologies): who makes a narrower product holds the broader one."""
    if kind is Kind.PRODUCT:
        making = makers(reader)
        ends, shape = (making.enterprise, making.product), (len(making.makes.tails), len(making.makes.heads))
    else:
        masters = links(reader, "MASTERS", "Enterprise", "Technology")
        ends, shape = (masters.tail, masters.head), (len(masters.tails), len(masters.heads))
    return csc_array((np.ones(len(ends[0])), ends), shape)


# --- rows ------------------------------------------------------------------------------------------------------------------


def _row(reader: Reader, found: _Scored, kind: Kind, number: int, near: IntArray) -> KeyTechnology:
    nodes = things(reader, kind.value.title())
    at = np.array([number])
    is_technology = kind is Kind.TECHNOLOGY
    holding, pairs = _holders(reader, kind, number)
    is_here = found.is_inside[holding]
    studies = _studies(reader, found, number) if is_technology else np.zeros(0, np.int64)
    research = links(reader, "RESEARCHES", "Institute", "Technology")
    direct, uses = _direct(reader, kind, number)
    finals = _finals(reader, kind, number)
    users = _makers_here(reader, found, direct) if is_technology else np.zeros(0, np.int64)
    unknown = found.unknown[:, number]
    firms, institutes, products = things(reader, "Enterprise"), things(reader, "Institute"), things(reader, "Product")
    named = np.concatenate([np.flatnonzero(is_here)[:_NAMED], np.flatnonzero(~is_here)[:_NAMED]])
    return KeyTechnology(
        id=nodes.id(number),
        name_zh=nodes.name(number),
        name_en=nodes.texts("name_en", at)[0],
        field=nodes.texts("field", at)[0] if is_technology else None,
        is_key=_flag(nodes.table["is_key"][number].as_py()) if is_technology else None,
        index=float(found.index[number]),
        is_upper_bound=bool(unknown.any() and found.index[number].round(9) > 0),
        unknown_parts=[part for part, is_missing in zip(_PARTS, unknown, strict=True) if is_missing],
        is_essential=yes_no(found.is_essential[number]),
        foreign_share=or_none(found.foreign_share[number]),
        hhi=or_none(found.hhi[number]),
        is_hhi_exact=bool(found.is_hhi_exact[number]) if len(holding) else None,
        relatedness=or_none(found.relatedness[number]),
        dependents=int(found.dependents[number]),
        direct_products=len(direct),
        final_products=len(finals),
        final_names=products.names(finals[:_FINAL_NAMED]),
        holders=int(is_here.sum()),
        holders_elsewhere=int((~is_here).sum()),
        holder_names=firms.names(holding[is_here][:_NAMED]),
        elsewhere_names=firms.names(holding[~is_here][:_NAMED]),
        makers_of_dependents=len(users) if is_technology else None,
        user_names=firms.names(users[:_NAMED]),
        researchers=len(studies) if is_technology else None,
        researcher_names=institutes.names(research.tail[studies[:_NAMED]]),
        near=len(near),
        near_names=firms.names(near[:_NEAR_NAMED]),
        evidence_ids=[
            nodes.id(number),
            *uses,
            *_evidence_of_holders(reader, kind, pairs[named]),
            *research.ids(studies[:_NAMED]),
            *firms.ids(near[:_NEAR_NAMED]),
            *products.ids(finals[:_FINAL_NAMED]),
        ],
    )


def _flag(value: object) -> bool | None:
    return None if value is None else bool(value)


def _holders(reader: Reader, kind: Kind, number: int) -> tuple[IntArray, IntArray]:
    """Who holds it, by number, and the numbers of what says so: of MASTERS edges, or of pairs of `makers`."""
    if kind is Kind.PRODUCT:
        making = makers(reader)
        pairs = np.arange(making.start[number], making.start[number + 1])
        return making.enterprise[pairs], pairs
    masters = links(reader, "MASTERS", "Enterprise", "Technology")
    own = np.sort(of_node(masters.backward, number))
    return masters.tail[own], own


def _evidence_of_holders(reader: Reader, kind: Kind, pairs: IntArray) -> list[str]:
    if kind is Kind.PRODUCT:
        return evidence_of_makers(reader, makers(reader), pairs.tolist())
    return links(reader, "MASTERS", "Enterprise", "Technology").ids(pairs)


def _studies(reader: Reader, found: _Scored, number: int) -> IntArray:
    """The RESEARCHES edges of institutes here."""
    research = links(reader, "RESEARCHES", "Institute", "Technology")
    own = np.sort(of_node(research.backward, number))
    return own[found.is_researching[research.tail[own]]]


def _direct(reader: Reader, kind: Kind, number: int) -> tuple[IntArray, list[str]]:
    """The products that need it directly, and the ids of the edges that say so."""
    if kind is Kind.PRODUCT:
        inputs = links(reader, "INPUT_OF", "Product", "Product")
        own = of_node(inputs.forward, number)
        return inputs.head[own], inputs.ids(own[:_CITED])
    needs = links(reader, "NEEDS", "Product", "Technology")
    own = np.sort(of_node(needs.backward, number))
    return needs.tail[own], needs.ids(own[:_CITED])


def _finals(reader: Reader, kind: Kind, number: int) -> IntArray:
    """What depends on it and goes into nothing itself, the nearest first, of equals by id."""
    inputs = links(reader, "INPUT_OF", "Product", "Product")
    products = len(inputs.tails)
    start = number if kind is Kind.PRODUCT else products + number
    reached = trace(all_uses(reader), [start], most_nodes=MOST_COUNTED + 1)
    dependents = reached.nodes[reached.tier > 0]
    final: IntArray = dependents[links_at(inputs.forward, dependents) == 0]
    return final


def _makers_here(reader: Reader, found: _Scored, products: IntArray) -> IntArray:
    making = makers(reader)
    firms = [making.enterprise[making.of(int(product))] for product in products]
    anywhere = np.unique(np.concatenate(firms)) if firms else np.zeros(0, np.int64)
    return anywhere[found.is_inside[anywhere]]


# --- what an answer must say -----------------------------------------------------------------------------------------------


def _conventions(where: Area, kind: Kind) -> list[str]:
    own = {
        Kind.TECHNOLOGY: [
            "技术：凡有产品需要（NEEDS）即为关键；国外占比取技术的 foreign_share；掌握者为有 MASTERS 记录的企业，份额未知，HHI 按等份 1/家数计"
            "（可能的最小值，属假设）。 Technologies: essential where a product NEEDS it; foreign share as recorded; holders are "
            "enterprises that MASTER it, taken alike, so HHI is 1/holders: the least possible, an assumption.",
            "生产需要某技术的产品不等于掌握该技术，另列 makers_of_dependents。 Making a product that needs a technology is not mastering "
            "it and is shown apart.",
        ],
        Kind.PRODUCT: [
            "产品：有产品以其为关键投入（input_class 2）即为关键；国外占比由已知的分国供给份额算得；HHI 在份额未知处按等份 1/家数计"
            "（可能的最小值，属假设）。 Products: essential where one needs it as an essential input; foreign share from known "
            "shares by country; where shares are not known makers are taken alike, HHI 1/makers, an assumption.",
            MAKER_CONVENTION,
        ],
    }  # fmt: skip
    return [
        "卡脖子指数 = 关键性 × 国外占比 × HHI × (1 − 相关密度)，为本项目的合成指标。 index = essential × foreign share × HHI × "
        "(1 − relatedness density), a composite of this project.",
        "未知的部分按最不利计（关键 1、国外占比 1、无持有者记录时 HHI 1、相关密度 0），并标为上限。 An unknown part counts as its worst "
        "(1, 1, 1 where no holder is on record, density 0) and the index is marked as an upper bound.",
        "HHI 计所有有记录的持有者，不限地区。 HHI is over all holders on record, here and elsewhere.",
        "相关密度：区内尚未持有它的企业中最大的 ω = Σ M φ / Σ φ，φ 为各企业生产与掌握的共现邻近度（直接记录）。 relatedness: the largest density "
        "ω = Σ M φ / Σ φ of an enterprise here that does not hold it, φ the proximity by what enterprises make and master.",
        "依赖沿 NEEDS 与 INPUT_OF 传递，自身不计；终端产品不再投入别的产品。 Dependence passes along NEEDS and INPUT_OF, a thing never "
        "counts itself; final products go into nothing.",
        *own[kind],
        *where.conventions,
    ]  # fmt: skip


def _notes(reader: Reader, found: _Scored, kind: Kind, chosen: IntArray, key_only: bool, limit: int) -> list[str]:
    if not len(chosen):
        if kind is Kind.TECHNOLOGY and key_only and len(things(reader, "Technology")):
            return [
                "没有清单上的技术；--no-key-only 列出全部。 No technology on the list; ask with key_only off for all."
            ]
        return [f"没有{kind.zh}记录。 No {kind.value} is on record."]
    notes = []
    notes += cut_note(len(chosen), limit)
    counts = found.unknown[:, chosen].sum(axis=1)
    missing = "，".join(f"{part} {count}" for part, count in zip(_PARTS, counts.tolist(), strict=True) if count)
    if missing:
        notes.append(f"{len(chosen)} 行中未知的部分：{missing}。 Unknown parts, of {len(chosen)} rows.")
    return notes
