"""What one product's chain hangs on: firms and products whose loss severs it, and how many ways there are round them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import numpy as np
from pydantic import Field

from graph.texts import Text
from queries.algorithms.arrays import BoolArray, FloatArray, IntArray
from queries.algorithms.structure import (
    articulation_points,
    betweenness,
    bridges,
    dominators,
    supplier_disjoint_sources,
)
from queries.answer import Answer, Row, counted, cut_note
from queries.makers import Kinds, Maker, kinds_of_makers, maker_conventions, maker_evidence, makers_by_product
from queries.ownership import OWNERSHIP_CONVENTION, Groups
from queries.paths import names_of
from queries.reader import Reader
from queries.registry import question
from queries.scope import Confidence, Limit, Places, called, find_one, scope
from queries.upstream import EquipmentLag, Upstream, equipment_convention, upstream

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


class Kind(StrEnum):
    """What a chain hangs on."""

    ENTERPRISE = "enterprise"
    PRODUCT = "product"


class Cut(Row):
    """A firm or a product that the chain hangs on."""

    key = ("id",)
    table = (
        "name_zh", "kind", "roles", "sole_products", "severs", "severs_target", "makers_elsewhere", "severed",
        "betweenness",
    )  # fmt: skip
    scores = ("betweenness",)

    id: str
    name_zh: str
    kind: Kind
    roles: list[Role]
    sole_products: list[str]
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

    def in_short(self, reader: Reader) -> Text:
        """What stops with the first of what the chain hangs on, or that nothing stops with any one."""
        first = self.rows[0]
        target = "_target" if first.severs_target else "" if first.severs else "_none"
        return Text(
            f"cuts.headline{target}", name=called(reader, first.id), severs=first.severs, without=self.without_maker,
            fewest=self.fewest,
        )  # fmt: skip


@question(order=80)
def cuts(
    reader: Reader,
    *,
    product: Annotated[str, Field(min_length=1)],
    tiers: Annotated[int, Field(ge=1, le=20)] = 4,
    unknown_is_needed: bool = True,
    equipment_lag_days: EquipmentLag = None,
    places: Places = [],
    min_confidence: Confidence = 0.0,
    limit: Limit = 50,
) -> CutsAnswer:
    """Which firms and products a product's chain hangs on, and what stops without them."""
    where = scope(reader, places)
    target = find_one(reader, ("Product",), "product", product)
    needed = upstream(reader, target, tiers, unknown_is_needed, equipment_lag_days is not None, MOST_PRODUCTS)
    made = makers_by_product(reader, needed.tiers, where, min_confidence)
    firms = {maker.enterprise_id for makers in made.values() for maker in makers if maker.is_here}
    net = _network(needed, made, names_of(reader, sorted(firms)))
    found = _found(net)
    groups = Groups(reader, {maker.enterprise_id for made in net.makers if len(made) > 1 for maker in made})
    nodes = _in_order(net, found)
    kinds = kinds_of_makers(reader, (net.makers[product][0] for node in nodes[:limit] for product in found.alone[node]))
    fewest = min((len(made) for made in net.makers if made), default=None)
    needs = "unknown_too" if unknown_is_needed else "essential"
    return CutsAnswer(
        rows=[_row(net, found, groups, node, kinds) for node in nodes[:limit]],
        sources=_sources(net, found, groups),
        fewest=fewest,
        fewest_products=[net.names[node] for node, made in enumerate(net.makers) if len(made) == fewest][:_NAMED],
        without_maker=sum(not made for made in net.makers),
        looked_at=len(net.ids),
        looked_at_what=Text("cuts.products_and_enterprises"),
        conventions=[
            Text(f"cuts.convention.chain_{needs}", tiers=tiers),
            equipment_convention(equipment_lag_days, len(needed.of_equipment)),
            *(Text(f"cuts.convention.{one}") for one in ("stops", "without_maker", "ways", "undirected", "sole_maker")),
            OWNERSHIP_CONVENTION,
            *maker_conventions(min_confidence),
            *where.conventions,
        ],
        notes=[*_notes(net, groups), *cut_note(len(nodes), limit)],
    )


def _notes(net: "_Network", groups: Groups) -> list[Text]:
    joined = [net.names[product] for product in range(net.size) if groups.are_joined(_ids(net.makers[product]))]
    counts = {"without_maker": sum(not made for made in net.makers), "joined": len(joined), "beyond": net.beyond}
    alone = [Text("cuts.note.nothing_needed")] if net.size == 1 else []
    return alone + counted("cuts.note", counts, names=joined[:_NAMED])


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


def _network(needed: Upstream, makers: Mapping[str, Sequence[Maker]], firms: Mapping[str, str]) -> _Network:
    products = list(needed.tiers)
    here = [[maker for maker in makers.get(product, ()) if maker.is_here] for product in products]
    ids = [*products, *sorted(firms)]
    node = {one: number for number, one in enumerate(ids)}
    needs = _pairs([(node[a], node[b]) for a, b in needed.inputs])
    made_by = [[node[maker.enterprise_id] for maker in made] for made in here]
    links = [(k, to) for k, product in needs.tolist() for to in made_by[product] or [product]]
    links += [(firm, product) for product, made in enumerate(made_by) for firm in made]
    goes_into = _reaches(len(products), needs)
    # On a cycle the makers stand above each other: there all of them are sources where nobody else stands above.
    made_above = (goes_into & ~goes_into.T)[np.array([bool(made) for made in here])].any(axis=0)
    sources = {firm for product, made in enumerate(made_by) if not made_above[product] for firm in made}
    elsewhere = [len(makers.get(product, ())) - len(made) for product, made in zip(products, here, strict=True)]
    tail, head = _pairs(links).T
    return _Network(
        ids, [firms.get(one) or needed.names[one] for one in ids], len(products), here, elsewhere, node,
        needs, tail, head, np.array(sorted(sources), np.int64), needed.beyond,
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
        ways: int | None = None
        cut: Sequence[int] = ()
        if len(net.sources):
            lasting = np.arange(net.size)
            severance = supplier_disjoint_sources(len(net.ids), net.tail, net.head, net.sources, [product], lasting)
            ways, cut = severance.count or None, severance.cut
        found.append((product, ways, cut))
    return [found[0], *sorted(found[1:], key=lambda way: (way[1] is None, way[1] or 0, net.ids[way[0]]))]


# --- rows ------------------------------------------------------------------------------------------------------------


def _in_order(net: _Network, found: _Found) -> list[int]:
    """The nodes with a role, what stops the target first, firms before products, by how much stops, then betweenness.

    Every product of the chain stops the target; it is worth a row only where the network hangs on it too.
    """

    def order(node: int) -> tuple[bool, bool, int, float, str]:
        stops = found.stops[node]
        between = round(float(found.betweenness[node]), 9)
        return (not stops[0], node < net.size, -int(stops.sum()), -between, net.ids[node])

    return sorted((node for node in range(1, len(net.ids)) if found.roles[node]), key=order)


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
        kind=Kind.ENTERPRISE if is_firm else Kind.PRODUCT,
        roles=list(found.roles[node]),
        sole_products=[net.names[net.node[m.product_id if is_firm else m.enterprise_id]] for m in sole],
        severs=len(stops),
        severs_target=bool(found.stops[node, 0]),
        severed=[net.names[product] for product in stops[:_NAMED]],
        makers_elsewhere=elsewhere,
        severs_own_supply_only=elsewhere > 0 if alone else None,
        group_products=[net.names[one] for one in (joined if is_firm else [net.node[firm] for firm in _ids(of_group)])][
            :_NAMED
        ],
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
