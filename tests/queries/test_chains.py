"""The overview: what each chain holds and how much of it is on record."""

from graph.store import GraphStore
from graph.texts import Text
from queries.questions.chains import chains
from queries.questions.data_quality import data_quality
from tests.graphs import Edge, Item, graph_of

HEFEI: Item = {"id": "place:340100", "name_zh": "合肥市", "in_corridor": True}


def test_a_chain_counts_products_makers_and_technologies_once(memory: GraphStore) -> None:
    key: Item = {"id": "technology:k", "is_key": True}
    nodes: list[str | Item] = [
        "chain:c", HEFEI, "place:110000", "product:a", "product:b", "product:d", "product:narrow",
        "enterprise:here", "enterprise:there", key, "technology:t",
    ]  # fmt: skip
    edges: list[Edge] = [
        *(("PART_OF", p, "chain:c") for p in ("product:a", "product:b", "product:d")),
        ("KIND_OF", "product:narrow", "product:a"),
        ("MAKES", "enterprise:here", "product:narrow"),
        ("MAKES", "enterprise:here", "product:a"),
        ("MAKES", "enterprise:there", "product:b"),
        ("LOCATED_IN", "enterprise:here", "place:340100"),
        ("LOCATED_IN", "enterprise:there", "place:110000"),
        ("NEEDS", "product:a", "technology:k"),
        ("NEEDS", "product:b", "technology:k"),
        ("NEEDS", "product:b", "technology:t"),
    ]
    row = chains(graph_of(memory, nodes, edges)).rows[0]
    assert (row.products, row.with_maker, row.with_local_maker, row.made_here_share) == (3, 2, 1, 1 / 3)
    assert (row.local_makers, row.technologies, row.key_technologies) == (1, 2, 1)


def test_the_share_made_here_of_a_chain_without_products_is_not_known(memory: GraphStore) -> None:
    row = chains(graph_of(memory, ["chain:c"])).rows[0]
    assert (row.products, row.made_here_share) == (0, None)


def test_products_of_no_chain_are_said_to_be_left_out(memory: GraphStore) -> None:
    graph_of(memory, ["chain:c", "product:a", "product:b"], [("PART_OF", "product:a", "chain:c")])
    for answer in (chains(memory), data_quality(memory)):
        assert answer.notes == [Text("scope.note.no_chain", products=1)]
    assert data_quality(memory, chain="chain:c").notes == []
    graph_of(memory, ["chain:c", "product:a"], [("PART_OF", "product:a", "chain:c")])
    assert chains(memory).notes == data_quality(memory).notes == []
