"""Files as bytes: regular ones, unpacked on the way, never more of them in memory than a block."""

import gzip
import io
import os
import stat
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graph.errors import SourceUnreadable
from graph.texts import Text
from ingest.readers.rawtable import Progress

BLOCK = 1 << 20
"""Bytes read at a time."""

_GZIP = b"\x1f\x8b"
_SUSPICIOUS_BYTES = 64 << 20
_SUSPICIOUS_RATIO = 250
"""Tables pack 5 to 50 times smaller, the most repetitive of 100 MB some 150 times; DEFLATE's own limit is 1,032."""

_MAX_UNPACKED_ON_DISK = 4 << 30


def blocks(path: Path, progress: Progress | None = None) -> Iterator[bytes]:
    """The bytes of a file, unpacked where it is a gzip file, at most `BLOCK` at a time.

    Raises `SourceUnreadable` where it is missing, is no regular file, is empty, is named .gz without being one, or is
    a gzip file that is cut off, damaged, packed twice or unpacks to far more than a table could.
    """
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        packed = file.peek(2)[:2] == _GZIP
        if not packed and path.suffix.lower() == ".gz":
            raise SourceUnreadable(Text("ingest.no_gzip", path=path))
        for block in _inflated(path, file) if packed else iter(lambda: file.read(BLOCK), b""):
            yield block
            if progress is not None:
                progress(min(file.tell(), size), size)


@contextmanager
def opened(path: Path) -> Iterator[io.BufferedReader]:
    """The file open for reading as it lies there. Raises `SourceUnreadable` where that cannot be."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            kind = Text("ingest.no_file.folder") if stat.S_ISDIR(mode) else Text("ingest.no_file.special")
            raise SourceUnreadable(Text("ingest.no_table_file", path=path, kind=kind))
        file = path.open("rb")
    except OSError as error:
        raise SourceUnreadable(Text("errors.cannot_read", path=path, why=error)) from error
    with file:
        if not file.peek(1):
            raise SourceUnreadable(Text("ingest.empty_file", path=path))
        yield file


def head(path: Path, size: int = 1 << 16) -> bytes:
    """The first bytes of a file, unpacked; see `blocks`."""
    start = b""
    for block in blocks(path):
        start += block
        if len(start) >= size:
            break
    return start[:size]


FORMAT_OF_SUFFIX = {
    ".csv": "csv",
    **dict.fromkeys((".tsv", ".tab"), "tsv"),
    **dict.fromkeys((".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".et", ".xlt", ".xltx", ".xltm"), "xlsx"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
    **dict.fromkeys((".json", ".jsonl", ".ndjson"), "json"),
}
"""What the name of a file says of its format."""

TABLES = (*FORMAT_OF_SUFFIX, ".gz", ".txt")
"""How the names of files end that may hold tables."""
_ARCHIVES = (".zip", ".rar", ".7z")


def files_in(folder: Path) -> tuple[list[str], list[Text]]:
    """The files of a dataset's folder, and what has the name of a table and is none, with the reason; hidden ones neither.

    A link may lead to another file of the folder, not out of it: a dataset that somebody sent reads nothing else.
    """
    files: list[str] = []
    left_out: list[Text] = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        reason = _no_file(path, folder)
        if not reason:
            files.append(name)
        elif name.lower().endswith((*TABLES, *_ARCHIVES)) or path.is_symlink():
            shown = os.fsencode(name).decode(errors="backslashreplace")
            left_out.append(Text("ingest.no_file", name=shown, why=reason))
    return files, left_out


def _no_file(path: Path, folder: Path) -> Text | None:
    """Why something is not read as a file of a folder; `None` where it is."""
    try:
        str(path).encode()
        if not path.resolve(strict=True).is_relative_to(folder.resolve()):
            return Text("ingest.no_file.link_out")
    except UnicodeEncodeError:
        return Text("ingest.no_file.name")
    except (OSError, RuntimeError):  # RuntimeError: links in a circle
        return Text("ingest.no_file.link_nowhere")
    if path.is_dir():
        return Text("ingest.no_file.folder")
    if path.name.lower().endswith(_ARCHIVES):
        return Text("ingest.no_file.archive")
    return None if path.is_file() else Text("ingest.no_file.special")


@contextmanager
def on_disk(path: Path) -> Iterator[Path]:
    """The file with all its bytes within reach: a gzip file is unpacked to a temporary one first."""
    with opened(path) as file:
        is_packed = file.peek(2)[:2] == _GZIP
    if not is_packed:
        yield path
        return
    with tempfile.NamedTemporaryFile(suffix=Path(path.stem).suffix) as unpacked:
        for block in blocks(path):
            unpacked.write(block)
            if unpacked.tell() > _MAX_UNPACKED_ON_DISK:
                raise SourceUnreadable(Text("ingest.too_large_unpacked", path=path))
        unpacked.flush()
        yield Path(unpacked.name)


def _inflated(path: Path, file: io.BufferedReader) -> Iterator[bytes]:
    total = 0
    with gzip.GzipFile(fileobj=file) as unpacked:
        while block := _next_inflated(path, unpacked):
            if not total and block.startswith(_GZIP):
                raise SourceUnreadable(Text("ingest.packed_twice", path=path))
            total += len(block)
            if total > max(_SUSPICIOUS_BYTES, _SUSPICIOUS_RATIO * file.tell()):
                raise SourceUnreadable(Text("ingest.packed_too_well", path=path, times=_SUSPICIOUS_RATIO))
            yield block
    if not total:
        raise SourceUnreadable(Text("ingest.empty_unpacked", path=path))


def _next_inflated(path: Path, unpacked: gzip.GzipFile) -> bytes:
    try:
        return unpacked.read(BLOCK)
    except EOFError as error:
        raise SourceUnreadable(Text("ingest.gzip_cut", path=path)) from error
    except (zlib.error, gzip.BadGzipFile) as error:
        raise SourceUnreadable(Text("ingest.gzip_damaged", path=path, error=error)) from error
