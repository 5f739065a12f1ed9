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
from concurrent.futures import ProcessPoolExecutor
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
        "neighbourhood": [f"/api/subgraph/{row['id']}" for row in products],
        "one neighbourhood": [f"/api/subgraph/{products[0]['id']}?depth=2"],
        "neighbourhood, two steps": [f"/api/subgraph/{row['id']}?depth=2" for row in products],
        "gaps, heavy": [f"/api/ask/gaps?limit={n}" for n in range(1, 400)],
    }


@contextmanager
def serving(home: Path, store: str = "") -> Iterator[tuple[int, int]]:
    """The port and the process of a server of its own on the graph in a folder, or at another address."""
    url = store or f"ladybug://{home}/graph.lbug"
    environment = os.environ | {"CORRIDOR_STORE": url, "CORRIDOR_HOME": str(home)}
    port = 8391
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as server:
        while True:
            with suppress(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{port}/health/live")
                break
            time.sleep(0.1)
        try:
            yield port, server.pid
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


async def many(port: int, paths: Sequence[str], seconds: float) -> Counter[str]:
    """What `CLIENTS` were answered, by status."""
    statuses: Counter[str] = Counter()
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

    tasks = [asyncio.create_task(client()) for _ in range(CLIENTS)]
    await asyncio.wait(tasks, timeout=seconds + 1)
    for task in tasks:
        task.cancel()
    return statuses


def health(port: int, seconds: float) -> list[float]:
    """How long each look at the server's health took, in a process of its own."""
    taken = []
    until = time.perf_counter() + seconds
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=seconds) as http:
        while time.perf_counter() < until:
            for path in ("/health/live", "/health/ready"):
                started = time.perf_counter()
                http.get(path).raise_for_status()
                taken.append(time.perf_counter() - started)
            time.sleep(0.25)
    return taken


def resident_mib(pid: int) -> float:
    """Memory of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def processor_seconds(pid: int) -> float:
    """Processor time that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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
        with serving(home) as (port, pid), ProcessPoolExecutor(1) as looking:
            for name, paths in asked_of(store).items():
                before = processor_seconds(pid)
                looks = looking.submit(health, port, seconds)
                statuses = asyncio.run(many(port, paths, seconds))
                taken = looks.result()
                each_ms = (processor_seconds(pid) - before) / max(statuses["200"], 1) * 1000
                print(
                    f"{name}: {statuses['200'] / seconds:,.0f} answers/s to {CLIENTS} clients for {seconds:g} s, "
                    f"{dict(statuses)}; health {len(taken)} times, median {median(taken):.3f} s, "
                    f"longest {max(taken):.3f} s; {each_ms:.1f} ms of processor an answer, "
                    f"memory {resident_mib(pid):,.0f} MiB"
                )
        with serving(home) as (port, _):
            answers, mixed, loads = whole_answers(store, port, 2 * seconds)
            print(f"swaps: {mixed} of {answers} answers of two graphs, {loads} loads in {2 * seconds:g} s")
    return 1 if mixed else 0


if __name__ == "__main__":
    sys.exit(main())
