"""Small graphs drawn from a seed: cycles, self-loops, isolated nodes, unknown shares and places, several places each."""

from random import Random
from typing import Any

from graph.store import Batch
from tests.graphs import Edge, Item, batches_of


def random_batches(seed: int) -> list[Batch]:
    """The graph of a seed; equal seeds give equal graphs."""
    rng = Random(seed)
    products = [f"product:p{i}" for i in range(rng.randint(1, 9))]
    enterprises = [f"enterprise:e{i}" for i in range(rng.randint(0, 7))]
    places = [f"place:{i}" for i in range(rng.randint(1, 6))]
    chains = [f"chain:c{i}" for i in range(rng.randint(0, 3))]
    technologies = [f"technology:t{i}" for i in range(rng.randint(0, 3))]
    institutes = [f"institute:i{i}" for i in range(rng.randint(0, 2))]
    centers = [f"center:z{i}" for i in range(rng.randint(0, 1))]
    sectors = [f"sector:s{i}" for i in range(rng.randint(0, 2))]
    nodes: list[str | Item] = [
        *(_node(rng, i) for i in (*products, *enterprises, *chains, *institutes, *centers, *sectors)),
        *({**_node(rng, i), "in_corridor": rng.choice([True, False, None])} for i in places),
        *({**_node(rng, i), "is_key": rng.choice([True, False, None])} for i in technologies),
    ]
    edges: list[Edge] = [
        *_some(rng, "PART_OF", products, chains, 8, stage=["upstream", "downstream", None]),
        *_some(rng, "MAKES", enterprises, products, 12, share=[0.05, 0.2, 0.7, 0.0, None]),
        *_some(rng, "INPUT_OF", products, products, 12, input_class=[0, 1, 2, 2, None]),
        *_some(rng, "KIND_OF", products, products, rng.choice([0, 3, 6])),
        *_some(rng, "LOCATED_IN", enterprises, places, 9),
        *_some(rng, "LOCATED_IN", institutes, places, 2),
        *_some(rng, "NEEDS", products, technologies, 4),
        *_some(rng, "MASTERS", enterprises, technologies, 4),
        *_some(rng, "RESEARCHES", institutes, technologies, 3),
        *_some(rng, "SUPPLIES", enterprises, enterprises, 3),
        *_some(rng, "RESIDENT_OF", enterprises, centers, 2),
        *_some(rng, "IN_SECTOR", products, sectors, 2),
        *_some(rng, "SECTOR_INPUT_OF", sectors, sectors, 2),
        # A place lies in at most one other, with a smaller number: a forest.
        *(("PART_OF", place, rng.choice(places[:n])) for n, place in enumerate(places) if n and rng.random() < 0.5),
    ]
    return batches_of(nodes, edges)


def _node(rng: Random, node_id: str) -> dict[str, Any]:
    slug = node_id.split(":")[1]
    node: dict[str, Any] = {"id": node_id, "name_zh": f"名{slug}", "search_text": f"|名{slug}|{node_id}|m{slug}|"}
    if node_id.startswith("enterprise:"):
        node["short_name"] = rng.choice([None, f"简{slug}"])
    return node


def _some(
    rng: Random, edge_type: str, sources: list[str], targets: list[str], most: int, **choices: list[object]
) -> list[Edge]:
    if not sources or not targets:
        return []
    pairs = sorted({(rng.choice(sources), rng.choice(targets)) for _ in range(rng.randint(0, most))})
    return [(edge_type, a, b, {name: rng.choice(values) for name, values in choices.items()}) for a, b in pairs]
