"""How fast a graph of some size gets into a real Neo4j, and how fast the obvious loader is on the same rows.

`python -m bench.neo4j_load`; `--nodes`, `--edges` say how large the graph is; `--large` leaves out what goes row by row
or in one transaction and takes 1,000,000 nodes and 5,000,000 edges through the bulk importer alone. The server runs as one would run it for
others (4 GiB heap, G1, both compilers), its loader in a process of its own. Rates are of whole loads: reading what is
there, comparing, writing, committing.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import py2neo

from bench.generated import generated
from bench.run import Side, alone, machine, peak_mib, server_pid
from graph.exchange import read, write
from graph.neo4j_import import write_import_files
from graph.open_store import open_store
from graph.store import Batch, GraphStore
from tests.neo4j_server.server import LIKE_PRODUCTION, bulk_import, emptied, running_server

ROOT = Path(__file__).parent.parent
SAMPLE_ROWS = 300
"""Rows of each kind that the obvious loader writes; all of them would take many minutes."""
SETTINGS = {"server.memory.pagecache.size": "512m", "db.transaction.timeout": "0"}


def cpu_seconds(pid: int | str) -> float:
    """The processor time that a process has used: what is left to compare on a machine with other work to do."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rows(batches: Sequence[Batch], *, edges: bool) -> int:
    """How many rows of edges, or of nodes."""
    return sum(batch.table.num_rows for batch in batches if (batch.ends is not None) is edges)


def ours(where: str) -> Side:
    """Nodes alone and edges onto them, the whole at once, again without a change, with a change in every row."""
    url, nodes, edges, server = _place(where)
    side = Side()
    store = open_store(url)
    first, second = generated(nodes, edges), generated(nodes, edges, version=1)

    def load(name: str, batches: Sequence[Batch]) -> None:
        start, used = time.perf_counter(), (cpu_seconds("self"), cpu_seconds(server))
        changes = store.replace(batches, name)
        side.seconds[name] = time.perf_counter() - start
        loader, database = cpu_seconds("self") - used[0], cpu_seconds(server) - used[1]
        cpu = f"CPU: {loader:.1f} s loader, {database:.1f} s server"
        print(f"  {name}: {side.seconds[name]:.1f} s; {cpu}; {changes}", flush=True)

    emptied(url, None)
    _warm_up(store, first, second)
    _warm_up(store, first, second)
    emptied(url, None)
    load("nodes, first", [b for b in first if b.ends is None])
    load("edges, first", first)
    load("nodes, all changed", [b for b in second if b.ends is None] + [b for b in first if b.ends is not None])
    load("edges, all changed", second)
    emptied(url, None)
    load("whole, first", first)
    load("whole, unchanged", first)
    load("whole, all changed", second)
    store.close()
    side.peak_mib = peak_mib()
    return side


def _warm_up(store: GraphStore, *versions: Sequence[Batch]) -> None:
    """A server that has run for a while has compiled what it does: the first minutes of a new one are the compiler's."""
    for batches in versions:
        store.replace(batches, "warm up")
    store.replace([], "empty")


def by_row(where: str) -> Side:
    """Some rows, one auto-commit statement each through py2neo, as its tutorials do it; the indexes are there."""
    url, nodes, edges, _ = _place(where)
    emptied(url, None)
    graph = py2neo.Graph(url)
    side = Side()
    batches = generated(nodes, edges)
    step = max(1, nodes // SAMPLE_ROWS)
    of_nodes = [(b, row) for b in batches if b.ends is None for row in b.table.slice(0, 30 * step).to_pylist()[::step]]
    of_edges = [
        (b, row) for b in batches if b.ends is not None for row in b.table.slice(0, 30 * step).to_pylist()[::step]
    ]

    def node(batch: Batch, row: dict[str, object]) -> py2neo.Node:
        known = {key: value for key, value in row.items() if value is not None}
        return py2neo.Node(batch.name, **known)

    def run_node(batch: Batch, row: dict[str, object]) -> None:
        known = {key: value for key, value in row.items() if value is not None}
        graph.run(f"MERGE (n:{batch.name} {{id: $id}}) SET n = $row", id=row["id"], row=known)

    def run_edge(batch: Batch, row: dict[str, object]) -> None:
        a, b = batch.ends or ("", "")
        known = {key: value for key, value in row.items() if value is not None}
        graph.run(
            f"MERGE (a:{a} {{id: $from_id}}) MERGE (b:{b} {{id: $to_id}}) "
            f"MERGE (a)-[r:{batch.name} {{id: $id}}]->(b) SET r = $row",
            id=row["id"], from_id=row["from_id"], to_id=row["to_id"], row=known,
        )  # fmt: skip

    def merge_node(batch: Batch, row: dict[str, object]) -> None:
        graph.merge(node(batch, row), batch.name, "id")

    def each(work: Callable[[Batch, dict[str, object]], None], of: Sequence[tuple[Batch, dict[str, object]]]) -> float:
        start = time.perf_counter()
        for batch, row in of:
            work(batch, row)
        return (time.perf_counter() - start) / len(of)

    side.seconds["node, merge"] = each(merge_node, of_nodes)
    side.seconds["node, run"] = each(run_node, of_nodes)
    side.seconds["edge, run"] = each(run_edge, of_edges)
    return side


def files(where: str) -> Side:
    """A graph in Parquet files as files for the bulk importer: read and written, with the arguments that import it."""
    folder = Path(where)
    side = Side()
    start = time.perf_counter()
    run_id, batches = read(folder / "parquet", "parquet")
    made = write_import_files(batches, run_id, folder / "import")
    side.seconds["read and write files"] = time.perf_counter() - start
    side.rows = made.nodes + made.edges
    (folder / "arguments.json").write_text(json.dumps(made.arguments), encoding="utf-8")
    side.stored_mib = sum(path.stat().st_size for path in made.folder.iterdir()) / (1 << 20)
    side.peak_mib = peak_mib()
    return side


def bulk(folder: Path, nodes: int, edges: int) -> None:
    """Measure files and importer, and the importer again alone on the same files; print both and their ratio."""
    write(generated(nodes, edges), "bench", folder / "parquet", "parquet")
    side = alone(files, str(folder))
    arguments = json.loads((folder / "arguments.json").read_text(encoding="utf-8"))
    taken = []
    for name in ("first", "bare"):
        start = time.perf_counter()
        said = bulk_import(ROOT / ".cache" / "neo4j", folder / name, folder / "import", arguments, ["-Xmx4g"])
        taken.append(time.perf_counter() - start)
        shutil.rmtree(folder / name)
    ours_seconds = side.seconds["read and write files"]
    print(f"\n{machine()}; {side.rows:,} rows, files of {side.stored_mib:,.0f} MiB")
    print(
        f"read Parquet, write files: {ours_seconds:6.1f} s, {side.rows / ours_seconds:9,.0f} rows/s, {side.peak_mib:,.0f} MiB"
    )
    print(f"importer: {taken[0]:6.1f} s; again, bare: {taken[1]:6.1f} s, {side.rows / taken[1]:9,.0f} rows/s")
    print(
        f"whole: {side.rows / (ours_seconds + taken[0]):,.0f} rows/s = {taken[1] / (ours_seconds + taken[0]):.2f} × the bare importer"
    )
    print("\n".join(line for line in said.splitlines() if line.startswith(("IMPORT DONE", "Peak memory"))))


def _place(where: str) -> tuple[str, int, int, int]:
    url, nodes, edges, server = where.split()
    return url, int(nodes), int(edges), int(server)


def report(side: Side, other: Side, nodes: int, edges: int) -> None:
    """Print rates, and how many times those of the obvious loader they are."""
    each_node = min(other.seconds["node, run"], other.seconds["node, merge"])
    each_edge = other.seconds["edge, run"]
    print(f"\n{machine()}; {nodes:,} nodes, {edges:,} edges")
    for name, taken in side.seconds.items():
        if name.startswith("nodes"):
            print(
                f"{name:>20}: {taken:6.1f} s, {nodes / taken:9,.0f} nodes/s = {each_node * nodes / taken:.0f} × by row"
            )
        elif name.startswith("edges"):
            print(
                f"{name:>20}: {taken:6.1f} s, {edges / taken:9,.0f} edges/s = {each_edge * edges / taken:.0f} × by row"
            )
        else:
            whole = each_node * nodes + each_edge * edges
            print(f"{name:>20}: {taken:6.1f} s, {(nodes + edges) / taken:9,.0f} rows/s = {whole / taken:.0f} × by row")
    print(
        f"by row: {1 / each_node:,.0f} nodes/s, {1 / each_edge:,.0f} edges/s; loader's peak memory {side.peak_mib:,.0f} MiB"
    )


def main() -> int:
    """Measure and print. The exit code is 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--edges", type=int, default=170_000)
    parser.add_argument("--large", action="store_true")
    given = parser.parse_args()
    if given.large:
        with tempfile.TemporaryDirectory(prefix="corridor-bench-") as folder:
            bulk(Path(folder), 1_000_000, 5_000_000)
        return 0
    with tempfile.TemporaryDirectory(prefix="corridor-bench-") as folder:
        with running_server(ROOT / ".cache" / "neo4j", Path(folder), LIKE_PRODUCTION, SETTINGS) as url:
            where = f"{url} {given.nodes} {given.edges} {server_pid()}"
            side = alone(ours, where)
            other = alone(by_row, where)
        batches = generated(given.nodes, given.edges)
        report(side, other, rows(batches, edges=False), rows(batches, edges=True))
        bulk(Path(folder) / "bulk", given.nodes, given.edges)
    return 0


if __name__ == "__main__":
    sys.exit(main())
