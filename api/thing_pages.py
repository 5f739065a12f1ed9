"""The page of a thing: what is on record about it, each fact with its source, and what to ask next."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from api.pages import LINKS, rows_of, sources_of, table_of
from graph.model import Edge, Node, Value, edge_id
from graph.ontology import EDGE_TYPE, NODE_TYPE, EdgeType, Property, label_of
from graph.texts import Language, Text, number_text, region_text, share_text, word
from queries.boards import Board, Square, board, needed_technologies
from queries.evidence import edges
from queries.makers import Maker, makers_of
from queries.places import (
    centers_of,
    enterprise_count,
    enterprises_in,
    single_sources_in,
    strengths,
)
from queries.questions.gaps import Gap, gaps_on
from queries.reader import Reader
from queries.relations import MOST, Controller, Kind, Relation, Relations, controllers, relations
from queries.saved import question_named
from queries.scope import EVERYWHERE, Scope, all_chains, area_of, find_node, find_one, nodes, scope
from queries.verdicts import Thresholds, Verdict, worst
from queries.whereabouts import cities_of
from viz.page import Cell, Column, Field, Figure, Form, Link, Section, Table, list_page
from viz.picture import facts_of, value_text

_ENTERPRISES = 25
"""Enterprises on one page of a place."""
_NAMED = 12
_EVIDENCE = frozenset({"source_ids", "as_of", "valid_from", "valid_to", "status", "confidence", "evidence"})
"""Properties of an edge that say where it comes from and how sure it is: each has its own place in a row."""
_SIGNS = {
    Verdict.MISSING: "✕", Verdict.NARROWER_ONLY: "◌", Verdict.SINGLE_SOURCE: "①", Verdict.WEAK: "▽",
    Verdict.CONCENTRATED: "◐", Verdict.NOT_ON_RECORD: "?", Verdict.STRONG: "★", Verdict.SUPPLIED: "✓",
}  # fmt: skip
"""What stands beside the colour of a verdict, for those who do not see it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How a thing is looked at: from which place, which products of a chain, which page of a list."""

    place: str = ""
    technology: str = ""
    verdicts: tuple[Verdict, ...] = ()
    page: int = 1

    @property
    def places(self) -> list[str]:
        """The place as questions take it; none for the corridor."""
        return [self.place] if self.place else []


def node_page(reader: Reader, node: str, language: Language, seen: Seen) -> str:
    """The page of a node, given by id or name. Raises `NotFound`, `UnknownName`, `AmbiguousName`."""
    focus = find_node(reader, node)
    seen = replace(
        seen, place=_id_of(reader, "Place", seen.place), technology=_id_of(reader, "Technology", seen.technology)
    )
    page = _Page(reader, language)
    sections = [*_PARTS.get(focus.label, _any_thing)(page, focus, seen), *page.facts(focus)]
    subtitle = _joined(NODE_TYPE[focus.label].in_(language), *_other_names(focus, language))
    onward = Section(page.say("explore.next"), links=[*page.pictures(focus), *page.next_questions(focus)])
    return list_page(
        focus.name_in(language), [onward, *sections], subtitle=subtitle, links=LINKS, language=language
    )  # fmt: skip


def _id_of(reader: Reader, label: str, text: str) -> str:
    """The id of what a text names; empty where none is asked for."""
    return find_one(reader, (label,), label.lower(), text).id if text else ""


def _other_names(node: Node, language: Language) -> list[str]:
    """Its full name in the language, where that is not what it is called."""
    name = node.properties.get("name_zh" if language is Language.ZH else "name_en")
    return [str(name)] if name and name != node.name_in(language) else []


def _joined(*texts: str) -> str:
    return " · ".join(text for text in texts if text)


class _Page:
    """What the parts of one page share: the graph, the language, and how a fact is shown."""

    def __init__(self, reader: Reader, language: Language) -> None:
        self.reader = reader
        self.language = language

    def say(self, key: str, **values: object) -> str:
        """A text in the language of the page."""
        return Text(key, **values).in_(self.language)

    def everything(self) -> str:
        """What stands for the places together where none is named: the corridor, or all where the graph has none."""
        return self.say("explore.everywhere" if scope(self.reader, []).is_everywhere else "explore.whole_corridor")

    def links(self, ids: Iterable[str]) -> tuple[Link, ...]:
        """Links to some things by their names."""
        found = nodes(self.reader, set(ids))
        return tuple(Link(one.name_in(self.language), node_id=one.id) for one in found)

    # --- what to ask next ---

    def pictures(self, node: Node) -> list[Link]:
        """Where the same thing is drawn, and where its claims are."""
        return [
            Link(self.say("explore.picture"), LINKS.picture_of(node.id)),
            Link(self.say("explore.claims"), LINKS.claims_of(node.id)),
        ]

    def next_questions(self, node: Node) -> list[Link]:
        """Questions with the thing filled in."""
        return [
            self.question(name, **{parameter: node.id, **more}) for name, parameter, more in _NEXT.get(node.label, ())
        ]

    def question(self, name: str, **given: str) -> Link:
        """A link to a question with some parameters filled in."""
        return Link(question_named(name).title.in_(self.language), f"/ask/{name}?{urlencode(given)}")

    def question_about(self, name: str, parameter: str, about: Link) -> Link:
        """The same about another thing than that of the page, which the link names."""
        asked = self.question(name, **{parameter: about.node_id})
        return Link(_joined(asked.text, about.text), asked.href)

    # --- facts ---

    def facts(self, node: Node) -> list[Section]:
        """Its own properties, with the sources that say so."""
        properties = NODE_TYPE[node.label].properties
        known = facts_of(properties, node.properties, self.language)
        shown: list[tuple[str, Cell]] = [fact for name, fact in known.items() if name != "url"]
        if node.label == "Source":
            shown.append((self.say("explore.address"), self.source(node.id, {node.id: node})))
        else:
            sources = sources_of(self.reader, [node])
            shown.append((self.say("explore.sources"), self.sources(node.properties, sources)))
        return [Section(self.say("explore.facts"), facts=[(self.say("common.column.id"), node.id), *shown])]

    def source(self, source_id: str, sources: Mapping[str, Node]) -> Link:
        """A source by its name, leading to the document itself where its address is known."""
        source = sources.get(source_id)
        address = str(source.properties.get("url") or "") if source else ""
        name = source.name_in(self.language) if source else source_id
        return Link(name, address) if address.startswith("http") else Link(name, node_id=source_id if source else "")

    def sources(self, values: Mapping[str, Value], sources: Mapping[str, Node]) -> Cell:
        """The sources that some properties name."""
        ids = values.get("source_ids")
        return tuple(self.source(one, sources) for one in ids) if isinstance(ids, tuple) else None

    # --- relations ---

    def relations(self, found: Relations) -> list[Section]:
        """A table for each kind of relation on record, and a list of the kinds of which none is."""
        shown: list[Section] = []
        lacking: list[tuple[str, Cell]] = []
        for kind, rows in found.by_kind.items():
            name = _kind_name(kind, self.language)
            if rows:
                is_cut = kind.type.type in found.cut
                cut = self.say("explore.cut", shown=MOST) if is_cut else ""
                shown.append(
                    Section(f"{name} · {len(rows)}{'+' if is_cut else ''}", cut, table=self.relation_table(kind, rows))
                )
            else:
                lacking.append((name, self.say("explore.none", file=kind.type.file)))
        return [*shown, *([Section(self.say("explore.not_on_record"), facts=lacking)] if lacking else [])]

    def relation_table(self, kind: Kind, found: Sequence[Relation]) -> Table:
        """The relations of a kind: what is at the other end, where that is, the properties, and what says so."""
        rows = sorted(found, key=_weight)
        others = {one.other.label for one in rows}
        cities = self.cities(one.other.id for one in rows) if others & {"Enterprise", "Plant"} else None
        heads = [Column(_joined(*(NODE_TYPE[label].in_(self.language) for label in sorted(others))))]
        heads += [Column(self.say("explore.city"))] if cities is not None else []
        cells = [
            [
                Link(one.other.name_in(self.language), node_id=one.other.id),
                *([cities.get(one.other.id)] if cities is not None else []),
            ]
            for one in rows
        ]
        return self.fact_table(kind.type, heads, list(zip(cells, (one.edge for one in rows), strict=True)))

    def fact_table(self, kind: EdgeType, heads: Sequence[Column], rows: Sequence[tuple[Sequence[Cell], Edge]]) -> Table:
        """A table of edges: what stands first in each row, the properties that any has, and what says so."""
        sources = sources_of(self.reader, (edge for _, edge in rows))
        said = [edge for _, edge in rows]
        own = [p for p in kind.properties if p.name not in _EVIDENCE and any(p.name in e.properties for e in said)]
        names = self._names(own, said)
        columns = [
            *heads,
            *(
                Column(p.in_(self.language), is_number=not p.choices and p.type in ("integer", "number", "fraction"))
                for p in own
            ),
            *(Column(self.say(f"explore.column.{name}")) for name in ("status", "evidence", "as_of", "sources")),
        ]
        return Table(
            columns,
            [
                [*first, *(self._value(p, edge, names) for p in own), *self._evidence(kind, edge, sources)]
                for first, edge in rows
            ],
        )

    def _names(self, own: Sequence[Property], said: Sequence[Edge]) -> dict[str, str]:
        """What things are called that properties name by id."""
        ids = {str(edge.properties.get(p.name)) for p in own if p.name.endswith("_id") for edge in said}
        return {node.id: node.name_in(self.language) for node in nodes(self.reader, ids)}

    def _value(self, described: Property, edge: Edge, names: Mapping[str, str]) -> Cell:
        value = edge.properties.get(described.name)
        if isinstance(value, str) and value in names:
            return Link(names[value], node_id=value)
        return None if value in (None, (), "") else value_text(described, value, self.language)

    def _evidence(self, kind: EdgeType, edge: Edge, sources: Mapping[str, Node]) -> list[Cell]:
        said = facts_of(kind.properties, edge.properties, self.language)
        status = _joined(*(said[name][1] for name in ("status", "confidence") if name in said))
        as_of = said["as_of"][1] if "as_of" in said else self.say("explore.claims")
        return [
            status or None,
            said["evidence"][1] if "evidence" in said else None,
            Link(as_of, LINKS.claims_of(edge.id)),
            self.sources(edge.properties, sources),
        ]

    def cities(self, site_ids: Iterable[str]) -> dict[str, Cell]:
        """The cities that enterprises and plants are in, by id."""
        everywhere = scope(self.reader, EVERYWHERE[:1])
        found = cities_of(
            self.reader, (one for one in site_ids if label_of(one) in ("Enterprise", "Plant")), everywhere
        )
        names = {one.id: one for one in nodes(self.reader, {city.id for own in found.values() for city in own})}
        return {
            site: tuple(Link(names[city.id].name_in(self.language), node_id=city.id) for city in own)
            for site, own in found.items()
        }


def _kind_name(kind: Kind, language: Language) -> str:
    said = kind.type.text if kind.is_forward else kind.type.back
    text = said.in_(language)
    return text[:1].upper() + text[1:]


def _weight(one: Relation) -> tuple[float, float, float, str]:
    """Large shares and amounts first, then what is first in its maker's business, then by id."""

    def number(name: str, otherwise: float) -> float:
        value = one.edge.properties.get(name)
        return float(value) if isinstance(value, int | float) else otherwise

    return -number("share", 0), -number("amount_10k_cny", 0), number("rank", 1_000), one.other.id


_NEXT: Mapping[str, Sequence[tuple[str, str, Mapping[str, str]]]] = {
    "Product": [("candidates", "product", {}), ("cascade", "shocks", {}), ("survival", "scope", {}),
                ("trace", "subjects", {}), ("concentration", "subjects", {}), ("cuts", "product", {})],
    "Enterprise": [("partners", "subject", {}), ("cascade", "shocks", {}), ("trace", "subjects", {})],
    "Place": [("next_products", "city", {}), ("gaps", "places", {}), ("cascade", "shocks", {}),
              ("concentration", "places", {}), ("key_technologies", "places", {}), ("candidates", "places", {})],
    "Chain": [("gaps", "chain", {}), ("key_technologies", "chain", {}), ("candidates", "chain", {}),
              ("concentration", "chain", {}), ("survival", "scope", {"fails": "city"}), ("what_is_missing", "chain", {}),
              ("science_chain", "chain", {})],
    "Technology": [("science_chain", "technology", {}), ("trace", "subjects", {}),
                   ("concentration", "subjects", {"what": "technology"}), ("cascade", "shocks", {})],
    "Center": [("cascade", "shocks", {})],
}  # fmt: skip
"""The questions that a thing of a label leads to: name, the parameter that takes it, and what else is given."""


# --- any thing, institutes, centres, technologies ----------------------------------------------------------------------


def _any_thing(page: _Page, focus: Node, seen: Seen) -> list[Section]:
    return page.relations(relations(page.reader, [focus.id]))


# --- plants and enterprises --------------------------------------------------------------------------------------------


def _enterprise(page: _Page, focus: Node, seen: Seen) -> list[Section]:
    found = relations(page.reader, [focus.id])
    plants = [one.other.id for one in found.of("OPERATES", forward=True)]
    seats = [one.other.id for one in found.of("LOCATED_IN", forward=True)]
    cities = [link.node_id for cell in page.cities(plants).values() if isinstance(cell, tuple) for link in cell]
    control = next(iter(controllers(page.reader, enterprise_ids=[focus.id])), None)
    country = control.control_country if control else None
    facts: list[tuple[str, Cell]] = [
        (page.say("explore.seat"), page.links(seats) or None),
        (page.say("explore.plants_in"), page.links(cities) or None),
        (page.say("explore.group"), _group(page, focus, control)),
        (page.say("explore.control_country"), region_text(country, page.language) if country else None),
    ]
    products = [one.other.id for one in sorted(found.of("MAKES", forward=True), key=_weight)]
    cuts = [page.question_about("cuts", "product", one) for one in page.links(products[:1])]
    made = relations(page.reader, plants).of("MAKES", forward=True) if plants else []
    return [
        Section(page.say("explore.at_a_glance"), facts=facts, links=cuts),
        *_made_at_plants(page, made),
        *page.relations(found),
    ]


def _group(page: _Page, focus: Node, control: Controller | None) -> Cell:
    """Who controls it in the end; said where nobody is on record."""
    if control is None or control.group_id == focus.id:
        return page.say("explore.own_group")
    return page.links([control.group_id])


def _made_at_plants(page: _Page, made: Sequence[Relation]) -> list[Section]:
    """What is made in the plants, each with its plant."""
    if not made:
        return []
    plants = {link.node_id: link for link in page.links(one.own_id for one in made)}
    heads = [Column(NODE_TYPE[label].in_(page.language)) for label in ("Product", "Plant")]
    rows = [
        ((Link(one.other.name_in(page.language), node_id=one.other.id), plants[one.own_id]), one.edge)
        for one in sorted(made, key=_weight)
    ]
    return [
        Section(
            page.say("explore.made_at_plants", count=len(made)), table=page.fact_table(EDGE_TYPE["MAKES"], heads, rows)
        )
    ]


# --- products ----------------------------------------------------------------------------------------------------------


def _product(page: _Page, focus: Node, seen: Seen) -> list[Section]:
    where = scope(page.reader, seen.places)
    [gap] = gaps_on(page.reader, [focus.id], seen.places)
    found = relations(page.reader, [focus.id], without=("MAKES",))
    return [
        Section(
            page.say("explore.verdict"),
            facts=[*_seen_from(page, focus, seen), *_verdict_facts(page, focus, gap, found)],
        ),
        _makers(page, focus, where),
        *page.relations(found),
    ]


def _seen_from(page: _Page, focus: Node, seen: Seen) -> list[tuple[str, Cell]]:
    """From which place it is judged, and the way back to all of them; the places of the corridor where none is named."""
    everything = Link(page.everything(), LINKS.node_of(focus.id))
    return [(page.say("explore.seen_from"), (*page.links([seen.place]), everything) if seen.place else everything.text)]


def _verdict_facts(page: _Page, focus: Node, gap: Gap, found: Relations) -> list[tuple[str, Cell]]:
    stages = {
        choice.value: choice.in_(page.language)
        for prop in EDGE_TYPE["PART_OF"].properties if prop.name == "stage" for choice in prop.choices
    }  # fmt: skip
    chains = tuple(
        Link(
            _joined(one.other.name_in(page.language), stages.get(str(one.edge.properties.get("stage")), "")),
            node_id=one.other.id,
        )
        for one in found.of("PART_OF", forward=True)
    )
    least = focus.properties.get("foreign_share_min", focus.properties.get("foreign_share"))
    most = focus.properties.get("foreign_share_max", focus.properties.get("foreign_share"))
    days = focus.properties.get("recovery_days")
    reason = page.say(
        f"explore.reason.{gap.verdict}", makers=gap.makers, elsewhere=gap.makers_elsewhere, unplaced=gap.makers_unplaced,
        cities=gap.cities, hhi=number_text(gap.hhi, page.language) if gap.hhi is not None else Text("common.unknown"),
    )  # fmt: skip
    return [
        (page.say("explore.verdict"), f"{_SIGNS[gap.verdict]} {gap.verdict_text.in_(page.language)}"),
        (page.say("explore.reason"), reason),
        (page.say("explore.would_change"), gap.would_change.in_(page.language)),
        (page.say("explore.chain_and_stage"), chains or None),
        (page.say("explore.foreign"), _foreign(page, focus, least, most)),
        (page.say("explore.recovery"), page.say("explore.days", days=number_text(days, page.language)) if isinstance(days, float) else None),
        (page.say("explore.rests_on_it"), page.say("explore.products", count=gap.downstream)),
    ]  # fmt: skip


def _foreign(page: _Page, focus: Node, least: Value, most: Value) -> str | None:
    """The part of supply from abroad, with what it is a part of and the year; `None` where not known."""
    share = _interval(page.language, least, most)
    if share is None:
        return None
    known = facts_of(NODE_TYPE[focus.label].properties, focus.properties, page.language)
    return _joined(share, *(known[name][1] for name in ("foreign_basis", "foreign_year") if name in known))


def _interval(language: Language, least: Value, most: Value) -> str | None:
    """A share, or the least and the greatest that it may be; a side that is not known is open."""
    if not isinstance(least, float) and not isinstance(most, float):
        return None
    low, high = (share_text(float(one), language) if isinstance(one, int | float) else "?" for one in (least, most))
    return low if low == high else f"{low}–{high}"


def _makers(page: _Page, focus: Node, where: Scope) -> Section:
    """Who makes it where, here first: each site with what says so, and what is said of an enterprise with all its plants."""
    rows = makers_of(page.reader, product_ids=[focus.id], areas=where.areas, around=where.around, min_confidence=0.0)
    if not rows:
        return Section(page.say("explore.makers"), page.say("explore.no_maker"))
    rows.sort(key=lambda row: (_whereabouts(row), -(row.share or 0), row.steps, row.enterprise_id, row.site_id))
    nearest = {row.enterprise_id: _whereabouts(row) for row in reversed(rows)}
    counts = {name: sum(near == at for near in nearest.values()) for at, name in enumerate(_WHEREABOUTS)}
    cut = page.say("explore.cut", shown=MOST) if len(rows) > MOST else ""
    rows = rows[:MOST]
    ids = {edge_id("MAKES", one, row.made_id) for row in rows for one in (row.site_id, row.enterprise_id)}
    known = {edge.id: edge for edge in edges(page.reader, ids)}
    cities = page.cities(row.site_id for row in rows)
    named = {
        link.node_id: link
        for link in page.links(one for row in rows for one in (row.enterprise_id, row.site_id, row.made_id))
    }
    heads = [Column(page.say(f"explore.column.{name}")) for name in ("maker", "whereabouts", "plant", "city", "makes")]
    cells: dict[str, tuple[Sequence[Cell], Edge]] = {}
    for row in rows:
        makes = named.get(row.made_id) if row.steps else page.say("explore.itself")
        for site in dict.fromkeys((row.site_id, row.enterprise_id)):
            edge = known.get(edge_id("MAKES", site, row.made_id))
            if edge is None or edge.id in cells:
                continue
            is_whole = site != row.site_id
            at = "as_a_whole" if is_whole else _WHEREABOUTS[_whereabouts(row)]
            place = (
                page.say("explore.registered_seat") if site == row.enterprise_id and not is_whole else named.get(site)
            )
            first = (
                named.get(row.enterprise_id), page.say(f"explore.whereabouts.{at}"), None if is_whole else place,
                None if is_whole else cities.get(site), makes,
            )  # fmt: skip
            cells[edge.id] = (first, edge)
    return Section(
        page.say("explore.makers"), " ".join([page.say("explore.makers_counted", **counts), cut]).strip(),
        table=page.fact_table(EDGE_TYPE["MAKES"], heads, list(cells.values())),
    )  # fmt: skip


_WHEREABOUTS = ("here", "may_be_here", "elsewhere")


def _whereabouts(row: Maker) -> int:
    return 0 if row.is_here else 1 if row.is_unplaced else 2


# --- chains ------------------------------------------------------------------------------------------------------------


def _chain(page: _Page, focus: Node, seen: Seen) -> list[Section]:
    where = scope(page.reader, seen.places)
    wanted = [seen.technology] if seen.technology else []
    found = board(page.reader, focus.id, where, wanted, seen.verdicts)
    counts = [
        page.say("explore.count_of", what=word(verdict), count=count)
        for verdict, count in found.counts.items()
        if count
    ]
    text = (
        page.say("explore.board_of", products=found.products, counts=counts)
        if found.products
        else page.say("explore.no_product_meets" if wanted else "common.no_product_of_chain")
    )
    return [
        Section(page.say("explore.board"), text, form=_board_form(page, focus, seen), figure=_board_figure(page, found, seen)),
    ]  # fmt: skip


def _board_form(page: _Page, focus: Node, seen: Seen) -> Form:
    everything = [("", page.say("pages.all"))]
    verdicts = [(verdict.value, word(verdict).in_(page.language)) for verdict in Verdict]
    technologies = page.links(row.technology_id for row in needed_technologies(page.reader, chain_id=focus.id))
    places = page.links(compared_places(page.reader))
    asked = (
        ("verdict", "common.column.verdict", [*seen.verdicts], [*everything, *verdicts]),
        ("place", "explore.seen_from", [seen.place], [("", page.everything()), *_choices(places)]),
        ("technology", "explore.technology", [seen.technology], [*everything, *_choices(technologies)]),
    )
    return Form(
        LINKS.node_of(focus.id), [Field(name, page.say(text), "", own, choices) for name, text, own, choices in asked]
    )


def _choices(links: Sequence[Link]) -> list[tuple[str, str]]:
    return [(link.node_id, link.text) for link in links]


def compared_places(reader: Reader) -> list[str]:
    """The places that answers tell apart where none is named."""
    return [f"place:{area.partition(':')[2]}" for area in scope(reader, []).cities]


@dataclass(frozen=True, slots=True)
class Tile:
    """A product on a page: where it leads, its verdict (`kind`, with a sign and in words), and a line of facts."""

    href: str
    name: str
    kind: str
    sign: str
    verdict: str
    facts: str


def tile(square: Square, language: Language, place: str = "") -> Tile:
    """A square of a board as a page shows it, leading to its product, seen from the same place."""
    share = _interval(language, square.foreign_least, square.foreign_most)
    facts = [Text("explore.makers_of_square", here=square.makers, elsewhere=square.makers_elsewhere).in_(language)]
    if share:
        facts.append(Text("explore.foreign_of_square", share=share).in_(language))
    return Tile(
        LINKS.node_of(square.product_id) + (f"?{urlencode({'place': place})}" if place else ""),
        (language is Language.EN and square.name_en) or square.name_zh,
        square.verdict.value, _SIGNS[square.verdict], word(square.verdict).in_(language), " · ".join(facts),
    )  # fmt: skip


def _board_figure(page: _Page, found: Board, seen: Seen) -> Figure | None:
    if not found.products:
        return None
    names = {
        choice.value: choice.in_(page.language)
        for prop in EDGE_TYPE["PART_OF"].properties if prop.name == "stage" for choice in prop.choices
    }  # fmt: skip
    stages = [
        (
            names.get(stage or "", page.say("explore.no_stage")),
            [tile(one, page.language, seen.place) for one in squares],
        )
        for stage, squares in found.stages.items()
    ]
    legend = [
        (verdict.value, _SIGNS[verdict], word(verdict).in_(page.language))
        for verdict in Verdict
        if found.counts[verdict]
    ]
    return Figure("board.html", {"stages": stages, "legend": legend})


# --- places ------------------------------------------------------------------------------------------------------------


def _place(page: _Page, focus: Node, seen: Seen) -> list[Section]:
    where = scope(page.reader, [])
    area = area_of(focus.id)
    found = relations(page.reader, [focus.id], without=("LOCATED_IN", "SENT_BY"))
    return [
        _strength_table(page, focus, where),
        _alone(page, focus, area, where),
        _missing(page, focus),
        _next_products(page, focus),
        _enterprises(page, focus, area, seen),
        _centers(page, area),
        *page.relations(found),
    ]


def _strength_table(page: _Page, focus: Node, where: Scope) -> Section:
    heading = page.say("explore.strengths")
    own = [one for one in strengths(page.reader, where) if one.place_id == focus.id]
    if not own:
        return Section(heading, page.say("explore.no_chain" if not all_chains(page.reader) else "explore.not_compared"))
    names = {link.node_id: link.text for link in page.links(one.chain_id for one in own)}
    texts = ("chain", "made_here", "chain_products", "share", "makers", "advantage", "single_sources")
    columns = [Column(page.say(f"explore.column.{name}"), is_number=name != "chain") for name in texts]
    rows: list[list[Cell]] = [
        [
            Link(names[one.chain_id], f"{LINKS.node_of(one.chain_id)}?{urlencode({'place': focus.id})}"), one.products,
            one.chain_products, share_text(one.share, page.language), one.makers, number_text(one.advantage, page.language),
            one.single_sources,
        ]
        for one in sorted(own, key=lambda one: (-one.share, one.chain_id))
    ]  # fmt: skip
    return Section(heading, page.say("explore.strengths.about"), table=Table(columns, rows))


def _alone(page: _Page, focus: Node, area: str, where: Scope) -> Section:
    """The products that the corridor has from here alone."""
    heading = page.say("explore.single_sources")
    ids = single_sources_in(page.reader, area, where)
    if not ids:
        return Section(heading, page.say("explore.no_single_source"))
    more = [page.question("gaps", verdicts="single_source")]
    return Section(
        heading, page.say("explore.single_sources.about", count=len(ids)), facts=_named(page, ids), links=more
    )


def _missing(page: _Page, focus: Node) -> Section:
    """What elsewhere is made and nobody here makes, the first to look at."""
    found = worst(page.reader, scope(page.reader, [focus.id]), [], Thresholds(), [Verdict.MISSING], _NAMED)
    heading = page.say("explore.missing")
    if not found:
        return Section(heading, page.say("explore.no_missing"))
    more = [page.question("gaps", places=focus.id, verdicts="missing")]
    return Section(heading, page.say("explore.missing.about", count=len(found)),
                   facts=_named(page, [row.product_id for row in found]), links=more)  # fmt: skip


def _named(page: _Page, ids: Sequence[str]) -> list[tuple[str, Cell]]:
    """The first of some things by name, in their order, and how many more there are."""
    by_id = {link.node_id: link for link in page.links(ids[:_NAMED])}
    more = page.say("explore.and_more", count=len(ids) - _NAMED) if len(ids) > _NAMED else ""
    return [(page.say("common.products"), (*(by_id[one] for one in ids[:_NAMED]), *([Link(more)] if more else [])))]


def _next_products(page: _Page, focus: Node) -> Section:
    one = question_named("next_products")
    answer = one.ask(page.reader, city=focus.id, limit=_NAMED)
    rows = rows_of(answer)
    text = (
        _joined(*(note.in_(page.language) for note in answer.notes)) if not rows else page.say("explore.next_products")
    )
    table = table_of(page.reader, one, rows, page.language) if rows else None
    return Section(
        one.title.in_(page.language), text, table=table, href=f"/ask/next_products?{urlencode({'city': focus.id})}"
    )


def _enterprises(page: _Page, focus: Node, area: str, seen: Seen) -> Section:
    [count] = enterprise_count(page.reader, area=area)
    heading = page.say("explore.enterprises_here", count=count.enterprises)
    if not count.enterprises:
        return Section(heading, page.say("explore.none", file="located_in.csv"))
    last = -(-count.enterprises // _ENTERPRISES)
    at = min(seen.page, last)
    rows = enterprises_in(page.reader, area=area, skip=(at - 1) * _ENTERPRISES, limit=_ENTERPRISES)
    names = {node.id: node.name_in(page.language) for node in nodes(page.reader, [row.enterprise_id for row in rows])}
    kind = {prop.name: prop.in_(page.language) for prop in NODE_TYPE["Enterprise"].properties}
    columns = [
        Column(NODE_TYPE["Enterprise"].in_(page.language)),
        *(Column(page.say(f"explore.column.{name}"), is_number=True) for name in ("made_here", "plants")),
        Column(page.say("explore.column.is_seat")), *(Column(kind[name]) for name in ("is_listed", "is_high_tech")), Column(page.say("explore.control_country")),
    ]  # fmt: skip
    table = Table(
        columns,
        [
            [
                Link(names[row.enterprise_id], node_id=row.enterprise_id), row.products, row.plants,
                *(None if one is None else page.say("common.yes" if one else "common.no") for one in (row.is_seat, row.is_listed, row.is_high_tech)),
                region_text(row.control_country, page.language) if row.control_country else None,
            ]
            for row in rows
        ],
    )  # fmt: skip
    return Section(
        heading, page.say("explore.page_of", page=at, pages=last), table=table, links=_turned(page, focus, at, last)
    )


def _turned(page: _Page, focus: Node, at: int, last: int) -> list[Link]:
    """The pages before and after."""
    near = (("explore.page_before", at - 1), ("explore.page_after", at + 1))
    return [Link(page.say(text), f"{LINKS.node_of(focus.id)}?page={to}") for text, to in near if 1 <= to <= last]


def _centers(page: _Page, area: str) -> Section:
    found = centers_of(page.reader, area=area)
    heading = page.say("explore.centers", count=len(found))
    if not found:
        return Section(heading, page.say("explore.none", file="centers.csv"))
    told = nodes(page.reader, [row.center_id for row in found])
    properties = {prop.name: prop for prop in NODE_TYPE["Center"].properties}
    shown = ("mode", "center_type", "functions", "status", "residents", "opened_on")
    facts = {node.id: facts_of([properties[name] for name in shown], node.properties, page.language) for node in told}
    names = {node.id: node.name_in(page.language) for node in told}
    yes_no = {flag: page.say("common.yes" if flag else "common.no") for flag in (True, False)}
    columns = [Column(NODE_TYPE["Center"].in_(page.language)),
               *(Column(page.say(f"explore.column.{name}")) for name in ("is_sent", "is_here")),
               *(Column(properties[name].in_(page.language)) for name in shown)]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            Link(names[row.center_id], node_id=row.center_id), yes_no[row.is_sent], yes_no[row.is_here],
            *(facts[row.center_id][name][1] if name in facts[row.center_id] else None for name in shown),
        ]
        for row in found
    ]  # fmt: skip
    return Section(heading, table=Table(columns, rows))


_PARTS: Mapping[str, Callable[[_Page, Node, Seen], list[Section]]] = {
    "Enterprise": _enterprise,
    "Product": _product,
    "Chain": _chain,
    "Place": _place,
}
"""What the page of a thing of a label has that others do not."""
