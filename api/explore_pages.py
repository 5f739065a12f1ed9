"""Pages to set out from: home, search, the picture around a node, the places side by side and on a map."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlencode

from api.pages import LINKS, MAX_PICTURE_NODES, counted, rows_of, sources_of, table_of
from api.thing_pages import compared_places, tile
from graph.model import Node
from graph.ontology import EDGE_TYPE, NODE_TYPE
from graph.texts import Language, Text, share_text, word
from queries.boards import weakest
from queries.evidence import critical_edges
from queries.places import Flow, Strength, flows, strengths, strong_and_weak
from queries.reader import Reader
from queries.registry import Question, questions
from queries.saved import question_named, saved_questions
from queries.scope import all_chains, find_node, nodes, scope
from queries.surroundings import neighbourhood_picture
from queries.verdicts import Thresholds, verdict_counts
from viz.layout import layered
from viz.page import Card, Cell, Column, Figure, Link, Section, Table, graph_page, list_page
from viz.place_map import WIDTH, lines_of, points_of

_FOUND = 100
_PLACES = 24
"""Places with a card of their own on the first page."""
_WEAKEST = 4
_CHAINS_NAMED = 2


def home_page(reader: Reader, folder: Path, language: Language) -> str:
    """The first page: what this is, the places and what they are strong in, the chains and their weakest links, questions."""
    sections = [
        *_places(reader, language),
        *_chains(reader, language),
        Section(Text("pages.questions").in_(language), cards=[_question_card(q, language) for q in questions()]),
        *_kept(folder, language),
    ]
    title, lead = Text("pages.home").in_(language), Text("explore.home.lead").in_(language)
    return list_page(title, sections, subtitle=lead, links=LINKS, language=language)


def _places(reader: Reader, language: Language) -> list[Section]:
    """Each place with the chains that it makes most and least of; what is there instead where there is none."""
    where = scope(reader, [])
    heading = Text("explore.places").in_(language)
    shown = nodes(reader, compared_places(reader)[:_PLACES])
    if not shown:
        return [Section(heading, _instead(reader, "explore.no_place", language))]
    own: dict[str, list[Strength]] = {}
    for one in strengths(reader, where):
        own.setdefault(one.place_id, []).append(one)
    chains = {node.id: node.name_in(language) for node in nodes(reader, [chain for chain, _ in all_chains(reader)])}
    cards = [_place_card(node, own.get(node.id, []), chains, language) for node in shown]
    links = [*_views("matrix", language), *_views("map", language)]
    notes = [Text("explore.places.about"), *where.notes]
    return [Section(heading, " ".join(note.in_(language) for note in notes), cards=cards, links=links)]


def _place_card(place: Node, own: Sequence[Strength], chains: Mapping[str, str], language: Language) -> Card:
    """What a place is strong and what it is weak in, each chain with the products made of it."""
    said = []
    for name, found in zip(("strong", "weak"), strong_and_weak(own, _CHAINS_NAMED), strict=True):
        parts = [
            Text("explore.of_chain", chain=chains[one.chain_id], made=one.products, products=one.chain_products)
            for one in found
        ]
        said.append(Text(f"explore.{name}", chains=parts).in_(language) if parts else "")
    if not any(one.products for one in own):
        said = [Text("explore.nothing_made").in_(language), ""]
    return Card(place.name_in(language), said[0], LINKS.node_of(place.id), facts=[one for one in said[1:] if one])


def _chains(reader: Reader, language: Language) -> list[Section]:
    """Each chain with its weakest links; what is there instead where there is none."""
    heading = Text("pages.chains").in_(language)
    found = nodes(reader, [chain for chain, _ in all_chains(reader)])
    if not found:
        return [Section(heading, _instead(reader, "explore.no_chains", language))]
    where = scope(reader, [])
    counts = verdict_counts(reader, where, [], Thresholds()).by_chain
    rows = []
    for chain in found:
        own = counts[str(chain.properties["name_zh"])]
        said = [
            Text("explore.count_of", what=word(verdict), count=count).in_(language)
            for verdict, count in own.items()
            if count
        ]
        tiles = [tile(one, language) for one in weakest(reader, chain.id, where, _WEAKEST)]
        rows.append({"name": chain.name_in(language), "href": LINKS.node_of(chain.id), "facts": said, "tiles": tiles})
    lacking = [] if reader.store.counts()["MAKES"] else [Text("explore.no_makers").in_(language)]
    text = " ".join([Text("explore.chains.about").in_(language), *lacking])
    return [Section(heading, text, figure=Figure("chains.html", rows))]


def _instead(reader: Reader, missing: str, language: Language) -> str:
    """What the graph does not have, what to load, and what it has instead."""
    counts = reader.store.counts()
    there = [
        Text("explore.count_of", what=kind.text, count=counts[label])
        for label, kind in NODE_TYPE.items()
        if counts[label]
    ]
    held = Text("explore.there_is", things=there) if there else Text("explore.empty_graph")
    return f"{Text(missing).in_(language)} {held.in_(language)}"


def _question_card(one: Question, language: Language) -> Card:
    return Card(one.title.in_(language), one.doc.in_(language), href=f"/ask/{one.name}")


def _kept(folder: Path, language: Language) -> list[Section]:
    """The questions that users keep, and what is wrong with files that are none."""
    found, problems = saved_questions(folder)
    if not found and not problems:
        return []
    cards = [_question_card(q, language) for q in found]
    return [
        Section(Text("pages.kept").in_(language), " ".join(problem.in_(language) for problem in problems), cards=cards)
    ]


def search_page(reader: Reader, text: str, language: Language) -> str:
    """What a search found, as a page; without a text it says what can be searched for."""
    title = Text("pages.search").in_(language)
    if not text.strip():
        return list_page(
            title, [Section(title, Text("pages.search.hint").in_(language))], links=LINKS, language=language
        )
    one = question_named("search")
    answer = one.ask(reader, text=text, limit=_FOUND)
    notes = " ".join(note.in_(language) for note in (counted(answer), *answer.notes))
    section = Section(
        Text("pages.search.of", text=text).in_(language), notes, table=table_of(reader, one, rows_of(answer), language)
    )
    return list_page(f"{title} · {text}", [section], query=text, links=LINKS, language=language)


def subgraph_page(
    reader: Reader, node: str, language: Language, *, depth: int, limit: int, labels: Sequence[str], is_served: bool
) -> str:
    """The page of what surrounds a node, given by id or name. Raises `NotFound`, `UnknownName`."""
    picture = neighbourhood_picture(
        reader,
        find_node(reader, node).id,
        depth=depth,
        labels=labels,
        limit=min(limit, MAX_PICTURE_NODES),
        with_holders=True,
    )
    found = picture.subgraph
    focus = next(n for n in found.nodes if n.id == picture.focus_id)
    kind = NODE_TYPE[focus.label]
    return graph_page(
        found,
        layered(found, language=language),
        title=focus.name_in(language),
        subtitle=Text("pages.around", kind=kind.text, depth=depth).in_(language),
        focus_id=focus.id,
        hidden=found.total_nodes - len(found.nodes),
        more=picture.more,
        critical_edge_ids=critical_edges(reader, found),
        sources=sources_of(reader, (*found.nodes, *found.edges)),
        links=LINKS if is_served else None,
        language=language,
    )


def matrix_page(reader: Reader, language: Language) -> str:
    """Places by chains: how much of each chain each place makes; a cell opens the gaps of the chain there."""
    title = Text("explore.matrix").in_(language)
    found = strengths(reader, scope(reader, []))
    if not found:
        lacking = "explore.no_place" if all_chains(reader) else "explore.no_chains"
        return list_page(title, [Section(title, _instead(reader, lacking, language))], links=LINKS, language=language)
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
    section = Section(title, about, figure=Figure("matrix.html", shown), links=_views("map", language))
    return list_page(title, [section], links=LINKS, language=language)


_HEAT = (0.1, 0.2, 0.3)
"""The parts of a chain up to which a cell of the matrix has the next deeper colour."""


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


def _views(name: str, language: Language) -> list[Link]:
    return [Link(Text(f"explore.{name}").in_(language), f"/{name}")]


def map_page(reader: Reader, language: Language) -> str:
    """The places as points, and recorded relations between them as lines as wide as their count."""
    title = Text("explore.map").in_(language)
    places = {node.id: node for node in nodes(reader, compared_places(reader))}
    degrees = {key: at for key, node in places.items() if (at := _degrees(node))}
    if not places:
        return list_page(
            title, [Section(title, _instead(reader, "explore.no_place", language))], links=LINKS, language=language
        )
    found = flows(reader, cities=scope(reader, []).cities)
    points, height = points_of(degrees)
    kinds = [kind for kind in _FLOWS if any(row.edge_type == kind for row in found)]
    drawn = [
        (row.from_id, row.to_id, kinds.index(row.edge_type), row.relations)
        for row in found
        if {row.from_id, row.to_id} <= degrees.keys()
    ]
    said = [_flow_text(row, places, language) for row in found if {row.from_id, row.to_id} <= degrees.keys()]
    shown = {
        "width": WIDTH, "height": height,
        "points": [(point, Link(places[point.id].name_in(language), LINKS.node_of(point.id))) for point in points],
        "lines": list(zip(lines_of(points, drawn), said, strict=True)),
        "legend": [(at, EDGE_TYPE[kind].in_(language)) for at, kind in enumerate(kinds)],
    }  # fmt: skip
    unplaced = [node.name_in(language) for key, node in places.items() if key not in degrees]
    notes = [Text("explore.map.about"), *([Text("explore.map.no_coordinates", places=unplaced)] if unplaced else [])]
    sections = [
        Section(title, " ".join(note.in_(language) for note in notes), links=_views("matrix", language),
                figure=Figure("map.html", shown) if points else None),
        _flow_table(found, places, language),
    ]  # fmt: skip
    return list_page(title, sections, links=LINKS, language=language)


_FLOWS = ("SUPPLIES", "OWNS", "COOPERATES_WITH")


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
