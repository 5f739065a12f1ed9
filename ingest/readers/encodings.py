"""The encoding of a text file: the one that fits the whole of it, or nearly the whole."""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from graph.errors import SourceUnreadable, UsageError
from graph.texts import Text
from ingest.readers.files import blocks, head
from ingest.readers.text import MAX_LINE, Encoding, is_utf8, lines

BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""In the order in which they are looked for: one of UTF-32 begins as one of UTF-16."""

_ENOUGH = 4 << 20
_SAMPLE_BYTES = 1 << 16
_ESCAPED = re.compile("[\udc80-\udcff]")
_OF_THREE_BYTES = re.compile("[\u0800-\ud7ff\ue000-\U0010ffff]")
_LEAST_LEAD_OF_THREE = 0xE0
"""Of real tables in GB18030, up to 45 % of the bytes look like UTF-8, but 5 % where two-byte characters do not count."""

_LEAST_GB2312_SHARE = 0.7
"""Real tables of simplified Chinese have 98 % or more of their characters in GB 2312; traditional Chinese in GBK has 60 %,
Big5 that is read as GB18030 37 %, Shift JIS and Latin text nothing."""

_MOST_NUL_SHARE = 0.1
_MOST_WRONG_LINES = 0.05
"""Of all lines: so few lines that are in no known encoding do not make the others unreadable."""


def encoding_of(path: Path, given: str | None = None) -> Encoding:
    """`utf-8`, `utf-16`, `gb18030`, or the encoding that is given.

    A byte order mark decides; otherwise the whole file is looked at. UTF-8 where all of it is, or more characters of
    three bytes are than pairs of wrong bytes. Otherwise GB18030 where most of the wrong bytes are in lines that are
    valid and read as simplified Chinese, and UTF-8 again where few lines are wrong.

    Raises `UsageError` for a name that is no encoding of text, `SourceUnreadable` where neither of the two fits.
    """
    if given is not None:
        return Encoding(_known(given))
    start = head(path)
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if start.startswith(mark):
            return Encoding(encoding)
    if start.count(0) > _MOST_NUL_SHARE * len(start):
        raise SourceUnreadable(Text("ingest.not_text", path=path))
    tally = _Tally()
    for piece in _pieces(blocks(path)):
        tally.add(piece)
        if tally.is_clear:
            break
    return tally.verdict(path)


def _pieces(data: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes cut where a character ends in every encoding that comes into question."""
    rest = b""
    for block in data:
        piece = rest + block
        end = max(piece.rfind(mark) for mark in (b"\n", b",", b'"')) + 1
        if end or len(piece) > MAX_LINE:
            yield piece[: end or len(piece)]
            rest = piece[end or len(piece) :]
        else:
            rest = piece
    if rest:
        yield rest


def _known(given: str) -> str:
    try:
        "a".encode(given)
        name = codecs.lookup(given).name
    except (LookupError, UnicodeError) as error:
        raise UsageError(Text("ingest.no_such_encoding", given=given)) from error
    return {"utf-8-sig": "utf-8", "gbk": "gb18030", "gb2312": "gb18030"}.get(name, name)


@dataclass(slots=True)
class _Tally:
    """How many characters are UTF-8 of three bytes or more, and how many bytes are wrong (in lines of valid GB18030)."""

    lines: int = 0
    wrong_lines: int = 0
    utf8: int = 0
    not_utf8: int = 0
    gb18030: int = 0
    sample: bytes = b""

    @property
    def is_clear(self) -> bool:
        """Whether more of the file would not change the verdict on a file that is not all UTF-8."""
        return self.not_utf8 > 0 and self.utf8 + self.not_utf8 > _ENOUGH

    def add(self, data: bytes) -> None:
        self.lines += max(lines(data), 1)
        if data.isascii():
            return
        if is_utf8(data):
            self.utf8 += int(np.count_nonzero(np.frombuffer(data, np.uint8) >= _LEAST_LEAD_OF_THREE))
        else:
            self._add_lines(data.splitlines())

    def _add_lines(self, split: Iterable[bytes]) -> None:
        for line in split:
            if line.isascii():
                continue
            text = line.decode("utf-8", "surrogateescape")
            wrong = len(_ESCAPED.findall(text))
            self.utf8 += len(_OF_THREE_BYTES.findall(text))
            self.not_utf8 += wrong
            self.wrong_lines += wrong > 0
            if wrong and _is_gb18030(line):
                self.gb18030 += wrong
                self.sample += line if len(self.sample) < _SAMPLE_BYTES else b""

    def verdict(self, path: Path) -> Encoding:
        if 2 * self.utf8 >= self.not_utf8:
            return Encoding("utf-8", is_checked=self.not_utf8 == 0)
        if self.gb18030 * 2 > self.not_utf8 and _reads_as_chinese(self.sample.decode("gb18030")):
            return Encoding("gb18030")
        if self.wrong_lines <= _MOST_WRONG_LINES * self.lines:
            return Encoding("utf-8")
        raise SourceUnreadable(Text("ingest.encoding_unknown", path=path))


def _is_gb18030(data: bytes) -> bool:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True


def _reads_as_chinese(text: str) -> bool:
    outside_ascii = "".join(character for character in text if character > "\x7f")
    common = len(outside_ascii.encode("gb2312", "ignore")) / 2
    return common >= _LEAST_GB2312_SHARE * len(outside_ascii)
