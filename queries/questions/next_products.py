"""What a city could add next to what it makes: products near to it, complex ones, and those that fill a gap of the chains.

The idea is that of Metroverse (Harvard Growth Lab, metroverse.cid.harvard.edu): a city grows into what is related to what
it does already. There it is industries of a thousand cities; here it is products of a few.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field
from scipy.sparse import coo_array, csc_array, csr_array

from graph.model import edge_id
from queries.algorithms.arrays import BoolArray, FloatArray, IntArray
from queries.algorithms.relatedness import (
    complexity,
    largest_density,
    proximity,
    revealed_comparative_advantage,
    sparse_density,
    specialisation,
)
from queries.answer import Answer, Row, cut_note
from queries.makers import Kinds, Maker, kinds_of_makers, maker_conventions, maker_evidence, makers_by_product
from queries.proximity import direct_products
from queries.reader import Reader
from queries.registry import question
from queries.scope import (
    CORRIDOR,
    ChainName,
    Confidence,
    Limit,
    Named,
    Places,
    Scope,
    area_of,
    chain_ids,
    find_one,
    name_of,
    nodes,
    scope,
    wider_places,
)
from queries.sections import Sections
from queries.verdicts import Judged, Thresholds, Verdict, verdicts_on, worst

_SECTIONS = Sections(__file__)

_NAMED = 5
_CITED = 20
"""Makers cited in a row; all are counted."""
_APART = 1e-6
"""Two eigenvalues nearer than this are one: any mixture of their vectors would do as well as ECI."""
_FILLS = (Verdict.MISSING, Verdict.NARROWER_ONLY, Verdict.SINGLE_SOURCE, Verdict.WEAK, Verdict.CONCENTRATED)
_ALL = 10_000_000


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

    product_id: str
    name_zh: str
    name_en: str | None
    chains: list[str]
    score: float
    is_lower_bound: bool
    density: float | None
    near_density: float | None
    pci: float | None
    complexity_gain: float | None
    complexity_part: float | None
    verdict: Verdict
    verdict_zh: str
    fills_gap: bool | None
    rca: float
    makers_here: int
    makers: int
    cities: int
    downstream: int
    near: int
    near_names: list[str]
    evidence_ids: list[str]


class NextProductsAnswer(Answer):
    """What could come next."""

    rows: list[NextProduct]


@question(order=110)
def next_products(
    reader: Reader,
    *,
    city: str,
    chain: ChainName = "",
    places: Places = [],
    density_weight: Annotated[float, Field(ge=0, le=1)] = 0.4,
    near_weight: Annotated[float, Field(ge=0, le=1)] = 0.2,
    complexity_weight: Annotated[float, Field(ge=0, le=1)] = 0.1,
    gap_weight: Annotated[float, Field(ge=0, le=1)] = 0.3,
    min_confidence: Confidence = 0.0,
    limit: Limit = 50,
) -> NextProductsAnswer:
    """What is near, complex, and fills a gap."""
    where, chains = scope(reader, places), chain_ids(reader, chain)
    asked = find_one(reader, ("Place",), "city", city)
    compared, target = _cities(reader, asked, places, where)
    if not target:
        return _no_city(asked)
    limits = Thresholds(min_confidence=min_confidence)
    chosen = candidates(reader, chains=chains)
    space = _space(reader, compared, target, min_confidence, {row.product_id for row in chosen})
    lacking = {row.product_id for row in worst(reader, where, chains, limits, _FILLS, _ALL)}
    open_ = [row for row in chosen if not space.has_advantage[space.number[row.product_id]]]
    weights = np.array([density_weight, near_weight, complexity_weight, gap_weight])
    numbers = np.array([space.number[row.product_id] for row in open_], np.int64)
    parts = _parts(space, numbers, np.array([row.product_id in lacking for row in open_], np.bool_))
    downstream = np.array([row.downstream for row in open_], np.int64)
    order = np.lexsort((numbers, -downstream, -_score(parts, weights).round(9)))[:limit]
    shown = [
        _Shown(open_[n], int(numbers[n]), parts[:, n], float(_score(parts[:, n], weights)))
        for n in order.tolist()
    ]  # fmt: skip
    return NextProductsAnswer(
        rows=_rows(reader, space, shown, weights, where, limits), looked_at=len(open_),
        looked_at_what="候选产品 candidate products", conventions=_conventions(compared, weights, min_confidence),
        notes=_notes(reader, space, asked, len(open_), limit) if open_ else ["没有候选产品。 There is no candidate."],
    )  # fmt: skip


# --- cities compared ---------------------------------------------------------------------------------------------------------


class _CityOf(NamedTuple):
    place_id: str
    city_id: str | None


class _Candidate(NamedTuple):
    product_id: str
    downstream: int


class _MakersInCity(NamedTuple):
    city_id: str
    product_id: str
    makers: int


class _Holding(NamedTuple):
    enterprise_id: str
    thing_id: str


class _Enterprise(NamedTuple):
    enterprise_id: str


class _Supply(NamedTuple):
    enterprise_id: str
    product_id: str


city_of = _SECTIONS.rows("city_of", _CityOf)
candidates = _SECTIONS.rows("candidates", _Candidate)
makers_by_city = _SECTIONS.rows("makers_by_city", _MakersInCity)
holdings = _SECTIONS.rows("holdings", _Holding)
enterprises_of = _SECTIONS.rows("enterprises_of", _Enterprise)
supplies_of = _SECTIONS.rows("supplies_of", _Supply)


def _cities(reader: Reader, asked: Named, places: Places, where: Scope) -> tuple[Scope, str]:
    """The cities compared, and the id of the place that is answered for; empty where all are compared and it is in none."""
    if where.is_everywhere:
        return where, city_of(reader, place_id=asked.id)[0].city_id or ""
    compared = scope(reader, [*(places or [CORRIDOR]), asked.id])
    around = {asked.id, *(row.wider_id for row in wider_places(reader, place_ids=[asked.id]))}
    return compared, next(place for place in sorted(around) if area_of(place) in compared.cities)


@dataclass(frozen=True, slots=True, eq=False)
class _Space:
    """The city beside the others: every product with its measures, NaN where not known."""

    city_id: str
    cities: Sequence[str]  # areas of those compared, the city among them where it makes anything
    number: Mapping[str, int]  # of each product
    makers_here: FloatArray
    advantage: FloatArray  # RCA of the city
    has_advantage: BoolArray
    holders: FloatArray  # cities with an advantage
    density: FloatArray
    pci: FloatArray
    gain: FloatArray
    why_not: str  # why there is no PCI
    eigenvalues: tuple[float, float] | None
    near: "_Near"


@dataclass(frozen=True, slots=True, eq=False)
class _Near:
    """What every enterprise makes itself and masters: what goes together, and who of the city is near to a product."""

    enterprises: Sequence[str]
    has: csr_array  # (enterprises, products and technologies)
    held: csc_array  # (enterprises, products): who of the city can supply it
    is_here: BoolArray

    def largest(self) -> FloatArray:
        """The largest density around each product of an enterprise of the city that does not make it; NaN where not known."""
        return largest_density(self.has, np.arange(self.held.shape[1]), self.held, self.is_here)

    def nearest(self, products: IntArray) -> list[list[str]]:
        """Near to each of some products: the enterprises of the city, the nearest first, of equals by id."""
        found = sparse_density(self.has, products).tocsc()
        each = []
        for place, product in enumerate(products.tolist()):
            own = slice(found.indptr[place], found.indptr[place + 1])
            enterprise, value = found.indices[own], found.data[own]
            makers = self.held.indices[self.held.indptr[product] : self.held.indptr[product + 1]]
            keep = self.is_here[enterprise] & ~np.isin(enterprise, makers)
            order = np.lexsort((enterprise[keep], -value[keep].round(9)))
            each.append([self.enterprises[n] for n in enterprise[keep][order].tolist()])
        return each


def _space(reader: Reader, compared: Scope, target: str, min_confidence: float, chosen: Collection[str]) -> _Space:
    counts = makers_by_city(reader, cities=compared.cities, min_confidence=min_confidence)
    held = holdings(reader)
    products = sorted(
        {*chosen, *(row.product_id for row in counts), *(row.thing_id for row in held if _is_product(row))}
    )
    number = {product: n for n, product in enumerate(products)}
    cities = sorted({row.city_id for row in counts})
    made = _matrix(
        [(cities.index(row.city_id), number[row.product_id], row.makers) for row in counts], len(cities), len(products)
    )
    advantage = revealed_comparative_advantage(made)
    has = specialisation(advantage)
    own = [cities.index(area_of(target))] if area_of(target) in cities else []
    nothing = np.zeros(len(products))
    mine = has[own].toarray()[0] if own else nothing
    pci, why_not, values = _pci(has)
    gain = pci - pci[mine > 0].mean() if (mine > 0).any() else np.full(len(products), np.nan)
    return _Space(
        target, cities, number, made[own].toarray()[0] if own else nothing,
        advantage[own].toarray()[0] if own else nothing, mine > 0, has.sum(axis=0), _density(has, mine), pci, gain,
        why_not, values, _near(reader, target, min_confidence, held, number),
    )  # fmt: skip


def _is_product(row: _Holding) -> bool:
    return row.thing_id.startswith("product:")


def _near(
    reader: Reader, target: str, min_confidence: float, held: Sequence[_Holding], number: Mapping[str, int]
) -> _Near:
    here = {row.enterprise_id for row in enterprises_of(reader, city_id=area_of(target))}
    enterprises = sorted({row.enterprise_id for row in held} | here)
    at = {enterprise: n for n, enterprise in enumerate(enterprises)}
    technologies = sorted({row.thing_id for row in held} - number.keys())
    column = {**number, **{technology: len(number) + n for n, technology in enumerate(technologies)}}
    supplied = supplies_of(reader, city_id=area_of(target), min_confidence=min_confidence)
    return _Near(
        enterprises,
        _matrix([(at[row.enterprise_id], column[row.thing_id], 1) for row in held], len(at), len(column)),
        _matrix([(at[row.enterprise_id], number[row.product_id], 1) for row in supplied], len(at), len(number)).tocsc(),
        np.array([enterprise in here for enterprise in enterprises], np.bool_),
    )


def _matrix(entries: Sequence[tuple[int, int, int]], rows: int, columns: int) -> csr_array:
    row, column, value = np.array(entries, np.int64).reshape(-1, 3).T
    return coo_array((value.astype(np.float64), (row, column)), (rows, columns)).tocsr()


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


def _parts(space: _Space, numbers: IntArray, is_lacking: BoolArray) -> FloatArray:
    """(4, candidates) density, nearest enterprise, complexity gain, gap; each 0–1, NaN where not known."""
    gain = space.gain[numbers]
    known = gain[~np.isnan(gain)]
    least, most = (known.min(), known.max()) if len(known) else (0.0, 0.0)
    spread = most - least if most - least > 1e-12 else np.nan
    near = np.minimum(space.near.largest()[numbers], 1.0)
    return np.stack([space.density[numbers], near, (gain - least) / spread, is_lacking.astype(np.float64)])


def _score(parts: FloatArray, weights: FloatArray) -> FloatArray:
    total = weights.sum()
    score: FloatArray = weights @ np.nan_to_num(parts) / (total if total > 0 else 1.0)
    return score


# --- rows ------------------------------------------------------------------------------------------------------------------


class _Product(NamedTuple):
    product_id: str
    name_zh: str
    name_en: str | None


class _ChainOf(NamedTuple):
    product_id: str
    chain_id: str
    name_zh: str


products = _SECTIONS.rows("products", _Product)
chains_of = _SECTIONS.rows("chains_of", _ChainOf)


class _Shown(NamedTuple):
    product: _Candidate
    number: int
    parts: FloatArray
    score: float


@dataclass(frozen=True, slots=True)
class _Known:
    """What is shown of products beside their measures."""

    products: Mapping[str, _Product]
    chains: Mapping[str, Sequence[str]]
    verdicts: Mapping[str, Judged]
    makers: Mapping[str, Sequence[Maker]]
    kinds: Kinds
    names: Mapping[str, str]
    made: Mapping[str, Sequence[str]]


def _rows(
    reader: Reader, space: _Space, shown: Sequence[_Shown], weights: FloatArray, where: Scope, limits: Thresholds
) -> list[NextProduct]:
    if not shown:
        return []
    near = space.near.nearest(np.array([one.number for one in shown], np.int64))
    known = _known(reader, [one.product.product_id for one in shown], near, where, limits)
    return [_row(space, one, firms, known, weights) for one, firms in zip(shown, near, strict=True)]


def _known(
    reader: Reader, ids: Sequence[str], near: Sequence[Sequence[str]], where: Scope, limits: Thresholds
) -> _Known:
    named = sorted({enterprise for firms in near for enterprise in firms[:_NAMED]})
    makers = makers_by_product(reader, ids, where, limits.min_confidence)
    chains, made = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for row in chains_of(reader, product_ids=ids):
        chains[row.product_id].append(row.name_zh)
    for enterprise, product in direct_products(reader, enterprise_ids=named):
        made[enterprise].append(product)
    return _Known(
        {row.product_id: row for row in products(reader, product_ids=ids)},
        chains,
        verdicts_on(reader, ids, where, limits),
        {product: [maker for maker in own if maker.is_here][:_CITED] for product, own in makers.items()},
        kinds_of_makers(reader, (maker for own in makers.values() for maker in own)),
        {node.id: name_of(node) for node in nodes(reader, named)},
        made,
    )


def _row(space: _Space, one: _Shown, near: Sequence[str], known: _Known, weights: FloatArray) -> NextProduct:
    product, number = known.products[one.product.product_id], one.number
    judged = known.verdicts[product.product_id]
    verdict = Verdict(judged.verdict)
    is_unknown = [*np.isnan(one.parts[:3]).tolist(), verdict is Verdict.NOT_ON_RECORD]
    return NextProduct(
        product_id=product.product_id,
        name_zh=product.name_zh,
        name_en=product.name_en,
        chains=list(known.chains[product.product_id]),
        score=one.score,
        is_lower_bound=any(unknown and weight > 0 for unknown, weight in zip(is_unknown, weights, strict=True)),
        density=_or_none(one.parts[0]),
        near_density=_or_none(one.parts[1]),
        pci=_or_none(space.pci[number]),
        complexity_gain=_or_none(space.gain[number]),
        complexity_part=_or_none(one.parts[2]),
        verdict=verdict,
        verdict_zh=verdict.zh,
        fills_gap=None if verdict is Verdict.NOT_ON_RECORD else verdict in _FILLS,
        rca=float(space.advantage[number]),
        makers_here=int(space.makers_here[number]),
        makers=judged.makers,
        cities=int(space.holders[number]),
        downstream=one.product.downstream,
        near=len(near),
        near_names=[known.names[enterprise] for enterprise in near[:_NAMED]],
        evidence_ids=[
            product.product_id,
            space.city_id,
            *maker_evidence(known.makers.get(product.product_id, ()), known.kinds),
            *(edge_id("MAKES", firm, made) for firm in near[:_NAMED] for made in known.made[firm][:_CITED]),
        ],
    )


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


# --- what an answer must say -----------------------------------------------------------------------------------------------


def _conventions(compared: Scope, weights: FloatArray, min_confidence: float) -> list[str]:
    names = ("density", "near_density", "complexity_part", "fills_gap")
    shown = "，".join(f"{name} {weight:g}" for name, weight in zip(names, weights.tolist(), strict=True))
    return [
        *maker_conventions(min_confidence),
        "候选：该市 RCA < 1 的产品；RCA 以各市有记录的生产者数计（Balassa 1965）。 Candidates: products in which the city's RCA, on counts "
        "of makers on record, is below 1.",
        "城市密度 ω = Σ M φ / Σ φ，M = [RCA ≥ 1]，φ 为城市间的共现邻近度（Hidalgo 等 2007）；企业密度同式，以企业直接生产的产品与掌握的技术计，不论置信度。 density over "
        "cities with M = [RCA ≥ 1]; near_density the same over enterprises and what they make themselves or master, "
        "of any confidence.",
        "复杂度：ECI/PCI 第二特征向量；增益 = PCI − 该市优势产品的平均 PCI；特征向量的正负号本是任意的，取与多样性"
        "正相关的一号，定不了时复杂度未知；只有九城时 ECI 几乎不可识别，故默认权重最小。 PCI by the second eigenvector, whose sign is arbitrary: it is "
        "the one in which ECI correlates with diversity, and complexity is not known where it correlates with neither; with nine "
        "cities ECI is barely identified, so it weighs least.",
        "补链：gaps 在所问地区的判定为缺链、仅有细分品、断链风险、弱链或集中（阈值 0.3、0.4）；未见记录为未知。 fills_gap: gaps says missing, "
        "narrower_only, single_source, weak or concentrated for the places; not_on_record is not known.",
        f"得分 = 四部分的加权平均，权重（默认值为本项目所定）：{shown}；未知部分计 0，故为下限。 score: weighted mean, an unknown part counts as 0.",
        *compared.conventions,
    ]  # fmt: skip


def _notes(reader: Reader, space: _Space, asked: Named, found: int, limit: int) -> list[str]:
    notes, place = [], asked.name
    if space.city_id != asked.id:
        place = name_of(nodes(reader, [space.city_id])[0])
        notes.append(
            f"{asked.name} 在所比地区 {place} 之内，按 {place} 作答。 It lies in {place}, which is answered for."
        )
    if area_of(space.city_id) not in space.cities:
        notes.append(f"{place} 没有生产记录，谈不上相近。 Nobody on record makes anything there, so nothing is near.")
    notes.append(
        f"比较了 {len(space.cities)} 个有生产记录的城市。 {len(space.cities)} cities with makers were compared."
    )
    if space.why_not:
        notes.append(f"复杂度未知：{space.why_not}。 Complexity is not known.")
    elif space.eigenvalues:
        second, third = space.eigenvalues
        notes.append(
            f"第二、第三特征值 {second:.3f}、{third:.3f}，越近则复杂度的次序越不可靠。 The nearer the second and third eigenvalue, the less "
            "the order by complexity can be trusted."
        )
    return notes + cut_note(found, limit)


def _no_city(asked: Named) -> NextProductsAnswer:
    return NextProductsAnswer(
        rows=[], looked_at=0, looked_at_what="候选产品 candidate products", conventions=[],
        notes=[
            f"{asked.name} 不是城市，也不在某个城市之内，不能与各城市相比。 It is no city and lies in none, so it cannot be compared with "
            "cities."
        ],
    )  # fmt: skip
