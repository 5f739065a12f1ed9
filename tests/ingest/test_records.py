"""Tables without a key: each row is a record of its own, only the resolution joins, and names say which is the present one."""

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from graph.texts import Language, Text
from ingest.decisions import Decision, Verdict, add_decisions, decision
from ingest.pipeline import Checked, Settings
from tests.ingest.datasets import checked_at, problems, rows_of

pytestmark = pytest.mark.slow

NAME = "西山乙仪器有限公司"
HANGZHOU, NINGBO = "91330106MA2C00001H", "91330203MA2D000021"


def lists(folder: Path, **files: str) -> list[Path]:
    """A data set for each text, which is its only table of enterprises."""
    for name, text in files.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "企业.csv").write_text(text, encoding="utf-8")
    return [folder / name for name in files]


def seen(*paths: Path, decisions: Sequence[Decision] = ()) -> Checked:
    """What data sets would load, by the decisions."""
    file = paths[0].parent / "decisions.csv"
    file.unlink(missing_ok=True)
    add_decisions(file, decisions)
    return checked_at(*paths, settings=Settings(decisions=file, with_probable=False))


def companies(result: Checked, *columns: str) -> list[tuple[object, ...]]:
    return sorted((tuple(row[c] for c in columns) for row in rows_of(result, "Enterprise")), key=str)


def waiting(result: Checked) -> list[tuple[object, ...]]:
    return [
        (row["left"], row["right"], Text.unpacked(row["why"]).in_(Language.ZH))
        for row in result.graph.identities.review.to_pylist()
    ]


def joins(result: Checked) -> list[tuple[object, ...]]:
    return [(row["left"], row["right"], row["tier"]) for row in result.graph.identities.merges.to_pylist()]


def decided(verdict: Verdict, subject: str, object_: str = "") -> Decision:
    return decision(verdict, subject, object_, who="李", when="2024-01-01", why="查过")


# --- one name, two companies -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", ["one list", "two lists"])
def test_two_companies_of_one_name_with_codes_of_their_own_stay_two(tmp_path: Path, layout: str) -> None:
    head = "企业名称,统一社会信用代码,注册地址,注册资本（万元）\n"
    one, two = f"{NAME},{HANGZHOU},浙江省杭州市西湖区甲路1号,5\n", f"{NAME},{NINGBO},浙江省宁波市海曙区乙路2号,70\n"
    files = {"a": head + one + two} if layout == "one list" else {"a": head + one, "b": head + two}

    result = seen(*lists(tmp_path, **files))

    assert companies(result, "uscc", "registered_capital_10k_cny", "address") == [
        (HANGZHOU, 5.0, "浙江省杭州市西湖区甲路1号"),
        (NINGBO, 70.0, "浙江省宁波市海曙区乙路2号"),
    ]
    assert sorted(str(row["to_id"]) for row in rows_of(result, "LOCATED_IN")) == ["place:330106", "place:330203"]
    assert len(rows_of(result, "LOCATED_IN")) == 2
    ((left, right, why),) = waiting(result)
    assert {left, right} == {f"{NAME}（浙江省杭州市西湖区）", f"{NAME}（浙江省宁波市海曙区）"}
    assert "代码不同" in str(why)


@pytest.mark.parametrize("files", [{"a": "{head}{one}{two}"}, {"a": "{head}{one}", "b": "{head}{two}"}])
def test_two_companies_of_one_name_in_two_prefectures_stay_two(tmp_path: Path, files: dict[str, str]) -> None:
    said = {"head": "企业名称,省份,城市\n", "one": f"{NAME},浙江省,杭州市\n", "two": f"{NAME},浙江省,宁波市\n"}

    result = seen(*lists(tmp_path, **{name: text.format(**said) for name, text in files.items()}))

    assert companies(result, "name_zh") == [(NAME,), (NAME,)]
    assert ["地点不同" in str(why) for _, _, why in waiting(result)] == [True]


def test_rows_that_repeat_a_company_are_joined_and_can_be_taken_apart(tmp_path: Path) -> None:
    text = f"企业名称,统一社会信用代码,注册地址\n{NAME},{HANGZHOU},浙江省杭州市西湖区甲路1号\n{NAME},{HANGZHOU},\n{NAME},,\n"
    folders = lists(tmp_path, a=text)

    whole = seen(*folders)
    ids = [row[side] for row in whole.graph.identities.merges.to_pylist() for side in ("left_id", "right_id")]
    records = sorted({str(one) for one in ids})
    apart = [decided(Verdict.DIFFERENT, a, b) for n, a in enumerate(records) for b in records[n + 1 :]]

    assert companies(whole, "uscc") == [(HANGZHOU,)]
    assert len(records) == 3
    assert len(companies(seen(*folders, decisions=apart), "name_zh")) == 3


def test_a_record_that_fits_two_companies_is_joined_with_neither(tmp_path: Path) -> None:
    text = f"企业名称,城市\n{NAME},杭州市\n{NAME},宁波市\n{NAME},\n"

    result = seen(*lists(tmp_path, a=text))

    assert len(companies(result, "name_zh")) == 3
    assert joins(result) == []
    assert len(waiting(result)) == 2


def test_institutes_and_centres_of_one_name_in_two_places_stay_two(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "高校院所.csv").write_text(
        "名称,类别,城市\n中心医院,研究院所,杭州市\n中心医院,研究院所,宁波市\n", encoding="utf-8"
    )
    (tmp_path / "a" / "centers.csv").write_text(
        "name,city\n创新中心,杭州市\n创新中心,宁波市\n创新中心,宁波市\n", encoding="utf-8"
    )

    result = seen(tmp_path / "a")

    assert [len(rows_of(result, label)) for label in ("Institute", "Center")] == [2, 2]
    assert len(waiting(result)) == 2


# --- stable ids ------------------------------------------------------------------------------------------------------


def test_a_second_load_gives_the_same_ids_also_where_rows_were_added_and_files_of_its_name_come_later(
    tmp_path: Path,
) -> None:
    head, one, two = "企业名称,城市\n", f"{NAME},杭州市\n", f"{NAME},宁波市\n"
    (first,) = lists(tmp_path / "x", a=head + one)
    (other,) = lists(tmp_path / "y", a=head + two)

    alone, again, both = (companies(seen(*paths), "id") for paths in ([first], [first], [first, other]))
    lists(tmp_path / "x", a=head + "东山甲机械有限公司,合肥市\n" + one)
    more = companies(seen(first), "id")

    assert alone == again
    assert set(alone) < set(both)
    assert set(alone) < set(more)
    assert len(both) == len(more) == 2


def test_the_same_table_twice_is_two_lists_of_one_company(tmp_path: Path) -> None:
    text = f"企业名称,城市\n{NAME},杭州市\n"
    one, two = (lists(tmp_path / name, a=text)[0] for name in ("x", "y"))

    assert [tier for _, _, tier in joins(seen(one, two))] == ["name"]


# --- legal names without places --------------------------------------------------------------------------------------


def names_without_places(folder: Path) -> list[Path]:
    return lists(
        folder,
        register=f"企业名称,城市\n{NAME},杭州市\n东山甲机械有限公司,合肥市\n南湖丙,杭州市\n北海丁有限公司,苏州市\n北海丁有限公司,无锡市\n",
        award=f"企业名称,批次\n{NAME},1\n东山甲机械有限公司,1\n南湖丙,1\n北海丁有限公司,1\n",
    )


def test_legal_names_that_each_list_has_once_are_taken_with_one_decision_and_given_back_with_it(tmp_path: Path) -> None:
    folders = names_without_places(tmp_path)
    taken = decided(Verdict.NAMES, "source:award")

    before, after = seen(*folders), seen(*folders, decisions=[taken])

    assert (len(companies(before, "id")), len(companies(after, "id"))) == (9, 7)
    assert {left for left, _, tier in joins(after) if tier == "decision"} == {
        f"{NAME}（浙江省杭州市）",
        "东山甲机械有限公司（安徽省合肥市）",
    }
    assert sum("只缺地点" in str(why) for _, _, why in waiting(before)) == 2
    assert companies(seen(*folders), "id") == companies(before, "id")


def test_one_of_many_names_that_were_taken_is_taken_back_alone(tmp_path: Path) -> None:
    folders = names_without_places(tmp_path)
    taken = decided(Verdict.NAMES, "source:register")
    (pair, _) = [
        row
        for row in seen(*folders, decisions=[taken]).graph.identities.merges.to_pylist()
        if row["tier"] == "decision"
    ]

    result = seen(*folders, decisions=[taken, decided(Verdict.DIFFERENT, pair["left_id"], pair["right_id"])])

    assert len(joins(result)) == 1
    assert pair["id"] not in {row["id"] for row in result.graph.identities.review.to_pylist()}


# --- which name is the present one -----------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [("old", "new"), ("new", "old")])
@pytest.mark.parametrize("old_day", ["2019-01-01", "2024-01-01"])
def test_a_name_that_a_list_calls_former_is_not_the_present_one_whichever_comes_first(
    tmp_path: Path, order: tuple[str, str], old_day: str
) -> None:
    folders = dict(
        zip(
            ("old", "new"),
            lists(
                tmp_path,
                old=f"企业名称,统一社会信用代码,数据日期\n东山甲机械（集团）有限公司,{HANGZHOU},{old_day}\n",
                new=f"企业名称,曾用名,统一社会信用代码,数据日期\n海天智能科技有限公司,东山甲机械(集团)有限公司|西乡厂,{HANGZHOU},2021-01-01\n",
            ),
            strict=True,
        )
    )

    result = seen(*(folders[name] for name in order))

    assert companies(result, "name_zh", "former_names", "aliases") == [
        ("海天智能科技有限公司", ["东山甲机械(集团)有限公司", "西乡厂"], ["东山甲机械（集团）有限公司"])
    ]


@pytest.mark.parametrize("order", [("old", "new"), ("new", "old")])
def test_a_company_that_took_its_old_name_back_has_the_name_of_the_newer_list(
    tmp_path: Path, order: tuple[str, str]
) -> None:
    head = "企业名称,曾用名,统一社会信用代码,数据日期\n"
    paths = lists(
        tmp_path,
        old=f"{head}海天科技有限公司,东山科技有限公司,{HANGZHOU},2019-01-01\n",
        new=f"{head}东山科技有限公司,海天科技有限公司,{HANGZHOU},2022-01-01\n",
    )

    result = seen(*sorted(paths, key=lambda path: order.index(path.name)))

    assert companies(result, "name_zh", "former_names") == [("东山科技有限公司", ["海天科技有限公司"])]


def test_without_former_names_the_newer_list_says_the_name(tmp_path: Path) -> None:
    paths = lists(
        tmp_path,
        old=f"企业名称,统一社会信用代码,数据日期\n东山科技有限公司,{HANGZHOU},2019-01-01\n",
        new=f"企业名称,统一社会信用代码,数据日期\n东山新材料股份有限公司,{HANGZHOU},2022-01-01\n",
    )

    assert companies(seen(*paths), "name_zh", "aliases") == [("东山新材料股份有限公司", ["东山科技有限公司"])]


# --- several names in one cell ---------------------------------------------------------------------------------------


def test_two_names_in_a_cell_of_an_edge_are_two_edges(tmp_path: Path) -> None:
    (folder,) = lists(tmp_path, a="企业名称\n东山有限公司\n西山有限公司\n南山厂\n北山（集团）有限公司\n")
    (folder / "supplies.csv").write_text(
        "供应商,采购商\n东山有限公司、西山有限公司,南山厂\n南山厂,东山有限公司；北山（集团）有限公司\n",
        encoding="utf-8",
    )

    result = seen(folder)

    assert len(companies(result, "id")) == 4
    assert (len(rows_of(result, "SUPPLIES")), problems(result)) == (4, [])


def test_two_names_in_a_cell_are_never_one_new_company(tmp_path: Path) -> None:
    names, more = lists(
        tmp_path,
        names='企业名称\n甲、乙\n"丙有限公司,丁有限公司"\n',
        more="企业名称,注册资本（万元）\n甲、乙,50\n丙（甲、乙）厂,50\n",
    )

    assert companies(seen(names), "name_zh") == [("丁有限公司",), ("丙有限公司",), ("乙",), ("甲",)]
    result = seen(more)
    assert companies(result, "name_zh") == [("丙（甲、乙）厂",)]
    assert [(row, field, value) for _, row, field, value, _ in problems(result)] == [(2, "id", "甲、乙")]


# --- one identifier, several spellings -------------------------------------------------------------------------------


def test_codes_lose_the_marks_that_kept_them_as_text(tmp_path: Path) -> None:
    text = f'企业名称,统一社会信用代码,证券代码\n甲机械有限公司,\'{HANGZHOU},\'000001.SZ\n乙机械有限公司,"=""{NINGBO}""","=""600519"""\n'

    result = seen(*lists(tmp_path, a=text))

    assert companies(result, "uscc", "stock_code") == [(HANGZHOU, "000001.SZ"), (NINGBO, "600519.SH")]
    assert (result.report.quarantined, result.report.converted["spreadsheet-quote"]) == (0, 4)


def test_one_code_of_hong_kong_is_one_company_in_whatever_form(tmp_path: Path) -> None:
    spellings = ("0700.HK", "00700.HK", "HK00700", "700.hk", "hk.00700")
    files = {f"l{n}": f"企业名称,证券代码\n腾讯控股有限公司,{code}\n" for n, code in enumerate(spellings)}

    result = seen(*lists(tmp_path, **files))

    assert companies(result, "stock_code") == [("0700.HK",)]
    assert {tier for _, _, tier in joins(result)} == {"identifier"}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (("1", "2594", "688003"), ["000001.SZ", "002594.SZ", "688003.SH"]),
        (("2594", "725", "63"), ["000063.SZ", "000725.SZ", "002594.SZ"]),
        (("1.0", "300750.0"), ["000001.SZ", "300750.SZ"]),
    ],
)
def test_a_column_of_stock_codes_gets_the_zeros_back_that_a_spreadsheet_ate(
    tmp_path: Path, written: tuple[str, ...], read: list[str]
) -> None:
    rows = "".join(f"{code},{n}号电子股份有限公司\n" for n, code in zip("甲乙丙", written, strict=False))

    result = seen(*lists(tmp_path, a=f"证券代码,企业名称\n{rows}"))

    assert sorted(str(row["stock_code"]) for row in rows_of(result, "Enterprise")) == read
    assert (result.report.quarantined, result.report.converted["code-zeros"]) == (
        0,
        sum(len(c.removesuffix(".0")) < 6 for c in written),
    )


def test_a_numbering_is_no_column_of_stock_codes(tmp_path: Path) -> None:
    result = seen(*lists(tmp_path, a="证券代码,企业名称\n1,甲电子有限公司\n2,乙电子有限公司\n3,丙电子有限公司\n"))

    assert [row["stock_code"] for row in rows_of(result, "Enterprise") if row["stock_code"]] == []


def test_a_social_credit_code_that_was_kept_as_a_number_says_that_digits_are_lost(tmp_path: Path) -> None:
    result = seen(
        *lists(tmp_path, a=f"企业名称,统一社会信用代码\n甲,9.13301062E+17\n乙,913301062000000000\n丙,{HANGZHOU}\n")
    )

    with (result.folder / "quarantine.csv").open(encoding="utf-8-sig", newline="") as file:
        said = [(row["field"], row["value"]) for row in csv.DictReader(file) if "末几位已丢失" in row["reason"]]
    assert said == [("uscc", "9.13301062E+17"), ("uscc", "913301062000000000")]


# --- references by name ----------------------------------------------------------------------------------------------


def sold(folder: Path, text: str) -> Path:
    """A data set of companies, two of one name, and of what they sell each other."""
    (one,) = lists(folder, a=f"企业名称,城市\n{NAME},杭州市\n{NAME},宁波市\n南山厂,合肥市\n")
    (one / "supplies.csv").write_text(text, encoding="utf-8")
    return one


def test_a_name_that_two_companies_have_tells_none_and_the_choices_are_said(tmp_path: Path) -> None:
    result = seen(sold(tmp_path, f"供应商,采购商\n{NAME},南山厂\n南山厂,{NAME}\n"))

    assert rows_of(result, "SUPPLIES") == []
    assert [(row, value) for _, row, _, value, _ in problems(result)] == [(2, NAME), (3, NAME)]
    (hint,) = {Text.unpacked(row["reason"]).todo.in_(Language.ZH) for row in result.problems.to_pylist()}
    assert f"{NAME}（浙江省杭州市） enterprise:r-" in hint
    assert f"{NAME}（浙江省宁波市） enterprise:r-" in hint


def test_a_place_beside_a_name_tells_which_of_two_companies_is_meant(tmp_path: Path) -> None:
    text = f"供应商,供应商所在市,采购商\n{NAME},宁波市,南山厂\n{NAME},金华市,南山厂\n南山厂,,{NAME}\n"

    result = seen(sold(tmp_path, text))

    (edge,) = rows_of(result, "SUPPLIES")
    placed = {row["from_id"]: row["to_id"] for row in rows_of(result, "LOCATED_IN")}
    assert placed[edge["from_id"]] == "place:330200"
    assert [row for _, row, *_ in problems(result)] == [3, 4]


# --- counts that a person can check ----------------------------------------------------------------------------------


def test_the_rows_of_each_sheet_are_loaded_or_merged_or_set_aside(tmp_path: Path) -> None:
    one, two = lists(
        tmp_path,
        one=f"企业名称,统一社会信用代码,城市\n{NAME},{HANGZHOU},杭州市\n{NAME},{HANGZHOU},杭州市\n,,杭州市\n",
        two=f"企业名称,统一社会信用代码,城市\n{NAME},{HANGZHOU},杭州市\n南山厂,,合肥市\n北海厂,,\n",
    )
    (two / "supplies.csv").write_text("供应商,采购商\n南山厂,北海厂\n南山厂,东海厂\n南山厂,北海厂\n", encoding="utf-8")

    result = seen(one, two)

    assert [(s.file, s.rows, s.loaded, s.merged, s.set_aside) for s in result.report.sheets] == [
        ("企业.csv", 3, 1, 1, 1),
        ("supplies.csv", 3, 1, 1, 1),
        ("企业.csv", 3, 2, 1, 0),
    ]
    assert result.report.read == result.report.loaded + result.report.merged + result.report.quarantined
