"""Whether the server lives, and whether it can answer."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from api.deps import Speaking
from api.errors import RESPONSES
from api.pages import held
from graph.errors import ServerBusy
from graph.ontology import EDGE_TYPE, NODE_TYPE
from graph.store import GraphStore
from graph.texts import Text
from queries.reader import Kept, Reader

router = APIRouter(prefix="/health", tags=["health"])


class Live(BaseModel):
    """The process answers."""

    status: str = "live"


class Ready(BaseModel):
    """The store answers."""

    status: str = "ready"
    engine: str = Field(description="engine of the graph")
    nodes: int = Field(description="nodes in the graph")
    edges: int = Field(description="edges in the graph")


class Doing(BaseModel):
    """What is being done for a request."""

    is_running: bool
    said: str


@router.get("/live")
async def live() -> Live:  # Not in a thread: those may all be waiting for the graph.
    """The process runs."""
    return Live()


@router.get("/ready", responses={503: RESPONSES[503]})
async def ready(request: Request) -> Ready:
    """The store can be read and what is compiled is loaded; 503 before."""
    state = request.app.state
    if not state.is_warm:
        raise ServerBusy(Text("server.warming"))
    engine, counts = await run_sync(_read, state.store, state.kept, limiter=state.readiness)
    return Ready(
        engine=engine,
        nodes=sum(n for name, n in counts.items() if name in NODE_TYPE),
        edges=sum(n for name, n in counts.items() if name in EDGE_TYPE),
    )


@router.get("/doing", include_in_schema=False)
async def doing(request: Request, run: str, language: Speaking) -> Doing:
    """What is being done for a request that waits for its answer, by its path and query."""
    path, _, query = run.partition("?")
    texts = [
        answering.doing if (answering := getattr(one.state, "answering", None)) else None
        for one in request.app.state.answered
        if one.scope["path"] == unquote(path)
        and parse_qsl(one.scope["query_string"].decode("latin-1")) == parse_qsl(query)
    ]
    said = next((text for text in texts if text), Text("server.waiting"))
    return Doing(is_running=bool(texts), said=said.in_(language) if texts else "")


def _read(store: GraphStore, kept: Kept) -> tuple[str, Mapping[str, int]]:
    """The engine, and the counts of the graph, which are counted once while it stands."""
    with store.snapshot() as graph:
        return graph.dialect, held(Reader(graph, kept))
