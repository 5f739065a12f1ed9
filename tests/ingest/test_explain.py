"""Where a fact comes from: each claim with its place, the losing ones too, and what people corrected."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from graph.errors import NotFound, StoreUnavailable, UnknownName
from graph.ontology import KIND
from graph.texts import Language, Text
from ingest.dataset import datasets_at
from ingest.decisions import Decision, Verdict, add_decisions, decision, withdraw
from ingest.mapping.mapping import settable
from ingest.pipeline import Checked, Settings, checked
from ingest.provenance import Claim, ClaimedValue, Provenance, Run, provenance_of, run_of
from tests.ingest.datasets import dataset, rows_of

pytestmark = pytest.mark.slow

SOURCES = [{"id": "source:s", "kind": "register"}, {"id": "source:t", "kind": "survey"}]


def loaded(home: Path, *folders: Path, decisions: Sequence[Decision] = ()) -> tuple[Checked, Run]:
    file = home / "decisions.csv"
    add_decisions(file, decisions)
    result = checked(datasets_at(folders), Settings(home, file, with_probable=False))
    return result, run_of(home, result.run_id)


def correction(thing: str, name: str, value: str) -> Decision:
    return decision(Verdict.CORRECT, thing, property_=name, value=value, who="李", when="2024-01-01", why="查过")


def told(found: Provenance, name: str) -> list[tuple[object, bool]]:
    """Each claim's value of a property, and whether the graph shows it."""
    return [(said.value, said.wins) for claim in found.claims for said in claim.values if said.property == name]


def test_a_node_is_explained_by_each_row_that_speaks_of_it_in_the_order_of_precedence(tmp_path: Path) -> None:
    rows = [
        {"id": "product:a", "name_zh": "光刻胶", "recovery_days": "1,200", "as_of": "2019-01-01", "source_ids": "source:t"},
        {"id": "product:b"},
        {"id": "product:a", "name_zh": "光致抗蚀剂", "aliases": "PR", "as_of": "2021-01-01"},
    ]  # fmt: skip
    result, run = loaded(tmp_path / "home", dataset(tmp_path / "d", sources=SOURCES, products=rows))

    found = provenance_of(run, "product:a")

    assert found == Provenance(
        "product:a",
        result.run_id,
        Text("claims.rule"),
        (
            Claim("product:a", Text.both("products.csv", "products.csv"), 4, ("source:s",), date(2021, 1, 1), False, (
                ClaimedValue("name_zh", "中文名", "光致抗蚀剂", None, True), ClaimedValue("aliases", "别名", ["PR"], None, True))),
            Claim("product:a", Text.both("products.csv", "products.csv"), 2, ("source:t",), date(2019, 1, 1), False, (
                ClaimedValue("name_zh", "中文名", "光刻胶", None, False),
                ClaimedValue("recovery_days", "恢复天数", 1200.0, "1,200", True))),
        ),
    )  # fmt: skip


def test_an_edge_is_explained_by_whichever_way_its_ends_were_named(tmp_path: Path) -> None:
    one = dataset(
        tmp_path / "1",
        enterprises=[{"id": "enterprise:a", "name_zh": "甲公司"}],
        products=[{"id": "product:a", "name_zh": "光刻胶"}],
        makes="企业,产品,位次,截至,来源\n甲公司,光刻胶,1,2020-01-01,source:s\n甲公司,没有,1,2020-01-01,source:s\n",
    )
    makes = [{"from_id": "enterprise:a", "to_id": "product:a", "rank": "2", "as_of": "2019-01-01"}]
    two = dataset(tmp_path / "2", enterprises=[{"id": "enterprise:a", "name_zh": "甲公司"}],
                  products=[{"id": "product:a", "name_zh": "光刻胶"}], makes=makes)  # fmt: skip
    result, run = loaded(tmp_path / "home", one, two)

    found = provenance_of(run, "MAKES|enterprise:a|product:a")

    assert [(claim.row, claim.as_of) for claim in found.claims] == [(2, date(2019, 1, 1)), (2, date(2020, 1, 1))]
    assert told(found, "status") == [("documented", True), ("listed", False)]
    assert told(found, "rank") == [(2, True), (1, False)]
    (edge,) = rows_of(result, "MAKES")
    assert (edge["rank"], edge["status"]) == (2, "documented")


def test_a_correction_stands_above_every_source_until_it_is_withdrawn(tmp_path: Path) -> None:
    folder = dataset(tmp_path / "d", products=[{"id": "product:a", "name_zh": "光刻交", "as_of": "2030-01-01"}])
    right = correction("product:a", "name_zh", "光刻胶")

    result, run = loaded(tmp_path / "home", folder, decisions=[right])
    found = provenance_of(run, "product:a")
    withdraw(tmp_path / "home" / "decisions.csv", right.id, who="李", when="2024-02-01", why="错")
    after, later = loaded(tmp_path / "home", folder)

    assert (found.claims[0].is_correction, found.claims[0].file) == (True, Text("ingest.corrections"))
    assert told(found, "name_zh") == [("光刻胶", True), ("光刻交", False)]
    assert [row["name_zh"] for row in rows_of(result, "Product")] == ["光刻胶"]
    assert told(provenance_of(later, "product:a"), "name_zh") == [("光刻交", True)]
    assert [row["name_zh"] for row in rows_of(after, "Product")] == ["光刻交"]


def test_a_value_that_a_person_called_unknown_is_shown_as_set_aside(tmp_path: Path) -> None:
    folder = dataset(tmp_path / "d", products=[{"id": "product:a", "hs_code": "3707"}])

    result, run = loaded(tmp_path / "home", folder, decisions=[correction("product:a", "hs_code", "")])

    found = provenance_of(run, "product:a")
    assert told(found, "hs_code") == [("3707", False)]
    assert [one.in_(Language.EN) for one in found.set_aside] == ["hs_code: 李 2024-01-01: 查过"]
    assert [row["hs_code"] for row in rows_of(result, "Product")] == [None]


def test_a_corrected_edge_keeps_its_status_and_its_explanation_says_so(tmp_path: Path) -> None:
    makes = [{"from_id": "enterprise:a", "to_id": "product:a", "rank": "2", "confidence": "0.9", "evidence": "年报"}]
    folder = dataset(tmp_path / "d", enterprises=[{"id": "enterprise:a"}], products=[{"id": "product:a"}], makes=makes)

    result, run = loaded(tmp_path / "home", folder, decisions=[correction("MAKES|enterprise:a|product:a", "rank", "1")])

    (edge,) = rows_of(result, "MAKES")
    assert (edge["rank"], edge["status"], edge["confidence"], edge["evidence"]) == (1, "documented", 0.9, "年报")
    found = provenance_of(run, "MAKES|enterprise:a|product:a")
    assert told(found, "rank") == [(1, True), (2, False)]
    assert [told(found, name) for name in ("status", "confidence", "evidence")] == [
        [("documented", True)],
        [(0.9, True)],
        [("年报", True)],
    ]


def test_a_correction_of_one_of_two_parallel_edges_is_of_that_one(tmp_path: Path) -> None:
    sales = [
        {"from_id": "enterprise:a", "to_id": "enterprise:b", "product_id": f"product:{one}", "share": "0.1"}
        for one in "xy"
    ]
    folder = dataset(tmp_path / "d", enterprises=[{"id": "enterprise:a"}, {"id": "enterprise:b"}], supplies=sales)
    edge = "SUPPLIES|enterprise:a|enterprise:b|product:y"

    result, run = loaded(tmp_path / "home", folder, decisions=[correction(edge, "share", "0.2")])

    assert {(row["id"], row["share"], row["status"]) for row in rows_of(result, "SUPPLIES")} == {
        ("SUPPLIES|enterprise:a|enterprise:b|product:x", 0.1, "documented"),
        (edge, 0.2, "documented"),
    }
    assert told(provenance_of(run, edge), "share") == [(0.2, True), (0.1, False)]


def test_a_correction_that_cannot_be_is_said_and_changes_nothing(tmp_path: Path) -> None:
    properties = [prop.name for prop in settable(KIND["Product"])]
    wrong = {
        ("product:a", "nonsense", "1"): UnknownName("property", "nonsense", properties).text.packed(),
        ("product:a", "name_zh", ""): "ingest.cannot_be_unknown",
        (
            "enterprise:a",
            "uscc",
            "91330000733796106Q",
        ): "ingest.no_uscc",
        (
            "SUPPLIES|enterprise:a|enterprise:b|product:z",
            "share",
            "0.2",
        ): "ingest.nothing_to_correct",
    }
    sales = [{"from_id": "enterprise:a", "to_id": "enterprise:b", "product_id": "product:y"}]
    enterprises = [{"id": "enterprise:a"}, {"id": "enterprise:b"}]
    folder = dataset(tmp_path / "d", products=[{"id": "product:a"}], enterprises=enterprises, supplies=sales)

    result, _ = loaded(tmp_path / "home", folder, decisions=[correction(*one) for one in wrong])

    reasons = [Text.unpacked(row["reason"]) for row in result.problems.to_pylist()]
    assert [one.values.get("why", one) for one in reasons] == [Text.unpacked(why) for why in wrong.values()]
    assert result.report.read == result.report.loaded + result.report.merged + 4
    assert [row["id"] for row in rows_of(result, "SUPPLIES")] == ["SUPPLIES|enterprise:a|enterprise:b|product:y"]


def test_a_record_that_became_part_of_another_is_explained_and_corrected_as_that_one(tmp_path: Path) -> None:
    folders = [
        dataset(tmp_path / one, enterprises=[{"id": f"enterprise:{one}", "name_zh": "甲公司", "stock_code": "688012"}])
        for one in "ab"
    ]

    result, run = loaded(tmp_path / "home", *folders, decisions=[correction("enterprise:b", "name_zh", "乙公司")])

    assert [(row["id"], row["name_zh"]) for row in rows_of(result, "Enterprise")] == [("enterprise:a", "乙公司")]
    found = provenance_of(run, "enterprise:a")
    assert [claim.record for claim in found.claims] == ["enterprise:b", "enterprise:a", "enterprise:b"]
    assert told(found, "name_zh") == [("乙公司", True), ("甲公司", False), ("甲公司", False)]
    assert [(join.left_id, join.right_id, join.tier) for join in found.joins] == [
        ("enterprise:a", "enterprise:b", "identifier")
    ]
    assert provenance_of(run, "enterprise:b") == found


def test_a_code_that_was_set_aside_for_one_record_still_shows_as_that_of_the_other(tmp_path: Path) -> None:
    one = dataset(
        tmp_path / "1",
        enterprises=[
            {"id": "enterprise:a", "name_zh": "北京龙软科技股份有限公司", "stock_code": "688078", "uscc": "91330000733796106P"},
            {"id": "enterprise:b", "name_zh": "江苏卓易信息科技股份有限公司", "stock_code": "688078"},
        ],
    )  # fmt: skip
    two = dataset(
        tmp_path / "2",
        enterprises=[{"id": "enterprise:c", "name_zh": "江苏卓易信息科技股份有限公司", "stock_code": "688258"}],
    )
    three = dataset(
        tmp_path / "3",
        enterprises=[{"id": "enterprise:d", "name_zh": "北京龙软科技股份有限公司", "stock_code": "688078"}],
    )
    same = decision(Verdict.SAME, "enterprise:b", "enterprise:c", who="李", when="2024-01-01", why="查过")

    result, run = loaded(tmp_path / "home", one, two, three, decisions=[same])

    shown = {row["id"]: row["stock_code"] for row in rows_of(result, "Enterprise")}
    assert shown == {"enterprise:a": "688078.SH", "enterprise:b": "688258.SH"}
    assert told(provenance_of(run, "enterprise:b"), "stock_code") == [("688078.SH", False), ("688258.SH", True)]
    assert told(provenance_of(run, "enterprise:a"), "stock_code") == [("688078.SH", True), ("688078.SH", False)]


def test_what_nothing_speaks_of_is_not_found(tmp_path: Path) -> None:
    _, run = loaded(tmp_path / "home", dataset(tmp_path / "d", products=[{"id": "product:a"}]))

    for thing in (
        "product:none", "nonsense", "", "product:a'; --", "MAKES|enterprise:a", "MAKES|a|b", "MAKES|", "|||",
        "NONSENSE|product:a|product:b", "INPUT_OF|product:a|product:b", "INPUT_OF|product:a|product:a|x",
    ):  # fmt: skip
        with pytest.raises(NotFound):
            provenance_of(run, thing)


def test_claims_that_are_elsewhere_are_said_to_be(tmp_path: Path) -> None:
    for run_id in (None, "none"):
        with pytest.raises(StoreUnavailable, match="CORRIDOR_HOME"):
            run_of(tmp_path, run_id)


def test_a_file_of_decisions_stays_open_to_those_who_could_read_it(tmp_path: Path) -> None:
    path = tmp_path / "decisions.csv"
    add_decisions(path, [correction("product:a", "name_zh", "光刻胶")])
    path.chmod(0o664)

    add_decisions(path, [correction("product:b", "name_zh", "硅片")])

    assert path.stat().st_mode & 0o777 == 0o664
