"""Pages of places: what one makes, lacks and holds; all of them by chains, and on a map."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from api.facts import Seen, Telling, joined
from api.pages import LINKS, held, table_of, turned
from graph.model import Node
from graph.ontology import EDGE_TYPE, NODE_TYPE
from graph.texts import Language, Text, number_text, region_text, share_text
from queries.answer import counted, rows_of
from queries.places import (
    Flow,
    Resident,
    Strength,
    centers_of,
    enterprise_count,
    enterprises_in,
    flows,
    relations_of,
    rests_on,
    strengths,
)
from queries.reader import Reader
from queries.relations import relations
from queries.saved import question_named
from queries.scope import Scope, all_chains, area_of, called_each, nodes, scope
from queries.verdicts import Thresholds, Verdict, worst
from viz.page import Cell, Column, Figure, Link, Section, Table, list_page
from viz.picture import facts_of
from viz.place_map import WIDTH, lines_of, points_of

_ENTERPRISES = 25
"""Enterprises on one page of a place."""

_NAMED = 12
"""Products named in a part of the page; all are counted."""

_HEAT = (0.1, 0.2, 0.3)
"""The parts of a chain up to which a cell of the matrix has the next deeper colour."""

_FLOWS = ("SUPPLIES", "OWNS", "COOPERATES_WITH")
"""The relations that the map draws, in the order of its legend."""


def place_parts(page: Telling, focus: Node, seen: Seen) -> list[Section]:
    """What the page of a place has: strengths, what rests on it, what it lacks and could add, who is there."""
    where = scope(page.reader, [])
    area = area_of(focus.id)
    found = relations(page.reader, [focus.id], without=("LOCATED_IN", "SENT_BY"))
    return [
        strength_table(page, focus, where),
        _alone(page, focus),
        _missing(page, focus),
        _next_products(page, focus),
        _enterprises(page, focus, area, seen),
        _centers(page, area),
        *page.relations(found),
    ]


def strength_table(page: Telling, focus: Node, where: Scope) -> Section:
    """What a place makes of each chain."""
    heading = page.say("explore.strengths")
    own = [one for one in strengths(page.reader, where) if one.place_id == focus.id]
    if not own:
        chains = [page.question("chains", places=focus.id)] if all_chains(page.reader) else []
        return Section(heading, strengths_lack(page), links=chains)
    names = page.linked(one.chain_id for one in own)
    texts = ("chain", "made_here", "chain_products", "share", "makers", "advantage", "single_sources")
    columns = [Column(page.say(f"explore.column.{name}"), is_number=name != "chain") for name in texts]
    rows: list[list[Cell]] = [
        [
            Link(names[one.chain_id].text, f"{LINKS.node_of(one.chain_id)}?{urlencode({'place': focus.id})}"), one.products,
            one.chain_products, share_text(one.share, page.language), one.makers, number_text(one.advantage, page.language),
            one.single_sources,
        ]
        for one in sorted(own, key=lambda one: (-one.advantage, one.chain_id))
    ]  # fmt: skip
    return Section(heading, page.say("explore.strengths.about"), table=Table(columns, rows))


def strengths_lack(page: Telling) -> str:
    """Why strengths of a place are not known."""
    return page.say("explore.not_compared" if all_chains(page.reader) else "explore.no_chain")


def _alone(page: Telling, focus: Node) -> Section:
    """The products that the corridor has from here alone, or, of a place that is no part of it, the place from one source."""
    ids, places = rests_on(page.reader, focus.id)
    what = "explore.single_sources" if not places else "explore.own_sources"
    if not ids:
        return Section(page.say(what), page.say("explore.no_single_source"))
    more = [page.question("gaps", **({"places": focus.id} if places else {}), verdicts="single_source")]
    return Section(page.say(what), page.say(f"{what}.about", count=len(ids)), facts=_named(page, ids), links=more)


def _missing(page: Telling, focus: Node) -> Section:
    """What elsewhere is made and nobody here makes, the first to look at."""
    found = worst(page.reader, scope(page.reader, [focus.id]), [], Thresholds(), [Verdict.MISSING], _NAMED)
    heading = page.say("explore.missing")
    if not found:
        return Section(heading, page.say("explore.no_missing"))
    more = [page.question("gaps", places=focus.id, verdicts="missing")]
    return Section(heading, page.say("explore.missing.about", count=len(found)),
                   facts=_named(page, [row.product_id for row in found]), links=more)  # fmt: skip


def _named(page: Telling, ids: Sequence[str]) -> list[tuple[str, Cell]]:
    """The first of some things by name, in their order, and how many more there are."""
    by_id = page.linked(ids[:_NAMED])
    more = page.say("explore.and_more", count=len(ids) - _NAMED) if len(ids) > _NAMED else ""
    return [(page.say("common.products"), (*(by_id[one] for one in ids[:_NAMED]), *([Link(more)] if more else [])))]


def _next_products(page: Telling, focus: Node) -> Section:
    one, asked = question_named("next_products"), page.question("next_products", city=focus.id)
    answer = one.ask(page.reader, city=focus.id, limit=_NAMED)
    rows = rows_of(answer)
    text = (
        joined(*(note.in_(page.language) for note in answer.notes)) if not rows else page.say("explore.next_products")
    )
    table = table_of(page.reader, one.row_type, rows, page.language) if rows else None
    return Section(asked.text, text, table=table, href=asked.href)


def _enterprises(page: Telling, focus: Node, area: str, seen: Seen) -> Section:
    count = enterprise_count(page.reader, area=area)
    heading = page.say("explore.enterprises_here", count=count)
    if not count:
        return Section(heading, page.say("explore.none", file="located_in.csv"))
    last = -(-count // _ENTERPRISES)
    at = min(seen.page, last)
    rows = enterprises_in(page.reader, area=area, skip=(at - 1) * _ENTERPRISES, limit=_ENTERPRISES)
    return Section(
        heading,
        table=enterprise_table(page, rows),
        pages=turned(at, last, lambda to: f"{LINKS.node_of(focus.id)}?page={to}"),
    )


def enterprise_table(page: Telling, rows: Sequence[Resident]) -> Table:
    """Enterprises of a place, with what is known of each."""
    names = page.linked(row.enterprise_id for row in rows)
    kind = {prop.name: prop.in_(page.language) for prop in NODE_TYPE["Enterprise"].properties}
    columns = [
        Column(NODE_TYPE["Enterprise"].in_(page.language)),
        *(Column(page.say(f"explore.column.{name}"), is_number=True) for name in ("made_here", "plants")),
        Column(page.say("explore.column.is_seat")), *(Column(kind[name]) for name in ("is_listed", "is_high_tech")), Column(page.say("explore.control_country")),
    ]  # fmt: skip
    return Table(
        columns,
        [
            [
                names[row.enterprise_id], row.products, row.plants,
                *(None if one is None else page.say("common.yes" if one else "common.no") for one in (row.is_seat, row.is_listed, row.is_high_tech)),
                region_text(row.control_country, page.language) if row.control_country else None,
            ]
            for row in rows
        ],
    )  # fmt: skip


def _centers(page: Telling, area: str) -> Section:
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


def matrix_page(reader: Reader, language: Language) -> str:
    """Places by chains: how much of each chain each place makes; a cell opens the gaps of the chain there."""
    title = Text("explore.matrix").in_(language)
    found = strengths(reader, scope(reader, []))
    if not found:
        lacking = "explore.no_place" if all_chains(reader) else "explore.no_chains"
        return list_page(title, [Section(title, instead(reader, lacking, language))], links=LINKS, language=language)
    ids = dict.fromkeys(one for row in found for one in (row.place_id, row.chain_id))
    names = {node.id: Link(node.name_in(language), LINKS.node_of(node.id)) for node in nodes(reader, ids)}
    chains = list(dict.fromkeys(one.chain_id for one in found))
    own = {(one.place_id, one.chain_id): one for one in found}
    scale = [Text("explore.heat.none"), *(Text("explore.heat.up_to", share=share_text(top, language)) for top in _HEAT),
             Text("explore.heat.over", share=share_text(_HEAT[-1], language))]  # fmt: skip
    shown = {
        "corner": NODE_TYPE["Place"].in_(language),
        "columns": [names[chain] for chain in chains],
        "rows": [
            (names[place], [_heat(own[place, chain], names, language) for chain in chains])
            for place in dict.fromkeys(one.place_id for one in found)
        ],
        "scale": [(level, text.in_(language)) for level, text in enumerate(scale)],
    }
    about = Text("explore.matrix.about").in_(language)
    section = Section(title, about, figure=Figure("matrix.html", shown), links=[view("map", language)])
    return list_page(title, [section], links=LINKS, language=language)


def _heat(one: Strength, names: Mapping[str, Link], language: Language) -> dict[str, object]:
    """A cell of the matrix."""
    about = Text("explore.heat.cell", place=names[one.place_id].text, chain=names[one.chain_id].text, made=one.products,
                 products=one.chain_products, makers=one.makers, alone=one.single_sources)  # fmt: skip
    return {
        "level": 1 + sum(one.share > top for top in _HEAT) if one.products else 0,
        "text": f"{one.products}/{one.chain_products}"
        + (f" · {share_text(one.share, language)}" if one.products else ""),
        "mark": "▲" if one.is_strong else "",
        "href": f"/ask/gaps?{urlencode({'chain': one.chain_id, 'places': one.place_id})}",
        "about": about.in_(language),
    }


def view(name: str, language: Language) -> Link:
    """The link to the matrix or the map."""
    return Link(Text(f"explore.{name}").in_(language), f"/{name}")


def map_page(reader: Reader, language: Language) -> str:
    """The places as points, and recorded relations between them as lines as wide as their count."""
    title = Text("explore.map").in_(language)
    places = {node.id: node for node in nodes(reader, scope(reader, []).places)}
    degrees = {key: at for key, node in places.items() if (at := _degrees(node))}
    if not places:
        return list_page(
            title, [Section(title, instead(reader, "explore.no_place", language))], links=LINKS, language=language
        )
    found = flows(reader, cities=scope(reader, []).cities)
    points, height = points_of(degrees)
    kinds = [kind for kind in _FLOWS if any(row.edge_type == kind for row in found)]
    placed = [row for row in found if {row.from_id, row.to_id} <= degrees.keys()]
    drawn = [(row.from_id, row.to_id, kinds.index(row.edge_type), row.relations) for row in placed]
    said = [_flow_text(row, places, language) for row in placed]
    shown = {
        "width": WIDTH, "height": height,
        "points": [(point, Link(places[point.id].name_in(language), LINKS.node_of(point.id))) for point in points],
        "lines": list(zip(lines_of(points, drawn), said, strict=True)),
        "legend": [(at, EDGE_TYPE[kind].in_(language)) for at, kind in enumerate(kinds)],
    }  # fmt: skip
    unplaced = [node.name_in(language) for key, node in places.items() if key not in degrees]
    notes = [Text("explore.map.about"), *([Text("explore.map.no_coordinates", places=unplaced)] if unplaced else [])]
    notes += _without_line(reader, [one for one in places if not any(one in (row.from_id, row.to_id) for row in found)])
    sections = [
        Section(title, " ".join(note.in_(language) for note in notes), links=[view("matrix", language)],
                figure=Figure("map.html", shown) if points else None),
        _flow_table(found, places, language),
    ]  # fmt: skip
    return list_page(title, sections, links=LINKS, language=language)


def _without_line(reader: Reader, place_ids: Sequence[str]) -> list[Text]:
    """Why some places have no line: nothing of them is on record, or where the other ends are of what is."""
    known = {row.place_id: row for row in relations_of(reader, cities=[area_of(one) for one in place_ids])}
    names, said = called_each(reader, place_ids), []
    for one in place_ids:
        row = known.get(one)
        away = row.relations - row.inside - row.unplaced if row else 0
        counts = {"inside": row.inside, "unplaced": row.unplaced, "away": away} if row else {}
        said.append(Text(
            f"explore.map.no_line{'' if row else '.none'}", place=names[one], relations=row.relations if row else 0,
            ends=counted("explore.map.other_end", counts),
        ))  # fmt: skip
    return said


def _degrees(place: Node) -> tuple[float, float] | None:
    latitude, longitude = (place.properties.get(name) for name in ("latitude", "longitude"))
    return (latitude, longitude) if isinstance(latitude, float) and isinstance(longitude, float) else None


def _flow_text(row: Flow, places: Mapping[str, Node], language: Language) -> str:
    ends = {"start": places[row.from_id].name_in(language), "target": places[row.to_id].name_in(language)}
    return Text("explore.flow", **ends, kind=EDGE_TYPE[row.edge_type].text, count=row.relations).in_(language)


def _flow_table(found: Sequence[Flow], places: Mapping[str, Node], language: Language) -> Section:
    """The same flows as rows, the most relations first."""
    heading = Text("explore.flows").in_(language)
    if not found:
        return Section(heading, Text("explore.none", file="supplies.csv, owns.csv, cooperates_with.csv").in_(language))
    columns = [Column(Text(f"explore.column.{name}").in_(language), is_number=name == "relations")
               for name in ("from", "to", "relation", "relations")]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            *(Link(places[one].name_in(language), node_id=one) for one in (row.from_id, row.to_id)),
            EDGE_TYPE[row.edge_type].in_(language), row.relations,
        ]
        for row in sorted(found, key=lambda row: (-row.relations, row.from_id, row.to_id, row.edge_type))
    ]  # fmt: skip
    return Section(heading, table=Table(columns, rows))


def instead(reader: Reader, missing: str, language: Language) -> str:
    """What the graph does not have, what to load, and what it has instead."""
    counts = held(reader)
    there = [
        Text("explore.count_of", what=kind.text, count=counts[label])
        for label, kind in NODE_TYPE.items()
        if counts[label]
    ]
    said = Text("explore.there_is", things=there) if there else Text("explore.empty_graph")
    return f"{Text(missing).in_(language)} {said.in_(language)}"
