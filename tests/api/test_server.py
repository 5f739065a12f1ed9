"""The server on a real port: answers of one graph, many who ask, who may ask, and connections that rest."""

import gzip
import http.client
import json
import re
import socket
import threading
import time
import weakref
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Response
from fastapi.testclient import TestClient

import api.server
from api.answering import Asking
from api.app import create_app
from api.deps import OneGraph
from api.runs import RunGraphs, kept_runs
from api.settings import Settings
from graph.cypher import Query
from graph.errors import Abandoned, NotFound
from graph.open_store import open_store
from graph.store import GraphStore
from graph.texts import Language, Text
from ingest.dataset import datasets_at
from ingest.pipeline import Settings as LoadSettings
from ingest.pipeline import load
from queries.answer import Row
from queries.reader import Kept, Noted
from queries.saved import SavedAnswer
from tests.api.conftest import client_of, served
from tests.graphs import batches_of, chain_of_products, graph_of
from viz.page import CONTENT_SECURITY_POLICY

pytestmark = pytest.mark.slow

ENDLESS = Query("endless", "UNWIND range(1, 2000000) AS a UNWIND range(1, 2000000) AS b RETURN sum(a * b % 7) AS n")


@pytest.fixture(scope="module")
def small(one_store: GraphStore) -> GraphStore:
    return graph_of(one_store, *chain_of_products(3))


class Held:
    """An application with one more question, which ends when it is told to, and one that never does by itself."""

    def __init__(self, store: GraphStore, waiting: int = 3) -> None:
        self.app = create_app(store, questions_at_once=2, questions_waiting=waiting)
        self.finish = threading.Event()
        self.began = threading.Semaphore(0)
        self.ended: list[BaseException] = []
        self.was_ended = threading.Event()
        router = APIRouter(route_class=Asking)

        @router.get("/api/held")
        def held(graph: OneGraph) -> str | None:
            self.began.release()
            self.finish.wait(60)
            return graph.run_id()

        @router.get("/api/endless")
        def endless(graph: OneGraph) -> int:
            self.began.release()
            try:
                return len(graph.fetch(ENDLESS, {}))
            except BaseException as error:
                self.ended.append(error)
                raise
            finally:
                self.was_ended.set()

        self.app.include_router(router)


def test_no_answer_is_of_two_graphs_while_loads_swap_them(store: GraphStore) -> None:
    versions = [batches_of(*chain_of_products(80, f"version-{number}")) for number in range(2)]
    store.replace(versions[0], "run0")
    done = threading.Event()
    paths = ("/api/subgraph/product:60?depth=4&limit=500", "/api/ask/neighbourhood?node=product:50&depth=2",
             "/subgraph/product:40?depth=2", "/api/search?q=product")  # fmt: skip

    def read(base: str, first: int) -> list[set[str]]:
        found: list[set[str]] = []
        with httpx.Client(base_url=base, timeout=60) as http:
            number = first
            while not done.is_set() or not found:
                answer = http.get(paths[number % len(paths)])
                assert answer.status_code == 200, answer.text
                found.append(set(re.findall(r"version-\d", answer.text)))
                number += 1
        return found

    with served(create_app(store)) as base, ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read, base, first) for first in range(4)]
        for number in range(1, 4):
            store.replace(versions[number % 2], f"run{number}")
        done.set()
        seen = [versions for reader in readers for versions in reader.result()]
    assert [versions for versions in seen if len(versions) > 1] == []
    assert {version for versions in seen for version in versions} == {"version-0", "version-1"}


def test_a_snapshot_is_one_graph_although_another_is_loaded(ladybug_store: GraphStore) -> None:
    count = Query("count", "MATCH (p:Product) RETURN count(p) AS n")
    graph_of(ladybug_store, *chain_of_products(3), run_id="old")
    with ladybug_store.snapshot() as graph:
        graph_of(ladybug_store, *chain_of_products(5), run_id="new")
        assert (graph.fetch(count, {}), graph.run_id()) == ([{"n": 3}], "old")
    assert (ladybug_store.fetch(count, {}), ladybug_store.run_id()) == ([{"n": 5}], "new")


def test_more_questions_than_can_wait_are_told_to_come_again_and_health_is_told_meanwhile(small: GraphStore) -> None:
    held = Held(small, waiting=3)
    with served(held.app) as base, ThreadPoolExecutor(9) as pool, httpx.Client(base_url=base, timeout=60) as http:
        taken = [pool.submit(httpx.get, f"{base}/api/held", timeout=60) for _ in range(5)]
        assert all(held.began.acquire(timeout=30) for _ in range(2))
        while held.app.state.questions_asked.waiting < 3:
            time.sleep(0.01)
        refused = http.get("/api/held")
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "ServerBusy")
        assert int(refused.headers["retry-after"]) > 0
        assert http.get("/health/live").json() == {"status": "live"}
        assert http.get("/health/ready").json()["nodes"] == 3
        assert http.get("/api/search?q=product").status_code == 200
        held.finish.set()
        assert [answer.result().status_code for answer in taken] == [200] * 5
        assert http.get("/api/held").status_code == 200


def test_what_nobody_waits_for_any_more_is_stopped(tmp_path: Path) -> None:
    store = open_store(f"ladybug://{tmp_path}/g.lbug", timeout_seconds=600, buffer_pool_mib=256)
    held = Held(graph_of(store, *chain_of_products(3)))
    with served(held.app) as base:
        with connected(base) as asking:
            asking.sendall(b"GET /api/endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert held.began.acquire(timeout=60)
        assert held.was_ended.wait(60)
        held.finish.set()
        assert httpx.get(f"{base}/api/held").status_code == 200
    assert [type(error) for error in held.ended] == [Abandoned]


def test_who_leaves_while_waiting_leaves_the_queue(small: GraphStore) -> None:
    held = Held(small, waiting=1)
    with served(held.app) as base, ThreadPoolExecutor(2) as pool:
        taken = [pool.submit(httpx.get, f"{base}/api/held", timeout=60) for _ in range(2)]
        assert all(held.began.acquire(timeout=30) for _ in range(2))
        with connected(base) as asking:
            asking.sendall(b"GET /api/held HTTP/1.1\r\nHost: localhost\r\n\r\n")
            while not held.app.state.questions_asked.waiting:
                time.sleep(0.01)
        while held.app.state.questions_asked.waiting:
            time.sleep(0.01)
        held.finish.set()
        assert [answer.result().status_code for answer in taken] == [200, 200]
    assert not held.began.acquire(blocking=False)


def test_graphs_of_earlier_runs_are_loaded_once_and_two_at_most_are_kept(tmp_path: Path) -> None:
    runs = []
    for number in range(3):
        folder = tmp_path / f"data{number}"
        folder.mkdir()
        (folder / "sources.csv").write_text(
            "id,name_zh,kind,as_of\nsource:s,来源,dataset,2024-01-01\n", encoding="utf-8"
        )
        rows = "".join(f"product:p{n},产品{n},source:s,2024-01-01\n" for n in range(number + 1))
        (folder / "products.csv").write_text(f"id,name_zh,source_ids,as_of\n{rows}", encoding="utf-8")
        store = open_store(f"ladybug://{tmp_path}/graph.lbug", buffer_pool_mib=128)
        runs.append(load(datasets_at([folder]), store, LoadSettings(tmp_path)).run_id)
    earlier = RunGraphs(tmp_path)
    first, second = earlier.graph(runs[0])[0], earlier.graph(runs[1])[0]
    assert earlier.graph(runs[0])[0] is first
    assert [one.counts()["Product"] for one in (first, second)] == [1, 2]
    gone = weakref.ref(second)
    with second.snapshot() as graph:
        del second
        assert earlier.graph(runs[2])[0].counts()["Product"] == 3
        assert graph.counts()["Product"] == 2
    del graph
    assert gone() is None
    client = client_of(create_app(store, tmp_path))
    answers = [client.get(f"/api/compare/chains?before={run}").json() for run in runs for _ in range(2)]
    assert [answer["before_run"] for answer in answers] == [run for run in runs for _ in range(2)]


def test_a_run_that_leads_nowhere_is_not_among_those_kept(tmp_path: Path) -> None:
    (tmp_path / "runs" / "whole" / "graph").mkdir(parents=True)
    for name, target in (("gone", tmp_path / "none"), ("loop", tmp_path / "runs" / "loop" / "graph")):
        (tmp_path / "runs" / name).mkdir()
        (tmp_path / "runs" / name / "graph").symlink_to(target)
    assert kept_runs(tmp_path) == ["whole"]


def test_large_answers_are_not_all_kept_and_what_failed_leaves_nothing() -> None:
    kept = Kept()

    def answer(number: int) -> tuple[object, list[Noted]]:
        if number < 0:
            raise NotFound("product:none")
        rows = [Row()] * 6_000
        return SavedAnswer(rows=rows, looked_at=0, looked_at_what=Text("common.shown"), conventions=[]), []

    first = [kept.value("graph", number, lambda number=number: answer(number))[0] for number in range(4)]  # type: ignore[misc]
    again = [kept.value("graph", number, lambda number=number: answer(number))[0] for number in (3, 2, 1)]  # type: ignore[misc]
    assert [one is other for one, other in zip(again, first[:0:-1], strict=True)] == [True, True, True]
    assert kept.value("graph", 0, lambda: answer(0))[0] is not first[0]
    for number in range(-5, 0):
        with pytest.raises(NotFound):
            kept.value("graph", number, lambda number=number: answer(number))  # type: ignore[misc]
    assert not kept._making


def failing(app: FastAPI) -> FastAPI:
    @app.get("/api/fails")
    def fails() -> None:
        raise RuntimeError("not foreseen")

    return app


@pytest.fixture(scope="module")
def refusing(small: GraphStore) -> TestClient:
    return client_of(failing(create_app(small)))


@pytest.fixture(scope="module")
def base(small: GraphStore) -> Iterator[str]:
    """The address of a server of a small graph."""
    with served(create_app(small)) as url:
        yield url


REFUSED = [
    ("GET", "/", {"Host": "evil.example"}, 400),
    ("GET", "/health/live", {"Host": "localhost.evil.example:8060"}, 400),
    ("GET", "/api/search?q=a", {"Host": "localhost@evil.example"}, 400),
    ("GET", "/api/search?q=a", {"Host": "[evil"}, 400),
    ("HEAD", "/api", {"Host": ""}, 400),
    ("GET", "/nowhere", {}, 404),
    ("GET", "/[nowhere", {}, 404),
    ("GET", "/api", {}, 404),
    ("OPTIONS", "/api/nowhere", {}, 404),
    ("GET", "/docs/../nowhere.js", {}, 404),
    ("GET", "/static/%00", {}, 404),
    ("GET", "/api/nodes/%ff%fe", {}, 404),
    ("POST", "/api/ask/gaps", {}, 405),
    ("OPTIONS", "/api/ask/gaps", {}, 405),
    ("POST", "/openapi.json", {}, 405),
    ("POST", "/docs/swagger-ui.css", {}, 405),
    ("DELETE", "/", {}, 405),
    ("POST", "/api/search", {"Content-Length": str(1 << 30)}, 413),
    ("GET", "/", {"Transfer-Encoding": "chunked"}, 413),
    ("GET", "/api/search", {}, 422),
    ("GET", f"/subgraph/x?depth={'9' * 5000}", {}, 422),
    ("GET", "/api/fails", {}, 500),
]


def check_refusal(status: int, path: str, headers: Mapping[str, str], body: str, language: Language) -> None:
    """What an answer that no route made must be: ours in shape, headers and language, however it came about."""
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-language"] == language
    assert headers.get("allow") == ("GET, HEAD" if status == 405 else None)
    if path.startswith(("/api", "/health", "/openapi")):
        error = json.loads(body)["error"]
        assert (error["status"], set(error)) == (status, {"status", "code", "message", "field"})
        said = error["message"]
    else:
        assert body.startswith("<!doctype html>") and f'<html lang="{language}' in body and str(status) in body
        said = body.partition("<main")[2]
    assert bool(re.search("[\u4e00-\u9fff]", said.replace("中文", ""))) == (language is Language.ZH), said


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(("method", "path", "headers", "status"), REFUSED)
def test_every_refusal_is_ours_in_shape_headers_and_language(
    refusing: TestClient, method: str, path: str, headers: dict[str, str], status: int, language: Language
) -> None:
    answer = refusing.request(method, path, headers={"Accept-Language": language, **headers})
    assert answer.status_code == status
    if method == "HEAD":
        assert answer.content == b""
    else:
        check_refusal(status, path, answer.headers, answer.text, language)


@pytest.mark.parametrize("range_of", ["bytes=99999999-", "bytes=x", "bytes=0-1"])
def test_a_file_is_given_whole(small: GraphStore, range_of: str) -> None:
    answer = client_of(create_app(small)).get("/docs/swagger-ui.css", headers={"Range": range_of})
    assert (answer.status_code, len(answer.content) > 10_000) == (200, True)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8060", "[::1]:8060", "LOCALHOST"])
def test_a_name_of_this_machine_is_answered(small: GraphStore, host: str) -> None:
    assert client_of(create_app(small)).get("/health/live", headers={"Host": host}).status_code == 200


def test_names_of_the_server_are_a_setting(monkeypatch: pytest.MonkeyPatch, small: GraphStore) -> None:
    monkeypatch.setenv("CORRIDOR_HOSTS", "api, graph.example")
    client = client_of(create_app(small, hosts=Settings().hosts))
    found = {host: client.get("/health/live", headers={"Host": host}).status_code for host in ("api", "localhost")}
    assert (Settings().hosts, found) == (("api", "graph.example"), {"api": 200, "localhost": 400})


@pytest.mark.parametrize("path", ["/", "/api/search?q=product", "/health/live", "/docs", "/api/nodes/product:none"])
def test_head_is_get_without_a_body(base: str, path: str) -> None:
    got, head = httpx.get(base + path), httpx.head(base + path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-type"] == got.headers["content-type"]


def test_answers_are_compressed_for_who_can_read_that(base: str) -> None:
    path = "/api/subgraph/product:1?depth=2"
    plain = httpx.get(base + path, headers={"Accept-Encoding": "identity"})
    with httpx.stream("GET", base + path, headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert ("content-encoding" in plain.headers, answer.headers["content-encoding"]) == (False, "gzip")
    assert json.loads(gzip.decompress(raw)) == plain.json()
    assert len(raw) < len(plain.content) / 2


# --- connections ------------------------------------------------------------------------------------------------------


@contextmanager
def connected(base: str, receive_bytes: int | None = None) -> Iterator[socket.socket]:
    host, port = base.removeprefix("http://").split(":")
    with socket.socket() as connection:
        if receive_bytes:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        connection.settimeout(60)
        connection.connect((host, int(port)))
        yield connection


@pytest.mark.parametrize("before", [b"", b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"], ids=["new", "kept"])
def test_a_head_that_does_not_come_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, small: GraphStore, before: bytes
) -> None:
    monkeypatch.setattr(api.server, "_HEAD_SECONDS", 0.5)
    with served(create_app(small)) as base, connected(base) as connection:
        connection.sendall(before)
        if before:
            assert b"200 OK" in connection.recv(4096)
        with pytest.raises(OSError):
            for byte in b"GET / HTTP/1.1\r\nX: " + b"x" * 1000:
                connection.sendall(bytes([byte]))
                time.sleep(0.1)


def test_an_answer_that_is_not_taken_is_given_up(monkeypatch: pytest.MonkeyPatch, small: GraphStore) -> None:
    monkeypatch.setattr(api.server, "_WRITE_SECONDS", 0.5)
    app = create_app(small)
    app.add_api_route("/api/large", lambda: Response(b"x" * (64 << 20)))
    with served(app) as base, connected(base, receive_bytes=4096) as connection:
        connection.sendall(b"GET /api/large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(3)
        taken = 0
        with pytest.raises(ConnectionResetError):
            while part := connection.recv(1 << 20):
                taken += len(part)
            raise ConnectionResetError
    assert taken < 64 << 20


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("path", ["/", "/api/ask?x=1", "/subgraph/%ff"])
@pytest.mark.parametrize(
    "fields",
    ["", "Host: localhost\r\nHost: other\r\n", "Host: localhost\r\nno field\r\n", "Host: a\r\nContent-Length: x\r\n"],
)
def test_what_is_no_request_is_refused_as_others_are(base: str, fields: str, path: str, language: Language) -> None:
    with connected(base) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nAccept-Language: {language}\r\n{fields}\r\n".encode())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        assert (answer.status, headers["connection"]) == (400, "close")
        check_refusal(400, path, headers, answer.read().decode(), language)


@pytest.mark.parametrize(
    "sent", [b"\r\n\r\n\0", b"GET\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\r\n\r\n"]
)
def test_other_protocols_are_refused(base: str, sent: bytes) -> None:
    with connected(base) as connection:
        connection.sendall(sent)
        assert connection.recv(4096).startswith(b"HTTP/1.1 400")


def test_a_head_that_does_not_end_is_refused(base: str) -> None:
    with connected(base) as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * (64 << 10))
        assert connection.recv(4096).startswith(b"HTTP/1.1 400")
    assert httpx.get(f"{base}/health/live").status_code == 200
