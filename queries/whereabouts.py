"""Where enterprises and plants are, seen from the places that a question is asked for."""

from collections.abc import Iterable
from typing import NamedTuple

from queries.reader import Reader
from queries.scope import Named, Scope
from queries.sections import Sections, by_first

_SECTIONS = Sections(__file__)


class Seen(NamedTuple):
    """An enterprise as seen from the places asked for."""

    enterprise_id: str
    name: str
    is_here: bool
    is_placed: bool

    @property
    def is_local(self) -> bool | None:
        """Whether it is in the places; `None` where that is not known."""
        return self.is_here if self.is_here or self.is_placed else None


class _City(NamedTuple):
    site_id: str
    place_id: str
    name: str


class _Near(NamedTuple):
    site_id: str
    place_id: str
    name: str
    width: int


class Standing(NamedTuple):
    """Whether a node is in the places asked for, is known closely enough to say so, and operates a plant in them."""

    node_id: str
    is_here: bool
    is_placed: bool
    has_plant_here: bool


seen_from = _SECTIONS.rows("seen_from", Seen)
cities = _SECTIONS.rows("cities", _City)
nearest_places = _SECTIONS.rows("nearest_places", _Near)
standing_in = _SECTIONS.rows("standing_in", Standing)


def seen(reader: Reader, enterprise_ids: Iterable[str], where: Scope) -> dict[str, Seen]:
    """Some enterprises by id, seen from the places."""
    rows = seen_from(reader, enterprise_ids={*enterprise_ids}, areas=where.areas, around=where.around)
    return {row.enterprise_id: row for row in rows}


def cities_of(reader: Reader, site_ids: Iterable[str], where: Scope) -> dict[str, list[Named]]:
    """The cities of the places that each of some enterprises or plants is in, by id; one that is in none is not there."""
    rows = cities(reader, site_ids={*site_ids}, areas=_apart(where))
    return {site: [Named(row.place_id, row.name) for row in own] for site, own in by_first(rows).items()}


def whereabouts_of(reader: Reader, site_ids: Iterable[str], where: Scope) -> dict[str, list[Named]]:
    """The same, and of one that is in none of these places the cities where it is, else what is on record, however wide; one
    of which nothing is known is not there.
    """
    rows = nearest_places(reader, site_ids={*site_ids}, areas=_apart(where))
    return {
        site: [Named(row.place_id, row.name) for row in own if row.width == own[0].width]
        for site, own in by_first(rows).items()
    }


def _apart(where: Scope) -> tuple[str, ...]:
    """The areas that are told apart within the places asked for; none where these are everything, which has cities."""
    return () if where.is_everywhere else where.cities


def elsewhere(reader: Reader, node_ids: Iterable[str], where: Scope) -> set[str]:
    """Of some enterprises, plants, institutes, centres and places those that are not on record as being in the places asked
    for, themselves or with a plant.
    """
    rows = standing_in(reader, node_ids={*node_ids}, areas=where.areas, around=where.around)
    return {row.node_id for row in rows if not (row.is_here or row.has_plant_here)}
