"""Cypher: what is generated from the ontology, how .cypher files are read, and the portable subset they keep to.

A file holds sections. A section starts with `// name: NAME(PARAMETER, …)`; the comment lines under it are its
description, the rest is one statement. `// name: NAME@DIALECT` under it replaces the text on that engine only, and
its comment says why.
"""

import glob
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import pyarrow as pa

from graph.errors import CypherError
from graph.ontology import EDGE_TYPE, EDGE_TYPES, NODE_TYPE, NODE_TYPES, EdgeType, NodeType, ValueType, property_names

DIALECTS = ("neo4j", "ladybug")
MAX_HOPS = 6
"""The longest variable-length path that a statement may ask for."""
RUN_RECORD = "CorridorLoad"
"""The label of the one node that says which run the graph is of. It is not in the ontology, and no query names it."""


@dataclass(frozen=True, slots=True)
class Query:
    """A named read-only statement: one text for every engine, and overrides where an engine needs another."""

    name: str
    text: str
    parameters: tuple[str, ...] = ()
    doc: str = ""
    overrides: Mapping[str, str] = field(default_factory=dict)

    def text_for(self, dialect: str) -> str:
        """The text that runs on an engine ("neo4j" or "ladybug")."""
        text = self.overrides.get(dialect, self.text)
        return with_trails(text) if dialect == "ladybug" else text

    def check_parameters(self, given: Mapping[str, object]) -> None:
        """Raise `CypherError` unless exactly the declared parameters are given: one engine would not notice."""
        if set(given) != set(self.parameters):
            raise CypherError(
                f"query {self.name}: parameters {sorted(self.parameters)} expected, {sorted(given)} given"
            )


# --- generated from the ontology -------------------------------------------------------------------------------------

_LADYBUG_TYPES = {
    ValueType.TEXT: "STRING",
    ValueType.TEXTS: "STRING[]",
    ValueType.INTEGER: "INT64",
    ValueType.NUMBER: "DOUBLE",
    ValueType.FRACTION: "DOUBLE",
    ValueType.BOOLEAN: "BOOLEAN",
    ValueType.DATE: "DATE",
}


def ladybug_schema() -> list[str]:
    """The table definitions of the embedded engine, one statement a node or edge type."""
    return [_node_table(node_type) for node_type in NODE_TYPES] + [_edge_table(edge_type) for edge_type in EDGE_TYPES]


def _columns(kind: NodeType | EdgeType) -> str:
    return ", ".join(f"{p.name} {_LADYBUG_TYPES[p.type]}" for p in kind.properties)


def _node_table(node_type: NodeType) -> str:
    return f"CREATE NODE TABLE {node_type.label}(id STRING PRIMARY KEY, {_columns(node_type)})"


def _edge_table(edge_type: EdgeType) -> str:
    ends = ", ".join(f"FROM {a} TO {b}" for a, b in edge_type.ends)
    return f"CREATE REL TABLE {edge_type.type}({ends}, id STRING, {_columns(edge_type)})"


def ladybug_copy(kind: NodeType | EdgeType, ends: tuple[str, str] | None, origin: str) -> str:
    """The statement that loads rows into a type's table: an Arrow table, by its name in the caller, or `ladybug_file`."""
    if isinstance(kind, NodeType):
        return f"COPY {kind.label} FROM {origin}"
    options = f" (from='{ends[0]}', to='{ends[1]}')" if ends and len(kind.ends) > 1 else ""
    return f"COPY {kind.type} FROM {origin}{options}"


def ladybug_file(path: Path) -> str:
    """A file as `ladybug_copy` names it, which the engine would take for a pattern.

    >>> ladybug_file(Path("a[b]/it's.parquet"))
    "'a[[]b]/it\\\\'s.parquet'"
    """
    text = glob.escape(str(path)).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{text}'"


def ladybug_run_record() -> list[str]:
    """The statements that make the table of the run record and write `$run_id` and `$loaded_at` into it.

    Its only row has no `id`, by which queries know what is theirs.
    """
    return [
        f"CREATE NODE TABLE {RUN_RECORD}(run_id STRING PRIMARY KEY, loaded_at TIMESTAMP)",
        f"CREATE (:{RUN_RECORD} {{run_id: $run_id, loaded_at: $loaded_at}})",
    ]


def neo4j_constraints() -> list[str]:
    """Uniqueness of each label's id, which also gives the index that every look-up by id uses; one run record."""
    return [
        *(
            f"CREATE CONSTRAINT {t.prefix}_id IF NOT EXISTS FOR (n:{t.label}) REQUIRE n.id IS UNIQUE"
            for t in NODE_TYPES
        ),
        f"CREATE CONSTRAINT corridor_load IF NOT EXISTS FOR (n:{RUN_RECORD}) REQUIRE n.graph IS UNIQUE",
    ]


NEO4J_LOCK = f"MERGE (load:{RUN_RECORD} {{graph: 'corridor'}}) SET load.locked = true REMOVE load.locked"
"""Waits until no other load is under way: two that both compare with the old graph would leave a mixture."""

NEO4J_RUN_RECORD = (
    f"MERGE (load:{RUN_RECORD} {{graph: 'corridor'}}) SET load.run_id = $run_id, load.loaded_at = datetime($loaded_at)"
)


def replanned(statement: str) -> str:
    """The statement, planned for the graph as it is now.

    A plan that was made for a graph of a few edges scans them all for an element id; kept for a graph of many, it would
    do so for every row (5.26.12).
    """
    return f"CYPHER replan=force {statement}"


def neo4j_known(kind: NodeType | EdgeType) -> str:
    """What the graph has of a type: column `known`, texts that `graph.column_texts.known_rows` takes apart.

    Of each row its id, digest and element id; by the last it is found again in one step. What others wrote may have
    anything for an id, a mark among its characters too: that is no id of ours. Joined on the server, because the
    driver spends 60 µs on a row of three values (neo4j 6.4.1); in groups, because adding to a text copies it.
    """
    given = "toStringOrNull(n.id)"
    own = f"CASE WHEN {given} CONTAINS $row_end OR {given} CONTAINS $value_end THEN '' ELSE coalesce({given}, '') END"
    row = f"{own} + $value_end + coalesce(toStringOrNull(toIntegerOrNull(n.digest)), '') + $value_end + elementId(n)"
    return (
        f"MATCH {_any(kind)} WITH collect({row}) AS rows UNWIND range(0, size(rows) - 1, 200) AS i "
        "RETURN reduce(text = '', row IN rows[i..i + 200] | text + row + $row_end) AS known"
    )


def neo4j_create(kind: NodeType | EdgeType, ends: tuple[str, str] | None, table: pa.Schema) -> str:
    """Create the rows that `column_texts` made parameters of; returns how many found their ends as `written`.

    Of the schema it matters which columns are nullable: only in these the mark of an unknown value is looked for.
    """
    values = _map(kind, table)
    if isinstance(kind, NodeType):
        return f"{_rows_of(table)} CREATE (n:{kind.label} {values}) RETURN count(n) AS written"
    (from_label, to_label), at = ends or kind.ends[0], table.get_field_index
    return (
        f"{_rows_of(table)} MATCH (a:{from_label} {{id: c{at('from_id')}[i]}}) USING INDEX a:{from_label}(id) "
        f"MATCH (b:{to_label} {{id: c{at('to_id')}[i]}}) USING INDEX b:{to_label}(id) "
        f"CREATE (a)-[n:{kind.type} {values}]->(b) RETURN count(n) AS written"
    )


def neo4j_update(kind: NodeType | EdgeType, table: pa.Schema) -> str:
    """Give the nodes or edges of column `element_id` the values of the other columns and no others."""
    at = table.get_field_index("element_id")
    return (
        f"{_rows_of(table)} MATCH {_any(kind, typed=False)} WHERE elementId(n) = c{at}[i] "
        f"SET n = {_map(kind, table)} RETURN count(n) AS written"
    )


def neo4j_delete(kind: NodeType | EdgeType) -> str:
    """Delete the nodes or edges of `$element_ids`, a node with every edge that is left on it."""
    verb = "DETACH DELETE" if isinstance(kind, NodeType) else "DELETE"
    return f"UNWIND $element_ids AS element_id MATCH {_any(kind, typed=False)} WHERE elementId(n) = element_id {verb} n"


def neo4j_rows(kind: NodeType | EdgeType, ends: tuple[str, str] | None) -> str:
    """Every row of a type, with the columns of its Arrow schema: nodes by id, edges by their source's id, then theirs.

    The index on ids gives that order; edges are sorted source by source, so that the server holds no type as a whole.
    """
    values = ", ".join(f"n.{name} AS {name}" for name in ("id", *(p.name for p in kind.properties)))
    if isinstance(kind, NodeType):
        return f"MATCH (n:{kind.label}) WHERE n.id IS NOT NULL RETURN {values} ORDER BY id"
    from_label, to_label = ends or kind.ends[0]
    return (
        f"MATCH (a:{from_label}) USING INDEX a:{from_label}(id) WHERE a.id IS NOT NULL "
        f"MATCH (a)-[n:{kind.type}]->(b:{to_label}) "
        f"RETURN a.id AS from_id, b.id AS to_id, {values} ORDER BY from_id, id"
    )


def ladybug_rows(kind: NodeType | EdgeType, ends: tuple[str, str] | None) -> str:
    """Every row of a type, with the columns of its Arrow schema, in no order."""
    values = ", ".join(f"n.{name} AS {name}" for name in ("id", *(p.name for p in kind.properties)))
    if isinstance(kind, NodeType):
        return f"MATCH (n:{kind.label}) RETURN {values}"
    from_label, to_label = ends or kind.ends[0]
    return f"MATCH (a:{from_label})-[n:{kind.type}]->(b:{to_label}) RETURN a.id AS from_id, b.id AS to_id, {values}"


def _any(kind: NodeType | EdgeType, *, typed: bool = True) -> str:
    """A pattern that binds `n` to a node or an edge."""
    if isinstance(kind, NodeType):
        return f"(n:{kind.label})" if typed else "(n)"
    return f"()-[n:{kind.type}]->()" if typed else "()-[n]->()"


def _rows_of(table: pa.Schema) -> str:
    """Takes apart what `column_texts` put together; `c0[i]` is then the text of row i in the first column."""
    columns = ", ".join(f"split($c{at}, $row_end) AS c{at}" for at in range(len(table)))
    return f"WITH {columns} UNWIND range(0, size(c0) - 1) AS i"


def _map(kind: NodeType | EdgeType, table: pa.Schema) -> str:
    types = {p.name: p.type for p in kind.properties} | {"id": ValueType.TEXT, "digest": ValueType.INTEGER}
    values = (f"{f.name}: {_value(at, types[f.name], f.nullable)}" for at, f in enumerate(table) if f.name in types)
    return f"{{{', '.join(values)}}}"


_FROM_TEXT = {
    ValueType.TEXT: "{}",
    ValueType.INTEGER: "toInteger({})",
    ValueType.NUMBER: "toFloat({})",
    ValueType.FRACTION: "toFloat({})",
    ValueType.BOOLEAN: "toBoolean({})",
    ValueType.DATE: "date({})",
    ValueType.TEXTS: "CASE {0} WHEN $empty THEN [] ELSE split({0}, $item_end) END",
}


def _value(at: int, type_: ValueType, is_nullable: bool) -> str:
    return _FROM_TEXT[type_].format(f"nullIf(c{at}[i], $unknown)" if is_nullable else f"c{at}[i]")


@cache
def count_query(name: str) -> Query:
    """How many nodes a label, or edges a type, has: one row, column `count`."""
    if name in NODE_TYPE:
        return Query(f"count_{name}", f"MATCH (n:{name}) RETURN count(n) AS count")
    return Query(f"count_{name}", f"MATCH ()-[r:{EDGE_TYPE[name].type}]->() RETURN count(r) AS count")


@cache
def nodes_query(label: str) -> Query:
    """The nodes of one label among `$ids`: column `node`."""
    text = f"UNWIND $ids AS node_id\nMATCH (n:{NODE_TYPE[label].label} {{id: node_id}})\nRETURN n AS node"
    return Query(f"nodes_{label}", text, ("ids",))


@cache
def edges_query(edge_type: str, from_label: str, to_label: str) -> Query:
    """The edges of one type between two labels among `$ids`: column `edge`."""
    text = (
        f"MATCH (a:{NODE_TYPE[from_label].label})-[r:{EDGE_TYPE[edge_type].type}]->(b:{NODE_TYPE[to_label].label})\n"
        "WHERE a.id IN $from_ids AND r.id IN $ids\nRETURN r AS edge"
    )
    return Query(f"edges_{edge_type}", text, ("from_ids", "ids"))


@cache
def node_columns_query(label: str, properties: tuple[str, ...]) -> Query:
    """Every node of a label: columns `id` and the properties, in no order: sorting is quicker on arrays."""
    known = {p.name for p in NODE_TYPE[label].properties}
    names = [name for name in properties if name in known]
    columns = ", ".join(f"n.{name} AS {name}" for name in ("id", *names))
    return Query(f"columns_{label}", f"MATCH (n:{NODE_TYPE[label].label})\nRETURN {columns}")


@cache
def edge_columns_query(edge_type: str, from_label: str, to_label: str, properties: tuple[str, ...]) -> Query:
    """Every edge of a type between two labels: columns `from_id`, `to_id` and the properties, in no order."""
    known = {p.name for p in EDGE_TYPE[edge_type].properties}
    names = [name for name in properties if name in known]
    columns = ", ".join(["a.id AS from_id", "b.id AS to_id", *(f"r.{name} AS {name}" for name in names)])
    text = (
        f"MATCH (a:{NODE_TYPE[from_label].label})-[r:{EDGE_TYPE[edge_type].type}]->(b:{NODE_TYPE[to_label].label})\n"
        f"RETURN {columns}"
    )
    return Query(f"columns_{edge_type}_{from_label}_{to_label}", text)


# --- reading .cypher files -------------------------------------------------------------------------------------------

_HEADER = re.compile(r"^// name: (?P<name>\w+)(?:@(?P<dialect>\w+)|\((?P<parameters>[^)]*)\))$")


def read_queries(path: Path) -> dict[str, Query]:
    """The queries of a .cypher file by name. Raises `CypherError`, with file and line, where it breaks the rules."""
    queries: dict[str, Query] = {}
    for line, header, doc, text in _sections(path):
        where = f"{path.name}:{line}"
        name, dialect = header["name"], header["dialect"]
        problems = lint(text, dialect)
        if problems:
            raise CypherError(f"{where}: {name}: " + "; ".join(problems))
        if dialect:
            queries[name] = _overridden(queries.get(name), dialect, text, doc, where)
            continue
        if name in queries:
            raise CypherError(f"{where}: {name} is already defined above")
        if not doc:
            raise CypherError(f"{where}: {name} has no sentence that says what a row is")
        query = Query(name, text, tuple(p.strip() for p in header["parameters"].split(",") if p.strip()), doc)
        _check_declared(query, text, where)
        queries[name] = query
    return queries


def _overridden(base: Query | None, dialect: str, text: str, doc: str, where: str) -> Query:
    if base is None or not doc:
        raise CypherError(f"{where}: an override stands under its common text and gives its reason")
    if dialect not in DIALECTS:
        raise CypherError(f"{where}: {base.name}@{dialect}: the engines are {', '.join(DIALECTS)}")
    _check_declared(base, text, where)
    return Query(base.name, base.text, base.parameters, base.doc, {**base.overrides, dialect: text})


def _check_declared(query: Query, text: str, where: str) -> None:
    used = parameters_in(text)
    if used != set(query.parameters):
        raise CypherError(f"{where}: {query.name} declares {sorted(query.parameters)} and uses {sorted(used)}")


def _sections(path: Path) -> Iterator[tuple[int, re.Match[str], str, str]]:
    header, start, doc, body = None, 0, list[str](), list[str]()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = _HEADER.match(line)
        if not match and re.match(r"//\s*name\b", line):
            raise CypherError(
                f"{path.name}:{number}: a header reads '// name: NAME(PARAMETER, …)' or '// name: NAME@ENGINE'"
            )
        if match or header is None:
            if header is not None:
                yield start, header, " ".join(doc), "\n".join(body).strip()
            if not match and line.strip() and not line.startswith("//"):
                raise CypherError(f"{path.name}:{number}: a statement before the first '// name:' line")
            header, start, doc, body = match, number, [], []
        elif line.startswith("//"):
            doc.append(line[2:].strip())
        else:
            body.append(line)
    if header is not None:
        yield start, header, " ".join(doc), "\n".join(body).strip()


def returned_columns(text: str) -> list[str]:
    """The aliases of the last RETURN, in order.

    >>> returned_columns("MATCH (p:Product) RETURN p.id AS product_id, count(p) AS n ORDER BY n, product_id")
    ['product_id', 'n']
    """
    clause = _last_return(_masked(text)).removeprefix(" DISTINCT")
    clause = re.split(r"\bORDER BY\b|\bLIMIT\b", clause)[0]
    return re.findall(r"\bAS (\w+)\s*(?:,|$)", clause.strip())


_PATH = re.compile(r"(\[\s*\w*\s*(?::[\w|:]+)?\s*)\*\s*(\d+\.\.\d+)")


_LIMIT = re.compile(r"\bLIMIT\s+(\S+)\s*$")


def parameters_in(text: str) -> set[str]:
    """The names of the parameters that a statement uses.

    >>> sorted(parameters_in("MATCH (p:Product) WHERE p.id IN $ids AND p.name_zh <> '$no' RETURN p.id AS id"))
    ['ids']
    """
    return set(re.findall(r"\$(\w+)", _masked(text)))


def limited(query: Query, rows: int) -> Query:
    """The query with at most so many rows. Raises `CypherError` where its own limit is no number.

    >>> limited(Query("q", "MATCH (p:Product) RETURN p.id AS id ORDER BY id"), 10).text.splitlines()[-1]
    'LIMIT 10'
    """
    own = _LIMIT.search(query.text)
    if own and not own[1].isdigit():
        raise CypherError(f"{query.name}: LIMIT 须为数字 must be a number, not {own[1]}")
    most = min(rows, int(own[1])) if own else rows
    return replace(query, text=f"{_LIMIT.sub('', query.text).rstrip()}\nLIMIT {most}")


def with_trails(text: str) -> str:
    """The text with bounded paths as trails: on a cycle the embedded engine walks edges again, Neo4j does not.

    >>> with_trails("MATCH (a)-[:INPUT_OF*1..3]->(b)")
    'MATCH (a)-[:INPUT_OF* TRAIL 1..3]->(b)'
    """
    return _PATH.sub(r"\1* TRAIL \2", text)


# --- the portable subset ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rule:
    """A construct that the engines read differently or that only one of them knows, and what to write instead."""

    name: str
    advice: str
    found: Callable[[str], bool]


def _pattern(expression: str) -> Callable[[str], bool]:
    compiled = re.compile(expression)
    return lambda text: bool(compiled.search(text))


_WRITES = (
    r"(?i)(?<![.$\w])(CREATE|MERGE|SET|DELETE|DETACH|REMOVE|DROP|ALTER|COPY|LOAD|INSTALL|CALL|FOREACH|USE|ATTACH"
    r"|IMPORT|EXPORT)\b(?!\s*:)"
)
_HOPS = re.compile(r"\[[^\]*]*\*\s*(?:TRAIL|SHORTEST|ALL SHORTEST)?\s*([\d.]*)")
_BOUNDED = re.compile(r"^\d+\.\.\d+$")


def _unbounded(text: str) -> bool:
    """A path of variable length that is not written `*m..n`: the rewrite to trails knows no other form."""
    return any(not _BOUNDED.search(path) or int(path.rpartition("..")[2]) > MAX_HOPS for path in _HOPS.findall(text))


def _repeats_a_type(text: str) -> bool:
    """Two edges of one type in one MATCH without an inequality: one engine may use an edge twice."""
    for clause in re.split(r"\b(?:OPTIONAL MATCH|MATCH|RETURN|WITH|UNION ALL|UNWIND)\b", text):
        pattern = clause.split("WHERE")[0]
        edges = [_names([types]) for types in re.findall(r"[-<]\[\s*\w*\s*:?([\w|:]*)[^\]]*\]", pattern)]
        named = [name for names in edges for name in names]
        untyped = not all(edges) and len(edges) > 1
        if (untyped or len(named) != len(set(named))) and "<>" not in clause:
            return True
    return False


def _bare_sum(text: str) -> bool:
    return bool(re.search(r"\bsum\(", text)) and len(re.findall(r"\bsum\(", text)) != len(
        re.findall(r"coalesce\(\s*sum\(", text)
    )


def _with_order_without_limit(text: str) -> bool:
    for clause in re.findall(r"\bWITH\b(?:(?!\b(?:MATCH|RETURN|UNWIND|WITH)\b).)*", text, re.S):
        if "ORDER BY" in clause and "LIMIT" not in clause:
            return True
    return False


def _lower_case_keyword(text: str) -> bool:
    return bool(re.search(r"(?m)^\s*(match|optional match|where|return|with|order by|limit|unwind|union)\b", text))


RULES: tuple[Rule, ...] = (
    Rule("several-statements", "one statement, without ;", _pattern(r";")),
    Rule("range", "a list of numbers is not limited in memory; give it as a parameter", _pattern(r"(?i)\brange\s*\(")),
    Rule("write", "queries only read", _pattern(_WRITES)),
    Rule("unbounded-path", f"give the path an upper bound of at most {MAX_HOPS}", _unbounded),
    Rule("repeated-edge-type", "add WHERE a.id <> c.id", _repeats_a_type),
    Rule("count-subquery", "OPTIONAL MATCH and count", _pattern(r"(?i)\bCOUNT\s*\{")),
    Rule("several-labels", "alternatives are (:A|B)", _pattern(r"\(\s*\w*:\w+:\w+")),
    Rule("labels", "the store decodes nodes", _pattern(r"(?i)\blabels\s*\(")),
    Rule("substring", "one engine counts from 1; cut the text in Python", _pattern(r"(?i)\bsubstring\s*\(")),
    Rule("list-index", "one engine counts from 1; take the element in Python", _pattern(r"[\w)]\[\s*[\w$.-]+\s*\]")),
    Rule("bare-sum", "coalesce(sum(x), 0): the sum of nothing differs", _bare_sum),
    Rule("list-comprehension", "take the list apart in Python", _pattern(r"\[\s*\w+\s+IN\b")),
    Rule("map-projection", "return the node", _pattern(r"\b\w+\s*\{\s*\.")),
    Rule("one-engine-function", "compute it in Python",
         _pattern(r"(?i)\b(reduce|head|round|toFloat|datetime|type|label|shortestPath|allShortestPaths)\s*\(")),
    Rule("null-parameter", "use lists: size($ids) = 0 OR p.id IN $ids", _pattern(r"\$\w+ IS (NOT )?NULL")),
    Rule("with-order", "ORDER BY in WITH needs a LIMIT", _with_order_without_limit),
    Rule("keyword-case", "keywords in upper case", _lower_case_keyword),
    Rule("order", "the last RETURN needs a total ORDER BY that ends in an id",
         lambda text: not re.search(r"\bORDER BY\b[^;]*\b(?:\w+_)?id\b(?: DESC)?\s*(?:LIMIT \$?\w+\s*)?$", _last_return(text))),
)  # fmt: skip

_ALLOWED_IN_OVERRIDE = frozenset({"one-engine-function", "list-index", "list-comprehension"})


def lint(text: str, dialect: str | None = None) -> list[str]:
    """What in a statement leaves the portable subset or the ontology; empty when it is fine.

    An override (`dialect` given) may use what its engine alone knows, but still only reads and stays bounded.
    """
    masked = _masked(text)
    problems = [
        f"{rule.name}: {rule.advice}"
        for rule in RULES
        if rule.found(masked) and not (dialect and rule.name in _ALLOWED_IN_OVERRIDE)
    ]
    return problems + _unknown_names(masked)


def _unknown_names(text: str) -> list[str]:
    inside = re.sub(r"\{\s*\w+\s*:[^}]*\}", "", text)
    labels = _names(re.findall(r"\(\s*\w*\s*:([\w|:]+)", inside))
    types = _names(re.findall(r"\[\s*\w*\s*:([\w|:]+)", inside))
    properties = set(re.findall(r"\b[a-z]\w*\.(\w+)", text)) | set(re.findall(r"[{,]\s*(\w+)\s*:", text))
    unknown = [*sorted(labels - NODE_TYPE.keys()), *sorted(types - EDGE_TYPE.keys())]
    return [
        f"unknown-name: {name} is not in the ontology" for name in [*unknown, *sorted(properties - property_names())]
    ]


def _names(groups: Sequence[str]) -> set[str]:
    return {name for group in groups for name in re.split(r"[|:]", group) if name}


def _masked(text: str) -> str:
    """The text without comments and without the insides of string literals, so that rules see only code."""
    hidden = r"//[^\n]*|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
    return re.sub(hidden, lambda found: "" if found[0].startswith("//") else "''", text)


def _last_return(text: str) -> str:
    return re.split(r"\bRETURN\b", text)[-1]
