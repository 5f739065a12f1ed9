"""A real Neo4j server for the tests: its published jars, started on a free loopback port, gone with the session."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import neo4j
from filelock import FileLock

from graph.ontology import NODE_TYPES

HERE = Path(__file__).parent
TEST_MARK = "CorridorTestDatabase"
"""The label of the node that says a database may be emptied by tests. No load touches it: it is not in the ontology."""


@contextmanager
def running_server(cache: Path, directory: Path) -> Iterator[str]:
    """The Bolt address of a server that keeps its database in `directory`; it also stops when this process dies.

    Raises `subprocess.CalledProcessError` where the jars are not in `cache` and cannot be fetched.
    """
    jars = _jars(cache)
    log = directory / "server.log"
    program = str(HERE / "Neo4jForTests.java")
    command = [
        "java",
        "-Xmx1g",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        f"{jars}/*",
        program,
        str(directory / "db"),
    ]
    with (
        log.open("w") as errors,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True) as server,
    ):
        assert server.stdin and server.stdout
        try:
            port = server.stdout.readline().strip()
            if not port.isdigit():
                raise RuntimeError(f"Neo4j did not start: {log.read_text()[-2000:]}")
            url = f"bolt://127.0.0.1:{port}"
            with neo4j.GraphDatabase.driver(url) as driver:
                driver.execute_query(f"MERGE (:{TEST_MARK})")
            yield url
        finally:
            server.kill()  # A clean stop takes ten seconds and saves a database that nobody opens again.


def emptied(url: str, auth: tuple[str, str] | None) -> None:
    """Delete every node of the ontology, with its edges."""
    with neo4j.GraphDatabase.driver(url, auth=auth, notifications_min_severity="OFF") as driver:
        for node_type in NODE_TYPES:
            driver.execute_query(f"MATCH (n:{node_type.label}) DETACH DELETE n")


def _jars(cache: Path) -> Path:
    """The folder with the server's jars, copied once for each version of pom.xml."""
    pom = HERE / "pom.xml"
    done = cache / "pom.xml"
    jars = cache / "lib"
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / "lock"):
        if not done.exists() or done.read_bytes() != pom.read_bytes():
            command = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={jars}"]
            subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            done.write_bytes(pom.read_bytes())
    return jars
