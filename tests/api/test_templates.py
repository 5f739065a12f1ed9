"""Templates: every table that a user fills, in both languages; what is filled in loads, what explains it does not."""

import csv
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from api.settings import chosen_language
from api.templates import Template, template_named, templates
from graph.ontology import KIND
from graph.texts import Language
from ingest.dataset import BUNDLED, SAMPLE, datasets_at
from ingest.mapping.mapping import settable
from ingest.mapping.proposal import proposed
from ingest.pipeline import Checked, Settings, checked
from tests.api.test_ledger import did, run

pytestmark = pytest.mark.slow

FORMS = tuple(zip(Language, ("csv", "xlsx"), strict=True))
"""Each language and each form once: the one does not depend on the other."""


def filled(path: Path, template: Template) -> Path:
    """The file with its example as a row of its own."""
    row = [one.example for one in template.columns]
    if path.suffix == ".xlsx":
        book = load_workbook(path)
        assert book.active
        book.active.append(row)
        book.save(path)
    else:
        with path.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file).writerow(row)
    return path


@pytest.mark.parametrize("language", Language)
def test_each_column_of_each_table_of_the_graph_is_read_as_what_it_is(language: Language, tmp_path: Path) -> None:
    known = {one.name: one for one in templates(language)}
    for kind in KIND.values():
        template = known[kind.file.partition(".")[0]]
        path = tmp_path / f"{template.name}.csv"
        path.write_bytes(template.content("csv", language))
        [table] = proposed(path, kind.name).mapping.tables
        target = next(one for one in table.targets() if one.type == kind.name)
        properties = settable(kind)
        headings = [one.heading for one in template.columns[-len(properties) :]]
        expected = dict(zip([prop.name for prop in properties], headings, strict=True))
        assert {name: value.column for name, value in target.values()} == expected


def test_what_is_filled_in_is_loaded_and_what_explains_it_is_not(
    tmp_path: Path, claims_home: Path, sample_checked: Checked
) -> None:
    names = ("reports", "reported", "projects", "results", "proposals", "agreed_split")
    folders = {(language, form): tmp_path / f"{language}-{form}" for language, form in FORMS}
    for (language, form), folder in folders.items():
        did("template", *names, "--out", folder, "--format", form, "--language", language)
    empty = checked(datasets_at([SAMPLE, *folders.values()]), Settings(claims_home)).report
    for folder in folders.values():
        ours = [table.no_records for table in empty.tables if table.dataset == folder.name]
        assert ours == [2] * len(names), folder.name
    sample = sample_checked.report
    assert (empty.quarantined, empty.read) == (sample.quarantined, sample.read)
    for (language, form), folder in folders.items():
        known = {one.name: one for one in templates(language)}
        for name in names:
            filled(folder / f"{name}.{form}", known[name])
    report = checked(datasets_at([SAMPLE, *folders.values()]), Settings(claims_home)).report
    assert (report.quarantined, report.values) == (empty.quarantined, empty.values)
    read = {(table.dataset, table.file): table.read for table in report.tables}
    for folder in folders.values():
        assert [read[table] for table in read if table[0] == folder.name] == [1] * len(names), folder.name


def test_the_table_of_residents_is_filled_and_loaded_in_either_language(tmp_path: Path, claims_home: Path) -> None:
    folders = []
    for number, (language, form) in enumerate(FORMS):
        folders.append(tmp_path / f"{language}-{form}")
        did("template", "centre-reports", "--out", folders[-1], "--format", form, "--language", language)
        template = next(one for one in templates(language) if one.mapping == "centre-reports")
        shown = {"企业名称": "示例企业01号", "中心名称": "示例中心·金华", "年度": str(2023 - number)}
        columns = [one._replace(example=shown.get(one.name, one.example)) for one in template.columns]
        filled(folders[-1] / f"{template.name}.{form}", template._replace(columns=columns))
    result = checked(datasets_at([SAMPLE, *folders], ["centre-reports"]), Settings(claims_home))
    own = [row for batch in result.batches if batch.name == "Report" for row in batch.table.to_pylist()
           if row["source_ids"] == ["source:centre-reports"]]  # fmt: skip
    assert sorted(row["year"] for row in own) == [2022, 2023]
    assert [{name: row[name] for name in _FIGURES} for row in own] == [_FIGURES] * 2


_FIGURES = {
    "rnd_internal_10k_cny": 293.2, "rnd_external_10k_cny": 15.3, "rnd_staff": 30, "staff": 64, "main_area_m2": 631.0,
    "other_area_m2": 47.0, "main_revenue_10k_cny": 905.6, "other_revenue_10k_cny": 67.6, "tax_10k_cny": 55.4,
    "output_10k_cny": 1407.6, "contracts_10k_cny": 0.0, "support_10k_cny": 43.2, "incubated_firms": 2, "graduates": 0, "patents": 8,
    "moved_registrations": 0,
}  # fmt: skip


def test_candidates_become_rows_of_the_table_of_projects_and_load_once_a_cost_is_filled_in(
    bundled_url: str, tmp_path: Path, bundled_checked: Checked, claims_home: Path
) -> None:
    rows = [row for language in Language for row in costed(language, bundled_url, tmp_path / language)]
    folders = [tmp_path / language for language in Language]
    result = checked(datasets_at([BUNDLED, *folders], ["fund-projects"]), Settings(claims_home))
    batches = {batch.name: batch.table for batch in result.batches}
    assert batches["Proposal"]["cost_10k_cny"].to_pylist() == [8000.0] * len(rows)
    assert {*batches["FILLS"]["to_id"].to_pylist()} == {"product:semiconductor-dry-vacuum-pump"}
    assert len(batches["PROPOSES"]) == len(rows)
    proposed = {*batches["PROPOSES"]["to_id"].to_pylist()}
    placed = proposed & {*batches["LOCATED_IN"]["from_id"].to_pylist()}
    assert len(placed) == sum(bool(row["建设地点"]) for row in rows)
    assert result.report.quarantined == bundled_checked.report.quarantined


def costed(language: Language, bundled_url: str, folder: Path) -> list[dict[str, str]]:
    """The candidates for a product, by the names of the columns, written into the folder again with a cost."""
    asked = ("--candidates-for", _PUMP, "--store", bundled_url, "-o", folder, "--language", language)
    did("template", *asked, "--format", "xlsx")
    [path] = folder.iterdir()
    in_workbook = sheet_rows(path)
    path.unlink()
    did("template", *asked, "--format", "csv")
    [path] = folder.iterdir()
    template = next(one for one in templates(language) if one.mapping == "fund-projects")
    head, about, *rows = in_file = [*csv.reader(path.open(encoding="utf-8-sig"))]
    assert in_workbook == in_file
    names = [one.name for one in template.columns]
    cost = names.index("投资额（万元）")
    assert path.stem == template.name and [row[cost] for row in rows] == [""] * len(rows) and len(rows) > 1
    assert (
        head[cost] == template.columns[cost].heading
        and ("待填" if language == "zh" else "to be filled in") in about[cost]
    )
    rows = [[*row[:cost], "8000", *row[cost + 1 :]] for row in rows]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, about, *rows])
    return [dict(zip(names, row, strict=False)) for row in rows]  # Behind them stands why each was found.


_PUMP = "product:semiconductor-dry-vacuum-pump"


def sheet_rows(path: Path) -> list[list[str]]:
    """The cells of a workbook's first sheet as text."""
    book = load_workbook(path)
    assert book.active
    return [[str(cell or "") for cell in row] for row in book.active.iter_rows(values_only=True)]


def test_candidates_are_written_into_no_other_table(tmp_path: Path) -> None:
    assert "拟投项目" in str(run("template", "reports", "--candidates-for", _PUMP, "-o", tmp_path).exception)
    assert not [*tmp_path.iterdir()]


def test_a_file_that_is_there_is_named_before_candidates_are_looked_for(tmp_path: Path) -> None:
    there = tmp_path / f"{template_named('fund-projects', chosen_language()).name}.csv"
    there.write_text("", encoding="utf-8")
    asked = run("template", "--candidates-for", _PUMP, "--store", "ladybug://none.lbug", "-o", tmp_path)
    assert there.name in str(asked.exception)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("language", Language)
def test_a_table_of_the_ledger_is_booked_but_for_its_example(
    language: Language, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORRIDOR_HOME", str(tmp_path))
    monkeypatch.setenv("CORRIDOR_LANGUAGE", language)
    known = {one.name: one for one in templates(language)}
    did("template", "budget", "issue", "redeem", "void", "-o", tmp_path, "--format", form)
    for name in ("budget", "issue", "redeem", "void"):
        path = tmp_path / f"{name}.{form}"
        before = did("voucher", "import", path, "--as", name)
        assert "0" in before.splitlines()[-1] and "4" not in before.splitlines()[-1]
        done = run("voucher", "import", filled(path, known[name]), "--as", name)
        assert (done.exit_code == 0) == (name != "void"), done.output  # What has paid cannot be taken back.
    assert [line.split(",")[13] for line in did("voucher", "list", "--csv").splitlines()] == ["status", "redeemed"]


def test_a_file_that_is_there_is_not_emptied_and_a_name_of_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "reports.csv").write_text("mine", encoding="utf-8")
    assert run("template", "reports", "-o", tmp_path).exit_code == 1
    assert (tmp_path / "reports.csv").read_text(encoding="utf-8") == "mine"
    assert "reports" in str(run("template", "report", "-o", tmp_path).exception)
    assert "proposals" in did("template")


# --- in the browser and over HTTP ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", Language)
def test_the_page_offers_each_table_as_the_command_writes_it(client: TestClient, language: Language) -> None:
    page = client.get(f"/templates?language={language}").text
    assert 'href="/templates' in client.get(f"/?language={language}").text
    for one in templates(language):
        for form in ("csv", "xlsx"):
            href = f"/api/templates/{one.mapping or one.name}?form={form}&language={language}"
            assert href.replace("&", "&amp;") in page, href
    for name in ("reports", "centre-reports", "issue"):
        got = client.get(f"/api/templates/{name}?form=csv&language={language}")
        assert got.content == template_named(name, language).content("csv", language)
        assert got.headers["content-disposition"].startswith("attachment;")
    assert client.get("/api/templates/reports").content.startswith(b"PK")


def test_candidates_are_a_table_of_projects_to_be_filled_from_the_page_of_a_fund(client: TestClient) -> None:
    page = client.get("/ask/fund?candidates_for=%E5%85%89%E5%88%BB%E8%83%B6").text
    [href] = set(re.findall(r'href="(/api/templates/[^"]+)"', page))
    table = client.get(href.replace("&amp;", "&") + "&form=csv&language=zh").content.decode("utf-8-sig")
    rows = list(csv.DictReader(table.splitlines()))
    assert (
        rows[0]["项目名称"].startswith("示例")
        and all(row["补的产品"] == "光刻胶" for row in rows[1:])
        and len(rows) > 1
    )
    assert {row["投资额（万元）"] for row in rows[1:]} == {""}


@pytest.mark.parametrize(
    ("path", "said"),
    [("nothing", "nothing"), ("reports?candidates_for=EDA", "Proposed projects"), ("reports?form=exe", "form"),
     ("fund-projects?candidates_for=no-such-product", "no-such-product")],
)  # fmt: skip
def test_what_is_no_template_is_said(client: TestClient, path: str, said: str) -> None:
    answer = client.get(f"/api/templates/{path}", headers={"Accept-Language": "en"})
    assert answer.status_code == 422 and said in answer.text
