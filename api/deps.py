"""What routes share: the graph of an answer, what was made of it before, and the folder of claims of the running server."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Protocol
from urllib.parse import quote, urlsplit

from fastapi import Depends, Query, Request
from fastapi.responses import JSONResponse

from api.answering import Answering
from api.runs import RunGraphs, day_of
from api.settings import chosen_language
from graph.errors import UsageError
from graph.store import Snapshot
from graph.texts import Language, Text, language_of
from queries.reader import Reader


async def _home(request: Request) -> Path:
    home: Path = request.app.state.home
    return home


Home = Annotated[Path, Depends(_home)]
"""The folder of claims and reports of the running server."""


async def _questions(request: Request) -> Path:
    folder: Path = request.app.state.questions
    return folder


QuestionsFolder = Annotated[Path, Depends(_questions)]
"""The folder of the questions that users keep."""


async def _opens(request: Request) -> bool:
    opens: bool = request.app.state.query_page
    return opens


Opens = Annotated[bool, Depends(_opens)]
"""Whether this server has a query page."""


def _graph(request: Request) -> Snapshot:
    answering: Answering = request.state.answering
    return answering.graph()


OneGraph = Annotated[Snapshot, Depends(_graph)]
"""The graph as it is for all of this answer, whatever is loaded meanwhile."""


async def _language(
    request: Request,
    language: Annotated[Language | None, Query(description="zh or en; by default the browser's")] = None,
) -> Language:
    return language or language_for(request)


def language_for(request: Request) -> Language:
    """The language that a request names, a browser chose before or asks for, else the server's."""
    accepted = [one.partition(";")[0].strip() for one in request.headers.get("accept-language", "").split(",")]
    chosen = language_of([request.query_params.get("language", ""), request.cookies.get("language", ""), *accepted])
    return chosen or chosen_language()


Speaking = Annotated[Language, Depends(_language)]
"""The language of the answer: the one asked for, else chosen before, else the browser's, else the server's."""


def spoken_in(language: Language) -> dict[str, str]:
    """The headers of an answer whose texts are in a language."""
    return {"Content-Language": language, "Vary": "Accept-Language, Cookie"}


def attached(name: str) -> dict[str, str]:
    """The headers of an answer that a browser keeps as a file of that name."""
    is_plain = re.fullmatch(r"[\w.-]+", name, re.ASCII)
    said = f'filename="{name}"' if is_plain else f"filename*=UTF-8''{quote(name, safe='')}"
    return {"Content-Disposition": f"attachment; {said}"}


def spoken(content: object, language: Language) -> JSONResponse:
    """JSON whose texts are in a language."""
    return JSONResponse(content, headers=spoken_in(language))


async def _reader(request: Request, graph: OneGraph) -> Reader:
    answering: Answering = request.state.answering
    return Reader(graph, request.app.state.kept, answering.tell)


Reading = Annotated[Reader, Depends(_reader)]
"""That graph, read for one answer; what was asked before of it is not worked out again."""


class _Earlier(Protocol):
    def __call__(self, run_id: str, day: date | None = None) -> Reader: ...


def _earlier(request: Request) -> _Earlier:
    answering: Answering = request.state.answering
    runs: RunGraphs = request.app.state.runs

    def reader_of_run(run_id: str, day: date | None = None) -> Reader:
        store, kept = runs.graph(run_id, day)
        return Reader(answering.graph(store), kept, answering.tell)

    return reader_of_run


Earlier = Annotated[_Earlier, Depends(_earlier)]
"""The graph of a run by its id, today or on another day, held as long as that of the answer. Raises `UnknownName`."""


def _on_day(reader: Reading, earlier: Earlier) -> Callable[[str], Reader]:
    def reader_on(said: str) -> Reader:
        day, (run_id, now) = day_of(said), reader.graph()
        return reader if day in (None, now) else earlier(run_id or "", day)

    return reader_on


OnDay = Annotated[Callable[[str], Reader], Depends(_on_day)]
"""The graph of the answer with the facts in force on another day, as `2025-12-31`; of no day as it is. Raises `UsageError` for
what is no day, `UnknownName` where the load that it is of is not kept."""


async def _from_here(request: Request) -> None:
    origin = request.headers.get("origin", "null")
    site = request.headers.get("sec-fetch-site", "same-origin")
    is_ours = origin == "null" or urlsplit(origin).netloc == request.headers.get("host")
    if request.method == "POST" and not (is_ours and site in ("same-origin", "none")):
        raise UsageError(Text("server.elsewhere"))


FROM_HERE = Depends(_from_here)
"""Refuses what a page of another site sends: it only reads, but it may read much."""


async def _sent(request: Request) -> str:
    return (await request.body()).decode("utf-8", "replace")


Sent = Annotated[str, Depends(_sent)]
"""A text that is the body of a request."""
