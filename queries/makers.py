"""Who makes a product, or a narrower kind of it, and the edges that say so."""

from collections.abc import Iterable
from itertools import groupby, pairwise
from typing import NamedTuple

from graph.model import edge_id
from graph.texts import Text
from queries.reader import Reader
from queries.scope import Scope
from queries.sections import Sections

_SECTIONS = Sections(__file__)


def maker_conventions(min_confidence: float = 0.0) -> list[Text]:
    """What an answer must say of whom it counts as a maker."""
    least = [Text("makers.least_confidence", least=min_confidence)] if min_confidence else []
    return [Text("makers.on_record"), *least]


HOME_CODE = "CHN"


def foreign_among(control_countries: Iterable[str | None]) -> tuple[int, int]:
    """How many of some are controlled from outside the mainland: those of which it is known, and with those that may be.

    >>> foreign_among(["JPN", "CHN", None]), foreign_among([])
    ((1, 2), (0, 0))
    """
    countries = list(control_countries)
    known = sum(country not in (None, HOME_CODE) for country in countries)
    return known, known + countries.count(None)


class Maker(NamedTuple):
    """A site where an enterprise makes a product, by the fewest steps: 0 where it makes the product itself.

    The site is a plant, else the enterprise itself; a plant without an operator on record is its own enterprise.
    """

    product_id: str
    enterprise_id: str
    site_id: str
    name: str
    made_id: str
    steps: int
    share: float | None
    group_id: str
    control_country: str | None
    is_here: bool
    is_placed: bool

    @property
    def is_at_plant(self) -> bool:
        """Whether it is made in a plant that the enterprise operates."""
        return self.site_id != self.enterprise_id

    @property
    def is_unplaced(self) -> bool:
        """Whether it may be here: its place is not known, or only one that an asked one lies in."""
        return not self.is_here and not self.is_placed


class _KindStep(NamedTuple):
    narrower_id: str
    broader_id: str
    edge_id: str


makers_of = _SECTIONS.rows("makers_of", Maker)
kinds_above = _SECTIONS.rows("kinds_above", _KindStep)
kinds_further_above = _SECTIONS.rows("kinds_further_above", _KindStep)


def makers_by_product(
    reader: Reader, product_ids: Iterable[str], scope: Scope, min_confidence: float = 0.0
) -> dict[str, list[Maker]]:
    """The makers of each product that has any, by id; each enterprise once, by a site of it that is here, else may be here."""
    return nearest(
        makers_of(
            reader, product_ids=set(product_ids), areas=scope.areas, around=scope.around,
            min_confidence=min_confidence,
        )
    )  # fmt: skip


def nearest(rows: Iterable[Maker]) -> dict[str, list[Maker]]:
    """Of the sites of makers the one of each that is here, else may be here, by product."""
    rows = sorted(rows, key=lambda row: (not row.is_here, not row.is_unplaced, row.steps, row.site_id, row.made_id))
    chosen = {(row.product_id, row.enterprise_id): row for row in reversed(rows)}
    ordered = sorted(chosen.values(), key=lambda row: (row.product_id, row.enterprise_id))
    return {product: list(group) for product, group in groupby(ordered, key=lambda row: row.product_id)}


class Kinds:
    """The KIND_OF edges above some products, to walk upwards."""

    def __init__(self, reader: Reader, product_ids: Iterable[str]) -> None:
        asked = set(product_ids)
        steps = kinds_above(reader, product_ids=asked) + kinds_further_above(reader, product_ids=asked)
        self._edge = {(step.narrower_id, step.broader_id): step.edge_id for step in sorted(steps)}
        self._above: dict[str, list[str]] = {}
        for narrower, broader in self._edge:
            self._above.setdefault(narrower, []).append(broader)

    def paths_up(self, narrower: str) -> dict[str, list[str]]:
        """The products that one is a kind of, itself among them, each with the products on the way up to it, both ends among
        them: by the fewest steps; of equals the least ids.
        """
        paths = {narrower: [narrower]}
        queue = [narrower]
        for here in queue:
            for there in self._above.get(here, ()):
                if there not in paths:
                    paths[there] = [*paths[here], there]
                    queue.append(there)
        return paths

    def path(self, narrower: str, broader: str) -> list[str]:
        """The products from a narrower one up to a broader one, both among them. Empty where the one is no kind of the other."""
        return self.paths_up(narrower).get(broader, [])

    def edges(self, narrower: str, broader: str) -> list[str]:
        """The ids of the edges of that path."""
        return [self._edge[pair] for pair in pairwise(self.path(narrower, broader))]


def maker_evidence(makers: Iterable[Maker], kinds: Kinds) -> list[str]:
    """The ids of the edges that say so: OPERATES of a plant, MAKES, and KIND_OF on the way up where a narrower product is made."""
    found: set[str] = set()
    for maker in makers:
        if maker.is_at_plant:
            found.add(edge_id("OPERATES", maker.enterprise_id, maker.site_id))
        found.add(edge_id("MAKES", maker.site_id, maker.made_id))
        found.update(kinds.edges(maker.made_id, maker.product_id))
    return sorted(found)


def kinds_of_makers(reader: Reader, makers: Iterable[Maker]) -> Kinds:
    """The KIND_OF edges above what the makers of a narrower kind make."""
    return Kinds(reader, {maker.made_id for maker in makers if maker.steps})
