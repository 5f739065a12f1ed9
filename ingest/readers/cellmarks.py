"""What an .xlsx file stores beside the values of its cells and calamine does not hand over, read from the sheet's XML.

Which cell has a formula, is an error, shows a percentage or leading zeros, is struck through or has more digits than a number
keeps, and which row is hidden. Of other workbooks nothing of it is known.
"""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from graph.errors import SourceUnreadable
from graph.texts import Text
from ingest.readers.headings import plain, shown

_CHUNK = 1 << 18
_HEAD = 1 << 12
_MAX_ROW_BYTES = 64 << 20
_MAX_PART_BYTES = 64 << 20
"""Of parts that are held in memory: the workbook's own, its styles."""

_SUSPICIOUS_BYTES = 64 << 20
_SUSPICIOUS_RATIO = 200
_MAX_UNPACKED_BYTES = 8 << 30
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BUILT_IN_PERCENT = {9: "0%", 10: "0.00%"}
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_ZEROS = re.compile(r"00+")
_REFERENCE = re.compile(rb"\br=[\"']([A-Z]{0,3})([0-9]{1,7})[\"']")
_HIDDEN_ROW = rb"<(?:\w+:)?row(?=[^>]*\shidden=[\"'](?:1|true)[\"'])(?P<hidden>[^>]*)>"
_HIDDEN_COLUMN = re.compile(rb"<(?:\w+:)?col\s(?=[^>]*\bhidden=[\"'](?:1|true)[\"'])(?=[^>]*\bmin=)[^>]*\bmax=[^>]*>")
_REACH = re.compile(rb"\bm(?:in|ax)=[\"']([1-9]\d{0,4})[\"']")
_MOST_COLUMNS = 1 << 14
HIDDEN = "hidden"
"""The kind of the mark of a row that is hidden, or filtered out; its column is -1."""

_ATTRIBUTE = re.compile(rb"\s(t|s)=[\"'](\w+)[\"']")
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError, ParseError)
"""What `zipfile` and the reading of XML raise on damaged, foreign or encrypted parts."""


class Mark(NamedTuple):
    """A cell (row and column from 0), its number format where that shows percents or leading zeros, and what is stored.

    `kind` is the XML's: `e` an error, `d` an ISO date, `str` a formula's text; or `HIDDEN`. `text` is the value as stored, if needed.
    """

    row: int
    column: int
    format: str
    kind: str
    is_formula: bool
    text: str
    is_struck: bool


def check_archive(path: Path, file: Path) -> None:
    """Look over the file of a workbook, if it is a zip archive; `path` is what messages call it.

    Raises `SourceUnreadable` where it is another archive, or unpacks to too much.
    """
    if not zipfile.is_zipfile(file):
        return
    try:
        with zipfile.ZipFile(file) as archive:
            parts = {info.filename: info.file_size for info in archive.infolist()}
            heads = (archive.open(part).read(_HEAD) for part in parts if part.endswith(".xml"))
            if any(b"<!DOCTYPE" in head for head in heads):
                raise ValueError("it declares a document type, which could define entities")
    except _DAMAGE as error:
        raise damaged(path, file, str(error)) from error
    if parts.keys().isdisjoint(("xl/workbook.xml", "xl/workbook.bin", "content.xml")):
        raise SourceUnreadable(Text("ingest.no_workbook", path=path))
    total = sum(parts.values())
    if total > max(_SUSPICIOUS_BYTES, _SUSPICIOUS_RATIO * file.stat().st_size) or total > _MAX_UNPACKED_BYTES:
        raise SourceUnreadable(Text("ingest.workbook_too_large", path=path, size=total >> 20))


def damaged(path: Path, file: Path, why: str) -> SourceUnreadable:
    """The refusal of a workbook that cannot be read to its end, or not without a password."""
    if _ENCRYPTED in file.read_bytes():
        return SourceUnreadable(Text("ingest.encrypted", path=path))
    return SourceUnreadable(Text("ingest.workbook_damaged", path=path, why=shown(plain(why))))


def tells_hidden(file: Path) -> bool:
    """Whether what is hidden in a workbook is known: of .xlsx alone."""
    if not zipfile.is_zipfile(file):
        return False
    with zipfile.ZipFile(file) as archive:
        return "xl/workbook.xml" in archive.namelist()


def marks(path: Path, file: Path, sheet: str) -> Iterator[Mark]:
    """The marked cells of a sheet, row by row; none where the workbook is no .xlsx.

    Raises `SourceUnreadable` where a part is damaged, or marked cells do not say where they are.
    """
    if not tells_hidden(file):
        return
    try:
        with zipfile.ZipFile(file) as archive:
            yield from _marks(archive, _part_of(archive, sheet), _telling_styles(archive))
    except (*_DAMAGE, DefusedXmlException) as error:
        raise damaged(path, file, str(error)) from error


def hidden_columns(path: Path, file: Path, sheet: str) -> set[int]:
    """The columns of a sheet, from 0, that a person does not see; none where the workbook is no .xlsx."""
    if not tells_hidden(file):
        return set()
    try:
        with zipfile.ZipFile(file) as archive, archive.open(_part_of(archive, sheet)) as stream:
            head = stream.read(_CHUNK).partition(b"sheetData")[0]
    except (*_DAMAGE, DefusedXmlException) as error:
        raise damaged(path, file, str(error)) from error
    hidden = bytearray(_MOST_COLUMNS)
    for first, last in (sorted(map(int, _REACH.findall(one))) for one in _HIDDEN_COLUMN.findall(head)):
        hidden[first - 1 : last] = b"x" * len(hidden[first - 1 : last])
    return {column for column, is_hidden in enumerate(hidden) if is_hidden}


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    relations = {one.get("Id"): one.get("Target", "") for one in _parsed(archive, "xl/_rels/workbook.xml.rels")}
    for one in _parsed(archive, "xl/workbook.xml").iter():
        if one.tag.endswith("}sheet") and one.get("name") == sheet:
            link = next((value for key, value in one.items() if key.endswith("}id")), "")
            return posixpath.normpath(posixpath.join("/xl", relations.get(link, ""))).lstrip("/")
    raise ValueError(f"there is no part for the sheet {sheet}")


class _Style(NamedTuple):
    """A number format that shows percents or leading zeros, else "", and whether the text is struck through."""

    format: str
    is_struck: bool


def _telling_styles(archive: zipfile.ZipFile) -> dict[str, _Style]:
    """The styles that say something of the values in their cells, by their index."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    styles = _parsed(archive, "xl/styles.xml")
    parts = {one.tag.rpartition("}")[2]: one for one in styles}
    codes = {str(number): code for number, code in _BUILT_IN_PERCENT.items()}
    codes |= {one.get("numFmtId", ""): one.get("formatCode", "") for one in parts.get("numFmts", ())}
    struck = {
        str(index)
        for index, font in enumerate(parts.get("fonts", ()))
        if any(one.tag.endswith("}strike") and one.get("val", "1") in ("1", "true") for one in font)
    }
    found = {}
    for index, one in enumerate(parts.get("cellXfs", ())):
        code = codes.get(one.get("numFmtId", ""), "")
        style = _Style(code if is_percent(code) or is_zeros(code) else "", one.get("fontId") in struck)
        if any(style):
            found[str(index)] = style
    return found


def is_percent(code: str) -> bool:
    """Whether a number format shows percents."""
    return "%" in _LITERAL.sub("", code.partition(";")[0])


def is_zeros(code: str) -> bool:
    """Whether a number format fills up with zeros and does nothing else."""
    return bool(_ZEROS.fullmatch(code))


def _parsed(archive: zipfile.ZipFile, part: str) -> Element:
    if archive.getinfo(part).file_size > _MAX_PART_BYTES:
        raise ValueError(f"{part} is too large")
    found: Element = fromstring(archive.read(part), forbid_dtd=True)
    return found


def _marks(archive: zipfile.ZipFile, part: str, styles: dict[str, _Style]) -> Iterator[Mark]:
    marked = _marked_cell(styles)
    with archive.open(part) as stream:
        rest = b""
        while chunk := stream.read(_CHUNK):
            data = rest + chunk
            end = data.rfind(b"row>") + len(b"row>")
            if end < len(b"row>"):
                end = 0
            if not end and len(data) > _MAX_ROW_BYTES:
                raise ValueError("a row that does not end")
            for cell in marked.finditer(data, 0, end):
                yield _mark(cell, styles)
            rest = data[end:]


def _marked_cell(styles: dict[str, _Style]) -> re.Pattern[bytes]:
    """What matches a cell with a style that tells something, an error, an ISO date, a formula or more than 15 digits, or the start of a hidden row."""
    telling = b"|".join(index.encode() for index in styles) or b"none"
    tells = rb"[^>]*\s(?:s=[\"'](?:%s)[\"']|t=[\"'][de][\"'])" % telling
    holds = rb"[^>]*(?<!/)>\s*<(?:\w+:)?(?:f\b|v>-?[0-9]{16})"
    formula = rb"\s*<(?:\w+:)?(?P<formula>f)\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)?"
    value = rb"\s*<(?:\w+:)?v>(?P<value>[^<]*)<"
    return re.compile(
        rb"<(?:\w+:)?c(?=[\s>])(?=%s|%s)(?P<attributes>[^>]*)>(?:%s)?(?:%s)?|%s"
        % (tells, holds, formula, value, _HIDDEN_ROW)
    )


def _mark(cell: re.Match[bytes], styles: dict[str, _Style]) -> Mark:
    said = cell["attributes"] or cell["hidden"] or b""
    attributes = dict(_ATTRIBUTE.findall(said))
    place = _REFERENCE.search(said)
    if place is None:
        raise ValueError("cells do not say where they are")
    column = 0
    for letter in place[1]:
        column = column * 26 + letter - ord("A") + 1
    style = styles.get(attributes.get(b"s", b"").decode(), _Style("", False))
    return Mark(
        int(place[2]) - 1,
        column - 1,
        style.format,
        HIDDEN if cell["hidden"] else attributes.get(b"t", b"").decode(),
        cell["formula"] is not None,
        (cell["value"] or b"").decode(),
        style.is_struck,
    )
