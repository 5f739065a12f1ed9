"""Decisions that several people make at once: in the file exactly if they were acknowledged."""

import csv
import multiprocessing
import random
from dataclasses import replace
from pathlib import Path

import pytest

from graph.errors import CorridorError, UsageError
from ingest.decisions import Decision, Verdict, add_decisions, decision, only_if_done, read_decisions, withdraw

PEOPLE, EACH = 8, 6


def right(number: int) -> Decision:
    return decision(
        Verdict.CORRECT, f"product:p{number}", property_="name_en", value=f"v{number}", who="李", when="2024-01-01", why="查过"
    )  # fmt: skip


def subjects(file: Path) -> list[str]:
    return [one.subject for one in read_decisions(file)]


def test_what_is_decided_is_read_inside_and_written_when_all_is_done(tmp_path: Path) -> None:
    file = tmp_path / "decisions.csv"
    with only_if_done(file):
        add_decisions(file, [right(1)])
        assert (subjects(file), file.exists()) == (["product:p1"], False)
    assert subjects(file) == ["product:p1"]
    with pytest.raises(UsageError, match="'none'"), only_if_done(file):
        withdraw(file, "none", who="王", when="2024-01-02", why="错")
    with only_if_done(file):
        withdraw(file, right(1).id, who="王", when="2024-01-02", why="错")
        add_decisions(file, [right(2)])
    assert [(one.subject, one.withdrawn) for one in read_decisions(file)] == [
        ("product:p1", "王 2024-01-02: 错"),
        ("product:p2", ""),
    ]


RUN_BY_SPREADSHEETS = ("=1+1", "+1", "-1", "@a", "'", "'=1", "''", "plain", "李", "a=b")


def test_no_cell_of_the_file_is_run_by_a_spreadsheet_and_each_is_read_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "decisions.csv"
    said = [replace(right(n), value=text, why=text) for n, text in enumerate(RUN_BY_SPREADSHEETS)]
    add_decisions(file, said)
    with file.open(encoding="utf-8-sig", newline="") as opened:
        cells = [cell for row in csv.reader(opened) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert [(one.value, one.why) for one in read_decisions(file)] == [(one.value, one.why) for one in said]


def test_a_cell_that_somebody_wrote_by_hand_is_read_as_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "decisions.csv"
    add_decisions(file, [right(1)])
    file.write_text(file.read_text(encoding="utf-8").replace("v1", "=1").replace("查过", "'quoted'"), encoding="utf-8")
    assert [(one.value, one.why) for one in read_decisions(file)] == [("=1", "'quoted'")]


@pytest.mark.parametrize("failure", [CorridorError, KeyboardInterrupt, OSError, SystemExit])
def test_one_whose_load_fails_takes_back_its_own_only(tmp_path: Path, failure: type[BaseException]) -> None:
    file = tmp_path / "decisions.csv"
    with pytest.raises(failure), only_if_done(file):
        add_decisions(file, [right(1)])
        with only_if_done(file):
            add_decisions(file, [right(2)])
        raise failure("failed")
    assert subjects(file) == ["product:p2"]


def _person(file: Path, number: int, told: "multiprocessing.Queue[tuple[str, bool]]") -> None:
    chance = random.Random(number)
    for one in (right(number * EACH + n) for n in range(EACH)):
        fails = chance.random() < 0.4
        try:
            with only_if_done(file):
                add_decisions(file, [one])
                if fails:
                    raise CorridorError("failed")
            told.put((one.subject, True))
        except CorridorError:
            told.put((one.subject, False))


def test_of_48_at_once_none_is_lost_and_none_is_refused_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "decisions.csv"
    spawn = multiprocessing.get_context("fork")
    told = spawn.Queue()
    people = [spawn.Process(target=_person, args=(file, number, told)) for number in range(PEOPLE)]
    for person in people:
        person.start()
    said = dict(told.get(timeout=60) for _ in range(PEOPLE * EACH))
    for person in people:
        person.join()
    assert sorted(subjects(file)) == sorted(subject for subject, is_done in said.items() if is_done)
    assert 0 < len(subjects(file)) < len(said) == 48
