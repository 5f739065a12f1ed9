"""On how few sources things rest, by loops over facts."""

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import networkx as nx

from tests.oracle import Facts, Row, _above, _asked_places, _located, _makers, _named, _share

_MUNICIPALITIES = ("place:110000", "place:120000", "place:310000", "place:500000")


def whereabouts(facts: Facts, node_id: str, places: Sequence[str]) -> str:
    """Whether a thing (or place) is "inside" the places, "outside" or "unknown"."""
    if any(name in ("everywhere", "全部") for name in places):
        return "inside"
    asked = _asked_places(facts, places)
    at = {node_id} if node_id.startswith("place:") else _located(facts, node_id)
    if any(({p} | _above(facts, p)) & asked for p in at):
        return "inside"
    around = {a for p in asked for a in _above(facts, p)}
    return "outside" if any(p not in around for p in at) else "unknown"


def place_at(facts: Facts, place: str, level: str) -> str | None:
    """The place of a level that a place is or lies in; "" for a country without node."""
    way = [place]
    while facts.territory.out_degree(way[-1]):
        way.append(max(facts.territory.successors(way[-1])))
    for here in way:
        if facts.nodes[here]["level"] == ("prefecture" if level == "city" else level):
            return here
        if level == "city" and here in _MUNICIPALITIES:
            return here
    if level == "city" and facts.nodes[place]["level"] == "district":
        return place
    if level == "country" and re.fullmatch(r"place:\d{6}", place):
        return next((i for i in facts.ids("place") if facts.nodes[i]["name_zh"] == "中国"), "")
    return None


def _sources(facts: Facts, what: str, by: str, subject: str) -> list[tuple[str, float | None]]:
    """Each source of a product or technology, with its share as it is on record."""
    if what == "technology":
        return [(e["from_id"], None) for e in facts.of("MASTERS", to_id=subject)]
    given = [
        e
        for e in facts.of("PROVIDES", to_id=subject)
        if by != "enterprise" and place_at(facts, e["from_id"], by) is not None
    ]
    if given:
        return sorted((e["from_id"], e.get("share", 0.0 if e.get("is_negligible") else None)) for e in given)
    return sorted((m, _share(facts, m, subject)) for m in _makers(facts, subject))


class _Supply:
    """A subject's sources with weights that add up to 1."""

    def __init__(self, facts: Facts, what: str, by: str, subject: str) -> None:
        self.weight: dict[str, float] = {}
        if what == "chain":
            self._of_chain(facts, by, subject)
            return
        sources = _sources(facts, what, by, subject)
        shares = [s for _, s in sources if s is not None]
        self.known = sum(shares)
        self.are_known = len(shares) == len(sources) and self.known > 0
        for source, share in sources:
            self.weight[source] = share / self.known if self.are_known and share is not None else 1 / len(sources)

    def _of_chain(self, facts: Facts, by: str, chain: str) -> None:
        parts = [_Supply(facts, "product", by, e["from_id"]) for e in facts.of("PART_OF", to_id=chain)]
        parts = [part for part in parts if part.weight]
        summed: dict[str, float] = defaultdict(float)
        for part in parts:
            for source, weight in part.weight.items():
                summed[source] += weight / len(parts)
        # Of equal weight places come first.
        self.weight = dict(sorted(summed.items(), key=lambda i: (not i[0].startswith("place:"), i[0])))
        self.known = sum(part.known for part in parts) / len(parts) if parts else 0.0
        self.are_known = bool(parts) and all(part.are_known for part in parts)


def _grouped(facts: Facts, by: str, source: str) -> list[tuple[tuple[int, str], float]]:
    """The groups of a source, each with its part of it: (0, enterprise or place), (1, enterprise of unknown place)."""
    if by == "enterprise":
        return [((0, source), 1.0)]
    if source.startswith("place:"):
        return [((0, str(place_at(facts, source, by))), 1.0)]
    found = {g for p in _located(facts, source) if (g := place_at(facts, p, by)) is not None}
    return [((0, g), 1 / len(found)) for g in sorted(found)] or [((1, source), 1.0)]


def _by_group(facts: Facts, by: str, weight: dict[str, float]) -> dict[tuple[int, str], float]:
    found: dict[tuple[int, str], float] = defaultdict(float)
    for source, amount in weight.items():
        for group, part in _grouped(facts, by, source):
            found[group] += amount * part
    # A country without node is numbered after all places.
    return dict(sorted(found.items(), key=lambda i: (i[0][0], i[0][1] or "~")))


def _hhi(weights: Sequence[float]) -> float | None:
    total = sum(weights)
    return sum((w / total) ** 2 for w in weights) if total > 0 else None


def concentration(
    facts: Facts,
    chain: str = "",
    subjects: Sequence[str] = (),
    what: str = "product",
    by: str = "enterprise",
    places: Sequence[str] = (),
    hhi_above: float = 0.4,
    outside_share_above: float = 0.5,
    outside_ratio_above: float = 1.0,
    limit: int = 50,
) -> list[Row]:
    """Each product, technology or chain with its measures, the first to look at first."""
    limits = (hhi_above, outside_share_above, outside_ratio_above)
    rows = [_row(facts, what, by, places, s, limits) for s in _subjects(facts, what, chain, subjects)]
    doubt = [True, None, False]

    def order(row: Row) -> tuple[Any, ...]:
        return (
            not row["sources"], doubt.index(row["is_dependent"]), doubt.index(row["is_concentrated"]),
            row["is_essential"] is not True, -(row["downstream"] or 0), -round(row["hhi"] or 0, 9), row["subject_id"],
        )  # fmt: skip

    return sorted(rows, key=order)[:limit]


def _subjects(facts: Facts, what: str, chain: str, subjects: Sequence[str]) -> list[str]:
    if subjects:
        return sorted({_named(facts, what, name) for name in subjects})
    if not chain:
        return facts.ids(what)
    if what == "chain":
        return [_named(facts, "chain", chain)]
    products = {e["from_id"] for e in facts.of("PART_OF", to_id=_named(facts, "chain", chain))}
    if what == "product":
        return sorted(products)
    return sorted({e["to_id"] for p in products for e in facts.of("NEEDS", p)})


def _row(
    facts: Facts, what: str, by: str, places: Sequence[str], subject: str, limits: tuple[float, float, float]
) -> Row:
    supply = _Supply(facts, what, by, subject)
    sources = list(supply.weight)
    groups = _by_group(facts, by, supply.weight)
    unplaced = [s for s in sources if any(group[0] for group, _ in _grouped(facts, by, s))]
    alike = _hhi(list(groups.values()))
    index = alike if supply.are_known else 1 / len(groups) if groups else None
    exact = supply.are_known and not unplaced
    concentrated = None
    if index is not None:
        concentrated = True if index > limits[0] else False if exact else None
    uses = [e for e in facts.of("INPUT_OF", subject) if e["to_id"] != subject]
    classes = [e["input_class"] for e in uses if "input_class" in e]
    is_product = what == "product"
    shown = sorted(sources, key=lambda s: -round(supply.weight[s], 12))[:20]
    return {
        "subject_id": subject,
        "name_zh": facts.nodes[subject]["name_zh"],
        "name_en": facts.nodes[subject].get("name_en"),
        "is_essential": (2 in classes) if is_product and classes else None,
        "downstream": len(nx.descendants(facts.inputs, subject)) if is_product else None,
        "is_by_place": any(s.startswith("place:") for s in sources),
        "sources": len(sources),
        "unplaced": len(unplaced),
        "groups": len(groups),
        "known_share": supply.known,
        "hhi": index,
        "is_hhi_exact": exact if sources else None,
        "effective_sources": 1 / index if index else None,
        "hhi_alike": alike,
        "is_concentrated": concentrated,
        "flip_margin": _flip(list(groups.values()), limits[0]) if exact else None,
        "source_names": [facts.name(s) for s in shown],
        "evidence_ids": _evidence(facts, what, by, subject, shown),
        **_largest(facts, by, groups),
        **_largest_city(facts, what, subject),
        **_outside(facts, by, places, supply, limits),
    }


def _largest(facts: Facts, by: str, groups: dict[tuple[int, str], float]) -> Row:
    if not groups:
        return {"largest_source": None, "largest_share": None}
    most = max(round(w, 12) for w in groups.values())
    alone, best = next(g for g, w in groups.items() if round(w, 12) == most)
    name = facts.name(best) if best else "中国"
    if alone:
        name += "（地点未知）"
    return {"largest_source": name, "largest_share": groups[alone, best]}


def _largest_city(facts: Facts, what: str, subject: str) -> Row:
    groups = _by_group(facts, "city", _Supply(facts, what, "city", subject).weight)
    cities = {city: round(w, 12) for (alone, city), w in groups.items() if not alone and w > 0}
    if not cities:
        return {"largest_city": None, "largest_city_share": None}
    best = next(c for c, w in cities.items() if w == max(cities.values()))
    return {"largest_city": facts.name(best), "largest_city_share": cities[best]}


def _outside(facts: Facts, by: str, places: Sequence[str], supply: _Supply, limits: tuple[float, float, float]) -> Row:
    at = {s: whereabouts(facts, s, places) for s in supply.weight}
    away = {s: w for s, w in supply.weight.items() if at[s] == "outside"}
    outer, inner = sum(away.values()), sum(w for s, w in supply.weight.items() if at[s] == "inside")
    is_known = bool(at) and "unknown" not in at.values() and (supply.are_known or not (outer and inner))
    share = outer / (outer + inner) if is_known else None
    groups = _by_group(facts, by, away)
    exact = len(groups) == 1 or (supply.are_known and not any(alone for alone, _ in groups))
    index = None
    if groups:
        index = _hhi(list(groups.values())) if supply.are_known else 1 / len(groups)
    dependent = None
    if share == 0:
        dependent = False
    elif share is not None and index is not None:
        much = share > limits[1] and (not inner or outer / inner > limits[2])
        few = index > limits[0]
        if not much or (exact and not few) or limits[0] >= 1:
            dependent = False
        elif few:
            dependent = True
    margin = None
    if supply.are_known and share is not None:
        threshold = max(limits[1], limits[2] / (1 + limits[2]))
        margin = _outside_flip(supply.weight, away, threshold) if away else None  # nothing to move
    return {
        "inside": sum(1 for w in at.values() if w == "inside"),
        "outside": len(away),
        "outside_share": share,
        "outside_hhi": index,
        "outside_to_inside": outer / inner if share is not None and inner else None,
        "is_dependent": dependent,
        "outside_flip_margin": margin,
    }


def _moved(weights: Sequence[float], number: int, to: float) -> list[float]:
    """Shares after one moved and the others kept their proportions."""
    rest = 1 - weights[number]
    return [to if n == number else w * (1 - to) / rest for n, w in enumerate(weights)]


def _crossing(value: Any, here: float) -> float | None:
    """The least move from here to a point in 0–1 where a continuous value is 0, by looking everywhere and halving."""
    steps = [n / 2_000 for n in range(2_001)]
    roots = [x for x in steps if abs(value(x)) < 1e-13]
    for a, b in pairwise(steps):
        low, high = value(a), value(b)
        if low * high >= 0:
            continue
        for _ in range(80):
            middle = (a + b) / 2
            if value(middle) * low > 0:
                a = middle
            else:
                b = middle
        roots.append(a)
    return min((abs(x - here) for x in roots), default=None)


def _flip(weights: Sequence[float], threshold: float) -> float | None:
    found = [
        _crossing(lambda x, n=n: sum(w**2 for w in _moved(weights, n, x)) - threshold, w)
        for n, w in enumerate(weights)
        if w < 1 - 1e-9
    ]
    return min((f for f in found if f is not None), default=None)


def _outside_flip(weight: dict[str, float], away: dict[str, float], threshold: float) -> float | None:
    names, weights = list(weight), list(weight.values())

    def over(number: int, to: float) -> float:
        return sum(w for s, w in zip(names, _moved(weights, number, to), strict=True) if s in away) - threshold

    found = [_crossing(lambda x, n=n: over(n, x), w) for n, w in enumerate(weights) if w < 1 - 1e-9]
    return min((f for f in found if f is not None), default=None)


def _evidence(facts: Facts, what: str, by: str, subject: str, shown: Sequence[str]) -> set[str]:
    found = {subject} | {e["id"] for s in shown if not s.startswith("place:") for e in facts.of("LOCATED_IN", s)}
    if what == "technology":
        return found | {e["id"] for e in facts.of("MASTERS", to_id=subject)}
    products = [subject] if what == "product" else [e["from_id"] for e in facts.of("PART_OF", to_id=subject)]
    for product in products:
        cited = [e["id"] for e in facts.of("PROVIDES", to_id=product) if e["from_id"] in shown]
        cited += [i for m, ids in _makers(facts, product).items() if m in shown for i in ids]
        if cited and what == "chain":
            found.add(facts.of("PART_OF", product, subject)[0]["id"])
        found |= set(cited)
    return found
