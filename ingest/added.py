"""Claims that no table holds: the sources a mapping names, the places that others lie in, corrections by people.

Each counts as read, under the name of where it comes from, so that the numbers of a load add up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from graph.errors import UsageError
from graph.model import ends, is_edge_id, key_of
from graph.ontology import EDGE_TYPE, NODE_TYPE, label_of
from ingest.claims import PROBLEM_SCHEMA, Kind, claims_schema, read_as
from ingest.dataset import Dataset
from ingest.decisions import Decision, Verdict
from ingest.mapping.mapping import settable
from ingest.places.gazetteer import place_rows
from ingest.resolution.claim_files import ClaimsFile
from ingest.resolution.identity import ASIDE_SCHEMA

CORRECTIONS_PART = -1
CORRECTIONS = "更正 corrections"
GAZETTEER = "gb2260"
GAZETTEER_SOURCE = "source:gb2260-stdnum"
GAZETTEER_AS_OF = date(2021, 12, 31)
"""The last year of which the table of python-stdnum 2.2 names a change."""


@dataclass(slots=True)
class Added:
    """Files of further claims, how many there are by where they come from, those that could not be made, and values that a
    person said are not known (`ASIDE_SCHEMA`)."""

    files: list[ClaimsFile] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    problems: pa.Table = field(default_factory=PROBLEM_SCHEMA.empty_table)
    unknown: pa.Table = field(default_factory=ASIDE_SCHEMA.empty_table)


def added_claims(
    claims: Sequence[ClaimsFile], datasets: Iterable[Dataset], decisions: Iterable[Decision], folder: Path
) -> Added:
    """Write the further claims that a load needs; their parts are numbered on from those that are there."""
    folder.mkdir(parents=True, exist_ok=True)
    added = Added()
    sources = _sources(datasets)
    places = _places(claims)
    if places:
        sources.append(_gazetteer_source())
    for number, (origin, what, rows) in enumerate(
        (("映射 mapping", "Source", sources), (GAZETTEER, "Place", places), (GAZETTEER, "PART_OF", _parents(places)))
    ):
        _write(added, folder, origin, what, rows, len(claims) + number)
    corrections, added.problems, added.unknown = _corrections(decisions)
    for what, rows in corrections.items():
        _write(added, folder, CORRECTIONS, what, rows, CORRECTIONS_PART)
    return added


def _write(added: Added, folder: Path, origin: str, what: str, rows: Sequence[Mapping[str, object]], part: int) -> None:
    if not rows:
        return
    kind: Kind = NODE_TYPE[what] if what in NODE_TYPE else EDGE_TYPE[what]
    path = folder / f"{part}-{what}.parquet"
    numbered = [{"file": origin, "row": number, **row} for number, row in enumerate(rows, 1)]
    # Rows have more than the claims: from_pylist takes what the schema names.
    pq.write_table(pa.Table.from_pylist(numbered, schema=claims_schema(kind)), path)
    added.files.append(ClaimsFile(what, path, part))
    added.counts[origin] = added.counts.get(origin, 0) + len(rows)


# --- sources ---------------------------------------------------------------------------------------------------------


def _sources(datasets: Iterable[Dataset]) -> list[dict[str, object]]:
    return [dict(source.model_dump()) for dataset in datasets for source in dataset.mapping.sources]


def _gazetteer_source() -> dict[str, object]:
    return {"id": GAZETTEER_SOURCE, "name_zh": "中华人民共和国行政区划代码（python-stdnum 所载）", "kind": "standard",
            "name_en": "GB/T 2260 codes as carried by python-stdnum", "publisher": "python-stdnum",
            "licence": "LGPL-2.1+", "as_of": GAZETTEER_AS_OF}  # fmt: skip


# --- places ----------------------------------------------------------------------------------------------------------


def _places(claims: Sequence[ClaimsFile]) -> list[dict[str, object]]:
    """The places that edges lead to and no table declares, with those that they lie in."""
    declared = _distinct((file.path for file in claims if file.what == "Place"), "id")
    named: set[str] = set()
    for edge_type in EDGE_TYPE.values():
        if any("Place" in pair for pair in edge_type.ends):
            named |= _distinct((f.path for f in claims if f.what == edge_type.type), "to_id")
    codes = [one.removeprefix("place:") for one in sorted(named - declared) if label_of(one) == "Place"]
    if not codes:
        return []  # The gazetteer takes a third of a second to read.
    stated = {"source_ids": [GAZETTEER_SOURCE], "as_of": GAZETTEER_AS_OF}
    return [{**row, **stated} for row in place_rows(codes).to_pylist() if row["id"] not in declared]


def _parents(places: Iterable[Mapping[str, object]]) -> list[dict[str, object]]:
    return [
        {"from_id": place["id"], "to_id": place["parent_id"], "source_ids": [GAZETTEER_SOURCE],
         "as_of": GAZETTEER_AS_OF, "status": "verified", "confidence": 1.0}
        for place in places
        if place["parent_id"]
    ]  # fmt: skip


def _distinct(paths: Iterable[Path], column: str) -> set[str]:
    files = [str(path) for path in paths]
    if not files:
        return set()
    rows = duckdb.execute(f"SELECT DISTINCT {column} FROM read_parquet(?)", [files]).fetchall()
    return {row[0] for row in rows}


# --- corrections -----------------------------------------------------------------------------------------------------


def _corrections(decisions: Iterable[Decision]) -> tuple[dict[str, list[dict[str, object]]], pa.Table, pa.Table]:
    """Corrections as claims by type, those that the ontology does not allow, and values that are to be not known."""
    rows: dict[str, list[dict[str, object]]] = {}
    problems: list[dict[str, object]] = []
    unknown: list[dict[str, object]] = []
    for number, one in enumerate((d for d in decisions if d.verdict is Verdict.CORRECT), 1):
        what = _type_of(one.subject)
        value, flaw = _corrected(one, what)
        if flaw:
            problems.append({"file": CORRECTIONS, "row": number, "what": what, "field": one.property, "value": one.value,
                             "reason": flaw, "hint": "修改或撤回此更正 change or withdraw the correction"})  # fmt: skip
        elif value is None:
            unknown.append(
                {"label": what, "id": one.subject, "property": one.property, "value": None, "reason": one.said()}
            )
        else:
            rows.setdefault(what, []).append({**_ids(one.subject), one.property: value})
    return (
        rows,
        pa.Table.from_pylist(problems, schema=PROBLEM_SCHEMA),
        pa.Table.from_pylist(unknown, schema=ASIDE_SCHEMA),
    )


def check_correction(one: Decision) -> None:
    """Raise `UsageError` where the ontology does not allow a correction."""
    _, flaw = _corrected(one, _type_of(one.subject))
    if flaw:
        raise UsageError(f"{one.property}={one.value}: {flaw}.")


def _type_of(thing: str) -> str:
    return ends(thing)[0] if is_edge_id(thing) else label_of(thing) or ""


def _ids(thing: str) -> dict[str, object]:
    """The values of a claim that tell which node or edge it is about."""
    if not is_edge_id(thing):
        return {"id": thing}
    edge_type, from_id, to_id = ends(thing)
    key = EDGE_TYPE[edge_type].key
    return {"from_id": from_id, "to_id": to_id, **({key: key_of(thing)} if key else {})}


def _corrected(one: Decision, what: str) -> tuple[object, str]:
    """The value that a correction gives, and why it cannot be one."""
    kinds: Mapping[str, Kind] = {**NODE_TYPE, **EDGE_TYPE}
    prop = next((p for p in settable(kinds[what]) if p.name == one.property), None) if what in kinds else None
    if prop is None:
        return None, f"没有这个属性 {what} has no such property"
    if not one.value:
        is_fixed = prop.required or what in EDGE_TYPE
        return None, "不能改为未知 it cannot be made unknown" if is_fixed else ""
    result = read_as(prop, pa.array([one.value], pa.string()))
    return result.values[0].as_py(), result.flaws[0].as_py() or ""
