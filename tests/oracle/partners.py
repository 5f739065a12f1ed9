"""Partners by loops: every way from anyone to the subject, and the parts of the score from their definitions."""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx

from graph.texts import Language, share_text
from queries.amounts import money
from tests.oracle import (
    Fact,
    Facts,
    Row,
    _above,
    _asked_places,
    _city,
    _confidence,
    _country,
    _group,
    _is_inside,
    _located,
    _makers,
    _way,
    narrower_path,
    places_of,
)  # fmt: skip

ROLES = ("supplier", "fills_missing", "buyer", "maker", "research", "co_investor", "holding")
_WORDS = {
    "MAKES": "生产",
    "OPERATES": "运营",
    "KIND_OF": "是一种",
    "INPUT_OF": "投入",
    "NEEDS": "需要技术",
    "MASTERS": "掌握",
    "RESEARCHES": "研究",
    "SUPPLIES": "供应",
    "OWNS": "持股",
    "COOPERATES_WITH": "合作",
    "PART_OF": "属于",
    "RESIDENT_OF": "入驻",
}
Steps = tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class _Way:
    """A way from a partner to the subject: edge ids, whether each is walked along, what the partner offers, over which kind."""

    role: str
    edges: Steps
    offers: str = ""
    broader: str = ""
    deal: Fact | None = None


def partners(
    facts: Facts,
    subject: str,
    places: Sequence[str] = (),
    roles: Sequence[str] = (),
    limit: int = 50,
    weight_complement: float = 0.3,
    weight_alternative: float = 0.2,
    weight_relatedness: float = 0.2,
    weight_place: float = 0.15,
    weight_technology: float = 0.15,
    min_confidence: float = 0.0,
) -> list[Row]:
    """Whom the subject (an id) could work with, with every way that says so and the parts of the score."""
    asked = _asked_places(facts, places)
    by_partner: dict[tuple[str, str], list[_Way]] = {}
    for way in _ways(facts, subject, asked, min_confidence):
        if way.role in (roles or ROLES) and walked(way.edges)[0] != subject:
            by_partner.setdefault((way.role, walked(way.edges)[0]), []).append(way)
    weights = (weight_complement, weight_alternative, weight_relatedness, weight_place, weight_technology)
    rows = [
        _row(facts, subject, asked, role, who, found, weights, min_confidence)
        for (role, who), found in by_partner.items()
    ]
    order = list(ROLES)
    rows.sort(
        key=lambda r: (
            r["is_same_group"] is True, r["basis"] == "inferred", r["basis"] == "recorded" and r["role"] not in ("supplier", "buyer"),
            -(r["amount_10k_cny"] or 0), -round(r["score"] or 0, 9), r["is_local"] is not True, order.index(r["role"]),
            r["partner_id"].startswith("institute:"), r["partner_id"],
        )
    )  # fmt: skip
    return rows[:limit]


def _row(
    facts: Facts, subject: str, asked: frozenset[str], role: str, who: str, found: list[_Way], weights: Sequence[float],
    least: float,
) -> Row:  # fmt: skip
    found = sorted(found, key=lambda w: (w.deal is None, w.broader != "", len(w.edges)))
    shown, deals = found[:20], [w.deal for w in found if w.deal is not None]
    sales = [deal for deal in deals if deal["type"] == "SUPPLIES"]
    sold = list(dict.fromkeys(deal["product_id"] for deal in sales if deal.get("product_id") in facts.nodes))
    largest = sales[0] if sales else {}
    parts = {
        "complement": _complement(facts, subject, role, who, {w.offers for w in found}, least),
        "alternative": _alternative(facts, subject, asked, role, who, found, least),
        "relatedness": relatedness(facts, who, own_products(facts, subject, least)),
        "same_place": _same_place(facts, subject, who),
        "shared_technology": _shared(facts, subject, who, least),
    }
    total = sum(w * (part or 0) for w, part in zip(weights, parts.values(), strict=True))
    return {
        "partner_id": who,
        "name_zh": facts.name(who),
        **places_of(facts, who, asked),
        "control_country": _country(facts, who),
        "basis": "recorded" if deals else "inferred",
        "role": role,
        "sold_products": [facts.name(p) for p in sold[:20]],
        "dealing": _in_short(largest),
        **{name: largest.get(name) for name in ("amount_10k_cny", "share", "share_of", "share_year")},
        "score": total / sum(weights) if sum(weights) and set(parts.values()) != {None} else None,
        **parts,
        "is_local": standing(facts, who, asked),
        "is_same_place": None if parts["same_place"] is None else bool(parts["same_place"]),
        "reasons": len(found),
        "reason": in_words(facts, shown[0].edges),
        "broader_kind": facts.name(shown[0].broader) if shown[0].broader else None,
        "is_same_group": _group(facts, who) == _group(facts, subject) if subject.startswith("enterprise:") else None,
        "path": walked(shown[0].edges),
        "evidence_ids": {i for w in shown for i in [*walked(w.edges), *(e for e, _ in w.edges)]},
    }


# --- ways, in the order in which equals are shown ---------------------------------------------------------------------


def sure_makers(facts: Facts, product: str, least: float) -> dict[str, list[str]]:
    """Who makes a product or a kind of it by a record that is sure enough, each with the edges of the nearest such."""
    return {
        m: _way(facts, m, product, least) for m in _makers(facts, product) if _confidence(facts, m, product) >= least
    }


def made_by(facts: Facts, who: str, least: float = 0.0) -> list[str]:
    """What an enterprise makes itself by a record that is sure enough."""
    return sorted({e["to_id"] for e in facts.of("MAKES", who) if e.get("confidence", 0.0) >= least})


def own_products(facts: Facts, subject: str, least: float = 0.0) -> list[str]:
    """The product itself, or what the enterprise makes."""
    return [subject] if subject.startswith("product:") else made_by(facts, subject, least)


def _reached(facts: Facts, subject: str, least: float) -> Iterable[tuple[str, str, Steps]]:
    """Own products and then their broader kinds: (own, that or the broader kind, the way from there to the subject)."""
    for own in own_products(facts, subject, least):
        tail: Steps = ((f"MAKES|{subject}|{own}", False),) if subject.startswith("enterprise:") else ()
        yield own, own, tail
        for broader in sorted(nx.descendants(facts.kinds, own) - {own}):
            down = reversed(narrower_path(facts, own, broader))
            yield own, broader, (*((edge, False) for edge in down), *tail)


def _ways(facts: Facts, subject: str, asked: frozenset[str], least: float) -> Iterable[_Way]:
    is_enterprise = subject.startswith("enterprise:")
    if is_enterprise:
        yield from _recorded(facts, subject)
    yield from _suppliers(facts, subject, asked, least)
    yield from _buyers(facts, subject, least)
    if not is_enterprise:
        for _, edges in sorted(sure_makers(facts, subject, least).items()):
            yield _Way("maker", along(edges), subject)
    own_ones = own_products(facts, subject, least)
    tails: dict[str, Steps] = {p: ((f"MAKES|{subject}|{p}", False),) if is_enterprise else () for p in own_ones}
    for work in ("RESEARCHES", "MASTERS"):
        yield from _over_technologies(facts, subject, own_ones, tails, work)
    yield from _common(facts, subject)


def _suppliers(facts: Facts, subject: str, asked: frozenset[str], least: float) -> Iterable[_Way]:
    for own, at, tail in _reached(facts, subject, least):
        for link in _sorted(e for e in facts.of("INPUT_OF", to_id=at) if e["from_id"] not in (own, at)):
            offer = link["from_id"]
            everyone = _makers(facts, offer)
            missing = bool(everyone) and all(standing(facts, m, asked) is False for m in everyone)
            for _, edges in sorted(sure_makers(facts, offer, least).items()):
                role = "fills_missing" if missing else "supplier"
                yield _Way(role, (*along(edges), (link["id"], True), *tail), offer, at if at != own else "")


def _buyers(facts: Facts, subject: str, least: float) -> Iterable[_Way]:
    for own, at, tail in _reached(facts, subject, least):
        for link in _sorted(e for e in facts.of("INPUT_OF", at) if e["to_id"] not in (own, at)):
            for _, edges in sorted(sure_makers(facts, link["to_id"], least).items()):
                edges_on = (*along(edges), (link["id"], False), *tail)
                yield _Way("buyer", edges_on, link["to_id"], at if at != own else "")


def _over_technologies(
    facts: Facts, subject: str, own: Sequence[str], tails: dict[str, Steps], work: str
) -> Iterable[_Way]:
    for product in own:
        for need in _sorted(facts.of("NEEDS", product)):
            for one in _sorted(facts.of(work, to_id=need["to_id"])):
                yield _Way("research", ((one["id"], True), (need["id"], False), *tails[product]), need["to_id"])
    for held in _sorted(facts.of("MASTERS", subject)):
        for one in _sorted(facts.of(work, to_id=held["to_id"])):
            yield _Way("research", ((one["id"], True), (held["id"], False)), held["to_id"])


def _common(facts: Facts, subject: str) -> Iterable[_Way]:
    for edge_type, role in (("COOPERATES_WITH", "research"), ("OWNS", "co_investor")):
        for own in _sorted(e for e in facts.of(edge_type, subject) if e["to_id"] != subject):
            for other in _sorted(e for e in facts.of(edge_type, to_id=own["to_id"]) if e["from_id"] != e["to_id"]):
                yield _Way(role, ((other["id"], True), (own["id"], False)))


_SHARE_OF = {"buyer_purchases": "占客户采购", "all_purchases": "占客户采购总额", "supplier_revenue": "占供应商收入"}


def _in_short(sale: Fact | dict[str, Any]) -> str | None:
    """What is on record of a sale, in Chinese."""
    share, amount, year = (sale.get(name) for name in ("share", "amount_10k_cny", "share_year"))
    said = (
        [f"{_SHARE_OF[sale['share_of']]} {share_text(share, Language.ZH)}"]
        if share is not None and sale.get("share_of")
        else []
    )
    said += [money(amount).in_(Language.ZH)] if amount else []
    return "、".join([*said, *([f"{year} 年"] if said and year else [])]) or None


def _recorded(facts: Facts, subject: str) -> Iterable[_Way]:
    def size(edge: Fact) -> tuple[float, float, str]:
        return -edge.get("amount_10k_cny", -1.0), -edge.get("share", -1.0), str(edge["id"])

    roles = {"SUPPLIES": ("supplier", "buyer"), "OWNS": ("holding",) * 2, "COOPERATES_WITH": ("research",) * 2}
    for edge_type, (above, below) in roles.items():
        dealt = [(e, True) for e in facts.of(edge_type, to_id=subject)] + [
            (e, False) for e in facts.of(edge_type, subject)
        ]
        key = size if edge_type == "SUPPLIES" else lambda e: str(e["id"])
        for edge, is_along in sorted(dealt, key=lambda pair: key(pair[0])):
            if edge["from_id"] != edge["to_id"]:
                yield _Way(above if is_along else below, ((edge["id"], is_along),), deal=edge)


def _sorted(edges: Iterable[Fact]) -> list[Fact]:
    return sorted(edges, key=lambda e: (e["from_id"], e["to_id"]))


def along(edges: Sequence[str]) -> Steps:
    """Edges, all walked from source to target."""
    return tuple((edge, True) for edge in edges)


def walked(edges: Steps) -> list[str]:
    """The nodes of a way, in order."""
    ends = [(i.split("|")[1], i.split("|")[2], is_along) for i, is_along in edges]
    return [a if is_along else b for a, b, is_along in ends[:1]] + [b if is_along else a for a, b, is_along in ends]


def in_words(facts: Facts, edges: Steps) -> str:
    """The way as a reader has it."""
    parts = [facts.name(walked(edges)[0])]
    for (edge, is_along), node_id in zip(edges, walked(edges)[1:], strict=True):
        word = _WORDS[edge.split("|")[0]]
        parts += [f"→ {word} →" if is_along else f"← {word} ←", facts.name(node_id)]
    return " ".join(parts)


# --- the parts of the score -------------------------------------------------------------------------------------------


def standing(facts: Facts, node_id: str, asked: frozenset[str]) -> bool | None:
    """Whether a thing is in the asked places; `None` where no place is known, or only some that an asked one lies in."""
    if _is_inside(facts, node_id, asked):
        return True
    outside = [p for p in _located(facts, node_id) if not any(p in _above(facts, a) for a in asked)]
    return False if outside else None


def _complement(
    facts: Facts, subject: str, role: str, who: str, offered: Collection[str], least: float
) -> float | None:
    reached = list(_reached(facts, subject, least))
    wanted = {
        "supplier": {p for own, at, _ in reached for p in facts.inputs.predecessors(at) if p != own},
        "buyer": {p for own, at, _ in reached for p in facts.inputs.successors(at) if p != own},
        "maker": {subject},
    }.get("supplier" if role == "fills_missing" else role)
    offered = {one for one in offered if one}
    if not wanted or not offered:
        return None
    made = sum(1 for p in facts.ids("product") if who in sure_makers(facts, p, least))
    return len(offered) / math.sqrt(len(wanted) * made)


def _alternative(
    facts: Facts, subject: str, asked: frozenset[str], role: str, who: str, found: Sequence[_Way], least: float
) -> float | None:
    values = []
    for offer in {w.offers for w in found} - {""}:
        if offer.startswith("product:"):
            holders: Iterable[str] = sure_makers(facts, offer, least)
        else:
            work = "RESEARCHES" if who.startswith("institute:") else "MASTERS"
            holders = [e["from_id"] for e in facts.of(work, to_id=offer)]
        others = [h for h in holders if h not in (who, subject) and standing(facts, h, asked) is not False]
        values.append(1 / (1 + len(others)))
    return max(values, default=None)


def relatedness(facts: Facts, who: str, products: Sequence[str]) -> float | None:
    """The largest density of what an enterprise makes around some products."""
    made = made_by(facts, who)
    if not made:
        return None
    found = []
    for product in products:
        near = proximities(facts, product)
        if near:
            found.append(sum(v for q, v in near.items() if q in made) / sum(near.values()))
    return max(found, default=None)


def proximities(facts: Facts, product: str) -> dict[str, float]:
    """φ of a product to every other that one of its makers makes too."""
    makers = {e["from_id"] for e in facts.of("MAKES", to_id=product)}
    near = {}
    for other in {e["to_id"] for m in makers for e in facts.of("MAKES", m)} - {product}:
        others = {e["from_id"] for e in facts.of("MAKES", to_id=other)}
        near[other] = len(makers & others) / max(len(makers), len(others))
    return near


def _same_place(facts: Facts, subject: str, who: str) -> float | None:
    own, theirs = _located(facts, subject), _located(facts, who)
    if not own or not theirs:
        return None
    if {_city(facts, a) for a in own} & {_city(facts, b) for b in theirs} - {None}:
        return 1.0
    unclear = any(a == b or a in _above(facts, b) or b in _above(facts, a) for a in own for b in theirs)
    return None if unclear else 0.0


def city(facts: Facts, place: str) -> str:
    """The prefecture that a district lies in, else the place itself."""
    if facts.nodes[place].get("level") != "district":
        return place
    around = nx.single_source_shortest_path_length(facts.territory, place)
    near = [p for p, steps in dict(around).items() if steps <= 3 and facts.nodes[p].get("level") == "prefecture"]
    return min(near, default=place, key=lambda p: around[p])


def _shared(facts: Facts, subject: str, who: str, least: float) -> float | None:
    own = {e["to_id"] for p in own_products(facts, subject, least) for e in facts.of("NEEDS", p)}
    own |= {e["to_id"] for t in ("MASTERS", "COOPERATES_WITH") for e in facts.of(t, subject)}
    kinds = ("RESEARCHES",) if who.startswith("institute:") else ("MASTERS", "COOPERATES_WITH")
    theirs = {e["to_id"] for t in kinds for e in facts.of(t, who)}
    if who in own:
        theirs.add(who)
    return len(own & theirs) / len(own) if own and theirs else None
