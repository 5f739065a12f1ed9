"""Pages for people, the files they ask for, and the page of the API."""

import gzip
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from mimetypes import guess_type
from pathlib import Path
from typing import Annotated, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, FastAPI, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from pydantic import ValidationError

from api.answering import Asking, Handler, Looking
from api.carried import carried_away
from api.deps import Earlier, Home, OnDay, Opens, QuestionsFolder, Reading, Speaking, attached, language_for, spoken_in
from api.dossier import dossier
from api.facts import joined
from api.pages import awaiting_page
from api.question_pages import (
    VIEWED,
    View,
    ask_page,
    asked_form,
    compare_form,
    compare_page,
    compared_title,
    mistaken_page,
    pairs_of,
    taken,
)
from api.routes.ask import given_of
from api.routes.compare import RUNS, comparison
from api.runs import named_runs
from graph.errors import NotFound, UsageError
from graph.texts import Language, Text
from queries.reader import Reader
from queries.registry import is_ours
from queries.saved import as_yaml, question_named
from queries.scope import nodes
from viz.page import Form, static_files


class Awaited(Asking):
    """A page that may take long. To a browser that comes from elsewhere goes at once, before there is a place, one that asks for it,
    says what is being done and can stop it; what is carried away comes as it is."""

    def get_route_handler(self) -> Handler:
        """What answers a request."""
        answer = super().get_route_handler()

        async def answered(request: Request) -> Response:
            sent = request.headers.get
            is_from_elsewhere = sent("sec-fetch-mode") == "navigate" and sent("sec-fetch-site") != "same-origin"
            if not is_from_elsewhere or request.query_params.get("format"):
                return await answer(request)
            language = language_for(request)
            return HTMLResponse(await run_sync(_waiting, request, language), headers=spoken_in(language))

        return answered


def _waiting(request: Request, language: Language) -> str:
    """The page that waits for a long one and says what that is about. Raises `UnknownName`."""
    name, asked = request.path_params.get("name"), request.query_params.multi_items()
    title = question_named(name, request.app.state.questions).title if name else Text("dossier.report")
    ids = [str(request.path_params.get("node_id", "")), *(value for _, value in asked)]
    with request.app.state.store.snapshot() as graph:
        called = {node.id: node.name_in(language) for node in nodes(Reader(graph), ids)}
    about = joined(title.in_(language), called.get(ids[0], ""))
    return awaiting_page(about, request.scope["path"], asked, called, language)


router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, route_class=Looking)
questions = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, route_class=Awaited)


@questions.get("/ask/{name}")
def ask(
    reader: Reading,
    on_day: OnDay,
    name: str,
    folder: QuestionsFolder,
    language: Speaking,
    request: Request,
    opens: Opens,
) -> Response:
    """A question: its answer, also to take away; the form where something it needs is missing or wrong."""
    one = question_named(name, folder)
    view, given = _view(request, *_OF_A_DAY), given_of(one, request.query_params, *_OF_A_DAY)
    try:
        reader = on_day(view.as_of)
        if take := request.query_params.get("format"):
            return carried_away(reader, one, one.ask(reader, **given), view, taken(take), language)
        if not is_ours(name):  # One that users keep may be another a moment later.
            return HTMLResponse(ask_page(reader, one, given, view, language, opens))
        key = ("answer", name, repr(sorted(given.items())), view, language)
        return HTMLResponse(reader.once(key, lambda apart: ask_page(apart, one, given, view, language, opens)))
    except _MISTAKES as error:
        return _mistaken(
            reader, one.title.in_(language), asked_form(reader, one, given, view, language), given, error, language
        )


_OF_A_DAY = (*VIEWED, "as_of")
"""The parameters of a question's address that are the page's own."""
_MISTAKES = (UsageError, NotFound, ValidationError)
"""What a form can mend."""


def _mistaken(
    reader: Reader, title: str, form: Form, given: Mapping[str, object], error: UsageError | NotFound | ValidationError, language: Language
) -> Response:  # fmt: skip
    status = 404 if isinstance(error, NotFound) else 422
    return HTMLResponse(mistaken_page(reader, title, form, [*pairs_of(given)], error, language), status)


def _view(request: Request, *names: str) -> View:
    """How a page is looked at, as parameters of these names in its address say."""
    return View.of({name: request.query_params.getlist(name) for name in names})


@router.get("/ask/{name}/kept.yaml")
def kept(name: str, request: Request) -> Response:
    """The parameters of a question as a file to keep and share: put it into the folder of kept questions."""
    one = question_named(name)
    text = as_yaml(
        f"my-{name}".replace("_", "-"), f"我的{one.title.in_(Language.ZH)}", f"My {one.title.in_(Language.EN)}", one,
        given_of(one, request.query_params),
    )  # fmt: skip
    return Response(text, media_type="application/yaml; charset=utf-8", headers=attached(f"my-{name}.yaml"))


@questions.get("/compare/{name}")
def compare(
    reader: Reading, earlier: Earlier, home: Home, folder: QuestionsFolder, language: Speaking, name: str,
    request: Request, opens: Opens, before: str = "", after: str = "",
) -> Response:  # fmt: skip
    """A question on two graphs: what appeared, what vanished, what is judged otherwise."""
    one = question_named(name, folder)
    view, given = _view(request, *VIEWED), given_of(one, request.query_params, *VIEWED, *RUNS)
    form = compare_form(reader, one, named_runs(home), before, after, given, language)
    of_both = {**({"before": before} if before else {}), **({"after": after} if after else {}), **given}
    try:
        answer = comparison(reader, earlier, home, one, before, after, given) if before else None
        return HTMLResponse(compare_page(reader, one, form, of_both, view, answer, language, opens))
    except _MISTAKES as error:
        return _mistaken(reader, compared_title(one, form, language), form, of_both, error, language)


@questions.get("/report/{node_id:path}")
def report(
    reader: Reading,
    home: Home,
    language: Speaking,
    node_id: str,
    format: Annotated[Literal["", "html"], Query()] = "",
) -> Response:
    """The report of a chain or of a place, also as one file."""
    is_served = not format
    html = reader.once(
        ("report", node_id, language, is_served), lambda r: dossier(r, home, node_id, language, is_served=is_served)
    )
    return HTMLResponse(html, headers={} if is_served else attached(f"{node_id.replace(':', '-')}.html"))


@router.get("/static/{name}")
async def static(name: str, request: Request) -> Response:
    """A script or style of the pages; the pages name its content in the address, so it may be kept."""
    if name not in static_files():
        raise HTTPException(404)
    is_zipped = "gzip" in request.headers.get("accept-encoding", "")
    headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"} if is_zipped else {}
    headers |= {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(_content(name, is_zipped=is_zipped), headers=headers, media_type=guess_type(name)[0])


@cache
def _content(name: str, *, is_zipped: bool) -> bytes:
    """A file as it is sent: to compress vis-network each time takes as long as the page around it."""
    content = static_files()[name].encode()
    return gzip.compress(content) if is_zipped else content


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
