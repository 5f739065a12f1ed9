"""The production graph: a Neo4j server over Bolt, through the official driver.

A load is one managed transaction that writes the difference: every node and edge carries a `digest` of its values, the
load reads ids and digests, and writes only what is new, other or gone, so an unchanged graph costs its reading alone.
Readers see the old graph until it commits, and a loader that is killed leaves no trace. Neo4j reads what is committed
and has no snapshots: a statement that runs at the very moment of the commit may see rows of both graphs (1 of 65 in a
test with eight readers, 5.26.12). So a load leaves a mark outside its transaction while it commits, and a snapshot
looks at the mark and at the run record before its first statement and after its last. The server keeps what is written in its transaction memory, which holds for some
hundred thousand rows a gigabyte of heap; beyond that the bulk importer is the way (`graph.neo4j_import`).

What someone else wrote into a node of ours is not seen as long as its digest is the load's; `SET n.digest = null`
makes the next load write it again.
"""

import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import islice
from typing import TypeVar, cast
from urllib.parse import urlsplit

import neo4j
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConfigurationError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    TransientError,
)
from neo4j.graph import Node as BoltNode
from neo4j.graph import Path as BoltPath
from neo4j.graph import Relationship as BoltRelationship
from neo4j.time import Date as BoltDate

from graph.column_texts import KNOWN_MARKS, column_texts, known_rows
from graph.cypher import Query
from graph.derivations import with_derived
from graph.digest import digests
from graph.errors import (
    Abandoned,
    GraphChanged,
    LoadTooLarge,
    QueryRejected,
    QueryTimeout,
    StoreError,
    StoreUnavailable,
    TooMuchMemory,
    UsageError,
)
from graph.model import Edge, Node, Value, ends
from graph.ontology import (
    EDGE_TYPE,
    NODE_TYPE,
    STORED_EDGE_TYPES,
    STORED_NODE_TYPES,
    EdgeType,
    NodeType,
)
from graph.statements import (
    NEO4J_COUNTED,
    NEO4J_INDEXES,
    NEO4J_LOCK,
    NEO4J_MARK,
    NEO4J_RUN_RECORD,
    NEO4J_UNMARK,
    RUN_QUERY,
    count_queries,
    neo4j_constraints,
    neo4j_create,
    neo4j_delete,
    neo4j_held,
    neo4j_known,
    neo4j_rows,
    neo4j_update,
    replanned,
    schema_digest,
)
from graph.store import (
    Batch,
    Cell,
    Changes,
    Parameter,
    Progress,
    arrow_schema,
    batch_shapes,
    counted,
    in_turns,
    not_evidence,
    printable,
)
from graph.texts import Text
from graph.worker import Opening, Workers

_ROWS_PER_STATEMENT = 5_000
_WORTH_A_PLAN = 1_000
_WORTH_COUNTING = 1_000
_ROWS_PER_BATCH = 50_000
"""How many rows are held as Python values at a time."""
_FETCH_SIZE = 2_000
_RETRY_SECONDS = 5.0
_COMMIT_SECONDS = 10.0
"""How long a load may take to commit: a mark that is older was left by one that was killed."""

_MORE_THAN_READ = ("LoadCSV", "ProcedureCall", "Show", "Terminate")
"""Steps of plans that the server takes for reading."""

_KINDS: tuple[NodeType | EdgeType, ...] = (*STORED_NODE_TYPES, *STORED_EDGE_TYPES)

_T = TypeVar("_T")
_Indices = npt.NDArray[np.int64]


class Neo4jStore:
    """A `GraphStore` on a Neo4j server; `neo4j://` addresses send reads to replicas."""

    dialect = "neo4j"

    def __init__(self, url: str, user: str | None, password: str | None, timeout_seconds: float = 30.0) -> None:
        self._url = printable(url)
        self._timeout_seconds = timeout_seconds
        self._opening = Opening(url, timeout_seconds, user=user, password=password)
        self._workers = Workers()
        try:
            _ = urlsplit(url).port
            self._driver = neo4j.GraphDatabase.driver(
                url,
                auth=(user or "neo4j", password) if password else None,
                connection_timeout=5.0,
                connection_acquisition_timeout=10.0,
                max_transaction_retry_time=_RETRY_SECONDS,
                notifications_min_severity="OFF",
            )
        except (ConfigurationError, ValueError):
            # The driver's own message repeats the address with the password in it.
            raise UsageError(Text("errors.neo4j_address", url=self._url)) from None

    @contextmanager
    def snapshot(self) -> "Iterator[_Snapshot]":
        with self.session(neo4j.READ_ACCESS) as session:
            graph = _Snapshot(self, session)
            yield graph
            graph.check_unchanged()

    def fetch(self, query: Query, parameters: Mapping[str, Parameter]) -> list[dict[str, Cell]]:
        with self.session(neo4j.READ_ACCESS) as session:
            return self.read(session, query, parameters, _rows)

    def fetch_foreign(self, query: Query, parameters: Mapping[str, Parameter], most: int) -> list[dict[str, Cell]]:
        return self._workers.first(self._opening, query, parameters, most)

    def first(self, query: Query, parameters: Mapping[str, Parameter], most: int) -> list[dict[str, Cell]]:
        explained = replace(query, text=f"EXPLAIN {query.text}")
        with self.session(neo4j.READ_ACCESS) as session:
            plan = self.read(session, explained, parameters, lambda result: result.consume())
            if plan.query_type != "r" or any(one.startswith(_MORE_THAN_READ) for one in _operators(plan.plan or {})):
                raise QueryRejected(f"query {query.name} on neo4j: it does more than read the graph")
            return self.read(session, query, parameters, lambda result: _rows(result, most))

    def fetch_table(self, query: Query, parameters: Mapping[str, Parameter]) -> pa.Table:
        with self.session(neo4j.READ_ACCESS) as session:
            return self.read(session, query, parameters, _table)

    def tables(self, progress: Progress | None = None) -> Iterator[Batch]:
        total = sum(self.counts().values()) if progress else 0
        done = 0
        with self._errors("tables"), self.session(neo4j.READ_ACCESS) as session:
            for kind, pair in batch_shapes():
                # Without a limit on its time: it takes as long as whoever reads it.
                with session.begin_transaction(timeout=0) as transaction:
                    for batch in _batches(transaction, kind, pair):
                        done += batch.table.num_rows
                        if progress:
                            progress(kind.text, done, total)
                        yield batch

    def replace(
        self, batches: Iterable[Batch], run_id: str, progress: Progress | None = None, day: date | None = None
    ) -> Changes:
        day = day or date.today()
        load = _Load(list(with_derived(_nodes_first(batches), day)), run_id, day, progress)
        with (
            self._errors("load"),
            self.session(neo4j.WRITE_ACCESS) as session,
            self.session(neo4j.WRITE_ACCESS) as beside,
        ):
            there = session.run(NEO4J_INDEXES).single(strict=True)["names"]
            for statement in neo4j_constraints():
                if statement.split()[2] not in there:  # CREATE CONSTRAINT name …
                    session.run(cast("neo4j.Query", statement)).consume()

            def write_and_mark(transaction: neo4j.ManagedTransaction) -> Changes:
                changes = load.write(transaction)
                beside.run(NEO4J_MARK).consume()
                return changes

            try:
                changes = session.execute_write(neo4j.unit_of_work()(write_and_mark))
            finally:
                beside.run(NEO4J_UNMARK).consume()
            if changes.added + changes.changed + changes.removed >= _WORTH_COUNTING:
                # Before, an index on what a first load wrote counts as empty, and a question that scans it for every row as quick.
                with suppress(ClientError):  # Not every user may.
                    beside.run(NEO4J_COUNTED).consume()
            return changes

    def run_id(self) -> str | None:
        with self.snapshot() as graph:
            return graph.run_id()

    def day(self) -> date | None:
        with self.snapshot() as graph:
            return graph.day()

    def check(self) -> None:
        raise UsageError(Text("durable.not_ours"))

    def counts(self) -> dict[str, int]:
        with self.snapshot() as graph:
            return graph.counts()

    def close(self) -> None:
        self._driver.close()
        self._workers.close()

    def read(
        self,
        session: neo4j.Session,
        query: Query,
        parameters: Mapping[str, Parameter],
        shape: Callable[[neo4j.Result], _T],
    ) -> _T:
        """What a statement finds, read in a transaction of its own within the limit on time."""
        query.check_parameters(parameters)

        @neo4j.unit_of_work(timeout=self._timeout_seconds)
        def work(transaction: neo4j.ManagedTransaction) -> _T:
            return shape(transaction.run(query.text_for(self.dialect), dict(parameters)))

        with self._errors(query.name):
            return session.execute_read(work)

    def session(self, access: str) -> neo4j.Session:
        """A session, which sees at least what the ones before it saw; on a cluster each statement what the last saw."""
        return self._driver.session(
            default_access_mode=access,
            fetch_size=_FETCH_SIZE,
            bookmark_manager=self._driver.execute_query_bookmark_manager,
        )

    @contextmanager
    def _errors(self, doing: str) -> Iterator[None]:
        """The driver's errors as ours."""
        try:
            yield
        except AuthError as error:
            raise StoreUnavailable(Text("errors.neo4j_refused", url=self._url)) from error
        except (ClientError, TransientError) as error:
            raise self._server_error(doing, error) from error
        except (ServiceUnavailable, DriverError, OSError) as error:
            raise self._away(error) from error
        except Neo4jError as error:
            raise QueryRejected(f"{doing} on neo4j: {error.message}") from error

    def _server_error(self, doing: str, error: ClientError | TransientError) -> StoreError:
        code = error.code or ""
        if "OutOfMemory" in code and doing != "load":
            return TooMuchMemory(Text("store.no_memory", setting="dbms.memory.transaction.total.max"))
        if "OutOfMemory" in code:
            return LoadTooLarge(Text("errors.too_large", doing=doing, code=code))
        if isinstance(error, TransientError):
            return self._away(error)
        if "TransactionTimedOut" in code:
            return QueryTimeout(Text("errors.timeout", name=doing, seconds=self._timeout_seconds))
        return QueryRejected(f"{doing} on neo4j: {error.message}")

    def _away(self, error: BaseException) -> StoreUnavailable:
        """Why the server cannot be reached, by the error that the driver's came of."""
        cause = error
        while cause.__cause__:
            cause = cause.__cause__
        kind = "store.tls" if isinstance(cause, ssl.SSLError) else "store.away"
        return StoreUnavailable(Text(kind, url=self._url, cause=str(cause) or type(cause).__name__))


class _Snapshot:
    """A session, and the run that the graph was of when it began.

    Each statement is a transaction of its own, with its own limit on time: one for all would see no older graph either,
    since the server reads what is committed, and its time would run while we reckon.
    """

    dialect = "neo4j"

    def __init__(self, store: Neo4jStore, session: neo4j.Session) -> None:
        self._store = store
        self._session = session
        self._is_stopped = False
        self._run = self._settled_run()
        if self._run and self._run["schema"] != schema_digest():
            raise StoreUnavailable(Text("store.other_version"))

    def fetch(self, query: Query, parameters: Mapping[str, Parameter]) -> list[dict[str, Cell]]:
        return self._read(query, parameters, _rows)

    def fetch_foreign(self, query: Query, parameters: Mapping[str, Parameter], most: int) -> list[dict[str, Cell]]:
        if self._is_stopped:
            raise Abandoned(query.name)
        return self._store.fetch_foreign(query, parameters, most)

    def fetch_table(self, query: Query, parameters: Mapping[str, Parameter]) -> pa.Table:
        return self._read(query, parameters, _table)

    def run_id(self) -> str | None:
        return cast("str | None", self._run.get("run_id"))

    def day(self) -> date | None:
        return cast("date | None", self._run.get("day"))

    def counts(self) -> dict[str, int]:
        return counted(row for query in count_queries() for row in self.fetch(query, {}))

    def stop(self) -> None:
        # The driver cannot end a statement from another thread: the server's limit on time ends it.
        self._is_stopped = True

    def check_unchanged(self) -> None:
        """Raise `GraphChanged` unless the graph is still that of the beginning."""
        if not self._is_stopped and self._run_now() != self._run:
            raise GraphChanged(Text("store.changed"))

    def _settled_run(self) -> dict[str, Cell]:
        """The run record, once no load commits. The mark of a load that was killed counts for some seconds."""
        until = time.monotonic() + _COMMIT_SECONDS
        while "committing_ms" in (run := self._run_now()) and time.monotonic() < until:
            time.sleep(0.05)
        return run

    def _run_now(self) -> dict[str, Cell]:
        rows = self._read(RUN_QUERY, {}, _rows)
        run = rows[0] if rows else {}
        since = run.pop("committing_ms", None)
        return {**run, "committing_ms": True} if isinstance(since, int) and since < _COMMIT_SECONDS * 1000 else run

    def _read(
        self,
        query: Query,
        parameters: Mapping[str, Parameter],
        shape: Callable[[neo4j.Result], _T],
    ) -> _T:
        if self._is_stopped:
            raise Abandoned(query.name)
        return self._store.read(self._session, query, parameters, shape)


@dataclass(frozen=True, slots=True)
class _Difference:
    """What a load has to do to one type: rows of the new table by number, old ones by the server's ids.

    `targets` are the old ones of the rows in `changed`, in their order.
    """

    added: _Indices
    changed: _Indices
    targets: pa.Array
    vanished: pa.Array
    unchanged: int


class _Load:
    """One load: what shall be in the graph, written by `write` as the difference to what is in it."""

    def __init__(self, batches: Sequence[Batch], run_id: str, day: date, progress: Progress | None) -> None:
        self._new: dict[str, list[Batch]] = {kind.name: [] for kind in _KINDS}
        for batch in batches:
            self._new[batch.name].append(_with_digests(batch))
        self._run_id = run_id
        self._day = day
        self._progress = progress
        self._total = sum(batch.table.num_rows for batch in batches)
        self._done = 0

    def write(self, transaction: neo4j.ManagedTransaction) -> Changes:
        """The work of a managed transaction, which the driver may try several times."""
        self._done = 0
        transaction.run(NEO4J_LOCK).consume()
        held = {record["name"] for record in transaction.run(neo4j_held())}
        known = (_known_rows(transaction, kind) if kind.name in held else known_rows([]) for kind in _KINDS)
        differences = [_difference(old, self._new[kind.name]) for kind, old in zip(_KINDS, known, strict=True)]
        # Edges before nodes, or a node that vanishes would take edges with it that are on the list.
        for kind, difference in reversed(list(zip(_KINDS, differences, strict=True))):
            _delete(transaction, kind, difference.vanished)
        for kind, difference in zip(_KINDS, differences, strict=True):
            self._write_rows(transaction, kind, difference)
        loaded_at = datetime.now(UTC).isoformat()
        record = {"run_id": self._run_id, "loaded_at": loaded_at, "day": self._day, "schema": schema_digest()}
        transaction.run(NEO4J_RUN_RECORD, record).consume()
        return Changes(
            added=sum(len(d.added) for d in differences),
            changed=sum(len(d.changed) for d in differences),
            removed=sum(len(d.vanished) for d in differences),
            unchanged=sum(d.unchanged for d in differences),
        )

    def _write_rows(
        self, transaction: neo4j.ManagedTransaction, kind: NodeType | EdgeType, difference: _Difference
    ) -> None:
        """Write the added and the changed rows of a type, batch by batch, and tell the progress of all of them."""
        start = 0
        for batch in self._new[kind.name]:
            end = start + batch.table.num_rows
            here = _between(difference.changed, start, end)
            changed = batch.table.take(difference.changed[here] - start)
            changed = changed.append_column("element_id", difference.targets[here])
            added = batch.table.take(difference.added[_between(difference.added, start, end)] - start)
            self._step(kind, end - start - len(changed) - len(added))
            self._run(transaction, batch, changed)
            self._run(transaction, batch, added)
            start = end

    def _run(self, transaction: neo4j.ManagedTransaction, batch: Batch, rows: pa.Table) -> None:
        """Create the rows, or where they have an element id write over what has it."""
        if not len(rows):
            return
        is_there = "element_id" in rows.column_names
        if len(rows) < _WORTH_A_PLAN:
            few = neo4j_update(batch.kind) if is_there else neo4j_create(batch.kind, batch.ends)
            self._write(transaction, batch.kind, few, {"rows": _with_values(rows)}, len(rows))
            return
        known = _known_columns(rows)
        many = (
            neo4j_update(batch.kind, known.schema) if is_there else neo4j_create(batch.kind, batch.ends, known.schema)
        )
        for number, part in enumerate(known.to_batches(max_chunksize=_ROWS_PER_STATEMENT)):
            text = replanned(many) if not number else many
            self._write(transaction, batch.kind, text, column_texts(part), len(part))

    def _write(
        self,
        transaction: neo4j.ManagedTransaction,
        kind: NodeType | EdgeType,
        text: str,
        parameters: Mapping[str, object],
        rows: int,
    ) -> None:
        written = transaction.run(text, dict(parameters)).single(strict=True)["written"]
        if written != rows:
            raise QueryRejected(f"{written} of {rows} rows of {kind.en} found their ends")
        self._step(kind, rows)

    def _step(self, kind: NodeType | EdgeType, rows: int) -> None:
        self._done += rows
        if rows and self._progress:
            self._progress(kind.text, self._done, self._total)


def _planned(statement: str, rows: int) -> str:
    """The statement for so many rows, planned anew where they are enough to be worth the 20 ms."""
    return replanned(statement) if rows >= _WORTH_A_PLAN else statement


def _known_columns(rows: pa.Table) -> pa.Table:
    """The columns with values, in one piece; those with one in every row not nullable."""
    known = rows.select([name for name in rows.column_names if rows.column(name).null_count < len(rows)])
    fields = [pa.field(f.name, f.type, bool(known.column(f.name).null_count)) for f in known.schema]
    return known.cast(pa.schema(fields)).combine_chunks()


_FOUND_BY = ("from_id", "to_id", "element_id")


def _with_values(rows: pa.Table) -> list[dict[str, object]]:
    """What each row is found by, and under `values` what of it is known. To write texts of columns the server plans a statement
    for each choice of columns, which takes longer than to write few rows."""
    found = rows.to_pylist()
    return [
        {
            **{name: row.pop(name) for name in _FOUND_BY if name in row},
            "values": {name: value for name, value in row.items() if value is not None},
        }
        for row in found
    ]


def _nodes_first(batches: Iterable[Batch]) -> list[Batch]:
    return sorted(batches, key=lambda batch: batch.ends is not None)


def _with_digests(batch: Batch) -> Batch:
    return Batch(batch.kind, batch.table.append_column("digest", digests(batch)), batch.ends)


def _known_rows(transaction: neo4j.ManagedTransaction, kind: NodeType | EdgeType) -> pa.Table:
    """What the graph has of a type (`known_rows`)."""
    result = transaction.run(neo4j_known(kind), KNOWN_MARKS)
    return known_rows([record["known"] for record in result])


def _difference(old: pa.Table, batches: Sequence[Batch]) -> _Difference:
    """Whatever stands in the graph under no id of the new rows, or twice under one, vanishes."""
    ids = _joined(batches, "id", pa.string())
    if pc.count_distinct(ids).as_py() != len(ids):
        repeated = next(row["values"] for row in pc.value_counts(ids).to_pylist() if row["counts"] > 1)
        raise QueryRejected(f"the id {repeated!r} is given to more than one row")
    place = pc.fill_null(pc.index_in(ids, value_set=old.column("id").combine_chunks()), -1).to_numpy()
    is_old = place >= 0
    at = place[is_old]
    digest = _joined(batches, "digest", pa.int64()).filter(pa.array(is_old))
    same = pc.fill_null(pc.equal(old.column("digest").take(pa.array(at)), digest), False).to_numpy()
    vanished = np.ones(len(old), dtype=bool)
    vanished[at] = False
    element_ids = old.column("element_id").combine_chunks()
    return _Difference(
        added=np.flatnonzero(~is_old),
        changed=np.flatnonzero(is_old)[~same],
        targets=element_ids.take(pa.array(at[~same])),
        vanished=element_ids.filter(pa.array(vanished)),
        unchanged=int(same.sum()),
    )


def _joined(batches: Sequence[Batch], column: str, type_: pa.DataType) -> pa.ChunkedArray:
    chunks = [chunk for batch in batches for chunk in batch.table.column(column).chunks]
    return pa.chunked_array(chunks, type_)


def _between(rows: _Indices, start: int, end: int) -> slice:
    """Where in ascending row numbers those of a part of the table are."""
    low, high = np.searchsorted(rows, (start, end))
    return slice(int(low), int(high))


def _delete(transaction: neo4j.ManagedTransaction, kind: NodeType | EdgeType, element_ids: pa.Array) -> None:
    for start in range(0, len(element_ids), _ROWS_PER_STATEMENT):
        part = element_ids.slice(start, _ROWS_PER_STATEMENT).to_pylist()
        text = neo4j_delete(kind) if start else _planned(neo4j_delete(kind), len(element_ids))
        transaction.run(text, {"element_ids": part}).consume()


def _batches(
    transaction: neo4j.Transaction, kind: NodeType | EdgeType, pair: tuple[str, str] | None
) -> Iterator[Batch]:
    """The rows of a type, as many at a time as memory shall hold."""
    schema = arrow_schema(kind)
    types = dict(zip(schema.names, schema.types, strict=True))
    for table in _parts(transaction.run(neo4j_rows(kind, pair)), types):
        yield Batch(kind, table, pair)


def _parts(result: neo4j.Result, types: Mapping[str, pa.DataType]) -> Iterator[pa.Table]:
    while rows := [record.values() for record in result.fetch(_ROWS_PER_BATCH)]:
        yield _columns(rows, types)


def _columns(rows: Sequence[Sequence[object]], types: Mapping[str, pa.DataType]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(types)
    arrays = [
        pa.array(map(_day, column) if pa.types.is_date(type_) else column, type_)
        for column, type_ in zip(columns, types.values(), strict=True)
    ]
    return pa.table(arrays, names=list(types))


def _day(value: object) -> object:
    return value.to_native() if isinstance(value, BoltDate) else value


def _operators(plan: Mapping[str, object]) -> Iterator[str]:
    """The names of the steps of a plan."""
    yield str(plan.get("operatorType"))
    for child in cast("list[Mapping[str, object]]", plan.get("children", [])):
        yield from _operators(child)


def _values(result: neo4j.Result) -> Iterator[Sequence[object]]:
    return (record.values() for record in result)


def _rows(result: neo4j.Result, most: int | None = None) -> list[dict[str, Cell]]:
    names = list(result.keys())
    return [dict(zip(names, map(_decoded, row), strict=True)) for row in islice(_values(result), most)]


def _table(result: neo4j.Result) -> pa.Table:
    names = list(result.keys())
    columns = list(zip(*(map(_plain, row) for row in _values(result)), strict=True)) or [()] * len(names)
    return pa.table([pa.array(column) for column in columns], names=names)


_WHOLE = (BoltNode, BoltRelationship, BoltPath, dict, list)


def _decoded(value: object) -> Cell:
    if isinstance(value, BoltNode):
        label = next((name for name in sorted(value.labels) if name in NODE_TYPE), "")
        if not label:
            raise not_evidence("node", "+".join(sorted(value.labels)))
        return Node(str(value["id"]), label, _known(NODE_TYPE[label], value))
    if isinstance(value, BoltRelationship):
        if value.type not in EDGE_TYPE:
            raise not_evidence("edge", value.type)
        _, from_id, to_id = ends(str(value["id"]))
        return Edge(str(value["id"]), value.type, from_id, to_id, _known(EDGE_TYPE[value.type], value))
    if isinstance(value, BoltPath):
        return tuple(map(_decoded, in_turns(value.nodes, value.relationships)))
    if isinstance(value, dict):
        return {str(name): _decoded(one) for name, one in value.items()}
    if isinstance(value, list) and any(item is None or isinstance(item, _WHOLE) for item in value):
        return tuple(map(_decoded, value))
    return _plain(value)


def _known(kind: NodeType | EdgeType, entity: BoltNode | BoltRelationship) -> dict[str, Value]:
    return {p.name: _plain(entity[p.name]) for p in kind.properties if entity.get(p.name) is not None}


def _plain(value: object) -> Value:
    if isinstance(value, list):
        return tuple(str(item) for item in value)
    if isinstance(value, BoltDate):
        return value.to_native()
    if value is None or isinstance(value, str | int | float | bool | date):
        return value
    raise QueryRejected(f"a query returned a {type(value).__name__}, which no row can hold")
