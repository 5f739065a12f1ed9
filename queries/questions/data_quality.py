"""How far what is on record of each chain can be trusted: who says it, how old it is, what is not known."""

from datetime import date
from typing import Annotated, NamedTuple

from pydantic import Field

from graph.texts import Share, Text
from queries.answer import Answer, Row
from queries.reader import Reader
from queries.registry import question
from queries.scope import ChainName, called, chain_ids, chains_leave_out
from queries.sections import Sections, by_first

_SECTIONS = Sections(__file__)
_SHOWN = 20


class ChainQuality(Row):
    """A chain with how sure and how whole its records are; `to_confirm` are inferred makers, the most needed first."""

    key = ("chain_id",)
    table = (
        "name_zh", "sure_share", "documented", "listed", "inferred", "old", "with_maker", "with_share", "with_foreign_share",
        "sure_inputs",
    )  # fmt: skip
    shares = ("sure_share",)

    chain_id: str
    name_zh: str
    name_en: str | None
    sure_share: float | None
    documented: int
    listed: int
    inferred: int
    old: int
    products: int
    with_maker: int
    with_share: int
    with_foreign_share: int
    with_recovery: int
    inputs: int
    sure_inputs: int
    with_cost_share: int
    evidence_ids: list[str]


class QualityAnswer(Answer):
    """The chains, the least sure first."""

    rows: list[ChainQuality]

    def in_short(self, reader: Reader) -> Text:
        """How much of the records is sure, and of which chain the least."""
        told = [row for row in self.rows if row.sure_share is not None]
        if not told:
            return super().in_short(reader)
        sure = sum(row.documented + row.listed for row in told)
        least = min(told, key=lambda row: (row.sure_share or 0.0, row.chain_id))
        return Text(
            "data_quality.headline", chains=len(self.rows), share=Share(sure / sum((row.inferred for row in told), start=sure)),
            name=called(reader, least.chain_id), least=Share(least.sure_share or 0.0),
        )  # fmt: skip


class _Products(NamedTuple):
    chain_id: str
    name_zh: str
    name_en: str | None
    products: int
    with_maker: int
    with_share: int
    with_foreign_share: int
    with_recovery: int


class _Makers(NamedTuple):
    chain_id: str
    documented: int = 0
    listed: int = 0
    inferred: int = 0
    old: int = 0


class _Inputs(NamedTuple):
    chain_id: str
    inputs: int = 0
    sure_inputs: int = 0
    with_cost_share: int = 0


class _ToConfirm(NamedTuple):
    chain_id: str
    edge_id: str
    downstream: int


products_known = _SECTIONS.rows("products_known", _Products)
makers_by_status = _SECTIONS.rows("makers_by_status", _Makers)
inputs_by_status = _SECTIONS.rows("inputs_by_status", _Inputs)
to_confirm = _SECTIONS.rows("to_confirm", _ToConfirm)


@question(order=17)
def data_quality(
    reader: Reader, *, chain: ChainName = "", years: Annotated[int, Field(ge=1, le=50)] = 3
) -> QualityAnswer:
    """How far what is on record of each chain can be trusted."""
    chains, day = chain_ids(reader, chain), reader.graph()[1]
    before = _years_before(day or date.today(), years)
    makers = {row.chain_id: row for row in makers_by_status(reader, chains=chains, before=before)}
    inputs = {row.chain_id: row for row in inputs_by_status(reader, chains=chains)}
    unsure = by_first(to_confirm(reader, chains=chains))
    rows = []
    for known in products_known(reader, chains=chains):
        one = known.chain_id
        made, used = makers.get(one, _Makers(one)), inputs.get(one, _Inputs(one))
        every = made.documented + made.listed + made.inferred
        rows.append(ChainQuality(
            **(known._asdict() | made._asdict() | used._asdict()),
            sure_share=(made.documented + made.listed) / every if every else None,
            evidence_ids=[one, *(row.edge_id for row in unsure.get(one, ())[:_SHOWN])],
        ))  # fmt: skip
    rows.sort(key=lambda row: (row.sure_share is None, row.sure_share, row.chain_id))
    return QualityAnswer(
        rows=rows, looked_at=len(rows), looked_at_what=Text("chains.chains"),
        conventions=[Text("data_quality.convention.status"), Text("data_quality.convention.old", years=years, before=before)],
        notes=[] if chain else chains_leave_out(reader) if rows else [Text("chains.note.none")],
    )  # fmt: skip


def _years_before(day: date, years: int) -> date:
    """The same day so many years before; of a 29 February the 28th.

    >>> _years_before(date(2024, 2, 29), 3)
    datetime.date(2021, 2, 28)
    """
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
