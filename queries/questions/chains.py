"""Chains and how much of them is on record, the overview to start from."""

import numpy as np
from pydantic import Field

from queries.algorithms.arrays import BoolArray, IntArray
from queries.answer import Answer, Row
from queries.areas import Places, area
from queries.facts import links, things
from queries.making import MAKER_CONVENTION, located, makers
from queries.reader import Reader
from queries.registry import question


class ChainOverview(Row):
    """A chain and how much of it is on record."""

    table = (
        "name_zh",
        "products",
        "with_maker",
        "with_local_maker",
        "coverage",
        "local_makers",
        "technologies",
        "key_technologies",
    )

    chain_id: str = Field(description="id of the chain")
    name_zh: str = Field(description="产业链")
    name_en: str | None = Field(description="industrial chain")
    products: int = Field(description="产品数 products of the chain")
    with_maker: int = Field(description="有生产者记录 products with a maker on record anywhere")
    with_local_maker: int = Field(description="区内有生产者 products with a maker on record in the places asked for")
    coverage: float | None = Field(
        description="区内覆盖率 with_local_maker / products; null for a chain of no products"
    )
    local_makers: int = Field(description="区内企业数 enterprises of the places that make a product of the chain")
    technologies: int = Field(description="关联技术 technologies that its products need")
    key_technologies: int = Field(description="其中卡脖子技术 of these on the chokepoint list")
    evidence_ids: list[str] = Field(description="ids of nodes that the row rests on")


class ChainsAnswer(Answer):
    """The chains."""

    rows: list[ChainOverview]


@question(zh="产业链概览", en="Industrial chains", order=10)
def chains(
    reader: Reader,
    *,
    places: Places = [],
) -> ChainsAnswer:
    """每条产业链有多少产品、其中多少在区内有生产者记录。 What each chain holds and how much of it is on record."""
    where = area(reader, places)
    membership = links(reader, "PART_OF", "Product", "Chain")
    found = makers(reader)
    is_inside = located(reader, "Enterprise", where).is_inside
    with_maker = np.diff(found.start) > 0
    local = np.bincount(found.product[is_inside[found.enterprise]], minlength=len(with_maker)) > 0
    rows = []
    for chain in range(len(membership.heads)):
        products = membership.tail[membership.head == chain]
        rows.append(_overview(reader, chain, products, with_maker[products], local[products], is_inside))
    return ChainsAnswer(
        rows=rows, looked_at=len(rows), looked_at_what="产业链 chains",
        conventions=[MAKER_CONVENTION, *where.conventions],
        notes=[] if rows else ["图中没有产业链；其他问题不指明产业链时看全部产品。 The graph has no chain; other questions look at all products."],
    )  # fmt: skip


def _overview(
    reader: Reader, chain: int, products: IntArray, with_maker: BoolArray, local: BoolArray, is_inside: BoolArray
) -> ChainOverview:
    chains = things(reader, "Chain")
    found = makers(reader)
    own = found.enterprise[np.isin(found.product, products)]
    needs = links(reader, "NEEDS", "Product", "Technology")
    technologies = np.unique(needs.head[np.isin(needs.tail, products)])
    is_key = needs.heads.is_true("is_key")[technologies]
    number = np.array([chain])
    return ChainOverview(
        chain_id=chains.id(chain),
        name_zh=chains.name(chain),
        name_en=chains.texts("name_en", number)[0],
        products=len(products),
        with_maker=int(with_maker.sum()),
        with_local_maker=int(local.sum()),
        coverage=float(local.mean()) if len(products) else None,
        local_makers=len(np.unique(own[is_inside[own]])),
        technologies=len(technologies),
        key_technologies=int(is_key.sum()),
        evidence_ids=[chains.id(chain), *things(reader, "Product").ids(np.sort(products))],
    )
