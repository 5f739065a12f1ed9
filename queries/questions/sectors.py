"""What the sectors of an input-output table need of each other, in all, and whose shocks reach the whole."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field

from graph.errors import AmbiguousName, UnknownName
from graph.model import Node, searchable
from graph.texts import Measure, Text
from queries.algorithms.arrays import FloatArray
from queries.algorithms.input_output import Linkages, influence_vector, input_shares, linkages, total_requirements
from queries.answer import Answer, Row, cut_note
from queries.reader import Reader, kept
from queries.registry import question
from queries.scope import Limit, called, called_each, find_one, name_of, nodes
from queries.sections import Sections

_SECTIONS = Sections(__file__)

_CITED = 100
"""Inputs cited in a row; all are summed."""


class SectorNeeds(Row):
    """A sector, or a product by its own weights or its sector's: what a unit of it needs, and how linked it is."""

    key = ("id",)
    table = (
        "name_zh", "is_inherited", "supplier_names", "direct", "total", "direct_sum", "total_sum", "backward", "forward",
        "influence",
    )  # fmt: skip

    id: str
    name_zh: str
    name_en: str | None
    sector_id: str | None = None
    sector_zh: str | None = None
    code: str | None = None
    classification: str | None = None
    is_inherited: bool | None = None
    supplier_names: list[str]
    direct: list[float]
    total: list[float]
    inputs: int
    direct_sum: float | None
    total_sum: float | None = None
    backward: float | None = None
    forward: float | None = None
    influence: float | None = None
    products: int | None = None
    evidence_ids: list[str]


class SectorsAnswer(Answer):
    """The sectors."""

    rows: list[SectorNeeds]
    classification: str | None
    labour_share: float | None

    def in_short(self, reader: Reader) -> Text:
        """The first, and how much it moves or needs."""
        first = self.rows[0]
        said = "needs" if first.influence is None else "moves"
        return Text(
            f"sectors.headline.{said}", looked=self.looked_at, name=called(reader, first.id),
            influence=Measure(first.influence or 0.0),
            needs=None if first.direct_sum is None else Measure(first.direct_sum),
        )  # fmt: skip


@question(order=90)
def sectors(
    reader: Reader,
    *,
    sector: str = "",
    product: str = "",
    classification: str = "",
    suppliers: Annotated[int, Field(ge=1, le=200)] = 5,
    labour_share: Annotated[float | None, Field(gt=0, le=1)] = None,
    limit: Limit = 50,
) -> SectorsAnswer:
    """What a unit of output needs in all, and who moves the whole."""
    subject = nodes(reader, [find_one(reader, ("Product",), "product", product).id])[0] if product else None
    within = sectors_of_product(reader, product_id=subject.id) if subject else []
    named = _named(reader, sector) if sector and not subject else []
    among = {*(row.classification_id for row in within), *(row.classification_id for row in named)}
    chosen = _classification(reader, classification, among)
    table = _table(reader, chosen) if chosen is not None else None
    alpha = labour_share if labour_share is not None or table is None else table.left
    moves = _influence(table, alpha) if table else {}
    if subject:
        rows, looked_at = _product_rows(reader, table, moves, subject, within, suppliers), 1
    else:
        found = _asked(reader, table, named, sector) if table else []
        best = sorted(found, key=lambda row: (-round(moves.get(row.sector_id, -1.0), 9), row.sector_id))[:limit]
        rows, looked_at = [_sector_row(table, moves, row, suppliers) for row in best if table], len(found)
    origin = "unknown" if alpha is None else "given" if labour_share is not None else "left"
    return SectorsAnswer(
        rows=rows, looked_at=looked_at, looked_at_what=Text("common.products" if product else "sectors.sectors"),
        conventions=[
            *(Text(f"sectors.convention.{one}") for one in ("direct_and_total", "linkages", "influence")),
            Text(f"sectors.convention.alpha_{origin}", alpha=alpha),
            Text("sectors.convention.known_only"), Text("sectors.convention.own_first"),
        ],
        notes=_notes(table, product, rows, alpha) + ([] if product else cut_note(looked_at, len(rows))),
        classification=chosen, labour_share=alpha,
    )  # fmt: skip


def _notes(table: "_Table | None", product: str, rows: Sequence[SectorNeeds], alpha: float | None) -> list[Text]:
    without = [Text("sectors.note.in_no_sector")] if product and not rows else []
    if table is None:
        return [*without, Text("sectors.note.no_sector")]
    unknown, is_empty = table.unknown, not table.used
    return [
        *without,
        *([Text("sectors.note.no_coefficient")] if is_empty else []),
        *([Text("sectors.note.unknown", count=unknown)] if unknown else []),
        *([Text("sectors.note.no_total")] if table.total is None and not is_empty else []),
        *([Text("sectors.note.no_alpha")] if alpha is None and not is_empty else []),
    ]


# --- the classification ------------------------------------------------------------------------------------------------


class _Classification(NamedTuple):
    classification_id: str
    sectors: int
    coefficients: int


class _NamedSector(NamedTuple):
    sector_id: str
    name_zh: str
    classification_id: str


class _Within(NamedTuple):
    sector_id: str
    classification_id: str
    edge_id: str


classifications = _SECTIONS.rows("classifications", _Classification)
sectors_named = _SECTIONS.rows("sectors_named", _NamedSector)
sectors_of_product = _SECTIONS.rows("sectors_of_product", _Within)


def _named(reader: Reader, text: str) -> list[_NamedSector]:
    """The sectors that a text may mean, of every classification. Raises `UnknownName` where there is none."""
    code, name = text.strip().lower(), f"|{searchable(text)}|"
    found = sectors_named(reader, keys=[code, f"sector:{code}"], code=code, name=name)
    if not found and classifications(reader, classification_ids=[]):
        find_one(reader, ("Sector",), "sector", text)
    return found


def _classification(reader: Reader, named: str, among: Collection[str]) -> str | None:
    """The classification asked for, else the one with the most coefficients, of some where there are any."""
    found = classifications(reader, classification_ids=[named] if named else sorted(among))
    if named and not found:
        every = classifications(reader, classification_ids=[])
        raise UnknownName("classification", named, sorted(row.classification_id for row in every))
    return found[0].classification_id if found else None


def _asked(reader: Reader, table: "_Table", asked: Sequence[_NamedSector], text: str) -> "list[_Sector]":
    """The sector asked for, else all of the classification. Raises `AmbiguousName` where it has several of the name."""
    if not text:
        return list(table.sectors.values())
    found = [row for row in asked if row.sector_id in table.sectors]
    if not found:
        raise UnknownName("sector", text, sorted(row.name_zh for row in table.sectors.values()))
    if len(found) > 1:
        raise AmbiguousName(text, called_each(reader, [row.sector_id for row in found]))
    return [table.sectors[found[0].sector_id]]


# --- the table ---------------------------------------------------------------------------------------------------------


class _Sector(NamedTuple):
    sector_id: str
    name_zh: str
    name_en: str | None
    code: str | None
    classification: str | None
    products: int


class _Coefficient(NamedTuple):
    input_id: str
    sector_id: str
    coefficient: float | None
    edge_id: str


class _Input(NamedTuple):
    input_id: str
    name_zh: str
    cost_share: float
    edge_id: str


sectors_of = _SECTIONS.rows("sectors_of", _Sector)
coefficients = _SECTIONS.rows("coefficients", _Coefficient)
own_inputs = _SECTIONS.rows("own_inputs", _Input)


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """The sectors of a classification and what they need of each other. `used` have a known coefficient."""

    sectors: dict[str, _Sector]
    used: dict[str, int]  # their places in the arrays
    inputs: dict[str, list[_Coefficient]]  # of each, those known and positive, the largest first
    direct: FloatArray  # (used, used)
    unknown: int  # edges without coefficient
    total: FloatArray | None  # (used, used); None where it cannot be computed
    links: Linkages | None
    left: float | None  # what inputs leave of the output, on average; None where it is nothing


@kept
def _table(reader: Reader, classification: str) -> _Table:
    rows = coefficients(reader, classification=classification)
    known = [(row, row.coefficient) for row in rows if row.coefficient is not None]
    used = {one: n for n, one in enumerate(sorted({i for row, _ in known for i in (row.input_id, row.sector_id)}))}
    direct = np.zeros((len(used), len(used)))
    inputs: dict[str, list[_Coefficient]] = {}
    for row, coefficient in sorted(known, key=lambda one: (-one[1], one[0].input_id)):
        direct[used[row.input_id], used[row.sector_id]] = coefficient
        if coefficient > 0:
            inputs.setdefault(row.sector_id, []).append(row)
    total = _total(direct)
    left = 1 - float(direct.sum()) / len(used) if used else 0.0
    return _Table(
        {row.sector_id: row for row in sectors_of(reader, classification=classification)}, used, inputs, direct,
        len(rows) - len(known), total, linkages(total) if total is not None else None, left if left > 0 else None,
    )  # fmt: skip


def _total(direct: FloatArray) -> FloatArray | None:
    try:
        return total_requirements(direct) if len(direct) else None
    except ValueError:  # not productive, or negative: there is no sum of the steps
        return None


def _influence(table: _Table, alpha: float | None) -> dict[str, float]:
    """The influence of each used sector; of none where there is no α."""
    if alpha is None or not table.used:
        return {}
    supplier, user = np.nonzero(table.direct)
    shares = input_shares(supplier, user, table.direct[supplier, user], len(table.used))
    return dict(zip(table.used, influence_vector(shares, alpha).tolist(), strict=True))


# --- rows --------------------------------------------------------------------------------------------------------------


def _sector_row(table: _Table, moves: Mapping[str, float], sector: _Sector, most: int) -> SectorNeeds:
    place = table.used.get(sector.sector_id)
    direct = table.direct[:, place] if place is not None else np.zeros(0)
    total = table.total[:, place] if table.total is not None and place is not None else None
    by = direct if total is None else total
    largest = np.lexsort((np.arange(len(by)), -by.round(12)))
    largest = largest[by[largest] > 1e-12][:most]
    used, own = list(table.used), table.inputs.get(sector.sector_id, [])
    linked = table.links if place is not None else None
    return SectorNeeds(
        **sector._asdict(),
        id=sector.sector_id,
        sector_zh=sector.name_zh,
        supplier_names=[table.sectors[used[n]].name_zh for n in largest],
        direct=direct[largest].tolist(),
        total=total[largest].tolist() if total is not None else [],
        inputs=len(own),
        direct_sum=float(direct.sum()) if place is not None else None,
        total_sum=float(total.sum()) if total is not None else None,
        backward=float(linked.backward[place]) if linked else None,
        forward=float(linked.forward[place]) if linked else None,
        influence=moves.get(sector.sector_id),
        evidence_ids=[sector.sector_id, *(used[n] for n in largest), *(row.edge_id for row in own[:_CITED])],
    )


def _product_rows(
    reader: Reader,
    table: _Table | None,
    moves: Mapping[str, float],
    product: Node,
    within: Sequence[_Within],
    most: int,
) -> list[SectorNeeds]:
    """The product by its own weights where it has some, else once for each of its sectors in the classification."""
    of_sectors = [
        (row.edge_id, _sector_row(table, moves, table.sectors[row.sector_id], most))
        for row in within
        if table and row.sector_id in table.sectors
    ]
    named = {"id": product.id, "name_zh": name_of(product), "name_en": product.properties.get("name_en")}
    own = own_inputs(reader, product_id=product.id)
    if not own:
        return [
            row.model_copy(
                update={**named, "is_inherited": True, "evidence_ids": [product.id, edge, *row.evidence_ids]}
            )
            for edge, row in of_sectors
        ]
    edge, first = of_sectors[0] if of_sectors else ("", None)
    return [SectorNeeds.model_validate(named | {
        **({name: getattr(first, name) for name in _OF_SECTOR} if first else {}),
        "is_inherited": False,
        "supplier_names": [row.name_zh for row in own[:most]],
        "direct": [row.cost_share for row in own[:most]],
        "total": [],
        "inputs": sum(row.cost_share > 0 for row in own),
        "direct_sum": fsum(row.cost_share for row in own),
        "evidence_ids": [product.id, *(row.edge_id for row in own[:_CITED]), *([edge, first.id] if first else [])],
    })]  # fmt: skip


_OF_SECTOR = ("sector_id", "sector_zh", "code", "classification", "backward", "forward", "influence", "products")
"""What a product has of its sector also where it has weights of its own."""
