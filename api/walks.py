"""A walk: a picture around a node and, in order, what a reader did with it. Equal walks over equal graphs show the same.

The whole walk stands in the address of its page. Each act adds to what was there before or hides some of it, and moves nothing,
so that what is on the canvas is the acts one after the other; the canvas after each of them is kept while the graph stands.
"""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlencode

from pydantic import Field

from api.pages import LINKS, MAX_PICTURE_NODES
from graph.model import Edge, Node, Subgraph, is_edge_id
from graph.ontology import LOCATED
from graph.texts import Language, Text
from queries.evidence import critical_edges, edges
from queries.questions.routes import RoutesAnswer
from queries.reader import Reader
from queries.registry import answer_to
from queries.scope import chains_of, find_node, nodes, scope
from queries.surroundings import Opened, Way, joined, opened, surroundings
from queries.verdicts import Verdict, verdicts_on
from queries.whereabouts import elsewhere
from viz.growth import grown
from viz.layout import Layout, layered

AT_ONCE = 15
"""Neighbours that an expansion adds at most."""
WAYS = 3
"""Ways that are drawn between the starts and the ends."""
DEPTH, LIMIT = 1, 150
"""How far and how large the first picture is where nothing else is asked for."""
_ON_A_WAY = "*"
"""What brought a node that is there as a part of a way only."""


class Act(StrEnum):
    """What a reader does with a node of the picture; done again, the last four take back what they did."""

    OPEN = "open"
    UP = "up"
    DOWN = "down"
    SHUT = "shut"
    HIDE = "hide"
    FROM = "from"
    TO = "to"


Step = Annotated[str, Field(max_length=400, pattern=f"^({'|'.join(Act)}):[a-z]+:.+$")]
"""An act and the id of its node: `open:product:etcher`."""
Name = Annotated[str, Field(max_length=400)]


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the canvas is shown: actors of a place, products of a chain, products with some verdicts, relations of some
    standing and no older than a day. Nothing chosen is everything.
    """

    place: str = ""
    chain: str = ""
    verdicts: tuple[Verdict, ...] = ()
    statuses: tuple[str, ...] = ()
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Walk:
    """The state of the page: where it starts and how far, what was done, what is filtered, selected and off in the legend (`None`
    for what is off by itself); `run` is the load that the link was made of.
    """

    node: str
    depth: int = DEPTH
    limit: int = LIMIT
    labels: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    filters: Filters = Filters()
    at: str = ""
    off: tuple[str, ...] | None = None
    run: str = ""

    def query(self, **changed: object) -> list[tuple[str, str]]:
        """The parameters of its address, those by default left out; with what is `changed` in them, `None` to leave one out."""
        own: dict[str, object] = {
            "depth": self.depth if self.depth != DEPTH else None, "limit": self.limit if self.limit != LIMIT else None,
            "kinds": self.labels, "step": self.steps, "place": self.filters.place, "chain": self.filters.chain,
            "verdict": self.filters.verdicts, "status": self.filters.statuses, "since": self.filters.since, "at": self.at,
            "off": self.off if self.off is None or self.off else "", "run": self.run or None,
        }  # fmt: skip
        pairs: list[tuple[str, str]] = []
        for name, value in (own | changed).items():
            if value is None or (value == "" and name != "off"):
                continue
            several = value if isinstance(value, tuple) else (value,)
            pairs += [(name, str(one)) for one in several]
        return pairs

    def address(self, **changed: object) -> str:
        """The address of its page, with what is changed in it."""
        query = urlencode(self.query(**changed), safe=":")
        return LINKS.picture_of(self.node) + (f"?{query}" if query else "")


# --- the canvas --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Canvas:
    """What the acts so far brought, and where it stands: what is hidden of it keeps its place.

    `left` is how many edges lead on from a node, `first_width` how wide the picture was at the beginning, `brought_by` the node
    whose expansion brought one (what was there from the beginning has none), `shut` the nodes whose expansions are folded up, `ways`
    the nodes and edges on ways from the starts to the ends. `said` is what came of the last act, `gone` the ids that the graph does
    not hold any more, `lost` those of nodes
    that it holds but this walk no longer meets.
    """

    focus_id: str
    nodes: Mapping[str, Node]
    edges: Mapping[str, Edge]
    layout: Layout
    left: Mapping[str, int]
    total: int
    critical: frozenset[str]
    first_width: float
    brought_by: Mapping[str, str] = field(default_factory=dict)
    shut: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    starts: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    ways: frozenset[str] = frozenset()
    said: Text | None = None
    gone: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()

    def has(self, node_id: str) -> bool:
        """Whether a node is on the canvas and not folded up."""
        if node_id not in self.nodes:
            return False
        while (by := self.brought_by.get(node_id)) is not None:
            if by == _ON_A_WAY:
                return node_id in self.ways
            if by in self.shut:
                return False
            node_id = by
        return True

    def open_nodes(self) -> set[str]:
        """The nodes that are not folded up."""
        return {one for one in self.nodes if self.has(one)}

    def more(self) -> dict[str, int]:
        """How many edges each node has to others that are not there, where there are any."""
        there = self.open_nodes()
        shown = dict.fromkeys(there, 0)
        for edge in self.edges.values():
            if edge.from_id in there and edge.to_id in there:
                shown[edge.from_id] += 1
                shown[edge.to_id] += 1
        return {one: count for one in there if (count := self.left.get(one, 0) - shown[one]) > 0}


def canvas_of(reader: Reader, walk: Walk, language: Language) -> Canvas:
    """The canvas after all acts of a walk. Raises `NotFound`, `UnknownName` for a start that is no node."""
    focus = reader.once(("start", walk.node), lambda apart: find_node(apart, walk.node).id)
    key = ("canvas", focus, language, walk.depth, walk.limit, walk.labels)
    canvas = reader.once(key, lambda apart: _first(apart, focus, walk, language))
    for number in range(len(walk.steps)):
        canvas = _kept_after(reader, canvas, (key, walk.steps[: number + 1]), language)
    return canvas


def _kept_after(reader: Reader, canvas: Canvas, key: tuple[Hashable, tuple[str, ...]], language: Language) -> Canvas:
    return reader.once(key, lambda apart: _after(apart, canvas, key[1][-1], language))


def _first(reader: Reader, focus: str, walk: Walk, language: Language) -> Canvas:
    around = surroundings(reader, focus, depth=walk.depth, labels=walk.labels, limit=walk.limit, with_holders=True)
    found = around.subgraph(reader)
    left = dict(around.more)
    for edge in found.edges:
        for end in (edge.from_id, edge.to_id):
            left[end] = left.get(end, 0) + 1
    layout = layered(found, language=language, is_to_grow=True)
    return Canvas(
        focus, {node.id: node for node in found.nodes}, {edge.id: edge for edge in found.edges},
        layout, left, found.total_nodes, critical_edges(reader, found), layout.lanes[-1].x_max - layout.lanes[0].x_min,
    )  # fmt: skip


def _after(reader: Reader, canvas: Canvas, step: str, language: Language) -> Canvas:
    """The canvas after one more act."""
    act, _, node_id = step.partition(":")
    found = [canvas.nodes[node_id]] if node_id in canvas.nodes else nodes(reader, [node_id])
    if not found:
        return replace(canvas, gone=(*canvas.gone, node_id), said=None)
    if not canvas.has(node_id) and act not in (Act.FROM, Act.TO, Act.HIDE):
        return replace(canvas, lost=(*canvas.lost, node_id), said=None)
    made, said, values = _ACTS[Act(act)](reader, canvas, node_id, language)
    name = Text.both(*(found[0].name_in(one) for one in Language))
    return replace(made, said=Text(f"walk.said.{said}", name=name, **values))


_Acted = tuple[Canvas, str, Mapping[str, object]]
"""The canvas after an act, and what is to be said of it."""


def _opening(way: Way) -> Callable[[Reader, Canvas, str, Language], _Acted]:
    def act(reader: Reader, canvas: Canvas, node_id: str, language: Language) -> _Acted:
        if way is Way.OPEN and node_id in canvas.shut:
            again = replace(canvas, shut=canvas.shut - {node_id})
            return again, "opened_again", {"count": len(again.open_nodes()) - len(canvas.open_nodes())}
        there = canvas.open_nodes()
        most = min(AT_ONCE, MAX_PICTURE_NODES - len(there))
        if most <= 0:
            return canvas, "full", {"most": MAX_PICTURE_NODES}
        found = opened(reader, node_id, there, way, most)
        if not found.ids:
            return canvas, f"no_{way}", {}
        made = _brought(reader, canvas, found, node_id, language)
        made = replace(made, shut=made.shut - {node_id})
        return made, way, {"count": len(found.ids), "more": made.more().get(node_id, 0)}

    return act


def _brought(reader: Reader, canvas: Canvas, found: Opened, by: str, language: Language) -> Canvas:
    """The canvas with nodes that a node brought; those that were folded up come back to where they stood."""
    fresh = nodes(reader, [one for one in found.ids if one not in canvas.nodes])
    order = {node_id: number for number, node_id in enumerate(found.ids)}
    fresh.sort(key=lambda node: order[node.id])
    added = edges(reader, [one for one in found.edge_ids if one not in canvas.edges])
    anchor = by if by in canvas.nodes else None
    return replace(
        canvas,
        nodes={**canvas.nodes, **{node.id: node for node in fresh}},
        edges={**canvas.edges, **{edge.id: edge for edge in added}},
        layout=grown(canvas.layout, canvas.nodes, fresh, added, anchor, language),
        left={**canvas.left, **found.left},
        total=max(canvas.total, len(canvas.nodes) + len(fresh)),
        critical=canvas.critical | critical_edges(reader, Subgraph.of(fresh, [])),
        brought_by={**canvas.brought_by, **dict.fromkeys(found.ids, by)},
    )


def _shut(reader: Reader, canvas: Canvas, node_id: str, language: Language) -> _Acted:
    """Fold up what a node brought; of one that brought nothing, what hangs on it alone."""
    there = canvas.open_nodes()
    own = [one for one, by in canvas.brought_by.items() if by == node_id and one in there]
    leaves = [] if own else _hanging_on(canvas, node_id, there)
    if not own and not leaves:
        return canvas, "nothing_to_shut", {}
    brought_by = {**canvas.brought_by, **dict.fromkeys(leaves, node_id)}
    made = replace(canvas, brought_by=brought_by, shut=canvas.shut | {node_id})
    return made, "shut", {"count": len(there) - len(made.open_nodes())}


def _hanging_on(canvas: Canvas, node_id: str, there: Collection[str]) -> list[str]:
    """The nodes whose only neighbour is a node, what that itself came from apart."""
    around: dict[str, set[str]] = {}
    for edge in canvas.edges.values():
        if edge.from_id in there and edge.to_id in there:
            around.setdefault(edge.from_id, set()).add(edge.to_id)
            around.setdefault(edge.to_id, set()).add(edge.from_id)
    above, one = {canvas.focus_id, *canvas.starts, *canvas.ends}, node_id
    while one := canvas.brought_by.get(one, ""):
        above.add(one)
    return sorted(one for one, others in around.items() if others == {node_id} and one not in above)


def _hide(reader: Reader, canvas: Canvas, node_id: str, language: Language) -> _Acted:
    if node_id == canvas.focus_id:
        return canvas, "not_the_start", {}
    is_hidden = node_id in canvas.hidden
    return replace(canvas, hidden=canvas.hidden ^ {node_id}), "shown" if is_hidden else "hidden", {}


def _end(which: str) -> Callable[[Reader, Canvas, str, Language], _Acted]:
    def act(reader: Reader, canvas: Canvas, node_id: str, language: Language) -> _Acted:
        own = canvas.starts if which == "starts" else canvas.ends
        changed = tuple(one for one in own if one != node_id) if node_id in own else (*own, node_id)
        starts, ends = (changed, canvas.ends) if which == "starts" else (canvas.starts, changed)
        canvas = replace(canvas, starts=starts, ends=ends)
        if not canvas.has(node_id):
            canvas = _brought(reader, canvas, joined(reader, [node_id], canvas.nodes), _ON_A_WAY, language)
        return _with_ways(reader, canvas, language)

    return act


def _with_ways(reader: Reader, canvas: Canvas, language: Language) -> _Acted:
    """The canvas with the best ways from the starts to the ends."""
    asked = {*canvas.starts, *canvas.ends}
    if not canvas.starts or not canvas.ends:
        said = "start" if canvas.starts else "end" if canvas.ends else "no_ends"
        return replace(canvas, ways=frozenset(asked)), said, {}
    ends = {"start": list(canvas.starts), "target": list(canvas.ends)}
    found = answer_to(reader, "routes", RoutesAnswer, **ends, most=WAYS)
    ids = dict.fromkeys(one for row in found.rows for one in row.evidence_ids)
    if not found.rows:
        return replace(canvas, ways=frozenset(asked)), "no_way", {}
    way_nodes = [one for one in ids if not is_edge_id(one)]
    there = canvas.open_nodes()
    found_ways = joined(reader, [one for one in way_nodes if one not in there], there)
    along = [*found_ways.edge_ids, *(one for one in ids if is_edge_id(one))]
    made = _brought(reader, canvas, replace(found_ways, edge_ids=along), _ON_A_WAY, language)
    steps = sum(row.route == 1 for row in found.rows)
    return replace(made, ways=frozenset({*ids, *asked})), "ways", {"ways": len(found.costs), "steps": steps}


_ACTS: Mapping[Act, Callable[[Reader, Canvas, str, Language], _Acted]] = {
    Act.OPEN: _opening(Way.OPEN), Act.UP: _opening(Way.UP), Act.DOWN: _opening(Way.DOWN), Act.SHUT: _shut, Act.HIDE: _hide,
    Act.FROM: _end("starts"), Act.TO: _end("ends"),
}  # fmt: skip


# --- what is shown of it -------------------------------------------------------------------------------------------------


def shown_of(reader: Reader, canvas: Canvas, filters: Filters) -> Subgraph:
    """What of the canvas is shown: neither folded up nor hidden, and of what the filters ask for.

    A node that only filtered ones or filtered relations joined to others goes with them; where the walk starts, and the ends of
    ways, stay.
    """
    there = canvas.open_nodes() - canvas.hidden
    kept = {canvas.focus_id, *canvas.starts, *canvas.ends} & there
    passing = (there - _filtered(reader, [canvas.nodes[one] for one in sorted(there)], filters)) | kept
    inside = [edge for edge in canvas.edges.values() if {edge.from_id, edge.to_id} <= there]
    drawn = [edge for edge in inside if {edge.from_id, edge.to_id} <= passing and _passes(edge, filters)]
    alone = {end for edge in inside for end in (edge.from_id, edge.to_id)}
    alone -= {end for edge in drawn for end in (edge.from_id, edge.to_id)}
    return Subgraph.of((canvas.nodes[one] for one in (passing - alone) | kept), drawn, canvas.total)


def _filtered(reader: Reader, some: Sequence[Node], filters: Filters) -> set[str]:
    """The nodes that a filter on nodes leaves out."""
    products = [node.id for node in some if node.label == "Product"]
    where = scope(reader, [filters.place] if filters.place else [])
    out: set[str] = set()
    if filters.place:
        out |= elsewhere(reader, [node.id for node in some if node.label in LOCATED], where)
    if filters.chain:
        of_chain = chains_of(reader, products)
        out |= {one for one in products if filters.chain not in [chain.id for chain in of_chain.get(one, ())]}
        out |= {node.id for node in some if node.label == "Chain" and node.id != filters.chain}
    if filters.verdicts:
        judged = verdicts_on(reader, products, where)
        out |= {one for one in products if one not in judged or judged[one].verdict not in filters.verdicts}
    return out


def _passes(edge: Edge, filters: Filters) -> bool:
    as_of = edge.properties.get("as_of")
    is_recent = filters.since is None or (isinstance(as_of, date) and as_of >= filters.since)
    return is_recent and (not filters.statuses or edge.properties.get("status") in filters.statuses)


def without_vanished(reader: Reader, walk: Walk) -> tuple[Walk, list[str]]:
    """The walk without what it names beside its acts and the graph does not hold, and the ids of that."""
    named = [one for one in (walk.at, walk.filters.place, walk.filters.chain) if one]
    known = {node.id: node.label for node in nodes(reader, named)}
    filters = replace(
        walk.filters,
        place=walk.filters.place if known.get(walk.filters.place) == "Place" else "",
        chain=walk.filters.chain if known.get(walk.filters.chain) == "Chain" else "",
    )
    at = walk.at if walk.at in known else ""
    kept = {at, filters.place, filters.chain}
    return replace(walk, at=at, filters=filters), [one for one in named if one not in kept]
