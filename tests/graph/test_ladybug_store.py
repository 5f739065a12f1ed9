"""What is particular to the embedded graph: files, processes, reloads."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import ladybug
import pytest

from graph.cypher import Query
from graph.durable import seal_file
from graph.errors import QueryRejected, StoreUnavailable, TooMuchMemory
from graph.open_store import open_store
from graph.store import Batch, GraphStore, Parameter
from tests.graphs import RUN_ID, batches_of, chain_of_products, graph_of

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
IDS = Query("ids", "MATCH (p:Product) RETURN p.id AS id ORDER BY id")
FEW = Query(
    "few",
    "MATCH (p:Product) WHERE size($ids) = 0 OR p.id IN $ids RETURN p.id AS id ORDER BY id LIMIT $limit",
    ("ids", "limit"),
)


def products(store: GraphStore) -> int:
    return len(store.fetch(IDS, {}))


def opened(path: Path) -> GraphStore:
    return open_store(f"ladybug://{path}", buffer_pool_mib=256)


def test_without_a_file_it_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="run corridor load or corridor demo"):
        opened(tmp_path / "none.lbug").counts()


def test_a_file_that_is_no_graph_is_neither_read_nor_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("my notes " * 1000)
    with pytest.raises(StoreUnavailable, match="no graph file"):
        opened(path).counts()
    with pytest.raises(StoreUnavailable, match="was not overwritten"):
        graph_of(opened(path), ["product:a"])
    assert path.read_text() == "my notes " * 1000


@pytest.mark.parametrize("place", ["a file/graph.lbug", "a folder"])
def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path, place: str) -> None:
    (tmp_path / "a file").write_text("x")
    (tmp_path / "a folder").mkdir()
    with pytest.raises(StoreUnavailable):
        opened(tmp_path / place).counts()
    with pytest.raises(StoreUnavailable, match="Cannot write "):
        graph_of(opened(tmp_path / place), ["product:a"])


def test_folders_are_made_and_odd_names_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "松江 区" / "graph[1].lbug"
    assert products(graph_of(opened(path), ["product:a"])) == 1
    with pytest.raises(QueryRejected):
        graph_of(opened(path), ["product:a"], [("INPUT_OF", "product:a", "product:none")])
    assert sorted(file.name for file in path.parent.iterdir()) == [path.name, f"{path.name}.lock"]


def test_in_memory_it_needs_a_load_first_and_then_answers_every_thread() -> None:
    store = open_store("ladybug://:memory:", buffer_pool_mib=256)
    with pytest.raises(StoreUnavailable, match="load a dataset first"):
        store.counts()
    graph_of(store, ["product:a"])
    graph_of(store, ["product:a", "product:b"])
    with pytest.raises(QueryRejected):
        graph_of(store, ["product:a"], [("INPUT_OF", "product:a", "product:none")])
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: products(store), range(20))) == [2] * 20


def test_a_reader_takes_up_a_new_file_by_itself(tmp_path: Path) -> None:
    reader, loader = opened(tmp_path / "graph.lbug"), opened(tmp_path / "graph.lbug")
    sizes = []
    for size in (1, 5, 3):
        graph_of(loader, *chain_of_products(size))
        sizes.append(products(reader))
    assert sizes == [1, 5, 3]


def test_a_reader_in_another_process_takes_up_a_new_file_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "graph.lbug"
    store = graph_of(opened(path), *chain_of_products(2))
    command = [sys.executable, "-m", "tests.graph.reader", f"ladybug://{path}"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdin and reader.stdout
        answers = []
        for size in (2, 7, 4):
            graph_of(store, *chain_of_products(size))
            reader.stdin.write("count\n")
            reader.stdin.flush()
            answers.append(reader.stdout.readline())
        reader.stdin.close()
    assert answers == ["2 1\n", "7 6\n", "4 3\n"]


@pytest.mark.parametrize(
    "record",
    [
        "CorridorLoad(run_id STRING PRIMARY KEY, loaded_at TIMESTAMP)",
        "CorridorLoad(run_id STRING PRIMARY KEY, loaded_at TIMESTAMP, day DATE)",
        "CorridorLoad(run_id STRING PRIMARY KEY, loaded_at TIMESTAMP, day DATE, schema STRING DEFAULT 'other')",
        "Another(id STRING PRIMARY KEY)",
    ],
)
def test_a_graph_of_another_version_is_said_to_be_one_and_can_be_loaded_over(tmp_path: Path, record: str) -> None:
    path = tmp_path / "graph.lbug"
    with ladybug.Database(str(path)) as database, ladybug.Connection(database) as connection:
        connection.execute(f"CREATE NODE TABLE {record}")
        connection.execute(f"CREATE (:{record.partition('(')[0]} {{{'id' if 'Another' in record else 'run_id'}: 'r'}})")
    seal_file(path)
    store = opened(path)
    for ask in (store.run_id, store.day, store.counts, lambda: products(store), lambda: list(store.tables())):
        with pytest.raises(StoreUnavailable, match=r"another version of the program; load the data again"):
            ask()
    assert products(graph_of(store, ["product:a"])) == 1


def test_too_little_memory_is_said_and_the_next_statement_is_answered(tmp_path: Path) -> None:
    store = graph_of(open_store(f"ladybug://{tmp_path}/g.lbug", buffer_pool_mib=64), ["product:a"])
    with pytest.raises(TooMuchMemory, match="CORRIDOR_BUFFER_POOL_MIB"):
        store.fetch(Query("large", "UNWIND range(1, 3000000) AS a RETURN collect(DISTINCT a) AS n"), {})
    assert products(store) == 1


@pytest.mark.parametrize(("query", "given"), [(IDS, {}), (FEW, {"ids": [], "limit": 5})])
def test_a_statement_is_planned_once_also_with_a_limit_and_an_empty_list(
    tmp_path: Path, query: Query, given: dict[str, Parameter]
) -> None:
    with graph_of(opened(tmp_path / "g.lbug"), *chain_of_products(5)).snapshot() as graph:
        ran = [graph._execute(query, given) for _ in range(5)]  # type: ignore[attr-defined]
        assert [len(list(one)) for one in ran] == [5] * 5
        assert len({one.get_compiling_time() for one in ran[1:]}) == 1


def test_sixteen_reloads_beside_threads_that_rest_on_old_files(tmp_path: Path) -> None:
    """Each thread keeps the file of its last statement open: with the engine's own address space the 15th fails."""
    store = opened(tmp_path / "graph.lbug")
    reloaded = threading.Barrier(2)
    done = threading.Event()

    def read_once_and_rest() -> int:
        found = products(store)
        reloaded.wait()
        done.wait()
        return found

    with ThreadPoolExecutor(40) as pool:
        resting = []
        for size in range(1, 17):
            graph_of(store, *chain_of_products(size))
            resting.append(pool.submit(read_once_and_rest))
            reloaded.wait()
        done.set()
        assert [thread.result() for thread in resting] == list(range(1, 17))


def test_a_second_load_at_the_same_time_is_refused_and_reading_goes_on(tmp_path: Path) -> None:
    store = graph_of(opened(tmp_path / "graph.lbug"), ["product:a"])
    loading, finish = threading.Event(), threading.Event()

    def slow() -> Iterator[Batch]:
        loading.set()
        finish.wait(30)
        yield from batches_of(["product:a", "product:b"])

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(store.replace, slow(), RUN_ID)
        assert loading.wait(30)
        with pytest.raises(StoreUnavailable, match="Another process is loading"):
            graph_of(opened(tmp_path / "graph.lbug"), ["product:c"])
        assert products(store) == 1
        finish.set()
        first.result()
    assert products(store) == 2


def test_a_second_load_in_another_process_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "graph.lbug"
    store = opened(path)
    command = [sys.executable, "-m", "tests.graph.loader", f"ladybug://{path}", "3", "x"]

    def attempt() -> Iterator[Batch]:
        yield from batches_of(["product:a"])
        other = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
        refused.append(other.stderr)

    refused: list[str] = []
    store.replace(attempt(), RUN_ID)
    assert "Another process is loading" in refused[0]
    assert products(store) == 1


def test_a_statement_beside_a_file_that_vanished_says_so(tmp_path: Path) -> None:
    path = tmp_path / "graph.lbug"
    store = graph_of(opened(path), ["product:a"])
    assert products(store) == 1
    path.unlink()
    with pytest.raises(StoreUnavailable):
        store.counts()


def test_a_closed_store_opens_again_at_its_next_statement(tmp_path: Path) -> None:
    store = graph_of(opened(tmp_path / "graph.lbug"), ["product:a"])
    store.close()
    assert products(store) == 1


def test_many_batches_of_one_type_are_the_same_graph_as_one(tmp_path: Path) -> None:
    whole = batches_of(*chain_of_products(6))
    parts = [Batch(b.kind, b.table.slice(start, 2), b.ends) for b in whole for start in range(0, b.table.num_rows, 2)]
    together, apart = opened(tmp_path / "one.lbug"), opened(tmp_path / "it's [a] * folder" / "parts?.lbug")
    together.replace(whole, RUN_ID)
    apart.replace(parts, RUN_ID)
    assert [(b.name, b.table) for b in apart.tables()] == [(b.name, b.table) for b in together.tables()]
    assert len(parts) > len(whole)
    assert [path.name for path in (tmp_path / "it's [a] * folder").iterdir()] == ["parts?.lbug", "parts?.lbug.lock"]


def test_statements_that_ran_hold_no_memory_for_ever(tmp_path: Path) -> None:
    store = graph_of(open_store(f"ladybug://{tmp_path}/g.lbug", buffer_pool_mib=160), *chain_of_products(30))
    for number in range(120):
        text = (
            f"MATCH (a:Product)-[:INPUT_OF]->(b:Product) WHERE a.id <> $id WITH a, count(DISTINCT b.id) AS n{number} "
            f"RETURN a.id AS id, n{number} AS n ORDER BY n, id"
        )
        assert len(store.fetch(Query(f"q{number}", text, ("id",)), {"id": ""})) == 29
    store.close()
