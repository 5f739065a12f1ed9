"""Commands about data: load, inspect, check-data, explain, merges, review, correct, export.

What a command needs of `ingest` it imports itself: that takes two seconds, which `corridor ask` need not wait.
"""

import getpass
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.settings import Settings
from api.terminal import (
    ERR,
    LANGUAGE_OPTION,
    OUT,
    StoreOption,
    escaped,
    opened,
    progress,
    put,
    say,
    seldom_collected,
    table_of,
)
from graph.errors import StoreUnavailable, UsageError
from graph.store import Batch, GraphStore
from graph.texts import Language, Text

if TYPE_CHECKING:
    from ingest.check import CheckedData, Finding
    from ingest.decisions import Decision
    from ingest.pipeline import Checked
    from ingest.provenance import Provenance, Run

_SHOWN_REASONS = 10
_SHOWN_CHANGES = 6
_SHOWN_FINDINGS = 10

commands = typer.Typer()
HomeOption = Annotated[Path | None, typer.Option("--home", help="声明与报告所在目录 folder of claims and reports")]
DecisionsOption = Annotated[
    Path | None, typer.Option("--decisions", help="人工决定文件 file of people's decisions (CSV)")
]
WhoOption = Annotated[str, typer.Option("--who", help="由谁决定 who decides", default_factory=getpass.getuser)]
WhyOption = Annotated[str, typer.Option("--why", help="理由 reason")]


def _home(given: Path | None) -> Path:
    return given or Settings().home


def _decisions(given: Path | None, home: Path) -> Path:
    settings = Settings()
    return given or settings.decisions or home / "decisions.csv"


# --- load ------------------------------------------------------------------------------------------------------------


@commands.command("load")
@seldom_collected()
def load_command(
    datasets: Annotated[list[Path], typer.Argument(help="数据集：文件夹或文件 datasets, folders or files")],
    mapping: Annotated[
        list[str] | None, typer.Option("--mapping", "-m", help="映射文件或自带映射名 mapping file or shipped name")
    ] = None,
    store: StoreOption = None,
    home: HomeOption = None,
    decisions: DecisionsOption = None,
    quarantine: Annotated[
        Path | None, typer.Option(help="隔离行另存为 where rows that are not loaded are written too (CSV)")
    ] = None,
    max_quarantined_share: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="隔离行占比超过此值则不载入 load nothing if a larger share is quarantined"),
    ] = None,
    link: Annotated[
        bool, typer.Option("--link/--no-link", help="是否做概率匹配 whether to look for probable matches")
    ] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只说会改变什么 only say what would change")] = False,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of",
            formats=["%Y-%m-%d"],
            help="图中只放当日有效的事实（缺省为今天） the graph holds the facts in force on this day, today by default",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="只打印报告的 JSON print the report as JSON")] = False,
) -> None:
    """载入数据集，替换图库内容；有行被隔离时退出码为 1。 Load datasets; exit code 1 where rows were quarantined."""
    from ingest.dataset import datasets_at
    from ingest.pipeline import Settings as LoadSettings
    from ingest.pipeline import checked, load

    folder = _home(home)
    day = as_of.date() if as_of else None
    settings = LoadSettings(folder, _decisions(decisions, folder), link, max_quarantined_share, day=day)
    with opened(store) as graph, progress() as report:
        found = datasets_at(datasets, mapping or [])
        if dry_run:
            result = checked(found, settings, report)
            _print_difference(graph, result, day or date.today())
        else:
            result = load(found, graph, settings, report)
    _print_load(result, as_json)
    if quarantine is not None and result.quarantined:
        _copy(result.folder / "quarantine.csv", quarantine)
    if result.quarantined:
        raise typer.Exit(1)


def _copy(source: Path, target: Path) -> None:
    try:
        target.write_bytes(source.read_bytes())
    except OSError as error:
        raise UsageError(f"无法写入 {target}。 Cannot write {target}: {error.strerror}.") from error
    say(f"全部隔离行见 all quarantined rows: {target}")


def print_load(result: "Checked") -> None:
    """What happened to the rows, on standard error."""
    report = result.report
    say(
        f"读取 read {report.read} = 载入 loaded {report.loaded} + 合并 merged {report.merged} + 隔离 quarantined "
        f"{report.quarantined} · 批次 run {report.run_id}"
    )
    if report.not_in_force:
        say(
            f"其中 {report.not_in_force} 条关系在 {report.day} 不在有效期，不在图中。 {report.not_in_force} of the edges are not in force "
            f"on {report.day} and not in the graph."
        )
    if report.reasons:
        rows: list[tuple[object, ...]] = [
            (r.count, r.what, r.field, r.reason, r.examples[0], r.hint) for r in report.reasons[:_SHOWN_REASONS]
        ]
        headings = ("行数 rows", "类型 type", "字段 field", "原因 reason", "例 example", "怎么办 what to do")
        ERR.print(table_of(f"隔离行 Quarantined rows ({report.quarantined})", headings, rows))


def _print_load(result: "Checked", as_json: bool) -> None:
    from api.report_page import report_html, unread_tables

    report = result.report
    page = result.folder / "report.html"
    page.write_text(report_html(report), encoding="utf-8")
    if as_json:
        OUT.print_json(report.to_json())
        return
    print_load(result)
    if report.converted:
        say("转换 conversions: " + ", ".join(f"{what} {count}" for what, count in report.converted.items()))
    if report.joined or report.to_review:
        joined = ", ".join(f"{tier} {count}" for tier, count in report.joined.items()) or "0"
        say(
            f"归并 joined: {joined} · 待复核 to review: {report.to_review} · 暂搁置的代码 codes set aside: {report.set_aside}"
        )
    unread = [f"{t.file}: {', '.join(t.unread)}" for t in report.tables if t.unread_columns]
    for line in unread:
        say(f"未读取的列 columns not read: {line}")
    for line in unread_tables(report):
        say(line)
    for folder in report.damaged:
        say(f"缓存已损坏，已从来源重读 damaged cache, read anew from its source: {folder}")
    say(f"报告 report: {page}")


def _print_difference(store: GraphStore, result: "Checked", day: date) -> None:
    """What a load would add, change and remove, by type, with examples."""
    from graph.difference import difference, total
    from graph.validity import InForce

    try:
        old = list(store.tables())
    except StoreUnavailable:
        old = []  # There is no graph yet: everything would be added.
    found = difference(old, InForce(result.batches, day))
    rows: list[tuple[object, ...]] = []
    for one in found:
        changed = [f"{row.id} {name}: {a} → {b}" for row in one.changed_examples for name, (a, b) in row.values.items()]
        examples = [f"+{i}" for i in one.added_examples] + [f"−{i}" for i in one.removed_examples] + changed
        c = one.changes
        if c.added or c.changed or c.removed:
            rows.append((one.name, c.added, c.changed, c.removed, c.unchanged, "; ".join(examples[:_SHOWN_CHANGES])))
    headings = ("类型 type", "新增 added", "改变 changed", "移除 removed", "不变 unchanged", "例 examples")
    whole = total(found)
    title = f"若载入则：新增 {whole.added}，改变 {whole.changed}，移除 {whole.removed} What a load would do"
    OUT.print(table_of(title, headings, rows))


# --- check-data ------------------------------------------------------------------------------------------------------


@commands.command("check-data")
def check_data(
    datasets: Annotated[
        list[Path] | None,
        typer.Argument(exists=True, help="数据集（缺省为自带的） datasets, the bundled one by default"),
    ] = None,
    mapping: Annotated[
        list[str] | None, typer.Option("--mapping", "-m", help="映射文件或自带映射名 mapping file or shipped name")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="每类最多列出几行 rows shown of each kind")] = _SHOWN_FINDINGS,
    language: Annotated[Language | None, LANGUAGE_OPTION] = None,
    as_json: Annotated[bool, typer.Option("--json", help="打印全部发现的 JSON print all findings as JSON")] = False,
) -> None:
    """检查数据是否属实，不建图；有错误时退出码为 1，仅存疑为 0。 Check that data are true; exit code 1 where something is wrong."""
    from ingest.check import check
    from ingest.dataset import BUNDLED, datasets_at

    spoken = language or Settings().language
    with progress() as report:
        found = check(datasets_at(datasets or [BUNDLED], mapping or []), progress=report)
    if as_json:
        put(json.dumps(_findings_json(found, spoken), ensure_ascii=False, indent=1) + "\n")
    else:
        _print_findings(found, limit, spoken)
    if found.errors:
        raise typer.Exit(1)


def _findings_json(found: "CheckedData", language: Language) -> dict[str, object]:
    rows = [
        {**asdict(one), "reason": one.reason.in_(language), "todo": one.todo.in_(language)} for one in found.findings
    ]
    return {"looked_at": found.looked_at, "errors": found.errors, "doubts": found.doubts, "findings": rows}


def _print_findings(found: "CheckedData", limit: int, language: Language) -> None:
    """A table for each kind, errors first, under each what to do."""
    for kind, group in groupby(found.findings, key=lambda one: one.kind):
        rows = list(group)
        _print_kind(kind, rows, limit, language)
    told = Text("check.told", looked_at=found.looked_at, errors=found.errors, doubts=found.doubts)
    OUT.print(told.in_(language), markup=False, highlight=False, soft_wrap=True)


def _print_kind(kind: str, rows: "Sequence[Finding]", limit: int, language: Language) -> None:
    severity = "check.error" if rows[0].is_error else "check.doubt"
    title = Text(severity, what=Text(f"check.{kind}"), count=sum(one.count for one in rows)).in_(language)
    has_own = len({one.todo for one in rows}) > 1 or rows[0].todo.id == "common.both"
    columns: dict[str, Callable[[Finding], object]] = {
        "where": lambda one: f"{one.file}:{one.row}",
        "thing": lambda one: one.thing or one.what,
        "field": lambda one: one.field,
        "value": lambda one: one.value,
    }
    if any(one.count > 1 for one in rows):
        columns["count"] = lambda one: one.count
    if has_own:
        columns["reason"] = lambda one: one.reason.in_(language)
        columns["todo"] = lambda one: one.todo.in_(language)
    headings = tuple(Text(f"check.column.{name}").in_(language) for name in columns)
    OUT.print(
        table_of(escaped(title), headings, [tuple(cell(one) for cell in columns.values()) for one in rows[:limit]])
    )
    lines = [] if has_own else [rows[0].todo]
    lines += [Text("check.more", count=len(rows) - limit)] if len(rows) > limit else []
    for line in lines:
        OUT.print(f"· {line.in_(language)}", markup=False, highlight=False, soft_wrap=True)


# --- inspect ---------------------------------------------------------------------------------------------------------


@commands.command()
def inspect(
    path: Annotated[Path | None, typer.Argument(help="文件或文件夹 file or folder")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="写入此文件 write the mapping here")] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="打印映射的 JSON Schema print the JSON Schema of a mapping")
    ] = False,
) -> None:
    """看一份数据并起草映射。 Look at data and draft a mapping for it."""
    from ingest.mapping.mapping import json_schema
    from ingest.mapping.proposal import proposed

    if schema:
        print(json_schema(), end="")
        return
    if path is None:
        raise UsageError("给出文件或文件夹。 Name a file or folder.")
    draft = proposed(path)
    text = draft.to_yaml()
    if output is None:
        put(text)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"无法写入 {output}。 Cannot write {output}: {error.strerror}.") from error
    for note in draft.notes:
        say(note)
    say(f"已写入 written: {output}；核对后 then: corridor load {path} --mapping {output}")


# --- export and back -------------------------------------------------------------------------------------------------

_BULK = "neo4j-import"


class ExportFormat(StrEnum):
    """What a graph is written as."""

    PARQUET = "parquet"
    JSONL = "jsonl"
    CSV = "csv"
    GRAPHML = "graphml"
    GEXF = "gexf"
    NEO4J_IMPORT = _BULK


@commands.command("export")
def export_graph(
    form: Annotated[ExportFormat, typer.Argument(metavar="FORMAT", help=" | ".join(ExportFormat))],
    target: Annotated[Path, typer.Argument(help="文件，或新的文件夹 file, or new folder")],
    dataset: Annotated[
        list[Path] | None,
        typer.Option("--dataset", help="不取图库，而取这些数据集 of these datasets, not of the store"),
    ] = None,
    mapping: Annotated[list[str] | None, typer.Option("--mapping", "-m", help="数据集的映射 their mappings")] = None,
    store: StoreOption = None,
    home: HomeOption = None,
    decisions: DecisionsOption = None,
) -> None:
    """导出图；neo4j-import 写出供 neo4j-admin 批量导入的文件。 Export the graph, also as files for Neo4j's bulk importer."""
    from graph.exchange import write
    from graph.neo4j_import import write_import_files
    from ingest.dataset import datasets_at
    from ingest.pipeline import Settings as LoadSettings
    from ingest.pipeline import checked

    folder = _home(home)
    with opened(store) as graph, progress() as report:
        if dataset:
            result = checked(
                datasets_at(dataset, mapping or []), LoadSettings(folder, _decisions(decisions, folder)), report
            )
            batches: Iterable[Batch] = result.batches
            run_id = result.run_id
        else:
            run_id = graph.run_id() or ""
            batches = graph.tables(report)
        if form is ExportFormat.NEO4J_IMPORT:
            files = write_import_files(batches, run_id, target, progress=report)
            say(f"节点 nodes {files.nodes}，关系 edges {files.edges}；然后 then: {target / 'import.sh'}")
        else:
            write(batches, run_id, target, form.value)
    say(f"已写入 written: {target}")


@commands.command("import")
def import_graph(
    form: Annotated[ExportFormat, typer.Argument(metavar="FORMAT", help="parquet | jsonl | csv | graphml | gexf")],
    source: Annotated[Path, typer.Argument(help="corridor export 写出的文件或文件夹 what corridor export wrote")],
    store: StoreOption = None,
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="允许以空图替换 also where the file holds no node")
    ] = False,
) -> None:
    """把导出的图放回图库，原样恢复。 Put an exported graph back into a store, as it was."""
    from graph.exchange import read
    from ingest.imported import checked_import

    if form is ExportFormat.NEO4J_IMPORT:
        raise UsageError("neo4j-import 由 import.sh 导入。 What neo4j-import wrote is imported by its import.sh.")
    with opened(store) as graph, progress() as report:
        run_id, batches = read(source, form.value)
        graph.replace(checked_import(run_id, batches, may_be_empty=allow_empty), run_id, report)
    say(f"已恢复 restored: {run_id}")


@commands.command("check-store")
def check_store(store: StoreOption = None) -> None:
    """检查图库文件与载入时是否一致；已损坏则退出码为 1。 Check that the graph's file is what was loaded; exit code 1 where it is not."""
    with opened(store) as graph:
        graph.check()
        say(Text("durable.sound", store=store or Settings().store, run=graph.run_id()).in_(Settings().language))


# --- explain ---------------------------------------------------------------------------------------------------------


def current_run(store: str | None, home: Path) -> "Run":
    """The load that the graph of a store comes from."""
    from ingest.provenance import run_of

    with opened(store) as graph:
        return run_of(home, graph.run_id())


@commands.command()
def explain(
    thing: Annotated[str, typer.Argument(help="节点或关系的编号 id of a node or edge")],
    store: StoreOption = None,
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="打印 JSON print JSON")] = False,
) -> None:
    """一个事实从哪里来：全部声明，未被采用的也在内。 Where a fact comes from: every claim, the losing ones too."""
    from ingest.provenance import provenance_of

    found = provenance_of(current_run(store, _home(home)), thing)
    if as_json:
        OUT.print_json(json.dumps(asdict(found), ensure_ascii=False, default=str))
        return
    _print_explained(found)


def _print_explained(found: "Provenance") -> None:
    rows: list[tuple[object, ...]] = []
    for claim in found.claims:
        where = f"{claim.file}:{claim.row}"
        sources = ", ".join(claim.source_ids)
        for said in claim.values:
            text = f"（原文 as found: {said.text}）" if said.text is not None else ""
            rows.append(("✓" if said.wins else "·", said.zh, f"{said.value}{text}", where, sources, claim.as_of))
    headings = ("采用 shown", "属性 property", "值 value", "位置 where", "来源 sources", "截至 as of")
    OUT.print(table_of(f"{found.id} · 批次 run {found.run_id}", headings, rows))
    for join in found.joins:
        OUT.print(
            f"归并 joined {join.id}: {join.left_id} = {join.right_id} ({join.tier}, {join.why})",
            markup=False,
            soft_wrap=True,
        )
    for line in found.set_aside:
        OUT.print(f"搁置 set aside: {line}", markup=False, soft_wrap=True)
    OUT.print(f"取舍规则 precedence: {found.precedence}", markup=False, soft_wrap=True)


# --- decisions -------------------------------------------------------------------------------------------------------

merges_commands = typer.Typer(
    no_args_is_help=True, help="归并：列出、撤销、拆分、批量增加。 What was joined: list, undo, split, add."
)
commands.add_typer(merges_commands, name="merges")


def reload(home: Path, decisions: Path, store: str | None) -> "Checked":
    """Load again what the graph was loaded from, with the decisions as they are now."""
    from ingest.dataset import Dataset
    from ingest.mapping.mapping import Mapping
    from ingest.pipeline import Settings as LoadSettings
    from ingest.pipeline import load

    manifest = current_run(store, home).manifest()
    datasets = manifest["datasets"]
    assert isinstance(datasets, list)
    found = [Dataset(Path(d["path"]), Mapping.model_validate(d["mapping"]), n) for n, d in enumerate(datasets)]
    with opened(store) as graph, progress() as report:
        return load(found, graph, LoadSettings(home, decisions, bool(manifest["with_probable"])), report)


@merges_commands.command("list")
def list_merges(store: StoreOption = None, home: HomeOption = None) -> None:
    """列出全部归并。 List what was joined."""
    run = current_run(store, _home(home))
    rows: list[tuple[object, ...]] = [
        (row["id"], row["label"], row["left_id"], row["right_id"], row["tier"], row["probability"], row["why"])
        for row in run.table("merges")
    ]
    headings = ("编号 id", "类型 type", "甲 left", "乙 right", "依据 tier", "概率 p", "为何 why")
    OUT.print(table_of(f"归并 Joined ({len(rows)})", headings, rows))


@merges_commands.command("undo")
def undo_merge(
    merge: Annotated[str, typer.Argument(help="归并编号 id of the merge, see: corridor merges list")],
    why: WhyOption,
    who: WhoOption,
    store: StoreOption = None,
    home: HomeOption = None,
    decisions: DecisionsOption = None,
) -> None:
    """撤销一次归并，两者连同各自的关系一起恢复。 Take a merge back: both return, with their edges."""
    from ingest.decisions import Verdict, decision

    folder = _home(home)
    run = current_run(store, folder)
    found = next((row for row in run.table("merges") if row["id"] == merge), None)
    if found is None:
        raise UsageError(f"没有归并 {merge!r}；见 corridor merges list。 No merge {merge!r}; see corridor merges list.")
    new = decision(Verdict.DIFFERENT, str(found["left_id"]), str(found["right_id"]), who=who, when=_today(), why=why)
    _decide([new], folder, decisions, store)


@merges_commands.command("split")
def split_entity(
    entity: Annotated[str, typer.Argument(help="节点编号 id of a node")],
    why: WhyOption,
    who: WhoOption,
    store: StoreOption = None,
    home: HomeOption = None,
    decisions: DecisionsOption = None,
) -> None:
    """把归并成的一个节点全部拆开。 Take a node apart into all the records that were joined in it."""
    from ingest.decisions import Verdict, decision

    folder = _home(home)
    run = current_run(store, folder)
    records = [entity, *(str(row["id"]) for row in run.table("entities") if row["entity"] == entity)]
    if len(records) < 2:
        raise UsageError(f"{entity} 不是归并成的。 {entity} is not joined of several records.")
    new = [
        decision(Verdict.DIFFERENT, left, right, who=who, when=_today(), why=why)
        for number, left in enumerate(records)
        for right in records[number + 1 :]
    ]
    _decide(new, folder, decisions, store)


@merges_commands.command("add")
def add_merges(
    pairs: Annotated[Path, typer.Argument(help="CSV 文件，列为 left_id, right_id, why; CSV with these columns")],
    who: WhoOption,
    store: StoreOption = None,
    home: HomeOption = None,
    decisions: DecisionsOption = None,
) -> None:
    """批量归并：文件中的每一对都判为同一。 Join many: every pair of the file is the same."""
    from ingest.decisions import Verdict, decision
    from ingest.readers.read import read

    folder = _home(home)
    new: list[Decision] = []
    for table in read(pairs):
        missing = {"left_id", "right_id", "why"} - set(table.columns.column_names)
        if missing:
            raise UsageError(f"{pairs}: 缺少列 columns are missing: {', '.join(sorted(missing))}")
        for row in table.columns.to_pylist():
            new.append(
                decision(
                    Verdict.SAME,
                    row["left_id"] or "",
                    row["right_id"] or "",
                    who=who,
                    when=_today(),
                    why=row["why"] or "",
                )
            )
    _decide(new, folder, decisions, store)


@commands.command()
def correct(
    thing: Annotated[str, typer.Argument(help="节点或关系的编号 id of a node or edge")],
    property_: Annotated[str, typer.Argument(metavar="PROPERTY", help="属性 property")],
    value: Annotated[str, typer.Argument(help="正确的值；空为未知 what it is; empty for not known")],
    why: WhyOption,
    who: WhoOption,
    store: StoreOption = None,
    home: HomeOption = None,
    decisions: DecisionsOption = None,
) -> None:
    """更正一个值；用 corridor decisions withdraw 撤回。 Correct a value; withdraw it with corridor decisions withdraw."""
    from ingest.corrections import check_correction
    from ingest.decisions import Verdict, decision
    from ingest.provenance import provenance_of

    folder = _home(home)
    run = current_run(store, folder)
    thing = provenance_of(run, thing).id
    new = decision(Verdict.CORRECT, thing, property_=property_, value=value, who=who, when=_today(), why=why)
    check_correction(new)
    _decide([new], folder, decisions, store)


def _decide(new: "Sequence[Decision]", home: Path, decisions: Path | None, store: str | None) -> None:
    """Load again with decisions, and write them down when it has succeeded."""
    from ingest.decisions import add_decisions, only_if_done

    file = _decisions(decisions, home)
    with only_if_done(file):
        add_decisions(file, new)
        result = reload(home, file, store)
    for one in new:
        say(
            f"已记录 recorded {one.id}: {one.verdict.zh} {one.subject} {one.object or f'{one.property}={one.value}'} → {file}"
        )
    print_load(result)


def _today() -> str:
    return date.today().isoformat()


decisions_commands = typer.Typer(
    no_args_is_help=True, help="人工决定：列出、撤回。 People's decisions: list, withdraw."
)
commands.add_typer(decisions_commands, name="decisions")


@decisions_commands.command("list")
def list_decisions(home: HomeOption = None, decisions: DecisionsOption = None) -> None:
    """列出全部决定。 List what people decided."""
    from ingest.decisions import read_decisions

    file = _decisions(decisions, _home(home))
    rows: list[tuple[object, ...]] = [
        (d.id, d.verdict.zh, d.subject, d.object or f"{d.property}={d.value}", d.who, d.when, d.why, d.withdrawn)
        for d in read_decisions(file)
    ]
    headings = (
        "编号 id",
        "决定 verdict",
        "对象 subject",
        "与 / 值 object",
        "由 who",
        "时间 when",
        "理由 why",
        "撤回 withdrawn",
    )
    OUT.print(table_of(f"{file} ({len(rows)})", headings, rows))


@decisions_commands.command("withdraw")
def withdraw_decision(
    decision_id: Annotated[str, typer.Argument(help="决定编号 id of the decision")],
    why: WhyOption,
    who: WhoOption,
    store: StoreOption = None,
    home: HomeOption = None,
    decisions: DecisionsOption = None,
) -> None:
    """撤回一个决定并重新载入。 Take a decision back and load again."""
    from ingest.decisions import only_if_done, withdraw

    folder = _home(home)
    current_run(store, folder)  # Where there is no graph, that is said before all else.
    file = _decisions(decisions, folder)
    with only_if_done(file):
        withdraw(file, decision_id, who=who, when=_today(), why=why)
        result = reload(folder, file, store)
    print_load(result)


@commands.command()
def review(
    who: WhoOption,
    store: StoreOption = None,
    home: HomeOption = None,
    decisions: DecisionsOption = None,
    list_only: Annotated[bool, typer.Option("--list", help="只列出 only list")] = False,
) -> None:
    """逐对判断是否同一；s 同一 d 不同 u 存疑 n 跳过 q 结束。 Decide pair by pair: same, different, unsure, next, quit."""
    from ingest.decisions import Verdict, read_decisions, standing

    folder = _home(home)
    run = current_run(store, folder)
    file = _decisions(decisions, folder)
    unsure = {frozenset((d.subject, d.object)) for d in standing(read_decisions(file)) if d.verdict is Verdict.UNSURE}
    pairs = [row for row in run.table("review") if frozenset((row["left_id"], row["right_id"])) not in unsure]
    headings = ("编号 id", "甲 left", "乙 right", "依据 tier", "概率 p", "为何 why")
    rows: list[tuple[object, ...]] = [
        (p["id"], p["left_id"], p["right_id"], p["tier"], p["probability"], p["why"]) for p in pairs
    ]
    if list_only or not pairs:
        OUT.print(table_of(f"待复核 To review ({len(pairs)})；存疑 unsure {len(unsure)}", headings, rows))
        return
    new = _ask(pairs, run, who)
    if new:
        _decide(new, folder, decisions, store)


def _ask(pairs: Sequence[dict[str, object]], run: "Run", who: str) -> "list[Decision]":
    from ingest.decisions import Verdict, decision

    answers = {"s": "same", "d": "different", "u": "unsure"}
    new: list[Decision] = []
    for number, pair in enumerate(pairs, 1):
        left, right = str(pair["left_id"]), str(pair["right_id"])
        OUT.print(_side_by_side(f"{number}/{len(pairs)} · {pair['why']}", run, left, right))
        answer = (
            typer.prompt("s 同一 same · d 不同 different · u 存疑 unsure · n 跳过 next · q 结束 quit", default="n")
            .strip()
            .lower()[:1]
        )
        if answer == "q":
            break
        if answer in answers:
            why = typer.prompt("理由 reason")
            new.append(decision(Verdict(answers[answer]), left, right, who=who, when=_today(), why=why))
    return new


def _side_by_side(title: str, run: "Run", left: str, right: str) -> object:
    from ingest.provenance import provenance_of

    sides = [
        {said.zh: said for claim in provenance_of(run, one).claims for said in reversed(claim.values)}
        for one in (left, right)
    ]
    rows: list[tuple[object, ...]] = [("编号 id", left, right)]
    for name in dict.fromkeys([*sides[0], *sides[1]]):
        rows.append((name, *(side[name].value if name in side else "" for side in sides)))
    return table_of(escaped(title), ("属性 property", "甲 left", "乙 right"), rows)
