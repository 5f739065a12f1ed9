"""Whom one could work with, and the path that is the reason."""

import pytest

from graph.errors import NotFound, UnknownName
from graph.store import GraphStore
from queries.partners import Partner, PartnersAnswer, Role, partners
from tests.graphs import Edge, Item, graph_of

HEFEI: Item = {"id": "place:340100", "name_zh": "合肥市", "in_corridor": True}
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
    return partners(graph_of(store, NODES, [*EDGES, *edges]), subject=subject, roles=list(roles))


def only(answer: PartnersAnswer) -> Partner:
    assert len(answer.rows) == 1, answer.rows
    return answer.rows[0]


def test_a_supplier_makes_an_input_and_the_reason_says_so(memory: GraphStore) -> None:
    row = only(asked(memory, "芯片厂", ("MAKES", "enterprise:resist", "product:resist"),
                     ("LOCATED_IN", "enterprise:resist", "place:340100")))  # fmt: skip
    assert (row.role, row.is_local, row.is_same_place, row.reasons) == (Role.SUPPLIER, True, True, 1)
    assert row.reason == "光刻胶厂 → 生产 → 光刻胶 → 投入 → 芯片 ← 生产 ← 芯片厂"
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
    assert answer.rows[0].reason == "KrF 厂 → 生产 → KrF 光刻胶 → 是一种 → 光刻胶 → 投入 → 芯片 ← 生产 ← 芯片厂"


def test_a_buyer_makes_what_its_products_go_into(memory: GraphStore) -> None:
    row = only(asked(memory, "芯片厂", ("MAKES", "enterprise:phone", "product:phone")))
    assert (row.role, row.is_local, row.is_same_place) == (Role.BUYER, None, None)
    assert row.reason == "手机厂 → 生产 → 手机 ← 投入 ← 芯片 ← 生产 ← 芯片厂"


def test_an_institute_on_the_same_technology_could_research(memory: GraphStore) -> None:
    row = only(asked(memory, "芯片厂", ("NEEDS", "product:chip", "technology:litho"),
                     ("MASTERS", "enterprise:one", "technology:litho"),
                     ("RESEARCHES", "institute:ime", "technology:litho")))  # fmt: skip
    assert (row.role, row.reasons) == (Role.RESEARCH, 2)
    assert row.reason == "微电子所 → 研究 → 光刻 ← 掌握 ← 芯片厂"


def test_a_product_has_makers_of_its_own(memory: GraphStore) -> None:
    row = only(asked(memory, "product:chip"))
    assert (row.partner_id, row.role, row.reason) == ("enterprise:one", Role.MAKER, "芯片厂 → 生产 → 芯片")


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
        [], ["手机厂：没有它生产什么、需要什么的记录。 Nothing on record of what it makes or needs."]
    )  # fmt: skip


def test_a_subject_that_is_neither_enterprise_nor_product_is_refused(memory: GraphStore) -> None:
    graph_of(memory, NODES, EDGES)
    with pytest.raises(NotFound):
        partners(memory, subject="technology:litho")
    with pytest.raises(UnknownName):
        partners(memory, subject="光刻")
