"""What tells two graphs apart, said type by type."""

from datetime import date

from graph.difference import ChangedRow, TypeDifference, difference, total
from graph.store import Changes, GraphStore
from tests.graphs import batches_of, chain_of_products, graph_of


def test_what_came_went_and_changed_is_told_with_its_values() -> None:
    old = batches_of(
        [
            "product:a",
            {"id": "product:b", "aliases": ["x"], "hs_code": "1", "search_text": ""},
            "product:c",
            "enterprise:e",
        ],
        [("INPUT_OF", "product:a", "product:b"), ("MAKES", "enterprise:e", "product:a", {"rank": 1})],
    )
    new = batches_of(
        ["product:a", {"id": "product:b", "aliases": ["x", "y"], "search_text": ""}, "product:d", "enterprise:e"],
        [("INPUT_OF", "product:a", "product:b"), ("MAKES", "enterprise:e", "product:a", {"rank": 2})],
    )

    assert difference(old, new) == [
        TypeDifference("Enterprise", Changes(unchanged=1)),
        TypeDifference(
            "Product",
            Changes(added=1, changed=1, removed=1, unchanged=1),
            {"aliases": 1, "hs_code": 1},
            ("product:d",),
            ("product:c",),
            (ChangedRow("product:b", {"aliases": (("x",), ("x", "y")), "hs_code": ("1", None)}),),
        ),
        TypeDifference(
            "MAKES",
            Changes(changed=1),
            {"rank": 1},
            changed_examples=(ChangedRow("MAKES|enterprise:e|product:a", {"rank": (1, 2)}),),
        ),
        TypeDifference("INPUT_OF", Changes(unchanged=1)),
    ]


def test_unknown_empty_and_other_values_are_told_apart() -> None:
    def one(**values: object) -> list[TypeDifference]:
        bare = {"id": "enterprise:e", "search_text": ""}
        return difference(batches_of([bare]), batches_of([{**bare, **values}]))

    assert [d.changes.changed for d in one(short_name="")] == [1]
    assert [d.changes.changed for d in one(aliases=[])] == [1]
    assert [d.changes.changed for d in one(is_listed=False)] == [1]
    assert [d.changes.changed for d in one(listed_on=date(1, 1, 1))] == [1]
    assert [d.changes for d in one()] == [Changes(unchanged=1)]


def test_examples_are_the_first_by_id_and_no_more_than_asked_for() -> None:
    [products, inputs] = difference([], batches_of(*chain_of_products(20)), examples=2)
    assert (products.changes, products.added_examples) == (Changes(added=20), ("product:0", "product:1"))
    assert (inputs.changes.added, len(inputs.added_examples)) == (19, 2)
    assert total([products, inputs]) == Changes(added=39)


def test_two_empty_graphs_do_not_differ() -> None:
    assert difference([], []) == []
    assert total([]) == Changes()


def test_a_store_is_compared_with_what_is_about_to_be_loaded(store: GraphStore) -> None:
    graph_of(store, *chain_of_products(5, "old"))
    found = difference(store.tables(), batches_of(*chain_of_products(6, "new")))
    assert [(d.name, d.changes, dict(d.properties)) for d in found] == [
        ("Product", Changes(added=1, changed=5), {"name_en": 5, "search_text": 5}),
        ("INPUT_OF", Changes(added=1, changed=4), {"evidence": 4}),
    ]


def test_what_a_load_derives_is_no_difference(ladybug_store: GraphStore) -> None:
    """Nor does its change show: only the edge that it depends on."""
    nodes = ["place:310117", "enterprise:e", "product:a", "product:b"]
    kept = [("LOCATED_IN", "enterprise:e", "place:310117"), ("KIND_OF", "product:a", "product:b")]
    graph_of(ladybug_store, nodes, [*kept, ("MAKES", "enterprise:e", "product:a")])
    assert total(difference(ladybug_store.tables(), ladybug_store.tables())) == Changes(unchanged=4 + 3)
    found = difference(ladybug_store.tables(), batches_of(nodes, kept))
    assert [one.name for one in found if one.changes.removed or one.changes.changed] == ["MAKES"]
    assert total(found) == Changes(removed=1, unchanged=4 + 2)
