"""A program that hands over the sheets of a workbook, in a process of its own whose memory is limited.

One cell far to the right and below makes calamine ask for room for all cells before it, and a process that does not get
it ends without a word: here that is this one. It needs nothing but calamine, so that it starts in some 20 ms.

Run as `python sheetrows.py PACKAGES WORKBOOK MEMORY CELLS`: the folder calamine is in, the file, most bytes of memory, most
cells of a sheet. It writes pickled tuples, of which the first item says what follows: `sheets` (name and whether it is
hidden, of each), and for each name of the list that is then read from standard input `sheet` (name, first row and
column from 0, how many rows, merged ranges), any number of `rows` and `end`; or, at any time, `refused` (why, in what words).
"""

import pickle
import sys
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import python_calamine

_ROWS_AT_ONCE = 2_000


def main(packages: str, workbook: str, memory: str, cells: str) -> None:
    """Do what the module says."""
    _limit(int(memory))
    sys.path.append(packages)
    import python_calamine

    try:
        with python_calamine.load_workbook(open(workbook, "rb")) as book:
            kind, shown = python_calamine.SheetTypeEnum.WorkSheet, python_calamine.SheetVisibleEnum.Visible
            _say(
                "sheets", [(sheet.name, sheet.visible != shown) for sheet in book.sheets_metadata if sheet.typ == kind]
            )
            for name in pickle.load(sys.stdin.buffer):
                _hand_over(name, book.get_sheet_by_name(name), int(cells))
    except MemoryError:
        _say("refused", "memory", "")
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        _say("refused", "damage", str(error))


def _limit(memory: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits.
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    memory = memory if most == resource.RLIM_INFINITY else min(memory, most)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _hand_over(name: str, sheet: "python_calamine.CalamineSheet", cells: int) -> None:
    if sheet.height * sheet.width > cells:
        _say("refused", "cells", f"{sheet.height} × {sheet.width}")
        return
    row, column = sheet.start or (0, 0)
    _say("sheet", name, row, column, sheet.height, sheet.merged_cell_ranges or [])
    rows = sheet.iter_rows()
    while batch := list(islice(rows, _ROWS_AT_ONCE)):
        _say("rows", batch)
    _say("end")


def _say(*message: object) -> None:
    pickle.dump(message, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
