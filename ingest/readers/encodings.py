"""The encoding of a text file: the one that fits the whole of it, or nearly the whole."""

import codecs
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
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
Big5 that is read as GB18030 37 %, Shift JIS and Latin text nothing; Japanese and Korean of EUC have all."""

_BIG5 = "cp950"
_LEAST_CHARACTERS, _LEAST_COMMON_SHARE, _LEAST_LOW_SHARE = 16, 0.9, 0.2
"""Of Big5: real tables have 98 % of their characters among the 5,401 common ones, and 38 % with a second byte below 128, which Korean
and GB 2312 never have."""

_MOST_NUL_SHARE = 0.1
_MOST_WRONG_LINES = 0.05
"""Of all lines: so few lines that are in no known encoding do not make the others unreadable."""


def encoding_of(path: Path, given: str | None = None) -> Encoding:
    """`utf-8`, `utf-16`, `gb18030`, `cp950` (Big5), or the encoding that is given.

    A byte order mark decides; otherwise the whole file is looked at. UTF-8 where all of it is, or more characters of
    three bytes are than pairs of wrong bytes. Otherwise GB18030 where most of the wrong bytes are in lines that are
    valid and read as simplified Chinese, Big5 where they read as traditional Chinese, and UTF-8 again where few lines are wrong.

    Raises `UsageError` for a name that is no encoding of text, `SourceUnreadable` where none of them fits.
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
    """How many characters are UTF-8 of three bytes or more, how many bytes are wrong, and of those how many in lines that are valid in
    another encoding, with a sample of these."""

    lines: int = 0
    wrong_lines: int = 0
    utf8: int = 0
    not_utf8: int = 0
    valid: Counter[str] = field(default_factory=Counter)
    samples: dict[str, bytes] = field(default_factory=dict)

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
            for name in filter(partial(_is_in, line), _OTHERS if wrong else ()):
                self.valid[name] += wrong
                sample = self.samples.setdefault(name, b"")
                self.samples[name] = sample + line if len(sample) < _SAMPLE_BYTES else sample

    def verdict(self, path: Path) -> Encoding:
        if 2 * self.utf8 >= self.not_utf8:
            return Encoding("utf-8", is_checked=self.not_utf8 == 0)
        for name, is_read in _OTHERS.items():
            if self.valid[name] * 2 > self.not_utf8 and is_read(self.samples[name].decode(name)):
                return Encoding(name)
        if self.wrong_lines <= _MOST_WRONG_LINES * self.lines:
            return Encoding("utf-8")
        raise SourceUnreadable(Text("ingest.encoding_unknown", path=path))


def _is_in(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _reads_as_simplified(text: str) -> bool:
    outside_ascii = "".join(character for character in text if character > "\x7f")
    leads = np.frombuffer(outside_ascii.encode("gb2312", "ignore"), np.uint8)[::2]
    is_kana, is_hangul = np.isin(leads, _KANA), len(leads) >= _LEAST_CHARACTERS and not np.any(leads > _LAST_HANGUL)
    return len(leads) >= _LEAST_GB2312_SHARE * len(outside_ascii) and not is_hangul and 10 * is_kana.sum() <= len(leads)


def _reads_as_traditional(text: str) -> bool:
    pairs = np.frombuffer("".join(character for character in text if character > "\x7f").encode(_BIG5), np.uint8)
    common, low = np.mean(pairs[::2] <= _LAST_COMMON), np.mean(pairs[1::2] < 0x80)
    return len(pairs) >= 2 * _LEAST_CHARACTERS and bool(common >= _LEAST_COMMON_SHARE and low >= _LEAST_LOW_SHARE)


_KANA, _LAST_HANGUL = (0xA4, 0xA5), 0xC8
"""First bytes of Japanese and Korean text, which GB 2312 has others for besides: a third of Chinese text begins with larger ones."""

_LAST_COMMON = 0xC6
_OTHERS: Mapping[str, Callable[[str], bool]] = {"gb18030": _reads_as_simplified, _BIG5: _reads_as_traditional}
"""What a text may be that is no UTF-8, and how it is told."""
