"""The page of what was saved: views that a browser keeps, questions that the server keeps; views in YAML, read."""

from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.pages import LINKS
from api.question_pages import asked_address, query_address
from graph.errors import SavedQuestionError
from graph.texts import Language, Text
from graph.yaml_model import model_of
from queries.registry import Question
from queries.saved import MAX_BYTES, SavedQuestion, saved_questions, statement_question
from viz.page import Column, Figure, Link, Section, Table, list_page

T = TypeVar("T")
_MOST = 500
_FROZEN = ConfigDict(extra="forbid", frozen=True)


class SavedView(BaseModel):
    """A page under a name: its address here, with everything that it was looked at by."""

    model_config = _FROZEN

    name: str = Field(min_length=1, max_length=200)
    address: str = Field(pattern=r"^/([^/\\\s][^\s]*)?$", max_length=8_000)
    saved_on: str = Field(default="", max_length=10)


class SavedViews(BaseModel):
    """The file of saved views."""

    model_config = _FROZEN

    views: Annotated[list[SavedView], Field(max_length=_MOST)]


_FILE: TypeAdapter[SavedViews | SavedQuestion] = TypeAdapter(SavedViews | SavedQuestion)


def saved_page(folder: Path, language: Language, *, opens: bool) -> str:
    """The page: views of this browser, which a script lists, and the questions of the server's folder."""
    found, problems = saved_questions(folder)
    columns = [Column(Text(f"views.{name}").in_(language)) for name in ("question", "called", "written")]
    rows = [
        [Link(one.title.in_(language), f"/ask/{one.name}"), one.name, _written(one, language, opens)] for one in found
    ]
    said = [Text("views.kept.about", folder=folder.name), *([] if found else [Text("views.none_kept")]), *problems]
    sections = [
        Section(Text("views.here").in_(language), Text("views.here.about").in_(language), figure=Figure("saved.html", _MOST)),
        Section(
            Text("views.kept").in_(language), " ".join(one.in_(language) for one in said),
            table=Table(columns, rows) if rows else None,
        ),
    ]  # fmt: skip
    return list_page(Text("views.title").in_(language), sections, links=LINKS, language=language)


def _written(one: Question, language: Language, opens: bool) -> Link | str:
    """Whether a kept question is a statement, which the query page opens, or parameters of one of ours."""
    if not one.cypher:
        return Text("views.parameters").in_(language)
    return Link(Text("query.open").in_(language), _opened(one)) if opens else Text("views.statement").in_(language)


def _opened(one: Question) -> str:
    """The address of the query page with a kept statement, its parameters as they are by default."""
    fields = one.parameters.model_fields
    return query_address(one.cypher, {name: info.default for name, info in fields.items() if not info.is_required()})


def sent_yaml(text: str, model: TypeAdapter[T]) -> T:
    """What a YAML text of a browser says. Raises `SavedQuestionError`, with the line."""
    if len(text.encode()) > MAX_BYTES:
        raise SavedQuestionError(Text("yaml.too_large", most=f"{MAX_BYTES >> 10} KiB"))
    return model_of(text, "YAML", model, SavedQuestionError, "")


def views_in(text: str, language: Language) -> list[SavedView]:
    """The views that a YAML text says; a kept question is one too. Raises `SavedQuestionError`, with the line."""
    found = sent_yaml(text, _FILE)
    if isinstance(found, SavedViews):
        return list(found.views)
    title = Text.both(found.zh, found.en).in_(language)
    if found.cypher is not None:
        return [SavedView(name=title, address=_opened(statement_question(found)))]
    return [SavedView(name=title, address=asked_address(str(found.question), found.given))]
