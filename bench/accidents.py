"""What accidents leave behind: loads with a decision that are killed at any moment, and answers while loads swap graphs.

`python -m bench.accidents [ROUNDS [SECONDS]]`, 1,000 rounds of kill -9 and 60 s of swaps on each engine by default. A
round forks a process that makes decisions and loads without end, kills it, and looks in another at what is there: one
whole graph of a load that was begun, its claims, each acknowledged decision once, at most the one under way besides.
"""

import asyncio
import multiprocessing
import os
import random
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, pairwise
from pathlib import Path

import httpx

from bench.run import machine
from bench.server import READERS, serving
from graph.ladybug_store import LadybugStore
from graph.open_store import open_store
from graph.store import GraphStore
from ingest.dataset import datasets_at
from ingest.decisions import Verdict, add_decisions, decision, only_if_done, read_decisions
from ingest.pipeline import Settings, load
from ingest.provenance import provenance_of, run_of
from tests.graphs import batches_of, chain_of_products
from tests.ingest.datasets import dataset
from tests.neo4j_server.server import running_server

ROOT = Path(__file__).parents[1]
FORKED = multiprocessing.get_context("fork")
SIZES = (200, 300)
PRODUCTS = 300
VERSION = re.compile(r"version-(\d+)")
_FIRST_SECONDS = 15.0


def versions(folder: Path) -> list[Path]:
    """Two data sets whose graphs differ in size."""
    found = []
    for size in SIZES:
        ids = [f"product:p{number}" for number in range(size)]
        made_of = [{"from_id": a, "to_id": b} for a, b in pairwise(ids)]
        found.append(dataset(folder / f"of{size}", products=[{"id": one} for one in ids], input_of=made_of))
    return found


def decide_and_load(folder: Path, first: int, told: int) -> None:
    """Load with one more decision, write its number down when that is done, and go on so until killed."""
    both, file = versions(folder), folder / "decisions.csv"
    store = LadybugStore(f"{folder}/graph.lbug", buffer_pool_mib=256)
    number = first
    while True:
        new = decision(
            Verdict.CORRECT, f"product:p{number % SIZES[0]}", property_="name_en", value=f"v{number}", who="bench",
            when="2024-01-01", why=str(number),
        )  # fmt: skip
        os.write(told, f"+{number}\n".encode())
        with only_if_done(file):
            add_decisions(file, [new])
            load(datasets_at([both[number % 2]]), store, Settings(folder / "home", file))
        os.write(told, f"={number}\n".encode())
        number += 1


def looked_at(folder: Path, begun: list[int], acknowledged: list[int]) -> None:
    """Raise `AssertionError` where what was left is not whole."""
    if not acknowledged and not (folder / "graph.lbug").exists():
        return
    store = LadybugStore(f"{folder}/graph.lbug", buffer_pool_mib=256)
    store.check()
    counts = store.counts()
    assert (counts["Product"], counts["INPUT_OF"]) in [(size, size - 1) for size in SIZES], counts
    assert provenance_of(run_of(folder / "home", store.run_id()), "product:p0").claims
    kept = [int(one.why) for one in read_decisions(folder / "decisions.csv")]
    assert len(kept) == len(set(kept)), "doubled"
    assert set(acknowledged) <= set(kept) <= set(acknowledged) | set(begun[-1:]), (acknowledged[-3:], kept[-3:])


def round_of(folder: Path, acknowledged: list[int], seconds: float) -> bool:
    """Whether all was whole after a process that loads was killed so many seconds after it had begun."""
    ours, theirs = os.pipe()
    first = (acknowledged[-1] + 2) if acknowledged else 0
    loader = FORKED.Process(target=decide_and_load, args=(folder, first, theirs))
    loader.start()
    os.close(theirs)
    time.sleep(seconds)
    os.kill(loader.pid or 0, signal.SIGKILL)
    loader.join()
    with os.fdopen(ours) as said:
        lines = said.read().split()
    begun = [int(line[1:]) for line in lines if line[0] == "+"]
    acknowledged += [int(line[1:]) for line in lines if line[0] == "="]
    looking = FORKED.Process(target=looked_at, args=(folder, begun, acknowledged))
    looking.start()
    looking.join()
    # One that was written down but not acknowledged stands there from now on.
    acknowledged[:] = [int(one.why) for one in read_decisions(folder / "decisions.csv")]
    return looking.exitcode == 0


def killed(rounds: int) -> Counter[str]:
    """How many rounds there were, how many of them left something that was not whole, and what was acknowledged."""
    chance = random.Random(rounds)
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="corridor-bench-") as name:
        folder = Path(name)
        acknowledged: list[int] = []
        first = _FIRST_SECONDS
        while not acknowledged:  # On a busy machine the first load takes long.
            round_of(folder, acknowledged, first)
            first *= 2
        longest = first / len(acknowledged)
        for _ in range(rounds):
            if len(acknowledged) > 200:  # A load takes longer, the more decisions there are.
                (folder / "decisions.csv").unlink()
                acknowledged = []
            before = len(acknowledged)
            found["not whole"] += not round_of(folder, acknowledged, chance.uniform(0, longest))
            found["rounds"] += 1
            found["decisions"] += max(len(acknowledged) - before, 0)
    return found


def whole_answers(store: GraphStore, port: int, seconds: float) -> tuple[int, int, int]:
    """How many answers readers got, how many were of two graphs, and how many loads there were."""
    versions = [batches_of(*chain_of_products(PRODUCTS, f"version-{number}")) for number in range(2)]
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
    until = time.perf_counter() + seconds
    asyncio.run(readers())
    return counts["answers"], counts["mixed"], counts["loads"]


@contextmanager
def graphs(home: Path) -> Iterator[tuple[str, str]]:
    """The addresses of a graph on each engine, of Neo4j on a server that lives as long."""
    (home / "neo4j").mkdir()
    with running_server(ROOT / ".cache" / "neo4j", home / "neo4j") as url:
        yield f"ladybug://{home}/graph.lbug", url


def main() -> int:
    """Measure and print. The exit code is 0 where nothing was left half, lost, doubled or mixed."""
    rounds, seconds = int(sys.argv[1]) if sys.argv[1:] else 1_000, float(sys.argv[2]) if sys.argv[2:] else 60.0
    print(machine())
    found = killed(rounds) if rounds else Counter[str]()
    print(
        f"kill -9: {found['rounds']:,} rounds, {found['decisions']:,} decisions; "
        f"{found['not whole']} left something half, lost or doubled"
    )
    wrong = found["not whole"]
    with tempfile.TemporaryDirectory(prefix="corridor-bench-") as name, graphs(Path(name)) as urls:
        for url in urls if seconds else ():
            store = open_store(url)
            with serving(Path(name), url) as (port, _):
                answers, mixed, loads = whole_answers(store, port, seconds)
            store.close()
            wrong += mixed
            print(
                f"swaps on {store.dialect}: {mixed} of {answers:,} answers of two graphs, {loads} loads in {seconds:g} s"
            )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
