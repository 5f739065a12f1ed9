"""Graphs of earlier loads, built anew to be asked beside the one of now."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast, get_origin
from weakref import finalize

import pyarrow.parquet as pq

from api.settings import Settings
from api.terminal import opened
from graph.durable import sealed_files
from graph.errors import UnknownName, UsageError
from graph.ontology import EDGE_TYPE, NODE_TYPE
from graph.rules import own_rules
from graph.store import Batch, GraphStore, arrow_schema, printable
from graph.texts import Text
from queries.reader import Kept
from queries.registry import Question


@contextmanager
def graph_of_run(which: str, home: Path | None = None, day: date | None = None) -> Iterator[GraphStore]:
    """The graph of a store's address, or of the id of a run that is kept, of the facts in force on a day, today by default;
    of no name, the graph of the settings.

    Raises `UnknownName` where no such run is kept.
    """
    if not which or "://" in which:
        with opened(which or None) as store:
            yield store
        return
    store = _built(home or Settings().home, which, day)
    try:
        yield store
    finally:
        store.close()


def day_of(said: str) -> date | None:
    """The day of asking that is said, as 2025-12-31; `None` where none is.

    Raises `UsageError` for what is no day, or one before 1900: what is reckoned back from it would fall out of the calendar.
    """
    with suppress(ValueError):
        day = date.fromisoformat(said) if said else None
        if day is None or (day.year >= 1900 and day.isoformat() == said):
            return day
    raise UsageError(Text("pages.no_day", value=said))


class RunGraphs:
    """Graphs of earlier loads, each built once for all who ask: the last two, since a comparison is of two.

    The file of another is deleted when the last answer that is made of it has been.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._stores = Kept(most=2)

    def graph(self, run_id: str, day: date | None = None) -> tuple[GraphStore, Kept]:
        """The graph of a run on a day, today by default, and what is kept of answers on it. Raises `UnknownName` where the run
        is not kept."""
        day, kept = day or date.today(), Kept(rules=own_rules(self._home))
        made, _ = self._stores.value(self, (run_id, day), lambda: ((_built(self._home, run_id, day), kept), []))
        return cast("tuple[GraphStore, Kept]", made)


def _built(home: Path, run_id: str, day: date | None) -> GraphStore:
    """The graph of a run in a file that goes with the store; not in memory, since users' statements run elsewhere."""
    folder = TemporaryDirectory(prefix="corridor-")
    store = Settings().open_store(f"ladybug://{folder.name}/graph.lbug")
    finalize(store, folder.cleanup)
    store.replace(run_batches(home, run_id), run_id, day=day)
    return store


def kept_runs(home: Path) -> list[str]:
    """The ids of the runs whose graphs are kept, the newest first."""
    found = []
    for folder in home.glob("runs/*/graph"):
        with suppress(OSError):  # A load may have just deleted it.
            found.append((folder.stat().st_mtime_ns, folder.parent.name))
    return [name for _, name in sorted(found, reverse=True)]


def named_runs(home: Path) -> list[tuple[str, str]]:
    """The runs whose graphs are kept, each with its time and its datasets to know it by, the newest first."""
    found = []
    for run_id in kept_runs(home):
        folder = home / "runs" / run_id
        with suppress(OSError):  # A load may have just deleted it.
            loaded = datetime.fromtimestamp((folder / "graph").stat().st_mtime)
            manifest = folder / "manifest.json"
            datasets = json.loads(manifest.read_bytes())["datasets"] if manifest.is_file() else []
            named = " · ".join([f"{loaded:%Y-%m-%d %H:%M}", *(str(one["name"]) for one in datasets), run_id])
            found.append((run_id, named))
    return found


def run_named(home: Path, run_id: str) -> str:
    """What a run is known by; its id where it is not kept."""
    return dict(named_runs(home)).get(run_id, run_id)


def run_batches(home: Path, run_id: str) -> Iterable[Batch]:
    """The rows of the graph of a run, nodes before edges. Raises `UnknownName` where it is not kept."""
    kept = kept_runs(home)
    if run_id not in kept:
        raise UnknownName("run", printable(run_id), kept)
    files = sorted(
        sealed_files(home / "runs" / run_id, "graph/*.parquet"), key=lambda path: ("-" in path.stem, path.stem)
    )
    for path in files:
        name, *ends = path.stem.split("-")
        kind = EDGE_TYPE[name] if ends else NODE_TYPE[name]
        with pq.ParquetFile(path) as file:
            for number in range(file.num_row_groups):
                table = file.read_row_group(number).cast(arrow_schema(kind))
                yield Batch(kind, table, (ends[0], ends[1]) if ends else None)


def given_parameters(one: Question, texts: Sequence[str]) -> dict[str, object]:
    """Parameters written `name=value`; a list takes each of several. Raises `UsageError` where one is not so."""
    given: dict[str, object] = {}
    for text in texts:
        name, is_pair, value = text.partition("=")
        if not is_pair or name not in one.parameters.model_fields:
            raise UsageError(Text("cli.no_pair", text=repr(text), known=list(one.parameters.model_fields)))
        if get_origin(one.parameters.model_fields[name].annotation) is list:
            several = given.setdefault(name, [])
            assert isinstance(several, list)
            several.append(value)
        else:
            given[name] = value
    return given
