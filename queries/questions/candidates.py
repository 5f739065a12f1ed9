"""Who could fill a gap: enterprises here that are near to making the product, and makers elsewhere that could come.

The texts of `candidates.cypher` find who is near some products and why; here each part of the score is made of that, and
what is shown is put in words.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby, islice, pairwise
from math import fsum
from operator import itemgetter
from typing import Annotated, NamedTuple, TypeVar

from pydantic import Field

from queries.answer import Answer, Row
from queries.cities import City, cities_by_place
from queries.makers import Kinds, Maker, maker_conventions, makers_by_product
from queries.paths import Path, Step, names_on, node_ids, path_evidence, path_text, step_along, step_back, supply_path
from queries.reader import Reader
from queries.registry import question
from queries.scope import ChainName, Confidence, Limit, Places, Scope, chain_ids, find_node, scope
from queries.sections import Sections
from queries.verdicts import (
    GAPS,
    HHI_ABOVE,
    SHARE_BELOW,
    Judged,
    Thresholds,
    Verdict,
    product_count,
    verdict_counts,
    verdict_text,
    verdicts_on,
    worst,
)

_SECTIONS = Sections(__file__)

R = TypeVar("R", bound=tuple[object, ...])


class Kind(StrEnum):
    """How an enterprise could fill the gap."""

    EXTEND = "extend"
    ATTRACT = "attract"
    UNPLACED_EXTEND = "unplaced_extend"
    UNPLACED_MAKER = "unplaced_maker"

    @property
    def zh(self) -> str:
        """Its Chinese name."""
        return KIND_ZH[self]


KIND_ZH = {
    Kind.EXTEND: "区内可延伸",
    Kind.ATTRACT: "区外可引进",
    Kind.UNPLACED_EXTEND: "地点未定可延伸",
    Kind.UNPLACED_MAKER: "地点未定生产者",
}
PARTS = ("density", "nearness", "place", "scale", "technology", "institute")
"""The parts of the score, in the order of their weights."""
WEIGHTS = (0.3, 0.2, 0.15, 0.1, 0.15, 0.1)
_NAMED = 5
"""Products, technologies and institutes named and cited in a row; all are counted in its parts."""
_FIRST, _BLOCK = 16, 200
"""Gaps that are looked at together, at first and at most: rows are often full after the first."""


class Candidate(Row):
    """An enterprise that could fill a gap, and what speaks for it."""

    key = ("product_id", "enterprise_id")
    table = (
        "product_zh",
        "name_zh",
        "kind_zh",
        "score",
        "density",
        "nearness",
        "place",
        "scale",
        "technology",
        "institute",
        "reason",
    )
    bar = "score"

    product_id: str
    product_zh: str
    verdict_zh: str
    enterprise_id: str
    name_zh: str
    kind: Kind
    kind_zh: str
    score: float | None
    density: float | None
    nearness: float
    place: float | None
    scale: float | None
    technology: float | None
    institute: float | None
    near_products: int
    makes_today: list[str]
    technologies: list[str]
    institutes: list[str]
    registered_capital_10k_cny: float | None
    revenue_10k_cny: float | None
    employees: int | None
    reason: str
    path: list[str]
    evidence_ids: list[str]


class CandidatesAnswer(Answer):
    """The candidates."""

    rows: list[Candidate]
    gaps: int
    without_candidate: list[str]


@question(order=100)
def candidates(
    reader: Reader,
    *,
    product: str = "",
    chain: ChainName = "",
    places: Places = [],
    kinds: list[Kind] = [],
    per_gap: Annotated[
        int,
        Field(ge=1, le=1_000),
    ] = 3,
    weight_density: Annotated[float, Field(ge=0, le=1)] = WEIGHTS[0],
    weight_nearness: Annotated[float, Field(ge=0, le=1)] = WEIGHTS[1],
    weight_place: Annotated[float, Field(ge=0, le=1)] = WEIGHTS[2],
    weight_scale: Annotated[float, Field(ge=0, le=1)] = WEIGHTS[3],
    weight_technology: Annotated[float, Field(ge=0, le=1)] = WEIGHTS[4],
    weight_institute: Annotated[float, Field(ge=0, le=1)] = WEIGHTS[5],
    min_confidence: Confidence = 0.0,
    limit: Limit = 50,
) -> CandidatesAnswer:
    """Who here is near to making it, who elsewhere could come."""
    where, chains = scope(reader, places), chain_ids(reader, chain)
    limits = Thresholds(min_confidence=min_confidence)
    gaps, count = _gaps(reader, product, chains, where, limits, limit)
    weights = (weight_density, weight_nearness, weight_place, weight_scale, weight_technology, weight_institute)
    looked, picked, without = 0, list[_Ranked](), list[str]()
    for gap in _in_blocks(reader, gaps, where, min_confidence):
        ranked = _ranked(gap, weights, kinds or list(Kind))
        looked += len(ranked)
        picked += _best_of_each_kind(ranked, limit if product else per_gap)
        if not ranked:
            without.append(gap.product.name_zh)
        if len(picked) >= limit:
            break
    rows = _rows(reader, picked[:limit])
    return CandidatesAnswer(
        rows=rows, gaps=count, without_candidate=without, looked_at=looked,
        looked_at_what="企业与缺口的组合 pairs of an enterprise and a gap",
        conventions=_conventions(where, weights, min_confidence),
        notes=_notes(reader, rows, count, limit, product, sum(weights)),
    )  # fmt: skip


def _gaps(
    reader: Reader, product: str, chains: Sequence[str], where: Scope, limits: Thresholds, most: int
) -> tuple[list[Judged], int]:
    """The product named, else the first `most` gaps of the chain, the gravest first; and how many there are."""
    if product:
        found = find_node(reader, product, ("Product",)).id
        return [verdicts_on(reader, [found], where, limits)[found]], 1
    counted = verdict_counts(reader, where, chains, limits).by_verdict
    gaps = worst(reader, where, chains, limits, [verdict for verdict in GAPS if counted[verdict]], most)
    return gaps, sum(counted[verdict] for verdict in GAPS)


# --- what is found around some gaps ------------------------------------------------------------------------------------


class _Product(NamedTuple):
    product_id: str
    name_zh: str
    technologies: int


class _Related(NamedTuple):
    product_id: str
    enterprise_id: str
    near_id: str
    near_zh: str
    shared_id: str
    proximity: float


class _Beside(NamedTuple):
    product_id: str
    enterprise_id: str
    near_id: str
    near_zh: str
    through_id: str
    steps: int
    nearness: float


class _Master(NamedTuple):
    product_id: str
    enterprise_id: str
    technology_id: str
    technology_zh: str


class _Researcher(NamedTuple):
    product_id: str
    institute_id: str
    institute_zh: str
    technology_id: str
    place_id: str


class _UserCity(NamedTuple):
    product_id: str
    city_id: str
    users: int
    first_id: str | None


class _EnterpriseCity(NamedTuple):
    enterprise_id: str
    city_id: str


class _Enterprise(NamedTuple):
    enterprise_id: str
    name_zh: str
    is_here: bool
    is_placed: bool
    has_product: bool
    has_technology: bool
    scale: float | None
    registered_capital_10k_cny: float | None
    revenue_10k_cny: float | None
    employees: int | None


class _Seat(NamedTuple):
    enterprise_id: str
    place_id: str


products = _SECTIONS.rows("products", _Product)
related = _SECTIONS.rows("related", _Related)
narrower = _SECTIONS.rows("narrower", _Beside)
broader = _SECTIONS.rows("broader", _Beside)
siblings = _SECTIONS.rows("siblings", _Beside)
same_inputs = _SECTIONS.rows("same_inputs", _Beside)
same_uses = _SECTIONS.rows("same_uses", _Beside)
inputs = _SECTIONS.rows("inputs", _Beside)
outputs = _SECTIONS.rows("outputs", _Beside)
masters = _SECTIONS.rows("masters", _Master)
researchers = _SECTIONS.rows("researchers", _Researcher)
user_cities = _SECTIONS.rows("user_cities", _UserCity)
cities_here = _SECTIONS.rows("cities_here", _EnterpriseCity)
enterprises = _SECTIONS.rows("enterprises", _Enterprise)
seats = _SECTIONS.rows("seats", _Seat)


_RELATIONS: tuple[tuple[Callable[..., list[_Beside]], str, str], ...] = (
    (narrower, "KIND_OF", ""),
    (broader, "KIND_OF", "<"),
    (siblings, "KIND_OF", "><"),
    (same_inputs, "INPUT_OF", "<>"),
    (same_uses, "INPUT_OF", "><"),
    (inputs, "INPUT_OF", ">"),
    (outputs, "INPUT_OF", "<"),
)
"""How what somebody makes can be beside a gap, the nearest first: who does, by which edges it leads to the gap, along or back."""
_NARROWER, _BROADER = 0, 1


@dataclass(slots=True)
class _Ties:
    """What ties an enterprise to a gap. `beside` has the place of the relation in `_RELATIONS`."""

    maker: Maker | None = None
    related: list[_Related] = field(default_factory=list)
    beside: list[tuple[int, _Beside]] = field(default_factory=list)
    technologies: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Gap:
    """A gap, and everybody who has to do with it."""

    product: _Product
    verdict_zh: str
    ties: Mapping[str, _Ties]
    user_cities: Sequence[_UserCity]
    researchers: Sequence[_Researcher]
    known: "_Known"

    def proximities(self) -> float:
        """The sum of φ over all products near it."""
        return fsum({row.near_id: row.proximity for ties in self.ties.values() for row in ties.related}.values())

    def researchers_in(self, city_ids: Collection[str]) -> list[_Researcher]:
        """Who in some cities researches what it needs."""
        return [row for row in self.researchers if self.known.city[row.place_id].city_id in city_ids]


@dataclass(slots=True)
class _Known:
    """What is known of the enterprises around some gaps: their cities of those asked for, and the places where they are."""

    enterprises: Mapping[str, _Enterprise]
    cities_here: Mapping[str, Sequence[_EnterpriseCity]]
    seats: Mapping[str, Sequence[_Seat]]
    city: Mapping[str, City]

    def cities_of(self, enterprise_id: str) -> list[City]:
        """The cities that an enterprise is in, wherever."""
        return [self.city[seat.place_id] for seat in self.seats.get(enterprise_id, ())]


def _in_blocks(reader: Reader, gaps: Sequence[Judged], where: Scope, min_confidence: float) -> Iterator[_Gap]:
    """Each gap with what is found around it; gaps are read together, more and more of them."""
    size = _FIRST
    while gaps:
        yield from _block(reader, gaps[:size], where, min_confidence)
        gaps, size = gaps[size:], min(2 * size, _BLOCK)


def _block(reader: Reader, gaps: Sequence[Judged], where: Scope, min_confidence: float) -> Iterator[_Gap]:
    ids = [gap.product_id for gap in gaps]
    found = {row.product_id: row for row in products(reader, product_ids=ids)}
    makers = makers_by_product(reader, ids, where, min_confidence)
    ties = _ties(reader, ids, makers)
    users = user_cities(reader, product_ids=ids, cities=where.cities, min_confidence=min_confidence)
    research = researchers(reader, product_ids=ids) if any(row.technologies for row in found.values()) else []
    known = _known(reader, sorted({who for of_gap in ties.values() for who in of_gap}), research, where)
    by_user, by_need = _by_first(users), _by_first(research)
    for gap in gaps:
        one = gap.product_id
        verdict = verdict_text(Verdict(gap.verdict), len(makers.get(one, ())) - gap.makers)
        yield _Gap(found[one], verdict, ties[one], by_user.get(one, ()), by_need.get(one, ()), known)


def _ties(
    reader: Reader, ids: Sequence[str], makers: Mapping[str, Sequence[Maker]]
) -> Mapping[str, Mapping[str, _Ties]]:
    """By gap and enterprise."""
    found = {product: defaultdict[str, _Ties](_Ties) for product in ids}
    for maker in (maker for of in makers.values() for maker in of):
        found[maker.product_id][maker.enterprise_id].maker = maker
    for row in related(reader, product_ids=ids):
        found[row.product_id][row.enterprise_id].related.append(row)
    for relation, (makers_beside, *_) in enumerate(_RELATIONS):
        for beside in makers_beside(reader, product_ids=ids):
            found[beside.product_id][beside.enterprise_id].beside.append((relation, beside))
    for held in masters(reader, product_ids=ids):
        found[held.product_id][held.enterprise_id].technologies[held.technology_id] = held.technology_zh
    return found


def _known(reader: Reader, who: Sequence[str], research: Sequence[_Researcher], where: Scope) -> _Known:
    if not who:
        return _Known({}, {}, {}, cities_by_place(reader, [row.place_id for row in research]))
    at = _by_first(seats(reader, enterprise_ids=who))
    places = {seat.place_id for of_one in at.values() for seat in of_one}.union(row.place_id for row in research)
    return _Known(
        {row.enterprise_id: row for row in enterprises(reader, enterprise_ids=who, areas=where.areas, around=where.around)},
        _by_first(cities_here(reader, enterprise_ids=who, cities=where.cities)), at, cities_by_place(reader, places),
    )  # fmt: skip


def _by_first(rows: Iterable[R]) -> dict[str, list[R]]:
    """Rows by what stands in their first column, by which they are ordered."""
    return {key: list(group) for key, group in groupby(rows, itemgetter(0))}


# --- the score ---------------------------------------------------------------------------------------------------------


class _Ranked(NamedTuple):
    """A candidate for a gap with the parts of its score."""

    gap: _Gap
    enterprise: _Enterprise
    ties: _Ties
    kind: Kind
    parts: tuple[float | None, ...]
    score: float | None


def _ranked(gap: _Gap, weights: Sequence[float], kinds: Sequence[Kind]) -> list[_Ranked]:
    """The candidates for a gap, kind by kind, the best first."""
    whole, proximities, found = sum(weights), gap.proximities(), list[_Ranked]()
    for enterprise_id, ties in gap.ties.items():
        enterprise = gap.known.enterprises[enterprise_id]
        kind = _kind(enterprise, ties)
        if kind and kind in kinds:
            parts = (
                _density(ties, proximities, enterprise),
                1.0 if ties.maker else max((row.nearness for _, row in ties.beside), default=0.0),
                _place(gap, enterprise),
                enterprise.scale,
                _technology(gap, ties, enterprise),
                _institute(gap, enterprise_id),
            )
            score = fsum(w * (part or 0) for w, part in zip(weights, parts, strict=True)) / whole if whole else None
            found.append(_Ranked(gap, enterprise, ties, kind, parts, score))
    order = list(Kind)
    # Nine places, so that equal scores are equal in whatever order their parts were added.
    return sorted(found, key=lambda r: (order.index(r.kind), -round(r.score or 0, 9), r.enterprise.enterprise_id))


def _best_of_each_kind(ranked: Iterable[_Ranked], most: int) -> list[_Ranked]:
    by_kind = groupby(ranked, lambda one: one.kind)
    return [one for _, of_kind in by_kind for one in islice(of_kind, most)]


def _kind(enterprise: _Enterprise, ties: _Ties) -> Kind | None:
    """Whoever makes a narrower kind only could extend it if here, and come if elsewhere."""
    is_maker = ties.maker is not None and not ties.maker.steps
    if enterprise.is_here:
        return None if is_maker else Kind.EXTEND
    if not enterprise.is_placed:
        return Kind.UNPLACED_MAKER if is_maker else Kind.UNPLACED_EXTEND
    return Kind.ATTRACT if ties.maker else None


def _density(ties: _Ties, proximities: float, enterprise: _Enterprise) -> float | None:
    is_known = proximities and enterprise.has_product
    return fsum(row.proximity for row in ties.related) / proximities if is_known else None


def _place(gap: _Gap, enterprise: _Enterprise) -> float | None:
    if not enterprise.is_here:
        return 0.0 if enterprise.is_placed else None
    own = {row.city_id for row in gap.known.cities_here.get(enterprise.enterprise_id, ())}
    # What it uses itself brings it no nearer to a customer.
    has_users = any(
        row.users > (row.first_id == enterprise.enterprise_id) for row in gap.user_cities if row.city_id in own
    )
    return 1.0 if has_users else 0.5


def _technology(gap: _Gap, ties: _Ties, enterprise: _Enterprise) -> float | None:
    needed = gap.product.technologies
    return len(ties.technologies) / needed if needed and enterprise.has_technology else None


def _institute(gap: _Gap, enterprise_id: str) -> float | None:
    needed, cities = gap.product.technologies, gap.known.cities_of(enterprise_id)
    if not needed or not cities:
        return None
    most = max(len({row.technology_id for row in gap.researchers_in([city.city_id])}) for city in cities)
    return None if not most and any(city.is_wide for city in cities) else most / needed


# --- rows --------------------------------------------------------------------------------------------------------------


class _Shown(NamedTuple):
    """What is named and cited of a candidate."""

    paths: Sequence[Path]  # the one in words first
    near: Sequence[str]  # names of the products that it makes near the gap, the nearest first
    institutes: Sequence[_Researcher]


def _rows(reader: Reader, picked: Sequence[_Ranked]) -> list[Candidate]:
    below = {row.near_id for one in picked for relation, row in one.ties.beside if relation == _NARROWER}
    kinds = Kinds(reader, below)
    shown = [_shown(one, kinds) for one in picked]
    names = names_on(reader, (path for one in shown for path in one.paths))
    return [_row(one, beside, names) for one, beside in zip(picked, shown, strict=True)]


def _row(one: _Ranked, shown: _Shown, names: Mapping[str, str]) -> Candidate:
    product, who = one.gap.product, one.enterprise
    return Candidate(
        product_id=product.product_id,
        product_zh=product.name_zh,
        verdict_zh=one.gap.verdict_zh,
        enterprise_id=who.enterprise_id,
        name_zh=who.name_zh,
        kind=one.kind,
        kind_zh=one.kind.zh,
        score=one.score,
        **dict(zip(PARTS, one.parts, strict=True)),  # type: ignore[arg-type]
        near_products=len(shown.near),
        makes_today=list(shown.near[:_NAMED]),
        technologies=list(one.ties.technologies.values())[:_NAMED],
        institutes=[row.institute_zh for row in shown.institutes],
        registered_capital_10k_cny=who.registered_capital_10k_cny,
        revenue_10k_cny=who.revenue_10k_cny,
        employees=who.employees,
        reason=path_text(shown.paths[0], names),
        path=node_ids(shown.paths[0]),
        evidence_ids=path_evidence(shown.paths),
    )


def _shown(one: _Ranked, kinds: Kinds) -> _Shown:
    gap, who, ties = one.gap, one.enterprise.enterprise_id, one.ties
    nearest = sorted(ties.related, key=lambda row: (-round(row.proximity, 9), row.near_id))
    near = {row.near_id: row.near_zh for row in nearest}
    near |= {row.near_id: row.near_zh for _, row in sorted(ties.beside, key=lambda of: of[1].near_id)
             if row.near_id not in near}  # fmt: skip
    first: dict[str, _Researcher] = {}
    for row in gap.researchers_in({city.city_id for city in gap.known.cities_of(who)}):
        first.setdefault(row.institute_id, row)
    institutes = list(first.values())[:_NAMED]
    product = gap.product.product_id
    paths = [
        *_over_products(who, ties, nearest[:1], kinds),
        *(_over("MASTERS", who, technology, product) for technology in list(ties.technologies)[:_NAMED]),
        *(_over("RESEARCHES", row.institute_id, row.technology_id, product) for row in institutes),
    ]
    return _Shown(paths, list(near.values()), institutes)


def _over_products(who: str, ties: _Ties, nearest: Sequence[_Related], kinds: Kinds) -> list[Path]:
    """The paths over what it makes: up from it, else over what is beside the gap and over makers of both."""
    if ties.maker:
        return [supply_path(ties.maker, kinds)]
    shared: list[Path] = [
        (step_along("MAKES", who, row.near_id), step_back("MAKES", row.shared_id, row.near_id),
         step_along("MAKES", row.shared_id, row.product_id))
        for row in nearest
    ]  # fmt: skip
    if not ties.beside:
        return shared
    relation, row = min(ties.beside, key=_farness)
    over = (step_along("MAKES", who, row.near_id), *_to_gap(relation, row, kinds))
    # Shared makers say more of what it takes to make it than a sibling or an input in common does.
    return [over, *shared] if relation <= _BROADER else [*shared, over]


def _farness(of: tuple[int, _Beside]) -> tuple[float, int, int, str, str]:
    relation, row = of
    return (-row.nearness, relation, row.steps, row.near_id, row.through_id)


def _to_gap(relation: int, row: _Beside, kinds: Kinds) -> list[Step]:
    if relation == _NARROWER:
        return [Step(edge) for edge in kinds.edges(row.near_id, row.product_id)]
    _, edge_type, directions = _RELATIONS[relation]
    nodes = (row.near_id, row.through_id, row.product_id) if len(directions) > 1 else (row.near_id, row.product_id)
    return [
        step_along(edge_type, a, b) if direction == ">" else step_back(edge_type, b, a)
        for (a, b), direction in zip(pairwise(nodes), directions, strict=True)
    ]


def _over(edge_type: str, who: str, technology: str, product: str) -> Path:
    return (step_along(edge_type, who, technology), step_back("NEEDS", product, technology))


# --- conventions and notes ---------------------------------------------------------------------------------------------


def _conventions(where: Scope, weights: Sequence[float], min_confidence: float) -> list[str]:
    weighed = ", ".join(f"{part} {weight:g}" for part, weight in zip(PARTS, weights, strict=True))
    conventions = [
        *maker_conventions(),
        *where.conventions,
        f"缺口：判定为缺链、仅有细分品、断链风险、弱链、集中或未见记录的产品，阈值用“断链与缺口”的默认值（{SHARE_BELOW:g}、{HHI_ABOVE:g}）。 Gaps are "
        "products judged missing, narrower_only, single_source, weak, concentrated or not_on_record, by the default "
        f"thresholds of the question gaps ({SHARE_BELOW:g}, {HHI_ABOVE:g}).",
        "区内可延伸：在所问地区、尚无生产该产品本身的记录，但产品或技术与之相近；区外可引进：已生产它或其细分品、地点确知在区外；地点未定的另列。 extend: "
        "here, not on record as making the product itself, near it by products or technology; attract: makes it or a narrower "
        "kind, known to be elsewhere; those of unknown place are apart.",
        "只生产细分品的不算该产品本身的生产者：在区内的列为可延伸，产品邻近计 1。 Who makes only a narrower kind does not make the product "
        "itself: here it is one to extend, with a nearness of 1.",
        "关联密度：ω = Σ M φ / Σ φ，对企业计（Hidalgo 2007），用直接生产记录，不用份额；产品邻近：生产该产品、其细分品或上位产品 1，同类细分品 0.5，投入或用"
        "途相同 0.5 × 共有 / 全部，生产其投入 0.3、其下游产品 0.2，取最大。 density over enterprises, of direct MAKES edges, no shares; "
        "nearness: makes the product, a narrower or a broader one 1, another kind of the same 0.5, inputs or uses in common "
        "0.5 × common / either, an input 0.3, what it goes into 0.2; the largest.",
        "地点：与区内其他用户（其直接下游产品的生产者）同城 1，区内 0.5，区外 0；规模：注册资本、营收、人数在已知企业中的名次均值；技术、院所：占该"
        "产品所需技术的比例；同城按地级市（上海按区）。 place: in a city of other users here (makers of what it goes into) 1, here "
        "0.5, elsewhere 0; scale: mean rank among enterprises where known; technology, institute: part of the needed "
        "technologies; a city is a prefecture, in 上海 a district.",
        f"得分是各项的加权平均，未知项计 0（得分因此是下限）；各方式分别排列；权重： score is the weighted mean of its parts, an unknown "
        f"part counts 0, so that it is a lower bound; each kind is ranked apart; weights: {weighed}.",
    ]
    if min_confidence:
        conventions.append(
            f"生产者和用户的记录，置信度至少 {min_confidence:g}；关联密度与产品邻近用全部记录。 Makers and users count from a confidence of "
            f"{min_confidence:g} on; density and nearness use every record."
        )
    return conventions


def _notes(reader: Reader, rows: Sequence[Candidate], gaps: int, limit: int, product: str, weight: float) -> list[str]:
    if not gaps and not product_count(reader)[0].products:
        return ["图中没有产品。 The graph has no product."]
    notes = []
    if not gaps:
        notes.append("该产业链没有缺口记录。 The chain has no gap on record.")
    elif not rows:
        notes.append("没有记录在案的候选企业；不等于没有。 No candidate on record, which is not none.")
    if len(rows) >= limit or gaps > limit:
        notes.append(
            f"共 {gaps} 个缺口，由重到轻，只列到 {limit} 行为止。 Of {gaps} gaps the gravest are looked at, until {limit} rows are full."
            if not product
            else f"只列前 {limit} 行。 The first {limit} rows are shown."
        )
    if rows and all(row.scale is None for row in rows):
        notes.append(
            "所列企业的规模都未知，规模项计 0。 The size of none of these enterprises is known: scale counts 0."
        )
    if not weight:
        notes.append("权重全为 0，没有得分，按编号排列。 All weights are 0: no score, in the order of ids.")
    return notes
