"""Cypher: how .cypher files are read, and what is made of their statements.

A file holds sections. A section starts with `// name: NAME(PARAMETER, …)`; the comment lines under it are its
description, the rest is one statement. `// name: NAME@DIALECT` under it replaces the text on that engine only, and
its comment says why.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from graph.errors import CypherError
from graph.subset import branches, lint
from graph.texts import Text
from graph.tokens import Token, code, outermost, parts, tokens

DIALECTS = ("neo4j", "ladybug")


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
            raise CypherError(Text("errors.wrong", where=f"{where}: {name}", why=problems))
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
    last = parts(code(text), frozenset({"RETURN", "ORDER", "SKIP", "LIMIT"}))
    clause = next((part[1:] for part in reversed(last) if part[0].text == "RETURN"), [])
    commas = [number for number, token in outermost(clause) if token.text == ","]
    ends = [clause[end - 1] for end in [*commas, len(clause)] if end]
    alone = {clause[end - 1].start for end in [*commas, len(clause)] if end and _stands_alone(clause, end - 1)}
    return [token.text for token in ends if token.kind == "word" and token.start in alone]


def _stands_alone(clause: list[Token], number: int) -> bool:
    """Whether a word is the name of its column: behind AS, or all there is of it."""
    return number == 0 or clause[number - 1].text in {"AS", ",", "DISTINCT"}


def parameters_in(text: str) -> set[str]:
    """The names of the parameters that a statement uses.

    >>> sorted(parameters_in("MATCH (p:Product) WHERE p.id IN $ids AND p.name_zh <> '$no' RETURN p.id AS id"))
    ['ids']
    """
    return {token.text[1:] for token in code(text) if token.kind == "parameter"}


def limited(query: Query, rows: int) -> Query:
    """The query with at most so many rows, from each of the statements that UNION joins.

    >>> limited(Query("q", "MATCH (p:Product) RETURN p.id AS id ORDER BY id LIMIT 99"), 10).text
    'MATCH (p:Product) RETURN p.id AS id ORDER BY id LIMIT 10'
    """
    text = query.text
    for branch in reversed(branches(code(text))):
        last = parts(branch, frozenset({"LIMIT"}))[-1]
        start, end = last[0].start, branch[-1].start + len(branch[-1].text)
        if last[0].text == "LIMIT":
            text = f"{text[:start]}LIMIT {min(rows, int(last[1].text))}{text[end:]}"
        else:
            text = f"{text[:end]} LIMIT {rows}{text[end:]}"
    return replace(query, text=text)


def with_limits(text: str, parameters: Mapping[str, object]) -> str:
    """The text with the numbers of its limits in it, which a user's statement may not have as parameters.

    >>> with_limits("MATCH (p:Product) RETURN p.id AS id ORDER BY id LIMIT $limit", {"limit": 5})
    'MATCH (p:Product) RETURN p.id AS id ORDER BY id LIMIT 5'
    """
    return with_values(text, {name: parameters[name] for name in limits_in(text)})


@lru_cache(1024)
def limits_in(text: str) -> frozenset[str]:
    """The names of the parameters that are limits.

    >>> sorted(limits_in("MATCH (p:Product) WHERE p.id IN $ids RETURN p.id AS id ORDER BY id LIMIT $limit"))
    ['limit']
    """
    return frozenset(
        one.text[1:] for word, one in pairwise(code(text)) if word.text in {"LIMIT", "SKIP"} and one.kind == "parameter"
    )


@lru_cache(maxsize=1_024)
def with_trails(text: str) -> str:
    """The text with bounded paths as trails: on a cycle the embedded engine walks edges again, Neo4j does not.

    >>> with_trails("MATCH (a)-[:INPUT_OF*1..3]->(b)")
    'MATCH (a)-[:INPUT_OF* TRAIL 1..3]->(b)'
    """
    found = tokens(text)
    for star, dots in zip(reversed(found[:-2]), reversed(found[2:]), strict=True):
        if (star.text, dots.text) == ("*", ".."):
            text = f"{text[: star.start + 1]} TRAIL {text[star.start + 1 :].lstrip()}"
    return text


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
    return f"{head}\n{with_values(text, parameters)};"


def with_values(text: str, values: Mapping[str, object]) -> str:
    """A text with the values of these of its parameters in their place.

    >>> with_values("MATCH (p:Product) WHERE p.id IN $ids RETURN p.id AS id LIMIT $limit", {"limit": 5})
    'MATCH (p:Product) WHERE p.id IN $ids RETURN p.id AS id LIMIT 5'
    """
    between, names = _at_parameters(text)
    written = [literal(values[name]) if name in values else f"${name}" for name in names]
    return "".join(f"{before}{value}" for before, value in zip(between, written, strict=False)) + between[-1]


@lru_cache(1024)
def _at_parameters(text: str) -> tuple[list[str], list[str]]:
    """A text cut at its parameters, one part more than there are of them, and their names."""
    found = [token for token in tokens(text) if token.kind == "parameter"]
    starts = [0, *(token.start + len(token.text) for token in found)]
    ends = [*(token.start for token in found), len(text)]
    between = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    return between, [token.text[1:] for token in found]


def literal(value: object) -> str:
    """A value as Cypher writes it.

    >>> literal(["a", 1, 0.5, None, True, date(2020, 9, 30)])
    "['a', 1, 0.5, null, true, date('2020-09-30')]"
    """
    if isinstance(value, str):
        return f"'{value.translate(_ESCAPED)}'"
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
    if isinstance(value, Iterable):
        return f"[{', '.join(map(literal, value))}]"
    raise TypeError(f"no Cypher literal for a {type(value).__name__}")


_ESCAPED = str.maketrans({"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"})
