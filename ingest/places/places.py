"""Where an enterprise is: the place that an address or a register's columns name, as far as that is sure.

A place is read from the start of an address, step by step down the hierarchy, never from the middle of it: a street
松江路, a company 青海盐湖 say nothing. What more than one place is called is not placed until something else decides; what
is known to a level only is placed at that level. The name of a company is asked only where it is given as such and all else
leaves a province: of 苏州… in 江苏 all but one in 250 are there, 上海电气 may be anywhere.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.model import simplified
from graph.texts import Text
from ingest.columns import mapped, plain_text
from ingest.places.gazetteer import CORRIDOR, MUNICIPALITIES, Division, Gazetteer, gazetteer

PLACED = pa.schema([("code", pa.string()), ("reason", pa.string())])

_OUTSIDE = re.compile(
    r"(中国)?(香港|澳门|台湾|台灣|澳門|境外|海外|国外|开曼|英属维尔京|维尔京群岛|百慕大|萨摩亚|马绍尔|塞舌尔|毛里求斯|泽西|根西"
    r"|巴哈马|巴拿马|利比里亚|卢森堡|新加坡|美国|日本|韩国|德国|英国|法国|意大利|荷兰|瑞士|瑞典|加拿大|澳大利亚|新西兰|印度|泰国"
    r"|越南|马来西亚|菲律宾|以色列|俄罗斯|西班牙|葡萄牙|爱尔兰|比利时|奥地利|丹麦|芬兰|挪威|波兰|匈牙利|土耳其|阿联酋|巴西|墨西哥)"
    r"(?![东西南北中]{0,2}[一二三四五六七八九十]?(路|街|道|大道|巷|山|园区|工业园|产业园))"
)
_OUTSIDE_IN_ENGLISH = (
    r"(?i)cayman|hong\s*kong|kowloon|macau|macao|taiwan|taipei|british virgin|tortola|bermuda|samoa|seychelles|mauritius"
    r"|singapore|\bU\.?S\.?A\b|united states|united kingdom|luxembourg|delaware"
)
_NO_HAN = re.compile(r"[^\u3400-\u9fff]+")
_UNKNOWN_VALUE = re.compile(r"-+|—+|/|无|空|不详|未知|null|none|nan|n/a|市辖区|县|市|.*直辖.*", re.IGNORECASE)
"""What stands in a column of places where no place is given."""

OUTSIDE = "ingest.place.outside"
NOT_CHINESE = "ingest.place.not_chinese"
NOTHING = "ingest.place.nothing"


def placed(
    address: pa.Array | pa.ChunkedArray | None = None,
    province: pa.Array | pa.ChunkedArray | None = None,
    city: pa.Array | pa.ChunkedArray | None = None,
    district: pa.Array | pa.ChunkedArray | None = None,
    code: pa.Array | pa.ChunkedArray | None = None,
    name: pa.Array | pa.ChunkedArray | None = None,
) -> pa.Table:
    """Where each row is, as far as that is sure; `PLACED`, in the order of the rows.

    `code` is the GB/T 2260 code of today. `reason` is what stood in the way of a place, or of a finer one (`Text.packed`):
    a name that several places have, a value that is no place, inputs that contradict each other. Inputs that contradict
    each other within a province leave the province (or the prefecture); between provinces they leave nothing. Hong Kong, Macau, Taiwan and abroad are not placed (`OUTSIDE`), nor is an address in Latin letters
    (`NOT_CHINESE`) where nothing else says more. All columns must be equally long.
    """
    columns = {"province": province, "city": city, "district": district, "code": code, "name": name}
    texts = {name: _clean(column) for name, column in columns.items() if column is not None}
    known = gazetteer()
    if address is not None:
        texts["address"] = _addressed(address, known)
    rows, which = _distinct(list(texts.values()))
    answers = [_place(known, _Row(**dict(zip(texts, row, strict=True)))) for row in rows]
    return pa.table([pa.array(c, pa.string()) for c in zip(*answers, strict=True)] or [[]] * 2, PLACED).take(which)


def places_in(text: str) -> list[str]:
    """The parts of a cell that names several places, none within another; else the text as it is.

    >>> places_in("苏州市吴中区东吴路1号、3号；合肥市蜀山区长江路2号"), places_in("苏州/合肥"), places_in("浙江省/杭州市/西湖区")
    (['苏州市吴中区东吴路1号、3号', '合肥市蜀山区长江路2号'], ['苏州', '合肥'], ['浙江省/杭州市/西湖区'])
    """
    parts = re.split(_BETWEEN_PLACES, text)
    codes = placed(address=pa.array(parts))["code"].to_pylist() if len(parts) > 1 else []
    ends = [place for place, code in enumerate(codes) if code]
    known = gazetteer()
    above = {one for end in ends for one in known.ancestors(codes[end])}
    if ends[:1] != [0] or len({codes[end] for end in ends}) < 2 or above & {codes[end] for end in ends}:
        return [text]
    starts = np.cumsum([0, *(len(part) + 1 for part in parts)]).tolist()
    return [text[starts[a] : starts[b] - 1] for a, b in zip(ends, [*ends[1:], len(parts)], strict=True)]


_BETWEEN_PLACES = r"[;；|\n]|[、/／](?=[^、/／]{2,5}?[省市县区州]|[^、/／]{2,4}$|[^、/／]{2,4}[、/／])"
"""What parts places; what may stand within an address does so before the whole name of another, or a short one alone."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One row as text; the address as `_addressed` gives it."""

    province: str | None = None
    city: str | None = None
    district: str | None = None
    code: str | None = None
    name: str | None = None
    address: str | None = None


def _clean(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    text = pc.replace_substring_regex(
        mapped(plain_text(column), _from_english), r"[\s()\[\]{}〔〕【】《》〈〉<>,，、。;；:：·.'\"“”/|\-]+", ""
    )
    return mapped(pc.if_else(pc.equal(text, ""), None, text), _simplified)


def _simplified(text: str) -> str:
    """The text in simplified characters, but for the names that are written otherwise: 乾县, 丹稜县."""
    return text if any(name in text for name in _kept_names()) else simplified(text)


@cache
def _kept_names() -> frozenset[str]:
    return frozenset(d.stem for d in gazetteer().divisions if simplified(d.stem) != d.stem)


def _addressed(column: pa.Array | pa.ChunkedArray, known: Gazetteer) -> pa.Array:
    """The code that each address names by itself, `OUTSIDE`, or, where neither, its beginning.

    A beginning ends with the first digit, so that a street counts once, however many houses it has.
    """
    text = plain_text(column)
    is_outside = pc.fill_null(pc.match_substring_regex(text, _OUTSIDE_IN_ENGLISH), False)
    clean = pc.replace_substring_regex(_clean(text), r"^([0-9]{6})?(注册地址|注册地|住所|地址)?", "")
    heads = pc.struct_field(pc.extract_regex(clean, r"^(?P<head>[^0-9]{0,40}[0-9]?)"), "head")
    heads = pc.replace_substring_regex(heads, r"[0-9]", "0")
    return pc.if_else(is_outside, OUTSIDE, mapped(heads, lambda head: _code_or_head(known, head)))


def _from_english(text: str) -> str:
    """A place that is written in English from the smallest part to the largest, in Chinese; another text as it is.

    >>> [_from_english(text) for text in ("Songjiang District, Shanghai, China", "1 Main St, Suzhou, Jiangsu", "Munich, Germany")]
    ['上海松江', '江苏苏州', 'Munich, Germany']
    """
    parts = re.split(r"\s*,\s*", text) if "," in text and text.isascii() else []
    if parts and re.fullmatch(r"(?:P\.?\s?R\.?\s?)?(?:China|C\.?)", parts[-1], re.IGNORECASE):
        parts.pop()
    known, found = gazetteer(), ""
    scopes: tuple[str, ...] = ("",)
    while parts and scopes and (name := known.named_in_pinyin(parts.pop(), scopes if found else ("", "*"))):
        found += name
        scopes = _below(_read(found, ("",), known).divisions)
    return found or text


def _code_or_head(known: Gazetteer, head: str) -> str:
    if _is_outside(head):
        return OUTSIDE
    if _IN_SHANGHAI.match(head):
        head = f"上海市{head}"
    read = _read(head, ("",), known)
    provinces = [division for division in read.divisions if division.level == "province"]
    return _meant(provinces or read.divisions or _of_zone(head, known), known) or head


def _of_zone(head: str, known: Gazetteer) -> tuple[Division, ...]:
    """The counties that an official zone is named after, as 昆山经济技术开发区; of districts only those of the corridor: 东湖高新区
    is in 武汉, 东湖区 in 南昌."""
    zone = _OFFICIAL.match(head)
    found = known.longest(zone[1], ("*",))[0] if zone else ()
    is_county = all(d.name[-1] in "市县" or d.code in CORRIDOR for d in found)
    return found if zone and is_county and {d.stem for d in found} == {zone[1]} else ()


def _distinct(columns: Sequence[pa.Array]) -> tuple[list[tuple[str | None, ...]], pa.Array]:
    """The different rows, and which of them each row is."""
    which: np.ndarray[tuple[int], np.dtype[np.int64]] = np.zeros(len(columns[0]) if columns else 0, dtype=np.int64)
    for column in columns:
        ids = pc.dictionary_encode(column, null_encoding="encode").indices.to_numpy()
        which = np.unique(which * (int(ids.max(initial=0)) + 1) + ids, return_inverse=True)[1]
    _, first = np.unique(which, return_index=True)
    taken = [column.take(pa.array(first)).to_pylist() for column in columns]
    return list(zip(*taken, strict=True)), pa.array(which)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What one input says: a code, or why it says none."""

    code: str | None = None
    reasons: tuple[str, ...] = ()


def _place(known: Gazetteer, row: _Row) -> tuple[str | None, str | None]:
    """Code and reason."""
    if any(_is_outside(text) for text in (row.address, row.province, row.city)):
        return None, OUTSIDE
    columns = _by_columns(known, row)
    evidence = [_by_code(known, row.code), columns, _by_address(known, row.address, columns.code)]
    reasons = [reason for each in evidence for reason in each.reasons]
    place = _sure(known, [each.code for each in evidence if each.code], reasons)
    reason = _together(list(dict.fromkeys(reasons)))
    if place is None:
        return None, reason or NOTHING
    named = _by_name(known, row.name, place) if row.name and place.endswith("0000") else None
    return (named, None) if named else (place, reason)


def _together(reasons: Sequence[str]) -> str | None:
    if len(reasons) < 2:
        return reasons[0] if reasons else None
    return Text("common.list", items=[Text(one) for one in reasons]).packed()


def _sure(known: Gazetteer, codes: Sequence[str], reasons: list[str]) -> str | None:
    """The finest, where the others are above it; else what holds them all, and one more reason."""
    finest = max(codes, key=lambda code: len(known.ancestors(code)), default=None)
    if finest is None or {finest, *known.ancestors(finest)}.issuperset(codes):
        return finest
    reasons.append("ingest.place.contradicts")
    return known.common(codes)


def _is_outside(text: str | None) -> bool:
    return text is not None and (text == OUTSIDE or _OUTSIDE.match(text) is not None)


def _by_code(known: Gazetteer, text: str | None) -> _Evidence:
    """Two, four or six digits; longer ones are the statistical codes of towns and villages, which begin with six."""
    if text is None:
        return _Evidence()
    code = text[:6].ljust(6, "0")
    found = known.current(code) or known.current(f"{code[:4]}00")
    if not re.fullmatch(r"[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12}", text) or found is None:
        return _Evidence(reasons=("ingest.place.unknown_code",))
    if found[:2] in ("71", "81", "82"):
        return _Evidence(reasons=(OUTSIDE,))
    return _Evidence(found)


def _by_columns(known: Gazetteer, row: _Row) -> _Evidence:
    """Province, then city within it, then district within that. Each may hold a place of another level."""
    place: str | None = None
    codes: list[str] = []
    reasons: list[str] = []
    for column, value in (("province", row.province), ("city", row.city), ("district", row.district)):
        if value is None or _UNKNOWN_VALUE.fullmatch(value):
            continue
        anywhere = ("",) if column == "province" else ("*",)
        within = _scopes(place) if place else anywhere
        found = _column(known, value, within)
        if found is None and place and _is_same(known, value, place):
            continue
        found = found or _column(known, value, anywhere)
        if found is None:
            reasons.append(_unplaced(known, value, within or anywhere))
            continue
        codes.append(found)
        place = _sure(known, codes, reasons)
        if place is None:
            break
    return _Evidence(place, tuple(reasons))


def _scopes(place: str | None) -> tuple[str, ...]:
    """Where to look below a place; nowhere below a district."""
    if place is None or not place.endswith("00"):
        return ()
    return (place[:2],) if place.endswith("0000") else (place[:4],)


def _column(known: Gazetteer, value: str, scopes: tuple[str, ...]) -> str | None:
    """The place that the whole value names; a province first, as 吉林 in a column of provinces is one."""
    value = re.sub(r"^[A-Za-z]+(?=[\u4e00-\u9fff])", "", value)
    value = (known.named_in_pinyin(value, scopes) if value.isascii() and value.isalpha() else None) or value
    read = _read(value, scopes, known)
    if read.rest and not re.fullmatch("[A-Za-z]+", read.rest):  # 苏州 Suzhou says it twice.
        return None
    provinces = [d for d in read.divisions if d.level == "province"] if scopes == ("",) else []
    return _meant(provinces or read.divisions, known)


def _is_same(known: Gazetteer, value: str, place: str) -> bool:
    """Whether the value says once more what is known: 上海 in the column of cities, 昆山 in that of districts."""
    divisions = [known.division(code) for code in (place, *known.ancestors(place))]
    return any(d is not None and value in (d.name, d.stem) for d in divisions)


def _unplaced(known: Gazetteer, value: str, scopes: tuple[str, ...]) -> str:
    lasting = {d.code for d in _read(value, scopes, known).divisions if d.until is None}
    return "ingest.place.several" if len(lasting) > 1 else "ingest.place.unknown"


def _by_address(known: Gazetteer, address: str | None, within: str | None) -> _Evidence:
    """What `_addressed` found; else what its beginning means within the place that the columns name."""
    if address is None or known.division(address):
        return _Evidence(address)
    if within is None:
        foreign = _NO_HAN.fullmatch(address) and re.search(r"[A-Za-z]", address)
        return _Evidence(reasons=(NOT_CHINESE if foreign else _unplaced(known, address, ("",)),))
    return _Evidence(_meant(_read(address, _scopes(within), known).divisions, known))


def _by_name(known: Gazetteer, name: str, province: str) -> str | None:
    """The place within a province that a legal name begins with, after the province's own name perhaps."""
    above = known.division(province)
    if above is None or province[:2] in MUNICIPALITIES:
        return None
    start = next((own for own in (above.name, above.stem) if name.startswith(own)), "")
    return _meant(_read(name.removeprefix(start), (province[:2],), known).divisions, known)


# --- reading ---

_SKIPPED = re.compile(r"(中国|中华人民共和国|自由贸易试验区|自由贸易港|自贸试验区|自贸区)+")
_STREET = re.compile(
    r"[东西南北中环支新老前后内外]{0,2}[一二三四五六七八九十]?(路|街(?!道)|大街|大道|道|巷|弄|胡同)|湾|河|湖|桥|大桥|门"
)
"""After a short name, what makes it part of a street's, a bridge's or a bay's: 南京西路 is in 上海, 杭州湾 is long."""
_ZONE = re.compile(
    r"[^路街巷号0-9]{0,8}?(开发区|经开区|园区|产业园|工业园|工业区|经济区|科技园|软件园|新区|高新区|保税区|加工区|示范区|试验区|实验区"
    r"|贸易港|度假区|集聚区|集中区|科学城|片区)"
)
_OFFICIAL = re.compile(r"(.{2,3}?)(国家级?)?(经济(技术)?开发区|经开区|高新区|高新技术(产业)?(开发区|园区))")
_IN_SHANGHAI = re.compile(
    "(?!.*分[区园])(漕河泾(新兴技术)?(开发区|$)|张江(高科|高新|科学城|园区|$)|外高桥(港|保税|$)|(中国上海)?(自由贸易试验区|自贸区)?临港新片区)"
)
"""Zones of Shanghai that are called without it, of which no other city has one (中国开发区审核公告目录 2018, 国发〔2019〕15号)."""
_TOWN = re.compile(r"(?:(?!街道)[^路街巷号0-9]){2,6}?(镇|乡|街道|苏木)")
_ROAD = re.compile(r"[^路街巷号0-9]{2,6}?(路|街|大街|大道|公路)[0-9]")
_ANY_TOWNS = re.compile(r"(东|西|南|北|中|新|城|郊|矿|老|港口|[城市][东西南北中])区")
"""Names that are districts somewhere (攀枝花's 东区), and parts of any town in its own people's addresses."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What a text names: every division that it may mean (none where it names nothing), and what follows."""

    divisions: tuple[Division, ...] = ()
    name: str = ""
    rest: str = ""


def _read(text: str, scopes: tuple[str, ...], known: Gazetteer) -> _Read:
    """The divisions that the text names from its start, as far down as it goes."""
    read = _Read(rest=text)
    while scopes:
        step = _step(read.rest, scopes, known)
        if not step.divisions:
            step = _step(_without_echo(read), scopes, known)
        if not step.divisions:
            break
        read = step
        scopes = _below(read.divisions)
    return read


def _step(text: str, scopes: tuple[str, ...], known: Gazetteer) -> _Read:
    text = _SKIPPED.sub("", text, count=1) if _SKIPPED.match(text) else text
    divisions, length = known.longest(text, scopes)
    read = _Read(divisions, text[:length], text[length:])
    return read if divisions and _is_named(read, "" in scopes, known) else _Read(rest=text)


def _without_echo(read: _Read) -> str:
    """What follows a name said twice: 河北省河北涿鹿."""
    echo = next((d.stem for d in read.divisions if read.rest.startswith(d.stem)), None)
    return read.rest.removeprefix(echo) if echo else ""


def _below(divisions: Iterable[Division]) -> tuple[str, ...]:
    width = {"province": 2, "prefecture": 4}
    return tuple(dict.fromkeys(d.code[: width[d.level]] for d in divisions if d.level in width))


def _is_named(read: _Read, anywhere: bool, known: Gazetteer) -> bool:
    """Whether a name that a text begins with means the division. A full name does; a short one may be a street's.

    `anywhere`: nothing above it is known yet, so that more has to speak for it.
    """
    level = read.divisions[0].level
    if any(division.name == read.name for division in read.divisions):
        return not (anywhere and level == "district" and _ANY_TOWNS.fullmatch(read.name))
    if not read.rest or _read(read.rest, _below(read.divisions), known).divisions:
        return True
    if _STREET.match(read.rest):
        return False
    if _ZONE.match(read.rest) or _TOWN.match(read.rest):
        return True
    if anywhere:
        return level == "province" and _ROAD.match(read.rest) is not None
    return level == "prefecture" or _ROAD.match(read.rest) is not None


def _meant(divisions: Sequence[Division], known: Gazetteer) -> str | None:
    """The code of today that all of them agree on; of those that ended, the last ones are meant."""
    last = max((division.until or 9999 for division in divisions), default=0)
    return known.common(known.now(division) for division in divisions if (division.until or 9999) == last)
