"""Stock codes and social credit codes in their normal form, and what is none of them."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from ingest.codes import stock_codes, usccs

LISTS = Path(__file__).parents[3] / "shared" / "data" / "listed-companies"
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def codes(*text: str | None, exchange: list[str | None] | None = None) -> list[str | None]:
    given_exchange = None if exchange is None else pa.array(exchange, pa.string())
    answer: list[str | None] = stock_codes(pa.array(text, pa.string()), given_exchange).to_pylist()
    return answer


@pytest.mark.parametrize(
    "text",
    [
        "688012",
        "688012.SH",
        "SH688012",
        "sh.688012",
        "６８８０１２",
        "688012.XSHG",
        " 688012 . sh ",
        "SHSE.688012",
        "688012.0",
    ],
)
def test_all_ways_to_write_a_code_give_one(text: str) -> None:
    assert codes(text) == ["688012.SH"]


@pytest.mark.parametrize("name", ["上海证券交易所", "SSE", "上交所", "sh", "XSHG", "上海证券交易所科创板", "上海"])
def test_the_exchange_may_be_named_in_a_column_of_its_own(name: str) -> None:
    assert codes("688012", exchange=[name]) == ["688012.SH"]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("600000", "600000.SH"), ("605555", "605555.SH"), ("689009", "689009.SH"), ("900901", "900901.SH"),
        ("000001", "000001.SZ"), ("002594", "002594.SZ"), ("301229", "301229.SZ"), ("200011", "200011.SZ"),
        ("430047", "430047.BJ"), ("835185", "835185.BJ"), ("873169", "873169.BJ"), ("920002", "920002.BJ"),
    ],
)  # fmt: skip
def test_the_number_says_the_exchange_where_nothing_else_does(number: str, code: str) -> None:
    assert codes(number) == [code]


def test_zeros_that_a_spreadsheet_ate_are_filled_up_only_where_the_exchange_is_known() -> None:
    assert codes("1", "1", "1.SZ", "2594", exchange=["SZSE", None, None, "深圳证券交易所"]) == [
        "000001.SZ", None, "000001.SZ", "002594.SZ",
    ]  # fmt: skip


def test_a_column_of_numbers_is_read_like_text() -> None:
    assert stock_codes(pa.array([1, 688012, None]), pa.array(["SZ", "SH", "SH"])).to_pylist() == [
        "000001.SZ", "688012.SH", None,
    ]  # fmt: skip


def test_a_code_whose_exchange_contradicts_its_number_is_none() -> None:
    assert codes("000001.SH", "SZ600000", "688012", exchange=[None, None, "SZSE"]) == [None, None, None]


def test_two_exchanges_that_contradict_each_other_leave_no_code() -> None:
    assert codes("688012.SH", "SH688012.SZ", exchange=["深圳证券交易所", None]) == [None, None]


def test_a_code_of_an_exchange_elsewhere_is_none() -> None:
    assert codes("00700.HK", "000700", exchange=[None, "HKEX"]) == [None, None]


@pytest.mark.parametrize("text", ["", " ", "N/A", "12345678", "688012SHX", "510300", "399001", "abc", "-"])
def test_what_is_no_share_is_none(text: str) -> None:
    assert codes(text) == [None]


def test_empty_columns_give_empty_columns() -> None:
    assert codes() == []
    assert usccs(pa.array([], pa.string())).to_pylist() == []
    assert usccs(pa.chunked_array([["91110000600037341L"], [None]])).to_pylist() == ["91110000600037341L", None]


@given(st.text(ALPHABET, min_size=15, max_size=18), st.text("0123456789", min_size=2, max_size=8))
def test_a_credit_code_is_accepted_exactly_where_stdnum_accepts_it(tail: str, head: str) -> None:
    text = (head + tail)[:17]
    whole = text + uscc.calc_check_digit(text) if len(text) == 17 else text
    wrong = whole[:-1] + ALPHABET[ALPHABET.index(whole[-1]) - 1]
    for candidate in (whole, wrong, whole.lower(), f"{whole[:8]} {whole[8:]}"):
        expected = uscc.compact(candidate) if uscc.is_valid(candidate) else None
        assert usccs(pa.array([candidate])).to_pylist() == [expected]


@pytest.mark.parametrize(
    "text", ["", "9111000060003734", "91110000600037341I", "91310000MA1FL0000O", "统一社会信用代码"]
)
def test_what_is_no_credit_code_is_none(text: str) -> None:
    assert usccs(pa.array([text])).to_pylist() == [None]


def test_every_code_of_the_listed_companies_is_known_by_its_number_alone() -> None:
    path = LISTS / "go-stock.stock_basic.json"
    if not path.exists():
        pytest.skip("needs the list of listed companies beside the project (../shared/data), which is absent here")
    data = json.loads(path.read_text(encoding="utf-8"))["data"]
    rows = [dict(zip(data["fields"], item, strict=True)) for item in data["items"]]
    whole, numbers, exchanges = (pa.array([row[name] for row in rows]) for name in ("ts_code", "symbol", "exchange"))

    assert stock_codes(numbers).equals(whole)
    assert stock_codes(whole, exchanges).equals(whole)
