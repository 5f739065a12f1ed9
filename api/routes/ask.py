"""One typed route a question, made from the registry."""

from collections.abc import Callable
from typing import Annotated, get_origin

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field, create_model
from starlette.datastructures import QueryParams

from api.answering import Asking, Looking
from api.carried import FILES, carried_away
from api.deps import OnDay, QuestionsFolder, Speaking
from api.errors import RESPONSES
from api.question_pages import Take, View
from graph.texts import Language
from queries.registry import Question, questions
from queries.saved import question_named, saved_questions

router = APIRouter(prefix="/api/ask", tags=["questions"], responses=RESPONSES, route_class=Asking)

_LOOKS = {"neighbourhood", "search"}
"""Questions that look at one thing or a few."""


class QuestionOut(BaseModel):
    """A question that can be asked."""

    name: str
    title: str = Field(description="the question")
    doc: str = Field(description="what it answers")
    parameters: dict[str, object] = Field(description="JSON Schema of its parameters")


@router.get("")
def list_questions(folder: QuestionsFolder, language: Speaking) -> list[QuestionOut]:
    """The questions that can be asked, those that users keep after ours."""
    return [
        QuestionOut(
            name=q.name,
            title=q.title.in_(language),
            doc=q.doc.in_(language),
            parameters=q.parameters.model_json_schema(),
        )
        for q in [*questions(), *saved_questions(folder)[0]]
    ]


_FILES: dict[int | str, dict[str, object]] = {200: {"content": {kind: {} for kind in FILES.values()}}}


def _asker(one: Question) -> Callable[..., Response]:
    def ask(on_day: OnDay, language: Speaking, parameters: BaseModel) -> Response:
        reader = on_day(getattr(parameters, "as_of", ""))
        answer = one.ask(reader, **parameters.model_dump(exclude={"language", "format", "as_of"}))
        return carried_away(reader, one, answer, View(), getattr(parameters, "format", Take.JSON), language)

    # A model of a query takes the whole of it, the language, the format and the day too.
    model = create_model(
        f"{one.parameters.__name__}Asked", __base__=one.parameters, language=(Language | None, None),
        format=(Take, Field(Take.JSON, description="as JSON the whole answer, as CSV and XLSX its rows")),
        as_of=(str, Field("", description="the day of asking, as 2025-12-31: facts in force on it count, by default today")),
    )  # fmt: skip
    ask.__annotations__ = {"on_day": OnDay, "language": Speaking, "parameters": Annotated[model, Query()]}
    return ask


for _question in questions():
    router.add_api_route(
        f"/{_question.name}", _asker(_question), name=_question.name, response_model=_question.answer_type, responses=_FILES,
        route_class_override=Looking if _question.name in _LOOKS else Asking,
        summary=_question.title.in_(Language.EN), description=_question.doc.in_(Language.EN),
    )  # fmt: skip


@router.get("/{name}", include_in_schema=False)
def kept(
    name: str, on_day: OnDay, folder: QuestionsFolder, language: Speaking, request: Request,
    format: Take = Take.JSON, as_of: str = "",
) -> Response:  # fmt: skip
    """A question that a user keeps; of a name that is none the nearest are proposed."""
    one = question_named(name, folder)
    reader, given = on_day(as_of), given_of(one, request.query_params, "format", "as_of")
    return carried_away(reader, one, one.ask(reader, **given), View(), format, language)


def given_of(one: Question, asked: QueryParams, *besides: str) -> dict[str, object]:
    """The parameters of an address; a field of a form that was left empty is not given, and the language is none, nor what
    the address names `besides`."""
    fields = one.parameters.model_fields
    given: dict[str, object] = {}
    for key in asked:
        values = [value for value in asked.getlist(key) if value.strip()]
        is_several = key in fields and get_origin(fields[key].annotation) is list
        if values and key not in ("language", *besides):
            given[key] = values if is_several else values[-1]
    return given
