"""Nodes that join a picture: what stands there stays, what comes covers nothing and stands in the right tier."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from graph.model import Edge, Node, Subgraph
from graph.texts import Language
from tests.viz.sample import chip_chain, edge, node
from viz.growth import grown
from viz.layout import LABEL_SIZE, Layout, breadth, layered, wrapped

NAMES = ("硅", "高纯石英砂及其制品的供应", "high-purity quartz sand", "甲公司")


def boxes(layout: Layout, nodes: list[Node]) -> list[tuple[str, float, float, float, float]]:
    found = []
    for one in nodes:
        x, y = layout.positions[one.id]
        lines = wrapped(one.name).split("\n")
        half = max(map(breadth, lines)) * LABEL_SIZE / 4
        found.append((one.id, x - half, y - 12, x + half, y + 12 + 15 * len(lines)))
    return found


def covering(layout: Layout, nodes: list[Node], fresh: set[str]) -> list[tuple[str, str]]:
    return [
        (a[0], b[0])
        for a, b in combinations(boxes(layout, nodes), 2)
        if {a[0], b[0]} & fresh and a[1] < b[3] and b[1] < a[3] and a[2] < b[4] and b[2] < a[4]
    ]


@given(st.lists(st.tuples(st.sampled_from(["in", "out", "maker", "kind"]), st.integers(0, 17), st.sampled_from(NAMES)),
                min_size=1, max_size=40))  # fmt: skip
def test_nothing_moves_and_nothing_is_covered_whatever_is_added(added: list[tuple[str, int, str]]) -> None:
    part = chip_chain()
    layout = layered(part, is_to_grow=True)
    known = {one.id: one for one in part.nodes}
    products = sorted(one for one in known if one.startswith("product:"))
    for number, (kind, at, name) in enumerate(added):
        anchor = products[at]
        label = "enterprise" if kind == "maker" else "product"
        new = node(f"{label}:new{number}", label.capitalize(), name)
        joint = {"in": ("INPUT_OF", new.id, anchor), "out": ("INPUT_OF", anchor, new.id), "kind": ("KIND_OF", new.id, anchor),
                 "maker": ("MAKES", new.id, anchor)}[kind]  # fmt: skip
        before = dict(layout.positions)
        layout = grown(layout, known, [new], [edge(*joint)], anchor, Language.ZH)
        known[new.id] = new
        assert {one: layout.positions[one] for one in before} == before
    assert covering(layout, list(known.values()), {one for one in known if ":new" in one}) == []
    assert all(any(lane.x_min <= x <= lane.x_max for lane in layout.lanes) for x, _ in layout.positions.values())


def lane_key(layout: Layout, node_id: str) -> str:
    x = layout.positions[node_id][0]
    return next(lane.key for lane in layout.lanes if lane.x_min <= x <= lane.x_max)


def test_inputs_stand_before_uses_after_and_makers_beside_what_they_make() -> None:
    part = Subgraph.of([node("product:a", "Product", "甲")], [])
    layout = layered(part, is_to_grow=True)
    fresh = [node("product:in", "Product", "料"), node("product:out", "Product", "品"), node("enterprise:e", "Enterprise", "企"),
             node("institute:i", "Institute", "所")]  # fmt: skip
    edges: list[Edge] = [
        edge("INPUT_OF", "product:in", "product:a"), edge("INPUT_OF", "product:a", "product:out"),
        edge("MAKES", "enterprise:e", "product:a"), edge("COOPERATES_WITH", "enterprise:e", "institute:i"),
    ]  # fmt: skip
    after = grown(layout, {"product:a": part.nodes[0]}, fresh, edges, "product:a", Language.ZH)
    assert [lane_key(after, one.id) for one in fresh] == ["-1:product", "1:product", "0:actor", "0:actor"]
    assert [lane.tier for lane in after.lanes] == sorted(lane.tier for lane in after.lanes)
    assert after == grown(layout, {"product:a": part.nodes[0]}, fresh, edges, "product:a", Language.ZH)


def test_a_picture_without_products_grows_by_the_direction_of_its_edges() -> None:
    part = Subgraph.of([node("enterprise:a", "Enterprise", "甲")], [])
    fresh = [node("enterprise:b", "Enterprise", "乙"), node("enterprise:c", "Enterprise", "丙")]
    edges = [edge("SUPPLIES", "enterprise:b", "enterprise:a"), edge("SUPPLIES", "enterprise:a", "enterprise:c")]
    known = {"enterprise:a": part.nodes[0]}
    after = grown(layered(part, is_to_grow=True), known, fresh, edges, "enterprise:a", Language.ZH)
    assert [lane_key(after, one) for one in ("enterprise:b", "enterprise:a", "enterprise:c")] == [
        "-1:rank",
        "0:rank",
        "1:rank",
    ]
