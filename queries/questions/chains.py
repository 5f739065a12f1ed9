"""Chains and how much of them is on record, the overview to start from."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from queries.answer import Answer, Row
from queries.makers import maker_conventions
from queries.reader import Reader
from queries.registry import question
from queries.scope import Places, scope
from queries.sections import Sections

_SECTIONS = Sections(__file__)


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

    chain_id: str
    name_zh: str
    name_en: str | None
    products: int
    with_maker: int
    with_local_maker: int
    coverage: float | None
    local_makers: int
    technologies: int
    key_technologies: int
    evidence_ids: list[str]


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


chains_with_makers = _SECTIONS.rows("chains_with_makers", _Chain)
chain_technologies = _SECTIONS.rows("chain_technologies", _Technologies)
chain_products = _SECTIONS.rows("chain_products", _Product)


@question(order=10)
def chains(reader: Reader, *, places: Places = []) -> ChainsAnswer:
    """What each chain holds and how much of it is on record."""
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
        conventions=[*maker_conventions(), *where.conventions],
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
