"""Who is who: what joins two records and what never does, and that what people decide holds and can be taken back."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from graph.errors import DataError, UsageError
from graph.texts import Language, Text
from ingest.decisions import Decision, Verdict, add_decisions, decision, read_decisions, standing, withdraw
from ingest.pipeline import Checked, Settings
from ingest.resolution.identity import pair_id
from tests.ingest.datasets import Cells, account, checked_at, dataset, problems, rows_of

pytestmark = pytest.mark.slow

AMEC = "中微半导体设备（上海）股份有限公司"
USCC = "91330000733796106P"
HEADINGS = "id,verdict,subject,object,property,value,who,when,why,withdrawn"


def registers(folder: Path, *lists: Sequence[tuple[Mapping[str, str], str]]) -> list[Path]:
    """A dataset for each list of enterprises (their cells, and the code of the place they are in, if any)."""
    return [
        dataset(
            folder / str(number),
            enterprises=[enterprise for enterprise, _ in rows],
            located_in=[{"from_id": enterprise["id"], "to_id": f"place:{place}"} for enterprise, place in rows if place]
            or "from_id,to_id,source_ids,as_of,status\n",
        )
        for number, rows in enumerate(lists)
    ]


def seen(folders: Sequence[Path], decisions: Sequence[Decision] = (), *, link: bool = False) -> Checked:
    """What the folders would load, by the decisions."""
    file = folders[0].parent / "decisions.csv"
    file.unlink(missing_ok=True)
    add_decisions(file, decisions)
    return checked_at(*folders, settings=Settings(decisions=file, with_probable=link))


def decided(verdict: str, left: str, right: str, when: str = "2024-01-01") -> Decision:
    return decision(Verdict(verdict), left, right, who="李", when=when, why="查过")


def corrected(thing: str, name: str, value: str) -> Decision:
    return decision(Verdict.CORRECT, thing, property_=name, value=value, who="李", when="2024-01-01", why="查过")


def ids(result: Checked, label: str = "Enterprise") -> list[object]:
    return [row["id"] for row in rows_of(result, label)]


def joins(result: Checked) -> list[tuple[object, ...]]:
    return [(row["left_id"], row["right_id"], row["tier"]) for row in result.graph.identities.merges.to_pylist()]


def waiting(result: Checked) -> list[tuple[object, ...]]:
    return [(row["left_id"], row["right_id"], row["tier"]) for row in result.graph.identities.review.to_pylist()]


# --- what joins ------------------------------------------------------------------------------------------------------


def test_one_code_in_two_lists_is_one_enterprise_in_whatever_form_it_is_written(tmp_path: Path) -> None:
    pairs = [
        ({"uscc": USCC}, {"uscc": f" {USCC[:8]} {USCC[8:].lower()}"}),
        ({"stock_code": "688012"}, {"stock_code": "sh.688012"}),
        ({"stock_code": "000001.XSHE"}, {"stock_code": "１．SZ"}),
    ]
    left = [({"id": f"enterprise:a{n}", "name_zh": AMEC, **one}, "310117") for n, (one, _) in enumerate(pairs)]
    right = [({"id": f"enterprise:b{n}", "name_zh": "中微公司", **one}, "330100") for n, (_, one) in enumerate(pairs)]

    result = seen(registers(tmp_path, left, right))

    assert joins(result) == [(f"enterprise:a{n}", f"enterprise:b{n}", "identifier") for n in range(3)]
    rows = rows_of(result, "Enterprise")
    assert [(row["uscc"], row["stock_code"]) for row in rows] == [
        (USCC, None),
        (None, "688012.SH"),
        (None, "000001.SZ"),
    ]
    assert {(row["name_zh"], *row["aliases"]) for row in rows} == {(AMEC, "中微公司")}  # type: ignore[misc]
    assert {edge["from_id"] for edge in rows_of(result, "LOCATED_IN")} == {row["id"] for row in rows}


def test_a_social_credit_code_whose_check_character_is_wrong_joins_nothing(tmp_path: Path) -> None:
    wrong = f"{USCC[:-1]}Q"
    rows = [
        {"id": "enterprise:a", "uscc": wrong, "name_zh": AMEC},
        {"id": "enterprise:b", "uscc": USCC, "name_zh": AMEC},
    ]

    result = seen(registers(tmp_path, [(rows[0], "")], [(rows[1], "")]))

    # The code is set aside, the company stays: two records of one name that nothing else joins.
    assert (joins(result), ids(result)) == ([], ["enterprise:a", "enterprise:b"])


def test_one_code_under_names_that_share_nothing_waits_for_a_person(tmp_path: Path) -> None:
    rows = [
        {"id": "enterprise:a", "name_zh": "天津一重电气自动化有限公司", "stock_code": "688080"},
        {"id": "enterprise:b", "name_zh": "北京映翰通网络技术股份有限公司", "stock_code": "688080"},
    ]

    result = seen(registers(tmp_path, [(rows[0], "")], [(rows[1], "")]))

    assert (joins(result), waiting(result)) == ([], [("enterprise:a", "enterprise:b", "identifier")])
    assert [row["stock_code"] for row in rows_of(result, "Enterprise")] == ["688080.SH", None]


def test_one_name_in_one_province_is_one_enterprise_and_elsewhere_another(tmp_path: Path) -> None:
    def row(slug: str, name: str = AMEC) -> Cells:
        return {"id": f"enterprise:{slug}", "name_zh": name}

    result = seen(
        registers(
            tmp_path,
            [(row("a"), "310117")],
            [(row("b", "中微半导体设备(上海)股份有限公司"), "310000")],
            [(row("elsewhere"), "330100")],
            [(row("nowhere"), "")],
        )
    )

    assert joins(result) == [("enterprise:a", "enterprise:b", "name")]
    assert ids(result) == ["enterprise:a", "enterprise:elsewhere", "enterprise:nowhere"]


def test_a_table_that_names_both_the_enterprise_and_its_place_is_read(tmp_path: Path) -> None:
    located = f"企业,地区,截至,来源\n{AMEC},杭州市,2020-01-01,source:s\n"
    folder = dataset(tmp_path / "d", enterprises=[{"id": "enterprise:a", "name_zh": AMEC}], located_in=located)

    result = seen([folder])

    assert ids(result, "LOCATED_IN") == ["LOCATED_IN|enterprise:a|place:330100"]


def test_a_name_alone_joins_no_two_enterprises_but_two_products(tmp_path: Path) -> None:
    folders = [
        dataset(tmp_path / slug, products=[{"id": f"product:{slug}", "name_zh": name}],
                enterprises=[{"id": f"enterprise:{slug}", "name_zh": AMEC}])
        for slug, name in (("a", "光刻胶 KrF"), ("b", "光刻胶ＫｒＦ"))
    ]  # fmt: skip

    result = seen(folders, link=True)

    assert joins(result) == [("product:a", "product:b", "name")]
    assert ids(result) == ["enterprise:a", "enterprise:b"]
    assert waiting(result) == [("enterprise:a", "enterprise:b", "name")]


PRODUCTS = [{"id": "product:etcher", "name_zh": "刻蚀设备", "aliases": "刻蚀机|干法刻蚀"},
            {"id": "product:dry", "name_zh": "干式刻蚀设备", "aliases": "干法刻蚀"}]  # fmt: skip


def makers_of(folder: Path, *products: str) -> Path:
    """A table of somebody who calls products by name."""
    rows = [f"第{number}设备有限公司,{product}" for number, product in enumerate(products)]
    (folder / "mine.csv").write_text("\n".join(["企业名称,主营产品", *rows]) + "\n", encoding="utf-8")
    return folder / "mine.csv"


def test_an_alias_of_one_product_of_another_data_set_joins_and_that_of_two_does_not(tmp_path: Path) -> None:
    result = seen([dataset(tmp_path / "a", products=PRODUCTS), makers_of(tmp_path, "刻蚀机", "干法刻蚀")])
    assert [left for left, _, tier in joins(result) if tier == "name"] == ["product:etcher"]
    assert [row["name_zh"] for row in rows_of(result, "Product")] == ["干式刻蚀设备", "刻蚀设备", "干法刻蚀"]


def test_a_table_that_has_two_names_of_a_product_means_two(tmp_path: Path) -> None:
    known = [{"id": "product:etcher", "name_zh": "刻蚀设备", "aliases": "刻蚀机|蚀刻机"}]
    for two in (("刻蚀设备", "刻蚀机"), ("刻蚀机", "蚀刻机")):
        result = seen([dataset(tmp_path / "a", products=known), makers_of(tmp_path, *two)])
        assert len(ids(result, "Product")) == 2 + ("刻蚀设备" not in two)


def test_names_that_nobody_knows_are_counted_with_the_nearest_known_ones(tmp_path: Path) -> None:
    known, mine = dataset(tmp_path / "a", products=PRODUCTS), makers_of(tmp_path, "刻蚀机", "刻蚀设备A", "氢气")
    [said] = seen([known, mine]).report.newcomers
    assert said.in_(Language.ZH).startswith(
        "2 个产品名称与已有的都不同，各成为新的产品：mine.csv:3 刻蚀设备A（或为 刻蚀设备、干式刻蚀设备、刻蚀机）、mine.csv:4 氢气。"
    )
    assert "--why" in said.in_(Language.ZH)
    [many] = seen([known, makers_of(tmp_path, *(f"氢气{n}" for n in range(7)))]).report.newcomers
    assert "氢气6" in many.in_(Language.ZH)
    assert seen([mine]).report.newcomers == []
    others = dataset(tmp_path / "b", products=[{"id": "product:x", "name_zh": "氢气"}])
    assert seen([known, others]).report.newcomers == []


def test_two_codes_speak_against_one_name_in_one_province(tmp_path: Path) -> None:
    rows = [{"id": f"enterprise:{code}", "name_zh": AMEC, "stock_code": code} for code in ("688012", "688013")]

    result = seen(registers(tmp_path, [(rows[0], "310117")], [(rows[1], "310117")]))

    assert (joins(result), ids(result)) == ([], ["enterprise:688012", "enterprise:688013"])


def test_two_records_of_one_list_are_never_joined_by_name_or_code(tmp_path: Path) -> None:
    one = [{"id": "enterprise:a", "name_zh": AMEC}, {"id": "enterprise:b", "name_zh": AMEC}]
    other = {"id": "enterprise:c", "name_zh": AMEC}

    result = seen(registers(tmp_path, [(row, "310117") for row in one], [(other, "310117")]))

    assert joins(result) == []
    assert waiting(result) == [
        ("enterprise:a", "enterprise:b", "name"),
        ("enterprise:a", "enterprise:c", "name"),
    ]


def test_a_code_that_one_list_gives_to_two_is_that_of_the_one_another_list_names(tmp_path: Path) -> None:
    rows = [
        {"id": "enterprise:a", "name_zh": "北京龙软科技股份有限公司", "stock_code": "688078"},
        {"id": "enterprise:b", "name_zh": "江苏卓易信息科技股份有限公司", "stock_code": "688078"},
        {"id": "enterprise:c", "name_zh": "北京龙软科技股份有限公司", "stock_code": "688078"},
    ]

    result = seen(registers(tmp_path, [(rows[0], ""), (rows[1], "")], [(rows[2], "")]))

    assert joins(result) == [("enterprise:a", "enterprise:c", "identifier")]
    assert [row["stock_code"] for row in rows_of(result, "Enterprise")] == ["688078.SH", None]


def test_a_person_says_whose_a_code_is_that_one_list_gives_to_two(tmp_path: Path) -> None:
    rows = [{"id": f"enterprise:{one}", "name_zh": f"{one}公司", "stock_code": "688078"} for one in ("a", "b")]
    folders = registers(tmp_path, [(row, "") for row in rows])
    makes = [{"from_id": "enterprise:b", "to_id": "product:a"}]
    dataset(folders[0], enterprises=rows, products=[{"id": "product:a"}], makes=makes)

    before = seen(folders)
    after = seen(folders, [corrected("enterprise:b", "stock_code", "688078")])

    assert [row["stock_code"] for row in rows_of(before, "Enterprise")] == [None, None]
    assert [row["stock_code"] for row in rows_of(after, "Enterprise")] == [None, "688078.SH"]
    assert waiting(after) == []


def test_a_name_that_a_person_corrects_joins_no_two_records_of_one_list(tmp_path: Path) -> None:
    rows = [{"id": "product:a", "name_zh": "光刻胶"}, {"id": "product:b", "name_zh": "光克胶"}]

    result = seen([dataset(tmp_path / "d", products=rows)], [corrected("product:b", "name_zh", "光刻胶")])

    assert (joins(result), ids(result, "Product")) == ([], ["product:a", "product:b"])


def test_a_list_that_still_has_the_name_that_people_corrected_is_of_the_same_enterprise(tmp_path: Path) -> None:
    old, new = "无锡力芯模拟芯片有限公司", "中芯微系统股份有限公司"
    folders = registers(tmp_path, *([({"id": f"enterprise:{one}", "name_zh": old}, "320200")] for one in "ab"))
    result = seen(folders, [corrected("enterprise:a", "name_zh", new)], link=True)
    assert (joins(result), waiting(result)) == ([("enterprise:a", "enterprise:b", "probable")], [])
    assert [(row["name_zh"], row["aliases"]) for row in rows_of(result, "Enterprise")] == [(new, [old])]


def test_a_table_that_still_has_the_name_of_a_product_that_people_corrected_means_it(tmp_path: Path) -> None:
    known = dataset(tmp_path / "a", products=[{"id": "product:etcher", "name_zh": "刻蚀设备", "aliases": "刻蚀机"}])
    for name in ("刻蚀设备", "刻蚀机", "蚀刻设备"):
        result = seen([known, makers_of(tmp_path, name)], [corrected("product:etcher", "name_zh", "蚀刻设备")])
        assert ids(result, "Product") == ["product:etcher"], name


def test_a_probable_match_joins_where_name_and_place_agree(tmp_path: Path) -> None:
    house = {"address": "浙江省杭州市滨江区阡陌路555号"}
    rows = [
        {"id": "enterprise:a", "name_zh": "杭州海康威视数字技术股份有限公司", **house},
        {"id": "enterprise:b", "name_zh": "杭州海康威示数字技术股份有限公司", **house},
    ]
    folders = registers(tmp_path, [(rows[0], "330108")], [(rows[1], "330108")])

    linked, not_linked = seen(folders, link=True), seen(folders, link=False)

    assert joins(linked) == [("enterprise:a", "enterprise:b", "probable")]
    assert joins(not_linked) == []
    (pair,) = linked.graph.identities.merges.to_pylist()
    assert pair["probability"] >= 0.99
    why = Text.unpacked(pair["why"]).in_(Language.EN)
    assert "name: one character or an exchange apart +" in why and "place: same house +" in why


def test_a_table_that_says_more_of_some_of_a_list_is_none_to_be_compared_with_it(tmp_path: Path) -> None:
    house = {"address": "浙江省杭州市滨江区阡陌路555号"}
    rows = [
        {"id": "enterprise:a", "name_zh": "杭州海康威视数字技术股份有限公司", **house},
        {"id": "enterprise:b", "name_zh": "杭州海康威示数字技术股份有限公司", **house},
    ]
    folders = registers(tmp_path, [(row, "330108") for row in rows])
    (folders[0] / "enterprises.control.csv").write_text(
        f"id,name_zh,control_country,source_ids,as_of\nenterprise:a,{rows[0]['name_zh']},CHN,source:s,2024-01-01\n",
        encoding="utf-8",
    )

    result = seen(folders, link=True)

    assert (joins(result), waiting(result)) == ([], [])


def test_a_list_may_give_one_name_to_all_of_its_rows(tmp_path: Path) -> None:
    many = [{"id": f"enterprise:a{n}", "name_zh": AMEC} for n in range(10_000)]

    result = seen(registers(tmp_path, [(one, "") for one in many], [({"id": "enterprise:b", "name_zh": AMEC}, "")]))

    assert (len(ids(result)), joins(result), len(waiting(result))) == (10_001, [], 10_000)


# --- what people decide ----------------------------------------------------------------------------------------------


def makers(folder: Path) -> list[Path]:
    """Two lists that have one enterprise under two ids, each with an edge of its own."""
    folders = registers(
        folder,
        [({"id": "enterprise:a", "name_zh": AMEC}, "310117")],
        [({"id": "enterprise:b", "name_zh": AMEC}, "310117")],
    )
    for slug, one in zip("ab", folders, strict=True):
        makes = [{"from_id": f"enterprise:{slug}", "to_id": f"product:{slug}"}]
        dataset(one, products=[{"id": f"product:{slug}"}], makes=makes)
    return folders


def edges(result: Checked) -> list[object]:
    return ids(result, "MAKES")


def test_a_merge_that_is_taken_back_gives_both_records_back_with_their_edges(tmp_path: Path) -> None:
    folders = makers(tmp_path)
    apart = decided("different", "enterprise:b", "enterprise:a")

    joined, undone = seen(folders), seen(folders, [apart])

    assert ids(joined) == ["enterprise:a"]
    assert edges(joined) == ["MAKES|enterprise:a|product:a", "MAKES|enterprise:a|product:b"]
    assert ids(undone) == ["enterprise:a", "enterprise:b"]
    assert edges(undone) == ["MAKES|enterprise:a|product:a", "MAKES|enterprise:b|product:b"]
    assert (joins(undone), waiting(undone)) == ([], [])


def test_the_later_of_two_contradicting_decisions_holds_and_of_one_day_the_lower_row(tmp_path: Path) -> None:
    folders = makers(tmp_path)
    pair = ("enterprise:a", "enterprise:b")
    no, yes = decided("different", *pair), decided("same", *reversed(pair))

    assert joins(seen(folders, [no, yes])) == [("enterprise:b", "enterprise:a", "decision")]
    assert joins(seen(folders, [yes, no])) == []
    assert joins(seen(folders, [decided("different", *pair, when="2024-01-02"), yes])) == []


def test_a_person_s_yes_joins_what_nothing_else_does_and_says_who_and_why(tmp_path: Path) -> None:
    rows = [{"id": "enterprise:a", "name_zh": "甲"}, {"id": "enterprise:b", "name_zh": "乙"}]

    result = seen(registers(tmp_path, [(row, "") for row in rows]), [decided("same", "enterprise:a", "enterprise:b")])

    (pair,) = result.graph.identities.merges.to_pylist()
    assert (pair["tier"], pair["why"], pair["id"]) == (
        "decision",
        "李 2024-01-01: 查过",
        pair_id("enterprise:b", "enterprise:a"),
    )
    assert rows_of(result, "Enterprise")[0]["aliases"] == ["乙"]


def test_decisions_reach_along_a_chain_and_a_no_within_it_wins_over_the_weakest_yes(tmp_path: Path) -> None:
    rows = [({"id": f"enterprise:{one}", "name_zh": f"{one}公司"}, "") for one in "abc"]
    folders = registers(tmp_path, rows)
    chain = [decided("same", "enterprise:b", "enterprise:c"), decided("same", "enterprise:a", "enterprise:b")]

    whole = seen(folders, chain)
    torn = seen(folders, [*chain, decided("different", "enterprise:a", "enterprise:c")])

    assert ids(whole) == ["enterprise:a"]
    assert len(ids(torn)) == 2
    assert len(joins(torn)) == 1
    assert [tier for _, _, tier in waiting(torn)] == ["decision"]
    assert {"enterprise:a", "enterprise:c"} <= set(ids(torn)) | {"enterprise:b"}
    assert torn.report.quarantined == 0


def test_a_decision_about_a_record_that_is_no_longer_there_is_without_effect(tmp_path: Path) -> None:
    folders = makers(tmp_path)
    gone = [decided("same", "enterprise:a", "enterprise:gone"), decided("different", "enterprise:x", "enterprise:y"),
            decided("same", "enterprise:x1", "enterprise:y1")]  # fmt: skip

    result, without = seen(folders, gone), seen(folders)

    assert (ids(result), edges(result), joins(result)) == (ids(without), edges(without), joins(without))
    assert result.report.quarantined == 0


def test_a_correction_of_what_is_no_longer_there_is_said_with_its_reason(tmp_path: Path) -> None:
    result = seen(makers(tmp_path), [corrected("enterprise:gone", "name_zh", "甲")])

    assert [(file, reason) for file, _, _, _, reason in problems(result)] == [
        ("ingest.corrections", "ingest.nothing_to_correct")
    ]
    assert "enterprise:gone" not in ids(result)
    assert account(result)[0] == sum(account(result)[1:])


@pytest.mark.parametrize(
    ("left", "right"), [("enterprise:a", "product:a"), ("enterprise:a", "甲公司"), ("enterprise:a", "enterprise:a")]
)
def test_only_two_records_of_one_type_can_be_decided_about(left: str, right: str) -> None:
    with pytest.raises(UsageError):
        decided("same", left, right)


@pytest.mark.parametrize(("who", "why"), [("", "查过"), ("李", " ")])
def test_nobody_decides_without_a_name_and_a_reason(who: str, why: str) -> None:
    with pytest.raises(UsageError):
        decision(Verdict.SAME, "enterprise:a", "enterprise:b", who=who, when="2024-01-01", why=why)


# --- the file that people edit ---------------------------------------------------------------------------------------


def test_a_file_that_a_spreadsheet_saved_is_read_in_whatever_order_its_columns_are(tmp_path: Path) -> None:
    file = tmp_path / "decisions.csv"
    one = corrected("enterprise:a", "name_zh", "甲,乙\n丙")
    two = decided("different", "enterprise:a", "enterprise:b")
    add_decisions(file, [one, two])
    with file.open(encoding="utf-8-sig", newline="") as old:
        rows = list(csv.reader(old))

    with file.open("w", encoding="utf-8-sig", newline="") as new:
        csv.writer(new, lineterminator="\r\n").writerows([row[::-1] for row in rows])
        new.write("\r\n" + "," * 9 + "\r\n")

    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    assert read_decisions(file) == [one, two]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1,maybe,enterprise:a,enterprise:b,,,李,2024-01-01,查过,", "verdict 'maybe'"),
        ("1,,enterprise:a,enterprise:b,,,李,2024-01-01,查过,", "verdict ''"),
        ("1,same,enterprise:a,product:b,,,李,2024-01-01,查过,", "two records of one type"),
        ("1,same,enterprise:a,,,,李,2024-01-01,查过,", "two records"),
        ("1,correct,enterprise:a,,,甲,李,2024-01-01,查过,", "property"),
        ("1,same,enterprise:a,enterprise:b,,,李,2024-01-01", "as many cells"),
        ("1,same,enterprise:a,enterprise:b,,,李,2024-01-01,查过,,多", "as many cells"),
    ],
)
def test_a_row_that_is_no_decision_is_refused_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "decisions.csv"
    file.write_text(f"{HEADINGS}\n0,same,enterprise:c,enterprise:d,,,李,2024-01-01,查过,\n\n{line}\n", encoding="utf-8")

    with pytest.raises(DataError) as refused:
        read_decisions(file)

    assert str(refused.value).startswith(f"{file}:4: ")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"id,verdict\n1,same\n", "are missing"),
        ("编号,决定\n".encode("gb18030"), "Cannot read "),
        (b"", "are missing"),
    ],
)
def test_a_file_that_holds_no_decisions_is_refused_in_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "decisions.csv"
    file.write_bytes(content)

    with pytest.raises(DataError, match=said):
        read_decisions(file)


def test_a_decision_is_written_once_and_again_after_it_was_withdrawn_or_decided_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "decisions.csv"
    no, yes = (decided(verdict, "enterprise:a", "enterprise:b") for verdict in ("different", "same"))

    add_decisions(file, [no, no])
    add_decisions(file, [no])
    assert read_decisions(file) == [no]

    withdraw(file, no.id, who="王", when="2024-02-01", why="看错了")
    assert standing(read_decisions(file)) == []
    add_decisions(file, [no])
    assert standing(read_decisions(file)) == [no]
    add_decisions(file, [yes])
    add_decisions(file, [no])
    assert standing(read_decisions(file)) == [no]

    withdraw(file, no.id, who="王", when="2024-02-01", why="看错了")
    assert standing(read_decisions(file)) == [yes]


def test_what_was_withdrawn_stays_on_record_with_who_and_why(tmp_path: Path) -> None:
    file = tmp_path / "decisions.csv"
    one = decided("same", "enterprise:a", "enterprise:b")
    add_decisions(file, [one])

    withdraw(file, one.id, who="王", when="2024-02-01", why="看错了")

    assert [d.withdrawn for d in read_decisions(file)] == ["王 2024-02-01: 看错了"]
    with pytest.raises(UsageError, match=one.id):
        withdraw(file, one.id, who="王", when="2024-02-02", why="再")


def test_a_plant_that_nobody_operates_is_told_to_count_as_a_source_of_its_own(tmp_path: Path) -> None:
    tables = {
        "enterprises": [{"id": "enterprise:a", "name_zh": "甲"}], "products": [{"id": "product:p"}],
        "plants": [{"id": f"plant:{one}", "name_zh": f"{one}厂"} for one in ("a", "b", "idle")],
        "makes": [{"from_id": f"plant:{one}", "to_id": "product:p"} for one in ("a", "b")],
    }  # fmt: skip
    operates = [{"from_id": "enterprise:a", "to_id": "plant:a"}]
    [one] = seen([dataset(tmp_path / "x", **tables, operates=operates)]).report.newcomers
    [two] = seen([dataset(tmp_path / "y", **tables)]).report.newcomers
    assert "1 个有产品记录的生产基地" in one.in_(Language.ZH) and "：b厂。" in one.in_(Language.ZH)
    assert "：a厂、b厂。" in two.in_(Language.ZH)
