"""Sections of .cypher files: the text finds, a row type says what comes back."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from enum import Enum
from functools import cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple, TypeVar

import pyarrow as pa

from graph.cypher import Query, read_queries, returned_columns
from graph.errors import CypherError
from graph.store import Cell, Parameter
from queries.reader import Reader

R = TypeVar("R", bound=NamedTuple)
_OF_EACH = re.compile(r"UNWIND \$(\w+) AS\b")
"""How the text of a section begins that goes through a list one by one."""


class Sections:
    """The sections of the .cypher file beside a module."""

    def __init__(self, module_file: str) -> None:
        self.path = Path(module_file).with_suffix(".cypher")

    def rows(self, name: str, row_type: type[R]) -> Callable[..., list[R]]:
        """What runs a section: a function of a reader and the section's parameters by name, which gives its rows.

        A row is a named tuple whose fields are the columns that the section returns. Of an empty list that the section goes
        through one by one nothing is asked: it has no row. Raises `CypherError` at import where
        the two disagree, and when run for parameters that the section does not have, or lacks.
        """
        found = self._checked(name, _fields_of(row_type))

        def run(reader: Reader, /, **given: object) -> list[R]:
            return [row_type._make(row.values()) for row in self._found(reader, found, given)]

        return run

    def ids(self, name: str, column: str) -> Callable[..., list[str]]:
        """The same of a section that returns one column: it gives the ids in that."""
        found = self._checked(name, [column])

        def run(reader: Reader, /, **given: object) -> list[str]:
            return [str(row[column]) for row in self._found(reader, found, given)]

        return run

    def count(self, name: str, column: str) -> Callable[..., int]:
        """The same of a section that counts: it gives the number in a column. The other is there to order by, as all texts do."""
        found = self._checked(name, [column, "none_id"])

        def run(reader: Reader, /, **given: object) -> int:
            return sum(int(str(row[column])) for row in self._found(reader, found, given))

        return run

    def table(self, name: str, row_type: type[NamedTuple]) -> Callable[..., pa.Table]:
        """The same where there are many rows: they come as a table with the fields of a row as columns."""
        found = self._checked(name, _fields_of(row_type))

        def run(reader: Reader, /, **given: object) -> pa.Table:
            return reader.fetch_table(found, _parameters(self.path, found, given))

        return run

    def _found(self, reader: Reader, section: Query, given: Mapping[str, object]) -> Sequence[Mapping[str, Cell]]:
        asked = _parameters(self.path, section, given)
        of_each = _OF_EACH.match(section.text)
        return () if of_each and not asked[of_each[1]] else reader.fetch(section, asked)

    def _checked(self, name: str, fields: list[str]) -> Query:
        found = sections_of(self.path).get(name)
        if found is None:
            raise CypherError(f"{self.path.name} has no section {name}")
        for text in (found.text, *found.overrides.values()):
            if (columns := returned_columns(text)) != fields:
                raise CypherError(f"{self.path.name}: {name} returns {columns}, its row has {fields}")
        return found


def _fields_of(row_type: type[NamedTuple]) -> list[str]:
    return list(getattr(row_type, "_fields", ()))


def by_first(rows: Iterable[R]) -> dict[str, list[R]]:
    """Rows by what stands in their first column, by which they are ordered."""
    return {key: list(group) for key, group in groupby(rows, itemgetter(0))}


@cache
def sections_of(path: Path) -> Mapping[str, Query]:
    """The sections of a .cypher file by name, checked."""
    return read_queries(path)


def _parameters(path: Path, section: Query, given: Mapping[str, object]) -> dict[str, Parameter]:
    """Keyword arguments as statement parameters: lists are lists on both engines, sets in order, a choice is its value."""
    if given.keys() != set(section.parameters):
        raise CypherError(f"{path.name}: {section.name}{section.parameters} is called with {sorted(given)}")
    return {name: _plain(value) for name, value in given.items()}


def _plain(value: object) -> Parameter:
    if isinstance(value, Set):
        return sorted(value)
    if isinstance(value, tuple):
        return list(value)
    return value.value if isinstance(value, Enum) else value  # type: ignore[return-value]
