"""What happened to the rows of a load, in numbers that add up: for programs as JSON, for people as a page (`viz`)."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from itertools import islice, starmap
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from graph.ontology import KIND, derived_names
from graph.texts import Language, Text
from ingest.columns import mapped
from ingest.dataset import Dataset
from ingest.mapping.mapping import settable
from ingest.mapping.surroundings import looks
from ingest.parts import PartClaims
from ingest.resolution.references import NO_NODE
from ingest.resolution.resolve import KindCount, Resolved
from ingest.resolution.standing import NO_SOURCE
from ingest.supplements import Supplements

_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of a load: how long it took and how many rows went through it."""

    name: Text
    seconds: float
    rows: int


@dataclass(frozen=True, slots=True)
class TableCount:
    """A table: rows of the file, and what they were to become (`read` = `accepted` + `quarantined`).

    `derived_columns` are those of the `unread_columns` that are named as what a load derives.
    """

    dataset: str
    file: str
    rows: int
    read: int
    accepted: int
    quarantined: int
    left_out: int
    passed_over: int
    no_records: int
    is_unchanged: bool
    unread_columns: tuple[str, ...] = ()
    derived_columns: tuple[str, ...] = ()

    @property
    def unread(self) -> list[Text | str]:
        """The columns that were not read, with the reason where a load derives what they are named after."""
        return [
            Text("ingest.derived_column", name=name) if name in self.derived_columns else name
            for name in self.unread_columns
        ]


@dataclass(frozen=True, slots=True)
class SheetCount:
    """The rows of a table or sheet, as a spreadsheet shows them: `rows` = `loaded` + `merged` + `set_aside`.

    A row is merged where what it speaks of was spoken of before; set aside where nothing of it is in the graph.
    """

    dataset: str
    file: str
    rows: int
    loaded: int
    merged: int

    @property
    def set_aside(self) -> int:
        """Rows of which nothing is in the graph: quarantined, passed over, or no records."""
        return self.rows - self.loaded - self.merged


@dataclass(frozen=True, slots=True)
class Reason:
    """Why rows were quarantined: how many, and the first of them."""

    what: str
    field: str
    reason: Text
    hint: Text
    count: int
    examples: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of the nodes or edges of a type have a property."""

    what: str
    property: str
    zh: str
    known: int
    total: int


@dataclass(slots=True)
class Report:
    """A load in numbers. read = loaded + merged + quarantined.

    `unread_tables` lie beside those that were read, and no mapping says what they mean; `fitting_mappings` come with the
    program and would.
    """

    run_id: str
    read: int = 0
    loaded: int = 0
    merged: int = 0
    quarantined: int = 0
    taken: list[Text] = field(default_factory=list)
    """What tables are taken for and why, and what is not sure of it."""
    tables: list[TableCount] = field(default_factory=list)
    left_out: list[Text] = field(default_factory=list)
    """Rows that are no records (totals, notes, section heads …), the first of each table, and what they are."""
    newcomers: list[Text] = field(default_factory=list)
    """Names that a data set brings and no other knows: each is a new thing, or another name of a known one."""
    sheets: list[SheetCount] = field(default_factory=list)
    unread_tables: list[Text | str] = field(default_factory=list)
    fitting_mappings: list[str] = field(default_factory=list)
    no_tables: list[Text] = field(default_factory=list)
    """What has the name of a table and is none, with the reason."""
    damaged: list[str] = field(default_factory=list)
    """What was kept of tables and could not be read any more: those were read anew."""
    kinds: list[KindCount] = field(default_factory=list)
    added: dict[str, int] = field(default_factory=dict)
    reasons: list[Reason] = field(default_factory=list)
    coverage: list[Coverage] = field(default_factory=list)
    converted: dict[str, int] = field(default_factory=dict)
    joined: dict[str, int] = field(default_factory=dict)
    to_review: int = 0
    set_aside: int = 0
    values: int = 0
    """Values that could not be read of rows that were loaded without them; `value_reasons` says why."""
    value_reasons: list[Reason] = field(default_factory=list)
    day: str = ""
    """The day whose facts the graph holds, as ISO text."""
    not_in_force: int = 0
    """Of the rows loaded those that are not in the graph, because they had ended on that day or not begun."""
    precedence: Text = field(default_factory=lambda: Text("claims.rule"))
    stages: list[Stage] = field(default_factory=list)

    @property
    def empty_tables(self) -> list[str]:
        """The tables that have headings and no row."""
        return [table.file for table in self.tables if table.rows == table.no_records]

    def to_json(self) -> str:
        """The report as JSON text; what people read is there in each language."""
        return json.dumps(self, default=_plain, ensure_ascii=False, indent=1) + "\n"

    def write(self, folder: Path) -> None:
        """Write `report.json` into a folder."""
        (folder / "report.json").write_text(self.to_json(), encoding="utf-8")

    def first_problem(self) -> Text | str:
        """The most frequent reason with an example, as one line; empty where nothing is wrong.

        That something named is not there may come of another reason, for which its own row is set aside: others go first.
        """
        if not self.reasons:
            return ""
        first = next((one for one in self.reasons if one.reason.id not in (NO_NODE, NO_SOURCE)), self.reasons[0])
        return Text("ingest.first_problem", where=first.examples[0], field=first.field, reason=first.reason)


def _plain(one: object) -> dict[str, object]:
    if isinstance(one, Text):
        return {language: one.in_(language) for language in Language}
    assert is_dataclass(one)
    return {field.name: getattr(one, field.name) for field in fields(one)}


def report_of(
    run_id: str,
    datasets: Sequence[Dataset],
    parts: Sequence[PartClaims],
    added: Supplements,
    graph: Resolved,
    problems: pa.Table,
    values: pa.Table,
    stages: Sequence[Stage],
) -> Report:
    """The report of what was read and resolved."""
    tables = [_table_count(part) for part in parts]
    converted: Counter[str] = Counter()
    for part in parts:
        converted.update(part.report.counted)
    return Report(
        run_id=run_id,
        read=sum(t.read for t in tables) + sum(added.counts.values()) + added.problems.num_rows,
        loaded=sum(kind.loaded for kind in graph.counts),
        merged=sum(kind.merged for kind in graph.counts),
        quarantined=problems.num_rows,
        taken=[
            *(line for dataset in datasets for line in dataset.taken),
            *(line for part in parts for line in looks(part.report.file, part.report.counted)),
        ],
        tables=tables,
        left_out=[Text.unpacked(row) for part in parts for row in part.report.left_out],
        newcomers=graph.newcomers,
        sheets=_sheets(parts, graph),
        unread_tables=[name for dataset in datasets for name in dataset.unread],
        fitting_mappings=sorted({name for dataset in datasets for name in dataset.fitting}),
        no_tables=[name for dataset in datasets for name in dataset.left_out],
        damaged=[part.damaged for part in parts if part.damaged],
        kinds=graph.counts,
        added=dict(added.counts),
        reasons=_reasons(problems),
        coverage=list(_coverage(graph)),
        converted=dict(sorted(converted.items())),
        joined=dict(Counter(graph.identities.merges["tier"].to_pylist())),
        to_review=graph.identities.review.num_rows,
        set_aside=graph.aside.num_rows,
        values=values.num_rows,
        value_reasons=_reasons(values),
        stages=list(stages),
    )


def _sheets(parts: Sequence[PartClaims], graph: Resolved) -> list[SheetCount]:
    became = {(row["dataset"], row["file"]): (row["loaded"], row["merged"]) for row in graph.rows.to_pylist()}
    rows = {(part.part.dataset.number, name): (part, n) for part in parts for name, n in part.report.sheets.items()}
    return [
        SheetCount(part.report.dataset, name, n, *became.get((number, name), (0, 0)))
        for (number, name), (part, n) in rows.items()
    ]


def _table_count(part: PartClaims) -> TableCount:
    report = part.report
    asked = sum(target.asked for target in report.targets)
    accepted = sum(target.claims for target in report.targets)
    derived = {name for target in report.targets for name in derived_names(KIND[target.what])}
    return TableCount(
        dataset=report.dataset,
        file=report.file,
        rows=report.rows + report.unreadable,
        read=asked + report.unreadable,
        accepted=accepted,
        quarantined=asked - accepted + report.unreadable,
        left_out=sum(target.left_out for target in report.targets),
        passed_over=report.passed_over,
        no_records=report.no_records,
        is_unchanged=part.is_old,
        unread_columns=tuple(report.unread_columns),
        derived_columns=tuple(name for name in report.unread_columns if name.strip().casefold() in derived),
    )


def _reasons(problems: pa.Table) -> list[Reason]:
    """The reasons, the most frequent first, each with its first rows."""
    if not problems.num_rows:
        return []
    # One reason is said of values that differ, with what to do about each: it counts once.
    said = mapped(problems["reason"], lambda packed: Text.unpacked(packed).in_(Language.EN))
    grouped = (
        problems.append_column("said", said)
        .group_by(["what", "field", "said"], use_threads=False)
        .aggregate([([], "count_all"), ("reason", "first"), ("file", "list"), ("row", "list"), ("value", "list")])
    )
    found = [
        Reason(
            row["what"], row["field"] or "", reason := Text.unpacked(row["reason_first"]), reason.todo, row["count_all"],
            tuple(starmap(_place, islice(zip(row["file_list"], row["row_list"], row["value_list"], strict=True), _EXAMPLES))),
        )
        for row in grouped.to_pylist()
    ]  # fmt: skip
    return sorted(found, key=lambda r: (-r.count, r.what, r.field, r.reason.packed()))


def _place(file: str, row: int, value: str | None) -> Text:
    return Text("ingest.example", file=Text.unpacked(file), row=row, value=value or "")


def _coverage(graph: Resolved) -> Iterable[Coverage]:
    for what in dict.fromkeys(name for name, _, _ in graph.files):
        props = settable(KIND[what])
        total, known = 0, Counter[str]()
        for path in (path for name, _, path in graph.files if name == what):
            with pq.ParquetFile(path) as file:
                for rows in file.iter_batches(columns=[p.name for p in props]):
                    total += rows.num_rows
                    known.update({p.name: rows.num_rows - rows[p.name].null_count for p in props})
        yield from (Coverage(what, p.name, p.zh, known[p.name], total) for p in props)
