"""From science to industry by loops: who holds each stage around a technology, and where they are."""

from collections.abc import Iterable, Sequence

import tests.oracle as oracle
from tests.oracle import Facts, Row, _asked_places, _chain_products, _named
from tests.oracle.partners import Steps, along, in_words, standing, walked

_STATE_ZH = {"here": "区内有", "unplaced": "地点未定", "elsewhere": "仅区外有", "not_on_record": "未见记录"}
_BREAKS = {"science": "源头断点", "technology": "转化断点", "product": "产业化断点", "industry": "应用断点"}


def science_chain(
    facts: Facts,
    technology: str = "",
    chain: str = "",
    places: Sequence[str] = (),
    unknown_counts: float = 0.5,
    key_only: bool = False,
    min_confidence: float = 0.0,
    limit: int = 50,
) -> list[Row]:
    """Each technology with the stages around it, by how broken its path is and how much depends on it."""
    asked = _asked_places(facts, places)
    chosen = set(_chain_products(facts, chain)) if chain else set(facts.ids("product"))
    if technology:
        found = [_named(facts, "technology", technology)]
    elif chain:
        found = sorted({e["to_id"] for p in chosen for e in facts.of("NEEDS", p)})
    else:
        found = facts.ids("technology")
    found = [t for t in found if facts.nodes[t].get("is_key") or not key_only]
    rows = [_row(facts, t, chosen, asked, unknown_counts, min_confidence) for t in found]
    rows.sort(
        key=lambda r: (-round(r["score"], 9), -round(r["brokenness"], 9), r["is_key"] is not True, r["technology_id"])
    )
    return rows[:limit]


def _row(
    facts: Facts, technology: str, chosen: set[str], asked: frozenset[str], unknown_counts: float, least: float
) -> Row:
    products = [e["from_id"] for e in facts.of("NEEDS", to_id=technology) if e["from_id"] in chosen]
    products.sort(key=lambda p: (-len(oracle._after(facts, p)), p))
    labs = _here_first(facts, {e["from_id"] for e in facts.of("RESEARCHES", to_id=technology)}, asked)
    masters = _here_first(facts, {e["from_id"] for e in facts.of("MASTERS", to_id=technology)}, asked)
    residents = [e for m in masters for e in facts.of("RESIDENT_OF", m) if e.get("resident_status") == "resident"]
    centres = _here_first(facts, {e["to_id"] for e in residents}, asked)
    sites = [one for p in products for one in _sure(facts, p, asked, least).values()]
    here_by = {one.maker for one in sites if standing(facts, one.site, asked)}
    makers = sorted({one.maker for one in sites}, key=lambda m: (m not in here_by, m))
    users = {site for p in products for site in _users(facts, p, least)}
    states = {
        "science": _state(facts, labs, asked),
        "centre": _state(facts, centres, asked),
        "technology": _state(facts, masters, asked),
        "product": _state(facts, [one.site for one in sites], asked),
        "industry": _state(facts, users, asked),
    }
    missing = [stage for stage in _BREAKS if states[stage] != "here"]
    breaks = sum(1 for stage in missing if states[stage] == "elsewhere")
    brokenness = (breaks + unknown_counts * (len(missing) - breaks)) / 4
    direct = [e["from_id"] for e in facts.of("NEEDS", to_id=technology)]
    dependents = len(set(direct).union(*(oracle._after(facts, p) for p in direct)))
    node = facts.nodes[technology]
    here = here_by | {who for who in (*labs, *masters) if standing(facts, who, asked)}
    path = _path(facts, technology, labs, masters, products, asked, least)
    ways: list[Steps] = [
        *(((f"RESEARCHES|{i}|{technology}", True),) for i in labs[:5]),
        *(((f"MASTERS|{m}|{technology}", True),) for m in masters[:5]),
        *(_over_centre(facts, c, technology) for c in centres[:5]),
        *(along(_first_made(facts, m, products, asked, least)) for m in makers[:5]),
        *(((f"NEEDS|{p}|{technology}", True),) for p in products[:5]),
        *(((f"PART_OF|{p}|{c}", True),) for p in products[:5] for c in _chains(facts, p)[:1]),
        *([path] if path else []),
    ]
    return {
        "technology_id": technology,
        "name_zh": node["name_zh"],
        "name_en": node.get("name_en"),
        "field": node.get("field"),
        "is_key": node.get("is_key"),
        "score": brokenness * dependents,
        "brokenness": brokenness,
        **states,
        "break_texts": [f"{_BREAKS[stage]}（{_STATE_ZH[states[stage]]}）" for stage in missing],
        "breaks": breaks,
        "unknowns": len(missing) - breaks,
        "needed_by": len(products),
        "dependents": dependents,
        **_counts("institutes", labs, here),
        **_counts("masters", masters, here),
        **_counts("makers", makers, here),
        "makers_without": len([m for m in makers if m in here and m not in masters]),
        "institutes": [facts.name(i) for i in labs[:5]],
        "centres": [facts.name(i) for i in centres[:5]],
        "masters": [facts.name(i) for i in masters[:5]],
        "products": [facts.name(i) for i in products[:5]],
        "makers": [facts.name(i) for i in makers[:5]],
        "chains": [facts.name(c) for c in sorted({c for p in products for c in _chains(facts, p)})],
        "reason": in_words(facts, path) if path else facts.name(technology),
        "path": walked(path) if path else [technology],
        "evidence_ids": {technology, *(i for w in ways for i in [*walked(w), *(e for e, _ in w)])},
    }


def _counts(name: str, who: Sequence[str], here: set[str]) -> Row:
    inside = sum(1 for one in who if one in here)
    return {f"{name}_here": inside, f"{name}_elsewhere": len(who) - inside}


def _here_first(facts: Facts, who: Iterable[str], asked: frozenset[str]) -> list[str]:
    return sorted(who, key=lambda one: (standing(facts, one, asked) is not True, one))


def _state(facts: Facts, who: Iterable[str], asked: frozenset[str]) -> str:
    standings = {standing(facts, one, asked) for one in who}
    for standing_, state in ((True, "here"), (None, "unplaced"), (False, "elsewhere")):
        if standing_ in standings:
            return state
    return "not_on_record"


def _sure(facts: Facts, product: str, asked: frozenset[str], least: float) -> dict[str, oracle.Site]:
    """Who makes the product or a narrower kind, as far as that is sure enough, and where."""
    return oracle.best_sites(facts, product, asked, least)


def _users(facts: Facts, product: str, least: float) -> set[str]:
    """Where everything is made that a product goes into, on a cycle itself too; of an end product its own."""
    after = list(facts.inputs.successors(product))
    reached = set(after).union(*(oracle._after(facts, q) for q in after)) if after else {product}
    return {one.site for p in reached for one in oracle._sites(facts, p, least)}


def _chains(facts: Facts, product: str) -> list[str]:
    return sorted(e["to_id"] for e in facts.of("PART_OF", product))


def _over_centre(facts: Facts, centre: str, technology: str) -> Steps:
    """A centre, its first resident that masters the technology, the technology."""
    masters = {e["from_id"] for e in facts.of("MASTERS", to_id=technology)}
    residents = [e for e in facts.of("RESIDENT_OF", to_id=centre) if e.get("resident_status") == "resident"]
    resident = min(e["from_id"] for e in residents if e["from_id"] in masters)
    return ((f"RESIDENT_OF|{resident}|{centre}", False), (f"MASTERS|{resident}|{technology}", True))


def _first_made(facts: Facts, maker: str, products: Sequence[str], asked: frozenset[str], least: float) -> list[str]:
    """How the maker makes the first of the products, by id, that it makes."""
    return min(
        (p, _sure(facts, p, asked, least)[maker].edges) for p in products if maker in _sure(facts, p, asked, least)
    )[1]


def _path(
    facts: Facts,
    technology: str,
    labs: Sequence[str],
    masters: Sequence[str],
    products: Sequence[str],
    asked: frozenset[str],
    least: float,
) -> Steps:
    steps: Steps = ((f"RESEARCHES|{labs[0]}|{technology}", True),) if labs else ()
    over = [(m, p) for m in masters for p in products if m in _sure(facts, p, asked, least)]
    last = products[0] if products else ""
    if over:
        master, last = over[0]
        steps += ((f"MASTERS|{master}|{technology}", False), *along(_sure(facts, last, asked, least)[master].edges))
    elif products:
        steps += ((f"NEEDS|{last}|{technology}", False),)
    elif masters:
        steps += ((f"MASTERS|{masters[0]}|{technology}", False),)
    return steps + (tuple((f"PART_OF|{last}|{c}", True) for c in _chains(facts, last)[:1]) if last else ())
