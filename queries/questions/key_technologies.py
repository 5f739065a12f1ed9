"""Chokepoints: technologies and products that much depends on, that come from few and from abroad, and that nobody is near."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import floor
from typing import ClassVar, NamedTuple, TypeVar

from graph.derivations import MOST_COUNTED
from graph.model import edge_id
from graph.texts import Text, word
from queries.answer import Answer, Row, cut_note
from queries.makers import foreign_among, maker_conventions
from queries.reader import Reader
from queries.registry import question
from queries.scope import ChainName, Limit, Places, Scope, called, chain_ids, scope
from queries.sections import Sections
from queries.sources import (
    between,
    foreign_text,
    home_country,
    is_known,
    kinds_of_sources,
    source_evidence,
    sources_by_subject,
    subject_count,
)

_SECTIONS = Sections(__file__)

_NAMED = 20
"""Holders and researchers named and cited in a row; all are counted."""
_FINAL_NAMED = 10
_NEAR_NAMED = 5
_CITED = 100
"""Needs and uses cited in a row; all are counted."""


class Kind(StrEnum):
    """What may be a chokepoint."""

    TECHNOLOGY = "technology"
    PRODUCT = "product"


class Part(StrEnum):
    """The parts of the index that may not be known."""

    ESSENTIAL = "essential"
    FOREIGN_SHARE = "foreign_share"
    HOLDERS = "holders"
    RELATEDNESS = "relatedness"


class Group(StrEnum):
    """Whether what is known tells it apart from the others."""

    RANKED = "ranked"
    TIED = "tied"
    NOT_RANKED = "not_ranked"


class KeyTechnology(Row):
    """A technology or product, the parts of its chokepoint index, what depends on it and who holds it or is near."""

    key = ("id",)
    table = (
        "name_zh", "index_text", "is_essential", "foreign_text", "hhi_text", "relatedness", "dependents",
        "final_names", "holder_names", "holders_foreign_text", "holders_elsewhere", "researchers", "near_names",
    )  # fmt: skip
    scores = ("index", "index_least", "index_most", "index_middle", "hhi", "hhi_most", "relatedness")
    shares = ("foreign_share", "foreign_share_least", "foreign_share_most")
    spans: ClassVar[Mapping[str, tuple[str, str]]] = {
        "index_text": ("index_least", "index_most"),
        "foreign_text": ("foreign_share_least", "foreign_share_most"),
        "hhi_text": ("hhi", "hhi_most"),
        "holders_foreign_text": ("holders_foreign", "holders_foreign_most"),
    }

    id: str
    name_zh: str
    name_en: str | None
    field: str | None
    is_key: bool | None
    group: Group
    index: float | None
    index_least: float
    index_most: float
    index_middle: float | None
    index_text: Text
    unknown_parts: list[Part]
    is_essential: bool | None
    foreign_share: float | None
    foreign_share_least: float | None
    foreign_share_most: float | None
    foreign_basis: str | None
    foreign_year: int | None
    foreign_text: Text | None
    hhi: float | None
    hhi_most: float | None
    hhi_text: Text | None
    is_hhi_exact: bool | None
    relatedness: float | None
    dependents: int
    direct_products: int
    final_products: int
    final_names: list[str]
    holders: int
    holders_foreign: int
    holders_foreign_most: int
    holders_foreign_text: Text | None
    holders_elsewhere: int
    holder_names: list[str]
    elsewhere_names: list[str]
    makers_of_dependents: int | None
    user_names: list[str]
    researchers: int | None
    researcher_names: list[str]
    near: int
    near_names: list[str]
    evidence_ids: list[str]


class KeyTechnologiesAnswer(Answer):
    """The chokepoints."""

    rows: list[KeyTechnology]

    def in_short(self, reader: Reader) -> Text:
        """The first where there is one, how many may stand above it, and how many cannot be told apart, and for want of what."""
        first = self.rows[0]
        above = sum(row.group is Group.RANKED and row.index_most > first.index_least for row in self.rows[1:])
        alike = sum(row.group is not Group.RANKED for row in self.rows)
        cannot = next((note for note in self.notes if note.id == "key_technologies.note.cannot_rank"), None)
        values = cannot.values if cannot else {"rows": len(self.rows), "alike": alike}
        lacking = Counter(part for row in self.rows if row.group is not Group.RANKED for part in row.unknown_parts)
        parts = [word(part) for part, _ in lacking.most_common(1)]
        # None that is known to be controlled from abroad is not none.
        held = ".held_abroad" if first.holders_foreign else ".held" if first.holders else ""
        ranked = Text(
            f"key_technologies.headline{held}", name=called(reader, first.id), index=first.index_text,
            share=first.foreign_text, holders=first.holders, foreign=first.holders_foreign_text,
        )  # fmt: skip
        if above:
            ranked = Text("key_technologies.headline.overlap", first=ranked, others=above)
        tied = Text(f"key_technologies.headline.{'alike' if parts else 'tied'}", **{**values, "parts": parts})
        if first.group is not Group.RANKED or not alike:
            return tied if alike else ranked
        return Text("key_technologies.headline.both", first=ranked, alike=tied)


@question(order=40)
def key_technologies(
    reader: Reader,
    *,
    chain: ChainName = "",
    places: Places = [],
    kind: Kind = Kind.TECHNOLOGY,
    key_only: bool = True,
    limit: Limit = 50,
) -> KeyTechnologiesAnswer:
    """What chokes, and who could loosen it."""
    asked = _Asked(kind, scope(reader, places), chain_ids(reader, chain), key_only, limit)
    found, near_to = _surest(reader, asked)
    rows = _rows(reader, asked, found, near_to)
    if kind is Kind.PRODUCT:
        counted = product_counts(reader, chains=asked.chains, home=home_country(reader))
    else:
        counted = technology_counts(reader, chains=asked.chains, key_only=key_only)
    counts = counted[0] if counted else _Counts(0, 0, 0, 0, 0, "")
    rules = ("index", "interval", "near", "order", "groups", "foreign", "words", "hhi", "relatedness", "dependence")
    return KeyTechnologiesAnswer(
        rows=rows, looked_at=counts.things, looked_at_what=word(kind), notes=_notes(reader, asked, rows, counts),
        conventions=[
            *(Text(f"key_technologies.convention.{one}") for one in rules),
            Text(f"key_technologies.convention.{kind}"),
            *([Text("key_technologies.convention.users")] if kind is Kind.TECHNOLOGY else maker_conventions()),
            *asked.where.conventions,
        ],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is looked at, and seen from where."""

    kind: Kind
    where: Scope
    chains: Sequence[str]
    key_only: bool
    limit: int


def _notes(reader: Reader, asked: _Asked, rows: Sequence[KeyTechnology], counts: "_Counts") -> list[Text]:
    if not counts.things:
        is_listed = asked.kind is Kind.TECHNOLOGY and asked.key_only
        has_others = is_listed and subject_count(reader, asked.kind)
        return [
            Text("key_technologies.note.none_listed") if has_others else Text(f"key_technologies.note.no_{asked.kind}")
        ]
    shown = Counter(part for row in rows for part in row.unknown_parts)
    unknown = [Text("key_technologies.note.part", part=part, rows=shown[part]) for part in Part if shown[part]]
    said = [Text("key_technologies.note.unknown_parts", rows=len(rows), parts=unknown)] if unknown else []
    return [*_cannot_rank(rows, counts), *cut_note(counts.things, asked.limit), *said]


def _cannot_rank(rows: Sequence[KeyTechnology], counts: "_Counts") -> list[Text]:
    """That more than a third cannot be told apart, and what they lack most; of ties those shown are counted."""
    alike = counts.open + sum(row.group is Group.TIED for row in rows)
    if 3 * alike <= counts.things:
        return []
    lacking = {
        Part.FOREIGN_SHARE: counts.no_foreign_share, Part.HOLDERS: counts.no_holder, Part.ESSENTIAL: counts.no_class,
    }  # fmt: skip
    parts = [
        Text("key_technologies.note.lacking", part=part, rows=lacking[part],
             documents=Text(f"key_technologies.look_in.{part}"))
        for part in sorted(lacking, key=lambda part: -lacking[part]) if lacking[part]
    ]  # fmt: skip
    return [Text("key_technologies.note.cannot_rank", rows=counts.things, alike=alike, parts=parts)]


# --- the index -------------------------------------------------------------------------------------------------------------


class _Thing(NamedTuple):
    """A technology or product with the parts of its index; `least`, `most` and `middle` are their product without relatedness,
    `middle` of the middle of each. `is_open`: nothing bounds the index; `is_told`: the foreign share is on record.
    """

    thing_id: str
    name_zh: str
    name_en: str | None
    field: str | None
    is_key: bool | None
    is_essential: bool | None
    foreign_least: float
    foreign_most: float
    is_told: bool
    foreign_basis: str | None
    foreign_year: int | None
    hhi: float | None
    hhi_most: float | None
    is_hhi_exact: bool | None
    dependents: int
    least: float
    most: float
    middle: float
    is_open: bool


class _Counts(NamedTuple):
    """How many are looked at, of how many nothing bounds the index, and what is not known of how many."""

    things: int
    open: int
    no_class: int
    no_foreign_share: int
    no_holder: int
    none_id: str


class _Nearness(NamedTuple):
    thing_id: str
    proximity: float


class _Near(NamedTuple):
    thing_id: str
    who_id: str
    name: str
    proximity: float


technologies = _SECTIONS.rows("technologies", _Thing)
products = _SECTIONS.rows("products", _Thing)
technology_counts = _SECTIONS.rows("technology_counts", _Counts)
product_counts = _SECTIONS.rows("product_counts", _Counts)
near_things = _SECTIONS.rows("near_things", _Nearness)
near = _SECTIONS.rows("near", _Near)


@dataclass(frozen=True, slots=True)
class _Neighbours:
    """Who of the places makes or masters what is near to a thing and does not hold it, the nearest first, and how near
    these are: the density, `None` where nothing is known of what goes with it.
    """

    firms: Sequence[_Near] = ()
    density: float | None = None


def _surest(reader: Reader, asked: _Asked) -> tuple[list[_Thing], dict[str, _Neighbours]]:
    """The first by the middle of their index, then by what depends on them, those that nothing bounds last; and who is near
    to each.

    Relatedness can only lower the middle. So what comes behind the last one read is behind in the end too where
    enough of those read stay before it; else more are read.
    """
    near_to: dict[str, _Neighbours] = {}
    most = asked.limit
    while True:
        if asked.kind is Kind.PRODUCT:
            found = products(reader, chains=asked.chains, home=home_country(reader), limit=most)
        else:
            found = technologies(reader, chains=asked.chains, key_only=asked.key_only, limit=most)
        near_to |= _neighbours(reader, [row.thing_id for row in found if row.thing_id not in near_to], asked.where)
        best = sorted(found, key=lambda row: _order(row, near_to[row.thing_id]))[: asked.limit]
        if len(found) < most or _order(best[-1], near_to[best[-1].thing_id]) <= _order(found[-1], _Neighbours((), 0.0)):
            return best, near_to
        most *= 4


def _order(row: _Thing, neighbours: _Neighbours) -> tuple[bool, int, int, str]:
    middle = 0 if row.is_open else floor(_middle(row, neighbours) * 1e9 + 0.5)
    return row.is_open, -middle, -row.dependents, row.thing_id


def _least(row: _Thing, neighbours: _Neighbours) -> float:
    """The index at least: who is near by the records may or may not come to hold it."""
    return 0.0 if neighbours.density is None else row.least * (1 - neighbours.density)


def _middle(row: _Thing, neighbours: _Neighbours) -> float:
    return row.middle * (1 - (1.0 if neighbours.density is None else neighbours.density) / 2)


def _neighbours(reader: Reader, thing_ids: Sequence[str], where: Scope) -> dict[str, _Neighbours]:
    if not thing_ids:
        return {}
    whole = {row.thing_id: row.proximity for row in near_things(reader, thing_ids=thing_ids)}
    firms = _by_thing(near(reader, thing_ids=sorted(whole), areas=where.areas) if whole else [])
    found = dict.fromkeys(thing_ids, _Neighbours())
    for thing, proximity in whole.items():
        ranked = sorted(firms[thing], key=lambda row: (-round(row.proximity / proximity, 9), row.who_id))
        density = ranked[0].proximity / proximity if ranked else 0.0
        found[thing] = _Neighbours(ranked, min(round(density, 12), 1.0))
    return found


# --- rows ------------------------------------------------------------------------------------------------------------------


class _Use(NamedTuple):
    thing_id: str
    product_id: str
    name: str
    needed_by: int
    edge_id: str


class _Who(NamedTuple):
    thing_id: str
    who_id: str
    name: str


goes_into = _SECTIONS.rows("goes_into", _Use)
needing = _SECTIONS.rows("needing", _Use)
users = _SECTIONS.rows("users", _Who)
researchers = _SECTIONS.rows("researchers", _Who)


def _rows(
    reader: Reader, asked: _Asked, found: Sequence[_Thing], near_to: Mapping[str, _Neighbours]
) -> list[KeyTechnology]:
    ids, areas, is_technology = [row.thing_id for row in found], asked.where.areas, asked.kind is Kind.TECHNOLOGY
    if not ids:
        return []
    direct = needing(reader, technology_ids=ids) if is_technology else goes_into(reader, product_ids=ids)
    sources = sources_by_subject(reader, ids, "enterprise", asked.where)
    kinds = kinds_of_sources(reader, (one for own in sources.values() for one in own))
    final, uses = _finals(reader, ids, direct), _by_thing(direct)
    places = Counter(_order(one, near_to[one.thing_id])[:3] for one in found)
    study = _by_thing(researchers(reader, technology_ids=ids, areas=areas) if is_technology else [])
    use = _by_thing(users(reader, technology_ids=ids, areas=areas) if is_technology else [])
    rows = []
    for one in found:
        id_, near_ones, own = one.thing_id, near_to[one.thing_id], sources.get(one.thing_id, [])
        here, there = ([holder for holder in own if holder.is_in is is_in] for is_in in (True, False))
        from_abroad, may_be = foreign_among(holder.control_country for holder in here)
        least = _least(one, near_ones)
        is_exact = is_known(least, one.most)
        is_tied = not is_exact and places[_order(one, near_ones)[:3]] > 1
        group = Group.NOT_RANKED if one.is_open else Group.TIED if is_tied else Group.RANKED
        has_foreign = not is_known(one.foreign_most - one.foreign_least, 1.0)
        is_foreign_known = is_known(one.foreign_least, one.foreign_most)
        are_known = {
            Part.ESSENTIAL: one.is_essential is not None, Part.FOREIGN_SHARE: has_foreign,
            Part.HOLDERS: is_known(one.hhi, one.hhi_most), Part.RELATEDNESS: near_ones.density is not None,
        }  # fmt: skip
        rows.append(KeyTechnology(
            **{name: value for name, value in one._asdict().items() if name in KeyTechnology.model_fields},
            id=id_,
            group=group,
            index=least if is_exact else None,
            index_least=least,
            index_most=one.most,
            index_middle=None if one.is_open else _middle(one, near_ones),
            index_text=_index(group, least, one.most),
            unknown_parts=[part for part, is_part_known in are_known.items() if not is_part_known],
            foreign_share=one.foreign_least if is_foreign_known else None,
            foreign_share_least=one.foreign_least if has_foreign else None,
            foreign_share_most=one.foreign_most if has_foreign else None,
            foreign_text=foreign_text(
                reader, one.foreign_least, one.foreign_most, (one.foreign_basis or "unknown") if one.is_told else "derived",
                one.foreign_year,
            ) if has_foreign else None,
            hhi_text=_concentration(one, len(own)),
            relatedness=near_ones.density,
            direct_products=len({row.product_id for row in uses[id_]}),
            final_products=len(final[id_]),
            final_names=[row.name for row in final[id_][:_FINAL_NAMED]],
            holders=len(here),
            holders_foreign=from_abroad,
            holders_foreign_most=may_be,
            holders_foreign_text=between(from_abroad, may_be, ".0f") if here else None,
            holders_elsewhere=len(there),
            holder_names=[holder.name for holder in here[:_NAMED]],
            elsewhere_names=[holder.name for holder in there[:_NAMED]],
            makers_of_dependents=len(use[id_]) if is_technology else None,
            user_names=[row.name for row in use[id_][:_NAMED]],
            researchers=len(study[id_]) if is_technology else None,
            researcher_names=[row.name for row in study[id_][:_NAMED]],
            near=len(near_ones.firms),
            near_names=[row.name for row in near_ones.firms[:_NEAR_NAMED]],
            evidence_ids=[
                id_,
                *(row.edge_id for row in uses[id_][:_CITED]),
                *source_evidence([*here[:_NAMED], *there[:_NAMED]], kinds),
                *(edge_id("RESEARCHES", row.who_id, id_) for row in study[id_][:_NAMED]),
                *(row.who_id for row in near_ones.firms[:_NEAR_NAMED]),
                *(row.product_id for row in final[id_][:_FINAL_NAMED]),
            ],
        ))  # fmt: skip
    return rows


def _index(group: Group, least: float, most: float) -> Text:
    """The index, and where what is known does not tell it apart from others, that."""
    said = between(least, most)
    return said if group is Group.RANKED else Text("key_technologies.index_of", index=said, group=word(group))


def _concentration(one: _Thing, holders: int) -> Text | None:
    """The HHI; of a single holder with a word that it is the only one on record, which need not be the only one there is."""
    if one.hhi is None or one.hhi_most is None:
        return None
    said = between(one.hhi, one.hhi_most)
    return Text("key_technologies.sole", hhi=said) if holders == 1 else said


R = TypeVar("R", _Use, _Who, _Near)


def _by_thing(rows: Sequence[R]) -> defaultdict[str, list[R]]:
    found = defaultdict[str, list[R]](list)
    for row in rows:
        found[row.thing_id].append(row)
    return found


def _finals(reader: Reader, thing_ids: Sequence[str], direct: Sequence[_Use]) -> dict[str, list[_Use]]:
    """What depends on each and goes into nothing itself, of the first 1,000: the nearest first, of equals by id.

    Followed step by step, all of them at once; each product is read once.
    """
    known: dict[str, list[_Use]] = {}
    frontier = {thing: {row.product_id: row for row in direct if row.thing_id == thing} for thing in thing_ids}
    reached: dict[str, dict[str, _Use]] = {thing: {} for thing in thing_ids}
    while any(frontier.values()):
        for thing, rows in frontier.items():
            reached[thing] |= dict(sorted(rows.items()))
        asked = {product for rows in frontier.values() for product, row in rows.items() if row.needed_by}
        fresh = sorted(asked - known.keys())
        known |= {product: [] for product in fresh}
        for use in goes_into(reader, product_ids=fresh):
            known[use.thing_id].append(use)
        for thing, rows in frontier.items():
            ahead = (use for product in rows if len(reached[thing]) < MOST_COUNTED for use in known.get(product, ()))
            frontier[thing] = {
                use.product_id: use for use in ahead if use.product_id not in reached[thing] and use.product_id != thing
            }
    return {
        thing: [row for row in list(rows.values())[:MOST_COUNTED] if not row.needed_by]
        for thing, rows in reached.items()
    }
