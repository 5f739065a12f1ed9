"""What each part of what a load derives costs: seconds, MiB of the file, and its share of the load.

`python -m bench.derived`, a part of `make bench`: ChainKnowledgeGraph where it lies beside the project, and a generated
graph of enterprises in the places of GB/T 2260; `--enterprises 1000000 --makes 5000000 --buffer-pool-mib 4096` is the full
size. Each graph is loaded into the embedded store in a process of its own. A part's seconds are those of working it out
and of writing what stands in tables of its own; its MiB are the pages that the engine says it takes. Prints tables and
writes `derived.json`.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import ladybug
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from bench.generated import enterprises_in_places
from bench.ingest import CHAIN_KNOWLEDGE_GRAPH
from bench.run import alone, machine, peak_mib
from graph import derivations
from graph.ontology import DERIVED_EDGE_TYPES, DERIVED_NODE_TYPES, NODE_TYPES, EdgeType, NodeType
from graph.open_store import open_store
from graph.store import Batch, arrow_schema
from graph.texts import Text
from ingest.dataset import datasets_at
from ingest.pipeline import Settings, checked

RESULTS = Path(__file__).parent / "derived.json"
ENTERPRISES, MAKES = 100_000, 500_000
_ROWS_PER_BATCH = 100_000
_PAGE_BYTES = 4096

_WORKED_OUT = {
    "_read": "ids and ends of edges, read once more as numbers",
    "_of_products": "counts of products",
    "_of_technologies": "counts of technologies",
    "_of_places": "city, province and country of places",
    "_of_enterprises": "scale of enterprises",
    "_can_supply": "CAN_SUPPLY",
    "_in_areas": "IN_AREA",
}
"""The functions of `graph.derivations` that take time, and the parts that they are of."""
_NESTED = {"_read": ("_can_supply", "_in_areas")}
_OF_LABEL = {
    "Product": "counts of products",
    "Technology": "counts of technologies",
    "Place": "city, province and country of places",
    "Enterprise": "scale of enterprises",
}


@dataclass
class Cost:
    """What a load took in all, and each part of what it derives: seconds, MiB, rows."""

    name: str
    before_seconds: float = 0.0
    load_seconds: float = 0.0
    file_mib: float = 0.0
    peak_mib: float = 0.0
    everywhere: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    mib: dict[str, float] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Files:
    """A graph in Parquet files, gone through as a load goes through its own."""

    files: Sequence[tuple[NodeType | EdgeType, tuple[str, str] | None, Path]]

    def __iter__(self) -> Iterator[Batch]:
        for kind, ends, path in self.files:
            with pq.ParquetFile(path) as file:
                for part in file.iter_batches(_ROWS_PER_BATCH):
                    table = pa.Table.from_batches([part]).cast(arrow_schema(kind))
                    yield Batch(kind, table, ends)


def real(folder: str) -> Cost:
    """ChainKnowledgeGraph, from its files."""
    start = time.perf_counter()
    datasets = datasets_at([CHAIN_KNOWLEDGE_GRAPH], ["chain-knowledge-graph"])
    result = checked(datasets, Settings(Path(folder) / "home"))
    cost = Cost("ChainKnowledgeGraph", before_seconds=time.perf_counter() - start)
    return _loaded(cost, result.batches, Path(folder))


def made(given: str) -> Cost:
    """A generated graph, from Parquet files."""
    folder, enterprises, makes, buffer_pool_mib = given.rsplit(" ", 3)
    files = []
    for number, batch in enumerate(enterprises_in_places(int(enterprises), int(makes))):
        path = Path(folder) / f"{number}.parquet"
        pq.write_table(batch.table, path, compression="zstd")
        files.append((batch.kind, batch.ends, path))
    cost = Cost(f"{int(enterprises):,} enterprises, {int(makes):,} MAKES")
    return _loaded(cost, _Files(files), Path(folder), int(buffer_pool_mib))


def _loaded(cost: Cost, batches: Iterable[Batch], folder: Path, buffer_pool_mib: int = 1024) -> Cost:
    path = folder / "graph.lbug"
    store = open_store(f"ladybug://{path}", buffer_pool_mib=buffer_pool_mib)
    tables: dict[Text | str, str] = {kind.text: kind.label for kind in DERIVED_NODE_TYPES}
    tables |= {kind.text: kind.type for kind in DERIVED_EDGE_TYPES}
    last = time.perf_counter()

    def progress(doing: Text | str, done: int, total: int) -> None:
        nonlocal last
        now = time.perf_counter()
        if doing in tables:
            _add(cost.seconds, tables[doing], now - last)
        last = now

    with _timed(cost.seconds):
        start = time.perf_counter()
        store.replace(batches, "bench", progress)
        cost.load_seconds = time.perf_counter() - start
    store.close()
    cost.peak_mib = peak_mib()
    cost.file_mib = path.stat().st_size / (1 << 20)
    _measure_file(cost, path)
    return cost


def _add(seconds: dict[str, float], part: str, more: float) -> None:
    seconds[part] = seconds.get(part, 0.0) + more


@contextmanager
def _timed(seconds: dict[str, float]) -> Iterator[None]:
    """The functions of `_WORKED_OUT` with a watch, the time of nested ones in their own part only."""

    def watched(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: object) -> Any:
            inner = sum(seconds.get(_WORKED_OUT[one], 0.0) for one in _NESTED.get(name, ()))
            start = time.perf_counter()
            result = work(*arguments)
            taken = time.perf_counter() - start
            nested = sum(seconds.get(_WORKED_OUT[one], 0.0) for one in _NESTED.get(name, ())) - inner
            _add(seconds, _WORKED_OUT[name], taken - nested)
            return result

        return run

    with ExitStack() as stack:
        for name in _WORKED_OUT:
            stack.enter_context(patch.object(derivations, name, watched(name, getattr(derivations, name))))
        yield


def _measure_file(cost: Cost, path: Path) -> None:
    connection = ladybug.Connection(ladybug.Database(str(path), read_only=True))

    def mib(table: str, columns: Iterable[str] = ()) -> float:
        result = connection.execute(f"CALL storage_info('{table}') RETURN column_name, num_pages")
        assert isinstance(result, ladybug.QueryResult)
        wanted = set(columns)
        pages = sum(int(row[1]) for row in result if isinstance(row, list) and (not wanted or str(row[0]) in wanted))
        return pages * _PAGE_BYTES / (1 << 20)

    def count(text: str) -> int:
        result = connection.execute(text)
        assert isinstance(result, ladybug.QueryResult)
        row = result.get_next()
        return int(row[0] if isinstance(row, list) else 0)

    for kind in NODE_TYPES:
        if kind.derived:
            part = _OF_LABEL[kind.label]
            cost.mib[part] = mib(kind.label, (prop.name for prop in kind.derived))
            cost.rows[part] = count(f"MATCH (n:{kind.label}) RETURN count(n)")
    cost.mib["Area"], cost.rows["Area"] = mib("Area"), count("MATCH (n:Area) RETURN count(n)")
    for edge in DERIVED_EDGE_TYPES:
        cost.mib[edge.type] = mib(edge.type)
        cost.rows[edge.type] = count(f"MATCH ()-[r:{edge.type}]->() RETURN count(r)")
    cost.everywhere = count("MATCH ()-[r:IN_AREA]->(:Area {id: 'area:everywhere'}) RETURN count(r)")


def table(cost: Cost) -> Table:
    """The parts, the dearest first, then all of them and the load."""
    title = f"{cost.name} · {machine()}"
    shown = Table("part", "rows", "seconds", "MiB", "of the load's seconds", "of the file", title=title)
    for column in shown.columns[1:]:
        column.justify = "right"
    whole = cost.load_seconds

    def add(name: str, rows: str, seconds: float, mib: float) -> None:
        shown.add_row(
            name, rows, f"{seconds:.2f}", f"{mib:.1f}", f"{seconds / whole:.1%}", f"{mib / cost.file_mib:.1%}"
        )

    for name in sorted(cost.seconds, key=lambda part: -cost.seconds[part]):
        more = f" ({cost.everywhere:,} to everywhere)" if name == "IN_AREA" else ""
        rows = f"{cost.rows[name]:,}" if name in cost.rows else ""
        add(name + more, rows, cost.seconds[name], cost.mib.get(name, 0.0))
    add("all that is derived", "", sum(cost.seconds.values()), sum(cost.mib.values()))
    add("the load into the store", "", whole, cost.file_mib)
    before = f"; reading and checking the files before {cost.before_seconds:.1f} s" if cost.before_seconds else ""
    shown.caption = f"peak memory {cost.peak_mib:,.0f} MiB{before}"
    return shown


def main() -> int:
    """Measure, print, write. The exit code is 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--enterprises", type=int, default=ENTERPRISES)
    parser.add_argument("--makes", type=int, default=MAKES)
    parser.add_argument("--buffer-pool-mib", type=int, default=1024, help="of the engine; 5,000,000 MAKES need 4096")
    given = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 140)
    costs = []
    if CHAIN_KNOWLEDGE_GRAPH.is_dir():
        with tempfile.TemporaryDirectory(prefix="corridor-bench-") as folder:
            costs.append(alone(real, folder))
    else:
        console.print(f"ChainKnowledgeGraph is not measured: there is no folder {CHAIN_KNOWLEDGE_GRAPH}.")
    with tempfile.TemporaryDirectory(prefix="corridor-bench-") as folder:
        costs.append(alone(made, f"{folder} {given.enterprises} {given.makes} {given.buffer_pool_mib}"))
    for cost in costs:
        console.print(table(cost))
    found = {"machine": machine(), "loads": [asdict(cost) for cost in costs]}
    RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
