"""What is exported is read back value for value, from every format."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import DataError, DerivedGiven, SourceUnreadable, UnknownName, UsageError
from graph.exchange import FORMATS, read, write
from graph.exchange_csv import read_texts, written_texts
from graph.ontology import (
    DERIVED_EDGE_TYPES,
    DERIVED_NODE_TYPES,
    EDGE_TYPES,
    NODE_TYPE,
    NODE_TYPES,
    STORED_NODE_TYPES,
    Property,
    ValueType,
    derived_type,
)
from graph.store import Batch, GraphStore
from tests.graph.derived_rows import read_back
from tests.graphs import Item, batches_of, hostile_graph, rows_of
from tests.oracle.derived import derived

in_each_format = pytest.mark.parametrize("format", FORMATS)
RUN = "run 1 <é> \\ \n"


def there_and_back(batches: list[Batch], target: Path, format: str) -> list[Batch]:
    write(batches, RUN, target, format)
    run_id, found = read(target, format)
    assert run_id == RUN
    return list(found)


def without_derived(batches: list[Batch]) -> list[Batch]:
    """The same with derived properties not known."""
    found = []
    for batch in batches:
        table = batch.table
        for prop in batch.kind.properties:
            if prop.derived:
                at = table.schema.get_field_index(prop.name)
                table = table.set_column(at, table.schema.field(at), pa.nulls(len(table), table.schema.field(at).type))
        found.append(Batch(batch.kind, table, batch.ends))
    return found


def expected(batches: list[Batch], format: str) -> list[Batch]:
    return without_derived(batches) if format == "csv" else batches


@in_each_format
def test_hostile_texts_and_every_type_of_value_come_back(tmp_path: Path, format: str) -> None:
    batches = hostile_graph()
    found = there_and_back(batches, tmp_path / "out", format)
    assert rows_of(found) == rows_of(expected(batches, format))


@in_each_format
def test_an_empty_graph_comes_back_empty(tmp_path: Path, format: str) -> None:
    assert there_and_back([], tmp_path / "out", format) == []


# --- random graphs of the ontology -----------------------------------------------------------------------------------

TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=8) | st.text("'=+-@|\\e\n\r\t \x00\x1f", max_size=4)
VALUES: dict[ValueType, st.SearchStrategy[object]] = {
    ValueType.TEXT: TEXT,
    ValueType.TEXTS: st.lists(TEXT, max_size=3),
    ValueType.INTEGER: st.integers(-(2**63), 2**63 - 1),
    ValueType.NUMBER: st.floats(allow_nan=False, allow_infinity=False),
    ValueType.FRACTION: st.floats(0, 1),
    ValueType.BOOLEAN: st.booleans(),
    ValueType.DATE: st.dates(),
}


def values(properties: tuple[Property, ...]) -> st.SearchStrategy[dict[str, object]]:
    """Some of the properties, derived ones too, with values of their types or not known."""
    known = {p.name: st.none() | VALUES[p.type] for p in properties}
    return st.fixed_dictionaries({}, optional=known)


@st.composite
def graphs(draw: st.DrawFn) -> list[Batch]:
    """Two nodes a type, a few of them left out, and some edges between them."""
    nodes: list[str | Item] = []
    for node_type in draw(st.lists(st.sampled_from(NODE_TYPES), max_size=4, unique=True)):
        nodes += [{**draw(values(node_type.properties)), "id": f"{node_type.prefix}:{n}"} for n in "ab"]
    labels = {str(node["id"]).partition(":")[0] for node in nodes if isinstance(node, dict)}
    edges = []
    for edge_type in EDGE_TYPES:
        for a, b in edge_type.ends:
            ends = NODE_TYPE[a].prefix, NODE_TYPE[b].prefix
            if labels.issuperset(ends) and draw(st.booleans()):
                own = draw(values(edge_type.properties))
                if edge_type.key:
                    own[edge_type.key] = draw(st.sampled_from([None, "product:x", "x|y"]))
                edges.append((edge_type.type, f"{ends[0]}:a", f"{ends[1]}:b", own))
    return batches_of(nodes, edges)


@pytest.mark.slow
@in_each_format
@settings(derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=graphs())
def test_any_graph_of_the_ontology_comes_back(
    tmp_path_factory: pytest.TempPathFactory, format: str, batches: list[Batch]
) -> None:
    found = there_and_back(batches, tmp_path_factory.mktemp("export") / "out", format)
    assert rows_of(found) == rows_of(expected(batches, format))


# --- formats, one by one ---------------------------------------------------------------------------------------------


def test_a_csv_export_is_in_a_datasets_layout_and_runs_in_no_spreadsheet(tmp_path: Path) -> None:
    nodes: list[str | Item] = [
        {"id": "product:a", "name_zh": "=1+1", "aliases": ["-x", "y|z"], "recovery_days": -1.5, "hs_code": "0370"}
    ]
    write(batches_of([*nodes, "product:b"], [("INPUT_OF", "product:a", "product:b")]), "r", tmp_path / "out", "csv")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [".run.json", "input_of.csv", "products.csv"]
    lines = (tmp_path / "out" / "products.csv").read_text(encoding="utf-8").splitlines()
    assert lines[:2] == [
        "id,name_zh,name_en,aliases,hs_code,recovery_days,foreign_share,foreign_share_min,foreign_share_max,foreign_basis,"
        "foreign_year,foreign_words,source_ids,as_of",
        "product:a,'=1+1,,'-x|y\\|z,0370,-1.5,,,,,,,source:test,2020-09-30",
    ]


@settings(derandomize=True)
@given(items=st.lists(st.text("a|\\e'=", max_size=4), max_size=4))
def test_any_list_of_texts_goes_into_a_cell_and_comes_out(items: list[str]) -> None:
    assert read_texts(written_texts(items)) == tuple(items)


def test_json_lines_hold_one_object_a_line_and_only_what_is_known(tmp_path: Path) -> None:
    write(batches_of([{"id": "product:a", "search_text": "|a|"}]), "r", tmp_path / "g.jsonl", "jsonl")
    lines = [json.loads(line) for line in (tmp_path / "g.jsonl").read_text(encoding="utf-8").splitlines()]
    row = {"name_zh": "a", "source_ids": ["source:test"], "as_of": "2020-09-30", "search_text": "|a|"}
    assert lines == [{"run_id": "r", "rows": {"Product": 1}}, {"type": "Product", "id": "product:a", **row}]


def test_a_number_that_json_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="infinite"):
        write(batches_of([{"id": "product:a", "recovery_days": float("inf")}]), "r", tmp_path / "g.jsonl", "jsonl")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path, format: str) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="is not empty"):
        write(batches_of(["product:a"]), "r", tmp_path, format)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("format", ["jsonl", "graphml", "gexf"])
def test_a_file_is_replaced_only_by_a_whole_one(tmp_path: Path, format: str) -> None:
    def broken() -> list[Batch]:
        raise KeyboardInterrupt

    write(batches_of(["product:a"]), "r", tmp_path / "g", format)
    before = (tmp_path / "g").read_bytes()
    with pytest.raises(KeyboardInterrupt):
        write((batch for batch in broken()), "r", tmp_path / "g", format)
    assert [path.name for path in tmp_path.iterdir()] == ["g"]
    assert (tmp_path / "g").read_bytes() == before


@in_each_format
def test_what_is_missing_or_is_something_else_is_said(tmp_path: Path, format: str) -> None:
    (tmp_path / "file").write_text('{"a": "<b/>"}\n')
    (tmp_path / "folder").mkdir()
    for source in (tmp_path / "none", tmp_path / "file", tmp_path / "folder"):
        with pytest.raises(SourceUnreadable):
            list(read(source, format)[1])
    with pytest.raises(UsageError, match="Cannot write"):
        write(batches_of(["product:a"]), "r", tmp_path / "file" / "x", format)


def test_a_format_that_is_none_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="graphml"):
        write([], "r", tmp_path / "x", "graphlm")
    with pytest.raises(UnknownName, match="parquet"):
        read(tmp_path / "x", "parqet")


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="directed">&b;</graph></graphml>'
)


@pytest.mark.parametrize("format", ["graphml", "gexf"])
def test_xml_that_defines_entities_is_not_read(tmp_path: Path, format: str) -> None:
    (tmp_path / "bomb.xml").write_text(BOMB)
    with pytest.raises(SourceUnreadable):
        read(tmp_path / "bomb.xml", format)


@pytest.mark.parametrize(
    ("format", "broken"),
    [
        ("jsonl", lambda text: text.replace('"Product"', '"Prodct"')),
        ("jsonl", lambda text: text.replace("2020-09-30", "2020-13-30")),
        ("jsonl", lambda text: text.replace('"recovery_days":1.5', '"recovery_days":"x"')),
        ("jsonl", lambda text: text.replace('"to_id":"product:b"', '"to_id":"chain:b"')),
        ("graphml", lambda text: text.replace(">Product<", ">Prodct<")),
        ("graphml", lambda text: text.replace("2020-09-30", "2020-13-30")),
        ("gexf", lambda text: text.replace('"INPUT_OF"', '"INPUT_AT"')),
    ],
)
def test_rows_that_do_not_fit_the_ontology_are_refused(
    tmp_path: Path, format: str, broken: Callable[[str], str]
) -> None:
    nodes: list[str | Item] = [{"id": "product:a", "recovery_days": 1.5}, "product:b"]
    write(batches_of(nodes, [("INPUT_OF", "product:a", "product:b")]), "r", tmp_path / "g", format)
    text = (tmp_path / "g").read_text(encoding="utf-8")
    (tmp_path / "g").write_text(broken(text), encoding="utf-8")
    assert broken(text) != text
    with pytest.raises((DataError, SourceUnreadable)):
        list(read(tmp_path / "g", format)[1])


def json_lines_with(tmp_path: Path, property_: str, value: object) -> Path:
    """A product of which one property was changed by hand."""
    write(batches_of([{"id": "product:a"}]), "r", tmp_path / "g", "jsonl")
    head, line = (tmp_path / "g").read_text(encoding="utf-8").splitlines()
    changed = json.dumps(json.loads(line) | {property_: value})
    (tmp_path / "g").write_text(f"{head}\n{changed}\n", encoding="utf-8")
    return tmp_path / "g"


@pytest.mark.parametrize(
    ("property_", "wrong"),
    [
        ("foreign_year", 2020.5), ("foreign_year", True), ("foreign_year", "2020"), ("foreign_year", 1e300),
        ("recovery_days", True), ("recovery_days", "3"), ("aliases", "ab"), ("aliases", {"a": 1}), ("aliases", [1]),
        ("name_zh", 5), ("as_of", 20200930), ("as_of", "2020"),
    ],
)  # fmt: skip
def test_a_json_value_of_another_type_is_refused_and_not_bent(tmp_path: Path, property_: str, wrong: object) -> None:
    with pytest.raises((DataError, SourceUnreadable)):
        list(read(json_lines_with(tmp_path, property_, wrong), "jsonl")[1])


def test_a_whole_number_that_was_written_as_a_fraction_is_one(tmp_path: Path) -> None:
    (batch,) = read(json_lines_with(tmp_path, "foreign_year", 2020.0), "jsonl")[1]
    assert batch.table.column("foreign_year").to_pylist() == [2020]


@pytest.mark.parametrize(
    ("format", "broken"),
    [
        ("jsonl", lambda text: text[: text.rindex('{"type"')]),
        ("jsonl", lambda text: text[:-20]),
        ("jsonl", lambda text: text.partition("\n")[2]),
        ("jsonl", lambda text: '{"run_id":"r"}\n' + text.partition("\n")[2]),
        ("jsonl", lambda text: text.replace('"run_id": "r"', '"run_id": ""')),
        ("jsonl", lambda text: text.replace('"id":"product:b"', '"id":"product:b","colour":"red"')),
        ("jsonl", lambda text: text.replace('"recovery_days":1.5', '"recovery_days":{"a":1}')),
        ("jsonl", lambda text: text + text.splitlines()[-1] + "\n"),
        ("graphml", lambda text: text[:-40]),
        ("graphml", lambda text: text.replace("product:b", "product:a")),
        ("gexf", lambda text: text[:-40]),
        ("gexf", lambda text: text.replace('name="', 'title="', 1)),
    ],
)
def test_what_was_cut_or_changed_is_not_read(tmp_path: Path, format: str, broken: Callable[[str], str]) -> None:
    nodes: list[str | Item] = [{"id": "product:a", "recovery_days": 1.5}, "product:b"]
    write(batches_of(nodes, [("INPUT_OF", "product:a", "product:b")]), "r", tmp_path / "g", format)
    text = (tmp_path / "g").read_text(encoding="utf-8")
    assert broken(text) != text
    (tmp_path / "g").write_text(broken(text), encoding="utf-8")
    with pytest.raises((DataError, SourceUnreadable)):
        list(read(tmp_path / "g", format)[1])


@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_a_folder_that_lacks_a_table_or_has_one_of_no_type_is_not_read(tmp_path: Path, format: str) -> None:
    write(batches_of(["product:a", "chain:c"]), "r", tmp_path / "g", format)
    chains = next(path for path in (tmp_path / "g").iterdir() if path.name.lower().startswith("chain"))
    chains.rename(tmp_path / "g" / f"colours.{format}")
    with pytest.raises(SourceUnreadable, match="no type 'colours'"):
        read(tmp_path / "g", format)
    (tmp_path / "g" / f"colours.{format}").unlink()
    with pytest.raises(SourceUnreadable, match="0 rows of Chain and should be 1"):
        list(read(tmp_path / "g", format)[1])


@pytest.mark.slow
def test_a_store_is_exported_and_loaded_again(store: GraphStore, tmp_path: Path) -> None:
    store.replace(hostile_graph(), "r1")
    before = rows_of(store.tables())
    for format in ("parquet", "jsonl", "graphml", "gexf"):
        write(store.tables(), store.run_id() or "", tmp_path / format, format)
        run_id, batches = read(tmp_path / format, format)
        loaded = list(batches)
        store.replace([], "empty")
        store.replace(loaded, run_id)
        assert (rows_of(store.tables()), store.run_id()) == (before, "r1"), format


# --- what a load derives ---------------------------------------------------------------------------------------------

DERIVED = [name for kind in STORED_NODE_TYPES for name in (p.name for p in kind.stored[len(kind.properties) :])]
TYPES = [*(kind.label for kind in DERIVED_NODE_TYPES), *(kind.type for kind in DERIVED_EDGE_TYPES)]


def rich() -> list[Batch]:
    """A small graph of which something of every kind is derived."""
    return batches_of(
        [
            {"id": "place:310117", "level": "district", "in_corridor": True}, "technology:t", "product:a", "product:b",
            {"id": "enterprise:e", "employees": 5},
        ],
        [
            ("LOCATED_IN", "enterprise:e", "place:310117"), ("MAKES", "enterprise:e", "product:a", {"confidence": 0.5}),
            ("KIND_OF", "product:a", "product:b"), ("INPUT_OF", "product:a", "product:b", {"input_class": 2}),
            ("NEEDS", "product:a", "technology:t"), ("MASTERS", "enterprise:e", "technology:t"),
        ],
    )  # fmt: skip


def said_in(target: Path) -> str:
    """Everything that stands in the files of an export: names of columns, and all text."""
    files = sorted(target.iterdir()) if target.is_dir() else [target]
    parts = []
    for path in files:
        if path.suffix == ".parquet":
            parts += [*pq.read_schema(path).names, str(pq.read_table(path).to_pylist())]
        else:
            parts.append(path.read_text(encoding="utf-8"))
    return "\n".join(parts)


@pytest.mark.slow
@in_each_format
def test_an_export_has_nothing_that_a_load_derives_and_an_import_gets_it_anew(
    store: GraphStore, tmp_path: Path, format: str
) -> None:
    store.replace(rich(), RUN)
    before = read_back(store)
    write(store.tables(), RUN, tmp_path / "out", format)

    said = said_in(tmp_path / "out")
    tables = [path.stem for path in (tmp_path / "out").glob("*.*")]
    assert {derived_type(name) for name in tables} <= {None}
    assert [name for name in (*DERIVED, *TYPES, "area:") if re.search(rf"\b{name}\b", said)] == []

    store.replace([], "empty")
    run_id, batches = read(tmp_path / "out", format)
    store.replace(batches, run_id)
    assert read_back(store) == before == derived(rich())


@pytest.mark.parametrize(
    ("format", "broken"),
    [
        ("jsonl", lambda text: text.replace('"type":"MAKES"', '"type":"CAN_SUPPLY"')),
        ("jsonl", lambda text: text.replace('"type":"Place"', '"type":"Area"')),
        ("graphml", lambda text: text.replace(">MAKES<", ">CAN_SUPPLY<")),
        ("graphml", lambda text: text.replace(">Place<", ">Area<")),
        ("gexf", lambda text: text.replace('"MAKES"', '"IN_AREA"')),
    ],
)
def test_a_file_that_brings_a_type_that_a_load_derives_is_refused_with_what_to_do(
    tmp_path: Path, format: str, broken: Callable[[str], str]
) -> None:
    write(rich(), RUN, tmp_path / "g", format)
    text = (tmp_path / "g").read_text(encoding="utf-8")
    (tmp_path / "g").write_text(broken(text), encoding="utf-8")
    with pytest.raises(DerivedGiven, match=r"g:?.*(CAN_SUPPLY|Area|IN_AREA) is derived by each load .* leave it out"):
        list(read(tmp_path / "g", format)[1])


@pytest.mark.parametrize(
    ("format", "name"), [("parquet", "CAN_SUPPLY.parquet"), ("csv", "area.csv"), ("csv", "in_area.csv")]
)
def test_a_table_of_a_type_that_a_load_derives_is_refused_with_what_to_do(
    tmp_path: Path, format: str, name: str
) -> None:
    write(rich(), RUN, tmp_path / "g", format)
    table = next(path for path in (tmp_path / "g").iterdir() if path.suffix == f".{format}")
    (tmp_path / "g" / name).write_bytes(table.read_bytes())
    with pytest.raises(DerivedGiven, match=rf"{name}: .* is derived by each load .* leave it out"):
        read(tmp_path / "g", format)


@pytest.mark.parametrize("format", ["parquet", "jsonl"])
def test_columns_that_a_load_derives_are_not_read(tmp_path: Path, format: str) -> None:
    write(rich(), RUN, tmp_path / "g", format)
    if format == "parquet":
        path = tmp_path / "g" / "Product.parquet"
        pq.write_table(pq.read_table(path).append_column("makers", pa.array([7, 7])), path)
    else:
        text = (tmp_path / "g").read_text(encoding="utf-8")
        (tmp_path / "g").write_text(
            text.replace('{"type":"Product",', '{"type":"Product","makers":7,'), encoding="utf-8"
        )
    assert rows_of(read(tmp_path / "g", format)[1]) == rows_of(rich())


# --- what is no export at all -----------------------------------------------------------------------------------------


def small(target: Path, format: str) -> Path:
    write(batches_of(["source:test", "product:a"]), RUN, target, format)
    return target


@in_each_format
@pytest.mark.parametrize("what", ["fifo", "device"])
def test_what_may_never_end_is_not_opened(tmp_path: Path, format: str, what: str) -> None:
    place = small(tmp_path / "g", format)
    if place.is_dir():
        place /= ".run.json"
    place.unlink()
    if what == "fifo":
        os.mkfifo(place)
    else:
        place.symlink_to("/dev/zero")
    with pytest.raises(SourceUnreadable):
        list(read(tmp_path / "g", format)[1])


def _not_text(table: pa.Table) -> pa.Table:
    bytes_of = pa.array([b"\xff"], pa.binary())
    return table.set_column(1, "name_zh", pa.Array.from_buffers(pa.string(), 1, bytes_of.buffers()))


@pytest.mark.parametrize("broken", [_not_text, lambda table: table.append_column("name_zh", table["name_zh"])])
def test_a_parquet_table_of_bytes_that_are_no_text_or_of_a_column_twice_is_not_read(
    tmp_path: Path, broken: Callable[[pa.Table], pa.Table]
) -> None:
    folder = small(tmp_path / "g", "parquet")
    pq.write_table(broken(pq.read_table(folder / "Product.parquet")), folder / "Product.parquet")
    with pytest.raises(SourceUnreadable, match=r"Product\.parquet"):
        list(read(folder, "parquet")[1])


@pytest.mark.parametrize("format", ["graphml", "gexf"])
def test_lists_in_lists_without_end_are_not_read(tmp_path: Path, format: str) -> None:
    file = small(tmp_path / "g", format)
    text = file.read_text(encoding="utf-8")
    deep = re.sub(r"\[(&quot;|\")source:test(&quot;|\")\]", "[" * 100_000, text)
    assert deep != text
    file.write_text(deep, encoding="utf-8")
    with pytest.raises(DataError, match="product:a"):
        list(read(file, format)[1])


def test_a_line_without_end_takes_no_more_memory_than_a_line_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.exchange._MAX_LINE_BYTES", 2_000)
    file = small(tmp_path / "g", "jsonl")
    assert len(list(read(file, "jsonl")[1])) == 2
    with file.open("a") as more:
        more.write('{"type":"Product","id":"product:' + "x" * 4_000 + '"}')
    with pytest.raises(SourceUnreadable, match=":4: "):
        list(read(file, "jsonl")[1])
