"""Chokepoints, by loops over facts."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import networkx as nx

from tests.oracle import Facts, Row, _country, _foreign_said, _is_one, _said, _sites
from tests.oracle.concentration import (
    Product,
    Source,
    _subjects,
    home,
    index_bounds,
    side_of_all,
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

    The first are those whose parts have the greatest middles, multiplied; those that nothing bounds come last.
    """
    nodes = _subjects(facts, kind, chain, ())
    if kind == "technology" and key_only:
        nodes = [n for n in nodes if facts.nodes[n].get("is_key")]
    space = _Space(facts)
    at = {i: whereabouts(facts, i, places) for prefix in ("enterprise", "institute") for i in facts.ids(prefix)}
    rows = [_row(facts, space, kind, node, at, places) for node in nodes]

    def order(row: Row) -> tuple[Any, ...]:
        is_open = row["group"] == "not_ranked"
        return is_open, 0 if is_open else -math.floor(row["index_middle"] * 1e9 + 0.5), -row["dependents"]

    shown = sorted(rows, key=lambda r: (*order(r), r["id"]))[:limit]
    alike = Counter(order(r) for r in shown)
    for row in shown:
        if row["group"] == "ranked" and row["index"] is None and alike[order(row)] > 1:
            row["group"] = "tied"
        row["index_text"] += {"ranked": "", "tied": "（并列）", "not_ranked": "（不排名）"}[row["group"]]
    return shown


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


def _row(facts: Facts, space: _Space, kind: str, node: str, at: Mapping[str, str], places: Sequence[str]) -> Row:
    is_technology = kind == "technology"
    own = sources(facts, kind, "enterprise", node)
    held = {s.id: s for s in own}
    here = [
        h
        for h in sorted(held)
        if any(side_of_all(facts, [site], places) in ("inside", "both") for site in held[h].sites)
    ]
    there = [h for h in sorted(held) if h not in here]
    hhi = index_bounds([Product(own)], may_join=False) if own else None
    if hhi and is_technology:  # By how many are on record: nobody has a share of it.
        hhi = (1 / len(own), 1.0)
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
    is_told = not {"foreign_share", "foreign_share_min", "foreign_share_max"}.isdisjoint(facts.nodes[node])
    dependents = _dependents(facts, direct, None if is_technology else node)
    final = [p for p in dependents if not facts.inputs.out_degree(p)]
    parts = (
        (0, 1) if essential is None else (int(essential), int(essential)),
        foreign,
        hhi or (0.0, 1.0),
        # What is near by the records may not be enough to hold it.
        (0.0, 1.0) if relatedness is None else (1 - relatedness, 1.0),
    )
    least, most = (math.prod(part[n] for part in parts) for n in (0, 1))
    is_open = foreign[0] < 1e-9 and most > 1 - 1e-9
    has_foreign = foreign[1] - foreign[0] < 1 - 1e-9
    known = [essential is not None, has_foreign, _is_one(hhi), relatedness is not None]
    studies = [e for e in facts.of("RESEARCHES", to_id=node) if at[e["from_id"]] == "inside"]
    studies = sorted(studies, key=lambda e: str(e["from_id"])) if is_technology else []
    makers = {one.maker for p in direct for one in _sites(facts, p)
              if side_of_all(facts, [one.site], places) in ("inside", "both")}  # fmt: skip
    users = sorted(makers) if is_technology else []
    names = ("essential", "foreign_share", "holders", "relatedness")
    abroad = [sum(_country(facts, h) not in natives for h in here) for natives in ((None, "CHN"), ("CHN",))]
    return {
        "id": node,
        "name_zh": facts.nodes[node]["name_zh"],
        "name_en": facts.nodes[node].get("name_en"),
        "field": facts.nodes[node].get("field"),
        "is_key": facts.nodes[node].get("is_key") if is_technology else None,
        "group": "not_ranked" if is_open else "ranked",
        "index": least if most - least < 1e-9 else None,
        "index_least": least,
        "index_most": most,
        "index_middle": None if is_open else math.prod((part[0] + part[1]) / 2 for part in parts),
        "index_text": _said(least, most),
        "unknown_parts": [name for name, is_known in zip(names, known, strict=True) if not is_known],
        "is_essential": essential,
        "foreign_share": foreign[0] if _is_one(foreign) else None,
        "foreign_share_least": foreign[0] if has_foreign else None,
        "foreign_share_most": foreign[1] if has_foreign else None,
        "foreign_basis": facts.nodes[node].get("foreign_basis") if is_told else None,
        "foreign_year": facts.nodes[node].get("foreign_year") if is_told else None,
        "foreign_text": _foreign_said(facts, facts.nodes[node], foreign, is_told) if has_foreign else None,
        "hhi": hhi[0] if hhi else None,
        "hhi_most": hhi[1] if hhi else None,
        "hhi_text": (_said(*hhi) + ("（在录仅一家）" if len(held) == 1 else "")) if hhi else None,
        "is_hhi_exact": not Product(own).rest if held else None,
        "relatedness": relatedness,
        "dependents": len(dependents),
        "direct_products": len(direct),
        "final_products": len(final),
        "final_names": [facts.name(p) for p in final[:10]],
        "holders": len(here),
        "holders_foreign": abroad[0],
        "holders_foreign_most": abroad[1],
        "holders_foreign_text": "–".join(map(str, sorted(set(abroad)))) if here else None,
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
            *(i for h in here[:20] + there[:20] for i in held[h].ways),
        },
    }  # fmt: skip


def _need(facts: Facts, kind: str, node: str) -> tuple[bool | None, tuple[float, float], list[str], list[str]]:
    """Whether it is essential, its foreign share at least and at most, what needs it directly, and the edges that say so."""
    told = facts.nodes[node]
    foreign = (
        told.get("foreign_share_min", told.get("foreign_share", 0.0)),
        told.get("foreign_share_max", told.get("foreign_share", 1.0)),
    )
    if kind == "technology":
        needs = facts.of("NEEDS", to_id=node)
        return (True if needs else None), foreign, sorted({e["from_id"] for e in needs}), [e["id"] for e in needs]
    uses = sorted((e for e in facts.of("INPUT_OF", node) if e["to_id"] != node), key=lambda e: str(e["to_id"]))
    classes = [e["input_class"] for e in uses if "input_class" in e]
    own = sources(facts, "product", "country", node)
    if {"foreign_share", "foreign_share_min", "foreign_share_max"}.isdisjoint(told) and any(
        s.share is not None for s in own
    ):
        # Makers abroad are seldom on record: what known shares leave may be of any country.
        product = Product(own)
        of = {part: sum(s.share or 0.0 for s in own if _from(facts, node, s) == part) for part in ("abroad", "home")}
        foreign = (of["abroad"] / product.whole, 1 - of["home"] / product.whole)
    essential = 2 in classes if classes else None
    return essential, foreign, [e["to_id"] for e in uses], [e["id"] for e in uses[:100]]


def _from(facts: Facts, product: str, source: Source) -> str:
    """Whether a source is "abroad" or at "home" for sure; at home only where it is known that nobody abroad controls the maker."""
    if source.lost:
        return "unknown"
    if home(facts) not in source.places:
        return "abroad"
    makers = {one.maker for one in _sites(facts, product) if source.id in (one.maker, one.site)}
    is_ours = all(_country(facts, maker) == "CHN" for maker in makers)
    return "home" if len(source.places) == 1 and is_ours else "unknown"


def _dependents(facts: Facts, direct: Sequence[str], start: str | None) -> list[str]:
    """What is needed for, the nearest first, of equals by id."""
    steps: dict[str, int] = {}
    for product in direct:
        for other, step in nx.single_source_shortest_path_length(facts.inputs, product).items():
            steps[other] = min(step, steps.get(other, step))
    steps.pop(start or "", None)
    return sorted(steps, key=lambda p: (steps[p], p))
