"""Files that a power cut, a full disk or a flipped bit cannot turn into other files unseen.

What is written goes beside its place, onto the disk, then into its place, and the folder's entry onto the disk too: a
name that is there has its content. `SHA256SUMS` in a folder, as `sha256sum --check` reads it, says what its files were;
a file that is sealed says it itself, in a page at its end.
"""

import errno
import hashlib
import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from graph.errors import StoreUnavailable, UsageError
from graph.texts import Text

SUMS = "SHA256SUMS"
_SEAL, _PAGE, _BLOCK = "corridor-seal", 4096, 1 << 20


@contextmanager
def writable(path: Path) -> Iterator[None]:
    """While a file or folder is written. Raises `UsageError`, with the path and why, where that cannot be."""
    try:
        yield
    except OSError as error:
        raise UsageError(Text("errors.cannot_write", path=path, why=error)) from error


@contextmanager
def whole_file(target: Path) -> Iterator[BinaryIO]:
    """A file to write to, which takes the place of `target`, and its mode, once it is complete and on the disk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    writing = target.with_name(f"{target.name}.writing")
    try:
        with writing.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, writing)
        os.replace(writing, target)
        on_disk(target.parent)
    finally:
        writing.unlink(missing_ok=True)


def ordinary(path: Path) -> BufferedReader:
    """A file open for reading. Raises `OSError` where it is none: a FIFO or a device is not opened, it may never end."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, Text("yaml.not_ordinary"), str(path))
    return open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb")


def on_disk(path: Path) -> None:
    """Wait until a file, or the entries of a folder, are on the disk."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def moved(building: Path, place: Path) -> None:
    """Seal a folder that is complete and put it into its place, all of it on the disk; what was there goes."""
    lines = [f"{digest(path)}  {path.relative_to(building).as_posix()}\n" for path in _files(building)]
    (building / SUMS).write_text("".join(lines), encoding="utf-8")
    for path in building.rglob("*"):
        on_disk(path)
    on_disk(building)
    if place.exists():  # For a moment only the place is empty: to delete a large folder takes long.
        place.rename(building.with_name(f"{building.name}.old"))
    building.rename(place)
    on_disk(place.parent)
    remove(building.with_name(f"{building.name}.old"))


def damaged(folder: Path, pattern: str = "*") -> str | None:
    """The first file of a sealed folder that is not what it was, of those of such a name; `None` where all are."""
    try:
        with ordinary(folder / SUMS) as file:
            lines = file.read().decode().splitlines()
        said = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
        there = {path.relative_to(folder).as_posix() for path in _files(folder)} - {SUMS}
    except (OSError, UnicodeDecodeError):
        return SUMS
    names = [name for name in sorted(there | said.keys()) if fnmatchcase(name, pattern)]
    return next((name for name in names if not _is_sound(folder / name, said.get(name))), None if said else SUMS)


def sealed_files(folder: Path, pattern: str) -> list[Path]:
    """The files of such names in a sealed folder. Raises `StoreUnavailable` where one is not what it was."""
    flaw = damaged(folder, pattern)
    if flaw:
        raise StoreUnavailable(Text("durable.kept", file=folder / flaw))
    return sorted(folder.glob(pattern))


def sealed_file(folder: Path, name: str) -> Path:
    """The file of that name. Raises `StoreUnavailable` where it is not what it was, or gone."""
    found = sealed_files(folder, name)
    if not found:
        raise StoreUnavailable(Text("durable.kept", file=folder / name))
    return found[0]


def seal_file(path: Path) -> None:
    """Put a page at the end of a file that says what stands before it and when it was written, and all onto the disk."""
    written_ns = time.time_ns()
    size, said = path.stat().st_size, digest(path)
    with path.open("ab") as file:
        file.write(_seal(size, written_ns, said))
        file.flush()
        os.utime(file.fileno(), ns=(written_ns, written_ns))
        os.fsync(file.fileno())


def has_seal(path: Path) -> bool:
    """Whether a sealed file ends here."""
    with ordinary(path) as file:
        return _sealed_as(file) is not None


def check_file(path: Path, *, whole: bool) -> None:
    """Raise `StoreUnavailable` where a sealed file was cut or changed.

    Its bytes are read where `whole` is asked for, or where its time says that it was written to since; bits that flip
    on a disk change no time. Raises `OSError` where it cannot be read.
    """
    with ordinary(path) as file:
        said = _sealed_as(file)
        if said is None:
            raise StoreUnavailable(Text("durable.cut", file=path))
        is_untouched = os.fstat(file.fileno()).st_mtime_ns == said[1]
        if (whole or not is_untouched) and _digest(file, said[0]) != said[2]:
            raise StoreUnavailable(Text("durable.changed", file=path))


def _seal(size: int, written_ns: int, said: str) -> bytes:
    return f"{_SEAL} {size} {written_ns} {said}\n".encode().ljust(_PAGE, b"\0")


def _sealed_as(file: BinaryIO) -> tuple[int, int, str] | None:
    """Size, time and digest that a file says it has; `None` where it ends in no seal, or is not as long."""
    size = file.seek(0, os.SEEK_END) - _PAGE
    file.seek(max(size, 0))
    page = file.read()
    words = page.split(b"\n")[0].decode("ascii", "replace").split(" ")
    if len(words) != 4 or not (words[1].isdigit() and words[2].isdigit()) or int(words[1]) != size:
        return None
    found = size, int(words[2]), words[3]
    return found if page == _seal(*found) else None


def _digest(file: BinaryIO, size: int) -> str:
    """The SHA-256 of the first bytes of a file."""
    found = hashlib.sha256()
    file.seek(0)
    while size and (block := file.read(min(size, _BLOCK))):
        found.update(block)
        size -= len(block)
    return found.hexdigest()


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with ordinary(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove(path: Path) -> None:
    """Delete a folder with all in it, or whatever else stands there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _is_sound(path: Path, said: str | None) -> bool:
    try:
        return said is not None and digest(path) == said
    except OSError:
        return False
