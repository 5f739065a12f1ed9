"""The production graph: a Neo4j server over Bolt, through the official driver.

A load is one managed transaction: it merges what the sources say and sweeps what they no longer say, so readers see
the old graph until it commits, and a loader that is killed leaves no trace. Neo4j reads what is committed and has no
snapshots: a statement that runs at the very moment of the commit may see rows of both graphs (1 of 65 in a test with
eight readers, 5.26.12). The server keeps the whole load in its
transaction memory, which holds for about a million rows; beyond that the bulk importer is the way.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TypeVar, cast
from urllib.parse import urlsplit

import neo4j
import pyarrow as pa
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
from neo4j.graph import Relationship as BoltRelationship
from neo4j.time import Date as BoltDate

from graph.cypher import Query, count_query, neo4j_constraints, neo4j_sweep, neo4j_unstamp, neo4j_upsert
from graph.errors import QueryRejected, QueryTimeout, StoreError, StoreUnavailable, UsageError
from graph.model import Edge, Node, Value, ends
from graph.ontology import EDGE_TYPE, EDGE_TYPES, NODE_TYPE, NODE_TYPES, EdgeType, NodeType
from graph.store import Batch, Cell, Parameter, Progress

_ROWS_PER_STATEMENT = 5_000
_FETCH_SIZE = 2_000
_RETRY_SECONDS = 5.0

_T = TypeVar("_T")
_Property = str | int | float | bool | date | list[str]
_Row = dict[str, str | dict[str, _Property]]


class Neo4jStore:
    """A `GraphStore` on a Neo4j server; `neo4j://` addresses send reads to replicas."""

    dialect = "neo4j"

    def __init__(self, url: str, user: str | None, password: str | None, timeout_seconds: float = 30.0) -> None:
        self._url = url.rpartition("@")[2] if "@" in url else url
        self._timeout_seconds = timeout_seconds
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
            raise UsageError(
                f"{self._url} 不是可用的 Neo4j 地址；用户名和密码放在 NEO4J_USERNAME 和 NEO4J_PASSWORD 里。 "
                f"{self._url} is no usable Neo4j address; user and password go into NEO4J_USERNAME and NEO4J_PASSWORD."
            ) from None

    def fetch(self, query: Query, parameters: Mapping[str, Parameter]) -> list[dict[str, Cell]]:
        return self._read(query, parameters, _rows)

    def fetch_table(self, query: Query, parameters: Mapping[str, Parameter]) -> pa.Table:
        return self._read(query, parameters, _table)

    def replace(self, batches: Iterable[Batch], run_id: str, progress: Progress | None = None) -> None:
        kept = list(batches)
        with self._errors("load"), self._session(neo4j.WRITE_ACCESS) as session:
            for statement in neo4j_constraints():
                session.run(cast("neo4j.Query", statement)).consume()
            session.execute_write(_written, kept, run_id, progress)

    def counts(self) -> dict[str, int]:
        names = [*(t.label for t in NODE_TYPES), *(t.type for t in EDGE_TYPES)]
        return {name: cast(int, self.fetch(count_query(name), {})[0]["count"]) for name in names}

    def close(self) -> None:
        self._driver.close()

    def _read(
        self,
        query: Query,
        parameters: Mapping[str, Parameter],
        shape: Callable[[list[str], Iterator[Sequence[object]]], _T],
    ) -> _T:
        query.check_parameters(parameters)

        @neo4j.unit_of_work(timeout=self._timeout_seconds)
        def work(transaction: neo4j.ManagedTransaction) -> _T:
            result = transaction.run(query.text_for(self.dialect), dict(parameters))
            return shape(list(result.keys()), (record.values() for record in result))

        with self._errors(query.name), self._session(neo4j.READ_ACCESS) as session:
            return session.execute_read(work)

    def _session(self, access: str) -> neo4j.Session:
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
            raise StoreUnavailable(
                f"{self._url} 拒绝了用户名或密码；请检查 NEO4J_USERNAME 和 NEO4J_PASSWORD。 "
                f"{self._url} refused the user or password; check NEO4J_USERNAME and NEO4J_PASSWORD."
            ) from error
        except ClientError as error:
            raise self._client_error(doing, error) from error
        except (ServiceUnavailable, TransientError, DriverError, OSError) as error:
            raise StoreUnavailable(
                f"无法连接 Neo4j {self._url}；请确认服务已启动。 Cannot reach Neo4j at {self._url}; is it running?"
            ) from error
        except Neo4jError as error:
            raise QueryRejected(f"{doing} on neo4j: {error.message}") from error

    def _client_error(self, doing: str, error: ClientError) -> StoreError:
        if "TransactionTimedOut" in (error.code or ""):
            return QueryTimeout(
                f"查询 {doing} 超过 {self._timeout_seconds:g} 秒，已停止；请缩小范围。 "
                f"Query {doing} was stopped after {self._timeout_seconds:g} s; ask for less."
            )
        return QueryRejected(f"{doing} on neo4j: {error.message}")


@neo4j.unit_of_work()
def _written(
    transaction: neo4j.ManagedTransaction, batches: list[Batch], run_id: str, progress: Progress | None
) -> None:
    total = sum(batch.table.num_rows for batch in batches)
    done = 0
    for statement in neo4j_unstamp():
        transaction.run(statement, {"run_id": run_id}).consume()
    for batch in batches:
        statement = neo4j_upsert(batch.kind, batch.ends)
        for part in batch.table.to_batches(max_chunksize=_ROWS_PER_STATEMENT):
            rows = _parameter_rows(batch.kind, part)
            record = transaction.run(statement, {"rows": rows}).single(strict=True)
            if record["written"] != len(rows):
                raise QueryRejected(f"{record['written']} of {len(rows)} rows of {batch.kind.en} found their ends")
            done += len(rows)
            if progress:
                progress(batch.kind.zh, done, total)
    for sweep in neo4j_sweep():
        transaction.run(sweep, {"run_id": run_id}).consume()


def _parameter_rows(kind: NodeType | EdgeType, part: pa.RecordBatch) -> list[_Row]:
    identity = ("id", "from_id", "to_id") if isinstance(kind, EdgeType) else ("id",)
    names = [p.name for p in kind.properties]
    return [
        {
            **{key: row[key] for key in identity},
            "properties": {name: row[name] for name in names if row[name] is not None},
        }
        for row in part.to_pylist()
    ]


def _rows(names: list[str], rows: Iterator[Sequence[object]]) -> list[dict[str, Cell]]:
    return [dict(zip(names, map(_decoded, row), strict=True)) for row in rows]


def _table(names: list[str], rows: Iterator[Sequence[object]]) -> pa.Table:
    columns = list(zip(*(map(_plain, row) for row in rows), strict=True)) or [()] * len(names)
    return pa.table([pa.array(column) for column in columns], names=names)


def _decoded(value: object) -> Cell:
    if isinstance(value, BoltNode):
        label = next((name for name in sorted(value.labels) if name in NODE_TYPE), "")
        if not label:
            raise QueryRejected(f"a node with the labels {sorted(value.labels)} is not of the ontology")
        return Node(str(value["id"]), label, _known(NODE_TYPE[label], value))
    if isinstance(value, BoltRelationship):
        _, from_id, to_id = ends(str(value["id"]))
        return Edge(str(value["id"]), value.type, from_id, to_id, _known(EDGE_TYPE[value.type], value))
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
