"""What a load derives, worked out with dicts, loops and networkx."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import networkx as nx

from graph.store import Batch

Facts = dict[str, Any]


@dataclass(frozen=True)
class Derived:
    """Derived properties by label and id; areas by id; edges as sets of tuples, `can_supply` without ids."""

    properties: dict[str, dict[str, Facts]]
    areas: dict[str, tuple[str | None, int]]
    can_supply: set[tuple[str, str, int, str | None, float | None, float | None]]
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
    can_supply, in_area = _can_supply(graph), _in_area(graph)
    supplied = {(e, p) for e, p, *_ in can_supply}
    where = defaultdict(set)
    for node, area in in_area:
        where[node].add(area)
    place_of: dict[str, str | None] = {place.replace("place:", "area:"): place for place in graph.nodes["Place"]}
    place_of |= {"area:corridor": None, "area:everywhere": None}
    areas = {area: (place, sum(area in where[e] for e, _ in supplied)) for area, place in place_of.items()}
    properties = {
        "Product": _products(graph, can_supply),
        "Technology": _technologies(graph),
        "Place": {place: _place(graph, place) for place in graph.nodes["Place"]},
        "Enterprise": {firm: {"scale": _scale(graph, firm)} for firm in graph.nodes["Enterprise"]},
    }
    kinds = dict(nx.all_pairs_shortest_path_length(graph.links("KIND_OF", "Product")))
    is_kind_of = {(a, b, n) for a, above in kinds.items() for b, n in above.items() if a != b}
    return Derived(properties, areas, can_supply, in_area, is_kind_of)


def _can_supply(graph: _Graph) -> set[tuple[str, str, int, str | None, float | None, float | None]]:
    kinds = graph.links("KIND_OF", "Product")
    ways: dict[tuple[str, str], list[tuple[int, Facts]]] = defaultdict(list)
    for edge in graph.edges["MAKES"]:
        for product, steps in nx.single_source_shortest_path_length(kinds, edge["to_id"]).items():
            ways[edge["from_id"], product].append((steps, edge))
    found = set()
    for (enterprise, product), several in ways.items():
        surest = -2.0
        for steps, edge in sorted(several, key=_nearest_and_surest):
            if _sure(edge) > surest:
                made = edge["to_id"] if steps else None
                share = None if steps else edge["share"]
                found.add((enterprise, product, steps, made, share, edge["confidence"]))
                surest = _sure(edge)
    return found


def _nearest_and_surest(way: tuple[int, Facts]) -> tuple[int, float, str]:
    steps, edge = way
    return steps, -_sure(edge), str(edge["to_id"])


def _sure(edge: Facts) -> float:
    return -1.0 if edge["confidence"] is None else float(edge["confidence"])


def _in_area(graph: _Graph) -> set[tuple[str, str]]:
    wider = graph.links("PART_OF", "Place")
    labels = ("Enterprise", "Institute", "Center", "Place")
    found = {(id_, "area:everywhere") for label in labels for id_ in graph.nodes[label]}
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
        makers = {e for e, p, *_ in can_supply if p == product}
        classes = {
            edge["input_class"]
            for edge in graph.edges["INPUT_OF"]
            if edge["from_id"] == product != edge["to_id"] and edge["input_class"] is not None
        }
        found[product] = {
            "makers": len(makers),
            "direct_makers": len({edge["from_id"] for edge in graph.edges["MAKES"] if edge["to_id"] == product}),
            "unplaced_makers": len(makers - placed),
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
