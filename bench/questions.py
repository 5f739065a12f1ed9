"""Questions on a graph of 100,000 products, and as graphs grow: both stores, and a walk over arrays written by hand.

`python -m bench.questions`, a part of `make bench`. ChainKnowledgeGraph whole where it lies beside the project
(`../shared/data/chain-knowledge-graph`), else a generated register of its size, is loaded into Ladybug and into a real
Neo4j. Each question is asked of products and enterprises drawn from a seed, warm, and by hand: the same verdicts, tiers,
shares or neighbours out of arrays that lie ready, without rows, names and evidence. Then registers of 10,000 to
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
from rich.console import Console
from rich.table import Table

from bench.register import write_register
from bench.run import ROOT, alone, machine, peak_mib
from graph.open_store import open_store
from graph.store import GraphStore
from ingest.dataset import datasets_at
from ingest.pipeline import load
from queries.algorithms.arrays import IntArray
from queries.facts import Links, links, things
from queries.making import makers
from queries.reader import Reader
from queries.saved import question_named
from tests.neo4j_server.server import LIKE_PRODUCTION, running_server

RESULTS = Path(__file__).parent / "questions.json"
PLOT = Path(__file__).parent / "questions.svg"
CHAIN_KNOWLEDGE_GRAPH = ROOT.parent / "shared" / "data" / "chain-knowledge-graph"
SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
ASKED, WARM_UPS = 40, 3


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
    inputs = links(Reader(store), "INPUT_OF", "Product", "Product")
    joined = np.unique(np.concatenate([inputs.tail, inputs.head]))
    products = things(Reader(store), "Product").ids(np.array(rng.choices(joined.tolist(), k=ASKED)))
    return {
        "gaps": [{"places": ["everywhere"], "hhi_above": rng.choice([0.3, 0.4, 0.5])} for _ in products],
        "concentration": [{"places": ["everywhere"], "hhi_above": rng.choice([0.3, 0.4, 0.5])} for _ in products],
        "trace": [{"subjects": [product]} for product in products],
        "neighbourhood": [{"node": product} for product in products],
    }


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


def by_hand(url: str) -> Side:
    """The same questions as walks over arrays that lie ready."""
    store = open_store(url, timeout_seconds=600)
    reader = Reader(store)
    found, inputs, kinds = (
        makers(reader),
        links(reader, "INPUT_OF", "Product", "Product"),
        links(reader, "KIND_OF", "Product", "Product"),
    )
    ids = things(reader, "Product")
    side = Side()
    walks: Mapping[str, Callable[[Mapping[str, Any]], object]] = {
        "gaps": lambda _: _verdicts(found.product, inputs, len(ids)),
        "concentration": lambda _: _shares(found.product, found.makes.floats("share")[found.link], len(ids)),
        "trace": lambda given: _tiers(inputs, int(ids.numbers(given["subjects"])[0])),
        "neighbourhood": lambda given: _neighbours((inputs, kinds, found.makes), int(ids.numbers([given["node"]])[0])),
    }
    for name, parameters in drawn(store).items():
        _note(side, name, [partial(walks[name], one) for one in parameters])
    side.peak_mib = peak_mib()
    store.close()
    return side


def _verdicts(product: IntArray, inputs: Links, products: int) -> IntArray:
    count = np.bincount(product, minlength=products)
    index = np.where(count > 0, 1 / np.maximum(count, 1), np.nan)
    class_ = inputs.floats("input_class")
    essential = np.zeros(products, np.bool_)
    essential[inputs.tail[class_ == 2]] = True
    verdict = np.select([count == 0, count == 1, essential & (index > 0.4)], [0, 1, 2], 3)
    order = np.lexsort((np.arange(products), -np.bincount(inputs.tail, minlength=products), ~essential, verdict))
    return order[:50]


def _shares(product: IntArray, share: np.ndarray[Any, Any], products: int) -> IntArray:
    known = np.nan_to_num(share, nan=1.0)
    total = np.bincount(product, known, products)
    squares = np.bincount(product, known**2, products)
    with np.errstate(invalid="ignore"):
        index = squares / total**2
    return np.argsort(-np.nan_to_num(index), kind="stable")[:50]


def _tiers(inputs: Links, start: int) -> dict[int, int]:
    found = {start: 0}
    for around, ends in ((inputs.forward, inputs.head), (inputs.backward, inputs.tail)):
        frontier = [start]
        for tier in range(1, 4):
            fresh = []
            for here in frontier:
                for link in around.edge[around.start[here] : around.start[here + 1]].tolist():
                    there = int(ends[link])
                    if there not in found:
                        found[there] = tier
                        fresh.append(there)
            frontier = fresh
    return found


def _neighbours(kinds: tuple[Links, ...], start: int) -> set[tuple[int, int]]:
    found = set()
    for number, one in enumerate(kinds):
        is_product = one.tails is one.heads
        for around, ends in ((one.backward, one.tail), (one.forward, one.head)):
            if is_product or around is one.backward:
                found |= {(number, int(ends[k])) for k in around.edge[around.start[start] : around.start[start + 1]]}
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
            name, *(f"{side.p95[name]:,.1f}" for side in (ladybug, neo4j, hand)),
            f"{ladybug.median[name] / hand.median[name]:.1f} ×", f"{ladybug.median[name] / neo4j.median[name]:.2f} ×",
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
    colours = ("#0b5cad", "#d32f2f", "#2e7d32", "#d98200")
    for number, name in enumerate(next(iter(sides.values())).median):
        for kind, dash in (("first", "2 3"), ("median", "")):
            line = "L".join(f"{x(s.edges):.1f} {y(getattr(s, kind)[name]):.1f}" for s in sides.values())
            parts.append(
                f'<path d="M{line}" fill="none" stroke="{colours[number]}" stroke-width="2" stroke-dasharray="{dash}"/>'
            )
        parts.append(f'<text x="490" y="{60 + 20 * number}" fill="{colours[number]}">{name}</text>')
    parts.append(
        '<text x="490" y="160">dotted: first answer</text><text x="490" y="180">dashed grey: ∝ edges</text></svg>'
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
