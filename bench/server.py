"""The server under many clients: answers a second, how soon `/health/live` answers meanwhile, and whole answers while
loads swap the graph.

`python -m bench.server [SECONDS]`, 30 by default. The server is `corridor serve` in a process of its own on the bundled
dataset; the clients share the machine with it.
"""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import cycle
from pathlib import Path
from statistics import median
from urllib.parse import quote

import httpx

from bench.run import machine
from graph.open_store import open_store
from graph.store import GraphStore
from ingest.dataset import BUNDLED, datasets_at
from ingest.pipeline import Settings, load
from tests.graphs import batches_of, chain_of_products

CLIENTS, READERS, PRODUCTS = 200, 8, 300
VERSION = re.compile(r"version-(\d+)")


def asked_of(store: GraphStore) -> dict[str, list[str]]:
    """Addresses by what they are called: searches for every name, and the surroundings of every product."""
    found = [batch.table.select(["id", "name_zh"]).to_pylist() for batch in store.tables() if batch.name == "Product"]
    products = [row for rows in found for row in rows]
    return {
        "search": [f"/api/search?q={quote(row['name_zh'])}" for row in products],
        "neighbourhood": [f"/api/subgraph/{row['id']}?depth=2" for row in products],
        "gaps, heavy": [f"/api/ask/gaps?limit={n}" for n in range(1, 400)],
    }


@contextmanager
def serving(home: Path) -> Iterator[int]:
    """The port of a server of its own on the graph in a folder."""
    environment = os.environ | {"CORRIDOR_STORE": f"ladybug://{home}/graph.lbug", "CORRIDOR_HOME": str(home)}
    port = 8391
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as server:
        while True:
            with suppress(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{port}/health/live")
                break
            time.sleep(0.1)
        try:
            yield port
        finally:
            server.terminate()


async def answer(port: int, path: str, kept: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None) -> int:
    """The status of an answer, over a connection that is kept where one is given."""
    reader, writer = kept or await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    await reader.readexactly(int(length[1]) if length else 0)
    if not kept:
        writer.close()
    return int(head.split()[1])


async def many(port: int, paths: Sequence[str], seconds: float) -> tuple[Counter[str], list[float]]:
    """What `CLIENTS` were answered, by status, and how long each look at the server's health took."""
    statuses: Counter[str] = Counter()
    health: list[float] = []
    until = time.perf_counter() + seconds
    following = cycle(paths)

    async def client() -> None:
        connection = await asyncio.open_connection("127.0.0.1", port)
        with suppress(OSError, asyncio.IncompleteReadError):
            while time.perf_counter() < until:
                status = await answer(port, next(following), connection)
                statuses[str(status)] += 1
                if status == 503:
                    await asyncio.sleep(1)

    async def look() -> None:
        while time.perf_counter() < until:
            for path in ("/health/live", "/health/ready"):
                started = time.perf_counter()
                await answer(port, path)
                health.append(time.perf_counter() - started)
            await asyncio.sleep(0.25)

    tasks = [asyncio.create_task(one) for one in [look(), *(client() for _ in range(CLIENTS))]]
    await asyncio.wait(tasks, timeout=seconds + 1)
    for task in tasks:
        task.cancel()
    return statuses, health


def resident_mib(port: int) -> float:
    """Memory of the process that listens on a port."""
    found = subprocess.run(["pgrep", "-f", f"api.cli serve --port {port}"], capture_output=True, text=True).stdout
    return sum(
        int(line.split()[1]) / 1024
        for pid in found.split()
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("VmRSS")
    )


def whole_answers(store: GraphStore, port: int, seconds: float) -> tuple[int, int, int]:
    """How many answers readers got, how many were of two graphs, and how many loads there were."""
    versions = [batches_of(*chain_of_products(PRODUCTS, f"version-{number}")) for number in range(2)]
    until = time.perf_counter() + seconds
    counts: Counter[str] = Counter()

    async def read(http: httpx.AsyncClient) -> None:
        for path in cycle((f"/api/subgraph/product:{PRODUCTS // 2}?depth=4&limit=2000", "/api/search?q=product")):
            if time.perf_counter() > until:
                break
            found = (await http.get(path)).raise_for_status()
            counts["answers"] += 1
            counts["mixed"] += len(set(VERSION.findall(found.text))) > 1

    async def readers() -> None:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
            loads = asyncio.to_thread(swap)
            await asyncio.gather(loads, *(read(http) for _ in range(READERS)))

    def swap() -> None:
        while time.perf_counter() < until:
            number = counts["loads"]
            store.replace(versions[number % 2], f"run{number}")
            counts["loads"] += 1

    store.replace(versions[1], "first")
    asyncio.run(readers())
    return counts["answers"], counts["mixed"], counts["loads"]


def main() -> int:
    """Measure and print. The exit code is that of mixed answers: 0 where there was none."""
    seconds = float(sys.argv[1]) if sys.argv[1:] else 30.0
    print(machine())
    with tempfile.TemporaryDirectory(prefix="corridor-bench-") as folder:
        home = Path(folder)
        store = open_store(f"ladybug://{home}/graph.lbug")
        load(datasets_at([BUNDLED]), store, Settings(home))
        with serving(home) as port:
            for name, paths in asked_of(store).items():
                statuses, health = asyncio.run(many(port, paths, seconds))
                print(
                    f"{name}: {statuses['200'] / seconds:,.0f} answers/s to {CLIENTS} clients for {seconds:g} s, "
                    f"{dict(statuses)}; health {len(health)} times, median {median(health or [seconds]):.3f} s, "
                    f"longest {max(health, default=seconds):.3f} s; memory {resident_mib(port):,.0f} MiB"
                )
        with serving(home) as port:
            answers, mixed, loads = whole_answers(store, port, 2 * seconds)
            print(f"swaps: {mixed} of {answers} answers of two graphs, {loads} loads in {2 * seconds:g} s")
    return 1 if mixed else 0


if __name__ == "__main__":
    sys.exit(main())
