"""What each proposed project brings, by loops, and what keeps one out; which of several are chosen is asked of the algorithm's
tests. Only the parts that need no measure: gaps and dependence.
"""

from collections.abc import Sequence
from statistics import median
from typing import Any

import tests.oracle as oracle
from graph.texts import Language, number_text
from tests.oracle import Facts, Row, _asked_places, _group, _is_inside, _located, _named, best_sites

_ZH = {"frontier": "前沿技术", "open_bid": "揭榜挂帅"}
_CLASS_CAPS = {"frontier": 5_000.0, "open_bid": 2_000.0}
_ORDER = list(oracle.VERDICTS)


def fund(
    facts: Facts, projects: Sequence[str] = (), places: Sequence[str] = (), budget_10k_cny: float = 500_000.0,
    weight_gaps: float = 0.4, weight_dependence: float = 0.2, unknown_counts: float = 0.5, limit: int = 50, **weights: float,
) -> list[Row]:  # fmt: skip
    """The projects, those that are paid first, then by gain per cost. Of several none may be affordable."""
    asked = _asked_places(facts, places)
    ids = [_named(facts, "proposal", one) for one in projects] or facts.ids("proposal")
    if not ids:
        return []
    verdicts = {
        row["product_id"]: row
        for row in oracle.gaps(facts, places=places, verdicts=list(oracle.VERDICTS), limit=10_000)
    }
    found = {one: _brings(facts, one, verdicts, asked, unknown_counts) for one in ids}
    best: dict[tuple[str, str], float] = {}
    for own in found.values():
        for key, (least, _) in own.items():
            best[key] = max(best.get(key, 0.0), least)
    weight = {"gaps": weight_gaps, "dependence": weight_dependence}
    whole = {part: sum(v for (_, p), v in best.items() if p == part) for part in weight}
    scale = sum(weight[part] for part in weight if whole[part]) or 1.0
    factor = {part: weight[part] / whole[part] / scale if whole[part] else 0.0 for part in weight}
    costs = [facts.nodes[one].get("cost_10k_cny") for one in ids]
    known = [cost for cost in costs if cost]
    rows = []
    for one in ids:
        own = found[one]
        gain, gain_most = (sum(own[key][side] * factor[key[1]] for key in own) for side in (0, 1))
        why = _refused(facts, one, known, asked, places, budget_10k_cny)
        rows.append(_row(facts, one, own, gain, gain_most, why, verdicts, asked))
    rows.sort(
        key=lambda row: (not row["is_chosen"], -(row["gain_per_100m_cny"] or 0.0), -row["gain"], row["project_id"])
    )
    return rows[:limit]


def _refused(
    facts: Facts, one: str, known: Sequence[float], asked: frozenset[str], places: Sequence[str], budget: float
) -> str | None:
    node = facts.nodes[one]
    cost = node.get("cost_10k_cny")
    if cost is None:
        return "投资额未知，不选；可用“投资额（另给）”说明"
    if cost <= 0:
        return "投资额为 0，视为未知，不选"
    typical = median(known) if len(known) > 2 else 0.0
    if typical and not typical / 2_000 < cost < typical * 2_000:
        times = number_text(cost / typical, Language.ZH)
        return f"投资额 {_money(cost)}，是各项目中位数的 {times} 倍，疑似单位写错；改正或用“投资额（另给）”确认后再选"
    if not _everywhere(facts, places) and not _is_inside(facts, one, asked):
        return "不在所问地区" if _located(facts, one) else "地点未知"
    kind = node.get("support_class", "")
    if cost > _CLASS_CAPS.get(kind, float("inf")):
        return f"超过“{_ZH[kind]}”单个项目上限 {_money(_CLASS_CAPS[kind])}"
    if cost > budget:
        return "超过总预算"
    if cost > 0.2 * budget:
        return f"超过单一企业上限（预算的 20%，{_money(0.2 * budget)}）"
    return None


def _money(amount: float) -> str:
    large = amount >= 10_000
    said = f"{amount / 10_000 if large else amount:,.9f}".rstrip("0").rstrip(".")
    return f"{said} {'亿元' if large else '万元'}"


def _everywhere(facts: Facts, places: Sequence[str]) -> bool:
    has_corridor = any(facts.nodes[p].get("in_corridor") for p in facts.ids("place"))
    return any(p in ("everywhere", "全部") for p in places) or (not has_corridor and set(places) <= {"corridor"})


def _proposers(facts: Facts, one: str) -> list[str]:
    return sorted(e["from_id"] for e in facts.of("PROPOSES", to_id=one))


def _brings(
    facts: Facts, one: str, verdicts: dict[str, Row], asked: frozenset[str], unknown_counts: float
) -> dict[tuple[str, str], tuple[float, float]]:
    """By product and part the least and most."""
    found = {}
    for product in sorted(e["to_id"] for e in facts.of("FILLS", one)):
        counts = 1 + verdicts[product]["downstream"]
        before = verdicts[product]["verdict"]
        if _is_better(before, _after(facts, one, product, verdicts[product], asked)):
            found[product, "gaps"] = (counts * (unknown_counts if before == "not_on_record" else 1), counts)
        node = facts.nodes[product]
        least, most = (node.get(f"foreign_share_{side}", node.get("foreign_share")) for side in ("min", "max"))
        # Whoever proposes it may itself be controlled from abroad.
        countries = {oracle._country(facts, who) for who in _proposers(facts, one)} or {None}
        if countries - {None, "CHN"}:
            least = most = 0.0
        elif countries != {"CHN"} and least is not None:
            least = 0.0
        if least is not None or most is not None:
            found[product, "dependence"] = ((least or 0.0) * counts, (1.0 if most is None else most) * counts)
    return found


def _is_better(before: str, after: str) -> bool:
    return before == "not_on_record" or _ORDER.index(after) > _ORDER.index(before)


def _after(facts: Facts, one: str, product: str, row: Row, asked: frozenset[str]) -> str:
    before = str(row["verdict"])
    if before in ("missing", "not_on_record"):
        return "single_source"
    sites = {
        who: site for who, site in best_sites(facts, product, asked).items() if _is_inside(facts, site.site, asked)
    }
    proposers = _proposers(facts, one)
    fresh = [who for who in proposers if who not in sites or sites[who].steps]
    if before in ("strong", "supplied") or (proposers and not fresh):
        return before
    groups = {_group(facts, who) for who in [*sites, *fresh]}
    if len(groups) + (not proposers) == 1:
        return "single_source"
    # A fresh maker's share is not known, nor is that of one that made a narrower kind only.
    shares = [site.share if not site.steps else None for site in sites.values()] + [None] * max(len(fresh), 1)
    least, _ = oracle.hhi_range(shares)
    return "concentrated" if row["is_essential"] and least is not None and least > 0.4 else "supplied"


def _row(
    facts: Facts, one: str, own: dict[tuple[str, str], tuple[float, float]], gain: float, gain_most: float,
    why: str | None, verdicts: dict[str, Row], asked: frozenset[str],
) -> Row:  # fmt: skip
    node, products = facts.nodes[one], sorted(e["to_id"] for e in facts.of("FILLS", one))
    cost = node.get("cost_10k_cny")
    chains = sorted({e["to_id"] for e in facts.of("PART_OF", one)}) or sorted(
        {e["to_id"] for p in products for e in facts.of("PART_OF", p)}
    )
    changes = []
    for product in products:
        before, after = verdicts[product]["verdict"], _after(facts, one, product, verdicts[product], asked)
        if (product, "gaps") in own:
            changes.append(f"{facts.nodes[product]['name_zh']}：{oracle.VERDICTS[before]}→{oracle.VERDICTS[after]}")
    at = sorted(e["to_id"] for e in facts.of("LOCATED_IN", one))
    is_paid, names = why is None and gain > 0, [facts.nodes[p]["name_zh"] for p in products]
    may = why is None
    if is_paid:
        why = "、".join(changes) or f"{'、'.join(names)}的判定不变，所得只在：对外依赖"
    elif why is None:
        why = "补上的产品都不是缺口，别的也没有可算的所得" if products else "没有登记它补哪个产品"
    abroad: dict[str, list[Any]] = {
        side: [facts.nodes[p].get(f"foreign_share_{side}", facts.nodes[p].get("foreign_share")) for p in products]
        for side in ("min", "max")
    }
    per = round(gain / cost * 10_000, 6) if cost else None
    return {
        "project_id": one, "name_zh": node["name_zh"], "name_en": node.get("name_en"), "is_chosen": is_paid,
        "enterprise": "、".join(facts.name(who) for who in _proposers(facts, one)) or None,
        "place": "、".join(facts.nodes[p]["name_zh"] for p in at) or None,
        "chains": sorted(facts.nodes[c]["name_zh"] for c in chains), "funding_stage": node.get("funding_stage"),
        "cost_10k_cny": cost, "is_cost_assumed": False, "lead_time_days": node.get("lead_time_days"),
        "capacity": None, "capacity_unit": None, "gain": round(gain, 6), "gain_most": round(gain_most, 6),
        "gain_per_100m_cny": per, "adds": round(gain, 6) if is_paid else None,
        "come_by": None, "come_score": None, "come_because": None, "product_names": names, "why": why, "verdict_changes": changes,
        "dependents": max((verdicts[p]["downstream"] for p in products), default=0), "esri_saved": None,
        "days_gained": None, "foreign_share_least": max((v for v in abroad["min"] if v is not None), default=None),
        "foreign_share_most": max((v for v in abroad["max"] if v is not None), default=None),
        "not_known": ["dependence"] if any((p, "dependence") not in own for p in products) else [],
        "in_greedy": is_paid, "in_largest_first": may, "in_equal_split": may,
        "evidence_ids": {one, *(e["id"] for kind in ("FILLS", "LOCATED_IN", "PART_OF") for e in facts.of(kind, one)),
                         *(e["id"] for e in facts.of("PROPOSES", to_id=one))},
    }  # fmt: skip
