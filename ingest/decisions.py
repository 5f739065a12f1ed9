"""What people decided: two records are the same or not, a value is another. One file that is edited and versioned.

The file is a CSV table that any spreadsheet opens. A decision that no longer holds is withdrawn, not deleted, so that
the file says who thought what and when. Two people's files are joined by putting their rows together.
"""

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import astuple, dataclass, fields, replace
from enum import StrEnum
from pathlib import Path

from filelock import FileLock

from graph.durable import ordinary, whole_file, writable
from graph.errors import DataError, UsageError
from graph.exchange_csv import written_text
from graph.model import ends, is_edge_id
from graph.ontology import EDGE_TYPE, label_of
from graph.texts import Text


class Verdict(StrEnum):
    """What was decided."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"
    NAMES = "names"
    CORRECT = "correct"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision. `object` is the other record; for a correction `property` and `value` say what holds instead.

    What a place's office reports (`report`) is of an enterprise, its `subject`, in a centre, the `object`, in a year or quarter, the
    `property`; `value` has the figures.

    Where the names of a source are taken at their word (`names`), the source is its `subject`, and it stands for all pairs
    of one legal name that only lack a place (`ingest.resolution.identity.ONLY_NO_PLACE`).
    """

    id: str
    verdict: Verdict
    subject: str
    object: str
    property: str
    value: str
    who: str
    when: str
    why: str
    withdrawn: str = ""

    def said(self) -> str:
        """What is said of the subject: the other record, a property with its value, or both."""
        return " ".join(filter(None, (self.object, f"{self.property}={self.value}" if self.property else "")))

    def attribution(self) -> str:
        """Who decided, when and why, in one line."""
        return f"{self.who} {self.when}: {self.why}"


_HEADINGS = [f.name for f in fields(Decision)]


def decision(
    verdict: Verdict,
    subject: str,
    object_: str = "",
    *,
    property_: str = "",
    value: str = "",
    who: str,
    when: str,
    why: str,
) -> Decision:
    """A new decision. Raises `UsageError` where nobody answers for it or it is about nothing that can be decided."""
    if not who.strip() or not why.strip():
        raise UsageError(Text("ingest.decision_unsigned"))
    key = "\0".join((verdict, *sorted((subject, object_)), property_, value, who, when))
    new = Decision(
        hashlib.sha256(key.encode()).hexdigest()[:8], verdict, subject, object_, property_, value, who, when, why
    )
    if not _is_about_something(new):
        raise UsageError(_ABOUT_NOTHING)
    return new


_ABOUT_NOTHING = Text("ingest.about_nothing")


def _is_about_something(one: Decision) -> bool:
    label = label_of(one.subject)
    if one.verdict is Verdict.NAMES:
        return label == "Source" and not one.object
    if one.verdict is Verdict.CORRECT:
        is_edge = is_edge_id(one.subject) and ends(one.subject)[0] in EDGE_TYPE
        return bool(one.property) and not one.object and (label is not None or is_edge)
    if one.verdict is Verdict.REPORT:
        return bool(one.property) and (label, label_of(one.object)) == ("Enterprise", "Center")
    return label is not None and label == label_of(one.object) and one.subject != one.object


def read_decisions(path: Path) -> list[Decision]:
    """The decisions of a file, withdrawn ones too, and those that wait to be written (`only_if_done`).

    None where there is no file. Raises `DataError`, with the line, where a row is none.
    """
    found = _written(path)
    for change in _waiting(path) or ():
        found = change(found)
    return found


def _written(path: Path) -> list[Decision]:
    if not path.exists():
        return []
    try:
        with io.TextIOWrapper(ordinary(path), encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = set(_HEADINGS) - set(reader.fieldnames or ())
            if missing:
                raise DataError(Text("ingest.decisions_columns", path=path, columns=sorted(missing)))
            # A spreadsheet may keep rows that were emptied as rows of nothing but commas.
            return [_decision(path, reader.line_num, row) for row in reader if any(row.values())]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(Text("errors.cannot_read", path=path, why=error)) from error


def _text(cell: str) -> str:
    """What a cell says, which has a `'` before it where a spreadsheet would run it; people write it without."""
    return cell[1:] if cell.startswith("'") and written_text(cell[1:]) == cell else cell


def _decision(path: Path, line: int, row: dict[str, str]) -> Decision:
    if None in row or None in row.values():
        raise DataError(Text("ingest.decision_width", where=f"{path}:{line}"))
    try:
        verdict = Verdict(row["verdict"].strip())
    except ValueError:
        known = [Text("ingest.named", name=v.value, text=v) for v in Verdict]
        raise DataError(Text("ingest.no_verdict", where=f"{path}:{line}", found=row["verdict"], known=known)) from None
    texts = {name: _text(row[name].strip()) for name in _HEADINGS if name != "verdict"}
    found = Decision(verdict=verdict, **texts)
    if not _is_about_something(found):
        raise DataError(Text("ingest.why", what=f"{path}:{line}", why=_ABOUT_NOTHING))
    return found


def standing(decisions: Iterable[Decision]) -> list[Decision]:
    """The decisions that hold: not withdrawn, and of several on one thing the latest."""
    latest: dict[tuple[str, ...], Decision] = {}
    for one in decisions:
        if one.withdrawn:
            continue
        key = (one.property, *sorted((one.subject, one.object)))
        if key not in latest or one.when >= latest[key].when:
            latest[key] = one
    return list(latest.values())


def add_decisions(path: Path, new: Sequence[Decision]) -> None:
    """Write further decisions into a file; those that hold already are not written again."""

    def added(found: list[Decision]) -> list[Decision]:
        for one in new:
            # A decision that was withdrawn or overruled since may be made again, on the same day too.
            if one.id not in {old.id for old in standing(found)}:
                found = [*found, one]
        return found

    _change(path, added)


def withdraw(path: Path, decision_id: str, *, who: str, when: str, why: str) -> None:
    """Take a decision back, and say who did and why. Raises `UsageError` where there is none with the id that holds."""

    def withdrawn(old: list[Decision]) -> list[Decision]:
        found = [one for one in old if one.id == decision_id and not one.withdrawn]
        if not found:
            raise UsageError(Text("ingest.no_decision", path=path, id=decision_id))
        changed = replace(found[-1], withdrawn=f"{who} {when}: {why}")
        return [changed if one is found[-1] else one for one in old]

    _change(path, withdrawn)


_Change = Callable[[list[Decision]], list[Decision]]
_WAITING: ContextVar[tuple[Path, list[_Change]] | None] = ContextVar("waiting", default=None)
"""What was decided in the `only_if_done` that is under way in this thread, and the file it is to be written into."""


@contextmanager
def only_if_done(path: Path) -> Iterator[None]:
    """What is decided inside is read there at once, and written when all inside is done: not where it fails or is killed.

    Others who decide by the same file wait until then, so that each loads with what was written before.
    """
    changes: list[_Change] = []
    with _locked(path):
        outer = _WAITING.set((path, changes))
        try:
            yield
        finally:
            _WAITING.reset(outer)
        for change in changes:
            _write(path, change(_written(path)))


def _waiting(path: Path) -> list[_Change] | None:
    waiting = _WAITING.get()
    return waiting[1] if waiting and waiting[0] == path else None


def _change(path: Path, change: _Change) -> None:
    with _locked(path):
        changed = change(read_decisions(path))
        waiting = _waiting(path)
        if waiting is None:
            _write(path, changed)
        else:
            waiting.append(change)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    # One lock a file, which the thread that holds it can take again.
    lock = FileLock(path.with_name(f"{path.name}.lock"), is_singleton=True)
    with writable(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _write(path: Path, decisions: Iterable[Decision]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_HEADINGS)
    writer.writerows([cell and written_text(cell) for cell in astuple(one)] for one in decisions)
    with writable(path), whole_file(path) as file:
        file.write(text.getvalue().encode("utf-8-sig"))
