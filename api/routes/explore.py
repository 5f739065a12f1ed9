"""Pages about things, and those to set out from."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from api.answering import Looking
from api.deps import Opens, QuestionsFolder, Reading, Speaking
from api.explore_pages import home_page, search_page, subgraph_page
from api.facts import Seen
from api.pages import MAX_PICTURE_NODES
from api.place_pages import map_page, matrix_page
from api.routes.data import check_labels
from api.thing_pages import node_page
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


@router.get("/subgraph/{node_id:path}")
def picture(
    reader: Reading,
    language: Speaking,
    node_id: str,
    depth: Annotated[int, Query(ge=1, le=4)] = 1,
    kinds: Annotated[list[str], Query()] = [],
    limit: Annotated[int, Query(ge=1, le=MAX_PICTURE_NODES)] = 150,
) -> str:
    """The picture around a node."""
    check_labels(kinds)
    key = ("picture", node_id, language, depth, tuple(kinds), limit)
    return reader.once(
        key, lambda r: subgraph_page(r, node_id, language, depth=depth, limit=limit, labels=kinds, is_served=True)
    )
