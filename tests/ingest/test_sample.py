"""The sample years: they load alone and beside the facts, everything in them says that it is invented, and nothing else does."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from graph.open_store import open_store
from graph.store import GraphStore
from graph.texts import Language
from ingest.dataset import BUNDLED, SAMPLE, datasets_at
from ingest.pipeline import Checked, Settings, checked
from queries.answer import rows_of
from queries.saved import question_named

pytestmark = pytest.mark.slow

_REAL = ("places.csv", "part_of.csv", "sources.csv")
"""Tables of places, which are real."""


@cache
def rows(folder: Path) -> list[tuple[str, Mapping[str, str]]]:
    found: list[tuple[str, Mapping[str, str]]] = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as table:
            found += [(path.name, row) for row in csv.DictReader(table)]
    return found


_TO_FACTS = ("fills.csv", "part_of.fund.csv")
"""Tables of what proposed projects would fill: gaps of the facts, or a fund would have nothing to choose by."""


@pytest.fixture(scope="module")
def sample(sample_checked: Checked) -> Iterator[GraphStore]:
    store = open_store("ladybug://:memory:", buffer_pool_mib=512)
    store.replace(sample_checked.batches, sample_checked.run_id)
    yield store
    store.close()


def test_it_loads_beside_the_facts_and_alone_but_for_what_projects_would_fill(
    with_sample_checked: Checked, sample_checked: Checked
) -> None:
    beside, alone = with_sample_checked, sample_checked
    to_facts = sum(file in _TO_FACTS for file, _ in rows(SAMPLE))
    assert (beside.report.quarantined, beside.report.values) == (0, 0) and to_facts > 50
    assert (alone.report.quarantined, alone.report.values) == (to_facts, 0)


def test_every_row_says_that_it_is_invented() -> None:
    invented = [(file, row) for file, row in rows(SAMPLE) if file not in _REAL]
    assert [row for _, row in invented if row["source_ids"] != "source:sample"] == []
    assert [row for _, row in invented if "from_id" in row and row["evidence"] != "示例，虚构"] == []
    assert [row["name_zh"] for _, row in invented if "id" in row and not row["name_zh"].startswith("示例")] == []
    ids = [row["id"] for _, row in invented if "id" in row]
    assert [one for one in ids if ":sample-" not in one] == [] and len(set(ids)) == len(ids)


def test_no_invented_thing_is_among_the_facts_and_places_are_the_same() -> None:
    facts = [row for _, row in rows(BUNDLED)]
    assert [row for row in facts if "sample-" in str(row) or "示例" in row.get("name_zh", "")] == []
    assert "source:sample" not in {row.get("id") for row in facts}
    real = {row["id"]: row for file, row in rows(BUNDLED) if file == "places.csv"}
    assert [row for file, row in rows(SAMPLE) if file == "places.csv" and real[row["id"]] != row] == []


def test_invented_edges_join_invented_things_to_each_other_or_to_places() -> None:
    edges = [(file, row) for file, row in rows(SAMPLE) if file not in _REAL and "from_id" in row]
    ends = {row["from_id"] for _, row in edges} | {row["to_id"] for file, row in edges if file not in _TO_FACTS}
    assert [one for one in ends if ":sample-" not in one and not one.startswith("place:")] == []


@pytest.mark.parametrize("asked", ["attribution", "certification", "tracking", "lineage"])
def test_each_question_about_centres_has_something_to_say_of_it(sample: GraphStore, asked: str) -> None:
    answer = question_named(asked).ask(sample)
    assert rows_of(answer)
    # What every kind of answer has of it: a drift, a wrong unit, a missing report; a failed gate; a contradiction.
    said = answer.model_dump_json()
    wanted = {
        "attribution": ["矛盾"], "certification": ["门槛：", "优秀"],
        "tracking": ["降到", "须核对", "缺报", "只销售"], "lineage": ["示例工厂"],
    }  # fmt: skip
    assert [one for one in wanted[asked] if one not in said] == []


_HEADINGS = (
    "企业名称,中心名称,年度,季度,填报日期,研发内部支出（万元）,研发外部支出（万元）,研发人员,从业人员,研发孵化面积（m²）,其他面积（m²）,主业收入（万元）,"
    "其他收入（万元）,税收（万元）,产值（万元）,与院所合同额（万元）,所获支持（万元）,在孵企业,毕业企业,授权专利,迁入注册数"
)


def test_the_table_that_residents_fill_in_becomes_reports_and_what_is_wrong_in_it_is_named(
    claims_home: Path, tmp_path: Path
) -> None:
    lines = [
        "示例企业01号,示例中心·金华,2022,,2023-01-20,120.5,30,20,40,500,100,900,1,30,1000,20,10,1,0,2,0",
        "示例企业02号,示例中心·金华,2022,1,2022-04-10,-5,,10,30,,,,,,,,,,,,",
        "无此企业,示例中心·金华,2022,,2023-01-20,10,,,,,,,,,,,,,,,",
        "示例企业03号,示例中心·金华,26,,,10,,,,,,,,,,,,,,,",
    ]
    (tmp_path / "入驻企业填报2022.csv").write_text("\n".join([_HEADINGS, *lines]), encoding="utf-8")
    result = checked(datasets_at([SAMPLE, tmp_path], ["centre-reports"]), Settings(claims_home))
    found = [row for batch in result.batches if batch.name == "Report" for row in batch.table.to_pylist()]
    own = {row["name_zh"]: row for row in found if row["source_ids"] == ["source:centre-reports"]}
    assert own["示例企业01号 2022年填报"]["rnd_internal_10k_cny"] == 120.5
    quarter = own["示例企业02号 2022年第1季度填报"]
    assert (quarter["quarter"], quarter["rnd_internal_10k_cny"], quarter["tax_10k_cny"]) == (1, None, None)
    reasons = [(reason.what, reason.field) for reason in (*result.report.reasons, *result.report.value_reasons)]
    assert ("Report", "rnd_internal_10k_cny") in reasons and ("REPORTED", "from_id") in reasons
    assert ("Report", "year") in reasons


def test_two_reports_of_one_period_are_two_and_the_later_counts_while_equal_rows_are_one(
    claims_home: Path, tmp_path: Path
) -> None:
    def line(firm: str, day: str, spend: float) -> str:
        return f"{firm},示例中心·金华,2022,,{day},{spend},30,20,40,500,100,900,1,30,1000,20,10,1,0,2,0"

    first, second, third = "示例企业01号", "示例企业02号", "示例企业03号"
    lines = [line(first, "2023-02-20", 99.5), line(first, "2023-01-20", 120.5), line(second, "", 7), line(second, "", 7),
             line(third, "2023-01-20", 1), line(third, "2023-01-20", 2)]  # fmt: skip
    (tmp_path / "入驻企业填报2022.csv").write_text("\n".join([_HEADINGS, *lines]), encoding="utf-8")
    result = checked(datasets_at([SAMPLE, tmp_path], ["centre-reports"]), Settings(claims_home))
    memory = open_store(f"ladybug://{tmp_path / 'twice.lbug'}")
    memory.replace(result.batches, "twice")
    answer = question_named("attribution").ask(memory, year=2022)
    [said] = [note.in_(Language.ZH) for note in answer.notes if note.id == "centres.later"]
    assert "2 份" in said and first in said and third in said and second not in said
    shown = question_named("tracking").ask(memory, center="示例中心·金华", by="resident", since=2022)
    spent = {row.enterprise_name: row.rnd_internal for row in shown.rows if row.year == 2022}  # type: ignore[attr-defined]
    assert (spent[first], spent[second]) == (99.5, 7) and spent[third] in (1, 2)
    memory.close()


def test_a_quarter_that_cannot_be_read_is_no_whole_year(claims_home: Path, tmp_path: Path) -> None:
    lines = [f"示例企业01号,示例中心·金华,{year},{quarter}" + "," * 17 for year, quarter in
             ((2016, "Q1"), (2017, "5"), (2018, "全年"), (2019, ""), (2020, "2"))]  # fmt: skip
    (tmp_path / "入驻企业填报2022.csv").write_text("\n".join([_HEADINGS, *lines]), encoding="utf-8")
    result = checked(datasets_at([SAMPLE, tmp_path], ["centre-reports"]), Settings(claims_home))
    found = [row for batch in result.batches if batch.name == "Report" for row in batch.table.to_pylist()]
    own = {row["year"]: row["quarter"] for row in found if row["source_ids"] == ["source:centre-reports"]}
    assert own == {2018: None, 2019: None, 2020: 2}
    assert ("Report", "quarter") in {(reason.what, reason.field) for reason in result.report.reasons}


def test_an_agreed_part_over_one_or_of_no_place_is_set_aside(claims_home: Path, tmp_path: Path) -> None:
    changes = [{"share": "1.4"}, {"to_id": "place:999999"}, {"share": "-0.2"}]
    with (SAMPLE / "agreed_split.csv").open(encoding="utf-8", newline="") as table:
        wrong = [
            {**row, "source_ids": "source:t", **change}
            for row, change in zip(csv.DictReader(table), changes, strict=False)
        ]
    text = "\n".join([",".join(wrong[0]), *(",".join(row.values()) for row in wrong), ""])
    (tmp_path / "agreed_split.csv").write_text(text, encoding="utf-8")
    (tmp_path / "sources.csv").write_text("id,name_zh,kind\nsource:t,试,survey\n", encoding="utf-8")
    result = checked(datasets_at([SAMPLE, tmp_path]), Settings(claims_home))
    told = Counter[str]()
    for reason in (*result.report.reasons, *result.report.value_reasons):
        if reason.what == "AGREED_SPLIT":
            told[reason.field] += reason.count
    assert told == {"share": 2, "to_id": 1}
