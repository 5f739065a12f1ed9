"""What exists: node types, edge types, their properties, units, colours and the sentences about them.

This is the only place where these are written. Table definitions, constraints, upserts, row models, API
descriptions, the legend and the data dictionary are derived from it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache

from graph.texts import Language, Text


class ValueType(StrEnum):
    """What a property holds. `None` is "not known" in each of them."""

    TEXT = "text"
    TEXTS = "texts"
    INTEGER = "integer"
    NUMBER = "number"
    FRACTION = "fraction"
    BOOLEAN = "boolean"
    DATE = "date"


class _Named:
    """What has a Chinese and an English name."""

    __slots__ = ()
    zh: str
    en: str

    @property
    def text(self) -> Text:
        """Its name, to be said in a reader's language."""
        return Text.both(self.zh, self.en)

    def in_(self, language: Language) -> str:
        """Its name in a language."""
        return (self.zh or self.en) if language is Language.ZH else (self.en or self.zh)


@dataclass(frozen=True, slots=True)
class Choice(_Named):
    """One of the values a property may take, with its names, and others under which it is read."""

    value: str
    zh: str
    en: str
    also: tuple[str, ...] = ()


MONEY = "万元 10 k CNY"
"""The unit of amounts, which people read as money."""


@dataclass(frozen=True, slots=True)
class Property(_Named):
    """A property of a node or an edge. `doc` says what the names and the type cannot.

    `headings` are what tables in the field call it, beside `name`, `zh` and `en`. `form` names the normal form that its
    texts are brought to: "stock_code" or "uscc". `is_searched` is whether a node is found by it. `empty_says` is whether an
    empty cell says something, as that a report is of the whole year: a filled one that cannot be read then costs its row.
    """

    name: str
    type: ValueType
    zh: str
    en: str
    doc: str = ""
    unit: str = ""
    choices: tuple[Choice, ...] = ()
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    derived: bool = False
    headings: tuple[str, ...] = ()
    form: str = ""
    is_searched: bool = False
    empty_says: bool = False

    @property
    def is_money(self) -> bool:
        """Whether it is an amount in 10 k CNY."""
        return self.unit == MONEY

    def unit_in(self, language: Language) -> str:
        """Its unit in a language: "亩 mu" is 亩 in Chinese and mu in English, "m²" the same in both.

        >>> [Property("a", ValueType.NUMBER, "a", "a", unit="万元 10 k CNY").unit_in(language) for language in Language]
        ['万元', '10 k CNY']
        """
        chinese, _, english = self.unit.partition(" ")
        is_both = bool(english) and not chinese.isascii()
        return self.unit if not is_both else chinese if language is Language.ZH else english

    @property
    def unit_text(self) -> Text:
        """Its unit, for the reader's language."""
        return Text.both(self.unit_in(Language.ZH), self.unit_in(Language.EN))

    @property
    def description(self) -> str:
        """One line of the data dictionary, which has both names: headings are read in both."""
        parts = [f"{self.zh} {self.en}"]
        if self.unit:
            parts.append(f"unit: {self.unit}")
        if self.doc:
            parts.append(self.doc)
        if self.choices:
            parts.append("; ".join(f"{c.value} {c.zh}" for c in self.choices))
        return " · ".join(parts)


@dataclass(frozen=True, slots=True)
class NodeType(_Named):
    """A kind of node: its label, the prefix of its ids, its file in a dataset, how it looks in a picture.

    `is_told_by_name` is whether an exact name tells one thing, wherever it is.
    """

    label: str
    prefix: str
    file: str
    zh: str
    en: str
    doc: str
    color: str
    shape: str
    properties: tuple[Property, ...]
    is_told_by_name: bool = False
    derived: tuple[Property, ...] = ()
    """What the store works out of the whole graph at each load (`graph.derivations`): private to answers."""

    @property
    def name(self) -> str:
        """What tables, files and statements call the type."""
        return self.label

    @property
    def stored(self) -> tuple[Property, ...]:
        """Every property that a store keeps."""
        return (*self.properties, *self.derived)

    @property
    def is_searched(self) -> bool:
        """Whether people find nodes of the type by their names and codes."""
        return any(prop.is_searched for prop in self.properties)


@dataclass(frozen=True, slots=True)
class EdgeType(_Named):
    """A kind of edge, read from source to target: `zh` and `en` say it that way, `zh_back` and `en_back` the other way.

    `key` names the property that tells parallel edges between the same two nodes apart, where there can be any.
    `may_join_itself` is whether an edge may lead back to its own source, `is_acyclic` whether edges of the type must not
    run in a circle. `contradicts_reverse` names a type of which no edge may lead back between the same two nodes.
    `from_headings` and `to_headings` are what tables in the field call the two ends, beside the names of their types.
    """

    type: str
    file: str
    zh: str
    zh_back: str
    en: str
    en_back: str
    doc: str
    ends: tuple[tuple[str, str], ...]
    properties: tuple[Property, ...]
    key: str = ""
    may_join_itself: bool = True
    is_acyclic: bool = False
    contradicts_reverse: str = ""
    from_headings: tuple[str, ...] = ()
    to_headings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What tables, files and statements call the type."""
        return self.type

    @property
    def back(self) -> Text:
        """What it is read from its target."""
        return Text.both(self.zh_back, self.en_back)

    @property
    def stored(self) -> tuple[Property, ...]:
        """Every property that a store keeps."""
        return self.properties


_T = ValueType


def _fraction(name: str, zh: str, en: str, doc: str = "", headings: tuple[str, ...] = ()) -> Property:
    return Property(name, _T.FRACTION, zh, en, doc, unit="0–1", minimum=0.0, maximum=1.0, headings=headings)


_NAMES = (
    Property(
        "name_zh",
        _T.TEXT,
        "中文名",
        "Chinese name",
        required=True,
        is_searched=True,
        headings=(
            "名称",
            "中文名称",
            "name",
            "公司全称",
            "企业名称",
            "公司名称",
            "法定名称",
            "单位名称",
            "全称",
            "fullname",
            "产品名称",
            "产品",
            "技术名称",
            "学校",
            "学校名称",
            "机构名称",
            "行业名称",
            "部门名称",
            "地区名称",
        ),
    ),
    Property(
        "name_en",
        _T.TEXT,
        "英文名",
        "English name",
        headings=(
            "英文名称",
            "英文全称",
            "enname",
            "English",
            "企业英文名称",
            "公司英文名称",
            "企业英文名",
            "公司英文名",
            "企业名称(英文)",
            "公司名称(英文)",
            "名称(英文)",
            "产品名称(英文)",
            "产品英文名称",
        ),
        is_searched=True,
    ),
    Property(
        "aliases",
        _T.TEXTS,
        "别名",
        "aliases",
        "Other names it is found under.",
        headings=("又名", "alias"),
        is_searched=True,
    ),
)
_EVIDENCE = (
    Property(
        "source_ids",
        _T.TEXTS,
        "来源",
        "sources",
        "Ids of the sources that say so.",
        required=True,
        headings=("来源编号", "source", "source_id"),
    ),
    Property(
        "as_of",
        _T.DATE,
        "截至",
        "as of",
        "The day for which the sources say so.",
        required=True,
        headings=("截至日期", "数据日期", "基准日", "date"),
    ),
)
_SEARCH_TEXT = Property(
    "search_text",
    _T.TEXT,
    "检索文本",
    "search text",
    "Names in simplified characters, codes and pinyin, in lower case.",
    derived=True,
)
_EDGE_COMMON = (
    *_EVIDENCE,
    Property(
        "valid_from",
        _T.DATE,
        "生效",
        "valid from",
        headings=(
            "关系开始时间",
            "合作开始时间",
            "合作起始",
            "合作起始时间",
            "合作起始日期",
            "合作开始日期",
            "供货起始时间",
            "供货开始时间",
            "合同开始日期",
        ),
    ),
    Property(
        "valid_to",
        _T.DATE,
        "失效",
        "valid to",
        headings=(
            "关系结束时间",
            "合作结束时间",
            "合作截止",
            "合作截止时间",
            "合作结束日期",
            "合作到期日",
            "供货结束时间",
            "合同结束日期",
            "合同到期日",
            "终止日期",
            "终止时间",
        ),
    ),
    Property(
        "status",
        _T.TEXT,
        "核实状态",
        "status",
        "How sure it is: a primary document or register says it; a list or data set has it; or it is concluded from what is "
        "public.",
        choices=(
            Choice("documented", "有据", "documented", ("verified", "已核实")),
            Choice("listed", "在册", "listed"),
            Choice("inferred", "推定", "inferred"),
        ),
        required=True,
    ),
    _fraction(
        "confidence", "置信度", "confidence", "How sure whoever enters it is; 1 for what a register or the issuer says."
    ),
    Property("evidence", _T.TEXT, "依据", "evidence", "What the source says, in our words."),
)
_MARKET = (
    Property(
        "share_market", _T.TEXT, "份额市场", "share market", "The market that the share is of.",
        choices=(Choice("world", "全球", "world"), Choice("china", "全国", "China", ("中国", "国内")),
                 Choice("corridor", "走廊", "corridor")),
        headings=("市场范围",),
    ),
    Property(
        "share_basis", _T.TEXT, "份额口径", "share basis", "What it is counted in.",
        choices=(Choice("value", "金额", "value", ("sales", "销售", "销售额")), Choice("units", "数量", "units", ("销量", "出货量")),
                 Choice("capacity", "产能", "capacity"), Choice("unknown", "未知", "unknown")),
    ),
    Property("share_year", _T.INTEGER, "份额年份", "share year", minimum=1900, maximum=2100),
)  # fmt: skip
_FOREIGN = (
    _fraction("foreign_share", "国外占比", "foreign share", "Part of supply from abroad, or of firms from abroad, as "
              "foreign_basis says; where sources differ the least and the greatest stand beside it, or instead."),
    _fraction("foreign_share_min", "国外占比下限", "least foreign share"),
    _fraction("foreign_share_max", "国外占比上限", "greatest foreign share"),
    Property(
        "foreign_basis", _T.TEXT, "国外占比口径", "basis of the foreign share", choices=(
            Choice("not_localised", "1−国产化率", "1 − localisation in China"),
            Choice("foreign_firms", "境外企业占全球市场", "foreign firms in the world market"),
            Choice("imports", "进口占表观消费", "imports in apparent consumption"))),
    Property("foreign_year", _T.INTEGER, "国外占比年份", "year of the foreign share", minimum=1900, maximum=2100),
    Property("foreign_words", _T.TEXT, "国外占比原话", "foreign share in words",
             "What a document says that gives no figure: all, or none made here, is entered as 1; most, nearly all or dominated as 0.5 to 1."),
)  # fmt: skip
_LEVEL = Property("readiness_level", _T.INTEGER, "成熟度", "readiness level", unit="TRL 1–9", minimum=1, maximum=9)


def _node(
    label: str,
    prefix: str,
    file: str,
    zh: str,
    en: str,
    doc: str,
    look: str,
    *own: Property,
    named: bool = True,
    told_by_name: bool = False,
    derived: tuple[Property, ...] = (),
) -> NodeType:
    color, shape = look.split()
    properties = (*(_NAMES if named else ()), *own, *(_EVIDENCE if named else ()))
    if any(prop.is_searched for prop in properties):
        properties = (*properties, _SEARCH_TEXT)
    return NodeType(label, prefix, file, zh, en, doc, color, shape, properties, told_by_name, derived)


def _count(name: str, zh: str, en: str, doc: str) -> Property:
    return Property(name, _T.INTEGER, zh, en, doc, minimum=0)


_MOST_MONEY = 1e12
"""In 10 k CNY, seventy times what the country makes in a year: sums of such amounts stay finite."""


def _money(name: str, zh: str, en: str, doc: str = "") -> Property:
    return Property(name, _T.NUMBER, zh, en, doc, unit=MONEY, minimum=0, maximum=_MOST_MONEY)


def _edge(
    type_: str,
    zh: str,
    zh_back: str,
    en: str,
    en_back: str,
    doc: str,
    ends: str,
    *own: Property,
    key: str = "",
    may_join_itself: bool = True,
    is_acyclic: bool = False,
    contradicts_reverse: str = "",
    headings: str = ">",
) -> EdgeType:
    pairs = tuple((a, b) for a, b in (end.split(">") for end in ends.split()))
    starts, targets = (tuple(side.split()) for side in headings.split(">"))
    return EdgeType(
        type_, f"{type_.lower()}.csv", zh, zh_back, en, en_back, doc, pairs, (*own, *_EDGE_COMMON), key,
        may_join_itself, is_acyclic, contradicts_reverse, starts, targets,
    )  # fmt: skip


NODE_TYPES: tuple[NodeType, ...] = (
    _node(
        "Place", "place", "places.csv", "地区", "place",
        "A province, prefecture or district, by its GB/T 2260 code, or a country. 松江 is a district.",
        "#b45f06 square",
        Property("level", _T.TEXT, "级别", "level", choices=(
            Choice("country", "国家", "country"), Choice("province", "省级", "province"),
            Choice("prefecture", "地级", "prefecture"),
            Choice("district", "县级", "district")), required=True),
        Property("latitude", _T.NUMBER, "纬度", "latitude", unit="°N", minimum=-90, maximum=90),
        Property("longitude", _T.NUMBER, "经度", "longitude", unit="°E", minimum=-180, maximum=180),
        Property("in_corridor", _T.BOOLEAN, "走廊九城", "in corridor", "Whether it is one of the nine places itself."),
        derived=(
            Property("city_id", _T.TEXT, "所属城市", "city", "The prefecture or municipality (直辖市) that it is or lies in, "
                     "else the district itself."),
            Property("province_id", _T.TEXT, "所属省", "province", "The province that it is or lies in."),
            Property("country_id", _T.TEXT, "所属国家", "country", "The country that it is or lies in; of a place with a code "
                     "of GB/T 2260 that lies in none on record it is 中国."),
        ),
    ),
    _node(
        "Enterprise", "enterprise", "enterprises.csv", "企业", "enterprise",
        "A legal person in business; the key is its stock code where listed, else a slug.",
        "#1f6fb4 dot",
        Property("short_name", _T.TEXT, "简称", "short name", headings=("证券简称", "公司简称", "股票简称", "A股简称"),
                 is_searched=True),
        Property("former_names", _T.TEXTS, "曾用名", "former names", headings=("企业曾用名", "更名前", "更名前名称", "更名前企业名称", "变更前名称", "变更前企业名称", "原企业名称", "原名", "原名称", "historynames"), is_searched=True),
        Property("uscc", _T.TEXT, "统一社会信用代码", "USCC", "18 characters, GB 32100.", form="uscc", is_searched=True,
                 headings=("社会信用代码", "信用代码", "统一信用代码", "credit_code")),
        Property("stock_code", _T.TEXT, "证券代码", "stock code", "Six digits and exchange, as 688012.SH.", form="stock_code", is_searched=True,
                 headings=("股票代码", "A股代码", "ts_code", "company_code")),
        Property("is_listed", _T.BOOLEAN, "上市", "listed", headings=("上市公司",)),
        Property("listed_on", _T.DATE, "上市日期", "listed on", headings=("A股上市日期", "上市时间", "list_date")),
        Property("is_high_tech", _T.BOOLEAN, "高新技术企业", "high-tech enterprise", headings=("高新", "高企",)),
        Property("control_country", _T.TEXT, "控制方国别", "country of control", "ISO 3166 code of three letters of the country "
                 "where whoever controls it in the end resides, as CHN: the seat of the company or the home of the person, never a "
                 "citizenship; its own seat where a document says that nobody controls it.", headings=("实际控制人国别", "控股国别")),
        Property("business_zh", _T.TEXT, "主营业务", "main business in Chinese", "In a few words, also where it makes no product of a chain.",
                 headings=("主营", "主要业务", "主营业务范围", "mainbusiness")),
        Property("business_en", _T.TEXT, "英文主营业务", "main business", "The same in English."),
        Property("address", _T.TEXT, "地址", "address", headings=("注册地址", "住所", "企业地址", "办公地址")),
        Property("registered_capital_10k_cny", _T.NUMBER, "注册资本", "registered capital", unit=MONEY,
                 minimum=0, headings=("注册资金", "regcapital")),
        Property("revenue_10k_cny", _T.NUMBER, "营业收入", "revenue", "Of the year that as_of lies in.",
                 unit=MONEY, minimum=0, headings=("营收", "主营业务收入", "年营业收入", "营业总收入")),
        Property("employees", _T.INTEGER, "职工人数", "employees", minimum=0,
                 headings=("员工", "员工人数", "从业人数", "从业人员", "从业人员数", "员工数", "员工总数", "在职人数", "参保人数", "从业人员期末人数", "期末从业人数")),
        _fraction("outside_revenue_share", "网外收入占比", "outside revenue share", "Revenue from outside the graph."),
        _fraction("outside_cost_share", "网外成本占比", "outside cost share", "Costs paid outside the graph."),
        derived=(
            _fraction("scale", "规模", "scale", "Mean of its ranks by capital, revenue and employees, each among the "
                      "enterprises where it is known; a rank is the part of these that are not larger."),
            Property("group_id", _T.TEXT, "集团", "group", "Who controls it in the end, by OWNS: through holdings that control or are "
                     "over half; itself where nobody does."),
        ),
    ),
    _node(
        "Plant", "plant", "plants.csv", "生产基地", "plant",
        "A site where enterprises make something: where a product is made, which need not be where its maker is registered.",
        "#5d4037 dot",
        Property("address", _T.TEXT, "地址", "address", headings=("生产地址", "厂址")),
        Property("progress", _T.TEXT, "进展", "progress", "What is being built or planned makes nothing yet.", choices=(
            Choice("operating", "已投产", "operating", ("投产", "在产", "运营", "运营中", "正常", "已建成", "建成", "建成投产")),
            Choice("building", "在建", "building", ("建设中", "施工中", "在建中")),
            Choice("planned", "规划", "planned", ("规划中", "拟建", "筹建", "筹建中", "待建", "计划")),
            Choice("closed", "已停产", "closed", ("停产", "关停", "已关停", "关闭", "已关闭"))),
            headings=("状态", "建设状态", "基地状态", "工厂状态", "项目状态", "运营状态", "生产状态", "建设进度")),
        Property("opened_on", _T.DATE, "投产日期", "opened on", headings=("投产时间",)),
    ),
    _node(
        "Center", "center", "centers.csv", "产业协同创新中心", "innovation centre",
        "A building or park that a city or province runs elsewhere for its enterprises' research (科创飞地).",
        "#00796b triangle",
        Property("mode", _T.TEXT, "取得方式", "mode", choices=(
            Choice("bought", "购置", "bought"), Choice("leased", "租赁", "leased"),
            Choice("self_built", "购地自建", "self-built"),
            Choice("redeveloped", "存量用地改造", "redeveloped land"))),
        Property("center_type", _T.TEXT, "类型", "type", choices=(
            Choice("rd_branch", "研发分部＋孵化＋人才窗口", "R&D branch"),
            Choice("comprehensive", "综合型", "comprehensive"))),
        Property("functions", _T.TEXTS, "功能", "functions"),
        Property("address", _T.TEXT, "地址", "address"),
        Property("area_mu", _T.NUMBER, "占地", "land area", unit="亩 mu", minimum=0, headings=("占地面积",)),
        Property("floor_area_m2", _T.NUMBER, "建筑面积", "floor area", unit="m²", minimum=0),
        Property("investment_100m_cny", _T.NUMBER, "投资额", "investment", unit="亿元 100 m CNY", minimum=0),
        Property("status", _T.TEXT, "进展", "progress"),
        Property("opened_on", _T.DATE, "启用日期", "opened on", headings=("启用时间", "揭牌时间", "揭牌日期", "投用时间", "建成时间")),
        _count("residents", "入驻企业数", "residents", "Enterprises in it, as its operator or a document counts them."),
        _count("projects", "项目数", "projects", "Projects in it, likewise."),
        _count("rights", "知识产权数", "rights", "Intellectual property rights of its residents, likewise."),
        _count("industrialised_at_home", "回派出地产业化数", "industrialised at home", "Projects that are industrialised where it was "
               "sent from, likewise."),
        Property("has_registered_residents", _T.BOOLEAN, "入驻企业在地注册", "residents register here", "Whether those in it are legal "
                 "persons registered, and taxed, where it stands."),
        told_by_name=True,
    ),
    _node(
        "Proposal", "proposal", "proposals.csv", "拟投项目", "proposed project",
        "A project that an enterprise proposes to a fund: nothing of it exists yet.",
        "#ef6c00 star",
        Property("cost_10k_cny", _T.NUMBER, "投资额", "cost", "All that a fund is asked to pay.", unit=MONEY,
                 minimum=0, headings=("总投资", "项目投资", "申请金额", "拟投金额", "投资金额")),
        Property("capacity", _T.NUMBER, "产能", "capacity", "What can be made a year once it runs, in capacity_unit.", minimum=0),
        Property("capacity_unit", _T.TEXT, "产能单位", "capacity unit", "As 辆/年 or GWh/年."),
        Property("lead_time_days", _T.NUMBER, "建设周期", "lead time", "From payment to the first output.", unit="天 days",
                 minimum=0, headings=("建设期", "周期")),
        Property("funding_stage", _T.TEXT, "投资阶段", "funding stage", choices=(
            Choice("early", "早期", "early", ("种子期", "初创期", "天使")), Choice("middle", "中期", "middle", ("成长期",)),
            Choice("late", "后期", "late", ("成熟期", "扩张期")))),
        Property("support_class", _T.TEXT, "支持类别", "support class", "The kind of support that it is proposed for, of which "
                 "a rule may limit what one project gets.", choices=(
            Choice("frontier", "前沿技术", "frontier"), Choice("consortium", "创新联合体", "consortium"),
            Choice("applied_basic", "应用基础研究", "applied basic research"),
            Choice("open_bid", "揭榜挂帅", "open bid"))),
    ),
    _node(
        "Institute", "institute", "institutes.csv", "高校院所", "institute",
        "A university, research institute or laboratory; the key is its ROR id or a slug.",
        "#8e44ad star",
        Property("kind", _T.TEXT, "类别", "kind", choices=(
            Choice("university", "高校", "university"), Choice("research_institute", "研究院所", "research institute"),
            Choice("laboratory", "实验室", "laboratory")), required=True),
        Property("ror_id", _T.TEXT, "ROR 编号", "ROR id", is_searched=True),
        told_by_name=True,
    ),
    _node(
        "Chain", "chain", "chains.csv", "产业链", "industrial chain",
        "One of the advanced manufacturing industries, as a chain of products.",
        "#37474f box",
        told_by_name=True,
    ),
    _node(
        "Product", "product", "products.csv", "产品", "product",
        "A good, material, machine or service that enterprises make and other products need.",
        "#2e7d5b hexagon",
        Property("hs_code", _T.TEXT, "海关编码", "HS code", is_searched=True, headings=("HS编码", "HS代码", "HS", "商品编码", "海关商品编码", "税则号列", "税则号", "税号",
                                                                                               "CN code", "commodity code")),
        Property("recovery_days", _T.NUMBER, "恢复天数", "recovery time", "Until its making can be taken up again or replaced.",
                 unit="天 days", minimum=0),
        *_FOREIGN,
        told_by_name=True,
        derived=(
            _count("makers", "生产者数", "makers", "Enterprises that make it or a narrower kind (CAN_SUPPLY)."),
            _count("direct_makers", "直接生产者数", "direct makers", "Enterprises on record as making it itself."),
            _count("unplaced_makers", "地点未知生产者数", "unplaced makers", "Of its makers those without any place on record."),
            _count("inputs", "投入数", "inputs", "Products that go into it directly, itself apart."),
            _count("needed_by", "直接下游数", "needed by", "Products that it goes into directly, itself apart."),
            _count("downstream", "全部下游数", "downstream", "Products that it goes into through any number of steps, "
                   "itself apart; counted up to 1,000."),
            Property("is_essential", _T.BOOLEAN, "是否关键投入", "is essential", "Whether a product needs it as an essential "
                     "input (input class 2); unknown where no class is known."),
            _count("priority", "查看次序", "priority", "The order in which to look at products that are judged alike: essential "
                   "first, then what most depends on, the smaller the sooner; of equals by id."),
        ),
    ),
    _node(
        "Technology", "technology", "technologies.csv", "技术", "technology",
        "Something one must master to make a product; is_key marks the chokepoint list of 2018.",
        "#c2185b diamond",
        Property("field", _T.TEXT, "领域", "field"),
        Property("is_key", _T.BOOLEAN, "卡脖子清单", "key technology"),
        *_FOREIGN,
        told_by_name=True,
        derived=(
            _count("masters", "掌握者数", "masters", "Enterprises that have it."),
            _count("needed_by", "直接需要", "needed by", "Products that need it directly."),
            _count("dependents", "依赖产品数", "dependents", "Products that need it or depend on one that does; counted up to "
                   "1,000."),
        ),
    ),
    _node(
        "Sector", "sector", "sectors.csv", "投入产出部门", "sector",
        "A class of a classification of industries, the national input-output table's among them.",
        "#795548 triangleDown",
        Property("classification", _T.TEXT, "分类体系", "classification", "Whose class it is, as io-2007-135."),
        Property("code", _T.TEXT, "代码", "code", "Its code there.", headings=("行业代码", "部门代码"), is_searched=True),
        told_by_name=True,
    ),
    _node(
        "Project", "project", "projects.csv", "研发项目", "project",
        "A research and development project that a resident runs in a centre.",
        "#00838f diamond",
        Property("started_on", _T.DATE, "立项日期", "started on", headings=("立项时间", "开始日期")),
        Property("ended_on", _T.DATE, "结题日期", "ended on", headings=("结题时间", "结束日期")),
    ),
    _node(
        "Result", "result", "results.csv", "研发成果", "result",
        "What a project brought forth: a patent, product, standard or paper.",
        "#6d4c41 triangleDown",
        Property("result_kind", _T.TEXT, "成果类别", "kind of result", choices=(
            Choice("patent", "专利", "patent"), Choice("product", "产品", "product"), Choice("standard", "标准", "standard"),
            Choice("paper", "论文", "paper")), required=True),
        Property("patent_number", _T.TEXT, "专利号", "patent number", is_searched=True),
    ),
    _node(
        "Report", "report", "reports.csv", "入驻企业填报", "report",
        "What a resident reported of one year, or of one quarter, to a centre: what it did there. What is left empty is not known.",
        "#546e7a box",
        Property("year", _T.INTEGER, "年度", "year", required=True, minimum=1990, maximum=2100, headings=("年份", "报告年度")),
        Property("quarter", _T.INTEGER, "季度", "quarter", "None for the whole year.", minimum=1, maximum=4, empty_says=True),
        Property("reported_on", _T.DATE, "填报日期", "reported on"),
        _money("rnd_internal_10k_cny", "研发内部支出", "internal R&D spend", "Spent on research of its own; the only part that totals add."),
        _money("rnd_external_10k_cny", "研发外部支出", "external R&D spend", "Paid to others for research, who have it as internal spend."),
        _count("rnd_staff", "研发人员", "R&D staff", "People."),
        _count("staff", "从业人员", "staff", "People, R&D staff among them."),
        Property("main_area_m2", _T.NUMBER, "研发孵化面积", "area for R&D and incubation", unit="m²", minimum=0),
        Property("other_area_m2", _T.NUMBER, "其他面积", "other area", unit="m²", minimum=0),
        _money("main_revenue_10k_cny", "主业收入", "main business revenue", "Of research, development and incubation."),
        _money("other_revenue_10k_cny", "其他收入", "other revenue"),
        _money("tax_10k_cny", "税收", "tax"),
        _money("output_10k_cny", "产值", "output"),
        _money("contracts_10k_cny", "与院所合同额", "contracts with institutes", "With institutes of the place where the centre stands."),
        _money("support_10k_cny", "所获支持", "support received", "From the place that sent the centre: what that puts in."),
        _count("incubated_firms", "在孵企业", "incubated firms", "At the end of the period."),
        _count("graduates", "毕业企业", "graduates", "Firms that left incubation as able to stand."),
        _count("patents", "授权专利", "patents granted", "In the period."),
        _count("moved_registrations", "迁入注册数", "moved-in registrations", "Firms that moved their registration here in the period."),
    ),
    _node(
        "Source", "source", "sources.csv", "来源", "source",
        "A document or register that facts come from.",
        "#616161 square",
        Property("name_zh", _T.TEXT, "中文名", "Chinese name", required=True),
        Property("name_en", _T.TEXT, "英文名", "English name"),
        Property("publisher", _T.TEXT, "发布者", "publisher"),
        Property("kind", _T.TEXT, "类别", "kind", choices=(
            Choice("register", "登记名录", "register"), Choice("annual_report", "年报", "annual report"),
            Choice("prospectus", "招股与问询文件", "prospectus"),
            Choice("company_site", "企业网站", "company site"), Choice("survey", "调研报告", "survey"),
            Choice("newspaper", "报刊", "newspaper"), Choice("standard", "标准", "standard"),
            Choice("dataset", "数据集", "dataset"), Choice("paper", "论文", "paper"),
            Choice("maintainers", "维护者", "maintainers")), required=True),
        Property("url", _T.TEXT, "网址", "address"),
        Property("licence", _T.TEXT, "许可", "licence"),
        Property("as_of", _T.DATE, "截至", "as of"),
        named=False,
    ),
)  # fmt: skip

EDGE_TYPES: tuple[EdgeType, ...] = (
    _edge("LOCATED_IN", "位于", "所在企业机构", "is located in", "is the site of", "Where it is registered or stands.",
          "Enterprise>Place Institute>Place Center>Place Plant>Place Proposal>Place"),
    _edge("PART_OF", "属于", "包含", "is part of", "holds", "A place of a larger place; a product or a proposed project of a chain; a class of a wider one.",
          "Place>Place Product>Chain Proposal>Chain Sector>Sector",
          Property("stage", _T.TEXT, "环节", "stage", choices=(
              Choice("upstream", "上游", "upstream"), Choice("midstream", "中游", "midstream"),
              Choice("downstream", "下游", "downstream"))),
          Property("segment", _T.TEXT, "细分", "segment"), may_join_itself=False, is_acyclic=True),
    _edge("SENT_BY", "派出方", "派出", "is sent by", "sends", "The place that set the centre up.", "Center>Place"),
    _edge("RESIDENT_OF", "入驻", "入驻企业", "is resident of", "hosts",
          "An intention is not a residence: resident_status tells them apart. Who was one stays after valid_to, as left.", "Enterprise>Center",
          Property("resident_status", _T.TEXT, "入驻状态", "resident status", choices=(
              Choice("intends", "意向", "intends", ("意向入驻", "拟入驻", "待入驻", "洽谈", "洽谈中", "已签约", "签约")),
              Choice("resident", "已入驻", "resident", ("入驻", "在驻", "在园", "入驻中", "在孵", "正常", "正常入驻")),
              Choice("left", "已迁出", "left", ("迁出", "已退出", "退出", "已离园", "离园", "已搬离", "毕业", "已毕业"))), required=True,
              headings=("入驻情况", "在驻状态", "在园状态", "状态")),
          Property("since", _T.DATE, "自", "since", headings=("入驻时间", "入驻日期", "入园时间", "入园日期", "迁入时间", "迁入日期")),
          _fraction("rnd_share", "研发占比", "R&D share"),
          headings=">中心 中心名称 创新中心 科创中心 飞地 飞地名称 科创飞地 入驻中心 入驻飞地 所在中心 所在飞地 入驻平台"),
    _edge("OPERATES", "运营", "运营者", "operates", "is operated by", "The enterprise makes what is made in the plant.", "Enterprise>Plant",
          _fraction("share", "股比", "share", "What it holds of the plant, where several do."),
          headings="所属企业 运营企业 运营主体 运营公司 运营单位 所属公司 归属企业 所有企业 owner operator operated_by>"),
    _edge("MAKES", "生产", "生产者", "makes", "is made by", "The enterprise makes or provides the product; it is made in the plant.",
          "Enterprise>Product Plant>Product",
          _fraction("share", "份额", "share", "Of the product's supply in share_market, on the basis and of the year beside it.",
                    headings=("市场份额", "市占率", "市场占有率")),
          *_MARKET,
          Property("capacity", _T.NUMBER, "产能", "capacity", "What can be made of it, in capacity_unit.", minimum=0,
                   headings=("设计产能", "年设计产能", "年产能", "现有产能", "建成产能", "投产产能")),
          Property("capacity_unit", _T.TEXT, "产能单位", "capacity unit", "As 辆/年 or GWh/年."),
          _fraction("revenue_share", "营收占比", "revenue share", "Of the enterprise's revenue, what the product brings."),
          Property("market_rank", _T.INTEGER, "市场名次", "rank in the market", "Place among the makers in share_market; 1 is the largest.",
                   minimum=1, headings=("市场排名", "市场地位排名", "行业排名")),
          Property("rank", _T.INTEGER, "位次", "rank", "Place of the product in the enterprise's business; 1 is the main one.",
                   minimum=1)),
    _edge("PROPOSES", "提出", "提出者", "proposes", "is proposed by", "Who would carry the project out.", "Enterprise>Proposal",
          headings="申报企业 申报单位 实施主体 承担企业>项目 项目名称"),
    _edge("FILLS", "补链", "拟补项目", "would fill", "would be filled by", "The project would make the product.",
          "Proposal>Product", headings="项目 项目名称>产品 产品名称 补链产品"),
    _edge("PROVIDES", "供给", "供给地", "provides", "is provided by", "What part of the world's supply of a product comes from a place.",
          "Place>Product",
          _fraction("share", "份额", "share", "Of the product's world supply."),
          Property("is_negligible", _T.BOOLEAN, "可忽略", "negligible", "On record as a provider of a small part.")),
    _edge("INPUT_OF", "投入", "需要", "is an input of", "needs", "The first product goes into the second, directly.",
          "Product>Product",
          _fraction("cost_share", "成本占比", "cost share", "Of the second product's cost."),
          Property("input_kind", _T.TEXT, "投入性质", "input kind", "Equipment makes the product and is no part of it: it is "
                   "needed to build up making, not from day to day.", choices=(
              Choice("material", "材料", "material"), Choice("component", "部件", "component"),
              Choice("software", "软件", "software"), Choice("service", "服务", "service"),
              Choice("equipment", "设备", "equipment"))),
          Property("input_class", _T.INTEGER, "投入类别", "input class", choices=(
              Choice("0", "可忽略", "negligible"), Choice("1", "可替代", "substitutable"),
              Choice("2", "关键", "essential")), minimum=0, maximum=2),
          may_join_itself=False, contradicts_reverse="KIND_OF",
          headings="上游 上游产品 上游材料 上游原材料 投入品 原材料 主要原材料 关键原材料 核心原材料 主要原料 原辅材料 关键零部件 核心零部件 所需零部件 投入 子项名称 子件名称 子件编码 子项编码 子件 子项 component childpart childitem subassembly input upstream>下游 下游产品 "
          "父项名称 父件名称 母件名称 父件编码 父项编码 母件编码 父件 父项 母件 parentpart parentitem parentproduct assembly 产品 产出 product downstream"),
    _edge("KIND_OF", "是一种", "包括", "is a kind of", "has the kind", "The first product is a narrower kind of the second.",
          "Product>Product", may_join_itself=False, is_acyclic=True,
          headings="产品 细分产品 小类 narrower>上位产品 大类 broader"),
    _edge("SUPPLIES", "供应", "供应商", "supplies", "is supplied by", "A sale of one enterprise to another.", "Enterprise>Enterprise",
          Property("product_id", _T.TEXT, "产品", "product", headings=("product id", "供应产品", "采购产品", "配套产品", "产品名称", "物料", "物料名称", "货物名称", "货物", "货品", "采购内容", "供货内容", "标的", "标的物", "标的名称", "采购标的", "采购物料", "采购产品", "供应物料", "供货产品", "供货品类", "物资名称", "商品名称", "品名", "product name", "part", "material", "material description", "material name", "item", "item description", "goods")),
          Property("amount_10k_cny", _T.NUMBER, "金额", "amount", unit=MONEY, minimum=0,
                   headings=("采购金额", "采购额", "年采购额", "配套额", "年配套额", "销售金额", "销售额", "交易金额", "交易额", "供货金额", "供货额", "合同金额", "中标金额", "成交金额", "年度金额", "年金额", "年度采购额", "年采购金额", "年度采购金额", "年供货额", "年供货金额", "年度供货额", "年度供货金额", "年交易额", "年度交易额", "供应额", "供应金额", "订单金额", "合同额", "合同总价", "amount", "value", "annual value", "contract value", "transaction value", "spend", "annual spend")),
          _fraction("share", "占比", "share", "Of what share_of names.", headings=(
              "占年度采购总额比例", "占采购总额比例", "占总采购额比例", "占年度总采购额比例", "占年度采购额比例", "share of purchases",
              "占年度销售总额比例", "占销售总额比例", "占销售收入比例", "占营业收入比例", "占主营业务收入比例", "销售占比", "share of sales")),
          Property("share_of", _T.TEXT, "占比口径", "share of", choices=(
              Choice("buyer_purchases", "占客户采购", "the buyer's purchases of the product"),
              Choice("all_purchases", "占客户采购总额", "all that the buyer purchases"),
              Choice("supplier_revenue", "占供应商收入", "the supplier's revenue"))),
          Property("share_year", _T.INTEGER, "占比年份", "share year", minimum=1900, maximum=2100), key="product_id",
          may_join_itself=False, headings="供应商 供应商名称 一级供应商 供货商 供应企业 供货企业 供应单位 供货单位 发货单位 销售单位 配套企业 配套单位 配套供应商 供应方 供货方 供方 卖方 销售方 中标人 中标单位 中标企业 中标供应商 成交供应商 上游企业 上游 supplier vendor seller upstream>"
          "客户 客户名称 采购商 采购商名称 采购方 采购企业 整机企业 主机企业 主机厂 配套对象 购买方 需方 买方 采购人 采购单位 收货单位 收货方 购货单位 购货方 购买单位 招标人 招标单位 下游企业 下游 buyer customer downstream"),
    _edge("OWNS", "持股", "股东", "owns", "is owned by", "Holds shares of.", "Enterprise>Enterprise",
          _fraction("share", "持股比例", "share", headings=("股比", "出资比例", "占股比例", "持股", "占股", "持股占比", "股权比例", "股权占比", "认缴比例", "认缴出资比例", "stake", "shareholding", "ownership", "holding", "equity", "equity stake", "ownership share")),
          Property("is_controlling", _T.BOOLEAN, "是否控股", "controls", "Whether it decides what the other does."),
          may_join_itself=False, is_acyclic=True,
          headings="股东 股东名称 投资方 投资机构 领投方 领投机构 基金名称 投资基金 leadinvestor 外方投资者 外方股东 外国投资者 出资方 持股方 控股股东 母公司 所属集团 集团 集团公司 集团总部 上级公司 owner shareholder parent investor>被投资企业 被投资单位 被投企业 被投公司 项目公司 标的公司 目标公司 子公司 全资子公司 控股子公司 下属企业 下属公司 参股公司 参股企业 subsidiary investee 企业 企业名称 公司 company"),
    _edge("COOPERATES_WITH", "合作", "合作企业", "cooperates with", "cooperates with", "A cooperation on research.",
          "Enterprise>Institute", Property("topic", _T.TEXT, "主题", "topic", headings=("合作内容", "合作主题", "合作方向"))),
    _edge("NEEDS", "需要技术", "支撑产品", "needs the technology", "is needed by", "The product cannot be made without the technology.",
          "Product>Technology", _LEVEL),
    _edge("MASTERS", "掌握", "掌握者", "masters", "is mastered by", "The enterprise has the technology.",
          "Enterprise>Technology", _LEVEL),
    _edge("RESEARCHES", "研究", "研究者", "researches", "is researched by", "The institute works on the technology.",
          "Institute>Technology", _LEVEL),
    _edge("IN_SECTOR", "归入部门", "部门内", "is in sector", "is the sector of",
          "The sector whose weights the product inherits; the industry of an enterprise.",
          "Product>Sector Enterprise>Sector"),
    _edge("SECTOR_INPUT_OF", "部门投入", "部门需要", "is a sector input of", "needs the sector", "Direct input coefficient.",
          "Sector>Sector", Property("coefficient", _T.NUMBER, "直接消耗系数", "coefficient", minimum=0)),
    _edge("RUNS", "承担", "承担者", "runs", "is run by", "The enterprise carries the project out.", "Enterprise>Project",
          headings="承担单位 项目承担单位 承担企业 牵头单位 牵头承担单位 项目牵头单位 牵头企业>项目名称 课题名称 项目"),
    _edge("HOSTED_BY", "所在中心", "在内项目", "is hosted by", "hosts the project", "Where the project is carried out.", "Project>Center"),
    _edge("YIELDS", "产出", "出自", "yields", "comes from", "The project brought the result forth.", "Project>Result",
          Property("yielded_on", _T.DATE, "产出日期", "yielded on", "Granted, released, published.")),
    _edge("INDUSTRIALISED_IN", "产业化于", "转化成果", "is industrialised in", "takes up the result",
          "The plant, or at least the place, where the result is produced; the product that it has become part of.",
          "Result>Plant Result>Place Result>Product",
          Property("first_output_on", _T.DATE, "首次产出日期", "first output on")),
    _edge("REPORTED", "填报", "填报企业", "reported", "is reported by", "Whose report it is.", "Enterprise>Report"),
    _edge("REPORTED_FOR", "所报中心", "收到填报", "is reported for", "has the report", "The centre in which it was done.",
          "Report>Center"),
    _edge("COMMISSIONED", "委托研发", "受托于", "commissioned", "is commissioned by",
          "To whom the external R&D spend of the report was paid.", "Report>Enterprise Report>Institute",
          _money("amount_10k_cny", "金额", "amount")),
    _edge("AGREED_SPLIT", "约定分成", "约定所得", "is split with", "has an agreed part of", "The part that a place has of what is counted "
          "at the centre, as places agreed; on each day the parts of an indicator are 1 together.", "Center>Place",
          Property("term", _T.TEXT, "条款", "term", "What tells it apart from other terms between the same two, as its number.",
                   required=True),
          Property("indicator", _T.TEXT, "分成指标", "indicator", choices=(
              Choice("rnd", "研发投入", "R&D spend"), Choice("output", "产值", "output"), Choice("tax", "税收", "tax"),
              Choice("firms", "企业数", "firms")), required=True),
          _fraction("share", "分成比例", "share"),
          Property("applies_from", _T.DATE, "适用自", "applies from", "What it splits; valid_from and valid_to would take a term that "
                   "has ended out of the graph, and with it the split of earlier years.", empty_says=True),
          Property("applies_to", _T.DATE, "适用至", "applies to", empty_says=True), key="term"),
)  # fmt: skip

LOCATED = (*(label for label, _ in next(one for one in EDGE_TYPES if one.type == "LOCATED_IN").ends), "Place")
"""Labels of what is somewhere: what can be located, and places."""

DERIVED_NODE_TYPES: tuple[NodeType, ...] = (
    NodeType(
        "Area", "area", "", "区域", "area",
        "A part of the world that questions are asked for: one for each place, area:corridor for the places of the corridor "
        "together, area:everywhere for all, known and unknown.",
        "#827717", "square",
        (
            Property("place_id", _T.TEXT, "地区", "place", "The place that it stands for; none for corridor and everywhere."),
            _count("supplies", "供给对数", "supplies", "Pairs of an enterprise in it and a product that this can supply."),
        ),
    ),
)  # fmt: skip
"""Types whose nodes a load derives; no dataset brings them, no export holds them."""

DERIVED_EDGE_TYPES: tuple[EdgeType, ...] = (
    EdgeType(
        "CAN_SUPPLY", "", "能供", "能供者", "can supply", "can be supplied by",
        "The enterprise, or a plant of one, makes the product, or a narrower kind of it: MAKES closed over KIND_OF. By the fewest "
        "steps; one more edge where a longer way is of higher confidence. A question about places takes the edges that "
        "are sites: of plants, and of enterprises where no plant of theirs is on record as making it.",
        (("Enterprise", "Product"), ("Plant", "Product")),
        (
            _count("steps", "层级差", "steps", "The fewest KIND_OF steps from what it makes up to the product; 0 where it makes "
                   "the product itself."),
            Property("made_id", _T.TEXT, "实际生产", "made", "Id of the narrower product that it makes; none where steps is 0."),
            _fraction("share", "份额", "share", "MAKES.share where it makes the product itself, of the market of which most "
                      "shares of the product are known; of a plant without its own that of its operator where that has no other."),
            _fraction("confidence", "置信度", "confidence", "MAKES.confidence; none where not known."),
            Property("is_site", _T.BOOLEAN, "是否产地", "is site", "Whether it says where the product is made."),
            Property("maker_id", _T.TEXT, "生产者", "maker", "The enterprise; of a plant the one that operates it, the plant itself "
                     "where none is on record."),
            Property("source_id", _T.TEXT, "来源", "source", "What is counted as one source: the site, or its maker where the share of "
                     "some site of that is not known."),
            _fraction("source_share", "来源份额", "share of the source", "That of the site, or all of its maker's, which MAKES of the "
                      "enterprise has."),
            Property("group_id", _T.TEXT, "集团", "group", "Enterprise.group_id of the maker."),
            Property("control_country", _T.TEXT, "控制方国别", "country of control", "That of the maker, else of its group."),
        ),
    ),
    EdgeType(
        "IN_AREA", "", "位于区域", "区域内", "is in area", "is the area of",
        "Where it is: LOCATED_IN closed over PART_OF; of a place, where that lies. What is only known to be in 上海 is not in the "
        "area of 松江.",
        tuple((label, "Area") for label in LOCATED),
        (),
    ),
    EdgeType(
        "IS_KIND_OF", "", "属于种类", "包括种类", "is a kind of", "has the kind",
        "The product is a narrower kind of the other, through any number of steps: KIND_OF closed.",
        (("Product", "Product"),),
        (_count("steps", "层级差", "steps", "The fewest KIND_OF steps, 1 or more."),),
    ),
)  # fmt: skip
"""Types whose edges a load derives, for the same reason without sources of their own."""

STORED_NODE_TYPES = (*NODE_TYPES, *DERIVED_NODE_TYPES)
STORED_EDGE_TYPES = (*EDGE_TYPES, *DERIVED_EDGE_TYPES)

NODE_TYPE = {node_type.label: node_type for node_type in NODE_TYPES}
EDGE_TYPE = {edge_type.type: edge_type for edge_type in EDGE_TYPES}
Kind = NodeType | EdgeType
KIND: Mapping[str, Kind] = {**NODE_TYPE, **EDGE_TYPE}
"""All types by their names, those of nodes first."""
_LABEL_OF_PREFIX = {node_type.prefix: node_type.label for node_type in NODE_TYPES}


@lru_cache(65_536)
def label_of(node_id: str) -> str | None:
    """The label that an id's prefix stands for; `None` where no type has the prefix.

    >>> label_of("product:photoresist"), label_of("x:1")
    ('Product', None)
    """
    return _LABEL_OF_PREFIX.get(node_id.partition(":")[0])


def derived_type(name: str) -> str | None:
    """The derived type that a table, a sheet or a row is named after, in either language; `None` where it is none.

    >>> derived_type("can_supply"), derived_type("区域"), derived_type("products")
    ('CAN_SUPPLY', 'Area', None)
    """
    kinds: tuple[NodeType | EdgeType, ...] = (*DERIVED_NODE_TYPES, *DERIVED_EDGE_TYPES)
    for kind in kinds:
        if name.casefold() in {kind.name.casefold(), kind.zh, kind.en}:
            return kind.name
    return None


def derived_names(kind: NodeType | EdgeType) -> frozenset[str]:
    """What the properties of a type that no dataset brings are called: their names, and in either language; lower case."""
    derived = (prop for prop in kind.stored if prop.derived or prop not in kind.properties)
    return frozenset(name.casefold() for prop in derived for name in (prop.name, prop.zh, prop.en))


@cache
def property_names() -> frozenset[str]:
    """Every property that any node or edge can have, `id` among them."""
    return frozenset({"id"} | {p.name for p in _all_properties()})


def _all_properties() -> Iterator[Property]:
    for node_type in STORED_NODE_TYPES:
        yield from node_type.stored
    for edge_type in STORED_EDGE_TYPES:
        yield from edge_type.stored
