"""How near enterprises are to what is made: density over the products near to a product.

Proximity φ and density ω are those of `queries.algorithms.relatedness`, here for the surroundings of some products;
every record of who makes what itself counts, of whatever confidence.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple

from queries.reader import Reader
from queries.sections import Sections

_SECTIONS = Sections(__file__)


class _Near(NamedTuple):
    product_id: str
    other_id: str
    proximity: float


class _Made(NamedTuple):
    enterprise_id: str
    product_id: str


near_products = _SECTIONS.rows("near_products", _Near)
direct_products = _SECTIONS.rows("direct_products", _Made)


def densities(
    reader: Reader, product_ids: Collection[str], enterprise_ids: Collection[str]
) -> Mapping[str, Mapping[str, float]]:
    """ω = Σ φ of what an enterprise makes / Σ φ around the product, for each of some products and each of some enterprises.

    Left out are products without any other near them, and enterprises that make nothing: there it is not known.
    """
    around, made = defaultdict[str, dict[str, float]](dict), defaultdict[str, list[str]](list)
    for product, other, proximity in near_products(reader, product_ids=sorted(product_ids)):
        around[product][other] = proximity
    for enterprise, product in direct_products(reader, enterprise_ids=sorted(enterprise_ids)):
        made[enterprise].append(product)
    return {
        product: {
            enterprise: sum(others.get(thing, 0.0) for thing in things) / sum(others.values())
            for enterprise, things in made.items()
        }
        for product, others in around.items()
    }
