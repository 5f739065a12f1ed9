"""Where a question can be begun that needs something named: things of the graph for which it has most to say."""

from collections.abc import Callable

from api.pages import address
from graph.derivations import CORRIDOR
from graph.texts import Language, Text
from queries.places import centers_of, enterprises_in
from queries.reader import Reader
from queries.registry import Question
from queries.scope import all_chains, corridor_places, nodes, scope
from queries.verdicts import GAPS, Thresholds, worst
from viz.page import Link, Section

_MOST = 9


def _weak_products(reader: Reader) -> list[str]:
    return [row.product_id for row in worst(reader, scope(reader, []), [], Thresholds(), GAPS, _MOST)]


def _makers(reader: Reader) -> list[str]:
    return [row.enterprise_id for row in enterprises_in(reader, area=CORRIDOR, skip=0, limit=_MOST)]


def _centers(reader: Reader) -> list[str]:
    return [row.center_id for row in centers_of(reader, area=CORRIDOR)]


def _chains(reader: Reader) -> list[str]:
    return [chain_id for chain_id, _ in all_chains(reader)]


def _stopping(reader: Reader) -> list[str]:
    return [*corridor_places(reader)[: _MOST // 2], *_makers(reader)]


OPENINGS: dict[str, tuple[str, Callable[[Reader], list[str]]]] = {
    "scenarios": ("shocks", _stopping),
    "cascade": ("shocks", _stopping),
    "fund": ("candidates_for", _weak_products),
    "trace": ("subjects", _weak_products),
    "survival": ("scope", _chains),
    "cuts": ("product", _weak_products),
    "next_products": ("city", corridor_places),
    "partners": ("subject", _makers),
    "cooperation": ("subject", _weak_products),
    "certificate": ("center", _centers),
    "neighbourhood": ("node", _makers),
}
"""What the parameter that a question needs can be, the most telling first."""


def openings(reader: Reader, one: Question, language: Language) -> list[Section]:
    """Links that ask a question of something, or of everything where it waits; nothing where it needs more than one thing, or
    the graph has none.
    """
    if one.name not in OPENINGS:
        return []
    parameter, found = OPENINGS[one.name]
    ids = reader.once(("openings", one.name), lambda apart: found(apart)[:_MOST])
    named = {node.id: node.name_in(language) for node in nodes(reader, ids)}
    links = [Link(named[node_id], address(f"/ask/{one.name}", [(parameter, node_id)])) for node_id in ids]
    if one.waits:
        limit = one.parameters.model_fields["limit"].default
        links.insert(0, Link(Text("pages.start").in_(language), address(f"/ask/{one.name}", [("limit", str(limit))])))
    return [Section(Text("pages.openings").in_(language), links=links)] if links else []
