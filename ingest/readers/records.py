"""Delimited text cut into whole records, so that a quote that is never closed costs one row and not the rest.

A record may have line ends between quotes. Where every quote stands at the edge of a cell or is doubled, counting
quotes tells which line ends are between records; a stretch that is not so is gone through record by record.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ingest.readers.headings import shown
from ingest.readers.text import MAX_LINE, Block, line_end, lines

REFUSED = "\ufdd2"
"""The mark, followed by an index into `Records.refused`, in place of a row with a quote that is wrong."""

_SHOWN_BYTES = 400
_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Refused:
    """A row whose quotes are wrong: the line (from 1) in which the wrong one opens, and the rest of that line."""

    line: int
    value: str


@dataclass(frozen=True, slots=True)
class Records:
    """A stretch of whole records in UTF-8; a refused one is a line with a mark."""

    data: bytes
    marked: bool
    byte_order_marks: int
    refused: Sequence[Refused]


def whole_records(blocks: Iterable[Block], delimiter: str) -> Iterator[Records]:
    """The text cut after records.

    A quote counts at the start of a cell only, as in spreadsheets: `5" pipe` is a text. One that opens a cell and is
    not closed within `MAX_LINE` bytes, or is closed before the end of the cell, makes its row a mark; reading goes on
    with the next line.
    """
    cutter = _Cutter(delimiter)
    rest, is_marked, line = b"", False, 1
    for block in blocks:
        data = rest + block.data
        whole, rest, refused = cutter.cut(data, line, is_last=False)
        is_marked = is_marked or block.marked
        yield Records(whole, is_marked, block.byte_order_marks, refused)
        is_marked = is_marked and bool(rest)
        line += lines(data, 0, len(data) - len(rest))
    if rest:
        whole, _, refused = cutter.cut(rest, line, is_last=True)
        yield Records(whole, is_marked, 0, refused)


def record_ends(data: bytes, delimiter: str, count: int) -> list[int]:
    """The indexes after the first records of whole ones."""
    return _Cutter(delimiter).ends(data, count)


class _Cutter:
    """What is outside and inside quotes, with one delimiter."""

    def __init__(self, delimiter: str) -> None:
        mark = re.escape(delimiter)
        cell = f'(?:"(?:[^"]++|"")*+" *+(?=[{mark}\r\n]|\\Z)|(?!")[^{mark}\r\n]*+)'
        self._record = re.compile(f"{cell}(?:{mark}{cell})*+(\r\n|\n|\r|\\Z)".encode())
        self._good_cells = re.compile(f"(?:{cell}{mark})*+".encode())
        self._unclosed = re.compile(b'"(?:[^"]++|"")*+\\Z')
        self._is_edge = np.zeros(256, bool)
        self._is_edge[[ord(delimiter), ord("\r"), ord("\n")]] = True

    def ends(self, data: bytes, count: int) -> list[int]:
        """The indexes after the first records, of which there are no more than `count`."""
        ends: list[int] = []
        at = 0
        while at < len(data) and len(ends) < count and (record := self._record.match(data, at)):
            at = record.end()
            ends.append(at)
        return ends

    def cut(self, data: bytes, line: int, *, is_last: bool) -> tuple[bytes, bytes, list[Refused]]:
        """The whole records, the rest, and what was refused. `line` is the line that the data begin in."""
        quotes = np.flatnonzero(np.frombuffer(data, np.uint8) == ord('"'))
        if self._are_at_edges(data, quotes):
            end = len(data) if is_last and len(quotes) % 2 == 0 else _last_end_outside(data, quotes)
            if len(data) - end <= (0 if is_last else MAX_LINE):
                return data[:end], data[end:], []
        return self._by_record(data, line, is_last=is_last)

    def _are_at_edges(self, data: bytes, quotes: npt.NDArray[np.intp]) -> bool:
        """Whether each opening quote has the edge of a cell before it, each closing one after it, or they are doubled."""
        if not len(quotes):
            return True
        characters = np.frombuffer(b"\n" + data + b"\n", np.uint8)
        is_doubled = np.diff(quotes)[1::2] == 1
        opens_well = self._is_edge[characters[quotes[0::2]]]
        opens_well[1:] |= is_doubled
        closes_well = self._is_edge[characters[quotes[1::2] + 2]]
        closes_well[: len(is_doubled)] |= is_doubled
        return bool(opens_well.all() and closes_well.all())

    def _by_record(self, data: bytes, line: int, *, is_last: bool) -> tuple[bytes, bytes, list[Refused]]:
        gives_up = is_last or len(data) > MAX_LINE
        pieces: list[bytes] = []
        refused: list[Refused] = []
        kept = at = counted = 0
        while (quote := data.find(b'"', at)) >= 0:
            start = max(at, data.rfind(b"\n", at, quote) + 1, data.rfind(b"\r", at, quote) + 1)
            record = self._record.match(data, start)
            if record and (is_last or (record[1] and record.end() < len(data)) or record[1] == b"\n"):
                at = record.end()
                continue
            bad = self._bad_cell(data, start)
            end = _LINE_END.search(data, bad)
            may_go_on = record or not (gives_up or not self._unclosed.match(data, bad)) or not (end or is_last)
            if may_go_on:
                break
            line, counted = line + lines(data, counted, bad), bad
            pieces += [data[kept:start], f"{REFUSED}{len(refused)}\n".encode()]
            kept = at = end.end() if end else len(data)
            refused.append(Refused(line, shown(data[bad:at][:_SHOWN_BYTES].decode(errors="replace").rstrip("\r\n"))))
        else:
            start = len(data) if is_last else max(at, line_end(data))
        return b"".join([*pieces, data[kept:start]]), data[start:], refused

    def _bad_cell(self, data: bytes, start: int) -> int:
        """The index of the first cell that is not well quoted in the record that starts there."""
        good = self._good_cells.match(data, start)
        return good.end() if good else start


def _last_end_outside(data: bytes, quotes: npt.NDArray[np.intp]) -> int:
    """The index after the last line end that is between records; 0 where there is none."""
    end = line_end(data)
    while end:
        before = int(np.searchsorted(quotes, end))
        if before % 2 == 0:
            return end
        end = line_end(data, int(quotes[before - 1]))
    return 0
