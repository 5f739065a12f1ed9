"""What a load derived, read back from a store by Cypher, or taken from the batches that go to a store."""

from collections import defaultdict
from collections.abc import Iterable

from graph.cypher import Query
from graph.ontology import LOCATED, NODE_TYPE
from graph.store import Batch, Cell, GraphStore
from tests.oracle.derived import Derived

_WITH_DERIVED = ("Product", "Technology", "Place", "Enterprise")
_SUPPLY = ("from_id", "to_id", "steps", "made_id", "share", "confidence", "is_site", "maker_id", "group_id",
           "control_country", "source_id", "source_share")  # fmt: skip


def taken_from(batches: Iterable[Batch]) -> Derived:
    """Everything that was derived, of batches as a store gets them."""
    rows: dict[str, list[dict[str, Cell]]] = defaultdict(list)
    for batch in batches:
        rows[batch.name] += batch.table.to_pylist()
    names = {label: [prop.name for prop in NODE_TYPE[label].derived] for label in _WITH_DERIVED}
    supplied = [tuple(row[name] for name in _SUPPLY) for row in rows["CAN_SUPPLY"]]
    in_area = [(row["from_id"], row["to_id"]) for row in rows["IN_AREA"]]
    assert len(supplied) == len(set(supplied)) and len(in_area) == len(set(in_area))
    return Derived(
        properties={
            label: {str(row["id"]): {name: row[name] for name in names[label]} for row in rows[label]}
            for label in names
        },
        areas={str(row["id"]): (row["place_id"], row["supplies"]) for row in rows["Area"]},  # type: ignore[misc]
        can_supply=set(supplied),
        in_area=set(in_area),  # type: ignore[arg-type]
        is_kind_of={(row["from_id"], row["to_id"], row["steps"]) for row in rows["IS_KIND_OF"]},  # type: ignore[misc]
    )


def read_back(store: GraphStore) -> Derived:
    """Everything that a load derived, by Cypher."""
    properties = {}
    for label in _WITH_DERIVED:
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
        for label in LOCATED
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
