"""A chain as a board: its products by stage, each with its verdict, the weakest first."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from graph.ontology import EDGE_TYPE
from queries.reader import Reader
from queries.scope import Scope
from queries.sections import Sections
from queries.verdicts import GAPS, GRAVITY, Judged, Thresholds, Verdict, verdicts_on, worst

_SECTIONS = Sections(__file__)

STAGES = {
    choice.value: choice.text
    for prop in EDGE_TYPE["PART_OF"].properties if prop.name == "stage" for choice in prop.choices
}  # fmt: skip
"""The stages of a chain, from upstream to downstream, and what they are called."""


class _Member(NamedTuple):
    product_id: str
    name_zh: str
    name_en: str | None
    stage: str | None
    makers: int
    foreign_least: float | None
    foreign_most: float | None


members = _SECTIONS.rows("members", _Member)


@dataclass(frozen=True, slots=True)
class Square:
    """A product on the board: its verdict, the makers in the places and elsewhere, what part of it comes from abroad."""

    product_id: str
    name_zh: str
    name_en: str | None
    verdict: Verdict
    makers: int
    makers_elsewhere: int
    foreign_least: float | None
    foreign_most: float | None


@dataclass(frozen=True, slots=True)
class Board:
    """The squares of each stage, of `None` where no stage is on record; `counts` are those of all products looked at."""

    stages: Mapping[str | None, Sequence[Square]]
    counts: Mapping[Verdict, int]

    @property
    def products(self) -> int:
        """How many products were looked at."""
        return sum(self.counts.values())


def board(
    reader: Reader, chain_id: str, where: Scope, technologies: Sequence[str] = (), verdicts: Collection[Verdict] = ()
) -> Board:
    """The board of a chain as seen from the places: products that need one of the technologies, with one of the verdicts,
    where such are given. The gravest stand first in their stage, then those to look at first.
    """
    found = members(reader, chain_id=chain_id, product_ids=[], technologies=technologies)
    judged = verdicts_on(reader, (row.product_id for row in found), where)
    ordered = sorted(found, key=lambda row: _order(judged[row.product_id]))
    squares: dict[str | None, list[Square]] = {}
    for stage in (*STAGES, None):
        of_stage = [_square(row, judged[row.product_id]) for row in ordered if row.stage == stage]
        shown = [one for one in of_stage if not verdicts or one.verdict in verdicts]
        if of_stage or stage:
            squares[stage] = shown
    counts = dict.fromkeys(Verdict, 0)
    for one in judged.values():
        counts[Verdict(one.verdict)] += 1
    return Board(squares, counts)


def weakest(reader: Reader, chain_id: str, where: Scope, most: int) -> list[Square]:
    """The first of the chain's gaps, the gravest first, as `board` has them."""
    judged = {row.product_id: row for row in worst(reader, where, [chain_id], Thresholds(), GAPS, most)}
    found = members(reader, chain_id=chain_id, product_ids=sorted(judged), technologies=[]) if judged else []
    return [
        _square(row, judged[row.product_id]) for row in sorted(found, key=lambda row: _order(judged[row.product_id]))
    ]


def _order(row: Judged) -> tuple[int, int, str]:
    return GRAVITY[Verdict(row.verdict)], row.priority, row.product_id


def _square(row: _Member, judged: Judged) -> Square:
    return Square(
        row.product_id, row.name_zh, row.name_en, Verdict(judged.verdict), judged.makers, row.makers - judged.makers,
        row.foreign_least, row.foreign_most,
    )  # fmt: skip
