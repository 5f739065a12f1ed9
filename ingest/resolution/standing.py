"""Which claims can stand: what they name is there, and they do not contradict each other. The others become problems."""

from collections.abc import Iterator, Sequence, Set

import duckdb
import numpy as np
import pyarrow as pa
from rustworkx import PyDiGraph, strongly_connected_components

from graph.ontology import NODE_TYPE, EdgeType, NodeType
from graph.texts import Text
from ingest.claims import PROBLEM_SCHEMA
from ingest.periods import LAST_DAY, today
from ingest.resolution.references import NO_NODE, resolve_references
from ingest.resolution.sql import make_table, statement

NO_SOURCE = "ingest.no_source"
IN_A_CIRCLE = "ingest.in_a_circle"
NOT_OVER = "ingest.not_over"


def standing_claims(
    database: duckdb.DuckDBPyConnection,
    node_types: Sequence[NodeType],
    edge_types: Sequence[EdgeType],
    corrected: Set[str],
) -> pa.Table:
    """The problems of the claims that cannot stand (`PROBLEM_SCHEMA`); the others are left in `standing_TYPE`.

    Needs the views `claims_TYPE` and the tables `merged` and `aside`; leaves the table `refs` too. `corrected` are the
    types that people corrected something of.
    """
    labels = [t.label for t in node_types]
    _find_unknown_sources(database, labels, edge_types)
    problems = [PROBLEM_SCHEMA.empty_table()]
    for label in labels:
        source_ids = "NULL::VARCHAR[]" if label == "Source" else "c.source_ids"
        database.execute(statement("standing_nodes", label=label, source_ids=source_ids, no_source=NO_SOURCE))
        problems += _refused_at_first(database, label, corrected)
        if label == "Report":
            problems.append(_not_over(database))
    stands = " UNION ALL ".join(f"SELECT id FROM standing_{label}" for label in labels)
    database.execute(f"CREATE TABLE known AS SELECT DISTINCT id FROM ({stands or 'SELECT NULL::VARCHAR AS id'})")
    resolve_references(database, edge_types, labels)
    for edge_type in edge_types:
        _state_edges(database, edge_type)
        problems += _refused_at_first(database, edge_type.type, corrected)
    problems += [_in_a_circle(database, t.type) for t in edge_types if t.is_acyclic]
    names = {t.type for t in edge_types}
    for edge_type in edge_types:
        if edge_type.contradicts_reverse in names:
            problems += _contradicted(database, edge_type.type, edge_type.contradicts_reverse)
    return pa.concat_tables(problems)


def _find_unknown_sources(
    database: duckdb.DuckDBPyConnection, labels: Sequence[str], edge_types: Sequence[EdgeType]
) -> None:
    names = [*(label for label in labels if label != "Source"), *(t.type for t in edge_types)]
    stated = " UNION ALL ".join(f"SELECT source_ids FROM claims_{name}" for name in names)
    known = "SELECT id FROM claims_Source" if "Source" in labels else "SELECT NULL::VARCHAR AS id"
    database.execute(statement("unknown_sources", stated=stated or "SELECT NULL::VARCHAR[] AS source_ids", known=known))


def _state_edges(database: duckdb.DuckDBPyConnection, edge_type: EdgeType) -> None:
    database.execute(
        statement(
            "standing_edges",
            name=edge_type.type,
            key=f"c.{edge_type.key}" if edge_type.key else "NULL::VARCHAR",
            prefixes=", ".join(f"('{NODE_TYPE[a].prefix}', '{NODE_TYPE[b].prefix}')" for a, b in edge_type.ends),
            joins_only=Text(
                "ingest.joins_only", name=edge_type.type, joined=[f"{a}→{b}" for a, b in edge_type.ends]
            ).packed(),
            may_join_itself=edge_type.may_join_itself,
            no_node=NO_NODE,
            no_source=NO_SOURCE,
        )
    )


def _refused(database: duckdb.DuckDBPyConnection, name: str) -> pa.Table:
    """The claims with a flaw as problems; they are taken out."""
    if not database.execute(f"SELECT count(flaw) FROM standing_{name}").fetchall()[0][0]:
        return PROBLEM_SCHEMA.empty_table()
    problems = database.sql(statement("problems", name=name)).to_arrow_table().cast(PROBLEM_SCHEMA)
    database.execute(f"DELETE FROM standing_{name} WHERE flaw IS NOT NULL")
    return problems


def _doubted(
    database: duckdb.DuckDBPyConnection, name: str, join: str, reason: str, condition: str = "true"
) -> pa.Table:
    """The claims `s` that a join finds, as problems; they are taken out."""
    database.execute(statement("doubt", name=name, join=join, reason=reason, condition=condition))
    return _refused(database, name)


def _refused_at_first(database: duckdb.DuckDBPyConnection, name: str, corrected: Set[str]) -> Iterator[pa.Table]:
    """The claims with a flaw, then corrections of what no table speaks of."""
    yield _refused(database, name)
    if name in corrected:
        spoken_of = f"ANTI JOIN (SELECT id FROM standing_{name} WHERE part >= 0) o ON o.id = s.id"
        yield _doubted(database, name, spoken_of, "ingest.nothing_to_correct", condition="s.part < 0")


def _not_over(database: duckdb.DuckDBPyConnection) -> pa.Table:
    """Reports of a year or a quarter that is not over yet: a slip in the year would pass for the newest one."""
    database.execute(f"""
        UPDATE standing_Report SET flaw = struct_pack(field := 'year', value := found.period, reason := '{NOT_OVER}')
        FROM (SELECT part, n, c.year || coalesce('Q' || c.quarter, '') AS period FROM claims_Report c WHERE {LAST_DAY} >= ?) found
        WHERE standing_Report.part = found.part AND standing_Report.n = found.n
    """, [today()])  # fmt: skip
    return _refused(database, "Report")


def _in_a_circle(database: duckdb.DuckDBPyConnection, name: str) -> pa.Table:
    """Edges of a type that may not run in a circle: those within one circle are all in doubt."""
    pairs = database.sql(f"SELECT DISTINCT from_id, to_id FROM standing_{name}").to_arrow_table()
    circular = on_a_cycle(pairs)
    if not circular.num_rows:
        return PROBLEM_SCHEMA.empty_table()
    make_table(database, "circular", circular)
    return _doubted(database, name, "SEMI JOIN circular x ON s.from_id = x.from_id AND s.to_id = x.to_id", IN_A_CIRCLE)


def on_a_cycle(pairs: pa.Table) -> pa.Table:
    """The pairs that lie on a directed cycle: both ends in one strongly connected component."""
    ids = pa.chunked_array([*pairs["from_id"].chunks, *pairs["to_id"].chunks], pa.string())
    both = ids.combine_chunks().dictionary_encode()
    ends = both.indices.to_numpy().reshape(2, -1)
    graph: PyDiGraph[None, None] = PyDiGraph()
    graph.extend_from_edge_list(list(zip(*ends.tolist(), strict=True)))
    component = np.zeros(len(both.dictionary), dtype=np.int64)
    for number, members in enumerate(strongly_connected_components(graph)):
        component[members] = number
    return pairs.filter(pa.array(component[ends[0]] == component[ends[1]]))


def _contradicted(database: duckdb.DuckDBPyConnection, name: str, reverse: str) -> list[pa.Table]:
    """Two types that exclude each other between two nodes: the claim of the earlier dataset stands.

    Within one dataset it is the input that falls: what is called the broader term of a thing does not go into it.
    """
    return [
        _doubted(
            database,
            one,
            f"SEMI JOIN (SELECT from_id, to_id, min(dataset) AS dataset FROM standing_{other} GROUP BY ALL) x "
            f"ON s.from_id = x.to_id AND s.to_id = x.from_id AND s.dataset {later} x.dataset",
            Text("ingest.contradicts", other=other).packed(),
        )
        for one, other, later in ((name, reverse, ">="), (reverse, name, ">"))
    ]
