"""In which city a place is, wherever places are asked for: by prefecture, in a municipality by district."""

from collections.abc import Iterable
from typing import NamedTuple

from queries.reader import Reader
from queries.sections import Sections

_SECTIONS = Sections(__file__)


class City(NamedTuple):
    """The city of a place. It is wide where a part of it is of another city: then which of them is not known."""

    place_id: str
    city_id: str
    is_wide: bool


cities = _SECTIONS.rows("cities", City)


def cities_by_place(reader: Reader, place_ids: Iterable[str]) -> dict[str, City]:
    """The city of each place."""
    asked = sorted(set(place_ids))
    return {row.place_id: row for row in cities(reader, place_ids=asked)} if asked else {}
