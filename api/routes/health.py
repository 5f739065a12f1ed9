"""Whether the server lives, and whether it can answer."""

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from api.errors import RESPONSES
from graph.ontology import EDGE_TYPE, NODE_TYPE
from graph.store import GraphStore
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


@router.get("/live")
async def live() -> Live:  # Not in a thread: those may all be waiting for the graph.
    """The process runs."""
    return Live()


@router.get("/ready", responses={503: RESPONSES[503]})
async def ready(request: Request) -> Ready:
    """The store can be read; 503 where it cannot."""
    state = request.app.state
    engine, counts = await run_sync(_read, state.store, state.kept, limiter=state.readiness)
    return Ready(
        engine=engine,
        nodes=sum(n for name, n in counts.items() if name in NODE_TYPE),
        edges=sum(n for name, n in counts.items() if name in EDGE_TYPE),
    )


def _read(store: GraphStore, kept: Kept) -> tuple[str, dict[str, int]]:
    """The engine, and the counts of the graph, which are counted once while it stands."""
    with store.snapshot() as graph:
        return graph.dialect, Reader(graph, kept).once("counts", lambda reader: reader.store.counts())
