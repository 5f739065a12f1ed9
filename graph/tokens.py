"""The tokens of a Cypher text: one lexer, for the check of statements, for their columns, limits and parameters.

It reads comments, texts and names in back-ticks as both engines do, so that nothing hides in them, and takes time in
proportion to the text: whatever is opened and not closed is one token to the end.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple


class Token(NamedTuple):
    """A piece of a statement: its kind (`word`, `text`, `number`, `parameter`, `quoted`, `comment`, `sign`, `bad`)."""

    kind: str
    text: str
    start: int


_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
    | (?P<comment>//[^\n]*+ | /\*.*?(?:\*/|\Z))
    | (?P<text>'(?:[^'\\]|\\.)*+' | "(?:[^"\\]|\\.)*+")
    | (?P<open>['"].*+)
    | (?P<quoted>`[^`]*+(?:`|\Z))
    | (?P<parameter>\$[^\W\d]\w*+)
    | (?P<number>\d\w*+(?:\.\d\w*+)?)
    | (?P<word>[^\W\d]\w*+)
    | (?P<sign>->|<-|<>|<=|>=|=~|\.\.|[()\[\]{},:|.+\-*/%^=<>;])
    | (?P<bad>.)""",
    re.X | re.S,
)
OPENING = {"(": ")", "[": "]", "{": "}"}


def tokens(text: str) -> list[Token]:
    """The tokens of a text in order; what stands between two of them is white space.

    >>> [token.text for token in tokens("MATCH (p) /* ' */ WHERE p.id<>'it\\\\'s // $no' RETURN $yes")]
    ['MATCH', '(', 'p', ')', "/* ' */", 'WHERE', 'p', '.', 'id', '<>', "'it\\\\'s // $no'", 'RETURN', '$yes']
    >>> [(token.kind, token.text) for token in tokens("1..3 'open")]
    [('number', '1'), ('sign', '..'), ('number', '3'), ('bad', "'open")]
    """
    return list(_tokens(text))


@lru_cache(maxsize=32)
def _tokens(text: str) -> tuple[Token, ...]:
    """The same, kept for the checks that look at one text in turn."""
    found = ((match.lastgroup or "", match) for match in _TOKEN.finditer(text))
    return tuple(
        Token("bad" if kind == "open" else kind, match[0], match.start()) for kind, match in found if kind != "space"
    )


def code(text: str) -> list[Token]:
    """The tokens without comments."""
    return [token for token in tokens(text) if token.kind != "comment"]


def outermost(found: list[Token]) -> Iterator[tuple[int, Token]]:
    """The tokens that stand in no bracket, with their numbers; the brackets themselves are left out."""
    depth = 0
    for number, token in enumerate(found):
        if token.text in OPENING:
            depth += 1
        elif token.text in OPENING.values():
            depth -= 1
        elif depth == 0:
            yield number, token


def parts(found: list[Token], heads: frozenset[str]) -> list[list[Token]]:
    """The tokens cut before each word of `heads` that stands in no bracket; the first part may have no head.

    `STARTS WITH` and `ENDS WITH` are no heads.
    """
    starts = [
        number
        for number, token in outermost(found)
        if token.kind == "word" and token.text in heads and not is_second_word(found, number)
    ]
    edges = [0, *starts, len(found)]
    return [found[start:end] for start, end in pairwise(edges) if start < end]


def is_second_word(found: list[Token], number: int) -> bool:
    """Whether the word there is the WITH of STARTS WITH or ENDS WITH."""
    return found[number].text == "WITH" and number > 0 and found[number - 1].text in {"STARTS", "ENDS"}
