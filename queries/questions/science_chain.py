"""From science to industry: for each technology who researches, masters, makes and uses it here, and where that breaks off."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import numpy as np
from pydantic import Field

from queries.algorithms.arrays import BoolArray, FloatArray, IntArray
from queries.algorithms.structure import edge_places, trace
from queries.answer import Answer, Row, cut_note
from queries.areas import Area, ChainName, Limit, Places, area, chosen_products
from queries.facts import Links, Things, counted, links, number_of, of_node, spread, things
from queries.making import (
    MAKER_CONVENTION,
    Located,
    Makers,
    downstream_counts,
    located,
    makers,
    technology_dependents,
)
from queries.reader import Reader
from queries.registry import question
from queries.ways import Step, Texts, Way, made_steps, step_between


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
_STATE_NUMBER = {state: number for number, state in enumerate(State)}
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

    technology_id: str = Field(description="id of the technology")
    name_zh: str = Field(description="技术")
    name_en: str | None = Field(description="technology")
    field: str | None = Field(description="领域 field")
    is_key: bool | None = Field(description="卡脖子清单 whether it is on the chokepoint list; null where not known")
    score: float = Field(description="得分 brokenness × dependents")
    brokenness: float = Field(
        description="断裂程度 stages that are not here, of the four that can be missing, 0–1; unknown ones in part"
    )
    science: State = Field(description="科学 institutes that research it")
    centre: State = Field(description="协同中心 centres of which a resident masters it")
    technology: State = Field(description="掌握 enterprises that master it")
    product: State = Field(description="产品 makers of products that need it")
    industry: State = Field(
        description="产业 makers of what these products go into, through any number of steps, or of end products"
    )
    breaks_zh: list[str] = Field(description="断点 stages that are not here, with what is known of them, in Chinese")
    breaks: int = Field(description="确知断点数 stages that are only elsewhere")
    unknowns: int = Field(description="不明断点数 stages of unknown place or not on record")
    needed_by: int = Field(description="直接产品数 products of the chain that need it")
    dependents: int = Field(
        description="依赖它的产品数 products that need it or depend on one that does; counted up to 1000"
    )
    institutes_here: int = Field(description="区内院所数 institutes here that research it")
    institutes_elsewhere: int = Field(description="其他院所数 institutes elsewhere or of unknown place that do")
    masters_here: int = Field(description="区内掌握企业数 enterprises here that master it")
    masters_elsewhere: int = Field(description="其他掌握企业数 enterprises elsewhere or of unknown place that do")
    makers_here: int = Field(description="区内生产企业数 enterprises here that make a product that needs it")
    makers_elsewhere: int = Field(description="其他生产企业数 enterprises elsewhere or of unknown place that do")
    makers_without: int = Field(
        description="区内生产而未见掌握 of the makers here, those that are not on record as mastering it: nearest to closing a break"
    )
    institutes: list[str] = Field(description="院所 institutes, those here first, the first five")
    centres: list[str] = Field(description="中心 centres, those here first, the first five")
    masters: list[str] = Field(description="掌握企业 enterprises that master it, those here first, the first five")
    products: list[str] = Field(description="所需产品 products that need it, the most depended-on five")
    makers: list[str] = Field(description="生产企业 their makers, those here first, the first five")
    chains: list[str] = Field(description="产业链 chains that these products are part of")
    reason: str = Field(description="路径 the path as far as it goes, in words")
    path: list[str] = Field(description="ids of the nodes of that path")
    evidence_ids: list[str] = Field(description="ids of the nodes and edges of what is named")


class ScienceChainAnswer(Answer):
    """The technologies."""

    rows: list[TechnologyPath]
    by_stage: dict[str, dict[State, int]] = Field(
        description="for each stage, how many of the technologies looked at are in which state"
    )


@question(zh="从科学到产业", en="From science to industry", order=130)
def science_chain(
    reader: Reader,
    *,
    technology: Annotated[
        str,
        Field(
            description="技术（编号或名称；空为该产业链所需的全部） technology by id or name, empty for all that the chain needs"
        ),
    ] = "",
    chain: ChainName = "",
    places: Places = [],
    unknown_counts: Annotated[
        float,
        Field(
            ge=0, le=1, description="不明的环节算作几分之一个断点 what a stage of unknown place or not on record counts"
        ),
    ] = 0.5,
    key_only: Annotated[bool, Field(description="只列卡脖子清单 only those on the chokepoint list")] = False,
    limit: Limit = 50,
) -> ScienceChainAnswer:
    """每项技术从科学、技术、产品到产业的路径在区内是否贯通，断在哪一环。 Where the path from science to industry breaks off."""
    where = area(reader, places)
    technologies = things(reader, "Technology")
    needs = _needs(reader, chain)
    chosen = _chosen(reader, technology, chain, needs)
    if key_only:
        chosen = chosen[technologies.is_true("is_key")[chosen]]
    found = _stages(reader, where, needs)
    broken = _brokenness(found.state[chosen], unknown_counts)
    score = broken * technology_dependents(reader)[chosen]
    order = np.lexsort((chosen, ~technologies.is_true("is_key")[chosen], -np.round(broken, 9), -np.round(score, 9)))
    best = order[:limit]
    return ScienceChainAnswer(
        rows=_rows(reader, found, chosen[best], broken[best]),
        by_stage={stage: counted(found.state[chosen, column], State) for column, stage in enumerate(_STAGES)},
        looked_at=len(chosen), looked_at_what="技术 technologies", conventions=_conventions(where, unknown_counts),
        notes=_notes(len(technologies), len(chosen), limit),
    )  # fmt: skip


def _chosen(reader: Reader, technology: str, chain: str, needs: IntArray) -> IntArray:
    """The technology named, else those that products of the chain need, all where no chain is named."""
    if technology:
        return np.array([number_of(reader, "Technology", "technology", technology)])
    if not chain:
        return np.arange(len(things(reader, "Technology")))
    return np.unique(links(reader, "NEEDS", "Product", "Technology").head[needs])


def _needs(reader: Reader, chain: str) -> IntArray:
    """The NEEDS edges of the products of the chain."""
    needs = links(reader, "NEEDS", "Product", "Technology")
    is_chosen = np.zeros(len(needs.tails), np.bool_)
    is_chosen[chosen_products(reader, chain)] = True
    return np.flatnonzero(is_chosen[needs.tail]) if len(needs) else np.zeros(0, np.int64)


def _brokenness(state: IntArray, unknown_counts: float) -> FloatArray:
    """Stages that are not here, those that may be counted in part, as a share of the four that can be missing; 0–1."""
    stages = state[:, [_STAGES.index(stage) for stage in _BREAKS]]
    is_elsewhere, is_here = stages == _STATE_NUMBER[State.ELSEWHERE], stages == _STATE_NUMBER[State.HERE]
    found: FloatArray = np.where(is_here, 0.0, np.where(is_elsewhere, 1.0, unknown_counts)).sum(axis=1) / len(_BREAKS)
    return found


# --- the stages of all technologies at once ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Holders:
    """Pairs of a technology and who holds a stage of it, by technology, those here first, then by number."""

    nodes: Things
    technology: IntArray
    holder: IntArray
    link: IntArray  # of the edge that says so
    here: IntArray  # (technologies)
    unplaced: IntArray
    elsewhere: IntArray

    def of(self, technology: int) -> slice:
        """The places of the holders of a technology."""
        first, last = np.searchsorted(self.technology, [technology, technology + 1])
        return slice(int(first), int(last))


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """Everything about all technologies: states by stage, and who holds each."""

    state: IntArray  # (technologies, stages): places in `State`
    science: _Holders
    centre: _Holders
    technology: _Holders
    product: _Holders  # makers; `link` is a pair of `Makers`
    needs: IntArray  # the NEEDS edges of the chain
    makers_without: IntArray  # (technologies)


def _stages(reader: Reader, where: Area, needed: IntArray) -> _Found:
    needs = links(reader, "NEEDS", "Product", "Technology")
    masters = links(reader, "MASTERS", "Enterprise", "Technology")
    researches = links(reader, "RESEARCHES", "Institute", "Technology")
    residents = links(reader, "RESIDENT_OF", "Enterprise", "Center")
    making, size = makers(reader), len(needs.heads)
    at = {label: located(reader, label, where) for label in ("Institute", "Center", "Enterprise")}
    science = _holders(
        researches.tails, researches.head, researches.tail, np.arange(len(researches)), at["Institute"], size
    )
    mastery = _holders(masters.tails, masters.head, masters.tail, np.arange(len(masters)), at["Enterprise"], size)
    resides = np.flatnonzero(np.array(residents.table["resident_status"].to_pylist(), object) == "resident")
    who, held = spread(masters.forward, residents.tail[resides])
    centre = _holders(residents.heads, masters.head[held], residents.head[resides][who], held, at["Center"], size)
    count = making.start[needs.tail[needed] + 1] - making.start[needs.tail[needed]]
    pair = edge_places(making.start, needs.tail[needed])
    product = _holders(
        making.makes.tails, np.repeat(needs.head[needed], count), making.enterprise[pair], pair, at["Enterprise"], size
    )
    is_mastered = np.isin(_key(product.technology, product.holder, making), _key(masters.head, masters.tail, making))
    without = product.technology[~is_mastered & at["Enterprise"].is_inside[product.holder]]
    stages = [(h.here, h.unplaced, h.elsewhere) for h in (science, centre, mastery, product)]
    stages.append(_industry(reader, making, at["Enterprise"], needs, needed))
    state = np.stack([_state(*counts) for counts in stages], axis=1)
    return _Found(state, science, centre, mastery, product, needed, np.bincount(without, minlength=size))


def _key(technology: IntArray, enterprise: IntArray, making: Makers) -> IntArray:
    found: IntArray = technology * max(len(making.makes.tails), 1) + enterprise
    return found


def _holders(
    nodes: Things, technology: IntArray, holder: IntArray, link: IntArray, places: Located, size: int
) -> _Holders:
    """Each holder of a technology once, by the first of its links."""
    order = np.lexsort((link, holder, ~places.is_inside[holder], technology))
    technology, holder, link = technology[order], holder[order], link[order]
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = (np.diff(technology) != 0) | (np.diff(holder) != 0)
    technology, holder, link = technology[is_first], holder[is_first], link[is_first]
    is_inside, may_be = places.is_inside[holder], places.may_be_inside[holder]

    def count(of: BoolArray) -> IntArray:
        return np.bincount(technology[of], minlength=size)

    return _Holders(nodes, technology, holder, link, count(is_inside), count(may_be), count(~is_inside & ~may_be))


def _industry(
    reader: Reader, making: Makers, places: Located, needs: Links, needed: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """How many needing products lead to a product that somebody here, may be here, or elsewhere makes; end products to themselves."""
    inputs = links(reader, "INPUT_OF", "Product", "Product")
    is_end = np.diff(inputs.forward.start[: len(inputs.tails) + 1]) == 0
    counts = []
    is_elsewhere = ~places.is_inside & ~places.may_be_inside
    for who in (places.is_inside, places.may_be_inside, is_elsewhere):
        made = np.unique(making.product[who[making.enterprise]])
        leads = np.zeros(len(inputs.tails), np.bool_)
        leads[trace(inputs.backward, made).nodes] = True
        # A product that is made leads to itself; what counts is a later one, or itself where there is none.
        reaches = is_end & leads
        reaches[inputs.tail[leads[inputs.head]]] = True
        counts.append(np.bincount(needs.head[needed][reaches[needs.tail[needed]]], minlength=len(needs.heads)))
    return counts[0], counts[1], counts[2]


def _state(here: IntArray, unplaced: IntArray, elsewhere: IntArray) -> IntArray:
    states = [_STATE_NUMBER[s] for s in (State.HERE, State.UNPLACED, State.ELSEWHERE)]
    found: IntArray = np.select([here > 0, unplaced > 0, elsewhere > 0], states, _STATE_NUMBER[State.NOT_ON_RECORD])
    return found


# --- rows --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What is drawn and named of a technology."""

    technology: int
    path: Way
    ways: list[Way]
    products: list[int]
    chains: list[int]


def _rows(reader: Reader, found: _Found, best: IntArray, broken: FloatArray) -> list[TechnologyPath]:
    technologies, products, chains = (things(reader, label) for label in ("Technology", "Product", "Chain"))
    drawn = [_drawn(reader, found, int(technology)) for technology in best]
    holders = (found.science, found.centre, found.technology, found.product)
    beside: list[tuple[Things, int]] = [(technologies, int(t)) for t in best]
    for one in drawn:
        beside += [(products, p) for p in one.products[:_NAMED]] + [(chains, c) for c in one.chains]
        for held in holders:
            beside += [(held.nodes, int(h)) for h in held.holder[held.of(one.technology)][:_NAMED]]
    texts = Texts((way for one in drawn for way in [one.path, *one.ways] if way), beside)
    return [_row(reader, found, one, texts, float(b)) for one, b in zip(drawn, broken, strict=True)]


def _row(reader: Reader, found: _Found, one: _Drawn, texts: Texts, broken: float) -> TechnologyPath:
    technologies, t = things(reader, "Technology"), one.technology
    number = np.array([t])
    states = {stage: list(State)[found.state[t, column]] for column, stage in enumerate(_STAGES)}
    missing = [stage for stage in _BREAKS if states[stage] is not State.HERE]
    breaks = sum(states[stage] is State.ELSEWHERE for stage in missing)

    def names(held: _Holders) -> list[str]:
        return [texts.name((held.nodes, int(h))) for h in held.holder[held.of(t)][:_NAMED]]

    def here_and_not(held: _Holders) -> tuple[int, int]:
        return int(held.here[t]), int(held.unplaced[t] + held.elsewhere[t])

    counts = [here_and_not(held) for held in (found.science, found.technology, found.product)]
    dependents = int(technology_dependents(reader)[t])
    is_key = technologies.table["is_key"][t].as_py()
    return TechnologyPath(
        technology_id=technologies.id(t),
        name_zh=technologies.name(t),
        name_en=technologies.texts("name_en", number)[0],
        field=technologies.texts("field", number)[0],
        is_key=is_key,
        score=broken * dependents,
        brokenness=broken,
        **states,
        breaks_zh=[f"{_BREAKS[stage]}（{states[stage].zh}）" for stage in missing],
        breaks=breaks,
        unknowns=len(missing) - breaks,
        needed_by=len(one.products),
        dependents=dependents,
        institutes_here=counts[0][0],
        institutes_elsewhere=counts[0][1],
        masters_here=counts[1][0],
        masters_elsewhere=counts[1][1],
        makers_here=counts[2][0],
        makers_elsewhere=counts[2][1],
        makers_without=int(found.makers_without[t]),
        institutes=names(found.science),
        centres=names(found.centre),
        masters=names(found.technology),
        products=[texts.name((things(reader, "Product"), p)) for p in one.products[:_NAMED]],
        makers=names(found.product),
        chains=[texts.name((things(reader, "Chain"), c)) for c in one.chains],
        reason=texts.words(one.path) if one.path else technologies.name(t),
        path=texts.node_ids(one.path) if one.path else [technologies.id(t)],
        evidence_ids=list(
            dict.fromkeys([technologies.id(t), *texts.evidence([w for w in [one.path, *one.ways] if w])])
        ),
    )


def _drawn(reader: Reader, found: _Found, technology: int) -> _Drawn:
    needs = links(reader, "NEEDS", "Product", "Technology")
    membership = links(reader, "PART_OF", "Product", "Chain")
    own = found.needs[needs.head[found.needs] == technology]
    order = np.lexsort((needs.tail[own], -downstream_counts(reader)[needs.tail[own]]))
    own = own[order]
    products = needs.tail[own].tolist()
    _, member = spread(membership.forward, needs.tail[own])
    ways = _ways(reader, found, technology)
    ways += [(Step(needs, int(need)),) for need in own[:_NAMED]]
    ways += [(Step(membership, int(of_node(membership.forward, p)[0])),) for p in products[:_NAMED]
             if len(of_node(membership.forward, p))]  # fmt: skip
    chains = np.unique(membership.head[member]).tolist() if len(member) else []
    return _Drawn(technology, _path(reader, found, technology, products), ways, products, chains)


def _ways(reader: Reader, found: _Found, technology: int) -> list[Way]:
    """The edges by which each stage is held: of institutes, centres' residents, enterprises, makers; five of each."""
    researches = links(reader, "RESEARCHES", "Institute", "Technology")
    masters = links(reader, "MASTERS", "Enterprise", "Technology")
    residents = links(reader, "RESIDENT_OF", "Enterprise", "Center")
    kinds, making = links(reader, "KIND_OF", "Product", "Product"), makers(reader)
    ways: list[Way] = [(Step(researches, link),) for link in _linked(found.science, technology)]
    ways += [(Step(masters, link),) for link in _linked(found.technology, technology)]
    for link, center in zip(
        _linked(found.centre, technology), found.centre.holder[found.centre.of(technology)].tolist(), strict=False
    ):
        resident = step_between(residents, int(masters.tail[link]), center, is_along=False)
        ways.append((resident, Step(masters, link)))
    ways += [made_steps(making, kinds, pair) for pair in _linked(found.product, technology)]
    return ways


def _linked(held: _Holders, technology: int) -> list[int]:
    links: list[int] = held.link[held.of(technology)][:_NAMED].tolist()
    return links


def _path(reader: Reader, found: _Found, technology: int, products: Sequence[int]) -> Way:
    """One walk: institute, technology, who masters it and makes a product that needs it, product, chain; as far as it goes.

    Over who masters it and makes such a product where there is one, else straight to the most depended-on product.
    """
    needs = links(reader, "NEEDS", "Product", "Technology")
    masters = links(reader, "MASTERS", "Enterprise", "Technology")
    researches = links(reader, "RESEARCHES", "Institute", "Technology")
    membership = links(reader, "PART_OF", "Product", "Chain")
    way: list[Step] = [Step(researches, link) for link in _linked(found.science, technology)[:1]]
    over = _over_master(found, technology, makers(reader), products)
    product = products[0] if products else -1
    if over is not None:
        enterprise, pair = over
        product = int(makers(reader).product[pair])
        way.append(step_between(masters, enterprise, technology, is_along=False))
        way += made_steps(makers(reader), links(reader, "KIND_OF", "Product", "Product"), pair)
    elif products:
        way.append(step_between(needs, product, technology, is_along=False))
    elif held := _linked(found.technology, technology):
        way.append(Step(masters, held[0], is_along=False))
    if product >= 0:
        way += [Step(membership, int(link)) for link in of_node(membership.forward, product)[:1]]
    return tuple(way)


def _over_master(found: _Found, technology: int, making: Makers, products: Sequence[int]) -> tuple[int, int] | None:
    """The first who masters the technology and makes a product that needs it, and that pair of `Makers`."""
    for enterprise in found.technology.holder[found.technology.of(technology)].tolist():
        for product in products:
            of = making.of(product)
            pair = of.start + int(np.searchsorted(making.enterprise[of], enterprise))
            if pair < of.stop and making.enterprise[pair] == enterprise:
                return enterprise, pair
    return None


# --- what is said of it ------------------------------------------------------------------------------------------------


def _conventions(where: Area, unknown_counts: float) -> list[str]:
    return [
        MAKER_CONVENTION,
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
