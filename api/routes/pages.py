"""Pages for people, the files they ask for, and the page of the API."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, FastAPI, Query
from fastapi.responses import FileResponse, HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel

from api.deps import Store
from api.pages import MAX_PICTURE_NODES, ask_page, home_page, search_page, subgraph_page
from api.routes.data import check_labels
from graph.errors import NotFound
from queries.library import question_named, questions
from queries.runner import Question
from viz.page import static_files

router = APIRouter(tags=["pages"], include_in_schema=False, default_response_class=HTMLResponse)

_STATIC = static_files()


@router.get("/")
def home(store: Store) -> str:
    """Chains, worst findings, search."""
    return home_page(store)


@router.get("/search")
def search(store: Store, q: Annotated[str, Query(max_length=200)] = "") -> str:
    """What a search found."""
    return search_page(store, q)


@router.get("/subgraph/{node_id}")
def picture(
    store: Store,
    node_id: str,
    depth: Annotated[int, Query(ge=1, le=4)] = 2,
    kinds: Annotated[list[str], Query()] = [],
    limit: Annotated[int, Query(ge=1, le=MAX_PICTURE_NODES)] = 150,
) -> str:
    """The picture around a node."""
    check_labels(kinds)
    return subgraph_page(store, node_id, depth=depth, limit=limit, labels=kinds, is_served=True)


def _asker(one: Question) -> Callable[..., str]:
    def ask(store: Store, parameters: BaseModel) -> str:
        return ask_page(store, one, parameters.model_dump())

    ask.__annotations__ = {"store": Store, "parameters": Annotated[one.parameters, Query()], "return": str}
    return ask


for _question in questions():
    router.add_api_route(f"/ask/{_question.name}", _asker(_question), name=f"page_{_question.name}")


@router.get("/ask/{name}")
def unknown(name: str) -> str:
    """A question that does not exist: the nearest names are proposed."""
    return question_named(name).name


@router.get("/static/{name}")
def static(name: str) -> Response:
    """A script or style of the pages; the pages name its content in the address, so it may be kept."""
    if name not in _STATIC:
        raise NotFound(name)
    return FileResponse(_STATIC[name], headers={"Cache-Control": "public, max-age=31536000, immutable"})


_API_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>corridor API</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body></html>"""
_API_START = 'SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui", validatorUrl: null, deepLinking: true});'


@router.get("/docs")
def api_page() -> str:
    """The page of the API. Its files come with an installed package, so it works offline."""
    return _API_PAGE


@router.get("/docs/start.js")
def api_start() -> Response:
    """What starts it; a script of its own, because pages run no inline script."""
    return Response(_API_START, media_type="text/javascript")


def mount_static(app: FastAPI) -> None:
    """Serve the files of the API's page out of the installed package."""
    package = find_spec("fastapi_offline")
    if package is None or package.origin is None:
        raise RuntimeError("the package fastapi-offline, which holds the files of the API's page, is not installed")
    app.mount("/docs", StaticFiles(directory=Path(package.origin).parent / "static"), name="docs")
