"""One language at a time: pages, their scripts, files written and help texts hold no half of the other language."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from html import escape, unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from fastapi.testclient import TestClient

from api import terminal
from api.app import create_app
from api.cli import app
from graph.store import GraphStore
from graph.texts import Language, Text
from queries.registry import questions
from tests.api.conftest import client_of
from tests.graphs import Edge, Item, graph_of

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
CHINESE = re.compile("[\u3400-\u9fff]")
ENGLISH_SENTENCE = re.compile(r"([A-Za-z]{2,} ){3}[A-Za-z]{2,}")
OTHER = {Language.EN: CHINESE, Language.ZH: ENGLISH_SENTENCE}
SWITCH = "中文"
Data = dict[str, list[str]]
GIVEN = {
    "search": "text=刻蚀", "neighbourhood": "node=product:etcher", "trace": "subjects=product:etcher",
    "routes": "start=product:etcher&target=chain:integrated-circuits", "cuts": "product=product:etcher",
    "partners": "subject=product:etcher", "survival": "scope=chain:integrated-circuits", "next_products": "city=合肥",
    "gaps": "chain=chain:integrated-circuits&places=苏州", "certificate": "center=center:jinhua-shanghai",
    "cascade": "shocks=苏州", "fund": "limit=5", "scenarios": "shocks=苏州&or_shocks=合肥&or_share=0.5&chain=chain:integrated-circuits",
}  # fmt: skip
"""What is asked of questions that need something, and of one that needs nothing."""
PAGES = [
    "/", "/matrix", "/map", "/shortlist", "/templates", "/report/chain:integrated-circuits", "/report/place:320500", "/search", "/search?q=机器人", "/search?q=nothing-at-all", "/review", "/compare/gaps",
    "/saved", "/query", "/query?cypher=MATCH+(p:Product)+RETURN+p+AS+product,+p.id+AS+id+ORDER+BY+id+LIMIT+3",
    *(f"/ask/{one.name}" for one in questions()),
    *(f"/ask/{name}?{given}" for name, given in GIVEN.items()),
]  # fmt: skip


class Said(HTMLParser):
    """Everything of a page that a reader can meet, statements of Cypher apart."""

    SPOKEN = ("title", "aria-label", "placeholder", "value", "content")

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._inside: list[tuple[str, str]] = []
        self._goes_on = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._goes_on = tag == "span" and "lang" in given  # the mark around what is in Chinese parts no text
        if self._goes_on:
            return
        if tag in ("script", "style", "pre", "textarea"):
            self._inside.append((tag, given.get("type", "")))
        self.texts += [
            given[name] for name in self.SPOKEN if name in given and tag != "meta" and given.get("type") != "hidden"
        ]

    def handle_endtag(self, tag: str) -> None:
        self._goes_on = tag == "span"
        if self._inside and self._inside[-1][0] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside and self._goes_on and self.texts:
            self.texts[-1] += data
        elif not self._inside:
            self.texts.append(data)
        elif self._inside[-1] == ("script", "application/json"):
            self.texts += [text for text in strings(json.loads(data))]


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        # A label is a name that is broken into lines, a face the name of a font.
        held = (one for key, one in value.items() if key not in ("label", "face")) if isinstance(value, dict) else value
        for one in held:
            yield from strings(one)


@pytest.fixture(scope="module")
def data(bundled: GraphStore, client: TestClient) -> Data:
    """Every text that the data bring, by its first two letters: names, addresses, evidence."""
    pairs = client.get("/api/review").json()["pairs"]
    found = {*(str(pair[side]) for pair in pairs for side in ("left", "right")), "机器人", "苏州", "合肥", "刻蚀"}
    for path in (ROOT / "graph" / "rules").glob("*.yaml"):
        found.update(strings(yaml.safe_load(path.read_text(encoding="utf-8"))))  # documents are called what they are
    for batch in bundled.tables():
        for column in batch.table.columns:
            found.update(strings(column.to_pylist()))
    return by_letters(text for text in found if len(text) > 1 or CHINESE.match(text))


def by_letters(texts: Iterable[str]) -> Data:
    found: Data = {}
    for text in texts:
        found.setdefault(text[:2], []).append(text)
    return found


def foreign(html: str, language: Language, data: Data) -> list[str]:
    """What a page says in the other language beside what the data bring."""
    page = Said()
    page.feed(html)
    found = []
    for text in dict.fromkeys(page.texts):
        left = text
        if not OTHER[language].search(text):
            continue
        starts = {*text, *map("".join, pairwise(text))}
        named = [name for start in starts for name in data.get(start, ()) if name in text]
        for name in sorted(named, key=len, reverse=True):
            left = left.replace(name, "·")
            if not OTHER[language].search(left):
                break
        if OTHER[language].search(left) and text.strip() != SWITCH:
            found.append(left.strip())
    return found


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_speaks_one_language(client: TestClient, data: Data, path: str, language: Language) -> None:
    answer = client.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert f'<html lang="{"zh-CN" if language is Language.ZH else "en"}">' in answer.text
    assert foreign(answer.text, language, data) == []


@pytest.mark.parametrize("language", Language)
def test_the_page_and_the_picture_of_a_node_speak_one_language(
    client: TestClient, data: Data, language: Language
) -> None:
    around = client.get("/api/subgraph/chain:integrated-circuits?limit=500").json()["nodes"]
    others = ("place:320500", "center:huzhou-nanxun", "plant:leapmotor-jinhua", "source:gb2260")
    for node_id in (*{node["label"]: node["id"] for node in around}.values(), *others):
        for path in ("nodes", "subgraph"):
            answer = client.get(f"/{path}/{node_id}?language={language}&limit=60")
            assert answer.status_code == 200 and foreign(answer.text, language, data) == [], (path, node_id)


def test_a_reader_of_english_meets_the_english_names_that_there_are(client: TestClient) -> None:
    english, chinese = (client.get(f"/ask/gaps?limit=5&language={language}").text for language in ("en", "zh"))
    row = client.get("/api/ask/gaps?limit=5").json()["rows"][0]
    assert f">{row['name_en']}<" in english and f">{row['name_zh']}<" in chinese
    assert f">{row['name_zh']}<" not in english


def test_places_reasons_and_what_is_sold_have_english_names_in_english(client: TestClient) -> None:
    asked = "/ask/partners?subject=enterprise:300750.SZ&limit=12&language=en"
    rows = re.findall(
        r"<tr.*?</tr>", client.get(asked).text.partition('id="findings"')[2].partition("</table>")[0], re.S
    )
    tesla = next(unescape(re.sub(r"<[^>]+>", " ", row)) for row in rows if "enterprise:tesla-inc" in row)
    assert all(said in tesla for said in ("United States", "Tesla", "Contemporary Amperex", "← supplies ←"))
    assert not any(name in "".join(rows) for name in ("美国", "特斯拉", "宁德时代", "电池连接系统"))


def test_an_id_stays_an_id_in_every_language(client: TestClient) -> None:
    said = [client.get(f"/ask/search?text=刻蚀设备&format=csv&language={language}").text for language in ("zh", "en")]
    assert [",product:etcher" in one for one in said] == [True, True], said
    asked = "/ask/candidates?product=product:etcher&limit=1&format=csv&language="
    paths = [client.get(f"{asked}{language}").text.splitlines()[1].split(",")[-2] for language in ("zh", "en")]
    assert paths[0] == paths[1] and paths[0].endswith("; product:etcher")


def test_documents_on_record_have_english_titles_in_english(client: TestClient) -> None:
    page = client.get("/ask/what_is_missing?limit=40&language=en").text
    assert "ETO Advanced Semiconductor Supply Chain Dataset" in page and "ETO先进半导体供应链数据集" not in page


def test_names_that_rows_give_without_an_id_are_english_and_those_without_one_are_marked(
    ladybug_store: GraphStore,
) -> None:
    nodes: list[str | Item] = [
        {"id": "place:310117", "name_zh": "松江区", "name_en": "Songjiang", "in_corridor": True},
        {"id": "product:wafer", "name_zh": "晶圆", "name_en": "wafer", "recovery_days": 90.0},
        {"id": "product:chip", "name_zh": "芯片", "name_en": "chip", "recovery_days": 90.0},
        {"id": "enterprise:e", "name_zh": "甲公司"},
    ]  # fmt: skip
    edges: list[Edge] = [
        ("MAKES", "enterprise:e", "product:wafer"), ("LOCATED_IN", "enterprise:e", "place:310117"),
        ("INPUT_OF", "product:wafer", "product:chip", {"input_class": 2}),
    ]  # fmt: skip
    client = client_of(create_app(graph_of(ladybug_store, nodes, edges)))

    def shown(path: str, language: str) -> str:
        return client.get(path, headers={"Accept-Language": language}).text

    # A city's product is of the id product@place, and what is lost are names.
    survival = shown("/ask/survival?scope=product:chip&fails=node&columns=name_zh,where,lost_products", "en")
    rows = survival.partition("<tbody>")[2].partition("</tbody>")[0]
    assert 'href="/nodes/product:wafer">wafer</a>' in rows and ">chip</td>" in rows and not CHINESE.search(rows)
    page, chinese = (shown("/nodes/product:wafer", language) for language in ("en", "zh"))
    assert '<span lang="zh" title="In Chinese: no English name is on record">甲公司</span>' in page
    assert 'lang="zh" title' not in chinese


def test_the_title_of_an_answer_says_what_was_asked(client: TestClient) -> None:
    title = re.compile("<title>(.*?)</title>")
    page = client.get("/ask/gaps?chain=chain:integrated-circuits&limit=7&language=zh").text
    found = title.search(page)
    assert found and found[1].startswith("断链与缺口：产业链 ") and "行数上限 7" in found[1]


def test_the_chosen_language_goes_before_that_of_the_browser(client: TestClient) -> None:
    page = client.get("/", headers={"Accept-Language": "zh-CN", "Cookie": "language=en"}).text
    assert '<html lang="en">' in page and 'data-language="zh"' in page


@pytest.mark.parametrize(("path", "status"), [("/api/node/product:none", 404), ("/api/ask/gaps?limit=no", 422)])
@pytest.mark.parametrize("language", Language)
def test_an_error_speaks_the_language_that_the_address_names(
    client: TestClient, path: str, status: int, language: Language
) -> None:
    other = {Language.EN: "zh", Language.ZH: "en"}[language]
    answer = client.get(f"{path}{'&' if '?' in path else '?'}language={language}", headers={"Accept-Language": other})
    assert answer.status_code == status
    assert not OTHER[language].search(answer.json()["error"]["message"])


def test_a_body_that_is_too_large_is_refused_in_one_language(client: TestClient) -> None:
    for language in Language:
        answer = client.post("/api/ask/gaps", content=b"x" * (1 << 21), headers={"Accept-Language": language})
        assert answer.status_code == 413
        assert not OTHER[language].search(answer.json()["error"]["message"])


BAD: dict[str, str | bytes] = {
    "enterprises.csv": "id,name_zh,uscc,stock_code,listed_on,registered_capital_10k_cny,is_listed,source_ids,as_of\n"
    "enterprise:a,{firm},1,2,2021-03,5 USD,maybe,source:s,2020-01-01\n"
    "enterprise:b,{firm},,,,,,source:none,2020-13-01\nenterprise:c,{other},,,,,,source:s,2020-01-01,too many\n",
    "products.csv": "id,name_zh,recovery_days,downstream,remark,source_ids,as_of\nproduct:a,{thing},-1,1,1,source:s,2020-01-01\n"
    "product:b,{thing}\x01,1,1,1,source:s,2020-01-01\nproduct:c,,x,1,1,source:s,never\nthing,{thing},1,1,1,source:s,2020-01-01\n",
    "input_of.csv": "from_id,to_id,cost_share,input_kind,source_ids,as_of\nproduct:a,product:a,0.1,x,source:s,2020-01-01\n"
    "product:a,product:x,3,x,source:s,2020-01-01\nenterprise:a,product:a,1,service,source:s,2020-01-01\n",
    "located_in.csv": "from_id,code,source_ids,as_of\nenterprise:a,999999,source:s,2020-01-01\n",
    "kind_of.csv": "from_id,to_id,source_ids,as_of\nproduct:a,product:b,source:s,2020-01-01\n",
    "sources.csv": "id,name_zh,kind\nsource:s,{list},register\n",
    "notes.csv": "x,y\n1,2\n",
    "{plain}.csv": "{name},{share}\n{firm},1\n{firm},0\n{total},\n",
}
"""A data set with something wrong in every way, but for what it says itself."""
NAMES = {
    Language.EN: {"firm": "Foo Works Ltd.", "other": "Bar", "thing": "etcher", "list": "list", "name": "company", "share": "rnd",
                  "total": "total", "plain": "makers"},
    Language.ZH: {"firm": "长城甲机械有限公司", "other": "乙厂", "thing": "刻蚀机", "list": "名录", "name": "企业名称", "share": "研发占比",
                  "total": "合计", "plain": "名单"},
}  # fmt: skip
REFUSED: dict[str, str | bytes] = {
    "empty.csv": "", "a.csv.gz": "x", "b.xlsx": b"PK\x03\x04", "c.parquet": b"PAR1", "d.json": "[1", "e.json": "{}", "f.csv": "a,a\n1,2\n",
    "g.csv": "a,b\n1,2\n", "h.csv": b"a,\xff\n1,2\n", "i.jsonl": "1\n", "j.bin": "x", "k.csv": "from_id,to_id\n1,2\n", "l.json": '{"a": 1}x',
}  # fmt: skip
OF_LIBRARIES = [
    "Cannot detect file format",
    "Parquet file size is 4 bytes, smaller than the minimum file footer (8 bytes)",
]
"""What libraries say is quoted."""
MAPPINGS = ("tables: 1", "name: x\ntables: [{file: ../x.csv}]", "name: x\ntables: []",
            "name: x\ntables: [{file: no.csv, nodes: [{type: Product, id: {column: a, text: b}}]}]")  # fmt: skip


@pytest.mark.parametrize("language", Language)
def test_a_load_of_bad_tables_speaks_one_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], language: Language
) -> None:
    def told(*arguments: object) -> str:
        monkeypatch.setattr("sys.argv", ["corridor", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            app()
        assert (ended.value.code or 0) in (0, 1, 2)
        return "".join(capsys.readouterr())

    monkeypatch.setenv("CORRIDOR_LANGUAGE", language)
    for console in (terminal.OUT, terminal.ERR):
        monkeypatch.setattr(console, "width", 1_000)
    home, folder = tmp_path / "home", tmp_path / "d"
    folder.mkdir()
    for name, content in BAD.items():
        text = str(content).format_map(NAMES[language])
        (folder / name.format_map(NAMES[language])).write_text(text, encoding="utf-8")
    (folder / "chains.csv").mkdir()
    store = f"ladybug://{tmp_path / 'g'}"

    said = [told("load", folder, "--home", home, "--store", store, "--quarantine", tmp_path / "q.csv")]

    reasons = (tmp_path / "q.csv").read_text(encoding="utf-8-sig")
    assert reasons.count("\n") > 12 and Text("common.todo").in_(language) not in reasons
    (report,) = home.glob("runs/*/report.html")
    said += [reasons, *told_by(report)]
    said += [told(command, folder) for command in ("inspect", "check-data")]
    for name, content in REFUSED.items():
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        said.append(told("load", tmp_path / name, "--home", home, "--store", store))
    for number, text in enumerate(MAPPINGS):
        (tmp_path / f"{number}.yaml").write_text(text, encoding="utf-8")
        said.append(told("load", folder, "-m", tmp_path / f"{number}.yaml", "--home", home, "--store", store))
    brought = by_letters([*NAMES[language].values(), *OF_LIBRARIES, str(tmp_path)])
    assert (
        foreign("".join(f"<p>{escape(line)}</p>" for text in said for line in text.splitlines()), language, brought)
        == []
    )


def told_by(page: Path) -> list[str]:
    read = Said()
    read.feed(page.read_text(encoding="utf-8"))
    return read.texts


HELP = """
import typer.main
from typer.testing import CliRunner
from api.cli import commands

def walk(group, path):
    yield path
    if hasattr(group, "list_commands"):
        context = group.make_context("corridor", ["x"], resilient_parsing=True)
        for name in group.list_commands(context):
            yield from walk(group.get_command(context, name), [*path, name])

for path in walk(typer.main.get_command(commands), []):
    done = CliRunner().invoke(commands, [*path, "--help"])
    assert done.exit_code == 0, (path, done.output)
    print(done.output)
"""


@cache
def help_texts(language: Language) -> str:
    environment = {**os.environ, "CORRIDOR_LANGUAGE": language, "COLUMNS": "300", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", HELP], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("language", Language)
def test_help_speaks_one_language(language: Language) -> None:
    text = help_texts(language)
    assert text.count("--help") > 30
    assert ("[OPTIONS]" in text) == (language is Language.EN)
    assert [line.strip() for line in text.splitlines() if OTHER[language].search(line)] == []
