"""Where a fund should invest: what is chosen and why, limits, bad input, and what is not known."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import graph.rules
from graph.errors import RuleError, UnknownName, UsageError
from graph.rules import read_rules
from graph.store import GraphStore
from graph.texts import Language, Text
from ingest.pipeline import Checked
from queries.added_maker import AddedRisk, days_gained
from queries.answer import Row
from queries.makers import makers_by_product
from queries.questions.fund import FundAnswer, FundedProject, FundRules, Standing
from queries.reader import Kept, Reader
from queries.registry import find_question
from queries.scope import scope
from queries.tables import heading, names_in_rows, plain
from tests.graphs import Edge, Item, graph_of, holding
from tests.oracle import BUNDLED_DAY

SHIPPED = Path(graph.rules.__file__).parent / "rules"
HERE: Item = {"id": "place:330400", "name_zh": "嘉兴市", "in_corridor": True}
THERE: Item = {"id": "place:320500", "name_zh": "苏州市", "in_corridor": True}
AWAY: Item = {"id": "place:320100", "name_zh": "南京市"}
NODES: list[str | Item] = [
    HERE, THERE, AWAY, "enterprise:a", "enterprise:b", "enterprise:far", "enterprise:only",
    {"id": "chain:c", "name_zh": "集成电路"}, "product:missing", "product:single", "product:user", "product:none",
    {"id": "proposal:cheap", "cost_10k_cny": 1000.0, "funding_stage": "early"},
    {"id": "proposal:dear", "cost_10k_cny": 4000.0, "funding_stage": "late"},
    {"id": "proposal:second", "cost_10k_cny": 2000.0, "funding_stage": "middle"},
]  # fmt: skip
EDGES: list[Edge] = [
    ("MAKES", "enterprise:far", "product:missing"), ("LOCATED_IN", "enterprise:far", "place:320100"),
    ("MAKES", "enterprise:only", "product:single"), ("LOCATED_IN", "enterprise:only", "place:320500"),
    ("INPUT_OF", "product:missing", "product:user", {"input_class": 2}),
    ("FILLS", "proposal:cheap", "product:missing"), ("FILLS", "proposal:dear", "product:missing"),
    ("FILLS", "proposal:second", "product:single"),
    ("PROPOSES", "enterprise:a", "proposal:cheap"), ("PROPOSES", "enterprise:a", "proposal:dear"),
    ("PROPOSES", "enterprise:b", "proposal:second"),
    *(("LOCATED_IN", f"proposal:{one}", "place:330400") for one in ("cheap", "dear", "second")),
    *(("PART_OF", f"proposal:{one}", "chain:c") for one in ("cheap", "dear", "second")),
]  # fmt: skip
PLAIN: dict[str, Any] = {"weight_esri": 0.0, "weight_survival": 0.0, "weight_dependence": 0.0, "most_in_one": 1.0}


def ask(store: GraphStore, nodes: list[str | Item] = NODES, edges: list[Edge] = EDGES, **given: Any) -> FundAnswer:
    holding(store, nodes, edges)
    answer = find_question("fund").ask(Reader(store), **{**PLAIN, **given})
    assert isinstance(answer, FundAnswer)
    return answer


def rows(answer: FundAnswer) -> dict[str, FundedProject]:
    return {row.project_id.removeprefix("proposal:"): row for row in answer.rows}


def zh(answer: FundAnswer) -> dict[str, str]:
    return {name: row.why.in_(Language.ZH) for name, row in rows(answer).items()}


def test_what_the_limit_leaves_off_is_counted_by_whether_it_is_chosen(memory: GraphStore) -> None:
    answer = ask(memory, budget_10k_cny=10_000, limit=1)
    assert answer.left_off == {Standing.CHOSEN: 1, Standing.NOT_CHOSEN: 1}
    assert answer.notes[-1].in_(Language.EN) == "Left off: chosen 1, not chosen 1; higher limits list more."


def test_of_two_projects_for_one_gap_the_cheaper_is_chosen_and_each_says_why(memory: GraphStore) -> None:
    answer = ask(memory, budget_10k_cny=10_000)
    assert [row.is_chosen for row in answer.rows] == [True, True, False]
    assert zh(answer) == {
        "cheap": "missing：缺链→断链风险", "second": "single：断链风险→有供给", "dear": "它补的缺口已由 cheap 补上",
    }  # fmt: skip
    # Missing has one that depends on it, single none: 2 of 3 and 1 of 3 of all that can be gained.
    assert (rows(answer)["cheap"].gain, rows(answer)["second"].gain) == pytest.approx((2 / 3, 1 / 3), abs=1e-6)
    assert (answer.reached, answer.bound, answer.spent_10k_cny) == (1.0, 1.0, 3000.0)


def test_a_small_budget_takes_what_brings_most_and_says_what_stands_in_the_way(memory: GraphStore) -> None:
    answer = ask(memory, budget_10k_cny=2_500)
    assert [name for name, row in rows(answer).items() if row.is_chosen] == ["cheap"]
    assert zh(answer)["second"] == "再加它会超出：总预算" and zh(answer)["dear"] == "超过总预算"
    ways = {str(way.way): way.reached for way in answer.ways}
    assert ways["optimum"] == pytest.approx(2 / 3, abs=1e-6) and ways["largest_first"] == pytest.approx(1 / 3, abs=1e-6)
    assert answer.limits[0].price and answer.limits[0].price > 0
    assert [reached for _, reached in answer.curve] == sorted(reached for _, reached in answer.curve)


def test_of_projects_that_are_alike_the_first_by_id_is_taken_and_each_says_so(memory: GraphStore) -> None:
    nodes = [*NODES, {"id": "proposal:alike", "cost_10k_cny": 1000.0, "funding_stage": "early"}]
    edges: list[Edge] = [
        *EDGES, ("FILLS", "proposal:alike", "product:missing"), ("PROPOSES", "enterprise:a", "proposal:alike"),
        ("LOCATED_IN", "proposal:alike", "place:330400"), ("PART_OF", "proposal:alike", "chain:c"),
    ]  # fmt: skip
    answer = ask(memory, nodes, edges, projects=["alike", "cheap"])
    assert [name for name, row in rows(answer).items() if row.is_chosen] == ["alike"]
    assert (answer.tied, answer.changed) == (1, 1) and "按编号取" in zh(answer)["alike"]
    assert zh(answer)["cheap"].startswith("它补的缺口已由 alike 补上；与 alike 所得、投资额、限额都一样")
    assert ask(memory, projects=["cheap", "dear"]).tied == 0


def test_a_choice_that_changes_no_verdict_says_so_in_its_headline(memory: GraphStore) -> None:
    nodes: list[str | Item] = [
        *(one for one in NODES if one != "enterprise:a"),
        {"id": "enterprise:a", "control_country": "CHN"},
    ]
    nodes += ["enterprise:more", {"id": "product:enough", "foreign_share": 0.5}, {"id": "proposal:more", "cost_10k_cny": 1000.0, "funding_stage": "early"}]  # fmt: skip
    edges: list[Edge] = [
        *EDGES, ("FILLS", "proposal:more", "product:enough"), ("PROPOSES", "enterprise:a", "proposal:more"),
        ("LOCATED_IN", "proposal:more", "place:330400"), ("LOCATED_IN", "enterprise:more", "place:330400"),
        ("MAKES", "enterprise:only", "product:enough"), ("MAKES", "enterprise:more", "product:enough"),
    ]  # fmt: skip
    answer = ask(memory, nodes, edges, projects=["more"], weight_dependence=0.5)
    assert (answer.reached, answer.changed) == (1.0, 0) and "没有产品的判定会变" in answer.headline.in_(Language.ZH)
    assert zh(answer)["more"] == "enough的判定不变，所得只在：对外依赖"


def test_where_no_cost_is_on_record_no_budget_is_blamed(memory: GraphStore) -> None:
    nodes: list[str | Item] = [
        *(
            one
            for one in NODES
            if not str(one).startswith("proposal:")
            and not (isinstance(one, dict) and str(one["id"]).startswith("proposal:"))
        ),
        "proposal:one",
    ]
    answer = ask(memory, nodes, [("FILLS", "proposal:one", "product:none")], projects=["one"])
    assert "没有一个的投资额有记录" in answer.headline.in_(Language.ZH)


DEPENDENT: list[Edge] = [
    *EDGES, ("MAKES", "enterprise:only", "product:none"), ("LOCATED_IN", "enterprise:a", "place:330400"),
    *((edge, "proposal:one", to) for edge, to in (("LOCATED_IN", "place:330400"), ("FILLS", "product:none"))),
    *((edge, "proposal:two", to) for edge, to in (("LOCATED_IN", "place:330400"), ("FILLS", "product:none"))),
]  # fmt: skip
"""Two projects that make the same product, 0.5 to 0.8 of which comes from abroad."""


def dependent(store: GraphStore, *more: Edge, **countries: str) -> tuple[FundAnswer, dict[str, tuple[float, float]]]:
    """What is reckoned with of the projects `one` and `two`, by dependence alone, and the least and most that each brings."""
    nodes: list[str | Item] = [
        one for one in NODES if one not in ("product:none", *(f"enterprise:{n}" for n in countries))
    ]
    nodes += [{"id": f"enterprise:{name}", "control_country": country} for name, country in countries.items()]
    nodes += [{"id": "product:none", "foreign_share_min": 0.5, "foreign_share_max": 0.8}]
    nodes += [{"id": f"proposal:{name}", "cost_10k_cny": cost} for name, cost in (("one", 1000.0), ("two", 2000.0))]
    answer = ask(
        store, nodes, [*DEPENDENT, *more], projects=["one", "two"], budget_10k_cny=10_000, early_middle_share=0.0,
        weight_gaps=0.0, weight_dependence=1.0,
    )  # fmt: skip
    return answer, {name: (row.gain, row.gain_most) for name, row in rows(answer).items()}


BY_A: Edge = ("PROPOSES", "enterprise:a", "proposal:one")
BY_B: Edge = ("PROPOSES", "enterprise:b", "proposal:two")


def test_dependence_ends_for_sure_only_by_who_is_known_to_be_under_control_from_here(memory: GraphStore) -> None:
    answer, found = dependent(memory, BY_A, BY_B, b="CHN")
    assert found == {"one": (0.0, 1.6), "two": (1.0, 1.6)}
    assert [name for name, row in rows(answer).items() if row.is_chosen] == ["two"], (
        "the dearer, which ends it for sure"
    )
    assert Text("fund.note.control", count=1, most=200) in answer.notes
    answer, found = dependent(memory, BY_A, BY_B, a="JPN", b="CHN")
    assert found == {"one": (0.0, 0.0), "two": (1.0, 1.6)}
    assert "fund.note.control" not in [note.id for note in answer.notes]


def test_of_whom_nobody_is_on_record_as_proposing_it_is_not_known_whether_dependence_ends(memory: GraphStore) -> None:
    assert dependent(memory, BY_B, b="CHN")[1]["one"] == (0.0, 1.6)
    both: Edge = ("PROPOSES", "enterprise:b", "proposal:one")
    assert dependent(memory, BY_A, both, BY_B, b="CHN")[1]["one"] == (0.0, 1.6), "the control of one of two"


def test_whoever_proposes_is_controlled_from_where_its_group_is(memory: GraphStore) -> None:
    owned: Edge = ("OWNS", "enterprise:far", "enterprise:a", {"share": 0.9})
    for country, most in (("CHN", 1.6), ("JPN", 0.0)):
        answer, found = dependent(memory, owned, BY_A, BY_B, far=country, b="CHN")
        assert found["one"] == (1.0 if most else 0.0, most)
        assert "fund.note.control" not in [note.id for note in answer.notes]


def test_a_budget_below_the_cheapest_pays_nothing_and_says_so(memory: GraphStore) -> None:
    answer = ask(memory, budget_10k_cny=500)
    assert not any(row.is_chosen for row in answer.rows)
    assert answer.notes[0].id == "fund.note.below_cheapest"


@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        ({"place_budgets": ["嘉兴市=1500"]}, ["cheap"]),
        ({"chain_budgets": ["集成电路=2000"]}, ["cheap"]),
        ({"stage_budgets": ["中期=100"]}, ["cheap"]),
        ({"most_in_one": 0.15}, ["cheap"]),
        ({"projects": ["dear"], "early_middle_share": 0.5}, []),
        ({"projects": ["dear"], "early_middle_share": 0.0}, ["dear"]),
        ({"places": ["苏州市"]}, []),
    ],
)
def test_limits_hold(memory: GraphStore, given: dict[str, Any], chosen: list[str]) -> None:
    answer = ask(memory, budget_10k_cny=10_000, **given)
    assert [name for name, row in rows(answer).items() if row.is_chosen] == chosen


def test_floors_that_cannot_hold_are_named(memory: GraphStore) -> None:
    answer = ask(memory, budget_10k_cny=10_000, contributions=["苏州市=3000", "嘉兴市=2000"])
    said = answer.headline.in_(Language.ZH)
    assert "苏州市返投下限 还差 3,000 万元" in said and "嘉兴" not in said
    assert answer.reached is None and not any(row.is_chosen for row in answer.rows)
    assert set(zh(answer).values()) == {"在下限不能同时满足时不作选择"}


def test_an_unknown_cost_is_not_made_up_and_can_be_stated(memory: GraphStore) -> None:
    nodes = [*NODES, "proposal:open"]
    edges: list[Edge] = [
        *EDGES,
        ("FILLS", "proposal:open", "product:none"),
        ("LOCATED_IN", "proposal:open", "place:330400"),
    ]
    answer = ask(memory, nodes, edges, budget_10k_cny=10_000)
    assert rows(answer)["open"].cost_10k_cny is None and "投资额未知" in zh(answer)["open"]
    assert "没有编造" in " ".join(note.in_(Language.ZH) for note in answer.notes)
    for stated in ("all=700", "open=700", "proposal:open=700"):
        row = rows(ask(memory, nodes, edges, budget_10k_cny=10_000, costs=[stated]))["open"]
        assert (row.is_chosen, row.cost_10k_cny, row.is_cost_assumed) == (True, 700, True)


def test_a_cost_in_another_unit_is_flagged_and_left_aside_until_it_is_confirmed(memory: GraphStore) -> None:
    nodes = [
        n if not isinstance(n, dict) or n["id"] != "proposal:second" else {**n, "cost_10k_cny": 2e7} for n in NODES
    ]
    answer = ask(memory, nodes, budget_10k_cny=1e8)
    assert "疑似单位写错" in zh(answer)["second"] and not rows(answer)["second"].is_chosen
    assert rows(ask(memory, nodes, budget_10k_cny=1e8, costs=["second=20000000"]))["second"].is_chosen


@pytest.mark.parametrize(
    "stated", [["all=500", "enterprise:b=700", "open=900"], ["open=900", "enterprise:b=700", "all=500"]]
)
def test_a_cost_of_few_comes_before_one_of_many_in_whatever_order_they_are_stated(
    memory: GraphStore, stated: list[str]
) -> None:
    more: list[str | Item] = [{"id": f"proposal:{one}", "cost_10k_cny": None} for one in ("open", "also", "other")]
    edges: list[Edge] = [
        *EDGES,
        ("PROPOSES", "enterprise:b", "proposal:open"),
        ("PROPOSES", "enterprise:b", "proposal:also"),
    ]
    edges += [("FILLS", f"proposal:{one}", "product:missing") for one in ("open", "also", "other")]
    found = rows(ask(memory, [*NODES, *more], edges, costs=stated))
    assert [found[one].cost_10k_cny for one in ("open", "also", "other", "cheap")] == [900, 700, 500, 1000]


def test_a_project_that_fills_nothing_or_costs_nothing_is_not_paid(memory: GraphStore) -> None:
    nodes: list[str | Item] = [
        *NODES,
        {"id": "proposal:bare", "cost_10k_cny": 10.0},
        {"id": "proposal:free", "cost_10k_cny": 0.0},
    ]
    at: list[Edge] = [("LOCATED_IN", f"proposal:{one}", "place:330400") for one in ("bare", "free")]
    said = zh(ask(memory, nodes, [*EDGES, *at], budget_10k_cny=10_000))
    assert said["bare"] == "没有登记它补哪个产品" and "0" in said["free"]


def test_the_largest_maker_gains_no_second_source_by_its_own_project(memory: GraphStore) -> None:
    edges = [e for e in EDGES if e[:2] != ("PROPOSES", "enterprise:b")] + [
        ("PROPOSES", "enterprise:only", "proposal:second")
    ]
    answer = ask(memory, NODES, edges, budget_10k_cny=10_000)
    assert not rows(answer)["second"].is_chosen and rows(answer)["second"].verdict_changes == []


def test_what_is_not_known_is_left_aside_and_said(memory: GraphStore) -> None:
    answer = ask(memory, budget_10k_cny=10_000, weight_esri=0.2, weight_survival=0.2, weight_dependence=0.2)
    row = rows(answer)["second"]
    assert row.days_gained is not None and row.esri_saved is None  # nobody who buys it is on record
    assert set(row.not_known) == {"esri", "dependence"}
    assert any(note.id == "fund.note.not_known" for note in answer.notes)
    none = ask(memory, budget_10k_cny=10_000, weight_survival=0.2, most_evaluations=0)
    assert "survival" in rows(none)["second"].not_known and any(
        note.id == "fund.note.not_evaluated" for note in none.notes
    )


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"budget_10k_cny": 0}, ValidationError),
        ({"budget_10k_cny": 1e300}, ValidationError),
        ({"costs": ["all=1e300"]}, UsageError),
        ({"budget_10k_cny": -5}, ValidationError),
        ({"early_middle_share": 1.2}, ValidationError),
        ({"most_in_one": -0.1}, ValidationError),
        ({"place_budgets": ["嘉兴市=-5"]}, UsageError),
        ({"place_budgets": ["嘉兴市"]}, UsageError),
        ({"place_budgets": ["嘉兴市=nan"]}, UsageError),
        ({"place_budgets": ["火星=5"]}, UnknownName),
        ({"chain_budgets": ["炼金=5"]}, UnknownName),
        ({"stage_budgets": ["晚期=5"]}, UnknownName),
        ({"contributions": ["火星=5"]}, UnknownName),
        ({"costs": ["open=0"]}, UsageError),
        ({"costs": ["nobody=5"]}, UnknownName),
        ({"projects": ["nobody"]}, UnknownName),
        ({"chain": "炼金"}, UnknownName),
        ({"places": ["火星"]}, UnknownName),
        ({"phase": "last"}, UnknownName),
        ({"rules": "../../etc/passwd"}, UnknownName),
    ],
)
def test_bad_input_is_refused(memory: GraphStore, given: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        ask(memory, **given)


def test_the_shipped_rules_have_a_source_or_say_that_they_have_none(memory: GraphStore) -> None:
    rules = read_rules("fund", "g60", FundRules)
    assert (rules.phases["whole"].value, rules.phases["first"].value) == (5_000_000, 500_000)
    assert rules.early_middle_share and rules.early_middle_share.status == "sourced"
    answer = ask(memory)
    assert set(answer.unsourced) == {
        "phases.conversion", "most_in_one", "reinvest_multiple", *(f"weights.{part}" for part in ("gaps", "esri", "survival", "dependence")),
    }  # fmt: skip
    said = " ".join(one.in_(Language.ZH) for one in answer.conventions)
    assert "单一企业至多占、" in said
    assert len(answer.figures) == len(rules.figures()) and all(row.figure.id != "common.both" for row in answer.figures)


def test_a_users_rule_file_is_used_and_its_mistake_is_named_with_its_line(memory: GraphStore, tmp_path: Path) -> None:
    text = (
        "zh: 某基金\nen: a fund\nsource: 某通知\nphases:\n  first: {value: 1500, status: assumption}\n"
        "weights:\n  gaps: {value: 1, status: assumption}\n"
    )
    own = tmp_path / "fund-own.yaml"
    own.write_text(text, encoding="utf-8")
    answer = _ask_own(memory, tmp_path)
    assert answer.budget_10k_cny == 1500
    own.write_text(text + "most_per_porject: {}\n", encoding="utf-8")
    with pytest.raises(RuleError, match=r"fund-own\.yaml:8.*most_per_porject"):
        _ask_own(memory, tmp_path)
    own.write_text(text.replace("value: 1500", "value: -1500"), encoding="utf-8")
    with pytest.raises(RuleError, match=r"fund-own\.yaml:5"):
        _ask_own(memory, tmp_path)


def _ask_own(store: GraphStore, folder: Path) -> FundAnswer:
    graph_of(store, NODES, EDGES)
    answer = find_question("fund").ask(Reader(store, Kept(rules=folder)), rules="own", weight_esri=0.0)
    assert isinstance(answer, FundAnswer)
    return answer


def test_an_edited_rule_file_is_read_again(memory: GraphStore, tmp_path: Path) -> None:
    graph_of(memory, NODES, EDGES)
    reader, own = Reader(memory, Kept(rules=tmp_path)), tmp_path / "fund-own.yaml"
    found = []
    for budget in (1500, 25_000):
        own.write_text(
            f"zh: 某\nen: a\nsource: s\nphases: {{first: {{value: {budget}, status: assumption}}}}\nweights: {{gaps: {{value: 1, status: assumption}}}}\n",
            encoding="utf-8",
        )
        answer = find_question("fund").ask(reader, rules="own")
        assert isinstance(answer, FundAnswer)
        found.append(answer.budget_10k_cny)
    assert found == [1500, 25_000]


def test_tables_beside_the_rows_have_headings(memory: GraphStore) -> None:
    answer = ask(memory, budget_10k_cny=10_000)
    for name in answer.listed:
        own: list[Row] = getattr(answer, name)
        assert own and all(type(own[0]).table)


def test_amounts_are_said_with_their_unit_and_are_bare_numbers_in_files(memory: GraphStore) -> None:
    answer = ask(memory, budget_10k_cny=115_970)
    row, column = rows(answer)["cheap"], heading(FundedProject, "cost_10k_cny")
    told = [(column.text.in_(one), column.cell(row, one), column.carried.in_(one)) for one in Language]
    assert told == [("投资额", "1,000 万元", "投资额（万元）"), ("cost", "10 m CNY", "cost (10 k CNY)")]
    assert plain(row, column, Language.EN, {}) == 1000.0
    assert "1.1597 bn CNY" in answer.headline.in_(Language.EN) and "11.597 亿元" in answer.headline.in_(Language.ZH)
    size = next(one for one in answer.figures if one.unit.in_(Language.EN) == "10 k CNY")
    assert size.amount_text.in_(Language.EN).endswith((" m CNY", " bn CNY"))


def test_one_more_maker_saves_half_of_what_the_only_one_loses_and_the_days_that_stocks_do_not_last(
    memory: GraphStore,
) -> None:
    """By hand: alone it sells all that is sold and loses all of it; with another it sells, and loses, half. Stocks of the
    product and of what it goes into last 30 + 15 of 90 days; with half of the making left 45 / (1 - 0.5 * 1.2) = 112.5.
    """
    nodes: list[str | Item] = ["enterprise:a", "enterprise:b", "product:k", "product:q", "product:alone", THERE]
    edges: list[Edge] = [
        ("MAKES", "enterprise:a", "product:k"), ("MAKES", "enterprise:b", "product:q"), ("MAKES", "enterprise:b", "product:alone"),
        ("INPUT_OF", "product:k", "product:q", {"input_class": 2}),
    ]  # fmt: skip
    graph_of(memory, nodes, edges)
    reader, counted = Reader(memory), list[int]()
    risk = AddedRisk(reader)
    assert risk.saved(["product:k", "product:alone"], counted.append) == {
        "product:k": pytest.approx(0.5),
        "product:alone": None,
    }
    assert risk.saved_together(["product:k"], counted.append) == pytest.approx(0.5) and sum(counted) == 3
    makers = makers_by_product(reader, ["product:k"], scope(reader, ["everywhere"]))
    assert days_gained(reader, ["product:k", "product:none"], makers) == {
        "product:k": pytest.approx(45.0),
        "product:none": None,
    }


@pytest.mark.slow
def test_the_invented_projects_load_whole_and_show_each_way_of_not_being_chosen(
    memory: GraphStore, with_sample_checked: Checked
) -> None:
    memory.replace(with_sample_checked.batches, with_sample_checked.run_id, day=BUNDLED_DAY)
    answer = find_question("fund").ask(Reader(memory), limit=100)
    assert isinstance(answer, FundAnswer) and len(answer.rows) == 50
    ways = {str(way.way): way.reached for way in answer.ways}
    assert ways["optimum"] >= ways["greedy"] > ways["equal_split"] > ways["largest_first"]
    kinds = {row.why.id.removeprefix("fund.why_not.") for row in answer.rows if not row.is_chosen}
    assert kinds >= {"cost_unknown", "cost_odd", "fills_nothing", "class", "elsewhere", "one", "covered", "limits"}


# --- projects of candidates ---------------------------------------------------------------------------------------------

NEAR: list[Edge] = [
    ("KIND_OF", "product:narrow", "product:missing"), ("MAKES", "enterprise:near", "product:narrow"),
    ("LOCATED_IN", "enterprise:near", "place:330400"),
]  # fmt: skip


def test_a_candidate_is_a_project_of_which_no_cost_is_made_up(memory: GraphStore) -> None:
    nodes = [*NODES, "product:narrow", "enterprise:near"]
    answer = ask(memory, nodes, [*EDGES, *NEAR], budget_10k_cny=10_000, candidates_for=["missing"])
    extends, comes = sorted(answer.rows, key=lambda row: row.name_zh, reverse=True)
    assert (extends.name_zh, extends.come_by, extends.place) == ("near：missing", "extend", "嘉兴市")
    assert (comes.name_zh, comes.come_by, comes.place) == ("far：missing", "attract", None)
    for row in answer.rows:
        assert [row.cost_10k_cny, row.capacity, row.lead_time_days, row.funding_stage] == [None] * 4
        assert not row.is_chosen and row.gain > 0 and row.come_because and "product:missing" in row.evidence_ids
    assert "投资额未知" in extends.why.in_(Language.ZH) and "落在哪里未定" in comes.why.in_(Language.ZH)
    assert (answer.curve, answer.plotted()) == ([], [])
    assert "2 个候选项目没有投资额" in " ".join(note.in_(Language.ZH) for note in answer.notes)


@pytest.mark.parametrize(
    "stated", ["near：missing=1500", "near: missing=1500", "near=1500", "product:missing=1500", "all=1500"]
)
def test_a_candidate_with_a_cost_is_judged_as_the_same_project_in_a_table(memory: GraphStore, stated: str) -> None:
    nodes = [*NODES, "product:narrow", "enterprise:near"]
    given: dict[str, Any] = {"budget_10k_cny": 10_000, "early_middle_share": 0.0}
    found = ask(
        memory, nodes, [*EDGES, *NEAR], candidates_for=["missing"], projects=["second"], costs=[stated], **given
    )
    in_table: list[Edge] = [
        ("FILLS", "proposal:same", "product:missing"), ("PROPOSES", "enterprise:near", "proposal:same"),
        ("LOCATED_IN", "proposal:same", "place:330400"),
    ]  # fmt: skip
    same = {"id": "proposal:same", "cost_10k_cny": 1500.0}
    beside = ask(memory, [*nodes, same], [*EDGES, *NEAR, *in_table], projects=["same", "second"], **given)
    one, other = (next(row for row in answer.rows if row.enterprise == "near") for answer in (found, beside))
    alike = (
        "is_chosen",
        "cost_10k_cny",
        "gain",
        "gain_most",
        "adds",
        "verdict_changes",
        "why",
        "place",
        "dependents",
        "in_greedy",
    )
    assert one.is_chosen and [getattr(one, name) for name in alike] == [getattr(other, name) for name in alike]
    assert (found.reached, found.spent_10k_cny) == (beside.reached, beside.spent_10k_cny) == (1.0, 3_500.0)


def test_candidates_and_who_proposes_have_english_names_in_english(memory: GraphStore) -> None:
    near: Item = {"id": "enterprise:near", "name_zh": "近厂", "name_en": "Near Works"}
    nodes = [*NODES, {"id": "product:narrow", "name_zh": "窄"}, near]
    answer = ask(memory, nodes, [*EDGES, *NEAR], candidates_for=["missing"], early_middle_share=0.0)
    one = next(row for row in answer.rows if row.enterprise == "近厂").model_copy(update={"enterprise": "近厂、乙厂"})
    names = names_in_rows(Reader(memory), [one], Language.EN)
    shown = [heading(FundedProject, name).cell(one, Language.EN, names=names) for name in ("name_zh", "enterprise")]
    assert shown == ["Near Works: missing", "Near Works, 乙厂"]


def test_candidates_count_to_the_budget_of_their_place_and_of_a_chain(memory: GraphStore) -> None:
    nodes = [*NODES, "product:narrow", "enterprise:near"]
    edges: list[Edge] = [*EDGES, *NEAR, ("PART_OF", "product:missing", "chain:c")]
    given: dict[str, Any] = {"budget_10k_cny": 10_000, "early_middle_share": 0.0, "costs": ["near=1500"]}
    for limit in ({"place_budgets": ["嘉兴市=1000"]}, {"chain_budgets": ["集成电路=1000"]}):
        answer = ask(memory, nodes, edges, candidates_for=["集成电路"], **given, **limit)
        assert [row.is_chosen for row in answer.rows] == [False, False]
        assert answer.limits[1].amount_10k_cny == 1000


def test_a_product_that_nobody_is_near_to_has_no_candidate_and_an_unknown_one_is_named(memory: GraphStore) -> None:
    assert "没有候选企业" in ask(memory, candidates_for=["none"]).headline.in_(Language.ZH)
    with pytest.raises(UnknownName):
        ask(memory, candidates_for=["no such product"])


def test_weights_that_are_all_zero_are_refused_and_not_called_no_gap(memory: GraphStore, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="All four weights are 0"):
        ask(memory, weight_gaps=0.0)
    text = (SHIPPED / "fund-g60.yaml").read_text(encoding="utf-8")
    at = text.index("weights:")
    (tmp_path / "fund-none.yaml").write_text(
        text[:at] + re.sub(r"value: 0\.\d", "value: 0", text[at:]), encoding="utf-8"
    )
    with pytest.raises(RuleError, match=r"fund-none\.yaml:\d+: weights: at least one weight"):
        read_rules("fund", "none", FundRules, tmp_path)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"costs": ["cheap=8,000"]},
            '"cheap=8,000": a comma separates entries; write the amount without it: cheap=8000',
        ),
        ({"costs": ["cheap=1,234,567.5"]}, "without it: cheap=1234567.5"),
        ({"costs": ["cheap=1000", "cheap=2000"]}, "cheap is there more than once: 1000, 2000"),
        ({"costs": ["early=1000,早期=2000"]}, "early is there more than once"),
        ({"costs": ["cheap=1000", "proposal:cheap=2000"]}, "proposal:cheap is there more than once: 1000, 2000"),
        ({"costs": ["product:user=1000"]}, '"product:user" in "costs" is none of the projects that are chosen from'),
        ({"costs": ["dear=1000"], "projects": ["cheap"]}, "there are 1: cheap;"),
        ({"place_budgets": ["place:330400=1000", "嘉兴市=2000"]}, "place:330400 is there more than once"),
        ({"stage_budgets": ["early=1,000"]}, "write the amount without it: early=1000"),
    ],
)
def test_amounts_that_cannot_be_meant_say_what_was_typed_and_what_is_possible(
    memory: GraphStore, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError) as refused:
        ask(memory, **given)
    assert said in str(refused.value)


def test_a_candidate_whose_stage_is_not_known_says_how_it_takes_part(memory: GraphStore) -> None:
    asked: dict[str, Any] = {"candidates_for": ["missing"], "costs": ["missing=1500"], "budget_10k_cny": 10_000}
    nodes = [*NODES, "product:narrow", "enterprise:near"]
    [row] = [one for one in ask(memory, nodes, [*EDGES, *NEAR], **asked).rows if one.enterprise == "near"]
    assert not row.is_chosen and row.why.in_(Language.EN).startswith("Its stage is not known")
    assert "early_middle_share=0" in row.why.in_(Language.ZH)
    found = ask(memory, nodes, [*EDGES, *NEAR], early_middle_share=0.0, **asked)
    assert [one.enterprise for one in found.rows if one.is_chosen] == ["near"]
    assert "they score 0." in found.beside()[0].in_(Language.EN) and "come_score" in FundedProject.table
    assert not ask(memory, budget_10k_cny=10_000).beside(), "what was proposed is no candidate"
