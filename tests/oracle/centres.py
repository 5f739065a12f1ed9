"""What residents of centres report, by loops over facts, and the plain answers of the scores and ledgers."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import tests.oracle as oracle
from tests.oracle import Fact, Facts, Row, _above, _located

FLOWS = (
    "rnd_internal", "rnd_external", "main_revenue", "other_revenue", "tax", "output", "contracts", "support", "graduates",
    "patents", "moved_registrations",
)  # fmt: skip
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


def plain_agreed(terms: Sequence[tuple[str, float, date | None, date | None]], begins: date, ends: date) -> dict[str | None, float]:
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
    around = {p for at in (_located(facts, node) if not node.startswith("place:") else {node}) for p in (at, *_above(facts, at))}
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
            node = facts.nodes[report]
            names = {n: n if n in node else f"{n}_10k_cny" if f"{n}_10k_cny" in node else f"{n}_m2" for n in (*FLOWS, *STOCKS)}
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
    wanted = [year] if year is not None else on_record if all_years else on_record[-1:]
    own = [y for y in years if y["year"] in wanted]
    if not own:
        return _claims(facts, indicator, asked)[:limit]
    rows = [row for one in wanted for row in _places(facts, indicator, [y for y in own if y["year"] == one], one)]
    rows.sort(key=lambda r: (-r["year"], r["place_id"] is None, -abs(round(r["difference"] or 0.0, 6)), r["place_id"] or ""))
    return rows[:limit]


def _empty() -> Row:
    names = ("difference", "support", "flow_in", "flow_out", "claim", *_LEDGERS)
    return {**dict.fromkeys(names), "residents": 0, "caused_by": []}


def _claims(facts: Facts, indicator: str, asked: Sequence[str]) -> list[Row]:
    rows = []
    for center in sorted(asked or facts.ids("center"), key=lambda c: (c != "center:jinhua-shanghai", c)):
        terms = [e for e in facts.of("AGREED_SPLIT", center) if e["indicator"] == indicator]
        host, sender = host_of(facts, center), sender_of(facts, center)
        registered = facts.nodes[center].get("has_registered_residents") is True
        third = "账三按协议分" if terms else "账三空，没有约定分成的协议"
        said = [(host, f"账一（履行地）归此；{third}")]
        if registered:
            third = third if terms else "账三空，没有协议"
            said = [(host, f"账一、账二都归此：入驻企业在此注册为法人，没有争议；{third}")]
        elif sender != host:
            said.append((sender, f"账二（注册地）归此，除非入驻企业在中心所在地设立法人；{third}"))
        for place, claim in said:
            rows.append({
                **_empty(), "year": None, "center_id": center, "center": facts.nodes[center]["name_zh"], "place_id": place,
                "name_zh": _place_name(facts, place), "claim": claim,
                "evidence_ids": {center, *([place] if place else []), *(e["id"] for e in terms)},
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
        amount = 1.0 if indicator == "firms" else one[{"rnd": "rnd_internal"}.get(indicator, indicator)]
        if amount is None:
            continue
        amounts.append(amount)
        for ledger, place, part, edges in [
            ("performance", host, amount, []), ("registration", home, amount, []),
            *(("agreed", p, part, edges) for p, part, edges in _agreed(facts, one, indicator, amount)),
            *(("shapley", p, part, []) for p, part in _due(facts, one, indicator, amount, host, home, paid)),
        ]:  # fmt: skip
            here = at(place)
            here["parts"].append((ledger, part))
            here["firms"].add(one["firm"])
            here["cited"] |= {*one["reports"], one["firm"], one["center"], *edges}
        for e in facts.of("AGREED_SPLIT", one["center"]):
            terms = [t for t in facts.of("AGREED_SPLIT", one["center"]) if t["indicator"] == indicator]
            if e["indicator"] == indicator and all(t.get("share") is not None for t in terms):
                at(e["to_id"])["cited"].add(e["id"])
        if host != home:
            for place, sign in ((host, 1), (home, -1)):
                causes = at(place)["causes"]
                causes[one["firm"]] = causes.get(one["firm"], 0.0) + sign * amount
    rows = []
    for place, here in found.items():
        sums = {name: math.fsum(p for ledger, p in here["parts"] if ledger == name) if amounts else None for name in _LEDGERS}
        most = sorted(here["causes"], key=lambda who: (-abs(here["causes"][who]), who))[:5]
        rows.append({
            **_empty(), "year": year, "center_id": None, "center": None, "place_id": place, "name_zh": _place_name(facts, place),
            **sums, "difference": math.fsum(here["causes"].values()) if amounts else None, "residents": len(here["firms"]),
            "caused_by": [facts.name(who) for who in most],
            **{name: math.fsum(parts) for name, parts in here["sums"].items()},
            "evidence_ids": {*([place] if place else []), *here["cited"]},
        })  # fmt: skip
    return rows


def _agreed(facts: Facts, one: Mapping[str, Any], indicator: str, amount: float) -> Iterable[tuple[str | None, float, list[str]]]:
    own = [e for e in facts.of("AGREED_SPLIT", one["center"]) if e["indicator"] == indicator]
    if any(e.get("share") is None for e in own):
        return [(None, amount, [])]
    terms = [(e["to_id"], e["share"], e.get("applies_from"), e.get("applies_to")) for e in own]
    shares = plain_agreed(terms, date(one["year"], 1, 1), date(one["year"], 12, 31))
    return [((counts_for(facts, p) or p) if p else None, amount * share, []) for p, share in shares.items()]


def _due(
    facts: Facts, one: Mapping[str, Any], indicator: str, amount: float, host: str | None, home: str | None, paid: Sequence[Fact]
) -> Iterable[tuple[str | None, float]]:
    inside = one["rnd_internal"]
    known = [e for e in paid if e.get("amount_10k_cny") and inside] if indicator != "firms" else []
    parts = plain_contributed(amount, 0.0, [e["amount_10k_cny"] / inside for e in known])
    return list(zip([host, home, *(counts_for(facts, e["to_id"]) for e in known)], parts, strict=True))
