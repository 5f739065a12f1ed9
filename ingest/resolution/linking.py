"""Which records of enterprises are probably the same company, and which of those a person has to look at.

Records of different lists (or of one) meet under the keys of `ingest.resolution.comparable` and are scored as `ingest.resolution.likeness` says.
On top of that stands what probability may not decide: `HELD_BACK` names the cases in which a pair stays in review, however
sure its score. So no two records are merged by their names alone.
"""

import json
from dataclasses import asdict

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.scratch import scratch_database
from ingest.names import share_core
from ingest.resolution.comparable import Cut, comparable
from ingest.resolution.identity import DUCKDB
from ingest.resolution.likeness import (
    COMPARISONS,
    FORMER_NAME,
    ONE_CHARACTER,
    OTHER_CODE,
    OTHER_FORM,
    OTHER_PREFECTURE,
    OTHER_PROVINCE,
    SAME_CODE,
    SAME_DAY,
    SAME_HOUSE,
    SAME_NAME,
    SAME_SHORT_NAME,
    UNKNOWN,
    scores,
)
from ingest.resolution.sql import statement

MERGE_AT = 0.99
"""From here on two records are one company. Of 62,320 pairs so sure 62,318 were: of two real lists, of those with the names
of one damaged, and of two generated registers of 100,000 (`bench.linking`)."""
REVIEW_AT = 0.5
"""From here on a person is asked. Of the 4,153 pairs there between this and merging 58 % were one company, of the 1,164 of
the real lists 98 %. Below, of 453 with 0.02 or more, 31 % (registers of 30,000)."""
HELD_BACK_AT = 0.98
"""The most that a pair may reach that a person has to look at: in review, below merging."""

PAIRS = pa.schema(
    [
        ("left_id", pa.string()), ("right_id", pa.string()), ("probability", pa.float64()), ("weight", pa.float64()),
        ("reason", pa.string()),
        *((f"{c.name}_{part}", kind) for c in COMPARISONS for part, kind in (("weight", pa.float64()), ("level", pa.string()))),
    ]
)  # fmt: skip

_CUT = "cut_keys"


def probable_pairs(records: pa.Table, *, least: float = REVIEW_AT, link_on: str = DUCKDB) -> pa.Table:
    """Pairs of records that are the same company with a probability of at least `least`; `PAIRS`.

    `records`: record_id, dataset, name; and where known short_name, former_names (a list), place_code (GB/T 2260),
    address, uscc, stock_code, listed_on. Records of one dataset are not compared: each is
    taken to have a company once, and a record whose match is sure has no other one there.

    The surest pairs come first, then by left_id and right_id; left_id is the smaller. Each comparison has its part of the
    weight (bits) and what it found. `reason` says why a pair is held back, null where it is not. Held back means at most
    `HELD_BACK_AT`. Equal records give equal pairs, run after run. No records, or none that meet, give an empty table;
    `cut_keys` tells what was too common to compare. `link_on` is where pairs are scored (`ingest.resolution.likeness.scores`).
    Raises `UsageError` as `comparable` does.
    """
    ready = comparable(records)
    metadata = {_CUT: json.dumps([asdict(cut) for cut in ready.cut])}
    if pc.sum(pc.list_value_length(ready.table["keys"])).as_py() in (None, 0):
        return PAIRS.empty_table().replace_schema_metadata(metadata)
    with scratch_database() as connection:
        scored = scores(ready.table, least=least, connection=connection, link_on=link_on)
        connection.register("scored", scored)
        found = connection.sql(f"SELECT {', '.join(_columns(scored.column_names))} FROM scored").to_arrow_table()
        connection.register("pairs", found.append_column("shares_nothing", _shares_nothing(found, records)))
        datasets = {name: pc.cast(records[name], pa.string()) for name in ("record_id", "dataset")}
        connection.register("datasets", pa.table(datasets))
        reasons = ", ".join(f"CASE WHEN {condition} THEN '{reason}' END" for reason, condition in HELD_BACK.items())
        judged = statement("judged_pairs", reasons=reasons, held_back_at=HELD_BACK_AT, merge_at=MERGE_AT, least=least)
        pairs = connection.sql(judged).to_arrow_table().select(PAIRS.names).cast(PAIRS)
    return pairs.replace_schema_metadata(metadata)


def cut_keys(pairs: pa.Table) -> tuple[Cut, ...]:
    """What `probable_pairs` did not compare because too many records share it, by kind of key."""
    metadata = pairs.schema.metadata or {}
    return tuple(Cut(**cut) for cut in json.loads(metadata.get(_CUT.encode(), b"[]")))


def _columns(scored: list[str]) -> list[str]:
    """The columns of `PAIRS` out of those of Splink, but for the reason."""
    columns = [
        "least(unique_id_l, unique_id_r) AS left_id", "greatest(unique_id_l, unique_id_r) AS right_id",
        "match_probability AS probability", "match_weight AS weight",
    ]  # fmt: skip
    for comparison in COMPARISONS:
        name = comparison.name
        weights = [f"mw_{name}", f"mw_tf_adj_{name}"]
        # Splink counts levels from the worst, 0, and gives -1 where there is nothing to compare; lists count from 1.
        labels = [UNKNOWN, *(level.label for level in reversed(comparison.levels))]
        columns.append(f"{' + '.join(one for one in weights if one in scored)} AS {name}_weight")
        columns.append(f"{labels}[gamma_{name} + 2] AS {name}_level")
    return columns


# --- what a person has to look at ------------------------------------------------------------------------------------

_SAME_CODE = f"codes_level = '{SAME_CODE}'"
_WITNESSED = f"(short_name_level = '{SAME_SHORT_NAME}' OR listed_on_level = '{SAME_DAY}' OR {_SAME_CODE})"

HELD_BACK = {
    # Never by the name alone.
    "ingest.no_place": f"place_level = '{UNKNOWN}' AND NOT {_SAME_CODE}",
    # It may have moved; a namesake is as probable, and nothing here tells them apart.
    "ingest.places_differ": f"place_level IN ('{OTHER_PREFECTURE}', '{OTHER_PROVINCE}') AND NOT {_SAME_CODE}",
    # A company keeps its code for life. A and B shares have two.
    "ingest.codes_differ": f"codes_level = '{OTHER_CODE}'",
    # 安徽江淮汽车集团有限公司 held 安徽江淮汽车集团股份有限公司, in one house.
    "ingest.only_form_differs": f"name_level = '{OTHER_FORM}' AND NOT {_WITNESSED}",
    # 联域光电 and 联建光电 are two companies of one district.
    "ingest.character_apart": f"name_level = '{ONE_CHARACTER}' AND NOT {_WITNESSED} AND place_level <> '{SAME_HOUSE}'",
    # Mother and daughter have one house and half a name: 上海汽车集团 and its finance company.
    "ingest.names_in_part": f"name_level NOT IN ('{SAME_NAME}', '{FORMER_NAME}', '{OTHER_FORM}', '{ONE_CHARACTER}') "
    f"AND NOT {_SAME_CODE}",
    # One of the two codes is wrong.
    "ingest.nothing_shared": "shares_nothing",
}
"""Why a pair is left to a person, and which pairs. One with the same code is not held back for its place or its name."""


def _shares_nothing(pairs: pa.Table, records: pa.Table) -> pa.Array:
    """Whether a pair has the same code and names, former ones aside, that have nothing in common: one code is wrong."""
    is_coded = pc.equal(pairs["codes_level"], SAME_CODE)
    asked = pc.and_(is_coded, pc.not_equal(pairs["name_level"], FORMER_NAME)).to_numpy()
    of_code = pairs.filter(pa.array(asked))
    ids = pc.cast(records["record_id"], pa.string())
    shares = share_core(*(records["name"].take(pc.index_in(of_code[side], ids)) for side in ("left_id", "right_id")))
    found = np.zeros(len(pairs), dtype=bool)
    found[asked] = pc.equal(shares, False).fill_null(False)
    return pa.array(found)
