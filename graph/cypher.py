"""Cypher: how .cypher files are read, and the portable subset they keep to.

A file holds sections. A section starts with `// name: NAME(PARAMETER, …)`; the comment lines under it are its
description, the rest is one statement. `// name: NAME@DIALECT` under it replaces the text on that engine only, and
its comment says why.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from graph.errors import CypherError
from graph.ontology import STORED_EDGE_TYPES, STORED_NODE_TYPES, property_names
from graph.texts import Text

DIALECTS = ("neo4j", "ladybug")
MAX_HOPS = 6
"""The longest variable-length path that a statement may ask for."""


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
    """The columns of the last RETURN, in order: aliases, and variables that stand for themselves.

    >>> returned_columns("MATCH (p:Product) RETURN p.id AS product_id, coalesce(a, b) AS c, n ORDER BY n, product_id")
    ['product_id', 'c', 'n']
    """
    clause = re.split(r"\bORDER BY\b|\bLIMIT\b", _last_return(_masked(text)).removeprefix(" DISTINCT"))[0]
    # Commas inside brackets separate no columns.
    while (flat := re.sub(r"[(\[{][^()\[\]{}]*[)\]}]", "", clause)) != clause:
        clause = flat
    return [name[1] for item in clause.split(",") if (name := re.search(r"(?:\bAS\s+|^\s*)(\w+)\s*$", item))]


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
        raise CypherError(Text("errors.limit", name=query.name, found=own[1]))
    most = min(rows, int(own[1])) if own else rows
    return replace(query, text=f"{_LIMIT.sub('', query.text).rstrip()}\nLIMIT {most}")


def with_trails(text: str) -> str:
    """The text with bounded paths as trails: on a cycle the embedded engine walks edges again, Neo4j does not.

    >>> with_trails("MATCH (a)-[:INPUT_OF*1..3]->(b)")
    'MATCH (a)-[:INPUT_OF* TRAIL 1..3]->(b)'
    """
    return _PATH.sub(r"\1* TRAIL \2", text)


# --- texts to paste ---------------------------------------------------------------------------------------------------


def pasteable(query: Query, parameters: Mapping[str, object], dialect: str) -> str:
    """A statement with its parameters, ready to paste: for Neo4j Browser behind `:param` lines, for Ladybug with their
    values in it, because its shell knows no parameters.

    >>> print(pasteable(Query("q", "MATCH (p:Product {id: $id}) RETURN p.id AS id ORDER BY id", ("id",)), {"id": "a'b"}, "neo4j"))
    // q
    :param id => 'a\\'b'
    MATCH (p:Product {id: $id}) RETURN p.id AS id ORDER BY id;
    """
    head = f"// {query.name}{': ' if query.doc else ''}{query.doc}"
    text = query.text_for(dialect)
    if dialect == "neo4j":
        return "\n".join(
            [head, *(f":param {name} => {literal(value)}" for name, value in parameters.items()), f"{text};"]
        )
    return f"{head}\n{_with_values(text, parameters)};"


def _with_values(text: str, parameters: Mapping[str, object]) -> str:
    return _CODE_OR_HIDDEN.sub(lambda m: literal(parameters[m[1]]) if m[1] else m[0], text)


def literal(value: object) -> str:
    """A value as Cypher writes it.

    >>> literal(["a", 1, 0.5, None, True, date(2020, 9, 30)])
    "['a', 1, 0.5, null, true, date('2020-09-30')]"
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, date):
        return f"date('{value.isoformat()}')"
    if isinstance(value, str):
        return "'" + "".join(_ESCAPED.get(character, character) for character in value) + "'"
    if isinstance(value, Iterable):
        return f"[{', '.join(map(literal, value))}]"
    raise TypeError(f"no Cypher literal for a {type(value).__name__}")


_ESCAPED = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_CODE_OR_HIDDEN = re.compile(r"//[^\n]*|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\$(\w+)")


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


def _length_of_edges(text: str) -> bool:
    """`length()` of the edges of a path instead of the path: one engine counts them, Neo4j refuses."""
    lists = re.findall(r"\[\s*(\w+)\s*:[\w|:]+\s*\*", text)
    return any(re.search(rf"(?i)\blength\s*\(\s*{name}\s*\)", text) for name in lists)


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
    Rule("length-of-edges", "name the path and take its length: p = (a)-[:R*1..3]->(b), length(p)", _length_of_edges),
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


_LABELS = frozenset(kind.label for kind in STORED_NODE_TYPES)
_EDGE_TYPES = frozenset(kind.type for kind in STORED_EDGE_TYPES)


def _unknown_names(text: str) -> list[str]:
    inside = re.sub(r"\{\s*\w+\s*:[^}]*\}", "", text)
    labels = _names(re.findall(r"\(\s*\w*\s*:([\w|:]+)", inside))
    types = _names(re.findall(r"\[\s*\w*\s*:([\w|:]+)", inside))
    properties = set(re.findall(r"\b[a-z]\w*\.(\w+)", text)) | set(re.findall(r"[{,]\s*(\w+)\s*:", text))
    unknown = [*sorted(labels - _LABELS), *sorted(types - _EDGE_TYPES)]
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
