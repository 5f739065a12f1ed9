"""Records of enterprises as columns that can be compared one by one, and the keys under which two records meet."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import UsageError
from graph.scratch import scratch_database
from graph.texts import Text
from ingest.columns import list_of, mapped, plain_text, whole
from ingest.names import core_names, normalised_names, short_names
from ingest.places.gazetteer import MUNICIPALITIES, gazetteer
from ingest.resolution.sql import statement

MOST_PAIRS_OF_A_KEY = 2_500
"""A key under which more pairs meet is cut: 50 companies of one list and 50 of another that share it share nothing."""

_REQUIRED = ("record_id", "dataset", "name")
_FORM = r"(?:股份有限公司|有限公司|有限合伙|普通合伙|公司)$"
_ORDINALS = r"[^0-9一二三四五六七八九十甲乙丙丁东南西北中新老]"
_HOUSE = r"(?P<road>[^省市区县镇乡村园处\p{P}0-9]{1,8}(?:路|街|大街|大道|道|公路|巷|弄|胡同))(?P<number>[0-9]+)"


@dataclass(frozen=True, slots=True)
class Cut:
    """Keys of one kind that were too common (`MOST_PAIRS_OF_A_KEY`) to compare the records that share them.

    `pairs` is how many that would have been; another key may have brought some of them together.
    """

    kind: str
    keys: int
    records: int
    pairs: int


@dataclass(frozen=True, slots=True)
class Comparable:
    """Records ready to be compared, one row each, in the order they came; and what will not be."""

    table: pa.Table
    cut: tuple[Cut, ...]


def comparable(records: pa.Table) -> Comparable:
    """The columns that `ingest.resolution.linking` compares: names, places, addresses, codes in their compared form, and `keys`.

    Two records are compared where they share a key: the name or a former one, the distinctive part of the name within
    a province (or anywhere, while that is rare), the name but for one character, the short name, the house, a code.
    Missing columns are as if empty. Raises `UsageError` where a required column is missing or a record_id is empty or
    not unique.
    """
    _check(records)
    with scratch_database() as connection:
        connection.register("given", _columns(records))
        connection.execute(
            "CREATE TABLE records AS SELECT * EXCLUDE (former), "
            "list_distinct(list_filter(list_prepend(name, former), lambda n: n IS NOT NULL)) AS names, "
            "list_sort(string_split(stem, '')) AS characters FROM given"
        )
        connection.execute(statement("keys"))
        connection.execute(statement("meetings"))
        table = connection.sql(statement("comparable_records", most=MOST_PAIRS_OF_A_KEY)).to_arrow_table()
        cut = connection.execute(
            "SELECT kind, count(*), CAST(sum(records) AS BIGINT), CAST(sum(pairs) AS BIGINT) FROM meetings "
            f"WHERE pairs > {MOST_PAIRS_OF_A_KEY} GROUP BY kind ORDER BY kind"
        ).fetchall()
    return Comparable(table, tuple(Cut(*one) for one in cut))


def province(code: str) -> str | None:
    """The province of a place's code; `None` for what is no code."""
    return next((c for c in _path(code) if c.endswith("0000")), None)


def prefecture(code: str) -> str | None:
    """The prefecture; the municipality; the county that has a province above it and nothing between."""
    path = _path(code)
    if path and path[-1][:2] in MUNICIPALITIES:
        return path[-1]
    below = [c for c in path if not c.endswith("0000")]
    return below[-1] if below else None


def _check(records: pa.Table) -> None:
    missing = [name for name in _REQUIRED if name not in records.column_names]
    if missing:
        raise UsageError(Text("ingest.records_lack", columns=missing))
    ids = records["record_id"]
    if records["dataset"].null_count:
        raise UsageError(Text("ingest.records_dataset"))
    if ids.null_count or pc.count_distinct(ids).as_py() != len(ids):
        raise UsageError(Text("ingest.records_id"))


def _columns(records: pa.Table) -> pa.Table:
    name = normalised_names(records["name"])
    stem = pc.replace_substring_regex(name, _FORM, "")
    house = pc.extract_regex(plain_text(_column(records, "address")), _HOUSE)
    road, number = pc.struct_field(house, "road"), pc.struct_field(house, "number")
    places = plain_text(_column(records, "place_code"))
    return pa.table(
        {
            "position": pa.array(range(len(records)), pa.int64()),
            "unique_id": pc.cast(records["record_id"], pa.string()),
            "source_dataset": pc.cast(records["dataset"], pa.string()),
            "name": name,
            "stem": pc.if_else(pc.equal(stem, ""), name, stem),
            "core": core_names(records["name"]),
            "ordinals": pc.replace_substring_regex(stem, _ORDINALS, ""),
            "former": _former(_column(records, "former_names", pa.list_(pa.string()))),
            "short": short_names(_column(records, "short_name")),
            "province": mapped(places, province),
            "prefecture": mapped(places, prefecture),
            "district": mapped(places, _district),
            "road": road,
            "house": pc.binary_join_element_wise(road, number, ""),
            "uscc": plain_text(_column(records, "uscc")),
            "stock_code": plain_text(_column(records, "stock_code")),
            "listed_on": plain_text(_column(records, "listed_on")),
        }
    )


def _column(records: pa.Table, name: str, kind: pa.DataType | None = None) -> pa.Array:
    if name not in records.column_names:
        return pa.nulls(len(records), kind or pa.string())
    return whole(records[name])


def _former(lists: pa.Array) -> pa.Array:
    """The former names of each record, normalised."""
    if pa.types.is_null(lists.type):
        lists = pc.cast(lists, pa.list_(pa.string()))
    return list_of(lists, normalised_names(pc.list_flatten(lists)))


def _district(code: str) -> str | None:
    return code if _path(code) and not code.endswith("00") else None


def _path(code: str) -> tuple[str, ...]:
    known = gazetteer()
    return (code, *known.ancestors(code)) if known.division(code) else ()
