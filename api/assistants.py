"""Questions for assistants, by the Model Context Protocol: each a tool with typed parameters, nodes and the ontology as
resources. It only reads.

An answer is what `/api/ask` gives, without the statements that ran, which would fill an assistant's memory: rows with the
ids they rest on, conventions, notes. Words are in one language, that of the program's setting.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import mcp_types as types
from anyio.to_thread import run_sync
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from api.answering import Places, of_one_graph
from api.routes.data import node_answer
from graph.errors import CorridorError, NotFound, wrong
from graph.ontology import EDGE_TYPES, NODE_TYPES, EdgeType, NodeType
from graph.store import GraphStore
from graph.texts import Language, Text
from queries.answer import as_json
from queries.reader import Kept, Reader
from queries.registry import Question, questions
from queries.saved import question_named, saved_questions

T = TypeVar("T")
_ONTOLOGY, _NODE = "corridor://ontology", "corridor://nodes/"
_JSON = "application/json"


class Assistants:
    """What answers assistants out of a store, so many at a time as `places` has."""

    def __init__(self, store: GraphStore, kept: Kept, folder: Path, places: Places, language: Language) -> None:
        self._store, self._kept, self._folder, self._places = store, kept, folder, places
        self._language = language

    def server(self) -> Server[Any]:
        """The server of the protocol, for whichever way its messages come."""
        return Server(
            "corridor", title=Text("pages.brand").in_(self._language),
            instructions=Text("assistants.instructions").in_(self._language),
            on_list_tools=self._tools, on_call_tool=self._call, on_list_resources=self._resources,
            on_list_resource_templates=self._templates, on_read_resource=self._read,
        )  # fmt: skip

    async def _tools(self, _: object, __: object) -> types.ListToolsResult:
        kept, _problems = await run_sync(saved_questions, self._folder)
        return types.ListToolsResult(tools=[self._tool(one) for one in (*questions(), *kept)])

    def _tool(self, one: Question) -> types.Tool:
        schema = one.parameters.model_json_schema()
        for name, described in schema.get("properties", {}).items():
            said = (one.label(name).in_(self._language), one.hint(name).in_(self._language))
            described["description"] = " – ".join(part for part in said if part)
        return types.Tool(
            name=one.name, title=one.title.in_(self._language), description=one.doc.in_(self._language),
            input_schema=schema,
            annotations=types.ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False),
        )  # fmt: skip

    async def _call(self, _: object, asked: types.CallToolRequestParams) -> types.CallToolResult:
        def answer(reader: Reader) -> dict[str, Any]:
            found = question_named(asked.name, self._folder).ask(reader, **(asked.arguments or {}))
            return {name: value for name, value in as_json(found, self._language).items() if name != "statements"}

        try:
            found = await self._read_graph(answer)
        except (CorridorError, ValidationError) as error:
            return types.CallToolResult(content=[types.TextContent(text=self._said(error))], is_error=True)
        text = json.dumps(found, ensure_ascii=False)
        return types.CallToolResult(content=[types.TextContent(text=text)], structured_content=found)

    async def _resources(self, _: object, __: object) -> types.ListResourcesResult:
        name = Text("assistants.ontology").in_(self._language)
        return types.ListResourcesResult(resources=[types.Resource(uri=_ONTOLOGY, name=name, mime_type=_JSON)])

    async def _templates(self, _: object, __: object) -> types.ListResourceTemplatesResult:
        name = Text("assistants.node").in_(self._language)
        template = types.ResourceTemplate(uri_template=_NODE + "{id}", name=name, mime_type=_JSON)
        return types.ListResourceTemplatesResult(resource_templates=[template])

    async def _read(self, _: object, asked: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        uri = str(asked.uri)
        if uri == _ONTOLOGY:
            found: object = {
                "nodes": _described(NODE_TYPES, self._language),
                "edges": _described(EDGE_TYPES, self._language),
            }
        elif uri.startswith(_NODE):
            try:
                found = await self._read_graph(lambda reader: node_answer(reader, uri.removeprefix(_NODE)).model_dump())
            except CorridorError as error:
                raise MCPError(types.INVALID_PARAMS, self._said(error)) from error
        else:
            raise MCPError(types.INVALID_PARAMS, self._said(NotFound(uri)))
        text = json.dumps(found, ensure_ascii=False)
        return types.ReadResourceResult(contents=[types.TextResourceContents(uri=uri, mime_type=_JSON, text=text)])

    async def _read_graph(self, read: Callable[[Reader], T]) -> T:
        async with self._places.place():
            return await of_one_graph(
                self._store, lambda answering: run_sync(lambda: read(Reader(answering.graph(), self._kept)))
            )

    def _said(self, error: CorridorError | ValidationError) -> str:
        if isinstance(error, CorridorError):
            return error.text.in_(self._language)
        return "; ".join(wrong(one).in_(self._language) for one in error.errors(include_url=False))


def _described(kinds: Sequence[NodeType] | Sequence[EdgeType], language: Language) -> list[dict[str, object]]:
    """Types of nodes or edges with what their properties mean."""
    return [
        {
            "type": kind.name,
            "name": kind.in_(language),
            **({} if isinstance(kind, NodeType) else {"joins": [list(ends) for ends in kind.ends]}),
            "properties": {one.name: one.in_(language) for one in kind.properties if not one.derived},
        }
        for kind in kinds
    ]  # fmt: skip


async def serve_stdio(assistants: Assistants) -> None:
    """Answer over standard input and output until it is closed."""
    server = assistants.server()
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def over_http(assistants: Assistants, hosts: Sequence[str]) -> StreamableHTTPSessionManager:
    """What answers assistants that ask over HTTP, without sessions, so that any of several servers may answer; a page that
    has another name than one of `hosts` is refused."""
    names = [one for host in hosts for one in (host, f"{host}:*")]
    origins = [f"{scheme}://{name}" for scheme in ("http", "https") for name in names]
    security = TransportSecuritySettings(allowed_hosts=names, allowed_origins=origins)
    return StreamableHTTPSessionManager(
        assistants.server(), json_response=True, stateless=True, security_settings=security
    )
