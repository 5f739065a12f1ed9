"""Bills of materials and other lists by level: of each row, what stands one level above it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

from ingest.mapping.mapping import Levels
from ingest.readers.headings import shown
from ingest.readers.read import RawTable, RowProblem

Depth = tuple[int, tuple[str, ...]]
"""How deep a row is, and the parts of the number that says so, where it is one as 1.1.2."""

_LEVEL = re.compile(r"[.·+\s]*(?:第|L|lv\.?|level)?\s*(\d{1,2}|[一二三四五六七八九])\s*[级层阶]?", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.-]\d+)*\.?")
_BEFORE = re.compile(r"[\s│┃├└┣┗─━]*")
"""What stands before a name that is indented."""


def depth(text: str) -> Depth | None:
    """How deep a level or a number of an outline is; `None` for what is neither.

    >>> [depth(text) for text in ("2", "..3", "Level 1", "二级", "1.1.2", "国家级")]
    [(2, ()), (3, ()), (1, ()), (2, ()), (3, ('1', '1', '2')), None]
    """
    if found := _LEVEL.fullmatch(text):
        return int(found[1]) if found[1].isdecimal() else "一二三四五六七八九".index(found[1]) + 1, ()
    parts = tuple(re.split("[.-]", text.strip().rstrip("."))) if _NUMBER.fullmatch(text.strip()) else ()
    return (len(parts), parts) if parts else None


def indented(name: str) -> Depth:
    """How far a name is indented."""
    return len((_BEFORE.match(name) or [""])[0]), ()


def is_outline(found: Sequence[Depth | None]) -> bool:
    """Whether rows lie in levels: the first in the highest, and there are two at least."""
    depths = [one[0] for one in found if one]
    return len(depths) == len(found) and len(set(depths)) > 1 and depths[0] == min(depths)


@dataclass(slots=True)
class Outline:
    """The levels of a table, part by part; `open` are the rows, and their names, that what follows may be part of."""

    levels: Levels | None
    open: list[tuple[Depth, str]] = field(default_factory=list)

    def filled(self, raw: RawTable) -> RawTable:
        """The part with a further column of what stands one level above, and a fault where that is not clear."""
        if self.levels is None:
            return raw
        of, above = self.levels.of, self.levels.above
        texts = [str(text or "") for text in raw.columns[self.levels.column].to_pylist()]
        names = [_BEFORE.sub("", str(name or ""), count=1) for name in raw.columns[of].to_pylist()]
        found = list(map(self._above, texts, names))
        rows = zip(raw.rows.to_pylist(), texts, found, strict=True)
        unclear = [RowProblem(row, above, shown(text), "ingest.level_unclear") for row, text, one in rows if not one[1]]
        columns = raw.columns.append_column(above, pa.array([name for name, _ in found], pa.string()))
        named = pa.array([name or None for name in names], pa.string())
        columns = columns.set_column(columns.column_names.index(of), of, named)
        return replace(raw, columns=columns, faults=(*raw.faults, *unclear))

    def _above(self, text: str, name: str) -> tuple[str | None, bool]:
        """What stands above a row, if anything, and whether that is clear."""
        is_indented = self.levels is not None and self.levels.column == self.levels.of
        found = indented(text) if is_indented else depth(text)
        if found is None or not name:
            return None, not name
        while self.open and self.open[-1][0][0] >= found[0]:
            self.open.pop()
        (above, number), parent = self.open[-1] if self.open else ((0, ()), None)
        self.open.append((found, name))
        if parent is None:
            return None, len(found[1]) < 2
        is_clear = (is_indented or above == found[0] - 1) and number in ((), found[1][:-1])
        return parent if is_clear else None, is_clear
