"""Who is there on each of six sides around a technology or product (政产学研金用), what is missing, what would join them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import groupby, islice, product
from typing import Annotated, ClassVar, NamedTuple

from pydantic import Field

from graph.model import ends
from graph.ontology import label_of
from graph.texts import Text
from queries.answer import Answer, Row
from queries.makers import Maker, kinds_of_makers, maker_conventions, makers_by_product
from queries.paths import Path, names_on, path_evidence, relation_text, step_along, step_back, supply_path
from queries.reader import Reader
from queries.registry import question
from queries.scope import Confidence, Limit, Places, Scope, called, called_each, find_one, scope
from queries.sections import Sections, by_first
from queries.upstream import goes_into
from queries.whereabouts import Standing, standing_in

_SECTIONS = Sections(__file__)

_NAMED = 5
"""Parties of a side that are named and that a chain is looked for among; all are counted."""


class Side(StrEnum):
    """The six sides."""

    GOVERNMENT = "government"
    INDUSTRY = "industry"
    UNIVERSITY = "university"
    RESEARCH = "research"
    FINANCE = "finance"
    USERS = "users"


class Presence(StrEnum):
    """Whether a side is there."""

    HERE = "here"
    UNPLACED = "unplaced"
    ELSEWHERE = "elsewhere"
    NOT_ON_RECORD = "not_on_record"


class Stage(StrEnum):
    """What a place may be good at."""

    RND = "rnd"
    INCUBATION = "incubation"
    TRANSFER = "transfer"
    PRODUCTION = "production"


class SidePresence(Row):
    """A side, who is there, and what is missing."""

    key = ("side",)
    table = ("side", "presence", "here", "unplaced", "elsewhere", "counted", "names", "missing")

    side: Side
    presence: Presence
    here: int
    unplaced: int
    elsewhere: int
    counted: Text
    names: list[str]
    missing: Text
    party_ids: list[str]
    evidence_ids: list[str]


class Link(Row):
    """A relation of the shortest chain that joins the sides."""

    table = ("relation_said",)

    relation_said: Text
    edge_id: str


class StageCity(Row):
    """A city, and how many of those on record for a stage are in it."""

    table = ("stage", "city", "holders", "all_holders", "leads", "names")

    stage: Stage
    city: Text | None
    city_id: str | None
    holders: int
    all_holders: int
    leads: bool
    names: list[Text]


class CooperationAnswer(Answer):
    """The six sides."""

    listed: ClassVar[tuple[str, ...]] = ("links", "stages")

    rows: list[SidePresence]
    absent: list[Side]
    subject_id: str
    links: list[Link]
    stages: list[StageCity]

    def in_short(self, reader: Reader) -> Text:
        """How many sides are here, which are not, and how few relations join those on record."""
        return Text(
            "cooperation.headline" if self.absent else "cooperation.headline.all", name=called(reader, self.subject_id),
            here=len(Side) - len(self.absent), absent=self.absent, links=len(self.links),
        )  # fmt: skip


@question(order=135)
def cooperation(
    reader: Reader,
    *,
    subject: Annotated[str, Field(min_length=1)],
    places: Places = [],
    min_confidence: Confidence = 0.0,
    limit: Limit = 50,
) -> CooperationAnswer:
    """Who is there on each of six sides around a technology or product, and what would join them."""
    where, found = scope(reader, places), find_one(reader, ("Technology", "Product"), "subject", subject).id
    parties = _parties(reader, found, where, min_confidence)
    at = _standing(reader, {node for one in parties for node in (one.id, one.site_id) if node}, where)
    by_side = {side: _of_side(parties, side, at) for side in Side}
    joined = _joined(by_side, at)
    edges = list(dict.fromkeys(step.edge_id for path in joined for step in path))
    names = names_on(reader, [one.path for one in parties])
    rows = [_row(side, own, at, names, found) for side, own in by_side.items()]
    return CooperationAnswer(
        rows=rows[:limit], absent=[row.side for row in rows if row.presence is not Presence.HERE], subject_id=found,
        links=_links(reader, edges),
        stages=_stages(reader, parties), looked_at=len({one.id for one in parties}),
        looked_at_what=Text("cooperation.parties"),
        conventions=[*(Text(f"cooperation.convention.{side}") for side in Side), Text("cooperation.convention.missing"),
                     Text("cooperation.convention.chain", most=_NAMED), Text("cooperation.convention.stages"),
                     *maker_conventions(min_confidence), *where.conventions],
    )  # fmt: skip


# --- who there is ----------------------------------------------------------------------------------------------------------


class _Need(NamedTuple):
    product_id: str
    technology_id: str


class _Institute(NamedTuple):
    institute_id: str
    kind: str | None
    over_id: str


class _Master(NamedTuple):
    enterprise_id: str
    technology_id: str


class _Host(NamedTuple):
    center_id: str
    enterprise_id: str
    place_id: str | None


class _Funded(NamedTuple):
    proposal_id: str
    product_id: str


class _Seat(NamedTuple):
    node_id: str
    city_id: str


needed_technologies = _SECTIONS.rows("needed_technologies", _Need)
needing_products = _SECTIONS.rows("needing_products", _Need)
researchers = _SECTIONS.rows("researchers", _Institute)
masters = _SECTIONS.rows("masters", _Master)
cooperating = _SECTIONS.rows("cooperating", _Institute)
hosts = _SECTIONS.rows("hosts", _Host)
funded = _SECTIONS.rows("funded", _Funded)
seats = _SECTIONS.rows("seats", _Seat)


class _Party(NamedTuple):
    """Somebody on a side, by the way from them to the subject; `site_id` is where they make something."""

    side: Side
    id: str
    path: Path
    site_id: str


def _parties(reader: Reader, subject: str, where: Scope, min_confidence: float) -> list[_Party]:
    """Everybody on every side, by each way to the subject."""
    is_product = label_of(subject) == "Product"
    if is_product:
        needs, into = needed_technologies(reader, product_ids=[subject]), goes_into(reader, product_ids=[subject])
    else:
        needs, into = needing_products(reader, technology_ids=[subject]), []
    technologies = sorted({row.technology_id for row in needs}) if is_product else [subject]
    products = [subject] if is_product else sorted({row.product_id for row in needs})
    to_product = {row.used_in_id: (step_back("INPUT_OF", subject, row.used_in_id),) for row in into}
    to_technology = {} if is_product else {one: (step_along("NEEDS", one, subject),) for one in products}
    made = _made(reader, [*products, *to_product], where, min_confidence)
    found = list[_Party]()
    for maker, path in made:
        onward = to_product.get(maker.product_id) or to_technology.get(maker.product_id) or ()
        side = Side.INDUSTRY if is_product and maker.product_id == subject else Side.USERS
        found.append(_Party(side, maker.enterprise_id, (*path, *onward), maker.site_id))
    above = {one: (step_back("NEEDS", subject, one),) if is_product else () for one in technologies}
    for who, technology in masters(reader, technology_ids=technologies):
        path = (step_along("MASTERS", who, technology), *above[technology])
        found.append(_Party(Side.INDUSTRY, who, path, who))
    for one in researchers(reader, technology_ids=technologies):
        path = (step_along("RESEARCHES", one.institute_id, one.over_id), *above[one.over_id])
        found.append(_Party(_side_of(one), one.institute_id, path, ""))
    ways = {one.id: one.path for one in _shortest(one for one in found if one.side is Side.INDUSTRY)}
    for one in cooperating(reader, enterprise_ids=sorted(ways)):
        path = (step_back("COOPERATES_WITH", one.over_id, one.institute_id), *ways[one.over_id])
        found.append(_Party(_side_of(one), one.institute_id, path, one.over_id))
    for row in hosts(reader, enterprise_ids=sorted(ways)):
        path = (step_back("RESIDENT_OF", row.enterprise_id, row.center_id), *ways[row.enterprise_id])
        found.append(_Party(Side.GOVERNMENT, row.center_id, path, ""))
        if row.place_id:
            sent = step_back("SENT_BY", row.center_id, row.place_id)
            found.append(_Party(Side.GOVERNMENT, row.place_id, (sent, *path), ""))
    found += [
        _Party(Side.FINANCE, row.proposal_id, (step_along("FILLS", *row), *to_technology.get(row.product_id, ())), "")
        for row in funded(reader, product_ids=products)
    ]
    return found


def _made(reader: Reader, products: Sequence[str], where: Scope, least: float) -> list[tuple[Maker, Path]]:
    by_product = makers_by_product(reader, products, where, least)
    makers = [maker for own in by_product.values() for maker in own]
    kinds = kinds_of_makers(reader, makers)
    return [(maker, supply_path(maker, kinds)) for maker in makers]


def _side_of(row: _Institute) -> Side:
    return Side.UNIVERSITY if row.kind == "university" else Side.RESEARCH


def _shortest(parties: Iterable[_Party]) -> list[_Party]:
    """Each party of a side once, by its shortest way, of equals the first by edges."""
    ordered = sorted(parties, key=lambda one: (one.side, one.id, len(one.path), one.path))
    return [next(own) for _, own in groupby(ordered, key=lambda one: (one.side, one.id))]


def _standing(reader: Reader, ids: Iterable[str], where: Scope) -> dict[str, Presence]:
    """Where each of some nodes stands."""
    rows = standing_in(reader, node_ids={*ids}, areas=where.areas, around=where.around)
    return {row.node_id: _presence(row) for row in rows}


def _presence(row: Standing) -> Presence:
    if row.is_here:
        return Presence.HERE
    is_placed = row.is_placed or label_of(row.node_id) == "Place"
    return Presence.ELSEWHERE if is_placed else Presence.UNPLACED


def _of_side(parties: Sequence[_Party], side: Side, at: Mapping[str, Presence]) -> list[_Party]:
    """The parties of a side, those here first, then by the fewest steps."""
    found = _shortest(one for one in parties if one.side is side)
    # Whoever makes it at a plant here is here.
    return sorted(found, key=lambda one: (_far(_nearest(at, one)), len(one.path), one.id))


def _far(presence: Presence) -> int:
    """0 where somebody is here, more the less is known of anybody nearby."""
    return list(Presence).index(presence)


def _nearest(at: Mapping[str, Presence], one: _Party) -> Presence:
    return min((at[node] for node in (one.id, one.site_id) if node), key=_far)


def _joined(by_side: Mapping[Side, Sequence[_Party]], at: Mapping[str, Presence]) -> list[Path]:
    """One party of each side on record whose ways to the subject have the fewest relations together, those here before others."""
    choices = [own[:_NAMED] for own in by_side.values() if own]
    if not choices:
        return []
    best = min(
        product(*choices),
        key=lambda one: (
            len({step.edge_id for party in one for step in party.path}),
            sum(_far(_nearest(at, party)) for party in one), [party.id for party in one],
        ),
    )  # fmt: skip
    return [party.path for party in best]


# --- rows ------------------------------------------------------------------------------------------------------------------


def _row(
    side: Side, own: Sequence[_Party], at: Mapping[str, Presence], names: Mapping[str, str], subject: str
) -> SidePresence:
    found = [_nearest(at, one) for one in own]
    presence = min(found, key=_far, default=Presence.NOT_ON_RECORD)
    first = own[:_NAMED]
    return SidePresence(
        side=side, presence=presence, here=found.count(Presence.HERE), unplaced=found.count(Presence.UNPLACED),
        elsewhere=found.count(Presence.ELSEWHERE), counted=_counted(side, own, subject), names=[names[one.id] for one in first],
        missing=Text(f"cooperation.missing.{presence}", side=side), party_ids=[one.id for one in first],
        evidence_ids=path_evidence(one.path for one in first),
    )  # fmt: skip


def _counted(side: Side, own: Sequence[_Party], subject: str) -> Text:
    """Who counts on a side; of a product's industry how many make it, whom its page counts, and how many master what it needs."""
    of = f".{label_of(subject)}".lower() if side in (Side.INDUSTRY, Side.USERS) else ""
    masters = sum(one.path[0].type == "MASTERS" for one in own)
    return Text(f"cooperation.counted.{side}{of}", makers=len(own) - masters, masters=masters)


def _links(reader: Reader, edges: Sequence[str]) -> list[Link]:
    names = called_each(reader, {node for edge in edges for node in ends(edge)[1:]})
    return [Link(relation_said=relation_text(edge, names), edge_id=edge) for edge in edges]


def _stages(reader: Reader, parties: Sequence[_Party]) -> list[StageCity]:
    """For each stage the three cities with most of those on record; who leads is said where somebody is on record."""
    of_stage: dict[Stage, set[str]] = {
        Stage.RND: {one.id for one in parties if one.path[0].type in ("RESEARCHES", "MASTERS")},
        Stage.INCUBATION: {one.id for one in parties if label_of(one.id) == "Center"},
        Stage.TRANSFER: {one.site_id for one in parties if one.path[0].type == "COOPERATES_WITH"},
        Stage.PRODUCTION: {one.site_id for one in parties if one.path[0].type in ("MAKES", "OPERATES")},
    }
    every = {one for own in of_stage.values() for one in own}
    cities = by_first(seats(reader, node_ids=every))
    called_so = called_each(reader, [*every, *(row.city_id for own in cities.values() for row in own)])
    found = []
    for stage, holders in of_stage.items():
        by_city = defaultdict[str, set[str]](set)
        for holder in holders:
            for row in cities.get(holder, ()):
                by_city[row.city_id].add(holder)
        most = max((len(own) for own in by_city.values()), default=0)
        ranked = sorted(by_city.items(), key=lambda pair: (-len(pair[1]), pair[0]))
        found += [
            StageCity(
                stage=stage, city=called_so[city], city_id=city, holders=len(own), all_holders=len(holders),
                leads=len(own) == most, names=[called_so[one] for one in islice(sorted(own), _NAMED)],
            )
            for city, own in ranked[:3]
        ]  # fmt: skip
        if not ranked:
            found.append(
                StageCity(
                    stage=stage, city=None, city_id=None, holders=0, all_holders=len(holders), leads=False, names=[]
                )
            )
    return found
