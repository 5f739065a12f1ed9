"""Where a chain has gaps: products that nobody in the places makes, that rest on one maker, that are concentrated."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import numpy as np
from pydantic import Field
from scipy.sparse import coo_array

from queries.analytics.concentration import hhi, least_hhi
from queries.analytics.relatedness import revealed_advantage, specialisation
from queries.chains import (
    MAKER_CONVENTION,
    Area,
    ChainName,
    ChainProduct,
    Limit,
    Making,
    Places,
    ProductLink,
    area,
    chain_ids,
    chain_products,
    downstream_links,
    making,
    product_links,
)
from queries.measures import reached
from queries.runner import Answer, Reader, Row, question

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


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where verdicts begin: a corridor share below `share`, an HHI above `hhi`."""

    share: float
    hhi: float


class Gap(Row):
    """A product, the verdict on it, and what the verdict rests on."""

    table = (
        "name_zh",
        "chains",
        "verdict_zh",
        "maker_names",
        "makers",
        "makers_elsewhere",
        "is_essential",
        "downstream",
        "flip_margin",
    )

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
    makers_elsewhere: int = Field(description="区外生产者 makers on record elsewhere")
    by_narrower: int = Field(description="其中仅生产细分品 of the makers here, those of a narrower product only")
    cities: int = Field(description="生产城市数 places that makers are in")
    hhi: float | None = Field(
        description="集中度 HHI of the makers here; the least possible where shares are not known"
    )
    is_hhi_exact: bool | None = Field(description="HHI 是否由已知份额算得 whether all shares are known")
    local_share: float | None = Field(description="区内份额 share of the places in supply; null where not known")
    needed_by: int = Field(description="直接下游 products it goes into directly")
    downstream: int = Field(description="全部下游 products it goes into, through any number of steps")
    flip_margin: int | None = Field(
        description="翻转余量 the least number of makers more on record (or fewer, if negative) that changes the verdict; "
        "null where shares decide"
    )
    maker_names: list[str] = Field(description="生产者 makers here, or elsewhere where there is none here")
    evidence_ids: list[str] = Field(description="ids of the nodes and edges that the verdict rests on")


class GapsAnswer(Answer):
    """The gaps."""

    rows: list[Gap]
    counts: dict[Verdict, int] = Field(description="how many of the products looked at have each verdict")


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
    ] = 0.3,
    hhi_above: Annotated[float, Field(ge=0, le=1, description="集中度阈值 concentrated where HHI is above")] = 0.4,
    limit: Limit = 50,
) -> GapsAnswer:
    """哪些环节区内无人生产、只靠一家、或过于集中。 Which links nobody here makes, rest on one maker, are concentrated."""
    where = area(reader, places)
    products = chain_products(reader, chain_ids=chain_ids(reader, chain))
    links = product_links(reader)
    found = making(reader, where)
    judged = _judged(products, links, found, where, Thresholds(share_below, hhi_above))
    asked = set(verdicts or _GAPS)
    rows = sorted(
        (row for row in judged if row.verdict in asked),
        key=lambda r: (_GRAVITY[r.verdict], not r.is_essential, -r.downstream, r.product_id),
    )
    counts = {verdict: sum(1 for row in judged if row.verdict == verdict) for verdict in Verdict}
    return GapsAnswer(
        question="", parameters={}, rows=rows[:limit], counts=counts,
        looked_at=len(judged), looked_at_what="产品 products",
        conventions=_conventions(share_below, hhi_above),
        notes=_notes(rows, limit, products),
    )  # fmt: skip


def _conventions(share_below: float, hhi_above: float) -> list[str]:
    return [
        MAKER_CONVENTION,
        "缺链：区内无生产者记录而区外有；未见记录：任何地方都没有记录。 "
        "missing: no maker on record here, but elsewhere; not_on_record: none on record anywhere.",
        "只知在上海市而不知在哪个区的企业不计入松江。 "
        "An enterprise known to be in 上海 without a district is not counted for 松江.",
        "终端产品视为市场所需，同样判定。 End products count as needed by the market and are judged alike.",
        "断链风险：区内恰有一家。 single_source: exactly one maker on record here.",
        f"集中：关键投入且 HHI > {hhi_above:g}；份额未知时取可能的最小值 1/家数。弱链：另外区内份额已知且 < {share_below:g}。 "
        f"concentrated: an essential input with HHI > {hhi_above:g}, its least value 1/makers where shares are not "
        f"known; weak: besides, a known local share < {share_below:g}.",
        "强链：至少两城 RCA ≥ 1（按生产者记录数）。 strong: RCA ≥ 1 in two places or more, on counts of makers.",
    ]


def _notes(rows: list[Gap], limit: int, products: list[ChainProduct]) -> list[str]:
    notes = []
    if len(rows) > limit:
        notes.append(f"共 {len(rows)} 行，只列前 {limit} 行。 The first {limit} of {len(rows)} rows are shown.")
    if not products:
        notes.append("该产业链没有产品记录。 The chain has no product on record.")
    return notes


def _judged(
    products: list[ChainProduct], links: list[ProductLink], found: Making, where: Area, thresholds: Thresholds
) -> list[Gap]:
    downstream = downstream_links(links)
    uses: dict[str, list[ProductLink]] = defaultdict(list)
    for link in links:
        uses[link.input_id].append(link)
    strong = _strong_products(found)
    places_in_chains: dict[str, list[ChainProduct]] = defaultdict(list)
    for product in products:
        places_in_chains[product.product_id].append(product)
    return [
        _gap(in_chains, uses[product_id], len(reached(downstream, product_id)), found, strong, thresholds)
        for product_id, in_chains in places_in_chains.items()
    ]


def _gap(
    in_chains: list[ChainProduct],
    uses: list[ProductLink],
    downstream: int,
    found: Making,
    strong: set[str],
    thresholds: Thresholds,
) -> Gap:
    product = in_chains[0]
    key = product.product_id
    here, anywhere = found.inside.get(key, {}), found.everywhere.get(key, {})
    shares = [maker.share for maker in here.values()]
    known = [share for share in shares if share is not None]
    is_exact = bool(shares) and len(known) == len(shares) and sum(known) > 0
    index = (hhi(known) if is_exact else least_hhi(len(here))) if here else None
    local_share = sum(known) if shares and len(known) == len(shares) else None
    is_essential = _is_essential(uses)
    verdict = _verdict(len(here), len(anywhere), index, local_share, is_essential, key in strong, thresholds)
    named = here or anywhere
    return Gap(
        product_id=key,
        name_zh=product.name_zh,
        name_en=product.name_en,
        chains=[p.chain_name for p in in_chains],
        stages=list(dict.fromkeys(p.stage for p in in_chains if p.stage)),
        verdict=verdict,
        verdict_zh=VERDICT_ZH[verdict],
        is_essential=is_essential,
        makers=len(here),
        makers_elsewhere=len(anywhere.keys() - here.keys()),
        by_narrower=sum(1 for maker in here.values() if maker.is_by_narrower),
        cities=len({city for maker in here.values() for city in maker.cities}),
        hhi=index,
        is_hhi_exact=is_exact if here else None,
        local_share=local_share,
        needed_by=len({use.product_id for use in uses}),
        downstream=downstream,
        flip_margin=_flip_margin(verdict, len(here), is_exact, is_essential, thresholds),
        maker_names=sorted(maker.name for maker in named.values()),
        evidence_ids=_evidence(key, (i for m in named.values() for i in m.edge_ids), uses),
    )


def _is_essential(uses: list[ProductLink]) -> bool | None:
    classes = [use.input_class for use in uses if use.input_class is not None]
    return any(c == ESSENTIAL for c in classes) if classes else None


def _evidence(product_id: str, maker_edges: Iterable[str], uses: list[ProductLink]) -> list[str]:
    return [product_id, *sorted(set(maker_edges)), *sorted(use.edge_id for use in uses)]


def _verdict(
    here: int,
    anywhere: int,
    index: float | None,
    local_share: float | None,
    is_essential: bool | None,
    is_strong: bool,
    thresholds: Thresholds,
) -> Verdict:
    if index is None:
        return Verdict.MISSING if anywhere else Verdict.NOT_ON_RECORD
    if here == 1:
        return Verdict.SINGLE_SOURCE
    if is_essential and index > thresholds.hhi:
        is_weak = local_share is not None and local_share < thresholds.share
        return Verdict.WEAK if is_weak else Verdict.CONCENTRATED
    return Verdict.STRONG if is_strong else Verdict.SUPPLIED


def _flip_margin(
    verdict: Verdict, here: int, is_exact: bool, is_essential: bool | None, thresholds: Thresholds
) -> int | None:
    """The least number of makers more (fewer, if negative) on record that changes the verdict, RCA left aside.

    Of equals the gain. `None` where shares decide the verdict.
    """
    if verdict in (Verdict.MISSING, Verdict.NOT_ON_RECORD, Verdict.SINGLE_SOURCE):
        return 1
    if is_exact and is_essential:
        return None
    to_one = 1 - here
    if not is_essential or not thresholds.hhi:
        return to_one
    enough = math.ceil(1 / thresholds.hhi)
    to_other_side = enough - here if here < enough else enough - 1 - here
    return min(to_other_side, to_one, key=lambda margin: (abs(margin), margin < 0))


def _strong_products(found: Making) -> set[str]:
    """Products in which two asked places or more have RCA ≥ 1, on counts of makers."""
    made = [
        (city, product_id)
        for product_id, by_maker in found.inside.items()
        for maker in by_maker.values()
        for city in maker.cities
    ]
    if not made:
        return set()
    cities, row = np.unique([city for city, _ in made], return_inverse=True)
    products, column = np.unique([product_id for _, product_id in made], return_inverse=True)
    counts = coo_array((np.ones(len(made)), (row, column)), (len(cities), len(products)))
    is_strong = specialisation(revealed_advantage(counts)).sum(axis=0) >= 2
    return set(products[is_strong].tolist())


def critical_edges(reader: Reader, where: Area) -> set[str]:
    """The ids of the MAKES edges of products that one maker of the places alone makes and that are an essential input."""
    essential = {link.input_id for link in product_links(reader) if link.input_class == ESSENTIAL}
    inside = making(reader, where).inside
    return {maker.edge_ids[0] for p in essential if len(inside.get(p, {})) == 1 for maker in inside[p].values()}
