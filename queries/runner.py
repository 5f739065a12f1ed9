"""How a question reaches the graph: Cypher beside a typed function, and the registry of questions.

`@query` binds a section of a .cypher file to a function whose body is its docstring and checks both against each
other at import. `@question` registers a function that answers one of the users' questions from such queries, with
its rows, its parameters and its names in Chinese and English; the command line and the API are generated from it.
"""

import inspect
import threading
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, wraps
from pathlib import Path
from typing import ClassVar, Concatenate, ParamSpec, Protocol, TypeVar, cast, get_args, get_type_hints
from weakref import WeakKeyDictionary

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, create_model

from graph.cypher import Query, read_queries, returned_columns
from graph.errors import CypherError, UnknownName
from graph.model import Json
from graph.store import Cell, GraphStore, Parameter

P = ParamSpec("P")
R = TypeVar("R", bound="Row")
T = TypeVar("T")
A = TypeVar("A", bound="Answer")


class Row(BaseModel):
    """One row of a query or of an answer. `None` means "not known".

    `table` names the fields that a table for people shows; every field is in JSON and CSV. `bar` is the number that a
    page draws as bars, none by default.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    table: ClassVar[tuple[str, ...]] = ()
    bar: ClassVar[str] = ""


class Ran(Row):
    """A statement that ran for an answer, so that a reader can run it again."""

    name: str = Field(description="name of the query")
    cypher: str = Field(description="the statement as the engine got it")
    parameters: dict[str, object] = Field(description="its parameters")


class Answer(Row):
    """What a question answers: rows, and what is needed to doubt them."""

    question: str = Field(description="name of the question")
    parameters: dict[str, object] = Field(description="what was asked, defaults filled in")
    looked_at: int = Field(description="how many things were looked at; rows are among them")
    looked_at_what: str = Field(description="what these things are")
    conventions: list[str] = Field(description="definitions and thresholds that were used")
    notes: list[str] = Field(default=[], description="what a reader must know about this very answer")
    statements: list[Ran] = Field(default=[], description="the Cypher that ran and its parameters")


class Reader(Protocol):
    """What a query needs: somewhere to fetch from."""

    def fetch(self, query: Query, parameters: Mapping[str, Parameter]) -> list[dict[str, Cell]]:
        """The rows of a query."""
        ...

    def fetch_table(self, query: Query, parameters: Mapping[str, Parameter]) -> pa.Table:
        """The rows of a query that returns plain values, as an Arrow table."""
        ...

    def run_id(self) -> str | None:
        """The run that the graph is of."""
        ...


@dataclass(slots=True)
class Recorder:
    """A reader that keeps what ran, and what `kept` made of the graph while it answers one question."""

    store: GraphStore
    ran: list[Ran] = field(default_factory=list)
    run: "_Run | None" = None
    used: dict[int, tuple[object, list[Ran]]] = field(default_factory=dict)
    """What was taken of what is kept, by identity: its statements are noted once."""

    def fetch(self, query: Query, parameters: Mapping[str, Parameter]) -> list[dict[str, Cell]]:
        """The rows of a query, which is noted down."""
        self._note(query, parameters)
        return self.store.fetch(query, parameters)

    def fetch_table(self, query: Query, parameters: Mapping[str, Parameter]) -> pa.Table:
        """The rows of a query as a table, which is noted down."""
        self._note(query, parameters)
        return self.store.fetch_table(query, parameters)

    def run_id(self) -> str | None:
        """The run that the graph is of."""
        return self.store.run_id()

    def _note(self, query: Query, parameters: Mapping[str, Parameter]) -> None:
        self.ran.append(Ran(name=query.name, cypher=query.text_for(self.store.dialect), parameters=dict(parameters)))

    def statements(self) -> list[Ran]:
        """What ran, each statement with its parameters once."""
        return list({(ran.name, repr(ran.parameters)): ran for ran in self.ran}.values())


# --- what is made of a graph, kept while it stands ---------------------------------------------------------------------


@dataclass(slots=True)
class _Run:
    """What was made of the graph of one run, each with the statements that it was read with."""

    run_id: str | None
    values: defaultdict[Hashable, dict[Hashable, tuple[object, list[Ran]]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    making: threading.RLock = field(default_factory=threading.RLock)


_RUNS: "WeakKeyDictionary[GraphStore, _Run]" = WeakKeyDictionary()
"""Of each open store the run that was asked about last: a graph that is loaded anew is read anew."""


MOST_KEPT = 64
"""For so many arguments each function's values are kept."""


def kept(
    function: Callable[Concatenate[Reader, P], T],
) -> Callable[Concatenate[Reader, P], T]:
    """Keep what a function of the graph gives, for each of its arguments, until another run is loaded.

    Of each function the last `MOST_KEPT` are kept, so that a server which is asked about ever other places stays as large
    as it is. What it gives must never be changed. Statements that it reads with are said of each answer that uses it. One
    thread makes a value, others that need it wait.
    """
    own = (function.__module__, function.__qualname__)

    @wraps(function)
    def given(reader: Reader, /, *args: P.args, **kwargs: P.kwargs) -> T:
        recorder = reader if isinstance(reader, Recorder) else Recorder(cast(GraphStore, reader))
        run = recorder.run = recorder.run or _run_of(recorder.store)
        key = (args, tuple(sorted(kwargs.items()))) if kwargs else args
        values = run.values[own]
        # Without the lock: what was just dropped is still right.
        found = values.get(key)
        if found is None:
            with run.making:
                found = values.get(key)
                if found is None:
                    apart = Recorder(recorder.store, run=run)
                    found = values[key] = (function(apart, *args, **kwargs), apart.statements())
                    if len(values) > MOST_KEPT:
                        del values[next(iter(values))]
        if id(found) not in recorder.used:
            recorder.used[id(found)] = found
            recorder.ran += found[1]
        return cast(T, found[0])

    return given


def _run_of(store: GraphStore) -> _Run:
    run_id = store.run_id()
    run = _RUNS.get(store)
    if run is None or run.run_id != run_id:
        run = _RUNS[store] = _Run(run_id)
    return run


# --- queries ---------------------------------------------------------------------------------------------------------


@cache
def _file(name: str) -> dict[str, Query]:
    return read_queries(Path(__file__).parent / name)


def query(
    file: str,
) -> Callable[[Callable[Concatenate[Reader, P], list[R]]], Callable[Concatenate[Reader, P], list[R]]]:
    """Bind the section of a .cypher file that has the function's name to the function.

    Raises `CypherError` at import where the two disagree: parameters and keyword arguments, returned columns and
    fields of the row.
    """

    def bound(function: Callable[Concatenate[Reader, P], list[R]]) -> Callable[Concatenate[Reader, P], list[R]]:
        found = _file(file).get(function.__name__)
        if found is None:
            raise CypherError(f"{file} has no query {function.__name__}")
        row_type = _row_type(function)
        _check(file, found, function, row_type)

        @wraps(function)
        def run(reader: Reader, /, *args: P.args, **kwargs: P.kwargs) -> list[R]:
            return [row_type.model_validate(row) for row in reader.fetch(found, _parameters(kwargs))]

        return run

    return bound


def _row_type(function: Callable[..., list[R]]) -> type[R]:
    returned = get_type_hints(function)["return"]
    row_type: type[R] = get_args(returned)[0]
    return row_type


def _parameters(given: Mapping[str, object]) -> dict[str, Parameter]:
    """Keyword arguments as statement parameters: lists are lists on both engines."""
    return {name: list(v) if isinstance(v, tuple | set | frozenset) else v for name, v in given.items()}  # type: ignore[misc]


def _check(file: str, found: Query, function: Callable[..., list[R]], row_type: type[R]) -> None:
    arguments = [
        name for name, p in inspect.signature(function).parameters.items() if p.kind is inspect.Parameter.KEYWORD_ONLY
    ]
    if arguments != list(found.parameters):
        raise CypherError(f"{file}: {found.name}({', '.join(found.parameters)}) is called with {arguments}")
    for text in (found.text, *found.overrides.values()):
        columns = returned_columns(text)
        if columns != list(row_type.model_fields):
            raise CypherError(f"{file}: {found.name} returns {columns}, its row has {list(row_type.model_fields)}")


# --- questions -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Question:
    """A question that users ask: its names, what it takes, what it answers."""

    name: str
    zh: str
    en: str
    doc: str
    parameters: type[BaseModel]
    answer_type: type[Answer]
    row_type: type[Row]
    answer: Callable[..., Answer]

    def ask(self, store: GraphStore, **given: object) -> Answer:
        """The answer, with the statements that ran for it. Raises `pydantic.ValidationError` for bad parameters."""
        values = self.parameters.model_validate(given)
        recorder = Recorder(store)
        answer = self.answer(recorder, **{name: getattr(values, name) for name in type(values).model_fields})
        return answer.model_copy(
            update={"question": self.name, "parameters": values.model_dump(), "statements": recorder.statements()}
        )


QUESTIONS: dict[str, Question] = {}
"""Every question by name, filled by `@question` when the modules of `queries` are imported; never changed after."""


def question(zh: str, en: str) -> Callable[[Callable[Concatenate[Reader, P], A]], Callable[Concatenate[Reader, P], A]]:
    """Register a function as a question. Its keyword arguments, annotated with `Field`, are the parameters."""

    def registered(function: Callable[Concatenate[Reader, P], A]) -> Callable[Concatenate[Reader, P], A]:
        hints = get_type_hints(function, include_extras=True)
        fields = {
            name: (hints[name], ... if p.default is inspect.Parameter.empty else p.default)
            for name, p in inspect.signature(function).parameters.items()
            if p.kind is inspect.Parameter.KEYWORD_ONLY
        }
        name = function.__name__
        model: type[BaseModel] = create_model(  # type: ignore[call-overload]
            f"{name.title().replace('_', '')}Parameters", __config__=ConfigDict(extra="forbid"), **fields
        )
        answer_type = hints["return"]
        row_type = get_args(answer_type.model_fields["rows"].annotation)[0]
        QUESTIONS[name] = Question(name, zh, en, inspect.getdoc(function) or "", model, answer_type, row_type, function)
        return function

    return registered


def find_question(name: str) -> Question:
    """The question of a name. Raises `UnknownName`, with the nearest names."""
    if name not in QUESTIONS:
        raise UnknownName("question", name, QUESTIONS)
    return QUESTIONS[name]


def cut_note(found: int, shown: int) -> list[str]:
    """What to say where an answer has more rows than it shows; nothing where it shows all.

    >>> cut_note(3, 2), cut_note(2, 2)
    (['共 3 行，只列前 2 行。 The first 2 of 3 rows are shown.'], [])
    """
    return [f"共 {found} 行，只列前 {shown} 行。 The first {shown} of {found} rows are shown."] if found > shown else []


def evidence_ids(rows: Sequence[Row]) -> list[str]:
    """The ids of nodes and edges that rows rest on, each once, in the order of the rows."""
    found: dict[str, None] = {}
    for row in rows:
        ids = getattr(row, "evidence_ids", [])
        found.update(dict.fromkeys(ids))
    return list(found)


def as_json(row: Row) -> dict[str, Json]:
    """A row as JSON holds it."""
    dumped: dict[str, Json] = row.model_dump(mode="json")
    return dumped
