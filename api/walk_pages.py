"""The page of a walk: the picture, its filters, what an old link names in vain, and where each node leads."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from urllib.parse import quote

from api.deps import Earlier
from api.pages import LINKS, LONGEST_ADDRESS
from api.walks import AT_ONCE, Canvas, Walk, canvas_of, shown_of, without_vanished
from graph.errors import CorridorError
from graph.model import Json, Node, Subgraph
from graph.ontology import EDGE_TYPE, NODE_TYPE
from graph.texts import Language, Text, word
from queries.evidence import sources_of
from queries.questions.cascade import STOPS_WITH
from queries.reader import Reader
from queries.scope import all_chains, corridor_places, nodes
from queries.verdicts import Verdict
from viz.page import Drawing, Field, Form, Link, Walked, graph_page

_DEPTHS = (1, 2, 3, 4)
_LIMITS = (40, 80, 150, 300, 500)
_STATUSES = next(p.choices for p in EDGE_TYPE["MAKES"].properties if p.name == "status")
_REPLACED, _STOPPED = ("candidates", "product"), ("cascade", "shocks")


def walk_page(
    reader: Reader, walk: Walk, language: Language, *, is_served: bool = True, earlier: Earlier | None = None,
    stamp: str = "",
) -> str:  # fmt: skip
    """The page of a walk; not served, a file of its own that shows the same and cannot be walked on.

    `earlier` gives the graph of the load that an old link was made of, `stamp` says in a file of which day and load it is. Raises `NotFound`, `UnknownName` for a start that is
    no node.
    """
    known, gone = without_vanished(reader, walk)
    canvas = canvas_of(reader, known, language)
    found = shown_of(reader, canvas, known.filters)
    if not is_served and walk.off:
        found = _without_kinds(found, walk.off, canvas.focus_id)
    shown = {node.id for node in found.nodes}
    focus = canvas.nodes[canvas.focus_id]
    subtitle = Text("pages.around", kind=NODE_TYPE[focus.label].text, depth=known.depth).in_(language)
    walked = None
    if is_served:
        gone += canvas.gone
        vanished = _vanished(reader, walk, gone, language, earlier)
        walked = _walked(reader, known, canvas, found, vanished, language, [one for one in gone if one not in vanished])
    drawing = Drawing(
        found,
        replace(canvas.layout, positions={one: canvas.layout.positions[one] for one in shown}),
        focus.id,
        more={one: count for one, count in canvas.more().items() if one in shown},
        critical_edge_ids=canvas.critical,
        highlighted_ids=canvas.ways if canvas.starts and canvas.ends else (),
        sources=sources_of(reader, (*found.nodes, *found.edges)),
        language=language,
        walked=walked,
    )
    links = LINKS if is_served else None
    return graph_page(drawing, title=focus.name_in(language), subtitle=subtitle, links=links, stamp=stamp)


def _without_kinds(found: Subgraph, off: Sequence[str], focus: str) -> Subgraph:
    """What the legend leaves of it; lines that it turns off are turned off in the file as well."""
    return Subgraph.of(
        (node for node in found.nodes if node.label not in off or node.id == focus), found.edges, found.total_nodes
    )


def _walked(
    reader: Reader, walk: Walk, canvas: Canvas, found: Subgraph, vanished: Mapping[str, str], language: Language,
    unknown: Sequence[str],
) -> Walked:  # fmt: skip
    shown = {node.id for node in found.nodes}
    ys = [y for one, (_, y) in canvas.layout.positions.items() if one not in canvas.brought_by]
    state: dict[str, Json] = {
        "at": walk.at or canvas.focus_id,
        "said": canvas.said is not None,
        "off": None if walk.off is None else list(walk.off),
        "atOnce": AT_ONCE,
        "longest": LONGEST_ADDRESS,
        "run": reader.graph()[0],
        "starts": list(canvas.starts),
        "ends": list(canvas.ends),
        "hasWays": bool(canvas.starts and canvas.ends),
        "height": [min(ys), max(ys)],
        "width": canvas.first_width,
    }
    is_of_another_load = bool(walk.run) and walk.run != reader.graph()[0]
    notices = [Text("walk.other_load")] if is_of_another_load else []
    notices += [Text("walk.unknown", ids=unknown)] if unknown else []
    notices += [Text("walk.lost", names=list(canvas.lost))] if canvas.lost else []
    hidden = tuple(one for one in walk.steps if not one.startswith("hide:"))
    show_all = Link(Text("walk.show_all", count=len(canvas.hidden)).in_(language), walk.address(step=hidden))
    return Walked(
        state,
        _form(reader, walk, canvas, language),
        walk.address(file="true"),
        said=canvas.said.in_(language) if canvas.said else "",
        notices=[one.in_(language) for one in notices],
        vanished=[f"{name} ({one})" for one, name in sorted(vanished.items())],
        chosen=sum(map(bool, _chosen(walk))),
        left_out=len(canvas.open_nodes()) - len(found.nodes),
        show_all=show_all if canvas.hidden else None,
        asks=_asks(canvas, shown),
    )


def _asks(canvas: Canvas, shown: Collection[str]) -> dict[str, list[tuple[str, str]]]:
    """Of each node who could replace it, and what if it stops: of a maker that is asked for what it has the largest share of."""
    made = [edge for edge in canvas.edges.values() if edge.type == "MAKES"]
    made.sort(key=lambda edge: (-_number(edge.properties.get("share")), _number(edge.properties.get("rank")), edge.id))
    product_of = {edge.from_id: edge.to_id for edge in reversed(made)}
    return {one: _asks_of(one, canvas.nodes[one].label, product_of.get(one, "")) for one in shown}


def _asks_of(node_id: str, label: str, made: str) -> list[tuple[str, str]]:
    product = node_id if label == "Product" else made
    asked = [("replace", *_REPLACED, product)] if product else []
    asked += [("stop", *_STOPPED, node_id)] if label in STOPS_WITH else []
    return [(key, f"/ask/{name}?{parameter}={quote(about, safe=':')}") for key, name, parameter, about in asked]


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


# --- filters ---


def _chosen(walk: Walk) -> Sequence[object]:
    own = walk.filters
    return own.place, own.chain, own.verdicts, own.statuses, own.since


def _form(reader: Reader, walk: Walk, canvas: Canvas, language: Language) -> Form:
    """Depth, limit and filters, each with what it can be; the rest of the walk goes with them."""
    own = walk.filters
    places, chains = reader.once("places and chains to choose from", _to_choose_from)
    places = [*places, *(nodes(reader, [own.place]) if own.place not in {"", *(one.id for one in places)} else [])]
    every = ("", Text("walk.every").in_(language))
    years = sorted(
        {day.year for edge in canvas.edges.values() if isinstance(day := edge.properties.get("as_of"), date)}
    )
    since = {date(year, 1, 1) for year in years} | ({own.since} if own.since else set())
    limits = sorted({*_LIMITS, walk.limit})
    asked: list[tuple[str, Sequence[str], list[tuple[str, str]], str]] = [
        ("depth", [str(walk.depth)], [(str(one), Text("walk.steps", count=one).in_(language)) for one in _DEPTHS], "1"),
        ("limit", [str(walk.limit)], [(str(one), Text("walk.nodes", count=one).in_(language)) for one in limits], "150"),
        ("place", [own.place], [every, *((one.id, one.name_in(language)) for one in places)], ""),
        ("chain", [own.chain], [every, *((one.id, one.name_in(language)) for one in chains)], ""),
        ("since", [str(own.since or "")], [every, *((str(one), Text("walk.since", day=one).in_(language)) for one in sorted(since))], ""),
        ("status", own.statuses, [(one.value, one.in_(language)) for one in _STATUSES], ""),
        ("verdict", own.verdicts, [(one, word(one).in_(language)) for one in Verdict], ""),
    ]  # fmt: skip
    fields = [
        Field(name, Text(f"walk.filter.{name}").in_(language), Text(f"walk.filter.{name}.hint").in_(language), values,
              choices, is_multiple=name in ("verdict", "status"), default=default)
        for name, values, choices, default in asked
    ]  # fmt: skip
    names = {one.name for one in fields}
    kept = [(name, value) for name, value in walk.query() if name not in names]
    return Form(LINKS.picture_of(walk.node), fields, Text("walk.apply").in_(language), kept)


def _to_choose_from(reader: Reader) -> tuple[list[Node], list[Node]]:
    """The places of the corridor and the chains."""
    places = nodes(reader, corridor_places(reader))
    return places, nodes(reader, [one for one, _ in all_chains(reader)])


# --- old links ---


def _vanished(
    reader: Reader, walk: Walk, gone: Sequence[str], language: Language, earlier: Earlier | None
) -> dict[str, str]:
    """The names, by id, of what a link names or showed in the graph of its load, where that is kept, and the graph does not
    hold any more. What neither holds is not among them: it may never have been.
    """
    if not (walk.run and walk.run != reader.graph()[0] and earlier):
        return {}
    try:
        then = earlier(walk.run)
        shown = [*canvas_of(then, walk, language).nodes.values(), *nodes(then, gone)]
    except CorridorError:  # The load is kept no more, or cannot be read.
        return {}
    known = {node.id for node in nodes(reader, [node.id for node in shown])}
    return {node.id: node.name_in(language) for node in shown if node.id not in known}
