"""Codes that identify an enterprise: stock codes and unified social credit codes, in their one normal form.

What is not a code becomes null; the caller, who knows file and row, puts it in quarantine.
"""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.columns import mapped, plain_text

RANGES: dict[str, str] = {
    "SH": r"60\d{4}|68\d{4}|900\d{3}",
    "SZ": r"00\d{4}|30\d{4}|200\d{3}",
    "BJ": r"43\d{4}|83\d{4}|87\d{4}|88\d{4}|92\d{4}",
}
"""Which numbers each exchange gives to shares. Shanghai: 60 main board, 68 STAR (689 depositary receipts), 900 B shares.
Shenzhen: 00 main board, 30 ChiNext, 200 B shares. Beijing: 43, 83, 87, 88 of companies that came from the
over-the-counter market, 92 since 2024. A fund (51, 15), a bond (11) or an index (399) is not a share."""

_EXCHANGES = (
    ("SH", r"SH|SS|SSE|SHSE|XSHG|SHA|上海|沪市?|上交所|上证|上海证交所|上海(证券)?交易所(主板|科创板)?"),
    ("SZ", r"SZ|SZSE|XSHE|SHE|深圳|深市?|深交所|深证|深圳证交所|深圳(证券)?交易所(主板|中小板|中小企业板|创业板)?"),
    ("BJ", r"BJ|BSE|BJSE|XBSE|北京|京市?|北交所|北证|北京证交所|北京(证券)?交易所"),
)
_HONG_KONG = r"^(?:HK|HKG|XHKG|HKEX|SEHK|港股|香港|港交所|联交所|香港(?:联合)?(?:证券)?交易所|香港联交所)$"
_ELSEWHERE = "?"
"""An exchange is named, but none of the three."""
_CODE = (
    r"^(?P<before>[A-Z\p{Han}]*)[.:_\-]?(?P<digits>[0-9]{1,6})(?:\.0)?[.:_\-]?"
    r"(?P<after>[A-Z\p{Han}]*)$"
)

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
"""GB 32100-2015, table 1 and annex A."""
_USCC = r"^[0-9]{8}[0-9A-HJ-NPQRTUWXY]{10}$"


def stock_codes(text: pa.Array | pa.ChunkedArray, exchange: pa.Array | pa.ChunkedArray | None = None) -> pa.Array:
    """Codes of A and B shares as `688012.SH`: six digits and SH, SZ or BJ; null for what is none.

    The exchange may stand before the digits, after them or in a column of its own, in letters or by name; where it is
    nowhere, the number says it (`RANGES`). Where it is given and the number belongs to another one, or to none, the
    code is null: one of the two is wrong and nothing says which. A shorter number is one whose zeros a spreadsheet
    ate, so it is filled up, but only where an exchange is given: a bare 1 may be anything.

    >>> stock_codes(pa.array(["688012", "sh.688012", "１.SZ", "1", "000001.SH", "688012.XSHG"])).to_pylist()
    ['688012.SH', '688012.SH', '000001.SZ', None, None, '688012.SH']
    """
    clean = pc.utf8_upper(pc.replace_substring_regex(plain_text(text), r"\s", ""))
    parts = pc.extract_regex(clean, _CODE)
    given = [_exchange(pc.struct_field(parts, "before")), _exchange(pc.struct_field(parts, "after"))]
    if exchange is not None:
        given.append(_exchange(pc.utf8_upper(pc.replace_substring_regex(plain_text(exchange), r"\s", ""))))
    digits = _filled(pc.struct_field(parts, "digits"), pc.is_valid(pc.coalesce(*given)))
    by_number = mapped(pc.utf8_slice_codeunits(digits, 0, 3), _exchange_of_range)
    agreed = pc.is_valid(by_number)
    for said in given:
        agreed = pc.and_(agreed, pc.fill_null(pc.equal(said, by_number), True))
    return pc.if_else(agreed, pc.binary_join_element_wise(digits, by_number, "."), pa.scalar(None, pa.string()))


def with_zeros(text: pa.Array) -> pa.Array:
    """A whole column of stock codes with the zeros that a spreadsheet ate from them: 1 and 2594 are 000001 and 002594.

    Only where the column shows it: all its numbers are those of shares once filled up, none begins with a zero, and one has
    all six digits, or they are too far apart to be a numbering. A number with its exchange needs no such proof.

    >>> with_zeros(pa.array(["1", "2594", "688003", None])).to_pylist(), with_zeros(pa.array(["1", "2", "3"])).to_pylist()
    (['000001', '002594', '688003', None], ['1', '2', '3'])
    """
    clean = pc.replace_substring_regex(plain_text(text), r"\.0$", "")
    is_number = pc.fill_null(pc.match_substring_regex(clean, r"^[1-9][0-9]{0,5}$"), False)
    numbers = clean.filter(is_number)
    lengths = pc.utf8_length(numbers)
    if not pc.any(pc.less(lengths, 6)).as_py() or pc.any(pc.match_substring_regex(clean, r"^0[0-9]*$")).as_py():
        return text
    filled = pc.utf8_lpad(numbers, 6, "0")
    are_shares = mapped(pc.utf8_slice_codeunits(filled, 0, 3), _exchange_of_range).null_count == 0
    are_far_apart = pc.max(pc.cast(numbers, pa.int64())).as_py() > 10 * len(numbers)
    if not are_shares or not (are_far_apart or pc.any(pc.equal(lengths, 6)).as_py()):
        return text
    return pc.if_else(is_number, pc.utf8_lpad(clean, 6, "0"), text)


def codes_elsewhere(text: pa.Array, exchange: pa.Array | None = None) -> pa.Array:
    """Codes of Hong Kong, the United States and the over-the-counter market as they are quoted in China; null for others.

    >>> codes_elsewhere(pa.array(["00700.HK", "hk.700", "HK00700", "9988", "AAPL.O", "430001.oc"])).to_pylist()
    ['0700.HK', '0700.HK', '0700.HK', None, 'AAPL.O', '430001.NQ']
    """
    clean = pc.utf8_upper(pc.replace_substring_regex(plain_text(text), r"\s", ""))
    parts = pc.extract_regex(clean, r"^(?P<before>HK[.:_\-]?)?0{0,4}(?P<digits>[1-9][0-9]{0,4})(?P<after>[.:_\-]?HK)?$")
    before, digits, after = (pc.struct_field(parts, name) for name in ("before", "digits", "after"))
    is_said = pc.not_equal(pc.binary_join_element_wise(before, after, ""), "")
    if exchange is not None:
        where = pc.utf8_upper(plain_text(exchange))
        is_said = pc.or_(is_said, pc.fill_null(pc.match_substring_regex(where, _HONG_KONG), False))
    none = pa.scalar(None, pa.string())
    hong_kong = pc.binary_join_element_wise(pc.if_else(is_said, pc.utf8_lpad(digits, 4, "0"), none), "HK", ".")
    others = pc.replace_substring_regex(clean, r"\.OC$", ".NQ")
    is_other = pc.match_substring_regex(others, r"^([A-Z]{1,5}\.(N|O|US)|[48]\d{5}\.NQ)$")
    return pc.coalesce(hong_kong, pc.if_else(is_other, others, none))


def is_exchange(name: str) -> bool:
    """Whether a text names an exchange whose codes are known; 主板 and 创业板 name none."""
    return _exchange_named(name.upper()) != _ELSEWHERE or bool(re.search(_HONG_KONG, name.upper()))


def _exchange(names: pa.Array) -> pa.Array:
    return mapped(pc.if_else(pc.equal(names, ""), None, names), _exchange_named)


def _exchange_named(name: str) -> str:
    return next((suffix for suffix, pattern in _EXCHANGES if re.fullmatch(pattern, name)), _ELSEWHERE)


def _filled(digits: pa.Array, has_exchange: pa.Array) -> pa.Array:
    """Six digits or null."""
    whole = pc.equal(pc.utf8_length(digits), 6)
    return pc.if_else(pc.or_(whole, has_exchange), pc.utf8_lpad(digits, 6, "0"), pa.scalar(None, pa.string()))


def _exchange_of_range(first_three: str) -> str | None:
    return next((suffix for suffix, pattern in RANGES.items() if re.fullmatch(pattern, f"{first_three}000")), None)


def usccs(text: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Unified social credit codes in 18 upper-case characters; null where form or check character are wrong.

    Spaces, hyphens and the .0 of a number are dropped; O, I, S and Z, which no code has, are read as the 0, 1, 5 and 2 that they
    look like, where the check character agrees. Accepts what `stdnum.cn.uscc` accepts: eight digits first, then digits and letters
    without I, O, S, V, Z. (So the codes of rural collectives, which begin with N, are not accepted.)

    >>> usccs(pa.array(["9111 0000 6000 3734 1l", "9lll00006000373411", "9111OOOO60OO37341L"])).to_pylist()
    ['91110000600037341L', None, '91110000600037341L']
    """
    clean = pc.utf8_upper(pc.replace_substring_regex(plain_text(text), r"[\s\-]|\.0$", ""))
    for letter, digit in zip("OISZ", "0152", strict=True):
        clean = pc.replace_substring(clean, letter, digit)
    formed = pc.fill_null(pc.match_substring_regex(clean, _USCC), False)
    right = np.zeros(len(clean), dtype=bool)
    right[formed.to_numpy(zero_copy_only=False)] = _has_check_character(clean.filter(formed))
    return pc.if_else(pa.array(right), clean, pa.scalar(None, pa.string()))


def _has_check_character(codes: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether the last character makes the weighted sum of all a multiple of 31."""
    values = np.zeros(128, dtype=np.int64)
    values[np.frombuffer(_USCC_ALPHABET.encode(), dtype=np.uint8)] = np.arange(len(_USCC_ALPHABET))
    fixed = pc.cast(pc.cast(codes, pa.binary()), pa.binary(18))
    characters = np.frombuffer(fixed.buffers()[1], dtype=np.uint8, count=18 * len(fixed)).reshape(-1, 18)
    found: np.ndarray[tuple[int], np.dtype[np.bool_]] = values[characters] @ np.array([*_USCC_WEIGHTS, 1]) % 31 == 0
    return found
