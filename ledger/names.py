"""Whether two spellings call the same holder or institution."""

import unicodedata
from functools import lru_cache

_BRACKETS = str.maketrans("[]{}【】〔〕〖〗「」『』〈〉《》", "()" * 9)


@lru_cache(100_000)
def key_of(name: str) -> str:
    """What a name or an id says however it is typed: letters and brackets of one width, no case, no space; empty of none.

    >>> key_of("上海甲（集团） 有限公司") == key_of("上海甲(集团)有限公司"), key_of("ＡＢ 1"), key_of("\\u3000")
    (True, 'ab1', '')
    """
    # Brackets again after NFKC: it makes others of those for vertical text.
    return "".join(unicodedata.normalize("NFKC", name.translate(_BRACKETS)).translate(_BRACKETS).casefold().split())


def one_of_both(one: tuple[str, ...], other: tuple[str, ...]) -> str:
    """What of some names and ids is among others too, as the second have it; empty where nothing is."""
    keys = {key for name in one if (key := key_of(name))}
    return next((name for name in other if key_of(name) in keys), "")
