"""If this stops, who stops next: how a loss of output spreads over the network of enterprises (ESRI)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Annotated, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from graph.model import edge_id
from graph.ontology import label_of
from graph.texts import Share, Text
from queries.algorithms.arrays import BoolArray, FloatArray, IntArray, sums_by
from queries.algorithms.esri import Damage, damage, systemic_risk
from queries.algorithms.esri import ProductionNetwork as Wired
from queries.algorithms.esri import production_network as wired_network
from queries.algorithms.structure import adjacency, trace
from queries.answer import Answer, Row, counted, cut_note
from queries.makers import Kinds, maker_conventions
from queries.production_network import LinkSource, ProductionNetwork, production_network
from queries.reader import Reader, kept
from queries.registry import question
from queries.scope import (
    Confidence,
    Limit,
    Named,
    Places,
    Scope,
    area_of,
    called,
    called_each,
    chains_of,
    find_all,
    scope,
)
from queries.sections import Sections
from queries.upstream import EquipmentLag, equipment_convention
from queries.whereabouts import cities_of, seen, whereabouts_of

_SECTIONS = Sections(__file__)

_NAMED = 20
"""Products named and edges cited in a row, and entries of a summary; the rest is added up or counted."""
_WHO = 5
_STOPS = 0.1
"""Who loses this part of the output of a product stops making it."""


class Weights(StrEnum):
    """What a line counts in the whole output."""

    SALES = "sales"
    PRODUCTS = "products"


class Carried(StrEnum):
    """From which side a loss came."""

    SUPPLIER = "supplier"
    BUYER = "buyer"


class Sort(StrEnum):
    """Of what a part of the losses is: what they are added up by."""

    CHAIN = "chain"
    CITY = "city"
    TIER = "tier"


class Part(Row):
    """What is lost in a city, in a chain or at a tier."""

    key = ("part_id",)

    part_id: str
    sort: Sort
    part_name: Text
    loss: float
    beyond: float
    stops: int
    who: list[str]
    evidence_ids: list[str]


class Hit(Row):
    """An enterprise, and what is lost by it or at it."""

    key = ("enterprise_id",)
    table = (
        "name_zh", "cities", "products", "capacity_lost", "loss", "impact", "impact_recorded", "impact_downstream", "impact_upstream",
        "carried_by", "carrier_name", "carrier_product",
    )  # fmt: skip
    shares = (
        "output_share", "capacity_lost", "loss", "impact", "impact_recorded", "impact_downstream", "impact_upstream",
    )  # fmt: skip

    enterprise_id: str
    name_zh: str
    is_local: bool | None
    cities: list[str]
    city_ids: list[str]
    products: list[str]
    lines: int
    tier: int | None
    output_share: float
    capacity_lost: float
    loss: float | None
    impact: float
    impact_recorded: float | None
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

    about = ()
    shares = ("esri", "esri_downstream", "esri_upstream", "direct", "by_product", "by_city", "by_chain", "by_tier")

    rows: list[Hit]
    esri: float | None = None
    esri_recorded: float | None = None
    esri_downstream: float | None = None
    esri_upstream: float | None = None
    direct: float | None = None
    by_product: dict[Text, float]
    parts: list[Part]
    stopped: list[Text]
    stopped_ids: list[str]
    links: int
    recorded_links: int
    firm_links: int
    recorded_firm_links: int
    narrower_links: int
    is_epsilon_dependent: bool = False
    is_converged: bool = True

    def in_short(self, reader: Reader) -> Text:
        """What is lost in all, and where nothing was stopped; without a shock whose failure loses most."""
        first = self.rows[0]
        if self.esri is None:
            return Text(
                "cascade.headline.single", name=called(reader, first.enterprise_id), share=Share(first.impact), rests=self.rests(first.impact_recorded),
            )  # fmt: skip
        cities = sorted(
            (one for one in self.parts_of(Sort.CITY) if one.beyond and label_of(one.part_id)),
            key=lambda one: -one.beyond,
        )
        parts = [Text("cascade.headline.place", name=one.part_name, share=Share(one.beyond)) for one in cities]
        return Text(
            "cascade.headline.beyond" if parts else "cascade.headline", names=self.stopped[:_NAMED],
            share=Share(self.esri), direct=Share(self.direct or 0.0), parts=parts[:2], rests=self.rests(self.esri_recorded),
        )  # fmt: skip

    def rests(self, *recorded: float | None) -> Text:
        """What losses stand on: the part of links that is derived, and each of these by recorded links alone; what no
        recorded sale is of loses nothing by these, which says nothing of what it would lose.
        """
        derived = 1 - self.recorded_firm_links / max(self.firm_links, 1)  # without links nothing spreads
        mixed = "mixed" if any(recorded) else "unrecorded"
        on = "derived" if not self.recorded_firm_links else mixed if derived else "recorded"
        parts = [Share(one) if one else Text("common.unknown") for one in recorded]
        return Text(f"cascade.rests.{on}", derived=Share(derived), recorded=parts)

    def parts_of(self, sort: Sort) -> list[Part]:
        """What is lost in each city or chain, the largest first, or at each tier in order."""
        return [one for one in self.parts if one.sort is sort]

    def charted(self) -> dict[str, dict[object, float]]:
        return {
            **super().charted(),
            **{f"by_{sort}": {one.part_name: one.loss for one in self.parts_of(sort)} for sort in Sort},
        }

    def beside(self) -> list[Text]:
        return [note for note in self.notes if note.id == "cascade.note.recorded"]


@question(order=60, waits=True)
def cascade(
    reader: Reader,
    *,
    shocks: list[str] = [],
    share: Annotated[float, Field(gt=0, le=1)] = 1.0,
    links: LinkSource = LinkSource.BOTH,
    unknown_class: Annotated[int, Field(ge=0, le=2)] = 1,
    outside_cost_share: Annotated[float, Field(ge=0, le=1)] = 0.5,
    outside_revenue_share: Annotated[float, Field(ge=0, le=1)] = 0.5,
    replaceable: bool = True,
    weights: Weights = Weights.SALES,
    epsilon: Annotated[float, Field(ge=1e-12, le=0.5)] = 1e-3,
    most_makers: Annotated[int, Field(ge=1, le=1_000)] = 30,
    equipment_lag_days: EquipmentLag = None,
    places: Places = [],
    min_confidence: Confidence = 0.0,
    limit: Limit = 50,
) -> CascadeAnswer:
    """Who loses what when something stops; every enterprise ranked by its own failure where nothing is named."""
    model = _Model(
        links, most_makers, unknown_class, outside_cost_share, outside_revenue_share, weights, min_confidence,
        equipment_lag_days is not None,
    )  # fmt: skip
    where = scope(reader, places)
    net, wired = _wired(reader, model)
    stopped = find_all(reader, STOPS_WITH, "subject", shocks)
    psi, without = _capacity_lost(reader, net, stopped, share)
    notes = [Text("cascade.note.stops_nobody", name=name) for name in without]
    firm_links, recorded_firm_links = net.firm_links
    answer = CascadeAnswer(
        rows=[], by_product={}, parts=[], stopped=_called(reader, stopped, share),
        stopped_ids=[one.id for one in stopped],
        links=len(net.sales), recorded_links=net.recorded_links, narrower_links=net.narrower_links,
        firm_links=firm_links, recorded_firm_links=recorded_firm_links,
        looked_at=len(np.unique(net.enterprise)), looked_at_what=Text("common.enterprises"), notes=notes,
        conventions=[
            *_conventions(model, epsilon, replaceable), equipment_convention(equipment_lag_days, net.equipment), *maker_conventions(min_confidence),
            *([Text("cascade.convention.shock", share=share)] if shocks else []),
            *([Text("cascade.convention.plant")] if any(label_of(one.id) == "Plant" for one in stopped) else []), *where.conventions,
        ],
    )  # fmt: skip
    if wired is None:
        why = Text("cascade.note.no_links" if len(net) else "cascade.note.nobody")
        return answer.model_copy(update={"notes": [*notes, why]})
    if shocks and not psi.any():
        return answer
    found, alone = (
        _spread(reader, one, psi if shocks else None, replaceable, epsilon) for one in (model, _of_records(model))
    )
    assert found, "the network has links"
    view = _View(reader, where, net, alone, _tiers(net, wired, psi, found.done) if found.done else None)
    notes += [*_notes(net, wired, model, alone), *cut_note(len(found.order), limit)]
    if not found.is_converged:
        notes.append(Text("cascade.note.not_converged"))
    return answer.model_copy(update={
        "rows": _rows(view, found, limit), "is_epsilon_dependent": wired.is_closed, "is_converged": found.is_converged,
        "notes": notes, **(_totals(view, found.done, psi) if found.done else {}),
        "esri_recorded": _carried(alone.done.esri) if alone and alone.done else None,
    })  # fmt: skip


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
    with_equipment: bool


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """What rows are made from."""

    reader: Reader
    where: Scope
    net: ProductionNetwork
    alone: "_Found | None"  # by recorded links alone
    tiers: IntArray | None  # (lines) −1 for what loses nothing; `None` in a ranking


@kept
def _wired(reader: Reader, model: _Model) -> tuple[ProductionNetwork, Wired | None]:
    """The network of lines, and as ESRI takes it; `None` where there is no link, so that nothing spreads."""
    net = production_network(reader, model.source, model.most_makers, model.min_confidence, model.with_equipment)
    if not len(net.sales):
        return net, None
    return net, wired_network(
        net.supplier, net.buyer, net.sales, net.product,
        input_class=_assumed(net.input_class, model.unknown_class).astype(np.int64),
        outside_cost_share=_assumed(net.outside_cost_share, model.outside_cost_share)[net.enterprise],
        outside_revenue_share=_assumed(net.outside_revenue_share, model.outside_revenue_share)[net.enterprise],
        weight=net.share if model.weights is Weights.PRODUCTS else None, delivered=net.delivered,
    )  # fmt: skip


def _assumed(known: FloatArray, otherwise: float) -> FloatArray:
    return np.where(np.isnan(known), otherwise, known)


def _conventions(model: _Model, epsilon: float, replaceable: bool) -> list[Text]:
    said = [
        Text("cascade.convention.esri"),
        Text("cascade.convention.spread", epsilon=epsilon, replaceable=replaceable),
        Text("cascade.convention.unknown_class", unknown_class=model.unknown_class),
        Text("cascade.convention.outside", cost=model.outside_cost_share, revenue=model.outside_revenue_share),
        Text(f"cascade.convention.by_{model.weights}"),
        Text("cascade.convention.tiers"),
    ]
    if model.source is not LinkSource.RECORDED:
        said += [Text("cascade.convention.derived"), Text("cascade.convention.narrower")]
    if model.source is LinkSource.BOTH:
        said.append(Text("cascade.convention.recorded_first"))
    return said


def _notes(net: ProductionNetwork, wired: Wired, model: _Model, alone: "_Found | None") -> list[Text]:
    """What a reader must know about the network, which has links."""
    links, recorded = net.firm_links
    sold, of_records = float(net.sales.sum()), float(net.sales[net.sale >= 0].sum())
    notes = [Text(
        "cascade.note.recorded", links=links, recorded=recorded, derived=links - recorded,
        share=recorded / links, weight=of_records / sold,
    )]  # fmt: skip
    if alone is None:
        notes.append(Text("cascade.note.not_alone"))
    if wired.is_closed:
        notes.append(Text("cascade.note.epsilon_dependent"))
    counts = {
        "unlinked": net.unlinked, "without_amount": net.without_amount, "without_basis": net.without_basis,
        "equipment_sales": net.equipment_sales, "weightless": int((wired.weight == 0).sum()),
        "assumed_cost": int(np.isnan(net.outside_cost_share[np.unique(net.enterprise)]).sum()),
    }  # fmt: skip
    return notes + counted("cascade.note", counts, most_makers=net.most_makers)


# --- what stops ------------------------------------------------------------------------------------------------------


class _LineOfPlant(NamedTuple):
    enterprise_id: str
    product_id: str
    plants: int


class _ProductName(NamedTuple):
    product_id: str
    name: str


product_names = _SECTIONS.rows("product_names", _ProductName)

lines_of_plant = _SECTIONS.rows("lines_of_plant", _LineOfPlant)

STOPS_WITH = {
    "Enterprise": None,
    "Plant": None,
    "Product": _SECTIONS.ids("narrower_products", "stopped_id"),
    "Technology": _SECTIONS.ids("products_needing", "stopped_id"),
    "Place": _SECTIONS.ids("enterprises_in", "stopped_id"),
    "Center": _SECTIONS.ids("residents", "stopped_id"),
}
"""What can be shocked, and the section that finds the products or enterprises that stop with it, if others than itself do."""


def _capacity_lost(
    reader: Reader, net: ProductionNetwork, shocks: Sequence[Named], share: float
) -> tuple[FloatArray, list[str]]:
    """The part of each line's capacity that the shocks take, and the names of shocks that meet no line."""
    psi, without = np.zeros(len(net)), []
    for shock in shocks:
        part = _of_plant(reader, net, shock.id) if label_of(shock.id) == "Plant" else _stops(reader, net, shock)
        if not part.any():
            without.append(shock.name)
        psi = np.maximum(psi, share * part)
    return psi, without


def _called(reader: Reader, stopped: Sequence[Named], share: float) -> list[Text]:
    """What people call what was stopped, in the order given, with the part that was where that is not all."""
    names = called_each(reader, [one.id for one in stopped])
    return [
        names[one.id] if share == 1 else Text("cascade.stopped_part", name=names[one.id], share=Share(share))
        for one in stopped
    ]


def _stops(reader: Reader, net: ProductionNetwork, shock: Named) -> BoolArray:
    """Which lines stop with a thing. A maker of a narrower kind makes the product: its lines stop too."""
    label = label_of(shock.id) or ""
    stopped_with = STOPS_WITH[label]
    with_id = area_of(shock.id) if label == "Place" else shock.id
    stopped = [shock.id, *(stopped_with(reader, id=with_id) if stopped_with else ())]
    is_by_product = label in ("Product", "Technology")
    ids, numbers = (net.product_ids, net.product) if is_by_product else (net.enterprise_ids, net.enterprise)
    places = np.asarray(pc.index_in(pa.array(stopped, pa.string()), value_set=ids).drop_null())
    is_hit: BoolArray = np.isin(numbers, places)
    return is_hit


def _of_plant(reader: Reader, net: ProductionNetwork, plant_id: str) -> FloatArray:
    """The part of each line that stops with a plant: its operator's output of a product divided alike among its plants."""
    part = np.zeros(len(net))
    for row in lines_of_plant(reader, id=plant_id):
        enterprise, product = (
            ids.index(pa.scalar(one, pa.string())).as_py()
            for ids, one in ((net.enterprise_ids, row.enterprise_id), (net.product_ids, row.product_id))
        )
        part[(net.enterprise == enterprise) & (net.product == product)] = 1 / row.plants
    return part


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
    is_converged: bool
    done: Damage | None


def _of_records(model: _Model) -> _Model | None:
    """The same model of recorded links alone; `None` where only derived ones are asked for."""
    return None if model.source is LinkSource.DERIVED else replace(model, source=LinkSource.RECORDED)


def _spread(
    reader: Reader, model: _Model | None, psi: FloatArray | None, replaceable: bool, epsilon: float
) -> _Found | None:
    """What a shock does, or the ranking where there is none; `None` where there is no link. Recorded sales alone are between
    the same lines as with derived links, so that both take one ψ.
    """
    net, wired = _wired(reader, model) if model else (None, None)
    if not (model and net and wired):
        return None
    if psi is None:
        return _ranking(reader, model, replaceable, epsilon)
    reader.tell(Text("cascade.doing.spread", links=len(net.sales)))
    return _after_shock(_firm(net), wired, psi, replaceable, epsilon)


def _firm(net: ProductionNetwork) -> IntArray:
    """Of each line the place of its enterprise among those of the network."""
    return np.unique(net.enterprise, return_inverse=True)[1]


def _after_shock(firm: IntArray, wired: Wired, psi: FloatArray, replaceable: bool, epsilon: float) -> _Found:
    done = damage(wired, psi, is_replaceable=replaceable, epsilon=epsilon)
    count = np.bincount(firm)
    impact, own, down, up = (
        sums_by(firm, done.weight * lost, len(count))
        for lost in (done.loss, np.ones(len(firm)), 1 - done.left_downstream, 1 - done.left_upstream)
    )
    # A firm without weight has lost what its lines lost on the average.
    loss = np.where(own > 0, impact / np.where(own > 0, own, 1), sums_by(firm, done.loss, len(count)) / count)
    most = np.zeros(len(count))
    np.maximum.at(most, firm, psi)
    hit = np.flatnonzero(loss > 0)
    # Whom it reaches before what was stopped, which the asker knows.
    order = hit[np.lexsort((hit, -loss[hit].round(9), -impact[hit].round(9), most[hit] > 0))]
    return _Found(order, own, loss, impact, down, up, most, done.is_converged, done)


@kept
def _ranking(reader: Reader, model: _Model, replaceable: bool, epsilon: float) -> _Found:
    """ESRI of every enterprise, all of whose lines fail together."""
    net, wired = _wired(reader, model)
    assert wired is not None, "a ranking is made of a network with links"
    firm = _firm(net)

    def tell(done: int, size: int) -> None:
        reader.tell(Text("cascade.doing.ranking", done=done, size=size))

    risk = systemic_risk(wired, group=firm, is_replaceable=replaceable, epsilon=epsilon, progress=tell)
    count = len(risk.esri)
    order, own = np.lexsort((np.arange(count), -risk.esri.round(9))), sums_by(firm, wired.weight, count)
    is_converged = bool(risk.is_converged.all())
    return _Found(order, own, None, risk.esri, risk.downstream, risk.upstream, np.ones(count), is_converged, done=None)


def _tiers(net: ProductionNetwork, wired: Wired, psi: FloatArray, done: Damage) -> IntArray:
    """The fewest links over which a loss came to each line from what stopped, which is at 0; −1 for a line without one."""
    found = np.full(len(net), len(net))
    for tail, head, passed, left in (
        (net.supplier, net.buyer, wired.down, done.left_downstream), (net.buyer, net.supplier, wired.up, done.left_upstream),
    ):  # fmt: skip
        carries = (passed > 0) & (left[head] < 1)
        reached = trace(adjacency(len(net), tail[carries], head[carries]), np.flatnonzero(psi))
        found[reached.nodes] = np.minimum(found[reached.nodes], reached.tier)
    return np.where(found < len(net), found, -1)


@dataclass(slots=True)
class _Sum:
    """What is added up of lines."""

    loss: float = 0.0
    beyond: float = 0.0
    stopped: dict[str, float] = field(default_factory=dict)
    others: dict[str, float] = field(default_factory=dict)
    stops: set[str] = field(default_factory=set)


def _totals(view: _View, done: Damage, psi: FloatArray) -> dict[str, object]:
    """What is lost in all, in each product, and in each city, chain and tier: of the lines that lose, which are few among all."""
    net, lost = view.net, done.weight * done.loss
    losing = [(line, net.product_id(line), net.enterprise_id(line)) for line in np.flatnonzero(done.loss > 0).tolist()]
    at = cities_of(view.reader, (firm for _, _, firm in losing), view.where)
    chains = chains_of(view.reader, {product for _, product, _ in losing if product})
    assert view.tiers is not None, "something was stopped"
    by_product, sums = defaultdict[str, float](float), defaultdict[tuple[Sort, str], _Sum](_Sum)
    for line, product, firm in losing:
        part = float(lost[line])
        by_product[product or ""] += part
        keys = [(Sort.CHAIN, one.id) for one in chains.get(product or "", ())] or [(Sort.CHAIN, "")]
        keys += [(Sort.CITY, at[firm][0].id if firm in at else ""), (Sort.TIER, f"{view.tiers[line]}")]
        for one in (sums[key] for key in keys):
            one.loss += part
            one.beyond += 0.0 if psi[line] else part
            own = one.stopped if psi[line] else one.others
            own[firm] = own.get(firm, 0.0) + part
            if round(float(done.loss[line]), 9) >= _STOPS:  # As the last digit comes out otherwise in another order.
                one.stops.add(firm)
    return {
        "esri": _rounded(done.esri), "esri_downstream": _rounded(done.downstream),
        "esri_upstream": _rounded(done.upstream), "direct": _rounded(float(done.weight @ psi)),
        "by_product": _largest(view.reader, by_product, Text("cascade.unknown_product")), "parts": _parts(view, sums),
    }  # fmt: skip


def _parts(view: _View, sums: Mapping[tuple[Sort, str], _Sum]) -> list[Part]:
    """The sums by what they are of, each with who loses most beyond what stopped, where nobody does of what did; tiers in
    order, others the largest first.
    """
    who = {
        key: sorted(own, key=lambda firm: (-round(own[firm], 9), firm))[:_WHO]
        for key, one in sums.items()
        for own in [one.others or one.stopped]
    }
    names = called_each(view.reader, [id_ for _, id_ in sums if id_])
    known = seen(view.reader, {firm for own in who.values() for firm in own}, view.where)
    found = []
    for (sort, id_), one in sums.items():
        tier = Text("cascade.tier.stopped" if id_ == "0" else "cascade.tier", tier=id_)
        nobody = tier if sort is Sort.TIER else Text("common.elsewhere" if sort is Sort.CITY else "cascade.no_chain")
        firms = who[sort, id_]
        found.append(Part(
            part_id=id_ if id_ in names else f"tier-{id_}" if sort is Sort.TIER else f"no-{sort}", sort=sort, part_name=names.get(id_, nobody), loss=_rounded(one.loss),
            beyond=_rounded(one.beyond), stops=len(one.stops), who=[known[firm].name for firm in firms],
            evidence_ids=[*([id_] if id_ in names else []), *firms],
        ))  # fmt: skip
    return sorted(found, key=lambda one: (
        [*Sort].index(one.sort), int(one.part_id.removeprefix("tier-")) if one.sort is Sort.TIER else -round(one.loss, 9), one.part_id,
    ))  # fmt: skip


def _largest(reader: Reader, lost: Mapping[str, float], nobody: Text) -> dict[Text, float]:
    """What is lost in each product, the largest 20, of equals the first; those of equal names add up."""
    largest = sorted(lost, key=lambda one: (-round(lost[one], 9), one))[:_NAMED]
    names, found = called_each(reader, largest), defaultdict[Text, float](float)
    for one in largest:
        found[names.get(one, nobody)] += lost[one]
    return {name: _rounded(part) for name, part in found.items()}


def _rounded(value: float) -> float:
    """Sums are the same on every machine but for their last digits, which are left out."""
    return round(float(value), 12)


def _carried(value: float) -> float | None:
    """What recorded sales alone carry; that they carry nothing is not known to be none, as few sales are on record."""
    return _rounded(value) or None


# --- rows ------------------------------------------------------------------------------------------------------------


def _names(reader: Reader, product_ids: Iterable[str | None]) -> dict[str, str]:
    """What products are called, by id."""
    asked = {one for one in product_ids if one}
    return {row.product_id: row.name for row in product_names(reader, product_ids=asked)}


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
    start = np.append(np.flatnonzero(np.diff(net.enterprise, prepend=-1)), len(net)).tolist()
    lines = {place: range(start[place], start[place + 1]) for place in found.order[:limit].tolist()}
    products = {place: [net.product_id(line) for line in own] for place, own in lines.items()}
    carriers = {place: _carrier(net, own, found.done) for place, own in lines.items()}
    ids = {place: net.enterprise_id(own[0]) for place, own in lines.items()}
    at = whereabouts_of(reader, ids.values(), view.where)
    known = seen(reader, [*ids.values(), *(c.enterprise_id for c in carriers.values() if c.enterprise_id)], view.where)
    kinds = Kinds(reader, {c.product_id for c in carriers.values() if c.product_id and c.used_as_id})
    sold = (one for c in carriers.values() for one in (c.product_id, c.used_as_id))
    names = _names(reader, [*(one for made in products.values() for one in made[:_NAMED]), *sold])
    rows = []
    for place, own in lines.items():
        id_, made, carrier = ids[place], products[place], carriers[place]
        makes = [_makes(net, line) for line in own[:_NAMED] if net.is_recorded[line]]
        used_as = kinds.edges(carrier.product_id or "", carrier.used_as_id or "")
        rows.append(Hit(
            enterprise_id=id_,
            name_zh=known[id_].name,
            is_local=known[id_].is_local,
            cities=[city.name for city in at.get(id_, ())],
            city_ids=[city.id for city in at.get(id_, ())],
            products=[names[one] for one in made[:_NAMED] if one],
            lines=len(made),
            tier=None if view.tiers is None else int(min(tier for tier in view.tiers[own.start : own.stop] if tier >= 0)),
            output_share=_rounded(found.own[place]),
            capacity_lost=float(found.capacity_lost[place]),
            loss=None if found.loss is None else _rounded(found.loss[place]),
            impact=_rounded(found.impact[place]),
            impact_recorded=_carried(view.alone.impact[place]) if view.alone else None,
            impact_downstream=_rounded(found.downstream[place]),
            impact_upstream=_rounded(found.upstream[place]),
            carried_by=carrier.side,
            carrier_id=carrier.enterprise_id,
            carrier_name=known[carrier.enterprise_id].name if carrier.enterprise_id else None,
            carrier_product=names.get(carrier.product_id or ""),
            carrier_used_as=names.get(carrier.used_as_id or ""),
            evidence_ids=[id_, *makes, *carrier.evidence, *used_as],
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
    side = Carried.BUYER if done.is_carried_by_buyer[worst] else Carried.SUPPLIER
    supplier, buyer = int(net.supplier[link]), int(net.buyer[link])
    other = buyer if side is Carried.BUYER else supplier
    used_as = net.id_of(int(net.delivered[link]))
    if net.sale[link] >= 0:
        evidence = [str(net.sale_ids[int(net.sale[link])].as_py())]
    else:
        evidence = [edge_id("INPUT_OF", str(used_as), str(net.product_id(buyer)))]
        evidence += [_makes(net, other)] if net.is_recorded[other] else []
    is_narrower = net.delivered[link] != net.product[supplier]
    return _Carrier(
        side, net.enterprise_id(other), net.product_id(supplier), used_as if is_narrower else None, tuple(evidence)
    )
