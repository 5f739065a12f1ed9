"""What a node is found under: names, aliases and codes in lower case, pinyin in full and as initials."""

from collections.abc import Callable
from functools import cache, lru_cache

import pyarrow as pa
import pyarrow.compute as pc
from pypinyin import lazy_pinyin
from pypinyin.constants import PINYIN_DICT
from pypinyin.contrib.mmseg import seg

from graph.model import searchable, simplified
from graph.ontology import NODE_TYPES
from ingest.columns import list_of, mapped, whole
from ingest.places.gazetteer import LEVELS, stem_of

# On its own pypinyin reads 长 as zhǎng; in names of places and firms (长三角, 长鑫, 长电) it is cháng.
# (`load_single_dict` would train the segmenter once more, which takes a fifth of a second.)
PINYIN_DICT[ord("长")] = "cháng,zhǎng"

_SEARCHED = tuple(dict.fromkeys(p.name for kind in NODE_TYPES for p in kind.properties if p.is_searched))
_CHINESE = r"[^\x00-\x7f]"


def search_texts(nodes: pa.Table) -> pa.Array:
    """The search text of each node of a table: each text stands between two bars, so that a search can tell a whole
    name from a part of one. A place is found by its short name too, what is listed by its code without that of the exchange.

    >>> search_texts(pa.table({"id": ["place:340100"], "name_zh": ["合肥市"], "level": ["prefecture"]})).to_pylist()
    ['|合肥市|合肥|place:340100|hefeishi|hfs|hefei|hf|']
    >>> search_texts(pa.table({"id": ["enterprise:e"], "name_zh": ["E"], "stock_code": ["688165.SH"]})).to_pylist()
    ['|e|688165.sh|688165|enterprise:e|']
    """
    searched = [whole(nodes[name]) for name in _SEARCHED if name in nodes.column_names]
    lists = [column for column in searched if pa.types.is_list(column.type)]
    names = [pc.cast(column, pa.string()) for column in searched if not pa.types.is_list(column.type)]
    if "level" in nodes.column_names:
        names.append(_short_names(whole(nodes["name_zh"]), whole(nodes["level"])))
    if "stock_code" in nodes.column_names:
        names.append(pc.replace_substring_regex(whole(nodes["stock_code"]), r"\.[A-Za-z]+$", ""))
    names[1:] = [
        pc.if_else(pc.fill_null(pc.equal(name, names[0]), False), pa.scalar(None, pa.string()), name)
        for name in names[1:]
    ]
    parts = [
        *map(_searchable, names),
        *(_joined(column, _searchable) for column in lists),
        _searchable(whole(nodes["id"])),
        *map(_pinyin, names),
        *(_joined(column, _pinyin) for column in lists),
    ]
    parts = [pc.if_else(pc.equal(part, ""), pa.scalar(None, pa.string()), part) for part in parts]
    joined = pc.binary_join_element_wise(*parts, "|", null_handling="skip")
    barred = pc.binary_join_element_wise(pa.scalar("|"), joined, pa.scalar("|"), pa.scalar(""))
    return pc.replace_substring_regex(barred, r"\|\|+", "|")


def _short_names(names: pa.Array, levels: pa.Array) -> pa.Array:
    """What divisions of China are called for short: 宁波 for 宁波市."""
    both = zip(names.to_pylist(), levels.to_pylist(), strict=True)
    return pa.array([stem_of(name, level) if name and level in LEVELS else None for name, level in both], pa.string())


def _searchable(text: pa.Array) -> pa.Array:
    """`graph.model.searchable` over a column."""
    folded = pc.utf8_lower(pc.utf8_normalize(pc.cast(text, pa.string()), form="NFKC"))
    seen = pc.replace_substring_regex(folded, r"\p{Cf}+", "")
    return mapped(pc.utf8_trim_whitespace(pc.replace_substring_regex(seen, r"[\s|]+", " ")), simplified)


def _joined(lists: pa.Array, of: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """The texts made of the items of each list, between bars."""
    return pc.binary_join(list_of(lists, pc.fill_null(of(pc.list_flatten(lists)), "")), "|")


def _pinyin(text: pa.Array) -> pa.Array:
    """Pinyin in full and as initials of texts that are not plain ASCII; null for the others."""
    is_chinese = pc.match_substring_regex(text, _CHINESE)
    return mapped(pc.if_else(is_chinese, text, pa.scalar(None, pa.string())), _spoken)


@lru_cache(maxsize=1 << 16)
def _spoken(name: str) -> str:
    full, initials = zip(*map(_pinyin_of_word, seg.cut(name)), strict=True)
    return f"{searchable(''.join(full))}|{searchable(''.join(initials))}"


@cache
def _pinyin_of_word(word: str) -> tuple[str, str]:
    """In full and as initials, kept because names share few words. What is not Chinese comes in single letters."""
    syllables = lazy_pinyin(word)
    return "".join(syllables), "".join(syllable[0] for syllable in syllables)
