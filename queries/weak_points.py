"""Which key technologies and products much depends on and few in the places hold."""

from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import Field

from graph.model import edge_id
from queries.chains import (
    MAKER_CONVENTION,
    Area,
    ChainName,
    ChainProduct,
    Limit,
    Making,
    Places,
    TechnologyNeed,
    area,
    chain_ids,
    chain_products,
    downstream_links,
    making,
    product_links,
    technology_needs,
)
from queries.measures import Links, reached
from queries.runner import Answer, Reader, Row, query, question


class TechnologyRow(Row):
    """A technology."""

    technology_id: str
    name_zh: str
    name_en: str | None
    field: str | None
    is_key: bool | None


class TechnologyHolder(Row):
    """An enterprise that masters a technology, and one place it is in."""

    edge_id: str
    technology_id: str
    holder_id: str
    name_zh: str
    short_name: str | None
    place_id: str | None


class TechnologyResearcher(Row):
    """An institute that works on a technology, and one place it is in."""

    edge_id: str
    technology_id: str
    holder_id: str
    name_zh: str
    place_id: str | None


@query("weak_points.cypher")
def all_technologies(reader: Reader) -> list[TechnologyRow]:  # type: ignore[empty-body]
    """Every technology, by id."""


@query("weak_points.cypher")
def technology_holders(reader: Reader) -> list[TechnologyHolder]:  # type: ignore[empty-body]
    """Enterprises on record as mastering a technology, once for each place they are in."""


@query("weak_points.cypher")
def technology_researchers(reader: Reader) -> list[TechnologyResearcher]:  # type: ignore[empty-body]
    """Institutes on record as working on a technology, once for each place they are in."""


T = TypeVar("T", TechnologyHolder, TechnologyResearcher)


class Kind(StrEnum):
    """What a weak point is."""

    TECHNOLOGY = "technology"
    PRODUCT = "product"

    @property
    def zh(self) -> str:
        """Its Chinese name."""
        return {"technology": "技术", "product": "产品"}[self.value]


class WeakPoint(Row):
    """A technology or product, how much depends on it, how thin its holders are, and the score made of both."""

    table = (
        "name_zh",
        "kind",
        "dependents",
        "holder_names",
        "holders",
        "holders_elsewhere",
        "near_holders",
        "researchers",
        "score",
        "is_upper_bound",
    )

    id: str = Field(description="id of the technology or product")
    kind: Kind = Field(description="类别 kind")
    name_zh: str = Field(description="名称")
    name_en: str | None = Field(description="name")
    is_key: bool | None = Field(description="在卡脖子清单上 on the chokepoint list; null for products")
    dependents: int = Field(description="依赖它的产品 products that need it, directly or through other products")
    direct_products: int = Field(description="直接需要 products that need it directly")
    holders: int = Field(description="区内掌握者或生产者 enterprises of the places on record as holding it")
    holders_elsewhere: int = Field(description="区外掌握者或生产者 enterprises on record elsewhere")
    near_holders: int | None = Field(
        description="区内直接需要它的产品之生产者 makers here of products that need the technology; null for products"
    )
    researchers: int | None = Field(description="区内研究机构 institutes here that work on it; null for products")
    thinness: float = Field(description="薄弱度 1 / (1 + holders)")
    score: float = Field(description="得分 dependents × thinness")
    is_upper_bound: bool = Field(
        description="得分是否上限 true where nobody anywhere is on record: holders may exist that the data do not know"
    )
    holder_names: list[str] = Field(description="掌握者或生产者 holders here, or elsewhere where there is none here")
    evidence_ids: list[str] = Field(description="ids of the nodes and edges that the row rests on")


class WeakPointsAnswer(Answer):
    """The weak points."""

    rows: list[WeakPoint]


_CONVENTIONS = [
    MAKER_CONVENTION,
    "得分 = 依赖产品数 × 1/(1 + 区内持有者数)；依赖沿 INPUT_OF 传递，自身不计。 "
    "score = dependents × 1/(1 + holders here); dependence passes along INPUT_OF, a thing never counts itself.",
    "技术的持有者是有 MASTERS 记录的企业，产品的持有者是有 MAKES 记录的企业；生产需要某技术的产品不等于掌握该技术，单列为 near_holders。 "
    "A technology is held by who is on record as mastering it, a product by who makes it; making a product that needs "
    "a technology is not mastering it and is shown apart as near_holders.",
]  # fmt: skip


@question(zh="薄弱环节与关键技术", en="Weak points and key technologies")
def weak_points(
    reader: Reader,
    *,
    chain: ChainName = "",
    places: Places = [],
    kinds: Annotated[list[Kind], Field(description="只列这些类别（空为全部） kinds, empty for both")] = [],
    key_only: Annotated[
        bool, Field(description="技术只列卡脖子清单上的 of technologies, only the chokepoint list")
    ] = False,
    limit: Limit = 50,
) -> WeakPointsAnswer:
    """多少产品依赖它、区内有几家掌握：依赖越多、掌握者越少，越薄弱。 What much depends on and few here hold."""
    where = area(reader, places)
    products = {p.product_id: p for p in chain_products(reader, chain_ids=chain_ids(reader, chain))}
    downstream = downstream_links(product_links(reader))
    found = making(reader, where)
    rows: list[WeakPoint] = []
    if not kinds or Kind.PRODUCT in kinds:
        rows += [_product(p, reached(downstream, p.product_id), downstream, found) for p in products.values()]
    if not kinds or Kind.TECHNOLOGY in kinds:
        rows += _technologies(reader, where, products, downstream, found, key_only)
    rows.sort(key=lambda r: (-r.score, -r.dependents, r.id))
    notes = [f"共 {len(rows)} 行，只列前 {limit} 行。 The first {limit} of {len(rows)} rows are shown."]
    return WeakPointsAnswer(
        question="", parameters={}, rows=rows[:limit], looked_at=len(rows),
        looked_at_what="产品与技术 products and technologies", conventions=_CONVENTIONS,
        notes=notes if len(rows) > limit else [],
    )  # fmt: skip


def _product(product: ChainProduct, dependents: dict[str, int], downstream: Links, found: Making) -> WeakPoint:
    key = product.product_id
    here, anywhere = found.inside.get(key, {}), found.everywhere.get(key, {})
    direct = sorted(set(downstream.get(key, ())) - {key})
    named = here or anywhere
    return WeakPoint(
        id=key,
        kind=Kind.PRODUCT,
        name_zh=product.name_zh,
        name_en=product.name_en,
        is_key=None,
        direct_products=len(direct),
        near_holders=None,
        researchers=None,
        holder_names=sorted(maker.name for maker in named.values()),
        evidence_ids=[
            key,
            *sorted({i for m in named.values() for i in m.edge_ids}),
            *(edge_id("INPUT_OF", key, other) for other in direct),
        ],
        dependents=len(dependents),
        holders=len(here),
        holders_elsewhere=len(anywhere) - len(here),
        thinness=thinness(len(here)),
        score=len(dependents) * thinness(len(here)),
        is_upper_bound=not anywhere,
    )


def _technologies(
    reader: Reader,
    where: Area,
    products: dict[str, ChainProduct],
    downstream: Links,
    found: Making,
    key_only: bool,
) -> list[WeakPoint]:
    """The technologies that a product of the chain needs, measured over every product that needs them."""
    needs: dict[str, list[TechnologyNeed]] = defaultdict(list)
    for need in technology_needs(reader):
        needs[need.technology_id].append(need)
    holders = _by_technology(technology_holders(reader))
    researchers = _by_technology(technology_researchers(reader))
    return [
        _technology(technology, needs[technology.technology_id], downstream, found, where,
                    holders.get(technology.technology_id, []), researchers.get(technology.technology_id, []))
        for technology in all_technologies(reader)
        if any(need.product_id in products for need in needs[technology.technology_id])
        and (technology.is_key or not key_only)
    ]  # fmt: skip


def _technology(
    technology: TechnologyRow,
    needs: list[TechnologyNeed],
    downstream: Links,
    found: Making,
    where: Area,
    holders: list[TechnologyHolder],
    researchers: list[TechnologyResearcher],
) -> WeakPoint:
    direct = sorted({need.product_id for need in needs})
    dependents = set(direct).union(*(reached(downstream, p) for p in direct))
    here = {h.holder_id: h for h in holders if where.holds(h.place_id)}
    anywhere = {h.holder_id: h for h in holders}
    at_hand = {r.holder_id: r for r in researchers if where.holds(r.place_id)}
    named = here or anywhere
    return WeakPoint(
        id=technology.technology_id,
        kind=Kind.TECHNOLOGY,
        name_zh=technology.name_zh,
        name_en=technology.name_en,
        is_key=technology.is_key,
        direct_products=len(direct),
        near_holders=len({maker for p in direct for maker in found.inside.get(p, {})}),
        researchers=len(at_hand),
        holder_names=sorted(h.short_name or h.name_zh for h in named.values()),
        evidence_ids=[
            technology.technology_id,
            *sorted(need.edge_id for need in needs),
            *sorted(h.edge_id for h in named.values()),
            *sorted(r.edge_id for r in at_hand.values()),
        ],
        dependents=len(dependents),
        holders=len(here),
        holders_elsewhere=len(anywhere) - len(here),
        thinness=thinness(len(here)),
        score=len(dependents) * thinness(len(here)),
        is_upper_bound=not anywhere,
    )


def thinness(holders: int) -> float:
    """1 / (1 + holders): 1 where nobody here is on record, halved by the first.

    >>> thinness(0), thinness(1)
    (1.0, 0.5)
    """
    return 1 / (1 + holders)


def _by_technology(rows: Iterable[T]) -> dict[str, list[T]]:
    found: dict[str, list[T]] = defaultdict(list)
    for row in rows:
        found[row.technology_id].append(row)
    return found
