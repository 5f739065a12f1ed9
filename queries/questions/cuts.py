"""What one product's chain hangs on: firms and products whose loss severs it, and how many ways there are round them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Annotated

import numpy as np
from pydantic import Field

from queries.algorithms.arrays import BoolArray, FloatArray, IntArray
from queries.algorithms.structure import (
    articulation_points,
    betweenness,
    bridges,
    dominators,
    supplier_disjoint_sources,
)
from queries.answer import Answer, Row, cut_note
from queries.makers import (
    Kinds,
    Maker,
    kinds_of_makers,
    maker_conventions,
    maker_evidence,
    makers_by_product,
)
from queries.ownership import OWNERSHIP_CONVENTION, Groups
from queries.reader import Reader
from queries.registry import question
from queries.scope import Confidence, Limit, Places, Scope, find_one, scope
from queries.upstream import Upstream, upstream

MOST_PRODUCTS = 400
"""Products of a chain at most, the nearest first."""
_NAMED = 20
"""Names and edges cited in a row; all are counted."""


class Role(StrEnum):
    """What makes a firm or product one that a chain hangs on."""

    SOLE_MAKER = "sole_maker"
    LEAST_CUT = "least_cut"
    ON_EVERY_WAY = "on_every_way"
    ARTICULATION = "articulation"
    BRIDGE = "bridge"

    @property
    def zh(self) -> str:
        """Its Chinese name."""
        return _ROLE_ZH[self]


_ROLE_ZH = {
    Role.SOLE_MAKER: "唯一生产者",
    Role.LEAST_CUT: "最小割",
    Role.ON_EVERY_WAY: "必经",
    Role.ARTICULATION: "割点",
    Role.BRIDGE: "桥",
}


class Cut(Row):
    """A firm or a product that the chain hangs on."""

    key = ("id",)
    table = (
        "name_zh",
        "kind_zh",
        "roles",
        "sole_products",
        "severs",
        "severs_target",
        "makers_elsewhere",
        "severed",
        "betweenness",
    )

    id: str
    name_zh: str
    kind_zh: str
    roles: list[Role]
    sole_products: list[str]
    bar = "severs"
    severs: int
    severs_target: bool
    severed: list[str]
    makers_elsewhere: int
    severs_own_supply_only: bool | None
    group_products: list[str]
    bridges_to: list[str]
    betweenness: float
    evidence_ids: list[str]


class Source(Row):
    """An input, and how many ways supply it that share no firm."""

    product_id: str
    name_zh: str
    makers: int
    makers_elsewhere: int
    is_one_group: bool | None
    ways: int | None
    cut: list[str]


class CutsAnswer(Answer):
    """What the chain hangs on."""

    rows: list[Cut]
    sources: list[Source]
    fewest: int | None
    fewest_products: list[str]
    without_maker: int


@question(order=80)
def cuts(
    reader: Reader,
    *,
    product: Annotated[str, Field(min_length=1)],
    tiers: Annotated[int, Field(ge=1, le=20)] = 4,
    unknown_is_needed: bool = True,
    places: Places = [],
    min_confidence: Confidence = 0.0,
    limit: Limit = 50,
) -> CutsAnswer:
    """Which firms and products a product's chain hangs on,
    and what stops without them."""
    where = scope(reader, places)
    target = find_one(reader, ("Product",), "product", product)
    needed = upstream(reader, target, tiers, unknown_is_needed, MOST_PRODUCTS)
    net = _network(needed, makers_by_product(reader, needed.tiers, where, min_confidence))
    found = _found(net)
    several = [made for made in net.makers if len(made) > 1]
    groups = Groups(reader, {maker.enterprise_id for made in several for maker in made})
    shown, rows = _rows(reader, net, found, groups, limit)
    fewest = min((len(made) for made in net.makers if made), default=None)
    return CutsAnswer(
        rows=shown,
        sources=_sources(net, found, groups),
        fewest=fewest,
        fewest_products=[net.names[node] for node, made in enumerate(net.makers) if made and len(made) == fewest][
            :_NAMED
        ],
        without_maker=sum(not made for made in net.makers),
        looked_at=len(net.ids),
        looked_at_what="产品与企业 products and enterprises",
        conventions=_conventions(where, tiers, unknown_is_needed, min_confidence),
        notes=[*_notes(net, groups), *cut_note(rows, limit)],
    )


def _conventions(where: Scope, tiers: int, unknown_is_needed: bool, min_confidence: float) -> list[str]:
    return [
        f"范围：目标产品及其向上 {tiers} 层的必需投入（关键投入{'及类别未知者' if unknown_is_needed else ''}）。 The chain is the product and what "
        f"it needs, {tiers} tiers up: essential inputs{' and those of unknown class' if unknown_is_needed else ''}.",
        "断及：一个产品的生产者全部失去，或任一必需投入断供，该产品即断。 A product stops when all its makers are lost or any needed input stops.",
        "无生产者记录的产品视为可得，不由任何企业决定。 A product without a maker on record is taken to be available whoever is lost.",
        "不相交路径：网络为 投入品 → 产品的生产者 → 产品，企业至多经过一次；起点为上游再无生产者的产品的生产者。此数把各投入视为可互相替代的路，是上限。 Disjoint ways "
        "run from input to maker to product, each enterprise once, starting at makers that no maker stands above; taking "
        "inputs as ways round each other, they are an upper bound.",
        "割点、桥不计方向；必经指每条起点到目标的路都经过。 Articulation points and bridges are of the network without directions; on "
        "every way means every way from the starts to the product.",
        "唯一生产者指区内唯一：区外另有生产者的，断的只是区内自身的供给，能否由区外补上，图中没有记录。 A sole maker is the only one in the places: where "
        "others elsewhere make the product, the places' own supply alone is severed; whether they would step in is not on record.",
        OWNERSHIP_CONVENTION,
        *maker_conventions(min_confidence),
        *where.conventions,
    ]


def _notes(net: "_Network", groups: Groups) -> list[str]:
    notes = []
    if net.size == 1:
        notes.append("没有必需投入的记录；没有记录不等于没有。 No needed input is on record; no record is not 'none'.")
    without = sum(not made for made in net.makers)
    if without:
        notes.append(
            f"{without} 种产品区内无生产者记录，不能断言其是否独家。 {without} products have no maker on record here: whether they hang on "
            "one is not known."
        )
    joined = [net.names[product] for product in range(net.size) if groups.are_joined(_ids(net.makers[product]))]
    if joined:
        notes.append(
            f"{len(joined)} 种产品的几家生产者由持股相连，不是独立的来源：{'、'.join(joined[:_NAMED])}。 The several makers of {len(joined)} "
            "products are joined by OWNS and no independent sources."
        )
    if net.beyond:
        notes.append(f"更远还有 {net.beyond} 种产品未计入。 {net.beyond} products farther up are left out.")
    return notes


# --- the network -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Network:
    """Products of the chain, nearest to the target first, then the enterprises that make them, by id, as nodes from 0.

    A link leads from an input to each maker of the product, or to the product itself where nobody makes it; and from each
    maker to the product. Node 0 is the target, the products are those below `size`.
    """

    ids: Sequence[str]
    names: Sequence[str]
    size: int
    makers: Sequence[Sequence[Maker]]  # (products) in the places, by id
    elsewhere: Sequence[int]  # (products) makers on record that are not in the places
    node: Mapping[str, int]
    needs: IntArray  # (inputs, 2) nodes of the input and of the product
    tail: IntArray
    head: IntArray
    sources: IntArray  # nodes of makers that no maker stands above
    beyond: int


def _network(needed: Upstream, makers: Mapping[str, Sequence[Maker]]) -> _Network:
    products = list(needed.tiers)
    here = [[maker for maker in makers.get(product, ()) if maker.is_here] for product in products]
    firms = {
        maker.enterprise_id: maker.name for maker in sorted(chain.from_iterable(here), key=lambda m: m.enterprise_id)
    }
    ids = [*products, *firms]
    node = {one: number for number, one in enumerate(ids)}
    needs = [(node[a], node[b]) for a, b in needed.inputs]
    made_by = [[node[maker.enterprise_id] for maker in made] for made in here]
    links = [(k, to) for k, product in needs for to in made_by[product] or [product]]
    links += [(firm, product) for product, made in enumerate(made_by) for firm in made]
    goes_into = _reaches(len(products), _pairs(needs))
    # On a cycle the makers stand above each other: there all of them are sources where nobody else stands above.
    is_made = np.array([bool(made) for made in here])
    made_above = (goes_into & ~goes_into.T)[is_made].any(axis=0)
    sources = {firm for product, made in enumerate(made_by) if not made_above[product] for firm in made}
    tail, head = _pairs(links).T
    return _Network(
        ids, [*(needed.names[product] for product in products), *firms.values()], len(products), here,
        [len(makers.get(product, ())) - len(made) for product, made in zip(products, here, strict=True)], node,
        _pairs(needs), tail, head, np.array(sorted(sources), np.int64),
        needed.beyond,
    )  # fmt: skip


def _ids(makers: Iterable[Maker]) -> list[str]:
    return [maker.enterprise_id for maker in makers]


def _pairs(pairs: Sequence[tuple[int, int]]) -> IntArray:
    return np.array(pairs, np.int64).reshape(-1, 2)


def _reaches(size: int, needs: IntArray) -> BoolArray:
    """Whether product i goes into product j, [i, j], through any number of steps but none; by squaring."""
    one = np.zeros((size, size), np.float32)
    one[needs[:, 0], needs[:, 1]] = 1
    found = one
    while True:
        further = np.minimum(found + found @ found, 1)
        if (further == found).all():
            return found > 0
        found = further


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What was found of each node."""

    stops: BoolArray  # (nodes, products) what stops without it
    alone: Sequence[Sequence[int]]  # (nodes) products that an enterprise alone makes; a product with one maker, itself
    roles: Sequence[Sequence[Role]]
    bridges: IntArray  # (k, 2)
    betweenness: FloatArray
    ways: Sequence[tuple[int, int | None, Sequence[int]]]  # node of a product, ways, least cut


def _found(net: _Network) -> _Found:
    nodes, size = len(net.ids), net.size
    stops = np.zeros((nodes, size), np.bool_)
    stops[:size] = _reaches(size, net.needs) | np.eye(size, dtype=np.bool_)
    alone: list[list[int]] = [[] for _ in net.ids]
    for product, made in enumerate(net.makers):
        if len(made) == 1:
            firm = net.node[made[0].enterprise_id]
            alone[product] = [product]
            alone[firm].append(product)
            stops[firm] |= stops[product]
    parted = bridges(nodes, net.tail, net.head)
    ways = _ways(net)
    every = dominators(nodes, net.tail, net.head, net.sources, [0]) if len(net.sources) else None
    of_role = {
        Role.SOLE_MAKER: {node for node in range(size, nodes) if alone[node]},
        Role.LEAST_CUT: {firm for _, _, cut in ways for firm in cut},
        Role.ON_EVERY_WAY: set(every or ()),
        Role.ARTICULATION: set(articulation_points(nodes, net.tail, net.head).tolist()),
        Role.BRIDGE: set(parted.ravel().tolist()),
    }
    roles = [[role for role in Role if node in of_role[role]] for node in range(nodes)]
    return _Found(stops, alone, roles, parted, betweenness(nodes, net.tail, net.head), ways)


def _ways(net: _Network) -> list[tuple[int, int | None, Sequence[int]]]:
    """For the target and each needed input of it how many ways share no firm, and a least cut; the fewest ways first."""
    found: list[tuple[int, int | None, Sequence[int]]] = []
    for product in [0, *sorted({int(k) for k, into in net.needs if into == 0 and k})]:
        if not len(net.sources):
            found.append((product, None, ()))
            continue
        lasting = np.arange(net.size)
        severance = supplier_disjoint_sources(len(net.ids), net.tail, net.head, net.sources, [product], lasting)
        found.append((product, severance.count or None, severance.cut))
    rest = sorted(found[1:], key=lambda way: (way[1] is None, way[1] or 0, net.ids[way[0]]))
    return [found[0], *rest]


# --- rows ------------------------------------------------------------------------------------------------------------


def _rows(reader: Reader, net: _Network, found: _Found, groups: Groups, limit: int) -> tuple[list[Cut], int]:
    """The first rows, and how many there are: nodes with a role, what stops the target first, firms before products, by how
    much stops, then betweenness.

    Every product of the chain stops the target; it is worth a row only where the network hangs on it too.
    """

    def order(node: int) -> tuple[bool, bool, int, float, str]:
        stops = found.stops[node]
        between = round(float(found.betweenness[node]), 9)
        return (not stops[0], node < net.size, -int(stops.sum()), -between, net.ids[node])

    nodes = sorted((node for node in range(1, len(net.ids)) if found.roles[node]), key=order)
    shown = nodes[:limit]
    kinds = kinds_of_makers(reader, (net.makers[product][0] for node in shown for product in found.alone[node]))
    return [_row(net, found, groups, node, kinds) for node in shown], len(nodes)


def _row(net: _Network, found: _Found, groups: Groups, node: int, kinds: Kinds) -> Cut:
    is_firm, id_ = node >= net.size, net.ids[node]
    own = [product for product in range(net.size) if id_ in _ids(net.makers[product])] if is_firm else [node]
    alone = found.alone[node]
    sole = [net.makers[product][0] for product in alone][:_NAMED]
    joined = [product for product in own if groups.are_joined(_ids(net.makers[product]))]
    of_group = [maker for product in joined for maker in net.makers[product]]
    elsewhere = min(net.elsewhere[product] for product in alone or own)
    stops = np.flatnonzero(found.stops[node]).tolist()
    ends = [end for pair in found.bridges.tolist() if node in pair for end in pair if end != node]
    return Cut(
        id=id_,
        name_zh=net.names[node],
        kind_zh="企业" if is_firm else "产品",
        roles=list(found.roles[node]),
        sole_products=[net.names[net.node[m.product_id]] if is_firm else m.name for m in sole],
        severs=len(stops),
        severs_target=bool(found.stops[node, 0]),
        severed=[net.names[product] for product in stops[:_NAMED]],
        makers_elsewhere=elsewhere,
        severs_own_supply_only=elsewhere > 0 if alone else None,
        group_products=([net.names[one] for one in joined] if is_firm else [m.name for m in of_group])[:_NAMED],
        bridges_to=[net.names[end] for end in ends[:_NAMED]],
        betweenness=float(found.betweenness[node]),
        evidence_ids=[id_, *maker_evidence(sole, kinds), *groups.evidence(_ids(of_group))[:_NAMED]],
    )


def _sources(net: _Network, found: _Found, groups: Groups) -> list[Source]:
    """The target first, then its inputs, the fewest ways first."""
    return [
        Source(
            product_id=net.ids[node],
            name_zh=net.names[node],
            makers=len(net.makers[node]),
            makers_elsewhere=net.elsewhere[node],
            is_one_group=groups.are_joined(_ids(net.makers[node])) if len(net.makers[node]) > 1 else None,
            ways=ways,
            cut=[net.names[firm] for firm in cut[:_NAMED]],
        )
        for node, ways, cut in found.ways
    ]
