"""JSON values as they are written: numbers keep their digits, and what a reader would pass over in silence is named.

`orjson` reads; where writing what it read does not give the text again (fractions, large integers, repeated names) or
it refuses the text, the `json` module reads it once more, which hands over numbers as text and objects as pairs.
"""

import json
import re
from collections.abc import Sequence
from itertools import chain

import orjson

from ingest.readers.headings import shown
from ingest.readers.rawtable import Fault
from ingest.readers.text import WRONG_BYTES, Encoding, wrong_bytes


class Number(str):
    """A number, as it is written."""

    __slots__ = ()


_SOUND = frozenset({Number, int, bool})
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACE = b" \t\r\n"
_DEEPEST = 200
"""What is nested more deeply than 254 times cannot be written by `orjson`."""

TOO_DEEP = "ingest.too_deep"


def value_of(text: bytes, *, exactly: bool = True) -> tuple[object, bool]:
    """The value that a text consists of, and whether it is sound: else a `Fault` may stand in it (a repeated name, NaN).

    Without `exactly`, numbers may be read as others and faults passed over. Raises `ValueError` where it is not one
    value, a `json.JSONDecodeError` if it can be said where, and `RecursionError` where it is nested too deeply.
    """
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return _DECODER.decode(text.decode()), False
    is_sound = not exactly or _is_written_so(found, text)
    return (found, True) if is_sound else (_DECODER.decode(text.decode()), False)


def objects_in_lines(lines: Sequence[bytes], *, exactly: bool) -> list[dict[str, object]]:
    """The objects in the lines, one in each, read at once; none where there is anything else, or not `exactly` so."""
    try:
        found = orjson.loads(b"[" + b",".join(lines) + b"]")
    except orjson.JSONDecodeError:
        return []
    if len(found) != len(lines) or not all(type(value) is dict for value in found):
        return []
    return found if not exactly or all(map(_is_written_so, found, lines)) else []


def _is_written_so(found: object, text: bytes) -> bool:
    """Whether writing a value gives its text again, but for white space."""
    try:
        return orjson.dumps(found).translate(None, _SPACE) == text.translate(None, _SPACE)
    except orjson.JSONEncodeError:
        return False


def text_of(value: object) -> str | None:
    """A value as a cell: text and numbers as they are written, a list or an object as compact JSON, null as `None`."""
    if value is None or type(value) is str:
        return value
    if isinstance(value, str) or type(value) is int:
        return str(value)
    return orjson.dumps(value, _as_written, orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_PASSTHROUGH_DATACLASS).decode()


def _as_written(value: Number | Fault) -> orjson.Fragment:
    return orjson.Fragment(value.value if isinstance(value, Fault) else str(value))


def fault_in(value: object, encoding: Encoding, depth: int = 0) -> Fault | None:
    """What is wrong with a value, or with one inside it."""
    if value is None or type(value) in _SOUND:
        return None
    match value:
        case Fault():
            return value
        case str() if WRONG_BYTES in value and not encoding.is_checked:
            return wrong_bytes(value, encoding)
        case str() if _LONE_SURROGATE.search(value):
            return Fault(shown(_LONE_SURROGATE.sub("\ufffd", value)), _SURROGATE)
        case list() | dict() if depth > _DEEPEST:
            return Fault("", TOO_DEEP)
        case list() | dict():
            items = chain(value, value.values()) if isinstance(value, dict) else value
            return next((fault for item in items if (fault := fault_in(item, encoding, depth + 1))), None)
    return None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        for twice in {name for name in names if names.count(name) > 1}:
            said = ", ".join(
                "…" if isinstance(value, list | dict) else str(value) for name, value in pairs if name == twice
            )
            found[twice] = Fault(shown(said), _REPEATED)
    return found


_DECODER = json.JSONDecoder(parse_float=Number, parse_int=Number, object_pairs_hook=_object,
                            parse_constant=lambda name: Fault(name, _NOT_A_NUMBER))  # fmt: skip
_REPEATED = "ingest.repeated_name"
_NOT_A_NUMBER = "ingest.not_finite"
_SURROGATE = "ingest.surrogate"
