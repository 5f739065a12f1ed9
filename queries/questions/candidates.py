"""Who could fill a gap: enterprises here that are near to making the product, and makers elsewhere that could come.

Every part of the score is an array over all enterprises for one gap; only what is shown becomes rows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import numpy as np
from pydantic import Field
from scipy.sparse import csr_array

from queries.algorithms.arrays import BoolArray, FloatArray, IntArray
from queries.algorithms.relatedness import proximity
from queries.algorithms.structure import Adjacency, link_places
from queries.answer import Answer, Row
from queries.areas import Area, ChainName, Limit, Places, area, chosen_products
from queries.explore import find_node
from queries.facts import Links, Things, links, links_at, number_of, of_node, or_none, spread, things
from queries.judged import HHI_ABOVE, SHARE_BELOW, VERDICT_ZH, Judged, Verdict, gravest_first, judged
from queries.making import MAKER_CONVENTION, Located, Makers, located, makers
from queries.reader import Reader, kept
from queries.registry import question
from queries.related import densities, made_matrix
from queries.ways import Step, Texts, Way, made_steps, step_between


class Kind(StrEnum):
    """How an enterprise could fill the gap."""

    EXTEND = "extend"
    ATTRACT = "attract"
    UNPLACED_EXTEND = "unplaced_extend"
    UNPLACED_MAKER = "unplaced_maker"

    @property
    def zh(self) -> str:
        """Its Chinese name."""
        return KIND_ZH[self]


KIND_ZH = {
    Kind.EXTEND: "区内可延伸",
    Kind.ATTRACT: "区外可引进",
    Kind.UNPLACED_EXTEND: "地点未定可延伸",
    Kind.UNPLACED_MAKER: "地点未定生产者",
}
PARTS = ("density", "nearness", "place", "scale", "technology", "institute")
"""The parts of the score, in the order of their weights."""
WEIGHTS = (0.3, 0.2, 0.15, 0.1, 0.15, 0.1)
_BROADER, _SIBLING, _SAME_INPUTS, _SAME_USES, _INPUT, _OUTPUT = range(6)
_NEARNESS = np.array([1.0, 0.5, 0.5, 0.5, 0.3, 0.2])
"""What making a product of each shape is worth; of inputs or uses in common as much of it as they have in common."""
_NAMED = 5
"""Products, technologies and institutes named and cited in a row; all are counted in its parts."""
_FIRST, _BLOCK = 16, 200
"""Gaps whose densities are held at a time, at first and at most: each takes a number for every enterprise."""


class Candidate(Row):
    """An enterprise that could fill a gap, and what speaks for it."""

    key = ("product_id", "enterprise_id")
    table = (
        "product_zh",
        "name_zh",
        "kind_zh",
        "score",
        "density",
        "nearness",
        "place",
        "scale",
        "technology",
        "institute",
        "reason",
    )
    bar = "score"

    product_id: str = Field(description="id of the product")
    product_zh: str = Field(description="缺口产品 product of the gap")
    verdict_zh: str = Field(description="判定 verdict on the product, in Chinese")
    enterprise_id: str = Field(description="id of the enterprise")
    name_zh: str = Field(description="企业 enterprise")
    kind: Kind = Field(description="方式代码 how it could fill the gap")
    kind_zh: str = Field(description="方式 how, in Chinese")
    score: float | None = Field(
        description="得分 weighted mean of the parts, 0–1; a part that is null counts 0; null where all weights are 0"
    )
    density: float | None = Field(
        description="关联密度 density of what it makes around the product, 0–1; null where nobody who makes the product makes "
        "anything else"
    )
    nearness: float = Field(
        description="产品邻近 1 where it makes the product or a broader one; up to 0.5 for another kind of the same, or inputs or "
        "uses in common; 0.3 an input, 0.2 what it goes into; else 0"
    )
    place: float | None = Field(
        description="地点 1 here and in a city of users of the product, 0.5 here, 0 elsewhere; null where not known"
    )
    scale: float | None = Field(
        description="规模 mean rank of its capital, revenue and employees among enterprises where they are known, 0–1"
    )
    technology: float | None = Field(
        description="技术 part of the needed technologies that it masters; null where not known"
    )
    institute: float | None = Field(
        description="院所 part of the needed technologies that an institute of its city researches; null where not known"
    )
    near_products: int = Field(description="相近产品数 products it makes that are near the product")
    makes_today: list[str] = Field(description="现有产品 of these the nearest five")
    technologies: list[str] = Field(description="掌握的所需技术 needed technologies that it masters, the first five")
    institutes: list[str] = Field(description="同城院所 institutes of its city that research one, the first five")
    registered_capital_10k_cny: float | None = Field(description="注册资本（万元） registered capital")
    revenue_10k_cny: float | None = Field(description="营业收入（万元） revenue")
    employees: int | None = Field(description="职工人数 employees")
    reason: str = Field(description="理由 the way from the enterprise to the product, in words")
    path: list[str] = Field(description="ids of the nodes of that way")
    evidence_ids: list[str] = Field(
        description="ids of the nodes and edges of the ways over products, shared makers, technologies and institutes"
    )


class CandidatesAnswer(Answer):
    """The candidates."""

    rows: list[Candidate]
    gaps: int = Field(description="how many gaps there are; the gravest were looked at")
    without_candidate: list[str] = Field(
        description="of those looked at, products for which there is no candidate on record"
    )


@question(zh="补链候选企业", en="Who could fill a gap", order=100)
def candidates(
    reader: Reader,
    *,
    product: Annotated[
        str,
        Field(
            description="产品（编号或名称；空为该产业链的每个缺口） product by id or name, empty for every gap of the chain"
        ),
    ] = "",
    chain: ChainName = "",
    places: Places = [],
    kinds: Annotated[list[Kind], Field(description="只列这些方式（空为全部） kinds, empty for all")] = [],
    per_gap: Annotated[
        int,
        Field(
            ge=1,
            le=1_000,
            description="未指定产品时每个缺口每种方式的行数 rows for each gap and kind, if none is named",
        ),
    ] = 3,
    weight_density: Annotated[float, Field(ge=0, le=1, description="关联密度的权重 weight of density")] = WEIGHTS[0],
    weight_nearness: Annotated[float, Field(ge=0, le=1, description="产品邻近的权重 weight of nearness")] = WEIGHTS[1],
    weight_place: Annotated[float, Field(ge=0, le=1, description="地点的权重 weight of place")] = WEIGHTS[2],
    weight_scale: Annotated[float, Field(ge=0, le=1, description="规模的权重 weight of scale")] = WEIGHTS[3],
    weight_technology: Annotated[float, Field(ge=0, le=1, description="技术的权重 weight of technology")] = WEIGHTS[4],
    weight_institute: Annotated[float, Field(ge=0, le=1, description="院所的权重 weight of institute")] = WEIGHTS[5],
    limit: Limit = 50,
) -> CandidatesAnswer:
    """谁能补上缺口：区内产品相近、可延伸的企业，区外可引进的生产者。 Who here is near to making it, who elsewhere could come."""
    where = area(reader, places)
    found = judged(reader, where)
    asked = _asked(reader, found, product, chain)
    weights = (weight_density, weight_nearness, weight_place, weight_scale, weight_technology, weight_institute)
    scene = _scene(reader, where, weights, [list(Kind).index(kind) for kind in kinds or Kind])
    looked, picked, without = 0, [], []
    for gap, density, near in _in_blocks(reader, asked[:limit]):
        ranked = _ranked(scene, gap, density, near)
        looked += ranked.found
        picked += ranked.best(limit if product else per_gap)
        if not ranked.found:
            without.append(gap)
        if len(picked) >= limit:
            break
    products = things(reader, "Product")
    return CandidatesAnswer(
        rows=_rows(reader, scene, found, picked[:limit]), gaps=len(asked),
        without_candidate=products.names(np.array(without, np.int64)), looked_at=looked,
        looked_at_what="企业与缺口的组合 pairs of an enterprise and a gap", conventions=_conventions(where, weights),
        notes=_notes(scene, asked, gap_of=products, rows=len(picked), limit=limit, product=product),
    )  # fmt: skip


def _asked(reader: Reader, found: Judged, product: str, chain: str) -> IntArray:
    """The product named, else the gaps of the chain, the gravest first, then as the question gaps has them."""
    if product:
        node = find_node(reader, product, ("Product",))
        return np.array([number_of(reader, "Product", "product", node.id)])
    chosen = chosen_products(reader, chain)
    gaps = chosen[found.verdict[chosen] < list(Verdict).index(Verdict.STRONG)]
    return gravest_first(reader, found, gaps)


# --- what all gaps are seen against ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """The graph as arrays, the places asked for, the weights."""

    making: Makers
    kinds: Links
    inputs: Links
    needs: Links
    masters: Links
    researches: Links
    made: csr_array
    places: Located
    scale: FloatArray
    is_known_holder: BoolArray  # some technology on record
    home: "_Homes"
    labs: "_Homes"
    weights: Sequence[float]
    asked_kinds: Sequence[int]


@dataclass(frozen=True, slots=True, eq=False)
class _Homes:
    """In which city each node of a label is, by prefecture; a pair for each city of a node."""

    node: IntArray
    city: IntArray
    is_known: BoolArray  # of nodes: some place is on record
    is_wide: BoolArray  # of nodes: some place has cities in it, so that which of them is not known


def _scene(reader: Reader, where: Area, weights: Sequence[float], asked_kinds: Sequence[int]) -> _Scene:
    masters = links(reader, "MASTERS", "Enterprise", "Technology")
    return _Scene(
        makers(reader),
        links(reader, "KIND_OF", "Product", "Product"),
        links(reader, "INPUT_OF", "Product", "Product"),
        links(reader, "NEEDS", "Product", "Technology"),
        masters,
        links(reader, "RESEARCHES", "Institute", "Technology"),
        made_matrix(reader),
        located(reader, "Enterprise", where),
        scales(reader),
        np.bincount(masters.tail, minlength=len(masters.tails)) > 0,
        homes(reader, "Enterprise"),
        homes(reader, "Institute"),
        weights,
        asked_kinds,
    )


@kept
def homes(reader: Reader, label: str) -> _Homes:
    """The cities of the nodes of a label, wherever they are."""
    at, inside = links(reader, "LOCATED_IN", label, "Place"), links(reader, "PART_OF", "Place", "Place")
    city_of = area(reader, ["everywhere"]).city_of
    has_cities = np.zeros(len(city_of), np.bool_)
    has_cities[inside.head[city_of[inside.tail] != city_of[inside.head]]] = True
    size = len(at.tails)
    return _Homes(
        at.tail,
        city_of[at.head],
        np.bincount(at.tail, minlength=size) > 0,
        np.bincount(at.tail[has_cities[at.head]], minlength=size) > 0,
    )


@kept
def scales(reader: Reader) -> FloatArray:
    """Of each enterprise the mean of its ranks by capital, revenue and employees, each among those known; NaN where none is.

    A rank is the share of known values that are not larger, 0–1.
    """
    enterprises = things(reader, "Enterprise")
    total, count = np.zeros(len(enterprises)), np.zeros(len(enterprises))
    for name in ("registered_capital_10k_cny", "revenue_10k_cny", "employees"):
        values = enterprises.floats(name)
        is_known = ~np.isnan(values)
        known = np.sort(values[is_known])
        total[is_known] += np.searchsorted(known, values[is_known], "right") / max(len(known), 1)
        count += is_known
    found: FloatArray = np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)
    return found


# --- one gap -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Near:
    """The products near a gap by proximity, ascending, with φ."""

    products: IntArray
    values: FloatArray


def _in_blocks(reader: Reader, gaps: IntArray) -> Iterator[tuple[int, FloatArray, _Near]]:
    """Each gap with the density of every enterprise around it, and what is near it."""
    made = made_matrix(reader)
    size = _FIRST
    while len(gaps):
        block, gaps = gaps[:size], gaps[size:]
        size = min(2 * size, _BLOCK)
        density = densities(reader, block)
        near = proximity(made, block)
        near.sort_indices()
        for place, gap in enumerate(block.tolist()):
            row = slice(near.indptr[place], near.indptr[place + 1])
            products, values = near.indices[row].astype(np.int64), near.data[row]
            yield gap, density[:, place], _Near(products[products != gap], values[products != gap])


@dataclass(frozen=True, slots=True, eq=False)
class _Ranked:
    """The candidates for a gap, the best of each kind first."""

    gap: int
    near: _Near
    structure: "_Structure"
    enterprise: IntArray
    kind: IntArray  # places in `Kind`
    parts: FloatArray  # (candidates, parts)
    score: FloatArray

    @property
    def found(self) -> int:
        """How many there are."""
        return len(self.enterprise)

    def best(self, per_kind: int) -> list[tuple["_Ranked", int]]:
        """The first of each kind, as places in the columns."""
        first = np.searchsorted(self.kind, self.kind, "left")
        return [(self, int(place)) for place in np.flatnonzero(np.arange(self.found) - first < per_kind)]


def _ranked(scene: _Scene, gap: int, density: FloatArray, near: _Near) -> _Ranked:
    size = len(scene.making.makes.tails)
    is_maker = np.zeros(size, np.bool_)
    is_maker[scene.making.enterprise[scene.making.of(gap)]] = True
    structure = _structure(scene, gap)
    technology, institute = _technologies(scene, gap)
    is_related = (density > 0) | (structure.value > 0) | (technology > 0)
    inside, may_be = scene.places.is_inside, scene.places.may_be_inside
    kind = np.select(
        [
            inside & is_related & ~is_maker,
            ~inside & ~may_be & is_maker,
            may_be & is_related & ~is_maker,
            may_be & is_maker,
        ],
        range(len(Kind)),
        -1,
    )
    who = np.flatnonzero(np.isin(kind, scene.asked_kinds))
    nearness = np.where(is_maker, 1.0, structure.value)
    columns = (density, nearness, _place(scene, gap), scene.scale, technology, institute)
    parts = np.stack([column[who] for column in columns], axis=1)
    whole = sum(scene.weights)
    score = np.nan_to_num(parts) @ np.array(scene.weights) / whole if whole else np.full(len(who), np.nan)
    # Nine places, so that equal scores are equal in whatever order their parts were added.
    order = np.lexsort((who, -np.round(np.nan_to_num(score), 9), kind[who]))
    return _Ranked(gap, near, structure, who[order], kind[who][order], parts[order], score[order])


@dataclass(frozen=True, slots=True, eq=False)
class _Structure:
    """What each enterprise makes that is near the gap by KIND_OF or INPUT_OF: the nearest, of equals the first."""

    value: FloatArray  # of enterprises: nearness, 0 for none
    shape: IntArray  # which of the shapes, −1 for none
    link: IntArray  # the MAKES edge of it
    through: IntArray  # the product in common, where the shape has one
    products: IntArray  # all such products, ascending


def _structure(scene: _Scene, gap: int) -> _Structure:
    makes = scene.making.makes
    product, shape, through, value = _beside(scene, gap)
    at, made = spread(makes.backward, product)
    enterprise = makes.tail[made]
    order = np.lexsort((through[at], product[at], shape[at], -value[at], enterprise))[::-1]
    size = len(makes.tails)
    nearness, best, link, common = np.zeros(size), *(np.full(size, -1) for _ in range(3))
    # Of an enterprise that is named several times the last one stays, which is the first in order.
    who, which = enterprise[order], at[order]
    nearness[who], best[who], common[who], link[who] = value[which], shape[which], through[which], made[order]
    return _Structure(nearness, best, link, common, np.unique(product))


def _beside(scene: _Scene, gap: int) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
    """Every product near the gap, for each shape in which it is: product, shape, product in common, value."""
    kinds, inputs = scene.kinds, scene.inputs
    broader = kinds.head[of_node(kinds.forward, gap)]
    at, link = spread(kinds.backward, broader)
    needed, uses = inputs.tail[of_node(inputs.backward, gap)], inputs.head[of_node(inputs.forward, gap)]
    made_of, by_input, share_in = _in_common(needed, inputs.forward, inputs.head, inputs.backward)
    used_for, by_use, share_out = _in_common(uses, inputs.backward, inputs.tail, inputs.forward)
    shapes = (
        (broader, broader, None),
        (kinds.tail[link], broader[at], None),
        (made_of, by_input, share_in),
        (used_for, by_use, share_out),
        (needed, needed, None),
        (uses, uses, None),
    )
    product = np.concatenate([found for found, _, _ in shapes])
    shape = np.repeat(range(len(shapes)), [len(found) for found, _, _ in shapes])
    through = np.concatenate([over for _, over, _ in shapes])
    share = np.concatenate([np.ones(len(found)) if part is None else part for found, _, part in shapes])
    keep = product != gap
    return product[keep], shape[keep], through[keep], (_NEARNESS[shape] * share)[keep]


def _in_common(
    own: IntArray, there: Adjacency, ends: IntArray, back: Adjacency
) -> tuple[IntArray, IntArray, FloatArray]:
    """Products that have some of `own` in common: each with the first of what they have, and |common| / |either|."""
    at, link = spread(there, own)
    order = np.lexsort((own[at], ends[link]))
    other, common = ends[link][order], own[at][order]
    product, first, count = np.unique(other, return_index=True, return_counts=True)
    return product, common[first], count / (len(own) + links_at(back, product) - count)


def _technologies(scene: _Scene, gap: int) -> tuple[FloatArray, FloatArray]:
    """Which part of the needed technologies each enterprise masters, and which an institute of its city researches."""
    size = len(scene.making.makes.tails)
    needed = scene.needs.head[of_node(scene.needs.forward, gap)]
    if not len(needed):
        return np.full(size, np.nan), np.full(size, np.nan)
    masters, researches = scene.masters, scene.researches
    held = np.bincount(masters.tail[np.isin(masters.head, needed)], minlength=size) / len(needed)
    cities, technologies = _at_hand(scene, needed)
    most = max(int(scene.home.city.max(initial=0)), int(cities.max(initial=0))) + 1
    pairs = np.unique(cities * len(researches.heads) + technologies)
    count = np.bincount(pairs // len(researches.heads), minlength=most)
    at_hand = np.zeros(size)
    np.maximum.at(at_hand, scene.home.node, count[scene.home.city] / len(needed))
    is_unknown = ~scene.home.is_known | (scene.home.is_wide & (at_hand == 0))
    return np.where(scene.is_known_holder, held, np.nan), np.where(is_unknown, np.nan, at_hand)


def _at_hand(scene: _Scene, needed: IntArray) -> tuple[IntArray, IntArray]:
    """Every city and technology of those needed that an institute there researches."""
    researches, labs = scene.researches, scene.labs
    studied = np.flatnonzero(np.isin(researches.head, needed))
    # Institutes are few: each pair of a study and a home is looked at.
    study, home = np.nonzero(researches.tail[studied][:, None] == labs.node[None, :])
    return labs.city[home], researches.head[studied[study]]


def _place(scene: _Scene, gap: int) -> FloatArray:
    """1 in a city of users of the product, 0.5 elsewhere in the places, 0 outside, NaN where that is not known."""
    places, making = scene.places, scene.making
    found = np.where(places.may_be_inside, np.nan, np.where(places.is_inside, 0.5, 0.0))
    uses = scene.inputs.head[of_node(scene.inputs.forward, gap)]
    users = np.zeros(len(found), np.bool_)
    users[making.enterprise[link_places(making.start, uses)]] = True
    is_user = users[places.node]
    count = np.bincount(places.city[is_user], minlength=int(places.city.max(initial=0)) + 1)
    # What it uses itself brings it no nearer to a customer.
    found[places.node[count[places.city] - is_user > 0]] = 1.0
    return found


# --- rows --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What is drawn and named of a candidate."""

    ways: list[Way]  # the one shown first
    near: IntArray  # products that it makes near the gap, the nearest first
    technologies: list[int]
    institutes: list[int]


def _rows(reader: Reader, scene: _Scene, found: Judged, picked: Sequence[tuple[_Ranked, int]]) -> list[Candidate]:
    drawn = [_drawn(scene, ranked, int(ranked.enterprise[place]), int(ranked.kind[place])) for ranked, place in picked]
    products, enterprises = things(reader, "Product"), things(reader, "Enterprise")
    institutes = scene.researches.tails
    beside: list[tuple[Things, int]] = []
    for (ranked, place), one in zip(picked, drawn, strict=True):
        beside += [(products, ranked.gap), (enterprises, int(ranked.enterprise[place]))]
        beside += [(products, int(p)) for p in one.near[:_NAMED]]
        beside += [(scene.masters.heads, t) for t in one.technologies] + [(institutes, i) for i in one.institutes]
    texts = Texts((way for one in drawn for way in one.ways), beside)
    who = np.array([ranked.enterprise[place] for ranked, place in picked], np.int64)
    sizes = zip(
        *(enterprises.texts(name, who) for name in ("registered_capital_10k_cny", "revenue_10k_cny", "employees")),
        strict=True,
    )
    rows = []
    for (ranked, place), one, size in zip(picked, drawn, sizes, strict=True):
        gap, enterprise = (products, ranked.gap), (enterprises, int(ranked.enterprise[place]))
        kind = list(Kind)[ranked.kind[place]]
        parts = {name: or_none(value) for name, value in zip(PARTS, ranked.parts[place], strict=True)}
        rows.append(Candidate.model_validate(parts | {
            "product_id": texts.id(gap),
            "product_zh": texts.name(gap),
            "verdict_zh": VERDICT_ZH[list(Verdict)[found.verdict[ranked.gap]]],
            "enterprise_id": texts.id(enterprise),
            "name_zh": texts.name(enterprise),
            "kind": kind,
            "kind_zh": KIND_ZH[kind],
            "score": or_none(ranked.score[place]),
            "near_products": len(one.near),
            "makes_today": [texts.name((products, int(p))) for p in one.near[:_NAMED]],
            "technologies": [texts.name((scene.masters.heads, t)) for t in one.technologies],
            "institutes": [texts.name((institutes, i)) for i in one.institutes],
            "registered_capital_10k_cny": size[0],
            "revenue_10k_cny": size[1],
            "employees": size[2],
            "reason": texts.words(one.ways[0]),
            "path": texts.node_ids(one.ways[0]),
            "evidence_ids": texts.evidence(one.ways),
        }))  # fmt: skip
    return rows


def _drawn(scene: _Scene, ranked: _Ranked, enterprise: int, kind: int) -> _Drawn:
    made = scene.made.indices[scene.made.indptr[enterprise] : scene.made.indptr[enterprise + 1]].astype(np.int64)
    at, is_near = _places_in(ranked.near.products, made)
    own, phi = made[is_near], ranked.near.values[at[is_near]]
    own = own[np.lexsort((own, -np.round(phi, 9)))]
    _, is_beside = _places_in(ranked.structure.products, made)
    beside = np.sort(made[is_beside & ~is_near])
    technologies, over_technologies = _over_technologies(scene, ranked.gap, enterprise)
    institutes, over_institutes = _over_institutes(scene, ranked.gap, enterprise)
    ways = [*_over_products(scene, ranked, enterprise, kind, own[:1]), *over_technologies, *over_institutes]
    return _Drawn(ways, np.concatenate([own, beside]), technologies, institutes)


def _places_in(ascending: IntArray, asked: IntArray) -> tuple[IntArray, BoolArray]:
    """Where each of a few numbers stands among many in order, and whether it is one of them."""
    if not len(ascending):
        return np.zeros(len(asked), np.int64), np.zeros(len(asked), np.bool_)
    at = np.minimum(np.searchsorted(ascending, asked), len(ascending) - 1)
    return at, ascending[at] == asked


def _over_products(scene: _Scene, ranked: _Ranked, enterprise: int, kind: int, nearest: IntArray) -> list[Way]:
    """The ways over what it makes: that it makes the product, else over the next product, and over shared makers."""
    gap, making = ranked.gap, scene.making
    if list(Kind)[kind] in (Kind.ATTRACT, Kind.UNPLACED_MAKER):
        pairs = making.of(gap)
        pair = pairs.start + int(np.searchsorted(making.enterprise[pairs], enterprise))
        return [made_steps(making, scene.kinds, pair)]
    ways: list[Way] = []
    shape = int(ranked.structure.shape[enterprise])
    if shape >= 0:
        ways.append(_over_structure(scene, ranked, enterprise, shape))
    if len(nearest):
        over = _over_makers(making.makes, gap, enterprise, int(nearest[0]))
        # Shared makers say more of what it takes to make it than a broader class or an input in common does.
        ways.insert(0 if shape > _BROADER else len(ways), over)
    return ways


def _over_structure(scene: _Scene, ranked: _Ranked, enterprise: int, shape: int) -> Way:
    gap, kinds, inputs = ranked.gap, scene.kinds, scene.inputs
    first = Step(scene.making.makes, int(ranked.structure.link[enterprise]))
    product, common = first.end[1], int(ranked.structure.through[enterprise])
    if shape in (_BROADER, _SIBLING):
        up = () if shape == _BROADER else (step_between(kinds, product, common),)
        return (first, *up, step_between(kinds, gap, common, is_along=False))
    if shape == _SAME_INPUTS:
        return (first, step_between(inputs, common, product, is_along=False), step_between(inputs, common, gap))
    if shape == _SAME_USES:
        return (first, step_between(inputs, product, common), step_between(inputs, gap, common, is_along=False))
    if shape == _INPUT:
        return (first, step_between(inputs, product, gap))
    return (first, step_between(inputs, gap, product, is_along=False))


def _over_makers(makes: Links, gap: int, enterprise: int, product: int) -> Way:
    """What it makes, somebody who makes that and the product, the product."""
    both = np.intersect1d(makes.tail[of_node(makes.backward, gap)], makes.tail[of_node(makes.backward, product)])
    maker = int(both[0])
    return (
        step_between(makes, enterprise, product),
        step_between(makes, maker, product, is_along=False),
        step_between(makes, maker, gap),
    )


def _over_technologies(scene: _Scene, gap: int, enterprise: int) -> tuple[list[int], list[Way]]:
    """The needed technologies that it masters, and the ways over them."""
    needs, masters = scene.needs, scene.masters
    needed = needs.head[of_node(needs.forward, gap)]
    if not len(needed):
        return [], []
    held = np.intersect1d(masters.head[of_node(masters.forward, enterprise)], needed)[:_NAMED].tolist()
    return held, [(step_between(masters, enterprise, t), step_between(needs, gap, t, is_along=False)) for t in held]


def _over_institutes(scene: _Scene, gap: int, enterprise: int) -> tuple[list[int], list[Way]]:
    """Institutes of its city that research a needed technology, and the way from each to the product."""
    needs, researches = scene.needs, scene.researches
    needed = needs.head[of_node(needs.forward, gap)]
    if not len(needed):
        return [], []
    cities = scene.home.city[scene.home.node == enterprise]
    there = np.unique(scene.labs.node[np.isin(scene.labs.city, cities)])
    studies = np.flatnonzero(np.isin(researches.tail, there) & np.isin(researches.head, needed))
    _, first = np.unique(researches.tail[studies], return_index=True)
    chosen = studies[first][:_NAMED].tolist()
    ways: list[Way] = [
        (Step(researches, study), step_between(needs, gap, int(researches.head[study]), is_along=False))
        for study in chosen
    ]
    return [int(researches.tail[study]) for study in chosen], ways


# --- what is said of it ------------------------------------------------------------------------------------------------


def _conventions(where: Area, weights: Sequence[float]) -> list[str]:
    said = ", ".join(f"{part} {weight:g}" for part, weight in zip(PARTS, weights, strict=True))
    return [
        MAKER_CONVENTION,
        *where.conventions,
        f"缺口：判定为缺链、断链风险、弱链、集中或未见记录的产品，阈值用“断链与缺口”的默认值（{SHARE_BELOW:g}、{HHI_ABOVE:g}）。 Gaps are "
        "products judged missing, single_source, weak, concentrated or not_on_record, by the default thresholds of the "
        f"question gaps ({SHARE_BELOW:g}, {HHI_ABOVE:g}).",
        "区内可延伸：在所问地区、尚无生产该产品的记录，但产品或技术与之相近；区外可引进：已生产它、地点确知在区外；地点未定的另列。 extend: here, not "
        "on record as a maker, near it by products or technology; attract: makes it, known to be elsewhere; those of "
        "unknown place are apart.",
        "关联密度：ω = Σ M φ / Σ φ，对企业计（Hidalgo 2007），用直接生产记录，不用份额；产品邻近：生产其上位产品 1，同类细分品 0.5，投入或用"
        "途相同 0.5 × 共有 / 全部，生产其投入 0.3、其下游产品 0.2，取最大。 density over enterprises, of direct MAKES edges, no shares; nearness: makes a broader product 1, "
        "another kind of the same 0.5, inputs or uses in common 0.5 × common / either, an input 0.3, what it goes into 0.2; "
        "the largest.",
        "地点：与区内其他用户（其直接下游产品的生产者）同城 1，区内 0.5，区外 0；规模：注册资本、营收、人数在已知企业中的名次均值；技术、院所：占该"
        "产品所需技术的比例；同城按地级市（上海按区）。 place: in a city of other users here (makers of what it goes into) 1, here "
        "0.5, elsewhere 0; scale: mean rank among enterprises where known; technology, institute: part of the needed "
        "technologies; a city is a prefecture, in 上海 a district.",
        f"得分是各项的加权平均，未知项计 0（得分因此是下限）；各方式分别排列；权重： score is the weighted mean of its parts, an unknown "
        f"part counts 0, so that it is a lower bound; each kind is ranked apart; weights: {said}.",
    ]


def _notes(scene: _Scene, asked: IntArray, *, gap_of: Things, rows: int, limit: int, product: str) -> list[str]:
    notes = []
    if not len(gap_of):
        notes.append("图中没有产品。 The graph has no product.")
    elif not len(asked):
        notes.append("该产业链没有缺口记录。 The chain has no gap on record.")
    elif not rows:
        notes.append("没有记录在案的候选企业；不等于没有。 No candidate on record, which is not none.")
    if rows >= limit or len(asked) > limit:
        notes.append(
            f"共 {len(asked)} 个缺口，由重到轻，只列到 {limit} 行为止。 Of {len(asked)} gaps the gravest are looked at, until {limit} "
            "rows are full."
            if not product
            else f"只列前 {limit} 行。 The first {limit} rows are shown."
        )
    if np.isnan(scene.scale).all() and len(gap_of):
        notes.append(
            "图中没有企业规模数据，规模项对所有企业都未知、计 0。 The graph has no sizes of enterprises: scale is not known and counts 0."
        )
    if not sum(scene.weights):
        notes.append("权重全为 0，没有得分，按编号排列。 All weights are 0: no score, in the order of ids.")
    return notes
