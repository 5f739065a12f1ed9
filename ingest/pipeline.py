"""Datasets into a graph: read, checked, resolved, loaded in one step; every row accounted for.

Everything a load leaves on disk is below one folder, its home: `parts/` holds the claims of each table under a key of
its content, `runs/RUN_ID/` the graph of a load, its report, its quarantine and its merges.
"""

import csv
import hashlib
import json
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from graph.durable import damaged, moved, remove, writable
from graph.errors import DataError, StoreUnavailable, TooManyQuarantined, UsageError
from graph.model import plain_cell
from graph.store import Batch, GraphStore, Progress
from graph.texts import Language, Text
from graph.validity import InForce
from ingest.columns import mapped
from ingest.dataset import Dataset, Part, parts
from ingest.decisions import Decision, read_decisions, standing
from ingest.parts import PartClaims, claims_of
from ingest.report import Report, Stage, report_of
from ingest.resolution.claim_files import ClaimsFile, numbered
from ingest.resolution.identity import DUCKDB
from ingest.resolution.resolve import Resolved, Standing, resolved, standing_database
from ingest.supplements import Supplements, supplementary_claims

_KEPT_RUNS = 5
_BUILDING = ".building"
_MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a load is done. `home` is where it keeps its claims and reports; without one they go with the process."""

    home: Path | None = None
    decisions: Path | None = None
    with_probable: bool = True
    max_quarantined_share: float | None = None
    day: date | None = None
    """The day whose facts the graph shall hold; today by default."""
    language: Language = Language.ZH
    """That of `quarantine.csv`, which people read."""
    link_on: str = DUCKDB


@dataclass(slots=True)
class Checked:
    """Datasets as they would be loaded: batches for the store, and what happened to their rows."""

    run_id: str
    folder: Path
    report: Report
    graph: Resolved
    problems: pa.Table
    _home: "_Home"

    @property
    def batches(self) -> "Batches":
        """The graph, nodes before edges; can be gone through again."""
        return Batches(self.graph, self._home)


@dataclass(frozen=True, slots=True)
class Batches:
    """The batches of a graph on disk, which stays there as long as anything holds them."""

    graph: Resolved
    home: "_Home"

    def __iter__(self) -> Iterator[Batch]:
        return self.graph.batches()


class _Home:
    """The folder of a load; a temporary one goes when the last that uses it goes."""

    def __init__(self, given: Path | None) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="corridor-") if given is None else None
        self.path = Path(self._temporary.name) if self._temporary else given or Path()

    @contextmanager
    def only_load(self) -> Iterator[None]:
        """Refuse a second load with the same home while one is under way: it would clean up below the first."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with FileLock(self.path / "load.lock", timeout=0):
                yield
        except Timeout:
            raise StoreUnavailable(Text("ingest.load_under_way", home=self.path)) from None
        except OSError as error:
            raise UsageError(Text("errors.cannot_write", path=error.filename or self.path, why=error)) from error


def checked(datasets: Sequence[Dataset], settings: Settings = Settings(), progress: Progress | None = None) -> Checked:
    """Datasets, validated and resolved; no store is touched.

    read = loaded + merged + quarantined. Raises `SourceUnreadable` or `MappingError` where a file cannot be used at all.
    """
    home = _Home(settings.home)
    with home.only_load():
        return _checked(datasets, settings, home, progress)


def load(
    datasets: Sequence[Dataset], store: GraphStore, settings: Settings = Settings(), progress: Progress | None = None
) -> Checked:
    """Make the graph hold what the datasets say, all or nothing, and say what happened to each row.

    Raises `TooManyQuarantined` where more rows are wrong than `settings` accept; the old graph then stays.
    """
    home = _Home(settings.home)
    with home.only_load():
        result = _checked(datasets, settings, home, progress)
        _check_enough(result, settings)
        started = time.perf_counter()
        day = settings.day or date.today()
        result.report.day, result.report.not_in_force = day.isoformat(), InForce(result.batches, day).left_out()
        store.replace(result.batches, result.run_id, progress, day)
        result.report.stages.append(
            Stage(Text("ingest.stage.load"), time.perf_counter() - started, result.report.loaded)
        )
        result.report.write(result.folder)
        _forget_old(home.path, result.run_id)
        return result


@contextmanager
def claims_that_stand(datasets: Sequence[Dataset], progress: Progress | None = None) -> Iterator[Standing]:
    """What datasets say, read, checked and resolved as a load does, without people's decisions and probable matches; its
    problems are all rows that a load would quarantine. Nothing of it stays on disk."""
    home = _Home(None)
    done = _all_kept([part for dataset in datasets for part in parts(dataset)], home.path / "parts", progress)
    claims, extra = _all_claims(done, datasets, [], home.path / "added")
    with standing_database(claims, home.path / "graph", [], unknown=extra.unknown, link_on=None) as found:
        problems = [*(part.problems() for part in done), extra.problems, found.problems]
        values = pa.concat_tables(part.values() for part in done)
        yield replace(found, problems=pa.concat_tables(problems), values=values)


def _check_enough(result: Checked, settings: Settings) -> None:
    if not result.report.loaded or not any(table.accepted for table in result.report.tables):
        raise DataError(Text("ingest.nothing_loaded", first=result.report.first_problem()))
    share = result.report.quarantined / result.report.read
    limit = settings.max_quarantined_share
    if limit is not None and share > limit:
        raise TooManyQuarantined(
            Text("ingest.too_many_quarantined", share=f"{share:.1%}", limit=f"{limit:.1%}", folder=result.folder)
        )


# --- the steps -------------------------------------------------------------------------------------------------------


def _checked(datasets: Sequence[Dataset], settings: Settings, home: _Home, progress: Progress | None) -> Checked:
    stages: list[Stage] = []
    decisions = standing(read_decisions(settings.decisions)) if settings.decisions else []
    started = time.perf_counter()
    found = [part for dataset in datasets for part in parts(dataset)]
    run_id = _run_id(found, datasets, decisions, settings)
    done = _all_kept(found, home.path / "parts", progress)
    stages.append(Stage(Text("ingest.stage.read"), time.perf_counter() - started, sum(p.report.rows for p in done)))
    started = time.perf_counter()
    folder = _building(home.path / "runs", run_id)
    claims, extra = _all_claims(done, datasets, decisions, folder / "added")
    if progress:
        progress(Text("ingest.stage.resolve"), 0, 1)
    link_on = settings.link_on if settings.with_probable else None
    with standing_database(claims, folder / "graph", decisions, unknown=extra.unknown, link_on=link_on) as standing_:
        graph = resolved(standing_, folder / "graph")
    rows = sum(count.claims for count in graph.counts)
    stages.append(Stage(Text("ingest.stage.resolve"), time.perf_counter() - started, rows))
    problems = pa.concat_tables([*(part.problems() for part in done), extra.problems, graph.problems])
    values = pa.concat_tables(part.values() for part in done)
    report = report_of(run_id, datasets, done, extra, graph, problems, values, stages)
    if report.read != report.loaded + report.merged + report.quarantined:
        raise DataError(
            f"{report.read} rows read, {report.loaded} + {report.merged} + {report.quarantined} accounted for"
        )
    _write_run(folder, report, graph, problems, values, datasets, found, settings)
    place = home.path / "runs" / run_id
    moved(folder, place)
    return Checked(run_id, place, report, graph.moved(place / "graph"), problems, home)


def _all_claims(
    done: Sequence[PartClaims], datasets: Sequence[Dataset], decisions: Sequence[Decision], folder: Path
) -> tuple[list[ClaimsFile], Supplements]:
    """The claims of all parts and those that no table holds, and these apart."""
    claims = numbered((part.part.dataset.number, part.claims()) for part in done)
    extra = supplementary_claims(claims, datasets, decisions, folder)
    return [*claims, *extra.files], extra


def _building(runs: Path, run_id: str) -> Path:
    """A new folder for a run, beside its place: the run of the same id that is there is what the graph is explained by.

    What loads that were killed left behind is deleted; there is no other load with this home.
    """
    runs.mkdir(exist_ok=True)
    for left in runs.glob(f"*{_BUILDING}*"):
        remove(left)
    folder = runs / f"{run_id}{_BUILDING}"
    (folder / "graph").mkdir(parents=True)
    return folder


def _all_kept(found: Sequence[Part], folder: Path, progress: Progress | None) -> list[PartClaims]:
    said = [Text("ingest.reading", file=part.file, number=n, all=len(found)) for n, part in enumerate(found, 1)]
    return [
        claims_of(part, folder, partial(progress, text) if progress else None)
        for part, text in zip(found, said, strict=True)
    ]


def _run_id(
    found: Iterable[Part], datasets: Iterable[Dataset], decisions: Iterable[Decision], settings: Settings
) -> str:
    """Twelve hexadecimal digits that stand for all that the graph depends on: equal data, equal id."""
    digest = hashlib.sha256()
    for part in found:
        digest.update(f"{part.key}\0".encode())
    for dataset in datasets:
        digest.update(
            f"{dataset.mapping.name}\0{[s.model_dump(mode='json') for s in dataset.mapping.sources]}\0".encode()
        )
    for decision in sorted(decisions, key=lambda d: d.id):
        digest.update(f"{decision}\0".encode())
    digest.update(f"{settings.with_probable}".encode())
    return digest.hexdigest()[:12]


def _write_run(
    folder: Path,
    report: Report,
    graph: Resolved,
    problems: pa.Table,
    values: pa.Table,
    datasets: Sequence[Dataset],
    found: Sequence[Part],
    settings: Settings,
) -> None:
    for name, table in (
        ("entities", graph.identities.entities),
        ("merges", graph.identities.merges),
        ("review", graph.identities.review),
        ("aside", graph.aside),
        ("references", graph.references),
        ("quarantine", problems),
        ("values", values),
    ):
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
    lost = [
        table.append_column("row_is_loaded", pa.array([is_loaded] * len(table), pa.string()))
        for table, is_loaded in ((problems, "false"), (values, "true"))
    ]
    write_csv(_in_language(pa.concat_tables(lost), settings.language), folder / "quarantine.csv")
    manifest = {
        "datasets": [
            {
                "path": str(d.path.resolve()),
                "name": d.name,
                "mapping": d.mapping.model_dump(mode="json", by_alias=True, exclude_defaults=True),
            }
            for d in datasets
        ],
        "parts": [{"key": part.key, "file": part.file, "dataset": part.dataset.number} for part in found],
        "decisions": str(settings.decisions.resolve()) if settings.decisions else None,
        "with_probable": settings.with_probable,
    }
    (folder / _MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    report.write(folder)


def _in_language(problems: pa.Table, language: Language) -> pa.Table:
    hints = mapped(problems["reason"], lambda packed: Text.unpacked(packed).todo.in_(language))
    for name in ("file", "reason"):
        said = mapped(problems[name], lambda packed: Text.unpacked(packed).in_(language))
        problems = problems.set_column(problems.column_names.index(name), name, said)
    return problems.append_column("hint", hints)


def _forget_old(home: Path, current: str) -> None:
    """Delete all but the newest runs, and the parts that none of those kept is made of."""
    runs = sorted((home / "runs").iterdir(), key=lambda path: path.lstat().st_mtime_ns, reverse=True)
    keep = sorted(runs, key=lambda path: path.name != current)[:_KEPT_RUNS]
    used = {part["key"] for path in keep for part in _parts_of(path)}
    for path in (*runs, *(home / "parts").iterdir()):
        if path not in keep and path.name not in used:
            remove(path)


def _parts_of(run: Path) -> list[dict[str, str]]:
    """The parts that a run is made of; none where it cannot be read: then it explains nothing."""
    if damaged(run, _MANIFEST):
        return []
    found: list[dict[str, str]] = json.loads((run / _MANIFEST).read_text(encoding="utf-8"))["parts"]
    return found


# --- tables for spreadsheets -----------------------------------------------------------------------------------------


def write_csv(table: pa.Table, path: Path) -> None:
    """A table of plain columns as CSV. Cells that a spreadsheet would run as a formula are quoted with `'`.

    Raises `UsageError` where the file cannot be written.
    """
    with writable(path), path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table.column_names)
        for batch in table.to_batches(max_chunksize=10_000):
            columns = [batch.column(n).to_pylist() for n in range(batch.num_columns)]
            writer.writerows(
                [plain_cell("" if v is None else str(v)) for v in row] for row in zip(*columns, strict=True)
            )
