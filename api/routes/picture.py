"""A picture to take away, of whatever its reader sees."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.answering import Looking
from api.deps import Home, Reading, Speaking
from api.errors import RESPONSES
from api.taken import TYPES, Seen, taken

router = APIRouter(prefix="/api", tags=["graph"], responses=RESPONSES, route_class=Looking)
_FILES: dict[int | str, dict[str, object]] = {200: {"content": {kind: {} for kind in TYPES.values()}}}


@router.post("/picture", responses=_FILES, response_class=Response)
def picture(reader: Reading, home: Home, language: Speaking, seen: Seen) -> Response:
    """Nodes and edges by id as SVG with title, legend, day and sources, as one offline page, as GraphML or GEXF."""
    return taken(reader, home, seen, language)
