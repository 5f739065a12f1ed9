"""Plain answers to what rests on what, and to what happens if something stops."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import networkx as nx
from networkx.algorithms.flow import edmonds_karp
from scipy.optimize import linprog

from graph.ontology import EDGE_TYPE
from tests import oracle
from tests.oracle import Fact, Facts

Row = dict[str, Any]


class _Anything:
    """Equal to everything: of equally good plans any may be found."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


ANY = _Anything()

_ALL_VERDICTS = tuple(oracle.VERDICTS)

# --- trace -----------------------------------------------------------------------------------------------------------


def starting_products(facts: Facts, subjects: Sequence[str]) -> set[str]:
    """Products for themselves, enterprises for what they make, technologies for what needs them; by id."""
    found = set()
    for subject in subjects:
        if subject.startswith("product:"):
            found.add(subject)
        found |= {e["to_id"] for e in facts.of("MAKES", subject)}
        found |= {e["from_id"] for e in facts.of("NEEDS", to_id=subject)}
    return found


def trace(
    facts: Facts,
    subjects: Sequence[str],
    directions: str = "both",
    input_kinds: Sequence[str] = (),
    tiers: int = 3,
    places: Sequence[str] = (),
    limit: int = 200,
) -> list[Row]:
    """Tier by tier from the starts, up by inputs and down by uses."""
    starts = starting_products(facts, subjects)
    judged = {r["product_id"]: r for r in oracle.gaps(facts, "", places, _ALL_VERDICTS, limit=10**9)}
    rows = []
    for number, direction in enumerate(d for d in ("up", "down") if directions in ("both", d)):
        for key, row in _traced(facts, starts, direction, input_kinds, tiers, judged):
            if key[0] or not number:
                rows.append(((key[0], number, *key[1:]), row))
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])][:limit]


def _traced(
    facts: Facts, starts: set[str], direction: str, wanted: Sequence[str], tiers: int, judged: dict[str, Row]
) -> Iterator[tuple[tuple[int, int, str], Row]]:
    away = _links_away(facts, direction, wanted)
    tier = {
        p: int(t) for p, t in nx.multi_source_dijkstra_path_length(away, starts).items() if t <= tiers
    } if starts else {}  # fmt: skip
    inside = away.subgraph(tier)
    for product, at in tier.items():
        before = [p for p in inside.pred[product] if tier[p] == at - 1]
        through = sorted(before, key=lambda p: (inside.edges[p, product]["recorded"] != p, p))
        back = sorted(p for p in inside.succ[product] if tier[p] <= at)[:20]
        gap = judged[product]
        in_edge = _input_edge(facts, direction, inside, through[0], product) if through else None
        recorded = inside.edges[through[0], product]["recorded"] if through else None
        via = recorded if through and recorded != through[0] else None
        class_ = in_edge.get("input_class") if in_edge else None
        made = {i for i in gap["evidence_ids"] if i.startswith(("MAKES", "KIND_OF", "OPERATES"))}
        links = [*((through[0], product) for _ in through[:1]), *((product, other) for other in back)]
        yield (at, _ALL_VERDICTS.index(gap["verdict"]), product), {
            "direction": direction if at else "start",
            "tier": at,
            "product_id": product,
            "name_zh": facts.name(product),
            "through_id": through[0] if through else None,
            "through_name": facts.name(through[0]) if through else "",
            "via_kind_id": via,
            "via_kind_name": facts.name(via) if via else None,
            "ways": len(through),
            "input_kind": in_edge.get("input_kind") if in_edge else None,
            "is_essential": None if class_ is None else class_ == 2,
            **{name: gap[name] for name in ("verdict", "verdict_text", "makers", "makers_elsewhere", "maker_names")},
            "leads_back_to": [facts.name(p) for p in back],
            "back_links": sum(1 for p in inside.succ[product] if tier[p] <= at),
            "is_on_cycle": any(product in nx.descendants(inside, p) for p in inside.succ[product]),
            "evidence_ids": {product, *made, *(i for link in links for i in _link_evidence(facts, direction, inside, *link))},
        }  # fmt: skip


def _links_away(facts: Facts, direction: str, wanted: Sequence[str]) -> "nx.DiGraph[str]":
    """What a walk goes on to from each product: by its own inputs or uses, else by those of a broader kind, the first by id;
    an edge says at which product the input is on record.
    """
    inputs: nx.DiGraph[str] = nx.DiGraph()
    inputs.add_nodes_from(facts.inputs)
    inputs.add_edges_from(
        pair for pair in facts.inputs.edges if not wanted or facts.of("INPUT_OF", *pair)[0].get("input_kind") in wanted
    )
    recorded = inputs.reverse() if direction == "up" else inputs
    away: nx.DiGraph[str] = nx.DiGraph()
    away.add_nodes_from(recorded)
    for product in recorded:
        for at in [product, *sorted(nx.descendants(facts.kinds, product) - {product})]:
            for other in recorded.succ[at]:
                if other != product and not away.has_edge(product, other):
                    away.add_edge(product, other, recorded=at)
    return away


def _input_edge(facts: Facts, direction: str, away: "nx.DiGraph[str]", near: str, far: str) -> Any:
    at = away.edges[near, far]["recorded"]
    return facts.of("INPUT_OF", *((far, at) if direction == "up" else (at, far)))[0]


def _link_evidence(facts: Facts, direction: str, away: "nx.DiGraph[str]", near: str, far: str) -> list[str]:
    """The input, and the edges by which the nearer product is a kind of the one that it is on record at."""
    at = away.edges[near, far]["recorded"]
    kinds = oracle.narrower_path(facts, near, at) if at != near else []
    return [_input_edge(facts, direction, away, near, far)["id"], *kinds]


# --- who supplies whom -----------------------------------------------------------------------------------------------

Line = tuple[str, str]
"""An enterprise and a product that it makes; "~" for one that is not known."""
Link = tuple[Line, Line, float, Any, str]
"""Supplier, buyer, amount, the recorded sale or None, and the product as which it is used."""
Parts = tuple[dict[int, float], dict[int, float]]
"""Of each link, by its number: what goes to its buyer, and what to its supplier."""


class Network:
    """Lines with their parts of the product's supply, and sales between them: (supplier, buyer, amount, SUPPLIES or None, the
    product as which it is used).
    """

    def __init__(
        self, facts: Facts, source: str, most_makers: int = 30, least: float = 0.0, lag: float | None = None
    ) -> None:
        self.facts = facts
        sure = [e for e in facts.of("MAKES") if e.get("confidence", 0.0) >= least]
        self.makes = {(e["from_id"], e["to_id"]): e for e in sure}
        recorded = [e for e in facts.of("SUPPLIES") if e["from_id"] != e["to_id"]] if source != "derived" else []
        lines = set(self.makes) | {(e["from_id"], product) for e in recorded if (product := self._sold(e))}
        traders = {e[end] for e in recorded for end in ("from_id", "to_id")}
        lines |= {(t, "~") for t in traders - {enterprise for enterprise, _ in lines}}
        self.lines = sorted(lines)
        self.by_maker: dict[str, list[Line]] = defaultdict(list)
        self.by_product: dict[str, list[Line]] = defaultdict(list)
        for line in self.lines:
            self.by_maker[line[0]].append(line)
            self.by_product[line[1]].append(line)
        self.share = {line: part for p in {p for _, p in lines} for line, part in self._shares(p).items()}
        self.inputs = {(e["from_id"], e["to_id"]): e for e in _flows(facts, lag) if e["from_id"] != e["to_id"]}
        self.equipment = {
            (e["from_id"], e["to_id"]) for e in facts.of("INPUT_OF") if e["from_id"] != e["to_id"]
        } - self.inputs.keys()
        derived = self._derived(most_makers) if source != "recorded" else []
        self.links = self._together(derived, self._recorded(recorded))
        self.links.sort(key=lambda link: (link[1], link[0], link[3]["id"] if link[3] else "", link[4]))

    def _sold(self, sale: Any) -> str | None:
        """What is sold, where that is known and a product of the graph."""
        return sale["product_id"] if sale.get("product_id") in self.facts.nodes else None

    def _shares(self, product: str) -> dict[Line, float]:
        own = self.by_product[product]
        if product == "~":
            return dict.fromkeys(own, 1.0)
        said = {line: self.makes[line]["share"] for line in own if "share" in self.makes.get(line, {})}
        typical = sum(said.values()) / len(said) if said else 1.0
        filled = {line: said.get(line, typical) for line in own}
        if sum(filled.values()) == 0:
            filled = dict.fromkeys(own, 1.0)
        return {line: part / sum(filled.values()) for line, part in filled.items()}

    def _derived(self, most: int) -> list[Link]:
        found: list[Link] = []
        into: dict[str, list[Fact]] = defaultdict(list)
        for (_, q), edge in self.inputs.items():
            into[q].append(edge)
        weights = {product: self._weights(product, most) for pair in self.inputs for product in pair}
        sellers = {product: weights[product] or self._narrower(product, most) for product, _ in self.inputs}
        for (k, q), edge in self.inputs.items():
            said = [e["cost_share"] for e in into[q] if "cost_share" in e]
            value = edge.get("cost_share", sum(said) / len(said) if said else 1 / len(into[q]))
            for seller, a in sellers[k].items():
                for buyer, b in weights[q].items():
                    found.append((seller, buyer, value * a * b, None, k))
        return [link for link in found if link[2] > 0]

    def _weights(self, product: str, most: int) -> dict[Line, float]:
        def order(line: Line) -> tuple[float, float, Line]:
            return (-self.share[line], self.makes.get(line, {}).get("rank", float("inf")), line)

        own = sorted(self.by_product[product], key=order)[:most]
        total = sum(self.share[line] for line in own)
        return {line: self.share[line] / total for line in own}

    def _narrower(self, product: str, most: int) -> dict[Line, float]:
        """The lines by which makers of narrower kinds supply a product, each its nearest kind, the surest of equals; alike."""
        ways: dict[str, tuple[int, float, str]] = {}
        for (maker, made), edge in self.makes.items():
            if made in oracle._narrower(self.facts, product):
                steps = nx.shortest_path_length(self.facts.kinds, made, product)
                way = (steps, -edge.get("confidence", -1.0), made)
                ways[maker] = min(way, ways.get(maker, way))
        nearest = sorted((way[0], maker, way[2]) for maker, way in ways.items())[:most]
        return {(maker, made): 1 / len(nearest) for _, maker, made in nearest}

    def _recorded(self, sales: Sequence[Any]) -> list[Link]:
        known = sorted(e["amount_10k_cny"] for e in sales if "amount_10k_cny" in e)
        middle = len(known) // 2
        typical = 1.0 if not known else (known[middle] + known[-middle - 1]) / 2
        found: list[Link] = []
        for edge in sales:
            of_buyer = edge.get("share", 1) if edge.get("share_of") == "buyer_purchases" else 1
            amount = edge.get("amount_10k_cny", typical * of_buyer)
            sold = self._sold(edge)
            own = self.by_maker[edge["to_id"]]
            buyers_of = {}
            for seller in self.by_maker[edge["from_id"]]:
                if sold in (None, seller[1]):
                    # What only equips the buyer is no flow and goes nowhere.
                    without_need = [] if any((seller[1], q) in self.equipment for _, q in own) else own
                    buyers = [line for line in own if (seller[1], line[1]) in self.inputs] or without_need
                    if buyers:
                        buyers_of[seller] = buyers
            for seller, buyers in buyers_of.items():
                part, used = amount / len(buyers_of) / len(buyers), self._type(seller)
                found += [(seller, buyer, part, edge, used) for buyer in buyers]
        return [link for link in found if link[2] > 0]

    def _together(self, derived: list[Link], recorded: list[Link]) -> list[Link]:
        if not derived or not recorded:
            return derived or recorded

        def slot(link: Link) -> tuple[Line, str]:
            return link[1], link[4]

        totals: dict[Any, float] = {}
        for link in derived:
            totals[slot(link)] = totals.get(slot(link), 0) + link[2]
        mean = sum(totals.values()) / len(totals)
        said: dict[Any, float] = {}
        for link in recorded:
            said[slot(link)] = said.get(slot(link), 0) + link[2]
        found = [link for link in derived if slot(link) not in said]
        for key, by_amount in said.items():
            own, total = [link for link in recorded if slot(link) == key], totals.get(key, mean)
            parts = [self._of_purchases(link[3]) for link in own]
            if None in parts or not sum(parts):
                found += [(*link[:2], link[2] * total / by_amount, *link[3:]) for link in own]
                continue
            sellers = {link[0] for link in own}
            others = [link for link in derived if slot(link) == key and link[0] not in sellers]
            left = max(0.0, round(1 - sum(parts), 9)) if others else 0.0
            whole = sum(link[2] for link in others)
            found += [(*link[:2], total * left * link[2] / whole, *link[3:]) for link in others]
            found += [
                (*link[:2], total * (1 - left) * part / sum(parts), *link[3:])
                for link, part in zip(own, parts, strict=True)
            ]
        return [link for link in found if link[2] > 0]

    def _of_purchases(self, sale: Any) -> Any:
        """What part of the buyer's purchases of a named product a sale is."""
        return sale.get("share") if self._sold(sale) and sale.get("share_of") == "buyer_purchases" else None

    @staticmethod
    def _type(line: Line) -> str:
        return line[1] if line[1] != "~" else f"~{line[0]}"

    def esri(self, psi: dict[Line, float], model: "Model") -> "Loss":
        """What each line loses in the end, by what comes from suppliers and by what comes from buyers."""
        slots: dict[tuple[Line, str], float] = {}
        for _, b, amount, _, used in self.links:
            slots[b, used] = slots.get((b, used), 0) + amount
        found = Loss(psi, dict(psi), dict(psi), {}, {})
        parts = self._parts(slots, model)
        for _ in range(1_000):
            found.passed_down, found.passed_up = self._passed(found, parts, model)
            down, up = self._step(found, model)
            fall = max(max(down[n] - found.down[n], up[n] - found.up[n]) for n in self.lines)
            found.down, found.up = down, up
            if fall <= model.epsilon:
                break
        found.passed_down, found.passed_up = self._passed(found, parts, model)
        return found

    def _passed(self, found: "Loss", parts: Parts, model: "Model") -> Parts:
        """What each link passes to its buyer and to its supplier."""
        sigma = self._sigma(found.down) if model.is_replaceable else dict.fromkeys(self.lines, 1.0)
        down, up = {}, {}
        for number, (a, b, *_) in enumerate(self.links):
            down[number] = sigma[a] * parts[0][number] * found.down[a]
            up[number] = parts[1][number] * found.up[b]
        return down, up

    def _parts(self, slots: dict[tuple[Line, str], float], model: "Model") -> Parts:
        """What part of a loss each link passes to its buyer, if nobody fills in, and to its supplier."""
        bought = self.bought
        down, up = {}, {}
        for number, (a, b, amount, _, used) in enumerate(self.links):
            cost = 1 - self.facts.nodes[b[0]].get("outside_cost_share", model.outside_cost_share)
            revenue = 1 - self.facts.nodes[a[0]].get("outside_revenue_share", model.outside_revenue_share)
            part = {0: 0.0, 1: amount / bought[b], 2: amount / slots[b, used]}[self._class(used, b, model)]
            down[number] = part * cost
            up[number] = amount / self.sold[a] * revenue
        return down, up

    def _class(self, used: str, b: Line, model: "Model") -> int:
        return int(self.inputs.get((used, b[1]), {}).get("input_class", model.unknown_class))

    def slots(self, model: "Model") -> list[tuple[Line, str]]:
        """For each link its buyer, with the product where that is essential."""
        if model.unknown_class not in self._slots:
            self._slots[model.unknown_class] = [
                (b, used if self._class(used, b, model) == 2 else "") for _, b, _, _, used in self.links
            ]
        return self._slots[model.unknown_class]

    @cached_property
    def _slots(self) -> dict[int, list[tuple[Line, str]]]:
        return {}

    def slot_losses(self, found: "Loss", model: "Model") -> dict[tuple[Line, str], float]:
        """What each buyer loses of each essential product, and of all others together."""
        lost: dict[tuple[Line, str], float] = {}
        for number, key in enumerate(self.slots(model)):
            lost[key] = lost.get(key, 0) + found.passed_down[number]
        return lost

    def _step(self, found: "Loss", model: "Model") -> tuple[dict[Line, float], dict[Line, float]]:
        down, up = dict(found.psi), dict.fromkeys(self.lines, 0.0)
        for (line, _), loss in self.slot_losses(found, model).items():
            down[line] = max(down[line], loss)
        for number, (a, *_) in enumerate(self.links):
            up[a] += found.passed_up[number]
        return (
            {n: min(1.0, max(loss, found.down[n])) for n, loss in down.items()},
            {n: min(1.0, max(loss, found.up[n], found.psi[n])) for n, loss in up.items()},
        )

    @cached_property
    def sold(self) -> dict[Line, float]:
        """What each line sells in the network."""
        return self._totals(0)

    @cached_property
    def bought(self) -> dict[Line, float]:
        """What each line buys in the network."""
        return self._totals(1)

    def _totals(self, end: int) -> dict[Line, float]:
        total = dict.fromkeys(self.lines, 0.0)
        for seller, buyer, amount, *_ in self.links:
            total[(seller, buyer)[end]] += amount
        return total

    def _sigma(self, down: dict[Line, float]) -> dict[Line, float]:
        whole, left = dict[str, float](), dict[str, float]()
        for line in self.lines:
            made = self._type(line)
            whole[made] = whole.get(made, 0) + self.sold[line]
            left[made] = left.get(made, 0) + self.sold[line] * (1 - down[line])
        return {
            line: min(1.0, self.sold[line] / left[self._type(line)])
            if left[self._type(line)] > 1e-10 * whole[self._type(line)] else 1.0
            for line in self.lines
        }  # fmt: skip


@dataclass
class Loss:
    """What each line loses, and what each link passes on in the end."""

    psi: dict[Line, float]
    down: dict[Line, float]
    up: dict[Line, float]
    passed_down: dict[int, float]
    passed_up: dict[int, float]


@dataclass(frozen=True)
class Model:
    """The assumptions of a cascade."""

    unknown_class: int
    outside_cost_share: float
    outside_revenue_share: float
    is_replaceable: bool
    epsilon: float


def cascade(
    facts: Facts,
    shocks: Sequence[str] = (),
    share: float = 1.0,
    links: str = "both",
    unknown_class: int = 1,
    outside_cost_share: float = 0.5,
    outside_revenue_share: float = 0.5,
    replaceable: bool = True,
    weights: str = "sales",
    epsilon: float = 1e-3,
    most_makers: int = 30,
    equipment_lag_days: float | None = None,
    places: Sequence[str] = (),
    min_confidence: float = 0.0,
    limit: int = 50,
) -> list[Row]:
    """Each enterprise with what it loses after the shocks (ids), or with what is lost when it fails alone; beside it the same
    by recorded links alone.
    """
    given = (shocks, share, most_makers, unknown_class, outside_cost_share, outside_revenue_share, replaceable, weights,
             epsilon, equipment_lag_days, places, min_confidence)  # fmt: skip
    rows = _cascaded(facts, links, *given)
    alone = _cascaded(facts, "recorded", *given) if links != "derived" else []
    by_records = {r["enterprise_id"]: r["impact"] for r in alone}
    is_known = links != "derived" and bool(
        Network(facts, "recorded", least=min_confidence, lag=equipment_lag_days).links
    )
    for row in rows:
        carried = round(by_records.get(row["enterprise_id"], 0.0), 12)
        row["impact_recorded"] = carried if is_known and carried else None
    return rows[:limit]


def _cascaded(
    facts: Facts, links: str, shocks: Sequence[str], share: float, most_makers: int, unknown_class: int,
    outside_cost_share: float, outside_revenue_share: float, replaceable: bool, weights: str, epsilon: float,
    lag: float | None, places: Sequence[str], min_confidence: float,
) -> list[Row]:  # fmt: skip
    net = Network(facts, links, most_makers, min_confidence, lag)
    model = Model(unknown_class, outside_cost_share, outside_revenue_share, replaceable, epsilon)
    psi = {line: share * max((_stops(facts, line, s) for s in shocks), default=0.0) for line in net.lines}
    if not net.links or (shocks and not any(psi.values())):
        return []
    weight = net.sold if weights == "sales" else net.share
    whole = sum(weight.values())
    weight = {line: weight[line] / whole for line in net.lines}
    asked = oracle._asked_places(facts, places)
    firms = sorted({e for e, _ in net.lines})
    rows = []
    after = net.esri(psi, model)
    lost = _most_lost(net, after)
    slots, tiers = net.slot_losses(after, model), _steps(net, after)
    for firm in firms:
        own = [line for line in net.lines if line[0] == firm]
        found, over = after, own
        if not shocks:
            found, over = net.esri({line: float(line[0] == firm) for line in net.lines}, model), net.lines
            lost = _most_lost(net, found)
        total = sum(weight[n] for n in own)
        impact, down, up = (sum(weight[n] * of[n] for n in over) for of in (lost, found.down, found.up))
        loss = sum(weight[n] * lost[n] for n in own) / total if total else sum(lost[n] for n in own) / len(own)
        if shocks and not loss:
            continue
        carrier = _carrier(net, found, slots, own, lost, weight, model) if shocks else _CARRIED_BY_NONE
        rows.append({
            "enterprise_id": firm,
            "name_zh": facts.name(firm),
            "is_local": None if oracle._may_be_inside(facts, firm, asked) else oracle._is_inside(facts, firm, asked),
            **oracle.places_of(facts, firm, asked),
            "products": [facts.name(line[1]) for line in own[:20] if line[1] != "~"],
            "lines": len(own),
            "tier": min(tiers[n] for n in own if n in tiers) if shocks else None,
            "output_share": total,
            "capacity_lost": max(psi[n] for n in own) if shocks else 1.0,
            "loss": loss if shocks else None,
            "impact": impact,
            "impact_downstream": down,
            "impact_upstream": up,
            **carrier,
            "evidence_ids": {firm, *(net.makes[n]["id"] for n in own[:20] if n in net.makes), *carrier["evidence_ids"]},
        })  # fmt: skip
    return sorted(rows, key=lambda r: (
        bool(shocks) and r["capacity_lost"] > 0, -round(r["impact"], 9), -round(r["loss"] or 0, 9), r["enterprise_id"],
    ))  # fmt: skip


def _most_lost(net: Network, found: Loss) -> dict[Line, float]:
    return {n: max(found.down[n], found.up[n]) for n in net.lines}


def _steps(net: Network, found: Loss) -> dict[Line, int]:
    """The fewest links over which a loss came to each line from what stopped, on the way down or on the way up."""
    steps: dict[Line, int] = {}
    starts = {line for line, psi in found.psi.items() if psi}
    sales = [(a, b) for a, b, *_ in net.links]
    for lost, passed, pairs in (
        (found.down, found.passed_down, sales), (found.up, found.passed_up, [(b, a) for a, b in sales]),
    ):  # fmt: skip
        way: nx.DiGraph[Line] = nx.DiGraph([(a, b) for n, (a, b) in enumerate(pairs) if passed[n] and lost[b]])
        way.add_nodes_from(starts)
        for start in starts:
            for line, far in nx.single_source_shortest_path_length(way, start).items():
                steps[line] = min(int(far), steps.get(line, int(far)))
    return steps


def scenarios(
    facts: Facts, shocks: Sequence[str], share: float = 1.0, or_shocks: Sequence[str] = (), or_share: float = 1.0,
    chain: str = "",
) -> list[Row]:  # fmt: skip
    """What is lost in each chain, city and tier; of two scenarios in each chain and city, the largest difference first."""
    first, other = _parts(facts, shocks, share), _parts(facts, or_shocks, or_share)
    blank = {"loss": 0.0, "beyond": 0.0, "stops": 0}
    rows = []
    for part_id in first.keys() | other.keys() if or_shocks else first:
        one, beside = first.get(part_id, blank), other.get(part_id, blank)
        shown = beside if part_id not in first or beside["loss"] > one["loss"] else one
        said: Row = {
            **shown,
            **{name: one[name] for name in blank},
            "or_loss": None,
            "difference": None,
            "or_beyond": None,
            "or_stops": None,
        }
        if or_shocks:
            said |= {f"or_{name}": beside[name] for name in blank} | {"difference": beside["loss"] - one["loss"]}
        if not or_shocks or shown["sort"] != "tier":
            rows.append(said)
    if or_shocks:
        return sorted(rows, key=lambda row: (-abs(round(row["difference"], 9)), row["part_id"]))
    sorts = ["chain", "city", "tier"]
    tier = {row["part_id"]: int(row["part_id"][5:]) for row in rows if row["sort"] == "tier"}
    return sorted(rows, key=lambda row: (
        sorts.index(row["sort"]), tier.get(row["part_id"], -round(row["loss"], 9)), row["part_id"],
    ))  # fmt: skip


def _parts(facts: Facts, shocks: Sequence[str], share: float) -> dict[str, Row]:
    net, model = Network(facts, "both", 30), Model(1, 0.5, 0.5, True, 1e-12)
    psi = {line: share * max((_stops(facts, line, s) for s in shocks), default=0.0) for line in net.lines}
    if not net.links or not any(psi.values()):
        return {}
    found, asked, whole = net.esri(psi, model), oracle._asked_places(facts, []), sum(net.sold.values())
    tiers, lines = _steps(net, found), dict[tuple[str, str], list[Line]]()
    lost = {line: max(found.down[line], found.up[line]) for line in net.lines}
    for line in (line for line in net.lines if lost[line]):
        chains = {e["to_id"] for e in facts.of("PART_OF", line[1])} if line[1] != "~" else set()
        city = min(oracle._cities(facts, line[0], asked), default="")
        for key in (*(("chain", c) for c in chains or {""}), ("city", city), ("tier", str(tiers[line]))):
            lines.setdefault(key, []).append(line)
    rows = {}
    for (sort, id_), own in lines.items():
        others = [line for line in own if not psi[line]]
        firms: dict[str, float] = {}
        for line in others or own:
            firms[line[0]] = firms.get(line[0], 0.0) + net.sold[line] / whole * lost[line]
        who = sorted(firms, key=lambda firm: (-round(firms[firm], 9), firm))[:5]
        nobody = {
            "chain": "不属于任何产业链",
            "city": "区外或地点未定",
            "tier": f"第 {id_} 级" + "（停产者）" * (id_ == "0"),
        }
        is_node = sort != "tier" and bool(id_)
        part_id = id_ if is_node else f"tier-{id_}" if sort == "tier" else f"no-{sort}"
        rows[part_id] = {
            "part_id": part_id, "sort": sort,
            "part_name": facts.name(id_) if is_node else nobody[sort],
            "loss": sum(net.sold[line] / whole * lost[line] for line in own),
            "beyond": sum(net.sold[line] / whole * lost[line] for line in others),
            "stops": len({line[0] for line in own if round(lost[line], 9) >= 0.1}),
            "who": [facts.name(firm) for firm in who], "evidence_ids": {*([id_] if is_node else []), *who},
        }  # fmt: skip
    return rows


def _tiers(graph: "nx.DiGraph[str]") -> dict[str, int]:
    """The most steps from a product without inputs. Of a cycle only links away from where it is entered count."""
    groups = [set(group) for group in nx.strongly_connected_components(graph)]
    group_of = {p: n for n, group in enumerate(groups) for p in group}
    fed = {group_of[b] for a, b in graph.edges if group_of[a] != group_of[b]}
    starts = {min(group) for n, group in enumerate(groups) if n not in fed}
    steps = nx.multi_source_dijkstra_path_length(graph, starts) if starts else {}
    kept: nx.DiGraph[str] = nx.DiGraph()
    kept.add_nodes_from(graph)
    kept.add_edges_from((a, b) for a, b in graph.edges if group_of[a] != group_of[b] or steps[a] < steps[b])
    tier: dict[str, int] = {}
    for product in nx.topological_sort(kept):
        tier[product] = max((tier[p] + 1 for p in kept.pred[product]), default=0)
    return tier


def _stops(facts: Facts, line: Line, shock: str) -> float:
    """What part of a line stops with a thing."""
    firm, product = line
    kind = shock.partition(":")[0]
    if kind == "plant":
        own = {e["to_id"] for e in facts.of("OPERATES", firm)}
        sites = own & {e["from_id"] for e in facts.at_plants(product=product)}
        return 1 / len(sites) if shock in sites else 0.0
    if kind == "product":
        return product == shock or (
            product != "~" and product in facts.kinds and nx.has_path(facts.kinds, product, shock)
        )
    if kind == "technology":
        return bool(product != "~" and facts.of("NEEDS", product, shock))
    if kind == "place":
        return bool(oracle._cities(facts, firm, oracle._asked_places(facts, [shock])))
    if kind == "center":
        return any(e["resident_status"] == "resident" for e in facts.of("RESIDENT_OF", firm, shock))
    return firm == shock


_CARRIED_BY_NONE: Row = {
    "carried_by": None, "carrier_id": None, "carrier_name": None, "carrier_product": None,
    "carrier_used_as": None, "evidence_ids": set(),
}  # fmt: skip


def _carrier(
    net: Network, found: Loss, slots: dict[tuple[Line, str], float], own: list[Line], lost: dict[Line, float],
    weight: dict[Line, float], model: Model,
) -> Row:  # fmt: skip
    """The link that passed most to the worst line, within the slot that lost most."""
    worst = min(own, key=lambda n: (-round(weight[n] * lost[n], 9), -round(lost[n], 9), n))
    if lost[worst] <= found.psi[worst]:
        return _CARRIED_BY_NONE
    is_buyers = found.up[worst] > found.down[worst]

    def order(number: int) -> Any:
        if is_buyers:
            return -round(found.passed_up[number], 9), number
        return -round(slots[net.slots(model)[number]], 9), -round(found.passed_down[number], 9), number

    mine = [n for n, link in enumerate(net.links) if link[0 if is_buyers else 1] == worst]
    a, b, _, edge, used = net.links[min(mine, key=order)]
    other = b if is_buyers else a
    said = {net.makes[other]["id"]} if other in net.makes else set()
    evidence = {edge["id"]} if edge else {net.inputs[used, b[1]]["id"], *said}
    is_narrower = used != net._type(a)
    if is_narrower:
        evidence |= {*oracle.narrower_path(net.facts, a[1], used)}
    return {
        "carried_by": "buyer" if is_buyers else "supplier", "carrier_id": other[0],
        "carrier_name": net.facts.name(other[0]), "carrier_product": None if a[1] == "~" else net.facts.name(a[1]),
        "carrier_used_as": net.facts.name(used) if is_narrower else None, "evidence_ids": evidence,
    }  # fmt: skip


# --- survival --------------------------------------------------------------------------------------------------------


def survival(
    facts: Facts,
    scope: str,
    fails: str = "product",
    tiers: int = 3,
    recovery_days: float = 90,
    stock_days: float = 30,
    end_stock_days: float = 15,
    spare: float = 0.2,
    unknown_is_needed: bool = True,
    equipment_lag_days: float | None = None,
    places: Sequence[str] = (),
    min_confidence: float = 0.0,
    limit: int = 50,
) -> list[Row]:
    """What stops, how long final products last, and what is lost; `scope` is an id."""
    graph, finals = _needed(facts, scope, tiers, unknown_is_needed, equipment_lag_days)
    asked = oracle._asked_places(facts, places)
    spots = {p: _spots(facts, p, asked, min_confidence) for p in sorted(graph)}
    steps = nx.multi_source_dijkstra_path_length(graph.reverse(), finals) if finals else {}
    nearest = sorted(graph, key=lambda p: (steps[p], p))
    cases: list[tuple[str, str, dict[str, float], int, str | None]] = []
    if fails == "product":
        cases = [(p, facts.name(p), {p: 1.0}, sum(n for _, n in spots[p].values()), None) for p in nearest]
    elif fails == "city":
        for city in sorted({c for of in spots.values() for c in of if c.startswith("place:")}):
            lost = {p: of[city] for p, of in spots.items() if city in of}
            cases.append(
                (city, facts.name(city), {p: s for p, (s, _) in lost.items()}, sum(n for _, n in lost.values()), city)
            )
    else:
        order = [
            (p, c)
            for p in nearest
            for c in sorted(spots[p], key=lambda c: (c.startswith("place:"), c))
            if c != "nobody"
        ]
        for p, c in order:
            place = c if c.startswith("place:") else None
            cases.append((f"{p}@{c}", facts.name(p), {p: spots[p][c][0]}, spots[p][c][1], place))
    rows = []
    for id_, name, stopped, makers, place in cases:
        known = {p: facts.nodes[p].get("recovery_days", recovery_days) for p in stopped}
        longest = max(known.values())
        days = _most_days(graph, finals, stopped, stock_days, end_stock_days, spare)
        loss = _least_loss(graph, finals, stopped, stock_days, end_stock_days, spare, longest)
        gap = 0.0 if days is None else max(0.0, longest - days)
        rows.append({
            "id": id_, "name_zh": name, "product_ids": sorted(stopped)[:20], "place_id": place, "makers": makers,
            "where": facts.name(place) if place else "区外或地点未定" if fails == "node" else "各地",
            "recovery_days": longest,
            "is_recovery_assumed": not any("recovery_days" in facts.nodes[p] for p in stopped if known[p] == longest),
            "survival_days": days, "is_lasting": days is None, "gap_days": gap, "lost_product_days": loss,
            # Of equally good plans any may be found, and so any product that runs out first or loses most.
            "binding_id": ANY, "binding_name": ANY, "lost_products": ANY, "evidence_ids": ANY,
        })  # fmt: skip
    largest = max([r["lost_product_days"] for r in rows], default=0) or 1
    rows = [r | {"exposure": r["lost_product_days"] / largest} for r in rows]

    def order_of(row: Row) -> Any:
        days = math.inf if row["survival_days"] is None else round(row["survival_days"], 6)
        is_known = bool(row["makers"]) and not row["is_recovery_assumed"]
        return not is_known, -round(row["lost_product_days"], 6), -round(row["gap_days"], 6), days

    return sorted(rows, key=order_of)[:limit]


def _needed(
    facts: Facts, scope: str, most: int, unknown_is_needed: bool, lag: float | None
) -> "tuple[nx.DiGraph[str], list[str]]":
    """The products of the scope and what they cannot do without, without cycles, and the final ones; `lag` is how long."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    for edge in facts.of("INPUT_OF"):
        class_ = edge.get("input_class", 2 if unknown_is_needed else None)
        days = lag if edge.get("input_kind") == "equipment" else 0
        if class_ == 2 and days is not None and edge["from_id"] not in (edge["to_id"], scope):
            graph.add_edge(edge["from_id"], edge["to_id"], lag=days)
    if scope.startswith("chain:"):
        graph = nx.DiGraph(graph.subgraph(oracle._chain_products(facts, scope)))
        graph.add_nodes_from(oracle._chain_products(facts, scope))
    else:
        graph.add_node(scope)
        graph = nx.DiGraph(graph.subgraph(nx.single_target_shortest_path_length(graph, scope, cutoff=most)))
    depth = _tiers(graph)
    graph.remove_edges_from([(a, b) for a, b in graph.edges if depth[a] >= depth[b]])
    finals = [scope] if scope in graph else [p for p in graph if not graph.out_degree(p)]
    equips = {
        e["from_id"] for e in facts.of("INPUT_OF") if e["to_id"] in graph and e["to_id"] != e["from_id"]
        and e.get("input_kind") == "equipment" and e.get("input_class", 2 if unknown_is_needed else None) == 2
    }  # fmt: skip
    if scope not in graph and lag is None:
        finals = [p for p in finals if p not in equips] or finals
    kept = set(finals).union(*(nx.ancestors(graph, p) for p in finals))
    return nx.DiGraph(graph.subgraph(kept)), sorted(finals)


def _spots(facts: Facts, product: str, asked: frozenset[str], least: float) -> dict[str, tuple[float, int]]:
    """For each city where a product is made the part of it and how many makers."""
    makers = oracle.best_sites(facts, product, asked, least)
    if not makers:
        return {"nobody": (1.0, 0)}
    known = {m: site.share for m, site in makers.items()}
    said = [s for s in known.values() if s is not None]
    filled = {m: (sum(said) / len(said) if said else 1.0) if s is None else s for m, s in known.items()}
    if not sum(filled.values()):
        filled = dict.fromkeys(filled, 1.0)
    found: dict[str, tuple[float, int]] = {}
    for maker, share in filled.items():
        city = min(oracle._cities(facts, makers[maker].site, asked), default="elsewhere")
        part, count = found.get(city, (0.0, 0))
        found[city] = (part + share / sum(filled.values()), count + 1)
    return found


def _plans(
    graph: "nx.DiGraph[str]",
    finals: Sequence[str],
    stopped: dict[str, float],
    stock: float,
    end_stock: float,
    spare: float,
) -> tuple[list[str], Any]:
    """Constraints as rows over u of each product, y of each input, t, and l of each final product: Σ c x ≤ limit."""
    names = [f"u {p}" for p in graph] + [f"y {a} {b}" for a, b in graph.edges] + ["t"] + [f"l {p}" for p in finals]
    rows: list[tuple[dict[str, float], float]] = []
    for p in graph:
        uses = graph.out_degree(p) + (p in finals)
        for q in graph.succ[p]:
            rows.append(({f"u {q}": 1, f"y {p} {q}": -uses}, graph.edges[p, q]["lag"]))
        balance = {f"y {p} {q}": 1.0 for q in graph.succ[p]} | {f"u {p}": -1}
        if p in finals:
            balance |= {"t": 1, f"l {p}": -1}
            rows.append(({f"l {p}": 1, "t": -1}, 0))
        rows.append((balance, end_stock if p in finals else stock))
        rows.append(({f"u {p}": 1, "t": -(1 - stopped.get(p, 0)) * (1 + spare)}, 0))
    return names, rows


def _optimum(names: list[str], rows: Any, aim: dict[str, float], fixed: dict[str, float]) -> float | None:
    """The least Σ aim x over x ≥ 0, `None` where it has no bound."""
    at = {name: k for k, name in enumerate(names)}
    matrix = [[0.0] * len(names) for _ in rows]
    for k, (row, _) in enumerate(rows):
        for name, value in row.items():
            matrix[k][at[name]] = value
    bounds = [(fixed.get(n, 0), fixed.get(n)) for n in names]
    found = linprog(
        [aim.get(n, 0) for n in names], matrix, [limit for _, limit in rows], bounds=bounds, method="highs-ds"
    )
    return None if found.status == 3 else float(found.fun)


def _most_days(
    graph: "nx.DiGraph[str]", finals: Sequence[str], stopped: dict[str, float], *numbers: float
) -> float | None:
    names, rows = _plans(graph, finals, stopped, *numbers)
    # So long a time stands for ever: no stock lasts it.
    rows.append(({"t": 1}, 1e6))
    found = _optimum(names, rows, {"t": -1}, {f"l {p}": 0 for p in finals})
    assert found is not None
    return None if -found > 9e5 else -found


def _least_loss(
    graph: "nx.DiGraph[str]", finals: Sequence[str], stopped: dict[str, float], stock: float, end_stock: float,
    spare: float, days: float,
) -> float:  # fmt: skip
    names, rows = _plans(graph, finals, stopped, stock, end_stock, spare)
    return _optimum(names, rows, {f"l {p}": 1 for p in finals}, {"t": days}) or 0.0


# --- cuts ------------------------------------------------------------------------------------------------------------

ROLES = ("sole_maker", "least_cut", "on_every_way", "articulation", "bridge")


def cuts(
    facts: Facts,
    product: str,
    tiers: int = 4,
    unknown_is_needed: bool = True,
    equipment_lag_days: float | None = None,
    places: Sequence[str] = (),
    min_confidence: float = 0.0,
    limit: int = 50,
) -> list[Row]:
    """Firms and products that the chain of a product (an id) hangs on."""
    asked = oracle._asked_places(facts, places)
    needs: nx.DiGraph[str] = nx.DiGraph()
    needs.add_node(product)
    for edge in _flows(facts, equipment_lag_days):
        if edge.get("input_class", 2 if unknown_is_needed else None) == 2 and edge["from_id"] != edge["to_id"]:
            needs.add_edge(edge["from_id"], edge["to_id"])
    tier = dict(nx.single_target_shortest_path_length(needs, product, cutoff=tiers))
    needs = nx.DiGraph(needs.subgraph(tier))
    everyone = {p: oracle.best_sites(facts, p, asked, min_confidence) for p in needs}
    made = {p: sorted(m for m, at in everyone[p].items() if oracle._is_inside(facts, at.site, asked)) for p in needs}
    elsewhere = {p: len(everyone[p]) - len(made[p]) for p in needs}
    net: nx.DiGraph[str] = nx.DiGraph()
    net.add_nodes_from(needs)
    net.add_edges_from((m, p) for p in needs for m in made[p])
    net.add_edges_from((k, to) for k, p in needs.edges for to in made[p] or [p])
    stops = {p: {p} | nx.descendants(needs, p) for p in needs}
    sole: dict[str, list[str]] = {}
    for p in sorted(needs, key=lambda p: (tier[p], p)):
        if len(made[p]) == 1:
            sole.setdefault(made[p][0], []).append(p)
    firms = {m for of in made.values() for m in of}
    stops |= {f: set().union(*(stops[p] for p in sole.get(f, []))) for f in firms}
    roles = _roles_in(net, needs, made, product)
    roles["sole_maker"] = set(sole)
    between = nx.betweenness_centrality(net, normalized=True)
    pairs = [set(pair) for pair in nx.bridges(nx.Graph(net))]
    rows: list[Row] = []
    for node in net:
        own = [role for role in ROLES if node in roles[role]]
        if node == product or not own:
            continue
        is_firm = node in firms
        alone = sole.get(node, []) if is_firm else [node] if len(made[node]) == 1 else []
        cited = {i for p in alone for i in everyone[p][made[p][0]].edges}
        makes = [p for p in sorted(needs, key=lambda p: (tier[p], p)) if node in made[p]] if is_firm else [node]
        joined = [p for p in makes if _is_one_group(facts, made[p])]
        cited |= {i for p in joined for i in _holdings(facts, made[p])}
        rows.append({
            "id": node, "name_zh": facts.name(node), "kind": "enterprise" if is_firm else "product", "roles": own,
            "sole_products": [facts.name(p) for p in alone] if is_firm else [facts.name(made[p][0]) for p in alone],
            "severs": len(stops[node]), "severs_target": product in stops[node],
            "severed": [facts.name(p) for p in sorted(stops[node], key=lambda p: (tier[p], p))[:20]],
            "makers_elsewhere": min(elsewhere[p] for p in alone or makes),
            "severs_own_supply_only": all(elsewhere[p] for p in alone) if alone else None,
            "group_products": [facts.name(p) for p in joined] if is_firm else [
                facts.name(m) for p in joined for m in made[p]
            ],
            "bridges_to": ANY if sum(node in pair for pair in pairs) > 1 else [
                facts.name(other) for pair in pairs if node in pair for other in pair - {node}
            ],
            "betweenness": float(between[node]), "evidence_ids": {node, *cited},
        })  # fmt: skip
    rows.sort(key=lambda r: (
        not r["severs_target"], r["kind"] == "product", -r["severs"], -round(r["betweenness"], 9), r["id"]
    ))  # fmt: skip
    return rows[:limit]


def _flows(facts: Facts, lag: float | None) -> list[Any]:
    """Inputs, equipment only where a lag says when it is felt."""
    return [e for e in facts.of("INPUT_OF") if lag is not None or e.get("input_kind") != "equipment"]


def _ownership(facts: Facts, firms: Sequence[str]) -> "nx.DiGraph[str]":
    """Who owns whom, of some firms and all their owners."""
    owns: nx.DiGraph[str] = nx.DiGraph()
    owns.add_edges_from(
        (e["from_id"], e["to_id"], {"id": e["id"]}) for e in facts.of("OWNS") if e["from_id"] != e["to_id"]
    )
    owns.add_nodes_from(firms)
    return nx.DiGraph(owns.subgraph({*firms, *(o for f in firms for o in nx.ancestors(owns, f))}))


def _is_one_group(facts: Facts, firms: Sequence[str]) -> bool:
    """Whether there are several and owners join them all."""
    return len(firms) > 1 and nx.node_connected_component(_ownership(facts, firms).to_undirected(), firms[0]) >= {
        *firms
    }


def _holdings(facts: Facts, firms: Sequence[str]) -> set[str]:
    return {data["id"] for _, _, data in _ownership(facts, firms).edges(data=True)}


def _roles_in(
    net: "nx.DiGraph[str]", needs: "nx.DiGraph[str]", made: dict[str, list[str]], target: str
) -> dict[str, set[str]]:
    """Which nodes have which role, by taking them away one by one."""
    above = {p: {k for k in nx.ancestors(needs, p) if p not in nx.ancestors(needs, k)} for p in needs}
    sources = {m for p in needs for m in made[p] if not any(made[k] for k in above[p])}
    reached = [s for s in sources if nx.has_path(net, s, target)]
    every = set()
    for node in set(net) - {target}:
        left = net.subgraph(set(net) - {node})
        if reached and not any(s in left and nx.has_path(left, s, target) for s in sources):
            every.add(node)
    cut = set().union(*(_least_cut(net, set(needs), sources, p) for p in {target, *needs.pred[target]}))
    whole = nx.Graph(net)
    return {
        "least_cut": cut,
        "on_every_way": every,
        "articulation": set(nx.articulation_points(whole)),
        "bridge": {end for pair in nx.bridges(whole) for end in pair},
    }


def _least_cut(net: "nx.DiGraph[str]", lasting: set[str], sources: set[str], target: str) -> set[str]:
    """As few firms as part the sources from the target, nearest to the sources."""
    split: nx.DiGraph[Any] = nx.DiGraph()
    for node in net:
        split.add_edge((node, "in"), (node, "out"), **({} if node in lasting else {"capacity": 1}))
    for a, b in net.edges:
        split.add_edge((a, "out"), (b, "in"))
    for source in sources:
        split.add_edge("start", (source, "in"))
    if not sources:
        return set()
    # `nx.minimum_cut` gives the cut nearest to the target.
    residual = edmonds_karp(split, "start", (target, "out"))
    full = [(a, b) for a, b, d in residual.edges(data=True) if d["flow"] >= d["capacity"]]
    residual.remove_edges_from(full)
    near = {"start"} | nx.descendants(residual, "start")
    return {node for node in net if (node, "in") in near and (node, "out") not in near}


# --- routes ----------------------------------------------------------------------------------------------------------

_THROUGH = ("product", "enterprise", "plant", "technology", "institute", "center", "project", "result")
_SHARES = {
    "OPERATES": "share",
    "INPUT_OF": "cost_share",
    "MAKES": "share",
    "SUPPLIES": "share",
    "OWNS": "share",
    "AGREED_SPLIT": "share",
    "PROVIDES": "share",
}


def _between_ends(graph: "nx.DiGraph[str]", first: str, last: str, most_steps: int) -> "nx.DiGraph[str]":
    """The part of a graph that a way of so few steps may pass: near enough to both ends."""
    ahead = nx.single_source_shortest_path_length(graph, first, cutoff=most_steps)
    back = nx.single_source_shortest_path_length(graph.reverse(copy=False), last, cutoff=most_steps)
    near = {one for one, steps in ahead.items() if one in back and steps + back[one] <= most_steps}
    return nx.DiGraph(graph.subgraph(near | {first, last}))


def routes(
    facts: Facts,
    start: Sequence[str],
    target: Sequence[str],
    most: int = 3,
    most_steps: int = 6,
    cost: str = "steps",
    along: bool = False,
    unknown_confidence: float = 0.5,
    unknown_share: float = 0.1,
) -> list[Row]:
    """The best ways of all there are, by cost, steps, start and edge ids; starts and targets are ids."""
    open_nodes = {i for i in facts.nodes if i.partition(":")[0] in _THROUGH}
    best: dict[tuple[str, str], tuple[float, str]] = {}
    for edge in facts.edges:
        value = {
            "steps": 1.0, "confidence": edge.get("confidence", unknown_confidence),
            "share": edge.get(_SHARES[edge["type"]], unknown_share) if edge["type"] in _SHARES else 1.0,
        }[cost]  # fmt: skip
        if value > 0 and edge["from_id"] != edge["to_id"]:
            price = {"steps": 1.0, "confidence": abs(math.log(value)), "share": 1 / value}[cost]
            ends = (edge["from_id"], edge["to_id"])
            for pair in [ends] if along else [ends, ends[::-1]]:
                best[pair] = min(best.get(pair, (math.inf, "")), (price, edge["id"]))
    found = []
    for first in set(start):
        for last in set(target):
            graph: nx.DiGraph[str] = nx.DiGraph()
            graph.add_nodes_from((first, last))
            near = open_nodes | {first, last}
            graph.add_edges_from(pair for pair in best if near.issuperset(pair))
            between = _between_ends(graph, first, last, most_steps)
            ways = [[first]] if first == last else nx.all_simple_paths(between, first, last, cutoff=most_steps)
            found += [(first, way, [best[pair] for pair in pairwise(way)]) for way in ways]
    found.sort(key=lambda f: (round(sum(p for p, _ in f[2]), 9), len(f[2]), f[0], [i for _, i in f[2]]))
    rows = []
    for number, (_, way, edges) in enumerate(found[:most], 1):
        for step, ((here, there), (price, edge_id)) in enumerate(zip(pairwise(way), edges, strict=True), 1):
            edge_type, from_id, to_id = edge_id.split("|")[:3]
            rows.append({
                "route": number, "step": step, "from_id": here, "from_name": facts.name(here), "relation": edge_type,
                "to_id": there, "to_name": facts.name(there),
                "relation_text": f"{facts.name(from_id)} {EDGE_TYPE[edge_type].zh} {facts.name(to_id)}",
                "relations": {
                    f"{facts.name(e['from_id'])} {EDGE_TYPE[e['type']].zh} {facts.name(e['to_id'])}"
                    for e in _between(facts, here, there)
                },
                "cost": price, "route_cost": float(sum(p for p, _ in edges)),
                "evidence_ids": {here, *(e["id"] for e in _between(facts, here, there)), there},
            })  # fmt: skip
    return rows


def _between(facts: Facts, one: str, other: str) -> list[Any]:
    return [e for e in facts.edges if {e["from_id"], e["to_id"]} == {one, other}]
