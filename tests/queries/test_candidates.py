"""Who could fill a gap, and why."""

import pytest

from graph.errors import AmbiguousName, NotFound, UnknownName
from graph.store import GraphStore
from graph.texts import Language, Text, word
from queries.questions.candidates import Candidate, CandidatesAnswer, Closeness, Kind, candidates
from queries.reader import Reader
from queries.tables import heading
from queries.verdicts import Verdict
from tests.graphs import Edge, Item, graph_of, holding

pytestmark = pytest.mark.slow

NODES: list[str | Item] = [
    {"id": "place:340100", "name_zh": "合肥市", "in_corridor": True},
    {"id": "place:340200", "name_zh": "芜湖市", "in_corridor": True},
    "place:110000",
    "chain:c",
    *(f"enterprise:{e}" for e in "abcd"),
    *(f"product:{p}" for p in ("gap", "p", "q", "r", "user", "raw", "broad")),
    "technology:t", "technology:u", "institute:i",
]  # fmt: skip
CHAIN: list[Edge] = [("PART_OF", "product:gap", "chain:c")]


def asked(store: GraphStore, *edges: Edge, nodes: list[str | Item] = NODES, **given: object) -> CandidatesAnswer:
    graph = holding(store, nodes, [*CHAIN, *edges])
    return candidates(graph, **({"product": "product:gap"} | given))  # type: ignore[arg-type]


def made(enterprise: str, *products: str, place: str = "340100") -> list[Edge]:
    makes: list[Edge] = [("MAKES", f"enterprise:{enterprise}", f"product:{p}") for p in products]
    return [*makes, ("LOCATED_IN", f"enterprise:{enterprise}", f"place:{place}")] if place else makes


def only(answer: CandidatesAnswer) -> Candidate:
    assert len(answer.rows) == 1, answer.rows
    return answer.rows[0]


def test_who_makes_much_of_what_its_makers_make_is_near(memory: GraphStore) -> None:
    answer = asked(memory, *made("a", "gap", "p", "q", place="110000"), *made("b", "p"), *made("c", "p", "q", "r"))
    # φ(gap, p) = 1/3: of the three makers of p one makes the gap; φ(gap, q) = 1/2. b makes p: (1/3) / (5/6).
    assert [(r.enterprise_id, r.kind) for r in answer.rows] == [
        ("enterprise:c", Kind.EXTEND),
        ("enterprise:b", Kind.EXTEND),
        ("enterprise:a", Kind.ATTRACT),
    ]
    assert [r.density for r in answer.rows] == pytest.approx([1, 0.4, 1])
    row = next(r for r in answer.rows if r.enterprise_id == "enterprise:c")
    assert row.reason.in_(Language.ZH) == "c → 生产 → q ← 生产 ← a → 生产 → gap"
    assert row.path == ["enterprise:c", "product:q", "enterprise:a", "product:gap"]
    assert {"MAKES|enterprise:c|product:q", "MAKES|enterprise:a|product:q", "MAKES|enterprise:a|product:gap"} <= set(
        row.evidence_ids
    )
    assert (row.near_products, row.makes_today) == (2, ["q", "p"])
    # Here without users: density 0.3 · 1, nearness 0, place 0.15 · 0.5.
    assert row.score == pytest.approx(0.375)


@pytest.mark.parametrize(
    ("edges", "nearness", "reason"),
    [
        ([("KIND_OF", "product:gap", "product:broad"), *made("a", "broad")], 1.0, "a → 生产 → broad ← 是一种 ← gap"),
        (
            [("KIND_OF", "product:gap", "product:broad"), ("KIND_OF", "product:p", "product:broad"), *made("a", "p")],
            0.5,
            "a → 生产 → p → 是一种 → broad ← 是一种 ← gap",
        ),
        (
            [("INPUT_OF", "product:raw", "product:gap"), ("INPUT_OF", "product:raw", "product:p"), *made("a", "p")],
            0.5,
            "a → 生产 → p ← 投入 ← raw → 投入 → gap",
        ),
        (
            [
                *(("INPUT_OF", "product:gap", f"product:{p}") for p in ("user", "r")),
                ("INPUT_OF", "product:p", "product:user"),
                *made("a", "p"),
            ],
            0.25,
            "a → 生产 → p → 投入 → user ← 投入 ← gap",
        ),
        ([("INPUT_OF", "product:raw", "product:gap"), *made("a", "raw")], 0.3, "a → 生产 → raw → 投入 → gap"),
        ([("INPUT_OF", "product:gap", "product:user"), *made("a", "user")], 0.2, "a → 生产 → user ← 投入 ← gap"),
    ],
)
def test_nearness_is_by_kind_and_by_inputs_and_uses_in_common(
    memory: GraphStore, edges: list[Edge], nearness: float, reason: str
) -> None:
    row = only(asked(memory, *edges))
    assert (row.kind, row.nearness, row.density) == (Kind.EXTEND, nearness, None)
    assert row.reason.in_(Language.ZH) == reason


def test_who_makes_a_material_for_what_it_is_equipment_of_is_not_near(memory: GraphStore) -> None:
    edges: list[Edge] = [
        ("INPUT_OF", "product:gap", "product:user", {"input_kind": "equipment"}),
        ("INPUT_OF", "product:p", "product:user", {"input_kind": "material"}),
        ("INPUT_OF", "product:q", "product:user", {"input_kind": "equipment"}),
    ]
    row = only(asked(memory, *edges, *made("a", "p"), *made("b", "q")))
    assert (row.enterprise_id, row.nearness) == ("enterprise:b", 0.5)


def test_makers_elsewhere_could_be_attracted_and_those_of_unknown_place_are_apart(memory: GraphStore) -> None:
    answer = asked(memory, *made("a", "gap", place="110000"), *made("b", "gap", place=""), *made("c", "gap"))
    assert [(r.enterprise_id, r.kind, r.place) for r in answer.rows] == [
        ("enterprise:a", Kind.ATTRACT, 0),
        ("enterprise:b", Kind.UNPLACED_MAKER, None),
    ]
    answer = asked(memory, *made("a", "gap", place="110000"), *made("b", "gap", place=""), kinds=[Kind.ATTRACT])
    assert [r.enterprise_id for r in answer.rows] == ["enterprise:a"]


def test_a_city_of_other_users_is_worth_more_than_another_one(memory: GraphStore) -> None:
    answer = asked(
        memory,
        ("INPUT_OF", "product:gap", "product:user"),
        ("INPUT_OF", "product:raw", "product:gap"),
        *made("a", "user"),
        *made("b", "raw"),
        *made("c", "raw", place="340200"),
    )
    # What a uses itself brings it no nearer to a customer.
    assert {r.enterprise_id: r.place for r in answer.rows} == {
        "enterprise:a": 0.5,
        "enterprise:b": 1,
        "enterprise:c": 0.5,
    }


def test_technology_and_institutes_at_hand_are_parts_of_what_is_needed(memory: GraphStore) -> None:
    row = only(
        asked(
            memory,
            ("NEEDS", "product:gap", "technology:t"),
            ("NEEDS", "product:gap", "technology:u"),
            ("MASTERS", "enterprise:a", "technology:t"),
            ("LOCATED_IN", "enterprise:a", "place:340100"),
            ("RESEARCHES", "institute:i", "technology:u"),
            ("LOCATED_IN", "institute:i", "place:340100"),
        )
    )
    assert (row.technology, row.institute, row.technologies, row.institutes) == (0.5, 0.5, ["t"], ["i"])
    assert row.reason.in_(Language.ZH) == "a → 掌握 → t ← 需要技术 ← gap"
    assert "RESEARCHES|institute:i|technology:u" in row.evidence_ids
    assert (row.density, row.scale) == (None, None)


def test_scale_is_the_mean_rank_among_enterprises_where_it_is_known(memory: GraphStore) -> None:
    sizes: list[str | Item] = [
        {"id": "enterprise:a", "revenue_10k_cny": 10.0, "employees": 5},
        {"id": "enterprise:b", "revenue_10k_cny": 20.0},
        {"id": "enterprise:c", "employees": 5},
        "enterprise:d",
    ]
    nodes = [n for n in NODES if not str(n).startswith("enterprise:")] + sizes
    answer = asked(
        memory,
        ("INPUT_OF", "product:raw", "product:gap"),
        *(e for name in "abcd" for e in made(name, "raw")),
        nodes=nodes,
    )
    # Revenue: 10 is one of two, 20 both; employees: both not larger than 5.
    assert {r.enterprise_id: r.scale for r in answer.rows} == {
        "enterprise:a": 0.75,
        "enterprise:b": 1,
        "enterprise:c": 1,
        "enterprise:d": None,
    }
    assert [r.enterprise_id for r in answer.rows] == [f"enterprise:{e}" for e in "bcad"]


def test_every_gap_of_a_chain_is_asked_the_gravest_first(memory: GraphStore) -> None:
    edges: list[Edge] = [
        ("PART_OF", "product:p", "chain:c"),
        ("PART_OF", "product:q", "chain:c"),
        ("INPUT_OF", "product:raw", "product:gap"),
        *made("a", "raw"),
        *made("b", "gap", place="110000"),
        *made("c", "p"),
        *made("d", "raw"),
    ]
    answer = asked(memory, *edges, product="", chain="c", per_gap=1)
    assert [(r.product_id, r.verdict_text, r.enterprise_id, r.kind) for r in answer.rows] == [
        ("product:gap", word(Verdict.MISSING), "enterprise:a", Kind.EXTEND),
        ("product:gap", word(Verdict.MISSING), "enterprise:b", Kind.ATTRACT),
    ]
    # p has a single maker and nobody near it, q none at all.
    assert (answer.gaps, answer.without_candidate, answer.looked_at) == (3, ["p", "q"], 3)


def test_the_weights_are_parameters(memory: GraphStore) -> None:
    edges: list[Edge] = [("INPUT_OF", "product:raw", "product:gap"), *made("a", "raw")]
    graph = graph_of(memory, NODES, [*CHAIN, *edges], "candidates weighed")

    def weighed(nearness: float) -> CandidatesAnswer:
        return candidates(
            graph, product="product:gap", weight_nearness=nearness, weight_density=0, weight_place=0, weight_scale=0,
            weight_technology=0, weight_institute=0,
        )  # fmt: skip

    assert only(weighed(0.5)).score == pytest.approx(0.3)
    answer = weighed(0)
    assert only(answer).score is None
    assert answer.notes[-1].id == "candidates.note.no_weight"


def test_nobody_on_record_is_not_none(memory: GraphStore) -> None:
    answer = asked(memory, *made("a", "p"))
    assert (answer.rows, answer.without_candidate) == ([], ["gap"])
    assert answer.notes[0].in_(Language.EN) == "No candidate on record, which is not none."


def test_who_makes_a_narrower_kind_only_extends_here_and_is_no_maker(memory: GraphStore) -> None:
    kinds: list[Edge] = [("KIND_OF", "product:p", "product:gap"), ("KIND_OF", "product:q", "product:p")]
    answer = asked(
        memory, *kinds, *made("a", "q"), *made("b", "q", place="110000"), *made("c", "gap"), *made("d", "p", place="")
    )
    assert [(r.enterprise_id, r.kind, r.nearness, r.makes_today) for r in answer.rows] == [
        ("enterprise:a", Kind.EXTEND, 1, ["q"]),
        ("enterprise:b", Kind.ATTRACT, 1, ["q"]),
        ("enterprise:d", Kind.UNPLACED_EXTEND, 1, ["p"]),
    ]
    assert answer.rows[0].reason.in_(Language.ZH) == "a → 生产 → q → 是一种 → p → 是一种 → gap"
    only_narrower = asked(memory, *kinds, *made("a", "q"), product="", chain="c")
    assert [(r.verdict_text, r.enterprise_id, r.kind) for r in only_narrower.rows] == [
        (word(Verdict.NARROWER_ONLY), "enterprise:a", Kind.EXTEND)
    ]


def test_a_record_that_is_not_sure_enough_makes_no_maker(memory: GraphStore) -> None:
    edges: list[Edge] = [
        ("MAKES", "enterprise:a", "product:gap", {"confidence": 0.5}),
        ("LOCATED_IN", "enterprise:a", "place:110000"),
        *made("b", "raw"),
        ("INPUT_OF", "product:raw", "product:gap"),
    ]
    assert {r.enterprise_id for r in asked(memory, *edges).rows} == {"enterprise:a", "enterprise:b"}
    assert {r.enterprise_id for r in asked(memory, *edges, min_confidence=0.6).rows} == {"enterprise:b"}


def test_where_no_place_is_marked_as_of_the_corridor_everywhere_is_meant(memory: GraphStore) -> None:
    nodes: list[str | Item] = ["enterprise:a", "product:gap", "product:raw", "chain:c"]
    edges: list[Edge] = [("INPUT_OF", "product:raw", "product:gap"), ("MAKES", "enterprise:a", "product:raw")]
    answer = asked(memory, *edges, nodes=nodes)
    assert only(answer).kind is Kind.EXTEND
    assert Text("scope.no_corridor") in answer.conventions


def test_what_the_limit_leaves_off_is_counted_by_kind(memory: GraphStore) -> None:
    edges = [*made("a", "gap", place="110000"), *made("b", "p"), *made("c", "p"), *made("d", "p", place="")]
    near: list[Edge] = [("KIND_OF", "product:gap", "product:broad"), ("KIND_OF", "product:p", "product:broad")]
    cut, whole = (asked(memory, *edges, *near, limit=limit) for limit in (1, 50))
    assert cut.left_off == {Kind.EXTEND: 1, Kind.ATTRACT: 1, Kind.UNPLACED_EXTEND: 1} and not whole.left_off
    said = "未列出：区内可延伸 1、区外可引进 1、地点未定可延伸 1；提高上限可列出。"
    assert cut.notes[-1].in_(Language.ZH) == said and not any(note.id == "common.left_off" for note in whole.notes)


def test_a_name_of_several_products_is_refused_with_the_choices(memory: GraphStore) -> None:
    nodes: list[str | Item] = [*NODES, {"id": "product:x1", "name_zh": "阀"}, {"id": "product:x2", "name_zh": "阀"}]
    with pytest.raises(AmbiguousName, match="product:x2"):
        asked(memory, nodes=nodes, product="阀")


def test_unknown_names_are_refused(memory: GraphStore) -> None:
    with pytest.raises(UnknownName, match="gap"):
        asked(memory, product="gaps")
    with pytest.raises(NotFound):
        asked(memory, product="product:none")
    with pytest.raises(UnknownName):
        asked(memory, product="", chain="d")


def test_an_empty_graph_has_no_gap(memory: GraphStore) -> None:
    answer = candidates(graph_of(memory, [], [], "candidates of nothing"))
    assert (answer.rows, answer.notes) == ([], [Text("common.no_product")])


def test_a_candidate_says_from_where_it_or_its_group_is_controlled(memory: GraphStore) -> None:
    nodes = [*NODES, {"id": "enterprise:x", "control_country": "JPN"}, "enterprise:y"]
    edges: list[Edge] = [*made("a", "gap", place="110000"), *made("y", "gap", place="110000")]
    owned: Edge = ("OWNS", "enterprise:x", "enterprise:a", {"share": 0.7})
    rows = asked(memory, *edges, owned, nodes=nodes).rows
    assert {row.enterprise_id: row.control_country for row in rows} == {"enterprise:a": "JPN", "enterprise:y": None}
    shown = heading(Candidate, "control_country")
    assert [shown.cell(row, Language.EN) for row in rows] == ["not known", "Japan"]


CONTROLLED: list[str | Item] = [
    *(one for one in NODES if not str(one).startswith("enterprise:")), "enterprise:unknown",
    *({"id": f"enterprise:{name}", "control_country": "CHN", "revenue_10k_cny": size} for name, size in (("kin", None), ("ours", None), ("far", 9.0))),
    {"id": "enterprise:abroad", "control_country": "JPN", "revenue_10k_cny": 9.0},
]  # fmt: skip
BESIDE: list[Edge] = [
    ("KIND_OF", "product:gap", "product:broad"), ("KIND_OF", "product:p", "product:broad"),
    ("INPUT_OF", "product:raw", "product:gap"), ("INPUT_OF", "product:gap", "product:user"),
]  # fmt: skip


def test_who_may_end_dependence_comes_first_and_of_these_the_nearest_whatever_their_score(memory: GraphStore) -> None:
    edges = [*BESIDE, *made("kin", "p"), *made("abroad", "p"), *made("ours", "raw"), *made("unknown", "raw"), *made("far", "user")]  # fmt: skip
    answer = asked(memory, *edges, nodes=CONTROLLED)
    found = [(row.name_zh, row.closeness, row.control_country) for row in answer.rows]
    assert found == [
        ("kin", Closeness.NEAR, "CHN"), ("ours", Closeness.RELATED, "CHN"), ("unknown", Closeness.RELATED, None),
        ("far", Closeness.DISTANT, "CHN"), ("abroad", Closeness.NEAR, "JPN"),
    ]  # fmt: skip
    score = {row.name_zh: row.score or 0.0 for row in answer.rows}
    assert score["abroad"] == max(score.values()) and score["far"] > score["ours"], "the order is not that of scores"
    said = " ".join(note.in_(Language.EN) for note in answer.notes)
    assert "1 is controlled from abroad and comes last" in said and "of 1 the country of control is not known" in said


@pytest.mark.parametrize(
    ("who", "said"),
    [("abroad", "score 0.275, controlled from abroad"), ("unknown", "country of control not known"), ("kin", "")],
)
def test_a_headline_says_of_the_first_that_it_is_or_may_be_controlled_from_abroad(
    memory: GraphStore, who: str, said: str
) -> None:
    reader = Reader(holding(memory, CONTROLLED, [*CHAIN, *BESIDE, *made(who, "p")]))
    headline = candidates(reader, product="product:gap").in_short(reader).in_(Language.EN)
    assert said in headline and ("control" in headline) == bool(said)
