"""Where a chain has gaps: products that nobody in the places makes, that rest on one maker, that are concentrated."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import numpy as np
from pydantic import Field
from scipy.sparse import coo_array

from queries.algorithms.arrays import BoolArray, FloatArray, IntArray, first_places
from queries.algorithms.concentration import hhi_flip_margins
from queries.algorithms.relatedness import revealed_comparative_advantage, specialisation
from queries.areas import Area, ChainName, Limit, Places, area, chosen_products
from queries.facts import counted, links, links_at, number_of, of_node, or_none, things, yes_no
from queries.making import (
    MAKER_CONVENTION,
    Located,
    Makers,
    downstream_counts,
    evidence_of_makers,
    located,
    makers,
    per_pair,
)
from queries.runner import Answer, Reader, Row, cut_note, kept, question

SHARE_BELOW, HHI_ABOVE = 0.3, 0.4
"""The thresholds of the verdicts where none are given."""
ESSENTIAL = 2
"""The `input_class` of an input without which the product cannot be made."""


class Verdict(StrEnum):
    """What is said of a product, the gravest first."""

    MISSING = "missing"
    SINGLE_SOURCE = "single_source"
    WEAK = "weak"
    CONCENTRATED = "concentrated"
    NOT_ON_RECORD = "not_on_record"
    STRONG = "strong"
    SUPPLIED = "supplied"

    @property
    def zh(self) -> str:
        """Its Chinese name."""
        return VERDICT_ZH[self]


VERDICT_ZH = {
    Verdict.MISSING: "缺链",
    Verdict.SINGLE_SOURCE: "断链风险",
    Verdict.WEAK: "弱链",
    Verdict.CONCENTRATED: "集中",
    Verdict.NOT_ON_RECORD: "未见记录",
    Verdict.STRONG: "强链",
    Verdict.SUPPLIED: "有供给",
}
_GAPS = (Verdict.MISSING, Verdict.SINGLE_SOURCE, Verdict.WEAK, Verdict.CONCENTRATED, Verdict.NOT_ON_RECORD)
_GRAVITY = {verdict: number for number, verdict in enumerate(Verdict)}


_NAMED = 20
"""Makers named and cited in a row; all are counted."""


class Gap(Row):
    """A product, the verdict on it, and what the verdict rests on."""

    table = (
        "name_zh",
        "chains",
        "verdict_zh",
        "maker_names",
        "makers",
        "makers_elsewhere",
        "makers_unplaced",
        "is_essential",
        "downstream",
        "flip_margin",
    )
    bar = "downstream"

    product_id: str = Field(description="id of the product")
    name_zh: str = Field(description="产品")
    name_en: str | None = Field(description="product")
    chains: list[str] = Field(description="产业链 chains that it is part of, of those asked for")
    stages: list[str] = Field(description="环节 the stages it has in them, as far as known")
    verdict: Verdict = Field(description="判定代码 verdict")
    verdict_zh: str = Field(description="判定 verdict, in Chinese")
    is_essential: bool | None = Field(
        description="是否关键投入 whether a product needs it as an essential input; null where no input class is known"
    )
    makers: int = Field(description="区内生产者 makers on record in the places")
    makers_elsewhere: int = Field(
        description="区外生产者 makers on record elsewhere, those of unknown place among them"
    )
    makers_unplaced: int = Field(
        description="其中地点未定 of these, makers that may be in the places: their place is not known, or not closely enough"
    )
    by_narrower: int = Field(description="其中仅生产细分品 of the makers here, those of a narrower product only")
    cities: int = Field(description="生产城市数 places that makers are in")
    hhi: float | None = Field(
        description="集中度 HHI of the makers here; the least possible where shares are not known"
    )
    is_hhi_exact: bool | None = Field(description="HHI 是否由已知份额算得 whether all shares are known")
    local_share: float | None = Field(description="区内份额 share of the places in supply; null where not known")
    needed_by: int = Field(description="直接下游 products it goes into directly")
    downstream: int = Field(
        description="全部下游 products it goes into, through any number of steps; counted up to 1000"
    )
    flip_margin: int | None = Field(
        description="翻转余量 the least number of makers more on record (or fewer, if negative) that changes the verdict; "
        "null where shares decide"
    )
    share_flip_margin: float | None = Field(
        description="份额翻转余量 how far one maker's share must move to change the verdict by HHI; null where counts decide"
    )
    would_change: str = Field(description="何种证据会改变判定 which evidence would change the verdict")
    maker_names: list[str] = Field(
        description="生产者 makers here, or elsewhere where there is none here; the first 20 by id"
    )
    evidence_ids: list[str] = Field(description="ids of the nodes and edges that the verdict rests on")


class GapsAnswer(Answer):
    """The gaps."""

    rows: list[Gap]
    counts: dict[Verdict, int] = Field(description="how many of the products looked at have each verdict")
    by_chain: dict[str, dict[Verdict, int]] = Field(
        description="the same for each chain, a product in each of its chains"
    )
    by_place: dict[str, int] = Field(description="for each place, how many of the products somebody there makes")


@question(zh="断链与缺口", en="Gaps in chains")
def gaps(
    reader: Reader,
    *,
    chain: ChainName = "",
    places: Places = [],
    verdicts: Annotated[
        list[Verdict], Field(description="只列这些判定（空为各类缺口） verdicts, empty for all gaps")
    ] = [],
    share_below: Annotated[
        float, Field(ge=0, le=1, description="弱链份额阈值 weak where the local share is below")
    ] = SHARE_BELOW,
    hhi_above: Annotated[
        float, Field(ge=0, le=1, description="集中度阈值 concentrated where HHI is above")
    ] = HHI_ABOVE,
    limit: Limit = 50,
) -> GapsAnswer:
    """哪些环节区内无人生产、只靠一家、或过于集中。 Which links nobody here makes, rest on one maker, are concentrated."""
    where = area(reader, places)
    chosen = chosen_products(reader, chain)
    found = judged(reader, where, share_below, hhi_above)
    asked = [_GRAVITY[verdict] for verdict in verdicts or _GAPS]
    shown = chosen[np.isin(found.verdict[chosen], asked)]
    best = gravest_first(reader, found, shown, limit)
    counts, by_chain = counted(found.verdict[chosen], Verdict), _by_chain(reader, found.verdict, chosen)
    return GapsAnswer(
        question="", parameters={}, rows=[_gap(reader, found, int(p), chain) for p in best],
        counts=counts, by_chain=by_chain, by_place=_by_place(reader, found, chosen),
        looked_at=len(chosen), looked_at_what="产品 products",
        conventions=_conventions(where, share_below, hhi_above),
        notes=_notes(len(shown), limit, len(chosen), chain),
    )  # fmt: skip


def _by_chain(reader: Reader, verdict: IntArray, chosen: IntArray) -> dict[str, dict[Verdict, int]]:
    membership = links(reader, "PART_OF", "Product", "Chain")
    is_chosen = np.zeros(len(verdict), np.bool_)
    is_chosen[chosen] = True
    keep = is_chosen[membership.tail] if len(membership) else np.zeros(0, np.bool_)
    chains, product = membership.head[keep], membership.tail[keep]
    names = membership.heads.names(np.unique(chains))
    return {
        name: counted(verdict[product[chains == number]], Verdict)
        for name, number in zip(names, np.unique(chains), strict=True)
    }


def _by_place(reader: Reader, found: "Judged", chosen: IntArray) -> dict[str, int]:
    is_chosen = np.isin(found.supply.made_product, chosen)
    numbers, counts = np.unique(found.supply.made_city[is_chosen], return_counts=True)
    order = np.argsort(-counts, kind="stable")[:_NAMED]
    names = things(reader, "Place").names(numbers[order])
    return dict(zip(names, counts[order].tolist(), strict=True))


def _conventions(where: Area, share_below: float, hhi_above: float) -> list[str]:
    return [
        MAKER_CONVENTION,
        "缺链：区内无生产者记录，而区外有，且其地点都已知；未见记录：没有生产者记录，或生产者的地点未定，不能断言区内没有。 "
        "missing: no maker on record here but some elsewhere, all of known place; not_on_record: none on record, or one "
        "whose place is not known closely enough to say that it is not here.",
        *where.conventions,
        "终端产品视为市场所需，同样判定。 End products count as needed by the market and are judged alike.",
        "断链风险：区内恰有一家；其上游的单一来源见“断点与割集”。 single_source: exactly one maker on record here; single sources "
        "further up are found by the question cuts.",
        f"集中：关键投入且 HHI > {hhi_above:g}；份额未知时取可能的最小值 1/家数。弱链：另外区内份额已知且 < {share_below:g}。 "
        f"concentrated: an essential input with HHI > {hhi_above:g}, its least value 1/makers where shares are not "
        f"known; weak: besides, a known local share < {share_below:g}.",
        "强链：至少两城 RCA ≥ 1（按生产者记录数）。 strong: RCA ≥ 1 in two places or more, on counts of makers.",
    ]


def _notes(found: int, limit: int, chosen: int, chain: str) -> list[str]:
    if not chosen:
        is_of_chain = "该产业链没有产品记录。 The chain has no product on record."
        return [is_of_chain if chain else "图中没有产品。 The graph has no product."]
    return cut_note(found, limit)


# --- verdicts on all products at once ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Supplied:
    """Every product (by number) with what verdicts are made of, thresholds apart; NaN where not known."""

    here: IntArray
    anywhere: IntArray
    unplaced: IntArray
    by_narrower: IntArray
    cities: IntArray
    index: FloatArray
    is_exact: BoolArray
    local_share: FloatArray
    is_essential: IntArray  # 1 yes, 0 no, −1 not known
    made_product: IntArray  # with `made_city`: every product and asked city where somebody makes it
    made_city: IntArray
    is_strong: BoolArray  # RCA ≥ 1 in two cities
    is_inside: BoolArray  # of enterprises


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Every product with its verdict, a place in `Verdict`."""

    verdict: IntArray
    supply: Supplied
    hhi_above: float


def judged(reader: Reader, where: Area, share_below: float = SHARE_BELOW, hhi_above: float = HHI_ABOVE) -> Judged:
    """The verdict on every product."""
    found = _supplied(reader, where)
    here = found.here
    is_over = (found.is_essential == 1) & (found.index > hhi_above)
    is_below = found.local_share < share_below  # not so where it is NaN
    is_missing = (here == 0) & (found.anywhere > 0) & (found.unplaced == 0)
    verdict = np.select(
        [is_missing, here == 0, here == 1, is_over & is_below, is_over, found.is_strong],
        [_GRAVITY[v] for v in (Verdict.MISSING, Verdict.NOT_ON_RECORD, Verdict.SINGLE_SOURCE, Verdict.WEAK,
                               Verdict.CONCENTRATED, Verdict.STRONG)],
        _GRAVITY[Verdict.SUPPLIED],
    )  # fmt: skip
    return Judged(verdict, found, hhi_above)


def gravest_first(reader: Reader, found: Judged, products: IntArray, most: int | None = None) -> IntArray:
    """Products as a planner should look at them: the gravest verdict, essential, much depended on; the first `most`."""
    is_essential = found.supply.is_essential[products] == 1
    keys = (found.verdict[products], ~is_essential, -downstream_counts(reader)[products], products)
    return products[first_places(keys, len(products) if most is None else most)]


@kept
def _supplied(reader: Reader, where: Area) -> Supplied:
    found, places = makers(reader), located(reader, "Enterprise", where)
    products = len(found.makes.heads)
    local = places.is_inside[found.enterprise]

    def count(of: BoolArray) -> IntArray:
        return np.bincount(found.product[of], minlength=products)

    here = count(local)
    made_product, made_city, is_strong = _made_in(found, places, local)
    return Supplied(
        here, np.diff(found.start), count(places.may_be_inside[found.enterprise]), count(local & (found.steps > 0)),
        np.bincount(made_product, minlength=products), *_concentration(found, local, here),
        essential(reader), made_product, made_city, is_strong, places.is_inside,
    )  # fmt: skip


def _concentration(found: Makers, local: BoolArray, here: IntArray) -> tuple[FloatArray, BoolArray, FloatArray]:
    """HHI of the makers here (the least possible where a share is not known), whether it is exact, and their share."""
    share = np.where(found.steps == 0, found.makes.floats("share")[found.link], np.nan)
    is_known = local & ~np.isnan(share)
    size = len(here)
    known = np.bincount(found.product[is_known], minlength=size)
    total = np.bincount(found.product[is_known], share[is_known], minlength=size)
    squares = np.bincount(found.product[is_known], share[is_known] ** 2, minlength=size)
    are_all_known = (here > 0) & (known == here)
    is_exact = are_all_known & (total > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        index = np.where(is_exact, squares / total**2, np.where(here > 0, 1 / here, np.nan))
    return index, is_exact, np.where(are_all_known, total, np.nan)


def _made_in(found: Makers, places: Located, local: BoolArray) -> tuple[IntArray, IntArray, BoolArray]:
    """Every product and asked city where somebody makes it, and which products are strong: RCA ≥ 1 in two cities."""
    at, city = per_pair(places, found.enterprise[local])
    product = found.product[local][at]
    products = len(found.makes.heads)
    is_strong = np.zeros(products, np.bool_)
    if not len(product):
        return product, city, is_strong
    cities, row = np.unique(city, return_inverse=True)
    made = coo_array((np.ones(len(product)), (row, product)), (len(cities), products)).tocsr()
    columns = np.unique(product)
    advantage = specialisation(revealed_comparative_advantage(made[:, columns]))
    is_strong[columns] = advantage.sum(axis=0) >= 2
    pair = made.tocoo()
    return pair.col.astype(np.int64), cities[pair.row], is_strong


@kept
def essential(reader: Reader) -> IntArray:
    """Of each product whether some product needs it as an essential input: 1 yes, 0 no, −1 where no class is known."""
    inputs = links(reader, "INPUT_OF", "Product", "Product")
    found = np.full(len(inputs.tails), -1, np.int64)
    class_ = inputs.floats("input_class")
    found[inputs.tail[~np.isnan(class_)]] = 0
    found[inputs.tail[class_ == ESSENTIAL]] = 1
    return found


# --- rows ------------------------------------------------------------------------------------------------------------


def _gap(reader: Reader, found: Judged, product: int, chain: str) -> Gap:
    supply = found.supply
    products, making = things(reader, "Product"), makers(reader)
    inputs = links(reader, "INPUT_OF", "Product", "Product")
    verdict = list(Verdict)[found.verdict[product]]
    pairs = np.arange(*making.of(product).indices(len(making.product))[:2])
    local = pairs[supply.is_inside[making.enterprise[pairs]]]
    named = (local if len(local) else pairs)[:_NAMED]
    uses = of_node(inputs.forward, product)
    number = np.array([product])
    here, is_essential = int(supply.here[product]), yes_no(supply.is_essential[product])
    is_exact = bool(supply.is_exact[product])
    shares = making.makes.floats("share")[making.link[local]] if is_exact else None
    membership = _membership(reader, product, chain)
    flip = _flip_margin(verdict, here, is_exact, is_essential, found.hhi_above)
    return Gap(
        product_id=products.id(product),
        name_zh=products.name(product),
        name_en=products.texts("name_en", number)[0],
        chains=membership[0],
        stages=membership[1],
        verdict=verdict,
        verdict_zh=VERDICT_ZH[verdict],
        is_essential=is_essential,
        makers=here,
        makers_elsewhere=int(supply.anywhere[product]) - here,
        makers_unplaced=int(supply.unplaced[product]),
        by_narrower=int(supply.by_narrower[product]),
        cities=int(supply.cities[product]),
        hhi=or_none(supply.index[product]),
        is_hhi_exact=is_exact if here else None,
        local_share=or_none(supply.local_share[product]),
        needed_by=int(links_at(inputs.forward, number)[0]),
        downstream=int(downstream_counts(reader)[product]),
        flip_margin=flip,
        share_flip_margin=_share_flip(shares, here, is_essential, found.hhi_above),
        would_change=_would_change(verdict, flip),
        maker_names=sorted(making.makes.tails.names(making.enterprise[named])),
        evidence_ids=[
            products.id(product),
            *evidence_of_makers(reader, making, named.tolist()),
            *sorted(inputs.ids(uses[:_CITED])),
        ],
    )


_CITED = 100
"""Uses cited in a row; all are counted."""


def _membership(reader: Reader, product: int, chain: str) -> tuple[list[str], list[str]]:
    """The chains that a product is part of, of those asked for, and its stages in them."""
    membership = links(reader, "PART_OF", "Product", "Chain")
    own = of_node(membership.forward, product)
    if chain:
        own = own[membership.head[own] == number_of(reader, "Chain", "chain", chain)]
    stages = membership.table["stage"].take(own).to_pylist()
    return membership.heads.names(membership.head[own]), list(dict.fromkeys(s for s in stages if s))


def _flip_margin(
    verdict: Verdict, here: int, is_exact: bool, is_essential: bool | None, hhi_above: float
) -> int | None:
    """The least number of makers more (fewer, if negative) on record that changes the verdict, RCA left aside.

    Of equals the gain. `None` where shares decide the verdict.
    """
    if verdict in (Verdict.MISSING, Verdict.NOT_ON_RECORD, Verdict.SINGLE_SOURCE):
        return 1
    if is_exact and is_essential:
        return None
    to_one = 1 - here
    if not is_essential or not hhi_above:
        return to_one
    enough = math.ceil(1 / hhi_above)
    to_other_side = enough - here if here < enough else enough - 1 - here
    return min(to_other_side, to_one, key=lambda margin: (abs(margin), margin < 0))


def _share_flip(shares: FloatArray | None, here: int, is_essential: bool | None, hhi_above: float) -> float | None:
    """The least move of one maker's share, the others keeping their proportions, that takes HHI across the threshold."""
    if shares is None or here < 2 or not is_essential or not 0 < hhi_above < 1:
        return None
    margins = np.abs(hhi_flip_margins(shares, hhi_above))
    return float(np.nanmin(margins)) if np.isfinite(margins).any() else None


def _would_change(verdict: Verdict, flip: int | None) -> str:
    if verdict is Verdict.NOT_ON_RECORD:
        return "任一生产者及其地点的记录 a record of any maker and its place"
    if verdict is Verdict.MISSING:
        return "一家区内企业生产它或其细分产品的记录 a record that one enterprise here makes it or a narrower kind"
    if flip is None:
        return "份额的变动 a move of shares"
    word = "再有" if flip > 0 else "少了"
    return f"{word} {abs(flip)} 家区内生产者 {abs(flip)} makers here {'more' if flip > 0 else 'fewer'}"


@kept
def critical_edges(reader: Reader) -> frozenset[str]:
    """The ids of the MAKES edges of products that one maker of the corridor alone makes and that are an essential input."""
    found = judged(reader, area(reader, [])).supply
    making = makers(reader)
    is_critical = (found.here == 1) & (found.is_essential == 1)
    pairs = np.flatnonzero(found.is_inside[making.enterprise] & is_critical[making.product])
    return frozenset(making.makes.ids(making.link[pairs]))
