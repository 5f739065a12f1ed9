"""Sections of .cypher files beside typed functions: the text finds, the function's row says what comes back."""

import inspect
from collections.abc import Callable, Mapping
from functools import cache, wraps
from pathlib import Path
from typing import Concatenate, NamedTuple, ParamSpec, TypeVar, get_args, get_type_hints

import pyarrow as pa

from graph.cypher import Query, read_queries, returned_columns
from graph.errors import CypherError
from graph.store import Parameter
from queries.reader import Reader

P = ParamSpec("P")
R = TypeVar("R", bound=NamedTuple)


def section(function: Callable[Concatenate[Reader, P], list[R]]) -> Callable[Concatenate[Reader, P], list[R]]:
    """Bind a function to the section of its name in the .cypher file beside its module.

    The function has a docstring and no body; its keyword arguments are the section's parameters, its rows named tuples
    whose fields are the columns that the section returns. Raises `CypherError` at import where the two disagree.
    """
    return bound(function, Path(inspect.getfile(function)).with_suffix(".cypher"))


def bound(function: Callable[Concatenate[Reader, P], list[R]], path: Path) -> Callable[Concatenate[Reader, P], list[R]]:
    """The function bound to the section of its name in a file."""
    found = sections_of(path).get(function.__name__)
    if found is None:
        raise CypherError(f"{path.name} has no section {function.__name__}")
    row_type = _row_type(function)
    _check(path.name, found, function, row_type)

    @wraps(function)
    def run(reader: Reader, /, *args: P.args, **kwargs: P.kwargs) -> list[R]:
        return [row_type._make(row.values()) for row in reader.fetch(found, _parameters(kwargs))]

    return run


def table_section(
    row_type: type[NamedTuple],
) -> Callable[[Callable[Concatenate[Reader, P], pa.Table]], Callable[Concatenate[Reader, P], pa.Table]]:
    """Bind a function as `section` does where there are many rows: they come as a table with the fields of a row as columns."""

    def bound_to(function: Callable[Concatenate[Reader, P], pa.Table]) -> Callable[Concatenate[Reader, P], pa.Table]:
        path = Path(inspect.getfile(function)).with_suffix(".cypher")
        found = sections_of(path).get(function.__name__)
        if found is None:
            raise CypherError(f"{path.name} has no section {function.__name__}")
        _check(path.name, found, function, row_type)

        @wraps(function)
        def run(reader: Reader, /, *args: P.args, **kwargs: P.kwargs) -> pa.Table:
            return reader.fetch_table(found, _parameters(kwargs))

        return run

    return bound_to


@cache
def sections_of(path: Path) -> Mapping[str, Query]:
    """The sections of a .cypher file by name, checked."""
    return read_queries(path)


def _row_type(function: Callable[..., list[R]]) -> type[R]:
    returned = get_type_hints(function)["return"]
    row_type: type[R] = get_args(returned)[0]
    return row_type


def _parameters(given: Mapping[str, object]) -> dict[str, Parameter]:
    """Keyword arguments as statement parameters: lists are lists on both engines."""
    return {name: list(v) if isinstance(v, tuple | set | frozenset) else v for name, v in given.items()}  # type: ignore[misc]


def _check(file: str, found: Query, function: Callable[..., object], row_type: type[NamedTuple]) -> None:
    arguments = [
        name for name, p in inspect.signature(function).parameters.items() if p.kind is inspect.Parameter.KEYWORD_ONLY
    ]
    if arguments != list(found.parameters):
        raise CypherError(f"{file}: {found.name}({', '.join(found.parameters)}) is called with {arguments}")
    fields = list(getattr(row_type, "_fields", ()))
    for text in (found.text, *found.overrides.values()):
        columns = returned_columns(text)
        if columns != fields:
            raise CypherError(f"{file}: {found.name} returns {columns}, its row has {fields}")
