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
            raise SourceUnreadable(f"{path} 不是 gzip 文件，请改名。 {path} is not a gzip file; rename it.")
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
            kind = "文件夹 a folder" if stat.S_ISDIR(mode) else "特殊文件 a special file"
            raise SourceUnreadable(f"{path} 是{kind}，不是表格文件。 {path} is not the file of a table.")
        file = path.open("rb")
    except OSError as error:
        raise SourceUnreadable(f"无法读取 {path}。 Cannot read {path}: {error.strerror}.") from error
    with file:
        if not file.peek(1):
            raise SourceUnreadable(f"{path} 是空文件。 {path} is empty: it has no headings.")
        yield file


def head(path: Path, size: int = 1 << 16) -> bytes:
    """The first bytes of a file, unpacked; see `blocks`."""
    start = b""
    for block in blocks(path):
        start += block
        if len(start) >= size:
            break
    return start[:size]


TABLES = (".csv", ".tsv", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".parquet", ".json", ".jsonl", ".gz", ".txt")
"""How the names of files end that may hold tables."""


def files_in(folder: Path) -> tuple[list[str], list[str]]:
    """The files of a dataset's folder, and what has the name of a table and is none, with the reason; hidden ones neither.

    A link may lead to another file of the folder, not out of it: a dataset that somebody sent reads nothing else.
    """
    files, left_out = [], []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        reason = _no_file(path, folder)
        if not reason:
            files.append(name)
        elif name.lower().endswith(TABLES) or path.is_symlink():
            left_out.append(f"{os.fsencode(name).decode(errors='backslashreplace')}（{reason}）")
    return files, left_out


def _no_file(path: Path, folder: Path) -> str:
    """Why something is not read as a file of a folder; empty where it is."""
    try:
        str(path).encode()
        if not path.resolve(strict=True).is_relative_to(folder.resolve()):
            return "链接指向文件夹之外 a link that leads out of the folder"
    except UnicodeEncodeError:
        return "文件名不是 UTF-8 the name is no UTF-8"
    except (OSError, RuntimeError):  # RuntimeError: links in a circle
        return "链接失效 a link that leads nowhere"
    if path.is_dir():
        return "文件夹 a folder"
    return "" if path.is_file() else "特殊文件 a special file"


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
                raise SourceUnreadable(f"{path} 解压后过大，请先解压。 {path} is too large; unpack it first.")
        unpacked.flush()
        yield Path(unpacked.name)


def _inflated(path: Path, file: io.BufferedReader) -> Iterator[bytes]:
    total = 0
    with gzip.GzipFile(fileobj=file) as unpacked:
        while block := _next_inflated(path, unpacked):
            if not total and block.startswith(_GZIP):
                raise SourceUnreadable(f"{path} 被压缩了两次，请先解压一次。 {path} is packed twice; unpack it once.")
            total += len(block)
            if total > max(_SUSPICIOUS_BYTES, _SUSPICIOUS_RATIO * file.tell()):
                raise SourceUnreadable(
                    f"{path} 解压后超过原大小的 {_SUSPICIOUS_RATIO} 倍，不像表格；如确属正常，请自行解压后再读。 "
                    f"{path} unpacks to more than {_SUSPICIOUS_RATIO} times its size, which no table does; "
                    "if it is what you expect, unpack it and give the unpacked file."
                )
            yield block
    if not total:
        raise SourceUnreadable(f"{path} 解压后是空文件。 {path} is empty when unpacked: it has no headings.")


def _next_inflated(path: Path, unpacked: gzip.GzipFile) -> bytes:
    try:
        return unpacked.read(BLOCK)
    except EOFError as error:
        raise SourceUnreadable(
            f"{path} 不完整（gzip 数据被截断），请重新下载或复制。 {path} is cut off (gzip); copy or download it again."
        ) from error
    except (zlib.error, gzip.BadGzipFile) as error:
        raise SourceUnreadable(
            f"{path} 已损坏（gzip），请重新下载或复制。 {path} is damaged (gzip: {error}); copy or download it again."
        ) from error
