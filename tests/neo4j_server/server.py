"""A real Neo4j server for the tests: its published jars, started on a free loopback port, gone with the session."""

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import neo4j
from filelock import FileLock

from graph.ontology import STORED_NODE_TYPES
from graph.statements import RUN_RECORD

HERE = Path(__file__).parent
TEST_MARK = "CorridorTestDatabase"
"""The label of the node that says a database may be emptied by tests. No load touches it: it is not in the ontology."""
_UNVERIFIED = ("-XX:+UnlockDiagnosticVMOptions", "-XX:-BytecodeVerificationRemote")
QUICK_START = ("-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:ReservedCodeCacheSize=240m", *_UNVERIFIED)
"""JVM options of a server that is up soon and takes little: what a test wants. The 48 MB for code that go with the quick compiler
do not hold what plans a statement: it would be compiled again and again. To verify the code of published jars takes 2 of 16 s of
processor time to the first graph."""
LIKE_PRODUCTION = ("-Xms4g", "-Xmx4g", "-XX:+UseG1GC", "-XX:+AlwaysPreTouch")
"""JVM options of a server as one would run it for others: what a measurement wants."""
PLANS_STAY = {
    "dbms.cypher.min_replan_interval": "1h",
    "dbms.cypher.statistics_divergence_threshold": "1.0",
    "internal.cypher.use_parameter_size": "false",
    "server.memory.query_cache.per_db_cache_num_entries": "5000",
}
"""Settings of a server whose graph is another one every second: it would plan each statement anew for each, and for each
size of the lists that it is given, which takes several times as long as to run them."""
_SETTINGS = {
    "server.bolt.enabled": "true",
    "server.bolt.listen_address": "127.0.0.1:0",
    "server.bolt.advertised_address": "127.0.0.1:0",
    "server.memory.pagecache.size": "128m",
    "db.transaction.timeout": "5m",
}


@contextmanager
def running_server(
    cache: Path,
    directory: Path,
    jvm_options: Sequence[str] = QUICK_START,
    settings: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """The Bolt address of a server that keeps its database in `directory` (`running_servers`)."""
    with running_servers(cache, directory / "server.log", jvm_options) as start:
        yield start(directory, settings)


@contextmanager
def running_servers(
    cache: Path, log: Path, jvm_options: Sequence[str] = QUICK_START
) -> Iterator[Callable[[Path, Mapping[str, str] | None], str]]:
    """What starts a server that keeps its database in a folder, and says its Bolt address; all are one process, where what answers
    a statement is compiled once, and stop when this process dies.

    Settings are by their names in neo4j.conf. Raises `subprocess.CalledProcessError` where the jars are not in
    `cache` and cannot be fetched.
    """
    command = ["java", *jvm_options, "-cp", f"{jars(cache)}/*", str(HERE / "Neo4jForTests.java")]
    with (
        log.open("w") as errors,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True) as server,
    ):

        def start(directory: Path, settings: Mapping[str, str] | None = None) -> str:
            assert server.stdin and server.stdout
            configuration = directory / "neo4j.conf"
            lines = [f"{name}={value}\n" for name, value in {**_SETTINGS, **(settings or {})}.items()]
            configuration.write_text("".join(lines), encoding="utf-8")
            with suppress(BrokenPipeError):
                print(directory / "db", configuration, sep="\n", file=server.stdin, flush=True)
            port = server.stdout.readline().strip()
            if not port.isdigit():
                raise RuntimeError(f"Neo4j did not start: {log.read_text()[-2000:]}")
            url = f"bolt://127.0.0.1:{port}"
            with neo4j.GraphDatabase.driver(url) as driver:
                driver.execute_query(f"MERGE (:{TEST_MARK})")
            return url

        try:
            yield start
        finally:
            server.kill()  # A clean stop takes ten seconds and saves a database that nobody opens again.


def bulk_import(
    cache: Path, directory: Path, folder: Path, arguments: Sequence[str], jvm_options: Sequence[str] = QUICK_START
) -> str:
    """Run `neo4j-admin` with these arguments in `folder`, before `running_server` starts on `directory`; what it says.

    Raises `subprocess.CalledProcessError` where it fails.
    """
    home = directory / "db"
    home.mkdir(parents=True, exist_ok=True)
    command = ["java", *jvm_options, "-cp", f"{jars(cache).absolute()}/*", "org.neo4j.cli.AdminTool", *arguments]
    environment = {**os.environ, "NEO4J_HOME": str(home.absolute())}
    done = subprocess.run(
        command, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return done.stdout


def emptied(url: str, auth: tuple[str, str] | None) -> None:
    """Delete every node of the ontology, with its edges, and the run record."""
    labels = "|".join([*(node_type.label for node_type in STORED_NODE_TYPES), RUN_RECORD])
    with neo4j.GraphDatabase.driver(url, auth=auth, notifications_min_severity="OFF") as driver, driver.session() as s:
        s.run(f"MATCH (n:{labels}) CALL (n) {{ DETACH DELETE n }} IN TRANSACTIONS OF 10000 ROWS").consume()


def jars(cache: Path) -> Path:
    """The folder with the server's jars, copied once for each version of pom.xml."""
    pom = HERE / "pom.xml"
    done = cache / "pom.xml"
    folder = cache / "lib"
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / "lock"):
        if not done.exists() or done.read_bytes() != pom.read_bytes():
            command = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
            subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            done.write_bytes(pom.read_bytes())
    return folder
