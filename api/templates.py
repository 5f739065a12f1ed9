"""Empty tables to be filled: headings with their units, what each column takes, and an example, all from what reads them; as
files, and the page that offers them.

The rows below the headings begin with the word 示例 (example), by which a load and an import leave them out.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from enum import EnumType
from typing import NamedTuple
from urllib.parse import urlencode

from api.pages import LINKS
from graph.errors import UnknownName, UsageError
from graph.ontology import KIND, NODE_TYPES, EdgeType, NodeType, Property, ValueType
from graph.texts import Language, Text, label, number_text, word
from ingest.claims import id_columns
from ingest.dataset import BUNDLED, SAMPLE
from ingest.mapping.mapping import TableMapping, Target, columns_of, settable, shipped_mapping, shipped_names
from ledger.requests import IN_TABLES, Asked
from ledger.sample import examples
from queries.questions.fund import FundAnswer, FundedProject
from queries.reader import Reader
from queries.registry import answer_to
from queries.scope import nodes
from viz.page import Cell, Link, Section, Table, list_page
from viz.page import Column as Heading

_PROJECTS = "fund-projects"
"""The shipped mapping of the table of proposed projects."""
FORMS = ("csv", "xlsx")
"""What a template is written as."""
_FILLED = "*"
"""A shipped mapping is of a table that users fill where its only file may be called anything behind a beginning."""


class Column(NamedTuple):
    """A heading, what the column takes, and an example; `name` is what a mapping calls it in whichever language."""

    heading: str
    about: str
    example: str
    name: str = ""


class Template(NamedTuple):
    """A table to be filled, by the name of its file; `filled` are rows that are there already, `mapping` reads it where it is none
    of the graph's own."""

    name: str
    title: Text
    columns: list[Column]
    mapping: str = ""
    filled: Sequence[Sequence[str]] = ()

    def rows(self, language: Language) -> list[list[str]]:
        """The table: headings, what each column takes, and an example where there is one."""
        lines = [[one.about for one in self.columns], [one.example for one in self.columns]]
        for line in lines:
            line[0] = Text("cli.template.example", what=line[0]).in_(language)
        shown = lines if not self.filled else lines[:1]
        return [
            [one.heading for one in self.columns],
            *(line for line in shown if any(line[1:])),
            *map(list, self.filled),
        ]

    def content(self, form: str, language: Language) -> bytes:
        """It as a file of a format, `csv` or `xlsx`; CSV with the mark by which spreadsheets know UTF-8."""
        from api.carried import (  # With what serves pages, which those who only look at names need not wait for.
            as_csv,
            as_xlsx,
        )

        rows = self.rows(language)
        return as_xlsx(rows, [(self.name, "")]) if form == "xlsx" else as_csv(rows)


def templates(language: Language) -> Iterator[Template]:
    """All of them: the ontology's tables, those of mappings that users fill, those of the ledger."""
    for kind in KIND.values():
        yield _of_kind(kind, language)
    for name in shipped_names():
        tables = shipped_mapping(name).tables
        if len(tables) == 1 and tables[0].file.endswith(_FILLED) and tables[0].file != _FILLED:
            yield _of_mapping(name, tables[0], language)
    for request, asked in IN_TABLES.items():
        yield _of_request(request, asked, language)


def template_named(name: str, language: Language) -> Template:
    """The template of a name, or of the mapping that reads it. Raises `UnknownName`."""
    known = {one.name: one for one in templates(language)}
    found = known.get(name) or next((one for one in known.values() if name and one.mapping == name), None)
    if found is None:
        raise UnknownName("template", name, [*known])
    return found


def table_of_projects(name: str, language: Language) -> Template:
    """The template of proposed projects. Raises `UsageError` where another is named."""
    found, projects = template_named(name, language), template_named(_PROJECTS, language)
    if found != projects:
        raise UsageError(Text("cli.template.candidates_only", name=projects.name))
    return projects


def drafted(reader: Reader, template: Template, products: Sequence[str], language: Language) -> Template:
    """The table of proposed projects with a row for each candidate for some products, of which nothing more is known.

    Raises `UsageError` where there is none.
    """
    answer = answer_to(reader, "fund", FundAnswer, candidates_for=[*products], most_evaluations=0, limit=10_000)
    if not answer.rows:
        raise UsageError(answer.headline)
    return _with_candidates(template, answer.rows, reader, language)


def templates_page(language: Language) -> str:
    """The page that offers them: what each is of, how many columns it has, and the files."""
    columns = [
        Heading(Text(f"cli.column.{name}").in_(language), is_number=name == "columns")
        for name in ("type", "name", "columns")
    ]
    columns += [Heading(form.upper()) for form in FORMS]
    rows: list[list[Cell]] = [
        [
            one.title.in_(language), one.name, len(one.columns),
            *(Link(Text("templates.get").in_(language), f"/api/templates/{one.mapping or one.name}?{urlencode({'form': form, 'language': language})}") for form in FORMS),
        ]
        for one in sorted(templates(language), key=lambda one: not (one.mapping or one.name in IN_TABLES))
    ]  # fmt: skip
    title = Text("templates.title").in_(language)
    section = Section(title, Text("templates.about").in_(language), table=Table(columns, rows))
    return list_page(title, [section], links=LINKS, language=language)


# --- tables of the graph ---------------------------------------------------------------------------------------------


def _of_kind(kind: NodeType | EdgeType, language: Language) -> Template:
    shown = _first_row(kind.file)
    ids = [Column(name, _id_about(kind, name, language), shown.get(name, "")) for name in id_columns(kind)]
    columns = [Column(_heading(prop, language), _about(prop, language), _shown(prop, shown)) for prop in settable(kind)]
    return Template(kind.file.partition(".")[0], Text.both(kind.zh, kind.en), [*ids, *columns])


def _first_row(file: str) -> dict[str, str]:
    """The first row of a table that comes with the program, of the invented years before the facts."""
    for folder in (SAMPLE, BUNDLED):
        if (path := folder / file).is_file():
            with path.open(encoding="utf-8", newline="") as table:
                return next(csv.DictReader(table), {})
    return {}


def _heading(prop: Property, language: Language) -> str:
    """What a column is called, with its unit; parts are per cent, since a lone 1 could be either."""
    unit = "%" if prop.type is ValueType.FRACTION else prop.unit_in(language)
    name = prop.in_(language)
    return name if not unit else f"{name}（{unit}）" if language is Language.ZH else f"{name} ({unit})"


def _shown(prop: Property, row: Mapping[str, str]) -> str:
    value = row.get(prop.name, "")
    return f"{float(value) * 100:g}" if value and prop.type is ValueType.FRACTION else value


def _about(prop: Property, language: Language) -> str:
    kind = ValueType.NUMBER if prop.type is ValueType.FRACTION else prop.type
    parts = [_needed(is_needed=prop.required, language=language), Text(f"ontology.value_type.{kind}").in_(language)]
    parts += [f"{one.value} {one.in_(language)}" for one in prop.choices]
    return " · ".join(parts)


def _needed(*, is_needed: bool, language: Language) -> str:
    return Text("cli.template.needed" if is_needed else "cli.template.optional").in_(language)


def _id_about(kind: NodeType | EdgeType, name: str, language: Language) -> str:
    if isinstance(kind, NodeType):
        return f"{kind.prefix}:…"
    labels = sorted({pair[name == "to_id"] for pair in kind.ends})
    return " / ".join(f"{one.in_(language)} {one.prefix}:…" for one in NODE_TYPES if one.label in labels)


# --- tables of mappings and of the ledger ----------------------------------------------------------------------------


def _of_mapping(name: str, table: TableMapping, language: Language) -> Template:
    """The columns that a mapping reads: in the order in which it says their English names, else in that of their own."""
    found: dict[str, Column] = {}
    english = table.in_english if language is Language.EN else None
    called = english.headings if english else {}
    targets: list[Target] = table.targets()
    for target in targets:
        kind = KIND[target.type]
        shown, properties = _first_row(kind.file), {prop.name: prop for prop in settable(kind)}
        for key, value in target.values():
            if value.column and value.column not in found:
                prop = properties[key]
                found[value.column] = Column(value.column, _about(prop, language), _shown(prop, shown))
    may_lack = {column for edge in table.edges if edge.is_optional for column in columns_of(edge)}
    for column in columns_of(table) - set(found):
        found[column] = Column(column, _needed(is_needed=column not in may_lack, language=language), "")
    order = [*table.in_english.headings] if table.in_english else sorted(found)
    columns = [found[one]._replace(heading=called.get(one, one), name=one) for one in order]
    return Template((english or table).file.rstrip(_FILLED), Text(f"templates.of.{name}"), columns, mapping=name)


def _with_candidates(
    template: Template, projects: Sequence[FundedProject], reader: Reader, language: Language
) -> Template:
    """The table of proposed projects with those that `candidates` gives: who, where, what and why. What is not known of any of
    them, its cost first, is left to be filled in.
    """
    firms = {one.id: str(one.properties["name_zh"]) for one in nodes(reader, [row.evidence_ids[0] for row in projects])}
    known = [
        {
            "项目名称": row.name_zh if language is Language.ZH else row.name_en or row.name_zh,
            "提出企业": firms[row.evidence_ids[0]], "建设地点": row.place or "", "补的产品": "、".join(row.product_names),
            "产业链": "、".join(row.chains),
        }
        for row in projects
    ]  # fmt: skip
    why = [
        [word(row.come_by).in_(language), number_text(row.come_score or 0.0, language), row.come_because.in_(language),
         " ".join(dict.fromkeys(row.evidence_ids))]
        for row in projects if row.come_by and row.come_because
    ]  # fmt: skip
    to_fill = Text("cli.template.to_fill").in_(language)
    columns = [
        one if any(own.get(one.name) for own in known) else one._replace(about=f"{to_fill} · {one.about}")
        for one in template.columns
    ]
    said = [
        label("fund", "column", one).in_(language) for one in ("come_by", "come_score", "come_because", "evidence_ids")
    ]
    filled = [[own.get(one.name, "") for one in columns] + rest for own, rest in zip(known, why, strict=True)]
    return template._replace(columns=[*columns, *(Column(one, "", "") for one in said)], filled=filled)


def _of_request(name: str, asked: type[Asked], language: Language) -> Template:
    shown = next(one for one in examples() if isinstance(one, asked)).model_dump(mode="json", exclude_none=True)
    columns = []
    for field, info in asked.model_fields.items():
        about = [_needed(is_needed=info.is_required(), language=language)]
        about += [one.value for one in info.annotation] if isinstance(info.annotation, EnumType) else []
        heading = Text(f"ledger.field.{field}").in_(language)
        columns.append(Column(heading, " · ".join(about), str(shown.get(field, ""))))
    return Template(name, Text(f"ledger.help.{name}"), columns)
