"""Fixtures of the questions' tests: a store in memory."""

from collections.abc import Iterator

import pytest

from graph.open_store import open_store
from graph.store import GraphStore


@pytest.fixture(scope="module")
def memory() -> Iterator[GraphStore]:
    """A store in memory; a test puts its own graph into it (`graph_of` replaces what was there)."""
    # Tables in memory live in the buffer pool: with 64 MiB the second graph does not fit (0.22.0).
    store = open_store("ladybug://:memory:", buffer_pool_mib=512)
    yield store
    store.close()
