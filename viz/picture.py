"""A subgraph as what vis-network draws and what the panel beside it says, built with pyvis.

pyvis 0.3.2 is used for its Network, its generate_html() and the vis-network file in its wheel. Its own template loads
from other hosts and writes headings and options raw; its add_node and add_edge scan lists (3.2 s at 10,000 nodes).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache

import jinja2
import pyvis.network
from babel.numbers import format_decimal

from graph.model import Edge, Json, Node, Value
from graph.ontology import EDGE_TYPE, NODE_TYPE, NODE_TYPES, Property, ValueType
from graph.texts import Language, Text, day_text, money_text, region_text, share_text
from viz.layout import LABEL_SIZE, Lane, wrapped
from viz.page import Drawing, Walked

FONTS = '"Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif'
SHAPES = {
    "square": "M2 2H14V14H2Z", "box": "M1 4H15V12H1Z", "diamond": "M8 1L15 8L8 15L1 8Z", "triangle": "M8 2L15 14H1Z",
    "triangleDown": "M8 14L1 2H15Z", "hexagon": "M4.5 2H11.5L15 8L11.5 14H4.5L1 8Z", "dot": "M8 2A6 6 0 1 1 7.99 2Z",
    "star": "M8 1L10 6H15L11 9.3L12.5 15L8 11.6L3.5 15L5 9.3L1 6H6Z",
}  # fmt: skip
"""The shapes of nodes as paths in a square of 16."""
_MANY = 1500
_PRODUCT_ID = f"{NODE_TYPE['Product'].prefix}:"
_NOT_FACTS = frozenset({"source_ids"})
_NOT_KEY_FACTS = frozenset({"name_zh", "name_en", "short_name", "aliases", "as_of"})
_SIZES = {"hexagon": 11, "star": 11, "diamond": 10, "triangle": 10, "triangleDown": 10}


class Picture(pyvis.network.Network):  # type: ignore[misc]
    """A pyvis network that is always directed, adds in constant time, and renders a template of ours."""

    def __init__(self, environment: jinja2.Environment, template: str, page: Mapping[str, object]) -> None:
        super().__init__(directed=True)
        self.templateEnv, self.path, self._page = environment, template, page
        self.options = _options(0)

    def add_node(self, n_id: str, **options: Json) -> None:
        """Add a node with the options that vis-network knows."""
        self.node_map[n_id] = {"id": n_id, **options}
        self.nodes.append(self.node_map[n_id])

    def add_edge(self, source: str, to: str, **options: Json) -> None:
        """Add an edge from `source` to `to` with the options that vis-network knows."""
        self.edges.append({"from": source, "to": to, **options})

    def get_network_data(self) -> tuple[object, ...]:
        """What generate_html() hands to the template: nodes, edges, and as `options` everything else of the page."""
        return self.nodes, self.edges, "", "", "", {**self._page, "vis": _options(len(self.nodes))}


def picture_html(drawing: Drawing, environment: jinja2.Environment, template: str, page: Mapping[str, object]) -> str:
    """The template rendered with the drawing: `nodes`, `edges`, and in `options` the page's own values and `about`."""
    network = Picture(environment, template, {**page, "about": _about(drawing)})
    for node in drawing.subgraph.nodes:
        network.add_node(node.id, **drawn_node(node, drawing))
    for edge, drawn, _ in drawn_edges(drawing):
        network.add_edge(edge.from_id, edge.to_id, **drawn)
    html: str = network.generate_html()
    return html


def facts_in(drawing: Drawing, node: Node) -> dict[str, tuple[str, str]]:
    """`facts_of` a node that is drawn."""
    if node.id not in drawing.facts:
        drawing.facts[node.id] = facts_of(NODE_TYPE[node.label].properties, node.properties, drawing.language)
    return drawing.facts[node.id]


def key_facts(facts: Mapping[str, tuple[str, str]], language: Language, most: int = 4) -> list[str]:
    """The first of the facts of a node that are not its names, each as one line."""
    lines = [
        Text("pages.fact", name=name, text=text) for key, (name, text) in facts.items() if key not in _NOT_KEY_FACTS
    ]
    return [line.in_(language) for line in lines[:most]]


def facts_of(
    properties: Sequence[Property], values: Mapping[str, Value], language: Language
) -> dict[str, tuple[str, str]]:
    """What each known property is called and what it says, by its name in the ontology and in its order; of a business
    that is told in two languages that of the reader.

    >>> told = {"business_zh": "工业泵", "business_en": "industrial pumps"}
    >>> facts_of(NODE_TYPE["Enterprise"].properties, told, Language.EN)
    {'business_en': ('main business', 'industrial pumps')}
    """
    known = {p.name for p in properties if values.get(p.name) not in (None, (), "")}
    said_twice = (
        {"business_en" if language is Language.ZH else "business_zh"}
        if known >= {"business_zh", "business_en"}
        else set()
    )
    return {
        p.name: (p.in_(language), value_text(p, values[p.name], language))
        for p in properties
        if p.name in known - said_twice and not p.derived and p.name not in _NOT_FACTS
    }


def value_text(described: Property, value: Value, language: Language) -> str:
    """A known value as people read it, with its unit.

    >>> value_text(Property("share", ValueType.FRACTION, "份额", "share", unit="0–1"), 0.125, Language.ZH)
    '12.5%'
    >>> value_text(Property("revenue", ValueType.NUMBER, "营收", "revenue", unit="万元 10 k CNY"), 115970.0, Language.EN)
    '1.1597 bn CNY'
    >>> value_text(Property("area_mu", ValueType.NUMBER, "占地", "land area", unit="亩 mu"), 1500.0, Language.EN)
    '1,500 mu'
    """
    for choice in described.choices:
        if choice.value == str(value):
            return choice.in_(language)
    if described.name == "control_country":
        return region_text(str(value), language)
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return Text("common.yes" if value else "common.no").in_(language)
    if isinstance(value, tuple):
        return Text("common.list", items=value).in_(language)
    if isinstance(value, date):
        return day_text(value, language)
    return _number_text(described, value, language) if isinstance(value, int | float) else str(value)


def _number_text(described: Property, value: float, language: Language) -> str:
    """A fact in full: only a measure that we work out is rounded to what it is good for."""
    if described.type is ValueType.FRACTION:
        return share_text(value, language)
    if described.is_money:
        return money_text(value, language)
    text = str(value) if isinstance(value, int) else _decimal(round(value, 4), language)
    return f"{text} {described.unit_in(language)}".rstrip()


@lru_cache(4096)
def _decimal(value: float, language: Language) -> str:
    return str(format_decimal(value, "#,##0.####", language))


def _options(node_count: int) -> dict[str, Json]:
    is_large = node_count >= _MANY
    return {
        "autoResize": True,
        "physics": {"enabled": False},
        "layout": {"improvedLayout": False},
        "interaction": {
            "dragNodes": False,
            "hover": True,
            "tooltipDelay": 120,
            "hideEdgesOnDrag": is_large,
            "hideEdgesOnZoom": is_large,
            "selectConnectedEdges": True,
        },
        "nodes": {
            "borderWidth": 1.5,
            "borderWidthSelected": 4,
            "font": {"face": FONTS, "size": LABEL_SIZE, "vadjust": -6},
        },
        "edges": {
            "smooth": False,
            "selectionWidth": 1.2,
            "hoverWidth": 0.6,
            "arrows": {"to": {"enabled": True, "scaleFactor": 0.45}},
        },
    }


def drawn_node(node: Node, drawing: Drawing) -> dict[str, Json]:
    """Options of a node; colours that depend on light and dark are the page's."""
    kind = NODE_TYPE[node.label]
    x, y = drawing.layout.positions[node.id]
    is_focus = node.id == drawing.focus_id
    name = node.name_in(drawing.language)
    return {
        "x": x,
        "y": y,
        "label": wrapped(name),
        "title": "\n".join([name, kind.in_(drawing.language), *key_facts(facts_in(drawing, node), drawing.language)]),
        "shape": kind.shape,
        "size": _SIZES.get(kind.shape, 8) + (3 if is_focus else 0),
        "kind": node.label,
        "fill": kind.color,
        "more": drawing.more.get(node.id, 0),
        "isFocus": is_focus,
        "isMarked": node.id in drawing.highlighted_ids,
    }


def drawn_edges(drawing: Drawing) -> Iterator[tuple[Edge, dict[str, Json], bool]]:
    """Each edge with its options, and whether it stays inside a lane."""
    lane_of = {node_id: _lane_at(drawing.layout.lanes, x) for node_id, (x, _) in drawing.layout.positions.items()}
    names = {node.id: node.name_in(drawing.language) for node in drawing.subgraph.nodes}
    for edge in drawing.subgraph.edges:
        is_inside = lane_of.get(edge.from_id) == lane_of.get(edge.to_id)
        yield edge, _drawn_edge(edge, drawing, names, is_inside=is_inside), is_inside


def _drawn_edge(edge: Edge, drawing: Drawing, names: Mapping[str, str], *, is_inside: bool) -> dict[str, Json]:
    """Options of an edge. Inside a lane it is bent, or it would run through the nodes between its ends."""
    kind = EDGE_TYPE[edge.type]
    is_critical = edge.id in drawing.critical_edge_ids
    is_chain = kind.ends == (("Product", "Product"),)
    is_member = edge.type == "PART_OF" and edge.from_id.startswith(_PRODUCT_ID)
    options: dict[str, Json] = {
        "id": edge.id,
        "type": edge.type,
        "width": _width(edge, 3.0 if is_critical else 1.6 if is_chain else 1.0),
        "dashes": [6, 4] if edge.properties.get("status") == "inferred" else False,
        "title": f"{names[edge.from_id]} {kind.in_(drawing.language)} {names[edge.to_id]}",
        "tone": "critical" if is_critical else "chain" if is_chain else "member" if is_member else "other",
        "isInferred": edge.properties.get("status") == "inferred",
        "isMarked": edge.id in drawing.highlighted_ids,
    }
    if is_inside:
        options["smooth"] = {"enabled": True, "type": "curvedCW", "roundness": 0.25}
    return options


def _width(edge: Edge, least: float) -> float:
    """Width by share: up to four more for the whole; the least where no share is known."""
    for name in ("share", "cost_share"):
        share = edge.properties.get(name)
        if isinstance(share, int | float):
            return round(least + 4 * min(max(share, 0.0), 1.0), 2)
    return least


def _lane_at(lanes: Sequence[Lane], x: float) -> str:
    """The key of the lane at an x; empty where there is none."""
    return next((lane.key for lane in lanes if lane.x_min <= x <= lane.x_max), "")


def _about(drawing: Drawing) -> dict[str, Json]:
    """What the panel says: types, relations, and of each node and edge its facts and sources."""
    nodes, edges, said = drawing.subgraph.nodes, drawing.subgraph.edges, drawing.language
    labels = {node.label for node in nodes}
    types = {edge.type for edge in edges}
    used = _used_sources(drawing)
    return {
        "focus": drawing.focus_id if drawing.focus_id in drawing.layout.positions else None,
        "lanes": [_about_lane(lane, said) for lane in drawing.layout.lanes],
        "types": {
            t.label: {"name": t.in_(said), "color": t.color, "path": SHAPES[t.shape]}
            for t in NODE_TYPES
            if t.label in labels
        },
        "relations": {
            t.type: {"name": t.in_(said), "back": t.back.in_(said)} for t in EDGE_TYPE.values() if t.type in types
        },
        "nodes": {node.id: _about_node(node, drawing) | _asks(node.id, drawing.walked) for node in nodes},
        "walk": dict(drawing.walked.state) if drawing.walked else None,
        "edges": {edge.id: _about_edge(edge, said) for edge in edges},
        "sources": {key: _about_source(key, drawing.sources.get(key), said) for key in sorted(used)},
    }


def _asks(node_id: str, walked: Walked | None) -> dict[str, Json]:
    return {"asks": [list(one) for one in walked.asks.get(node_id, ())]} if walked else {}


def _used_sources(drawing: Drawing) -> set[str]:
    things: list[Node | Edge] = [*drawing.subgraph.nodes, *drawing.subgraph.edges]
    return {source for one in things for source in _source_ids(one.properties)}


def named_sources(drawing: Drawing) -> list[str]:
    """The titles of the sources behind what is drawn; where one is not at hand its id stands for it."""
    sources = drawing.sources
    return [sources[one].name_in(drawing.language) if one in sources else one for one in sorted(_used_sources(drawing))]


def lane_titles(lane: Lane, language: Language) -> list[str]:
    """What stands in a lane, in full and short."""
    names = [NODE_TYPE[label].text for label in lane.labels]
    return [Text("common.list", items=names).in_(language), f"{names[0].in_(language)} …"] if names else []


def _about_lane(lane: Lane, language: Language) -> dict[str, Json]:
    titles: list[Json] = [*lane_titles(lane, language)]
    labels: list[Json] = [*lane.labels]
    return {
        "key": lane.key,
        "tier": lane.tier,
        "labels": labels,
        "titles": titles,
        "from": lane.x_min,
        "to": lane.x_max,
    }


def _about_node(node: Node, drawing: Drawing) -> dict[str, Json]:
    """What is known of a node; `otherName` is its name in the other language, under which it is found too."""
    language = drawing.language
    name = node.name_in(language)
    other = str(node.properties.get("name_en" if language is Language.ZH else "name_zh") or "")
    return {
        "label": node.label,
        "name": name,
        "otherName": other if other != name else "",
        "facts": [
            [title, text]
            for key, (title, text) in facts_in(drawing, node).items()
            if not (key in ("name_zh", "name_en") and text in (name, other))
        ],
        "sources": list(_source_ids(node.properties)),
        "more": drawing.more.get(node.id, 0),
    }


def _about_edge(edge: Edge, language: Language) -> dict[str, Json]:
    facts = facts_of(EDGE_TYPE[edge.type].properties, edge.properties, language)
    apart = {"status": "status", "confidence": "confidence", "evidence": "evidence", "as_of": "asOf"}
    return {
        "type": edge.type,
        "from": edge.from_id,
        "to": edge.to_id,
        **{short: facts[name][1] if name in facts else "" for name, short in apart.items()},
        "facts": [[title, text] for name, (title, text) in facts.items() if name not in apart],
        "sources": list(_source_ids(edge.properties)),
    }


def _about_source(source_id: str, source: Node | None, language: Language) -> dict[str, Json]:
    """Title, publisher, date, kind and address; where the source is not at hand its id stands for it."""
    values = {} if source is None else source.properties
    facts = facts_of(NODE_TYPE["Source"].properties, values, language)
    shown = {"publisher": "publisher", "asOf": "as_of", "kind": "kind", "url": "url"}
    told: dict[str, Json] = {short: facts[name][1] if name in facts else "" for short, name in shown.items()}
    return {"title": source.name_in(language) if source else source_id, **told}


def _source_ids(properties: Mapping[str, Value]) -> tuple[str, ...]:
    value = properties.get("source_ids")
    return value if isinstance(value, tuple) else ()
