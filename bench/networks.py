"""Measures of networks as they grow, and the ESRI of all firms beside a plain answer on dense matrices.

`python -m bench.networks`, a part of `make bench`; with `--large` also the ESRI of all of 100,000 firms. Networks are drawn from a seed: links
between firms of very unequal size, a third of all inputs essential, a tenth negligible, 30 % of every firm's business
outside. The plain answer is what one would write in numpy from the formulas; it takes too long for all firms, so a sample
is scaled. Each side runs in a process of its own, so that its peak memory is its own; the compiler's first run, kept on
disk for the next, is counted apart. Prints tables and writes `networks.json`.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.sparse import csr_array

from bench.run import alone, machine, peak_mib, timed
from queries.algorithms.esri import ProductionNetwork, production_network, systemic_risk
from queries.algorithms.relatedness import density
from queries.algorithms.structure import adjacency, trace

RESULTS = Path(__file__).parent / "networks.json"
SAMPLE = 16
"""Firms whose failure the plain answer follows."""

LINK_COUNTS = (10_000, 100_000, 1_000_000)
OUTSIDE = 0.3
Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


class Size(NamedTuple):
    """How large a network is."""

    firms: int
    links: int


class Drawn(NamedTuple):
    """A network as arrays."""

    supplier: Numbers
    buyer: Numbers
    sales: Floats
    product: Numbers
    input_class: Numbers  # (products, products)


@dataclass
class Side:
    """What was measured of one side."""

    seconds: dict[str, float] = field(default_factory=dict)
    peak_mib: float = 0.0
    scores: list[float] = field(default_factory=list)


def drawn(size: Size) -> Drawn:
    """The network of a size, always the same."""
    rng = np.random.default_rng(0)
    attraction = rng.pareto(1.5, size.firms) + 1
    attraction /= attraction.sum()
    supplier, buyer = rng.choice(size.firms, (2, size.links), p=attraction)
    sales = np.where(supplier == buyer, 0.0, rng.lognormal(0, 1.5, size.links))
    products = max(size.firms // 100, 1)
    classes = rng.choice([0, 1, 2], (products, products), p=[0.1, 0.57, 0.33])
    return Drawn(supplier, buyer, sales, rng.integers(0, products, size.firms), classes)


def net_of(found: Drawn) -> ProductionNetwork:
    """The network as ESRI reads it."""
    return production_network(
        found.supplier, found.buyer, found.sales, found.product, input_class=found.input_class,
        outside_cost_share=OUTSIDE, outside_revenue_share=OUTSIDE,
    )  # fmt: skip


# --- ESRI of all firms -----------------------------------------------------------------------------------------------


def esri_of_all(size: Size) -> Side:
    """Every firm's failure, on all processors."""
    side = Side()
    side.seconds["compiler"] = timed(lambda: systemic_risk(net_of(drawn(Size(10, 20)))), 1)
    found = drawn(size)
    net = net_of(found)
    for name, is_replaceable in (("replaceable", True), ("not replaceable", False)):
        start = time.perf_counter()
        risk = systemic_risk(net, is_replaceable=is_replaceable, progress=partial(_said, name))
        side.seconds[name] = time.perf_counter() - start
        side.scores += risk.esri[:SAMPLE].tolist()
    side.peak_mib = peak_mib()
    return side


def _said(what: str, done: int, total: int) -> None:
    end = "\n" if done == total else ""
    print(f"\rESRI, makers {what}: {done:,} of {total:,} firms", end=end, file=sys.stderr, flush=True)


def esri_by_hand(size: Size) -> Side:
    """The failure of the first firms on dense matrices, all at once, scaled to all firms."""
    side = Side()
    found = drawn(size)
    plain = _Dense(found, size.firms)
    for name, is_replaceable in (("replaceable", True), ("not replaceable", False)):
        start = time.perf_counter()
        side.scores += plain.esri(SAMPLE, is_replaceable).tolist()
        side.seconds[name] = (time.perf_counter() - start) * size.firms / SAMPLE
    side.peak_mib = peak_mib()
    return side


class _Dense:
    """ESRI as the formulas say it, without outside help."""

    def __init__(self, found: Drawn, firms: int) -> None:
        self.product = found.product
        self.products = int(found.product.max()) + 1
        sales = np.zeros((firms, firms))
        np.add.at(sales, (found.supplier, found.buyer), found.sales)
        self.sold, bought = sales.sum(axis=1), sales.sum(axis=0)
        of_product = np.stack([sales[self.product == k].sum(axis=0) for k in range(self.products)])
        classes = found.input_class[self.product][:, self.product]
        inside = 1 - OUTSIDE
        self.essential = np.where(classes == 2, sales / np.maximum(of_product, 1e-300)[self.product], 0) * inside
        self.substitutable = np.where(classes == 1, sales / np.maximum(bought, 1e-300), 0) * inside
        self.up = sales / np.maximum(self.sold, 1e-300)[:, None] * inside

    def esri(self, count: int, is_replaceable: bool, epsilon: float = 1e-3) -> Floats:
        """ESRI of the first firms."""
        psi = np.eye(len(self.sold))[:count]
        down, up = 1 - psi, 1 - psi
        is_running = np.ones((count, 1), np.bool_)
        while is_running.any():
            new_down = np.where(is_running, np.minimum(self._downstream(down, is_replaceable), 1 - psi), down)
            new_up = np.where(is_running, np.minimum(1 - (1 - up) @ self.up.T, 1 - psi), up)
            fall = np.maximum(down - new_down, up - new_up).max(axis=1, keepdims=True)
            down, up, is_running = new_down, new_up, is_running & (fall > epsilon)
        lost: Floats = (1 - np.minimum(down, up)) @ self.sold / self.sold.sum()
        return lost

    def _downstream(self, h: Floats, is_replaceable: bool) -> Floats:
        sigma = np.ones_like(h)
        if is_replaceable:
            left = np.stack([(h * self.sold)[:, self.product == k].sum(axis=1) for k in range(self.products)], axis=1)
            sigma = np.minimum(1, self.sold / np.maximum(left, 1e-10)[:, self.product])
        damage = sigma * (1 - h)
        level: Floats = 1 - damage @ self.substitutable
        for k in range(self.products):
            makers = self.product == k
            level = np.minimum(level, 1 - damage[:, makers] @ self.essential[makers])
        return np.maximum(0, level)


# --- time a link -----------------------------------------------------------------------------------------------------


def growing(links: int) -> Side:
    """Each measure on a network of so many links; seconds by measure."""
    size = Size(links * 2 // 15, links)
    found = drawn(size)
    rng = np.random.default_rng(1)
    makers, products = links // 20, links // 4
    made = csr_array(
        (np.ones(links), (rng.integers(0, makers, links), rng.integers(0, products, links))), (makers, products)
    )
    made.sum_duplicates()
    made.data[:] = 1
    asked, net, failing = np.arange(50), net_of(found), rng.integers(0, size.firms, 50)
    systemic_risk(net, firms=failing[:1])
    around = adjacency(size.firms, found.supplier, found.buyer)
    works: dict[str, Callable[[], object]] = {
        "links by node, once for many walks": lambda: adjacency(size.firms, found.supplier, found.buyer),
        "walk over all tiers from 10 firms": lambda: trace(around, failing[:10]),
        "density around 50 products": lambda: density(made, asked),
        "network for ESRI": lambda: net_of(found),
        "ESRI of 50 firms": lambda: systemic_risk(net, firms=failing),
    }
    side = Side({name: timed(work, 3, 1) for name, work in works.items()})
    side.peak_mib = peak_mib()
    return side


# --- the tables ------------------------------------------------------------------------------------------------------


def esri_table(size: Size, ours: Side, plain: Side | None) -> Table:
    """ESRI of all firms, side by side."""
    title = f"ESRI of all of {size.firms:,} firms, {size.links:,} links"
    shown = Table("", "here", f"numpy, dense ({SAMPLE} firms, scaled)", "numpy / here", title=title)
    for column in shown.columns[1:]:
        column.justify = "right"
    for name in ("replaceable", "not replaceable"):
        theirs = plain.seconds[name] if plain else None
        shown.add_row(
            f"makers {name}", f"{ours.seconds[name]:,.1f} s", f"{theirs:,.0f} s" if theirs else "—",
            f"{theirs / ours.seconds[name]:,.0f} ×" if theirs else "—",
        )  # fmt: skip
    memory = f"{plain.peak_mib:,.0f} MiB" if plain else "—"
    shown.add_row("peak memory", f"{ours.peak_mib:,.0f} MiB", memory, "")
    shown.add_row("compiler, first or from disk", f"{ours.seconds['compiler']:.1f} s", "", "")
    if plain:
        apart = np.abs(np.array(ours.scores) - plain.scores).max()
        shown.add_row("largest difference of a score", "", f"{apart:.1e}", "")
    return shown


def growth_table(sides: dict[int, Side]) -> Table:
    """Nanoseconds a link as networks grow."""
    shown = Table("nanoseconds a link", *(f"{links:,} links" for links in sides), title="Growth")
    for column in shown.columns[1:]:
        column.justify = "right"
    for name in next(iter(sides.values())).seconds:
        shown.add_row(name, *(f"{side.seconds[name] / links * 1e9:,.0f}" for links, side in sides.items()))
    shown.add_row("peak memory", *(f"{side.peak_mib:,.0f} MiB" for side in sides.values()))
    return shown


def main() -> int:
    """Measure, print, write. The exit code is 0."""
    parser = argparse.ArgumentParser(description="Measures of networks as they grow.")
    parser.add_argument("--large", action="store_true", help="also the ESRI of all of 100,000 firms; takes minutes")
    is_large = parser.parse_args().large
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(machine())
    size, large = Size(10_000, 75_000), Size(100_000, 750_000)
    ours, plain = alone(esri_of_all, size), alone(esri_by_hand, size)
    console.print(esri_table(size, ours, plain))
    found = {"machine": machine(), "esri": asdict(ours), "esri_by_hand": asdict(plain)}
    sides = {links: alone(growing, links) for links in LINK_COUNTS}
    console.print(growth_table(sides))
    found["growth"] = {str(links): asdict(side) for links, side in sides.items()}
    if is_large:
        side = alone(esri_of_all, large)
        console.print(esri_table(large, side, None))
        found["esri_large"] = asdict(side)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    console.print(str(RESULTS.relative_to(Path.cwd()) if RESULTS.is_relative_to(Path.cwd()) else RESULTS))
    return 0


if __name__ == "__main__":
    sys.exit(main())
