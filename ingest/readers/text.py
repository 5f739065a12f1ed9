"""Bytes as text, with marks where they are none.

A mark is a noncharacter of Unicode, which no text should have. It stands where bytes are wrong, so that the row and
the cell they are in can be told once the text is parsed, and the rest of the file is read.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa

from graph.errors import SourceUnreadable
from graph.texts import Text
from ingest.readers.files import blocks
from ingest.readers.headings import shown
from ingest.readers.rawtable import Fault, Progress

MAX_LINE = 16 << 20
"""Bytes, give or take a block; a longer line is not held in memory: a mark takes its place."""

WRONG_BYTES = "\ufdd0"
"""The mark in place of bytes that are no text in the file's encoding, or before text in another encoding."""

LONG_LINE = "\ufdd1"
"""The mark in place of a line that is too long."""

_LONG = LONG_LINE.encode()
_ESCAPED = re.compile("[\ud800-\udfff]+")
_MARKS_OF_LINES = re.compile(b"(?:\\A|(?<=[\r\n]))(?:" + codecs.BOM_UTF8 + b")+")
"""A block begins where a line does."""

_LINE_END = re.compile(rb"[\r\n]")
_NON_ASCII = re.compile("[^\x00-\x7f]")


@dataclass(frozen=True, slots=True)
class Encoding:
    """The name of a codec. `is_checked`: every byte of the file has been seen to be in it."""

    name: str
    is_checked: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of UTF-8 that ends with a line end, or with the file. Without `marked` there are no marks in it."""

    data: bytes
    marked: bool = False
    byte_order_marks: int = 0


def wrong_bytes(text: str, encoding: Encoding) -> Fault:
    """Why a text with a mark of wrong bytes is not taken."""
    return Fault(
        shown(text.replace(WRONG_BYTES, "\ufffd")), Text("ingest.wrong_bytes", encoding=encoding.name).packed()
    )


def long_line() -> Fault:
    """Why a line that a mark stands for is not taken."""
    return Fault("", Text("ingest.long_line", size=f"{MAX_LINE >> 20} MB").packed())


def text_blocks(path: Path, encoding: Encoding, progress: Progress | None = None) -> Iterator[Block]:
    """The text of a file in whole lines, as UTF-8 without the byte order mark at its start.

    Byte order marks at the start of later lines, where files were joined, are removed and counted.
    """
    is_first = True
    for block in _marked_blocks(path, encoding, progress):
        data = block.data
        # Looking for one byte is ten times faster than for three.
        if codecs.BOM_UTF8[:1] in data and codecs.BOM_UTF8 in data:
            data = _MARKS_OF_LINES.sub(b"", data)
        removed = (len(block.data) - len(data)) // len(codecs.BOM_UTF8)
        yield Block(data, block.marked, removed - (is_first and block.data.startswith(codecs.BOM_UTF8)))
        is_first = False


def document_text(path: Path, encoding: Encoding, progress: Progress | None = None) -> Iterator[str]:
    """The text of a file as it comes, marks in it, without the byte order mark at its start.

    Raises `SourceUnreadable` where the file is not what it was when its encoding was checked.
    """
    decoder = codecs.getincrementaldecoder(encoding.name)("strict" if encoding.is_checked else _on_error(encoding.name))
    is_first = True
    for data in chain(blocks(path, progress), [b""]):
        try:
            text = decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            raise SourceUnreadable(Text("ingest.changed_meanwhile", path=path)) from error
        text = text if encoding.is_checked else _with_marks(text, encoding.name)
        yield text.removeprefix("\ufeff") if is_first else text
        is_first = False


def whole_lines(pieces: Iterable[bytes]) -> Iterator[Block]:
    """The pieces cut after line ends, with a mark in place of a line that is too long."""
    rest = b""
    is_dropping = False
    for piece in pieces:
        data = rest + piece
        end = line_end(data)
        if not end:
            is_dropping = is_dropping or len(data) > MAX_LINE
            rest = b"" if is_dropping else data
            continue
        start = _first_line_end(data) if is_dropping else 0
        yield Block(_LONG * is_dropping + data[start:end], is_dropping)
        rest, is_dropping = data[end:], False
    if rest or is_dropping:
        yield Block(_LONG if is_dropping else rest, is_dropping)


def line_end(data: bytes, before: int | None = None) -> int:
    """The index after the last line end (LF, CR LF or CR) in the data before an index; 0 where there is none.

    A CR at the very end does not count: the LF that belongs to it may follow.
    """
    end = len(data) if before is None else before
    return max(data.rfind(b"\n", 0, end), data.rfind(b"\r", 0, max(min(end, len(data) - 1), 0))) + 1


def _first_line_end(data: bytes) -> int:
    return min(at for at in (data.find(b"\n"), data.find(b"\r")) if at >= 0)


def lines(data: bytes, start: int = 0, end: int | None = None) -> int:
    """How many lines end (LF, CR LF or CR) between two indexes."""
    part = np.frombuffer(data, np.uint8)[start:end]
    is_feed = part == ord("\n")
    ends = np.count_nonzero(is_feed)
    if data.find(b"\r", start, end) >= 0:
        is_return = part == ord("\r")
        ends += np.count_nonzero(is_return) - np.count_nonzero(is_return[:-1] & is_feed[1:])
    return int(ends)


def _marked_blocks(path: Path, encoding: Encoding, progress: Progress | None) -> Iterator[Block]:
    if "\n,".encode(encoding.name) != b"\n,":
        for block in whole_lines(text.encode() for text in document_text(path, encoding, progress)):
            yield Block(block.data, block.marked or WRONG_BYTES.encode() in block.data)
        return
    for block in whole_lines(blocks(path, progress)):
        yield block if encoding.is_checked or block.data.isascii() else _in_utf8(block, encoding.name)


def _in_utf8(block: Block, encoding: str) -> Block:
    mark = _LONG if block.marked else b""
    data = block.data.removeprefix(mark)
    if encoding == "utf-8" and is_utf8(data):
        return block
    pieces = list(_pieces(data, encoding))
    is_marked = block.marked or any(WRONG_BYTES in piece for piece in pieces)
    return Block(mark + "".join(pieces).encode(), is_marked)


def is_utf8(data: bytes) -> bool:
    """Whether the bytes are UTF-8. Arrow looks at 3 GB a second, decoding at 0.5."""
    ends = pa.py_buffer(np.array([0, len(data)], np.int32))
    try:
        pa.Array.from_buffers(pa.string(), 1, [None, ends, pa.py_buffer(data)]).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _pieces(data: bytes, encoding: str) -> Iterator[str]:
    """The text, with marks; in a GB18030 file, lines that are Chinese in UTF-8 apart."""
    done = 0
    for start, end, text in _chinese_in_utf8(data) if encoding == "gb18030" else ():
        yield _decoded(data[done:start], encoding)
        yield _NON_ASCII.sub(lambda first: WRONG_BYTES + first[0], text, count=1)
        done = end
    yield _decoded(data[done:], encoding)


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return _with_marks(data.decode(encoding, _on_error(encoding)), encoding)


def _chinese_in_utf8(data: bytes) -> Iterator[tuple[int, int, str]]:
    """The lines that are Chinese in UTF-8 and so, in a GB18030 file, would be read as other characters: start, end, text.

    Valid, with a character of three bytes: of 95,559 names of products in GB18030, 417 are valid UTF-8, none with such a
    character.
    """
    end = 0
    for at in _starts_of_three_bytes(data):
        if at < end:
            continue
        start = max(data.rfind(b"\n", end, at), data.rfind(b"\r", end, at), end - 1) + 1
        found = _LINE_END.search(data, at)
        end = found.start() if found else len(data)
        if is_utf8(data[start:end]):
            yield start, end, data[start:end].decode()


def _starts_of_three_bytes(data: bytes) -> list[int]:
    """Where what looks like a character of three bytes follows an ASCII character or the start."""
    values = np.frombuffer(b"\n" + data + b"\n\n", np.uint8)
    is_next = (values & 0xC0) == 0x80
    found = (values[1:-2] >> 4 == 0xE) & (values[:-3] < 0x80) & is_next[2:-1] & is_next[3:]
    return [int(at) for at in np.flatnonzero(found)]


def _on_error(encoding: str) -> str:
    """How wrong bytes are kept in sight. Of these two encodings it is sure that a wrong byte is not an ASCII one."""
    return "surrogateescape" if encoding in ("utf-8", "gb18030") else "replace"


def _with_marks(text: str, encoding: str) -> str:
    if _on_error(encoding) == "replace":
        return text.replace("\ufffd", WRONG_BYTES)
    return _ESCAPED.sub(WRONG_BYTES, text)
