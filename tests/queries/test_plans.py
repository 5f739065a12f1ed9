"""How Neo4j finds what a question asks: from where it starts, never through the whole graph."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import neo4j
import pytest

from graph.store import GraphStore
from queries.reader import Reader
from queries.saved import question_named

STARTED: list[tuple[str, dict[str, Any]]] = [
    ("gaps", {"chain": "chain:integrated-circuits"}),
    ("gaps", {"chain": "chain:integrated-circuits", "places": ["place:320500"]}),
    ("trace", {"subjects": ["product:photoresist"]}),
    ("partners", {"subject": "enterprise:chery-automobile"}),
    ("candidates", {"product": "product:photoresist"}),
    ("cuts", {"product": "product:photoresist"}),
    ("neighbourhood", {"node": "product:photoresist"}),
    ("routes", {"start": ["product:photoresist"], "target": ["product:bev-passenger-car"]}),
]
"""Questions about one product, enterprise, chain or place, which they start from."""
BIG = ("Product", "Enterprise", "Technology", "Institute")


def operators(plan: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every operator of a plan with its details."""
    yield str(plan["operatorType"]).partition("@")[0], str(plan.get("args", {}).get("Details", ""))
    for child in plan.get("children", ()):
        yield from operators(child)


def reads_a_whole_type(operator: str, details: str) -> bool:
    """Whether an operator goes through all nodes, or all of a type that grows with the data."""
    if operator in ("AllNodesScan", "DirectedAllRelationshipsScan", "UndirectedAllRelationshipsScan"):
        return True
    return operator == "NodeByLabelScan" and details.rpartition(":")[2].strip() in BIG


@pytest.mark.neo4j
def test_a_question_with_a_start_reads_no_type_as_a_whole(
    neo4j_url: str, bundled_neo4j: GraphStore, bundled_ladybug: Reader
) -> None:
    statements = {
        ran.query.text_for("neo4j"): (name, ran.name, ran.parameters)
        for name, given in STARTED
        for ran in question_named(name).ask(bundled_ladybug, **given).statements
    }
    whole = []
    with neo4j.GraphDatabase.driver(neo4j_url, notifications_min_severity="OFF") as driver, driver.session() as session:
        for cypher, (*named, parameters) in statements.items():
            # Plans for other tests' graphs stay (`PLANS_STAY`), and one for ten products reads them all.
            plan = session.run(cast(Any, f"CYPHER replan=force EXPLAIN {cypher}"), parameters).consume().plan
            whole += [(*named, *one) for one in operators(plan or {}) if reads_a_whole_type(*one)]
    assert whole == []


@pytest.mark.neo4j
def test_what_is_asked_after_a_load_is_planned_for_what_it_wrote(neo4j_url: str, bundled_neo4j: GraphStore) -> None:
    by_index = "CYPHER replan=force EXPLAIN MATCH (p:Product) WHERE p.id IS NOT NULL RETURN p.id"
    with neo4j.GraphDatabase.driver(neo4j_url) as driver:
        plan = driver.execute_query(cast(Any, by_index)).summary.plan
    assert plan and plan["args"]["EstimatedRows"] == bundled_neo4j.counts()["Product"]
