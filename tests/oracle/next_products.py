"""What a city could add next, by loops over facts and a dense eigenvalue problem."""

from collections import Counter
from collections.abc import Mapping, Sequence

import networkx as nx
import numpy as np

import tests.oracle as oracle
from tests.oracle import (
    EVERYWHERE,
    VERDICTS,
    Facts,
    Row,
    _above,
    _asked_places,
    _cities,
    _city,
    _is_inside,
    _named,
)  # fmt: skip
from tests.oracle.key_technologies import _Space
from tests.oracle.partners import sure_makers

_FILLS = {
    "missing": True,
    "narrower_only": True,
    "single_source": True,
    "weak": True,
    "concentrated": True,
    "not_on_record": None,
}


def next_products(
    facts: Facts,
    city: str,
    chain: str = "",
    places: Sequence[str] = (),
    density_weight: float = 0.4,
    near_weight: float = 0.2,
    complexity_weight: float = 0.1,
    gap_weight: float = 0.3,
    min_confidence: float = 0.0,
    limit: int = 50,
) -> list[Row]:
    """Products in which the city has no advantage, by a weighted mean of density, nearness, complexity and gaps."""
    here = _named(facts, "place", city)
    asked = _asked_places(facts, places)
    target = _city(facts, here)
    if asked != EVERYWHERE:
        asked |= {here}
        target = next(a for a in asked if a in {here} | _above(facts, here) and not asked & _above(facts, a))
    if target is None:
        return []
    compared = _Cities(facts, asked, min_confidence)
    mine = {p for p in facts.ids("product") if target in compared.holders.get(p, ())}
    chosen = facts.ids("product")
    if chain:
        chosen = sorted({e["from_id"] for e in facts.in_chain(_named(facts, "chain", chain))})
    candidates = [p for p in chosen if p not in mine]
    complex_mean = [compared.pci[p] for p in mine if p in compared.pci]
    gains = {p: compared.pci[p] - sum(complex_mean) / len(complex_mean) for p in compared.pci if complex_mean}
    known = [gains[p] for p in candidates if p in gains]
    spread = max(known) - min(known) if known else 0.0
    part = {p: (gains[p] - min(known)) / spread for p in candidates if p in gains and spread > 1e-12}
    weights = (density_weight, near_weight, complexity_weight, gap_weight)
    space = _Space(facts)
    firms = {e for e in facts.ids("enterprise") if target in _cities(facts, e, asked)}
    judged = oracle.gaps(facts, "", places, list(VERDICTS), min_confidence=min_confidence, limit=1_000_000)
    gaps = {row["product_id"]: row for row in judged}
    rows = []
    for product in candidates:
        row = _row(
            facts, compared, space, gaps[product], target, firms, mine, _asked_places(facts, places), min_confidence
        )
        row |= {"complexity_gain": gains.get(product), "complexity_part": part.get(product)}
        parts = [row["density"], row["near_density"], row["complexity_part"], row["fills_gap"]]
        row["score"] = sum(w * (x or 0) for w, x in zip(weights, parts, strict=True)) / (sum(weights) or 1)
        row["is_lower_bound"] = any(w and x is None for w, x in zip(weights, parts, strict=True))
        rows.append(row)
    return sorted(rows, key=lambda r: (-round(r["score"], 9), -r["downstream"], r["product_id"]))[:limit]


class _Cities:
    """The cities compared: what makers there make, in what each has an advantage, and the complexity of that."""

    def __init__(self, facts: Facts, asked: frozenset[str], least: float) -> None:
        self.made = Counter(
            (city, product)
            for product in facts.ids("product")
            for maker in sure_makers(facts, product, least)
            for city in _cities(facts, maker, asked)
        )
        self.of_city, self.of_product = Counter[str](), Counter[str]()
        for (city, product), number in self.made.items():
            self.of_city[city] += number
            self.of_product[product] += number
        self.holders: dict[str, set[str]] = {}
        for city, product in self.made:
            if self.advantage(city, product) >= 1:
                self.holders.setdefault(product, set()).add(city)
        self.pci = _pci(self.holders)

    def advantage(self, city: str, product: str) -> float:
        number = self.made[city, product]
        return number * self.made.total() / (self.of_city[city] * self.of_product[product]) if number else 0.0

    def density(self, product: str, mine: set[str]) -> float | None:
        own = self.holders.get(product, set())
        near = {
            other: len(own & theirs) / max(len(own), len(theirs))
            for other, theirs in self.holders.items()
            if other != product
        }
        whole = sum(near.values())
        return sum(v for other, v in near.items() if other in mine) / whole if whole > 1e-12 else None


def _pci(holders: Mapping[str, set[str]]) -> dict[str, float]:
    """PCI by the symmetric form of the eigenvalue problem; empty where it is not identified."""
    products, cities = sorted(holders), sorted(set().union(*holders.values()))
    graph: nx.Graph[str] = nx.Graph((c, p) for p in products for c in holders[p])
    if not products or not nx.is_connected(graph):
        return {}
    made = np.array([[1.0 if c in holders[p] else 0.0 for p in products] for c in cities])
    diversity, ubiquity = made.sum(axis=1), made.sum(axis=0)
    scaled = made / np.sqrt(np.outer(diversity, ubiquity))
    values, vectors = np.linalg.eigh(scaled @ scaled.T)
    second, third = values[-2] if len(values) > 1 else 0.0, values[-3] if len(values) > 2 else 0.0
    if second < 1e-9 or second - third < 1e-6:
        return {}
    of_city = vectors[:, -2] / np.sqrt(diversity)
    # A product is as complex as the cities that make it, on average.
    of_product = made.T @ of_city / ubiquity
    agreement = ((of_city - of_city.mean()) / of_city.std()) @ (diversity - diversity.mean())
    if abs(agreement) < 1e-6:  # either sign would do
        return {}
    standard = np.sign(agreement) * (of_product - of_product.mean()) / of_product.std()
    return dict(zip(products, standard.tolist(), strict=True))


def _row(
    facts: Facts, compared: _Cities, space: _Space, gap: Row, target: str, firms: set[str], mine: set[str],
    asked: frozenset[str], least: float,
) -> Row:  # fmt: skip
    product = gap["product_id"]
    makers = sure_makers(facts, product, least)
    sites = {m: one for m, one in oracle.best_sites(facts, product, asked, least).items()
             if _is_inside(facts, one.site, asked)}  # fmt: skip
    near = space.near(product)
    whole = sum(near.values())
    density = {
        firm: sum(near.get(thing, 0.0) for thing in space.held.get(firm, ())) / whole
        for firm in firms if whole and firm not in makers
    }  # fmt: skip
    nearest = sorted((f for f in density if density[f]), key=lambda f: (-round(density[f], 9), f))
    verdict = gap["verdict"]
    return {
        "product_id": product,
        "name_zh": facts.nodes[product]["name_zh"],
        "name_en": facts.nodes[product].get("name_en"),
        "chains": [facts.name(c) for c in sorted({e["to_id"] for e in facts.of("PART_OF", product)})],
        "density": compared.density(product, mine),
        "near_density": max(density.values(), default=0.0) if whole else None,
        "pci": compared.pci.get(product),
        "verdict": verdict,
        "fills_gap": _FILLS.get(verdict, False),
        "rca": compared.advantage(target, product),
        "makers_here": compared.made[target, product],
        "makers": gap["makers"],
        "cities": len(compared.holders.get(product, ())),
        "downstream": len(oracle._after(facts, product)),
        "near": len(nearest),
        "near_names": [facts.name(f) for f in nearest[:5]],
        "evidence_ids": {
            product, target, *(i for m in sorted(sites)[:20] for i in sites[m].edges),
            *(e["id"] for f in nearest[:5] for e in sorted(facts.of("MAKES", f), key=lambda e: str(e["to_id"]))[:20]),
        },
    }  # fmt: skip
