"""Questions that users keep as files: what they may ask, what is refused and where it says so, what stops a runaway."""

from pathlib import Path

import pytest

from graph.errors import QueryTimeout, SavedQuestionError, UnknownName
from graph.open_store import open_store
from graph.store import GraphStore
from graph.texts import Language, Text
from queries.saved import as_yaml, question_named, read_saved, saved_questions
from tests.graphs import chain_of_products, graph_of

OWN = """
name: makers-of
zh: 谁生产
en: Who makes
cypher: |
  MATCH (e:Enterprise)-[m:MAKES]->(p:Product)
  WHERE p.name_zh = $product
  RETURN e.id AS enterprise_id, e.name_zh AS name_zh, m.id AS edge_id ORDER BY edge_id
parameters:
  product: {type: text, zh: 产品, en: product, default: a, choices: [a, b]}
"""


def written(folder: Path, text: str, name: str = "q.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def cypher(text: str, parameters: str = "{}") -> str:
    lines = text.replace("\n", "\n  ")
    return f"name: q\nzh: 问\nen: q\ncypher: |\n  {lines}\nparameters: {parameters}\n"


def test_own_cypher_is_asked_with_its_parameters_and_gives_evidence(memory: GraphStore, tmp_path: Path) -> None:
    graph_of(memory, ["enterprise:e", "product:a", "product:b"], [("MAKES", "enterprise:e", "product:b")])
    one = read_saved(written(tmp_path, OWN))
    answer = one.ask(memory, product="b").model_dump(mode="json")
    assert answer["rows"] == [
        {
            "enterprise_id": "enterprise:e",
            "name_zh": "e",
            "edge_id": "MAKES|enterprise:e|product:b",
            "evidence_ids": ["enterprise:e", "MAKES|enterprise:e|product:b"],
        }
    ]
    assert answer["parameters"] == {"product": "b"}
    nobody = one.ask(memory)
    assert nobody.model_dump()["rows"] == [] and nobody.notes == [Text("saved.no_row")]


def test_a_choice_that_is_none_is_refused(memory: GraphStore, tmp_path: Path) -> None:
    one = read_saved(written(tmp_path, OWN))
    with pytest.raises(ValueError, match="'a' or 'b'"):
        one.ask(memory, product="c")


def test_kept_parameters_are_the_defaults_and_can_be_overridden(memory: GraphStore, tmp_path: Path) -> None:
    graph_of(memory, ["product:a", "product:b"])
    text = as_yaml("mine", "我的", "Mine", question_named("gaps"), {"places": ["everywhere"], "limit": 1})
    written(tmp_path, text)
    one = question_named("mine", tmp_path)
    assert one.ask(memory).parameters["limit"] == 1
    assert one.ask(memory, limit=2).parameters | {"verdicts": []} == {
        "chain": "", "places": ["everywhere"], "verdicts": [], "share_below": 0.3, "hhi_above": 0.4,
        "min_confidence": 0.0, "limit": 2,
    }  # fmt: skip
    assert len(one.ask(memory).model_dump()["rows"]) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (cypher("MATCH (p:Product) DETACH DELETE p"), "queries only read"),
        (cypher("MATCH (p:Product) SET p.name_zh = 'x' RETURN p.id AS id ORDER BY id"), "queries only read"),
        (cypher("MATCH (p:Product) RETURN p.id AS id ORDER BY id; MATCH (p) DETACH DELETE p"), "one statement"),
        (cypher("LOAD FROM '/etc/passwd' RETURN x AS id ORDER BY id"), "queries only read"),
        (cypher("CALL db.labels() YIELD label RETURN label AS id ORDER BY id"), "queries only read"),
        (cypher("UNWIND range(1, 1000000000) AS id RETURN id ORDER BY id"), "limited in memory"),
        (cypher("MATCH (p:Product)-[:INPUT_OF*]->(q:Product) RETURN q.id AS id ORDER BY id"), "upper bound"),
        (cypher("MATCH (p:Produkt) RETURN p.id AS id ORDER BY id"), "Produkt is not in the ontology"),
        (cypher("MATCH (p:Product) RETURN p.id AS id"), "total ORDER BY"),
        (cypher("MATCH (p:Product) RETURN p.id ORDER BY p.id"), "AS"),
        (cypher("MATCH (p:Product) WHERE p.id IN $ids RETURN p.id AS id ORDER BY id"), "parameters"),
        (cypher("MATCH (p:Product) RETURN p.id AS id ORDER BY id LIMIT $n", "{n: {type: integer, zh: 数}}"), "LIMIT"),
        ("name: gaps\nzh: 问\nen: q\nquestion: gaps\n", "comes with the program"),
        ("name: q\nzh: 问\nen: q\n", "either question or cypher"),
        ("name: q\nzh: 问\nen: q\nquestion: gapz\n", "gaps"),
        ("name: q\nzh: 问\nen: q\nquestion: gaps\ngiven: {place: 苏州}\n", "no parameter place"),
        ("name: q\nzh: 问\nen: q\nquestion: gaps\ngiven: {limit: 0}\n", "limit"),
        ("name: q\nzh: 问\nen: q\nquestion: gaps\nlimits: 3\n", "q.yaml:5: limits"),
        ("name: q\nzh: [\n", "q.yaml:3"),
        ("name: ../q\nzh: 问\nen: q\nquestion: gaps\n", "q.yaml:1: name"),
    ],
)
def test_a_file_that_is_none_says_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises((SavedQuestionError, UnknownName)) as caught:
        read_saved(written(tmp_path, text))
    assert said in str(caught.value)


def test_one_bad_file_hides_no_other(tmp_path: Path) -> None:
    written(tmp_path, OWN, "a.yaml")
    written(tmp_path, OWN, "b.yaml")
    written(tmp_path, "name: [", "c.yaml")
    found, problems = saved_questions(tmp_path)
    assert [one.name for one in found] == ["makers-of"]
    assert len(problems) == 2 and "b.yaml" in problems[0] and "c.yaml" in problems[1]
    assert question_named("makers-of", tmp_path).title.in_(Language.ZH) == "谁生产"
    with pytest.raises(SavedQuestionError, match=r"c\.yaml"):
        question_named("other", tmp_path)


def test_an_unknown_name_proposes_kept_ones(tmp_path: Path) -> None:
    written(tmp_path, OWN)
    with pytest.raises(UnknownName, match="makers-of"):
        question_named("maker-of", tmp_path)


def test_rows_are_bounded_whatever_the_statement_says(memory: GraphStore, tmp_path: Path) -> None:
    graph_of(memory, *chain_of_products(30))
    text = cypher("MATCH (p:Product) RETURN p.id AS id ORDER BY id LIMIT 20") + "rows: 5\n"
    answer = read_saved(written(tmp_path, text)).ask(memory)
    assert len(answer.model_dump()["rows"]) == 5
    assert answer.notes == [Text("saved.first_rows", rows=5)]


def test_a_runaway_statement_is_stopped_and_the_store_answers_on(tmp_path: Path) -> None:
    store = open_store("ladybug://:memory:", timeout_seconds=0.3, buffer_pool_mib=512)
    graph_of(store, *chain_of_products(400))
    product = "MATCH (a:Product), (b:Product), (c:Product)\n"
    text = cypher(
        f"{product}WHERE a.name_zh + b.name_zh <> c.name_zh RETURN count(c) AS n, a.id AS a_id, c.name_zh AS c, b.name_zh AS b ORDER BY a_id"
    )
    with pytest.raises(QueryTimeout):
        read_saved(written(tmp_path, text)).ask(store)
    assert store.counts()["Product"] == 400
    store.close()


def test_a_statement_that_an_engine_does_not_take_is_the_writers(memory: GraphStore, tmp_path: Path) -> None:
    graph_of(memory, ["product:a"])
    text = cypher("MATCH (p:Product) RETURN p.id + 1 - 'x' AS n, p.id AS id ORDER BY id")
    with pytest.raises(SavedQuestionError, match="does not take it"):
        read_saved(written(tmp_path, text)).ask(memory)
