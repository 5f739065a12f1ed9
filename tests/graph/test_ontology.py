"""What is derived from the ontology really follows from it."""

import re
from collections import Counter

import ladybug
import pytest

from graph.cypher import DIALECTS
from graph.ontology import (
    DERIVED_EDGE_TYPES,
    DERIVED_NODE_TYPES,
    EDGE_TYPE,
    EDGE_TYPES,
    NODE_TYPE,
    NODE_TYPES,
    STORED_EDGE_TYPES,
    STORED_NODE_TYPES,
    EdgeType,
    NodeType,
    ValueType,
    label_of,
    property_names,
)
from graph.statements import count_queries, ladybug_schema, neo4j_constraints, neo4j_create, neo4j_known
from graph.store import ARROW_TYPES, arrow_schema, stored_schema
from graph.subset import lint
from graph.texts import Language
from queries.relations import kinds_of

KINDS: tuple[NodeType | EdgeType, ...] = (*STORED_NODE_TYPES, *STORED_EDGE_TYPES)
GIVEN_KINDS: tuple[NodeType | EdgeType, ...] = (*NODE_TYPES, *EDGE_TYPES)
DERIVED_KINDS: tuple[NodeType | EdgeType, ...] = (*DERIVED_NODE_TYPES, *DERIVED_EDGE_TYPES)


for_each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
LADYBUG = {
    ValueType.TEXT: "STRING",
    ValueType.TEXTS: "STRING[]",
    ValueType.INTEGER: "INT64",
    ValueType.NUMBER: "DOUBLE",
    ValueType.FRACTION: "DOUBLE",
    ValueType.BOOLEAN: "BOOL",
    ValueType.DATE: "DATE",
}


@pytest.fixture(scope="module")
def tables() -> dict[str, dict[str, str]]:
    """The columns that the embedded engine has after the table definitions ran, by table."""
    connection = ladybug.Connection(ladybug.Database(":memory:", buffer_pool_size=1 << 28, max_db_size=1 << 30))
    for statement in ladybug_schema():
        connection.execute(statement)
    return {kind.name: _columns(connection, kind.name) for kind in KINDS}


def _columns(connection: ladybug.Connection, table: str) -> dict[str, str]:
    result = connection.execute(f"CALL table_info('{table}') RETURN name, type")
    assert isinstance(result, ladybug.QueryResult)
    return {str(row[0]): str(row[1]) for row in result if isinstance(row, list)}


@for_each_kind
def test_the_embedded_engine_has_a_column_for_each_property(
    kind: NodeType | EdgeType, tables: dict[str, dict[str, str]]
) -> None:
    own = {} if kind in DERIVED_EDGE_TYPES else {"id": "STRING"}
    assert tables[kind.name] == {**own, **{p.name: LADYBUG[p.type] for p in kind.stored}}


@for_each_kind
def test_a_batch_has_a_column_for_each_property(kind: NodeType | EdgeType) -> None:
    ends = ["from_id", "to_id"] if isinstance(kind, EdgeType) else []
    schema = arrow_schema(kind)
    assert schema.names == [*ends, "id", *(p.name for p in kind.properties)]
    assert all(schema.field(p.name).type == ARROW_TYPES[p.type] for p in kind.properties)
    stored = stored_schema(kind)
    assert stored.names == [*ends, "id", *(p.name for p in kind.stored)]
    assert all(stored.field(p.name).type == ARROW_TYPES[p.type] for p in kind.stored)


@for_each_kind
def test_names_are_said_in_both_languages_and_properties_once(kind: NodeType | EdgeType) -> None:
    assert kind.zh and kind.en and kind.doc
    assert [name for name, n in Counter(p.name for p in kind.stored).items() if n > 1] == []
    for prop in kind.stored:
        assert prop.zh and prop.en, prop.name
        assert prop.zh in prop.description and prop.unit in prop.description
        assert re.fullmatch(r"[a-z][a-z0-9_]*", prop.name)
    assert not {"id", "from_id", "to_id", "label", "type"} & {p.name for p in kind.stored}


@for_each_kind
def test_bounds_stand_on_numbers_and_every_fraction_is_between_0_and_1(kind: NodeType | EdgeType) -> None:
    numeric = {ValueType.INTEGER, ValueType.NUMBER, ValueType.FRACTION}
    for prop in kind.stored:
        bounds = (prop.minimum, prop.maximum)
        assert prop.type in numeric or bounds == (None, None)
        assert prop.type is not ValueType.FRACTION or bounds == (0.0, 1.0)
        assert not prop.choices or prop.type in (ValueType.TEXT, ValueType.INTEGER)


def test_equal_names_are_equal_quantities() -> None:
    seen: dict[str, set[tuple[ValueType, str]]] = {}
    for prop in (p for kind in KINDS for p in kind.stored):
        seen.setdefault(prop.name, set()).add((prop.type, prop.unit))
    assert {name for name, kinds in seen.items() if len(kinds) > 1} == set()
    assert property_names() == {"id", *seen}


@pytest.mark.parametrize("what", ["label", "prefix", "file", "zh", "en"])
def test_no_two_node_types_share_a_name(what: str) -> None:
    assert [v for v, n in Counter(getattr(t, what) for t in STORED_NODE_TYPES).items() if n > 1] == []


def test_what_is_derived_is_no_type_of_a_dataset_and_has_no_file_sources_or_identity_of_its_own() -> None:
    derived = {kind.name for kind in DERIVED_KINDS}
    assert derived.isdisjoint([*NODE_TYPE, *EDGE_TYPE])
    assert {kind.file for kind in DERIVED_KINDS} == {""}
    assert [label_of(f"{kind.prefix}:x") for kind in DERIVED_NODE_TYPES] == [None] * len(DERIVED_NODE_TYPES)
    evidence = {"source_ids", "as_of", "valid_from", "valid_to", "status"}
    assert evidence.isdisjoint(p.name for kind in DERIVED_KINDS for p in kind.stored)
    labels = {kind.label for kind in STORED_NODE_TYPES}
    assert {label for kind in DERIVED_EDGE_TYPES for pair in kind.ends for label in pair} <= labels


def test_a_derived_property_is_none_that_a_dataset_can_give_the_type() -> None:
    for kind in KINDS:
        assert {p.name for p in kind.properties}.isdisjoint(p.name for p in kind.stored[len(kind.properties) :])


def test_no_two_node_types_look_alike_and_no_two_edge_types_share_a_name_or_file() -> None:
    assert max(Counter((t.color, t.shape) for t in STORED_NODE_TYPES).values()) == 1
    assert max(Counter(t.color for t in STORED_NODE_TYPES).values()) == 1
    assert all(re.fullmatch(r"#[0-9a-f]{6}", t.color) for t in STORED_NODE_TYPES)
    assert max(Counter(t.type for t in STORED_EDGE_TYPES).values()) == 1
    assert max(Counter(t.file for t in GIVEN_KINDS).values()) == 1


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("node_type", NODE_TYPES, ids=lambda t: t.label)
def test_a_page_has_no_two_kinds_of_relations_under_one_heading(node_type: NodeType, language: Language) -> None:
    said = [kind.type.text if kind.is_forward else kind.type.back for kind in kinds_of(node_type.label)]
    assert max(Counter(text.in_(language) for text in said).values(), default=1) == 1


@pytest.mark.parametrize("edge_type", EDGE_TYPES, ids=lambda t: t.type)
def test_the_ends_of_an_edge_are_node_types_and_its_key_is_a_property(edge_type: EdgeType) -> None:
    assert edge_type.ends
    assert {label for pair in edge_type.ends for label in pair} <= NODE_TYPE.keys()
    assert edge_type.key in ("", *(p.name for p in edge_type.properties))
    evidence = {"source_ids", "as_of", "valid_from", "valid_to", "status", "confidence"}
    assert evidence <= {p.name for p in edge_type.properties}


@pytest.mark.parametrize("node_type", NODE_TYPES, ids=lambda t: t.label)
def test_the_prefix_of_an_id_gives_the_label(node_type: NodeType) -> None:
    assert label_of(f"{node_type.prefix}:x") == node_type.label


@pytest.mark.parametrize("node_type", STORED_NODE_TYPES, ids=lambda t: t.label)
def test_a_node_type_has_its_constraint_and_statements(node_type: NodeType) -> None:
    label = node_type.label
    assert [s for s in neo4j_constraints() if f"(n:{label}) REQUIRE n.id IS UNIQUE" in s]
    assert f"(n:{label})" in neo4j_known(node_type)
    assert f"(n:{label} {{id: " in neo4j_create(node_type, None, stored_schema(node_type))


@pytest.mark.parametrize("edge_type", STORED_EDGE_TYPES, ids=lambda t: t.type)
def test_an_edge_type_has_its_statements_for_each_pair_of_ends(edge_type: EdgeType) -> None:
    assert f"[n:{edge_type.type}]" in neo4j_known(edge_type)
    for a, b in edge_type.ends:
        create = neo4j_create(edge_type, (a, b), stored_schema(edge_type))
        assert f"(a:{a} " in create and f"(b:{b} " in create and f"[n:{edge_type.type} " in create


@pytest.mark.parametrize("dialect", DIALECTS)
def test_generated_statements_name_only_what_exists(dialect: str) -> None:
    problems = [problem.in_(Language.EN) for query in count_queries() for problem in lint(query.text_for(dialect))]
    assert [problem for problem in problems if problem.startswith("unknown-name")] == []
