"""Search, what surrounds a node, the shortest path."""

from datetime import date

import pytest

from graph.errors import AmbiguousName, NotFound, UnknownName, UsageError
from graph.store import GraphStore
from graph.texts import Language, Text
from queries.answer import as_of_text
from queries.questions.neighbourhood import neighbourhood
from queries.questions.search import search
from queries.reader import Reader
from queries.scope import find_node, find_one
from queries.surroundings import surroundings
from tests.graphs import Edge, Item, chain_of_products, graph_of

GOLD: Item = {
    "id": "enterprise:688981.SH", "name_zh": "中芯国际集成电路制造（上海）有限公司", "name_en": "SMIC",
    "short_name": "中芯国际", "aliases": ["SMIC Shanghai"], "stock_code": "688981.SH",
}  # fmt: skip
RESIST: Item = {"id": "product:photoresist", "name_zh": "光刻胶", "name_en": "photoresist"}
KRF: Item = {"id": "product:krf-photoresist", "name_zh": "KrF 光刻胶"}


@pytest.mark.parametrize(
    "text",
    [
        "中芯国际", "smic", "SMIC Shanghai", "688981.SH", "688981", "zhongxinguoji", "zxgj", "enterprise:688981.SH",
        "６８８９８１", "ＳＭＩＣ", "  smic   shanghai ", "中芯国际集成电路制造（上海）有限公司", "制造(上海)",
    ],
)  # fmt: skip
def test_an_enterprise_is_found_by_name_alias_code_and_pinyin(memory: GraphStore, text: str) -> None:
    graph_of(memory, [GOLD, RESIST])
    assert [hit.node_id for hit in search(memory, text=text).rows] == ["enterprise:688981.SH"]


@pytest.mark.parametrize("text", ["' OR 1=1 //", "\\", "\\'", '"', "%", ".*", "$text", "`", "{}", "|", "  ", "\u3000"])
def test_hostile_text_finds_nothing(memory: GraphStore, text: str) -> None:
    graph_of(memory, [GOLD, RESIST])
    answer = search(memory, text=text)
    assert (answer.rows, answer.notes) == ([], [Text("search.nothing")])


def test_text_that_looks_like_code_is_found_where_a_name_holds_it(memory: GraphStore) -> None:
    graph_of(memory, [{"id": "product:x", "name_zh": "' OR 1=1 //"}, {"id": "product:y", "name_zh": "a\\b"}])
    assert [hit.node_id for hit in search(memory, text="' or 1=1").rows] == ["product:x"]
    assert [hit.node_id for hit in search(memory, text="\\").rows] == ["product:y"]


def test_a_search_that_reaches_its_limit_says_that_more_may_match(memory: GraphStore) -> None:
    graph_of(memory, [KRF, RESIST])
    cut, whole = (search(memory, text="光刻胶", limit=limit) for limit in (1, 3))
    assert (len(cut.rows), cut.notes) == (1, [Text("search.more")])
    assert (len(whole.rows), whole.notes) == (2, [])


def test_a_whole_name_comes_before_its_beginning_and_that_before_the_rest(memory: GraphStore) -> None:
    graph_of(memory, [KRF, RESIST, {"id": "product:a", "name_zh": "光刻胶树脂"}])
    found = search(memory, text="光刻胶").rows
    assert [(hit.node_id, hit.closeness) for hit in found] == [
        ("product:photoresist", 0),
        ("product:a", 1),
        ("product:krf-photoresist", 2),
    ]


def test_an_enterprise_is_found_by_its_business_after_what_is_called_so(memory: GraphStore) -> None:
    pumps = {"business_zh": "工业泵、LED照明", "business_en": "Industrial pumps"}
    graph_of(memory, [{"id": "enterprise:a", **pumps}, {"id": "product:b", "name_zh": "真空工业泵"}])
    for text, found in (
        ("工业泵", ["product:b", "enterprise:a"]),
        ("industrial  PUMP", ["enterprise:a"]),
        ("led", ["enterprise:a"]),
    ):
        assert [hit.node_id for hit in search(memory, text=text).rows] == found
    product, enterprise = search(memory, text="工业泵").rows
    assert enterprise.business == Text.both("工业泵、LED照明", "Industrial pumps")
    assert product.business == Text.both("", ""), "a product has none, which is not that it is not known"


def test_an_answer_of_a_day_says_that_facts_of_unknown_time_count_on_it(memory: GraphStore) -> None:
    graph_of(memory, [RESIST])
    then = search(memory, text="光刻胶").model_copy(update={"as_of": date(2015, 1, 1)})
    (said,) = as_of_text(then)
    assert "没有起止日期记录的，视为各日都有效" in said.in_(Language.ZH)
    assert "without a beginning or an end on record count on every day" in said.in_(Language.EN)


def test_what_an_enterprise_does_is_no_name_of_it(memory: GraphStore) -> None:
    graph_of(memory, [{"id": "enterprise:a", "name_zh": "甲", "business_zh": "工业泵"}])
    with pytest.raises(UnknownName):
        find_node(Reader(memory), "工业泵")


def test_a_node_is_named_by_id_or_exact_name(memory: GraphStore) -> None:
    graph_of(memory, [KRF, RESIST])
    for text in ("product:photoresist", "光刻胶", "PHOTORESIST", "guangkejiao"):
        assert find_node(Reader(memory), text).id == "product:photoresist"


@pytest.mark.parametrize("text", ["688981", "688981.sh", "６８８９８１"])
def test_a_code_with_or_without_that_of_the_exchange_is_a_whole_name(memory: GraphStore, text: str) -> None:
    begins: Item = {"id": "enterprise:e", "name_zh": "688981甲", "aliases": ["688981.SHX"]}
    graph_of(memory, [begins, GOLD])
    assert find_node(Reader(memory), text).id == "enterprise:688981.SH"
    assert next((hit.node_id, hit.closeness) for hit in search(memory, text=text).rows) == ("enterprise:688981.SH", 0)


def test_an_unknown_id_is_not_found(memory: GraphStore) -> None:
    graph_of(memory, [RESIST])
    with pytest.raises(NotFound, match="product:none"):
        neighbourhood(memory, node="product:none")


def test_what_is_of_another_type_or_nearly_an_id_is_said_and_not_that_there_is_none(memory: GraphStore) -> None:
    others = [{"id": f"product:{n}", "name_zh": f"另{n}"} for n in range(10)]  # So many that not all are offered.
    reader = Reader(
        graph_of(memory, [RESIST, {"id": "place:320500", "name_zh": "苏州市", "name_en": "Suzhou"}, *others])
    )
    for labels in (("Product", "Chain"), ("Product",)):
        with pytest.raises(UsageError, match="'place:320500' is Suzhou, of type place; this asks for: product"):
            find_node(reader, "place:320500", labels)
    with pytest.raises(UsageError, match="'Suzhou' is Suzhou, of type place"):
        find_one(reader, ("Product",), "product", "Suzhou")
    with pytest.raises(NotFound) as caught:
        find_one(reader, ("Product",), "product", "product:photoresits")
    assert list(caught.value.near) == ["product:photoresist"] and "(product:photoresist)?" in str(caught.value)
    with pytest.raises(UnknownName) as unknown:
        find_one(reader, ("Product",), "product", "光刻剂")
    assert list(unknown.value.near) == ["product:photoresist"]


def test_an_ambiguous_name_lists_the_ids(memory: GraphStore) -> None:
    graph_of(memory, [{"id": "product:pi", "name_zh": "聚酰亚胺"}, {"id": "technology:pi", "name_zh": "聚酰亚胺"}])
    with pytest.raises(AmbiguousName) as caught:
        find_node(Reader(memory), "聚酰亚胺")
    assert list(caught.value.near) == ["product:pi", "technology:pi"] and "聚酰亚胺 (product:pi)" in str(caught.value)
    assert find_node(Reader(memory), "聚酰亚胺", ("Technology",)).id == "technology:pi"


# --- neighbourhood ---------------------------------------------------------------------------------------------------


def test_a_walk_goes_through_products_only(memory: GraphStore) -> None:
    edges: list[Edge] = [
        ("MAKES", "enterprise:a", "product:0"), ("MAKES", "enterprise:a", "product:9"),
        ("LOCATED_IN", "enterprise:a", "place:1"), ("PART_OF", "product:0", "chain:c"),
    ]  # fmt: skip
    nodes, links = chain_of_products(3)
    graph_of(memory, [*nodes, "product:9", "enterprise:a", "place:1", "chain:c"], [*links, *edges])
    assert [r.node_id for r in neighbourhood(memory, node="product:0", depth=3).rows] == [
        "enterprise:a", "product:0", "product:1", "product:2",
    ]  # fmt: skip


def test_a_walk_may_start_at_a_place(memory: GraphStore) -> None:
    edges: list[Edge] = [("LOCATED_IN", "enterprise:a", "place:1"), ("MAKES", "enterprise:a", "product:p")]
    graph_of(memory, ["enterprise:a", "product:p", "place:1"], edges)
    around = surroundings(Reader(memory), "place:1", depth=1)
    assert sorted(around.nodes) == ["enterprise:a", "place:1"]
    assert around.more == {"enterprise:a": 1}


def test_where_not_all_fits_products_come_first_then_two_technologies_then_three_enterprises_each_then_others(
    memory: GraphStore,
) -> None:
    nodes: list[str | Item] = [
        "product:a", "product:b", *(f"technology:{i}" for i in range(3)), *(f"enterprise:{i}" for i in range(4)),
    ]  # fmt: skip
    edges: list[Edge] = [
        ("INPUT_OF", "product:b", "product:a"),
        *(("NEEDS", "product:b", f"technology:{i}") for i in range(3)),
        *(("MAKES", f"enterprise:{i}", "product:b") for i in range(4)),
    ]
    graph_of(memory, nodes, edges)

    def shown(limit: int) -> list[str]:
        return sorted(surroundings(Reader(memory), "product:a", depth=2, limit=limit).nodes)

    assert shown(1) == ["product:a"]
    assert shown(2) == ["product:a", "product:b"]
    assert shown(4) == ["product:a", "product:b", "technology:0", "technology:1"]
    assert shown(9) == sorted(str(node) for node in nodes)
    assert shown(7) == [
        "enterprise:0", "enterprise:1", "enterprise:2", "product:a", "product:b", "technology:0", "technology:1",
    ]  # fmt: skip
    assert shown(8) == sorted({*shown(7), "enterprise:3"})


def test_what_is_not_shown_is_counted(memory: GraphStore) -> None:
    nodes, links = chain_of_products(5)
    graph_of(memory, [*nodes, "enterprise:a"], [*links, ("MAKES", "enterprise:a", "product:0")])
    around = surroundings(Reader(memory), "product:1", depth=2, limit=3)
    shown = around.subgraph(Reader(memory))
    assert [n.id for n in shown.nodes] == ["product:0", "product:1", "product:2"]
    assert (shown.total_nodes, shown.truncated) == (5, True)
    assert around.more == {"product:0": 1, "product:2": 1}
    answer = neighbourhood(memory, node="product:1", depth=2, limit=3)
    assert answer.notes == [Text("neighbourhood.hidden", count=2)]


def test_relations_between_shown_neighbours_are_shown_and_not_counted_as_hidden(memory: GraphStore) -> None:
    edges: list[Edge] = [
        ("MAKES", "enterprise:a", "product:p"), ("MAKES", "enterprise:b", "product:p"),
        ("OWNS", "enterprise:a", "enterprise:b"),
    ]  # fmt: skip
    graph_of(memory, ["product:p", "enterprise:a", "enterprise:b"], edges)
    around = surroundings(Reader(memory), "product:p", depth=1)
    assert (len(around.edges), around.more) == (3, {})
