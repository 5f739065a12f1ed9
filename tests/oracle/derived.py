"""What a load derives, worked out with dicts, loops and networkx."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx

from graph.ontology import LOCATED
from graph.store import Batch

Facts = dict[str, Any]


@dataclass(frozen=True)
class Derived:
    """Derived properties by label and id; areas by id; edges as sets of tuples, `can_supply` without ids."""

    properties: dict[str, dict[str, Facts]]
    areas: dict[str, tuple[str | None, int]]
    can_supply: set[tuple[Any, ...]]
    in_area: set[tuple[str, str]]
    is_kind_of: set[tuple[str, str, int]]


class _Graph:
    def __init__(self, batches: Iterable[Batch]) -> None:
        self.nodes: dict[str, dict[str, Facts]] = defaultdict(dict)
        self.edges: dict[str, list[Facts]] = defaultdict(list)
        for batch in batches:
            for row in batch.table.to_pylist():
                if batch.ends:
                    self.edges[batch.name].append(row)
                else:
                    self.nodes[batch.name][row["id"]] = row

    def links(self, edge_type: str, label: str) -> "nx.DiGraph[str]":
        """The edges of a type between nodes of a label, itself apart."""
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_nodes_from(self.nodes[label])
        for edge in self.edges[edge_type]:
            ends = (edge["from_id"], edge["to_id"])
            if set(ends) <= self.nodes[label].keys() and ends[0] != ends[1]:
                graph.add_edge(*ends)
        return graph


def derived(batches: Iterable[Batch]) -> Derived:
    """What a load derives of these batches."""
    graph = _Graph(batches)
    groups = _groups(graph)
    can_supply, in_area = _can_supply(graph, groups), _in_area(graph)
    where = defaultdict(set)
    for node, area in in_area:
        where[node].add(area)
    supplied = {(row[7], row[1], area) for row in can_supply if row[6] for area in where[row[0]]}
    place_of: dict[str, str | None] = {place.replace("place:", "area:"): place for place in graph.nodes["Place"]}
    place_of |= {"area:corridor": None, "area:everywhere": None}
    areas = {area: (place, sum(one == area for _, _, one in supplied)) for area, place in place_of.items()}
    properties = {
        "Product": _products(graph, can_supply),
        "Technology": _technologies(graph),
        "Place": {place: _place(graph, place) for place in graph.nodes["Place"]},
        "Enterprise": {
            firm: {"scale": _scale(graph, firm), "group_id": groups[firm]} for firm in graph.nodes["Enterprise"]
        },
    }
    kinds = dict(nx.all_pairs_shortest_path_length(graph.links("KIND_OF", "Product")))
    is_kind_of = {(a, b, n) for a, above in kinds.items() for b, n in above.items() if a != b}
    return Derived(properties, areas, can_supply, in_area, is_kind_of)


def _groups(graph: _Graph) -> dict[str, str]:
    """Who controls each enterprise in the end; in a circle of owners the first by id."""
    firms = graph.nodes["Enterprise"]
    parent = {}
    for firm in firms:
        holdings = [
            (edge["is_controlling"] is True, edge["share"] or 0.0, edge["from_id"])
            for edge in graph.edges["OWNS"]
            if edge["to_id"] == firm != edge["from_id"] and edge["from_id"] in firms
            and (edge["is_controlling"] or (edge["is_controlling"] is None and (edge["share"] or 0) > 0.5))
        ]  # fmt: skip
        if holdings:
            parent[firm] = min(holdings, key=lambda one: (not one[0], -one[1], one[2]))[2]
    found = {}
    for firm in firms:
        seen, top = [firm], firm
        while (top := parent.get(top, "")) and top not in seen:
            seen.append(top)
        found[firm] = min(_circle(parent, seen[-1])) if top else seen[-1]
    return found


def _circle(parent: dict[str, str], firm: str) -> list[str]:
    found = [firm]
    while (above := parent.get(found[-1], "")) and above not in found:
        found.append(above)
    return found[found.index(above) :] if above else []


def _can_supply(graph: _Graph, groups: dict[str, str]) -> set[tuple[Any, ...]]:
    firms = graph.nodes["Enterprise"]
    ways = {label: _ways(graph, label) for label in ("Enterprise", "Plant")}
    operators = defaultdict(set)
    for edge in graph.edges["OPERATES"]:
        if edge["from_id"] in firms and edge["to_id"] in graph.nodes["Plant"]:
            operators[edge["to_id"]].add(edge["from_id"])
    plants = {(plant, product, *way, maker) for plant, product, *way in ways["Plant"]
              for maker in operators[plant] or {plant}}  # fmt: skip
    at = defaultdict(set)
    for plant, product, *_, maker in plants:
        at[maker, product].add(plant)
    shares = {(firm, product): share for firm, product, steps, _, share, _ in ways["Enterprise"] if steps == 0}
    found = set()
    for firm, product, *way in ways["Enterprise"]:
        said = (groups[firm], _country(firms, groups, firm), firm, way[2])
        found.add((firm, product, *way, not at[firm, product], firm, *said))
    untold = {(maker, product): set(sites) for (maker, product), sites in at.items()}
    for plant, product, *way, maker in plants:
        if _site_share(way, shares.get((maker, product)), at[maker, product]) is not None:
            untold[maker, product].discard(plant)
    for plant, product, *way, maker in plants:
        own = shares.get((maker, product))
        share = _site_share(way, own, at[maker, product])
        source = (maker, own) if untold[maker, product] and maker != plant else (plant, share)
        said = (groups.get(maker, maker), _country(firms, groups, maker), *source)
        found.add((plant, product, *way[:2], share, way[3], True, maker, *said))
    return found


def _site_share(way: Sequence[Any], of_maker: float | None, sites: set[str]) -> float | None:
    steps, _, share, _ = way
    return of_maker if share is None and steps == 0 and len(sites) == 1 else share


def _country(firms: dict[str, Facts], groups: dict[str, str], firm: str) -> str | None:
    return None if firm not in firms else firms[firm]["control_country"] or firms[groups[firm]]["control_country"]


def _ways(graph: _Graph, label: str) -> set[tuple[Any, ...]]:
    kinds = graph.links("KIND_OF", "Product")
    markets = _markets(graph)
    ways: dict[tuple[str, str], list[tuple[int, Facts]]] = defaultdict(list)
    for edge in graph.edges["MAKES"]:
        if edge["from_id"] in graph.nodes[label] and graph.nodes[label][edge["from_id"]].get("progress") in _RUNS:
            for product, steps in nx.single_source_shortest_path_length(kinds, edge["to_id"]).items():
                ways[edge["from_id"], product].append((steps, edge))
    found = set()
    for (source, product), several in ways.items():
        surest = -2.0
        for steps, edge in sorted(several, key=_nearest_and_surest):
            if _sure(edge) > surest:
                made = edge["to_id"] if steps else None
                is_told = not steps and edge["share_market"] == markets[product]
                found.add((source, product, steps, made, edge["share"] if is_told else None, edge["confidence"]))
                surest = _sure(edge)
    return found


_RUNS = (None, "operating")


def _markets(graph: _Graph) -> dict[str, str | None]:
    """The market of which most shares of each product are known."""
    order = ("china", "world", "corridor", None)
    known = defaultdict(list)
    for edge in graph.edges["MAKES"]:
        plant = graph.nodes["Plant"].get(edge["from_id"], {})
        if edge["share"] is not None and plant.get("progress") in _RUNS:
            known[edge["to_id"]].append(edge["share_market"])
    return {product: max(order, key=lambda market: (known[product].count(market), -order.index(market)))
            for product in graph.nodes["Product"]}  # fmt: skip


def _nearest_and_surest(way: tuple[int, Facts]) -> tuple[int, float, str]:
    steps, edge = way
    return steps, -_sure(edge), str(edge["to_id"])


def _sure(edge: Facts) -> float:
    return -1.0 if edge["confidence"] is None else float(edge["confidence"])


def _in_area(graph: _Graph) -> set[tuple[str, str]]:
    wider = graph.links("PART_OF", "Place")
    found = {(id_, "area:everywhere") for label in LOCATED for id_ in graph.nodes[label]}
    located = [(edge["from_id"], edge["to_id"]) for edge in graph.edges["LOCATED_IN"]]
    for node, at in [*located, *((place, place) for place in graph.nodes["Place"])]:
        for place in {at, *nx.descendants(wider, at)}:
            found.add((node, place.replace("place:", "area:")))
            if graph.nodes["Place"][place]["in_corridor"]:
                found.add((node, "area:corridor"))
    return found


def _products(graph: _Graph, can_supply: Iterable[tuple[Any, ...]]) -> dict[str, Facts]:
    inputs = graph.links("INPUT_OF", "Product")
    placed = {edge["from_id"] for edge in graph.edges["LOCATED_IN"]}
    found = {}
    for product in graph.nodes["Product"]:
        sites = [row for row in can_supply if row[1] == product]
        makers = {row[7] for row in sites}
        classes = {
            edge["input_class"]
            for edge in graph.edges["INPUT_OF"]
            if edge["from_id"] == product != edge["to_id"] and edge["input_class"] is not None
        }
        found[product] = {
            "makers": len(makers),
            "direct_makers": len(
                {
                    edge["from_id"]
                    for edge in graph.edges["MAKES"]
                    if edge["to_id"] == product and edge["from_id"] in graph.nodes["Enterprise"]
                }
            ),
            "unplaced_makers": len({row[7] for row in sites if row[6] and row[0] not in placed}),
            "inputs": inputs.in_degree[product],
            "needed_by": inputs.out_degree[product],
            "downstream": min(len(nx.descendants(inputs, product)), 1000),
            "is_essential": 2 in classes if classes else None,
        }
    for facts in found.values():
        facts["priority"] = 1_000 - int(facts["downstream"] or 0) + (0 if facts["is_essential"] else 1_001)
    return found


def _technologies(graph: _Graph) -> dict[str, Facts]:
    inputs = graph.links("INPUT_OF", "Product")
    found = {}
    for technology in graph.nodes["Technology"]:
        needing = {edge["from_id"] for edge in graph.edges["NEEDS"] if edge["to_id"] == technology}
        dependents = needing.union(*(nx.descendants(inputs, product) for product in needing))
        found[technology] = {
            "masters": len({edge["from_id"] for edge in graph.edges["MASTERS"] if edge["to_id"] == technology}),
            "needed_by": len(needing),
            "dependents": min(len(dependents), 1000),
        }
    return found


def _place(graph: _Graph, place: str) -> Facts:
    """By the wider places above, of several the last by id."""
    wider, nodes = graph.links("PART_OF", "Place"), graph.nodes["Place"]
    around: list[str] = []
    here: str | None = place
    while here is not None and here not in around:
        around.append(here)
        here = max(wider.successors(here), default=None)

    def nearest(*levels: str) -> str | None:
        return next((one for one in around if nodes[one]["level"] in levels), None)

    cities = ("place:110000", "place:120000", "place:310000", "place:500000")
    city = next((one for one in around if nodes[one]["level"] == "prefecture" or one in cities), None)
    country = nearest("country")
    if country is None and re.fullmatch(r"place:[0-9]{6}", place):
        country = next((one for one in sorted(nodes) if _is_home(nodes[one])), "place:CHN")
    return {
        "city_id": city or (place if nodes[place]["level"] == "district" else None),
        "province_id": nearest("province"),
        "country_id": country,
    }


def _is_home(place: Facts) -> bool:
    names = [place["id"].split(":")[1], place["name_zh"], place["name_en"], *(place["aliases"] or [])]
    called = {"中国", "中华人民共和国", "china", "cn", "chn", "prc", "156"}
    return place["level"] in (None, "country") and any(name and name.lower() in called for name in names)


def _scale(graph: _Graph, enterprise: str) -> float | None:
    ranks = []
    for name in ("registered_capital_10k_cny", "revenue_10k_cny", "employees"):
        own = graph.nodes["Enterprise"][enterprise][name]
        values = [firm[name] for firm in graph.nodes["Enterprise"].values() if firm[name] is not None]
        if own is not None:
            ranks.append(sum(value <= own for value in values) / len(values))
    return sum(ranks) / len(ranks) if ranks else None
