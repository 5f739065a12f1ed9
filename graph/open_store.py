"""The graph store at an address."""

from urllib.parse import urlsplit

from graph.errors import UsageError
from graph.store import GraphStore, printable
from graph.texts import Text


def open_store(
    url: str,
    *,
    user: str | None = None,
    password: str | None = None,
    timeout_seconds: float = 30.0,
    buffer_pool_mib: int = 1024,
) -> GraphStore:
    """The store at an address: `ladybug:///path/file`, `ladybug://:memory:`, `bolt://`, `neo4j://` (`+s`, `+ssc`).

    Raises `UsageError` for any other address. Opening reads nothing: a store that is away says so at its first use.
    """
    scheme = urlsplit(url).scheme if "://" in url else ""
    if scheme == "ladybug" and url != "ladybug://":
        from graph.ladybug_store import LadybugStore

        return LadybugStore(url.removeprefix("ladybug://"), timeout_seconds, buffer_pool_mib)
    if scheme in {"bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc"}:
        from graph.neo4j_store import Neo4jStore

        return Neo4jStore(url, user, password, timeout_seconds)
    raise UsageError(Text("errors.no_address", url=repr(printable(url))))
