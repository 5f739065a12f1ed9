"""Ways through the graph between things: the shortest, the most reliable, the one over the largest shares, and others."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import numpy as np
from pydantic import Field

from graph.ontology import EDGE_TYPE, EDGE_TYPES, NODE_TYPES
from queries.algorithms.arrays import BoolArray, FloatArray, IntArray
from queries.algorithms.structure import Adjacency, Path, adjacency, edge_places, k_shortest_paths, trace
from queries.facts import Links, all_named, links, things
from queries.runner import Answer, Reader, Row, kept, question

CONDUCTORS = ("Center", "Enterprise", "Institute", "Product", "Technology")
"""Labels that a way goes through. A place, chain or sector joins everything to everything: a way may only begin or end
there."""
_LABELS = tuple(sorted((kind.label for kind in NODE_TYPES if kind.label != "Source"), key=str.lower))
_SHARES = {"INPUT_OF": "cost_share", "MAKES": "share", "SUPPLIES": "share", "OWNS": "share", "PROVIDES": "share"}


class Cost(StrEnum):
    """What a step costs."""

    STEPS = "steps"
    CONFIDENCE = "confidence"
    SHARE = "share"


class Step(Row):
    """One step of a way."""

    table = ("route", "step", "from_name", "relation_zh", "to_name", "route_cost")

    route: int = Field(description="第几条 number of the way, from 1, the best first")
    step: int = Field(description="第几步 number of the step, from 1")
    from_id: str = Field(description="id of where it begins")
    from_name: str = Field(description="从")
    relation: str = Field(description="关系 relation, as stored")
    to_id: str = Field(description="id of where it ends")
    to_name: str = Field(description="到")
    relation_zh: str = Field(description="读作 how it reads")
    cost: float = Field(description="步成本 what the step costs")
    route_cost: float = Field(description="路径成本 what the whole way costs")
    evidence_ids: list[str] = Field(description="ids of the two nodes and of the edge")


class RoutesAnswer(Answer):
    """Ways, step by step; no rows where there is none."""

    rows: list[Step]
    costs: list[float] = Field(description="what each way costs")
    reliability: list[float] | None = Field(
        description="the product of the confidences along each way; null where confidence was not asked for"
    )


Ends = Annotated[list[str], Field(min_length=1, max_length=100)]


@question(zh="多条路径", en="Routes")
def routes(
    reader: Reader,
    *,
    start: Annotated[Ends, Field(description="起点（编号或名称，可多个） ids or names of starts")],
    target: Annotated[Ends, Field(description="终点（编号或名称，可多个） ids or names of targets")],
    most: Annotated[int, Field(ge=1, le=50, description="最多几条 ways at most")] = 3,
    most_steps: Annotated[int, Field(ge=1, le=12, description="每条最多几步 steps at most")] = 6,
    cost: Annotated[
        Cost, Field(description="成本：步数、−ln(置信度) 或 1/份额 what a step costs: 1, −ln(confidence) or 1/share")
    ] = Cost.STEPS,
    along: Annotated[
        bool, Field(description="只沿关系方向（如 企业→产品→产品） only along the relations, as from maker to product to user")
    ] = False,
    unknown_confidence: Annotated[
        float, Field(gt=0, le=1, description="未知置信度按此计 confidence where none is on record")
    ] = 0.5,
    unknown_share: Annotated[
        float, Field(gt=0, le=1, description="未知份额按此计 share where none is on record")
    ] = 0.1,
) -> RoutesAnswer:  # fmt: skip
    """若干起点与终点之间最短、最可靠或份额最大的路径及其替代路径。 The best ways between some things, and the next best."""
    graph = _graph(reader)
    starts, targets = _numbers(reader, graph, start), _numbers(reader, graph, target)
    price, unknown = _prices(graph, cost, unknown_confidence, unknown_share)
    if along:
        price = np.where(np.arange(len(price)) < len(graph.edge_ids), price, np.inf)
    ways, looked_at = _ways(graph, price, starts, targets, most, most_steps, cost)
    rows = [row for number, way in enumerate(ways, 1) for row in _steps(reader, graph, number, way, price)]
    used = sum(bool(unknown[link]) for way in ways for link in way.edges)
    costs = [way.cost for way in ways]
    return RoutesAnswer(
        question="", parameters={}, rows=rows, costs=costs,
        reliability=[float(np.exp(-c)) for c in costs] if cost is Cost.CONFIDENCE else None,
        looked_at=looked_at, looked_at_what="节点 nodes",
        conventions=_conventions(cost, most_steps, along, unknown_confidence, unknown_share),
        notes=_notes(ways, most, most_steps, used, np.intersect1d(starts, targets)),
    )  # fmt: skip


def _conventions(
    cost: Cost, most_steps: int, along: bool, unknown_confidence: float, unknown_share: float
) -> list[str]:
    said = {
        Cost.STEPS: "成本为步数。 Each step costs 1.",
        Cost.CONFIDENCE: f"步成本 −ln(置信度)，路径成本最小即置信度之积最大；未知按 {unknown_confidence:g}，为 0 的不走。 A step costs −ln(confidence), so "
        f"that the best way has the largest product of confidences; not known counts as {unknown_confidence:g}, 0 is no way.",
        Cost.SHARE: f"步成本 1/份额（“投入”用成本占比）；有份额属性而未知的按 {unknown_share:g}，无此属性的关系按 1，为 0 的不走。 A step costs 1/share (cost "
        f"share of INPUT_OF); a share that is not known counts as {unknown_share:g}, a relation that has none as 1, 0 is no way.",
    }  # fmt: skip
    return [
        f"不经地区、产业链和部门；{'只沿关系方向' if along else '方向不限'}；每个节点至多经过一次。 Not through places, chains or sectors; "
        f"{'only along the relations' if along else 'either direction'}; no node twice.",
        said[cost],
        f"每条至多 {most_steps} 步；成本相等时先取步数少者，再取起点编号小者，再从起点起逐步取关系编号最小者。 At most {most_steps} steps; of equal cost the fewer "
        "steps, then the least start, then step by step the least edge id.",
    ]


def _notes(ways: Sequence[Path], most: int, most_steps: int, used: int, both: IntArray) -> list[str]:
    notes = []
    if not ways:
        notes.append(f"{most_steps} 步之内没有路径。 No way within {most_steps} steps.")
    elif len(ways) < most:
        notes.append(
            f"{most_steps} 步之内只有 {len(ways)} 条路径。 There are only {len(ways)} ways within {most_steps} steps."
        )
    if len(both):
        notes.append(
            "有起点同时是终点，其路径为零步，不列。 A start is a target too: its way has no steps and no rows."
        )
    if used:
        notes.append(f"所列路径有 {used} 步用了假设值。 {used} steps of these ways rest on an assumed value.")
    return notes


# --- the graph -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Graph:
    """All nodes, numbered in the order of their ids, and all edges, in the order of theirs, each both ways.

    Link m < edges is edge m from `from` to `to`, link edges + m the same one back.
    """

    offset: dict[str, int]  # of the numbers of each label
    is_conductor: BoolArray
    edge_ids: list[str]
    confidence: FloatArray  # (edges) NaN where not known
    share: FloatArray  # (edges) NaN where not known, 1 where the type has none
    tail: IntArray  # (links)
    head: IntArray
    inner: Adjacency  # links between conductors
    every: Adjacency


@kept
def _graph(reader: Reader) -> _Graph:
    offset, size = {}, 0
    for label in _LABELS:
        offset[label] = size
        size += len(things(reader, label))
    is_conductor = np.zeros(size, np.bool_)
    for label in CONDUCTORS:
        is_conductor[offset[label] : offset[label] + len(things(reader, label))] = True
    found = [
        (links(reader, kind.type, a, b), offset[a], offset[b])
        for kind in EDGE_TYPES for a, b in kind.ends if a in offset and b in offset
    ]  # fmt: skip
    ids = [i for edges, _, _ in found for i in edges.ids(np.arange(len(edges)))]
    order = np.array(sorted(range(len(ids)), key=ids.__getitem__), np.int64)

    def joined(parts: Sequence[IntArray | FloatArray]) -> FloatArray:
        return np.concatenate([*parts, np.zeros(0)])[order]

    one = joined([edges.tail + a for edges, a, _ in found]).astype(np.int64)
    other = joined([edges.head + b for edges, _, b in found]).astype(np.int64)
    tail, head = np.concatenate([one, other]), np.concatenate([other, one])
    is_inner = np.flatnonzero(is_conductor[tail] & is_conductor[head] & (tail != head))
    inner = adjacency(size, tail[is_inner], head[is_inner])
    return _Graph(
        offset, is_conductor, [ids[k] for k in order],
        joined([edges.floats("confidence") for edges, _, _ in found]), joined([_share(edges) for edges, _, _ in found]),
        tail, head, Adjacency(inner.start, is_inner[inner.edge], inner.head), adjacency(size, tail, head),
    )  # fmt: skip


def _share(edges: Links) -> FloatArray:
    name = _SHARES.get(edges.type)
    return edges.floats(name) if name else np.ones(len(edges))


def _numbers(reader: Reader, graph: _Graph, texts: Sequence[str]) -> IntArray:
    found = all_named(reader, _LABELS, "node", texts)
    return np.unique([graph.offset[label] + number for label, number in found]).astype(np.int64)


def _prices(graph: _Graph, cost: Cost, unknown_confidence: float, unknown_share: float) -> tuple[FloatArray, BoolArray]:
    """What each link costs, infinite where it is no way, and whether that rests on an assumed value."""
    if cost is Cost.STEPS:
        return np.ones(len(graph.tail)), np.zeros(len(graph.tail), np.bool_)
    values, assumed = (
        (graph.confidence, unknown_confidence) if cost is Cost.CONFIDENCE else (graph.share, unknown_share)
    )
    unknown = np.isnan(values)
    filled = np.where(unknown, assumed, values)
    with np.errstate(divide="ignore"):
        price = -np.log(filled) if cost is Cost.CONFIDENCE else 1 / filled
    # −ln 1 is −0.
    return np.tile(np.abs(price), 2), np.tile(unknown, 2)


# --- ways ------------------------------------------------------------------------------------------------------------


def _distances(graph: _Graph, origins: IntArray, others: IntArray, most_steps: int) -> IntArray:
    """Steps from the nearest origin through conductors; a node of another label only as an origin or at the other end."""
    far = most_steps + 1
    found = np.full(len(graph.is_conductor), far)
    inner = origins[graph.is_conductor[origins]]
    outer = origins[~graph.is_conductor[origins]]
    # Beyond an origin that conducts nothing the walk begins one step later.
    beside = graph.every.head[edge_places(graph.every.start, outer)]
    beside = np.unique(beside[graph.is_conductor[beside]])
    for first, steps in ((inner, 0), (beside, 1)):
        if len(first):
            reached = trace(graph.inner, first, most_tiers=most_steps)
            found[reached.nodes] = np.minimum(found[reached.nodes], reached.tier + steps)
    found[origins] = 0
    for other in others[~graph.is_conductor[others]]:
        near = graph.every.head[graph.every.start[other] : graph.every.start[other + 1]]
        near = near[graph.is_conductor[near] | np.isin(near, origins)]
        if len(near):
            found[other] = min(int(found[other]), int(found[near].min()) + 1)
    return found


def _ways(
    graph: _Graph, price: FloatArray, starts: IntArray, targets: IntArray, most: int, most_steps: int, cost: Cost
) -> tuple[list[Path], int]:
    """The best ways, and on how many nodes they were sought.

    Where steps are what counts, the bound grows only as far as ways are found: all within it are better than any beyond.
    """
    found: list[Path] = []
    is_inside = np.zeros(len(graph.is_conductor), np.bool_)
    for bound in range(most_steps + 1) if cost is Cost.STEPS else [most_steps]:
        away, back = _distances(graph, starts, targets, bound), _distances(graph, targets, starts, bound)
        is_inside = away + back <= bound
        if is_inside.any():
            found = _ways_within(graph, is_inside, price, starts, targets, most, bound)
        if len(found) == most:
            break
    return found, int(is_inside.sum())


def _ways_within(
    graph: _Graph, is_inside: BoolArray, price: FloatArray, starts: IntArray, targets: IntArray, most: int, bound: int
) -> list[Path]:
    """The best ways; from each start that is a target too and conducts nothing apart, so that none goes on through it."""
    both = np.intersect1d(starts, targets)
    both = both[~graph.is_conductor[both]]
    ways = [Path(0.0, (start,), ()) for start in both.tolist()]
    ways += _ways_from(graph, is_inside, price, np.setdiff1d(starts, both), targets, most, bound)
    for start in both:
        others = targets[targets != start]
        ways += _ways_from(graph, is_inside, price, np.array([start]), others, most, bound)
    edges = len(graph.edge_ids)
    ways.sort(key=lambda way: (round(way.cost, 9), len(way.edges), way.nodes[0], [link % edges for link in way.edges]))
    return ways[:most]


def _ways_from(
    graph: _Graph, is_inside: BoolArray, price: FloatArray, starts: IntArray, targets: IntArray, most: int, bound: int
) -> list[Path]:
    number = np.flatnonzero(is_inside)
    link = graph.every.edge[edge_places(graph.every.start, number)]
    tail, head = graph.tail[link], graph.head[link]
    # What conducts nothing is left as a start and reached as a target, never passed.
    may_leave = graph.is_conductor[tail] | np.isin(tail, starts)
    may_reach = graph.is_conductor[head] | np.isin(head, targets)
    link = np.sort(link[is_inside[head] & may_leave & may_reach & np.isfinite(price[link])])
    # In the order of edge ids, whichever way an edge is walked.
    link = link[np.argsort(link % max(len(graph.edge_ids), 1), kind="stable")]
    place = np.full(len(graph.is_conductor), -1)
    place[number] = np.arange(len(number))
    ways = k_shortest_paths(
        len(number), place[graph.tail[link]], place[graph.head[link]], price[link],
        place[starts[is_inside[starts]]], place[targets[is_inside[targets]]], most, bound,
    )  # fmt: skip
    return [
        Path(way.cost, tuple(number[list(way.nodes)].tolist()), tuple(link[list(way.edges)].tolist())) for way in ways
    ]


def _steps(reader: Reader, graph: _Graph, number: int, way: Path, price: FloatArray) -> list[Step]:
    nodes = [_node(reader, graph, node) for node in way.nodes]
    rows = []
    for step, link in enumerate(way.edges, 1):
        edge = graph.edge_ids[link % len(graph.edge_ids)]
        here, there = nodes[step - 1], nodes[step]
        is_along = link < len(graph.edge_ids)
        kind = edge.partition("|")[0]
        first, last = (here, there) if is_along else (there, here)
        rows.append(Step(
            route=number, step=step, from_id=here[0], from_name=here[1], relation=kind, to_id=there[0],
            to_name=there[1], relation_zh=f"{first[1]} {EDGE_TYPE[kind].zh} {last[1]}", cost=float(price[link]),
            route_cost=way.cost, evidence_ids=[here[0], edge, there[0]],
        ))  # fmt: skip
    return rows


def _node(reader: Reader, graph: _Graph, number: int) -> tuple[str, str]:
    label = max((label for label in _LABELS if graph.offset[label] <= number), key=lambda x: (graph.offset[x], x))
    nodes = things(reader, label)
    return nodes.id(number - graph.offset[label]), nodes.name(number - graph.offset[label])
