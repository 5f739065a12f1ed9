"""Rule files: numbers with their documents, versions by name, mistakes with file and line."""

from datetime import date
from pathlib import Path

import pytest

from graph.errors import RuleError, UnknownName
from graph.rules import Figure, RuleFile, read_rules, rule_files


class Rent(RuleFile):
    """A small kind of rule for the tests."""

    share: Figure
    classes: dict[str, Figure] = {}  # noqa: RUF012
    steps: list[Figure] = []  # noqa: RUF012


_HEAD = "zh: 租金\nen: rent\nsource: 某局〔2020〕1号\n"


def _write(folder: Path, text: str, name: str = "rent-a.yaml") -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(_HEAD + text, encoding="utf-8")


def test_numbers_keep_their_source_and_those_without_one_are_listed(tmp_path: Path) -> None:
    _write(
        tmp_path,
        "valid_from: 2020-05-07\nshare: {value: 0.5, status: sourced, source: art. 3}\n"
        "classes:\n  top: {value: 0.3, status: assumption}\nsteps:\n- {value: 3, unit: year, status: assumption}\n",
    )
    rules = read_rules("rent", "a", Rent, tmp_path)
    assert [(path, figure.value) for path, figure in rules.figures()] == [
        ("share", 0.5),
        ("classes.top", 0.3),
        ("steps.1", 3),
    ]
    assert rules.unsourced() == ["classes.top", "steps.1"]
    assert rules.holds_on(date(2020, 5, 7)) and not rules.holds_on(date(2020, 5, 6))


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("share: {value: 0.5, status: sourced}\n", 4, "names no source"),
        ("share: {value: 0.5}\n", 4, "status"),
        ("share: {value: much, status: assumption}\n", 4, "share.value"),
        ("share:\n  value: .nan\n  status: assumption\n", 5, "nan"),
        ("share: {value: 1, status: assumption}\nwieght: 3\n", 5, "wieght"),
        ("share: {value: 1, status: assumption}\nvalid_from: 2021-01-01\nvalid_to: 2020-01-01\n", 6, "2021-01-01"),
        ("share: {value: 1, status: assumption}\nvalid_from: 2021\n", 5, "valid_from: it has to be a day"),
        ("share: {value: 1, status: assumption}\nvalid_to: 1700000000\n", 5, "valid_to: it has to be a day"),
        ("share: {value: 1, status: assumption}\nissued_on: 20210101\n", 5, "issued_on: it has to be a day"),
        ("share: {value: 1, status: assumption, valid_from: 86400}\n", 4, "valid_from: it has to be a day"),
        ("share: {value: 1, status: assumption}\nvalid_from: 2021-01-01T00:00:00\n", 5, "valid_from"),
        ("share: {value: yes, status: assumption}\n", 4, "share.value: it has to be a number"),
        ("share: {value: 1, status: assumption}\nshare: {value: 2, status: assumption}\n", 5, "share"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, line: int, why: str) -> None:
    _write(tmp_path, text)
    with pytest.raises(RuleError) as error:
        read_rules("rent", "a", Rent, tmp_path)
    assert f"rent-a.yaml:{line}" in str(error.value) and why in str(error.value)


def test_a_name_that_is_no_file_proposes_the_nearest(tmp_path: Path) -> None:
    _write(tmp_path, "share: {value: 1, status: assumption}\n", "rent-shengzhou.yaml")
    with pytest.raises(UnknownName) as error:
        read_rules("rent", "../rent-shengzhou", Rent, tmp_path)
    assert [*error.value.near] == ["shengzhou"]
    assert [found.name for found in rule_files("rent", tmp_path)] == ["shengzhou"]
    assert rule_files("rent", tmp_path / "absent") == []
