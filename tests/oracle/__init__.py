"""Plain answers to every question, written from the definitions over lists of dicts.

Knows nothing of stores, Cypher or `queries`: networkx and loops, slow and short. An answer is a list of rows with the
field names of the question's rows; `evidence_ids` is a set, because the order of evidence is not part of an answer.
Both engines can agree and both be wrong; this is the third opinion.
"""

import math
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
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
    day: date

    def of(self, edge_type: str, from_id: str | None = None, to_id: str | None = None) -> list[Fact]:
        """The edges of a type, from and to these nodes where named; of MAKES those of enterprises (`at_plants` has the others)."""
        if edge_type == "MAKES":
            return [e for e in self._of(edge_type, from_id, to_id) if not e["from_id"].startswith("plant:")]
        return self._of(edge_type, from_id, to_id)

    def at_plants(self, plant: str | None = None, product: str | None = None) -> list[Fact]:
        """The MAKES edges of plants that run."""
        found = [e for e in self._of("MAKES", plant, product) if e["from_id"].startswith("plant:")]
        return [e for e in found if self.nodes[e["from_id"]].get("progress", "operating") == "operating"]

    def _of(self, edge_type: str, from_id: str | None, to_id: str | None) -> list[Fact]:
        if from_id is not None:
            found = self._leaving.get((edge_type, from_id), [])
        elif to_id is not None:
            return self._reaching.get((edge_type, to_id), [])
        else:
            return self._by_type.get(edge_type, [])
        return [e for e in found if to_id in (None, e["to_id"])]

    @cached_property
    def _by_type(self) -> dict[str, list[Fact]]:
        groups: dict[str, list[Fact]] = {}
        for edge in self.edges:
            groups.setdefault(edge["type"], []).append(edge)
        return groups

    @cached_property
    def _leaving(self) -> dict[tuple[str, str], list[Fact]]:
        return _grouped(self.edges, "from_id")

    @cached_property
    def _reaching(self) -> dict[tuple[str, str], list[Fact]]:
        return _grouped(self.edges, "to_id")

    def in_chain(self, chain: str) -> list[Fact]:
        """The edges of the products that are part of a chain."""
        return [e for e in self.of("PART_OF", to_id=chain) if e["from_id"].startswith("product:")]

    def ids(self, prefix: str) -> list[str]:
        """The ids of one kind, sorted."""
        return self._ids.get(prefix, [])

    @cached_property
    def _ids(self) -> dict[str, list[str]]:
        groups: dict[str, list[str]] = {}
        for one in sorted(self.nodes):
            groups.setdefault(one.partition(":")[0], []).append(one)
        return groups

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
    every = (
        _above,
        _after,
        _broader,
        _cities,
        _groups,
        _makers,
        _may_be_inside,
        _narrower,
        _sites,
        _strong,
        best_sites,
        narrower_path,
    )
    for remembered in every:
        remembered.cache_clear()


BUNDLED_DAY = date(2026, 11, 28)
"""The day on which the bundled dataset is asked: some of its facts end later."""


def facts_of(batches: Iterable[Batch], day: date | None = None) -> Facts:
    """What batches hold, as plain dicts; the edges in force on a day, today by default."""
    day = day or date.today()
    nodes: dict[str, Fact] = {}
    edges: list[Fact] = []
    for batch in batches:
        for found in batch.table.to_pylist():
            known = {key: value for key, value in found.items() if value is not None}
            if "from_id" in known:
                if known.get("valid_from", day) <= day <= known.get("valid_to", day):
                    edges.append({"type": batch.kind.type, **known})  # type: ignore[union-attr]
            else:
                nodes[known["id"]] = known
    return Facts(nodes, edges, day)


# --- places, chains, makers ------------------------------------------------------------------------------------------


@cache
def _named(facts: Facts, prefix: str, name: str) -> str:
    """The id of the thing with this id, slug, name or alias."""
    for node_id in facts.ids(prefix):
        node = facts.nodes[node_id]
        names = [node_id, node_id.split(":")[1], node["name_zh"], node.get("name_en"), *node.get("aliases", [])]
        if name.lower() in [n.lower() for n in names if n]:
            return node_id
    raise KeyError(name)


@cache
def _corridor(facts: Facts) -> frozenset[str]:
    return frozenset(i for i in facts.ids("place") if facts.nodes[i].get("in_corridor"))


def _asked_places(facts: Facts, places: Sequence[str]) -> frozenset[str]:
    asked: set[str] = set()
    for name in places or ["corridor"]:
        if name == "corridor":
            asked |= _corridor(facts)
        elif name == "everywhere":
            return EVERYWHERE
        else:
            asked.add(_named(facts, "place", name))
    # No place is marked as one of the corridor: all are meant.
    return frozenset(asked) or EVERYWHERE


EVERYWHERE = frozenset({"everywhere"})


def _is_inside(facts: Facts, node_id: str, asked: frozenset[str]) -> bool:
    return asked == EVERYWHERE or bool(_cities(facts, node_id, asked))


@cache
def _may_be_inside(facts: Facts, node_id: str, asked: frozenset[str]) -> bool:
    """Whether no place is known that says that it is elsewhere."""
    if _is_inside(facts, node_id, asked):
        return False
    around = set().union(*(_above(facts, place) for place in asked))
    return all(place in around for place in _located(facts, node_id))


@cache
def _cities(facts: Facts, node_id: str, asked: frozenset[str]) -> frozenset[str]:
    """Which of the asked places a thing is in. A place that lies in another asked one is not counted apart."""
    if asked == EVERYWHERE:
        places = set(_located(facts, node_id)).union(*(_above(facts, place) for place in _located(facts, node_id)))
        return frozenset(place for place in places if _city(facts, place) == place)
    around = set(_located(facts, node_id)).union(*(_above(facts, place) for place in _located(facts, node_id)))
    return frozenset(a for a in around & asked if not asked & _above(facts, a))


def places_of(facts: Facts, node_id: str, asked: frozenset[str]) -> Row:
    """The asked cities that it is in; else the cities; else what is on record: names and ids."""
    own = _cities(facts, node_id, asked) or _cities(facts, node_id, EVERYWHERE) or _located(facts, node_id)
    return {"cities": [facts.name(place) for place in sorted(set(own))], "city_ids": sorted(set(own))}


MUNICIPALITIES = ("place:110000", "place:120000", "place:310000", "place:500000")


def _city(facts: Facts, place: str) -> str | None:
    """The nearest prefecture or municipality that a place is or lies in; else a district is its own city."""
    here: str | None = place
    while here is not None:
        if facts.nodes[here].get("level") == "prefecture" or here in MUNICIPALITIES:
            return here
        above = [e["to_id"] for e in facts.of("PART_OF", here) if e["to_id"].startswith("place:")]
        here = max(above) if above else None
    return place if facts.nodes[place].get("level") == "district" else None


@cache
def _above(facts: Facts, place: str) -> frozenset[str]:
    """Every place that a place lies in."""
    return frozenset(nx.descendants(facts.territory, place))


def _chain_products(facts: Facts, chain: str) -> list[str]:
    if not chain:
        return facts.ids("product")
    return sorted({e["from_id"] for e in facts.in_chain(_named(facts, "chain", chain))})


@cache
def _narrower(facts: Facts, product: str) -> frozenset[str]:
    """The product and its narrower kinds."""
    return frozenset({product, *nx.ancestors(facts.kinds, product)})


@cache
def _after(facts: Facts, product: str) -> frozenset[str]:
    """What the product goes into, over any number of steps."""
    return frozenset(nx.descendants(facts.inputs, product))


@cache
def _broader(facts: Facts, product: str) -> frozenset[str]:
    """The product and what it is a kind of."""
    return frozenset({product, *nx.descendants(facts.kinds, product)})


@cache
def narrower_path(facts: Facts, narrower: str, broader: str) -> list[str]:
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
            found.setdefault(edge["from_id"], [edge["id"], *narrower_path(facts, other, product)])
    return found


def _share(facts: Facts, maker: str, product: str) -> float | None:
    """The maker's share in the product's supply; that of a narrower product says nothing of the broader one's."""
    edges = facts.of("MAKES", maker, product)
    return edges[0].get("share") if edges and edges[0].get("share_market") == _market(facts, product) else None


@dataclass(frozen=True)
class Site:
    """Where a maker makes a product: in a plant, else at its seat. `way` are the edges that say so, by the fewest steps."""

    maker: str
    site: str
    way: list[str]
    share: float | None

    @property
    def steps(self) -> int:
        """How many steps up from what is made there; 0 where it is the product itself."""
        return len(self.way) - 1

    @property
    def edges(self) -> list[str]:
        """The edges from the maker up to the product."""
        return [*([] if self.site == self.maker else [f"OPERATES|{self.maker}|{self.site}"]), *self.way]


@cache
def _sites(facts: Facts, product: str, least: float = -1.0) -> Sequence[Site]:
    """Every site of the product that some record which is sure enough says; an enterprise is none where a plant of it is."""
    plants = defaultdict(set)
    for plant in {e["from_id"] for made in _narrower(facts, product) for e in facts.at_plants(product=made)}:
        for operator in {e["from_id"] for e in facts.of("OPERATES", to_id=plant)} or {plant}:
            plants[operator].add(plant)
    market = _market(facts, product)
    found = []
    for maker in _makers(facts, product):
        ways = _ways(facts, facts.of("MAKES", maker), product, least)
        if maker not in plants and ways:
            found.append(Site(maker, maker, ways[0][3], _told(facts.of("MAKES", maker, product), market, ways)))
    for maker, own in plants.items():
        for plant in sorted(own):
            if ways := _ways(facts, facts.at_plants(plant), product, least):
                share = _told(facts.at_plants(plant, product), market, ways)
                direct = facts.of("MAKES", maker, product)
                if share is None and len(ways[0][3]) == 1 and len(own) == 1 and direct:
                    share = direct[0].get("share") if direct[0].get("share_market") == market else None
                found.append(Site(maker, plant, ways[0][3], share))
    return found


def _told(edges: Sequence[Fact], market: str | None, ways: Sequence[tuple[int, float, str, list[str]]]) -> float | None:
    """The share that a direct record has, where it is sure enough to be the way and of the market of the others."""
    is_direct = ways[0][0] == 0
    return edges[0].get("share") if is_direct and edges and edges[0].get("share_market") == market else None


def _market(facts: Facts, product: str) -> str | None:
    """The market of which most shares of the product are known."""
    edges = [*facts.of("MAKES", to_id=product), *facts.at_plants(product=product)]
    counts = Counter(e.get("share_market") for e in edges if "share" in e)
    return max(("china", "world", "corridor", None), key=lambda market: counts[market])


@cache
def best_sites(facts: Facts, product: str, asked: frozenset[str], least: float = 0.0) -> dict[str, Site]:
    """Each maker of the product of whom a record is sure enough, with its site that is here, else may be here, else the first."""
    sites = _sites(facts, product, least)
    ranked = sorted(sites, key=lambda one: (*_stands(facts, one, asked), one.steps, one.site, one.way[0]))
    return {one.maker: one for one in reversed(ranked)}


def _stands(facts: Facts, site: Site, asked: frozenset[str]) -> tuple[bool, bool]:
    """Whether a site is not here, and whether it is known to be elsewhere: here before where it may be."""
    return not _is_inside(facts, site.site, asked), not _may_be_inside(facts, site.site, asked)


def _group(facts: Facts, firm: str) -> str:
    """Who controls it in the end: of holdings that control or are over half the largest, upwards."""
    return _groups(facts).get(firm, firm)


@cache
def _groups(facts: Facts) -> dict[str, str]:
    """That of every enterprise."""
    tops = {}
    for one in facts.ids("enterprise"):
        holdings = [
            (e.get("is_controlling") is not True, -e.get("share", 0.0), e["from_id"])
            for e in facts.of("OWNS", to_id=one)
            if e["from_id"] != one
            and (e.get("is_controlling") or ("is_controlling" not in e and e.get("share", 0) > 0.5))
        ]
        tops[one] = min(holdings)[2] if holdings else one
    found = {}
    for joined in nx.connected_components(nx.Graph(tops.items())):
        top = min((one for one in joined if tops.get(one, one) == one), default=min(joined))
        found.update(dict.fromkeys(joined & tops.keys(), top))
    return found


# --- chains ----------------------------------------------------------------------------------------------------------


def chains(facts: Facts, places: Sequence[str] = ()) -> list[Row]:
    """Each chain with what is on record of it."""
    asked = _asked_places(facts, places)
    rows = []
    for chain in facts.ids("chain"):
        products = {e["from_id"] for e in facts.in_chain(chain)}
        makers = {p: _makers(facts, p) for p in products}
        local = {p: {one.maker for one in _sites(facts, p) if _is_inside(facts, one.site, asked)} for p in products}
        technologies = {e["to_id"] for p in products for e in facts.of("NEEDS", p)}
        covered = sum(1 for p in products if local[p])
        rows.append({
            "chain_id": chain,
            "name_zh": facts.nodes[chain]["name_zh"],
            "name_en": facts.nodes[chain].get("name_en"),
            "products": len(products),
            "with_maker": sum(1 for p in products if makers[p] or _sites(facts, p)),
            "with_local_maker": covered,
            "made_here_share": covered / len(products) if products else None,
            "local_makers": len(set().union(*local.values())),
            "technologies": len(technologies),
            "key_technologies": sum(1 for t in technologies if facts.nodes[t].get("is_key")),
            "evidence_ids": {chain, *products},
        })  # fmt: skip
    return rows


# --- gaps ------------------------------------------------------------------------------------------------------------

VERDICTS: dict[str, str] = {
    "missing": "缺链",
    "narrower_only": "仅有细分品",
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
    min_confidence: float = 0.0,
    limit: int = 50,
) -> list[Row]:
    """Each product of the chain with its verdict, on makers on record."""
    asked = _asked_places(facts, places)
    strong = _strong(facts, asked)
    wanted = verdicts or list(VERDICTS)[:6]
    rows = [
        _gap(facts, product, chain, asked, product in strong, share_below, hhi_above, min_confidence)
        for product in _chain_products(facts, chain)
    ]
    rows = [row for row in rows if row["verdict"] in wanted]
    gravity = list(VERDICTS)
    rows.sort(
        key=lambda r: (gravity.index(r["verdict"]), r["is_essential"] is not True, -r["downstream"], r["product_id"])
    )
    return rows[:limit]


def _gap(
    facts: Facts,
    product: str,
    chain: str,
    asked: frozenset[str],
    strong: bool,
    share_below: float,
    hhi_above: float,
    min_confidence: float = 0.0,
) -> Row:
    # Of a maker of which no way is sure enough nothing is known here; its nearest sure way says what it makes.
    sites = _sites(facts, product, min_confidence)
    makers = best_sites(facts, product, asked, min_confidence)
    here = [one for one in sites if _is_inside(facts, one.site, asked)]
    local = {one.maker for one in here}
    cities = set().union(*(_cities(facts, one.site, asked) for one in here))
    unplaced = sum(1 for m, one in makers.items() if m not in local and _may_be_inside(facts, one.site, asked))
    shares = [_share_of(one for one in here if one.maker == m) for m in local]
    groups = {_group(facts, m) for m in local}
    known = [s for s in shares if s is not None]
    uses = [e for e in facts.of("INPUT_OF", product) if e["to_id"] != product]
    classes = [e["input_class"] for e in uses if "input_class" in e]
    essential = 2 in classes if classes else None
    all_known = bool(shares) and None not in shares
    exact = all_known and sum(known) > 0
    least, most = hhi_range(shares)
    local_share = sum(known) if all_known else None
    count = len(local)
    narrower = sum(1 for m in local if all(one.steps for one in here if one.maker == m))
    provided = _provides(facts, product, asked)

    def verdict() -> str:
        if not count:
            # A maker may have more plants than are on record, first of all where it is registered.
            everyone = [one for site in _sites(facts, product) for one in {site.site, site.maker}]
            may_be = any(_is_inside(facts, m, asked) for m in everyone)
            may_be |= any(_may_be_inside(facts, one.site, asked) for one in _sites(facts, product))
            may_be |= any(
                _is_inside(facts, e["from_id"], asked) or _may_be_inside(facts, e["from_id"], asked)
                for broader in _broader(facts, product) - {product}
                for e in [*facts.of("MAKES", to_id=broader), *facts.at_plants(product=broader)]
            )
            if "here" in provided:
                return "supplied"
            is_supplied = bool(everyone) or bool(facts.of("PROVIDES", to_id=product))
            return "missing" if is_supplied and not may_be and "around" not in provided else "not_on_record"
        if narrower == count:
            return "narrower_only"
        if len(groups) == 1:
            return "single_source"
        if essential and least is not None and least > hhi_above:
            return "weak" if local_share is not None and local_share < share_below else "concentrated"
        return "strong" if strong else "supplied"

    shown = sorted(local or set(makers))[:20]
    memberships = sorted(
        (e for e in facts.of("PART_OF", product) if not chain or e["to_id"] == _named(facts, "chain", chain)),
        key=lambda e: str(e["to_id"]),
    )
    said = verdict()
    margin = _flip_margin(count, len(groups), said, bool(essential) and sum(known) > 0, bool(essential), hhi_above)
    elsewhere = len(makers) - count
    abroad = [facts.nodes[product].get(f"foreign_share_{end}") for end in ("min", "max")]
    foreign = tuple(facts.nodes[product].get("foreign_share") if one is None else one for one in abroad)
    return {
        "product_id": product,
        "name_zh": facts.nodes[product]["name_zh"],
        "name_en": facts.nodes[product].get("name_en"),
        "chains": [facts.nodes[e["to_id"]]["name_zh"] for e in memberships],
        "stages": list(dict.fromkeys(e["stage"] for e in memberships if "stage" in e)),
        "verdict": said,
        "verdict_text": verdict_zh(said, elsewhere, unplaced),
        "is_essential": essential,
        "makers": count,
        "groups": len(groups),
        "makers_foreign": sum(_country(facts, m) not in (None, "CHN") for m in local),
        "makers_foreign_most": sum(_country(facts, m) != "CHN" for m in local),
        "makers_elsewhere": elsewhere,
        "makers_unplaced": unplaced,
        "by_narrower": narrower,
        "cities": len(cities),
        "hhi": least,
        "hhi_most": most,
        "is_hhi_exact": exact if local else None,
        "local_share": local_share,
        "foreign_share_least": foreign[0],
        "foreign_share_most": foreign[1],
        "foreign_basis": facts.nodes[product].get("foreign_basis"),
        "foreign_year": facts.nodes[product].get("foreign_year"),
        "foreign_text": None if foreign == (None, None) else _foreign_said(
            facts, facts.nodes[product], (foreign[0] or 0.0, 1.0 if foreign[1] is None else foreign[1]), True
        ),
        "needed_by": len({e["to_id"] for e in uses}),
        "downstream": min(len(_after(facts, product)), 1_000),
        "flip_margin": margin,
        "share_flip_margin": _share_flip(known, hhi_above) if exact and essential and count > 1 else None,
        "would_change": _would_change(said, margin),
        "maker_names": sorted(facts.name(makers[m].site) for m in shown),
        "evidence_ids": {
            product, *(e["id"] for e in uses), *(i for m in shown for i in makers[m].edges),
            *(e["id"] for e in facts.of("PROVIDES", to_id=product) if _lies_in(facts, e["from_id"], asked)),
        },
    }  # fmt: skip


def _is_one(bounds: tuple[float, float] | None) -> bool:
    """Whether least and most are one value."""
    return bounds is not None and bounds[1] - bounds[0] < 1e-9


def _said(least: float, most: float, form: str = ".2g") -> str:
    least, most = round(least, 9) + 0.0, round(most, 9) + 0.0  # No −0.
    return format(least, form) if _is_one((least, most)) else f"{format(least, form)}–{format(most, form)}"


_BASIS = {"not_localised": "1−国产化率", "foreign_firms": "境外企业占全球市场", "imports": "进口占表观消费"}


def _foreign_said(facts: Facts, node: Mapping[str, Any], foreign: tuple[float, float], is_told: bool) -> str:
    basis = _BASIS.get(node.get("foreign_basis", ""), "口径未知") if is_told else "按有记录的份额推得"
    year = f"，{node['foreign_year']}" if is_told and "foreign_year" in node else ""
    ago = facts.day.year - node.get("foreign_year", facts.day.year)
    year += f"，{ago} 年前" if year and ago > 10 else ""
    return f"{_said(foreign[0] * 100, foreign[1] * 100, '.3g')}%（{basis}{year}）"


def verdict_zh(verdict: str, elsewhere: int, unplaced: int) -> str:
    """The verdict in words: a single source says whether there are others, and how many of them may be here."""
    if verdict != "single_source":
        return VERDICTS[verdict]
    if unplaced:
        return f"断链风险（区内有记录的仅一个来源，另有 {elsewhere} 家，其中 {unplaced} 家地点未定）"
    return f"断链风险（区内仅一个来源，区外另有 {elsewhere} 家）" if elsewhere else "断链风险（有记录的仅此一个来源）"


def _share_of(sites: Iterable[Site]) -> float | None:
    """The share of a maker in some of its sites: known where it is of each that makes the product itself."""
    shares = [one.share for one in sites if not one.steps]
    return sum(s for s in shares if s is not None) if shares and None not in shares else None


def _country(facts: Facts, maker: str) -> str | None:
    if maker not in facts.nodes or not maker.startswith("enterprise:"):
        return None
    own = facts.nodes[maker].get("control_country") or facts.nodes[_group(facts, maker)].get("control_country")
    return str(own) if own else None


def hhi_range(shares: Sequence[float | None]) -> tuple[float | None, float | None]:
    """The least and the most HHI of sources of which some shares of the whole supply are not known, tried out.

    The unknown ones together have anything from nothing to all that the known ones leave.
    """
    if not shares:
        return None, None
    known, unknown = [s for s in shares if s is not None], sum(1 for s in shares if s is None)
    total, squares = sum(known), sum(s * s for s in known)
    if not unknown:
        return (squares / total**2, squares / total**2) if total else (1 / len(shares), None)
    if not total:
        return 1 / unknown, 1.0
    left = max(0.0, 1 - total)

    def index(rest: float, sources: int) -> float:
        return (squares + rest * rest / sources) / (total + rest) ** 2

    best = min(left, unknown * squares / total)
    return min(index(rest, unknown) for rest in (0.0, best, left)), max(index(rest, 1) for rest in (0.0, left))


def _confidence(facts: Facts, maker: str, product: str) -> float:
    """The surest record that it makes the product or a narrower kind; not known counts 0."""
    made = _narrower(facts, product)
    return max(float(e.get("confidence", 0.0)) for e in facts.of("MAKES", maker) if e["to_id"] in made)


def _way(facts: Facts, maker: str, product: str, least: float) -> list[str]:
    """The edges that say that it makes the product, by the fewest steps of those that are sure enough."""
    return _ways(facts, facts.of("MAKES", maker), product, least)[0][3]


def _ways(facts: Facts, makes: Iterable[Fact], product: str, least: float) -> list[tuple[int, float, str, list[str]]]:
    """The ways over MAKES edges of one maker or plant that are sure enough, the nearest first."""
    ways = []
    for edge in makes:
        if edge.get("confidence", 0.0) < least:
            continue
        if edge["to_id"] == product:
            ways.append((0, -edge.get("confidence", -1.0), edge["to_id"], [edge["id"]]))
        elif product in _broader(facts, edge["to_id"]):
            path = narrower_path(facts, edge["to_id"], product)
            ways.append((len(path), -edge.get("confidence", -1.0), edge["to_id"], [edge["id"], *path]))
    return sorted(ways)


def _lies_in(facts: Facts, place: str, asked: frozenset[str]) -> bool:
    """Whether a place is or lies in an asked one."""
    return asked == EVERYWHERE or bool({place, *_above(facts, place)} & asked)


def _provides(facts: Facts, product: str, asked: frozenset[str]) -> set[str]:
    """Whether a place here, or one that an asked one lies in, provides more than a negligible part."""
    found = set()
    around = set().union(*(_above(facts, p) for p in asked)) if asked != EVERYWHERE else set()
    for edge in facts.of("PROVIDES", to_id=product):
        if edge.get("is_negligible"):
            continue
        if _lies_in(facts, edge["from_id"], asked):
            found.add("here")
        elif edge["from_id"] in around:
            found.add("around")
    return found


def _share_flip(shares: Sequence[float], threshold: float) -> float | None:
    """The least move of one share, the others scaled to fill the rest, at which Σ s² is the threshold."""
    moves = []
    if not 0 < threshold < 1:
        return None
    for number, share in enumerate(shares):
        own = share / sum(shares)
        if own >= 1:
            continue
        q = sum((s / sum(shares) / (1 - own)) ** 2 for n, s in enumerate(shares) if n != number)
        root = threshold * (1 + q) - q  # x² + (1 − x)² q = threshold
        if root >= 0:
            both = [(q + sign * math.sqrt(root)) / (1 + q) for sign in (1, -1)]
            moves += [abs(x - own) for x in both if 0 <= x <= 1]
    return min(moves) if moves else None


def _would_change(said: str, margin: int | None) -> str:
    if said == "not_on_record":
        return "任一生产者及其地点的记录"
    if said == "narrower_only":
        return "一家区内企业生产它本身的记录"
    if said == "missing":
        return "一家区内企业生产它或其细分产品的记录"
    if margin is None:
        return "份额的变动"
    return f"{'再有' if margin > 0 else '少了'} {abs(margin)} 家区内生产者"


def _flip_margin(
    count: int, groups: int, said: str, shares_decide: bool, essential: bool, hhi_above: float
) -> int | None:
    """The least change in the number of makers that changes the verdict, RCA left aside; of equals the gain.

    Tried out one by one: nobody, one, few enough to be concentrated, enough. Not known where shares decide.
    """

    def kind(number: int) -> str:
        if number - count + groups < 2:
            return ("none", "one")[max(number - count + groups, 0)]
        return "concentrated" if essential and 1 / number > hhi_above else "enough"

    if said in ("missing", "not_on_record", "single_source", "narrower_only") or not count:
        return 1
    if shares_decide:
        return None
    for change in range(1, 1_000):
        for margin in (change, -change):
            if count + margin >= 0 and kind(count + margin) != kind(count):
                return margin
    return None


@cache
def _strong(facts: Facts, asked: frozenset[str]) -> set[str]:
    """Products in which two places or more have RCA ≥ 1; x is how many enterprises there make the product."""
    made = Counter(
        (city, product)
        for product in facts.ids("product")
        for city, _ in {(city, one.maker) for one in _sites(facts, product) for city in _cities(facts, one.site, asked)}
    )
    of_city, of_product = Counter[str](), Counter[str]()
    for (city, product), number in made.items():
        of_city[city] += number
        of_product[product] += number
    # RCA ≥ 1 multiplied out: whole numbers, no rounding.
    advantages = Counter(p for (c, p), n in made.items() if n * made.total() >= of_city[c] * of_product[p])
    return {product for product, places in advantages.items() if places >= 2}


def _located(facts: Facts, node_id: str) -> set[str]:
    return {e["to_id"] for e in facts.of("LOCATED_IN", node_id)}


# --- what is missing ---------------------------------------------------------------------------------------------------


def data_quality(facts: Facts, chain: str = "", years: int = 3) -> list[Row]:
    """How sure, how old and how whole the records of each chain are, the least sure first."""
    before, rows = facts.day.replace(year=facts.day.year - years, day=min(facts.day.day, 28)), []
    for one in [chain] if chain else facts.ids("chain"):
        products = {e["from_id"] for e in facts.in_chain(one)}
        makes = [e for e in facts.edges if e["type"] == "MAKES" and e["to_id"] in products]
        inputs = [e for p in products for e in facts.of("INPUT_OF", to_id=p)]
        by = Counter(e["status"] for e in makes)
        unsure = sorted((-min(len(_after(facts, e["to_id"])), 1_000), e["id"]) for e in makes
                        if e["status"] == "inferred")  # fmt: skip
        rows.append({
            "chain_id": one, "name_zh": facts.nodes[one]["name_zh"], "name_en": facts.nodes[one].get("name_en"),
            "sure_share": (by["documented"] + by["listed"]) / len(makes) if makes else None,
            **{status: by[status] for status in ("documented", "listed", "inferred")},
            "old": sum(e["as_of"] < before for e in makes), "products": len(products),
            "with_maker": len({e["to_id"] for e in makes}),
            "with_share": len({e["to_id"] for e in makes if "share" in e}),
            "with_foreign_share": sum("foreign_share" in facts.nodes[p] for p in products),
            "with_recovery": sum("recovery_days" in facts.nodes[p] for p in products),
            "inputs": len(inputs), "sure_inputs": sum(e["status"] != "inferred" for e in inputs),
            "with_cost_share": sum("cost_share" in e for e in inputs),
            "evidence_ids": {one, *(edge_id for _, edge_id in unsure[:20])},
        })  # fmt: skip
    return sorted(rows, key=lambda row: (row["sure_share"] is None, row["sure_share"], row["chain_id"]))


def what_is_missing(facts: Facts, chain: str = "", places: Sequence[str] = (), limit: int = 50) -> list[Row]:
    """Facts that are not known, those that decide verdicts first, by how many products wait for them."""
    asked = _asked_places(facts, places)
    products = _chain_products(facts, chain)
    reach = {p: min(len(_after(facts, p)), 1_000) for p in facts.ids("product")}
    uses = {p: len({e["to_id"] for e in facts.of("INPUT_OF", p) if e["to_id"] != p}) for p in products}
    classes = {p: {e.get("input_class") for e in facts.of("INPUT_OF", p) if e["to_id"] != p} for p in products}
    found: dict[tuple[int, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for p in products:
        for site in {one.site for one in _sites(facts, p) if _may_be_inside(facts, one.site, asked)}:
            found[0, "place"][site].append(reach[p])
        for maker in _makers(facts, p):
            if _is_inside(facts, maker, asked) and _country(facts, maker) is None:
                found[1, "control"][maker].append(reach[p])
        for technology in {e["to_id"] for e in facts.of("NEEDS", p)}:
            if not {"foreign_share", "foreign_share_min", "foreign_share_max"} & facts.nodes[technology].keys():
                found[1, "foreign_share"][technology].append(_waiting(facts, technology))
        if uses[p] and not classes[p] - {None}:
            found[0, "input_class"][p] += [reach[p]] * uses[p]
        if uses[p] and 2 in classes[p] and "recovery_days" not in facts.nodes[p]:
            found[2, "recovery"][p] += [reach[p]] * uses[p]
    for row in gaps(facts, chain, places, ["concentrated", "strong", "supplied"], limit=10**9):
        most = 1.0 if row["hhi_most"] is None else row["hhi_most"]
        if row["is_essential"] and not row["is_hhi_exact"] and row["hhi"] is not None and row["hhi"] <= 0.4 < most:
            found[0, "shares"][row["product_id"]].append(row["downstream"])
    order = ("place", "input_class", "shares", "foreign_share", "control", "recovery")
    rows = [
        (tier, -len(waiting), -max(waiting), order.index(fact), subject)
        for (tier, fact), subjects in found.items()
        for subject, waiting in subjects.items()
    ]
    return [
        {"fact": order[fact], "subject_id": subject, "name_zh": facts.name(subject), "products": -products,
         "downstream": -downstream, "why": _MISSING[order[fact]][0], "evidence_ids": {subject},
         "look_in": _MISSING[order[fact]][1] + _on_record(facts, subject)}
        for _, products, downstream, fact, subject in sorted(rows)[:limit]
    ]  # fmt: skip


_MISSING = {
    "place": ("它若在区内，有的缺链就不缺", "企业年报的主要子公司与生产基地、国家企业信用信息公示系统"),
    "input_class": ("不知是否有产品离不开它", "工艺与物料清单、IHS Markit 关键投入调查"),
    "shares": ("份额决定是否集中", "招股说明书的市场份额一节、行业协会年报"),
    "foreign_share": ("依赖程度只能给出区间", "招股说明书的行业一节（国产化率）、海关统计、行业协会"),
    "control": ("境外控制的生产者不算摆脱依赖", "年报的实际控制人、国家企业信用信息公示系统"),
    "recovery": ("断供后能撑多久无从算起", "年报与问询回复的认证周期、设备交期"),
}


def _on_record(facts: Facts, node: str) -> str:
    """The first documents on record for a node, as they are told."""
    known = [s for s in sorted(facts.nodes[node].get("source_ids", ())) if s in facts.nodes]
    return f"；已有：{'、'.join(facts.nodes[s]['name_zh'] for s in known[:3])}" if known else ""


def _waiting(facts: Facts, technology: str) -> int:
    direct = {e["from_id"] for e in facts.of("NEEDS", to_id=technology)}
    return min(len(direct.union(*(_after(facts, p) for p in direct))), 1_000)


# --- explore ---------------------------------------------------------------------------------------------------------

_SEARCHED = (
    "project",
    "result",
    "report",
    "enterprise",
    "plant",
    "product",
    "technology",
    "institute",
    "center",
    "place",
    "chain",
    "sector",
    "proposal",
)


def search(facts: Facts, text: str, limit: int = 20) -> list[Row]:
    """Nodes whose search text holds the text, whatever its case and width, and enterprises whose business does."""
    wanted = " ".join(unicodedata.normalize("NFKC", text).lower().replace("|", " ").split())
    rows = []
    for node_id in sorted(facts.nodes):
        node = facts.nodes[node_id]
        held = node.get("search_text", "")
        zh, en = (
            node.get(f"business_{one}") or node.get(f"business_{other}") for one, other in (("zh", "en"), ("en", "zh"))
        )
        does = "|".join(one.lower() for one in (zh, en) if one)
        if wanted and (wanted in held or wanted in does) and node_id.split(":")[0] in _SEARCHED:
            rows.append({
                "node_id": node_id,
                "name_zh": node["name_zh"],
                "name_en": node.get("name_en"),
                "label": label_of(node_id),
                "closeness": _closeness(wanted, held) if wanted in held else 3,
                "business": zh if node_id.startswith("enterprise:") else "",
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
        found = {e["id"]: e for t in EDGE_TYPE for e in [*facts._of(t, at, None), *facts._of(t, None, at)]}
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
    """All that fits, else products, two technologies a product, three enterprises a product, other types, then the others."""
    if len(steps) <= limit:
        return list(steps)
    ordered = sorted(steps, key=lambda i: (steps[i], -degree[i], i))
    chosen = [node, *(i for i in ordered if i.startswith("product:") and i != node)][: max(limit, 1)]
    trunk = list(chosen)
    for prefix, most in (("technology:", 2), ("enterprise:", 3)):
        for product in trunk:
            ends = {n for e in links if product in (e["from_id"], e["to_id"]) for n in (e["from_id"], e["to_id"])}
            beside = sorted((i for i in ends if i.startswith(prefix) and i != node), key=lambda i: (-degree[i], i))
            chosen += beside[:most]
    chosen += [i for i in ordered if not i.startswith(("product:", "technology:", "enterprise:"))]
    chosen += ordered
    return list(dict.fromkeys(chosen))[:limit]


_THROUGH = ("product", "enterprise", "plant", "technology", "institute", "center")


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
            "relation_text": f"{facts.name(from_id)} {EDGE_TYPE[edge_type].zh} {facts.name(to_id)}",
            "evidence_ids": {here, edge_id, there},
        })  # fmt: skip
        here = there
    return rows


# --- the other questions, each in its own module ---------------------------------------------------------------------

# Questions of their own files; they need what is above.
from tests.oracle.candidates import KINDS as KINDS  # noqa: E402
from tests.oracle.candidates import candidates as candidates  # noqa: E402
from tests.oracle.centres import attribution as attribution  # noqa: E402
from tests.oracle.centres import certificate as certificate  # noqa: E402
from tests.oracle.centres import certification as certification  # noqa: E402
from tests.oracle.centres import lineage as lineage  # noqa: E402
from tests.oracle.centres import tracking as tracking  # noqa: E402
from tests.oracle.concentration import concentration as concentration  # noqa: E402
from tests.oracle.cooperation import cooperation as cooperation  # noqa: E402
from tests.oracle.fund import fund as fund  # noqa: E402
from tests.oracle.key_technologies import key_technologies as key_technologies  # noqa: E402
from tests.oracle.next_products import next_products as next_products  # noqa: E402
from tests.oracle.partners import ROLES as ROLES  # noqa: E402
from tests.oracle.partners import partners as partners  # noqa: E402
from tests.oracle.science_chain import science_chain as science_chain  # noqa: E402
from tests.oracle.sectors import sectors as sectors  # noqa: E402
from tests.oracle.what_if import cascade as cascade  # noqa: E402
from tests.oracle.what_if import cuts as cuts  # noqa: E402
from tests.oracle.what_if import routes as routes  # noqa: E402
from tests.oracle.what_if import scenarios as scenarios  # noqa: E402
from tests.oracle.what_if import survival as survival  # noqa: E402
from tests.oracle.what_if import trace as trace  # noqa: E402
