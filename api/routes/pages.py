"""Pages for people, the files they ask for, and the page of the API."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, FastAPI, HTTPException, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from fastapi.staticfiles import StaticFiles

from api.answering import Asking, Looking
from api.deps import Earlier, Home, QuestionsFolder, Reading, Speaking
from api.pages import MAX_PICTURE_NODES, ask_page, compare_page, home_page, search_page, subgraph_page
from api.routes.ask import given_of
from api.routes.compare import asked_of_both, comparison
from api.routes.data import check_labels
from api.runs import kept_runs
from graph.texts import Language
from queries.saved import as_yaml, question_named
from viz.page import static_files

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, route_class=Looking)
questions = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, route_class=Asking)

_STATIC = static_files()


@router.get("/")
def home(reader: Reading, folder: QuestionsFolder, language: Speaking) -> str:
    """Chains, worst findings, search."""
    return home_page(reader, folder, language)


@router.get("/search")
def search(reader: Reading, language: Speaking, q: Annotated[str, Query(max_length=200)] = "") -> str:
    """What a search found."""
    return search_page(reader, q, language)


@router.get("/subgraph/{node_id}")
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


@questions.get("/ask/{name}")
def ask(reader: Reading, name: str, folder: QuestionsFolder, language: Speaking, request: Request) -> str:
    """A question: its findings, or the form where something it needs is missing."""
    one = question_named(name, folder)
    return ask_page(reader, one, given_of(one, request.query_params), language)


@router.get("/ask/{name}/kept.yaml")
def kept(name: str, request: Request) -> Response:
    """The parameters of a question as a file to keep and share: put it into the folder of kept questions."""
    one = question_named(name)
    text = as_yaml(
        f"my-{name}".replace("_", "-"), f"我的{one.title.in_(Language.ZH)}", f"My {one.title.in_(Language.EN)}", one,
        given_of(one, request.query_params),
    )  # fmt: skip
    headers = {"Content-Disposition": f'attachment; filename="my-{name}.yaml"'}
    return Response(text, media_type="application/yaml; charset=utf-8", headers=headers)


@questions.get("/compare/{name}")
def compare(
    reader: Reading, earlier: Earlier, home: Home, folder: QuestionsFolder, language: Speaking, name: str,
    request: Request, before: str = "", after: str = "",
) -> str:  # fmt: skip
    """A question on two graphs: what appeared, what vanished, what is judged otherwise."""
    one = question_named(name, folder)
    given = asked_of_both(one, request.query_params)
    answer = comparison(reader, earlier, home, one, before, after, given) if before else None
    return compare_page(reader, one, kept_runs(home), before, after, given, answer, language)


@router.get("/static/{name}")
def static(name: str) -> Response:
    """A script or style of the pages; the pages name its content in the address, so it may be kept."""
    if name not in _STATIC:
        raise HTTPException(404)
    return FileResponse(_STATIC[name], headers={"Cache-Control": "public, max-age=31536000, immutable"})


_API_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>corridor API</title><link rel="icon" href="data:,">
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
