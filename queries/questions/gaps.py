"""Where a chain has gaps: products that nobody in the places makes, that rest on one maker, that are concentrated."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field

from queries.algorithms.concentration import hhi_flip_margins
from queries.answer import Answer, Row, cut_note
from queries.makers import MAKER_CONVENTION, Kinds, Maker, kinds_of_makers, maker_evidence, makers_by_product
from queries.reader import Reader
from queries.registry import question
from queries.scope import ChainName, Confidence, Limit, Places, chain_ids, scope
from queries.sections import section
from queries.verdicts import (
    GAPS,
    HHI_ABOVE,
    SHARE_BELOW,
    Judged,
    Thresholds,
    Verdict,
    verdict_conventions,
    verdict_counts,
    verdict_text,
    worst,
)

_NAMED = 20
"""Makers named and cited in a row; all are counted."""
_CITED = 100
"""Uses cited in a row; all are counted."""


class Gap(Row):
    """A product, the verdict on it, and what the verdict rests on."""

    key = ("product_id",)
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
    verdict_zh: str = Field(
        description="判定 verdict, in Chinese; of a single source whether there are others elsewhere"
    )
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
    hhi_most: float | None = Field(description="集中度上限 the most that HHI can be; null where nothing is known of it")
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


@question(zh="断链与缺口", en="Gaps in chains", order=20)
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
    min_confidence: Confidence = 0.0,
    limit: Limit = 50,
) -> GapsAnswer:
    """哪些环节区内无人生产、只靠一家、或过于集中。 Which links nobody here makes, rest on one maker, are concentrated."""
    where, chains = scope(reader, places), chain_ids(reader, chain)
    limits = Thresholds(share_below, hhi_above, min_confidence)
    counts = verdict_counts(reader, where, chains, limits)
    wanted = verdicts or list(GAPS)
    found = worst(reader, where, chains, limits, [v for v in wanted if counts.by_verdict[v]], limit)
    makers = makers_by_product(reader, [row.product_id for row in found], where, min_confidence)
    return GapsAnswer(
        rows=_gaps(reader, found, makers, chains, where.areas, hhi_above),
        counts=counts.by_verdict,
        by_chain=counts.by_chain,
        by_place={row.name_zh: row.products for row in made_in(reader, cities=where.cities, chains=chains)},
        looked_at=counts.products,
        looked_at_what="产品 products",
        conventions=[MAKER_CONVENTION, *verdict_conventions(where, limits)],
        notes=_notes(sum(counts.by_verdict[v] for v in set(wanted)), limit, counts.products, chain),
    )


def _notes(found: int, limit: int, chosen: int, chain: str) -> list[str]:
    if not chosen:
        is_of_chain = "该产业链没有产品记录。 The chain has no product on record."
        return [is_of_chain if chain else "图中没有产品。 The graph has no product."]
    return cut_note(found, limit)


# --- rows --------------------------------------------------------------------------------------------------------------


class _Product(NamedTuple):
    product_id: str
    name_zh: str
    name_en: str | None
    is_essential: bool | None
    makers: int
    needed_by: int
    downstream: int


class _Membership(NamedTuple):
    product_id: str
    chain_id: str
    name_zh: str
    stage: str | None


class _Use(NamedTuple):
    product_id: str
    used_in_id: str
    edge_id: str


class _Provision(NamedTuple):
    product_id: str
    edge_id: str


class _MadeIn(NamedTuple):
    place_id: str
    name_zh: str
    products: int


@section
def products(reader: Reader, *, product_ids: Sequence[str]) -> list[_Product]:
    """What is known of some products."""


@section
def memberships(reader: Reader, *, product_ids: Sequence[str], chains: Sequence[str]) -> list[_Membership]:
    """The chains of some products."""


@section
def uses(reader: Reader, *, product_ids: Sequence[str]) -> list[_Use]:
    """What some products go into."""


@section
def provisions(reader: Reader, *, product_ids: Sequence[str], areas: Sequence[str]) -> list[_Provision]:
    """Which places of the areas provide some products."""


@section
def made_in(reader: Reader, *, cities: Sequence[str], chains: Sequence[str]) -> list[_MadeIn]:
    """How many products each city can supply."""


def _gaps(
    reader: Reader,
    found: Sequence[Judged],
    makers: Mapping[str, Sequence[Maker]],
    chains: Sequence[str],
    areas: Sequence[str],
    hhi_above: float,
) -> list[Gap]:
    ids = [row.product_id for row in found]
    if not ids:
        return []
    kinds = kinds_of_makers(reader, (maker for of_product in makers.values() for maker in of_product))
    known = {row.product_id: row for row in products(reader, product_ids=ids)}
    belongs, goes_into, given = defaultdict[str, list[_Membership]](list), defaultdict(list), defaultdict(list)
    for membership in memberships(reader, product_ids=ids, chains=chains):
        belongs[membership.product_id].append(membership)
    for use in uses(reader, product_ids=ids):
        goes_into[use.product_id].append(use.edge_id)
    for provision in provisions(reader, product_ids=ids, areas=areas):
        given[provision.product_id].append(provision.edge_id)
    return [
        _gap(
            row, known[row.product_id], makers.get(row.product_id, ()), belongs[row.product_id], kinds,
            [*sorted(goes_into[row.product_id][:_CITED]), *given[row.product_id][:_CITED]], hhi_above,
        )
        for row in found
    ]  # fmt: skip


def _gap(
    row: Judged,
    product: _Product,
    makers: Sequence[Maker],
    belongs: Sequence[_Membership],
    kinds: Kinds,
    cited: Sequence[str],
    hhi_above: float,
) -> Gap:
    verdict = Verdict(row.verdict)
    local = [maker for maker in makers if maker.is_here]
    named = (local or makers)[:_NAMED]
    shares = [maker.share for maker in local if maker.share is not None]
    flip = _flip_margin(verdict, row.makers, bool(shares and sum(shares)), product.is_essential, hhi_above)
    return Gap(
        product_id=row.product_id,
        name_zh=product.name_zh,
        name_en=product.name_en,
        chains=[one.name_zh for one in belongs],
        stages=list(dict.fromkeys(one.stage for one in belongs if one.stage)),
        verdict=verdict,
        verdict_zh=verdict_text(verdict, len(makers) - row.makers),
        is_essential=product.is_essential,
        makers=row.makers,
        makers_elsewhere=len(makers) - row.makers,
        makers_unplaced=sum(maker.is_unplaced for maker in makers),
        by_narrower=row.by_narrower,
        cities=row.cities,
        hhi=row.hhi,
        hhi_most=row.hhi_most,
        is_hhi_exact=row.is_exact if row.makers else None,
        local_share=row.local_share,
        needed_by=product.needed_by,
        downstream=product.downstream,
        flip_margin=flip,
        share_flip_margin=_share_flip(shares, product.is_essential, hhi_above) if row.is_exact else None,
        would_change=_would_change(verdict, flip),
        maker_names=sorted(maker.name for maker in named),
        evidence_ids=[row.product_id, *maker_evidence(named, kinds), *cited],
    )


def _flip_margin(
    verdict: Verdict, here: int, has_shares: bool, is_essential: bool | None, hhi_above: float
) -> int | None:
    """The least number of makers more (fewer, if negative) on record that changes the verdict, RCA left aside.

    Of equals the gain. `None` where shares decide the verdict.
    """
    if verdict in (Verdict.MISSING, Verdict.NOT_ON_RECORD, Verdict.SINGLE_SOURCE, Verdict.NARROWER_ONLY) or not here:
        return 1
    if has_shares and is_essential:
        return None
    to_one = 1 - here
    if not is_essential or not hhi_above:
        return to_one
    enough = math.ceil(1 / hhi_above)
    to_other_side = enough - here if here < enough else enough - 1 - here
    return min(to_other_side, to_one, key=lambda margin: (abs(margin), margin < 0))


def _share_flip(shares: Sequence[float], is_essential: bool | None, hhi_above: float) -> float | None:
    """The least move of one maker's share, the others keeping their proportions, that takes HHI across the threshold."""
    if len(shares) < 2 or not is_essential or not 0 < hhi_above < 1:
        return None
    margins = np.abs(hhi_flip_margins(np.array(shares), hhi_above))
    return float(np.nanmin(margins)) if np.isfinite(margins).any() else None


def _would_change(verdict: Verdict, flip: int | None) -> str:
    if verdict is Verdict.NOT_ON_RECORD:
        return "任一生产者及其地点的记录 a record of any maker and its place"
    if verdict is Verdict.MISSING:
        return "一家区内企业生产它或其细分产品的记录 a record that one enterprise here makes it or a narrower kind"
    if verdict is Verdict.NARROWER_ONLY:
        return "一家区内企业生产它本身的记录 a record that one enterprise here makes the product itself"
    if flip is None:
        return "份额的变动 a move of shares"
    word = "再有" if flip > 0 else "少了"
    return f"{word} {abs(flip)} 家区内生产者 {abs(flip)} makers here {'more' if flip > 0 else 'fewer'}"
