"""What a city could add next to what it makes: products near to it, complex ones, and those that fill a gap of the chains.

The idea is that of Metroverse (Harvard Growth Lab, metroverse.cid.harvard.edu): a city grows into what is related to what
it does already. There it is industries of a thousand cities; here it is products of a few.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array, csc_array, csr_array

from graph.model import edge_id
from graph.ontology import label_of
from graph.texts import Measure, Text
from queries.algorithms.arrays import BoolArray, FloatArray, IntArray, or_none
from queries.algorithms.relatedness import (
    NotOrdered,
    complexity,
    density,
    density_of_one,
    largest_density,
    revealed_comparative_advantage,
    specialisation,
)
from queries.answer import Answer, Row, cut_note
from queries.makers import kinds_of_makers, maker_conventions, maker_evidence, makers_by_product
from queries.paths import names_of
from queries.proximity import direct_products
from queries.reader import Reader, kept
from queries.registry import question
from queries.scope import (
    CORRIDOR,
    EVERYWHERE,
    ChainName,
    Confidence,
    Fraction,
    Limit,
    Named,
    Places,
    Scope,
    area_of,
    called,
    chain_ids,
    chains_of,
    find_one,
    scope,
    wider_places,
)
from queries.sections import Sections, by_first
from queries.verdicts import HHI_ABOVE, SHARE_BELOW, Judged, Thresholds, Verdict, verdicts_on, worst

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
        "name_zh", "score", "density", "near_density", "near_names", "complexity_gain", "verdict", "makers_here", "makers",
        "fills_gap", "downstream", "is_lower_bound",
    )  # fmt: skip
    scores = ("score", "density", "near_density", "complexity_part")

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

    about = (("city", "Place"), ("chain", "Chain"))
    rows: list[NextProduct]

    def in_short(self, reader: Reader) -> Text:
        """The first product, and how many of those listed fill a gap."""
        first = self.rows[0]
        return Text(
            "next_products.headline", looked=self.looked_at, name=called(reader, first.product_id),
            score=Measure(first.score), rows=len(self.rows), fills=sum(bool(row.fills_gap) for row in self.rows),
        )  # fmt: skip


@question(order=110)
def next_products(
    reader: Reader,
    *,
    city: str = "",
    chain: ChainName = "",
    places: Places = [],
    density_weight: Fraction = 0.4,
    near_weight: Fraction = 0.2,
    complexity_weight: Fraction = 0.1,
    gap_weight: Fraction = 0.3,
    min_confidence: Confidence = 0.0,
    limit: Limit = 50,
) -> NextProductsAnswer:
    """What is near, complex, and fills a gap."""
    if not city and len(places) == 1 and places[0].lower() not in (CORRIDOR, *EVERYWHERE):
        city, places = places[0], []
    where, chains = scope(reader, places), chain_ids(reader, chain)
    limits = Thresholds(min_confidence=min_confidence)
    what, empty = Text("next_products.candidates"), partial(NextProductsAnswer, rows=[], looked_at=0, conventions=[])
    if not city:
        return empty(looked_at_what=what, notes=[Text("next_products.note.which_city")])
    place = find_one(reader, ("Place",), "city", city)
    compared, target = _cities(reader, place, places, where)
    if not target:
        return empty(looked_at_what=what, notes=[Text("next_products.note.no_city", place=place.name)])
    chosen = reader.once((candidates, *chains), lambda apart: candidates(apart, chains=chains))
    space = _space(reader, compared, target, min_confidence, {row.product_id for row in chosen})
    lacking = {row.product_id: row for row in _lacking(reader, where, tuple(chains), limits)}
    open_ = [row for row in chosen if not space.has_advantage[space.number[row.product_id]]]
    weights = np.array([density_weight, near_weight, complexity_weight, gap_weight])
    numbers = np.array([space.number[row.product_id] for row in open_], np.int64)
    parts = _parts(space, numbers, np.array([row.product_id in lacking for row in open_], np.bool_))
    scores: FloatArray = weights @ np.nan_to_num(parts) / (weights.sum() or 1.0)
    downstream = np.array([row.downstream for row in open_], np.int64)
    order = np.lexsort((numbers, -downstream, -scores.round(9)))[:limit]
    shown = [_Shown(open_[n], int(numbers[n]), parts[:, n], float(scores[n])) for n in order.tolist()]
    return NextProductsAnswer(
        rows=_rows(reader, space, shown, weights, where, limits, lacking), looked_at=len(open_), looked_at_what=what,
        conventions=_conventions(compared, weights, min_confidence), notes=_notes(reader, space, place, len(open_), limit),
    )  # fmt: skip


def _conventions(compared: Scope, weights: FloatArray, min_confidence: float) -> list[Text]:
    density, near, gain, gap = weights.tolist()
    return [
        *maker_conventions(min_confidence),
        Text("next_products.candidates_are"),
        Text("next_products.density_means"),
        Text("next_products.complexity_means"),
        Text("next_products.fills_gap_means", share_below=SHARE_BELOW, hhi_above=HHI_ABOVE),
        Text("next_products.score_means", density=density, near_density=near, complexity_part=gain, fills_gap=gap),
        *compared.conventions,
    ]


def _notes(reader: Reader, space: "_Space", place: Named, found: int, limit: int) -> list[Text]:
    if not found:
        return [
            Text(
                "next_products.note.no_candidate" if len(space.cities) > 1 else "next_products.note.nothing_to_compare"
            )
        ]
    name = names_of(reader, [space.city_id])[space.city_id]
    is_wider, is_idle = space.city_id != place.id, area_of(space.city_id) not in space.cities
    return [
        *([Text("next_products.note.within", place=place.name, city=name)] if is_wider else []),
        *([Text("next_products.note.no_maker", city=name)] if is_idle else []),
        Text("next_products.note.compared", cities=len(space.cities)),
        space.complexity_note,
        *cut_note(found, limit),
    ]


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


class _Supply(NamedTuple):
    enterprise_id: str
    product_id: str | None


city_of = _SECTIONS.rows("city_of", _CityOf)
candidates = _SECTIONS.rows("candidates", _Candidate)
makers_by_city = _SECTIONS.rows("makers_by_city", _MakersInCity)
holdings = _SECTIONS.rows("holdings", _Holding)
supplies_of = _SECTIONS.rows("supplies_of", _Supply)


@kept
def _lacking(reader: Reader, where: Scope, chains: tuple[str, ...], limits: Thresholds) -> list[Judged]:
    """The products whose gap a maker would fill, whichever city is asked about."""
    return worst(reader, where, chains, limits, _FILLS, _ALL)


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
    complexity_note: Text
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
        found = density(self.has, products).tocsc()
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
    # Of all cities alike, so that it is read once for all of them.
    counts = reader.once(
        (makers_by_city, compared, min_confidence),
        lambda apart: makers_by_city(apart, cities=compared.cities, min_confidence=min_confidence),
    )
    held = reader.once(holdings, holdings)
    things = (row.thing_id for row in held if label_of(row.thing_id) == "Product")
    number = {one: n for n, one in enumerate(sorted({*chosen, *(row.product_id for row in counts), *things}))}
    cities = sorted({row.city_id for row in counts})
    entries = [(cities.index(row.city_id), number[row.product_id], row.makers) for row in counts]
    made = _matrix(entries, len(cities), len(number))
    advantage = revealed_comparative_advantage(made)
    has = specialisation(advantage)

    def of_city(measure: csr_array) -> FloatArray:
        """The row of the city; zeros where it makes nothing."""
        row: FloatArray = measure[[one == area_of(target) for one in cities]].sum(axis=0)
        return row

    mine = of_city(has)
    pci, note = _pci(has)
    gain = pci - pci[mine > 0].mean() if (mine > 0).any() else np.full(len(number), np.nan)
    return _Space(
        target, cities, number, of_city(made), of_city(advantage), mine > 0, has.sum(axis=0), density_of_one(has, mine), pci, gain,
        note, _near(reader, target, min_confidence, held, number),
    )  # fmt: skip


def _near(
    reader: Reader, target: str, min_confidence: float, held: Sequence[_Holding], number: Mapping[str, int]
) -> _Near:
    supplied = supplies_of(reader, city_id=area_of(target), min_confidence=min_confidence)
    here = {row.enterprise_id for row in supplied}
    enterprises = sorted({row.enterprise_id for row in held} | here)
    at = {enterprise: n for n, enterprise in enumerate(enterprises)}
    technologies = sorted({row.thing_id for row in held} - number.keys())
    column = {**number, **{technology: len(number) + n for n, technology in enumerate(technologies)}}
    has = [(at[row.enterprise_id], column[row.thing_id], 1) for row in held]
    can_supply = [(at[row.enterprise_id], number[row.product_id], 1) for row in supplied if row.product_id]
    return _Near(
        enterprises, _matrix(has, len(at), len(column)), _matrix(can_supply, len(at), len(number)).tocsc(),
        np.array([enterprise in here for enterprise in enterprises], np.bool_),
    )  # fmt: skip


def _matrix(entries: Sequence[tuple[int, int, int]], rows: int, columns: int) -> csr_array:
    row, column, value = np.array(entries, np.int64).reshape(-1, 3).T
    return coo_array((value.astype(np.float64), (row, column)), (rows, columns)).tocsr()


def _pci(has: csr_array) -> tuple[FloatArray, Text]:
    """The PCI of every product, and how far it can be trusted, or why there is none."""
    pci = np.full(has.shape[1], np.nan)
    columns = np.flatnonzero(has.sum(axis=0) > 0)
    rows = np.flatnonzero(has.sum(axis=1) > 0)
    if not len(columns):
        return pci, Text("next_products.no_complexity.no_advantage")
    try:
        found = complexity(has[rows][:, columns])
    except NotOrdered as error:
        return pci, Text(f"next_products.no_complexity.{error.why}")
    if found.second - found.third < _APART:
        return pci, Text("next_products.no_complexity.equal")
    pci[columns] = found.pci
    return pci, Text("next_products.note.eigenvalues", second=found.second, third=found.third)


def _parts(space: _Space, numbers: IntArray, is_lacking: BoolArray) -> FloatArray:
    """(4, candidates) density, nearest enterprise, complexity gain, gap; each 0–1, NaN where not known."""
    gain = space.gain[numbers]
    known = gain[~np.isnan(gain)]
    least, most = (known.min(), known.max()) if len(known) else (0.0, 0.0)
    spread = most - least if most - least > 1e-12 else np.nan
    near = np.minimum(space.near.largest()[numbers], 1.0)
    return np.stack([space.density[numbers], near, (gain - least) / spread, is_lacking.astype(np.float64)])


# --- rows ------------------------------------------------------------------------------------------------------------------


class _Product(NamedTuple):
    product_id: str
    name_zh: str
    name_en: str | None


products = _SECTIONS.rows("products", _Product)


class _Shown(NamedTuple):
    product: _Candidate
    number: int
    parts: FloatArray
    score: float


def _rows(
    reader: Reader, space: _Space, shown: Sequence[_Shown], weights: FloatArray, where: Scope, limits: Thresholds,
    lacking: Mapping[str, Judged],
) -> list[NextProduct]:  # fmt: skip
    if not shown:
        return []
    ids = [one.product.product_id for one in shown]
    near = space.near.nearest(np.array([one.number for one in shown], np.int64))
    named = sorted({firm for firms in near for firm in firms[:_NAMED]})
    names, made = names_of(reader, named), by_first(direct_products(reader, enterprise_ids=named))
    makers = makers_by_product(reader, ids, where, limits.min_confidence)
    kinds = kinds_of_makers(reader, (maker for own in makers.values() for maker in own))
    judged = {**lacking, **verdicts_on(reader, set(ids) - lacking.keys(), where, limits)}
    chains = chains_of(reader, ids)
    known = {row.product_id: row for row in products(reader, product_ids=ids)}
    rows = []
    for one, firms in zip(shown, near, strict=True):
        product, number, verdict = one.product.product_id, one.number, Verdict(judged[one.product.product_id].verdict)
        here = [maker for maker in makers.get(product, ()) if maker.is_here][:_CITED]
        is_unknown = [*np.isnan(one.parts[:3]).tolist(), verdict is Verdict.NOT_ON_RECORD]
        rows.append(
            NextProduct(
                product_id=product,
                name_zh=known[product].name_zh,
                name_en=known[product].name_en,
                chains=[chain.name for chain in chains.get(product, ())],
                score=one.score,
                is_lower_bound=any(unknown and weight > 0 for unknown, weight in zip(is_unknown, weights, strict=True)),
                density=or_none(one.parts[0]),
                near_density=or_none(one.parts[1]),
                pci=or_none(space.pci[number]),
                complexity_gain=or_none(space.gain[number]),
                complexity_part=or_none(one.parts[2]),
                verdict=verdict,
                fills_gap=None if verdict is Verdict.NOT_ON_RECORD else verdict in _FILLS,
                rca=float(space.advantage[number]),
                makers_here=int(space.makers_here[number]),
                makers=judged[product].makers,
                cities=int(space.holders[number]),
                downstream=one.product.downstream,
                near=len(firms),
                near_names=[names[firm] for firm in firms[:_NAMED]],
                evidence_ids=[
                    product,
                    space.city_id,
                    *maker_evidence(here, kinds),
                    *(edge_id("MAKES", *row) for firm in firms[:_NAMED] for row in made.get(firm, ())[:_CITED]),
                ],
            )
        )
    return rows
