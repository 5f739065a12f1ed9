"""A real PostgreSQL for the tests: Debian's package, on a free loopback port, gone with the session."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

USER = "corridor"


def programs() -> Path | None:
    """Where initdb and pg_ctl are; `None` where PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


@contextmanager
def running_postgres(bin_folder: Path, *settings: str) -> Iterator[str]:
    """The URL of a server with settings as `fsync=off`. As root it runs as `postgres`, since it refuses root, and so not in pytest's folders."""
    with (
        tempfile.TemporaryDirectory(prefix="corridor-postgres-") as name,
        _running(bin_folder, Path(name), settings) as url,
    ):
        yield url


@contextmanager
def _running(bin_folder: Path, folder: Path, settings: Sequence[str]) -> Iterator[str]:
    data, port = folder / "data", _free_port()
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    _run(folder, [f"{bin_folder}/initdb", "-D", str(data), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-locale"])
    said = "".join(f" -c {one}" for one in ("max_connections=100", *settings))
    options = f"-p {port} -h 127.0.0.1 -k {folder}{said}"
    _run(folder, [f"{bin_folder}/pg_ctl", "-D", str(data), "-l", f"{folder}/log", "-w", "-o", options, "start"])
    try:
        yield f"postgresql://{USER}@127.0.0.1:{port}/postgres"
    finally:
        _run(folder, [f"{bin_folder}/pg_ctl", "-D", str(data), "-m", "immediate", "stop"])


def _run(folder: Path, command: list[str]) -> None:
    as_other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*as_other, *command], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port
