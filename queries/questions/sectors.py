"""What the sectors of an input-output table need of each other, in all, and whose shocks reach the whole."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field
from scipy.sparse import coo_array

from graph.errors import UnknownName
from queries.algorithms.arrays import FloatArray, IntArray
from queries.algorithms.input_output import influence_vector, input_shares, linkages, total_requirements
from queries.answer import Answer, Row, cut_note
from queries.areas import Limit
from queries.facts import links, number_of, of_node, or_none, things
from queries.reader import Reader, kept
from queries.registry import question

_CITED = 100
"""Inputs cited in a row; all are summed."""


class SectorNeeds(Row):
    """A sector, or a product by its own weights or its sector's: what a unit of it needs, and how linked it is."""

    key = ("id",)
    table = (
        "name_zh",
        "is_inherited",
        "supplier_names",
        "direct",
        "total",
        "direct_sum",
        "total_sum",
        "backward",
        "forward",
        "influence",
    )
    bar = "influence"

    id: str = Field(description="id of the sector or product")
    name_zh: str = Field(description="名称")
    name_en: str | None = Field(description="name")
    sector_id: str | None = Field(description="id of the sector; null for a product without")
    sector_zh: str | None = Field(description="部门 the sector")
    code: str | None = Field(description="代码 its code")
    classification: str | None = Field(description="分类体系 whose class it is")
    is_inherited: bool | None = Field(
        description="权重是否继承 whether a product has its sector's weights for want of its own; null for a sector"
    )
    supplier_names: list[str] = Field(
        description="最大投入 the largest inputs, by total requirement; by direct for own weights"
    )
    direct: list[float] = Field(description="直接消耗 of each of them, units for one unit of output")
    total: list[float] = Field(
        description="完全消耗 of each of them, through all steps; empty where it cannot be computed"
    )
    inputs: int = Field(description="投入数 inputs with a known positive coefficient")
    direct_sum: float | None = Field(description="直接消耗合计 sum over all inputs; null where none is known")
    total_sum: float | None = Field(description="完全消耗合计 sum over all inputs; null where it cannot be computed")
    backward: float | None = Field(description="影响力系数 backward linkage, 1 on average")
    forward: float | None = Field(description="感应度系数 forward linkage, 1 on average")
    influence: float | None = Field(
        description="影响向量 how much the whole moves with a shock to it; 1 in sum over all sectors"
    )
    products: int | None = Field(description="产品数 products on record in the sector; null without a sector")
    evidence_ids: list[str] = Field(
        description="ids of the nodes and edges that the row rests on; the first 100 inputs"
    )


class SectorsAnswer(Answer):
    """The sectors."""

    rows: list[SectorNeeds]
    classification: str | None = Field(description="the classification that was used")
    labour_share: float | None = Field(description="the α of the influence vector that was used")


@question(zh="部门投入产出", en="Sectors and total requirements", order=90)
def sectors(
    reader: Reader,
    *,
    sector: Annotated[
        str, Field(description="部门（编号、代码或名称；空为全部） sector by id, code or name, empty for all")
    ] = "",
    product: Annotated[
        str,
        Field(
            description="产品（编号或名称；给出时取其所属部门的权重） product by id or name, for its own or its sector's weights"
        ),
    ] = "",
    classification: Annotated[
        str,
        Field(description="分类体系（空为系数最多的） classification, empty for the one with the most coefficients"),
    ] = "",
    suppliers: Annotated[int, Field(ge=1, le=200, description="列出几个最大投入 how many of the largest inputs")] = 5,
    labour_share: Annotated[
        float | None,
        Field(
            gt=0,
            le=1,
            description="影响向量的α（空为 1 减直接消耗合计的均值） α of the influence vector, empty for what inputs leave",
        ),
    ] = None,
    limit: Limit = 50,
) -> SectorsAnswer:
    """每单位产出直接与完全需要什么、带动与受带动多大、谁的冲击波及全局。 What a unit of output needs in all, and who moves the whole."""
    chosen = _classification(reader, classification, sector, product)
    table = _table(reader, chosen) if chosen is not None else None
    asked = labour_share
    alpha = asked if asked is not None else table.left if table is not None else None
    moves = _influence(table, alpha) if table is not None else np.zeros(0)
    rows = _product_rows(reader, table, moves, product, suppliers) if product else []
    numbers = np.zeros(0, np.int64)
    if table is not None and not product:
        numbers = _asked(reader, table, sector)
        order = np.lexsort((numbers, -_at(moves, table, numbers).round(9)))
        rows = [_sector_row(reader, table, moves, int(n), suppliers) for n in numbers[order][:limit]]
    return SectorsAnswer(
        rows=rows, looked_at=1 if product else len(numbers),
        looked_at_what="产品 product" if product else "部门 sectors",
        conventions=_conventions(alpha, asked is not None),
        notes=_notes(table, product, len(rows), len(numbers), alpha), classification=chosen, labour_share=or_none(alpha),
    )  # fmt: skip


# --- the table -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """The sectors of a classification and what they need of each other. Places are numbers in `sectors`."""

    sectors: IntArray  # numbers of all sectors of the classification, ascending
    places: IntArray  # (all sectors of the graph) place in `used`, −1 where not used
    used: IntArray  # those with a known coefficient, ascending
    tail: IntArray  # with `head` and `coefficient`: the known coefficients between places
    head: IntArray
    coefficient: FloatArray
    edge: IntArray  # numbers of the SECTOR_INPUT_OF edges
    unknown: int  # edges without coefficient
    total: FloatArray | None  # (used, used); None where it cannot be computed
    why_not: str
    backward: FloatArray
    forward: FloatArray
    left: float | None  # what inputs leave of the output, on average; None where it is nothing


def _labels(reader: Reader) -> list[str]:
    """The classification of every sector, "" where none is known."""
    nodes = things(reader, "Sector")
    return [text or "" for text in nodes.texts("classification", np.arange(len(nodes)))]


def _classification(reader: Reader, named: str, sector: str, product: str) -> str | None:
    """The classification asked for, else that of the sector or product, else the one with most coefficients."""
    labels = _labels(reader)
    if named:
        if named not in labels:
            raise UnknownName("classification", named, sorted({label for label in labels if label}))
        return named
    edges = links(reader, "SECTOR_INPUT_OF", "Sector", "Sector")
    known = ~np.isnan(edges.floats("coefficient"))
    counts: dict[str, int] = dict.fromkeys(sorted(set(labels)), 0)
    for tail, head in zip(edges.tail[known].tolist(), edges.head[known].tolist(), strict=True):
        counts[labels[tail]] += labels[tail] == labels[head]
    allowed = set(labels)
    if product:
        within = links(reader, "IN_SECTOR", "Product", "Sector")
        own = of_node(within.forward, number_of(reader, "Product", "product", product))
        allowed = {labels[n] for n in within.head[own].tolist()} or allowed
    elif sector:
        allowed = {label for label in allowed if sector.lower() in _names(reader, label)}
        if not allowed:
            raise UnknownName("sector", sector, {name for label in counts for name in _names(reader, label)})
    return max((label for label in counts if label in allowed), key=lambda label: counts[label], default=None)


def _names(reader: Reader, classification: str) -> dict[str, int]:
    """The number of each sector of a classification by its id, key, code and names, in lower case."""
    nodes = things(reader, "Sector")
    found: dict[str, int] = {}
    labels = _labels(reader)
    columns = [nodes.table[name].to_pylist() for name in ("id", "code", "name_zh", "name_en")]
    for number, texts in enumerate(zip(*columns, strict=True)):
        if labels[number] == classification:
            for text in (*texts, texts[0].partition(":")[2]):
                if text:
                    found.setdefault(text.lower(), number)
    return found


def _asked(reader: Reader, table: _Table, sector: str) -> IntArray:
    if not sector:
        return table.sectors
    labels = _labels(reader)
    names = _names(reader, labels[int(table.sectors[0])])
    if sector.lower() not in names:
        raise UnknownName("sector", sector, names)
    return np.array([names[sector.lower()]])


@kept
def _table(reader: Reader, classification: str) -> _Table:
    edges = links(reader, "SECTOR_INPUT_OF", "Sector", "Sector")
    is_own = np.array([label == classification for label in _labels(reader)], np.bool_)
    between = is_own[edges.tail] & is_own[edges.head] if len(edges) else np.zeros(0, np.bool_)
    value = edges.floats("coefficient")
    edge = np.flatnonzero(between & ~np.isnan(value))
    used = np.unique(np.concatenate([edges.tail[edge], edges.head[edge]]))
    places = np.full(len(is_own), -1, np.int64)
    places[used] = np.arange(len(used))
    tail, head, value = places[edges.tail[edge]], places[edges.head[edge]], value[edge]
    size = len(used)
    total, why_not = _total(tail, head, value, size)
    nothing = np.full(size, np.nan)
    linked = linkages(total) if total is not None else None
    left = float(1 - value.sum() / size) if size else 0.0
    return _Table(
        np.flatnonzero(is_own), places, used, tail, head, value, edge, int((between & np.isnan(edges.floats("coefficient"))).sum()),
        total, why_not, linked.backward if linked else nothing, linked.forward if linked else nothing,
        left if left > 0 else None,
    )  # fmt: skip


def _total(tail: IntArray, head: IntArray, value: FloatArray, size: int) -> tuple[FloatArray | None, str]:
    if not size:
        return None, ""
    try:
        return total_requirements(coo_array((value, (tail, head)), (size, size))), ""
    except ValueError as error:
        return None, str(error)


def _influence(table: _Table, alpha: float | None) -> FloatArray:
    """The influence of each used sector; NaN where there is no α."""
    if alpha is None or not len(table.used):
        return np.full(len(table.used), np.nan)
    return influence_vector(input_shares(table.tail, table.head, table.coefficient, len(table.used)), alpha)


def _at(values: FloatArray, table: _Table, numbers: IntArray) -> FloatArray:
    """Values of sectors by their numbers, −1 where there is none."""
    place = table.places[numbers]
    if not len(values):
        return np.full(len(numbers), -1.0)
    return np.where(place >= 0, np.nan_to_num(values[place], nan=-1.0), -1.0)


# --- rows ------------------------------------------------------------------------------------------------------------------


def _sector_row(reader: Reader, table: _Table, moves: FloatArray, number: int, most: int) -> SectorNeeds:
    nodes = things(reader, "Sector")
    place = int(table.places[number])
    own = np.flatnonzero((table.head == place) & (table.coefficient > 0)) if place >= 0 else np.zeros(0, np.int64)
    direct = np.zeros(len(table.used))
    direct[table.tail[own]] = table.coefficient[own]
    total = table.total[:, place] if table.total is not None and place >= 0 else None
    by = direct if total is None else total
    largest = np.lexsort((np.arange(len(by)), -by.round(12)))
    largest = largest[by[largest] > 1e-12][:most]
    at = np.array([number])
    within = links(reader, "IN_SECTOR", "Product", "Sector")
    edges = links(reader, "SECTOR_INPUT_OF", "Sector", "Sector")
    heaviest = own[np.lexsort((own, -table.coefficient[own]))][:_CITED]
    return SectorNeeds(
        id=nodes.id(number),
        name_zh=nodes.name(number),
        name_en=nodes.texts("name_en", at)[0],
        sector_id=nodes.id(number),
        sector_zh=nodes.name(number),
        code=nodes.texts("code", at)[0],
        classification=nodes.texts("classification", at)[0],
        is_inherited=None,
        supplier_names=nodes.names(table.used[largest]),
        direct=direct[largest].tolist(),
        total=total[largest].tolist() if total is not None else [],
        inputs=len(own),
        direct_sum=float(direct.sum()) if place >= 0 else None,
        total_sum=float(total.sum()) if total is not None else None,
        backward=or_none(table.backward[place]) if place >= 0 else None,
        forward=or_none(table.forward[place]) if place >= 0 else None,
        influence=or_none(moves[place]) if place >= 0 else None,
        products=len(of_node(within.backward, number)),
        evidence_ids=[nodes.id(number), *nodes.ids(table.used[largest]), *edges.ids(table.edge[heaviest])],
    )


def _product_rows(reader: Reader, table: _Table | None, moves: FloatArray, name: str, most: int) -> list[SectorNeeds]:
    """The product by its own weights where it has some, else once for each of its sectors in the classification."""
    products = things(reader, "Product")
    number = number_of(reader, "Product", "product", name)
    within = links(reader, "IN_SECTOR", "Product", "Sector")
    own = of_node(within.forward, number)
    of_sectors = [
        (int(edge), _sector_row(reader, table, moves, int(within.head[edge]), most))
        for edge in np.sort(own)
        if table is not None and within.head[edge] in table.sectors
    ]
    said = {
        "id": products.id(number),
        "name_zh": products.name(number),
        "name_en": products.texts("name_en", np.array([number]))[0],
    }
    weights = _own_weights(reader, number, most)
    if weights is None:
        return [
            row.model_copy(
                update={**said, "is_inherited": True, "evidence_ids": [said["id"], within.id(edge), *row.evidence_ids]}
            )
            for edge, row in of_sectors
        ]
    first = of_sectors[0] if of_sectors else None
    whole = first[1].model_dump() if first else _nothing()
    cited = [within.id(first[0]), first[1].id] if first else []
    evidence = {"evidence_ids": [said["id"], *weights.pop("edges"), *cited]}  # type: ignore[misc]
    return [
        SectorNeeds.model_validate(
            whole | said | weights | {"is_inherited": False, "total": [], "total_sum": None} | evidence
        )
    ]


def _own_weights(reader: Reader, number: int, most: int) -> dict[str, object] | None:
    """The fields that a product's own cost shares give; `None` where none is known."""
    inputs = links(reader, "INPUT_OF", "Product", "Product")
    share = inputs.floats("cost_share")
    own = of_node(inputs.backward, number)
    own = own[~np.isnan(share[own])]
    if not len(own):
        return None
    own = own[np.lexsort((inputs.tail[own], -share[own]))]
    return {
        "supplier_names": inputs.tails.names(inputs.tail[own[:most]]),
        "direct": share[own[:most]].tolist(),
        "inputs": int((share[own] > 0).sum()),
        "direct_sum": float(share[own].sum()),
        "edges": inputs.ids(own[:_CITED]),
    }


def _nothing() -> dict[str, object]:
    names = ("sector_id", "sector_zh", "code", "classification", "backward", "forward", "influence", "products")
    return dict.fromkeys(names)


# --- what an answer must say -----------------------------------------------------------------------------------------------


def _conventions(alpha: float | None, is_given: bool) -> list[str]:
    origin = (
        "所给 as given"
        if is_given
        else "1 减各部门直接消耗合计的均值，即投入之外的部分 what inputs leave of the output, on average"
    )
    return [
        "直接消耗系数 a_ij：部门 j 一单位产出直接需要的 i（SECTOR_INPUT_OF 的 coefficient）；完全消耗 = (I − A)⁻¹ − I，最终使用的一单位本身不计。 "
        "direct a_ij: units of i for one unit of j; total = (I − A)⁻¹ − I (Leontief 1936), the unit of final use itself not counted.",
        "影响力、感应度系数：(I − A)⁻¹ 的列和、行和除以均值（Rasmussen 1956）。 backward, forward: column and row sums of (I − A)⁻¹ over "
        "their mean.",
        "影响向量 v = (α/n)[I − (1 − α)W′]⁻¹1（Acemoglu 等 2012），W 为投入内部占比，各部门同一个 α"
        + (f" = {alpha:.4g}（{origin}）。" if alpha is not None else "（未定）。")
        + " influence: W are shares among inputs, one α for all sectors.",
        "只用同一分类体系之内已知的系数；没有系数的部门不参与，也不进均值。 Only known coefficients within one classification; sectors without "
        "any take no part.",
        "产品有自己的成本占比（INPUT_OF 的 cost_share）时用之，否则继承所属部门（IN_SECTOR）的权重并标明。 A product's own cost shares go "
        "first; else it inherits its sector's weights, and that is marked.",
    ]


def _notes(table: _Table | None, product: str, rows: int, sectors: int, alpha: float | None) -> list[str]:
    notes = []
    if product and not rows:
        notes.append("该产品没有自己的成本占比，也没有归入部门。 The product has no cost shares and is in no sector.")
    if table is None:
        return [*notes, "图中没有投入产出部门。 The graph has no sectors."]
    if not len(table.used):
        notes.append("没有已知的系数。 No coefficient is known.")
    if table.unknown:
        notes.append(
            f"{table.unknown} 条部门投入没有系数，未计。 {table.unknown} sector inputs have no coefficient and are left out."
        )
    if table.why_not:
        notes.append(f"完全消耗无法计算：{table.why_not}。 Total requirements cannot be computed.")
    if alpha is None and len(table.used):
        notes.append(
            "投入合计不小于产出，α 无从算得，影响向量未知。 Inputs leave nothing of the output, so there is no α."
        )
    return notes if product else notes + cut_note(sectors, rows)
