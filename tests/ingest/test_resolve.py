"""Rows that speak of the same thing, and edges whose ends are or are not there."""

from pathlib import Path

import pytest

from graph.store import Batch
from ingest.pipeline import Checked, checked
from ingest.validate import QuarantinedRow
from tests.ingest.datasets import Cells, dataset

NO_NODE = "没有这个节点，或它已被隔离 no such node, or it is in quarantine"
NO_SOURCE = "sources.csv 中没有这个来源 no such source in sources.csv"
A, B = {"id": "product:a"}, {"id": "product:b"}


def _edge(from_id: str, to_id: str, **cells: str) -> Cells:
    return {"from_id": from_id, "to_id": to_id, **cells}


def _account(result: Checked) -> tuple[int, int, int, int]:
    return result.read, result.loaded, result.merged, len(result.quarantined)


def _values(result: Checked, label: str, *columns: str) -> list[tuple[object, ...]]:
    found: list[Batch] = [batch for batch in result.batches if batch.kind.file == label]
    return [tuple(row[name] for name in columns) for batch in found for row in batch.table.to_pylist()]


def test_a_second_row_of_a_node_fills_what_the_first_leaves_open(tmp_path: Path) -> None:
    rows = [{**A, "hs_code": "3707"}, {**A, "name_en": "Photoresist"}, A]

    result = checked(dataset(tmp_path, products=rows))

    assert _account(result) == (4, 2, 2, 0)
    assert _values(result, "products.csv", "id", "name_en", "hs_code") == [("product:a", "Photoresist", "3707")]


def test_a_row_that_contradicts_an_earlier_one_is_quarantined_with_the_line_of_the_first(tmp_path: Path) -> None:
    rows = [B, {**A, "hs_code": "3707"}, {**A, "hs_code": "3708"}]

    result = checked(dataset(tmp_path, products=rows))

    reason = "与 products.csv:3 矛盾 contradicts products.csv:3"
    assert result.quarantined == (QuarantinedRow("products.csv", 4, "hs_code", "3708", reason),)
    assert _values(result, "products.csv", "id", "hs_code") == [("product:a", "3707"), ("product:b", None)]


def test_a_row_that_contradicts_fills_nothing(tmp_path: Path) -> None:
    rows = [{**A, "hs_code": "3707"}, {**A, "hs_code": "3708", "name_en": "Other"}]

    assert _values(checked(dataset(tmp_path, products=rows)), "products.csv", "name_en") == [(None,)]


def test_a_second_row_of_an_edge_is_merged_and_a_contradicting_one_is_not(tmp_path: Path) -> None:
    inputs = [
        _edge("product:a", "product:b", input_class="2"),
        _edge("product:a", "product:b", input_class="2", cost_share="0.1"),
        _edge("product:a", "product:b", input_class="1"),
    ]

    result = checked(dataset(tmp_path, products=[A, B], input_of=inputs))

    reason = "与 input_of.csv:2 矛盾 contradicts input_of.csv:2"
    assert result.quarantined == (QuarantinedRow("input_of.csv", 4, "input_class", "1", reason),)
    assert _account(result) == (6, 4, 1, 1)
    assert _values(result, "input_of.csv", "id", "input_class", "cost_share") == [
        ("INPUT_OF|product:a|product:b", 2, 0.1)
    ]


def test_sales_of_different_products_are_different_edges(tmp_path: Path) -> None:
    sales = [
        _edge("enterprise:a", "enterprise:b", product_id="product:x"),
        _edge("enterprise:a", "enterprise:b", product_id="product:y"),
        _edge("enterprise:a", "enterprise:b", product_id=""),
    ]
    result = checked(dataset(tmp_path, enterprises=[{"id": "enterprise:a"}, {"id": "enterprise:b"}], supplies=sales))

    assert _values(result, "supplies.csv", "id") == [
        ("SUPPLIES|enterprise:a|enterprise:b",),
        ("SUPPLIES|enterprise:a|enterprise:b|product:x",),
        ("SUPPLIES|enterprise:a|enterprise:b|product:y",),
    ]


def test_the_same_ends_the_other_way_round_are_another_edge(tmp_path: Path) -> None:
    inputs = [_edge("product:a", "product:b"), _edge("product:b", "product:a")]

    assert _account(checked(dataset(tmp_path, products=[A, B], input_of=inputs))) == (5, 5, 0, 0)


@pytest.mark.parametrize(
    ("from_id", "to_id", "field"),
    [
        ("product:away", "product:b", "from_id"),
        ("product:a", "product:away", "to_id"),
        ("a", "product:b", "from_id"),
        ("product:a", "INPUT_OF|product:a|product:b", "to_id"),
    ],
)
def test_an_edge_to_a_node_that_does_not_exist_is_quarantined(
    tmp_path: Path, from_id: str, to_id: str, field: str
) -> None:
    result = checked(dataset(tmp_path, products=[A, B], input_of=[_edge(from_id, to_id)]))

    value = from_id if field == "from_id" else to_id
    assert result.quarantined == (QuarantinedRow("input_of.csv", 2, field, value, NO_NODE),)


def test_a_node_in_quarantine_takes_its_edges_with_it(tmp_path: Path) -> None:
    nodes = [A, {**B, "as_of": "2020-13-01"}, {"id": "product:c", "source_ids": "source:away"}]
    inputs = [_edge("product:a", "product:b"), _edge("product:c", "product:a")]

    result = checked(dataset(tmp_path, products=nodes, input_of=inputs))

    assert _account(result) == (6, 2, 0, 4)
    assert set(result.quarantined) == {
        QuarantinedRow("products.csv", 3, "as_of", "2020-13-01", "Value error, month must be in 1..12"),
        QuarantinedRow("products.csv", 4, "source_ids", "source:away", NO_SOURCE),
        QuarantinedRow("input_of.csv", 2, "to_id", "product:b", NO_NODE),
        QuarantinedRow("input_of.csv", 3, "from_id", "product:c", NO_NODE),
    }


def test_an_edge_between_labels_that_its_type_does_not_join_is_quarantined(tmp_path: Path) -> None:
    makes = [_edge("product:a", "enterprise:a")]

    result = checked(dataset(tmp_path, products=[A], enterprises=[{"id": "enterprise:a"}], makes=makes))

    reason = "MAKES 只连接 joins only Enterprise→Product"
    assert result.quarantined == (QuarantinedRow("makes.csv", 2, "from_id", "product:a→enterprise:a", reason),)


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

    tables: dict[str, list[Cells]] = {nodes: [node], file: [_edge(node["id"], node["id"])]}

    result = checked(dataset(tmp_path, **tables))

    reason = f"自环：{type_} 不能指向自身 a node cannot be joined to itself"
    assert result.quarantined == (QuarantinedRow(f"{file}.csv", 2, "to_id", f"{prefix}:a", reason),)


def test_a_sector_may_be_an_input_of_itself(tmp_path: Path) -> None:
    uses = [_edge("sector:01", "sector:01", coefficient="0.16")]

    assert _account(checked(dataset(tmp_path, sectors=[{"id": "sector:01"}], sector_input_of=uses))) == (3, 3, 0, 0)


@pytest.mark.parametrize("source_ids", ["source:away", "source:s|source:away", "名录"])
def test_a_row_whose_source_is_not_known_is_quarantined(tmp_path: Path, source_ids: str) -> None:
    inputs = [_edge("product:a", "product:b", source_ids=source_ids)]

    result = checked(dataset(tmp_path, products=[A, B], input_of=inputs))

    unknown = source_ids.rpartition("|")[2]
    assert result.quarantined == (QuarantinedRow("input_of.csv", 2, "source_ids", unknown, NO_SOURCE),)


def test_a_source_in_quarantine_takes_what_rests_on_it_along(tmp_path: Path) -> None:
    sources = [{"id": "source:s", "name_zh": "名录", "kind": "rumour"}, {"id": "source:t", "kind": "register"}]

    result = checked(dataset(tmp_path, sources=sources, products=[A, {**B, "source_ids": "source:t"}]))

    assert [(row.file, row.line, row.field, row.value) for row in result.quarantined] == [
        ("sources.csv", 2, "kind", "rumour"),
        ("products.csv", 2, "source_ids", "source:s"),
    ]
    assert _values(result, "products.csv", "id") == [("product:b",)]
