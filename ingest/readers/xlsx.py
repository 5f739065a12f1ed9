"""The parts of an .xlsx file: sheets, styles, texts and cells, as they are stored and streamed from their XML.

Formulas are handed over as they stand and never evaluated; macros and whatever else is in the file are not looked at.
No part may declare entities, and none is unpacked further than a workbook could reasonably be.
"""

import posixpath
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, NamedTuple
from xml.parsers import expat

from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from graph.errors import SourceUnreadable
from ingest.readers.sheetxml import Row, RowCollector, TextCollector

_Start = Callable[[str, dict[str, str]], None]
_End = Callable[[str], None]
_Text = Callable[[str], None]

_CHUNK = 1 << 16
_MAX_TOKEN = 1 << 20
_SUSPICIOUS_BYTES = 64 << 20
_SUSPICIOUS_RATIO = 200
_MAX_SHEETS_BYTES = 8 << 30
_MAX_PART_BYTES = 256 << 20
"""Of parts that are held in memory: texts and styles."""

_CHINESE_DATES = {*range(27, 37), *range(50, 59)}
"""Built-in number formats that are dates where the language of Excel is Chinese (ECMA-376, 18.8.30), and unused elsewhere."""

_DAMAGE = (
    expat.ExpatError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    KeyError,
    IndexError,
    NotImplementedError,
    OSError,
    RuntimeError,
    struct.error,
)
"""What `zipfile`, `expat` and the conversion of attributes raise on damaged, foreign or encrypted parts."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet: its name, its part of the file, and whether a person who opens the file sees it."""

    name: str
    part: str
    is_hidden: bool


class Merge(NamedTuple):
    """A range of merged cells, as coordinates from 1, all included."""

    left: int
    top: int
    right: int
    bottom: int


class Package:
    """An .xlsx file that has been looked over. Raises `SourceUnreadable` where it is none, or would unpack to too much."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path = path
        try:
            self._zip = zipfile.ZipFile(file)
        except _DAMAGE as error:
            raise self._damaged(error) from error
        self._parts = {info.filename: info for info in self._zip.infolist()}
        self.size = file.seek(0, 2)
        self._check_sizes()
        self._workbook = self._find_workbook()
        self._root = posixpath.dirname(self._workbook)

    @cached_property
    def sheets(self) -> list[Sheet]:
        """The worksheets, in the order of their tabs."""
        targets = self._targets(posixpath.join(self._root, "_rels", posixpath.basename(self._workbook) + ".rels"))
        found: list[Sheet] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "sheet":
                link = next((value for key, value in attributes.items() if key.endswith(":id")), "")
                kind, target = targets.get(link, ("", ""))
                if kind == "worksheet" and target in self._parts:
                    found.append(Sheet(attributes["name"], target, attributes.get("state", "visible") != "visible"))

        self._parse(self._workbook, start)
        return found

    @cached_property
    def epoch(self) -> datetime:
        """The day that day numbers count from: 1904 where the workbook says so."""
        epoch = WINDOWS_EPOCH

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal epoch
            if name == "workbookPr" and attributes.get("date1904", "0") in ("1", "true"):
                epoch = MAC_EPOCH

        self._parse(self._workbook, start)
        return epoch

    @cached_property
    def formats(self) -> list[str]:
        """The number format of each style."""
        codes: dict[int, str] = {number: "yyyy-mm-dd" for number in _CHINESE_DATES} | BUILTIN_FORMATS
        ids: list[int] = []
        is_inside = False

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal is_inside
            if name == "numFmt":
                codes[int(attributes["numFmtId"])] = attributes["formatCode"]
            elif name == "cellXfs":
                is_inside = True
            elif name == "xf" and is_inside:
                ids.append(int(attributes.get("numFmtId", "0")))

        def end(name: str) -> None:
            nonlocal is_inside
            is_inside = is_inside and name != "cellXfs"

        self._parse(self._linked("styles"), start, end)
        return [codes.get(number, "General") for number in ids] or ["General"]

    @cached_property
    def _texts(self) -> list[str]:
        """The texts that cells refer to by number, without the readings that Japanese and Chinese ones may have."""
        collector = TextCollector()
        self._parse(self._linked("sharedStrings"), collector.start, collector.end, collector.text)
        return collector.texts

    def rows(self, sheet: Sheet, told: Callable[[int], None] | None = None) -> Iterator[Row]:
        """The rows of a sheet that have cells, in order; `told` hears how many bytes of the sheet are done."""
        reader = RowCollector(self._texts)
        for done in self._stream(sheet.part, reader.start, reader.end, reader.text):
            yield from reader.rows
            reader.rows.clear()
            if told is not None:
                told(done)

    def merges(self, sheet: Sheet) -> list[Merge]:
        """The ranges of merged cells of a sheet, by their first row."""
        found: list[Merge] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "mergeCell":
                merge = Merge(*(edge or 0 for edge in range_boundaries(attributes["ref"])))
                if merge[:2] != merge[2:]:
                    found.append(merge)

        # They stand at the end of the part, and most sheets have none.
        if self._mentions(sheet.part, b"mergeCell"):
            for _ in self._stream(sheet.part, start, None, None):
                pass
        return sorted(found, key=lambda merge: merge.top)

    def unpacked_bytes(self, sheet: Sheet) -> int:
        """How large the sheet is."""
        return self._parts[sheet.part].file_size

    def _check_sizes(self) -> None:
        total = sum(info.file_size for info in self._parts.values())
        if total > max(_SUSPICIOUS_BYTES, _SUSPICIOUS_RATIO * self.size) or total > _MAX_SHEETS_BYTES:
            raise SourceUnreadable(
                f"{self._path} 解压后有 {total >> 20} MB，不像工作簿；如确属正常，请另存为 CSV。 "
                f"{self._path} unpacks to {total >> 20} MB, which no workbook does; if it is what you expect, save it as CSV."
            )

    def _find_workbook(self) -> str:
        kinds = dict(self._targets("_rels/.rels").values())
        part = kinds.get("officeDocument", "")
        if part not in self._parts or "workbook" not in part or not part.endswith(".xml"):
            raise SourceUnreadable(
                f"{self._path} 是压缩包或其他文档，不是 .xlsx 工作簿；请用 Excel 或 WPS 另存为 .xlsx。 "
                f"{self._path} is an archive or another document, not an .xlsx workbook; save it as .xlsx."
            )
        return part

    def _targets(self, part: str) -> dict[str, tuple[str, str]]:
        """What a part refers to: kind and part, by the id of the relation."""
        base = posixpath.dirname(posixpath.dirname(part))
        found: dict[str, tuple[str, str]] = {}

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "Relationship" and attributes.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", base, attributes["Target"])).lstrip("/")
                found[attributes["Id"]] = (attributes["Type"].rpartition("/")[2], target)

        self._parse(part, start)
        return found

    def _linked(self, kind: str) -> str:
        targets = self._targets(posixpath.join(self._root, "_rels", posixpath.basename(self._workbook) + ".rels"))
        return dict(targets.values()).get(kind, "")

    def _mentions(self, part: str, word: bytes) -> bool:
        before = b""
        try:
            with self._zip.open(part) as stream:
                while chunk := stream.read(_CHUNK):
                    if word in before + chunk:
                        return True
                    before = chunk[-len(word) :]
        except _DAMAGE as error:
            raise self._damaged(error) from error
        return False

    def _parse(self, part: str, start: _Start, end: _End | None = None, text: _Text | None = None) -> None:
        """Go through a part; one that is not there has nothing in it."""
        if part not in self._parts:
            return
        if self._parts[part].file_size > _MAX_PART_BYTES:
            raise SourceUnreadable(
                f"{self._path}: {part} 过大，请另存为 CSV。 {part} is too large for a workbook; save it as CSV."
            )
        for _ in self._stream(part, start, end, text):
            pass

    def _stream(self, part: str, start: _Start, end: _End | None, text: _Text | None) -> Iterator[int]:
        """Call the handlers with what is in a part, without prefixes; yields how many bytes are done."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler = _first(parser, start, end)
        parser.CharacterDataHandler = text
        done = 0
        try:
            with self._zip.open(part) as stream:
                while chunk := stream.read(_CHUNK):
                    parser.Parse(chunk)
                    done += len(chunk)
                    if done - parser.CurrentByteIndex > _MAX_TOKEN:
                        raise ValueError("a tag that does not end")
                    yield done
                parser.Parse(b"", True)
                yield done
        except _DAMAGE as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> SourceUnreadable:
        return SourceUnreadable(
            f"{self._path} 不是完好的 .xlsx 工作簿；请用 Excel 或 WPS 打开并另存。 "
            f"{self._path} is not a sound .xlsx workbook; open it and save it again: {error}."
        )


def _refuse_doctype(*_: object) -> None:
    raise ValueError("it declares a document type, which could define entities")


def _first(parser: expat.XMLParserType, start: _Start, end: _End | None) -> _Start:
    """The handler of the first element: the prefix that it has is taken off all others, most often there is none."""

    def first(name: str, attributes: dict[str, str]) -> None:
        prefix = name.rpartition(":")[0]
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        if prefix:
            parser.StartElementHandler = lambda name, attributes: start(name.removeprefix(f"{prefix}:"), attributes)
            parser.EndElementHandler = end and (lambda name: end(name.removeprefix(f"{prefix}:")))
        parser.StartElementHandler(name, attributes)

    return first
