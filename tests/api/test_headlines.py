"""The sentence that an answer comes to: of the whole answer, in the reader's language, and why where nothing was found."""

import re

import pytest

from graph.store import GraphStore
from graph.texts import Language, Measure, Share, Text
from queries.answer import as_json, rows_of
from queries.registry import questions
from queries.saved import question_named
from tests.graphs import Edge, Item, graph_of
from tests.queries.test_golden import ASKED

_HAN = re.compile("[\u4e00-\u9fff]")


@pytest.mark.parametrize("name", [one.name for one in questions()])
def test_every_question_says_what_it_comes_to(bundled: GraphStore, name: str) -> None:
    answer = question_named(name).ask(bundled, **ASKED[name])
    said = answer.headline.values.get("said", answer.headline)
    assert isinstance(said, Text) and said.id.startswith(f"{name}.")
    assert answer.headline in answer.notes or rows_of(answer)
    assert _HAN.search(answer.headline.in_(Language.ZH)) and not _HAN.search(answer.headline.in_(Language.EN))
    assert as_json(answer, Language.EN)["headline"] == answer.headline.in_(Language.EN)


@pytest.mark.parametrize("name", [one.name for one in questions() if "limit" in one.parameters.model_fields])
def test_a_headline_is_of_the_whole_answer_or_says_that_it_is_of_what_is_listed(bundled: GraphStore, name: str) -> None:
    whole, cut = (
        question_named(name).ask(bundled, **ASKED[name] | limit).headline.in_(Language.EN)
        for limit in ({}, {"limit": 1})
    )
    assert cut in whole or "listed" in cut


def test_a_headline_counts_what_a_limit_leaves_out(ladybug_store: GraphStore) -> None:
    graph_of(ladybug_store, ["product:a", "product:b", "product:c"], [])
    answer = question_named("gaps").ask(ladybug_store, limit=1)
    assert (len(rows_of(answer)), answer.headline.in_(Language.EN)) == (
        1,
        "By what is on record, of 3 products: 3 not on record.",
    )


def test_an_answer_without_rows_says_why(ladybug_store: GraphStore) -> None:
    graph_of(ladybug_store, ["enterprise:a"], [])
    assert question_named("gaps").ask(ladybug_store).headline == Text("common.no_product")


def test_a_place_that_stops_names_what_is_lost_elsewhere(bundled: GraphStore) -> None:
    answer = question_named("cascade").ask(bundled, shocks=["苏州"])
    said = answer.headline.in_(Language.ZH)
    lost, derived, recorded, direct, first = (float(n) for n in re.findall(r"([\d.]+)%", said)[:5])
    values = answer.model_dump()
    assert said.startswith("苏州市停产") and "苏州市" not in said[3:]
    expected = [values["esri"], 1 - values["recorded_firm_links"] / values["firm_links"], values["esri_recorded"], values["direct"]]  # fmt: skip
    assert [lost, derived, recorded, direct] == pytest.approx([100 * one for one in expected], rel=0.005)
    beyond = [one["beyond"] for one in values["parts"] if one["sort"] == "city" and one["part_id"].startswith("place:")]
    assert first == pytest.approx(100 * max(beyond), rel=0.005)


def test_a_text_says_shares_in_percent_and_measures_in_three_digits() -> None:
    text = Text("routes.headline", ways=1, steps=2, cost=Measure(0.000123456))
    assert text.in_(Language.EN).endswith("costs 0.000123.")
    assert Text("cascade.headline.place", name="a", share=Share(0.00004321)).in_(Language.ZH) == "a 0.00432%"


def test_what_comes_first_by_what_is_known_names_how_many_may_stand_above_it(bundled: GraphStore) -> None:
    answer = question_named("key_technologies").ask(bundled)
    rows = rows_of(answer)
    above = [row for row in rows[1:] if row.group == "ranked" and row.index_most > rows[0].index_least]  # type: ignore[attr-defined]
    assert above and f"the ranges of {len(above)} others listed overlap" in answer.headline.in_(Language.EN)


def test_candidates_name_who_comes_first_in_each_way(bundled: GraphStore) -> None:
    answer = question_named("candidates").ask(bundled, product="EDA软件")
    told = answer.headline.in_(Language.ZH)
    for kind in {row.kind for row in rows_of(answer)}:  # type: ignore[attr-defined]
        first = next(row for row in rows_of(answer) if row.kind == kind)  # type: ignore[attr-defined]
        assert f"首选{first.name_zh}" in told  # type: ignore[attr-defined]


def test_candidates_that_are_equal_are_all_first(ladybug_store: GraphStore) -> None:
    places: list[str | Item] = [{"id": "place:p", "name_zh": "甲市", "in_corridor": True}, "place:q"]
    graph_of(
        ladybug_store, [*places, "product:a", "product:b", *(f"enterprise:{n}" for n in "xyz")],
        [
            ("INPUT_OF", "product:b", "product:a"), ("MAKES", "enterprise:z", "product:a"),
            *(("MAKES", f"enterprise:{n}", "product:b") for n in "xyz"), ("LOCATED_IN", "enterprise:z", "place:q"),
            *(("LOCATED_IN", f"enterprise:{n}", "place:p") for n in "xy"),
        ],
    )  # fmt: skip
    told = question_named("candidates").ask(ladybug_store, product="product:a", places=["甲市"]).headline
    assert told.in_(Language.ZH).startswith(
        "甲市：a（缺链）"
    ) and "首选x、y（0.435 分，控制方国别未知，2 家并列）" in told.in_(Language.ZH)


def test_a_headline_names_the_places_and_the_chain_that_it_is_of(ladybug_store: GraphStore) -> None:
    place, chain = (
        {"id": "place:p", "name_zh": "甲市", "name_en": "A"},
        {"id": "chain:c", "name_zh": "丙", "name_en": "C"},
    )
    graph_of(ladybug_store, [place, chain, "product:a"], [("PART_OF", "product:a", "chain:c")])
    asked = question_named("gaps").ask
    assert (
        asked(ladybug_store, places=["甲市"], chain="丙").headline.in_(Language.ZH).startswith("甲市、丙：按现有记录")
    )
    assert asked(ladybug_store, places=["everywhere"]).headline.in_(Language.EN).startswith("Everywhere: By what")
    assert asked(ladybug_store).headline.in_(Language.EN).startswith("By what")


def test_a_chokepoint_that_is_held_here_is_said_to_be_and_its_foreign_share_has_its_year(bundled: GraphStore) -> None:
    told = question_named("key_technologies").ask(bundled, limit=1).headline.in_(Language.EN)
    assert "Microspheres comes first" in told and told.endswith(", 2018), though 2 here have it")


@pytest.mark.parametrize(("country", "is_told"), [("JPN", True), ("CHN", False), (None, False)])
def test_holders_that_are_controlled_from_abroad_are_told_and_never_that_none_is(
    ladybug_store: GraphStore, country: str | None, is_told: bool
) -> None:
    nodes: list[str | Item] = [
        {"id": "place:p", "name_zh": "甲市", "in_corridor": True}, {"id": "enterprise:e", "control_country": country},
        {"id": "product:a", "foreign_share": 0.9, "foreign_basis": "imports"},
    ]  # fmt: skip
    graph_of(ladybug_store, nodes, [("LOCATED_IN", "enterprise:e", "place:p"), ("MAKES", "enterprise:e", "product:a")])
    told = question_named("key_technologies").ask(ladybug_store, kind="product").headline.in_(Language.EN)
    assert "1 here has it" in told
    assert ("(1 controlled from abroad)" in told, "controlled" in told) == (is_told, is_told)


def test_partners_none_of_whom_is_on_record_are_called_possible(ladybug_store: GraphStore) -> None:
    nodes = ["enterprise:a", "enterprise:b", "product:x", "product:y"]
    made: list[Edge] = [("MAKES", "enterprise:a", "product:x"), ("MAKES", "enterprise:b", "product:y")]
    graph_of(ladybug_store, nodes, [*made, ("INPUT_OF", "product:x", "product:y")])
    told = question_named("partners").ask(ladybug_store, subject="a").headline.in_(Language.EN)
    assert told.startswith("No dealings outside its own group on record; 1 possible partner, counted by role, inferred")


def test_what_is_not_known_is_no_number_and_no_none_in_a_headline(ladybug_store: GraphStore) -> None:
    """One city, of whose products no input is on record; one is made outside the place asked too, by plants without shares."""
    graph_of(
        ladybug_store,
        [*({"id": f"place:{one}", "name_zh": one} for one in ("330200", "330100")), "enterprise:a", "enterprise:b", "product:x", "product:y"],
        [
            ("LOCATED_IN", "enterprise:a", "place:330200"), ("MAKES", "enterprise:a", "product:x"),
            ("LOCATED_IN", "enterprise:b", "place:330100"), ("MAKES", "enterprise:b", "product:x"), ("MAKES", "enterprise:a", "product:y"),
        ],
    )  # fmt: skip
    for name, asked, said in (
        ("trace", {"subjects": ["product:x"]}, "nothing on record upstream, nothing on record downstream; with the start"),
        ("concentration", {"places": ["330200"]}, "none of the 2 listed can be said to be concentrated or to depend on outside"),
        ("next_products", {"city": "330200", "places": ["330200"]}, "No other city's makers are on record"),
    ):  # fmt: skip
        told = question_named(name).ask(ladybug_store, **asked).headline.in_(Language.EN)
        assert said in told, told
