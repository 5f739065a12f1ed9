"""What places make of chains, who is there, what flows between them, and a chain as a board; figures counted by hand."""

from collections.abc import Iterator

import pytest

from graph.open_store import open_store
from graph.store import GraphStore
from queries.boards import board, weakest
from queries.places import (
    CenterOf,
    Flow,
    RelationsOf,
    Strength,
    centers_of,
    enterprise_count,
    enterprises_in,
    flows,
    relations_of,
    rests_on,
    strengths,
    strong_and_weak,
)
from queries.questions.gaps import gaps, gaps_on
from queries.reader import Reader
from queries.relations import Kind, kinds_of, relations
from queries.scope import scope
from queries.verdicts import Verdict
from tests.conftest import ENGINES
from tests.graphs import Edge, Item, graph_of

HEFEI: Item = {"id": "place:340100", "name_zh": "合肥市", "in_corridor": True}
WUHU: Item = {"id": "place:340200", "name_zh": "芜湖市", "in_corridor": True}
BEIJING: Item = {"id": "place:110000", "name_zh": "北京市", "in_corridor": False}
NODES: list[str | Item] = [
    HEFEI, WUHU, BEIJING, "chain:a", "chain:b", "product:a1", "product:a2", "product:a3", "product:b1", "product:b2",
    "enterprise:h", "enterprise:w", "enterprise:n", "enterprise:idle", "enterprise:somewhere", "plant:h-in-wuhu", "plant:nobodys",
    "technology:t", "institute:i", "center:sent", "center:here",
]  # fmt: skip
EDGES: list[Edge] = [
    ("PART_OF", "product:a1", "chain:a", {"stage": "upstream"}),
    ("PART_OF", "product:a2", "chain:a", {"stage": "upstream"}),
    ("PART_OF", "product:a3", "chain:a", {"stage": "downstream"}),
    ("PART_OF", "product:b1", "chain:b"), ("PART_OF", "product:b2", "chain:b"),
    ("LOCATED_IN", "enterprise:h", "place:340100"), ("LOCATED_IN", "enterprise:w", "place:340200"),
    ("LOCATED_IN", "enterprise:n", "place:110000"), ("LOCATED_IN", "enterprise:idle", "place:340200"),
    ("LOCATED_IN", "plant:h-in-wuhu", "place:340200"), ("OPERATES", "enterprise:h", "plant:h-in-wuhu"),
    ("LOCATED_IN", "plant:nobodys", "place:340200"),
    ("MAKES", "enterprise:h", "product:a2"), ("MAKES", "enterprise:w", "product:a2"),
    ("MAKES", "enterprise:n", "product:a1"), ("MAKES", "enterprise:h", "product:b1"),
    ("MAKES", "plant:h-in-wuhu", "product:b1"), ("MAKES", "enterprise:w", "product:b2"),
    ("NEEDS", "product:a2", "technology:t"),
    ("LOCATED_IN", "institute:i", "place:340200"), ("COOPERATES_WITH", "enterprise:h", "institute:i"),
    ("SUPPLIES", "enterprise:h", "enterprise:w", {"product_id": "product:a2"}),
    ("SUPPLIES", "enterprise:h", "enterprise:w", {"product_id": "product:b1"}),
    ("SUPPLIES", "enterprise:w", "enterprise:n", {"product_id": "product:b2"}), ("OWNS", "enterprise:w", "enterprise:h"),
    ("LOCATED_IN", "center:sent", "place:110000"), ("SENT_BY", "center:sent", "place:340200"),
    ("LOCATED_IN", "center:here", "place:340200"), ("COOPERATES_WITH", "enterprise:w", "institute:i"), ("OWNS", "enterprise:w", "enterprise:somewhere"),
]  # fmt: skip


@pytest.fixture(scope="module", params=ENGINES)
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
    """The graph on one engine, then on the other; only read."""
    if request.param == "neo4j":
        store = open_store(request.getfixturevalue("neo4j_url"))
    else:
        store = open_store(f"ladybug://{tmp_path_factory.mktemp('places') / 'graph.lbug'}", buffer_pool_mib=256)
    yield graph_of(store, NODES, EDGES)
    store.close()


@pytest.fixture
def reader(loaded: GraphStore) -> Reader:
    return Reader(loaded)


def test_what_a_place_makes_of_a_chain_counts_plants_where_they_are(reader: Reader) -> None:
    found = {(one.place_id, one.chain_id): one for one in strengths(reader, scope(reader, []))}
    rows = {key: (one.products, one.chain_products, one.makers, one.single_sources) for key, one in found.items()}
    # b1 is made at a plant in 芜湖, so not where its operator is registered.
    assert rows == {
        ("place:340100", "chain:a"): (1, 3, 1, 0), ("place:340100", "chain:b"): (0, 2, 0, 0),
        ("place:340200", "chain:a"): (1, 3, 1, 0), ("place:340200", "chain:b"): (2, 2, 2, 2),
    }  # fmt: skip
    # Pairs of maker and product: 合肥 a 1, 芜湖 a 1 and b 2. RCA = (1/1)/(2/4) = 2, (1/3)/(2/4) = 2/3, (2/3)/(2/4) = 4/3.
    advantages = [found[key].advantage for key in rows]
    assert advantages == pytest.approx([2, 0, 2 / 3, 4 / 3])
    strong, weak = strong_and_weak([one for one in found.values() if one.place_id == "place:340200"], 2)
    assert ([one.chain_id for one in strong], [one.chain_id for one in weak]) == (["chain:b"], ["chain:a"])


def test_strong_and_weak_are_by_advantage_not_by_the_part_of_the_chain_that_is_made() -> None:
    def one(chain: str, products: int, advantage: float) -> Strength:
        return Strength("place:340100", chain, products, 10, 1, advantage, 0)

    strong, weak = strong_and_weak([one("a", 6, 1.1), one("b", 2, 3.0), one("c", 5, 0.5), one("d", 1, 0.9)], 4)
    assert ([one.chain_id for one in strong], [one.chain_id for one in weak]) == (["b", "a"], ["c", "d"])


def test_single_sources_are_those_of_all_places_that_are_made_in_this_one(reader: Reader) -> None:
    assert rests_on(reader, "place:340200") == (["product:b1", "product:b2"], [])
    assert rests_on(reader, "place:340100") == ([], [])


@pytest.mark.parametrize("has_corridor", [True, False])
def test_the_corridor_rests_on_no_place_outside_it_which_is_asked_by_itself(has_corridor: bool) -> None:
    """苏州's maker is the only one of the corridor; 无锡, of the same province, makes the same, and something that two others make too."""
    places: list[str | Item] = [
        {"id": f"place:{code}", "name_zh": code, "in_corridor": has_corridor and code in ("320500", "320583", "340100")}
        for code in ("320000", "320200", "320500", "320583", "340100")
    ]
    firms = {"su": "320583", "wu": "320200", "he": "340100"}
    edges: list[Edge] = [
        *(("PART_OF", f"place:{one}", f"place:{wider}") for one, wider in (("320200", "320000"), ("320500", "320000"), ("320583", "320500"))),
        *(("LOCATED_IN", f"enterprise:{one}", f"place:{at}") for one, at in firms.items()),
        ("MAKES", "enterprise:su", "product:a"), ("MAKES", "enterprise:wu", "product:a"), ("MAKES", "enterprise:he", "product:b"),
        ("MAKES", "enterprise:wu", "product:b"),
    ]  # fmt: skip
    store = open_store("ladybug://:memory:", buffer_pool_mib=256)
    reader = Reader(
        graph_of(store, [*places, *(f"enterprise:{one}" for one in firms), "product:a", "product:b"], edges)
    )
    found = {code: rests_on(reader, f"place:{code}") for code in ("320200", "320500", "320583", "320000")}
    store.close()
    own = ["product:a", "product:b"]
    assert found["320200"] == (own, ["place:320200"])
    if has_corridor:
        assert found == {
            "320200": found["320200"],
            **dict.fromkeys(("320500", "320583", "320000"), (["product:a"], [])),
        }
    else:
        assert found["320500"] == (["product:a"], ["place:320500"])


def test_enterprises_of_a_place_are_those_registered_and_those_with_a_plant_page_by_page(reader: Reader) -> None:
    area = "area:340200"
    rows = enterprises_in(reader, area=area, skip=0, limit=10)
    assert [(row.enterprise_id, row.products, row.plants, row.is_seat) for row in rows] == [
        ("enterprise:w", 2, 0, True), ("enterprise:h", 1, 1, False), ("enterprise:idle", 0, 0, True),
    ]  # fmt: skip
    assert enterprises_in(reader, area=area, skip=2, limit=1) == rows[2:]
    assert enterprise_count(reader, area=area) == len(rows)


def test_flows_are_relations_of_enterprises_and_institutes_of_two_cities(reader: Reader) -> None:
    found = flows(reader, cities=scope(reader, []).cities)
    assert found == [
        Flow("place:340100", "place:340200", "COOPERATES_WITH", 1), Flow("place:340200", "place:340100", "OWNS", 1),
        Flow("place:340100", "place:340200", "SUPPLIES", 2),
    ]  # fmt: skip


def test_centres_of_a_place_stand_there_or_are_sent_from_it(reader: Reader) -> None:
    assert centers_of(reader, area="area:340200") == [
        CenterOf("center:sent", False, True),
        CenterOf("center:here", True, False),
    ]
    assert centers_of(reader, area="area:340100") == []


def test_relations_of_a_place_tell_those_that_stay_in_it_and_those_to_an_unknown_place(reader: Reader) -> None:
    found = relations_of(reader, cities=["area:340100", "area:340200"])
    assert found == [RelationsOf("place:340100", 4, 0, 0), RelationsOf("place:340200", 7, 1, 1)]


def test_a_board_has_the_gravest_first_in_each_stage_and_the_verdicts_of_gaps(reader: Reader) -> None:
    found = board(reader, "chain:a", scope(reader, []))
    stages = {stage: [(one.product_id, one.verdict) for one in squares] for stage, squares in found.stages.items()}
    assert stages["upstream"][0] == ("product:a1", Verdict.MISSING)
    assert (stages["midstream"], [one for one, _ in stages["downstream"]]) == ([], ["product:a3"])
    assert found.counts == gaps(reader, chain="chain:a").counts
    asked = {row.product_id: row.verdict for row in gaps(reader, chain="chain:a", verdicts=list(Verdict)).rows}
    assert {one: verdict for squares in stages.values() for one, verdict in squares} == asked
    assert [one.product_id for one in weakest(reader, "chain:a", scope(reader, []), 1)] == ["product:a1"]
    assert None in board(reader, "chain:b", scope(reader, [])).stages


def test_a_board_can_be_cut_by_technology_and_verdict_and_seen_from_a_place(reader: Reader) -> None:
    where = scope(reader, [])
    needing = board(reader, "chain:a", where, technologies=["technology:t"])
    assert [one.product_id for squares in needing.stages.values() for one in squares] == ["product:a2"]
    missing = board(reader, "chain:a", where, verdicts=[Verdict.MISSING])
    assert [one.product_id for squares in missing.stages.values() for one in squares] == ["product:a1"]
    [square] = board(reader, "chain:a", scope(reader, ["place:340200"]), ["technology:t"]).stages["upstream"]
    assert (square.verdict, square.makers, square.makers_elsewhere) == (Verdict.SINGLE_SOURCE, 1, 1)


def test_the_verdict_on_some_products_is_that_of_gaps(reader: Reader) -> None:
    asked = {row.product_id: row for row in gaps(reader, verdicts=list(Verdict)).rows}
    assert {row.product_id: row for row in gaps_on(reader, sorted(asked), [])} == asked


def test_relations_have_every_kind_that_the_ontology_gives_the_label(reader: Reader) -> None:
    found = relations(reader, ["enterprise:w"], without=["LOCATED_IN"])
    assert set(found.by_kind) == {kind for kind in kinds_of("Enterprise") if kind.type.type != "LOCATED_IN"}
    told = {
        (kind.type.type, kind.is_forward): [one.other.id for one in rows]
        for kind, rows in found.by_kind.items()
        if rows
    }
    assert told == {
        ("MAKES", True): ["product:a2", "product:b2"], ("SUPPLIES", True): ["enterprise:n"],
        ("SUPPLIES", False): ["enterprise:h", "enterprise:h"], ("OWNS", True): ["enterprise:h", "enterprise:somewhere"], ("COOPERATES_WITH", True): ["institute:i"],
    }  # fmt: skip
    assert all(isinstance(kind, Kind) for kind in found.by_kind)
