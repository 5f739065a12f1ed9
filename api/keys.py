"""Keys of the API: a random token in the header `Authorization: Bearer`, of which only the hash is kept."""

import hashlib
import time
from base64 import b64decode
from collections import OrderedDict
from contextlib import suppress
from threading import Lock

from graph.errors import NoKey, TooOften
from graph.texts import Text
from ledger.ledger import Ledger
from ledger.requests import Actor

_A_SECOND = 50.0
_AT_ONCE = 200.0
_KEPT = 10_000
"""Keys and strangers whose pace is remembered."""


def hash_of_key(token: str) -> str:
    """What is kept of a key. It has 256 random bits, so that nothing slower is needed against trying."""
    return hashlib.sha256(token.encode()).hexdigest()


class Pace:
    """How often each may ask: so many a second, and so many at once after a rest."""

    def __init__(self, a_second: float = _A_SECOND, at_once: float = _AT_ONCE) -> None:
        self._a_second, self._at_once = a_second, at_once
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._turn = Lock()

    def check(self, who: str) -> None:
        """Raise `TooOften` where somebody asks more often."""
        with self._turn:
            now = time.monotonic()
            left, before = self._left.pop(who, (self._at_once, now))
            left = min(self._at_once, left + (now - before) * self._a_second)
            self._left[who] = left - (left >= 1), now
            if len(self._left) > _KEPT:
                self._left.popitem(last=False)
        if left < 1:
            raise TooOften(Text("ledger.too_often", a_second=round(self._a_second)))


def actor_of(ledger: Ledger, authorization: str, pace: Pace, stranger: str, *, reads: bool = False) -> Actor:
    """Who asks, by the header. Raises `NoKey`, and `TooOften` also for whoever tries keys that are none.

    To read, a browser may give the key as the password of `Basic`; to write it may not, since a browser sends that by itself
    wherever another site sends it.
    """
    token = _token(authorization, reads=reads)
    key = ledger.key_of(hash_of_key(token)) if token else None
    pace.check(f"key {key.name}" if key else f"host {stranger}")
    if key is None:
        raise NoKey(Text("ledger.no_key" if not token else "ledger.wrong_key"))
    return Actor(f"key:{key.name}", frozenset(key.scopes.split()))


def _token(authorization: str, *, reads: bool) -> str:
    scheme, _, said = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return said.strip()
    if scheme.lower() == "basic" and reads:
        with suppress(ValueError):
            return b64decode(said.strip(), validate=True).decode().partition(":")[2]
    return ""
