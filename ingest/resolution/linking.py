"""Which records of enterprises are probably the same company, and which of those a person has to look at.

Records of different lists (or of one) meet under the keys of `ingest.resolution.comparable` and are scored as `ingest.resolution.likeness` says.
On top of that stands what probability may not decide: `HELD_BACK` names the cases in which a pair stays in review, however
sure its score. So no two records are merged by their names alone.
"""

import json
from collections.abc import Callable
from dataclasses import asdict

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ingest.columns import whole
from ingest.names import share_core
from ingest.resolution.comparable import Cut, comparable, silent_database
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
    LinkType,
    scores,
)

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


def probable_pairs(
    records: pa.Table,
    *,
    least: float = REVIEW_AT,
    within_one_dataset: bool = False,
    seed: int = 20_210_901,
    link_on: str = DUCKDB,
) -> pa.Table:
    """Pairs of records that are the same company with a probability of at least `least`; `PAIRS`.

    `records`: record_id, dataset, name; and where known short_name, former_names (a list), place_code (GB/T 2260),
    address, uscc, stock_code, listed_on. Records of one dataset are compared only where `within_one_dataset`; else each
    dataset is taken to have a company once, and a record whose match is sure has no other one there.

    The surest pairs come first, then by left_id and right_id; left_id is the smaller. Each comparison has its part of the
    weight (bits) and what it found. `reason` says why a pair is held back, null where it is not. Held back means at most
    `HELD_BACK_AT`. Equal records give equal pairs, run after run. No records, or none that meet, give an empty table;
    `cut_keys` tells what was too common to compare. `link_on` is where pairs are scored (`ingest.resolution.likeness.scores`).
    Raises `UsageError` as `comparable` does.
    """
    ready = comparable(records, within_one_dataset=within_one_dataset)
    metadata = {_CUT: json.dumps([asdict(cut) for cut in ready.cut])}
    if pc.sum(pc.list_value_length(ready.table["keys"])).as_py() in (None, 0):
        return PAIRS.empty_table().replace_schema_metadata(metadata)
    link_type: LinkType = "link_and_dedupe" if within_one_dataset else "link_only"
    with silent_database() as connection:
        scored = scores(ready.table, link_type, least=least, seed=seed, connection=connection, link_on=link_on)
    pairs = _held_back(_as_pairs(scored), records)
    if not within_one_dataset:
        pairs = _outdone(pairs, records)
    pairs = pairs.filter(pc.greater_equal(pairs["probability"], least))
    order = [("probability", "descending"), ("left_id", "ascending"), ("right_id", "ascending")]
    return pairs.sort_by(order).replace_schema_metadata(metadata)


def cut_keys(pairs: pa.Table) -> tuple[Cut, ...]:
    """What `probable_pairs` did not compare because too many records share it, by kind of key."""
    metadata = pairs.schema.metadata or {}
    return tuple(Cut(**cut) for cut in json.loads(metadata.get(_CUT.encode(), b"[]")))


def _as_pairs(scored: pa.Table) -> pa.Table:
    left, right = scored["unique_id_l"], scored["unique_id_r"]
    ordered = pc.less(left, right)
    columns = {
        "left_id": pc.if_else(ordered, left, right),
        "right_id": pc.if_else(ordered, right, left),
        "probability": scored["match_probability"],
        "weight": scored["match_weight"],
        "reason": pa.nulls(len(scored), pa.string()),
    }
    for comparison in COMPARISONS:
        weight = scored[f"mw_{comparison.name}"]
        if f"mw_tf_adj_{comparison.name}" in scored.column_names:
            weight = pc.add(weight, scored[f"mw_tf_adj_{comparison.name}"])
        # Splink counts levels from the worst, 0, and gives -1 where there is nothing to compare.
        labels = pa.array([UNKNOWN, *(level.label for level in reversed(comparison.levels))])
        columns[f"{comparison.name}_weight"] = weight
        columns[f"{comparison.name}_level"] = labels.take(
            pc.add(pc.cast(scored[f"gamma_{comparison.name}"], pa.int64()), 1)
        )
    return pa.table(columns).select(PAIRS.names).cast(PAIRS)


# --- what a person has to look at ------------------------------------------------------------------------------------


def _no_place(pairs: pa.Table) -> pa.ChunkedArray:
    return pc.and_(_is(pairs, "place", UNKNOWN), _has_no_code(pairs))


def _other_place(pairs: pa.Table) -> pa.ChunkedArray:
    return pc.and_(_is(pairs, "place", OTHER_PREFECTURE, OTHER_PROVINCE), _has_no_code(pairs))


def _other_code(pairs: pa.Table) -> pa.ChunkedArray:
    return _is(pairs, "codes", OTHER_CODE)


def _other_name(pairs: pa.Table) -> pa.ChunkedArray:
    alike = _is(pairs, "name", SAME_NAME, FORMER_NAME, OTHER_FORM, ONE_CHARACTER)
    return pc.and_(pc.invert(alike), _has_no_code(pairs))


def _other_form(pairs: pa.Table) -> pa.ChunkedArray:
    return pc.and_(_is(pairs, "name", OTHER_FORM), pc.invert(_has_witness(pairs)))


def _one_character(pairs: pa.Table) -> pa.ChunkedArray:
    alone = pc.invert(pc.or_(_has_witness(pairs), _is(pairs, "place", SAME_HOUSE)))
    return pc.and_(_is(pairs, "name", ONE_CHARACTER), alone)


def _has_witness(pairs: pa.Table) -> pa.ChunkedArray:
    listed = pc.or_(_is(pairs, "short_name", SAME_SHORT_NAME), _is(pairs, "listed_on", SAME_DAY))
    return pc.or_(listed, _is(pairs, "codes", SAME_CODE))


HELD_BACK: tuple[tuple[str, Callable[[pa.Table], pa.ChunkedArray]], ...] = (
    # Never by the name alone.
    ("ingest.no_place", _no_place),
    # It may have moved; a namesake is as probable, and nothing here tells them apart.
    ("ingest.places_differ", _other_place),
    # A company keeps its code for life. A and B shares have two.
    ("ingest.codes_differ", _other_code),
    # 安徽江淮汽车集团有限公司 held 安徽江淮汽车集团股份有限公司, in one house.
    ("ingest.only_form_differs", _other_form),
    # 联域光电 and 联建光电 are two companies of one district.
    ("ingest.character_apart", _one_character),
    # Mother and daughter have one house and half a name: 上海汽车集团 and its finance company.
    ("ingest.names_in_part", _other_name),
)
"""Why a pair is left to a person, and which pairs. One with the same code is not held back for its place or its name."""

NOTHING_SHARED = "ingest.nothing_shared"


def _is(pairs: pa.Table, comparison: str, *labels: str) -> pa.ChunkedArray:
    return pc.is_in(pairs[f"{comparison}_level"], pa.array(labels))


def _has_no_code(pairs: pa.Table) -> pa.ChunkedArray:
    return pc.invert(_is(pairs, "codes", SAME_CODE))


def _held_back(pairs: pa.Table, records: pa.Table) -> pa.Table:
    """The pairs with the reasons of those that a person has to look at, and these at most at `HELD_BACK_AT`."""
    reasons = whole(pairs["reason"])
    for reason, holds in (*HELD_BACK, (NOTHING_SHARED, lambda some: _shares_nothing(some, records))):
        added = pc.coalesce(pc.binary_join_element_wise(reasons, reason, " "), reason)
        reasons = pc.if_else(whole(holds(pairs)), added, reasons)
    most = pc.if_else(pc.is_valid(reasons), HELD_BACK_AT, 1.0)
    probability = pc.min_element_wise(whole(pairs["probability"]), most)
    return pa.table(
        {**dict(zip(pairs.column_names, pairs.columns, strict=True)), "reason": reasons, "probability": probability}
    )


def _shares_nothing(pairs: pa.Table, records: pa.Table) -> pa.Array:
    """Whether a pair has the same code and names, former ones aside, that have nothing in common: one code is wrong."""
    asked = whole(pc.and_(_is(pairs, "codes", SAME_CODE), pc.invert(_is(pairs, "name", FORMER_NAME))))
    of_code = pairs.filter(asked)
    shares = share_core(*(_names_of(of_code[side], records) for side in ("left_id", "right_id")))
    found = np.zeros(len(pairs), dtype=bool)
    found[asked.to_numpy(zero_copy_only=False)] = pc.equal(shares, False).fill_null(False)
    return pa.array(found)


def _names_of(ids: pa.ChunkedArray, records: pa.Table) -> pa.ChunkedArray:
    return records["name"].take(pc.index_in(ids, pc.cast(records["record_id"], pa.string())))


# --- one match a list ------------------------------------------------------------------------------------------------


def _outdone(pairs: pa.Table, records: pa.Table) -> pa.Table:
    """The pairs with the probability that they have beside the sure matches of their records in the same lists.

    A list has a company once: where one of its records is surely the match (the odds o of `MERGE_AT` and more), another
    one with odds p is it with a probability of p / (1 + p + o). So 南京药石 is not asked about once 南京冠石 is found.
    """
    if not len(pairs):
        return pairs  # of no rows pandas does not know that a list's name is text
    frame = pairs.select(["left_id", "right_id", "probability"]).to_pandas()
    columns = (pc.cast(records[name], pa.string()).to_pylist() for name in ("record_id", "dataset"))
    dataset = dict(zip(*columns, strict=True))
    odds = frame["probability"] / (1 - frame["probability"]).clip(lower=1e-15)
    is_sure = frame["probability"] >= MERGE_AT
    rivals = pd.Series(0.0, index=frame.index)
    for one, other in (("left_id", "right_id"), ("right_id", "left_id")):
        key = frame[one] + "\x1f" + frame[other].map(dataset)
        rivals += key.map(odds.where(is_sure, 0.0).groupby(key).sum())
    beside = frame["probability"].where(is_sure, odds / (1 + odds + rivals))
    return pairs.set_column(pairs.column_names.index("probability"), "probability", pa.array(beside))
