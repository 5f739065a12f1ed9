"""Every question, on both engines and by the oracle: one answer."""

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import pytest

from graph.store import GraphStore, open_store
from ingest.dataset import BUNDLED, datasets_at
from ingest.pipeline import checked
from queries.explore import neighbourhood_picture
from queries.library import question_named, questions
from queries.runner import Answer
from tests import oracle
from tests.oracle import Facts, facts_of
from tests.queries.random_graphs import random_batches

_SETS = ("evidence_ids", "relations")

Asked = tuple[str, Mapping[str, Any]]


def plain(answer: Answer) -> list[dict[str, Any]]:
    """The rows as the oracle gives them: evidence and relations as sets, numbers to twelve places."""
    return [rounded(row.model_dump(mode="json")) for row in answer.rows]  # type: ignore[attr-defined]


def rounded(row: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {k: round(v, 12) if isinstance(v, float) else v for k, v in row.items()}
    return found | {key: set(found[key]) for key in _SETS if key in found}


def by_oracle(facts: Facts, asked: Asked) -> list[dict[str, Any]]:
    name, given = asked
    rows = getattr(oracle, name)(facts, **given)
    return [rounded(row) for row in (rows[0] if name == "neighbourhood" else rows)]


def whole(answer: Answer) -> dict[str, Any]:
    """Everything an answer says but for the statements, which may differ between engines."""
    return answer.model_dump(mode="json", exclude={"statements"})


def questions_about(facts: Facts, rng: Random) -> list[Asked]:
    """Every question at least once, with parameters drawn from what the graph holds, and from what it does not."""
    places = rng.choice([[], ["corridor"], rng.sample(facts.ids("place"), k=min(2, len(facts.ids("place"))))])
    chain = rng.choice(["", *facts.ids("chain")])
    subjects = facts.ids("product") + facts.ids("enterprise")
    nodes = [i for i in sorted(facts.nodes) if not i.startswith("source:")]
    start, target = rng.choice(nodes), rng.choice(nodes)
    return [
        ("chains", {"places": places}),
        ("gaps", {"chain": chain, "places": places, "limit": 10_000}),
        ("gaps", {
            "places": places, "verdicts": rng.sample(list(oracle.VERDICTS), k=3),
            "hhi_above": rng.choice([0.0, 0.15, 0.45, 0.6, 1.0]), "share_below": rng.choice([0.0, 0.15, 0.5]),
            "limit": rng.choice([1, 3, 50]),
        }),
        ("weak_points", {"chain": chain, "places": places, "limit": 10_000}),
        ("weak_points", {
            "kinds": rng.choice([[], ["product"], ["technology"]]), "key_only": rng.random() < 0.5,
            "limit": rng.choice([1, 3, 50]),
        }),
        ("partners", {"subject": rng.choice(subjects), "places": places, "limit": 10_000}),
        ("partners", {"subject": rng.choice(subjects), "roles": rng.sample(list(oracle.ROLES), k=2), "limit": 3}),
        ("search", {"text": rng.choice(["p", "E1", "名", "名ｐ１", "  ", "|", "' OR 1=1 //", "\\", "mp2"])}),
        ("neighbourhood", {
            "node": start, "depth": rng.choice([1, 2, 3]), "limit": rng.choice([1, 2, 3, 5, 8, 150]),
        }),
        ("path", {"start": start, "target": target, "most_steps": rng.choice([1, 2, 3, 6])}),
    ]  # fmt: skip


# --- random graphs ---------------------------------------------------------------------------------------------------


SEEDS = [
    pytest.param(range(n, n + 10), id=f"seeds{n}", marks=[pytest.mark.slow] if n else []) for n in range(0, 120, 10)
]


@pytest.mark.parametrize("seeds", SEEDS)
def test_answers_on_random_graphs_are_the_oracles(memory: GraphStore, seeds: range) -> None:
    for seed in seeds:
        batches = random_batches(seed)
        memory.replace(batches, "test")
        facts = facts_of(batches)
        for asked in questions_about(facts, Random(seed)):
            name, given = asked
            assert plain(question_named(name).ask(memory, **given)) == by_oracle(facts, asked), (seed, asked)


@pytest.mark.slow
def test_what_a_picture_leaves_out_is_counted_as_the_oracle_does(memory: GraphStore) -> None:
    for seed in range(40):
        batches = random_batches(seed)
        memory.replace(batches, "test")
        facts = facts_of(batches)
        rng = Random(seed)
        given: dict[str, Any] = {"depth": rng.choice([1, 2, 3]), "limit": rng.choice([1, 3, 5, 150])}
        node = rng.choice(sorted(facts.nodes))
        picture = neighbourhood_picture(memory, node, **given)
        _, total, more = oracle.neighbourhood(facts, node, **given)
        assert (picture.subgraph.total_nodes, picture.more) == (total, more), (seed, node, given)


@pytest.mark.neo4j
@pytest.mark.parametrize("seed", range(1_000, 1_012))
def test_both_engines_answer_alike_on_random_graphs(neo4j_store: GraphStore, memory: GraphStore, seed: int) -> None:
    batches = random_batches(seed)
    facts = facts_of(batches)
    memory.replace(batches, "test")
    neo4j_store.replace(batches, "test")
    for asked in questions_about(facts, Random(seed)):
        name, given = asked
        answer = question_named(name).ask(neo4j_store, **given)
        assert whole(answer) == whole(question_named(name).ask(memory, **given)), asked
        assert plain(answer) == by_oracle(facts, asked), asked


# --- the bundled dataset ---------------------------------------------------------------------------------------------

BUNDLED_QUESTIONS: list[Asked] = [
    ("chains", {}),
    ("chains", {"places": ["芜湖", "合肥"]}),
    ("gaps", {"limit": 10_000, "verdicts": list(oracle.VERDICTS)}),
    ("gaps", {"limit": 10_000, "places": ["上海市", "松江区", "德清县"]}),
    ("weak_points", {"limit": 10_000}),
    ("weak_points", {"limit": 10_000, "places": ["苏州"], "key_only": True}),
    ("search", {"text": "jqr", "limit": 500}),
    ("search", {"text": "集团", "limit": 500}),
]


@pytest.fixture(scope="module")
def corridor() -> Facts:
    return facts_of(checked(datasets_at([BUNDLED])).batches)


@pytest.fixture(scope="module")
def bundled_ladybug(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
    yield from _bundled(f"ladybug://{tmp_path_factory.mktemp('bundled') / 'graph.lbug'}")


@pytest.fixture(scope="module")
def bundled_neo4j(neo4j_url: str) -> Iterator[GraphStore]:
    yield from _bundled(neo4j_url)


def _bundled(url: str) -> Iterator[GraphStore]:
    store = open_store(url)
    result = checked(datasets_at([BUNDLED]))
    store.replace(result.batches, result.run_id)
    yield store
    store.close()


def asked_of_bundled(facts: Facts) -> list[Asked]:
    """The questions above for every chain, and those about one node for a sample of nodes of every type."""
    rng = Random(60)
    chains = [(q, {"chain": c, "limit": 10_000}) for q in ("gaps", "weak_points") for c in facts.ids("chain")]
    subjects = [*rng.sample(facts.ids("product"), 8), *rng.sample(facts.ids("enterprise"), 8)]
    prefixes = ("product", "enterprise", "technology", "institute", "center", "place", "chain")
    nodes = [i for prefix in prefixes for i in rng.sample(facts.ids(prefix), min(2, len(facts.ids(prefix))))]
    return [
        *BUNDLED_QUESTIONS,
        *chains,
        *(("partners", {"subject": i, "limit": 10_000}) for i in subjects),
        *(("neighbourhood", {"node": i, "depth": d, "limit": 150}) for i in nodes for d in (1, 2)),
        *(("path", {"start": rng.choice(nodes), "target": rng.choice(nodes)}) for _ in range(15)),
    ]


@pytest.fixture(scope="module")
def answers(bundled_ladybug: GraphStore, corridor: Facts) -> list[tuple[Asked, Answer]]:
    asked = asked_of_bundled(corridor)
    return [((name, given), question_named(name).ask(bundled_ladybug, **given)) for name, given in asked]


@pytest.mark.slow
def test_every_question_is_asked_of_the_bundled_dataset(answers: list[tuple[Asked, Answer]]) -> None:
    assert {name for (name, _), _ in answers} == {q.name for q in questions()}


@pytest.mark.slow
def test_answers_on_the_bundled_dataset_are_the_oracles(answers: list[tuple[Asked, Answer]], corridor: Facts) -> None:
    for asked, answer in answers:
        assert plain(answer) == by_oracle(corridor, asked), asked


@pytest.mark.neo4j
def test_both_engines_answer_alike_on_the_bundled_dataset(
    answers: list[tuple[Asked, Answer]], bundled_neo4j: GraphStore
) -> None:
    for (name, given), answer in answers:
        assert whole(answer) == whole(question_named(name).ask(bundled_neo4j, **given)), (name, given)


@pytest.mark.slow
def test_every_evidence_id_of_every_answer_is_in_the_graph(
    answers: list[tuple[Asked, Answer]], corridor: Facts
) -> None:
    known = corridor.nodes.keys() | {edge["id"] for edge in corridor.edges}
    for asked, answer in answers:
        cited = {i for row in plain(answer) for i in row["evidence_ids"]}
        assert cited <= known, (asked, sorted(cited - known)[:5])
