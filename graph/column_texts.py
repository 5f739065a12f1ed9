"""Rows on their way to Neo4j and back: many values as one text, which the other side takes apart again.

The driver spends about 3 µs on every value of a parameter (neo4j 6.4.1, its packer in Python): for 100,000 nodes and
170,000 edges 19 s, more than the server needs to write them, and as much again to read three values of each. With one
text a column that is 1 s, most of it spent by Arrow, and `split` on the server is quick.
"""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

_MARKS = {"row_end": "\x1e", "unknown": "\x1d", "item_end": "\x1c", "empty": "\x1b"}


def column_texts(rows: pa.RecordBatch) -> dict[str, str]:
    """The parameters `c0`, `c1`, … for the columns in order, and the marks between and in place of their values.

    A mark is U+001F, a number and a last character of its own; the number is the first for which none of the texts
    holds the beginning of a mark, so that whatever stands in a text can be taken for none. As no mark can begin in
    the last character of another, `split` finds them all.
    """
    number = 0
    while any(_holds(column, f"\x1f{number}") for column in rows.columns):
        number += 1
    marks = {name: f"\x1f{number}{last}" for name, last in _MARKS.items()}
    return {f"c{at}": _text(column, marks) for at, column in enumerate(rows.columns)} | marks


KNOWN_MARKS = {"row_end": "\x1e", "value_end": "\x1d"}
"""What stands behind each row and each value of the texts that `known_rows` takes apart."""


def known_rows(texts: Sequence[str]) -> pa.Table:
    """Columns `id`, `digest`, `element_id` of the rows in these texts; the first two are null where a row has none."""
    rows = pc.split_pattern(pa.array(texts, pa.string()), KNOWN_MARKS["row_end"]).flatten()
    values = pc.split_pattern(rows.filter(pc.not_equal(rows, "")), KNOWN_MARKS["value_end"])
    id_, digest, element_id = (pc.list_element(values, at) for at in range(3))
    return pa.table(
        {
            "id": pc.if_else(pc.equal(id_, ""), None, id_),
            "digest": pc.if_else(pc.equal(digest, ""), None, digest).cast(pa.int64()),
            "element_id": element_id,
        }
    )


def _holds(column: pa.Array, beginning: str) -> bool:
    texts = column.flatten() if pa.types.is_list(column.type) else column
    return pa.types.is_string(texts.type) and pc.any(pc.match_substring(texts, beginning)).as_py() is True


def _text(column: pa.Array, marks: dict[str, str]) -> str:
    if pa.types.is_list(column.type):
        texts = pc.binary_join(column, marks["item_end"])
        texts = pc.if_else(pc.equal(pc.list_value_length(column), 0), marks["empty"], texts)
    else:
        texts = column.cast(pa.string())
    if pa.types.is_floating(column.type):
        # Arrow writes inf and nan, which Cypher does not read.
        texts = pc.replace_substring(pc.replace_substring(texts, "inf", "Infinity"), "nan", "NaN")
    known = pc.fill_null(texts, marks["unknown"])
    whole = pa.ListArray.from_arrays([0, len(known)], known)
    text: str = pc.binary_join(whole, marks["row_end"])[0].as_py()
    return text
