"""The smallest workbooks in formats that no library at hand writes: .xls, .xlsb and .ods, of one sheet or two."""

import io
import struct
import zipfile
from collections.abc import Sequence

Row = Sequence[str | float | None]


def xls(*rows: Row, hidden: str = "", times: int = 1) -> bytes:
    """An .xls workbook (BIFF8) of a sheet 企业, so many times, and of a hidden one that says the same if it has a name."""
    names = [*((f"企业{number or ''}", 0) for number in range(times)), *([(hidden, 1)] if hidden else [])]
    at = len(_begin(5)) + sum(10 + len(_text(name, "<B")) for name, _ in names) + 4
    listed = b"".join(_record(0x85, struct.pack("<IH", at, state) + _text(name, "<B")) for name, state in names)
    body = _begin(0x10) + b"".join(_cells(rows)) + _record(0x0A, b"")
    return _compound(_begin(5) + listed + _record(0x0A, b"") + body)


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _begin(kind: int) -> bytes:
    return _record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 0, 0, 0))


def _text(text: str, length: str) -> bytes:
    return struct.pack(length, len(text)) + b"\x01" + text.encode("utf-16-le")


def _cells(rows: Sequence[Row]) -> list[bytes]:
    return [
        _record(0x204, struct.pack("<HHH", row, column, 0) + _text(cell, "<H"))
        if isinstance(cell, str)
        else _record(0x203, struct.pack("<HHHd", row, column, 0, cell))
        for row, cells in enumerate(rows)
        for column, cell in enumerate(cells)
        if cell is not None
    ]


def _compound(stream: bytes) -> bytes:
    """A compound file with a stream called Workbook, long enough that it needs no small sectors."""
    stream += bytes(max(4096, -(-len(stream) // 512) * 512) - len(stream))
    if len(stream) > 125 * 512:
        raise ValueError("a second sector for the table of sectors would be needed")
    sectors = len(stream) // 512
    chain = [*range(1, sectors), 0xFFFFFFFE, 0xFFFFFFFE, 0xFFFFFFFD]
    table = struct.pack("<128I", *chain, *[0xFFFFFFFF] * (128 - len(chain)))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, sectors, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<109I", sectors + 1, *[0xFFFFFFFF] * 108)
    entries = [("Root Entry", 5, 1, 0xFFFFFFFE, 0), ("Workbook", 2, 0xFFFFFFFF, 0, len(stream))]
    return head + stream + b"".join(_entry(*one) for one in entries) + bytes(256) + table


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le")
    entry = text + bytes(64 - len(text)) + struct.pack("<HBB", len(text) + 2, kind, 1)
    return entry + struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child) + bytes(36) + struct.pack("<IQ", start, size)


def ods(*rows: Row, repeated: int = 1) -> bytes:
    """An .ods workbook of a sheet 企业; the last row stands there so many times."""
    cells = "".join(
        f'<table:table-row table:number-rows-repeated="{repeated if row is rows[-1] else 1}">'
        + "".join(
            f'<table:table-cell office:value-type="float" office:value="{cell}"/>'
            if isinstance(cell, float)
            else f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
            if cell is not None
            else '<table:table-cell table:number-columns-repeated="16384"/>'
            for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    document = (
        f'<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name="企业">'
        f"{cells}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return _archive({"mimetype": kind, "META-INF/manifest.xml": "<x/>", "content.xml": document})


def _archive(parts: dict[str, str | bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return content.getvalue()


def xlsb(*rows: Row) -> bytes:
    """An .xlsb workbook of a sheet 企业."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.bin"/></Relationships>'
    )
    bundle = struct.pack("<II", 0, 1) + _wide("r1") + _wide("企业")
    book = _binary(0x83) + _binary(0x8F) + _binary(0x9C, bundle) + _binary(0x90) + _binary(0x84)
    sheet = _binary(0x81) + _binary(0x94, struct.pack("<4I", 0, len(rows) - 1, 0, 9)) + _binary(0x91)
    for number, cells in ((number, cells) for number, cells in enumerate(rows) if cells):
        sheet += _binary(0x00, struct.pack("<II", number, 0) + bytes(9))
        for column, cell in enumerate(cells):
            place = struct.pack("<II", column, 0)
            if isinstance(cell, str):
                sheet += _binary(0x06, place + _wide(cell))
            elif cell is not None:
                sheet += _binary(0x05, place + struct.pack("<d", cell))
    sheet += _binary(0x92) + _binary(0x82)
    parts: dict[str, str | bytes] = {"xl/workbook.bin": book, "xl/worksheets/sheet1.bin": sheet}
    return _archive({"[Content_Types].xml": "<x/>", **parts, "xl/_rels/workbook.bin.rels": relations})


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _binary(kind: int, data: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 0x80 else bytes([kind, 1])
    size = len(data)
    length = bytes([size]) if size < 0x80 else bytes([size & 0x7F | 0x80, size >> 7])
    return head + length + data
