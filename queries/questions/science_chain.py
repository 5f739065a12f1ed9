"""From science to industry: for each technology who researches, masters, makes and uses it here, and where that breaks off."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from operator import attrgetter
from typing import Annotated, NamedTuple

from pydantic import Field

from queries.answer import Answer, Row, cut_note
from queries.makers import Kinds, Maker, kinds_of_makers, maker_conventions, makers_by_product
from queries.paths import Path, Step, names_on, node_ids, path_evidence, path_text, step_along, step_back, supply_path
from queries.reader import Reader
from queries.registry import question
from queries.scope import ChainName, Confidence, Limit, Places, Scope, chain_ids, find_one, scope
from queries.sections import Sections

_SECTIONS = Sections(__file__)


class State(StrEnum):
    """Whether a stage is present in the places."""

    HERE = "here"
    UNPLACED = "unplaced"
    ELSEWHERE = "elsewhere"
    NOT_ON_RECORD = "not_on_record"

    @property
    def zh(self) -> str:
        """Its Chinese name."""
        return _STATE_ZH[self]


_STATE_ZH = {
    State.HERE: "区内有",
    State.UNPLACED: "地点未定",
    State.ELSEWHERE: "仅区外有",
    State.NOT_ON_RECORD: "未见记录",
}
_BREAKS = {"science": "源头断点", "technology": "转化断点", "product": "产业化断点", "industry": "应用断点"}
"""What it is called where a stage is not present here; a centre joins stages and is none that could be missing."""
_STAGES = ("science", "centre", "technology", "product", "industry")
_NAMED = 5
"""Holders of each stage named and cited in a row; all are counted."""


class TechnologyPath(Row):
    """A technology, the stages from science to industry around it, and where the path breaks off."""

    key = ("technology_id",)
    table = (
        "name_zh",
        "is_key",
        "score",
        "brokenness",
        "breaks_zh",
        "science",
        "centre",
        "technology",
        "product",
        "industry",
        "dependents",
        "institutes",
        "masters",
        "products",
        "chains",
    )
    bar = "score"

    technology_id: str
    name_zh: str
    name_en: str | None
    field: str | None
    is_key: bool | None
    score: float
    brokenness: float
    science: State
    centre: State
    technology: State
    product: State
    industry: State
    breaks_zh: list[str]
    breaks: int
    unknowns: int
    needed_by: int
    dependents: int
    institutes_here: int
    institutes_elsewhere: int
    masters_here: int
    masters_elsewhere: int
    makers_here: int
    makers_elsewhere: int
    makers_without: int
    institutes: list[str]
    centres: list[str]
    masters: list[str]
    products: list[str]
    makers: list[str]
    chains: list[str]
    reason: str
    path: list[str]
    evidence_ids: list[str]


class ScienceChainAnswer(Answer):
    """The technologies."""

    rows: list[TechnologyPath]
    by_stage: dict[str, dict[State, int]]


@question(order=130)
def science_chain(
    reader: Reader,
    *,
    technology: str = "",
    chain: ChainName = "",
    places: Places = [],
    unknown_counts: Annotated[
        float,
        Field(ge=0, le=1),
    ] = 0.5,
    key_only: bool = False,
    min_confidence: Confidence = 0.0,
    limit: Limit = 50,
) -> ScienceChainAnswer:
    """Where the path from science to industry breaks off."""
    where, chains = scope(reader, places), chain_ids(reader, chain)
    asked = [find_one(reader, ("Technology",), "technology", technology).id] if technology else []
    chosen = technologies(reader, technology_ids=asked, chains=chains, key_only=key_only)
    found = _stages(reader, chosen, chains, where, min_confidence)
    found.sort(key=lambda one: one.order(unknown_counts))
    return ScienceChainAnswer(
        rows=_rows(reader, found[:limit], unknown_counts),
        by_stage={stage: _counted(one.states[stage] for one in found) for stage in _STAGES},
        looked_at=len(chosen), looked_at_what="技术 technologies",
        conventions=_conventions(where, unknown_counts, min_confidence),
        notes=_notes(
            len(chosen) or len(technologies(reader, technology_ids=[], chains=[], key_only=False)), len(chosen), limit
        ),
    )  # fmt: skip


def _counted(states: Iterable[State]) -> dict[State, int]:
    found = dict.fromkeys(State, 0)
    for state in states:
        found[state] += 1
    return found


# --- the stages of the technologies ------------------------------------------------------------------------------------


class _Technology(NamedTuple):
    technology_id: str
    name_zh: str
    name_en: str | None
    field: str | None
    is_key: bool | None
    dependents: int


class _Holder(NamedTuple):
    technology_id: str
    holder_id: str
    over_id: str
    is_here: bool
    is_placed: bool

    @property
    def state(self) -> State:
        """Where it is."""
        return State.HERE if self.is_here else State.ELSEWHERE if self.is_placed else State.UNPLACED


class _Need(NamedTuple):
    technology_id: str
    product_id: str
    downstream: int


class _Membership(NamedTuple):
    product_id: str
    chain_id: str


class _Use(NamedTuple):
    product_id: str
    used_in_id: str


class _Suppliers(NamedTuple):
    product_id: str
    here: int
    unplaced: int
    elsewhere: int


technologies = _SECTIONS.rows("technologies", _Technology)
institutes = _SECTIONS.rows("institutes", _Holder)
centres = _SECTIONS.rows("centres", _Holder)
masters = _SECTIONS.rows("masters", _Holder)
needs = _SECTIONS.rows("needs", _Need)
memberships = _SECTIONS.rows("memberships", _Membership)
uses = _SECTIONS.rows("uses", _Use)
suppliers = _SECTIONS.rows("suppliers", _Suppliers)


@dataclass(frozen=True, slots=True)
class _Found:
    """A technology, who holds each stage of it, those here first, and the products that need it."""

    technology: _Technology
    institutes: Sequence[_Holder]
    centres: Sequence[_Holder]
    masters: Sequence[_Holder]
    products: Sequence[str]
    makers: Mapping[str, Mapping[str, Maker]]  # by enterprise, those here first, then by product
    states: Mapping[str, State]

    @property
    def missing(self) -> list[str]:
        """The stages that are not here, of those that can be missing."""
        return [stage for stage in _BREAKS if self.states[stage] is not State.HERE]

    @property
    def breaks(self) -> int:
        """How many stages are known to be elsewhere only."""
        return sum(self.states[stage] is State.ELSEWHERE for stage in self.missing)

    def brokenness(self, unknown_counts: float) -> float:
        """Missing stages, those that may be here counted in part, as a share of the four that can be missing; 0–1."""
        return (self.breaks + unknown_counts * (len(self.missing) - self.breaks)) / len(_BREAKS)

    def order(self, unknown_counts: float) -> tuple[float, float, bool, str]:
        """Where it stands among others."""
        broken, one = self.brokenness(unknown_counts), self.technology
        return -round(broken * one.dependents, 9), -round(broken, 9), one.is_key is not True, one.technology_id


def _stages(
    reader: Reader, chosen: Sequence[_Technology], chains: Sequence[str], where: Scope, min_confidence: float
) -> list[_Found]:
    ids = [one.technology_id for one in chosen]
    if not ids:
        return []
    science, centre, mastery = (_held(reader, by, ids, where) for by in (institutes, centres, masters))
    needed = defaultdict[str, list[str]](list)
    for need in needs(reader, technology_ids=ids, chains=chains):
        needed[need.technology_id].append(need.product_id)
    products = sorted({product for of_one in needed.values() for product in of_one})
    makers = makers_by_product(reader, products, where, min_confidence) if products else {}
    industry = _industry(reader, products, where, min_confidence)
    found = []
    for one in chosen:
        own = needed[one.technology_id]
        held = tuple(by.get(one.technology_id, []) for by in (science, centre, mastery))
        by_maker = _by_maker(own, makers)
        states = [_first({holder.state for holder in holders}) for holders in held]
        states.append(_first({_state_of(maker) for made in by_maker.values() for maker in made.values()}))
        states.append(_first({state for product in own for state in industry[product]}))
        stages = dict(zip(_STAGES, states, strict=True))
        found.append(_Found(one, held[0], held[1], held[2], own, by_maker, stages))
    return found


def _held(
    reader: Reader, by: Callable[..., list[_Holder]], technology_ids: Sequence[str], where: Scope
) -> dict[str, list[_Holder]]:
    rows = by(reader, technology_ids=technology_ids, areas=where.areas, around=where.around)
    groups = groupby(rows, attrgetter("technology_id"))
    return {one: sorted(of_one, key=lambda row: (not row.is_here, row.holder_id)) for one, of_one in groups}


def _by_maker(products: Sequence[str], makers: Mapping[str, Sequence[Maker]]) -> dict[str, dict[str, Maker]]:
    found = defaultdict[str, dict[str, Maker]](dict)
    for maker in (maker for product in products for maker in makers.get(product, ())):
        found[maker.enterprise_id][maker.product_id] = maker
    return dict(sorted(found.items(), key=lambda of: (not _is_here(of[1]), of[0])))


def _is_here(made: Mapping[str, Maker]) -> bool:
    return next(iter(made.values())).is_here


def _state_of(maker: Maker) -> State:
    return State.HERE if maker.is_here else State.UNPLACED if maker.is_unplaced else State.ELSEWHERE


def _first(states: Iterable[State]) -> State:
    """The first of the states in their order."""
    return min(states, key=list(State).index, default=State.NOT_ON_RECORD)


def _industry(reader: Reader, products: Sequence[str], where: Scope, min_confidence: float) -> dict[str, set[State]]:
    """Where those are who make what each product goes into through any number of steps; of an end product its own makers."""
    into = defaultdict[str, list[str]](list)
    known, frontier = set(products), list(products)
    while frontier:
        rows = uses(reader, product_ids=frontier)
        for row in rows:
            into[row.used_in_id].append(row.product_id)
        frontier = sorted({row.used_in_id for row in rows} - known)
        known.update(frontier)
    has_uses = {product for inputs in into.values() for product in inputs}
    rows_of = suppliers(
        reader, product_ids=sorted(known), areas=where.areas, around=where.around, min_confidence=min_confidence
    ) if known else []  # fmt: skip
    found: dict[str, set[State]] = {product: set() for product in products}
    for state in (State.HERE, State.UNPLACED, State.ELSEWHERE):
        made = {row.product_id for row in rows_of if getattr(row, state.value)}
        for product in _leading_to(made, into) | (made - has_uses):
            if product in found:
                found[product].add(state)
    return found


def _leading_to(products: Iterable[str], into: Mapping[str, Sequence[str]]) -> set[str]:
    """What goes into some products, through at least one step."""
    found, queue = set[str](), list(products)
    for product in queue:
        fresh = [one for one in into.get(product, ()) if one not in found]
        found.update(fresh)
        queue += fresh
    return found


# --- rows --------------------------------------------------------------------------------------------------------------


def _rows(reader: Reader, found: Sequence[_Found], unknown_counts: float) -> list[TechnologyPath]:
    kinds = kinds_of_makers(reader, (maker for one in found for made in one.makers.values() for maker in made.values()))
    of_products = defaultdict[str, list[str]](list)
    asked = sorted({product for one in found for product in one.products})
    for row in memberships(reader, product_ids=asked) if asked else ():
        of_products[row.product_id].append(row.chain_id)
    paths = [_path(one, kinds, of_products) for one in found]
    cited = [_cited(one, kinds, of_products) for one in found]
    beside = {chain for chains in of_products.values() for chain in chains}
    names = names_on(reader, [path for path in paths if path] + [path for of in cited for path in of], beside)
    return [
        _row(one, path, [*([path] if path else ()), *of_one], of_products, names, one.brokenness(unknown_counts))
        for one, path, of_one in zip(found, paths, cited, strict=True)
    ]


def _row(
    one: _Found,
    path: Path,
    cited: Sequence[Path],
    chains: Mapping[str, Sequence[str]],
    names: Mapping[str, str],
    broken: float,
) -> TechnologyPath:
    technology, mastering = one.technology, {row.holder_id for row in one.masters}
    here = [maker for maker, made in one.makers.items() if _is_here(made)]

    def named(holders: Iterable[_Holder]) -> list[str]:
        return [names[row.holder_id] for row in list(holders)[:_NAMED]]

    return TechnologyPath(
        technology_id=technology.technology_id,
        name_zh=technology.name_zh,
        name_en=technology.name_en,
        field=technology.field,
        is_key=technology.is_key,
        score=broken * technology.dependents,
        brokenness=broken,
        **one.states,
        breaks_zh=[f"{_BREAKS[stage]}（{one.states[stage].zh}）" for stage in one.missing],
        breaks=one.breaks,
        unknowns=len(one.missing) - one.breaks,
        needed_by=len(one.products),
        dependents=technology.dependents,
        institutes_here=sum(row.is_here for row in one.institutes),
        institutes_elsewhere=sum(not row.is_here for row in one.institutes),
        masters_here=sum(row.is_here for row in one.masters),
        masters_elsewhere=sum(not row.is_here for row in one.masters),
        makers_here=len(here),
        makers_elsewhere=len(one.makers) - len(here),
        makers_without=sum(maker not in mastering for maker in here),
        institutes=named(one.institutes),
        centres=named(one.centres),
        masters=named(one.masters),
        products=[names[product] for product in one.products[:_NAMED]],
        makers=[names[maker] for maker in list(one.makers)[:_NAMED]],
        chains=[names[chain] for chain in sorted({chain for product in one.products for chain in chains[product]})],
        reason=path_text(path, names) if path else technology.name_zh,
        path=node_ids(path) if path else [technology.technology_id],
        evidence_ids=list(dict.fromkeys([technology.technology_id, *path_evidence(cited)])),
    )


def _cited(one: _Found, kinds: Kinds, chains: Mapping[str, Sequence[str]]) -> list[Path]:
    """The edges by which each stage is held: of institutes, enterprises, residents of centres, makers, products; five of each."""
    technology = one.technology.technology_id
    return [
        *((step_along("RESEARCHES", row.holder_id, technology),) for row in one.institutes[:_NAMED]),
        *((step_along("MASTERS", row.holder_id, technology),) for row in one.masters[:_NAMED]),
        *((step_back("RESIDENT_OF", row.over_id, row.holder_id), step_along("MASTERS", row.over_id, technology))
          for row in one.centres[:_NAMED]),
        *(supply_path(made[min(made)], kinds) for made in list(one.makers.values())[:_NAMED]),
        *((step_along("NEEDS", product, technology),) for product in one.products[:_NAMED]),
        *((step_along("PART_OF", product, chain),) for product in one.products[:_NAMED] for chain in chains[product][:1]),
    ]  # fmt: skip


def _path(one: _Found, kinds: Kinds, chains: Mapping[str, Sequence[str]]) -> Path:
    """One walk: institute, technology, who masters it and makes a product that needs it, product, chain; as far as it goes.

    Over who masters it and makes such a product where there is one, else straight to the most depended-on product.
    """
    technology = one.technology.technology_id
    path: list[Step] = [step_along("RESEARCHES", row.holder_id, technology) for row in one.institutes[:1]]
    over = next((made for row in one.masters if (made := one.makers.get(row.holder_id))), None)
    product = next(iter(over)) if over else one.products[0] if one.products else None
    if over and product:
        path.append(step_back("MASTERS", over[product].enterprise_id, technology))
        path += supply_path(over[product], kinds)
    elif product:
        path.append(step_back("NEEDS", product, technology))
    elif one.masters:
        path.append(step_back("MASTERS", one.masters[0].holder_id, technology))
    if product:
        path += [step_along("PART_OF", product, chain) for chain in chains[product][:1]]
    return tuple(path)


# --- conventions and notes ---------------------------------------------------------------------------------------------


def _conventions(where: Scope, unknown_counts: float, min_confidence: float) -> list[str]:
    return [
        *maker_conventions(min_confidence),
        *where.conventions,
        "环节：科学＝研究它的院所；协同中心＝其已入驻企业掌握它（意向入驻不算）；掌握＝掌握它的企业；产品＝所需产品的生产者；产业＝这些产品直接或间接"
        "所进入产品的生产者，终端产品为其自身。 Stages: institutes that research it; centres of which a resident (not one that "
        "intends to come) masters it; enterprises that master it; makers of products that need it; makers of what these go "
        "into through any number of steps, of end products themselves.",
        "断点：区内没有的环节；“仅区外有”是确知的断点，“地点未定”和“未见记录”是不明，不等于没有。协同中心是桥梁，不计断点。 A break is a stage "
        "that is not here; elsewhere is a known one, unplaced and not_on_record are not known, which is not none. A centre "
        "is a bridge and no break.",
        "翻转余量：断点有一条区内记录即消失；区内有的环节，其区内数目减至 0 即成断点。 Flip margin: one record here closes a break; a "
        "stage that is here breaks when its number here falls to 0.",
        f"断裂程度＝（确知断点 + {unknown_counts:g} × 不明断点）/ 4；得分＝断裂程度 × 依赖它的产品数；按得分、断裂程度、卡脖子清单、编号排列。 "
        f"brokenness = (known breaks + {unknown_counts:g} × unknown ones) / 4; score = brokenness × products that depend on "
        "it; order: score, brokenness, chokepoint list, id.",
    ]


def _notes(technologies: int, chosen: int, limit: int) -> list[str]:
    if not technologies:
        return ["图中没有技术。 The graph has no technology."]
    if not chosen:
        return ["所问范围没有技术记录。 No technology on record in what was asked."]
    return cut_note(chosen, limit)
