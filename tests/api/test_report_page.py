"""The report as a page: it says what the report says, hostile text stays text, and it opens offline."""

import re
from html import unescape
from pathlib import Path

import pytest

from api.report_page import report_html
from graph.texts import Language
from ingest.pipeline import Checked
from tests.browser import Watched
from tests.ingest.datasets import checked_at, dataset

HOSTILE = "<script>document.title='owned'</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    rows = [{"id": "product:a"}, {"id": "product:a"}, {"id": "product:b", "as_of": HOSTILE},
            {"id": "product:c", "as_of": "?", HOSTILE: "x"}]  # fmt: skip
    inputs = [{"from_id": "product:a", "to_id": f"product:{n}"} for n in range(1_234)]
    return checked_at(dataset(tmp_path_factory.mktemp("page") / "d", products=rows, input_of=inputs))


def cells(page: str) -> list[list[str]]:
    """The texts of the cells of each row of the page's tables."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.DOTALL)
    return [
        [unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]
        for row in rows
    ]


def test_the_page_says_the_numbers_of_the_report(dirty: Checked) -> None:
    page, report = report_html(dirty.report, Language.ZH), dirty.report

    assert f"批次 {report.run_id}" in page
    assert (
        f"读取 {report.read:,} = 载入 {report.loaded:,} + 合并 {report.merged:,} + 隔离 {report.quarantined:,}" in page
    )
    assert (report.read, report.loaded, report.merged, report.quarantined) == (1_239, 2, 1, 1_236)
    rows = [[cell.replace(",", "") for cell in row] for row in cells(page)]
    for kind in report.kinds:
        numbers = (kind.claims, kind.loaded, kind.merged, kind.quarantined, kind.disputed)
        assert [kind.what, *map(str, numbers)] in rows
    for table in report.tables:
        start = [table.dataset, table.file, *map(str, (table.rows, table.read, table.accepted, table.quarantined))]
        assert [row for row in rows if row[: len(start)] == start]


def test_the_reasons_stand_on_the_page_the_most_frequent_first(dirty: Checked) -> None:
    page = report_html(dirty.report, Language.ZH)

    reasons = [
        row
        for row in cells(page)
        if len(row) == 6 and row[1] in ("INPUT_OF", "Product") and row[2] in ("to_id", "as_of")
    ]
    assert [row[0].replace(",", "") for row in reasons] == [str(r.count) for r in dirty.report.reasons]
    assert reasons[0][4].startswith("input_of.csv:2 product:0")


def test_a_clean_load_has_a_page_without_reasons(tmp_path: Path) -> None:
    page = report_html(checked_at(dataset(tmp_path, products=[{"id": "product:a"}])).report, Language.ZH)

    assert "没有一行被隔离" in page


def test_hostile_text_of_rows_and_headings_stays_text(dirty: Checked) -> None:
    page = report_html(dirty.report, Language.ZH)

    assert "<script>document" not in page
    assert "<img src=x" not in page
    assert page.count("&lt;script&gt;document.title") >= 2


@pytest.mark.browser
def test_the_page_opens_from_its_file_without_complaint_or_request(
    browser_page: Watched, dirty: Checked, tmp_path: Path
) -> None:
    page = browser_page.open_file(tmp_path, report_html(dirty.report, Language.ZH))

    assert page.title() != "owned"
    assert "1,239" in page.inner_text("body")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert (browser_page.complaints, browser_page.requests) == ([], [])
