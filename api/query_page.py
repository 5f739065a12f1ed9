"""The query page: a statement that a reader writes, asked as kept questions are, and what it returns."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from unicodedata import east_asian_width

from pydantic import TypeAdapter

from api.pages import LINKS, LONGEST_ADDRESS, MAX_BODY_BYTES, address
from api.question_pages import View, answered, pairs_of, query_address, taken_away
from graph.errors import CorridorError, Fault, SavedQuestionError, StatementRefused
from graph.ontology import STORED_EDGE_TYPES, STORED_NODE_TYPES, EdgeType, NodeType
from graph.subset import FUNCTIONS, WORDS
from graph.texts import Language, Text
from graph.yaml_model import model_of
from queries.answer import Answer
from queries.reader import Reader
from queries.registry import Question
from queries.saved import SavedQuestion, statement_question, written
from queries.sections import sections_of
from viz.page import Answered, Editor, Form, Link, Mark, answer_page

_PATH = "/query"
EXAMPLES = Path(__file__).parents[1] / "queries" / "examples.cypher"
_BEFORE, _AFTER = 60, 40
"""Characters of a line that are shown around what is wrong in it."""
_MAPPING = TypeAdapter(dict[str, object])


class Asked:
    """What a reader asks: a statement, its parameters as they were written, and how the rows are looked at."""

    def __init__(self, asked: Mapping[str, list[str]], language: Language) -> None:
        last = {name: values[-1] for name, values in asked.items() if values}
        self.text = _lines(last.get("cypher", ""))
        self.parameters = _lines(last.get("parameters", ""))
        self.name, self.title = last.get("name", "").strip(), last.get("title", "").strip()
        self.format = last.get("format", "")
        self.view = View.of(asked)
        self.language = language

    @property
    def given(self) -> dict[str, str]:
        """The statement and its parameters as an address has them."""
        return {"cypher": self.text} | ({"parameters": self.parameters} if self.parameters else {})

    @property
    def address(self) -> str:
        """The address of what is asked, with how it is looked at."""
        return address(_PATH, [*pairs_of(self.given), *replace(self.view, page=1, rows=()).address()])

    @property
    def is_long(self) -> bool:
        """Whether it has to be posted."""
        return len(self.address) > LONGEST_ADDRESS

    def kept(self) -> SavedQuestion:
        """What is asked as a question to keep. Raises `SavedQuestionError` for parameters or a name that are none."""
        given = model_of(
            self.parameters, Text("query.parameters").in_(self.language), _MAPPING, SavedQuestionError, "", empty={}
        )
        return written(self.name or "query", self.title or Text("query.title").in_(self.language), self.text, given)

    def question(self) -> Question:
        """The question that it is. Raises `StatementRefused` too."""
        return statement_question(self.kept())


def _lines(text: str) -> str:
    """A text as it was typed: forms send line breaks as two characters."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def query_page(reader: Reader, asked: Asked) -> str:
    """The page of what a statement returns, or where one is written. Raises what asking raises."""
    language, title = asked.language, Text("query.title").in_(asked.language)
    if not asked.text:
        page = Answered(title, Form(_PATH, []), about=Text("query.about").in_(language), editor=_editor(asked))
        return answer_page(page, links=LINKS, language=language)
    one = asked.question()
    answer: Answer = one.ask(reader)
    form = Form(_PATH, [])
    page = answered(reader, one, answer, asked.given, asked.view, language, title, form, path=_PATH)
    files = taken_away(_PATH, asked.given, asked.view)
    also = [Link(Text(f"pages.also.{name}").in_(language), href) for name, href in files.items()]
    if page.listing and asked.is_long:
        page = replace(page, listing=replace(page.listing, method="post"))
    return answer_page(replace(page, also=also, editor=_editor(asked)), links=LINKS, language=language)


def mistaken_query_page(asked: Asked, error: CorridorError) -> str:
    """The statement as it was written, with what is wrong and where."""
    marks = [_mark(asked.text, fault, asked.language) for fault in getattr(error, "faults", [])]
    message = Text("query.refused") if isinstance(error, StatementRefused) else error.text
    page = Answered(
        Text("query.title").in_(asked.language), Form(_PATH, []), problem=message.in_(asked.language),
        editor=replace(_editor(asked), marks=marks),
    )  # fmt: skip
    return answer_page(page, links=LINKS, language=asked.language)


def _editor(asked: Asked) -> Editor:
    return Editor(
        text=asked.text, parameters=asked.parameters, words=_words(asked.language), name=asked.name or "my-query",
        title=asked.title, is_posted=asked.is_long, most_bytes=MAX_BODY_BYTES, examples=[] if asked.text else _examples(asked.language),
    )  # fmt: skip


def _mark(text: str, fault: Fault, language: Language) -> Mark:
    """Where in a text something is wrong; a sentence alone where that is the whole."""
    said = fault.text.in_(language)
    if not fault.length:
        return Mark(said)
    line, began = text.count("\n", 0, fault.start), text.rfind("\n", 0, fault.start) + 1
    column = fault.start - began
    whole = text[began:].partition("\n")[0]
    before = ("…" if column > _BEFORE else "") + whole[max(column - _BEFORE, 0) : column]
    marked = whole[column : column + min(fault.length, _AFTER)] or whole[column : column + 1]
    after = whole[column + len(marked) :]
    return Mark(
        Text("query.at", line=line + 1, column=column + 1, why=said).in_(language), before, marked,
        after[:_AFTER] + ("…" if len(after) > _AFTER else ""), "".join(map(_blank, before)) + "^" * _width(marked),
        _units(text[: fault.start]), _units(text[: fault.start + fault.length]),
    )  # fmt: skip


def _blank(character: str) -> str:
    """White space as wide as a character."""
    return "\t" if character == "\t" else "\u3000" if east_asian_width(character) in "WF" else " "


def _width(text: str) -> int:
    return max(sum(1 + (east_asian_width(one) in "WF") for one in text), 1)


def _units(text: str) -> int:
    """How long a text is as browsers count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@cache
def _words(language: Language) -> dict[str, object]:
    """What can be completed: labels, edge types, the properties of each, functions, words of Cypher; what each means."""
    kinds: list[NodeType | EdgeType] = [*STORED_NODE_TYPES, *STORED_EDGE_TYPES]
    named = {kind.name: kind for kind in kinds}
    meaning = {name: kind.in_(language) for name, kind in named.items()}
    for kind in kinds:
        for prop in kind.stored:
            unit = prop.unit_in(language)
            meaning.setdefault(prop.name, f"{prop.in_(language)} ({unit})" if unit else prop.in_(language))
    return {
        "labels": [kind.label for kind in STORED_NODE_TYPES],
        "types": [kind.type for kind in STORED_EDGE_TYPES],
        "properties": {name: ["id", *(prop.name for prop in kind.stored)] for name, kind in named.items()},
        "functions": sorted(FUNCTIONS),
        "keywords": sorted(WORDS - {"TRAIL", "SHORTEST"}),
        "meaning": meaning,
    }


def _examples(language: Language) -> list[Link]:
    """Statements to begin with."""
    given = {"text": Text("query.example.text").in_(language)}
    return [
        Link(
            Text(f"query.example.{name}", **given).in_(language),
            query_address(one.text, {key: given[key] for key in one.parameters}),
        )
        for name, one in sections_of(EXAMPLES).items()
    ]
