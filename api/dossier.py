"""The report of a chain or of a place, to hand over on paper: findings with their evidence, board, tables, all sources.

A finding is a sentence with a number; what it rests on has numbers too, and stands with its sources at the end.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from api.board_pages import board_figure, counted_verdicts
from api.facts import Seen, Telling, interval, joined
from api.pages import LINKS, table_of
from api.place_pages import enterprise_table, strength_table, strengths_lack
from api.runs import run_named
from api.thing_pages import foreign_share, reason
from graph.errors import UsageError
from graph.model import Edge, Node, edge_id
from graph.ontology import EDGE_TYPE, NODE_TYPE
from graph.texts import Language, Text, day_text, number_text, share_text, word
from queries.answer import Answer, evidence_ids, rows_of
from queries.boards import STAGES, Board, Square, board
from queries.evidence import edges
from queries.makers import maker_conventions, makers_by_product, makers_of
from queries.places import enterprise_count, enterprises_in, rests_on, strengths, strong_and_weak
from queries.questions.cascade import CascadeAnswer
from queries.questions.gaps import Gap, gaps_on
from queries.questions.next_products import NextProduct, NextProductsAnswer
from queries.reader import Reader
from queries.registry import Question, answer_to
from queries.saved import question_named
from queries.scope import area_of, find_node, nodes, scope
from queries.tables import names_in_rows
from queries.verdicts import Thresholds, Verdict, verdict_conventions, worst
from viz.page import Cell, Column, Figure, Link, Section, Table, list_page
from viz.picture import facts_of

_SAID = 5
"""Findings of one kind; the rest stands in the tables."""
_STOPPED = 20
"""Single sources of which is worked out what their stop would cost."""
_HURT = 3
"""Enterprises that lose most, named as evidence of such a loss."""
_ALL = 10_000_000
_LISTED = 1_000
"""Rows of a table; where there are more the report says so."""
_WEAK = (Verdict.MISSING, Verdict.NARROWER_ONLY, Verdict.SINGLE_SOURCE, Verdict.WEAK, Verdict.CONCENTRATED)


@dataclass(frozen=True, slots=True)
class _Finding:
    text: str
    rests_on: Sequence[str]


@dataclass(slots=True)
class _Told:
    """What a report tells: groups of findings as (heading, sentence, findings), sections after them, definitions used."""

    page: Telling
    groups: list[tuple[str, str, list[_Finding]]] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    conventions: dict[Text, None] = field(default_factory=dict)
    summary: str = ""
    unknown: list[str] = field(default_factory=list)
    rows: dict[str, Sequence[str]] = field(default_factory=dict)
    part: Text = field(default_factory=lambda: Text("dossier.findings"))
    """What is worked out, for who waits."""

    def group(self, heading: str, found: Sequence[_Finding], text: str = "") -> None:
        self.groups.append((heading, text, list(found)))

    def uses(self, conventions: Iterable[Text]) -> None:
        self.conventions.update(dict.fromkeys(conventions))


def dossier(reader: Reader, home: Path, thing: str, language: Language, *, is_served: bool) -> str:
    """The report of a chain or a place, given by id or name, as a page of the server or as one file.

    Raises `NotFound`, `UnknownName`, `AmbiguousName`; `UsageError` for what is neither.
    """
    focus = find_node(reader, thing)
    if focus.label not in _OF:
        raise UsageError(Text("dossier.of_what", name=focus.name_in(language), kind=NODE_TYPE[focus.label].text))
    told = _Told(Telling(reader, language))
    told.page.reader = replace(
        reader, tell=lambda doing: reader.tell(Text("dossier.doing", part=told.part, doing=doing))
    )
    _OF[focus.label](told, focus)
    told.part = Text("dossier.evidence")
    say, cited = told.page.say, _Cited(told, is_served=is_served)
    sections = [
        Section(say("dossier.findings"), say("dossier.findings.about"), figure=Figure("findings.html", cited.findings())),
        *(cited.with_sources(one) for one in told.sections), _unknown(told), _conventions(told),
        Section(say("dossier.evidence"), say("dossier.evidence.about"), figure=Figure("evidence.html", cited.evidence())),
        Section(say("dossier.sources"), say("dossier.sources.about"), figure=Figure("sources.html", cited.sources())),
    ]  # fmt: skip
    day, run = reader.store.day(), run_named(home, reader.store.run_id() or "")
    cover = [
        (say("dossier.cover.as_of"), day_text(day, language) if day else None),
        (say("dossier.cover.load"), run or None),
        (say("explore.seen_from"), told.page.everything()),
        (say("common.column.id"), focus.id),
    ]
    kind = say(f"dossier.{focus.label.lower()}")
    links = (
        [Link(say("dossier.file"), f"{LINKS.report_of(focus.id)}?format=html"), Link(focus.name_in(language), LINKS.node_of(focus.id))]
        if is_served
        else []
    )  # fmt: skip
    return list_page(
        say("dossier.title", name=focus.name_in(language), kind=kind), sections, subtitle=kind, language=language,
        links=LINKS if is_served else None, template="dossier.html", page={"cover": cover, "name": focus.name_in(language), "summary": told.summary, "onward": links},
    )  # fmt: skip


# --- a chain -----------------------------------------------------------------------------------------------------------


def _chain(told: _Told, focus: Node) -> None:
    page, where = told.page, scope(told.page.reader, [])
    found = board(page.reader, focus.id, where)
    squares = [one for of_stage in found.stages.values() for one in of_stage]
    gaps = {gap.product_id: gap for gap in gaps_on(page.reader, [one.product_id for one in squares[:_LISTED]], [])}
    told.uses([*maker_conventions(), *verdict_conventions(where, Thresholds())])
    ordered = sorted(squares, key=lambda one: [*Verdict].index(one.verdict))
    for verdict in _WEAK:
        own = [gaps[one.product_id] for one in ordered if one.verdict is verdict and one.product_id in gaps]
        _gap_group(told, verdict, own, found.counts[verdict])
    _dependence(told, squares)
    lost = _loss_of_sources(told, [one.product_id for one in ordered if one.verdict is Verdict.SINGLE_SOURCE])
    about = page.say("explore.board_of", products=found.products, counts=counted_verdicts(found.counts))
    if not squares:
        about = page.say("common.no_product_of_chain")
    told.summary = about
    told.sections += [
        Section(page.say("explore.board"), about, figure=board_figure(page, found, Seen(), is_linked=False)),
        _of_stages(told, found, gaps),
        *lost,
        *_answered(told, "key_technologies", chain=focus.id, limit=_LISTED),
        *_answered(told, "candidates", chain=focus.id, limit=50),
    ]
    _not_on_record(told, found.counts[Verdict.NOT_ON_RECORD], found.products)
    told.sections += _answered(told, "what_is_missing", chain=focus.id, limit=50)


def _in_order(told: _Told, ids: Sequence[str], places: Sequence[str]) -> list[Gap]:
    """The verdicts on the first of some products, in their order."""
    found = {gap.product_id: gap for gap in gaps_on(told.page.reader, ids[:_LISTED], places)}
    return [found[one] for one in ids if one in found]


def _gap_group(told: _Told, verdict: Verdict, found: Sequence[Gap], count: int, what: Text | None = None) -> None:
    """The first products of a verdict, under what they are called here; that there is none is said only of those that matter most."""
    heading = told.page.say("explore.count_of", what=what or word(verdict), count=count)
    if found:
        cut = told.page.say("dossier.first_of", shown=_SAID, found=count) if count > _SAID else ""
        told.group(heading, _gap_findings(told, found[:_SAID]), cut)
    elif verdict in (Verdict.MISSING, Verdict.SINGLE_SOURCE):
        told.group(heading, [], told.page.say("dossier.none_of", verdict=word(verdict)))


def _gap_findings(told: _Told, found: Sequence[Gap]) -> list[_Finding]:
    page, names = told.page, names_in_rows(told.page.reader, found, told.page.language)
    findings = []
    for gap in found:
        makers = [names.get(one, one) for one in gap.maker_names[:_SAID]]
        by = page.say("dossier.made_by" if gap.makers else "dossier.made_elsewhere_by", makers=makers) if makers else ""
        said = page.say(
            "dossier.gap", name=_called(gap, page), verdict=word(gap.verdict), reason=reason(page, gap), makers=by,
            products=gap.downstream, change=gap.would_change,
        )  # fmt: skip
        findings.append(_Finding(said, gap.evidence_ids))
    return findings


def _called(row: Gap | Square | NextProduct, page: Telling) -> str:
    return Text.both(row.name_zh, row.name_en or "").in_(page.language)


def _dependence(told: _Told, squares: Sequence[Square]) -> None:
    """The products of which most comes from abroad, by the least that it may be."""
    page = told.page
    known = [one for one in squares if one.foreign_least is not None or one.foreign_most is not None]
    heading = page.say("dossier.dependence", known=len(known), products=len(squares))
    known.sort(key=lambda one: (-(one.foreign_least or 0), -(one.foreign_most or 0), one.product_id))
    things = {node.id: node for node in nodes(page.reader, [one.product_id for one in known[:_SAID]])}
    found = [
        _Finding(page.say("dossier.depends", name=_called(one, page), share=said), [one.product_id])
        for one in known[:_SAID]
        if (said := foreign_share(page, things[one.product_id]))
    ]
    said = page.say("dossier.first_of", shown=_SAID, found=len(known)) if len(known) > _SAID else ""
    told.group(heading, found, said if known else page.say("dossier.no_dependence"))


def _loss_of_sources(told: _Told, product_ids: Sequence[str]) -> list[Section]:
    """What would be lost if the makers of single-source products stopped, the greatest loss first; a table of all tried."""
    page = told.page
    makers = makers_by_product(page.reader, product_ids[:_STOPPED], scope(page.reader, []))
    stopped: dict[tuple[str, ...], list[str]] = {}
    for product in product_ids[:_STOPPED]:
        here = tuple(sorted({maker.enterprise_id for maker in makers.get(product, ()) if maker.is_here}))
        stopped.setdefault(here, []).append(product)
    answers = []
    for number, (own, made) in enumerate((of, made) for of, made in stopped.items() if of):
        told.part = Text("dossier.doing.loss", done=number, size=len(stopped))
        answers.append((own, _cascade(page, own, _HURT), made))
    lost = sorted((one for one in answers if one[1].esri is not None), key=lambda one: -(one[1].esri or 0.0))
    heading = page.say("dossier.loss")
    if not lost:
        told.group(heading, [], page.say("dossier.no_loss"))
        return []
    notes = [note.in_(page.language) for note in lost[0][1].notes[:1]]
    found = [
        _Finding(a.headline.in_(page.language), [*own, *_made(made, own), *evidence_ids(rows_of(a))])
        for own, a, made in lost[:_HURT]
    ]
    told.group(heading, found, joined(page.say("dossier.loss.about"), *notes))
    told.uses(lost[0][1].conventions)
    names = page.linked(one for own, _, made in lost for one in (*own, *made))
    heads = [
        Column(page.say(f"dossier.column.{name}"), is_number=name in ("lost", "recorded"))
        for name in ("stops", "sole_source_of", "lost", "recorded")
    ]
    rows: list[list[Cell]] = [
        [tuple(names[one] for one in own), tuple(names[one] for one in made), _share(page, a.esri), _share(page, a.esri_recorded)]
        for own, a, made in lost
    ]  # fmt: skip
    said = page.say("dossier.loss.table", stopped=len(lost), sources=len(product_ids))
    return [Section(heading, said, table=Table(heads, rows))]


def _made(products: Sequence[str], makers: Sequence[str]) -> list[str]:
    return [edge_id("MAKES", maker, product) for maker in makers for product in products]


def _cascade(page: Telling, shocks: Sequence[str], limit: int) -> CascadeAnswer:
    return answer_to(page.reader, "cascade", CascadeAnswer, shocks=list(shocks), limit=limit)


def _share(page: Telling, value: float | None) -> str | None:
    return None if value is None else share_text(value, page.language)


def _of_stages(told: _Told, found: Board, gaps: Mapping[str, Gap]) -> Section:
    """Every product of the chain, stage by stage."""
    page = told.page
    by_stage = [
        (
            STAGES[stage].in_(page.language) if stage in STAGES else page.say("explore.no_stage"),
            [gaps[one.product_id] for one in squares if one.product_id in gaps],
        )
        for stage, squares in found.stages.items()
    ]
    foreign = {
        one.product_id: interval(page.language, one.foreign_least, one.foreign_most)
        for squares in found.stages.values()
        for one in squares
    }
    return _products(told, "dossier.products", found.products, by_stage, foreign)


def _products(
    told: _Told,
    heading: str,
    count: int,
    groups: Sequence[tuple[str, Sequence[Gap]]],
    foreign: Mapping[str, str | None],
) -> Section:
    """Products by stage or chain, with what their verdicts rest on."""
    page = told.page
    names = names_in_rows(page.reader, [gap for _, own in groups for gap in own], page.language)
    rows: list[list[Cell]] = []
    for group, own in groups:
        for gap in own:
            makers = [names.get(name, name) for name in gap.maker_names[:_SAID]] if gap.makers else []
            cut = page.say("explore.and_more", count=gap.makers - len(makers)) if gap.makers > len(makers) else ""
            chains = page.say("common.list", items=[names.get(one, one) for one in gap.chains])
            rows.append([
                group or chains or page.say("explore.no_stage"), Link(_called(gap, page), node_id=gap.product_id), word(gap.verdict).in_(page.language),
                joined(page.say("common.list", items=makers), cut) if makers else page.say("dossier.none_here"),
                gap.makers_elsewhere, gap.downstream, *([foreign[gap.product_id]] if foreign else []), gap.would_change.in_(page.language),
            ])  # fmt: skip
            told.rows[gap.product_id] = gap.evidence_ids
    heads = [
        "stage" if foreign else "chains",
        "product",
        "verdict",
        "makers",
        "elsewhere",
        "rests_on_it",
        *(["foreign"] if foreign else []),
        "change",
    ]
    columns = [
        Column(page.say(f"dossier.column.{name}"), is_number=name in ("elsewhere", "rests_on_it")) for name in heads
    ]
    text = page.say("dossier.first_of", shown=len(rows), found=count) if len(rows) < count else ""
    return Section(page.say(heading), text, table=Table(columns, rows))


def _answered(told: _Told, name: str, **given: object) -> list[Section]:
    """Some columns of the answer of a question as a table with its headline; its definitions go to those of the report."""
    one = question_named(name)
    told.part = one.title
    answer = one.ask(told.page.reader, **given)
    told.uses(answer.conventions)
    return [_table_of(told, one, answer)]


def _table_of(told: _Told, one: Question, answer: Answer) -> Section:
    page, rows = told.page, rows_of(answer)
    said = joined(answer.headline.in_(page.language), *(note.in_(page.language) for note in answer.notes))
    table = table_of(page.reader, one.row_type, rows, page.language, _COLUMNS[one.name]) if rows else None
    return Section(one.title.in_(page.language), said, table=table)


_COLUMNS = {
    "key_technologies": ("name_zh", "index_text", "is_essential", "foreign_text", "hhi_text", "dependents", "holder_names", "near_names"),
    "candidates": ("product_zh", "verdict_text", "name_zh", "control_country", "kind", "closeness", "score", "reason"),
    "what_is_missing": ("name_zh", "fact", "products", "downstream", "why", "look_in"),
    "cascade": ("name_zh", "cities", "loss", "impact", "impact_recorded", "carried_by", "carrier_name", "carrier_product"),
    "next_products": ("name_zh", "chains", "verdict", "score", "density", "near_density", "makers", "near_names"),
}  # fmt: skip
"""What a sheet of paper has room for."""


def _not_on_record(told: _Told, count: int, products: int) -> None:
    if count:
        told.unknown.append(told.page.say("dossier.not_on_record", count=count, products=products))


# --- a place -----------------------------------------------------------------------------------------------------------


def _place(told: _Told, focus: Node) -> None:
    page, where, area = told.page, scope(told.page.reader, []), area_of(focus.id)
    own = [one for one in strengths(page.reader, where) if one.place_id == focus.id]
    told.uses([*maker_conventions(), *verdict_conventions(where, Thresholds())])
    chains = page.linked([one.chain_id for one in own])
    strong = [one for one in strong_and_weak(own, _SAID)[0] if one.products]
    found = [
        _Finding(
            page.say("explore.heat.cell", place=focus.name_in(page.language), chain=chains[one.chain_id].text, made=one.products,
                     products=one.chain_products, makers=one.makers, alone=one.single_sources),
            _made_here(page, one.chain_id, area),
        )
        for one in strong
    ]  # fmt: skip
    told.group(
        page.say("dossier.strong"),
        found,
        "" if found else page.say("dossier.no_strength") if own else strengths_lack(page),
    )
    alone, places = rests_on(page.reader, focus.id)
    resting = "dossier.alone" if not places else "explore.own_sources"
    single = _in_order(told, alone, places)
    _gap_group(told, Verdict.SINGLE_SOURCE, single, len(alone), Text(resting))
    _if_it_stops(told, focus)
    lacking = worst(page.reader, scope(page.reader, [focus.id]), [], Thresholds(), [Verdict.MISSING], _ALL)
    missing = _in_order(told, [row.product_id for row in lacking], [focus.id])
    _gap_group(told, Verdict.MISSING, missing, len(lacking), Text("dossier.lacking"))
    told.sections += [
        strength_table(page, focus, where),
        _gap_table(told, resting, single, len(alone), "explore.no_single_source"),
        _gap_table(told, "dossier.lacking", missing, len(lacking), "explore.no_missing"),
    ]
    told.summary = joined(
        page.say("explore.strong", chains=[chains[one.chain_id].text for one in strong]) if strong else "",
        page.say("explore.count_of", what=Text(resting), count=len(alone)),
        page.say("explore.count_of", what=Text("dossier.lacking"), count=len(lacking)),
    )  # fmt: skip
    _next(told, focus)
    count = enterprise_count(page.reader, area=area)
    rows = enterprises_in(page.reader, area=area, skip=0, limit=_LISTED)
    cut = page.say("dossier.first_of", shown=len(rows), found=count) if len(rows) < count else ""
    told.sections.append(
        Section(page.say("explore.enterprises_here", count=count), cut or ("" if rows else page.say("explore.none", file="located_in.csv")),
                table=enterprise_table(page, rows) if rows else None)
    )  # fmt: skip
    told.unknown.append(page.say("dossier.place_unknown"))


def _made_here(page: Telling, chain_id: str, area: str) -> list[str]:
    """The first records of who makes products of a chain in an area."""
    found = board(page.reader, chain_id, scope(page.reader, []))
    ids = [one.product_id for of_stage in found.stages.values() for one in of_stage]
    rows = makers_of(page.reader, product_ids=ids, areas=[area], around=[], min_confidence=0.0)
    made = sorted({(row.product_id, row.site_id) for row in rows if row.is_here and not row.steps})
    return [edge_id("MAKES", site, product) for product, site in made]


def _if_it_stops(told: _Told, focus: Node) -> None:
    page, told.part = told.page, Text("dossier.loss")
    answer = _cascade(page, [focus.id], 50)
    heading = page.say("dossier.loss")
    if answer.esri is None:
        told.group(
            heading, [], joined(*(note.in_(page.language) for note in answer.notes)) or page.say("dossier.no_loss")
        )
        return
    rows = rows_of(answer)
    notes = [note.in_(page.language) for note in answer.notes[:1]]
    found = _Finding(answer.headline.in_(page.language), [focus.id, *evidence_ids(rows[:_SAID])])
    told.group(heading, [found], joined(page.say("dossier.loss.about"), *notes))
    told.uses(answer.conventions)
    told.sections.append(replace(_table_of(told, question_named("cascade"), answer), heading=heading))


def _gap_table(told: _Told, heading: str, found: Sequence[Gap], count: int, none: str) -> Section:
    if not found:
        return Section(told.page.say(heading), told.page.say(none))
    return _products(told, heading, count, [("", found)], {})


def _next(told: _Told, focus: Node) -> None:
    """What it could add, the first of it as findings."""
    page, one, told.part = told.page, question_named("next_products"), Text("dossier.next")
    answer = answer_to(page.reader, "next_products", NextProductsAnswer, city=focus.id, limit=50)
    names = names_in_rows(page.reader, answer.rows, page.language)
    heading = page.say("dossier.next")
    found = [_Finding(_next_text(page, row, names), row.evidence_ids) for row in answer.rows[:_HURT]]
    told.group(heading, found, "" if found else joined(*(note.in_(page.language) for note in answer.notes)))
    told.uses(answer.conventions)
    told.sections.append(_table_of(told, one, answer))


def _next_text(page: Telling, row: NextProduct, names: Mapping[str, str]) -> str:
    near = [names.get(one, one) for one in row.near_names]
    return page.say(
        "dossier.next_of", name=_called(row, page), score=number_text(row.score, page.language),
        verdict=word(row.verdict) if row.verdict else Text("common.unknown"), near=near or [Text("common.unknown")],
    )  # fmt: skip


# --- what it rests on --------------------------------------------------------------------------------------------------


class _Cited:
    """The evidence of a report, numbered in the order in which findings name it, and its sources likewise."""

    def __init__(self, told: _Told, *, is_served: bool) -> None:
        self._told, self._page, self._is_served = told, told.page, is_served
        reader = told.page.reader
        cited = [one for _, _, found in told.groups for finding in found for one in finding.rests_on]
        wanted = {*cited, *(one for ids in told.rows.values() for one in ids)}
        things: list[Node | Edge] = [*nodes(reader, wanted), *edges(reader, (one for one in wanted if "|" in one))]
        self._things = {one.id: one for one in things}
        self._number = {
            one: at for at, one in enumerate((one for one in dict.fromkeys(cited) if one in self._things), 1)
        }
        ends = {
            end
            for one in self._number
            if isinstance(edge := self._things[one], Edge)
            for end in (edge.from_id, edge.to_id)
        }
        self._names = {key: link.text for key, link in self._page.linked(ends).items()}
        named = dict.fromkeys(source for one in (*self._number, *sorted(wanted)) for source in self._sources_of(one))
        self._sources = {node.id: node for node in nodes(reader, named)}
        self._source_number = {one: at for at, one in enumerate((one for one in named if one in self._sources), 1)}

    def _sources_of(self, thing_id: str) -> tuple[str, ...]:
        thing = self._things.get(thing_id)
        value = thing.properties.get("source_ids") if thing else None
        return value if isinstance(value, tuple) else ()

    def _source_numbers(self, ids: Iterable[str]) -> list[int]:
        return sorted(
            {
                self._source_number[source]
                for one in ids
                for source in self._sources_of(one)
                if source in self._source_number
            }
        )

    def findings(self) -> list[tuple[str, str, list[tuple[str, list[tuple[int, int]]]]]]:
        """The groups, each finding with the numbers of its evidence, from each to each."""
        return [
            (heading, text, [(one.text, _ranges(self._number[i] for i in one.rests_on if i in self._number)) for one in found])
            for heading, text, found in self._told.groups
        ]  # fmt: skip

    def with_sources(self, section: Section) -> Section:
        """A table of products with a column more: the numbers of the sources that its rows rest on."""
        table = section.table
        if table is None or not any(self._about(row) for row in table.rows):
            return section
        columns = [*table.columns, Column(self._page.say("explore.column.sources"))]
        rows = [[*row, self._source_cell(self._about(row))] for row in table.rows]
        return replace(section, table=Table(columns, rows))

    def _about(self, row: Sequence[Cell]) -> str:
        """The product that a row is about, where its evidence is known."""
        ids = (cell.node_id for cell in row[:2] if isinstance(cell, Link))
        return next((one for one in ids if one in self._told.rows), "")

    def _source_cell(self, product_id: str) -> Cell:
        found = self._source_numbers(self._told.rows.get(product_id, ()))
        return tuple(Link(f"S{number}", f"#s{number}") for number in found) or None

    def evidence(self) -> list[dict[str, object]]:
        """What each number stands for: what is said, how sure it is, the words of the source, its day and its sources."""
        return [
            self._told_of(self._things[one]) | {"number": at, "sources": self._source_numbers([one])}
            for one, at in self._number.items()
        ]

    def _told_of(self, thing: Node | Edge) -> dict[str, object]:
        page = self._page
        if isinstance(thing, Node):
            kind = NODE_TYPE[thing.label]
            said = joined(thing.name_in(page.language), kind.in_(page.language))
            known = facts_of(kind.properties, thing.properties, page.language)
        else:
            says = EDGE_TYPE[thing.type]
            said = " ".join([self._names[thing.from_id], says.in_(page.language), self._names[thing.to_id]])
            known = facts_of(says.properties, thing.properties, page.language)
        apart = ("status", "confidence")
        facts = [
            text
            for name, text in known.items()
            if name not in (*apart, "evidence", "as_of", "name_zh", "name_en", "short_name", "aliases")
        ]
        return {
            "text": said, "href": LINKS.claims_of(thing.id) if self._is_served else "",
            "facts": [page.say("pages.fact", name=name, text=text) for name, text in facts[:4]],
            "standing": joined(*(known[name][1] for name in apart if name in known)),
            "quote": known["evidence"][1] if "evidence" in known else "", "day": known["as_of"][1] if "as_of" in known else "",
        }  # fmt: skip

    def sources(self) -> list[dict[str, object]]:
        """Every source behind findings and tables, with its address."""
        kind = NODE_TYPE["Source"]
        told = []
        for one, at in self._source_number.items():
            known = facts_of(kind.properties, self._sources[one].properties, self._page.language)
            rest = joined(*(known[name][1] for name in ("publisher", "kind", "as_of") if name in known))
            told.append(
                {
                    "number": at,
                    "title": self._sources[one].name_in(self._page.language),
                    "rest": rest,
                    "url": str(self._sources[one].properties.get("url") or ""),
                }
            )
        return told


def _ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Numbers as ranges.

    >>> _ranges([5, 1, 2, 3, 2])
    [(1, 3), (5, 5)]
    """
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        is_next = bool(found) and found[-1][1] == number - 1
        found[-1:] = [(found[-1][0], number)] if is_next else [*found[-1:], (number, number)]
    return found


def _unknown(told: _Told) -> Section:
    page = told.page
    return Section(page.say("dossier.unknown"), " ".join([page.say("dossier.unknown.about"), *told.unknown]))


def _conventions(told: _Told) -> Section:
    lines = [text.in_(told.page.language) for text in told.conventions]
    return Section(told.page.say("dossier.conventions"), figure=Figure("lines.html", lines))


_OF: Mapping[str, Callable[[_Told, Node], None]] = {"Chain": _chain, "Place": _place}
"""What is told of a chain, and of a place."""
