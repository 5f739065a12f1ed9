"""Public rules as dated files: each number stands in YAML with the document that says it, or as an assumption, never in code.

The shipped files stand beside this module in `rules/`, a user's in the folder `rules` of CORRIDOR_HOME, where a file of the
same name comes first. A kind of rule is a subclass of `RuleFile` whose numbers are `Figure`s.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator, model_validator

from graph.errors import RuleError, UnknownName, refused
from graph.texts import Text
from graph.yaml_model import read_yaml

_SHIPPED = Path(__file__).parent / "rules"
_HELP = "corridor rules"
_Said = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]


class RulePart(BaseModel):
    """What a rule file is made of: nothing is in it that is not known, and no number is infinite."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=2_000, allow_inf_nan=False)


def iso_day(value: object) -> object:
    """A day as a date or as ISO text: a number, which would be seconds since 1970, is none."""
    is_text = isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value.strip(), re.ASCII)
    if value is None or is_text or (isinstance(value, date) and not isinstance(value, datetime)):
        return value.strip() if isinstance(value, str) else value
    raise refused("date_type")


class Dated(RulePart):
    """What holds from a day on, to a day, both included; either may be open."""

    valid_from: date | None = None
    valid_to: date | None = None

    _days = field_validator("valid_from", "valid_to", mode="before")(iso_day)

    @field_validator("valid_to")
    @classmethod
    def _check_days(cls, valid_to: date | None, info: ValidationInfo) -> date | None:
        start = info.data.get("valid_from")
        if start and valid_to and start > valid_to:
            raise refused("rule_days", start=str(start), end=str(valid_to))
        return valid_to

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return (self.valid_from or day) <= day <= (self.valid_to or day)


class Stated(RulePart):
    """A part of a rule: `sourced` is what a public document says, `assumption` what nobody has published."""

    status: Literal["sourced", "assumption"]
    source: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        if self.status == "sourced" and not self.source.strip():
            raise refused("rule_source")
        return self


class Figure(Stated, Dated):
    """One number of a rule."""

    value: float
    unit: str = ""
    source_en: str = ""
    note_en: str = ""

    @field_validator("value", mode="before")
    @classmethod
    def _check_number(cls, value: object) -> object:
        if isinstance(value, bool):  # Yes, which would be 1.
            raise refused("float_type")
        return value

    @property
    def because(self) -> Text:
        """Its source, else what is noted of it, in a reader's language where the file has it."""
        return Text.both(self.source, self.source_en) if self.source else Text.both(self.note, self.note_en)

    @property
    def unit_text(self) -> Text:
        """Its unit, or what it is a part of, which the file says in both languages: 万元 10 k CNY, 租金 rent."""
        chinese, _, english = self.unit.partition(" ")
        return Text.both(chinese, english)


class PartFigure(Figure):
    """A number that is a part of something, 0–1."""

    value: Annotated[float, Field(ge=0, le=1)]


class FactorFigure(Figure):
    """By how many times something differs: above 1."""

    value: Annotated[float, Field(gt=1)]


class LeastFigure(Figure):
    """A number that is not below 0."""

    value: Annotated[float, Field(ge=0)]


class RuleFile(Dated):
    """What every rule file says of itself: `source` is the document it follows, with issuer, number and date."""

    zh: _Said
    en: _Said
    source: _Said
    source_en: str = ""
    issued_on: date | None = None
    note: str = ""
    note_en: str = ""

    _issued = field_validator("issued_on", mode="before")(iso_day)

    @property
    def name(self) -> Text:
        """Its name, in a reader's language."""
        return Text.both(self.zh, self.en)

    @property
    def source_text(self) -> Text:
        """The document, in a reader's language where the file has it."""
        return Text.both(self.source, self.source_en)

    def figures(self) -> list[tuple[str, Figure]]:
        """Each number with its path in the file, in the order of the file."""
        return list(_figures(self, ""))

    def unsourced(self) -> list[str]:
        """The paths of the numbers that have no public source."""
        return [path for path, figure in self.figures() if figure.status == "assumption"]


def _figures(value: object, path: str) -> Iterator[tuple[str, Figure]]:
    if isinstance(value, Figure):
        yield path, value
        return
    parts: Iterator[tuple[object, object]] = iter(())
    if isinstance(value, BaseModel):
        parts = ((name, getattr(value, name)) for name in type(value).model_fields)
    elif isinstance(value, dict):
        parts = iter(value.items())
    elif isinstance(value, list | tuple):
        parts = iter(enumerate(value, 1))
    for step, part in parts:
        yield from _figures(part, f"{path}.{step}" if path else str(step))


R = TypeVar("R", bound=RuleFile)


def own_rules(home: Path) -> Path:
    """Where a user's own rule files are, in the folder of CORRIDOR_HOME."""
    return home / "rules"


class Found(NamedTuple):
    """A rule file: its name, as one asks for it, and where it is."""

    name: str
    path: Path


def rule_files(kind: str, own: Path | None = None) -> list[Found]:
    """The files of a kind, by name: shipped ones, and those of a folder of a user's, which come before.

    A file's name is `<kind>-<name>.yaml`.
    """
    found = {path.stem: path for path in sorted(_SHIPPED.glob(f"{kind}-*.yaml"))}
    if own is not None and own.is_dir():
        found |= {path.stem: path for path in sorted(own.glob(f"{kind}-*.yaml"))}
    return [Found(name.removeprefix(f"{kind}-"), path) for name, path in sorted(found.items())]


def files_of(own: Path | None) -> tuple[tuple[str, int, int], ...]:
    """What tells one state of a user's folder from another: each file with its size and time."""
    files = sorted(own.glob("*.yaml")) if own is not None and own.is_dir() else ()
    return tuple((path.name, (found := path.stat()).st_size, found.st_mtime_ns) for path in files)


def read_rules(kind: str, name: str, model: type[R], own: Path | None = None) -> R:
    """The rules of a name. Raises UnknownName with the nearest names, RuleError with file and line."""
    files = dict(rule_files(kind, own))
    if name not in files:
        raise UnknownName("rule file", name, files)
    return read_yaml(files[name], model, RuleError, _HELP)
