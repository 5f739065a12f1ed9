"""Commands about data: load, inspect, check-data, explain, merges, review, correct, export.

What a command needs of `ingest` it imports itself: that takes two seconds, which `corridor ask` need not wait.
"""

import getpass
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast, get_args

import typer

from api.runs import day_of
from api.settings import Settings, chosen_language
from api.terminal import (
    ERR,
    OUT,
    SpokenGroup,
    StoreOption,
    escaped,
    opened,
    progress,
    put,
    said,
    say,
    seldom_collected,
    table_of,
    there,
    waiting,
)
from graph.durable import writable
from graph.errors import StoreUnavailable, UsageError
from graph.model import Value, nodes_of
from graph.ontology import EDGE_TYPE, KIND, NODE_TYPE, Property, label_of
from graph.store import Batch, GraphStore
from graph.texts import Language, Text, is_known, number_text, word

if TYPE_CHECKING:
    from ingest.check import CheckedData, Finding
    from ingest.decisions import Decision
    from ingest.pipeline import Checked
    from ingest.pipeline import Settings as LoadSettings
    from ingest.provenance import PropertyValue, Provenance, Run

_SHOWN_REASONS = 10
_SHOWN_TABLES = 5
_SHOWN_NAMES = 5
_SHOWN_DOUBTS = 15
_SHOWN_CHANGES = 6
_SHOWN_FINDINGS = 10
_SHOWN_EDGES = 10

commands = typer.Typer()
HomeOption = Annotated[Path | None, typer.Option("--home", help=said("cli.help.home"))]
DecisionsOption = Annotated[Path | None, typer.Option("--decisions", help=said("cli.help.decisions_file"))]
WhoOption = Annotated[str, typer.Option("--who", help=said("cli.help.who"), default_factory=getpass.getuser)]
WhyOption = Annotated[str, typer.Option("--why", help=said("cli.help.why"))]


def _home(given: Path | None) -> Path:
    return given or Settings().home


def _decisions(given: Path | None, home: Path) -> Path:
    settings = Settings()
    return given or settings.decisions or home / "decisions.csv"


# --- load ------------------------------------------------------------------------------------------------------------


@commands.command("load", help=said("cli.help.load"))
@seldom_collected()
def load_command(
    datasets: Annotated[list[Path], typer.Argument(help=said("cli.help.load.datasets"), callback=there)],
    mapping: Annotated[list[str] | None, typer.Option("--mapping", "-m", help=said("cli.help.mapping"))] = None,
    store: StoreOption = None,
    home: HomeOption = None,
    decisions: DecisionsOption = None,
    quarantine: Annotated[Path | None, typer.Option(help=said("cli.help.load.quarantine"))] = None,
    max_quarantined_share: Annotated[
        float | None,
        typer.Option(min=0, max=1, help=said("cli.help.load.max_quarantined_share")),
    ] = None,
    link: Annotated[bool, typer.Option("--link/--no-link", help=said("cli.help.load.link"))] = True,
    link_on: Annotated[str, typer.Option("--link-on", help=said("cli.help.load.link_on"))] = "duckdb",
    dry_run: Annotated[bool, typer.Option("--dry-run", help=said("cli.help.load.dry_run"))] = False,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of",
            formats=["%Y-%m-%d"],
            help=said("cli.help.load.as_of"),
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help=said("cli.help.load.json"))] = False,
) -> None:
    """Load datasets; exit code 1 where rows or values were quarantined, which is said."""
    from ingest.dataset import datasets_at
    from ingest.pipeline import Settings as LoadSettings
    from ingest.pipeline import checked, load

    folder = _home(home)
    day = day_of(as_of.date().isoformat() if as_of else "")
    settings = LoadSettings(
        folder,
        _decisions(decisions, folder),
        link,
        max_quarantined_share,
        day=day,
        language=chosen_language(),
        link_on=link_on,
    )
    with opened(store) as graph, progress() as report:
        found = datasets_at(datasets, mapping or [])
        if dry_run:
            result = checked(found, settings, report)
            _print_difference(graph, result, day or date.today())
        else:
            result = load(found, graph, settings, report)
    _print_load(result, as_json)
    is_all = not (result.report.quarantined or result.report.values)
    if quarantine is not None and not is_all:
        _copy(result.folder / "quarantine.csv", quarantine)
    if not is_all:
        say(said("cli.load.not_all", rows=result.report.quarantined, values=result.report.values))
        raise typer.Exit(1)


def _copy(source: Path, target: Path) -> None:
    with writable(target):
        target.write_bytes(source.read_bytes())
    say(said("cli.load.all_quarantined", path=target))


def print_load(result: "Checked") -> None:
    """What happened to the rows, on standard error."""
    from api.report_page import in_all

    report, language = result.report, chosen_language()
    tables = [line for line in report.taken if line.id == "ingest.taken_for"]
    doubts = [line for line in report.taken if line.id != "ingest.taken_for"]
    for line in (*_first(tables, _SHOWN_TABLES), *_first(doubts, _SHOWN_DOUBTS)):
        say(line.in_(language))
    for line in report.newcomers:
        names = cast(list[Text], line.values["names"])  # Those of plants are plain.
        say(Text(line.id, **{**line.values, "names": _first(names, _SHOWN_NAMES)}).in_(language))
    say(f"{in_all(report).in_(chosen_language())} · {said('claims.run', run=report.run_id)}")
    for sheet in report.sheets:
        say(said("cli.load.sheet", **asdict(sheet), set_aside=sheet.set_aside))
    if report.not_in_force:
        say(said("cli.load.not_in_force", count=report.not_in_force, day=report.day))
    for title, count, reasons in (
        ("quarantined", report.quarantined, report.reasons),
        ("values", report.values, report.value_reasons),
    ):
        if reasons:
            rows: list[tuple[object, ...]] = [
                (r.count, r.what, r.field, r.reason.in_(language), r.examples[0].in_(language), r.hint.in_(language))
                for r in reasons[:_SHOWN_REASONS]
            ]
            headings = _headings("report", "count", "type", "field", "reason", "examples", "todo")
            ERR.print(table_of(said(f"cli.load.{title}", count=count), headings, rows))


def _first(lines: Sequence[Text], most: int) -> list[Text]:
    """The first of some lines, and how many more there are."""
    return [*lines[:most], *([Text("cli.load.more", count=len(lines) - most)] if len(lines) > most else [])]


def _print_load(result: "Checked", as_json: bool) -> None:
    from api.report_page import report_html, unread_tables

    report = result.report
    page = result.folder / "report.html"
    page.write_text(report_html(report, chosen_language()), encoding="utf-8")
    if as_json:
        OUT.print_json(report.to_json())
        return
    print_load(result)
    if report.converted:
        texts = {what: f"report.conversion.{what}" for what in report.converted}
        called = {what: said(text) if is_known(text) else what for what, text in texts.items()}
        say(said("cli.load.converted", what=[f"{called[what]} {count}" for what, count in report.converted.items()]))
    if report.joined or report.to_review:
        joined = [
            Text("cli.load.of_tier", tier=Text(f"claims.tier.{tier}"), count=n) for tier, n in report.joined.items()
        ] or "0"
        say(said("cli.load.joined", joined=joined, to_review=report.to_review, set_aside=report.set_aside))
    if report.left_out:
        count = sum(t.no_records for t in report.tables)
        say(said("cli.load.no_records", count=count, rows=report.left_out[:_SHOWN_REASONS]))
    for table in (t for t in report.tables if t.unread_columns):
        say(said("cli.load.unread", columns=Text("ingest.why", what=table.file, why=table.unread)))
    for text in unread_tables(report):
        say(text.in_(chosen_language()))
    for folder in report.damaged:
        say(said("cli.load.damaged", folder=folder))
    say(said("cli.load.report", path=page))


def _print_difference(store: GraphStore, result: "Checked", day: date) -> None:
    """What a load would add, change and remove, by type, with examples."""
    from graph.difference import difference, total
    from graph.validity import InForce

    try:
        old = list(store.tables())
    except StoreUnavailable:
        old = []  # There is no graph yet: everything would be added.
    found = difference(old, InForce(result.batches, day))
    ids = [[*one.added_examples, *one.removed_examples, *(row.id for row in one.changed_examples)] for one in found]
    names = _names_in([*old, *result.batches], [node for own in ids for id_ in own for node in nodes_of(id_)])

    def called(id_: str) -> str:
        named = " → ".join(names.get(node, node) for node in nodes_of(id_))
        return named if "|" in id_ else f"{named} {id_}"

    rows: list[tuple[object, ...]] = []
    for one in found:
        changed = [
            f"{called(row.id)} {_property_name(row.id, name)}: {_value_text(row.id, name, a)} → {_value_text(row.id, name, b)}"
            for row in one.changed_examples for name, (a, b) in row.values.items() if name != "search_text"
        ]  # fmt: skip
        examples = (
            [f"+{called(i)}" for i in one.added_examples] + [f"−{called(i)}" for i in one.removed_examples] + changed
        )
        c = one.changes
        if c.added or c.changed or c.removed:
            name = KIND[one.name].in_(chosen_language())
            rows.append((name, c.added, c.changed, c.removed, c.unchanged, "; ".join(examples[:_SHOWN_CHANGES])))
    headings = _headings("cli", "type", "added", "changed", "removed", "unchanged", "examples")
    whole = total(found)
    title = said("cli.load.would", added=whole.added, changed=whole.changed, removed=whole.removed)
    OUT.print(table_of(title, headings, rows))


def _names_in(batches: Iterable[Batch], ids: Iterable[str]) -> dict[str, str]:
    """What nodes of these ids are called in some batches."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted, found = pa.array(sorted(set(ids)), pa.string()), dict[str, str]()
    for batch in batches:
        if batch.name in NODE_TYPE:
            own = batch.table.filter(pc.is_in(batch.table.column("id"), value_set=wanted))
            found |= dict(zip(own.column("id").to_pylist(), own.column("name_zh").to_pylist(), strict=True))
    return found


# --- check-data ------------------------------------------------------------------------------------------------------


@commands.command("check-data", help=said("cli.help.check"))
def check_data(
    datasets: Annotated[
        list[Path] | None,
        typer.Argument(help=said("cli.help.check.datasets"), callback=there),
    ] = None,
    mapping: Annotated[list[str] | None, typer.Option("--mapping", "-m", help=said("cli.help.mapping"))] = None,
    limit: Annotated[int, typer.Option(min=1, help=said("cli.help.check.limit"))] = _SHOWN_FINDINGS,
    as_json: Annotated[bool, typer.Option("--json", help=said("cli.help.check.json"))] = False,
) -> None:
    """Check that data are true; exit code 1 where something is wrong."""
    from ingest.check import check
    from ingest.dataset import BUNDLED, datasets_at

    spoken = chosen_language()
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
    has_own = kind == "quarantined"
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


@commands.command(help=said("cli.help.inspect"))
def inspect(
    path: Annotated[Path | None, typer.Argument(help=said("cli.help.inspect.path"), callback=there)] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help=said("cli.help.inspect.output"))] = None,
    chosen: Annotated[str | None, typer.Option("--type", help=said("cli.help.inspect.type"))] = None,
    schema: Annotated[bool, typer.Option("--schema", help=said("cli.help.inspect.schema"))] = False,
) -> None:
    """Look at data and draft a mapping for it."""
    from ingest.mapping.mapping import json_schema
    from ingest.mapping.proposal import proposed

    if schema:
        print(json_schema(), end="")
        return
    if path is None:
        raise UsageError(Text("cli.inspect.nothing"))
    draft = proposed(path, chosen, is_draft=True)
    text = draft.to_yaml(chosen_language())
    if output is None:
        put(text)
        return
    with writable(output):
        output.write_text(text, encoding="utf-8")
    for note in (*draft.taken, *(question.text for question in draft.asked), *draft.unsure, *draft.notes):
        say(note.in_(chosen_language()))
    say(said("cli.inspect.written", path=output, then=f"corridor load {path} --mapping {output}"))


@commands.command("template", help=said("cli.help.template"))
def template(
    names: Annotated[list[str] | None, typer.Argument(help=said("cli.help.template.names"))] = None,
    folder: Annotated[Path, typer.Option("--out", "-o", help=said("cli.help.template.out"))] = Path("."),
    form: Annotated[Literal["csv", "xlsx"], typer.Option("--format", help="csv | xlsx")] = "csv",
    candidates_for: Annotated[list[str] | None, typer.Option(help=said("cli.help.template.candidates_for"))] = None,
    store: StoreOption = None,
) -> None:
    """Write empty tables to be filled, with headings, units and an example; without a name, say which there are."""
    from api.templates import drafted, table_of_projects, template_named, templates
    from queries.reader import Reader

    spoken = chosen_language()
    if candidates_for:
        tables = [table_of_projects(name, spoken) for name in names or ["fund-projects"]][:1]
    else:
        tables = [template_named(name, spoken) for name in names or ()]
    for path in (folder / f"{one.name}.{form}" for one in tables):
        if path.exists():  # One that is filled already is not emptied.
            raise UsageError(Text("cli.is_there", path=path))
    if candidates_for:
        with waiting() as tell, opened(store) as graph, graph.snapshot() as snapshot:
            tables = [drafted(Reader(snapshot, tell=tell), tables[0], candidates_for, spoken)]
    if not tables:
        rows: list[tuple[object, ...]] = [
            (one.name, one.title.in_(spoken), len(one.columns)) for one in templates(spoken)
        ]
        OUT.print(table_of(said("cli.template.all"), _headings("cli", "name", "type", "columns"), rows))
    for one in tables:
        path = folder / f"{one.name}.{form}"
        with writable(path):
            folder.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.write(one.content(form, spoken))
        say(said("cli.written", path=path))


# --- export and back -------------------------------------------------------------------------------------------------

_BULK = "neo4j-import"
ExportFormat = Literal["parquet", "jsonl", "csv", "graphml", "gexf", "neo4j-import"]
"""What a graph is written as."""


@commands.command("export", help=said("cli.help.export"))
def export_graph(
    form: Annotated[ExportFormat, typer.Argument(metavar="FORMAT", help=" | ".join(get_args(ExportFormat)))],
    target: Annotated[Path, typer.Argument(help=said("cli.help.export.target"))],
    dataset: Annotated[
        list[Path] | None,
        typer.Option("--dataset", help=said("cli.help.export.dataset"), callback=there),
    ] = None,
    mapping: Annotated[list[str] | None, typer.Option("--mapping", "-m", help=said("cli.help.export.mapping"))] = None,
    store: StoreOption = None,
    home: HomeOption = None,
    decisions: DecisionsOption = None,
) -> None:
    """Export the graph, also as files for Neo4j's bulk importer."""
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
        if form == _BULK:
            files = write_import_files(batches, run_id, target, progress=report, language=chosen_language())
            say(said("cli.export.bulk", nodes=files.nodes, edges=files.edges, then=target / "import.sh"))
        else:
            write(batches, run_id, target, form)
    say(said("cli.written", path=target))


@commands.command("import", help=said("cli.help.import"))
def import_graph(
    form: Annotated[ExportFormat, typer.Argument(metavar="FORMAT", help="parquet | jsonl | csv | graphml | gexf")],
    source: Annotated[Path, typer.Argument(help=said("cli.help.import.source"))],
    store: StoreOption = None,
    allow_empty: Annotated[bool, typer.Option("--allow-empty", help=said("cli.help.import.allow_empty"))] = False,
) -> None:
    """Put an exported graph back into a store, as it was."""
    from graph.exchange import read
    from ingest.imported import checked_import

    if form == _BULK:
        raise UsageError(Text("cli.import.by_script"))
    with opened(store) as graph, progress() as report:
        run_id, batches = read(there(source), form)
        graph.replace(checked_import(run_id, batches, may_be_empty=allow_empty), run_id, report)
    say(said("cli.import.restored", run=run_id))


@commands.command("check-store", help=said("cli.help.check_store"))
def check_store(store: StoreOption = None) -> None:
    """Check that the graph's file is what was loaded; exit code 1 where it is not."""
    with opened(store) as graph:
        graph.check()
        say(said("durable.sound", store=store or Settings().store, run=graph.run_id()))


# --- explain ---------------------------------------------------------------------------------------------------------


def current_run(store: str | None, home: Path) -> "Run":
    """The load that the graph of a store comes from."""
    from ingest.provenance import run_of

    with opened(store) as graph:
        return run_of(home, graph.run_id())


def _thing_of_run(thing: str, store: str | None, home: Path, labels: Sequence[str] = ()) -> tuple[str, "Run"]:
    """The id of what is given by id or name, a record or an edge by id, and the load that its graph comes from."""
    with opened(store) as graph:
        return _thing_in(graph, thing, home, labels)


def _thing_in(graph: GraphStore, thing: str, home: Path, labels: Sequence[str] = ()) -> tuple[str, "Run"]:
    from ingest.provenance import run_of
    from queries.reader import Reader
    from queries.scope import find_node

    run = run_of(home, graph.run_id())
    is_id = label_of(thing) or "|" in thing
    return thing if is_id else find_node(Reader(graph), thing, labels).id, run


@commands.command(help=said("cli.help.explain"))
def explain(
    thing: Annotated[str, typer.Argument(help=said("cli.help.explain.thing"))],
    limit: Annotated[int, typer.Option(min=1, help=said("cli.help.explain.limit"))] = _SHOWN_EDGES,
    store: StoreOption = None,
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help=said("cli.help.json"))] = False,
) -> None:
    """Where a fact comes from: every claim, the losing ones too, and what the edges of a node rest on."""
    from ingest.provenance import provenance_of

    with opened(store) as graph:
        thing, run = _thing_in(graph, thing, _home(home))
        found = provenance_of(run, thing)
        edges, left_out = _edges_of(graph, found.id, limit) if label_of(found.id) else ([], {})
        ids = [*(claim.source_ids for claim in found.claims), *(edge.source_ids for edge in edges)]
        documents = [] if as_json else _documents(graph, [one for own in ids if isinstance(own, tuple) for one in own])
    if as_json:
        spoken = chosen_language()
        whole = {**asdict(found), "edges": [asdict(one) for one in edges], "edges_left_out": left_out}
        OUT.print_json(
            json.dumps(
                whole, ensure_ascii=False, default=lambda one: one.in_(spoken) if isinstance(one, Text) else str(one)
            )
        )
        return
    _print_explained(found)
    if edges:
        _print_edges(edges, left_out)
    if documents:
        OUT.print(table_of(said("cli.explain.documents"), _headings("claims", "sources", "where"), documents))


def _documents(graph: GraphStore, source_ids: Sequence[str]) -> list[tuple[object, ...]]:
    """What the sources of these ids are called, and where each can be opened."""
    from queries.reader import Reader
    from queries.scope import nodes

    found = nodes(Reader(graph), source_ids)
    return [(one.id, f"{one.name_in(chosen_language())}\n{one.properties.get('url', '')}".strip()) for one in found]


@dataclass(frozen=True, slots=True)
class _EdgeOf:
    """An edge of a node: how it reads from there, what is at its other end, how sure it is, and what says so."""

    id: str
    relation: str
    other_id: str
    other: str
    status: Value
    as_of: Value
    source_ids: Value


def _edges_of(graph: GraphStore, node_id: str, most: int) -> tuple[list[_EdgeOf], dict[str, int]]:
    """Of each kind of a node's edges the weightiest, and how many of each type there are besides."""
    from api.facts import kind_name, weight
    from graph.statements import degree_query
    from queries.reader import Reader
    from queries.relations import relations

    reader, language = Reader(graph), chosen_language()
    found = relations(reader, [node_id])
    shown: list[_EdgeOf] = []
    counts: Counter[str] = Counter()
    for kind, own in found.by_kind.items():
        counts[kind.type.type] += len(own)
        for one in sorted(own, key=weight)[:most]:
            said_of = (one.edge.properties.get(name) for name in ("status", "as_of", "source_ids"))
            called = kind_name(kind, language), one.other.id, one.other.name_in(language)
            shown.append(_EdgeOf(one.edge.id, *called, *said_of))
    for edge_type in found.cut:  # Not all of them were read.
        rows = reader.fetch(degree_query(label_of(node_id) or "", (edge_type,)), {"ids": [node_id]})
        counts[edge_type] = sum(int(str(row["edges"])) for row in rows)
    return shown, dict(counts - Counter(one.id.partition("|")[0] for one in shown))


def _print_edges(edges: Sequence[_EdgeOf], left_out: Mapping[str, int]) -> None:
    headings = _headings("explore", "relation", "other", "status", "as_of", "sources")
    rows: list[tuple[object, ...]] = [
        (
            one.relation, f"{one.other}\n{one.other_id}", _value_text(one.id, "status", one.status), one.as_of,
            "\n".join(one.source_ids) if isinstance(one.source_ids, tuple) else "",
        )
        for one in edges
    ]  # fmt: skip
    OUT.print(table_of(said("cli.explain.edges", count=len(edges) + sum(left_out.values())), headings, rows))
    if left_out:
        more = [f"{EDGE_TYPE[name].in_(chosen_language())} {count}" for name, count in left_out.items()]
        OUT.print(said("cli.explain.edges_left_out", more=more), markup=False, soft_wrap=True)
    OUT.print(said("cli.explain.edge", id=edges[0].id), markup=False, soft_wrap=True)


def _print_explained(found: "Provenance") -> None:
    rows: list[tuple[object, ...]] = []
    for claim in found.claims:
        where = f"{claim.file.in_(chosen_language())}:{claim.row}"
        sources = ", ".join(claim.source_ids)
        for value in claim.values:
            name, text = _property_name(found.id, value.property), value.text
            shown = _value_text(found.id, value.property, value.value)
            shown = shown if text is None else said("cli.explain.as_found", value=shown, text=text)
            rows.append(("✓" if value.wins else "·", name, shown, where, sources, claim.as_of))
    headings = _headings("claims", "shown", "property", "value", "where", "sources", "as_of")
    OUT.print(table_of(f"{found.id} · {said('claims.run', run=found.run_id)}", headings, rows))
    for join in found.joins:
        pair = f"{join.id}: {join.left} {join.left_id} = {join.right} {join.right_id}"
        OUT.print(
            said("cli.explain.joined", pair=pair, tier=Text(f"claims.tier.{join.tier}"), why=join.why),
            markup=False,
            soft_wrap=True,
        )
    for line in found.set_aside:
        OUT.print(said("cli.explain.set_aside", what=line), markup=False, soft_wrap=True)
    OUT.print(said("claims.rule"), markup=False, soft_wrap=True)


def _property(thing: str, name: str) -> Property | None:
    """The property of a node or an edge, by the id of that."""
    kind = NODE_TYPE.get(label_of(thing) or "") or EDGE_TYPE.get(thing.partition("|")[0])
    return next((prop for prop in kind.properties if prop.name == name), None) if kind else None


def _property_name(thing: str, name: str) -> str:
    found = _property(thing, name)
    return found.in_(chosen_language()) if found else name


def _value_text(thing: str, name: str, value: "PropertyValue | Value") -> str:
    from viz.picture import value_text

    found, value = _property(thing, name), tuple(value) if isinstance(value, list) else value
    return str(value) if found is None or value is None else value_text(found, value, chosen_language())


def _why(row: Mapping[str, object]) -> str:
    return Text.unpacked(str(row["why"])).in_(chosen_language())


def _headings(domain: str, *names: str) -> tuple[str, ...]:
    return tuple(said(f"{domain}.column.{name}") for name in names)


# --- decisions -------------------------------------------------------------------------------------------------------

merges_commands = typer.Typer(cls=SpokenGroup, no_args_is_help=True, help=said("cli.help.merges"))
commands.add_typer(merges_commands, name="merges")


@merges_commands.command("list", help=said("cli.help.merges.list"))
def list_merges(store: StoreOption = None, home: HomeOption = None) -> None:
    """List what was joined."""
    run = current_run(store, _home(home))
    merges = run.table("merges")
    OUT.print(_pairs_table(f"{said('claims.joined')} ({len(merges)})", merges))


def _pairs_table(title: str, pairs: Iterable[dict[str, object]]) -> object:
    """Pairs of records, each by its name and place."""
    rows: list[tuple[object, ...]] = [
        (
            p["id"],
            p["label"],
            _named(p, "left"),
            _named(p, "right"),
            said(f"claims.tier.{p['tier']}"),
            _measure(p["probability"]),
            _why(p),
        )
        for p in pairs
    ]
    return table_of(title, _headings("claims", "id", "type", "left", "right", "tier", "probability", "why"), rows)


def _measure(value: object) -> str:
    return number_text(value, chosen_language()) if isinstance(value, float) else ""


def _named(pair: dict[str, object], side: str) -> str:
    return f"{pair[side] or ''}\n{pair[f'{side}_id']}".strip()


@merges_commands.command("undo", help=said("cli.help.merges.undo"))
def undo_merge(
    merge: Annotated[str, typer.Argument(help=said("cli.help.merges.undo.merge"))],
    why: WhyOption,
    who: WhoOption,
    store: StoreOption = None,
    home: HomeOption = None,
    decisions: DecisionsOption = None,
) -> None:
    """Take a merge back: both return, with their edges."""
    from ingest.deciding import pair_of
    from ingest.decisions import Verdict, decision

    folder = _home(home)
    left, right = pair_of(current_run(store, folder), merge, ["merges"])
    new = decision(Verdict.DIFFERENT, left, right, who=who, when=_today(), why=why)
    _decide([new], folder, decisions, store)


@merges_commands.command("split", help=said("cli.help.merges.split"))
def split_entity(
    entity: Annotated[str, typer.Argument(help=said("cli.help.merges.split.entity"))],
    why: WhyOption,
    who: WhoOption,
    store: StoreOption = None,
    home: HomeOption = None,
    decisions: DecisionsOption = None,
) -> None:
    """Take a node apart into all the records that were joined in it."""
    from ingest.decisions import Verdict, decision

    folder = _home(home)
    entity, run = _thing_of_run(entity, store, folder)
    records = [entity, *(str(row["id"]) for row in run.table("entities") if row["entity"] == entity)]
    if len(records) < 2:
        raise UsageError(Text("cli.merges.not_joined", entity=entity))
    new = [
        decision(Verdict.DIFFERENT, left, right, who=who, when=_today(), why=why)
        for number, left in enumerate(records)
        for right in records[number + 1 :]
    ]
    _decide(new, folder, decisions, store)


@merges_commands.command("add", help=said("cli.help.merges.add"))
def add_merges(
    pairs: Annotated[Path, typer.Argument(help=said("cli.help.merges.add.pairs"), callback=there)],
    who: WhoOption,
    store: StoreOption = None,
    home: HomeOption = None,
    decisions: DecisionsOption = None,
) -> None:
    """Join many: every pair of the file is the same."""
    from ingest.decisions import Verdict, decision
    from ingest.readers.read import read

    folder = _home(home)
    new: list[Decision] = []
    for table in read(pairs):
        missing = {"left_id", "right_id", "why"} - set(table.columns.column_names)
        if missing:
            raise UsageError(Text("cli.merges.columns", path=pairs, columns=sorted(missing)))
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


@merges_commands.command("names", help=said("cli.help.merges.names"))
def take_names(
    source: Annotated[str, typer.Argument(help=said("cli.help.merges.names.source"))],
    why: WhyOption,
    who: WhoOption,
    store: StoreOption = None,
    home: HomeOption = None,
    decisions: DecisionsOption = None,
) -> None:
    """Join at once what has a legal name of a source that each list has once, and only lacks a place."""
    from ingest.decisions import Verdict, decision
    from ingest.provenance import provenance_of

    folder = _home(home)
    source, run = _thing_of_run(source, store, folder, ["Source"])
    new = decision(Verdict.NAMES, provenance_of(run, source).id, who=who, when=_today(), why=why)
    _decide([new], folder, decisions, store)


@commands.command(help=said("cli.help.correct"))
def correct(
    thing: Annotated[str, typer.Argument(help=said("cli.help.explain.thing"))],
    property_: Annotated[str, typer.Argument(metavar="PROPERTY", help=said("cli.help.correct.property"))],
    value: Annotated[str, typer.Argument(help=said("cli.help.correct.value"))],
    why: WhyOption,
    who: WhoOption,
    store: StoreOption = None,
    home: HomeOption = None,
    decisions: DecisionsOption = None,
) -> None:
    """Correct a value; withdraw it with corridor decisions withdraw."""
    from ingest.deciding import correction

    folder = _home(home)
    thing, run = _thing_of_run(thing, store, folder)
    new = correction(run, thing, property_, value, who=who, when=_today(), why=why)
    _decide([new], folder, decisions, store)


def _decide(new: "Sequence[Decision]", home: Path, decisions: Path | None, store: str | None) -> None:
    """Load again with decisions, and write them down when it has succeeded."""
    from ingest.deciding import decide

    file = _decisions(decisions, home)
    with opened(store) as graph, progress() as report:
        result = decide(new, graph, _settings(home, file), report)
    for one in new:
        about = f"{one.subject} {one.said()}"
        say(said("cli.decisions.recorded", id=one.id, verdict=word(one.verdict), about=about, path=file))
    print_load(result)


def _settings(home: Path, decisions: Path) -> "LoadSettings":
    from ingest.pipeline import Settings as LoadSettings

    return LoadSettings(home, decisions, language=chosen_language())


def _today() -> str:
    return date.today().isoformat()


decisions_commands = typer.Typer(cls=SpokenGroup, no_args_is_help=True, help=said("cli.help.decisions"))
commands.add_typer(decisions_commands, name="decisions")


@decisions_commands.command("list", help=said("cli.help.decisions.list"))
def list_decisions(home: HomeOption = None, decisions: DecisionsOption = None) -> None:
    """List what people decided."""
    from ingest.decisions import read_decisions

    file = _decisions(decisions, _home(home))
    rows: list[tuple[object, ...]] = [
        (d.id, word(d.verdict).in_(chosen_language()), d.subject, d.said(), d.who, d.when, d.why, d.withdrawn)
        for d in read_decisions(file)
    ]
    headings = _headings("cli", "id", "verdict", "subject", "object", "who", "when", "reason", "withdrawn")
    OUT.print(table_of(f"{file} ({len(rows)})", headings, rows))


@decisions_commands.command("withdraw", help=said("cli.help.decisions.withdraw"))
def withdraw_decision(
    decision_id: Annotated[str, typer.Argument(help=said("cli.help.decisions.withdraw.id"))],
    why: WhyOption,
    who: WhoOption,
    store: StoreOption = None,
    home: HomeOption = None,
    decisions: DecisionsOption = None,
) -> None:
    """Take a decision back and load again."""
    from ingest.deciding import take_back

    folder = _home(home)
    settings = _settings(folder, _decisions(decisions, folder))
    with opened(store) as graph, progress() as report:
        result = take_back(decision_id, graph, settings, report, who=who, when=_today(), why=why)
    print_load(result)


@commands.command(help=said("cli.help.review"))
def review(
    who: WhoOption,
    store: StoreOption = None,
    home: HomeOption = None,
    decisions: DecisionsOption = None,
    list_only: Annotated[bool, typer.Option("--list", help=said("cli.help.review.list"))] = False,
) -> None:
    """Decide pair by pair: same, different, unsure, next, quit."""
    from ingest.decisions import Verdict, read_decisions, standing
    from ingest.resolution.identity import ONLY_NO_PLACE

    folder = _home(home)
    run = current_run(store, folder)
    file = _decisions(decisions, folder)
    unsure = {frozenset((d.subject, d.object)) for d in standing(read_decisions(file)) if d.verdict is Verdict.UNSURE}
    pairs = [row for row in run.table("review") if frozenset((row["left_id"], row["right_id"])) not in unsure]
    if list_only or not pairs:
        OUT.print(_pairs_table(said("cli.review.title", pairs=len(pairs), unsure=len(unsure)), pairs))
        only_named = sum(ONLY_NO_PLACE in str(pair["why"]) for pair in pairs)
        if only_named:
            say(said("cli.review.only_named", count=only_named, then="corridor merges names SOURCE --why …"))
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
        OUT.print(_side_by_side(f"{number}/{len(pairs)} · {_why(pair)}", run, left, right))
        answer = typer.prompt(said("cli.review.prompt"), default="n").strip().lower()[:1]
        if answer == "q":
            break
        if answer in answers:
            why = typer.prompt(said("cli.help.why"))
            new.append(decision(Verdict(answers[answer]), left, right, who=who, when=_today(), why=why))
    return new


def _side_by_side(title: str, run: "Run", left: str, right: str) -> object:
    from ingest.provenance import provenance_of

    sides = [
        {
            _property_name(one, value.property): value
            for claim in provenance_of(run, one).claims
            for value in reversed(claim.values)
        }
        for one in (left, right)
    ]
    rows: list[tuple[object, ...]] = [(said("claims.column.id"), left, right)]
    for name in dict.fromkeys([*sides[0], *sides[1]]):
        rows.append((name, *(side[name].value if name in side else "" for side in sides)))
    return table_of(escaped(title), _headings("claims", "property", "left", "right"), rows)
