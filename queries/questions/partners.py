"""Whom an enterprise, or the makers of a product, could work with, each with the path that is the reason and a score."""

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import Field

from graph.model import Node, edge_id, ends
from graph.ontology import EDGE_TYPE, label_of
from queries.answer import Answer, Row, cut_note
from queries.makers import Kinds, maker_conventions
from queries.proximity import densities
from queries.reader import Reader
from queries.registry import question
from queries.scope import Confidence, Limit, Places, Scope, area_of, find_node, name_of, nodes, scope, wider_places
from queries.sections import Sections

_SECTIONS = Sections(__file__)


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

    key = ("partner_id", "role")
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

    partner_id: str
    name_zh: str
    role: Role
    role_zh: str
    score: float | None
    complement: float | None
    alternative: float | None
    relatedness: float | None
    same_place: float | None
    shared_technology: float | None
    is_local: bool | None
    is_same_place: bool | None
    reasons: int
    reason: str
    broader_kind: str | None
    is_same_group: bool | None
    path: list[str]
    evidence_ids: list[str]


class PartnersAnswer(Answer):
    """Possible partners."""

    rows: list[Partner]
    by_role: dict[Role, int]


@question(order=120)
def partners(
    reader: Reader,
    *,
    subject: str,
    places: Places = [],
    roles: list[Role] = [],
    weight_complement: Annotated[float, Field(ge=0, le=1)] = WEIGHTS[0],
    weight_alternative: Annotated[float, Field(ge=0, le=1)] = WEIGHTS[1],
    weight_relatedness: Annotated[float, Field(ge=0, le=1)] = WEIGHTS[2],
    weight_place: Annotated[float, Field(ge=0, le=1)] = WEIGHTS[3],
    weight_technology: Annotated[float, Field(ge=0, le=1)] = WEIGHTS[4],
    min_confidence: Confidence = 0.0,
    limit: Limit = 50,
) -> PartnersAnswer:
    """Who could supply, buy, fill in, research, and why."""
    where = scope(reader, places)
    one = _subject(reader, find_node(reader, subject, ("Enterprise", "Product")), min_confidence)
    at = _whereabouts(reader, one, where)
    paths = _paths(reader, one, at)
    weights = (weight_complement, weight_alternative, weight_relatedness, weight_place, weight_technology)
    fit = _fit(reader, one, paths, at, min_confidence)
    rated = _rated((path for path in paths if path.role in (roles or Role)), fit, weights)
    return PartnersAnswer(
        rows=_rows(reader, one, rated[:limit]),
        by_role={role: sum(one.role is role for one in rated) for role in Role},
        looked_at=len(rated),
        looked_at_what="企业与机构（按角色） enterprises and institutes, by role",
        conventions=_conventions(where, weights, min_confidence),
        notes=_notes(one, bool(paths), rated, limit),
    )


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


class _OnRecord(NamedTuple):
    partner_id: str
    edge_id: str


class _Fellow(NamedTuple):
    enterprise_id: str


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
suppliers_and_buyers_of = _SECTIONS.rows("suppliers_and_buyers_of", _Trade)
makers = _SECTIONS.rows("makers", _Supply)
researchers = _SECTIONS.rows("researchers", _Work)
researchers_of = _SECTIONS.rows("researchers_of", _Work)
fellow_researchers = _SECTIONS.rows("fellow_researchers", _Work)
in_common = _SECTIONS.rows("in_common", _InCommon)
on_record = _SECTIONS.rows("on_record", _OnRecord)
same_group = _SECTIONS.rows("same_group", _Fellow)
own_places = _SECTIONS.rows("own_places", _At)
supplies = _SECTIONS.rows("supplies", _Supplies)
knowledge = _SECTIONS.rows("knowledge", _Knowledge)
whereabouts = _SECTIONS.rows("whereabouts", _Whereabouts)


Steps = tuple[tuple[str, bool], ...]
"""Ids of edges that follow each other, each with whether it is walked from its source to its target."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """An enterprise with what it makes, or a product by itself, and what is around it in the graph."""

    node: Node
    own: Mapping[str, Steps]  # from each own product to the one asked about
    trades: Sequence[_Trade]
    works: Sequence[_Work]
    makers: Sequence[_Supply] = ()
    common: Sequence[_InCommon] = ()
    dealings: Sequence[_OnRecord] = ()

    @property
    def enterprise_id(self) -> str:
        """Its id; empty for a product."""
        return self.node.id if self.node.label == "Enterprise" else ""

    @property
    def things(self) -> set[str]:
        """The technologies that it needs or masters and the institutes that it cooperates with."""
        return {row.thing_id for row in self.works}

    def everyone(self) -> list[str]:
        """All that its rows name, itself among them where it makes what it needs."""
        named = {row.partner_id for row in self.trades} | {row.partner_id for row in self.works}
        named |= {row.partner_id for row in self.makers} | {row.partner_id for row in self.common}
        named |= {row.partner_id for row in self.dealings}
        return sorted(partner for partner in named if partner)


def _subject(reader: Reader, node: Node, min_confidence: float) -> _Subject:
    if node.label == "Product":
        return _Subject(
            node, {node.id: ()}, suppliers_and_buyers_of(reader, product_id=node.id, min_confidence=min_confidence),
            researchers_of(reader, product_id=node.id),
            makers(reader, product_id=node.id, min_confidence=min_confidence),
        )  # fmt: skip
    made = own_products(reader, enterprise_id=node.id, min_confidence=min_confidence)
    needed = researchers(reader, enterprise_id=node.id, min_confidence=min_confidence)
    return _Subject(
        node,
        {node.id: (), **{row.product_id: ((row.edge_id, False),) for row in made}},
        suppliers_and_buyers(reader, enterprise_id=node.id, min_confidence=min_confidence),
        [*needed, *fellow_researchers(reader, enterprise_id=node.id)],
        common=in_common(reader, enterprise_id=node.id),
        dealings=on_record(reader, enterprise_id=node.id),
    )


def _whereabouts(reader: Reader, one: _Subject, where: Scope) -> Mapping[str, _Whereabouts]:
    at = own_places(reader, enterprise_id=one.enterprise_id) if one.enterprise_id else []
    places = [row.place_id for row in at]
    rows = whereabouts(
        reader, partner_ids=one.everyone(), areas=where.areas, around=where.around,
        own_cities=sorted({row.city_id for row in at if row.city_id}), own_areas=[area_of(place) for place in places],
        wider=sorted({row.wider_id for row in wider_places(reader, place_ids=places)}) if places else [],
    )  # fmt: skip
    # Where the place of the one asked about is not known, nobody is known to be in the same city or apart from it.
    return {row.partner_id: row if places else row._replace(has_place=False) for row in rows}


# --- paths to possible partners ----------------------------------------------------------------------------------------


class _Path(NamedTuple):
    """A path from a partner to the one asked about: from what it makes up to what it offers, if any, then `steps`."""

    role: Role
    partner_id: str
    steps: Steps
    offered_id: str = ""
    made_id: str = ""
    climbs: int = 0
    broader_id: str = ""

    @property
    def order(self) -> tuple[bool, int]:
        """What leads over the own product itself comes first, then what is shorter."""
        return bool(self.broader_id), len(self.steps) + bool(self.made_id) + self.climbs


def _paths(reader: Reader, one: _Subject, at: Mapping[str, _Whereabouts]) -> list[_Path]:
    paths = [*_recorded(one), *_over_goods(reader, one, at), *_over_technologies(one), *_over_common(one)]
    return [path for path in paths if path.partner_id != one.node.id]


_DEALINGS = ("SUPPLIES", "OWNS", "COOPERATES_WITH")


def _recorded(one: _Subject) -> list[_Path]:
    """Sales first, then shares, then cooperations; of each those that lead to the enterprise first."""
    paths = [_Path(Role.RECORDED, p, ((edge, ends(edge)[2] == one.node.id),)) for p, edge in one.dealings]
    return sorted(paths, key=lambda p: (_DEALINGS.index(ends(p.steps[0][0])[0]), not p.steps[0][1], p.steps[0][0]))


def _over_goods(reader: Reader, one: _Subject, at: Mapping[str, _Whereabouts]) -> Iterable[_Path]:
    """Suppliers make an input, buyers make what it goes into; also of a broader kind. Makers make the product itself."""
    kinds = Kinds(reader, {row.own_id for row in one.trades if row.at_id != row.own_id})
    # Of an offer that somebody may be making here nothing is missing, however unsure the record.
    made_here = {row.offered_id for row in one.trades if row.partner_id and at[row.partner_id].may_be_here}
    nearest: dict[tuple[str, ...], _Trade] = {}
    for row in one.trades:
        if row.partner_id and row.is_sure:
            nearest.setdefault((row.own_id, row.at_id, row.edge_id, row.partner_id), row)
    for row in nearest.values():
        role = Role.BUYER if not row.is_input else Role.SUPPLIER if row.offered_id in made_here else Role.FILLS_MISSING
        down = tuple((edge, False) for edge in reversed(kinds.edges(row.own_id, row.at_id)))
        yield _Path(
            role, row.partner_id or "", ((row.edge_id, row.is_input), *down, *one.own[row.own_id]), row.offered_id,
            row.made_id, row.steps or 0, row.at_id if row.at_id != row.own_id else "",
        )  # fmt: skip
    for own in {supply.partner_id: supply for supply in reversed(one.makers)}.values():
        yield _Path(Role.MAKER, own.partner_id, (), own.offered_id, own.made_id, own.steps)


def _over_technologies(one: _Subject) -> Iterable[_Path]:
    """Institutes and enterprises that work on a technology which an own product needs, or which the enterprise masters."""
    for own, technology, need, partner, work in one.works:
        if partner and work:
            yield _Path(Role.RESEARCH, partner, ((work, True), (need, False), *one.own[own]), technology)


def _over_common(one: _Subject) -> Iterable[_Path]:
    for over, partner, own, their in one.common:
        role = Role.RESEARCH if label_of(over) == "Institute" else Role.CO_INVESTOR
        yield _Path(role, partner, ((their, True), (own, False)))


# --- how well they fit -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Fit:
    """What the parts of the score are made of: for each partner how much it can supply, what it knows, where it is; who
    offers what; for each own product how near enterprises are to it.
    """

    one: _Subject
    offers: Mapping[str, set[str]]
    supplies: Mapping[str, int]
    knowledge: Mapping[str, _Knowledge]
    at: Mapping[str, _Whereabouts]
    near: Mapping[str, Mapping[str, float]]

    def parts(self, role: Role, partner: str, paths: Sequence[_Path]) -> dict[str, float | None]:
        """The parts of the score by name, `None` where not known."""
        return {
            "complement": self._complement(role, partner, paths),
            "alternative": self._alternative(partner, paths),
            "relatedness": self._relatedness(partner),
            "same_place": self.at[partner].same_place,
            "shared_technology": self._shared(partner),
        }

    def _complement(self, role: Role, partner: str, paths: Sequence[_Path]) -> float | None:
        """|offered ∩ wanted| / √(|wanted| · |made|): the cosine of what is wanted and what a partner makes."""
        if role is Role.MAKER:
            wanted = 1
        elif role in (Role.SUPPLIER, Role.FILLS_MISSING, Role.BUYER):
            wanted = len({row.offered_id for row in self.one.trades if row.is_input is (role is not Role.BUYER)})
        else:
            return None
        return len({path.offered_id for path in paths}) / math.sqrt(wanted * self.supplies[partner])

    def _alternative(self, partner: str, paths: Sequence[_Path]) -> float | None:
        """1 / (1 + others that offer the same and may be in the places) of the rarest offer."""
        apart = (partner, self.one.node.id)
        others = (
            sum(who not in apart and self.at[who].may_be_here for who in self.offers[path.offered_id]
                if label_of(who) == label_of(partner))
            for path in paths if path.offered_id
        )  # fmt: skip
        return max((1 / (1 + number) for number in others), default=None)

    def _relatedness(self, partner: str) -> float | None:
        around = (self.near[product] for product in self.one.own if product in self.near)
        return max((found[partner] for found in around if partner in found), default=None)

    def _shared(self, partner: str) -> float | None:
        own, is_own = self.one.things, partner in self.one.things
        known = self.knowledge.get(partner, _Knowledge(partner, 0, 0))
        return (known.shared + is_own) / len(own) if own and (known.known or is_own) else None


class _Rated(NamedTuple):
    """A partner in one role, with the paths that speak for it, the first first, and the parts of the score."""

    role: Role
    partner_id: str
    paths: Sequence[_Path]
    parts: dict[str, float | None]
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


def _rated(paths: Iterable[_Path], fit: _Fit, weights: Sequence[float]) -> list[_Rated]:
    """Each partner once for each role, in the order of the answer."""
    groups = defaultdict[tuple[Role, str], list[_Path]](list)
    for path in paths:
        groups[path.role, path.partner_id].append(path)
    rated = []
    for (role, partner), own in groups.items():
        parts, at = fit.parts(role, partner, own), fit.at[partner]
        total = sum(w * (part or 0.0) for w, part in zip(weights, parts.values(), strict=True))
        score = total / sum(weights) if sum(weights) else None
        is_local = True if at.is_here else False if at.is_placed else None
        rated.append(_Rated(role, partner, sorted(own, key=lambda path: path.order), parts, score, is_local))
    return sorted(rated, key=lambda row: row.order)


def _fit(
    reader: Reader, one: _Subject, paths: Sequence[_Path], at: Mapping[str, _Whereabouts], min_confidence: float
) -> _Fit:
    offers = defaultdict[str, set[str]](set)
    for path in paths:
        offers[path.offered_id].add(path.partner_id)
    ids = sorted({path.partner_id for path in paths})
    firms = [partner for partner in ids if label_of(partner) == "Enterprise"]
    return _Fit(
        one, offers, dict(supplies(reader, partner_ids=firms, min_confidence=min_confidence)),
        {row.partner_id: row for row in knowledge(reader, partner_ids=ids, own_ids=sorted(one.things))}, at,
        densities(reader, one.node.id, firms),
    )  # fmt: skip


# --- rows --------------------------------------------------------------------------------------------------------------


def _rows(reader: Reader, one: _Subject, rated: Sequence[_Rated]) -> list[Partner]:
    if not rated:
        return []
    kinds = Kinds(reader, {path.made_id for row in rated for path in row.paths[:_CITED] if path.climbs})
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
    if not path.made_id:
        return path.steps
    up = ((edge, True) for edge in kinds.edges(path.made_id, path.offered_id))
    return ((edge_id("MAKES", path.partner_id, path.made_id), True), *up, *path.steps)


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
        "（Hidalgo 2007，直接生产记录，不论置信度），取最大；共有技术：占其技术与院所的比例。 complement: offered ∩ wanted / √(wanted × made), "
        "narrower kinds counted; alternative: 1/(1 + others that may be here); relatedness: density around the own "
        "products by who makes what itself, of any confidence, the largest; shared_technology: part of its technologies and institutes.",
        "同城按地级市、直辖市；只知上级地区的为未知。 The same city is the prefecture or municipality (直辖市); known only by a wider "
        "place is not known.",
        *skill_said(),
    ]


def _notes(one: _Subject, has_paths: bool, rated: Sequence[_Rated], limit: int) -> list[str]:
    if not has_paths:
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
