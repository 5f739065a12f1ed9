"""Empty tables to be filled: the page that offers them, and each as a file."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response

from api.answering import Asking
from api.carried import FILES
from api.deps import Reading, Speaking, attached, spoken_in
from api.errors import RESPONSES
from api.question_pages import Take
from api.templates import drafted, table_of_projects, template_named, templates_page

router = APIRouter(responses=RESPONSES, route_class=Asking)
_FILES: dict[int | str, dict[str, object]] = {200: {"content": {kind: {} for kind in FILES.values()}}}


@router.get("/templates", include_in_schema=False, response_class=HTMLResponse)
def page(language: Speaking) -> str:
    """The tables that can be filled."""
    return templates_page(language)


@router.get("/api/templates/{name}", tags=["templates"], response_class=Response, responses=_FILES)
def template(
    reader: Reading, language: Speaking, name: str, form: Literal["csv", "xlsx"] = "xlsx",
    candidates_for: Annotated[list[str], Query(max_length=50)] = [],
) -> Response:  # fmt: skip
    """An empty table to be filled, with headings, units and an example; that of proposed projects (`fund-projects`) with a row for
    each candidate for the products or chains that are named."""
    if candidates_for:
        found = drafted(reader, table_of_projects(name, language), candidates_for, language)
    else:
        found = template_named(name, language)
    headers = spoken_in(language) | attached(f"{found.name}.{form}")
    return Response(found.content(form, language), media_type=FILES[Take(form)], headers=headers)
