"""What answers rest on, as a graph: the nodes and edges of ids, the picture of a finding, the edges that a reader must see."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice

from graph.errors import NotFound
from graph.model import Edge, Node, Subgraph, edge_id, ends, is_edge_id, nodes_of
from graph.ontology import EDGE_TYPE, label_of
from graph.statements import edges_query
from queries.makers import makers_by_product
from queries.reader import Reader
from queries.scope import known_values, nodes, scope
from queries.sections import Sections
from queries.verdicts import Verdict, verdicts_on_made

_SECTIONS = Sections(__file__)


def node_of_id(reader: Reader, node_id: str) -> Node:
    """The node of this id. Raises `NotFound`."""
    found = nodes(reader, [node_id])
    if not found:
        raise NotFound(node_id)
    return found[0]


def sources_of(reader: Reader, things: Iterable[Node | Edge]) -> dict[str, Node]:
    """The sources that the facts of some nodes and edges name, by id."""
    ids: set[str] = set()
    for one in things:
        value = one.properties.get("source_ids")
        ids.update(value if isinstance(value, tuple) else ())
    return {node.id: node for node in nodes(reader, ids)}


def edges(reader: Reader, ids: Iterable[str]) -> list[Edge]:
    """The edges of these ids that exist, type by type."""
    groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for one in sorted(set(ids)):
        edge_type, from_id, to_id = ends(one)
        pair = (label_of(from_id) or "", label_of(to_id) or "")
        if edge_type in EDGE_TYPE and pair in EDGE_TYPE[edge_type].ends:
            groups[edge_type, *pair].append(one)
    found: list[Edge] = []
    for key, of_type in groups.items():
        sources, targets = (sorted({ends(one)[at] for one in of_type}) for at in (1, 2))
        is_from = len(sources) <= len(targets)
        given = {"ids": of_type, "end_ids": sources if is_from else targets}
        for row in reader.fetch(edges_query(*key, is_from=is_from), given):
            one, values = known_values(row)
            found.append(Edge(one, *ends(one), values))
    return found


def evidence_subgraph(reader: Reader, ids: Sequence[str], limit: int) -> Subgraph:
    """The nodes and edges that a finding rests on, the ends of the edges among them: the first `limit` nodes."""
    edge_ids = [i for i in ids if is_edge_id(i)]
    wanted: dict[str, None] = {}
    for one in ids:
        wanted.update(dict.fromkeys(nodes_of(one)))
    shown = set(islice(wanted, limit))
    drawn = [one for one in edge_ids if shown.issuperset(ends(one)[1:])]
    return Subgraph.of(nodes(reader, shown), edges(reader, drawn), total_nodes=len(wanted))


def critical_edges(reader: Reader, found: Subgraph) -> frozenset[str]:
    """Of a picture the MAKES edges of essential inputs that one maker of the corridor alone makes: what is drawn in red."""
    products = [node.id for node in found.nodes if node.label == "Product"]
    where = scope(reader, [])
    if not products:
        return frozenset()
    essential = essential_products(reader, product_ids=products)
    judged = verdicts_on_made(reader, essential, where)  # What nobody here makes has no single source here.
    single = [one for one, row in judged.items() if row.verdict == Verdict.SINGLE_SOURCE]
    makers = makers_by_product(reader, single, where)
    return frozenset(
        edge_id("MAKES", maker.enterprise_id, maker.made_id)
        for of_product in makers.values() for maker in of_product if maker.is_here
    )  # fmt: skip


essential_products = _SECTIONS.ids("essential_products", "product_id")
