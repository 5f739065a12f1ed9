"""Chains, their products and who makes them: what every question about a chain starts from, and the overview."""

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, Field

from graph.errors import UnknownName
from queries.measures import Links, reached
from queries.runner import Answer, Reader, Row, query, question

CORRIDOR = "corridor"
"""What stands for the nine places together where a place is asked for."""


def _split(names: object) -> object:
    """Names as people write several in one cell: 苏州、杭州 or a,b."""
    if not isinstance(names, list | tuple):
        return names
    return [part.strip() for name in names for part in re.split("[、,，;；]", str(name)) if part.strip()]


Places = Annotated[
    list[str],
    BeforeValidator(_split),
    Field(description="地区（编号或名称，可多个；空为走廊九城） places by id or name, empty for the corridor"),
]
ChainName = Annotated[str, Field(description="产业链（编号或名称；空为全部） chain by id or name, empty for all")]
Limit = Annotated[int, Field(ge=1, le=10_000, description="行数上限 rows at most")]


class ChainRow(Row):
    """A chain."""

    chain_id: str
    name_zh: str
    name_en: str | None
    aliases: list[str] | None


class PlaceRow(Row):
    """A place and one it directly belongs to."""

    place_id: str
    name_zh: str
    name_en: str | None
    aliases: list[str] | None
    in_corridor: bool | None
    parent_id: str | None


class ChainProduct(Row):
    """A product and a chain it is part of."""

    product_id: str
    name_zh: str
    name_en: str | None
    chain_id: str
    chain_name: str
    stage: str | None
    segment: str | None


class Maker(Row):
    """An enterprise that makes a product, and one place it is in."""

    product_id: str
    enterprise_id: str
    name_zh: str
    short_name: str | None
    place_id: str | None
    share: float | None
    status: str
    edge_id: str

    @property
    def name(self) -> str:
        """The name people use."""
        return self.short_name or self.name_zh


class ProductLink(Row):
    """One product that goes into another."""

    edge_id: str
    input_id: str
    product_id: str
    input_class: int | None


class NarrowerProduct(Row):
    """One product that is a kind of another."""

    edge_id: str
    narrower_id: str
    broader_id: str


class TechnologyNeed(Row):
    """A technology that a product needs."""

    edge_id: str
    product_id: str
    technology_id: str
    name_zh: str
    name_en: str | None
    field: str | None
    is_key: bool | None


@query("chains.cypher")
def all_chains(reader: Reader) -> list[ChainRow]:  # type: ignore[empty-body]
    """Every industrial chain, by id."""


@query("chains.cypher")
def all_places(reader: Reader) -> list[PlaceRow]:  # type: ignore[empty-body]
    """Every place, once for each place it directly belongs to."""


@query("chains.cypher")
def chain_products(reader: Reader, *, chain_ids: Sequence[str]) -> list[ChainProduct]:  # type: ignore[empty-body]
    """The products of the chains, of all chains where none is named."""


@query("chains.cypher")
def makers(reader: Reader, *, product_ids: Sequence[str]) -> list[Maker]:  # type: ignore[empty-body]
    """Who makes the products on record, once for each place the maker is in; of all products where none is named."""


@query("chains.cypher")
def product_links(reader: Reader) -> list[ProductLink]:  # type: ignore[empty-body]
    """Every direct input relation between two products; none of a product to itself."""


@query("chains.cypher")
def narrower_products(reader: Reader) -> list[NarrowerProduct]:  # type: ignore[empty-body]
    """Every direct relation of a narrower product to a broader one."""


@query("chains.cypher")
def technology_needs(reader: Reader) -> list[TechnologyNeed]:  # type: ignore[empty-body]
    """Every technology that a product needs."""


@dataclass(frozen=True, slots=True)
class Area:
    """The places that a question is asked for, with everything that lies in them.

    A place that lies in another of them is not counted apart.
    """

    name: str
    city_of: dict[str, str]

    def holds(self, place_id: str | None) -> bool:
        """Whether a place is one of them or lies in one."""
        return place_id in self.city_of

    def city(self, place_id: str | None) -> str | None:
        """Which of the asked places a place lies in; `None` where in none."""
        return self.city_of.get(place_id or "")


def area(reader: Reader, places: Sequence[str]) -> Area:
    """The places of these ids or names, `corridor` (also where none is named) for the nine.

    Raises `UnknownName`, with the nearest names.
    """
    rows = all_places(reader)
    asked = [place for name in (places or [CORRIDOR]) for place in _places_named(rows, name)]
    children: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.parent_id:
            children[row.parent_id].append(row.place_id)
    inner = {part for place_id in asked for part in reached(children, place_id)}
    city_of: dict[str, str] = {}
    for place_id in asked:
        if place_id not in inner:
            city_of |= dict.fromkeys((place_id, *reached(children, place_id)), place_id)
    return Area("、".join(places) if places else CORRIDOR, city_of)


def _places_named(rows: Iterable[PlaceRow], name: str) -> list[str]:
    rows = list(rows)
    if name == CORRIDOR:
        return sorted({row.place_id for row in rows if row.in_corridor})
    return [_named("place", name, ((r.place_id, r.name_zh, r.name_en, r.aliases) for r in rows))]


def chain_ids(reader: Reader, chain: str) -> list[str]:
    """The id of the chain of an id or name, in a list that is empty for no name. Raises `UnknownName`."""
    if not chain:
        return []
    rows = all_chains(reader)
    return [_named("chain", chain, ((r.chain_id, r.name_zh, r.name_en, r.aliases) for r in rows))]


def _named(what: str, name: str, things: Iterable[tuple[str, str, str | None, list[str] | None]]) -> str:
    """The id of the thing that has this id, key (the id without its prefix), name or alias."""
    known: dict[str, str] = {}
    for thing_id, name_zh, name_en, aliases in things:
        for text in (thing_id, thing_id.partition(":")[2], name_zh, name_en, *(aliases or [])):
            if text:
                known.setdefault(text.lower(), thing_id)
    if name.lower() not in known:
        raise UnknownName(what, name, known)
    return known[name.lower()]


def downstream_links(links: Iterable[ProductLink]) -> Links:
    """For each product, the products it goes into."""
    found: dict[str, list[str]] = defaultdict(list)
    for link in links:
        found[link.input_id].append(link.product_id)
    return found


@dataclass(frozen=True, slots=True)
class CountedMaker:
    """An enterprise that counts as a maker of a product, the asked places it is in, and the edges that say so.

    `through` are the products from what it makes to the product: one, or several where it makes a narrower kind.
    `edge_ids` join the enterprise and these, in that order. `share` is that in the product itself, so it is not known
    for a maker of a narrower kind. `place_ids` is empty where no place is known.
    """

    enterprise_id: str
    name: str
    place_ids: tuple[str, ...]
    cities: frozenset[str]
    share: float | None
    through: tuple[str, ...]
    edge_ids: tuple[str, ...]

    @property
    def is_by_narrower(self) -> bool:
        """Whether it counts only because it makes a narrower kind."""
        return len(self.through) > 1


@dataclass(frozen=True, slots=True)
class Making:
    """Who makes what, inside an area and anywhere. A maker of a narrower product counts for the broader one too."""

    everywhere: dict[str, dict[str, CountedMaker]]
    inside: dict[str, dict[str, CountedMaker]]


def making(reader: Reader, where: Area) -> Making:
    """Makers on record by product, each enterprise once: for what it makes itself, else for the nearest narrower kind."""
    broader = _broader(narrower_products(reader))
    of_maker: dict[tuple[str, str], list[Maker]] = defaultdict(list)
    for row in makers(reader, product_ids=[]):
        of_maker[row.product_id, row.enterprise_id].append(row)
    everywhere: dict[str, dict[str, CountedMaker]] = defaultdict(dict)
    for rows in of_maker.values():
        made = rows[0].product_id
        for through, edge_ids in ((made,), ()), *broader.get(made, ()):
            counted = _counted(rows, where, through, edge_ids)
            of_product = everywhere[through[-1]]
            known = of_product.get(counted.enterprise_id)
            if known is None or _nearness(counted) < _nearness(known):
                of_product[counted.enterprise_id] = counted
    inside = {
        product_id: {key: maker for key, maker in of_product.items() if maker.cities}
        for product_id, of_product in everywhere.items()
    }
    return Making(dict(everywhere), inside)


def _counted(rows: Sequence[Maker], where: Area, through: tuple[str, ...], edge_ids: tuple[str, ...]) -> CountedMaker:
    """A maker of `through[0]`, one row a place, as a maker of the last of `through`."""
    first = rows[0]
    place_ids = tuple(row.place_id for row in rows if row.place_id)
    return CountedMaker(
        enterprise_id=first.enterprise_id,
        name=first.name,
        place_ids=place_ids,
        cities=frozenset(city for city in map(where.city, place_ids) if city),
        share=first.share if len(through) == 1 else None,
        through=through,
        edge_ids=(first.edge_id, *edge_ids),
    )


def _nearness(maker: CountedMaker) -> tuple[int, str]:
    return (len(maker.through), maker.through[0])


Way = tuple[tuple[str, ...], tuple[str, ...]]
"""From a product up to a broader one: the products on the way, both among them, and the edges between them."""


def _broader(rows: Iterable[NarrowerProduct]) -> dict[str, list[Way]]:
    """For each product the shortest ways up, one to each broader product; of equals the first by ids."""
    direct: dict[str, list[NarrowerProduct]] = defaultdict(list)
    for row in rows:
        direct[row.narrower_id].append(row)
    return {product_id: _ways_up(direct, product_id) for product_id in list(direct)}


def _ways_up(direct: Mapping[str, Sequence[NarrowerProduct]], start: str) -> list[Way]:
    """Breadth first. Rows stand in the order of their ids, so the first way found to a product is the first by ids."""
    ways: dict[str, Way] = {start: ((start,), ())}
    queue = deque([start])
    while queue:
        through, edge_ids = ways[queue.popleft()]
        for row in direct.get(through[-1], ()):
            if row.broader_id not in ways:
                ways[row.broader_id] = ((*through, row.broader_id), (*edge_ids, row.edge_id))
                queue.append(row.broader_id)
    del ways[start]
    return list(ways.values())


class ChainOverview(Row):
    """A chain and how much of it is on record."""

    table = (
        "name_zh",
        "products",
        "with_maker",
        "with_local_maker",
        "coverage",
        "local_makers",
        "technologies",
        "key_technologies",
    )

    chain_id: str = Field(description="id of the chain")
    name_zh: str = Field(description="产业链")
    name_en: str | None = Field(description="industrial chain")
    products: int = Field(description="产品数 products of the chain")
    with_maker: int = Field(description="有生产者记录 products with a maker on record anywhere")
    with_local_maker: int = Field(description="区内有生产者 products with a maker on record in the places asked for")
    coverage: float | None = Field(
        description="区内覆盖率 with_local_maker / products; null for a chain of no products"
    )
    local_makers: int = Field(description="区内企业数 enterprises of the places that make a product of the chain")
    technologies: int = Field(description="关联技术 technologies that its products need")
    key_technologies: int = Field(description="其中卡脖子技术 of these on the chokepoint list")
    evidence_ids: list[str] = Field(description="ids of nodes that the row rests on")


class ChainsAnswer(Answer):
    """The chains."""

    rows: list[ChainOverview]


@question(zh="产业链概览", en="Industrial chains")
def chains(
    reader: Reader,
    *,
    places: Places = [],
) -> ChainsAnswer:
    """每条产业链有多少产品、其中多少在区内有生产者记录。 What each chain holds and how much of it is on record."""
    where = area(reader, places)
    found = making(reader, where)
    products: dict[str, set[str]] = defaultdict(set)
    for product in chain_products(reader, chain_ids=[]):
        products[product.chain_id].add(product.product_id)
    needs = technology_needs(reader)
    rows = [_overview(chain, products[chain.chain_id], found, needs) for chain in all_chains(reader)]
    return ChainsAnswer(
        question="", parameters={}, rows=rows, looked_at=len(rows), looked_at_what="产业链 chains",
        conventions=[MAKER_CONVENTION],
    )  # fmt: skip


MAKER_CONVENTION = (
    "“有记录”指数据中有企业生产它或其细分产品的记录；没有记录不等于没有企业生产。 "
    "On record means that the data name an enterprise that makes it or a narrower kind; no record is not 'none'."
)


def _overview(chain: ChainRow, products: set[str], found: Making, needs: list[TechnologyNeed]) -> ChainOverview:
    local = [p for p in products if found.inside.get(p)]
    technologies = {need.technology_id: bool(need.is_key) for need in needs if need.product_id in products}
    return ChainOverview(
        chain_id=chain.chain_id,
        name_zh=chain.name_zh,
        name_en=chain.name_en,
        products=len(products),
        with_maker=sum(1 for p in products if found.everywhere.get(p)),
        with_local_maker=len(local),
        coverage=len(local) / len(products) if products else None,
        local_makers=len({maker for p in local for maker in found.inside[p]}),
        technologies=len(technologies),
        key_technologies=sum(technologies.values()),
        evidence_ids=[chain.chain_id, *sorted(products)],
    )
