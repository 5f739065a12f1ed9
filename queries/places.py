"""The places side by side: what each makes of every chain, what rests on it alone, who is there, what flows between them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from queries.algorithms.relatedness import revealed_comparative_advantage
from queries.reader import Reader, kept
from queries.scope import Scope, area_of, chains_of, scope, wider_places
from queries.sections import Sections
from queries.verdicts import Thresholds, Verdict, chain_sizes, worst

_SECTIONS = Sections(__file__)
_ALL = 10_000_000


class _Made(NamedTuple):
    place_id: str
    chain_id: str
    products: int
    makers: int
    pairs: int


class _MadeHere(NamedTuple):
    place_id: str
    product_id: str


class Resident(NamedTuple):
    """An enterprise that is registered in a place (`is_seat`), or has plants there: how many products it makes there."""

    enterprise_id: str
    name_zh: str
    products: int
    plants: int
    is_seat: bool
    is_listed: bool | None
    is_high_tech: bool | None
    control_country: str | None


class CenterOf(NamedTuple):
    """A centre that stands in a place, or that the place has sent elsewhere."""

    center_id: str
    is_here: bool
    is_sent: bool


class Flow(NamedTuple):
    """How many relations of a type lead from one place to another."""

    from_id: str
    to_id: str
    edge_type: str
    relations: int


class RelationsOf(NamedTuple):
    """How many relations a place has, of which `inside` stay in it and `unplaced` lead to an unknown place."""

    place_id: str
    relations: int
    inside: int
    unplaced: int


made_in_chains = _SECTIONS.rows("made_in_chains", _Made)
made_of = _SECTIONS.rows("made_of", _MadeHere)
enterprises_in = _SECTIONS.rows("enterprises_in", Resident)
enterprise_count = _SECTIONS.count("enterprise_count", "enterprises")
centers_of = _SECTIONS.rows("centers_of", CenterOf)
flows = _SECTIONS.rows("flows", Flow)
relations_of = _SECTIONS.rows("relations_of", RelationsOf)


@dataclass(frozen=True, slots=True)
class Strength:
    """What a place makes of a chain: products, of how many, by how many enterprises.

    `advantage` is the revealed comparative advantage on pairs of an enterprise and a product: over 1 the chain is more of what
    the place makes than of what all places compared make. `single_sources` are products that the places have from one source,
    here.
    """

    place_id: str
    chain_id: str
    products: int
    chain_products: int
    makers: int
    advantage: float
    single_sources: int

    @property
    def share(self) -> float:
        """The part of the chain's products that is made here."""
        return self.products / self.chain_products if self.chain_products else 0.0

    @property
    def is_strong(self) -> bool:
        """Whether the place has an advantage in the chain."""
        return self.advantage >= 1


@kept
def strengths(reader: Reader, where: Scope) -> list[Strength]:
    """What each of the places makes of each chain, also where that is nothing; by place, then chain. Empty without either."""
    sizes = {row.chain_id: row.products for row in chain_sizes(reader, chains=[])}
    places = where.places
    if not sizes or not places:
        return []
    made = {(row.place_id, row.chain_id): row for row in made_in_chains(reader, cities=where.cities)}
    pairs = [[made[place, chain].pairs if (place, chain) in made else 0 for chain in sizes] for place in places]
    advantage = revealed_comparative_advantage(np.array(pairs, float).reshape(len(places), len(sizes))).toarray()
    alone = _single_sources(reader, where)
    nothing = _Made("", "", 0, 0, 0)
    return [
        Strength(place, chain, own.products, size, own.makers, float(advantage[row, column]), alone[place, chain])
        for row, place in enumerate(places)
        for column, (chain, size) in enumerate(sizes.items())
        for own in [made.get((place, chain), nothing)]
    ]


@kept
def single_sources(reader: Reader, where: Scope) -> list[str]:
    """The products that the places have from one source, those to look at first standing first."""
    return [row.product_id for row in worst(reader, where, [], Thresholds(), [Verdict.SINGLE_SOURCE], _ALL)]


def _single_sources(reader: Reader, where: Scope) -> Counter[tuple[str, str]]:
    """How many of them each place makes of each chain."""
    here = made_of(reader, cities=where.cities, product_ids=single_sources(reader, where))
    chains = chains_of(reader, {row.product_id for row in here})
    return Counter((row.place_id, chain.id) for row in here for chain in chains.get(row.product_id, ()))


def rests_on(reader: Reader, place_id: str) -> tuple[list[str], list[str]]:
    """The products that the corridor has from one source, which is in this place; of a place that is no part of it those that the
    place itself has from one source. Then the places that are so asked for, as a question takes them: none for the corridor."""
    where = scope(reader, [])
    if areas := _compared(reader, place_id, where):
        return single_sources_in(reader, areas, where), []
    return single_sources(reader, scope(reader, [place_id])), [place_id]


def _compared(reader: Reader, place_id: str, where: Scope) -> list[str]:
    """Of some places those that lie in this one, or this one where it lies in one of them, as areas; none of all places."""
    if where.is_everywhere:
        return []
    around = [(row.place_id, row.wider_id) for row in wider_places(reader, place_ids=sorted({place_id, *where.places}))]
    if {place_id, *(wider for place, wider in around if place == place_id)} & set(where.places):
        return [area_of(place_id)]
    return [area_of(place) for place, wider in around if wider == place_id]


def single_sources_in(reader: Reader, areas: Sequence[str], where: Scope) -> list[str]:
    """The products that the places have from one source, which is in one of these areas of theirs."""
    alone = single_sources(reader, where)
    here = {row.product_id for row in made_of(reader, cities=areas, product_ids=alone)}
    return [one for one in alone if one in here]


def strong_and_weak(found: Sequence[Strength], most: int) -> tuple[list[Strength], list[Strength]]:
    """Of the chains of one place those in which it has an advantage, the greatest first, and the others, the least first."""
    strong = sorted((one for one in found if one.is_strong), key=lambda one: (-one.advantage, one.chain_id))
    weak = sorted((one for one in found if not one.is_strong), key=lambda one: (one.advantage, one.chain_id))
    return strong[:most], weak[:most]
