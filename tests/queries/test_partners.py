"""Whom one could work with, and the path that is the reason."""

import json

import numpy as np
import pytest

from bench.link_prediction import links as network
from bench.partners import PartnerScore, around
from graph.errors import AmbiguousName, UnknownName, UsageError
from graph.store import GraphStore
from graph.texts import Language, Text
from queries.questions.partners import (
    PARTS,
    SKILL_FILE,
    WEIGHTS,
    Basis,
    Partner,
    PartnersAnswer,
    Role,
    ShareOf,
    partners,
)
from queries.reader import Reader
from tests.graphs import Edge, Item, graph_of, holding

pytestmark = pytest.mark.slow

HEFEI: Item = {"id": "place:340100", "name_zh": "合肥市", "level": "prefecture", "in_corridor": True}
NODES: list[str | Item] = [
    HEFEI, {"id": "place:310117", "name_zh": "松江区", "in_corridor": True}, "place:110000",
    {"id": "enterprise:one", "name_zh": "芯片厂"}, {"id": "enterprise:resist", "name_zh": "光刻胶厂"},
    {"id": "enterprise:phone", "name_zh": "手机厂"}, {"id": "enterprise:krf", "name_zh": "KrF 厂"},
    {"id": "product:chip", "name_zh": "芯片"}, {"id": "product:resist", "name_zh": "光刻胶"},
    {"id": "product:phone", "name_zh": "手机"}, {"id": "product:krf", "name_zh": "KrF 光刻胶"},
    {"id": "technology:litho", "name_zh": "光刻"}, {"id": "institute:ime", "name_zh": "微电子所"},
]  # fmt: skip
EDGES: list[Edge] = [
    ("INPUT_OF", "product:resist", "product:chip"),
    ("INPUT_OF", "product:chip", "product:phone"),
    ("MAKES", "enterprise:one", "product:chip"),
    ("LOCATED_IN", "enterprise:one", "place:340100"),
]


def asked(store: GraphStore, subject: str, *edges: Edge, roles: tuple[Role, ...] = ()) -> PartnersAnswer:
    graph = holding(store, NODES, [*EDGES, *edges])
    return partners(graph, subject=subject, roles=list(roles))


def only(answer: PartnersAnswer) -> Partner:
    assert len(answer.rows) == 1, answer.rows
    return answer.rows[0]


def said(row: Partner) -> str:
    return row.reason.in_(Language.ZH)


def test_a_supplier_makes_an_input_and_the_reason_says_so(memory: GraphStore) -> None:
    row = only(asked(memory, "芯片厂", ("MAKES", "enterprise:resist", "product:resist"),
                     ("LOCATED_IN", "enterprise:resist", "place:340100")))  # fmt: skip
    assert (row.role, row.is_local, row.is_same_place, row.reasons) == (Role.SUPPLIER, True, True, 1)
    # One input, which is all that it makes, and nobody else offers it: 0.3 · 1 + 0.2 · 1 + 0.15 · 1 of a weight of 1.
    assert (row.complement, row.alternative, row.relatedness, row.shared_technology) == (1, 1, None, None)
    assert row.score == pytest.approx(0.65)
    assert said(row) == "光刻胶厂 → 生产 → 光刻胶 → 投入 → 芯片 ← 生产 ← 芯片厂"
    assert row.path == ["enterprise:resist", "product:resist", "product:chip", "enterprise:one"]
    assert set(row.evidence_ids) == {
        *row.path,
        "MAKES|enterprise:resist|product:resist",
        "INPUT_OF|product:resist|product:chip",
        "MAKES|enterprise:one|product:chip",
    }


def test_a_maker_elsewhere_of_what_nobody_here_makes_fills_the_gap(memory: GraphStore) -> None:
    row = only(asked(memory, "芯片厂", ("MAKES", "enterprise:resist", "product:resist"),
                     ("LOCATED_IN", "enterprise:resist", "place:110000")))  # fmt: skip
    assert (row.role, row.is_local, row.is_same_place) == (Role.FILLS_MISSING, False, False)


def test_an_input_that_someone_here_makes_a_kind_of_is_not_missing(memory: GraphStore) -> None:
    answer = asked(
        memory,
        "芯片厂",
        ("KIND_OF", "product:krf", "product:resist"),
        ("MAKES", "enterprise:krf", "product:krf"),
        ("LOCATED_IN", "enterprise:krf", "place:310117"),
        ("MAKES", "enterprise:resist", "product:resist"),
        ("LOCATED_IN", "enterprise:resist", "place:110000"),
    )
    assert [(r.partner_id, r.role) for r in answer.rows] == [
        ("enterprise:krf", Role.SUPPLIER),
        ("enterprise:resist", Role.SUPPLIER),
    ]
    assert said(answer.rows[0]) == "KrF 厂 → 生产 → KrF 光刻胶 → 是一种 → 光刻胶 → 投入 → 芯片 ← 生产 ← 芯片厂"


def test_a_buyer_makes_what_its_products_go_into(memory: GraphStore) -> None:
    row = only(asked(memory, "芯片厂", ("MAKES", "enterprise:phone", "product:phone")))
    assert (row.role, row.is_local, row.is_same_place) == (Role.BUYER, None, None)
    assert said(row) == "手机厂 → 生产 → 手机 ← 投入 ← 芯片 ← 生产 ← 芯片厂"


def test_an_institute_on_the_same_technology_could_research(memory: GraphStore) -> None:
    row = only(asked(memory, "芯片厂", ("NEEDS", "product:chip", "technology:litho"),
                     ("MASTERS", "enterprise:one", "technology:litho"),
                     ("RESEARCHES", "institute:ime", "technology:litho")))  # fmt: skip
    assert (row.role, row.reasons) == (Role.RESEARCH, 2)
    assert said(row) == "微电子所 → 研究 → 光刻 ← 掌握 ← 芯片厂"


def test_a_narrower_product_can_be_used_where_the_broader_one_is_an_input(memory: GraphStore) -> None:
    answer = asked(
        memory,
        "KrF 厂",
        ("KIND_OF", "product:krf", "product:resist"),
        ("MAKES", "enterprise:krf", "product:krf"),
        ("INPUT_OF", "product:phone", "product:resist"),
        ("MAKES", "enterprise:phone", "product:phone"),
    )
    assert [(r.partner_id, r.role, r.broader_kind, said(r)) for r in answer.rows] == [
        ("enterprise:one", Role.BUYER, "光刻胶", "芯片厂 → 生产 → 芯片 ← 投入 ← 光刻胶 ← 是一种 ← KrF 光刻胶 ← 生产 ← KrF 厂"),
        ("enterprise:phone", Role.SUPPLIER, "光刻胶", "手机厂 → 生产 → 手机 → 投入 → 光刻胶 ← 是一种 ← KrF 光刻胶 ← 生产 ← KrF 厂"),
    ]  # fmt: skip
    assert all("KIND_OF|product:krf|product:resist" in row.evidence_ids for row in answer.rows)
    assert answer.rows[0].path == ["enterprise:one", "product:chip", "product:resist", "product:krf", "enterprise:krf"]
    assert Text("partners.broader_kind_means") in answer.conventions


def test_a_path_over_the_own_product_goes_before_one_over_a_broader_kind(memory: GraphStore) -> None:
    row = only(asked(memory, "product:krf", ("KIND_OF", "product:krf", "product:resist"),
                     ("INPUT_OF", "product:krf", "product:chip"), roles=(Role.BUYER,)))  # fmt: skip
    assert (row.broader_kind, row.reasons) == (None, 2)
    assert said(row) == "芯片厂 → 生产 → 芯片 ← 投入 ← KrF 光刻胶"


def test_an_input_between_two_broader_kinds_counts_from_both_of_its_ends(memory: GraphStore) -> None:
    answer = asked(
        memory,
        "product:krf",
        ("KIND_OF", "product:krf", "product:resist"),
        ("KIND_OF", "product:krf", "product:chip"),
        ("MAKES", "enterprise:one", "product:resist"),
        roles=(Role.SUPPLIER, Role.FILLS_MISSING, Role.BUYER),
    )
    assert sorted((r.role.value, r.broader_kind) for r in answer.rows) == [("buyer", "光刻胶"), ("supplier", "芯片")]


def test_what_goes_into_its_own_broader_kind_is_no_input_of_itself(memory: GraphStore) -> None:
    edges: list[Edge] = [("MAKES", "enterprise:krf", "product:chip"), ("KIND_OF", "product:phone", "product:resist")]
    answer = asked(memory, "product:phone", *edges, ("INPUT_OF", "product:phone", "product:resist"))
    assert {(r.partner_id, r.role) for r in answer.rows} == {
        ("enterprise:one", Role.SUPPLIER), ("enterprise:krf", Role.SUPPLIER),
        ("enterprise:one", Role.BUYER), ("enterprise:krf", Role.BUYER),
    }  # fmt: skip
    assert not [r for r in answer.rows if r.path[1] == "product:phone"]


def test_makers_below_the_confidence_asked_for_do_not_count(memory: GraphStore) -> None:
    edges: list[Edge] = [
        *EDGES,
        ("MAKES", "enterprise:resist", "product:resist", {"confidence": 0.9}),
        ("LOCATED_IN", "enterprise:resist", "place:110000"),
        ("MAKES", "enterprise:krf", "product:resist", {"confidence": 0.01}),
        ("LOCATED_IN", "enterprise:krf", "place:340100"),
    ]
    graph_of(memory, NODES, edges, "partners unsure")
    rows = partners(memory, subject="product:chip", min_confidence=0.5).rows
    # It is no supplier and no other one, but because of it nothing is called missing.
    assert [(r.partner_id, r.role, r.alternative) for r in rows] == [("enterprise:resist", Role.SUPPLIER, 1.0)]
    assert {r.alternative for r in partners(memory, subject="product:chip", roles=[Role.SUPPLIER]).rows} == {0.5, 1.0}
    assert not partners(memory, subject="enterprise:krf", min_confidence=0.5).rows


def test_a_partner_of_the_same_group_is_marked_and_stands_apart_behind_the_others(memory: GraphStore) -> None:
    edges: list[Edge] = [("MAKES", f"enterprise:{e}", "product:resist") for e in ("resist", "phone", "krf")]
    edges += [("OWNS", "enterprise:one", "enterprise:resist", {"is_controlling": True}), ("OWNS", "enterprise:resist", "enterprise:krf", {"share": 0.6}),
              ("OWNS", "enterprise:one", "enterprise:phone", {"share": 0.1}),
              ("SUPPLIES", "enterprise:resist", "enterprise:one", {"amount_10k_cny": 100.0})]  # fmt: skip
    answer = asked(memory, "芯片厂", *edges, roles=(Role.SUPPLIER,))
    # A tenth of the shares does not make a group.
    assert [(r.partner_id, r.is_same_group) for r in answer.rows] == [
        ("enterprise:phone", False), ("enterprise:resist", True), ("enterprise:krf", True),
    ]  # fmt: skip
    assert (answer.same_group, answer.recorded, answer.by_role[Role.SUPPLIER]) == (2, 0, 1)
    said = answer.in_short(Reader(memory)).in_(Language.EN)
    assert (
        said.startswith("No dealings outside its own group on record; 1 possible")
        and "2 of the same group come last" in said
    )
    assert Text("partners.same_group_means") in answer.conventions
    assert {r.is_same_group for r in asked(memory, "product:chip", *edges).rows} == {None}


def test_a_common_parent_makes_a_group(memory: GraphStore) -> None:
    owns: list[Edge] = [
        ("OWNS", "enterprise:phone", one, {"is_controlling": True}) for one in ("enterprise:krf", "enterprise:one")
    ]
    answer = asked(memory, "芯片厂", ("MAKES", "enterprise:krf", "product:resist"), *owns, roles=(Role.SUPPLIER,))
    assert (only(answer).partner_id, only(answer).is_same_group) == ("enterprise:krf", True)
    assert answer.in_short(Reader(memory)).in_(Language.EN).startswith("No partner outside its own group")


def test_a_name_of_several_is_refused_with_the_choices(memory: GraphStore) -> None:
    twice: list[str | Item] = [*NODES, {"id": "product:chip2", "name_zh": "芯片"}]
    graph_of(memory, twice, EDGES, "partners of two")
    with pytest.raises(AmbiguousName, match="product:chip2"):
        partners(memory, subject="芯片")


def test_two_known_only_to_be_in_one_province_may_be_in_different_cities(memory: GraphStore) -> None:
    nodes: list[str | Item] = [*NODES, {"id": "place:330000", "name_zh": "浙江省", "level": "province"}]
    edges: list[Edge] = [*EDGES[:3], ("MAKES", "enterprise:resist", "product:resist")]
    edges += [("LOCATED_IN", f"enterprise:{e}", "place:330000") for e in ("one", "resist")]
    answer = partners(graph_of(memory, nodes, edges, "partners of Zhejiang"), subject="芯片厂")
    assert only(answer).is_same_place is None


def test_a_product_has_makers_of_its_own(memory: GraphStore) -> None:
    row = only(asked(memory, "product:chip"))
    assert (row.partner_id, row.role, said(row)) == ("enterprise:one", Role.MAKER, "芯片厂 → 生产 → 芯片")


def test_an_enterprise_is_no_partner_of_itself(memory: GraphStore) -> None:
    answer = asked(memory, "enterprise:one", ("MAKES", "enterprise:one", "product:resist"))
    assert answer.rows == []


def test_the_nearer_partner_comes_first(memory: GraphStore) -> None:
    answer = asked(
        memory,
        "芯片厂",
        ("MAKES", "enterprise:krf", "product:resist"),
        ("MAKES", "enterprise:phone", "product:resist"),
        ("MAKES", "enterprise:resist", "product:resist"),
        ("LOCATED_IN", "enterprise:phone", "place:310117"),
        ("LOCATED_IN", "enterprise:resist", "place:340100"),
        roles=(Role.SUPPLIER,),
    )
    assert [(r.partner_id, r.is_same_place, r.is_local) for r in answer.rows] == [
        ("enterprise:resist", True, True),
        ("enterprise:phone", False, True),
        ("enterprise:krf", None, None),
    ]


def test_nothing_on_record_is_said(memory: GraphStore) -> None:
    answer = asked(memory, "enterprise:phone")
    assert (answer.rows, answer.notes) == (
        [], [Text("partners.note.nothing", name="手机厂")]
    )  # fmt: skip


def test_a_subject_that_is_neither_enterprise_nor_product_is_refused(memory: GraphStore) -> None:
    graph_of(memory, NODES, EDGES, "partners of none")
    with pytest.raises(UsageError, match="of type"):
        partners(memory, subject="technology:litho")
    with pytest.raises(UnknownName):
        partners(memory, subject="光刻")


def test_what_is_on_record_comes_first_as_it_is_recorded(memory: GraphStore) -> None:
    answer = asked(
        memory,
        "芯片厂",
        ("MAKES", "enterprise:resist", "product:resist"),
        ("LOCATED_IN", "enterprise:resist", "place:340100"),
        ("SUPPLIES", "enterprise:phone", "enterprise:one"),
        ("OWNS", "enterprise:one", "enterprise:krf"),
        ("COOPERATES_WITH", "enterprise:one", "institute:ime"),
    )
    assert [(r.basis, r.role, said(r)) for r in answer.rows] == [
        (Basis.RECORDED, Role.SUPPLIER, "手机厂 → 供应 → 芯片厂"),
        (Basis.RECORDED, Role.RESEARCH, "微电子所 ← 合作 ← 芯片厂"),
        (Basis.RECORDED, Role.HOLDING, "KrF 厂 ← 持股 ← 芯片厂"),
        (Basis.INFERRED, Role.SUPPLIER, "光刻胶厂 → 生产 → 光刻胶 → 投入 → 芯片 ← 生产 ← 芯片厂"),
    ]
    assert answer.by_role[Role.SUPPLIER] == 2


def test_a_recorded_sale_says_how_much_of_what_in_which_year(memory: GraphStore) -> None:
    answer = asked(
        memory,
        "芯片厂",
        ("MAKES", "enterprise:resist", "product:resist"),
        ("LOCATED_IN", "enterprise:resist", "place:340100"),
        ("SUPPLIES", "enterprise:krf", "enterprise:one",
         {"product_id": "product:krf", "share": 0.4, "share_of": "buyer_purchases", "share_year": 2023}),
        ("SUPPLIES", "enterprise:krf", "enterprise:one",
         {"product_id": "product:resist", "amount_10k_cny": 90.0, "share": 0.1, "share_of": "supplier_revenue", "share_year": 2024}),
        ("SUPPLIES", "enterprise:one", "enterprise:phone", {"amount_10k_cny": 200.0}),
    )  # fmt: skip
    assert [
        (r.partner_id, r.basis, r.role, r.sold_products, r.amount_10k_cny, r.share, r.share_of, r.share_year)
        for r in answer.rows
    ] == [
        ("enterprise:phone", Basis.RECORDED, Role.BUYER, [], 200.0, None, None, None),
        ("enterprise:krf", Basis.RECORDED, Role.SUPPLIER, ["光刻胶", "KrF 光刻胶"], 90.0, 0.1, ShareOf.SUPPLIER_REVENUE, 2024),
        ("enterprise:resist", Basis.INFERRED, Role.SUPPLIER, [], None, None, None, None),
    ]  # fmt: skip


def test_a_recorded_supplier_that_also_makes_an_input_is_one_row_with_both_reasons(memory: GraphStore) -> None:
    row = only(asked(memory, "芯片厂", ("MAKES", "enterprise:resist", "product:resist"),
                     ("LOCATED_IN", "enterprise:resist", "place:340100"),
                     ("SUPPLIES", "enterprise:resist", "enterprise:one")))  # fmt: skip
    assert (row.basis, row.role, row.reasons, said(row)) == (
        Basis.RECORDED, Role.SUPPLIER, 2, "光刻胶厂 → 供应 → 芯片厂",
    )  # fmt: skip
    assert (row.complement, row.alternative) == (1, 1)


def test_who_holds_shares_of_the_same_enterprise_is_a_co_investor(memory: GraphStore) -> None:
    row = only(asked(memory, "芯片厂", ("OWNS", "enterprise:one", "enterprise:krf"),
                     ("OWNS", "enterprise:phone", "enterprise:krf"), roles=(Role.CO_INVESTOR,)))  # fmt: skip
    assert (row.partner_id, said(row)) == ("enterprise:phone", "手机厂 → 持股 → KrF 厂 ← 持股 ← 芯片厂")


def test_enterprises_of_one_technology_or_one_institute_could_research(memory: GraphStore) -> None:
    answer = asked(
        memory,
        "芯片厂",
        ("NEEDS", "product:chip", "technology:litho"),
        ("MASTERS", "enterprise:resist", "technology:litho"),
        ("COOPERATES_WITH", "enterprise:one", "institute:ime"),
        ("COOPERATES_WITH", "enterprise:phone", "institute:ime"),
        roles=(Role.RESEARCH,),
    )
    assert [(r.partner_id, said(r), r.shared_technology) for r in answer.rows] == [
        ("institute:ime", "微电子所 ← 合作 ← 芯片厂", 0.5),
        ("enterprise:resist", "光刻胶厂 → 掌握 → 光刻 ← 需要技术 ← 芯片 ← 生产 ← 芯片厂", 0.5),
        ("enterprise:phone", "手机厂 → 合作 → 微电子所 ← 合作 ← 芯片厂", 0.5),
    ]


def test_relatedness_is_the_density_around_what_it_makes(memory: GraphStore) -> None:
    row = next(
        row
        for row in asked(
            memory,
            "芯片厂",
            ("MAKES", "enterprise:one", "product:krf"),
            ("MAKES", "enterprise:one", "product:phone"),
            ("MAKES", "enterprise:resist", "product:resist"),
            ("MAKES", "enterprise:resist", "product:krf"),
        ).rows
        if row.role is Role.SUPPLIER
    )
    # φ of chip to krf is 1/2, to phone 1: of 3/2 the supplier makes krf. Around krf: chip 1/2, phone 1/2, resist 1/2.
    # Around phone: chip 1, krf 1/2, of which it makes the half. So 1/3, 1/3 and 1/3.
    assert row.relatedness == pytest.approx(1 / 3)


def test_an_alternative_is_worth_less_where_others_may_be_here(memory: GraphStore) -> None:
    edges: list[Edge] = [
        ("MAKES", "enterprise:resist", "product:resist"),
        ("LOCATED_IN", "enterprise:resist", "place:340100"),
        ("MAKES", "enterprise:phone", "product:resist"),
        ("MAKES", "enterprise:krf", "product:resist"),
        ("LOCATED_IN", "enterprise:krf", "place:110000"),
    ]
    worth = {r.partner_id: r.alternative for r in asked(memory, "芯片厂", *edges).rows}
    # One here, one of unknown place, one elsewhere.
    assert worth == {
        "enterprise:resist": 1 / 2,
        "enterprise:phone": 1 / 2,
        "enterprise:krf": 1 / 3,
    }


def test_makers_of_unknown_place_do_not_make_an_input_missing(memory: GraphStore) -> None:
    row = only(asked(memory, "芯片厂", ("MAKES", "enterprise:resist", "product:resist")))
    assert (row.role, row.is_local) == (Role.SUPPLIER, None)


def test_districts_of_one_prefecture_are_one_city_and_a_province_is_not_known(memory: GraphStore) -> None:
    nodes: list[str | Item] = [
        *NODES,
        {"id": "place:330500", "name_zh": "湖州市", "level": "prefecture"},
        {"id": "place:330521", "name_zh": "德清县", "level": "district"},
        {"id": "place:330523", "name_zh": "安吉县", "level": "district"},
        {"id": "place:330000", "name_zh": "浙江省", "level": "province"},
    ]
    edges: list[Edge] = [
        ("PART_OF", "place:330521", "place:330500"),
        ("PART_OF", "place:330523", "place:330500"),
        ("PART_OF", "place:330500", "place:330000"),
        ("INPUT_OF", "product:resist", "product:chip"),
        ("MAKES", "enterprise:one", "product:chip"),
        ("LOCATED_IN", "enterprise:one", "place:330521"),
    ]
    for maker, place in (("resist", "330523"), ("krf", "330000"), ("phone", "110000")):
        edges += [
            ("MAKES", f"enterprise:{maker}", "product:resist"),
            ("LOCATED_IN", f"enterprise:{maker}", f"place:{place}"),
        ]
    answer = partners(graph_of(memory, nodes, edges, "partners of Deqing"), subject="enterprise:one", places=["湖州市"])
    assert {r.partner_id: r.same_place for r in answer.rows} == {
        "enterprise:resist": 1,
        "enterprise:krf": None,
        "enterprise:phone": 0,
    }


def test_without_weights_there_is_no_score(memory: GraphStore) -> None:
    graph_of(memory, NODES, [*EDGES, ("MAKES", "enterprise:resist", "product:resist")], "partners unweighed")
    answer = partners(
        memory, subject="芯片厂", weight_complement=0, weight_alternative=0, weight_relatedness=0, weight_place=0,
        weight_technology=0,
    )  # fmt: skip
    assert [row.score for row in answer.rows] == [None]
    assert answer.notes[0].id == "partners.note.no_weight"


def test_of_whom_nothing_is_known_there_is_no_score(memory: GraphStore) -> None:
    row = only(asked(memory, "芯片厂", ("SUPPLIES", "enterprise:phone", "enterprise:one")))
    assert (row.basis, row.score, {getattr(row, part) for part in PARTS}) == (Basis.RECORDED, None, {None})


def test_an_empty_graph_has_no_subject(memory: GraphStore) -> None:
    with pytest.raises(UnknownName):
        partners(graph_of(memory, [], [], "partners of nothing"), subject="芯片厂")


def test_the_skill_that_is_quoted_is_that_of_the_default_weights(memory: GraphStore) -> None:
    measured = json.loads(SKILL_FILE.read_text(encoding="utf-8"))
    assert measured["weights"] == dict(zip(PARTS, WEIGHTS, strict=True))
    answer = asked(memory, "芯片厂")
    for run in measured["runs"]:
        said = [text.in_(Language.EN) for text in answer.conventions if text.values.get("data") == run["data"]]
        assert len(said) == 1
        assert f"this score (AUC {run['scores']['partners']['auc']:.3f}" in said[0]


def test_the_bench_measures_the_score_of_the_question(memory: GraphStore) -> None:
    edges: list[Edge] = [
        *EDGES[:3],
        ("MAKES", "enterprise:resist", "product:resist"),
        ("MAKES", "enterprise:krf", "product:krf"),
        ("KIND_OF", "product:krf", "product:resist"),
        ("NEEDS", "product:chip", "technology:litho"),
        ("MASTERS", "enterprise:krf", "technology:litho"),
        ("MAKES", "enterprise:krf", "product:chip"),
        ("KIND_OF", "product:chip", "product:x"),
        ("INPUT_OF", "product:y", "product:x"),
        ("MAKES", "enterprise:phone", "product:y"),
    ]
    store = graph_of(memory, [*NODES, "product:x", "product:y"], edges, "partners of the bench")
    answer = partners(store, subject="product:chip", places=["全部"], roles=[Role.SUPPLIER])
    facts = around(store)
    makers, (maker, product) = len(facts.makers), facts.makes.T
    known = network(makers + len(facts.products), maker, product + makers, side=makers)
    chip = facts.products["product:chip"] + makers
    pairs = np.array([[facts.makers[row.partner_id], chip] for row in answer.rows])
    assert len(answer.rows) == 3
    assert [row.score for row in answer.rows] == pytest.approx(PartnerScore(facts, known)(pairs).tolist())


def test_a_partner_says_from_where_it_or_its_group_is_controlled(memory: GraphStore) -> None:
    nodes: list[str | Item] = [
        "enterprise:a",
        "enterprise:b",
        "product:x",
        "product:y",
        {"id": "enterprise:o", "control_country": "JPN"},
    ]
    edges: list[Edge] = [
        ("MAKES", "enterprise:a", "product:x"), ("MAKES", "enterprise:b", "product:y"),
        ("INPUT_OF", "product:x", "product:y"), ("OWNS", "enterprise:o", "enterprise:b", {"share": 0.7}),
    ]  # fmt: skip
    graph_of(memory, nodes, edges, "partners controlled")
    [row] = [one for one in partners(memory, subject="enterprise:a").rows if one.partner_id == "enterprise:b"]
    assert row.control_country == "JPN"
