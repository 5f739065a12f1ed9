"""Where in a statement that a user wrote an engine's complaint is, read from what the engine says."""

import re
from itertools import pairwise

from graph.cypher import with_trails
from graph.errors import Fault, UnknownName
from graph.ontology import STORED_EDGE_TYPES, STORED_NODE_TYPES, EdgeType, NodeType, property_names
from graph.texts import Text
from graph.tokens import Token, code

_PROPERTY = re.compile(r"Cannot find property (\w+) for (\w+)")
_VARIABLE = re.compile(r"Variable [`']?(\w+)[`']? (?:is not in scope|not defined)")
_FUNCTION = re.compile(r"Function (\S+) did not receive")
_PLACE = re.compile(r"\(?line:? (\d+), (?:column (\d+) )?\(?offset: (\d+)\)")
_SAID = re.compile(r"(?:query \S+ on \w+: )?(?:[\w.]+: )*([^\n]*)")


def placed(text: str, complaint: str) -> Fault:
    """What an engine does not take in a statement, with the place where it says so; names with those that may be meant."""
    found = code(text)
    why = Text("saved.engine", said=_SAID.match(complaint)[1] or complaint)  # type: ignore[index]
    if named := _PROPERTY.search(complaint):
        before = zip(found, found[2:], strict=False)
        at = next((after for one, after in before if (one.text, after.text) == (named[2], named[1])), None)
        return _fault(UnknownName("property", named[1], _properties_of(found, named[2])).text, at)
    if named := _VARIABLE.search(complaint):
        known = {one.text for before, one in pairwise(found) if before.text in {"(", "["} and one.kind == "word"} - {
            named[1]
        }
        at = next((one for one in found if one.text == named[1]), None)
        return _fault(UnknownName("variable", named[1], known).text, at)
    if named := _FUNCTION.search(complaint):
        return _fault(why, next((one for one in found if one.text.upper() == named[1].upper()), None))
    place = _PLACE.search(complaint)
    return _fault(why, _token_at(text, int(place[1]), int(place[2] or 0) or int(place[3]) + 1) if place else None)


def _fault(why: Text, at: Token | None) -> Fault:
    return Fault("engine", why, at.start, len(at.text)) if at else Fault("engine", why)


def _properties_of(found: list[Token], variable: str) -> set[str]:
    """What a variable's nodes or edges can have, by the labels or types that stand behind it; all there is where none does."""
    types: set[str] = set()
    for at, one in enumerate(found[:-2]):
        if one.text == variable and found[at + 1].text == ":":
            ahead = at + 2
            while ahead < len(found) and (found[ahead].kind == "word" or found[ahead].text == "|"):
                types.add(found[ahead].text)
                ahead += 1
    kinds: list[NodeType | EdgeType] = [*STORED_NODE_TYPES, *STORED_EDGE_TYPES]
    own = [kind for kind in kinds if kind.name in types]
    names = {prop.name for kind in own for prop in kind.stored}
    return names | {"id"} if names else set(property_names())


def _token_at(text: str, line: int, column: int) -> Token | None:
    """The token at a place of the text as the engine got it: what was put into that stands in no user's text."""
    ran = with_trails(text)
    start = sum(len(one) + 1 for one in ran.split("\n")[: line - 1]) + column - 1
    before = [one for one in code(ran) if one.start <= start and one.text != "TRAIL"]
    found = code(text)
    return found[min(len(before), len(found)) - 1] if before and found else None
