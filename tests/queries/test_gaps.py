"""What is said of a product, and what it rests on."""

from collections.abc import Sequence
from datetime import date

import pytest

from graph.errors import AmbiguousName, UnknownName
from graph.store import GraphStore
from graph.texts import Language, Text
from queries.questions.gaps import Gap, GapsAnswer, gaps
from queries.reader import Reader
from queries.scope import scope
from queries.verdicts import Verdict
from tests.graphs import Edge, Item, graph_of, holding

HEFEI: Item = {"id": "place:340100", "name_zh": "合肥市", "aliases": ["合肥"], "in_corridor": True}
WUHU: Item = {"id": "place:340200", "name_zh": "芜湖市", "aliases": ["芜湖"], "in_corridor": True}
BEIJING: Item = {"id": "place:110000", "name_zh": "北京市", "in_corridor": False}
PLACES = [HEFEI, WUHU, BEIJING]
ESSENTIAL: Item = {"input_class": 2}


def chain_of(*products: str) -> list[Edge]:
    return [("PART_OF", p, "chain:c") for p in products]


def made(product: str, *makers: str, place: str = "place:340100", share: float | None = None) -> list[Edge]:
    """The makers make the product and are in the place."""
    return [e for m in makers for e in (("MAKES", m, product, {"share": share}), ("LOCATED_IN", m, place))]


def asked(
    store: GraphStore,
    nodes: Sequence[str | Item],
    edges: Sequence[Edge],
    *,
    places: list[str] | None = None,
    share_below: float = 0.3,
    hhi_above: float = 0.4,
) -> GapsAnswer:
    holding(store, ["chain:c", *PLACES, *nodes], edges)
    return gaps(store, places=places or [], verdicts=list(Verdict), share_below=share_below, hhi_above=hhi_above)


def gap_of(answer: GapsAnswer, product: str) -> Gap:
    return next(row for row in answer.rows if row.product_id == product)


def test_a_maker_outside_makes_it_missing_not_unrecorded(memory: GraphStore) -> None:
    edges = [*chain_of("product:p"), *made("product:p", "enterprise:e", place="place:110000")]
    row = gap_of(asked(memory, ["product:p", "enterprise:e"], edges), "product:p")
    assert (row.verdict, row.makers, row.makers_elsewhere, row.maker_names) == (Verdict.MISSING, 0, 1, ["e"])
    assert row.evidence_ids == ["product:p", "MAKES|enterprise:e|product:p"]


def test_no_maker_anywhere_is_not_on_record(memory: GraphStore) -> None:
    row = gap_of(asked(memory, ["product:p"], chain_of("product:p")), "product:p")
    assert (row.verdict, row.makers, row.makers_elsewhere) == (Verdict.NOT_ON_RECORD, 0, 0)
    assert (row.hhi, row.is_hhi_exact, row.local_share, row.is_essential) == (None, None, None, None)


def test_one_maker_here_is_a_single_source_however_many_there_are_elsewhere(memory: GraphStore) -> None:
    edges = [
        *chain_of("product:p"),
        *made("product:p", "enterprise:a"),
        *made("product:p", "enterprise:b", "enterprise:c", place="place:110000"),
    ]
    row = gap_of(asked(memory, ["product:p", "enterprise:a", "enterprise:b", "enterprise:c"], edges), "product:p")
    assert (row.verdict, row.makers, row.makers_elsewhere, row.flip_margin) == (Verdict.SINGLE_SOURCE, 1, 2, 1)


def test_a_product_on_a_cycle_does_not_count_itself(memory: GraphStore) -> None:
    nodes = ["product:a", "product:b"]
    cycle: list[Edge] = [("INPUT_OF", "product:a", "product:b"), ("INPUT_OF", "product:b", "product:a")]
    row = gap_of(asked(memory, nodes, [*chain_of(*nodes), *cycle]), "product:a")
    assert (row.needed_by, row.downstream) == (1, 1)


def test_a_product_that_goes_into_itself_is_not_needed_by_anything(memory: GraphStore) -> None:
    loop: list[Edge] = [("INPUT_OF", "product:a", "product:a", ESSENTIAL)]
    row = gap_of(asked(memory, ["product:a"], [*chain_of("product:a"), *loop]), "product:a")
    assert (row.needed_by, row.downstream, row.is_essential) == (0, 0, None)


def two_makers(share_a: float | None, share_b: float | None) -> tuple[list[str | Item], list[Edge]]:
    """An essential input of another product, made by two enterprises of one city."""
    nodes = ["product:p", "product:q", "enterprise:a", "enterprise:b"]
    return list(nodes), [
        *chain_of("product:p"),
        ("INPUT_OF", "product:p", "product:q", ESSENTIAL),
        *made("product:p", "enterprise:a", share=share_a),
        *made("product:p", "enterprise:b", share=share_b),
    ]


def test_hhi_is_exact_where_every_share_is_known(memory: GraphStore) -> None:
    row = gap_of(asked(memory, *two_makers(0.6, 0.2)), "product:p")
    assert [row.hhi, row.local_share] == pytest.approx([0.75**2 + 0.25**2, 0.8])
    assert (row.is_hhi_exact, row.verdict, row.flip_margin) == (True, Verdict.CONCENTRATED, None)


def test_hhi_is_its_least_value_where_a_share_is_not_known(memory: GraphStore) -> None:
    row = gap_of(asked(memory, *two_makers(0.9, None)), "product:p")
    # The other one has anything from nothing to a tenth.
    assert [row.hhi, row.hhi_most] == pytest.approx([0.82, 1.0])
    assert (row.is_hhi_exact, row.local_share) == (False, None)
    assert (row.verdict, row.flip_margin) == (Verdict.CONCENTRATED, None)


def test_a_known_low_local_share_makes_it_weak(memory: GraphStore) -> None:
    row = gap_of(asked(memory, *two_makers(0.1, 0.1)), "product:p")
    assert row.verdict is Verdict.WEAK
    assert row.local_share == pytest.approx(0.2)


def test_a_local_share_that_is_known_to_be_nought_is_not_unknown(memory: GraphStore) -> None:
    row = gap_of(asked(memory, *two_makers(0.0, 0.0)), "product:p")
    assert (row.local_share, row.verdict, row.is_hhi_exact) == (0.0, Verdict.WEAK, False)


def test_thresholds_are_parameters(memory: GraphStore) -> None:
    graph = two_makers(0.1, 0.1)
    assert gap_of(asked(memory, *graph, share_below=0.1), "product:p").verdict is Verdict.CONCENTRATED
    assert gap_of(asked(memory, *graph, hhi_above=0.5), "product:p").verdict is Verdict.SUPPLIED


def test_an_input_that_is_not_essential_is_supplied_by_two(memory: GraphStore) -> None:
    nodes, edges = two_makers(None, None)
    edges = [("INPUT_OF", "product:p", "product:q", {"input_class": 1}) if e[0] == "INPUT_OF" else e for e in edges]
    row = gap_of(asked(memory, nodes, edges), "product:p")
    assert (row.verdict, row.is_essential, row.flip_margin) == (Verdict.SUPPLIED, False, -1)


@pytest.mark.parametrize(
    ("makers", "hhi_above", "verdict", "margin"),
    [
        (2, 0.4, Verdict.CONCENTRATED, 1),
        (2, 0.2, Verdict.CONCENTRATED, -1),
        (4, 0.2, Verdict.CONCENTRATED, 1),
        (3, 0.4, Verdict.SUPPLIED, -1),
        (5, 0.4, Verdict.SUPPLIED, -3),
        (3, 0.0, Verdict.CONCENTRATED, -2),
    ],
)
def test_the_flip_margin_is_the_least_change_in_makers_that_changes_the_verdict(
    memory: GraphStore, makers: int, hhi_above: float, verdict: Verdict, margin: int
) -> None:
    names = [f"enterprise:{i}" for i in range(makers)]
    edges = [
        *chain_of("product:p"),
        ("INPUT_OF", "product:p", "product:q", ESSENTIAL),
        *made("product:p", *names),
    ]
    row = gap_of(asked(memory, ["product:p", "product:q", *names], edges, hhi_above=hhi_above), "product:p")
    assert (row.verdict, row.flip_margin) == (verdict, margin)


def test_two_cities_that_specialise_in_it_make_it_strong(memory: GraphStore) -> None:
    nodes = ["product:p", "product:q", *(f"enterprise:{i}" for i in range(5))]
    edges = [
        *chain_of("product:p", "product:q"),
        *made("product:p", "enterprise:0", "enterprise:1"),
        *made("product:p", "enterprise:2", "enterprise:3", place="place:340200"),
        *made("product:q", "enterprise:4"),
        ("MAKES", "enterprise:0", "product:q"),
    ]
    answer = asked(memory, nodes, edges)
    # Of 6 counts 合肥 has 2 + 2 and 芜湖 2 + 0: RCA of p is (2/4)/(4/6) < 1 and (2/2)/(4/6) ≥ 1, so one city only.
    assert [gap_of(answer, p).verdict for p in ("product:p", "product:q")] == [Verdict.SUPPLIED, Verdict.SUPPLIED]
    answer = asked(memory, nodes, edges[:-3])
    assert gap_of(answer, "product:p").verdict is Verdict.STRONG


def test_an_enterprise_in_two_cities_counts_in_both(memory: GraphStore) -> None:
    edges = [
        *chain_of("product:p"),
        *made("product:p", "enterprise:a", "enterprise:b"),
        ("LOCATED_IN", "enterprise:a", "place:340200"),
    ]
    row = gap_of(asked(memory, ["product:p", "enterprise:a", "enterprise:b"], edges), "product:p")
    assert (row.makers, row.cities, row.verdict) == (2, 2, Verdict.STRONG)


def test_a_maker_of_a_narrower_product_counts_for_the_broader_and_is_shown_as_such(memory: GraphStore) -> None:
    nodes = ["product:bearing", "product:roller", "product:crossed", "enterprise:a"]
    edges = [
        *chain_of("product:bearing"),
        ("KIND_OF", "product:crossed", "product:roller"),
        ("KIND_OF", "product:roller", "product:bearing"),
        *made("product:crossed", "enterprise:a", share=0.9),
    ]
    row = gap_of(asked(memory, nodes, edges), "product:bearing")
    assert (row.verdict, row.makers, row.by_narrower) == (Verdict.NARROWER_ONLY, 1, 1)
    # Its share is one of the narrower product's supply; of the broader one's it says nothing.
    assert (row.is_hhi_exact, row.local_share) == (False, None)
    assert row.evidence_ids == [
        "product:bearing",
        "KIND_OF|product:crossed|product:roller",
        "KIND_OF|product:roller|product:bearing",
        "MAKES|enterprise:a|product:crossed",
    ]


def test_a_maker_of_the_broader_product_does_not_count_for_the_narrower(memory: GraphStore) -> None:
    edges = [
        *chain_of("product:narrow"),
        ("KIND_OF", "product:narrow", "product:broad"),
        *made("product:broad", "enterprise:a"),
    ]
    row = gap_of(asked(memory, ["product:narrow", "product:broad", "enterprise:a"], edges), "product:narrow")
    assert row.verdict is Verdict.NOT_ON_RECORD


def test_places_contain_their_parts(memory: GraphStore) -> None:
    huzhou: Item = {"id": "place:330500", "name_zh": "湖州市", "aliases": ["湖州"], "in_corridor": True}
    deqing: Item = {"id": "place:330521", "name_zh": "德清县"}
    shanghai: Item = {"id": "place:310000", "name_zh": "上海市"}
    songjiang: Item = {"id": "place:310117", "name_zh": "松江区", "in_corridor": True}
    nodes: list[str | Item] = [
        huzhou, deqing, shanghai, songjiang, "product:p", "enterprise:d", "enterprise:s", "enterprise:j",
    ]  # fmt: skip
    edges: list[Edge] = [
        *chain_of("product:p"),
        ("PART_OF", "place:330521", "place:330500"),
        ("PART_OF", "place:310117", "place:310000"),
        *made("product:p", "enterprise:d", place="place:330521"),
        *made("product:p", "enterprise:s", place="place:310000"),
        *made("product:p", "enterprise:j", place="place:310117"),
    ]

    def makers(*places: str) -> tuple[list[str], int]:
        row = gap_of(asked(memory, nodes, edges, places=list(places)), "product:p")
        return row.maker_names, row.cities

    assert makers("corridor") == (["d", "j"], 2)
    assert makers("湖州") == (["d"], 1)
    assert makers("上海市") == (["j", "s"], 1)
    assert makers("松江区", "上海市") == makers("上海市", "松江区") == (["j", "s"], 1)


def test_one_maker_of_two_is_outside_the_chosen_place(memory: GraphStore) -> None:
    edges = [
        *chain_of("product:p"),
        *made("product:p", "enterprise:a"),
        *made("product:p", "enterprise:b", place="place:340200"),
    ]
    nodes = ["product:p", "enterprise:a", "enterprise:b"]
    assert gap_of(asked(memory, nodes, edges, places=["合肥"]), "product:p").maker_names == ["a"]
    assert gap_of(asked(memory, nodes, edges, places=["place:340200"]), "product:p").maker_names == ["b"]
    assert gap_of(asked(memory, nodes, edges), "product:p").maker_names == ["a", "b"]


def test_a_chain_is_found_by_id_key_name_and_alias(memory: GraphStore) -> None:
    chain: Item = {"id": "chain:ic", "name_zh": "集成电路", "name_en": "Integrated circuits", "aliases": ["芯片"]}
    graph_of(memory, [chain, "chain:other", "product:p", "product:q"],
             [("PART_OF", "product:p", "chain:ic"), ("PART_OF", "product:q", "chain:other")])  # fmt: skip
    for name in ("chain:ic", "ic", "集成电路", "integrated circuits", "芯片"):
        assert [row.product_id for row in gaps(memory, chain=name).rows] == ["product:p"]


def test_an_unknown_chain_or_place_proposes_names(memory: GraphStore) -> None:
    graph_of(memory, [{"id": "chain:ic", "name_zh": "集成电路"}, HEFEI])
    with pytest.raises(UnknownName, match="集成电路"):
        gaps(memory, chain="集成电")
    with pytest.raises(UnknownName, match="合肥"):
        gaps(memory, places=["合肥区"])


def test_a_place_is_known_by_its_short_name_and_one_of_several_offers_them(memory: GraphStore) -> None:
    levels = {"宁波市": "prefecture", "大理白族自治州": "prefecture", "吉林省": "province", "吉林市": "prefecture"}
    places: list[str | Item] = [
        {"id": f"place:{n}", "name_zh": name, "level": level} for n, (name, level) in enumerate(levels.items())
    ]
    reader = Reader(graph_of(memory, places, []))
    assert [scope(reader, [name]).places for name in ("宁波", "大理", "吉林省")] == [
        ["place:0"],
        ["place:1"],
        ["place:2"],
    ]
    with pytest.raises(AmbiguousName, match=r"吉林省 \(place:2\), 吉林市 \(place:3\)"):
        scope(reader, ["吉林"])


def test_a_gap_says_its_foreign_share_as_it_is_on_record(memory: GraphStore) -> None:
    told: Item = {
        "id": "product:p",
        "foreign_share_min": 0.6,
        "foreign_share": 0.8,
        "foreign_basis": "imports",
        "foreign_year": 2024,
    }
    graph_of(memory, [told, {**told, "id": "product:o", "foreign_year": 2005}, "product:q", HEFEI], [])
    found = {row.product_id: row for row in gaps(memory).rows}
    assert (found["product:p"].foreign_share_least, found["product:p"].foreign_share_most) == (0.6, 0.8)
    said = {one: row.foreign_text.in_(Language.ZH) for one, row in found.items() if row.foreign_text}
    assert said["product:p"] == "60–80%（进口占表观消费，2024）"
    assert said["product:o"] == f"60–80%（进口占表观消费，2005，{date.today().year - 2005} 年前）"
    assert found["product:q"].foreign_text is None


def test_a_product_of_two_chains_is_judged_once(memory: GraphStore) -> None:
    edges: list[Edge] = [
        ("PART_OF", "product:p", "chain:b", {"stage": "upstream"}),
        ("PART_OF", "product:p", "chain:a", {"stage": "downstream"}),
    ]
    graph_of(memory, ["chain:a", "chain:b", "product:p"], edges)
    answer = gaps(memory)
    assert [(r.product_id, r.chains, r.stages) for r in answer.rows] == [
        ("product:p", ["a", "b"], ["downstream", "upstream"])
    ]
    assert (answer.looked_at, sum(answer.counts.values())) == (1, 1)


def test_the_gravest_come_first_and_what_is_cut_is_said(memory: GraphStore) -> None:
    edges = [
        *chain_of("product:a", "product:b", "product:c"),
        *made("product:b", "enterprise:b"),
        *made("product:c", "enterprise:c", place="place:110000"),
    ]
    nodes: list[str | Item] = [
        "chain:c",
        *PLACES,
        "product:a",
        "product:b",
        "product:c",
        "enterprise:b",
        "enterprise:c",
    ]
    graph_of(memory, nodes, edges)
    answer = gaps(memory, limit=2)
    assert [row.verdict for row in answer.rows] == [Verdict.MISSING, Verdict.SINGLE_SOURCE]
    assert (answer.looked_at, answer.notes) == (3, [Text("common.shown", found=3, shown=2)])


def test_a_chain_without_products_is_an_answer(memory: GraphStore) -> None:
    graph_of(memory, ["chain:c"])
    answer = gaps(memory, chain="c")
    assert (answer.rows, answer.looked_at) == ([], 0)
    assert answer.notes == [Text("common.no_product_of_chain")]


def test_a_single_source_says_whether_there_are_others_elsewhere(memory: GraphStore) -> None:
    edges = [
        *chain_of("product:p", "product:q", "product:r"),
        *made("product:p", "enterprise:a"),
        *made("product:q", "enterprise:a"),
        *made("product:q", "enterprise:b", place="place:110000"),
        *made("product:r", "enterprise:a"),
        ("MAKES", "enterprise:c", "product:r"),
    ]
    nodes = ["product:p", "product:q", "product:r", "enterprise:a", "enterprise:b", "enterprise:c"]
    answer = asked(memory, nodes, edges)
    assert gap_of(answer, "product:p").verdict_text == Text("verdicts.only_one")
    assert gap_of(answer, "product:q").verdict_text == Text("verdicts.others_elsewhere", elsewhere=1)
    perhaps_here = Text("verdicts.others_perhaps_here", elsewhere=1, unplaced=1)
    assert gap_of(answer, "product:r").verdict_text == perhaps_here


def test_a_maker_here_of_the_broader_product_leaves_the_narrower_one_not_on_record(memory: GraphStore) -> None:
    nodes = ["product:machine", "product:lathe", "enterprise:a", "enterprise:b"]
    edges = [
        *chain_of("product:lathe"),
        ("KIND_OF", "product:lathe", "product:machine"),
        *made("product:machine", "enterprise:a"),
        *made("product:lathe", "enterprise:b", place="place:110000"),
    ]
    assert gap_of(asked(memory, nodes, edges), "product:lathe").verdict is Verdict.NOT_ON_RECORD


@pytest.mark.parametrize(
    ("progress", "verdict"),
    [
        ("planned", Verdict.MISSING),
        ("closed", Verdict.MISSING),
        ("operating", Verdict.NOT_ON_RECORD),
        (None, Verdict.NOT_ON_RECORD),
    ],
)
def test_a_plant_that_does_not_run_makes_nothing_broader_either(
    memory: GraphStore, progress: str | None, verdict: Verdict
) -> None:
    nodes: list[str | Item] = [
        "product:machine",
        "product:lathe",
        "enterprise:b",
        {"id": "plant:f", "progress": progress},
    ]
    edges = [
        *chain_of("product:lathe"),
        ("KIND_OF", "product:lathe", "product:machine"),
        ("MAKES", "plant:f", "product:machine"),
        ("LOCATED_IN", "plant:f", "place:340100"),
        *made("product:lathe", "enterprise:b", place="place:110000"),
    ]
    assert gap_of(asked(memory, nodes, edges), "product:lathe").verdict is verdict


def test_a_place_here_that_provides_it_is_supply_though_no_enterprise_is_named(memory: GraphStore) -> None:
    edges = [
        *chain_of("product:p", "product:q"),
        ("PROVIDES", "place:340100", "product:p", {"share": 0.2}),
        ("PROVIDES", "place:110000", "product:q", {"share": 0.2}),
    ]
    answer = asked(memory, ["product:p", "product:q"], edges)
    assert [gap_of(answer, p).verdict for p in ("product:p", "product:q")] == [Verdict.SUPPLIED, Verdict.MISSING]
    assert "PROVIDES|place:340100|product:p" in gap_of(answer, "product:p").evidence_ids


def test_makers_below_the_confidence_asked_for_do_not_count_and_make_nothing_missing(memory: GraphStore) -> None:
    nodes = ["product:p", "enterprise:a", "enterprise:b"]
    edges: list[Edge] = [
        *chain_of("product:p"),
        ("MAKES", "enterprise:a", "product:p", {"confidence": 0.3}),
        ("LOCATED_IN", "enterprise:a", "place:340100"),
        ("MAKES", "enterprise:b", "product:p", {"confidence": 0.9}),
        ("LOCATED_IN", "enterprise:b", "place:110000"),
    ]
    holding(memory, ["chain:c", *PLACES, *nodes], edges)
    found = [gaps(memory, min_confidence=least, verdicts=list(Verdict)).rows[0] for least in (0.0, 0.3, 0.4)]
    assert [row.verdict for row in found] == [
        Verdict.SINGLE_SOURCE, Verdict.SINGLE_SOURCE, Verdict.NOT_ON_RECORD,
    ]  # fmt: skip


def test_where_no_place_is_of_the_corridor_all_places_are_meant(memory: GraphStore) -> None:
    graph_of(memory, ["place:CHN", "product:p", "enterprise:a"], made("product:p", "enterprise:a", place="place:CHN"))
    answer = gaps(memory, verdicts=list(Verdict))
    assert answer.rows[0].verdict is Verdict.SINGLE_SOURCE
    assert any(one.id == "scope.no_corridor" for one in answer.conventions)


def test_a_name_that_two_products_have_is_refused_with_the_choices(memory: GraphStore) -> None:
    graph_of(memory, [{"id": "chain:a", "name_zh": "芯片"}, {"id": "chain:b", "name_zh": "芯片"}])
    with pytest.raises(AmbiguousName, match=r"chain:a.*chain:b"):
        gaps(memory, chain="芯片")


def test_an_empty_graph_has_no_gap(memory: GraphStore) -> None:
    answer = gaps(graph_of(memory, [], [], "gaps of nothing"))
    assert (answer.rows, answer.notes) == ([], [Text("common.no_product")])


def test_products_whose_makers_were_last_told_of_long_ago_are_named(memory: GraphStore) -> None:
    edges: list[Edge] = [("MAKES", "enterprise:a", "product:old", {"as_of": date(2003, 7, 28)}),
                         ("MAKES", "enterprise:a", "product:new", {"as_of": date(2003, 7, 28)}), ("MAKES", "enterprise:b", "product:new")]  # fmt: skip
    answer = gaps(
        graph_of(
            memory, [*PLACES, "product:old", "product:new", "enterprise:a", "enterprise:b"], edges, "told long ago"
        )
    )
    [note] = [one.in_(Language.EN) for one in answer.notes]
    assert note.startswith("1 of those listed rests on records of makers from before") and note.endswith(": old.")
