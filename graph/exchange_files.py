"""Files and folders of an export: whole or not there, and which run they are of."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from graph.errors import DerivedGiven, SourceUnreadable, UsageError
from graph.ontology import derived_type
from graph.texts import Text

_RUN_FILE = ".run.json"


@contextmanager
def whole_file(target: Path) -> Iterator[BinaryIO]:
    """A file to write to, which takes the place of `target` once it is complete."""
    target.parent.mkdir(parents=True, exist_ok=True)
    writing = target.with_name(f"{target.name}.writing")
    try:
        with writing.open("wb") as file:
            yield file
        os.replace(writing, target)
    finally:
        writing.unlink(missing_ok=True)


def empty_folder(target: Path) -> None:
    """Make the folder. Raises `UsageError` where it is there and holds something."""
    target.mkdir(parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise UsageError(Text("errors.not_empty", folder=target))


def write_run(folder: Path, run_id: str) -> None:
    """Say in the folder which run it is of; written last, it also says that the folder is complete."""
    (folder / _RUN_FILE).write_text(json.dumps({"run_id": run_id}, ensure_ascii=False) + "\n", encoding="utf-8")


def read_run(folder: Path) -> str:
    """The run that the folder is of. Raises `SourceUnreadable` where it does not say so: it is not complete."""
    try:
        return str(json.loads((folder / _RUN_FILE).read_text(encoding="utf-8"))["run_id"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceUnreadable(Text("errors.incomplete", folder=folder, file=_RUN_FILE)) from error


def refuse_derived(where: object, name: str) -> None:
    """Raise `DerivedGiven` where a row is of a type that a load derives."""
    derived = derived_type(name)
    if derived is not None:
        raise DerivedGiven(where, derived)


def refuse_derived_tables(folder: Path, suffix: str) -> None:
    """Raise `DerivedGiven` where a file of a folder is named after a type that a load derives."""
    for path in sorted(folder.glob(f"*{suffix}")):
        refuse_derived(path, path.stem)
