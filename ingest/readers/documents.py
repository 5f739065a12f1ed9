"""A JSON document read as a stream: the items of one list in it, however long, one at a time."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from graph.errors import SourceUnreadable
from ingest.readers.jsonvalues import Decoder, values
from ingest.readers.rawtable import Fault, Progress
from ingest.readers.text import MAX_LINE, Encoding, document_text

_NO_SPACE = re.compile(r"[^ \t\r\n]")
_SPACES = " \t\r\n"
_MOST_PATHS = 8
_DEEPEST_PATH = 3
_TOGETHER = 1 << 18
_SINGLES = 1_000
_CLOSING = {"[": "]", "{": "}"}


class Item(NamedTuple):
    """A value of a list, or of an object (then with its name); its text in the document; what is wrong with it."""

    name: str | None
    value: object
    source: str
    faults: Sequence[Fault]


class Document:
    """A place in the text of a document; what lies before it is forgotten.

    Its methods raise `SourceUnreadable`, with the line, where the text is not JSON, ends too early, or has an item of
    more than `MAX_LINE` characters. Without `exactly`, numbers may be read as others, and faults passed over.
    """

    def __init__(
        self, path: Path, encoding: Encoding, progress: Progress | None = None, *, exactly: bool = True
    ) -> None:
        self._decoder = Decoder()
        self._exactly = exactly
        self._singles = 0
        self._path = path
        self._encoding = encoding
        self._pieces = document_text(path, encoding, progress)
        self._text, self._at, self._line = "", 0, 1
        self._is_ended = self._is_found = False

    def items(self, steps: Sequence[str]) -> Iterator[Item | list[object]]:
        """The items of the list at a path, or several at once: objects, or arrays, without faults.

        A last step "*" takes the members of an object. The document is read to its end, so that nothing that comes
        after the list is passed over. Raises `SourceUnreadable`, with the lists that there are, if this is none.
        """
        yield from self._items_at(steps)
        if self._next():
            raise self._broken(
                "之后还有内容；如每行是一个对象，请注明 format: jsonl", "more text follows; say format: jsonl"
            )
        if not self._is_found:
            paths = ", ".join(Document(self._path, self._encoding).lists()) or "-"
            where = f"路径 {'.'.join(steps)!r} 处" if steps else "最外层"
            place = "at this path" if steps else "at the top"
            raise SourceUnreadable(
                f"{self._path}: {where}不是行的列表；请用 records 指明路径，现有：{paths}。 "
                f"There is no list of rows {place}; give the path to one as records. There are: {paths}."
            )

    def lists(self) -> list[str]:
        """The paths to lists and to objects of objects, at most 8."""
        return self._lists_at(())[:_MOST_PATHS]

    def _items_at(self, steps: Sequence[str]) -> Iterator[Item | list[object]]:
        bracket = "{" if steps else "["
        if self._next() != bracket:
            self._skip()
            return
        is_here = not steps or list(steps) == ["*"]
        self._is_found = self._is_found or is_here
        for name in self._entries(bracket):
            if bracket == "[" and (together := self._together()):
                yield together
            elif is_here:
                value, source = self._value()
                yield Item(name if steps else None, value, source, self._decoder.faults)
            elif name == steps[0]:
                yield from self._items_at(steps[1:])
            else:
                self._skip()

    def _together(self) -> list[object]:
        """The next objects or arrays, if they can be read at once; after a failure it is not tried for a while."""
        if self._singles or not self._encoding.is_checked:
            self._singles = max(self._singles - 1, 0)
            return []
        closing = _CLOSING.get(self._next(), "}")
        end = self._text.rfind(f"{closing},", self._at, self._at + _TOGETHER) + 1
        # Where that bracket is one within an item, or in a text, what is before it is not whole: no JSON.
        found = values(self._text[self._at : end].encode(), exactly=self._exactly) if end else []
        if found:
            self._at = end
        else:
            self._singles = _SINGLES
        return found

    def _lists_at(self, steps: tuple[str, ...]) -> list[str]:
        bracket = self._next()
        if bracket != "{" or len(steps) == _DEEPEST_PATH:
            self._skip()
            return [".".join(steps)] if bracket == "[" else []
        kinds: set[str] = set()
        found: list[str] = []
        for name in self._entries(bracket):
            kinds.add(self._next())
            if len(found) < _MOST_PATHS:
                found += self._lists_at((*steps, name))
            else:
                self._skip()
        return [".".join((*steps, "*"))] if kinds == {"{"} else found

    def _entries(self, bracket: str) -> Iterator[str]:
        """The name of each entry, "" in a list; its value comes next and has to be taken before the next entry."""
        self._take(bracket)
        closing = _CLOSING[bracket]
        is_more = self._next() != closing
        while is_more:
            yield self._name() if bracket == "{" else ""
            is_more = self._next() != closing
            if is_more:
                self._take(",")
        self._take(closing)

    def _name(self) -> str:
        if self._next() != '"':
            raise self._broken("应为加引号的名称", "a name in quotes is expected")
        name = str(self._value()[0])
        self._take(":")
        return name

    def _skip(self) -> None:
        """Pass over a value; a list or an object entry by entry, as it may be longer than an item may be."""
        bracket = self._next()
        if bracket not in _CLOSING:
            self._value()
            return
        for _ in self._entries(bracket):
            self._value()

    def _next(self) -> str:
        """The next character that is not white space, "" at the end."""
        character = self._text[self._at : self._at + 1]
        if character and character not in _SPACES:
            return character
        while True:
            found = _NO_SPACE.search(self._text, self._at)
            self._at = found.start() if found else len(self._text)
            if found or self._is_ended:
                return found[0] if found else ""
            self._refill()

    def _take(self, mark: str) -> None:
        if self._next() != mark:
            raise self._broken(f"应为 {mark!r}", f"{mark!r} is expected")
        self._at += 1

    def _value(self) -> tuple[object, str]:
        self._next()
        while True:
            try:
                value, end = self._decoder.scan(self._text, self._at)
            except RecursionError as error:
                raise self._broken("嵌套过深", "it is nested too deeply") from error
            except ValueError as error:
                if self._is_ended:
                    raise self._broken("不是完整的 JSON", str(error)) from error
            else:
                # A number at the end of what has been read may go on in what has not.
                if end < len(self._text) or self._is_ended:
                    source = self._text[self._at : end]
                    self._at = end
                    return value, source
            if len(self._text) - self._at > MAX_LINE:
                size = f"{MAX_LINE >> 20} MB"
                raise self._broken(f"一项超过 {size}，或不是 JSON", f"an item is longer than {size}, or not JSON")
            self._refill()

    def _refill(self) -> None:
        piece = next(self._pieces, None)
        self._is_ended = piece is None
        self._line += self._text.count("\n", 0, self._at)
        self._text, self._at = self._text[self._at :] + (piece or ""), 0

    def _broken(self, zh: str, en: str) -> SourceUnreadable:
        line = self._line + self._text.count("\n", 0, self._at)
        return SourceUnreadable(f"{self._path}:{line}: JSON 格式有误：{zh}。 Not well-formed JSON: {en}.")
