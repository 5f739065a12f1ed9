"""Amounts of money as people write them for the things that they name, 嘉兴=20000, and as people say them."""

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile

from graph.errors import UsageError
from graph.texts import Language, Text, money_text
from queries.reader import Reader
from queries.scope import Named, find_one

MOST_ASKED = 1e12
"""The largest amount that can be asked for, in 10 k CNY: seventy times what the country makes in a year."""
_THOUSANDS = re.compile(r"\d{3}(\.\d+)?")


def money(amount: float) -> Text:
    """An amount in 10 k CNY as people say it.

    >>> money(500_000).in_(Language.EN), money(4_500).in_(Language.ZH)
    ('5 bn CNY', '4,500 万元')
    """
    return Text.both(*(money_text(amount, language) for language in (Language.ZH, Language.EN)))


def amounts(texts: Iterable[str]) -> list[tuple[str, float]]:
    """Names with amounts: 嘉兴=20000. Raises `UsageError` where a text is none, its amount is not above 0, or a name is there twice."""
    found: list[tuple[str, float]] = []
    for text in _whole_amounts([*texts]):
        name, _, amount = text.replace("＝", "=").partition("=")
        try:
            value = float(amount)
        except ValueError:
            value = -1.0
        if not name.strip() or not 0 < value <= MOST_ASKED:
            raise UsageError(Text("fund.error.amount", text=text), text)
        found.append((name.strip(), value))
    check_once(found)
    return found


def _whole_amounts(texts: list[str]) -> list[str]:
    """The texts as they are. Raises `UsageError` where a comma within an amount made two of one: 光刻胶=8,000."""
    for place, text in enumerate(texts):
        rest = [*takewhile(_THOUSANDS.fullmatch, texts[place + 1 :])]
        if rest and re.fullmatch(r".*[=＝]\s*\d{1,3}", text):
            typed = ",".join([text, *rest])
            raise UsageError(Text("fund.error.comma", text=typed, plain="".join([text, *rest])), typed)
    return texts


def check_once(found: Sequence[tuple[str, float]]) -> None:
    """Raise `UsageError` where two amounts are of the same."""
    for name, _ in found:
        own = [value for other, value in found if other == name]
        if len(own) > 1:
            said = [f"{value:.12g}" for value in own]
            raise UsageError(Text("fund.error.twice", name=name, amounts=said), name)


def node_amounts(reader: Reader, label: str, texts: Iterable[str]) -> list[tuple[Named, float]]:
    """Amounts by the nodes of a label that they name. Raises as `amounts` and `find_one` do."""
    found = [(find_one(reader, (label,), label.lower(), name), value) for name, value in amounts(texts)]
    check_once([(named.id, value) for named, value in found])
    return found
