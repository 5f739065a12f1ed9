"""The pages of questions over the real app: answer first, a table paged by the server, files to take away."""

import csv
import html
import io
import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from python_calamine import CalamineWorkbook

from api.app import create_app
from api.openings import OPENINGS
from api.question_pages import compare_form
from graph.ontology import label_of
from graph.open_store import open_store
from graph.store import GraphStore
from graph.texts import Language, word
from queries.answer import Row
from queries.questions.cuts import Role
from queries.reader import Reader
from queries.registry import questions
from queries.saved import question_named
from queries.tables import heading, plain
from tests.api.conftest import client_of
from tests.api.test_languages import GIVEN
from tests.graphs import graph_of

HOSTILE = '=HYPERLINK("http://x")<img src=x onerror=alert(1)>'


Given = str | int | list[str]


def test_a_file_says_words_where_a_list_holds_codes() -> None:
    class Told(Row):
        roles: list[Role]

    row = Told(roles=[Role.SOLE_MAKER, Role.LEAST_CUT])
    words = "; ".join(word(role).in_(Language.ZH) for role in row.roles)
    assert plain(row, heading(Told, "roles"), Language.ZH, {}) == words


def page(client: TestClient, path: str, status: int = 200, /, **given: Given) -> str:
    found = client.get(path, params=given or None, headers={"Accept-Language": str(given.get("language", "zh"))})
    assert found.status_code == status, found.text[:500]
    return found.text


def table(text: str) -> str:
    """The table of the rows."""
    return text.partition('id="findings"')[2].partition("</table>")[0]


def column(text: str, number: int) -> list[str]:
    """The cells of a column of the rows that are on the page, 0 that of the ticks."""
    rows = re.findall(r"<tr(?! class=\"elsewhere\")[^>]*>\s*<td(.*?)</tr>", table(text), re.S)
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", f"<td{row}", re.S) for row in rows]
    return [html.unescape(re.sub(r"<[^>]*>", "", row[number])).strip() for row in cells if len(row) > number]


def links(text: str) -> list[str]:
    return [html.unescape(one) for one in re.findall(r'href="(/[^"]*)"', text)]


def drawn(text: str) -> Mapping[str, Mapping[str, object]]:
    found = re.search(r'<script type="application/json" id="graph">(.*?)</script>', text, re.S)
    assert found
    nodes: Mapping[str, Mapping[str, object]] = json.loads(found[1])["about"]["nodes"]
    return nodes


@pytest.mark.parametrize("path", [*(f"{one.name}" for one in questions()), *(f"{n}?{g}" for n, g in GIVEN.items())])
def test_every_answer_stands_before_its_form_and_its_rows_before_their_picture(client: TestClient, path: str) -> None:
    text = client.get(f"/ask/{path}").text
    places = [text.find(part) for part in ('class="headline"', 'class="asked"', 'id="findings"', 'id="canvas"')]
    there = [place for place in places if place >= 0]
    assert there == sorted(there) and places[1] >= 0
    assert not [one for one in column(text, 1) if label_of(one)], "no ids among the names"
    assert table(text).count("<th ") <= 1 + 9, "nine columns beside that of the ticks"


def test_files_of_an_answer_that_its_page_cuts_hold_all_of_it(client: TestClient) -> None:
    text = page(client, "/ask/gaps", limit=60)
    found = re.search(r"按条件共 (\d+) 行", text)
    [href] = [one for one in links(text) if "format=csv" in one]
    assert found and client.get(href).text.count("\n") == int(found[1]) + 1


def test_an_earlier_load_is_proposed_for_a_comparison(client: TestClient, bundled: GraphStore) -> None:
    form = compare_form(
        Reader(bundled),
        question_named("gaps"),
        [(bundled.run_id() or "", "now"), ("older", "before")],
        "",
        "",
        {},
        Language.ZH,
    )
    assert form.fields[0].values == ["older"]


def test_the_server_pages_sorts_and_filters_and_the_address_holds_it(client: TestClient) -> None:
    first = page(client, "/ask/gaps", limit=60)
    assert "第 1–25 行，共 60 行" in first and re.search(r"按条件共 \d{3} 行", first)
    last = page(client, next(one for one in links(first) if "page=3" in one))
    assert len(column(last, 1)) == 10 and not set(column(last, 1)) & set(column(first, 1))
    by_downstream = page(client, "/ask/gaps", limit=60, columns="name_zh,downstream", sort="-downstream")
    numbers = [int(n) for n in column(by_downstream, 2)]
    assert numbers == sorted(numbers, reverse=True) and len(numbers) == 25
    name = column(first, 1)[3]
    filtered = page(client, "/ask/gaps", limit=60, filter=name)
    assert name in column(filtered, 1) and all(name in row for row in column(filtered, 1))
    assert "没有符合的行（全部 60 行）" in page(client, "/ask/gaps", limit=60, filter="no such text")
    assert column(page(client, "/ask/gaps", limit=60, page=99), 1) == column(last, 1)


def test_what_is_not_known_is_last_in_either_order(client: TestClient) -> None:
    for sort in ("scale", "-scale"):
        text = page(client, "/ask/candidates", columns="name_zh,scale", sort=sort, limit=200)
        values = column(text, 2)
        known = [value for value in values if value != "—"]
        assert values == known + ["—"] * (len(values) - len(known))


def test_the_picture_holds_every_row_of_the_page_and_those_ticked(client: TestClient) -> None:
    rows = client.get("/api/ask/gaps?limit=60").json()["rows"]
    ids = [row["product_id"] for row in rows]
    text = page(client, "/ask/gaps", limit=60, page=2)
    nodes = drawn(text)
    assert set(ids[25:50]) <= set(nodes) and len(nodes) <= 80
    assert f"本页 25 行中画出 25 行，{len(nodes)} 个节点。" in text
    ticked = page(client, "/ask/gaps", limit=60, page=2, rows=[ids[0], ids[30]])
    assert set(drawn(ticked)) & set(ids) >= {ids[0], ids[30]} and "勾选的 2 行中画出 2 行" in ticked
    assert f'<input type="hidden" name="rows" value="{ids[0]}">' in ticked, "what is ticked on another page is kept"
    wanted = {one for row in (rows[0], rows[30]) for one in row["evidence_ids"] if label_of(one)}
    assert wanted <= set(drawn(ticked)), "few rows are drawn with all that they rest on"


def test_a_mistyped_name_keeps_the_form_and_leads_to_the_nearest(client: TestClient) -> None:
    text = page(client, "/ask/partners", 422, subject="中微公", limit=7)
    assert (
        'name="subject" value="中微公"' in text
        and 'name="limit" value="7"' in text
        and '<details class="asked" open>' in text
    )
    meant = next(one for one in links(text) if "limit=7" in one and "subject=" in one)
    assert 'class="headline"' in page(client, meant)
    number = page(client, "/ask/partners", 422, subject="中微公司", limit="many")
    assert 'name="limit" value="many" aria-invalid="true"' in number and "行数上限：须为整数" in number
    assert "没有节点" in page(client, "/ask/partners", 404, subject="enterprise:none")


def test_a_form_that_needs_something_named_leads_to_answers_of_the_graph(client: TestClient) -> None:
    offered = {
        name: [one for one in links(page(client, f"/ask/{name}")) if "=" in one.partition("?")[2]] for name in OPENINGS
    }
    for name, (parameter, _) in OPENINGS.items():
        assert any(one.startswith(f"/ask/{name}?{parameter}=") for one in offered[name]), name
    assert 'class="headline"' in page(client, next(one for one in offered["next_products"] if "city=" in one))
    assert not [one for one in links(page(client, "/ask/routes")) if one.startswith("/ask/routes?")], (
        "it needs two things"
    )


@pytest.mark.parametrize("name", ["cascade", "fund"])
def test_a_question_that_takes_long_waits_until_it_is_asked(client: TestClient, name: str) -> None:
    first = page(client, f"/ask/{name}")
    start = f"/ask/{name}?limit=50"
    assert 'class="headline"' not in first and '<details class="asked" open>' in first and "先选要问的" in first
    assert links(first).count(start) == 1 and 'class="headline"' in page(client, start)
    # What the form leaves out of the address as it is by default is not its limit, or it would come back to itself.
    assert re.search(r'name="limit" value="50"[^>]* data-default=""', first)
    assert client.get(f"/ask/{name}?format=json").json()["headline"]


def test_what_only_own_tables_have_says_how_to_see_an_example(client: TestClient) -> None:
    for path in (
        "certification",
        "tracking",
        "attribution",
        "lineage",
        "certificate?center=center:jinhua-shanghai",
        "fund",
        "fund?limit=50",
        "certificate",
    ):
        assert "corridor demo --with-sample" in page(client, f"/ask/{path}"), path
    assert "corridor demo --with-sample" in page(client, "/nodes/center:jinhua-shanghai")
    assert "with-sample" not in page(client, "/ask/gaps")


def test_what_a_number_may_be_is_drawn_paler_than_what_it_is_at_least(client: TestClient) -> None:
    rows = client.get("/api/ask/key_technologies").json()["rows"]
    row = next(one for one in rows if 0 < one["index_least"] < one["index_most"])
    cell = next(
        one
        for one in re.findall(r"<tr.*?</tr>", table(page(client, "/ask/key_technologies")), re.S)
        if row["name_zh"] in one
    )
    bars = re.findall(r'<rect(?: class="(\w+)")? width="([\d.]+)"', cell)
    assert bars[:2] == [("may", f"{100 * row['index_most']:.2f}"), ("", f"{100 * row['index_least']:.2f}")]


@pytest.mark.parametrize("view", [{"sort": "nothing"}, {"columns": "name_zh,nothing"}, {"format": "pdf"}])
def test_a_view_that_cannot_be_is_said_with_the_form(client: TestClient, view: dict[str, str]) -> None:
    assert 'role="alert"' in page(client, "/ask/gaps", 422, **view)


@pytest.mark.parametrize(
    "view", [{"page": "x"}, {"page": "-3"}, {"page": "9" * 400}, {"filter": "\0\n<b>"}, {"rows": "no"}]
)
def test_an_odd_view_is_shown_as_well_as_can_be(client: TestClient, view: dict[str, str]) -> None:
    assert 'class="headline"' in page(client, "/ask/gaps", limit=30, **view)


def test_the_page_and_the_api_give_the_same_rows_as_files(client: TestClient) -> None:
    rows = client.get("/api/ask/gaps?limit=30").json()["rows"]
    found = client.get("/api/ask/gaps", params={"limit": 30, "format": "csv", "language": "zh"})
    assert found.content.startswith(b"\xef\xbb\xbf") and found.headers["content-type"].startswith("text/csv")
    assert found.content == client.get("/ask/gaps", params={"limit": 30, "format": "csv", "language": "zh"}).content
    found_rows = list(csv.DictReader(io.StringIO(found.content.decode("utf-8-sig"))))
    assert [one["产品编号"] for one in found_rows] == [row["product_id"] for row in rows]
    assert [one["生产者"].split("; ") if one["生产者"] else [] for one in found_rows] == [
        row["maker_names"] for row in rows
    ]
    assert {one["环节"] for one in found_rows} <= {"上游", "中游", "下游", "上游; 中游", "上游; 下游", "中游; 下游", ""}
    book = client.get("/ask/gaps", params={"limit": 30, "format": "xlsx", "language": "zh"})
    assert book.headers["content-disposition"] == 'attachment; filename="gaps.xlsx"'
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(book.content))
    heading, *lines = workbook.get_sheet_by_index(0).to_python()
    assert heading == list(found_rows[0]) and [line[0] for line in lines] == [row["product_id"] for row in rows]
    assert [line[heading.index("全部下游")] for line in lines] == [row["downstream"] for row in rows]
    assert {line[heading.index("国外占比口径")] for line in lines} <= {
        "",
        "1−国产化率",
        "境外企业占全球市场",
        "进口占表观消费",
    }
    assert "个产品中" in str(workbook.get_sheet_by_index(1).to_python())
    whole = client.get("/ask/gaps", params={"limit": 30, "format": "json", "language": "zh"}).json()
    assert whole == client.get("/api/ask/gaps?limit=30&language=zh").json()


def test_a_workbook_calls_what_was_asked_and_says_what_stands_beside_the_headline(client: TestClient) -> None:
    asked = "shocks=place:341800&share=0.5&limit=3&language=zh&format=xlsx"
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(f"/ask/cascade?{asked}").content))
    notes = book.get_sheet_by_index(1).to_python()
    assert ["中断对象", "宣城市"] in notes
    assert sum("有供应记录" in str(line[1]) for line in notes) == 1


def _opened_elsewhere(file: Path) -> list[list[str]]:
    """The first table of a file as another program than those that wrote it shows it: LibreOffice where it is installed, else Calamine
    and Python's csv."""
    if office := shutil.which("soffice") or shutil.which("libreoffice"):
        profile = f"-env:UserInstallation={(file.parent / 'profile').as_uri()}"
        # Commas, quotes, UTF-8: for a CSV with this mark its window proposes so, without one it takes another encoding.
        table = "Text - txt - csv (StarCalc):44,34,76"
        reading = [f"--infilter={table}"] if file.suffix == ".csv" else []
        writing = ["--convert-to", f"csv:{table}", "--outdir", str(file.parent / "out")]
        command = [office, profile, "--headless", *reading, *writing, str(file)]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
        file = file.parent / "out" / f"{file.stem}.csv"
    if file.suffix == ".xlsx":
        rows = CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()
        return [[f"{cell:g}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows]
    return list(csv.reader(io.StringIO(file.read_bytes().decode("utf-8-sig"))))


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_another_program_opens_an_answer_with_the_right_chinese(client: TestClient, tmp_path: Path, form: str) -> None:
    rows = client.get("/api/ask/gaps?limit=30").json()["rows"]
    file = tmp_path / f"gaps.{form}"
    file.write_bytes(client.get("/ask/gaps", params={"limit": 30, "format": form, "language": "zh"}).content)
    heading, *lines = _opened_elsewhere(file)
    column = heading.index
    assert [line[column("产品编号")] for line in lines] == [row["product_id"] for row in rows]
    assert [line[column("产品")] for line in lines] == [row["name_zh"] for row in rows]
    assert [line[column("生产者")] for line in lines] == ["; ".join(row["maker_names"]) for row in rows]
    assert [float(line[column("全部下游")]) for line in lines] == [row["downstream"] for row in rows]


def test_a_file_holds_what_the_reader_sees(client: TestClient) -> None:
    view: dict[str, Given] = {
        "limit": 60, "sort": "-downstream", "columns": "name_zh,downstream", "filter": "设备", "language": "en",
    }  # fmt: skip
    text = client.get("/ask/gaps", params={**view, "format": "csv"}).content.decode("utf-8-sig")
    heading, *lines = list(csv.reader(io.StringIO(text)))
    assert len(heading) == 2 and not re.search("[\u4e00-\u9fff]", "".join(heading))
    seen = page(client, "/ask/gaps", **view)
    assert [line[0] for line in lines][:25] == column(seen, 1)


def test_hostile_names_stay_text_on_the_page_and_in_files(ladybug_store: GraphStore) -> None:
    graph_of(ladybug_store, [{"id": "product:a", "name_zh": HOSTILE}, {"id": "product:b", "name_zh": "-1+1|cmd"}])
    client = client_of(create_app(ladybug_store))
    text = page(client, "/ask/gaps", filter="<img", chain="")
    assert "<img" not in text and HOSTILE in column(text, 1)
    assert "<img" not in page(client, "/ask/partners", 422, subject=f"{HOSTILE} nowhere")
    files = {
        take: client.get("/ask/gaps", params={"format": take, "columns": "name_zh"}).content for take in ("csv", "xlsx")
    }
    lines = list(csv.reader(io.StringIO(files["csv"].decode("utf-8-sig"))))
    assert sorted(line[0] for line in lines[1:]) == sorted([f"'{HOSTILE}", "'-1+1|cmd"])
    from openpyxl import load_workbook

    cells = [row[0] for row in load_workbook(io.BytesIO(files["xlsx"])).worksheets[0].iter_rows(min_row=2)]
    assert {(cell.value, cell.data_type) for cell in cells} == {(HOSTILE, "s"), ("-1+1|cmd", "s")}


def test_a_title_carries_the_question_and_what_was_asked(client: TestClient) -> None:
    text = page(client, "/ask/gaps", chain="chain:integrated-circuits", limit=50)
    assert "<title>断链与缺口：产业链 集成电路 · corridor</title>" in text


def test_an_id_that_is_asked_for_is_said_by_its_name_and_asked_for_again(client: TestClient) -> None:
    text = page(client, "/ask/candidates", product="product:photoresist")
    assert "<title>补链候选企业：产品 光刻胶 · corridor</title>" in text and 'value="product:photoresist"' in text
    assert re.findall(r'class="given">(.*?)<', text) == ["产品 光刻胶"]
    assert "product Photoresist" in page(client, "/ask/candidates", product="product:photoresist", language="en")


def test_a_sentence_of_a_row_is_of_one_language(client: TestClient) -> None:
    asked = {"start": "product:photoresist", "target": "enterprise:chery-automobile"}
    said = column(page(client, "/ask/routes", language="en", **asked), 4)
    assert said[0] == "Photoresist is an input of Display panel"
    assert [one for one in said if re.search(r"[\u4e00-\u9fff]", one)] == []
    file = page(client, "/ask/routes", language="en", format="csv", **asked)
    assert "Photoresist is an input of Display panel" in file and "光刻胶" not in file


def test_a_store_without_anything_answers_with_a_reason(tmp_path_factory: pytest.TempPathFactory) -> None:
    store = open_store(f"ladybug://{tmp_path_factory.mktemp('empty') / 'g.lbug'}", buffer_pool_mib=128)
    graph_of(store, ["enterprise:a"])
    assert "图中没有产品" in page(client_of(create_app(store)), "/ask/gaps")
    store.close()


@pytest.mark.parametrize(("day", "is_maker"), [("2024-12-31", True), ("2025-01-01", False), ("", False)])
def test_an_answer_is_of_the_day_asked_for_on_its_page_in_the_api_and_in_files(
    client: TestClient, day: str, is_maker: bool
) -> None:
    asked: dict[str, Given] = {"subjects": ["product:polarizer"], "as_of": day}
    api = client.get("/api/ask/concentration", params=asked)
    assert ("MAKES|enterprise:lg-chem|product:polarizer" in api.text) is is_maker
    assert not day or api.json()["as_of"] == day
    found = page(client, "/ask/concentration", **asked)
    assert (f"提问日期 {day}" in found) is bool(day)
    assert ("没有起止日期记录的" in found.partition('id="findings"')[0]) is bool(day)
    led = [one for one in re.findall(r'href="/ask/concentration\?([^"]*)"', found) if "language" not in one]
    assert len(led) > 10 and all((f"as_of={day}" in one) is bool(day) for one in led)
    assert not day or f'<input type="hidden" name="as_of" value="{day}">' in found
    file = client.get("/ask/concentration", params={**asked, "format": "csv"}).content.decode("utf-8-sig")
    assert ("MAKES|enterprise:lg-chem" in file) is is_maker


def test_what_is_no_day_is_said_and_the_form_kept(client: TestClient) -> None:
    found = page(client, "/ask/gaps", 422, as_of="2025-02-30", limit=7)
    assert "不早于 1900 年" in found and 'value="2025-02-30"' in found and 'value="7"' in found
    for day in ("yesterday", "2024-1-1", "20240101", "2024-W01-1", "0001-01-01"):
        assert client.get("/api/ask/gaps", params={"as_of": day}).status_code == 422
    assert client.get("/api/ask/gaps?as_of=9999-12-31&limit=1").status_code == 200
