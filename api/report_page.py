"""The report of a load as one page that opens offline: what was read, what became of it, and why."""

from collections.abc import Iterable, Sequence

from ingest.report import Coverage, Report
from viz.page import Bar, Chart, Column, Section, Table, list_page

_SHOWN_LABEL = 30


def report_html(report: Report) -> str:
    """The page: the sum, tables, types, reasons, coverage, conversions, identities, time."""
    sections = [
        _sum(report),
        _tables(report),
        _kinds(report),
        _reasons(report),
        _converted(report),
        _identities(report),
        *_coverage(report.coverage),
        _stages(report),
    ]
    subtitle = f"批次 run {report.run_id} · 读取 read = 载入 loaded + 合并 merged + 隔离 quarantined"
    return list_page("载入报告 Load report", sections, subtitle=subtitle)


def unread_tables(report: Report) -> list[str]:
    """Which tables nothing was read of and what to do, in sentences."""
    found = []
    if report.empty_tables:
        found.append(f"只有表头、没有数据行的表 tables with headings and no row: {', '.join(report.empty_tables)}")
    if report.left_out:
        found.append(f"不能读的表 tables that cannot be read: {', '.join(report.left_out)}")
    if report.unread_tables:
        found.append(
            f"未读取的表 tables not read: {', '.join(report.unread_tables)}。映射中没有它们 No mapping speaks of them: "
            "corridor inspect."
        )
    if report.unread_tables and report.fitting_mappings:
        options = " ".join(f"--mapping {name}" for name in report.fitting_mappings)
        found.append(f"自带映射适用于这些文件 a shipped mapping fits these files: {options}")
    return found


def _number(zh: str, en: str) -> Column:
    return Column(zh, en, is_number=True)


def _sum(report: Report) -> Section:
    whole = max(report.read, 1)
    parts = [
        ("载入", "loaded", report.loaded),
        ("合并", "merged", report.merged),
        ("隔离", "quarantined", report.quarantined),
    ]
    return Section(
        "总数 In all",
        f"读取 {report.read:,} = 载入 {report.loaded:,} + 合并 {report.merged:,} + 隔离 {report.quarantined:,}。"
        "一行若既是节点又是关系，各计一次；合并是说同一事物的另一行。 A row that gives a node and an edge counts twice; merged rows "
        "speak of what another row speaks of.",
        chart=Chart(
            "读取的行去了哪里 what became of the rows",
            [Bar(f"{zh} {en}", n / whole, f"{n:,} ({n / whole:.1%})") for zh, en, n in parts],
        ),
    )


def _tables(report: Report) -> Section:
    columns = (
        Column("数据集", "dataset"), Column("表", "table"), _number("行", "rows"), _number("读取", "read"),
        _number("通过", "accepted"), _number("隔离", "quarantined"), _number("一端为空", "an end empty"),
        _number("映射不取", "passed over"), Column("未变", "unchanged"), Column("未读取的列", "columns not read"),
    )  # fmt: skip
    rows = [
        (t.dataset, t.file, t.rows, t.read, t.accepted, t.quarantined, t.left_out, t.passed_over,
         "是 yes" if t.is_unchanged else "否 no", "、".join(t.unread) or "—")
        for t in report.tables
    ]  # fmt: skip
    added = [("", name, n, n, n, 0, 0, 0, "—", "—") for name, n in report.added.items()]
    return Section(
        "各表 Tables",
        " ".join(["未变的文件不重读。 A file that has not changed is not read again.", *unread_tables(report)]),
        table=Table(columns, [*rows, *added]),
    )


def _kinds(report: Report) -> Section:
    columns = (
        Column("类型", "type"), _number("声明", "claims"), _number("载入", "loaded"), _number("合并", "merged"),
        _number("隔离", "quarantined"), _number("有分歧", "disputed"),
    )  # fmt: skip
    rows = [(k.what, k.claims, k.loaded, k.merged, k.quarantined, k.disputed) for k in report.kinds]
    text = f"有分歧：几行对同一属性说法不一，取舍规则 {report.precedence}。 Disputed: rows say different things of one property."
    return Section("各类型 Types", text, table=Table(columns, rows))


def _reasons(report: Report) -> Section:
    columns = (
        _number("行数", "rows"), Column("类型", "type"), Column("字段", "field"), Column("原因", "reason"),
        Column("例", "examples"), Column("怎么办", "what to do"),
    )  # fmt: skip
    rows = [(r.count, r.what or "—", r.field or "—", r.reason, " ； ".join(r.examples), r.hint) for r in report.reasons]
    most = max((r.count for r in report.reasons), default=1)
    bars = [
        Bar(_short(f"{r.what or '整行 row'} · {r.reason}"), r.count / most, f"{r.count:,}") for r in report.reasons[:12]
    ]
    return Section(
        "隔离的原因 Why rows were quarantined",
        "" if rows else "没有一行被隔离。 No row was quarantined.",
        chart=Chart("各原因的行数 rows by reason", bars),
        table=Table(columns, rows) if rows else None,
    )


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_LABEL else f"{text[:_SHOWN_LABEL]}…"


_CONVERSIONS = {
    "blank-mark": "表示空的记号（—、无、N/A 等）当作未知 marks of an empty cell",
    "thousands-separator": "去掉千分位 thousands separators",
    "percent": "百分号 percent signs",
    "unit": "数后的单位（万、亿、亩…） units behind numbers",
    "unit-of-column": "表头或映射给出的单位 units of the column",
    "full-width": "全角数字 full-width digits",
    "date-form": "其他写法的日期 dates written otherwise",
    "time-cut": "只取日期，略去时刻 times of day left out",
    "excel-day": "Excel 日期序号 Excel's day numbers",
    "choice": "按中文或英文名认出的选项 choices told by name",
    "truth": "是/否、1/0 等 yes and no",
    "mapped": "映射的对照表 replaced by the mapping",
    "spreadsheet-quote": "去掉防公式的引号 quotes against formulas taken off",
    "first-of-list": "多个值只取第一个 the first of several values",
}


def _converted(report: Report) -> Section:
    rows = [(what, _CONVERSIONS.get(what, ""), n) for what, n in report.converted.items()]
    columns = (Column("转换", "conversion"), Column("说明", "what it is"), _number("格", "cells"))
    text = (
        "每一种转换都计数；原文与值不同处，声明里保留原文。 Each conversion is counted; claims keep the text as found."
    )
    return Section(
        "转换 Conversions",
        text if rows else "没有转换。 Nothing was converted.",
        table=Table(columns, rows) if rows else None,
    )


def _identities(report: Report) -> Section:
    tiers = {
        "identifier": "同一代码 the same code",
        "name": "名称完全相同 the same name",
        "decision": "人工决定 a decision",
        "probable": "概率匹配 probable",
    }
    rows = [(tiers.get(tier, tier), n) for tier, n in report.joined.items()]
    rows += [("待复核 to review", report.to_review), ("暂搁置的值 values set aside", report.set_aside)]
    text = "同一事物在几份名单里的记录。 Records of several lists that are the same thing: corridor merges list, corridor review."
    return Section("归并 Identities", text, table=Table((Column("依据", "by"), _number("对", "pairs")), rows))


def _coverage(coverage: Sequence[Coverage]) -> Iterable[Section]:
    for what in dict.fromkeys(c.what for c in coverage):
        own = [c for c in coverage if c.what == what]
        total = max(own[0].total, 1)
        bars = [Bar(f"{c.zh} {c.property}", c.known / total, f"{c.known / total:.1%} ({c.known:,})") for c in own]
        chart = Chart(f"{what} 各属性有值的比例 share of {what} with each property", bars)
        yield Section(f"覆盖 Coverage · {what} ({own[0].total:,})", chart=chart)


def _stages(report: Report) -> Section:
    columns = (
        Column("步骤", "stage"),
        _number("秒", "seconds"),
        _number("行", "rows"),
        _number("行/秒", "rows a second"),
    )
    rows = [
        (s.name, round(s.seconds, 2), s.rows, round(s.rows / s.seconds) if s.seconds else None) for s in report.stages
    ]
    return Section("用时 Time", table=Table(columns, rows))
