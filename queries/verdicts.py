"""The verdict on a product for the places asked for: one definition for every question that speaks of gaps.

The texts of `verdicts.cypher` find and judge; here are the words, and what has no verdict in the database is one of these:
nobody in the places is on record, so it is missing, provided by a place, or not on record.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from graph.texts import Text, word
from queries.reader import Reader
from queries.scope import Scope
from queries.sections import Sections

_SECTIONS = Sections(__file__)

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


GAPS = (
    Verdict.MISSING, Verdict.NARROWER_ONLY, Verdict.SINGLE_SOURCE, Verdict.WEAK, Verdict.CONCENTRATED,
    Verdict.NOT_ON_RECORD,
)  # fmt: skip
"""The verdicts that are gaps."""
GRAVITY = {verdict: number for number, verdict in enumerate(Verdict)}


def verdict_text(verdict: Verdict, makers_elsewhere: int, unplaced: int) -> Text:
    """The verdict in words, which tell a product that only one enterprise anywhere makes from one with others elsewhere, of
    which some may be here, since their place is not known.

    >>> from graph.texts import Language
    >>> verdict_text(Verdict.SINGLE_SOURCE, 9, 0).in_(Language.EN), verdict_text(Verdict.MISSING, 9, 0).in_(Language.ZH)
    ('single source (one here, 9 makers elsewhere)', '缺链')
    >>> verdict_text(Verdict.SINGLE_SOURCE, 9, 2).in_(Language.EN)
    'single source on record (one here, 9 makers elsewhere, 2 of them at unknown places)'
    """
    if verdict is not Verdict.SINGLE_SOURCE:
        return word(verdict)
    if not makers_elsewhere:
        return Text("verdicts.only_one")
    if unplaced:
        return Text("verdicts.others_perhaps_here", elsewhere=makers_elsewhere, unplaced=unplaced)
    return Text("verdicts.others_elsewhere", elsewhere=makers_elsewhere)


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
    groups: int
    by_narrower: int
    cities: int
    hhi: float | None
    hhi_most: float | None
    is_exact: bool
    local_share: float | None
    priority: int


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


made = _SECTIONS.rows("made", Judged)
made_counts = _SECTIONS.rows("made_counts", _VerdictCount)
made_of = _SECTIONS.rows("made_of", Judged)
missing = _SECTIONS.rows("missing", _Ranked)
missing_in_chains = _SECTIONS.rows("missing_in_chains", _Ranked)
missing_counts = _SECTIONS.rows("missing_counts", _Count)
missing_counts_in_chains = _SECTIONS.rows("missing_counts_in_chains", _Count)
missing_of = _SECTIONS.rows("missing_of", _Ranked)
not_on_record = _SECTIONS.rows("not_on_record", _Ranked)
not_on_record_in_chains = _SECTIONS.rows("not_on_record_in_chains", _Ranked)
provided = _SECTIONS.rows("provided", _Provided)
provided_of = _SECTIONS.rows("provided_of", _Ranked)
priorities = _SECTIONS.rows("priorities", _Ranked)
chain_sizes = _SECTIONS.rows("chain_sizes", _ChainSize)
product_count = _SECTIONS.count("product_count", "products")


def worst(
    reader: Reader, where: Scope, chains: Sequence[str], limits: Thresholds, verdicts: Sequence[Verdict], most: int
) -> list[Judged]:
    """The products with one of some verdicts, the gravest first, then in the order to look at them; the first `most`."""
    least, around = limits.min_confidence, _around(where, chains)
    found: list[Judged] = []

    def room() -> int:
        """For how many more there is room before those that are not on record: what is made is graver, or comes last."""
        return most - sum(GRAVITY[Verdict(row.verdict)] < GRAVITY[Verdict.NOT_ON_RECORD] for row in found)

    if Verdict.MISSING in verdicts:
        rows = (missing_in_chains if chains else missing)(reader, **around, limit=most)
        found += [_unmade(row.product_id, Verdict.MISSING, row.priority) for row in rows]
    wanted = [verdict for verdict in verdicts if verdict not in (Verdict.MISSING, Verdict.NOT_ON_RECORD)]
    if wanted and room() > 0:
        judging = _judging(where, limits)
        found += made(reader, areas=where.areas, chains=chains, **judging, verdicts=wanted, limit=room())
    if Verdict.NOT_ON_RECORD in verdicts and room() > 0:
        find = not_on_record_in_chains if chains else not_on_record
        rows = find(reader, **around, min_confidence=least, limit=room())
        found += [_unmade(row.product_id, Verdict.NOT_ON_RECORD, row.priority) for row in rows]
    if Verdict.SUPPLIED in verdicts and room() > 0:
        without = provided(reader, areas=where.areas, chains=chains, min_confidence=least)
        found += {row.product_id: _unmade(row.product_id, Verdict.SUPPLIED, row.priority) for row in without}.values()
    return sorted(found, key=lambda row: (GRAVITY[Verdict(row.verdict)], row.priority, row.product_id))[:most]


def _around(where: Scope, chains: Sequence[str]) -> dict[str, object]:
    """Where the sections look that find what nobody here makes, and of which chains where some are asked for."""
    return {"areas": where.areas, "around": where.around, **({"chains": chains} if chains else {})}


def _judging(where: Scope, limits: Thresholds) -> dict[str, object]:
    """What every section takes, besides the areas, that judges what is made in them."""
    return {
        "cities": where.cities, "supplies": where.supplies, "min_confidence": limits.min_confidence,
        "hhi_above": limits.hhi_above, "share_below": limits.share_below,
    }  # fmt: skip


def _unmade(product_id: str, verdict: Verdict, priority: int) -> Judged:
    return Judged(product_id, verdict, 0, 0, 0, 0, None, None, False, None, priority)


def verdicts_on_made(
    reader: Reader, product_ids: Sequence[str], where: Scope, limits: Thresholds = Thresholds()
) -> dict[str, Judged]:
    """The verdict on those of some products that somebody in the places is on record as making."""
    rows = made_of(reader, product_ids=product_ids, areas=where.areas, **_judging(where, limits)) if product_ids else []
    return {row.product_id: row for row in rows}


def verdicts_on(
    reader: Reader, product_ids: Iterable[str], where: Scope, limits: Thresholds = Thresholds()
) -> dict[str, Judged]:
    """The verdict on each of some products."""
    asked = sorted(set(product_ids))
    found = verdicts_on_made(reader, asked, where, limits)
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
    """How many of the products looked at have each verdict, and the same for each chain that has any, by its id."""

    products: int
    by_verdict: dict[Verdict, int]
    by_chain: dict[str, dict[Verdict, int]] = field(default_factory=dict)


def verdict_counts(reader: Reader, where: Scope, chains: Sequence[str], limits: Thresholds) -> Counts:
    """The verdicts counted, a product in each of its chains. What is neither made, provided nor missing is not on record."""
    sizes = chain_sizes(reader, chains=chains)
    total = sum(row.products for row in sizes) if chains else product_count(reader)
    found = {chain: dict.fromkeys(Verdict, 0) for chain in ("", *(row.chain_id for row in sizes))}
    for counted in made_counts(reader, areas=where.areas, chains=chains, **_judging(where, limits)):
        found[counted.chain_id][Verdict(counted.verdict)] += counted.products
    for lacking in (missing_counts_in_chains if chains else missing_counts)(reader, **_around(where, chains)):
        found[lacking.chain_id][Verdict.MISSING] += lacking.products
    without = provided(reader, areas=where.areas, chains=chains, min_confidence=limits.min_confidence)
    found[""][Verdict.SUPPLIED] += len({row.product_id for row in without})
    for given in without:
        if given.chain_id:
            found[given.chain_id][Verdict.SUPPLIED] += 1
    for chain, size in [("", total), *((row.chain_id, row.products) for row in sizes)]:
        found[chain][Verdict.NOT_ON_RECORD] = size - sum(found[chain].values())
    return Counts(total, found[""], {row.chain_id: found[row.chain_id] for row in sizes})


def verdict_conventions(where: Scope, limits: Thresholds) -> list[Text]:
    """What an answer must say of how products are judged."""
    return [
        Text("verdicts.missing_means"),
        *where.conventions,
        Text("verdicts.narrower_only_means"),
        Text("verdicts.end_products"),
        Text("verdicts.single_source_means"),
        Text("verdicts.concentrated_means", hhi_above=limits.hhi_above, share_below=limits.share_below),
        Text("verdicts.strong_means"),
        Text("verdicts.provided_means"),
        *([Text("makers.least_confidence", least=limits.min_confidence)] if limits.min_confidence else []),
    ]
