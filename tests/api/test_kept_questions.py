"""Kept questions and comparisons as a user meets them: in the terminal, over HTTP, as pages."""

import json
import re
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
import yaml
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from api.app import create_app
from api.cli import commands
from graph.errors import CorridorError
from graph.open_store import open_store
from graph.texts import Language, Text
from ingest.dataset import datasets_at
from ingest.pipeline import Settings, load
from tests.api.conftest import client_of
from tests.graphs import chain_of_products, graph_of
from tests.queries.test_hostile_questions import BAD

pytestmark = pytest.mark.slow

PRODUCTS = "id,名称\nproduct:a,甲\nproduct:b,乙\n"
ENTERPRISES = "id,名称\nenterprise:e,戊公司\n"
MAKES = "from_id,to_id\nenterprise:e,product:a\n"
QUESTION = """
name: named
zh: <b>按名称</b>
en: By name
cypher: |
  MATCH (p:Product) WHERE p.name_zh = $name
  RETURN p.id AS product_id, p.name_zh AS name_zh ORDER BY product_id
parameters:
  name: {type: text, zh: 名称, en: name, default: 甲}
"""


@pytest.fixture(scope="module")
def loaded_twice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a graph that was loaded twice: first without a maker, then with one."""
    data, home = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("home")
    (data / "products.csv").write_text(PRODUCTS, encoding="utf-8")
    (data / "enterprises.csv").write_text(ENTERPRISES, encoding="utf-8")
    store = open_store(f"ladybug://{home / 'graph.lbug'}", buffer_pool_mib=256)
    first = load(datasets_at([data]), store, Settings(home))
    (data / "makes.csv").write_text(MAKES, encoding="utf-8")
    load(datasets_at([data]), store, Settings(home))
    store.close()
    (home / "first").write_text(first.run_id, encoding="utf-8")
    (home / "questions").mkdir()
    (home / "questions" / "named.yaml").write_text(QUESTION, encoding="utf-8")
    return home


@pytest.fixture
def home(loaded_twice: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that was loaded twice, for a test of its own."""
    home = tmp_path / "home"
    shutil.copytree(loaded_twice, home)
    monkeypatch.setenv("CORRIDOR_STORE", f"ladybug://{home / 'graph.lbug'}")
    monkeypatch.setenv("CORRIDOR_HOME", str(home))
    return home


@pytest.fixture
def kept_client(home: Path) -> TestClient:
    store = open_store(f"ladybug://{home / 'graph.lbug'}", buffer_pool_mib=256)
    return client_of(create_app(store, home))


def run(*arguments: str) -> tuple[int, str]:
    """What the program prints, or the sentence that it ends with, after the exit code that says which."""
    done = CliRunner().invoke(commands, list(arguments))
    is_ours = isinstance(done.exception, CorridorError)
    return (2, str(done.exception)) if is_ours else (done.exit_code, done.stdout)


def test_a_kept_question_is_asked_in_the_terminal(home: Path) -> None:
    code, said = run("ask", "named", "--name", "乙", "--format", "json")
    assert (code, json.loads(said)["rows"][0]["product_id"]) == (0, "product:b")
    assert "named" in run("ask")[1]


def test_a_parameter_of_several_choices_is_an_option(home: Path) -> None:
    text = (
        QUESTION.replace("= $name", "IN $name")
        .replace("type: text,", "type: texts, choices: [甲, 乙],")
        .replace("default: 甲", "default: [甲]")
    )
    (home / "questions" / "named.yaml").write_text(text, encoding="utf-8")
    code, said = run("ask", "named", "--name", "乙", "--name", "甲", "--format", "json")
    assert (code, [row["name_zh"] for row in json.loads(said)["rows"]]) == (0, ["甲", "乙"])
    assert run("ask", "named", "--name", "丙", "--format", "json")[0] != 0


def test_parameters_are_kept_under_a_name_and_asked_again(home: Path) -> None:
    assert run("ask", "gaps", "--places", "everywhere", "--limit", "1", "--save", "mine")[0] == 0
    kept = yaml.safe_load((home / "questions" / "mine.yaml").read_text(encoding="utf-8"))
    assert kept["given"] == {"places": ["everywhere"], "limit": 1}
    assert len(json.loads(run("ask", "mine", "--format", "json")[1])["rows"]) == 1
    code, said = run("ask", "gaps", "--save", "mine")
    assert (code, "mine.yaml" in said) == (2, True)


def test_a_folder_that_cannot_be_is_one_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORRIDOR_QUESTIONS", str(home / ("x" * 300)))
    code, said = run("ask", "gaps", "--save", "mine")
    assert (code, "mine.yaml" in said) == (2, True)


def test_a_name_that_is_none_is_one_sentence(home: Path) -> None:
    assert run("ask", "gaps", "--save", "../x")[0] == 2
    assert not (home / "x.yaml").exists()


def test_two_runs_are_compared_in_the_terminal(home: Path) -> None:
    first = (home / "first").read_text(encoding="utf-8")
    answer = json.loads(run("compare", "gaps", "--before", first, "--set", "places=everywhere", "--format", "json")[1])
    assert [(r["change"], r["row_id"], r["before"], r["after"]) for r in answer["rows"]] == [
        ("verdict", "product:a", "未见记录", "断链风险（有记录的仅此一个来源）")
    ]
    assert answer["before_run"] == first
    code, said = run("compare", "gaps", "--before", "nothing")
    assert (code, "nothing" in said) == (2, True)
    code, said = run("compare", "gaps", "--before", first, "--set", "places")
    assert (code, "parameter=value" in said) == (2, True)


def test_a_comparison_in_the_terminal_is_made_by_ones_own_rules(home: Path) -> None:
    own = "zh: 某\nen: a\nsource: s\nphases: {first: {value: 1, status: assumption}}\nweights: {gaps: {value: 1, status: assumption}}\n"
    (home / "rules").mkdir()
    (home / "rules" / "fund-own.yaml").write_text(own, encoding="utf-8")
    first = (home / "first").read_text(encoding="utf-8")
    code, said = run("compare", "fund", "--before", first, "--set", "rules=own", "--format", "json")
    assert (code, json.loads(said)["parameters"]["rules"]) == (0, "own")


def test_kept_questions_and_runs_are_served(kept_client: TestClient, home: Path) -> None:
    first = (home / "first").read_text(encoding="utf-8")
    assert "named" in {one["name"] for one in kept_client.get("/api/ask").json()}
    assert kept_client.get("/api/ask/named").json()["rows"][0]["product_id"] == "product:a"
    bad = kept_client.get("/api/ask/named", params={"nome": "乙"})
    assert (bad.status_code, bad.json()["error"]["field"]) == (422, "nome")
    assert first in kept_client.get("/api/runs").json()["kept"]
    found = kept_client.get("/api/compare/gaps", params={"before": first, "places": "everywhere"}).json()
    assert found["rows"][0]["row_id"] == "product:a"
    elsewhere = kept_client.get("/api/compare/gaps", params={"before": "bolt://evil"})
    assert elsewhere.status_code == 422


def test_the_pages_show_them_and_names_stay_text(kept_client: TestClient, home: Path) -> None:
    first = (home / "first").read_text(encoding="utf-8")
    start = kept_client.get("/").text
    assert "&lt;b&gt;按名称" in start and "<b>按名称" not in start
    page = kept_client.get("/ask/named").text
    assert "甲" in page
    compared = kept_client.get("/compare/gaps", params={"before": first, "places": "everywhere"}).text
    assert "判定改变" in compared
    asking = kept_client.get("/compare/gaps").text
    assert "此前的批次" in asking and re.search(
        rf'value="{first}">\d{{4}}-\d\d-\d\d \d\d:\d\d · \w+ · {first}<', asking
    )
    kept = kept_client.get("/ask/gaps/kept.yaml", params={"places": "everywhere"})
    assert yaml.safe_load(kept.text)["given"] == {"places": ["everywhere"]}


def test_a_file_that_cannot_be_read_is_said_on_the_first_page(kept_client: TestClient, home: Path) -> None:
    (home / "questions" / "bad.yaml").write_text("name: [", encoding="utf-8")
    assert "bad.yaml" in kept_client.get("/").text
    answer = kept_client.get("/api/ask/other")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "SavedQuestionError")


def test_a_bad_file_takes_nothing_else_away(kept_client: TestClient, home: Path) -> None:
    for name in ("a column with _", "no day", "a long number", "lists", "a key that is a list", "infinite"):
        (home / "questions" / "slip.yaml").write_text(BAD[name], encoding="utf-8")
        for path in ("/", "/api/ask", "/ask/named", "/api/ask/named", "/openapi.json"):
            assert kept_client.get(path).status_code == 200, (name, path)
        assert "slip.yaml:" in kept_client.get("/").text
        assert (kept_client.get("/ask/good").status_code, kept_client.get("/api/ask/good").status_code) == (422, 422)
        assert run("ask")[0] == 0
        code, said = run("ask", "good")
        assert (code, "slip.yaml:" in said) == (2, True)


HEAVY = """
name: heavy-{n}
zh: 重
en: Heavy
cypher: |
  MATCH (a:Product), (b:Product), (c:Product) WHERE a.id + b.id <> c.name_zh + '{n}'
  RETURN c.name_zh AS name, count(a) AS n, min(b.id) AS id ORDER BY name, id
"""


@contextmanager
def served(store_url: str, home: Path, seconds: float) -> Iterator[str]:
    """The address of a server in a thread of this process."""
    store = open_store(store_url, timeout_seconds=seconds, buffer_pool_mib=256)
    server = uvicorn.Server(uvicorn.Config(create_app(store, home, questions_waiting=4), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        store.close()


def test_the_server_lives_while_heavy_questions_run(home: Path) -> None:
    url = f"ladybug://{home / 'graph.lbug'}"
    graph_of(open_store(url, buffer_pool_mib=256), *chain_of_products(2_000))
    for n in range(2):
        (home / "questions" / f"heavy-{n}.yaml").write_text(HEAVY.format(n=n), encoding="utf-8")
    waits, stop = list[float](), threading.Event()
    with (
        served(url, home, 1) as address,
        ThreadPoolExecutor(16) as pool,
        httpx.Client(base_url=address, timeout=60) as client,
        httpx.Client(base_url=address, timeout=60) as other,
    ):
        client.get("/api/ask/named")

        def ask(n: int) -> tuple[int, str, float]:
            started = time.monotonic()
            answer = client.get(f"/api/ask/heavy-{n % 2}")
            return answer.status_code, answer.json()["error"]["message"], time.monotonic() - started

        def watch() -> None:
            while not stop.is_set():
                started = time.monotonic()
                assert other.get("/health/live").status_code == 200
                waits.append(time.monotonic() - started)
                time.sleep(0.05)

        watcher = pool.submit(watch)
        answers = list(pool.map(ask, range(12)))
        stop.set()
        watcher.result()
        named = client.get("/api/ask/named", params={"name": "1"}).json()
    print(f"health {max(waits):.2f} s, answers {max(seconds for _, _, seconds in answers):.1f} s")
    assert {status for status, _, _ in answers} == {503}
    assert {said for _, said, _ in answers if "秒，已停止" not in said} <= {Text("server.busy").in_(Language.ZH)}
    # Answered all the while, and never behind what is heavy; how fast is measured in the bench.
    assert len(waits) > 9 and max(waits) < max(seconds for _, _, seconds in answers)
    assert [row["product_id"] for row in named["rows"]] == ["product:1"]
