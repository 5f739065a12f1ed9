"""Pages in a real Chromium beside stock pyvis pages of the same graphs, and what a reader waits for besides.

`python -m bench.browser`, a part of `make bench`. Pictures are of five chains and of 80, 150 and 500 nodes, each opened with an empty
cache: ours from `corridor serve` in a process of its own on the bundled dataset, for the first time and again; the same
nodes and edges through pyvis as it comes (`Network`, `add_node`, `add_edge`, `write_html`, default physics) from a file
that holds its scripts. Search is measured on ChainKnowledgeGraph where it lies beside the project.
"""

import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from urllib.parse import quote

import httpx
from playwright.sync_api import Browser, Page, sync_playwright
from pyvis.network import Network

from bench.run import machine
from bench.server import processor_seconds, serving, until_ready
from graph.model import Json
from graph.open_store import open_store
from ingest.dataset import BUNDLED, datasets_at
from ingest.pipeline import Settings, load

SIZES = (80, 150, 500)
CHAINS = ("artificial-intelligence", "automobile-nev", "high-end-equipment", "integrated-circuits", "new-materials")
"""Those that have 500 nodes within two steps, but for a few."""
_ENOUGH = 0.98
PLACES = ("340100", "320500", "330100", "330400", "340200")
SEARCHES = 300
DATA = Path(__file__).parents[2] / "shared" / "data" / "chain-knowledge-graph"

# When the page was ready: ours says so; a stock one shows its network after a thousand rounds of physics, and lets it move on
# from there, some for ever.
_READY = """
(() => {
  const done = () => requestAnimationFrame(() => { document.documentElement.dataset.ms = String(performance.now()); });
  new MutationObserver((_, self) => {
    if (document.documentElement?.dataset.ready) { self.disconnect(); done(); }
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-ready'] });
  document.addEventListener('DOMContentLoaded', () => { window.network?.once?.('stabilizationIterationsDone', done); });
})();
"""
# From the key that opens a node to the first frame that has what came.
_PRESSED = """
() => {
  const canvas = document.getElementById('canvas');
  let at = 0;
  document.addEventListener('keydown', () => { at = performance.now(); }, { capture: true, once: true });
  new MutationObserver((_, self) => {
    self.disconnect();
    requestAnimationFrame(() => { canvas.dataset.ms = String(performance.now() - at); });
  }).observe(canvas, { attributes: true, attributeFilter: ['data-nodes'], attributeOldValue: true });
  canvas.focus();
}
"""
# No other host has an address. Requests are not stopped one by one: each would wait for this program, which no reader does.
_ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
_BYTES = """
() => performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))
  .filter(({ name }) => !name.includes('vis-network')).reduce((sum, one) => sum + one.transferSize, 0)
"""


@dataclass(frozen=True, slots=True)
class Pictures:
    """Milliseconds of pictures of a size: opened, first and again, ours and stock, what the server took of ours, and how much
    of that it had a processor, which tells more of a machine that others use too.
    """

    size: int
    ours: float
    ours_again: float
    stock: float
    server: float
    server_again: float
    processor: float

    def said(self) -> str:
        """In a line."""
        return (
            f"{self.size} nodes: {self.ours:,.0f} ms, again {self.ours_again:,.0f} ms; stock pyvis {self.stock:,.0f} ms, "
            f"{self.stock / self.ours:,.0f} and {self.stock / self.ours_again:,.0f} times; "
            f"server {self.server:,.0f} ms ({self.processor:,.0f} of processor), again {self.server_again:,.0f} ms"
        )


def _fresh(browser: Browser) -> Page:
    """A page without anything kept, that says when it was ready."""
    page = browser.new_context(viewport={"width": 1280, "height": 720}, locale="zh-CN").new_page()
    page.add_init_script(_READY)
    return page


def _opened(browser: Browser, address: str, look: Callable[[Page], float] | None = None) -> float:
    """Milliseconds from the start of the navigation until a page is ready; or what is looked at there."""
    page = _fresh(browser)
    page.goto(address, wait_until="commit")
    page.wait_for_selector("html[data-ms]", timeout=1_800_000)
    found = look(page) if look else float(page.get_attribute("html", "data-ms") or "nan")
    page.context.close()
    return found


def stock_page(found: dict[str, list[dict[str, Json]]], file: Path) -> str:
    """The address of the page that pyvis writes of nodes and edges without any setting, its scripts in it."""
    network = Network(directed=True, cdn_resources="in_line")
    for node in found["nodes"]:
        network.add_node(node["id"], label=str(node["name"]))
    for edge in found["edges"]:
        network.add_edge(edge["from_id"], edge["to_id"])
    file.write_text(network.generate_html(), encoding="utf-8")
    return file.as_uri()


def pictures(browser: Browser, http: httpx.Client, pid: int, folder: Path, size: int) -> Pictures:
    """Medians over the chains. The server has drawn pictures before, of other chains or sizes."""
    first, again, stock, server, server_again, processor = [], [], [], [], [], []
    base = str(http.base_url).rstrip("/")
    for chain in CHAINS:
        # Another limit is another picture to the server, which keeps those that it has drawn.
        asked = f"chain:{chain}?depth=2&limit="
        before = processor_seconds(pid)
        server.append(_answered(http, f"/subgraph/{asked}{size - 1}"))
        processor.append((processor_seconds(pid) - before) * 1000)
        server_again.append(_answered(http, f"/subgraph/{asked}{size - 1}"))
        first.append(_opened(browser, f"{base}/subgraph/{asked}{size}"))
        again.append(_opened(browser, f"{base}/subgraph/{asked}{size}"))
        found = http.get(f"/api/subgraph/{asked}{size}").json()
        assert len(found["nodes"]) >= _ENOUGH * size, (chain, len(found["nodes"]))
        stock.append(_opened(browser, stock_page(found, folder / "net.html")))
    return Pictures(size, *(median(own) for own in (first, again, stock, server, server_again, processor)))


def _answered(http: httpx.Client, address: str) -> float:
    """Milliseconds of an answer, gzipped, without a browser."""
    started = time.perf_counter()
    http.get(address).raise_for_status()
    return (time.perf_counter() - started) * 1000


def pages(browser: Browser, base: str, ids: Sequence[str]) -> tuple[float, float, float]:
    """Of pages of things: milliseconds with an empty cache until ready, the first time and again, and the bytes that came, in
    KB, without vis-network.
    """
    addresses = [f"{base}/nodes/{one}" for one in ids]
    first = median(_opened(browser, one) for one in addresses)
    again = median(_opened(browser, one) for one in addresses)
    return first, again, max(_opened(browser, one, lambda page: page.evaluate(_BYTES)) for one in addresses) / 1000


def expansions(browser: Browser, base: str, http: httpx.Client) -> float:
    """Milliseconds from the key to the picture with the 15 neighbours of a node in it, median over five nodes, each selected for half
    a second before, which is about what a person takes to decide.
    """

    def opened(page: Page) -> float:
        page.wait_for_timeout(500)
        page.evaluate(_PRESSED)
        page.keyboard.press("Enter")
        page.wait_for_selector("#canvas[data-ms]", timeout=20_000)
        return float(page.get_attribute("#canvas", "data-ms") or "nan")

    taken = []
    for chain in CHAINS:
        address = f"/subgraph/chain:{chain}?limit=60"
        [drawn] = re.findall(r'id="graph">(.*?)</script>', http.get(address).text)
        nodes = [one for one in json.loads(drawn)["nodes"] if one["kind"] != "Chain"]
        richest = max(nodes, key=lambda one: (one["more"], one["id"]))
        taken.append(_opened(browser, f"{base}{address}&at={richest['id']}", opened))
    return median(taken)


def searches(folder: Path) -> tuple[float, float, float]:
    """Median, 95th percentile and processor time of the server in milliseconds of searches in ChainKnowledgeGraph for parts of names of its products."""
    store = open_store(f"ladybug://{folder}/graph.lbug")
    load(datasets_at([DATA], ["chain-knowledge-graph"]), store, Settings(folder))
    names = [name for b in store.tables() if b.name == "Product" for name in b.table["name_zh"].to_pylist()]
    store.close()
    asked = [name[: 1 + number % 4] for number, name in enumerate(Random(15).sample(names, SEARCHES))]
    with serving(folder) as (port, pid), httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
        until_ready(port)
        _answered(http, "/api/search?q=warm")
        before = processor_seconds(pid)
        taken = sorted(_answered(http, f"/api/search?q={quote(one)}") for one in asked)
        processor = (processor_seconds(pid) - before) * 1000 / len(taken)
    return median(taken), taken[len(taken) * 95 // 100], processor


def main() -> int:
    """Measure and print."""
    print(f"{machine()}, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="corridor-bench-") as name, sync_playwright() as playwright:
        folder = Path(name)
        store = open_store(f"ladybug://{folder}/graph.lbug")
        load(datasets_at([BUNDLED]), store, Settings(folder))
        store.close()
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", _ALONE])
        with serving(folder) as (port, pid):
            base = f"http://127.0.0.1:{port}"
            with httpx.Client(base_url=base, timeout=60) as http:
                until_ready(port)
                for address in ("/", "/nodes/chain:biomedicine", "/nodes/place:310117", "/subgraph/chain:biomedicine"):
                    _opened(browser, base + address)
                for what, ids in (
                    ("chain board", [f"chain:{c}" for c in CHAINS]),
                    ("place", [f"place:{p}" for p in PLACES]),
                ):
                    first, again, size = pages(browser, base, ids)
                    print(f"{what}: {first:,.0f} ms, again {again:,.0f} ms; at most {size:,.0f} KB")
                print(f"expansion: {expansions(browser, base, http):,.0f} ms from key press to picture")
                for size in SIZES:
                    print(pictures(browser, http, pid, folder, size).said())
        browser.close()
        if DATA.exists():
            (folder / "large").mkdir()
            print(
                "search in ChainKnowledgeGraph: median {:.1f} ms, p95 {:.1f} ms, processor {:.1f} ms each".format(
                    *searches(folder / "large")
                )
            )
    print(f"load at the end {os.getloadavg()[0]:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
