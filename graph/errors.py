"""What can go wrong, as types. A message says what was found, where, and what to do next.

A command ends with 2 where what was typed has to change: a name, an id, a value, an option or a file that there is not. It
ends with 1 where data, store or ledger do not do what was asked, or not all of it: a load that sets a row or a value aside,
a check that finds an error. Else it ends with 0, also where an answer has no rows.

CorridorError
├── UsageError             the caller asked for something that cannot be (422, exit 2)
│   ├── NotFound           no node has this id (404, exit 2)
│   ├── UnknownName        no such question, parameter or value; proposes the nearest names
│   ├── AmbiguousName      a name that several nodes have; offers them
│   └── SavedQuestionError a file of a kept question is not one, or its Cypher is more than a bounded reading
│       └── StatementRefused where in a statement what is wrong
├── DataError              the data of a source break a rule (exit 1)
│   ├── SourceUnreadable   a file is missing, or cannot be read as what it should be
│   │   └── DerivedGiven   a source brings a type that a load derives
│   ├── MappingError       a mapping is not one, or does not fit the table it is for
│   ├── RuleError          a file of rules is not one
│   ├── LedgerBroken       entries were changed, or what they make is not what is kept (exit 1)
│   └── TooManyQuarantined more rows are wrong than the caller accepts
├── StoreError
│   ├── StoreUnavailable   no graph there, server away, file locked (503, exit 1)
│   │   └── LedgerUnavailable the ledger's database is away or of another version (503, exit 1)
│   │       └── NoLedger   there is no ledger yet
│   ├── GraphChanged       a load replaced the graph while an answer was made: ask again (503, exit 1)
│   ├── Abandoned          whoever asked has gone, and nothing more is read
│   ├── TooMuchMemory      the engine has no memory for a statement (503, exit 1)
│   ├── QueryTimeout       the engine stopped a statement that took too long (503, exit 1)
│   ├── QueryStopped       a user's statement took more memory than it may, or the engine down with it (503, exit 1)
│   ├── LoadTooLarge       more changes than the server keeps in one transaction (exit 1)
│   └── QueryRejected      the engine does not accept a statement: a defect of ours
├── Refused                the ledger does not book what was asked, with the reason (409, exit 1)
│   └── Missing            nothing in it is called so (404, exit 2)
├── NotAllowed             a key has no scope for what was asked (403, exit 1)
├── NoKey                  no key came, or one that is none or was taken back (401)
├── TooOften               a key asks more often than it may (429)
├── ServerBusy             as many ask as can wait: try again later (503)
├── SwitchedOff            this server does not offer what was asked for (403)
└── CypherError            a .cypher file and its function disagree, or leave the portable subset
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from heapq import nlargest
from itertools import islice
from typing import NamedTuple

from pydantic_core import ErrorDetails, PydanticCustomError

from graph.texts import Language, Text, is_known


class CorridorError(Exception):
    """Base of every error that corridor raises on purpose. `text` says it in a reader's language; `str`, which
    traces and logs print, in English."""

    def __init__(self, message: Text | str) -> None:
        self.text = message if isinstance(message, Text) else Text.both(message, message)
        super().__init__(self.text.in_(Language.EN))


class UsageError(CorridorError):
    """The caller asked for something that cannot be. `name` is what was asked for, `near` what may be meant instead: what to
    give, with what people call it."""

    def __init__(self, message: Text | str, name: str = "", near: Mapping[str, Text] | None = None) -> None:
        super().__init__(message)
        self.name = name
        self.near = dict(near or {})


class UnknownName(UsageError):
    """A name that is not among the known ones; the message proposes the nearest.

    Of names of `nodes` the id is known and what people call it in either language; where none is near, one is told to search.

    >>> str(UnknownName("question", "gasp", ["gaps", "explore"]))
    "There is no question 'gasp'; did you mean gaps?"
    >>> str(UnknownName("place", "苏洲市", nodes={"苏州市": ("place:320500", Text.both("苏州市", "Suzhou"))}))
    "There is no place '苏洲市'; did you mean Suzhou?"
    """

    def __init__(
        self, what: str, name: str, known: Iterable[str] = (), nodes: Mapping[str, tuple[str, Text]] | None = None
    ) -> None:
        named = {one: (one, Text.both(one, one)) for one in known} if nodes is None else nodes
        every = dict(named[one] for one in sorted(named))
        near = dict(named[one] for one in nearest(name, sorted(named)))
        is_far = not near and nodes is not None and len(every) > _FEW
        shown = near or ({} if is_far else dict(islice(every.items(), _FEW)))
        case = "unknown" if near else "none_at_all" if not every else "nothing_near" if is_far else "others"
        called = Text("common.list", items=[*shown.values()])
        if len(every) > len(shown) and not near:
            called = Text("common.list_cut", shown=called, items=len(every))
        super().__init__(Text(f"errors.{case}", what=_called(what), name=repr(name), near=called), name, shown)


_FEW = 10
"""Names of those that there are which are told where none is near."""


class AmbiguousName(UsageError):
    """A name that several nodes have; the message offers them.

    >>> print(AmbiguousName("光刻机", {"product:a": Text.both("光刻机", "stepper"), "technology:b": Text.both("光刻机", "")}))
    '光刻机' may be stepper (product:a), 光刻机 (technology:b); give the id.
    """

    def __init__(self, name: str, choices: Mapping[str, Text]) -> None:
        shown = {one: Text("errors.choice", called=called, id=one) for one, called in islice(choices.items(), 20)}
        super().__init__(Text("errors.ambiguous", name=repr(name), choices=[*shown.values()]), name, shown)


def wrong(error: ErrorDetails, where: str | Text = "") -> Text:
    """What is wrong with a value, as pydantic found it: where, and why in the reader's language."""
    return Text("errors.wrong", where=where or ".".join(map(str, error["loc"])), why=_why(error))


def _why(error: ErrorDetails) -> Text:
    """Why a value is refused; of a kind that the catalogue does not have, which no model of ours raises, its name."""
    kind, given = f"errors.wrong.{error['type']}", dict(error.get("ctx", {}))
    if isinstance(given.get("expected"), str):  # 'a', 'b' or 'c', which pydantic says in English.
        given["expected"] = Text.both(given["expected"].replace(", ", "、").replace(" or ", "、"), given["expected"])
    return Text(kind, **given) if is_known(kind) else Text("errors.wrong.other", kind=error["type"])


def refused(kind: str, **values: str | int) -> PydanticCustomError:
    """What a validator of pydantic raises, so that `wrong` says it in the reader's language."""
    return PydanticCustomError(kind, Text(f"errors.wrong.{kind}", **values).in_(Language.EN), values)


def _called(what: str) -> Text:
    """What a kind of name is called: one that the catalogue has, a node type by its label, else as it is."""
    id_of_text = f"errors.what.{what.lower().replace(' ', '_')}"
    return Text(id_of_text) if is_known(id_of_text) else Text.both(what, what)


def nearest(name: str, known: list[str]) -> list[str]:
    """The known names that are most like a name, else those that hold it; empty where none is. What every firm is called
    (公司, 集团, Co., Ltd.) makes no two names alike.

    >>> nearest("光刻胶树脂", ["光刻胶", "光刻机", "氢气"]), nearest("不存在公司", ["高通公司", "存储芯片"])
    (['光刻胶', '光刻机'], [])
    >>> nearest("南浔", ["上海松江科创中心", "湖州（松江）科创中心·南浔区"]), nearest("Fancy Co., Ltd.", ["Dow Co., Ltd."])
    (['湖州（松江）科创中心·南浔区'], [])
    """
    wanted = _own_part(name)
    if not wanted:
        return []
    by_part: dict[str, list[str]] = {}
    for one in known:
        by_part.setdefault(_own_part(one) or one.lower(), []).append(one)
    # Of letters there are few, and most words share some.
    close = get_close_matches(wanted, _alike(wanted, [*by_part]), n=3, cutoff=0.7 if wanted.isascii() else 0.5)
    return [by_part[part][0] for part in close] or [one for one in known if wanted in one.lower()][:10]


_OF_EVERY_FIRM = re.compile(
    r"公司|有限|责任|股份|集团|控股|科技|企业|\b(?:co|company|corp|corporation|inc|ltd|limited|llc|plc|gmbh|ag|group|holdings?|technolog(?:y|ies))\b"
)


def _own_part(name: str) -> str:
    """A name in lower case without the words that every firm has."""
    return _OF_EVERY_FIRM.sub("", name.lower()).strip(" .,()（）")


_COMPARED = 2_000
"""Names that are compared letter by letter; all of a large graph would take half a minute."""


def _alike(name: str, names: list[str]) -> list[str]:
    """Of many names those that have the most letters in common with one."""
    if len(names) <= _COMPARED:
        return names
    letters = set(name)
    return nlargest(_COMPARED, names, key=lambda known: len(letters.intersection(known)))


class SavedQuestionError(UsageError):
    """A file of a kept question is not one, or its statement does more than read within bounds."""


class Fault(NamedTuple):
    """What is wrong with a statement: the rule, a sentence, and where in the text: at which character, how many; none of them
    where it is the whole.
    """

    rule: str
    text: Text
    start: int = 0
    length: int = 0


class StatementRefused(SavedQuestionError):
    """A statement that a user wrote is not taken. `faults` say where in it what is wrong."""

    def __init__(self, message: Text, faults: Sequence[Fault]) -> None:
        super().__init__(message)
        self.faults = faults


class NotFound(UsageError):
    """No node has this id; the message proposes those of `nodes`, known by key or name, that are nearest.

    >>> print(NotFound("product:resits", {"resist": ("product:resist", Text.both("光刻胶", "Photoresist"))}))
    There is no node 'product:resits' in the graph; did you mean Photoresist (product:resist)?
    """

    def __init__(self, node_id: str, nodes: Mapping[str, tuple[str, Text]] | None = None) -> None:
        known = nodes or {}
        near = dict(known[one] for one in nearest(node_id.partition(":")[2], sorted(known)))
        choices = [Text("errors.choice", called=called, id=one) for one, called in near.items()]
        case = "no_node_near" if near else "no_node"
        super().__init__(Text(f"errors.{case}", node_id=repr(node_id), near=choices), node_id, near)


class DataError(CorridorError):
    """The data of a source break a rule."""


class SourceUnreadable(DataError):
    """A file is missing, or cannot be read as what it should be."""


class DerivedGiven(SourceUnreadable):
    """A source brings a type that a load derives.

    >>> print(DerivedGiven("can_supply.csv", "CAN_SUPPLY"))
    can_supply.csv: CAN_SUPPLY is derived by each load and cannot be brought; leave it out.
    """

    def __init__(self, where: object, name: str) -> None:
        super().__init__(Text("errors.derived", where=str(where), name=name))


class MappingError(DataError):
    """A mapping is not one, or does not fit the table it is for."""


class RuleError(DataError):
    """A file of rules is not one, or a number in it has no source."""


class LedgerBroken(DataError):
    """An entry of the ledger was changed, taken out or put in, or what is kept is not what the entries make."""


class TooManyQuarantined(DataError):
    """More rows are wrong than the caller accepts; nothing was loaded."""


class StoreError(CorridorError):
    """A graph store cannot do what it was asked."""


class StoreUnavailable(StoreError):
    """There is no graph, the server is away, or the file is locked by another process."""


class LedgerUnavailable(StoreUnavailable):
    """There is no ledger yet, its database is away, or it is of another version."""


class NoLedger(LedgerUnavailable):
    """Nothing was ever booked: there is no ledger yet."""


class GraphChanged(StoreError):
    """A load replaced the graph while an answer was made of it."""


class Abandoned(StoreError):
    """Whoever asked has gone, and nothing more is read for them."""


class TooMuchMemory(StoreError):
    """The engine has no memory for a statement."""


class QueryTimeout(StoreError):
    """The engine stopped a statement that took longer than the limit."""


class QueryStopped(StoreError):
    """A statement took more memory than it may, or ended the process that it ran in."""


class LoadTooLarge(StoreError):
    """A load changes more than the server keeps in the memory of one transaction; nothing was changed."""


class QueryRejected(StoreError):
    """The engine does not accept a statement."""


class Refused(CorridorError):
    """The ledger does not book what was asked. `reason` says it to programs: the text is `ledger.refused.REASON`."""

    def __init__(self, reason: str, **values: object) -> None:
        self.reason = reason
        super().__init__(Text(f"ledger.refused.{reason}", **values))


class Missing(Refused):
    """Nothing in the ledger is called so."""


class NotAllowed(CorridorError):
    """Who asks has none of the scopes that would do."""

    def __init__(self, who: str, scopes: Sequence[str]) -> None:
        super().__init__(Text("ledger.not_allowed", who=who, scopes=[*scopes]))


class NoKey(CorridorError):
    """No key came, or one that is none or was taken back."""


class TooOften(CorridorError):
    """A key asks more often than it may."""


class ServerBusy(CorridorError):
    """As many ask as can wait."""


class SwitchedOff(CorridorError):
    """This server does not offer what was asked for."""


class CypherError(CorridorError):
    """A .cypher file and its function disagree, or a statement leaves the portable subset."""
