from collections.abc import Sequence
from itertools import combinations
from random import Random

import numpy as np

from graph.model import Edge, Node, Subgraph, edge_id
from tests.viz.sample import chip_chain, edge, node
from viz.layout import LABEL_SIZE, Layout, breadth, crossings, layered, longest_paths, wrapped


def chain(*pairs: str, edge_type: str = "INPUT_OF") -> Subgraph:
    """Products a, b … where "ab" reads: a is an input of b."""
    ids = sorted({letter for pair in pairs for letter in pair})
    edges = [edge(edge_type, f"product:{pair[0]}", f"product:{pair[1]}") for pair in pairs]
    return Subgraph.of([node(f"product:{key}", "Product", key) for key in ids], edges)


def large(count: int, seed: int = 7) -> Subgraph:
    """A layered graph of half products and half makers, with about twice as many edges as nodes."""
    random = Random(seed)
    products = [f"product:{i:05d}" for i in range(count // 2)]
    makers = [f"enterprise:{i:05d}" for i in range(count - count // 2)]
    edges: list[Edge] = []
    for _ in range(count):
        i = random.randrange(len(products))
        j = min(i + random.randrange(1, max(len(products) // 6, 2)), len(products) - 1)
        if i < j:
            edges.append(edge("INPUT_OF", products[i], products[j]))
        edges.append(edge("MAKES", random.choice(makers), random.choice(products)))
    tiers = [node(i, "Product", f"产品{i[-5:]}") for i in products]
    return Subgraph.of([*tiers, *(node(i, "Enterprise", f"企业{i[-5:]}") for i in makers)], edges)


def tier_at(layout: Layout, node_id: str) -> str:
    x = layout.positions[node_id][0]
    return next(lane.key for lane in layout.lanes if lane.x_min < x < lane.x_max)


def covered(subgraph: Subgraph, layout: Layout) -> list[tuple[str, str]]:
    """Pairs of nodes whose symbols or labels share a place: a symbol of 22, and below it the lines of the label."""
    boxes = {}
    for one in subgraph.nodes:
        x, y = layout.positions[one.id]
        lines = wrapped(one.name).split("\n")
        half = max(11.0, max(map(breadth, lines)) * LABEL_SIZE / 4)
        boxes[one.id] = (x - half, x + half, y - 11, y + 15 + LABEL_SIZE * len(lines))
    return [
        (a, b)
        for (a, p), (b, q) in combinations(boxes.items(), 2)
        if p[0] < q[1] and q[0] < p[1] and p[2] < q[3] and q[2] < p[3]
    ]


def crossed(subgraph: Subgraph, layout: Layout) -> int:
    ids = [one.id for one in subgraph.nodes]
    x, y = zip(*(layout.positions[i] for i in ids), strict=True)
    pairs = [(ids.index(e.from_id), ids.index(e.to_id)) for e in subgraph.edges]
    return crossings_at(x, y, pairs)


def crossings_at(x: Sequence[float], y: Sequence[float], edges: Sequence[tuple[int, int]]) -> int:
    columns, column = np.unique(np.array(x, np.float64), return_inverse=True)
    return crossings(columns, column, np.array(y, np.float64), np.array(edges, np.int64).reshape(-1, 2))


def test_equal_subgraphs_give_equal_pictures() -> None:
    first, second = chip_chain(), chip_chain()
    assert layered(first) == layered(Subgraph.of(reversed(second.nodes), reversed(second.edges)))


def test_an_empty_subgraph_has_no_lanes() -> None:
    assert layered(Subgraph()) == Layout()


def test_each_tier_has_its_makers_left_of_its_products() -> None:
    subgraph = Subgraph.of(
        [node("product:a", "Product", "甲"), node("product:b", "Product", "乙"), node("enterprise:m", "Enterprise", "丙"),
         node("enterprise:n", "Enterprise", "丁"), node("technology:t", "Technology", "戊")],
        [edge("INPUT_OF", "product:a", "product:b"), edge("MAKES", "enterprise:m", "product:a"),
         edge("MAKES", "enterprise:n", "product:b"), edge("NEEDS", "product:b", "technology:t")],
    )  # fmt: skip
    layout = layered(subgraph)
    assert [lane.key for lane in layout.lanes] == ["0:actor", "0:product", "1:actor", "1:product"]
    assert [tier_at(layout, i.id) for i in subgraph.nodes] == [
        "0:actor",
        "1:actor",
        "0:product",
        "1:product",
        "1:actor",
    ]
    assert [lane.labels for lane in layout.lanes] == [
        ("Enterprise",),
        ("Product",),
        ("Enterprise", "Technology"),
        ("Product",),
    ]


def test_a_maker_of_two_products_stands_at_the_first() -> None:
    subgraph = chain("ab", "bc")
    maker = node("enterprise:m", "Enterprise", "丙")
    makes = [edge("MAKES", "enterprise:m", "product:c"), edge("MAKES", "enterprise:m", "product:b")]
    layout = layered(Subgraph.of([*subgraph.nodes, maker], [*subgraph.edges, *makes]))
    assert tier_at(layout, "enterprise:m") == "1:actor"


def test_what_touches_no_product_stands_left_of_what_it_touches() -> None:
    subgraph = Subgraph.of(
        [
            node("product:a", "Product", "甲"),
            node("enterprise:m", "Enterprise", "丙"),
            node("place:310117", "Place", "松江"),
        ],
        [edge("MAKES", "enterprise:m", "product:a"), edge("LOCATED_IN", "enterprise:m", "place:310117")],
    )
    assert [lane.key for lane in layered(subgraph).lanes] == ["0:outer", "0:actor", "0:product"]


def test_without_products_all_edges_rank_the_nodes() -> None:
    nodes = [node(f"enterprise:{i}", "Enterprise", i) for i in "abc"]
    layout = layered(
        Subgraph.of(nodes, [edge("OWNS", "enterprise:a", "enterprise:b"), edge("OWNS", "enterprise:b", "enterprise:c")])
    )
    assert [lane.key for lane in layout.lanes] == ["0:rank", "1:rank", "2:rank"]


def test_labels_break_at_words_and_not_before_closing_marks() -> None:
    assert [wrapped(name) for name in ("电池模组与PACK装配线", "金华（上海）科创中心", "光刻胶")] == [
        "电池模组与\nPACK装配线",
        "金华（上海）\n科创中心",
        "光刻胶",
    ]
    assert wrapped("长三角G60浙江科创基地（松江）第二分部办公楼") == "长三角G60浙江科\n创基地（松江）…"


def test_an_edge_that_closes_a_cycle_is_dropped() -> None:
    layout = layered(chain("ab", "bc", "cb", "cd"))
    assert [tier_at(layout, f"product:{i}") for i in "abcd"] == ["0:product", "1:product", "2:product", "3:product"]


def test_a_cycle_alone_is_ranked_too() -> None:
    assert sorted(longest_paths(3, [(0, 1), (1, 2), (2, 0)])) == [0, 1, 2]


def test_a_kind_of_a_product_stands_beside_it() -> None:
    broad = chain("ab", "bc")
    narrow = chain("xc", edge_type="KIND_OF")
    layout = layered(Subgraph.of([*broad.nodes, *narrow.nodes], [*broad.edges, *narrow.edges]))
    assert tier_at(layout, "product:x") == "2:product"


def test_no_node_covers_another() -> None:
    for subgraph in (chip_chain(), large(60), large(500)):
        assert covered(subgraph, layered(subgraph)) == []


def test_long_names_and_many_nodes_do_not_cover_each_other() -> None:
    nodes = [node(f"enterprise:{i:02d}", "Enterprise", "很长的公司名称股份有限公司" * (i % 3 + 1)) for i in range(40)]
    subgraph = Subgraph.of(
        [*nodes, node("product:a", "Product", "甲")], [edge("MAKES", n.id, "product:a") for n in nodes]
    )
    layout = layered(subgraph)
    assert covered(subgraph, layout) == []
    assert len({x for x, _ in layout.positions.values()}) == 4


def test_crossings_agree_with_counting_pairs() -> None:
    random = Random(3)
    for _ in range(20):
        x = [random.randrange(4) for _ in range(12)]
        y = [random.random() for _ in range(12)]
        edges = [(a, b) for a, b in (random.sample(range(12), 2) for _ in range(25)) if x[a] != x[b]]
        assert crossings_at(x, y, edges) == sum(pair_crosses(x, y, p, q) for p, q in combinations(edges, 2))


def pair_crosses(x: list[int], y: list[float], p: tuple[int, int], q: tuple[int, int]) -> bool:
    """The textbook test: each edge has the ends of the other on its two sides."""
    if set(p) & set(q):
        return False

    def side(a: int, b: int, c: int) -> float:
        return (x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a])

    return side(*p, q[0]) * side(*p, q[1]) < 0 and side(*q, p[0]) * side(*q, p[1]) < 0


def test_fewer_edges_cross_than_in_the_order_of_the_input() -> None:
    for subgraph in (chip_chain(), large(60), large(300)):
        layout = layered(subgraph)
        rows: dict[float, list[str]] = {}
        for one in subgraph.nodes:
            rows.setdefault(layout.positions[one.id][0], []).append(one.id)
        by_input = {i: (x, 50.0 * (k - len(ids) / 2)) for x, ids in rows.items() for k, i in enumerate(ids)}
        assert crossed(subgraph, layout) < crossed(subgraph, Layout(by_input, layout.lanes))


def test_two_crossed_pairs_are_untangled() -> None:
    subgraph = chain("ad", "bc")
    assert crossed(subgraph, layered(subgraph)) == 0


def test_parallel_and_self_edges_do_no_harm() -> None:
    loop = Edge(edge_id("SUPPLIES", "enterprise:a", "enterprise:a"), "SUPPLIES", "enterprise:a", "enterprise:a", {})
    assert list(layered(Subgraph.of([Node("enterprise:a", "Enterprise")], [loop])).positions) == ["enterprise:a"]
