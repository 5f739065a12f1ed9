"""What is kept is whole and on the disk before it has its name, and damage is seen."""

import os
import random
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from graph.durable import SUMS, check_file, damaged, moved, seal_file, sealed_file, whole_file
from graph.errors import StoreUnavailable
from graph.open_store import open_store
from graph.store import GraphStore
from tests.graphs import chain_of_products, graph_of

Step = tuple[str, str]


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[Step]:
    """What is put onto the disk and what is renamed, in order; all of it is really done."""
    seen: list[Step] = []
    fsync, rename, replace = os.fsync, os.rename, os.replace

    def synced(number: int) -> None:
        seen.append(("fsync", Path(os.readlink(f"/proc/self/fd/{number}")).name))
        fsync(number)

    def renamed(real: Callable[[str, str], None]) -> Callable[[str, str], None]:
        def step(source: str, target: str) -> None:
            seen.append(("rename", Path(target).name))
            real(source, target)

        return step

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "rename", renamed(rename))
    monkeypatch.setattr(os, "replace", renamed(replace))
    return seen


def test_a_file_is_on_the_disk_before_and_its_folder_after_it_takes_its_place(
    tmp_path: Path, steps: list[Step]
) -> None:
    target = tmp_path / "kept" / "a.csv"
    for content in (b"one", b"two"):
        with whole_file(target) as file:
            file.write(content)
        target.chmod(0o640)
    once = [("fsync", "a.csv.writing"), ("rename", "a.csv"), ("fsync", "kept")]
    assert steps == [*once, *once]
    assert (target.read_bytes(), stat.S_IMODE(target.stat().st_mode)) == (b"two", 0o640)


def built(folder: Path, content: str = "甲") -> Path:
    (folder / "inner").mkdir(parents=True)
    (folder / "a.json").write_text(content, encoding="utf-8")
    (folder / "inner" / "b.bin").write_bytes(b"0123456789" * 100)
    return folder


def test_a_folder_is_on_the_disk_with_all_in_it_before_it_takes_its_place(tmp_path: Path, steps: list[Step]) -> None:
    moved(built(tmp_path / "new", "old"), tmp_path / "place")
    steps.clear()
    moved(built(tmp_path / "new"), tmp_path / "place")
    at = steps.index(("rename", "place"))
    assert {("fsync", name) for name in ("a.json", "b.bin", "inner", "new", SUMS)} <= set(steps[:at])
    assert ("fsync", tmp_path.name) in steps[at:]
    assert ((tmp_path / "place" / "a.json").read_text(), os.listdir(tmp_path)) == ("甲", ["place"])
    assert damaged(tmp_path / "place") is None


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("a.json", lambda content: b""),
        ("inner/b.bin", lambda content: content[:-1]),
        ("inner/b.bin", lambda content: content[:50] + b"x" + content[51:]),
        ("inner/b.bin", lambda content: None),
        (SUMS, lambda content: b""),
        (SUMS, lambda content: b"\xff"),
        (SUMS, lambda content: None),
        (SUMS, lambda content: content.splitlines(keepends=True)[0]),
        (SUMS, lambda content: content[:10] + b"x" + content[11:]),
    ],
)
def test_a_file_that_is_not_what_it_was_is_named(
    tmp_path: Path, file: str, change: Callable[[bytes], bytes | None]
) -> None:
    moved(built(tmp_path / "new"), tmp_path / "place")
    path = tmp_path / "place" / file
    new = change(path.read_bytes())
    path.unlink()
    if new is not None:
        path.write_bytes(new)
    assert damaged(tmp_path / "place") in {file, SUMS, "a.json", "inner/b.bin"}
    if file != SUMS:
        with pytest.raises(StoreUnavailable, match=f"{file} is damaged or gone; load again"):
            sealed_file(tmp_path / "place", file)


def test_any_flipped_bit_of_a_sealed_file_is_found_and_any_cut_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "g"
    path.write_bytes(random.Random(1).randbytes(3 << 20))
    seal_file(path)
    check_file(path, whole=False)
    check_file(path, whole=True)
    whole, time = path.read_bytes(), path.stat().st_mtime_ns
    chance = random.Random(2)
    for at in [0, len(whole) - 1, len(whole) - 4096, *(chance.randrange(len(whole)) for _ in range(30))]:
        with path.open("r+b") as file:
            file.seek(at)
            file.write(bytes([whole[at] ^ 1 << chance.randrange(8)]))
        os.utime(path, ns=(time, time))  # As a disk does it, which sets no time.
        with pytest.raises(StoreUnavailable, match="load again"):
            check_file(path, whole=True)
        path.write_bytes(whole)
    check_file(path, whole=False)  # Written anew with the same bytes, as a copy is.
    for length in (0, 1, 4095, 4096, len(whole) - 4096, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(StoreUnavailable, match="cut"):
            check_file(path, whole=False)


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """A graph of 30 products."""
    graph_of(opened(tmp_path / "graph.lbug"), *chain_of_products(30))
    return tmp_path / "graph.lbug"


def opened(path: Path) -> GraphStore:
    return open_store(f"ladybug://{path}", buffer_pool_mib=256)


def test_a_graph_that_is_cut_or_written_to_while_it_serves_is_answered_from_no_more(graph: Path) -> None:
    store, whole = opened(graph), graph.read_bytes()
    assert store.counts()["Product"] == 30
    for content in (
        whole[: len(whole) // 2],
        whole[:20_000] + b"x" + whole[20_001:],
        whole[: -4096 + 100],
        whole[:100],
    ):
        graph.write_bytes(content)
        with pytest.raises(StoreUnavailable, match="corridor load"):
            store.counts()
    graph.write_bytes(whole)
    assert store.counts()["Product"] == 30


def test_flipped_bits_that_set_no_time_are_found_where_the_check_is_asked_for(graph: Path) -> None:
    store, time, chance = opened(graph), graph.stat().st_mtime_ns, random.Random(3)
    store.check()
    whole = graph.read_bytes()
    for _ in range(20):
        at = chance.randrange(len(whole))
        graph.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :])
        os.utime(graph, ns=(time, time))
        with pytest.raises(StoreUnavailable, match="load again"):
            store.check()


@pytest.mark.parametrize("at", [0, 5_000, -1])
def test_a_damaged_graph_is_replaced_by_the_next_load(graph: Path, at: int) -> None:
    content = bytearray(graph.read_bytes())
    content[at] ^= 255
    graph.write_bytes(content)
    store = graph_of(opened(graph), ["product:a"])
    store.check()
    assert store.counts()["Product"] == 1


def test_the_graphs_file_is_on_the_disk_before_and_its_folder_after_it_takes_its_place(
    tmp_path: Path, steps: list[Step]
) -> None:
    graph_of(opened(tmp_path / "graph.lbug"), ["product:a"])
    assert steps[-3:] == [("fsync", "graph.lbug.building"), ("rename", "graph.lbug"), ("fsync", tmp_path.name)]


@pytest.mark.parametrize("what", ["fifo", "device", "loop"])
def test_a_place_of_a_graph_where_something_else_stands_is_not_opened(tmp_path: Path, what: str) -> None:
    place = tmp_path / "graph.lbug"
    if what == "fifo":
        os.mkfifo(place)
    else:
        place.symlink_to(place if what == "loop" else "/dev/zero")
    with pytest.raises(StoreUnavailable):
        opened(place).counts()


@pytest.mark.parametrize("name", ["SHA256SUMS", "a"])
def test_a_sealed_folder_in_which_a_fifo_stands_is_damaged(tmp_path: Path, name: str) -> None:
    (tmp_path / "building").mkdir()
    (tmp_path / "building" / "a").write_bytes(b"a")
    moved(tmp_path / "building", tmp_path / "done")
    (tmp_path / "done" / name).unlink()
    os.mkfifo(tmp_path / "done" / name)
    assert damaged(tmp_path / "done") == name
