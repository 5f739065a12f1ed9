"""Candidates for gaps by loops: for each enterprise and gap every way that brings them near, and the parts of the score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import networkx as nx

import tests.oracle as oracle
from tests.oracle import (
    Facts,
    Row,
    _asked_places,
    _cities,
    _confidence,
    _is_inside,
    _located,
    _makers,
    _named,
    narrower_path,
)
from tests.oracle.partners import Steps, along, city, in_words, proximities, standing, walked

KINDS = ("extend", "attract", "unplaced_extend", "unplaced_maker")
_NARROWER, _BROADER, _SIBLING, _SAME_INPUTS, _SAME_USES, _INPUT, _OUTPUT = range(7)


@dataclass(frozen=True)
class _Beside:
    """A product near the gap: how near, in which shape, over which product in common."""

    value: float
    shape: int
    product: str
    through: str
    steps: int = 1


def candidates(
    facts: Facts,
    product: str = "",
    chain: str = "",
    places: Sequence[str] = (),
    kinds: Sequence[str] = (),
    per_gap: int = 3,
    weight_density: float = 0.3,
    weight_nearness: float = 0.2,
    weight_place: float = 0.15,
    weight_scale: float = 0.1,
    weight_technology: float = 0.15,
    weight_institute: float = 0.1,
    min_confidence: float = 0.0,
    limit: int = 50,
) -> list[Row]:
    """For the product, or each gap of the chain, the enterprises that could fill it."""
    asked = _asked_places(facts, places)
    judged = oracle.gaps(
        facts, "" if product else chain, places, verdicts=list(oracle.VERDICTS), min_confidence=min_confidence,
        limit=1_000_000,
    )  # fmt: skip
    if product:
        gaps = [row for row in judged if row["product_id"] == _named(facts, "product", product)]
    else:
        gaps = [row for row in judged if row["verdict"] not in ("strong", "supplied")][:limit]
    weights = (weight_density, weight_nearness, weight_place, weight_scale, weight_technology, weight_institute)
    rows: list[Row] = []
    for gap in gaps:
        near, beside = proximities(facts, gap["product_id"]), _beside(facts, gap["product_id"])
        everyone = [
            _row(facts, gap, near, beside, who, asked, weights, min_confidence) for who in facts.ids("enterprise")
        ]
        for kind in KINDS:
            best = [row for row in everyone if row and row["kind"] == kind and kind in (kinds or KINDS)]
            best.sort(key=lambda r: (*_standing(r), -round(r["score"] or 0, 9), r["enterprise_id"]))
            rows += best[: limit if product else per_gap]
    return rows[:limit]


def _standing(row: Row) -> tuple[bool, int, bool]:
    """Last who is known to be controlled from abroad, before it whoever is farther, before these of equals who may be."""
    country = row["control_country"]
    return country not in (None, "CHN"), ["near", "related", "distant"].index(row["closeness"]), country is None


def _row(
    facts: Facts,
    gap: Row,
    near: Mapping[str, float],
    all_beside: Sequence[_Beside],
    who: str,
    asked: frozenset[str],
    weights: Sequence[float],
    min_confidence: float,
) -> Row | None:
    product = gap["product_id"]
    made = {e["to_id"] for e in facts.of("MAKES", who)}
    site = oracle.best_sites(facts, product, asked, min_confidence).get(who)
    way = site.edges if site else []
    beside = [b for b in all_beside if b.product in made]
    is_density_known = near and made
    parts = {
        "density": sum(v for q, v in near.items() if q in made) / sum(near.values()) if is_density_known else None,
        "nearness": 1.0 if way else max((b.value for b in beside), default=0.0),
        "technology": _technology(facts, product, who),
    }
    is_made_here = site is not None and not site.steps and _is_inside(facts, site.site, asked)
    kind = _kind(standing(facts, who, asked), site.steps + 1 if site else 0, parts)
    if not kind or is_made_here:
        return None
    parts = {
        "density": parts["density"],
        "nearness": parts["nearness"],
        "place": _place(facts, product, who, asked, min_confidence),
        "scale": _scale(facts, who),
        "technology": parts["technology"],
        "institute": _institute(facts, product, who),
    }
    own = sorted((q for q in near if q in made), key=lambda q: (-round(near[q], 9), q))
    others = sorted({b.product for b in beside} - set(own))
    technologies = sorted(_needed(facts, product) & {e["to_id"] for e in facts.of("MASTERS", who)})[:5]
    labs = _labs(facts, product, who)
    ways = [
        *([along(way)] if way else _over_products(facts, product, who, beside, own)),
        *(((f"MASTERS|{who}|{t}", True), (f"NEEDS|{product}|{t}", False)) for t in technologies),
        *(((f"RESEARCHES|{i}|{t}", True), (f"NEEDS|{product}|{t}", False)) for i, t in labs),
    ]
    total = sum(w * (part or 0) for w, part in zip(weights, parts.values(), strict=True))
    closest = max(round(parts[name] or 0, 9) for name in ("nearness", "density", "technology"))
    return {
        "product_id": product,
        "product_zh": facts.name(product),
        "verdict_text": gap["verdict_text"],
        "enterprise_id": who,
        "name_zh": facts.name(who),
        **oracle.places_of(facts, who, asked),
        "control_country": oracle._country(facts, who),
        "kind": kind,
        "closeness": "near" if closest >= 0.5 else "related" if closest >= 0.25 else "distant",
        "score": total / sum(weights) if sum(weights) else None,
        **parts,
        "near_products": len(own) + len(others),
        "makes_today": [facts.name(p) for p in [*own, *others][:5]],
        "technologies": [facts.name(t) for t in technologies],
        "institutes": [facts.name(i) for i, _ in labs],
        **{name: facts.nodes[who].get(name) for name in _SIZES},
        "reason": in_words(facts, ways[0]),
        "path": walked(ways[0]),
        "evidence_ids": {i for w in ways for i in [*walked(w), *(e for e, _ in w)]},
    }


def _sure_makers(facts: Facts, product: str, min_confidence: float) -> set[str]:
    """Who makes the product or a narrower kind, as far as that is sure enough."""
    return {m for m in _makers(facts, product) if _confidence(facts, m, product) >= min_confidence}


def _kind(stands: bool | None, way: int, parts: Row) -> str | None:
    """By how many edges it makes the product: one if itself, more if a narrower kind, which is not the product itself."""
    if way == 1:
        return {True: "extend", False: "attract", None: "unplaced_maker"}[stands]
    if way and stands is False:
        return "attract"
    is_near = any((parts[name] or 0) > 0 for name in ("density", "nearness", "technology"))
    return {True: "extend", False: None, None: "unplaced_extend"}[stands] if is_near else None


# --- what is near -----------------------------------------------------------------------------------------------------


def _beside(facts: Facts, gap: str) -> list[_Beside]:
    """Every product near the gap, the nearest first."""
    inputs, kinds = facts.inputs, facts.kinds
    broader = [b for b in kinds.successors(gap) if b != gap]
    below = dict(nx.single_target_shortest_path_length(kinds, gap))
    found = [_Beside(1.0, _NARROWER, n, n, steps) for n, steps in below.items()]
    found += [_Beside(1.0, _BROADER, b, b) for b in broader]
    found += [_Beside(0.5, _SIBLING, s, b) for b in broader for s in kinds.predecessors(b) if s != b]
    made_of, goes_into = set(inputs.predecessors(gap)), set(inputs.successors(gap))
    for other in facts.ids("product"):
        if common := made_of & set(inputs.predecessors(other)):
            either = made_of | set(inputs.predecessors(other))
            found.append(_Beside(0.5 * (len(common) / len(either)), _SAME_INPUTS, other, min(common)))
        theirs = set(inputs.successors(other))
        if common := {use for use in goes_into & theirs if _kinds_of(facts, gap, use) & _kinds_of(facts, other, use)}:
            either_count = len(goes_into) + len(theirs) - len(common)
            found.append(_Beside(0.5 * (len(common) / either_count), _SAME_USES, other, min(common)))
    found += [_Beside(0.3, _INPUT, i, i) for i in made_of]
    found += [_Beside(0.2, _OUTPUT, o, o) for o in goes_into]
    ordered = sorted(found, key=lambda b: (-b.value, b.shape, b.steps, b.product, b.through))
    return [b for b in ordered if b.product != gap]


def _kinds_of(facts: Facts, product: str, use: str) -> set[str | None]:
    """What a product is to what it goes into: a material, equipment."""
    return {edge.get("input_kind") for edge in facts.of("INPUT_OF", product, use)}


def _over_products(facts: Facts, gap: str, who: str, beside: Sequence[_Beside], own: Sequence[str]) -> list[Steps]:
    ways: list[Steps] = []
    if own:
        both = {e["from_id"] for e in facts.of("MAKES", to_id=gap)} & {
            e["from_id"] for e in facts.of("MAKES", to_id=own[0])
        }
        maker = min(both)
        edges = (f"MAKES|{who}|{own[0]}", True), (f"MAKES|{maker}|{own[0]}", False), (f"MAKES|{maker}|{gap}", True)
        ways.append(edges)
    if beside:
        best = beside[0]
        p, r = best.product, best.through
        rest: dict[int, Steps] = {
            _NARROWER: along(narrower_path(facts, p, gap)) if best.shape == _NARROWER else (),
            _BROADER: ((f"KIND_OF|{gap}|{p}", False),),
            _SIBLING: ((f"KIND_OF|{p}|{r}", True), (f"KIND_OF|{gap}|{r}", False)),
            _SAME_INPUTS: ((f"INPUT_OF|{r}|{p}", False), (f"INPUT_OF|{r}|{gap}", True)),
            _SAME_USES: ((f"INPUT_OF|{p}|{r}", True), (f"INPUT_OF|{gap}|{r}", False)),
            _INPUT: ((f"INPUT_OF|{p}|{gap}", True),),
            _OUTPUT: ((f"INPUT_OF|{gap}|{p}", False),),
        }
        ways.insert(0 if best.shape <= _BROADER else len(ways), ((f"MAKES|{who}|{p}", True), *rest[best.shape]))
    return ways


# --- the other parts --------------------------------------------------------------------------------------------------

_SIZES = ("registered_capital_10k_cny", "revenue_10k_cny", "employees")


def _scale(facts: Facts, who: str) -> float | None:
    ranks = []
    for name in _SIZES:
        known = [v for e in facts.ids("enterprise") if (v := facts.nodes[e].get(name)) is not None]
        own = facts.nodes[who].get(name)
        if own is not None:
            ranks.append(sum(1 for v in known if v <= own) / len(known))
    return sum(ranks) / len(ranks) if ranks else None


def _place(facts: Facts, gap: str, who: str, asked: frozenset[str], min_confidence: float) -> float | None:
    stands = standing(facts, who, asked)
    if not stands:
        return None if stands is None else 0.0
    users = {m for p in facts.inputs.successors(gap) for m in _sure_makers(facts, p, min_confidence)} - {who}
    cities = {c for u in users for c in _cities(facts, u, asked)}
    return 1.0 if cities & _cities(facts, who, asked) else 0.5


def _needed(facts: Facts, gap: str) -> set[str]:
    return {e["to_id"] for e in facts.of("NEEDS", gap)}


def _technology(facts: Facts, gap: str, who: str) -> float | None:
    needed, held = _needed(facts, gap), {e["to_id"] for e in facts.of("MASTERS", who)}
    return len(needed & held) / len(needed) if needed and held else None


def _homes(facts: Facts, node_id: str) -> set[str]:
    return {city(facts, p) for p in _located(facts, node_id)}


def _institute(facts: Facts, gap: str, who: str) -> float | None:
    needed, homes = _needed(facts, gap), _homes(facts, who)
    if not needed or not homes:
        return None
    best = 0
    for home in homes:
        labs = [i for i in facts.ids("institute") if home in _homes(facts, i)]
        best = max(best, len(needed & {e["to_id"] for i in labs for e in facts.of("RESEARCHES", i)}))
    is_wide = any(
        city(facts, inner) != city(facts, p) for p in _located(facts, who) for inner in facts.territory.predecessors(p)
    )
    return None if not best and is_wide else best / len(needed)


def _labs(facts: Facts, gap: str, who: str) -> list[tuple[str, str]]:
    """Institutes of its city, each with the first needed technology that it researches."""
    found = []
    for institute in facts.ids("institute"):
        studied = sorted(_needed(facts, gap) & {e["to_id"] for e in facts.of("RESEARCHES", institute)})
        if studied and _homes(facts, institute) & _homes(facts, who):
            found.append((institute, studied[0]))
    return found[:5]
