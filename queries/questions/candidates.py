"""Who could fill a gap: enterprises here that are near to making the product, and makers elsewhere that could come.

The texts of `candidates.cypher` find who is near some products and why; here each part of the score is made of that.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby, islice, pairwise
from math import fsum
from typing import Annotated, NamedTuple

from pydantic import Field

from graph.ontology import label_of
from graph.texts import Measure, Text, word
from queries.answer import Answer, Row, left_off_note
from queries.cities import City, cities_by_place
from queries.makers import Kinds, Maker, foreign_among, maker_conventions, makers_by_product
from queries.paths import Path, Step, names_on, node_ids, path_evidence, path_text, step_along, step_back, supply_path
from queries.reader import Reader
from queries.registry import question
from queries.scope import (
    ChainName,
    Confidence,
    Fraction,
    Limit,
    Places,
    Scope,
    Several,
    called,
    called_each,
    chain_ids,
    find_node,
    scope,
)
from queries.sections import Sections, by_first
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
from queries.whereabouts import whereabouts_of

_SECTIONS = Sections(__file__)


class Kind(StrEnum):
    """How an enterprise could fill the gap."""

    EXTEND = "extend"
    ATTRACT = "attract"
    UNPLACED_EXTEND = "unplaced_extend"
    UNPLACED_MAKER = "unplaced_maker"


class Closeness(StrEnum):
    """How near what it makes or masters is to the gap, the nearest first."""

    NEAR = "near"
    RELATED = "related"
    DISTANT = "distant"


_CLOSE = {Closeness.NEAR: 0.5, Closeness.RELATED: 0.25, Closeness.DISTANT: 0.0}
"""From which largest of density, nearness and technology on it is so near: another kind of the same product, what goes into
it, and what has less to do with it, as what it goes into.
"""
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
        "cities",
        "control_country",
        "kind",
        "closeness",
        "score",
        "reason",
        "makes_today",
        *PARTS,
    )
    scores = ("score", *PARTS)

    product_id: str
    product_zh: str
    verdict_text: Text
    enterprise_id: str
    name_zh: str
    cities: list[str]
    city_ids: list[str]
    control_country: str | None
    kind: Kind
    closeness: Closeness
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
    reason: Text
    path: list[str]
    evidence_ids: list[str]

    @property
    def place_in_kind(self) -> "tuple[bool, int, bool, float]":
        """By what it is ordered among candidates for the gap of its kind, before its id."""
        return _place_in_kind(self.control_country, self.closeness, self.score)


def _place_in_kind(control: str | None, closeness: Closeness, score: float | None) -> tuple[bool, int, bool, float]:
    """Who is known to be controlled from abroad ends no dependence, and comes last, whoever is nearer first; of equals who is known
    to be controlled from here. Nine places, so that equal scores are equal in whatever order their parts were added.
    """
    from_abroad, may_be = foreign_among([control])
    return bool(from_abroad), [*Closeness].index(closeness), bool(may_be), -round(score or 0.0, 9)


class CandidatesAnswer(Answer):
    """The candidates."""

    rows: list[Candidate]
    gaps: int
    left_off: dict[Kind, int]
    without_candidate: list[str]

    def in_short(self, reader: Reader) -> Text:
        """Who comes first in each way of filling the gap that comes first: the ways are ranked apart."""
        first = self.rows[0]
        values = {"gaps": self.gaps, "rows": len(self.rows)}
        if first.score is None:
            return Text("candidates.headline.unranked", **values)
        firsts = {row.kind: row for row in reversed(self.rows) if row.product_id == first.product_id}
        alike = {
            kind: [row.enterprise_id for row in self.rows if (row.product_id, row.kind, row.place_in_kind) == (first.product_id, kind, firsts[kind].place_in_kind)]
            for kind in Kind if kind in firsts
        }  # fmt: skip
        names = called_each(reader, [one for ids in alike.values() for one in ids[:_NAMED]])
        who = [
            Text(
                f"candidates.headline.{'first' if len(ids) == 1 else 'alike'}", kind=word(kind), score=Measure(firsts[kind].score or 0.0),
                control=_control(firsts[kind].control_country), names=[names[one] for one in ids[:_NAMED]], count=len(ids),
            )
            for kind, ids in alike.items()
        ]  # fmt: skip
        way = "candidates.headline.one" if self.gaps == 1 else "candidates.headline"
        return Text(way, **values, product=called(reader, first.product_id), verdict=first.verdict_text, who=who)


def _control(country: str | None) -> Text | str:
    """A word that it is or may be controlled from abroad."""
    known, most = foreign_among([country])
    return Text(f"candidates.headline.{'abroad' if known else 'unknown'}") if most else ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """Where the answer is read, and what was asked."""

    reader: Reader
    where: Scope
    chains: Sequence[str]
    product: str
    min_confidence: float
    limit: int


@question(order=100)
def candidates(
    reader: Reader,
    *,
    product: str = "",
    chain: ChainName = "",
    places: Places = [],
    kinds: Several[Kind] = [],
    per_gap: Annotated[int, Field(ge=1, le=1_000)] = 3,
    weight_density: Fraction = WEIGHTS[0],
    weight_nearness: Fraction = WEIGHTS[1],
    weight_place: Fraction = WEIGHTS[2],
    weight_scale: Fraction = WEIGHTS[3],
    weight_technology: Fraction = WEIGHTS[4],
    weight_institute: Fraction = WEIGHTS[5],
    min_confidence: Confidence = 0.0,
    limit: Limit = 50,
) -> CandidatesAnswer:
    """Who here is near to making it, who elsewhere could come."""
    asked = _Asked(reader, scope(reader, places), chain_ids(reader, chain), product, min_confidence, limit)
    gaps, count = _gaps(asked)
    weights = (weight_density, weight_nearness, weight_place, weight_scale, weight_technology, weight_institute)
    found, picked, without = Counter[Kind](), list[_Ranked](), list[str]()
    for gap, pairs in _in_blocks(asked, gaps):
        ranked = _ranked(pairs, weights, kinds or list(Kind))
        found.update(one.kind for one in ranked)
        by_kind = groupby(ranked, lambda one: one.kind)
        picked += [one for _, of_kind in by_kind for one in islice(of_kind, limit if product else per_gap)]
        if not ranked:
            without.append(gap.product.name_zh)
        if len(picked) >= limit:
            break
    rows = _rows(reader, asked.where, picked[:limit])
    left_off = {kind: left for kind in Kind if (left := found[kind] - sum(row.kind is kind for row in rows))}
    return CandidatesAnswer(
        rows=rows, gaps=count, left_off=left_off, without_candidate=without,
        looked_at=found.total(), looked_at_what=Text("candidates.pairs"), conventions=_conventions(asked, weights),
        notes=[*_notes(asked, rows, count, bool(sum(weights))), *left_off_note(left_off)],
    )  # fmt: skip


def _gaps(asked: _Asked) -> tuple[list[Judged], int]:
    """The product named, else the first gaps of the chain, the gravest first; and how many there are."""
    reader, where, limits = asked.reader, asked.where, Thresholds(min_confidence=asked.min_confidence)
    if asked.product:
        found = find_node(reader, asked.product, ("Product",)).id
        return [verdicts_on(reader, [found], where, limits)[found]], 1
    counted = verdict_counts(reader, where, asked.chains, limits).by_verdict
    gaps = [verdict for verdict in GAPS if counted[verdict]]
    return worst(reader, where, asked.chains, limits, gaps, asked.limit), sum(counted[verdict] for verdict in gaps)


def _conventions(asked: _Asked, weights: Sequence[float]) -> list[Text]:
    least = asked.min_confidence
    return [
        *maker_conventions(),
        *asked.where.conventions,
        Text("candidates.gaps_are", share_below=SHARE_BELOW, hhi_above=HHI_ABOVE),
        Text("candidates.kinds_are"),
        Text("candidates.narrower_means"),
        Text("candidates.nearness_means"),
        Text("candidates.place_means"),
        Text("candidates.order_means", near=_CLOSE[Closeness.NEAR], related=_CLOSE[Closeness.RELATED]),
        Text("candidates.score_means", **dict(zip(PARTS, weights, strict=True))),
        *([Text("candidates.least_confidence", least=least)] if least else []),
    ]


def _notes(asked: _Asked, rows: Sequence[Candidate], gaps: int, is_weighed: bool) -> list[Text]:
    if not gaps and not product_count(asked.reader):
        return [Text("common.no_product")]
    is_cut = len(rows) >= asked.limit or gaps > asked.limit
    abroad, most = foreign_among(row.control_country for row in rows)
    said = {
        "no_gap": not gaps,
        "control": most,
        "nobody": gaps and not rows,
        "cut": is_cut and not asked.product,
        "no_scale": rows and all(row.scale is None for row in rows),
        "no_weight": not is_weighed,
    }
    values = {"gaps": gaps, "limit": asked.limit, "abroad": abroad, "unknown": most - abroad}
    return [Text(f"candidates.note.{key}", **values) for key, is_so in said.items() if is_so]


# --- what is found around some gaps ------------------------------------------------------------------------------------


class _Product(NamedTuple):
    product_id: str
    name_zh: str
    technologies: int


class _Related(NamedTuple):
    product_id: str
    enterprise_id: str
    near_id: str
    shared_id: str
    proximity: float


class _Beside(NamedTuple):
    product_id: str
    enterprise_id: str
    relation: int
    near_id: str
    through_id: str
    steps: int
    nearness: float


class _Master(NamedTuple):
    product_id: str
    enterprise_id: str
    technology_id: str


class _Researcher(NamedTuple):
    product_id: str
    institute_id: str
    technology_id: str
    place_id: str


class _UserCity(NamedTuple):
    product_id: str
    city_id: str
    users: int
    first_id: str | None


class _Enterprise(NamedTuple):
    enterprise_id: str
    name_zh: str
    control_country: str | None
    is_here: bool
    is_placed: bool
    has_product: bool
    has_technology: bool
    scale: float | None
    registered_capital_10k_cny: float | None
    revenue_10k_cny: float | None
    employees: int | None


class _At(NamedTuple):
    enterprise_id: str
    at_id: str


products = _SECTIONS.rows("products", _Product)
related = _SECTIONS.rows("related", _Related)
masters = _SECTIONS.rows("masters", _Master)
researchers = _SECTIONS.rows("researchers", _Researcher)
user_cities = _SECTIONS.rows("user_cities", _UserCity)
enterprises = _SECTIONS.rows("enterprises", _Enterprise)
seats = _SECTIONS.rows("seats", _At)
cities_here = _SECTIONS.rows("cities_here", _At)

beside = [
    _SECTIONS.rows(name, _Beside)
    for name in ("narrower", "broader", "siblings", "same_inputs", "same_uses", "inputs", "outputs")
]
_NARROWER, _BROADER = 0, 1
_WAYS = (("KIND_OF", ""), ("KIND_OF", "<"), ("KIND_OF", "><"), ("INPUT_OF", "<>"), ("INPUT_OF", "><"), ("INPUT_OF", ">"),
         ("INPUT_OF", "<"))  # fmt: skip
"""By which edges what somebody makes leads to the gap, along or back, for each `relation`, the nearest first."""


@dataclass(slots=True)
class _Ties:
    """What ties an enterprise to a gap."""

    maker: Maker | None = None
    related: list[_Related] = field(default_factory=list)
    beside: list[_Beside] = field(default_factory=list)
    technologies: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Gap:
    """A gap: `proximity` is the sum of φ over all products near it, `researchers` are those of what it needs."""

    product: _Product
    verdict_text: Text
    proximity: float
    user_cities: Sequence[_UserCity]
    researchers: Sequence[_Researcher]
    city: Mapping[str, City]

    def researchers_in(self, cities: Collection[City]) -> list[_Researcher]:
        """Who in some cities researches what it needs."""
        wanted = {city.city_id for city in cities}
        return [row for row in self.researchers if self.city[row.place_id].city_id in wanted]


def _in_blocks(asked: _Asked, gaps: Sequence[Judged]) -> "Iterator[tuple[_Gap, list[_Pair]]]":
    """Each gap with whoever has to do with it; gaps are read together, more and more of them."""
    size = _FIRST
    while gaps:
        yield from _block(asked, gaps[:size])
        gaps, size = gaps[size:], min(2 * size, _BLOCK)


def _block(asked: _Asked, gaps: Sequence[Judged]) -> "Iterator[tuple[_Gap, list[_Pair]]]":
    reader, where, least = asked.reader, asked.where, asked.min_confidence
    ids = [gap.product_id for gap in gaps]
    found = {row.product_id: row for row in products(reader, product_ids=ids)}
    makers = makers_by_product(reader, ids, where, least)
    ties = _ties(reader, ids, makers)
    who = {one for of_gap in ties.values() for one in of_gap}
    known = enterprises(reader, enterprise_ids=who, areas=where.areas, around=where.around)
    by_id = {row.enterprise_id: row for row in known}
    at = by_first(seats(reader, enterprise_ids=who))
    here = by_first(cities_here(reader, enterprise_ids=who, cities=where.cities))
    users = by_first(user_cities(reader, product_ids=ids, cities=where.cities, min_confidence=least))
    research = by_first(researchers(reader, product_ids=ids) if any(row.technologies for row in found.values()) else ())
    places = {row.at_id for rows in at.values() for row in rows}
    city = cities_by_place(reader, places.union(row.place_id for rows in research.values() for row in rows))
    homes = {one: [city[row.at_id] for row in rows] for one, rows in at.items()}
    for judged in gaps:
        one = judged.product_id
        near = {row.near_id: row.proximity for tie in ties[one].values() for row in tie.related}
        of = makers.get(one, ())
        unplaced = sum(maker.is_unplaced for maker in of)
        verdict = verdict_text(Verdict(judged.verdict), len(of) - judged.makers, unplaced)
        gap = _Gap(found[one], verdict, fsum(near.values()), users.get(one, ()), research.get(one, ()), city)
        yield gap, [_Pair(gap, by_id[e], tie, homes.get(e, []), here.get(e, [])) for e, tie in ties[one].items()]


def _ties(
    reader: Reader, ids: Sequence[str], makers: Mapping[str, Sequence[Maker]]
) -> Mapping[str, Mapping[str, _Ties]]:
    """By gap and enterprise."""
    found = {product: defaultdict[str, _Ties](_Ties) for product in ids}
    for maker in (maker for of in makers.values() for maker in of if label_of(maker.enterprise_id) == "Enterprise"):
        found[maker.product_id][maker.enterprise_id].maker = maker
    for row in related(reader, product_ids=ids):
        found[row.product_id][row.enterprise_id].related.append(row)
    for near in (row for makers_beside in beside for row in makers_beside(reader, product_ids=ids)):
        found[near.product_id][near.enterprise_id].beside.append(near)
    for held in masters(reader, product_ids=ids):
        found[held.product_id][held.enterprise_id].technologies.append(held.technology_id)
    return found


# --- the score ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Pair:
    """An enterprise that has to do with a gap."""

    gap: _Gap
    who: _Enterprise
    ties: _Ties
    cities: Sequence[City]  # that it is in, wherever
    cities_here: Sequence[_At]  # of those asked for

    @property
    def kind(self) -> Kind | None:
        """Whoever makes a narrower kind only, or makes it elsewhere, could extend it if here, and come if elsewhere."""
        is_maker = self.ties.maker is not None and not self.ties.maker.steps
        if self.ties.maker and is_maker and self.ties.maker.is_here:
            return None
        if self.who.is_here:
            return Kind.EXTEND
        if not self.who.is_placed:
            return Kind.UNPLACED_MAKER if is_maker else Kind.UNPLACED_EXTEND
        return Kind.ATTRACT if self.ties.maker else None

    def parts(self) -> dict[str, float | None]:
        """The parts of the score by name, in the order of their weights; `None` where not known."""
        ties, who, needed = self.ties, self.who, self.gap.product.technologies
        is_near = self.gap.proximity and who.has_product
        return {
            "density": fsum(row.proximity for row in ties.related) / self.gap.proximity if is_near else None,
            "nearness": 1.0 if ties.maker else max((row.nearness for row in ties.beside), default=0.0),
            "place": self._place(),
            "scale": who.scale,
            "technology": len(ties.technologies) / needed if needed and who.has_technology else None,
            "institute": self._institute(),
        }

    def _place(self) -> float | None:
        if not self.who.is_here:
            return 0.0 if self.who.is_placed else None
        # What it uses itself brings it no nearer to a customer.
        users = (row for row in self.gap.user_cities if row.users > (row.first_id == self.who.enterprise_id))
        return 1.0 if {row.city_id for row in users} & {row.at_id for row in self.cities_here} else 0.5

    def _institute(self) -> float | None:
        needed = self.gap.product.technologies
        if not needed or not self.cities:
            return None
        most = max(len({row.technology_id for row in self.gap.researchers_in([city])}) for city in self.cities)
        return None if not most and any(city.is_wide for city in self.cities) else most / needed

    def near(self) -> list[str]:
        """What it makes near the gap, the nearest first."""
        beside_it = sorted({row.near_id for row in self.ties.beside})
        return list(dict.fromkeys([*(row.near_id for row in self._related()), *beside_it]))

    def _related(self) -> list[_Related]:
        return sorted(self.ties.related, key=lambda row: (-round(row.proximity, 9), row.near_id))

    def institutes(self) -> list[_Researcher]:
        """Institutes of its cities, each with the first needed technology that it researches."""
        found = self.gap.researchers_in(self.cities)
        return [next(of_one) for _, of_one in groupby(found, lambda row: row.institute_id)][:_NAMED]

    def paths(self, kinds: Kinds) -> list[Path]:
        """What is cited of it, the reason first: over what it makes, over technologies, over institutes."""
        who, product = self.who.enterprise_id, self.gap.product.product_id
        held = [("MASTERS", who, technology) for technology in self.ties.technologies[:_NAMED]]
        held += [("RESEARCHES", row.institute_id, row.technology_id) for row in self.institutes()]
        over = ((step_along(edge, one, thing), step_back("NEEDS", product, thing)) for edge, one, thing in held)
        return [*self._over_products(kinds), *over]

    def _over_products(self, kinds: Kinds) -> list[Path]:
        """Up from what it makes, else over what is beside the gap and over makers of both."""
        if self.ties.maker:
            return [supply_path(self.ties.maker, kinds)]
        shared: list[Path] = [
            (step_along("MAKES", row.enterprise_id, row.near_id), step_back("MAKES", row.shared_id, row.near_id),
             step_along("MAKES", row.shared_id, row.product_id))
            for row in self._related()[:1]
        ]  # fmt: skip
        if not self.ties.beside:
            return shared
        row = min(
            self.ties.beside, key=lambda row: (-row.nearness, row.relation, row.steps, row.near_id, row.through_id)
        )
        over = (step_along("MAKES", row.enterprise_id, row.near_id), *_to_gap(row, kinds))
        # Shared makers say more of what it takes to make it than a sibling or an input in common does.
        return [over, *shared] if row.relation <= _BROADER else [*shared, over]


def _to_gap(row: _Beside, kinds: Kinds) -> list[Step]:
    if row.relation == _NARROWER:
        return [Step(edge) for edge in kinds.edges(row.near_id, row.product_id)]
    edge_type, directions = _WAYS[row.relation]
    nodes = (row.near_id, row.through_id, row.product_id) if len(directions) > 1 else (row.near_id, row.product_id)
    return [
        step_along(edge_type, a, b) if direction == ">" else step_back(edge_type, b, a)
        for (a, b), direction in zip(pairwise(nodes), directions, strict=True)
    ]


class _Ranked(NamedTuple):
    """A candidate for a gap with the parts of its score."""

    pair: _Pair
    kind: Kind
    closeness: Closeness
    parts: dict[str, float | None]
    score: float | None


def _ranked(pairs: Iterable[_Pair], weights: Sequence[float], kinds: Sequence[Kind]) -> list[_Ranked]:
    """The candidates for a gap, kind by kind, in each those that could end dependence first, of these the nearest, then the best."""
    whole, found, order = sum(weights), list[_Ranked](), list(Kind)
    for one in pairs:
        if one.kind and one.kind in kinds:
            parts = one.parts()
            total = fsum(w * (part or 0) for w, part in zip(weights, parts.values(), strict=True))
            found.append(_Ranked(one, one.kind, _closeness(parts), parts, total / whole if whole else None))
    return sorted(found, key=lambda r: (
        order.index(r.kind), _place_in_kind(r.pair.who.control_country, r.closeness, r.score), r.pair.who.enterprise_id,
    ))  # fmt: skip


def _closeness(parts: Mapping[str, float | None]) -> Closeness:
    largest = max(round(parts[name] or 0.0, 9) for name in ("density", "nearness", "technology"))
    return next(one for one, least in _CLOSE.items() if largest >= least)


# --- rows --------------------------------------------------------------------------------------------------------------


def _rows(reader: Reader, where: Scope, picked: Sequence[_Ranked]) -> list[Candidate]:
    pairs = [one.pair for one in picked]
    at = whereabouts_of(reader, (one.who.enterprise_id for one in pairs), where)
    below = {row.near_id for one in pairs for row in one.ties.beside if row.relation == _NARROWER}
    kinds = Kinds(reader, below | {one.ties.maker.made_id for one in pairs if one.ties.maker})
    cited, near = [one.paths(kinds) for one in pairs], [one.near() for one in pairs]
    names = names_on(
        reader, (path for paths in cited for path in paths), [product for own in near for product in own[:_NAMED]]
    )
    return [
        Candidate(
            product_id=one.gap.product.product_id,
            product_zh=one.gap.product.name_zh,
            verdict_text=one.gap.verdict_text,
            enterprise_id=one.who.enterprise_id,
            name_zh=one.who.name_zh,
            cities=[place.name for place in at.get(one.who.enterprise_id, ())],
            city_ids=[place.id for place in at.get(one.who.enterprise_id, ())],
            control_country=one.who.control_country,
            kind=ranked.kind,
            closeness=ranked.closeness,
            score=ranked.score,
            **ranked.parts,  # type: ignore[arg-type]
            near_products=len(products_near),
            makes_today=[names[product] for product in products_near[:_NAMED]],
            technologies=[names[technology] for technology in one.ties.technologies[:_NAMED]],
            institutes=[names[row.institute_id] for row in one.institutes()],
            registered_capital_10k_cny=one.who.registered_capital_10k_cny,
            revenue_10k_cny=one.who.revenue_10k_cny,
            employees=one.who.employees,
            reason=path_text(paths[0], names),
            path=node_ids(paths[0]),
            evidence_ids=path_evidence(paths),
        )
        for ranked, one, paths, products_near in zip(picked, pairs, cited, near, strict=True)
    ]
