"""Claims into a graph: who is who, which claims can stand, and which of them wins (`claim_files` has the order).

Everything is done on columns in DuckDB over the parts' files, so that memory stays bounded whatever their size.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from graph.ontology import EDGE_TYPES, KIND, NODE_TYPE, NODE_TYPES, EdgeType, Kind
from graph.scratch import scratch_database
from graph.store import Batch, arrow_schema
from graph.texts import Text
from ingest.claims import PROBLEM_SCHEMA
from ingest.decisions import Decision
from ingest.resolution.claim_files import ClaimsFile, claims_statement
from ingest.resolution.folding import ROWS_PER_BATCH, GraphFile, disputed, fold, rows_of, write_edges, write_nodes
from ingest.resolution.identity import Identities, identities
from ingest.resolution.newcomers import newcomers, to_look_at
from ingest.resolution.sql import make_table, statement
from ingest.resolution.standing import standing_claims

_MEMORY_MIB = 600
_HELD_BYTES = 16 * 2**20
"""Claims up to this size on disk are read into tables once: each statement would open and plan their files anew."""

_SMALL_BYTES = 2**20
"""Up to this size handing parts to threads takes longer than what they do."""


@dataclass(slots=True)
class KindCount:
    """What became of the claims on one type: `claims` = `loaded` + `merged` + `quarantined`."""

    what: str
    claims: int = 0
    loaded: int = 0
    merged: int = 0
    quarantined: int = 0
    disputed: int = 0


@dataclass(slots=True)
class Resolved:
    """A graph on disk, one Parquet file for each type and pair of ends, and what happened on the way."""

    folder: Path
    counts: list[KindCount]
    problems: pa.Table
    identities: Identities
    aside: pa.Table
    references: pa.Table
    rows: pa.Table
    """How many rows of each table (`dataset`, `file`) were `loaded` and `merged`."""
    files: list[GraphFile] = field(default_factory=list)
    newcomers: list[Text] = field(default_factory=list)
    """Names that a data set brings and no other knows, by type."""

    def moved(self, folder: Path) -> "Resolved":
        """The same graph once its folder was moved."""
        files = [(what, ends, folder / path.name) for what, ends, path in self.files]
        return replace(self, folder=folder, files=files)

    def batches(self) -> Iterator[Batch]:
        """The graph as batches for a store, nodes first, each of at most some 100,000 rows."""
        for what, ends, path in self.files:
            kind = KIND[what]
            with pq.ParquetFile(path) as file:
                for part in file.iter_batches(ROWS_PER_BATCH):
                    yield Batch(kind, pa.Table.from_batches([part]).cast(arrow_schema(kind)), ends)


@dataclass(frozen=True, slots=True)
class Standing:
    """A database in which claims are resolved: `claims_TYPE` and, of those that can stand, `standing_TYPE`; the others are
    problems (`PROBLEM_SCHEMA`). `values` are those that claims lack, where whoever read them says so."""

    database: duckdb.DuckDBPyConnection
    kinds: tuple[Kind, ...]
    identities: Identities
    aside: pa.Table
    problems: pa.Table
    values: pa.Table = field(default_factory=PROBLEM_SCHEMA.empty_table)


@contextmanager
def standing_database(
    files: Sequence[ClaimsFile], folder: Path, decisions: Sequence[Decision], *, unknown: pa.Table, link_on: str | None
) -> Iterator[Standing]:
    """The claims as far as they can stand, in a database that is gone afterwards; it needs `folder` for what does not fit
    into memory. `unknown` are values not to be shown (`ASIDE_SCHEMA`); `link_on` is where probable matches are found, if they
    are (`ingest.resolution.likeness.scores`)."""
    folder.mkdir(parents=True, exist_ok=True)
    threads = 1 if sum(file.path.stat().st_size for file in files) < _SMALL_BYTES else 2
    limits = {"memory_limit": f"{_MEMORY_MIB}MiB", "threads": threads, "preserve_insertion_order": False}
    with scratch_database(folder, **limits) as database:
        database.execute("SET python_enable_replacements = false")
        yield _standing(database, files, decisions, unknown, link_on)


def _standing(
    database: duckdb.DuckDBPyConnection,
    files: Sequence[ClaimsFile],
    decisions: Sequence[Decision],
    unknown: pa.Table,
    link_on: str | None,
) -> Standing:
    claimed = {file.what for file in files}
    nodes = [t for t in NODE_TYPES if t.label in claimed]
    edges = [t for t in EDGE_TYPES if t.type in claimed]
    labels = [t.label for t in nodes]
    held = "TABLE" if sum(file.path.stat().st_size for file in files) <= _HELD_BYTES else "VIEW"
    for name in (*labels, *(t.type for t in edges)):
        database.execute(f"CREATE {held} claims_{name} AS {claims_statement(files, name)}")
    who = identities(database, labels, decisions, link_on=link_on)
    aside = pa.concat_tables([who.aside, unknown])
    make_table(database, "merged", who.entities)
    make_table(database, "aside", aside)
    problems = standing_claims(database, nodes, edges, {file.what for file in files if file.part < 0})
    return Standing(database, (*nodes, *edges), who, aside, problems)


def resolved(claims: Standing, folder: Path) -> Resolved:
    """The graph that the claims make, written into `folder`."""
    database, aside = claims.database, claims.aside
    hidden = set(zip(aside["label"].to_pylist(), aside["property"].to_pylist(), strict=True))
    quarantined = Counter(claims.problems["what"].to_pylist())
    written: list[GraphFile] = []
    counts: list[KindCount] = []
    for kind in claims.kinds:
        name = kind.name
        not_shown = [prop for what, prop in hidden if what == name]
        several = fold(database, kind, not_shown)
        new = write_edges(database, kind, folder) if isinstance(kind, EdgeType) else write_nodes(database, kind, folder)
        written += new
        number = int(database.execute(f"SELECT count(*) FROM claims_{name}").fetchall()[0][0])
        loaded = sum(rows_of(path) for _, _, path in new)
        merged = number - loaded - quarantined[name]
        in_dispute = disputed(database, kind) if several else 0
        counts.append(KindCount(name, number, loaded, merged, quarantined[name], in_dispute))
    references = database.sql("SELECT ref, entity FROM refs WHERE entity IS NOT NULL ORDER BY ref").to_arrow_table()
    first = " UNION ALL ".join(
        statement("first_claims", name=kind.name, is_node=str(kind.name in NODE_TYPE)) for kind in claims.kinds
    )
    rows = database.sql(statement("rows_of_tables", claims=first)).to_arrow_table()
    return Resolved(
        folder, counts, claims.problems, claims.identities, aside, references, rows, written,
        [*newcomers(database, claims.kinds), *to_look_at(database, written)],
    )  # fmt: skip
