"""Files to a graph at size: ChainKnowledgeGraph whole, and a generated register, each step a program of its own.

`python -m bench.ingest`, a part of `make bench`: a register of 500,000 links, some minutes; `--links 5000000` is the full size.
Each row is one program from its start to its end: wall clock, processor time (what counts where others work on the
machine too) and the most memory that it held. Prints a table and writes `ingest.json`.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.register import write_register
from bench.run import ROOT, machine
from tests.neo4j_server.server import jars

CHAIN_KNOWLEDGE_GRAPH = ROOT.parent / "shared" / "data" / "chain-knowledge-graph"
RESULTS = Path(__file__).parent / "ingest.json"
LINKS = 500_000
SIZES = (10_000, 100_000, 1_000_000, 5_000_000)
"""Links of the registers that the embedded graph loads, as far as they are not larger than the largest asked for."""

_QUARANTINED = 1
"""The exit code of a load that left rows out."""
_HEAP = "-Xmx4g"
_LOOK_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Measured:
    """What a program took: seconds of the clock and of processors, and the peak of its memory."""

    name: str
    wall_seconds: float
    cpu_seconds: float
    peak_mib: float
    compared: str = ""

    def against(self, other: "Measured", said: str) -> "Measured":
        """The same, with how many times the other's clock and processor time it took."""
        clock, cpu = self.wall_seconds / other.wall_seconds, self.cpu_seconds / other.cpu_seconds
        return Measured(
            self.name, self.wall_seconds, self.cpu_seconds, self.peak_mib, f"{clock:.2f} × ({cpu:.2f} ×) {said}"
        )


def measured(name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> Measured:
    """Run a program to its end. Raises `CalledProcessError` where it fails; rows that a load leaves out are no failure."""
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        program = subprocess.Popen(
            command, cwd=ROOT, stdout=said, stderr=said, env={**os.environ, **(environment or {})}
        )
        peak_kib = 0
        # Looked at while it runs: what `wait4` calls the peak begins with what this process held when it forked.
        while not (ended := os.wait4(program.pid, os.WNOHANG))[0]:
            peak_kib = max(peak_kib, _peak_kib(program.pid))
            time.sleep(_LOOK_SECONDS)
        program.returncode = os.waitstatus_to_exitcode(ended[1])
        if program.returncode not in (0, _QUARANTINED):
            said.seek(0)
            raise subprocess.CalledProcessError(program.returncode, list(command), said.read())
    used = ended[2]
    row = Measured(name, time.perf_counter() - started, used.ru_utime + used.ru_stime, peak_kib / 1024)
    print(f"{row.name}: {row.wall_seconds:.1f} s, {row.cpu_seconds:.1f} s CPU, {row.peak_mib:,.0f} MiB", flush=True)
    return row


def _peak_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)


def corridor(*arguments: str | Path) -> list[str]:
    """The command line of corridor."""
    return [sys.executable, "-m", "api.cli", *map(str, arguments)]


def real(folder: Path) -> list[Measured]:
    """ChainKnowledgeGraph: checked into an empty home and again unchanged, a first answer, and what one would do instead."""
    source = str(CHAIN_KNOWLEDGE_GRAPH)
    store = ("--store", f"ladybug://{folder}/ckg.lbug")
    load = corridor("load", source, "-m", "chain-knowledge-graph", *store, "--home", folder / "home")
    unchecked = [sys.executable, "-m", "bench.unchecked"]
    hand = measured("by hand: pandas, COPY, unchecked", [*unchecked, "ladybug", source, f"{folder}/hand.lbug"])
    return [
        measured("corridor load, cold", load).against(hand, "by hand"),
        measured("corridor load, unchanged", load).against(hand, "by hand"),
        measured("corridor ask search", corridor("ask", "search", "--text", "光刻胶", *store)),
        hand,
        measured("by hand: pandas, networkx, unchecked", [*unchecked, "networkx", source]).against(hand, "by hand"),
    ]


def growing(folder: Path, most: int) -> list[Measured]:
    """The embedded graph of registers of more and more links; the time of a link against that of the size before."""
    rows: list[Measured] = []
    each = 0.0
    for links in sorted({*(size for size in SIZES if size <= most), most}):
        place = folder / f"{links}"
        write_register(place / "files", links)
        store = f"ladybug://{place}/graph.lbug"
        load = corridor("load", place / "files", "--store", store, "--home", place / "home")
        row = measured(f"corridor load, {links:,} links", load)
        per_link = row.cpu_seconds / links
        than = f" = {per_link / each:.2f} × the size before" if each else ""
        said = f"{per_link * 1e6:.0f} µs CPU a link{than}"
        rows.append(Measured(row.name, row.wall_seconds, row.cpu_seconds, row.peak_mib, said))
        each = per_link
        shutil.rmtree(place)
    return rows


def bulk(folder: Path, links: int) -> list[Measured]:
    """A register through `corridor export neo4j-import` and the importer, which is the bare one on the same files."""
    count = write_register(folder / "files", links)
    target, database = folder / "import", folder / "db"
    export = measured(
        f"corridor export neo4j-import, {links:,} links",
        corridor("export", "neo4j-import", target, "--dataset", folder / "files", "--home", folder / "home"),
    )
    database.mkdir()
    path = f"{_importer(folder / 'bin')}{os.pathsep}{os.environ['PATH']}"
    bare = measured(
        "neo4j-admin database import", [str(target / "import.sh")], {"PATH": path, "NEO4J_HOME": str(database)}
    )
    wall, cpu = export.wall_seconds + bare.wall_seconds, export.cpu_seconds + bare.cpu_seconds
    rate = f"{bare.wall_seconds / wall:.2f} × ({bare.cpu_seconds / cpu:.2f} ×) the bare importer's rate"
    peak = max(export.peak_mib, bare.peak_mib)
    whole = Measured(f"both: {count:,} rows read, checked, imported", wall, cpu, peak, rate)
    return [export, bare, whole]


def _importer(folder: Path) -> Path:
    """A folder with `neo4j-admin`, of the tests' jars."""
    folder.mkdir()
    program = folder / "neo4j-admin"
    classes = f"{jars(ROOT / '.cache' / 'neo4j').absolute()}/*"
    program.write_text(f'#!/bin/sh\nexec java {_HEAP} -cp "{classes}" org.neo4j.cli.AdminTool "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return folder


def table(rows: Sequence[Measured]) -> Table:
    """The rows as they are printed."""
    shown = Table("", "wall s", "CPU s", "peak MiB", "ratio: wall (CPU)", title=machine())
    for column in shown.columns[1:4]:
        column.justify = "right"
    for row in rows:
        shown.add_row(
            row.name, f"{row.wall_seconds:,.1f}", f"{row.cpu_seconds:,.1f}", f"{row.peak_mib:,.0f}", row.compared
        )
    return shown


def main() -> int:
    """Measure, print, write. The exit code is 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--links", type=int, default=LINKS, help="of the largest register")
    most = parser.parse_args().links
    console = Console(width=None if sys.stdout.isatty() else 140)
    rows: list[Measured] = []
    with tempfile.TemporaryDirectory(prefix="corridor-bench-") as name:
        folder = Path(name)
        if CHAIN_KNOWLEDGE_GRAPH.is_dir():
            rows += real(folder)
        else:
            console.print(f"ChainKnowledgeGraph is not measured: there is no folder {CHAIN_KNOWLEDGE_GRAPH}.")
        rows += growing(folder, most)
        rows += bulk(folder, most)
    console.print(table(rows))
    found = {"machine": machine(), "links": most, "rows": [asdict(row) for row in rows]}
    RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
