"""If this stops, who stops next: how a loss of output spreads over the network of enterprises (ESRI)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import numpy as np
from pydantic import Field

from queries.algorithms.arrays import BoolArray, FloatArray, IntArray, sums_by
from queries.algorithms.esri import Damage, Network, SystemicRisk, damage, network, systemic_risk
from queries.answer import Answer, Row, cut_note
from queries.areas import Limit, Places, area
from queries.facts import all_named, links, things
from queries.firms import Firms, LinkSource, firms, line_names, product_tiers
from queries.making import Located, broader_products, located
from queries.reader import Reader, kept
from queries.registry import question

_NAMED = 20
"""Products named and edges cited in a row, and entries of a summary; the rest is added up or counted."""
_ELSEWHERE = "区外或地点未定"


class Weights(StrEnum):
    """What a line counts in the whole output."""

    SALES = "sales"
    PRODUCTS = "products"


class Carried(StrEnum):
    """From which side a loss came."""

    SUPPLIER = "supplier"
    BUYER = "buyer"

    @property
    def zh(self) -> str:
        """Its Chinese name."""
        return {"supplier": "供应商断供", "buyer": "客户停购"}[self]


class Hit(Row):
    """An enterprise, and what is lost by it or at it."""

    key = ("enterprise_id",)
    table = (
        "name_zh",
        "cities",
        "products",
        "capacity_lost",
        "loss",
        "impact",
        "impact_downstream",
        "impact_upstream",
        "carried_by",
        "carrier_name",
        "carrier_product",
    )
    bar = "impact"

    enterprise_id: str = Field(description="id of the enterprise")
    name_zh: str = Field(description="企业")
    is_local: bool | None = Field(description="在区内 whether it is in the places; null where that is not known")
    cities: list[str] = Field(description="所在地 cities of the places that it is in")
    products: list[str] = Field(description="产品 what it makes, the first 20 by id")
    lines: int = Field(description="产线数 how many products it makes")
    tier: int | None = Field(description="层级 how far down the chain its first product stands; null where not known")
    output_share: float = Field(description="产出占比 its part of all output, by the weights asked for")
    capacity_lost: float = Field(
        description="直接损失 the largest part of the capacity of one of its lines that the shock takes; 1 in a ranking"
    )
    loss: float | None = Field(
        description="自身损失 part of its own output that is lost in the end; null in a ranking, where the loss of all is in impact"
    )
    impact: float = Field(
        description="影响 part of all output lost: at this enterprise after the shock; in a ranking, at all enterprises when this one alone fails (ESRI)"
    )
    impact_downstream: float = Field(description="其中向下游 the same by what spreads from suppliers to buyers alone")
    impact_upstream: float = Field(description="其中向上游 the same by what spreads from buyers to suppliers alone")
    carried_by: Carried | None = Field(
        description="传导方向 from which side its largest loss came; null where the shock itself took it"
    )
    carrier_id: str | None = Field(description="id of the enterprise at the other end of the link that carried most")
    carrier_name: str | None = Field(description="传导企业 the enterprise at the other end")
    carrier_product: str | None = Field(description="传导产品 the product sold over that link")
    evidence_ids: list[str] = Field(
        description="ids of the enterprise, of MAKES of its lines (20 at most) and of what the carrying link rests on"
    )


class CascadeAnswer(Answer):
    """What a shock does, or what the loss of each enterprise does."""

    rows: list[Hit]
    esri: float | None = Field(description="part of all output lost after the shock; null in a ranking")
    esri_downstream: float | None = Field(description="the same by what spreads downstream alone")
    esri_upstream: float | None = Field(description="the same by what spreads upstream alone")
    direct: float | None = Field(description="part of all output that the shock itself takes; null in a ranking")
    by_product: dict[str, float] = Field(
        description="part of all output lost in each product, the largest 20; empty in a ranking"
    )
    by_city: dict[str, float] = Field(
        description="the same for each city; an enterprise in several counts in the first"
    )
    by_tier: dict[int, float] = Field(
        description="the same for each tier of the products' chain, −1 where the product is not known"
    )
    links: int = Field(description="links between lines in the network")
    recorded_links: int = Field(description="of these, links from recorded sales")
    is_epsilon_dependent: bool = Field(
        description="whether the values depend on epsilon because some cycle of firms has no outside share"
    )
    is_converged: bool = Field(description="whether every cascade ended within the steps allowed")


@question(zh="断供级联", en="Cascade of a disruption", order=60)
def cascade(
    reader: Reader,
    *,
    shocks: Annotated[
        list[str],
        Field(description="中断对象：企业、产品、技术、地区或协同创新中心（编号或名称，可多个；空为逐家排名） what stops: enterprises, "
                          "products, technologies, places or centres; empty ranks every enterprise by its own failure"),
    ] = [],
    share: Annotated[float, Field(gt=0, le=1, description="损失的产能比例 part of their capacity that is lost")] = 1.0,
    links: Annotated[
        LinkSource, Field(description="企业间关系来源：有记录的供应、按产品推导、两者 recorded sales, derived links, or both")
    ] = LinkSource.BOTH,
    unknown_class: Annotated[
        int, Field(ge=0, le=2, description="未知投入类别按此计：0 可忽略、1 可替代、2 关键 class of an input of unknown class")
    ] = 1,
    outside_cost_share: Annotated[
        float, Field(ge=0, le=1, description="未知的网外成本占比按此计 outside share of costs where not on record")
    ] = 0.5,
    outside_revenue_share: Annotated[
        float, Field(ge=0, le=1, description="未知的网外收入占比按此计 outside share of revenue where not on record")
    ] = 0.5,
    replaceable: Annotated[
        bool, Field(description="同类产品生产者可否替补 whether other makers of a product step in")
    ] = True,
    weights: Annotated[
        Weights, Field(description="产出权重：按网内销售或每种产品等权 what output counts: sales in the network, or each product alike")
    ] = Weights.SALES,
    epsilon: Annotated[
        float, Field(ge=1e-12, le=0.5, description="停止阈值 the spread ends when no loss grows by more in a step")
    ] = 1e-3,
    most_makers: Annotated[
        int, Field(ge=1, le=1_000, description="推导关系中每种产品最多取几家 makers of a product that derived links join, at most")
    ] = 30,
    places: Places = [],
    limit: Limit = 50,
) -> CascadeAnswer:  # fmt: skip
    """某企业、产品、技术、地区或中心中断后，损失沿供应关系向上下游传导到谁；不指定时对全部企业逐家排名。 Who loses what when something stops; every
    enterprise ranked by its own failure where nothing is named.
    """
    model = _Model(links, most_makers, unknown_class, outside_cost_share, outside_revenue_share, weights)
    where = area(reader, places)
    net = firms(reader, links, most_makers)
    told = [*_conventions(model, epsilon, replaceable, share if shocks else None), *where.conventions]
    wired = _network(reader, model)
    psi, without = _capacity_lost(reader, net, shocks, share)
    notes = [
        f"{name} 没有企业生产记录，不产生冲击。 No enterprise's production on record stops with {name}; it shocks nothing."
        for name in without
    ]
    if wired is None or (shocks and not psi.any()):
        return _nothing(net, told, notes, is_empty=not len(net))
    view = _View(reader, net, wired, located(reader, "Enterprise", where), *_grouped(reader, links, most_makers))
    notes += _notes(reader, model)
    if shocks:
        return _after_shock(view, psi, replaceable, epsilon, limit, told, notes)
    return _ranking(view, model, replaceable, epsilon, limit, told, notes)


# --- the model -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Model:
    """What the network is made with; hashable, so that it is kept."""

    source: LinkSource
    most_makers: int
    unknown_class: int
    outside_cost_share: float
    outside_revenue_share: float
    weights: Weights


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """What rows are made from."""

    reader: Reader
    net: Firms
    wired: Network
    at: Located
    members: IntArray  # the enterprises of the network
    firm: IntArray  # (lines) the place of each line's enterprise among them


@kept
def _grouped(reader: Reader, source: LinkSource, most_makers: int) -> tuple[IntArray, IntArray]:
    """The enterprises of the network, and of each line the place of its enterprise among them."""
    members, firm = np.unique(firms(reader, source, most_makers).enterprise, return_inverse=True)
    return members, firm


@kept
def _network(reader: Reader, model: _Model) -> Network | None:
    """The network of lines; `None` where there is no link, so that nothing spreads."""
    net = firms(reader, model.source, model.most_makers)
    if not len(net.sales):
        return None
    inputs = links(reader, "INPUT_OF", "Product", "Product")
    classes = np.append(inputs.floats("input_class"), np.nan)[net.input]
    nodes = things(reader, "Enterprise")
    outside = [
        np.where(np.isnan(known), assumed, known)[net.enterprise]
        for known, assumed in (
            (nodes.floats("outside_cost_share"), model.outside_cost_share),
            (nodes.floats("outside_revenue_share"), model.outside_revenue_share),
        )
    ]
    return network(
        net.supplier, net.buyer, net.sales, net.product,
        input_class=np.where(np.isnan(classes), model.unknown_class, classes).astype(np.int64),
        outside_cost_share=outside[0], outside_revenue_share=outside[1],
        weight=net.share if model.weights is Weights.PRODUCTS else None,
    )  # fmt: skip


def _capacity_lost(reader: Reader, net: Firms, shocks: Sequence[str], share: float) -> tuple[FloatArray, list[str]]:
    """The part of each line's capacity that the shocks take, and the names of shocks that meet no line."""
    psi = np.zeros(len(net))
    without = []
    labels = ("Enterprise", "Product", "Technology", "Place", "Center")
    for label, number in all_named(reader, labels, "enterprise, product, technology, place or centre", shocks):
        is_hit = _lines_of(reader, net, label, number)
        if not is_hit.any():
            without.append(things(reader, label).name(number))
        psi[is_hit] = share
    return psi, without


def _lines_of(reader: Reader, net: Firms, label: str, number: int) -> BoolArray:
    """The lines that stop with a thing."""
    if label == "Product":
        # A maker of a narrower kind makes the product: the lines of the narrower kinds stop too.
        kinds = links(reader, "KIND_OF", "Product", "Product")
        narrower, broader, _ = broader_products(kinds, np.unique(net.product[net.product < len(kinds.tails)]))
        return np.isin(net.product, narrower[broader == number])
    if label == "Technology":
        needs = links(reader, "NEEDS", "Product", "Technology")
        return np.isin(net.product, needs.tail[needs.head == number])
    if label == "Place":
        inside = located(reader, "Enterprise", area(reader, [things(reader, "Place").id(number)])).is_inside
        return inside[net.enterprise]
    if label == "Center":
        residents = links(reader, "RESIDENT_OF", "Enterprise", "Center")
        status = np.array(residents.table["resident_status"].to_pylist(), dtype=object)
        return np.isin(net.enterprise, residents.tail[(residents.head == number) & (status == "resident")])
    is_hit: BoolArray = net.enterprise == number
    return is_hit


def _conventions(model: _Model, epsilon: float, replaceable: bool, share: float | None) -> list[str]:
    told = [
        "ESRI（Diem 等 2022）：每家企业的每种产品为一条产线；供应商的损失按投入类别传给客户（关键投入按比例停产，可替代投入按占比减产），客户的损失按销售占比传给供应商。 "
        "ESRI (Diem et al. 2022) over lines, an enterprise's making of one product: a supplier's loss reaches buyers by the "
        "class of the input, a buyer's loss reaches suppliers by their sales.",
        f"ε = {epsilon:g}，δ = ε/100；替补{'开' if replaceable else '关'}。 ε = {epsilon:g}, δ = ε/100; replaceability "
        f"{'on' if replaceable else 'off'}.",
        f"投入类别取自“投入”关系，未知按 {model.unknown_class} 计。 Input classes are those of INPUT_OF, {model.unknown_class} where "
        "not known (0 negligible, 1 substitutable, 2 essential).",
        f"网外成本占比未知按 {model.outside_cost_share:g}、网外收入占比未知按 {model.outside_revenue_share:g} 计（假设）。 Outside shares "
        f"that are not on record are taken as {model.outside_cost_share:g} of costs and {model.outside_revenue_share:g} of "
        "revenue (an assumption).",
        _WEIGHTS_SAID[model.weights],
        "层级：产品距最上游的最多步数。 The tier is the most steps from a product without inputs.",
    ]
    if model.source is not LinkSource.RECORDED:
        told.append(
            "推导关系（建模假设，非事实）：投入品的每家直接生产者供应产品的每家直接生产者，按成本占比和生产份额分配，份额未知则均分。 Derived links are a modelling "
            "assumption, not a fact: every maker of an input supplies every maker of the product, by cost shares and the "
            "makers' shares, alike where they are not known; makers of narrower kinds only are not linked."
        )
    if model.source is LinkSource.BOTH:
        told.append(
            "有记录的供应取代同一客户同一产品的推导关系，并沿用其总额。 Recorded sales take the place of derived links to the same buyer of "
            "the same product, and their total."
        )
    if share is not None:
        told.append(f"冲击使对象损失 {share:g} 的产能；意向入驻者不算中心的企业。 The shock takes {share:g} of the capacity; "
                    "enterprises that only intend to enter a centre are not hit with it.")  # fmt: skip
    return told


_WEIGHTS_SAID = {
    Weights.SALES: "产出按网内销售额计权；只卖给网外的企业权重为零。 Output counts by sales in the network; who sells to nobody in it has no "
                   "weight.",
    Weights.PRODUCTS: "每种产品等权，在其生产者间按份额分配（份额未知则均分）。 Each product counts alike, its makers by their shares, alike "
                      "where these are not known.",
}  # fmt: skip


@kept
def _notes(reader: Reader, model: _Model) -> list[str]:
    """What a reader must know about the network, which has links."""
    net, wired = firms(reader, model.source, model.most_makers), _network(reader, model)
    assert wired is not None, "notes are of a network with links"
    recorded = int((net.sale >= 0).sum())
    notes = []
    if model.source is not LinkSource.RECORDED:
        notes.append(
            f"{len(net.sales)} 条产线间关系中 {recorded} 条来自供应记录，其余为推导，结论以此假设为前提。 Of {len(net.sales)} links {recorded} "
            "are from recorded sales, the others are derived: the answer rests on that assumption."
        )
    if net.unlinked:
        notes.append(
            f"每种产品只取前 {net.most_makers} 家生产者推导关系，{net.unlinked} 条产线未连。 Derived links join the first "
            f"{net.most_makers} makers of each product; {net.unlinked} lines are left out."
        )
    if net.without_amount:
        notes.append(
            f"{net.without_amount} 条供应记录无金额，按已知金额的中位数（无则按 1）计。 {net.without_amount} recorded sales have no amount; they "
            "count as the median of the known ones, 1 where none is known, times the share on record."
        )
    if wired.is_closed:
        notes.append(
            "ε-dependent：存在无网外份额的循环，数值随 ε 变化，不宜比较大小。 Some cycle of firms has no outside share, so the values "
            "depend on ε."
        )
    weightless = int((wired.weight == 0).sum())
    if weightless:
        notes.append(
            f"{weightless} 条产线在网内无销售，不计入总产出；可改用 weights=products。 {weightless} lines sell nothing in the network and "
            "have no weight; weights=products counts them."
        )
    nodes = things(reader, "Enterprise")
    assumed = int(np.isnan(nodes.floats("outside_cost_share")[np.unique(net.enterprise)]).sum())
    if assumed:
        notes.append(
            f"{assumed} 家企业的网外成本占比未知，用假设值。 The outside cost share of {assumed} enterprises is assumed."
        )
    return notes


def _nothing(net: Firms, told: list[str], notes: list[str], *, is_empty: bool) -> CascadeAnswer:
    if is_empty:
        notes = [*notes, "图中没有企业生产产品的记录。 No enterprise makes a product on record."]
    elif not len(net.sales):
        notes = [
            *notes,
            "企业之间没有供应关系，损失无从传导。 There are no links between enterprises, so nothing spreads.",
        ]
    return CascadeAnswer(
        rows=[], esri=None, esri_downstream=None, esri_upstream=None, direct=None,
        by_product={}, by_city={}, by_tier={}, links=len(net.sales), recorded_links=int((net.sale >= 0).sum()),
        is_epsilon_dependent=False, is_converged=True, looked_at=len(np.unique(net.enterprise)),
        looked_at_what="企业 enterprises", conventions=told, notes=notes,
    )  # fmt: skip


# --- a shock ---------------------------------------------------------------------------------------------------------


def _after_shock(
    view: _View, psi: FloatArray, replaceable: bool, epsilon: float, limit: int, told: list[str], notes: list[str]
) -> CascadeAnswer:
    members, firm = view.members, view.firm
    done = damage(view.wired, psi, is_replaceable=replaceable, epsilon=epsilon)
    lost = done.weight * done.loss
    impact, own = sums_by(firm, lost, len(members)), sums_by(firm, done.weight, len(members))
    count = np.bincount(firm)
    # A firm without weight has lost what its lines lost on the average.
    loss = np.where(own > 0, impact / np.where(own > 0, own, 1), sums_by(firm, done.loss, len(members)) / count)
    hit = np.flatnonzero(loss > 0)
    order = hit[np.lexsort((hit, -loss[hit].round(9), -impact[hit].round(9)))]
    best = order[:limit]
    notes = [*notes, *cut_note(len(order), limit)]
    if not done.is_converged:
        notes = [*notes, _NOT_CONVERGED]
    apart = [
        sums_by(firm, done.weight * (1 - left), len(members)) for left in (done.left_downstream, done.left_upstream)
    ]
    numbers = _Numbers(own, loss, impact, apart[0], apart[1], _largest(firm, psi, len(members)))
    return _answered(
        view, _rows(view, best, numbers, done), done.conventions.is_closed, done.is_converged, told, notes
    ).model_copy(update={
        "esri": _rounded(done.esri), "esri_downstream": _rounded(done.downstream),
        "esri_upstream": _rounded(done.upstream), "direct": _rounded(float(done.weight @ psi)),
        "by_product": _by_product(view, lost), "by_city": _by_city(view, lost), "by_tier": _by_tier(view, lost),
    })  # fmt: skip


_NOT_CONVERGED = (
    "部分级联在 1000 步内未收敛，数值偏低。 Some cascades did not end within 1000 steps; their values are too low."
)


def _largest(firm: IntArray, values: FloatArray, count: int) -> FloatArray:
    found = np.zeros(count)
    np.maximum.at(found, firm, values)
    return found


def _by_product(view: _View, lost: FloatArray) -> dict[str, float]:
    numbers, totals = _largest_groups(view.net.product, lost)
    return _summed(line_names(things(view.reader, "Product"), numbers), totals)


def _by_city(view: _View, lost: FloatArray) -> dict[str, float]:
    """Loss by the first city of each line's enterprise."""
    at, enterprise = view.at, view.net.enterprise
    has = at.start[enterprise + 1] > at.start[enterprise]
    city = np.full(len(enterprise), -1)
    city[has] = at.city[at.start[enterprise[has]]]
    numbers, totals = _largest_groups(city, lost)
    known = iter(things(view.reader, "Place").names(numbers[numbers >= 0]))
    return _summed([next(known) if n >= 0 else _ELSEWHERE for n in numbers], totals)


def _largest_groups(group: IntArray, lost: FloatArray) -> tuple[IntArray, FloatArray]:
    """The numbers of the groups that lose most, 20 at most, of equals the first, and what they lose."""
    # Only lines that lose are grouped: there are few of them among all.
    losing = np.flatnonzero(lost > 0)
    numbers, place = np.unique(group[losing], return_inverse=True)
    totals = sums_by(place, lost[losing], len(numbers))
    best = np.lexsort((numbers, -totals.round(9)))[:_NAMED]
    return numbers[best], totals[best]


def _summed(names: Sequence[str], values: FloatArray) -> dict[str, float]:
    """The values under their names; those of equal names add up."""
    total: dict[str, float] = {}
    for name, value in zip(names, values.tolist(), strict=True):
        total[name] = _rounded(total.get(name, 0.0) + value)
    return total


def _rounded(value: float) -> float:
    """Sums are the same on every machine but for their last digits, which are left out."""
    return round(float(value), 12)


def _by_tier(view: _View, lost: FloatArray) -> dict[int, float]:
    tiers = _tiers(view)
    return {int(t): _rounded(float(lost[tiers == t].sum())) for t in np.unique(tiers[lost > 0])}


def _tiers(view: _View) -> IntArray:
    """The tier of each line's product, −1 where it is not known."""
    return np.append(product_tiers(view.reader), -1)[np.minimum(view.net.product, len(things(view.reader, "Product")))]


# --- a ranking -------------------------------------------------------------------------------------------------------


def _ranking(
    view: _View, model: _Model, replaceable: bool, epsilon: float, limit: int, told: list[str], notes: list[str]
) -> CascadeAnswer:
    members = view.members
    risk = _each_alone(view.reader, model, replaceable, epsilon)
    own = sums_by(view.firm, view.wired.weight, len(members))
    order = np.lexsort((members, -risk.esri.round(9)))[:limit]
    notes = [*notes, *cut_note(len(members), limit)]
    is_converged = bool(risk.is_converged.all())
    if not is_converged:
        notes = [*notes, _NOT_CONVERGED]
    numbers = _Numbers(own, None, risk.esri, risk.downstream, risk.upstream, np.ones(len(members)))
    rows = _rows(view, order, numbers, None)
    return _answered(view, rows, risk.conventions.is_closed, is_converged, told, notes)


@kept
def _each_alone(reader: Reader, model: _Model, replaceable: bool, epsilon: float) -> SystemicRisk:
    """ESRI of every enterprise, all of whose lines fail together."""
    wired = _network(reader, model)
    assert wired is not None, "a ranking is made of a network with links"
    _, firm = _grouped(reader, model.source, model.most_makers)
    return systemic_risk(wired, group=firm, is_replaceable=replaceable, epsilon=epsilon)


# --- rows ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Numbers:
    """The numbers of each enterprise of the network."""

    own: FloatArray
    loss: FloatArray | None
    impact: FloatArray
    downstream: FloatArray
    upstream: FloatArray
    capacity_lost: FloatArray


def _answered(
    view: _View, rows: list[Hit], is_closed: bool, is_converged: bool, told: list[str], notes: list[str]
) -> CascadeAnswer:
    net = view.net
    return CascadeAnswer(
        rows=rows, esri=None, esri_downstream=None, esri_upstream=None, direct=None,
        by_product={}, by_city={}, by_tier={}, links=len(net.sales), recorded_links=int((net.sale >= 0).sum()),
        is_epsilon_dependent=is_closed, is_converged=is_converged, looked_at=len(view.members),
        looked_at_what="企业 enterprises", conventions=told, notes=notes,
    )  # fmt: skip


def _rows(view: _View, chosen: IntArray, numbers: _Numbers, done: Damage | None) -> list[Hit]:
    """The rows of some of the members, by their places. What is named is read once for all rows."""
    net, nodes = view.net, things(view.reader, "Enterprise")
    enterprises = view.members[chosen]
    ids, names = nodes.ids(enterprises), nodes.names(enterprises)
    lo, hi = np.searchsorted(net.enterprise, enterprises), np.searchsorted(net.enterprise, enterprises + 1)
    tiers = _tiers(view)[lo]
    first = [np.arange(a, min(b, a + _NAMED)) for a, b in zip(lo, hi, strict=True)]
    made = _split_up(line_names(things(view.reader, "Product"), net.product[_joined(first)]), first)
    own = [lines[net.makes[lines] >= 0] for lines in first]
    makes = links(view.reader, "MAKES", "Enterprise", "Product")
    evidence = _split_up(makes.ids(net.makes[_joined(own)]), own)
    at = [view.at.cities(enterprise) for enterprise in enterprises]
    cities = _split_up(things(view.reader, "Place").names(_joined(at)), at)
    carriers = _carriers(view, lo, hi, done) if done else [_NO_CARRIER] * len(enterprises)
    return [
        Hit(
            enterprise_id=ids[k],
            name_zh=names[k],
            is_local=None if view.at.may_be_inside[enterprises[k]] else bool(view.at.is_inside[enterprises[k]]),
            cities=cities[k],
            products=made[k],
            lines=int(hi[k] - lo[k]),
            tier=int(tiers[k]) if tiers[k] >= 0 else None,
            output_share=_rounded(numbers.own[place]),
            capacity_lost=float(numbers.capacity_lost[place]),
            loss=None if numbers.loss is None else _rounded(numbers.loss[place]),
            impact=_rounded(numbers.impact[place]),
            impact_downstream=_rounded(numbers.downstream[place]),
            impact_upstream=_rounded(numbers.upstream[place]),
            carried_by=carriers[k].side,
            carrier_id=carriers[k].id,
            carrier_name=carriers[k].name,
            carrier_product=carriers[k].product,
            evidence_ids=[ids[k], *evidence[k], *carriers[k].evidence],
        )
        for k, place in enumerate(chosen.tolist())
    ]  # fmt: skip


def _joined(parts: Sequence[IntArray]) -> IntArray:
    return np.concatenate([*parts, np.zeros(0, np.int64)])


def _split_up(texts: Sequence[str], parts: Sequence[IntArray]) -> list[list[str]]:
    """The texts of joined parts, part by part."""
    rest = iter(texts)
    return [[next(rest) for _ in part] for part in parts]


@dataclass(frozen=True, slots=True)
class _Carrier:
    side: Carried | None
    id: str | None
    name: str | None
    product: str | None
    evidence: tuple[str, ...]


_NO_CARRIER = _Carrier(None, None, None, None, ())


def _carriers(view: _View, lo: IntArray, hi: IntArray, done: Damage) -> list[_Carrier]:
    """For each range of lines the link that carried most to the line that lost most, by weight, then by itself."""
    net, nodes = view.net, things(view.reader, "Enterprise")
    lost, weighed = done.loss.round(9), (done.weight * done.loss).round(9)
    worst = np.array([a + np.lexsort((-lost[a:b], -weighed[a:b]))[0] for a, b in zip(lo, hi, strict=True)], np.int64)
    link = done.carrier_link[worst]
    is_carried = link >= 0
    is_buyers = done.is_carried_by_buyer[worst]
    link = np.maximum(link, 0)
    other = np.where(is_buyers, net.buyer[link], net.supplier[link])
    ids, names = nodes.ids(net.enterprise[other]), nodes.names(net.enterprise[other])
    sold = line_names(things(view.reader, "Product"), net.product[net.supplier[link]])
    evidence = _link_ids(view, link, other)
    return [
        _Carrier(Carried.BUYER if is_buyers[k] else Carried.SUPPLIER, ids[k], names[k], sold[k], tuple(evidence[k]))
        if is_carried[k] else _NO_CARRIER
        for k in range(len(link))
    ]  # fmt: skip


def _link_ids(view: _View, link: IntArray, other: IntArray) -> list[list[str]]:
    """What each link rests on: the recorded sale, or the input and what its other end makes, where that is on record."""
    net = view.net
    is_sale = net.sale[link] >= 0
    sales = iter(links(view.reader, "SUPPLIES", "Enterprise", "Enterprise").ids(net.sale[link[is_sale]]))
    inputs = iter(links(view.reader, "INPUT_OF", "Product", "Product").ids(net.input[link[~is_sale]]))
    is_made = net.makes[other] >= 0
    makes = iter(links(view.reader, "MAKES", "Enterprise", "Product").ids(net.makes[other[~is_sale & is_made]]))
    return [
        [next(sales)] if sale else [next(inputs), *([next(makes)] if made else [])]
        for sale, made in zip(is_sale, is_made, strict=True)
    ]
