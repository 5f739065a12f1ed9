"""Names of enterprises as they are compared: one form for all ways to write a legal name, and its distinctive part."""

import re
from collections import defaultdict
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.model import simplified
from ingest.columns import REST_OF_NAME, TRADES, mapped, plain_text
from ingest.places.gazetteer import gazetteer

_BRACKETS = ((r"[\[{〔〖【『「《〈⟨<⦅]", "("), (r"[\]}〕〗】』」》〉⟩>⦆]", ")"))
_ONE_WAY = (
    (r"[・•‧∙⋅●.]", "·"),
    (r"[‐‑‒–—―−－_]", "-"),
    (r"[\"'`“”‘’]", ""),
    # Co., Ltd. and Co.Ltd: after a Latin letter a point or comma says nothing.
    (r"([a-z])[·,]+", r"\1"),
    # 有限责任公司 and 有限公司 are one legal form (公司法 第七条), and 股份公司 is short for 股份有限公司.
    (r"(?:责任)*有限(?:责任)*公司", "有限公司"),
    (r"股份公司", "股份有限公司"),
)
_MARKS = ((r"^(?:s?\*?st|xd|xr|dr)(\p{Han})", r"\1"), (r"(\p{Han})(?:a|b|-u|-w|-uw|-d)$", r"\1"))
"""What an exchange adds to a short name: *ST of losses, XD of a dividend, A or B of the kind of share."""
_FORM = r"(?:股份有限公司|有限公司).*$|(?:总公司|公司|\(?(?:有限|普通|特殊普通)合伙\)?)$"
_LEGAL = ("公司", "厂", "合伙", "合作社", "研究院", "研究所", "事务所", "ltd", "inc", "gmbh", "corporation", "limited")
_UNBRACKETED = r"(?![^(（]*[)）])"
_LISTED, _PERHAPS_LISTED = (
    rf"[、；;\n|]{_UNBRACKETED}",
    rf"(?:[,，/&＆+＋]|以及|(?<=公司)(?:[和与及]|\s+(?=\S+(?:有限|股份|集团)(?:责任)?公司)(?!\S*分公司))){_UNBRACKETED}",
)

_STANDS_FOR_NAME = (
    r"第[一二三四五六七八九十\d]+[名大家位](?:客户|供应商)?|(?i:nan)|(?:客户|供应商|公司|单位|企业)[A-Za-z一二三四五六七八九十\d]{1,2}"
    r"|其[他它余].{0,6}|个人|自然人|散户|前[一二三四五六七八九十\d]+[大名家位]?.{0,6}[合总小]计"
)
"""What reports write in the place of a name that they do not tell."""
_NO_ONE = (
    r"(?!.*(?:有限|股份|集团))(?:(?:国内外?|国外|海外|境外|各[大地类]?|大型|知名|主流|其[他它]|多家|众多|部分|若干)+"
    r".{0,12}?(?:行业|领域|市场|[客用]户|[厂商]家?|厂商|企业|公司|单位|机构)|.{0,12}(?:行业|领域|[客用]户|经销商|代理商|厂[商家]|主机厂|整车厂))"
)
"""What people write where they sell to many: 各大电网公司, 国内主机厂."""


def normalised_names(text: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Legal names as they are compared: equal where two spellings mean one name; null where there is none.

    NFKC, lower case, no space, simplified characters; brackets go and what they hold stays, so that X（集团）股份有限公司 is X集团股份有限公司 and
    X（上海）有限公司 is X上海有限公司; one kind of middle dot and hyphen; 有限责任公司 is 有限公司. The legal form stays: an
    X有限公司 and an X股份有限公司 may be mother and daughter. Doing it twice changes nothing.

    >>> normalised_names(pa.array(["万  科Ａ", "X〔集团〕股份有限公司", "Ping An Bank Co., Ltd."])).to_pylist()
    ['万科a', 'x集团股份有限公司', 'pinganbankcoltd']
    """
    return _known(_one_way(pc.replace_substring_regex(_bracketed(text), r"[()]", "")))


def is_legal_name(normalised: str) -> bool:
    """Whether a normalised name is the whole name of a firm, form and all: two firms of it are rare.

    >>> is_legal_name("长城甲机械有限公司"), is_legal_name("长城机械")
    (True, False)
    """
    return len(normalised) > 6 and normalised.endswith(_LEGAL)


def names_in(text: str) -> list[str]:
    """The names of enterprises that a cell holds: what 、 or ; parts, and what commas, strokes, 和 and blanks part where each
    part is a legal name. What stands in brackets is not parted.

    >>> names_in("甲、乙"), names_in("东山有限公司和西山（北京、上海）有限公司"), names_in("Foo Co., Ltd."), names_in("1、东山厂")
    (['甲', '乙'], ['东山有限公司', '西山（北京、上海）有限公司'], ['Foo Co., Ltd.'], ['1、东山厂'])
    >>> names_in("东山有限公司 西山有限公司"), names_in("东山公司 & 西山公司"), names_in("东山有限公司 上海供电公司")
    (['东山有限公司', '西山有限公司'], ['东山公司', '西山公司'], ['东山有限公司 上海供电公司'])
    """
    for between, needs_form in ((_LISTED, False), (_PERHAPS_LISTED, True)):
        parts = [part.strip() for part in re.split(between, text) if part and part.strip()]
        if len(parts) > 1 and not parts[0].isdecimal() and (not needs_form or all(p.endswith(_LEGAL) for p in parts)):
            return parts
    return [text]


_PUBLIC = re.compile("(大学|[^修书]学院|[中小]学校?|政府|管理?委员?会|法院|检察院|[医生]院|[省市县区州].{1,8}[局厅])$")
"""What names of those end in that buy and take part, and are no enterprises."""


def flaw_of_name(text: str) -> str | None:
    """Why a text is no name of one enterprise: it holds several, or it is a number, a formula, the end of a name, or stands for a name or many.

    >>> [flaw_of_name(text) for text in ("0000100001", "股份有限公司", "甲、乙", "客户A", "第一名", "360集团")]
    ['ingest.no_name', 'ingest.no_name', 'ingest.several_names', 'ingest.no_name', 'ingest.no_name', None]
    >>> [flaw_of_name(text) for text in ("各大电网公司", "汽车主机厂", "海外工程有限公司", "第一汽车厂")]
    ['ingest.no_name', 'ingest.no_name', None, None]
    """
    if re.fullmatch(rf"=.*|[\d\W_]+|{REST_OF_NAME}|{_STANDS_FOR_NAME}|{_NO_ONE}", text.strip()):
        return "ingest.no_name"
    if _PUBLIC.search(text):
        return "ingest.no_firm"
    return "ingest.several_names" if len(names_in(text)) > 1 else None


NOT_MADE = r"在研|研发中?|研制中?|未[量投]产|试[制产]中?|[小中]试|样[品机]|验证中?|规划中?|拟(?:建|投产|生产|上市)|筹[建备]中?|在建|停产|代理|经销"
"""What is said of goods that nobody makes yet, or any more, or that who offers them only deals in."""


def flaw_of_goods(text: str) -> str | None:
    """Why a text is no name of a product that is made: 芯片（在研）."""
    return "ingest.not_made" if re.search(rf".[(（]已?(?:{NOT_MADE})[)）]$", text.strip()) else None


def short_names(text: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Short names of listed companies as they are compared: normalised, without what an exchange adds to them.

    >>> short_names(pa.array(["万  科Ａ", "*ST国华", "XD上汽集", "上汽集团"])).to_pylist()
    ['万科', '国华', '上汽集', '上汽集团']
    """
    return _known(_without_marks(normalised_names(text)))


def _without_marks(name: pa.Array) -> pa.Array:
    for pattern, plain in _MARKS:
        name = pc.replace_substring_regex(name, pattern, plain)
    return name


def core_names(text: pa.Array | pa.ChunkedArray) -> pa.Array:
    """What tells a company from others of its trade and town: its name without place, legal form and generic words.

    Where nothing distinctive stays (上海汽车集团), place and trade are the name. Null where there is no name.

    >>> core_names(pa.array(["杭州海康威视数字技术股份有限公司", "中微半导体设备（上海）股份有限公司"])).to_pylist()
    ['海康威视', '中微']
    >>> core_names(pa.array(["上海汽车集团股份有限公司", "宁波银行股份有限公司", "*ST万科Ａ"])).to_pylist()
    ['上海汽车', '宁波银行', '万科']
    """
    unified = _one_way(_bracketed(text))
    named = _without_marks(pc.replace_substring_regex(unified, _FORM, ""))
    plain = pc.replace_substring_regex(named, r"[()]", "")
    with_place = pc.replace_substring_regex(plain, rf"(?:{'|'.join(TRADES[:4])})+$", "")
    core = pc.replace_substring_regex(_without_bracketed_place(named), r"[()]", "")
    for _ in range(3):  # Province, prefecture, district.
        core = _without_place(core)
    core = pc.replace_substring_regex(core, rf"(?:{'|'.join(sorted(TRADES, key=len, reverse=True))})+$", "")
    for choice in (with_place, plain, pc.replace_substring_regex(unified, r"[()]", "")):
        core = pc.if_else(pc.less(pc.utf8_length(core), 2), choice, core)
    return _known(core)


def share_core(a: pa.Array | pa.ChunkedArray, b: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Whether two names have anything distinctive in common, row by row; null where one of them is missing.

    That is two characters side by side in both cores, or one core being the other's abbreviation, its characters in
    order in the other's name (上汽, 上海汽车). Trade, place and legal form are nothing in common.

    >>> share_core(pa.array(["上海汽车集团股份有限公司", "安徽江淮汽车集团股份有限公司"]),
    ...            pa.array(["上汽集团", "长城汽车股份有限公司"])).to_pylist()
    [True, False]
    """
    core_a, core_b = core_names(a), core_names(b)
    core_of, name_of = (_characters(core_a), _characters(core_b)), (normalised_names(a), normalised_names(b))
    found = _shares_pair(*core_of)
    found |= _abbreviates(core_of[0], _characters(name_of[1])) | _abbreviates(core_of[1], _characters(name_of[0]))
    return pc.if_else(pc.and_(pc.is_valid(core_a), pc.is_valid(core_b)), pa.array(found), pa.scalar(None, pa.bool_()))


def _bracketed(text: pa.Array | pa.ChunkedArray) -> pa.Array:
    """The name in lower case and without space, with one kind of brackets."""
    name = mapped(pc.utf8_lower(pc.replace_substring_regex(plain_text(text), r"\s", "")), simplified)
    for pattern, kind in _BRACKETS:
        name = pc.replace_substring_regex(name, pattern, kind)
    return name


def _one_way(name: pa.Array) -> pa.Array:
    """The name with one kind of everything else."""
    for pattern, kind in _ONE_WAY:
        name = pc.replace_substring_regex(name, pattern, kind)
    # What lost a space, a bracket or a quotation mark between a letter and its accent is composed now.
    return pc.utf8_normalize(name, form="NFKC")


def _known(text: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _without_bracketed_place(name: pa.Array) -> pa.Array:
    held = pc.struct_field(pc.extract_regex(name, r"\((?P<held>[^()]+)\)"), "held")
    known = pa.concat_arrays([*_places().values(), pa.array(TRADES[:2])])
    without = pc.replace_substring_regex(name, r"\([^()]+\)", "", max_replacements=1)
    return pc.if_else(pc.fill_null(pc.is_in(held, known), False), without, name)


def _without_place(name: pa.Array) -> pa.Array:
    """The name without the longest name of a place that it begins with.

    Not by one pattern of all places: to compile it takes longer than to read 10,000 names.
    """
    rest = name
    for length, places in sorted(_places().items()):
        begins = pc.is_in(pc.utf8_slice_codeunits(name, 0, length), places)
        rest = pc.if_else(begins, pc.utf8_slice_codeunits(name, length), rest)
    return rest


@cache
def _places() -> dict[int, pa.Array]:
    """Names of places by their length; of districts only full names, as short ones are words too."""
    names: dict[int, set[str]] = defaultdict(set, {2: {"中国"}})
    for division in (one for one in gazetteer().divisions if one.until is None):
        for name in (division.name, division.name if division.level == "district" else division.stem):
            names[len(name)].add(name)
    return {length: pa.array(sorted(found)) for length, found in names.items()}


_Characters = np.ndarray[tuple[int, int], np.dtype[np.int64]]
_Answers = np.ndarray[tuple[int], np.dtype[np.bool_]]
_LONGEST = 64
"""Of longer names the rest is not looked at: the longest of 5,418 listed companies has 26 characters."""


def _characters(text: pa.Array) -> _Characters:
    """One row of code points a name, filled up with zeros."""
    cut = pc.fill_null(pc.utf8_slice_codeunits(text, 0, _LONGEST), "")
    width = max(2, pc.max(pc.utf8_length(cut)).as_py() or 0)
    fixed = cut.to_numpy(zero_copy_only=False).astype(f"<U{width}")
    points: _Characters = fixed.view(np.uint32).reshape(len(cut), width).astype(np.int64)
    return points


def _shares_pair(a: _Characters, b: _Characters) -> _Answers:
    """Whether any two neighbours of one row are neighbours in the other."""
    found = np.zeros(len(a), dtype=bool)
    pairs_b = (b[:, :-1] << 32) | b[:, 1:]
    for i in range(a.shape[1] - 1):
        pair = (a[:, i] << 32) | a[:, i + 1]
        found |= ((pairs_b == pair[:, None]) & (a[:, i + 1] != 0)[:, None]).any(axis=1)
    return found


def _abbreviates(short: _Characters, name: _Characters) -> _Answers:
    """Whether the characters of the one, two at least, stand in the other in their order."""
    length = (short != 0).sum(axis=1)
    reached = np.zeros(len(short), dtype=np.int64)
    rows = np.arange(len(short))
    for i in range(name.shape[1]):
        wanted = short[rows, np.minimum(reached, short.shape[1] - 1)]
        reached += (reached < length) & (wanted == name[:, i])
    found: _Answers = (reached == length) & (length >= 2)
    return found
