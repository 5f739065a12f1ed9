"""The server under many clients: answers a second, how soon `/health/live` answers meanwhile, neighbourhoods beside a long
what-if, and whether memory and open files stay as they are over many requests.

`python -m bench.server [SECONDS [REQUESTS]]`, 30 s of each and 20,000 requests by default. The server is `corridor serve` in a process of its own on the bundled
dataset; the clients share the machine with it.
"""

import asyncio
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
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

CLIENTS, READERS = 200, 8


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
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
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


async def many(port: int, paths: Sequence[str], seconds: float, clients: int = CLIENTS) -> list[tuple[int, float]]:
    """What so many clients were answered, each asking again at once: status and time of each answer."""
    answers: list[tuple[int, float]] = []
    until = time.perf_counter() + seconds
    following = cycle(paths)

    async def client() -> None:
        connection = await asyncio.open_connection("127.0.0.1", port)
        with suppress(OSError, asyncio.IncompleteReadError):
            while (started := time.perf_counter()) < until:
                status = await answer(port, next(following), connection)
                answers.append((status, time.perf_counter() - started))
                if status == 503:
                    await asyncio.sleep(1)

    tasks = [asyncio.create_task(client()) for _ in range(clients)]
    await asyncio.wait(tasks, timeout=seconds + 1)
    for task in tasks:
        task.cancel()
    return answers


async def mixed(port: int, paths: Sequence[str], requests: int) -> int:
    """Ask for so many, eight at a time, each over a connection of its own; how many were answered."""
    left = iter(range(requests))
    following = cycle(paths)

    async def client() -> int:
        return sum([await answer(port, next(following)) < 500 for _ in left])

    return sum(await asyncio.gather(*(client() for _ in range(READERS))))


def until_ready(port: int) -> None:
    """Wait until the server says that it can answer: what is compiled is loaded while it starts."""
    while httpx.get(f"http://127.0.0.1:{port}/health/ready").status_code != 200:
        time.sleep(0.1)


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


def open_files(pid: int) -> int:
    """How many files and connections a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def measured(name: str, port: int, pid: int, paths: Sequence[str], seconds: float, clients: int) -> None:
    """Let clients ask, and print what they and those who look at the health meanwhile were answered."""
    until_ready(port)
    before = processor_seconds(pid)
    with ProcessPoolExecutor(1) as looking:
        looks = looking.submit(health, port, seconds)
        answers = asyncio.run(many(port, paths, seconds, clients))
        longest = max(looks.result())
    taken = sorted(seconds for status, seconds in answers if status == 200)
    if not taken:
        print(f"{name}, {clients} clients: no answer, {dict(Counter(status for status, _ in answers))}")
        return
    print(
        f"{name}, {clients} clients: {len(taken) / seconds:,.0f} answers/s, median {median(taken) * 1000:,.0f} ms, "
        f"p99 {taken[len(taken) * 99 // 100] * 1000:,.0f} ms, {(processor_seconds(pid) - before) / len(taken) * 1000:.1f} "
        f"ms of processor each, {dict(Counter(status for status, _ in answers))}; health at most {longest:.2f} s; "
        f"{resident_mib(pid):,.0f} MiB",
        flush=True,
    )


def flat(port: int, pid: int, paths: Sequence[str], requests: int) -> None:
    """Print memory and open files after a first part of many mixed requests, and after all."""
    asyncio.run(mixed(port, paths, requests // 5))
    before = resident_mib(pid), open_files(pid)
    answered = asyncio.run(mixed(port, paths, requests))
    print(
        f"{answered:,} of {requests:,} mixed requests answered: {before[0]:,.0f} → {resident_mib(pid):,.0f} MiB, "
        f"{before[1]} → {open_files(pid)} open files"
    )


def main() -> int:
    """Measure and print."""
    seconds = float(sys.argv[1]) if sys.argv[1:] else 30.0
    requests = int(sys.argv[2]) if sys.argv[2:] else 20_000
    print(machine())
    with tempfile.TemporaryDirectory(prefix="corridor-bench-") as folder:
        home = Path(folder)
        store = open_store(f"ladybug://{home}/graph.lbug")
        load(datasets_at([BUNDLED]), store, Settings(home))
        asked = asked_of(store)
        store.close()
        for name, paths in asked.items():
            with serving(home) as (port, pid):
                measured(name, port, pid, paths, seconds, CLIENTS)
        with serving(home) as (port, pid), ThreadPoolExecutor(1) as beside:
            # Names that differ: what was answered before is kept.
            cascades = [f"/api/ask/cascade?epsilon={number}e-6" for number in range(1, 1_000)]
            heavy = beside.submit(asyncio.run, many(port, cascades, seconds, 1))
            measured("neighbourhood beside a what-if", port, pid, asked["neighbourhood"], seconds, READERS)
            print(f"  what-ifs answered meanwhile: {Counter(status for status, _ in heavy.result())}")
        with serving(home) as (port, pid):
            light = [paths for name, paths in asked.items() if "heavy" not in name]
            each = [paths[number % len(paths)] for number in range(400) for paths in light]
            rest = ["/", "/review", "/nowhere", "/docs", "/subgraph/product:etcher", "/api/ask/gaps?limit=5"]
            flat(port, pid, [*each, *rest], requests)
    return 0


if __name__ == "__main__":
    sys.exit(main())
