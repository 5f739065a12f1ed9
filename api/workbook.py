"""A table as a workbook."""

import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

_WIDEST = 60


def workbook(table: Sequence[Sequence[str | int | float]], about: Sequence[tuple[str, str]]) -> bytes:
    """A workbook: the table, and on a second sheet what must be known about it, if anything. Texts stay texts, whatever they begin with."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(about[0][0][:31])
    sheet.freeze_panes = "A2"
    for number in range(len(table[0])):
        width = max(sum(1 + (ord(c) > 0x2E7F) for c in str(row[number])) for row in table[:200])
        sheet.column_dimensions[get_column_letter(number + 1)].width = min(width + 2, _WIDEST)
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(table[0]))}{len(table)}"
    for number, row in enumerate(table):
        sheet.append([_cell(sheet, value, is_heading=not number) for value in row])
    if about[1:]:
        beside = book.create_sheet(about[0][1][:31])
        beside.column_dimensions["B"].width = 100
        for line in about[1:]:
            beside.append([_cell(beside, value) for value in line])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _cell(sheet: WriteOnlyWorksheet, value: str | float, *, is_heading: bool = False) -> Cell:
    cell = WriteOnlyCell(sheet)
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(("=", "+", "-", "@"))
    if is_heading:
        cell.font = Font(bold=True)
    return cell
