"""A question on the graph of now and that of an earlier load, or on two earlier ones."""

from collections.abc import Callable, Mapping
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from api.answering import Asking
from api.carried import said
from api.deps import Earlier, Home, OneGraph, QuestionsFolder, Reading, Speaking
from api.errors import RESPONSES
from api.routes.ask import given_of
from api.runs import kept_runs
from graph.errors import UnknownName
from queries.compare import Comparison, compared
from queries.reader import Reader
from queries.registry import Question
from queries.saved import question_named

router = APIRouter(prefix="/api", tags=["questions"], responses=RESPONSES, route_class=Asking)


RUNS = ("before", "after")
"""The parameters of an address that name the runs."""


class Runs(BaseModel):
    """Loads whose graphs can be asked."""

    current: str | None = Field(description="run of the graph now")
    kept: list[str] = Field(description="runs whose graphs are kept, the newest first")


@router.get("/runs")
def runs(graph: OneGraph, home: Home) -> Runs:
    """The loads that can be compared."""
    return Runs(current=graph.run_id(), kept=kept_runs(home))


@router.get("/compare/{name}", response_model=Comparison)
def compare(
    reader: Reading, earlier: Earlier, home: Home, folder: QuestionsFolder, language: Speaking, name: str,
    request: Request, before: str, after: str = "",
) -> JSONResponse:  # fmt: skip
    """What differs between two runs; other parameters as the question has them."""
    one = question_named(name, folder)
    answer = comparison(reader, earlier, home, one, before, after, given_of(one, request.query_params, *RUNS))
    return said(answer, language)


def comparison(
    now: Reader, earlier: Callable[[str], Reader], home: Path, one: Question, before: str, after: str,
    given: Mapping[str, object],
) -> Comparison:  # fmt: skip
    """The answers on two runs, of no name the graph now. Only runs that are kept: an address would be a way out."""
    kept = kept_runs(home)
    for run in (before, after):
        if run and run not in kept:
            raise UnknownName("run", run, kept)
    return compared(one, earlier(before) if before else now, earlier(after) if after else now, given)
