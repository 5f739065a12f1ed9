"""Which claim wins, which rows speak of the same thing, and which edges can stand."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from graph.texts import Text
from ingest.periods import last_day
from ingest.pipeline import Checked
from ingest.resolution import resolve
from tests.ingest.datasets import Cells, account, checked_at, dataset, problems, rows_of

pytestmark = pytest.mark.slow

NO_NODE = "ingest.no_node"
NO_SOURCE = "ingest.no_source"
A, B, C = {"id": "product:a"}, {"id": "product:b"}, {"id": "product:c"}


def edge(from_id: str, to_id: str, **cells: str) -> Cells:
    return {"from_id": from_id, "to_id": to_id, **cells}


def values(result: Checked, name: str, *columns: str) -> list[tuple[object, ...]]:
    return [tuple(row[column] for column in columns) for row in rows_of(result, name)]


def test_claims_too_large_to_be_held_make_the_same_graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = [{"id": f"enterprise:{slug}", "name_zh": "中微半导体设备（上海）股份有限公司"} for slug in "ab"]
    files = [
        dataset(
            tmp_path / str(number),
            products=[{**A, "hs_code": str(number)}, B],
            enterprises=[enterprise],
            located_in=[edge(enterprise["id"], "place:310117")],
            input_of=[edge("product:a", "product:b")],
        )
        for number, enterprise in enumerate(one)
    ]
    held = checked_at(*files)
    monkeypatch.setattr(resolve, "_HELD_BYTES", 0)

    result = checked_at(*files)

    assert held.report.merged == 6
    assert account(result) == account(held)
    assert [batch.table.to_pylist() for batch in result.batches] == [batch.table.to_pylist() for batch in held.batches]


# --- several claims on one thing -------------------------------------------------------------------------------------


def test_a_second_row_of_a_node_fills_what_the_first_leaves_open(tmp_path: Path) -> None:
    rows = [{**A, "hs_code": "3707"}, {**A, "name_en": "Photoresist"}, A]

    result = checked_at(dataset(tmp_path, products=rows))

    assert account(result) == (4, 2, 2, 0)
    assert values(result, "Product", "id", "name_en", "hs_code") == [("product:a", "Photoresist", "3707")]


def test_of_two_values_the_newer_wins_whichever_row_comes_first(tmp_path: Path) -> None:
    old, new = {**A, "hs_code": "1", "as_of": "2019-01-01"}, {**A, "hs_code": "2", "as_of": "2021-01-01"}

    for number, rows in enumerate(([old, new], [new, old])):
        result = checked_at(dataset(tmp_path / str(number), products=rows))
        assert values(result, "Product", "hs_code") == [("2",)]
        assert [(kind.what, kind.disputed) for kind in result.report.kinds if kind.disputed] == [("Product", 1)]


def test_of_two_values_of_one_day_the_earlier_row_wins(tmp_path: Path) -> None:
    rows = [{**A, "hs_code": "2"}, {**A, "hs_code": "1"}]

    assert values(checked_at(dataset(tmp_path, products=rows)), "Product", "hs_code") == [("2",)]


def test_a_verified_edge_wins_over_a_newer_inferred_one_and_keeps_its_own_confidence(tmp_path: Path) -> None:
    inputs = [
        edge("product:a", "product:b", status="inferred", confidence="0.7", input_class="1", as_of="2022-01-01",
             evidence="推测", cost_share="0.1"),
        edge("product:a", "product:b", status="documented", input_class="2", as_of="2020-01-01"),
    ]  # fmt: skip

    result = checked_at(dataset(tmp_path, products=[A, B], input_of=inputs))

    columns = ("status", "confidence", "evidence", "input_class", "cost_share")
    assert values(result, "INPUT_OF", *columns) == [("documented", None, None, 2, 0.1)]


def test_which_product_comes_first_in_a_business_does_not_say_which_claim_wins(tmp_path: Path) -> None:
    makes = [
        edge("enterprise:a", "product:a", rank="1", status="inferred", as_of="2020-01-01"),
        edge("enterprise:a", "product:a", rank="2", status="documented", as_of="2019-01-01"),
    ]

    result = checked_at(dataset(tmp_path, products=[A], enterprises=[{"id": "enterprise:a"}], makes=makes))

    assert values(result, "MAKES", "rank", "status") == [(2, "documented")]


def test_sources_and_aliases_are_united_and_a_name_that_lost_becomes_an_alias(tmp_path: Path) -> None:
    sources = [{"id": "source:s", "kind": "register"}, {"id": "source:t", "kind": "register"}]
    rows = [
        {**A, "name_zh": "光刻胶", "aliases": "光阻", "source_ids": "source:t"},
        {**A, "name_zh": "光致抗蚀剂", "aliases": "PR|光阻"},
    ]

    result = checked_at(dataset(tmp_path, sources=sources, products=rows))

    assert values(result, "Product", "name_zh", "aliases", "source_ids") == [
        ("光刻胶", ["PR", "光致抗蚀剂", "光阻"], ["source:s", "source:t"])
    ]


def test_sales_of_different_products_are_different_edges(tmp_path: Path) -> None:
    sales = [
        edge("enterprise:a", "enterprise:b", product_id="product:x"),
        edge("enterprise:a", "enterprise:b", product_id="product:y"),
        edge("enterprise:a", "enterprise:b", product_id=""),
        edge("enterprise:a", "enterprise:b", product_id="product:x"),
    ]
    folder = dataset(tmp_path, enterprises=[{"id": "enterprise:a"}, {"id": "enterprise:b"}], supplies=sales)

    result = checked_at(folder)

    assert values(result, "SUPPLIES", "id") == [
        ("SUPPLIES|enterprise:a|enterprise:b",),
        ("SUPPLIES|enterprise:a|enterprise:b|product:x",),
        ("SUPPLIES|enterprise:a|enterprise:b|product:y",),
    ]
    assert result.report.merged == 1


def test_the_same_ends_the_other_way_round_are_another_edge(tmp_path: Path) -> None:
    inputs = [edge("product:a", "product:b"), edge("product:b", "product:a")]

    assert account(checked_at(dataset(tmp_path, products=[A, B], input_of=inputs))) == (5, 5, 0, 0)


def test_the_dataset_that_is_named_first_wins_and_equal_files_count_twice(tmp_path: Path) -> None:
    one = dataset(tmp_path / "1", products=[{**A, "hs_code": "1"}])
    two = dataset(tmp_path / "2", products=[{**A, "hs_code": "2"}])

    for folders, wins in (((one, two), "1"), ((two, one), "2")):
        result = checked_at(*folders)
        assert values(result, "Product", "hs_code") == [(wins,)]
        assert account(result) == (4, 2, 2, 0)


# --- ends ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("from_id", "to_id", "field"),
    [("product:away", "product:b", "from_id"), ("product:a", "product:away", "to_id")],
)
def test_an_edge_to_a_node_that_does_not_exist_is_quarantined(
    tmp_path: Path, from_id: str, to_id: str, field: str
) -> None:
    result = checked_at(dataset(tmp_path, products=[A, B], input_of=[edge(from_id, to_id)]))

    value = from_id if field == "from_id" else to_id
    assert problems(result) == [("input_of.csv", 2, field, value, NO_NODE)]


@pytest.mark.parametrize("end", ["a", "INPUT_OF|product:a|product:b", "product:甲", "product:"])
def test_an_end_that_is_no_id_is_quarantined(tmp_path: Path, end: str) -> None:
    (problem,) = problems(checked_at(dataset(tmp_path, products=[A, B], input_of=[edge("product:a", end)])))

    assert problem[:4] == ("input_of.csv", 2, "to_id", end)


def test_a_node_in_quarantine_takes_its_edges_with_it(tmp_path: Path) -> None:
    nodes = [A, {**B, "as_of": "2020-13-01"}, {**C, "source_ids": "source:away"}]
    inputs = [edge("product:a", "product:b"), edge("product:c", "product:a")]

    result = checked_at(dataset(tmp_path, products=nodes, input_of=inputs))

    assert account(result) == (6, 2, 0, 4)
    assert set(problems(result)) == {
        ("products.csv", 3, "as_of", "2020-13-01", "ingest.no_such_day"),
        ("products.csv", 4, "source_ids", "source:away", NO_SOURCE),
        ("input_of.csv", 2, "to_id", "product:b", NO_NODE),
        ("input_of.csv", 3, "from_id", "product:c", NO_NODE),
    }


def test_an_edge_between_labels_that_its_type_does_not_join_is_quarantined(tmp_path: Path) -> None:
    makes = [edge("product:a", "enterprise:a")]

    result = checked_at(dataset(tmp_path, products=[A], enterprises=[{"id": "enterprise:a"}], makes=makes))

    reason = Text("ingest.joins_only", name="MAKES", joined=["Enterprise→Product", "Plant→Product"]).packed()
    assert problems(result) == [("makes.csv", 2, "from_id", "product:a→enterprise:a", reason)]


@pytest.mark.parametrize(
    ("file", "type_", "prefix"),
    [
        ("input_of", "INPUT_OF", "product"),
        ("kind_of", "KIND_OF", "product"),
        ("part_of", "PART_OF", "place"),
        ("owns", "OWNS", "enterprise"),
        ("supplies", "SUPPLIES", "enterprise"),
    ],
)
def test_an_edge_from_a_node_to_itself_is_quarantined(tmp_path: Path, file: str, type_: str, prefix: str) -> None:
    node = {"id": f"{prefix}:a"}
    nodes = {"product": "products", "place": "places", "enterprise": "enterprises"}[prefix]
    tables: dict[str, list[Cells]] = {nodes: [node], file: [edge(node["id"], node["id"])]}

    reason = "ingest.joined_to_itself"
    assert problems(checked_at(dataset(tmp_path, **tables))) == [(f"{file}.csv", 2, "to_id", f"{prefix}:a", reason)]


def test_a_sector_may_be_an_input_of_itself(tmp_path: Path) -> None:
    uses = [edge("sector:01", "sector:01", coefficient="0.16")]

    result = checked_at(dataset(tmp_path, sectors=[{"id": "sector:01"}], sector_input_of=uses))

    assert account(result) == (3, 3, 0, 0)


# --- what cannot hold together ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("circle", [["a", "b"], ["a", "b", "c"]])
def test_kinds_in_a_circle_are_quarantined_and_what_hangs_on_it_stays(tmp_path: Path, circle: Sequence[str]) -> None:
    ring = [edge(f"product:{one}", f"product:{two}") for one, two in zip(circle, [*circle[1:], circle[0]], strict=True)]
    nodes = [A, B, C, {"id": "product:d"}]

    result = checked_at(dataset(tmp_path, products=nodes, kind_of=[*ring, edge("product:d", "product:a")]))

    assert [row for _, row, *_ in problems(result)] == list(range(2, 2 + len(ring)))
    assert values(result, "KIND_OF", "from_id", "to_id") == [("product:d", "product:a")]


def test_inputs_may_run_in_a_circle(tmp_path: Path) -> None:
    inputs = [edge("product:a", "product:b"), edge("product:b", "product:c"), edge("product:c", "product:a")]

    assert checked_at(dataset(tmp_path, products=[A, B, C], input_of=inputs)).report.quarantined == 0


def test_an_input_that_is_the_broader_term_of_its_product_waits(tmp_path: Path) -> None:
    inputs = [edge("product:a", "product:b"), edge("product:b", "product:a")]

    result = checked_at(dataset(tmp_path, products=[A, B], input_of=inputs, kind_of=[edge("product:b", "product:a")]))

    assert [(file, row, value) for file, row, _, value, _ in problems(result)] == [
        ("input_of.csv", 2, "product:a→product:b")
    ]
    assert values(result, "KIND_OF", "from_id") == [("product:b",)]


def test_a_kind_that_a_later_dataset_says_does_not_push_out_an_input_of_an_earlier_one(tmp_path: Path) -> None:
    one = dataset(tmp_path / "1", products=[A, B], input_of=[edge("product:a", "product:b")])
    two = dataset(tmp_path / "2", products=[A, B], kind_of=[edge("product:b", "product:a")])

    result = checked_at(one, two)

    assert [file for file, *_ in problems(result)] == ["kind_of.csv"]
    assert values(result, "INPUT_OF", "from_id") == [("product:a",)]


@pytest.mark.parametrize("source_ids", ["source:away", "source:s|source:away", "名录"])
def test_a_row_whose_source_is_not_known_is_quarantined(tmp_path: Path, source_ids: str) -> None:
    inputs = [edge("product:a", "product:b", source_ids=source_ids)]

    result = checked_at(dataset(tmp_path, products=[A, B], input_of=inputs))

    unknown = source_ids.rpartition("|")[2]
    assert problems(result) == [("input_of.csv", 2, "source_ids", unknown, NO_SOURCE)]


def test_a_source_in_quarantine_takes_what_rests_on_it_along(tmp_path: Path) -> None:
    sources = [{"id": "source:s", "name_zh": "名录", "kind": "rumour"}, {"id": "source:t", "kind": "register"}]

    result = checked_at(dataset(tmp_path, sources=sources, products=[A, {**B, "source_ids": "source:t"}]))

    assert [problem[:4] for problem in problems(result)] == [
        ("sources.csv", 2, "kind", "rumour"),
        ("products.csv", 2, "source_ids", "source:s"),
    ]
    assert values(result, "Product", "id") == [("product:b",)]


@pytest.mark.parametrize(
    ("year", "quarter", "day", "is_over"),
    [
        (2026, "", date(2026, 12, 31), False), (2026, "", date(2027, 1, 1), True), (2026, "2", date(2026, 6, 30), False),
        (2026, "2", date(2026, 7, 1), True), (2099, "", date(2026, 7, 1), False), (2100, "4", date(2026, 7, 1), False),
    ],
)  # fmt: skip
def test_a_report_of_a_period_that_is_not_over_is_set_aside_until_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, year: int, quarter: str, day: date, is_over: bool
) -> None:
    monkeypatch.setattr("ingest.resolution.standing.today", lambda: day)
    said = [
        {"id": "report:a", "year": str(year), "quarter": quarter},
        {"id": "report:b", "year": "2020", "quarter": ""},
    ]
    result = checked_at(dataset(tmp_path, reports=said))
    period = f"{year}Q{quarter}" if quarter else str(year)
    expected = [] if is_over else [("reports.csv", 2, "year", period, "ingest.not_over")]
    assert (problems(result), result.report.loaded) == (expected, 3 if is_over else 2)
    assert (last_day(year, int(quarter) if quarter else None) < day) is is_over
