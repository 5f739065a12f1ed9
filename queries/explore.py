"""Walking the graph: search, what surrounds a node, the shortest path between two, the picture of a finding."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Annotated

from pydantic import Field

from graph.cypher import degrees_query, edges_query, neighbours_query, nodes_query
from graph.errors import NotFound, UnknownName
from graph.model import Edge, Node, Subgraph, ends, is_edge_id, searchable
from graph.ontology import EDGE_TYPE, EDGE_TYPES, label_of
from queries.runner import Answer, Reader, Row, query, question

MAX_ROWS = 20_000
"""Edges read in one step of a walk; a hub has more, and the walk says that it was cut."""

_CONDUCTORS = frozenset({"Product"})
"""Labels that a walk goes through. A place, chain or enterprise joins everything to everything: a walk may start or
end there, but a path through it says nothing about a supply chain."""

_HOLDERS = frozenset({"Enterprise", "Technology"})
_PATH_CONDUCTORS = frozenset({"Product", "Enterprise", "Technology", "Institute", "Center"})
_TECHNOLOGIES_PER_PRODUCT = 2
_ENTERPRISES_PER_PRODUCT = 3


class FoundNode(Row):
    """A node that a search found."""

    node_id: str = Field(description="id")
    name_zh: str = Field(description="名称")
    name_en: str | None = Field(description="name")
    closeness: int = Field(description="0 equal to the text, 1 begins with it, 2 holds it")


@query("explore.cypher")
def found_nodes(reader: Reader, *, text: str, whole: str, beginning: str, limit: int) -> list[FoundNode]:  # type: ignore[empty-body]
    """Nodes whose search text holds `text`, first those that hold `whole`, then those that hold `beginning`."""


def _hits(reader: Reader, text: str, limit: int) -> list[FoundNode]:
    """Nodes that a text finds. In the search text each name stands between two bars."""
    normal = searchable(text)
    if not normal:
        return []
    return found_nodes(reader, text=normal, whole=f"|{normal}|", beginning=f"|{normal}", limit=limit)


class Hit(FoundNode):
    """A node that a search found, with its type."""

    table = ("name_zh", "name_en", "label", "node_id")

    label: str = Field(description="类型 type")
    evidence_ids: list[str] = Field(description="the node")


class SearchAnswer(Answer):
    """What a search found."""

    rows: list[Hit]


@question(zh="检索", en="Search")
def search(
    reader: Reader,
    *,
    text: Annotated[
        str, Field(min_length=1, max_length=200, description="名称、别名、代码或拼音 name, alias, code or pinyin")
    ],
    limit: Annotated[int, Field(ge=1, le=500, description="行数 rows")] = 20,
) -> SearchAnswer:
    """按名称、别名、代码或拼音检索。 Nodes by name, alias, code or pinyin."""
    found = _hits(reader, text, limit)
    rows = [Hit(**row.model_dump(), label=label_of(row.node_id) or "", evidence_ids=[row.node_id]) for row in found]
    return SearchAnswer(
        question="", parameters={}, rows=rows, looked_at=len(rows), looked_at_what="匹配的节点 nodes that match",
        conventions=["检索不分大小写和全半角。 Case and width of letters do not matter."],
        notes=[] if rows else ["没有匹配的名称；可试拼音、简称或代码。 Nothing matches; try pinyin, a short name or a code."],
    )  # fmt: skip


def find_node(reader: Reader, text: str, labels: Collection[str] = ()) -> Node:
    """The node of this id, or of exactly this name. Raises `NotFound`, or `UnknownName` with the nearest names."""
    if ":" in text and label_of(text):
        found = node_of_id(reader, text)
        if not _is_of(found.id, labels):
            raise NotFound(text)
        return found
    hits = [hit for hit in _hits(reader, text, 50) if _is_of(hit.node_id, labels)]
    exact = [hit for hit in hits if hit.closeness == 0]
    if len(exact) == 1:
        return nodes(reader, [exact[0].node_id])[0]
    raise UnknownName("node", text, [f"{hit.name_zh} ({hit.node_id})" for hit in exact or hits])


def node_of_id(reader: Reader, node_id: str) -> Node:
    """The node of this id. Raises `NotFound`."""
    found = nodes(reader, [node_id])
    if not found:
        raise NotFound(node_id)
    return found[0]


def _is_of(node_id: str, labels: Collection[str]) -> bool:
    return not labels or label_of(node_id) in labels


def nodes(reader: Reader, ids: Iterable[str]) -> list[Node]:
    """The nodes of these ids that exist, by id."""
    found: list[Node] = []
    for label, of_label in _by_label(ids).items():
        rows = reader.fetch(nodes_query(label), {"ids": of_label})
        found += [row["node"] for row in rows if isinstance(row["node"], Node)]
    return sorted(found, key=lambda node: node.id)


def _by_label(ids: Iterable[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for node_id in sorted(set(ids)):
        label = label_of(node_id)
        if label:
            groups[label].append(node_id)
    return groups


def evidence_subgraph(reader: Reader, ids: Sequence[str], limit: int) -> Subgraph:
    """The nodes and edges that a finding rests on, the ends of the edges among them: the first `limit` nodes."""
    edge_ids = [i for i in ids if is_edge_id(i)]
    wanted: dict[str, None] = {}
    for one in ids:
        wanted.update(dict.fromkeys(ends(one)[1:] if is_edge_id(one) else (one,)))
    kept = set(islice(wanted, limit))
    return Subgraph.of(nodes(reader, kept), edges(reader, edge_ids), total_nodes=len(wanted))


def edges(reader: Reader, ids: Iterable[str]) -> list[Edge]:
    """The edges of these ids that exist."""
    groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for edge in sorted(set(ids)):
        edge_type, from_id, to_id = ends(edge)
        pair = (label_of(from_id) or "", label_of(to_id) or "")
        if edge_type in EDGE_TYPE and pair in EDGE_TYPE[edge_type].ends:
            groups[edge_type, *pair].append(edge)
    found: list[Edge] = []
    for key, of_type in groups.items():
        rows = reader.fetch(edges_query(*key), {"ids": of_type, "from_ids": sorted({ends(i)[1] for i in of_type})})
        found += [row["edge"] for row in rows if isinstance(row["edge"], Edge)]
    return found


# --- what surrounds a node -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Picture:
    """The part of the graph around a node that is worth showing first, and what it leaves out.

    `more` is how many edges each shown node has to nodes that are not shown.
    """

    focus_id: str
    subgraph: Subgraph
    more: Mapping[str, int]
    is_cut: bool


_STRUCTURE = tuple(t.type for t in EDGE_TYPES if t.type not in ("LOCATED_IN", "PART_OF", "SECTOR_INPUT_OF"))
_ALL = tuple(t.type for t in EDGE_TYPES)


def neighbourhood_picture(
    reader: Reader,
    node_id: str,
    *,
    depth: int = 1,
    labels: Collection[str] = (),
    limit: int = 150,
    with_holders: bool = False,
) -> Picture:
    """What lies within `depth` steps of a node, the best `limit` nodes of it.

    `with_holders` adds the makers and technologies of the outermost products, one step further.

    All of it where it fits, else in this order: the chain of products, then technologies (two a product), then enterprises (three a product),
    then nodes of other types, then whatever else is next to the node itself; near before far, many edges before few,
    then by id. Raises `NotFound`.
    """
    focus = node_of_id(reader, node_id)
    found: dict[str, Node] = {focus.id: focus}
    steps = {focus.id: 0}
    links: dict[str, Edge] = {}
    is_cut = False
    frontier = [focus.id]
    for step in range(1, depth + 1):
        reached_edges, reached_nodes, cut = _step(reader, frontier, focus)
        is_cut |= cut
        links.update(reached_edges)
        fresh = {i: n for i, n in reached_nodes.items() if i not in found and (not labels or n.label in labels)}
        found.update(fresh)
        steps.update(dict.fromkeys(fresh, step))
        frontier = [i for i in sorted(fresh) if fresh[i].label in _CONDUCTORS]
    closing, beyond, cut = _step(reader, frontier, focus)
    links.update(closing)
    if with_holders:
        held = {i: n for i, n in beyond.items() if n.label in _HOLDERS and (not labels or n.label in labels)}
        steps.update({i: depth + 1 for i in held if i not in found})
        found = {**held, **found}
    links = {i: e for i, e in links.items() if e.from_id in found and e.to_id in found}
    kept = _kept(found, steps, list(links.values()), focus.id, limit)
    between, _, _ = _step(reader, kept, focus)
    links.update(between)
    inside = set(kept)
    drawn = [edge.id for edge in links.values() if edge.from_id in inside and edge.to_id in inside]
    shown = Subgraph.of(nodes(reader, kept), edges(reader, drawn), total_nodes=len(found))
    return Picture(focus.id, shown, _more(reader, shown, focus), is_cut or cut)


def _types_from(focus: Node, label: str) -> tuple[str, ...]:
    """Edge types a walk follows: places and chains only where the walk starts at one."""
    return _ALL if label == focus.label and focus.label in ("Place", "Chain") else _STRUCTURE


def _step(reader: Reader, ids: Sequence[str], focus: Node) -> tuple[dict[str, Edge], dict[str, Node], bool]:
    """One step of a walk: the edges, the nodes at their other ends, and whether there were too many to read.

    Both without their properties: those of what is kept in the end are read then.
    """
    links: dict[str, Edge] = {}
    reached: dict[str, Node] = {}
    is_cut = False
    for label, of_label in _by_label(ids).items():
        statement = neighbours_query(label, _types_from(focus, label))
        rows = reader.fetch(statement, {"ids": of_label, "limit": MAX_ROWS})
        is_cut |= len(rows) == MAX_ROWS
        for row in rows:
            edge, neighbour = _bare_edge(str(row["edge_id"])), str(row["neighbour_id"])
            links[edge.id] = edge
            reached[neighbour] = Node(neighbour, label_of(neighbour) or "")
    return links, reached, is_cut


def _bare_edge(edge_id: str) -> Edge:
    """The edge of an id, without its properties."""
    return Edge(edge_id, *ends(edge_id))


def _kept(
    found: Mapping[str, Node], steps: Mapping[str, int], links: Sequence[Edge], focus_id: str, limit: int
) -> list[str]:
    if len(found) <= limit:
        return list(found)
    degree: dict[str, int] = defaultdict(int)
    for edge in links:
        degree[edge.from_id] += 1
        degree[edge.to_id] += 1

    def order(node_id: str) -> tuple[int, int, str]:
        return (steps[node_id], -degree[node_id], node_id)

    chosen = {focus_id: None}
    products = [i for i in sorted(found, key=order) if found[i].label == "Product" and i != focus_id]
    chosen.update(dict.fromkeys(products[: limit - 1]))
    trunk = list(chosen)
    for label, most in (("Technology", _TECHNOLOGIES_PER_PRODUCT), ("Enterprise", _ENTERPRISES_PER_PRODUCT)):
        chosen.update(dict.fromkeys(_attached(found, links, trunk, label, most, degree)))
    rest = [i for i in sorted(found, key=order) if found[i].label not in ("Product", "Technology", "Enterprise")]
    chosen.update(dict.fromkeys(rest))
    near = {n for e in links if focus_id in (e.from_id, e.to_id) for n in (e.from_id, e.to_id)}
    chosen.update(dict.fromkeys(i for i in sorted(near & found.keys(), key=order)))
    return list(islice(chosen, limit))


def _attached(
    found: Mapping[str, Node],
    links: Sequence[Edge],
    trunk: Sequence[str],
    label: str,
    most: int,
    degree: Mapping[str, int],
) -> list[str]:
    """At most `most` nodes of the label for each product of the trunk, those with the most edges first."""
    by_product: dict[str, list[str]] = defaultdict(list)
    for edge in links:
        for product, other in ((edge.from_id, edge.to_id), (edge.to_id, edge.from_id)):
            if found[other].label == label:
                by_product[product].append(other)
    picked: dict[str, None] = {}
    for product in trunk:
        best = sorted(set(by_product[product]), key=lambda i: (-degree[i], i))
        picked.update(dict.fromkeys(best[:most]))
    return list(picked)


def _more(reader: Reader, shown: Subgraph, focus: Node) -> dict[str, int]:
    drawn: dict[tuple[str, str], int] = defaultdict(int)
    for edge in shown.edges:
        drawn[edge.from_id, edge.type] += 1
        drawn[edge.to_id, edge.type] += 1
    more: dict[str, int] = {}
    for label, ids in _by_label(node.id for node in shown.nodes).items():
        types = _types_from(focus, label)
        for row in reader.fetch(degrees_query(label, types), {"ids": ids}):
            node_id, degree = str(row["node_id"]), row["degree"]
            hidden = int(degree) - sum(drawn[node_id, t] for t in types) if isinstance(degree, int) else 0
            if hidden > 0:
                more[node_id] = hidden
    return more


class Neighbour(Row):
    """A node near another."""

    table = ("name_zh", "label", "relations")

    node_id: str = Field(description="id")
    label: str = Field(description="类型 type")
    name_zh: str = Field(description="名称")
    relations: list[str] = Field(description="与图中其他节点的关系 its relations in the picture")
    evidence_ids: list[str] = Field(description="ids of the node and of its edges in the picture")


class NeighbourhoodAnswer(Answer):
    """What surrounds a node."""

    rows: list[Neighbour]


@question(zh="周边", en="Neighbourhood")
def neighbourhood(
    reader: Reader,
    *,
    node: Annotated[str, Field(description="节点编号或名称 id or name of a node")],
    depth: Annotated[int, Field(ge=1, le=4, description="步数 steps")] = 1,
    limit: Annotated[int, Field(ge=1, le=2_000, description="节点数 nodes")] = 150,
) -> NeighbourhoodAnswer:
    """一个节点几步之内有什么。 What lies within some steps of a node."""
    picture = neighbourhood_picture(reader, find_node(reader, node).id, depth=depth, limit=limit)
    names = {n.id: n.name for n in picture.subgraph.nodes}
    relations: dict[str, list[Edge]] = defaultdict(list)
    for edge in picture.subgraph.edges:
        relations[edge.from_id].append(edge)
        relations[edge.to_id].append(edge)
    rows = [
        Neighbour(
            node_id=n.id, label=n.label, name_zh=n.name,
            relations=[relation_text(edge, names) for edge in relations[n.id]],
            evidence_ids=[n.id, *(edge.id for edge in relations[n.id])],
        )
        for n in picture.subgraph.nodes
    ]  # fmt: skip
    hidden = picture.subgraph.total_nodes - len(rows)
    return NeighbourhoodAnswer(
        question="", parameters={}, rows=rows, looked_at=picture.subgraph.total_nodes,
        looked_at_what="节点 nodes",
        conventions=["只经产品向外走；地区与产业链不作中转。 The walk passes through products only."],
        notes=[f"另有 {hidden} 个节点未列。 {hidden} more nodes are not shown."] if hidden else [],
    )  # fmt: skip


def relation_text(edge: Edge, names: Mapping[str, str]) -> str:
    """An edge as a Chinese reader reads it."""
    return f"{names[edge.from_id]} {EDGE_TYPE[edge.type].zh} {names[edge.to_id]}"


# --- the shortest path -----------------------------------------------------------------------------------------------


class PathStep(Row):
    """One step of a path."""

    table = ("step", "from_name", "relation_zh", "to_name")

    step: int = Field(description="第几步 number of the step, from 1")
    from_name: str = Field(description="从")
    relation: str = Field(description="关系 relation, as stored")
    to_name: str = Field(description="到")
    relation_zh: str = Field(description="读作 how it reads")
    evidence_ids: list[str] = Field(description="ids of the two nodes and of the edge")


class PathAnswer(Answer):
    """The shortest path, as steps; no rows where there is none."""

    rows: list[PathStep]


@question(zh="最短路径", en="Shortest path")
def path(
    reader: Reader,
    *,
    start: Annotated[str, Field(description="起点（编号或名称） id or name of the start")],
    target: Annotated[str, Field(description="终点（编号或名称） id or name of the target")],
    most_steps: Annotated[int, Field(ge=1, le=12, description="最多几步 steps at most")] = 6,
) -> PathAnswer:
    """两个节点之间最短的关系路径。 The shortest path of relations between two nodes."""
    first, last = find_node(reader, start), find_node(reader, target)
    found, looked_at = shortest_path(reader, first.id, last.id, most_steps)
    ids = [first.id, *(i for edge in found for i in (edge.from_id, edge.to_id)), last.id]
    names = {n.id: n.name for n in nodes(reader, ids)}
    rows = []
    here = first.id
    for number, edge in enumerate(found, 1):
        there = edge.to_id if edge.from_id == here else edge.from_id
        rows.append(
            PathStep(
                step=number, from_name=names[here], relation=edge.type, to_name=names[there],
                relation_zh=relation_text(edge, names), evidence_ids=[here, edge.id, there],
            )
        )  # fmt: skip
        here = there
    notes = [] if rows or first.id == last.id else [f"{most_steps} 步之内没有路径。 No path within {most_steps} steps."]
    return PathAnswer(
        question="", parameters={}, rows=rows, looked_at=looked_at, looked_at_what="节点 nodes",
        conventions=["不经地区和产业链；方向不限；等长时取编号最小者。 Not through places or chains; either direction; of equals "
                     "the one with the least ids."],
        notes=notes,
    )  # fmt: skip


def shortest_path(reader: Reader, start: str, target: str, most_steps: int) -> tuple[list[Edge], int]:
    """The edges of the shortest path, without properties, and how many nodes were looked at; no edge where no path.

    Grown from both ends, the smaller frontier first, one statement a label and step. Of paths of equal length it is
    the one with the least edge id at the first step where they part, so that every store gives the same one.
    """
    came: tuple[_Came, _Came] = ({start: []}, {target: []})
    frontiers = [[start], [target]]
    if start == target:
        return [], 1
    for _ in range(most_steps):
        side = 0 if len(frontiers[0]) <= len(frontiers[1]) else 1
        fresh = _grown(reader, frontiers[side], came[side])
        # A place that both ends reach is no meeting: the path would pass through it.
        passed = [i for i in fresh if label_of(i) in _PATH_CONDUCTORS or i in (start, target)]
        meetings = [i for i in passed if i in came[1 - side]]
        if meetings:
            return _first_of(came, start, target, meetings), len(came[0].keys() | came[1].keys())
        frontiers[side] = passed
        if not passed:
            break
    return [], len(came[0].keys() | came[1].keys())


_Came = dict[str, list[Edge]]
"""Nodes that one end has reached, each with every edge that it was reached by in the step that reached it first."""


def _grown(reader: Reader, frontier: Sequence[str], came: _Came) -> list[str]:
    """The nodes one step beyond a frontier, noted with the edges that they were reached by."""
    steps: set[str] = set()
    for label, ids in _by_label(frontier).items():
        rows = reader.fetch(neighbours_query(label, _ALL), {"ids": ids, "limit": MAX_ROWS})
        steps.update(str(row["edge_id"]) for row in rows)
    origins = set(frontier)
    fresh: _Came = defaultdict(list)
    for edge in map(_bare_edge, sorted(steps)):
        for here, there in ((edge.from_id, edge.to_id), (edge.to_id, edge.from_id)):
            if here in origins and there not in came:
                fresh[there].append(edge)
    came.update(fresh)
    return sorted(fresh)


def _first_of(came: tuple[_Came, _Came], start: str, target: str, meetings: Sequence[str]) -> list[Edge]:
    """Of the shortest paths through the meetings, the one with the least edge ids, walked from the start."""
    onward: dict[str, dict[str, str]] = defaultdict(dict)
    by_id: dict[str, Edge] = {}
    for side in (0, 1):
        pending = list(meetings)
        while pending:
            here = pending.pop()
            for edge in came[side][here]:
                there = edge.to_id if edge.from_id == here else edge.from_id
                before, after = (there, here) if side == 0 else (here, there)
                if edge.id not in onward[before]:
                    onward[before][edge.id] = after
                    by_id[edge.id] = edge
                    pending.append(there)
    found: list[Edge] = []
    here = start
    while here != target:
        least = min(onward[here])
        found.append(by_id[least])
        here = onward[here][least]
    return found
