"""Questions that users keep: their own parameters of one of ours, or their own read-only Cypher, one YAML file each.

A file can be shared. It is checked when it is read: Cypher is one statement of listed clauses, words and functions that
only reads, has bounded paths, names only what the ontology has, and ends in a total order (`graph.subset`); parameters
are typed. It runs in a process of its own, with limits on time, memory and `rows` (`graph.worker`).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, create_model, model_validator
from pydantic.errors import PydanticUserError

from graph.complaint import placed
from graph.cypher import Query, limited, returned_columns
from graph.errors import (
    CorridorError,
    Fault,
    QueryRejected,
    SavedQuestionError,
    StatementRefused,
    UnknownName,
    UsageError,
    refused,
    wrong,
)
from graph.model import Edge, Node
from graph.ontology import EDGE_TYPE, NODE_TYPES
from graph.store import Cell
from graph.subset import lint_foreign
from graph.texts import Language, Text
from graph.tokens import Token, code
from graph.yaml_model import read_yaml
from queries.answer import Answer, Row
from queries.reader import Reader
from queries.registry import Question, find_question, is_ours, questions

_TYPES: dict[str, Any] = {
    "text": str, "texts": list[str], "integer": int, "number": float, "boolean": bool,
}  # fmt: skip
_ID = re.compile(rf"(?:(?:{'|'.join(EDGE_TYPE)})\|)?(?:{'|'.join(kind.prefix for kind in NODE_TYPES)}):")
"""How the id of a node or of an edge begins."""
_HELP = "corridor ask --schema"
MAX_BYTES = 64 << 10
_MAX_FILES = 200
_MAX_ROWS = 10_000
_RESERVED = {
    "as_of", "columns", "cypher", "engine", "filter", "format", "language", "page", "reader", "rows", "save", "sort", "store",
}  # fmt: skip
"""What the command and the address of a question take besides its parameters."""


class Parameter(BaseModel):
    """What a person can set when asking."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    type: Literal["text", "texts", "integer", "number", "boolean"] = Field(description="type")
    zh: str = Field(min_length=1, description="what it is, in Chinese")
    en: str = Field(default="", description="English description")
    default: str | int | float | bool | list[str] | None = Field(
        None, description="value by default; required if there is none"
    )
    choices: list[str | int | float] = Field(default=[], description="what it may be, empty for anything")


class SavedQuestion(BaseModel):
    """A file of a kept question."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,60}$", description="name to ask it by")
    zh: str = Field(default="", max_length=200, description="the question in Chinese, or in whatever it has")
    en: str = Field(default="", max_length=200, description="the question in English, where it has that")
    doc: str = Field(default="", description="what it answers")
    question: str | None = Field(default=None, description="the question whose parameters are kept")
    given: dict[str, Any] = Field(default={}, description="the kept parameters of that question")
    cypher: str | None = Field(default=None, description="a read-only statement, instead of `question`")
    parameters: dict[Annotated[str, Field(pattern=r"^[a-z]\w*$")], Parameter] = Field(
        default={}, description="the parameters of the statement"
    )
    example: dict[str, Any] = Field(default={}, description="an example of parameters")
    rows: int = Field(default=1_000, ge=1, le=_MAX_ROWS, description="rows at most")

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "SavedQuestion":
        if (self.question is None) == (self.cypher is None):
            raise refused("saved_one_of")
        if not self.zh + self.en:
            raise refused("saved_called")
        if is_ours(self.name):
            raise refused("saved_ours", name=self.name)
        return self


class SavedRow(Row):
    """A row of somebody's own statement: its columns, and the ids among them."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    is_own = True
    evidence_ids: list[str] = Field(default=[], description="ids among the values of the row")


class SavedAnswer(Answer):
    """What somebody's own statement answers."""

    rows: list[Any]


def read_saved(path: Path) -> Question:
    """The question of a file. Raises `SavedQuestionError`, with the file and, where there is one, the line."""
    found = path.stat() if path.exists() else None
    return _read(path, found and (found.st_ino, found.st_mtime_ns, found.st_size))


@lru_cache(maxsize=_MAX_FILES)
def _read(path: Path, stamp: tuple[int, ...] | None) -> Question:
    """The question of a file as it was at a time: every page and answer asks for all of them."""
    kept = read_yaml(path, SavedQuestion, SavedQuestionError, _HELP, MAX_BYTES)
    try:
        return _of_file(kept, path) if kept.question is None else _with_kept_parameters(kept, path)
    except (
        PydanticUserError,
        NameError,
        TypeError,
        ValueError,
    ) as error:  # Of names and values that no model can have.
        raise SavedQuestionError(Text("saved.unreadable", path=path, problem=error)) from error


def saved_questions(folder: Path | None) -> tuple[list[Question], list[Text]]:
    """The questions of a folder's files by name, and what is wrong with files that are none.

    A name that stands in two files is refused in the second. A link that leads out of the folder is not followed.
    """
    found: dict[str, Question] = {}
    problems: list[Text] = []
    paths = sorted(islice(folder.glob("*.y*ml"), _MAX_FILES + 1)) if folder and folder.is_dir() else []
    if paths[_MAX_FILES:]:
        problems.append(Text("saved.many_files", path=folder, most=_MAX_FILES))
    for path in paths[:_MAX_FILES]:
        try:
            if not path.resolve().is_relative_to(path.parent.resolve()):
                raise SavedQuestionError(Text("saved.no_file", path=path))
            one = read_saved(path)
        except (OSError, RuntimeError, UsageError) as error:
            said = error.text if isinstance(error, CorridorError) else Text.both(str(error), "")
            # A name of a file, too, may hold what no page or terminal should get.
            problems.append(Text.both(_printable(said.in_(Language.ZH)), _printable(said.in_(Language.EN))))
            continue
        if one.name in found:
            problems.append(Text("errors.saved.twice", path=path, name=one.name))
        else:
            found[one.name] = one
    return list(found.values()), problems


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)


def question_named(name: str, folder: Path | None = None) -> Question:
    """The question of a name, of ours or of those kept in a folder. Raises `UnknownName`, with the nearest names.

    Raises `SavedQuestionError` where it is not found and files of the folder cannot be read: it may be in one of them.
    """
    if folder is None or is_ours(name):
        return find_question(name)
    kept, problems = saved_questions(folder)
    for one in kept:
        if one.name == name:
            return one
    if problems:
        raise SavedQuestionError(Text("common.list", items=problems))
    raise UnknownName("question", name, [*(one.name for one in questions()), *(one.name for one in kept)])


def as_yaml(name: str, zh: str, en: str, question: Question, given: Mapping[str, object]) -> str:
    """The file that keeps parameters of a question; what is as by default is left out.

    Raises `SavedQuestionError` for a name that is none, `pydantic.ValidationError` for bad parameters.
    """
    values = question.parameters.model_validate(given).model_dump(mode="json", exclude_defaults=True)
    try:
        kept = SavedQuestion(name=name, zh=zh, en=en, question=question.name, given=values)
    except ValidationError as error:
        raise SavedQuestionError(wrong(error.errors()[0])) from error
    return file_of(kept)


def file_of(kept: SavedQuestion) -> str:
    """The file of a question: what is as by default is left out, statements stand as they were written."""
    content = kept.model_dump(mode="json", exclude_defaults=True)
    return yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=MAX_BYTES)


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines line by line."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


def _with_kept_parameters(kept: SavedQuestion, path: Path) -> Question:
    base = find_question(str(kept.question))
    unknown = sorted(kept.given.keys() - base.parameters.model_fields.keys())
    if unknown:
        raise SavedQuestionError(Text("errors.saved.parameter", path=path, name=base.name, unknown=unknown))
    fields: dict[str, Any] = {}
    for name, info in base.parameters.model_fields.items():
        default = kept.given.get(name, ... if info.is_required() else info.default)
        fields[name] = (Annotated[info.annotation, *info.metadata, Field()], default)
    model = create_model(
        f"{kept.name}_parameters",
        __config__=ConfigDict(extra="forbid", validate_default=True, allow_inf_nan=False),
        **fields,
    )
    try:
        model.model_validate({name: value for name, value in kept.given.items()})
    except ValidationError as error:
        raise SavedQuestionError(Text("errors.wrong", where=path, why=wrong(error.errors()[0]))) from error
    return Question(
        kept.name, Text.both(kept.zh, kept.en), Text.both(kept.doc, "") if kept.doc else base.doc, base.domain, model,
        base.answer_type, base.row_type, base.answer,
    )  # fmt: skip


def faults_of(kept: SavedQuestion) -> list[Fault]:
    """What in a statement keeps it from being asked; empty where nothing does."""
    text = _statement(kept)
    found = lint_foreign(text)
    given = [one for one in code(text) if one.kind == "parameter"]
    declared, used = set(kept.parameters), {one.text[1:] for one in given}
    if missing := sorted(used - declared):
        first = next(one for one in given if one.text[1:] in missing)
        found.append(_at("parameters", Text("saved.parameters_missing", names=missing), first))
    if idle := sorted(declared - used):
        found.append(Fault("parameters", Text("saved.parameters_idle", names=idle)))
    columns = returned_columns(text)
    if not columns:
        found.append(Fault("columns", Text("errors.saved.columns")))
    for name in columns:
        if columns.count(name) > 1 or _is_reserved(name, SavedRow) or name in SavedRow.model_fields:
            token = next((one for one in reversed(code(text)) if one.text == name), None)
            found.append(_at("column", Text("saved.column", column=name), token))
    found += [
        _at("parameter", Text("saved.parameter", name=one.text[1:]), one)
        for one in given if _is_reserved(one.text[1:], BaseModel)
    ]  # fmt: skip
    return found


def _at(rule: str, text: Text, token: Token | None) -> Fault:
    return Fault(rule, text, token.start, len(token.text)) if token else Fault(rule, text)


def _statement(kept: SavedQuestion) -> str:
    return str(kept.cypher).strip()


def statement_question(kept: SavedQuestion) -> Question:
    """The question that a statement is. Raises `StatementRefused` where it may not run."""
    text = _statement(kept)
    if faults := faults_of(kept):
        raise StatementRefused(Text("common.list", items=[one.text for one in faults]), faults)
    query = limited(Query(kept.name, text, tuple(kept.parameters)), kept.rows + 1)
    columns = returned_columns(text)
    row_type: type[Row] = create_model(
        f"{kept.name}_row", __base__=SavedRow, **{name: (Any, Field(description=name)) for name in columns}
    )  # type: ignore[call-overload]
    row_type.table = tuple(columns)
    # Nobody declares what tells the rows of a statement apart: its columns of ids do, where it has any.
    row_type.key = tuple(name for name in columns if name == "id" or name.endswith("_id")) or tuple(columns)
    model = create_model(
        f"{kept.name}_parameters", __config__=ConfigDict(extra="forbid", allow_inf_nan=False),
        **{name: _field(one) for name, one in kept.parameters.items()},
    )  # type: ignore[call-overload] # fmt: skip
    return Question(
        kept.name, Text.both(kept.zh, kept.en), Text.both(kept.doc, ""), "saved", model, SavedAnswer, row_type,
        _asker(kept, query, row_type), labels={name: Text.both(one.zh, one.en) for name, one in kept.parameters.items()},
        cypher=text,
    )  # fmt: skip


def _of_file(kept: SavedQuestion, path: Path) -> Question:
    """The question of a file; what is wrong with its statement is said with the line where that begins."""
    try:
        return statement_question(kept)
    except StatementRefused as error:
        lines = enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1)
        line = next((number for number, one in lines if one.startswith("cypher")), 1)
        said = [Text("errors.wrong", where=one.rule, why=one.text) for one in error.faults]
        raise SavedQuestionError(Text("errors.wrong", where=f"{path}:{line}: cypher", why=said)) from error


def written(name: str, title: str, cypher: str, given: Mapping[str, object], rows: int = _MAX_ROWS) -> SavedQuestion:
    """The question that a user's statement is, its parameters as they were given. Raises `SavedQuestionError`."""
    parameters = {key: {"type": _type_of(key, value), "zh": key, "default": value} for key, value in given.items()}
    content = {"name": name, "zh": title, "cypher": cypher, "parameters": parameters, "rows": rows}
    try:
        return SavedQuestion.model_validate(content)
    except ValidationError as error:
        raise SavedQuestionError(wrong(error.errors()[0])) from error


def _type_of(name: str, value: object) -> str:
    """What a parameter holds, told by its value."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "texts"
    kinds = {bool: "boolean", int: "integer", float: "number", str: "text"}
    found = kinds.get(type(value))
    if found is None:
        raise SavedQuestionError(Text("saved.value", name=name, value=repr(value)[:40]))
    return found


def _is_reserved(name: str, model: type[BaseModel]) -> bool:
    return name.startswith(("_", "model_")) or hasattr(model, name) or (model is BaseModel and name in _RESERVED)


def _field(one: Parameter) -> tuple[Any, Any]:
    kind: Any = Literal[tuple(one.choices)] if one.choices else _TYPES[one.type]
    if one.type == "texts" and one.choices:
        kind = list[kind]
    if one.default is not None:
        TypeAdapter(kind).validate_python(one.default)
    info = Field(
        ... if one.default is None else one.default, description=f"{one.zh} {one.en}".strip(), validate_default=True
    )
    return kind, info


def _asker(kept: SavedQuestion, query: Query, row_type: type[Row]) -> Callable[..., Answer]:
    def answer(reader: Reader, **given: Any) -> Answer:
        try:
            found = reader.fetch_foreign(query, given, kept.rows + 1)
        except QueryRejected as error:
            said = Text("errors.saved.refused", name=kept.name, error=error.text)
            raise StatementRefused(said, [placed(_statement(kept), str(error))]) from error
        for column, value in ((name, leaf) for row in found for name, cell in row.items() for leaf in _leaves(cell)):
            if isinstance(value, float) and not isfinite(value):
                raise SavedQuestionError(Text("saved.number", name=kept.name, column=column, value=value))
        rows = [row_type.model_validate({**row, "evidence_ids": _ids(row)}) for row in found[: kept.rows]]
        is_cut = len(found) > kept.rows
        return SavedAnswer(
            question="", parameters={}, rows=rows, looked_at=len(rows), looked_at_what=Text("saved.rows_of_statement"),
            conventions=[Text("saved.as_it_is")],
            notes=[Text("saved.first_rows", rows=kept.rows)] if is_cut else [] if rows else [Text("saved.no_row")],
        )  # fmt: skip

    return answer


def _leaves(value: Cell) -> Iterator[Cell]:
    """A value, and of lists, paths and maps what is in them."""
    if isinstance(value, Mapping):
        value = tuple(value.values())
    if isinstance(value, tuple):
        for one in value:
            yield from _leaves(one)
    else:
        yield value


def _ids(row: Mapping[str, Cell]) -> list[str]:
    """The ids of the nodes and edges of a row, and those among its values, each once."""
    leaves = (leaf for value in row.values() for leaf in _leaves(value))
    ids = (one.id if isinstance(one, Node | Edge) else one for one in leaves)
    return list(dict.fromkeys(one for one in ids if isinstance(one, str) and _ID.match(one)))
