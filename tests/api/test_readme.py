"""The README says what is so: its derived parts, its commands, its questions."""

import re
import shlex
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import commands
from graph.ontology import DERIVED_EDGE_TYPES, DERIVED_NODE_TYPES, NODE_TYPES, EdgeType, NodeType
from graph.store import GraphStore
from graph.texts import Language
from queries.registry import questions
from tests.ingest.datasets import dataset
from tests.readme import README, derived_dictionary, sections, with_sections

TEXT = README.read_text(encoding="utf-8")
COMMANDS = [line.partition("  #")[0] for line in re.findall(r"^\$ corridor (.*)$", TEXT, re.M)]


@pytest.mark.slow
def test_the_derived_parts_are_up_to_date(bundled: GraphStore) -> None:
    assert with_sections(TEXT, sections(bundled)) == TEXT


@pytest.mark.slow
@pytest.mark.parametrize("command", [c for c in COMMANDS if not c.startswith("serve")])
def test_a_command_of_the_readme_runs(
    command: str, bundled_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(bundled_home, bundled_home.name)
    given = shlex.split(command.replace("DATASET", str(dataset(tmp_path / "dataset", products=[{"id": "product:a"}]))))
    with ThreadPoolExecutor(1) as apart:  # Tests in a browser leave a loop in the thread that ran them.
        ran = apart.submit(CliRunner().invoke, commands, given).result()
    assert (ran.exit_code, ran.exception) == (0, None)


def test_what_a_load_derives_has_a_section_of_its_own_that_says_what_to_expect() -> None:
    section = TEXT.partition("<!-- derived -->")[2].partition("<!-- /derived -->")[0]
    assert section.strip() == derived_dictionary()
    assert "Derived at load, private to answers" in section
    assert "Edits by hand\nin Neo4j leave them stale until the next load." in section
    kinds: list[NodeType | EdgeType] = [*DERIVED_NODE_TYPES, *DERIVED_EDGE_TYPES]
    for kind in kinds:
        assert f"`{kind.name}`" in section
        assert all(f"`{prop.name}`" in section and prop.doc in section for prop in kind.stored)
    for node_type in NODE_TYPES:
        assert all(f"`{node_type.label}.{p.name}`" in section and p.doc in section for p in node_type.derived)
    dictionary = TEXT.partition("<!-- data-dictionary -->")[2].partition("<!-- /data-dictionary -->")[0]
    named = [f"`{prop.name}`" for node_type in NODE_TYPES for prop in node_type.derived]
    assert [name for name in (*named, "`CAN_SUPPLY`", "`IN_AREA`", "`Area`") if name in dictionary] == []


def test_every_question_is_named() -> None:
    assert [q.name for q in questions() if f"`{q.name}` {q.title.in_(Language.ZH)}" not in TEXT] == []


def test_both_commands_stand_first() -> None:
    assert re.findall(r"^\$ (make .*)$", TEXT, re.M)[:2] == ["make demo", "make test"]
