"""Plain answers to every question, written from the definitions over lists of dicts.

Knows nothing of stores, Cypher or `queries`: networkx and loops, slow and short. An answer is a list of rows with the
field names of the question's rows; `evidence_ids` is a set, because the order of evidence is not part of an answer.
Both engines can agree and both be wrong; this is the third opinion.
"""

import math
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from typing import Any

import networkx as nx

from graph.ontology import EDGE_TYPE, label_of
from graph.store import Batch

Fact = Mapping[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Facts:
    """Nodes by id, and edges with `type`, `id`, `from_id`, `to_id`; properties that are not known are absent."""

    nodes: Mapping[str, Fact]
    edges: Sequence[Fact]

    def of(self, edge_type: str, from_id: str | None = None, to_id: str | None = None) -> list[Fact]:
        """The edges of a type, from and to these nodes where named."""
        if from_id is not None:
            found = self._leaving.get((edge_type, from_id), [])
        elif to_id is not None:
            return self._reaching.get((edge_type, to_id), [])
        else:
            return [e for e in self.edges if e["type"] == edge_type]
        return [e for e in found if to_id in (None, e["to_id"])]

    @cached_property
    def _leaving(self) -> dict[tuple[str, str], list[Fact]]:
        return _grouped(self.edges, "from_id")

    @cached_property
    def _reaching(self) -> dict[tuple[str, str], list[Fact]]:
        return _grouped(self.edges, "to_id")

    def ids(self, prefix: str) -> list[str]:
        """The ids of one kind, sorted."""
        return sorted(i for i in self.nodes if i.startswith(f"{prefix}:"))

    def name(self, node_id: str) -> str:
        """Short name, else Chinese name."""
        node = self.nodes[node_id]
        return str(node.get("short_name") or node["name_zh"])

    @cached_property
    def inputs(self) -> "nx.DiGraph[str]":
        """Which product goes into which other; a product is no input of itself."""
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(self.ids("product"))
        graph.add_edges_from((e["from_id"], e["to_id"]) for e in self.of("INPUT_OF") if e["from_id"] != e["to_id"])
        return graph

    @cached_property
    def kinds(self) -> "nx.DiGraph[str]":
        """Which product is a narrower kind of which."""
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(self.ids("product"))
        graph.add_edges_from((e["from_id"], e["to_id"]) for e in self.of("KIND_OF"))
        return graph

    @cached_property
    def territory(self) -> "nx.DiGraph[str]":
        """Which place lies in which."""
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(self.ids("place"))
        places = ((e["from_id"], e["to_id"]) for e in self.of("PART_OF") if e["from_id"].startswith("place:"))
        graph.add_edges_from(places)
        return graph


def _grouped(edges: Iterable[Fact], end: str) -> dict[tuple[str, str], list[Fact]]:
    groups: dict[tuple[str, str], list[Fact]] = {}
    for edge in edges:
        groups.setdefault((edge["type"], edge[end]), []).append(edge)
    return groups


def forget() -> None:
    """Drop what was remembered of earlier answers (the bench times answers from nothing)."""
    for remembered in (_above, _cities, _makers):
        remembered.cache_clear()


def facts_of(batches: Iterable[Batch]) -> Facts:
    """What batches hold, as plain dicts."""
    nodes: dict[str, Fact] = {}
    edges: list[Fact] = []
    for batch in batches:
        for found in batch.table.to_pylist():
            known = {key: value for key, value in found.items() if value is not None}
            if "from_id" in known:
                edges.append({"type": batch.kind.type, **known})  # type: ignore[union-attr]
            else:
                nodes[known["id"]] = known
    return Facts(nodes, edges)


# --- places, chains, makers ------------------------------------------------------------------------------------------


def _named(facts: Facts, prefix: str, name: str) -> str:
    """The id of the thing with this id, slug, name or alias."""
    for node_id in facts.ids(prefix):
        node = facts.nodes[node_id]
        names = [node_id, node_id.split(":")[1], node["name_zh"], node.get("name_en"), *node.get("aliases", [])]
        if name.lower() in [n.lower() for n in names if n]:
            return node_id
    raise KeyError(name)


def _asked_places(facts: Facts, places: Sequence[str]) -> frozenset[str]:
    asked: set[str] = set()
    for name in places or ["corridor"]:
        if name == "corridor":
            asked |= {i for i in facts.ids("place") if facts.nodes[i].get("in_corridor")}
        else:
            asked.add(_named(facts, "place", name))
    return frozenset(asked)


@cache
def _cities(facts: Facts, node_id: str, asked: frozenset[str]) -> frozenset[str]:
    """Which of the asked places a thing is in. A place that lies in another asked one is not counted apart."""
    around = set(_located(facts, node_id)).union(*(_above(facts, place) for place in _located(facts, node_id)))
    return frozenset(a for a in around & asked if not asked & _above(facts, a))


@cache
def _above(facts: Facts, place: str) -> frozenset[str]:
    """Every place that a place lies in."""
    return frozenset(nx.descendants(facts.territory, place))


def _chain_products(facts: Facts, chain: str) -> list[str]:
    wanted = [_named(facts, "chain", chain)] if chain else facts.ids("chain")
    return sorted({e["from_id"] for c in wanted for e in facts.of("PART_OF", to_id=c)})


def _narrower_path(facts: Facts, narrower: str, broader: str) -> list[str]:
    """The edges by which a product is a kind of another: the fewest, of equals the first by ids."""
    paths = nx.all_shortest_paths(facts.kinds, narrower, broader)
    return min([facts.of("KIND_OF", a, b)[0]["id"] for a, b in pairwise(p)] for p in paths)


@cache
def _makers(facts: Facts, product: str) -> dict[str, list[str]]:
    """Who makes a product or a narrower kind of it, each with the edges that say so (one edge: it makes it itself)."""
    found = {e["from_id"]: [e["id"]] for e in facts.of("MAKES", to_id=product)}
    near = nx.single_target_shortest_path_length(facts.kinds, product)
    narrower = sorted((steps, other) for other, steps in dict(near).items() if steps)
    for _, other in narrower:
        for edge in facts.of("MAKES", to_id=other):
            found.setdefault(edge["from_id"], [edge["id"], *_narrower_path(facts, other, product)])
    return found


def _share(facts: Facts, maker: str, product: str) -> float | None:
    """The maker's share in the product's supply; that of a narrower product says nothing of the broader one's."""
    edges = facts.of("MAKES", maker, product)
    return edges[0].get("share") if edges else None


# --- chains ----------------------------------------------------------------------------------------------------------


def chains(facts: Facts, places: Sequence[str] = ()) -> list[Row]:
    """Each chain with what is on record of it."""
    asked = _asked_places(facts, places)
    rows = []
    for chain in facts.ids("chain"):
        products = {e["from_id"] for e in facts.of("PART_OF", to_id=chain)}
        makers = {p: _makers(facts, p) for p in products}
        local = {p: {m for m in makers[p] if _cities(facts, m, asked)} for p in products}
        technologies = {e["to_id"] for p in products for e in facts.of("NEEDS", p)}
        covered = sum(1 for p in products if local[p])
        rows.append({
            "chain_id": chain,
            "name_zh": facts.nodes[chain]["name_zh"],
            "name_en": facts.nodes[chain].get("name_en"),
            "products": len(products),
            "with_maker": sum(1 for p in products if makers[p]),
            "with_local_maker": covered,
            "coverage": covered / len(products) if products else None,
            "local_makers": len(set().union(*local.values())),
            "technologies": len(technologies),
            "key_technologies": sum(1 for t in technologies if facts.nodes[t].get("is_key")),
            "evidence_ids": {chain, *products},
        })  # fmt: skip
    return rows


# --- gaps ------------------------------------------------------------------------------------------------------------

VERDICTS = {
    "missing": "缺链",
    "single_source": "断链风险",
    "weak": "弱链",
    "concentrated": "集中",
    "not_on_record": "未见记录",
    "strong": "强链",
    "supplied": "有供给",
}


def gaps(
    facts: Facts,
    chain: str = "",
    places: Sequence[str] = (),
    verdicts: Sequence[str] = (),
    share_below: float = 0.3,
    hhi_above: float = 0.4,
    limit: int = 50,
) -> list[Row]:
    """Each product of the chain with its verdict, by analytics.md §1 on makers on record."""
    asked = _asked_places(facts, places)
    strong = _strong(facts, asked)
    wanted = verdicts or list(VERDICTS)[:5]
    rows = [
        _gap(facts, product, chain, asked, product in strong, share_below, hhi_above)
        for product in _chain_products(facts, chain)
    ]
    rows = [row for row in rows if row["verdict"] in wanted]
    gravity = list(VERDICTS)
    rows.sort(
        key=lambda r: (gravity.index(r["verdict"]), r["is_essential"] is not True, -r["downstream"], r["product_id"])
    )
    return rows[:limit]


def _gap(
    facts: Facts, product: str, chain: str, asked: frozenset[str], strong: bool, share_below: float, hhi_above: float
) -> Row:
    makers = _makers(facts, product)
    cities = {m: _cities(facts, m, asked) for m in makers}
    local = {m for m in makers if cities[m]}
    shares = [_share(facts, m, product) for m in local]
    known = [s for s in shares if s is not None]
    uses = [e for e in facts.of("INPUT_OF", product) if e["to_id"] != product]
    classes = [e["input_class"] for e in uses if "input_class" in e]
    essential = 2 in classes if classes else None
    all_known = bool(shares) and None not in shares
    exact = all_known and sum(known) > 0
    index = None
    if local:
        index = sum((s / sum(known)) ** 2 for s in known) if exact else 1 / len(local)
    local_share = sum(known) if all_known else None
    count = len(local)

    def verdict(number: int, concentration: float | None) -> str:
        if number == 0:
            return "missing" if makers else "not_on_record"
        if number == 1:
            return "single_source"
        if essential and concentration is not None and concentration > hhi_above:
            return "weak" if local_share is not None and local_share < share_below else "concentrated"
        return "strong" if strong else "supplied"

    shown = local or set(makers)
    memberships = sorted(
        (e for e in facts.of("PART_OF", product) if not chain or e["to_id"] == _named(facts, "chain", chain)),
        key=lambda e: str(e["to_id"]),
    )
    said = verdict(count, index)
    return {
        "product_id": product,
        "name_zh": facts.nodes[product]["name_zh"],
        "name_en": facts.nodes[product].get("name_en"),
        "chains": [facts.nodes[e["to_id"]]["name_zh"] for e in memberships],
        "stages": list(dict.fromkeys(e["stage"] for e in memberships if "stage" in e)),
        "verdict": said,
        "verdict_zh": VERDICTS[said],
        "is_essential": essential,
        "makers": count,
        "makers_elsewhere": len(makers) - count,
        "by_narrower": sum(1 for m in local if len(makers[m]) > 1),
        "cities": len(set().union(*cities.values())),
        "hhi": index,
        "is_hhi_exact": exact if local else None,
        "local_share": local_share,
        "needed_by": len({e["to_id"] for e in uses}),
        "downstream": len(nx.descendants(facts.inputs, product)),
        "flip_margin": _flip_margin(count, said, bool(essential) and exact, bool(essential), hhi_above),
        "maker_names": sorted(facts.name(m) for m in shown),
        "evidence_ids": {product, *(e["id"] for e in uses), *(i for m in shown for i in makers[m])},
    }


def _flip_margin(count: int, said: str, shares_decide: bool, essential: bool, hhi_above: float) -> int | None:
    """The least change in the number of makers that changes the verdict, RCA left aside; of equals the gain.

    Tried out one by one: nobody, one, few enough to be concentrated, enough. Not known where shares decide.
    """

    def kind(number: int) -> str:
        if number < 2:
            return ("none", "one")[number]
        return "concentrated" if essential and 1 / number > hhi_above else "enough"

    if shares_decide and said not in ("missing", "not_on_record", "single_source"):
        return None
    for change in range(1, 1_000):
        for margin in (change, -change):
            if count + margin >= 0 and kind(count + margin) != kind(count):
                return margin
    return None


def _strong(facts: Facts, asked: frozenset[str]) -> set[str]:
    """Products in which two places or more have RCA ≥ 1; x is how many enterprises there make the product."""
    made = Counter(
        (city, product)
        for product in facts.ids("product")
        for maker in _makers(facts, product)
        for city in _cities(facts, maker, asked)
    )
    of_city, of_product = Counter[str](), Counter[str]()
    for (city, product), number in made.items():
        of_city[city] += number
        of_product[product] += number
    # RCA ≥ 1 multiplied out: whole numbers, no rounding.
    advantages = Counter(p for (c, p), n in made.items() if n * made.total() >= of_city[c] * of_product[p])
    return {product for product, places in advantages.items() if places >= 2}


# --- weak points -----------------------------------------------------------------------------------------------------


def weak_points(
    facts: Facts,
    chain: str = "",
    places: Sequence[str] = (),
    kinds: Sequence[str] = (),
    key_only: bool = False,
    limit: int = 50,
) -> list[Row]:
    """Products of the chain and technologies they need, by dependents / (1 + holders here)."""
    asked = _asked_places(facts, places)
    products = _chain_products(facts, chain)
    rows = []
    if "product" in kinds or not kinds:
        rows += [_weak_product(facts, p, asked) for p in products]
    if "technology" in kinds or not kinds:
        needed = {e["to_id"] for p in products for e in facts.of("NEEDS", p)}
        rows += [_weak_technology(facts, t, asked) for t in needed if facts.nodes[t].get("is_key") or not key_only]
    return sorted(rows, key=lambda r: (-r["score"], -r["dependents"], r["id"]))[:limit]


def _weak(facts: Facts, node_id: str, dependents: int, holders: Collection[str], asked: frozenset[str]) -> Row:
    here = {h for h in holders if _cities(facts, h, asked)}
    return {
        "id": node_id,
        "name_zh": facts.nodes[node_id]["name_zh"],
        "name_en": facts.nodes[node_id].get("name_en"),
        "dependents": dependents,
        "holders": len(here),
        "holders_elsewhere": len(holders) - len(here),
        "thinness": 1 / (1 + len(here)),
        "score": dependents / (1 + len(here)),
        "is_upper_bound": not holders,
        "holder_names": sorted(facts.name(h) for h in (here or holders)),
    }


def _weak_product(facts: Facts, product: str, asked: frozenset[str]) -> Row:
    makers = _makers(facts, product)
    row = _weak(facts, product, len(nx.descendants(facts.inputs, product)), makers, asked)
    shown = [m for m in makers if _cities(facts, m, asked)] or list(makers)
    uses = [e["id"] for e in facts.of("INPUT_OF", product) if e["to_id"] != product]
    return row | {
        "kind": "product",
        "is_key": None,
        "direct_products": len(uses),
        "near_holders": None,
        "researchers": None,
        "evidence_ids": {product, *uses, *(i for m in shown for i in makers[m])},
    }


def _weak_technology(facts: Facts, technology: str, asked: frozenset[str]) -> Row:
    needs = facts.of("NEEDS", to_id=technology)
    direct = {e["from_id"] for e in needs}
    dependents = direct.union(*(nx.descendants(facts.inputs, p) for p in direct))
    held = {e["from_id"]: e["id"] for e in facts.of("MASTERS", to_id=technology)}
    studied = {e["from_id"]: e["id"] for e in facts.of("RESEARCHES", to_id=technology)}
    row = _weak(facts, technology, len(dependents), held, asked)
    shown = [h for h in held if _cities(facts, h, asked)] or list(held)
    near = {m for p in direct for m in _makers(facts, p) if _cities(facts, m, asked)}
    institutes = [i for i in studied if _cities(facts, i, asked)]
    evidence = {technology, *(e["id"] for e in needs), *(held[h] for h in shown), *(studied[i] for i in institutes)}
    return row | {
        "kind": "technology",
        "is_key": facts.nodes[technology].get("is_key"),
        "direct_products": len(direct),
        "near_holders": len(near),
        "researchers": len(institutes),
        "evidence_ids": evidence,
    }


# --- partners --------------------------------------------------------------------------------------------------------

ROLES = {"supplier": "供应商", "fills_missing": "补缺来源", "buyer": "客户", "maker": "生产者", "research": "研发伙伴"}


@dataclass(frozen=True)
class _Way:
    """A path from a partner to the subject: edge ids, and whether each is walked along its direction."""

    role: str
    edges: tuple[tuple[str, bool], ...]


def partners(
    facts: Facts, subject: str, places: Sequence[str] = (), roles: Sequence[str] = (), limit: int = 50
) -> list[Row]:
    """Who could supply, fill in, buy from, make or research for the subject (an id), with every path that says so."""
    asked = _asked_places(facts, places)
    ways = [w for w in _ways(facts, subject, asked) if w.role in (roles or ROLES)]
    by_partner: dict[tuple[str, str], list[_Way]] = {}
    for way in ways:
        partner = _walked(way)[0]
        if partner != subject:
            by_partner.setdefault((way.role, partner), []).append(way)
    rows: list[Row] = []
    for (role, partner), found in by_partner.items():
        best = min(found, key=lambda w: (len(w.edges), [i for i, _ in w.edges]))
        own, theirs = _located(facts, subject), _located(facts, partner)
        rows.append({
            "partner_id": partner,
            "name_zh": facts.name(partner),
            "role": role,
            "role_zh": ROLES[role],
            "is_local": bool(_cities(facts, partner, asked)) if theirs else None,
            "is_same_place": bool(own & theirs) if own and theirs else None,
            "reasons": len(set(found)),
            "reason": _in_words(facts, best),
            "path": _walked(best),
            "evidence_ids": {i for w in found for i in [*_walked(w), *(e for e, _ in w.edges)]},
        })  # fmt: skip
    order = list(ROLES)
    rows.sort(
        key=lambda r: (
            order.index(r["role"]), r["is_same_place"] is not True, r["is_local"] is not True, -r["reasons"],
            r["partner_id"],
        )
    )  # fmt: skip
    return rows[:limit]


def _located(facts: Facts, node_id: str) -> set[str]:
    return {e["to_id"] for e in facts.of("LOCATED_IN", node_id)}


def _walked(way: _Way) -> list[str]:
    """The nodes of a path, in order."""
    ends = [(i.split("|")[1], i.split("|")[2], along) for i, along in way.edges]
    return [a if along else b for a, b, along in ends[:1]] + [b if along else a for a, b, along in ends]


_WORDS = {
    "MAKES": "生产",
    "KIND_OF": "是一种",
    "INPUT_OF": "投入",
    "NEEDS": "需要技术",
    "MASTERS": "掌握",
    "RESEARCHES": "研究",
}


def _in_words(facts: Facts, way: _Way) -> str:
    parts = [facts.name(_walked(way)[0])]
    for (edge, along), node_id in zip(way.edges, _walked(way)[1:], strict=True):
        word = _WORDS[edge.split("|")[0]]
        parts += [f"→ {word} →" if along else f"← {word} ←", facts.name(node_id)]
    return " ".join(parts)


def _ways(facts: Facts, subject: str, asked: frozenset[str]) -> list[_Way]:
    """Every path from anyone to the subject: through its products, through what it masters, to itself as a product."""
    found: list[_Way] = []
    if subject.startswith("product:"):
        found += _ways_to_product(facts, subject, (), asked)
        found += [_Way("maker", _along(m)) for m in _makers(facts, subject).values()]
    for made in facts.of("MAKES", subject):
        found += _ways_to_product(facts, made["to_id"], ((made["id"], False),), asked)
    for held in facts.of("MASTERS", subject):
        for study in facts.of("RESEARCHES", to_id=held["to_id"]):
            found.append(_Way("research", ((study["id"], True), (held["id"], False))))
    return found


def _ways_to_product(
    facts: Facts, product: str, tail: tuple[tuple[str, bool], ...], asked: frozenset[str]
) -> list[_Way]:
    found: list[_Way] = []
    for link in (e for e in facts.of("INPUT_OF", to_id=product) if e["from_id"] != product):
        makers = _makers(facts, link["from_id"])
        role = "supplier" if any(_cities(facts, m, asked) for m in makers) else "fills_missing"
        found += [_Way(role, (*_along(m), (link["id"], True), *tail)) for m in makers.values()]
    for link in (e for e in facts.of("INPUT_OF", product) if e["to_id"] != product):
        makers = _makers(facts, link["to_id"])
        found += [_Way("buyer", (*_along(m), (link["id"], False), *tail)) for m in makers.values()]
    for need in facts.of("NEEDS", product):
        for study in facts.of("RESEARCHES", to_id=need["to_id"]):
            found.append(_Way("research", ((study["id"], True), (need["id"], False), *tail)))
    return found


def _along(edges: Sequence[str]) -> tuple[tuple[str, bool], ...]:
    return tuple((edge, True) for edge in edges)


# --- explore ---------------------------------------------------------------------------------------------------------

_SEARCHED = ("enterprise", "product", "technology", "institute", "center", "place", "chain", "sector")


def search(facts: Facts, text: str, limit: int = 20) -> list[Row]:
    """Nodes whose search text holds the text, whatever its case and width."""
    wanted = " ".join(unicodedata.normalize("NFKC", text).lower().replace("|", " ").split())
    rows = []
    for node_id in sorted(facts.nodes):
        node = facts.nodes[node_id]
        held = node.get("search_text", "")
        if wanted and wanted in held and node_id.split(":")[0] in _SEARCHED:
            rows.append({
                "node_id": node_id,
                "name_zh": node["name_zh"],
                "name_en": node.get("name_en"),
                "label": label_of(node_id),
                "closeness": _closeness(wanted, held),
                "evidence_ids": {node_id},
            })  # fmt: skip
    return sorted(rows, key=lambda r: (r["closeness"], r["node_id"]))[:limit]


def _closeness(wanted: str, held: str) -> int:
    """0 a whole name of the node, 1 the beginning of one, 2 anything else; names stand between bars."""
    names = held.split("|")
    if wanted in names:
        return 0
    return 1 if any(name.startswith(wanted) for name in names) else 2


_HUB_EDGES = ("LOCATED_IN", "PART_OF", "SECTOR_INPUT_OF")


def neighbourhood(facts: Facts, node: str, depth: int = 1, limit: int = 150) -> tuple[list[Row], int, dict[str, int]]:
    """The rows, how many nodes there were to show, and how many edges of each shown node lead to none that is shown."""
    starts_at_hub = node.split(":")[0] in ("place", "chain")

    def followed(at: str, edge: Fact) -> bool:
        is_start = starts_at_hub and at.split(":")[0] == node.split(":")[0]
        return is_start or edge["type"] not in _HUB_EDGES

    def touching(at: str) -> list[Fact]:
        found = {e["id"]: e for t in EDGE_TYPE for e in [*facts.of(t, at), *facts.of(t, to_id=at)]}
        return [e for e in found.values() if followed(at, e) and e["from_id"] != e["to_id"]]

    steps = {node: 0}
    walked: dict[str, Fact] = {}
    frontier = [node]
    for step in range(1, depth + 2):
        reached = set()
        for at in frontier:
            for edge in touching(at):
                walked[edge["id"]] = edge
                reached |= {edge["from_id"], edge["to_id"]} - {at}
        if step <= depth:
            fresh = reached - steps.keys()
            steps |= dict.fromkeys(fresh, step)
            frontier = [i for i in fresh if i.startswith("product:")]
    between = [e for e in walked.values() if e["from_id"] in steps and e["to_id"] in steps]
    degree = dict.fromkeys(steps, 0)
    for edge in between:
        degree[edge["from_id"]] += 1
        degree[edge["to_id"]] += 1
    shown = _shown(node, steps, between, degree, limit)
    drawn = {e["id"]: e for i in shown for e in touching(i) if {e["from_id"], e["to_id"]} <= set(shown)}
    rows = []
    for node_id in sorted(shown):
        mine = sorted(i for i, e in drawn.items() if node_id in (e["from_id"], e["to_id"]))
        rows.append({
            "node_id": node_id,
            "label": label_of(node_id),
            "name_zh": facts.name(node_id),
            "relations": {
                f"{facts.name(drawn[i]['from_id'])} {EDGE_TYPE[drawn[i]['type']].zh} {facts.name(drawn[i]['to_id'])}"
                for i in mine
            },
            "evidence_ids": {node_id, *mine},
        })  # fmt: skip
    hidden = {i: sum(1 for e in touching(i) if not {e["from_id"], e["to_id"]} <= set(shown)) for i in shown}
    return rows, len(steps), {i: n for i, n in hidden.items() if n}


def _shown(
    node: str, steps: Mapping[str, int], links: Sequence[Fact], degree: Mapping[str, int], limit: int
) -> list[str]:
    """All that fits, else products, two technologies a product, three enterprises a product, other types, the start's own
    neighbours.
    """
    if len(steps) <= limit:
        return list(steps)
    ordered = sorted(steps, key=lambda i: (steps[i], -degree[i], i))
    chosen = [node, *(i for i in ordered if i.startswith("product:") and i != node)][: max(limit, 1)]
    trunk = list(chosen)
    for prefix, most in (("technology:", 2), ("enterprise:", 3)):
        for product in trunk:
            ends = {n for e in links if product in (e["from_id"], e["to_id"]) for n in (e["from_id"], e["to_id"])}
            beside = sorted((i for i in ends if i.startswith(prefix)), key=lambda i: (-degree[i], i))
            chosen += beside[:most]
    chosen += [i for i in ordered if not i.startswith(("product:", "technology:", "enterprise:"))]
    near = {n for e in links if node in (e["from_id"], e["to_id"]) for n in (e["from_id"], e["to_id"])}
    chosen += [i for i in ordered if i in near]
    return list(dict.fromkeys(chosen))[:limit]


_THROUGH = ("product", "enterprise", "technology", "institute", "center")


def path(facts: Facts, start: str, target: str, most_steps: int = 6) -> list[Row]:
    """The shortest path that passes through no place, chain or sector; of equals the first by edge ids from the start."""
    open_nodes = {i for i in facts.nodes if i.split(":")[0] in _THROUGH} | {start, target}
    graph: nx.MultiGraph[str] = nx.MultiGraph()
    graph.add_nodes_from(open_nodes)
    for edge in facts.edges:
        if edge["from_id"] in open_nodes and edge["to_id"] in open_nodes and edge["from_id"] != edge["to_id"]:
            graph.add_edge(edge["from_id"], edge["to_id"], key=edge["id"])
    away = dict(nx.single_source_shortest_path_length(graph, target))
    if away.get(start, math.inf) > most_steps:
        return []
    rows: list[Row] = []
    here = start
    while here != target:
        edge_id, there = min((k, n) for _, n, k in graph.edges(here, keys=True) if away.get(n) == away[here] - 1)
        edge_type, from_id, to_id = edge_id.split("|")[:3]
        rows.append({
            "step": len(rows) + 1,
            "from_name": facts.name(here),
            "relation": edge_type,
            "to_name": facts.name(there),
            "relation_zh": f"{facts.name(from_id)} {EDGE_TYPE[edge_type].zh} {facts.name(to_id)}",
            "evidence_ids": {here, edge_id, there},
        })  # fmt: skip
        here = there
    return rows
