"""The command line as a user meets it: what it prints, and how it ends."""

import csv
import io
import json
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import cast

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from api import terminal
from api.cli import app, commands
from api.settings import chosen_language
from graph.open_store import open_store
from graph.texts import Text
from tests.graphs import Edge, graph_of

CORRIDOR = [sys.executable, "-m", "api.cli"]
ROOT = Path(__file__).parent.parent.parent


def corridor(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The program as it is run by a user, in a process of its own."""
    return subprocess.run(
        [*CORRIDOR, *arguments], capture_output=True, text=True, cwd=cwd, check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "COLUMNS": "160", "LANG": "C.UTF-8"},
    )  # fmt: skip


def test_ask_lists_the_questions() -> None:
    listed = CliRunner().invoke(commands, ["ask"])
    assert listed.exit_code == 0
    assert all(name in listed.stdout for name in ("chains", "gaps", "key_technologies", "partners", "search", "routes"))


def test_a_question_is_answered_as_json_csv_and_table(bundled_url: str) -> None:
    run = CliRunner().invoke
    asked = ["ask", "gaps", "--chain", "集成电路", "--places", "苏州", "--limit", "3", "--store", bundled_url]
    answer = json.loads(run(commands, [*asked, "--format", "json"]).stdout)
    rows = list(csv.DictReader(io.StringIO(run(commands, [*asked, "--format", "csv"]).stdout)))
    table = run(commands, asked).stdout
    assert [row["product_id"] for row in rows] == [row["product_id"] for row in answer["rows"]]
    assert len(rows) == 3
    assert all(row["name_zh"][:3] in table for row in answer["rows"])
    assert answer["parameters"]["places"] == ["苏州"]


@pytest.mark.slow
def test_several_choices_may_stand_in_one_text_as_places_may_on_every_surface(
    client: TestClient, bundled_url: str
) -> None:
    asked = ["ask", "gaps", "--chain", "集成电路", "--limit", "1000", "--format", "json", "--store", bundled_url]
    run = CliRunner().invoke
    apart = json.loads(run(commands, [*asked, "--verdicts", "missing", "--verdicts", "strong"]).stdout)["rows"]
    assert {row["verdict"] for row in apart} == {"missing", "strong"}
    assert json.loads(run(commands, [*asked, "--verdicts", "missing、strong"]).stdout)["rows"] == apart
    given = {"chain": "集成电路", "limit": "1000", "verdicts": "missing,strong"}
    assert client.get("/api/ask/gaps", params=given).json()["rows"] == apart


def test_the_demo_prints_one_json_object_and_writes_the_page(bundled_home: Path, tmp_path: Path) -> None:
    shutil.copytree(bundled_home / "parts", tmp_path / ".corridor" / "parts")  # The tables have been read before.
    done = corridor("demo", "--no-serve", "--json", cwd=tmp_path)
    assert done.returncode == 0
    told = json.loads(done.stdout)
    assert {"nodes", "edges", "quarantined", "gaps", "key_technologies", "page", "seconds"} <= told.keys()
    assert told["quarantined"] == 0
    assert told["nodes"] > 1_000
    page = (tmp_path / told["page"]).read_text(encoding="utf-8")
    assert page.lower().startswith("<!doctype html>")


@pytest.mark.slow
def test_a_bad_row_is_quarantined_and_the_exit_code_says_so(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "sources.csv").write_text("id,name_zh,kind\nsource:s,来源,survey\n", encoding="utf-8")
    (data / "products.csv").write_text(
        "id,name_zh,source_ids,as_of\nproduct:a,甲,source:s,2020-01-01\nproduct:b,乙,source:s,2020-13-01\n",
        encoding="utf-8",
    )
    done = corridor("load", "data", "--store", "ladybug://g.lbug", "--quarantine", "quarantine.csv", cwd=tmp_path)
    assert done.returncode == 1 and "以退出码 1 结束：搁置了 1 行、0 个值" in done.stderr
    assert "products.csv:3" in done.stderr
    assert "Traceback" not in done.stderr
    rows = list(csv.DictReader((tmp_path / "quarantine.csv").open(encoding="utf-8-sig")))
    assert [(r["file"], r["row"], r["field"], r["value"]) for r in rows] == [
        ("products.csv", "3", "as_of", "2020-13-01")
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("load", "nowhere"), 2, "nowhere"),
        (("ask", "gaps"), 1, "corridor load"),
        (("ask", "gaps", "--store", "http://x"), 2, "http://x"),
        (("ask", "gasp"), 2, "gasp"),
        (("ask", "gaps", "--limit", "0"), 2, "limit"),
        (("ask", "gaps", "--verdicts", "missing,stron"), 2, "single_source"),
        (("ask", "gaps", "--nonsense", "1"), 2, "nonsense"),
        (("page", "product:none", "-o", "x.html"), 1, "corridor load"),
        (("nonsense",), 2, "nonsense"),
    ],
)
def test_a_mistake_gets_one_sentence_and_its_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...], code: int, said: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["corridor", *arguments])
    with pytest.raises(SystemExit) as ended:
        app()
    told = capsys.readouterr()
    assert (ended.value.code, said in told.err, "Traceback" in told.err) == (code, True, False), told.err


@pytest.mark.parametrize(
    ("arguments", "zh", "en"),
    [
        (("page", "x"), "--output / -o：必须给出", "--output / -o: it has to be given"),
        (("nonsense",), "没有名为 'nonsense' 的命令", "no command 'nonsense'"),
        (("ask", "gaps", "--limti", "3"), "是否指 --limit", "did you mean --limit"),
        (("ask", "gaps", "--limit", "x"), "--limit x：须为整数", "--limit x: it has to be a whole number"),
        (("ask", "gaps", "--limit"), "--limit：后面的值缺少", "--limit: its value is missing"),
        (
            ("ask", "gaps", "--format", "pdf"),
            "--format pdf：须为 table、json、csv 之一",
            "it has to be one of table, json, csv",
        ),
        (("ask", "gaps", "--as-of", "now"), "--as-of now：须为日期", "--as-of now: it has to be a day"),
        (
            ("ask", "gaps", "--as-of", "0001-01-01"),
            "不早于 1900 年，收到 0001-01-01",
            "not before 1900, got 0001-01-01",
        ),
        (("load", ".", "--as-of", "1899-12-31"), "不早于 1900 年，收到 1899-12-31", "not before 1900, got 1899-12-31"),
        (("explain", "a", "b"), "多余的参数：b", "More arguments than it takes: b"),
    ],
)
def test_what_is_no_use_of_a_command_is_said_in_the_language_of_the_reader(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], zh: str, en: str
) -> None:
    monkeypatch.setattr("sys.argv", ["corridor", *arguments])
    for language, said in (("zh", zh), ("en", en)):
        monkeypatch.setenv("CORRIDOR_LANGUAGE", language)
        with pytest.raises(SystemExit) as ended:
            app()
        told = capsys.readouterr().err
        assert ended.value.code == 2 and said in told, told
        assert language == "en" or "Usage" not in told


def test_a_page_is_written_for_a_name(bundled_url: str, tmp_path: Path) -> None:
    file = tmp_path / "deep" / "page.html"
    written = CliRunner().invoke(commands, ["page", "刻蚀设备", "-o", str(file), "--store", bundled_url])
    assert written.exit_code == 0
    assert "刻蚀设备" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments",
    [
        ("page", "product:none", "-o", "x.html"), ("report", "chain:none", "-o", "x.html"), ("explain", "product:none"),
        ("explain", "MAKES|enterprise:none|product:none"), ("correct", "product:none", "name_zh", "x", "--why", "w"),
        ("merges", "undo", "none", "--why", "w"), ("decisions", "withdraw", "none", "--why", "w"),
        ("compare", "gaps", "--before", "none"), ("ask", "trace", "--subjects", "product:none"),
        ("ask", "neighbourhood", "--node", "product:none"), ("ask", "gaps", "--chain", "chain:none"),
        ("ask", "gaps", "--places", "无此地名"), ("ask", "partners", "--subject", "不存在公司"),
        ("load", "x.csv"), ("load", ".", "-m", "none"), ("check-data", "x"), ("inspect", "x"), ("import", "parquet", "x"),
        ("export", "parquet", "y", "--dataset", "x"), ("merges", "add", "x.csv"), ("template", "none"),
    ],
)  # fmt: skip
def test_what_there_is_not_is_wrong_use_said_in_the_language_that_the_command_names(
    bundled_url: str, bundled_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CORRIDOR_STORE", bundled_url)
    monkeypatch.setenv("CORRIDOR_HOME", str(bundled_home))
    for language, other in (("en", "[\u4e00-\u9fff]"), ("zh", "There is|did you")):
        monkeypatch.setenv("CORRIDOR_LANGUAGE", {"en": "zh", "zh": "en"}[language])
        monkeypatch.setattr("sys.argv", ["corridor", *arguments, "--language", language])
        with pytest.raises(SystemExit) as ended:
            app()
        told = re.sub("'.*?'", "", capsys.readouterr().err)
        assert (ended.value.code, re.findall(other, told)) == (2, []), told


@pytest.mark.slow
def test_help_speaks_the_language_that_the_command_names() -> None:
    told = corridor("ask", "gaps", "--language", "en", "--help").stdout
    assert "--chain" in told and not re.search("[\u4e00-\u9fff]", told)


@pytest.mark.parametrize("name", ["不存在公司", "Nonexistent Company Ltd", "有限公司"])
def test_where_no_name_is_near_one_is_told_how_to_look(
    bundled_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.setattr("sys.argv", ["corridor", "ask", "partners", "--subject", name, "--store", bundled_url])
    with pytest.raises(SystemExit):
        app()
    told = capsys.readouterr().err
    assert "是否指" not in told and "corridor ask search --text" in told


def test_a_table_in_english_calls_things_as_the_page_does(bundled_url: str) -> None:
    done = CliRunner().invoke(commands, ["ask", "gaps", "--limit", "5", "--language", "en", "--store", bundled_url])
    assert done.exit_code == 0 and re.search("[a-z]", done.output)
    table = done.output[: done.output.rindex("┘")]
    assert not re.search("[\u4e00-\u9fff]", table), table


def test_the_gaps_of_a_chain_say_what_comes_from_abroad_in_the_terminal_and_as_csv(
    bundled_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal.OUT, "width", 80)
    asked = ["ask", "gaps", "--chain", "集成电路", "--limit", "5", "--store", bundled_url]
    table, file = (CliRunner().invoke(commands, [*asked, *more]).stdout for more in ([], ["--format", "csv"]))
    assert "国外占比" in table and "境外企业" in table
    assert any(row["foreign_share_least"] and row["foreign_text"] for row in csv.DictReader(io.StringIO(file)))


def test_what_a_note_names_is_english_in_english_in_the_terminal(bundled_url: str) -> None:
    asked = ["ask", "cuts", "--product", "纯电动乘用车", "--limit", "1", "--language", "en", "--store", bundled_url]
    [note] = [
        line
        for line in CliRunner().invoke(commands, asked).stdout.splitlines()
        if "joined by ownership and are" in line
    ]
    assert "1 product has several makers" in note and not re.search("[\u4e00-\u9fff]", note)


def test_the_terminal_says_beside_the_headline_what_it_must_not_be_read_without(tmp_path: Path) -> None:
    store = open_store(f"ladybug://{tmp_path}/g.lbug")
    edges: list[Edge] = [
        ("SUPPLIES", "enterprise:a", "enterprise:b", {"amount_10k_cny": 5.0, "product_id": "product:x"})
    ]
    makes: list[Edge] = [("MAKES", "enterprise:a", "product:x"), ("MAKES", "enterprise:b", "product:y")]
    uses: list[Edge] = [("INPUT_OF", "product:x", "product:y")]
    graph_of(store, ["product:x", "product:y", "enterprise:a", "enterprise:b"], [*edges, *makes, *uses]).close()
    asked = ["ask", "scenarios", "--shocks", "a", "--language", "en", "--store", f"ladybug://{tmp_path}/g.lbug"]
    lines = CliRunner().invoke(commands, asked).stdout.splitlines()
    assert "recorded sales" in lines[1] and sum("recorded sales" in line for line in lines) == 1


@pytest.mark.parametrize("width", [80, 120])
def test_a_table_in_the_terminal_breaks_no_word_that_fits(
    bundled_url: str, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setattr(terminal.OUT, "width", width)
    asked = ["ask", "gaps", "--chain", "集成电路", "--limit", "20", "--language", "en", "--store", bundled_url]
    table = CliRunner().invoke(commands, asked).stdout
    rows = [line for line in table.splitlines() if line[:1] in "│┃"]
    assert rows and all(len(line) <= width for line in rows)
    shown = " ".join(re.split("[│┃]", "\n".join(rows)))
    assert {"semiconductor", "controller"} <= {*shown.split()}


@pytest.mark.parametrize(("seconds", "is_said"), [(0.05, True), (0.0, False)])
def test_who_waits_is_told_what_is_being_done(
    monkeypatch: pytest.MonkeyPatch, seconds: float, is_said: bool
) -> None:  # fmt: skip
    screen = terminal._Terminal(file=io.StringIO(), force_terminal=True, width=80)
    monkeypatch.setattr(terminal, "ERR", screen)
    monkeypatch.setattr(terminal, "_PATIENCE_SECONDS", 0.01)
    with terminal.waiting() as tell:
        tell(Text("common.doing.network"))
        time.sleep(seconds)
    told = cast("io.StringIO", screen.file).getvalue()
    assert (Text("common.doing.network").in_(chosen_language()) in told) is is_said


def test_rows_as_a_file_say_elsewhere_what_they_leave_out(bundled_url: str) -> None:
    asked = ["ask", "gaps", "--limit", "5", "--format", "csv", "--store", bundled_url]
    done = CliRunner().invoke(commands, asked)
    assert done.stdout.count("\n") == 6 and "只列前 5 行" in done.stderr and "只列前" not in done.stdout


def test_a_port_that_another_program_has_is_told_before_the_pages_are_said_to_be_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = CliRunner().invoke(commands, ["serve", "--port", port])
    assert (
        done.stderr == ""
        and f"at 127.0.0.1:{port} (already in use by another program); choose another port by --port"
        in str(done.exception)
    )
