"""Text as found in a table into the values of a property: numbers, units, dates, choices, whole columns at a time.

Nothing is guessed in silence: each kind of conversion is counted, and a text that cannot be read is a problem with a
reason, whose `todo` says what to do, never a null. A cell that stands for "not known" becomes null, and is counted too.
"""

import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.ontology import Property, ValueType
from graph.store import ARROW_TYPES
from graph.texts import Text
from ingest.columns import first_known, list_of, mapped

MAX_TEXT = 2_000
"""Characters; a longer text is a mistake in the file, not a name."""

BLANK = frozenset({"", "-", "--", "—", "——", "－", "–", "无", "N/A", "n/a", "#N/A", "NULL", "null", "None", "/", "\\N",
                   "未知", "暂无", "不详", "空", "NaT", "<NA>", "<null>", "(null)", "[NULL]", "TBD", "tbd",
                   "待定", "待补充", "待核实", "未披露", "未公开", "未提供", "未填写", "保密", "若干", "详见附件", "见附件",
                   "(空)", "（空）", "(跳过)", "（跳过）"})  # fmt: skip
"""What people, and programs, write into a cell that they leave empty. `NA` is not among them: it is a code in many lists."""

NOT_LISTED = ("未上市", "非上市", "拟上市", "不适用")
"""What people write for the code or the day of listing of a company that is not listed."""

Scalar = str | int | float | bool | date


@dataclass(frozen=True, slots=True)
class Converted:
    """A column of values; `flaws` says for each row why it has none (`Text.packed`), null where it is fine or was empty."""

    values: pa.Array
    flaws: pa.Array
    counted: Counter[str]


@dataclass(frozen=True, slots=True)
class _Read:
    """One text that was read: its value, and what was done to it."""

    value: Scalar | None = None
    done: tuple[str, ...] = ()
    flaw: str | None = None


def without_blanks(text: pa.Array, also: tuple[str, ...] = ()) -> tuple[pa.Array, int]:
    """The texts without spaces around them, null where they stand for "not known", and how many such marks there were.

    An empty cell is no mark.
    """
    trimmed = pc.utf8_trim_whitespace(text)
    empty = pc.equal(trimmed, "")
    is_blank = pc.is_in(trimmed, value_set=pa.array(sorted(BLANK | set(also)), pa.string()))
    marks = pc.sum(pc.and_not(is_blank, empty)).as_py() or 0
    return pc.if_else(pc.fill_null(is_blank, True), pa.scalar(None, pa.string()), trimmed), marks


def converted(prop: Property, text: pa.Array, unit: str | None = None) -> Converted:
    """The values of a property from texts (`string`, or `list<string>` for TEXTS) in which null is "not known".

    `unit` is the unit of numbers that name none; without it they are in the property's own. `values` has the
    property's Arrow type; its length is that of `text`.
    """
    if prop.type is ValueType.TEXTS:
        return _texts(text)
    if prop.type is ValueType.TEXT and not prop.choices:
        return _plain(text)
    if prop.type in (ValueType.NUMBER, ValueType.FRACTION) and unit is None:
        return _numbers(prop, text)
    return _by_distinct(text, ARROW_TYPES[prop.type], partial(_READERS[prop.type], prop, unit))


# --- text ------------------------------------------------------------------------------------------------------------

_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x{2028}\x{2029}\x{FFFE}\x{FFFF}\x{FEFF}]"
_TOO_LONG = Text("ingest.too_long", most=MAX_TEXT).packed()


def _plain(text: pa.Array) -> Converted:
    is_controlled = pc.match_substring_regex(text, _CONTROL)
    is_long = pc.greater(pc.utf8_length(text), MAX_TEXT)
    flaws = _chosen([(is_controlled, "ingest.control_character"), (is_long, _TOO_LONG)])
    values = pc.if_else(pc.is_null(flaws), text, pa.scalar(None, pa.string()))
    return Converted(values, flaws, Counter())


def _chosen(cases: list[tuple[pa.Array, str]]) -> pa.Array:
    """For each row the text of the first case that holds; null where none does."""
    result = pa.nulls(len(cases[0][0]), pa.string())
    for holds, said in reversed(cases):
        result = pc.if_else(pc.fill_null(holds, False), pa.scalar(said), result)
    return result


def _texts(text: pa.Array) -> Converted:
    lists = text if pa.types.is_list(text.type) else pc.split_pattern(text, "|")
    parents = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)
    items, _ = without_blanks(pc.list_flatten(lists))
    found = _plain(items)
    flaws = first_known(list_of(lists, found.flaws))
    kept = pc.and_(pc.is_valid(items), pc.is_null(found.flaws))
    counts = np.bincount(parents[kept.to_numpy(zero_copy_only=False)], minlength=len(lists))
    offsets = pa.array(np.concatenate(([0], np.cumsum(counts))), pa.int32())
    values = pa.ListArray.from_arrays(offsets, pc.filter(items, kept))
    is_known = pc.and_(pa.array(counts > 0), pc.is_null(flaws))
    return Converted(pc.if_else(is_known, values, pa.scalar(None, values.type)), flaws, Counter())


# --- numbers ---------------------------------------------------------------------------------------------------------

_PLAIN_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_NUMBER = re.compile(
    r"([+-]?(?:\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+|\d{0,40})(?:\.\d{0,40})?(?:[eE][+-]?\d{1,3})?)\s*([^\d.,].*)?"
)
_LARGEST = sys.float_info.max
_NOT_A_NUMBER = "ingest.no_number"

_SIZES: Mapping[str, Mapping[str, int | Fraction]] = {
    "": {"": 1, "千": 10**3, "万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8},
    "count": {"级": 1, "人": 1, "百人": 100, "千人": 10**3, "万人": 10**4, "家": 1, "股": 1, "万股": 10**4, "亿股": 10**8, "k": 10**3,
              "thousand": 10**3},
    "money": {"元": 1, "千元": 10**3, "万元": 10**4, "百万元": 10**6, "千万元": 10**7, "亿元": 10**8},
    "area": {"m²": 1, "m2": 1, "㎡": 1, "平方米": 1, "平米": 1, "万平方米": 10**4, "万㎡": 10**4, "万m²": 10**4, "亩": Fraction(2000, 3),
             "mu": Fraction(2000, 3), "万亩": Fraction(20_000_000, 3), "公顷": 10**4, "平方公里": 10**6},
    "share": {"%": Fraction(1, 100), "‰": Fraction(1, 1000), "percent": Fraction(1, 100), "小数": 1, "fraction": 1},
    "time": {"天": 1, "日": 1, "day": 1, "days": 1, "周": 7, "个月": 30, "年": 365},
}  # fmt: skip
_UNITS = {unit: (what, Fraction(size)) for what, sizes in _SIZES.items() for unit, size in sizes.items()}
"""What a unit measures and how large it is there; "" is a bare number. 1 亩 is 2000/3 m² (Chinese market system)."""

_CURRENCY = r"(?:人民币|rmb|cny|¥)"
_MONEY = re.compile(rf"{_CURRENCY}?(千万|百万|万|亿|千)?[元圆]?{_CURRENCY}?[元圆]?", re.IGNORECASE)
"""Money as people write its unit, without brackets and 整: 万元, 人民币万元, 万人民币元, RMB."""
_OURS = rf"(?:{_CURRENCY}|yuan)"
_ENGLISH_MONEY = re.compile(
    rf"(?={_OURS}|.*{_OURS}$){_OURS}?([\d,]*)(k|thousand|mn?|million|bn?|billion)?{_OURS}?", re.IGNORECASE
)
"""Money as it is written in English, without spaces: 10 k CNY, RMB million, CNY 10,000."""
_ENGLISH_SIZES = {"": 1, "k": 10**3, "t": 10**3, "m": 10**6, "b": 10**9}
BARE_AMOUNT = r"^[\d,.\s]+$"
"""An amount that names no unit."""
_PREFIX = re.compile(rf"({_CURRENCY})\s*:?\s*", re.IGNORECASE)
_LEVEL = re.compile(r"TRL[\s:：-]*(?=\d)", re.IGNORECASE)
UNCLEAR = "?"
"""The unit of shares that may be percentages and may be fractions, and of amounts of which nothing says whether they are 元 or 万元: a
bare number among them is neither."""

_MEASURE = re.compile(r"[^\W\d_]{1,8}[23]?(?:\s*[/每]\s*[^\W\d_]{1,4})?")
"""What things are counted in: 万套/年, GWh, m3."""
UNIT_IN_CELL = r"^\s*[\d０-９][\d０-９.,，]*\s*(\p{L}{1,8}[23²³]?(?:\s*[/／每]\s*\p{L}{1,4})?)\s*$"
"""The same behind its number in a cell, as `extract` of a mapping takes it out."""
UNIT_OF_CAPACITY = Text.both("万吨/年", "10 kt/year")
"""What a capacity may be counted in, where somebody is asked for it."""
_INEXACT = re.compile(r"[<>≤≥≈~约近逾超余多]|\d\+$|以上|以下|左右|上下|不足|\d\D{0,2}[-–—至到]\s*\d")
"""What makes a range or a rough number of what is none: 10-15%, >50%, 约30, 100余人."""
_OWN_UNIT = {"0–1": "", "万元 10 k CNY": "万元", "亿元 100 m CNY": "亿元", "亩 mu": "亩", "m²": "m²", "天 days": "天"}


def unit_of_heading(heading: str) -> str | None:
    """The unit that stands at the end of a heading, in brackets or of money behind a name; `None` where none does.

    >>> unit_of_heading("注册资本（万元）"), unit_of_heading("注册资本/万元"), unit_of_heading("名称（中文）")
    ('万元', '万元', None)
    >>> unit_of_heading("cost (10 k CNY)"), unit_of_heading("revenue (RMB million)"), unit_of_heading("cost (USD m)")
    ('10 k CNY', 'RMB million', None)
    """
    return heading_and_unit(heading)[1]


def heading_and_unit(heading: str) -> tuple[str, str | None]:
    """A heading without what it says in a second language, and without the unit at its end; and the unit."""
    heading = re.sub(_OF_TERMINAL, "", in_one_language(heading)).rstrip()
    for pattern in _UNIT_AT_END:
        found = pattern.search(heading.strip())
        unit = re.sub(_NO_UNIT, "", found[1].strip()).strip() if found else ""
        if found and _unit(unit):
            return heading.strip()[: found.start()], unit
    return heading, None


def in_one_language(heading: str) -> str:
    """A heading without the English that repeats it, and without marks at its end.

    >>> [in_one_language(text) for text in ("注册资本（元） Registered Capital", "企业名称/Company", "CITY 城市：", "A股 代码", "产品 ID")]
    ['注册资本（元）', '企业名称', '城市', 'A股 代码', '产品 ID']
    >>> in_one_language("HS 编码"), in_one_language("IT 收入")  # Which are of another thing without it.
    ('HS 编码', 'IT 收入')
    """
    chinese, text = r"[^\x00-\x7f][^A-Za-z]*?", heading.strip()
    both = rf"(.*{chinese})[\s/|]+{_ENGLISH_HEADING}|{_NO_INITIALS}{_ENGLISH_HEADING}[\s/|]+({chinese}.*?)"
    # What is longer says no name twice, and would be looked at from each of its letters.
    found = re.fullmatch(both, text) if len(text) < _LONGEST_HEADING else None
    return ((found[1] or found[2]) if found else heading).strip().rstrip(":：*＊?？")


_LONGEST_HEADING = 200
_NO_UNIT = r"^单位[:：]|^(?:19|20)\d\d\s*年[度末底]?[，,、；;]\s*|[，,、；;]\s*(?:19|20)\d\d\s*年[度末底]?$"
_OF_TERMINAL = r"\[(?:报告期|截止日期|交易日期|报表类型|币种)\][^\[\]]*"
"""What a data terminal writes behind the name of an indicator."""
_NO_INITIALS = r"(?!(?!(?:NO|CITY|AREA|NAME|TYPE|DATE|YEAR|CODE)\b)[A-Z]{2,5}\s)"
_ENGLISH_HEADING = r"(?!(?:ID|id|Id|code|Code)$)[A-Za-z]{2}[A-Za-z .,'&/-]*"
_UNIT_AT_END = (
    re.compile(r"\[单位\]\s*([^\s\[\]]+)$"),
    re.compile(r"[(（\[【]([^()（）\[\]【】]+)[)）\]】]$"),
    re.compile(r"(?<=[^\s美欧日港单多])[/／、,，:：_\-\s]*((?:人民币)?(?:千|万|百万|亿)?元|[%％])$"),
)


def unit_of_column(prop: Property, heading: str) -> str | None:
    """The unit that a heading says of a property's numbers, or what stands there of money and is none of ours: 万美元.

    >>> from graph.ontology import NODE_TYPE
    >>> capital = next(p for p in NODE_TYPE["Enterprise"].properties if p.name == "registered_capital_10k_cny")
    >>> unit_of_column(capital, "注册资本（万美元）"), unit_of_column(capital, "注册资本（2023年）")
    ('万美元', None)
    """
    said = _UNIT_AT_END[1].search(in_one_language(heading))
    is_other = said is not None and "CNY" in prop.unit and bool(_OTHER_MONEY.search(said[1]))
    return unit_of_heading(heading) or (said[1] if said and is_other else None)


_OTHER_MONEY = re.compile(
    r"[美欧港台日韩澳加]\s*[元币金]|[元円鎊镑盾铢]|[$€£₩]|百万|million|billion|thousand|\b(?:\d*k|mn|m|bn)\b"
    r"|\b(?:usd|eur|hkd|jpy|gbp|twd|ntd|krw|sgd)\b",
    re.IGNORECASE,
)


def is_money(text: str) -> bool:
    """Whether a text says a unit of money or a currency and nothing else; 人民币 says no size, so it is none.

    >>> [is_money(text) for text in ("亿元", "美元", "USD", "人民币元", "台", "3亿元")]
    [True, True, True, False, False, False]
    """
    is_ours = (_unit(text) or ("",))[0] == "money"
    is_plain = re.search(r"\d", text) is None and not re.fullmatch(rf"{_CURRENCY}[元圆]?", text.strip(), re.IGNORECASE)
    return is_plain and (is_ours or bool(_OTHER_MONEY.search(text)))


def with_units(text: pa.Array, units: pa.Array, own: str | None) -> pa.Array:
    """Amounts with the unit or currency that stands beside them, where they name none: 3 beside 亿元 is 3亿元; beside a heading with a
    unit of its own only another currency counts."""
    known = _OTHER_MONEY if own not in (None, UNCLEAR) else re.compile("")
    said = mapped(units, lambda one: one if is_money(one) and known.search(one.replace("人民币", "")) else "")
    is_bare = pc.match_substring_regex(text, BARE_AMOUNT)
    return pc.if_else(is_bare, pc.binary_join_element_wise(text, pc.fill_null(said, ""), ""), text)


def needs_unit(prop: Property, heading: str) -> bool:
    """Whether bare numbers of a property say nothing before their unit is known; 恢复天数 says its own."""
    own = _OWN_UNIT.get(prop.unit, "")
    return bool(own) and own not in heading


def fits_unit(prop: Property, unit: str) -> bool:
    """Whether a unit measures what a property does; a bare number and a property without a unit fit nothing."""
    theirs, ours = _unit(unit), _unit(_OWN_UNIT.get(prop.unit, ""))
    if prop.type is ValueType.FRACTION:
        return theirs is not None and theirs[0] == "share"
    return bool(theirs and ours and ours[0] and theirs[0] == ours[0])


def _unit(text: str) -> tuple[str, Fraction] | None:
    if text in _UNITS:
        return _UNITS[text]
    cleaned = re.sub(r"[\s()\[\]]|[整正]$", "", unicodedata.normalize("NFKC", re.sub(r"['’‘]000s?", "k", text)))
    money = _MONEY.fullmatch(cleaned)
    is_money = money and re.search(rf"[元圆]|{_CURRENCY}", cleaned, re.IGNORECASE)
    if not is_money and (english := _ENGLISH_MONEY.fullmatch(cleaned)):
        size = int(english[1].replace(",", "") or 1) * _ENGLISH_SIZES[(english[2] or "")[:1].lower()]
        return ("money", Fraction(size)) if size else None
    return _UNITS.get(f"{money[1] or ''}元" if money and is_money else cleaned)


def _numbers(prop: Property, text: pa.Array) -> Converted:
    """Numbers of which most are plain: those are cast at once, the others read one distinct text at a time."""
    is_plain = pc.fill_null(pc.match_substring_regex(text, _PLAIN_NUMBER), False)
    plain = pc.cast(pc.if_else(is_plain, text, pa.scalar(None, pa.string())), pa.float64())
    fits = _within(prop, plain)
    others = pc.if_else(pc.and_(is_plain, fits), pa.scalar(None, pa.string()), text)
    rest = _by_distinct(others, pa.float64(), partial(_number, prop, None))
    return Converted(pc.coalesce(rest.values, pc.if_else(fits, plain, pa.scalar(None, pa.float64()))),
                     rest.flaws, rest.counted)  # fmt: skip


def _within(prop: Property, numbers: pa.Array) -> pa.Array:
    low = -_LARGEST if prop.minimum is None else prop.minimum
    high = _LARGEST if prop.maximum is None else prop.maximum
    return pc.fill_null(pc.and_(pc.greater_equal(numbers, low), pc.less_equal(numbers, high)), False)


def _number(prop: Property, unit: str | None, text: str) -> _Read:
    cleaned = unicodedata.normalize("NFKC", text).strip()
    done = ["full-width"] if cleaned != text.strip() and "％" not in text else []
    plain = re.sub(r"^\(\s*([\d,. ]+)\s*\)$", r"-\1", cleaned)  # As accounts write what is below zero.
    in_digits = _in_digits(plain, is_share=prop.type is ValueType.FRACTION)
    done += ["in-words"] * (in_digits != plain)
    cleaned = in_digits
    currency = _PREFIX.match(cleaned)
    found = _NUMBER.fullmatch(cleaned[currency.end() :] if currency else cleaned)
    if not found or not re.search(r"\d", found[1].partition("e")[0]):
        return _Read(flaw="ingest.inexact" if _INEXACT.search(cleaned) else _NOT_A_NUMBER)
    if "," in found[1] or " " in found[1]:
        done.append("thousands-separator")
    said = (found[2] or "").strip()
    if currency and (said or unit in (None, UNCLEAR)):  # ¥5 in a column of 万元 is five of those.
        said = f"{currency[1]}{said}"
    if said:
        done.append("percent" if said in "%‰" else "unit")
    elif unit == UNCLEAR:
        wanted = Text("ingest.unit_open", unit=prop.unit_text if prop.unit else UNIT_OF_CAPACITY)
        return _Read(flaw="ingest.two_readings" if prop.type is ValueType.FRACTION else wanted.packed())
    # What a capacity is counted in is kept beside it.
    is_beside = unit == UNCLEAR and not prop.unit and _MEASURE.fullmatch(said) and not _INEXACT.search(cleaned)
    factor = Fraction(1) if is_beside else _factor(said or unit or "", _OWN_UNIT.get(prop.unit, ""), unit)
    if factor is None and _INEXACT.search(cleaned):
        return _Read(flaw="ingest.inexact")
    if factor is None:
        wanted = prop.unit_text if prop.unit else Text("ingest.bare_number")
        return _Read(flaw=Text("ingest.unit_unfit", found=said or unit, wanted=wanted).packed())
    if not said and unit and factor != 1:
        done.append("unit-of-column")
    return _bounded(prop, Fraction(re.sub("[ ,]", "", found[1])) * factor, tuple(done))


_SPOKEN = re.compile(
    "[一二两三四五六七八九十壹贰貳叁參肆伍陆陸柒捌玖拾][零〇一二两三四五六七八九十百千万亿壹贰貳叁參肆伍陆陸柒捌玖拾佰仟萬億]*"
)


def _in_digits(text: str, *, is_share: bool) -> str:
    """A text that begins with a number in words with that in digits, and a part of a whole in percent; another text as it is.

    >>> [_in_digits(text, is_share=False) for text in ("人民币伍仟万元整", "壹亿贰仟万元", "三百零五人", "千万元", "三万五")]
    ['人民币5000.0万元整', '12000.0万元', '305人', '千万元', '三万五']
    >>> [_in_digits(text, is_share=True) for text in ("百分之五十一", "五成", "三成五", "三分之一", "1/4", "一半", "3/2")]
    ['51%', '50%', '35%', '33.33333333%', '25%', '50%', '3/2']
    """
    if is_share:
        said = _SPOKEN.sub(
            lambda one: str(_counted(one[0])), re.sub("^百分之", "一百分之", re.sub("^[一对]半$", "五成", text))
        )
        if tenths := re.fullmatch(r"(\d)成(\d?)", said):
            return f"{tenths[1]}{tenths[2] or 0}%"
        parts = re.fullmatch(r"(?P<whole>\d+)分之(?P<part>\d+)|(\d+)/(\d+)", said)
        part, whole = (
            (int(parts[name] or parts[other]) for name, other in (("part", 3), ("whole", 4))) if parts else (0, 0)
        )
        return f"{100 * part / whole:.10g}%" if 0 < part <= whole else text
    found = re.match(f"(?:人民币)?({_SPOKEN.pattern})", text)
    if found is None or re.search(
        "[百千万亿佰仟萬億][一二三四五六七八九]$", found[1]
    ):  # 三万五 is 35,000, and may be 30,005.
        return text
    number = _counted(found[1])
    return text.replace(found[1], f"{number / 10_000}万" if number >= 10_000 else str(number), 1)


def _counted(numeral: str) -> int:
    total = part = digit = 0
    for size in (int(unicodedata.numeric(sign)) for sign in numeral):
        if size < 10:
            digit = size
        elif size < 10_000:
            part, digit = part + (digit or 1) * size, 0
        else:
            total, part, digit = (total + part + digit) * size if size > total else total + (part + digit) * size, 0, 0
    return total + part + digit


def _factor(said: str, own: str, column: str | None = None) -> Fraction | None:
    """What a number in the said unit is multiplied by to be in the property's own; `None` where they do not fit. 2.5万 in a `column`
    of 平方米 is so many of those."""
    theirs, ours = _unit(said), _unit(own)
    if not said:
        return Fraction(1)
    if theirs is None or ours is None:
        return None
    if ours[0] not in ("", "money") and not theirs[0] and (base := _factor((column or own).lstrip("百千万亿"), own)):
        return theirs[1] * base
    is_bare = theirs[0] in ("share", "count") and not ours[0]
    if theirs[0] == ours[0] or is_bare or (ours[0] == "money" and not theirs[0]):
        return theirs[1] / ours[1]
    return None


def _bounded(prop: Property, number: Fraction, done: tuple[str, ...]) -> _Read:
    low, high = prop.minimum, prop.maximum
    if abs(number) > _LARGEST or (low is not None and number < low) or (high is not None and number > high):
        limits = f"{'−∞' if low is None else f'{low:g}'} … {'∞' if high is None else f'{high:g}'}"
        name = "ingest.share_out_of_range" if prop.type is ValueType.FRACTION else "ingest.out_of_range"
        return _Read(flaw=Text(name, limits=limits).packed())
    return _Read(float(number), done)


def _integer(prop: Property, unit: str | None, text: str) -> _Read:
    if prop.choices:
        chosen = _choice(prop, unit, text)
        return chosen if chosen.flaw else _Read(int(str(chosen.value)), chosen.done)
    read = _number(prop, unit, _LEVEL.sub("", text))
    if read.flaw or read.value is None:
        return read
    number = float(str(read.value))
    if not number.is_integer() or abs(number) >= 2**63:
        return _Read(flaw="ingest.no_whole_number")
    return _Read(int(number), read.done)


# --- choices, truths, dates ------------------------------------------------------------------------------------------

_TRUTHS = {"true": True, "false": False, "是": True, "否": False, "yes": True, "no": False, "y": True, "n": False,
           "1": True, "0": False, "√": True, "×": False, "1.0": True, "0.0": False, "✓": True, "✔": True, "☑": True, "有": True, "非": False,
           "上市": True, "已上市": True, "未上市": False, "非上市": False}  # fmt: skip
_DATE = re.compile(
    r"(?P<day>.+?)\s*(?:[(]?(?:星期|周)[一二三四五六日天][)]?)?"
    r"(?:[T\s]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:Z|[+-]\d{2}:?\d{2})?)?"
)
"""A day, with a time or the day of the week behind it."""
_DAYS = (
    re.compile(r"(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})"),
    re.compile(r"(?P<roc>民[国國])?\s*(?P<y>\d{2,4})\s*年\s*(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*[日号]?"),
    re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})"),
    re.compile(r"(?P<d>\d{1,2})[-\s]+(?P<m>[A-Za-z]{3})[a-z]*\.?[-,\s]+(?P<y>\d{4})"),
    re.compile(r"(?P<m>[A-Za-z]{3})[a-z]*\.?\s*(?P<d>\d{1,2})\s*,?\s+(?P<y>\d{4})"),
)
_BOUNDS = {"valid_from": 0, "applies_from": 0, "valid_to": 1, "applies_to": 1}
_PERIOD = re.compile(r"(?P<y>(?:19|20)\d\d)\s*(?:年度?|[-/.年]\s*(?P<m>\d{1,2})\s*月?)?")
"""A year, or a month of one: what begins or ends with it does so with its first or its last day."""
_MONTHS = {name: number for number, name in enumerate(re.findall("...", "janfebmaraprmayjunjulaugsepoctnovdec"), 1)}
_NUMERALS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_EXCEL_DAY = re.compile(r"[2-6]\d{4}(?:\.\d+)?")
_EXCEL_EPOCH = date(1899, 12, 30)
_NO_DAYS = (_EXCEL_EPOCH, date(1899, 12, 31), date(1900, 1, 1))
"""What spreadsheets and databases make of an empty day."""


def _choice(prop: Property, unit: str | None, text: str) -> _Read:
    folded = unicodedata.normalize("NFKC", text).casefold()
    for choice in prop.choices:
        if text == choice.value:
            return _Read(choice.value)
    for choice in prop.choices:
        if folded in {name.casefold() for name in (choice.value, choice.zh, choice.en, *choice.also)}:
            return _Read(choice.value, ("choice",))
    known = [Text("ingest.named", name=c.value, text=c.text) for c in prop.choices]
    return _Read(flaw=Text("ingest.no_choice", known=known).packed())


def _truth(prop: Property, unit: str | None, text: str) -> _Read:
    folded = unicodedata.normalize("NFKC", text).casefold()
    if folded not in _TRUTHS:
        return _Read(flaw="ingest.no_truth")
    return _Read(_TRUTHS[folded], () if text in ("true", "false") else ("truth",))


def _date(prop: Property, unit: str | None, text: str) -> _Read:
    cleaned = unicodedata.normalize("NFKC", text).strip()
    whole = _DATE.fullmatch(cleaned)
    told = re.sub("[一二三]?十[一二三四五六七八九]?", lambda ten: str(_counted(ten[0])), whole["day"]) if whole else ""
    told = told.translate(_NUMERALS)
    found = next(filter(None, (pattern.fullmatch(told) for pattern in _DAYS)), None)
    year = int(found["y"]) if found else 0
    if found and found.groupdict().get("roc"):
        year += 1911
    if found and year > 999:
        month = _MONTHS.get(found["m"].lower(), 0) if found["m"].isalpha() else int(found["m"])
        done = "time-cut" if told != cleaned and told in cleaned else "" if _ISO.fullmatch(cleaned) else "date-form"
        try:
            day = date(year, month, int(found["d"]))
            return _Read(flaw="ingest.no_such_day") if day in _NO_DAYS else _Read(day, (done,) if done else ())
        except ValueError:
            return _Read(flaw="ingest.no_such_day")
    is_last = 1 if unit == "年" else _BOUNDS.get(prop.name)
    if (period := _PERIOD.fullmatch(told)) and is_last is not None and 0 < (month := int(period["m"] or 12)) < 13:
        year, first = int(period["y"]), month if period["m"] else 1
        day = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1) if is_last else date(year, first, 1)
        return _Read(day, ("period-bound",))
    if _EXCEL_DAY.fullmatch(cleaned):
        return _Read(_EXCEL_EPOCH + timedelta(days=int(float(cleaned))), ("excel-day",))
    return _Read(flaw="ingest.no_date")


_READERS: Mapping[ValueType, Callable[[Property, str | None, str], _Read]] = {
    ValueType.TEXT: _choice,
    ValueType.INTEGER: _integer,
    ValueType.NUMBER: _number,
    ValueType.FRACTION: _number,
    ValueType.BOOLEAN: _truth,
    ValueType.DATE: _date,
}


def _by_distinct(text: pa.Array, result: pa.DataType, read: Callable[[str], _Read]) -> Converted:
    """Each distinct text read once: tables repeat themselves."""
    encoded = pc.dictionary_encode(text)
    encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    found = [read(one) for one in encoded.dictionary.to_pylist()]
    values, flaws = (
        pc.take(pa.array(column, kind), encoded.indices)
        for column, kind in (([one.value for one in found], result), ([one.flaw for one in found], pa.string()))
    )
    times = np.bincount(encoded.indices.drop_null().to_numpy(), minlength=len(found)).tolist()
    counted: Counter[str] = Counter()
    for one, often in zip(found, times, strict=True):
        counted.update(dict.fromkeys(one.done, often))
    return Converted(values, flaws, counted)
