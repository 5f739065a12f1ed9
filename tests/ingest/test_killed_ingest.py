"""kill -9 anywhere in a load leaves the old graph serving and its claims at hand; the next load is as if nothing was."""

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from graph.difference import difference, total
from graph.errors import StoreUnavailable
from graph.open_store import open_store
from graph.store import GraphStore
from graph.texts import Text
from ingest.dataset import datasets_at
from ingest.pipeline import Checked, Settings, checked, load
from ingest.provenance import provenance_of, run_of
from tests.ingest.datasets import account, dataset

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
A, B = {"id": "product:a"}, {"id": "product:b"}
ROWS = 1_500


def loaded(folder: Path, store: GraphStore, home: Path) -> Checked:
    return load(datasets_at([folder]), store, Settings(home))


def opened(folder: Path, name: str = "graph.lbug") -> GraphStore:
    return open_store(f"ladybug://{folder / name}", buffer_pool_mib=256)


def unchanged(result: Checked) -> dict[str, bool]:
    return {table.file: table.is_unchanged for table in result.report.tables}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[GraphStore]:
    result = opened(tmp_path)
    yield result
    result.close()


def test_a_file_that_has_not_changed_is_not_read_again(store: GraphStore, tmp_path: Path) -> None:
    folder = dataset(tmp_path / "d", products=[A, B], input_of=[{"from_id": "product:a", "to_id": "product:b"}])
    first = loaded(folder, store, tmp_path / "home")
    dates = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "home" / "parts").iterdir()}
    dataset(folder, products=[A, {**B, "name_zh": "乙"}])

    second = loaded(folder, store, tmp_path / "home")

    assert unchanged(first) == {"products.csv": False, "sources.csv": False, "input_of.csv": False}
    assert unchanged(second) == {"products.csv": False, "sources.csv": True, "input_of.csv": True}
    after = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "home" / "parts").iterdir()}
    assert (len(dates), len(after), dates.items() <= after.items()) == (3, 4, True)
    assert (second.report.read, second.report.loaded) == (4, 4)


def test_a_second_load_with_the_same_home_is_refused_while_one_is_under_way(store: GraphStore, tmp_path: Path) -> None:
    folder = dataset(tmp_path / "d", products=[A])
    refusals: list[str] = []

    def meanwhile(doing: Text | str, done: int, total: int) -> None:
        if not refusals:
            with pytest.raises(StoreUnavailable) as refused:
                loaded(folder, opened(tmp_path, "other.lbug"), tmp_path / "home")
            refusals.append(str(refused.value))

    load(datasets_at([folder]), store, Settings(tmp_path / "home"), meanwhile)

    home = tmp_path / "home"
    assert refusals == [f"Another process is loading with {home}; wait until it has ended."]
    assert store.counts()["Product"] == 1
    assert not (tmp_path / "other.lbug").exists()


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def _flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 16
    path.write_bytes(content)


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


DAMAGES = (_emptied, _cut, _flipped, Path.unlink)
CLAIMS = "00-Product.parquet"
KEPT = ("part.json", CLAIMS, "problems.parquet", "SHA256SUMS")


# Each damage to the claims; of each other file that it is gone, and one damage.
@pytest.mark.parametrize(
    ("file", "damage"),
    [(file, damage) for file, own in zip(KEPT, DAMAGES, strict=True) for damage in DAMAGES
     if file == CLAIMS or damage in (own, Path.unlink)],
)  # fmt: skip
def test_what_is_kept_of_a_table_and_cannot_be_read_is_read_anew_and_said(
    tmp_path: Path, file: str, damage: Callable[[Path], object]
) -> None:
    home = tmp_path / "home"
    folder = dataset(tmp_path / "d", products=[A, B])
    first = checked(datasets_at([folder]), Settings(home))
    (table,) = [path.parent for path in home.glob("parts/*/00-Product.parquet")]
    damage(table / file)

    again = checked(datasets_at([folder]), Settings(home))
    after = checked(datasets_at([folder]), Settings(home))

    assert unchanged(again) == {"products.csv": False, "sources.csv": True}
    assert [Path(one).parent for one in again.report.damaged] == [table]
    assert (unchanged(after), after.report.damaged) == ({"products.csv": True, "sources.csv": True}, [])
    assert (again.run_id, account(again)) == (first.run_id, account(first))


def test_runs_whose_lists_are_empty_files_keep_no_load_from_its_work(store: GraphStore, tmp_path: Path) -> None:
    home = tmp_path / "home"
    for names in ([A], [A, B]):
        loaded(dataset(tmp_path / "d", products=names), store, home)
    for manifest in home.glob("runs/*/manifest.json"):
        manifest.write_bytes(b"")

    with pytest.raises(StoreUnavailable, match=r"manifest\.json is damaged or gone; load again"):
        provenance_of(run_of(home, store.run_id()), "product:a")
    again = loaded(tmp_path / "d", store, home)

    assert again.report.loaded == 3
    assert provenance_of(run_of(home, store.run_id()), "product:a").claims


@pytest.mark.parametrize("file", ["runs/*/merges.parquet", "runs/*/entities.parquet", "parts/*/00-Product.parquet"])
@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b""), _flipped, Path.unlink])
def test_a_run_that_is_damaged_explains_nothing_and_says_which_file(
    tmp_path: Path, file: str, damage: Callable[[Path], object]
) -> None:
    home = tmp_path / "home"
    run_id = checked(datasets_at([dataset(tmp_path / "d", products=[A])]), Settings(home)).run_id
    (path,) = home.glob(file)
    damage(path)

    with pytest.raises(StoreUnavailable, match=f"{path} is damaged or gone; load again"):
        provenance_of(run_of(home, run_id), "product:a")


def test_what_a_killed_load_left_behind_goes_with_the_next_and_old_runs_too(store: GraphStore, tmp_path: Path) -> None:
    home = tmp_path / "home"
    for left in ("parts/0123.abc", "runs/0123.building/graph"):
        (home / left).mkdir(parents=True)
    for number in range(7):
        result = loaded(dataset(tmp_path / "d", products=[{**A, "name_zh": f"第{number}"}]), store, home)

    assert len(list((home / "runs").iterdir())) == 5
    assert all((run / "manifest.json").is_file() for run in (home / "runs").iterdir())
    assert all((part / "part.json").is_file() for part in (home / "parts").iterdir())
    assert provenance_of(run_of(home, result.run_id), "product:a").claims[0].values[0].value == "第6"


@pytest.mark.parametrize("seed", [20_240_101])
def test_a_load_that_is_killed_anywhere_damages_nothing(tmp_path: Path, seed: int) -> None:
    home = tmp_path / "home"
    old = dataset(tmp_path / "old", products=[A, B], input_of=[{"from_id": "product:a", "to_id": "product:b"}])
    new = _large(tmp_path / "new")
    undisturbed = opened(tmp_path, "undisturbed.lbug")
    expected = loaded(new, undisturbed, tmp_path / "other")
    store = opened(tmp_path)
    old_run = loaded(old, store, home).run_id
    whole = _seconds_of_a_load(new, tmp_path)
    delays, seen = random.Random(seed), []

    for _ in range(4):
        _load_and_kill(new, tmp_path, home, delays.uniform(0, whole))
        run_id = store.run_id()
        seen.append(run_id)
        assert run_id in (old_run, expected.run_id)
        assert store.counts()["Product"] == (2 if run_id == old_run else ROWS)
        assert provenance_of(run_of(home, run_id), "product:a").claims
        if run_id != old_run:
            loaded(old, store, home)
    result = loaded(new, store, home)

    print(f"{seen.count(old_run)} of {len(seen)} were killed before the new graph was in place, seed {seed}")
    assert old_run in seen
    assert result.run_id == expected.run_id
    changes = total(difference(list(undisturbed.tables()), list(store.tables())))
    assert (changes.added, changes.changed, changes.removed) == (0, 0, 0)
    assert all((run / "manifest.json").is_file() for run in (home / "runs").iterdir())
    assert all((part / "part.json").is_file() for part in (home / "parts").iterdir())
    store.close()
    undisturbed.close()


def _large(folder: Path) -> Path:
    ids = ["product:a", *(f"product:p{number}" for number in range(1, ROWS))]
    nodes = "".join(f"{one},第{number},source:s,2020-01-01\n" for number, one in enumerate(ids))
    edges = "".join(f"{a},{b},source:s,2020-01-01,verified\n" for a, b in pairwise(ids))
    return dataset(
        folder,
        products=f"id,name_zh,source_ids,as_of\n{nodes}",
        input_of=f"from_id,to_id,source_ids,as_of,status\n{edges}",
    )


def _loading(folder: Path, store: Path, home: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.ingest.loader", str(folder), f"ladybug://{store}", str(home)]
    loader = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert loader.stdout
    assert loader.stdout.readline() == "ready\n"
    return loader


def _seconds_of_a_load(folder: Path, place: Path) -> float:
    with _loading(folder, place / "timed.lbug", place / "timed") as loader:
        started = time.perf_counter()
        assert loader.stdout
        assert loader.stdout.readline() == "done\n"
        return time.perf_counter() - started


def _load_and_kill(folder: Path, place: Path, home: Path, after_seconds: float) -> None:
    with _loading(folder, place / "graph.lbug", home) as loader:
        time.sleep(after_seconds)
        loader.kill()
