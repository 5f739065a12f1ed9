"""Chains and how much of them is on record, the overview to start from."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from pydantic import Field

from queries.answer import Answer, Row
from queries.makers import MAKER_CONVENTION
from queries.reader import Reader
from queries.registry import question
from queries.scope import Places, scope
from queries.sections import section


class ChainOverview(Row):
    """A chain and how much of it is on record."""

    key = ("chain_id",)
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


class _Chain(NamedTuple):
    chain_id: str
    name_zh: str
    name_en: str | None
    products: int
    with_maker: int
    with_local_maker: int
    local_makers: int


class _Technologies(NamedTuple):
    chain_id: str
    technologies: int
    key_technologies: int


class _Product(NamedTuple):
    chain_id: str
    product_id: str


@section
def chains_with_makers(reader: Reader, *, areas: Sequence[str]) -> list[_Chain]:
    """Every chain and its makers."""


@section
def chain_technologies(reader: Reader) -> list[_Technologies]:
    """The technologies of each chain."""


@section
def chain_products(reader: Reader) -> list[_Product]:
    """The products of each chain."""


@question(zh="产业链概览", en="Industrial chains", order=10)
def chains(reader: Reader, *, places: Places = []) -> ChainsAnswer:
    """每条产业链有多少产品、其中多少在区内有生产者记录。 What each chain holds and how much of it is on record."""
    where = scope(reader, places)
    technologies = {row.chain_id: row for row in chain_technologies(reader)}
    members = defaultdict[str, list[str]](list)
    for row in chain_products(reader):
        members[row.chain_id].append(row.product_id)
    rows = [
        _overview(chain, technologies.get(chain.chain_id), members[chain.chain_id])
        for chain in chains_with_makers(reader, areas=where.areas)
    ]
    return ChainsAnswer(
        rows=rows, looked_at=len(rows), looked_at_what="产业链 chains",
        conventions=[MAKER_CONVENTION, *where.conventions],
        notes=[] if rows else ["图中没有产业链；其他问题不指明产业链时看全部产品。 The graph has no chain; other questions look at all products."],
    )  # fmt: skip


def _overview(chain: _Chain, technologies: _Technologies | None, products: Sequence[str]) -> ChainOverview:
    return ChainOverview(
        chain_id=chain.chain_id,
        name_zh=chain.name_zh,
        name_en=chain.name_en,
        products=chain.products,
        with_maker=chain.with_maker,
        with_local_maker=chain.with_local_maker,
        coverage=chain.with_local_maker / chain.products if chain.products else None,
        local_makers=chain.local_makers,
        technologies=technologies.technologies if technologies else 0,
        key_technologies=technologies.key_technologies if technologies else 0,
        evidence_ids=[chain.chain_id, *products],
    )
