"""The verdict on a product for the places asked for: one definition for every question that speaks of gaps.

The texts of `verdicts.cypher` find and judge; here are the words, and what has no verdict in the database is one of these:
nobody in the places is on record, so it is missing, provided by a place, or not on record.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TypedDict

from queries.reader import Reader
from queries.scope import Scope
from queries.sections import section

SHARE_BELOW, HHI_ABOVE = 0.3, 0.4
"""The thresholds of the verdicts where none are given."""


class Verdict(StrEnum):
    """What is said of a product, the gravest first."""

    MISSING = "missing"
    NARROWER_ONLY = "narrower_only"
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
    Verdict.NARROWER_ONLY: "仅有细分品",
    Verdict.SINGLE_SOURCE: "断链风险",
    Verdict.WEAK: "弱链",
    Verdict.CONCENTRATED: "集中",
    Verdict.NOT_ON_RECORD: "未见记录",
    Verdict.STRONG: "强链",
    Verdict.SUPPLIED: "有供给",
}
GAPS = (
    Verdict.MISSING, Verdict.NARROWER_ONLY, Verdict.SINGLE_SOURCE, Verdict.WEAK, Verdict.CONCENTRATED,
    Verdict.NOT_ON_RECORD,
)  # fmt: skip
"""The verdicts that are gaps."""
GRAVITY = {verdict: number for number, verdict in enumerate(Verdict)}


def verdict_text(verdict: Verdict, makers_elsewhere: int) -> str:
    """The verdict in words, which tell a product that only one enterprise anywhere makes from one with others elsewhere.

    >>> verdict_text(Verdict.SINGLE_SOURCE, 0), verdict_text(Verdict.SINGLE_SOURCE, 9), verdict_text(Verdict.MISSING, 9)
    ('断链风险（有记录的仅此一家）', '断链风险（区内仅一家，区外 9 家）', '缺链')
    """
    if verdict is not Verdict.SINGLE_SOURCE:
        return verdict.zh
    return f"{verdict.zh}（{f'区内仅一家，区外 {makers_elsewhere} 家' if makers_elsewhere else '有记录的仅此一家'}）"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What decides between verdicts."""

    share_below: float = SHARE_BELOW
    hhi_above: float = HHI_ABOVE
    min_confidence: float = 0.0


class Judged(NamedTuple):
    """A product with its verdict, and what that rests on; `None` where not known.

    `hhi` is the least possible, `hhi_most` the most; they are equal and `is_exact` where every share is known.
    """

    product_id: str
    verdict: str
    makers: int
    by_narrower: int
    cities: int
    hhi: float | None
    hhi_most: float | None
    is_exact: bool
    local_share: float | None
    priority: int


class _Around(TypedDict):
    """Where: the areas, and the places around them."""

    areas: tuple[str, ...]
    around: tuple[str, ...]


class _Ranked(NamedTuple):
    product_id: str
    priority: int


class _Count(NamedTuple):
    chain_id: str
    products: int


class _VerdictCount(NamedTuple):
    verdict: str
    chain_id: str
    products: int


class _Provided(NamedTuple):
    product_id: str
    chain_id: str
    priority: int


class _ChainSize(NamedTuple):
    chain_id: str
    name_zh: str
    products: int


class _Total(NamedTuple):
    products: int
    none_id: str


@section
def made(
    reader: Reader,
    *,
    areas: Sequence[str],
    chains: Sequence[str],
    cities: Sequence[str],
    supplies: int,
    min_confidence: float,
    hhi_above: float,
    share_below: float,
    verdicts: Sequence[str],
    limit: int,
) -> list[Judged]:
    """Products that somebody in the areas can supply."""


@section
def made_counts(
    reader: Reader,
    *,
    areas: Sequence[str],
    chains: Sequence[str],
    cities: Sequence[str],
    supplies: int,
    min_confidence: float,
    hhi_above: float,
    share_below: float,
) -> list[_VerdictCount]:
    """The same, counted."""


@section
def made_of(
    reader: Reader,
    *,
    product_ids: Sequence[str],
    areas: Sequence[str],
    cities: Sequence[str],
    supplies: int,
    min_confidence: float,
    hhi_above: float,
    share_below: float,
) -> list[Judged]:
    """Of some products those that somebody in the areas can supply."""


@section
def missing(reader: Reader, *, areas: Sequence[str], around: Sequence[str], limit: int) -> list[_Ranked]:
    """Products that are missing."""


@section
def missing_in_chains(
    reader: Reader, *, areas: Sequence[str], around: Sequence[str], chains: Sequence[str], limit: int
) -> list[_Ranked]:
    """Products of chains that are missing."""


@section
def missing_counts(reader: Reader, *, areas: Sequence[str], around: Sequence[str]) -> list[_Count]:
    """How many products are missing."""


@section
def missing_counts_in_chains(
    reader: Reader, *, areas: Sequence[str], around: Sequence[str], chains: Sequence[str]
) -> list[_Count]:
    """How many products of chains are missing."""


@section
def missing_of(
    reader: Reader, *, product_ids: Sequence[str], areas: Sequence[str], around: Sequence[str]
) -> list[_Ranked]:
    """Of some products those that are missing."""


@section
def not_on_record(
    reader: Reader, *, areas: Sequence[str], around: Sequence[str], min_confidence: float, limit: int
) -> list[_Ranked]:
    """Products that are not on record."""


@section
def not_on_record_in_chains(
    reader: Reader,
    *,
    areas: Sequence[str],
    around: Sequence[str],
    chains: Sequence[str],
    min_confidence: float,
    limit: int,
) -> list[_Ranked]:
    """Products of chains that are not on record."""


@section
def provided(reader: Reader, *, areas: Sequence[str], chains: Sequence[str], min_confidence: float) -> list[_Provided]:
    """Products that a place provides and nobody there is on record as making."""


@section
def provided_of(reader: Reader, *, product_ids: Sequence[str], areas: Sequence[str]) -> list[_Ranked]:
    """Of some products those that a place provides."""


@section
def priorities(reader: Reader, *, product_ids: Sequence[str]) -> list[_Ranked]:
    """In what order to look at some products."""


@section
def chain_sizes(reader: Reader, *, chains: Sequence[str]) -> list[_ChainSize]:
    """How many products chains have."""


@section
def product_count(reader: Reader) -> list[_Total]:
    """How many products there are."""


def worst(
    reader: Reader, where: Scope, chains: Sequence[str], limits: Thresholds, verdicts: Sequence[Verdict], most: int
) -> list[Judged]:
    """The products with one of some verdicts, the gravest first, then in the order to look at them; the first `most`."""
    found: list[Judged] = []
    for alike in _FOUND_TOGETHER:
        wanted, rest = [verdict for verdict in alike if verdict in verdicts], most - len(found)
        if wanted and rest > 0:
            found += _of_verdicts(reader, where, chains, limits, wanted, rest)
    return found


_FOUND_TOGETHER = (
    (Verdict.MISSING,),
    (Verdict.NARROWER_ONLY, Verdict.SINGLE_SOURCE, Verdict.WEAK, Verdict.CONCENTRATED),
    (Verdict.NOT_ON_RECORD,),
    (Verdict.STRONG,),
    (Verdict.SUPPLIED,),
)
"""Verdicts in their order, those together that one section finds."""


def _of_verdicts(
    reader: Reader, where: Scope, chains: Sequence[str], limits: Thresholds, verdicts: Sequence[Verdict], most: int
) -> list[Judged]:
    around: _Around = {"areas": where.areas, "around": where.around}
    if Verdict.MISSING in verdicts:
        rows = (
            missing_in_chains(reader, **around, chains=chains, limit=most)
            if chains
            else missing(reader, **around, limit=most)
        )
        return [_unmade(row.product_id, Verdict.MISSING, row.priority) for row in rows]
    if Verdict.NOT_ON_RECORD in verdicts:
        least = limits.min_confidence
        rows = (
            not_on_record_in_chains(reader, **around, chains=chains, min_confidence=least, limit=most)
            if chains
            else not_on_record(reader, **around, min_confidence=least, limit=most)
        )
        return [_unmade(row.product_id, Verdict.NOT_ON_RECORD, row.priority) for row in rows]
    found = made(
        reader, areas=where.areas, chains=chains, cities=where.cities, supplies=where.supplies,
        min_confidence=limits.min_confidence, hhi_above=limits.hhi_above, share_below=limits.share_below,
        verdicts=verdicts, limit=most,
    )  # fmt: skip
    if Verdict.SUPPLIED in verdicts:
        without = provided(reader, areas=where.areas, chains=chains, min_confidence=limits.min_confidence)
        by_id = {row.product_id: _unmade(row.product_id, Verdict.SUPPLIED, row.priority) for row in without}
        found = sorted([*found, *by_id.values()], key=lambda row: (row.priority, row.product_id))[:most]
    return found


def _unmade(product_id: str, verdict: Verdict, priority: int) -> Judged:
    return Judged(product_id, verdict, 0, 0, 0, None, None, False, None, priority)


def verdicts_on(
    reader: Reader, product_ids: Iterable[str], where: Scope, limits: Thresholds = Thresholds()
) -> dict[str, Judged]:
    """The verdict on each of some products."""
    asked = sorted(set(product_ids))
    if not asked:
        return {}
    rows = made_of(
        reader, product_ids=asked, areas=where.areas, cities=where.cities, supplies=where.supplies,
        min_confidence=limits.min_confidence, hhi_above=limits.hhi_above, share_below=limits.share_below,
    )  # fmt: skip
    found = {row.product_id: row for row in rows}
    rest = [one for one in asked if one not in found]
    if rest:
        given = {row.product_id for row in provided_of(reader, product_ids=rest, areas=where.areas)}
        lacking = {
            row.product_id for row in missing_of(reader, product_ids=rest, areas=where.areas, around=where.around)
        }
        for row in priorities(reader, product_ids=rest):
            one = row.product_id
            verdict = Verdict.SUPPLIED if one in given else Verdict.MISSING if one in lacking else Verdict.NOT_ON_RECORD
            found[one] = _unmade(one, verdict, row.priority)
    return found


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of the products looked at have each verdict, and the same for each chain by its name."""

    products: int
    by_verdict: dict[Verdict, int]
    by_chain: dict[str, dict[Verdict, int]] = field(default_factory=dict)


def verdict_counts(reader: Reader, where: Scope, chains: Sequence[str], limits: Thresholds) -> Counts:
    """The verdicts counted, a product in each of its chains. What is neither made, provided nor missing is not on record."""
    sizes = chain_sizes(reader, chains=chains)
    total = sum(row.products for row in sizes) if chains else product_count(reader)[0].products
    found = {chain: dict.fromkeys(Verdict, 0) for chain in ("", *(row.chain_id for row in sizes))}
    for counted in made_counts(
        reader, areas=where.areas, chains=chains, cities=where.cities, supplies=where.supplies,
        min_confidence=limits.min_confidence, hhi_above=limits.hhi_above, share_below=limits.share_below,
    ):  # fmt: skip
        found[counted.chain_id][Verdict(counted.verdict)] += counted.products
    around: _Around = {"areas": where.areas, "around": where.around}
    for lacking in (
        missing_counts_in_chains(reader, **around, chains=chains) if chains else missing_counts(reader, **around)
    ):
        found[lacking.chain_id][Verdict.MISSING] += lacking.products
    without = provided(reader, areas=where.areas, chains=chains, min_confidence=limits.min_confidence)
    found[""][Verdict.SUPPLIED] += len({row.product_id for row in without})
    for given in without:
        if given.chain_id:
            found[given.chain_id][Verdict.SUPPLIED] += 1
    for chain, size in [("", total), *((row.chain_id, row.products) for row in sizes)]:
        found[chain][Verdict.NOT_ON_RECORD] = size - sum(found[chain].values())
    return Counts(total, found[""], {row.name_zh: found[row.chain_id] for row in sizes})


def verdict_conventions(where: Scope, limits: Thresholds) -> list[str]:
    """What an answer must say of how products are judged."""
    said = [
        "缺链：区内无生产者记录，而区外有，其地点都已知，区内也无人生产其上位品；未见记录：没有生产者记录，或生产者的地点未定，或区内有上位品的"
        "生产者，不能断言区内没有。 missing: no maker on record here but some elsewhere, all of known place, and nobody here makes a "
        "broader kind; not_on_record: none on record, or one who may be here, or one here of a broader kind, who may make it.",
        *where.conventions,
        "仅有细分品：区内生产者只生产它的细分品，不等于生产它。 narrower_only: the makers here make a narrower kind only, which is not the "
        "product itself.",
        "终端产品视为市场所需，同样判定。 End products count as needed by the market and are judged alike.",
        "断链风险：区内恰有一家；判定写明区外有无其他生产者；其上游的单一来源见“断点与割集”。 single_source: exactly one maker on record here; the "
        "verdict says whether there are others elsewhere; single sources further up are found by the question cuts.",
        f"集中：关键投入且 HHI > {limits.hhi_above:g}；份额未知时取可能的最小值。弱链：另外区内份额已知且 < {limits.share_below:g}。 "
        f"concentrated: an essential input with HHI > {limits.hhi_above:g}, its least possible value where shares are not "
        f"known; weak: besides, a known local share < {limits.share_below:g}.",
        "强链：至少两城 RCA ≥ 1（按生产者记录数）。 strong: RCA ≥ 1 in two places or more, on counts of makers.",
        "有地区供给记录（PROVIDES）而无企业记录的，算有供给。 A product that a place here provides counts as supplied though no "
        "enterprise is named.",
    ]
    if limits.min_confidence:
        said.append(
            f"生产记录的置信度至少 {limits.min_confidence:g}；以下的不算生产者，但也不据以断言缺链。 Makers count from a confidence of "
            f"{limits.min_confidence:g} on; those below do not, and nothing is called missing because of that."
        )
    return said
