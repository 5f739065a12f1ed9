"""A line over an axis of amounts, of parts of a whole, as shapes for a template: no script draws it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import floor, log10

from graph.texts import Language, number_text, share_text

Point = tuple[float, float]
WIDTH, HEIGHT = 720.0, 260.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 64.0, 24.0, 14.0, 44.0
_TICKS = 5


@dataclass(frozen=True, slots=True)
class Plotted:
    """A path, its points as (x, y, what they say), the marked one, ticks as (where, text), and what the axes are called."""

    path: str
    points: Sequence[tuple[float, float, str]]
    marked: tuple[float, float, str]
    across: str
    up: str
    ticks_across: Sequence[tuple[float, str]]
    ticks_up: Sequence[tuple[float, str]]
    width: float = WIDTH
    height: float = HEIGHT
    left: float = _LEFT
    right: float = WIDTH - _RIGHT
    top: float = _TOP
    bottom: float = HEIGHT - _BOTTOM


def plotted(points: Sequence[Point], marked: Point, across: str, up: str, language: Language) -> Plotted:
    """The line through some points, left to right; the axes begin at 0."""
    most_x = max((x for x, _ in (*points, marked)), default=0.0) or 1.0
    most_y = max((y for _, y in (*points, marked)), default=0.0) or 1.0

    def at(point: Point) -> tuple[float, float, str]:
        x, y = point
        said = f"{number_text(x, language)} · {share_text(y, language)}"
        return (
            round(_LEFT + x / most_x * (WIDTH - _LEFT - _RIGHT), 1),
            round(HEIGHT - _BOTTOM - y / most_y * (HEIGHT - _TOP - _BOTTOM), 1),
            said,
        )

    placed = [at(point) for point in points]
    path = "M" + "L".join(f"{x} {y}" for x, y, _ in placed) if placed else ""
    return Plotted(
        path, placed, at(marked), across, up,
        [(at((tick, 0))[0], number_text(tick, language)) for tick in _ticks(most_x)],
        [(at((0, tick))[1], share_text(tick, language)) for tick in _ticks(most_y)],
    )  # fmt: skip


def _ticks(most: float) -> Iterator[float]:
    """Round numbers from 0 up to the most, about five.

    >>> [round(tick, 9) for tick in _ticks(0.83)], list(_ticks(75))
    ([0.0, 0.2, 0.4, 0.6, 0.8], [0.0, 20.0, 40.0, 60.0])
    """
    size = 10.0 ** floor(log10(most / _TICKS))
    step = min((size * by for by in (1, 2, 5, 10)), key=lambda one: abs(most / one - _TICKS))
    tick = 0
    while tick * step <= most * (1 + 1e-9):
        yield tick * step
        tick += 1
