"""What somebody else's question may hold: nothing but one bounded reading passes, whatever hides it and wherever it stands."""

import os
import string
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from graph.cypher import Query, limited
from graph.errors import CypherError, QueryRejected, QueryStopped, QueryTimeout, SavedQuestionError, StoreUnavailable
from graph.open_store import open_store
from graph.store import GraphStore
from graph.subset import lint_foreign
from graph.texts import Language
from graph.tokens import tokens
from queries.saved import read_saved, saved_questions
from tests.graphs import chain_of_products, graph_of

READS = "MATCH (p:Product) RETURN p.id AS id ORDER BY id"
STATEMENTS = [
    *(f"{head} (MATCH (p:Product) RETURN p.id) TO 'new.csv'" for head in ("COPY", "EXPLAIN COPY", "PROFILE COPY")),
    "COPY Product FROM 'secret.csv'", "LOAD FROM 'secret.csv' RETURN *", "LOAD WITH HEADERS (a STRING) FROM 'secret.csv' RETURN a",
    "LOAD EXTENSION 'x'", "LOAD CSV FROM 'file:///secret.csv' AS line RETURN line", "INSTALL httpfs", "UNINSTALL httpfs",
    "FORCE INSTALL httpfs", "UPDATE httpfs", "ATTACH 'x' AS y (dbtype lbug)", "DETACH y", "USE y", "USE GRAPH y",
    "EXPORT DATABASE 'new'", "IMPORT DATABASE 'new'", "CREATE DATABASE y", "CALL timeout=1", "CALL show_tables() RETURN *",
    "CALL db.labels() YIELD label RETURN label AS id ORDER BY id", "CALL { MATCH (p) DELETE p }", "CALL (p) { DELETE p }",
    "CREATE (p:Product {id: 'product:new'})", "CREATE NODE TABLE T(id STRING PRIMARY KEY)", "CREATE INDEX i FOR (p:Product) ON (p.id)",
    "CREATE MACRO f(x) AS x + 1", "CREATE SEQUENCE s", "CREATE TYPE t AS INT64", "CREATE USER u SET PASSWORD 'p'",
    "MERGE (p:Product {id: 'product:new'})", "INSERT (p:Product)", "MATCH (p:Product) SET p.name_zh = 'x'",
    "MATCH (p:Product) REMOVE p.name_zh", "MATCH (p:Product) DETACH DELETE p", "MATCH (p:Product) NODETACH DELETE p",
    "MATCH (p:Product) DELETE p", "WITH * SET p.name_zh = 'x'", "FOREACH (x IN [1] | CREATE (p:Product))", "DROP TABLE Product",
    "ALTER TABLE Product DROP name_zh", "COMMENT ON TABLE Product IS 'x'", "BEGIN TRANSACTION", "COMMIT", "ROLLBACK", "CHECKPOINT",
    "SHOW SETTINGS", "SHOW USERS", "SHOW TRANSACTIONS YIELD transactionId AS id RETURN id ORDER BY id",
    "TERMINATE TRANSACTIONS 'a'", "GRANT ROLE admin TO u", "DENY READ {*} ON GRAPH g TO r", "REVOKE ROLE admin FROM u",
    "START DATABASE y", "STOP DATABASE y", "RENAME USER a TO b", "ENABLE SERVER 'a'", "DRYRUN REALLOCATE DATABASES",
    "EXPLAIN MATCH (p:Product) RETURN p.id AS id ORDER BY id", "PROFILE MATCH (p:Product) RETURN p.id AS id ORDER BY id",
    "CYPHER 25 MATCH (p:Product) RETURN p.id AS id ORDER BY id", "ANALYZE", "PROJECT GRAPH g", "FINISH",
]  # fmt: skip
"""At least one of each kind that one of the engines knows beside those that read the graph."""
CALLS = [
    "apoc.load.json('x')", "gds.version()", "repeat('ab', 1000000)", "lpad('a', 1000000, 'b')", "range(1, 1000000)",
    "list_concat([1], [2])", "regexp_replace('a', 'b', 'c')", "nextval('s')", "getenv('HOME')", "file('x')", "randomUUID()",
    "reduce(x = 1, y IN [1] | x + y)", "dbms.listConfig()", "shortestPath((p)-[*]-(p))", "cast(1 AS STRING)", "sleep(1)",
    "db_version()", "current_setting('threads')", "replace('a', 'a', 'aa')",
]  # fmt: skip

FILLERS = st.sampled_from(
    ["", " ", "\n", "\t", "\r", "/* x */", "/* ' */", "/*", "*/", "// x\n", "//", "--", "`", "``", "'", '"', "''", "\\", "\\'",
     "\\u0027", "\\u002F*", "\u00a0", "\u2028", "\u200b", "\ufeff", "\x00", "\x0b", "$", "$$", ";", ";;", "{", "}", "(", ")", "[",
     "]", ",", "*", "|", ":", "=", "RETURN", "WITH *", "AS x", "UNION ALL", "WHERE", "EXISTS {", "'a'", "1", "END", "CASE", "p"]
)  # fmt: skip
FILLING = st.lists(FILLERS | st.text(alphabet=string.printable + "路径ſKİ", max_size=4), max_size=4).map("".join)


def escaped(text: str) -> str:
    """A word as the other engine also reads it: its second letter as an escape."""
    return f"{text[0]}\\u{ord(text[1]):04x}{text[2:]}"


@st.composite
def hidden(draw: st.DrawFn) -> str:
    """A statement that does more than read, in other letters, in the middle of a reading one and of anything else."""
    harm = draw(st.sampled_from(STATEMENTS))
    harm = draw(st.sampled_from([harm, harm.lower(), harm.swapcase(), escaped(harm)]))
    harm = harm.replace(" ", draw(st.sampled_from([" ", "\n", "\t", "/**/", "  "])))
    words = READS.split(" ")
    cut = draw(st.integers(0, len(words)))
    pieces = [" ".join(words[:cut]), draw(FILLING), harm, draw(FILLING), " ".join(words[cut:])]
    return draw(st.sampled_from(["", " ", "\n"])).join(pieces)


SAMPLES = [
    READS,
    "MATCH (p:Product) WHERE p.id IN ['a'] AND NOT EXISTS { MATCH (p)-[r:INPUT_OF*1..3]->(q) WHERE q.id <> p.id } WITH p, "
    "count(*) AS n ORDER BY n DESC LIMIT 3 RETURN p.id AS id, CASE WHEN n > 1 THEN 'x' ELSE 'y' END AS c ORDER BY id LIMIT 5",
    "MATCH (p:Product) WITH * RETURN p.id AS id ORDER BY id UNION ALL UNWIND [1, 2] AS id RETURN id ORDER BY id",
    "MATCH w = (p:Product {id: 'product:1'})-[:INPUT_OF]->(q) OPTIONAL MATCH (q)<-[:MAKES]-(e) RETURN length(w) AS n, "
    "coalesce(sum(e.confidence), 0) AS s, q.id AS id ORDER BY id SKIP 1",
]
PIECES = sorted({token.text for text in (*STATEMENTS, *SAMPLES) for token in tokens(text)})


@st.composite
def changed(draw: st.DrawFn) -> str:
    """A statement that reads, with words of those that do more put in, put in the place of others, or taken out."""
    found = [token.text for token in tokens(draw(st.sampled_from(SAMPLES)))]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(found)))
        harm = [token.text for token in tokens(draw(st.sampled_from(STATEMENTS)))][: draw(st.integers(1, 9))]
        piece = draw(st.sampled_from([harm, [draw(st.sampled_from(PIECES))], []]))
        found[at : at + draw(st.integers(0, 2))] = piece
    return " ".join(found)


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
    """A graph of three products, asked in a folder with a file that nobody may read."""
    folder, before = tmp_path_factory.mktemp("run"), Path.cwd()
    os.chdir(folder)
    (folder / "secret.csv").write_text("a\nsecret\n", encoding="utf-8")
    store = open_store(
        f"ladybug://{tmp_path_factory.mktemp('graph')}/graph.lbug", timeout_seconds=5, buffer_pool_mib=256
    )
    yield graph_of(store, *chain_of_products(3))
    store.close()
    os.chdir(before)


@given(text=hidden() | changed())
@example(
    "/* ' */ COPY (MATCH (p:Place) RETURN p.id) TO \"new.csv\"; /* ' */ MATCH (p:Product) RETURN p.id AS id ORDER BY id"
)
@example("MATCH (p:Product) WITH * SET p.name_zh = 'x' RETURN p.id AS id ORDER BY id")
@example("LO\\u0041D CSV FROM 'file:///secret.csv' AS id RETURN id ORDER BY id")
@example("MATCH (p:Product) RETURN coalesce(sum -> (p.makers), 0) AS n, p.id AS id ORDER BY id")
def test_what_passes_reads_the_graph_or_is_refused_by_the_engine(graph: GraphStore, text: str) -> None:
    if lint_foreign(text):
        return
    # It may be no statement at all, have parameters, or take the engine down, which is then another process.
    with suppress(QueryRejected, CypherError, QueryStopped, QueryTimeout):
        found = graph.fetch_foreign(limited(Query("q", text), 9), {}, 9)
        assert "secret" not in repr(found) or "secret" in text
    assert os.listdir() == ["secret.csv"]
    assert graph.counts()["Product"] == 3


AROUND = [
    "{}", "{}; " + READS, READS + "; {}", "/* ' */ {}; /* ' */ " + READS, READS + " UNION ALL {}", "MATCH (p:Product) {} " + READS[18:],
    "MATCH (p:Product) WITH p {} " + READS[18:], "MATCH (p:Product) WITH * {} " + READS[18:], "UNWIND [1] AS x {} " + READS,
    "MATCH (p:Product) WHERE EXISTS {{ {} }} " + READS[18:], "MATCH (p:Product) WHERE ({}) " + READS[18:],
    "MATCH (p:Product) WHERE p.id IN [{}] " + READS[18:], READS + " LIMIT 3 {}", READS + " {}", "OPTIONAL {} " + READS,
    "MATCH (p:Product) WHERE CASE WHEN true THEN {} END " + READS[18:],
]  # fmt: skip


@pytest.mark.parametrize("harm", STATEMENTS)
def test_no_statement_that_does_more_than_read_passes_anywhere(harm: str) -> None:
    # A single word that stands for a value is a variable, which the engine does not find.
    values = () if " " in harm else ("({})", "[{}]", "THEN {}")
    texts = [
        around.format(text)
        for around in AROUND if not any(place in around for place in values)
        for text in (harm, harm.lower(), escaped(harm))
    ]  # fmt: skip
    assert [text for text in texts if lint_foreign(text) == []] == []


@pytest.mark.parametrize("call", CALLS)
def test_no_function_that_is_not_listed_passes(call: str) -> None:
    assert lint_foreign(f"MATCH (p:Product) WHERE {call} = 1 RETURN p.id AS id ORDER BY id") != []
    assert lint_foreign(f"MATCH (p:Product) RETURN {call} AS x, p.id AS id ORDER BY id") != []


@pytest.mark.parametrize(
    "piece",
    [
        "'",
        '"',
        "`",
        "/*",
        "//",
        "(",
        "[",
        "{",
        "CASE ",
        "NOT ",
        "-",
        "'\\",
        "\\",
        "$",
        ",",
        "MATCH ",
        "\n",
        "* ",
        "a.",
        ":x|",
    ],
)
def test_checking_takes_time_in_proportion_to_the_text(piece: str) -> None:
    """Ten times the text takes no more than some twenty times the steps: counted, not timed."""
    from sys import setprofile

    def steps(text: str) -> int:
        count = 0

        def counted(*_: object) -> None:
            nonlocal count
            count += 1

        setprofile(counted)
        try:
            lint_foreign(text)
        finally:
            setprofile(None)
        return count

    short, long = (f"MATCH (p:Product) WHERE {piece * n} RETURN p.id AS id ORDER BY id" for n in (90, 900))
    assert steps(long) <= 25 * steps(short) + 2_000


# --- files ------------------------------------------------------------------------------------------------------------

GOOD = f"name: good\nzh: 好\nen: Good\ncypher: {READS}\n"
BAD = {
    "a column with _": GOOD.replace("AS id", "AS _n, p.id AS id"),
    "a column of models": GOOD.replace("AS id", "AS model_fields, p.id AS id"),
    "a column of rows": GOOD.replace("AS id", "AS evidence_ids, p.id AS id"),
    "a method": GOOD.replace("AS id", "AS copy, p.id AS id"),
    "a column twice": GOOD.replace("AS id", "AS id, p.name_zh AS id"),
    "a reserved parameter": GOOD.replace("RETURN", "WHERE p.id = $store RETURN") + "parameters: {store: {type: text, zh: 库}}\n",
    "a parameter of models": GOOD.replace("RETURN", "WHERE p.id = $json RETURN") + "parameters: {json: {type: text, zh: 库}}\n",
    "no day": GOOD + "doc: 1999-02-30\n",
    "a day": GOOD + "doc: 1999-02-20\n",
    "a long number": GOOD + f"rows: {'7' * 6_000}\n",
    "a large number": GOOD + f"rows: {'7' * 600}\n",
    "no number": GOOD.replace("RETURN", "WHERE p.n = $n RETURN") + "parameters: {n: {type: number, zh: 数, default: .nan}}\n",
    "a default of another type": GOOD.replace("RETURN", "WHERE p.id = $n RETURN")
    + "parameters: {n: {type: texts, zh: 数, default: 甲}}\n",
    "a default that is no choice": GOOD.replace("RETURN", "WHERE p.id = $n RETURN")
    + "parameters: {n: {type: texts, zh: 数, choices: [甲], default: [乙]}}\n",
    "infinite": "name: good\nzh: 好\nen: Good\nquestion: gaps\ngiven: {share_below: .inf}\n",
    "lists": GOOD + f"example: {'[' * 3_000}\n",
    "mappings": GOOD + "example: " + "{a: " * 3_000 + "\n",
    "indented": GOOD + "example:\n" + "".join(f"{' ' * n}a:\n" for n in range(1, 90)),
    "a key that is a list": GOOD + "? [a, b]\n: 1\n",
    "a key twice": GOOD + "zh: 好\n",
    "a tag": GOOD + "doc: !!python/object/apply:os.system ['true']\n",
    "an anchor": GOOD + "doc: &a x\n",
    "an escape": GOOD + 'doc: "\\e[31m"\n',
    "half a character": GOOD + 'doc: "\\uD800"\n',
    "a set": GOOD + "example: !!set {a, b}\n",
    "nothing": "",
    "a text": "good",
    "two documents": f"{GOOD}---\n{GOOD}",
    "too large": GOOD + f"# {'x' * 70_000}\n",
    "a null byte": GOOD + "\x00",
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_file_with_a_slip_is_named_and_left_out_and_the_rest_goes_on(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.yaml").write_text(BAD[name], encoding="utf-8")
    (tmp_path / "b.yaml").write_text(GOOD.replace("good", "other"), encoding="utf-8")
    found, problems = saved_questions(tmp_path)
    assert ([one.name for one in found], len(problems)) == (["other"], 1)
    said = problems[0].in_(Language.EN)
    assert str(tmp_path / "a.yaml") in said and len(said) < 1_500


@given(
    content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: (GOOD + text).encode("utf-8", "replace"))
)
def test_whatever_a_file_holds_it_is_a_question_or_a_sentence(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(content)
    try:
        read_saved(path).parameters.model_json_schema()
    except SavedQuestionError as error:
        assert str(path) in str(error)


def test_a_name_of_a_file_reaches_no_terminal_as_it_is(tmp_path: Path) -> None:
    for name in (b"\xff.yaml", b"\x1b[31m.yaml"):
        (tmp_path / os.fsdecode(name)).write_text("name: [", encoding="utf-8")
    problems = [one.in_(Language.EN) for one in saved_questions(tmp_path)[1]]
    assert len(problems) == 2 and all("\ufffd" in one and one.encode("utf-8") for one in problems)
    assert not any("\x1b" in one for one in problems)


def test_only_ordinary_files_of_the_folder_are_opened(tmp_path: Path) -> None:
    folder = tmp_path / "questions"
    folder.mkdir()
    (tmp_path / "outside.yaml").write_text(GOOD, encoding="utf-8")
    (folder / "good.yaml").write_text(GOOD.replace("good", "inside"), encoding="utf-8")
    (folder / "folder.yaml").mkdir()
    os.mkfifo(folder / "fifo.yaml")
    for name, target in {
        "out": "../outside.yaml",
        "device": "/dev/zero",
        "loop": "loop.yaml",
        "nowhere": "gone",
    }.items():
        (folder / f"{name}.yaml").symlink_to(target)
    found, problems = saved_questions(folder)
    assert [one.name for one in found] == ["inside"]
    assert [
        name
        for name in ("folder", "fifo", "out", "device", "loop", "nowhere")
        if not any(name in p.in_(Language.EN) for p in problems)
    ] == []
    (folder / "good.yaml").rename(folder / "data")
    (folder / "linked.yaml").symlink_to("data")
    assert [one.name for one in saved_questions(folder)[0]] == ["inside"]


def test_a_union_is_limited_in_each_of_its_parts_and_as_a_whole(tmp_path: Path) -> None:
    store = graph_of(open_store("ladybug://:memory:", buffer_pool_mib=256), *chain_of_products(30))
    part = "MATCH (p:Product) RETURN p.id AS id ORDER BY id"
    path = tmp_path / "q.yaml"
    path.write_text(
        f"name: q\nzh: 问\nen: q\nrows: 7\ncypher: {part} LIMIT 3 UNION ALL {part} UNION ALL {part}\n", encoding="utf-8"
    )
    answer = read_saved(path).ask(store)
    assert [line.count("LIMIT 3") + line.count("LIMIT 8") for line in [answer.statements[0].cypher]] == [3]
    assert len(answer.model_dump()["rows"]) == 7 and len(answer.notes) == 1


def test_a_number_that_is_none_is_an_error_not_a_value(tmp_path: Path) -> None:
    store = graph_of(open_store("ladybug://:memory:", buffer_pool_mib=256), *chain_of_products(2))
    path = tmp_path / "q.yaml"
    path.write_text(
        "name: q\nzh: 问\nen: q\ncypher: MATCH (p:Product) RETURN sqrt(-1) AS n, p.id AS id ORDER BY id\n",
        encoding="utf-8",
    )
    with pytest.raises(SavedQuestionError, match="the column n has no usable number"):
        read_saved(path).ask(store)


@pytest.mark.neo4j
def test_neo4j_itself_refuses_what_the_check_would_miss(neo4j_store: GraphStore) -> None:
    graph_of(neo4j_store, *chain_of_products(2))
    taken = []
    for harm in STATEMENTS:
        with suppress(QueryRejected, StoreUnavailable):
            neo4j_store.first(Query("harm", harm), {}, 9)
            taken.append(harm)
    assert taken == [f"EXPLAIN {READS}", "FINISH"]  # Which find nothing.
    assert neo4j_store.counts()["Product"] == 2


@pytest.mark.neo4j
def test_a_kept_question_is_asked_of_neo4j_in_a_process_of_its_own(neo4j_store: GraphStore, tmp_path: Path) -> None:
    graph_of(neo4j_store, *chain_of_products(3))
    path = tmp_path / "q.yaml"
    path.write_text(GOOD + "rows: 2\n", encoding="utf-8")
    answer = read_saved(path).ask(neo4j_store)
    assert [row["id"] for row in answer.model_dump()["rows"]] == ["product:0", "product:1"] and len(answer.notes) == 1
