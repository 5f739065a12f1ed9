"""A load in a process of its own, to be killed: `python -m tests.ingest.loader DATASET STORE HOME`.

It says `ready` when everything is imported, and `done` when the load is.
"""

import sys
from pathlib import Path

from graph.open_store import open_store
from ingest.dataset import datasets_at
from ingest.pipeline import Settings, load

if __name__ == "__main__":
    folder, url, home = sys.argv[1:]
    store = open_store(url, buffer_pool_mib=256)
    print("ready", flush=True)
    load(datasets_at([Path(folder)]), store, Settings(Path(home)))
    print("done", flush=True)
