"""Every question about the bundled dataset, on both engines and by the oracle, which is slow: one answer."""

from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from random import Random

import neo4j
import pytest

from graph.store import GraphStore
from ingest.dataset import BUNDLED, datasets_at
from ingest.pipeline import Checked, Settings, load
from queries.reader import Reader
from queries.registry import questions
from queries.saved import question_named
from tests import oracle
from tests.graphs import everything
from tests.oracle import BUNDLED_DAY, Facts, facts_of
from tests.queries.test_agreement import Asked, by_oracle, near, plain, whole
from tests.queries.test_pasteable import ids_of, in_bare_neo4j, planners_question

BUNDLED_QUESTIONS: list[Asked] = [
    ("chains", {}),
    ("chains", {"places": ["芜湖", "合肥"]}),
    ("gaps", {"limit": 10_000, "verdicts": list(oracle.VERDICTS)}),
    ("gaps", {"limit": 10_000, "places": ["上海市", "松江区", "德清县"]}),
    ("key_technologies", {"limit": 10_000, "places": ["苏州"], "key_only": False}),
    ("key_technologies", {"limit": 10_000, "kind": "product"}),
    ("concentration", {"by": "city", "limit": 10_000}),
    ("concentration", {"places": ["上海市"], "limit": 10_000}),
    ("concentration", {"what": "technology", "by": "province", "places": ["everywhere"], "limit": 10_000}),
    ("concentration", {"what": "chain", "by": "country"}),
    ("concentration", {"by": "group", "limit": 10_000}),
    ("next_products", {"city": "松江区", "limit": 10_000}),
    ("next_products", {"city": "苏州", "chain": "集成电路", "limit": 10_000}),
    ("sectors", {}),
    ("fund", {}),
    ("cooperation", {"subject": "product:photoresist"}),
    ("cooperation", {"subject": "product:battery-pack", "places": ["everywhere"]}),
    ("scenarios", {"shocks": ["place:320500"], "or_shocks": ["product:photoresist"], "or_share": 0.5}),
    ("candidates", {"limit": 6}),
    ("candidates", {"product": "product:photoresist", "limit": 1_000}),
    ("candidates", {"chain": "chain:integrated-circuits", "places": ["芜湖", "合肥"], "limit": 6}),
    ("science_chain", {"limit": 1_000}),
    ("science_chain", {"chain": "chain:integrated-circuits", "places": ["芜湖", "合肥"], "key_only": True}),
    ("attribution", {"indicator": "tax"}),
    ("attribution", {"center": "金华（上海）科创中心"}),
    ("certification", {"draws": 50, "rules": "g60-2023", "against": "shengzhou-2020"}),
    ("certificate", {"center": "center:jinhua-shanghai"}),
    ("tracking", {"by": "resident"}),
    ("lineage", {"limit": 1_000}),
    ("search", {"text": "jqr", "limit": 500}),
    ("search", {"text": "集团", "limit": 500}),
]


@pytest.fixture(scope="module")
def corridor(bundled_checked: Checked) -> Facts:
    return facts_of(bundled_checked.batches, BUNDLED_DAY)


def asked_of_bundled(facts: Facts) -> list[Asked]:
    """The questions above for two chains, the oracle being slow, and those about one node for a sample of nodes of every type."""
    rng = Random(60)
    chains = [("gaps", {"chain": c, "limit": 10_000}) for c in facts.ids("chain")[:2]]
    chains += [("key_technologies", {"chain": c, "limit": 10_000}) for c in facts.ids("chain")[:2]]
    subjects = [*rng.sample(facts.ids("product"), 3), *rng.sample(facts.ids("enterprise"), 3)]
    prefixes = ("product", "enterprise", "technology", "institute", "center", "place", "chain")
    nodes = [i for prefix in prefixes for i in rng.sample(facts.ids(prefix), min(2, len(facts.ids(prefix))))]
    return [
        *BUNDLED_QUESTIONS,
        ("what_is_missing", {"limit": 60}),
        ("data_quality", {}),
        *chains,
        *(("partners", {"subject": i, "limit": 10_000}) for i in subjects),
        *(("neighbourhood", {"node": i, "depth": 1 + n % 2, "limit": 150}) for n, i in enumerate(nodes)),
        *(("routes", {"start": [rng.choice(nodes)], "target": [rng.choice(nodes)]}) for _ in range(6)),
        *what_if_of_bundled(facts, rng),
    ]


def what_if_of_bundled(facts: Facts, rng: Random) -> list[Asked]:
    """What rests on what, and what happens if something stops: for a sample, the oracle being slow."""
    products = rng.sample(facts.ids("product"), 3)
    subjects = [*products, *rng.sample(facts.ids("enterprise"), 3), *rng.sample(facts.ids("technology"), 2)]
    shocks = [products[0], rng.choice(facts.ids("technology"))]
    return [
        *(("trace", {"subjects": [i], "limit": 10_000}) for i in subjects),
        *(("cuts", {"product": i, "tiers": 3}) for i in products),
        *(("cascade", {"shocks": [i], "epsilon": 1e-12, "limit": 10_000}) for i in shocks),
        *(("survival", {"scope": i, "fails": f, "tiers": 2}) for i in products for f in ("product", "city", "node")),
        *(("routes", {"start": [i], "target": [j], "most_steps": 3}) for i, j in pairwise(products)),
    ]  # fmt: skip


@pytest.mark.slow
def test_every_question_is_asked_of_the_bundled_dataset(corridor: Facts) -> None:
    assert {name for name, _ in asked_of_bundled(corridor)} == {q.name for q in questions()}


@pytest.mark.slow
def test_answers_on_the_bundled_dataset_are_the_oracles_and_cite_what_is_in_the_graph(
    bundled_ladybug: Reader, corridor: Facts
) -> None:
    known = corridor.nodes.keys() | {edge["id"] for edge in corridor.edges}
    for name, given in asked_of_bundled(corridor):
        rows = plain(question_named(name).ask(bundled_ladybug, **given))
        assert rows == by_oracle(corridor, (name, given)), (name, given)
        assert {i for row in rows for i in row["evidence_ids"]} <= known, (name, given)


@pytest.mark.neo4j
def test_both_engines_answer_alike_on_the_bundled_dataset_and_what_is_printed_for_neo4j_finds_the_answer(
    bundled_ladybug: Reader, bundled_neo4j: GraphStore, corridor: Facts, neo4j_url: str
) -> None:
    """Each question once: in what ways it may be asked is a matter of small graphs (`test_agreement`)."""
    first = dict(reversed(asked_of_bundled(corridor)))
    reader = Reader(bundled_neo4j)
    with neo4j.GraphDatabase.driver(neo4j_url, notifications_min_severity="OFF") as driver, driver.session() as session:
        pasted = cache(partial(in_bare_neo4j, session))
        assert len(pasted(planners_question())) > 10
        for name, given in first.items():
            answer = question_named(name).ask(bundled_ladybug, **given)
            there = question_named(name).ask(reader, **given)
            assert whole(answer) == near(whole(there)), (name, given)
            assert ids_of(answer) <= set().union(*(pasted(ran.pasted_into("neo4j")) for ran in there.statements)), name


@pytest.mark.neo4j
def test_the_bundled_dataset_loads_again_into_an_equal_graph_on_the_other_engine(
    bundled_neo4j: GraphStore, ladybug_store: GraphStore, claims_home: Path
) -> None:
    result = load(datasets_at([BUNDLED]), ladybug_store, Settings(claims_home, day=BUNDLED_DAY))
    counts, rows = everything(ladybug_store)
    assert everything(bundled_neo4j) == (counts, rows)
    in_force = result.report.loaded - result.report.not_in_force
    assert (sum(counts.values()), len(rows)) == (in_force, in_force)
