"""One typed route a question, made from the registry."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.deps import Store
from api.errors import RESPONSES
from queries.library import question_named, questions
from queries.runner import Answer, Question

router = APIRouter(prefix="/api/ask", tags=["questions"], responses=RESPONSES)


class QuestionOut(BaseModel):
    """A question that can be asked."""

    name: str
    zh: str
    en: str
    doc: str = Field(description="what it answers")
    parameters: dict[str, object] = Field(description="JSON Schema of its parameters")


@router.get("")
def list_questions() -> list[QuestionOut]:
    """可以提的问题。 The questions that can be asked."""
    return [
        QuestionOut(name=q.name, zh=q.zh, en=q.en, doc=q.doc, parameters=q.parameters.model_json_schema())
        for q in questions()
    ]


def _asker(one: Question) -> Callable[..., Answer]:
    def ask(store: Store, parameters: BaseModel) -> Answer:
        return one.ask(store, **parameters.model_dump())

    ask.__annotations__ = {"store": Store, "parameters": Annotated[one.parameters, Query()], "return": one.answer_type}
    ask.__doc__ = one.doc
    return ask


for _question in questions():
    router.add_api_route(
        f"/{_question.name}", _asker(_question), name=_question.name, summary=f"{_question.zh} {_question.en}"
    )


@router.get("/{name}", include_in_schema=False)
def unknown(name: str) -> None:
    """A question that does not exist: the nearest names are proposed."""
    question_named(name)
