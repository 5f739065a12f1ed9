"""Whom an enterprise, or the makers of a product, could work with, each with the path that is the reason and a score."""

import json
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import Field

from graph.model import Node, edge_id, ends
from graph.ontology import EDGE_TYPE, label_of
from queries.answer import Answer, Row, cut_note
from queries.makers import Kinds, Maker, kinds_of_makers, maker_conventions, makers_by_product
from queries.proximity import densities
from queries.reader import Reader
from queries.registry import question
from queries.scope import Confidence, Limit, Places, Scope, area_of, find_node, name_of, nodes, scope, wider_places
from queries.sections import section


class Role(StrEnum):
    """What a partner could be; first what it is already."""

    RECORDED = "recorded"
    SUPPLIER = "supplier"
    FILLS_MISSING = "fills_missing"
    BUYER = "buyer"
    MAKER = "maker"
    RESEARCH = "research"
    CO_INVESTOR = "co_investor"

    @property
    def zh(self) -> str:
        """Its Chinese name."""
        return ROLE_ZH[self]


ROLE_ZH = {
    Role.RECORDED: "已有往来",
    Role.SUPPLIER: "供应商",
    Role.FILLS_MISSING: "补缺来源",
    Role.BUYER: "客户",
    Role.MAKER: "生产者",
    Role.RESEARCH: "研发伙伴",
    Role.CO_INVESTOR: "共同投资者",
}
_ORDER = {role: number for number, role in enumerate(Role)}
_CITED = 20
"""Paths cited in a row; all are counted."""
PARTS = ("complement", "alternative", "relatedness", "same_place", "shared_technology")
"""The parts of the score, in the order of their weights."""
WEIGHTS = (0.3, 0.2, 0.2, 0.15, 0.15)


class Partner(Row):
    """A possible partner in one role, with the path that is the reason."""

    table = (
        "name_zh",
        "role_zh",
        "score",
        "complement",
        "alternative",
        "relatedness",
        "same_place",
        "shared_technology",
        "is_local",
        "reasons",
        "reason",
        "broader_kind",
        "is_same_group",
    )
    bar = "score"

    partner_id: str = Field(description="id of the enterprise or institute")
    name_zh: str = Field(description="名称")
    role: Role = Field(description="角色代码 role")
    role_zh: str = Field(description="角色 role, in Chinese")
    score: float | None = Field(
        description="得分 weighted mean of the parts, 0–1; a part that is null counts 0; null where all weights are 0"
    )
    complement: float | None = Field(description="产品互补 how well what it makes meets what is wanted, 0–1")
    alternative: float | None = Field(
        description="替代价值 1 / (1 + others here that offer the same), of its rarest offer"
    )
    relatedness: float | None = Field(description="关联度 density of what it makes around the own products, 0–1")
    same_place: float | None = Field(description="同城 1 in the same city, else 0; null where it is not known")
    shared_technology: float | None = Field(
        description="共有技术 technologies and institutes that both have to do with, as a part of those of the one asked about"
    )
    is_local: bool | None = Field(description="在所问地区内 in the places asked for; null where that is not known")
    is_same_place: bool | None = Field(description="与其同城 in the same city; null where that is not known")
    reasons: int = Field(description="理由数 paths that speak for it")
    reason: str = Field(description="理由 the first of these paths, in words")
    broader_kind: str | None = Field(
        description="经由上位品 the broader kind of the own product over which alone it is a partner; null where a path leads "
        "over the own product itself"
    )
    is_same_group: bool | None = Field(
        description="是否同一集团 joined to the one asked about by shares, either way or by a common owner; null for a product"
    )
    path: list[str] = Field(description="ids of the nodes of that path, from the partner to the one asked about")
    evidence_ids: list[str] = Field(description="ids of the nodes and edges of the first 20 paths")


class PartnersAnswer(Answer):
    """Possible partners."""

    rows: list[Partner]
    by_role: dict[Role, int] = Field(description="how many there are in each role, those not shown among them")


@question(zh="合作伙伴", en="Partners", order=120)
def partners(
    reader: Reader,
    *,
    subject: Annotated[str, Field(description="企业或产品（编号或名称） id or name of an enterprise or product")],
    places: Places = [],
    roles: Annotated[list[Role], Field(description="只列这些角色（空为全部） roles, empty for all")] = [],
    weight_complement: Annotated[float, Field(ge=0, le=1, description="产品互补的权重 weight of complement")] = WEIGHTS[
        0
    ],
    weight_alternative: Annotated[
        float, Field(ge=0, le=1, description="替代价值的权重 weight of alternative")
    ] = WEIGHTS[1],
    weight_relatedness: Annotated[float, Field(ge=0, le=1, description="关联度的权重 weight of relatedness")] = WEIGHTS[
        2
    ],
    weight_place: Annotated[float, Field(ge=0, le=1, description="同城的权重 weight of same_place")] = WEIGHTS[3],
    weight_technology: Annotated[
        float, Field(ge=0, le=1, description="共有技术的权重 weight of shared_technology")
    ] = WEIGHTS[4],
    min_confidence: Confidence = 0.0,
    limit: Limit = 50,
) -> PartnersAnswer:
    """谁能供应它、购买它、补上它缺的投入、与它共同研发或投资，理由是什么。 Who could supply, buy, fill in, research, and why."""
    where = scope(reader, places)
    one = _subject(reader, subject, min_confidence)
    found = _found(reader, one, where, min_confidence)
    weights = (weight_complement, weight_alternative, weight_relatedness, weight_place, weight_technology)
    rated = _rated(reader, one, found, where, set(roles or Role), weights, min_confidence)
    return PartnersAnswer(
        rows=_rows(reader, one, rated[:limit]),
        by_role={role: sum(one.role is role for one in rated) for role in Role},
        looked_at=len(rated),
        looked_at_what="企业与机构（按角色） enterprises and institutes, by role",
        conventions=_conventions(where, weights, min_confidence),
        notes=_notes(one, found, rated, limit),
    )


# --- the one asked about -----------------------------------------------------------------------------------------------


class _Making(NamedTuple):
    product_id: str
    edge_id: str


class _Holding(NamedTuple):
    thing_id: str
    edge_id: str


class _Need(NamedTuple):
    product_id: str
    technology_id: str
    edge_id: str


class _At(NamedTuple):
    place_id: str
    city_id: str | None


class _Fellow(NamedTuple):
    enterprise_id: str


@section
def own_products(reader: Reader, *, enterprise_id: str, min_confidence: float) -> list[_Making]:
    """What the enterprise makes itself."""


@section
def needs(reader: Reader, *, product_ids: Sequence[str]) -> list[_Need]:
    """The technologies that products need."""


@section
def holdings(reader: Reader, *, enterprise_id: str) -> list[_Holding]:
    """The technologies that the enterprise masters, the institutes that it cooperates with."""


@section
def own_places(reader: Reader, *, enterprise_id: str) -> list[_At]:
    """Where the enterprise is."""


@section
def same_group(reader: Reader, *, enterprise_id: str) -> list[_Fellow]:
    """Enterprises that shares join to the enterprise."""


Steps = tuple[tuple[str, bool], ...]
"""Ids of edges that follow each other, each with whether it is walked from its source to its target."""


class _Reached(NamedTuple):
    """An own product, or a broader kind of one, with the steps from it to the one asked about."""

    product_id: str
    own_id: str
    steps: Steps

    @property
    def broader_id(self) -> str:
        """The broader kind; empty where it is the own product itself."""
        return self.product_id if self.product_id != self.own_id else ""


@dataclass(frozen=True, slots=True)
class _Subject:
    """An enterprise with what it makes, or a product by itself; `enterprise_id` is empty for a product."""

    node: Node
    enterprise_id: str
    own: Mapping[str, Steps]
    reached: Sequence[_Reached]
    needs: Sequence[_Need]
    holdings: Sequence[_Holding]

    @property
    def things(self) -> set[str]:
        """The technologies that it needs or masters and the institutes that it cooperates with."""
        return {row.technology_id for row in self.needs} | {row.thing_id for row in self.holdings}


def _subject(reader: Reader, text: str, min_confidence: float) -> _Subject:
    node = find_node(reader, text, ("Enterprise", "Product"))
    is_product = node.label == "Product"
    own: dict[str, Steps] = {node.id: ()}
    if not is_product:
        made = own_products(reader, enterprise_id=node.id, min_confidence=min_confidence)
        own = {row.product_id: ((row.edge_id, False),) for row in made}
    return _Subject(
        node,
        "" if is_product else node.id,
        own,
        list(_reached(Kinds(reader, own), own)),
        needs(reader, product_ids=list(own)) if own else [],
        [] if is_product else holdings(reader, enterprise_id=node.id),
    )


def _reached(kinds: Kinds, own: Mapping[str, Steps]) -> Iterable[_Reached]:
    for product, steps in own.items():
        yield _Reached(product, product, steps)
        for broader in sorted(kinds.paths_up(product).keys() - {product}):
            down = tuple((edge, False) for edge in reversed(kinds.edges(product, broader)))
            yield _Reached(broader, product, (*down, *steps))


# --- paths to possible partners ----------------------------------------------------------------------------------------


class _Beside(NamedTuple):
    product_id: str
    other_id: str
    edge_id: str


class _Work(NamedTuple):
    technology_id: str
    partner_id: str
    edge_id: str
    is_here: bool
    is_placed: bool


class _InCommon(NamedTuple):
    over_id: str
    partner_id: str
    own_id: str
    their_id: str


class _OnRecord(NamedTuple):
    partner_id: str
    edge_id: str


@section
def inputs(reader: Reader, *, product_ids: Sequence[str]) -> list[_Beside]:
    """What goes into products."""


@section
def uses(reader: Reader, *, product_ids: Sequence[str]) -> list[_Beside]:
    """What products go into."""


@section
def researchers(
    reader: Reader, *, technology_ids: Sequence[str], areas: Sequence[str], around: Sequence[str]
) -> list[_Work]:
    """Who works on technologies."""


@section
def in_common(reader: Reader, *, enterprise_id: str) -> list[_InCommon]:
    """Who cooperates with the same institute or holds shares of the same enterprise."""


@section
def on_record(reader: Reader, *, enterprise_id: str) -> list[_OnRecord]:
    """Whom the enterprise is on record as dealing with."""


class _Path(NamedTuple):
    """A path from a partner to the one asked about: over a product that it can supply, if any, then `steps`."""

    role: Role
    partner_id: str
    steps: Steps
    offered_id: str = ""
    maker: Maker | None = None
    broader_id: str = ""

    @property
    def order(self) -> tuple[bool, int]:
        """What leads over the own product itself comes first, then what is shorter."""
        return bool(self.broader_id), len(self.steps) + (self.maker.steps + 1 if self.maker else 0)


@dataclass(slots=True)
class _Found:
    """All paths to possible partners, and who offers what they lead over."""

    paths: list[_Path]
    wanted: Mapping[Role, int]
    may_be_here: Mapping[str, Collection[str]]

    def others(self, path: _Path, subject: str) -> int:
        """How many others of the same label, who may be in the places, offer the same."""
        label, apart = label_of(path.partner_id), (path.partner_id, subject)
        return sum(who not in apart and label_of(who) == label for who in self.may_be_here.get(path.offered_id, ()))


def _found(reader: Reader, one: _Subject, where: Scope, min_confidence: float) -> _Found:
    goods = _over_goods(reader, one, where, min_confidence)
    works = defaultdict[str, list[_Work]](list)
    for work in researchers(reader, technology_ids=sorted(one.things), areas=where.areas, around=where.around):
        works[work.technology_id].append(work)
    may_be_here = {technology: [w.partner_id for w in own if _may_be_here(w)] for technology, own in works.items()}
    paths = [*_recorded(reader, one), *goods.paths, *_over_technologies(one, works), *_over_common(reader, one)]
    return _Found(
        [path for path in paths if path.partner_id != one.enterprise_id], goods.wanted, {**goods.may_be_here, **may_be_here}
    )  # fmt: skip


def _over_goods(reader: Reader, one: _Subject, where: Scope, min_confidence: float) -> _Found:
    """Suppliers make an input, buyers make what it goes into; also of a broader kind. Makers make the product itself."""
    reached = sorted({row.product_id for row in one.reached})
    needed, used = _beside(inputs(reader, product_ids=reached)), _beside(uses(reader, product_ids=reached))
    offered = {row.other_id for rows in (needed, used) for beside in rows.values() for row in beside}
    makers = makers_by_product(reader, offered | _itself(one), where, min_confidence)
    all_makers = makers_by_product(reader, offered, where) if min_confidence else makers
    lacking = {product for product, own in all_makers.items() if not any(_may_be_here(maker) for maker in own)}
    wanted = {Role.SUPPLIER: set[str](), Role.BUYER: set[str]()}
    paths: list[_Path] = []
    for role, rows in ((Role.SUPPLIER, needed), (Role.BUYER, used)):
        for at in one.reached:
            for row in rows[at.product_id]:
                # Where a product goes into its own broader kind, it is no input of itself.
                if row.other_id != at.own_id:
                    wanted[role].add(row.other_id)
                    fills = role is Role.SUPPLIER and row.other_id in lacking
                    steps = ((row.edge_id, role is Role.SUPPLIER), *at.steps)
                    paths += _from_makers(
                        Role.FILLS_MISSING if fills else role, makers.get(row.other_id, ()), steps, at.broader_id
                    )
    for product in _itself(one):
        paths += _from_makers(Role.MAKER, makers.get(product, ()), ())
    sizes = {role: len(products) for role, products in wanted.items()}
    return _Found(
        paths,
        {**sizes, Role.FILLS_MISSING: sizes[Role.SUPPLIER], Role.MAKER: 1},
        {product: [m.enterprise_id for m in own if _may_be_here(m)] for product, own in makers.items()},
    )


def _itself(one: _Subject) -> set[str]:
    return set() if one.enterprise_id else {one.node.id}


def _beside(rows: Iterable[_Beside]) -> Mapping[str, list[_Beside]]:
    found = defaultdict[str, list[_Beside]](list)
    for row in rows:
        found[row.product_id].append(row)
    return found


def _may_be_here(one: Maker | _Work) -> bool:
    return one.is_here or not one.is_placed


def _from_makers(role: Role, makers: Iterable[Maker], steps: Steps, broader_id: str = "") -> Iterable[_Path]:
    return (_Path(role, maker.enterprise_id, steps, maker.product_id, maker, broader_id) for maker in makers)


def _over_technologies(one: _Subject, works: Mapping[str, Sequence[_Work]]) -> Iterable[_Path]:
    """Institutes, then enterprises, that work on a technology which an own product needs, or which the enterprise masters."""
    own = [(row.technology_id, ((row.edge_id, False), *one.own[row.product_id])) for row in one.needs]
    own += [(row.thing_id, ((row.edge_id, False),)) for row in one.holdings]
    for label in ("Institute", "Enterprise"):
        for technology, steps in own:
            for work in works.get(technology, ()):
                if label_of(work.partner_id) == label:
                    yield _Path(Role.RESEARCH, work.partner_id, ((work.edge_id, True), *steps), technology)


def _over_common(reader: Reader, one: _Subject) -> Iterable[_Path]:
    if one.enterprise_id:
        for row in in_common(reader, enterprise_id=one.enterprise_id):
            role = Role.RESEARCH if label_of(row.over_id) == "Institute" else Role.CO_INVESTOR
            yield _Path(role, row.partner_id, ((row.their_id, True), (row.own_id, False)))


_DEALINGS = ("SUPPLIES", "OWNS", "COOPERATES_WITH")


def _recorded(reader: Reader, one: _Subject) -> Iterable[_Path]:
    """Sales first, then shares, then cooperations; of each those that lead to the enterprise first."""
    if one.enterprise_id:
        rows = on_record(reader, enterprise_id=one.enterprise_id)
        found = [(row, ends(row.edge_id)[2] == one.enterprise_id) for row in rows]
        found.sort(key=lambda pair: (_DEALINGS.index(ends(pair[0].edge_id)[0]), not pair[1], pair[0].edge_id))
        yield from (_Path(Role.RECORDED, row.partner_id, ((row.edge_id, is_along),)) for row, is_along in found)


# --- how well they fit -------------------------------------------------------------------------------------------------


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
    def same_place(self) -> float | None:
        """Whether it is in the same city: 1, 0, `None` where that is not known."""
        if self.is_same_city:
            return 1.0
        return None if self.is_in_own_place or self.is_in_wider_place or not self.has_place else 0.0


@section
def supplies(reader: Reader, *, partner_ids: Sequence[str], min_confidence: float) -> list[_Supplies]:
    """How much partners can supply."""


@section
def knowledge(reader: Reader, *, partner_ids: Sequence[str], own_ids: Sequence[str]) -> list[_Knowledge]:
    """What partners know."""


@section
def whereabouts(
    reader: Reader,
    *,
    partner_ids: Sequence[str],
    areas: Sequence[str],
    around: Sequence[str],
    own_cities: Sequence[str],
    own_areas: Sequence[str],
    wider: Sequence[str],
) -> list[_Whereabouts]:
    """Where partners are."""


class _Rated(NamedTuple):
    """A partner in one role, with the paths that speak for it, the first first, and the parts of the score."""

    role: Role
    partner_id: str
    paths: Sequence[_Path]
    parts: Mapping[str, float | None]
    score: float | None
    is_local: bool | None

    @property
    def order(self) -> tuple[bool, float, bool, int, bool, str]:
        """What is on record first, then by score, those here before others.

        Scores count to nine places, so that equal ones are equal in whatever order their parts were added.
        """
        is_institute = label_of(self.partner_id) == "Institute"
        return (
            self.role is not Role.RECORDED, -round(self.score or 0.0, 9), self.is_local is not True, _ORDER[self.role],
            is_institute, self.partner_id,
        )  # fmt: skip


def _rated(
    reader: Reader,
    one: _Subject,
    found: _Found,
    where: Scope,
    roles: Collection[Role],
    weights: Sequence[float],
    min_confidence: float,
) -> list[_Rated]:
    """Each partner once for each role asked for, in the order of the answer."""
    groups = defaultdict[tuple[Role, str], list[_Path]](list)
    for path in found.paths:
        if path.role in roles:
            groups[path.role, path.partner_id].append(path)
    partners_of = sorted({partner for _, partner in groups})
    fit = _Fit(
        one,
        found,
        {
            row.partner_id: row.products
            for row in supplies(reader, partner_ids=partners_of, min_confidence=min_confidence)
        },
        {row.partner_id: row for row in knowledge(reader, partner_ids=partners_of, own_ids=sorted(one.things))},
        _whereabouts(reader, one, partners_of, where),
        densities(reader, one.own, [i for i in partners_of if label_of(i) == "Enterprise"], min_confidence),
    )
    rated = []
    for (role, partner), own in groups.items():
        parts, at = fit.parts(role, partner, own), fit.at[partner]
        score = sum(w * (part or 0.0) for w, part in zip(weights, parts.values(), strict=True))
        rated.append(_Rated(
            role, partner, sorted(own, key=lambda path: path.order), parts, score / sum(weights) if sum(weights) else None,
            True if at.is_here else False if at.is_placed else None,
        ))  # fmt: skip
    return sorted(rated, key=lambda row: row.order)


def _whereabouts(reader: Reader, one: _Subject, partner_ids: Sequence[str], where: Scope) -> Mapping[str, _Whereabouts]:
    at = own_places(reader, enterprise_id=one.enterprise_id) if one.enterprise_id else []
    places = [row.place_id for row in at]
    rows = whereabouts(
        reader, partner_ids=partner_ids, areas=where.areas, around=where.around,
        own_cities=sorted({row.city_id for row in at if row.city_id}), own_areas=[area_of(place) for place in places],
        wider=sorted({row.wider_id for row in wider_places(reader, place_ids=places)}) if places else [],
    )  # fmt: skip
    # Where the place of the one asked about is not known, nobody is known to be in the same city or apart from it.
    return {row.partner_id: row if places else row._replace(has_place=False) for row in rows}


@dataclass(frozen=True, slots=True)
class _Fit:
    """What the parts of the score are made of: for each partner how much it can supply, what it knows, where it is; for
    each own product how near enterprises are to it.
    """

    one: _Subject
    found: _Found
    supplies: Mapping[str, int]
    knowledge: Mapping[str, _Knowledge]
    at: Mapping[str, _Whereabouts]
    near: Mapping[str, Mapping[str, float]]

    def parts(self, role: Role, partner: str, paths: Sequence[_Path]) -> dict[str, float | None]:
        """The parts of the score by name, `None` where not known."""
        return {
            "complement": self._complement(role, partner, paths),
            "alternative": self._alternative(paths),
            "relatedness": self._relatedness(partner),
            "same_place": self.at[partner].same_place,
            "shared_technology": self._shared(partner),
        }

    def _complement(self, role: Role, partner: str, paths: Sequence[_Path]) -> float | None:
        """|offered ∩ wanted| / √(|wanted| · |made|): the cosine of what is wanted and what a partner makes."""
        whole = math.sqrt(self.found.wanted.get(role, 0) * self.supplies.get(partner, 0))
        return len({path.offered_id for path in paths}) / whole if whole else None

    def _alternative(self, paths: Sequence[_Path]) -> float | None:
        """1 / (1 + others that offer the same) of the rarest offer."""
        others = (self.found.others(path, self.one.enterprise_id) for path in paths if path.offered_id)
        return max((1 / (1 + number) for number in others), default=None)

    def _relatedness(self, partner: str) -> float | None:
        return max((around[partner] for around in self.near.values() if partner in around), default=None)

    def _shared(self, partner: str) -> float | None:
        own, is_own = self.one.things, partner in self.one.things
        known = self.knowledge.get(partner, _Knowledge(partner, 0, 0))
        return (known.shared + is_own) / len(own) if own and (known.known or is_own) else None


# --- rows --------------------------------------------------------------------------------------------------------------


def _rows(reader: Reader, one: _Subject, rated: Sequence[_Rated]) -> list[Partner]:
    if not rated:
        return []
    kinds = kinds_of_makers(reader, (path.maker for row in rated for path in row.paths[:_CITED] if path.maker))
    group = (
        {row.enterprise_id for row in same_group(reader, enterprise_id=one.enterprise_id)} if one.enterprise_id else ()
    )
    cited = [[_walk(path, kinds) for path in row.paths[:_CITED]] for row in rated]
    named = {node for steps, *_ in cited for node in _nodes(steps)}
    named.update(row.paths[0].broader_id for row in rated)
    names = {node.id: name_of(node) for node in nodes(reader, named)}
    return [
        Partner(
            partner_id=row.partner_id,
            name_zh=names[row.partner_id],
            role=row.role,
            role_zh=row.role.zh,
            score=row.score,
            **row.parts,
            is_local=row.is_local,
            is_same_place=None if row.parts["same_place"] is None else bool(row.parts["same_place"]),
            reasons=len(row.paths),
            reason=_words(steps[0], names),
            broader_kind=names.get(row.paths[0].broader_id),
            is_same_group=row.partner_id in group if one.enterprise_id else None,
            path=_nodes(steps[0]),
            evidence_ids=list(dict.fromkeys(i for one in steps for i in (*_nodes(one), *(edge for edge, _ in one)))),
        )
        for row, steps in zip(rated, cited, strict=True)
    ]


def _walk(path: _Path, kinds: Kinds) -> Steps:
    """All steps of a path, from what the partner makes up to what it offers by that first."""
    if not path.maker:
        return path.steps
    made = path.maker.made_id
    up = ((edge, True) for edge in kinds.edges(made, path.offered_id)) if path.maker.steps else ()
    return ((edge_id("MAKES", path.partner_id, made), True), *up, *path.steps)


def _nodes(steps: Steps) -> list[str]:
    """The ids of the nodes that steps lead over, in order."""
    each = [ends(edge)[1:] if is_along else ends(edge)[:0:-1] for edge, is_along in steps]
    return [each[0][0], *(target for _, target in each)]


def _words(steps: Steps, names: Mapping[str, str]) -> str:
    """Steps in words: 甲 → 生产 → 光刻胶 → 投入 → 芯片; an edge walked back has its arrows the other way."""
    start, *rest = _nodes(steps)
    said = [names[start]]
    for (edge, is_along), node in zip(steps, rest, strict=True):
        word = EDGE_TYPE[ends(edge)[0]].zh
        said += [f"→ {word} →" if is_along else f"← {word} ←", names[node]]
    return " ".join(said)


# --- what is said of it ------------------------------------------------------------------------------------------------


def _conventions(where: Scope, weights: Sequence[float], min_confidence: float) -> list[str]:
    said = ", ".join(f"{part} {weight:g}" for part, weight in zip(PARTS, weights, strict=True))
    return [
        *maker_conventions(min_confidence),
        *where.conventions,
        "已有往来：图中记有供应、持股或合作，照录在前；其余都是可能性，不是已有的交易。 recorded: a sale, shares or cooperation on "
        "record, shown first; all else is a possibility, not a recorded deal.",
        "供应商生产它所需的投入，客户生产以其产品为投入的产品；补缺来源：该投入区内无生产者记录，且区外生产者的地点都已知。 A supplier "
        "makes an input, a buyer makes what its products go into; fills_missing: nobody here makes that input, and all "
        "its makers are known to be elsewhere.",
        "细分品可用于其上位品所用之处：上位品的投入与用途也算，经由的上位品在 broader_kind 写明，仅供参考。 What a product is a kind of may "
        "stand for it: inputs and uses of a broader kind count too, marked by broader_kind, as a hint.",
        "同一集团：有持股记录（任一方向，或有共同股东，不论多少）的企业照列并标明，它们不是独立的伙伴或第二来源。 is_same_group: joined by "
        "shares on record, either way or by a common owner, of whatever size; such an enterprise is listed, but it is no "
        "independent partner or second source.",
        "研发伙伴：研究或掌握其产品所需或其掌握的技术的院所与企业，或与同一院所合作的企业；共同投资者：持有同一企业股份。 research: "
        "institutes and enterprises that work on a technology its products need or it masters, enterprises of the same "
        "institute; co_investor: holds shares of the same enterprise.",
        f"得分是各项的加权平均，未知项计 0（得分因此是下限）；权重： score is the weighted mean of its parts, an unknown part counts "
        f"0, so that it is a lower bound; weights: {said}.",
        "产品互补：所供 ∩ 所需 / √(所需 × 所产)，含细分品；替代价值：1/(1 + 可能在区内的其他提供者)；关联度：其产品在自有产品周围的密度"
        "（Hidalgo 2007，直接生产记录），取最大；共有技术：占其技术与院所的比例。 complement: offered ∩ wanted / √(wanted × made), "
        "narrower kinds counted; alternative: 1/(1 + others that may be here); relatedness: density around the own "
        "products, the largest; shared_technology: part of its technologies and institutes.",
        "同城按地级市、直辖市；只知上级地区的为未知。 The same city is the prefecture or municipality (直辖市); known only by a wider "
        "place is not known.",
        *skill_said(),
    ]


def _notes(one: _Subject, found: _Found, rated: Sequence[_Rated], limit: int) -> list[str]:
    if not found.paths:
        return [
            f"{name_of(one.node)}：没有它生产什么、需要什么、与谁往来的记录。 Nothing on record of what it makes, needs or "
            "deals with."
        ]
    notes = cut_note(len(rated), limit)
    if rated and rated[0].score is None:
        notes.append("权重全为 0，没有得分，按角色排列。 All weights are 0: no score, in the order of roles.")
    unknown = [zh for zh, part in _PART_ZH.items() if rated and all(row.parts[part] is None for row in rated)]
    if unknown:
        notes.append(
            f"对所有行都未知、因而计 0 的项：{'、'.join(unknown)}。 Not known in any row, so counted 0: "
            f"{', '.join(_PART_ZH[zh] for zh in unknown)}."
        )
    return notes


_PART_ZH = {"产品互补": PARTS[0], "替代价值": PARTS[1], "关联度": PARTS[2], "同城": PARTS[3], "共有技术": PARTS[4]}
SKILL_FILE = Path(__file__).parent / "partners_skill.json"


@cache
def skill_said() -> tuple[str, ...]:
    """How well the score finds links that were held back, as `bench.partners` measured it; empty where it did not."""
    if not SKILL_FILE.exists():
        return ()
    measured = json.loads(SKILL_FILE.read_text(encoding="utf-8"))
    return tuple(_one_said(measured["measured_on"], run["data"], run["hidden"], run["seeds"], run["scores"])
                 for run in measured["runs"])  # fmt: skip


def _one_said(day: str, data: str, hidden: int, seeds: Sequence[int], scores: Mapping[str, Mapping[str, float]]) -> str:
    said = "; ".join(f"{name} AUC {found['auc']:.3f}, MRR {found['mrr']:.3f}" for name, found in scores.items())
    drawn = "、".join(map(str, seeds))
    own, others = scores["partners"], [found for name, found in scores.items() if name != "partners"]
    is_better = all(own[measure] > other[measure] for other in others for measure in ("auc", "mrr"))
    verdict = ("优于两种基线", "better than both baselines") if is_better else (
        "并不都优于基线，排序宜当线索", "not better than the baselines throughout: take the order as a hint"
    )  # fmt: skip
    return (
        f"检验（{data}，{day}，随机种子 {drawn}，默认权重）：记录的往来太少，不能直接检验，故隐去 {hidden} 条生产记录再找回，{verdict[0]}。 Hold-out of "
        f"{hidden} MAKES edges ({data}, {day}, seeds {', '.join(map(str, seeds))}, default weights), as recorded deals "
        f"are too few to test on: {said}; {verdict[1]}."
    )
