"""Cells of a workbook as the text that a person would type."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from openpyxl.styles.numbers import is_date_format, is_timedelta_format
from openpyxl.utils.datetime import from_excel

from ingest.readers.headings import shown
from ingest.readers.moments import moment_text
from ingest.readers.rawtable import Fault
from ingest.readers.sheetxml import Cell

_WHOLE_NUMBER = re.compile(r"-?[0-9]+")
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_ZEROS = re.compile(r"00+")
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_MIDNIGHT = re.compile(r"T00:00(:00(\.0*)?)?Z?$")
_KEPT_DIGITS = 15
"""Digits that Excel keeps of a number; those after them become zeros."""


class CellTexts:
    """The texts of cells under the number formats of a workbook; what was converted is in `counted`.

    Whole numbers have no fraction, others the shortest text that is read back as the same number. A format of zeros
    only ("000000") fills up with zeros, one with a percent sign gives percents; dates and times are ISO 8601.
    """

    def __init__(self, formats: Sequence[str], epoch: datetime) -> None:
        self.counted: Counter[str] = Counter()
        self._formats = [(_kind(code), code) for code in formats]
        self._epoch = epoch

    def text(self, cell: Cell) -> str | Fault | None:
        """The text; `None` for an empty one; why there is none for a formula, an error, a number that is not right."""
        if cell.formula:
            return Fault("", shown(cell.formula), *_FORMULA)
        match cell.kind:
            case "s":
                return cell.text or None
            case "n":
                return self._number(cell)
            case "b":
                self.counted["excel-boolean"] += 1
                return "true" if cell.text == "1" else "false"
            case "d":
                self.counted["excel-date"] += 1
                return _MIDNIGHT.sub("", cell.text)
        return Fault("", shown(cell.text), *_ERROR)

    def _number(self, cell: Cell) -> str | Fault:
        kind, code = self._formats[cell.style] if cell.style < len(self._formats) else ("number", "")
        if not _NUMBER.fullmatch(cell.text):
            return Fault("", shown(cell.text), *_NO_NUMBER)
        if kind in ("date", "duration"):
            return self._moment(cell.text, kind)
        if _has_lost_digits(cell.text):
            return Fault("", shown(cell.text), *_LOST_DIGITS)
        text = _shortest(cell.text)
        if kind == "percent":
            text = f"{(Decimal(text) * 100).normalize():f}%"
        elif kind == "leading-zeros":
            text = text.zfill(len(code))
        self.counted[f"excel-{kind}"] += 1
        return text

    def _moment(self, text: str, kind: str) -> str | Fault:
        days = float(text)
        try:
            if days < 0 and kind == "date":
                raise OverflowError
            moment = from_excel(days, self._epoch, timedelta=kind == "duration")
        except (OverflowError, ValueError):
            return Fault("", shown(text), *_NO_DATE)
        self.counted[f"excel-{kind}"] += 1
        return moment_text(moment)


def _kind(code: str) -> str:
    bare = _LITERAL.sub("", code.partition(";")[0])
    if is_timedelta_format(code):
        return "duration"
    if is_date_format(code):
        return "date"
    if "%" in bare:
        return "percent"
    return "leading-zeros" if _ZEROS.fullmatch(code) else "number"


def _shortest(number: str) -> str:
    if _WHOLE_NUMBER.fullmatch(number):
        return number if number != "-0" else "0"
    value = float(number)
    return str(int(value)) if value.is_integer() else repr(value)


def _has_lost_digits(number: str) -> bool:
    """Whether it is a whole number of more digits than Excel keeps, and Excel wrote it."""
    if _WHOLE_NUMBER.fullmatch(number):
        digits = number.lstrip("-")
        return len(digits) > _KEPT_DIGITS and set(digits[_KEPT_DIGITS:]) == {"0"}
    return abs(float(number)) >= 10.0**_KEPT_DIGITS


_FORMULA = (
    "该格是公式，不会计算。 The cell is a formula, which is not evaluated.",
    "请复制整表并“选择性粘贴—数值”。 Copy the sheet and paste it as values.",
)
_ERROR = ("该格是错误值。 The cell is an error.", "请改正或清空该格。 Correct the cell, or empty it.")
_LOST_DIGITS = (
    "超过 15 位的数字在 Excel 中已丢失末尾各位。 Of a number this long, Excel has lost the digits after the 15th.",
    "请将该列设为文本格式后重新输入。 Format the column as text and enter the number again.",
)
_NO_NUMBER = (
    "该格应为数字，但存的不是数字。 The cell should be a number, but what is stored is none.",
    "请重新输入该格。 Enter the cell again.",
)
_NO_DATE = (
    "该格是日期格式，但数值不是日期。 The cell is formatted as a date, but its number is none.",
    "请改正该格，或改为数字格式。 Correct the cell, or format it as a number.",
)
