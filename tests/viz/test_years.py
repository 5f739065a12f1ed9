"""Amounts over years as columns: what is not known has none, what is known in part has no sum."""

from itertools import pairwise

from graph.texts import Language, number_text
from viz.years import HEIGHT, panel


def test_a_year_that_is_not_known_has_no_column_and_says_so_while_zero_is_zero() -> None:
    drawn = panel(
        "Area",
        [("main", [30.0, None, 0.0]), ("other", [10.0, None, 0.0])],
        [2023, 2024, 2025],
        number_text,
        Language.EN,
    )
    assert [(stack.year, len(stack.parts), stack.value) for stack in drawn.stacks] == [
        ("2023", 2, "40"), ("2024", 0, "?"), ("2025", 0, "0"),
    ]  # fmt: skip
    assert drawn.said == "Area. 2023: 30 + 10; 2024: not known + not known; 2025: 0 + 0"


def test_columns_begin_at_zero_lie_on_each_other_and_keep_inside() -> None:
    drawn = panel("Area", [("main", [30.0, 60.0]), ("other", [30.0, None])], [2023, 2024], number_text, Language.EN)
    (low, high), (alone,) = (stack.parts for stack in drawn.stacks)
    assert low[0] + low[1] == drawn.bottom == alone[0] + alone[1] and high[0] + high[1] == low[0]
    assert low[1] == high[1] and alone[1] == low[1] + high[1]
    assert all(y >= 0 and y + tall <= HEIGHT for stack in drawn.stacks for y, tall, _ in stack.parts)
    assert drawn.stacks[1].value == "?"


def test_many_years_keep_their_columns_apart() -> None:
    years = list(range(2000, 2026))
    drawn = panel("Staff", [("staff", [1.0] * len(years))], years, number_text, Language.EN)
    ends = [(stack.x - stack.width / 2, stack.x + stack.width / 2) for stack in drawn.stacks]
    assert all(right <= left for (_, right), (left, _) in pairwise(ends))
