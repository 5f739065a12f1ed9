"""A second process that reads some of the parts of a large load while this one reads the others.

It writes their claims where this process would write them and hands nothing else back: a part that it did not finish
is read here, with the same result or the same error. It ends with its work, and also when this process ends, however
that happens: its standard input is then closed.
"""

import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from select import select
from threading import Thread

from ingest.dataset import Dataset, Part
from ingest.mapping.mapping import Mapping
from ingest.parts import BytesRead, KeptPart, is_kept, kept

_WORTH_BYTES = 8 << 20
"""The process takes a second to start, in which it would have read some megabytes."""

_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.stdin.readline()); import ingest.second_reader as s; s.main()"
)
_TOLD = struct.Struct("=qqq")
_LOOK_SECONDS = 0.1


class SecondReader:
    """The parts that another process reads, by their keys."""

    def __init__(self, keys: Sequence[str] = (), process: "subprocess.Popen[bytes] | None" = None) -> None:
        self._number = {key: number for number, key in enumerate(keys)}
        self._process = process

    def reads(self, part: Part) -> bool:
        """Whether it is for the other process to read the part."""
        return part.key in self._number

    def kept(self, part: Part, folder: Path, progress: BytesRead) -> KeptPart:
        """What `ingest.parts.kept` gives, once the other process has read the part or has ended."""
        if not self.reads(part):
            return kept(part, folder, progress)
        self._wait(part, folder, progress)
        # Where a load has a part twice, it is new the first time.
        del self._number[part.key]
        return replace(kept(part, folder, progress), is_old=False)

    def _wait(self, part: Part, folder: Path, progress: BytesRead) -> None:
        process = self._process
        assert process is not None and process.stdout is not None
        while not is_kept(part, folder):
            if not select([process.stdout], [], [], _LOOK_SECONDS)[0]:
                continue
            told = process.stdout.read(_TOLD.size)
            if len(told) < _TOLD.size:
                return
            number, done, size = _TOLD.unpack(told)
            if number == self._number[part.key]:
                progress(done, size)


@contextmanager
def second_reader(parts: Sequence[Part], folder: Path) -> Iterator[SecondReader]:
    """The reader of up to half of what is to be read, or of nothing where that would not be faster."""
    chosen = _chosen([part for part in parts if not is_kept(part, folder)])
    process = _started(chosen, folder) if chosen else None
    if process is None:
        yield SecondReader()
        return
    try:
        yield SecondReader([part.key for part in chosen], process)
    finally:
        process.kill()
        process.communicate()


def _chosen(parts: Sequence[Part]) -> list[Part]:
    """The largest parts that make no more than half of all bytes together."""
    try:
        size = {part.key: part.path.stat().st_size for part in parts}
    except OSError:
        return []  # Who reads the file says so.
    if sum(size.values()) < _WORTH_BYTES or (os.cpu_count() or 1) < 2 or os.name != "posix":
        return []
    room = sum(size.values()) / 2
    chosen: list[Part] = []
    for part in sorted({part.key: part for part in parts}.values(), key=lambda part: -size[part.key]):
        if size[part.key] <= room:
            chosen.append(part)
            room -= size[part.key]
    return chosen


def _started(parts: Sequence[Part], folder: Path) -> "subprocess.Popen[bytes] | None":
    """The process, at work; `None` where none can be started."""
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, bufsize=0
        )
    except OSError:
        return None
    assert process.stdin is not None
    asked = {"folder": str(folder), "parts": [_written(part) for part in parts]}
    with suppress(BrokenPipeError):
        process.stdin.write(f"{json.dumps(sys.path)}\n{json.dumps(asked)}\n".encode())
    return process


def _written(part: Part) -> dict[str, object]:
    dataset = part.dataset
    return {
        "dataset": str(dataset.path),
        "mapping": dataset.mapping.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        "number": dataset.number,
        "table": next(n for n, table in enumerate(dataset.mapping.tables) if table is part.table),
        "fingerprint": dataset.mapping.fingerprint(part.table),
        "path": str(part.path),
        "file": part.file,
        "key": part.key,
    }


def _read(written: dict[str, str]) -> Part:
    mapping = Mapping.model_validate(written["mapping"])
    table = mapping.tables[int(written["table"])]
    # The key stands for what the mapping says; under it nothing else may be kept.
    assert mapping.fingerprint(table) == written["fingerprint"]
    dataset = Dataset(Path(written["dataset"]), mapping, int(written["number"]))
    return Part(dataset, table, Path(written["path"]), written["file"], written["key"])


def main() -> None:
    """Read the parts that standard input names, tell how far they are, and end when standard input does.

    What goes wrong is not told: the process that began this one then reads the part itself.
    """
    asked = json.loads(sys.stdin.readline())
    os.set_blocking(sys.stdout.fileno(), False)
    Thread(target=_end_with_input, daemon=True).start()
    for number, part in enumerate(map(_read, asked["parts"])):

        def told(done: int, size: int, number: int = number) -> None:
            with suppress(BlockingIOError):  # Nobody listens yet.
                os.write(sys.stdout.fileno(), _TOLD.pack(number, done, size))

        kept(part, Path(asked["folder"]), told)


def _end_with_input() -> None:
    sys.stdin.read()
    os._exit(1)
