"""Whom an enterprise, or a maker of a product, could work with, each with the path that is the reason."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from graph.model import Node
from queries.chains import (
    MAKER_CONVENTION,
    Area,
    CountedMaker,
    Limit,
    Making,
    Places,
    area,
    making,
    product_links,
    technology_needs,
)
from queries.explore import find_node, nodes
from queries.runner import Answer, Reader, Row, query, question
from queries.weak_points import technology_researchers


class OwnProduct(Row):
    """A product that an enterprise makes."""

    edge_id: str
    enterprise_id: str
    product_id: str


class OwnTechnology(Row):
    """A technology that an enterprise masters."""

    edge_id: str
    enterprise_id: str
    technology_id: str


class OwnPlace(Row):
    """A place that an enterprise is in."""

    edge_id: str
    enterprise_id: str
    place_id: str


@query("partners.cypher")
def products_of(reader: Reader, *, enterprise_ids: Sequence[str]) -> list[OwnProduct]:  # type: ignore[empty-body]
    """What the enterprises make."""


@query("partners.cypher")
def technologies_of(reader: Reader, *, enterprise_ids: Sequence[str]) -> list[OwnTechnology]:  # type: ignore[empty-body]
    """What technologies the enterprises master."""


@query("partners.cypher")
def places_of(reader: Reader, *, enterprise_ids: Sequence[str]) -> list[OwnPlace]:  # type: ignore[empty-body]
    """Where the enterprises are."""


class Role(StrEnum):
    """What a partner could be."""

    SUPPLIER = "supplier"
    FILLS_MISSING = "fills_missing"
    BUYER = "buyer"
    MAKER = "maker"
    RESEARCH = "research"

    @property
    def zh(self) -> str:
        """Its Chinese name."""
        return ROLE_ZH[self]


ROLE_ZH = {
    Role.SUPPLIER: "供应商",
    Role.FILLS_MISSING: "补缺来源",
    Role.BUYER: "客户",
    Role.MAKER: "生产者",
    Role.RESEARCH: "研发伙伴",
}
_ORDER = {role: number for number, role in enumerate(Role)}


class Partner(Row):
    """A possible partner in one role, with the path that is the reason."""

    table = ("name_zh", "role_zh", "is_local", "is_same_place", "reasons", "reason")

    partner_id: str = Field(description="id of the enterprise or institute")
    name_zh: str = Field(description="名称")
    role: Role = Field(description="角色代码 role")
    role_zh: str = Field(description="角色 role, in Chinese")
    is_local: bool | None = Field(description="在所问地区内 in the places asked for; null where its place is not known")
    is_same_place: bool | None = Field(description="与其同城 in the same place; null where a place is not known")
    reasons: int = Field(description="理由数 paths that speak for it")
    reason: str = Field(description="理由 the first of these paths, in words")
    path: list[str] = Field(description="ids of the nodes of that path, from the partner to the one asked about")
    evidence_ids: list[str] = Field(description="ids of the nodes and edges of all its paths")


class PartnersAnswer(Answer):
    """Possible partners."""

    rows: list[Partner]


@dataclass(frozen=True, slots=True)
class _Reason:
    """One path from a partner to the one asked about: nodes, edges, and the words between the nodes."""

    partner_id: str
    role: Role
    places: tuple[str, ...]
    nodes: tuple[str, ...]
    edges: tuple[str, ...]
    words: tuple[str, ...]


_CONVENTIONS = [
    MAKER_CONVENTION,
    "供应商生产它所需的投入，客户生产以其产品为投入的产品；这是可能性，不是已有的交易。 "
    "A supplier makes an input, a buyer makes what its products go into; a possibility, not a recorded sale.",
    "补缺来源：所问地区无人生产的投入，由区外企业生产。 fills_missing: makers elsewhere of an input that nobody here makes.",
    "排序：角色、同城、区内、理由数、编号。 Order: role, same place, local, number of reasons, id.",
]


@question(zh="合作伙伴", en="Partners")
def partners(
    reader: Reader,
    *,
    subject: Annotated[str, Field(description="企业或产品（编号或名称） id or name of an enterprise or product")],
    places: Places = [],
    roles: Annotated[list[Role], Field(description="只列这些角色（空为全部） roles, empty for all")] = [],
    limit: Limit = 50,
) -> PartnersAnswer:
    """谁能供应它、购买它、补上它缺的投入、与它共同研发，理由是什么。 Who could supply, buy, fill in, research, and why."""
    where = area(reader, places)
    one = find_node(reader, subject, ("Enterprise", "Product"))
    reasons = _reasons(reader, one, where)
    own_places = {row.place_id for row in places_of(reader, enterprise_ids=[one.id])}
    grouped: dict[tuple[str, Role], list[_Reason]] = defaultdict(list)
    for reason in reasons:
        if reason.partner_id != one.id and (not roles or reason.role in roles):
            grouped[reason.partner_id, reason.role].append(reason)
    names = {n.id: n.name for n in nodes(reader, {i for r in reasons for i in r.nodes})}
    rows = sorted(
        (_partner(found, where, own_places, names) for found in grouped.values()),
        key=lambda r: (_ORDER[r.role], not r.is_same_place, not r.is_local, -r.reasons, r.partner_id),
    )
    return PartnersAnswer(
        question="", parameters={}, rows=rows[:limit], looked_at=len(grouped),
        looked_at_what="企业与机构（按角色） enterprises and institutes, by role", conventions=_CONVENTIONS,
        notes=_notes(one, reasons, len(rows), limit),
    )  # fmt: skip


def _notes(one: Node, reasons: Sequence[_Reason], found: int, limit: int) -> list[str]:
    if not reasons:
        return [f"{one.name}：没有它生产什么、需要什么的记录。 Nothing on record of what it makes or needs."]
    return [f"共 {found} 行，只列前 {limit} 行。 The first {limit} of {found} rows are shown."] if found > limit else []


def _partner(found: Sequence[_Reason], where: Area, own_places: set[str], names: dict[str, str]) -> Partner:
    best = min(found, key=lambda r: (len(r.nodes), r.edges))
    places = {place for reason in found for place in reason.places}
    evidence = [i for r in sorted(found, key=lambda r: (len(r.nodes), r.edges)) for i in (*r.nodes, *r.edges)]
    return Partner(
        partner_id=best.partner_id,
        name_zh=names[best.partner_id],
        role=best.role,
        role_zh=ROLE_ZH[best.role],
        is_local=any(where.holds(p) for p in places) if places else None,
        is_same_place=bool(places & own_places) if places and own_places else None,
        reasons=len({r.edges for r in found}),
        reason=_in_words(best, names),
        path=list(best.nodes),
        evidence_ids=list(dict.fromkeys(evidence)),
    )


def _in_words(reason: _Reason, names: dict[str, str]) -> str:
    parts = [names[reason.nodes[0]]]
    for word, node_id in zip(reason.words, reason.nodes[1:], strict=True):
        parts += [word, names[node_id]]
    return " ".join(parts)


def _reasons(reader: Reader, one: Node, where: Area) -> list[_Reason]:
    """Every path of one of the known shapes from a possible partner to the one asked about."""
    own = _own_products(reader, one)
    found = making(reader, where)
    reasons = list(_over_links(reader, one, own, found))
    if one.label == "Product":
        reasons += [_made(maker, Role.MAKER, (), (), ()) for maker in found.everywhere.get(one.id, {}).values()]
    return reasons + list(_over_technologies(reader, one, own))


def _own_products(reader: Reader, one: Node) -> dict[str, str | None]:
    """Products that the question is about, each with the edge that joins it to the one asked about, if any."""
    if one.label == "Product":
        return {one.id: None}
    return {row.product_id: row.edge_id for row in products_of(reader, enterprise_ids=[one.id])}


def _over_links(reader: Reader, one: Node, own: dict[str, str | None], found: Making) -> Iterable[_Reason]:
    """Suppliers make an input of an own product, buyers make what an own product goes into."""
    for link in product_links(reader):
        if link.product_id in own:
            role = Role.SUPPLIER if found.inside.get(link.input_id) else Role.FILLS_MISSING
            tail, edges, words = _tail(one, link.product_id, own[link.product_id])
            for maker in found.everywhere.get(link.input_id, {}).values():
                yield _made(maker, role, tail, (link.edge_id, *edges), ("→ 投入 →", *words))
        if link.input_id in own:
            tail, edges, words = _tail(one, link.input_id, own[link.input_id])
            for maker in found.everywhere.get(link.product_id, {}).values():
                yield _made(maker, Role.BUYER, tail, (link.edge_id, *edges), ("← 投入 ←", *words))


def _tail(one: Node, product_id: str, edge: str | None) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The end of a path: the own product, and the enterprise that makes it where one was asked about."""
    if edge is None:
        return (product_id,), (), ()
    return (product_id, one.id), (edge,), ("← 生产 ←",)


def _made(
    maker: CountedMaker, role: Role, tail: tuple[str, ...], edges: tuple[str, ...], words: tuple[str, ...]
) -> _Reason:
    """What the maker makes, if need be up to the broader kind that it counts for, then the tail."""
    return _Reason(
        maker.enterprise_id,
        role,
        maker.place_ids,
        (maker.enterprise_id, *maker.through, *tail),
        (*maker.edge_ids, *edges),
        ("→ 生产 →", *["→ 是一种 →"] * (len(maker.through) - 1), *words),
    )


def _over_technologies(reader: Reader, one: Node, own: dict[str, str | None]) -> Iterable[_Reason]:
    """Institutes that work on a technology which an own product needs, or which the enterprise masters."""
    ways: dict[str, list[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]]] = defaultdict(list)
    for need in technology_needs(reader):
        if need.product_id in own:
            tail, edges, words = _tail(one, need.product_id, own[need.product_id])
            ways[need.technology_id].append((tail, (need.edge_id, *edges), ("← 需要技术 ←", *words)))
    if one.label == "Enterprise":
        for held in technologies_of(reader, enterprise_ids=[one.id]):
            ways[held.technology_id].append(((one.id,), (held.edge_id,), ("← 掌握 ←",)))
    for researcher in technology_researchers(reader):
        for tail, edges, words in ways[researcher.technology_id]:
            yield _Reason(
                researcher.holder_id,
                Role.RESEARCH,
                (researcher.place_id,) if researcher.place_id else (),
                (researcher.holder_id, researcher.technology_id, *tail),
                (researcher.edge_id, *edges),
                ("→ 研究 →", *words),
            )
