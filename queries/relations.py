"""What is on record about a thing: its relations, each with its properties and with what is at its other end."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from graph.model import Edge, Node, ends
from graph.ontology import EDGE_TYPE, EDGE_TYPES, EdgeType, label_of
from graph.statements import adjacent_query
from queries.evidence import edges
from queries.reader import Reader
from queries.scope import nodes
from queries.sections import Sections

_SECTIONS = Sections(__file__)

MOST = 200
"""Relations of one type that are read of a thing; what there is more is said to be left out."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of relation as a thing sees it: from its source (forward) or from its target."""

    type: EdgeType
    is_forward: bool


class Relation(NamedTuple):
    """A relation of a thing, and what is at its other end."""

    own_id: str
    edge: Edge
    other: Node


@dataclass(frozen=True, slots=True)
class Relations:
    """The relations of some things by kind, also kinds of which none is on record; `cut` are types that have more."""

    by_kind: Mapping[Kind, Sequence[Relation]]
    cut: frozenset[str]

    def of(self, edge_type: str, *, forward: bool) -> Sequence[Relation]:
        """Those of a kind; empty where none is on record."""
        return self.by_kind.get(Kind(EDGE_TYPE[edge_type], forward), ())


def kinds_of(label: str) -> list[Kind]:
    """The relations that things of a label can have, in the order of the ontology."""
    return [
        Kind(kind, is_forward)
        for kind in EDGE_TYPES
        for is_forward in (True, False)
        if any(pair[not is_forward] == label for pair in kind.ends)
    ]


def relations(reader: Reader, ids: Sequence[str], without: Collection[str] = ()) -> Relations:
    """The relations of some things of one label, types apart that are not asked for: those of a kind by their ids."""
    label = label_of(ids[0]) or "" if ids else ""
    kinds = [kind for kind in kinds_of(label) if kind.type.type not in without]
    own, cut = dict[str, list[str]](), set[str]()
    for edge_type in dict.fromkeys(kind.type.type for kind in kinds):
        rows = reader.fetch(adjacent_query(label, (edge_type,), MOST + 1), {"ids": list(ids)})
        for row in rows[:MOST]:
            own.setdefault(str(row["edge_id"]), []).append(str(row["node_id"]))
        cut.update([edge_type] if len(rows) > MOST else [])
    found = {edge.id: edge for edge in edges(reader, own)}
    others = {node.id: node for node in nodes(reader, {end for one in own for end in ends(one)[1:]})}
    by_kind: dict[Kind, list[Relation]] = {kind: [] for kind in kinds}
    for edge_id, at in own.items():  # In their order; engines give edges in orders of their own.
        edge = found[edge_id]
        for one in at:
            is_forward = edge.from_id == one
            other = others[edge.to_id if is_forward else edge.from_id]
            by_kind[Kind(EDGE_TYPE[edge.type], is_forward)].append(Relation(one, edge, other))
    return Relations(by_kind, frozenset(cut))


class Controller(NamedTuple):
    """Who controls an enterprise in the end, itself where nobody does, and from which country."""

    enterprise_id: str
    group_id: str
    control_country: str | None


controllers = _SECTIONS.rows("controllers", Controller)


def control_countries(reader: Reader, enterprise_ids: Collection[str]) -> dict[str, str | None]:
    """From which country each of some enterprises is controlled, of itself or its group; `None` where that is not known."""
    rows = controllers(reader, enterprise_ids={*enterprise_ids})
    return {row.enterprise_id: row.control_country for row in rows}
