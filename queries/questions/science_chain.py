"""From science to industry: for each technology who researches, masters, makes and uses it here, and where that breaks off."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from graph.texts import Text
from queries.answer import Answer, Row, cut_note
from queries.makers import Kinds, Maker, kinds_of_makers, maker_conventions, makers_by_product
from queries.paths import Path, Step, names_on, node_ids, path_evidence, path_text, step_along, step_back, supply_path
from queries.reader import Reader
from queries.registry import question
from queries.scope import (
    ChainName,
    Confidence,
    Fraction,
    Limit,
    Named,
    Places,
    Scope,
    called,
    chain_ids,
    chains_of,
    find_one,
    scope,
)
from queries.sections import Sections, by_first
from queries.upstream import goes_into

_SECTIONS = Sections(__file__)


class State(StrEnum):
    """Whether a stage is present in the places."""

    HERE = "here"
    UNPLACED = "unplaced"
    ELSEWHERE = "elsewhere"
    NOT_ON_RECORD = "not_on_record"


class Stage(StrEnum):
    """The stages from science to industry."""

    SCIENCE = "science"
    CENTRE = "centre"
    TECHNOLOGY = "technology"
    PRODUCT = "product"
    INDUSTRY = "industry"


_CAN_BREAK = tuple(stage for stage in Stage if stage is not Stage.CENTRE)
"""A centre joins stages and is none that could be missing."""
_NAMED = 5
"""Holders of each stage named and cited in a row; all are counted."""


class TechnologyPath(Row):
    """A technology, the stages from science to industry around it, and where the path breaks off."""

    key = ("technology_id",)
    table = (
        "name_zh", "is_key", "score", "brokenness", "break_texts", *Stage, "dependents", "institutes", "masters",
        "products", "chains",
    )  # fmt: skip
    scores = ("brokenness",)

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
    break_texts: list[Text]
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
    reason: Text
    path: list[str]
    evidence_ids: list[str]


class ScienceChainAnswer(Answer):
    """The technologies."""

    rows: list[TechnologyPath]
    by_stage: dict[Stage, dict[State, int]]

    def in_short(self, reader: Reader) -> Text:
        """The stage that the fewest technologies have here, and the gravest break."""
        here = {stage: self.by_stage[stage][State.HERE] for stage in Stage}
        least = min(Stage, key=lambda stage: here[stage])
        return Text(
            "science_chain.headline", looked=self.looked_at, stage=least, here=here[least],
            name=called(reader, self.rows[0].technology_id), breaks=self.rows[0].break_texts,
        )  # fmt: skip


@question(order=130)
def science_chain(
    reader: Reader,
    *,
    technology: str = "",
    chain: ChainName = "",
    places: Places = [],
    unknown_counts: Fraction = 0.5,
    key_only: bool = False,
    min_confidence: Confidence = 0.0,
    limit: Limit = 50,
) -> ScienceChainAnswer:
    """Where the path from science to industry breaks off."""
    where, chains = scope(reader, places), chain_ids(reader, chain)
    asked = [find_one(reader, ("Technology",), "technology", technology).id] if technology else []
    chosen = technologies(reader, technology_ids=asked, chains=chains, key_only=key_only)
    found = sorted(_found(reader, chosen, chains, where, min_confidence), key=lambda one: one.order(unknown_counts))
    counts = {stage: Counter(one.states[stage] for one in found) for stage in Stage}
    has_any = chosen or technologies(reader, technology_ids=[], chains=[], key_only=False)
    nothing = Text("science_chain.note.none_asked" if has_any else "science_chain.note.none")
    return ScienceChainAnswer(
        rows=_rows(reader, found[:limit], unknown_counts),
        by_stage={stage: {state: counted[state] for state in State} for stage, counted in counts.items()},
        looked_at=len(chosen),
        looked_at_what=Text("science_chain.technologies"),
        conventions=[
            *maker_conventions(min_confidence),
            *where.conventions,
            Text("science_chain.stages_mean"),
            Text("science_chain.break_means"),
            Text("science_chain.flip_margin_means"),
            Text("science_chain.score_means", unknown_counts=unknown_counts),
        ],
        notes=cut_note(len(chosen), limit) if chosen else [nothing],
    )


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


class _Need(NamedTuple):
    technology_id: str
    product_id: str
    downstream: int


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
suppliers = _SECTIONS.rows("suppliers", _Suppliers)


@dataclass(frozen=True, slots=True)
class _Found:
    """A technology, who holds each stage of it, those here first, and the products that need it."""

    technology: _Technology
    institutes: Sequence[_Holder]
    centres: Sequence[_Holder]
    masters: Sequence[_Holder]
    products: Sequence[str]
    makers: Mapping[
        str, Sequence[Maker]
    ]  # by enterprise, those here first; of each what it makes, in the order of products
    states: dict[str, State]

    @property
    def missing(self) -> list[Stage]:
        """The stages that are not here, of those that can be missing."""
        return [stage for stage in _CAN_BREAK if self.states[stage] is not State.HERE]

    @property
    def breaks(self) -> int:
        """How many stages are known to be elsewhere only."""
        return sum(self.states[stage] is State.ELSEWHERE for stage in self.missing)

    def brokenness(self, unknown_counts: float) -> float:
        """Missing stages, those that may be here counted in part, as a share of the four that can be missing; 0–1."""
        return (self.breaks + unknown_counts * (len(self.missing) - self.breaks)) / len(_CAN_BREAK)

    def order(self, unknown_counts: float) -> tuple[float, float, bool, str]:
        """Where it stands among others."""
        broken, one = self.brokenness(unknown_counts), self.technology
        return -round(broken * one.dependents, 9), -round(broken, 9), one.is_key is not True, one.technology_id

    def cited(self, kinds: Kinds, chains: Mapping[str, Sequence[Named]]) -> list[Path]:
        """The edges by which each stage is held: of institutes, enterprises, residents of centres, makers, products; five of
        each.
        """
        technology, products = self.technology.technology_id, self.products[:_NAMED]
        return [
            *((step_along("RESEARCHES", row.holder_id, technology),) for row in self.institutes[:_NAMED]),
            *((step_along("MASTERS", row.holder_id, technology),) for row in self.masters[:_NAMED]),
            *((step_back("RESIDENT_OF", row.over_id, row.holder_id), step_along("MASTERS", row.over_id, technology))
              for row in self.centres[:_NAMED]),
            *(supply_path(min(made), kinds) for made in list(self.makers.values())[:_NAMED]),
            *((step_along("NEEDS", product, technology),) for product in products),
            *((step_along("PART_OF", product, one.id),) for product in products for one in chains.get(product, ())[:1]),
        ]  # fmt: skip

    def path(self, kinds: Kinds, chains: Mapping[str, Sequence[Named]]) -> Path:
        """One walk: institute, technology, who masters it and makes a product that needs it, product, chain; as far as it goes.

        Over who masters it and makes such a product where there is one, else straight to the most depended-on product.
        """
        technology = self.technology.technology_id
        path: list[Step] = [step_along("RESEARCHES", row.holder_id, technology) for row in self.institutes[:1]]
        over = next((self.makers[row.holder_id][0] for row in self.masters if row.holder_id in self.makers), None)
        product = over.product_id if over else next(iter(self.products), "")
        if over:
            path += [step_back("MASTERS", over.enterprise_id, technology), *supply_path(over, kinds)]
        elif product:
            path.append(step_back("NEEDS", product, technology))
        elif self.masters:
            path.append(step_back("MASTERS", self.masters[0].holder_id, technology))
        return (*path, *(step_along("PART_OF", product, one.id) for one in chains.get(product, ())[:1]))


def _found(
    reader: Reader, chosen: Sequence[_Technology], chains: Sequence[str], where: Scope, min_confidence: float
) -> list[_Found]:
    ids = [one.technology_id for one in chosen]
    if not ids:
        return []
    held = [_held(reader, by, ids, where) for by in (institutes, centres, masters)]
    needed = by_first(needs(reader, technology_ids=ids, chains=chains))
    products = sorted({need.product_id for own in needed.values() for need in own})
    makers = makers_by_product(reader, products, where, min_confidence)
    industry = _industry(reader, products, where, min_confidence)
    found = []
    for one in chosen:
        own = [need.product_id for need in needed.get(one.technology_id, ())]
        labs, over, firms = (by.get(one.technology_id, []) for by in held)
        made = _by_maker(maker for product in own for maker in makers.get(product, ()))
        sites = [site for of in made.values() for site in of]
        states = [_first(map(_state, who)) for who in (labs, over, firms, sites)]
        states.append(_first(state for product in own for state in industry[product]))
        found.append(_Found(one, labs, over, firms, own, made, dict(zip(Stage, states, strict=True))))
    return found


def _held(
    reader: Reader, by: Callable[..., list[_Holder]], technology_ids: Sequence[str], where: Scope
) -> dict[str, list[_Holder]]:
    found = by_first(by(reader, technology_ids=technology_ids, areas=where.areas, around=where.around))
    return {one: sorted(rows, key=lambda row: (not row.is_here, row.holder_id)) for one, rows in found.items()}


def _by_maker(makers: Iterable[Maker]) -> dict[str, list[Maker]]:
    found = defaultdict[str, list[Maker]](list)
    for maker in makers:
        found[maker.enterprise_id].append(maker)
    return dict(sorted(found.items(), key=lambda of: (not any(site.is_here for site in of[1]), of[0])))


def _state(of: _Holder | Maker) -> State:
    return State.HERE if of.is_here else State.ELSEWHERE if of.is_placed else State.UNPLACED


def _first(states: Iterable[State]) -> State:
    """The first of the states in their order."""
    return min(states, key=list(State).index, default=State.NOT_ON_RECORD)


def _industry(reader: Reader, products: Sequence[str], where: Scope, min_confidence: float) -> dict[str, set[State]]:
    """Where those are who make what each product goes into through any number of steps; of an end product its own makers."""
    into = defaultdict[str, list[str]](list)
    known, frontier = set(products), list(products)
    while frontier:
        rows = goes_into(reader, product_ids=frontier)
        for row in rows:
            into[row.used_in_id].append(row.product_id)
        frontier = sorted({row.used_in_id for row in rows} - known)
        known.update(frontier)
    has_uses = {product for inputs in into.values() for product in inputs}
    asked = {"areas": where.areas, "around": where.around, "min_confidence": min_confidence}
    rows_of = suppliers(reader, product_ids=known, **asked)
    found: dict[str, set[State]] = {product: set() for product in products}
    for state in (State.HERE, State.UNPLACED, State.ELSEWHERE):
        made = {row.product_id for row in rows_of if getattr(row, state.value)}
        for product in (_leading_to(made, into) | (made - has_uses)) & found.keys():
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
    kinds = kinds_of_makers(reader, (maker for one in found for made in one.makers.values() for maker in made))
    chains = chains_of(reader, {product for one in found for product in one.products})
    paths = [(one.path(kinds, chains), one.cited(kinds, chains)) for one in found]
    names = names_on(reader, [path for first, cited in paths for path in (first, *cited) if path])
    rows = []
    for one, (path, cited) in zip(found, paths, strict=True):
        technology, broken = one.technology, one.brokenness(unknown_counts)
        here = {holder.holder_id for holder in (*one.institutes, *one.masters) if holder.is_here}
        here |= {maker for maker, made in one.makers.items() if any(site.is_here for site in made)}
        labs, centre_ids, firms = ([row.holder_id for row in by] for by in (one.institutes, one.centres, one.masters))
        own_chains = {chain for product in one.products for chain in chains.get(product, ())}
        counts = {
            f"{what}_{where}": sum((who in here) is (where == "here") for who in of)
            for what, of in (("institutes", labs), ("masters", firms), ("makers", one.makers))
            for where in ("here", "elsewhere")
        }
        named = {
            what: [names[who] for who in list(of)[:_NAMED]]
            for what, of in (
                ("institutes", labs), ("centres", centre_ids), ("masters", firms), ("products", one.products),
                ("makers", one.makers),
            )
        }  # fmt: skip
        rows.append(
            TechnologyPath(
                **(technology._asdict() | one.states | counts | named),
                score=broken * technology.dependents,
                brokenness=broken,
                break_texts=[Text(f"science_chain.break.{stage}", state=one.states[stage]) for stage in one.missing],
                breaks=one.breaks,
                unknowns=len(one.missing) - one.breaks,
                needed_by=len(one.products),
                makers_without=sum(maker in here and maker not in firms for maker in one.makers),
                chains=[chain.name for chain in sorted(own_chains)],
                reason=path_text(path, names) if path else Text.both(technology.name_zh, technology.name_en or ""),
                path=node_ids(path) if path else [technology.technology_id],
                evidence_ids=list(
                    dict.fromkeys([technology.technology_id, *path_evidence(filter(None, [path, *cited]))])
                ),
            )
        )
    return rows
