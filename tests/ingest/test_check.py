"""What `corridor check-data` says of the smallest data sets: each check on one that fails it and on one that passes."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import commands
from graph.errors import UsageError
from graph.texts import Language, is_known
from ingest.check import _DOUBTS, _ERRORS, CheckedData, Finding, check
from ingest.dataset import BUNDLED, datasets_at
from tests.ingest.datasets import Cells, dataset

pytestmark = pytest.mark.slow

DAY = date(2026, 6, 1)
RECENT = "2026-01-31"
Tables = Mapping[str, Sequence[Cells]]

SOURCE: Cells = {"id": "source:s", "name_zh": "年报", "kind": "annual_report", "url": "https://a.cn/2025.pdf"}
GOOD: Tables = {
    "sources": [SOURCE],
    "products": [{"id": "product:p"}, {"id": "product:q"}],
    "enterprises": [{"id": "enterprise:a", "name_zh": "甲"}, {"id": "enterprise:b", "name_zh": "乙"}],
    "makes": [
        {"from_id": "enterprise:a", "to_id": "product:p"},
        {"from_id": "enterprise:b", "to_id": "product:p"},
        {"from_id": "enterprise:b", "to_id": "product:q"},
    ],
}
"""A data set of which nothing is wrong or doubtful; a test changes what it is about."""
INPUT: Tables = {"input_of": [{"from_id": "product:p", "to_id": "product:q"}]}
CHAIN: Tables = {
    "chains": [{"id": "chain:c"}],
    "part_of": [{"from_id": f"product:{one}", "to_id": "chain:c", "stage": "upstream"} for one in "pq"],
}
PLANT: Tables = {
    "places": [{"id": "place:310117", "level": "district"}],
    "plants": [{"id": "plant:f"}],
    "located_in": [{"from_id": "plant:f", "to_id": "place:310117"}],
    "operates": [{"from_id": "enterprise:a", "to_id": "plant:f"}],
}
"""Tables beside those of `GOOD`, for what is about them: each takes its time in each case."""


def found(folder: Path, changed: Tables) -> CheckedData:
    """What is found in `GOOD` with some tables in place of its own."""
    tables = {name: [{"as_of": RECENT, **row} if name != "sources" else row for row in rows]
              for name, rows in {**GOOD, **changed}.items() if rows}  # fmt: skip
    return check(datasets_at([dataset(folder / "data", **tables)]), DAY)


@pytest.fixture(scope="module")
def found_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Tables], CheckedData]:
    """`found`, once for all cases that have the same tables."""
    known: dict[str, CheckedData] = {}

    def once(changed: Tables) -> CheckedData:
        key = json.dumps({**GOOD, **changed})
        if key not in known:
            known[key] = found(tmp_path_factory.mktemp("d"), changed)
        return known[key]

    return once


def said(result: CheckedData) -> list[tuple[str, str, str]]:
    """Kind, place and field of each finding."""
    return [(one.kind, f"{one.file}:{one.row}", one.field) for one in result.findings]


def makes(*more: Cells) -> Tables:
    return {"makes": [*GOOD["makes"], *more]}


def shares(first: str, second: str, **more: str) -> Tables:
    """The two makers of a product with a share each."""
    of = {"to_id": "product:q", "share_market": "world", "share_basis": "value", "share_year": "2025"}
    return makes(
        {**of, "from_id": "enterprise:a", "share": first}, {**of, "from_id": "enterprise:b", "share": second, **more}
    )


def products(**first: str) -> Tables:
    return {"products": [{"id": "product:p", **first}, {"id": "product:q"}]}


def enterprises(*more: Cells, **first: str) -> Tables:
    """The enterprises with something changed in the first, and further ones that all make something."""
    return {
        "enterprises": [{**GOOD["enterprises"][0], **first}, GOOD["enterprises"][1], *more],
        **makes(*({"from_id": one["id"], "to_id": "product:p"} for one in more)),
    }


def sources(*more: Cells, **first: str) -> Tables:
    return {"sources": [{**SOURCE, **first}, *more]}


def sale(**more: str) -> Tables:
    return {
        "supplies": [
            {"from_id": "enterprise:a", "to_id": "enterprise:b", "amount_10k_cny": "10", "share_year": "2025", **more}
        ]
    }


def owns(*rows: tuple[str, str, str]) -> Tables:
    return {
        "owns": [{"from_id": f"enterprise:{a}", "to_id": f"enterprise:{b}", "share": share} for a, b, share in rows]
    }


LIST: Cells = {**SOURCE, "id": "source:list", "name_zh": "名单", "kind": "dataset"}
ON_A_LIST = {"source_ids": "source:list"}
C = {"id": "enterprise:c"}
RANGE = {"foreign_basis": "imports", "foreign_year": "2024"}

Case = tuple[Tables, str, str, Tables]
"""Tables that fail, where that is said and of which field, and tables that pass."""

CASES: Mapping[str, Sequence[Case]] = {
    "source_unknown": [(makes({"from_id": "enterprise:a", "to_id": "product:q", "source_ids": "source:x"}),
                        "makes.csv:5", "source_ids", makes())],
    "node_unknown": [(makes({"from_id": "enterprise:x", "to_id": "product:q"}), "makes.csv:5", "from_id", makes())],
    "quarantined": [
        (makes({"from_id": "enterprise:a", "to_id": "product:q", "share": "1.2"}), "makes.csv:5", "share", makes()),
        (makes({"from_id": "enterprise:a", "to_id": "product:q", "source_ids": ""}), "makes.csv:5", "source_ids", makes()),
        (owns(("a", "a", "0.5")), "owns.csv:2", "to_id", owns(("a", "b", "0.5"))),
    ],
    "source_without_address": [
        (sources(url="https://www.a.cn/"), "sources.csv:2", "url", sources(url="https://www.a.cn/?id=1")),
        (sources(url="", publisher="甲"), "sources.csv:2", "url", sources(url="", publisher="甲", as_of=RECENT)),
        (sources(url="https://a.cn", publisher="甲", as_of=RECENT, kind="company_site"), "sources.csv:2", "url",
         sources(url="https://a.cn/products", kind="company_site")),
    ],
    "makes_over_one": [
        (shares("0.5", "0.6"), "makes.csv:6", "share", shares("0.5", "0.51")),
        (shares("0.5", "0.6"), "makes.csv:6", "share", shares("0.5", "0.6", share_market="china")),
        (shares("0.5", "0.6"), "makes.csv:6", "share", shares("0.5", "0.6", share_year="2024")),
        (shares("0.5", "0.6"), "makes.csv:6", "share", shares("0.5", "0.6", share_basis="units")),
        (shares("0.5", "0.6"), "makes.csv:6", "share", {**PLANT, **shares("0.5", "0.6", from_id="plant:f")}),
    ],
    "owns_over_one": [(
        {**enterprises(C), **owns(("a", "c", "0.5"), ("b", "c", "0.6"))}, "owns.csv:3", "share",
        {**enterprises(C), **owns(("a", "c", "0.5"), ("b", "c", "0.51"))},
    ), (
        {**enterprises(C), **owns(("a", "c", "0.5"), ("b", "c", "0.6"))}, "owns.csv:3", "share",
        {**enterprises(C), "owns": [{**row, "valid_to": day} for row, day in
                                    zip(owns(("a", "c", "0.5"), ("b", "c", "0.6"))["owns"], ("", RECENT), strict=True)]},
    )],
    "foreign_range": [(products(foreign_share_min="0.9", foreign_share_max="0.8", **RANGE), "products.csv:2",
                       "foreign_share_min", products(foreign_share_min="0.8", foreign_share_max="0.9", **RANGE))],
    "foreign_unsaid": [
        (products(foreign_share="0.9"), "products.csv:2", "foreign_basis|foreign_year",
         products(foreign_share="0.9", **RANGE)),
        ({"technologies": [{"id": "technology:t", "foreign_share_min": "0", "foreign_year": "2024"}]},
         "technologies.csv:2", "foreign_basis", {"technologies": [{"id": "technology:t"}]}),
    ],
    "plant_nowhere": [({**PLANT, "located_in": []}, "plants.csv:2", "LOCATED_IN", PLANT)],
    "plant_unoperated": [({**PLANT, "operates": []}, "plants.csv:2", "OPERATES", PLANT)],
    "ended_before_begun": [(makes({"from_id": "enterprise:a", "to_id": "product:q", "valid_from": "2025-02-01",
                                   "valid_to": "2025-01-31"}), "makes.csv:5", "valid_to",
                            makes({"from_id": "enterprise:a", "to_id": "product:q", "valid_from": "2025-01-31",
                                   "valid_to": "2025-01-31"}))],
    "dated_in_future": [
        (products(as_of="2026-06-02"), "products.csv:2", "as_of", products(as_of="2026-06-01")),
        (sources(as_of="2027-01-01"), "sources.csv:2", "as_of", sources(as_of="2026-01-01")),
    ],
    "year_in_future": [(shares("0.1", "0.1", share_year="2027"), "makes.csv:6", "share_year",
                        shares("0.1", "0.1", share_year="2026"))],
    "documented_by_list": [(
        {**sources(LIST), **makes({"from_id": "enterprise:a", "to_id": "product:q", **ON_A_LIST})},
        "makes.csv:5", "status",
        {**sources(LIST), **makes({"from_id": "enterprise:a", "to_id": "product:q", **ON_A_LIST, "status": "listed"})},
    ), (
        {**sources(LIST), **makes({"from_id": "enterprise:a", "to_id": "product:q", **ON_A_LIST})},
        "makes.csv:5", "status",
        {**sources(LIST),
         **makes({"from_id": "enterprise:a", "to_id": "product:q", "source_ids": "source:list|source:s"})},
    )],
    "country_unknown": [(enterprises(control_country=code), "enterprises.csv:2", "control_country",
                         enterprises(control_country="CHN")) for code in ("CN", "XYZ", "chn", "SUN", "DDR")],
    "input_both_ways": [({"input_of": [*INPUT["input_of"], {"from_id": "product:q", "to_id": "product:p"}]},
                         "input_of.csv:2", "to_id", INPUT)],
    "product_of_no_chain": [({**CHAIN, "part_of": CHAIN["part_of"][:1]}, "products.csv:3", "PART_OF", CHAIN)],
    "source_unused": [(sources({**SOURCE, "id": "source:t"}), "sources.csv:3", "id", sources())],
    "share_unsaid": [(makes({"from_id": "enterprise:a", "to_id": "product:q", "share": "0.2", "share_basis": "value"}),
                      "makes.csv:5", "share_market|share_year", shares("0.1", "0.1"))],
    "enterprise_of_no_use": [({**enterprises(C), **makes()}, "enterprises.csv:4", "MAKES", good)
                             for good in (enterprises(C), {**enterprises({**C, "business_en": "tourism"}), **makes()})],
    "plant_makes_alone": [
        ({**PLANT, **makes({"from_id": "plant:f", "to_id": "product:q"})}, "makes.csv:5", "from_id",
         {**PLANT, "plants": [{"id": "plant:f", "progress": "planned"}], **makes({"from_id": "plant:f", "to_id": "product:q"})}),
    ],
    "sale_of_a_period": [(sale(as_of="2025-12-31", valid_from="2025-01-01", valid_to="2025-11-30"), "supplies.csv:2", "valid_to", good)
                         for good in (sale(as_of="2024-12-31", valid_from="2025-01-01", valid_to="2025-11-30"),
                                      sale(as_of="2025-12-31", valid_from="2022-01-01", valid_to="2025-11-30"),
                                      sale(as_of="2025-12-31"))],
    "name_repeated": [
        (enterprises({**C, "name_zh": "甲（集团）股份公司"}, name_zh="甲集团股份有限公司"), "enterprises.csv:4", "name",
         enterprises({**C, "name_zh": "丙集团股份有限公司"}, name_zh="甲集团股份有限公司")),
        (enterprises({**C, "aliases": "甲"}), "enterprises.csv:4", "name", enterprises({**C, "aliases": "丙"})),
        (enterprises({**C, "name_en": "Alpha Ltd."}, name_en="ALPHA LTD"), "enterprises.csv:4", "name",
         enterprises({**C, "name_en": "Alpha"}, name_en="Beta")),
    ],
    "name_alike": [
        (enterprises({**C, "name_zh": "海康威视数字技术有限公司"}, name_zh="海康威视数字技术股份有限公司"),
         "enterprises.csv:4", "name_zh",
         enterprises({**C, "name_zh": "海康存储数字技术有限公司"}, name_zh="海康威视数字技术股份有限公司")),
        ({"products": [{"id": "product:p", "name_zh": "光刻机用光源"},
                                                     {"id": "product:q", "name_zh": "光刻机光源"}]},
         "products.csv:2", "name_zh",
         {"products": [{"id": "product:p", "name_zh": "汽油发动机"}, {"id": "product:q", "name_zh": "柴油发动机"}]}),
        ({"products": [{"id": "product:p", "name_zh": "车身域控制器"},
                                                     {"id": "product:q", "name_zh": "车身控域制器"}]},
         "products.csv:3", "name_zh",
         {"products": [{"id": "product:p", "name_zh": "无取向硅钢"}, {"id": "product:q", "name_zh": "取向硅钢"}]}),
    ],
    "fact_old": [(products(as_of="2023-05-31"), "products.csv:2", "as_of", products(as_of="2023-06-01"))],
}  # fmt: skip


def test_nothing_is_found_in_a_data_set_that_is_good(tmp_path: Path) -> None:
    whole = {**INPUT, **CHAIN, **PLANT, **makes({"from_id": "plant:f", "to_id": "product:p"})}
    result = found(tmp_path, whole)

    assert (result.findings, result.errors, result.doubts) == ((), 0, 0)
    assert result.looked_at == sum(len(rows) for rows in {**GOOD, **whole}.values())


@pytest.mark.parametrize(
    ("kind", "case"),
    [(kind, case) for kind, cases in CASES.items() for case in cases],
    ids=[f"{kind}-{n}" for kind, cases in CASES.items() for n, _ in enumerate(cases)],
)
def test_each_check_tells_one_row_and_is_silent_about_one_that_is_right(
    found_once: Callable[[Tables], CheckedData], kind: str, case: Case
) -> None:
    wrong, where, field, right = case

    assert said(found_once(wrong)) == [(kind, where, field)]
    assert kind not in {one.kind for one in found_once(right).findings}


def test_every_check_has_a_case_and_its_texts() -> None:
    kinds = {*_ERRORS, *_DOUBTS}
    kinds |= {"source_unknown", "node_unknown", "circle", "quarantined", "table_unread"}

    assert kinds - CASES.keys() == {"circle", "table_unread"}
    assert [key for kind in kinds for key in (f"check.{kind}", f"check.{kind}.todo") if not is_known(key)] == []


def test_an_owner_that_owns_itself_through_others_is_told_with_every_edge_of_the_circle(tmp_path: Path) -> None:
    result = found(tmp_path, {**enterprises(C), **owns(("a", "b", "0.2"), ("b", "c", "0.2"), ("c", "a", "0.2"))})

    assert (
        said(result) == [("circle", f"owns.csv:{row}", "from_id") for row in (2, 3, 4)]
        or [one.kind for one in result.findings] == ["circle"] * 3
    )


def test_what_is_wrong_is_an_error_and_what_may_be_right_a_doubt(tmp_path: Path) -> None:
    wrong, doubtful = found(tmp_path / "a", shares("0.5", "0.6")), found(tmp_path / "b", products(as_of="2020-01-01"))

    assert ((wrong.errors, wrong.doubts), (doubtful.errors, doubtful.doubts)) == ((1, 0), (0, 1))


def test_a_sum_of_shares_names_the_rows_that_it_is_of(tmp_path: Path) -> None:
    assert [one.value for one in found(tmp_path, shares("0.5", "0.6")).findings] == [
        "world value 2025: 1.1 = 0.6 (makes.csv:6) + 0.5 (makes.csv:5)"
    ]


def test_old_facts_are_counted_per_table_with_the_oldest_and_a_newer_row_confirms(tmp_path: Path) -> None:
    old = [{"id": "product:p", "as_of": "2021-01-01"}, {"id": "product:q", "as_of": "2019-01-01"}]
    result = found(tmp_path / "old", {"products": old})
    confirmed = found(tmp_path / "new", {"products": [*old, {"id": "product:q", "as_of": RECENT}]})

    assert [(one.row, one.thing, one.value, one.count) for one in result.findings] == [
        (3, "product:q", "2019-01-01", 2)
    ]
    assert [(one.row, one.thing, one.value, one.count) for one in confirmed.findings] == [
        (2, "product:p", "2021-01-01", 1)
    ]


def test_a_table_that_is_not_read_is_told(tmp_path: Path) -> None:
    folder = dataset(tmp_path / "d", products=[{"id": "product:p", "as_of": RECENT}])
    (folder / "notes.csv").write_text("a,b\n1,2\n", encoding="utf-8")

    assert ("table_unread", "notes.csv:0", "") in said(check(datasets_at([folder]), DAY))


def test_a_data_set_in_another_layout_is_checked_with_its_mapping(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        "name: m\nas_of: 2025-12-31\nsource: source:m\nsources:\n"
        "  - {id: source:m, name_zh: 表, kind: register, url: 'https://a.cn/t', as_of: 2025-12-31}\n"
        "tables:\n  - file: t.csv\n    nodes:\n"
        "      - {type: Enterprise, id: {column: nr, as: id}, set: {name_zh: name, control_country: land}}\n",
        encoding="utf-8",
    )
    (tmp_path / "t.csv").write_text("nr,name,land\nenterprise:a,甲,JPN\nenterprise:b,乙,Japan\n", encoding="utf-8")
    result = check(datasets_at([tmp_path / "t.csv"], [str(tmp_path / "m.yaml")]), DAY)

    assert [one for one in said(result) if one[0] != "enterprise_of_no_use"] == [
        ("country_unknown", "t.csv:3", "control_country")
    ]


# --- the command -----------------------------------------------------------------------------------------------------


def corridor(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(commands, ["check-data", *arguments])
    return done.exit_code, done.stdout


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("enterprise:x,product:p,,source:s,2026-01-31,documented", ("enterprise:x", "no such node")),
        (
            "enterprise:a,product:p,1.2,source:s,2026-01-31,documented",
            ("1.2", "share", "out of range 0 … 1", "write 45% or 0.45"),
        ),
        ("enterprise:a,product:p,,,2026-01-31,documented", ("source_ids", "a required cell is empty", "fill the cell")),
        ("enterprise:a,product:p,,source:x,2026-01-31,documented", ("source:x", "no such source")),
    ],
)
def test_a_contributors_line_with_a_slip_is_told_in_one_line(tmp_path: Path, line: str, told: Sequence[str]) -> None:
    rows = {
        name: [{"as_of": RECENT, **row} for row in {**GOOD, **CHAIN}[name]]
        for name in ("chains", "products", "part_of")
    }
    head = "from_id,to_id,share,source_ids,as_of,status\nenterprise:a,product:q,,source:s,2026-01-31,documented\n"
    folder = dataset(
        tmp_path,
        sources=[SOURCE],
        **rows,
        enterprises=[{"id": "enterprise:a", "as_of": RECENT}],
        makes=f"{head}{line}\n",
    )
    code, text = corridor(str(folder), "--language", "en")
    findings = json.loads(corridor(str(folder), "--json")[1])["findings"]

    assert (code, [(one["file"], one["row"]) for one in findings]) == (1, [("makes.csv", 3)])
    assert len([shown for shown in text.splitlines() if "makes.csv:3" in shown]) == 1
    assert [part for part in told if part not in text] == []


def test_doubts_alone_end_with_0_and_wrong_use_with_2(tmp_path: Path) -> None:
    recent = {"as_of": RECENT}
    folder = dataset(tmp_path / "d", sources=[SOURCE], products=[{"id": "product:p", "as_of": "2000-01-01"}])

    assert corridor(str(folder))[0] == 0
    nowhere = CliRunner().invoke(commands, ["check-data", str(tmp_path / "nowhere")])
    assert isinstance(nowhere.exception, UsageError)  # which ends a command with 2
    assert corridor(str(folder), "--limit", "0")[0] == 2
    assert corridor(str(dataset(tmp_path / "e", sources=[SOURCE], products=[{"id": "product:p", **recent}])))[0] == 0


def test_findings_are_told_in_the_language_of_the_reader(tmp_path: Path) -> None:
    folder = str(dataset(tmp_path, sources=[SOURCE], plants=[{"id": "plant:f", "as_of": RECENT}]))
    texts = {one.value: corridor(folder, "--language", one) for one in Language}
    told = {one.value: json.loads(corridor(folder, "--json", "--language", one)[1]) for one in Language}

    assert {one: "a plant in no place" in text for one, (_, text) in texts.items()} == {"zh": False, "en": True}
    assert {one: "不在任何地区的生产基地" in text for one, (_, text) in texts.items()} == {"zh": True, "en": False}
    assert told["en"]["errors"] == told["zh"]["errors"] == 2
    assert told["zh"]["findings"][0]["todo"] == "在 located_in 中加一行。"


def test_only_so_many_of_a_kind_are_shown_and_the_rest_is_counted(tmp_path: Path) -> None:
    plants = [{"id": f"plant:{n}", "as_of": RECENT} for n in range(5)]
    _, text = corridor(str(dataset(tmp_path, sources=[SOURCE], plants=plants)), "--limit", "2", "--language", "en")

    assert (text.count("plants.csv:"), text.count("3 more:")) == (4, 2)


# --- size, and our own data ------------------------------------------------------------------------------------------


def test_a_hundred_thousand_rows_take_seconds(tmp_path: Path) -> None:
    """Names that begin alike, one hub of many edges, one source of all: what makes comparing of pairs slow."""
    count = 30_000
    head = "source_ids,as_of,status\n"
    names = "".join(f"enterprise:{n},上海{chr(0x4E00 + n % 9_000)}{chr(0x4E00 + n // 7)}科技股份有限公司,source:s,{RECENT}\n"
                    for n in range(count))  # fmt: skip
    hub = "".join(f"enterprise:{n},product:p{n % 7},0.001,world,value,2025,source:s,{RECENT},documented\n"
                  for n in range(count))  # fmt: skip
    owned = "".join(f"enterprise:{n},enterprise:{n + 1},0.1,source:s,{RECENT},documented\n" for n in range(count - 1))
    folder = dataset(
        tmp_path,
        sources=[SOURCE],
        products=[{"id": f"product:p{n}", "as_of": RECENT} for n in range(7)],
        enterprises=f"id,name_zh,source_ids,as_of\n{names}",
        makes=f"from_id,to_id,share,share_market,share_basis,share_year,{head}{hub}",
        owns=f"from_id,to_id,share,{head}{owned}",
    )
    result = check(datasets_at([folder]), DAY)

    assert result.looked_at > 3 * count
    assert {one.thing for one in result.findings if one.kind == "makes_over_one"} == {f"product:p{n}" for n in range(7)}


def test_nothing_is_wrong_in_the_bundled_data_set_but_sites_named_without_a_page() -> None:
    wrong: list[Finding] = [one for one in check(datasets_at([BUNDLED])).findings if one.is_error]

    sites = {
        one.thing for one in wrong if one.kind == "source_without_address" and one.thing.startswith("source:site-")
    }
    assert [f"{one.file}:{one.row} {one.kind} {one.thing}" for one in wrong if one.thing not in sites] == []
    # Each that gets the page of its statement makes this number smaller; none may be added.
    assert len(sites) <= 254
