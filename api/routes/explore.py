"""Pages about things, and those to set out from."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from api.answering import Looking
from api.deps import Earlier, Home, Opens, QuestionsFolder, Reading, Speaking, attached
from api.explore_pages import home_page, search_page
from api.facts import Seen
from api.pages import LONGEST_ADDRESS, MAX_PICTURE_NODES
from api.place_pages import map_page, matrix_page
from api.routes.data import check_labels
from api.taken import stamp_of
from api.thing_pages import node_page
from api.walk_pages import walk_page
from api.walks import DEPTH, LIMIT, Filters, Name, Step, Walk
from graph.errors import UsageError
from graph.texts import Text
from queries.verdicts import Verdict

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, route_class=Looking)


@router.get("/")
def home(reader: Reading, folder: QuestionsFolder, language: Speaking, opens: Opens) -> str:
    """Places, chains, questions."""
    return home_page(reader, folder, language, opens=opens)


@router.get("/search")
def search(reader: Reading, language: Speaking, q: Annotated[str, Query(max_length=200)] = "") -> str:
    """What a search found."""
    return search_page(reader, q, language)


@router.get("/matrix")
def matrix(reader: Reading, language: Speaking) -> str:
    """Places by chains."""
    return reader.once(("matrix", language), lambda r: matrix_page(r, language))


@router.get("/map")
def places_on_map(reader: Reading, language: Speaking) -> str:
    """The places and what flows between them."""
    return reader.once(("map", language), lambda r: map_page(r, language))


@router.get("/nodes/{node_id:path}")
def thing(
    reader: Reading, language: Speaking, node_id: str, place: str = "", technology: str = "",
    verdict: Annotated[list[Verdict | Literal[""]], Query()] = [], page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> str:  # fmt: skip
    """The page of a node: what is on record about it."""
    seen = Seen(place, technology, tuple(Verdict(one) for one in verdict if one), page)
    return reader.once(("thing", node_id, language, seen), lambda r: node_page(r, node_id, language, seen))


async def _walk(
    request: Request,
    node_id: str,
    depth: Annotated[int, Query(ge=1, le=4)] = DEPTH,
    limit: Annotated[int, Query(ge=1, le=MAX_PICTURE_NODES)] = LIMIT,
    kinds: Annotated[list[str], Query()] = [],
    step: Annotated[list[Step], Query(max_length=500)] = [],
    place: Name = "",
    chain: Name = "",
    verdict: Annotated[list[Verdict], Query()] = [],
    status: Annotated[list[Name], Query(max_length=10)] = [],
    since: date | Literal[""] = "",
    at: Name = "",
    off: Annotated[list[Name] | None, Query(max_length=40)] = None,
    run: Name = "",
) -> Walk:
    if len(request.url.query) > 2 * LONGEST_ADDRESS:
        raise UsageError(Text("walk.too_long", most=LONGEST_ADDRESS))
    filters = Filters(place, chain, tuple(verdict), tuple(status), since or None)
    chosen_off = None if off is None else tuple(one for one in off if one)
    return Walk(node_id, depth, limit, tuple(kinds), tuple(step), filters, at, chosen_off, run)


Walking = Annotated[Walk, Depends(_walk)]
"""The walk that an address tells. Raises `UsageError` where it is too long."""


@router.get("/subgraph/{node_id:path}")
def picture(
    reader: Reading, earlier: Earlier, home: Home, language: Speaking, walk: Walking, file: bool = False
) -> Response:
    """The picture around a node and what was done with it; as one file that needs no server."""
    check_labels([*walk.labels])
    if file:
        html = walk_page(reader, walk, language, is_served=False, stamp=stamp_of(reader, home, language))
        return HTMLResponse(html, headers=attached(f"{walk.node}.html"))
    if walk == Walk(walk.node, walk.depth, walk.limit, walk.labels):
        return HTMLResponse(reader.once(("picture", language, walk), lambda r: walk_page(r, walk, language)))
    return HTMLResponse(walk_page(reader, walk, language, earlier=earlier))
