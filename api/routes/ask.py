"""One typed route a question, made from the registry."""

from collections.abc import Callable
from typing import Annotated, get_origin

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.datastructures import QueryParams

from api.deps import QuestionsFolder, Reading
from api.errors import RESPONSES
from queries.answer import Answer, as_json
from queries.registry import Question, questions
from queries.saved import question_named, saved_questions

router = APIRouter(prefix="/api/ask", tags=["questions"], responses=RESPONSES)


class QuestionOut(BaseModel):
    """A question that can be asked."""

    name: str
    zh: str
    en: str
    doc: str = Field(description="what it answers")
    parameters: dict[str, object] = Field(description="JSON Schema of its parameters")


@router.get("")
def list_questions(folder: QuestionsFolder) -> list[QuestionOut]:
    """可以提的问题，自存的在后。 The questions that can be asked, those that users keep after ours."""
    return [
        QuestionOut(name=q.name, zh=q.zh, en=q.en, doc=q.doc, parameters=q.parameters.model_json_schema())
        for q in [*questions(), *saved_questions(folder)[0]]
    ]


def _asker(one: Question) -> Callable[..., Answer]:
    def ask(reader: Reading, parameters: BaseModel) -> Answer:
        return one.ask(reader, **parameters.model_dump())

    ask.__annotations__ = {
        "reader": Reading,
        "parameters": Annotated[one.parameters, Query()],
        "return": one.answer_type,
    }
    ask.__doc__ = one.doc
    return ask


for _question in questions():
    router.add_api_route(
        f"/{_question.name}", _asker(_question), name=_question.name, summary=f"{_question.zh} {_question.en}"
    )


@router.get("/{name}", include_in_schema=False)
def kept(name: str, reader: Reading, folder: QuestionsFolder, request: Request) -> JSONResponse:
    """A question that a user keeps; of a name that is none the nearest are proposed."""
    one = question_named(name, folder)
    return JSONResponse(as_json(one.ask(reader, **given_of(one, request.query_params))))


def given_of(one: Question, asked: QueryParams) -> dict[str, object]:
    """The parameters of an address; a field of a form that was left empty is not given."""
    fields = one.parameters.model_fields
    given: dict[str, object] = {}
    for key in asked:
        values = [value for value in asked.getlist(key) if value.strip()]
        is_several = key in fields and get_origin(fields[key].annotation) is list
        if values:
            given[key] = values if is_several else values[-1]
    return given
