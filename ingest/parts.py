"""Each table of a dataset once: read, checked, and kept as claims on disk under a key that stands for its content.

A part whose key is already there is not read again, so an unchanged file is skipped, and a load that was interrupted
goes on after the last part that was finished. A part is written beside its place and renamed into it (`graph.durable`);
one that is not what was written any more is read anew from its source.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from graph.durable import damaged, moved, remove
from graph.ontology import KIND, Property
from ingest.claims import PROBLEM_SCHEMA, Claimed, Stated, claimed, claims_schema, shown
from ingest.dataset import Part, lookup_table
from ingest.mapping.mapping import Lookup, TableMapping, columns_of, settable
from ingest.mapping.outline import Outline
from ingest.mapping.surroundings import Surroundings, shares_without_unit
from ingest.mapping.values import Columns, same_heading
from ingest.readers.read import RawTable, RowProblem, read

BytesRead = Callable[[int, int], None]
"""Called with the bytes of a file that were read, and how many it has."""


@dataclass(slots=True)
class TargetCount:
    """What became of the rows of a part under one target; `asked` = claims + problems."""

    what: str
    claims: int = 0
    problems: int = 0
    left_out: int = 0

    @property
    def asked(self) -> int:
        """Rows, and values in a row, that were to become a node or an edge."""
        return self.claims + self.problems


@dataclass(slots=True)
class PartReport:
    """What was read of a table and what became of it.

    `no_records` are totals, notes, section heads and the like, of which `left_out` shows the first.
    """

    file: str
    dataset: str
    rows: int = 0
    unreadable: int = 0
    passed_over: int = 0
    no_records: int = 0
    left_out: list[str] = field(default_factory=list)
    targets: list[TargetCount] = field(default_factory=list)
    counted: dict[str, int] = field(default_factory=dict)
    unread_columns: list[str] = field(default_factory=list)
    sheets: dict[str, int] = field(default_factory=dict)
    """The rows of each table or sheet, those that cannot be read too."""


@dataclass(frozen=True, slots=True)
class PartClaims:
    """A part whose claims are on disk."""

    part: Part
    folder: Path
    report: PartReport
    is_old: bool
    damaged: str = ""
    """The file for which what was kept before could not be taken."""

    def claims(self) -> list[tuple[str, Path]]:
        """Type and file of each target's claims."""
        return [(t.what, self.folder / _claims_file(n, t.what)) for n, t in enumerate(self.report.targets)]

    def problems(self) -> pa.Table:
        """The rows that became nothing (`PROBLEM_SCHEMA`)."""
        return pq.read_table(self.folder / "problems.parquet", schema=PROBLEM_SCHEMA)

    def values(self) -> pa.Table:
        """The values that rows were loaded without (`PROBLEM_SCHEMA`)."""
        return pq.read_table(self.folder / "values.parquet", schema=PROBLEM_SCHEMA)


def claims_of(part: Part, folder: Path, progress: BytesRead | None = None) -> PartClaims:
    """The part with its claims in `folder/KEY`, read now if they are not there.

    Raises `SourceUnreadable`, `MappingError`; then nothing is left behind.
    """
    place = folder / part.key
    flaw = damaged(place) if place.exists() else None
    if place.exists() and flaw is None:
        found = json.loads((place / "part.json").read_text(encoding="utf-8"))
        report = PartReport(**{**found, "targets": [TargetCount(**target) for target in found["targets"]]})
        return PartClaims(part, place, report, is_old=True)
    folder.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f"{part.key}.", dir=folder))
    try:
        report = _written(part, building, progress)
        (building / "part.json").write_text(json.dumps(asdict(report), ensure_ascii=False), encoding="utf-8")
        moved(building, place)
    finally:
        remove(building)
    return PartClaims(part, place, report, is_old=False, damaged=str(place / flaw) if flaw else "")


def _claims_file(number: int, what: str) -> str:
    return f"{number:02}-{what}.parquet"


class _Writers:
    """The files of a part: claims of each target, and the problems."""

    def __init__(self, part: Part, folder: Path) -> None:
        self.targets = part.table.targets()
        self._claims = [
            pq.ParquetWriter(folder / _claims_file(n, t.type), claims_schema(KIND[t.type]), compression="zstd")
            for n, t in enumerate(self.targets)
        ]
        self._problems, self._values = (
            pq.ParquetWriter(folder / f"{name}.parquet", PROBLEM_SCHEMA, compression="zstd")
            for name in ("problems", "values")
        )
        self.counts = [TargetCount(t.type) for t in self.targets]

    def add(self, number: int, found: Claimed) -> None:
        count = self.counts[number]
        count.claims += found.claims.num_rows
        count.problems += found.problems.num_rows
        count.left_out += found.left_out
        self._claims[number].write_table(found.claims)
        self._values.write_table(found.values)
        self.add_problems(found.problems)

    def add_problems(self, problems: pa.Table) -> None:
        if problems.num_rows:
            self._problems.write_table(problems)

    def close(self) -> None:
        for writer in (*self._claims, self._problems, self._values):
            writer.close()


def _written(part: Part, folder: Path, progress: BytesRead | None) -> PartReport:
    report = PartReport(part.file, part.dataset.mapping.name)
    counted: Counter[str] = Counter()
    writers = _Writers(part, folder)
    stated = stated_by(part)
    used = columns_of(part.table)
    around = Surroundings(filled_down=part.table.filled_down, heads=part.table.section_heads)
    outline = Outline(part.table.levels)
    shares = shares_without_unit(_values(part.table))
    if shares:
        around.judge_shares(shares, _read(part))

    @cache
    def lookup(one: Lookup) -> dict[str, str]:
        return lookup_table(part.dataset, one)

    try:
        for raw in _read(part, progress):
            report.rows += raw.columns.num_rows
            problems = [*raw.problems, *_faults_of_rows(raw, used, counted)]
            unreadable = len({problem.row for problem in problems})
            report.unreadable += unreadable
            report.sheets[raw.name] = report.sheets.get(raw.name, 0) + raw.columns.num_rows + unreadable
            found = {same_heading(name, raw.columns.column_names) for name in used}
            report.unread_columns = [name for name in raw.columns.column_names if name not in found]
            counted.update(raw.counted)
            writers.add_problems(_unreadable(raw.name, problems))
            raw = outline.filled(around.records(raw))
            columns = Columns(raw, lookup, part.table.derived, counted, around, part.dataset.name)
            columns = columns.only(columns.selected(part.table.where, part.table.unless))
            report.passed_over += len(columns.raw.rows) - _claim(columns, writers, stated)
    finally:
        writers.close()
    report.targets = writers.counts
    report.no_records, report.left_out = sum(around.counted.values()) - around.counted["as-above"], around.left_out
    counted.update(around.counted)
    report.counted = {what: number for what, number in sorted(counted.items()) if number}
    return report


def _read(part: Part, progress: BytesRead | None = None) -> Iterator[RawTable]:
    """The table under the headings of its mapping, whichever language it is filled in."""
    for raw in read(part.path, part.options, progress):
        if part.table.in_english is None:
            yield raw
            continue
        names = [part.table.heading(name) for name in raw.columns.column_names]
        faults = tuple(replace(fault, field=part.table.heading(fault.field)) for fault in raw.faults)
        yield replace(raw, columns=raw.columns.rename_columns(names), faults=faults)


def _values(table: TableMapping) -> Iterator[tuple[Property, str | None, str | None]]:
    """Property, column and unit of each value that a table's targets set."""
    for target in table.targets():
        props = {prop.name: prop for prop in settable(KIND[target.type])}
        yield from ((props[name], value.column, value.unit) for name, value in target.values())


def _claim(columns: Columns, writers: _Writers, stated: Stated) -> int:
    """Write what the rows become; how many rows some target asked for."""
    asked = pa.array([False] * len(columns), pa.bool_())
    for number, target in enumerate(writers.targets):
        writers.add(number, claimed(target, columns, stated, columns.raw.name))
        asked = pc.or_(asked, columns.selected(target.where, target.unless))
    return int(pc.sum(asked).as_py() or 0)


def stated_by(part: Part) -> Stated:
    """What the rows of a part are stated with: the table's word before the mapping's."""
    table, mapping = part.table, part.dataset.mapping
    source = mapping.source if table.source is None else table.source
    return Stated(
        source_ids=() if source is None else (source,) if isinstance(source, str) else tuple(source),
        as_of=mapping.as_of if table.as_of is None else table.as_of,
        status=table.status or mapping.status,
        confidence=mapping.confidence if table.confidence is None else table.confidence,
    )


def _faults_of_rows(raw: RawTable, used: Set[str], counted: Counter[str]) -> list[RowProblem]:
    """The faults of rows that have nothing else in them, if they are in columns that are used; else such a row is blank."""
    if not raw.faults:
        return []
    there = set(raw.rows.to_pylist())
    alone = [fault for fault in raw.faults if fault.row not in there]
    needed = [fault for fault in alone if fault.field in used]
    counted["blank-row"] += len({fault.row for fault in alone} - {fault.row for fault in needed})
    return needed


def _unreadable(file: str, problems: Sequence[RowProblem]) -> pa.Table:
    """Rows that could not be laid under their headings: each once, with its first problem."""
    first: dict[int, RowProblem] = {}
    for problem in problems:
        first.setdefault(problem.row, problem)
    rows = [{"file": file, "row": p.row, "what": "", "field": p.field, "value": p.value, "reason": p.reason}
            for p in first.values()]  # fmt: skip
    table = pa.Table.from_pylist(rows, schema=PROBLEM_SCHEMA)
    return table.set_column(4, "value", shown(table["value"])) if rows else table
