"""What a city could add next to what it makes: products near to it, complex ones, and those that fill a gap of the chains.

The idea is that of Metroverse (Harvard Growth Lab, metroverse.cid.harvard.edu): a city grows into what is related to what
it does already. There it is industries of a thousand cities; here it is products of a few, so every part is a column.
"""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field
from scipy.sparse import coo_array, csr_array

from queries.algorithms.arrays import BoolArray, FloatArray, IntArray
from queries.algorithms.relatedness import complexity, proximity, revealed_comparative_advantage, specialisation
from queries.answer import Answer, Row, cut_note
from queries.areas import Area, ChainName, Limit, Places, area, chosen_products
from queries.facts import links, number_of, of_node, or_none, things
from queries.judged import VERDICT_ZH, Judged, Verdict, judged
from queries.making import MAKER_CONVENTION, downstream_counts, evidence_of_makers, located, makers, per_pair
from queries.near import largest_near, nearest
from queries.reader import Reader, kept
from queries.registry import question

_NAMED = 5
_CITED = 20
"""Makers cited in a row; all are counted."""
_APART = 1e-6
"""Two eigenvalues nearer than this are one: any mixture of their vectors would do as well as ECI."""
_FILLS = (Verdict.MISSING, Verdict.SINGLE_SOURCE, Verdict.WEAK, Verdict.CONCENTRATED)


class NextProduct(Row):
    """A product that the city has no advantage in, how near it is, and what it would bring."""

    key = ("product_id",)
    table = (
        "name_zh",
        "score",
        "density",
        "near_density",
        "complexity_gain",
        "verdict_zh",
        "fills_gap",
        "makers_here",
        "makers",
        "near_names",
        "downstream",
        "is_lower_bound",
    )
    bar = "score"

    product_id: str = Field(description="id of the product")
    name_zh: str = Field(description="产品")
    name_en: str | None = Field(description="product")
    chains: list[str] = Field(description="产业链 chains that it is part of")
    score: float = Field(description="得分 weighted mean of the four parts, 0–1; an unknown part counts as 0")
    is_lower_bound: bool = Field(description="得分是否下限 whether a part with a weight is not known")
    density: float | None = Field(
        description="城市密度 ω, which part of what is near the product the city has an advantage in; null where no city has "
        "an advantage in it or nothing goes with it"
    )
    near_density: float | None = Field(
        description="企业密度 the largest density of an enterprise of the city that does not make it; null where nothing is known "
        "of what goes with it"
    )
    pci: float | None = Field(description="产品复杂度 PCI, mean 0 and standard deviation 1; null where not identified")
    complexity_gain: float | None = Field(description="复杂度增益 PCI − mean PCI of what the city has an advantage in")
    complexity_part: float | None = Field(
        description="增益分 the gain between the least, 0, and the largest, 1, of the candidates"
    )
    verdict: Verdict = Field(description="判定代码 verdict of the question gaps in the places")
    verdict_zh: str = Field(description="判定 verdict, in Chinese")
    fills_gap: bool | None = Field(description="能否补链 whether the places lack makers of it; null where not known")
    rca: float = Field(description="现有优势 RCA of the city in it, below 1; 0 where nobody there is on record")
    makers_here: int = Field(description="本市生产者 makers on record in the city")
    makers: int = Field(description="区内生产者 makers on record in the places")
    cities: int = Field(description="有优势城市 cities compared that have an advantage in it")
    downstream: int = Field(
        description="全部下游 products it goes into, through any number of steps; counted up to 1000"
    )
    near: int = Field(description="相近企业 enterprises of the city that make something that goes with it")
    near_names: list[str] = Field(description="最相近企业 the nearest of them; the first 5")
    evidence_ids: list[str] = Field(description="ids of the nodes and edges that the row rests on")


class NextProductsAnswer(Answer):
    """What could come next."""

    rows: list[NextProduct]


@question(zh="城市下一步可做什么", en="What a city could add next", order=110)
def next_products(
    reader: Reader,
    *,
    city: Annotated[str, Field(description="城市（编号或名称） city by id or name")],
    chain: ChainName = "",
    places: Places = [],
    density_weight: Annotated[float, Field(ge=0, le=1, description="城市密度权重 weight of density")] = 0.4,
    near_weight: Annotated[float, Field(ge=0, le=1, description="企业密度权重 weight of near_density")] = 0.2,
    complexity_weight: Annotated[float, Field(ge=0, le=1, description="增益权重 weight of complexity_part")] = 0.1,
    gap_weight: Annotated[float, Field(ge=0, le=1, description="补链权重 weight of fills_gap")] = 0.3,
    limit: Limit = 50,
) -> NextProductsAnswer:
    """这个城市接下来可以增加什么产品：离现有产品多近、多复杂、能补什么链（Metroverse 的思路）。 What is near, complex, and fills a gap."""
    found = _compared(reader, city, tuple(places))
    chosen = chosen_products(reader, chain)
    candidates = chosen[~found.has_advantage[chosen]]
    judgement = judged(reader, area(reader, places))
    weights = np.array([density_weight, near_weight, complexity_weight, gap_weight])
    parts = _parts(found, judgement, candidates)
    score = _score(parts, weights)
    downstream = downstream_counts(reader)[candidates]
    order = np.lexsort((candidates, -downstream, -score.round(9)))[:limit]
    near = nearest(reader, found.is_here, candidates[order])
    rows = [
        _row(reader, found, judgement, int(candidates[n]), float(score[n]), parts[:, n], weights, firms)
        for n, firms in zip(order, near, strict=True)
    ]
    return NextProductsAnswer(
        rows=rows, looked_at=len(candidates), looked_at_what="候选产品 candidate products",
        conventions=_conventions(found, weights), notes=_notes(reader, found, city, candidates, limit),
    )  # fmt: skip


# --- cities compared ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    """The city beside the others: every product with its measures, NaN where not known."""

    city: int  # the number of the place
    cities: IntArray  # of those compared, the city among them where it makes anything
    where: Area
    makers_here: IntArray
    advantage: FloatArray  # RCA of the city
    has_advantage: BoolArray
    holders: IntArray  # cities with an advantage
    density: FloatArray
    pci: FloatArray
    gain: FloatArray
    why_not: str  # why there is no PCI
    eigenvalues: tuple[float, float] | None
    is_here: BoolArray  # whether each enterprise is in the city
    near_density: FloatArray


@kept
def _compared(reader: Reader, city: str, places: tuple[str, ...]) -> _Compared:
    number = number_of(reader, "Place", "city", city)
    where = area(reader, [*(places or ["corridor"]), things(reader, "Place").id(number)])
    # A place that lies in another asked one is not counted apart.
    target = int(where.city_of[number])
    firms, making = located(reader, "Enterprise", where), makers(reader)
    at, of_city = per_pair(firms, making.enterprise)
    cities, row = np.unique(of_city, return_inverse=True)
    products = len(making.makes.heads)
    made = coo_array((np.ones(len(at)), (row, making.product[at])), (len(cities), products)).tocsr()
    advantage = revealed_comparative_advantage(made)
    has = specialisation(advantage)
    own = np.flatnonzero(cities == target)
    nothing = np.zeros(products)
    mine = has[own].toarray()[0] if len(own) else nothing
    pci, why_not, values = _pci(has)
    gain = pci - pci[mine > 0].mean() if (mine > 0).any() else np.full(products, np.nan)
    is_here = np.zeros(len(firms.is_inside), np.bool_)
    is_here[firms.node[firms.city == target]] = True
    return _Compared(
        target, cities, where, (made[own].toarray()[0] if len(own) else nothing).astype(np.int64),
        advantage[own].toarray()[0] if len(own) else nothing, mine > 0, has.sum(axis=0).astype(np.int64),
        _density(has, mine), pci, gain, why_not, values, is_here, largest_near(reader, is_here),
    )  # fmt: skip


def _density(has: csr_array, mine: FloatArray) -> FloatArray:
    """The density of one city around every product; NaN where no city has an advantage in it or nothing goes with it.

    Products that the same cities have an advantage in are near to the same things, so they are counted, not listed: nine
    cities make at most 511 kinds of products, however many products there are.
    """
    density = np.full(has.shape[1], np.nan)
    columns = has.tocsc()
    patterns: dict[bytes, int] = {}
    of = np.array([
        patterns.setdefault(np.sort(columns.indices[a:b]).tobytes(), len(patterns))
        for a, b in zip(columns.indptr[:-1], columns.indptr[1:], strict=True)
    ], np.int64)  # fmt: skip
    if not len(of):
        return density
    first = np.unique(of, return_index=True)[1]
    near = proximity(columns[:, first].tocsr(), np.arange(len(first)))
    count = np.bincount(of)
    # The product itself is left out, on both sides.
    whole = near @ count - near.diagonal()
    around = near @ np.bincount(of, mine)
    of_pattern = np.divide(around, whole, out=np.full(len(first), np.nan), where=whole > 1e-12)
    candidates = mine == 0
    density[candidates] = of_pattern[of[candidates]]
    return density


def _pci(has: csr_array) -> tuple[FloatArray, str, tuple[float, float] | None]:
    """The PCI of every product, why there is none, and the second and third eigenvalue."""
    pci = np.full(has.shape[1], np.nan)
    columns = np.flatnonzero(has.sum(axis=0) > 0)
    rows = np.flatnonzero(has.sum(axis=1) > 0)
    if not len(columns):
        return pci, "no city has an advantage in anything", None
    try:
        found = complexity(has[rows][:, columns])
    except ValueError as error:
        return pci, str(error), None
    if found.second - found.third < _APART:
        return pci, "the second and the third eigenvalue are equal", (found.second, found.third)
    pci[columns] = found.pci
    return pci, "", (found.second, found.third)


def _parts(found: _Compared, judgement: Judged, candidates: IntArray) -> FloatArray:
    """(4, candidates) density, nearest enterprise, complexity gain, gap; each 0–1, NaN where not known."""
    gain = found.gain[candidates]
    known = gain[~np.isnan(gain)]
    least, most = (known.min(), known.max()) if len(known) else (0.0, 0.0)
    spread = most - least if most - least > 1e-12 else np.nan
    verdicts = np.array([
        1.0 if verdict in _FILLS else np.nan if verdict is Verdict.NOT_ON_RECORD else 0.0 for verdict in Verdict
    ])  # fmt: skip
    return np.stack(
        [
            found.density[candidates],
            np.minimum(found.near_density[candidates], 1.0),
            (gain - least) / spread,
            verdicts[judgement.verdict[candidates]],
        ]
    )


def _score(parts: FloatArray, weights: FloatArray) -> FloatArray:
    total = weights.sum()
    score: FloatArray = weights @ np.nan_to_num(parts) / (total if total > 0 else 1.0)
    return score


# --- rows ------------------------------------------------------------------------------------------------------------------


def _row(
    reader: Reader,
    found: _Compared,
    judgement: Judged,
    number: int,
    score: float,
    parts: FloatArray,
    weights: FloatArray,
    near: IntArray,
) -> NextProduct:
    products, firms, making = things(reader, "Product"), things(reader, "Enterprise"), makers(reader)
    membership = links(reader, "PART_OF", "Product", "Chain")
    own = membership.head[of_node(membership.forward, number)]
    verdict = list(Verdict)[judgement.verdict[number]]
    pairs = np.arange(making.start[number], making.start[number + 1])
    local = pairs[judgement.supply.is_inside[making.enterprise[pairs]]]
    makes = making.makes
    cited = [int(edge) for firm in near[:_NAMED] for edge in of_node(makes.forward, int(firm))[:_CITED]]
    return NextProduct(
        product_id=products.id(number),
        name_zh=products.name(number),
        name_en=products.texts("name_en", np.array([number]))[0],
        chains=membership.heads.names(own),
        score=score,
        is_lower_bound=bool((np.isnan(parts) & (weights > 0)).any()),
        density=or_none(parts[0]),
        near_density=or_none(parts[1]),
        pci=or_none(found.pci[number]),
        complexity_gain=or_none(found.gain[number]),
        complexity_part=or_none(parts[2]),
        verdict=verdict,
        verdict_zh=VERDICT_ZH[verdict],
        fills_gap=None if np.isnan(parts[3]) else bool(parts[3]),
        rca=float(found.advantage[number]),
        makers_here=int(found.makers_here[number]),
        makers=int(judgement.supply.here[number]),
        cities=int(found.holders[number]),
        downstream=int(downstream_counts(reader)[number]),
        near=len(near),
        near_names=firms.names(near[:_NAMED]),
        evidence_ids=[
            products.id(number),
            things(reader, "Place").id(found.city),
            *evidence_of_makers(reader, making, local[:_CITED].tolist()),
            *makes.ids(np.array(cited, np.int64)),
        ],
    )


# --- what an answer must say -----------------------------------------------------------------------------------------------


def _conventions(found: _Compared, weights: FloatArray) -> list[str]:
    names = ("density", "near_density", "complexity_part", "fills_gap")
    shown = "，".join(f"{name} {weight:g}" for name, weight in zip(names, weights.tolist(), strict=True))
    return [
        MAKER_CONVENTION,
        "候选：该市 RCA < 1 的产品；RCA 以各市有记录的生产者数计（Balassa 1965）。 Candidates: products in which the city's RCA, on counts "
        "of makers on record, is below 1.",
        "城市密度 ω = Σ M φ / Σ φ，M = [RCA ≥ 1]，φ 为城市间的共现邻近度（Hidalgo 等 2007）；企业密度同式，以企业直接生产的产品计。 density over "
        "cities with M = [RCA ≥ 1]; near_density the same over enterprises and what they make themselves.",
        "复杂度：ECI/PCI 第二特征向量；增益 = PCI − 该市优势产品的平均 PCI；只有九城时 ECI 几乎不可识别，故默认权重最小。 PCI by the second "
        "eigenvector; with nine cities ECI is barely identified, so it weighs least.",
        "补链：gaps 在所问地区的判定为缺链、断链风险、弱链或集中（阈值 0.3、0.4）；未见记录为未知。 fills_gap: gaps says missing, "
        "single_source, weak or concentrated for the places; not_on_record is not known.",
        f"得分 = 四部分的加权平均，权重（默认值为本项目所定）：{shown}；未知部分计 0，故为下限。 score: weighted mean, an unknown part counts as 0.",
        *found.where.conventions,
    ]  # fmt: skip


def _notes(reader: Reader, found: _Compared, city: str, candidates: IntArray, limit: int) -> list[str]:
    notes = []
    if not len(candidates):
        return ["没有候选产品。 There is no candidate."]
    place = things(reader, "Place").name(found.city)
    if found.city != number_of(reader, "Place", "city", city):
        notes.append(f"{city} 在所比地区 {place} 之内，按 {place} 作答。 It lies in {place}, which is answered for.")
    if found.city not in found.cities:
        notes.append(f"{place} 没有生产记录，谈不上相近。 Nobody on record makes anything there, so nothing is near.")
    notes.append(
        f"比较了 {len(found.cities)} 个有生产记录的城市。 {len(found.cities)} cities with makers were compared."
    )
    if found.why_not:
        notes.append(f"复杂度未知：{found.why_not}。 Complexity is not known.")
    elif found.eigenvalues:
        second, third = found.eigenvalues
        notes.append(
            f"第二、第三特征值 {second:.3f}、{third:.3f}，越近则复杂度的次序越不可靠。 The nearer the second and third eigenvalue, the less "
            "the order by complexity can be trusted."
        )
    return notes + cut_note(len(candidates), limit)
