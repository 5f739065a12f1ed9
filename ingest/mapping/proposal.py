"""A mapping out of the tables themselves: which type a table holds, and which column which property.

A dataset that names its files, sheets and columns as the ontology does, in Chinese or in English, or as such tables are
usually laid out, needs no mapping of its own: this is how it is read. For any other table it is a draft that a person
completes (`corridor inspect`). What type a table is, is judged in `recognition.py`; where that is not clear, it is asked.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import yaml

from graph.errors import SourceUnreadable
from graph.ontology import (
    EDGE_TYPE,
    EDGE_TYPES,
    KIND,
    NODE_TYPE,
    NODE_TYPES,
    EdgeType,
    Kind,
    NodeType,
    Property,
    ValueType,
    derived_names,
)
from graph.texts import Language, Text
from ingest.claims import id_columns
from ingest.codes import is_exchange
from ingest.columns import AMOUNT_BEHIND, BEHIND_NAMES, CLOSED_BEHIND, ORGANISATION, extracted, items_in, without_noise
from ingest.mapping.mapping import Identity, Levels, Mapping, TableMapping, columns_of, settable
from ingest.mapping.recognition import (
    ABOVE,
    ANY_NAME,
    CLASSIFICATIONS,
    CODE_OF,
    EITHER_WAY,
    HEADS,
    HONG_KONG,
    PLACES,
    ROLES,
    TAKES_PART,
    Reading,
    Table,
    end_headings,
    kind_named,
    plain,
    ties,
    type_names,
    words_for,
)
from ingest.mapping.surroundings import SHEETS, Surroundings, groups_down, is_ordinal, looks, share_unit
from ingest.names import NOT_MADE
from ingest.readers.files import TABLES, files_in
from ingest.readers.read import ReadOptions, detected_format, hidden_sheets, read
from ingest.validate import BARE_AMOUNT, UNCLEAR, UNIT_IN_CELL, UNIT_OF_CAPACITY, is_money, needs_unit, unit_of_column

_SAMPLE_ROWS = 1_000
SCHEMA_LINE = "# yaml-language-server: $schema=schema.json"
_SEAT = re.compile("注册|登记|住所|总部|企业|公司|单位|法人")
_TELL_APART = ("uscc", "stock_code", "address", "classification", "code", "ror_id")
"""Properties that tell two records of one name apart."""
_OF_ONE = (*_TELL_APART, "short_name", "former_names", "name_en", "employees")
"""Properties of which no two things have the same, or only by chance; so are all amounts and days."""
_BETWEEN = "、，；;｜|┋\n"
"""What may stand between several products in a cell; in English also a comma and a space, between three Chinese words a space."""
_WORDS = re.compile(rf"[\u4e00-\u9fff]{{2,10}}(?:[ {_BETWEEN}]+[\u4e00-\u9fff]{{2,10}})*")

_COMMA = re.compile(r"[\u4e00-\u9fff）)],\s*[\u4e00-\u9fff]")

_EXCHANGE = re.compile("(上市|证券|所属)?(交易所|市场|板块|地)|exchange|market")
_UNIT_COLUMN = re.compile("(金额|货币|计量|产能|数量)?单位|.*(币种|币别|货币)|currency|unit")
_COUNTED = r"[(（](?:单位[:：])?[千万亿]?(?:辆|台|套|件|个|只|支|片|块|颗|米|吨|千克|公斤|升|平方米)(?:[/／]年)?[)）]"
"""What a product is counted in, behind its name."""
_ABOUT = re.compile(rf"的(?:研发|开发|设计|生产|制造|加工|销售)|等(?:产品)?[。.]?$|。$|{_COUNTED}$")
_GOODS = rf"(?s)^(.+?)(?:{_COUNTED})?(?:的(?:研发|研究|开发|设计|生产|制造|加工|销售|服务|[、，,及和与])+)?(?:等(?:系列)?(?:产品)?)?[。.；;\s]*$"
"""What a cell names, without what is done with it: 电机的研发、生产和销售。"""
_WITH_AMOUNT = re.compile(rf"[^\d\W][^{_BETWEEN}]*?{AMOUNT_BEHIND}$")

_STATE = r"(?:企业|公司|单位|经营|登记|工商|存续|营业|主体|注册)*(?:状态|情况)"
_INTENDS = re.compile(r"\S*(?:(?<![模虚])拟|意向|签约|洽谈|(?:计划|申请|待)入驻)\S*")
_LEAVERS = re.compile("退出|迁出|离园|退租|清退|搬离|毕业")
_LEFT_WHEN = re.compile(f"(?:{_LEAVERS.pattern})(?:时间|日期|年份|情况|原因)")
"""What tells that those who stand in a list of residents will be such, and that some were and are not."""
_MARKS = ["√", "✓", "✔", "☑", "●", "■", "★", "1", "是", "有", "Y", "y"]
_NO_MARKS = ("0", "×", "✗", "✘", "□", "否", "N", "n")
"""What stands in a table of enterprises by products where one makes the other, and where not."""

_TRADED = re.compile("进出口|贸易方式|产销国|原产国|报关|出口(?:国|额|量)|进口(?:国|额|量)")
_TRADERS = re.compile(
    "(?i)客户|采购|购买|[买需用]方|招标|需求|使用|应用|用户|代理|[经分]销|贸易|进口|buyer|customer|dealer|distributor"
    f"|{TAKES_PART.pattern}"
)
_OF_KINDS = re.compile(
    "(?:企业|公司|单位|机构|主体|供应商|厂商|客户|经营|业务|company|supplier|vendor)?(?:类别|类型|性质|模式|方式|角色|身份|type|kind|role)"
)
_NO_MAKERS = re.compile(
    "^(?!.*(?:[已建]投产|建成|现有)).*((?:规划|拟建|在建|筹建|待建)(?:建设|新增)?的?(?:产能|项目|生?产线|基地|工厂|产品)"
    "|(?:[经分]销|代理|贸易|进口|采购)商|(?i:dealers?|distributors?))"
)
"""What tells that goods are traded, which need not be made by who trades them; what says of a row's own that it buys, trades or takes
part in what others do; and what titles say so of all, or that it is planned."""

_STAGE = re.compile(
    "(合作|供货|供应|关系|业务|持股|投资|产品|生产|研发|项目|产业化|建设|运营|运行|产能|产线|基地|工厂|装置|施工)?(状态|进展|进度|阶段|情况)"
    "|.*(量产|投产|产业化).*|((project|plant|production|construction)[ _]?)?(status|stage)"
)
_REMARKS = re.compile("备注|说明|remarks?|notes?|comments?")
_UNBUILT = (
    "(?:待|未)(?:建成?|开工|投产)|(?:建设|施工|计划)中|规划中?|停[产工建用]|缓建|关[停闭]|planned|proposed|under construction|closed|idle"
    "|预计.{0,12}(?:[投达量]产|建成|竣工|完工)|(?:19|20)\\d\\d年.{0,4}停产"
)
_CLOSED = "(?:依法)?(?:注销|吊销).{0,6}|清算|停业|歇业|破产"
_OVER = "终止|结束|退出|解除|到期|停止|中止|取消|失效|洽谈|意向|潜在|备选|inactive|terminated|expired|potential|prospective|pending|under negotiation|blocked|rejected|[未没非否拟].{0,4}"
_NOT_SO = {
    **dict.fromkeys(("MASTERS", "SUPPLIES", "OWNS", "COOPERATES_WITH"), NOT_MADE),
    "MAKES": f"{NOT_MADE}|{_UNBUILT}|{_CLOSED}",
    "OPERATES": f"拟建|在建|筹[建备]|{_UNBUILT}|{_CLOSED}",
    "RESIDENT_OF": f"{_CLOSED}|{_LEAVERS.pattern}",
}
_PLANNED = re.compile(
    "(?:预[计期]|计划|拟)(?:[投达量]产|建成|竣工|完工|开工).*|(?:拟建|在建|规划|计划|筹建|拟投)(?:项目|基地|工厂|生?产线)(?:名称)?"
)
"""Headings that say whether what a row tells is so, what says of each tie that it is not yet, or no more, and of what there are plans."""

_TITLES = re.compile(
    "是否|有无|专精特新|小巨人|冠军|瞪羚|独角兽|高企|高新|规上|规模|上市|企业|公司|认定|资质|备案|认证|机构|中心|产业链"
)
"""What a marked column says of an enterprise that makes no product."""

_YEARS = re.compile("(统计|数据|会计|所属|报告|报表)?(年份|年度)|财年|报告期|year|fiscalyear")
_DAY = r"(?:19|20)\d{2}(?:[-./年]\d{1,2}(?:[-./月]\d{1,2}[日号]?)?)?[年月]?"
_PERIOD = re.compile("(合作|供货|供应|合同|协议|持股)(期限?|期间|有效期|时间|起止.*)|起止(时间|日期|年月|期限)")
_BEGUN, _ENDED = rf"^\s*({_DAY})\s*(?:起|开始|[-—–~～至到].*)?$", rf"[-—–~～至到]\s*({_DAY})\s*止?\s*$"
"""From when to when a tie is so, in one cell: 2019-2021, 2019年3月至今."""
_IN_HEADING = re.compile(r"[(（]([^()（）]*[^()（）\d年\s理论设计实际最大名义][^()（）]*)[)）]$")
"""What stands in brackets at the end of a heading and is no year: a unit of capacity."""

_OF_ALL = set.intersection(*({prop.name for prop in edge.properties} for edge in EDGE_TYPES))
"""What is said of a row's edges of any type: a source, a day."""

_LONGEST_NAME = 25
_SHARES_OF = {
    "supplier_revenue": re.compile("销售|营收|收入|sales", re.IGNORECASE),
    "all_purchases": re.compile("总采购|采购总|年度采购|share of purchases", re.IGNORECASE),
}
"""What says of a share of a supply what it is of."""
_RUNS_IT = re.compile("运营|运维|管理|建设|投资")
"""Who stands beside a centre and is none in it."""
_PART_OF_INSTITUTE = re.compile("学院|院系|部门")
_SENT_BY = ("派出地", "派出方", "派出城市", "派出市", "飞出地", "建设方", "设立方", "建设主体")
"""What tables call the place that set a centre up."""
_HIGH_TECH = re.compile("^(?!.*(入库|培育|后备|储备|取消|撤销|失效|过期|申报|候选|拟|科技型高新)).*高新技术企业")
_ORGANISATIONS = r"^(.*(?:公司|集团|企业|合伙|中心|基金|资本|创投|投资|银行|大学|研究院|研究所|委员会|局|政府|厂|社|Ltd|Inc|LLC|LLP|L\.P\.|Corp|GmbH|PLC|Limited|Holdings?|Capital|Partners|Fund|Group|University).*)$"

_OF_FIRMS = re.compile("企业|公司|厂|商|客户|股票|证券|compan|enterpris|firm|supplier", re.IGNORECASE)
_JSON = re.compile(r"\.json(\.gz)?$", re.IGNORECASE)
_KIND_OF_INSTITUTE = {
    **dict.fromkeys(("大学", "学院", "学校"), "university"),
    **dict.fromkeys(("研究院", "所", "研究中心", "设计院", "科学院", "创新中心"), "research_institute"),
    "实验室": "laboratory",
}
"""What an institute is whose name ends so."""

_INSTITUTES = r"^(.*(?:大学|学院|研究院|研究所|科学院|设计院|实验室))$"
_NO_INSTITUTES = r"^(.*(?:[^学院所室]|[^大]学|[^学究计]院|[^究]所|[^验]室))$"

TableMap = dict[str, object]
Headed = MappingOf[str, tuple[Property, str]]
"""Properties and the columns that hold them."""


@dataclass(frozen=True, slots=True)
class Question:
    """A table whose type is not clear: the types it may be, why, and a draft for each; `is_open` where several fit alike."""

    text: Text
    kinds: tuple[Kind, ...]
    drafts: list[TableMap]
    is_open: bool


@dataclass(slots=True)
class Draft:
    """A proposed mapping, as plain data and checked, and what a person should look at.

    `taken` says of each table what it is taken for and why, `unsure` what else was concluded, `unread` are the tables it says nothing of, `asked` those
    whose type is not clear.
    """

    content: dict[str, object]
    notes: list[Text] = field(default_factory=list)
    unread: list[Text | str] = field(default_factory=list)
    taken: list[Text] = field(default_factory=list)
    unsure: list[Text] = field(default_factory=list)
    asked: list[Question] = field(default_factory=list)

    @property
    def mapping(self) -> Mapping:
        """The draft as a mapping."""
        return Mapping.model_validate(self.content)

    def to_yaml(self, language: Language) -> str:
        """The draft as a file to edit; an editor completes it where the schema stands beside it."""
        notes = [Text("ingest.schema_for_editors"), *self.taken]
        notes += [*(Text("ingest.to_check", note=note) for note in self.unsure), *self.notes]
        head = [SCHEMA_LINE, *(f"# {note.in_(language)}" for note in notes)]
        for question in self.asked:
            text = "".join(_as_yaml([table]) for table in question.drafts)
            head += [f"# {Text('ingest.move_one', question=question.text).in_(language)}"]
            head += [f"#  {line}" for line in text.splitlines()]
        return "\n".join([*head, _as_yaml(self.content)])


class _WrittenOut(yaml.SafeDumper):
    """YAML without anchors, which mappings do not have."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _as_yaml(content: object) -> str:
    text: str = yaml.dump(content, Dumper=_WrittenOut, allow_unicode=True, sort_keys=False, width=120)
    return text


def proposed(path: Path, chosen: str | None = None, *, is_draft: bool = False) -> Draft:
    """The mapping that a file or folder suggests; `chosen` is the type of its only table, of several of those that are not clear.

    Raises `SourceUnreadable` where it cannot be read, where the type of a table is not clear or nothing is recognised; a
    draft has these tables as comments.
    """
    folder, names = _files(path)
    name = _slug(path.stem if path.is_file() else path.name)
    draft = Draft({"name": name, "tables": []})
    found = [(file, table, around) for file in names for table, around in _samples(folder / file, file, draft)]
    kind = _kind(chosen)
    keys = [*_keys(found)]
    found = [(file, _with_names(table, keys), around) for file, table, around in found]
    readings = [_reading(table, kind, is_only=len(found) == 1) for _, table, _ in found]
    own = {reading.kind for reading in readings}
    tables: list[TableMap] = []
    for (file, sample, around), reading in zip(found, readings, strict=True):
        _take(_Proposal(file, sample, around, draft, own), reading, tables, is_draft=is_draft)
    _date_by_year(tables, draft)
    if not is_draft:
        _ask(path, draft)
    if not tables and not is_draft:
        choice = [_choose(path, draft.asked)] if draft.asked or not draft.notes else []
        said = [*(question.text for question in draft.asked), *choice, *draft.notes]
        raise SourceUnreadable(Text("ingest.none_recognised", path=path, said=said))
    draft.content["tables"] = tables
    _state(draft, tables, f"source:{name}", path)
    return draft


_Key = tuple[Table, NodeType, str, dict[str, str], dict[str, object]]
"""The codes by which a table tells its things: the table, their type, the column, the names that they stand for, how these are found."""


def _keys(found: Sequence[tuple[str, Table, Surroundings]]) -> Iterator[_Key]:
    """The columns of codes, another in each row, beside the names of what other tables of the dataset may mean by them."""
    for file, table, _ in found if len(found) > 1 else ():
        codes = [] if table.is_template else [*filter(CODE_OF.fullmatch, table.headings)]
        kind = table.reading().kind if codes else None
        if not isinstance(kind, NodeType) or (name := table.name_column(kind)) is None:
            continue
        others = {word for other in NODE_TYPES if other is not kind for word in words_for(other)}
        for column in (one for one in codes if plain(CODE_OF.sub(r"\1", one)) not in others):
            told = dict(zip(*(table.sample(one).to_pylist() for one in (column, name)), strict=False))
            if len(told) == len(table.raw.rows):
                yield table, kind, column, told, _said(file=file, sheet=table.sheet, key=column, value=name)


def _with_names(table: Table, keys: Sequence[_Key]) -> Table:
    """The table with the names that codes in it stand for, under what these are said to be codes of: 供应商编号 tells a 供应商."""
    columns, looked_up = table.raw.columns, {}
    for heading in filter(CODE_OF.fullmatch, table.headings):
        texts, of = {*table.sample(heading).to_pylist()}, CODE_OF.sub(r"\1", heading)
        # Rows that are numbered, under 编号 alone, are those of no other table.
        fitting = (one for one in keys if of and texts and one[0] is not table and texts <= one[3].keys())
        for _, kind, column, names, lookup in sorted(fitting, key=lambda one: one[2] != heading):
            name = of if plain(of) in words_for(kind) else kind.zh
            named = [f"{one}{end}" for one in (name, of) for end in ("", "名称", " name")]
            is_there = table.heading(named) or (name != of and table.name_column(kind))
            if is_there or name in looked_up or (heading != column and name != of):
                continue
            told = [names.get((one or "").strip()) for one in columns[heading].to_pylist()]
            # Of a sale product_id is the product's name, and would be so before it.
            placed = columns.set_column if heading == "product_id" else columns.add_column
            columns = placed(columns.column_names.index(heading), name, pa.array(told, pa.string()))
            looked_up[name] = {"column": heading, "lookup": lookup}
    return Table(table.stem, replace(table.raw, columns=columns), looked_up) if looked_up else table


def _date_by_year(tables: Sequence[TableMap], draft: Draft) -> None:
    """Of tables of one kind that are named after years, each is of the end of its own, so that the later counts."""
    for one in tables:
        same = [other for other in tables if _types(other) == _types(one)]
        years = {_year_of(other) for other in same}
        if (year := _year_of(one)) is not None and len(years) > 1:
            one["as_of"] = min(date(year, 12, 31), datetime.now(UTC).date())
            name = one.get("sheet", one["file"])
            draft.unsure.append(Text("ingest.why", what=name, why=Text("ingest.year_of_table", year=year)))


def _types(table: TableMap) -> list[object]:
    return [target["type"] for part in ("nodes", "edges") for target in _targets(table, part)]


def _year_of(table: TableMap) -> int | None:
    """The one year that a sheet, else a file, is named after."""
    for name in (str(table.get("sheet", "")), str(table["file"])):
        years = {int(year) for year in re.findall(r"(?<!\d)(?:19|20)\d\d(?![\d强家户])", name)}
        if years:
            return years.pop() if len(years) == 1 else None
    return None


def _kind(chosen: str | None) -> Kind | None:
    kind = kind_named(chosen) if chosen else None
    if chosen and kind is None:
        raise SourceUnreadable(Text("ingest.no_type", name=chosen, known=[*KIND]))
    return kind


def _reading(table: Table, chosen: Kind | None, *, is_only: bool) -> Reading:
    reading = table.reading()
    if chosen is None or reading.kind is chosen or (reading.is_clear and not is_only):
        return reading
    return Reading((chosen,), Text.both("--type", "--type"), True, is_named=True)


def _take(proposal: "_Proposal", reading: Reading, tables: list[TableMap], *, is_draft: bool) -> None:
    """Add what a table is to the draft: as a table, as a question, or as one that is not read."""
    draft, table = proposal.draft, proposal.table
    if reading.kind is not None:
        content = _drafted(proposal, reading.kind) if is_draft else proposal.content(reading.kind)
        lacking = [] if content is None or is_draft else _lacking(reading.kind, content)
        firms = [] if content is None or is_draft or not reading.may_be_wider else proposal.firms_unread(content)
        if content is None:
            draft.unread.append(table.name)
        elif firms:
            also = Text("ingest.and_also", because=reading.because, column=firms[0])
            wider = Reading((reading.kind, NODE_TYPE["Enterprise"]), also, False)
            return _take(proposal, wider, tables, is_draft=is_draft)
        elif not lacking:
            tables.append(content)
            kind, because = reading.kind.text, reading.because
            draft.taken.append(Text("ingest.taken_for", table=table.name, kind=kind, because=because))
        if not lacking:
            return
        reading = Reading((reading.kind,), Text("ingest.lacks", because=reading.because, columns=lacking), False)
    if reading.is_laid_otherwise:
        draft.unread.append(Text("ingest.laid_otherwise", sheet=table.name, why=reading.because))
        draft.notes.append(Text("ingest.why", what=table.name, why=reading.because))
        return
    kinds = tuple(dict.fromkeys((*reading.kinds, NODE_TYPE["Enterprise"])))[: max(len(reading.kinds), 2)]
    quiet = _Proposal(proposal.file, table, proposal.around, Draft({}), proposal.own)
    drafts = [content for kind in kinds if (content := quiet.content(kind, is_guess=True)) is not None]
    which = [Text("ingest.named", name=kind.name, text=kind.text) for kind in reading.kinds]
    said = {"which": which or Text("ingest.type_unknown"), "because": reading.because, "example": table.example()}
    text = Text("ingest.unclear_table", table=table.name, columns=table.headings, **said)
    draft.asked.append(Question(text, kinds, drafts, is_open=len(reading.kinds) > 1))
    draft.unread.append(table.name)


def _lacking(kind: Kind, content: TableMap) -> list[Text]:
    """What a node of a type must have and no column says."""
    stated = {"source_ids", "as_of", "status"}
    given = [_set(target) for target in _targets(content, "nodes")[:1]] if isinstance(kind, NodeType) else []
    return [prop.text for prop in settable(kind) for own in given if prop.required and prop.name not in {*own, *stated}]


def _drafted(proposal: "_Proposal", kind: Kind) -> TableMap | None:
    """What a draft says of a table; where no heading tells a name or an end, the likeliest column stands there, for a person to check."""
    try:
        content = proposal.content(kind)
    except SourceUnreadable as error:
        proposal.draft.notes.append(error.text)
        content = None
    if content is None and (content := proposal.content(kind, is_guess=True)) is not None:
        proposal.draft.unsure.append(Text("ingest.guessed", table=proposal.table.name, kind=kind.text))
    return content


def _ask(path: Path, draft: Draft) -> None:
    """Raises `SourceUnreadable` with the choices where more than one type fits a table."""
    question = next((question for question in draft.asked if question.is_open), None)
    if question is not None:
        raise SourceUnreadable(Text("ingest.several_types", question=question.text, choose=_choose(path, [question])))


def _choose(path: Path, asked: Sequence[Question]) -> Text:
    kind = asked[0].kinds[0].name if asked else "Enterprise"
    return Text("ingest.choose_type", path=path, kind=kind)


def _files(path: Path) -> tuple[Path, list[str]]:
    try:
        if not path.is_dir():
            path.stat()
            return path.parent, [path.name]
        files, left_out = files_in(path)
        names = [name for name in files if "/" not in name and name.lower().endswith(TABLES)]
    except OSError as error:
        raise SourceUnreadable(Text("errors.cannot_read", path=path, why=error)) from error
    if not names:
        raise SourceUnreadable(Text("ingest.no_tables", path=path, left_out=left_out))
    in_order = {kind.file.partition(".")[0]: number for number, kind in enumerate(KIND.values())}
    return path, sorted(names, key=lambda n: (in_order.get(n.partition(".")[0], len(in_order)), n))


def _samples(path: Path, file: str, draft: Draft) -> Iterator[tuple[Table, Surroundings]]:
    """The beginning of each table of a file, and what stands around it."""
    seen: set[str] = set()
    for raw in read(path, ReadOptions(chunk_rows=_SAMPLE_ROWS)):
        if raw.counted.get("hidden-sheet"):
            hidden = [Text("ingest.hidden_sheet", sheet=f"{file}[{sheet}]") for sheet in hidden_sheets(path)]
            draft.unread += hidden
            draft.notes.append(Text("ingest.hidden_sheets", sheets=hidden))
        if raw.name not in seen:
            seen.add(raw.name)
            draft.notes += looks(raw.name, raw.counted)
            around = Surroundings(heads=HEADS)
            records = around.records(raw)
            table = Table(file, records)
            if HEADS in records.columns.column_names and (
                not len(records.columns) or HEADS not in table.places().values() or records.columns[HEADS].null_count
            ):
                table = Table(file, replace(records, columns=records.columns.drop_columns([HEADS])))
            yield table, around
        elif detected_format(path) not in ("xlsx", "json"):
            return


def _state(draft: Draft, tables: Sequence[TableMap], source: str, path: Path) -> None:
    """What no column states is stated for the whole dataset: the file as source, its date as `as_of`."""
    targets = [target for table in tables for part in ("nodes", "edges") for target in _targets(table, part)]
    sets = [_set(target) for target in targets if target["type"] != "Source"]
    lacking = [prop for prop in ("source_ids", "as_of") if any(prop not in given for given in sets)]
    if "source_ids" in lacking or not tables:
        draft.content["sources"] = [{"id": source, "name_zh": path.name, "kind": "dataset"}]
        draft.content["source"] = source
    if "as_of" in lacking or not tables:
        day = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
        draft.content["as_of"] = day
        draft.notes.append(Text("ingest.as_of_file", day=day.isoformat()))


def _targets(table: MappingOf[str, object], part: str) -> list[dict[str, object]]:
    found = table.get(part, [])
    return found if isinstance(found, list) else []


def _set(target: MappingOf[str, object]) -> dict[str, object]:
    return _as_dict(target.get("set"))


# --- one table -------------------------------------------------------------------------------------------------------


class _Link(NamedTuple):
    """A column that names what a row's thing is tied to, at which side of which edge, and the columns that may say more of it, by
    what they are called beside it: first any, then those that say whose they are."""

    edge: EdgeType
    side: int
    other: NodeType
    heading: str
    beside: tuple[MappingOf[str, str], MappingOf[str, str]]


class _Told(NamedTuple):
    """A property of a link, its column, and what the heading says without a number."""

    prop: Property
    heading: str
    called: str


@dataclass(slots=True)
class _Proposal:
    """A table on its way into a draft; `own` are the types that tables of the dataset are."""

    file: str
    table: Table
    around: Surroundings
    draft: Draft
    own: set[Kind | None]
    derived: dict[str, dict[str, str]] = field(default_factory=dict)
    """What of the columns of states and remarks says that a row tells of nothing that is so."""

    def content(self, kind: Kind, *, is_guess: bool = False) -> TableMap | None:
        """What a mapping says of the table, taken for a type; `None`, with a note why, where a column is missing."""
        table = self.table
        part = "records" if _JSON.search(self.file) else "sheet"
        content: TableMap = {"file": self.file, **({part: table.sheet} if table.sheet else {})}
        if isinstance(kind, EdgeType):
            if not self._edge(kind, content, is_guess=is_guess):
                return None
        elif self.table.stages and kind.label in ("Enterprise", "Product"):
            told = [(one, {"column": one, **self._several(one, kind)}) for one in self.table.stages]
            content["nodes"] = [{"type": kind.label, "unless": {one: ""}, "id": {**named, **_as_record(kind.label)}, "set": {"name_zh": named}}
                                for one, named in told]  # fmt: skip
        else:
            self._node(kind, content, is_guess=is_guess)
        self._date_rows(kind, content)
        used = columns_of(TableMapping.model_validate(content))
        derived = {name: one for name, one in {**table.looked_up, **self.derived}.items() if name in used}
        used |= {str(one["column"]) for one in derived.values()}
        content |= _said(derived=derived)
        if codes := [str(one["column"]) for name, one in table.looked_up.items() if name in used]:
            self._doubt(Text("ingest.looked_up", columns=codes))
        if ABOVE in used and table.levels is not None:
            content["levels"] = table.levels.model_dump()
            used.add(table.levels.column)
        sure, unsure = groups_down(table.raw) if SHEETS.search(table.name) else ([], [])
        own = self._of_one_alone(kind, sure)
        if filled := [heading for heading in sure if heading in used and heading not in own]:
            content["filled_down"] = filled
            self._doubt(Text("ingest.filled_down", columns=filled))
        for heading in (one for one in unsure if not is_guess and one not in own):
            empty = table.raw.columns[heading].null_count
            self._doubt(Text("ingest.perhaps_filled_down", column=heading, number=empty))
        if HEADS in used:
            content["section_heads"] = HEADS
            self._doubt(Text("ingest.section_heads", heads=[*dict.fromkeys(table.sample(HEADS).to_pylist())][:3]))
        if not is_guess:
            self._say_closed(used)
            self._say_behind(content)
            self._check_unread(kind, used)
        return content

    def _of_one_alone(self, kind: Kind, filled_down: Sequence[str]) -> set[str]:
        """The columns of what one thing alone has, as its code or its size: where its name is not filled down, an empty cell
        of them is not known."""
        columns = self.table.columns(kind) if isinstance(kind, NodeType) else {}
        if "name_zh" in columns and columns["name_zh"][1] in filled_down:
            return set()
        by_chance = (ValueType.NUMBER, ValueType.FRACTION, ValueType.DATE)
        return {heading for name, (prop, heading) in columns.items() if name in _OF_ONE or prop.type in by_chance}

    def _date_rows(self, kind: Kind, content: TableMap) -> None:
        """A column of years says of which year a row is, where the type has no year of its own: the later counts."""
        table = self.table
        heading = next((heading for heading in table.headings if _YEARS.fullmatch(plain(heading))), None)
        if heading is None or {"year", "as_of"} & {*table.columns(kind)}:
            return
        years = table.sample(heading).to_pylist()
        told = [int(found[0][:4]) for year in years if (found := re.fullmatch(r"(19|20)\d\d\s*(年度?)?", year))]
        if years and len(told) == len(years) == len(table.raw.rows) and max(told) < date.today().year:
            for target in (*_targets(content, "nodes"), *_targets(content, "edges")):
                target["set"] = {**_set(target), "as_of": {"column": heading, "unit": "年"}}
            self._doubt(Text("ingest.year_of_row", column=heading))

    def firms_unread(self, content: TableMap) -> list[str]:
        """The columns of enterprises that a table of something else does not read."""
        used = columns_of(TableMapping.model_validate(content))
        what = str(_types(content)[0])
        beside = {"Project": TAKES_PART, "Center": _RUNS_IT, "Institute": _PART_OF_INSTITUTE}.get(what)
        unread = (h for h in self.table.headings if h not in used and not (beside and beside.search(h)))
        return [*filter(self.table.are_firms, unread)]

    # --- nodes ---

    def _node(self, kind: NodeType, content: TableMap, *, is_guess: bool) -> None:
        columns = self.table.columns(kind)
        if is_guess and "name_zh" not in columns:
            named = next(prop for prop in settable(kind) if prop.name == "name_zh")
            texts = [h for h in self.table.headings if not is_ordinal(h) and not self.table.numbers(h)]
            likely = max(texts or self.table.headings, key=lambda h: self.table.share(h, ORGANISATION))
            columns = {"name_zh": (named, likely), **columns}
        node: dict[str, object] = {"type": kind.label, "id": self._node_id(kind, columns)}
        values = {key: self._value(prop, heading) for key, (prop, heading) in columns.items()}
        values |= {**self._constants(kind, columns), **self._capacity({key: one for key, (_, one) in columns.items()})}
        node["set"] = values = {key: one for key, one in values.items() if one}
        others = self._institutes_among(kind, columns, node)
        start = {"type": kind.label, **_as_dict(node["id"])}
        if kind.label == "Enterprise" and "name_zh" in columns:
            named_by = columns["name_zh"][1]
            values |= {key: told for key, told in self._behind_names(named_by).items() if key not in columns}
        nodes, edges = [node, *others], self._locations(kind, start, self._places(columns))
        for one in others:
            also = {"type": "Institute", **_as_dict(one["id"])}
            edges += self._locations(NODE_TYPE["Institute"], also, self.table.places())
        links = self._links(kind, columns)
        self._say_tied(links)
        # What stands beside a plant is made there; a 二级供应商 supplies the 一级供应商.
        plants, firsts = ([one for one in links if test(one)] for test in (
            lambda one: one.edge.type == "OPERATES" and one.side, lambda one: "一级供应商" in one.heading))  # fmt: skip
        for link, told in self._told(links, columns):
            of = plants if link.edge.type == "MAKES" else []
            made, tied = self._tie(link, told, self._end_of(of[0]) if of else start)
            used = {**columns, **{name: (one.prop, one.heading) for name, one in told.items()}}
            where = self._in_force(link.edge, used, link.heading)
            for one in (*tied, *made) if link.other.label == "Plant" else tied[:1]:
                one |= where
            nodes += made
            edges += tied
        for heading in (one for one in self.table.headings if firsts and re.fullmatch("二级供应商(名称)?", plain(one))):
            made, tied = self._tie(firsts[0]._replace(heading=heading), {}, self._end_of(firsts[0]))
            nodes += made
            edges += tied
        if (levels := self.table.levels) is not None and any(link.heading == levels.of for link in links):
            node["unless"] = {columns["name_zh"][1]: ""}  # What is put together at home has no supplier.
            edges += self._by_level(EDGE_TYPE["INPUT_OF"], levels)[1]
        for heading in self._marked(kind, columns):
            where, good = {heading: _MARKS}, {"value": heading}
            nodes.append({"type": "Product", "where": where, "id": good, "set": {"name_zh": good}})
            edges.append({"type": "MAKES", "where": where, "from": start, "to": {"type": "Product", **good}})
        content["nodes"] = nodes
        if edges:
            content["edges"] = edges
        self._say_named(kind, columns)

    def _say_named(self, kind: NodeType, columns: Headed) -> None:
        """Say where enterprises have short names alone, and where a title names whose suppliers or customers they are."""
        heading = columns["name_zh"][1] if kind.label == "Enterprise" and "name_zh" in columns else ""
        firm = re.search(r"[\u4e00-\u9fff（）()]{2,30}?(?:有限|股份|集团)公司", self.table.title)
        if firm and heading and plain(heading) in ROLES:
            self._doubt(Text("ingest.title_says_firm", firm=firm[0], column=heading))
        if "简称" in heading:
            self._doubt(Text("ingest.short_names_only", column=heading))

    def _institutes_among(self, kind: NodeType, columns: Headed, node: TableMap) -> list[TableMap]:
        """The node of the institutes among 成员单位, each row being of one or the other; `node` is then of the others."""
        heading = columns["name_zh"][1] if kind.label == "Enterprise" and "name_zh" in columns else ""
        is_general = heading and not _OF_FIRMS.search(heading)
        is_told = _as_dict(node["id"]).get("as") == "id"  # The row's own id says of which type it is.
        if is_told or not is_general or not self.table.share(heading, re.compile(_INSTITUTES)):
            return []
        self._doubt(Text("ingest.institutes_among", column=heading))
        node |= {"optional": True, "id": {**_as_dict(node["id"]), "extract": _NO_INSTITUTES}}
        node["set"] = {**_set(node), "name_zh": {"column": heading, "extract": _NO_INSTITUTES}}
        told = {"column": heading, "extract": _INSTITUTES}
        kinds = {**told, "extract": f".*({'|'.join(_KIND_OF_INSTITUTE)})$", "map": _KIND_OF_INSTITUTE}
        one: TableMap = {"type": "Institute", "optional": True, "unless": {heading: ""}}
        return [{**one, "id": {**_as_dict(node["id"]), **told}, "set": {"name_zh": told, "kind": kinds}}]

    def _node_id(self, kind: NodeType, columns: Headed) -> dict[str, object]:
        table = self.table
        for heading in table.headings:
            is_id = heading.casefold() in ("id", "编号")
            if is_id and table.ids(heading, kind.label):
                return {"column": heading, "as": "id"}
            # A number that a list gives to an enterprise is not what that is told by.
            if heading == "id" and not ("name_zh" in columns and _as_record(kind.label)):
                return {"column": heading, **_as_record(kind.label)}
        if "name_zh" in columns:
            apart = [columns[name][1] for name in _TELL_APART if name in columns]
            places = self._places(columns) if (kind.label, "Place") in EDGE_TYPE["LOCATED_IN"].ends else {}
            apart += [heading for heading in ("id", *places.values()) if heading in {*table.headings} - {*apart}]
            apart += [columns["name_zh"][1]] if {*_TELL_APART} & {*self._behind_names(columns["name_zh"][1])} else []
            told = _as_record(kind.label)
            return {"column": columns["name_zh"][1], **told, **_said(told_apart_by=apart if told else [])}
        raise SourceUnreadable(Text("ingest.no_name_column", table=table.name, columns=table.headings))

    def _constants(self, kind: NodeType, columns: MappingOf[str, object]) -> dict[str, object]:
        """What the titles of a list, or the names in it, say of all of them."""
        table = self.table
        if kind.label == "Enterprise" and "is_high_tech" not in columns and _HIGH_TECH.search(table.title):
            self._doubt(Text("ingest.title_says_high_tech"))
            return {"is_high_tech": {"value": True}}
        name = table.name_column(kind)
        if kind.label == "Institute" and "kind" not in columns and name is not None:
            self._doubt(Text("ingest.kind_from_name", column=name))
            kinds = f".*({'|'.join(_KIND_OF_INSTITUTE)})"
            return {"kind": {"column": name, "extract": kinds, "map": _KIND_OF_INSTITUTE}}
        return {}

    def _behind_names(self, heading: str) -> dict[str, object]:
        """What stands in brackets behind the names of a column: other names, codes."""
        texts = self.table.sample(heading)
        found = {key: one for key, one in BEHIND_NAMES.items() if extracted(texts, one).null_count < len(texts)}
        several = {"former_names": {"split": ["、", "；", ";", "，", ","]}}
        return {key: {"column": heading, "extract": one, **several.get(key, {})} for key, one in found.items()}

    def _say_closed(self, used: set[str]) -> None:
        """Say which companies are no more, by what stands behind their names or in a column of their states."""
        if said := re.search("注销|吊销|破产|清算|停业|歇业", self.table.title):
            self._doubt(Text("ingest.title_says_closed", word=said[0]))
        for heading in self.table.headings:
            is_state = heading not in used and re.fullmatch(_STATE, plain(heading))
            pattern = "^[已被]*(注销|吊销)|清算|停业|歇业" if is_state else CLOSED_BEHIND if heading in used else None
            if re.match("是否已?(注销|吊销|停业|停产|歇业|破产)", heading):
                pattern = f"^({'|'.join(_MARKS)})$"
            found = [*filter(re.compile(pattern).search, self.table.sample(heading).to_pylist())] if pattern else []
            if found:
                self._doubt(Text("ingest.closed", column=heading, number=len(found), texts=found[:3]))

    def _say_behind(self, content: TableMap) -> None:
        """Say what stands behind names and is not read, or is read as part of them."""
        ids = [_as_dict(target["id"]) for target in _targets(content, "nodes")]
        for heading in dict.fromkeys(str(one["column"]) for one in ids if "column" in one and one.get("as") != "id"):
            told = [one for text in self.table.sample(heading).to_pylist() for one in items_in(text, [*_BETWEEN])]
            names = without_noise(pa.array(told, pa.string()))[0].to_pylist()
            amounts = [*filter(_WITH_AMOUNT.search, told)]
            kept = [name for name in names if re.search(r"公司(?:[(（][^()（）]+[)）]|[-—_/ ].{1,10})$", name)]
            for what, texts in (("ingest.amounts_behind", amounts), ("ingest.brackets_kept", kept)):
                if texts:
                    self._doubt(Text(what, column=heading, number=len(texts), texts=texts[:3]))

    def _locations(self, kind: NodeType, start: TableMap, columns: MappingOf[str, str]) -> list[TableMap]:
        """Where columns say where a node is, that is an edge to a place; and which place sent a centre."""
        edge, sender = EDGE_TYPE["LOCATED_IN"], self.table.heading(_SENT_BY) if kind.label == "Center" else None
        # A table of its own says where things are.
        if (kind.label, "Place") not in edge.ends or edge in self.own:
            return []
        is_placed = sender is not None and self.table.part_placed(sender, "city") >= 0.5
        found = {"LOCATED_IN": dict(columns), "SENT_BY": {"city": sender} if is_placed else {}}
        same: TableMap = {"optional": True, "from": dict(start)}
        return [{"type": name, **same, "to": {"place": place}} for name, place in found.items() if place]

    def _marked(self, kind: NodeType, columns: Headed) -> list[str]:
        """The columns of products in which a mark says who makes them; where nothing says that they are products, it is said."""
        table = self.table
        used = {heading for _, heading in columns.values()} | {*table.places().values()}
        texts = {h: {*table.sample(h).to_pylist()} for h in table.headings if h not in used and not is_ordinal(h)}
        found = [h for h, said in texts.items() if said & {*_MARKS} and said <= {*_MARKS, *_NO_MARKS}]
        # 1 in each row is a batch or a number of pieces.
        found = [h for h in found if texts[h] - {"1"} or len(table.sample(h)) < len(table.raw.rows)]
        if kind.label != "Enterprise" or len(found) < 2:
            return []
        is_said = "产品" in table.title
        is_said = is_said and not table.own_name(NODE_TYPE["Product"]) and not any(map(_TITLES.search, found))
        name = "ingest.marked_products" if is_said else "ingest.marked_columns"
        self._doubt(Text(name, columns=found, word="产品", heading="主营产品"))
        return found if is_said else []

    def _links(self, kind: NodeType, columns: Headed) -> list[_Link]:
        """The columns that name what a row's thing is tied to, one or several of a kind: 供应商, 客户1, 客户2."""
        own = {self.table.name_column(kind), *(heading for _, heading in columns.values())}
        found: dict[str, _Link] = {}
        *numbered, every = self.table.by_number()
        bare = {plain(called) for called in every}
        for names in (*numbered, every):
            for edge, side, other, name in ties(kind, self.table.called(names)):
                heading = names[name]
                if self.table.tied == (edge, side, heading):
                    side, name = 1 - side, self.table.own_name(kind) or ""
                    heading = name
                start = name.removesuffix("名称")
                is_taken = edge in self.own or heading in own or heading in found
                if is_taken or not self._is_named(heading) or self._may_have_left(edge):
                    continue
                if edge.type in ("MAKES", "MASTERS") and (traded := self._traded(kind)):
                    self._doubt(Text("ingest.traded", column=heading, because=traded[0]))
                    continue
                # 客户, 客户.1 are numbered otherwise than 金额1, 金额2.
                fitting = {called: one for called, one in names.items() if one != heading and (
                    names is every or (plain(called) in bare) == (plain(name) in bare))}  # fmt: skip
                its_own = {name.removeprefix(start): one for name, one in fitting.items() if name.startswith(start)}
                found[heading] = _Link(edge, side, other, heading, (fitting, its_own))
        return list(found.values())

    def _traded(self, kind: NodeType) -> list[str]:
        """What tells that who is named beside goods need not make them: a title of plans or dealers; a customer or dealer by its
        heading."""
        name, title = self.table.name_column(kind) or "", _NO_MAKERS.search(self.table.title)
        said = [*filter(_TRADED.search, self.table.headings), *([name] if _TRADERS.search(name) else [])]
        return said or ([title[1]] if title else [])

    def _told(self, links: Sequence[_Link], columns: Headed) -> Iterator[tuple[_Link, dict[str, _Told]]]:
        """What is said of each link; an amount that may be of several is of the one before it."""
        taken = {link.heading for link in links} | {heading for _, heading in columns.values()}
        found: list[tuple[_Link, dict[str, _Told]]] = []
        claimed: dict[str, list[_Link]] = defaultdict(list)
        for link in links:
            told: dict[str, _Told] = {}
            for beside in link.beside:
                names = {called: heading for called, heading in beside.items() if heading not in taken}
                of_link = self.table.called(names).columns(link.edge)
                told |= {name: _Told(prop, names[called], called) for name, (prop, called) in of_link.items()}
            found.append((link, told))
            for one in told.values():
                claimed[one.heading].append(link)
        for link, told in found:
            nearest = {name: self._nearest(claimed[one.heading], one.heading) for name, one in told.items()}
            yield link, {name: one for name, one in told.items() if name in _OF_ALL or nearest[name] is link}

    def _say_tied(self, links: Sequence[_Link]) -> None:
        """Say which columns are read as who supplies or owns whom, and which way."""
        said: dict[tuple[EdgeType, int], list[str]] = defaultdict(list)
        for link in links:
            if (link.other.label,) * 2 in link.edge.ends:
                said[link.edge, link.side].append(link.heading)
        for (edge, side), headings in said.items():
            own = self.table.name_column(NODE_TYPE[edge.ends[0][0]])
            start, end = ([own], headings) if side else (headings, [own])
            self._doubt(Text("ingest.tied", start=start, end=end, kind=edge.text))

    def _in_force(self, edge: EdgeType, columns: Headed, name: str = "") -> TableMap:
        """The rows of which no column says that a tie is not so (`where`, `unless`); all where none does, and of what is planned.
        `name` is the column of what the tie is to: 现有产品 beside plans is no plan."""
        used = {heading for _, heading in columns.values()}
        where, unless = dict[str, str](), dict[str, str]()
        is_bare = edge.type == "MAKES" and plain(name) in ("产品", "产品名称", "品名", "product", "productname")
        for heading in (one for one in self.table.headings if edge.type in _NOT_SO and one not in used):
            said, what = pc.unique(self.table.sample(heading)), plain(heading)
            is_of_row = edge.type in ("MAKES", "OPERATES", "RESIDENT_OF")
            is_of_tie = bool(_STAGE.fullmatch(what)) and edge.type != "RESIDENT_OF"
            is_kind = edge.type in ("MAKES", "MASTERS") and bool(_OF_KINDS.fullmatch(what))
            words = [_NOT_SO[edge.type], _OVER] if is_of_tie else [_NOT_SO[edge.type].replace("|上市", "")]
            if is_of_row and _REMARKS.fullmatch(what):  # In words of its own, and of 主营产品 only that it is over.
                over = [f"停[产工]|关停|{_CLOSED}"] if edge.type == "MAKES" and not is_bare else words
                patterns = [f"(?is)^(.*(?:{one}).*)$" for one in over]
            elif is_of_tie or (is_of_row and re.fullmatch(_STATE, what)):
                patterns = [
                    rf"(?is)^\s*((?:目前|[现正仍已被])*(?:{one})[中了]?(?:阶段|状态)?)[。.\s]*$" for one in words
                ]
            else:
                patterns = [f"(?s)^(.*(?:{_TRADERS.pattern}).*)$"] if is_kind else []
            others = [text for one in patterns for text in extracted(said, one).drop_null().to_pylist()]
            # A pattern, as rows that are no part of the sample may say it otherwise.
            told = {f"{heading}/{n}": {"column": heading, "extract": one} for n, one in enumerate(patterns) if others}
            if is_bare and _PLANNED.fullmatch(what) and len(said):
                others, where[heading] = said.to_pylist(), ""
            if others:
                self._doubt(Text("ingest.not_in_force", column=heading, texts=others[:3]))
            where |= dict.fromkeys(told, "")
            # Who is not said to make it, among dealers, may be one.
            unless |= {heading: ""} if told and is_kind and not is_of_tie else {}
            self.derived |= told
        return _said(where=where, unless=unless)

    def _period(self, edge: EdgeType, columns: MappingOf[str, object]) -> dict[str, object]:
        """From when to when a tie is so, where one column says both."""
        told = (one for one in self.table.headings if _PERIOD.fullmatch(plain(one)))
        for heading in told if edge.type in ("SUPPLIES", "OWNS", "COOPERATES_WITH") else ():
            texts = self.table.sample(heading)
            both = {"valid_from": _BEGUN, "valid_to": _ENDED}
            if extracted(texts, _ENDED).null_count < len(texts) and not both.keys() & columns.keys():
                self._doubt(Text("ingest.period", column=heading))
                return {name: {"column": heading, "extract": pattern} for name, pattern in both.items()}
        return {}

    def _nearest(self, links: Sequence[_Link], heading: str) -> _Link:
        """The link whose column stands last before another; the first of all where none does."""
        place = self.table.headings.index
        before = [link for link in links if place(link.heading) < place(heading)]
        return max(before or links[:1], key=lambda link: place(link.heading))

    def _tie(self, link: _Link, told: MappingOf[str, _Told], start: TableMap) -> tuple[list[TableMap], list[TableMap]]:
        """The nodes and edges of a link of the node that `start` tells, and of where what it leads to is."""
        end, nodes = self._end_by(link.edge, link.side, link.other, link.heading, is_beside=True)
        ends = {"from": start, "to": end} if link.side else {"from": end, "to": start}
        values = {name: self._value(*one) for name, one in told.items()}
        values |= self._capacity({name: one.heading for name, one in told.items()})
        values |= self._share_of(link.edge, {name: one.heading for name, one in told.items()})
        places = self._locations(link.other, end, self._near(link.heading)) if nodes else []
        values = {name: one for name, one in {**values, **self._period(link.edge, told)}.items() if one}
        values |= self._residence(link.edge, start, values)
        edge: TableMap = {"type": link.edge.type, "optional": True, **ends, "set": values}
        if link.edge.type == "SUPPLIES" and "product_id" in told:
            self._product(told["product_id"].heading, edge, nodes)
        return nodes, [edge, *places]

    def _residence(self, edge: EdgeType, start: TableMap, told: MappingOf[str, object]) -> dict[str, object]:
        """Whether who stands in a list of residents is one or will be, by its headings and title, where no column says it."""
        if edge.type != "RESIDENT_OF" or "resident_status" in told:
            return {}
        column = str(start["column"])
        headings = (one for one in self.table.headings if "入驻" in one)
        intends = _INTENDS.search(" ".join((column, *headings, self.table.title)))
        text = "ingest.by_heading.intends" if intends else "ingest.by_heading.resident"
        self._doubt(Text(text, column=intends[0] if intends else column))
        return {"resident_status": {"value": text.rpartition(".")[2]}}

    def _may_have_left(self, edge: EdgeType) -> bool:
        """Whether a list of residents speaks of such as left, and no column says who they are."""
        is_said = _LEAVERS.search(self.table.title) or any(map(_LEFT_WHEN.search, self.table.headings))
        return edge.type == "RESIDENT_OF" and bool(is_said) and "resident_status" not in self.table.columns(edge)

    def _capacity(self, told: MappingOf[str, str]) -> dict[str, object]:
        """A capacity and what it is counted in, by its cells, its heading or a column beside it; none, said, where nothing tells."""
        heading = told.get("capacity", "capacity")
        if heading == "capacity" or "capacity_unit" in told:
            return {}
        texts = self.table.sample(heading)
        if 2 * extracted(texts, UNIT_IN_CELL).null_count < len(texts):
            own: TableMap = {"column": heading, "unit": UNCLEAR}
            return {"capacity": own, "capacity_unit": {"column": heading, "extract": UNIT_IN_CELL}}
        if (unit := _IN_HEADING.search(heading)) is not None:
            return {"capacity_unit": {"value": unit[1]}}
        beside = [h for h in self.table.headings if _UNIT_COLUMN.fullmatch(plain(h)) and len(self.table.sample(h))]
        beside = [h for h in beside if not self.table.numbers(h) and not self.table.share(h, ORGANISATION)]
        if not beside:
            example = "".join(texts.slice(0, 1).to_pylist())
            self._doubt(Text("ingest.unit_unsaid", column=heading, example=example, unit=UNIT_OF_CAPACITY))
        return {"capacity_unit": beside[0]} if beside else {"capacity": None}

    def _share_of(self, edge: EdgeType, told: MappingOf[str, str]) -> dict[str, object]:
        """What a share of a supply is of, by its heading; the share is none, said, where that does not say it."""
        heading = told.get("share", "share")
        if edge.type != "SUPPLIES" or heading == "share" or "share_of" in told:
            return {}
        said = [of for of, pattern in _SHARES_OF.items() if pattern.search(heading)]
        if said:
            return {"share_of": {"value": said[0]}}
        self._doubt(Text("ingest.share_of_unsaid", column=heading))
        return {"share": None}

    def _is_named(self, heading: str) -> bool:
        """Whether a column holds names and not descriptions."""
        texts = self.table.sample(heading).to_pylist()
        lengths = sorted(len(one) for text in texts for one in re.split(f"[{_BETWEEN}]", text))
        return not lengths or lengths[len(lengths) // 2] <= _LONGEST_NAME

    def _marks(self, heading: str, kind: NodeType | None = None) -> list[str]:
        """What stands between several names in a cell of a column."""
        texts = self.table.sample(heading).to_pylist()
        is_numbered = any(len(items_in(text, "\n")) > 1 for text in texts)
        # A comma between Chinese words, where none is part of a name, as in 1,4-丁二醇.
        is_parted = any(map(_COMMA.search, texts)) and not any(re.search(r"\d,", text) for text in texts)
        more = [","] * (is_parted and kind is not NODE_TYPE["Enterprise"])
        if kind is NODE_TYPE["Product"]:
            more += [", "] * all(map(str.isascii, texts))
            more += [" "] * (any(len(text.split()) > 2 for text in texts) and all(map(_WORDS.fullmatch, texts)))
        return [one for one in (*more, *_BETWEEN) if one in "".join(texts)] or (["\n"] if is_numbered else [])

    def _several(self, heading: str, kind: NodeType) -> dict[str, object]:
        """How a cell is read that may name several things of a type."""
        marks = self._marks(heading, kind)
        if pa.types.is_list(self.table.raw.columns.schema.field(heading).type):
            if not (named := self.table.named_in(heading)):
                return {"split": _BETWEEN[0]}  # They are parted already, but for items that hold several.
            self._doubt(Text("ingest.name_of_objects", column=heading, name=named))
            return {"split": _BETWEEN[0], "extract": rf'"{re.escape(named)}":"((?:[^"\\]|\\.)*)"'}
        several: dict[str, object] = {"split": marks} if marks else {}
        if several:
            self._doubt(Text("ingest.cell_split", column=heading, mark=" ".join(marks)))
        texts = self.table.sample(heading).to_pylist() if kind.label == "Product" else []
        if any(map(_ABOUT.search, texts)):
            several["extract"] = _GOODS
        elif any(_WITH_AMOUNT.search(one) for text in texts for one in items_in(text, marks)):
            several |= {"extract": rf"^(.+?)(?:{AMOUNT_BEHIND})?$", "each": True}
        return several

    # --- edges ---

    def _edge(self, kind: EdgeType, content: TableMap, *, is_guess: bool) -> bool:
        """Both ends by id or by name; by name the nodes are made too where no table of the dataset has them."""
        if (levels := self.table.levels) is not None and kind.type in ("INPUT_OF", "KIND_OF"):
            content["nodes"], content["edges"] = self._by_level(kind, levels)
            return True
        if self.table.nested and kind.type in ("INPUT_OF", "KIND_OF"):
            told = [self._end_by(kind, 0, NODE_TYPE["Product"], one, is_beside=True) for one in self.table.nested]
            ends: list[TableMap] = [{"type": "Product", **end} for end, _ in told]
            content["nodes"] = [node for _, nodes in told for node in nodes]
            content["edges"] = [{"type": kind.type, "optional": True, "from": part, "to": whole}
                                for whole, part in pairwise(ends)]  # fmt: skip
            return True
        edge: dict[str, object] = {"type": kind.type}
        nodes: list[TableMap] = []
        places: list[TableMap] = []
        used: set[str] = set()
        for key, side in (("from", 0), ("to", 1)):
            found = self._end(kind, side, used)
            left = [heading for heading in self.table.headings if heading not in used and not is_ordinal(heading)]
            if found is None and is_guess and left:
                found = self._end_by(kind, side, NODE_TYPE[min(pair[side] for pair in kind.ends)], left[0])
            if found is None:
                self._note(Text("ingest.no_end", kind=kind.type, columns=self.table.headings))
                return False
            edge[key], made = found
            nodes += made
            used |= columns_of(Identity.model_validate(found[0]))
            for one in (NODE_TYPE[str(node["type"])] for node in made):
                near = self._near(str(found[0]["column"]))
                places += self._locations(one, found[0], near)
                used |= {*near.values()}
        columns = self.table.columns(kind, used)
        values = {name: self._value(prop, heading) for name, (prop, heading) in columns.items()}
        values |= self._share_of(kind, {name: heading for name, (_, heading) in columns.items()})
        values |= {**self._period(kind, columns), **self._residence(kind, _as_dict(edge["from"]), values)}
        edge["set"] = {name: one for name, one in values.items() if one}
        edge |= self._in_force(kind, columns)
        if kind.type == "SUPPLIES" and "product_id" in columns:
            self._product(columns["product_id"][1], edge, nodes)
        if nodes:
            content["nodes"] = nodes
        content["edges"] = [edge, *places]
        return True

    def _by_level(self, kind: EdgeType, levels: Levels) -> tuple[list[TableMap], list[TableMap]]:
        """What each row is part of, or a kind of: what stands one level above it."""
        part, nodes = self._end_by(kind, 0, NODE_TYPE["Product"], levels.of)
        whole = {"type": "Product", **part, "column": levels.above}
        told = {name: self._value(*one) for name, one in self.table.columns(kind, {levels.of, levels.column}).items()}
        return nodes, [{"type": kind.type, "optional": True, "from": part, "to": whole, "set": told}]

    def _end(self, kind: EdgeType, side: int, used: set[str]) -> tuple[TableMap, list[TableMap]] | None:
        """The column of an end: ids under `from_id` and `to_id`, names under what the end or its type is called."""
        table, labels = self.table, sorted({pair[side] for pair in kind.ends})
        heading = table.heading([("from_id", "to_id")[side]], used)
        if heading is not None:
            return {"column": heading, "as": "id"}, []
        named = [(labels[0], end_headings(kind, side))]
        named += [(label, [*type_names(NODE_TYPE[label]), f"{label}_id"]) for label in labels]
        for label, names in named:
            if (heading := table.named(names, used)) is not None:
                return self._end_by(kind, side, NODE_TYPE[label], heading)
        for label in (one for one in labels if (one, one) not in kind.ends):
            if (heading := table.own_name(NODE_TYPE[label])) is not None and heading not in used:
                return self._end_by(kind, side, NODE_TYPE[label], heading)
        return None

    def _end_by(
        self, edge: EdgeType, side: int, kind: NodeType, heading: str, *, is_beside: bool = False
    ) -> tuple[dict[str, object], list[dict[str, object]]]:
        """How an end of an edge is told that a column names, and the nodes that are made of it where no table of the dataset has
        them. `is_beside`: the row is of something else, and the cell may name several, or none."""
        table, label = self.table, kind.label
        if len(table.sample(heading)) and table.ids(heading, None):
            return {"column": heading, "as": "id"}, []
        if label == "Place":
            return {"place": {"city": heading}}, []
        several = self._several(heading, kind) if is_beside or label == "Product" else {}
        near = self._near(heading)
        # Suppliers stand in no list of their customers.
        is_of_others = kind in self.own and not (is_beside and (label, label) in edge.ends)
        if is_of_others or (not is_beside and label in ("Plant", "Proposal")):
            return {"type": label, "column": heading, "find": "name_zh", **_said(near=near), **several}, []
        told: dict[str, object] = {"column": heading, **several}
        named = [one for text in table.sample(heading).to_pylist() for one in items_in(text, self._marks(heading))]
        others = [one for one in named if not re.search(_ORGANISATIONS, one)][:3]
        if edge.type == "OWNS" and not side and others:
            told |= {"extract": _ORGANISATIONS, "each": True}
            self._doubt(Text("ingest.organisations_only", column=heading, others=others))
        if edge.type == "RUNS" and table.share(heading, re.compile(_INSTITUTES)):
            told |= {"extract": _NO_INSTITUTES, "each": True}
            self._doubt(Text("ingest.enterprises_only", column=heading))
        record = {**told, **_as_record(label), **_said(told_apart_by=[*near.values()])}
        constants = self._constants(kind, {}) if label == "Institute" else {}
        constants = {key: {**_as_dict(one), **several} for key, one in constants.items()}
        unless = _said(unless={heading: ""} if is_beside else {})
        node: TableMap = {"type": label, **unless, "id": record, "set": {"name_zh": told, **constants}}
        return {"type": label, **record}, [node]

    def _places(self, columns: Headed) -> dict[str, str]:
        """The columns that say where a row's thing is, by what they say, or by its name: 链主企业, 链主所在地; none of its plants' or
        centre's."""
        name = columns["name_zh"][1] if "name_zh" in columns else ""
        found = self.table.places() or (self._near(name) if name else {})
        others = self.table.of_owners | ({*self._of_site()} if name != self.table.of_a_site()[0] else set())
        return {role: one for role, one in found.items() if one not in others}

    def _of_site(self) -> dict[str, str]:
        """By their headings what the columns behind that of an enterprise's plants or centre say of where these are, where none is
        called after it; a seat is the firm's own."""
        site, behind = self.table.of_a_site()
        if not behind or self._called_after(site or ""):
            return {}
        return {h: role for role, h in self.table.places().items() if h in behind and not _SEAT.match(plain(h))}

    def _near(self, heading: str) -> dict[str, str]:
        """The columns that say where what a column names is."""
        is_site = heading == self.table.of_a_site()[0]
        of_site = {role: one for one, role in self._of_site().items()} if is_site else {}
        return of_site or self._called_after(heading)

    def _called_after(self, heading: str) -> dict[str, str]:
        """Those that are called after it: 供应商, 供应商所在市."""
        start = re.sub("名称$|[ _]?[Nn]ame$", "", heading)
        starts = (start, start.removeprefix("生产"), re.sub("(?<=..)(企业|单位|公司)$", "", start))
        rests = {h.removeprefix(one): h for one in starts for h in self.table.headings
                 if h.startswith(one) and h != heading}  # fmt: skip
        found = {role: rests[rest] for role, pattern in PLACES.items() for rest in rests
                 if re.fullmatch(pattern, plain(rest))}  # fmt: skip
        if (column := found.pop("anywhere", None)) and self.table.part_placed(column, "address") >= 0.5:
            found.setdefault("address" if self.table.part_placed(column, "city") < 0.5 else "city", column)
        return found

    def _end_of(self, link: _Link) -> TableMap:
        return self._end_by(link.edge, link.side, link.other, link.heading, is_beside=True)[0]

    def _product(self, heading: str, edge: dict[str, object], nodes: list[dict[str, object]]) -> None:
        """A product that a supply names instead of giving its id."""
        if self.table.ids(heading, "Product"):
            return
        several = self._several(heading, NODE_TYPE["Product"])
        edge["set"] = {**_set(edge), "product_id": {"column": heading, **several, "id_of": "Product"}}
        if NODE_TYPE["Product"] not in self.own:
            told: TableMap = {"column": heading, **several}
            nodes.append({"type": "Product", "unless": {heading: ""}, "id": told, "set": {"name_zh": told}})

    # --- values and what is not read ---

    def _value(self, prop: Property, heading: str, called: str = "") -> object:
        """How a property is read from a column; `called` is its heading without a number that is in the way of its unit."""
        if prop.form == "stock_code":
            return self._stock_code(heading)
        if prop.type is ValueType.TEXTS:
            marks = [] if heading == prop.name else self._marks(heading)
            return {"column": heading, "split": marks} if marks else heading
        unit = unit_of_column(prop, called or heading) or self.around.unit(prop, heading)
        if unit in (None, "%", "％") and prop.type is ValueType.FRACTION and heading != prop.name:
            unit = share_unit(self.table.sample(heading).to_pylist(), unit)
            if unit == UNCLEAR:
                self._doubt(Text("ingest.share_unclear", column=heading))
            elif unit == "%" and not unit_of_column(prop, heading):
                self._doubt(Text("ingest.read_as_percent", column=heading))
        said = {} if unit in (None, UNCLEAR) else {"unit": unit}
        if "CNY" in prop.unit and heading != prop.name:
            beside = [h for h in self.table.headings if _UNIT_COLUMN.fullmatch(plain(h))]
            beside = [h for h in beside if any(map(is_money, self.table.sample(h).to_pylist()))]
            own = [h for h in beside if plain(h).startswith(plain(heading))]  # 注册资本币种 is none of 营业收入.
            said |= {"unit_column": (own or beside)[0]} if beside else {}
        if unit is None and heading != prop.name and needs_unit(prop, heading):
            said |= {"unit": UNCLEAR}
            bare = [text for text in self.table.sample(heading).to_pylist() if re.match(BARE_AMOUNT, text)]
            if bare and "unit_column" not in said:
                self._doubt(Text("ingest.unit_unsaid", column=heading, example=bare[0], unit=prop.unit_text))
        return {"column": heading, **said} if said else heading

    def _stock_code(self, heading: str) -> object:
        """Codes of shares, with the exchange that a column beside them, or their heading, says."""
        if HONG_KONG.search(heading) and self.table.share(heading, re.compile(r"^\d{1,5}$")) == 1:
            return {"text": f"{{{heading}}}.HK"}
        beside = (h for h in self.table.headings if _EXCHANGE.fullmatch(plain(h)))
        where = next((h for h in beside if all(map(is_exchange, self.table.sample(h).to_pylist()))), None)
        return {"column": heading, "exchange": where} if where else heading

    def _check_unread(self, kind: Kind, used: set[str]) -> None:
        """Say which columns are not read. A heading that is nearly a property's name is a slip, and refused."""
        headings = self.table.headings
        derived = [h for h in headings if h not in used and h.strip().casefold() in derived_names(kind)]
        if derived:
            self._note(Text("ingest.derived_columns", columns=derived))
        unread = [h for h in headings if h not in used and h not in derived]
        known = {p.name for p in settable(kind)} | {*id_columns(kind)}
        for heading in unread:
            near = get_close_matches(heading, known, n=1, cutoff=0.75) if heading.isascii() else []
            if near and near[0] not in headings:
                said = Text("ingest.unknown_column", table=self.table.name, column=heading, near=near[0])
                raise SourceUnreadable(said)
        if unread:
            self._note(Text("ingest.unread_columns", columns=unread))
        self._say_unread(unread)
        sums = [h for h in unread if re.search("营收|营业.{0,2}收入|revenue", h, re.IGNORECASE)]
        if sums and self.table.is_of_months:
            self._doubt(Text("ingest.months_unread", columns=sums))
        for heading in (one for one in unread if plain(one) in ANY_NAME and not self.table.are_firms(one)):
            self._doubt(Text("ingest.names_unread", column=heading))
        part, way = ("ingest.takes_part", TAKES_PART), ("ingest.either_way", EITHER_WAY)
        for heading in filter(self.table.are_firms, unread):
            why, pattern = part if kind.name == "Project" else way
            self._doubt(Text(why if pattern.search(heading) else "ingest.firms_unread", column=heading))

    def _say_unread(self, unread: Sequence[str]) -> None:
        """Say what is not read: codes of classifications, and zones of which it is not sure where they are."""
        for heading in unread:
            for pattern, codes, what in CLASSIFICATIONS:
                if pattern.search(plain(heading)) and self.table.share(heading, codes) >= 0.5:
                    example = self.table.sample(heading)[0].as_py()
                    self._doubt(Text("ingest.codes_unread", column=heading, what=what, example=example))
            parts = [one for one in self.table.headings if one.startswith(heading) and one != heading]
            if self.table.is_nested(heading) and {*parts} <= {*unread}:
                example = str(self.table.first(heading)[0])[:40]
                self._doubt(Text("ingest.objects_unread", column=heading, example=example))
            if re.fullmatch(PLACES["anywhere"], plain(heading)) and (unknown := self.table.unplaced(heading)):
                self._doubt(Text("ingest.places_unread", column=heading, number=len(unknown), names=unknown[:3]))

    def _doubt(self, text: Text) -> None:
        said = Text("ingest.why", what=self.table.name, why=text)
        self.draft.unsure += [said] if said not in self.draft.unsure else []

    def _note(self, text: Text) -> None:
        self.draft.notes.append(Text("ingest.why", what=self.table.name, why=text))


def _as_record(label: str) -> dict[str, object]:
    """Nothing but a table's own record; what sources, places and products are called is what they are told by."""
    return {} if label in ("Source", "Place", "Product") else {"as": "record"}


def _said(**parts: object) -> dict[str, object]:
    """What there is of some parts of a mapping."""
    return {name: value for name, value in parts.items() if value}


def _as_dict(value: object) -> dict[str, object]:
    return dict(value) if isinstance(value, dict) else {}


def _slug(name: str) -> str:
    plain_name = re.sub(r"[^a-z0-9._-]", "-", name.casefold()).strip("-._")
    if any(c.isalnum() for c in plain_name):
        return plain_name
    return f"file-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
