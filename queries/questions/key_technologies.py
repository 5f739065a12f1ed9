"""Chokepoints: technologies and products that much depends on, that come from few and from abroad, and that nobody is near."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import floor
from typing import NamedTuple, TypeVar

from graph.derivations import MOST_COUNTED
from queries.answer import Answer, Row, cut_note
from queries.makers import Kinds, maker_conventions
from queries.reader import Reader
from queries.registry import question
from queries.scope import ChainName, Limit, Places, Scope, chain_ids, scope
from queries.sections import Sections
from queries.sources import (
    ROUNDING,
    Source,
    home_country,
    kinds_of_sources,
    source_evidence,
    sources_by_subject,
    subject_count,
)

_SECTIONS = Sections(__file__)

_NAMED = 20
"""Holders and researchers named and cited in a row; all are counted."""
_FINAL_NAMED = 10
_NEAR_NAMED = 5
_CITED = 100
"""Needs and uses cited in a row; all are counted."""


class Kind(StrEnum):
    """What may be a chokepoint."""

    TECHNOLOGY = "technology"
    PRODUCT = "product"

    @property
    def zh(self) -> str:
        """Its Chinese name."""
        return {"technology": "技术", "product": "产品"}[self.value]


class KeyTechnology(Row):
    """A technology or product, the parts of its chokepoint index, what depends on it and who holds it or is near."""

    key = ("id",)
    table = (
        "name_zh",
        "index_least",
        "index",
        "is_upper_bound",
        "is_essential",
        "foreign_share",
        "hhi",
        "relatedness",
        "dependents",
        "final_names",
        "holder_names",
        "holders_elsewhere",
        "researchers",
        "near_names",
    )
    bar = "index"

    id: str
    name_zh: str
    name_en: str | None
    field: str | None
    is_key: bool | None
    index: float
    index_least: float
    is_upper_bound: bool
    unknown_parts: list[str]
    is_essential: bool | None
    foreign_share: float | None
    foreign_share_least: float | None
    foreign_share_most: float | None
    hhi: float | None
    hhi_most: float | None
    is_hhi_exact: bool | None
    relatedness: float | None
    dependents: int
    direct_products: int
    final_products: int
    final_names: list[str]
    holders: int
    holders_elsewhere: int
    holder_names: list[str]
    elsewhere_names: list[str]
    makers_of_dependents: int | None
    user_names: list[str]
    researchers: int | None
    researcher_names: list[str]
    near: int
    near_names: list[str]
    evidence_ids: list[str]


class KeyTechnologiesAnswer(Answer):
    """The chokepoints."""

    rows: list[KeyTechnology]


@question(order=40)
def key_technologies(
    reader: Reader,
    *,
    chain: ChainName = "",
    places: Places = [],
    kind: Kind = Kind.TECHNOLOGY,
    key_only: bool = True,
    limit: Limit = 50,
) -> KeyTechnologiesAnswer:
    """What chokes, and who could loosen it."""
    where, chains = scope(reader, places), chain_ids(reader, chain)
    found, near = _surest(reader, kind, chains, key_only, where, limit)
    rows = _rows(reader, kind, found, near, where)
    looked_at = _looked_at(reader, kind, chains, key_only)
    return KeyTechnologiesAnswer(
        rows=rows, looked_at=looked_at, looked_at_what=f"{kind.zh} {kind.value}",
        conventions=_conventions(where, kind), notes=_notes(reader, rows, looked_at, kind, key_only, limit),
    )  # fmt: skip


def _looked_at(reader: Reader, kind: Kind, chains: Sequence[str], key_only: bool) -> int:
    if kind is Kind.PRODUCT:
        return sum(row.subjects for row in subject_count(reader, prefix="product:", chains=chains))
    return sum(row.things for row in technology_count(reader, chains=chains, key_only=key_only))


# --- the index -------------------------------------------------------------------------------------------------------------


class _Thing(NamedTuple):
    """A technology or product with the parts of its index; `least` and `most` are their product without relatedness."""

    thing_id: str
    name_zh: str
    name_en: str | None
    field: str | None
    is_key: bool | None
    is_essential: bool | None
    foreign_least: float | None
    foreign_most: float | None
    hhi: float | None
    hhi_most: float | None
    is_exact: bool
    dependents: int
    least: float
    most: float


class _Count(NamedTuple):
    things: int
    none_id: str


class _Nearness(NamedTuple):
    thing_id: str
    proximity: float


class _Near(NamedTuple):
    thing_id: str
    enterprise_id: str
    name: str
    proximity: float


technologies = _SECTIONS.rows("technologies", _Thing)
products = _SECTIONS.rows("products", _Thing)
technology_count = _SECTIONS.rows("technology_count", _Count)
near_things = _SECTIONS.rows("near_things", _Nearness)
near = _SECTIONS.rows("near", _Near)


@dataclass(frozen=True, slots=True)
class _Neighbours:
    """Who of the places makes or masters what is near to a thing and does not hold it, the nearest first, and how near
    these are: the density, `None` where nothing is known of what goes with it.
    """

    firms: tuple[tuple[str, str], ...] = ()
    density: float | None = None


def _surest(
    reader: Reader, kind: Kind, chains: Sequence[str], key_only: bool, where: Scope, limit: int
) -> tuple[list[_Thing], dict[str, _Neighbours]]:
    """The first by their least index, of equals by the most, then by what depends on them, and who is near to each.

    Relatedness can only lower the least index. So what comes behind the last one read is behind in the end too where
    enough of those read stay before it; else more are read.
    """
    near_to: dict[str, _Neighbours] = {}
    most = limit
    while True:
        if kind is Kind.PRODUCT:
            found = products(reader, chains=chains, home=home_country(reader), limit=most)
        else:
            found = technologies(reader, chains=chains, key_only=key_only, limit=most)
        near_to |= _neighbours(reader, [row.thing_id for row in found if row.thing_id not in near_to], where)
        best = sorted(found, key=lambda row: _order(row, near_to[row.thing_id]))[:limit]
        if len(found) < most or _order(best[-1], near_to[best[-1].thing_id]) <= _order(found[-1], _Neighbours((), 0.0)):
            return best, near_to
        most *= 4


def _order(row: _Thing, neighbours: _Neighbours) -> tuple[int, int, int, str]:
    least = _least(row, neighbours)
    return -floor(least * 1e9 + 0.5), -floor(row.most * 1e9 + 0.5), -row.dependents, row.thing_id


def _least(row: _Thing, neighbours: _Neighbours) -> float:
    """The index at least: who is near by the records may or may not come to hold it."""
    return 0.0 if neighbours.density is None else row.least * (1 - neighbours.density)


def _neighbours(reader: Reader, thing_ids: Sequence[str], where: Scope) -> dict[str, _Neighbours]:
    if not thing_ids:
        return {}
    whole = {row.thing_id: row.proximity for row in near_things(reader, thing_ids=thing_ids)}
    firms = defaultdict[str, list[_Near]](list)
    for row in near(reader, thing_ids=sorted(whole), areas=where.areas) if whole else ():
        firms[row.thing_id].append(row)
    found = dict.fromkeys(thing_ids, _Neighbours())
    for thing, proximity in whole.items():
        ranked = sorted(firms[thing], key=lambda row: (-round(row.proximity / proximity, 9), row.enterprise_id))
        density = ranked[0].proximity / proximity if ranked else 0.0
        found[thing] = _Neighbours(tuple((row.enterprise_id, row.name) for row in ranked), min(round(density, 12), 1.0))
    return found


# --- rows ------------------------------------------------------------------------------------------------------------------


class _Use(NamedTuple):
    thing_id: str
    product_id: str
    name: str
    needed_by: int
    edge_id: str


class _User(NamedTuple):
    thing_id: str
    enterprise_id: str
    name: str


class _Researcher(NamedTuple):
    thing_id: str
    institute_id: str
    name: str
    edge_id: str


goes_into = _SECTIONS.rows("goes_into", _Use)
needing = _SECTIONS.rows("needing", _Use)
users = _SECTIONS.rows("users", _User)
researchers = _SECTIONS.rows("researchers", _Researcher)


def _rows(
    reader: Reader, kind: Kind, found: Sequence[_Thing], near_to: Mapping[str, _Neighbours], where: Scope
) -> list[KeyTechnology]:
    ids = [row.thing_id for row in found]
    if not ids:
        return []
    is_technology = kind is Kind.TECHNOLOGY
    direct = needing(reader, technology_ids=ids) if is_technology else goes_into(reader, product_ids=ids)
    holders = sources_by_subject(reader, ids, "enterprise", where)
    kinds = kinds_of_sources(reader, (one for own in holders.values() for one in own))
    finals = _finals(reader, ids, direct)
    work = researchers(reader, technology_ids=ids, areas=where.areas) if is_technology else []
    made = users(reader, technology_ids=ids, areas=where.areas) if is_technology else []
    uses, studies, makers = _by_thing(direct), _by_thing(work), _by_thing(made)
    return [
        _row(
            row, near_to[row.thing_id], holders.get(row.thing_id, []), kinds, uses[row.thing_id],
            finals[row.thing_id], studies[row.thing_id], makers[row.thing_id], is_technology,
        )
        for row in found
    ]  # fmt: skip


R = TypeVar("R", _Use, _User, _Researcher)


def _by_thing(rows: Sequence[R]) -> defaultdict[str, list[R]]:
    found = defaultdict[str, list[R]](list)
    for row in rows:
        found[row.thing_id].append(row)
    return found


def _finals(reader: Reader, thing_ids: Sequence[str], direct: Sequence[_Use]) -> dict[str, list[_Use]]:
    """What depends on each and goes into nothing itself, of the first 1,000: the nearest first, of equals by id.

    Followed step by step, all of them at once; each product is read once.
    """
    known: dict[str, list[_Use]] = {}
    frontier = {thing: {row.product_id: row for row in direct if row.thing_id == thing} for thing in thing_ids}
    reached: dict[str, dict[str, _Use]] = {thing: {} for thing in thing_ids}
    while any(frontier.values()):
        for thing, rows in frontier.items():
            reached[thing] |= dict(sorted(rows.items()))
        asked = {product for rows in frontier.values() for product, row in rows.items() if row.needed_by}
        fresh = sorted(asked - known.keys())
        known |= {product: [] for product in fresh}
        for use in goes_into(reader, product_ids=fresh) if fresh else ():
            known[use.thing_id].append(use)
        for thing, rows in frontier.items():
            ahead = (use for product in rows if len(reached[thing]) < MOST_COUNTED for use in known.get(product, ()))
            frontier[thing] = {
                use.product_id: use for use in ahead if use.product_id not in reached[thing] and use.product_id != thing
            }
    return {
        thing: [row for row in list(rows.values())[:MOST_COUNTED] if not row.needed_by]
        for thing, rows in reached.items()
    }


def _row(
    found: _Thing,
    neighbours: _Neighbours,
    holders: Sequence[Source],
    kinds: Kinds,
    uses: Sequence[_Use],
    finals: Sequence[_Use],
    studies: Sequence[_Researcher],
    makers: Sequence[_User],
    is_technology: bool,
) -> KeyTechnology:
    here, there = ([one for one in holders if one.is_in is is_in] for is_in in (True, False))
    least = _least(found, neighbours)
    foreign_is_known = _is_known(found.foreign_least, found.foreign_most)
    are_known = (
        found.is_essential is not None, foreign_is_known, _is_known(found.hhi, found.hhi_most),
        neighbours.density is not None,
    )  # fmt: skip
    return KeyTechnology(
        id=found.thing_id,
        name_zh=found.name_zh,
        name_en=found.name_en,
        field=found.field,
        is_key=found.is_key,
        index=found.most,
        index_least=least,
        is_upper_bound=found.most - least >= ROUNDING,
        unknown_parts=[part for part, is_known in zip(_PARTS, are_known, strict=True) if not is_known],
        is_essential=found.is_essential,
        foreign_share=found.foreign_least if foreign_is_known else None,
        foreign_share_least=found.foreign_least,
        foreign_share_most=found.foreign_most,
        hhi=found.hhi,
        hhi_most=found.hhi_most,
        is_hhi_exact=found.is_exact if holders else None,
        relatedness=neighbours.density,
        dependents=found.dependents,
        direct_products=len({use.product_id for use in uses}),
        final_products=len(finals),
        final_names=[use.name for use in finals[:_FINAL_NAMED]],
        holders=len(here),
        holders_elsewhere=len(there),
        holder_names=[one.name for one in here[:_NAMED]],
        elsewhere_names=[one.name for one in there[:_NAMED]],
        makers_of_dependents=len(makers) if is_technology else None,
        user_names=[one.name for one in makers[:_NAMED]],
        researchers=len(studies) if is_technology else None,
        researcher_names=[one.name for one in studies[:_NAMED]],
        near=len(neighbours.firms),
        near_names=[name for _, name in neighbours.firms[:_NEAR_NAMED]],
        evidence_ids=[
            found.thing_id,
            *(use.edge_id for use in uses[:_CITED]),
            *source_evidence([*here[:_NAMED], *there[:_NAMED]], kinds),
            *(one.edge_id for one in studies[:_NAMED]),
            *(firm for firm, _ in neighbours.firms[:_NEAR_NAMED]),
            *(use.product_id for use in finals[:_FINAL_NAMED]),
        ],
    )


_PARTS = ("关键性 essential", "国外占比 foreign share", "持有者 holders", "相关密度 relatedness")


def _is_known(least: float | None, most: float | None) -> bool:
    return least is not None and most is not None and most - least < ROUNDING


# --- what an answer must say -----------------------------------------------------------------------------------------------


def _conventions(where: Scope, kind: Kind) -> list[str]:
    own = {
        Kind.TECHNOLOGY: [
            "技术：凡有产品需要（NEEDS）即为关键；国外占比取技术的 foreign_share；掌握者为有 MASTERS 记录的企业，份额未知，HHI 在 1/家数 与 1 "
            "之间。 Technologies: essential where a product NEEDS it; foreign share as recorded; holders are enterprises that "
            "MASTER it, of unknown shares, so that HHI lies between 1/holders and 1.",
            "生产需要某技术的产品不等于掌握该技术，另列 makers_of_dependents。 Making a product that needs a technology is not mastering "
            "it and is shown apart.",
        ],
        Kind.PRODUCT: [
            "产品：有产品以其为关键投入（input_class 2）即为关键；国外占比按供给地（PROVIDES）的已知份额算得，没有时按生产者所在国家；境外生产者少有记录，"
            "已知份额之余、国家未知或在多国者，可能来自任何国家。 Products: essential where one needs it as an essential input; foreign "
            "share from known shares by providing country, else by the country of its makers; makers abroad are seldom on "
            "record, so what known shares leave, or is of unknown country or of several, may be of any country.",
            *maker_conventions(),
        ],
    }  # fmt: skip
    return [
        "卡脖子指数 = 关键性 × 国外占比 × HHI × (1 − 相关密度)，为本项目的合成指标。 index = essential × foreign share × HHI × "
        "(1 − relatedness density), a composite of this project.",
        "各部分为区间，指数也是：index_least 取各部分的下限，index 取上限；未知的部分为 0 至 1。只有某部分已知为 0 时 index 才为 0。 Each part "
        "is an interval and so is the index: index_least of the least, index of the most of each; 0 to 1 where not known. "
        "The index is 0 only where a part is known to be 0.",
        "有记录的相近企业可能足以持有它，也可能不足：相关密度为 ω 时该部分在 1 − ω 与 1 之间。 Who is near by the records may or may not "
        "come to hold it: with density ω that part lies between 1 − ω and 1.",
        "排序：index_least 大者在前，其次 index，再次依赖产品数；仅因未知而偏高者排在已知为高者之后。 Order: the greatest index_least "
        "first, then index, then dependents; what only unknown parts make high comes after what is known to be high.",
        "HHI 计所有有记录的持有者，不限地区；已知份额之余归份额未知者，没有时归记录之外。 HHI is over all holders on record, here and "
        "elsewhere; what known shares leave is of those of unknown share, of others outside the record where there is none.",
        "相关密度：区内尚未持有它的企业中最大的 ω = Σ M φ / Σ φ，φ 为各企业生产与掌握的共现邻近度（直接记录）。 relatedness: the largest density "
        "ω = Σ M φ / Σ φ of an enterprise here that does not hold it, φ the proximity by what enterprises make and master.",
        "依赖沿 NEEDS 与 INPUT_OF 传递，自身不计；终端产品不再投入别的产品。 Dependence passes along NEEDS and INPUT_OF, a thing never "
        "counts itself; final products go into nothing.",
        *own[kind],
        *where.conventions,
    ]  # fmt: skip


def _notes(
    reader: Reader, rows: Sequence[KeyTechnology], looked_at: int, kind: Kind, key_only: bool, limit: int
) -> list[str]:
    if not looked_at:
        is_listed = kind is Kind.TECHNOLOGY and key_only
        if is_listed and any(row.subjects for row in subject_count(reader, prefix="technology:", chains=[])):
            return [
                "没有清单上的技术；--no-key-only 列出全部。 No technology on the list; ask with key_only off for all."
            ]
        return [f"没有{kind.zh}记录。 No {kind.value} is on record."]
    notes = cut_note(looked_at, limit)
    counts = Counter(part for row in rows for part in row.unknown_parts)
    missing = "，".join(f"{part} {counts[part]}" for part in _PARTS if counts[part])
    if missing:
        notes.append(f"所列 {len(rows)} 行中未知的部分：{missing}。 Unknown parts, of the {len(rows)} rows shown.")
    return notes
