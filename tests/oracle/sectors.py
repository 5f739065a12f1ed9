"""Input–output analysis of sectors, by powers of the matrix and a dense solve."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.oracle import Fact, Facts, Row, _named

Matrix = NDArray[np.float64]


def sectors(
    facts: Facts,
    sector: str = "",
    product: str = "",
    classification: str = "",
    suppliers: int = 5,
    labour_share: float | None = None,
    limit: int = 50,
) -> list[Row]:
    """Sectors by influence, or a product by its own weights, else its sectors'."""
    label = _label(facts, classification, sector, product)
    table = _Table(facts, label or "", labour_share)
    if product:
        return _product_rows(facts, table, _named(facts, "product", product), suppliers)
    asked = [s for s in table.sectors if not sector or sector.lower() in _names(facts, s)][: 1 if sector else None]
    rows = [table.row(s, suppliers) for s in asked]
    return sorted(rows, key=lambda r: (-round(-1.0 if r["influence"] is None else r["influence"], 9), r["id"]))[:limit]


def _names(facts: Facts, sector: str) -> set[str]:
    node = facts.nodes[sector]
    names = (sector, sector.split(":")[1], node.get("code"), node["name_zh"], node.get("name_en"))
    return {name.lower() for name in names if name}


def _class(facts: Facts, sector: str) -> str:
    return str(facts.nodes[sector].get("classification", ""))


def _known(facts: Facts, label: str) -> list[Fact]:
    return [
        e for e in facts.of("SECTOR_INPUT_OF")
        if "coefficient" in e and {_class(facts, e["from_id"]), _class(facts, e["to_id"])} == {label}
    ]  # fmt: skip


def _label(facts: Facts, classification: str, sector: str, product: str) -> str | None:
    if classification:
        return classification
    among = facts.ids("sector")
    if product:
        among = [e["to_id"] for e in facts.of("IN_SECTOR", _named(facts, "product", product))] or among
    elif sector:
        among = [s for s in among if sector.lower() in _names(facts, s)]
    labels = sorted({_class(facts, s) for s in among})
    return max(labels, key=lambda label: len(_known(facts, label)), default=None)


class _Table:
    def __init__(self, facts: Facts, label: str, labour_share: float | None) -> None:
        self.facts = facts
        self.sectors = [s for s in facts.ids("sector") if _class(facts, s) == label]
        self.edges = _known(facts, label)
        self.used = sorted({e[end] for e in self.edges for end in ("from_id", "to_id")})
        size = len(self.used)
        self.direct: Matrix = np.zeros((size, size))
        for edge in self.edges:
            self.direct[self.used.index(edge["from_id"]), self.used.index(edge["to_id"])] = edge["coefficient"]
        self.total = self._total()
        self.influence = self._influence(labour_share)

    def _total(self) -> Matrix | None:
        """A + A² + A³ + …, where it ends."""
        if not self.used or max(abs(np.linalg.eigvals(self.direct))) >= 1:
            return None
        total, power = self.direct.copy(), self.direct
        while power.max() > 1e-14:
            power = power @ self.direct
            total = total + power
        return total

    def _influence(self, labour_share: float | None) -> Matrix | None:
        size = len(self.used)
        alpha = labour_share if labour_share is not None else 1 - self.direct.sum() / size if size else 0.0
        if alpha <= 0 or not size:
            return None
        bought = self.direct.sum(axis=0)
        shares = np.divide(self.direct, bought, out=np.zeros_like(self.direct), where=bought > 0)
        solved: Matrix = np.linalg.solve(np.eye(size) - (1 - alpha) * shares, np.full(size, alpha / size))
        return solved

    def row(self, sector: str, most: int) -> Row:
        node = self.facts.nodes[sector]
        is_used = sector in self.used
        place = self.used.index(sector) if is_used else -1
        direct = {s: float(self.direct[n, place]) if is_used else 0.0 for n, s in enumerate(self.used)}
        total = (
            {s: float(self.total[n, place]) for n, s in enumerate(self.used)}
            if is_used and self.total is not None
            else {}
        )
        by = total or direct
        largest = sorted((s for s in by if by[s] > 1e-12), key=lambda s: (-round(by[s], 12), s))[:most]
        inverse = self.total + np.eye(len(self.used)) if self.total is not None else None
        edges = [e for e in self.edges if e["to_id"] == sector and e["coefficient"] > 0]
        return {
            "id": sector,
            "name_zh": node["name_zh"],
            "name_en": node.get("name_en"),
            "sector_id": sector,
            "sector_zh": node["name_zh"],
            "code": node.get("code"),
            "classification": node.get("classification"),
            "is_inherited": None,
            "supplier_names": [self.facts.name(s) for s in largest],
            "direct": [direct[s] for s in largest],
            "total": [total[s] for s in largest] if total else [],
            "inputs": len(edges),
            "direct_sum": sum(direct.values()) if is_used else None,
            "total_sum": sum(total.values()) if total else None,
            "backward": _over_mean(inverse, 0, place) if is_used else None,
            "forward": _over_mean(inverse, 1, place) if is_used else None,
            "influence": float(self.influence[place]) if is_used and self.influence is not None else None,
            "products": sum(1 for e in self.facts.of("IN_SECTOR", to_id=sector) if e["from_id"].startswith("product:")),
            "evidence_ids": {sector, *largest, *(e["id"] for e in edges)},
        }


def _over_mean(inverse: Matrix | None, axis: int, place: int) -> float | None:
    return None if inverse is None else float(inverse.sum(axis=axis)[place] / inverse.sum(axis=axis).mean())


def _product_rows(facts: Facts, table: _Table, product: str, most: int) -> list[Row]:
    said = {key: facts.nodes[product].get(key) for key in ("name_zh", "name_en")} | {"id": product}
    within: Sequence[Fact] = [e for e in facts.of("IN_SECTOR", product) if e["to_id"] in table.sectors]
    within = sorted(within, key=lambda e: str(e["to_id"]))
    inherited = [(e, table.row(e["to_id"], most)) for e in within]
    own = [e for e in facts.of("INPUT_OF", to_id=product) if "cost_share" in e and e["from_id"] != product]
    own.sort(key=lambda e: (-e["cost_share"], e["from_id"]))
    if not own:
        return [
            row | said | {"is_inherited": True, "evidence_ids": row["evidence_ids"] | {product, edge["id"]}}
            for edge, row in inherited
        ]
    names = ("sector_id", "sector_zh", "code", "classification", "backward", "forward", "influence", "products")
    first: dict[str, Any] = inherited[0][1] if inherited else {}
    return [
        {name: first.get(name) for name in names} | said | {
            "is_inherited": False,
            "supplier_names": [facts.name(e["from_id"]) for e in own[:most]],
            "direct": [e["cost_share"] for e in own[:most]],
            "total": [],
            "total_sum": None,
            "inputs": sum(1 for e in own if e["cost_share"] > 0),
            "direct_sum": sum(e["cost_share"] for e in own),
            "evidence_ids": {product, *(e["id"] for e in own), *((inherited[0][0]["id"], first["id"]) if first else ())},
        }
    ]  # fmt: skip
