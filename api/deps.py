"""What routes share: the store of the running server."""

from typing import Annotated

from fastapi import Depends, Request

from graph.store import GraphStore


def _store(request: Request) -> GraphStore:
    store: GraphStore = request.app.state.store
    return store


Store = Annotated[GraphStore, Depends(_store)]
