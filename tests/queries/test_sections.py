"""A query and its function agree, or the import says where they do not; a question takes what it declares."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep
from typing import NamedTuple

import pytest
from pydantic import ValidationError

from graph.errors import CypherError, UnknownName
from graph.store import GraphStore
from queries.production_network import making
from queries.reader import Kept, Reader, kept
from queries.registry import questions
from queries.saved import question_named
from queries.sections import Sections
from tests.graphs import graph_of

PRODUCTS = """// name: products(ids, limit)
// Products. One row a product.
MATCH (p:Product)
WHERE p.id IN $ids
RETURN p.id AS product_id, p.name_zh AS name_zh
ORDER BY product_id
LIMIT $limit
"""


class ProductRow(NamedTuple):
    """A product."""

    product_id: str
    name_zh: str


class OtherColumns(NamedTuple):
    """Not what the statement returns."""

    product_id: str
    name: str


def file_of(folder: Path, text: str = PRODUCTS) -> Path:
    path = folder / "products.cypher"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(file: Path, row_type: type[NamedTuple] = ProductRow, name: str = "products") -> str:
    with pytest.raises(CypherError) as caught:
        Sections(str(file)).rows(name, row_type)
    return str(caught.value)


def test_a_section_gives_typed_rows(tmp_path: Path, ladybug_store: GraphStore) -> None:
    products = Sections(str(file_of(tmp_path))).rows("products", ProductRow)
    graph_of(ladybug_store, ["product:b", "product:a", "product:c"])
    assert products(Reader(ladybug_store), ids=["product:c", "product:a"], limit=9) == [
        ProductRow(product_id="product:a", name_zh="a"),
        ProductRow(product_id="product:c", name_zh="c"),
    ]


def test_a_section_of_one_column_gives_ids_and_one_that_counts_a_number(
    tmp_path: Path, ladybug_store: GraphStore
) -> None:
    text = (
        "// name: ids()\n// Products. One row a product.\nMATCH (p:Product)\nRETURN p.id AS product_id\nORDER BY product_id\n\n"
        "// name: size()\n// How many products there are. One row.\nMATCH (p:Product)\n"
        "RETURN count(p) AS products, '' AS none_id\nORDER BY none_id\n"
    )
    sections = Sections(str(file_of(tmp_path, text)))
    graph_of(ladybug_store, ["product:b", "product:a"])
    reader = Reader(ladybug_store)
    assert sections.ids("ids", "product_id")(reader) == ["product:a", "product:b"]
    assert sections.count("size", "products")(reader) == 2
    for wrong in (lambda: sections.ids("size", "products"), lambda: sections.count("ids", "product_id")):
        with pytest.raises(CypherError, match="returns"):
            wrong()


def test_a_section_that_is_not_in_the_file_is_refused_at_import(tmp_path: Path) -> None:
    assert refusal(file_of(tmp_path), name="factories") == "products.cypher has no section factories"


@pytest.mark.parametrize("given", [{"ids": [], "most": 1}, {"ids": []}, {"ids": [], "limit": 1, "more": 1}])
def test_other_parameters_than_the_header_declares_are_refused(
    tmp_path: Path, ladybug_store: GraphStore, given: dict[str, object]
) -> None:
    products = Sections(str(file_of(tmp_path))).rows("products", ProductRow)
    with pytest.raises(CypherError, match=r"products.cypher: products\('ids', 'limit'\) is called with"):
        products(Reader(ladybug_store), **given)


def test_other_columns_than_the_row_has_fields_are_refused_at_import(tmp_path: Path) -> None:
    assert refusal(file_of(tmp_path), OtherColumns) == (
        "products.cypher: products returns ['product_id', 'name_zh'], its row has ['product_id', 'name']"
    )


def test_columns_in_another_order_are_refused_in_an_override_too(tmp_path: Path) -> None:
    override = (
        "// name: products@ladybug\n// The engine needs it the other way round.\nMATCH (p:Product)\n"
        "WHERE p.id IN $ids\nRETURN p.name_zh AS name_zh, p.id AS product_id\nORDER BY product_id\nLIMIT $limit\n"
    )
    assert "products returns ['name_zh', 'product_id']" in refusal(file_of(tmp_path, PRODUCTS + override))


def test_a_header_that_declares_what_the_text_does_not_use_is_refused_with_file_and_line(tmp_path: Path) -> None:
    text = PRODUCTS.replace("LIMIT $limit\n", "")
    assert refusal(file_of(tmp_path, text)) == (
        "products.cypher:1: products declares ['ids', 'limit'] and uses ['ids']"
    )


def test_a_statement_that_writes_is_refused_with_file_and_line(tmp_path: Path) -> None:
    text = PRODUCTS.replace("WHERE p.id IN $ids", "WHERE p.id IN $ids\nSET p.name_zh = ''")
    assert refusal(file_of(tmp_path, text)).startswith("products.cypher:1: products: reading: ")


def test_an_unknown_question_proposes_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean gaps"):
        question_named("gasp")


def test_the_questions_are_listed_from_the_overview_to_the_detail() -> None:
    assert [q.name for q in questions()] == [
        "chains", "what_is_missing", "data_quality", "gaps", "concentration", "key_technologies", "trace", "scenarios", "cascade", "survival", "cuts",
        "sectors", "candidates", "next_products", "partners", "science_chain", "cooperation", "fund", "routes", "attribution", "certification", "certificate",
        "tracking", "lineage", "search", "neighbourhood",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("gaps", {"limit": 0}),
        ("gaps", {"verdicts": ["broken"]}),
        ("gaps", {"hhi_above": 1.5}),
        ("gaps", {"chian": "x"}),
        ("search", {"text": ""}),
        ("search", {}),
        ("partners", {"subject": "product:a", "roles": ["friend"]}),
        ("neighbourhood", {"node": "product:a", "depth": 5}),
        ("routes", {"start": ["product:a"], "target": ["product:b"], "most": 0}),
        ("trace", {"subjects": []}),
        ("cuts", {"product": "product:a", "tiers": 0}),
        ("cascade", {"share": 0}),
        ("scenarios", {"shocks": []}),
        ("scenarios", {"shocks": ["a"], "or_shocks": ["b"], "or_share": 1.1}),
        ("survival", {"scope": "product:a", "recovery_days": -1}),
        ("routes", {"start": ["product:a"], "target": [], "most": 1}),
    ],
)
def test_a_bad_parameter_is_refused_before_anything_runs(
    ladybug_store: GraphStore, name: str, given: dict[str, object]
) -> None:
    # The store holds no graph: a statement that ran would raise StoreUnavailable.
    with pytest.raises(ValidationError):
        question_named(name).ask(ladybug_store, **given)


def test_an_answer_carries_its_parameters_and_the_statements_that_ran(store: GraphStore) -> None:
    graph_of(store, ["product:a"])
    answer = question_named("search").ask(store, text="A")
    assert (answer.question, answer.parameters) == ("search", {"text": "A", "limit": 20})
    assert [(s.name, s.parameters) for s in answer.statements] == [
        ("found_nodes", {"text": "a", "whole": "|a|", "beginning": "|a", "limit": 20})
    ]
    assert answer.statements[0].cypher.startswith("MATCH (n:Place|Enterprise|")


def test_what_is_made_of_a_graph_is_made_once_until_another_is_loaded(memory: GraphStore) -> None:
    made: list[int] = []

    @kept
    def twice(reader: Reader, number: int) -> int:
        made.append(number)
        return 2 * number

    both = Kept(most=2)
    graph_of(memory, ["product:a"], run_id="kept-1")
    assert [twice(Reader(memory, both), n) for n in (1, 2, 1, 3, 1, 2)] == [2, 4, 2, 6, 2, 4]
    assert made == [1, 2, 3, 2]
    graph_of(memory, ["product:b"], run_id="kept-2")
    assert twice(Reader(memory, both), 2) == 4
    assert made == [1, 2, 3, 2, 2]


def test_an_answer_is_kept_with_its_statements_by_question_and_parameters(memory: GraphStore) -> None:
    graph_of(memory, ["product:a"])
    both = Kept()
    first = question_named("search").ask(Reader(memory, both), text="a")
    assert question_named("search").ask(Reader(memory, both), text="a", limit=20) is first
    assert question_named("search").ask(Reader(memory, both), text="a", limit=19) is not first
    graph_of(memory, ["product:b"])
    assert question_named("search").ask(Reader(memory, both), text="a").looked_at == 0


def test_many_threads_that_want_the_same_make_it_once(memory: GraphStore) -> None:
    made: list[int] = []

    @kept
    def slowly(reader: Reader) -> int:
        sleep(0.05)
        made.append(1)
        return 7

    graph_of(memory, ["product:a"])
    both = Kept()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: slowly(Reader(memory, both)), range(8))) == [7] * 8
    assert made == [1]


def test_a_value_whose_making_failed_is_made_anew(memory: GraphStore) -> None:
    tries: list[int] = []

    @kept
    def second_time(reader: Reader) -> int:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError
        return 7

    graph_of(memory, ["product:a"])
    both = Kept()
    with pytest.raises(ValueError):
        second_time(Reader(memory, both))
    assert second_time(Reader(memory, both)) == 7


def test_many_rows_come_as_a_table_of_the_same_columns(ladybug_store: GraphStore) -> None:
    graph_of(ladybug_store, ["enterprise:a", "product:p"], [("MAKES", "enterprise:a", "product:p", {"share": 0.4})])
    table = making(Reader(ladybug_store), min_confidence=0.0)
    assert table.to_pylist() == [
        {"enterprise_id": "enterprise:a", "product_id": "product:p", "share": 0.4, "rank": None}
    ]


def test_a_table_of_other_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CypherError, match="its row has"):
        Sections(str(file_of(tmp_path))).table("products", OtherColumns)
