"""Templates: every table that a user fills, in both languages; what is filled in loads, what explains it does not."""

import csv
from pathlib import Path

import pytest
from openpyxl import load_workbook

from api.templates import Template, templates
from graph.ontology import KIND
from graph.texts import Language
from ingest.dataset import SAMPLE, datasets_at
from ingest.mapping.mapping import settable
from ingest.mapping.proposal import proposed
from ingest.pipeline import checked
from tests.api.test_ledger import did, run


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


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("language", Language)
def test_what_is_filled_in_is_loaded_and_what_explains_it_is_not(language: Language, form: str, tmp_path: Path) -> None:
    names = ("reports", "reported", "projects", "results", "proposals", "agreed_split")
    did("template", *names, "--out", tmp_path, "--format", form, "--language", language)
    empty = checked(datasets_at([SAMPLE, tmp_path])).report
    ours = [table for table in empty.tables if table.file.endswith(form) and table.dataset == tmp_path.name]
    assert [table.no_records for table in ours] == [2] * len(names) and empty.quarantined == checked(
        datasets_at([SAMPLE])
    ).quarantined
    known = {one.name: one for one in templates(language)}
    for name in names:
        filled(tmp_path / f"{name}.{form}", known[name])
    report = checked(datasets_at([SAMPLE, tmp_path])).report
    assert (report.quarantined, report.values) == (empty.quarantined, empty.values)
    assert report.read - empty.read == len(names)


def test_the_table_of_a_mapping_is_filled_and_loaded(tmp_path: Path) -> None:
    did("template", "入驻企业填报", "--out", tmp_path)
    template = next(one for one in templates(Language.ZH) if one.name == "入驻企业填报")
    shown = {"企业名称": "示例企业01号", "中心名称": "示例中心·金华"}
    columns = [one._replace(example=shown.get(one.heading, one.example)) for one in template.columns]
    filled(tmp_path / "入驻企业填报.csv", template._replace(columns=columns))
    result = checked(datasets_at([SAMPLE, tmp_path], ["centre-reports"]))
    own = [row for batch in result.batches if batch.name == "Report" for row in batch.table.to_pylist()
           if row["source_ids"] == ["source:centre-reports"]]  # fmt: skip
    assert [row["year"] for row in own] == [2023] and own[0]["rnd_internal_10k_cny"] == 293.2


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
