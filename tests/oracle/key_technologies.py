"""Chokepoints, by loops over facts."""

import math
from collections.abc import Mapping, Sequence

import networkx as nx

from tests.oracle import Facts, Row, _makers, _way
from tests.oracle.concentration import (
    Product,
    _subjects,
    home,
    index_bounds,
    sources,
    whereabouts,
)


def key_technologies(
    facts: Facts,
    chain: str = "",
    places: Sequence[str] = (),
    kind: str = "technology",
    key_only: bool = True,
    limit: int = 50,
) -> list[Row]:
    """Technologies or products by essential × foreign share × HHI × (1 − density), at least and at most.

    The first are those of the greatest least value, then of the greatest most.
    """
    nodes = _subjects(facts, kind, chain, ())
    if kind == "technology" and key_only:
        nodes = [n for n in nodes if facts.nodes[n].get("is_key")]
    space = _Space(facts)
    at = {i: whereabouts(facts, i, places) for prefix in ("enterprise", "institute") for i in facts.ids(prefix)}
    rows = [_row(facts, space, kind, node, at) for node in nodes]
    return sorted(rows, key=lambda r: (-round(r["index_least"], 9), -round(r["index"], 9), -r["dependents"], r["id"]))[
        :limit
    ]


class _Space:
    """Who makes or masters what, and how near things are to each other by that."""

    def __init__(self, facts: Facts) -> None:
        edges = [*facts.of("MAKES"), *facts.of("MASTERS")]
        self.holders: dict[str, set[str]] = {}
        self.held: dict[str, set[str]] = {}
        for edge in edges:
            self.holders.setdefault(edge["to_id"], set()).add(edge["from_id"])
            self.held.setdefault(edge["from_id"], set()).add(edge["to_id"])

    def near(self, thing: str) -> Mapping[str, float]:
        """The proximity of every other thing that an enterprise holds together with this one."""
        own = self.holders.get(thing, set())
        found = {}
        for other, theirs in self.holders.items():
            if other != thing and own & theirs:
                found[other] = len(own & theirs) / max(len(own), len(theirs))
        return found


def _row(facts: Facts, space: _Space, kind: str, node: str, at: Mapping[str, str]) -> Row:
    is_technology = kind == "technology"
    edges = facts.of("MASTERS", to_id=node) if is_technology else []
    held = (
        {e["from_id"]: [e["id"]] for e in edges}
        if is_technology
        else {m: _way(facts, m, node, 0.0) for m in _makers(facts, node)}
    )
    here, there = [h for h in sorted(held) if at[h] == "inside"], [h for h in sorted(held) if at[h] != "inside"]
    own = sources(facts, kind, "enterprise", node)
    hhi = index_bounds([Product(own)], may_join=False) if own else None
    near = space.near(node)
    whole = sum(near.values())
    density = {}
    if whole:
        for firm in {firm for thing in near for firm in space.holders[thing]}:
            if at[firm] == "inside" and firm not in held:
                density[firm] = sum(near.get(thing, 0.0) for thing in space.held.get(firm, ())) / whole
    density = {firm: d for firm, d in density.items() if d}
    nearest = sorted(density, key=lambda f: (-round(density[f], 9), f))
    relatedness = max(density.values(), default=0.0) if whole else None
    essential, foreign, direct, uses = _need(facts, kind, node)
    dependents = _dependents(facts, direct, None if is_technology else node)
    final = [p for p in dependents if not facts.inputs.out_degree(p)]
    parts = (
        (0, 1) if essential is None else (int(essential), int(essential)),
        foreign or (0.0, 1.0),
        hhi or (0.0, 1.0),
        # What is near by the records may not be enough to hold it.
        (0.0, 1.0) if relatedness is None else (1 - relatedness, 1.0),
    )
    least, index = (math.prod(part[n] for part in parts) for n in (0, 1))
    known = [essential is not None, _is_one(foreign), _is_one(hhi), relatedness is not None]
    studies = [e for e in facts.of("RESEARCHES", to_id=node) if at[e["from_id"]] == "inside"]
    studies = sorted(studies, key=lambda e: str(e["from_id"])) if is_technology else []
    users = sorted({m for p in direct for m in _makers(facts, p) if at[m] == "inside"}) if is_technology else []
    names = ("essential", "foreign_share", "holders", "relatedness")
    return {
        "id": node,
        "name_zh": facts.nodes[node]["name_zh"],
        "name_en": facts.nodes[node].get("name_en"),
        "field": facts.nodes[node].get("field"),
        "is_key": facts.nodes[node].get("is_key") if is_technology else None,
        "index": index,
        "index_least": least,
        "is_upper_bound": index - least >= 1e-9,
        "unknown_parts": [name for name, is_known in zip(names, known, strict=True) if not is_known],
        "is_essential": essential,
        "foreign_share": foreign[0] if foreign and _is_one(foreign) else None,
        "foreign_share_least": foreign[0] if foreign else None,
        "foreign_share_most": foreign[1] if foreign else None,
        "hhi": hhi[0] if hhi else None,
        "hhi_most": hhi[1] if hhi else None,
        "is_hhi_exact": not Product(own).rest if held else None,
        "relatedness": relatedness,
        "dependents": len(dependents),
        "direct_products": len(direct),
        "final_products": len(final),
        "final_names": [facts.name(p) for p in final[:10]],
        "holders": len(here),
        "holders_elsewhere": len(there),
        "holder_names": [facts.name(h) for h in here[:20]],
        "elsewhere_names": [facts.name(h) for h in there[:20]],
        "makers_of_dependents": len(users) if is_technology else None,
        "user_names": [facts.name(m) for m in users[:20]],
        "researchers": len(studies) if is_technology else None,
        "researcher_names": [facts.name(e["from_id"]) for e in studies[:20]],
        "near": len(nearest),
        "near_names": [facts.name(f) for f in nearest[:5]],
        "evidence_ids": {
            node, *uses, *(e["id"] for e in studies[:20]), *nearest[:5], *final[:10],
            *(i for h in here[:20] + there[:20] for i in held[h]),
        },
    }  # fmt: skip


def _is_one(bounds: tuple[float, float] | None) -> bool:
    """Whether least and most are one value."""
    return bounds is not None and bounds[1] - bounds[0] < 1e-9


def _need(facts: Facts, kind: str, node: str) -> tuple[bool | None, tuple[float, float] | None, list[str], list[str]]:
    """Whether it is essential, its foreign share, what needs it directly, and the edges that say so."""
    if kind == "technology":
        needs = facts.of("NEEDS", to_id=node)
        direct = sorted({e["from_id"] for e in needs})
        share = facts.nodes[node].get("foreign_share")
        return (True if needs else None), share if share is None else (share, share), direct, [e["id"] for e in needs]
    uses = sorted((e for e in facts.of("INPUT_OF", node) if e["to_id"] != node), key=lambda e: str(e["to_id"]))
    classes = [e["input_class"] for e in uses if "input_class" in e]
    own = sources(facts, "product", "country", node)
    here, at = home(facts), {}
    for source in own:
        abroad = [country != here for country in source.places]
        at[source.id] = "unknown" if not abroad else "outside" if all(abroad) else "both" if any(abroad) else "inside"
    foreign = None
    if any(s.share is not None for s in own):
        # Makers abroad are seldom on record: what known shares leave may be of any country.
        product = Product(own)
        of = {part: sum(s.share or 0.0 for s in own if at[s.id] == part) for part in ("outside", "inside")}
        foreign = (of["outside"] / product.whole, 1 - of["inside"] / product.whole)
    essential = 2 in classes if classes else None
    return essential, foreign, [e["to_id"] for e in uses], [e["id"] for e in uses[:100]]


def _dependents(facts: Facts, direct: Sequence[str], start: str | None) -> list[str]:
    """What is needed for, the nearest first, of equals by id."""
    steps: dict[str, int] = {}
    for product in direct:
        for other, step in nx.single_source_shortest_path_length(facts.inputs, product).items():
            steps[other] = min(step, steps.get(other, step))
    steps.pop(start or "", None)
    return sorted(steps, key=lambda p: (steps[p], p))
