"""Chains and how much of them is on record, the overview to start from."""

from typing import NamedTuple

from graph.texts import Share, Text
from queries.answer import Answer, Row
from queries.makers import maker_conventions
from queries.reader import Reader
from queries.registry import question
from queries.scope import Places, called, chains_leave_out, scope
from queries.sections import Sections, by_first

_SECTIONS = Sections(__file__)


class ChainOverview(Row):
    """A chain and how much of it is on record."""

    key = ("chain_id",)
    table = (
        "name_zh", "products", "with_maker", "with_local_maker", "made_here_share", "local_makers", "technologies",
        "key_technologies",
    )  # fmt: skip
    shares = ("made_here_share",)

    chain_id: str
    name_zh: str
    name_en: str | None
    products: int
    with_maker: int
    with_local_maker: int
    made_here_share: float | None
    local_makers: int
    technologies: int
    key_technologies: int
    evidence_ids: list[str]


class ChainsAnswer(Answer):
    """The chains."""

    rows: list[ChainOverview]

    def in_short(self, reader: Reader) -> Text:
        """How much of the chains is made here, and of which the least."""
        made, of = (sum(getattr(row, name) for row in self.rows) for name in ("with_local_maker", "products"))
        told = [row for row in self.rows if row.made_here_share is not None]
        if not told:
            return super().in_short(reader)
        least = min(told, key=lambda row: (row.made_here_share or 0.0, row.chain_id))
        return Text(
            "chains.headline", chains=len(self.rows), share=Share(made / of), name=called(reader, least.chain_id),
            least=Share(least.made_here_share or 0.0),
        )  # fmt: skip


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
    needed = {row.chain_id: row for row in chain_technologies(reader)}
    members = by_first(chain_products(reader))
    rows = [
        ChainOverview(
            **(chain._asdict() | needed.get(chain.chain_id, _Technologies(chain.chain_id, 0, 0))._asdict()),
            made_here_share=chain.with_local_maker / chain.products if chain.products else None,
            evidence_ids=[chain.chain_id, *(row.product_id for row in members.get(chain.chain_id, ()))],
        )
        for chain in chains_with_makers(reader, areas=where.areas)
    ]
    return ChainsAnswer(
        rows=rows, looked_at=len(rows), looked_at_what=Text("chains.chains"),
        conventions=[*maker_conventions(), *where.conventions], notes=chains_leave_out(reader) if rows else [Text("chains.note.none")],
    )  # fmt: skip
