"""Cells of a workbook as the text that a person would type."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from ingest.readers.cellmarks import Mark, is_percent
from ingest.readers.headings import shown
from ingest.readers.moments import Moment, moment_text
from ingest.readers.rawtable import Fault

Cell = str | float | int | bool | Moment
"""What calamine hands over; "" is an empty cell."""

CellText = str | Fault | None

_MIDNIGHT = re.compile(r"T00:00(:00(\.0*)?)?Z?$")
_KEPT_DIGITS = 15
"""Digits that Excel keeps of a number; those after them become zeros."""


class CellTexts:
    """The texts of cells; what was converted is in `counted`.

    Whole numbers have no fraction, others the shortest text that is read back as the same number. A format of zeros
    only ("000000") fills up with zeros, one with a percent sign gives percents; dates and times are ISO 8601.
    """

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()

    def column(self, cells: Sequence[Cell | Fault]) -> list[CellText]:
        """The texts; `None` for an empty one; why there is none where a number is not right."""
        kinds = Counter(map(type, cells))
        for kind, number in kinds.items():
            self.counted[_COUNTED_AS.get(kind, "")] += number
        del self.counted[""]
        return [_TEXT_OF[type(cell)](cell) for cell in cells]

    def marked(self, cell: Cell | Fault, mark: Mark) -> Cell | Fault:
        """The text of a cell with a mark, why there is none, or the cell itself where it says nothing else."""
        if mark.kind == "e":
            return Fault(shown(mark.text), _ERROR)
        if mark.is_formula and cell == "" and mark.kind != "str":
            return Fault("", _NO_RESULT)
        self.counted["excel-formula"] += mark.is_formula
        if mark.kind == "d" and isinstance(cell, str):
            self.counted["excel-date"] += 1
            return _MIDNIGHT.sub("", cell)
        if not isinstance(cell, float) or not mark.format:
            return self._long_number(mark.text) if _is_long(mark.text) else cell
        text = _number_text(cell)
        if isinstance(text, Fault):
            return text
        self.counted["excel-percent" if is_percent(mark.format) else "excel-leading-zeros"] += 1
        return f"{(Decimal(text) * 100).normalize():f}%" if is_percent(mark.format) else text.zfill(len(mark.format))

    def _long_number(self, digits: str) -> str | Fault:
        """A number that a program wrote in full, if no digits of it are lost."""
        if set(digits.lstrip("-")[_KEPT_DIGITS:]) == {"0"}:
            return Fault(shown(digits), _LOST_DIGITS)
        self.counted["excel-number"] += 1
        return digits


def _is_long(text: str) -> bool:
    digits = text.removeprefix("-")
    return len(digits) > _KEPT_DIGITS and digits.isascii() and digits.isdigit()


def _number_text(value: float) -> str | Fault:
    if not abs(value) < 10.0**_KEPT_DIGITS:
        return Fault(repr(value), _LOST_DIGITS)
    return str(int(value)) if value.is_integer() else repr(value)


_TEXT_OF: Mapping[type, Callable[..., CellText]] = {
    str: lambda cell: cell or None,
    float: _number_text,
    int: str,
    bool: lambda cell: "true" if cell else "false",
    Fault: lambda fault: fault,
    **dict.fromkeys((date, datetime, time, timedelta), moment_text),
}
_COUNTED_AS = {
    float: "excel-number",
    int: "excel-number",
    bool: "excel-boolean",
    timedelta: "excel-duration",
    **dict.fromkeys((date, datetime, time), "excel-date"),
}
_NO_RESULT = "ingest.formula_without_result"
_ERROR = "ingest.cell_error"
_LOST_DIGITS = "ingest.digits_lost"
