"""What one product's chain hangs on: firms and products whose loss severs it, and how many ways there are round them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import numpy as np
from pydantic import Field

from queries.algorithms.arrays import BoolArray, FloatArray, IntArray
from queries.algorithms.structure import (
    adjacency,
    betweenness,
    disjoint_ways,
    link_places,
    on_every_way,
    trace,
    weak_joints,
)
from queries.answer import Answer, Row, cut_note
from queries.areas import Limit, Places, area
from queries.facts import links, number_of, things
from queries.judged import ESSENTIAL
from queries.making import MAKER_CONVENTION, evidence_of_makers, located, makers
from queries.reader import Reader, kept
from queries.registry import question

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
    table = ("name_zh", "kind_zh", "roles", "sole_products", "severs", "severs_target", "severed", "betweenness")

    id: str = Field(description="id of the enterprise or product")
    name_zh: str = Field(description="名称")
    kind_zh: str = Field(description="类型 enterprise or product, in Chinese")
    roles: list[Role] = Field(description="角色 what makes it one that the chain hangs on")
    sole_products: list[str] = Field(
        description="独家产品 products of the chain that it alone makes on record, or for a product its makers where it has one; the first 20"
    )
    bar = "severs"
    severs: int = Field(
        description="断及产品数 products of the chain that stop without it: those that nobody else makes and all that need them, itself among them for a product"
    )
    severs_target: bool = Field(description="断及目标 whether the product asked for is among them")
    severed: list[str] = Field(description="断及产品 these products, nearest to the one asked for first; 20 at most")
    bridges_to: list[str] = Field(
        description="桥的另一端 what it is joined to by a link without a way round; 20 at most"
    )
    betweenness: float = Field(
        description="介数 the share of shortest ways in the chain that pass it, over all ordered pairs of others; 0–1"
    )
    evidence_ids: list[str] = Field(
        description="ids of it, of MAKES and KIND_OF of what it alone makes; 20 makers at most"
    )


class Source(Row):
    """An input, and how many ways supply it that share no firm."""

    product_id: str = Field(description="id of the product asked for (the first entry) or of a needed input of it")
    name_zh: str = Field(description="产品")
    makers: int = Field(description="生产者 makers of it on record in the places")
    ways: int | None = Field(
        description="不相交供应路径 ways from the first makers of the chain to it that share no enterprise; null where no maker is on record"
    )
    cut: list[str] = Field(
        description="最小割 names of as few enterprises as sever them all, nearest to the sources; 20 at most"
    )


class CutsAnswer(Answer):
    """What the chain hangs on."""

    rows: list[Cut]
    sources: list[Source] = Field(description="the product and each of its needed inputs, the fewest ways first")
    fewest: int | None = Field(
        description="the least number of enterprises whose loss stops the product: all makers of one product that it cannot "
        "do without; null where no maker is on record"
    )
    fewest_products: list[str] = Field(description="names of the products whose makers are so few; 20 at most")
    without_maker: int = Field(description="products of the chain that no enterprise of the places makes on record")


@question(zh="断点与割集", en="Cut points of a chain", order=80)
def cuts(
    reader: Reader,
    *,
    product: Annotated[str, Field(min_length=1, description="产品（编号或名称） product by id or name")],
    tiers: Annotated[int, Field(ge=1, le=20, description="向上追溯层数 tiers up from it")] = 4,
    unknown_is_needed: Annotated[
        bool, Field(description="未知类别的投入是否视为必需 whether inputs of unknown class are needed")
    ] = True,
    places: Places = [],
    limit: Limit = 50,
) -> CutsAnswer:
    """一个产品的链条系于哪些企业与产品：唯一来源、最小割、割点、桥、必经点，断了会影响什么。 Which firms and products a product's chain hangs on,
    and what stops without them.
    """
    where = area(reader, places)
    target = number_of(reader, "Product", "product", product)
    net, found = _outcome(reader, target, tiers, unknown_is_needed, tuple(places))
    order = _in_order(net, found)
    notes = _notes(net, len(order), limit)
    fewest, at = _fewest(net)
    products = things(reader, "Product")
    return CutsAnswer(
        rows=[_row(reader, net, found, node) for node in order[:limit]],
        sources=_sources(reader, net, found), fewest=fewest,
        fewest_products=products.names(net.products[at][:_NAMED]), without_maker=int((net.made == 0).sum()),
        looked_at=len(net.products) + len(net.firms), looked_at_what="产品与企业 products and enterprises",
        conventions=[
            f"范围：目标产品及其向上 {tiers} 层的必需投入（关键投入{'及类别未知者' if unknown_is_needed else ''}）。 The chain is the product and what "
            f"it needs, {tiers} tiers up: essential inputs{' and those of unknown class' if unknown_is_needed else ''}.",
            "断及：一个产品的生产者全部失去，或任一必需投入断供，该产品即断。 A product stops when all its makers are lost or any needed input stops.",
            "无生产者记录的产品视为可得，不由任何企业决定。 A product without a maker on record is taken to be available whoever is lost.",
            "不相交路径：网络为 投入品 → 产品的生产者 → 产品，企业至多经过一次；起点为上游再无生产者的产品的生产者。此数把各投入视为可互相替代的路，是上限。 Disjoint ways "
            "run from input to maker to product, each enterprise once, starting at makers that no maker stands above; taking "
            "inputs as ways round each other, they are an upper bound.",
            "割点、桥不计方向；必经指每条起点到目标的路都经过。 Articulation points and bridges are of the network without directions; on "
            "every way means every way from the starts to the product.",
            MAKER_CONVENTION, *where.conventions,
        ],
        notes=notes,
    )  # fmt: skip


def _notes(net: "_Net", rows: int, limit: int) -> list[str]:
    notes = []
    if len(net.products) == 1:
        notes.append("没有必需投入的记录；没有记录不等于没有。 No needed input is on record; no record is not 'none'.")
    without = int((net.made == 0).sum())
    if without:
        notes.append(
            f"{without} 种产品区内无生产者记录，不能断言其是否独家。 {without} products have no maker on record here: whether they hang on "
            "one is not known."
        )
    if net.beyond:
        notes.append(f"更远还有 {net.beyond} 种产品未计入。 {net.beyond} products farther up are left out.")
    notes += cut_note(rows, limit)
    return notes


# --- the network -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Net:
    """Products of the chain, nearest to the target first, then the enterprises that make them, as nodes from 0.

    A link leads from an input to each maker of the product, or to the product itself where nobody makes it; and from each
    maker to the product.
    """

    products: IntArray  # numbers of products; node 0 is the target
    firms: IntArray  # numbers of enterprises; node len(products) + k
    made: IntArray  # (products) makers of the places
    pairs: IntArray  # places in `Makers`, by product …
    pair_product: IntArray  # … its node
    pair_firm: IntArray  # … and the maker's node
    tail: IntArray
    head: IntArray
    needs: IntArray  # (inputs, 2) nodes of the input and of the product
    sources: IntArray  # nodes of makers that no maker stands above
    beyond: int

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return len(self.products) + len(self.firms)


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What was found of each node."""

    stops: BoolArray  # (nodes, products) what stops without it
    sole: IntArray  # (products) node of the one maker, −1
    is_cut: BoolArray
    is_on_every_way: BoolArray
    is_joint: BoolArray
    bridges: IntArray  # (k, 2)
    betweenness: FloatArray
    ways: list[tuple[int, int | None, tuple[int, ...]]]  # node of a product, ways, least cut


@kept
def _outcome(
    reader: Reader, target: int, tiers: int, unknown_is_needed: bool, places: tuple[str, ...]
) -> tuple[_Net, _Found]:
    net = _net(reader, target, tiers, unknown_is_needed, places)
    return net, _found(net)


def _net(reader: Reader, target: int, tiers: int, unknown_is_needed: bool, places: tuple[str, ...]) -> _Net:
    inputs, making = links(reader, "INPUT_OF", "Product", "Product"), makers(reader)
    is_inside = located(reader, "Enterprise", area(reader, places)).is_inside
    class_ = inputs.floats("input_class")
    is_needed = class_ == ESSENTIAL
    if unknown_is_needed:
        is_needed |= np.isnan(class_)
    at = np.flatnonzero(is_needed)
    up = adjacency(len(inputs.tails), inputs.head[at], inputs.tail[at])
    reached = trace(up, [target], most_tiers=tiers + 1)
    inside = reached.nodes[reached.tier <= tiers]
    products = inside[:MOST_PRODUCTS]
    place = np.full(len(inputs.tails), -1)
    place[products] = np.arange(len(products))
    at = at[(place[inputs.tail[at]] >= 0) & (place[inputs.head[at]] >= 0)]
    needs = np.stack([place[inputs.tail[at]], place[inputs.head[at]]], axis=1)
    pairs = link_places(making.start, products)
    owner = np.repeat(np.arange(len(products)), making.start[products + 1] - making.start[products])
    is_local = is_inside[making.enterprise[pairs]]
    pairs, owner = pairs[is_local], owner[is_local]
    firms, firm = np.unique(making.enterprise[pairs], return_inverse=True)
    firm = firm + len(products)
    made = np.bincount(owner, minlength=len(products))
    start = np.searchsorted(owner, np.arange(len(products) + 1))
    # From an input to each maker of the product; to the product itself where nobody makes it.
    to_firm = link_places(start, needs[:, 1])
    from_input = np.repeat(needs[:, 0], made[needs[:, 1]])
    direct = needs[made[needs[:, 1]] == 0]
    tail = np.concatenate([from_input, firm, direct[:, 0]])
    head = np.concatenate([firm[to_firm], owner, direct[:, 1]])
    # On a cycle the makers stand above each other: there all of them are sources where nobody else stands above.
    goes_into = _reaches(len(products), needs)
    made_above = (goes_into & ~goes_into.T)[made > 0].sum(axis=0)
    sources = np.unique(firm[made_above[owner] == 0])
    return _Net(
        products, firms, made, pairs, owner, firm, tail, head, needs, sources, len(reached.nodes) - len(products)
    )


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


def _found(net: _Net) -> _Found:
    size = len(net.products)
    stops_with = _reaches(size, net.needs) | np.eye(size, dtype=np.bool_)
    sole = np.full(size, -1)
    is_sole = net.made[net.pair_product] == 1
    sole[net.pair_product[is_sole]] = net.pair_firm[is_sole]
    stops = np.zeros((net.nodes, size), np.bool_)
    stops[:size] = stops_with
    for product in np.flatnonzero(sole >= 0):
        stops[sole[product]] |= stops_with[product]
    joints = weak_joints(net.nodes, net.tail, net.head)
    is_joint = np.isin(np.arange(net.nodes), joints.nodes)
    is_cut = np.zeros(net.nodes, np.bool_)
    ways = _ways(net)
    for _, count, cut in ways:
        if count is not None:
            is_cut[list(cut)] = True
    every = on_every_way(net.nodes, net.tail, net.head, net.sources, [0]) if len(net.sources) else None
    is_every = np.isin(np.arange(net.nodes), every or [])
    return _Found(
        stops, sole, is_cut, is_every, is_joint, joints.pairs, betweenness(net.nodes, net.tail, net.head), ways
    )


def _ways(net: _Net) -> list[tuple[int, int | None, tuple[int, ...]]]:
    """For the target and each needed input of it how many ways share no firm, and a least cut."""
    size = len(net.products)
    wanted = [0, *np.unique(net.needs[(net.needs[:, 1] == 0) & (net.needs[:, 0] != 0), 0]).tolist()]
    found: list[tuple[int, int | None, tuple[int, ...]]] = []
    for product in wanted:
        severance = None
        if len(net.sources):
            lasting = np.arange(size)
            severance = disjoint_ways(net.nodes, net.tail, net.head, net.sources, [product], lasting)
        if severance is None or not severance.ways:
            found.append((product, None, ()))
        else:
            found.append((product, severance.ways, severance.firms))
    return found


def _fewest(net: _Net) -> tuple[int | None, IntArray]:
    """The fewest makers of any product that the target cannot do without, and the nodes of these products."""
    known = net.made[net.made > 0]
    if not len(known):
        return None, np.zeros(0, np.int64)
    return int(known.min()), np.flatnonzero(net.made == known.min())


# --- rows ------------------------------------------------------------------------------------------------------------


def _roles(net: _Net, found: _Found, node: int) -> list[Role]:
    is_firm = node >= len(net.products)
    holds = {
        Role.SOLE_MAKER: is_firm and node in found.sole,
        Role.LEAST_CUT: found.is_cut[node],
        Role.ON_EVERY_WAY: found.is_on_every_way[node],
        Role.ARTICULATION: found.is_joint[node],
        Role.BRIDGE: node in found.bridges,
    }
    return [role for role in Role if holds[role]]


def _in_order(net: _Net, found: _Found) -> list[int]:
    """Nodes with a role: what stops the target first, firms before products, by how much stops, then betweenness.

    Every product of the chain stops the target; it is worth a row only where the network hangs on it too.
    """
    nodes = [node for node in range(1, net.nodes) if _roles(net, found, node)]
    ids = np.concatenate([net.products, net.firms])
    size = len(net.products)

    def order(node: int) -> tuple[bool, bool, int, float, int]:
        stops = found.stops[node]
        return (not stops[0], node < size, -int(stops.sum()), -round(float(found.betweenness[node]), 9), int(ids[node]))

    return sorted(nodes, key=order)


def _row(reader: Reader, net: _Net, found: _Found, node: int) -> Cut:
    products, size = things(reader, "Product"), len(net.products)
    is_firm = node >= size
    own = np.flatnonzero(found.sole == node) if is_firm else np.array([node])
    pairs = net.pairs[np.isin(net.pair_product, own) & (net.made[net.pair_product] == 1)]
    stops = np.flatnonzero(found.stops[node])
    ends = found.bridges[(found.bridges == node).any(axis=1)].ravel()
    alone = products.names(net.products[own][:_NAMED]) if is_firm else things(reader, "Enterprise").names(
        makers(reader).enterprise[pairs]
    )  # fmt: skip
    return Cut(
        id=_id(reader, net, node),
        name_zh=_name(reader, net, node),
        kind_zh="企业" if is_firm else "产品",
        roles=_roles(net, found, node),
        sole_products=alone,
        severs=len(stops),
        severs_target=bool(found.stops[node, 0]),
        severed=products.names(net.products[stops][:_NAMED]),
        bridges_to=[_name(reader, net, int(end)) for end in ends[ends != node][:_NAMED]],
        betweenness=float(found.betweenness[node]),
        evidence_ids=[_id(reader, net, node), *evidence_of_makers(reader, makers(reader), pairs[:_NAMED].tolist())],
    )


def _id(reader: Reader, net: _Net, node: int) -> str:
    size = len(net.products)
    if node < size:
        return things(reader, "Product").id(int(net.products[node]))
    return things(reader, "Enterprise").id(int(net.firms[node - size]))


def _name(reader: Reader, net: _Net, node: int) -> str:
    size = len(net.products)
    if node < size:
        return things(reader, "Product").name(int(net.products[node]))
    return things(reader, "Enterprise").name(int(net.firms[node - size]))


def _sources(reader: Reader, net: _Net, found: _Found) -> list[Source]:
    """The target first, then its inputs, the fewest ways first."""
    rest = sorted(found.ways[1:], key=lambda way: (way[1] is None, way[1] or 0, int(net.products[way[0]])))
    return [
        Source(
            product_id=_id(reader, net, node),
            name_zh=_name(reader, net, node),
            makers=int(net.made[node]),
            ways=ways,
            cut=[_name(reader, net, firm) for firm in cut[:_NAMED]],
        )
        for node, ways, cut in [found.ways[0], *rest]
    ]
