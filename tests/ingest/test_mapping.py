"""Mappings: what is one, what is wrong with it and in which line, and that editors and the shipped ones agree."""

import json
from pathlib import Path

import pytest

from graph.errors import MappingError, UsageError
from graph.ontology import EDGE_TYPES, NODE_TYPES
from ingest.mapping.mapping import SHIPPED, Value, columns_of, json_schema, read_mapping, shipped_mapping, shipped_names

SMALLEST = """\
name: mine
tables:
  - file: companies.csv
    nodes:
      - type: Enterprise
        id: 名称
        set: {name_zh: 名称, is_listed: true}
"""


def refused(folder: Path, text: str) -> str:
    path = folder / "m.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MappingError) as error:
        read_mapping(path)
    return str(error.value).replace(f"{path}:", "")


def test_a_bare_text_is_a_column_and_another_bare_value_a_constant(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(SMALLEST, encoding="utf-8")

    (target,) = read_mapping(tmp_path / "m.yaml").tables[0].targets()

    assert [(name, value.column, value.value) for name, value in target.values()] == [
        ("name_zh", "名称", None),
        ("is_listed", None, True),
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("type: Enterprise", "type: Firm", 5, "Firm"),
        ("name_zh: 名称", "name: 名称", 7, "name"),
        ("file: companies.csv", "flie: companies.csv", 3, "file"),
        ("id: 名称", "id: {column: 名称, as: uscode}", 6, "uscc"),
        ("id: 名称", "id: {column: 名称, value: 甲}", 6, "exactly one of"),
        ("id: 名称", "id: {}", 6, "exactly one of"),
        ("name_zh: 名称", "name_zh: {column: 名称, extract: '('}", 7, "extract"),
        ("name_zh: 名称", "name_zh: {column: 名称, extract: 'a'}", 7, "group"),
        ("name_zh: 名称", "name_zh: {column: 名称, extract: 'a)|(b'}", 7, "extract"),
        ("name_zh: 名称", "name_zh: {column: 名称, extract: '(?=a)(b)'}", 7, "RE2"),
        ("name_zh: 名称", "name_zh: {column: 名称, extract: '(a)\\1'}", 7, "RE2"),
        *(
            ("name_zh: 名称", f"name_zh: {{column: 名称, lookup: {{file: '{file}', key: a, value: b}}}}", 7, "folder")
            for file in ("../x.csv", "a/../../x.csv", "/etc/passwd", "..", "..\\x.csv", "C:\\x.csv", "")
        ),
        ("type: Enterprise", "type: Enterprize", 5, "no type Enterprize; did you mean Enterprise"),
        ("id: 名称", "id: {column: 名称, split: 、}", 5, "split it here too"),
        ("type: Enterprise", "type: Area", 5, "Area is derived by each load"),
        (
            "nodes:\n      - type: Enterprise",
            "edges:\n      - type: CAN_SUPPLY",
            5,
            "CAN_SUPPLY is derived by each load",
        ),
        ("is_listed: true", "scale: 规模", 7, "scale is derived by each load and cannot be set"),
        ("is_listed: true", "search_text: 名称", 7, "search_text is derived by each load and cannot be set"),
        ("name: mine", "name: 我的", 1, "name"),
        ("name: mine", "name: mine\nconfidence: 2", 2, "confidence"),
        ("name: mine", "name: mine\nname: yours", 2, "twice"),
        ("name: mine", "name: &a mine\nabout: *a", 1, "anchor"),
        ("name: mine", "name: [mine", 2, "YAML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, line: int, said: str) -> None:
    message = refused(tmp_path, SMALLEST.replace(old, new))

    assert int(message.partition(":")[0]) == line
    assert said.casefold() in message.casefold()


@pytest.mark.parametrize("text", ["", "[]", "甲", "tables: []", "name: x", "\x00"])
def test_what_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    assert refused(tmp_path, text)


def test_a_file_that_is_not_there_or_no_text_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="No such file"):
        read_mapping(tmp_path / "away.yaml")
    (tmp_path / "m.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MappingError, match="UTF-8"):
        read_mapping(tmp_path / "m.yaml")
    (tmp_path / "m.yaml").write_bytes(b"# " + b"x" * (1 << 20))
    with pytest.raises(MappingError, match="1 MiB"):
        read_mapping(tmp_path / "m.yaml")


def test_an_unknown_shipped_mapping_names_those_there_are() -> None:
    with pytest.raises(UsageError, match="chain-knowledge-graph"):
        shipped_mapping("chain-knowledge")


@pytest.mark.parametrize("name", shipped_names())
def test_a_shipped_mapping_is_one_says_its_traps_and_names_a_source_for_every_row(name: str) -> None:
    mapping = shipped_mapping(name)

    assert (mapping.name, bool(mapping.about)) == (name, True)
    assert mapping.source in {source.id for source in mapping.sources}
    assert mapping.as_of
    first_line = (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first_line == "# yaml-language-server: $schema=schema.json"


def test_the_schema_for_editors_knows_every_type() -> None:
    definitions = json.loads(json_schema())["$defs"]
    kinds = {n.label: n.properties for n in NODE_TYPES} | {e.type: e.properties for e in EDGE_TYPES}
    for name, declared in kinds.items():
        properties = definitions[f"{name}Properties"]["properties"]
        assert set(properties) == {p.name for p in declared if not p.derived}


def test_the_schema_for_editors_says_once_that_a_bare_text_or_number_may_stand_for_a_value() -> None:
    definitions = json.loads(json_schema())["$defs"]

    assert definitions["Value"]["anyOf"][0] == {"type": ["string", "integer", "number", "boolean"]}
    assert definitions["EnterpriseTarget"]["properties"]["id"]["$ref"] == "#/$defs/Identity"
    assert [Value.model_validate(one) for one in ("公司", 3)] == [
        Value.model_validate(one) for one in ({"column": "公司"}, {"value": 3})
    ]


def test_the_columns_that_a_mapping_reads_are_known() -> None:
    table = next(t for t in shipped_mapping("szse-list").tables)

    assert columns_of(table) == {
        "公司全称",
        "英文名称",
        "注册地址",
        "A股代码",
        "A股简称",
        "A股上市日期",
        "省份",
        "城市",
        "所属行业",
    }
