"""Tables as parks, customs, exchanges and purchasing hand them out: many in one load, and what a careful person reads there."""

from pathlib import Path

import pytest

from tests.ingest.datasets import problems, rows_of
from tests.ingest.test_tables import names, pairs, table, workbook
from tests.ingest.test_tables_of_others import seen
from tests.ingest.test_tables_of_strangers import asked, doubts, loaded

pytestmark = pytest.mark.slow


# --- bills of materials ------------------------------------------------------------------------------------------------


def test_bills_of_materials_by_level_say_what_goes_into_what(tmp_path: Path) -> None:
    made = {
        "层级一.csv": "层级,物料编码,物料名称,用量\n1,A,整机甲,1\n2,B,部甲,6\n3,C,件甲,12\n2,D,部甲二,6\n",
        "BOM二.csv": "序号,名称,数量\n1,整机乙,1\n1.1,部乙,6\n1.1.1,件乙,2\n1.2,部乙二,6\n",
        "层级三.csv": "层次,零部件名称,用量\n0,整机丙,1\n.1,部丙,6\n..2,件丙,2\n.1,部丙二,6\n",
        "层级四.csv": "BOM Level,Part Name,Qty\nLevel 1,整机丁,1\nLevel 2,部丁,6\nLevel 3,件丁,2\nLevel 2,部丁二,6\n",
    }
    indented: list[tuple[str | int | None, ...]] = [
        ("物料名称", "用量"),
        ("整机戊", 1),
        ("  部戊", 6),
        ("    件戊", 6),
        ("  部戊二", 2),
    ]
    files = [table(tmp_path, name, text) for name, text in made.items()]
    result = seen(*files, workbook(tmp_path, "层级五.xlsx", "S", *indented))

    assert pairs(result, "INPUT_OF") == {
        pair
        for one in "甲乙丙丁戊"
        for pair in ((f"部{one}", f"整机{one}"), (f"件{one}", f"部{one}"), (f"部{one}二", f"整机{one}"))
    }
    assert (problems(result), rows_of(result, "KIND_OF")) == ([], [])


def test_a_level_that_is_missing_costs_its_row_its_place_and_suppliers_stand_beside_parts(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        a="层级,物料名称,用量\n1,机床,1\n3,轴承,2\n2,主轴,6\n",
        b="层级,零件名称,供应商\n1,机器人,\n2,减速器,甲一有限公司\n3,齿轮,甲二有限公司\n",
    )

    assert pairs(result, "INPUT_OF") == {("主轴", "机床"), ("减速器", "机器人"), ("齿轮", "减速器")}
    assert pairs(result, "MAKES") == {("甲一有限公司", "减速器"), ("甲二有限公司", "齿轮")}
    assert [(file, row, reason) for file, row, _, _, reason in problems(result)] == [
        ("a.csv", 3, "ingest.level_unclear")
    ]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("层级,名称\n1,集成电路\n2,存储器\n", "INPUT_OF (is an input of), KIND_OF (is a kind of)"),
        ("父件编码,子件编码,用量\nA,B,6\nB,C,2\n", "has codes where names are needed"),
        ("父件编码,子件编码,子件名称\nA,B,减速器\nB,C,轴承\n", "has codes where names are needed"),
    ],
)
def test_what_is_below_another_without_saying_how_is_asked(tmp_path: Path, text: str, what: str) -> None:
    assert what in asked(tmp_path, text)


def test_persons_beside_companies_in_one_cell_are_no_companies(tmp_path: Path) -> None:
    result = loaded(tmp_path, a="企业名称,股东\n甲一有限公司,王伟、某集团有限公司\n")

    assert names(result) == {"甲一有限公司", "某集团有限公司"}
    assert pairs(result, "OWNS") == {("某集团有限公司", "甲一有限公司")}
    assert "only organisations" in doubts(result)
