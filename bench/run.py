"""Load and questions on the bundled dataset, side by side: Ladybug, a real Neo4j, and plain networkx.

`make bench`, or `python -m bench.run`. Each side runs in a process of its own, one after another, so that its peak
memory is its own; times are medians of several repeats after a warm-up. Prints a table and writes `results.json`.
"""

import json
import multiprocessing
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import neo4j
from rich.console import Console
from rich.table import Table

from bench import by_hand, partners
from graph.open_store import open_store
from graph.store import GraphStore
from ingest.dataset import BUNDLED, datasets_at
from ingest.pipeline import Checked, checked
from queries.saved import question_named
from tests import oracle
from tests.neo4j_server.server import emptied, running_server

G = TypeVar("G")
R = TypeVar("R")

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results.json"
LOADS, REPEATS, WARM_UPS = 3, 9, 3
SAMPLE_ROWS = 1_000
"""Rows that are written one statement each; all of them would take the better part of a minute."""

QUESTIONS: Mapping[str, dict[str, Any]] = {
    "chains": {},
    "gaps": {"limit": 10_000},
    "concentration": {"limit": 10_000},
    "key_technologies": {"kind": "product", "limit": 10_000},
    "next_products": {"city": "松江区"},
    "sectors": {},
    "partners": {"subject": "enterprise:chery-automobile"},
    "candidates": {"product": "product:photoresist"},
    "science_chain": {},
    "search": {"text": "光刻"},
    "neighbourhood": {"node": "product:photoresist", "depth": 2},
    "routes": {"start": ["product:photoresist"], "target": ["enterprise:chery-automobile"], "most": 1},
}


@dataclass
class Side:
    """What was measured of one side: seconds by what was done, and the peak of its memory."""

    seconds: dict[str, float] = field(default_factory=dict)
    peak_mib: float = 0.0
    server_peak_mib: float = 0.0
    rows: int = 0
    stored_mib: float = 0.0


def timed(work: Callable[[], object], repeats: int, warm_ups: int = 0) -> float:
    """The median time of one run, in seconds."""
    for _ in range(warm_ups):
        work()
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return median(taken)


def peak_mib(pid: int | str = "self") -> float:
    """The most memory that a process has held, in MiB (Linux counts it for each program anew, unlike getrusage)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024


# --- the three sides -------------------------------------------------------------------------------------------------


def ladybug_load(url: str) -> Side:
    """Check the dataset and replace the graph, apart."""
    side = Side()
    side.seconds["check"] = timed(lambda: checked(datasets_at([BUNDLED])), LOADS)
    result = checked(datasets_at([BUNDLED]))
    side.rows = result.report.loaded
    store = open_store(url)
    side.seconds["load"] = timed(lambda: store.replace(result.batches, result.run_id), LOADS)
    side.stored_mib = Path(url.removeprefix("ladybug://")).stat().st_size / (1 << 20)
    store.close()
    side.peak_mib = peak_mib()
    return side


def neo4j_load(url: str) -> Side:
    """Replace an empty graph, replace a full one, and write a sample with one statement a row."""
    result = checked(datasets_at([BUNDLED]))
    side = Side(rows=result.report.loaded)
    store = open_store(url)

    def once() -> float:
        emptied(url, None)
        return timed(lambda: store.replace(result.batches, result.run_id), 1)

    side.seconds["load"] = median([once() for _ in range(LOADS)])
    side.seconds["load again"] = timed(lambda: store.replace(result.batches, result.run_id), LOADS)
    store.close()
    side.peak_mib = peak_mib()
    return side


def row_by_row(url: str) -> Side:
    """A sample of the rows through the official driver, one auto-commit statement each, as tutorials do it."""
    statements = _sample(checked(datasets_at([BUNDLED])))
    side = Side(rows=len(statements))
    emptied(url, None)
    with neo4j.GraphDatabase.driver(url) as driver, driver.session() as session:

        def work() -> None:
            for text, parameters in statements:
                session.run(text, parameters).consume()

        side.seconds["sample"] = timed(work, 1)
    side.peak_mib = peak_mib()
    return side


def _sample(result: Checked) -> list[tuple[Any, dict[str, object]]]:
    """Every n-th row of each type, nodes before edges."""
    step = max(1, result.report.loaded // SAMPLE_ROWS)
    statements: list[tuple[Any, dict[str, object]]] = []
    for batch in result.batches:
        for row in batch.table.to_pylist()[::step]:
            properties = {key: value for key, value in row.items() if value is not None}
            if batch.ends is None:
                text = f"MERGE (n:{batch.kind.label} {{id: $id}}) SET n = $properties"  # type: ignore[union-attr]
            else:
                a, b = batch.ends
                text = (
                    f"MERGE (a:{a} {{id: $from_id}}) MERGE (b:{b} {{id: $to_id}}) "
                    f"MERGE (a)-[r:{batch.kind.type}]->(b) SET r = $properties"  # type: ignore[union-attr]
                )
            ends = {"from_id": row.get("from_id"), "to_id": row.get("to_id")}
            statements.append((text, {"id": row["id"], "properties": properties, **ends}))
    return statements


def store_questions(url: str) -> Side:
    """Every question of a store that is loaded; first of all the first answer of a new process."""
    side = Side()
    start = time.perf_counter()
    store = open_store(url)
    _ask(store, "gaps")
    side.seconds["first answer"] = time.perf_counter() - start
    for name in QUESTIONS:
        side.seconds[name] = timed(partial(_ask, store, name), REPEATS, WARM_UPS)
    store.close()
    side.peak_mib = peak_mib()
    return side


def _ask(store: GraphStore, name: str) -> object:
    return question_named(name).ask(store, **QUESTIONS[name])


def networkx_side(_: str) -> Side:
    """The dataset read into networkx, and the questions answered by hand."""
    side = Side()
    side.seconds["load"] = timed(lambda: by_hand.read(BUNDLED), LOADS)
    start = time.perf_counter()
    facts = oracle.facts_of(checked(datasets_at([BUNDLED])).batches)
    oracle.gaps(facts, **QUESTIONS["gaps"])
    side.seconds["first answer"] = time.perf_counter() - start
    graph = by_hand.walkable(facts)
    walk, way = QUESTIONS["neighbourhood"], QUESTIONS["routes"]
    answers: dict[str, Callable[[], object]] = {
        "search": lambda: by_hand.search(facts, QUESTIONS["search"]["text"]),
        "neighbourhood": lambda: by_hand.neighbourhood(graph, walk["node"], walk["depth"]),
        "routes": lambda: by_hand.path(graph, way["start"][0], way["target"][0]),
    }
    for name, given in QUESTIONS.items():
        side.seconds[name] = timed(answers.get(name, partial(_forgetful, facts, name, given)), REPEATS, WARM_UPS)
    side.peak_mib = peak_mib()
    return side


def _forgetful(facts: oracle.Facts, name: str, given: Mapping[str, Any]) -> object:
    """The oracle's answer, with nothing remembered from the repeat before."""
    oracle.forget()
    return getattr(oracle, name)(facts, **given)


# --- the table -------------------------------------------------------------------------------------------------------


def alone(work: Callable[[G], R], given: G) -> R:
    """The work in a new process."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, given).result()


def measured(folder: Path) -> dict[str, Side]:
    """All sides, one after another."""
    embedded = f"ladybug://{folder / 'graph.lbug'}"
    sides = {
        "ladybug load": alone(ladybug_load, embedded),
        "ladybug": alone(store_questions, embedded),
        "networkx": alone(networkx_side, ""),
    }
    with running_server(ROOT / ".cache" / "neo4j", folder) as url:
        sides["row by row"] = alone(row_by_row, url)
        sides["neo4j load"] = alone(neo4j_load, url)
        sides["neo4j"] = alone(store_questions, url)
        sides["neo4j"].server_peak_mib = peak_mib(server_pid())
    return sides


def server_pid() -> int:
    """The java process that this one started."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return next(int(pid) for pid in children if Path(f"/proc/{pid}/comm").read_text().strip() == "java")


def table(sides: Mapping[str, Side]) -> Table:
    """Milliseconds side by side, and how many times the embedded graph's time the others take."""
    shown = Table("", "Ladybug", "Neo4j", "by hand", "Neo4j / Ladybug", "by hand / Ladybug", title=machine())
    for column in shown.columns[1:]:
        column.justify = "right"
    embedded, server, hand = sides["ladybug load"], sides["neo4j load"], sides["networkx"]
    sample = sides["row by row"]
    each = sample.seconds["sample"] / sample.rows * server.rows

    def answered(done: str, said: str) -> tuple[str, float, float, float]:
        return said, sides["ladybug"].seconds[done], sides["neo4j"].seconds[done], hand.seconds[done]

    lines: list[tuple[str, float | None, float | None, float | None]] = [
        ("read and check the files", embedded.seconds["check"], embedded.seconds["check"], None),
        (f"load {embedded.rows:,} rows; by hand: networkx, unchecked",
         embedded.seconds["load"], server.seconds["load"], hand.seconds["load"]),
        (f"the same; by hand: a statement a row ({sample.rows:,} rows, scaled)",
         embedded.seconds["load"], server.seconds["load again"], each),
        answered("first answer", "new process to first answer (gaps)"),
        *(answered(name, name) for name in QUESTIONS),
    ]  # fmt: skip
    for name, *seconds in lines:
        ratios = ["—" if s is None or seconds[0] is None else f"{_two_digits(s / seconds[0])} ×" for s in seconds[1:]]
        shown.add_row(name, *("—" if s is None else _milliseconds(s) for s in seconds), *ratios)
    shown.add_row("peak memory, loading", *(f"{s.peak_mib:,.0f} MiB" for s in (embedded, server)), "—", "", "")
    shown.add_row("peak memory, questions", *(f"{sides[s].peak_mib:,.0f} MiB" for s in _QUESTIONED), "", "")
    shown.add_row("peak memory, server", "none", f"{sides['neo4j'].server_peak_mib:,.0f} MiB", "none", "", "")
    shown.add_row("file", f"{embedded.stored_mib:,.1f} MiB", "—", "—", "", "")
    return shown


def _milliseconds(seconds: float) -> str:
    return f"{_two_digits(seconds * 1000)} ms"


def _two_digits(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"


_QUESTIONED = ("ladybug", "neo4j", "networkx")


def machine() -> str:
    """What it ran on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}, {platform.machine()}"


def main() -> int:
    """Measure, print, write. The exit code is 0."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="corridor-bench-") as folder:
        sides = measured(Path(folder))
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(table(sides))
    console.print(partners.table([partners.bundled()]))
    found = {"machine": machine(), "sides": {name: asdict(side) for name, side in sides.items()}}
    RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    console.print(f"{RESULTS.relative_to(ROOT)}; {time.perf_counter() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
