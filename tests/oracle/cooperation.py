"""Who stands on which side of a technology or product, by loops over all edges."""

from collections.abc import Iterable, Sequence

from tests.oracle import Facts, Row, _above, _asked_places, _named, best_sites
from tests.oracle.partners import Steps, along, standing, walked

_SIDES = {"government": "政", "industry": "产", "university": "学", "research": "研", "finance": "金", "users": "用"}
_ORDER = ("here", "unplaced", "elsewhere", "not_on_record")
_MISSING = {
    "here": "不缺", "unplaced": "{side}：有记录，地点未定，可能在区内", "elsewhere": "{side}：只在区外有记录",
    "not_on_record": "{side}：未见记录，不等于没有",
}  # fmt: skip

_COUNTED = {
    "government": "中心及派出地", "university": "高校", "research": "院所和实验室", "finance": "拟投项目",
    "industry.product": "生产它的 {makers} 家，只掌握其所需技术的 {masters} 家", "industry.technology": "掌握它的企业",
    "users.product": "以它为投入的产品的生产者", "users.technology": "需要它的产品的生产者",
}  # fmt: skip

_Way = tuple[str, str, Steps, str]
"""A side, who, the way from them to the subject, where they make something."""


def cooperation(
    facts: Facts, subject: str, places: Sequence[str] = (), min_confidence: float = 0.0, limit: int = 50
) -> list[Row]:
    """A row a side."""
    prefix = "technology" if subject.startswith("technology:") else "product"
    found = list(_parties(facts, _named(facts, prefix, subject), _asked_places(facts, places), min_confidence))
    return [_row(facts, side, found, _asked_places(facts, places), prefix) for side in _SIDES][:limit]


def _parties(facts: Facts, subject: str, asked: frozenset[str], least: float) -> Iterable[_Way]:
    is_product = subject.startswith("product:")
    needs = facts.of("NEEDS", subject) if is_product else facts.of("NEEDS", to_id=subject)
    own: dict[str, Steps] = {subject: ()} if is_product else {}
    used = {e["to_id"]: ((e["id"], False),) for e in facts.of("INPUT_OF", subject) if e["to_id"] != subject}
    used |= {} if is_product else {e["from_id"]: ((e["id"], True),) for e in needs}
    industry: list[_Way] = []
    for product, tail in [*own.items(), *used.items()]:
        for maker, site in best_sites(facts, product, asked, least).items():
            side = "industry" if product in own else "users"
            one = (side, maker, (*along(site.edges), *tail), site.site)
            industry += [one] if side == "industry" else []
            yield one
    technologies: dict[str, Steps] = {e["to_id"]: ((e["id"], False),) for e in needs} if is_product else {subject: ()}
    for technology, tail in technologies.items():
        for edge in facts.of("MASTERS", to_id=technology):
            one = ("industry", edge["from_id"], ((edge["id"], True), *tail), edge["from_id"])
            industry.append(one)
            yield one
        for edge in facts.of("RESEARCHES", to_id=technology):
            yield _side(facts, edge["from_id"]), edge["from_id"], ((edge["id"], True), *tail), ""
    for _, firm, way, _ in _once(industry):
        for edge in facts.of("COOPERATES_WITH", firm):
            yield _side(facts, edge["to_id"]), edge["to_id"], ((edge["id"], False), *way), firm
        for edge in facts.of("RESIDENT_OF", firm):
            if edge.get("resident_status") == "resident":
                hosted: Steps = ((edge["id"], False), *way)
                yield "government", edge["to_id"], hosted, ""
                for sent in facts.of("SENT_BY", edge["to_id"]):
                    yield "government", sent["to_id"], ((sent["id"], False), *hosted), ""
    for product, tail in [*own.items(), *(() if is_product else used.items())]:
        for edge in facts.of("FILLS", to_id=product):
            yield "finance", edge["from_id"], ((edge["id"], True), *tail), ""


def _side(facts: Facts, institute: str) -> str:
    return "university" if facts.nodes[institute].get("kind") == "university" else "research"


def _once(ways: Iterable[_Way]) -> list[_Way]:
    best: dict[tuple[str, str], _Way] = {}
    for one in ways:
        key = one[:2]
        best[key] = min(best.get(key, one), one, key=lambda w: (len(w[2]), w[2], w[3]))
    return list(best.values())


def _row(facts: Facts, side: str, ways: Iterable[_Way], asked: frozenset[str], prefix: str) -> Row:
    def presence(one: _Way) -> str:
        found = {standing(facts, node, asked) for node in (one[1], one[3]) if node}
        if one[1].startswith("place:"):
            found = {bool(standing(facts, one[1], asked) or {one[1], *_above(facts, one[1])} & asked)}
        return "here" if True in found else "unplaced" if None in found else "elsewhere"

    own = _once(one for one in ways if one[0] == side)
    own.sort(key=lambda one: (_ORDER.index(presence(one)), len(one[2]), one[1]))
    states = [presence(one) for one in own]
    state = min(states, key=_ORDER.index, default="not_on_record")
    first = own[:5]
    masters = sum(one[2][0][0].startswith("MASTERS|") for one in own)
    counted = _COUNTED.get(side) or _COUNTED[f"{side}.{prefix}"]
    return {
        "side": side, "presence": state, **{name: states.count(name) for name in _ORDER[:3]},
        "names": [facts.name(one[1]) for one in first], "counted": counted.format(makers=len(own) - masters, masters=masters), "missing": _MISSING[state].format(side=_SIDES[side]),
        "party_ids": [one[1] for one in first],
        "evidence_ids": {i for one in first for i in (*walked(one[2]), *(edge for edge, _ in one[2]))},
    }  # fmt: skip
