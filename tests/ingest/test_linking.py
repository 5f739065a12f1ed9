"""Probable pairs of records: what is found, what is held back for a person, and that the same comes out twice."""

import logging
import math
import re
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from graph.errors import UsageError
from graph.scratch import scratch_database
from graph.texts import Language, Text
from ingest.resolution.comparable import MOST_PAIRS_OF_A_KEY, Cut, comparable
from ingest.resolution.likeness import COMPARISONS, Level, frequencies, settings
from ingest.resolution.linking import HELD_BACK, HELD_BACK_AT, MERGE_AT, PAIRS, REVIEW_AT, cut_keys, probable_pairs
from tests.ingest.companies import LISTS, Row, exchange_list, generated, records, retyped, share_list

pytestmark = pytest.mark.slow

HIKVISION = "杭州海康威视数字技术股份有限公司"
SAME_DISTRICT = "ingest.alike.district"
HOUSE = "浙江省杭州市滨江区阡陌路555号"


def found(*rows: Row, least: float = REVIEW_AT) -> list[Row]:
    pairs: list[Row] = probable_pairs(records(*rows), least=least).to_pylist()
    return pairs


def test_one_name_in_one_place_is_one_company() -> None:
    (pair,) = found(
        {"record_id": "b", "name": "杭州海康威视数字技术股份公司", "place_code": "330100"},
        {"record_id": "a", "name": HIKVISION, "place_code": "330108", "address": HOUSE},
    )
    assert (pair["left_id"], pair["right_id"], pair["reason"]) == ("a", "b", None)
    assert float(str(pair["probability"])) >= MERGE_AT
    assert pair["name_level"] == "ingest.alike.name"
    assert pair["place_level"] == "ingest.alike.prefecture_only"
    assert pair["short_name_level"] == "ingest.alike.unknown"
    parts = [float(str(pair[f"{comparison.name}_weight"])) for comparison in COMPARISONS]
    # The rest of the weight is that of two records taken at random, half of 10,000 of which have a match.
    assert float(str(pair["weight"])) - sum(parts) == pytest.approx(-14.29, abs=0.01)


def test_records_that_are_compared_and_of_which_no_pair_is_likely_give_no_pair() -> None:
    rows: list[Row] = [
        {"record_id": "a", "name": "南京药石科技股份有限公司", "place_code": "320100"},
        {"record_id": "b", "name": "南京冠石科技股份有限公司", "place_code": "320100"},
    ]
    assert found(*rows, least=0.0) != []
    assert found(*rows, least=0.999999) == []


def test_a_former_name_in_one_place_is_one_company() -> None:
    (pair,) = found(
        {
            "record_id": "a1",
            "name": "长芯博创科技股份有限公司",
            "former_names": ["博创科技股份有限公司"],
            "place_code": "330400",
        },
        {"record_id": "b1", "name": "博创科技股份有限公司", "place_code": "330400"},
    )
    assert pair["name_level"] == "ingest.alike.former_name"
    assert (float(str(pair["probability"])) >= MERGE_AT, pair["reason"]) == (True, None)


LEFT_TO_A_PERSON: tuple[tuple[Row, Row, str], ...] = (
    ({"name": "杭州市西子电梯有限公司"}, {"name": "杭州市西子电梯有限公司"}, "ingest.no_place"),
    (
        {"name": "嘉兴斯达半导体股份有限公司", "place_code": "330402"},
        {"name": "嘉兴斯达半导体股份有限公司", "address": "嘉兴市科兴路988号"},
        "ingest.no_place",
    ),
    (
        {"name": "奇瑞汽车股份有限公司", "place_code": "340207"}, {"name": "奇瑞汽车股份有限公司", "place_code": "310117"},
        "ingest.places_differ",
    ),
    (
        {"name": "埃夫特智能装备股份有限公司", "place_code": "340207"},
        {"name": "埃夫特智能装备股份有限公司", "place_code": "340100"},
        "ingest.places_differ",
    ),
    (
        {"name": HIKVISION, "place_code": "330108", "uscc": "91330000733796106P"},
        {"name": HIKVISION, "place_code": "330108", "uscc": "913300007352959623"},
        "ingest.codes_differ",
    ),
    (
        {"name": "安徽江淮汽车集团有限公司", "place_code": "340111", "address": "合肥市包河区东流路176号"},
        {"name": "安徽江淮汽车集团股份有限公司", "place_code": "340111", "address": "合肥市包河区东流路176号"},
        "ingest.only_form_differs",
    ),
    (
        {"name": "深圳市联域光电股份有限公司", "place_code": "440306"},
        {"name": "深圳市联建光电股份有限公司", "place_code": "440306"},
        "ingest.character_apart",
    ),
    (
        {"name": "上海汽车集团股份有限公司", "place_code": "310106", "address": "上海市静安区威海路489号"},
        {"name": "上海汽车集团财务有限责任公司", "place_code": "310106", "address": "上海市静安区威海路489号"},
        "ingest.names_in_part",
    ),
    (
        {"name": "湖州银行股份有限公司", "place_code": "330502", "address": "湖州市吴兴区万寿路555号"},
        {"name": "湖州银行股份有限公司松江支行", "place_code": "330502", "address": "湖州市吴兴区万寿路555号"},
        "ingest.names_in_part",
    ),
    (
        {"name": "天津一重电气自动化有限公司", "place_code": "120116", "stock_code": "688080.SH"},
        {"name": "北京映翰通网络技术股份有限公司", "place_code": "120116", "stock_code": "688080.SH"},
        "ingest.nothing_shared",
    ),
)  # fmt: skip


def test_what_probability_may_not_decide_is_left_to_a_person() -> None:
    rows: list[Row] = []
    for i, (one, other, _) in enumerate(LEFT_TO_A_PERSON):
        rows += [{"record_id": f"a{i}", **one}, {"record_id": f"b{i}", **other}]

    pairs = found(*rows, least=0.2)

    reasons = {
        str(pair["left_id"]): pair["reason"] for pair in pairs if str(pair["left_id"])[1] == str(pair["right_id"])[1]
    }
    assert reasons == {f"a{i}": reason for i, (_, _, reason) in enumerate(LEFT_TO_A_PERSON)}
    assert max(float(str(pair["probability"])) for pair in pairs) == HELD_BACK_AT < MERGE_AT


def test_one_code_is_one_company_wherever_it_moved_and_however_it_is_spelt() -> None:
    (pair,) = found(
        {"record_id": "a1", "name": HIKVISION, "place_code": "330108", "uscc": "91330000733796106P"},
        {"record_id": "b1", "name": "海康威视", "place_code": "310117", "uscc": "91330000733796106P"},
    )
    assert (float(str(pair["probability"])) >= MERGE_AT, pair["reason"]) == (True, None)


def test_numbered_companies_of_one_town_are_not_spelling_mistakes() -> None:
    pairs = found(
        {"record_id": "a1", "name": "上海建工一建集团有限公司"},
        {"record_id": "b1", "name": "上海建工二建集团有限公司"},
        least=0.0,
    )
    levels = [pair["name_level"] for pair in pairs]
    assert "ingest.alike.but_character" not in levels


def test_a_spelling_mistake_in_one_house_is_one_company() -> None:
    pairs = found(
        {"record_id": "a1", "name": HIKVISION, "place_code": "330108", "address": HOUSE},
        {"record_id": "b1", "name": HIKVISION.replace("威视", "威示"), "place_code": "330108", "address": HOUSE},
        {"record_id": "c1", "name": HIKVISION.replace("威视", "视威"), "place_code": "330108", "address": HOUSE},
    )
    sure = {(pair["left_id"], pair["right_id"]) for pair in pairs if float(str(pair["probability"])) >= MERGE_AT}
    assert sure == {("a1", "b1"), ("a1", "c1")}


def test_a_company_with_a_sure_match_on_a_list_has_no_other_one_there() -> None:
    pairs = found(
        {"record_id": "a1", "name": "南京冠石科技股份有限公司", "place_code": "320100"},
        {"record_id": "b1", "name": "南京冠石科技股份有限公司", "place_code": "320100"},
        {"record_id": "b2", "name": "南京药石科技股份有限公司", "place_code": "320100"},
    )
    assert [(pair["left_id"], pair["right_id"]) for pair in pairs] == [("a1", "b1")]


def test_a_sure_match_counts_whatever_the_ids_are_ordered_by() -> None:
    pairs = found(
        {"record_id": "m", "dataset": "a", "name": "南京冠石科技股份有限公司", "place_code": "320100"},
        {"record_id": "b1", "dataset": "b", "name": "南京冠石科技股份有限公司", "place_code": "320100"},
        {"record_id": "z2", "dataset": "b", "name": "南京药石科技股份有限公司", "place_code": "320100"},
    )
    assert [(pair["left_id"], pair["right_id"]) for pair in pairs] == [("b1", "m")]


def test_records_of_one_list_are_not_compared() -> None:
    twice: list[Row] = [
        {"record_id": f"a{i}", "name": HIKVISION, "place_code": "330108", "address": HOUSE} for i in (1, 2)
    ]
    assert found(*twice) == []


def test_three_lists_are_linked_at_once() -> None:
    rows: list[Row] = [{"record_id": f"{c}1", "name": HIKVISION, "place_code": "330108"} for c in "abc"]
    assert [(pair["left_id"], pair["right_id"]) for pair in found(*rows)] == [("a1", "b1"), ("a1", "c1"), ("b1", "c1")]


def test_nothing_to_compare_is_an_empty_table() -> None:
    empty = probable_pairs(records())
    assert (empty.num_rows, empty.schema.equals(PAIRS)) == (0, True)
    assert found({"record_id": "a1", "name": "甲"}, {"record_id": "b1", "name": "乙"}) == []
    assert found({"record_id": "a1", "name": None}, {"record_id": "b1", "name": None}) == []


def test_the_least_columns_do() -> None:
    table = pa.table({"record_id": [1, 2], "dataset": ["a", "b"], "name": [HIKVISION, HIKVISION]})
    assert probable_pairs(table)["left_id"].to_pylist() == ["1"]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pa.table({"record_id": ["a"], "name": ["x"]}), "The records lack the columns dataset."),
        (
            pa.table({"record_id": ["a", "a"], "dataset": ["l", "r"], "name": ["x", "y"]}),
            "A record_id is empty or there twice",
        ),
        (
            pa.table({"record_id": ["a", None], "dataset": ["l", "r"], "name": ["x", "y"]}),
            "A record_id is empty or there twice",
        ),
        (pa.table({"record_id": ["a", "b"], "dataset": ["l", None], "name": ["x", "y"]}), "A dataset is empty"),
    ],
)
def test_records_that_cannot_be_told_apart_are_refused(table: pa.Table, message: str) -> None:
    with pytest.raises(UsageError) as error:
        probable_pairs(table)
    assert str(error.value).startswith(message)


def test_a_key_that_too_many_share_is_cut_and_counted() -> None:
    many: list[Row] = [
        {"record_id": f"{c}{i}", "name": f"东方{i}号有限公司", "short_name": "东方"} for c in "ab" for i in range(60)
    ]

    ready = comparable(records(*many))

    cut = {c.kind: c for c in ready.cut}
    assert cut["short name"] == Cut("short name", keys=1, records=120, pairs=3_600)
    assert all(c.pairs > MOST_PAIRS_OF_A_KEY for c in ready.cut)
    assert cut_keys(probable_pairs(records(*many))) == ready.cut
    assert not any(key.startswith("short name") for keys in ready.table["keys"].to_pylist() for key in keys)


def test_a_rare_name_weighs_more_than_a_frequent_one() -> None:
    names = ["利民商店", "利民商店", "利民商店", HIKVISION]
    rows: list[Row] = [{"record_id": f"a{i}", "name": name} for i, name in enumerate(names)]
    stems = frequencies(comparable(records(*rows)).table)["stem"].to_pylist()
    assert {row["stem"]: round(row["tf_stem"] * 10_000, 3) for row in stems} == {
        "利民商店": 2.002, "杭州海康威视数字技术": 0.002,
    }  # fmt: skip


def test_the_levels_of_each_comparison_weigh_less_and_less() -> None:
    for comparison in COMPARISONS:
        ratios = [level.m / level.u for level in comparison.levels]
        assert ratios == sorted(ratios, reverse=True), comparison.name


def test_the_settings_are_those_of_spark_too() -> None:
    for_spark, for_duckdb = (settings().create_settings_dict(dialect) for dialect in ("spark", "duckdb"))
    conditions = [
        level["sql_condition"] for comparison in for_spark["comparisons"] for level in comparison["comparison_levels"]
    ]
    assert "SIZE(ARRAY_INTERSECT(names_l, names_r)) >= 1" in conditions
    assert [len(c["comparison_levels"]) for c in for_spark["comparisons"]] == [
        len(c["comparison_levels"]) for c in for_duckdb["comparisons"]
    ]
    called = {name for text in conditions for name in re.findall(r"([A-Z_]+)\(", text)}
    assert called == {"LEVENSHTEIN", "LENGTH", "SUBSTRING", "SIZE", "ARRAY_INTERSECT"}


def test_every_reason_to_hold_a_pair_back_is_in_two_languages() -> None:
    labels = [level.label for comparison in COMPARISONS for level in comparison.levels]
    for text in (*labels, *HELD_BACK):
        said = Text.unpacked(text)
        chinese, english = said.in_(Language.ZH), said.in_(Language.EN)
        assert chinese and english and not chinese.isascii() and english.isascii(), text


def test_it_is_silent_and_leaves_the_loggers_as_they_were(capfd: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("splink")
    before = logger.level, list(logger.handlers), logger.propagate

    found({"record_id": "a1", "name": HIKVISION}, {"record_id": "b1", "name": HIKVISION})

    assert capfd.readouterr() == ("", "")
    assert (logger.level, list(logger.handlers), logger.propagate) == before


def test_the_database_shows_no_progress_and_leaves_no_folder() -> None:
    with scratch_database() as connection:
        ((bar, folder),) = connection.execute(
            "SELECT current_setting('enable_progress_bar'), current_setting('temp_directory')"
        ).fetchall()
        assert (bar, Path(folder).parent.is_dir()) == (False, True)
    assert not Path(folder).parent.exists()


def test_parameters_are_estimated_where_there_are_enough_records_and_two_runs_are_equal(
    capfd: pytest.CaptureFixture[str],
) -> None:
    a = generated(1_000, 3)
    table = pa.concat_tables([a, retyped(a, "b", 4)])

    pairs, again = probable_pairs(table), probable_pairs(table)
    backwards = probable_pairs(table.take(pa.array(range(table.num_rows - 1, -1, -1))))

    assert capfd.readouterr() == ("", "")
    assert pairs.equals(again)
    assert pairs.equals(backwards)
    (weight,) = set(pairs.filter(pc.equal(pairs["place_level"], SAME_DISTRICT))["place_weight"].to_pylist())
    default = next(level for c in COMPARISONS for level in c.levels if level.label == SAME_DISTRICT)
    # In six towns one pair in six is of one district, where it is one in 250 in the country.
    assert weight < 2 < math.log2(default.m / default.u)
    right = pc.equal(pc.utf8_slice_codeunits(pairs["left_id"], 1), pc.utf8_slice_codeunits(pairs["right_id"], 1))
    merged = right.filter(pc.greater_equal(pairs["probability"], MERGE_AT))
    assert (pc.all(merged).as_py(), len(merged) >= 870) == (True, True)


def test_a_level_is_of_one_comparison() -> None:
    keys = [(c.name, level.label) for c in COMPARISONS for level in c.levels]
    assert len(set(keys)) == len(keys)
    assert all(
        isinstance(level, Level) and 0 < level.m < 1 and 0 < level.u < 1 for c in COMPARISONS for level in c.levels
    )


def test_two_lists_of_listed_companies_are_linked_by_name_and_place() -> None:
    if not LISTS.exists():
        pytest.skip("needs the lists of listed companies beside the project (../shared/data), which are absent here")
    exchange, shares = exchange_list(), share_list()
    table = pa.concat_tables([exchange, shares], promote_options="permissive")

    pairs = probable_pairs(table)

    merged = pairs.filter(pc.greater_equal(pairs["probability"], MERGE_AT)).to_pylist()
    right = [pair for pair in merged if pair["left_id"][2:] == pair["right_id"][2:]]
    on_both = {c[2:] for c in exchange["record_id"].to_pylist()} & {c[2:] for c in shares["record_id"].to_pylist()}
    assert len(on_both) == 2_863
    assert len(right) / len(merged) >= 0.995
    assert len(right) / len(on_both) >= 0.99
    assert len(pairs) - len(merged) <= 10


_SMALL_SPARK = (
    "--driver-java-options -XX:TieredStopAtLevel=1 --conf spark.ui.enabled=false --conf spark.default.parallelism=2 "
    "--conf spark.sql.shuffle.partitions=2 --conf spark.sql.codegen.wholeStage=false"
)
"""To start Spark and compile its plans takes far longer than to score some hundred records."""


def test_spark_finds_the_same_pairs_as_duckdb(monkeypatch: pytest.MonkeyPatch) -> None:
    if not find_spec("pyspark"):
        pytest.skip("needs the extra [spark], which CI installs")
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", f"{_SMALL_SPARK} pyspark-shell")
    first = generated(120, seed=3)
    lists = pa.concat_tables([first, retyped(first.slice(0, 80), "b", seed=4)])

    here, there = (probable_pairs(lists, link_on=on) for on in ("duckdb", "local[2]"))

    said = [name for name in here.column_names if not name.endswith("weight") and name != "probability"]
    by_ids = [("left_id", "ascending"), ("right_id", "ascending")]
    assert len(here) > 60
    assert here.select(said).sort_by(by_ids).to_pylist() == there.select(said).sort_by(by_ids).to_pylist()
    assert here.sort_by(by_ids)["probability"].to_pylist() == pytest.approx(
        there.sort_by(by_ids)["probability"].to_pylist()
    )


def test_what_spark_needs_is_said_where_it_is_not_installed() -> None:
    if find_spec("pyspark"):
        pytest.skip("the extra [spark] is installed")
    with pytest.raises(UsageError, match=r"corridor\[spark\]"):
        probable_pairs(
            records({"record_id": "a1", "name": "甲厂"}, {"record_id": "b1", "name": "甲厂"}), link_on="spark"
        )
