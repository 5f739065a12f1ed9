"""Claims into a graph: who is who, which claim wins, and which edges can stand.

Everything is done on columns in DuckDB over the parts' files, so that memory stays bounded whatever their size. Of
several claims on one thing each property takes the first that knows it, in this order of precedence:

1. a correction by a person;
2. for edges, verified before inferred;
3. the newer `as_of`;
4. the earlier dataset, the earlier table, the earlier row.

`status`, `confidence`, `evidence` and `as_of` belong together and come from one claim. Lists (aliases, sources) are
united; a name that lost becomes an alias, so that one still finds the node by it.
"""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from graph.ontology import EDGE_TYPE, EDGE_TYPES, NODE_TYPE, NODE_TYPES, EdgeType, NodeType, Property, ValueType
from graph.store import Batch, arrow_schema
from ingest.claims import PROBLEM_SCHEMA, Kind, name_of
from ingest.decisions import Decision
from ingest.mapping.mapping import settable
from ingest.mapping.values import IndexArray
from ingest.resolution.identity import Identities, identities
from ingest.resolution.references import NO_NODE, NO_NODE_HINT, REFERENCE, resolve_references
from ingest.search_text import search_texts

PRECEDENCE = (
    "人工更正 > 已核实 > 较新的截至日 > 较早的数据集、表、行 a person's correction, then verified before inferred (edges), "
    "then the newer as_of, then the earlier dataset, table and row"
)
TOGETHER = ("status", "confidence", "evidence", "as_of")
_ROWS_PER_BATCH = 200_000
_NO_REPLACEMENTS = "SET python_enable_replacements = false"
_PEELED_TIMES = 100


Written = tuple[str, tuple[str, str] | None, Path]
"""A type, the ends of its edges, and the file of its rows."""


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
    files: list[Written] = field(default_factory=list)

    def moved(self, folder: Path) -> "Resolved":
        """The same graph once its folder was moved."""
        files = [(what, ends, folder / path.name) for what, ends, path in self.files]
        return replace(self, folder=folder, files=files)

    def batches(self) -> Iterator[Batch]:
        """The graph as batches for a store, nodes first, each of at most some 100,000 rows."""
        for what, ends, path in self.files:
            kind: Kind = NODE_TYPE[what] if ends is None else EDGE_TYPE[what]
            with pq.ParquetFile(path) as file:
                for part in file.iter_batches(_ROWS_PER_BATCH):
                    yield Batch(kind, pa.Table.from_batches([part]).cast(arrow_schema(kind)), ends)


def resolved(
    files: Sequence[ClaimsFile],
    folder: Path,
    decisions: Sequence[Decision],
    *,
    unknown: pa.Table,
    with_probable: bool = True,
    memory_mib: int = 600,
    threads: int = 2,
) -> Resolved:
    """The graph that the claims make, written below `folder`; `unknown` are values not to be shown (`ASIDE_SCHEMA`)."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"SET temp_directory = {_quoted(folder / 'spilled')}")
        connection.execute(f"SET memory_limit = '{memory_mib}MiB'")
        connection.execute(f"SET threads = {threads}")
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(_NO_REPLACEMENTS)
        result = _Resolving(connection, files, folder, decisions).result(with_probable, unknown)
    shutil.rmtree(folder / "spilled", ignore_errors=True)
    return result


class _Resolving:
    """The steps over one connection; each leaves a table that the next reads."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        files: Sequence[ClaimsFile],
        folder: Path,
        decisions: Sequence[Decision],
    ) -> None:
        self._connection = connection
        self._folder = folder
        self._decisions = decisions
        self._files = files
        self._problems: list[pa.Table] = []
        self._set_aside: set[tuple[str, str]] = set()
        self._counts: dict[str, KindCount] = {}
        names = {file.what for file in files}
        self._nodes = [t for t in NODE_TYPES if t.label in names]
        self._edges = [t for t in EDGE_TYPES if t.type in names]

    def result(self, with_probable: bool, unknown: pa.Table) -> Resolved:
        kinds: list[Kind] = [*self._nodes, *self._edges]
        for kind in kinds:
            self._view(kind)
            self._counts[name_of(kind)] = KindCount(
                name_of(kind), claims=self._number(f"SELECT count(*) FROM c_{name_of(kind)}")
            )
        found = identities(
            self._connection, [t.label for t in self._nodes], self._decisions, with_probable=with_probable
        )
        self._table("merged", found.entities)
        self._aside = pa.concat_tables([found.aside, unknown])
        self._table("aside", self._aside)
        self._set_aside = set(zip(self._aside["label"].to_pylist(), self._aside["property"].to_pylist(), strict=True))
        self._known_sources()
        written: list[Written] = []
        for node_type in self._nodes:
            self._stand_nodes(node_type)
            self._orphans(node_type.label, ["entity"])
        self._run("CREATE TABLE known (id VARCHAR)")
        for node_type in self._nodes:
            self._run(f"INSERT INTO known SELECT DISTINCT entity FROM s_{node_type.label} WHERE flaw IS NULL")
        resolve_references(self._connection, self._edges, [t.label for t in self._nodes])
        for edge_type in self._edges:
            self._stand_edges(edge_type)
            self._orphans(edge_type.type, ["f", "t", "own"])
        self._acyclic()
        self._contradicted()
        for node_type in self._nodes:
            written += self._write_nodes(node_type)
        written += self._write_all_edges()
        problems = pa.concat_tables(self._problems) if self._problems else PROBLEM_SCHEMA.empty_table()
        references = self._connection.sql(
            "SELECT ref, entity FROM refs WHERE entity IS NOT NULL ORDER BY ref"
        ).to_arrow_table()
        return Resolved(self._folder, list(self._counts.values()), problems, found, self._aside, references, written)

    # --- helpers over the connection

    def _run(self, text: str) -> None:
        self._connection.execute(text)

    def _number(self, text: str) -> int:
        return int(self._connection.execute(text).fetchall()[0][0] or 0)

    def _table(self, name: str, content: pa.Table) -> None:
        self._connection.register("given", content)
        self._run(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM given")
        self._connection.unregister("given")

    def _view(self, kind: Kind) -> None:
        self._run(f"CREATE VIEW c_{name_of(kind)} AS {claims_text(self._files, name_of(kind))}")

    # --- what can stand

    def _known_sources(self) -> None:
        """Lists of sources that name one which is not there; few lists are different."""
        known: set[str] = set()
        if any(t.label == "Source" for t in self._nodes):
            known = {row[0] for row in self._connection.execute("SELECT DISTINCT id FROM c_Source").fetchall()}
        kinds = [*(t.label for t in self._nodes if t.label != "Source"), *(t.type for t in self._edges)]
        bad: list[tuple[list[str], str]] = []
        for name in kinds:
            for (ids,) in self._connection.execute(f"SELECT DISTINCT source_ids FROM c_{name}").fetchall():
                unknown = [one for one in ids or [] if one not in known]
                if unknown:
                    bad.append((ids, unknown[0]))
        table = pa.table(
            {
                "ids": pa.array([ids for ids, _ in bad], pa.list_(pa.string())),
                "unknown": pa.array([u for _, u in bad], pa.string()),
            }
        )
        self._table("bad_sources", table)
        self._run("CREATE OR REPLACE TABLE bad_sources AS SELECT DISTINCT * FROM bad_sources")

    def _stand_nodes(self, node_type: NodeType) -> None:
        """`s_LABEL`: part, n, entity and flaw of each claim."""
        label = node_type.label
        is_source = label == "Source"
        flaw = "NULL" if is_source else "b.unknown"
        join = "" if is_source else "LEFT JOIN bad_sources b ON c.source_ids = b.ids AND c.part >= 0"
        self._run(
            f"CREATE TABLE s_{label} AS SELECT c.part, c.n, coalesce(m.entity, c.id) AS entity, c.id AS shown, {flaw} AS flaw "
            f"FROM c_{label} c LEFT JOIN merged m ON c.id = m.id {join}"
        )
        self._refuse(
            label,
            "SELECT s.part, s.n, 'source_ids' AS field, s.flaw AS value, '没有这个来源 no such source' AS reason, "
            f"'在来源表中补上 add it to the sources' AS hint FROM s_{label} s WHERE s.flaw IS NOT NULL",
        )

    def _orphans(self, name: str, keys: Sequence[str]) -> None:
        """Corrections of what no table speaks of are of nothing."""
        same = " AND ".join(f"o.{key} = s.{key}" for key in keys)
        self._doubt(
            name,
            f"ANTI JOIN (SELECT * FROM s_{name} WHERE part >= 0 AND flaw IS NULL) o ON {same}",
            "没有可更正的节点或关系 there is no such node or edge to correct",
            "核对编号 check the id",
            where="s.part < 0",
        )

    def _refuse(self, name: str, flawed: str) -> None:
        """Turn claims into problems; `flawed` selects part, n, field, value, reason, hint."""
        table = self._connection.sql(
            f"SELECT c.file, c.row, '{name}' AS what, f.field, f.value, f.reason, f.hint "
            f"FROM ({flawed}) f JOIN c_{name} c ON c.part = f.part AND c.n = f.n ORDER BY c.part, c.n"
        ).to_arrow_table()
        if table.num_rows:
            self._problems.append(table.cast(PROBLEM_SCHEMA))
            self._counts[name].quarantined += table.num_rows

    def _stand_edges(self, edge_type: EdgeType) -> None:
        """`s_TYPE`: part, n, the two entities, its own key, and the first flaw of each claim as field and reason."""
        name = edge_type.type
        own = f"coalesce(c.{edge_type.key}, '')" if edge_type.key else "''"
        pairs = ", ".join(f"('{NODE_TYPE[a].prefix}', '{NODE_TYPE[b].prefix}')" for a, b in edge_type.ends)
        joined = ", ".join(f"{a}→{b}" for a, b in edge_type.ends)
        same = "" if edge_type.may_join_itself else (
            f"WHEN f = t THEN struct_pack(field := 'to_id', value := vt, reason := '自环：{name} 不能指向自身 a node cannot be joined "
            "to itself', hint := '删去此行 delete the row')"
        )  # fmt: skip
        self._run(
            f"CREATE TABLE s_{name} AS WITH e AS (SELECT c.part, c.dataset, c.n, {own} AS own, coalesce(rf.entity, mf.entity, c.from_id) AS f, "
            "coalesce(rt.entity, mt.entity, c.to_id) AS t, rf.reason AS rf, rt.reason AS rt, rf.hint AS hf, rt.hint AS ht, b.unknown, "
            'coalesce(c."text:from_id", c.from_id) AS vf, coalesce(c."text:to_id", c.to_id) AS vt '
            f"FROM c_{name} c LEFT JOIN refs rf ON c.from_id = rf.ref LEFT JOIN refs rt ON c.to_id = rt.ref "
            "LEFT JOIN merged mf ON c.from_id = mf.id LEFT JOIN merged mt ON c.to_id = mt.id "
            "LEFT JOIN bad_sources b ON c.source_ids = b.ids AND c.part >= 0), "
            "k AS (SELECT e.*, kf.id AS kf, kt.id AS kt FROM e LEFT JOIN known kf ON e.f = kf.id LEFT JOIN known kt ON e.t = kt.id) "
            "SELECT part, dataset, n, f, t, own, vf || '→' || vt AS shown, CASE "
            f"WHEN kf IS NULL THEN struct_pack(field := 'from_id', value := vf, reason := coalesce(rf, '{NO_NODE}'), hint := coalesce(hf, '{NO_NODE_HINT}')) "
            f"WHEN kt IS NULL THEN struct_pack(field := 'to_id', value := vt, reason := coalesce(rt, '{NO_NODE}'), hint := coalesce(ht, '{NO_NODE_HINT}')) "
            f"WHEN (split_part(f, ':', 1), split_part(t, ':', 1)) NOT IN ({pairs}) THEN struct_pack(field := 'from_id', "
            f"value := vf || '→' || vt, reason := '{name} 只连接 joins only {joined}', hint := '核对关系类型 check the type of the edge') "
            f"{same} "
            "WHEN unknown IS NOT NULL THEN struct_pack(field := 'source_ids', value := unknown, reason := '没有这个来源 no such source', "
            "hint := '在来源表中补上 add it to the sources') END AS flaw FROM k"
        )
        self._refuse(
            name,
            f"SELECT part, n, flaw.field AS field, flaw.value AS value, flaw.reason AS reason, flaw.hint AS hint FROM s_{name} WHERE flaw IS NOT NULL",
        )

    def _acyclic(self) -> None:
        """Edges of types that may not run in a circle: those within one circle are all in doubt."""
        for edge_type in (t for t in self._edges if t.is_acyclic):
            name = edge_type.type
            pairs = self._connection.sql(
                f"SELECT DISTINCT f, t FROM s_{name} WHERE flaw IS NULL ORDER BY f, t"
            ).to_arrow_table()
            circular = _on_a_cycle(pairs)
            if circular.num_rows:
                self._table("circular", circular)
                reason = "在循环之中：甲属于乙，乙又属于甲 is part of a circle"
                self._doubt(
                    name,
                    "SEMI JOIN circular x ON s.f = x.f AND s.t = x.t",
                    reason,
                    "去掉其中不对的一条 delete the one that is wrong",
                )

    def _contradicted(self) -> None:
        """Two types that exclude each other between two nodes: the claim of the earlier dataset stands.

        Within one dataset it is the input that falls: what is called the broader term of a thing does not go into it.
        """
        names = {t.type for t in self._edges}
        for edge_type in (t for t in self._edges if t.contradicts_reverse in names):
            for name, other, loses in (
                (edge_type.type, edge_type.contradicts_reverse, "s.dataset >= x.dataset"),
                (edge_type.contradicts_reverse, edge_type.type, "s.dataset > x.dataset"),
            ):
                join = (
                    f"SEMI JOIN (SELECT f, t, min(dataset) AS dataset FROM s_{other} WHERE flaw IS NULL GROUP BY f, t) x "
                    f"ON s.f = x.t AND s.t = x.f AND {loses}"
                )
                reason = f"与相反的 {other} 矛盾：不能既是投入又是上位概念 contradicts the {other} that leads back"
                self._doubt(name, join, reason, "核对两条关系，留其一 keep one of the two")

    def _doubt(self, name: str, join: str, reason: str, hint: str, where: str = "true") -> None:
        """Take claims that stood so far out again."""
        self._run(
            f"CREATE OR REPLACE TEMP TABLE doubted AS SELECT s.part, s.n, s.shown AS value FROM s_{name} s {join} "
            f"WHERE s.flaw IS NULL AND {where}"
        )
        self._refuse(
            name,
            f"SELECT part, n, 'to_id' AS field, value, '{reason}' AS reason, '{hint}' AS hint FROM doubted",
        )
        self._run(f"DELETE FROM s_{name} s USING doubted d WHERE s.part = d.part AND s.n = d.n")

    # --- which claim wins

    def _write_nodes(self, node_type: NodeType) -> list[Written]:
        label = node_type.label
        path = self._folder / f"{label}.parquet"
        self._fold(node_type, "s.entity", "")
        reader = self._connection.sql("SELECT * FROM folded ORDER BY id").to_arrow_reader(_ROWS_PER_BATCH)
        schema = arrow_schema(node_type)
        rows = 0
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            for batch in reader:
                table = pa.Table.from_batches([batch])
                table = table.append_column("search_text", search_texts(table))
                writer.write_table(table.select(schema.names).cast(schema))
                rows += batch.num_rows
        self._tally(label, rows)
        return [(label, None, path)] if rows else []

    def _write_all_edges(self) -> list[Written]:
        return [one for edge_type in self._edges for one in self._write_edges(edge_type)]

    def _write_edges(self, edge_type: EdgeType) -> list[Written]:
        name = edge_type.type
        self._fold(
            edge_type,
            f"'{name}|' || s.f || '|' || s.t{_key(edge_type)}",
            ", any_value(s.f) AS from_id, any_value(s.t) AS to_id",
        )
        written: list[Written] = []
        rows = 0
        for a, b in edge_type.ends:
            path = self._folder / f"{name}-{a}-{b}.parquet"
            where = f"from_id LIKE '{NODE_TYPE[a].prefix}:%' AND to_id LIKE '{NODE_TYPE[b].prefix}:%'"
            columns = ", ".join(arrow_schema(edge_type).names)
            self._run(
                f"COPY (SELECT {columns} FROM folded WHERE {where} ORDER BY from_id, to_id, id) TO {_quoted(path)} (FORMAT parquet, COMPRESSION zstd)"
            )
            number = pq.read_metadata(path).num_rows
            rows += number
            if number:
                written.append((name, (a, b), path))
            else:
                path.unlink()
        self._tally(name, rows)
        return written

    def _tally(self, name: str, rows: int) -> None:
        count = self._counts[name]
        count.loaded = rows
        count.merged = count.claims - count.quarantined - rows

    def _fold(self, kind: Kind, key: str, ends: str) -> None:
        """`folded`: one row a thing. Things with a single claim, nearly all, are taken as they are.

        `precedence` numbers the claims on one thing; a property (`rank`) may not have the name of this column.
        """
        name = name_of(kind)
        own = [p for p in settable(kind)]
        self._run(
            f"CREATE OR REPLACE TEMP TABLE keyed AS SELECT c.part, c.n, {key} AS id{', s.f, s.t' if ends else ''} "
            f"FROM s_{name} s JOIN c_{name} c USING (part, n) WHERE s.flaw IS NULL"
            if "c." in key
            else f"CREATE OR REPLACE TEMP TABLE keyed AS SELECT s.part, s.n, {key} AS id{', s.f, s.t' if ends else ''} FROM s_{name} s WHERE s.flaw IS NULL"
        )
        self._run("CREATE OR REPLACE TEMP TABLE several AS SELECT id FROM keyed GROUP BY id HAVING count(*) > 1")
        single_ends = ", k.f AS from_id, k.t AS to_id" if ends else ""
        columns = self._shown(kind)
        self._run(
            f"CREATE OR REPLACE TEMP TABLE folded AS SELECT k.id{single_ends}, {columns} FROM keyed k ANTI JOIN several USING (id) "
            f"JOIN c_{name} c ON c.part = k.part AND c.n = k.n"
        )
        if not self._number("SELECT count(*) FROM several"):
            return
        self._run(
            f"CREATE OR REPLACE TEMP TABLE ranked AS SELECT k.id{', k.f, k.t' if ends else ''}, c.part, {columns}, row_number() OVER (PARTITION BY k.id "
            f"ORDER BY {order_of_precedence(kind)}) AS precedence FROM keyed k SEMI JOIN several USING (id) JOIN c_{name} c ON c.part = k.part AND c.n = k.n"
        )
        folded = ", ".join(f"{_folded(p)} AS {p.name}" for p in own)
        ends_of = ", any_value(s.f) AS from_id, any_value(s.t) AS to_id" if ends else ""
        inner = f"SELECT s.id{ends_of}, {folded}, {_all_names(kind)} AS all_names FROM ranked s GROUP BY s.id"
        shown = ", ".join(
            f"{_with_lost_names(kind)} AS aliases" if p.name == "aliases" else f"x.{p.name} AS {p.name}" for p in own
        )
        self._run(f"INSERT INTO folded SELECT x.id{', x.from_id, x.to_id' if ends else ''}, {shown} FROM ({inner}) x")
        values = " OR ".join(
            f"count(DISTINCT {p.name}) > 1" for p in own if p.type is not ValueType.TEXTS and p.name not in TOGETHER
        )
        if values:
            self._counts[name].disputed = self._number(
                f"SELECT count(*) FROM (SELECT id FROM ranked GROUP BY id HAVING {values})"
            )

    def _shown(self, kind: Kind) -> str:
        """The properties of a claim `c` on a thing `k` as the graph shows them: what was set aside is not known."""
        names = [p.name for p in settable(kind)]
        return ", ".join(
            f"{self._not_aside(name)} AS {name}" if (name_of(kind), name) in self._set_aside else f"c.{name}"
            for name in names
        )

    def _not_aside(self, name: str) -> str:
        """A value is set aside for one record that claims it; what a person calls not known is so for the whole thing."""
        value = f"SELECT 1 FROM aside a WHERE a.id = c.id AND a.property = '{name}' AND a.value = c.{name}::VARCHAR"
        whole = (
            "SELECT 1 FROM aside a LEFT JOIN merged m ON a.id = m.id WHERE coalesce(m.entity, a.id) = k.id "
            f"AND a.property = '{name}' AND a.value IS NULL"
        )
        return f"CASE WHEN EXISTS ({value}) OR EXISTS ({whole}) THEN NULL ELSE c.{name} END"


def claims_text(files: Sequence[ClaimsFile], what: str) -> str:
    """The statement that selects the claims on a type from their files.

    Besides their columns `part`, `dataset` and `n`, the row in the file; a reference gets the number of its dataset.
    """
    ends = ("from_id", "to_id") if what in EDGE_TYPE else ()
    return " UNION ALL BY NAME ".join(
        f"SELECT {file.part} AS part, {file.dataset} AS dataset, file_row_number AS n, * EXCLUDE (file_row_number"
        f"{''.join(f', {end}' for end in ends)}){''.join(_of_dataset(end, file.dataset) for end in ends)} "
        f"FROM read_parquet({_quoted(file.path)}, file_row_number = true)"
        for file in files
        if file.what == what
    )


def _of_dataset(end: str, dataset: int) -> str:
    return f", CASE WHEN {end} LIKE '{REFERENCE}%' THEN '{REFERENCE}{dataset}.' || substr({end}, 2) ELSE {end} END AS {end}"


def order_of_precedence(kind: Kind) -> str:
    """What claims `c` on one thing are ordered by, the one that wins first."""
    verified = ["(c.status = 'inferred')"] if isinstance(kind, EdgeType) else []
    return ", ".join(["(c.part >= 0)", *verified, "c.as_of DESC NULLS LAST", "c.part", "c.n"])


def _key(edge_type: EdgeType) -> str:
    """What tells parallel edges apart, where the type has such a property."""
    return f" || CASE WHEN c.{edge_type.key} IS NULL THEN '' ELSE '|' || c.{edge_type.key} END" if edge_type.key else ""


def _folded(prop: Property) -> str:
    name = f"s.{prop.name}"
    if prop.name in TOGETHER:
        return f"coalesce(arg_min({name}, s.precedence) FILTER (s.part < 0), arg_min_null({name}, s.precedence) FILTER (s.part >= 0))"
    if prop.type is ValueType.TEXTS:
        corrected = f"arg_min({name}, s.precedence) FILTER (s.part < 0)"
        united = f"list_sort(list_distinct(flatten(list({name}) FILTER ({name} IS NOT NULL))))"
        return f"coalesce({corrected}, {united})" if prop.name != "source_ids" else united
    return f"arg_min({name}, s.precedence)"


def _all_names(kind: Kind) -> str:
    names = (
        [p.name for p in kind.properties if p.name in ("name_zh", "short_name")] if isinstance(kind, NodeType) else []
    )
    return (
        f"list_concat({', '.join(f'list(DISTINCT s.{n}) FILTER (s.{n} IS NOT NULL)' for n in names)}, [])"
        if names
        else "NULL"
    )


def _with_lost_names(kind: Kind) -> str:
    kept = ["x.name_zh", *(["x.short_name"] if any(p.name == "short_name" for p in kind.properties) else [])]
    lost = f"list_filter(x.all_names, lambda v: NOT list_contains([{', '.join(kept)}], v))"
    united = f"list_sort(list_distinct(list_concat(coalesce(x.aliases, []), coalesce({lost}, []))))"
    return f"CASE WHEN len({united}) = 0 THEN NULL ELSE {united} END"


def _on_a_cycle(pairs: pa.Table) -> pa.Table:
    """The pairs (columns `f`, `t`) that lie on a directed cycle: both ends in one strongly connected component."""
    if not pairs.num_rows:
        return pairs
    both = pa.chunked_array([*pairs["f"].chunks, *pairs["t"].chunks]).combine_chunks().dictionary_encode()
    codes = both.indices.to_numpy()
    f, t = codes[: pairs.num_rows], codes[pairs.num_rows :]
    size = len(both.dictionary)
    left = _peeled(f, t, size)
    if not len(left):
        return pairs.slice(0, 0)
    from scipy.sparse import coo_array  # Half a second, which a load without circles need not wait for.
    from scipy.sparse.csgraph import connected_components

    f, t = f[left], t[left]
    graph = coo_array((np.ones(len(f), dtype=np.int8), (f, t)), shape=(size, size)).tocsr()
    _, component = connected_components(graph, connection="strong")
    return pairs.take(pa.array(left[component[f] == component[t]]))


def _peeled(f: IndexArray, t: IndexArray, size: int) -> IndexArray:
    """Which edges are left once those that nothing leads to, or that lead to nothing, are taken off again and again.

    Each edge on a cycle is. Without a cycle none is, but where paths are so long that it is not worth going on.
    """
    left = np.arange(len(f))
    for _ in range(_PEELED_TIMES):
        is_end, is_start = np.zeros((2, size), dtype=bool)
        is_start[f[left]] = True
        is_end[t[left]] = True
        kept = left[is_end[f[left]] & is_start[t[left]]]
        if len(kept) == len(left):
            break
        left = kept
    return left


def _quoted(path: Path) -> str:
    text = str(path).replace("'", "''")
    return f"'{text}'"
