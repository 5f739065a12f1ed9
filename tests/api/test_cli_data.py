"""The commands about data as a user meets them: what they change, what they print, and how a mistake ends."""

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from api import terminal
from api.cli import app
from graph.cypher import Query
from graph.difference import difference, total
from graph.open_store import open_store
from graph.store import GraphStore
from ingest.decisions import read_decisions
from ingest.mapping.mapping import json_schema
from tests.graph.derived_rows import read_back
from tests.ingest.datasets import dataset, products

pytestmark = pytest.mark.slow

A, B = {"id": "product:a", "name_zh": "光刻胶"}, {"id": "product:b", "name_zh": "硅片"}
AMEC = "中微半导体设备（上海）股份有限公司"
SIGNED = ("--who", "李", "--why", "查过")


@dataclass(frozen=True)
class Done:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


Corridor = Callable[..., Done]


@pytest.fixture
def corridor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Corridor:
    """The program in this process, in an empty folder, with lines as wide as they need to be."""
    monkeypatch.chdir(tmp_path)
    for name in ("CORRIDOR_STORE", "CORRIDOR_HOME", "CORRIDOR_DECISIONS"):
        monkeypatch.delenv(name, raising=False)
    for console in (terminal.OUT, terminal.ERR):
        monkeypatch.setattr(console, "width", 1_000)

    def run(*arguments: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["corridor", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            app()
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Done(int(ended.value.code or 0), said.out, said.err)

    return run


def store_at(folder: Path, name: str = "graph.lbug") -> GraphStore:
    return open_store(f"ladybug://{folder / name}", buffer_pool_mib=128)


def counts(folder: Path) -> dict[str, int]:
    store = store_at(folder)
    try:
        return {name: count for name, count in store.counts().items() if count}
    finally:
        store.close()


def named(folder: Path, label: str) -> dict[str, str]:
    """Ids and names of the nodes of a type."""
    store = store_at(folder)
    try:
        query = Query("named", f"MATCH (n:{label}) RETURN n.id AS id, n.name_zh AS name ORDER BY id")
        return {str(row["id"]): str(row["name"]) for row in store.fetch(query, {})}
    finally:
        store.close()


def lists(folder: Path) -> list[Path]:
    """Two lists that have one enterprise under two ids, each with an edge of its own."""
    return [
        dataset(
            folder / slug,
            enterprises=[{"id": f"enterprise:{slug}", "name_zh": AMEC}],
            located_in=[{"from_id": f"enterprise:{slug}", "to_id": "place:310117"}],
            products=[{"id": f"product:{slug}"}],
            makes=[{"from_id": f"enterprise:{slug}", "to_id": f"product:{slug}"}],
        )
        for slug in ("a", "b")
    ]


HERE = ("--store", "ladybug://graph.lbug", "--home", "home")


# --- load ------------------------------------------------------------------------------------------------------------


def test_a_load_says_what_became_of_the_rows_and_its_exit_code_whether_all_were_loaded(
    corridor: Corridor, tmp_path: Path
) -> None:
    folder = dataset(tmp_path / "d", products=[A, {**B, "name_zh": "乙\u200b"}])
    clean = corridor("load", folder, *HERE)
    dataset(folder, products=[A, {**B, "as_of": "2020-13-01"}, {**A, "id": "product:[red]x[/red]"}])
    dirty = corridor("load", folder, *HERE, "--quarantine", "q.csv")

    assert clean.code == 0
    assert "读取 3 = 载入 3 + 合并 0 + 隔离 0" in clean.err
    assert "去掉不可见字符 1" in clean.err
    assert dirty.code == 1
    assert "products.csv:3 2020-13-01" in dirty.err
    assert "[red]x[/red]" in dirty.err
    assert "2020-13-01" in (tmp_path / "q.csv").read_text(encoding="utf-8-sig")
    assert counts(tmp_path) == {"Product": 1, "Source": 1}
    (page,) = [line for line in dirty.err.splitlines() if line.startswith("报告：")]
    assert (tmp_path / page.removeprefix("报告：")).is_file()


def test_a_load_prints_its_report_as_json(corridor: Corridor, tmp_path: Path) -> None:
    told = json.loads(corridor("load", dataset(tmp_path / "d", products=[A, A]), *HERE, "--json").out)

    assert (told["read"], told["loaded"], told["merged"], told["quarantined"]) == (3, 2, 1, 0)


def test_a_dry_run_says_what_would_change_and_changes_nothing(corridor: Corridor, tmp_path: Path) -> None:
    folder = dataset(tmp_path / "d", products=[A, B])
    first = corridor("load", folder, *HERE, "--dry-run")
    assert not (tmp_path / "graph.lbug").exists()
    corridor("load", folder, *HERE)
    before = (tmp_path / "graph.lbug").read_bytes()
    runs = set((tmp_path / "home" / "runs").iterdir())
    dataset(folder, products=[{**A, "name_zh": "光致抗蚀剂"}, {"id": "product:c"}])

    done = corridor("load", folder, *HERE, "--dry-run")

    assert (first.code, done.code) == (0, 0)
    assert "新增 3，改变 0，移除 0" in first.out
    assert "新增 1，改变 1，移除 1" in done.out
    assert all(told in done.out for told in ("+c product:c", "product:b", "中文名: 光刻胶 → 光致抗蚀剂", "产品"))
    assert "search_text" not in done.out and "name_zh" not in done.out
    assert (tmp_path / "graph.lbug").read_bytes() == before
    assert runs < set((tmp_path / "home" / "runs").iterdir())
    assert json.loads(corridor("explain", "product:a", *HERE, "--json").out)["claims"]


def test_too_many_wrong_rows_leave_the_old_graph(corridor: Corridor, tmp_path: Path) -> None:
    folder = dataset(tmp_path / "d", products=[A])
    corridor("load", folder, *HERE)
    dataset(folder, products=[B, {**A, "as_of": "?"}])

    refused = corridor("load", folder, *HERE, "--max-quarantined-share", "0.3")
    kept = named(tmp_path, "Product")
    accepted = corridor("load", folder, *HERE, "--max-quarantined-share", "0.34")

    assert (refused.code, accepted.code) == (1, 1)
    assert "33.3%" in refused.err
    assert "原图保持不变" in refused.err
    assert kept == {"product:a": "光刻胶"}
    assert named(tmp_path, "Product") == {"product:b": "硅片"}


# --- inspect ---------------------------------------------------------------------------------------------------------


def test_a_mapping_that_is_drafted_for_an_unknown_table_loads_it(corridor: Corridor, tmp_path: Path) -> None:
    (tmp_path / "x1.csv").write_text(
        "企业名称,统一社会信用代码,注册资本（万元）,省份,城市,备注\n"
        f"{AMEC},91330000733796106P,\"62,236.3\",上海市,上海市,好\n",
        encoding="gb18030",
    )  # fmt: skip

    drafted = corridor("inspect", "x1.csv", "-o", "m.yaml")
    loaded = corridor("load", "x1.csv", "--mapping", "m.yaml", *HERE)

    assert (drafted.code, loaded.code) == (0, 0)
    assert "备注" in drafted.err
    assert (tmp_path / "m.yaml").read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=")
    assert list(named(tmp_path, "Enterprise").values()) == [AMEC]
    assert counts(tmp_path)["LOCATED_IN"] == 1


def test_a_load_says_first_what_a_table_is_taken_for_and_ends_in_1_where_a_value_was_set_aside(
    corridor: Corridor, tmp_path: Path
) -> None:
    (tmp_path / "x1.csv").write_text(f"企业名称,上市日期\n{AMEC},2019年认定\n合计,\n", encoding="utf-8")

    done = corridor("load", "x1.csv", "--quarantine", "q.csv", *HERE)

    assert done.err.strip().startswith("x1.csv → 企业：列“企业名称”")
    assert "x1.csv:3 合计" in done.err
    assert (done.code, list(named(tmp_path, "Enterprise").values())) == (1, [AMEC])
    assert "2019年认定" in (tmp_path / "q.csv").read_text(encoding="utf-8-sig")


def test_a_load_names_the_first_that_nobody_knows_and_says_how_many_more_there_are(
    corridor: Corridor, tmp_path: Path
) -> None:
    known = dataset(tmp_path / "d", products=[A])
    rows = "".join(f"甲{n}有限公司,氢气{n}\n" for n in "一二三四五六七")
    (tmp_path / "mine.csv").write_text(f"企业名称,主要产品\n{rows}", encoding="utf-8")

    said = corridor("load", known, tmp_path / "mine.csv", *HERE).err

    assert "7 个产品名称与已有的都不同" in said and "氢气五" in said
    assert "氢气六" not in said and "另有 2 条，见下面的报告" in said


def test_a_table_of_unclear_type_is_asked_about_and_loads_with_the_type_that_is_chosen(
    corridor: Corridor, tmp_path: Path
) -> None:
    (tmp_path / "x1.csv").write_text("代码,名称\nA01,农业\n", encoding="utf-8")

    asked = corridor("load", "x1.csv", *HERE)
    drafted = corridor("inspect", "x1.csv", "--type", "Sector", "-o", "m.yaml")
    loaded = corridor("load", "x1.csv", "--mapping", "m.yaml", *HERE)

    assert (asked.code, drafted.code, loaded.code) == (1, 0, 0)
    assert "corridor inspect x1.csv --type Sector" in asked.err.replace("\n", "")
    assert list(named(tmp_path, "Sector").values()) == ["农业"]


def test_the_schema_of_a_mapping_is_printed(corridor: Corridor) -> None:
    printed = corridor("inspect", "--schema").out

    assert json.loads(printed)["title"] == "Mapping"
    assert printed == json_schema()


# --- what people decide ----------------------------------------------------------------------------------------------


def test_a_merge_is_listed_taken_back_and_made_again(corridor: Corridor, tmp_path: Path) -> None:
    corridor("load", *lists(tmp_path), *HERE)
    assert set(named(tmp_path, "Enterprise")) == {"enterprise:a"}
    listed = corridor("merges", "list", *HERE)
    assert "enterprise:b" in listed.out
    (row,) = [line for line in listed.out.splitlines() if "Enterprise │" in line]
    merge = row.split("│")[1].strip()

    undone = corridor("merges", "undo", merge, *SIGNED, *HERE)
    assert (undone.code, set(named(tmp_path, "Enterprise"))) == (0, {"enterprise:a", "enterprise:b"})
    assert counts(tmp_path)["MAKES"] == 2

    (tmp_path / "pairs.csv").write_text("left_id,right_id,why\nenterprise:b,enterprise:a,同一家\n", encoding="utf-8")
    assert corridor("merges", "add", "pairs.csv", "--who", "王", *HERE).code == 0
    assert set(named(tmp_path, "Enterprise")) == {"enterprise:a"}

    split = corridor("merges", "split", "enterprise:a", *SIGNED, *HERE)
    assert (split.code, set(named(tmp_path, "Enterprise"))) == (0, {"enterprise:a", "enterprise:b"})

    decided = corridor("decisions", "list", "--home", "home")
    assert [decided.out.count(word) for word in ("不同", "同一家")] == [2, 1]
    latest = read_decisions(tmp_path / "home" / "decisions.csv")[-1]
    assert corridor("decisions", "withdraw", latest.id, *SIGNED, *HERE).code == 0
    assert set(named(tmp_path, "Enterprise")) == {"enterprise:a"}


def test_legal_names_without_places_are_listed_by_name_taken_at_once_and_given_back(
    corridor: Corridor, tmp_path: Path
) -> None:
    for name, more in (("register", "城市\n{},杭州市\n"), ("award", "批次\n{},1\n")):
        (tmp_path / name).mkdir()
        text = f"企业名称,{more.format(AMEC)}"
        (tmp_path / name / "企业.csv").write_text(text, encoding="utf-8")
    corridor("load", tmp_path / "register", tmp_path / "award", *HERE)
    before = named(tmp_path, "Enterprise")

    listed = corridor("review", "--list", *HERE)
    taken = corridor("merges", "names", "source:award", *SIGNED, *HERE)
    joined, merges = named(tmp_path, "Enterprise"), corridor("merges", "list", *HERE)
    (one,) = read_decisions(tmp_path / "home" / "decisions.csv")
    withdrawn = corridor("decisions", "withdraw", one.id, *SIGNED, *HERE)

    assert "（浙江省杭州市）" in listed.out
    assert "corridor merges names" in listed.err
    assert (taken.code, withdrawn.code) == (0, 0)
    assert "（浙江省杭州市）" in merges.out
    assert (len(before), len(joined)) == (2, 1)
    assert named(tmp_path, "Enterprise") == before
    assert corridor("merges", "names", "source:none", *SIGNED, *HERE).code != 0


def test_a_correction_shows_with_its_reason_until_it_is_withdrawn(corridor: Corridor, tmp_path: Path) -> None:
    corridor("load", dataset(tmp_path / "d", products=[{**A, "name_zh": "光刻交[bold]"}]), *HERE)

    done = corridor("correct", "product:a", "name_zh", "光刻胶", *SIGNED, *HERE)
    explained = corridor("explain", "product:a", *HERE)
    (one,) = read_decisions(tmp_path / "home" / "decisions.csv")
    withdrawn = corridor("decisions", "withdraw", one.id, *SIGNED, *HERE)

    assert (done.code, withdrawn.code) == (0, 0)
    assert named(tmp_path, "Product") == {"product:a": "光刻交[bold]"}
    shown = [line for line in explained.out.splitlines() if "中文名" in line]
    assert ["✓" in line for line in shown] == [True, False]
    assert "光刻交[bold]" in shown[1]
    assert "products.csv:2" in shown[1]
    assert "取舍规则" in explained.out


def test_a_node_is_explained_with_its_edges_and_how_many_are_left_out(corridor: Corridor, tmp_path: Path) -> None:
    makers = [{"id": f"enterprise:{one}", "name_zh": f"厂{one}"} for one in range(230)]
    made = [{"from_id": one["id"], "to_id": "product:a", "status": "documented"} for one in makers]
    path = dataset(tmp_path / "d", products=[A, B], enterprises=makers, makes=made)
    corridor("load", path, *HERE)

    shown = corridor("explain", "product:a", "--limit", "3", *HERE)
    found = json.loads(corridor("explain", "product:a", "--json", *HERE).out)
    bare = corridor("explain", "product:b", *HERE)
    edge = corridor("explain", "MAKES|enterprise:0|product:a", *HERE)

    assert (shown.code, shown.out.count("enterprise:"), shown.out.count("有据")) == (0, 4, 4)
    assert "来源文件" in shown.out and shown.out.count("名录") == 1
    assert "关系（230）" in shown.out and "生产 227" in shown.out
    assert (len(found["edges"]), found["edges_left_out"]) == (10, {"MAKES": 220})
    assert found["edges"][0]["status"] == "documented" and found["edges"][0]["source_ids"] == ["source:s"]
    assert (bare.code, "关系" in bare.out, edge.code, "关系（" in edge.out) == (0, False, 0, False)


def test_what_is_explained_and_corrected_is_given_by_name_too(corridor: Corridor, tmp_path: Path) -> None:
    technology = {"id": "technology:t", "name_zh": "刻蚀"}
    corridor("load", dataset(tmp_path / "d", products=[A, {**B, "name_zh": "刻蚀"}], technologies=[technology]), *HERE)

    assert "product:a" in corridor("explain", "光刻胶", *HERE).out
    assert corridor("correct", "光刻胶", "name_en", "resist", *SIGNED, *HERE).code == 0
    two, none = (corridor("explain", name, *HERE) for name in ("刻蚀", "光刻脚"))
    assert (two.code, "product:b" in two.err, "technology:t" in two.err) == (2, True, True)
    assert (none.code, "是否指 光刻胶" in none.err) == (2, True)


def test_pairs_to_review_are_listed_and_a_load_that_fails_takes_a_decision_back(
    corridor: Corridor, tmp_path: Path
) -> None:
    folders = [dataset(tmp_path / slug, enterprises=[{"id": f"enterprise:{slug}", "name_zh": AMEC}]) for slug in "ab"]
    corridor("load", *folders, *HERE)

    listed = corridor("review", "--list", *HERE)
    (tmp_path / "pairs.csv").write_text("left_id,right_id,why\nenterprise:b,enterprise:a,同一家\n", encoding="utf-8")
    shutil.rmtree(folders[1])
    failed = corridor("merges", "add", "pairs.csv", "--who", "王", *HERE)

    assert (listed.code, failed.code) == (0, 1)
    assert "待复核（1）" in listed.out
    assert str(folders[1]) in failed.err
    assert read_decisions(tmp_path / "home" / "decisions.csv") == []
    assert set(named(tmp_path, "Enterprise")) == {"enterprise:a", "enterprise:b"}


# --- export and import -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["parquet", "jsonl", "csv", "graphml", "gexf"])
def test_what_is_exported_and_imported_is_the_same_graph(corridor: Corridor, tmp_path: Path, form: str) -> None:
    hostile = {"id": "product:x", "name_zh": "=1+1", "aliases": "'=a|<b>&\"", "recovery_days": "0.1"}
    folder = dataset(tmp_path / "d", products=[A, B, hostile],
                     input_of=[{"from_id": "product:a", "to_id": "product:b", "evidence": "+甲\n乙"}])  # fmt: skip
    assert corridor("load", folder, *HERE).code == 0

    written = corridor("export", form, "out", *HERE)
    read = corridor("import", form, "out", "--store", "ladybug://other.lbug")
    again = corridor("import", form, "away", "--store", "ladybug://other.lbug")

    assert (written.code, read.code, again.code) == (0, 0, 2)
    one, other = store_at(tmp_path), store_at(tmp_path, "other.lbug")
    # Derived properties are left out of CSV: a load computes them.
    changes = total(difference(list(one.tables()), list(other.tables())))
    assert (one.counts(), one.run_id()) == (other.counts(), other.run_id())
    assert (changes.added, changes.removed, changes.changed) == (0, 0, 3 if form == "csv" else 0)
    one.close()
    other.close()


def test_what_a_load_derives_is_in_no_export_and_no_dry_run_and_an_import_has_it_anew(
    corridor: Corridor, tmp_path: Path
) -> None:
    kind = [{"from_id": "product:a", "to_id": "product:b"}]
    folder = dataset(tmp_path / "d", products=[A, B], enterprises=[{"id": "enterprise:e"}], kind_of=kind,
                     makes=[{"from_id": "enterprise:e", "to_id": "product:a"}])  # fmt: skip
    assert corridor("load", folder, *HERE).code == 0
    before = read_back(store_at(tmp_path))
    assert len(before.can_supply) == 2

    assert corridor("export", "jsonl", "out", *HERE).code == 0
    said = (tmp_path / "out").read_text(encoding="utf-8")
    assert [
        name for name in ("CAN_SUPPLY", "IN_AREA", "Area", "area:", "makers", "priority", "scale") if name in said
    ] == []
    assert corridor("import", "jsonl", "out", "--store", "ladybug://other.lbug").code == 0
    assert read_back(store_at(tmp_path, "other.lbug")) == before

    # A maker less changes counts, an edge and a way; the dry run speaks of the edge alone.
    (folder / "makes.csv").unlink()
    done = corridor("load", folder, *HERE, "--dry-run")
    assert "新增 0，改变 0，移除 1" in done.out
    assert [name for name in ("CAN_SUPPLY", "makers") if name in done.out] == []


ROW = '{"type": "Product", "id": "product:a", "name_zh": "甲", "source_ids": ["source:s"], "as_of": "2020-01-01"}'
SOURCE_ROW = '{"type": "Source", "id": "source:s", "name_zh": "名录", "kind": "register"}'
EDGE = {"from_id": "product:a", "to_id": "product:b", "id": "INPUT_OF|product:a|product:b", "source_ids": ["source:s"],
        "as_of": "2020-01-01", "status": "documented"}  # fmt: skip
SECOND = ROW.replace("product:a", "product:b")


def _edge(type_: str = "INPUT_OF", **values: object) -> str:
    return json.dumps({"type": type_, **EDGE, **values})


SET_ASIDE: Sequence[tuple[Sequence[str], str]] = (
    ([], "no node"),
    ([SOURCE_ROW, ROW.replace('"甲"', '""')], "name_zh="),
    ([SOURCE_ROW, ROW.replace('"甲"', "null")], "required"),
    ([SOURCE_ROW, ROW.replace("甲", "\\u001b[2J甲")], "control character"),
    ([SOURCE_ROW, ROW.replace("甲", "长" * 3_000)], "more than 2000 characters"),
    ([SOURCE_ROW, ROW.replace('"甲"', '"甲", "foreign_share": 1e308')], "foreign_share=1e+308"),
    ([SOURCE_ROW, ROW.replace('"甲"', '"甲", "recovery_days": -1')], "recovery_days=-1"),
    ([SOURCE_ROW, ROW.replace('"甲"', '"甲", "aliases": [1]')], "a value is not of its property"),
    ([SOURCE_ROW, ROW.replace("product:a", "product:甲")], "product:甲"),
    ([SOURCE_ROW, ROW.replace("product:a", "chain:a")], "chain:a"),
    ([SOURCE_ROW, ROW, ROW], "more than once"),
    ([SOURCE_ROW, ROW.replace("source:s", "source:t")], "source:t"),
    ([SOURCE_ROW, ROW.replace("source:s", "product:a")], "product:a"),
    ([SOURCE_ROW, ROW, _edge()], "product:b"),
    ([SOURCE_ROW, ROW, SECOND, _edge(id="INPUT_OF|product:a|product:c")], "product:c"),
    ([SOURCE_ROW, ROW, SECOND, _edge(status="sure")], "status=sure"),
    ([SOURCE_ROW, ROW, SECOND, _edge(cost_share=1.5)], "cost_share=1.5"),
    ([SOURCE_ROW, ROW, SECOND, _edge(), _edge()], "more than once"),
    ([SOURCE_ROW, ROW, SECOND, _edge("KIND_OF", id="KIND_OF|product:a|product:b"),
      _edge("KIND_OF", id="KIND_OF|product:b|product:a", from_id="product:b", to_id="product:a")], "circle"),
    ([SOURCE_ROW, ROW.replace("Product", "Colour")], "Colour"),
    ([SOURCE_ROW, ROW.replace("name_en", "x").replace('"甲"', '"甲", "colour": "red"')], "colour"),
)  # fmt: skip


def test_what_a_load_would_set_aside_replaces_no_graph(
    corridor: Corridor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORRIDOR_LANGUAGE", "en")
    corridor("load", dataset(tmp_path / "d", products=[A]), *HERE)
    for rows, said in SET_ASIDE:
        kinds = [json.loads(row)["type"] for row in rows]
        head = json.dumps({"run_id": "r", "rows": {kind: kinds.count(kind) for kind in kinds}})
        (tmp_path / "x.jsonl").write_text("\n".join([head, *rows, ""]), encoding="utf-8")

        done = corridor("import", "jsonl", "x.jsonl", "--store", "ladybug://graph.lbug")

        assert (done.code, said in done.err) == (1, True), (said, done.err)
        assert "\x1b[2J" not in done.err
        assert named(tmp_path, "Product") == {"product:a": "光刻胶"}, said


def test_rows_that_a_load_would_take_are_imported_and_nothing_only_where_that_is_asked_for(
    corridor: Corridor, tmp_path: Path
) -> None:
    head = json.dumps({"run_id": "r", "rows": {"Source": 1, "Product": 2, "INPUT_OF": 1}})
    (tmp_path / "x.jsonl").write_text("\n".join([head, SOURCE_ROW, ROW, SECOND, _edge()]), encoding="utf-8")
    (tmp_path / "y.jsonl").write_text(head.replace('"r"', '"../r"'), encoding="utf-8")
    (tmp_path / "none.jsonl").write_text('{"run_id": "r", "rows": {}}', encoding="utf-8")
    to = ("--store", "ladybug://graph.lbug")

    assert corridor("import", "jsonl", "x.jsonl", *to).code == 0
    assert counts(tmp_path) == {"Source": 1, "Product": 2, "INPUT_OF": 1}
    assert corridor("import", "jsonl", "y.jsonl", *to).code == 1
    assert corridor("import", "jsonl", "none.jsonl", *to).code == 1
    assert counts(tmp_path) == {"Source": 1, "Product": 2, "INPUT_OF": 1}
    assert corridor("import", "jsonl", "none.jsonl", *to, "--allow-empty").code == 0
    assert counts(tmp_path) == {}


# --- damage ----------------------------------------------------------------------------------------------------------


def test_a_damaged_store_is_found_and_a_damaged_run_is_said_and_a_load_mends_both(
    corridor: Corridor, tmp_path: Path
) -> None:
    folder = dataset(tmp_path / "d", products=[A])
    corridor("load", folder, *HERE)
    path = tmp_path / "graph.lbug"
    run_id, time, content = store_at(tmp_path).run_id(), path.stat().st_mtime_ns, bytearray(path.read_bytes())
    sound = corridor("check-store", *HERE[:2])
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(time, time))
    flipped = corridor("check-store", *HERE[:2])
    (tmp_path / "home" / "runs" / str(run_id) / "graph" / "Product.parquet").write_bytes(b"")
    compared = corridor("compare", "gaps", "--before", str(run_id), "--home", "home")
    for kept in (tmp_path / "home").glob("parts/*/*.parquet"):
        kept.write_bytes(b"")

    again = corridor("load", folder, *HERE)

    assert (sound.code, flipped.code, compared.code, again.code) == (0, 1, 1, 0)
    assert "请重新载入：自带的数据用 corridor demo" in flipped.err
    assert "Product.parquet" in compared.err
    assert again.err.count("缓存已损坏，已从来源重读") == 2
    assert corridor("check-store", *HERE[:2]).code == 0
    assert corridor("compare", "gaps", "--before", str(run_id), "--after", str(run_id), "--home", "home").code == 0


def test_a_decision_is_loaded_again_from_what_the_graph_is_of_by_then(corridor: Corridor, tmp_path: Path) -> None:
    corridor("load", dataset(tmp_path / "d", products=[A, B]), *HERE)
    command = [sys.executable, "-m", "api.cli", "correct"]
    people = [
        subprocess.Popen([*command, f"product:{one}", "name_en", f"v{one}", *SIGNED, *HERE], cwd=tmp_path,
                         env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}, stderr=subprocess.PIPE)
        for one in ("a", "b")
    ]  # fmt: skip
    said = [person.communicate()[1].decode() for person in people]

    assert [person.returncode for person in people] == [0, 0], said
    assert {one.value for one in read_decisions(tmp_path / "home" / "decisions.csv")} == {"va", "vb"}
    store = store_at(tmp_path)
    names = [row["name_en"] for batch in store.tables() if batch.name == "Product" for row in batch.table.to_pylist()]
    store.close()
    assert names == ["va", "vb"]


def test_no_character_of_data_is_an_order_to_the_terminal(corridor: Corridor, tmp_path: Path) -> None:
    corridor("load", dataset(tmp_path / "d", products=[A]), *HERE)
    evil = "\x1b]0;x\x07\x9b31m\u202e"
    refused = corridor("load", dataset(tmp_path / "e", products=[A, {**B, "name_zh": f"甲{evil}"}]), *HERE)
    named_so = corridor("explain", f"product:{evil}", *HERE)
    (tmp_path / "home" / "decisions.csv").write_text(
        f"id,verdict,subject,object,property,value,who,when,why,withdrawn\n1,correct,product:a,,name_en,{evil}[b],{evil},d,{evil},\n",
        encoding="utf-8",
    )
    listed = corridor("decisions", "list", "--home", "home")

    assert (refused.code, named_so.code, listed.code) == (1, 2, 0)
    for said in (refused.err, named_so.err, listed.out):
        assert not set(said) & set("\x1b\x07\x9b\u202e")
    assert "[b]" in listed.out


# --- mistakes --------------------------------------------------------------------------------------------------------

BROKEN = "name: x\ntables:\n  - file: products.csv\n   nodes: [\n"
MISTAKES: Sequence[tuple[Sequence[str], int, str]] = (
    (["load", "away"], 2, "Cannot read away"),
    (["load", "empty"], 1, "empty holds no table"),
    (["load", "d", "--mapping", "broken.yaml"], 1, "broken.yaml:4"),
    (["load", "d", "--mapping", "nonsense"], 2, "chain-knowledge-graph"),
    (["load", "d", "--mapping", "szse-list"], 1, "fits none of the datasets"),
    (["load", "cut.csv.gz"], 1, "cut.csv.gz"),
    (["load", "unknown.csv"], 1, "corridor inspect"),
    (["load", "d", "--home", "unknown.csv"], 2, "unknown.csv"),
    (["load", "d", "--home", "unknown.csv/deep"], 2, "unknown.csv"),
    (["load", "d", "--home", "/proc/none"], 2, "/proc/none"),
    (["load", "d", "--store", "ladybug://unknown.csv/g.lbug"], 1, "unknown.csv"),
    (["load", "d", "--decisions", "unknown.csv"], 1, "the columns id, object"),
    (["load", "d", "--decisions", "empty"], 1, "Cannot read "),
    (["load", "d", "--max-quarantined-share", "2"], 2, "max-quarantined-share"),
    (["load"], 2, "datasets"),
    (["inspect"], 2, "Name a file or folder"),
    (["inspect", "away.csv"], 2, "away.csv"),
    (["inspect", "d", "-o", "away/m.yaml"], 2, "away/m.yaml"),
    (["inspect", "none.csv"], 1, "none.csv"),
    (["explain", "product:none"], 1, "corridor load"),
    (["merges", "list"], 1, "corridor load"),
    (["merges", "undo", "x", *SIGNED], 1, "corridor load"),
    (["decisions", "withdraw", "x", *SIGNED], 1, "corridor load"),
    (["review", "--list"], 1, "corridor load"),
    (["export", "parquet", "out"], 1, "corridor load"),
    (["export", "nonsense", "out"], 2, "nonsense"),
    (["import", "neo4j-import", "out"], 2, "import.sh"),
    (["import", "jsonl", "unknown.csv"], 1, "unknown.csv"),
    (["import", "parquet", "d"], 1, "d"),
)  # fmt: skip


@pytest.mark.parametrize(("arguments", "code", "said"), MISTAKES, ids=[" ".join(a) for a, *_ in MISTAKES])
def test_a_mistake_gets_a_sentence_and_no_trace(
    corridor: Corridor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: Sequence[str], code: int, said: str
) -> None:
    monkeypatch.setenv("CORRIDOR_LANGUAGE", "en")
    dataset(tmp_path / "d", products=[A])
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.yaml").write_text(BROKEN, encoding="utf-8")
    (tmp_path / "cut.csv.gz").write_bytes(
        gzip.compress(products(*["product:a,甲,,source:s,2020-01-01"] * 99).encode())[:-20]
    )
    (tmp_path / "unknown.csv").write_text("甲,乙\n1,2\n", encoding="utf-8")
    (tmp_path / "none.csv").write_bytes(b"")

    done = corridor(
        *arguments, *(() if "--store" in arguments or "inspect" in arguments else ("--store", "ladybug://g.lbug"))
    )

    assert (done.code, said in done.err) == (code, True), done.err
    assert not (tmp_path / "g.lbug").exists()


def test_a_mistake_about_a_graph_that_is_there_gets_a_sentence_and_changes_nothing(
    corridor: Corridor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORRIDOR_LANGUAGE", "en")
    corridor("load", dataset(tmp_path / "d", products=[A]), *HERE)
    (tmp_path / "pairs.csv").write_text("left,right\n1,2\n", encoding="utf-8")
    (tmp_path / "types.csv").write_text("left_id,right_id,why\nproduct:a,enterprise:b,x\n", encoding="utf-8")
    (tmp_path / "unsaid.csv").write_text("left_id,right_id,why\nproduct:a,product:b,\n", encoding="utf-8")

    for arguments, code, said in (
        (["explain", "product:none"], 2, "product:none"),
        (["explain", "MAKES|x"], 2, "MAKES|x"),
        (["merges", "undo", "nothing", *SIGNED], 2, "corridor merges list"),
        (["merges", "undo", "nothing"], 2, "--why"),
        (["merges", "split", "product:a", *SIGNED], 2, "not joined of several"),
        (["merges", "add", "away.csv", "--who", "李"], 2, "away.csv"),
        (["merges", "add", "pairs.csv", "--who", "李"], 2, "left_id"),
        (["merges", "add", "types.csv", "--who", "李"], 2, "two records of one type"),
        (["merges", "add", "unsaid.csv", "--who", "李"], 2, "a reason"),
        (["correct", "product:none", "name_zh", "甲", *SIGNED], 2, "product:none"),
        (["correct", "product:a", "nonsense", "甲", *SIGNED], 2, "there are aliases, "),
        (["correct", "product:a", "recovery_days", "甲", *SIGNED], 2, "recovery_days=甲"),
        (["correct", "product:a", "name_zh", "乙", "--who", " ", "--why", "x"], 2, "a name"),
        (["decisions", "withdraw", "nothing", *SIGNED], 2, "nothing"),
    ):  # fmt: skip
        done = corridor(*arguments, *HERE)
        assert (done.code, said in done.err) == (code, True), (arguments, done.err)
    there = corridor("export", "csv", "d", *HERE)
    assert (there.code, "d" in there.err) == (2, True)
    assert read_decisions(tmp_path / "home" / "decisions.csv") == []
    assert named(tmp_path, "Product") == {"product:a": "光刻胶"}
