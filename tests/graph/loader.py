"""A load in a process of its own, to be killed: `python -m tests.graph.loader URL PRODUCTS RUN_ID`.

It says `ready` when everything is imported and built, then loads without end, each time under the run id given.
"""

import sys

from graph.open_store import open_store
from tests.graphs import batches_of, chain_of_products

if __name__ == "__main__":
    url, products, run_id = sys.argv[1:]
    batches = batches_of(*chain_of_products(int(products), run_id))
    store = open_store(url, buffer_pool_mib=256)
    print("ready", flush=True)
    while True:
        store.replace(batches, run_id)
