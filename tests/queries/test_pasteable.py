"""What `--cypher` prints runs as it is, in a bare session of either engine, and finds what the answer names."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import ladybug
import neo4j
import pytest

from graph.cypher import Query, literal, pasteable
from graph.store import GraphStore
from graph.subset import lint
from queries.answer import Answer
from queries.reader import Reader
from queries.registry import questions
from queries.saved import question_named
from tests.graphs import graph_of
from tests.queries.test_golden import ASKED
from tests.readme import README

HOSTILE = [
    "it's",
    'a"b',
    "back\\slash",
    "line\nbreak",
    "\ttab",
    "$id",
    "// no comment",
    "');DROP",
    "\\u0041",
    "中文",
    "`",
]


def strings(values: Iterable[Any]) -> Iterator[str]:
    """Every text among values of rows, also within nodes, edges and lists."""
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from strings(value.values())
        elif isinstance(value, list | tuple):
            yield from strings(value)
        elif isinstance(value, neo4j.graph.Entity):
            yield from strings(dict(value).values())


def ids_of(answer: Answer) -> set[str]:
    """The ids that the rows of an answer name; what stands for none, as `no-city`, has no prefix."""
    rows = [row.model_dump() for row in answer.rows]  # type: ignore[attr-defined]
    named = {v for row in rows for k, v in row.items() if k == "id" or k.endswith("_id")}
    return {v for v in named if isinstance(v, str) and ":" in v}


def bare(path: Path) -> ladybug.Connection:
    """A bare session of the embedded engine on a file."""
    return ladybug.Connection(ladybug.Database(str(path), read_only=True, max_db_size=1 << 38))


def in_bare_ladybug(session: ladybug.Connection, printed: str) -> set[str]:
    return set(strings(cast(ladybug.QueryResult, session.execute(printed)).get_all()))


def in_bare_neo4j(session: neo4j.Session, printed: str) -> set[str]:
    """As Neo4j Browser does: `:param` lines are evaluated and kept, the rest runs with them."""
    parameters: dict[str, Any] = {}
    lines = printed.splitlines()
    for line in (line for line in lines if line.startswith(":param ")):
        name, _, expression = line.removeprefix(":param ").partition(" => ")
        parameters[name] = session.run(cast(Any, f"RETURN {expression} AS value")).single(strict=True)["value"]
    text = "\n".join(line for line in lines if not line.startswith(":param "))
    result = session.run(cast(Any, text.rstrip(";")), parameters)
    return set(strings(value for record in result for value in record.values()))


def planners_question() -> str:
    """The statement that the README shows."""
    found = re.search(r"```cypher\n(.*?)```", README.read_text(encoding="utf-8"), re.S)
    assert found
    return found[1].strip()


@pytest.mark.slow
def test_the_readmes_question_is_within_the_subset_and_finds_single_sources(
    bundled_ladybug: Reader, bundled_file: Path
) -> None:
    assert lint(planners_question()) == []
    given = {"chain": "chain:integrated-circuits", "verdicts": ["single_source"]}
    answer = question_named("gaps").ask(bundled_ladybug, **given, limit=10_000)
    single = {row.product_id for row in answer.rows if row.is_essential}  # type: ignore[attr-defined]
    found = {one for one in in_bare_ladybug(bare(bundled_file), planners_question()) if one.startswith("product:")}
    assert len(found) == 10 and found <= single


@pytest.mark.slow
@pytest.mark.parametrize("name", [question.name for question in questions()])
def test_what_is_printed_for_ladybug_finds_the_answer(bundled_ladybug: Reader, bundled_file: Path, name: str) -> None:
    answer = question_named(name).ask(bundled_ladybug, **ASKED[name])
    session = bare(bundled_file)
    found = set().union(*(in_bare_ladybug(session, ran.pasted_into("ladybug")) for ran in answer.statements))
    assert ids_of(answer) <= found


def test_hostile_texts_stay_values_in_what_is_pasted(ladybug_store: GraphStore, tmp_path: Path) -> None:
    graph_of(ladybug_store, [{"id": f"product:{n}", "name_zh": text} for n, text in enumerate(HOSTILE)])
    query = Query("q", "MATCH (p:Product)\nWHERE p.name_zh = $id // not $id\nRETURN p.id AS id, '$id' AS same", ("id",))
    session = bare(tmp_path / "graph.lbug")
    for number, text in enumerate(HOSTILE):
        printed = pasteable(query, {"id": text}, "ladybug")
        assert in_bare_ladybug(session, printed) == {f"product:{number}", "$id"}, text


@pytest.mark.neo4j
def test_hostile_texts_are_the_same_values_for_neo4j(neo4j_url: str) -> None:
    with neo4j.GraphDatabase.driver(neo4j_url, notifications_min_severity="OFF") as driver, driver.session() as session:
        for value in [*HOSTILE, HOSTILE, [], 1e-9, 1e300, -3, True, None]:
            run = session.run(cast(Any, f"RETURN {literal(value)} AS value"))
            assert run.single(strict=True)["value"] == value
