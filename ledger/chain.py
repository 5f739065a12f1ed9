"""Entries that can only be added to: each carries the hash of what it says and of the one before it."""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

import orjson

GENESIS = "0" * 64
"""What stands in the place of a hash before the first entry."""


class Entry(NamedTuple):
    """One thing that happened. `body` is canonical JSON: keys in order, no spaces, no numbers but integers.

    `asked` tells the request from another one that comes with the same key `request` of the same actor.
    """

    number: int
    at: str
    kind: str
    subject: str
    actor: str
    request: str
    asked: str
    body: str
    previous: str
    hash: str


def entry_after(number: int, previous: str, said: Mapping[str, str], body: Mapping[str, object]) -> Entry:
    """The entry that follows number and hash of the last one; `said` are its fields from `at` to `asked`."""
    text = canonical(body).decode()
    made = Entry(number=number + 1, body=text, previous=previous, hash="", **said)
    return made._replace(hash=hash_of(made, body))


def hash_of(entry: Entry, body: Mapping[str, object]) -> str:
    """SHA-256, in hexadecimal, of the canonical JSON of all its fields but the last two, and of the previous hash after it;
    `body` is what its own says.
    """
    content = {**entry._asdict(), "body": body}
    del content["hash"], content["previous"]
    return hashlib.sha256(canonical(content) + entry.previous.encode()).hexdigest()


def canonical(value: object) -> bytes:
    """JSON of one form: keys in order, no spaces, UTF-8.

    >>> canonical({"b": 1, "a": "券"}).decode()
    '{"a":"券","b":1}'
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
