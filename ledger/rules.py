"""The rules of vouchers of a place and a version, as a dated file: who may issue to whom, how much, and for what."""

import re
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import BeforeValidator, Field, StringConstraints, ValidationInfo, field_validator

from graph.errors import refused
from graph.rules import Dated, Figure, RuleFile, Stated, read_rules, rule_files
from graph.texts import Text

KIND = "voucher"
ANYWHERE = "*"
MOST_CNY = 10**12
"""More than this is no amount but a mistake; sums stay within what databases hold."""
_MOST_OF = {"team_members_min": 100_000, "validity_days": 36_500}

_PLACE_ID = r"^place:[0-9]{6}$"


def _place_id(value: object) -> object:
    if isinstance(value, str) and not re.match(_PLACE_ID, value):
        raise refused("place", value=value[:40])
    return value


PlaceId = Annotated[str, StringConstraints(pattern=_PLACE_ID), BeforeValidator(_place_id)]
"""The id of a place: `place:` and its code of GB/T 2260."""


class Mode(StrEnum):
    """Who is repaid: 通用 the holder, by its own place; 通兑 the institution, out of the issuer's province."""

    TONGYONG = "tongyong"
    TONGDUI = "tongdui"

    @classmethod
    def _missing_(cls, value: object) -> "Mode | None":
        return {"通用": cls.TONGYONG, "通兑": cls.TONGDUI}.get(str(value))


class HolderKind(StrEnum):
    """Whom a voucher is issued to."""

    FIRM = "firm"
    TEAM = "team"


class Area(Stated, Dated):
    """A place that may take part, with all in it, from a day on and to a day, both included."""

    place: PlaceId

    def holds(self, place: str, day: date) -> bool:
        """Whether a place lies in it on a day."""
        return covers(self.place, place) and self.holds_on(day)


class ModesBetween(Stated):
    """In which modes vouchers of one province pay for services of another; `*` is any province."""

    issuer: PlaceId | Literal["*"]
    institution: PlaceId | Literal["*"]
    modes: list[Mode]

    def allows(self, mode: Mode, issuer: str, institution: str) -> bool:
        """Whether it says that a mode is allowed between two provinces."""
        pair = zip((self.issuer, self.institution), (issuer, institution), strict=True)
        return mode in self.modes and all(said in (ANYWHERE, asked) for said, asked in pair)


class Service(Stated):
    """A class of services that vouchers pay for."""

    zh: str
    en: str

    @property
    def text(self) -> Text:
        """It in words."""
        return Text.both(self.zh, self.en)


class Ineligible(Service):
    """Why a contract is not paid for, which whoever checks it finds out."""


class VoucherRules(RuleFile):
    """The rules that vouchers of some offices are issued and redeemed by."""

    firm_ceiling_cny: Figure
    team_ceiling_cny: Figure
    team_members_min: Figure
    share_of_contract: Figure
    validity_days: Figure
    payout_months: Figure
    counts: dict[str, Figure] = Field(default_factory=dict)
    offices: list[Area]
    holders: list[Area]
    institutions: list[Area]
    modes: list[ModesBetween]
    catalogue: dict[str, Service]
    refusals: dict[str, Ineligible] = Field(default_factory=dict)

    @field_validator("share_of_contract")
    @classmethod
    def _is_share(cls, figure: Figure) -> Figure:
        if not 0 < figure.value <= 1:
            raise refused("rule_share", value=str(figure.value))
        return figure

    @field_validator("payout_months")
    @classmethod
    def _is_period(cls, figure: Figure) -> Figure:
        if figure.value not in (1, 3, 12):
            raise refused("rule_period", value=str(figure.value))
        return figure

    @field_validator("firm_ceiling_cny", "team_ceiling_cny")
    @classmethod
    def _is_amount(cls, figure: Figure) -> Figure:
        if not _is_whole(100 * _as_written(_within(figure, MOST_CNY).value)):
            raise refused("rule_fen", value=str(figure.value))
        return figure

    @field_validator("team_members_min", "validity_days")
    @classmethod
    def _is_count(cls, figure: Figure, info: ValidationInfo) -> Figure:
        if not _is_whole(_as_written(_within(figure, _MOST_OF[str(info.field_name)]).value)):
            raise refused("rule_whole", value=str(figure.value))
        return figure

    @field_validator("counts")
    @classmethod
    def _are_counts(cls, figures: dict[str, Figure]) -> dict[str, Figure]:
        for figure in figures.values():
            _within(figure, MOST_CNY)
        return figures

    def unsourced(self) -> list[str]:
        """The paths of the numbers, places, modes and classes that have no public source."""
        named = {
            **{
                name: dict(enumerate(getattr(self, name), 1))
                for name in ("offices", "holders", "institutions", "modes")
            },
            **{name: getattr(self, name) for name in ("catalogue", "refusals")},
        }
        found = [(f"{name}.{key}", part) for name, parts in named.items() for key, part in parts.items()]
        return [*super().unsourced(), *(path for path, part in found if part.status == "assumption")]

    def ceiling_fen(self, kind: HolderKind) -> int:
        """The most that a holder may be promised in a year, in fen."""
        figure = self.firm_ceiling_cny if kind is HolderKind.FIRM else self.team_ceiling_cny
        return _part_of(100, figure)

    def most_of_contract_fen(self, contract_fen: int) -> int:
        """The most that a voucher pays of a contract, in whole fen."""
        return _part_of(contract_fen, self.share_of_contract)

    def expiry(self, start: date) -> date:
        """The last day of a voucher that is valid from a day on."""
        return start + timedelta(days=int(self.validity_days.value))

    def period(self, day: date) -> str:
        """The settlement period that a day belongs to."""
        return period_of(day, int(self.payout_months.value))


def _within(figure: Figure, most: int) -> Figure:
    if figure.value < 0:
        raise refused("rule_negative", value=str(figure.value))
    if figure.value > most:
        raise refused("rule_most", value=f"{figure.value:g}", most=most)
    return figure


def _is_whole(value: Fraction) -> bool:
    return value.denominator == 1


def _part_of(fen: int, figure: Figure) -> int:
    """A multiple of an amount, rounded down; the number is taken as it is written, so that 0.1 is a tenth."""
    return int(fen * _as_written(figure.value))


@cache
def _as_written(value: float) -> Fraction:
    return Fraction(str(value))


def voucher_rules(name: str, own: Path | None = None) -> VoucherRules:
    """The rules of a name, read again when their file has changed. Raises `UnknownName`, `RuleError`."""
    path = dict(rule_files(KIND, own)).get(name)
    if path is None:
        return read_rules(KIND, name, VoucherRules, own)  # Says which names there are.
    about = path.stat()
    return _read(name, own, about.st_mtime_ns, about.st_size)


@lru_cache(64)
def _read(name: str, own: Path | None, changed_ns: int, size: int) -> VoucherRules:
    return read_rules(KIND, name, VoucherRules, own)


@lru_cache(10_000)
def covers(area: str, place: str) -> bool:
    """Whether a place is another or lies in it, by their codes.

    >>> covers("place:310000", "place:310117"), covers("place:330400", "place:330483"), covers("place:330400", "place:330500")
    (True, True, False)
    """
    code = area.removeprefix("place:")
    above = code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code
    return place.removeprefix("place:").startswith(above)


def province_of(place: str) -> str:
    """The province of a place.

    >>> province_of("place:310117")
    'place:310000'
    """
    return f"{place[:8]}0000"


class Span(NamedTuple):
    """The first and the last day of a period."""

    start: date
    end: date


def period_of(day: date, months: int) -> str:
    """The month, quarter or year of a day.

    >>> [period_of(date(2026, 5, 31), months) for months in (1, 3, 12)]
    ['2026-05', '2026Q2', '2026']
    """
    names = {1: f"{day:%Y-%m}", 3: f"{day.year:04}Q{(day.month + 2) // 3}", 12: f"{day.year:04}"}
    return names[months]


def days_of(period: str) -> Span:
    """The days of a period that `period_of` names, or one that a person names so. Raises `ValueError` for what is none.

    >>> days_of("2026Q2").start.isoformat(), days_of("2026Q2").end.isoformat()
    ('2026-04-01', '2026-06-30')
    """
    year, rest = int(period[:4]), period[4:]
    first, months = (1, 12) if not rest else (int(rest[1:]) * 3 - 2, 3) if rest[0] == "Q" else (int(rest[1:]), 1)
    span = Span(
        date(year, first, 1), date(year + (first + months) // 13, (first + months - 1) % 12 + 1, 1) - timedelta(1)
    )
    if period_of(span.start, months) != period:
        raise ValueError(period)
    return span
