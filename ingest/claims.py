"""Claims: what one row of one table says of one node or edge, checked against the ontology, with where it stands.

A claim keeps its file, its row, its values, and the text as found wherever that is not the value. Each row that a
target asks for, and each of several values in one cell of it, becomes exactly one claim or one problem; where a row
leaves an end of an edge empty that may be, it speaks of none, and is counted as left out.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import MappingError
from graph.model import ends, is_edge_id
from graph.ontology import EDGE_TYPE, KIND, Kind, NodeType, Property, ValueType, label_of
from graph.store import ARROW_TYPES
from graph.texts import Text
from ingest.columns import list_of, mapped, without_noise
from ingest.mapping.mapping import EdgeTarget, Identity, NodeTarget, Target, Value, columns_of, settable
from ingest.mapping.values import Columns, IndexArray, in_form, node_ids, spread
from ingest.names import flaw_of_goods, flaw_of_name, names_in
from ingest.readers.read import RowProblem
from ingest.validate import NOT_LISTED, UNCLEAR, Converted, converted, unit_of_column, with_units, without_blanks

PROBLEM_SCHEMA = pa.schema(
    [("file", pa.string()), ("row", pa.int64()), ("what", pa.string()), ("field", pa.string()), ("value", pa.string()),
     ("reason", pa.string())]
)  # fmt: skip
"""A row that is not loaded: where it stands, what it was to become, which field is wrong with what value, and why (`Text.packed`)."""

SHOWN_CHARACTERS = 80
TEXT_OF = "text:"
"""Starts the name of a claim's column that holds a text as found."""

_CUT = r"^\d(\.\d+)?[eE]\+?1[4-9]$|^\d{15}000$"
_CUT_REASON = "ingest.kept_as_number"


@dataclass(frozen=True, slots=True)
class Stated:
    """What rows are stated with where a target sets nothing itself; `None` and empty are not stated."""

    source_ids: tuple[str, ...] = ()
    as_of: date | None = None
    status: str | None = None
    confidence: float | None = None

    def value(self, name: str) -> object:
        """What is stated for a property; `None` where nothing is."""
        value: object = getattr(self, name, None)
        return list(self.source_ids) or None if name == "source_ids" else value


@dataclass(frozen=True, slots=True)
class Claimed:
    """What the rows of a part of a table became under one target.

    `values` are cells that are no claim's value though its row is one (`PROBLEM_SCHEMA`): of properties that may be unknown.
    """

    kind: Kind
    claims: pa.Table
    problems: pa.Table
    values: pa.Table
    left_out: int


@dataclass(frozen=True, slots=True)
class _Field:
    """A column of a claim: values, text as found, and for each row why it has no value though it should."""

    values: pa.Array
    text: pa.Array
    flaws: pa.Array

    def taken(self, rows: pa.Array) -> "_Field":
        return _Field(*(pc.take(column, rows) for column in (self.values, self.text, self.flaws)))


def type_of(thing: str) -> str:
    """The name of the type that the id of a node or an edge says; empty where it says none."""
    return ends(thing)[0] if is_edge_id(thing) else label_of(thing) or ""


def id_columns(kind: Kind) -> tuple[str, ...]:
    """The columns of a claim that name nodes."""
    return ("id",) if isinstance(kind, NodeType) else ("from_id", "to_id")


def claims_schema(kind: Kind) -> pa.Schema:
    """`file`, `row`, ids (or references), the properties in the ontology's order, then the texts as found."""
    names = [*id_columns(kind), *(p.name for p in settable(kind))]
    types = {p.name: ARROW_TYPES[p.type] for p in settable(kind)}
    return pa.schema(
        [("file", pa.string()), ("row", pa.int64()), *((name, types.get(name, pa.string())) for name in names),
         *((f"{TEXT_OF}{name}", pa.string()) for name in names)]
    )  # fmt: skip


def claimed(target: Target, columns: Columns, stated: Stated, file: str) -> Claimed:
    """What the rows of a part of a table become.

    Raises `MappingError` where a column is not there, or where nothing states a required property.
    """
    kind = KIND[target.type]
    chosen = np.flatnonzero(columns.selected(target.where, target.unless).to_numpy(zero_copy_only=False))
    rows, texts, is_parted, unclear = _identified_rows(target, columns, chosen)
    named = list(_ends(target, columns))
    fields = {name: _identified(columns, rows, one, label, texts[name], unclear) for name, one, label in named}
    if target.is_optional:
        is_empty = np.zeros(len(rows), dtype=bool)
        for field in fields.values():
            is_none = pc.and_(pc.is_null(field.values), pc.is_null(field.flaws))
            if isinstance(target, NodeTarget):  # A row that names nothing at all is told.
                is_none = pc.and_(is_none, pc.is_valid(field.text))
            is_empty |= is_none.to_numpy(zero_copy_only=False)
        kept = pa.array(np.flatnonzero(~is_empty))
        left_out = len(rows) - len(kept)
        rows = rows[~is_empty]
        fields = {name: field.taken(kept) for name, field in fields.items()}
        texts = {name: pc.take(text, kept) for name, text in texts.items()}
    else:
        left_out = 0
    if isinstance(target, NodeTarget) or not target.is_optional:
        fields = {name: _needed(field) for name, field in fields.items()}
    given = dict(target.values())
    for prop in settable(kind):
        value = given.get(prop.name)
        is_told = value is not None and _is_same(target, value, is_parted=is_parted)
        items = texts.get(prop.name)
        if value is not None and is_told:
            own = target.id if isinstance(target, NodeTarget) else value
            is_whole = (value.extract, value.map) == (own.extract, own.map)
            items = texts["id"] if is_whole else columns.shaped(value, texts["id"])
        field = _property(prop, value, columns, rows, stated, items)
        is_measure = prop.type in (ValueType.NUMBER, ValueType.FRACTION) and prop.name != "confidence"
        if value is not None and isinstance(target, EdgeTarget) and is_measure and value.value is None:
            field = _of_one(field, rows)
        fields[prop.name] = _needed(field) if prop.required else field
    fields |= dict(_of_rows_that_differ(kind, fields))
    return _parted(kind, fields, file, pc.take(columns.raw.rows, pa.array(rows)), left_out)


# --- ids -------------------------------------------------------------------------------------------------------------


def _ends(target: Target, columns: Columns) -> Iterator[tuple[str, Identity, str | None]]:
    """Column, identity and label of each node that a target names."""
    if isinstance(target, NodeTarget):
        yield "id", target.id, target.type
    elif isinstance(target, EdgeTarget):
        ends = EDGE_TYPE[target.type].ends
        for name, identity, number in (("from_id", target.from_, 0), ("to_id", target.to, 1)):
            yield name, identity, _label(name, target, identity, sorted({pair[number] for pair in ends}), columns)


def _label(name: str, target: Target, identity: Identity, labels: list[str], columns: Columns) -> str | None:
    if identity.place is not None:
        return "Place"
    if identity.type is None and identity.as_ == "id":
        return None
    usual = [label for label in labels if label != "Plant"]  # A mapping says where plants are meant.
    if identity.type in labels or (identity.type is None and len(usual) == 1):
        return identity.type or usual[0]
    raise MappingError(
        Text(
            "ingest.end_type", where=f"{columns.raw.name}: {target.type}.{name.removesuffix('_id')}.type", labels=labels
        )
    )


class _Told(NamedTuple):
    """Rows, each as often as it tells a node, what tells it, whether cells held several names, and why a row is not clear."""

    rows: IndexArray
    texts: dict[str, pa.Array]
    is_parted: bool
    flaws: pa.Array


def _identified_rows(target: Target, columns: Columns, chosen: IndexArray) -> _Told:
    ends = list(_ends(target, columns))
    texts = {name: pc.take(columns.identity_texts(identity), pa.array(chosen)) for name, identity, _ in ends}
    for name, value in _parting(target):
        texts[name] = pc.take(columns.texts(value, several=True), pa.array(chosen))
    lists = [name for name, text in texts.items() if pa.types.is_list(text.type)]
    names = [name for name, identity, label in ends if name not in lists and _may_be_parted(target, identity, label)]
    several = {name: mapped(texts[name], lambda one: "\0".join(names_in(one))) for name in names}
    parted = [name for name, text in several.items() if pc.any(pc.match_substring(text, "\0")).as_py()]
    texts |= {name: list_of(one, without_noise(pc.list_flatten(one))[0]) for name in parted
              for one in (pc.split_pattern(several[name], "\0"),)}  # fmt: skip
    places: list[tuple[IndexArray, IndexArray]] = []
    for name in (*lists, *parted):
        parents, items = spread(texts[name])
        chosen = chosen[parents]
        texts = {other: items if other == name else pc.take(text, pa.array(parents)) for other, text in texts.items()}
        sizes = np.bincount(parents)
        place = np.arange(len(parents)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        places = [*((at[parents], size[parents]) for at, size in places), (place, sizes[parents])]
    pairs = target.pairs if isinstance(target, EdgeTarget) else None
    kept, is_unclear = _paired(places, pairs, len(chosen))
    flaw = pa.scalar("ingest.pairs_differ" if pairs else "ingest.pairs_unclear")
    flaws = pc.if_else(pa.array(is_unclear[kept]), flaw, pa.scalar(None, pa.string()))
    texts = {name: pc.take(text, pa.array(kept)) for name, text in texts.items()}
    return _Told(chosen[kept], texts, bool(parted), flaws)


def _paired(
    places: Sequence[tuple[IndexArray, IndexArray]], pairs: str | None, length: int
) -> tuple[IndexArray, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Which pairs out of several cells that hold several things each are meant, and which rows leave that open: those that hold
    equally many, as 甲、乙 and 电机、电控, where nobody says it, and those that do not, where they are said to go in order. Of an
    open row one pair stays, to be told.

    `places` are, for each such cell, which of its things a row has and how many there are.
    """
    is_unclear, is_meant, is_first = np.zeros(length, bool), np.ones(length, bool), np.ones(length, bool)
    for at, _ in places:
        is_first &= at == 0
    for (at, size), (other, its) in combinations(places if pairs != "each" else (), 2):
        are_several = (size > 1) & (its > 1)
        is_unclear |= are_several & ((size == its) if pairs is None else (size != its))
        is_meant &= (at == other) | ~are_several if pairs else True
    return np.flatnonzero(np.where(is_unclear, is_first, is_meant)), is_unclear


def _parting(target: Target) -> Iterator[tuple[str, Value]]:
    """The properties of an edge of which a cell may hold several, where an edge has one: that makes as many edges."""
    props = {prop.name: prop for prop in settable(KIND[target.type])}
    if isinstance(target, EdgeTarget):
        yield from (one for one in target.values() if one[1].split and props[one[0]].type is not ValueType.TEXTS)


def _of_one(field: _Field, rows: IndexArray) -> _Field:
    """Amounts and shares; what a row says of several things together is said of none of them."""
    first, often = np.unique(rows, return_inverse=True)
    is_shared = pa.array(np.bincount(often, minlength=len(first))[often] > 1)
    is_shared = pc.and_(is_shared, pc.is_valid(field.values))
    flaws = pc.if_else(is_shared, pa.scalar("ingest.of_several"), field.flaws)
    return _Field(pc.if_else(is_shared, pa.scalar(None, field.values.type), field.values), field.text, flaws)


def _of_rows_that_differ(kind: Kind, fields: MappingOf[str, _Field]) -> Iterator[tuple[str, _Field]]:
    """The amounts and shares that several rows give the same, each another, as orders do: they may be parts of a sum."""
    amounts = (ValueType.NUMBER, ValueType.FRACTION, ValueType.INTEGER)
    measures = {p.name for p in settable(kind) if p.type in amounts} - {"confidence", "rank", "year", "share_year"}
    known = [name for name in measures if fields[name].values.null_count < len(fields[name].values)]
    same = [name for name in (getattr(kind, "key", ""), "status", "as_of", "valid_from", "valid_to") if name in fields]
    texts = (pc.fill_null(pc.cast(fields[name].values, pa.string()), "") for name in (*id_columns(kind), *same))
    which = pc.dictionary_encode(pc.binary_join_element_wise(*texts, "\0")).indices if known else pa.array([0])
    if (pc.max(which).as_py() or 0) + 1 == len(which):
        return
    for name in known:
        field = fields[name]
        groups = pa.table({"thing": which, "value": field.values}).group_by("thing").aggregate([("value", "min_max")])
        limits = groups["value_min_max"].combine_chunks()
        differ = groups["thing"].filter(pc.not_equal(limits.field("min"), limits.field("max")))
        is_open = pc.and_(pc.is_in(which, value_set=differ.combine_chunks()), pc.is_valid(field.values))
        flaws = pc.if_else(is_open, pa.scalar("ingest.rows_differ"), field.flaws)
        yield name, _Field(pc.if_else(is_open, pa.scalar(None, field.values.type), field.values), field.text, flaws)


def _is_told_by_name(identity: Identity, label: str | None) -> bool:
    is_name = identity.as_ in ("name", "record") if identity.find is None else identity.find == "name_zh"
    return label == "Enterprise" and identity.place is None and is_name


def _may_be_parted(target: Target, identity: Identity, label: str | None) -> bool:
    """Whether two names in a cell are two nodes or edges: nothing else in the row is said of one of them."""
    own = set() if target.set is None or not isinstance(target, NodeTarget) else columns_of(target.set)
    return _is_told_by_name(identity, label) and own <= {identity.column}


def _identified(
    columns: Columns, rows: IndexArray, identity: Identity, label: str | None, text: pa.Array, unclear: pa.Array
) -> _Field:
    exchange = None if identity.exchange is None else pc.take(columns.one(identity.exchange), pa.array(rows))
    tells = columns.records(identity, pa.array(rows), text) if identity.as_ == "record" else text
    near = None if identity.near is None else pc.take(columns.placed(identity.near), pa.array(rows))
    values, flaws = node_ids(identity, label, tells, exchange, near)
    if _is_told_by_name(identity, label):
        flaws = pc.coalesce(flaws, mapped(text, flaw_of_name))
    if label == "Product" and identity.as_ == "name":
        flaws = pc.coalesce(flaws, mapped(text, flaw_of_goods))
    if identity.place is not None:
        text = pc.take(columns.place_text(identity.place), pa.array(rows))
    flaws = pc.if_else(pc.is_valid(values), pc.coalesce(flaws, unclear), flaws)
    if identity.extract is not None and identity.column is not None:
        text = pc.coalesce(text, pc.take(columns.known(identity.column), pa.array(rows)))
    named = identity.model_copy(update={"told_apart_by": []})  # What tells namesakes apart may be unknown.
    return _with_faults(_Field(values, text, flaws), columns.faults(named), rows)


def _is_same(target: Target, value: Value, *, is_parted: bool) -> bool:
    """Whether a value is what tells the node, one of several in a cell."""
    told = target.id if isinstance(target, NodeTarget) else None
    is_several = value.split is not None or is_parted
    return told is not None and is_several and (told.column, told.split) == (value.column, value.split)


# --- properties ------------------------------------------------------------------------------------------------------


def _property(
    prop: Property, value: Value | None, columns: Columns, rows: IndexArray, stated: Stated, items: pa.Array | None
) -> _Field:
    """The values of a property; `items` are its texts where they are known."""
    if value is None:
        return _stated(prop, stated, len(rows), columns)
    is_several = prop.type is ValueType.TEXTS
    index = pa.array(rows)
    text = pc.take(columns.texts(value, several=is_several), index) if items is None else items
    exchange = None if value.exchange is None else pc.take(columns.one(value.exchange), index)
    unit = value.unit
    if unit is None and value.column:
        is_unclear = columns.around.units.get(value.column) == UNCLEAR
        unit = UNCLEAR if is_unclear else unit_of_column(prop, value.column) or columns.around.unit(prop, value.column)
    if value.unit_column is not None:
        text = with_units(text, pc.take(columns.known(value.unit_column), index), unit)
    result = read_as(prop, text, unit, exchange)
    columns.counted.update(result.counted)
    found = pc.take(columns.one(value.column), index) if value.column and not is_several else None
    field = _Field(result.values, text if found is None else found, result.flaws)
    return _with_faults(field, columns.faults(value), rows)


def _with_faults(field: _Field, faults: MappingOf[int, RowProblem], rows: IndexArray) -> _Field:
    """The field, a cell that cannot be read being a flaw of the row it stands in."""
    here = [faults.get(int(row)) for row in rows] if faults else []
    if not any(here):
        return field
    said, reasons = (
        pa.array([fault and getattr(fault, name) for fault in here], pa.string()) for name in ("value", "reason")
    )
    text = field.text if pa.types.is_list(field.text.type) else pc.coalesce(said, field.text)
    return _Field(field.values, text, pc.coalesce(reasons, field.flaws))


def read_as(prop: Property, text: pa.Array, unit: str | None = None, exchange: pa.Array | None = None) -> Converted:
    """Texts as values of a property, codes in their normal form; `exchange` is where the stock codes are quoted."""
    if prop.form == "stock_code" or prop.type is ValueType.DATE:
        text, _ = without_blanks(text, NOT_LISTED)
    if not prop.form:
        return converted(prop, text, unit)
    result = converted(prop, text)
    coded, reason = in_form(prop.form, result.values, exchange)
    is_wrong = pc.and_(pc.is_valid(result.values), pc.is_null(coded))
    is_cut = pc.match_substring_regex(result.values, _CUT)
    reasons = pc.if_else(is_cut, pa.scalar(_CUT_REASON), pa.scalar(reason))
    flaws = pc.coalesce(result.flaws, pc.if_else(is_wrong, reasons, pa.scalar(None, pa.string())))
    zeros = pc.and_(pc.match_substring_regex(result.values, r"^\d{1,5}(\.0)?$"), pc.is_valid(coded))
    letters = pc.and_(pc.match_substring_regex(result.values, "(?i)[OISZ]"), pc.is_valid(coded))
    read = {"code-zeros": zeros, "code-letters": letters if prop.form == "uscc" else pa.array([], pa.bool_())}
    counted = result.counted + Counter({what: pc.sum(rows).as_py() or 0 for what, rows in read.items()})
    return Converted(coded, flaws, counted)


def _stated(prop: Property, stated: Stated, length: int, columns: Columns) -> _Field:
    value = stated.value(prop.name)
    if prop.name == "status":
        # A table with a source is a list. How far a centre is has the same name, and is no more known than any other value.
        value = (value or "listed") if prop.required else None
    if value is None and prop.required:
        raise MappingError(Text("ingest.required_not_stated", where=columns.raw.name, name=prop.name))
    kind = ARROW_TYPES[prop.type]
    nothing = pa.nulls(length, pa.string())
    # A list that is repeated for no row at all is an error in Arrow.
    is_nothing = value is None or not length
    values = pa.nulls(length, kind) if is_nothing else pa.repeat(pa.scalar(value, kind), length)
    return _Field(values, nothing, nothing)


def _needed(field: _Field) -> _Field:
    """The field, an empty cell being a flaw, and so one of whose text nothing is taken: a person among shareholders."""
    is_lacking = pc.and_(pc.is_null(field.values), pc.is_null(field.flaws))
    if not pc.any(is_lacking).as_py():
        return field
    text = pa.nulls(len(field.text), pa.string()) if pa.types.is_list(field.text.type) else field.text
    is_told = pc.is_valid(without_blanks(text)[0])
    reasons = pc.if_else(is_told, pa.scalar("ingest.not_taken"), pa.scalar("ingest.required"))
    return _Field(field.values, field.text, pc.if_else(is_lacking, reasons, field.flaws))


# --- claims and problems ---------------------------------------------------------------------------------------------


def _parted(kind: Kind, fields: dict[str, _Field], file: str, rows: pa.Array, left_out: int) -> Claimed:
    """Rows as claims; those that lack what they need as problems, with the first of the flaws."""
    needed = {*id_columns(kind), *(p.name for p in settable(kind) if p.required or p.empty_says)}
    flawed = [(name, field) for name, field in fields.items() if field.flaws.null_count < len(rows)]
    what = kind.name
    is_fine = pa.array(np.ones(len(rows), dtype=bool))
    problems, values = [PROBLEM_SCHEMA.empty_table()], [PROBLEM_SCHEMA.empty_table()]
    for name, field in [one for one in flawed if one[0] in needed]:
        is_flawed = pc.and_(is_fine, pc.is_valid(field.flaws))
        problems.append(_problems(what, name, field, file, rows, is_flawed))
        is_fine = pc.and_not(is_fine, is_flawed)
    for name, field in [one for one in flawed if one[0] not in needed]:
        values.append(_problems(what, name, field, file, rows, pc.and_(is_fine, pc.is_valid(field.flaws))))
    columns = {"file": pa.repeat(pa.scalar(file), len(rows)), "row": rows}
    columns |= {name: field.values for name, field in fields.items()}
    columns |= {f"{TEXT_OF}{name}": _as_found(field) for name, field in fields.items()}
    claims = pa.table(columns, schema=claims_schema(kind))
    lost = pa.concat_tables(problems).sort_by("row")
    return Claimed(kind, claims.filter(is_fine) if lost.num_rows else claims, lost, pa.concat_tables(values), left_out)


def _problems(what: str, name: str, field: _Field, file: str, rows: pa.Array, chosen: pa.Array) -> pa.Table:
    text = pa.nulls(len(rows), pa.string()) if pa.types.is_list(field.text.type) else pc.cast(field.text, pa.string())
    said = {"value": shown(pc.fill_null(text, "")), "reason": field.flaws}
    same = {"file": file, "what": what, "field": name}
    columns = {"row": rows, **said, **{key: pa.repeat(pa.scalar(one), len(rows)) for key, one in same.items()}}
    return pa.table([columns[one] for one in PROBLEM_SCHEMA.names], schema=PROBLEM_SCHEMA).filter(chosen)


def shown(text: pa.Array) -> pa.Array:
    """Texts as a report shows them: of a long one the beginning and its length."""
    length = pc.utf8_length(text)
    is_long = pc.greater(length, SHOWN_CHARACTERS)
    if not pc.any(is_long).as_py():
        return text
    start = pc.utf8_slice_codeunits(text, 0, SHOWN_CHARACTERS)
    cut = pc.binary_join_element_wise(
        start, pa.scalar("… ("), pc.cast(length, pa.string()), pa.scalar(")"), pa.scalar("")
    )
    return pc.if_else(is_long, cut, text)


def _as_found(field: _Field) -> pa.Array:
    """The text of a field where it is not just what the value reads."""
    if pa.types.is_list(field.text.type) or pa.types.is_list(field.values.type):
        return pa.nulls(len(field.values), pa.string())
    said = pc.cast(field.values, pa.string())
    return pc.if_else(pc.fill_null(pc.equal(said, field.text), False), pa.scalar(None, pa.string()), field.text)
