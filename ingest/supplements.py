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

from graph.ontology import EDGE_TYPE, KIND, label_of
from ingest.claims import PROBLEM_SCHEMA, claims_schema
from ingest.corrections import CORRECTIONS, CORRECTIONS_PART, REPORTS, REPORTS_SOURCE, corrections, reports
from ingest.dataset import Dataset
from ingest.decisions import Decision
from ingest.places.gazetteer import place_rows
from ingest.resolution.claim_files import ClaimsFile
from ingest.resolution.identity import ASIDE_SCHEMA

GAZETTEER = "gb2260"
GAZETTEER_SOURCE = "source:gb2260-stdnum"
GAZETTEER_AS_OF = date(2021, 12, 31)
"""The last year of which the table of python-stdnum 2.2 names a change."""
_GAZETTEER: dict[str, object] = {
    "id": GAZETTEER_SOURCE, "name_zh": "中华人民共和国行政区划代码（python-stdnum 所载）", "kind": "standard",
    "name_en": "GB/T 2260 codes as carried by python-stdnum", "publisher": "python-stdnum",
    "licence": "LGPL-2.1+", "as_of": GAZETTEER_AS_OF}  # fmt: skip


@dataclass(slots=True)
class Supplements:
    """Files of further claims, how many there are by where they come from, those that could not be made, and values that a
    person said are not known (`ASIDE_SCHEMA`)."""

    files: list[ClaimsFile] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    problems: pa.Table = field(default_factory=PROBLEM_SCHEMA.empty_table)
    unknown: pa.Table = field(default_factory=ASIDE_SCHEMA.empty_table)


def supplementary_claims(
    claims: Sequence[ClaimsFile], datasets: Iterable[Dataset], decisions: Iterable[Decision], folder: Path
) -> Supplements:
    """Write the further claims that a load needs; their parts are numbered on from those that are there."""
    folder.mkdir(parents=True, exist_ok=True)
    added = Supplements()
    sources = [dict(source.model_dump()) for dataset in datasets for source in dataset.mapping.sources]
    places = _places(claims)
    if places:
        sources.append(_GAZETTEER)
    decisions = [*decisions]
    reported, unfit = reports(decisions)
    if reported:
        sources.append(REPORTS_SOURCE)
    kinds: list[tuple[str, str, Sequence[Mapping[str, object]]]] = [
        ("ingest.mapping", "Source", sources), (GAZETTEER, "Place", places), (GAZETTEER, "PART_OF", _parents(places)),
        *((REPORTS, what, rows) for what, rows in reported.items()),
    ]  # fmt: skip
    for number, (origin, what, rows) in enumerate(kinds):
        _write(added, folder, origin, what, rows, len(claims) + number)
    corrected, problems, added.unknown = corrections(decisions)
    added.problems = pa.concat_tables([problems, pa.Table.from_pylist(unfit, schema=PROBLEM_SCHEMA)])
    for what, rows in corrected.items():
        _write(added, folder, CORRECTIONS, what, rows, CORRECTIONS_PART)
    return added


def _write(
    added: Supplements, folder: Path, origin: str, what: str, rows: Sequence[Mapping[str, object]], part: int
) -> None:
    if not rows:
        return
    path = folder / f"{part}-{what}.parquet"
    numbered = [{"file": origin, "row": number, **row} for number, row in enumerate(rows, 1)]
    # Rows have more than the claims: from_pylist takes what the schema names.
    pq.write_table(pa.Table.from_pylist(numbered, schema=claims_schema(KIND[what])), path)
    added.files.append(ClaimsFile(what, path, part))
    added.counts[origin] = added.counts.get(origin, 0) + len(rows)


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
    return [{**row, **stated} for row in place_rows(codes) if row["id"] not in declared]


def _parents(places: Iterable[Mapping[str, object]]) -> list[dict[str, object]]:
    return [
        {"from_id": place["id"], "to_id": place["parent_id"], "source_ids": [GAZETTEER_SOURCE],
         "as_of": GAZETTEER_AS_OF, "status": "documented", "confidence": 1.0}
        for place in places
        if place["parent_id"]
    ]  # fmt: skip


def _distinct(paths: Iterable[Path], column: str) -> set[str]:
    files = [str(path) for path in paths]
    if not files:
        return set()
    rows = duckdb.execute(f"SELECT DISTINCT {column} FROM read_parquet(?)", [files]).fetchall()
    return {row[0] for row in rows}
