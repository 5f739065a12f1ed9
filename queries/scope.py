"""What a question is about: nodes as people name them, and the places that are asked for."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple, TypeVar, cast

from pydantic import BeforeValidator, Field

from graph.derivations import CORRIDOR as CORRIDOR_AREA
from graph.derivations import EVERYWHERE as EVERYWHERE_AREA
from graph.errors import AmbiguousName, NotFound, UnknownName, UsageError
from graph.model import Node, Value, searchable
from graph.ontology import NODE_TYPE, label_of
from graph.statements import named_nodes_query, names_query, nodes_query
from graph.store import Cell
from graph.texts import Language, Text
from queries.reader import Reader, kept
from queries.sections import Sections, by_first

_SECTIONS = Sections(__file__)

CORRIDOR = "corridor"
"""What stands for the places of the corridor together where a place is asked for."""
EVERYWHERE = ("everywhere", "全部")
"""What stands for all places, known and unknown."""
_SEVERAL = re.compile("[、,，;；]")
_SEARCHED = tuple(label for label, kind in NODE_TYPE.items() if kind.is_searched)


def split_names(names: object) -> object:
    """Names as people write several in one cell: 苏州、杭州 or a,b."""
    if not isinstance(names, list | tuple):
        return names
    return [part.strip() for name in names for part in _SEVERAL.split(str(name)) if part.strip()]


T = TypeVar("T")
Several = Annotated[list[T], BeforeValidator(split_names)]
"""Several choices, also as people write them in one cell."""
Names = Several[str]
"""Several names, likewise."""
Places = Names
"""Places by id or name; none for the corridor, `everywhere` for all."""
ChainName = str
"""A chain by id or name; empty for all."""
Limit = Annotated[int, Field(ge=1, le=10_000)]
Fraction = Annotated[float, Field(ge=0, le=1)]
"""A part of a whole, or a weight, 0–1."""
Confidence = Fraction
"""The least confidence of a record of who makes what; not known counts 0."""


# --- nodes as people name them -----------------------------------------------------------------------------------------


class Named(NamedTuple):
    """A node that a name may mean."""

    id: str
    name: str


def find_one(reader: Reader, labels: Collection[str], what: str, text: str) -> Named:
    """The node of one of some labels with this id, key (the id without its prefix), name, alias, code or pinyin.

    A name goes before a code and pinyin. Raises `AmbiguousName`, with the choices, where several nodes have it;
    `UnknownName`, with the nearest names, where none has; `NotFound`, likewise, for an id; `UsageError` where it is one of
    another type.
    """
    found = _named(reader, tuple(labels), text)
    if len(found) > 1:
        raise AmbiguousName(text, called_each(reader, [one.id for one in found]))
    if not found:
        raise _not_there(reader, labels, what, text)
    return found[0]


def _not_there(reader: Reader, labels: Collection[str], what: str, text: str) -> UsageError:
    """Why no node of some labels has this id or name: it is one of another type, or there is none, with the nearest."""
    if label := label_of(text):
        found = [one.id for one in nodes(reader, [text])]
        missing: UsageError | None = None if found else NotFound(text, _every_name(reader, [label]))
    else:
        found = [one.id for one in _named(reader, _SEARCHED, text)]
        unknown = UnknownName(what, text, nodes=_every_name(reader, labels))
        missing = unknown if unknown.near or not found else None
    if missing is not None:
        return missing
    kind, wanted = NODE_TYPE[label_of(found[0]) or ""].text, [NODE_TYPE[one].text for one in labels]
    return UsageError(
        Text("errors.other_type", name=repr(text), called=called(reader, found[0]), kind=kind, wanted=wanted)
    )


def _every_name(reader: Reader, labels: Collection[str]) -> dict[str, tuple[str, Text]]:
    """What the nodes of some labels are called: by each of their names the id, and the name in either language."""
    found: dict[str, tuple[str, Text]] = {}
    for row in (row for label in labels for row in reader.fetch(names_query(label), {})):
        node_id, name_zh, name_en, short = (
            str(row.get(one) or "") for one in ("id", "name_zh", "name_en", "short_name")
        )
        aliases = row.get("aliases")
        key = node_id.partition(":")[2]
        names = {key, name_zh, name_en, short, *(aliases if isinstance(aliases, tuple) else ())} - {""}
        found |= dict.fromkeys(map(str, names), (node_id, Text.both(short or name_zh, name_en)))
    return found


def find_all(reader: Reader, labels: Collection[str], what: str, texts: Sequence[str]) -> list[Named]:
    """The node of each text, once, in their order. A text that no node is named may hold several names: 甲、乙.

    Raises as `find_one` does.
    """
    found: dict[str, Named] = {}
    for text in texts:
        parts = (
            [text] if _named(reader, tuple(labels), text) else [p.strip() for p in _SEVERAL.split(text) if p.strip()]
        )
        for one in (find_one(reader, labels, what, part) for part in parts or [text]):
            found[one.id] = one
    return list(found.values())


def find_node(reader: Reader, text: str, labels: Collection[str] = ()) -> Node:
    """The node of this id or name. Raises as `find_one` does."""
    if label_of(text):
        found = nodes(reader, [text])
        if not found or (labels and found[0].label not in labels):
            raise _not_there(reader, labels, "node", text)
        return found[0]
    named = find_one(reader, labels or _SEARCHED, "node", text)
    return nodes(reader, [named.id])[0]


def nodes(reader: Reader, ids: Collection[str]) -> list[Node]:
    """The nodes of these ids that exist, by id."""
    by_label: dict[str, list[str]] = {}
    for node_id in sorted(set(ids)):
        if label := label_of(node_id):
            by_label.setdefault(label, []).append(node_id)
    found = []
    for label, own in by_label.items():
        for row in reader.fetch(nodes_query(label), {"ids": own}):
            one, values = known_values(row)
            found.append(Node(one, label, values))
    return sorted(found, key=lambda node: node.id)


def known_values(row: Mapping[str, Cell]) -> tuple[str, dict[str, Value]]:
    """Of the columns of a node or an edge its id, and the properties that are known."""
    values = cast(dict[str, Value], {name: value for name, value in row.items() if value is not None})
    return str(values.pop("id")), values


def name_of(node: Node) -> str:
    """What people call a node: the short name where there is one, else the Chinese name."""
    return str(node.properties.get("short_name") or node.properties["name_zh"])


def called_each(reader: Reader, ids: Collection[str]) -> dict[str, Text]:
    """What people call the nodes of these ids that exist, in either language."""
    return {one.id: Text.both(*(one.name_in(language) for language in Language)) for one in nodes(reader, ids)}


def called(reader: Reader, node_id: str) -> Text:
    """What people call a node, in either language."""
    return called_each(reader, [node_id]).get(node_id, Text.both(node_id, ""))


@kept
def _named(reader: Reader, labels: tuple[str, ...], text: str) -> list[Named]:
    """The nodes that a text may mean, of the nearest sense in which it means any."""
    prefixes = {label: NODE_TYPE[label].prefix for label in labels}
    is_id = label_of(text) in prefixes
    keys = [text] if is_id else [f"{prefix}:{text}" for prefix in prefixes.values() if text.strip()]
    by_id = [Named(node.id, name_of(node)) for node in nodes(reader, keys)]
    normal = searchable(text)
    if is_id or not normal:
        return by_id
    rows = [
        row
        for row in reader.fetch(named_nodes_query(), {"whole": f"|{normal}|"})
        if label_of(str(row["node_id"])) in prefixes
    ]
    by_name, by_other = list[Named](), list[Named]()
    for row in rows:
        aliases = row["aliases"] if isinstance(row["aliases"], tuple) else ()
        names = (row["name_zh"], row["name_en"], row["short_name"], *aliases)
        is_name = any(searchable(str(name)) == normal for name in names if name)
        found = Named(str(row["node_id"]), str(row["short_name"] or row["name_zh"]))
        (by_name if is_name else by_other).append(found)
    return by_name or by_id or by_other


def chain_ids(reader: Reader, chain: str) -> list[str]:
    """The id of the chain of this name, as a list; empty where none is asked for. Raises as `find_one` does."""
    return [find_one(reader, ("Chain",), "chain", chain).id] if chain else []


class _Chain(NamedTuple):
    chain_id: str
    name_zh: str


every_chain = _SECTIONS.rows("every_chain", _Chain)


@kept
def all_chains(reader: Reader) -> list[tuple[str, str]]:
    """The id and name of every chain, to choose from."""
    return [(row.chain_id, row.name_zh) for row in every_chain(reader)]


products_of_no_chain = _SECTIONS.count("products_of_no_chain", "products")


def chains_leave_out(reader: Reader) -> list[Text]:
    """What an answer of all chains does not speak of: products that are part of none."""
    products = products_of_no_chain(reader)
    return [Text("scope.note.no_chain", products=products)] if products else []


class _Membership(NamedTuple):
    product_id: str
    chain_id: str
    name_zh: str


chain_memberships = _SECTIONS.rows("chain_memberships", _Membership)


def chains_of(reader: Reader, product_ids: Collection[str]) -> dict[str, list[Named]]:
    """The chains that each of some products is part of, by id; a product of none is not there."""
    rows = chain_memberships(reader, product_ids={*product_ids})
    return {product: [Named(row.chain_id, row.name_zh) for row in own] for product, own in by_first(rows).items()}


# --- places ------------------------------------------------------------------------------------------------------------


class _Wider(NamedTuple):
    place_id: str
    wider_id: str


class _Supplies(NamedTuple):
    area_id: str
    supplies: int


called_so = _SECTIONS.ids("called_so", "node_id")
corridor_places = _SECTIONS.ids("corridor_places", "place_id")
wider_places = _SECTIONS.rows("wider_places", _Wider)
city_areas = _SECTIONS.ids("city_areas", "area_id")
supplies_of = _SECTIONS.rows("supplies_of", _Supplies)


@dataclass(frozen=True, slots=True)
class Scope:
    """The places that a question is asked for.

    `areas` are what enterprises must be in to count as here, `cities` the areas that are told apart within; a place that
    lies in another asked one is not counted apart. `around`: the places that the asked ones lie in, by id: what is only
    known to be there may be here. `supplies` is what the cities supply in all.
    """

    areas: tuple[str, ...]
    cities: tuple[str, ...]
    around: tuple[str, ...]
    supplies: int
    is_everywhere: bool
    notes: tuple[Text, ...] = ()

    @property
    def places(self) -> list[str]:
        """The places that are told apart, by id."""
        return [place_of(area) for area in self.cities]

    @property
    def conventions(self) -> list[Text]:
        """What an answer must say of how places are counted."""
        return [*self.notes, Text("scope.everywhere" if self.is_everywhere else "scope.here")]


def scope(reader: Reader, places: Sequence[str]) -> Scope:
    """The places of these ids or names, `corridor` (also where none is named) for the nine, `everywhere` for all.

    Where the graph has no corridor, all places are meant, and the scope says so. Raises as `find_one` does.
    """
    return _scope(reader, tuple(places))


@kept
def _scope(reader: Reader, places: tuple[str, ...]) -> Scope:
    if any(name.lower() in EVERYWHERE for name in places):
        return _everywhere(reader)
    corridor = sorted(corridor_places(reader))
    asked: dict[str, None] = {}
    for name in places or (CORRIDOR,):
        is_corridor = name.lower() == CORRIDOR
        asked.update(dict.fromkeys(corridor if is_corridor else [find_one(reader, ("Place",), "place", name).id]))
    if not asked:
        return _everywhere(reader, Text("scope.no_corridor"))
    wider = wider_places(reader, place_ids=sorted(asked))
    outermost = sorted(asked.keys() - {row.place_id for row in wider if row.wider_id in asked})
    # Places in a circle lie in each other: then each counts.
    outermost = outermost or sorted(asked)
    around = {row.wider_id for row in wider if row.place_id in outermost} - set(outermost)
    areas = [area_of(place) for place in outermost]
    supplies = sum(row.supplies for row in supplies_of(reader, area_ids=areas))
    inside = [CORRIDOR_AREA] if sorted(asked) == corridor else areas
    return Scope(tuple(inside), tuple(areas), tuple(sorted(around)), supplies, False)


def _everywhere(reader: Reader, *notes: Text) -> Scope:
    cities = city_areas(reader)
    supplies = sum(row.supplies for row in supplies_of(reader, area_ids=cities))
    return Scope((EVERYWHERE_AREA,), tuple(cities), (), supplies, True, notes)


def area_of(place_id: str) -> str:
    """The id of the area that stands for a place.

    >>> area_of("place:320500")
    'area:320500'
    """
    return f"area:{place_id.partition(':')[2]}"


def place_of(area_id: str) -> str:
    """The id of the place that an area stands for.

    >>> place_of("area:320500")
    'place:320500'
    """
    return f"place:{area_id.partition(':')[2]}"
