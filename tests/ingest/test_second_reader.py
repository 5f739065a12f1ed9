"""A large dataset is read by two processes: with the result, and with the error, that one process gives."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from graph.errors import MappingError
from ingest.dataset import Part, datasets_at, parts
from ingest.parts import kept
from ingest.pipeline import Settings, checked
from ingest.second_reader import second_reader
from tests.ingest.datasets import dataset, problems

ROOT = Path(__file__).parents[2]
MAPPING = """
name: two
source: source:s
as_of: 2020-09-30
sources: [{id: "source:s", name_zh: 名录, kind: register}]
tables:
  - {file: goods.csv, nodes: [{type: Product, id: name, set: {name_zh: name}}]}
  - {file: more.csv, nodes: [{type: Product, id: COLUMN, set: {name_zh: name}}]}
"""
FEW, MANY = 100, 600


def two_large_tables(folder: Path, *, column: str = "name") -> Path:
    """goods.csv with 100 rows and more.csv with 600, of 4 and of 5 MB; the second mapping's id is in a column of a name."""
    folder.mkdir()
    for name, rows, size in (("goods", FEW, 40_000), ("more", MANY, 8_000)):
        lines = "".join(f"{name}{n},{'x' * size}\n" for n in range(rows))
        (folder / f"{name}.csv").write_text(f"name,note\n{lines}甲,有,三\n", encoding="utf-8")
    (folder / "two.yaml").write_text(MAPPING.replace("COLUMN", column), encoding="utf-8")
    return folder


def parts_of(folder: Path) -> list[Part]:
    return parts(datasets_at([folder], [str(folder / "two.yaml")])[0])


def test_the_second_process_leaves_what_one_process_would(tmp_path: Path) -> None:
    goods, more = parts_of(two_large_tables(tmp_path / "d"))
    told: list[tuple[int, int]] = []

    with second_reader([goods, more], tmp_path / "parts") as second:
        shared = [second.reads(goods), second.reads(more)]
        here = [
            second.kept(part, tmp_path / "parts", lambda done, size: told.append((done, size)))
            for part in (goods, more)
        ]
        again = second.kept(goods, tmp_path / "parts", lambda done, size: None)

    alone = [kept(part, tmp_path / "alone") for part in (goods, more)]
    assert shared == [True, False]
    assert [(one.report.rows, one.is_old) for one in here] == [(FEW, False), (MANY, False)]
    assert again.is_old
    assert told
    for one, other in zip(here, alone, strict=True):
        for (_, path), (_, same) in zip(one.claims(), other.claims(), strict=True):
            assert pq.read_table(path).equals(pq.read_table(same))
        assert one.problems().equals(other.problems())


def test_a_small_dataset_is_read_by_one_process(tmp_path: Path) -> None:
    (dataset_,) = datasets_at([dataset(tmp_path / "d", products=[{"id": "product:a"}])])

    with second_reader(parts(dataset_), tmp_path / "parts") as second:
        assert not any(map(second.reads, parts(dataset_)))


def test_a_load_by_two_processes_accounts_for_each_row(tmp_path: Path) -> None:
    folder = two_large_tables(tmp_path / "d")
    datasets = datasets_at([folder], [str(folder / "two.yaml")])

    first = checked(datasets, Settings(tmp_path / "home"))
    second = checked(datasets, Settings(tmp_path / "home"))

    assert [(table.file, table.rows, table.is_unchanged) for table in first.report.tables] == [
        ("goods.csv", FEW + 1, False),
        ("more.csv", MANY + 1, False),
    ]
    assert all(table.is_unchanged for table in second.report.tables)
    assert [problem[:2] for problem in problems(first)] == [("goods.csv", FEW + 2), ("more.csv", MANY + 2)]


def test_what_the_second_process_cannot_read_is_refused_as_by_one(tmp_path: Path) -> None:
    folder = two_large_tables(tmp_path / "d", column="nome")
    with (folder / "goods.csv").open("a", encoding="utf-8") as file:
        file.write(f"z,{'x' * 6_000_000}\n")  # So that more.csv is the smaller half.

    with pytest.raises(MappingError) as refused:
        checked(datasets_at([folder], [str(folder / "two.yaml")]), Settings(tmp_path / "home"))

    assert "more.csv: 没有列 'nome'" in str(refused.value)
    assert [path.name for path in (tmp_path / "home" / "parts").iterdir() if "." in path.name] == []


KILLED = """
import os, signal, sys
from pathlib import Path
from ingest.second_reader import second_reader
from tests.ingest.test_second_reader import parts_of

with second_reader(parts_of(Path(sys.argv[1])), Path(sys.argv[2])) as second:
    print(second._process.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_second_process_ends_when_the_first_is_killed(tmp_path: Path) -> None:
    folder = two_large_tables(tmp_path / "d")

    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), str(tmp_path / "parts")], cwd=ROOT, capture_output=True, check=False
    )

    until = time.monotonic() + 20
    while is_alive(int(done.stdout)):
        assert time.monotonic() < until
        time.sleep(0.05)


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat")
        return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
