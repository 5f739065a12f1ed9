"""If this stops, who stops next: how a loss of output spreads over the network of enterprises (ESRI)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from graph.model import edge_id
from graph.ontology import label_of
from queries.algorithms.arrays import BoolArray, FloatArray, IntArray, sums_by
from queries.algorithms.esri import Damage, SystemicRisk, damage, systemic_risk
from queries.algorithms.esri import ProductionNetwork as Wired
from queries.algorithms.esri import production_network as wired_network
from queries.answer import Answer, Row, cut_note
from queries.makers import Kinds, maker_conventions
from queries.production_network import LinkSource, ProductionNetwork, product_tiers, production_network
from queries.reader import Reader, kept
from queries.registry import question
from queries.scope import Confidence, Limit, Named, Places, Scope, area_of, find_all, scope
from queries.sections import Sections
from queries.whereabouts import cities_of, seen

_SECTIONS = Sections(__file__)

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

    enterprise_id: str
    name_zh: str
    is_local: bool | None
    cities: list[str]
    products: list[str]
    lines: int
    tier: int | None
    output_share: float
    capacity_lost: float
    loss: float | None
    impact: float
    impact_downstream: float
    impact_upstream: float
    carried_by: Carried | None
    carrier_id: str | None
    carrier_name: str | None
    carrier_product: str | None
    carrier_used_as: str | None
    evidence_ids: list[str]


class CascadeAnswer(Answer):
    """What a shock does, or what the loss of each enterprise does."""

    rows: list[Hit]
    esri: float | None
    esri_downstream: float | None
    esri_upstream: float | None
    direct: float | None
    by_product: dict[str, float]
    by_city: dict[str, float]
    by_tier: dict[int, float]
    links: int
    recorded_links: int
    narrower_links: int
    is_epsilon_dependent: bool
    is_converged: bool


@question(order=60)
def cascade(
    reader: Reader,
    *,
    shocks: list[str] = [],
    share: Annotated[float, Field(gt=0, le=1)] = 1.0,
    links: LinkSource = LinkSource.BOTH,
    unknown_class: Annotated[
        int, Field(ge=0, le=2)
    ] = 1,
    outside_cost_share: Annotated[
        float, Field(ge=0, le=1)
    ] = 0.5,
    outside_revenue_share: Annotated[
        float, Field(ge=0, le=1)
    ] = 0.5,
    replaceable: bool = True,
    weights: Weights = Weights.SALES,
    epsilon: Annotated[
        float, Field(ge=1e-12, le=0.5)
    ] = 1e-3,
    most_makers: Annotated[
        int, Field(ge=1, le=1_000)
    ] = 30,
    places: Places = [],
    min_confidence: Confidence = 0.0,
    limit: Limit = 50,
) -> CascadeAnswer:  # fmt: skip
    """Who loses what when something stops; every
    enterprise ranked by its own failure where nothing is named."""
    model = _Model(
        links, most_makers, unknown_class, outside_cost_share, outside_revenue_share, weights, min_confidence
    )
    where = scope(reader, places)
    net, wired = _wired(reader, model)
    said = [*_conventions(model, epsilon, replaceable, share if shocks else None), *where.conventions]
    psi, without = _capacity_lost(reader, net, shocks, share)
    notes = [
        f"{name} 没有企业生产记录，不产生冲击。 No enterprise's production on record stops with {name}; it shocks nothing."
        for name in without
    ]
    answer = CascadeAnswer(
        rows=[], esri=None, esri_downstream=None, esri_upstream=None, direct=None, by_product={}, by_city={}, by_tier={},
        links=len(net.sales), recorded_links=net.recorded_links, narrower_links=net.narrower_links, is_epsilon_dependent=False, is_converged=True,
        looked_at=len(np.unique(net.enterprise)), looked_at_what="企业 enterprises", conventions=said, notes=notes,
    )  # fmt: skip
    if wired is None:
        return answer.model_copy(update={"notes": [*notes, _NOBODY if not len(net) else _NO_LINKS]})
    if shocks and not psi.any():
        return answer
    view = _View(reader, where, net, wired)
    found = _after_shock(view, psi, replaceable, epsilon) if shocks else _ranking(view, model, replaceable, epsilon)
    notes += [*_notes(net, wired, model), *cut_note(len(found.order), limit)]
    if not found.is_converged:
        notes.append(_NOT_CONVERGED)
    return answer.model_copy(update={
        "rows": _rows(view, found, limit), "is_epsilon_dependent": found.is_closed, "is_converged": found.is_converged,
        "notes": notes, **(_totals(view, found.done, psi) if found.done else {}),
    })  # fmt: skip


_NOBODY = "图中没有企业生产产品的记录。 No enterprise makes a product on record."
_NO_LINKS = "企业之间没有供应关系，损失无从传导。 There are no links between enterprises, so nothing spreads."
_NOT_CONVERGED = (
    "部分级联在 1000 步内未收敛，数值偏低。 Some cascades did not end within 1000 steps; their values are too low."
)


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
    min_confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """What rows are made from."""

    reader: Reader
    where: Scope
    net: ProductionNetwork
    wired: Wired

    @property
    def firm(self) -> IntArray:
        """Of each line the place of its enterprise among those of the network."""
        return np.unique(self.net.enterprise, return_inverse=True)[1]


@kept
def _wired(reader: Reader, model: _Model) -> tuple[ProductionNetwork, Wired | None]:
    """The network of lines, and as ESRI takes it; `None` where there is no link, so that nothing spreads."""
    net = production_network(reader, model.source, model.most_makers, model.min_confidence)
    if not len(net.sales):
        return net, None
    cost, revenue = (
        np.where(np.isnan(known), assumed, known)[net.enterprise]
        for known, assumed in (
            (net.outside_cost_share, model.outside_cost_share),
            (net.outside_revenue_share, model.outside_revenue_share),
        )
    )
    return net, wired_network(
        net.supplier, net.buyer, net.sales, net.product,
        input_class=np.where(np.isnan(net.input_class), model.unknown_class, net.input_class).astype(np.int64),
        outside_cost_share=cost, outside_revenue_share=revenue,
        weight=net.share if model.weights is Weights.PRODUCTS else None, delivered=net.delivered,
    )  # fmt: skip


def _conventions(model: _Model, epsilon: float, replaceable: bool, share: float | None) -> list[str]:
    said = [
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
        said.append(
            "推导关系（建模假设，非事实）：投入品的每家直接生产者供应产品的每家直接生产者，按成本占比和生产份额分配，份额未知则均分。 Derived links are a modelling "
            "assumption, not a fact: every maker of an input supplies every maker of the product, by cost shares and the "
            "makers' shares, alike where they are not known."
        )
        said.append(
            "细分品可作上位品用（假设）：一种投入品没有直接生产者也没有售出记录时，其细分品的生产者（每家取层级最近的一种）供应它的用户，各家均分；有直接生产者时不推导。此类关系视为同一投入品的"
            "来源，可互相替代。 A narrower kind can be used as the broader product (an assumption): where nobody is on record as making or "
            "selling an input itself, the makers of narrower kinds, each by its nearest one, supply its users, all alike; where "
            "somebody is, none are linked so. They count as sources of one and the same input."
        )
    if model.source is LinkSource.BOTH:
        said.append(
            "有记录的供应取代同一客户同一产品的推导关系，并沿用其总额。 Recorded sales take the place of derived links to the same buyer of "
            "the same product, and their total."
        )
    said += maker_conventions(model.min_confidence)
    if share is not None:
        said.append(f"冲击使对象损失 {share:g} 的产能；意向入驻者不算中心的企业。 The shock takes {share:g} of the capacity; "
                    "enterprises that only intend to enter a centre are not hit with it.")  # fmt: skip
    return said


_WEIGHTS_SAID = {
    Weights.SALES: "产出按网内销售额计权；只卖给网外的企业权重为零。 Output counts by sales in the network; who sells to nobody in it has no "
                   "weight.",
    Weights.PRODUCTS: "每种产品等权，在其生产者间按份额分配（份额未知则均分）。 Each product counts alike, its makers by their shares, alike "
                      "where these are not known.",
}  # fmt: skip


def _notes(net: ProductionNetwork, wired: Wired, model: _Model) -> list[str]:
    """What a reader must know about the network, which has links."""
    notes = []
    if model.source is not LinkSource.RECORDED:
        notes.append(
            f"{len(net.sales)} 条产线间关系中 {net.recorded_links} 条来自供应记录，其余为推导，结论以此假设为前提。 Of {len(net.sales)} links "
            f"{net.recorded_links} are from recorded sales, the others are derived: the answer rests on that assumption."
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
    assumed = int(np.isnan(net.outside_cost_share[np.unique(net.enterprise)]).sum())
    if assumed:
        notes.append(
            f"{assumed} 家企业的网外成本占比未知，用假设值。 The outside cost share of {assumed} enterprises is assumed."
        )
    return notes


# --- what stops ------------------------------------------------------------------------------------------------------


class _Stopped(NamedTuple):
    stopped_id: str


class _ProductName(NamedTuple):
    product_id: str
    name: str


narrower_products = _SECTIONS.rows("narrower_products", _Stopped)
products_needing = _SECTIONS.rows("products_needing", _Stopped)
enterprises_in = _SECTIONS.rows("enterprises_in", _Stopped)
residents = _SECTIONS.rows("residents", _Stopped)
product_names = _SECTIONS.rows("product_names", _ProductName)


_SHOCKED = ("Enterprise", "Product", "Technology", "Place", "Center")


def _capacity_lost(
    reader: Reader, net: ProductionNetwork, shocks: Sequence[str], share: float
) -> tuple[FloatArray, list[str]]:
    """The part of each line's capacity that the shocks take, and the names of shocks that meet no line."""
    psi, without = np.zeros(len(net)), []
    for shock in find_all(reader, _SHOCKED, "enterprise, product, technology, place or centre", shocks):
        is_hit = _lines_of(reader, net, shock)
        if not is_hit.any():
            without.append(shock.name)
        psi[is_hit] = share
    return psi, without


def _lines_of(reader: Reader, net: ProductionNetwork, shock: Named) -> BoolArray:
    """The lines that stop with a thing. A maker of a narrower kind makes the product: its lines stop too."""
    label, id_ = label_of(shock.id), shock.id
    if label == "Product":
        return _is_of(net.product_ids, net.product, [id_, *_stopped(narrower_products(reader, product_id=id_))])
    if label == "Technology":
        return _is_of(net.product_ids, net.product, _stopped(products_needing(reader, technology_id=id_)))
    if label == "Place":
        return _is_of(net.enterprise_ids, net.enterprise, _stopped(enterprises_in(reader, area_id=area_of(id_))))
    if label == "Center":
        return _is_of(net.enterprise_ids, net.enterprise, _stopped(residents(reader, center_id=id_)))
    return _is_of(net.enterprise_ids, net.enterprise, [id_])


def _stopped(rows: Iterable[_Stopped]) -> list[str]:
    return [row.stopped_id for row in rows]


def _is_of(ids: pa.Array, numbers: IntArray, wanted: Sequence[str]) -> BoolArray:
    """Which numbers stand for the ids."""
    places = np.asarray(pc.index_in(pa.array(wanted, pa.string()), value_set=ids).drop_null())
    is_hit: BoolArray = np.isin(numbers, places)
    return is_hit


# --- what is lost ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """The numbers of each enterprise of the network, and the places of those that rows are of, in order."""

    order: IntArray
    own: FloatArray
    loss: FloatArray | None
    impact: FloatArray
    downstream: FloatArray
    upstream: FloatArray
    capacity_lost: FloatArray
    is_closed: bool
    is_converged: bool
    done: Damage | None


def _after_shock(view: _View, psi: FloatArray, replaceable: bool, epsilon: float) -> _Found:
    firm = view.firm
    done = damage(view.wired, psi, is_replaceable=replaceable, epsilon=epsilon)
    count = np.bincount(firm)
    impact, own, down, up = (
        sums_by(firm, done.weight * lost, len(count))
        for lost in (done.loss, np.ones(len(firm)), 1 - done.left_downstream, 1 - done.left_upstream)
    )
    # A firm without weight has lost what its lines lost on the average.
    loss = np.where(own > 0, impact / np.where(own > 0, own, 1), sums_by(firm, done.loss, len(count)) / count)
    hit = np.flatnonzero(loss > 0)
    order = hit[np.lexsort((hit, -loss[hit].round(9), -impact[hit].round(9)))]
    most = np.zeros(len(count))
    np.maximum.at(most, firm, psi)
    return _Found(order, own, loss, impact, down, up, most, done.conventions.is_closed, done.is_converged, done)


def _ranking(view: _View, model: _Model, replaceable: bool, epsilon: float) -> _Found:
    """ESRI of every enterprise, all of whose lines fail together."""
    risk = _each_alone(view.reader, model, replaceable, epsilon)
    count = len(risk.esri)
    own = sums_by(view.firm, view.wired.weight, count)
    order = np.lexsort((np.arange(count), -risk.esri.round(9)))
    return _Found(
        order, own, None, risk.esri, risk.downstream, risk.upstream, np.ones(count), risk.conventions.is_closed,
        bool(risk.is_converged.all()), None,
    )  # fmt: skip


@kept
def _each_alone(reader: Reader, model: _Model, replaceable: bool, epsilon: float) -> SystemicRisk:
    net, wired = _wired(reader, model)
    assert wired is not None, "a ranking is made of a network with links"
    firm = np.unique(net.enterprise, return_inverse=True)[1]
    return systemic_risk(wired, group=firm, is_replaceable=replaceable, epsilon=epsilon)


def _totals(view: _View, done: Damage, psi: FloatArray) -> dict[str, object]:
    """What is lost in all, and in each product, city and tier: of the lines that lose, which are few among all."""
    net, losing = view.net, np.flatnonzero(done.weight * done.loss > 0).tolist()
    lost = (done.weight * done.loss).tolist()
    products = {line: net.product_id(line) for line in losing}
    firms = {line: net.enterprise_id(line) for line in losing}
    at = cities_of(view.reader, firms.values(), view.where)
    first = {line: at[firms[line]][0] if firms[line] in at else Named("", _ELSEWHERE) for line in losing}
    tiers = product_tiers(view.reader)
    by_tier: dict[int, float] = {}
    for line in losing:
        product = products[line]
        tier = -1 if product is None else tiers.get(product, 0)
        by_tier[tier] = by_tier.get(tier, 0.0) + lost[line]
    names = _names(view.reader, products.values())
    return {
        "esri": _rounded(done.esri), "esri_downstream": _rounded(done.downstream),
        "esri_upstream": _rounded(done.upstream), "direct": _rounded(float(done.weight @ psi)),
        "by_product": _largest((int(net.product[line]), names[products[line]], lost[line]) for line in losing),
        "by_city": _largest((*first[line], lost[line]) for line in losing),
        "by_tier": {tier: _rounded(by_tier[tier]) for tier in sorted(by_tier)},
    }  # fmt: skip


def _largest(parts: Iterable[tuple[int | str, str, float]]) -> dict[str, float]:
    """What is lost in each group, the largest 20, of equals the first; groups of equal names add up."""
    total: dict[int | str, float] = {}
    names: dict[int | str, str] = {}
    for group, name, lost in parts:
        total[group] = total.get(group, 0.0) + lost
        names[group] = name
    found: dict[str, float] = {}
    for group in sorted(total, key=lambda group: (-round(total[group], 9), group))[:_NAMED]:
        found[names[group]] = _rounded(found.get(names[group], 0.0) + total[group])
    return found


def _rounded(value: float) -> float:
    """Sums are the same on every machine but for their last digits, which are left out."""
    return round(float(value), 12)


# --- rows ------------------------------------------------------------------------------------------------------------


def _names(reader: Reader, product_ids: Iterable[str | None]) -> Mapping[str | None, str]:
    """What products are called; 未知产品 where it is not known which."""
    asked = sorted({one for one in product_ids if one})
    rows = product_names(reader, product_ids=asked) if asked else []
    return {None: "未知产品", **{row.product_id: row.name for row in rows}}


class _Carrier(NamedTuple):
    """The link that carried most: from which side, the line at its other end, what was sold, what it rests on."""

    side: Carried | None = None
    enterprise_id: str | None = None
    product_id: str | None = None
    used_as_id: str | None = None
    evidence: tuple[str, ...] = ()


def _rows(view: _View, found: _Found, limit: int) -> list[Hit]:
    """The first rows. What is named is read once for all rows."""
    net, reader = view.net, view.reader
    members, start = np.unique(net.enterprise, return_index=True)
    end = np.append(start[1:], len(net))
    chosen = found.order[:limit].tolist()
    lines = {place: range(int(start[place]), int(end[place])) for place in chosen}
    products = {place: [net.product_id(line) for line in lines[place]] for place in chosen}
    carriers = {place: _carrier(net, lines[place], found.done) for place in chosen}
    ids = {place: str(net.enterprise_ids[int(members[place])].as_py()) for place in chosen}
    at = cities_of(reader, ids.values(), view.where)
    known = seen(reader, [*ids.values(), *(c.enterprise_id for c in carriers.values() if c.enterprise_id)], view.where)
    sold = [one for carrier in carriers.values() for one in (carrier.product_id, carrier.used_as_id)]
    kinds = Kinds(
        reader, {carrier.product_id for carrier in carriers.values() if carrier.product_id and carrier.used_as_id}
    )
    names = _names(reader, [*(one for made in products.values() for one in made[:_NAMED]), *sold])
    tiers = product_tiers(reader) if chosen else {}
    rows = []
    for place in chosen:
        own, made, carrier = ids[place], products[place], carriers[place]
        makes = [_makes(net, line) for line in lines[place][:_NAMED] if net.is_recorded[line]]
        rows.append(Hit(
            enterprise_id=own,
            name_zh=known[own].name,
            is_local=known[own].is_local,
            cities=[city.name for city in at.get(own, ())],
            products=[names[one] for one in made[:_NAMED]],
            lines=len(made),
            tier=None if made[0] is None else tiers.get(made[0], 0),
            output_share=_rounded(found.own[place]),
            capacity_lost=float(found.capacity_lost[place]),
            loss=None if found.loss is None else _rounded(found.loss[place]),
            impact=_rounded(found.impact[place]),
            impact_downstream=_rounded(found.downstream[place]),
            impact_upstream=_rounded(found.upstream[place]),
            carried_by=carrier.side,
            carrier_id=carrier.enterprise_id,
            carrier_name=known[carrier.enterprise_id].name if carrier.enterprise_id else None,
            carrier_product=names[carrier.product_id] if carrier.side else None,
            carrier_used_as=names[carrier.used_as_id] if carrier.used_as_id else None,
            evidence_ids=[own, *makes, *carrier.evidence, *kinds.edges(carrier.product_id or "", carrier.used_as_id or "")],
        ))  # fmt: skip
    return rows


def _makes(net: ProductionNetwork, line: int) -> str:
    return edge_id("MAKES", net.enterprise_id(line), str(net.product_id(line)))


def _carrier(net: ProductionNetwork, lines: range, done: Damage | None) -> _Carrier:
    """The link that carried most to the line that lost most, by weight, then by itself."""
    if done is None:
        return _Carrier()
    own = np.array(lines)
    lost, weighed = done.loss[own].round(9), (done.weight[own] * done.loss[own]).round(9)
    worst = own[np.lexsort((-lost, -weighed))[0]]
    link = int(done.carrier_edge[worst])
    if link < 0:
        return _Carrier()
    is_buyers = bool(done.is_carried_by_buyer[worst])
    supplier, buyer = int(net.supplier[link]), int(net.buyer[link])
    other = buyer if is_buyers else supplier
    used_as = net.id_of(int(net.delivered[link])) if net.delivered[link] != net.product[supplier] else None
    if net.sale[link] >= 0:
        evidence = [str(net.sale_ids[int(net.sale[link])].as_py())]
    else:
        evidence = [edge_id("INPUT_OF", str(net.id_of(int(net.delivered[link]))), str(net.product_id(buyer)))]
        evidence += [_makes(net, other)] if net.is_recorded[other] else []
    side = Carried.BUYER if is_buyers else Carried.SUPPLIER
    return _Carrier(side, net.enterprise_id(other), net.product_id(supplier), used_as, tuple(evidence))
