"""A query and its function agree, or the import says where they do not; a question takes what it declares."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from pydantic import ValidationError

from graph.errors import CypherError, UnknownName
from graph.store import GraphStore
from queries.library import question_named, questions
from queries.runner import MOST_KEPT, Reader, Recorder, Row, kept, query
from tests.graphs import graph_of

PRODUCTS = """// name: products(ids, limit)
// Products. One row a product.
MATCH (p:Product)
WHERE p.id IN $ids
RETURN p.id AS product_id, p.name_zh AS name_zh
ORDER BY product_id
LIMIT $limit
"""


R = TypeVar("R", bound=Row)


class ProductRow(Row):
    """A product."""

    product_id: str
    name_zh: str


class OtherColumns(Row):
    """Not what the statement returns."""

    product_id: str
    name: str


def file_of(folder: Path, text: str = PRODUCTS) -> str:
    path = folder / "products.cypher"
    path.write_text(text, encoding="utf-8")
    return str(path)


def refusal(file: str, function: Callable[..., list[R]]) -> str:
    with pytest.raises(CypherError) as caught:
        query(file)(function)
    return str(caught.value).rpartition("/")[2]


def test_a_query_gives_typed_rows(tmp_path: Path, ladybug_store: GraphStore) -> None:
    @query(file_of(tmp_path))
    def products(reader: Reader, *, ids: list[str], limit: int) -> list[ProductRow]:  # type: ignore[empty-body]
        """Products."""

    graph_of(ladybug_store, ["product:b", "product:a", "product:c"])
    found = products(ladybug_store, ids=["product:c", "product:a"], limit=9)
    assert found == [
        ProductRow(product_id="product:a", name_zh="a"),
        ProductRow(product_id="product:c", name_zh="c"),
    ]


def test_a_query_that_is_not_in_the_file_is_refused_at_import(tmp_path: Path) -> None:
    def factories(reader: Reader) -> list[ProductRow]:  # type: ignore[empty-body]
        """No such section."""

    assert refusal(file_of(tmp_path), factories) == "products.cypher has no query factories"


def test_other_parameters_than_the_header_declares_are_refused_at_import(tmp_path: Path) -> None:
    def products(reader: Reader, *, ids: list[str], most: int) -> list[ProductRow]:  # type: ignore[empty-body]
        """`most` is called `limit` in the file."""

    assert (
        refusal(file_of(tmp_path), products) == "products.cypher: products(ids, limit) is called with ['ids', 'most']"
    )


def test_other_columns_than_the_row_has_fields_are_refused_at_import(tmp_path: Path) -> None:
    def products(reader: Reader, *, ids: list[str], limit: int) -> list[OtherColumns]:  # type: ignore[empty-body]
        """The row has `name`, the statement `name_zh`."""

    assert refusal(file_of(tmp_path), products) == (
        "products.cypher: products returns ['product_id', 'name_zh'], its row has ['product_id', 'name']"
    )


def test_columns_in_another_order_are_refused_in_an_override_too(tmp_path: Path) -> None:
    override = (
        "// name: products@ladybug\n// The engine needs it the other way round.\nMATCH (p:Product)\n"
        "WHERE p.id IN $ids\nRETURN p.name_zh AS name_zh, p.id AS product_id\nORDER BY product_id\nLIMIT $limit\n"
    )

    def products(reader: Reader, *, ids: list[str], limit: int) -> list[ProductRow]:  # type: ignore[empty-body]
        """Products."""

    assert "products returns ['name_zh', 'product_id']" in refusal(file_of(tmp_path, PRODUCTS + override), products)


def test_a_header_that_declares_what_the_text_does_not_use_is_refused_with_file_and_line(tmp_path: Path) -> None:
    def products(reader: Reader, *, ids: list[str]) -> list[ProductRow]:  # type: ignore[empty-body]
        """Products."""

    text = PRODUCTS.replace("LIMIT $limit\n", "")
    assert refusal(file_of(tmp_path, text), products) == (
        "products.cypher:1: products declares ['ids', 'limit'] and uses ['ids']"
    )


def test_a_statement_that_writes_is_refused_with_file_and_line(tmp_path: Path) -> None:
    def products(reader: Reader, *, ids: list[str], limit: int) -> list[ProductRow]:  # type: ignore[empty-body]
        """Products."""

    text = PRODUCTS.replace("WHERE p.id IN $ids", "WHERE p.id IN $ids\nSET p.name_zh = ''")
    assert refusal(file_of(tmp_path, text), products).startswith("products.cypher:1: products: write: ")


def test_an_unknown_question_proposes_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean gaps"):
        question_named("gasp")


def test_the_questions_are_listed_from_the_overview_to_the_detail() -> None:
    assert [q.name for q in questions()] == [
        "chains", "gaps", "concentration", "key_technologies", "trace", "cascade", "survival", "cuts", "sectors",
        "candidates", "next_products", "partners", "science_chain", "routes", "search", "neighbourhood",
    ]  # fmt: skip


def test_every_field_and_parameter_of_every_question_is_described_in_both_languages() -> None:
    for question in questions():
        fields = {**question.parameters.model_fields, **question.row_type.model_fields}
        undescribed = [name for name, field in fields.items() if not field.description]
        assert (question.name, undescribed) == (question.name, [])
        assert not question.doc.isascii() and not question.zh.isascii() and question.en.isascii()


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
    assert answer.statements[0].cypher.startswith("MATCH (n:Enterprise|")


def test_what_is_made_of_a_graph_is_kept_for_the_last_arguments_until_another_is_loaded(memory: GraphStore) -> None:
    made: list[int] = []

    @kept
    def twice(reader: Reader, number: int) -> int:
        made.append(number)
        return 2 * number

    graph_of(memory, ["product:a"], run_id="kept-1")
    assert [twice(Recorder(memory), n) for n in (*range(MOST_KEPT), 0)] == [*range(0, 2 * MOST_KEPT, 2), 0]
    assert made == [*range(MOST_KEPT)]
    twice(Recorder(memory), MOST_KEPT)
    twice(Recorder(memory), 1)
    assert made == [*range(MOST_KEPT + 1)]
    twice(Recorder(memory), 0)
    assert made[-1] == 0
    graph_of(memory, ["product:b"], run_id="kept-2")
    twice(Recorder(memory), 5)
    assert made[-1] == 5
