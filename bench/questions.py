"""Questions on a graph of 100,000 products, and as graphs grow: both stores, and a walk over arrays written by hand.

`python -m bench.questions`, a part of `make bench`. ChainKnowledgeGraph whole where it lies beside the project
(`../shared/data/chain-knowledge-graph`), else a generated register of its size, is loaded into Ladybug and into a real
Neo4j. Each question is asked of products and enterprises drawn from a seed, warm, and by hand: the same verdicts, tiers,
shares or neighbours out of arrays that lie ready, without rows, names and evidence, where a few lines do. Then registers of 10,000 to
1,000,000 edges: seconds a question takes, first and warm, and how that grows. Prints tables, writes `questions.json` and
the plot `questions.svg`.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console
from rich.table import Table

from bench.register import write_register
from bench.run import ROOT, alone, machine, peak_mib
from graph.cypher import Query
from graph.open_store import open_store
from graph.store import GraphStore
from ingest.dataset import datasets_at
from ingest.pipeline import load
from queries.algorithms.arrays import FloatArray, IntArray
from queries.algorithms.structure import Adjacency, adjacency
from queries.saved import question_named
from tests.neo4j_server.server import LIKE_PRODUCTION, running_server

RESULTS = Path(__file__).parent / "questions.json"
PLOT = Path(__file__).parent / "questions.svg"
CHAIN_KNOWLEDGE_GRAPH = ROOT.parent / "shared" / "data" / "chain-knowledge-graph"
SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
ASKED, ASKED_OVER_ALL, WARM_UPS = 40, 10, 2
"""How often each question is asked of one thing, and of everything."""


@dataclass
class Side:
    """Milliseconds of each question: the first answer of a process, then the median and the 95th percentile."""

    first: dict[str, float] = field(default_factory=dict)
    median: dict[str, float] = field(default_factory=dict)
    p95: dict[str, float] = field(default_factory=dict)
    edges: int = 0
    peak_mib: float = 0.0


def drawn(store: GraphStore) -> dict[str, list[dict[str, Any]]]:
    """What each question is asked, drawn from a seed."""
    rng = Random(0)
    products = rng.choices([str(row["id"]) for row in store.fetch(_JOINED, {})], k=ASKED)
    makers = rng.choices([str(row["id"]) for row in store.fetch(_MAKERS, {})], k=ASKED)
    over_all = [{"places": ["everywhere"], "hhi_above": rng.choice([0.3, 0.4, 0.5])} for _ in range(ASKED_OVER_ALL)]
    return {
        "gaps": over_all,
        "concentration": over_all,
        "key_technologies": [
            {"places": ["everywhere"], "kind": "product", "limit": 50 + n} for n in range(ASKED_OVER_ALL)
        ],
        "trace": [{"subjects": [product]} for product in products],
        "candidates": [{"product": product, "places": ["everywhere"]} for product in products],
        "partners": [{"subject": maker, "places": ["everywhere"]} for maker in makers],
        "neighbourhood": [{"node": product} for product in products],
    }


_JOINED = Query("joined", "MATCH (p:Product) WHERE p.inputs + p.needed_by > 0 RETURN p.id AS id ORDER BY id")
_MAKERS = Query("makers", "MATCH (e:Enterprise)-[:MAKES]->(:Product) RETURN DISTINCT e.id AS id ORDER BY id")


def asked_of(url: str) -> Side:
    """Every question of a store, its first answer apart."""
    store = open_store(url, timeout_seconds=600)
    side = Side(edges=sum(n for name, n in store.counts().items() if name.isupper()))
    given = drawn(store)
    store.close()
    for name, parameters in given.items():
        store = open_store(url, timeout_seconds=600)
        side.first[name] = milliseconds(partial(question_named(name).ask, store, **parameters[0]))
        _note(side, name, [partial(question_named(name).ask, store, **one) for one in parameters])
        store.close()
        print(f"{url.partition(':')[0]} {name}: {side.median[name]:,.0f} ms", file=sys.stderr, flush=True)
    side.peak_mib = peak_mib()
    return side


def _note(side: Side, name: str, works: list[Callable[[], object]]) -> None:
    for work in works[:WARM_UPS]:
        work()
    spent = [milliseconds(work) for work in works]
    side.median[name], side.p95[name] = float(np.median(spent)), float(np.percentile(spent, 95))


def milliseconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


# --- by hand ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Edges:
    """The edges of a type as numbers of their ends, and one of their properties; NaN where it is not known."""

    tail: IntArray
    head: IntArray
    value: FloatArray
    forward: Adjacency
    backward: Adjacency


def _edges(tables: Mapping[str, pa.Table], edge_type: str, ends: tuple[str, str], value: str) -> _Edges:
    table = tables[edge_type]
    tail, head = (
        np.asarray(pc.index_in(table[end], value_set=tables[label]["id"].combine_chunks())).astype(np.int64)
        for end, label in zip(("from_id", "to_id"), ends, strict=True)
    )
    size = max(len(tables[label]) for label in ends)
    known = np.asarray(pc.fill_null(pc.cast(table[value], pa.float64()), np.nan)).astype(np.float64)
    return _Edges(tail, head, known, adjacency(size, tail, head), adjacency(size, head, tail))


def by_hand(url: str) -> Side:
    """The same questions as walks over arrays that lie ready, where a few lines do."""
    store = open_store(url, timeout_seconds=600)
    tables: dict[str, pa.Table] = {}
    for batch in store.tables():
        tables[batch.name] = pa.concat_tables(
            [tables[batch.name], batch.table] if batch.name in tables else [batch.table]
        )
    makes = _edges(tables, "MAKES", ("Enterprise", "Product"), "share")
    inputs = _edges(tables, "INPUT_OF", ("Product", "Product"), "input_class")
    kinds = _edges(tables, "KIND_OF", ("Product", "Product"), "confidence")
    number = {one: place for place, one in enumerate(tables["Product"]["id"].to_pylist())}
    side = Side()
    walks: Mapping[str, Callable[[Mapping[str, Any]], object]] = {
        "gaps": lambda _: _verdicts(makes, inputs, len(number)),
        "concentration": lambda _: _shares(makes, len(number)),
        "trace": lambda given: _tiers(inputs, number[given["subjects"][0]]),
        "neighbourhood": lambda given: _neighbours((inputs, kinds, makes), number[given["node"]]),
    }
    for name, parameters in drawn(store).items():
        if name in walks:
            _note(side, name, [partial(walks[name], one) for one in parameters])
    side.peak_mib = peak_mib()
    store.close()
    return side


def _verdicts(makes: _Edges, inputs: _Edges, products: int) -> IntArray:
    count = np.bincount(makes.head, minlength=products)
    index = np.where(count > 0, 1 / np.maximum(count, 1), np.nan)
    essential = np.zeros(products, np.bool_)
    essential[inputs.tail[inputs.value == 2]] = True
    verdict = np.select([count == 0, count == 1, essential & (index > 0.4)], [0, 1, 2], 3)
    order = np.lexsort((np.arange(products), -np.bincount(inputs.tail, minlength=products), ~essential, verdict))
    return order[:50]


def _shares(makes: _Edges, products: int) -> IntArray:
    known = np.nan_to_num(makes.value, nan=1.0)
    total = np.bincount(makes.head, known, products)
    squares = np.bincount(makes.head, known**2, products)
    with np.errstate(invalid="ignore"):
        index = squares / total**2
    return np.argsort(-np.nan_to_num(index), kind="stable")[:50]


def _tiers(inputs: _Edges, start: int) -> dict[int, int]:
    found = {start: 0}
    for around in (inputs.forward, inputs.backward):
        frontier = [start]
        for tier in range(1, 4):
            fresh = []
            for here in frontier:
                for there in around.head[around.start[here] : around.start[here + 1]].tolist():
                    if there not in found:
                        found[there] = tier
                        fresh.append(there)
            frontier = fresh
    return found


def _neighbours(kinds: tuple[_Edges, ...], start: int) -> set[tuple[int, int]]:
    found = set()
    for number, one in enumerate(kinds):
        for around in (one.backward, one.forward):
            found |= {(number, there) for there in around.head[around.start[start] : around.start[start + 1]].tolist()}
    return found


# --- as graphs grow --------------------------------------------------------------------------------------------------


def growing(folder: Path) -> dict[int, Side]:
    """Registers of growing size in the embedded graph."""
    found = {}
    for size in SIZES:
        url = f"ladybug://{folder / f'{size}.lbug'}"
        write_register(folder / str(size), size)
        alone(loaded, (str(folder / str(size)), "", url))
        found[size] = alone(asked_of, url)
        print(f"{size:,} links asked", file=sys.stderr, flush=True)
    return found


def loaded(given: tuple[str, str, str]) -> None:
    """Load a dataset into a store."""
    path, mapping, url = given
    store = open_store(url, timeout_seconds=3_600)
    load(datasets_at([Path(path)], [mapping] if mapping else []), store)
    store.close()


# --- tables and plot -------------------------------------------------------------------------------------------------


def compared(ladybug: Side, neo4j: Side, hand: Side) -> Table:
    """Milliseconds side by side, warm, 95th percentile."""
    shown = Table(
        "warm, ms (p95)", "Ladybug", "Neo4j", "by hand", "Ladybug / by hand, medians", "Ladybug / Neo4j", "first, Ladybug",
        "first, Neo4j", title=f"{ladybug.edges:,} edges",
    )  # fmt: skip
    for column in shown.columns[1:]:
        column.justify = "right"
    for name in ladybug.p95:
        shown.add_row(
            name, *(f"{side.p95[name]:,.1f}" if name in side.p95 else "" for side in (ladybug, neo4j, hand)),
            f"{ladybug.median[name] / hand.median[name]:.1f} ×" if name in hand.median else "", f"{ladybug.median[name] / neo4j.median[name]:.2f} ×",
            f"{ladybug.first[name]:,.0f}", f"{neo4j.first[name]:,.0f}",
        )  # fmt: skip
    shown.add_row("peak memory, MiB", *(f"{side.peak_mib:,.0f}" for side in (ladybug, neo4j, hand)), "", "", "", "")
    return shown


def growth(sides: Mapping[int, Side]) -> Table:
    """Microseconds an edge as graphs grow: the first answer of a process, and warm."""
    shown = Table("µs an edge", *(f"{side.edges:,}" for side in sides.values()), title="Growth, Ladybug")
    for column in shown.columns[1:]:
        column.justify = "right"
    for kind in ("first", "median"):
        for name in next(iter(sides.values())).median:
            values = [getattr(side, kind)[name] / side.edges * 1000 for side in sides.values()]
            shown.add_row(f"{name}, {'first' if kind == 'first' else 'warm'}", *(f"{value:,.2f}" for value in values))
    return shown


def _said(milliseconds: float) -> str:
    return f"{milliseconds:g} ms" if milliseconds < 1_000 else f"{milliseconds / 1_000:g} s"


def plotted(sides: Mapping[int, Side]) -> str:
    """Both axes logarithmic: a line as steep as the dashed one grows with the edges."""
    edges = [side.edges for side in sides.values()]
    left, right = np.log10(min(edges)), np.log10(max(edges))

    def x(value: float) -> float:
        return float(60 + (np.log10(value) - left) / (right - left) * 420)

    def y(value: float) -> float:
        return float(330 - (np.log10(max(value, 0.1)) + 1) / 6 * 300)

    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 370" font-family="sans-serif" font-size="12">',
             '<rect width="660" height="370" fill="white"/>']  # fmt: skip
    for power in range(-1, 6):
        parts.append(
            f'<path d="M60 {y(10.0**power):.1f}H480" stroke="#ddd"/><text x="52" y="{y(10.0**power) + 4:.1f}" text-anchor="end">{_said(10.0**power)}</text>'
        )
    for size in edges:
        parts.append(f'<text x="{x(size):.1f}" y="350" text-anchor="middle">{size:,}</text>')
    parts.append(
        f'<path d="M{x(edges[0]):.1f} {y(1):.1f}L{x(edges[-1]):.1f} {y(edges[-1] / edges[0]):.1f}" stroke="#888" stroke-dasharray="5 4"/>'
    )
    colours = ("#0b5cad", "#d32f2f", "#2e7d32", "#d98200", "#6a1b9a", "#00838f", "#5d4037")
    for number, name in enumerate(next(iter(sides.values())).median):
        for kind, dash in (("first", "2 3"), ("median", "")):
            line = "L".join(f"{x(s.edges):.1f} {y(getattr(s, kind)[name]):.1f}" for s in sides.values())
            parts.append(
                f'<path d="M{line}" fill="none" stroke="{colours[number]}" stroke-width="2" stroke-dasharray="{dash}"/>'
            )
        parts.append(f'<text x="490" y="{60 + 20 * number}" fill="{colours[number]}">{name}</text>')
    parts.append(
        '<text x="490" y="210">dotted: first answer</text><text x="490" y="230">dashed grey: ∝ edges</text></svg>'
    )
    return "\n".join(parts) + "\n"


def main() -> int:
    """Measure, print, write. The exit code is 0."""
    parser = argparse.ArgumentParser(description="Questions on a large graph, and as graphs grow.")
    parser.add_argument("--no-growth", action="store_true", help="only the comparison on the large graph")
    has_growth = not parser.parse_args().no_growth
    console = Console(width=None if sys.stdout.isatty() else 150)
    console.print(machine())
    with tempfile.TemporaryDirectory(prefix="corridor-bench-") as name:
        folder = Path(name)
        dataset, mapping = CHAIN_KNOWLEDGE_GRAPH, "chain-knowledge-graph"
        if not dataset.is_dir():
            dataset, mapping = folder / "register", ""
            write_register(dataset, 170_000)
        url = f"ladybug://{folder / 'graph.lbug'}"
        alone(loaded, (str(dataset), mapping, url))
        ladybug, hand = alone(asked_of, url), alone(by_hand, url)
        with running_server(ROOT / ".cache" / "neo4j", folder, LIKE_PRODUCTION) as server:
            alone(loaded, (str(dataset), mapping, server))
            neo4j = alone(asked_of, server)
        console.print(compared(ladybug, neo4j, hand))
        found: dict[str, Any] = {
            "machine": machine(),
            "ladybug": asdict(ladybug),
            "neo4j": asdict(neo4j),
            "by_hand": asdict(hand),
        }
        if has_growth:
            sides = growing(folder)
            console.print(growth(sides))
            PLOT.write_text(plotted(sides), encoding="utf-8")
            found["growth"] = {str(size): asdict(side) for size, side in sides.items()}
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    console.print(f"{RESULTS.name}, {PLOT.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
