"""Files and folders of an export: whole or not there, and which run they are of."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from graph.durable import ordinary
from graph.errors import DerivedGiven, SourceUnreadable, UsageError
from graph.ontology import derived_type
from graph.store import Batch
from graph.texts import Text

_RUN_FILE = ".run.json"


def empty_folder(target: Path) -> None:
    """Make the folder. Raises `UsageError` where it is there and holds something."""
    target.mkdir(parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise UsageError(Text("errors.not_empty", folder=target))


@dataclass(frozen=True, slots=True)
class Head:
    """What an export says of itself: which run it is of, and how many rows of each type it holds."""

    run_id: str
    rows: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> str:
        """It as JSON text."""
        return json.dumps(asdict(self), ensure_ascii=False)

    def counting(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """Batches, whose rows are counted on their way."""
        for batch in batches:
            self.rows[batch.name] = self.rows.get(batch.name, 0) + batch.table.num_rows
            yield batch


def head_of(where: object, text: str) -> Head:
    """The head that stands in an export. Raises `SourceUnreadable` where none does."""
    try:
        head = TypeAdapter(Head).validate_json(text)
    except ValidationError as error:
        raise SourceUnreadable(Text("durable.no_head", where=where)) from error
    if not head.run_id:
        raise SourceUnreadable(Text("durable.no_head", where=where))
    return head


def write_run(folder: Path, head: Head) -> None:
    """Say in the folder what is in it; written last, it also says that the folder is complete."""
    (folder / _RUN_FILE).write_text(f"{head.to_json()}\n", encoding="utf-8")


def read_run(folder: Path) -> Head:
    """What the folder says is in it. Raises `SourceUnreadable` where it does not say so: it is not complete."""
    try:
        with ordinary(folder / _RUN_FILE) as file:
            return head_of(folder, file.read().decode())
    except (OSError, UnicodeDecodeError) as error:
        raise SourceUnreadable(Text("durable.no_head", where=folder / _RUN_FILE)) from error


def refuse_derived(where: object, name: str) -> None:
    """Raise `DerivedGiven` where a row is of a type that a load derives."""
    derived = derived_type(name)
    if derived is not None:
        raise DerivedGiven(where, derived)


def refuse_other_tables(folder: Path, suffix: str, known: Iterable[str]) -> None:
    """Raise `DerivedGiven` where a file of a folder is named after a type that a load derives, `SourceUnreadable` where
    after none that is known."""
    for path in sorted(folder.glob(f"*{suffix}")):
        refuse_derived(path, path.stem)
        if path.name not in known:
            raise SourceUnreadable(Text("durable.no_type", where=path, name=path.stem))
