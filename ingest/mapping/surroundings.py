"""What a table says around its records: units above, below or in the sheet's name, "as above", and rows that are no records.

Only tables that people write have such: CSV and workbooks. Rows that are no records are counted and shown, and read as nothing.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.ontology import EDGE_TYPES, KIND, NODE_TYPES, Property, ValueType
from graph.texts import Text
from ingest.columns import ORGANISATION, without_noise
from ingest.places.gazetteer import gazetteer
from ingest.readers.headings import shown
from ingest.readers.read import RawTable, RowProblem
from ingest.validate import UNCLEAR, fits_unit, heading_and_unit, in_one_language, unit_of_heading

SHEETS = re.compile(r"\.(csv|tsv|tab|txt|xls[xmb]?|xlt[xm]?|ods|et)(\.gz)?(\[.*)?$", re.IGNORECASE)
"""What the names of tables end in that people write."""

_QUOTED = (
    r"^(?:'(?P<a>[=+\-@'].*|[0-9A-Za-z][0-9A-Za-z.]{2,})|=\"(?P<b>[^\"]*)\""
    r"|=(?i:hyperlink)\(.*[,;]\s*\"(?P<c>[^\"]+)\"\s*\))$"
)
_SHOWN = 20
_LOOKED_FOR_TOTALS = 4
"""So many columns at the left: sums of a year or a city are said behind it."""

_AS_ABOVE = pa.array(["同上", "同 上", "〃", "″", "”", '"', "々", "ditto", "as above"])
ORDINAL = {"序号", "序", "行号", "no", "no.", "#", "№", "index"}
_NUMBER = re.compile(r"[-+]?[\d,，.]+\s*(%|％|家|户|个|项|条|人|[千百十]?[万亿]?元?)")
_FIGURE = re.compile(rf"{_NUMBER.pattern}?|[-—/]+|#[A-Z0/!?]+")
"""What may stand beside a word for a sum."""
_ORDER = re.compile(r"\d{1,6}[.、]?")
_CELLS = {
    "total-row": re.compile(
        r"[（(]?(.{0,12}?(合\s*计|总\s*计|小\s*计|共\s*计|累\s*计|汇\s*总)|总数|共|(grand |sub)?total|sum)[)）]?"
        r"\s*([:：]?\s*(\d[\d,.]*\s*(家|户|个|项|条|人)?\S{0,4})?|[（(].*[)）])"
        r"|.{0,8}共\s*计?\s*[:：]?\s*\d+\s*(家|户|个|项|条|人)\S{0,4}|(其中|其余)\s*[:：].{0,12}|其中|其余|占比",
        re.IGNORECASE,
    ),
    "note-row": re.compile(
        r"(#|//)\s.*|[*＊※]?\s*[（(【\[]?\s*(注|备注|说明|填[表报]说明|附注|注释|资料来源|数据来源|来源|单位|notes?|sources?)\s*\d*\s*[:：.、].*"
        r"|[（(]?(续表|接上表|附[件表录]|以下空白|以下无正文|此页无正文|此件|end)[\d一二三四五:：)）]*.{0,8}"
        r"|[*＊※\s]*[（(]?以[上下](?:为|是|均|系|仅|企业|单位|公司|数据|信息|内容|名单).*|第\s*\d+\s*页.{0,12}|共\s*\d+\s*页|[-—－]+\s*\d+\s*[-—－]+|page\s*\d+.{0,10}",
        re.IGNORECASE | re.DOTALL,
    ),
    "signature-row": re.compile(
        r"((填表|制表|填报|审核|复核|审批|联系|经办|负责|统计|报送|编制|核对|主管|制单|导出|打印|下载|生成|查询|更新|单位负责|企业负责)(人|者|单位|部门|时间|日期|电话|机构"
        r"|领导|方式)?|日期|时间|电话|盖章)\s*([（(]?(签字|签名|签章|盖章|公章)[)）]?)?\s*[:：].*|[（(]?(盖章|公章|签章)[)）]?",
        re.DOTALL,
    ),
    "template-row": re.compile(
        r"[.…。·\-—~×*＊/\\]+|[xX]{2,}|(填写)?(示例|样例|范例|例|[Ee]xample)(\d*|[:：].*)"
        r"|[（(]?(必填项?|选填项?|非必填|可选|下拉(选择|选项)?|单选|多选|文本|文字|字符串?|数字|数值|整数|小数|日期|(?i:text|string|number|date))[)）]?"
    ),
}
"""What the first cell of a row that is no record says, the whole of it."""

_TOTAL = re.compile(r"[（(]?(合\s*计|总\s*计|小\s*计|共\s*计|累\s*计|(grand |sub)?total)[)）]?\s*[:：]?", re.IGNORECASE)
"""What any cell of a row of sums says, beside numbers, a year or a place."""

_FOOTNOTE = re.compile(
    r"[*＊※†‡#△▲☆★①-⑳注\d.、：:\s]+(?:为|指|表示|系|是|含|不含|包括|数据|标|带|本|该|以上|上述|截至|其中|说明).*",
    re.DOTALL,
)
"""What stands below a table behind the mark that its cells have."""

_SECTION = re.compile(
    r"[一二三四五六七八九十百]+\s*[、.．].*|[（(][一二三四五六七八九十]+[)）].*|第[一二三四五六七八九十百\d]+(批|部分|类|章|组|档).*"
    r"|.*[（(]\s*共?\s*\d+\s*(家|户|个|项|条|所|名|人)\s*[)）]|\d{4}\s*年度?(第.+批)?|.{2,12}(行业|产业链?|领域|板块|片区|园区?|开发区|高新区|经开区|街道|镇)"
)
_HONOURS = re.compile(".{0,16}(高新技术企业|专精特新|小巨人|规模?以?上|瞪羚|独角兽|单项冠军|科技型中小)")
"""What places list those of their own enterprises for."""
_AROUND_HEAD = re.compile(
    r"^(?:[一二三四五六七八九十百]+\s*[、.．]|[（(][一二三四五六七八九十]+[)）])|[（(]\s*共?\s*\d+\s*\w[)）]$|[\s:：【】（）()]"
)
"""What stands around a section head and is no part of it."""
_HEADINGS = {word for kind in KIND.values() for prop in kind.properties for word in (prop.zh, *prop.headings)}
_HEADINGS |= {f"{kind.zh}{end}" for kind in NODE_TYPES for end in ("", "名称")}
_HEADINGS |= {word for edge in EDGE_TYPES for word in (*edge.from_headings, *edge.to_headings) if not word.isascii()}
_HEADINGS |= {"序号", "公司名称", "城市", "省份", "地区", "所在地", "备注", "主要产品", "主营产品"}
"""What headings say: a row of nothing else begins another table."""

_ENGLISH = {prop.en for kind in KIND.values() for prop in kind.properties} | {kind.en for kind in NODE_TYPES}
_ENGLISH |= {
    "company main products supplier buyer customer city province district region area contact phone remarks no"
}
_WORDS = {word for text in (*_ENGLISH, *_HEADINGS) for word in re.findall("[a-z]+", text.casefold())}
"""The words of headings in English, which stand below those in Chinese."""

_AUTHORITY = re.compile(r".*(局|厅|委|委员会|办公室|人民政府|管委会)|\d{4}\s*年\s*\d{1,2}\s*月(\s*\d{1,2}\s*日)?")
"""What signs a list at its end, where it stands alone in its row."""


def unquoted(table: str, text: pa.Array) -> pa.Array:
    """Texts without the marks that keep a spreadsheet from running them, or from taking codes for numbers: a `'` before them,
    `="…"` or `=HYPERLINK("…", "…")` around them."""
    is_marked = SHEETS.search(table) and pc.any(pc.match_substring_regex(text, "^['=]")).as_py()
    return pc.replace_substring_regex(text, _QUOTED, r"\1\2\3") if is_marked else text


@dataclass(slots=True)
class Surroundings:
    """What stands around the records of a table; its parts are gone through in their order.

    `counted` says how many rows were left out, by what they are, `left_out` shows the first of them. `units` are those
    of single columns, `said` those of the whole table.
    """

    units: dict[str, str] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)
    counted: Counter[str] = field(default_factory=Counter)
    left_out: list[str] = field(default_factory=list)
    filled_down: Sequence[str] = ()
    """The columns whose empty cells mean "as above"."""
    heads: str = ""
    """The name of a further column, which holds the section head above each row; none without it."""
    _head: str = ""
    _above: dict[str, str] = field(default_factory=dict)
    _other: str = ""
    """Why rows are none of this table, once another has begun below it."""
    _is_begun: bool = False

    def records(self, raw: RawTable) -> RawTable:
        """The part with its records only, "as above" replaced by what stands above."""
        if self.heads:
            self._head = self._head or next(_called(raw), "")
        if not SHEETS.search(raw.name):
            return self._with_heads(raw, []) if self._head else raw
        self.said |= {unit for text in (*raw.above, raw.name, raw.name.partition(".")[0]) for unit in _units(text)}
        raw = self._parted(raw)
        found = dict(self._others(raw))
        if self.heads and self.heads not in raw.columns.column_names:
            raw = self._with_heads(raw, [index for index, kind in found.items() if kind == "section-row"])
        if found:
            self._count(raw, found)
            kept = np.ones(len(raw.rows), dtype=bool)
            kept[list(found)] = False
            raw = replace(raw, columns=raw.columns.filter(pa.array(kept)), rows=raw.rows.filter(pa.array(kept)))
        return self._filled(raw)

    def unit(self, prop: Property, heading: str) -> str | None:
        """The unit of the bare numbers of a column, where its surroundings say one; `UNCLEAR` where they say two."""
        if heading == prop.name:  # The project's own layout says the unit in the name.
            return None
        if heading in self.units and (self.units[heading] == UNCLEAR or fits_unit(prop, self.units[heading])):
            return self.units[heading]
        fitting = [unit for unit in sorted(self.said) if fits_unit(prop, unit)]
        return None if not fitting else fitting[0] if len(fitting) == 1 else UNCLEAR

    def judge_shares(self, headings: Mapping[str, Property], parts: Iterator[RawTable]) -> None:
        """Whether columns of shares hold percentages or fractions, by all their values."""
        texts: dict[str, list[str]] = {heading: [] for heading in headings}
        other = Surroundings()
        for raw in map(other.records, parts):
            for heading in texts.keys() & set(raw.columns.column_names):
                if pa.types.is_string(raw.columns.schema.field(heading).type):
                    texts[heading] += raw.columns[heading].drop_null().to_pylist()
        for heading, found in texts.items():
            said = unit_of_heading(heading)
            unit = share_unit(found, said) if said else other.unit(headings[heading], heading) or share_unit(found)
            if unit is not None:
                self.units[heading] = unit

    # --- rows that are no records ---

    def _parted(self, raw: RawTable) -> RawTable:
        """The part, with a fault in each cell of another table below the first: what is made of its rows is set aside."""
        start = 0 if self._other else self._second(raw)
        if start is None:
            return raw
        rows = zip(raw.rows.slice(start).to_pylist(), raw.columns.slice(start).to_pylist(), strict=True)
        cells = ((row, name, shown(str(cell or ""))) for row, one in rows for name, cell in one.items())
        return replace(raw, faults=(*raw.faults, *(RowProblem(*cell, self._other) for cell in cells)))

    def _second(self, raw: RawTable) -> int | None:
        """The row, by index, that has nothing but headings, and others than the table's."""
        columns = _texts(raw)
        may_begin = pc.is_in(pc.coalesce(*columns.values()), value_set=pa.array([*_HEADINGS])) if columns else []
        for index in np.flatnonzero(may_begin).tolist():
            cells = {name: text for name, column in columns.items() if (text := column[index].as_py())}
            are_headings = len(cells) > 1 and all(map(is_heading, cells.values()))
            if are_headings and not all(_same(*one) for one in cells.items()):
                row = raw.rows[index].as_py()
                self._other = Text("ingest.second_table", row=row, headings=[*cells.values()]).packed()
                return index
        return None

    def _others(self, raw: RawTable) -> Iterator[tuple[int, str]]:
        """The rows that are no records, by index, and what each is."""
        texts = _texts(raw)
        if not texts:
            return
        names, columns = [*texts], [pc.utf8_trim_whitespace(column) for column in texts.values()]
        filled = _sum(pc.is_valid(column) for column in columns)
        usual = int(np.median(filled[filled > 1])) if (filled > 1).any() else 1
        first = pc.coalesce(*columns)
        ordinal = next((i for i, name in enumerate(names) if is_ordinal(name)), None)
        told = [first] if ordinal is None else [first, pc.coalesce(*columns[:ordinal], *columns[ordinal + 1 :], first)]
        looked_at = filled <= (1 if ordinal is None else 2)
        looked_at |= pc.is_in(first, value_set=pa.array(names)).to_numpy(zero_copy_only=False)
        said = _sum(pc.fill_null(pc.greater(pc.binary_length(column), 0), False) for column in columns)
        is_short = pa.array(said <= 2 + sum(map(is_ordinal, names)))
        short = [pc.if_else(is_short, one, None) for one in told] if pc.any(is_short).as_py() else []
        looked_for = (*((one, _OF_ANY) for one in told), *((one, _OF_SHORT) for one in short),
                      *((one, rf"^(?i:{_TOTAL.pattern})$") for one in columns[:_LOOKED_FOR_TOTALS]))  # fmt: skip
        for column, pattern in looked_for:
            looked_at |= pc.fill_null(pc.match_substring_regex(column, pattern), False).to_numpy(zero_copy_only=False)
        looked_at[: 0 if self._is_begun else 3] = True
        is_list = _is_list_of_organisations(first if ordinal is None else told[-1])
        broken = {(fault.row, fault.field): fault.value for fault in raw.faults}
        last = int(np.flatnonzero(filled >= max(usual, 2)).max(initial=-1)) if usual > 1 else -1
        for index in np.flatnonzero(looked_at).tolist():
            row = raw.rows[index].as_py()
            cells = {name: text for name, column in zip(names, columns, strict=True)
                     if (text := column[index].as_py() or broken.get((row, name)))}  # fmt: skip
            kind = self._unit_row(cells) or _headings_again(cells) if not self._is_begun else None
            kind = kind or _kind(cells, names, ordinal is not None, usual, is_list, is_last=index > last)
            if kind is not None:
                self.said |= {unit for text in cells.values() if kind == "note-row" for unit in _units(text)}
                yield index, kind
            else:
                self._is_begun = True
        self._is_begun = True

    def _unit_row(self, cells: Mapping[str, str]) -> str | None:
        """Whether a row below the headings says units and nothing else; it is kept in mind which."""
        found = {name: next(iter(_units(f"单位：{text.strip('()（）[]【】 ')}")), None) for name, text in cells.items()}
        # (名称) stands beside (万元).
        is_told = any(found.values()) and all(
            unit or re.fullmatch(r"[(（][^()（）]{1,6}[)）]|[-—/]", cells[name]) for name, unit in found.items()
        )
        if not is_told:
            return None
        self.units |= {name: unit for name, unit in found.items() if unit}
        return "unit-row"

    def _count(self, raw: RawTable, found: Mapping[int, str]) -> None:
        for index, kind in found.items():
            self.counted[kind] += 1
            if len(self.left_out) < _SHOWN:
                where, what = f"{raw.name}:{raw.rows[index].as_py()}", Text(f"ingest.no_record.{kind}")
                said = Text("ingest.no_record", where=where, text=_text(raw, index)[:30], what=what)
                self.left_out.append(said.packed())

    def _with_heads(self, raw: RawTable, rows: Sequence[int]) -> RawTable:
        """The part with the heads as a column; one right below another stands inside it: 浙江省, 杭州市."""
        said = [self._head]
        for index in rows:
            text = _AROUND_HEAD.sub("", _text(raw, index))
            said.append(f"{said[-1]}{text}" if index - 1 in rows else text)
        self._head = said[-1]
        above = np.repeat(said, np.diff([0, *rows, len(raw.rows)])).tolist()
        column = pa.array([one or None for one in above], pa.string())
        return replace(raw, columns=raw.columns.append_column(self.heads, column))

    # --- as above ---

    def _filled(self, raw: RawTable) -> RawTable:
        columns = raw.columns
        for position, name in enumerate(columns.column_names):
            if not pa.types.is_string(columns.schema.field(name).type) or not len(columns):
                continue
            column = pa.concat_arrays(columns[name].chunks)
            is_mark = pc.is_in(pc.utf8_trim_whitespace(column), value_set=_AS_ABOVE).to_numpy(zero_copy_only=False)
            empty = ~pc.is_valid(column).to_numpy(zero_copy_only=False)
            said = is_mark | empty
            is_mark = said if name in self.filled_down else is_mark
            if is_mark.any():
                above = np.maximum.accumulate(np.where(said, -1, np.arange(len(column))))
                index = np.where(is_mark, above, np.arange(len(column)))
                column = pc.take(column, pa.array(index, mask=index < 0))
                if name in self._above and (index < 0).any():
                    column = pc.fill_null(column, self._above[name])
                self.counted["as-above"] += int(is_mark.sum())
                columns = columns.set_column(position, name, column)
            if len(known := np.flatnonzero(pc.is_valid(column).to_numpy(zero_copy_only=False))):
                self._above[name] = column[known[-1]].as_py()
        return replace(raw, columns=columns)


_NOTE = _CELLS["note-row"].pattern
_OF_SHORT = rf"^(?i:{_NOTE}|{_SECTION.pattern})$"
_OF_ANY = rf"^(?i:{'|'.join(f'(?:{one.pattern})' for one in _CELLS.values() if one.pattern != _NOTE)}|[*＊※（(【\[\s]*单位.*)$"
"""What the first cells of rows that are no records say: notes and heads where they say little else, unless it is their units."""


def _kind(
    cells: Mapping[str, str], names: Sequence[str], has_ordinal: bool, usual: int, is_list: bool, *, is_last: bool
) -> str | None:
    """What a row is that is no record; `None` for a record."""
    if cells and all(_same(name, text) for name, text in cells.items()) and len(cells) >= min(2, len(names)):
        return "repeated-heading"
    is_order = {name: is_ordinal(name) and bool(_ORDER.fullmatch(text)) for name, text in cells.items()}
    texts = [text for name, text in cells.items() if not is_order[name]]
    if not texts:
        return "template-row" if has_ordinal and len(names) > 1 else None
    first = texts[0]
    if (kind := _by_words(texts, is_last=is_last)) is not None:
        return kind
    if len(texts) > 1 or ORGANISATION.search(first) or not (is_list or usual > 1 + has_ordinal):
        return None
    if "。" in first:
        return "note-row"
    if _SECTION.fullmatch(first) or _is_place(first):
        return "section-row"
    if is_last and _AUTHORITY.fullmatch(first):
        return "signature-row"
    return "note-row" if len(cells) == 1 and is_ordinal(next(iter(cells))) else None


def _by_words(texts: Sequence[str], *, is_last: bool) -> str | None:
    """What a row says it is, in the first of its cells, or in any where it is one of sums."""
    if any(map(_TOTAL.fullmatch, texts)) and all(map(_is_beside_total, texts)):
        return "total-row"
    for kind, pattern in _CELLS.items():
        if pattern.fullmatch(texts[0]) and _agrees(kind, texts):
            return kind
    return "note-row" if is_last and len(texts) == 1 and _FOOTNOTE.fullmatch(texts[0]) else None


def _called(raw: RawTable) -> Iterator[str]:
    """The places that the sheet, list or file of a table is called after, and those whose titles of honour it lists."""
    file, _, sheet = raw.name.partition("[")
    names = [sheet.removesuffix("]").rpartition(".")[2], file.partition(".")[0]]
    yield from (name for one in names if (name := _AROUND_HEAD.sub("", one)) and _is_place(name))
    for title in (re.sub(r"^\s*20\d\d\s*年度?", "", one) for one in (*names, *raw.above)):
        length = _named(title)
        yield from [title[:length]] if length and _HONOURS.match(title[length:]) else []


def _is_place(text: str) -> bool:
    place = text.strip("()（）【】:： ")
    return _named(place) == len(place)


def _named(text: str, scopes: Sequence[str] = ("",)) -> int:
    """How many letters of a text name a place, and places within it."""
    if text.isascii():  # As files of templates are called, for which nobody waits until all divisions are read.
        return 0
    found, length = gazetteer().longest(text, scopes)
    within = [one.code[: 2 if one.level == "province" else 4] for one in found]
    return length and length + _named(text[length:], within)


def _is_beside_total(text: str) -> bool:
    is_said = _TOTAL.fullmatch(text) or _FIGURE.fullmatch(text) or re.fullmatch(r"(19|20)\d\d\s*年度?", text)
    return bool(is_said) or _is_place(text)


def _headings_again(cells: Mapping[str, str]) -> str | None:
    """Whether a row below Chinese headings says them once more: in English, or as a program calls its columns."""
    is_again = len(cells) > 1 and not all(map(str.isascii, cells)) and all(map(_is_english_heading, cells.values()))
    return "repeated-heading" if is_again else None


def _is_english_heading(text: str) -> bool:
    words = re.findall("[a-z]+", text.casefold())
    is_known = "_" in text or all({word, word.removesuffix("s")} & _WORDS for word in words)
    return is_known and bool(re.fullmatch(r"[A-Za-z][\w /().-]*", text, re.ASCII))


def is_heading(text: str) -> bool:
    """Whether a text is what a heading says, with or without a unit."""
    return "".join(heading_and_unit(text)[0].split()) in _HEADINGS


@lru_cache(maxsize=1 << 12)
def is_ordinal(heading: str) -> bool:
    """Whether a column numbers the rows; kept, because it is asked of each heading for each row.

    >>> is_ordinal("序号 No."), is_ordinal("编号")
    (True, False)
    """
    return "".join(in_one_language(heading).split()).casefold() in ORDINAL


def _texts(raw: RawTable) -> dict[str, pa.Array]:
    """The columns of text of a part by name, each as one array; none of a part without rows."""
    names = [n for n in raw.columns.column_names if pa.types.is_string(raw.columns.schema.field(n).type)]
    return {name: pa.concat_arrays(raw.columns[name].chunks) for name in names} if len(raw.rows) else {}


def _sum(masks: Iterable[pa.Array]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Of each row how many masks have it."""
    return np.asarray(np.sum([mask.to_numpy(zero_copy_only=False) for mask in masks], axis=0), np.int64)


def _text(raw: RawTable, index: int) -> str:
    """The first cell of a row that is not its number."""
    texts = [str(text) for name in raw.columns.column_names if (text := raw.columns[name][index].as_py())]
    return next((text for text in texts if not _ORDER.fullmatch(text)), texts[0])


def _agrees(kind: str, texts: Sequence[str]) -> bool:
    """Whether the other cells of a row fit what the first one says it is."""
    if kind == "total-row":
        return all(map(_FIGURE.fullmatch, texts[1:]))
    if kind == "template-row":
        is_example = bool(re.search("例|xample", texts[0]))
        return is_example or all(_CELLS[kind].fullmatch(text) for text in texts)
    return len(texts) < 3 or kind == "signature-row"


def _same(heading: str, text: str) -> bool:
    return "".join(heading.split()).casefold() == "".join(text.split()).casefold()


def _is_list_of_organisations(column: pa.Array) -> bool:
    known = column.drop_null()
    named = pc.match_substring_regex(without_noise(known)[0], ORGANISATION.pattern)
    return 0 < len(known) <= 3 * (pc.sum(named).as_py() or 0)


def looks(table: str, counted: Mapping[str, int]) -> Iterator[Text]:
    """Whether rows were read that a person takes for left out: hidden, filtered out, struck through."""
    for what, text in (
        ("hidden-row", "ingest.hidden_rows"),
        ("hidden-column", "ingest.hidden_columns"),
        ("struck-row", "ingest.struck_rows"),
        ("hidden-unknown", "ingest.hidden_unknown"),
    ):
        if counted.get(what):
            yield Text(text, table=table, number=counted[what])


# --- units -----------------------------------------------------------------------------------------------------------


def _units(text: str) -> Iterator[str]:
    """The units that a title, a sheet's name or a cell below a heading says."""
    said = re.search(r"单位\s*[:：为]\s*([^()（）\[\]【】。；;]+)", text)
    if said is None:
        unit = unit_of_heading(text) or unit_of_heading(text.partition("[")[2].removesuffix("]"))
        yield from (unit,) if unit else ()
        return
    for one in re.split(r"[、,，/\s]+|和|或", said[1].strip()):
        unit = unit_of_heading(f"({one})") if one else None
        if unit is not None:
            yield unit


def share_unit(texts: Sequence[str], said: str | None = None) -> str | None:
    """The unit of the bare numbers among these shares: `%`, `UNCLEAR`, or `None` where they are fractions; where their heading says
    `%`, numbers of which none is above 1 may still be fractions.

    >>> share_unit(["51", "20.5", "0.8", "1"]), share_unit(["0.51", "0.205"]), share_unit(["1", "1"]), share_unit([])
    ('%', None, '?', None)
    >>> share_unit(["12%", "0.12", "12"]), share_unit(["12%", "12"])
    ('?', '%')
    >>> share_unit(["0.51", "0.3"], "%"), share_unit(["0.5", "80"], "%"), share_unit(["12%"], "%")
    ('?', '%', '%')
    """
    bare = [float(text) for text in texts if re.fullmatch(r"\s*\d+(\.\d+)?\s*", text)]
    has_signs = any(text.strip().endswith(("%", "％")) for text in texts)
    large = sum(number > 1 for number in bare)
    if said is not None:
        return UNCLEAR if any(0 < number < 1 for number in bare) and not large else said
    if large:
        return "%" if 2 * large >= len(bare) and not (has_signs and large < len(bare)) else UNCLEAR
    if bare and (has_signs or (set(bare) <= {0.0, 1.0} and 1.0 in bare)):
        return UNCLEAR
    return None


def groups_down(raw: RawTable) -> tuple[list[str], list[str]]:
    """The columns at the left that only the first row of a group of rows fills, and those of which that is not sure.

    It is plain where the first row is filled, no value stands twice one below the other or comes again further down, half of
    the cells at least are empty, and a column behind them is filled in each row.
    """
    sure: list[str] = []
    unsure: list[str] = []
    for name, column in _texts(raw).items():
        known = column.drop_null().to_pylist()
        if is_ordinal(name) or not known:
            continue
        if not column.null_count:
            return sure, unsure
        is_told_once = bool(column[0].as_py()) and len(set(known)) == len(known)
        is_plain = is_told_once and 2 * column.null_count >= len(column)
        (sure if is_plain else unsure if is_told_once else []).append(name)
    return [], []


def shares_without_unit(values: Iterator[tuple[Property, str | None, str | None]]) -> dict[str, Property]:
    """The columns of shares whose unit nothing, or their heading alone, says, of (property, column, unit)."""
    return {
        column: prop
        for prop, column, unit in values
        if prop.type is ValueType.FRACTION and column and column != prop.name and not unit
        and unit_of_heading(column) in (None, "%", "％")
    }  # fmt: skip
