"""Claims on disk as one view a type, and the order of precedence among those on one thing.

Of several claims on one thing each property takes the first that knows it:

1. a correction by a person;
2. for edges, documented before listed before inferred;
3. the newer `as_of`;
4. the earlier dataset, the earlier table, the earlier row.

`status`, `confidence`, `evidence` and `as_of` belong together and come from one claim. Lists (aliases, sources) are
united; a name that lost becomes an alias, so that one still finds the node by it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from graph.ontology import EDGE_TYPE, EDGE_TYPES, EdgeType, Kind
from ingest.resolution.references import REFERENCE
from ingest.resolution.sql import quoted

_STEPS = [choice.value for choice in next(p for p in EDGE_TYPES[0].properties if p.name == "status").choices]
"""How sure a fact can be, the surest first."""
TOGETHER = ("status", "confidence", "evidence", "as_of")


@dataclass(frozen=True, slots=True)
class ClaimsFile:
    """Claims of one type on disk. `part` orders them: of equal claims the one of the lower part wins; corrections are −1."""

    what: str
    path: Path
    part: int
    dataset: int = -1


def numbered(claims: Iterable[tuple[int, Sequence[tuple[str, Path]]]]) -> list[ClaimsFile]:
    """The files (type, path) of each part, with the number of its dataset, in their order."""
    files = ((dataset, file) for dataset, part in claims for file in part)
    return [ClaimsFile(what, path, number, dataset) for number, (dataset, (what, path)) in enumerate(files)]


def claims_statement(files: Sequence[ClaimsFile], what: str) -> str:
    """The statement that selects the claims on a type from their files.

    Besides their columns `part`, `dataset` and `n`, the row in the file; a reference gets the number of its dataset.
    """
    ends = ("from_id", "to_id") if what in EDGE_TYPE else ()
    return " UNION ALL BY NAME ".join(
        f"SELECT {file.part} AS part, {file.dataset} AS dataset, file_row_number AS n, * EXCLUDE (file_row_number"
        f"{''.join(f', {end}' for end in ends)}){''.join(_of_dataset(end, file.dataset) for end in ends)} "
        f"FROM read_parquet({quoted(file.path)}, file_row_number = true)"
        for file in files
        if file.what == what
    )


def _of_dataset(end: str, dataset: int) -> str:
    return f", CASE WHEN {end} LIKE '{REFERENCE}%' THEN '{REFERENCE}{dataset}.' || substr({end}, 2) ELSE {end} END AS {end}"


def order_of_precedence(kind: Kind) -> str:
    """What claims `c` on one thing are ordered by, the one that wins first."""
    surest = [f"list_position({_STEPS}, c.status)"] if isinstance(kind, EdgeType) else []
    return ", ".join(["(c.part >= 0)", *surest, "c.as_of DESC NULLS LAST", "c.part", "c.n"])
