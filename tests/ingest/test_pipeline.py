"""A dataset into a graph: every row accounted for, in both stores the same, and nothing half done."""

import csv
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import CorridorError, DataError, UsageError
from graph.model import Edge, Node, Value, plain_cell
from graph.statements import nodes_query
from graph.store import GraphStore
from graph.texts import Text
from ingest.dataset import datasets_at
from ingest.pipeline import Checked, Settings, checked, load, write_csv
from ingest.search_text import search_texts
from tests.conftest import EXAMPLES
from tests.graphs import everything
from tests.ingest.datasets import DEFAULT, account, checked_at, dataset, problems, products

pytestmark = pytest.mark.slow

A, B = {"id": "product:a"}, {"id": "product:b"}
A_TO_B = {"from_id": "product:a", "to_id": "product:b"}

HOSTILE = [
    "<script>alert(1)</script>",
    "'; DROP TABLE Product; --",
    '"}) DETACH DELETE n //',
    "=cmd|' /C calc'!A0",
    "+1",
    "@SUM(A1)",
    "$rows",
    "{{ 7*7 }}",
    "\\u0027 \\n \\",
    "甲\n乙\t丙",
    "😀 é ي 𠮷",
]


def load_at(folder: Path, store: GraphStore, settings: Settings = DEFAULT) -> Checked:
    return load(datasets_at([folder]), store, settings)


# --- every row is accounted for --------------------------------------------------------------------------------------

IDS = st.sampled_from(["product:a", "product:b", "product:c", "enterprise:a", "x", "", "product:甲", " product:a "])
DIRTY = st.sampled_from(["", "1", "0.5", "1.5", "nan", "甲", "=1", "x\x01", "a|b", "2020-09-30", "2020-13-01", "\n"])
SOURCES = st.sampled_from(["source:s", "source:s", "source:t", "", "source:s|source:s"])
DATES = st.sampled_from(["2020-09-30", "2020-09-30", "2021-01-01", "2020-13-01", ""])
PRODUCT_ROWS = st.lists(
    st.tuples(IDS, DIRTY, DIRTY, SOURCES, DATES).map(list) | st.lists(DIRTY, min_size=1, max_size=7), max_size=8
)
INPUT_ROWS = st.lists(
    st.tuples(IDS, IDS, DIRTY, DIRTY, SOURCES, DATES, st.sampled_from(["documented", "inferred", "?"])).map(list),
    max_size=8,
)


def _written(folder: Path, name: str, headings: str, rows: Sequence[Sequence[str]]) -> int:
    """How many rows a table has once written: one whose cells are all blank is an empty line, and no row."""
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(headings.split(","))
        writer.writerows(rows)
    width = len(headings.split(","))
    return sum(1 for row in rows if "".join(row).strip() or len(row) != width)


@settings(max_examples=max(1, EXAMPLES // 2), derandomize=True)
@given(product_rows=PRODUCT_ROWS, input_rows=INPUT_ROWS)
def test_every_row_is_loaded_merged_or_quarantined_once(
    product_rows: list[list[str]], input_rows: list[list[str]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = dataset(Path(name))
        written = 1 + _written(folder, "products.csv", "id,name_zh,recovery_days,source_ids,as_of", product_rows)
        headings = "from_id,to_id,cost_share,input_class,source_ids,as_of,status"
        written += _written(folder, "input_of.csv", headings, input_rows)

        result = checked_at(folder)

    places = [(file, row) for file, row, *_ in problems(result)]
    ids = {batch.kind.file: batch.table.column("id").to_pylist() for batch in result.batches}
    ends = [
        (edge["from_id"], edge["to_id"])
        for batch in result.batches
        if batch.kind.file == "input_of.csv"
        for edge in batch.table.to_pylist()
    ]
    assert (result.report.read, result.report.loaded + result.report.merged + len(places)) == (written, written)
    assert len(set(places)) == len(places)
    assert all(reason for *_, reason in problems(result))
    assert sum(len(of_type) for of_type in ids.values()) == result.report.loaded
    assert [sorted(set(of_type)) for of_type in ids.values()] == list(ids.values())
    assert {end for pair in ends for end in pair} <= set(ids.get("products.csv", []))


@settings(derandomize=True)
@given(
    content=st.binary(max_size=60)
    | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.text(',"\r\n\x00product:a甲', max_size=60).map(lambda text: products().encode() + text.encode())
)
def test_whatever_stands_in_a_file_there_is_a_result_or_an_error_of_ours(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        try:
            result = checked_at(dataset(Path(name), products=content))
        except CorridorError as error:
            assert "products.csv" in str(error)
        else:
            assert result.report.read == result.report.loaded + result.report.merged + result.report.quarantined


def test_rows_are_counted_over_all_tables_and_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[Text | str, int, int]] = []
    bad = {"id": "product:c", "as_of": "never"}
    folder = dataset(tmp_path, products=[A, B, A, bad], input_of=[A_TO_B])

    result = checked(datasets_at([folder]), progress=lambda doing, done, total: told.append((doing, done, total)))

    order = ("products", "sources", "input_of")
    assert account(result) == (6, 4, 1, 1)
    assert [problem[:4] for problem in problems(result)] == [("products.csv", 5, "as_of", "never")]
    assert {doing for doing, _, _ in told} == {
        *(Text("ingest.reading", file=f"{name}.csv", number=n, all=3) for n, name in enumerate(order, 1)),
        Text("ingest.stage.resolve"),
    }
    assert all(0 <= done <= total for _, done, total in told)


def test_batches_come_nodes_first_in_the_order_of_ids(tmp_path: Path) -> None:
    result = checked_at(dataset(tmp_path, products=[B, A], input_of=[A_TO_B]))

    assert [(batch.name, row["id"]) for batch in result.batches for row in batch.table.to_pylist()] == [
        ("Product", "product:a"),
        ("Product", "product:b"),
        ("Source", "source:s"),
        ("INPUT_OF", "INPUT_OF|product:a|product:b"),
    ]


# --- into the stores -------------------------------------------------------------------------------------------------


def test_a_load_holds_what_the_rows_say(store: GraphStore, tmp_path: Path) -> None:
    full = {**A, "name_zh": "光刻胶", "aliases": "光阻|PR", "recovery_days": "30.5"}
    edge = {**A_TO_B, "input_class": "2", "confidence": "0.9", "evidence": "教材", "status": "inferred"}

    result = load_at(dataset(tmp_path / "d", products=[full, B], input_of=[edge]), store)

    assert store.run_id() == result.run_id
    counts, rows = everything(store)
    assert {name: count for name, count in counts.items() if count} == {"Product": 2, "Source": 1, "INPUT_OF": 1}
    node, relation = rows[0]["node"], rows[3]["edge"]
    common: dict[str, Value] = {"source_ids": ("source:s",), "as_of": date(2020, 9, 30)}
    assert node == Node(
        "product:a",
        "Product",
        {
            "name_zh": "光刻胶",
            "aliases": ("光阻", "PR"),
            "recovery_days": 30.5,
            "search_text": "|光刻胶|光阻|pr|product:a|guangkejiao|gkj|guangzu|gz|",
            **common,
        },
    )
    assert relation == Edge(
        "INPUT_OF|product:a|product:b",
        "INPUT_OF",
        "product:a",
        "product:b",
        {"input_class": 2, "confidence": 0.9, "evidence": "教材", "status": "inferred", **common},
    )


def test_two_loads_give_equal_graphs(store: GraphStore, tmp_path: Path) -> None:
    folder = dataset(tmp_path / "d", products=[A, B], input_of=[A_TO_B])

    first = load_at(folder, store)
    after_first = everything(store)
    second = load_at(folder, store)

    assert everything(store) == after_first
    assert first.run_id == second.run_id == store.run_id()


def test_a_load_takes_away_what_the_dataset_no_longer_says(store: GraphStore, tmp_path: Path) -> None:
    load_at(dataset(tmp_path / "1", products=[A, B], input_of=[A_TO_B]), store)
    smaller = dataset(tmp_path / "2", products=[A])
    load_at(smaller, store)

    counts, rows = everything(store)

    assert {name: count for name, count in counts.items() if count} == {"Product": 1, "Source": 1}
    assert [row["id"] for row in rows] == ["product:a", "source:s"]


def test_hostile_names_are_values_and_come_back_equal(store: GraphStore, tmp_path: Path) -> None:
    rows = [
        {"id": f"product:{n}", "name_zh": name, "aliases": name.replace("|", "/")} for n, name in enumerate(HOSTILE)
    ]

    result = load_at(dataset(tmp_path / "d", products=rows), store)

    ids = [row["id"] for row in rows]
    found = {row["id"]: row for row in store.fetch(nodes_query("Product"), {"ids": ids})}
    assert result.report.quarantined == 0
    assert [found[id_]["name_zh"] for id_ in ids] == HOSTILE
    assert [found[id_]["aliases"] for id_ in ids] == [(name.replace("|", "/"),) for name in HOSTILE]


def test_what_is_quarantined_does_not_keep_the_rest_from_loading(store: GraphStore, tmp_path: Path) -> None:
    rows = [A, {**B, "as_of": "2020-13-01"}]

    result = load_at(dataset(tmp_path / "d", products=rows, input_of=[A_TO_B]), store)

    assert [problem[:3] for problem in problems(result)] == [
        ("products.csv", 3, "as_of"),
        ("input_of.csv", 2, "to_id"),
    ]
    assert [row["id"] for row in everything(store)[1]] == ["product:a", "source:s"]


@pytest.mark.parametrize(
    ("tables", "reason"),
    [
        ({"sources": "", "products": products()}, "sources.csv"),
        ({"sources": "id,name_zh,kind\n"}, "No row can be loaded"),
        (
            {"sources": "id,name_zh,kind\n", "products": products("product:a,甲,,source:s,2020-09-30")},
            "the graph stays as it was. products.csv:2 source:s: source_ids: no such source, or it is in quarantine",
        ),
    ],
    ids=["empty file", "only headings", "only bad rows"],
)
def test_a_dataset_of_which_nothing_loads_leaves_the_old_graph(
    store: GraphStore, tmp_path: Path, tables: dict[str, str], reason: str
) -> None:
    load_at(dataset(tmp_path / "old", products=[A]), store)
    before = everything(store)

    with pytest.raises(DataError) as refused:
        load_at(dataset(tmp_path / "new", **tables), store)

    assert reason in str(refused.value)
    assert everything(store) == before


# --- the table of quarantined rows -----------------------------------------------------------------------------------


def test_the_table_of_quarantined_rows_runs_no_formula(tmp_path: Path) -> None:
    rows = pa.table({"file": ["products.csv", "-products.csv"], "row": [3, 4], "value": ["=HYPERLINK()", "a\nb"]})

    write_csv(rows, tmp_path / "q.csv")

    with (tmp_path / "q.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [
            ["file", "row", "value"],
            ["products.csv", "3", "'=HYPERLINK()"],
            ["'-products.csv", "4", "a\nb"],
        ]


@pytest.mark.parametrize("start", list("=+-@\t\r\n"))
def test_a_cell_that_starts_like_a_formula_is_quoted(start: str) -> None:
    assert plain_cell(f"{start}1") == f"'{start}1"


@pytest.mark.parametrize("text", ["", "光刻胶", "a=b", " =1", "'"])
def test_any_other_cell_stays_as_it_is(text: str) -> None:
    assert plain_cell(text) == text


def test_a_place_where_the_table_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        write_csv(pa.table({"a": [1]}), tmp_path / "away" / "q.csv")

    file = tmp_path / "away" / "q.csv"
    assert str(refused.value) == f"Cannot write {file}: No such file or directory."


# --- what a node is found under --------------------------------------------------------------------------------------


def search_text(values: dict[str, object]) -> str:
    (text,) = search_texts(pa.Table.from_pylist([values])).to_pylist()
    return str(text)


@pytest.mark.parametrize(
    ("name", "pinyin", "initials"),
    [
        ("合肥", "hefei", "hf"),
        ("重庆", "chongqing", "cq"),
        ("厦门", "xiamen", "xm"),
        ("六安", "luan", "la"),
        ("台州银行", "taizhouyinhang", "tzyh"),
        ("长鑫存储", "changxincunchu", "cxcc"),
        ("长电科技", "changdiankeji", "cdkj"),
        ("长三角", "changsanjiao", "csj"),
        ("成长", "chengzhang", "cz"),
        ("绿的谐波", "lvdexiebo", "ldxb"),
        ("TCL科技", "tclkeji", "tclkj"),
        ("数控机床2号", "shukongjichuang2hao", "skjc2h"),
        ("光刻胶(KrF)", "guangkejiao(krf)", "gkj(krf)"),
    ],
)
def test_a_chinese_name_is_found_under_its_pinyin_and_its_initials(name: str, pinyin: str, initials: str) -> None:
    assert search_text({"id": "product:a", "name_zh": name}) == (f"|{name.lower()}|product:a|{pinyin}|{initials}|")


def test_a_node_is_found_under_each_name_and_code_in_lower_case() -> None:
    values: dict[str, object] = {
        "id": "enterprise:688012.SH",
        "name_zh": "中微公司",
        "name_en": "AMEC  Inc.",
        "short_name": "中微公司",
        "aliases": ["中微半导体", "AMEC"],
        "stock_code": "688012.SH",
        "uscc": None,
    }

    assert search_text(values) == (
        "|中微公司|amec inc.|688012.sh|688012|中微半导体|amec|enterprise:688012.sh|zhongweigongsi|zwgs|zhongweibandaoti|zwbdt|"
    )


def test_full_width_letters_and_brackets_are_found_as_half_width() -> None:
    assert (
        search_text({"id": "product:a", "name_zh": "ＭＣＵ（３２位）"}) == "|mcu(32位)|product:a|mcu(32wei)|mcu(32w)|"
    )


def test_a_bar_in_a_name_does_not_split_it() -> None:
    assert search_text({"id": "product:a", "name_zh": "a|b  c"}) == "|a b c|product:a|"


def test_a_name_in_latin_letters_has_no_pinyin() -> None:
    assert search_text({"id": "product:a", "name_zh": "SiC"}) == "|sic|product:a|"
