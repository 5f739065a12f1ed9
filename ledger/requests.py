"""What may be asked of the ledger, as values: the bodies of the API, the rows of tables, the options of commands."""

import hashlib
import re
import unicodedata
from datetime import date
from typing import Annotated, ClassVar, NamedTuple

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from graph.errors import UsageError, refused
from graph.rules import iso_day
from graph.texts import Text, is_known
from ledger.chain import canonical
from ledger.rules import MOST_CNY, HolderKind, Mode, PlaceId

EVERYTHING = "*"
MOST_FEN = 100 * MOST_CNY
"""More than this, a trillion yuan, is no amount but a mistake."""

_UNSEEN = re.compile(
    "[\x80-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
"""What nobody sees, and for which the same letter stands with and without it."""


def _seen(text: str) -> str:
    """No characters that nobody sees: with one more the same holder would be another, with a ceiling of its own."""
    if found := _UNSEEN.search(text):
        raise refused("unseen", code=f"U+{ord(found[0]):04X}", position=found.start() + 1)
    return text


Name = Annotated[
    str,
    StringConstraints(max_length=200, strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$"),
    AfterValidator(_seen),
]
Id = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]+$"),
    AfterValidator(_seen),
]
Why = Annotated[str, StringConstraints(min_length=1, max_length=1_000, strip_whitespace=True)]
Noted = Annotated[str, StringConstraints(max_length=5_000, strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$")]
Fen = Annotated[int, Field(strict=True, ge=-(10**17), le=10**17, description="amount in fen, a hundredth of a yuan")]
"""Sums too; of what is asked it is `Amount`."""


def _amount(fen: int) -> int:
    """What the ledger can say why it refuses it; beyond that the bound is the same."""
    if abs(fen) > 10**17:
        raise refused("amount", most=MOST_FEN)
    return fen


Amount = Annotated[int, Field(strict=True, description="amount in fen, a hundredth of a yuan"), AfterValidator(_amount)]


def period_in(text: str) -> str:
    """A period as it is written here, of one that may be typed with a small q or in full width; empty of what is none.

    >>> period_in(" 2026q2"), period_in("２０２６－０５"), period_in("2026-13"), period_in("2026")
    ('2026Q2', '2026-05', '', '2026')
    """
    typed = unicodedata.normalize("NFKC", text).strip().upper()
    return typed if re.fullmatch(_PERIOD, typed) else ""


def checked_period(typed: str) -> str:
    """A period as it is written here. Raises `UsageError` for what is none."""
    if found := period_in(typed):
        return found
    raise UsageError(Text("errors.wrong.period", value=typed[:40]))


def _period(value: object) -> object:
    if not isinstance(value, str):
        return value
    if found := period_in(value):
        return found
    raise refused("period", value=value[:40])


_PERIOD = r"^2[0-9]{3}(Q[1-4]|-(0[1-9]|1[0-2]))?$"
Period = Annotated[str, StringConstraints(pattern=_PERIOD), BeforeValidator(_period)]
Year = Annotated[int, Field(strict=True, ge=2000, le=2999)]
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2999, 12, 31)), BeforeValidator(iso_day)]
Scope = Annotated[str, StringConstraints(pattern=r"^(office:[0-9]{6}|settlement|joint-office|graph|read)$")]


class Actor(NamedTuple):
    """Who asks, and what for: `office:<code>`, `settlement`, `joint-office`, `graph`, `read`, or `*` at the machine itself."""

    name: str
    scopes: frozenset[str]


def at_the_machine(user: str) -> Actor:
    """Who can write the database anyway."""
    return Actor(f"cli:{user}", frozenset({EVERYTHING}))


SAMPLE = Actor("示例", frozenset({EVERYTHING}))
"""Who makes the sample's entries: a ledger whose first one is of this actor is invented, and who else acts has a `:` in the name."""


class Asked(BaseModel):
    """What every request has: a key of the caller's, so that it is done once however often it is sent."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    kind: ClassVar[str]

    request: Name = Field(default="", description="idempotency key: the same key is done once")

    def digest(self) -> str:
        """What tells this request from another one with the same key; empty without a key."""
        if not self.request:
            return ""
        content = self.model_dump(mode="json", exclude={"request", "related"})
        if not content.get("contract"):  # A request from before contracts had numbers is the same as now without one.
            content.pop("contract", None)
        return hashlib.sha256(self.kind.encode() + canonical(content)).hexdigest()[:32]


class Issue(Asked):
    """A voucher for a firm or a team, out of an office's budget of the year."""

    kind = "issue"
    office: PlaceId = Field(description="the place whose office issues it and repays")
    holder: Id
    holder_name: Name = ""
    holder_place: PlaceId
    holder_kind: HolderKind = HolderKind.FIRM
    members: int | None = Field(default=None, strict=True, ge=0, le=100_000, description="core members of a team")
    mode: Mode
    amount_fen: Amount
    rules: Id = Field(description="name of the rule file, as shanghai-2")
    valid_from: Day | None = Field(default=None, description="today if not given")
    expires_on: Day | None = Field(default=None, description="last day; by the rules if not given")


class Redeem(Asked):
    """A voucher pays a part of a contract with an institution."""

    kind = "redeem"
    voucher: Id
    institution: Id
    institution_name: Name = ""
    institution_place: PlaceId
    service: Id = Field(description="class of the rules' catalogue")
    contract_fen: Amount = Field(description="the whole contract, in fen")
    contract_on: Day = Field(description="day on which it was signed")
    contract: Name = Field(default="", description="its number, which tells it from another one of that day and amount")
    amount_fen: Amount = Field(description="what the voucher pays, in fen")
    redeemed_on: Day | None = Field(default=None, description="today if not given")
    ineligible: Name = Field(
        default="", description="which of the rules' refusals holds, as found by who checks; empty if none"
    )
    related: Name = Field(default="", description="by what holder and institution are related; empty if they are not")


class Void(Asked):
    """A voucher that was issued is taken back."""

    kind = "void"
    voucher: Id
    why: Why


class Expire(Asked):
    """A voucher that ran out gives back what it held of the budget."""

    kind = "expire"
    voucher: Id


class SetBudget(Asked):
    """What an office may promise in a year."""

    kind = "budget"
    office: PlaceId
    year: Year
    amount_fen: Amount
    why: Why


class Close(Asked):
    """A settlement period ends: what is owed is netted, and nothing is booked into it any more."""

    kind = "close"
    period: Period


class Correct(Asked):
    """What an earlier entry should have said of a debt between provinces: an obligation of its own in an open period."""

    kind = "correct"
    about: int = Field(strict=True, ge=1, le=10**17, description="number of the entry that it corrects")
    period: Period
    debtor: PlaceId
    creditor: PlaceId
    amount_fen: Amount
    why: Why


class Decided(Asked):
    """What was written into the file of decisions: noted here alone, so that one trail has every write."""

    kind = "decide"
    about: Noted
    decision: Id
    verdict: Noted
    said: Noted
    why: Noted
    scopes: list[Scope] = Field(min_length=1, description="any of which is needed")


class MakeKey(Asked):
    """A key for the API: its hash and what it may do."""

    kind = "key"
    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,59}$")]
    scopes: list[Scope] = Field(min_length=1)
    hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Revoke(Asked):
    """A key that is taken back."""

    kind = "revoke"
    name: Id
    why: Why


IN_TABLES: dict[str, type[Asked]] = {kind.kind: kind for kind in (Issue, Redeem, Void, SetBudget)}
"""What the rows of a table may ask for, by what people call such a table."""


def field_called(name: str) -> Text | None:
    """What a field of a request is called in templates and forms, with its name; `None` for what is no field."""
    key = f"ledger.field.{name}"
    return Text("ledger.field_of", heading=Text(key), field=name) if is_known(key) else None


def field_text(name: str) -> Text:
    """What people call a field of the ledger; its amounts, which are counted in fen, are written in yuan."""
    return Text(f"ledger.field.{name.removesuffix('_fen')}_yuan" if name.endswith("_fen") else f"ledger.field.{name}")


def act_called(kind: str) -> Text:
    """What an entry of a kind does; as it stands where the ledger was written to from outside."""
    key = f"ledger.kind.{kind}"
    return Text(key) if is_known(key) else Text.both(kind, kind)
