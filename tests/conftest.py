"""Fixtures that every folder of tests uses: both stores, and the real Neo4j server behind one of them."""

import gc
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir, suppress
from pathlib import Path
from threading import Thread

import neo4j
import pytest
from filelock import FileLock
from hypothesis import settings
from typer.testing import CliRunner

from graph.errors import StoreUnavailable
from graph.open_store import open_store
from graph.store import GraphStore
from ingest.dataset import BUNDLED, SAMPLE, datasets_at
from ingest.pipeline import Checked, Settings, checked
from tests.neo4j_server.server import PLANS_STAY, TEST_MARK, emptied, jars, running_servers

# What commands say depends neither on who runs the tests nor on where.
os.environ["CORRIDOR_LANGUAGE"] = "zh"
os.environ["COLUMNS"] = "200"
# No test pulls the plug: what they write goes onto the disk when it will, and each load waits there some eighty times.
os.fsync = lambda fd: None
# Thousands of tests and the trees of all our files are alive to the end: to look them over as often as a program does takes a
# tenth of the time.
gc.set_threshold(50_000, 20, 20)

ROOT = Path(__file__).parent.parent
NEO4J = ROOT / ".cache" / "neo4j"

pytest_plugins = ["tests.browser"]

# A test says what is right, not how fast: on a busy machine any example may take a second. Each run draws other examples, but
# for tests that say otherwise; after a change of what they are about draw thousands: `CORRIDOR_EXAMPLES=3000`.
EXAMPLES = int(os.environ.get("CORRIDOR_EXAMPLES", "25"))
settings.register_profile("no clock", deadline=None, max_examples=EXAMPLES)
settings.load_profile("no clock")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--record-golden`; see tests/queries/test_golden.py."""
    parser.addoption("--record-golden", action="store_true", help="write tests/golden anew from what is answered now")


_LOADED = {
    "memory",
    "store",
    "one_store",
    "ladybug_store",
    "bundled_home",
    "bundled_checked",
    "sample_checked",
    "with_sample_checked",
    "claims_home",
    "ledger_url",
}
"""Fixtures that open a database or load files: each such test takes a tenth of a second at least, and there are thousands."""


def pytest_collection_finish(session: pytest.Session) -> None:
    """Fetch what the Neo4j server is made of while other tests run, which takes a minute on a new machine.

    The tests themselves and our modules are alive to the end: nobody looks them over any more.
    """
    gc.freeze()

    def fetch() -> None:
        with suppress(subprocess.CalledProcessError):  # Whoever needs it asks again, and says why it is not to be had.
            jars(NEO4J)

    if shutil.which("mvn") and any(item.get_closest_marker("neo4j") for item in session.items):
        Thread(target=fetch, daemon=True).start()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that need Neo4j early: one of two processes has them then, and the other starts no server. Before them what takes a
    minute, in which its jars come (`pytest_collection_finish`).

    Of these first those that read the bundled dataset there, which is loaded once as long as no other comes between. What needs
    something loaded is slow.
    """
    for item in items:
        if _LOADED.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
    needing = {item.path for item in items if item.get_closest_marker("neo4j")}
    sharing = {item.path for item in items if "bundled_neo4j" in getattr(item, "fixturenames", ())}
    meanwhile = {item.path for item in items if item.path.parent.name == "graph"} - needing
    items.sort(key=lambda item: (item.path not in meanwhile, item.path not in needing, item.path not in sharing))


def required(what: str) -> bool:
    """Whether a missing tool is a failure and not a reason to skip: `CORRIDOR_REQUIRE_NEO4J=1` and the like."""
    return os.environ.get(f"CORRIDOR_REQUIRE_{what}", "") == "1"


def skip_or_fail(what: str, reason: str) -> None:
    """Skip the test with the reason, or fail it where CI requires the tool."""
    if required(what):
        pytest.fail(f"CORRIDOR_REQUIRE_{what}=1, but {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def bundled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the claims and the graph of the bundled dataset, as `corridor load` makes it, once for all processes; only
    read."""
    from api.cli import commands  # With the server, which takes two seconds.

    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "bundled"
    folder.mkdir(exist_ok=True)
    with FileLock(folder / "lock"), chdir(folder):
        if not Path("made").exists():
            assert CliRunner().invoke(commands, ["load", str(BUNDLED)]).exit_code == 0
            Path("made").touch()
    return folder / ".corridor"


@pytest.fixture(scope="session")
def claims_home(bundled_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where checks keep their claims, so that tables which are shipped are read once."""
    home = tmp_path_factory.mktemp("claims")
    shutil.copytree(bundled_home / "parts", home / "parts")
    return home


@pytest.fixture(scope="session")
def bundled_checked(claims_home: Path) -> Checked:
    """The bundled dataset as a load has it before the store; only read."""
    return checked(datasets_at([BUNDLED]), Settings(claims_home))


@pytest.fixture(scope="session")
def sample_checked(claims_home: Path) -> Checked:
    """The sample years alone, likewise."""
    return checked(datasets_at([SAMPLE]), Settings(claims_home))


@pytest.fixture(scope="session")
def with_sample_checked(claims_home: Path) -> Checked:
    """The bundled dataset and the sample years beside it, likewise."""
    return checked(datasets_at([BUNDLED, SAMPLE]), Settings(claims_home))


@pytest.fixture(scope="session")
def neo4j_servers(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[Path, Mapping[str, str] | None], str]]:
    """What starts real Neo4j servers (`running_servers`)."""
    missing = [tool for tool in ("java", "mvn") if shutil.which(tool) is None]
    if missing:
        skip_or_fail("NEO4J", f"{' and '.join(missing)} not installed; the real Neo4j server cannot start")
    try:
        with running_servers(NEO4J, tmp_path_factory.mktemp("neo4j") / "server.log") as start:
            yield start
    except subprocess.CalledProcessError as error:
        skip_or_fail("NEO4J", f"the jars of Neo4j could not be fetched: {error.stdout[-2000:]}")


@pytest.fixture(scope="session")
def neo4j_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The Bolt address of a real Neo4j server that holds nothing but test data.

    `CORRIDOR_TEST_NEO4J_URL` names a running one, which must hold a `(:CorridorTestDatabase)` node, because the tests
    replace what is in it; otherwise a server is started and stopped.
    """
    given = os.environ.get("CORRIDOR_TEST_NEO4J_URL")
    if not given:
        return str(request.getfixturevalue("neo4j_servers")(tmp_path_factory.mktemp("neo4j"), PLANS_STAY))
    with neo4j.GraphDatabase.driver(given, auth=_auth()) as driver:
        marks = driver.execute_query(f"MATCH (n:{TEST_MARK}) RETURN count(n) AS marks").records[0]["marks"]
    if not marks:
        pytest.exit(f"{given} is not marked as a test database: it holds no (:{TEST_MARK}) node", returncode=4)
    return given


@pytest.fixture
def neo4j_store(neo4j_url: str) -> Iterator[GraphStore]:
    """A store on the real Neo4j server, emptied of every label of the ontology."""
    emptied(neo4j_url, _auth())
    user, password = _auth() or (None, None)
    store = open_store(neo4j_url, user=user, password=password)
    yield store
    store.close()


@pytest.fixture
def bundled_neo4j(neo4j_url: str, bundled_checked: Checked) -> Iterator[GraphStore]:
    """The bundled dataset on the real Neo4j server; only read."""
    from tests.oracle import BUNDLED_DAY  # With scipy, which takes two seconds.

    user, password = _auth() or (None, None)
    store = open_store(neo4j_url, user=user, password=password)
    held = None
    with suppress(StoreUnavailable):  # A graph of another version is none of ours.
        held = store.run_id(), store.day()
    if held != (bundled_checked.run_id, BUNDLED_DAY):
        store.replace(bundled_checked.batches, bundled_checked.run_id, day=BUNDLED_DAY)
    yield store
    store.close()


@pytest.fixture
def ladybug_store(tmp_path: Path) -> Iterator[GraphStore]:
    """A store on a Ladybug file that does not exist yet."""
    store = open_store(f"ladybug://{tmp_path / 'graph.lbug'}", buffer_pool_mib=256)
    yield store
    store.close()


ENGINES = [pytest.param("ladybug", id="ladybug"), pytest.param("neo4j", id="neo4j", marks=pytest.mark.neo4j)]


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest) -> GraphStore:
    """An empty store; the test runs once on each engine."""
    result: GraphStore = request.getfixturevalue(f"{request.param}_store")
    return result


def _auth() -> tuple[str, str] | None:
    password = os.environ.get("NEO4J_PASSWORD")
    return (os.environ.get("NEO4J_USERNAME", "neo4j"), password) if password else None
