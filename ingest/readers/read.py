"""Any table as columns of text: CSV, TSV, workbooks, Parquet, JSON and JSON Lines, each of them also packed with gzip."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from html import unescape
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import SourceUnreadable, UnknownName, UsageError
from graph.texts import Text
from ingest.columns import mapped
from ingest.readers.delimited import read_delimited
from ingest.readers.encodings import BYTE_ORDER_MARKS
from ingest.readers.files import FORMAT_OF_SUFFIX, head
from ingest.readers.jsontables import read_json, read_json_lines
from ingest.readers.parquet import read_parquet
from ingest.readers.rawtable import Progress, RawTable, ReadOptions, RowProblem
from ingest.readers.workbook import hidden_sheets, read_workbook

__all__ = ["Progress", "RawTable", "ReadOptions", "RowProblem", "detected_format", "hidden_sheets", "read"]

_DOCUMENTS = {".docx", ".pptx", ".odt", ".epub", ".jar"}
"""They are zip archives, as workbooks are."""

_EXPORTED = {".xls", ".et"}
"""Names that web sites and exchanges give to text with tabs or commas, since a spreadsheet opens it."""

_HTML = re.compile(
    rb"\s*(\xef\xbb\xbf)?\s*(<(!doctype html|html|table|meta|head|body|div|style|\?xml|workbook)\b|mime-version:)",
    re.IGNORECASE,
)
_PLAIN_TEXT = {"", ".txt", ".dat", ".asc", ".prn"}
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
"""How workbooks begin: zip archives, and compound files, as .xls and encrypted ones are."""

_PARQUET = b"PAR1"
_MARKUP = re.compile(
    r"&(?:amp|nbsp|lt|gt|quot|apos|middot|#\d{2,5}|#x[0-9a-fA-F]{2,4});|</?(?:br|b|i|u|p|em|strong|span|font|sup|sub)(?: [^<>]*)?/?>"
)
_READABLE = ".csv .tsv .xlsx .xlsm .xls .xlsb .ods .parquet .json .jsonl (.gz)"


def read(path: Path, options: ReadOptions | None = None, progress: Progress | None = None) -> Iterator[RawTable]:
    """The table or tables of a file, in parts.

    Nothing is read before the first part is asked for. A part has at most `chunk_rows` rows; a table with headings has
    at least one part, also without rows. Rows that cannot be used are in `problems` of the parts. `progress` hears
    bytes of the file, packed ones where it is packed, once it is known how it is to be read.

    Raises `SourceUnreadable`, with the file and what to do, where it is not a table in one of the formats, cannot be
    read to its end, or has headings that repeat: that may be after some parts. Raises `UsageError` for options that
    cannot be.
    """
    options = options or ReadOptions()
    _check(options)
    yield from map(_unescaped, _READERS[options.format or detected_format(path)](path, options, progress))


_READERS: Mapping[str, Callable[[Path, ReadOptions, Progress | None], Iterator[RawTable]]] = {
    "csv": partial(read_delimited, ","),
    "tsv": partial(read_delimited, "\t"),
    "xlsx": read_workbook,
    "parquet": read_parquet,
    "json": read_json,
    "jsonl": read_json_lines,
}


def _meant(found: re.Match[str]) -> str:
    return unescape(found[0]) if found[0][0] == "&" else "\n" * found[0].startswith("<br")


def _unescaped(raw: RawTable) -> RawTable:
    """The part with the signs that web pages write otherwise, and without their tags: &amp; is &."""
    columns, number = raw.columns, 0
    for at, name in enumerate(columns.column_names):
        column = columns[name]
        if pa.types.is_string(column.type) and pc.any(pc.match_substring_regex(column, "[&<]")).as_py():
            number += pc.sum(pc.match_substring_regex(column, _MARKUP.pattern)).as_py()
            plain = mapped(column, lambda text: _MARKUP.sub(_meant, text).strip() or None)
            columns = columns.set_column(at, name, plain)
    return replace(raw, columns=columns, counted={**raw.counted, "html-entity": number}) if number else raw


def _check(options: ReadOptions) -> None:
    if options.format is not None and options.format not in _READERS:
        raise UnknownName("format", options.format, [*_READERS])
    for name, number in (("header_row", options.header_row), ("chunk_rows", options.chunk_rows)):
        if number is not None and number < 1:
            raise UsageError(Text("ingest.counts_from_one", name=name, number=number))


def detected_format(path: Path) -> str:
    """One of the formats of `ReadOptions`: what the name of the file says, and where that is not enough, how it begins.

    Whether a .json, .jsonl or .ndjson file is one document or has a value in each line is seen by its content alone.
    Raises `SourceUnreadable` where it is none of them, with the formats that can be read.
    """
    start = head(path)
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    named = FORMAT_OF_SUFFIX.get(suffix)
    if start.startswith(_WORKBOOKS) and suffix not in _DOCUMENTS:
        return "xlsx"
    if start.startswith(_PARQUET):
        return "parquet"
    if (named or suffix in _PLAIN_TEXT) and _HTML.match(start):
        raise SourceUnreadable(Text("ingest.html", path=path))
    if named == "xlsx" and suffix in _EXPORTED and b"\0" not in start:
        return "csv"
    if named in ("xlsx", "parquet"):
        raise SourceUnreadable(Text("ingest.other_content", path=path, suffix=suffix))
    if named == "json" or (named is None and _utf8(start).lstrip()[:1] in (b"{", b"[")):
        return _kind_of_json(_utf8(start), is_named_lines=suffix in (".jsonl", ".ndjson"))
    if named is None and suffix not in _PLAIN_TEXT:
        raise SourceUnreadable(Text("ingest.no_table", path=path, formats=_READABLE))
    return named or "csv"


def _utf8(start: bytes) -> bytes:
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if start.startswith(mark):
            return start.removeprefix(mark) if encoding == "utf-8" else start.decode(encoding, "ignore").encode()
    return start


def _kind_of_json(start: bytes, *, is_named_lines: bool) -> str:
    """JSON Lines where the second line is another object, or the first one is a whole value; else a document."""
    lines = [line for line in start.splitlines() if line.strip()]
    if len(lines) < 2:
        return "jsonl" if is_named_lines and start.lstrip().startswith(b"{") else "json"
    first, second = lines[0].strip(), lines[1].strip()
    if second.startswith(b"{") and first[-1:] not in (b"[", b",", b":"):
        return "jsonl"
    try:
        orjson.loads(first)
    except orjson.JSONDecodeError:
        return "json"
    return "jsonl"
