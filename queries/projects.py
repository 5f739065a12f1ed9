"""Projects that a fund may pay: proposed in tables, or what `candidates` finds for products; what they cost, as far as is known."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median
from typing import NamedTuple

from graph.errors import UnknownName, UsageError
from graph.ontology import NODE_TYPE, label_of
from graph.texts import Language, Measure, Text
from queries.amounts import amounts, check_once, money
from queries.makers import foreign_among
from queries.questions.candidates import Candidate, CandidatesAnswer
from queries.questions.candidates import Kind as Come
from queries.reader import Reader
from queries.registry import answer_to
from queries.scope import Named, Places, Scope, chains_of, find_one
from queries.sections import Sections, by_first

_SECTIONS = Sections(__file__)

_ODD = 2_000.0
"""A cost so many times the median of all, or that part of it, is taken for one in another unit: yuan for 10 k CNY is 10,000 times."""
PER_GAP = 3
"""Candidates of a kind that become projects for a product, the best first."""
_MOST_CANDIDATES = 500
_NAMED = 3
CHOICES = {one.name: {c.value: c for c in one.choices} for one in NODE_TYPE["Proposal"].properties if one.choices}
"""Funding stages and classes of support, as proposals have them, by property and value."""


class PartOf(StrEnum):
    """What a project may bring."""

    GAPS = "gaps"
    ESRI = "esri"
    SURVIVAL = "survival"
    DEPENDENCE = "dependence"


class Proposal(NamedTuple):
    """A proposed project as a table has it; of one that `candidates` finds little is known."""

    project_id: str
    name_zh: str
    name_en: str | None
    is_here: bool
    is_placed: bool
    cost_10k_cny: float | None = None
    capacity: float | None = None
    capacity_unit: str | None = None
    lead_time_days: float | None = None
    funding_stage: str | None = None
    support_class: str | None = None


class _Proposes(NamedTuple):
    project_id: str
    enterprise_id: str
    edge_id: str


class Proposer(NamedTuple):
    """An enterprise that proposes a project, or could carry one out."""

    enterprise_id: str
    name_zh: str
    name_en: str | None
    group_id: str
    control_country: str | None
    is_here: bool


class _Fills(NamedTuple):
    project_id: str
    product_id: str
    edge_id: str


class Product(NamedTuple):
    """A product that a project would make."""

    product_id: str
    name_zh: str
    name_en: str | None
    is_essential: bool | None
    downstream: int | None
    foreign_share: float | None
    foreign_share_min: float | None
    foreign_share_max: float | None

    @property
    def text(self) -> Text:
        """What people call the product."""
        return Text.both(self.name_zh, self.name_en or "")

    @property
    def foreign(self) -> tuple[float | None, float | None]:
        """The least and the most that its foreign share may be."""
        least, most = self.foreign_share_min, self.foreign_share_max
        return (self.foreign_share if least is None else least), (self.foreign_share if most is None else most)


class _Industry(NamedTuple):
    project_id: str
    chain_id: str
    name_zh: str
    edge_id: str


class Site(NamedTuple):
    """Where a project would be carried out, or an enterprise is."""

    sited_id: str
    place_id: str
    name_zh: str
    city_id: str
    edge_id: str


class _Within(NamedTuple):
    sited_id: str
    area_id: str


proposals = _SECTIONS.rows("proposals", Proposal)
proposes = _SECTIONS.rows("proposes", _Proposes)
proposers = _SECTIONS.rows("proposers", Proposer)
fills = _SECTIONS.rows("fills", _Fills)
products = _SECTIONS.rows("products", Product)
industries = _SECTIONS.rows("industries", _Industry)
sites = _SECTIONS.rows("sites", Site)
within = _SECTIONS.rows("within", _Within)


class Worth(NamedTuple):
    """What a project brings of one part at one product, least and most."""

    product_id: str
    part: PartOf
    least: float
    most: float


@dataclass(slots=True, eq=False)
class Project:
    """A project, and what is found of it."""

    proposal: Proposal
    proposers: Sequence[Proposer]
    fills: Sequence[Product]
    chains: Mapping[str, str]
    sites: Sequence[Site]
    sited_id: str
    evidence: Sequence[str]
    cost: float | None
    come: Come | None = None
    come_score: float | None = None
    come_because: Text | None = None
    is_cost_assumed: bool = False
    refused: Text | None = None
    changes: list[Text] = field(default_factory=list)
    worth: list[Worth] = field(default_factory=list)
    not_known: set[PartOf] = field(default_factory=set)

    @property
    def id(self) -> str:
        """Its id."""
        return self.proposal.project_id

    @property
    def name(self) -> Text:
        """What people call it."""
        return Text.both(self.proposal.name_zh, self.proposal.name_en or "")

    @property
    def is_ours(self) -> bool | None:
        """Whether nobody abroad controls whoever proposes it; `None` where that is not known, as where nobody is on record."""
        from_abroad, may_be = foreign_among(by.control_country for by in self.proposers)
        return False if from_abroad else None if may_be or not self.proposers else True

    def part(self, part: PartOf) -> float | None:
        """The largest of what it brings of a part at one product; `None` where that is not known of any."""
        return max((one.least for one in self.worth if one.part is part), default=None)


def proposed(reader: Reader, ids: Sequence[str], chains: Sequence[str], where: Scope) -> list[Project]:
    """The proposed projects of these ids, else all, of some chains where any is asked for; by id."""
    rows = proposals(reader, project_ids=ids, areas=where.areas)
    every = [row.project_id for row in rows]
    if not every:
        return []
    who, what = by_first(proposes(reader, project_ids=every)), by_first(fills(reader, project_ids=every))
    at, of = by_first(sites(reader, sited_ids=every)), by_first(industries(reader, project_ids=every))
    firms = _firms(reader, where, {one.enterprise_id for own in who.values() for one in own})
    filled = _filled(reader, {one.product_id for own in what.values() for one in own})
    of_products = chains_of(reader, filled)
    found = []
    for row in rows:
        by, placed = who.get(row.project_id, []), at.get(row.project_id, [])
        own_fills, own_chains = what.get(row.project_id, []), of.get(row.project_id, [])
        named = {one.chain_id: one.name_zh for one in own_chains} or {
            one.id: one.name for fill in own_fills for one in of_products.get(fill.product_id, ())
        }
        edges = [one.edge_id for own in (own_fills, by, placed, own_chains) for one in own]
        if not chains or set(chains) & named.keys():
            found.append(Project(
                row, [firms[one.enterprise_id] for one in by], [filled[one.product_id] for one in own_fills], named, placed, row.project_id,
                [row.project_id, *edges], row.cost_10k_cny,
            ))  # fmt: skip
    return found


def from_candidates(
    reader: Reader, wanted: Sequence[Named], chains: Sequence[str], places: Places, where: Scope
) -> list[Project]:
    """What `candidates` finds for some products, or the gaps of some chains: a project for each enterprise and product. Of those
    that would come from elsewhere it is not known where to.
    """
    taken: dict[tuple[str, str], Candidate] = {}
    for one in wanted:
        given = {(label_of(one.id) or "").lower(): one.id}
        asked = {"places": places, "kinds": [Come.EXTEND, Come.ATTRACT], "per_gap": PER_GAP, **given}
        answer = answer_to(reader, "candidates", CandidatesAnswer, **asked, limit=_MOST_CANDIDATES)
        nth = Counter[tuple[str, Come]]()
        for row in answer.rows:
            nth[row.product_id, row.kind] += 1
            if nth[row.product_id, row.kind] <= PER_GAP:
                taken[row.product_id, row.enterprise_id] = row
    firms, filled = _firms(reader, where, {who for _, who in taken}), _filled(reader, {what for what, _ in taken})
    at, of_products = by_first(sites(reader, sited_ids=firms.keys())), chains_of(reader, filled)
    found = []
    for (product, enterprise), row in sorted(taken.items()):
        who, what = firms[enterprise], filled[product]
        named = {one.id: one.name for one in of_products.get(product, ())}
        if chains and not set(chains) & named.keys():
            continue
        name = Text("fund.candidate", enterprise=Text.both(who.name_zh, who.name_en or ""), product=what.text)
        id_ = f"candidate:{enterprise.partition(':')[2]}/{product.partition(':')[2]}"
        is_coming = row.kind is Come.ATTRACT
        found.append(Project(
            Proposal(id_, name.in_(Language.ZH), name.in_(Language.EN), is_here=who.is_here, is_placed=True),
            [who], [what], named, [] if is_coming else at.get(enterprise, []), enterprise, [enterprise, product, *row.evidence_ids],
            None, row.kind, row.score, row.reason,
        ))  # fmt: skip
    return found


def _firms(reader: Reader, where: Scope, ids: Collection[str]) -> dict[str, Proposer]:
    return {row.enterprise_id: row for row in proposers(reader, enterprise_ids={*ids}, areas=where.areas)}


def _filled(reader: Reader, ids: Collection[str]) -> dict[str, Product]:
    return {row.product_id: row for row in products(reader, product_ids={*ids})}


# --- what they cost ------------------------------------------------------------------------------------------------------


def set_costs(reader: Reader, found: Sequence[Project], texts: Iterable[str]) -> None:
    """Costs that are stated with the question, of a project, or where not known of an enterprise, a product, a stage, a class or
    `all`, in this order; and what is refused for its cost.
    """
    stated = [(_coded(name), value) for name, value in amounts(texts)]
    check_once(stated)
    meant = [(nearness, one, value) for name, value in stated for nearness, one in _costed(reader, found, name)]
    check_once([(one.id, value) for nearness, one, value in meant if not nearness])
    for nearness, one, value in sorted(meant, key=lambda by: by[0]):
        if not nearness or not one.cost:
            one.cost, one.is_cost_assumed = value, True
    known = [one.cost for one in found if one.cost]
    typical = median(known) if len(known) > 2 else 0.0
    for one in found:
        if one.come is Come.ATTRACT:
            one.refused = Text("fund.why_not.coming")
        elif one.cost is None or one.cost <= 0:
            one.refused = Text("fund.why_not.cost_unknown" if one.cost is None else "fund.why_not.cost_zero")
        elif typical and not one.is_cost_assumed and not typical / _ODD < one.cost < typical * _ODD:
            one.refused = Text("fund.why_not.cost_odd", cost=money(one.cost), times=Measure(one.cost / typical))


def _costed(reader: Reader, found: Sequence[Project], name: str) -> list[tuple[int, Project]]:
    """The projects that a name means, and how nearly: itself 0, of an enterprise or for a product 1, of a stage or class 2, all 3."""
    if name == "all":
        return [(3, one) for one in found]
    if any(name in own for own in CHOICES.values()):
        return [(2, one) for one in found if name in (one.proposal.funding_stage, one.proposal.support_class)]
    own = [(0, one) for one in found if one.come and name in (one.id, one.proposal.name_zh, one.proposal.name_en)]
    if own:
        return own
    named = find_one(reader, ("Proposal", "Enterprise", "Product"), "project", name).id
    ends = [
        (one, [by.enterprise_id for by in one.proposers] + [fill.product_id for fill in one.fills]) for one in found
    ]
    meant = [(int(one.id != named), one) for one, of in ends if named in (one.id, *of)]
    if found and not meant:
        possible = list(dict.fromkeys(one.name for one in found))
        raise UsageError(
            Text("fund.error.no_project", name=name, possible=possible[:_NAMED], count=len(possible)), name
        )
    return meant


def _coded(text: str) -> str:
    """The stage or class of support that a text names, in either language; itself where it names none."""
    return next((c.value for own in CHOICES.values() for c in own.values() if text in (c.value, c.zh, c.en)), text)


def stage_amounts(texts: Iterable[str]) -> list[tuple[str, float]]:
    """Amounts by funding stage, named in either language. Raises `UnknownName`, and as `amounts` does."""
    found = [(_coded(name), value) for name, value in amounts(texts)]
    for name, _ in found:
        if name not in CHOICES["funding_stage"]:
            raise UnknownName("stage", name, CHOICES["funding_stage"])
    check_once(found)
    return found
