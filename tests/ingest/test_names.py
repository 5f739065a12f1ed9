"""Names in the form in which they are compared, their distinctive part, and whether two have anything in common."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.names import core_names, normalised_names, share_core, short_names

LISTS = Path(__file__).parents[3] / "shared" / "data" / "listed-companies"
NAMES = st.text(
    st.characters(codec="utf-8") | st.sampled_from("（）〔〕有限责任股份公司集团上海·.・ 　ＡaST*"), max_size=24
)


def one(function: Callable[[pa.Array], pa.Array], text: str | None) -> object:
    return function(pa.array([text], pa.string())).to_pylist()[0]


@pytest.mark.parametrize(
    ("one_way", "another"),
    [
        ("万  科Ａ", "万科A"),
        ("X（集团）股份有限公司", "X集团股份有限公司"),
        ("华映科技（集团）股份有限公司", "华映科技(集团)股份有限公司"),
        ("康平科技〔苏州〕股份有限公司", "康平科技（苏州）股份有限公司"),
        ("康平科技（苏州）股份有限公司", "康平科技苏州股份有限公司"),
        ("上海松江飞繁电子有限责任公司", "上海松江飞繁电子有限公司"),
        ("东华软件股份公司", "东华软件股份有限公司"),
        ("欧莱雅·中国", "欧莱雅・中国"),
        ("Ping An Bank Co., Ltd.", "PING AN BANK CO.,LTD"),
        ("奇瑞\u200b汽车\ufeff股份有限公司", "奇瑞汽车股份有限公司"),
    ],
)
def test_two_ways_to_write_a_name_are_one(one_way: str, another: str) -> None:
    assert one(normalised_names, one_way) == one(normalised_names, another)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("安徽江淮汽车集团有限公司", "安徽江淮汽车集团股份有限公司"),
        ("上海建工一建集团有限公司", "上海建工二建集团有限公司"),
        ("中微半导体（深圳）股份有限公司", "中微半导体设备（上海）股份有限公司"),
        ("中国工商银行股份有限公司", "中国工商银行股份有限公司松江支行"),
    ],
)
def test_two_companies_stay_two(a: str, b: str) -> None:
    assert one(normalised_names, a) != one(normalised_names, b)


@given(st.lists(NAMES, max_size=8))
def test_normalising_twice_changes_nothing(names: list[str]) -> None:
    once = normalised_names(pa.array(names, pa.string()))
    assert normalised_names(once).equals(once)


@given(NAMES)
def test_a_name_has_a_core_exactly_where_it_has_a_normal_form(name: str) -> None:
    assert (one(core_names, name) is None) == (one(normalised_names, name) is None)


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("杭州海康威视数字技术股份有限公司", "海康威视"),
        ("中微半导体设备（上海）股份有限公司", "中微"),
        ("上海市松江区飞繁电子有限公司", "飞繁"),
        ("浙江省嘉兴市海盐县盐湖化工有限公司", "盐湖"),
        ("内蒙古伊利实业集团股份有限公司", "伊利"),
        ("延边石岘白麓纸业股份有限公司", "石岘白麓"),
        ("中国中车股份有限公司", "中车"),
        ("*ST国华", "国华"),
        ("XD万科Ａ", "万科"),
        # Nothing distinctive: place and trade are the name.
        ("宁波银行股份有限公司", "宁波银行"),
        ("上海汽车集团股份有限公司", "上海汽车"),
        ("深圳市投资控股有限公司", "深圳市投资"),
        ("集团", "集团"),
        ("（", None),
        ("", None),
    ],
)
def test_the_core_is_what_tells_a_company_from_others(name: str, core: str | None) -> None:
    assert one(core_names, name) == core


def test_a_branch_has_the_core_of_its_company() -> None:
    names = pa.array(
        ["中国工商银行股份有限公司", "中国工商银行股份有限公司松江支行", "上海松江飞繁电子有限公司苏州分公司", None]
    )

    assert core_names(names).to_pylist() == ["工商", "工商", "松江飞繁", None]


@pytest.mark.parametrize(
    ("a", "b", "shared"),
    [
        ("上海汽车集团股份有限公司", "上汽集团", True),
        ("杭州海康威视数字技术股份有限公司", "海康机器人", True),
        ("宁波双林汽车部件股份有限公司", "双林股份有限公司", True),
        ("安徽江淮汽车集团股份有限公司", "长城汽车股份有限公司", False),
        ("上海新阳半导体材料股份有限公司", "上海合晶硅材料股份有限公司", False),
        ("苏州天准科技股份有限公司", "苏州天沃科技股份有限公司", False),
        ("万科企业股份有限公司", None, None),
        (None, None, None),
    ],
)
def test_two_names_share_what_is_distinctive_or_nothing(a: str | None, b: str | None, shared: bool | None) -> None:
    left, right = pa.array([a], pa.string()), pa.array([b], pa.string())
    assert share_core(left, right).to_pylist() == [shared]
    assert share_core(right, left).to_pylist() == [shared]


def test_short_names_lose_what_an_exchange_adds() -> None:
    names = pa.array(["万  科Ａ", "*ST国华", "ST易购", "XD上汽集", "药明康德", "寒武纪-U", "STO"])
    assert short_names(names).to_pylist() == ["万科", "国华", "易购", "上汽集", "药明康德", "寒武纪", "sto"]


def test_empty_columns_give_empty_columns() -> None:
    nothing = pa.chunked_array([], pa.string())
    assert [f(nothing).to_pylist() for f in (normalised_names, core_names, short_names)] == [[]] * 3
    assert share_core(nothing, nothing).to_pylist() == []


def test_nearly_all_listed_companies_share_something_with_their_short_name_and_nothing_with_another() -> None:
    path = LISTS / "go-stock.stock_basic.json"
    if not path.exists():
        pytest.skip("needs the list of listed companies beside the project (../shared/data), which is absent here")
    data = json.loads(path.read_text(encoding="utf-8"))["data"]
    rows = [dict(zip(data["fields"], item, strict=True)) for item in data["items"]]
    names, short = [row["fullname"] for row in rows], [row["name"] for row in rows]

    own = share_core(pa.array(names), pa.array(short)).to_pylist()
    of_another = share_core(pa.array(names), pa.array([*names[1_000:], *names[:1_000]])).to_pylist()

    assert sum(own) >= 0.995 * len(own)
    assert sum(of_another) <= 0.005 * len(of_another)
