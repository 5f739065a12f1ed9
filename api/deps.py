"""What routes share: the store and the folder of claims of the running server."""

from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from graph.store import GraphStore


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
