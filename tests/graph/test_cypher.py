"""The portable subset: every rule has an example that breaks it and a neighbour that does not."""

import re
from pathlib import Path

import networkx as nx
import pytest

from graph.cypher import DIALECTS, Query, read_queries, returned_columns, with_trails
from graph.errors import CypherError
from graph.ontology import STORED_EDGE_TYPES
from graph.store import GraphStore
from graph.subset import MAX_CHARACTERS, MAX_HOPS, lint, lint_foreign
from graph.texts import Language, Text
from tests.graphs import Edge, graph_of

END = "RETURN p.id AS id ORDER BY id"

EXAMPLES: dict[str, list[tuple[str, str]]] = {
    "reading": [
        (f"MATCH (p:Product) SET p.name_zh = 'x' {END}", f"MATCH (p:Product) WHERE p.name_zh = 'SET' {END}"),
        (f"MATCH (p:Product) delete p {END}", f"MATCH (p:Product) WHERE p.as_of = $set {END}"),
    ],
    "several-statements": [
        (f"MATCH (q:Product) RETURN q.id AS id; MATCH (p:Product) {END}", f"MATCH (p:Product) WHERE p.name_zh = 'a;b' {END}"),
    ],
    "function": [
        (f"UNWIND range(1, 9) AS n MATCH (p:Product) {END}", f"MATCH (p:Product) WHERE p.name_zh = 'range(1, 9)' {END}"),
        (f"MATCH (p:Product) WHERE size(RANGE (1, 9)) > 1 {END}", f"UNWIND $range AS n MATCH (p:Product) {END}"),
        (
            "MATCH (p:Product) RETURN labels(p) AS kinds, p.id AS id ORDER BY id",
            "MATCH (p:Product) RETURN p AS labels, p.id AS id ORDER BY id",
        ),
        (
            "MATCH (p:Product) RETURN substring(p.id, 1) AS slug, p.id AS id ORDER BY id",
            "MATCH (p:Product) RETURN 'substring(' AS slug, p.id AS id ORDER BY id",
        ),
        (
            "MATCH (p:Product)-[r:NEEDS]->(t) RETURN type(r) AS kind, p.id AS id ORDER BY id",
            "MATCH (p:Product)-[r:NEEDS]->(t) RETURN coalesce(r.level, 0) AS type, p.id AS id ORDER BY id",
        )
    ],
    "unbounded-path": [
        (f"MATCH (p:Product)-[:INPUT_OF*]->(q) {END}", f"MATCH (p:Product)-[:INPUT_OF*1..{MAX_HOPS}]->(q) {END}"),
        (f"MATCH (p:Product)-[:INPUT_OF*1..]->(q) {END}", f"MATCH (p:Product)-[:INPUT_OF * 0..2]->(q) {END}"),
        (f"MATCH (p:Product)-[:INPUT_OF*1..{MAX_HOPS + 1}]->(q) {END}", f"MATCH (p:Product)-[r:INPUT_OF*1..2]->(q) {END}"),
        (f"MATCH (p:Product)-[:INPUT_OF*..3]->(q) {END}", f"MATCH (p:Product)-[:INPUT_OF*1..3]->(q) {END}"),
        (f"MATCH (p:Product)-[:INPUT_OF*2]->(q) {END}", f"MATCH (p:Product)-[:INPUT_OF*2..2]->(q) {END}"),
    ],
    "repeated-edge-type": [
        (
            f"MATCH (p:Product)-[:INPUT_OF]->(b)<-[:INPUT_OF]-(c) {END}",
            f"MATCH (p:Product)-[:INPUT_OF]->(b)<-[:INPUT_OF]-(c) WHERE p.id <> c.id {END}",
        ),
        (
            f"MATCH (p:Product)-[:INPUT_OF|KIND_OF]->(b)-[:KIND_OF]->(c) {END}",
            f"MATCH (p:Product)-[:INPUT_OF]->(b)-[:KIND_OF]->(c) {END}",
        ),
        (
            f"MATCH (p:Product)-[:INPUT_OF*1..2]->(b)-[:INPUT_OF]->(c) {END}",
            f"MATCH (p:Product)-[:INPUT_OF*1..2]->(b)-[:NEEDS]->(c) {END}",
        ),
        (f"MATCH (p:Product)-[r]-(b)-[:NEEDS]-(c) {END}", f"MATCH (p:Product)-[r]-(b) {END}"),
    ],
    "count-subquery": [
        (
            f"MATCH (p:Product) WHERE COUNT {{ MATCH (e:Enterprise)-[:MAKES]->(p) }} < 2 {END}",
            f"MATCH (p:Product) WHERE EXISTS {{ MATCH (e:Enterprise)-[:MAKES]->(p) }} {END}",
        )
    ],
    "several-labels": [(f"MATCH (p:Product:Chain) {END}", f"MATCH (p:Product|Chain) {END}")],
    "list-index": [
        (
            "MATCH (p:Product) RETURN p.aliases[0] AS alias, p.id AS id ORDER BY id",
            "MATCH (p:Product) RETURN p.aliases AS alias, p.id AS id ORDER BY id",
        )
    ],
    "bare-sum": [
        (
            "MATCH (p:Product) RETURN sum(p.recovery_days) AS days, p.id AS id ORDER BY id",
            "MATCH (p:Product) RETURN coalesce(sum(p.recovery_days), 0) AS days, p.id AS id ORDER BY id",
        )
    ],
    "list-comprehension": [
        (
            "MATCH (p:Product) RETURN [x IN p.aliases | x] AS names, p.id AS id ORDER BY id",
            f"MATCH (p:Product) WHERE 'x' IN p.aliases {END}",
        )
    ],
    "map-projection": [
        ("MATCH (p:Product) RETURN p {.name_zh} AS product, p.id AS id ORDER BY id", f"MATCH (p:Product {{id: 'x'}}) {END}")
    ],
    "length-of-edges": [
        (
            "MATCH (p:Product)-[r:INPUT_OF*1..3]->(q:Product) RETURN length(r) AS steps, q.id AS id ORDER BY steps, id",
            "MATCH w = (p:Product)-[r:INPUT_OF*1..3]->(q:Product) RETURN length(w) AS steps, q.id AS id ORDER BY steps, id",
        )
    ],
    "null-parameter": [
        (
            f"MATCH (p:Product) WHERE $ids IS NULL OR p.id IN $ids {END}",
            f"MATCH (p:Product) WHERE size($ids) = 0 OR p.id IN $ids {END}",
        )
    ],
    "with-order": [
        (
            f"MATCH (p:Product) WITH p ORDER BY p.id MATCH (p)-[:NEEDS]->(t) {END}",
            f"MATCH (p:Product) WITH p ORDER BY p.id LIMIT 5 MATCH (p)-[:NEEDS]->(t) {END}",
        )
    ],
    "hidden": [(f"MATCH (p:`Product`) {END}", f"MATCH (p:Product) WHERE p.name_zh = '`' {END}")],
    "brackets": [
        (f"MATCH (p:Product) {END.replace('BY id', 'BY coalesce(id')}", f"MATCH (p:Product) WHERE (p.id = '((') {END}"),
        (f"MATCH (p:Product) WHERE p.id = 'a') {END}", f"MATCH (p:Product) WHERE p.id IN ['a'] {END}"),
    ],
    "deep": [
        (f"MATCH (p:Product) WHERE {'(' * 50}true{')' * 50} {END}", f"MATCH (p:Product) WHERE {'(' * 30}true{')' * 30} {END}"),
        (f"MATCH (p:Product) WHERE {'NOT ' * 50}true {END}", f"MATCH (p:Product) WHERE NOT NOT true {END}"),
        (
            f"MATCH (p:Product) WHERE {'CASE WHEN ' * 50}true{' THEN true END' * 50} {END}",
            f"MATCH (p:Product) WHERE {' AND '.join(['CASE WHEN true THEN true END'] * 50)} {END}",
        ),
        (f"MATCH (p:Product) WHERE 0 < {'-' * 50}1 {END}", f"MATCH (p:Product) WHERE 0 < -1 {END}"),
    ],
    "regular-expression": [
        (f"MATCH (p:Product) WHERE p.id =~ '(a+)+b' {END}", f"MATCH (p:Product) WHERE p.id CONTAINS '=~' {END}")
    ],
    "star": [("MATCH (p:Product) RETURN *, p.id AS id ORDER BY id", f"MATCH (p:Product) WITH *, 2 * 3 AS six {END}")],
    "keyword-case": [(f"match (p:Product)\n{END}", f"MATCH (p:Product)\n{END}")],
    "order": [
        ("MATCH (p:Product) RETURN p.id AS id", f"MATCH (p:Product) {END}"),
        ("MATCH (p:Product) RETURN p.id AS id, p.as_of AS day ORDER BY day", f"MATCH (p:Product) {END} DESC LIMIT $limit"),
        ("MATCH (p:Product) WITH p ORDER BY p.as_of LIMIT 3 RETURN p.id AS id", f"MATCH (p:Product) {END} LIMIT 3"),
        ("MATCH (p:Product) RETURN p.id AS paid ORDER BY paid", "MATCH (p:Product) RETURN p.id AS p_id ORDER BY p_id"),
    ],
}  # fmt: skip


STORED_EDGES = [kind.type for kind in STORED_EDGE_TYPES]
MATCHES = [f"MATCH (p{n}:Place)" for n in range(40)]
HOPS = "".join(f"-[:{name}]-(x{n})" for n, name in enumerate([*STORED_EDGES, *STORED_EDGES]))
FOREIGN: dict[str, list[tuple[str, str]]] = {
    "long": [(f"MATCH (p:Product) WHERE p.id = '{'a' * MAX_CHARACTERS}' {END}", f"MATCH (p:Product) WHERE p.id = '{'a' * 9000}' {END}")],
    "hidden": [
        (f"MATCH (p:Product) /* it's */ {END}", f"MATCH (p:Product) WHERE p.name_zh = '/* */' {END}"),
        (f"MATCH (p:Product) {END} // it's", f"MATCH (p:Product) WHERE p.name_zh = '// ' {END}"),
        (f"MATCH (p:Product) WHERE p.name_zh = '\\u0027' {END}", f"MATCH (p:Product) WHERE p.name_zh = 'u0027' {END}"),
        (f"MATCH (p:Product) WHERE p.name_zh = '\\x' {END}", f"MATCH (p:Product) WHERE p.name_zh = '\\n\\'\\\\' {END}"),
        (f"M\\u0041TCH (p:Product) {END}", f"MATCH (p:Product) {END}"),
    ],
    "union": [(f"MATCH (p:Place) {END} UNION MATCH (p:Product) {END}", f"MATCH (p:Place) {END} UNION ALL MATCH (p:Product) {END}")],
    "limit": [
        (f"MATCH (p:Product) {END} LIMIT $n", f"MATCH (p:Product) {END} SKIP 1 LIMIT 9"),
        (f"MATCH (p:Product) {END} SKIP $n", f"MATCH (p:Product) WITH p LIMIT 3 {END}"),
    ],
    "loose": [
        (f"{' '.join(MATCHES)} RETURN count(*) AS n, p1.id AS id ORDER BY id", f"{' '.join(MATCHES[:2])} RETURN count(*) AS n, p1.id AS id ORDER BY id"),
        (f"{' '.join(MATCHES).replace(' MATCH', ',')} RETURN p1.id AS id ORDER BY id", f"MATCH (p:Product), (p)-[:NEEDS]->(t), (t)<-[:MASTERS]-(e), (e)-[:OWNS]->(f) {END}"),
        (f"{' '.join(f'UNWIND [1, 2] AS x{n}' for n in range(60))} MATCH (p:Product) {END}", f"UNWIND $a AS a UNWIND $b AS b MATCH (p:Product {{id: a}}), (q:Product {{id: b}}) {END}"),
    ],
    "edges": [(f"MATCH (p:Product){HOPS} WHERE p.id <> 'a' {END}", f"MATCH (p:Product)-[:NEEDS]-(t) WHERE p.id <> 'a' {END}")],
}  # fmt: skip


def test_every_rule_has_an_example() -> None:
    po = (Path(__file__).parents[2] / "graph/locale/en/cypher.po").read_text(encoding="utf-8")
    assert EXAMPLES.keys() | FOREIGN.keys() == set(re.findall(r'msgid "(.+)"', po)) - {"unknown-name"}


def broken_rules(text: str) -> list[str]:
    return rules(lint(text))


def rules(problems: list[Text]) -> list[str]:
    return [problem.in_(Language.EN).partition(":")[0] for problem in problems]


PAIRS = [
    pytest.param(name, *pair, id=f"{name}-{i}") for name, pairs in EXAMPLES.items() for i, pair in enumerate(pairs)
]


@pytest.mark.parametrize(("name", "bad", "good"), PAIRS)
def test_a_rule_finds_its_example_and_lets_its_neighbour_pass(name: str, bad: str, good: str) -> None:
    assert (broken_rules(bad), lint(good)) == ([name], [])


FOREIGN_PAIRS = [
    pytest.param(name, *pair, id=f"{name}-{i}") for name, pairs in FOREIGN.items() for i, pair in enumerate(pairs)
]


@pytest.mark.parametrize(("name", "bad", "good"), FOREIGN_PAIRS)
def test_a_rule_for_users_texts_finds_its_example_and_lets_its_neighbour_pass(name: str, bad: str, good: str) -> None:
    assert ([one.rule for one in lint_foreign(bad)], lint_foreign(good)) == ([name], [])


@pytest.mark.parametrize("name, bad, good", PAIRS)
def test_users_texts_keep_to_the_rules_of_ours(name: str, bad: str, good: str) -> None:
    assert name in [one.rule for one in lint_foreign(bad)]


@pytest.mark.parametrize(
    ("text", "name", "near"),
    [
        (f"MATCH (p:Prodct) {END}", "Prodct", "Product"),
        (f"MATCH (p:Product)-[:MAKEZ]->(q) {END}", "MAKEZ", "MAKES"),
        (f"MATCH (p:Product) WHERE p.name_zg = 'x' {END}", "name_zg", "name_zh"),
        (f"MATCH (p:Product {{makrs: $id}}) {END}", "makrs", "makers"),
        (f"MATCH (p:Product) WHERE EXISTS {{ MATCH (p)-[:NEEDS]->(t:Technolgy) }} {END}", "Technolgy", "Technology"),
        (f"MATCH (p:Product) WHERE NOT EXISTS {{ MATCH (p)<-[:MAKEZ]-(e) }} {END}", "MAKEZ", "MAKES"),
    ],
)
def test_a_name_that_is_not_in_the_ontology_is_found_wherever_it_stands(text: str, name: str, near: str) -> None:
    assert [problem.in_(Language.ZH).partition(near)[0] for problem in lint(text)] == [
        f"unknown-name：本体中没有 {name}；相近的有："
    ]
    fault = next(one for one in lint_foreign(text.replace("$id", "1")) if one.rule == "unknown-name")
    assert fault.text.in_(Language.EN).startswith(f"{name} is not in the ontology; the nearest are {near}")
    assert text[fault.start : fault.start + fault.length] == name


def test_comments_and_string_literals_are_not_code() -> None:
    text = f"MATCH (p:Product) // the chain's labels(p), CREATE\nWHERE p.name_zh = 'DELETE // *' {END} // it's the end"
    assert lint(text) == []


def test_an_override_may_use_what_its_engine_knows_but_only_reads_and_stays_bounded() -> None:
    text = f"MATCH (p:Product)-[r:INPUT_OF* SHORTEST 1..6]->(q) WHERE label(q) = 'Product' {END}"
    assert (broken_rules(text), lint(text, "ladybug")) == (["function"], [])
    assert lint(text.replace("1..6", "1..9"), "ladybug") != []
    assert lint(f"CREATE (p:Product) {END}", "ladybug") != []


HEAD = "// name: a()\n// One row a product.\n"
BODY = "MATCH (p:Product)\nRETURN p.id AS id\nORDER BY id\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("MATCH (p:Product)\n", "q.cypher:1: a statement before"),
        (f"{HEAD}{BODY}\n// name: b(x)\n// Row.\n{BODY}", r"q.cypher:7: b declares \['x'\] and uses \[\]"),
        (f"{HEAD}{BODY.replace('id AS', '$x AS')}", r"q.cypher:1: a declares \[\] and uses \['x'\]"),
        (f"// name: a()\n{BODY}", "q.cypher:1: a has no sentence"),
        (f"{HEAD}{BODY}{HEAD}{BODY}", "q.cypher:6: a is already defined"),
        (f"{HEAD}MATCH (p:Product) RETURN p.id AS id", "q.cypher:1: a: order: "),
        (f"{HEAD}{BODY}// name: b\n// Row.\n{BODY}", "q.cypher:6: a header reads"),
        (f"//name: a()\n// Row.\n{BODY}", "q.cypher:1: a header reads"),
        (f"// name: a@neo4j\n// Because.\n{BODY}", "q.cypher:1: an override stands under"),
        (f"{HEAD}{BODY}// name: a@neo4j\n{BODY}", "q.cypher:6: an override .* gives its reason"),
        (f"{HEAD}{BODY}// name: a@neo\n// Because.\n{BODY}", "q.cypher:6: a@neo: the engines are neo4j, ladybug"),
        (
            f"{HEAD}{BODY}// name: a@neo4j\n// Because.\n{BODY.replace('Product)', 'Product {id: $x})')}",
            r"q.cypher:6: a declares \[\] and uses \['x'\]",
        ),
    ],
)
def test_a_file_that_breaks_the_rules_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "q.cypher").write_text(text, encoding="utf-8")
    with pytest.raises(CypherError, match=message):
        read_queries(tmp_path / "q.cypher")


def test_a_file_gives_its_queries_with_parameters_description_and_overrides(tmp_path: Path) -> None:
    common = "MATCH (p:Product)\nWHERE p.id IN $ids\nRETURN p.id AS id\nORDER BY id\nLIMIT $limit"
    other = common.replace("p.id IN", "p.id = p.id AND p.id IN")
    text = f"// All of it.\n\n// name: a(ids, limit)\n// One row\n// a product.\n{common}\n\n// name: a@neo4j\n// It is slow.\n{other}\n"
    (tmp_path / "q.cypher").write_text(text, encoding="utf-8")
    assert read_queries(tmp_path / "q.cypher") == {
        "a": Query("a", common, ("ids", "limit"), "One row a product.", {"neo4j": other})
    }
    query = read_queries(tmp_path / "q.cypher")["a"]
    assert [query.text_for(dialect) for dialect in DIALECTS] == [other, common]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("MATCH (p) RETURN DISTINCT p.id AS id LIMIT 3", ["id"]),
        ("MATCH (p) WITH p.id AS x RETURN x AS id, count(*) AS n\nORDER BY n DESC, id", ["id", "n"]),
        ("MATCH (p) RETURN coalesce(p.a, 'RETURN 1 AS x') AS a, p.b AS b", ["a", "b"]),
        ("MATCH (p) RETURN p.a AS a UNION ALL MATCH (p) RETURN p.b AS b", ["b"]),
        ("MATCH (p) RETURN CASE WHEN p.a > 1 THEN 'AS q' ELSE '' END AS a", ["a"]),
    ],
)
def test_returned_columns_are_those_of_the_last_return(text: str, columns: list[str]) -> None:
    assert returned_columns(text) == columns


@pytest.mark.parametrize(
    ("text", "rewritten"),
    [
        ("-[:A*1..3]->", "-[:A* TRAIL 1..3]->"),
        ("-[r:A|B * 0..2]-", "-[r:A|B * TRAIL 0..2]-"),
        ("-[*1..2]-", "-[* TRAIL 1..2]-"),
        ("-[:A*1..2 {level: 1}]-", "-[:A* TRAIL 1..2 {level: 1}]-"),
        ("-[:A* SHORTEST 1..2]-", "-[:A* SHORTEST 1..2]-"),
        ("2 * 1.5", "2 * 1.5"),
    ],
)
def test_bounded_paths_become_trails_and_nothing_else_does(text: str, rewritten: str) -> None:
    assert with_trails(text) == rewritten
    assert with_trails(rewritten) == rewritten


def trails(graph: "nx.MultiDiGraph[str]", start: str, longest: int) -> list[str]:
    """The ends of all trails of 1 to `longest` edges: the plain answer."""
    found: list[str] = []

    def walk(at: str, used: frozenset[tuple[str, str, int]]) -> None:
        for edge in graph.out_edges(at, keys=True):
            if edge not in used and len(used) < longest:
                found.append(edge[1])
                walk(edge[1], used | {edge})

    walk(start, frozenset())
    return sorted(found)


@pytest.mark.slow
@pytest.mark.parametrize(
    "links",
    ["ab ba", "ab bc ca", "ab bc ca cd db", "aa ab ba", "ab ac ad bd cd da"],
    ids=["two", "three", "figure-eight", "loop", "diamond"],
)
def test_both_engines_walk_trails_on_a_cycle(store: GraphStore, links: str) -> None:
    edges: list[Edge] = [("INPUT_OF", f"product:{link[0]}", f"product:{link[1]}") for link in links.split()]
    graph_of(store, [f"product:{name}" for name in "abcd"], edges)
    plain: nx.MultiDiGraph[str] = nx.MultiDiGraph([edge[1:3] for edge in edges])
    for longest in (1, 2, 3, 6):
        query = Query(
            "reached",
            f"MATCH (:Product {{id: 'product:a'}})-[:INPUT_OF*1..{longest}]->(b:Product) RETURN b.id AS id ORDER BY id",
        )
        assert [row["id"] for row in store.fetch(query, {})] == trails(plain, "product:a", longest), longest
