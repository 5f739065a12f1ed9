"""What residents of centres report, by loops over facts, and the plain answers of the scores and ledgers."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import yaml

import tests.oracle as oracle
from graph.texts import Language, number_text, share_text
from tests.oracle import Fact, Facts, Row, _above, _located

FLOWS = (
    "rnd_internal", "rnd_external", "main_revenue", "other_revenue", "tax", "output", "contracts", "support", "graduates",
    "patents", "moved_registrations",
)  # fmt: skip
_RULES = Path(__file__).parent.parent.parent / "graph" / "rules"
STOCKS = ("rnd_staff", "staff", "main_area", "other_area", "incubated_firms")


# --- scores and ledgers ------------------------------------------------------------------------------------------------


def plain_min_max(matrix: Sequence[Sequence[float]], gains: Sequence[bool]) -> list[list[float]]:
    scaled: list[list[float]] = [[] for _ in matrix]
    for j, gain in enumerate(gains):
        known = [row[j] for row in matrix if not math.isnan(row[j])]
        low, high = (min(known), max(known)) if known else (0.0, 0.0)
        for i, row in enumerate(matrix):
            if math.isnan(row[j]):
                scaled[i].append(math.nan)
            elif high == low:
                scaled[i].append(1.0)
            else:
                scaled[i].append((row[j] - low) / (high - low) if gain else (high - row[j]) / (high - low))
    return scaled


def plain_vector(matrix: Sequence[Sequence[float]]) -> list[list[float]]:
    lengths = [math.sqrt(sum(x * x for x in column if not math.isnan(x))) for column in zip(*matrix, strict=True)]
    return [[x / length if length else x for x, length in zip(row, lengths, strict=True)] for row in matrix]


def plain_saw(scaled: Sequence[Sequence[float]], weights: Sequence[float]) -> list[float]:
    return [sum(w * x for w, x in zip(weights, row, strict=True)) / sum(weights) for row in scaled]


def plain_topsis(scaled: Sequence[Sequence[float]], weights: Sequence[float], gains: Sequence[bool]) -> list[float]:
    columns = [[x for x in column if not math.isnan(x)] or [0.0] for column in zip(*scaled, strict=True)]
    best = [max(c) if gain else min(c) for c, gain in zip(columns, gains, strict=True)]
    worst = [min(c) if gain else max(c) for c, gain in zip(columns, gains, strict=True)]
    found = []
    for row in scaled:
        up = math.sqrt(sum((w * (x - b)) ** 2 for w, x, b in zip(weights, row, best, strict=True)))
        down = math.sqrt(sum((w * (x - b)) ** 2 for w, x, b in zip(weights, row, worst, strict=True)))
        found.append(down / (up + down) if up + down else 1.0)
    return found


def plain_shapley(players: int, value: Callable[[frozenset[int]], float]) -> list[float]:
    """Every order of coming, one by one."""
    found = [0.0] * players
    orders = list(permutations(range(players)))
    for order in orders:
        for place, one in enumerate(order):
            before = frozenset(order[:place])
            found[one] += (value(before | {one}) - value(before)) / len(orders)
    return found


def plain_contributed(amount: float, home_alone: float, paid: Sequence[float]) -> list[float]:
    whole = 1 + sum(paid)

    def value(there: frozenset[int]) -> float:
        if 1 not in there:
            return 0.0
        reached = amount if 0 in there else amount * home_alone
        return reached * (1 - sum(e / whole for j, e in enumerate(paid, 2) if j not in there))

    return plain_shapley(2 + len(paid), value)


def plain_agreed(
    terms: Sequence[tuple[str, float, date | None, date | None]], begins: date, ends: date
) -> dict[str | None, float]:
    """Day by day."""
    found: dict[str | None, float] = {}
    days = (ends - begins).days + 1
    for number in range(days):
        day = begins + timedelta(days=number)
        own = [(place, share) for place, share, start, stop in terms if (start or day) <= day <= (stop or day)]
        is_whole = abs(sum(share for _, share in own) - 1) < 1e-9 and len({place for place, _ in own}) == len(own)
        for place, share in own if is_whole else [(None, 1.0)]:
            found[place] = found.get(place, 0.0) + share / days
    return found


# --- years of residents ------------------------------------------------------------------------------------------------


def counts_for(facts: Facts, node: str) -> str | None:
    """The corridor's place that a node is in, else its city; none where there are several."""
    around = {
        p
        for at in (_located(facts, node) if not node.startswith("place:") else {node})
        for p in (at, *_above(facts, at))
    }
    inside = {p for p in around if facts.nodes[p].get("in_corridor") is True}
    cities = {p for p in around if oracle._city(facts, p) == p}
    chosen = inside or cities
    return next(iter(chosen)) if len(chosen) == 1 else None


def host_of(facts: Facts, center: str) -> str | None:
    return counts_for(facts, center)


def sender_of(facts: Facts, center: str) -> str | None:
    senders = {counts_for(facts, e["to_id"]) or e["to_id"] for e in facts.of("SENT_BY", center)}
    return next(iter(senders)) if len(senders) == 1 else None


def reports_of(facts: Facts, centers: Sequence[str]) -> list[dict[str, Any]]:
    found = []
    for report in facts.ids("report"):
        firms = sorted({e["from_id"] for e in facts.of("REPORTED", to_id=report)})
        homes = sorted({e["to_id"] for e in facts.of("REPORTED_FOR", report)})
        if firms and homes and (not centers or homes[0] in centers):
            there = [e for e in facts.of("RESIDENT_OF", firms[0], homes[0]) if e.get("resident_status") != "intends"]
            node = facts.nodes[report]
            begins = date(node["year"], (node.get("quarter") or 1) * 3 - 2, 1)
            if not any((e.get("valid_to") or begins) >= begins for e in there):
                continue
            names = {
                n: n if n in node else f"{n}_10k_cny" if f"{n}_10k_cny" in node else f"{n}_m2"
                for n in (*FLOWS, *STOCKS)
            }
            found.append({
                "id": report, "firm": firms[0], "center": homes[0], "twice": len(firms) > 1 or len(homes) > 1,
                "year": node["year"], "quarter": node.get("quarter"), "on": node.get("reported_on"),
                **{n: node.get(key) for n, key in names.items()},
            })  # fmt: skip
    return found


def years_of(facts: Facts, centers: Sequence[str]) -> list[dict[str, Any]]:
    """Years by resident, centre and year: the yearly report, else four quarters."""
    rows = reports_of(facts, centers)
    found = []
    for key in sorted({(r["firm"], r["center"], r["year"]) for r in rows}):
        own = [r for r in rows if (r["firm"], r["center"], r["year"]) == key]
        yearly = [r for r in own if r["quarter"] is None]
        last = []
        for quarter in [None] if yearly else sorted({r["quarter"] for r in own}):
            same = [r for r in own if r["quarter"] == quarter]
            last.append(sorted(same, key=lambda r: (r["on"] or date.min, r["id"]))[-1])
        whole = bool(yearly) or len(last) == 4
        values: dict[str, Any] = {}
        for name in FLOWS:
            known = whole and all(r[name] is not None for r in last)
            values[name] = sum(r[name] for r in last) if known else None
        for name in STOCKS:
            values[name] = last[-1][name] if whole else None
        found.append({
            "firm": key[0], "center": key[1], "year": key[2], "reports": [r["id"] for r in last], **values,
            "quarters": 0 if yearly else len(last),
            "on": max(r["on"] for r in last) if all(r["on"] for r in last) else None,
        })  # fmt: skip
    return found


def usual(years: Sequence[Mapping[str, Any]]) -> int | None:
    """The last year that half of as many reported, whole where any did, as the year that most did."""
    told = [y["year"] for y in years if y["quarters"] in (0, 4)] or [y["year"] for y in years]
    full = [year for year in told if told.count(year) * 2 >= max(told.count(one) for one in told)]
    return max(full, default=None)


def cited(year: Mapping[str, Any]) -> set[str]:
    """The reports of a year, and the edges that say whose they are."""
    edges = {
        one for r in year["reports"] for one in (f"REPORTED|{year['firm']}|{r}", f"REPORTED_FOR|{r}|{year['center']}")
    }
    return {*year["reports"], *edges}


# --- attribution -------------------------------------------------------------------------------------------------------

_LEDGERS = ("performance", "registration", "agreed", "shapley")


def attribution(
    facts: Facts, indicator: str = "rnd", center: str = "", year: int | None = None, all_years: bool = False,
    rules: str = "2026", limit: int = 200,
) -> list[Row]:  # fmt: skip
    """Places by what each ledger gives them; without reports what each would say of the places of each centre."""
    asked = [oracle._named(facts, "center", center)] if center else []
    years = years_of(facts, asked)
    on_record = sorted({y["year"] for y in years})
    wanted = [year] if year is not None else on_record if all_years else [y for y in on_record if y == usual(years)]
    own = [y for y in years if y["year"] in wanted]
    if not own:
        return [{**row, "indicator": indicator} for row in _claims(facts, indicator, asked)[:limit]]
    rows = [row for one in wanted for row in _places(facts, indicator, [y for y in own if y["year"] == one], one)]
    rows.sort(
        key=lambda r: (-r["year"], r["place_id"] is None, -abs(round(r["difference"] or 0.0, 6)), r["place_id"] or "")
    )
    return [{**row, "indicator": indicator} for row in rows[:limit]]


def _empty() -> Row:
    return dict.fromkeys(("difference", "support", "flow_in", "flow_out", "claim", *_LEDGERS, "residents", "caused_by"))


def _claims(facts: Facts, indicator: str, asked: Sequence[str]) -> list[Row]:
    rows = []
    for center in sorted(asked or facts.ids("center"), key=lambda c: (c != "center:jinhua-shanghai", c)):
        terms = [e for e in facts.of("AGREED_SPLIT", center) if e["indicator"] == indicator]
        host, sender = host_of(facts, center), sender_of(facts, center)
        registered = facts.nodes[center].get("has_registered_residents") is True
        stands = {e["id"] for kind in ("LOCATED_IN", "SENT_BY") for e in facts.of(kind, center)}
        third = "账三按协议分" if terms else "账三空，没有约定分成的协议"
        said = [(host, f"账一（履行地）归此；{third}")]
        if registered:
            said = [(host, "账一、账二都归此：入驻企业在此注册为法人"
                     + ("；账三按协议分" if terms else "，没有争议；账三空，没有协议"))]  # fmt: skip
        elif sender != host:
            said.append((sender, f"账二（注册地）归此，除非入驻企业在中心所在地设立法人；{third}"))
        for place, claim in said:
            rows.append({
                **_empty(), "year": None, "center_id": center, "center_name": facts.nodes[center]["name_zh"], "place_id": place,
                "name_zh": _place_name(facts, place), "claim": claim,
                "evidence_ids": {center, *([place] if place else []), *(e["id"] for e in terms), *stands},
            })  # fmt: skip
    return rows


def _place_name(facts: Facts, place: str | None) -> str:
    return facts.name(place) if place else "未定（不知道或没有约定）"


def _places(facts: Facts, indicator: str, years: Sequence[dict[str, Any]], year: int) -> list[Row]:
    found: dict[str | None, dict[str, Any]] = {}

    def at(place: str | None) -> dict[str, Any]:
        return found.setdefault(place, {"parts": [], "causes": {}, "firms": set(), "cited": set(), "sums": {}})

    amounts = []
    for one in years:
        host, home = host_of(facts, one["center"]), counts_for(facts, one["firm"])
        paid = [e for report in one["reports"] for e in facts.of("COMMISSIONED", report)]
        if indicator == "rnd":
            for e in paid:
                to = counts_for(facts, e["to_id"])
                if e.get("amount_10k_cny") is not None and to:
                    at(host)["sums"].setdefault("flow_out", []).append(e["amount_10k_cny"])
                    at(to)["sums"].setdefault("flow_in", []).append(e["amount_10k_cny"])
        if one["support"] is not None:
            at(sender_of(facts, one["center"]))["sums"].setdefault("support", []).append(one["support"])
        # A firm in several centres is still one firm.
        shared = sum((other["firm"], other["year"]) == (one["firm"], one["year"]) for other in years)
        amount = 1 / shared if indicator == "firms" else one[{"rnd": "rnd_internal"}.get(indicator, indicator)]
        if amount is None:
            continue
        amounts.append(amount)
        terms = [e for e in facts.of("AGREED_SPLIT", one["center"]) if e["indicator"] == indicator]
        for ledger, place, part in [
            ("performance", host, amount), ("registration", home, amount),
            *(("agreed", p, part) for p, part in _agreed(facts, one, terms, amount)),
            *(("shapley", p, part) for p, part in _due(facts, one, indicator, amount, host, home, paid)),
        ]:  # fmt: skip
            here = at(place)
            here["parts"].append((ledger, part))
            here["firms"].add(one["firm"])
            here["cited"] |= {*cited(one), one["firm"], one["center"]}
        if all(e.get("share") is not None for e in terms):
            for e in terms:
                at(counts_for(facts, e["to_id"]) or e["to_id"])["cited"].add(e["id"])
        if host != home:
            for place, sign in ((host, 1), (home, -1)):
                causes = at(place)["causes"]
                causes[one["firm"]] = causes.get(one["firm"], 0.0) + sign * amount
    rows = []
    for place, here in found.items():
        sums = {
            name: math.fsum(p for ledger, p in here["parts"] if ledger == name) if amounts else None
            for name in _LEDGERS
        }
        most = sorted(here["causes"], key=lambda who: (-abs(here["causes"][who]), who))[:5]
        rows.append({
            **_empty(), "year": year, "center_id": None, "center_name": None, "place_id": place, "name_zh": _place_name(facts, place),
            **sums, "difference": math.fsum(here["causes"].values()) if amounts else None, "residents": len(here["firms"]),
            "caused_by": [facts.name(who) for who in most],
            **{name: math.fsum(parts) for name, parts in here["sums"].items()},
            "evidence_ids": {*([place] if place else []), *here["cited"]},
        })  # fmt: skip
    return rows


def _agreed(
    facts: Facts, one: Mapping[str, Any], terms: Sequence[Fact], amount: float
) -> Iterable[tuple[str | None, float]]:
    if any(e.get("share") is None for e in terms):
        return [(None, amount)]
    parts = [(e["to_id"], e["share"], e.get("applies_from"), e.get("applies_to")) for e in terms]
    shares = plain_agreed(parts, date(one["year"], 1, 1), date(one["year"], 12, 31))
    return [((counts_for(facts, p) or p) if p else None, amount * share) for p, share in shares.items()]


def _due(
    facts: Facts,
    one: Mapping[str, Any],
    indicator: str,
    amount: float,
    host: str | None,
    home: str | None,
    paid: Sequence[Fact],
) -> Iterable[tuple[str | None, float]]:
    inside = one["rnd_internal"]
    known = [e for e in paid if e.get("amount_10k_cny") and inside] if indicator != "firms" else []
    parts = plain_contributed(amount, 0.0, [e["amount_10k_cny"] / inside for e in known])
    return list(zip([host, home, *(counts_for(facts, e["to_id"]) for e in known)], parts, strict=True))


# --- certification -----------------------------------------------------------------------------------------------------

_SAID = {
    "graded": None,
    "below": "未达等级",
    "gate": "不予认定",
    "alone": "不能单独定级",
    "open": "待定",
    "no_report": "不知道",
}
_INDICATORS = {
    "main_area_share": "主业面积占比", "main_revenue_share": "主业收入占比", "rnd_per_m2": "每平方米研发支出（万元）",
    "rnd_staff_share": "研发人员占比", "patents_per_100_staff": "百人授权专利", "firms_per_1000_m2": "每千平方米在孵企业",
    "graduates": "毕业企业", "contracts": "与院所合同额（万元）", "industrialised": "在走廊产业化的项目", "high_tech_share": "高新技术企业占比",
    "moved_per_resident": "户均迁入注册", "sales_only_share": "只销售的入驻企业占比", "reported_share": "填报率",
}  # fmt: skip


def _sum_ratio(years: Sequence[Mapping[str, Any]], main: str, whole: Sequence[str], times: float = 1.0) -> float | None:
    known = [y for y in years if all(y[name] is not None for name in {main, *whole})]
    base = sum(y[name] for y in known for name in whole)
    return times * sum(y[main] for y in known) / base if base > 0 else None


def indicators_of(facts: Facts, center: str, years: Sequence[dict[str, Any]]) -> dict[str, float]:
    """What is known of a centre in a year."""
    own = [y for y in years if y["center"] == center]
    firms = {y["firm"] for y in own}
    residents = facts.of("RESIDENT_OF", to_id=center)
    present = [e["from_id"] for e in residents if e["resident_status"] == "resident"]
    rated = [
        facts.nodes[e["from_id"]]["is_high_tech"] for e in residents
        if e["from_id"] in firms and facts.nodes[e["from_id"]].get("is_high_tech") is not None
    ]  # fmt: skip
    moved = [y["moved_registrations"] for y in own if y["moved_registrations"] is not None]
    selling = [
        y["rnd_internal"] == 0 and y["rnd_staff"] == 0 and y["other_revenue"] > 0 for y in own
        if None not in (y["rnd_internal"], y["rnd_staff"], y["other_revenue"])
    ]  # fmt: skip
    projects = {e["from_id"] for e in facts.of("HOSTED_BY", to_id=center)}
    area = ["main_area", "other_area"]
    found = {
        "main_area_share": _sum_ratio(own, "main_area", area),
        "main_revenue_share": _sum_ratio(own, "main_revenue", ["main_revenue", "other_revenue"]),
        "rnd_per_m2": _sum_ratio(own, "rnd_internal", area), "rnd_staff_share": _sum_ratio(own, "rnd_staff", ["staff"]),
        "patents_per_100_staff": _sum_ratio(own, "patents", ["staff"], 100),
        "firms_per_1000_m2": _sum_ratio(own, "incubated_firms", area, 1000),
        "industrialised": sum(_is_made_in_corridor(facts, j) for j in projects) if projects else None,
        "high_tech_share": sum(rated) / len(rated) if rated else None,
        "moved_per_resident": sum(moved) / len(moved) if moved else None,
        "sales_only_share": sum(selling) / len(selling) if selling else None,
        "reported_share": sum(one in firms for one in present) / len(present) if present else None,
    }  # fmt: skip
    for name in ("graduates", "contracts"):
        known = [y[name] for y in own if y[name] is not None]
        found[name] = sum(known) if known else None
    if any(None not in (y["rnd_staff"], y["staff"]) and y["rnd_staff"] > y["staff"] for y in own):
        del found["rnd_staff_share"]
    floor = facts.nodes[center].get("floor_area_m2")
    if floor is not None and any(sum(y[name] or 0 for name in area) > floor for y in own):
        for name in ("main_area_share", "rnd_per_m2", "firms_per_1000_m2"):
            del found[name]
    return {name: float(value) for name, value in found.items() if value is not None}


def _is_made_in_corridor(facts: Facts, project: str) -> bool:
    for result in (e["to_id"] for e in facts.of("YIELDS", project)):
        for to in (e["to_id"] for e in facts.of("INDUSTRIALISED_IN", result)):
            at = {to} if to.startswith("place:") else _located(facts, to) if to.startswith("plant:") else set()
            if any(facts.nodes[p].get("in_corridor") for one in at for p in (one, *_above(facts, one))):
                return True
    return False


def _rules(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((_RULES / f"certification-{name}.yaml").read_text(encoding="utf-8"))
    return found


def certification(
    facts: Facts, rules: str = "incubator-2018", against: str = "", center: str = "", year: int | None = None,
    draws: int = 10_000, limit: int = 200,
) -> list[Row]:  # fmt: skip
    """Each centre through the gates, then its score, its interval, its grade and how firm it is."""
    years = years_of(facts, [])
    wanted = year if year is not None else usual(years)
    own = [y for y in years if y["year"] == wanted]
    rows = _graded(facts, own, wanted, _rules(rules), draws)
    others = {r["center_id"]: r for r in _graded(facts, own, wanted, _rules(against), 1)} if against else {}
    for row in rows:
        other = others.get(row["center_id"])
        row["other_grade"], row["other_score"] = (other["grade"], other["score"]) if other else (None, None)
    if center:
        rows = [r for r in rows if r["center_id"] == oracle._named(facts, "center", center)]
    order = list(_SAID)
    rows.sort(key=lambda r: (order.index(r["standing"]), -round(r["_by"], 9), r["center_id"]))
    return [{k: v for k, v in r.items() if not k.startswith("_")} for r in rows[:limit]]


def _graded(
    facts: Facts, years: Sequence[dict[str, Any]], year: int | None, rules: Mapping[str, Any], draws: int
) -> list[Row]:
    rows, passed = [], []
    for center in facts.ids("center"):
        known = indicators_of(facts, center, years)
        own = [y for y in years if y["center"] == center]
        row: Row = {
            "center_id": center, "name_zh": facts.nodes[center]["name_zh"], "year": year if own else None, "score": None,
            "score_least": None, "score_most": None, "rank": None, "support": None, "grade_holds": None, "rank_holds": None,
            "lift": [], "parts": [], "unknown": [], "residents": len(own), "_by": 0.0, "_wanted": {},
            "evidence_ids": {center, *(one for y in own for one in cited(y))},
        }  # fmt: skip
        failed = [g for g in rules["gates"] if known.get(g["indicator"], math.inf) < g["floor"]["value"]]
        if not own:
            row |= {"standing": "no_report", "why": "没有可计入的填报"}
        elif failed:
            name, floor = failed[0]["indicator"], failed[0]["floor"]["value"]
            row |= {
                "standing": "gate",
                "why": f"门槛：{_INDICATORS[name]} {_number(known[name])}，低于 {_number(floor)}",
            }
        else:
            passed.append((row, known))
        row["grade"] = _SAID.get(str(row.get("standing")))
        rows.append(row)
    relative = [w["indicator"] for w in rules["indicators"] if not ("low" in w and "high" in w)]
    if len(passed) == 1 and relative:
        named = "、".join(_INDICATORS[name] for name in relative)
        passed[0][0].update(
            standing="alone",
            grade=_SAID["alone"],
            why=f"过了门槛的只有它一个，而规则没有给出两端：{named}；无从比较，不评分",
        )
    elif passed:
        _score(passed, rules, draws)
    return rows


def _number(value: float) -> str:
    return number_text(value, Language.ZH)


def _score(passed: Sequence[tuple[Row, Mapping[str, float]]], rules: Mapping[str, Any], draws: int) -> None:
    weighed = rules["indicators"]
    names = [w["indicator"] for w in weighed]
    weights = [w["weight"]["value"] / sum(x["weight"]["value"] for x in weighed) for w in weighed]
    ends, has_ends = [], []
    for w in weighed:
        seen = [known[w["indicator"]] for _, known in passed if w["indicator"] in known]
        low = w["low"]["value"] if "low" in w else min(seen, default=0.0)
        ends.append((low, w["high"]["value"] if "high" in w else max(seen, default=0.0)))
        has_ends.append(bool(seen) or ("low" in w and "high" in w))

    def scaled(known: Mapping[str, float]) -> list[float | None]:
        found: list[float | None] = []
        for w, (low, high) in zip(weighed, ends, strict=True):
            if w["indicator"] not in known:
                found.append(None)
            elif low == high:
                found.append(1.0)
            else:
                part = min(max((known[w["indicator"]] - low) / (high - low), 0.0), 1.0)
                found.append(part if w.get("is_gain", True) else 1 - part)
        return found

    columns = [scaled(known) for _, known in passed]
    tops = []
    for j, w in enumerate(weighed):
        column = [c[j] for c in columns]
        is_whole = ("low" in w and "high" in w) or None in column
        tops.append((0.0, 1.0) if is_whole else (min(x or 0.0 for x in column), max(x or 0.0 for x in column)))

    def score(row: Sequence[float | None], using: Sequence[float]) -> float | None:
        if None in row:
            return None
        if rules["method"] == "saw":
            return sum(w * (x or 0.0) for w, x in zip(using, row, strict=True))
        up = math.sqrt(sum((w * ((x or 0.0) - high)) ** 2 for w, x, (_, high) in zip(using, row, tops, strict=True)))
        down = math.sqrt(sum((w * ((x or 0.0) - low)) ** 2 for w, x, (low, _) in zip(using, row, tops, strict=True)))
        return down / (up + down) if up + down else 1.0

    floors = [g["floor"]["value"] for g in rules["grades"]]

    def grade(value: float) -> int:
        return sum(value + 1e-12 >= floor for floor in floors)

    drawn = np.random.default_rng(0).dirichlet(np.ones(len(weights)), size=draws).tolist()
    exact = [score(c, weights) for c in columns]
    firm = [i for i, value in enumerate(exact) if value is not None]
    by_draw = [{i: score(columns[i], using) for i in firm} for using in drawn]
    for i, (row, known) in enumerate(passed):
        low = [0.0 if x is None else x for x in columns[i]]
        least, most = score(low, weights), score([1.0 if x is None else x for x in columns[i]], weights)
        gates = [g["indicator"] for g in rules["gates"] if g["indicator"] not in known]
        unknown = list(dict.fromkeys([*gates, *(n for n in names if n not in known)]))
        at = grade(least or 0.0)
        is_open = bool(gates) or at != grade(most or 0.0)
        row["standing"] = "open" if is_open else "graded" if at else "below"
        row["grade"] = rules["grades"][at - 1]["zh"] if row["standing"] == "graded" else _SAID[row["standing"]]
        row["unknown"] = [_INDICATORS[n] for n in unknown]
        row["_scaled"] = columns[i]
        row["_by"] = exact[i] if exact[i] is not None else least
        if exact[i] is None:
            row["score_least"], row["score_most"] = least, most
            row["why"] = f"{'、'.join(row['unknown'])}不知道：得分在 {_number(least or 0)} 与 {_number(most or 0)} 之间"
        else:
            row["score"] = exact[i]
            row["rank"] = 1 + sum(round(exact[k] or 0, 12) > round(exact[i] or 0, 12) for k in firm)
            row["grade_holds"] = sum(grade(d[i] or 0.0) == at for d in by_draw) / draws
            row["rank_holds"] = (
                sum(1 + sum(round(d[k] or 0, 12) > round(d[i] or 0, 12) for k in firm) == row["rank"] for d in by_draw)
                / draws
            )
            floor = floors[max(at - 1, 0)]
            row["why"] = f"得分 {_number(exact[i] or 0)}，{'达到' if at else '低于'} {_number(floor)}"
            if gates:
                row["why"] = f"门槛指标不知道：{'、'.join(row['unknown'])}"
        if row["standing"] == "graded" and "support" in rules["grades"][at - 1]:
            given = rules["grades"][at - 1]["support"]
            row["support"] = f"{given['unit'].partition(' ')[0]}的 {share_text(given['value'], Language.ZH)}"
        row["parts"] = [
            f"{_INDICATORS[n]} {_number(known[n])} → {_number(x)} × {_number(w)} = {_number(x * w)}"
            for n, x, w in zip(names, columns[i], weights, strict=True) if x is not None
        ]  # fmt: skip
        if at < len(floors):
            told = [end if has else (math.nan, math.nan) for end, has in zip(ends, has_ends, strict=True)]
            row["_wanted"] = _lifts(weighed, told, low, lambda moved: score(moved, weights) or 0.0, floors[at])
            for name, to in row["_wanted"].items():
                row["lift"].append(
                    f"{_INDICATORS[name]} {_number(known[name]) if name in known else '未知'} → {_number(to)}"
                )


def _lifts(
    weighed: Sequence[Mapping[str, Any]], ends: Sequence[tuple[float, float]], row: Sequence[float],
    score: Callable[[Sequence[float]], float], target: float,
) -> dict[str, float]:  # fmt: skip
    found = {}
    for j, (w, (low, high)) in enumerate(zip(weighed, ends, strict=True)):
        if math.isnan(low) or score([*row[:j], 1.0, *row[j + 1 :]]) < target - 1e-12:
            continue
        near, far = row[j], 1.0
        for _ in range(60):
            middle = (near + far) / 2
            if score([*row[:j], middle, *row[j + 1 :]]) >= target - 1e-12:
                far = middle
            else:
                near = middle
        found[w["indicator"]] = low + far * (high - low) if w.get("is_gain", True) else high - far * (high - low)
    return found


# --- tracking ----------------------------------------------------------------------------------------------------------

_STATES = ("drifting", "recruiting", "check", "missing", "unknown", "steady")
_VALUES_ZH = {
    "rnd_internal": "研发内部支出", "rnd_external": "研发外部支出", "main_revenue": "主业收入", "other_revenue": "其他收入", "tax": "税收",
    "output": "产值", "contracts": "与院所合同额", "support": "所获支持", "graduates": "毕业企业", "patents": "授权专利",
    "moved_registrations": "迁入注册数", "rnd_staff": "研发人员", "staff": "从业人员", "main_area": "研发孵化面积", "other_area": "其他面积",
    "incubated_firms": "在孵企业",
}  # fmt: skip
Signs = list[tuple[str, str]]


def tracking(
    facts: Facts, by: str = "center", center: str = "", since: int | None = None, states: Sequence[str] = (),
    rules: str = "2026", limit: int = 200,
) -> list[Row]:  # fmt: skip
    """Years of centres, or of their residents, with what is to be said of each."""
    asked = [oracle._named(facts, "center", center)] if center else facts.ids("center")
    everywhere = years_of(facts, [])
    last = usual(everywhere) or 0
    if since is not None and since > last:
        last = max((y["year"] for y in everywhere), default=0)
    years = [y for y in everywhere if y["center"] in asked and y["year"] <= last]
    owed = _owed(facts, asked, last)
    rows = _centre_rows(facts, years, owed) if by == "center" else _resident_rows(facts, years, owed)
    rows = [r for r in rows if (since is None or r["year"] >= since) and (not states or r["state"] in states)]
    rows.sort(key=lambda r: (-r["year"], _STATES.index(r["state"]), r["center_id"], r["enterprise_id"] or ""))
    return rows[:limit]


def _owed(facts: Facts, asked: Sequence[str], last: int) -> list[tuple[str, str, int, list[int]]]:
    """Centre, resident, year, and the quarters that lack; none where all does."""
    raw = [r for r in reports_of(facts, []) if r["year"] <= last]
    found: list[tuple[str, str, int, list[int]]] = []
    for e in facts.of("RESIDENT_OF"):
        if e["resident_status"] != "resident" or e["to_id"] not in asked or not raw:
            continue
        here = [r["year"] for r in raw if r["center"] == e["to_id"]] or [r["year"] for r in raw]
        start = max(min(here), e["since"].year if e.get("since") else 0)
        for year in range(start, max(r["year"] for r in raw) + 1):
            own = {
                r["quarter"] or 0
                for r in raw
                if (r["firm"], r["center"], r["year"]) == (e["from_id"], e["to_id"], year)
            }
            if not own:
                found.append((e["to_id"], e["from_id"], year, []))
            elif 0 not in own and own != {1, 2, 3, 4}:
                found.append((e["to_id"], e["from_id"], year, sorted({1, 2, 3, 4} - own)))
    return sorted(found)


def _revenue_share(years: Sequence[Mapping[str, Any]]) -> float | None:
    return _sum_ratio(years, "main_revenue", ["main_revenue", "other_revenue"])


def _area_share(years: Sequence[Mapping[str, Any]]) -> float | None:
    return _sum_ratio(years, "main_area", ["main_area", "other_area"])


def _percent(value: float) -> str:
    return share_text(value, Language.ZH)


def _drifts(own: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]]) -> Signs:
    found = []
    for what, of in (("收入", _revenue_share), ("面积", _area_share)):
        now, earlier = of(own), of(before)
        if now is not None and earlier is not None and earlier - now >= 0.1 - 1e-9:
            found.append(
                ("drifting", f"主业{what}占比由 {before[0]['year']} 年的 {_percent(earlier)} 降到 {_percent(now)}")
            )
        if now is not None and now < 0.75 - 1e-9:
            found.append(("drifting", f"主业{what}占比 {_percent(now)}，低于 75%"))
    return found


def _recruits(facts: Facts, own: Sequence[Mapping[str, Any]]) -> Signs:
    found = []
    moved = [y["moved_registrations"] for y in own if y["moved_registrations"] is not None]
    if moved and sum(moved) > len(moved):
        found.append(("recruiting", f"{len(moved)} 家迁入注册 {_number(sum(moved))} 家"))
    selling = [y for y in own if y["rnd_internal"] == 0 and y["rnd_staff"] == 0 and (y["other_revenue"] or 0) > 0]
    if selling:
        found.append(
            ("recruiting", f"{len(selling)} 家只销售：{'、'.join(facts.name(y['firm']) for y in selling[:5])}")
        )
    return found


def _checks(facts: Facts, one: Mapping[str, Any], years: Sequence[Mapping[str, Any]]) -> Signs:
    found = []
    if one["rnd_staff"] is not None and one["staff"] is not None and one["rnd_staff"] > one["staff"]:
        found.append(("check", f"研发人员 {_number(one['rnd_staff'])} 多于从业人员 {_number(one['staff'])}"))
    for earlier in _before(one, years):
        for name in (*FLOWS, *STOCKS):
            if earlier[name] and one[name] and max(one[name] / earlier[name], earlier[name] / one[name]) >= 100:
                found.append(
                    ("check", f"{_VALUES_ZH[name]} {_number(earlier[name])} → {_number(one[name])}，请核对单位")
                )
    if facts.nodes[one["firm"]].get("is_high_tech"):
        money = [one[name] for name in ("rnd_internal", "rnd_external", "main_revenue", "other_revenue")]
        if None not in money and money[2] + money[3] > 0:
            sales = money[2] + money[3]
            least = 0.05 if sales <= 5000 else 0.04 if sales <= 20000 else 0.03
            if (money[0] + money[1]) / sales < least - 1e-9:
                found.append(
                    (
                        "check",
                        f"高新技术企业研发支出占收入 {_percent((money[0] + money[1]) / sales)}，低于 {_percent(least)}",
                    )
                )
        if one["rnd_staff"] is not None and one["staff"] and one["rnd_staff"] / one["staff"] < 0.1 - 1e-9:
            found.append(("check", f"高新技术企业研发人员占比 {_percent(one['rnd_staff'] / one['staff'])}，低于 10%"))
    return found


def _before(one: Mapping[str, Any], years: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    earlier = [y for y in years if (y["firm"], y["center"]) == (one["firm"], one["center"]) and y["year"] < one["year"]]
    return [max(earlier, key=lambda y: y["year"])] if earlier else []


def _tracked(
    facts: Facts, center: str, firm: str | None, year: int, own: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]],
    signs: Signs, peers: Iterable[float | None], missing: int,
) -> Row:  # fmt: skip
    signs = sorted(signs, key=lambda s: _STATES.index(s[0]))
    now, earlier = _revenue_share(own), _revenue_share(before)
    known = [p for p in peers if p is not None]
    spent = [y["rnd_internal"] for y in own if y["rnd_internal"] is not None]
    steady = "unknown" if now is None and _area_share(own) is None else "steady"
    return {
        "year": year, "center_id": center, "center_name": facts.nodes[center]["name_zh"], "enterprise_id": firm,
        "enterprise_name": facts.name(firm) if firm else None, "state": signs[0][0] if signs else steady,
        "signs": [text for _, text in signs], "main_revenue_share": now, "main_area_share": _area_share(own),
        "change": now - earlier if now is not None and earlier is not None else None,
        "rnd_staff_share": _sum_ratio(own, "rnd_staff", ["staff"]), "rnd_internal": sum(spent) if spent else None,
        "peers": sum(known) / len(known) if known else None, "reports": len(own), "missing": missing or None,
        "evidence_ids": {center, *([firm] if firm else []), *(one for y in own for one in cited(y))},
    }  # fmt: skip


def _centre_rows(
    facts: Facts, years: Sequence[dict[str, Any]], owed: Sequence[tuple[str, str, int, list[int]]]
) -> list[Row]:
    rows = []
    for center, year in sorted({(y["center"], y["year"]) for y in years} | {(o[0], o[2]) for o in owed}):
        own = [y for y in years if (y["center"], y["year"]) == (center, year)]
        earlier = [y["year"] for y in years if y["center"] == center and y["year"] < year]
        before = [y for y in years if y["center"] == center and y["year"] == max(earlier, default=None)]
        signs = [*_drifts(own, before), *_recruits(facts, own)]
        areas = [y[name] for name in ("main_area", "other_area") for y in own if y[name] is not None]
        floor = facts.nodes[center].get("floor_area_m2")
        if floor is not None and sum(areas) > floor:
            signs.append(("check", f"所报面积 {_number(sum(areas))} m² 超过建筑面积 {_number(floor)} m²"))
        doubtful = [facts.name(y["firm"]) for y in own if _checks(facts, y, years)]
        if doubtful:
            signs.append(("check", f"{len(doubtful)} 家的数字须核对：{'、'.join(doubtful[:5])}"))
        lacking = [facts.name(o[1]) for o in owed if (o[0], o[2]) == (center, year)]
        if lacking:
            signs.append(("missing", f"{len(lacking)} 家缺报：{'、'.join(lacking[:5])}"))
        others = sorted({y["center"] for y in years if y["year"] == year} - {center})
        peers = [_revenue_share([y for y in years if (y["center"], y["year"]) == (c, year)]) for c in others]
        rows.append(_tracked(facts, center, None, year, own, before, signs, peers, len(lacking)))
    return rows


def _resident_rows(
    facts: Facts, years: Sequence[dict[str, Any]], owed: Sequence[tuple[str, str, int, list[int]]]
) -> list[Row]:
    rows = []
    for y in years:
        before = _before(y, years)
        lacking = [o for o in owed if o[:3] == (y["center"], y["firm"], y["year"])]
        signs = [*_drifts([y], before), *_recruits(facts, [y]), *_checks(facts, y, years)]
        signs += [("missing", f"缺第 {'、'.join(str(q) for q in o[3])} 季度") for o in lacking]
        peers = [
            _revenue_share([o]) for o in years
            if o["center"] == y["center"] and o["firm"] != y["firm"] and o["year"] == y["year"]
        ]  # fmt: skip
        rows.append(_tracked(facts, y["center"], y["firm"], y["year"], [y], before, signs, peers, len(lacking)))
    for center, firm, year, quarters in owed:
        if not quarters:
            row = _tracked(facts, center, firm, year, [], [], [("missing", f"没有 {year} 年的填报")], [], 1)
            row["evidence_ids"] |= {e["id"] for e in facts.of("RESIDENT_OF", firm, center)}
            rows.append(row)
    return rows


# --- lineage -----------------------------------------------------------------------------------------------------------

_WHERE = ("host", "home", "corridor", "outside", "unplaced", "not_yet", "no_result", "counts")


def lineage(facts: Facts, center: str = "", where: Sequence[str] = (), limit: int = 200) -> list[Row]:
    """Each way from a centre to where a result is produced."""
    asked = [oracle._named(facts, "center", center)] if center else facts.ids("center")
    rows: list[Row] = []
    for one in asked:
        hosted = facts.of("HOSTED_BY", to_id=one)
        for edge in hosted:
            rows += _project_rows(facts, one, edge)
        node = facts.nodes[one]
        counts = [("projects", "项目"), ("rights", "知识产权"), ("industrialised_at_home", "回派出地产业化")]
        said = [f"{zh} {node[name]}" for name, zh in counts if node.get(name) is not None]
        if said and not hosted:
            rows.append({
                **_no_way(facts, one), "enterprises": [], "where": "counts", "published": said, "evidence_ids": {one},
            })  # fmt: skip
    rows = [r for r in rows if not where or r["where"] in where]
    rows.sort(
        key=lambda r: (
            _WHERE.index(r["where"]),
            -len(r["published"] or []),
            r["center_id"],
            *((r[k] or "") for k in ("project_id", "result_id", "to_id")),
        )
    )
    return rows[:limit]


def _no_way(facts: Facts, center: str) -> Row:
    names = (
        "project_id", "project_name", "started_on", "result_id", "result_name", "result_kind", "yielded_on", "to_id", "to_name", "place_id", "place_name",
        "first_output_on", "days", "is_lost", "published",
    )  # fmt: skip
    return {**dict.fromkeys(names), "center_id": center, "center_name": facts.nodes[center]["name_zh"], "products": []}


def _project_rows(facts: Facts, center: str, hosted: Fact) -> list[Row]:
    project = facts.nodes[hosted["from_id"]]
    firms = sorted(e["from_id"] for e in facts.of("RUNS", to_id=project["id"]))
    base: Row = {
        **_no_way(facts, center), "project_id": project["id"], "project_name": project["name_zh"], "started_on": _day(project.get("started_on")),
        "enterprises": [facts.name(f) for f in firms], "evidence_ids": {center, project["id"], hosted["id"], *firms, *(e["id"] for e in facts.of("RUNS", to_id=project["id"]))},
    }  # fmt: skip
    rows = []
    for made in facts.of("YIELDS", project["id"]):
        result = facts.nodes[made["to_id"]]
        uses = sorted(facts.of("INDUSTRIALISED_IN", result["id"]), key=lambda e: e["to_id"])
        products = [facts.nodes[e["to_id"]]["name_zh"] for e in uses if e["to_id"].startswith("product:")]
        origins = [e["from_id"] for e in facts.of("YIELDS", to_id=result["id"])]
        of_result: Row = {
            **base, "result_id": result["id"], "result_name": result["name_zh"], "result_kind": result["result_kind"],
            "yielded_on": _day(made.get("yielded_on")), "products": products[:5],
            "is_lost": all({e["to_id"] for e in facts.of("HOSTED_BY", j)} == {center} for j in origins),
            "evidence_ids": {*base["evidence_ids"], result["id"], made["id"]},
        }  # fmt: skip
        sites = [e for e in uses if not e["to_id"].startswith("product:")]
        for use in sites:
            place = counts_for(facts, use["to_id"])
            said = place or _only_place(facts, use["to_id"])
            at_plant = sorted(e["to_id"] for e in facts._of("MAKES", use["to_id"], None))
            begun, first = project.get("started_on"), use.get("first_output_on")
            days = (first - begun).days if begun and first else None
            rows.append({
                **of_result, "where": _where(facts, center, use["to_id"], place), "to_id": use["to_id"], "to_name": facts.nodes[use["to_id"]]["name_zh"],
                "place_id": said, "place_name": facts.name(said) if said else None, "first_output_on": _day(first),
                "days": None if days is None or days < 0 else days,
                "products": list(dict.fromkeys([*products, *(facts.nodes[p]["name_zh"] for p in at_plant)]))[:5],
                "evidence_ids": {*of_result["evidence_ids"], use["to_id"], use["id"]},
            })  # fmt: skip
        if not sites:
            rows.append({**of_result, "where": "unplaced" if uses else "not_yet"})
    return rows or [{**base, "where": "no_result"}]


def _where(facts: Facts, center: str, site: str, place: str | None) -> str:
    if place is not None and place == host_of(facts, center):
        return "host"
    if (place or _only_place(facts, site)) and sender_of(facts, center) in _places_around(facts, site):
        return "home"
    if place is None:
        return "unplaced"
    return "corridor" if facts.nodes[place].get("in_corridor") else "outside"


def _places_around(facts: Facts, site: str) -> set[str]:
    at = _located(facts, site) if not site.startswith("place:") else {site}
    return {p for one in at for p in (one, *_above(facts, one))}


def _only_place(facts: Facts, site: str) -> str | None:
    """The place that a site lies in, where there is no other: a province, of whose cities none is known."""
    around = _places_around(facts, site)
    return next(iter(around)) if len(around) == 1 else None


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


# --- certificate -------------------------------------------------------------------------------------------------------


def certificate(facts: Facts, center: str, rules: str = "incubator-2018", year: int | None = None) -> list[Row]:
    """The gates and indicators of one centre, from its row among all."""
    named, read = oracle._named(facts, "center", center), _rules(rules)
    years = years_of(facts, [])
    wanted = year if year is not None else usual(years)
    own = [y for y in years if y["year"] == wanted]
    row = next(r for r in _graded(facts, own, wanted, read, 1) if r["center_id"] == named)
    known = indicators_of(facts, named, own)
    nothing = dict.fromkeys(("worst", "best", "is_gain", "scaled", "weight", "product", "wanted"))
    rows = []
    for gate in read["gates"]:
        value, floor = known.get(gate["indicator"]), gate["floor"]["value"]
        outcome = "not_known" if value is None else "failed" if value < floor else "passed"
        rows.append({
            **nothing, "part": "gate", "indicator": gate["indicator"], "value": value, "outcome": outcome, "worst": floor,
            "source": gate["floor"].get("source", "假设，没有公开来源"), "evidence_ids": row["evidence_ids"],
        })  # fmt: skip
    whole = sum(w["weight"]["value"] for w in read["indicators"])
    scored = row["standing"] not in ("no_report", "gate", "alone")
    for j, w in enumerate(read["indicators"]):
        scaled = row["_scaled"][j] if scored else None
        low, high = (w[end]["value"] if end in w else None for end in ("low", "high"))
        is_gain = w.get("is_gain", True)
        sources = list(
            dict.fromkeys(w[part]["source"] for part in ("weight", "low", "high") if w.get(part, {}).get("source"))
        )
        rows.append({
            "part": "score", "indicator": w["indicator"], "value": known.get(w["indicator"]),
            "outcome": "not_known" if scaled is None else "counted", "worst": low if is_gain else high,
            "best": high if is_gain else low, "is_gain": is_gain, "scaled": scaled, "weight": w["weight"]["value"] / whole,
            "product": None if scaled is None else scaled * w["weight"]["value"] / whole,
            "wanted": row["_wanted"].get(w["indicator"]) if scored else None,
            "source": f"部分有来源：{'、'.join(sources)}；其余为假设" if sources else "假设，没有公开来源",
            "evidence_ids": row["evidence_ids"],
        })  # fmt: skip
    return rows
