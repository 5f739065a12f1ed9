"""Whether the server lives, and whether it can answer."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.deps import Store
from api.errors import RESPONSES
from graph.ontology import EDGE_TYPE, NODE_TYPE

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
def ready(store: Store) -> Ready:
    """The store can be read; 503 where it cannot."""
    counts = store.counts()
    return Ready(
        engine=store.dialect,
        nodes=sum(n for name, n in counts.items() if name in NODE_TYPE),
        edges=sum(n for name, n in counts.items() if name in EDGE_TYPE),
    )
