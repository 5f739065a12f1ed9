"""Columns as one text each: whatever stands in a text, it is never taken for what stands between texts."""

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.column_texts import KNOWN_MARKS, column_texts, known_rows

ODD = st.text(alphabet="a0|1\x1b\x1c\x1d\x1e\x1f", max_size=6) | st.text(max_size=6)


def taken_apart(parameters: dict[str, str], column: str) -> list[str | list[str] | None]:
    """What the statement makes of a column: `split`, `nullIf`, `CASE`."""
    found: list[str | list[str] | None] = []
    for text in parameters[column].split(parameters["row_end"]):
        if text == parameters["unknown"]:
            found.append(None)
        else:
            found.append([] if text == parameters["empty"] else text)
    return found


@pytest.mark.slow
@settings(derandomize=True)
@given(rows=st.lists(st.tuples(ODD | st.none(), st.lists(ODD, max_size=3) | st.none()), min_size=1, max_size=5))
def test_every_text_comes_out_as_it_went_in(rows: list[tuple[str | None, list[str] | None]]) -> None:
    texts, lists = [text for text, _ in rows], [items for _, items in rows]
    columns = {"text": pa.array(texts, pa.string()), "items": pa.array(lists, pa.list_(pa.string()))}
    parameters = column_texts(pa.record_batch(columns))
    assert taken_apart(parameters, "c0") == texts
    found = taken_apart(parameters, "c1")
    assert [text.split(parameters["item_end"]) if isinstance(text, str) else text for text in found] == lists


def test_values_are_written_as_cypher_reads_them() -> None:
    rows = pa.record_batch(
        {
            "numbers": pa.array([0.1, -0.0, 1e300, None]),
            "days": pa.array([date(1, 1, 1), date(9999, 12, 31), None, None]),
            "truths": pa.array([True, False, None, None]),
            "odd": pa.array([float("inf"), float("-inf"), float("nan"), None]),
        }
    )
    parameters = column_texts(rows)
    assert taken_apart(parameters, "c0") == ["0.1", "-0", "1e+300", None]
    assert taken_apart(parameters, "c1") == ["0001-01-01", "9999-12-31", None, None]
    assert taken_apart(parameters, "c2") == ["true", "false", None, None]
    assert taken_apart(parameters, "c3") == ["Infinity", "-Infinity", "NaN", None]


def test_rows_come_back_from_texts_with_nulls_where_nothing_stands() -> None:
    row_end, value_end = KNOWN_MARKS["row_end"], KNOWN_MARKS["value_end"]
    texts = [
        "".join(value_end.join(row) + row_end for row in rows)
        for rows in ([("product:a", "-9223372036854775808", "4:x:1"), ("", "7", "4:x:2")], [("product:b", "", "4:x:3")])
    ]
    assert known_rows(texts).to_pydict() == {
        "id": ["product:a", None, "product:b"],
        "digest": [-(2**63), 7, None],
        "element_id": ["4:x:1", "4:x:2", "4:x:3"],
    }
    assert known_rows([]).num_rows == 0
