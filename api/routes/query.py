"""Where statements are written and asked, and where views are saved. Both only read."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.answering import Asking, Looking
from api.carried import carried_away
from api.deps import FROM_HERE, Opens, QuestionsFolder, Reading, Sent, Speaking, attached, spoken
from api.errors import status_of
from api.query_page import Asked, mistaken_query_page, query_page
from api.question_pages import taken
from api.saved_page import saved_page, views_in
from graph.errors import CorridorError, GraphChanged, SwitchedOff, UsageError
from graph.texts import Text
from queries.saved import file_of

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, route_class=Asking)
saved = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, route_class=Looking)

_MOST_FIELDS = 2_000


async def _asked(request: Request, language: Speaking, opens: Opens) -> Asked:
    if not opens:
        raise SwitchedOff(Text("query.off"))
    asked: Mapping[str, list[str]] = {name: request.query_params.getlist(name) for name in request.query_params}
    if request.method == "POST":
        try:
            body = (await request.body()).decode("utf-8", "replace")
            asked = parse_qs(body, keep_blank_values=True, errors="replace", max_num_fields=_MOST_FIELDS)
        except ValueError as error:
            raise UsageError(Text("server.refused.400")) from error
    return Asked(asked, language)


Query = Annotated[Asked, Depends(_asked)]


@router.api_route("/query", methods=["GET", "POST"], dependencies=[FROM_HERE])
def query(reader: Reading, asked: Query, request: Request) -> Response:
    """A statement: what it returns, also to take away. What is short enough to stand in an address is sent there."""
    if request.method == "POST" and asked.text and not asked.is_long and not asked.format:
        return RedirectResponse(asked.address, 303)
    try:
        if asked.format:
            one = asked.question()
            return carried_away(reader, one, one.ask(reader), asked.view, taken(asked.format), asked.language)
        return HTMLResponse(query_page(reader, asked))
    except GraphChanged:
        raise
    except CorridorError as error:
        return HTMLResponse(mistaken_query_page(asked, error), status_of(error))


@router.post("/query/kept.yaml", dependencies=[FROM_HERE])
def kept(asked: Query) -> Response:
    """The statement as a file to keep and share: put it into a folder of kept questions."""
    try:
        asked.question()
        text = file_of(asked.kept())
    except CorridorError as error:
        return HTMLResponse(mistaken_query_page(asked, error), status_of(error))
    return Response(text, media_type="application/yaml; charset=utf-8", headers=attached(f"{asked.kept().name}.yaml"))


@saved.get("/saved")
def saved_views(folder: QuestionsFolder, language: Speaking, opens: Opens) -> str:
    """What this browser and the server keep."""
    return saved_page(folder, language, opens=opens)


@saved.post("/api/saved", dependencies=[FROM_HERE])
def read_views(text: Sent, language: Speaking) -> Response:
    """The views of a YAML text, checked, for the script that keeps them."""
    return spoken([view.model_dump() for view in views_in(text, language)], language)
