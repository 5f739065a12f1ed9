"""What a load derived, read back from a store by Cypher."""

from graph.cypher import Query
from graph.ontology import NODE_TYPE
from graph.store import Cell, GraphStore
from tests.oracle.derived import Derived

LOCATED = ("Enterprise", "Plant", "Institute", "Center", "Proposal")


def read_back(store: GraphStore) -> Derived:
    """Everything that a load derived, by Cypher."""
    properties = {}
    for label in ("Product", "Technology", "Place", "Enterprise"):
        names = [prop.name for prop in NODE_TYPE[label].derived]
        columns = ", ".join(f"n.{name} AS {name}" for name in names)
        rows = asked(store, f"MATCH (n:{label}) RETURN n.id AS id, {columns} ORDER BY id")
        properties[label] = {str(row["id"]): {name: row[name] for name in names} for row in rows}
    areas = asked(store, "MATCH (a:Area) RETURN a.id AS id, a.place_id AS place, a.supplies AS supplies ORDER BY id")
    can_supply = [
        row
        for label in ("Enterprise", "Plant")
        for row in asked(
            store,
            f"MATCH (e:{label})-[r:CAN_SUPPLY]->(p:Product) RETURN e.id AS source_id, p.id AS product_id, r.steps AS steps, "
            "r.made_id AS made_id, r.share AS share, r.confidence AS confidence, r.is_site AS is_site, r.maker_id AS maker_id, "
            "r.group_id AS group_id, r.control_country AS control_country, r.source_id AS as_source, r.source_share AS source_share "
            "ORDER BY source_id, steps, product_id",
        )
    ]
    in_area = [
        (row["id"], row["area_id"])
        for label in (*LOCATED, "Place")
        for row in asked(
            store, f"MATCH (n:{label})-[:IN_AREA]->(a:Area) RETURN n.id AS id, a.id AS area_id ORDER BY id"
        )
    ]
    kinds = asked(
        store,
        "MATCH (a:Product)-[r:IS_KIND_OF]->(b:Product) RETURN a.id AS a_id, b.id AS b_id, r.steps AS steps ORDER BY a_id, b_id",
    )
    supplied = [tuple(row.values()) for row in can_supply]
    assert len(supplied) == len(set(supplied)) and len(in_area) == len(set(in_area))
    return Derived(
        properties=properties,
        areas={row["id"]: (row["place"], row["supplies"]) for row in areas},  # type: ignore[misc]
        can_supply=set(supplied),
        in_area=set(in_area),  # type: ignore[arg-type]
        is_kind_of={tuple(row.values()) for row in kinds},  # type: ignore[misc]
    )


def asked(store: GraphStore, text: str) -> list[dict[str, Cell]]:
    return store.fetch(Query("derived", text), {})
