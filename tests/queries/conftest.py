"""Fixtures of the questions' tests: a store in memory, and the bundled dataset."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.open_store import open_store
from graph.store import GraphStore
from ingest.pipeline import Checked
from queries.reader import Reader


@pytest.fixture(scope="module")
def memory() -> Iterator[GraphStore]:
    """A store in memory; a test puts its own graph into it (`graph_of` replaces what was there)."""
    # Tables in memory live in the buffer pool: with 64 MiB the second graph does not fit (0.22.0).
    store = open_store("ladybug://:memory:", buffer_pool_mib=512)
    yield store
    store.close()


@pytest.fixture(scope="session")
def bundled_file(bundled_checked: Checked, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled dataset in an embedded file, on the day of the answers that were reviewed; only read."""
    from tests.oracle import BUNDLED_DAY  # With scipy, which takes two seconds.

    path = tmp_path_factory.mktemp("bundled_on_its_day") / "graph.lbug"
    store = open_store(f"ladybug://{path}")
    store.replace(bundled_checked.batches, bundled_checked.run_id, day=BUNDLED_DAY)
    store.close()
    return path


@pytest.fixture(scope="session")
def bundled_ladybug(bundled_file: Path) -> Iterator[Reader]:
    """What reads that file: as in a server, what has been asked is not worked out again."""
    store = open_store(f"ladybug://{bundled_file}")
    yield Reader(store)
    store.close()
