"""The ledger as programs, readers and people at a terminal meet it: keys, refusals, pages, tables, commands."""

import re
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from openpyxl import Workbook
from typer.testing import CliRunner, Result

from api.app import create_app
from api.cli import commands
from api.keys import Pace, hash_of_key
from api.terminal import opened
from graph.errors import CorridorError, LedgerBroken, TooOften, UsageError
from graph.store import GraphStore
from graph.texts import Language
from ledger.ledger import Ledger
from ledger.requests import SAMPLE, Issue, MakeKey, Redeem, Revoke, SetBudget
from tests.api.conftest import client_of
from tests.api.test_languages import OTHER
from tests.graphs import Item, graph_of
from tests.ledger.test_rules import SHIPPED
from tests.ledger.vouchers import CLERK, JIAXING, SONGJIANG

pytestmark = pytest.mark.slow

KEYS = {name: f"corridor_{name}" for name in ("songjiang", "jiaxing", "clearing", "reader")}
SCOPES = {"songjiang": "office:310117", "jiaxing": "office:330400", "clearing": "settlement", "reader": "read"}
ISSUE: dict[str, Any] = {
    "office": SONGJIANG, "holder": "enterprise:a", "holder_name": "<b>甲</b>", "holder_place": SONGJIANG, "mode": "通兑",
    "amount_fen": 2_400_000, "rules": "delta-2021", "valid_from": "2026-04-01",
}  # fmt: skip
REDEEM: dict[str, Any] = {
    "institution": "enterprise:b", "institution_place": JIAXING, "service": "testing", "contract_fen": 4_800_000,
    "contract_on": "2026-05-01", "amount_fen": 2_400_000, "redeemed_on": "2026-06-01",
}  # fmt: skip


@pytest.fixture(scope="module")
def graph(one_store: GraphStore) -> GraphStore:
    """A graph whose enterprises b and c belong together; only read."""
    nodes: list[str | Item] = [
        "enterprise:a",
        "enterprise:b",
        "enterprise:c",
        {"id": SONGJIANG, "name_zh": "松江区", "name_en": "Songjiang"},
    ]
    return graph_of(one_store, nodes, [("OWNS", "enterprise:b", "enterprise:c")])


@pytest.fixture
def client(graph: GraphStore, tmp_path: Path) -> Iterator[TestClient]:
    """A server with keys and a budget."""
    app = create_app(graph, tmp_path)
    for name, token in KEYS.items():
        app.state.ledger.book(MakeKey(name=name, scopes=[SCOPES[name]], hash=hash_of_key(token)), CLERK)
    app.state.ledger.book(SetBudget(office=SONGJIANG, year=2026, amount_fen=10**10, why="plan"), CLERK)
    yield client_of(app)
    app.state.ledger.close()


def ledger_of(client: TestClient) -> Ledger:
    found: Ledger = client.app.state.ledger  # type: ignore[attr-defined]
    return found


def post(client: TestClient, act: str, body: dict[str, Any], key: str = "songjiang") -> Any:
    headers = {"Authorization": f"Bearer {KEYS.get(key, key)}"} if key else {}
    return client.post(f"/api/ledger/{act}?language=en", json=body, headers=headers)


def issued(client: TestClient, **more: Any) -> str:
    answer = post(client, "issue", {**ISSUE, **more})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["subject"])


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_who_has_a_key_issues_redeems_and_settles(client: TestClient) -> None:
    voucher = issued(client)
    paid = post(client, "redeem", {**REDEEM, "voucher": voucher}, key="jiaxing")
    assert paid.status_code == 200
    assert client.get("/api/settlement/2026Q2").json()["is_closed"] is False
    closed = post(client, "close", {"period": "2026Q2"}, key="clearing")
    assert closed.json()["subject"] == "2026Q2"
    found = client.get("/api/settlement/2026Q2").json()
    debt = {"debtor": "place:310000", "creditor": "place:330000", "amount_fen": 2_400_000}
    assert (found["is_closed"], found["owed"], found["payments"]) == (True, [debt], [debt])
    entries = client.get(f"/api/vouchers/{voucher}").json()["entries"]
    assert [(entry["kind"], entry["actor"]) for entry in entries] == [
        ("issue", "key:songjiang"),
        ("redeem", "key:jiaxing"),
    ]
    assert client.get("/api/ledger/entries?limit=1").json()[0]["actor"] == "key:clearing"
    assert client.get("/api/settlement").json() == ["2026Q2"]


def test_what_is_refused_says_why_in_the_one_shape(client: TestClient) -> None:
    voucher = issued(client)
    redeemed = {**REDEEM, "voucher": voucher}
    assert problem(post(client, "issue", ISSUE, key="")) == (401, "NoKey")
    assert problem(post(client, "issue", ISSUE, key="corridor_none")) == (401, "NoKey")
    assert problem(post(client, "issue", ISSUE, key="jiaxing")) == (403, "NotAllowed")
    assert problem(post(client, "issue", ISSUE, key="reader")) == (403, "NotAllowed")
    assert problem(post(client, "close", {"period": "2026Q2"})) == (403, "NotAllowed")
    assert problem(post(client, "issue", {**ISSUE, "amount_fen": -1})) == (409, "amount")
    assert problem(post(client, "issue", {**ISSUE, "amount_fen": 1.5})) == (422, "BadArgument")
    assert problem(post(client, "issue", {**ISSUE, "colour": "red"})) == (422, "BadArgument")
    assert problem(post(client, "issue", {**ISSUE, "rules": "shanghai"})) == (422, "UnknownName")
    assert problem(post(client, "redeem", {**redeemed, "voucher": "v0"})) == (404, "unknown_voucher")
    assert problem(client.get("/api/vouchers/v0")) == (404, "unknown_voucher")
    assert problem(client.get("/api/settlement/2020")) == (404, "no_period")
    assert post(client, "redeem", redeemed).status_code == 200
    assert problem(post(client, "redeem", redeemed)) == (409, "already_redeemed")
    assert problem(client.get("/api/ledger/issue")) == (405, "METHOD_NOT_ALLOWED")


def test_a_request_sent_again_pays_nothing_twice(client: TestClient) -> None:
    asked = {**ISSUE, "request": "order 7"}
    first = post(client, "issue", asked).json()
    assert post(client, "issue", asked).json() == first
    assert problem(post(client, "issue", {**asked, "amount_fen": 1})) == (409, "request_reused")
    assert len(client.get("/api/vouchers").json()) == 1


def test_a_key_that_is_taken_back_is_none(client: TestClient) -> None:
    ledger_of(client).book(Revoke(name="songjiang", why="left"), CLERK)
    assert problem(post(client, "issue", ISSUE)) == (401, "NoKey")


def test_a_key_is_kept_as_its_hash_alone(client: TestClient, tmp_path: Path) -> None:
    files = [path for path in tmp_path.iterdir() if path.name.startswith("ledger.sqlite")]
    assert files
    assert not any(token.encode() in path.read_bytes() for path in files for token in KEYS.values())


def test_who_asks_too_often_is_told_to_wait(client: TestClient) -> None:
    client.app.state.pace = Pace(0.001, 3)  # type: ignore[attr-defined]
    found = [post(client, "issue", {**ISSUE, "amount_fen": 1}).status_code for _ in range(5)]
    assert found == [200, 200, 200, 429, 429]
    assert problem(post(client, "close", {"period": "2026Q2"}, key="clearing")) == (404, "no_period")
    assert [post(client, "issue", ISSUE, key="guess").status_code for _ in range(5)] == [401, 401, 401, 429, 429]


def test_a_pace_comes_back_with_time() -> None:
    pace, end, passed = Pace(100, 1), time.monotonic() + 0.2, 0
    while time.monotonic() < end:  # Who hammers is let through as often as everybody.
        with suppress(TooOften):
            pace.check("a")
            passed += 1
    assert 2 <= passed <= 22
    slow = Pace(1e-9, 1)
    slow.check("a")
    with pytest.raises(TooOften):
        slow.check("a")
    slow.check("b")


def test_firms_that_ownership_joins_are_related(client: TestClient) -> None:
    voucher = issued(client, holder="enterprise:c")
    answer = post(client, "redeem", {**REDEEM, "voucher": voucher})
    assert problem(answer) == (409, "related")
    assert "OWNS" in answer.json()["error"]["message"]
    assert post(client, "redeem", {**REDEEM, "voucher": voucher, "institution": "enterprise:a"}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/api/vouchers", "/api/ledger/entries", "/api/settlement", "/vouchers", "/settlement"]
)
def test_without_a_ledger_reading_says_what_to_do(ladybug_store: GraphStore, tmp_path: Path, path: str) -> None:
    client = client_of(create_app(graph_of(ladybug_store), tmp_path / "home"))
    answer = client.get(path, headers={"Accept-Language": "en"})
    assert answer.status_code == (503 if path.startswith("/api/") else 200)
    assert "corridor ledger upgrade" in answer.text
    assert post(client, "issue", ISSUE).status_code == 503
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    "path", ["/api/vouchers", "/api/ledger/entries", "/api/settlement/2026Q2", "/vouchers", "/settlement"]
)
def test_reading_takes_a_key_where_it_is_set(client: TestClient, path: str) -> None:
    issued(client)
    assert client.get(path).status_code in (200, 404)
    client.app.state.read_with_key = True  # type: ignore[attr-defined]
    without = client.get(path)
    assert without.status_code == 401 and without.headers["www-authenticate"].startswith("Basic ")
    typed = b64encode(f"me:{KEYS['reader']}".encode()).decode()
    for header in (f"Bearer {KEYS['reader']}", f"Basic {typed}"):
        assert client.get(path, headers={"Authorization": header}).status_code in (200, 404)
    for wrong in (
        "Basic !",
        "Basic",
        "Bearer",
        "Bearer x",
        f"Digest {KEYS['reader']}",
        "Basic " + b64encode(b"\xff").decode(),
    ):
        assert client.get(path, headers={"Authorization": wrong}).status_code == 401


def test_a_browser_that_sends_its_password_by_itself_cannot_write(client: TestClient) -> None:
    typed = b64encode(f"me:{KEYS['songjiang']}".encode()).decode()
    answer = client.post("/api/ledger/issue", json=ISSUE, headers={"Authorization": f"Basic {typed}"})
    assert problem(answer) == (401, "NoKey")


# --- pages -----------------------------------------------------------------------------------------------------------


def seen(client: TestClient, path: str, language: str = "en") -> str:
    answer = client.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    assert "{" not in answer.text.partition("<main>")[2].partition("</main>")[0]
    return answer.text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_of_an_empty_ledger_say_why(client: TestClient, language: str) -> None:
    for path in ("/vouchers", "/settlement"):
        assert OTHER[Language(language)].search(spoken(seen(client, path, language))) is None
    assert "corridor voucher budget" not in seen(client, "/vouchers", language)
    assert {"zh": "还没有创新券", "en": "no vouchers yet"}[language] in seen(client, "/vouchers", language)
    assert {"zh": "没有可结算的", "en": "nothing to settle"}[language] in seen(client, "/settlement", language)


def test_vouchers_are_shown_by_page_and_by_what_is_asked_for(client: TestClient) -> None:
    asked = [Issue(**{**ISSUE, "holder": f"firm-{number:03}", "holder_name": ""}) for number in range(120)]
    ledger_of(client).book_all([(one, CLERK) for one in asked])
    first, last = seen(client, "/vouchers"), seen(client, "/vouchers?page=3")
    assert "firm-119" in first and "firm-069" not in first and "page 1 of 3" in first
    assert "firm-000" in last and "firm-020" not in last
    assert 'href="/vouchers?status=issued&amp;page=2"' in seen(client, "/vouchers?status=issued")
    assert 'href="/vouchers?page=2"' in last and 'href="/vouchers?page=4"' not in last
    found = seen(client, "/vouchers?text=firm-01&status=issued")
    assert len(re.findall(r"firm-01\d", found)) == 10 and "firm-02" not in found
    assert "No voucher is like that" in seen(client, "/vouchers?text=100%25")
    assert client.get("/vouchers?page=0").status_code == 422


def test_a_page_shows_what_data_hold_as_text(client: TestClient) -> None:
    voucher = issued(client, holder="firm", holder_name="<b>甲</b>")
    for path in ("/vouchers", f"/vouchers/{voucher}"):
        page = seen(client, path)
        assert re.search("&lt;b&gt;(<span[^>]*>)?甲", page) and "<b>" not in page.partition("<main")[2]
    assert client.get("/vouchers/v0").status_code == 404


def test_a_page_shows_ones_own_rules_too(client: TestClient, tmp_path: Path) -> None:
    text = (SHIPPED / "voucher-shanghai-2.yaml").read_text(encoding="utf-8")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "voucher-own.yaml").write_text(
        text.replace("the newer rule", "our own rule"), encoding="utf-8"
    )
    assert "our own rule" in seen(client, "/vouchers")
    assert issued(client, rules="delta-2021") in seen(client, "/vouchers")


def test_the_page_of_a_voucher_says_its_rules_and_its_service_in_words(client: TestClient, tmp_path: Path) -> None:
    text = (SHIPPED / "voucher-delta-2021.yaml").read_text(encoding="utf-8")
    (tmp_path / "rules").mkdir()
    own = tmp_path / "rules" / "voucher-own.yaml"
    own.write_text(text.replace("The pilot of", "Our own"), encoding="utf-8")
    voucher = issued(client, rules="own")
    assert post(client, "redeem", {**REDEEM, "voucher": voucher}).status_code == 200
    page = seen(client, f"/vouchers/{voucher}")
    assert "Our own vouchers" in page and "testing and inspection" in page
    own.unlink()
    assert ">testing<" in seen(client, f"/vouchers/{voucher}")


def test_a_settlement_has_its_payments_its_picture_and_a_statement(client: TestClient) -> None:
    post(client, "redeem", {**REDEEM, "voucher": issued(client)})
    page = seen(client, "/settlement")
    assert "24,000.00" in page and "<svg" in page and "preview" in page and "48,000.00" in page
    assert "holders&#39; places" in page
    post(client, "close", {"period": "2026Q2"}, key="clearing")
    statement = seen(client, "/settlement/2026Q2/statement", "zh")
    last = client.get("/api/ledger/entries?limit=1").json()[0]
    assert "已关账" in statement and last["hash"] in statement and "key:clearing" in statement
    assert client.get("/settlement/2020/statement").status_code == 404


def test_every_page_of_an_invented_ledger_says_so_and_none_of_another(client: TestClient, tmp_path: Path) -> None:
    sample = create_app(client.app.state.store, tmp_path, ledger_url="sample")  # type: ignore[attr-defined]
    sample.state.ledger.book(SetBudget(office=SONGJIANG, year=2026, amount_fen=10**10, why="plan"), SAMPLE)
    both = []
    for asking, actor in ((client, CLERK), (client_of(sample), SAMPLE)):
        ledger = ledger_of(asking)
        made = ledger.book(Issue(**ISSUE), actor).subject
        ledger.book(Redeem(voucher=made, **REDEEM), actor)
        paths = ("/vouchers", f"/vouchers/{made}", "/settlement", "/settlement/2026Q2/statement")
        both.append([(path, seen(asking, path)) for path in paths])
    ledger.close()
    for (path, own), (_, invented) in zip(*both, strict=True):
        headings = re.findall("<h[12][^>]*>(.*?)</h[12]>", invented.partition("<main>")[2], re.DOTALL)
        marked = [one for one in headings if one.startswith("Sample · ")]
        assert "Sample" not in own and "everything in this ledger is invented" in invented, path
        assert len(marked) > 1 and set(headings) - set(marked) <= {"Rules", "More"}, (path, headings)


# --- commands --------------------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that commands keep their ledger in."""
    monkeypatch.setenv("CORRIDOR_HOME", str(tmp_path))
    monkeypatch.setenv("CORRIDOR_LANGUAGE", "en")
    return tmp_path


def spoken(page: str) -> str:
    """What a page says besides its tables of rules, whose ids are English."""
    return re.sub(r"<[^>]*>", "\n", page.partition("<main>")[2].partition("</main>")[0])


def run(*arguments: object) -> Result:
    return CliRunner().invoke(commands, [str(one) for one in arguments])


def did(*arguments: object) -> str:
    done = run(*arguments)
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


def options(values: dict[str, Any]) -> list[str]:
    return [part for name, value in values.items() for part in (f"--{name.replace('_', '-')}", str(value))]


def test_commands_carry_a_voucher_from_budget_to_statement(home: Path, tmp_path: Path) -> None:
    did("ledger", "upgrade")
    did("voucher", "budget", *options({"office": SONGJIANG, "year": 2026, "amount_fen": 10**10, "why": "plan"}))
    made = run("voucher", "issue", *options({**ISSUE, "holder": "firm"})).stdout.strip()
    did("voucher", "redeem", "--voucher", made, *options(REDEEM))
    assert made in did("voucher", "list") and "24,000.00" in did("voucher", "list", "--status", "redeemed")
    assert made in did("voucher", "list", "--csv") and "redeem" in did("voucher", "show", made)
    assert "24,000.00" in did("settle", "preview", "2026Q2")
    assert run("settle", "show", "2026Q2").exit_code == 1
    did("settle", "close", "--period", "2026Q2")
    assert "closed by entry 4" in did("settle", "show", "2026Q2")
    did("settle", "export", "2026Q2", "--out", tmp_path / "statement.json")
    assert '"residual_fen": 2400000' in (tmp_path / "statement.json").read_text()
    assert "4 entries" in did("ledger", "check")
    [noted] = re.findall("[0-9a-f]{64}", did("ledger", "check").replace("\n", ""))
    did("voucher", "budget", *options({"office": JIAXING, "year": 2026, "amount_fen": 10, "why": "plan"}))
    assert "1 entry came after" in " ".join(did("ledger", "check", "--expect", noted).split())
    assert isinstance(run("ledger", "check", "--expect", noted[::-1]).exception, LedgerBroken)
    named = run("voucher", "budget", *options({"office": "松江区", "year": 2026, "amount_fen": 10, "why": "plan"}))
    assert "as place:310117" in str(named.exception) and "^" not in str(named.exception)
    did("ledger", "export", tmp_path / "audit")
    assert len((tmp_path / "audit" / "ledger.csv").read_text().splitlines()) == 6


def test_a_voucher_at_the_terminal_is_in_words_and_yuan_and_all_are_counted(home: Path) -> None:
    did("voucher", "budget", *options({"office": SONGJIANG, "year": 2026, "amount_fen": 10**10, "why": "plan"}))
    first, *_ = (run("voucher", "issue", *options({**ISSUE, "holder": f"firm-{n}"})).stdout.strip() for n in range(3))
    did("voucher", "redeem", "--voucher", first, *options({**REDEEM, "amount_fen": 10_000, "contract_fen": 20_000}))
    shown = did("voucher", "show", first)
    for said in ("institution repaid", "redeemed", "24,000.00", "100.00", "松江区", "firm"):
        assert said in shown.partition("Entries")[0], said
    assert "tongdui" not in shown.partition("Entries")[0]
    for arguments in ([], ["--csv"]):
        done = run("voucher", "list", "--limit", 2, *arguments)
        assert "The first 2 of 3 rows are shown" in done.stderr
    assert "Vouchers (3)" in did("voucher", "list", "--limit", 2) and "shown" not in did("voucher", "list")


def test_a_backup_that_cannot_be_written_names_the_backup(home: Path, tmp_path: Path) -> None:
    did("ledger", "upgrade")
    for target in (tmp_path / "none" / "copy.sqlite", tmp_path / "file" / "copy.sqlite"):
        (tmp_path / "file").write_text("")
        error = run("ledger", "backup", target).exception
        assert isinstance(error, UsageError) and str(target) in str(error)


@pytest.mark.parametrize(("act", "given", "said"), [
    ("issue", {"amount_fen": 1.5}, "amount in fen (amount_fen) = 1.5: "),
    ("issue", {"holder_place": "place:1"}, "holder's place (holder_place): "),
    ("issue", {"strange": 1}, "strange = 1: "),
])  # fmt: skip
def test_what_is_wrong_is_called_as_people_and_as_programs_call_it(
    client: TestClient, act: str, given: dict[str, Any], said: str
) -> None:
    error = post(client, act, {**ISSUE, **given}).json()["error"]
    assert error["message"].startswith(said) and error["field"] == next(iter(given))


def test_a_key_is_shown_once_listed_and_taken_back(home: Path) -> None:
    token = run("key", "create", "songjiang", "--scope", "office:310117").stdout.split()[-1]
    assert re.fullmatch("corridor_[0-9a-f]{64}", token)
    assert "office:310117" in did("key", "list") and token not in did("key", "list")
    did("key", "revoke", "songjiang", "--why", "left")
    for wrong in (["revoke", "songjiang", "--why", "left"], ["create", "songjiang", "--scope", "read"],
                  ["create", "b", "--scope", "all"], ["create", "B c", "--scope", "read"],
                  ["create", "c", "--scope", "office:999999"]):  # fmt: skip
        assert run("key", *wrong).exception


def write_csv(path: Path, rows: list[list[object]]) -> None:
    path.write_text("\n".join(",".join(map(str, row)) for row in rows) + "\n", encoding="utf-8")


def write_xlsx(path: Path, rows: list[list[object]]) -> None:
    book = Workbook()
    assert book.active
    for row in rows:
        book.active.append(row)
    book.save(path)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_table_is_booked_row_by_row_and_once(home: Path, tmp_path: Path, form: str) -> None:
    did("voucher", "budget", *options({"office": SONGJIANG, "year": 2026, "amount_fen": 10**10, "why": "plan"}))
    heads: list[object] = ["发券地", "holder", "holder_place", "mode", "amount_fen", "rules", "valid_from"]
    good: list[list[object]] = [
        [SONGJIANG, f"91310{n}", SONGJIANG, "通兑", 100 + n, "delta-2021", "2026-04-01"] for n in range(3)
    ]
    bad: list[list[object]] = [
        [SONGJIANG, "firm", SONGJIANG, "通兑", "1.5", "delta-2021", "2026-04-01"],
        [SONGJIANG, "firm", SONGJIANG, "通兑", "--5", "delta-2021", "2026-04-01"],
        [SONGJIANG, "firm", JIAXING, "通兑", 100, "delta-2021", "2026-04-01"],
        ["松江", "firm", SONGJIANG, "通兑", 100, "delta-2021", "2026-04-01"],
    ]
    file = tmp_path / f"vouchers.{form}"
    {"csv": write_csv, "xlsx": write_xlsx}[form](file, [heads, *good, *bad])
    for booked, before in ((3, ""), (0, f"3 rows had been booked before from a file named {file.name}")):
        done = run("voucher", "import", file, "--as", "issue")
        assert done.exit_code == 1 and f"{booked} rows booked, 4 refused" in done.output
        assert before in " ".join(done.output.split())
        assert all(f" {row} " in done.output for row in (5, 6, 7, 8))
        assert did("voucher", "list").count("91310") == 3
    mended: list[list[object]] = [[*row[:4], fen, *row[5:]] for row, fen in ((bad[0], 150), (good[0], 999))]
    {"csv": write_csv, "xlsx": write_xlsx}[form](file, [heads, mended[1], *good[1:], mended[0], *bad[1:]])
    done = run("voucher", "import", file, "--as", "issue")
    assert "1 row booked, 4 refused" in done.output and "2 rows had been booked before" in done.output
    assert " 2 " in done.output and "another file name" in " ".join(re.sub("[│┃]", " ", done.output).split())
    assert did("voucher", "list").count("91310") == 3
    write_csv(tmp_path / "other.csv", [["office", "colour"], [SONGJIANG, "red"]])
    assert "colour" in str(run("voucher", "import", tmp_path / "other.csv", "--as", "issue").exception)


HEADS: list[object] = ["发券地", "holder", "holder_place", "mode", "amount_fen", "rules", "valid_from"]


def voucher_row(holder: str, fen: object = 100) -> list[object]:
    return [SONGJIANG, holder, SONGJIANG, "通兑", fen, "delta-2021", "2026-04-01"]


@pytest.fixture
def promised(home: Path) -> Path:
    """A folder whose ledger has a budget."""
    did("voucher", "budget", *options({"office": SONGJIANG, "year": 2026, "amount_fen": 10**10, "why": "plan"}))
    return home


def imported(file: Path) -> Result:
    return run("voucher", "import", file, "--as", "issue")


def flat(done: Result) -> str:
    return " ".join(re.sub("[│┃]", " ", done.output).split())


def test_two_headings_for_one_field_are_both_named(promised: Path) -> None:
    write_csv(promised / "two.csv", [[*HEADS, "office"], [*voucher_row("a"), SONGJIANG]])
    error = imported(promised / "two.csv").exception
    assert isinstance(error, CorridorError) and "two.csv" in str(error)
    assert "发券地 and office" in str(error)
    assert run("voucher", "list", "--csv").stdout.count("\n") == 1


def test_a_row_that_repeats_a_request_is_counted_apart(promised: Path) -> None:
    rows = [[*voucher_row("a"), "r1"], [*voucher_row("a"), "r1"], [*voucher_row("b"), "r1"]]
    write_csv(promised / "again.csv", [[*HEADS, "request"], *rows])
    done = imported(promised / "again.csv")
    assert "1 row booked, 1 refused" in flat(done) and "1 repeated: row" in flat(done)


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> None:
    book = Workbook()
    assert book.active
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)


def test_a_refused_row_of_a_workbook_has_its_sheet_and_notes_are_left_out(promised: Path) -> None:
    file = promised / "all.xlsx"
    good = [voucher_row(f"f{number}") for number in range(1_001)]
    notes: list[list[object]] = [["填写说明"], ["列名请勿改动"]]
    workbook(file, {"说明": notes, "一月": [HEADS, *good], "二月": [HEADS, voucher_row("x", "y")], "附": notes})
    done = imported(file)
    assert done.exit_code == 1 and "1001 rows booked, 1 refused" in flat(done)
    assert "all.xlsx[说明]" in flat(done) and "all.xlsx[附]" in flat(done) and " 二月 2 " in flat(done)
    assert "(amount_fen)" in flat(done)


def test_a_sheet_with_a_strange_column_is_refused_before_anything_is_booked(promised: Path) -> None:
    file = promised / "late.xlsx"
    workbook(file, {"一月": [HEADS, voucher_row("a")], "二月": [[*HEADS, "colour"], [*voucher_row("b"), "red"]]})
    error = imported(file).exception
    assert "late.xlsx[二月]" in str(error) and "colour" in str(error) and "No row was booked" in str(error)
    assert run("voucher", "list", "--csv").stdout.count("\n") == 1
    workbook(file, {"说明": [["填写说明"], ["列名请勿改动"]]})
    assert "late.xlsx[说明]" in str(imported(file).exception)


@pytest.mark.parametrize("period", ["2026-13", "zz", "2026Q5"])
def test_what_is_no_period_is_said_everywhere(promised: Path, client: TestClient, period: str) -> None:
    for command in (
        ("settle", "preview", period),
        ("settle", "show", period),
        ("settle", "export", period, "--out", promised / "x.json"),
        ("settle", "close", "--period", period),
        ("voucher", "list", "--period", period),
    ):
        done = run(*command)
        assert done.exit_code and "2026Q2 (a quarter)" in str(done.exception), command
    for path in (f"/api/settlement/{period}", f"/api/vouchers?period={period}", f"/settlement?period={period}",
                 f"/settlement/{period}/statement", f"/vouchers?period={period}"):  # fmt: skip
        assert client.get(path).status_code == 422, path


def test_what_no_voucher_could_be_is_no_empty_answer(promised: Path, client: TestClient) -> None:
    for name in ("status", "office"):
        assert "zzz" in str(run("voucher", "list", f"--{name}", "zzz").exception)
    for name in ("status", "office", "mode"):
        assert client.get(f"/api/vouchers?{name}=zzz").status_code == 422
    paid = post(client, "redeem", {**REDEEM, "voucher": issued(client)}, key="jiaxing")
    assert paid.status_code == 200
    assert len(client.get("/api/vouchers?period=2026q2&mode=通兑&status=redeemed").json()) == 1
    assert client.get("/api/settlement/2026q2").json()["period"] == "2026Q2"


def test_a_field_is_named_as_in_the_template_too(promised: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORRIDOR_LANGUAGE", "zh")
    error = run("voucher", "issue", *options({**ISSUE, "amount_fen": 10**18})).exception
    assert isinstance(error, CorridorError) and "金额（分）（amount_fen）" in error.text.in_(Language.ZH)


def test_a_backup_has_what_a_plain_copy_lacks(promised: Path) -> None:
    ledger = Ledger(f"sqlite:///{promised / 'ledger.sqlite'}", lambda place: True)
    ledger.book(SetBudget(office=SONGJIANG, year=2027, amount_fen=5, why="plan"), CLERK)  # And stays open.
    did("ledger", "backup", promised / "copy.sqlite")
    ledger.close()
    assert [one.name for one in promised.glob("copy*")] == ["copy.sqlite"]
    copied = Ledger(f"sqlite:///{promised / 'copy.sqlite'}", lambda place: True)
    assert copied.check().number == 2
    copied.close()
    for wrong in ("copy.sqlite", "nowhere/copy.sqlite"):
        assert isinstance(run("ledger", "backup", promised / wrong).exception, CorridorError)
    assert "JSON" in did("settle", "export", "--help")
    assert "HTML" not in did("settle", "export", "--help")


def test_of_a_table_each_redemption_is_judged_by_its_own_two_firms(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORRIDOR_STORE", f"ladybug://{home / 'graph.lbug'}")
    firms = ["enterprise:a", "enterprise:b", "enterprise:joint"]
    with opened(None) as store:
        graph_of(store, firms, [("OWNS", firms[0], firms[2]), ("OWNS", firms[1], firms[2])])
    did("voucher", "budget", *options({"office": SONGJIANG, "year": 2026, "amount_fen": 10**10, "why": "plan"}))
    made = [run("voucher", "issue", *options({**ISSUE, "holder": one})).stdout.strip() for one in (firms[0], firms[2])]
    rows = [{**REDEEM, "voucher": one} for one in made]  # With institution b: that of a, and that of the firm of both.
    write_csv(home / "redeemed.csv", [[*rows[0]], *([*row.values()] for row in rows)])
    done = run("voucher", "import", home / "redeemed.csv", "--as", "redeem")
    assert done.exit_code == 1 and "1 row booked, 1 refused" in done.output
    assert made[0] in did("voucher", "list", "--status", "redeemed")


def test_the_check_says_at_which_entry_a_changed_file_breaks(home: Path) -> None:
    for year in (2026, 2027):
        did("voucher", "budget", *options({"office": SONGJIANG, "year": year, "amount_fen": 5, "why": "plan"}))
    engine = sa.create_engine(f"sqlite:///{home / 'ledger.sqlite'}")
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TRIGGER entries_no_update"))
        connection.execute(sa.text("UPDATE entries SET body = replace(body, '5', '6') WHERE number = 2"))
    engine.dispose()
    error = run("ledger", "check").exception
    assert isinstance(error, LedgerBroken) and "Entry 2" in str(error)


def test_a_bad_address_is_said_in_a_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORRIDOR_LEDGER", "mysql://me:secret@db/x")
    error = run("ledger", "check").exception
    assert isinstance(error, CorridorError) and "secret" not in str(error)
