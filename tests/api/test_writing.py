"""What is written with a key over HTTP and from pages: what stands in the file, in the graph and in the ledger afterwards."""

import json
import math
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from filelock import FileLock
from playwright.sync_api import Locator
from pydantic import ValidationError

from api.app import create_app
from api.keys import hash_of_key
from graph.open_store import open_store
from ingest.dataset import datasets_at
from ingest.decisions import read_decisions
from ingest.pipeline import Settings, load
from ledger.requests import MakeKey, Revoke, SetBudget
from queries.registry import Question, questions
from tests.api.conftest import client_of, served
from tests.browser import Watched
from tests.ingest.datasets import dataset
from tests.ledger.vouchers import CLERK

pytestmark = pytest.mark.slow

SCOPES = {
    "songjiang": "office:310117",
    "editor": "graph",
    "jinhua": "office:330700",
    "suzhou": "office:320500",
    "clearing": "settlement",
}
PLACES = [("place:330700", "金华市"), ("place:320500", "苏州市")]
CHERY = "奇瑞汽车股份有限公司"
REPORT = {
    "enterprise": "甲公司",
    "center": "center:jinhua",
    "year": 2025,
    "staff": 64,
    "tax_10k_cny": 55.5,
    "why": "年报",
}


@dataclass(frozen=True)
class World:
    """A server whose graph was loaded from files, the file of decisions, and keys `key-NAME`."""

    app: FastAPI
    client: TestClient
    file: Path

    def post(self, path: str, body: dict[str, Any], key: str = "editor") -> Any:
        headers = {"Authorization": f"Bearer key-{key}"} if key else {}
        return self.client.post(f"/api/{path}?language=en", json=body, headers=headers)

    def facts(self, node_id: str) -> dict[str, Any]:
        found = self.client.get(f"/api/nodes/{node_id}").json()
        return {**found["node"]["properties"]}

    def trail(self) -> list[tuple[str, str, str]]:
        return [(one.kind, one.actor, one.subject) for one in self.app.state.ledger.entries()]


@pytest.fixture
def world(loaded: Path, tmp_path: Path) -> Iterator[World]:
    """For tests that write."""
    with _world(copytree(loaded, tmp_path / "world")) as made:
        yield made


@pytest.fixture(scope="module")
def still(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """For tests that leave it as it is."""
    with _world(copytree(loaded, tmp_path_factory.mktemp("still") / "world")) as made:
        yield made


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a graph, its claims and the two lists that it was loaded from; only copied, the lists read where they are."""
    return _loaded(tmp_path_factory.mktemp("loaded"))


def _loaded(made: Path) -> Path:
    folder = dataset(
        made / "1",
        enterprises=[
            {"id": "enterprise:a", "name_zh": "甲公司"},
            {"id": "enterprise:p", "name_zh": CHERY},
            {"id": "enterprise:left", "name_zh": "迁出公司"},
        ],
        places=[{"id": one, "name_zh": name, "level": "prefecture"} for one, name in PLACES],
        centers=[{"id": "center:jinhua", "name_zh": "金华中心", "floor_area_m2": "5000"}],
        sent_by=[{"from_id": "center:jinhua", "to_id": "place:330700"}],
        resident_of=[
            {"from_id": "enterprise:a", "to_id": "center:jinhua", "resident_status": "resident"},
            {"from_id": "enterprise:p", "to_id": "center:jinhua", "resident_status": "intends"},
            {
                "from_id": "enterprise:left",
                "to_id": "center:jinhua",
                "resident_status": "resident",
                "valid_to": "2024-06-30",
            },
        ],
    )
    other = dataset(made / "2", enterprises=[{"id": "enterprise:q", "name_zh": CHERY}])
    home = made / "home"
    with closing(open_store(f"ladybug://{made / 'graph.lbug'}", buffer_pool_mib=128)) as store:
        load(datasets_at([folder, other]), store, Settings(home, home / "decisions.csv"))
    return made


@contextmanager
def _world(folder: Path) -> Iterator[World]:
    store, home = open_store(f"ladybug://{folder / 'graph.lbug'}", buffer_pool_mib=128), folder / "home"
    app = create_app(store, home)
    for name, scope in SCOPES.items():
        app.state.ledger.book(MakeKey(name=name, scopes=[scope], hash=hash_of_key(f"key-{name}")), CLERK)
    yield World(app, client_of(app), home / "decisions.csv")
    app.state.ledger.close()
    store.close()


CORRECTION = {"thing": "enterprise:a", "property": "employees", "value": "1000", "why": "年报 2025"}


def test_a_correction_is_in_the_file_the_graph_and_the_trail_and_is_taken_back(world: World) -> None:
    answer = world.post("decisions/correct", CORRECTION)

    assert answer.status_code == 200, answer.text
    said = answer.json()
    [kept] = read_decisions(world.file)
    assert (kept.id, kept.who, kept.value) == (said["decision"], "key:editor", "1000")
    assert world.facts("enterprise:a")["employees"] == 1000
    assert world.trail()[0] == ("decide", "key:editor", "enterprise:a")

    assert world.post("decisions/withdraw", {"decision": kept.id, "why": "错"}, "suzhou").status_code == 403
    assert world.post("decisions/withdraw", {"decision": kept.id, "why": "错"}).status_code == 200
    assert "employees" not in world.facts("enterprise:a")
    assert read_decisions(world.file)[0].withdrawn.startswith("key:editor ")
    world.app.state.ledger.check()


def test_a_pair_is_joined_and_taken_apart_again(world: World) -> None:
    [pair] = world.client.get("/api/review").json()["pairs"]
    assert world.post("decisions/pair", {"pair": pair["id"], "verdict": "same", "why": "同一家"}).status_code == 200
    assert world.client.get("/api/review").json()["pairs"] == []
    [join] = world.client.get("/api/nodes/enterprise:p/claims").json()["joins"]
    assert world.post("decisions/pair", {"pair": join["id"], "verdict": "different", "why": "两家"}).status_code == 200
    assert world.client.get("/api/nodes/enterprise:p/claims").json()["joins"] == []
    assert [one.verdict for one in read_decisions(world.file)] == ["same", "different"]


def test_an_office_writes_the_reports_of_its_own_centres_and_the_later_counts(world: World) -> None:
    assert world.post("reports", REPORT, "jinhua").status_code == 200
    answer = world.post("reports", {**REPORT, "staff": 70}, "jinhua")
    assert answer.status_code == 200, answer.text

    of_before = world.post("reports", {**REPORT, "enterprise": "迁出公司", "year": 2024}, "jinhua")
    assert of_before.status_code == 200, of_before.text
    decision = answer.json()["decision"]
    [line] = [one for one in read_decisions(world.file) if one.id == decision]
    assert (line.subject, line.object, line.property) == ("enterprise:a", "center:jinhua", "2025")
    tracked = world.client.get("/api/ask/tracking?center=center:jinhua&by=resident").json()
    assert "甲公司" in str(tracked["rows"])
    nodes = world.client.get("/api/subgraph/enterprise:a").json()["nodes"]
    [found] = [one for one in nodes if one["label"] == "Report"]
    assert (found["properties"]["staff"], found["properties"]["tax_10k_cny"], found["properties"]["year"]) == (
        70,
        55.5,
        2025,
    )


@pytest.mark.parametrize(
    ("path", "body", "key", "status"),
    [
        ("decisions/correct", CORRECTION, "", 401),
        ("decisions/correct", CORRECTION, "nobody", 401),
        ("decisions/correct", CORRECTION, "jinhua", 403),
        ("decisions/correct", {**CORRECTION, "property": "colour"}, "editor", 422),
        ("decisions/correct", {**CORRECTION, "value": "many"}, "editor", 422),
        ("decisions/correct", {**CORRECTION, "value": "-1"}, "editor", 422),
        ("decisions/correct", {**CORRECTION, "thing": "enterprise:none"}, "editor", 404),
        ("decisions/correct", {**CORRECTION, "why": " "}, "editor", 422),
        ("decisions/correct", {**CORRECTION, "why": "a\0b"}, "editor", 422),
        ("decisions/correct", {**CORRECTION, "scopes": ["graph"]}, "editor", 422),
        ("decisions/pair", {"pair": "none", "verdict": "same", "why": "x"}, "editor", 422),
        ("decisions/pair", {"pair": "none", "verdict": "correct", "why": "x"}, "editor", 422),
        ("decisions/withdraw", {"decision": "none", "why": "x"}, "editor", 422),
        ("reports", REPORT, "suzhou", 403),
        ("reports", REPORT, "editor", 403),
        ("reports", REPORT, "clearing", 403),
        ("reports", {**REPORT, "center": "center:none"}, "jinhua", 404),
        ("reports", {**REPORT, "enterprise": "center:jinhua"}, "jinhua", 422),
        ("reports", {**REPORT, "staff": -1}, "jinhua", 422),
        ("reports", {**REPORT, "staff": 1.5}, "jinhua", 422),
        ("reports", {**REPORT, "quarter": 5}, "jinhua", 422),
        ("reports", {**REPORT, "colour": 5}, "jinhua", 422),
        (
            "reports",
            {name: value for name, value in REPORT.items() if name not in ("staff", "tax_10k_cny")},
            "jinhua",
            422,
        ),
    ],
)
def test_what_is_refused_leaves_file_graph_and_trail_as_they_were(
    still: World, path: str, body: dict[str, Any], key: str, status: int
) -> None:
    before = still.app.state.store.run_id(), still.trail()
    answer = still.post(path, body, key)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["message"]
    assert read_decisions(still.file) == []
    assert (still.app.state.store.run_id(), still.trail()) == before


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        *(("reports", REPORT, name) for name in ("staff", "tax_10k_cny")),
        ("picture", {"ids": ["enterprise:a"]}, "positions.enterprise:a.0"),
        ("picture", {"ids": ["enterprise:a"]}, "lanes.0.from"),
    ],
)
def test_a_number_that_is_none_is_refused_with_its_field(
    still: World, path: str, body: dict[str, Any], field: str, number: str
) -> None:
    given: dict[str, Any] = {
        "positions.enterprise:a.0": {"positions": {"enterprise:a": ["?", 1]}},
        "lanes.0.from": {"lanes": [{"from": "?", "to": 1}]},
    }
    text = json.dumps({**body, **given.get(field, {field: "?"})}).replace('"?"', number)
    headers = {"Authorization": "Bearer key-jinhua", "Content-Type": "application/json"}
    answer = still.client.post(f"/api/{path}?language=en", content=text, headers=headers)
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]["field"] == field


@pytest.mark.parametrize("one", questions(), ids=lambda one: one.name)
def test_no_parameter_takes_a_number_that_is_none(one: Question) -> None:
    for name, info in one.parameters.model_fields.items():
        if "float" not in str(info.annotation) + str(info.metadata):
            continue
        for value in (math.nan, math.inf, -math.inf, "NaN", "1e400"):
            with pytest.raises(ValidationError) as refused:
                one.parameters.model_validate({name: value})
            assert name in {found["loc"][0] for found in refused.value.errors()}, name


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"year": 2099}, "2099: not over on "),
        ({"year": 2099, "quarter": 1}, "2099Q1: not over on "),
        ({"enterprise": "enterprise:p"}, "was no resident of this centre"),
        ({"enterprise": "enterprise:left"}, "had left it before"),
        ({"enterprise": "enterprise:left", "year": 2024, "quarter": 3}, "had left it before"),
        ({"rnd_staff": 2000, "staff": 10}, "rnd_staff=2000 is more than staff=10"),
        ({"main_area_m2": 4000, "other_area_m2": 2000}, "= 6000 is more than floor_area_m2 = 5000"),
        ({"main_area_m2": 1e15}, "main_area_m2 = 1e+15: it has to be at most"),
        ({"staff": 10**300}, "staff = 10^300: it has to be"),
        ({"staff": 1.5}, "staff = 1.5: it has to be a whole number"),
        ({"staff": -1}, "staff = -1: it has to be at least 0"),
        ({"staff": True}, "staff = true: it has to be a number"),
        ({"staff": "12"}, "staff: it has to be a number"),
        ({"year": True}, "year = true: it has to be a whole number"),
    ],
)
def test_a_report_that_cannot_be_says_field_value_and_what_is_allowed(
    still: World, given: dict[str, Any], said: str
) -> None:
    answer = still.post("reports", {**REPORT, **given}, "jinhua")
    message = answer.json()["error"]["message"]
    assert answer.status_code == 422 and said in message, message
    assert len(message) < 250 and "name_zh" not in message and "{" not in message
    assert read_decisions(still.file) == []


@pytest.mark.parametrize("body", ["{", "[]", "1", "null", '"x"', '{"why": 1}', '{"staff": "many"}', '{"quarter": 9}'])
@pytest.mark.parametrize("path", ["reports", "decisions/pair", "ledger/issue"])
def test_a_body_that_is_none_is_refused_in_one_language(still: World, path: str, body: str) -> None:
    headers = {"Authorization": "Bearer key-jinhua", "Content-Type": "application/json"}
    answer = still.client.post(f"/api/{path}?language=zh", content=body, headers=headers)
    message = answer.json()["error"]["message"]
    assert answer.status_code == 422, message
    assert not re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", message) and "body" not in message, message
    assert answer.json()["error"]["field"] != "1"


def test_no_refusal_shows_a_path_of_the_server(still: World) -> None:
    message = still.post("decisions/withdraw", {"decision": "none", "why": "x"}).json()["error"]["message"]
    assert "none" in message and ".csv" not in message and str(still.file.parent) not in message


def test_a_revoked_key_writes_nothing(still: World) -> None:
    for asked in (
        MakeKey(name="gone", scopes=["graph"], hash=hash_of_key("key-gone")),
        Revoke(name="gone", why="left"),
    ):
        still.app.state.ledger.book(asked, CLERK)
    assert still.post("decisions/correct", CORRECTION, "gone").status_code == 401
    assert read_decisions(still.file) == []


def test_a_load_that_fails_or_a_ledger_that_is_away_leaves_nothing_in_the_file(tmp_path: Path) -> None:
    with _world(_loaded(tmp_path)) as world:
        with FileLock(world.file.parent / "load.lock"):
            assert world.post("decisions/correct", CORRECTION).status_code == 503
        assert (read_decisions(world.file), world.trail()[0][0]) == ([], "key")
        (tmp_path / "2" / "enterprises.csv").unlink()
        assert world.post("decisions/correct", CORRECTION).status_code >= 400
        assert (read_decisions(world.file), world.trail()[0][0]) == ([], "key")


def test_pages_say_that_they_are_read_only_without_a_key_and_hold_none(still: World) -> None:
    for path in ("/explain/enterprise:a", "/review", "/nodes/center:jinhua", "/vouchers"):
        page = still.client.get(f"{path}?language=en").text
        assert 'class="asking writing" method="post"' in page, path
        assert "Needs " in page and "key-" not in page
        assert re.search(r"<button type=\"submit\" disabled>", page)
    assert "Nobody has decided anything yet" in still.client.get("/decisions?language=en").text


@pytest.mark.browser
def test_a_correction_is_written_from_its_page_with_a_key_that_no_address_has(
    world: World, browser_page: Watched
) -> None:
    with served(world.app) as address:
        page = browser_page.open(f"{address}/explain/enterprise:a")
        form = page.locator("form.writing").last
        form.locator("[name=property]").select_option("employees")
        form.locator("[name=value]").fill("1000")
        form.locator("[name=why]").fill("<b>年报</b>")
        form.locator("button").click()
        assert "没有密钥" in form.locator(".told").inner_text()
        form.locator(".key").fill("key-jinhua")
        form.locator("button").click()
        page.wait_for_selector(".told.problem")
        assert "graph" in form.locator(".told").inner_text() and read_decisions(world.file) == []
        form.locator(".key").fill("key-editor")
        form.locator("button").click()
        form.locator(".told a").click(timeout=120_000)
        page.wait_for_url("**/decisions")
        assert "<b>年报</b>" in page.inner_text("main") and "key:editor" in page.inner_text("main")
        assert page.locator("form.writing .key").input_value() == "key-editor"  # kept in this tab
        assert page.context.cookies() == []
        other = page.context.new_page()
        other.goto(f"{address}/decisions")
        assert other.locator("form.writing .key").input_value() == ""
    assert not [url for url in browser_page.requests if "key-" in url]
    refused = [one for one in browser_page.complaints if "403" not in one]
    assert refused == []


@pytest.mark.browser
def test_a_report_is_written_from_its_centres_page(world: World, browser_page: Watched) -> None:
    with served(world.app) as address:
        page = browser_page.open(f"{address}/nodes/center:jinhua")
        form = page.locator("form.writing")
        for name, value in (("enterprise", "甲公司"), ("year", "2025"), ("staff", "64"), ("why", "年报")):
            form.locator(f"[name={name}]").fill(value)
        form.locator(".key").fill("key-jinhua")
        form.locator("button").click()
        form.locator(".told a").wait_for(timeout=120_000)
    [kept] = read_decisions(world.file)
    assert (kept.subject, kept.property, '"staff": 64' in kept.value) == ("enterprise:a", "2025", True)
    assert browser_page.complaints == []


def _written(form: Locator, key: str, **values: str) -> str:
    """What a form says when its fields are filled in and it is sent."""
    for name, value in values.items():
        field = form.locator(f"[name={name}]")
        field.select_option(value) if field.evaluate("field => field.tagName") == "SELECT" else field.fill(value)
    form.locator(".key").fill(f"key-{key}")
    form.locator("button").click()
    form.locator(".told a, .told.problem").first.wait_for(timeout=60_000)
    return form.locator(".told").inner_text()


@pytest.mark.browser
def test_a_voucher_is_issued_redeemed_and_settled_from_the_pages(still: World, browser_page: Watched) -> None:
    still.app.state.ledger.book(SetBudget(office="place:310117", year=2026, amount_fen=10**9, why="plan"), CLERK)
    with served(still.app) as address:
        page = browser_page.open(f"{address}/vouchers")
        issue = page.locator("form.writing[action='/api/ledger/issue']")
        asked = {
            "office": "place:310117", "holder": "enterprise:a", "holder_place": "place:310117", "mode": "tongdui",
            "amount_fen": "24,000.05", "rules": "delta-2021", "valid_from": "2026-04-01",
        }  # fmt: skip
        assert "office:310117" in _written(issue, "jinhua", **asked)
        assert "已写入" in _written(issue, "songjiang")
        issue.locator(".told a").click()
        page.wait_for_url("**/vouchers/v310117-*")
        redeem = page.locator("form.writing[action='/api/ledger/redeem']")
        paid = {
            "institution": "enterprise:b", "institution_place": "place:330400", "service": "testing", "contract_fen": "48001",
            "contract_on": "2026-05-01", "amount_fen": "24000.06", "redeemed_on": "2026-06-01",
        }  # fmt: skip
        assert "24,000.05" in _written(redeem, "songjiang", **paid)  # more than its face
        assert "已写入" in _written(redeem, "songjiang", amount_fen="24000.05")
        page = browser_page.open(f"{address}/vouchers/{page.url.rpartition('/')[2]}")
        assert page.locator("form.writing").count() == 0 and "24,000.05" in page.inner_text("main")
        page = browser_page.open(f"{address}/settlement")
        close = page.locator("form.writing[action='/api/ledger/close']")
        assert "settlement" in _written(close, "songjiang") and "已写入" in _written(close, "clearing")
    [closed] = still.app.state.ledger.periods()
    [voucher] = still.app.state.ledger.vouchers()
    assert (closed.period, voucher.amount_fen, voucher.paid_fen) == ("2026Q2", 2_400_005, 2_400_005)
    still.app.state.ledger.check()
