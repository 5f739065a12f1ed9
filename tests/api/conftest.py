"""The server over the bundled dataset, in this process and on a real port."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from api.server import server_of
from graph.open_store import open_store
from graph.store import GraphStore


@pytest.fixture(scope="session")
def bundled_url(bundled_home: Path) -> str:
    """The address of the bundled dataset."""
    return f"ladybug://{bundled_home / 'graph.lbug'}"


@pytest.fixture(scope="session")
def bundled(bundled_url: str) -> Iterator[GraphStore]:
    """The bundled dataset in an embedded store; only read."""
    store = open_store(bundled_url)
    yield store
    store.close()


@pytest.fixture(scope="session")
def client(bundled: GraphStore, bundled_home: Path) -> TestClient:
    """A client of the server; an error inside is an answer with 500, as it would be for a user."""
    return client_of(create_app(bundled, bundled_home))


@pytest.fixture(scope="module")
def one_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
    """An embedded store for a graph that all tests of a module read."""
    store = open_store(f"ladybug://{tmp_path_factory.mktemp('one') / 'graph.lbug'}", buffer_pool_mib=256)
    yield store
    store.close()


@pytest.fixture(scope="module")
def address(bundled: GraphStore, bundled_home: Path) -> Iterator[str]:
    """The address of a server of the bundled dataset on a real port."""
    with served(create_app(bundled, bundled_home)) as url:
        yield url


def client_of(app: FastAPI) -> TestClient:
    """A client of an application, under a name of this machine."""
    return TestClient(app, base_url="http://localhost", raise_server_exceptions=False)


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The address of a server that answers with an application on a free port of this machine."""
    server = server_of(app, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    # In a fresh clone the first server compiles, and says so; a test is not about that.
    while not (server.started and app.state.is_warm):
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)
