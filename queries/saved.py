"""Questions that users keep: their own parameters of one of ours, or their own read-only Cypher, one YAML file each.

A file can be shared. It is checked as ours are when it is read: Cypher stays in the portable subset, only reads, has
bounded paths, names only what the ontology has, and ends in a total order; parameters are typed. What it may take is
bounded when it runs: the store's limit on a statement's time, and `rows`.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model, model_validator

from graph.cypher import Query, limited, lint, parameters_in, returned_columns
from graph.errors import CypherError, QueryRejected, SavedQuestionError, UnknownName, UsageError, wrong
from graph.ontology import EDGE_TYPE, NODE_TYPES
from graph.store import Cell
from graph.texts import Text
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


class Parameter(BaseModel):
    """What a person can set when asking."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["text", "texts", "integer", "number", "boolean"] = Field(description="type")
    zh: str = Field(min_length=1, description="what it is, in Chinese")
    en: str = Field(default="", description="English description")
    default: str | int | float | bool | list[str] | None = Field(
        None, description="value by default; required if there is none"
    )
    choices: list[str | int | float] = Field(default=[], description="what it may be, empty for anything")


class SavedQuestion(BaseModel):
    """A file of a kept question."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,60}$", description="name to ask it by")
    zh: str = Field(min_length=1, max_length=200, description="the question in Chinese")
    en: str = Field(min_length=1, max_length=200, description="the question in English")
    doc: str = Field(default="", description="what it answers")
    question: str | None = Field(default=None, description="the question whose parameters are kept")
    given: dict[str, Any] = Field(default={}, description="the kept parameters of that question")
    cypher: str | None = Field(default=None, description="a read-only statement, instead of `question`")
    parameters: dict[Annotated[str, Field(pattern=r"^[a-z]\w*$")], Parameter] = Field(
        default={}, description="the parameters of the statement"
    )
    example: dict[str, Any] = Field(default={}, description="an example of parameters")
    rows: int = Field(default=1_000, ge=1, le=10_000, description="rows at most")

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "SavedQuestion":
        if (self.question is None) == (self.cypher is None):
            raise ValueError("give either question or cypher")
        if is_ours(self.name):
            raise ValueError(f"{self.name} is a question that comes with the program")
        return self


class SavedRow(Row):
    """A row of somebody's own statement: its columns, and the ids among them."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    evidence_ids: list[str] = Field(default=[], description="ids among the values of the row")


class SavedAnswer(Answer):
    """What somebody's own statement answers."""

    rows: list[Any]


def read_saved(path: Path) -> Question:
    """The question of a file. Raises `SavedQuestionError`, with the file and, where there is one, the line."""
    kept = read_yaml(path, SavedQuestion, SavedQuestionError, _HELP)
    if kept.question is not None:
        return _with_kept_parameters(kept, path)
    return _with_own_cypher(kept, path)


def saved_questions(folder: Path | None) -> tuple[list[Question], list[Text]]:
    """The questions of a folder's files by name, and what is wrong with files that are none.

    A name that stands in two files is refused in the second.
    """
    found: dict[str, Question] = {}
    problems: list[Text] = []
    for path in sorted(folder.glob("*.y*ml")) if folder and folder.is_dir() else ():
        try:
            one = read_saved(path)
        except (SavedQuestionError, UsageError) as error:
            problems.append(error.text)
            continue
        if one.name in found:
            problems.append(Text("errors.saved.twice", path=path, name=one.name))
        else:
            found[one.name] = one
    return list(found.values()), problems


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
    content = kept.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False)


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
        f"{kept.name}_parameters", __config__=ConfigDict(extra="forbid", validate_default=True), **fields
    )
    try:
        model.model_validate({name: value for name, value in kept.given.items()})
    except ValidationError as error:
        raise SavedQuestionError(Text("errors.wrong", where=path, why=wrong(error.errors()[0]))) from error
    return Question(
        kept.name, Text.both(kept.zh, kept.en), Text.both(kept.doc, "") if kept.doc else base.doc, base.domain, model,
        base.answer_type, base.row_type, base.answer,
    )  # fmt: skip


def _with_own_cypher(kept: SavedQuestion, path: Path) -> Question:
    text = str(kept.cypher).strip()
    problems: list[str | Text] = [*lint(text)]
    declared, used = set(kept.parameters), parameters_in(text)
    if declared != used:
        problems.append(Text("errors.saved.parameters", used=sorted(used), declared=sorted(declared)))
    columns = returned_columns(text)
    if not columns:
        problems.append(Text("errors.saved.columns"))
    if problems:
        raise SavedQuestionError(Text("errors.wrong", where=f"{path}: cypher", why=problems))
    try:
        query = limited(Query(kept.name, text, tuple(kept.parameters)), kept.rows + 1)
    except CypherError as error:
        raise SavedQuestionError(Text("errors.wrong", where=f"{path}: cypher", why=error.text)) from error
    row_type: type[Row] = create_model(
        f"{kept.name}_row", __base__=SavedRow, **{name: (Any, Field(description=name)) for name in columns}
    )  # type: ignore[call-overload]
    row_type.table = tuple(columns)
    # Nobody declares what tells the rows of a statement apart: its columns of ids do, where it has any.
    row_type.key = tuple(name for name in columns if name == "id" or name.endswith("_id")) or tuple(columns)
    model = create_model(
        f"{kept.name}_parameters", __config__=ConfigDict(extra="forbid"),
        **{name: _field(one) for name, one in kept.parameters.items()},
    )  # type: ignore[call-overload] # fmt: skip
    return Question(
        kept.name, Text.both(kept.zh, kept.en), Text.both(kept.doc, ""), "saved", model, SavedAnswer, row_type,
        _asker(kept, query, row_type), labels={name: Text.both(one.zh, one.en) for name, one in kept.parameters.items()},
    )  # fmt: skip


def _field(one: Parameter) -> tuple[Any, Any]:
    kind = Literal[tuple(one.choices)] if one.choices else _TYPES[one.type]
    if one.type == "texts" and one.choices:
        kind = list[kind]  # type: ignore[valid-type]
    info = Field(
        ... if one.default is None else one.default, description=f"{one.zh} {one.en}".strip(), validate_default=True
    )
    return kind, info


def _asker(kept: SavedQuestion, query: Query, row_type: type[Row]) -> Callable[..., Answer]:
    def answer(reader: Reader, **given: Any) -> Answer:
        try:
            found = reader.fetch(query, given)
        except QueryRejected as error:
            raise SavedQuestionError(Text("errors.saved.refused", name=kept.name, error=error)) from error
        rows = [row_type.model_validate({**row, "evidence_ids": _ids(row)}) for row in found[: kept.rows]]
        is_cut = len(found) > kept.rows
        return SavedAnswer(
            question="", parameters={}, rows=rows, looked_at=len(rows), looked_at_what=Text("saved.rows_of_statement"),
            conventions=[Text("saved.as_it_is")],
            notes=[Text("saved.first_rows", rows=kept.rows)] if is_cut else [] if rows else [Text("saved.no_row")],
        )  # fmt: skip

    return answer


def _ids(row: Mapping[str, Cell]) -> list[str]:
    return [value for value in row.values() if isinstance(value, str) and _ID.match(value)]
