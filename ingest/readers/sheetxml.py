"""Handlers that turn the XML of a sheet into rows of cells, and that of the shared texts into texts."""

import re
from typing import NamedTuple

from openpyxl.utils.cell import column_index_from_string

MAX_ROW = 1_048_576
"""Rows of a sheet, as Excel has it."""

_MAX_COLUMN = 16_384
_MAX_CELL = 1 << 20
"""Characters; Excel takes 32,767."""

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Cell(NamedTuple):
    """A cell that holds something: `text` as stored (a number, ISO date, 0 or 1, the name of an error), and its formula.

    `kind` is n(umber), s(tring), b(oolean), d(ate) or e(rror). `style` is an index into `Package.formats`.
    """

    column: int
    kind: str
    style: int
    text: str
    formula: str


class Row(NamedTuple):
    """A row of a sheet: its number from 1, and its cells from left to right."""

    number: int
    cells: list[Cell]


class TextCollector:
    """Handlers for the part that has the texts cells refer to; they end up in `texts`, without phonetic readings."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._pieces: list[str] = []
        self._is_text = self._is_reading = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            self._pieces.clear()
        elif name == "t":
            self._is_text = not self._is_reading
        elif name == "rPh":
            self._is_reading = True

    def text(self, text: str) -> None:
        if self._is_text:
            self._pieces.append(text)

    def end(self, name: str) -> None:
        if name == "si":
            self.texts.append(_unescaped("".join(self._pieces)))
        elif name == "t":
            self._is_text = False
        elif name == "rPh":
            self._is_reading = False


class RowCollector:
    """Handlers for the part of a sheet; complete rows end up in `rows`, to be taken from there now and then.

    They raise `ValueError` or `IndexError` where the sheet cannot be.
    """

    def __init__(self, texts: list[str]) -> None:
        self.rows: list[Row] = []
        self._texts = texts
        self._columns: dict[str, int] = {}
        self._formulas: dict[str, str] = {}
        self._row = self._column = self._style = self._length = 0
        self._cells: list[Cell] = []
        self._kind = self._shared = ""
        self._value: list[str] = []
        self._formula: list[str] = []
        self._into: list[str] | None = None
        self._is_reading = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            place = attributes.get("r", "").rstrip("0123456789")
            self._column = self._columns.get(place) or self._index(place)
            self._kind = attributes.get("t", "n")
            self._style = int(attributes.get("s", 0))
            self._length = 0
            self._value.clear()
            self._formula.clear()
        elif name in ("v", "t"):
            self._into = None if self._is_reading else self._value
        elif name == "row":
            number = int(attributes.get("r", self._row + 1))
            if not self._row < number <= MAX_ROW:
                raise ValueError(f"row {number} after row {self._row}")
            self._row, self._column, self._cells = number, 0, []
        elif name == "f":
            self._shared = attributes.get("si", "")
            self._formula.append("=")
            self._into = self._formula
        elif name == "rPh":
            self._is_reading = True

    def _index(self, letters: str) -> int:
        """The number of a column that is met for the first time; without a name it is the next one."""
        index = column_index_from_string(letters) if letters else self._column + 1
        if index > _MAX_COLUMN:
            raise ValueError(f"column {letters}")
        if letters:
            self._columns[letters] = index
        return index

    def text(self, text: str) -> None:
        if self._into is not None:
            self._into.append(text)
            self._length += len(text)
            if self._length > _MAX_CELL:
                raise ValueError(f"a cell of more than {_MAX_CELL} characters")

    def end(self, name: str) -> None:
        if name in ("v", "t", "f"):
            self._into = None
        elif name == "c":
            if self._value or self._formula:
                self._cells.append(self._cell())
        elif name == "row":
            if self._cells:
                self.rows.append(Row(self._row, self._cells))
        elif name == "rPh":
            self._is_reading = False

    def _cell(self) -> Cell:
        text, kind = "".join(self._value), self._kind
        formula = "".join(self._formula)
        if formula and self._shared:
            formula = self._formulas.setdefault(self._shared, formula)
        if kind == "s" and not formula:
            text = self._texts[int(text)]
        elif kind in ("inlineStr", "str"):
            kind, text = "s", _unescaped(text)
        return Cell(self._column, kind, self._style, text, formula)


def _unescaped(text: str) -> str:
    """A text with the characters that XML cannot have, which are stored as `_x000D_` and the like."""
    return _ESCAPE.sub(_character, text) if "_x" in text else text


def _character(escape: re.Match[str]) -> str:
    code = int(escape[1], 16)
    return escape[0] if 0xD800 <= code < 0xE000 else chr(code)
