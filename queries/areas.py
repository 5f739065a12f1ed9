"""Places, chains and products as people name them: which part of the graph a question is about."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import numpy as np
from pydantic import BeforeValidator, Field

from queries.algorithms.arrays import BoolArray, IntArray
from queries.algorithms.structure import trace
from queries.facts import Links, links, named, number_of, things
from queries.reader import Reader, kept

CORRIDOR = "corridor"
"""What stands for the nine places together where a place is asked for."""
EVERYWHERE = ("everywhere", "全部")
"""What stands for all places, known and unknown."""


def split_names(names: object) -> object:
    """Names as people write several in one cell: 苏州、杭州 or a,b."""
    if not isinstance(names, list | tuple):
        return names
    return [part.strip() for name in names for part in re.split("[、,，;；]", str(name)) if part.strip()]


Places = Annotated[
    list[str],
    BeforeValidator(split_names),
    Field(
        description="地区（编号或名称，可多个；空为走廊九城，“全部”为不限地区） places by id or name, empty for the corridor, "
        "everywhere for all"
    ),
]
Names = Annotated[list[str], BeforeValidator(split_names)]
"""Several names, also as people write them in one cell; a question says of what by a `Field` around it."""
ChainName = Annotated[str, Field(description="产业链（编号或名称；空为全部） chain by id or name, empty for all")]
Limit = Annotated[int, Field(ge=1, le=10_000, description="行数上限 rows at most")]


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """The places that a question is asked for, with everything that lies in them.

    `city_of[p]` is the number of the asked place that place p is or lies in, −1 where in none; a place that lies in
    another asked one is not counted apart. `is_around[p]`: an asked place lies in p. Everywhere, the cities are the
    prefectures, and places in none stand for themselves.
    """

    name: str
    city_of: IntArray
    is_around: BoolArray
    is_everywhere: bool

    @property
    def conventions(self) -> list[str]:
        """What an answer must say of how places are counted."""
        if self.is_everywhere:
            return [
                "不限地区：所有企业都算，地点未知的也算。 All places: every enterprise counts, those of unknown place too."
            ]
        return [
            "企业在所问地区内，须有地点记录；只知在其上级地区（如只知在上海市）的不计入，另列为地点未定。 An enterprise counts as in the places "
            "where its record says so; one only known to be in a wider place (上海 for 松江) does not and is shown as of unknown place."
        ]


def area(reader: Reader, places: Sequence[str]) -> Area:
    """The places of these ids or names, `corridor` (also where none is named) for the nine, `everywhere` for all.

    Of the same places it is the same area. Raises `UnknownName`, with the nearest names.
    """
    return _area(reader, tuple(places))


@kept
def _area(reader: Reader, places: tuple[str, ...]) -> Area:
    nodes, inside = things(reader, "Place"), links(reader, "PART_OF", "Place", "Place")
    if any(name.lower() in EVERYWHERE for name in places):
        return _everywhere(reader)
    asked = np.unique([number for name in places or [CORRIDOR] for number in _numbers(reader, name)]).astype(np.int64)
    if not len(asked):
        return _everywhere(reader)
    around = trace(inside.forward, asked)
    is_around = np.zeros(len(nodes), np.bool_)
    is_around[around.nodes[around.tier > 0]] = True
    city_of = np.full(len(nodes), -1, np.int64)
    for city in asked:
        within = trace(inside.backward, [city]).nodes
        is_inner = np.isin(asked, within[within != city])
        asked = asked[~is_inner] if is_inner.any() else asked
    for city in asked:
        city_of[trace(inside.backward, [city]).nodes] = city
    return Area("、".join(places) if places else CORRIDOR, city_of, is_around & (city_of < 0), False)


def _numbers(reader: Reader, name: str) -> Sequence[int]:
    if name.lower() == CORRIDOR:
        return np.flatnonzero(things(reader, "Place").is_true("in_corridor")).tolist()
    return [number_of(reader, "Place", "place", name)]


def _everywhere(reader: Reader) -> Area:
    return Area(EVERYWHERE[1], places_at(reader, Level.CITY), np.zeros(len(things(reader, "Place")), np.bool_), True)


class Level(StrEnum):
    """Which places are told apart."""

    CITY = "city"
    PROVINCE = "province"
    COUNTRY = "country"


_MUNICIPALITIES = ("place:110000", "place:120000", "place:310000", "place:500000")
"""Provinces that are a city themselves (直辖市)."""
HOME = "中国"
"""The country of places with a code of GB/T 2260 that lie in none on record."""


@kept
def places_at(reader: Reader, level: Level) -> IntArray:
    """For each place the number of the one of a level that it is or lies in; −1 where none is known.

    A city is a prefecture or a municipality (直辖市: 松江 is in the city 上海), else the district itself. A place with a code
    of GB/T 2260 that lies in no country on record lies in `HOME`, whose number is how many places there are where it has
    no node.
    """
    inside = links(reader, "PART_OF", "Place", "Place")
    nodes = inside.tails
    numbers = np.arange(len(nodes))
    level_of = np.array(nodes.texts("level", numbers), dtype=object)
    wanted = level_of == ("prefecture" if level is Level.CITY else level.value)
    if level is Level.CITY:
        municipalities = nodes.numbers(_MUNICIPALITIES)
        wanted[municipalities[municipalities >= 0]] = True
    found = _nearest_above(inside, wanted)
    if level is Level.CITY:
        found = np.where((found < 0) & (level_of == "district"), numbers, found)
    if level is Level.COUNTRY:
        has_code = np.array([re.fullmatch(r"place:\d{6}", id_) is not None for id_ in nodes.ids(numbers)], np.bool_)
        found = np.where((found < 0) & has_code, named(reader, "Place").get(HOME, len(nodes)), found)
    return found


_MOST_LEVELS = 8


def _nearest_above(inside: Links, wanted: BoolArray) -> IntArray:
    """The nearest wanted place that each place is or lies in, −1 where there is none."""
    parent = np.full(len(wanted), -1, np.int64)
    parent[inside.tail] = inside.head
    found, here = np.full(len(wanted), -1, np.int64), np.arange(len(wanted))
    for _ in range(_MOST_LEVELS):
        is_at = (found < 0) & (here >= 0) & wanted[here]
        found[is_at] = here[is_at]
        here = np.where(here >= 0, parent[here], -1)
    return found


def chosen_products(reader: Reader, chain: str) -> IntArray:
    """The numbers of the products of a chain, of all products where none is named. Raises `UnknownName`."""
    if not chain:
        return np.arange(len(things(reader, "Product")))
    membership = links(reader, "PART_OF", "Product", "Chain")
    return np.unique(membership.tail[membership.head == number_of(reader, "Chain", "chain", chain)])
