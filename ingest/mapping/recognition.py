"""What a table is: judged by its name, its headings and its values; where two types fit, both are said and none is taken."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property, lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import DerivedGiven
from graph.model import simplified
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
    derived_type,
)
from graph.texts import Text
from ingest.columns import ORGANISATION, REST_OF_NAME, without_noise
from ingest.mapping.mapping import Levels, settable
from ingest.mapping.outline import depth, indented, is_outline
from ingest.mapping.surroundings import is_heading, is_ordinal, unquoted
from ingest.mapping.values import in_form, is_id
from ingest.places.places import placed
from ingest.readers.read import RawTable
from ingest.validate import converted, heading_and_unit, without_blanks

_LEAST_FIT = 0.9
_ENOUGH = 2
"""Points that make a type sure: the heading of its names gives three, what its names or codes look like two, what only it
has two, what others may have too and the name of the file one."""

NAMES: Mapping[str, str] = {
    "Enterprise": "企业 公司 企业详细 单位详细 法定名称 法人名称 厂商 厂家 制造商 生产商 生产企业 生产厂家 申报企业 供应商 供货商 客户 上市公司 市场主体 代表企业 重点企业 龙头企业 链主企业 骨干企业 "
    "整机企业 主机企业 核心企业 研制单位 研制企业 生产单位 制造单位 建设单位 成员单位 成员企业 入驻企业 现企业 更名后企业 变更后企业 融资企业 被投企业 被投资企业 被投公司 收发货人 合作企业 链上企业 参与企业 牵头企业 承担企业 实施企业 子公司 标的公司 标的企业 目标企业 国内企业 国内主要企业 国内厂商 国内主要厂商 国内生产企业 主要生产企业 主要生产厂家 主要厂商 主要企业 代表性企业 "
    "租户 承租企业 展商 参展商 参展企业 公司中文 企业中文 会社 company portfoliocompany enterprise firm vendor supplier subsidiary",
    "Plant": "制造基地 基地 工厂 分厂 厂区 plant factory",
    "Product": "产品 细分产品 关键产品 关键零部件 核心零部件 商品 品名 主营产品 主要产品 主导产品 核心产品 重点产品 优势产品 主打产品 现有产品 已有产品 在产产品 量产产品 已量产产品 已上市产品 供应产品 供货产品 物料 零件 零部件 part 主要产品及服务 主要产品或服务 product products mainproducts",
    "Institute": "学校 高校 所属高校 院校 大学 合作高校 合作院校 合作高校院所 高校院所 科研院所 研究机构 研究院所 school university institute",
    "Technology": "技术 核心技术 关键技术 关键核心技术 technology",
    "Sector": "行业 部门 sector industry",
    "Place": "地区名称 行政区划名称",
    "Chain": "产业链",
    "Center": "中心名称 创新中心 科创中心 飞地 科创飞地",
    "Project": "项目名称 课题名称 研发项目",
    "Result": "成果名称 研发成果",
    "Proposal": "拟投项目 申报项目",
}
"""What tables call the column of the names of a type, beside the type's own names; each also with 名, 名称, 全称, name behind."""

ANY_NAME = (
    "名称", "名称1", "中文名称", "中文名", "全称", "name", "name1", "fullname", "organization", "机构", "机构名称", "单位", "单位名称", "单位全称", "申报单位",
    "现用名", "现用名称", "现名称", "承担单位", "依托单位", "会员单位", "会员名称", "理事单位",
)  # fmt: skip
_LISTED_NAMES = ("证券简称", "股票简称", "股票名称", "证券名称", "A股简称", "股份名称", "股份简称")
_SHORT_NAMES = (*_LISTED_NAMES, "公司简称", "企业简称", "简称")


def end_headings(kind: EdgeType, side: int) -> list[str]:
    """What tables call the start (0) or the end (1) of a type, also with 名称 behind."""
    headings = (kind.from_headings, kind.to_headings)[side]
    return [*headings, *(f"{one}{end}" for one in headings for end in (("s", "name") if one.isascii() else ("名称",)))]


@cache
def words_for(kind: NodeType) -> set[str]:
    """What tables call a thing of a type, as an end of a tie too, as it is compared."""
    ends = [word for edge in EDGE_TYPES for side in (0, 1) if any(pair[side] == kind.label for pair in edge.ends)
            for word in end_headings(edge, side)]  # fmt: skip
    words = [*type_names(kind), *NAMES.get(kind.label, "").split(), *ends]
    return {plain(code[1] if (code := CODE_OF.fullmatch(word)) else word) for word in words}


CODE_OF = re.compile(r"(.*?)[\s_-]*(?:统一社会信用代码|编号|编码|代码|代号|id|ID|Id|[Cc]ode)")
"""Headings of codes, and what these are codes of."""
ROLES = {*end_headings(EDGE_TYPE["SUPPLIES"], 0), *end_headings(EDGE_TYPE["SUPPLIES"], 1)}
_WORDS: Mapping[str, str] = {
    "Enterprise": r"企业|公司|厂商|供应商|客户|股票|上市|专精特新|小巨人|单项冠军|瞪羚|独角兽|高企|compan|enterpris|firm|stock|supplier",
    "Product": r"产品|商品|product",
    "Institute": r"高校|大学|院校|院所|研究院|实验室|school|universit|institut|college",
    "Technology": r"技术清单|关键技术|technolog",
    "Sector": r"行业|部门|sector|industr",
}
_NAMED, _FIRST = re.compile(rf"^(?!{REST_OF_NAME}(?:[(（]|$)).*..{ORGANISATION.pattern}"), 100
_PLACE_CODE = re.compile(r"^[1-8]\d{5}$")
_SIX_DIGITS = re.compile(r"(?<!\d)\d{6}(?!\d)")
_INSTITUTE = re.compile(r"(大学|学院|研究院|研究所|研究中心|实验室|科学院|设计院)([(（].*[)）])?$")
_PLANT = re.compile("厂|基地|车间|园|公司|plant|factory|works", re.IGNORECASE)
_NUMBER = re.compile(r"^(?:[A-Za-z]{0,3}[-_.]?\d[\d.,/-]*|[√✓✔☑●■★○×✗✘□])$")
_YEAR = re.compile(r"(?:19|20)\d\d")
_YEAR_OF = r"\s*(?:19|20)\d\d\s*(?:年(?:年?度|年?末|底|全年)?)?\s*"
_LAST_YEAR = re.compile("[上去]一?年度?|最?近一年")
_OF_ANOTHER = r"(?<!中)英文|[增率]|同比|环比|占比|排名|预[计测]|目标|计划|拟"
"""What a remark in brackets may say that makes another thing of the heading."""
_OF_A_PART = re.compile(
    r"其中|[境海国]外|出口|实[缴收]|研发|平均|[月人]均|累计|规划|在建|半年|[一二三四\d]季|[qh][1-4](?!\w)|[本当单每]月|\d[-—–~～至到]\d+月"
)
"""What makes an amount one of a part, or of something else, however the heading begins."""

_MONTHS = re.compile(r"季度|(?<![A-Za-z])[QqHh][1-4](?!\w)|半年|\d\s*月?\s*[-—–~～至到]\s*\d+\s*月")
_MONTHS_CELL = re.compile(rf"{_MONTHS.pattern}|季|月|[QqHh][1-4]$|^(?:19|20)\d\d[-/.]?(?:0?[1-9]|1[0-2])$")
"""What says in a title, and in a cell, that something is of a part of a year."""

_OF_PLANS = ("总投资", "投资额", "计划总投资", "建设周期", "建设期", "建设地点")
_TO_BE_BUILT = re.compile("年产|(新建|扩建|改建|技改|技术改造|建设|产业化)(项目|工程)$|生产线|生产基地")
_RESEARCH = re.compile(
    "研究|研发|研制|开发|攻关|关键.{0,20}技术|课题|立项|结题|验收|项目编号|负责人|首席|起止|经费|执行期"
)
"""What headings, titles or names of projects say of research."""
_VAGUE = {"code", "field", "kind", "status", "level", "address", "opened_on", "name_en", "aliases", "center_type", "functions",
          "mode", "progress"}  # fmt: skip
"""Properties whose headings say little, however many there are: 代码, 领域, 类型 and 地址 stand in tables of all kinds."""

_IN_CHINESE = ("(全称)", "(cn)", "(zh)", "(中文)", "(中)", "(chinese)")
_COMMON = {"source_ids", "as_of", "name_zh"}
_IN_TEMPLATES = {"id", "from_id", "to_id", *(prop.name for kind in KIND.values() for prop in settable(kind))}
"""The headings of tables that are written for this program: such a table is laid as a row a thing."""
_COMPANY = re.compile(r"..有限(责任)?公司$")
_PIVOT = re.compile(
    r"(行|列)标签$|(row|column) labels$|(求和|计数|平均值|最大值|最小值)项\s*[:：]|(sum|count|average|max|min) of ",
    re.I,
)
"""What a spreadsheet writes at the head of a pivot table."""
HS_CODE = re.compile(r"^\d{4}(?:\.?\d{2}){0,3}(?:\.?\d\d)?$")
_CODED = re.compile(r"证券|股票|[ABH]股|股份代|stock|symbol|ticker|ts_?code|company_?code", re.IGNORECASE)
HONG_KONG = re.compile("H股|港股|香港|股份代")
"""Headings of codes of shares below which five digits are of Hong Kong."""
_PERHAPS_CODED = re.compile(r"代码|编码|code|id", re.IGNORECASE)
"""What may be codes of shares where each has all its digits: 3451 under 代码 is anything."""
CLASSIFICATIONS = (
    (re.compile(r"^(?!.*(?:注册|备案|企业|单位)).*(?:hs|海关|税[则号]|商品(?:编码|代码)|cncode|commodity)"), HS_CODE,
     Text.both("海关商品编码（HS）", "goods (HS)")),
    (re.compile(r"行业|国民经济|4754|industry|sector|nace|sic"), re.compile(r"^[A-Z]?\d{2,4}([.\s-]|$)"),
     Text.both("国民经济行业（GB/T 4754）一类的行业分类", "industries (as of GB/T 4754)")),
)  # fmt: skip
"""Headings and values of codes of classifications, and what they are codes of."""
_OF = r"(?:(?:所属|所在|注册|登记|办公|总部|企业|公司|单位|推荐|归属|经营|生产|工商|机构|学校|落户|落地|中心|飞地|地址|[坐座]落)地?)*"
_OF_EN = "(?:(?:hq|headquarters?|headoffice|company|registered|office|address|location)['s]*)?"
_STAGES = re.compile(
    "(?:产业链)?[上中下]游(?:环节|领域|产品|(?:代表|重点|主要)?(?:企业|厂商|公司))?|(?:up|mid|down)stream(?:s|compan(?:y|ies)|products?)?"
)
_LEVELS = re.compile(r"(?:bom|物料|结构|产品)?(?:层级|阶层|层次|阶次|级次|层|阶)(?:号|码)?|(?:bom)?(?:level|lvl|lev)")
_LEVEL_OF = re.compile(
    r"第?([一二三四五六1-6])[级层](?:零部件|零件|部件|组件|总成|物料|材料|产品|环节|节点|结构|模块)?(?:名称)?|(?:bom)?(?:level|层级|层)([1-6])"
)
_LEVEL_NUMBERS = re.compile(r"编[号码]|.*序号|层级码|wbs|item|(?:item|line|pos)?(?:no|number)\.?|position|pos|code")
_PARTS = (
    "子件名称 子项名称 物料名称 物料描述 零部件名称 零件名称 部件名称 组件名称 材料名称 产品名称 品名 名称 物料 零部件 零件 产品 "
    "partname itemname partdescription description component item part name"
)
"""What lists by level call what stands at each."""
_OF_PARTS = re.compile(
    r"物料|零部?件|部件|组件|[子母父]件|用量|单耗|定额|(?<![a-z])bom(?![a-z])|part|component|assembly|qty|quantity|bill of material"
)
"""What says of a list by level that what is below is part of what is above."""
ABOVE = "上一级"
"""The column of what stands one level above each row."""
HEADS = "小标题"
"""The column of the section heads above each row."""
PLACES = {
    "anywhere": rf"{_OF}(?:地区|地域|区域|属地|所在地|所属地|注册地|地方|辖区|行政区|行政区划|落户地|落地|园区|开发区|工业园区?|功能区|街镇|镇街|镇街道|街道|乡镇|省市[区县]|省/市/[区县])|所属|注册地|总部|[坐座]落[地于]?|{_OF_EN}(?:area|region|location)|hq|headquarters",
    "code": r"行政区划代码|区划代码|adcode",
    "address": rf"{_OF}(?:详细|通讯|通信|联系|具体|营业)?(?:地址|住所|住址|经营场所|营业场所|厂址)|地点|{_OF_EN}address",
    "province": rf"(?:.*[-_])?{_OF}(?:省|省份|省市|省级|省区市|省直辖市|省名|省份名称)|{_OF_EN}(?:prov|province)(?:name)?",
    "city": rf"(?:.*[-_])?{_OF}(?:市|城市|地市|地级市|设区市|设区的市|市州|州市|市级|地级|地市州|城市名称|市名)|{_OF_EN}city(?:name)?",
    "district": rf"(?:.*[-_])?{_OF}(?:区|县|区县|县区|县市区|市县区|区市县|区县市|区\(市\)县|县\(市\)区|县级|县市|市县|区县名称)|{_OF_EN}(?:district|county)(?:name)?",
}
"""What tables call the columns that place something; what stands `anywhere` may be a place of any level, or none."""


@lru_cache(1 << 14)  # What columns may be called is compared for every table, and is the same each time.
def plain(heading: str) -> str:
    """A heading as it is compared: without white space, marks, its year, and the units or remarks in brackets behind it.

    >>> [plain(text) for text in ("2023年 营业收入（万元）", "营业收入（万元） 2023", "3、主要产品（多选） [多选题]", "收入（同比增长）")]
    ['营业收入', '营业收入', '主要产品', '收入(同比增长)']
    """
    said = simplified(unicodedata.normalize("NFKC", heading_and_unit(heading)[0]))
    said = re.sub(rf"^(?:{_YEAR_OF}|{_LAST_YEAR.pattern})(?=.)|(?<=[^\d\s]){_YEAR_OF}$", "", said.strip())
    said = re.sub(r"(?:基本)?(?:信息|情况|资料)\s+(?=名称|全称)", "", said)  # 供应商信息 over 名称.
    text = re.sub(
        r"^Q?\d{1,3}[、.)]|您(所在)?的?|贵(公司|单位|企业)的?(?=.)|请(填写|输入)|[\s_*:·、/|?]+|(?<=.)[是为]:?$|的(?=比[例重])",
        "",
        heading_and_unit(said)[0],
    )
    return re.sub(rf"([(\[【](?![^)]*(?:{_OF_ANOTHER}))[^()\[\]【】]*[)\]】])+$", "", text).casefold()


_NUMBERED = re.compile(
    r"第\s*(?P<first>\d{1,2}|[一二三四五六七八九十])\s*[大号家个名位]?\s*(?P<of>\D.*)"
    r"|(?P<before>\D+?)[\s_.#(-]*(?<!\d)(?P<number>\d{1,2}|[一二三四五六七八九十])(?!\d)[)\s_.-]*(?P<behind>\D*(?:\(.*)?)"
)


def numbered(heading: str) -> tuple[str, str] | None:
    """What a heading of several of one kind says without its number, and the number.

    >>> numbered("供应商1"), numbered("第一大客户"), numbered("客户（二）销售额（万元）"), numbered("营业收入2023")
    (('供应商', '1'), ('客户', '1'), ('客户销售额(万元)', '2'), None)
    """
    found = _NUMBERED.fullmatch(unicodedata.normalize("NFKC", heading).strip())
    if found is None:
        return None
    number = (found["first"] or found["number"]).translate(_NUMERALS)
    return found["of"] or f"{found['before']}{found['behind']}".strip(), number.removeprefix("0")


_RANKED = re.compile(
    r"^(?:(?:主要|核心|重点|重要|上游|下游|年度|top\s*\d*|前[一二三四五六七八九十\d]+[大名家位]?)的?)+(?=供应商|供货商|客户|采购商|股东)",
    re.I,
)
"""What stands before 供应商 and makes no other thing of it."""
_NUMERALS = {ord(sign): str(number) for number, sign in enumerate("一二三四五六七八九十", 1)}


@dataclass(frozen=True)
class Reading:
    """What a table is taken for and why; with no type, or with several, it is not clear, and `kinds` are what it may be; where it is
    laid otherwise than a row a thing, it is none of them before it is laid so."""

    kinds: tuple[Kind, ...]
    because: Text
    is_clear: bool
    is_laid_otherwise: bool = False
    is_named: bool = False
    """Whether a person said it: by the name of the table, or as it was asked for."""

    @property
    def may_be_wider(self) -> bool:
        """Whether it was concluded that a table is of something else than enterprises: those in it would be lost."""
        return isinstance(self.kind, NodeType) and self.kind.label != "Enterprise" and not self.is_named

    @property
    def kind(self) -> Kind | None:
        """The type, where it is clear."""
        return self.kinds[0] if self.is_clear else None


class Table:
    """A table of which a type is sought: its headings, and a sample of what stands below them."""

    def __init__(self, file: str, raw: RawTable, looked_up: Mapping[str, Mapping[str, object]] | None = None) -> None:
        self.raw, self.name = raw, raw.name
        self.looked_up = looked_up or {}
        """The columns of names that codes stand for in another table, and how each is found (`derived` of a mapping)."""
        self.headings: list[str] = raw.columns.column_names
        self.is_template = _IN_TEMPLATES.issuperset(self.headings)
        self._plain = {heading: plain(heading) for heading in self.headings}
        # Of several columns of one name the first is found, of those of several years that of the last.
        years = {heading: _YEAR.findall(heading)[-1:] for heading in reversed(self.headings)}
        now = [str(date.today().year)]  # What is said of a year to come is a plan.
        told = [heading for heading in years if years[heading] <= now and not self.is_nested(heading)]
        plainest = {one: (not (remark := self._remark(one)), remark in _IN_CHINESE) for one in told}
        self._by_year = sorted(told, key=lambda one: (not _LAST_YEAR.match(one), years[one], plainest[one]))
        # Asked for each type anew; tables may have thousands of columns.
        self.sample, self.coded, self.numbers = cache(self._sample), cache(self._coded), cache(self._numbers)
        self.names = cache(lambda heading: without_noise(self.sample(heading))[0].to_pylist())
        self.sheet = raw.name[raw.name.rindex("[") + 1 : -1] if raw.name.endswith("]") else ""
        self.stem = file.partition(".")[0]
        self.title = " ".join((self.stem, self.sheet, *raw.above))
        self.says = " ".join((self.title, *self.headings))

    def is_nested(self, heading: str) -> bool:
        """Whether a column holds objects as JSON text, which are no name, address or place, and none that are listed by name."""
        return not self.named_in(heading) and any(str(one).startswith('{"') for one in self.first(heading))

    def first(self, heading: str) -> list[object]:
        first = self.raw.columns[heading].drop_null().slice(0, 1).to_pylist()
        return first[0] if first and isinstance(first[0], list) else first

    def named_in(self, heading: str) -> str:
        """What the objects in the lists of a column call their names; nothing where they are none."""
        is_listed = pa.types.is_list(self.raw.columns.schema.field(heading).type)
        found = re.search(r'"([^"]*(?:名称?|[Nn]ame)|title)":"', str(self.first(heading)[:1])) if is_listed else None
        return found[1] if found else ""

    def called(self, names: Mapping[str, str]) -> "Table":
        """Some of the columns under other names: `names` are the headings by these."""
        order = {heading: at for at, heading in enumerate(self.headings)}
        names = dict(sorted(names.items(), key=lambda one: order[one[1]]))
        columns = self.raw.columns.select([*names.values()]).rename_columns([*names])
        return Table(self.stem, replace(self.raw, columns=columns))

    def by_number(self) -> list[dict[str, str]]:
        """The columns of each number by what they are called without it (供应商1, 金额1), then all columns as they are."""
        found: dict[str, dict[str, str]] = {}
        for heading in self.headings:
            if (told := numbered(heading)) is not None:
                found.setdefault(told[1], {}).setdefault(_RANKED.sub("", told[0]), heading)
        return [*found.values(), {_RANKED.sub("", heading): heading for heading in reversed(self.headings)}]

    def _sample(self, heading: str) -> pa.Array:
        """The texts of a column that are known; none of a column of lists."""
        column = pa.concat_arrays(self.raw.columns[heading].chunks or [pa.array([], pa.string())])
        if pa.types.is_list(column.type):
            return pa.array([], pa.string())
        return unquoted(self.name, without_blanks(column)[0].drop_null())

    def share(self, heading: str, pattern: re.Pattern[str]) -> float:
        """What part of the texts of a column a pattern matches."""
        return sum(bool(pattern.search(text)) for text in self.names(heading)) / max(len(self.names(heading)), 1)

    def are_firms(self, heading: str) -> bool:
        """Whether most of the first texts of a column name organisations; 原厂 names none."""
        texts = self.names(heading)[:_FIRST]
        return 2 * sum(bool(_NAMED.search(text)) for text in texts) >= max(len(texts), 1)

    def heading(self, names: Sequence[str], used: set[str] | frozenset[str] = frozenset()) -> str | None:
        """The column that has the first of these names that any has; of several years that of the last."""
        by_name = {self._plain[heading]: heading for heading in self._by_year if heading not in used}
        return next((by_name[wanted] for name in names if (wanted := plain(name)) in by_name), None)

    def named(self, names: Sequence[str], used: set[str] | frozenset[str] = frozenset()) -> str | None:
        """The first such column that holds no numbers or codes: 供应商 may be those, beside 供应商名称."""
        found = self.heading(names, used)
        while found is not None and self.numbers(found):
            used = used | {found}
            found = self.heading(names, used)
        return found

    def _numbers(self, heading: str) -> bool:
        return self.share(heading, _NUMBER) > 0.5

    def example(self) -> str:
        """What stands in the first row, for people."""
        first = (text for heading in self.headings for text in self.sample(heading).slice(0, 1).to_pylist())
        return "、".join(first)[:60]

    def ids(self, heading: str, label: str | None) -> bool:
        """Whether what stands in a column are ids; an empty column is taken at its heading's word."""
        known = self.sample(heading)
        return len(known) == 0 or (pc.sum(is_id(known, label)).as_py() or 0) > len(known) / 2

    def _coded(self, form: str) -> str | None:
        """The column whose texts are codes of a form."""
        for heading in sorted(self.headings, key=lambda one: bool(HONG_KONG.search(one))):
            known = self.sample(heading)
            known = pc.replace_substring_regex(known, r"^\d{1,5}$", r"\0.HK") if HONG_KONG.search(heading) else known
            is_perhaps = bool(_PERHAPS_CODED.fullmatch(self._plain[heading])) and self.share(heading, _SIX_DIGITS) == 1
            if len(known) and (form == "uscc" or _CODED.search(heading) or is_perhaps):
                codes, _ = in_form(form, known)
                if len(codes) - codes.null_count >= _LEAST_FIT * len(known):
                    return heading
        return None

    # --- columns ---

    def own_name(self, kind: NodeType) -> str | None:
        """The column of names whose heading says that they are this type's."""
        if kind.label == "Source":  # 来源 stands in tables of all kinds.
            return None
        words = NAMES.get(kind.label, "").split()
        if kind.label == "Proposal" and self._has_plans:
            words += ["项目"]
        if kind.label == "Product" and re.search("研制|首台", self.says):
            words += ["装备", "设备", "成套装备"]
        named = [f"{word}{end}" for end in ("名称", "全称", "名", "name", "") for word in words]
        named += ["集团名称", "集团"] * (kind.label == "Enterprise")  # Beside 子公司 its rows are of those.
        found = self.named([*type_names(kind), *named])
        if found is None and kind.label != "Enterprise" and kind is self._named():
            found = self.named(["名称", "name"])  # 产品.csv says whose they are, whoever stands beside them.
        return self._of_firms if found is None and kind.label == "Enterprise" else found

    @cached_property
    def _of_firms(self) -> str | None:
        """The first column of organisations, where its heading, and no other, says that they are firms: 申领企业, 获奖公司."""
        said = [one for one in self.headings if re.search("(企业|公司)(名称|全称)?$", self._plain[one])]
        is_clear = len(said) == 1 and not EITHER_WAY.search(said[0])
        return said[0] if is_clear and next(filter(self.are_firms, self.headings), None) == said[0] else None

    def name_column(self, kind: NodeType) -> str | None:
        """The column of the names: that of the type, else one under a heading that any type may have."""
        return self.tied[2] if kind.label == "Enterprise" and self.tied else self.first_name(kind)

    def first_name(self, kind: NodeType) -> str | None:
        """The same, whatever the rows are of besides (`tied`)."""
        keys = "*" if "*" in self.headings else None  # Of the objects of a document, which may be their names.
        found = self.heading(["name_zh"]) or self.own_name(kind) or self.heading(ANY_NAME) or keys
        if kind.label != "Enterprise" or (found is not None and plain(found) not in ROLES):
            return found
        # 证券简称 beside 客户名称 is whose customers they are.
        return self.heading(_LISTED_NAMES) or found or self.heading(_SHORT_NAMES)

    @cached_property
    def _elsewhere(self) -> list[tuple[EdgeType, int, str, str]]:
        """The columns of firms behind that of the names, with edge and side, where each of several beside one name is said, by the last
        of these four, to be at another place."""
        own, order = self.first_name(NODE_TYPE["Enterprise"]) or "", self.headings.index
        found = [*own_ends(NODE_TYPE["Enterprise"], self)] if own else []
        places = [one for one in self.places().values() if one != HEADS and own and order(one) > order(own)]
        return [(*end, one) for end in found for one in places if order(one) > order(end[2]) > order(own)
                and self._most(own, one) > 1 == self._most(end[2], one)]  # fmt: skip

    @property
    def tied(self) -> tuple[EdgeType, int, str] | None:
        """What the rows are of besides the first firms: 子公司 beside 企业名称. Owners may be persons, and rows are of none."""
        return next((one[:3] for one in self._elsewhere if one[3] not in self.of_owners), None)

    @property
    def of_owners(self) -> set[str]:
        """The columns that say where the owners of firms are."""
        return {place for edge, side, _, place in self._elsewhere if (edge.type, side) == ("OWNS", 0)}

    def _most(self, column: str, other: str) -> int:
        """How many different texts stand at most beside one of a column; none beside lists, as JSON has them."""
        if any(pa.types.is_list(self.raw.columns.schema.field(one).type) for one in (column, other)):
            return 0
        both = self.raw.columns.select([column, other]).rename_columns(["one", "many"]).drop_null()
        counted = both.group_by("one").aggregate([("many", "count_distinct")])["many_count_distinct"]
        return pc.max(counted).as_py() or 0

    def columns(self, kind: Kind, used: set[str] | frozenset[str] = frozenset()) -> dict[str, tuple[Property, str]]:
        """Which column holds which property: the property's own name comes before its other names."""
        props = {prop.name: prop for prop in settable(kind)}
        name = self.name_column(kind) if isinstance(kind, NodeType) and "name_zh" in props else None
        found = {"name_zh": (props["name_zh"], name)} if name is not None else {}
        for form in ("stock_code", "uscc") if kind is NODE_TYPE["Enterprise"] else ():
            if (column := self.coded(form)) is not None and not self._is_of_another(column, found.get("name_zh")):
                found[form] = (props[form], column)
        for prop in (prop for prop in props.values() if prop.name not in found):
            taken = used | {heading for _, heading in found.values()} | self._of_a_customer(found.get("name_zh"))
            taken |= self.of_owners if kind is NODE_TYPE["Enterprise"] else set()
            taken |= self.of_a_site("Plant")[1] if prop.name in ("employees", "revenue_10k_cny", "address") else set()
            said = [prop.name, prop.zh, prop.en, *prop.headings]
            before = ("", "为", "属于") if prop.type is ValueType.BOOLEAN else ()
            asked = [f"是否{be}{word}" for word in said for be in before]
            heading = self.heading([*said, *asked], taken)
            # What is called as the property is meant, and refused where it is none; status is anything in tables of others.
            is_meant = heading == prop.name and (self.is_template or prop.name != "status")
            if heading is not None and (is_meant or self._is_fit(prop, heading)):
                found[prop.name] = (prop, heading)
        return {name: found[name] for name in props if name in found}

    def _is_fit(self, prop: Property, heading: str) -> bool:
        """Whether a column of another's table can be what a row cannot do without: 来源 is words there, and 日期 may be empty."""
        texts = self.sample(heading)
        if prop.name == "as_of":
            is_full = len(texts) == len(self.raw.rows)
            return heading == prop.zh or (is_full and not converted(prop, texts).values.null_count)
        if prop.name == "revenue_10k_cny" and self.is_of_months:
            return False
        if prop.type in (ValueType.NUMBER, ValueType.INTEGER, ValueType.FRACTION):
            return self._is_plainest(heading) and not _OF_A_PART.search(self._remark(heading))
        if prop.name == "hs_code":
            return not len(texts) or self.share(heading, HS_CODE) >= 0.5
        if prop.name == "status":
            return self._may_be(prop, heading)
        return prop.name != "source_ids" or self.ids(heading, "Source")

    @cached_property
    def is_of_months(self) -> bool:
        """Whether amounts are those of months, a quarter or half a year, by a column or the title, and no year's."""
        told = (one for one in self.headings if re.search("季度|月份?$|年月|月度|期间?$", self._plain[one]))
        return bool(_MONTHS.search(self.title)) or any(self.share(one, _MONTHS_CELL) >= 0.5 for one in told)

    def _remark(self, heading: str) -> str:
        """What a heading says of which of several measures of one name it is: 国内 of 市占率（国内）."""
        said = simplified(unicodedata.normalize("NFKC", heading_and_unit(heading)[0])).casefold()
        return re.sub(rf"\s|{_YEAR.pattern}\s*年?", "", said).replace(self._plain[heading], "")

    def _is_plainest(self, heading: str) -> bool:
        """Whether no other column says as much of the same measure, as 市占率（全球） beside 市占率（国内）."""
        same = {self._remark(one) for one in self.headings if self._plain[one] == self._plain[heading]}
        return not self._remark(heading) or len(same) == 1

    def _may_be(self, prop: Property, heading: str) -> bool:
        """Whether a column holds any of the choices of a property that has some: 个体工商户 under 类型 is no type of centre."""
        texts = self.sample(heading)
        return not (prop.choices and len(texts)) or converted(prop, texts).values.null_count < len(texts)

    def _is_of_another(self, code: str, name: tuple[Property, str] | None) -> bool:
        """Whether codes beside customers or suppliers are not theirs: one stands beside several names."""
        if name is None or plain(name[1]) not in ROLES:
            return False
        return self._most(code, name[1]) > 1

    def _of_a_customer(self, name: tuple[Property, str] | None) -> set[str]:
        """The columns from that of customers or suppliers on, where a listed company is named before them: 是否上市 is theirs there."""
        role = self.heading([*ROLES]) if name is not None and plain(name[1]) in map(plain, _LISTED_NAMES) else None
        return set() if role is None else {*self.headings[self.headings.index(role) :]}

    def of_a_site(self, *labels: str) -> tuple[str | None, set[str]]:
        """The column of a plant, and with it those behind it, of which each row of a group has another, or that of a centre and those
        up to its residents; none where no enterprises stand beside it."""
        firm, order = self.own_name(NODE_TYPE["Enterprise"]), self.headings.index
        for label in labels or ("Plant", "Center"):
            if firm and (site := self.own_name(NODE_TYPE[label])):
                ends = label == "Center" and order(firm) > order(site)
                return site, {*self.headings[order(site) : order(firm) if ends else None]}
        return None, set()

    def places(self) -> dict[str, str]:
        """The columns that say where something is, by what they say."""
        found: dict[str, list[str]] = {role: [] for role in PLACES}
        for heading in (one for one in self.headings if not self.is_nested(one)):
            for role, pattern in PLACES.items():
                if re.fullmatch(pattern, self._plain[heading]):
                    found[role].append(heading)
                    break
        found["address"].sort(key=lambda heading: not re.match("注册|登记|住所|地址", heading))
        roles = {role: headings[0] for role, headings in found.items() if headings}
        if "anywhere" in roles and self.share(roles["anywhere"], _PLACE_CODE) == 1:
            roles.setdefault("code", roles.pop("anywhere"))
        levels = ("province", "city", "address")
        for column, possible, least in ((roles.pop("anywhere", ""), levels[1:], 0.5), (HEADS, levels, 1.0)):
            open_to = [role for role in possible if role not in roles and column in self.headings]
            free = {role: self.part_placed(column, role) for role in open_to}
            best = max(free, key=free.__getitem__, default="")  # Of equal ones the first.
            roles |= {best: column} if best and free[best] >= least else {}
        return roles

    def unplaced(self, heading: str) -> list[str]:
        """The texts of a column that are no place, where others are."""
        known = self.sample(heading)
        is_unknown = pc.is_null(placed(address=known)["code"]) if len(known) else known
        return pc.unique(known.filter(is_unknown)).to_pylist() if 0 < pc.sum(is_unknown).as_py() < len(known) else []

    def part_placed(self, heading: str, role: str) -> float:
        """What part of the texts of a column are places; all of none."""
        known = self.sample(heading)
        codes = placed(**{role: known})["code"] if len(known) else pa.array([])
        return (len(codes) - codes.null_count) / len(known) if len(known) else 1.0

    @cached_property
    def levels(self) -> Levels | None:
        """The columns of levels and of what stands at each, where rows are below others: by a level, a number as 1.1.2, or indented."""
        of = self.named(_PARTS.split())
        names = self.sample(of).to_pylist() if of is not None else []
        if of is None or self.share(of, ORGANISATION) >= 0.5 or len(names) < len(self.raw.rows):
            return None
        if is_outline([*map(indented, self.raw.columns[of].to_pylist())]):
            return Levels(column=of, of=of, above=ABOVE)
        for heading in (one for one in self.headings if one != of):
            is_level = bool(_LEVELS.fullmatch(self._plain[heading]))
            is_number = is_ordinal(heading) or bool(_LEVEL_NUMBERS.fullmatch(self._plain[heading]))
            texts = self.sample(heading).to_pylist() if is_level or is_number else []
            is_nested = is_level or any("." in text.strip(".") for text in texts)
            if is_nested and is_outline([*map(depth, texts)]):
                return Levels(column=heading, of=of, above=ABOVE)
        return None

    @cached_property
    def nested(self) -> list[str]:
        """The columns of levels side by side, from the whole to the parts (一级部件, 二级部件), where each row is filled from the left."""
        told = ((_LEVEL_OF.fullmatch(self._plain[one]), one) for one in self.headings)
        found = [one for _, one in sorted((str(by[1] or by[2]).translate(_NUMERALS), one) for by, one in told if by)]
        rows = self.raw.columns.select(found).to_pylist() if len(found) > 1 else []
        filled = [[bool(cell) for cell in row.values()] for row in rows]
        is_nested = any(map(all, filled)) and all(row == sorted(row, reverse=True) for row in filled)
        return found if is_nested else []

    @cached_property
    def stages(self) -> list[str]:
        """The columns of the stages of a chain, side by side, of whose rows nothing else is named: what stands in one row is no tie."""
        found = [one for one in self.headings if _STAGES.fullmatch(self._plain[one])]
        is_chain = any(re.match("中游|mid", self._plain[one]) for one in found) and len(found) > 1
        others = {self.own_name(NODE_TYPE[one]) for one in ("Enterprise", "Product")} if is_chain else set()
        return found if is_chain and others <= {None, *found} else []

    def ends(self, kind: EdgeType) -> tuple[str, str] | None:
        """The columns of both ends, whose headings say that they are this type's."""
        start = self.named(["from_id", *end_headings(kind, 0)])
        end = self.named(["to_id", *end_headings(kind, 1)], {start} if start else set())
        return (start, end) if start and end and kind.from_headings else None

    # --- the type ---

    def reading(self) -> Reading:
        """The type that the table is named after, unless its values say another; else the one that its signs agree on."""
        if (layout := self._layout()) is not None:
            return Reading((), layout, False, is_laid_otherwise=True)
        if any(map(_COMPANY.search, self.headings)):
            return Reading((), Text("ingest.first_row_data"), False)
        if (told := self._kinds_told()) is not None:
            return told
        named = self._named()
        if named is not None and self._is_misnamed(named) and not self._contradiction(named):
            named = None
        if named is not None and (wider := self._wider(named)) is not None:
            return wider
        if named is not None:
            because, other = Text("ingest.by_its_name", name=named.text), self._contradiction(named)
            if other is None:
                return Reading((named,), because, True, is_named=True)
            return Reading((named, other), Text("ingest.but", because=because, but=self._looks), False)
        column = self.levels.column if self.levels is not None else "、".join(self.nested)
        if column and self.own_name(NODE_TYPE["Enterprise"]) is None:
            because = Text("ingest.by_levels", column=column)
            is_of_parts = bool(_OF_PARTS.search(self.says.casefold()))
            return Reading((EDGE_TYPE["INPUT_OF"], EDGE_TYPE["KIND_OF"])[: 2 - is_of_parts], because, is_of_parts)
        if self.stages:
            return self._of_stages()
        # 企业名称 beside 股东 is a list of enterprises that says whose they are.
        found = [kind for kind in EDGE_TYPES if (ends := self.ends(kind)) and not self._are_rows_of(kind, *ends)]
        return self._of_edges(found) if found else self._not_yet_built(self._of_nodes())

    def _is_misnamed(self, named: Kind) -> bool:
        """Whether a table has no names of what it is called after: 产业链.csv may be a list of products, or of whoever stands in a chain."""
        if isinstance(named, EdgeType) or self.heading(["id", "name_zh"]):
            return False
        others = (NODE_TYPE[one] for one in ("Enterprise", "Product", "Technology"))
        is_of_others = named.label == "Chain" and bool(self.stages or any(map(self.own_name, others)))
        return is_of_others or self.name_column(named) is None

    def _of_stages(self) -> Reading:
        firms = [*map(self.are_firms, self.stages)]
        kinds = [NODE_TYPE["Enterprise"]] * any(firms) + [NODE_TYPE["Product"]] * (not all(firms))
        return Reading((*kinds,), Text("ingest.by_stages", columns=self.stages), len(kinds) == 1)

    def _are_rows_of(self, kind: EdgeType, start: str, end: str) -> bool:
        """Whether rows are of an end of a tie, or of what stands between both: 企业名称 beside 股东, 产品 beside 上游 and 下游."""
        if kind.type == "INPUT_OF":
            return self.own_name(NODE_TYPE["Product"]) not in (None, start)
        return kind.type == "OWNS" and end == self.own_name(NODE_TYPE["Enterprise"])

    def _not_yet_built(self, reading: Reading) -> Reading:
        """The reading, unless projects stand in a list of enterprises of which nothing says whether they are proposed, or built already."""
        name = self.own_name(NODE_TYPE["Proposal"]) if reading.kind is NODE_TYPE["Enterprise"] else None
        if name is None or self.heading(["拟投项目", "申报项目", *end_headings(EDGE_TYPE["PROPOSES"], 0)]):
            return reading
        also = Text("ingest.and_also", because=reading.because, column=name)
        return Reading((NODE_TYPE["Enterprise"], NODE_TYPE["Proposal"]), also, False)

    def _kinds_told(self) -> Reading | None:
        """That rows are of several types, where a column says of which each is; enterprises and institutes are told by their names."""
        is_general = self.heading(ANY_NAME) and not self.own_name(NODE_TYPE["Enterprise"])
        for heading in (one for one in self.headings if is_general and _KINDS.fullmatch(self._plain[one])):
            said = pc.unique(self.sample(heading)).to_pylist()
            kinds = {_TYPE_WORDS.get(text.casefold()) for text in said}
            if len(kinds) > 1 and None not in kinds and not kinds <= {"Enterprise", "Institute"}:
                found = tuple(kind for kind in NODE_TYPES if kind.label in kinds)
                return Reading(found, Text("ingest.kinds_in_column", column=heading, kinds=said[:4]), False)
        return None

    def _layout(self) -> Text | None:
        """How a table is laid otherwise than a row a thing and a column a property, and what to do about it."""
        if self.is_template:
            return None
        first, *others = self.headings
        parts = re.split(r"[，；｜、\s]+", first)
        if not others and sum(map(is_heading, parts)) > 1:
            return Text("ingest.layout.one_column", seen=parts[:3])
        if pivot := list(filter(_PIVOT.match, self.headings)):
            return Text("ingest.layout.pivot", seen=pivot[0])
        for column in self.headings[:2]:  # The second, where the first says of what they are.
            told = self.sample(column).to_pylist()
            down = list(filter(is_heading, told))
            # 企业 and 高校 may be kinds of what is named.
            is_unnamed = self.name_column(NODE_TYPE["Enterprise"]) in (None, column)
            if len(down) > 1 and 2 * len(down) >= len(told) == len(set(told)) and is_unnamed:
                layout = "ingest.layout.form" if any(map(is_heading, others[1:])) else "ingest.layout.on_its_side"
                return Text(layout, column=column, seen=down[:3])
        top = [str(self.raw.columns[one][0].as_py() or "") for one in self.headings] if len(self.raw.rows) else []
        if len(found := list(filter(is_heading, top))) > max(1, sum(map(is_heading, self.headings))):
            return Text("ingest.layout.headings_below", row=self.raw.rows[0].as_py(), seen=found[:3])
        across = list(filter(_COMPANY.search, others))
        if len(across) > 1 and not _COMPANY.search(first) and self.share(first, ORGANISATION) >= 0.5:
            return Text("ingest.layout.cross", down=self.sample(first).to_pylist()[:2], across=across[:2])
        return None

    def _wider(self, named: Kind) -> Reading | None:
        """What a table is that names something besides its own type, of which it says no more than the name: who makes it."""
        if isinstance(named, EdgeType) or self.heading(["id", "name_zh"]) or {*self.columns(named)} - _COMMON:
            return None
        name = self.name_column(named)
        if name is None:
            return None
        wider = self._of_nodes()
        if not isinstance(wider.kind, NodeType) or joining(wider.kind, named) is None:
            return None
        return wider if self.own_name(wider.kind) not in (None, name) else None

    def _named(self) -> Kind | None:
        for name in filter(None, (self.sheet, self.stem)):
            derived = derived_type(name)
            if derived is not None:
                raise DerivedGiven(self.name, derived)
            for kind in KIND.values():
                if name.casefold() in _kind_names(kind):
                    return kind
        return None

    @cached_property
    def _looks(self) -> Text:
        name = self.name_column(NODE_TYPE["Enterprise"]) or self.headings[0]
        return Text("ingest.look_like_enterprises", column=name, names=self.sample(name).to_pylist()[:3])

    @cached_property
    def _has_plans(self) -> bool:
        """Whether what is called 项目 is to be built: something else of it is a plan's, or its names say what it will make."""
        name = self.heading(["项目名称", "项目"])
        told = self.heading([*end_headings(EDGE_TYPE["PROPOSES"], 0), *_OF_PLANS])
        return name is not None and (told is not None or self.share(name, _TO_BE_BUILT) >= 0.5)

    @cached_property
    def _is_research(self) -> bool:
        """Whether what is called 项目 is research and nothing of it is a plan to build."""
        name = self.own_name(NODE_TYPE["Project"])
        is_said = _RESEARCH.search(self.says) or (name is not None and self.share(name, _RESEARCH) >= 0.5)
        return bool(is_said) and not self._has_plans

    def _contradiction(self, kind: Kind) -> NodeType | None:
        """Enterprise, where the names in a table of something else are those of enterprises."""
        if not isinstance(kind, NodeType) or kind.label not in ("Product", "Technology", "Sector", "Place", "Chain"):
            return None
        _, name = self.columns(kind).get("name_zh", (None, None))
        is_other = name is not None and len(self.sample(name)) > 0 and self.share(name, ORGANISATION) >= 0.5
        return NODE_TYPE["Enterprise"] if is_other else None

    def _of_edges(self, found: Sequence[EdgeType]) -> Reading:
        """By the headings of both ends; 上游 and 下游 are products or enterprises, as their values look."""
        kind = found[0]
        start, end = self.ends(kind) or ("", "")
        because = Text("ingest.by_two_columns", start=start, end=end)
        if [one.type for one in found if self.ends(one) == (start, end)] == ["INPUT_OF", "SUPPLIES"]:
            both = [EDGE_TYPE["INPUT_OF"], EDGE_TYPE["SUPPLIES"]]
            found = [*(one for one in found if self.ends(one) != (start, end)), *both]
            shares = [self.share(heading, ORGANISATION) for heading in (start, end)]
            if min(shares) >= 0.5:
                found.remove(EDGE_TYPE["INPUT_OF"])
                because = Text("ingest.values_like_enterprises", because=because)
            elif max(shares) == 0:
                found.remove(EDGE_TYPE["SUPPLIES"])
                because = Text("ingest.values_unlike_enterprises", because=because)
        elif kind.type == "INPUT_OF" and self.share(start, ORGANISATION) >= 0.5:
            found = [*found, EDGE_TYPE["SUPPLIES"]]
        kind = found[0]
        if (of_projects := self._of_projects(found, because)) is not None:
            return of_projects
        if len(found) > 1:
            return Reading(tuple(found), because, False)
        name = self.own_name(NODE_TYPE["Enterprise"])
        if name not in (None, start, end):
            also = Text("ingest.and_also", because=because, column=name)
            if kind.ends == (("Enterprise", "Enterprise"),):
                # Which are the row's own, and none of each other's.
                is_of_row = {plain(start), plain(end)} <= _OF_GOODS | {"上游企业", "下游企业"}
                kinds = (NODE_TYPE["Enterprise"],) if is_of_row else (kind, NODE_TYPE["Enterprise"])
                return Reading(kinds, also, is_of_row)
            if kind.type == "FILLS":
                return Reading((NODE_TYPE["Proposal"], NODE_TYPE["Enterprise"]), also, False)
        coded = list(filter(re.compile("编码|代码").search, (start, end)))
        because = Text("ingest.codes_no_names", because=because, columns=coded) if coded else because
        return Reading((kind,), because, not coded)

    def _of_projects(self, found: Sequence[EdgeType], because: Text) -> Reading | None:
        """Projects that are proposed, or that are research, with who proposes them or carries them out; both where that is open."""
        plan, types = NODE_TYPE["Proposal"], {one.type for one in found}
        if "RUNS" in types:
            return Reading((NODE_TYPE["Project"], plan)[: 2 - self._is_research], because, self._is_research)
        is_plan = types == {"PROPOSES", "FILLS"} or (types == {"PROPOSES"} and bool({*self.columns(plan)} - _COMMON))
        return Reading((plan,), because, True) if is_plan else None

    def _of_nodes(self) -> Reading:
        signs = {kind: list(self._signs(kind)) for kind in NODE_TYPES if self.name_column(kind) is not None}
        points = {kind: sum(number for number, _ in found if number) + any(not number for number, _ in found)
                  for kind, found in signs.items()}  # fmt: skip
        order = sorted((kind for kind in points if points[kind]), key=lambda kind: -points[kind])
        if not order or points[order[0]] < _ENOUGH:
            return Reading(tuple(order), Text("ingest.nothing_tells"), False)
        firms = self.name_column(NODE_TYPE["Enterprise"])
        is_firms = firms is not None and self.share(firms, ORGANISATION) >= 0.5
        is_firms |= firms is not None and bool({"stock_code", "uscc"} & {*self.columns(NODE_TYPE["Enterprise"])})
        headed = [kind for kind in order if self.own_name(kind) or (kind.label == "Enterprise" and is_firms)]
        if firms and NODE_TYPE["Institute"] in headed and TAKES_PART.search(firms):  # The row is the institute's.
            headed.remove(NODE_TYPE["Enterprise"])
        labels = {kind.label for kind in headed}
        # Who is named besides the operator of a plant does not operate it.
        if "Plant" in labels and self.named(end_headings(EDGE_TYPE["OPERATES"], 0)):
            headed, order = ([kind for kind in one if kind.label != "Enterprise"] for one in (headed, order))
        if {"Chain"} < labels & {"Chain", "Product", "Technology"}:
            headed, order = ([kind for kind in one if kind.label != "Chain"] for one in (headed, order))
        best = next((kind for kind in headed if any(joining(kind, other) for other in headed)), order[0])
        if is_firms and best.label in ("Sector", "Chain", "Place"):  # Which say of what kind the firms are.
            best = NODE_TYPE["Enterprise"]
        rivals = [kind for kind in (headed if best in headed else order) if points[kind] == points[best]]
        equal = [kind for kind in rivals if kind is not best and not joining(best, kind)]
        because = Text("common.list", items=[text for _, text in sorted(signs[best], key=lambda sign: -sign[0])[:3]])
        other = self._contradiction(best)
        if other is not None:
            return Reading((best, other), Text("ingest.but", because=because, but=self._looks), False)
        if best.label == "Sector" and (before := self._named_before(self.name_column(best) or "")):
            also = Text("ingest.and_also", because=because, column=before)
            return Reading((best, NODE_TYPE["Enterprise"]), also, False)
        return Reading((best, *equal), because, not equal)

    def _named_before(self, name: str) -> str | None:
        """A column before that of the names that may be of what the rows are, as it has another text in each."""
        before = self.headings[: self.headings.index(name)] if name in self.headings else []
        texts = {heading: self.sample(heading).to_pylist() for heading in before if not self.numbers(heading)}
        is_own = (len({*told}) == len(self.raw.rows) > 1 and max(map(len, told)) > 3 for told in texts.values())
        return next((heading for heading, is_names in zip(texts, is_own, strict=True) if is_names), None)

    def _signs(self, kind: NodeType) -> Iterator[tuple[int, Text]]:
        """What speaks for a type: points, and in words; of all that give none together one is given."""
        name = self.name_column(kind)
        own = self.own_name(kind)
        if own is not None:
            yield 3, Text("ingest.by_column", column=own)
        columns = self.columns(kind)
        for prop, heading in columns.values():
            if prop.form and self.coded(prop.form) == heading:
                what = Text.both(prop.zh, f"{prop.en}s")
                yield 3 if prop.form == "uscc" else 2, Text("ingest.column_of_codes", column=heading, what=what)
            elif prop.name not in _COMMON and self._may_be(prop, heading):
                points = 0 if prop.name in _VAGUE else 1 if prop.name == "short_name" else 2
                yield points, Text("ingest.by_column", column=heading)
        pattern = {"Enterprise": ORGANISATION, "Institute": _INSTITUTE}.get(kind.label)
        if pattern is not None and name is not None and self.share(name, pattern) >= 0.5:
            # Among members of both kinds each row is told by its name.
            is_institutes = self.share(name, _INSTITUTE) >= 0.5 and not self.share(name, _COMPANY)
            if is_institutes == (kind.label == "Institute"):
                yield 2, Text("ingest.names_look_like", column=name, kind=Text.both(kind.zh, f"{kind.en}s"))
        if kind.label in _WORDS and (word := re.search(_WORDS[kind.label], self.title, re.IGNORECASE)) is not None:
            yield 1, Text("ingest.title_says", word=word[0])


def joining(start: NodeType, end: NodeType) -> EdgeType | None:
    """The edge by which a table that names things of both types joins them: 企业名称 and 产品名称 say who makes what."""
    told = ("MAKES", "MASTERS", "COOPERATES_WITH", "RESEARCHES", "NEEDS", "OPERATES", "PROPOSES", "FILLS")
    return next((edge for edge in EDGE_TYPES if edge.type in told and (start.label, end.label) in edge.ends), None)


def ties(kind: NodeType, table: Table) -> Iterator[tuple[EdgeType, int, NodeType, str]]:
    """The columns that name what things of a type are tied to: edge, side of the other thing, its type, heading."""
    own = table.first_name(kind)
    is_told = kind.label in ("Proposal", "Project", "Plant")
    for other in NODE_TYPES:
        back = EDGE_TYPE["RUNS"] if (other.label, kind.label) in EDGE_TYPE["RUNS"].ends else joining(other, kind)
        is_back = is_told or (kind.label == "Institute" and TAKES_PART.search(table.own_name(other) or ""))
        for side, edge in ((1, joining(kind, other)), (0, back if is_back else None)):
            if edge is None or other is kind:
                continue
            name = table.named(end_headings(edge, side)) if is_told else None
            name = name or table.own_name(other)
            # 生产基地 may be where it makes something, or how many it has, and no plant's name.
            if name not in (None, own) and (other.label != "Plant" or table.share(name, _PLANT) >= 0.5):
                yield edge, side, other, name
    for edge, side, name in own_ends(kind, table):
        # 上游 may be products, and 配套企业 of a row may be who it supplies.
        is_goods = plain(name) in _OF_GOODS and table.share(name, ORGANISATION) < 0.5
        if is_goods == (kind.label == "Product") and not (EITHER_WAY.search(name) and not _LEADS.search(own or "")):
            yield edge, side, kind, name
    center = table.named(end_headings(EDGE_TYPE["RESIDENT_OF"], 1)) if kind.label == "Enterprise" else None
    if center and re.search(r"入驻(?!\w*[数率])|入园|所在中心|所在飞地", " ".join(table.headings)):
        yield EDGE_TYPE["RESIDENT_OF"], 1, NODE_TYPE["Center"], center


def own_ends(kind: NodeType, table: Table) -> Iterator[tuple[EdgeType, int, str]]:
    """The columns that are called as an end of a tie between things of a type, with its type and side."""
    for edge in EDGE_TYPES if kind.label in ("Enterprise", "Product") else ():
        for side in (0, 1) if edge.ends == ((kind.label,) * 2,) else ():
            words = [word for word in end_headings(edge, side) if word not in _OF_ITSELF]
            if edge.type == "SUPPLIES" and side and plain(table.own_name(kind) or "") in ROLES:
                words += ["核心企业", "链主企业", "龙头企业"]  # Whom suppliers supply, beside whom they are listed.
            if (name := table.named(words)) is not None:
                yield edge, side, name


_OF_ITSELF = ("企业", "企业名称", "公司", "公司名称", "company", "产品", "产品名称", "product", "products")
EITHER_WAY = re.compile("配套(企业|单位|厂商)|(协作|协同|合作|配合|关联)(企业|单位|厂商|伙伴)|[二三四]级供应商")
"""Who stands beside an enterprise without a word of who supplies whom: 配套企业; or supplies another than it: 二级供应商."""
TAKES_PART = re.compile("(参与|参加|参研|合作|协作|联合)(单位|企业|方)")
"""Who stands beside a project that others carry out."""
_LEADS = re.compile("整机|主机|链主|龙头|核心企业|采购")
"""Whose 配套企业 supply it."""
_OF_GOODS = {*end_headings(EDGE_TYPE["INPUT_OF"], 0), *end_headings(EDGE_TYPE["INPUT_OF"], 1)}


def type_names(kind: NodeType) -> list[str]:
    """What the column of the names of a type is called after the type."""
    return [kind.label, kind.zh, kind.en, f"{kind.zh}名称"]


_KINDS = re.compile("(实体|节点|对象|主体)?(类型|类别|性质|标签)|(node|entity)?[ _]?(type|label|kind)|category")
_TYPE_WORDS = {word.casefold(): kind.label for kind in NODE_TYPES
               for word in (*type_names(kind), *NAMES.get(kind.label, "").split())}  # fmt: skip


def _kind_names(kind: Kind) -> set[str]:
    names = {kind.name, kind.zh, kind.en, kind.file.partition(".")[0]}
    return {name.casefold() for name in names}


def kind_named(name: str) -> Kind | None:
    """The type of a name: its label or edge type, in either language, or its file's."""
    return next((kind for kind in KIND.values() if name.casefold() in _kind_names(kind)), None)
