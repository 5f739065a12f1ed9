"""Whom an enterprise, or the makers of a product, could work with, each with the path that is the reason and a score."""

import json
import math
import pathlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from graph.model import Node, ends
from graph.ontology import label_of
from graph.texts import Share, Text, label, word
from queries.amounts import money
from queries.answer import Answer, Row, cut_note
from queries.makers import Kinds, maker_conventions
from queries.paths import Path, Step, names_on, node_ids, path_evidence, path_text, step_along
from queries.proximity import densities
from queries.reader import Reader
from queries.registry import question
from queries.relations import control_countries
from queries.scope import (
    Confidence,
    Fraction,
    Limit,
    Places,
    Scope,
    Several,
    area_of,
    called,
    find_node,
    name_of,
    scope,
    wider_places,
)
from queries.sections import Sections
from queries.whereabouts import whereabouts_of

_SECTIONS = Sections(__file__)


class Basis(StrEnum):
    """Whether a partner is one on record, or could be one."""

    RECORDED = "recorded"
    INFERRED = "inferred"


class ShareOf(StrEnum):
    """Of what the share of a sale is."""

    BUYER_PURCHASES = "buyer_purchases"
    ALL_PURCHASES = "all_purchases"
    SUPPLIER_REVENUE = "supplier_revenue"


class Role(StrEnum):
    """What a partner is or could be."""

    SUPPLIER = "supplier"
    FILLS_MISSING = "fills_missing"
    BUYER = "buyer"
    MAKER = "maker"
    RESEARCH = "research"
    CO_INVESTOR = "co_investor"
    HOLDING = "holding"


_CITED = 20
"""Paths cited in a row; all are counted."""
PARTS = ("complement", "alternative", "relatedness", "same_place", "shared_technology")
"""The parts of the score, in the order of their weights."""
WEIGHTS = (0.3, 0.2, 0.2, 0.15, 0.15)


class Partner(Row):
    """A partner in one role, on record or possible, with the path that is the reason."""

    key = ("partner_id", "role")
    table = (
        "name_zh", "cities", "control_country", "basis", "is_same_group", "role", "score", "reason", "sold_products", "dealing", *PARTS, "is_local", "reasons",
        "broader_kind",
    )  # fmt: skip
    of_some = ("sold_products", "dealing", "is_same_group")
    scores = ("score", *PARTS)

    partner_id: str
    name_zh: str
    cities: list[str]
    city_ids: list[str]
    control_country: str | None
    basis: Basis
    role: Role
    sold_products: list[str]
    dealing: Text | None
    amount_10k_cny: float | None
    share: float | None
    share_of: ShareOf | None
    share_year: int | None
    score: float | None
    complement: float | None
    alternative: float | None
    relatedness: float | None
    same_place: float | None
    shared_technology: float | None
    is_local: bool | None
    is_same_place: bool | None
    reasons: int
    reason: Text
    broader_kind: str | None
    is_same_group: bool | None
    path: list[str]
    evidence_ids: list[str]


class PartnersAnswer(Answer):
    """Possible partners."""

    about = ()
    rows: list[Partner]
    by_role: dict[Role, int]
    recorded: int
    same_group: int

    def in_short(self, reader: Reader) -> Text:
        """How many partners in each role, the first, and how many are of the same group, which are none of its own."""
        parts = [Text("partners.headline.part", role=role, count=n) for role, n in self.by_role.items() if n]
        group = Text("partners.headline.group", count=self.same_group) if self.same_group else ""
        return Text(
            f"partners.headline{'' if self.recorded else '.inferred'}" if parts else "partners.headline.none", looked=self.looked_at - self.same_group,
            recorded=self.recorded, parts=parts, name=called(reader, self.rows[0].partner_id), group=group,
        )  # fmt: skip


@question(order=120)
def partners(
    reader: Reader,
    *,
    subject: str,
    places: Places = [],
    roles: Several[Role] = [],
    weight_complement: Fraction = WEIGHTS[0],
    weight_alternative: Fraction = WEIGHTS[1],
    weight_relatedness: Fraction = WEIGHTS[2],
    weight_place: Fraction = WEIGHTS[3],
    weight_technology: Fraction = WEIGHTS[4],
    min_confidence: Confidence = 0.0,
    limit: Limit = 50,
) -> PartnersAnswer:
    """Who could supply, buy, fill in, research, and why."""
    where = scope(reader, places)
    one = _subject(reader, find_node(reader, subject, ("Enterprise", "Product")), where, min_confidence)
    ways = [way for way in _ways(reader, one) if way.partner_id != one.node.id]
    weights = (weight_complement, weight_alternative, weight_relatedness, weight_place, weight_technology)
    fit = _fit(reader, one, ways, min_confidence)
    rated = _rated((way for way in ways if way.role in (roles or Role)), fit, weights)
    apart = [row for row in rated if not row.is_same_group]
    return PartnersAnswer(
        rows=_rows(reader, where, one, rated[:limit]),
        by_role={role: sum(row.role is role for row in apart) for role in Role},
        recorded=sum(row.deal is not None for row in apart),
        same_group=len(rated) - len(apart),
        looked_at=len(rated),
        looked_at_what=Text("partners.by_role"),
        conventions=_conventions(where, weights, min_confidence),
        notes=_notes(rated, weights, limit) if ways else [Text("partners.note.nothing", name=name_of(one.node))],
    )


def _conventions(where: Scope, weights: Sequence[float], min_confidence: float) -> list[Text]:
    return [
        *maker_conventions(min_confidence),
        *where.conventions,
        Text("partners.recorded_means"),
        Text("partners.supplier_means"),
        Text("partners.broader_kind_means"),
        Text("partners.same_group_means"),
        Text("partners.research_means"),
        Text("partners.score_means", **dict(zip(PARTS, weights, strict=True))),
        Text("partners.parts_mean"),
        Text("partners.same_place_means"),
        *skill_conventions(),
    ]


def _notes(rated: "Sequence[_Rated]", weights: Sequence[float], limit: int) -> list[Text]:
    notes = cut_note(len(rated), limit)
    if rated and not sum(weights):
        notes.append(Text("partners.note.no_weight"))
    unknown = [part for part in PARTS if rated and all(row.parts[part] is None for row in rated)]
    if unknown:
        notes.append(Text("partners.note.unknown", parts=[label("partners", "column", part) for part in unknown]))
    return notes


SKILL_FILE = pathlib.Path(__file__).parent / "partners_skill.json"


@cache
def skill_conventions() -> tuple[Text, ...]:
    """How well the score finds links that were held back, as `bench.partners` measured it; empty where it did not."""
    if not SKILL_FILE.exists():
        return ()
    measured = json.loads(SKILL_FILE.read_text(encoding="utf-8"))
    return tuple(_skill(run, measured["measured_on"]) for run in measured["runs"])


def _skill(run: Mapping[str, Any], day: str) -> Text:
    scores: Mapping[str, Mapping[str, float]] = run["scores"]
    own, others = scores["partners"], [found for name, found in scores.items() if name != "partners"]
    is_better = all(own[measure] > other[measure] for other in others for measure in ("auc", "mrr"))
    said = [
        Text("partners.skill.of", method=Text(f"partners.method.{name}"), **found) for name, found in scores.items()
    ]
    return Text(
        f"partners.skill.{'better' if is_better else 'not_better'}", data=run["data"], day=day, seeds=run["seeds"],
        hidden=run["hidden"], scores=said,
    )  # fmt: skip


# --- what the texts find -----------------------------------------------------------------------------------------------


class _Made(NamedTuple):
    product_id: str
    edge_id: str


class _Trade(NamedTuple):
    own_id: str
    at_id: str
    offered_id: str
    edge_id: str
    partner_id: str | None
    made_id: str
    steps: int | None
    is_sure: bool

    @property
    def is_input(self) -> bool:
        """Whether what is offered goes into the own product, or else the own product into that."""
        return ends(self.edge_id)[2] == self.at_id


class _Supply(NamedTuple):
    offered_id: str
    partner_id: str
    made_id: str
    steps: int


class _Work(NamedTuple):
    own_id: str
    thing_id: str
    need_id: str
    partner_id: str | None
    edge_id: str | None


class _InCommon(NamedTuple):
    over_id: str
    partner_id: str
    own_id: str
    their_id: str


class _Sale(NamedTuple):
    """What is on record of a sale; as that of another deal nothing but the deal."""

    partner_id: str
    edge_id: str
    product_id: str | None = None
    amount_10k_cny: float | None = None
    share: float | None = None
    share_of: str | None = None
    share_year: int | None = None


class _OnRecord(NamedTuple):
    partner_id: str
    edge_id: str


class _At(NamedTuple):
    place_id: str
    city_id: str | None


class _Supplies(NamedTuple):
    partner_id: str
    products: int


class _Knowledge(NamedTuple):
    partner_id: str
    known: int
    shared: int


class _Whereabouts(NamedTuple):
    partner_id: str
    is_here: bool
    is_placed: bool
    is_same_city: bool
    is_in_own_place: bool
    is_in_wider_place: bool
    has_place: bool

    @property
    def may_be_here(self) -> bool:
        """Whether it is in the places or may be, as far as is known."""
        return self.is_here or not self.is_placed

    @property
    def same_place(self) -> float | None:
        """Whether it is in the same city: 1, 0, `None` where that is not known."""
        if self.is_same_city:
            return 1.0
        return None if self.is_in_own_place or self.is_in_wider_place or not self.has_place else 0.0


own_products = _SECTIONS.rows("own_products", _Made)
suppliers_and_buyers = _SECTIONS.rows("suppliers_and_buyers", _Trade)
makers = _SECTIONS.rows("makers", _Supply)
researchers = _SECTIONS.rows("researchers", _Work)
fellow_researchers = _SECTIONS.rows("fellow_researchers", _Work)
in_common = _SECTIONS.rows("in_common", _InCommon)
sales = _SECTIONS.rows("sales", _Sale)
on_record = _SECTIONS.rows("on_record", _OnRecord)
same_group = _SECTIONS.ids("same_group", "enterprise_id")
own_places = _SECTIONS.rows("own_places", _At)
supplies = _SECTIONS.rows("supplies", _Supplies)
knowledge = _SECTIONS.rows("knowledge", _Knowledge)
whereabouts = _SECTIONS.rows("whereabouts", _Whereabouts)


@dataclass(frozen=True, slots=True)
class _Subject:
    """An enterprise with what it makes, or a product by itself, what is around it in the graph, and where everybody is."""

    node: Node
    own: Mapping[str, Path]  # from each own product to the one asked about
    trades: Sequence[_Trade]
    works: Sequence[_Work]
    makers: Sequence[_Supply]
    common: Sequence[_InCommon]
    dealings: Sequence[_Sale]
    at: Mapping[str, _Whereabouts]
    group: set[str]

    @property
    def things(self) -> set[str]:
        """The technologies that it needs or masters and the institutes that it cooperates with."""
        return {row.thing_id for row in self.works}


def _subject(reader: Reader, node: Node, where: Scope, least: float) -> _Subject:
    own, supply, fellows, common, dealings = dict[str, Path]({node.id: ()}), [], [], [], []
    products = [node.id]
    if node.label == "Product":
        supply = makers(reader, product_id=node.id, min_confidence=least)
    else:
        made = own_products(reader, enterprise_id=node.id, min_confidence=least)
        own |= {row.product_id: (Step(row.edge_id, is_along=False),) for row in made}
        products = [row.product_id for row in made]
        fellows, common = fellow_researchers(reader, enterprise_id=node.id), in_common(reader, enterprise_id=node.id)
        dealings = sales(reader, enterprise_id=node.id)
        dealings += [_Sale(*row) for row in on_record(reader, enterprise_id=node.id)]
    trades = suppliers_and_buyers(reader, product_ids=products, min_confidence=least)
    works = [*researchers(reader, product_ids=products), *fellows]
    everyone = {row.partner_id for rows in (trades, works, supply, common, dealings) for row in rows}
    partner_ids = sorted(one for one in everyone if one)
    at = _whereabouts(reader, node, partner_ids, where)
    group = set(same_group(reader, enterprise_id=node.id, partner_ids=partner_ids))
    return _Subject(node, own, trades, works, supply, common, dealings, at, group)


def _whereabouts(reader: Reader, node: Node, partner_ids: Sequence[str], where: Scope) -> Mapping[str, _Whereabouts]:
    at = own_places(reader, enterprise_id=node.id) if node.label == "Enterprise" else []
    places = [row.place_id for row in at]
    rows = whereabouts(
        reader, partner_ids=partner_ids, areas=where.areas, around=where.around,
        own_cities={row.city_id for row in at if row.city_id}, own_areas=[area_of(place) for place in places],
        wider={row.wider_id for row in wider_places(reader, place_ids=places)},
    )  # fmt: skip
    # Where the place of the one asked about is not known, nobody is known to be in the same city or apart from it.
    return {row.partner_id: row if places else row._replace(has_place=False) for row in rows}


# --- ways to possible partners -----------------------------------------------------------------------------------------


class _Way(NamedTuple):
    """A way from a partner to the one asked about: from what it makes up to what it offers, if any, then `steps`."""

    role: Role
    partner_id: str
    steps: Path
    offered_id: str = ""
    made_id: str = ""
    climbs: int = 0
    broader_id: str = ""
    deal: _Sale | None = None

    @property
    def order(self) -> tuple[bool, bool, int]:
        """What is on record comes first, then what leads over the own product itself, then what is shorter."""
        return not self.deal, bool(self.broader_id), len(self.steps) + bool(self.made_id) + self.climbs

    def path(self, kinds: Kinds) -> Path:
        """All its steps."""
        if not self.made_id:
            return self.steps
        up = (Step(edge) for edge in kinds.edges(self.made_id, self.offered_id))
        return (step_along("MAKES", self.partner_id, self.made_id), *up, *self.steps)


def _ways(reader: Reader, one: _Subject) -> Iterable[_Way]:
    """What is on record, then over goods, over technologies and over institutes and enterprises in common."""
    yield from _recorded(one)
    yield from _over_goods(reader, one)
    for own, technology, need, partner, work in one.works:
        if partner and work:
            yield _Way(Role.RESEARCH, partner, (Step(work), Step(need, is_along=False), *one.own[own]), technology)
    for over, partner, own, their in one.common:
        role = Role.RESEARCH if label_of(over) == "Institute" else Role.CO_INVESTOR
        yield _Way(role, partner, (Step(their), Step(own, is_along=False)))


def _recorded(one: _Subject) -> Iterable[_Way]:
    """Suppliers and buyers by sales, partners in research by cooperations, and whom shares join to the enterprise."""
    for deal in one.dealings:
        step = Step(deal.edge_id, is_along=ends(deal.edge_id)[2] == one.node.id)
        role = {"OWNS": Role.HOLDING, "COOPERATES_WITH": Role.RESEARCH}.get(
            step.type, Role.SUPPLIER if step.is_along else Role.BUYER
        )
        yield _Way(role, deal.partner_id, (step,), deal=deal)


def _over_goods(reader: Reader, one: _Subject) -> Iterable[_Way]:
    """Suppliers make an input, buyers make what it goes into; also of a broader kind. Makers make the product itself."""
    kinds = Kinds(reader, {row.own_id for row in one.trades if row.at_id != row.own_id})
    # Of an offer that somebody may be making here nothing is missing, however unsure the record.
    made_here = {row.offered_id for row in one.trades if row.partner_id and one.at[row.partner_id].may_be_here}
    nearest: dict[tuple[str, ...], _Trade] = {}
    for row in one.trades:
        if row.partner_id and row.is_sure:
            nearest.setdefault((row.own_id, row.at_id, row.edge_id, row.partner_id), row)
    for (own, at, edge, partner), row in nearest.items():
        role = Role.BUYER if not row.is_input else Role.SUPPLIER if row.offered_id in made_here else Role.FILLS_MISSING
        down = (Step(up, is_along=False) for up in reversed(kinds.edges(own, at)))
        steps = (Step(edge, row.is_input), *down, *one.own[own])
        yield _Way(role, partner, steps, row.offered_id, row.made_id, row.steps or 0, at if at != own else "")
    for made in {supply.partner_id: supply for supply in reversed(one.makers)}.values():
        yield _Way(Role.MAKER, made.partner_id, (), made.offered_id, made.made_id, made.steps)


# --- how well they fit -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Fit:
    """What the parts of the score are made of: how many products are wanted of whom goods come from or go to, who offers what,
    for each partner how much it can supply and what it knows; for each own product how near enterprises are to it.
    """

    one: _Subject
    wanted: Mapping[Role, int]
    offers: Mapping[str, set[str]]
    supplies: Mapping[str, int]
    knowledge: Mapping[str, _Knowledge]
    near: Mapping[str, Mapping[str, float]]

    def parts(self, role: Role, partner: str, ways: Sequence[_Way]) -> dict[str, float | None]:
        """The parts of the score by name, `None` where not known."""
        own, is_own = self.one.things, partner in self.one.things
        known = self.knowledge.get(partner, _Knowledge(partner, 0, 0))
        near = (self.near[product] for product in self.one.own if product in self.near)
        return {
            "complement": self._complement(role, partner, ways),
            "alternative": self._alternative(partner, ways),
            "relatedness": max((found[partner] for found in near if partner in found), default=None),
            "same_place": self.one.at[partner].same_place,
            "shared_technology": (known.shared + is_own) / len(own) if own and (known.known or is_own) else None,
        }

    def _complement(self, role: Role, partner: str, ways: Sequence[_Way]) -> float | None:
        """|offered ∩ wanted| / √(|wanted| · |made|): the cosine of what is wanted and what a partner makes."""
        offered = {way.offered_id for way in ways if way.offered_id}
        if role not in self.wanted or not offered:
            return None
        return len(offered) / math.sqrt(self.wanted[role] * self.supplies[partner])

    def _alternative(self, partner: str, ways: Sequence[_Way]) -> float | None:
        """1 / (1 + others that offer the same and may be in the places) of the rarest offer."""
        apart, kind = (partner, self.one.node.id), label_of(partner)
        others = (
            sum(
                who not in apart and label_of(who) == kind and self.one.at[who].may_be_here
                for who in self.offers[offer]
            )
            for offer in {way.offered_id for way in ways if way.offered_id}
        )
        return max((1 / (1 + number) for number in others), default=None)


def _fit(reader: Reader, one: _Subject, ways: Sequence[_Way], least: float) -> _Fit:
    offers = defaultdict[str, set[str]](set)
    for way in ways:
        if way.offered_id:
            offers[way.offered_id].add(way.partner_id)
    ids = sorted({way.partner_id for way in ways})
    firms = [partner for partner in ids if label_of(partner) == "Enterprise"]
    known = knowledge(reader, partner_ids=ids, own_ids=sorted(one.things))
    inputs, uses = ({row.offered_id for row in one.trades if row.is_input is is_input} for is_input in (True, False))
    wanted = {Role.SUPPLIER: len(inputs), Role.FILLS_MISSING: len(inputs), Role.BUYER: len(uses), Role.MAKER: 1}
    return _Fit(
        one, wanted, offers, dict(supplies(reader, partner_ids=firms, min_confidence=least)),
        {row.partner_id: row for row in known}, densities(reader, one.own, firms),
    )  # fmt: skip


class _Rated(NamedTuple):
    """A partner in one role, with the ways that speak for it, the first first, and the parts of the score."""

    role: Role
    partner_id: str
    ways: Sequence[_Way]
    parts: dict[str, float | None]
    score: float | None
    is_local: bool | None
    is_same_group: bool

    @property
    def deal(self) -> _Sale | None:
        """The largest deal on record; a partner without one is inferred."""
        return self.ways[0].deal


def _rated(ways: Iterable[_Way], fit: _Fit, weights: Sequence[float]) -> list[_Rated]:
    """Each partner once for each role: recorded suppliers and buyers first, the largest first, then others on record, then
    who could be one, by score, those here before others; last in the same order those of the same group.
    """
    groups = defaultdict[tuple[Role, str], list[_Way]](list)
    for way in ways:
        groups[way.role, way.partner_id].append(way)
    rated = []
    for (role, partner), own in groups.items():
        parts, at = fit.parts(role, partner, own), fit.one.at[partner]
        total = sum(w * (part or 0.0) for w, part in zip(weights, parts.values(), strict=True))
        is_known = sum(weights) and any(part is not None for part in parts.values())
        score = total / sum(weights) if is_known else None
        is_local = True if at.is_here else False if at.is_placed else None
        rated.append(
            _Rated(
                role, partner, sorted(own, key=lambda way: way.order), parts, score, is_local, partner in fit.one.group
            )
        )
    # Scores count to nine places, so that equal ones are equal in whatever order their parts were added.
    return sorted(rated, key=lambda row: (
        row.is_same_group, not row.deal, bool(row.deal) and row.role not in (Role.SUPPLIER, Role.BUYER),
        -((row.deal and row.deal.amount_10k_cny) or 0.0), -round(row.score or 0.0, 9), row.is_local is not True, list(Role).index(row.role),
        label_of(row.partner_id) == "Institute", row.partner_id,
    ))  # fmt: skip


# --- rows --------------------------------------------------------------------------------------------------------------


def _rows(reader: Reader, where: Scope, one: _Subject, rated: Sequence[_Rated]) -> list[Partner]:
    if not rated:
        return []
    at = whereabouts_of(reader, (row.partner_id for row in rated), where)
    is_firm = one.node.label == "Enterprise"
    control = control_countries(reader, [row.partner_id for row in rated if label_of(row.partner_id) == "Enterprise"])
    kinds = Kinds(reader, {way.made_id for row in rated for way in row.ways[:_CITED] if way.climbs})
    cited = [[way.path(kinds) for way in row.ways[:_CITED]] for row in rated]
    sold = [
        list(dict.fromkeys(way.deal.product_id for way in row.ways if way.deal and way.deal.product_id))
        for row in rated
    ]
    beside = [*(row.ways[0].broader_id for row in rated), *(one for own in sold for one in own)]
    names = names_on(reader, (path for paths in cited for path in paths), beside)
    return [
        Partner(
            partner_id=row.partner_id,
            name_zh=names[row.partner_id],
            cities=[place.name for place in at.get(row.partner_id, ())],
            city_ids=[place.id for place in at.get(row.partner_id, ())],
            control_country=control.get(row.partner_id),
            basis=Basis.RECORDED if row.deal else Basis.INFERRED,
            role=row.role,
            sold_products=[names[one] for one in own if one in names][:_CITED],
            dealing=row.deal and _dealing(row.deal),
            amount_10k_cny=row.deal and row.deal.amount_10k_cny,
            share=row.deal and row.deal.share,
            share_of=ShareOf(row.deal.share_of) if row.deal and row.deal.share_of else None,
            share_year=row.deal and row.deal.share_year,
            score=row.score,
            **row.parts,
            is_local=row.is_local,
            is_same_place=None if row.parts["same_place"] is None else bool(row.parts["same_place"]),
            reasons=len(row.ways),
            reason=path_text(paths[0], names),
            broader_kind=names.get(row.ways[0].broader_id),
            is_same_group=row.is_same_group if is_firm else None,
            path=node_ids(paths[0]),
            evidence_ids=path_evidence(paths),
        )
        for row, paths, own in zip(rated, cited, sold, strict=True)
    ]


def _dealing(deal: _Sale) -> Text | None:
    """What part of whose money a sale is, and how much, of which year; `None` where nothing of that is on record."""
    said = [money(deal.amount_10k_cny)] if deal.amount_10k_cny else []
    if deal.share is not None and deal.share_of:
        said.insert(0, Text("partners.dealing.share", of=word(ShareOf(deal.share_of)), share=Share(deal.share)))
    year = [Text("partners.dealing.year", year=deal.share_year)] if said and deal.share_year else []
    return Text("partners.dealing", parts=[*said, *year]) if said else None
