"""Places as points and what flows between them as lines: shapes for a picture, without borders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, hypot, radians

WIDTH, _MARGIN, _WIDEST, _LEAST = 900.0, 80.0, 14.0, 1.5
_BEND = 0.16
"""How far a line swings out to its left, in parts of its length: so two that lead to and fro lie apart."""
_APART = 5.0
"""How far lines of different kinds between the same two places lie apart."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the picture, and on which side of it its name has room."""

    id: str
    x: float
    y: float
    is_name_left: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A flow in the picture: an SVG path as wide as its count, of the kind `kind` (0, 1, …)."""

    path: str
    width: float
    kind: int


def points_of(degrees: Mapping[str, tuple[float, float]]) -> tuple[list[Point], float]:
    """Places by latitude and longitude as points, north up and as wide as the picture, and the picture's height.

    A degree of longitude is drawn shorter than one of latitude, by the cosine of the middle latitude.

    >>> points, height = points_of({"a": (31.0, 120.0), "b": (30.0, 121.0)})
    >>> [(one.id, round(one.x), round(one.y)) for one in points], round(height)
    ([('a', 80, 80), ('b', 820, 939)], 1019)
    """
    if not degrees:
        return [], 0.0
    north, south = (pick(lat for lat, _ in degrees.values()) for pick in (max, min))
    west, east = (pick(lon for _, lon in degrees.values()) for pick in (min, max))
    squeeze = cos(radians((north + south) / 2))
    scale = (WIDTH - 2 * _MARGIN) / max((east - west) * squeeze, (north - south) / 2, 1e-6)
    found = {
        key: (_MARGIN + (lon - west) * squeeze * scale, _MARGIN + (north - lat) * scale)
        for key, (lat, lon) in degrees.items()
    }
    points = [Point(key, x, y, x > WIDTH * 0.75) for key, (x, y) in sorted(found.items())]
    return points, _MARGIN * 2 + (north - south) * scale


def lines_of(points: Sequence[Point], flows: Sequence[tuple[str, str, int, int]]) -> list[Line]:
    """Flows (from, to, kind, count) between points as curved lines, the widest `_WIDEST` wide, none thinner than `_LEAST`."""
    at = {one.id: (one.x, one.y) for one in points}
    most = max((count for *_, count in flows), default=1)
    found = []
    for start, end, kind, count in flows:
        if start in at and end in at:
            (x1, y1), (x2, y2) = at[start], at[end]
            length = hypot(x2 - x1, y2 - y1) or 1.0
            out = _BEND + _APART * kind * 2 / length
            x, y = (x1 + x2) / 2 + (y2 - y1) * out, (y1 + y2) / 2 - (x2 - x1) * out
            path = f"M{x1:.1f} {y1:.1f}Q{x:.1f} {y:.1f} {x2:.1f} {y2:.1f}"
            found.append(Line(path, round(max(_WIDEST * count / most, _LEAST), 1), kind))
    return found
