"""Whom an enterprise, or the makers of a product, could work with, each with the way that is the reason and a score.

Ways are found and counted as columns of numbers, whatever their number; they become words only for the rows shown.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from queries.algorithms.arrays import BoolArray, FloatArray, IntArray
from queries.algorithms.structure import link_places, trace
from queries.answer import Answer, Row, cut_note
from queries.areas import Area, Limit, Places, area
from queries.explore import find_node
from queries.facts import Links, Things, counted, links, number_of, of_node, or_none, spread, things
from queries.making import MAKER_CONVENTION, Located, Makers, located, makers
from queries.reader import Reader
from queries.registry import question
from queries.related import related_to
from queries.ways import Step, Texts, Way, made_steps


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
_NUMBER = {role: number for number, role in enumerate(Role)}
_CITED = 20
"""Ways cited in a row; all are counted."""
PARTS = ("complement", "alternative", "relatedness", "same_place", "shared_technology")
"""The parts of the score, in the order of their weights."""
WEIGHTS = (0.3, 0.2, 0.2, 0.15, 0.15)


class Partner(Row):
    """A possible partner in one role, with the way that is the reason."""

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
    reasons: int = Field(description="理由数 ways that speak for it")
    reason: str = Field(description="理由 the first of these ways, in words")
    path: list[str] = Field(description="ids of the nodes of that way, from the partner to the one asked about")
    evidence_ids: list[str] = Field(description="ids of the nodes and edges of the first 20 ways")


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
    limit: Limit = 50,
) -> PartnersAnswer:
    """谁能供应它、购买它、补上它缺的投入、与它共同研发或投资，理由是什么。 Who could supply, buy, fill in, research, and why."""
    where = area(reader, places)
    one = _subject(reader, subject)
    weights = (weight_complement, weight_alternative, weight_relatedness, weight_place, weight_technology)
    places_of = {label: located(reader, label, where) for label in ("Enterprise", "Institute")}
    found = _ways(reader, one, places_of)
    groups = _grouped(found, [_NUMBER[role] for role in roles or Role])
    scored = _scored(reader, one, places_of, found, groups, weights)
    best = _order(groups, scored)[:limit]
    return PartnersAnswer(
        rows=_rows(reader, found, groups, scored, best),
        by_role=counted(groups.role, Role), looked_at=len(groups.role),
        looked_at_what="企业与机构（按角色） enterprises and institutes, by role", conventions=_conventions(where, weights),
        notes=_notes(one, found, groups, scored, limit),
    )  # fmt: skip


# --- the one asked about -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Subject:
    """An enterprise with what it makes, or a product by itself."""

    nodes: Things
    number: int
    own: IntArray  # products, ascending
    own_link: IntArray  # the MAKES edge of each; empty for a product

    @property
    def enterprise(self) -> int:
        """Its number among the enterprises, −1 for a product."""
        return self.number if self.nodes.label == "Enterprise" else -1


def _subject(reader: Reader, text: str) -> _Subject:
    node = find_node(reader, text, ("Enterprise", "Product"))
    nodes = things(reader, node.label)
    number = number_of(reader, node.label, node.label.lower(), node.id)
    if node.label == "Product":
        return _Subject(nodes, number, np.array([number]), np.zeros(0, np.int64))
    makes = links(reader, "MAKES", "Enterprise", "Product")
    own = of_node(makes.forward, number)
    return _Subject(nodes, number, makes.head[own], own)


# --- ways --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Shape:
    """Ways of one shape as columns: from partners to the one asked about."""

    partners: Things
    partner: IntArray
    role: IntArray  # places in `Role`
    given: IntArray  # the number of the product that the partner offers, −1 where it offers none
    others: FloatArray  # how many others here offer the same, NaN where that says nothing
    steps: tuple[tuple[Links, IntArray, bool], ...]  # after the way of a pair, if any: edges and their direction
    pair: IntArray | None = None  # a pair of `Makers` that the way starts with


@dataclass(frozen=True, slots=True, eq=False)
class _Ways:
    """All ways, by shape, and the columns of all of them one after another."""

    shapes: list[_Shape]
    shape: IntArray
    place: IntArray  # in the columns of its shape
    is_institute: BoolArray
    partner: IntArray
    role: IntArray
    given: IntArray
    others: FloatArray
    length: IntArray  # edges
    wanted: dict[int, int]  # for a role how many products are wanted in it


def _ways(reader: Reader, one: _Subject, places: Mapping[str, Located]) -> _Ways:
    """Every way of one of the known shapes from a possible partner to the one asked about."""
    making = makers(reader)
    goods, wanted = _over_goods(reader, one, making, places["Enterprise"])
    shapes = [
        shape
        for shape in (*_recorded(reader, one), *goods, *_over_technologies(reader, one, places), *_common(reader, one))
        if len(shape.partner)
    ]
    none = np.zeros(0, np.int64)
    climbed = [making.steps[s.pair] + 1 if s.pair is not None else np.zeros(len(s.partner), np.int64) for s in shapes]
    return _Ways(
        shapes,
        np.repeat(np.arange(len(shapes)), [len(s.partner) for s in shapes]),
        np.concatenate([none, *(np.arange(len(s.partner)) for s in shapes)]),
        np.repeat([s.partners.label == "Institute" for s in shapes], [len(s.partner) for s in shapes]).astype(np.bool_),
        np.concatenate([none, *(s.partner for s in shapes)]),
        np.concatenate([none, *(s.role for s in shapes)]),
        np.concatenate([none, *(s.given for s in shapes)]),
        np.concatenate([none.astype(np.float64), *(s.others for s in shapes)]),
        np.concatenate([none, *(c + len(s.steps) for s, c in zip(shapes, climbed, strict=True))]),
        wanted,
    )  # fmt: skip


def _over_goods(reader: Reader, one: _Subject, making: Makers, places: Located) -> tuple[list[_Shape], dict[int, int]]:
    """Suppliers make an input of an own product, buyers make what an own product goes into, makers make the product."""
    inputs = links(reader, "INPUT_OF", "Product", "Product")
    may_be_here = places.is_inside | places.may_be_inside
    here = np.bincount(making.product[may_be_here[making.enterprise]], minlength=len(inputs.tails))
    local = np.bincount(making.product[places.is_inside[making.enterprise]], minlength=len(inputs.tails))
    unplaced = np.bincount(making.product[places.may_be_inside[making.enterprise]], minlength=len(inputs.tails))
    if one.enterprise >= 0 and may_be_here[one.enterprise]:
        here = here - np.isin(np.arange(len(here)), making.product[making.enterprise == one.enterprise])
    is_missing = (local == 0) & (unplaced == 0)

    def shape(good: IntArray, at: IntArray, link: IntArray | None, is_along: bool, role: IntArray) -> _Shape:
        counts = making.start[good + 1] - making.start[good]
        pair = link_places(making.start, good)
        steps = [] if link is None else [(inputs, np.repeat(link, counts), is_along)]
        if len(one.own_link):
            steps.append((making.makes, np.repeat(one.own_link[at], counts), False))
        keep = np.flatnonzero(making.enterprise[pair] != one.enterprise)
        pair, partner = pair[keep], making.enterprise[pair[keep]]
        others = (here[making.product[pair]] - may_be_here[partner]).astype(np.float64)
        return _Shape(
            making.makes.tails, partner, np.repeat(role, counts)[keep], making.product[pair], others,
            tuple((of, numbers[keep], along) for of, numbers, along in steps), pair,
        )  # fmt: skip

    at_in, into = spread(inputs.backward, one.own)
    at_out, out = spread(inputs.forward, one.own)
    needed, used = inputs.tail[into], inputs.head[out]
    role = np.where(is_missing[needed], _NUMBER[Role.FILLS_MISSING], _NUMBER[Role.SUPPLIER])
    shapes = [
        shape(needed, at_in, into, True, role),
        shape(used, at_out, out, False, np.full(len(used), _NUMBER[Role.BUYER])),
    ]
    if one.enterprise < 0:
        shapes.append(shape(one.own, np.zeros(1, np.int64), None, True, np.array([_NUMBER[Role.MAKER]])))
    inputs_wanted, outlets = len(np.unique(needed)), len(np.unique(used))
    wanted = {Role.SUPPLIER: inputs_wanted, Role.FILLS_MISSING: inputs_wanted, Role.BUYER: outlets, Role.MAKER: 1}
    return shapes, {_NUMBER[role]: count for role, count in wanted.items()}


def _over_technologies(reader: Reader, one: _Subject, places: Mapping[str, Located]) -> list[_Shape]:
    """Institutes and enterprises that work on a technology which an own product needs, or which the enterprise masters."""
    needs = links(reader, "NEEDS", "Product", "Technology")
    masters = links(reader, "MASTERS", "Enterprise", "Technology")
    at, need = spread(needs.forward, one.own)
    ways: list[tuple[IntArray, list[tuple[Links, IntArray, bool]]]] = [(needs.head[need], [(needs, need, False)])]
    if len(one.own_link):
        ways[0][1].append((links(reader, "MAKES", "Enterprise", "Product"), one.own_link[at], False))
    if one.enterprise >= 0:
        held = of_node(masters.forward, one.enterprise)
        ways.append((masters.head[held], [(masters, held, False)]))
    shapes = []
    for label, work in (
        ("Institute", links(reader, "RESEARCHES", "Institute", "Technology")),
        ("Enterprise", masters),
    ):
        may_be_here = places[label].is_inside | places[label].may_be_inside
        here = np.bincount(work.head[may_be_here[work.tail]], minlength=len(work.heads))
        if label == "Enterprise" and one.enterprise >= 0 and may_be_here[one.enterprise]:
            here[masters.head[of_node(masters.forward, one.enterprise)]] -= 1
        for technology, rest in ways:
            back_at, link = spread(work.backward, technology)
            keep = work.tail[link] != (one.enterprise if label == "Enterprise" else -1)
            back_at, link = back_at[keep], link[keep]
            partner = work.tail[link]
            others = (here[work.head[link]] - may_be_here[partner]).astype(np.float64)
            shapes.append(_no_goods(work.tails, partner, Role.RESEARCH, others, (
                (work, link, True), *((of, numbers[back_at], along) for of, numbers, along in rest)
            )))  # fmt: skip
    return shapes


def _no_goods(
    nodes: Things,
    partner: IntArray,
    role: Role,
    others: FloatArray | None,
    steps: tuple[tuple[Links, IntArray, bool], ...],
) -> _Shape:
    size = len(partner)
    return _Shape(
        nodes, partner, np.full(size, _NUMBER[role]), np.full(size, -1),
        np.full(size, np.nan) if others is None else others, steps,
    )  # fmt: skip


def _common(reader: Reader, one: _Subject) -> list[_Shape]:
    """Enterprises that cooperate with the same institute, and those that hold shares of the same enterprise."""
    if one.enterprise < 0:
        return []
    shapes = []
    for edge_type, label, role in (
        ("COOPERATES_WITH", "Institute", Role.RESEARCH),
        ("OWNS", "Enterprise", Role.CO_INVESTOR),
    ):
        joined = links(reader, edge_type, "Enterprise", label)
        own = of_node(joined.forward, one.enterprise)
        at, link = spread(joined.backward, joined.head[own])
        keep = joined.tail[link] != one.enterprise
        at, link = at[keep], link[keep]
        steps = ((joined, link, True), (joined, own[at], False))
        shapes.append(_no_goods(joined.tails, joined.tail[link], role, None, steps))
    return shapes


def _recorded(reader: Reader, one: _Subject) -> list[_Shape]:
    """Who is on record as supplying the enterprise or being supplied, holding shares of it or held, cooperating with it."""
    if one.enterprise < 0:
        return []
    shapes = []
    for edge_type, label in (("SUPPLIES", "Enterprise"), ("OWNS", "Enterprise"), ("COOPERATES_WITH", "Institute")):
        joined = links(reader, edge_type, "Enterprise", label)
        if label == "Enterprise":
            into = _by_id(joined, of_node(joined.backward, one.enterprise))
            shapes.append(_no_goods(joined.tails, joined.tail[into], Role.RECORDED, None, ((joined, into, True),)))
        out = _by_id(joined, of_node(joined.forward, one.enterprise))
        shapes.append(_no_goods(joined.heads, joined.head[out], Role.RECORDED, None, ((joined, out, False),)))
    return shapes


def _by_id(joined: Links, numbers: IntArray) -> IntArray:
    """Edges in the order of their ids: of two between the same nodes an engine may give either first."""
    ids = joined.ids(numbers)
    return numbers[sorted(range(len(ids)), key=ids.__getitem__)]


# --- who they lead to, and how well -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Groups:
    """Partners, each once for each role, with the ways that speak for it."""

    role: IntArray
    is_institute: BoolArray
    partner: IntArray
    ways: IntArray  # group by group, the shortest way first
    start: IntArray  # (groups + 1)


def _grouped(found: _Ways, roles: Sequence[int]) -> _Groups:
    asked = np.flatnonzero(np.isin(found.role, roles))
    role, is_institute, partner = found.role[asked], found.is_institute[asked], found.partner[asked]
    order = np.lexsort((found.length[asked], partner, is_institute, role))
    ways = asked[order]
    role, is_institute, partner = role[order], is_institute[order], partner[order]
    is_first = np.ones(len(ways), np.bool_)
    is_first[1:] = (np.diff(role) != 0) | (np.diff(partner) != 0) | (is_institute[1:] != is_institute[:-1])
    first = np.flatnonzero(is_first)
    return _Groups(role[first], is_institute[first], partner[first], ways, np.append(first, len(ways)))


@dataclass(frozen=True, slots=True, eq=False)
class _Scored:
    """The parts of the score of each group, NaN where not known, and what is shown beside them."""

    parts: FloatArray  # (groups, parts)
    score: FloatArray
    is_local: FloatArray  # 1, 0, NaN


def _scored(
    reader: Reader,
    one: _Subject,
    places: Mapping[str, Located],
    found: _Ways,
    groups: _Groups,
    weights: Sequence[float],
) -> _Scored:
    size = len(groups.role)
    parts = np.full((size, len(PARTS)), np.nan)
    parts[:, 0] = _complement(reader, found, groups)
    if size:
        # The least number of others over the ways of a group; NaN only where it is NaN in all of them.
        parts[:, 1] = 1 / (1 + np.fmin.reduceat(found.others[groups.ways], groups.start[:-1]))
    is_local = np.full(size, np.nan)
    related = related_to(reader, one.own)
    for label, is_of in (("Enterprise", ~groups.is_institute), ("Institute", groups.is_institute)):
        who = groups.partner[is_of]
        if label == "Enterprise":
            parts[is_of, 2] = related[who]
        parts[is_of, 3] = _same_place(reader, one, label)[who]
        parts[is_of, 4] = _shared(reader, one, label)[who]
        is_local[is_of] = np.where(places[label].may_be_inside, np.nan, places[label].is_inside)[who]
    whole = sum(weights)
    score = np.nan_to_num(parts) @ np.array(weights) / whole if whole else np.full(size, np.nan)
    return _Scored(parts, score, is_local)


def _complement(reader: Reader, found: _Ways, groups: _Groups) -> FloatArray:
    """|offered ∩ wanted| / √(|wanted| · |made|): the cosine of what is wanted and what a partner makes."""
    making = makers(reader)
    made = np.bincount(making.enterprise, minlength=len(making.makes.tails))
    group = np.repeat(np.arange(len(groups.role)), np.diff(groups.start))
    given = found.given[groups.ways]
    goods = len(making.makes.heads)
    pairs = np.unique(group[given >= 0] * goods + given[given >= 0])
    offered = np.bincount(pairs // max(goods, 1), minlength=len(groups.role))
    wanted = np.array([found.wanted.get(role, 0) for role in groups.role.tolist()], np.float64)
    whole = np.sqrt(wanted * np.append(made, 0)[np.where(groups.is_institute, -1, groups.partner)])
    cosine: FloatArray = np.divide(offered, whole, out=np.full(len(wanted), np.nan), where=whole > 0)
    return cosine


def _same_place(reader: Reader, one: _Subject, label: str) -> FloatArray:
    """Of each node of a label whether it is in a city of the enterprise: 1, 0, NaN where either is not known well enough."""
    found = np.full(len(things(reader, label)), np.nan)
    if one.enterprise < 0:
        return found
    own = links(reader, "LOCATED_IN", "Enterprise", "Place")
    inside = links(reader, "PART_OF", "Place", "Place")
    places = own.head[of_node(own.forward, one.enterprise)]
    if not len(places):
        return found
    city_of = area(reader, ["everywhere"]).city_of
    is_same = np.isin(city_of, city_of[places])
    may_be = np.zeros(len(city_of), np.bool_)
    for around in (inside.forward, inside.backward):
        may_be[trace(around, places).nodes] = True
    at = links(reader, "LOCATED_IN", label, "Place")
    found[at.tail] = 0
    found[at.tail[may_be[at.head]]] = np.nan
    found[at.tail[is_same[at.head]]] = 1
    return found


def _shared(reader: Reader, one: _Subject, label: str) -> FloatArray:
    """Of each node of a label the part of the one's technologies and institutes that it has to do with too, NaN unknown."""
    needs = links(reader, "NEEDS", "Product", "Technology")
    masters = links(reader, "MASTERS", "Enterprise", "Technology")
    joined = links(reader, "COOPERATES_WITH", "Enterprise", "Institute")
    own = [needs.head[spread(needs.forward, one.own)[1]]]
    institutes = np.zeros(0, np.int64)
    if one.enterprise >= 0:
        own.append(masters.head[of_node(masters.forward, one.enterprise)])
        institutes = np.unique(joined.head[of_node(joined.forward, one.enterprise)])
    technologies = np.unique(np.concatenate(own))
    size = len(things(reader, label))
    whole = len(technologies) + len(institutes)
    if not whole:
        return np.full(size, np.nan)
    work = masters if label == "Enterprise" else links(reader, "RESEARCHES", "Institute", "Technology")
    has = np.bincount(work.tail[np.isin(work.head, technologies)], minlength=size).astype(np.float64)
    is_known = np.bincount(work.tail, minlength=size) > 0
    if label == "Institute":
        has[institutes] += 1
        is_known[institutes] = True
    else:
        pairs = np.unique(joined.tail * max(len(joined.heads), 1) + joined.head) if len(joined) else joined.tail
        tail, head = np.divmod(pairs, max(len(joined.heads), 1))
        has += np.bincount(tail[np.isin(head, institutes)], minlength=size)
        is_known |= np.bincount(tail, minlength=size) > 0
    return np.where(is_known, has / whole, np.nan)


def _order(groups: _Groups, scored: _Scored) -> IntArray:
    """What is on record first, then by score, those here before others.

    Scores count to nine places, so that equal ones are equal in whatever order their parts were added.
    """
    is_possible = groups.role != _NUMBER[Role.RECORDED]
    score = -np.round(np.nan_to_num(scored.score), 9)
    found: IntArray = np.lexsort(
        (groups.partner, groups.is_institute, groups.role, scored.is_local != 1, score, is_possible)
    )
    return found


# --- rows --------------------------------------------------------------------------------------------------------------


def _rows(reader: Reader, found: _Ways, groups: _Groups, scored: _Scored, best: IntArray) -> list[Partner]:
    kinds, making = links(reader, "KIND_OF", "Product", "Product"), makers(reader)
    shown = [
        [
            _way(found.shapes[found.shape[way]], int(found.place[way]), making, kinds)
            for way in groups.ways[groups.start[group] : groups.start[group + 1]][:_CITED]
        ]
        for group in best
    ]
    texts = Texts(way for ways in shown for way in ways)
    return [
        _row(texts, ways, groups, scored, group, list(Role)[groups.role[group]])
        for ways, group in zip(shown, best.tolist(), strict=True)
    ]


def _way(shape: _Shape, place: int, making: Makers, kinds: Links) -> Way:
    first = made_steps(making, kinds, int(shape.pair[place])) if shape.pair is not None else ()
    return (*first, *(Step(of, int(numbers[place]), is_along) for of, numbers, is_along in shape.steps))


def _row(texts: Texts, ways: Sequence[Way], groups: _Groups, scored: _Scored, group: int, role: Role) -> Partner:
    parts = dict(zip(PARTS, map(or_none, scored.parts[group]), strict=True))
    local, same = or_none(scored.is_local[group]), parts["same_place"]
    return Partner(
        partner_id=texts.id(ways[0][0].start),
        name_zh=texts.name(ways[0][0].start),
        role=role,
        role_zh=ROLE_ZH[role],
        score=or_none(scored.score[group]),
        **parts,
        is_local=None if local is None else bool(local),
        is_same_place=None if same is None else bool(same),
        reasons=int(groups.start[group + 1] - groups.start[group]),
        reason=texts.words(ways[0]),
        path=texts.node_ids(ways[0]),
        evidence_ids=texts.evidence(ways),
    )


# --- what is said of it ------------------------------------------------------------------------------------------------


def _conventions(where: Area, weights: Sequence[float]) -> list[str]:
    said = ", ".join(f"{part} {weight:g}" for part, weight in zip(PARTS, weights, strict=True))
    return [
        MAKER_CONVENTION,
        *where.conventions,
        "已有往来：图中记有供应、持股或合作，照录在前；其余都是可能性，不是已有的交易。 recorded: a sale, shares or cooperation on "
        "record, shown first; all else is a possibility, not a recorded deal.",
        "供应商生产它所需的投入，客户生产以其产品为投入的产品；补缺来源：该投入区内无生产者记录，且区外生产者的地点都已知。 A supplier "
        "makes an input, a buyer makes what its products go into; fills_missing: nobody here makes that input, and all "
        "its makers are known to be elsewhere.",
        "研发伙伴：研究或掌握其产品所需或其掌握的技术的院所与企业，或与同一院所合作的企业；共同投资者：持有同一企业股份。 research: "
        "institutes and enterprises that work on a technology its products need or it masters, enterprises of the same "
        "institute; co_investor: holds shares of the same enterprise.",
        f"得分是各项的加权平均，未知项计 0（得分因此是下限）；权重： score is the weighted mean of its parts, an unknown part counts "
        f"0, so that it is a lower bound; weights: {said}.",
        "产品互补：所供 ∩ 所需 / √(所需 × 所产)，含细分品；替代价值：1/(1 + 可能在区内的其他提供者)；关联度：其产品在自有产品周围的密度"
        "（Hidalgo 2007，直接生产记录），取最大；共有技术：占其技术与院所的比例。 complement: offered ∩ wanted / √(wanted × made), "
        "narrower kinds counted; alternative: 1/(1 + others that may be here); relatedness: density around the own "
        "products, the largest; shared_technology: part of its technologies and institutes.",
        "同城按地级市（上海按区）；只知上级地区的为未知。 The same city is the prefecture, in 上海 the district; known only by a "
        "wider place is not known.",
        *skill_said(),
    ]


def _notes(one: _Subject, found: _Ways, groups: _Groups, scored: _Scored, limit: int) -> list[str]:
    if not len(found.role):
        return [
            f"{one.nodes.name(one.number)}：没有它生产什么、需要什么、与谁往来的记录。 Nothing on record of what it makes, needs or "
            "deals with."
        ]
    size, notes = len(groups.role), []
    notes += cut_note(size, limit)
    if size and np.isnan(scored.score).all():
        notes.append("权重全为 0，没有得分，按角色排列。 All weights are 0: no score, in the order of roles.")
    unknown = [name for name, part in _PART_ZH.items() if size and np.isnan(scored.parts[:, PARTS.index(part)]).all()]
    if unknown:
        notes.append(
            f"对所有行都未知、因而计 0 的项：{'、'.join(unknown)}。 Not known in any row, so counted 0: "
            f"{', '.join(_PART_ZH[name] for name in unknown)}."
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
