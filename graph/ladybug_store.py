"""The embedded graph: a Ladybug database in one file, in this process, nothing to install.

The file is a projection that is only ever replaced. A load builds a new file beside it and renames it over the old
one, so a load that fails or is killed leaves the old graph, and readers, in this process or another, go on with the
old file to the end of their snapshot; the next takes up the new one. Readers open the file read-only, any number of
processes at a time; a second load at the same time is refused. The file ends in a seal (`graph.durable`), a page that the
engine does not read: a file that was cut or written to is not opened, and one whose bits flipped is found by `check`.
"""

import errno
import os
import re
import tempfile
import threading
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import chain, groupby, islice
from pathlib import Path
from typing import cast

import ladybug
import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from graph.cypher import Query, limits_in, with_values
from graph.derivations import with_derived
from graph.durable import check_file, has_seal, on_disk, ordinary, seal_file
from graph.errors import (
    Abandoned,
    GraphChanged,
    QueryRejected,
    QueryTimeout,
    StoreError,
    StoreUnavailable,
    TooMuchMemory,
)
from graph.model import Edge, Node, Value, ends
from graph.ontology import EDGE_TYPE, NODE_TYPE
from graph.statements import (
    RUN_QUERY,
    count_queries,
    ladybug_columns,
    ladybug_copy,
    ladybug_file,
    ladybug_rows,
    ladybug_run_record,
    ladybug_schema,
    schema_digest,
)
from graph.store import Batch, Cell, Parameter, Progress, arrow_schema, batch_shapes, counted, in_turns, not_evidence
from graph.texts import Text
from graph.worker import Opening, Workers

_MEMORY = ":memory:"
_MAGIC = b"LBUG"
_MAX_FILE_BYTES = 1 << 38
"""Each open database reserves this much address space. With the engine's own 8 TiB the fifteenth in a process fails
(measured on 0.22.0), and a server that answers while it sees some reloads has several.
"""
_MOST_PREPARED, _LEAST_HEAVY = 240, 24
_POOL_OF_HEAVY_BYTES = 24 << 20
"""What a connection keeps prepared: statements, and for so much of the pool one that sorts or groups, each of which holds
3 MiB of it, however small the graph (0.22.0); some connections are open at a time.
"""
_HEAVY = re.compile(r"\b(ORDER BY|DISTINCT|(count|sum|min|max|avg|collect)\()", re.IGNORECASE)
_INTERRUPT_AGAIN_SECONDS = 0.1
_PART_ROWS = 131_072
"""What the engine hands out to threads; fewer rows are copied by one, in half of the time."""
_FEW_ROWS = 20_000
"""So many are copied in one transaction: to commit a table of edges alone takes 15 ms. With many it takes longer (0.22.0)."""
_GIVEN = NODE_TYPE.keys() | EDGE_TYPE.keys()
_Stamp = tuple[int, ...]
_Ran = dict[str, str | ladybug.PreparedStatement]
"""What ran over a connection by its text: what has parameters the connection itself keeps prepared, by the text."""


class _Opened:
    """A database that is open, which file it was when it was opened, and connections that nobody uses.

    It is closed when the last snapshot of it has gone.
    """

    def __init__(
        self, database: ladybug.Database, stamp: _Stamp, timeout_seconds: float, buffer_pool_bytes: int
    ) -> None:
        self.database = database
        self.stamp = stamp
        self.watch = _Watch(timeout_seconds)
        self._most_heavy = max(buffer_pool_bytes // _POOL_OF_HEAVY_BYTES, _LEAST_HEAVY)
        self._idle: list[tuple[ladybug.Connection, _Ran]] = []
        self.run_id, self.day = self._run()

    def connection(self) -> tuple[ladybug.Connection, _Ran]:
        """A connection for one user at a time, who gives it back, and the statements that ran over it."""
        with suppress(IndexError):
            return self._idle.pop()
        # In the thread that asks: handing parts to others takes as long as half of our statements.
        return ladybug.Connection(self.database, num_threads=1), {}

    def give_back(self, connection: ladybug.Connection, ran: _Ran) -> None:
        """Let others have a connection. One that was interrupted is not given back.

        Nor is one that ran many statements: it keeps each prepared, with the memory of its last run, until it is closed.
        """
        if len(ran) <= _MOST_PREPARED and sum(map(_is_heavy, ran)) <= self._most_heavy:
            self._idle.append((connection, ran))
        else:
            connection.close()

    def close_idle(self) -> None:
        """Close the connections that nobody uses, and free what their statements hold."""
        with suppress(IndexError):
            while True:
                self._idle.pop()[0].close()

    def _run(self) -> tuple[str | None, date | None]:
        connection, ran = self.connection()
        try:
            rows = _dicts(cast(ladybug.QueryResult, connection.execute(RUN_QUERY.text)))
        except RuntimeError:  # Other versions kept another record, or none.
            rows = [{"schema": None}]
        if rows and rows[0]["schema"] != schema_digest():
            raise StoreUnavailable(Text("store.other_version"))
        self.give_back(connection, ran)
        return (cast(str, rows[0]["run_id"]), cast(date, rows[0]["day"])) if rows else (None, None)


class _Watch:
    """Interrupts statements that take too long. With a limit of its own the engine hands each to another thread and waits for
    it: for what takes less than a millisecond that costs as much again.
    """

    def __init__(self, most_seconds: float) -> None:
        self._most_seconds = most_seconds
        self._until: dict[ladybug.Connection, float] = {}
        self._lock = threading.Lock()
        self._is_watching = False

    @contextmanager
    def over(self, connection: ladybug.Connection) -> Iterator[None]:
        """A watch over the statement that a connection runs meanwhile."""
        with self._lock:
            self._until[connection] = time.monotonic() + self._most_seconds
            if not self._is_watching:
                self._is_watching = True
                threading.Thread(target=self._interrupt_late, daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                del self._until[connection]

    def _interrupt_late(self) -> None:
        """Until nothing runs any more: again and again, since an interrupt that comes while a statement is planned is lost."""
        while True:
            with self._lock:
                self._is_watching = bool(self._until)
                if not self._is_watching:
                    return
                left = min(self._until.values()) - time.monotonic()
                for connection, until in self._until.items() if left <= 0 else ():
                    if until <= time.monotonic():
                        connection.interrupt()
            time.sleep(max(left, _INTERRUPT_AGAIN_SECONDS))


@lru_cache(maxsize=1024)
def _is_heavy(text: str) -> bool:
    return _HEAVY.search(text) is not None


class _Snapshot:
    """A file that stays open, read over one connection; users' statements by a worker as long as it is in its place."""

    dialect = "ladybug"

    def __init__(self, store: "LadybugStore", opened: _Opened, timeout_seconds: float) -> None:
        self._store = store
        self._opened = opened
        self._timeout_seconds = timeout_seconds
        self._connection, self._ran = opened.connection()
        self._is_stopped = False

    def fetch(self, query: Query, parameters: Mapping[str, Parameter]) -> list[dict[str, Cell]]:
        return _dicts(self._execute(query, parameters))

    def fetch_foreign(self, query: Query, parameters: Mapping[str, Parameter], most: int) -> list[dict[str, Cell]]:
        if not self._opened.stamp:
            return self.first(query, parameters, most)
        if self._is_stopped:
            raise Abandoned(query.name)
        return self._store.first_apart(self._opened.stamp, query, parameters, most)

    def first(self, query: Query, parameters: Mapping[str, Parameter], most: int) -> list[dict[str, Cell]]:
        """The first rows of one statement that the engine says reads."""
        # The engine prepares no more than one statement, and none that writes where the file is open for reading.
        return _dicts(self._execute(query, parameters, is_prepared=True), most)

    def fetch_table(self, query: Query, parameters: Mapping[str, Parameter]) -> pa.Table:
        return self._execute(query, parameters).get_as_arrow()

    def run_id(self) -> str | None:
        return self._opened.run_id

    def day(self) -> date | None:
        return self._opened.day

    def counts(self) -> dict[str, int]:
        return counted(row for query in count_queries() for row in self.fetch(query, {}))

    def stop(self) -> None:
        self._is_stopped = True
        self._connection.interrupt()

    def close(self) -> None:
        """Give back what is held."""
        if not self._is_stopped:
            self._opened.give_back(self._connection, self._ran)

    def _execute(
        self, query: Query, parameters: Mapping[str, Parameter], *, is_prepared: bool = False
    ) -> ladybug.QueryResult:
        query.check_parameters(parameters)
        text, given = query.text_for(self.dialect), _bound(parameters)
        if not is_prepared:
            text, given = _planned_once(text, given)
        if self._is_stopped:
            raise Abandoned(query.name)
        try:
            statement = text if given and not is_prepared else self._ran.get(text)
            self._ran[text] = statement = statement or _prepared(self._connection, text, given)
            with self._opened.watch.over(self._connection):
                result = self._connection.execute(statement, given)
        except RuntimeError as error:
            if self._is_stopped:
                raise Abandoned(query.name) from error
            if "interrupt" in str(error).lower():
                raise QueryTimeout(Text("errors.timeout", name=query.name, seconds=self._timeout_seconds)) from error
            known = _engine_error(f"query {query.name} on ladybug", error)
            if isinstance(known, TooMuchMemory):
                self._opened.close_idle()
                self._ran[text] = statement = text  # What was prepared holds memory, also from the engine's frames.
                error = error.with_traceback(None)
            raise known from error
        return cast(ladybug.QueryResult, result)


class LadybugStore:
    """A `GraphStore` on a Ladybug file, or in memory for `:memory:`."""

    dialect = "ladybug"

    def __init__(self, path: str, timeout_seconds: float = 30.0, buffer_pool_mib: int = 1024) -> None:
        self._path = None if path == _MEMORY else Path(path).expanduser()
        self._timeout_seconds = timeout_seconds
        self._buffer_pool_bytes = buffer_pool_mib << 20
        self._opened: _Opened | None = None
        self._opening = threading.Lock()
        self._workers = Workers()

    @contextmanager
    def snapshot(self) -> Iterator[_Snapshot]:
        found = _Snapshot(self, self._current(), self._timeout_seconds)
        try:
            yield found
        finally:
            found.close()

    def fetch(self, query: Query, parameters: Mapping[str, Parameter]) -> list[dict[str, Cell]]:
        with self.snapshot() as graph:
            return graph.fetch(query, parameters)

    def fetch_foreign(self, query: Query, parameters: Mapping[str, Parameter], most: int) -> list[dict[str, Cell]]:
        with self.snapshot() as graph:
            return graph.fetch_foreign(query, parameters, most)

    def first(self, query: Query, parameters: Mapping[str, Parameter], most: int) -> list[dict[str, Cell]]:
        with self.snapshot() as graph:
            return graph.first(query, parameters, most)

    def first_apart(
        self, stamp: _Stamp, query: Query, parameters: Mapping[str, Parameter], most: int
    ) -> list[dict[str, Cell]]:
        """What a worker finds in the file of a stamp. Raises `GraphChanged` where another took its place."""
        assert self._path is not None  # What is in memory no worker can open.
        self._check_stamp(stamp)
        url = f"ladybug://{self._path.absolute()}"
        opening = Opening(url, self._timeout_seconds, self._buffer_pool_bytes >> 20, stamp=stamp)
        rows = self._workers.first(opening, query, parameters, most)
        self._check_stamp(stamp)
        return rows

    def fetch_table(self, query: Query, parameters: Mapping[str, Parameter]) -> pa.Table:
        with self.snapshot() as graph:
            return graph.fetch_table(query, parameters)

    def run_id(self) -> str | None:
        return self._current().run_id

    def day(self) -> date | None:
        return self._current().day

    def counts(self) -> dict[str, int]:
        with self.snapshot() as graph:
            return graph.counts()

    def tables(self, progress: Progress | None = None) -> Iterator[Batch]:
        total = sum(self.counts().values()) if progress else 0
        done = 0
        # A connection of its own, so that the whole is of one file, without the limit on a statement's time.
        connection = ladybug.Connection(self._current().database)
        try:
            for kind, ends in batch_shapes():
                result = cast(ladybug.QueryResult, connection.execute(ladybug_rows(kind, ends)))
                table = result.get_as_arrow().cast(arrow_schema(kind))
                result.close()
                done += table.num_rows
                if progress and table.num_rows:
                    progress(kind.text, done, total)
                if table.num_rows:
                    order = ("from_id", "id") if ends else ("id",)
                    yield Batch(kind, table.sort_by([(name, "ascending") for name in order]), ends)
        finally:
            connection.close()

    def replace(
        self, batches: Iterable[Batch], run_id: str, progress: Progress | None = None, day: date | None = None
    ) -> None:
        day = day or date.today()
        if self._path is None:
            database = self._database(_MEMORY, read_only=False)
            with tempfile.TemporaryDirectory(prefix="corridor-") as folder:
                _fill(database, batches, run_id, day, progress, Path(folder) / "rows.parquet")
            self._opened = _Opened(database, (), self._timeout_seconds, self._buffer_pool_bytes)
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._only_load(self._path):
                self._rebuild(self._path, batches, run_id, day, progress)
        except OSError as error:
            raise StoreUnavailable(Text("errors.cannot_write", path=self._path, why=error)) from error

    def _rebuild(self, path: Path, batches: Iterable[Batch], run_id: str, day: date, progress: Progress | None) -> None:
        if path.is_file() and path.stat().st_size and not _is_graph(path):
            raise StoreUnavailable(Text("errors.no_graph_file", path=path))
        building = path.with_name(f"{path.name}.building")
        _remove(building)
        try:
            database = self._database(str(building), read_only=False)
            try:
                _fill(database, batches, run_id, day, progress, building.with_name(f"{building.name}.rows.parquet"))
            finally:
                database.close()
            seal_file(building)
            os.replace(building, path)
            on_disk(path.parent)
        finally:
            _remove(building)

    def check(self) -> None:
        self._stamp()
        if self._path is not None:
            self._check_file(self._path, whole=True)

    def close(self) -> None:
        self._opened = None
        self._workers.close()

    def _current(self) -> _Opened:
        stamp = self._stamp()
        opened = self._opened
        if opened is not None and opened.stamp == stamp:
            return opened
        with self._opening:
            stamp = self._stamp()
            if self._opened is None or self._opened.stamp != stamp:
                # The old database is not closed here: other threads may be reading it; it goes with its last reader.
                assert self._path is not None  # What is in memory has one stamp for ever.
                self._check_file(self._path, whole=False)
                database = self._database(str(self._path), read_only=True)
                self._opened = _Opened(database, stamp, self._timeout_seconds, self._buffer_pool_bytes)
            return self._opened

    def _stamp(self) -> _Stamp:
        if self._path is None:
            if self._opened is None:
                raise StoreUnavailable(Text("errors.memory_empty"))
            return ()
        try:
            found = self._path.stat()
        except OSError:
            raise StoreUnavailable(Text("errors.no_graph", path=self._path)) from None
        return (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size)

    def _check_stamp(self, stamp: _Stamp) -> None:
        if self._stamp() != stamp:
            raise GraphChanged(Text("store.changed"))

    def _check_file(self, path: Path, *, whole: bool) -> None:
        try:
            if _is_graph(path):
                check_file(path, whole=whole)
        except OSError as error:
            raise _unopened(str(path), error) from error

    def _database(self, path: str, *, read_only: bool) -> ladybug.Database:
        try:
            return ladybug.Database(
                path,
                buffer_pool_size=self._buffer_pool_bytes,
                read_only=read_only,
                max_db_size=_MAX_FILE_BYTES,
            )
        except RuntimeError as error:
            if "different version" in str(error):
                raise StoreUnavailable(Text("store.other_version")) from error
            raise _known_cause(error) or _unopened(path, error) from error

    @contextmanager
    def _only_load(self, path: Path) -> Iterator[None]:
        lock = FileLock(path.with_name(f"{path.name}.lock"), timeout=0)
        try:
            with lock:
                yield
        except Timeout:
            raise StoreUnavailable(Text("errors.is_loading", path=path)) from None


def _fill(
    database: ladybug.Database,
    batches: Iterable[Batch],
    run_id: str,
    day: date,
    progress: Progress | None,
    spill: Path,
) -> None:
    connection = ladybug.Connection(database, num_threads=1)
    try:
        make_record, write_record = ladybug_run_record()
        # In one transaction: each of fifty would wait for the disk.
        connection.execute(";\n".join(["BEGIN TRANSACTION", *ladybug_schema(), make_record, "COMMIT"]))
        loaded_at = datetime.now(UTC).replace(tzinfo=None)
        record = {"run_id": run_id, "loaded_at": loaded_at, "day": day, "schema": schema_digest()}
        connection.execute(write_record, record)
        total = sum(batch.table.num_rows for batch in batches) if isinstance(batches, Sequence) else 0
        done, copying = 0, _Copying(connection, spill)
        for _, alike in groupby(with_derived(batches, day), key=lambda batch: (batch.name, batch.ends)):
            batch, copied = copying.together(alike)
            # What is derived is told of but not counted: how much it is shows only once all else is read.
            done += copied if batch.name in _GIVEN else 0
            if progress:
                progress(batch.kind.text, done, max(done, total))
        copying.commit()
        connection.execute("CHECKPOINT")
    except RuntimeError as error:
        raise _engine_error("load on ladybug", error) from error
    finally:
        connection.close()


class _Copying:
    """Copies batches into a database, few rows of several types in one transaction."""

    def __init__(self, connection: ladybug.Connection, spill: Path) -> None:
        self._connection, self._spill = connection, spill
        self._uncommitted: int | None = None

    def together(self, alike: Iterator[Batch]) -> tuple[Batch, int]:
        """Copy batches of one type and its ends in one statement; the first of them, and how many rows they have.

        A second COPY into a table of edges sorts those anew that are there: 500,000 edges in three take 33 s of processor
        time, in one 9 s (0.22.0). Several batches are gathered in a file, so that memory holds one at a time.
        """
        first = next(alike)
        second = next(alike, None)
        if second is None:
            self._begin_or_commit(first.table.num_rows)
            _copy(self._connection, first, "rows", _stored(first))
            return first, first.table.num_rows
        self.commit()
        count = 0
        with pq.ParquetWriter(self._spill, _stored(first).schema, compression="lz4") as writer:
            for batch in chain((first, second), alike):
                writer.write_table(_stored(batch))
                count += batch.table.num_rows
        _copy(self._connection, first, ladybug_file(self._spill), first.table.slice(0, 0))
        self._spill.unlink()
        return first, count

    def _begin_or_commit(self, rows: int) -> None:
        if (self._uncommitted or 0) + rows > _FEW_ROWS:
            self.commit()
        elif self._uncommitted is None:
            self._connection.execute("BEGIN TRANSACTION")
            self._uncommitted = rows
        else:
            self._uncommitted += rows

    def commit(self) -> None:
        """Commit what is copied and not committed."""
        if self._uncommitted is not None:
            self._connection.execute("COMMIT")
            self._uncommitted = None


def _stored(batch: Batch) -> pa.Table:
    """The columns of the rows that the engine's table has: the ends of edges first."""
    ends = ("from_id", "to_id") if batch.ends else ()
    return batch.table.select([*ends, *ladybug_columns(batch.kind)])


def _copy(connection: ladybug.Connection, batch: Batch, origin: str, rows: pa.Table) -> None:
    # COPY finds an Arrow table by the name of the parameter `rows` in this frame.
    connection.set_max_threads_for_exec(1 if 0 < rows.num_rows <= _PART_ROWS else 0)
    try:
        connection.execute(ladybug_copy(batch.kind, batch.ends, origin))
    except RuntimeError as error:
        raise _engine_error(f"load of {batch.kind.en} on ladybug", error) from error


def _engine_error(doing: str, error: RuntimeError) -> StoreError:
    """What the engine says, as one of our errors."""
    return _known_cause(error) or QueryRejected(f"{doing}: {error}")


def _known_cause(error: RuntimeError) -> StoreError | None:
    """The error of a full disk or of too little memory, whatever the engine was doing; `None` for others."""
    if os.strerror(errno.ENOSPC) in str(error):
        return StoreUnavailable(Text("store.disk_full"))
    if "bad_alloc" in str(error) or "allocate memory" in str(error):
        return TooMuchMemory(Text("store.no_memory", setting="CORRIDOR_BUFFER_POOL_MIB"))
    return None


def _unopened(path: str, error: Exception) -> StoreUnavailable:
    return StoreUnavailable(Text("errors.cannot_open", path=path, error=error))


def _is_graph(path: Path) -> bool:
    """Whether a file is a graph, though it may be a damaged one."""
    with ordinary(path) as file:
        return file.read(len(_MAGIC)) == _MAGIC or has_seal(path)


def _remove(path: Path) -> None:
    """Delete a database file and what the engine writes beside it (`.wal`, `.shadow`, …)."""
    for file in path.parent.iterdir():
        if file.name.startswith(path.name):
            file.unlink()


def _planned_once(text: str, given: dict[str, object]) -> tuple[str, dict[str, object]]:
    """A statement with its limit and its empty lists written into it: while one is a parameter, the engine plans the statement
    anew each time, which takes as long again as to run it, and looks into what `size($ids) = 0 OR …` need not (0.22.0).
    """
    limits = limits_in(text)
    written = {name: value for name, value in given.items() if value == [] or name in limits}
    return with_values(text, written) if written else text, {k: v for k, v in given.items() if k not in written}


def _prepared(connection: ladybug.Connection, text: str, given: dict[str, object]) -> ladybug.PreparedStatement:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        prepared = connection.prepare(text, given)
    if not prepared.is_success():
        raise RuntimeError(prepared.get_error_message())
    return prepared


def _bound(parameters: Mapping[str, Parameter]) -> dict[str, object]:
    """The parameters as the engine takes them: it knows no sequence but `list`."""
    return {
        name: list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
        for name, value in parameters.items()
    }


def _dicts(result: ladybug.QueryResult, most: int | None = None) -> list[dict[str, Cell]]:
    names = result.get_column_names()
    return [dict(zip(names, map(_decoded, row), strict=True)) for row in islice(_rows(result), most)]


def _rows(result: ladybug.QueryResult) -> Iterator[list[object]]:
    while result.has_next():
        yield cast("list[object]", result.get_next())


_AS_IT_IS = frozenset({type(None), str, int, float, bool, date})
_NESTED = frozenset({type(None), dict, list})


def _decoded(value: object) -> Cell:
    if type(value) in _AS_IT_IS:  # Most are.
        return cast(Value, value)
    if isinstance(value, dict):
        if "_NODES" in value:
            # The edges of variable length that a variable stands for have the nodes between them alone: no path.
            nodes, between = value["_NODES"], value["_RELS"]
            return tuple(map(_decoded, in_turns(nodes if len(nodes) > len(between) else [], between)))
        if "_LABEL" in value:
            return _edge(value) if "_SRC" in value else _node(value)
        return {str(name): _decoded(one) for name, one in value.items()}
    if isinstance(value, list) and not _NESTED.isdisjoint(map(type, value)):
        return tuple(map(_decoded, value))
    return _plain(value)


def _plain(value: object) -> Value:
    if type(value) in _AS_IT_IS:
        return cast(Value, value)
    if isinstance(value, list):
        return tuple(map(str, value))
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return value.date()
    raise QueryRejected(f"a query returned a {type(value).__name__}, which no row can hold")


def _node(value: dict[str, object]) -> Node:
    label = str(value["_LABEL"])
    if label not in NODE_TYPE:
        raise not_evidence("node", label)
    known = ((p.name, _plain(value[p.name])) for p in NODE_TYPE[label].properties if value.get(p.name) is not None)
    return Node(str(value["id"]), label, dict(known))


def _edge(value: dict[str, object]) -> Edge:
    edge_type = str(value["_LABEL"])
    if edge_type not in EDGE_TYPE:
        raise not_evidence("edge", edge_type)
    known = ((p.name, _plain(value[p.name])) for p in EDGE_TYPE[edge_type].properties if value.get(p.name) is not None)
    _, from_id, to_id = ends(str(value["id"]))
    return Edge(str(value["id"]), edge_type, from_id, to_id, dict(known))
