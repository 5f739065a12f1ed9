"""Amounts over years as stacked columns, as shapes for a template: no script draws them. A year of which nothing is known has no column."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from graph.texts import Language, Text

WIDTH, HEIGHT = 340.0, 170.0
_SIDE, _TOP, _BOTTOM, _WIDEST = 12.0, 26.0, 26.0, 44.0
_LABELLED = 8


@dataclass(frozen=True, slots=True)
class Stack:
    """The column of a year: its middle and width, its parts as (y, height, number of the series), what stands over it and where."""

    year: str
    x: float
    width: float
    parts: Sequence[tuple[float, float, int]]
    value: str
    top: float


@dataclass(frozen=True, slots=True)
class Panel:
    """One amount over years: what it is called, its series, the columns, and all of it in words."""

    about: str
    series: Sequence[str]
    stacks: Sequence[Stack]
    said: str
    width: float = WIDTH
    height: float = HEIGHT
    bottom: float = HEIGHT - _BOTTOM


def panel(
    about: str, series: Sequence[tuple[str, Sequence[float | None]]], years: Sequence[int], as_text: Callable[[float, Language], str],
    language: Language,
) -> Panel:  # fmt: skip
    """Series that add up, each with a value a year, `None` where that is not known; columns begin at 0."""
    columns = [[values[n] for _, values in series] for n in range(len(years))]
    most = max((sum(one or 0.0 for one in column) for column in columns), default=0.0) or 1.0
    slot = (WIDTH - 2 * _SIDE) / max(len(years), 1)
    unknown = Text("common.unknown").in_(language)
    stacks, told = [], []
    for n, (year, column) in enumerate(zip(years, columns, strict=True)):
        parts, y = [], HEIGHT - _BOTTOM
        for number, value in enumerate(column):
            tall = round((value or 0.0) / most * (HEIGHT - _TOP - _BOTTOM), 1)
            y = round(y - tall, 1)
            parts += [(y, tall, number)] if tall else []
        said = [unknown if one is None else as_text(one, language) for one in column]
        # What is known in part only has no sum.
        whole = as_text(sum(one or 0.0 for one in column), language) if None not in column else "?"
        shown = "" if len(years) > _LABELLED else whole
        stacks.append(
            Stack(
                str(year), round(_SIDE + (n + 0.5) * slot, 1), round(min(slot * 0.7, _WIDEST), 1), parts, shown, y - 5
            )
        )
        told.append(f"{year}: {' + '.join(said)}")
    return Panel(about, [name for name, _ in series], stacks, f"{about}. {'; '.join(told)}")
