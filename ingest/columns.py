"""Arrow columns of text, whatever type they were read as: cleaned at once, or value by value where each is different."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def plain_text(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """The column as one array of strings: NFKC (full-width letters, digits and brackets become ASCII), without
    invisible characters, without space at the ends. Empty text is null; a number is the text of it.

    >>> plain_text(pa.array(["６８８０１２", " 万  科Ａ\\u200b", "", None])).to_pylist()
    ['688012', '万  科A', None, None]
    """
    text = pc.cast(whole(column), pa.string())
    # Before NFKC: a zero-width space between a letter and its accent would keep them apart.
    text = pc.replace_substring_regex(text, r"[\p{Cf}\p{Cc}]+", "")
    text = pc.utf8_trim_whitespace(pc.utf8_normalize(text, form="NFKC"))
    return pc.if_else(pc.equal(text, ""), None, text)


def mapped(column: pa.Array | pa.ChunkedArray, of: Callable[[str], str | None]) -> pa.Array:
    """Each value's own answer, found once for each different value. Null stays null.

    >>> mapped(pa.array(["a", None, "a"]), str.upper).to_pylist()
    ['A', None, 'A']
    """
    encoded = pc.dictionary_encode(whole(column))
    answers = pa.array([of(value) for value in encoded.dictionary.to_pylist()], pa.string())
    return answers.take(encoded.indices)


def extracted(column: pa.Array, pattern: str) -> pa.Array:
    """What the first group of a pattern matches in each text; null where it matches nothing.

    RE2 takes linear time whatever the pattern, which may come from a stranger. Raises `pa.ArrowInvalid` for a pattern
    that is none or has no group.

    >>> extracted(pa.array(["np.float64(1.5)", "x", None]), r"(\\d+(?:\\.\\d+)?)\\)").to_pylist()
    ['1.5', None, None]
    """
    pc.match_substring_regex(pa.array([""]), pattern)  # Alone first: `a)|(b` would pass in brackets.
    group = pc.replace_substring_regex(column, rf"^(?s:.*?)(?:{pattern})(?s:.*)$", r"\1")
    is_found = pc.and_(pc.match_substring_regex(column, pattern), pc.not_equal(group, ""))
    return pc.if_else(pc.fill_null(is_found, False), group, pa.scalar(None, pa.string()))


def whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """The column in one piece, decoded where it is a dictionary."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return array.dictionary_decode() if isinstance(array, pa.DictionaryArray) else array


def list_of(shape: pa.Array, items: pa.Array) -> pa.Array:
    """Lists of new items, as long as those of a column whose items they come from; what was null is empty.

    >>> list_of(pa.array([["a", "b"], None]), pa.array(["x", "y"])).to_pylist()
    [['x', 'y'], []]
    """
    lengths = pc.fill_null(pc.list_value_length(shape), 0).to_numpy(zero_copy_only=False)
    return pa.ListArray.from_arrays(pa.array(np.concatenate(([0], np.cumsum(lengths))), pa.int32()), items)
