"""A reader in a process of its own: `python -m tests.graph.reader URL`; for each line it is sent it prints the counts."""

import sys

from graph.open_store import open_store

if __name__ == "__main__":
    store = open_store(sys.argv[1], buffer_pool_mib=256)
    for _ in sys.stdin:
        counts = store.counts()
        print(counts["Product"], counts["INPUT_OF"], flush=True)
