"""Arrow columns of text, whatever type they were read as: cleaned at once, or value by value where each is different."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_ENDS = (
    r"(?:公司|会社|集团|股份|厂|企业|合伙|事务所|合作社|商行|经营部|门市部|工作室|店|银行|大学|学院|研究院|研究所|研究中心|实验室|医院"
    r"|(?i:\b(?:ltd|inc|corp|llc|gmbh|plc|co)\.?))(?:[(（][^()（）\d]{1,20}[)）])?"
)
ORGANISATION = re.compile(rf"{_ENDS}$")
"""What names of enterprises and institutes end in."""

_BULLETS = r"•●○■□◆◇▪▫‣·∙※★☆▲△►➢✓√①-⑳⓪❶-❿*＊"
_FOOTNOTES = r"[*＊※†‡#△▲☆★①-⑳⓪❶-❿⁰¹²³⁴-⁹\s]|[\[［【〔(（]\s*(?:见?注)?\s*\d{1,3}\s*[\]］】〕)）]|[(（]见?注[)）]|【[^【】]{1,6}】|[(（]本[级部][)）]"
_CLOSED = r"[(（\[【]\s*(?:[已现被]*(?:依法)?(?:注销|吊销|撤销|停业|停产|歇业|关停|倒闭|破产|解散)|清算中)[^()（）\[\]【】]{0,12}[)）\]】]"
CLOSED_BEHIND = rf"{_CLOSED}(?:\W*|[(（【].*)$"
"""What lists write behind the name of a company that is no more."""
_REMARK = (
    r"[(（\[【]\s*(?:拟[^()（）]{1,12}|已?(?:上市|挂牌|签约|投产|开工|落户)[^()（）]{0,12}"
    r"|(?:\d{4}年度?)?新(?:增|设|认定|引进|入库)[^()（）]{0,6}|待定|存疑|重复"
    r"|(?:联合体)?(?:牵头|主体|成员|参与|协办|联合)(?:人|方|单位|企业)?|联合体)\s*[)）\]】]"
)
"""What else lists say of a company behind its name."""
AMOUNT_BEHIND = (
    r"[\s:：]*[(（]?[\s:：]*(?:持股|占比?|年产|产能)?[约:：\s]*\d[\d.,]*\s*(?:[%％]|[千百十]?[万亿]?(?:[辆台套件个只支片块颗枚米吨升]|千克|公斤|平方米|GWh|MW)"
    r"(?:[/／每]年)?)\s*[)）]?"
)
"""A share or a quantity behind a name: 甲公司（51%）, 减速器10万套/年."""
_FORMER = r"[(（](?:曾用名|原名称?|原|更名前|前身)\s*(?:[:：为]\s*)?([^()（）:：为\s料材址油浆种][^()（）]{1,39})[)）]"
"""A former name; 原料, 原址 and 原油 begin none."""
_CODES = {"uscc": r"[0-9A-HJ-NPQRTUWXY]{18}", "stock_code": r"\d{6}(?:\.[A-Z]{2})?"}
_CODE = rf"[(（](?:[^()（）\d]*[:：])?\s*(?:{'|'.join(_CODES.values())})\s*[)）]"
_OTHERS = r"等\s*(?:\d+\s*[家户个]\s*)?(?:企业|公司|单位|厂家)?"
_RENAMED = r"[(（](?:现|已|后)+(?:更名|改名|名)(?:为|[:：])\s*([^()（）]{4,40})[)）]"
_SHORT = r"[(（](?:以下)?简称\s*[:：为]?\s*[“\"'‘「]?([^()（）“”\"'‘’「」]{2,20})[”\"'’」]?[)）]"
_ENGLISH = (
    r"[(（]([A-Za-z][A-Za-z0-9.,&'-]*(?: [A-Za-z0-9.,&'-]+)* "
    r"(?:Co|Ltd|Limited|Inc|Corp|Corporation|Company|Group|Holdings?|LLC|GmbH|AG|KG|SE|PLC|Institute|University)[.,]*)[)）]"
)
"""The name in English: what ends otherwise may be of a part, as (Shanghai Branch)."""
_BEHIND = rf"(?:{_FOOTNOTES}|[，,、。；;：:”’」\"]|{_CLOSED}|{_REMARK}|{AMOUNT_BEHIND}|{_FORMER}|{_RENAMED}|{_SHORT}|{_ENGLISH}|{_CODE}|{_OTHERS})"
_TO_THE_END = r"(?:[(（\[【][^()（）]*[)）\]】]|[^()（）\p{Han}])*$"
BEHIND_NAMES = {
    "former_names": _FORMER + _TO_THE_END,
    "short_name": _SHORT + _TO_THE_END,
    "name_en": rf"\p{{Han}}.*{_ENGLISH}{_TO_THE_END}",
    **{form: rf"[(（](?:[^()（）\d]*[:：])?\s*({code})\s*[)）]{_TO_THE_END}" for form, code in _CODES.items()},
}
"""What stands in brackets behind a name, by the property that it tells: a former name, a code."""
REST_OF_NAME = r"(?:[(（]?(?:集团|控股)[)）]?)?(?:科技|实业)?(?:股份|责任)?(?:有限)?(?:责任)?公司"
"""What may be left of a name below the break of a line."""

_TRADES = (
    "集团 控股 股份 总 科技 技术 新技术 高科 高新 实业 发展 投资 国际 产业 企业 工业 管理 服务 开发 贸易 商贸 商业 咨询 资产 资本 "
    "建设 运营 经营 研究院 电子 信息 软件 网络 数据 数字 数码 通信 通讯 智能 智慧 自动化 控制 系统 半导体 微电子 光电 光学 电气 电器 "
    "电力 电机 机电 电缆 电路 能源 新能源 动力 机械 重工 机器人 机床 装备 设备 仪器 仪表 精密 精工 制造 工程 设计 材料 新材料 新材 "
    "高分子 化工 化学 石化 塑料 橡胶 轮胎 医药 药业 制药 药物 生物 医疗 器械 健康 基因 食品 酒业 饮料 农业 牧业 种业 环保 环境 水务 "
    "生态 汽车 车辆 零部件 部件 配件 轴承 模具 航空 航天 船舶 物流 运输 航运 港务 高速公路 公路 铁路 银行 证券 保险 传媒 文化 出版 "
    "教育 旅游 家居 家具 用品 服饰 服装 纺织 纸业 包装 建材 水泥 玻璃 陶瓷 钢铁 铝业 铜业 矿业 资源 有色 金属 稀土 煤业 燃气 热电 "
    "气体 置业 地产 房地产 装饰 园林 百货 超市 连锁 珠宝 制品 照明 显示 液压 阀门 泵业"
)
TRADES = _TRADES.split()
"""Words that say what form or trade a company has: all that end at least six of 5,418 listed names, and their like."""

_CONTINUED = rf"(?:{'|'.join(TRADES)}|[（(][^()（）]{{2,6}}[)）]){{0,4}}{REST_OF_NAME}"
"""What may stand below a break of a line in a name: words of trades that are no name without what stands above."""

_INVISIBLE = r"\p{Cf}\x{FE00}-\x{FE0F}"
_MARKED = rf"^[{_BULLETS}\d\s“‘「\"(（\[【《〈『一二三四五六七八九十-].*{_ENDS}|.[(（]\d{{6}}\.[A-Z]{{2}}[)）]$"
_NOISY = (
    rf"^[{_BULLETS}\d一二三四五六七八九十《〈「『-]|[*＊※†‡#△▲☆★①-⑳⓪❶-❿⁰¹²³⁴-⁹\s\[［【〔(（等]|[，,、。；;：:”’」\"]$",
    rf"{_ENDS}|[(（]\d{{6}}\.",
    rf"{_MARKED}|{_ENDS}(?:[^A-Za-z一-鿿]|[等约占年产持])",
    rf"{_MARKED}|{_ENDS}{_BEHIND}+$",
)
"""What texts with something around the name of an organisation match, each pattern far sooner made than the next."""
_WITH_NOISE = re.compile(
    rf"(?:[{_BULLETS}\s“‘「\"-](?!ST)|[(（\[【]\s*(?:\d{{1,4}}|[一二三四五六七八九十]{{1,3}})\s*[)）\]】]|\d{{1,4}}\s*(?:[、．)）]|\.(?!\d))"
    rf"|[一二三四五六七八九十]{{1,3}}\s*、)*(.*?{_ENDS}?|.+?(?=[(（]\d{{6}}\.)){_BEHIND}*"
)


def without_noise(text: pa.Array) -> tuple[pa.Array, dict[str, int]]:
    """Texts without what one cannot see (zero-width and direction marks), names of organisations also without bullets and
    numbers before them and, behind, footnote signs, other names, codes, that they are no more, and "and so many others"; and how
    many were changed, by what was taken off.

    >>> text, changed = without_noise(pa.array(["甲\\u200b厂", "1、乙公司*", "（2）丙公司[1]", "*ST丁股份", "3.5英寸硬盘"]))
    >>> text.to_pylist(), changed
    (['甲厂', '乙公司', '丙公司', '*ST丁股份', '3.5英寸硬盘'], {'invisible-character': 1, 'name-mark': 2})
    >>> without_noise(pa.array(["甲厂、乙公司等12家", "丙公司（上海）（原丁厂），", "戊公司【新增】", "己\\n精密机械有限公司"]))[0].to_pylist()
    ['甲厂、乙公司', '丙公司（上海）', '戊公司', '己精密机械有限公司']
    >>> without_noise(pa.array(["甲公司（原料药厂）", "甲公司（原址扩建）"]))[0].to_pylist()
    ['甲公司（原料药厂）', '甲公司（原址扩建）']
    """
    seen = _without_invisible(text)
    is_noisy = _is_noisy(seen)
    named = seen if is_noisy is None else pc.coalesce(mapped(pc.if_else(is_noisy, seen, None), _without_marks), seen)
    changed = {
        what: 0 if before is after else _count(pc.not_equal(*map(pc.utf8_trim_whitespace, (before, after))))
        for what, before, after in (("invisible-character", text, seen), ("name-mark", seen, named))
    }
    if is_noisy is not None and (closed := _count(pc.and_(is_noisy, pc.match_substring_regex(seen, CLOSED_BEHIND)))):
        changed["closed-company"] = closed
    return named, changed


def _without_invisible(text: pa.Array) -> pa.Array:
    if not pc.any(pc.match_substring_regex(text, rf"[\r\n{_INVISIBLE}]")).as_py():
        return text
    seen = pc.replace_substring_regex(text, rf"[{_INVISIBLE}]+", "")
    return pc.replace_substring_regex(seen, rf"\s*[\r\n]\s*({_CONTINUED})$", r"\1")


def _is_noisy(text: pa.Array) -> pa.Array | None:
    """Where something stands around a name of an organisation; `None` where that is nowhere."""
    can_be = text
    for pattern in _NOISY:
        found = pc.match_substring_regex(can_be, pattern)
        if not pc.any(found).as_py():
            return None
        can_be = pc.if_else(found, text, "")
    return pc.and_(found, pc.less(pc.utf8_length(text), 80))


def _count(mask: pa.Array) -> int:
    return int(pc.sum(mask).as_py() or 0)


def _without_marks(name: str) -> str:
    if (renamed := re.search(_RENAMED, name)) is not None:
        return renamed[1]
    if (within := re.fullmatch(r"\s*[\[【《〈「『]([^]\[【】《》〈〉「」『』]+)[]】》〉」』]\s*", name)) is not None:
        return within[1]
    found = _WITH_NOISE.fullmatch(name)
    return found[1] if found else name


_FIRST_OF_SEVERAL = re.compile(r"\s*(?:①.+②|[(（]?1[)）、．.].+2[)）、．.])", re.DOTALL)
_NUMBER_BEFORE = re.compile(r"[\s，；;、。]*(?:[①-⑳]|(?<![\d.])[(（]?\d{1,2}(?:[)）、．]|\.(?!\d)))\s*")


def items_in(text: str, marks: Sequence[str]) -> list[str]:
    """What a cell holds that is parted by marks outside of brackets, or by the numbers before each.

    >>> items_in("轴承（滚动、滑动）、齿轮", "、"), items_in("1.薄膜 2.胶带；3、3.5寸盘", "、；")
    (['轴承（滚动、滑动）', '齿轮'], ['薄膜', '胶带', '3.5寸盘'])
    """
    if _FIRST_OF_SEVERAL.match(text):
        text = _NUMBER_BEFORE.sub("\0", text)
    between = "|".join(map(re.escape, [*marks, "\0"]))
    return [part for part in re.split(rf"(?:{between})(?![^(（]*[)）])", text) if part.strip()]


def plain_text(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """The column as one array of strings: NFKC (full-width letters, digits and brackets become ASCII), without
    invisible characters, without space at the ends. Empty text is null; a number is the text of it.

    >>> plain_text(pa.array(["６８８０１２", " 万  科Ａ\\u200b", "", None])).to_pylist()
    ['688012', '万  科A', None, None]
    """
    text = pc.cast(whole(column), pa.string())
    # Before NFKC: a zero-width space between a letter and its accent would keep them apart.
    text = pc.replace_substring_regex(text, r"[\p{Cf}\p{Cc}]+", "")
    text = pc.utf8_trim_whitespace(pc.utf8_normalize(text, form="NFKC"))
    return pc.if_else(pc.equal(text, ""), None, text)


def mapped(column: pa.Array | pa.ChunkedArray, of: Callable[[str], str | None]) -> pa.Array:
    """Each value's own answer, or that of each item of a list, found once for each different value. Null stays null.

    >>> mapped(pa.array(["a", None, "a"]), str.upper).to_pylist()
    ['A', None, 'A']
    """
    column = whole(column)
    if pa.types.is_list(column.type):
        return list_of(column, mapped(pc.list_flatten(column), of))
    encoded = pc.dictionary_encode(column)
    answers = pa.array([of(value) for value in encoded.dictionary.to_pylist()], pa.string())
    return answers.take(encoded.indices)


def extracted(column: pa.Array, pattern: str) -> pa.Array:
    """What the first group of a pattern matches in each text, or in each of a list; null where it matches nothing.

    RE2 takes linear time whatever the pattern, which may come from a stranger. Raises `pa.ArrowInvalid` for a pattern
    that is none or has no group.

    >>> extracted(pa.array(["np.float64(1.5)", "x", None]), r"(\\d+(?:\\.\\d+)?)\\)").to_pylist()
    ['1.5', None, None]
    """
    if pa.types.is_list(column.type):
        return list_of(column, extracted(pc.list_flatten(column), pattern))
    around = _with_what_is_around(pattern)
    is_found = pc.fill_null(pc.match_substring_regex(column, pattern), False)
    if not pc.any(is_found).as_py():
        return pa.nulls(len(column), pa.string())
    group = pc.replace_substring_regex(column, around, r"\1")
    return pc.if_else(pc.and_(is_found, pc.not_equal(group, "")), group, pa.scalar(None, pa.string()))


@lru_cache
def _with_what_is_around(pattern: str) -> str:
    """The pattern that matches all of a text; made and tried once, as most columns are asked for it and have nothing of it."""
    pc.match_substring_regex(pa.array([""]), pattern)  # Alone first: `a)|(b` would pass in brackets.
    around = rf"^(?s:.*?)(?:{pattern})(?s:.*)$"
    pc.replace_substring_regex(pa.array([""]), around, r"\1")
    return around


def whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """The column in one piece, decoded where it is a dictionary."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return array.dictionary_decode() if isinstance(array, pa.DictionaryArray) else array


def list_of(shape: pa.Array, items: pa.Array) -> pa.Array:
    """Lists of new items, as long as those of a column whose items they come from; what was null is empty.

    >>> list_of(pa.array([["a", "b"], None]), pa.array(["x", "y"])).to_pylist()
    [['x', 'y'], []]
    """
    lengths = pc.fill_null(pc.list_value_length(shape), 0).to_numpy(zero_copy_only=False)
    return pa.ListArray.from_arrays(pa.array(np.concatenate(([0], np.cumsum(lengths))), pa.int32()), items)


def first_known(lists: pa.Array) -> pa.Array:
    """The first item of each list that is known; null where none is.

    >>> first_known(pa.array([[None, "a", "b"], [], None])).to_pylist()
    ['a', None, None]
    """
    items = pc.list_flatten(lists)
    known = pc.is_valid(items)
    places, first = np.unique(pc.filter(pc.list_parent_indices(lists), known).to_numpy(), return_index=True)
    index = np.full(len(lists), -1)
    index[places] = first
    return pc.take(pc.filter(items, known), pa.array(index, mask=index < 0))
