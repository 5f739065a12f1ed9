"""Kept questions and comparisons as a user meets them: in the terminal, over HTTP, as pages."""

import json
from pathlib import Path

import pytest
import yaml
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from api.app import create_app
from api.cli import commands
from graph.errors import CorridorError
from graph.open_store import open_store
from ingest.dataset import datasets_at
from ingest.pipeline import Settings, load
from tests.api.conftest import client_of

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


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a graph that was loaded twice: first without a maker, then with one."""
    data, home = tmp_path / "data", tmp_path / "home"
    data.mkdir()
    (data / "products.csv").write_text(PRODUCTS, encoding="utf-8")
    (data / "enterprises.csv").write_text(ENTERPRISES, encoding="utf-8")
    url = f"ladybug://{home / 'graph.lbug'}"
    store = open_store(url, buffer_pool_mib=256)
    first = load(datasets_at([data]), store, Settings(home))
    (data / "makes.csv").write_text(MAKES, encoding="utf-8")
    load(datasets_at([data]), store, Settings(home))
    store.close()
    (home / "first").write_text(first.run_id, encoding="utf-8")
    monkeypatch.setenv("CORRIDOR_STORE", url)
    monkeypatch.setenv("CORRIDOR_HOME", str(home))
    (home / "questions").mkdir()
    (home / "questions" / "named.yaml").write_text(QUESTION, encoding="utf-8")
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


def test_parameters_are_kept_under_a_name_and_asked_again(home: Path) -> None:
    assert run("ask", "gaps", "--places", "everywhere", "--limit", "1", "--save", "mine")[0] == 0
    kept = yaml.safe_load((home / "questions" / "mine.yaml").read_text(encoding="utf-8"))
    assert kept["given"] == {"places": ["everywhere"], "limit": 1}
    assert len(json.loads(run("ask", "mine", "--format", "json")[1])["rows"]) == 1
    code, said = run("ask", "gaps", "--save", "mine")
    assert (code, "已存在" in said) == (2, True)


def test_a_name_that_is_none_is_one_sentence(home: Path) -> None:
    assert run("ask", "gaps", "--save", "../x")[0] == 2
    assert not (home / "x.yaml").exists()


def test_two_runs_are_compared_in_the_terminal(home: Path) -> None:
    first = (home / "first").read_text(encoding="utf-8")
    answer = json.loads(run("compare", "gaps", "--before", first, "--set", "places=everywhere", "--format", "json")[1])
    assert [(r["change"], r["row_id"], r["before"], r["after"]) for r in answer["rows"]] == [
        ("verdict", "product:a", "未见记录", "断链风险（有记录的仅此一家）")
    ]
    assert answer["before_run"] == first
    code, said = run("compare", "gaps", "--before", "nothing")
    assert (code, "nothing" in said) == (2, True)
    code, said = run("compare", "gaps", "--before", first, "--set", "places")
    assert (code, "参数=值" in said) == (2, True)


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
    assert "此前的批次" in kept_client.get("/compare/gaps").text
    kept = kept_client.get("/ask/gaps/kept.yaml", params={"places": "everywhere"})
    assert yaml.safe_load(kept.text)["given"] == {"places": ["everywhere"]}


def test_a_file_that_cannot_be_read_is_said_on_the_first_page(kept_client: TestClient, home: Path) -> None:
    (home / "questions" / "bad.yaml").write_text("name: [", encoding="utf-8")
    assert "bad.yaml" in kept_client.get("/").text
    answer = kept_client.get("/api/ask/other")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "SavedQuestionError")
