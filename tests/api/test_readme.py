"""The README says what is so: its derived parts, its commands, its questions."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import commands
from api.readme import README, sections, with_sections
from ingest.dataset import BUNDLED
from queries.registry import questions

TEXT = README.read_text(encoding="utf-8")
COMMANDS = [line.partition("  #")[0] for line in re.findall(r"^\$ corridor (.*)$", TEXT, re.M)]


@pytest.mark.slow
def test_the_derived_parts_are_up_to_date() -> None:
    assert with_sections(TEXT, sections()) == TEXT


@pytest.mark.slow
@pytest.mark.parametrize("command", [c for c in COMMANDS if not c.startswith("serve")])
def test_a_command_of_the_readme_runs(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(commands, ["load", str(BUNDLED)]).exit_code == 0
    ran = CliRunner().invoke(commands, shlex.split(command.replace("DATASET", str(BUNDLED))))
    assert (ran.exit_code, ran.exception) == (0, None)


def test_every_question_is_named() -> None:
    assert [q.name for q in questions() if f"`{q.name}` {q.zh}" not in TEXT] == []


def test_both_commands_stand_first() -> None:
    assert re.findall(r"^\$ (make .*)$", TEXT, re.M)[:2] == ["make demo", "make test"]
