"""The registry of questions: a function with `@question` in `queries/questions` is one; nothing else names it.

Its keyword arguments are the parameters, its answer's rows the columns; the command line, the API and the pages are made
of that. Those that users keep are read from a folder (`queries.saved`).
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, wraps
from importlib import import_module
from pkgutil import iter_modules
from typing import Concatenate, ParamSpec, TypeVar, get_args, get_type_hints

from pydantic import BaseModel, ConfigDict, create_model

import queries.questions
from graph.errors import UnknownName
from graph.rules import files_of
from graph.store import GraphStore
from graph.texts import Text, described, hint, label
from queries.answer import Answer, Row, rows_of
from queries.reader import Reader, reader_of
from queries.scope import CORRIDOR, EVERYWHERE, called, find_one

P = ParamSpec("P")
A = TypeVar("A", bound=Answer)

_PARAMETERS = ConfigDict(extra="forbid", json_schema_extra=described, allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class Question:
    """A question that users ask: its names, what it takes, what it answers. Lists show them by `order`.

    A question that `waits` works on everything for seconds where nothing is named: its page asks first what it is about.
    `domain` is where the catalogue has what its parameters are called; `labels` says it where a user wrote the question,
    `cypher` is the statement of one that is no more than that.
    """

    name: str
    title: Text
    doc: Text
    domain: str
    parameters: type[BaseModel]
    answer_type: type[Answer]
    row_type: type[Row]
    answer: Callable[..., Answer]
    order: int = 1_000
    labels: Mapping[str, Text] = field(default_factory=dict)
    cypher: str = ""
    waits: bool = False

    def label(self, parameter: str) -> Text:
        """What people call a parameter."""
        return self.labels.get(parameter) or label(self.domain, "parameter", parameter)

    def hint(self, parameter: str) -> Text:
        """What more must be said of a parameter, else what it is called."""
        return (not self.labels and hint(self.domain, "parameter", parameter)) or self.label(parameter)

    def ask(self, reader: Reader | GraphStore, /, **given: object) -> Answer:
        """The answer, of one graph, with the statements that ran for it; what the reader keeps is not worked out again.

        Raises `pydantic.ValidationError` for bad parameters.
        """
        values = self.parameters.model_validate(given)
        if isinstance(reader, Reader):
            # A kept question may be another a moment later, as may a rule file: what it asks and how tells it apart.
            files = files_of(reader.kept.rules)
            key = (self.name, self.domain, self.cypher, values.model_dump_json(), files)
            return reader.once(key, lambda apart: self._answered(apart, values))
        with reader.snapshot() as graph:
            return self._answered(Reader(graph), values)

    def _answered(self, reader: Reader, values: BaseModel) -> Answer:
        answer = self.answer(reader, **{name: getattr(values, name) for name in type(values).model_fields}).model_copy(
            update={
                "question": self.name,
                "parameters": values.model_dump(),
                "statements": reader.statements(),
                "as_of": reader.graph()[1],
            }
        )
        return answer.model_copy(update={"headline": headline(reader, answer)})


def headline(reader: Reader, answer: Answer) -> Text:
    """What an answer comes to, and of which places and chain; without rows the reason that its notes give first."""
    if rows_of(answer):
        said, about = answer.in_short(reader), _about(reader, answer)
        return Text("common.headline.about", about=about, said=said) if about else said
    nothing = Text("common.headline.nothing", looked=answer.looked_at, what=answer.looked_at_what)
    return next(iter(answer.notes), nothing)


def _about(reader: Reader, answer: Answer) -> list[Text]:
    """What the places and the chain are called that were asked for, where some were."""
    found = []
    for name, kind in answer.about:
        given = answer.parameters.get(name) or []
        for text in map(str, given if isinstance(given, list) else [given]):
            if text.lower() in EVERYWHERE:
                found.append(Text("scope.anywhere"))
            elif text.lower() != CORRIDOR:
                found.append(called(reader, find_one(reader, (kind,), name, text).id))
    return found


_REGISTERED: dict[str, Question] = {}
"""Every question by name, filled by `@question` when the modules of `queries.questions` are imported; never changed after."""


def question(
    order: int, *, waits: bool = False
) -> Callable[[Callable[Concatenate[Reader, P], A]], Callable[Concatenate[Reader | GraphStore, P], A]]:
    """Register a function as a question. Its keyword arguments are the parameters; its texts are in the catalogue."""

    def registered(
        function: Callable[Concatenate[Reader, P], A],
    ) -> Callable[Concatenate[Reader | GraphStore, P], A]:
        hints = get_type_hints(function, include_extras=True)
        fields = {
            parameter: (hints[parameter], ... if p.default is inspect.Parameter.empty else p.default)
            for parameter, p in inspect.signature(function).parameters.items()
            if p.kind is inspect.Parameter.KEYWORD_ONLY
        }
        name = function.__name__
        model: type[BaseModel] = create_model(  # type: ignore[call-overload]
            f"{name.title().replace('_', '')}Parameters", __module__=name, __config__=_PARAMETERS, **fields
        )
        answer_type = hints["return"]
        row_type = get_args(answer_type.model_fields["rows"].annotation)[0]

        @wraps(function)
        def answered(reader: Reader | GraphStore, /, *args: P.args, **kwargs: P.kwargs) -> A:
            return function(reader_of(reader), *args, **kwargs)

        title, doc = Text(f"{name}.name"), Text(f"{name}.doc")
        _REGISTERED[name] = Question(name, title, doc, name, model, answer_type, row_type, answered, order, waits=waits)
        return answered

    return registered


@cache
def _names() -> frozenset[str]:
    """What the questions that come with the program are called: each as the module that has it."""
    return frozenset(module.name for module in iter_modules(queries.questions.__path__))


def questions() -> list[Question]:
    """Every question that comes with the program, from the overview to the detail."""
    return sorted(map(find_question, _names()), key=lambda one: (one.order, one.name))


def find_question(name: str) -> Question:
    """The question of a name that comes with the program; no other is imported. Raises `UnknownName`, with the nearest names."""
    if not is_ours(name):
        raise UnknownName("question", name, _names())
    import_module(f"queries.questions.{name}")
    return _REGISTERED[name]


def answer_to(reader: Reader, name: str, kind: type[A], **given: object) -> A:
    """The answer to a question of ours, which is of a type that its module declares."""
    answer = find_question(name).ask(reader, **given)
    assert isinstance(answer, kind)
    return answer


def is_ours(name: str) -> bool:
    """Whether a question of this name comes with the program."""
    return name in _names()
