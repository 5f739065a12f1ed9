"""Mappings: how the tables of somebody else's dataset become nodes and edges, in YAML and without code.

A mapping names its sources, then each table: which of its columns give which node or edge, what is constant, which
rows count, how values read. The models below are also the JSON Schema that lets an editor complete and check a
mapping (`json_schema`). Tables in the project's own layout need none: `proposal.py` finds it.
"""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pyarrow as pa
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, create_model
from pydantic import model_validator as checked_whole
from pydantic_core import CoreSchema

from graph.errors import MappingError, UsageError, refused
from graph.ontology import EDGE_TYPES, NODE_TYPE, NODE_TYPES, EdgeType, NodeType, Property, derived_names, derived_type
from graph.texts import Text
from graph.yaml_model import read_yaml
from ingest.columns import extracted

SHIPPED = Path(__file__).parents[1] / "mappings"
"""The mappings that come with the program; each is known by its file's name."""

Scalar = str | int | float | bool | date


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


# --- values ----------------------------------------------------------------------------------------------------------


class Lookup(_Part):
    """Takes a value from another table of the dataset: the row whose `key` equals, its column `value`."""

    file: str = Field(description="the other file, as in `file` of a table")
    key: str = Field(description="column of the other file that is compared")
    value: str = Field(description="column of the other file that is taken")
    sheet: str | None = Field(
        None, description="its sheet, or its list in a JSON file; without it all are looked through"
    )

    @checked_whole(mode="after")
    def _is_inside(self) -> "Lookup":
        parts = re.split(r"[/\\]", self.file)
        if ".." in parts or not parts[0] or ":" in parts[0] or re.search(r"[\x00-\x1f\x7f]", self.file):
            raise refused("outside_folder", file=self.file)
        return self


class Rank(_Part):
    """Position of a row among those that agree in `within`, by a number; 1 is the first."""

    by: str = Field(description="column with the number")
    within: str = Field(description="column in which the rows of one ranking agree")
    order: Literal["descending", "ascending"] = "descending"


class Value(_Part):
    """How a value is found in a row: one of `column`, `first_of`, `text`, `value`, `rank`; the rest shapes it."""

    column: str | None = Field(None, description="the column it is taken from")
    first_of: list[str] = Field([], description="the first of these columns that is not empty")
    text: str | None = Field(None, description='a template, as "{省份}{城市}"; empty where one of its columns is')
    value: Scalar | list[str] | None = Field(None, description="the same for every row")
    rank: Rank | None = Field(None, description="position of the row in a ranking")
    lookup: Lookup | None = Field(None, description="looked up in another table")
    extract: str | None = Field(
        None,
        max_length=500,
        description="regular expression (RE2: no look-around, no back-references); its first group "
        "is taken, not known where it does not match",
    )
    map: dict[str, Scalar | None] = Field({}, description="what values are replaced by; null is not known")
    unmapped: Literal["keep", "unknown"] = Field("keep", description="values that are not in the map")
    split: str | list[str] | None = Field(
        None, description="where a cell holds several values, what stands between them, outside of brackets"
    )
    each: bool = Field(
        False, description="whether each of several values in a cell is shaped, and not the cell as a whole"
    )
    unit: str | None = Field(None, description="unit of a number that names none: 元, 万元, 亿元, %, 亩, m² …")
    unit_column: str | None = Field(None, description="column with the unit or currency of amounts that name none")
    blank: list[str] = Field([], description="what else means that a cell is empty")
    exchange: str | None = Field(None, description="column with the exchange of a stock code")
    id_of: str | None = Field(None, description="make it the id of a node of this type")

    @checked_whole(mode="before")
    @classmethod
    def _column(cls, value: object) -> object:
        """A bare text stands for the column of that name, another scalar for a constant."""
        if isinstance(value, str):
            return {"column": value}
        return {"value": value} if isinstance(value, bool | int | float | date) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, said: GetJsonSchemaHandler) -> dict[str, Any]:
        """With the scalars that may stand for it: said at each property, they take a tenth of a second of every load."""
        return {"anyOf": [{"type": ["string", "integer", "number", "boolean"]}, said(schema)]}

    @checked_whole(mode="after")
    def _has_one_origin(self) -> "Value":
        given = [name for name in self._origins() if name in self.model_fields_set and getattr(self, name) is not None]
        if len(given) != 1:
            raise refused("one_origin", origins=", ".join(self._origins()), found=len(given))
        if self.id_of is not None and self.id_of not in NODE_TYPE:
            raise refused("no_node_type", name=self.id_of)
        if self.extract is not None:
            _check_pattern(self.extract)
        return self

    @classmethod
    def _origins(cls) -> tuple[str, ...]:
        return ("column", "first_of", "text", "value", "rank")


def _check_pattern(pattern: str) -> None:
    try:
        extracted(pa.array([""]), pattern)
    except pa.ArrowInvalid as error:
        has_no_group = "Rewrite" in str(error)
        raise (refused("no_group") if has_no_group else refused("no_pattern", error=str(error))) from error


class PlaceColumns(_Part):
    """Columns that say where something is; the finest place that they settle is taken."""

    code: str | None = Field(None, description="column with a GB/T 2260 code")
    province: str | None = Field(None, description="column with the province")
    city: str | None = Field(None, description="column with the city")
    district: str | None = Field(None, description="column with the district")
    address: str | None = Field(None, description="column with an address")
    name: str | None = Field(
        None, description="column with the legal name: a place at its beginning, where the others leave a province; "
        "it is a conclusion, so state the edge as inferred",
    )  # fmt: skip


class Identity(Value):
    """How a node is told: a `Value`, and how that becomes its id."""

    as_: Literal["name", "id", "record", "stock_code", "uscc"] = Field(
        "name",
        alias="as",
        description="name: id made of a name or code that is a key; id: the cell holds the id; "
        "record: a record of this table alone, told by the name and by told_apart_by; whether "
        "two are the same is for the resolution to say; stock_code, uscc: the code in its normal form",
    )
    told_apart_by: list[str] = Field(
        [], description="columns that tell records of one name apart (as: record): codes, places"
    )
    prefix: str = Field("", description="put before the code, so that ids of two lists do not meet")
    find: str | None = Field(None, description="the node whose property has this value")
    near: PlaceColumns | None = Field(None, description="of several of one name the one that is here (find)")
    place: PlaceColumns | None = Field(None, description="a place, from addresses or registers")
    type: str | None = Field(None, description="type of the node, where the edge joins several")

    @classmethod
    def _origins(cls) -> tuple[str, ...]:
        return (*super()._origins(), "place")


Cells = dict[str, str | list[str]]


# --- targets ---------------------------------------------------------------------------------------------------------


class Target(_Part):
    """What a row becomes: a node or an edge, with its properties."""

    type: str
    where: Cells = Field({}, description="only rows whose columns hold one of these values")
    unless: Cells = Field({}, description="not the rows whose columns hold one of these values")
    set: _Part | None = Field(None, description="properties and where they come from")
    is_optional: bool = Field(
        False,
        alias="optional",
        description="whether a row may tell none: an end is empty, or what is extracted is not there",
    )

    def values(self) -> Iterator[tuple[str, Value]]:
        """The properties that are set, in the ontology's order."""
        for name in type(self.set).model_fields if self.set is not None else ():
            value = getattr(self.set, name)
            if value is not None:
                yield name, value

    @checked_whole(mode="after")
    def _splits_alike(self) -> "Target":
        """A cell with several names gives several nodes, of which none has the whole cell for a name."""
        told = (getattr(self, name) for name in type(self).model_fields)
        split = {one.column for one in told if isinstance(one, Identity) and one.split is not None}
        for name, value in self.values():
            if value.column and value.column in split and value.split is None and value.extract is None:
                raise refused("split_alike", name=name, column=value.column)
        return self


class NodeTarget(Target):
    """A node that a row speaks of."""

    id: Identity = Field(description="what tells the node")


class EdgeTarget(Target):
    """An edge that a row speaks of. Where it is optional, a row that leaves an end empty speaks of none."""

    pairs: Literal["each", "in_order"] | None = Field(
        None,
        description="where two cells of a row hold several things: each with each, or the first with the first; where nothing "
        "is said and they hold equally many, the row is set aside with the question",
    )
    from_: Identity = Field(alias="from", description="source node")
    to: Identity = Field(description="target node")


def settable(kind: NodeType | EdgeType) -> list[Property]:
    """The properties that a mapping can set."""
    return [p for p in kind.properties if not p.derived]


def _settable(kind: NodeType | EdgeType) -> type[_Part]:
    fields: dict[str, Any] = {p.name: (Value | None, Field(None, description=p.description)) for p in settable(kind)}
    return create_model(f"{kind.name}Properties", __base__=_Part, __doc__=kind.doc, **fields)


def _target(kind: NodeType | EdgeType) -> type[Target]:
    base: type[Target] = NodeTarget if isinstance(kind, NodeType) else EdgeTarget
    about = Field(description=kind.en)
    properties = Field(default=None, description="properties and where they come from")
    settables: Any = _settable(kind) | None
    values = Annotated[settables, BeforeValidator(partial(_none_derived, kind))]
    fields: dict[str, Any] = {"type": (Literal[kind.name], about), "set": (values, properties)}
    return create_model(f"{kind.name}Target", __base__=base, __doc__=kind.doc, **fields)


def _none_derived(kind: NodeType | EdgeType, values: object) -> object:
    """The values of a mapping's `set`. Raises `PydanticCustomError` where one is of a property that a load derives."""
    derived = derived_names(kind).intersection(values if isinstance(values, dict) else ())
    if derived:
        names = ", ".join(sorted(derived))
        raise refused("derived_set", names=names)
    return values


def _of_a_type(kinds: Sequence[NodeType | EdgeType], target: object) -> object:
    """What a mapping says of a target. Raises `PydanticCustomError` where its type is one that a load derives, or none."""
    asked = str(target.get("type")) if isinstance(target, dict) and "type" in target else None
    if asked is None:
        return target
    name = derived_type(asked)
    if name is not None:
        raise refused("derived_type", name=name)
    known = [kind.name for kind in kinds]
    if asked not in known:
        near = get_close_matches(asked, known, cutoff=0.4) or known
        raise refused("no_type", name=asked, near=", ".join(near))
    return target


def _any_of(kinds: Sequence[NodeType | EdgeType]) -> Any:
    """One model a type, told by `type`, so that an editor knows the properties of each."""
    union: Any = _target(kinds[0])
    for kind in kinds[1:]:
        union = union | _target(kind)
    return Annotated[union, Field(discriminator="type"), BeforeValidator(partial(_of_a_type, kinds))]


if TYPE_CHECKING:
    _AnyNode = NodeTarget
    _AnyEdge = EdgeTarget
else:
    _AnyNode = _any_of(NODE_TYPES)
    _AnyEdge = _any_of(EDGE_TYPES)


# --- tables and mappings ---------------------------------------------------------------------------------------------


class _Stated(_Part):
    """What the rows are stated with, unless a target sets it itself."""

    source: str | list[str] | None = Field(None, description="id of the source, or several")
    as_of: date | None = Field(None, description="the day for which the source says so")
    status: Literal["documented", "listed", "inferred"] | None = Field(
        None, description="how sure: documented, listed (where nothing else is said) or inferred"
    )
    confidence: float | None = Field(None, ge=0, le=1, description="how sure, 0 to 1")


class English(_Part):
    """How the same table is called in English."""

    file: str = Field(description="file in the dataset's folder, as in `file`")
    headings: dict[str, str] = Field(
        description="English headings of the columns, by the headings that the mapping reads"
    )


class Levels(_Part):
    """A list by level, as a bill of materials: each row is part of the last one above it that is one level higher."""

    column: str = Field(description="column of the levels (1, 2, 3; 1.1.2), or of the names, where these are indented")
    of: str = Field(description="column of the names")
    above: str = Field(description="name of a further column, which holds the name one level above")


class TableMapping(_Stated):
    """One table of the dataset: where it is, how it is read, and what its rows become."""

    file: str = Field(description="file in the dataset's folder; * and ? stand for any text")
    in_english: English | None = Field(None, description="how the table is called in English, where people fill it in")
    is_optional: bool = Field(False, alias="optional", description="whether the file may be absent")
    format: Literal["csv", "tsv", "xlsx", "parquet", "json", "jsonl"] | None = Field(
        None, description="format; xlsx is any workbook"
    )
    encoding: str | None = Field(None, description="encoding; detected where not given")
    delimiter: str | None = Field(None, description="what separates columns")
    sheet: str | None = Field(None, description="sheet of a workbook")
    header_row: int | None = Field(None, ge=1, description="row of the headings, from 1")
    records: str | None = Field(None, description="where the rows are in a JSON file, as data.items")
    fields: str | None = Field(None, description="where the headings are, as data.fields")
    filled_down: list[str] = Field([], description="columns whose empty cells mean what stands above them")
    section_heads: str = Field("", description="name of a further column, which holds the section head above each row")
    levels: Levels | None = Field(None, description="where rows are parts of rows above them, by level")
    derived: dict[str, Value] = Field({}, description="further columns, made of those of the table")
    where: Cells = Field({}, description="only rows whose columns hold one of these values")
    unless: Cells = Field({}, description="not the rows whose columns hold one of these values")
    nodes: list[_AnyNode] = Field([], description="nodes that a row speaks of")
    edges: list[_AnyEdge] = Field([], description="edges that a row speaks of")

    def reads(self, name: str) -> bool:
        """Whether a file of this name is the table, in either language."""
        return any(fnmatchcase(name, one) for one in (self.file, *([self.in_english.file] if self.in_english else [])))

    def heading(self, name: str) -> str:
        """What a heading is to the mapping: that of the same column, where it is an English one of its own."""
        own = self.in_english.headings if self.in_english else {}
        return next((heading for heading, english in own.items() if english == name), name)

    @property
    def added(self) -> set[str]:
        """The columns that are made, and not the file's."""
        return {*self.derived, self.section_heads, self.levels.above if self.levels else ""}

    def targets(self) -> list[Target]:
        """What a row becomes, nodes first."""
        return [*self.nodes, *self.edges]


class SourceEntry(_Part):
    """A source that the mapping's rows come from; it becomes a Source node."""

    id: str = Field(pattern=r"^source:[A-Za-z0-9][A-Za-z0-9._-]*$")
    name_zh: str
    name_en: str | None = None
    publisher: str | None = None
    kind: str
    url: str | None = None
    licence: str | None = None
    as_of: date | None = None


class Mapping(_Stated):
    """A dataset of somebody else's, as nodes and edges."""

    name: str = Field(description="short name", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    about: str = Field("", description="what the dataset is, and what its traps are")
    sources: list[SourceEntry] = Field([], description="where the dataset comes from")
    tables: list[TableMapping] = Field(description="its tables", min_length=1)

    def fingerprint(self, table: TableMapping) -> str:
        """The text that two mappings of a table share exactly when they read it alike."""
        stated = {name: getattr(self, name) for name in _Stated.model_fields}
        return json.dumps([stated, table.model_dump(mode="json")], default=str, sort_keys=True, ensure_ascii=False)


# --- reading ---------------------------------------------------------------------------------------------------------


def read_mapping(path: Path) -> Mapping:
    """The mapping of a YAML file. Raises `MappingError`, with file and line, where it is not one."""
    return read_yaml(path, Mapping, MappingError, "corridor inspect --schema")


def shipped_mapping(name: str) -> Mapping:
    """A mapping that comes with the program. Raises `UsageError` with the names of those that do."""
    path = SHIPPED / f"{name}.yaml"
    if not path.is_file():
        raise UsageError(Text("ingest.no_mapping", name=name, known=shipped_names()))
    return read_mapping(path)


def shipped_names() -> list[str]:
    """The names of the mappings that come with the program."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


@cache
def json_schema() -> str:
    """The JSON Schema of a mapping, as text (`corridor inspect --schema`)."""
    return json.dumps(Mapping.model_json_schema(by_alias=True), ensure_ascii=False, indent=1) + "\n"


def columns_of(part: BaseModel) -> set[str]:
    """The names of the columns that a table, a target or a value of a mapping reads."""
    found: set[str] = set()
    for name in type(part).model_fields:
        value = getattr(part, name)
        if isinstance(value, BaseModel):
            found |= columns_of(value)
        elif name in ("nodes", "edges"):
            found = found.union(*map(columns_of, value))
        elif name == "derived":
            found = found.union(*map(columns_of, value.values()))
        elif name in ("where", "unless", "first_of", "told_apart_by", "filled_down"):
            found |= set(value)
        elif name == "text" and value:
            found |= set(re.findall(r"\{([^{}]+)\}", value))
        elif value and isinstance(value, str) and (name in _COLUMN_FIELDS or isinstance(part, PlaceColumns)):
            found.add(value)
    return found


_COLUMN_FIELDS = frozenset({"column", "exchange", "unit_column", "by", "within", "of"})
