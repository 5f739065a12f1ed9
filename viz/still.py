"""A picture as one SVG of a chosen size: what is drawn where it stands, with title, legend, day, load and sources in it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot

import jinja2

from graph.ontology import NODE_TYPES
from graph.texts import Text
from viz.layout import LABEL_SIZE, breadth
from viz.page import Drawing
from viz.picture import FONTS, SHAPES, drawn_edges, drawn_node, lane_titles, named_sources

_MARGIN, _ABOVE, _BELOW, _HEAD = 24.0, 30.0, 58.0, 46.0
_WIDE = 1_100.0
"""The width in units of the picture at which letters of the caption are as large as its labels."""
_SOURCE_LINES = 4
_LETTER = LABEL_SIZE * 0.53


@dataclass(frozen=True, slots=True)
class Caption:
    """What stands around the picture: its title, what it is of, and of which day and load it is."""

    title: str
    subtitle: str = ""
    stamp: str = ""


def still(drawing: Drawing, caption: Caption, size: tuple[int, int], environment: jinja2.Environment) -> str:
    """The picture as SVG, `size` wide and high in pixels; what has not its proportions stands in the middle.

    Raises `KeyError` for a node without position.
    """
    nodes = [_node(node.id, drawn_node(node, drawing)) for node in drawing.subgraph.nodes]
    lanes = drawing.layout.lanes
    xs, ys = [n.x for n in nodes], [n.y for n in nodes]
    left, right = min([*xs, *(lane.x_min for lane in lanes)]) - 6, max([*xs, *(lane.x_max for lane in lanes)]) + 6
    top, bottom = min(ys) - _ABOVE - _HEAD, max(ys) + _BELOW
    inner = max(right - left, (bottom - top) * size[0] / size[1] * 0.8)
    unit = inner / _WIDE
    legend = _rows(_legend(drawing), inner, unit)
    sources = _source_lines(drawing, inner, unit)
    over = unit * (34 + (24 if caption.subtitle else 0) + 26 * len(legend)) + _MARGIN
    under = unit * (24 + 18 * len(sources)) + _MARGIN
    width, height = inner + 2 * _MARGIN, over + (bottom - top) + under
    wide = max(width, height * size[0] / size[1])
    high = max(height, width * size[1] / size[0])
    x, y = (left + right - wide) / 2, top - over - (high - height) / 2
    placed = {node.id: node for node in nodes}
    return environment.get_template("still.svg").render(
        size=size, box=(x, y, wide, high), unit=unit, at=(x + (wide - inner) / 2, y + (high - height) / 2), caption=caption, fonts=FONTS,
        legend=legend, sources=sources, foot=bottom, top=top, nodes=nodes, edges=_edges(drawing, placed), shapes=SHAPES,
        lanes=[(lane, _fitting(lane_titles(lane, drawing.language), lane.x_max - lane.x_min)) for lane in lanes], head=_HEAD, bottom=bottom,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Node:
    """A node as it is drawn: a box around its label, or a shape of a radius above it."""

    id: str
    x: float
    y: float
    shape: str
    fill: str
    radius: float
    width: float
    lines: Sequence[str]
    title: str
    is_focus: bool
    is_marked: bool

    @property
    def height(self) -> float:
        return len(self.lines) * 16 + 10


def _node(node_id: str, drawn: Mapping[str, object]) -> _Node:
    lines = str(drawn["label"]).split("\n")
    return _Node(
        node_id, float(str(drawn["x"])), float(str(drawn["y"])), str(drawn["shape"]), str(drawn["fill"]), float(str(drawn["size"])),
        max(map(breadth, lines)) * _LETTER + 12, lines, str(drawn["title"]), bool(drawn["isFocus"]), bool(drawn["isMarked"]),
    )  # fmt: skip


def _edges(drawing: Drawing, placed: Mapping[str, _Node]) -> list[Mapping[str, object]]:
    return [
        {**drawn, "path": _path(placed[edge.from_id], placed[edge.to_id], bend=0.25 if is_inside else 0.0)}
        for edge, drawn, is_inside in drawn_edges(drawing)
    ]


def _path(start: _Node, end: _Node, bend: float) -> str:
    """A line from node to node that ends at its edge, bent to the side."""
    dx, dy = end.x - start.x, end.y - start.y
    far = hypot(dx, dy) or 1.0
    middle = (start.x + end.x) / 2 + bend * dy, (start.y + end.y) / 2 - bend * dx
    ax, ay = end.x - middle[0], end.y - middle[1]
    away = hypot(ax, ay) or 1.0
    stop = _reach(end, ax / away, ay / away) + 2
    x, y = end.x - ax / away * stop, end.y - ay / away * stop
    if not bend or far < 1:
        return f"M{start.x:.1f} {start.y:.1f}L{x:.1f} {y:.1f}"
    return f"M{start.x:.1f} {start.y:.1f}Q{middle[0]:.1f} {middle[1]:.1f} {x:.1f} {y:.1f}"


def _reach(node: _Node, dx: float, dy: float) -> float:
    """How far a node reaches in a direction."""
    if node.shape != "box":
        return node.radius
    return min(node.width / 2 / max(abs(dx), 1e-6), node.height / 2 / max(abs(dy), 1e-6))


def _legend(drawing: Drawing) -> list[tuple[str, str, str]]:
    """What shapes and lines mean: (shape or kind of line, colour, words), with how many of each there are."""
    said, counts = drawing.language, Counter(node.label for node in drawing.subgraph.nodes)
    types = [
        (kind.shape, kind.color, f"{kind.in_(said)} {counts[kind.label]}") for kind in NODE_TYPES if counts[kind.label]
    ]
    critical = sum(edge.id in drawing.critical_edge_ids for edge in drawing.subgraph.edges)
    inferred = sum(edge.properties.get("status") == "inferred" for edge in drawing.subgraph.edges)
    lines = [
        (name, "", f"{Text(f'script.{name}').in_(said)} {n}")
        for name, n in (("critical", critical), ("inferred", inferred))
        if n
    ]
    return [*types, *lines]


def _rows(
    entries: Sequence[tuple[str, str, str]], width: float, unit: float
) -> list[list[tuple[float, str, str, str]]]:
    """Entries of the legend in lines, each with where in its line it stands."""
    rows: list[list[tuple[float, str, str, str]]] = [[]]
    at = 0.0
    for shape, color, words in entries:
        wide = unit * (breadth(words) * _LETTER + 44)
        if at + wide > width and rows[-1]:
            rows.append([])
            at = 0.0
        rows[-1].append((at, shape, color, words))
        at += wide
    return rows


def _source_lines(drawing: Drawing, width: float, unit: float) -> list[str]:
    """The sources behind what is drawn in a few lines; how many there are is said."""
    titles = named_sources(drawing)
    if not titles:
        return []
    letters = int(width / unit / (_LETTER * 0.86))
    lines = [Text("pages.still.sources", count=len(titles)).in_(drawing.language)]
    for number, title in enumerate(titles):
        joint = " " if number == 0 else "; "
        if breadth(lines[-1] + joint + title) <= letters - (18 if len(lines) == _SOURCE_LINES else 0):
            lines[-1] += joint + title
        elif len(lines) < _SOURCE_LINES:
            lines.append(title)
        else:
            lines[-1] += f" {Text('pages.still.more', count=len(titles) - number).in_(drawing.language)}"
            break
    return lines


def _fitting(titles: Sequence[str], width: float) -> str:
    return next((title for title in titles if breadth(title) * _LETTER < width), "")
