"""Bad input in a whole load: a file that cannot be used is refused in a sentence, a row that cannot is counted with its reason."""

import gzip
import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from graph.errors import DataError, DerivedGiven, MappingError, SourceUnreadable
from graph.ladybug_store import LadybugStore
from graph.texts import Language, Text
from ingest.dataset import datasets_at
from ingest.pipeline import Checked, load
from tests.ingest.datasets import account, checked_at, dataset, examples, problems, products, rows_of
from tests.ingest.oldworkbooks import xls

pytestmark = pytest.mark.slow

DAY = "source:s,2020-01-01"
LONG = "长" * 10_000


def workbook(*rows: tuple[str, ...], merged: str = "", title: str = "产品") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    if merged:
        sheet.merge_cells(merged)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def bomb() -> bytes:
    """A workbook one part of which says that it is 8 GiB."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(("id",)))) as old, zipfile.ZipFile(content, "w") as new:
        for info in old.infolist():
            new.writestr(info.filename, old.read(info))
    data = bytearray(content.getvalue())
    at = data.index(b"PK\x01\x02", 0)
    while not data[at + 46 :].startswith(b"xl/worksheets/sheet1.xml"):
        at = data.index(b"PK\x01\x02", at + 4)
    data[at + 24 : at + 28] = (0xFFFFFFF0).to_bytes(4, "little")
    return bytes(data)


WHOLE = products(*[f"product:p{n},甲,,{DAY}" for n in range(500)]).encode()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("products.csv.gz", gzip.compress(WHOLE)[:-40], "products.csv.gz"),
        ("products.csv", b"id,name_zh,id,source_ids,as_of\nproduct:a,x,product:b,source:s,2020-01-01\n", "id"),
        ("products.xlsx", bomb(), "products.xlsx"),
        ("products.xlsx", workbook(("id", "name_zh"), ("product:a", "甲"))[:-300], "products.xlsx"),
        ("products.csv", b"\x00\x01\x02" * 999, "products.csv"),
        ("products.json", b'[{"id": "product:a"}, {"id":', "products.json"),
        ("products.parquet", b"PAR1 nonsense PAR1", "products.parquet"),
    ],
    ids=["cut gzip", "repeated headings", "zip bomb", "cut workbook", "binary", "cut JSON", "no Parquet"],
)
def test_a_file_that_cannot_be_used_is_refused_by_name_and_nothing_is_kept_of_it(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    folder = dataset(tmp_path / "d")
    (folder / name).write_bytes(content)

    with pytest.raises(DataError) as refused:
        checked_at(folder)

    assert isinstance(refused.value, SourceUnreadable)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    rows = [
        f"product:a,甲,1,{DAY}",
        f"product:b,乙,nan,{DAY}",
        f"product:c,丙,inf,{DAY}",
        f"product:d,丁,-1,{DAY}",
        f"product:e,{LONG},,{DAY}",
        f"product:f,戊\x07,,{DAY}",
        f"product:g,'=1+1,,{DAY}",
        f"product:h,=1+1,,{DAY}",
        f"product:i,己,=1+1,{DAY}",
        f"product:j,{'长' * 2_000},1e3,{DAY}",
    ]
    text = products(*rows).encode()
    mixed = text + f"product:k,庚新材料股份,,{DAY}\n".encode("gb18030") + f"product:l,辛,,{DAY}\n".encode()
    usual = "source:s,2020-01-01,verified"
    return checked_at(
        dataset(
            tmp_path_factory.mktemp("dirty") / "d",
            products=mixed,
            kind_of=f"from_id,to_id,source_ids,as_of,status\nproduct:a,product:g,{usual}\nproduct:g,product:a,{usual}\n"
            f"product:h,product:a,{usual}\n",
            input_of=f"from_id,to_id,source_ids,as_of,status\nproduct:a,product:a,{usual}\nproduct:a,product:b,{usual}\n"
            f",product:a,{usual}\nproduct:h,,{usual}\nproduct:h,product:nowhere,{usual}\nproduct:h,product:l,{usual}\n",
        )
    )


def test_every_bad_row_is_counted_once_with_its_place_and_reason(dirty: Checked) -> None:
    found = [(file, row, field) for file, row, field, _, _ in problems(dirty)]

    assert found == [
        ("products.csv", 6, "name_zh"),
        ("products.csv", 7, "name_zh"),
        ("products.csv", 12, "name_zh"),
        ("input_of.csv", 4, "from_id"),
        ("input_of.csv", 5, "to_id"),
        ("input_of.csv", 2, "to_id"),
        ("input_of.csv", 6, "to_id"),
        ("kind_of.csv", 2, "to_id"),
        ("kind_of.csv", 3, "to_id"),
    ]
    assert account(dirty) == (22, 13, 0, 9)
    assert all(reason.hint.id != "common.todo" for reason in dirty.report.reasons)
    assert max(len(row["value"] or "") for row in dirty.problems.to_pylist()) < 100


def test_what_is_right_among_bad_rows_is_loaded_and_a_formula_is_text(dirty: Checked) -> None:
    names = {row["id"]: (str(row["name_zh"])[:5], row["recovery_days"]) for row in rows_of(dirty, "Product")}

    assert names == {
        "product:a": ("甲", 1.0),
        "product:b": ("乙", None),
        "product:c": ("丙", None),
        "product:d": ("丁", None),
        "product:i": ("己", None),
        "product:g": ("=1+1", None),
        "product:h": ("=1+1", None),
        "product:j": ("长长长长长", 1000.0),
        "product:l": ("辛", None),
    }
    assert [row["id"] for row in rows_of(dirty, "KIND_OF")] == ["KIND_OF|product:h|product:a"]
    assert [row["id"] for row in rows_of(dirty, "INPUT_OF")] == [
        "INPUT_OF|product:a|product:b",
        "INPUT_OF|product:h|product:l",
    ]


def test_a_value_that_cannot_be_read_costs_neither_its_row_nor_its_edges_and_is_told(dirty: Checked) -> None:
    report = dirty.report

    assert examples(report.value_reasons) == [
        ("recovery_days", ("products.csv:3 nan", "products.csv:4 inf", "products.csv:10 =1+1")),
        ("recovery_days", ("products.csv:5 -1",)),
    ]
    assert (report.values, all(r.hint.id != "common.todo" for r in report.value_reasons)) == (4, True)


def test_a_cell_that_cannot_be_read_costs_the_row_that_needs_it_and_no_other(tmp_path: Path) -> None:
    folder = dataset(tmp_path / "d")
    rows = [
        ("id", "name_zh", "source_ids", "as_of", "序号"),
        *((f"product:{one}", one, "source:s", "2020-01-01", "=ROW()-1") for one in "abcd"),
    ]
    rows[2] = ("product:b", "=HYPERLINK(A1)", "source:s", "2020-01-01", "=ROW()-1")
    (folder / "产品.xlsx").write_bytes(workbook(*rows, merged="B4:B5"))

    result = checked_at(folder)

    assert [(row["id"], row["name_zh"]) for row in rows_of(result, "Product")] == [
        ("product:a", "a"), ("product:c", "c"), ("product:d", "c"),
    ]  # fmt: skip
    assert [(file, row, field) for file, row, field, *_ in problems(result)] == [("产品.xlsx[产品]", 3, "name_zh")]
    assert problems(result)[0][4] == "ingest.formula_without_result"
    assert account(result) == (5, 4, 0, 1)


def test_a_row_of_which_only_the_name_is_there_and_cannot_be_read_is_quarantined(tmp_path: Path) -> None:
    folder = companies(tmp_path / "d", "")
    (folder / "企业.csv").write_bytes("企业名称,备注\n苏州甲材料有限公司,\n合肥乙".encode() + b"\xff,\n,\xff\n")

    result = checked_at(folder)

    assert [row["name_zh"] for row in rows_of(result, "Enterprise")] == ["苏州甲材料有限公司"]
    assert [(row, field, value) for _, row, field, value, _ in problems(result)] == [(3, "企业名称", "合肥乙\ufffd")]
    assert (account(result), result.report.converted["blank-row"]) == ((3, 2, 0, 1), 1)


def test_old_workbooks_in_a_folder_are_tables_of_it_and_hidden_sheets_are_named(tmp_path: Path) -> None:
    folder = companies(tmp_path / "d", "企业名称,注册地址\n苏州甲材料有限公司,江苏省苏州市\n")
    rows = (("证券代码", "企业名称"), ("600001", "上海甲股份有限公司"), ("688002", "苏州乙股份有限公司"))
    (folder / "上市.xls").write_bytes(xls(*rows, hidden="草稿"))

    result = checked_at(folder)

    assert {row["stock_code"] for row in rows_of(result, "Enterprise")} == {None, "600001.SH", "688002.SH"}
    assert result.report.unread_tables == [Text("ingest.hidden_sheet", sheet="上市.xls[草稿]")]


def companies(folder: Path, text: str, **others: str) -> Path:
    """A folder with a table of companies under Chinese headings, and others by their names."""
    folder.mkdir()
    for name, content in {"企业": text, **others}.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    return folder


def test_a_column_without_any_value_says_nothing_of_any_row(tmp_path: Path) -> None:
    folder = companies(tmp_path / "d", "企业名称,注册地址\n苏州甲材料有限公司,\n合肥乙材料有限公司,\n")

    result = checked_at(folder)

    assert [row["name_zh"] for row in rows_of(result, "Enterprise")] == ["苏州甲材料有限公司", "合肥乙材料有限公司"]
    assert (rows_of(result, "LOCATED_IN"), problems(result)) == ([], [])


def test_a_table_without_any_row_is_named_and_costs_nothing(tmp_path: Path) -> None:
    folder = companies(
        tmp_path / "d", "企业名称,注册地址\n苏州甲材料有限公司,江苏省苏州市\n", 供应="供应商,客户,占比\n"
    )

    result = checked_at(folder)

    assert len(rows_of(result, "Enterprise")) == 1
    assert (problems(result), result.report.empty_tables) == ([], ["供应.csv"])


def test_a_table_of_which_no_row_can_be_loaded_says_why_and_leaves_the_old_graph(tmp_path: Path) -> None:
    folder = companies(tmp_path / "d", "企业名称,注册地址\n,浙江省杭州市\n,浙江省嘉兴市\n")
    store = LadybugStore(str(tmp_path / "graph.lbug"))
    load(datasets_at([dataset(tmp_path / "old", products=[{"id": "product:a"}])]), store)

    with pytest.raises(DataError, match=r"No row can be loaded; .* 企业\.csv:2: id: "):
        load(datasets_at([folder]), store)

    assert [row["id"] for table in store.tables() if table.name == "Product" for row in table.table.to_pylist()] == [
        "product:a"
    ]


def test_a_line_without_end_costs_one_row_and_says_so(tmp_path: Path) -> None:
    text = products(f"product:a,甲,,{DAY}", f"product:b,{'x' * (20 << 20)},,{DAY}", f"product:c,丙,,{DAY}")

    result = checked_at(dataset(tmp_path / "d", products=text))

    assert [row["id"] for row in rows_of(result, "Product")] == ["product:a", "product:c"]
    assert [(file, row) for file, row, *_ in problems(result)] == [("products.csv", 3)]
    assert "MB" in problems(result)[0][4]


# --- what a load derives ---------------------------------------------------------------------------------------------

SUPPLY = (("from_id", "to_id"), ("enterprise:e", "product:a"))


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("can_supply.csv", b"from_id,to_id\nenterprise:e,product:a\n", "can_supply.csv: CAN_SUPPLY"),
        ("CAN_SUPPLY.tsv", b"from_id\tto_id\nenterprise:e\tproduct:a\n", "CAN_SUPPLY.tsv: CAN_SUPPLY"),
        ("in_area.csv", b"from_id,to_id\nenterprise:e,area:310117\n", "in_area.csv: IN_AREA"),
        ("area.csv", b"id,place_id\narea:310117,place:310117\n", "area.csv: Area"),
        ("区域.csv", b"id,place_id\narea:310117,place:310117\n", "区域.csv: Area"),
        ("graph.xlsx", workbook(*SUPPLY, title="CAN_SUPPLY"), "graph.xlsx[CAN_SUPPLY]: CAN_SUPPLY"),
    ],
)
def test_a_table_of_a_type_that_a_load_derives_is_refused_by_name_with_what_to_do(
    tmp_path: Path, name: str, content: bytes, what: str
) -> None:
    folder = dataset(tmp_path / "d", products=[{"id": "product:a"}], enterprises=[{"id": "enterprise:e"}])
    (folder / name).write_bytes(content)

    with pytest.raises(DerivedGiven) as refused:
        checked_at(folder)

    assert f"{what} is derived by each load" in str(refused.value)
    assert "is derived by each load and cannot be brought; leave it out." in str(refused.value)


def test_a_table_that_a_mapping_reads_may_be_called_what_it_likes(tmp_path: Path) -> None:
    folder = dataset(tmp_path / "d")
    (folder / "area.csv").write_text("code,name\n310117,松江区\n", encoding="utf-8")
    mapping = tmp_path / "m.yaml"
    mapping.write_text(
        "name: m\nas_of: 2020-09-30\nsource: source:s\ntables:\n  - file: sources.csv\n    nodes:\n"
        "      - {type: Source, id: {column: id, as: id}, set: {name_zh: name_zh, kind: kind}}\n"
        "  - file: area.csv\n    nodes:\n"
        "      - {type: Place, id: code, set: {name_zh: name, level: {value: district}}}\n",
        encoding="utf-8",
    )

    assert [row["id"] for row in rows_of(checked_at(folder, mappings=[mapping]), "Place")] == ["place:310117"]


def derived(column: str) -> Text:
    return Text("ingest.derived_column", name=column)


def test_a_column_that_a_load_derives_is_not_read_and_the_report_says_why(tmp_path: Path) -> None:
    rows = [{"id": "product:a", "downstream": "99", "makers": "x", "优先": "1", "Priority": "1", "remark": "x"}]
    firms = [{"id": "enterprise:e", "规模": "大型"}]
    places = [{"id": "place:310117", "city_id": "place:330500", "level": "district"}]

    result = checked_at(dataset(tmp_path / "d", products=rows, enterprises=firms, places=places))

    assert (result.report.loaded, problems(result)) == (4, [])
    tables = {table.file: table for table in result.report.tables}
    assert tables["products.csv"].unread_columns == ("downstream", "makers", "优先", "Priority", "remark")
    assert tables["products.csv"].derived_columns == ("downstream", "makers", "Priority")
    assert tables["products.csv"].unread == [
        derived("downstream"), derived("makers"), "优先", derived("Priority"), "remark",
    ]  # fmt: skip
    assert tables["enterprises.csv"].unread == [derived("规模")]
    assert tables["places.csv"].unread == [derived("city_id")]


# --- what is no table of the dataset ---------------------------------------------------------------------------------

MINE = """\
name: mine
sources: [{id: "source:s", name_zh: 名录, kind: register}]
source: source:s
as_of: 2024-01-01
tables:
  - file: a.csv
    nodes:
"""
LOOKING_UP = (
    MINE
    + """\
      - type: Enterprise
        id: name
        set: {name_zh: name, short_name: {column: code, lookup: {file: names.csv, key: x, value: y}}}
"""
)


def test_what_has_the_name_of_a_table_and_is_none_is_said_and_not_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("id,name_zh\nchain:secret,密\n", encoding="utf-8")
    folder = dataset(tmp_path / "d", products=products(f"product:a,甲,,{DAY}"))
    (folder / "chains.csv").symlink_to(secret)
    (folder / "makes.csv").symlink_to("away.csv")
    (folder / "needs.csv").symlink_to("needs.csv")
    (folder / "places.csv").mkdir()
    os.mkfifo(folder / "technologies.csv")
    (folder / os.fsdecode(b"\xff.csv")).write_text("id\n")
    (folder / "more").symlink_to(tmp_path)

    result = checked_at(folder)

    assert rows_of(result, "Chain") == []
    assert [one.values["name"] for one in result.report.no_tables] == [
        "chains.csv", "makes.csv", "more", "needs.csv", "places.csv", "technologies.csv", "\\xff.csv",
    ]  # fmt: skip
    assert result.report.no_tables[0].values["why"] == Text("ingest.no_file.link_out")
    assert json.loads(result.report.to_json())["no_tables"] == [
        {language: one.in_(language) for language in Language} for one in result.report.no_tables
    ]


def _linked_out(path: Path) -> None:
    (path.parents[1] / "outside.csv").write_text("x,y\nroot,SECRET\n", encoding="utf-8")
    path.symlink_to("../outside.csv")


@pytest.mark.parametrize("made", [_linked_out, os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_a_look_up_is_a_file_of_the_dataset_and_nothing_else(tmp_path: Path, made: Callable[[Path], None]) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / "a.csv").write_text("code,name\nroot,甲公司\n", encoding="utf-8")
    (tmp_path / "m.yaml").write_text(LOOKING_UP, encoding="utf-8")
    made(folder / "names.csv")
    with pytest.raises(MappingError, match=r"names\.csv"):
        checked_at(folder, mappings=[tmp_path / "m.yaml"])


@pytest.mark.parametrize("pattern", ["((a+)+)X", "(a|a)*X(b)", "((.*)*)X", "(a?){200}(a){200}X"])
def test_a_pattern_ends_whatever_it_is(tmp_path: Path, pattern: str) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / "a.csv").write_text(f"code,name\n{'a' * 1_000},甲公司\nzaaX,乙公司\n", encoding="utf-8")
    text = LOOKING_UP.replace("lookup: {file: names.csv, key: x, value: y}", f"extract: '{pattern}'")
    (tmp_path / "m.yaml").write_text(text, encoding="utf-8")

    found = rows_of(checked_at(folder, mappings=[tmp_path / "m.yaml"]), "Enterprise")

    taken = {"((a+)+)X": "aa", "((.*)*)X": "zaa"}.get(pattern)
    assert sorted(str(row["short_name"]) for row in found) == sorted(["None", str(taken)])


def test_a_look_up_in_a_sheet_that_is_not_there_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / "a.csv").write_text("code,name\n1,甲公司\n", encoding="utf-8")
    (folder / "names.csv").write_text("x,y\n1,甲\n", encoding="utf-8")
    (tmp_path / "m.yaml").write_text(LOOKING_UP.replace("key: x", "sheet: 名, key: x"), encoding="utf-8")
    with pytest.raises(MappingError, match=r"not there: names\.csv\[名\]"):
        checked_at(folder, mappings=[tmp_path / "m.yaml"])


def test_a_key_that_the_other_table_lacks_is_counted(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / "a.csv").write_text("code,name\n1,甲公司\n2,乙公司\n—,丙公司\n", encoding="utf-8")
    (folder / "names.csv").write_text("x,y\n1,甲\n", encoding="utf-8")
    (tmp_path / "m.yaml").write_text(LOOKING_UP, encoding="utf-8")

    result = checked_at(folder, mappings=[tmp_path / "m.yaml"])

    assert {row["name_zh"]: row["short_name"] for row in rows_of(result, "Enterprise")} == {
        "甲公司": "甲", "乙公司": None, "丙公司": None,
    }  # fmt: skip
    assert result.report.converted["lookup-missed"] == 1


RANKING = (
    MINE
    + """\
      - {type: Enterprise, id: name, set: {name_zh: name}}
      - {type: Product, id: made, set: {name_zh: made}}
    edges:
      - {type: MAKES, from: name, to: made, set: {rank: {rank: {by: sales, within: name}}}}
"""
)


def test_a_row_is_ranked_by_any_number_and_one_that_is_none_is_counted(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    rows = ("甲公司,泵,900", '甲公司,阀,"1,200"', "甲公司,轴,０.5万", "甲公司,环,约八百", "甲公司,垫,")
    (folder / "a.csv").write_text("\n".join(("name,made,sales", *rows)), encoding="utf-8")
    (tmp_path / "m.yaml").write_text(RANKING, encoding="utf-8")

    result = checked_at(folder, mappings=[tmp_path / "m.yaml"])

    names = {row["id"]: row["name_zh"] for row in rows_of(result, "Product")}
    ranks = {names[row["to_id"]]: row["rank"] for row in rows_of(result, "MAKES")}
    assert ranks == {"轴": 1, "阀": 2, "泵": 3, "环": None, "垫": None}
    assert result.report.converted["rank-unread"] == 1


def test_a_table_of_any_format_that_can_be_read_is_part_of_a_folder(tmp_path: Path) -> None:
    folder = companies(tmp_path / "d", "企业名称,注册地址\n苏州甲材料有限公司,江苏省苏州市\n")
    (folder / "产品.ndjson").write_text('{"产品名称":"泵"}\n{"产品名称":"阀"}\n', encoding="utf-8")
    (folder / "行业.tab").write_text("行业名称\t行业代码\n化工\t26\n", encoding="utf-8")

    result = checked_at(folder)

    assert {row["name_zh"] for row in rows_of(result, "Product")} == {"泵", "阀"}
    assert {row["name_zh"] for row in rows_of(result, "Sector")} == {"化工"}
