"""What routes share: the store, what was made of its graph, and the folder of claims of the running server."""

from pathlib import Path
from typing import Annotated

from fastapi import Depends, Query, Request

from api.settings import Settings
from graph.store import GraphStore
from graph.texts import Language, language_of
from queries.reader import Reader


def _home(request: Request) -> Path:
    home: Path = request.app.state.home
    return home


Home = Annotated[Path, Depends(_home)]
"""The folder of claims and reports of the running server."""


def _questions(request: Request) -> Path:
    folder: Path = request.app.state.questions
    return folder


QuestionsFolder = Annotated[Path, Depends(_questions)]
"""The folder of the questions that users keep."""


def _store(request: Request) -> GraphStore:
    store: GraphStore = request.app.state.store
    return store


Store = Annotated[GraphStore, Depends(_store)]


def _language(
    request: Request,
    language: Annotated[Language | None, Query(description="zh or en; by default the browser's")] = None,
) -> Language:
    return language or language_for(request)


def language_for(request: Request) -> Language:
    """The language that a browser chose before or asks for, else the server's."""
    accepted = [one.partition(";")[0].strip() for one in request.headers.get("accept-language", "").split(",")]
    chosen = language_of([request.cookies.get("language", ""), *accepted])
    return chosen or Settings().language


Speaking = Annotated[Language, Depends(_language)]
"""The language of the answer: the one asked for, else chosen before, else the browser's, else the server's."""


def _reader(request: Request) -> Reader:
    return Reader(request.app.state.store, request.app.state.kept)


Reading = Annotated[Reader, Depends(_reader)]
"""The store, read for one answer; what was asked before of the same graph is not worked out again."""
