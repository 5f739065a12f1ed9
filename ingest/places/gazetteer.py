"""The divisions of GB/T 2260: provinces, prefectures and districts, what they were called and when, what became of them.

They come with `stdnum` (`cn/loc.dat`: every code since 1980 with its names and years).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from stdnum import numdb

CORRIDOR = frozenset({"310117", "330400", "330100", "330700", "320500", "330500", "341800", "340200", "340100"})
"""松江 嘉兴 杭州 金华 苏州 湖州 宣城 芜湖 合肥: 松江 is a district, the others are prefectures."""

LEVELS = ("province", "prefecture", "district")

_ADDED = (
    # Split from 余杭 and 江干 (浙政发〔2021〕7号); stdnum 2.2 ends the old ones and lacks the new.
    ("330113", "[2021-]临平区"),
    ("330114", "[2021-]钱塘区"),
)
_DROPPED = frozenset({
    "429001",  # 随州市 is the prefecture 421300 since 2000; stdnum 2.2 gives the old code no end.
    "422921", "422900",  # 神农架林区 is 429021 since 1994; the same.
})  # fmt: skip
MUNICIPALITIES = ("11", "12", "31", "50")
"""Provinces that are one city: 北京, 天津, 上海, 重庆."""
_GROUP = re.compile(r"市辖区|市区|市|县|林区|.*直辖.*")
"""What stands where a name would: a heading of the code table, not a division."""

_PEOPLES = (
    "维吾尔 哈萨克 柯尔克孜 达斡尔 鄂温克 鄂伦春 乌孜别克 俄罗斯 塔吉克 塔塔尔 蒙古 朝鲜 土家 布依 哈尼 傈僳 拉祜 东乡 "
    "纳西 景颇 仫佬 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 德昂 保安 裕固 独龙 赫哲 门巴 珞巴 基诺 各 回 藏 苗 彝 壮 满 侗 瑶 "
    "白 傣 黎 佤 畲 水 土 羌 怒 京"
)
_AUTONOMOUS = re.compile(rf"(.{{2,}}?)(?:(?:{'|'.join(_PEOPLES.split())})族?)+自治(区|州|县|旗)")
_SUFFIX = {
    "province": re.compile(r"(省|市|自治区|特别行政区)$"),
    "prefecture": re.compile(r"(市|地区|盟|州)$"),
    "district": re.compile(r"(新区|林区|特区|自治县|自治旗|市|区|县|旗)$"),
}
_ALSO = {"150000": ("内蒙",)}
_ENGLISH = {"陕西": "shaanxi", "内蒙古": "innermongolia", "西藏": "tibet", "六安": "luan"}
"""What is not written as it is read, or is read otherwise than its characters are."""


@dataclass(frozen=True, slots=True)
class Division:
    """A province, prefecture or district as it was called for some years; `until` is `None` while it lasts.

    `parent` is the code of the prefecture or province above it; a county that a province runs itself (济源, 仙桃) has
    the province. `stem` is the name without what it is: 松江 of 松江区, 延边 of 延边朝鲜族自治州.
    """

    code: str
    name: str
    stem: str
    level: str
    parent: str | None
    since: int | None
    until: int | None


class Gazetteer:
    """The divisions, by code and by name, former ones too. `gazetteer()` gives the one there is."""

    def __init__(self, divisions: Iterable[Division]) -> None:
        self.divisions = tuple(divisions)
        self._by_code: dict[str, list[Division]] = defaultdict(list)
        for division in self.divisions:
            self._by_code[division.code].append(division)
        self._last = {code: max(held, key=lambda d: d.until or 9999) for code, held in self._by_code.items()}
        self._by_stem: dict[str, list[Division]] = defaultdict(list)
        for division in self.divisions:
            self._by_stem[division.stem].append(division)
        self._now = {division: self._traced(division) for division in self.divisions}

    def division(self, code: str) -> Division | None:
        """What the code stands for, or stood for last."""
        return self._last.get(code)

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The codes above, the nearest first; empty for a province and for what is no code.

        >>> gazetteer().ancestors("330106"), gazetteer().ancestors("310117"), gazetteer().ancestors("419001")
        (('330100', '330000'), ('310000',), ('410000',))
        """
        division = self._last.get(code)
        if division is None or division.parent is None:
            return ()
        above = self._last[division.parent].parent
        return (division.parent, above) if above else (division.parent,)

    def current(self, code: str) -> str | None:
        """The division that a code belongs to today; `None` for what never was a code.

        A former district is followed through its renamings, and through a change of rank that keeps its name (无为县,
        无为市), year by year; where that ends, only the level above is sure (巢湖's 居巢区 is in 安徽). A code that meant
        two places is sure only as far as both agree.

        >>> [gazetteer().current(code) for code in ("341422", "342523", "110103", "341402", "510200", "420600")]
        ['340281', '341882', '110000', '340000', '500000', '420600']
        """
        holders = self._by_code.get(code, [])
        lasting = [division for division in holders if division.until is None] or holders
        return self.common(self.now(division) for division in lasting)

    def common(self, codes: Iterable[str]) -> str | None:
        """The smallest division that holds them all, one of them perhaps; `None` where no province does, or of none.

        >>> gazetteer().common(["320102", "320583"]), gazetteer().common(["320102", "330100"])
        ('320000', None)
        """
        different = tuple(dict.fromkeys(codes))
        if len(different) < 2:
            return different[0] if different else None
        paths = [(code, *self.ancestors(code)) for code in different]
        return next((code for code in paths[0] if all(code in path for path in paths)), None)

    def now(self, division: Division) -> str:
        """The code of what a division became, or of the smallest division that surely holds it today."""
        return self._now[division]

    def _traced(self, division: Division) -> str:
        while division.until is not None:
            following = self._following(division)
            if following is None:
                return self._above(division)
            division = following
        return division.code

    def _following(self, former: Division) -> Division | None:
        """The one division that took over in the year in which a former one ended, under its name or its code."""
        later = [d for d in self._by_stem[former.stem] if d.code[:2] == former.code[:2] and _follows(d, former)]
        level = [d for d in later if d.level == former.level]
        choices = (
            [d for d in self._by_code[former.code] if _follows(d, former)],
            [d for d in level if d.name == former.name],
            level,
            # A county that became a prefecture (亳州, 中卫) is a part of it since.
            [d for d in later if former.level == "district" and d.level == "prefecture"],
        )
        for found in choices:
            lasting = [d for d in found if d.until is None] or found
            if len(lasting) == 1:
                return lasting[0]
        return None

    def _above(self, former: Division) -> str:
        """The prefecture, where it outlived the district; else the province, as a prefecture that ended was split."""
        province = f"{former.code[:2]}0000"
        if (former.code[:2], former.until) == ("51", 1997) and former.code[:4] in _CHONGQING:
            return "500000"
        if (former.code[:2], former.until) == ("44", 1988) and former.code[:4] in _HAINAN:
            return "460000"
        above = self.division(former.parent or province)
        lasted = above and above.until is None and (above.since or 0) <= (former.until or 0)
        return above.code if above and lasted else province

    def longest(self, text: str, scopes: Iterable[str]) -> tuple[tuple[Division, ...], int]:
        """The divisions whose name the text begins with, the longest name only, and how long it is.

        A scope is `""` (the country: every full name, short names of provinces and prefectures), `"*"` (with short
        names of districts too), or the first two or four digits of a code (with short names).
        """
        found: list[Division] = []
        longest = 0
        for scope in scopes:
            for name, divisions in self._names.get(scope, {}).get(text[:2], ()):
                if len(name) < longest:
                    break
                if text.startswith(name):
                    found = [*found, *divisions] if len(name) == longest else list(divisions)
                    longest = len(name)
        return tuple(found), longest

    def named_in_pinyin(self, text: str, scopes: Iterable[str]) -> str | None:
        """The short name of the one division of today, in any of these scopes, that is written so in English; `None` where there is none, or
        are several.

        >>> known = gazetteer()
        >>> known.named_in_pinyin("Jiangsu Province", [""]), known.named_in_pinyin("Suzhou", [""]), known.named_in_pinyin("Suzhou", ["32"])
        ('江苏', None, '苏州')
        """
        plain = re.sub(r"[^a-z]|(province|city|district|county|municipality)$", "", text.casefold())
        found = self._in_pinyin.get(plain, ())
        lowest = {"": 2, "*": 3}
        fitting = {d.stem for scope in scopes for d in found
                   if (LEVELS.index(d.level) < lowest[scope] if scope in lowest else d.code.startswith(scope))}  # fmt: skip
        return fitting.pop() if len(fitting) == 1 else None

    @cached_property
    def _in_pinyin(self) -> dict[str, list[Division]]:
        from pypinyin import lazy_pinyin  # Whose dictionary takes half a second.

        named: dict[str, list[Division]] = defaultdict(list)
        for division in (one for one in self.divisions if one.until is None):
            named[_ENGLISH.get(division.stem) or "".join(lazy_pinyin(division.stem))].append(division)
        return named

    @cached_property
    def _names(self) -> "_Names":
        """Made when names are first looked for: codes need none."""
        return _names_by_scope(self.divisions)


_CHONGQING = frozenset({"5102", "5112", "5114", "5123", "5122", "5135"})
"""重庆, 万县, 涪陵, 黔江 left 四川 in 1997."""
_HAINAN = frozenset({"4410", "4411", "4421", "4426"})
"""海南行政区 with 海口 and 三亚 left 广东 in 1988."""


def _follows(later: Division, former: Division) -> bool:
    assert former.until is not None
    lasts = (later.until or 9999) > former.until
    return lasts and later != former and later.since is not None and -1 <= later.since - former.until <= 1


def _short_names(division: Division) -> set[str]:
    names = {division.stem, *_ALSO.get(division.code, ())}
    if division.name.endswith("自治州"):
        names.add(f"{division.stem}州")
    return names - {division.name}


_Names = dict[str, dict[str, list[tuple[str, tuple[Division, ...]]]]]
"""By scope and first two characters: the names, longest first, with what they name."""


def _names_by_scope(divisions: Sequence[Division]) -> _Names:
    named: dict[tuple[str, str], list[Division]] = defaultdict(list)
    for division in divisions:
        for scope, name in _scoped_names(division):
            named[scope, name].append(division)
    names: _Names = defaultdict(lambda: defaultdict(list))
    for (scope, name), found in sorted(named.items(), key=lambda item: (-len(item[0][1]), item[0])):
        names[scope][name[:2]].append((name, tuple(found)))
    return {scope: dict(table) for scope, table in names.items()}


def _scoped_names(division: Division) -> Iterator[tuple[str, str]]:
    above = [] if division.level == "province" else [division.code[:2]]
    if division.level == "district" and division.parent and not division.parent.endswith("0000"):
        above.append(division.code[:4])
    yield from ((scope, division.name) for scope in ("", "*", *above))
    # 湘江区 is no more, and 湘江新区 is elsewhere: a short name is that of a district that lasts.
    if division.level == "district" and division.until is not None:
        return
    scopes = ("*", *above) if division.level == "district" else ("", "*", *above)
    yield from ((scope, name) for scope in scopes for name in _short_names(division))


@cache
def gazetteer() -> Gazetteer:
    """The divisions of GB/T 2260 as stdnum has them, with what it lacks; read once."""
    rows = [row for row in (*_rows(), *_ADDED) if row[0] not in _DROPPED]
    codes = {code for code, names in rows if not _GROUP.fullmatch(names.rpartition("]")[2])}
    return Gazetteer(
        Division(code, name, stem_of(name, _level(code)), _level(code), _parent(code, codes), since, until)
        for code, names in sorted(rows)
        for name, since, until in _named(names)
        if not _GROUP.fullmatch(name)
    )


def _rows() -> Iterator[tuple[str, str]]:
    """Code and names as `[1983-1998]郊区,[1999-]秀洲区`."""
    for _, province, _, _, below in numdb.get("cn/loc").prefixes:
        for _, rest, _, properties, _ in below:
            yield province + rest, properties["county"]


def _named(names: str) -> Iterator[tuple[str, int | None, int | None]]:
    for part in names.split(","):
        found = re.fullmatch(r"(?:\[(\d*)-(\d*)\])?(.+)", part)
        assert found, names
        since, until, name = found.groups()
        yield name, int(since) if since else None, int(until) if until else None


def stem_of(name: str, level: str) -> str:
    """The name of a division without what it is; itself where one character would be left.

    >>> stem_of("宁波市", "prefecture"), stem_of("大理白族自治州", "prefecture"), stem_of("歙县", "district")
    ('宁波', '大理', '歙县')
    """
    autonomous = _AUTONOMOUS.fullmatch(name)
    stem = autonomous[1] if autonomous else _SUFFIX[level].sub("", name)
    return stem if len(stem) > 1 else name


def _level(code: str) -> str:
    return LEVELS[0] if code.endswith("0000") else LEVELS[1] if code.endswith("00") else LEVELS[2]


def _parent(code: str, codes: set[str]) -> str | None:
    above = (f"{code[:4]}00", f"{code[:2]}0000")
    return next((parent for parent in above if parent != code and parent in codes), None)


def place_rows(codes: Iterable[str]) -> list[dict[str, object]]:
    """What the nodes of these places and of every place above them are made of, once each, by id.

    A former code gives the place that it belongs to today; what is no code gives no row.
    """
    known = gazetteer()
    now = {current for code in codes if (current := known.current(code))}
    every = sorted(now | {above for code in now for above in known.ancestors(code)})
    return [
        {"id": f"place:{one.code}", "name_zh": one.name, "aliases": sorted(_short_names(one)), "level": one.level,
         "parent_id": one.parent and f"place:{one.parent}", "in_corridor": one.code in CORRIDOR}
        for one in map(known.division, every) if one
    ]  # fmt: skip
