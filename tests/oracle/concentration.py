"""On how few sources things rest, by loops over facts."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any

from tests.oracle import (
    EVERYWHERE,
    MUNICIPALITIES,
    Facts,
    Row,
    _above,
    _after,
    _asked_places,
    _group,
    _located,
    _market,
    _named,
    _sites,
)

_ANY = float("inf")
_NEAR = 1e-9


def whereabouts(facts: Facts, node_id: str, places: Sequence[str]) -> str:
    """Whether a thing (or place) is "inside" the places, also where it is elsewhere too, "outside" or "unknown"."""
    found = side(facts, node_id, places)
    return "inside" if found == "both" else found


def side_of_all(facts: Facts, sites: Iterable[str], places: Sequence[str]) -> str:
    """The same of several sites: "outside" and "inside" where all are, "both" where some are inside for sure."""
    sides = {side(facts, site, places) for site in sites}
    if len(sides) == 1:
        return sides.pop()
    return "both" if sides & {"inside", "both"} else "unknown"


def side(facts: Facts, node_id: str, places: Sequence[str]) -> str:
    """Whether a thing (or place) is "inside" the places, "outside", in "both" or "unknown"."""
    asked = _asked_places(facts, places)
    if asked == EVERYWHERE:
        return "inside"
    at = {node_id} if node_id.startswith("place:") else _located(facts, node_id)
    around = {a for p in asked for a in _above(facts, p)}
    inside = [p for p in at if ({p} | _above(facts, p)) & asked]
    outside = [p for p in at if p not in inside and p not in around]
    if inside and outside:
        return "both"
    return "inside" if inside else "outside" if outside else "unknown"


HOME_NAMES = ("中国", "中华人民共和国", "china", "cn", "chn", "prc", "156")


@cache
def home(facts: Facts) -> str:
    """The country of the codes of GB/T 2260, however it is called; an id without a node where the graph has none."""
    for place in facts.ids("place"):
        node = facts.nodes[place]
        names = [place.split(":")[1], node["name_zh"], node.get("name_en", ""), *node.get("aliases", [])]
        if any(name.lower() in HOME_NAMES for name in names):
            return place
    return "place:CHN"


@cache
def place_at(facts: Facts, place: str, level: str) -> str | None:
    """The place of a level that a place is or lies in."""
    way = [place]
    while facts.territory.out_degree(way[-1]):
        way.append(max(facts.territory.successors(way[-1])))
    for here in way:
        if facts.nodes[here]["level"] == ("prefecture" if level == "city" else level):
            return here
        if level == "city" and here in MUNICIPALITIES:
            return here
    if level == "city" and facts.nodes[place]["level"] == "district":
        return place
    return home(facts) if level == "country" and re.fullmatch(r"place:\d{6}", place) else None


@dataclass(frozen=True)
class Source:
    """A source of a product or technology: its share as it is on record, the places of the level of each of its sites, and
    the edges that say so.
    """

    id: str
    share: float | None
    sites: dict[str, tuple[str, ...]]
    ways: tuple[str, ...]
    at: str = ""

    @property
    def places(self) -> tuple[str, ...]:
        return tuple(sorted(set().union(*self.sites.values())))

    @property
    def lost(self) -> int:
        """How many of its sites are of unknown place."""
        return sum(not places for places in self.sites.values())

    @property
    def kind(self) -> tuple[Any, ...]:
        """Itself, by where it is: an enterprise may make two products in two places."""
        return self.id, self.places, self.lost, self.at

    @property
    def group(self) -> tuple[Any, ...]:
        """The place that it counts to; itself where that is not known or there are several."""
        return (self.id, self.places, self.lost) if self.is_apart else self.places

    @property
    def is_apart(self) -> bool:
        return len(self.places) + self.lost != 1 or self.lost == 1

    @property
    def parts(self) -> float:
        """Over how many places it may be spread; a wider place over any number."""
        return _ANY if self.id.startswith("place:") and not self.places else len(self.places) + self.lost


def sources(facts: Facts, what: str, by: str, subject: str, least: float = 0.0) -> list[Source]:
    """Who a product or technology comes from, or which places where these are counted and on record as providing it."""

    def at(maker: str, site: str) -> tuple[str, ...]:
        if by in ("enterprise", "group"):
            return (maker if by == "enterprise" else _group(facts, maker),)
        where = {site} if site.startswith("place:") else _located(facts, site)
        return tuple(sorted({g for p in where if (g := place_at(facts, p, by)) is not None}))

    def alone(edge: Any, share: float | None) -> Source:
        return Source(edge["from_id"], share, {edge["from_id"]: at(edge["from_id"], edge["from_id"])}, (edge["id"],))

    def is_sure(edge: Any) -> bool:
        return bool(edge.get("confidence", 0.0) >= least)

    if what == "technology":
        return sorted((alone(e, None) for e in facts.of("MASTERS", to_id=subject) if is_sure(e)), key=lambda s: s.id)
    provided = [e for e in facts.of("PROVIDES", to_id=subject) if by not in ("enterprise", "group") and is_sure(e)]
    if provided:
        found = [alone(e, e.get("share", 0.0 if e.get("is_negligible") else None)) for e in provided]
        return sorted(found, key=lambda s: s.id)
    every, sure, found = _sites(facts, subject), _sites(facts, subject, least), []
    for maker in sorted({one.maker for one in sure}):
        own = [one for one in sure if one.maker == maker]
        is_split = all(one.share is not None for one in every if one.maker == maker) or own[0].site == maker
        if is_split and by not in ("enterprise", "group"):
            found += [Source(one.site, one.share, {one.site: at(maker, one.site)}, tuple(one.way)) for one in own]
            continue
        share, ways = None, [edge for one in own for edge in one.edges]
        if is_split and None not in (told := [one.share for one in own]):
            share = sum(one for one in told if one is not None)
        if not is_split:
            direct = facts.of("MAKES", maker, subject)
            share = (
                direct[0].get("share") if direct and direct[0].get("share_market") == _market(facts, subject) else None
            )
            ways += [direct[0]["id"]] if share is not None else []
        found.append(Source(maker, share, {one.site: at(maker, one.site) for one in own}, tuple(ways)))
    # A plant of two operators is one source.
    found.sort(key=lambda s: (s.id, s.share is None, -(s.share or 0.0)))
    return list({s.id: s for s in reversed(found)}.values())[::-1]


@dataclass(frozen=True)
class Product:
    """The sources of a product, what their known shares are divided by, and what these leave."""

    sources: list[Source]

    @property
    def known(self) -> float:
        return sum(s.share or 0.0 for s in self.sources)

    @property
    def whole(self) -> float:
        return self.known if self.known >= 0.98 - _NEAR else 1.0

    @property
    def rest(self) -> float:
        return 0.0 if self.known >= 0.98 - _NEAR else 1 - self.known

    @property
    def untold(self) -> list[Source]:
        return [s for s in self.sources if s.share is None]

    def alike(self, source: Source) -> float:
        """Its weight if sources of unknown share supplied alike."""
        if self.untold or not self.rest:
            return self.rest / len(self.untold) if source.share is None else source.share / self.whole
        return (source.share or 0.0) / self.known if self.known > _NEAR else 1 / len(self.sources)


def products_of(
    facts: Facts, what: str, by: str, subject: str, least: float, places: Sequence[str] = ()
) -> list[Product]:
    """The subject itself, or the products of a chain; those with a source."""
    if what != "chain":
        found = [sources(facts, what, by, subject, least)]
    else:
        members = sorted(e["from_id"] for e in facts.in_chain(subject))
        found = [sources(facts, "product", by, product, least) for product in members]
    return [Product([replace(s, at=side_of_all(facts, s.sites, places)) for s in own]) for own in found if own]


def index_bounds(products: Sequence[Product], may_join: bool) -> tuple[float, float] | None:
    """The least and the most HHI of products that count alike.

    The known shares of every group are certain; sources apart are groups of their own, spread over their places. What these
    leave may be anybody's: at least it is spread over any number, at most it and what is apart is in the largest group.
    `may_join`: it may be of a group on record.
    """
    if not products:
        return None
    amount, spread, apart = defaultdict[tuple[Any, ...], float](float), dict[tuple[Any, ...], float](), set()
    for product in products:
        for s in product.sources:
            amount[s.group] += (s.share or 0.0) / product.whole / len(products)
            spread[s.group] = s.parts
            apart |= {s.group} if s.is_apart else set()
    squares = sum(a * a / spread[g] for g, a in amount.items())
    top = max((a for g, a in amount.items() if g not in apart), default=0.0) if may_join else 0.0
    loose = sum(p.rest for p in products) / len(products) + sum(amount[g] for g in apart)
    return squares, min(1.0, squares + 2 * loose * top + loose**2)


def part_bounds(products: Sequence[Product], part: str) -> tuple[float, float]:
    """What at least and at most comes from sources that are "inside" or "outside"."""
    least = most = 0.0
    for product in products:
        of_part = [s for s in product.sources if s.at == part]
        may_be = [s for s in product.sources if s.at in (part, "both", "unknown")]
        least += sum(s.share or 0.0 for s in of_part) / product.whole
        most += sum(s.share or 0.0 for s in may_be) / product.whole
        most += product.rest
    return least / len(products), most / len(products)


def outside_bounds(
    products: Sequence[Product], shares: tuple[float, float], may_join: bool
) -> tuple[float, float] | None:
    """The least and the most HHI among themselves of the sources outside."""
    if not _whole(products)["outside"] or not shares[1]:
        return None
    amount, spread, apart = defaultdict[tuple[Any, ...], float](float), dict[tuple[Any, ...], float](), set()
    for product in products:
        for s in product.sources:
            if s.at != "inside":
                spread[s.group] = s.parts
                apart |= {s.group} if s.is_apart else set()
                amount[s.group] += (s.share or 0.0) / product.whole / len(products) if s.at == "outside" else 0.0
    squares = sum(a * a / spread[g] for g, a in amount.items())
    least = squares / shares[1] ** 2
    placed = [a for g, a in amount.items() if g not in apart]
    loose = shares[1] - sum(placed)
    top = max(placed, default=0.0) if may_join else 0.0
    most = squares + 2 * loose * top + loose**2
    return least, min(1.0, most / shares[0] ** 2) if shares[0] else 1.0


def _whole(products: Sequence[Product]) -> dict[str, int]:
    """How many sources are inside, others too, and how many outside, whatever product they are of."""
    at = defaultdict[str, set[str]](set)
    for s in (s for p in products for s in p.sources):
        at[s.id].add(s.at)
    return {
        "inside": sum(bool(w & {"inside", "both"}) for w in at.values()),
        "outside": sum(w == {"outside"} for w in at.values()),
    }


def above(bounds: tuple[float, float] | None, threshold: float) -> bool | None:
    if bounds is None:
        return None
    return True if bounds[0] > threshold + _NEAR else False if bounds[1] <= threshold + _NEAR else None


def concentration(
    facts: Facts,
    chain: str = "",
    subjects: Sequence[str] = (),
    what: str = "product",
    by: str = "enterprise",
    places: Sequence[str] = (),
    hhi_above: float = 0.4,
    outside_share_above: float = 0.5,
    outside_ratio_above: float = 1.0,
    min_confidence: float = 0.0,
    limit: int = 50,
) -> list[Row]:
    """Each product, technology or chain with its measures, the first to look at first."""
    limits = (hhi_above, outside_share_above, outside_ratio_above, min_confidence)
    rows = [_row(facts, what, by, places, s, limits) for s in _subjects(facts, what, chain, subjects)]

    def order(row: Row) -> tuple[Any, ...]:
        told = [row["is_dependent"], row["is_concentrated"]]
        return (
            not row["sources"], told.index(True) if True in told else 2 if None in told else 3, row["is_concentrated"] is not True,
            row["is_essential"] is not True, -(row["downstream"] or 0), -round(row["hhi"] or 0, 9), row["subject_id"],
        )  # fmt: skip

    return sorted(rows, key=order)[:limit]


def _subjects(facts: Facts, what: str, chain: str, subjects: Sequence[str]) -> list[str]:
    if subjects:
        return sorted({_named(facts, what, name) for name in subjects})
    if not chain:
        return facts.ids(what)
    if what == "chain":
        return [_named(facts, "chain", chain)]
    products = {e["from_id"] for e in facts.in_chain(_named(facts, "chain", chain))}
    if what == "product":
        return sorted(products)
    return sorted({e["to_id"] for p in products for e in facts.of("NEEDS", p)})


def _row(
    facts: Facts, what: str, by: str, places: Sequence[str], subject: str, limits: tuple[float, float, float, float]
) -> Row:
    products = products_of(facts, what, by, subject, limits[3], places)
    everyone = {s.kind: s for p in products for s in p.sources}
    may_join = by != "enterprise" or what == "chain"
    bounds = index_bounds(products, may_join)
    exact = bool(products) and not any(p.rest for p in products) and not any(s.is_apart for s in everyone.values())
    supply = _supply(products)
    parts, alike = _parts(everyone, supply[0]), _parts(everyone, supply[1])
    city_products = products_of(facts, what, "city", subject, limits[3], places)
    cities = _parts({s.kind: s for p in city_products for s in p.sources}, _supply(city_products)[0])
    uses = [e for e in facts.of("INPUT_OF", subject) if e["to_id"] != subject]
    classes = [e["input_class"] for e in uses if "input_class" in e]
    is_product = what == "product"
    ids = sorted({s.id for s in everyone.values()})
    shown = sorted(ids, key=lambda i: -round(sum(w for kind, w in supply[0].items() if kind[0] == i), 12))[:20]
    return {
        "subject_id": subject,
        "name_zh": facts.nodes[subject]["name_zh"],
        "name_en": facts.nodes[subject].get("name_en"),
        "is_essential": (2 in classes) if is_product and classes else None,
        "downstream": len(_after(facts, subject)) if is_product else None,
        "is_by_place": any(i.startswith("place:") for i in ids),
        "sources": len(ids),
        "unplaced": len({s.id for s in everyone.values() if s.lost}),
        "groups": len({s.group for s in everyone.values()}),
        "known_share": sum(p.known for p in products) / len(products) if products else 0.0,
        "hhi": bounds[0] if bounds else None,
        "hhi_most": bounds[1] if bounds else None,
        "is_hhi_exact": exact if products else None,
        "effective_sources": 1 / bounds[0] if bounds and exact and bounds[0] else None,
        "hhi_alike": sum(w * w for w in alike.values()) if alike else None,
        **_largest(facts, parts, "source", _is_told(products)),
        **_largest(facts, cities, "city", _is_told(city_products)),
        "is_concentrated": above(bounds, limits[0]),
        "flip_margin": _flip(list(parts.values()), limits[0]) if exact else None,
        "source_names": [facts.name(s) for s in shown],
        "evidence_ids": _evidence(facts, what, by, subject, shown, limits[3]),
        **_outside(products, limits, may_join),
    }


Kind = tuple[Any, ...]


def _supply(products: Sequence[Product]) -> tuple[dict[Kind, float], dict[Kind, float]]:
    """What comes from each source by known shares (alike where none is known), and if those of unknown share were alike."""
    known, alike = defaultdict[Kind, float](float), defaultdict[Kind, float](float)
    for product in products:
        for s in product.sources:
            known[s.kind] += (s.share or 0.0) / product.whole / len(products)
            alike[s.kind] += product.alike(s) / len(products)
    return dict(sorted((known if any(known.values()) else alike).items())), dict(sorted(alike.items()))


def _parts(everyone: dict[Kind, Source], weight: dict[Kind, float]) -> dict[tuple[bool, str], float]:
    found: dict[tuple[bool, str], float] = defaultdict(float)
    for s, w in weight.items():
        groups = [*((False, place) for place in everyone[s].places), *[(True, everyone[s].id)] * everyone[s].lost]
        for group in groups:
            found[group] += w / len(groups)
    return dict(sorted(found.items()))


def _is_told(products: Sequence[Product]) -> bool:
    return any(s.share for product in products for s in product.sources)


def _largest(facts: Facts, parts: dict[tuple[bool, str], float], of: str, is_told: bool) -> Row:
    """Who surely has most: nobody else would with all that is not known."""
    names = ("largest_source", "largest_share") if of == "source" else ("largest_city", "largest_city_share")
    most = max((round(w, 12) for w in parts.values()), default=0.0)
    best = next((g for g, w in parts.items() if round(w, 12) == most), None)
    loose = 1 - sum(parts.values())
    is_sure = is_told and most > 0 and all(w + loose <= most + _NEAR for g, w in parts.items() if g != best)
    is_sure = is_sure and loose <= most + _NEAR
    if best is None or not (is_sure or len(parts) == 1) or (of == "city" and best[0]):
        return dict.fromkeys(names)
    name = facts.name(best[1]) if best[1] in facts.nodes else "中国"
    said = name + "（地点未知）" if best[0] else name
    return dict(zip(names, (said, parts[best] if is_sure else None), strict=True))


def _outside(products: Sequence[Product], limits: tuple[float, float, float, float], may_join: bool) -> Row:
    counts = _whole(products)
    if not products:
        names = ("outside_share", "outside_share_least", "outside_share_most", "outside_hhi", "outside_hhi_most",
                 "outside_to_inside", "is_dependent", "outside_flip_margin")  # fmt: skip
        return counts | dict.fromkeys(names)
    shares = part_bounds(products, "outside")
    index = outside_bounds(products, shares, may_join)
    is_whole = sum(p.known for p in products) / len(products) >= 0.98 - _NEAR
    share = shares[0] if is_whole and shares[1] - shares[0] < _NEAR else None
    threshold = max(limits[1], limits[2] / (1 + limits[2]))
    both = [above(shares, threshold), above(index, limits[0])]
    margin = None
    if (
        share is not None
        and not any(p.rest for p in products)
        and not any(s.at in ("both", "unknown") for p in products for s in p.sources)
    ):
        weight = _supply(products)[0]
        away = {kind: w for kind, w in weight.items() if kind[3] == "outside"}
        margin = _outside_flip(weight, away, threshold) if away else None  # nothing to move
    return counts | {
        "outside_share": share,
        "outside_share_least": shares[0],
        "outside_share_most": shares[1],
        "outside_hhi": index[0] if index else None,
        "outside_hhi_most": index[1] if index else None,
        "outside_to_inside": share / (1 - share) if share is not None and share < 1 - _NEAR else None,
        "is_dependent": False if False in both or limits[0] >= 1 else True if both == [True, True] else None,
        "outside_flip_margin": margin,
    }


def _moved(weights: Sequence[float], number: int, to: float) -> list[float]:
    """Shares after one moved and the others kept their proportions."""
    rest = 1 - weights[number]
    return [to if n == number else w * (1 - to) / rest for n, w in enumerate(weights)]


def _crossing(value: Any, here: float) -> float | None:
    """The least move from here to a point in 0–1 where a continuous value is 0, by looking everywhere and halving."""
    steps = [(n / 2_000, value(n / 2_000)) for n in range(2_001)]
    roots = [x for x, found in steps if abs(found) < 1e-13]
    for (a, low), (b, high) in pairwise(steps):
        if low * high >= 0:
            continue
        for _ in range(80):
            middle = (a + b) / 2
            if value(middle) * low > 0:
                a = middle
            else:
                b = middle
        roots.append(a)
    return min((abs(x - here) for x in roots), default=None)


def _flip(weights: Sequence[float], threshold: float) -> float | None:
    found = [
        _crossing(lambda x, n=n: sum(w**2 for w in _moved(weights, n, x)) - threshold, w)
        for n, w in enumerate(weights)
        if w < 1 - 1e-9
    ]
    return min((f for f in found if f is not None), default=None)


def _outside_flip(weight: dict[Kind, float], away: dict[Kind, float], threshold: float) -> float | None:
    names, weights = list(weight), list(weight.values())

    def over(number: int, to: float) -> float:
        return sum(w for s, w in zip(names, _moved(weights, number, to), strict=True) if s in away) - threshold

    found = [_crossing(lambda x, n=n: over(n, x), w) for n, w in enumerate(weights) if w < 1 - 1e-9]
    return min((f for f in found if f is not None), default=None)


def _evidence(facts: Facts, what: str, by: str, subject: str, shown: Iterable[str], least: float) -> set[str]:
    shown, found = set(shown), {subject}
    products = [subject] if what != "chain" else [e["from_id"] for e in facts.in_chain(subject)]
    for product in products:
        own = [s for s in sources(facts, "product" if what == "chain" else what, by, product, least) if s.id in shown]
        found |= {edge for s in own for edge in s.ways}
        found |= {e["id"] for s in own for site in s.sites for e in facts.of("LOCATED_IN", site)}
        if own and what == "chain":
            found.add(facts.of("PART_OF", product, subject)[0]["id"])
    return found
