"""What a statement may be: it reads, within bounds, what the ontology has, in the words that both engines understand alike.

Nothing is allowed that is not listed here: clauses, words, functions, signs, and where each may stand. What a user wrote
(`lint_foreign`) may besides hide nothing and must be small.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice, pairwise
from re import compile as pattern
from typing import NamedTuple

from graph.errors import Fault, UnknownName
from graph.ontology import STORED_EDGE_TYPES, STORED_NODE_TYPES, property_names
from graph.texts import Text
from graph.tokens import OPENING, Token, code, is_second_word, outermost, parts, tokens

MAX_HOPS = 6
"""The longest variable-length path that a statement may ask for."""
MAX_DEPTH = 40
"""Brackets and CASE within each other: from 2,500 on the embedded engine ends the process (0.22.0)."""
MAX_CHARACTERS = 10_000
_MAX_LOOSE = 2
_MAX_EDGES = 12
"""Patterns that share nothing with what stands before, and edges: the embedded engine counts with 64 bits and does not say
when they run over."""
_MAX_SIGNS_BEFORE = 3
_MAX_FAULTS = 20

_STARTS = frozenset({"MATCH", "OPTIONAL", "UNWIND", "WITH", "RETURN"})
_HEADS = _STARTS | {"WHERE", "ORDER", "SKIP", "LIMIT", "UNION"}
_VALUES = frozenset({"NULL", "TRUE", "FALSE", "END", "ASC", "DESC"})
WORDS = _HEADS | _VALUES | {
    "AND", "OR", "XOR", "NOT", "IN", "IS", "CASE", "WHEN", "THEN", "ELSE", "AS", "DISTINCT", "BY", "ALL", "STARTS", "ENDS",
    "CONTAINS", "EXISTS", "TRAIL", "SHORTEST",
}  # fmt: skip
FUNCTIONS = frozenset({
    "abs", "avg", "ceil", "coalesce", "collect", "count", "date", "floor", "left", "length", "max", "min", "nodes", "right",
    "sign", "size", "sqrt", "sum", "tolower", "toupper", "trim",
})  # fmt: skip
_LABELS = frozenset(kind.label for kind in STORED_NODE_TYPES)
_EDGE_TYPES = frozenset(kind.type for kind in STORED_EDGE_TYPES)
_ONE_ENGINE = frozenset({"function", "list-index", "list-comprehension"})
"""What an override may use."""
_BETWEEN_VALUES = frozenset({"/", "%", "^", "=", "<>", "<", ">", "<=", ">=", ".", ","})
_NUMBER = pattern(r"\d+(\.\d+)?([eE]\d+)?")
_ESCAPE = pattern(r"\\[^\\'\"nrt]")


class Problem(NamedTuple):
    """The name of a rule, what broke it, and which tokens did; of a name those that are known."""

    rule: str
    found: str
    tokens: Sequence[Token] = ()
    known: Iterable[str] = ()


def lint(text: str, dialect: str | None = None) -> list[Text]:
    """What in a statement of ours leaves the portable subset or the ontology; empty when it is fine.

    An override (`dialect` given) may use what its engine alone knows, but still only reads and stays bounded.
    """
    found = _faults([one for one in _problems(code(text)) if not (dialect and one.rule in _ONE_ENGINE)])
    return [Text("errors.wrong", where=one.rule, why=one.text) for one in found]


def lint_foreign(text: str) -> list[Fault]:
    """The same of a statement that a user wrote; comments, back-ticks, odd escapes and long texts are refused as well."""
    return [*_foreign(text)] if len(text) <= MAX_CHARACTERS else _faults([Problem("long", f"{len(text):,}")])


@lru_cache(maxsize=512)
def _foreign(text: str) -> Sequence[Fault]:
    """That of a text of bounded length: every page of an answer asks it of what ran for it."""
    found = tokens(text)
    hidden = [one for one in found if one.kind == "comment" or (one.kind == "text" and _ESCAPE.search(one.text))]
    escape = text.lower().find("\\u")
    if hidden or escape >= 0:
        culprits = hidden[:1] or [Token("bad", text[escape : escape + 2], escape)]
        return _faults([Problem("hidden", culprits[0].text[:20], culprits)])
    return _faults([*_problems(found), *_too_much(found)])


def _faults(problems: Iterable[Problem]) -> list[Fault]:
    """The first problem of each rule, and each name that is not known: a few of all."""
    first: dict[tuple[str, str], Problem] = {}
    for one in problems:
        first.setdefault((one.rule, one.found if one.known else ""), one)
    return [_fault(one) for one in islice(first.values(), _MAX_FAULTS)]


def _fault(one: Problem) -> Fault:
    near = [*UnknownName("name", one.found, one.known).near]
    text = Text(f"cypher.{one.rule}", found=one.found, hops=MAX_HOPS, near=near)
    if not one.tokens:
        return Fault(one.rule, text)
    start, last = one.tokens[0].start, one.tokens[-1]
    return Fault(one.rule, text, start, last.start + len(last.text) - start)


def _problems(found: list[Token]) -> list[Problem]:
    walk = _Walk(found)
    walk.run()
    return [*walk.problems, *(problem for rule in _RULES for problem in rule(found))]


# --- word by word -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Walk:
    """One way through the tokens: what each is depends on the bracket it stands in and on what stands before it.

    `within` are the open brackets and where they opened: `(`, `[` a list, `-[` an edge, `{` a map, `{MATCH` a subquery.
    """

    tokens: list[Token]
    problems: list[Problem] = field(default_factory=list)
    within: list[tuple[str, int]] = field(default_factory=list)
    at: int = 0
    cases: int = 0
    signs: int = 0
    paths: set[str] = field(default_factory=set)

    def run(self) -> None:
        """Look at every token; stop where it goes too deep."""
        handlers = {"word": self._word, "sign": self._sign, "number": self._number}
        if not self.tokens or self.tokens[0].text.upper() not in _STARTS:
            self._refuse("reading")
        for at, token in enumerate(self.tokens):
            self.at = at
            handlers.get(token.kind, self._other)(token)
            self.signs = self.signs + 1 if token.text in {"NOT", "-", "+", "<-"} else 0
            if len(self.within) + self.cases > MAX_DEPTH or self.signs > _MAX_SIGNS_BEFORE:
                self._refuse("deep")
                return
        if self.within:
            self._refuse("brackets")

    def _refuse(self, rule: str) -> None:
        around = self.tokens[max(self.at - 1, 0) : self.at + 2]
        self.problems.append(
            Problem(rule, " ".join(one.text[:40] for one in around), self.tokens[self.at : self.at + 1])
        )

    def _near(self, step: int) -> str:
        """The text of the token so many before or after this one, empty where there is none."""
        number = self.at + step
        return self.tokens[number].text if 0 <= number < len(self.tokens) else ""

    @property
    def _inside(self) -> str:
        return self.within[-1][0] if self.within else ""

    def _after_value(self) -> bool:
        """Whether what stands before is a value or a pattern, so that no other one may follow."""
        if self.at == 0:
            return False
        before = self.tokens[self.at - 1]
        if before.kind == "word" and self._near(-2) not in {".", ":", "|"}:
            return before.text not in WORDS or before.text in _VALUES
        return (
            before.kind != "sign"
            or before.text in {")", "]", "}"}
            or (before.text == "*" and self._near(-2) in {"WITH", "RETURN"})
        )

    def _other(self, token: Token) -> None:
        if token.kind in {"bad", "quoted"}:
            self._refuse("hidden")
        elif self._after_value():
            self._refuse("reading")
        elif token.kind == "parameter" and self._near(1) == "IS":
            self._refuse("null-parameter")

    def _number(self, token: Token) -> None:
        if self._after_value() or not _NUMBER.fullmatch(token.text):
            self._refuse("reading")

    def _word(self, token: Token) -> None:
        before, after = self._near(-1), self._near(1)
        if before == ".":
            self._name(token.text, property_names())
        elif before in {":", "|"} and self._inside in {"(", "-["}:
            self._name(token.text, _LABELS if self._inside == "(" else _EDGE_TYPES)
            if self._inside == "(" and before == ":" == self._near(-3) and self.tokens[self.at - 2].kind == "word":
                self._refuse("several-labels")
        elif after == ":" and self._inside == "{":
            self._name(token.text, property_names())
        elif token.text in WORDS:
            self._keyword(token.text)
        elif token.text.upper() in WORDS - _VALUES and (self._after_value() or after == "(" or self.at == 0):
            self._refuse("keyword-case")
        else:
            self._variable(token.text, after)

    def _name(self, name: str, known: frozenset[str] | set[str]) -> None:
        if self._near(1) == "(":
            self._refuse("function")
        elif name not in known:
            self.problems.append(Problem("unknown-name", name, self.tokens[self.at : self.at + 1], known))

    def _keyword(self, word: str) -> None:
        if word in _HEADS and not is_second_word(self.tokens, self.at):
            allowed = {"": _HEADS, "{MATCH": {"MATCH", "WHERE"}}.get(self._inside, set())
            starts = self.at == 0 or self._near(-1) in {"OPTIONAL", "UNION", "ALL", "{", ";"}
            leads = {"OPTIONAL": {"MATCH"}, "UNION": {"ALL", *_STARTS}}.get(word)
            is_led = leads is None or self._near(1) in leads
            in_case = self.cases > 0 and not self._inside
            if word not in allowed or in_case or not is_led or not (starts or self._after_value()):
                self._refuse("reading")
        elif word in {"CASE", "END"}:
            self.cases += 1 if word == "CASE" else -1
        elif word == "ALL" and self._near(1) not in _STARTS:
            self._refuse("reading")
        elif (
            word in {"TRAIL", "SHORTEST"}
            or (word == "ALL" and self._near(-1) != "UNION")
            or (word == "EXISTS" and self._near(1) != "{")
        ):
            self._refuse("function")
        elif word in {"NULL", "TRUE", "FALSE"} and self._after_value():
            self._refuse("reading")

    def _variable(self, name: str, after: str) -> None:
        if self._after_value():
            self._refuse("reading")
        elif after == "(":
            self._function(name)
        elif after == "{" and self._inside not in {"(", "-["}:
            self._refuse("count-subquery" if name.upper() == "COUNT" else "map-projection")
        elif self._inside == "[" and self._near(-1) == "[" and after == "IN":
            self._refuse("list-comprehension")

    def _function(self, name: str) -> None:
        known = name.lower()
        if known not in FUNCTIONS:
            self._refuse("function")
        elif known == "sum" and (self._near(-1), self._near(-2)) != ("(", "coalesce"):
            self._refuse("bare-sum")
        elif known == "length" and self._near(2) in self.paths:
            self._refuse("length-of-edges")

    def _sign(self, token: Token) -> None:
        sign = token.text
        if sign in OPENING:
            self._open(sign)
        elif sign in OPENING.values():
            self._close(sign)
        elif sign == "*":
            self._star()
        elif sign in {";", "=~"}:
            self._refuse("several-statements" if sign == ";" else "regular-expression")
        elif sign == "." and self._near(-1) in {"{", ","} and self._inside == "{":
            self._refuse("map-projection")
        elif (sign == "->" and self._near(-1) not in {"-", "]"}) or (sign == "<-" and self._near(1) not in {"-", "["}):
            self._refuse("reading")
        elif sign == "|" and self._inside == "[":
            self._refuse("list-comprehension")
        elif (sign in {":", "|"} and self._inside not in {"(", "-[", "{"}) or (
            sign in _BETWEEN_VALUES and not self._after_value()
        ):
            self._refuse("reading")

    def _open(self, sign: str) -> None:
        kind, before = sign, self._near(-1)
        is_after_word = self.at > 0 and self.tokens[self.at - 1].kind == "word"
        if sign == "(" and self._after_value() and not is_after_word:
            self._refuse("reading")
        elif sign == "[":
            kind = "-[" if before in {"-", "<-"} else "["
            if self._after_value():
                self._refuse("list-index")
        elif sign == "{":
            kind = self._brace(before, is_after_word)
        self.within.append((kind, self.at))

    def _brace(self, before: str, is_after_word: bool) -> str:
        """What a brace opens: a subquery, which is only EXISTS, or a map."""
        if self._near(1) == "MATCH":
            if before != "EXISTS":
                self._refuse("count-subquery")
            return "{MATCH"
        is_map = self._near(1) in {"}", "."} or self._near(2) == ":"
        in_pattern = self._inside in {"(", "-["} and before not in {")", "]", "}"}
        if before == "EXISTS" or not is_map or (self._after_value() and not in_pattern and not is_after_word):
            self._refuse("reading")
        return "{"

    def _close(self, sign: str) -> None:
        if not self.within or OPENING[self.within.pop()[0].removesuffix("MATCH")[-1]] != sign:
            self._refuse("brackets")

    def _star(self) -> None:
        if self._inside == "-[":
            self._path()
        elif not self._after_value() and self._near(-1) != "WITH" and (self._near(-2), self._near(1)) != ("count", ")"):
            self._refuse("star")

    def _path(self) -> None:
        """A path of variable length is written `*m..n`: the rewrite to trails knows no other form."""
        self.paths.add(self.tokens[self.within[-1][1] + 1].text)
        rest = [one.text for one in self.tokens[self.at + 1 : self.at + 6]]
        while rest and rest[0] in {"TRAIL", "SHORTEST", "ALL"}:
            rest.pop(0)
        low, dots, high = (*rest, "", "", "")[:3]
        if dots != ".." or not (low.isdecimal() and high.isdecimal()) or int(high) > MAX_HOPS:
            self._refuse("unbounded-path")


# --- clause by clause -------------------------------------------------------------------------------------------------


def _repeated_edge_types(found: list[Token]) -> Iterator[Problem]:
    """Two edges of one type in one MATCH without an inequality: one engine may use an edge twice."""
    for clause in _chunks(found):
        names: list[str] = []
        edges, untyped = 0, 0
        texts = [one.text for one in clause]
        pattern_of = texts[: texts.index("WHERE")] if "WHERE" in texts else texts
        for number, text in enumerate(pattern_of):
            if text == "[" and number and pattern_of[number - 1] in {"-", "<-"}:
                types = _types(pattern_of[number + 1 :])
                names += types
                edges += 1
                untyped += not types
        if (len(names) != len(set(names)) or (untyped and edges > 1)) and "<>" not in texts:
            yield Problem("repeated-edge-type", "", clause)


def _types(texts: list[str]) -> list[str]:
    """The types of an edge whose bracket is open."""
    types = []
    for number, text in enumerate(texts):
        if text in {"]", "*", "{"}:
            break
        if number and texts[number - 1] in {":", "|"} and text != ":":
            types.append(text)
    return types


def _chunks(found: list[Token]) -> Iterator[list[Token]]:
    """The tokens cut before each clause, wherever it stands."""
    chunk: list[Token] = []
    for number, token in enumerate(found):
        if token.text in _STARTS - {"OPTIONAL"} and not is_second_word(found, number):
            yield chunk
            chunk = []
        chunk.append(token)
    yield chunk


def _orders(found: list[Token]) -> Iterator[Problem]:
    for clause in parts(found, _STARTS | {"UNION"}):
        texts = [one.text for one in clause]
        if texts[0] == "WITH" and "ORDER" in texts and "LIMIT" not in texts:
            yield Problem("with-order", "", clause)
    for branch in branches(found):
        texts = [one.text for one in (parts(branch, frozenset({"RETURN"})) or [[]])[-1]]
        for word in ("LIMIT", "SKIP"):
            if texts[-2:-1] == [word]:
                texts = texts[:-2]
        if texts and texts[-1] in {"DESC", "ASC"}:
            texts.pop()
        if "ORDER" not in texts or not (texts[-1] == "id" or texts[-1].endswith("_id")):
            yield Problem("order", "", branch[-1:])


_RULES: tuple[Callable[[list[Token]], Iterator[Problem]], ...] = (_repeated_edge_types, _orders)


def branches(found: list[Token]) -> list[list[Token]]:
    """The statements that UNION joins, without its words."""
    return [part[2:] if part[0].text == "UNION" else part for part in parts(found, frozenset({"UNION"}))]


# --- how much ---------------------------------------------------------------------------------------------------------


def _too_much(found: list[Token]) -> Iterator[Problem]:
    """More than a user's statement may ask of the engine at once."""
    for number, token in outermost(found):
        following = found[number + 1].text if number + 1 < len(found) else ""
        if token.text == "UNION" and following != "ALL":
            yield Problem("union", "", [token])
        if token.text in {"LIMIT", "SKIP"} and not following.isdecimal():
            yield Problem("limit", following, found[number : number + 2])
    for branch in branches(found):
        if _loose(branch) > _MAX_LOOSE:
            yield Problem("loose", str(_MAX_LOOSE + 1), branch)
        if sum(one.text == "[" and branch[i - 1].text in {"-", "<-"} for i, one in enumerate(branch)) > _MAX_EDGES:
            yield Problem("edges", str(_MAX_EDGES), branch)


def _loose(found: list[Token]) -> int:
    """How many patterns and lists share no variable with what stands before them, the first apart."""
    known: set[str] = set()
    loose = -1
    for clause in parts(found, _HEADS):
        words = _variables(clause)
        if clause[0].text == "MATCH":
            for one in _between_commas(clause[1:]):
                mine = _variables(one)
                loose += not mine & known
                known |= mine
        elif clause[0].text == "UNWIND":
            loose += not words & known
        known |= words
    return loose


def _variables(found: list[Token]) -> set[str]:
    return {one.text for number, one in enumerate(found) if _is_variable(found, number)}


def _is_variable(found: list[Token], number: int) -> bool:
    before = found[number - 1].text if number else ""
    after = found[number + 1].text if number + 1 < len(found) else ""
    is_key = before in {"{", ","} and after == ":"
    is_value = before == ":" and number > 2 and found[number - 3].text in {"{", ","}
    is_name = (before in {".", ":", "|"} and not is_value) or after == "(" or found[number].text in WORDS
    return found[number].kind == "word" and not is_key and not is_name


def _between_commas(found: list[Token]) -> list[list[Token]]:
    edges = [-1, *(number for number, token in outermost(found) if token.text == ","), len(found)]
    return [found[start + 1 : end] for start, end in pairwise(edges)]
