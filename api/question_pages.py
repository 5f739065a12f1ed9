"""Pages of questions: an answer with its headline, a page of its rows and their picture; what differs between two answers."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from functools import partial
from itertools import chain as joined
from itertools import zip_longest
from math import ceil
from typing import cast, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from api.openings import OPENINGS, openings
from api.pages import (
    LINKS,
    LONGEST_ADDRESS,
    Pairs,
    address,
    cell_of,
    counted,
    near,
    node_id_of,
    nothing_loaded,
    sample,
    table_of,
    turned,
)
from graph.cypher import parameters_in, with_limits
from graph.errors import CorridorError, SavedQuestionError, UnknownName, wrong
from graph.model import Node, nodes_of
from graph.rules import rule_files
from graph.texts import Language, Text, is_known, label, money_text, number_text, share_text, word
from queries.answer import Answer, Ran, Row, as_of_text, cut_of, evidence_ids, rows_of
from queries.compare import COMPARISON, Comparison, row_key
from queries.evidence import critical_edges, evidence_subgraph, sources_of
from queries.reader import Reader
from queries.registry import Question, is_ours
from queries.saved import faults_of, written
from queries.scope import all_chains, corridor_places, nodes
from queries.tables import Heading, cell_text, heading, headings, is_told, names_in, names_in_rows, plain, with_names
from viz.layout import layered
from viz.page import (
    Answered,
    Bar,
    Cell,
    Chart,
    Column,
    Drawing,
    Evidence,
    Field,
    Figure,
    Form,
    Line,
    Link,
    Listing,
    Part,
    Section,
    Statement,
    answer_page,
)
from viz.plot import plotted
from viz.years import panel

_DRAWN = 80
"""Nodes of a picture of rows that nobody chose, and of those that a reader chose."""
_CHOSEN = 300
_PAGE = 25
_COLUMNS = 9
"""Columns of a table where a reader chose none: the first of those that the question shows."""
_PRINTED = 1_000
"""Rows that a page holds for paper; more than that are in the files to carry away."""
_BARS = 12
_NAMED_GONE = 5
"""Rows that are named of those that an address ticks and that the answer does not have any more."""
_NAMED = {"places": "Place", "city": "Place", "product": "Product", "technology": "Technology", "classification": "",
          "center": "Center", "projects": "Proposal", "rules": "", "against": "", "phase": "", "place_budgets": "",
          "chain_budgets": "", "stage_budgets": "", "contributions": "", "costs": ""}  # fmt: skip
"""What a parameter names that does not name just anything."""


class Take(StrEnum):
    """In what form an answer is taken away; as a page by default."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class View:
    """How a reader looks at the rows of an answer: in which order (a field, `-` before it for descending), those that contain
    a text, which page, which columns, which rows are to be drawn, and of which day the answer is, where not of today. It stands
    in the address beside the parameters.
    """

    sort: str = ""
    filter: str = ""
    page: int = 1
    columns: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    as_of: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, Sequence[str]]) -> "View":
        """What an address says; a page that is no number is the first."""
        last = {name: values[-1].strip() for name, values in asked.items() if values}
        page = last.get("page", "")
        return cls(
            sort=last.get("sort", ""),
            filter="".join(c for c in last.get("filter", "")[:200] if c.isprintable()),
            page=int(page) if page.isascii() and page.isdigit() and len(page) < 8 else 1,
            columns=tuple(name for one in asked.get("columns", ()) for name in one.split(",") if name),
            rows=tuple(one for one in asked.get("rows", ()) if one),
            as_of=last.get("as_of", ""),
        )

    def address(self) -> list[tuple[str, str]]:
        """What an address says of it; nothing where all is as by default."""
        page = str(self.page) if self.page > 1 else ""
        said = [("as_of", self.as_of), ("sort", self.sort), ("filter", self.filter)]
        said += [("page", page), ("columns", ",".join(self.columns))]
        return [(name, value) for name, value in said if value] + [("rows", one) for one in self.rows]


def taken(asked: str) -> Take:
    """The form in which an address takes an answer away. Raises `UnknownName`."""
    if asked not in set(Take):
        raise UnknownName("format", asked, [take.value for take in Take])
    return Take(asked)


VIEWED = ("sort", "filter", "page", "columns", "rows", "format")
"""The parameters of an address that are the page's own."""


# --- an answer ---------------------------------------------------------------------------------------------------------


def ask_page(
    reader: Reader, one: Question, given: Mapping[str, object], view: View, language: Language, opens: bool = False
) -> str:
    """The page of a question: what it comes to, its rows, their picture; a form where something it needs is not given, or it
    waits and nothing is. Where it `opens` statements, those that ran lead to the query page.

    Raises `pydantic.ValidationError` for bad parameters, `UnknownName` for a column that there is not.
    """
    fields = one.parameters.model_fields
    waits = one.waits and not given
    is_bare = not given and one.name in OPENINGS
    if waits or is_bare or any(info.is_required() and name not in given for name, info in fields.items()):
        said = [one.doc, *([Text("pages.waits")] if waits else []), *nothing_loaded(reader), *sample(reader, one.name)]
        about = " ".join(text.in_(language) for text in said)
        form, starts = asked_form(reader, one, given, view, language), openings(reader, one, language)
        page = Answered(one.title.in_(language), form, about=about, sections=starts)
        return answer_page(page, links=LINKS, language=language)
    answer = one.ask(reader, **given)
    form = asked_form(reader, one, answer.parameters, view, language)
    page = answered(reader, one, answer, given, view, language, _asked(one, form).in_(language), form, opens=opens)
    also = _also(one, given, view, language, {**given, **_whole(one, answer)})
    return answer_page(replace(page, also=also), links=LINKS, language=language)


def answered(
    reader: Reader, one: Question, answer: Answer, given: Mapping[str, object], view: View, language: Language,
    title: str, form: Form, *, path: str = "", opens: bool = False,
) -> Answered:  # fmt: skip
    """What the page of an answer shows of it. Raises `UnknownName` for a column that there is not."""
    looked_at = _Looked(reader, one, answer, given, view, language, path)
    drawn, evidence = _rests_on(reader, answer, looked_at, language, opens=opens)
    day = as_of_text(answer)
    beside = [*(day if view.as_of else []), *answer.beside(), *sample(reader, one.name)]
    notes = [counted(answer), *day, *answer.notes]
    charted = answer.charted()
    counted_by = [key for counts in charted.values() for key in counts]
    names = names_in(reader, [answer.headline, *beside, *notes, *counted_by], language)
    said = partial(with_names, names=names, language=language)
    return Answered(
        title=title,
        form=form,
        headline=said(answer.headline),
        beside=[*map(said, beside)],
        listing=looked_at.listing(),
        charts=_charts(answer, charted, language, names),
        is_charted_first=answer.is_charted_first,
        sections=_besides(reader, answer, language),
        notes=[*map(said, notes)],
        drawn=drawn,
        evidence=evidence,
    )


def mistaken_page(
    reader: Reader, title: str, form: Form, given: Pairs, error: CorridorError | ValidationError, language: Language
) -> str:
    """The form as it was filled, with what is wrong and links to what may have been meant; what to load where nothing is."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        labels = {one.name: one.label for one in form.fields}
        said = wrong(first, labels.get(name, name))
    else:
        said = error.text
        text = getattr(error, "name", "")
        name = next((key for key, value in given if text and text in value), "")
    fields = [replace(one, is_wrong=True) if one.name == name else one for one in form.fields]
    page = Answered(
        title, replace(form, fields=fields), about=" ".join(text.in_(language) for text in nothing_loaded(reader)),
        problem=said.in_(language), near=near(form.action, given, error, language),
    )  # fmt: skip
    return answer_page(page, links=LINKS, language=language)


def _asked(one: Question, form: Form) -> Text:
    """The question with what was given for its parameters, as they stand in its form."""
    said = [Text("pages.given", name=f.label, value=f.said) for f in form.fields if f.is_given]
    return Text("pages.asked", question=one.title, given=said) if said else one.title


def whole_of(answer: Answer) -> int:
    """How many rows an answer would have without its limit; 0 where it has all."""
    note = cut_of(answer)
    return cast("int", note.values["found"]) if note else 0


def _whole(one: Question, answer: Answer) -> dict[str, object]:
    """The parameter with which a question has all its rows, or as many as it can."""
    limit, found = one.parameters.model_fields.get("limit"), whole_of(answer)
    if limit is None or not found:
        return {}
    return {"limit": min([found, *(rule.le for rule in limit.metadata if hasattr(rule, "le"))])}


def _also(
    one: Question, given: Mapping[str, object], view: View, language: Language, whole: Mapping[str, object]
) -> list[Link]:
    """Where else the answer is: as a file, with all its rows, beside that of an earlier load, its parameters as a file to keep."""
    asked = list(pairs_of(given))
    addresses = taken_away(f"/ask/{one.name}", whole, view)
    addresses["compare"] = address(f"/compare/{one.name}", asked)
    if products := _candidates_of(one.name, given):
        addresses["projects"] = address("/api/templates/fund-projects", [("candidates_for", name) for name in products])
    if is_ours(one.name):
        addresses["keep"] = address(f"/ask/{one.name}/kept.yaml", asked)
    return [Link(Text(f"pages.also.{name}").in_(language), href) for name, href in addresses.items()]


def _candidates_of(question: str, given: Mapping[str, object]) -> list[str]:
    """The products or chains for which an answer looks for candidates, each of which could propose a project."""
    named = {"fund": ["candidates_for"], "candidates": ["product", "chain"]}.get(question, [])
    return [value for key, value in pairs_of({name: given[name] for name in named if given.get(name)}) if value]


def taken_away(path: str, given: Mapping[str, object], view: View) -> dict[str, str]:
    """The addresses of an answer as files, all its pages together."""
    seen = [*pairs_of(given), *replace(view, page=1, rows=()).address()]
    return {take.value: address(path, [*seen, ("format", take.value)]) for take in Take}


def pairs_of(given: Mapping[str, object]) -> Iterable[tuple[str, str]]:
    """Parameters as an address has them."""
    return ((name, str(v)) for name, value in given.items() for v in (value if isinstance(value, list) else [value]))


# --- its rows ------------------------------------------------------------------------------------------------------------


def columns_of(row_type: type[Row]) -> list[Heading]:
    """The columns that a reader can choose among: those that the question shows first, then the others, but for codes,
    and of those called the same the first."""
    is_ours = bool(row_type.table) and not row_type.is_own
    everything = (heading(row_type, name) for name in dict.fromkeys([*row_type.table, *row_type.model_fields]))
    by_text = dict[Text, Heading]()
    for one in everything:
        if not _is_code(one.field, is_ours):
            by_text.setdefault(one.text, one)
    return [*by_text.values()]


def _is_code(name: str, is_ours: bool) -> bool:
    return name == "evidence_ids" or (is_ours and (name in ("id", "path") or name.endswith(("_id", "_ids"))))


class _Looked:
    """The rows of an answer as a reader looks at them."""

    def __init__(
        self, reader: Reader, one: Question, answer: Answer, given: Mapping[str, object], view: View, language: Language,
        path: str = "",
    ) -> None:  # fmt: skip
        self.reader, self.one, self.answer, self.given = reader, one, answer, given
        self.view, self.language, self.path = view, language, path or f"/ask/{one.name}"
        self.names: Mapping[str, str] = {}
        rows = rows_of(self.answer)
        self.keys = {id(row): "|".join(row_key(row)) or str(number) for number, row in enumerate(rows, 1)}
        self.offered = {one.field: one for one in columns_of(self.one.row_type)}
        for name in (*self.view.columns, *([self.view.sort.removeprefix("-")] if self.view.sort else [])):
            if name not in self.offered:
                raise UnknownName("column", name, self.offered)
        told = [name for name in self.offered if is_told(one.row_type, name, rows)]
        self.by_default = told[: _COLUMNS if one.row_type.table else None]
        self.columns = [self.offered[name] for name in view.columns or self.by_default]
        self.is_all_named = len(rows) <= _PRINTED or bool(self.view.filter)
        if self.is_all_named:
            self.names = names_in_rows(self.reader, rows, self.language)
        self.found = self._sorted([row for row in rows if self._is_wanted(row)])
        self.last_page = max(ceil(len(self.found) / _PAGE), 1)
        self.page = min(max(self.view.page, 1), self.last_page)
        self.here = self.found[(self.page - 1) * _PAGE : self.page * _PAGE]
        if not self.is_all_named:
            self.names = names_in_rows(self.reader, self.here, self.language)
        ticked = set(self.view.rows)
        self.ticked = [row for row in rows if self.keys[id(row)] in ticked]

    def _is_wanted(self, row: Row) -> bool:
        wanted = self.view.filter.casefold()
        return not wanted or any(wanted in self._said(row, column).casefold() for column in self.columns)

    def _said(self, row: Row, column: Heading) -> str:
        cell = self._cell(row, column)
        return cell.text if isinstance(cell, Link | Part) else "" if cell is None else str(cell)

    def _sorted(self, rows: list[Row]) -> list[Row]:
        """The rows by the column asked for, what is not known last."""
        if not self.view.sort:
            return rows
        is_down = self.view.sort.startswith("-")
        column = self.offered[self.view.sort.removeprefix("-")]
        known = [row for row in rows if getattr(row, column.field) not in (None, [])]
        unknown = [row for row in rows if getattr(row, column.field) in (None, [])]
        return sorted(known, key=lambda row: self._order(row, column), reverse=is_down) + unknown

    def _order(self, row: Row, column: Heading) -> tuple[float, bytes]:
        value = getattr(row, column.field)
        if isinstance(value, Enum):
            return float([*type(value)].index(value)), b""
        if isinstance(value, int | float):
            return float(value), b""
        # The Chinese of GB 18030 stand in the order of their pinyin, but for the rare ones.
        return 0.0, self._said(row, column).casefold().encode("gb18030", "replace")

    def listing(self) -> Listing:
        """The page of rows that is asked for, with the way to all others; all rows are there to print, where they are not too
        many."""
        shown = self.found if len(self.found) <= _PRINTED else self.here
        here, ticked = {id(row) for row in self.here}, {id(row) for row in self.ticked}
        lines = [
            Line(
                [self._cell(row, column) for column in self.columns], self._said(row, self.columns[0]), self.keys[id(row)],
                node_id_of(row) or "", id(row) in ticked, id(row) in here,
            )
            for row in shown
        ]  # fmt: skip
        first = (self.page - 1) * _PAGE + 1
        count = {
            "first": first,
            "last": first + len(self.here) - 1,
            "found": len(self.found),
            "rows": len(rows_of(self.answer)),
        }
        said = "rows_none" if not self.found else "rows_filtered" if self.view.filter else "rows"
        whole = whole_of(self.answer)
        most = _whole(self.one, self.answer).get("limit", whole)
        of_whole = Text("pages.rows_of" if most == whole else "pages.rows_of_most", found=whole, most=most)
        left_out = [of_whole] if whole else []
        gone = [key for key in self.view.rows if key not in set(self.keys.values())]
        lines_gone = [Text("pages.rows_gone", count=len(gone), keys=gone[:_NAMED_GONE])] if gone else []
        elsewhere = [("rows", self.keys[id(row)]) for row in self.ticked if id(row) not in here]
        looked_at = replace(self.view, filter="", page=1, columns=(), rows=()).address()
        return Listing(
            columns=[self._column(column) for column in self.columns],
            lines=lines,
            offered=[(name, one.text.in_(self.language), one in self.columns) for name, one in self.offered.items()],
            by_default=self.by_default,
            said=" ".join(text.in_(self.language) for text in (Text(f"pages.{said}", **count), *left_out, *lines_gone)),
            printed=Text("pages.printed" if len(shown) < len(self.found) else "pages.printed_all", **count).in_(
                self.language
            ),
            text=self.view.filter,
            page=self.page,
            pages=turned(self.page, self.last_page, lambda page: self._to(page=page)),
            kept=[*pairs_of(self.given), *looked_at, *elsewhere],
        )

    def _column(self, column: Heading) -> Column:
        is_sorted, is_down = self.view.sort.removeprefix("-") == column.field, self.view.sort.startswith("-")
        next_is_down = not is_down if is_sorted else column.is_number
        order = "descending" if is_down else "ascending"
        return Column(
            column.text.in_(self.language), column.is_number, column.hint.in_(self.language) if column.hint else "",
            self._to(sort=f"{'-' * next_is_down}{column.field}", page=1), order if is_sorted else "",
        )  # fmt: skip

    def _to(self, **changes: object) -> str:
        """The address of the same answer looked at otherwise."""
        return address(self.path, [*pairs_of(self.given), *replace(self.view, **changes).address()])  # type: ignore[arg-type]

    def _cell(self, row: Row, column: Heading) -> Cell:
        value, cell = getattr(row, column.field), cell_of(row, column, self.names, self.language)
        if column.field in row.spans:
            least, most = (getattr(row, field) for field in row.spans[column.field])
            return cell if least is None or most is None else Part(str(cell), least, most)
        is_part = column.is_part and isinstance(value, int | float) and isinstance(cell, str)
        return Part(str(cell), min(abs(float(value)), 1.0)) if is_part else cell

    def carried(self) -> tuple[list[Heading], list[list[str | int | float]]]:
        """What is taken away: the columns chosen, all where none is, and of all rows that are asked for their values."""
        columns = self.columns if self.view.columns else headings(self.one.row_type, everything=True)
        names = self.names if self.is_all_named else names_in_rows(self.reader, self.found, self.language)
        return columns, [[plain(row, column, self.language, names) for column in columns] for row in self.found]


def carried(
    reader: Reader, one: Question, answer: Answer, view: View, language: Language
) -> tuple[list[Heading], list[list[str | int | float]]]:
    """The columns and rows of an answer that a reader takes away. Raises `UnknownName` for a column that there is not."""
    return _Looked(reader, one, answer, {}, view, language).carried()


# --- their picture -------------------------------------------------------------------------------------------------------


def _rests_on(
    reader: Reader, answer: Answer, looked_at: _Looked, language: Language, *, opens: bool
) -> tuple[Drawing | None, Evidence]:
    """The picture of the rows chosen, else of those on the page; the definitions, sources and statements behind them."""
    rows = looked_at.ticked or looked_at.here
    ids, drawn = _drawn_ids(rows, _CHOSEN if looked_at.ticked else _DRAWN)
    found = evidence_subgraph(reader, ids, limit=_CHOSEN)
    sources = sources_of(reader, (*found.nodes, *found.edges))
    wanted = {node for one in evidence_ids(rows) for node in nodes_of(one)}
    counts = {"drawn": drawn, "rows": len(rows), "nodes": len(found.nodes), "hidden": len(wanted) - len(found.nodes)}
    kind = "chosen" if looked_at.ticked else "page"
    said = [
        Text(f"pages.drawn.{kind}", **counts),
        *([Text("pages.drawn.hidden", **counts)] if counts["hidden"] else []),
    ]
    picture = Drawing(
        found, layered(found, language=language), critical_edge_ids=critical_edges(reader, found),
        highlighted_ids={node_id for row in rows if (node_id := node_id_of(row))}, sources=sources, language=language,
        said=" ".join(text.in_(language) for text in said),
    )  # fmt: skip
    evidence = Evidence(
        [text.in_(language) for text in answer.conventions],
        [_source_link(source, language) for source in sources.values()],
        [statement_of(ran, reader.store.dialect, language, opens=opens) for ran in answer.statements],
    )
    return (picture if found.nodes else None), evidence


def statement_of(ran: Ran, dialect: str, language: Language, *, opens: bool) -> Statement:
    """A statement that ran, ready to paste; where it may, it leads to the query page, where it may not, it says why."""
    if not opens:
        return Statement(ran.name, ran.paste)
    try:
        href = _opened(ran, dialect)
    except SavedQuestionError as error:
        return Statement(ran.name, ran.paste, why=Text("query.cannot_open", why=error.text).in_(language))
    return Statement(ran.name, ran.paste, href)


def _opened(ran: Ran, dialect: str) -> str:
    """The address of the query page with a statement that ran. Raises `SavedQuestionError` where that cannot be."""
    too_long = SavedQuestionError(Text("query.too_long_to_open"))
    if len(ran.paste) > LONGEST_ADDRESS:
        raise too_long
    text = with_limits(ran.query.overrides.get(dialect, ran.query.text), ran.parameters)
    given = {name: value for name, value in ran.parameters.items() if name in parameters_in(text)}
    if faults := faults_of(written("query", ran.name, text, given)):
        raise SavedQuestionError(Text("common.list", items=[one.text for one in faults]))
    href = query_address(text, given)
    if len(href) > LONGEST_ADDRESS:
        raise too_long
    return href


def asked_address(name: str, given: Mapping[str, object]) -> str:
    """The address of the answer to a question."""
    return address(f"/ask/{name}", list(pairs_of(given)))


def query_address(cypher: str, given: Mapping[str, object]) -> str:
    """The address of the query page with a statement and its parameters."""
    parameters = json.dumps(given, ensure_ascii=False, default=str) if given else ""
    return address("/query", [("cypher", cypher), *([("parameters", parameters)] if parameters else [])])


def _source_link(source: Node, language: Language) -> Link:
    """The title of a source with who published it and the day of its facts, and its address."""
    rest = (source.properties.get(name) for name in ("publisher", "as_of"))
    texts = [source.name_in(language), *(str(one) for one in rest if one)]
    return Link(" · ".join(texts), str(source.properties.get("url") or ""))


def _drawn_ids(rows: Sequence[Row], most: int) -> tuple[list[str], int]:
    """Of what rows rest on as much as `most` nodes hold, and how many rows are in it: of each row the first, then the second,
    so that no row takes the room of another."""
    ids, taken = list[str](), dict[str, None]()
    for one in joined.from_iterable(zip_longest(*(getattr(row, "evidence_ids", []) for row in rows))):
        if one is not None and len(taken.keys() | set(nodes_of(one))) <= most:
            taken.update(dict.fromkeys(nodes_of(one)))
            ids.append(one)
    firsts = [own[0] for row in rows if (own := getattr(row, "evidence_ids", []))]
    drawn = sum(not taken.keys().isdisjoint(nodes_of(one)) for one in firsts)
    return ids, drawn


# --- lines, charts and the form -------------------------------------------------------------------------------------------------


def _charts(
    answer: Answer, charted: Mapping[str, Mapping[object, float]], language: Language, names: Mapping[str, str]
) -> list[Chart]:
    """The fields of an answer that count by something, as bars; `names` are what the reader calls what they count by."""
    found = []
    for name, counts in charted.items():
        as_text = share_text if name in answer.shares else money_text if answer.is_money(name) else number_text
        values = [(with_names(key, names, language), float(n)) for key, n in counts.items() if n][:_BARS]
        full = max((value for _, value in values), default=0.0) or 1.0
        bars = [Bar(text, max(value, 0.0) / full, as_text(value, language)) for text, value in values]
        found.append(Chart(label(answer.question, "answer", name).in_(language), bars))
    return [chart for chart in found if chart.bars]


def _besides(reader: Reader, answer: Answer, language: Language) -> list[Section]:
    """The lines that an answer draws, and its rows of other kinds, each as a table."""
    found = []
    for one in answer.plotted():
        about, across, up = (text.in_(language) for text in (one.about, one.across, one.up))
        line = plotted(one.points, one.marked, across, up, language)
        found.append(Section(about, figure=Figure("plot.html", line)))
    heading, drawn = over_years(answer, language)
    for name in answer.listed:
        rows: list[Row] = getattr(answer, name)
        if rows:
            table = table_of(reader, type(rows[0]), rows, language)
            about = label(answer.question, "answer", name).in_(language)
            found.append(Section(about, figure=drawn if about == heading else None, table=table))
    if drawn and all(one.figure is not drawn for one in found):
        found.append(Section(heading, figure=drawn))
    return found


def over_years(answer: Answer, language: Language) -> tuple[str, Figure | None]:
    """What an answer says of years, drawn; nothing where it says nothing."""
    heading, amounts = answer.over_years()
    panels = [
        panel(
            one.about.in_(language), [(name.in_(language), values) for name, values in one.series], one.years,
            share_text if one.is_share else money_text if one.is_money else number_text, language,
        )
        for one in amounts
    ]  # fmt: skip
    return heading.in_(language), Figure("years.html", panels) if panels else None


def form_of(reader: Reader, one: Question, given: Mapping[str, object], language: Language) -> Form:
    """What asks a question again, filled with what was given. That of one that waits always sends its limit, so that it asks."""
    fields = [_field(reader, one, name, info, given, language) for name, info in one.parameters.model_fields.items()]
    if one.waits:
        fields = [replace(field, default="") if field.name == "limit" else field for field in fields]
    return Form(f"/ask/{one.name}", fields)


def asked_form(reader: Reader, one: Question, given: Mapping[str, object], view: View, language: Language) -> Form:
    """The form of a question's page, with the day of asking, which every question has."""
    form = form_of(reader, one, given, language)
    label, hint = (Text(f"common.answer.as_of{part}").in_(language) for part in ("", ".hint"))
    day = Field("as_of", label, hint, [view.as_of], kind="date", is_given=bool(view.as_of))
    return replace(form, fields=[*form.fields, day])


def _field(
    reader: Reader, one: Question, name: str, info: FieldInfo, given: Mapping[str, object], language: Language
) -> Field:
    kinds = get_args(info.annotation) or (info.annotation,)
    default = "" if info.is_required() else info.default
    names = _NAMED.get(name, "*") if str in kinds and is_ours(one.name) else ""
    choices = _choices(reader, one, name, kinds, language)
    value = given.get(name, default)
    texts, by_default = ([_plain(v) for v in (of if isinstance(of, list | tuple) else [of])] for of in (value, default))
    chains = dict(all_chains(reader)) if name == "chain" else {}
    called = {node.id: node.name_in(language) for node in nodes(reader, texts)}
    return Field(
        name=name,
        label=one.label(name).in_(language),
        hint=one.hint(name).in_(language),
        values=[
            next((value for value, said in choices if text in (value, said, chains.get(value))), text) for text in texts
        ],
        choices=choices,
        is_multiple=get_origin(info.annotation) is list,
        is_required=info.is_required(),
        is_number=int in kinds or float in kinds,
        names=names,
        offers=[here.name_in(language) for here in nodes(reader, corridor_places(reader))] if names == "Place" else (),
        default="; ".join(by_default),
        is_given=texts != by_default,
        called=called,
    )


def _plain(value: object) -> str:
    """A value as an address has it."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value).removesuffix(".0")


def _choices(
    reader: Reader, one: Question, name: str, kinds: Sequence[object], language: Language
) -> list[tuple[str, str]]:
    """What a field can be, where that is a short list."""
    if name == "chain":
        named = {node.id: node.name_in(language) for node in nodes(reader, dict(all_chains(reader)))}
        none = f"{one.domain}.parameter.chain.none"
        every = Text(none if is_known(none) else "pages.all").in_(language)
        return [("", every), *((chain, named[chain]) for chain, _ in all_chains(reader))]
    if name in ("rules", "against"):
        kind = "certification" if one.name == "certificate" else one.name
        own = [(found.name, found.name) for found in rule_files(kind, reader.kept.rules)]
        return own if name == "rules" else [("", Text("pages.none").in_(language)), *own]
    if bool in kinds:
        return [("false", cell_text(False, language)), ("true", cell_text(True, language))]
    members = [member for kind in kinds if isinstance(kind, type) and issubclass(kind, StrEnum) for member in kind]
    return [(member.value, word(member).in_(language)) for member in members]


# --- two answers ---------------------------------------------------------------------------------------------------------


def compare_form(
    reader: Reader, one: Question, runs: Pairs, before: str, after: str, given: Mapping[str, object], language: Language
) -> Form:  # fmt: skip
    """What asks for two runs, with the parameters that are given."""
    choices = [("", Text("pages.graph_now").in_(language)), *runs]
    before_label, after_label = (Text(f"pages.{name}_run").in_(language) for name in ("before", "after"))
    own = [field for field in form_of(reader, one, given, language).fields if field.name in given]
    earlier = next((run for run, _ in runs if run != reader.store.run_id()), "")
    return Form(
        f"/compare/{one.name}",
        [
            Field(
                "before", before_label, "", [before or earlier], choices[1:], is_required=True, is_given=bool(before)
            ),
            Field("after", after_label, "", [after], choices, is_given=True),
            *own,
        ],
    )


def compared_title(one: Question, form: Form, language: Language) -> str:
    """What a comparison is called, with the parameters of the question."""
    return Text("pages.compare", question=_asked(one, replace(form, fields=form.fields[2:]))).in_(language)


def compare_page(
    reader: Reader, one: Question, form: Form, of_both: Mapping[str, object], view: View, answer: Comparison | None,
    language: Language, opens: bool = False,
) -> str:  # fmt: skip
    """What differs in the answers on two runs, which stand in `of_both` beside the parameters; without an answer the form that asks
    for them."""
    title = compared_title(one, form, language)
    if answer is None:
        about = (one.doc if form.fields[0].choices else Text("pages.no_run")).in_(language)
        return answer_page(Answered(title, form, about=about), links=LINKS, language=language)
    page = answered(
        reader, COMPARISON, answer, of_both, view, language, title, form, path=f"/compare/{one.name}", opens=opens
    )
    counts = Counter(row.change for row in answer.rows)
    bars = [Bar(word(c).in_(language), n / len(answer.rows), str(n)) for c, n in counts.items()]
    charts = [Chart(Text("pages.rows_by_change").in_(language), bars)] if bars else []
    page = replace(page, charts=charts, notes=[note.in_(language) for note in answer.notes])
    return answer_page(page, links=LINKS, language=language)
