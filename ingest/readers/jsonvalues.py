"""JSON values as they are written: numbers keep their digits, and what a reader would pass over in silence is named.

`orjson` reads what it reads exactly, many lines at once; the rest (fractions, large integers, repeated names, what is
no JSON) goes through the `json` module, which hands over numbers as text and objects as pairs.
"""

import json
import re
from collections.abc import Sequence
from itertools import chain

import orjson

from ingest.readers.headings import shown
from ingest.readers.rawtable import Fault

_MAX_DEPTH = 100
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_PLAIN = frozenset({str, int, bool, type(None)})
_SPACE = b" \t\r\n"


class Number(str):
    """A number, as it is written."""

    __slots__ = ()


class _NotANumber(str):
    __slots__ = ()


class Decoder:
    """Reads values: text, `Number`, int, bool, None, lists and dicts. `faults` is what is wrong with the last one."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self._constants: list[str] = []
        self._json = json.JSONDecoder(
            parse_float=Number, parse_int=Number, parse_constant=self._constant, object_pairs_hook=self._object
        )

    def line(self, line: bytes) -> object:
        """The value that a line consists of. Raises `ValueError`, with what is wrong, where it is not one value."""
        text = line.decode().strip(" \t\r\n")
        value, end = self.scan(text, 0)
        if end < len(text):
            raise ValueError(f"more text after the value, at character {end + 1}")
        return value

    def scan(self, text: str, start: int) -> tuple[object, int]:
        """The value that starts at an index, and the index after it.

        Raises `ValueError` where there is none or it is not complete, `RecursionError` where it is nested too deeply.
        """
        self.faults.clear()
        self._constants.clear()
        value, end = self._json.raw_decode(text, start)
        if self._constants and not self.faults:
            self.faults.append(_not_a_number("", self._constants[0]))
        if text.find("\\u", start, end) >= 0 and _SURROGATE_ESCAPE.search(text, start, end):
            self.faults += _lone_surrogates(value)
        return value, end

    def _constant(self, name: str) -> _NotANumber:
        self._constants.append(name)
        return _NotANumber(name)

    def _object(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) < len(pairs):
            self.faults.append(_repeated(pairs))
        if self._constants:
            self.faults += [_not_a_number(name, value) for name, value in pairs if isinstance(value, _NotANumber)]
        return found


def values(text: bytes, *, exactly: bool) -> list[object]:
    """The objects, or the arrays, that a text consists of, with commas between them; none where it is anything else.

    They are read at once. With `exactly`, none also where it is not sure that each value is what is written: a number
    may have other digits, a name may stand twice in an object.
    """
    found = _loaded(text)
    kinds = set(map(type, found))
    if len(kinds) != 1 or not kinds <= {dict, list}:
        return []
    return found if not exactly or _is_plain(text, found) or _is_written_so(text, found) else []


def objects_in_lines(lines: Sequence[bytes], *, exactly: bool) -> list[dict[str, object]]:
    """The objects in the lines, one in each; none where there is anything else. For `exactly` see `values`."""
    text = b",\n".join(lines)
    found = [value for value in _loaded(text) if isinstance(value, dict)]
    # Lines have no line ends, so that these are between lines: each begins and ends as an object does.
    if len(found) != len(lines) or text.count(b"},\n{") != len(lines) - 1:
        return []
    return found if not exactly or _is_plain(text, found) or _are_written_so(text, found) else []


def _loaded(text: bytes) -> list[object]:
    try:
        found: list[object] = orjson.loads(b"[" + text + b"]")
    except orjson.JSONDecodeError:
        return []
    return found


def _is_plain(text: bytes, found: Sequence[object]) -> bool:
    """Whether there are as many names as colons after quotes, and no fractions, large integers, objects in objects."""
    objects = [value for value in found if isinstance(value, dict)]
    # White space before a colon would hide a name, and -0 is an integer that has no sign when it is read.
    if any(odd in text for odd in (b" :", b"\t:", b"\n:", b"\r:", b":-0", b": -0")) or text.count(b'":') != sum(
        map(len, objects)
    ):
        return False
    return len(objects) == len(found) and _PLAIN.issuperset(
        map(type, chain.from_iterable(value.values() for value in objects))
    )


def _is_written_so(text: bytes, found: Sequence[object]) -> bool:
    """Whether writing the values gives the text again, but for white space."""
    try:
        return orjson.dumps(found).translate(None, _SPACE) == (b"[" + text + b"]").translate(None, _SPACE)
    except orjson.JSONEncodeError:
        return False


def _are_written_so(text: bytes, found: Sequence[object]) -> bool:
    """Whether writing each value gives its line again, but for white space."""
    try:
        return [one.translate(None, _SPACE) for one in map(orjson.dumps, found)] == text.translate(
            None, b" \t\r"
        ).split(b",\n")
    except orjson.JSONEncodeError:
        return False


def text_of(value: object) -> str | None:
    """A value as a cell: text and numbers as they are written, a list or an object as compact JSON, null as `None`."""
    match value:
        case str():
            return str(value)
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return orjson.dumps(value).decode()
        case None:
            return None
    return _compact(value)


def written(value: object) -> str:
    """A value as compact JSON; "" where it is nested too deeply for that."""
    try:
        return _compact(value)
    except RecursionError:
        return ""


def _compact(value: object, depth: int = 0) -> str:
    if depth > _MAX_DEPTH:
        raise RecursionError("nested too deeply")  # The same at any height of the stack.
    match value:
        case Number():
            return str(value)
        case dict():
            members = (
                f"{json.dumps(name, ensure_ascii=False)}:{_compact(item, depth + 1)}" for name, item in value.items()
            )
            return "{" + ",".join(members) + "}"
        case list():
            return "[" + ",".join(_compact(item, depth + 1) for item in value) + "]"
        case float():
            return orjson.dumps(value).decode()
    return json.dumps(value, ensure_ascii=False)


def _repeated(pairs: list[tuple[str, object]]) -> Fault:
    names = [name for name, _ in pairs]
    twice = next(name for name in names if names.count(name) > 1)
    return Fault(
        twice,
        shown(", ".join(text_of(value) or "" for name, value in pairs if name == twice)),
        "同一对象中名称重复。 A name stands twice in one object.",
        "请只保留其中一个。 Keep one of the two.",
    )


def _not_a_number(name: str, value: str) -> Fault:
    return Fault(
        name,
        str(value),
        "NaN 和 Infinity 不是 JSON。 NaN and Infinity are not JSON.",
        "未知的值请写 null。 Write null for what is not known.",
    )


def _lone_surrogates(value: object) -> list[Fault]:
    members = value.items() if isinstance(value, dict) else [("", value)]
    return [
        Fault(
            str(_LONE_SURROGATE.sub("\ufffd", name)),
            shown(_LONE_SURROGATE.sub("\ufffd", _compact(item))),
            "含有半个代理对（\\uD800–\\uDFFF），不是文字。 There is half a surrogate pair, which is no text.",
            "请从原系统重新导出该行。 Export the row again from where it comes from.",
        )
        for name, item in members
        if _LONE_SURROGATE.search(name + _compact(item))
    ][:1]
