"""How near enterprises are to some products by what they make themselves: density over the products near to these.

Proximity φ and density ω are those of `queries.algorithms.relatedness`, here for the surroundings of a few products: only
what is made beside them is read.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from queries.reader import Reader
from queries.sections import section


class _Maker(NamedTuple):
    product_id: str
    enterprise_id: str


class _Made(NamedTuple):
    enterprise_id: str
    product_id: str


class _MakerCount(NamedTuple):
    product_id: str
    makers: int


@section
def direct_makers(reader: Reader, *, product_ids: Sequence[str], min_confidence: float) -> list[_Maker]:
    """Who makes some products themselves."""


@section
def direct_products(reader: Reader, *, enterprise_ids: Sequence[str], min_confidence: float) -> list[_Made]:
    """What some enterprises make themselves."""


@section
def direct_maker_counts(reader: Reader, *, product_ids: Sequence[str], min_confidence: float) -> list[_MakerCount]:
    """How many make some products themselves."""


def densities(
    reader: Reader, product_ids: Collection[str], enterprise_ids: Collection[str], min_confidence: float = 0.0
) -> dict[str, dict[str, float]]:
    """ω = Σ φ of what an enterprise makes / Σ φ around each of some products, for each of some enterprises.

    Left out are products without any other near them, and enterprises that make nothing: there it is not known.
    """
    makers = defaultdict[str, list[str]](list)
    for product, enterprise in direct_makers(reader, product_ids=sorted(product_ids), min_confidence=min_confidence):
        makers[product].append(enterprise)
    everyone = sorted({*enterprise_ids, *(one for own in makers.values() for one in own)})
    made = defaultdict[str, list[str]](list)
    for enterprise, product in direct_products(reader, enterprise_ids=everyone, min_confidence=min_confidence):
        made[enterprise].append(product)
    beside = sorted({product for own in makers.values() for enterprise in own for product in made[enterprise]})
    counts = dict(direct_maker_counts(reader, product_ids=beside, min_confidence=min_confidence))
    asked = [enterprise for enterprise in sorted(enterprise_ids) if made[enterprise]]
    found = {}
    for product, own in makers.items():
        near = _proximities(product, own, made, counts)
        if whole := sum(near.values()):
            found[product] = {one: sum(near.get(thing, 0.0) for thing in made[one]) / whole for one in asked}
    return found


def _proximities(
    product: str, makers: Sequence[str], made: Mapping[str, Sequence[str]], counts: Mapping[str, int]
) -> dict[str, float]:
    """φ of a product to every other that one of its makers makes too: makers of both / the more of the makers of each."""
    together = Counter(other for enterprise in makers for other in made[enterprise] if other != product)
    return {other: number / max(len(makers), counts[other]) for other, number in together.items()}
