"""The shortlist: a page that the browser fills, and what it asks."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from api.answering import Looking
from api.carried import FILES
from api.deps import FROM_HERE, Reading, Sent, Speaking, spoken
from api.errors import RESPONSES
from api.shortlist import Form, Shortlist, ShortlistOut, carried_list, items_in, listed, shortlist_page

router = APIRouter(responses=RESPONSES, route_class=Looking)
_FILES: dict[int | str, dict[str, object]] = {
    200: {"content": {kind: {} for kind in (*FILES.values(), "application/yaml")}}
}


@router.get("/shortlist", include_in_schema=False, response_class=HTMLResponse)
def page(language: Speaking) -> str:
    """What a reader has put together, kept in the browser or in the address."""
    return shortlist_page(language)


@router.post("/api/shortlist", tags=["graph"], response_model=ShortlistOut, responses=_FILES)
def shortlist(reader: Reading, language: Speaking, asked: Shortlist) -> Response:
    """What things of a list are in the graph, which it does not have any more; as CSV, XLSX and YAML the list as a file."""
    found = listed(reader, asked, language)
    return (
        spoken(found.model_dump(), language) if asked.form is Form.JSON else carried_list(found, asked.form, language)
    )


@router.post("/api/shortlist/file", include_in_schema=False, dependencies=[FROM_HERE])
def read_list(text: Sent, language: Speaking) -> Response:
    """The things of a YAML text, checked, for the script that keeps them."""
    return spoken([item.model_dump() for item in items_in(text)], language)
